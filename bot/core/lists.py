"""Lists of sources: what a file says to watch, what is wrong in it, and what may be given away."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from bot.core.mentions import Source
from bot.core.sources import SourceKind, redacted

MOST_BYTES = 10_000_000
MOST_LISTED = 10_000
"""More in one file is a mistake, or worse."""
_LONGEST = 2000
_SHOWN = 120


class ListProblem(StrEnum):
    """Why a file or a line of it is not imported; each has a French label."""

    NOT_A_LIST = "not_a_list"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    ENTITIES = "entities"
    """The file defines XML entities, which no honest list needs."""
    MALFORMED = "malformed"
    """What comes after that line cannot be read."""
    NO_ADDRESS = "no_address"
    NOT_WEB = "not_web"
    HAS_PASSWORD = "has_password"  # noqa: S105 - a code
    ANOTHER_LIST = "another_list"
    """It leads to another list, not to a source."""
    INTERVAL_INVALID = "interval_invalid"
    PRACTICE_UNKNOWN = "practice_unknown"
    PRACTICE_MISSING = "practice_missing"


@dataclass(frozen=True, slots=True)
class Listed:
    """One source, as a list names it."""

    url: str
    title: str = ""
    category: str = ""
    """The group it is in; in our own exports, the practice."""
    is_page: bool = False
    """A page to watch, not a feed."""
    every_seconds: int | None = None
    line: int = 0
    """Where in the file, from 1."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something of a list that was left out, and why."""

    problem: ListProblem
    line: int = 0
    """Where in the file, from 1; 0 when it is all of it."""
    words: str = ""
    """What it was, without what may be secret in it."""


@dataclass(frozen=True, slots=True)
class SourceList:
    """What was read in a file."""

    kept: tuple[Listed, ...] = ()
    flaws: tuple[Flaw, ...] = ()


def flaw(problem: ListProblem, line: int = 0, words: str = "") -> Flaw:
    """A flaw whose words can be shown."""
    shown = _USER.sub("", " ".join(redacted(words).split()))
    return Flaw(problem, line, shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}...")


def checked(listed: Listed) -> Listed | Flaw:
    """The source with its address as it is fetched, or why it may not be."""
    url = _FEED_SCHEME.sub(lambda found: found[1] or "http://", listed.url.strip())
    parts = _split(url)
    if not url:
        return flaw(ListProblem.NO_ADDRESS, listed.line, listed.title)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return flaw(ListProblem.NOT_WEB, listed.line, url)
    if "@" in parts.netloc:
        return flaw(ListProblem.HAS_PASSWORD, listed.line, url)
    return replace(listed, url=url)


def to_give_away(source: Source, category: str) -> tuple[Listed, bool] | None:
    """A source for a list that leaves the house, and whether its address lost something secret.

    None for what is no feed or page: a mailbox or reviews are nothing without our own keys.
    """
    parts = _split(source.url)
    if source.kind not in _SHAREABLE or parts is None or parts.scheme not in {"http", "https"}:
        return None
    pieces = parts.query.split("&")
    kept = [piece for piece in pieces if not _SECRET.fullmatch(_name(piece))]
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(kept))
    is_page = source.kind is SourceKind.PAGE
    url = source.url if bare == parts else urlunsplit(bare)
    return Listed(url, source.title, category, is_page=is_page), bare != parts


def within_bounds(kept: Iterable[Listed], flaws: Iterable[Flaw]) -> SourceList:
    """A list of at most MOST_LISTED sources and as many flaws; what is beyond is said."""
    sources, wrong = tuple(kept), tuple(flaws)
    if len(sources) > MOST_LISTED:
        wrong = (flaw(ListProblem.TOO_MANY, sources[MOST_LISTED].line), *wrong)
    elif not sources and not wrong:
        wrong = (flaw(ListProblem.EMPTY),)
    return SourceList(sources[:MOST_LISTED], wrong[:MOST_LISTED])


# Private from here on.

_SHAREABLE = frozenset({SourceKind.FEED, SourceKind.GOOGLE_ALERTS, SourceKind.PAGE})
_FEED_SCHEME = re.compile(r"\Afeed:(?://)?(https?://)?", re.IGNORECASE)
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x20\x7f<>\"\\]")
_SECRET = re.compile(
    r"[a-z_.-]*(?:token|secret|passw(?:or)?d|credentials?|signature|api_?key|authkey)"
    r"|(?:[a-z]+[_-])?(?:key|pwd|pass|auth|sig|session|sid|hash)",
    re.IGNORECASE,
)
_USER = re.compile(r"[^\s/]*@")


def _name(piece: str) -> str:
    return unquote(piece.partition("=")[0])


def _split(url: str) -> SplitResult | None:
    if len(url) > _LONGEST or _NOT_IN_ADDRESS.search(url):
        return None
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if has_port else None
