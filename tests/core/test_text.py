"""Folding, tokens, plain text and excerpts: what a name is looked for in."""

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import (
    BREAK,
    SIGNS,
    Span,
    changed,
    excerpt,
    fold,
    phrase_of,
    plain,
    tokens,
    words,
)

ABBREVIATIONS = frozenset(("dr", "mme", "ep"))
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Élise LEFÈVRE", "elise lefevre"),
        (unicodedata.normalize("NFD", "Élise Lefèvre"), "elise lefevre"),
        ("Œuvrard, Lætitia Weiß", "oeuvrard, laetitia weiss"),
        ("Søren Łukasz Đorđe", "soren lukasz dorde"),
        ("Jean-Pierre Jean‑Pierre Jean–Pierre", "jean pierre jean pierre jean pierre"),
        ("D’Angelo D'Angelo DʼAngelo", "d angelo d angelo d angelo"),
        ("Le\u00a0Goff\u202fLe\tGoff\nLe  Goff", "le goff le goff le goff"),
        ("Le\u00adfevre Le\u200bfevre \u202eLefevre\u202c", "lefevre lefevre lefevre"),
        ("𝐋𝐞𝐟𝐞𝐯𝐫𝐞 Ⓛⓔⓕⓔⓥⓡⓔ Ｌｅｆｅｖｒｅ", "lefevre lefevre lefevre"),
        ("« avis » “avis”", '" avis " "avis"'),
        ("ﬁn İstanbul Iıi", "fin istanbul iii"),
        ("", ""),
        ("plain ascii stays", "plain ascii stays"),
    ],
)
def test_one_spelling_is_made_of_all(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_folding_does_not_mind_case_nor_accents(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)
    assert fold(fold(text).upper()) == fold(text)


def test_folding_learns_any_number_of_characters() -> None:
    hangul = "".join(map(chr, range(0xAC00, 0xAC00 + 10_000)))
    assert fold(fold(hangul) + "É") == fold(hangul) + "e"


def spelled(text: str) -> list[str]:
    return [token.word for token in tokens(text, ABBREVIATIONS)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("J'ai vu Claire. Lefèvre", ["j", "ai", "vu", "claire", ".", "lefevre"]),
        ("le Dr. Lefèvre", ["le", "dr", "lefevre"]),
        ("J.-P. Lefèvre", ["j", "p", "lefevre"]),
        ("le docteur. Lefèvre", ["le", "docteur", ".", "lefevre"]),
        ("LEFEVRE, Claire (Lille)", ["lefevre", ",", "claire", "(", "lille", "."]),
        ("Claire !!! ... Lefèvre", ["claire", ".", "lefevre"]),
        (
            "Claire | Lefèvre ; a : b [c]",
            ["claire", ".", "lefevre", ".", "a", ".", "b", ".", "c", "."],
        ),
        ("Claire\nLefèvre", ["claire", ".", "lefevre"]),
        ("Claire - Lefèvre", ["claire", "-", "lefevre"]),
        ("Claire — Lefèvre", ["claire", "-", "lefevre"]),
        ("Claire -Lefèvre", ["claire", "lefevre"]),
        (
            "**Claire Lefèvre** _Claire_ #Claire @dr_lefevre",
            ["claire", "lefevre"] + ["claire"] * 2 + ["dr_lefevre"],
        ),
        ("Claire 😀 Lefèvre", ["claire", ".", "lefevre"]),
        ("Claire \u200b Lefèvre", ["claire", "lefevre"]),
        ("... Claire", ["claire"]),
    ],
)
def test_a_text_is_cut_into_words_and_signs(text: str, found: list[str]) -> None:
    assert spelled(text) == found


def test_a_token_knows_what_ties_it_to_the_word_before() -> None:
    joints = [token.joint for token in tokens("Jean-Pierre d’Angelo J.-P. a -b", ABBREVIATIONS)]
    assert joints == ["", "-", "", "'", "", "-", "", ""]


def test_a_dash_at_the_end_ties_nothing_to_the_first_word() -> None:
    assert tokens("Claire-")[0].joint == ""


def test_a_token_stands_where_it_is_written() -> None:
    text = "Vu : «\u00a0Cl\u00e9mence Lefe\u0300vre\u00a0», __hier__"
    assert [text[a:b] for _, a, b, *_ in tokens(text) if text[a:b].strip("_").isalpha()] == [
        "Vu",
        "Clémence",
        "hier",
    ]
    assert "Lefe\u0300vre" in [text[token.start : token.end] for token in tokens(text)]


@given(st.text())
def test_the_original_at_a_token_folds_to_its_word(text: str) -> None:
    end = 0
    for token in tokens(text, ABBREVIATIONS):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        if token.word not in SIGNS:
            assert words(text[token.start : token.end]) == [token.word]


@given(st.text(alphabet=st.sampled_from("aé_-'’. œ\u0301\u200b½Ⓛ#😀")))
def test_tokens_and_words_read_the_same_words(text: str) -> None:
    assert [token.word for token in tokens(text) if token.word not in SIGNS] == words(text)


@given(st.text(alphabet=st.characters(codec="cp1252") | st.sampled_from("œÆß½ªﬁłА")))
def test_western_letters_are_folded_as_all_others(text: str) -> None:
    assert words(text) == words(text + "\u0f0b")  # which no western table holds
    assert phrase_of(text) == " ".join(words(text))


@given(st.text())
def test_two_breaks_never_follow_each_other(text: str) -> None:
    signs = [token.word for token in tokens(text)]
    assert (BREAK, BREAK) not in pairwise(signs)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Bonjour <b>Claire</b>&nbsp;Lef&egrave;vre</p>", "Bonjour Claire Lefèvre"),
        ("Clai<b>re</b> Lefèvre", "Claire Lefèvre"),
        ("un<br>deux<br/>trois</div><DIV class='x'>quatre", "un\ndeux\ntrois\nquatre"),
        ("a &amp; b &#39;c&#39; &#8230; &lt;d&gt;", "a & b 'c' … <d>"),
        ("avant<script>if (a<b) { x('</p>') }</script >après", "avantaprès"),
        ("avant<style>p{}</style><!-- <p>non</p> -->après", "avantaprès"),
        ("avant<script>jamais fermé", "avant"),
        ('<a title="a > b" href=x>lien</a>', "lien"),
        ('<a title=\'a > "b\' href="c>d">lien</a>', "lien"),
        ('<a title="jamais fermé>lien</a>', "lien"),
        ("3 < 4 et a<b", "3 < 4 et a"),
        ("fin <", "fin <"),
        ("a <b", "a"),
        ("<!DOCTYPE html><?xml x?>corps", "corps"),
        ("<!-- jamais fermé> texte <!-- ni lui> fin", "texte fin"),
        ('<a title="a > b" lien jamais fermé', 'b" lien jamais fermé'),
        ("  beaucoup\n\n d’espaces\t ", "beaucoup d’espaces"),
        ("&#99999999999999999999;", "\ufffd"),
        ("un \x02 deux", "un deux"),
        ("sans balise", "sans balise"),
        ("", ""),
    ],
)
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert plain(markup) == text


@given(st.text(alphabet=st.sampled_from("<>/!-?=\"'& ;#xabpscriptlegn\n9"), max_size=200))
def test_no_markup_is_an_error(markup: str) -> None:
    assert "\x02" not in plain(markup)


def shown(text: str, spans: list[Span], width: int = 280) -> str:
    words_shown, inside = excerpt(text, spans, width)
    for start, end in reversed(inside):
        words_shown = f"{words_shown[:start]}[{words_shown[start:end]}]{words_shown[end:]}"
    return words_shown


def spans_of(text: str, name: str) -> list[Span]:
    return [(at, at + len(name)) for at in range(len(text)) if text.startswith(name, at)]


LONG = (
    "Il faisait beau ce matin-là. Le Dr. Claire Lefèvre m’a reçue avec une heure de retard. "
    "Elle ne s’est pas excusée. Plus jamais je ne reviendrai dans ce cabinet."
)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (400, LONG.replace("Claire Lefèvre", "[Claire Lefèvre]")),
        (80, "…Le Dr. [Claire Lefèvre] m’a reçue avec une heure de retard."),
        (50, "…Le Dr. [Claire Lefèvre] m’a reçue avec une heure…"),
        (26, "…Dr. [Claire Lefèvre] m’a…"),
        (1, "…[Claire Lefèvre]…"),
    ],
)
def test_an_excerpt_keeps_the_sentences_around_the_name(width: int, expected: str) -> None:
    assert shown(LONG, spans_of(LONG, "Claire Lefèvre"), width) == expected


def test_an_excerpt_shows_every_name_it_holds() -> None:
    text = "Claire Lefèvre et\nClaire Lefèvre"
    assert shown(text, spans_of(text, "Claire Lefèvre")) == "[Claire Lefèvre] et [Claire Lefèvre]"


def test_an_excerpt_without_a_name_is_the_beginning() -> None:
    assert excerpt("un deux trois", [], 10) == ("un deux…", ())
    assert excerpt("", [], 10) == ("", ())


def test_an_excerpt_leaves_out_spans_that_are_none() -> None:
    assert excerpt("un deux", [(5, 99), (-1, 2), (2, 2)]) == ("un deux", ())


@given(st.text(alphabet=st.sampled_from("ab.é \n!…"), max_size=300), st.data())
def test_an_excerpt_keeps_its_name_and_its_width(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    width = data.draw(st.integers(0, 100))
    words_shown, inside = excerpt(text, [(start, end)], width)
    assert len(words_shown) <= max(width, end - start + 2)
    if start < end:
        (only,) = inside
        assert words_shown[slice(*only)] == text[start:end].replace("\n", " ")


HOSTILE = ("a.", "é'", "_a", " - ", "\u200b", "\u0301", "\n")


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_megabyte_is_read_at_once(piece: str) -> None:
    text = piece * (MILLION // len(piece))
    started = time.process_time()
    fold(text)
    words(text)
    tokens(text)
    excerpt(text, [(MILLION // 2, MILLION // 2 + 7)])
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!--",
        "<!",
        "</",
        "<a b='",
        "<a b=\"'>",
        '="<a',
        "<script>",
        "&#",
        "&#9",
        "<p>",
    ],
)
def test_a_hostile_megabyte_of_markup_is_read_at_once(piece: str) -> None:
    started = time.process_time()
    plain(piece * (MILLION // len(piece)))
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("une dentiste sans égale à Lille", "une dentiste nulle à Lille", ("sans égale", "nulle")),
        ("à fuir", "à fuir absolument", ("", "absolument")),
        ("à fuir, à fuir", "à fuir,", ("à fuir", "")),
        ("rien  ne\nchange", "rien ne change", ("", "")),
        ("", "tout est neuf", ("", "tout est neuf")),
    ],
)
def test_what_changed_is_between_what_both_begin_and_end_with(
    before: str, after: str, change: tuple[str, str]
) -> None:
    assert changed(before, after) == change


@given(*[st.lists(st.sampled_from("abc")) for _ in range(4)])
def test_what_changed_put_back_gives_the_text_before(
    head: list[str], old: list[str], new: list[str], tail: list[str]
) -> None:
    before, after = [*head, *old, *tail], [*head, *new, *tail]
    lost, put = (side.split() for side in changed(" ".join(before), " ".join(after)))
    assert len(lost) <= len(old)
    assert len(before) - len(lost) == len(after) - len(put)


def test_a_hostile_change_is_found_at_once() -> None:
    start = time.process_time()
    changed("a " * MILLION, "a " * (MILLION - 1) + "b")
    assert time.process_time() - start < 5
