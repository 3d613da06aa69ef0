"""The only way out for feeds, pages and APIs: polite, bounded, never into a private network."""

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot import __version__
from bot.adapters.fetch.body import Body, TooLargeError, encoding
from bot.adapters.fetch.guard import (
    ForbiddenError,
    Guard,
    Network,
    Resolver,
    Way,
    address_of,
    next_address,
    proxy_of,
)
from bot.adapters.fetch.headers import fresh_for, legible, retry_after, validator, validators
from bot.adapters.fetch.turns import Turns
from bot.core.sources import Answered, Fetched, FetchFailed, FetchProblem


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
    host_pause: timedelta = timedelta(0)
    """At least, between the starts of two requests to one host; pages ask for more (robots)."""


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_PROXY_PASSWORD = HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
_BLOCKED = frozenset({401, 403, 429, 451})


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
        retry_after_in=retry_after(response.headers.get("Retry-After", ""), now),
        detail=(response.reason or "")[:80],
    )


_ERRORS = (
    aiohttp.ClientError,
    TimeoutError,
    OSError,  # ssl.SSLError too
    zlib.error,
    ValueError,  # TooLargeError, UnicodeError and InvalidURL too
)
_PROBLEMS: tuple[
    tuple[type[BaseException] | tuple[type[BaseException], ...], FetchProblem], ...
] = (
    (TooLargeError, FetchProblem.TOO_LARGE),
    (ForbiddenError, FetchProblem.FORBIDDEN_ADDRESS),
    ((aiohttp.ClientHttpProxyError, aiohttp.ClientProxyConnectionError), FetchProblem.PROXY),
    (TimeoutError, FetchProblem.TIMEOUT),
    ((aiohttp.ClientSSLError, ssl.SSLError), FetchProblem.TLS),
    ((aiohttp.ClientResponseError, zlib.error), FetchProblem.MALFORMED),
    ((aiohttp.ClientPayloadError, OSError), FetchProblem.UNREACHABLE),
    (ValueError, FetchProblem.INVALID_ADDRESS),
)
"""The first that fits; what fits none is a connection that went wrong."""
_TUNNEL = {502: FetchProblem.UNREACHABLE, 503: FetchProblem.UNREACHABLE, 504: FetchProblem.TIMEOUT}
"""What a proxy answers when it cannot reach the site; anything else is about the proxy."""


def _failed(error: BaseException, address: URL, way: Way) -> FetchFailed:
    fitting = (problem for kinds, problem in _PROBLEMS if isinstance(error, kinds))
    problem = next(fitting, FetchProblem.UNREACHABLE)
    status = None
    if isinstance(error, aiohttp.ClientHttpProxyError):
        status = error.status
        problem = _TUNNEL.get(status, FetchProblem.PROXY)
    elif way.proxy is not None and isinstance(error, aiohttp.ClientConnectorDNSError):
        problem = FetchProblem.PROXY  # its name: the other one is its business
    elif way.refused and problem is FetchProblem.UNREACHABLE:
        problem = FetchProblem.FORBIDDEN_ADDRESS
    # Never str(error), nor the error as a cause: the library's messages carry whole addresses.
    why = error.args[0] if isinstance(error, TooLargeError | zlib.error) else ""
    if isinstance(error, OSError):
        why = error.strerror or ""
    told = f"{type(error).__name__} {why}".strip()
    return FetchFailed(problem, str(address), status=status, detail=told)


@dataclass(slots=True)
class _Trip:
    """One fetch on its way."""

    url: str
    now: datetime
    seconds_left: float
    way: Way
    validators: dict[str, str] = field(default_factory=dict)
    pause: timedelta = timedelta(0)
    started: float = 0
    took: float = 0
    """Seconds of exchange, the one under way not included."""
    moved_to: str | None = None
    is_moving: bool = True
    """Every redirect until now was for good."""

    def redirected(self, here: URL, there: URL, status: int) -> None:
        """Note where the address now lives; a redirect for a time, or out of TLS, ends that."""
        is_weaker = here.scheme == "https" and there.scheme != "https"
        self.is_moving = self.is_moving and status in _PERMANENT and not is_weaker
        if self.is_moving:
            self.moved_to = str(there)

    @contextlib.asynccontextmanager
    async def hurry(self) -> AsyncIterator[None]:
        """Stop when the time of the whole trip is over."""
        clock = asyncio.get_running_loop().time
        self.started = clock()
        try:
            async with asyncio.timeout(self.seconds_left):
                yield
        finally:
            took = clock() - self.started
            self.took += took
            self.seconds_left = max(0.0, self.seconds_left - took)

    def took_until_now(self) -> timedelta:
        """Of exchange, the one under way included."""
        under_way = asyncio.get_running_loop().time() - self.started
        return timedelta(seconds=self.took + under_way)


class Manners(Protocol):
    """What is asked before each request of a fetch, redirects included."""

    async def before(self, url: str, now: datetime, proxy: str) -> timedelta:
        """How long after the last request to that host; FetchFailed when it is not wanted."""
        ...


_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, */*;q=0.1"
)


class AiohttpFetcher:
    """Fetches feeds and pages; every failure is a FetchFailed.

    Without cookies, netrc or proxies of the environment: nothing of one practice's poll is seen by
    another's.
    """

    def __init__(
        self,
        *,
        allow_nets: Sequence[Network] = (),
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        contact: str = "",
        proxy: str = "",
    ) -> None:
        """Open nothing yet.

        Args:
            allow_nets: private networks that the operator opens.
            limits: of patience and memory.
            resolver: names to addresses; the system's when there is none.
            tls: whom to trust; the system's authorities when there is none.
            contact: an address or e-mail of who runs this, told to every site.
            proxy: ``http(s)://[name:password@]host[:port]``, for whatever has none of its own.
        """
        self._limits = limits or FetchLimits()
        self._resolver = resolver or Resolver(threads=16)
        self._guard = Guard(self._resolver, allow_nets)
        self._proxy = proxy
        self._tls = tls
        self._agent = f"Vigie/{__version__}" + (f" (+{contact})" if contact else "")
        self._session: aiohttp.ClientSession
        self._turns = Turns(self._limits.per_host, self._limits.overall)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the turns are ours
                resolver=self._resolver,
                socket_factory=self._guard.make_socket,
                ssl=self._tls or True,
                ttl_dns_cache=60,
            ),
            headers={
                "User-Agent": self._agent,
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
        await self._resolver.close()

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
        manners: Manners | None = None,
    ) -> Fetched:
        """One document.

        Args:
            url: its address.
            now: the present moment, to read a Retry-After date.
            etag: the validator of the copy already read, if any.
            last_modified: the other one.
            proxy: the way there; the general one, if any, when empty.
            manners: who is asked before each request.

        Raises:
            FetchFailed: nothing was obtained; it says why.
        """
        trip = self._trip(url, now, proxy)
        trip.validators = validators(etag, last_modified)
        address = address_of(url)
        for _ in range(self._limits.redirects + 1):
            if manners is not None:
                trip.pause = await manners.before(str(address), now, proxy)
            async with self._asked("GET", address, trip, headers=trip.validators) as response:
                answer = await self._answer(response, trip)
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
        trip = self._trip(url, now)
        headers = {"Accept": "application/json", **headers}
        asked = self._asked(method, address_of(url), trip, headers=headers, json=json, data=form)
        async with asked as response:
            return Answered(
                response.status,
                await self._body(response),
                tuple((name, legible(value)) for name, value in response.headers.items()),
            )

    def _trip(self, url: str, now: datetime, proxy: str = "") -> _Trip:
        way = Way(proxy_of(proxy or self._proxy, url))
        return _Trip(url, now, self._limits.total_in.total_seconds(), way)

    @contextlib.asynccontextmanager
    async def _asked(
        self, method: str, address: URL, trip: _Trip, **what: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request, at its turn: the answer, its body still to come."""
        pause = max(trip.pause, self._limits.host_pause).total_seconds()
        try:
            async with self._turns.turn(address.raw_host or "", pause), trip.hurry():
                await self._guard.judge(address, trip.way)
                async with self._session.request(
                    method, address, allow_redirects=False, proxy=trip.way.proxy, **what
                ) as response:
                    if trip.way.proxy and response.status == _PROXY_PASSWORD:
                        raise FetchFailed(FetchProblem.PROXY, trip.url, status=response.status)
                    yield response
        except _ERRORS as error:
            raise _failed(error, address, trip.way) from None

    async def _answer(self, response: aiohttp.ClientResponse, trip: _Trip) -> Fetched | URL:
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location is not None:
            there = next_address(response.url, location)
            trip.redirected(response.url, there, response.status)
            return there
        not_modified = response.status == HTTPStatus.NOT_MODIFIED and bool(trip.validators)
        is_document = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
        if not (is_document or not_modified):
            raise _refusal(response, trip.now)
        body = b"" if not_modified else await self._body(response)
        return Fetched(
            url=trip.url,
            final_url=str(response.url),
            status=response.status,
            body=body,
            fetched_at=trip.now,
            content_type=legible(response.headers.get("Content-Type", "")),
            etag=validator(response.headers.get("ETag")),
            last_modified=validator(response.headers.get("Last-Modified")),
            not_modified=not_modified,
            fresh_for=fresh_for(response.headers, trip.now),
            moved_to=trip.moved_to,
            took=trip.took_until_now(),
            headers=tuple((name, legible(value)) for name, value in response.headers.items()),
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        if (response.content_length or 0) > self._limits.body_bytes:
            raise TooLargeError("as announced")
        body = Body(
            encoding(response.headers.get("Content-Encoding", "")), self._limits.body_bytes
        )
        async for chunk in response.content.iter_any():
            body.feed(chunk)
        return body.whole()
