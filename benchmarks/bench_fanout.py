"""A mailing under Telegram's strict limits: the real outbox, beside sending everything at once."""

import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from datetime import UTC, datetime

from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.adapters.clock import SystemClock
from bot.adapters.telegram import TelegramChat, open_bot, prepare
from bot.app import House, open_house
from bot.config import Settings
from bot.core.mentions import Mention, Source
from bot.core.outbox import Subject
from bot.core.people import Channel, Platform, Practice, PracticeId, Practitioner
from bot.core.sources import SourceKind
from bot.usecases import set_up
from bot.usecases.fill_outbox import show
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import RateLimits

CHATS, EACH = 200, 2
LATENCY = 0.05
ALLOWED = 30


def slow(server: TelegramServer) -> None:
    """Every answer takes 50 ms."""
    server.before_answer("sendMessage", lambda: asyncio.sleep(LATENCY), times=1_000_000)


async def with_vigie() -> tuple[float, Counter[int | None], int]:
    """Through the outbox: seconds, answers by status, messages seen."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(data_dir=Path(folder))
        async with (
            TelegramServer(rate_limits=RateLimits()) as server,
            open_bot(server.token, server.api_base) as bot,
            open_house(settings, chats={Platform.TELEGRAM: TelegramChat(bot)}) as house,
        ):
            slow(server)
            await fill(house, server)
            start = time.perf_counter()
            await house.deliverer().deliver()
            return report(server, time.perf_counter() - start)


async def fill(house: House, server: TelegramServer) -> None:
    """A practice with as many conversations, and the same mentions for all of them."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    practice = await set_up.add_practice(house.ports, Practice(name="Cabinet"))
    person = await set_up.add_practitioner(
        house.ports, practice.name, Practitioner(PracticeId(0), "Claire", "Martin")
    )
    async with house.ports.store.write() as tx:
        source = await tx.add(
            Source(practice.id, "https://x.example", SourceKind.FEED, 900, now, now)
        )
        channels = []
        for number in range(CHATS):
            server.add_private(1000 + number)
            place = Channel(practice.id, Platform.TELEGRAM, str(1000 + number), is_private=True)
            channels.append(await tx.add(place))
        for number in range(EACH):
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


async def all_at_once() -> tuple[float, Counter[int | None], int]:
    """The library alone, one retry after what it is told to wait."""
    async with TelegramServer(rate_limits=RateLimits()) as server:
        slow(server)
        for number in range(CHATS):
            server.add_private(1000 + number)
        prepare()
        async with Bot(server.token, base_url=f"{server.api_base}/bot") as bot:

            async def one(chat: int) -> None:
                for number in range(EACH):
                    try:
                        await bot.send_message(chat, f"Article {number}")
                    except RetryAfter as error:
                        await asyncio.sleep(float(error._retry_after.total_seconds()))  # noqa: SLF001
                        try:
                            await bot.send_message(chat, f"Article {number}")
                        except TelegramError:
                            continue
                    except TelegramError:
                        continue

            start = time.perf_counter()
            await asyncio.gather(*(one(1000 + number) for number in range(CHATS)))
            return report(server, time.perf_counter() - start)


def report(server: TelegramServer, seconds: float) -> tuple[float, Counter[int | None], int]:
    """What the server saw."""
    answers = Counter(call.status for call in server.calls if call.method == "sendMessage")
    seen = sum(len(server.messages(chat)) for chat in server.chats.values())
    return seconds, answers, seen


async def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    SystemClock()
    total = CHATS * EACH
    print(
        f"\n## Fan-out: {CHATS} conversations x {EACH} messages, strict 30/s and 1/s a chat, "
        f"{LATENCY * 1000:.0f} ms an answer\n"
    )
    print("| sender | seconds | share of 30/s | 429 | lost or doubled |\n|---|---|---|---|---|")
    for name, run in (
        ("Vigie's outbox and pacer", with_vigie),
        ("python-telegram-bot, all at once, one retry", all_at_once),
    ):
        seconds, answers, seen = await run()
        share = seen / seconds / ALLOWED
        print(f"| {name} | {seconds:.1f} | {share:.0%} | {answers[429]} | {total - seen:+d} |")


if __name__ == "__main__":
    asyncio.run(main())
