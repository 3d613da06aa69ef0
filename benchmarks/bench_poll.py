"""Two thousand feeds, some slow, some failing, beside lemon24/reader on the same server.

The sites are in a process of their own, each client in another; what is measured is the client:
our poller with the real fetcher, readers and database (and the rest of the bot imported), beside
``reader.update_feeds(workers=32, scheduled=False)``. Reader keeps every entry; Vigie matches every
entry against five people and keeps those that name them.
"""

import asyncio
import contextlib
import ipaddress
import json
import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from feed_sites import FEEDS, HOSTS, PEOPLE, PHASES, addresses, sites, turn
from figures import table

if TYPE_CHECKING:  # a client that is not ours does without
    from bot.core.people import PracticeId
    from bot.ports import Ports
    from bot.usecases.poll_sources import Poller

RUNS = 1
TICK = 0.005


# --- the clients --------------------------------------------------------------------------------


def peak() -> float:
    """The most memory this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def ours(port: int) -> list[Mapping[str, float]]:
    """Every phase through the poller, on a new database."""
    import slack_bolt.app.async_app  # noqa: PLC0415 - the whole bot is weighed
    import telegram.ext  # noqa: F401, PLC0415

    from bot.app import open_house  # noqa: PLC0415
    from bot.config import Settings  # noqa: PLC0415
    from bot.usecases.poll_sources import Poller  # noqa: PLC0415

    assert slack_bolt
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(
            data_dir=Path(folder), fetch_allow_nets=(ipaddress.IPv4Network("127.0.0.0/8"),)
        )
        async with open_house(settings) as house:
            home = await practice(house.ports, port)
            poller = Poller(house.ports)
            figures = [
                await phase(poller, house.ports, home, port, number)
                for number in range(len(PHASES))
            ]
            await poller.stop()
    return figures


async def practice(ports: "Ports", port: int) -> "PracticeId":
    """A practice that watches five people in every feed."""
    from bot.core.mentions import Source  # noqa: PLC0415
    from bot.core.people import Practice, Practitioner  # noqa: PLC0415
    from bot.core.sources import SourceKind  # noqa: PLC0415
    from bot.usecases import set_up  # noqa: PLC0415

    home = await set_up.add_practice(ports, Practice(name="Cabinet"))
    for given, family in PEOPLE:
        person = Practitioner(home.id, given, family, "Dr", city="Lille")
        await set_up.add_practitioner(ports, home.name, person)
    now = ports.clock.now()
    watched = [Source(home.id, url, SourceKind.FEED, 900, now, now) for url in addresses(port)]
    async with ports.store.write() as tx:
        await tx.add_all(watched)
    return home.id


async def phase(
    poller: "Poller", ports: "Ports", home: "PracticeId", port: int, number: int
) -> Mapping[str, float]:
    """One round of everything."""
    from bot.usecases.poll_sources import due_sources  # noqa: PLC0415

    turn(port, number)
    due = await due_sources(ports, home)
    async with lag() as late:
        wall, cpu = time.perf_counter(), time.process_time()
        polled = await poller.poll(due)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert len(polled) == FEEDS
    read = sum(each.entries for each in polled)
    return {"wall": wall, "cpu": cpu, "peak": peak(), "new": read, **late}


@contextlib.asynccontextmanager
async def lag() -> AsyncIterator[dict[str, float]]:
    """How late a 5 ms tick is meanwhile, in milliseconds."""
    lags = [0.0]
    told: dict[str, float] = {}

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            lags.append((time.perf_counter() - before - TICK) * 1000)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    try:
        yield told
    finally:
        await asyncio.sleep(TICK)
        ticking.cancel()
        lags.sort()
        told.update(p99=lags[int((len(lags) - 1) * 0.99)], max=lags[-1])


def theirs(port: int) -> list[Mapping[str, float]]:
    """Every phase through reader, on a new database."""
    from reader import make_reader  # noqa: PLC0415 - only where it is compared with

    figures = []
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(make_reader(f"{folder}/reader.sqlite")) as reader,
    ):
        for url in addresses(port):
            reader.add_feed(url)
        for number in range(len(PHASES)):
            turn(port, number)
            wall, cpu = time.perf_counter(), time.process_time()
            reader.update_feeds(workers=32, scheduled=False)
            figures.append(
                {
                    "wall": time.perf_counter() - wall,
                    "cpu": time.process_time() - cpu,
                    "peak": peak(),
                    "new": reader.get_entry_counts().total,
                }
            )
    return figures


def client(name: str, port: int) -> list[dict[str, float]]:
    """What one client measured, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - ourselves
        (sys.executable, __file__, name, str(port)), stdout=subprocess.PIPE, check=True
    )
    said: list[dict[str, float]] = json.loads(done.stdout)
    return said


def main() -> None:
    """Print the table."""
    mine, others = [], []
    for _ in range(RUNS):
        with sites() as port:
            mine.append(client("ours", port))
        with sites() as port:
            others.append(client("theirs", port))
    rows = []
    for place, phase in enumerate(PHASES):
        vigie, peer = (
            {name: statistics.median(run[place][name] for run in runs) for name in runs[0][place]}
            for runs in (mine, others)
        )
        rows.append(
            (
                phase.title,
                f"{vigie['wall']:.1f}",
                f"{vigie['cpu']:.2f}",
                f"{vigie['p99']:.0f} / {vigie['max']:.0f}",
                f"{vigie['peak']:.0f}",
                f"{peer['wall']:.1f}",
                f"{peer['cpu']:.2f}",
                f"{peer['peak']:.0f}",
                f"x{peer['wall'] / vigie['wall']:.1f}",
                f"x{peer['cpu'] / vigie['cpu']:.1f}",
            )
        )
    table(
        f"Polling {FEEDS:,} feeds on {HOSTS} hosts (85 % of 20 entries, 15 % of 50; 1 % take 2 s, "
        f"2 % fail, 0.5 % are gone; medians of {RUNS}; the sites' processor time is not counted)",
        (
            "phase",
            *("Vigie wall s", "CPU s", "loop lag p99 / max ms", "peak MB"),
            *("reader wall s", "CPU s", "peak MB"),
            *("wall ratio", "CPU ratio"),
        ),
        rows,
    )


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    match sys.argv[1:]:
        case ["ours", port]:
            json.dump(asyncio.run(ours(int(port))), sys.stdout)
        case ["theirs", port]:
            json.dump(theirs(int(port)), sys.stdout)
        case _:
            main()
