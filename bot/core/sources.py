"""Sources: what was fetched, what was read in it, and why it could not be.

A *source* is an address that is visited; a document is fetched there; entries are read in it. What
a reader wants to find again at its next visit is its *memory*: losing it costs work, never a
mention.
"""

import codecs
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from bot.core.errors import Outage

HEAD_BYTES = 4096
"""How much of a body is looked at to tell what it is."""


class FetchProblem(StrEnum):
    """Why a source gave nothing; each has a French label."""

    INVALID_ADDRESS = "invalid_address"
    """Not an http(s) address, or one that hides what it is."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """It leads into a private network."""
    UNREACHABLE = "unreachable"
    """No such host, nobody listens, or the connection was cut."""
    PROXY = "proxy"
    """The way out that the operator chose does not answer, or refuses us."""
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    HTTP_ERROR = "http_error"
    """Any refusal but the two below; the status says which."""
    GONE = "gone"
    """410: it will not come back."""
    BLOCKED = "blocked"
    """401, 403, 429, 451: the site does not want us, or not now."""
    ROBOTS = "robots"
    """The site asks robots not to read this page."""
    CONSENT = "consent"
    """The consent given to us is missing, not whole, or taken back."""
    API_KEY = "api_key"
    """The key, or the application, that we come with is missing or refused."""
    QUOTA = "quota"
    """We asked more often than was granted."""
    NOT_ENABLED = "not_enabled"
    """The service is not switched on, or not granted, for who asks."""
    ALERT_EXPIRED = "alert_expired"
    """Google does not know this alert any more."""
    NOT_A_FEED = "not_a_feed"
    NOT_A_PAGE = "not_a_page"
    MALFORMED = "malformed"
    EMPTY = "empty"
    CREDENTIALS = "credentials"
    """The name and password of a mailbox are refused."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a code, not a secret
    """The OAuth token is refused: expired, or withdrawn."""
    FOLDER_UNKNOWN = "folder_unknown"
    """The mailbox has no folder of that name; the detail lists those it has."""


class FetchFailed(Outage):
    """A source gave nothing this time. Its address is kept without what may be secret in it."""

    def __init__(
        self,
        problem: FetchProblem,
        url: str,
        *,
        status: int | None = None,
        retry_after_in: timedelta | None = None,
        detail: str = "",
    ) -> None:
        self.problem = problem
        self.url = redacted(url)
        self.status = status
        self.retry_after_in = retry_after_in
        self.detail = detail
        """For developers; never shown to a practitioner."""
        told = (problem.value, str(status) if status else "", detail, self.url)
        super().__init__(
            " - ".join(part for part in told if part),
            retry_in=retry_after_in.total_seconds() if retry_after_in is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered."""

    url: str
    """The address that was asked for."""
    final_url: str
    """The address that answered, after redirects."""
    status: int
    body: bytes
    """Decompressed."""
    fetched_at: datetime
    content_type: str = ""
    """The header as received, with its parameters."""
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False
    """The document is the one whose validators were sent; there is no body."""
    fresh_for: timedelta | None = None
    """How long the site says that it will not change, a day at most."""
    moved_to: str | None = None
    """Where the site says that the address lives from now on; it is for the caller to keep."""
    took: timedelta = timedelta(0)
    """How long the exchange took, redirects included, waiting for one's turn not."""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What an API answered, whatever its status."""

    status: int
    body: bytes = field(repr=False)
    """Decompressed; it may hold a token."""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, or a watched page, before any match."""

    guid: str | None
    url: str
    """As given (a Google redirect is not followed), absolute; empty when there is none."""
    title: str
    text: str
    published_at: datetime | None = None
    updated_at: datetime | None = None
    is_latest: bool = False
    """Whether it was there by ``published_at``, and maybe long before."""
    author: str | None = None
    outlet: str | None = None
    rating: float | None = None
    """Of a review: stars, out of five."""
    reply: str = ""
    """Of a review: what its owner answered in public."""


class SourceKind(StrEnum):
    """What an address answers with; one reader each."""

    FEED = "feed"
    GOOGLE_ALERTS = "google_alerts"
    PAGE = "page"
    MAILBOX = "mailbox"
    """A folder of Google Alerts e-mails: ``imaps://name%40host@server/Folder``."""
    GOOGLE_PLACE = "google_place"
    """The reviews Google shows of a place: ``place:`` and its identifier."""
    BUSINESS_PROFILE = "business_profile"
    """All reviews of a place one owns: ``business:accounts/…/locations/…``."""
    BY_HAND = "by_hand"
    """Not a place: what members add themselves. It is never read."""


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What was read in one document."""

    title: str
    """Of the feed or page; for a Google alert, the words it searches for."""
    entries: tuple[Entry, ...]
    kind: SourceKind
    warning: str | None = None
    """What was wrong with the document although entries were read; for developers."""
    is_complete: bool = False
    """Everything the source holds is here: what is not here any more was taken away."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page says it has."""

    url: str
    """Absolute."""
    title: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What a reader finds again at its next visit."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str = ""
    """Of the body last read, in hexadecimal."""
    seen: bytes = b""
    """Eight bytes for each item of the document last read."""
    cursor: str = ""
    """Where a reader of no document stands, in its own words."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Going to see a source."""

    url: str
    now: datetime
    memory: Memory = Memory()
    secret: str = field(default="", repr=False)
    """A password or a token, when the source wants one."""
    proxy: str = field(default="", repr=False)
    fetched: Fetched | None = None
    """What was fetched there a moment ago, to recognise it: not fetched again."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a visit brought."""

    document: FeedDocument | None
    """What may be new; None when nothing has changed since the last visit."""
    memory: Memory
    """To be kept once the document is taken care of."""
    known: int = 0
    """Items left out of the document because an earlier visit read them."""
    fresh_for: timedelta | None = None
    """How long the source says that it will not change."""
    moved_to: str | None = None
    """Where the source says that it lives from now on."""
    took: timedelta = timedelta(0)
    """How long it made us wait."""


_MARKUP = (
    rb"(?:\w{1,20}:)?(?P<feed>rss|feed|rdf|channel)\b|(?P<page>!doctype\s+html|html|head|body)\b"
)
_FIRST_TAG = re.compile(rb"<(?:" + _MARKUP + rb")", re.IGNORECASE)
_ALERTS_ADDRESS = re.compile(r"(?:^|\.)google\.[a-z]{2,3}(?:\.[a-z]{2})?$")
_ALERTS_MARKS = (b"com.google/alerts/", b":googlealerts/feed:", b"google.com/alerts/feeds/")


def recognise(url: str, content_type: str, body_start: bytes) -> SourceKind:
    """What an address answers with, from its look; when in doubt, a feed (its reader will say)."""
    if is_alerts_address(url):
        return SourceKind.GOOGLE_ALERTS
    if is_json(body_start):
        return SourceKind.FEED
    start = body_start[:HEAD_BYTES].replace(b"\0", b"")  # UTF-16 and UTF-32 read as ASCII
    tag = _FIRST_TAG.search(start)
    if tag and tag["feed"]:
        is_alert = any(mark in start for mark in _ALERTS_MARKS)
        return SourceKind.GOOGLE_ALERTS if is_alert else SourceKind.FEED
    if tag or "html" in content_type.lower():
        return SourceKind.PAGE
    return SourceKind.FEED


def is_json(body_start: bytes) -> bool:
    """Whether it begins as a JSON object does."""
    return body_start[:HEAD_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"


_SCHEMES = {
    "imaps": SourceKind.MAILBOX,
    "place": SourceKind.GOOGLE_PLACE,
    "business": SourceKind.BUSINESS_PROFILE,
}


def kind_of_address(url: str) -> SourceKind | None:
    """What an address is by its look alone; nothing when it has to be fetched to know."""
    return _SCHEMES.get(url.strip().partition(":")[0].lower())


def is_alerts_address(url: str) -> bool:
    """Whether it is where Google publishes an alert as a feed."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.path.startswith("/alerts/feeds/") and bool(_ALERTS_ADDRESS.search(host))


def redacted(url: str) -> str:
    """An address without its userinfo, query and fragment, fit for a log."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable address)"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "..." if parts.query else "", ""))


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, which begins alike
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x3c\0\0\0", "utf-32-le"),  # "<" or "<?" without a mark
    (b"\0\0\0\x3c", "utf-32-be"),
    (b"\x3c\0", "utf-16-le"),
    (b"\0\x3c", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # "<?xm" in EBCDIC
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(
    rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{1,40})"
    rb"|<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})",
    re.IGNORECASE,
)
# The text codecs of the web only: others cost more than they give (idna, punycode are quadratic),
# or hide tags (utf-7).
_CODECS = re.compile(
    r"(?:utf-(?:8|16|32)|iso8859|cp\d|koi8|gb|big5|shift_jis|euc_|iso2022|mac-|tis-620|johab|hz)"
)
_WIDER = {
    "ascii": "cp1252",  # what browsers do: the label lies more often than not
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}


def decoded(body: bytes, content_type: str) -> str:
    """The text of an XML or HTML body: mark, then header, then declaration, then guess."""
    return _decoded(body, content_type)[0]


def in_utf8(body: bytes, content_type: str) -> bytes:
    """The same text in UTF-8, without a mark."""
    document, codec = _decoded(body, content_type)
    if codec == "utf-8":
        return body.removeprefix(codecs.BOM_UTF8)  # as it stands: feeds are long
    return document.encode("utf-8", "replace")


def _decoded(body: bytes, content_type: str) -> tuple[str, str]:
    for codec in _codecs_to_try(body, content_type):
        try:
            return body.decode(codec).removeprefix("\ufeff"), codec
        except UnicodeError:
            continue
    return body.decode("latin-1"), "latin-1"


def _codecs_to_try(body: bytes, content_type: str) -> list[str]:
    marked = next((codec for mark, codec in _BOMS if body.startswith(mark)), None)
    header = _CHARSET.search(content_type)
    inside = _DECLARED.search(body[:HEAD_BYTES])
    labels = [
        marked,
        header[1] if header else None,
        (inside[1] or inside[2]).decode("ascii", "ignore") if inside else None,
        "utf-8",
        "cp1252",
    ]
    found = (_codec(label) for label in labels if label)
    return [codec for codec in found if codec]


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    name = _WIDER.get(name, name)
    return name if _CODECS.match(name) else None
