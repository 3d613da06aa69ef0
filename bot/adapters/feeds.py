"""Reads feeds: every RSS, Atom and JSON Feed there is, Google Alerts among them.

Of RSS and Atom, feedparser is handed what stands from the root element on and is new, as UTF-8
under a declaration of our own: the library tolerates what feeds are made of, but its prologue
handling lets entities through and runs quadratic patterns over what precedes the root.
"""

import asyncio
import html
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

import feedparser

from bot.adapters import json_feed
from bot.adapters.documents import (
    NO_CHARACTER,
    memory_of,
    nothing_new,
    unchanged,
    visited,
    with_manners,
)
from bot.adapters.prune import Pruned, prune
from bot.core import text
from bot.core.sources import (
    HEAD_BYTES,
    Entry,
    FeedDocument,
    Fetched,
    FetchFailed,
    FetchProblem,
    Memory,
    Reading,
    SourceKind,
    Visit,
    in_utf8,
    is_alerts_address,
    is_json,
    recognise,
)
from bot.ports import Fetcher

MAX_ENTRIES = 1_000
MAX_TITLE = 500
MAX_TEXT = 20_000
MAX_GUID = 1_000
_MAX_AUTHOR = 200

_NO_SUCH = (404, 410)
_SHORT = 16_384
_FEW_TAGS = 1_000
"""What is read in a few milliseconds is read where it is; the rest in a thread."""
_LONG_TO_SCAN = 163_840

Made = TypeVar("Made")

# The web is older, but no feed is; and clocks are wrong, but not by more than their time zone.
_FIRST_DATE = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)


class FeedReader:
    """Makes entries of a feed."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        # Parsing holds the interpreter: a second thread would only make the loop wait longer.
        self._turn = asyncio.Semaphore(1)

    async def read(self, visit: Visit) -> Reading:
        """The entries of a feed that no earlier visit read.

        Raises:
            FetchFailed: it cannot be had; NOT_A_FEED, ALERT_EXPIRED, MALFORMED or EMPTY.
        """
        try:
            return await self._read(visit)
        except FetchFailed as failed:
            if is_alerts_address(visit.url) and _is_expired(failed):
                raise _expired(failed) from failed
            raise

    async def _read(self, visit: Visit) -> Reading:
        fetched = await visited(self._fetcher, visit)
        return with_manners(await self._made(visit, fetched), fetched)

    async def _made(self, visit: Visit, fetched: Fetched) -> Reading:
        memory = memory_of(visit, fetched)
        if unchanged(visit, fetched, memory):
            return nothing_new(visit, memory)
        is_long = len(fetched.body) > _LONG_TO_SCAN
        if is_json(fetched.body):
            document = await self._run(lambda: _json(fetched, visit.now), is_long=is_long)
            return Reading(document, memory)
        pruned = await self._run(lambda: _pruned(fetched, visit.memory.seen), is_long=is_long)
        if pruned.is_old:
            memory = replace(memory, seen=pruned.seen)
            return Reading(document=None, memory=memory, known=pruned.known)
        is_long = len(pruned.body) > _SHORT or pruned.body.count(b"<") > _FEW_TAGS
        return await self._run(
            lambda: _reading(fetched, pruned, memory, visit.now), is_long=is_long
        )

    async def _run(self, make: Callable[[], Made], *, is_long: bool) -> Made:
        """Here and now when it is short; else off the loop, one at a time."""
        if not is_long:
            return make()
        async with self._turn:
            return await asyncio.to_thread(make)


def _is_expired(failed: FetchFailed) -> bool:
    """Whether Google answered for an alert with no feed: a page, 404 or 410."""
    is_page = failed.problem is FetchProblem.NOT_A_FEED
    return failed.status in _NO_SUCH or (is_page and "//consent." not in failed.url)


def _expired(failed: FetchFailed) -> FetchFailed:
    detail = failed.detail or failed.problem.value
    return FetchFailed(FetchProblem.ALERT_EXPIRED, failed.url, status=failed.status, detail=detail)


def _pruned(fetched: Fetched, seen: bytes) -> Pruned:
    """The feed from its root on, in UTF-8, without the items marked as seen."""
    if not fetched.body.strip():
        _fail(FetchProblem.EMPTY, fetched, "no body")
    return prune(_from_root(fetched), seen, MAX_ENTRIES)


def _json(fetched: Fetched, now: datetime) -> FeedDocument:
    if len(fetched.body) > json_feed.MAX_BYTES:
        _fail(FetchProblem.TOO_LARGE, fetched, "of JSON")
    try:
        parsed = json_feed.parse(fetched.body)
    except ValueError as error:
        told = f"{type(error).__name__} in JSON"
        raise FetchFailed(FetchProblem.MALFORMED, fetched.final_url, detail=told) from error
    if parsed is None:
        _fail(FetchProblem.NOT_A_FEED, fetched, "JSON of another kind")
    return _document(fetched, parsed, now, has_more=False)


def _reading(fetched: Fetched, pruned: Pruned, memory: Memory, now: datetime) -> Reading:
    parsed = _parse(_tamed(pruned.body, fetched), fetched)
    is_as_told = len(parsed["entries"]) == pruned.new
    if is_as_told:
        memory = replace(memory, seen=pruned.seen)
    elif pruned.known or pruned.surplus:  # the parser sees other items than we: it decides
        parsed = _parse(_tamed(pruned.whole, fetched), fetched)
    has_more = is_as_told and pruned.surplus > 0
    document = _document(fetched, parsed, now, has_more=has_more)
    return Reading(document, memory, known=pruned.known if is_as_told else 0)


def _document(
    fetched: Fetched, parsed: Mapping[str, Any], now: datetime, *, has_more: bool
) -> FeedDocument:
    warning = _warning(parsed)
    if not parsed["entries"] and parsed["bozo"]:
        _fail(FetchProblem.MALFORMED, fetched, warning)
    kind = recognise(fetched.url, fetched.content_type, fetched.body[:HEAD_BYTES])
    found = parsed["entries"][:MAX_ENTRIES]
    if has_more or len(parsed["entries"]) > MAX_ENTRIES:
        warning = f"only the first {MAX_ENTRIES} entries were read"
    return FeedDocument(
        title=_feed_title(parsed["feed"], kind),
        entries=tuple(_entry(each, fetched.final_url, now) for each in found),
        kind=SourceKind.FEED if kind is SourceKind.PAGE else kind,
        warning=warning or None,
    )


def _fail(problem: FetchProblem, fetched: Fetched, detail: str) -> NoReturn:
    raise FetchFailed(problem, fetched.final_url, status=fetched.status, detail=detail)


# --- the document -------------------------------------------------------------------------------

_BEFORE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(
    rb"<(?:[\w.\x80-\xff-]{1,80}:)?(?:rss|feed|rdf|channel)(?=[\s/>])", re.IGNORECASE
)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)(?=[\s/>])", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"


def _from_root(fetched: Fetched) -> bytes:
    """The document from its root element on, in UTF-8."""
    document = in_utf8(fetched.body, fetched.content_type)
    start = 0
    while before := _BEFORE.match(document, start):
        start = before.end()
    root = _ROOT.search(document, start)
    page = _HTML.search(document, start, root.start() if root else len(document))
    if root is None or page is not None:
        _fail(FetchProblem.NOT_A_FEED, fetched, fetched.content_type[:80])
    if _ENTITY.search(document, start, root.start()):
        _fail(FetchProblem.MALFORMED, fetched, "it declares entities")
    return document[root.start() :]


def _tamed(body: bytes, fetched: Fetched) -> bytes:
    """A document without what the parsers choke on."""
    document = body.translate(_NO_CONTROLS).decode()
    if max(map(len, document.split("<"))) >= _LONG:  # a quick look spares three slow ones
        if _MANY_ATTRIBUTES.search(document):
            _fail(FetchProblem.MALFORMED, fetched, "a tag with too many attributes")
        document = _LONG_AUTHOR.sub(r"\1", _LONG_WORD.sub(r"\1", document))
    if not document.isascii():
        document = document.replace("\ufffe", " ").replace("\uffff", " ")
    return _DECLARATION + _REFERENCE.sub(_character, document).encode()


# What no feed holds and what makes the parsers quadratic inside one call that never lets go of the
# interpreter lock: all are found, or cut, in linear time. None is shorter than _LONG or holds "<".
_MANY_ATTRIBUTES = re.compile(
    r"""<[^\s=<>"'/]+(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*')){200}"""
)
_LONG = 1000
_LONG_WORD = re.compile(r"(?<![\w.+-])([\w.+-]{2000})[\w.+-]+", re.ASCII)
_LONG_AUTHOR = re.compile(
    r"(<(?:[\w.-]{1,40}:)?(?:author|creator|managingeditor|webmaster|publisher|owner|name|email)"
    r"(?:\s[^<>]{0,500})?>\s{0,20}(?:<!\[CDATA\[)?[^<]{1000})[^<]+",
    re.IGNORECASE,
)


# Of what XML has no room for, one sends the whole feed to the looser parser, or breaks it.
_CONTROLS = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
_NO_CONTROLS = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_REFERENCE = re.compile(r"&#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+));?")


def _character(reference: re.Match[str]) -> str:
    """A numeric reference as it stands if it means a character, else the mark of a lost one."""
    digits, base = (reference["hex"], 16) if reference["hex"] else (reference["decimal"], 10)
    digits = digits.lstrip("0")
    code = int(digits, base) if 0 < len(digits) <= len("1114111") else 0
    known = code <= sys.maxunicode and code and not NO_CHARACTER.match(chr(code))
    return reference[0] if known else "\ufffd"


# It would look for a parser that is not installed at each document; and what is guarded against
# here are the habits of expat.
feedparser.api.PREFERRED_XML_PARSERS.clear()

_PARSER_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError)
"""What the library may let through on mangled feeds, beside ValueError and TypeError."""


def _parse(document: bytes, fetched: Fetched) -> Mapping[str, Any]:
    try:
        # No Content-Location: links are joined here, so that a guid that looks like a relative
        # address stays what it is wherever the feed moves.
        parsed: Mapping[str, Any] = feedparser.parse(
            BytesIO(document),  # bytes would be tried as the name of a file
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, TypeError, *_PARSER_ERRORS) as error:
        told = f"{type(error).__name__} in feedparser"
        raise FetchFailed(FetchProblem.MALFORMED, fetched.final_url, detail=told) from error
    return parsed


def _warning(parsed: Mapping[str, Any]) -> str:
    if not parsed["bozo"]:
        return ""
    error = parsed.get("bozo_exception")
    return f"{type(error).__name__}: {error}"[:200]


# A Google alert is called "Google Alert - words", in the language of who made it.
_ALERT = re.compile(r"[^-–—:]*google[^-–—:]*\s[-–—:]\s+(?P<words>\S.*)", re.IGNORECASE | re.DOTALL)


def _feed_title(feed: Mapping[str, Any], kind: SourceKind) -> str:
    title = _line(feed, "title", MAX_TITLE)
    alert = _ALERT.fullmatch(title) if kind is SourceKind.GOOGLE_ALERTS else None
    return alert["words"] if alert else title


# --- an entry -----------------------------------------------------------------------------------


def _entry(item: Mapping[str, Any], base: str, now: datetime) -> Entry:
    updated_at = _date(item, "updated_parsed", now)
    published_at = _date(item, "published_parsed", now) or _date(item, "created_parsed", now)
    source = _get(item, "source")
    outlet = _line(source, "title", _MAX_AUTHOR) if isinstance(source, dict) else ""
    title, says = _without_outlet(_line(item, "title", MAX_TITLE), _text(item), outlet)
    return Entry(
        guid=_guid(item),
        url=_link(item, base),
        title=title,
        text=says,
        published_at=published_at or updated_at,
        updated_at=updated_at,
        is_latest=published_at is None and updated_at is not None,
        author=_line(item, "author", _MAX_AUTHOR) or None,
        outlet=outlet or None,
    )


def _without_outlet(title: str, says: str, outlet: str) -> tuple[str, str]:
    """Title and text as they are where they were published.

    Google News puts the outlet after the title, and both again for a text.
    """
    bare = title.removesuffix(f" - {outlet}") if outlet else title
    return bare or title, "" if outlet and says == f"{bare} {outlet}" else says


def _get(item: Mapping[str, Any], key: str) -> Any:
    """The value itself: the library's own lookup answers ``updated`` with ``published``."""
    return dict.get(item, key) if isinstance(item, dict) else None


def _guid(item: Mapping[str, Any]) -> str | None:
    guid = str(_get(item, "id") or "").strip()
    return guid if 0 < len(guid) <= MAX_GUID else None


def _link(item: Mapping[str, Any], base: str) -> str:
    link = str(_get(item, "link") or "").strip()
    if not link or (link == _get(item, "id") and not link.startswith(("http://", "https://"))):
        return ""  # a guid that forgot to say it is no address
    try:
        joined = urljoin(base, link)
        is_web = urlsplit(joined).scheme in {"http", "https"}
    except ValueError:
        return ""
    return joined if is_web else ""


def _date(item: Mapping[str, Any], key: str, now: datetime) -> datetime | None:
    parsed = _get(item, key)
    if not isinstance(parsed, time.struct_time):
        return None
    try:
        at = datetime(*parsed[:6], tzinfo=UTC)
    except ValueError:
        return None
    return at if _FIRST_DATE <= at <= now + _AHEAD else None


def _text(item: Mapping[str, Any]) -> str:
    """The first content that says something, else the summary."""
    for content in _get(item, "content") or []:
        if content.get("type", "").startswith(("image/", "audio/", "video/")):
            continue
        if said := _readable(content.get("value") or "", MAX_TEXT):
            return said
    return _readable(str(_get(item, "summary") or ""), MAX_TEXT)


# Some say "plain text" and send tags; some say nothing. Tags are believed when they are real ones.
_TAG = re.compile(
    r"<(?:/?(?:a|abbr|applet|article|aside|audio|b|big|blink|blockquote|br|button|caption|center"
    r"|cite|code|d[dlt]|del|div|em|embed|fig(?:ure|caption)|font|footer|form|frame(?:set)?|h[1-6r]"
    r"|header|i|iframe|img|input|ins|label|li|link|main|math|meta|nav|object|[ou]l|p|pre|q|s|script"
    r"|section|small|source|span|strong|style|su[bp]|svg|t(?:able|body|[dhr]|head|t)|u|video)"
    r"(?:\s[^<>]*)?/?>|!\[CDATA\[|!--)",
    re.IGNORECASE,
)


def _line(item: Mapping[str, Any], key: str, limit: int) -> str:
    return _readable(str(_get(item, key) or ""), limit).replace("\n", " ")


def _readable(value: str, limit: int) -> str:
    # No text is read whole when it is much longer than what is kept of it.
    value = value[: 20 * limit]
    if "<" not in value and "&" not in value:
        return " ".join(value.split())[:limit].rstrip()
    if not _TAG.search(value):
        value = html.unescape(value)  # some escape twice
        if not _TAG.search(value):
            value = html.escape(value, quote=False)
    return text.plain(value)[:limit].rstrip()
