"""Reads a watched page (a directory entry, a profile): one entry, what it says where it matters.

Marks are found one after the other in a single pass. ``html.parser`` would know more about HTML,
but a few kilobytes of unclosed tags keep it busy for seconds, and pages are whatever was sent.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
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
MAX_TEXT = 40_000
"""Of 990 real pages 20 say more; 83 say more than 20,000."""
_MAX_LINK = 2_000
_SNIFFED = 65_536
_STRETCH = 65_536
"""No look goes further in one go: a regular expression does not let go of the interpreter."""
_DECLARES_IN = 131_072
_MAX_FEEDS = 20


class PageReader:
    """Makes one entry of a page."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        # As for feeds: a second thread would only make the loop wait longer.
        self._turn = asyncio.Semaphore(1)

    async def read(self, visit: Visit) -> Reading:
        """The page as a document of one entry, read off the event loop.

        Raises:
            FetchFailed: it cannot be had; NOT_A_PAGE or EMPTY.
        """
        fetched = await visited(self._fetcher, visit)
        memory = memory_of(visit, fetched)
        if unchanged(visit, fetched, memory):
            return with_manners(nothing_new(visit, memory), fetched)
        async with self._turn:
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
    says = _main(page)[:MAX_TEXT].rstrip()
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
        for start, end in _stretches(page, piece.start, piece.end):
            for found in _FACT.finditer(page, start, end):
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
_LONGEST_MARK = 16
_MAX_MARKS = 20_000
"""Ten times what real pages have; the rest of the page is then one piece."""
_ENDS_OF_LINES = ("</p>", "</div>", "</li>", "</tr>", "<br")
_ENOUGH = 0.25
"""A smaller share of the page is a teaser, or waits for a script: of 990 annotated pages, those
that lost something fell from 47 to 24; trafilatura loses something of 132."""


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
    for mark in islice(_marks(page), _MAX_MARKS):
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


def _marks(page: str) -> Iterator[re.Match[str]]:
    """Every mark, the longest being shorter than what two stretches share."""
    place = 0
    for start in range(0, len(page), _STRETCH):
        end = start + _STRETCH
        for mark in _MARK.finditer(page, max(start, place), end + _LONGEST_MARK):
            if mark.start() >= end:
                break
            place = mark.end()
            yield mark


def _stretches(page: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A part of the page in stretches that end where a line does, else before some tag."""
    while end - start > _STRETCH:
        reach = start + _STRETCH
        cut = max(page.rfind(tag, start + 1, reach) for tag in _ENDS_OF_LINES)
        cut = cut if cut > 0 else page.rfind("<", start + 1, reach)
        cut = cut if cut > 0 else reach
        yield start, cut
        start = cut
    yield start, end


def _close(depth: Counter[str], name: str) -> None:
    depth[name] -= 1
    if name == "main":  # whatever was left open in it
        depth.clear()
    elif depth[name] <= 0:
        del depth[name]


def _main(page: str) -> str:
    """What a page says in its main element or its articles if that is enough of it, else all."""
    pieces = [
        (piece, said)
        for piece in _pieces(page)
        if not piece.is_silent and "title" not in piece.inside
        for start, end in _stretches(page, piece.start, piece.end)
        if (said := text.plain(page[start:end]))
    ]
    enough = _ENOUGH * sum(len(said) for _, said in pieces)
    for region in ("main", "article"):
        within = [
            said for piece, said in pieces if region in piece.inside and not _is_chrome(piece)
        ]
        if within and sum(map(len, within)) >= enough:
            return "\n".join(within)
    return "\n".join(said for _, said in pieces)


def _is_chrome(piece: _Piece) -> bool:
    """Whether it leads elsewhere. The foot of an article tells its author, or what was replied."""
    return "nav" in piece.inside or ("footer" in piece.inside and "article" not in piece.inside)


# --- where it leads, and who says it ------------------------------------------------------------

_LINK = re.compile(r"<a\s(?P<attributes>[^<>]{0,2000})>", re.IGNORECASE)
_END_OF_LINK = re.compile(r"</a[\s>]", re.IGNORECASE)
_LINK_REACH = 1_000
_MAX_LINKS = 3_000


def links_in(page: str, url: str) -> tuple[tuple[str, str], ...]:
    """The links of a page, absolute, each with its words; at most three thousand."""
    base = next((given.get("href", "") for tag, given, _ in _said(page) if tag == "base"), "")
    return tuple(islice(_links(page, base, url), _MAX_LINKS))


def _links(page: str, base: str, url: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(page):
        if piece.is_silent:
            continue
        for start, end in _stretches(page, piece.start, piece.end):
            for found in _LINK.finditer(page, start, end):
                given = _attributes(found["attributes"])
                address = _joined(given.get("href", "").strip(), base, url)
                if address:
                    words = _words_of_link(page, found.end())
                    yield address, words or given.get("title", "") or given.get("aria-label", "")


def _words_of_link(page: str, start: int) -> str:
    closing = _END_OF_LINK.search(page, start, start + _LINK_REACH)
    return _line(page[start : closing.start()]) if closing else ""


def words_of(page: str) -> str:
    """Everything a page says, its foot and its menus too, one line a block."""
    return "\n".join(
        said
        for piece in _pieces(page)
        if not piece.is_silent
        for start, end in _stretches(page, piece.start, piece.end)
        if (said := text.plain(page[start:end]))
    )


def author_of(page: str) -> str:
    """Whom the page says it is by, in its own words."""
    return _line(_facts(page).meta.get("author", ""))
