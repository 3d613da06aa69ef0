"""Delivery: every due display becomes a message, once, whatever happens on the way.

One lane a channel, so that order is kept. Before a first post the lane notes that it is about to;
after a crash, or an answer that never came, the chat is asked whether the message arrived.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.core import outbox
from bot.core.errors import (
    ChannelMoved,
    ChannelProblem,
    MessageGone,
    Outage,
    ThreadGone,
    Undeliverable,
)
from bot.core.messages import Rendered, without_links
from bot.core.outbox import Display, Subject
from bot.core.people import Channel
from bot.ports import Chat, Ports, Transaction, among, eq, gt, le, ne
from bot.usecases.fill_outbox import move, park
from bot.usecases.keep_topics import close_topic, topic_of
from bot.usecases.show_subjects import present

log = logging.getLogger(__name__)

SENDS_AT_ONCE = 64
LOOKS_AT_ONCE = 4
LOOK_AHEAD = 1000
"""Due displays looked at to find the channels that have work."""
_PATIENCE = 3
"""Failed tries after which a post lets the next ones by; it is tried again all the same."""
_STOP_WITHIN = 10.0
"""Seconds a lane has to finish its message when the bot stops."""
_TOKEN_RETRY_IN = 600.0

Alarm = Callable[[Channel, ChannelProblem], None]


class Deliverer:
    """Empties the outbox; ``start`` and ``deliver`` may be called at any time, even twice."""

    def __init__(self, ports: Ports, alarm: Alarm) -> None:
        """``alarm`` is told about a channel that takes nothing any more."""
        self._ports = ports
        self._alarm = alarm
        self._lanes: dict[int, asyncio.Task[int]] = {}
        self._slots = asyncio.Semaphore(SENDS_AT_ONCE)
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._pages: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._is_stopping = False

    async def recall(self) -> None:
        """Tell each chat, once at start, about the last messages it shows."""
        async with self._ports.store.read() as tx:
            known = await tx.find(Display, ne("message", ""), order="-id", limit=LOOK_AHEAD)
            channels = {
                channel.id: channel
                for channel in await tx.find(
                    Channel, among("id", {display.channel_id for display in known})
                )
            }
        for display in known:
            channel = channels[display.channel_id]
            if channel.platform in self._ports.chats:
                self._ports.chats[channel.platform].remember(channel, display.message)

    async def start(self) -> None:
        """Start a lane for each channel that has work and none yet, without waiting."""
        due = await self._due_channels()
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.done()}
        for channel_id in due:
            if channel_id not in self._lanes and not self._is_stopping:
                self._lanes[channel_id] = asyncio.create_task(self._lane(channel_id))

    async def _due_channels(self) -> list[int]:
        """The channels that have something due, page by page: none hides behind another's."""
        found: dict[int, None] = {}
        last = 0
        async with self._ports.store.read() as tx:
            while True:
                page = await tx.find(
                    Display,
                    eq("is_due", True),
                    le("not_before", self._ports.clock.now()),
                    gt("id", last),
                    limit=LOOK_AHEAD,
                )
                found |= dict.fromkeys(display.channel_id for display in page)
                if len(page) < LOOK_AHEAD:
                    return list(found)
                last = page[-1].id

    async def deliver(self) -> int:
        """Show what is due now everywhere; gives how many messages were shown or edited."""
        total = 0
        while True:
            await self.start()
            count = sum(await asyncio.gather(*self._lanes.values()))
            total += count
            if not count:
                return total

    async def stop(self) -> None:
        """Let each lane finish the message it is sending."""
        self._is_stopping = True
        running = [lane for lane in self._lanes.values() if not lane.done()]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=_STOP_WITHIN)
        for lane in late:
            lane.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _lane(self, channel_id: int) -> int:
        """Show what is due in one channel, in order, until nothing is or the chat says stop."""
        count = 0
        try:
            while not self._is_stopping:
                shown = await self._next(channel_id)
                if shown is None:
                    break
                count += shown
        except Outage as outage:
            log.warning("delivery put off: %s", outage, extra={"action": "delivery_put_off"})
        except Exception:  # the job boundary: one channel's trouble is its own
            log.exception("delivery failed", extra={"action": "delivery_failed"})
        return count

    async def _next(self, channel_id: int) -> int | None:
        """Show one due display of a channel; None when there is none left to show."""
        async with self._looks:  # a mailing must not have every lane ask the database at once
            chosen = await self._choose(channel_id)
        if chosen is None:
            return None
        channel, display = chosen
        # The turn may be long in coming: what is shown is read after it, not before.
        await self._ports.pacers[channel.platform].turn(channel, urgent=bool(display.message))
        try:
            async with self._page(channel, display):
                return await self._show(channel, display)
        except (Undeliverable, ChannelMoved) as refusal:
            await self._follow_or_park(channel, display, refusal)
        except Outage as outage:
            await self._put_off(channel, display, outage)
            raise
        except Exception:  # the job boundary: a fault of ours in one message is that message's own
            log.exception(
                "display failed", extra={"action": "display_failed", "display": display.id}
            )
            await self._put_off(channel, display, Outage("fault"))
        return 0

    def _page(self, channel: Channel, display: Display) -> AbstractAsyncContextManager[object]:
        """One version of somebody's home page at a time, whichever practice wants it shown."""
        if display.subject is not Subject.HOME:
            return nullcontext()
        return self._pages.setdefault(channel.address, asyncio.Lock())

    async def _show(self, channel: Channel, display: Display) -> int:
        """Make a display visible as its subject is now; gives how many messages that took."""
        async with self._ports.store.read() as tx:
            display = await _again(tx, display)
            message = await present(self._ports, tx, display) if display.is_due else None
        if not display.is_due:
            return 0
        if message is None:
            await self._settle(outbox.abandoned(display))
            return 0
        rendered = self._ports.wording.render(message)
        if display.attempts >= _PATIENCE:
            rendered = without_links(rendered)  # what a chat refuses most often is an address
        async with self._slots:
            return await self._send(channel, display, rendered)

    async def _choose(self, channel_id: int) -> tuple[Channel, Display] | None:
        """The display to show next: an edit somebody waits for, or else the oldest first post."""
        now = self._ports.clock.now()
        async with self._ports.store.read() as tx:
            channel = await tx.get(Channel, channel_id)
            due = await tx.find(
                Display, eq("channel_id", channel_id), eq("is_due", True), limit=LOOK_AHEAD
            )
        edits = [display for display in due if display.message]
        # Posts keep their order, but one the chat will not take does not hold the others back.
        posts = [display for display in due if not display.message]
        stuck = [display for display in posts if display.attempts >= _PATIENCE]
        going = [display for display in posts if display.attempts < _PATIENCE]
        candidates = edits + going[:1] + stuck
        ready = [display for display in candidates if display.not_before <= now]
        if channel is None or channel.platform not in self._ports.chats or not ready:
            return None
        if channel.problem:
            pages = [display for display in ready if display.subject is Subject.HOME]
            if pages:  # shown beside the conversation: who left must not keep what it said
                return channel, pages[0]
            async with self._ports.store.write() as tx:
                await park(tx, channel, channel.problem, channel.problem_at or now)
            return None
        return channel, ready[0]

    async def _send(self, channel: Channel, display: Display, rendered: Rendered) -> int:
        """Edit what is there, find again what may be, or post; then keep that it was done."""
        chat = self._ports.chats[channel.platform]
        if display.subject is Subject.HOME:
            return await self._publish(chat, channel, display, rendered)
        if display.message:
            try:
                await chat.edit(channel, display.message, rendered)
            except MessageGone:
                await self._settle(outbox.abandoned(display))
                return 0
            await self._settle(outbox.shown(display, display.wanted, display.message))
            return 1
        version = display.wanted  # the one rendered: what is asked for meanwhile stays due
        thread = await self._thread(chat, channel, display)
        reference = await self._recovered(chat, channel, display, rendered, thread)
        if reference is None:
            async with self._ports.store.write() as tx:
                display = replace(
                    await _again(tx, display),
                    sending_at=self._ports.clock.now(),
                    sending_mark=chat.mark(channel),
                )
                await tx.save(display)
            try:
                reference = await chat.post(channel, rendered, str(display.id), thread)
            except ThreadGone:  # somebody deleted it: not opened again against their will
                async with self._ports.store.write() as tx:
                    await close_topic(tx, channel, thread)
                reference = await chat.post(channel, rendered, str(display.id))
        await self._settle(outbox.shown(display, version, reference))
        return 1

    async def _publish(
        self, chat: Chat, channel: Channel, display: Display, rendered: Rendered
    ) -> int:
        """Show a home page, whole: twice is no harm, so nothing is noted before."""
        async with self._ports.store.write() as tx:
            resting = outbox.rested(await _again(tx, display), self._ports.clock.now())
            await tx.save(resting)
        try:
            reference = await chat.post(channel, rendered, "")
        except MessageGone as gone:
            log.warning("home page refused: %s", gone, extra={"action": "home_refused"})
            await self._settle(outbox.abandoned(display))
            return 0
        async with self._ports.store.write() as tx:
            fresh = await _again(tx, display)
            after = outbox.shown(fresh, display.wanted, reference)
            # Its owner may have looked meanwhile: then the next version does not wait.
            await tx.save(replace(after, not_before=fresh.not_before))
        return 1

    async def _thread(self, chat: Chat, channel: Channel, display: Display) -> str:
        """What a new message stands under: its person's topic, another message, or nothing."""
        if channel.is_forum:
            return await topic_of(self._ports, chat, channel, display)
        if not display.parent or not chat.has_threads:
            return ""
        async with self._ports.store.read() as tx:
            parent = await tx.get(Display, display.parent)
        return parent.message.partition("+")[0] if parent else ""

    async def _recovered(
        self, chat: Chat, channel: Channel, display: Display, rendered: Rendered, thread: str
    ) -> str | None:
        """The message of a display that may have been sent before, showing what it should now."""
        if display.sending_at is None:
            return None
        try:
            reference = await chat.recover(
                channel,
                rendered,
                str(display.id),
                display.sending_mark,
                await self._known(channel),
                thread,
            )
            if reference is not None:
                await chat.edit(channel, reference, rendered)
        except (Undeliverable, ChannelMoved, MessageGone):
            raise
        except Outage as outage:
            # What was refused is the question, not the message: it may still be there.
            raise Outage(str(outage), retry_in=outage.retry_in) from outage
        return reference

    async def _settle(self, after: Display) -> None:
        """Keep what became of a display, and any change asked for meanwhile."""
        async with self._ports.store.write() as tx:
            wanted = (await _again(tx, after)).wanted
            await tx.save(replace(after, wanted=wanted, is_due=wanted > after.shown))

    async def _put_off(self, channel: Channel, display: Display, outage: Outage) -> None:
        if outage.retry_in is not None:
            self._ports.pacers[channel.platform].slow_down(channel, outage.retry_in)
        now = self._ports.clock.now()
        async with self._ports.store.write() as tx:
            await tx.save(
                outbox.failed(
                    await _again(tx, display),
                    str(outage),
                    now,
                    outage.retry_in,
                    was_refused=outage.was_refused,
                )
            )

    async def _follow_or_park(
        self, channel: Channel, display: Display, refusal: Undeliverable | ChannelMoved
    ) -> None:
        """Follow a channel that moved; stop writing to one that is gone, and say so."""
        if isinstance(refusal, ChannelMoved):
            async with self._ports.store.write() as tx:
                await move(tx, channel.platform, channel.address, refusal.address)
                fresh = await _again(tx, display)
                await tx.save(replace(fresh, sending_at=None, sending_mark=""))
            return
        self._alarm(channel, refusal.problem)
        if refusal.problem is ChannelProblem.TOKEN_REVOKED:
            # Not the channel's fault: nothing is parked, a new token makes it all go out.
            outage = Outage(str(refusal), retry_in=_TOKEN_RETRY_IN, was_refused=True)
            await self._put_off(channel, display, outage)
            raise outage
        async with self._ports.store.write() as tx:
            await park(tx, channel, refusal.problem.value, self._ports.clock.now())

    async def _known(self, channel: Channel) -> frozenset[str]:
        """References of our messages in a channel."""
        async with self._ports.store.read() as tx:
            there = await tx.find(Display, eq("channel_id", channel.id))
        return frozenset(
            reference for each in there if each.message for reference in each.message.split("+")
        )


async def _again(tx: Transaction, display: Display) -> Display:
    fresh = await tx.get(Display, display.id)
    if fresh is None:
        raise LookupError(f"display {display.id} disappeared")
    return fresh
