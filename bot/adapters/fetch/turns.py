"""Who goes when: so many at once to one host and in all, and a pause between two to one host."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from weakref import WeakValueDictionary

_MANY = 10_000
"""Hosts remembered before the rested ones are forgotten."""
_RESTED = 120.0
"""Seconds after which nobody asks for a longer pause."""


class Turns:
    """A place in the queue of a host, its pause, then a place among everybody.

    Whoever waits for a host, or for its pause, holds nobody else's place: a slow host delays
    itself. Hosts are told apart by name: many may live at one address.
    """

    def __init__(
        self,
        per_host: int,
        overall: int,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_host = per_host
        self._everybody = asyncio.Semaphore(overall)
        self._monotonic = monotonic or (lambda: asyncio.get_running_loop().time())
        self._sleep = sleep
        self._queues: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._last: dict[str, float] = {}

    def __len__(self) -> int:
        """Hosts whose last visit is remembered."""
        return len(self._last)

    @contextlib.asynccontextmanager
    async def turn(self, host: str, pause: float = 0.0) -> AsyncIterator[None]:
        """Enter when it is one's turn, ``pause`` seconds at least after the last who did."""
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = asyncio.Semaphore(self._per_host)
        async with queue:
            await self._rested(host, pause)
            try:
                yield
            finally:
                self._everybody.release()

    async def _rested(self, host: str, pause: float) -> None:
        """Take a place among everybody, once the host has rested; not while it does."""
        while True:
            while (wait := self._ready(host, pause) - self._monotonic()) > 0:
                await self._sleep(wait)
            await self._everybody.acquire()
            if self._ready(host, pause) <= self._monotonic():
                self._remember(host)
                return
            self._everybody.release()  # somebody went there meanwhile

    def _ready(self, host: str, pause: float) -> float:
        return self._last.get(host, float("-inf")) + pause

    def _remember(self, host: str) -> None:
        now = self._monotonic()
        self._last[host] = now
        if len(self._last) > _MANY:
            self._last = {name: at for name, at in self._last.items() if at > now - _RESTED}
