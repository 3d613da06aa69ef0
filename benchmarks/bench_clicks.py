"""How soon a click is acknowledged while 500 sources are being polled.

The real program in a process of its own, against servers that speak Telegram's and Slack's
protocols; every host of the sources is on this machine, in a third process. Each click classes a
card or takes it back, so each writes to the database the polls write to.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from feed_sites import PEOPLE, addresses, sites
from figures import table

from bot.adapters.slack import OPTIONAL_SCOPES, REQUIRED_SCOPES
from bot.core.mentions import Source
from bot.core.people import Practice, PracticeId, Practitioner, Role
from bot.core.sources import SourceKind
from bot.usecases import set_up
from tests.scenarios.program import TOKEN, Press, Program, a_house, running
from tests.servers.slack_server import SlackServer
from tests.servers.slack_state import SlackMessage
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import SentMessage

SOURCES = 500
CLICKS = 150
PAUSE = 0.1
"""Seconds between two clicks of one person."""
CARDS = 4
PRACTICE = "Cabinet des Tilleuls"
QUIET, BUSY = "nothing else going on", f"{SOURCES} sources polled meanwhile"


async def main() -> None:
    """One table: both chats, at rest and while everything is polled."""
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory(prefix="vigie-clicks-") as name, sites() as port:
        rows = await _measured(Path(name), port)
    table(
        f"Acknowledgement of a click ({CLICKS} clicks, one every {PAUSE * 1000:.0f} ms)",
        ("chat", "while", "median ms", "p99 ms", "longest ms", "sources read"),
        rows,
    )


async def _measured(folder: Path, port: int) -> list[tuple[object, ...]]:
    slack = SlackServer(
        bot_token="xoxb-clicks",  # noqa: S106 - a server of ours
        app_token="xapp-clicks",  # noqa: S106 - idem
        events={"message.im"},
        scopes=(*REQUIRED_SCOPES, *OPTIONAL_SCOPES),
    )
    async with TelegramServer(token=TOKEN) as telegram, slack, Press() as press:
        settings = {
            "VIGIE_TELEGRAM_TOKEN": TOKEN,
            "VIGIE_TELEGRAM_API_BASE": telegram.api_base,
            "VIGIE_SLACK_BOT_TOKEN": "xoxb-clicks",
            "VIGIE_SLACK_APP_TOKEN": "xapp-clicks",
            "VIGIE_SLACK_API_BASE": slack.api_base,
            "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
            "VIGIE_DATA_DIR": "data",
            "VIGIE_LOG_LEVEL": "ERROR",
        }
        for number in range(CARDS):
            press.publish(f"Article {number}", f"Claire Lefèvre, dentiste, citée {number} fois.")
        codes = await _set_up(settings, folder, press.url)
        async with running(settings, folder) as program:
            clicks = [
                await _on_telegram(telegram, program, codes[0]),
                await _on_slack(slack, codes[1]),
            ]
            rows = [(*await _clicked(*each), 0) for each in clicks]
            quiet = [(row[0], QUIET, *row[1:]) for row in rows]
            await _add_sources(settings, folder, port)
            busy = []
            for each in clicks:
                before = await _read(settings, folder)
                measured = await _clicked(*each)
                after = await _read(settings, folder)
                busy.append((measured[0], BUSY, *measured[1:], after - before))
                await _due_again(settings, folder)
            return [*quiet, *busy]


Click = Callable[[int], Awaitable[float]]


async def _clicked(chat: str, click: Click) -> tuple[object, ...]:
    taken = []
    for number in range(CLICKS):
        taken.append(1000 * await click(number))
        await asyncio.sleep(PAUSE)
    ordered = sorted(taken)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    return (chat, f"{statistics.median(taken):.0f}", f"{p99:.0f}", f"{ordered[-1]:.0f}")


async def _on_telegram(server: TelegramServer, program: Program, code: str) -> tuple[str, Click]:
    chat = server.add_private(41, "Claire")
    server.say(chat, chat.user, f"/start {code}")
    await server.wait_for(lambda: server.messages(chat), 30)
    status, said = await program.call("digest", "--now")
    assert status == 0, said

    def cards() -> list[SentMessage]:
        found = [each for each in server.messages(chat) if "Article" in each.text]
        assert len(found) == CARDS
        return found

    shown = await server.wait_for(cards, 30)

    async def click(number: int) -> float:
        card = shown[number % CARDS]
        label = "Annuler" if "Annuler" in " ".join(card.labels) else "Ignorer"
        start = time.perf_counter()
        await server.click(card, label).answer(30)
        return time.perf_counter() - start

    return "Telegram", click


async def _on_slack(server: SlackServer, code: str) -> tuple[str, Click]:
    claire = server.add_user("claire", "Claire L.")
    team = server.add_channel("cabinet", claire)
    await server.wait_for(lambda: server.socket.connections, 30)
    await server.slash(claire, team, "/vigie", code).acked()
    await server.wait_for(lambda: server.ephemerals(claire), 30)
    await server.slash(claire, team, "/vigie", "jour").acked()

    def cards() -> list[SlackMessage]:
        found = [each for each in server.messages(team) if "À traiter" in each.words]
        assert len(found) >= CARDS
        return found[:CARDS]

    shown = await server.wait_for(cards, 30)

    async def click(number: int) -> float:
        card = shown[number % CARDS]
        label = "Annuler" if "Annuler" in " ".join(card.labels) else "Ignorer"
        envelope = server.click(card, label, claire)
        await envelope.acked()
        return envelope.latency or 0.0

    return "Slack", click


async def _set_up(settings: dict[str, str], folder: Path, feed: str) -> list[str]:
    async with a_house(settings, folder) as house:
        await set_up.add_practice(house.ports, Practice(name=PRACTICE))
        for given, family in PEOPLE:
            person = Practitioner(PracticeId(0), given, family, "Dr", city="Lille")
            await set_up.add_practitioner(house.ports, PRACTICE, person)
        async with house.ports.store.write() as tx:
            (practice,) = await tx.find(Practice)
            await tx.add(_source(practice, feed, house.ports.clock.now()))
        return [await set_up.invite(house.ports, PRACTICE, Role.HOLDER) for _ in range(2)]


async def _add_sources(settings: dict[str, str], folder: Path, port: int) -> None:
    async with a_house(settings, folder) as house:
        now = house.ports.clock.now()
        async with house.ports.store.write() as tx:
            (practice,) = await tx.find(Practice)
            await tx.add_all([_source(practice, url, now) for url in addresses(port)[:SOURCES]])


async def _due_again(settings: dict[str, str], folder: Path) -> None:
    """Have every source read anew, as a first time."""
    async with a_house(settings, folder) as house:
        now = house.ports.clock.now()
        async with house.ports.store.write() as tx:
            sources = await tx.find(Source)
            anew = [replace(each.seen_anew(), next_poll_at=now, read_for=-1) for each in sources]
            await tx.save_all(anew)


async def _read(settings: dict[str, str], folder: Path) -> int:
    """How many sources have been read since they were due."""
    async with a_house(settings, folder) as house, house.ports.store.read() as tx:
        return len([each for each in await tx.find(Source) if each.succeeded_at is not None])


def _source(practice: Practice, url: str, now: datetime) -> Source:
    return Source(practice.id, url, SourceKind.FEED, 3600, now, now)


if __name__ == "__main__":
    asyncio.run(main())
