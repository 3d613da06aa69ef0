"""Two hundred feeds: read, then all unchanged with validators, then unchanged without any.

The sites are in a process of their own; what is measured is this process: our use case with the
real fetcher, reader and database, beside a loop that fetches and parses, and neither matches nor
keeps anything.
"""

import asyncio
import ipaddress
import logging
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp
import feedparser
from figures import table

from bot.adapters.fetch import AiohttpFetcher
from bot.app import open_house
from bot.config import Settings
from bot.core.mentions import Mention, Source
from bot.core.people import Practice, PracticeId, Practitioner
from bot.core.sources import SourceKind
from bot.ports import Ports
from bot.usecases import poll_sources, set_up
from tests.servers.web import Answer, Names, Web

FEEDS, ENTRIES, HOSTS = 200, 20, 50
RUNS = 3
TICK = 0.005
SETS = ("tagged", "plain")
PHASES = (
    ("first poll", "tagged"),
    ("all 304", "tagged"),
    ("first poll, no validators", "plain"),
    ("unchanged, no validators", "plain"),
)
PEOPLE = [
    ("Claire", "Lefèvre"),
    ("Jean-Marc", "Delattre"),
    ("Aïcha", "Benali"),
    ("Paul", "Vandenbroucke"),
    ("Sophie", "Marchand"),
]
WORDS = [
    "cabinet",
    "patient",
    "rendez-vous",
    "avis",
    "dentiste",
    "soins",
    "Lille",
    "région",
    "santé",
    "journal",
    "article",
    "hier",
    "aujourd’hui",
    "professionnel",
    "accueil",
    "urgence",
    "qualité",
    "conseil",
    "enquête",
    "témoignage",
    "métropole",
]


def feed(number: int) -> bytes:
    """An Atom feed of 20 entries, about 17 kB, two of which name somebody."""
    chance = random.Random(number)  # noqa: S311 - figures, not secrets
    entries = []
    for place in range(ENTRIES):
        words = chance.choices(WORDS, k=60)
        if place % 10 == 0:
            words[5:5] = ["le Dr", *chance.choice(PEOPLE)]
        said = " ".join(words)
        address = f"https://presse.example/{number}/{place}"
        entries.append(
            f"<entry><id>tag:presse.example,2026:{number}/{place}</id>"
            f"<title type='html'>Article {number}-{place} : {' '.join(words[10:16])}</title>"
            f"<link href='https://www.google.example/url?rct=j&amp;sa=t&amp;url={address}&amp;ct=ga'/>"
            "<published>2026-11-22T10:00:00Z</published><updated>2026-11-22T10:00:00Z</updated>"
            f"<content type='html'>&lt;b&gt;{said[:40]}&lt;/b&gt;{said[40:]}</content>"
            "<author><name/></author></entry>"
        )
    return (
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'>"
        f"<id>tag:presse.example,2026:{number}</id><title>Alerte {number}</title>"
        f"<updated>2026-11-22T10:00:00Z</updated>{''.join(entries)}</feed>"
    ).encode()


async def serve() -> None:
    """The sites, in a process of their own, until its input ends."""
    async with Web() as sites:
        for number in range(FEEDS):
            body = feed(number)
            sites.answers[f"/plain/{number}"] = Answer(body)
            sites.answers[f"/tagged/{number}"] = Answer(body, headers={"ETag": f'"{number}"'})
        print(sites.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def sites() -> AsyncIterator[int]:
    """The port where the sites answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "--serve"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(await asyncio.wait_for(process.stdout.readline(), 30))
    finally:
        process.stdin.close()
        await process.wait()


def names() -> Names:
    """Fifty names for this machine, so that each site has its own turn."""
    return Names(**{f"site{number}_test": ["127.0.0.1"] for number in range(HOSTS)})


def addresses(kind: str, port: int) -> list[str]:
    """Where one set of feeds is."""
    return [f"http://site{number % HOSTS}.test:{port}/{kind}/{number}" for number in range(FEEDS)]


@dataclass(frozen=True)
class Figure:
    """What one phase took."""

    wall: float
    cpu: float
    lag_p99: float
    lag_max: float


async def measured(work: Callable[[], Awaitable[object]]) -> Figure:
    """Seconds, of processor too, and how late a 5 ms tick is meanwhile."""
    lags = [0.0]

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            lags.append(time.perf_counter() - before - TICK)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    await asyncio.sleep(TICK)  # a tick kept waiting until the end is counted
    ticking.cancel()
    lags.sort()
    return Figure(wall, cpu, lags[int((len(lags) - 1) * 0.99)], lags[-1])


async def ours(port: int) -> list[Figure]:
    """Each phase through the use case, on a new database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(data_dir=Path(folder))
        allowed = [ipaddress.IPv4Network("127.0.0.0/8")]
        async with (
            open_house(settings) as house,
            AiohttpFetcher(allow_nets=allowed, resolver=names()) as fetcher,
        ):
            ports = replace(house.ports, fetcher=fetcher)
            practices = {kind: await practice(ports, kind, port) for kind in SETS}
            return [await phase(ports, practices[kind], title) for title, kind in PHASES]


async def practice(ports: Ports, kind: str, port: int) -> PracticeId:
    """A practice that watches five people in one set of feeds."""
    made = await set_up.add_practice(ports, Practice(name=kind))
    for given, family in PEOPLE:
        person = Practitioner(made.id, given, family, "Dr", city="Lille")
        await set_up.add_practitioner(ports, kind, person)
    now = ports.clock.now()
    async with ports.store.write() as tx:
        for url in addresses(kind, port):
            added_at = now - timedelta(days=1)
            await tx.add(Source(made.id, url, SourceKind.FEED, 900, now, added_at))
    return made.id


async def phase(ports: Ports, made: PracticeId, title: str) -> Figure:
    """One poll of one set, checked."""
    due = await poll_sources.due_sources(ports, made)
    polled: list[poll_sources.Polled] = []

    async def work() -> None:
        polled.extend(await poll_sources.poll(ports, due))

    figure = await measured(work)
    assert len(polled) == FEEDS
    assert not [each.problem for each in polled if each.problem]
    is_first = title.startswith("first")
    assert sum(each.entries for each in polled) == (FEEDS * ENTRIES if is_first else 0)
    async with ports.store.read() as tx:
        kept = await tx.count(Mention)
    assert kept >= FEEDS
    return figure


async def naive(port: int) -> list[Figure]:
    """Each phase by fetching and parsing everything, every time."""
    connector = aiohttp.TCPConnector(resolver=names(), limit=100)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(url: str) -> None:
            async with session.get(url) as response:
                assert len(feedparser.parse(await response.read()).entries) == ENTRIES

        async def work(urls: Sequence[str]) -> None:
            await asyncio.gather(*map(one, urls))

        return [await measured(lambda k=kind: work(addresses(k, port))) for _, kind in PHASES]


def median(figures: Sequence[Figure]) -> Figure:
    """The middle of each column."""
    return Figure(
        *(
            statistics.median(getattr(each, name) for each in figures)
            for name in ("wall", "cpu", "lag_p99", "lag_max")
        )
    )


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure, for the table."""
    lags = f"{figure.lag_p99 * 1000:.0f} / {figure.lag_max * 1000:.0f}"
    return (f"{figure.wall:.2f}", f"{figure.cpu:.2f}", lags)


async def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    runs: list[tuple[list[Figure], list[Figure]]] = []
    async with sites() as port:
        for _ in range(RUNS):
            runs.append((await ours(port), await naive(port)))  # noqa: PERF401 - one at a time
    rows = []
    for place, (title, _) in enumerate(PHASES):
        vigie = median([mine[place] for mine, _ in runs])
        peer = median([other[place] for _, other in runs])
        rows.append(
            (
                title,
                *cells(vigie),
                *cells(peer),
                f"x{peer.wall / vigie.wall:.1f}",
                f"x{peer.cpu / vigie.cpu:.1f}",
            )
        )
    table(
        f"Polling {FEEDS} feeds of {ENTRIES} entries, {len(feed(0)) // 1000} kB, on {HOSTS} hosts "
        f"(medians of {RUNS}; the sites' processor time is not counted)",
        (
            "phase",
            *("Vigie wall s", "CPU s", "loop lag p99 / max ms"),
            *("aiohttp + feedparser wall s", "CPU s", "loop lag p99 / max ms"),
            *("wall ratio", "CPU ratio"),
        ),
        rows,
    )


if __name__ == "__main__":
    asyncio.run(serve() if "--serve" in sys.argv else main())
