from dataclasses import replace
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.catalogue import load_catalogue
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.core.catalogue import (
    MOST,
    Certainty,
    FeedRule,
    InvalidCatalogue,
    SearchKind,
    parse_catalogue,
)
from bot.core.lists import ListProblem
from bot.core.sources import SourceKind, recognise
from tests.world import CLAIRE

CATALOGUE = load_catalogue(TEMPLATES)
WORDING = JinjaWording()


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.key)
def test_every_rule_leads_from_its_example_to_its_feed(rule: FeedRule) -> None:
    hit = CATALOGUE.feed_for(f"  {rule.example}\n")
    assert hit is not None
    assert (hit.key, hit.url) == (rule.key, rule.feed)
    assert hit.is_guess == (rule.host is None)
    assert hit.note == rule.note
    assert rule.note.endswith(".")
    assert rule.source


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.key)
def test_a_feed_is_left_as_it_is(rule: FeedRule) -> None:
    assert CATALOGUE.feed_for(rule.feed) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.fr/alerts/feeds/01234567890123456789/9876543210987654321",
        "https://www.youtube.com/@claire",
        "https://www.youtube.com/c/claire",
        "https://www.youtube.com/watch?v=abc",
        "https://www.youtube.com/playlist",
        "https://www.tiktok.com/@claire",
        "https://substack.com/@claire",
        "https://news.google.com/search",
        "https://forum.doctissimo.fr/sante/dents/extraction-sujet_171729_1.htm",
        "https://www.doctolib.fr/dentiste/lille/claire-lefevre",
        "https://www.example.fr/",
        "https://claire:secret@piaille.fr/@claire",
        "https://notreddit.com.example.fr/r/Lille",
        "https://[::1/@claire",
        "https://piaille.fr:99999/@claire",
        "http://localhost/@claire",
        "ftp://piaille.fr/@claire",
        "piaille.fr/@claire",
        "",
        "https://piaille.fr/@" + "a" * 3000,
    ],
)
def test_nothing_is_made_up(url: str) -> None:
    assert CATALOGUE.feed_for(url) is None


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("https://PIAILLE.fr/@Claire", "https://piaille.fr/@Claire.rss"),
        ("http://site.example.fr:8080/t/a-b/12", "http://site.example.fr:8080/t/a-b/12.rss"),
        (
            "https://news.google.com/search?q=a%26b%3Dc&hl=en-GB&gl=GB&ceid=GB:en",
            "https://news.google.com/rss/search?q=a%26b%3Dc&hl=en-GB&gl=GB&ceid=GB:en",
        ),
        (
            "https://fr.wikipedia.org/wiki/R%26D_%22x%22",
            "https://fr.wikipedia.org/w/index.php?title=R%26D_%22x%22&action=history&feed=atom",
        ),
        ("https://piaille.fr/tags/h%C3%B4pital", "https://piaille.fr/tags/h%C3%B4pital.rss"),
    ],
)
def test_an_address_keeps_what_it_says(url: str, feed: str) -> None:
    hit = CATALOGUE.feed_for(url)
    assert hit is not None
    assert hit.url == feed


@given(st.text(max_size=200) | st.from_regex(r"https?://[a-z.]{1,20}/[ -~]{0,80}", fullmatch=True))
def test_whatever_is_pasted_gives_a_web_address_or_nothing(url: str) -> None:
    hit = CATALOGUE.feed_for(url)
    if hit is not None:
        assert urlsplit(hit.url).scheme in {"http", "https"}
        assert not set(hit.url) & set(' "<>\n\t')
        assert CATALOGUE.feed_for(hit.url) is None


def test_the_searches_of_a_person_begin_with_the_most_telling() -> None:
    found = CATALOGUE.suggestions(CLAIRE, "Cabinet des Tilleuls")
    assert [(each.kind, each.words) for each in found] == [
        (SearchKind.GOOGLE_NEWS, '"Claire Lefèvre" Lille'),
        (SearchKind.GOOGLE_ALERT, '"Claire Lefèvre" Lille'),
        (SearchKind.GOOGLE_NEWS, '"Dr Lefèvre" Lille'),
        (SearchKind.GOOGLE_REVIEWS, "Cabinet des Tilleuls Lille"),
        (SearchKind.GOOGLE_NEWS, '"Cabinet des Tilleuls" Lille'),
        (SearchKind.REDDIT, '"Claire Lefèvre" Lille'),
        (SearchKind.BING_NEWS, '"Claire Lefèvre" Lille'),
        (SearchKind.MASTODON_TAG, "clairelefevre"),
        (SearchKind.REDDIT, '"Dr Lefèvre" Lille'),
    ]
    by_hand = {each.kind for each in found if each.needs_hand}
    assert by_hand == {SearchKind.GOOGLE_ALERT, SearchKind.GOOGLE_REVIEWS}
    query = parse_qs(urlsplit(found[0].url).query)
    assert query == {
        "q": ['"Claire Lefèvre" Lille'],
        "hl": ["fr"],
        "gl": ["FR"],
        "ceid": ["FR:fr"],
    }


@pytest.mark.parametrize(
    ("given_name", "family", "others"),
    [
        ("Jean-Pierre", "Le Goff", ["Jean Pierre Le Goff"]),
        ("Jean Pierre", "Le Goff", ["Jean-Pierre Le Goff"]),
        ("Anne", "Martin-Dupont", ["Anne Martin Dupont"]),
        ("Anne", "Martin Dupont", ["Anne Martin-Dupont"]),
        ("Anne", "Martin", []),
    ],
)
def test_a_compound_name_is_searched_for_with_and_without_hyphens(
    given_name: str, family: str, others: list[str]
) -> None:
    person = replace(CLAIRE, given=given_name, family=family, title="", aliases=("JP",))
    found = CATALOGUE.suggestions(person, "Cabinet")
    words = [each.words for each in found if each.kind is SearchKind.GOOGLE_NEWS]
    names = [f"{given_name} {family}", "Cabinet", *others, "JP"]
    assert words == [f'"{name}" Lille' for name in names]


def test_without_a_town_a_title_alone_would_find_everybody() -> None:
    words = [each.words for each in CATALOGUE.suggestions(replace(CLAIRE, city=""), "Cabinet")]
    assert words[0] == '"Claire Lefèvre"'
    assert not [each for each in words if "Dr" in each]


_NAMES = st.text(min_size=1, max_size=30).filter(str.strip)


@given(_NAMES, _NAMES, _NAMES, st.lists(_NAMES, max_size=6))
def test_suggestions_are_few_different_and_well_formed(
    name: str, city: str, practice: str, aliases: list[str]
) -> None:
    person = replace(CLAIRE, given=name, family=name, city=city, aliases=tuple(aliases))
    found = CATALOGUE.suggestions(person, practice)
    addresses = [each.url for each in found]
    assert 1 <= len(found) <= MOST
    assert len(set(addresses)) == len(addresses)
    for each in found:
        assert each.url.isascii()
        assert not set(each.url) & set(' "<>\n')
        assert each.needs_hand or recognise(each.url, "", b"") is SourceKind.FEED


def test_every_code_has_its_words() -> None:
    for kind in SearchKind:
        assert "{words}" in WORDING.label("suggestion", kind)
    by_hand = {kind for kind, rule in CATALOGUE.searches.items() if rule.by_hand}
    assert by_hand == set(map(SearchKind, WORDING.labels("suggestion_by_hand")))
    assert set(ListProblem) == set(WORDING.labels("list_problem"))


def test_a_catalogue_that_cannot_be_used_says_all_that_is_wrong() -> None:
    document = {
        "feed": [{"key": "a", "path": "("}, {"key": "b", "certainty": "sure"}],
        "search": [{"kind": "nowhere"}],
    }
    with pytest.raises(InvalidCatalogue) as refused:
        parse_catalogue(document)
    problems = refused.value.problems
    assert len(problems) == 4 + len(SearchKind)
    assert "checked_on" in str(refused.value)


def test_rules_are_few_known_and_guesses_come_last() -> None:
    guesses = [rule.host is None for rule in CATALOGUE.rules]
    assert all(before <= after for before, after in pairwise(guesses))
    assert {rule.certainty for rule in CATALOGUE.rules} == set(Certainty)
