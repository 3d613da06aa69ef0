"""The directory of known sites: which entry holds an address, and what a document must say."""

import copy
import tomllib
from typing import Any

import pytest

from bot.adapters.lawbook import load_directory
from bot.adapters.wording import TEMPLATES
from bot.core.law import Confidence
from bot.core.particulars import Fact
from bot.core.recipients import RecipientRole
from bot.core.sites import InvalidDirectory, parse_directory

DIRECTORY = load_directory(TEMPLATES)
DOCUMENT = tomllib.loads((TEMPLATES / "law" / "sites.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.google.com/maps/place/Dr+X", "Google Maps, fiches et avis"),
        ("https://www.google.co.uk/maps/reviews", "Google Maps, fiches et avis"),
        ("https://maps.google.fr/?cid=1", "Google Maps, fiches et avis"),
        ("https://www.google.fr/search?q=dr+x", "Google"),
        ("https://m.facebook.com/dr.x", "Facebook"),
        ("https://fr.wikipedia.org/wiki/X", "Wikipédia"),
        ("https://fr.yelp.ca/biz/x", "Yelp"),
        ("https://www.pagesjaunes.fr/pros/1", "PagesJaunes"),
        ("https://forum.doctissimo.fr/sante/1", "Doctissimo"),
        ("https://google.com.arnaque.example/maps", ""),
        ("https://notfacebook.com/", ""),
        ("https://annuaire.example/", ""),
        ("pas une adresse", ""),
    ],
)
def test_an_address_is_of_the_most_precise_entry(url: str, name: str) -> None:
    site = DIRECTORY.of(url)
    assert (site.name if site else "") == name


def test_each_entry_is_dated_and_each_recipient_sourced() -> None:
    for site in (*DIRECTORY.sites, *DIRECTORY.engines):
        assert site.checked_on.year >= 2026
        for recipient in site.recipients:
            assert len(recipient.source) > 10
            assert recipient.facts[Fact.NAME]
            from_memory = "mémoire" in recipient.source
            assert not (from_memory and recipient.confidence is Confidence.SOURCED)
    roles = {each.role for site in DIRECTORY.engines for each in site.recipients}
    assert roles == {RecipientRole.SEARCH_ENGINE}


def _bad(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"sites": DOCUMENT["sites"]},
        _bad(("other",), 1),
        _bad(("sites", 0, "hosts"), "a.fr"),
        _bad(("sites", 0, "colour"), "red"),
        _bad(("sites", 0, "checked_on"), "2026-11-23"),
        _bad(("sites", 0, "recipients", 0, "role"), "pope"),
        _bad(("sites", 0, "recipients", 0, "source"), ""),
        _bad(("sites", 0, "recipients", 0, "fax"), "1"),
        _bad(("sites", 0), "site"),
    ],
)
def test_a_document_of_another_shape_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidDirectory) as refused:
        parse_directory(document)
    assert refused.value.problems
