"""Whose turn it is to write: one pacer a platform, under its limits, without bursts.

Own code because the libraries' limiters lose messages (ADR 0006): they burst, forget private
chats, or stop every chat for one that was flooded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.people import Channel


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds between two messages."""

    overall: float
    """To the whole platform."""
    private: float
    """To one conversation with one person."""
    group: float
    """To one group or channel."""
    urgent_overall: float
    """Reserved lane of what somebody waits for, beside ``overall``."""
    urgent: float
    """To one place, for what somebody waits for."""


# 29/s in all of Telegram's 30, of which 3 for answers; 1/s a chat, 20/min a group, with a little
# more than that between two messages: a turn is given some milliseconds before it is used.
TELEGRAM = Limits(overall=1 / 26, private=1.05, group=3.05, urgent_overall=1 / 3, urgent=0.4)
# 1/s a channel; no overall limit is published, but 429s come: see slow_down.
SLACK = Limits(overall=1 / 50, private=1.005, group=1.005, urgent_overall=1 / 10, urgent=0.4)
NONE = Limits(overall=0, private=0, group=0, urgent_overall=0, urgent=0)

_STORM = 3
"""Channels asked to wait one after the other before the whole platform does."""


class IntervalPacer:
    """Gives turns at fixed intervals, overall and for each place."""

    def __init__(
        self,
        limits: Limits,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic or (lambda: asyncio.get_running_loop().time())
        self._sleep = sleep
        self._next = {True: 0.0, False: 0.0}
        self._last: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._frozen_until = 0.0
        self._flooded: set[str] = set()

    async def turn(self, channel: Channel, *, urgent: bool = False) -> None:
        """Return when something may be written in ``channel``."""
        place = channel.address
        await self._until(self._ready(channel, urgent=urgent))
        spacing = self._limits.urgent_overall if urgent else self._limits.overall
        slot = max(self._monotonic(), self._next[urgent], self._frozen_until)
        self._next[urgent] = slot + spacing
        self._last[place] = slot
        self._forget(slot)
        await self._until(slot)

    def slow_down(self, channel: Channel, seconds: float) -> None:
        """The platform asked to wait: that place does, and everything once several must."""
        until = self._monotonic() + seconds
        self._held[channel.address] = max(until, self._held.get(channel.address, 0.0))
        self._flooded.add(channel.address)
        if len(self._flooded) >= _STORM:
            self._frozen_until = max(until, self._frozen_until)
            self._flooded.clear()

    def _ready(self, channel: Channel, *, urgent: bool) -> float:
        """From when that place may be written to again."""
        calm = self._limits.private if channel.is_private else self._limits.group
        apart = self._limits.urgent if urgent else calm
        last = self._last.get(channel.address, -apart)
        return max(last + apart, self._held.get(channel.address, 0.0))

    async def _until(self, moment: float) -> None:
        while (wait := moment - self._monotonic()) > 0:
            await self._sleep(wait)

    def _forget(self, now: float) -> None:
        """Keep only the places that still have to wait."""
        if len(self._last) > 10_000:  # noqa: PLR2004 - a size, not a rule
            recent = now - self._limits.group
            self._last = {place: at for place, at in self._last.items() if at > recent}
            self._held = {place: at for place, at in self._held.items() if at > now}
            self._flooded &= set(self._held)
