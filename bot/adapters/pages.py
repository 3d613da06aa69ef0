"""Reads a watched page (a directory entry, a profile): one entry, what it says where it matters.

Marks are found one after the other in a single pass. ``html.parser`` would know more about HTML,
but a few kilobytes of unclosed tags keep it busy for seconds, and pages are whatever was sent.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

from bot.adapters.documents import memory_of, nothing_new, unchanged, visited, with_manners
from bot.core import text
from bot.core.sources import (
    Entry,
    FeedDocument,
    Fetched,
    FetchFailed,
    FetchProblem,
    FoundFeed,
    Reading,
    SourceKind,
    Visit,
    decoded,
)
from bot.ports import Fetcher

MAX_TITLE = 500
MAX_TEXT = 20_000
_MAX_LINK = 2_000
_SNIFFED = 65_536
_DECLARES_IN = 131_072
_MAX_FEEDS = 20


class PageReader:
    """Makes one entry of a page."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def read(self, visit: Visit) -> Reading:
        """The page as a document of one entry, read off the event loop.

        Raises:
            FetchFailed: it cannot be had; NOT_A_PAGE or EMPTY.
        """
        fetched = await visited(self._fetcher, visit)
        memory = memory_of(visit, fetched)
        if unchanged(visit, fetched, memory):
            return with_manners(nothing_new(visit, memory), fetched)
        document = await asyncio.to_thread(_read, fetched)
        return with_manners(Reading(document, memory), fetched)

    def feeds_in(self, fetched: Fetched) -> tuple[FoundFeed, ...]:
        """The feeds the page says it has; see the function of that name."""
        page = decoded(fetched.body, fetched.content_type)
        return feeds_in(page[:_DECLARES_IN], fetched.final_url)


def _read(fetched: Fetched) -> FeedDocument:
    if not fetched.body.strip():
        _fail(FetchProblem.EMPTY, fetched, "no body")
    page = decoded(fetched.body, fetched.content_type)
    if "\0" in page or "<" not in page[:_SNIFFED]:
        _fail(FetchProblem.NOT_A_PAGE, fetched, fetched.content_type[:80])
    facts = _facts(page)
    title = _line(facts.title or facts.meta.get("og:title", ""))
    says = text.plain(_main(page))[:MAX_TEXT].rstrip()
    if not title and not says:
        _fail(FetchProblem.EMPTY, fetched, "no words")
    entry = Entry(
        guid=None,
        url=_address(facts, fetched.final_url),
        title=title,
        text=says,
        author=_line(facts.meta.get("author", "")) or None,
        outlet=_line(facts.meta.get("og:site_name", "")) or None,
    )
    return FeedDocument(title=title, entries=(entry,), kind=SourceKind.PAGE, is_complete=True)


def _fail(problem: FetchProblem, fetched: Fetched, detail: str) -> NoReturn:
    raise FetchFailed(problem, fetched.final_url, status=fetched.status, detail=detail)


def _line(markup: str) -> str:
    return " ".join(text.plain(markup[: 20 * MAX_TITLE]).split())[:MAX_TITLE].rstrip()


# --- what is said about the page ----------------------------------------------------------------


@dataclass(slots=True)
class _Facts:
    title: str = ""
    canonical: str = ""
    base: str = ""
    meta: dict[str, str] = field(default_factory=dict)


_FACT = re.compile(
    r"<(?P<tag>title|link|meta|base)(?P<attributes>(?:\s[^<>]{0,4000})?)>(?P<inside>[^<]*)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([a-zA-Z:]{1,20})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")


def _facts(page: str) -> _Facts:
    """The first of each kind; those of scripts, comments and drawings are not about the page."""
    facts = _Facts()
    for tag, given, inside in _said(page):
        name = (given.get("property") or given.get("name") or "").lower()
        match tag:
            case "title":
                facts.title = facts.title or inside.strip()
            case "base":
                facts.base = facts.base or given.get("href", "")
            case "link" if "canonical" in _relations(given):
                facts.canonical = facts.canonical or given.get("href", "")
            case "meta" if name:
                facts.meta.setdefault(name, given.get("content", ""))
    return facts


def _said(page: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Tag, attributes and what follows, for each element that tells about the page."""
    for piece in _pieces(page):
        if piece.is_silent or "svg" in piece.inside:
            continue
        for found in _FACT.finditer(page, piece.start, piece.end):
            yield found["tag"].lower(), _attributes(found["attributes"]), found["inside"]


def _relations(given: Mapping[str, str]) -> list[str]:
    return given.get("rel", "").lower().split()


def _attributes(tag: str) -> dict[str, str]:
    return {
        found[1].lower(): text.plain(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(tag)
    }


def _address(facts: _Facts, final_url: str) -> str:
    """The canonical address when it is one, else the one that answered."""
    return _joined(facts.canonical, facts.base, final_url) or final_url


def _joined(address: str, base: str, final_url: str) -> str:
    """An address of the page made absolute; empty when it leads to no other page."""
    if not address or len(address) > _MAX_LINK:
        return ""
    try:
        joined = urljoin(urljoin(final_url, base), address)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in {"http", "https"} and parts.netloc else ""


# --- the feeds of the page ----------------------------------------------------------------------

_FEED_TYPES = frozenset(
    f"application/{name}" for name in ("rss+xml", "atom+xml", "feed+json", "json")
)
_NO_FEED = "/wp-json/"  # where WordPress describes each page to programs
_COMMENTS = re.compile("comment", re.IGNORECASE)


def feeds_in(page: str, url: str) -> tuple[FoundFeed, ...]:
    """The feeds a page says it has, each once, those of comments last; at most twenty."""
    base = ""
    found: dict[str, FoundFeed] = {}
    for tag, given, _ in _said(page):
        base = base or (given.get("href", "") if tag == "base" else "")
        kind = given.get("type", "").partition(";")[0].strip().lower()
        if tag != "link" or "alternate" not in _relations(given) or kind not in _FEED_TYPES:
            continue
        address = _joined(given.get("href", "").strip(), base, url)
        if address and _NO_FEED not in address:
            title = " ".join(given.get("title", "").split())[:MAX_TITLE]
            found.setdefault(address, FoundFeed(address, title))
    feeds = sorted(found.values(), key=_is_of_comments)
    return tuple(feeds[:_MAX_FEEDS])


def _is_of_comments(feed: FoundFeed) -> bool:
    path = urlsplit(feed.url).path
    return bool(_COMMENTS.search(path) or _COMMENTS.search(feed.title))


# --- what the page says -------------------------------------------------------------------------

_SILENT = frozenset({"script", "style", "template", "noscript", "!--"})
_MARK = re.compile(
    r"<(?P<name>/?(?:script|style|template|noscript|main|article|nav|footer|svg|title)"
    r"(?=[\s/>])|!--(?!>))|(?P<end>-->)",
    re.IGNORECASE,
)
_CHROME = ("nav", "footer")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the page, and the elements of interest it stands in."""

    start: int
    end: int
    inside: frozenset[str]
    is_silent: bool


def _pieces(page: str) -> Iterator[_Piece]:
    """The page cut at every mark; what stands in a silent element hides the marks in it."""
    depth: Counter[str] = Counter()
    silent = ""
    start = 0
    for mark in _MARK.finditer(page):
        name = (mark["name"] or mark["end"]).lower()
        closed = "!--" if name == "-->" else name[1:] if name[0] == "/" else ""
        if silent and closed != silent:
            continue
        yield _Piece(start, mark.start(), frozenset(depth), bool(silent))
        start = mark.end() if mark["end"] else mark.start()
        silent = name if name in _SILENT else ""
        if closed:
            _close(depth, closed)
        elif name not in _SILENT:
            depth[name] += 1
    yield _Piece(start, len(page), frozenset(depth), bool(silent))


def _close(depth: Counter[str], name: str) -> None:
    depth[name] -= 1
    if name == "main":  # whatever was left open in it
        depth.clear()
    elif depth[name] <= 0:
        del depth[name]


def _main(page: str) -> str:
    """The part of a page that says something: its main element, its articles, or all of it."""
    pieces = [
        piece for piece in _pieces(page) if not piece.is_silent and "title" not in piece.inside
    ]
    for region in ("main", "article"):
        within = [
            page[piece.start : piece.end]
            for piece in pieces
            if region in piece.inside and not piece.inside.intersection(_CHROME)
        ]
        chosen = "<p>".join(within)
        if text.plain(chosen[:_SNIFFED]):
            return chosen
    return "<p>".join(page[piece.start : piece.end] for piece in pieces)
