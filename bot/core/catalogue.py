"""The catalogue: the feed of a pasted address, from its look alone, and the searches to follow.

The rules are written in ``templates/sources/catalogue.toml``, dated and sourced, which an adapter
loads. Adding a site is one table there, with an example; no code.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from bot.core.people import Practitioner
from bot.core.text import fold

MOST = 12
"""Suggestions for one person."""
_MOST_ALIASES = 3
_PARTICLE = 3
"""The longest first word that nobody joins to the rest: de, du, le, van, ben."""
_LONGEST = 2000
"""A longer address is nobody's to paste."""


class Certainty(StrEnum):
    """How a rule is known."""

    DOCUMENTED = "documented"
    """Whoever runs the site or makes the software says so."""
    OBSERVED = "observed"
    """Seen in use; it may stop one day without a word."""


class SearchKind(StrEnum):
    """Where a person can be searched for; each has a French label and an explanation."""

    GOOGLE_NEWS = "google_news"
    GOOGLE_ALERT = "google_alert"
    BING_NEWS = "bing_news"
    REDDIT = "reddit"
    MASTODON_TAG = "mastodon_tag"
    GOOGLE_REVIEWS = "google_reviews"


@dataclass(frozen=True, slots=True)
class CatalogueHit:
    """The feed of a pasted address."""

    url: str
    key: str
    """The rule that knows it."""
    note: str
    """What to expect of it, in French, in one line."""
    is_guess: bool
    """Only the look of the address says so, not its site: when that feed cannot be read, the
    address itself should be."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A search worth following for somebody."""

    kind: SearchKind
    words: str
    """What is searched for, as people type it."""
    url: str
    """The feed; with ``needs_hand``, the page where to begin."""
    needs_hand: bool


@dataclass(frozen=True, slots=True)
class FeedRule:
    """How the addresses of one kind of site lead to their feeds."""

    key: str
    host: re.Pattern[str] | None
    """None: any host, so that it is a guess."""
    path: re.Pattern[str]
    query: Mapping[str, str]
    """The parameters kept and their defaults; one without a default must be there."""
    gives: str
    note: str
    certainty: Certainty
    source: str
    example: str
    feed: str


@dataclass(frozen=True, slots=True)
class SearchRule:
    """How to search in one place."""

    kind: SearchKind
    url: str
    by_hand: bool
    note: str
    certainty: Certainty


class InvalidCatalogue(ValueError):
    """The document cannot be used; ``problems`` lists everything to correct."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of feeds and searches, and since when it was last checked."""

    checked_on: date
    known_hosts: frozenset[str]
    """Sites no guess is made about."""
    rules: Sequence[FeedRule]
    searches: Mapping[SearchKind, SearchRule]

    def feed_for(self, url: str) -> CatalogueHit | None:
        """The feed of a pasted address; None when it is one already, or when nothing is known."""
        parts = _web(url)
        if parts is None:
            return None
        is_known = any(site in self.known_hosts for site in _domains(parts.hostname or ""))
        for rule in self.rules:
            if rule.host is None and is_known:
                continue
            feed = _feed(rule, parts)
            if feed is not None and feed != url.strip():
                return CatalogueHit(feed, rule.key, rule.note, rule.host is None)
        return None

    def suggestions(self, person: Practitioner, practice: str) -> tuple[Suggestion, ...]:
        """The searches worth following for a person of that practice, the most telling first."""
        found: dict[str, Suggestion] = {}
        for kind, words in _searches(person, practice):
            rule = self.searches[kind]
            url = rule.url.format(query=quote(words, safe=""))
            found.setdefault(url, Suggestion(kind, words, url, rule.by_hand))
        return tuple(found.values())[:MOST]


def parse_catalogue(document: Mapping[str, Any]) -> Catalogue:
    """The catalogue written in a TOML document.

    Raises:
        InvalidCatalogue: with everything that is wrong.
    """
    problems: list[str] = []
    rules = [rule for table in document.get("feed", ()) if (rule := _rule(table, problems))]
    searches = [each for table in document.get("search", ()) if (each := _search(table, problems))]
    checked_on = document.get("checked_on")
    if not isinstance(checked_on, date):
        problems.append("checked_on: a date is missing")
    known = [rule.key for rule in rules]
    problems += [f"{key}: twice" for key in sorted({key for key in known if known.count(key) > 1})]
    missing = set(SearchKind) - {each.kind for each in searches}
    problems += [f"search {kind}: missing" for kind in sorted(missing)]
    if problems or not isinstance(checked_on, date):
        raise InvalidCatalogue(problems)
    return Catalogue(
        checked_on=checked_on,
        known_hosts=frozenset(document.get("known_hosts", ())),
        rules=tuple(rules),
        searches={each.kind: each for each in searches},
    )


# Private from here on.


def _rule(table: Mapping[str, Any], problems: list[str]) -> FeedRule | None:
    try:
        return FeedRule(
            key=table["key"],
            host=re.compile(table["host"]) if "host" in table else None,
            path=re.compile(table["path"]),
            query=dict(table.get("query", {})),
            gives=table["gives"],
            note=table["note"],
            certainty=Certainty(table["certainty"]),
            source=table["source"],
            example=table["example"],
            feed=table["feed"],
        )
    except (KeyError, ValueError, re.error) as error:
        problems.append(f"feed {table.get('key')}: {error}")
        return None


def _search(table: Mapping[str, Any], problems: list[str]) -> SearchRule | None:
    try:
        return SearchRule(
            kind=SearchKind(table["kind"]),
            url=table["url"],
            by_hand=table.get("by_hand", False),
            note=table["note"],
            certainty=Certainty(table["certainty"]),
        )
    except (KeyError, ValueError) as error:
        problems.append(f"search {table.get('kind')}: {error}")
        return None


def _web(url: str) -> SplitResult | None:
    """The parts of a web address without a user in it, or nothing."""
    address = url.strip()
    if len(address) > _LONGEST:
        return None
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        return None
    host = parts.hostname or ""
    return parts if is_web and "." in host and "@" not in parts.netloc else None


def _domains(host: str) -> Iterator[str]:
    """The host, and each domain it is below."""
    while host:
        yield host
        host = host.partition(".")[2]


def _feed(rule: FeedRule, parts: SplitResult) -> str | None:
    host = (parts.hostname or "").rstrip(".")
    site = rule.host.fullmatch(host) if rule.host else None
    place = rule.path.fullmatch(parts.path)
    if place is None or (rule.host is not None and site is None):
        return None
    given = dict(reversed(parse_qsl(parts.query)))
    query = {name: given.get(name, default) for name, default in rule.query.items()}
    if not all(query.values()):
        return None
    groups = (site.groupdict() if site else {}) | place.groupdict()
    pieces = {name: quote(unquote(value), safe="/@:") for name, value in groups.items()}
    values = {name: quote(value, safe=":") for name, value in query.items()}
    return rule.gives.format_map(
        pieces
        | values
        | {
            "site": f"{parts.scheme}://{parts.netloc.lower()}",
            "query": "&".join(f"{name}={value}" for name, value in values.items()),
        }
    )


class _Asked(NamedTuple):
    kind: SearchKind
    words: str


def _searches(person: Practitioner, practice: str) -> Iterator[_Asked]:
    """What to search for, and where, the most telling first."""
    city = _plain(person.city)
    given, family = _plain(person.given), _plain(person.family)
    name = f"{given} {family}"
    main = _phrase(name, city)
    titled = _phrase(f"{_plain(person.title)} {family}", city) if person.title and city else ""
    yield _Asked(SearchKind.GOOGLE_NEWS, main)
    yield _Asked(SearchKind.GOOGLE_ALERT, main)
    if titled:
        yield _Asked(SearchKind.GOOGLE_NEWS, titled)
    yield _Asked(SearchKind.GOOGLE_REVIEWS, f"{_plain(practice)} {city}".strip())
    yield _Asked(SearchKind.GOOGLE_NEWS, _phrase(_plain(practice), city))
    yield _Asked(SearchKind.REDDIT, main)
    for spelling in _other_spellings(given, family):
        yield _Asked(SearchKind.GOOGLE_NEWS, _phrase(spelling, city))
    for alias in filter(None, map(_plain, person.aliases[:_MOST_ALIASES])):
        yield _Asked(SearchKind.GOOGLE_NEWS, _phrase(alias, city))
    yield _Asked(SearchKind.BING_NEWS, main)
    yield _Asked(SearchKind.MASTODON_TAG, fold(name).replace(" ", ""))
    if titled:
        yield _Asked(SearchKind.REDDIT, titled)


def _other_spellings(given: str, family: str) -> Iterator[str]:
    """The name without its hyphens, and with those it may be given."""
    joined = family.replace(" ", "-") if len(family.partition(" ")[0]) > _PARTICLE else family
    for spelling in (
        f"{given} {family}".replace("-", " "),
        f"{given.replace(' ', '-')} {joined}",
    ):
        if spelling != f"{given} {family}":
            yield spelling


def _plain(words: str) -> str:
    """Words that no search engine takes for an operator."""
    return " ".join(words.replace('"', " ").split())


def _phrase(words: str, city: str) -> str:
    return f'"{words}" {city}'.strip()
