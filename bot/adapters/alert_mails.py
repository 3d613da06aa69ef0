"""What a Google Alert e-mail says: its items, whatever the language and the year of its layout.

Four readings, the most telling first. The block for smart inboxes (``inboxmarkup``) is the easiest
to read, and comes late: it holds the first items only, four of twelve in the mails we know.
"""

import email
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import islice, zip_longest
from typing import Any

from bot.core import text, urls
from bot.core.sources import Entry, decoded

MAX_ITEMS = 200
MAX_TITLE = 500
MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class AlertMail:
    """One mail."""

    query: str
    """The words the alert searches for; of a mail that groups several, its name."""
    entries: tuple[Entry, ...]


def read_alert(mail: bytes, now: datetime) -> AlertMail:
    """The items of a mail known to be Google's; none when it holds none, or was not understood."""
    # Not the default policy: it parses headers in ways that fail, or last, on mangled ones.
    message: Message = email.message_from_bytes(mail, policy=policy.compat32)
    sent_at = _sent_at(message, now)
    markup, plain = _body(message, "text/html"), _body(message, "text/plain")
    for read, body in (
        (_articles, markup),
        (_links, markup),
        (_highlights, markup),
        (_paragraphs, plain),
    ):
        items = {urls.unwrap(item.url): item for item in islice(read(body), 2 * MAX_ITEMS)}
        if items:
            break
    found = islice(items.values(), MAX_ITEMS)
    return AlertMail(_query(message), tuple(_entry(item, sent_at) for item in found))


@dataclass(frozen=True, slots=True)
class _Item:
    """What stands in the mail, still marked up."""

    url: str
    title: str
    text: str
    outlet: str = ""


def _entry(item: _Item, sent_at: datetime | None) -> Entry:
    return Entry(
        guid=None,
        url=item.url,
        title=_line(item.title),
        text=text.plain(item.text[: 4 * MAX_TEXT])[:MAX_TEXT].rstrip(),
        published_at=sent_at,
        outlet=_line(item.outlet) or None,
    )


def _line(markup: str) -> str:
    return " ".join(text.plain(markup[: 20 * MAX_TITLE]).split())[:MAX_TITLE].rstrip()


# --- headers and parts --------------------------------------------------------------------------

_PARTS = 50
_FIRST_DATE = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)
# An alert is called "Google Alert - words", in the language of who made it.
_ALERT = re.compile(r"[^-–—:]*google[^-–—:]*\s[-–—:]\s+(?P<words>\S.*)", re.IGNORECASE)


def _query(message: Message) -> str:
    raw = str(message.get("Subject", ""))[: 20 * MAX_TITLE]
    try:
        subject = str(make_header(decode_header(raw)))
    except (LookupError, ValueError, MessageError):
        subject = raw
    subject = " ".join(subject.split())[:MAX_TITLE]
    alert = _ALERT.fullmatch(subject)
    return alert["words"] if alert else subject


def _sent_at(message: Message, now: datetime) -> datetime | None:
    try:
        given = parsedate_to_datetime(str(message.get("Date", ""))[:200])
        at = given.replace(tzinfo=given.tzinfo or UTC).astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None
    return at if _FIRST_DATE <= at <= now + _AHEAD else None


def _body(message: Message, kind: str) -> str:
    """The first part of that kind, whatever it says of its encoding."""
    for part in islice(message.walk(), _PARTS):
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return decoded(payload, str(part.get("Content-Type", "")))
    return ""


# --- four readings ------------------------------------------------------------------------------

_ARTICLE = re.compile(r"""itemtype=["']https?://schema\.org/Article["']""", re.IGNORECASE)
_PROPERTY = re.compile(
    r"""<(?P<tag>[a-z]{1,10})\s(?P<attributes>[^<>]*\bitemprop=["'](?P<name>\w{1,20})["'][^<>]*)>""",
    re.IGNORECASE,
)
_HREF = re.compile(r"""(?:^|\s)href=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\s(?P<attributes>[^<>]*)>", re.IGNORECASE)
_ANCHOR_END = re.compile("</a>", re.IGNORECASE)


def _articles(markup: str) -> Iterator[_Item]:
    """The items as they are marked up since 2014: schema.org's articles."""
    for article in _ARTICLE.split(markup)[1:]:
        facts: dict[str, str] = {}
        for found in _PROPERTY.finditer(article):
            name = found["name"].lower()
            if name == "name" and "publisher" in facts:
                name = "outlet"  # the name within the publisher
            said = _href(found) if name == "url" else _inside(article, found)
            facts.setdefault(name, said)
        if _is_web(facts.get("url", "")):
            title, outlet = facts.get("name", ""), facts.get("outlet", "")
            yield _Item(facts["url"], title, facts.get("description", ""), outlet)


def _inside(markup: str, tag: re.Match[str]) -> str:
    end = markup.find(f"</{tag['tag']}>", tag.end(), tag.end() + 4 * MAX_TEXT)
    return markup[tag.end() : end] if end >= 0 else ""


def _href(tag: re.Match[str]) -> str:
    found = _HREF.search(tag["attributes"])
    return text.plain(found[1] or found[2] or "") if found else ""


def _is_web(url: str) -> bool:
    return bool(urls.outlet(url))


def _links(markup: str) -> Iterator[_Item]:
    """Any link that leads away through Google, and what is said up to the next link."""
    seen: set[str] = set()
    anchors = [each for each in _ANCHOR.finditer(markup) if _href(each)]
    for anchor, following in zip_longest(anchors, anchors[1:]):
        url = _href(anchor)
        target = urls.unwrap(url)
        end = following.start() if following else len(markup)
        title, *rest = _ANCHOR_END.split(markup[anchor.end() : end], maxsplit=1)
        if target != url and target not in seen and text.plain(title[: 20 * MAX_TITLE]):
            seen.add(target)
            yield _Item(url, title, "".join(rest))


_BLOCK = re.compile(r"<script[^<>]*inboxmarkup[^<>]*>(?P<json>[^<]*)", re.IGNORECASE)


def _highlights(markup: str) -> Iterator[_Item]:
    """The first items, as the mail tells them to smart inboxes."""
    block = _BLOCK.search(markup)
    try:
        told = json.loads(block["json"]) if block else {}
    except (ValueError, RecursionError):
        return
    for card in _each(told, "cards"):
        for widget in _each(card, "widgets"):
            url = widget.get("url")
            if isinstance(url, str) and _is_web(url):
                title, said = str(widget.get("title", "")), str(widget.get("description", ""))
                yield _Item(url, _marked(title), _marked(said))


def _each(told: Any, name: str) -> Iterator[Mapping[str, Any]]:
    inside = told.get(name) if isinstance(told, dict) else None
    if isinstance(inside, list):
        yield from (each for each in inside if isinstance(each, dict))


_TARGET = re.compile(r"<(?P<url>https?://[^<>\s]{1,4000})>", re.IGNORECASE)


def _paragraphs(plain: str) -> Iterator[_Item]:
    """The paragraphs that end with a link: what goes out of the title is not told apart."""
    start = 0
    for found in _TARGET.finditer(plain):
        block = plain[max(start, found.start() - MAX_TEXT) : found.start()]
        start = found.end()
        lines = [
            line.strip() for line in block.replace("\r", "").rpartition("\n\n")[2].split("\n")
        ]
        title, *rest = [line for line in lines if line] or [""]
        if title and urls.unwrap(found["url"]) != found["url"]:
            yield _Item(found["url"], _marked(title), "<br>".join(map(_marked, rest)))


def _marked(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;")
