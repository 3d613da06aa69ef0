"""What a site asks of robots (RFC 9309), respected for pages.

Not for feeds, which are published to be polled, nor for official APIs, which have their terms.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from weakref import WeakValueDictionary

from protego import Protego

from bot.adapters.fetch import AiohttpFetcher, address_of
from bot.core.sources import Fetched, FetchFailed, FetchProblem
from bot.ports import Fetcher

AGENT = "vigie"
"""The product token of our User-Agent."""
PAGE_PAUSE = timedelta(seconds=1)
"""Between two requests to a host that asks for nothing."""
LONGEST_PAUSE = timedelta(minutes=1)
"""A longer Crawl-delay is cut to this: pages are watched a few times a day, not crawled."""
_KEPT_FOR = timedelta(days=1)  # RFC 9309 2.4: no longer
_RETRY_IN = timedelta(minutes=15)
_MAX_BYTES = 500 * 1024  # RFC 9309 2.5: no less
_MAX_KEPT_BYTES = 1024 * 1024
"""Of rules for us, in all; a rule in memory is some twenty times its text."""
_LEAST_BYTES = 500
_MANY_BYTES = 20_000
"""Rules that may take a while to match: half a megabyte of wildcards, 0.7 s for a long address."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one site asked."""

    until: datetime
    size: int = _LEAST_BYTES
    rules: Protego | None = None
    """Nothing: everything is allowed."""
    failure: FetchFailed | None = None
    """Why we do not know: nothing is allowed meanwhile (RFC 9309 2.3.1.4)."""


class Robots:
    """The rules of each site, asked once a day."""

    def __init__(self, fetcher: Fetcher, pause: timedelta = PAGE_PAUSE) -> None:
        self._fetcher = fetcher
        self._pause = pause
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._size = 0
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def allows(self, url: str, now: datetime, proxy: str = "") -> bool:
        """Whether the site lets us read that address; not when we cannot know for now."""
        try:
            await self.before(url, now, proxy)
        except FetchFailed:
            return False
        return True

    def pause_for(self, url: str) -> timedelta:
        """Between two requests to that host, as far as its rules are known.

        Raises:
            FetchFailed: INVALID_ADDRESS, FORBIDDEN_ADDRESS.
        """
        asked = self._asked.get(_origin(url))
        delay = asked.rules.crawl_delay(AGENT) if asked is not None and asked.rules else None
        wanted = min(delay or 0.0, LONGEST_PAUSE.total_seconds())
        return max(self._pause, timedelta(seconds=wanted))

    async def before(self, url: str, now: datetime, proxy: str = "") -> timedelta:
        """How long after the last request to that host this one may be made.

        Raises:
            FetchFailed: ROBOTS: the site does not want it; or why its rules cannot be known now.
        """
        asked = await self._rules(_origin(url), now, proxy)
        if (unknown := asked.failure) is not None:
            raise FetchFailed(
                unknown.problem,
                url,
                status=unknown.status,
                retry_after_in=asked.until - now,
                detail=f"robots.txt: {unknown.detail}",
            )
        if not await _is_wanted(url, asked):
            raise FetchFailed(FetchProblem.ROBOTS, url, detail="robots.txt")
        return self.pause_for(url)

    async def _rules(self, origin: str, now: datetime, proxy: str) -> _Asked:
        async with self._locks.setdefault(origin, asyncio.Lock()):
            asked = self._asked.get(origin)
            if asked is None or asked.until <= now:
                asked = await self._ask(origin, now, proxy)
                self._keep(origin, asked)
            return asked

    async def _ask(self, origin: str, now: datetime, proxy: str) -> _Asked:
        try:
            fetched = await self._fetcher.fetch(f"{origin}/robots.txt", now=now, proxy=proxy)
        except FetchFailed as failure:
            if _has_none(failure):
                return _Asked(now + _KEPT_FOR)
            wait = max(failure.retry_after_in or _RETRY_IN, _RETRY_IN)
            return _Asked(now + min(wait, _KEPT_FOR), failure=failure)
        size, rules = await asyncio.to_thread(_read, fetched.body)
        return _Asked(now + _KEPT_FOR, max(size, _LEAST_BYTES), rules)

    def _keep(self, origin: str, asked: _Asked) -> None:
        """Remember it, and forget the sites asked for the longest ago when they are too many."""
        before = self._asked.pop(origin, None)
        self._size += asked.size - (before.size if before else 0)
        self._asked[origin] = asked
        while self._size > _MAX_KEPT_BYTES:
            self._size -= self._asked.popitem(last=False)[1].size


class PageFetcher:
    """The way out for pages: what robots are asked not to read is not read, the rest slowly."""

    def __init__(self, fetcher: AiohttpFetcher, robots: Robots | None = None) -> None:
        self._fetcher = fetcher
        self._robots = robots or Robots(fetcher)

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
    ) -> Fetched:
        """One page; the rules of the site are asked first, and again after each redirect.

        Raises:
            FetchFailed: it could not be had; ROBOTS: its site does not want us to.
        """
        return await self._fetcher.fetch(
            url,
            now=now,
            etag=etag,
            last_modified=last_modified,
            proxy=proxy,
            manners=self._robots,
        )


async def _is_wanted(url: str, asked: _Asked) -> bool:
    if asked.rules is None:
        return True
    if asked.size > _MANY_BYTES:
        return await asyncio.to_thread(asked.rules.can_fetch, url, AGENT)
    return asked.rules.can_fetch(url, AGENT)


def _origin(url: str) -> str:
    """Scheme, host and port: what one robots.txt speaks for (RFC 9309 2.3)."""
    return str(address_of(url).origin())


def _has_none(failure: FetchFailed) -> bool:
    """Whether the site answers, and has no rules for robots.

    A 4xx, or redirects without end (RFC 9309 2.3.1.2 and 2.3.1.3); 429 says nothing of the file.
    """
    if failure.problem is FetchProblem.TOO_MANY_REDIRECTS:
        return True
    status = failure.status or 0
    is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_client_error and status not in {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
    }


_COMMENT = re.compile(r"#.*")
_FOR_WHOM = re.compile(r"user[\s-]*agent(?:[\s:]+(\*|[a-z_-]*)|$)", re.IGNORECASE)
_OF_NO_GROUP = ("sitemap", "site-map", "host")


def _read(body: bytes) -> tuple[int, Protego]:
    """The rules for us, and how long they are."""
    if len(body) > _MAX_BYTES:
        body = body[:_MAX_BYTES].rpartition(b"\n")[0]
    ours = "\n".join(_for_us(body.decode("utf-8", "replace").removeprefix("\ufeff")))
    return len(ours), Protego.parse(ours)


def _for_us(text: str) -> Iterator[str]:
    """The lines of the groups that name us, or everybody.

    The library keeps each rule once for every robot of its group, and a file may name tens of
    thousands: memory would grow with the square of its length.
    """
    is_heading = is_ours = False
    for each in text.splitlines():
        line = _COMMENT.sub("", each).strip()
        if not line or line.lower().startswith(_OF_NO_GROUP):
            continue
        named = _FOR_WHOM.match(line)
        if named is None:
            is_heading = False
            if is_ours:
                yield line
            continue
        is_ours = is_heading and is_ours
        is_heading = True
        who = (named[1] or "").lower()
        if who in {AGENT, "*"}:
            is_ours = True
            yield f"User-agent: {who}"
