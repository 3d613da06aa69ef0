"""The guard of medical secrecy: what it flags, what it lets pass, and what never changes that."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.lawbook import load_guard
from bot.core.secrecy import MAX_READ_CHARACTERS, RuleCode, Severity, Unreadable
from bot.core.secrecy.phrases import parse_phrase

ROOT = Path(__file__).parents[2]
GUARD = load_guard(ROOT / "templates")


def _lines(name: str) -> list[dict[str, object]]:
    path = ROOT / "tests" / "vectors" / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


DOSSIER = _lines("replies_dossier.jsonl")
WORKED_ON = _lines("replies.jsonl")
OF_OTHERS = [each for hand in range(1, 6) for each in _lines(f"replies_{hand}.jsonl")]
FLAGGED = [each for each in DOSSIER + WORKED_ON if each["verdict"] == "flag"]
ACCEPTED = [each for each in DOSSIER + WORKED_ON if each["verdict"] == "accept"]


def rules(written: str) -> set[str]:
    return {each.rule.value for each in GUARD.check(written).findings}


@pytest.mark.parametrize("case", [each for each in DOSSIER if each["verdict"] == "flag"])
def test_the_dossier_s_breaches_are_flagged_under_their_rules(case: dict[str, list[str]]) -> None:
    assert set(case["rules"]) <= rules(str(case["text"]))


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: str(case["id"]))
def test_what_may_be_said_is_let_pass(case: dict[str, object]) -> None:
    assert not rules(str(case["text"]))


@pytest.mark.parametrize("case", FLAGGED, ids=lambda case: str(case["id"]))
def test_what_may_not_be_said_is_flagged(case: dict[str, object]) -> None:
    assert rules(str(case["text"])) - {"R0"}


@pytest.mark.parametrize("case", FLAGGED, ids=lambda case: str(case["id"]))
def test_every_rewriting_passes(case: dict[str, object]) -> None:
    written = str(case["text"])
    review = GUARD.check(written)
    for each in review.findings:
        assert 0 <= each.start < each.end <= len(written)
        assert GUARD.check(each.rewrite).is_clean, each.rewrite
    assert GUARD.check(GUARD.rewritten(written, review)).is_clean


def test_what_others_wrote_and_it_learned_from_is_told_apart() -> None:
    some = OF_OTHERS[::25]
    wrong = [
        each for each in some if bool(rules(str(each["text"]))) != (each["verdict"] == "flag")
    ]
    assert len(wrong) * 50 < len(some)


def test_a_breach_that_no_phrase_says_quotes_the_words_that_weigh() -> None:
    written = "Les tests cutan\u00e9s se sont r\u00e9v\u00e9l\u00e9s tous n\u00e9gatifs."
    (finding,) = GUARD.check(written).findings
    assert finding.rule is RuleCode.CARE_FACT
    assert "n\u00e9gatifs" in finding.reason.split("penser")[1]


def test_the_words_around_a_phrase_may_excuse_it() -> None:
    said = "une radio a \u00e9t\u00e9 faite mardi"
    assert rules(f"Cette dame le sait, {said}.")
    assert not rules(f"Nous ne dirons jamais si {said} dans ce centre, le secret l'interdit.")


# One disguise each: what a keyboard, a word processor or a mischievous hand does to a text.

_SPACES = (" ", "  ", "\u00a0", "\u202f", "\n", "\t ")
_UNSEEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad")
_TAGS = ("<b>", "</b>", "<i>", "</i>", '<span class="x">', "</span>", "<!-- x -->")


def _stripped(text: str) -> str:
    table = str.maketrans("àâäçéèêëîïôöùûüÿÀÂÇÉÈÊËÎÏÔÙÛÜ", "aaaceeeeiioouuuyAACEEEEIIOUUU")
    return text.translate(table).replace("œ", "oe").replace("Œ", "OE")


def _within_words(written: str, added: Sequence[str], chance: Random) -> str:
    words = []
    for word in written.split(" "):
        place = chance.randrange(len(word) + 1)
        words.append(word[:place] + chance.choice(added) + word[place:])
    return " ".join(words)


DISGUISES: dict[str, Callable[[str, Random], str]] = {
    "capitals": lambda written, _: written.upper(),
    "small letters": lambda written, _: written.lower(),
    "accents lost": lambda written, _: _stripped(written),
    "accents apart": lambda written, _: unicodedata.normalize("NFD", written),
    "apostrophes": lambda written, chance: written.replace(
        "'", chance.choice("\u2019\u02bc\uff07`")
    ),
    "unseen": lambda written, chance: _within_words(written, _UNSEEN, chance),
    "spaces": lambda written, chance: "".join(
        chance.choice(_SPACES) if each == " " else each for each in written
    ),
    "tags": lambda written, chance: _within_words(written, _TAGS, chance),
    "around": lambda written, _: f"<p>{written}</p> \U0001f642",
    "references": lambda written, chance: "".join(
        f"&#{ord(each)};" if chance.random() < 0.3 else each for each in written
    ),
}


@given(
    st.sampled_from(FLAGGED + ACCEPTED + OF_OTHERS),
    st.sampled_from(sorted(DISGUISES)),
    st.randoms(),
)
def test_no_disguise_changes_a_verdict(case: dict[str, object], name: str, chance: Random) -> None:
    written = str(case["text"])
    disguised = DISGUISES[name](written, chance)
    assert rules(disguised) - {"R14"} == rules(written) - {"R14"}  # the length is its own rule


@given(st.text(max_size=400))
def test_any_text_is_judged_and_its_findings_lie_in_it(written: str) -> None:
    review = GUARD.check(written)
    assert all(0 <= each.start <= each.end <= len(written) for each in review.findings)
    assert review.is_clean == (not review.findings)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", Unreadable.EMPTY),
        (" \u200b\n ", Unreadable.EMPTY),
        ("a" * (MAX_READ_CHARACTERS + 1), Unreadable.TOO_LONG),
        ("\x00\x01\x02\x7f\x00abc", Unreadable.RUBBISH),
        ("%PDF\ufffd\ufffd\x03", Unreadable.RUBBISH),
        ("\u2b50\u2b50\u2b50 !!!", Unreadable.RUBBISH),
        ("Thank you very much for your kind words about our team", Unreadable.NOT_FRENCH),
        (
            "Vielen Dank, wir freuen uns auf den n\u00e4chsten Besuch in der Praxis",
            Unreadable.NOT_FRENCH,
        ),
        ("Muchas gracias por su comentario, le esperamos pronto", Unreadable.NOT_FRENCH),
    ],
)
def test_what_cannot_be_read_never_passes(written: str, why: Unreadable) -> None:
    review = GUARD.check(written)
    assert review.unreadable is why
    assert [each.rule for each in review.findings] == [RuleCode.UNREADABLE]
    assert review.is_blocked


def test_a_sentence_in_another_language_does_not_hide_in_a_french_reply() -> None:
    french = "Merci pour ce message, lu avec attention par l'\u00e9quipe."
    written = f"{french} You never showed up for the surgery."
    assert "R0" in rules(written)


def test_the_article_cited_is_that_of_the_profession() -> None:
    written = "Vous n'\u00eates pas notre patient."
    cited = {
        profession: GUARD.check(written, profession).findings[0].reason
        for profession in (
            "medecin",
            "Chirurgien-dentiste",
            "pharmacien",
            "sage-femme",
            "coach",
            "",
        )
    }
    assert "R4127-4 " in cited["medecin"]
    assert "R4127-206" in cited["Chirurgien-dentiste"]
    assert "R4235-5" in cited["pharmacien"]
    assert "R4127-303" in cited["sage-femme"]
    assert cited["coach"] == cited[""]
    assert "226-13" in cited[""]


def test_a_long_reply_is_said_to_be_too_long() -> None:
    written = "Toute remarque est lue avec attention par l'\u00e9quipe. " * 20
    review = GUARD.check(written)
    assert [(each.rule, each.severity) for each in review.findings] == [
        (RuleCode.TOO_LONG, Severity.REVIEW)
    ]


def test_rewriting_keeps_what_may_be_said_and_says_nothing_twice() -> None:
    written = (
        "Merci d'avoir pris le temps de publier un commentaire. Vous n'\u00eates pas venu. "
        "Nous vous avons soign\u00e9. Le standard est ouvert du lundi au vendredi."
    )
    assert GUARD.rewritten(written, GUARD.check(written)) == (
        "Merci d'avoir pris le temps de publier un commentaire. Le secret professionnel nous "
        "interdit de commenter publiquement une situation individuelle. Le standard est ouvert "
        "du lundi au vendredi."
    )


@pytest.mark.parametrize("bad", ["", "x? y", "!x y", "{nowhere}", "mot*"])
def test_a_phrase_that_cannot_be_looked_for_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says its own
        parse_phrase(bad, frozenset())
