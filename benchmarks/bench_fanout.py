"""A mailing under Telegram's strict limits: the real outbox, beside the library and a gather.

What is sent are real cards, the same for everybody; what arrived is counted at the server.
"""

import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aiohttp import web
from figures import table
from telegram import Bot, InlineKeyboardMarkup, MessageEntity
from telegram.error import RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot

from bot.adapters import pace
from bot.adapters.telegram import TelegramChat, open_bot, prepare
from bot.adapters.telegram_text import compose, keyboard
from bot.app import House, open_house
from bot.config import Settings
from bot.core.mentions import Mention, Source
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Platform, Practice, PracticeId, Practitioner
from bot.core.sources import SourceKind
from bot.ports import eq
from bot.usecases import set_up
from bot.usecases.fill_outbox import show
from bot.usecases.show_subjects import present
from tests.servers.faults import Refused
from tests.servers.peer import Apply, Json
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat, RateLimits

LATENCY = 0.05
LONGEST = 60.0
"""Seconds after which a sender is stopped; what it did not send is lost."""
TICK = 2.0
"""How often the running bot starts its deliverer (``bot.app.jobs``)."""
FIRST = 1000
LIMITS = RateLimits()


@dataclass(frozen=True)
class Shape:
    """How many conversations, and messages to each."""

    chats: int
    each: int

    @property
    def total(self) -> int:
        """Messages in all."""
        return self.chats * self.each

    @property
    def allowed(self) -> int:
        """Messages a second the server takes."""
        return min(LIMITS.overall, self.chats * LIMITS.per_chat)


@dataclass(frozen=True)
class Card:
    """A message as the library takes it."""

    words: str
    entities: Sequence[MessageEntity]
    keys: InlineKeyboardMarkup | None

    async def send(self, bot: Bot, chat: int) -> None:
        """Post it as our adapter does."""
        await bot.send_message(chat, self.words, entities=self.entities, reply_markup=self.keys)


class StrictServer(TelegramServer):
    """Telegram, 50 ms away, that keeps when it took a message and why it did not."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(rate_limits=LIMITS)
        self.taken: list[float] = []
        self.refused: Counter[str] = Counter()
        for number in range(shape.chats):
            self.add_private(FIRST + number)

    async def answer(
        self, request: web.Request, method: str, params: Json, apply: Apply
    ) -> web.StreamResponse:
        """Every answer, refusals too, takes half of the latency each way."""
        await asyncio.sleep(LATENCY / 2)
        answer = await super().answer(request, method, params, apply)
        await asyncio.sleep(LATENCY / 2)
        return answer

    def _count(self, chat: Chat) -> None:
        now = self.monotonic()
        recent = [place for at, place in self._sends if now - at < 1.0]
        try:
            super()._count(chat)
        except Refused:
            self.refused["chat" if chat.id in recent else "overall"] += 1
            raise
        self.taken.append(now)


@dataclass(frozen=True)
class Result:
    """What the server saw of one sender."""

    name: str
    seconds: float
    cpu: float
    server: StrictServer

    def row(self, shape: Shape) -> tuple[object, ...]:
        """A line of the table."""
        server, taken = self.server, self.server.taken
        seen = Counter(
            (chat.id, message.text)
            for chat in server.chats.values()
            for message in server.messages(chat)
        )
        skipped = len(taken) // 10
        middle = taken[skipped : len(taken) - skipped]
        steady = (len(middle) - 1) / (middle[-1] - middle[0])
        rate = len(taken) / self.seconds
        return (
            self.name,
            f"{self.seconds:.1f}",
            f"{rate:.1f}",
            f"**{rate / shape.allowed:.0%}**",
            f"{steady:.1f}",
            f"{server.refused['overall']} + {server.refused['chat']}",
            shape.total - len(seen),
            seen.total() - len(seen),
            f"{self.cpu:.1f}",
        )


async def with_vigie(shape: Shape) -> tuple[Result, list[Card]]:
    """Through the outbox, started at every tick as the bot does; and the cards it sent."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(data_dir=Path(folder))
        async with (
            StrictServer(shape) as server,
            open_bot(server.token, server.api_base) as bot,
            open_house(settings, chats={Platform.TELEGRAM: TelegramChat(bot)}) as house,
        ):
            cards = await fill(house, shape)
            deliverer = house.deliverer()
            start, cpu = time.perf_counter(), time.process_time()
            begun = server.monotonic()
            next_tick = start
            while time.perf_counter() - start < LONGEST and await due(house):
                if time.perf_counter() >= next_tick:
                    await deliverer.start()
                    next_tick += TICK
                await asyncio.sleep(0.5)
            used = time.process_time() - cpu
            await deliverer.stop()
            return Result("Vigie", server.taken[-1] - begun + LATENCY / 2, used, server), cards


async def due(house: House) -> int:
    """How many messages are still to be sent."""
    async with house.ports.store.read() as tx:
        return await tx.count(Display, eq("is_due", True))


async def fill(house: House, shape: Shape) -> list[Card]:
    """A practice with as many conversations, and the same cards for all of them."""
    ports = house.ports
    now = ports.clock.now()
    practice = await set_up.add_practice(ports, Practice(name="Cabinet"))
    person = await set_up.add_practitioner(
        ports, practice.name, Practitioner(PracticeId(0), "Claire", "Martin")
    )
    async with ports.store.write() as tx:
        source = await tx.add(
            Source(practice.id, "https://x.example", SourceKind.FEED, 900, now, now)
        )
        channels = [
            await tx.add(Channel(practice.id, Platform.TELEGRAM, str(FIRST + number), True))  # noqa: FBT003
            for number in range(shape.chats)
        ]
        for number in range(shape.each):
            mention = Mention(
                practice_id=practice.id,
                practitioner_id=person.id,
                source_id=source.id,
                url=f"https://x.example/{number}",
                title=f"Article {number}",
                text="Claire Martin " * 20,
                outlet="x.example",
                fingerprint=str(number),
                seen_at=now,
            )
            mention = await tx.add(mention)
            await show(tx, channels, Subject.MENTION, mention.id, "bench")
    async with ports.store.read() as tx:
        displays = await tx.find(Display, eq("channel_id", channels[0].id))
        messages = [await present(ports, tx, display) for display in displays]
    shown = [ports.wording.render(message) for message in messages if message is not None]
    assert len(shown) == shape.each
    return [Card(*compose(each.text), keyboard(each.rows)) for each in shown]


Send = Callable[[Bot, int, Card], Awaitable[None]]


async def once(bot: Bot, chat: int, card: Card) -> None:
    """Send, and hope."""
    await card.send(bot, chat)


async def twice(bot: Bot, chat: int, card: Card) -> None:
    """Send, and once more when told to wait."""
    try:
        await card.send(bot, chat)
    except RetryAfter as error:
        wait = error.retry_after
        await asyncio.sleep(wait.total_seconds() if isinstance(wait, timedelta) else wait)
        await card.send(bot, chat)


async def all_at_once(
    name: str, shape: Shape, cards: Sequence[Card], send: Send, make: Callable[[str, str], Bot]
) -> Result:
    """Everything in one gather, by a bot of the library."""
    async with StrictServer(shape) as server:
        prepare()
        async with make(server.token, f"{server.api_base}/bot") as bot:
            start, cpu = time.perf_counter(), time.process_time()
            work = [
                asyncio.create_task(quietly(send(bot, FIRST + number, card)))
                for card in cards
                for number in range(shape.chats)
            ]
            _, late = await asyncio.wait(work, timeout=LONGEST)
            seconds, used = time.perf_counter() - start, time.process_time() - cpu
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        return Result(name + (" (stopped)" if late else ""), seconds, used, server)


async def quietly(sending: Awaitable[None]) -> None:
    """What is refused is counted by the server."""
    try:
        await sending
    except TelegramError:
        return


def plain(token: str, base_url: str) -> Bot:
    """The library's bot."""
    return Bot(token, base_url=base_url)


def limited(token: str, base_url: str) -> Bot:
    """The library's bot with its own limiter."""
    return ExtBot(token, base_url=base_url, rate_limiter=AIORateLimiter(max_retries=5))


def is_limiter_there() -> bool:
    """Whether the library's limiter finds the package it needs."""
    try:
        AIORateLimiter(max_retries=5)
    except RuntimeError:
        return False
    return True


async def compare(shape: Shape) -> None:
    """Print the table of one shape."""
    result, cards = await with_vigie(shape)
    results = [
        result,
        await all_at_once("PTB, one gather", shape, cards, once, plain),
        await all_at_once("PTB, one gather, one retry", shape, cards, twice, plain),
    ]
    rows = [each.row(shape) for each in results]
    name = "PTB, AIORateLimiter(max_retries=5)"
    if is_limiter_there():
        results.append(await all_at_once(name, shape, cards, once, limited))
        rows.append(results[-1].row(shape))
    else:
        rows.append((name, "skipped: aiolimiter is not installed", *[""] * 7))
    table(
        f"Fan-out: {shape.chats} conversations x {shape.each} cards; the server takes 30/s in all "
        f"and 1/s a conversation in any window, {LATENCY * 1000:.0f} ms away (one run)",
        (
            "sender",
            "seconds",
            "messages/s",
            f"share of {shape.allowed}/s",
            "in the middle 80 %, /s",
            "429: overall + chat",
            "lost",
            "doubled",
            "CPU s, server included",
        ),
        rows,
    )
    kept = min(1 / pace.TELEGRAM.overall, shape.chats / pace.TELEGRAM.private)
    print(
        f"Vigie's pacer keeps to {kept:.1f}/s here ({kept / shape.allowed:.0%}): the rest is the "
        "lane of answers, not used. A 429 asks to wait 1 s.",
        flush=True,
    )


async def main() -> None:
    """Print the tables."""
    logging.disable(logging.CRITICAL)
    for shape in (Shape(200, 2), Shape(20, 12)):
        await compare(shape)


if __name__ == "__main__":
    asyncio.run(main())
