"""Reads the Google Alerts that arrive by e-mail, in a folder of somebody's mailbox, over IMAP.

Nothing there is marked, moved or deleted: the folder is only examined, and where we stand in it is
our own memory. Mails of anybody but Google Alerts are never fetched.
"""

import asyncio
import contextlib
import errno
import functools
import imaplib
import re
import socket
import ssl
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit

from imap_tools.errors import ImapToolsError, MailboxFolderSelectError
from imap_tools.mailbox import BaseMailBox

from bot.adapters.alert_mails import MAX_TITLE, read_alert
from bot.adapters.fetch import Network, is_open
from bot.adapters.mail_origin import BELIEVED, SENDER, Keys, dns_key, is_genuine
from bot.core.sources import (
    Entry,
    FeedDocument,
    FetchFailed,
    FetchProblem,
    Memory,
    Reading,
    SourceKind,
    Visit,
)

TOKEN = "oauth2:"  # noqa: S105 - a mark, not a secret
"""How a secret that is an access token begins, for servers that want XOAUTH2.

The token comes from the provider's consent page (Google: the scope ``https://mail.google.com/``;
Microsoft: ``IMAP.AccessAsUser.All``) and lives about an hour: whoever holds the refresh token
renews it before the visit. A refused one is a TOKEN_REFUSED.
"""


@dataclass(frozen=True, slots=True)
class MailLimits:
    """How much patience and memory one visit may take."""

    total_in: timedelta = timedelta(seconds=60)
    connect_in: timedelta = timedelta(seconds=10)
    """For one of the server's addresses, TLS included."""
    mails: int = 200
    """Of a visit, oldest first; the others at the next one."""
    mail_bytes: int = 2 * 1024 * 1024
    """A larger mail is left out."""
    visit_bytes: int = 48 * 1024 * 1024
    """As received, whatever it is."""
    at_once: int = 4
    """Visits."""


# --- addresses ----------------------------------------------------------------------------------

_OFFICE = "outlook.office365.com"
"""Takes a token only."""
_HOSTS: Mapping[str, str] = {
    # From Thunderbird's directory of providers (autoconfig, ispdb) of 2026-03-12, read on
    # 2026-11-23. Mailboxes of a domain hosted by OVH or Gandi have their server too.
    "gmail.com": "imap.gmail.com",
    "googlemail.com": "imap.gmail.com",
    **dict.fromkeys(("outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr"), _OFFICE),
    **dict.fromkeys(("live.com", "live.fr", "msn.com", "office365.com"), _OFFICE),
    **dict.fromkeys(("orange.fr", "wanadoo.fr"), "imap.orange.fr"),
    "free.fr": "imap.free.fr",
    "laposte.net": "imap.laposte.net",
    **dict.fromkeys(("yahoo.com", "yahoo.fr", "ymail.com"), "imap.mail.yahoo.com"),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "imap.mail.me.com"),
    **dict.fromkeys(("sfr.fr", "neuf.fr", "club-internet.fr"), "imap.sfr.fr"),
    "gandi.net": "mail.gandi.net",
    "ovh.net": "ssl0.ovh.net",
}
_PORT = 993


def host_of_mail(user: str) -> str | None:
    """The IMAP server of an e-mail address, or nothing when its provider is not a known one."""
    return _HOSTS.get(user.rpartition("@")[2].strip().lower())


def mailbox_address(user: str, host: str, folder: str = "INBOX") -> str:
    """The address of a folder: ``imaps://name%40example.org@imap.example.org/Folder%20name``.

    Args:
        user: who logs in, most often an e-mail address.
        host: the server, with ``:port`` when it is not 993.
        folder: as the person sees it, accents included; ``/`` or ``.`` within is the server's.
    """
    path = "" if folder == "INBOX" else f"/{quote(folder, safe='/')}"
    return f"imaps://{quote(user.strip(), safe='')}@{host.strip().lower()}{path}"


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder of a mailbox."""

    url: str
    user: str
    host: str
    port: int
    folder: str


_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{0,252}|[0-9a-f:.]{2,45}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_NAME = 500


def _place(url: str) -> _Place:
    """The one reading of an address.

    Raises:
        FetchFailed: INVALID_ADDRESS.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
        user = unquote(parts.username or "", errors="strict")
        folder = unquote(parts.path.removeprefix("/"), errors="strict") or "INBOX"
    except ValueError as error:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="not an address") from error
    wrong = [
        what
        for what, is_wrong in {
            "only imaps": parts.scheme != "imaps",
            "host": not _HOST.fullmatch(host),
            "port": port == 0,
            "user": not 0 < len(user) <= _MAX_NAME or bool(_CONTROL.search(user)),
            "password in the address": parts.password is not None,
            "folder": len(folder) > _MAX_NAME or bool(_CONTROL.search(folder)),
            "query or fragment": bool(parts.query or parts.fragment),
        }.items()
        if is_wrong
    ]
    if wrong:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail=", ".join(wrong))
    return _Place(url, user, host, port or _PORT, folder)


# --- the connection -----------------------------------------------------------------------------


class _ForbiddenError(OSError):
    """A connection that is not to be made."""


class _TooLargeError(ValueError):
    """More than a visit may bring."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How to get there, and within which limits."""

    limits: MailLimits
    tls: ssl.SSLContext
    allow_nets: tuple[Network, ...]
    keys: Keys
    believed: Mapping[str, str]


class _Connection(imaplib.IMAP4):
    """IMAP over TLS, to an address that was judged, in bounded time and memory.

    The methods are those imaplib documents as the ones to override.
    """

    def __init__(self, place: _Place, way: _Way) -> None:
        self._way = way
        self._left = way.limits.visit_bytes
        self._until = time.monotonic() + way.limits.total_in.total_seconds()
        self._received = bytearray()
        super().__init__(place.host, place.port)

    def open(self, host: str = "", port: int = _PORT, timeout: float | None = None) -> None:
        """Connect to the first address of the host that answers, if none of them is private."""
        del timeout  # the visit's
        self.host, self.port = host, port
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for index, (family, style, protocol, _, address) in enumerate(found):
            if not is_open(str(address[0]), self._way.allow_nets):
                raise _ForbiddenError(errno.EACCES, "forbidden address")
            plain = socket.socket(family, style, protocol)
            try:
                plain.settimeout(
                    min(self._patience(), self._way.limits.connect_in.total_seconds())
                )
                plain.connect(address)
                self.sock = self._way.tls.wrap_socket(plain, server_hostname=host)
            except OSError:
                plain.close()
                if index == len(found) - 1:
                    raise
            else:
                return

    def read(self, size: int) -> bytes:
        """That many bytes of a literal."""
        if size - len(self._received) > self._left:
            raise _TooLargeError
        while len(self._received) < size:
            self._receive()
        return self._taken(size)

    def readline(self) -> bytes:
        """One line."""
        looked = 0
        while (end := self._received.find(b"\n", looked)) < 0:
            looked = len(self._received)
            self._receive()
        return self._taken(end + 1)

    def send(self, data: bytes) -> None:  # type: ignore[override]  # any buffer
        """Send a command."""
        self.sock.settimeout(self._patience())
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Hang up; never raises."""
        with contextlib.suppress(OSError):
            self.sock.close()

    def _receive(self) -> None:
        self.sock.settimeout(self._patience())
        piece = self.sock.recv(65_536)
        if not piece:
            raise self.abort("cut")
        self._left -= len(piece)
        if self._left < 0:
            raise _TooLargeError
        self._received += piece

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _patience(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Mailbox(BaseMailBox):
    """The library's mailbox, over our connection."""

    def __init__(self, place: _Place, way: _Way) -> None:
        self._place = place
        self._way = way
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        return _Connection(self._place, self._way)

    def identify(self, user: str, secret: str) -> None:
        """Log in; what the server or the library says about it may hold the secret."""
        if secret.startswith(TOKEN):
            self.xoauth2(user, secret.removeprefix(TOKEN), initial_folder=None)
        elif "AUTH=PLAIN" in self.client.capabilities:
            self.login_utf8(user, secret, initial_folder=None)
        else:
            self.login(user, secret, initial_folder=None)

    def number(self, name: str) -> int:
        """A number the server gave when the folder was opened; 0 when it gave none."""
        told = self.client.response(name)[1]
        value = told[-1] if told else None
        return int(value) if isinstance(value, bytes) and value.isdigit() else 0

    def alerts(self, after: int, since: date) -> list[int]:
        """The numbers of the alerts that came after one we know, or since a day; oldest first."""
        where = f"UID {after + 1}:*" if after else f"SINCE {_imap_date(since)}"
        # The only headers looked through: what others write to a practitioner is not ours to read.
        found = self.uids(f'FROM "{SENDER}" {where}', charset=None)
        numbers = {int(uid) for uid in found if uid.isdecimal() and len(uid) <= _MAX_DIGITS}
        return sorted(uid for uid in numbers if uid > after)  # "5:*" gives 4 when it is the last

    def mail(self, uid: int, limit: int) -> tuple[bytes, datetime | None]:
        """A mail, cut one byte after the limit, and when it arrived; empty when it is gone."""
        status, told = self.client.uid(
            "FETCH", str(uid), f"(INTERNALDATE BODY.PEEK[]<0.{limit + 1}>)"
        )
        if status != "OK":
            raise imaplib.IMAP4.error("no mail")
        pieces = [piece for piece in told or () if isinstance(piece, tuple)]
        body = next((piece[1] for piece in pieces if b"BODY[]" in piece[0].upper()), b"")
        around = b" ".join(
            piece[0] if isinstance(piece, tuple) else piece or b"" for piece in told
        )
        return body, _arrival(around)


_MAX_DIGITS = 10
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ARRIVAL = re.compile(rb'INTERNALDATE "([^"]{1,40})"', re.IGNORECASE)


def _imap_date(day: date) -> str:
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def _arrival(around: bytes) -> datetime | None:
    found = _ARRIVAL.search(around)
    try:
        at = parsedate_to_datetime(found[1].decode("ascii")) if found else None
    except (ValueError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


# --- errors -------------------------------------------------------------------------------------

_ERRORS = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError)
_PROBLEMS: tuple[tuple[type[BaseException], FetchProblem], ...] = (
    (_TooLargeError, FetchProblem.TOO_LARGE),
    (_ForbiddenError, FetchProblem.FORBIDDEN_ADDRESS),
    (TimeoutError, FetchProblem.TIMEOUT),
    (ssl.SSLEOFError, FetchProblem.UNREACHABLE),
    (ssl.SSLError, FetchProblem.TLS),
    (OSError, FetchProblem.UNREACHABLE),
    (imaplib.IMAP4.abort, FetchProblem.UNREACHABLE),
)
"""The first that fits; what fits none is a server that speaks another language."""
_NOT_NOW = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)  # RFC 5530
_LISTED = 50


def _failed(error: BaseException, place: _Place) -> FetchFailed:
    fitting = (problem for kind, problem in _PROBLEMS if isinstance(error, kind))
    # Never str(error): it may quote what was sent or answered.
    why = error.strerror or "" if isinstance(error, OSError) else ""
    told = f"{type(error).__name__} {why}".strip()
    return FetchFailed(next(fitting, FetchProblem.MALFORMED), place.url, detail=told)


def _identify(mailbox: _Mailbox, place: _Place, secret: str) -> None:
    secret = secret.strip()
    is_token = secret.startswith(TOKEN)
    refused = FetchFailed(
        FetchProblem.TOKEN_REFUSED if is_token else FetchProblem.CREDENTIALS, place.url
    )
    if not secret.removeprefix(TOKEN) or _CONTROL.search(secret):
        raise refused
    try:
        mailbox.identify(place.user, secret)
    except (OSError, imaplib.IMAP4.abort, _TooLargeError) as error:
        raise _failed(error, place) from None
    except (imaplib.IMAP4.error, ImapToolsError, UnicodeError) as error:
        if _NOT_NOW.search(str(error)):
            raise FetchFailed(FetchProblem.BLOCKED, place.url, detail="not now") from None
        raise refused from None  # the cause could quote the secret


def _examine(mailbox: _Mailbox, place: _Place) -> None:
    try:
        mailbox.folder.set(place.folder, readonly=True)
    except MailboxFolderSelectError as error:
        names: list[str] = []
        with contextlib.suppress(ValueError):  # a name in no encoding
            names = [folder.name for folder in mailbox.folder.list()]
        if place.folder in names:
            raise FetchFailed(FetchProblem.BLOCKED, place.url, detail="not now") from error
        told = "folders: " + ", ".join(names[:_LISTED])[:MAX_TITLE]
        raise FetchFailed(FetchProblem.FOLDER_UNKNOWN, place.url, detail=told) from error


# --- a visit ------------------------------------------------------------------------------------

_FIRST_LOOK = timedelta(days=31)
_CURSOR = re.compile(r"(\d{1,10}):(\d{1,10})", re.ASCII)
_SKIPPED = {
    "forged": "{} whose sender could not be authenticated",
    "large": "{} too large",
    "empty": "{} in which nothing could be read",
}


@dataclass(slots=True)
class _Harvest:
    """What a visit has brought so far."""

    last: int
    entries: list[Entry] = field(default_factory=list)
    queries: dict[str, None] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    stopped: str = ""

    @property
    def warning(self) -> str | None:
        told = [_SKIPPED[why].format(_messages(n)) for why, n in self.skipped.items() if n]
        if self.stopped:
            told.append(f"stopped early: {self.stopped}")
        return "; ".join(told) or None


def _messages(number: int) -> str:
    return f"{number} message{'s' if number > 1 else ''}"


class MailboxReader:
    """Makes entries of the Google Alerts in a folder."""

    def __init__(
        self,
        *,
        allow_nets: Sequence[Network] = (),
        limits: MailLimits | None = None,
        tls: ssl.SSLContext | None = None,
        keys: Keys = dns_key,
        believed: Mapping[str, str] = BELIEVED,
    ) -> None:
        self._way = _Way(
            limits=limits or MailLimits(),
            tls=tls or ssl.create_default_context(),
            allow_nets=tuple(allow_nets),
            keys=keys,
            believed=believed,
        )
        self._turns = asyncio.Semaphore(self._way.limits.at_once)

    async def read(self, visit: Visit) -> Reading:
        """The items of the alerts that arrived since the last visit; of a month at the first.

        Raises:
            FetchFailed: CREDENTIALS, TOKEN_REFUSED, FOLDER_UNKNOWN, INVALID_ADDRESS,
                FORBIDDEN_ADDRESS, or a connection that went wrong before anything was read.
        """
        place = _place(visit.url)
        job = functools.partial(_visit, place, visit, self._way)
        async with self._turns:
            try:
                # A resolver that hangs is the one thing the connection's own limit does not end.
                async with asyncio.timeout(2 * self._way.limits.total_in.total_seconds()):
                    return await asyncio.to_thread(job)
            except TimeoutError as error:
                raise _failed(error, place) from error


def _visit(place: _Place, visit: Visit, way: _Way) -> Reading:
    try:
        mailbox = _Mailbox(place, way)
    except _ERRORS as error:
        raise _failed(error, place) from error
    try:
        _identify(mailbox, place, visit.secret)
        _examine(mailbox, place)
        reading = _read(mailbox, place, visit, way)
        with contextlib.suppress(*_ERRORS):
            mailbox.logout()
    except FetchFailed:
        raise
    except _ERRORS as error:
        raise _failed(error, place) from error
    finally:
        mailbox.client.shutdown()
    return reading


def _read(mailbox: _Mailbox, place: _Place, visit: Visit, way: _Way) -> Reading:
    validity, upcoming = mailbox.number("UIDVALIDITY"), mailbox.number("UIDNEXT")
    after = _known(visit.memory, validity)
    numbers = mailbox.alerts(after, (visit.now - _FIRST_LOOK).date())
    some = numbers[: way.limits.mails]
    harvest = _Harvest(last=after)
    for uid in some:
        try:
            _gather(harvest, *mailbox.mail(uid, way.limits.mail_bytes), visit, place, way)
        except (OSError, imaplib.IMAP4.error, _TooLargeError) as error:
            if harvest.last == after:
                raise
            harvest.stopped = type(error).__name__  # what was read is kept; the rest comes next
            break
        harvest.last = uid
    else:
        if some == numbers:
            harvest.last = max(harvest.last, upcoming - 1)  # nothing of ours before that
    memory = replace(visit.memory, cursor=f"{validity}:{harvest.last}")
    is_first = not visit.memory.cursor
    return Reading(_document(harvest, place) if some or is_first else None, memory)


def _known(memory: Memory, validity: int) -> int:
    """The last number read; 0 at the first visit, and when the server numbers its mails anew."""
    cursor = _CURSOR.fullmatch(memory.cursor)
    return int(cursor[2]) if cursor and validity and int(cursor[1]) == validity else 0


def _gather(
    harvest: _Harvest,
    mail: bytes,
    arrived_at: datetime | None,
    visit: Visit,
    place: _Place,
    way: _Way,
) -> None:
    if not mail:
        return  # deleted since it was found
    believed = way.believed.get(place.host)
    if len(mail) > way.limits.mail_bytes:
        harvest.skipped["large"] += 1
    elif not is_genuine(mail, arrived_at or visit.now, believed, way.keys):
        harvest.skipped["forged"] += 1
    else:
        alert = read_alert(mail, visit.now)
        harvest.queries[alert.query] = None
        harvest.entries.extend(alert.entries)
        harvest.skipped["empty"] += not alert.entries


def _document(harvest: _Harvest, place: _Place) -> FeedDocument:
    return FeedDocument(
        title=", ".join(filter(None, harvest.queries))[:MAX_TITLE] or place.folder,
        entries=tuple(harvest.entries),
        kind=SourceKind.MAILBOX,
        warning=harvest.warning,
    )
