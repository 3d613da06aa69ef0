"""The only way out for feeds and pages: polite, bounded, and never into a private network.

The address is judged when the socket is made, whatever name, redirect or spelling led there, so
that no resolver can answer one thing to a check and another to the connection.
"""

import asyncio
import contextlib
import errno
import functools
import ipaddress
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import aiohttp
from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot import __version__
from bot.core.sources import Answered, Fetched, FetchFailed, FetchProblem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much patience and memory one document may take, and how many are asked for at once."""

    total_in: timedelta = timedelta(seconds=20)
    """Of exchange, redirects included; waiting for one's turn is not counted."""
    connect_in: timedelta = timedelta(seconds=10)
    body_bytes: int = 5 * 1024 * 1024
    """As received, and again once decompressed."""
    header_bytes: int = 8190
    """Of one header line."""
    redirects: int = 5
    per_host: int = 2
    overall: int = 100


# --- where one may go ---------------------------------------------------------------------------

# IANA special-purpose registries, and what clouds put behind a public-looking address. Our own
# list, because ``ipaddress.is_global`` differs between the versions of Python we run on.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server
        "169.254.0.0/16",  # link-local, and every cloud's metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# Everything else outside 2000::/3 is closed too: loopback, mapped and compatible IPv4, NAT64,
# unique local, link-local, site-local, multicast.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_open(host: str, allow_nets: Sequence[Network] = ()) -> bool:
    """Whether an IP address is one of the public internet, or allowed by the operator."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False  # a name: whoever resolves it later could answer anything
    if isinstance(address, ipaddress.IPv4Address):
        is_public = not any(address in net for net in _CLOSED_V4)
    else:
        is_public = address in _OPEN_V6 and not any(address in net for net in _CLOSED_V6)
        if address in _NAT64 and not is_open(str(ipaddress.IPv4Address(address.packed[-4:]))):
            return False  # an allowed translator still leads to the public internet only
    return is_public or any(address in net for net in allow_nets)


_HOST = re.compile(r"[A-Za-z0-9_.-]+")
_HOST_V6 = re.compile(r"[0-9a-f:.]+(?:%25[A-Za-z0-9]+)?", re.IGNORECASE)
_USERINFO = re.compile(r"[^/?#]*//[^/?#]*@")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def _address(url: str) -> URL:
    """The one reading of an address, used for the checks and for the connection.

    Raises:
        FetchFailed: INVALID_ADDRESS, or FORBIDDEN_ADDRESS for an IP address in disguise.
    """
    url = url.strip()
    if _CONTROL.search(url):
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="control or backslash")
    try:
        address = URL(url).with_fragment(None)
        host, port = address.raw_host or "", address.explicit_port
    except ValueError as error:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="not an address") from error
    if address.scheme not in {"http", "https"}:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="only http and https")
    if not host or _USERINFO.match(url) or port == 0:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="host, userinfo or port")
    _check_host(host, url)
    return address


def _check_host(host: str, url: str) -> None:
    pattern = _HOST_V6 if ":" in host else _HOST
    if not pattern.fullmatch(host):
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="not a host name")
    if ":" in host:
        return
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            told = "an IPv4 address in disguise"
            raise FetchFailed(FetchProblem.FORBIDDEN_ADDRESS, url, detail=told) from error


class _ForbiddenError(OSError):
    """A connection that is not to be made."""


_refused: ContextVar[list[str]] = ContextVar("_refused")
"""The addresses one exchange was kept from; when several are tried, the library mixes errors."""


class _Resolver(AbstractResolver):
    """Names to addresses, in threads of its own: a dead name server holds up nothing else."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="vigie-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        ask = functools.partial(
            socket.getaddrinfo,
            host,
            port,
            family=family,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in answers
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


# --- what may come back -------------------------------------------------------------------------

_MAX_MEMBERS = 64
_MAX_VALIDATOR = 500
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCKED = frozenset({401, 403, 429, 451})
_LONGEST_WAIT = timedelta(days=7)


class _TooLargeError(ValueError):
    """More than the limit, as received or once decompressed."""


class _Body:
    """A body being received; decompresses no more than the limit, whatever was sent."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding
        self._limit = limit
        self._received = 0
        self._size = 0
        self._members = 0
        self._pieces: list[bytes] = []
        self._inflater: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        """Take what was just received.

        Raises:
            _TooLargeError: enough.
            zlib.error: it cannot be decompressed.
        """
        self._received += len(chunk)
        if self._received > self._limit:
            raise _TooLargeError("as received")
        if not self._encoding:
            self._pieces.append(chunk)
            return
        while chunk:
            chunk = self._inflate(chunk)

    def _inflate(self, chunk: bytes) -> bytes:
        """Decompress some and give back what is left to do."""
        if self._inflater is None:
            self._inflater = zlib.decompressobj(self._window(chunk))
            self._members += 1
        piece = self._inflater.decompress(chunk, self._limit - self._size + 1)
        self._size += len(piece)
        if self._size > self._limit:
            raise _TooLargeError("once decompressed")
        self._pieces.append(piece)
        if not self._inflater.eof:
            return self._inflater.unconsumed_tail
        rest = self._inflater.unused_data
        if not rest.startswith(b"\x1f\x8b"):
            return b""  # padding
        if self._members == _MAX_MEMBERS:
            raise _TooLargeError("in pieces")
        self._inflater = None
        return rest

    def _window(self, chunk: bytes) -> int:
        if self._encoding == "gzip":
            return 16 + zlib.MAX_WBITS
        has_header = chunk[0] & 0x0F == zlib.DEFLATED
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    def whole(self) -> bytes:
        """Everything, at the end.

        Raises:
            zlib.error: the end is missing.
        """
        if self._inflater is not None and not self._inflater.eof:
            raise zlib.error("truncated")
        return b"".join(self._pieces)


def _encoding(response: aiohttp.ClientResponse) -> str:
    named = response.headers.get("Content-Encoding", "").strip().lower().removeprefix("x-")
    if named in {"", "identity"}:
        return ""
    if named in {"gzip", "deflate"}:
        return named
    raise zlib.error("an encoding we did not ask for")


def _retry_after(response: aiohttp.ClientResponse, now: datetime) -> timedelta | None:
    """How long the server asks to be left alone: seconds, or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        asked = timedelta(seconds=int(value))
    else:
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, IndexError, OverflowError):
            return None
        asked = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(asked, timedelta(0)), _LONGEST_WAIT)


def _refusal(response: aiohttp.ClientResponse, now: datetime) -> FetchFailed:
    problem = FetchProblem.HTTP_ERROR
    if response.status == HTTPStatus.GONE:
        problem = FetchProblem.GONE
    elif response.status in _BLOCKED:
        problem = FetchProblem.BLOCKED
    return FetchFailed(
        problem,
        str(response.url),
        status=response.status,
        retry_after_in=_retry_after(response, now),
        detail=(response.reason or "")[:80],
    )


def _next(here: URL, location: str) -> URL:
    """Where a redirect leads, judged as an address somebody typed."""
    if _CONTROL.search(location.strip()):
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, location, detail="redirect")
    return _address(str(here.join(URL(location.strip()))))


def _validator(value: str | None) -> str | None:
    """A validator that can be kept and sent again, or nothing."""
    return value if value and value.isprintable() and len(value) <= _MAX_VALIDATOR else None


def _validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    given = {"If-None-Match": _validator(etag), "If-Modified-Since": _validator(last_modified)}
    return {name: value for name, value in given.items() if value is not None}


def _legible(header: str) -> str:
    """A header without the bytes that were in no encoding."""
    return header.encode("utf-8", "replace").decode()


_ERRORS = (
    aiohttp.ClientError,
    TimeoutError,
    OSError,  # ssl.SSLError too
    zlib.error,
    ValueError,  # _TooLargeError, UnicodeError and InvalidURL too
)
_PROBLEMS: tuple[
    tuple[type[BaseException] | tuple[type[BaseException], ...], FetchProblem], ...
] = (
    (_TooLargeError, FetchProblem.TOO_LARGE),
    (_ForbiddenError, FetchProblem.FORBIDDEN_ADDRESS),
    (TimeoutError, FetchProblem.TIMEOUT),
    ((aiohttp.ClientSSLError, ssl.SSLError), FetchProblem.TLS),
    ((aiohttp.ClientResponseError, zlib.error), FetchProblem.MALFORMED),
    ((aiohttp.ClientPayloadError, OSError), FetchProblem.UNREACHABLE),
    (ValueError, FetchProblem.INVALID_ADDRESS),
)
"""The first that fits; what fits none is a connection that went wrong."""


def _failed(error: BaseException, address: URL, refused: Sequence[str]) -> FetchFailed:
    fitting = (problem for kinds, problem in _PROBLEMS if isinstance(error, kinds))
    problem = next(fitting, FetchProblem.UNREACHABLE)
    if refused and problem is FetchProblem.UNREACHABLE:
        problem = FetchProblem.FORBIDDEN_ADDRESS
    # Never str(error): the library's messages carry whole addresses.
    why = error.args[0] if isinstance(error, _TooLargeError | zlib.error) else ""
    if isinstance(error, OSError):
        why = error.strerror or ""
    return FetchFailed(problem, str(address), detail=f"{type(error).__name__} {why}".strip())


@dataclass(slots=True)
class _Trip:
    """One fetch on its way."""

    url: str
    validators: dict[str, str]
    now: datetime
    seconds_left: float
    refused: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def hurry(self) -> AsyncIterator[None]:
        """Stop when the time of the whole trip is over."""
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(self.seconds_left):
                yield
        finally:
            self.seconds_left = max(0.0, self.seconds_left - (clock() - started))


_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, */*;q=0.1"
)


class AiohttpFetcher:
    """Fetches feeds and pages; every failure is a FetchFailed.

    Needs no cookies, no proxy, no netrc: nothing of one practice's poll is seen by another's.
    """

    def __init__(
        self,
        *,
        allow_nets: Sequence[Network] = (),
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_nets = tuple(allow_nets)
        self._limits = limits or FetchLimits()
        self._resolver = resolver
        self._tls = tls
        self._session: aiohttp.ClientSession
        self._everybody = asyncio.Semaphore(self._limits.overall)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        self._resolver = self._resolver or _Resolver(threads=16)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the turns are ours
                resolver=self._resolver,
                socket_factory=self._socket,
                ssl=self._tls or True,
                ttl_dns_cache=60,
            ),
            headers={
                "User-Agent": f"Vigie/{__version__}; veille e-reputation",
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip, deflate",
                "Accept-Language": "fr, en;q=0.5",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None,  # ours, across redirects
                connect=self._limits.connect_in.total_seconds(),
                ceil_threshold=60,
            ),
            trust_env=False,
            auto_decompress=False,  # ours, bounded
            max_line_size=self._limits.header_bytes,
            max_field_size=self._limits.header_bytes,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()
        if self._resolver is not None:
            await self._resolver.close()

    async def fetch(
        self, url: str, *, now: datetime, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched:
        """One document.

        Args:
            url: its address.
            now: the present moment, to read a Retry-After date.
            etag: the validator of the copy already read, if any.
            last_modified: the other one.

        Raises:
            FetchFailed: nothing was obtained; it says why.
        """
        trip = _Trip(
            url=url,
            validators=_validators(etag, last_modified),
            now=now,
            seconds_left=self._limits.total_in.total_seconds(),
        )
        address = _address(url)
        for _ in range(self._limits.redirects + 1):
            answer = await self._exchange(address, trip)
            if isinstance(answer, Fetched):
                return answer
            address = answer
        raise FetchFailed(FetchProblem.TOO_MANY_REDIRECTS, str(address))

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        json: object = None,
        form: Mapping[str, str] | None = None,
        now: datetime,
    ) -> Answered:
        """What an API answers, whatever its status: the same guard, no redirect followed.

        Raises:
            FetchFailed: nothing was answered; nothing of the headers or of the query is in it.
        """
        address = _address(url)
        left = self._limits.total_in.total_seconds()
        trip = _Trip(url=url, validators={}, now=now, seconds_left=left)
        _refused.set(trip.refused)
        try:
            async with (
                self._turn(address.raw_host or ""),
                trip.hurry(),
                self._session.request(
                    method,
                    address,
                    headers={"Accept": "application/json", **headers},
                    json=json,
                    data=form,
                    allow_redirects=False,
                ) as response,
            ):
                return Answered(
                    response.status,
                    await self._body(response),
                    tuple((name, _legible(value)) for name, value in response.headers.items()),
                )
        except _ERRORS as error:
            raise _failed(error, address, trip.refused) from error

    def _socket(self, target: AddrInfoType) -> socket.socket:
        """A socket for one resolved address; called for every connection attempt."""
        kind, style, protocol, _, address = target
        if not is_open(str(address[0]), self._allow_nets):
            _refused.get().append(str(address[0]))
            raise _ForbiddenError(errno.EACCES, "forbidden address")
        return socket.socket(kind, style, protocol)

    @contextlib.asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """A place in the queue of that host, then among everybody: a slow host delays itself."""
        turns = self._turns.setdefault(host, asyncio.Semaphore(self._limits.per_host))
        async with turns, self._everybody:
            yield

    async def _exchange(self, address: URL, trip: _Trip) -> Fetched | URL:
        """One request: a document, or the address it sends to."""
        _refused.set(trip.refused)
        try:
            async with (
                self._turn(address.raw_host or ""),
                trip.hurry(),
                self._session.get(
                    address, headers=trip.validators, allow_redirects=False
                ) as response,
            ):
                return await self._answer(response, trip)
        except _ERRORS as error:
            raise _failed(error, address, trip.refused) from error

    async def _answer(self, response: aiohttp.ClientResponse, trip: _Trip) -> Fetched | URL:
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location is not None:
            return _next(response.url, location)
        not_modified = response.status == HTTPStatus.NOT_MODIFIED and bool(trip.validators)
        is_document = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
        if not (is_document or not_modified):
            raise _refusal(response, trip.now)
        return Fetched(
            url=trip.url,
            final_url=str(response.url),
            status=response.status,
            body=b"" if not_modified else await self._body(response),
            fetched_at=trip.now,
            content_type=_legible(response.headers.get("Content-Type", "")),
            etag=_validator(response.headers.get("ETag")),
            last_modified=_validator(response.headers.get("Last-Modified")),
            not_modified=not_modified,
            headers=tuple((name, _legible(value)) for name, value in response.headers.items()),
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        if (response.content_length or 0) > self._limits.body_bytes:
            raise _TooLargeError("as announced")
        body = _Body(_encoding(response), self._limits.body_bytes)
        async for chunk in response.content.iter_any():
            body.feed(chunk)
        return body.whole()
