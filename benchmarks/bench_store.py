"""Storing mentions: batches through our store, beside SQLModel objects and raw sqlite3.

Then four processes that write one file, and the whole path of a new mention (what is known of its
keys, the mention, its identities) as the file grows.
"""

import asyncio
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import table
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.adapters.lawbook import load_alarm_words
from bot.adapters.store.convert import row_of
from bot.adapters.store.migrate import migrate
from bot.adapters.store.sql import PATIENCE, SqlStore
from bot.adapters.store.tables import MentionRow
from bot.core import mentions
from bot.core.mentions import Identity, Mention, MentionId, Source, SourceId
from bot.core.people import Practice, PracticeId, Practitioner, PractitionerId
from bot.core.sources import Entry, SourceKind
from bot.ports import among
from bot.usecases.register_mentions import Found, Register, Windows

ROWS, BATCH, RUNS = 20_000, 100, 3
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WRITERS, TURNS = 4, 100
ALARMS = load_alarm_words(Path(__file__).resolve().parents[1] / "templates")
SIZES = (10_000, 100_000, 1_000_000)


def mention(number: int) -> Mention:
    """One mention-like row."""
    words = f"Le Dr Claire Lefèvre, article numéro {number}, " + "à Lille, hier, " * 12
    return Mention(
        practice_id=PracticeId(1),
        practitioner_id=PractitionerId(1),
        source_id=SourceId(1),
        url=f"https://presse.example/articles/{number}",
        title=words[:60],
        text=words,
        outlet="presse.example",
        fingerprint=f"{number:032x}",
        seen_at=NOW,
        published_at=NOW,
        title_spans=((3, 20),),
        text_spans=((3, 20),),
        evidence=(("exact_name", "Claire Lefèvre"), ("city", "Lille")),
    )


async def begun(folder: str) -> SqlStore:
    """A store with what a mention refers to."""
    url = f"sqlite+aiosqlite:///{folder}/vigie.db"
    await migrate(url, now=NOW, patience=PATIENCE)
    store = SqlStore(url)
    async with store.write() as tx:
        home = await tx.add(Practice("Cabinet"))
        await tx.add(Practitioner(home.id, "Claire", "Lefèvre"))
        await tx.add(Source(home.id, "https://presse.example/rss", SourceKind.FEED, 900, NOW, NOW))
    return store


async def ours(folder: str, rows: list[Mention]) -> float:
    """Seconds through ``add_all``."""
    store = await begun(folder)
    start = time.perf_counter()
    for at in range(0, len(rows), BATCH):
        async with store.write() as tx:
            await tx.add_all(rows[at : at + BATCH])
    took = time.perf_counter() - start
    await store.close()
    return took


async def sqlmodel(folder: str, rows: list[Mention]) -> float:
    """Seconds through ``add_all`` of SQLModel objects."""
    await (await begun(folder)).close()
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/vigie.db")
    plain = [row_of(row) | {"id": None} for row in rows]
    start = time.perf_counter()
    for at in range(0, len(plain), BATCH):
        async with AsyncSession(engine) as session:
            session.add_all([MentionRow(**row) for row in plain[at : at + BATCH]])
            await session.commit()
    took = time.perf_counter() - start
    await engine.dispose()
    return took


async def raw(folder: str, rows: list[Mention]) -> float:
    """Seconds through sqlite3 itself, inline, everything bound as text beforehand."""
    await (await begun(folder)).close()
    plain = [
        tuple(
            value if value is None or isinstance(value, int | float) else str(value)
            for name, value in row_of(row).items()
            if name != "id"
        )
        for row in rows
    ]
    names = [name for name in row_of(rows[0]) if name != "id"]
    with sqlite3.connect(f"{folder}/vigie.db", isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        marks = ", ".join("?" * len(names))
        insert = f"INSERT INTO mentions ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - ours
        start = time.perf_counter()
        for at in range(0, len(plain), BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, plain[at : at + BATCH])
            connection.execute("COMMIT")
        took = time.perf_counter() - start
    connection.close()
    return took


Way = Callable[[str, list[Mention]], Awaitable[float]]


async def timed(way: Way, rows: list[Mention]) -> float:
    """Rows a second, the median of a few runs, each on a new file."""
    figures = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            figures.append(len(rows) / await way(folder, rows))
    return statistics.median(figures)


async def writer(folder: str) -> None:
    """One of several processes that write the same file; prints what each turn took."""
    store = SqlStore(f"sqlite+aiosqlite:///{folder}/vigie.db")
    chance = random.Random()  # noqa: S311 - figures, not secrets
    for _ in range(TURNS):
        start = time.perf_counter()
        async with store.write() as tx:
            await tx.add_all([mention(chance.getrandbits(60)) for _ in range(BATCH)])
        print(time.perf_counter() - start)
    await store.close()


async def together() -> tuple[int, float]:
    """How many rows four processes wrote, and the 99th percentile of a turn in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        await (await begun(folder)).close()
        program = (sys.executable, __file__, "writer", folder)
        running = [
            subprocess.Popen(program, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220, S603
            for _ in range(WRITERS)
        ]
        turns = sorted(float(line) for each in running for line in each.communicate()[0].split())
        assert all(each.returncode == 0 for each in running), "a writer failed"
        store = SqlStore(f"sqlite+aiosqlite:///{folder}/vigie.db")
        async with store.read() as tx:
            rows = await tx.count(Mention)
        await store.close()
    return rows, turns[int(len(turns) * 0.99)] * 1000


async def path(store: SqlStore, source: Source, first: int) -> float:
    """Microseconds a new mention, in batches of 50, through what the poller does."""
    from bot.core.names import Evidence, EvidenceKind, Match, Zone  # noqa: PLC0415

    match = Match(1, Zone.SURE, 1.0, (Evidence(EvidenceKind.EXACT_NAME, "Claire Lefèvre", 85),))
    windows = Windows()
    figures = []
    for at in range(first, first + 1_000, 50):
        entries = [
            Entry(f"g{n}", f"https://autre.example/{n}", f"Sujet {n} {n * 7}", f"{n} " * 40, NOW)
            for n in range(at, at + 50)
        ]
        keys = mentions.keys_of(source, entries)
        found = [
            (source, Found(entry, key, match)) for entry, key in zip(entries, keys, strict=True)
        ]
        start = time.perf_counter()
        async with store.write() as tx:
            await Register(tx, windows, ALARMS, NOW).note(found)
        figures.append((time.perf_counter() - start) / 50 * 1e6)
    return statistics.median(figures)


async def growing() -> list[tuple[str, str]]:
    """The whole path at each size: those stored before are other people's."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store = await begun(folder)
        async with store.write() as tx:
            await tx.add(Practitioner(PracticeId(1), "Paul", "Martin"))
            (source,) = await tx.find(Source)
        stored = 0
        for size in SIZES:
            while stored < size:
                await fill(store, stored, min(5_000, size - stored))
                stored += min(5_000, size - stored)
            rows.append((f"{size:,}", f"{await path(store, source, 10_000_000 + size):.0f}"))
        await store.close()
    return rows


async def fill(store: SqlStore, first: int, count: int) -> None:
    """Store mentions of somebody else, with their identities."""
    other = PractitionerId(2)
    batch = [mention(number) for number in range(first, first + count)]
    async with store.write() as tx:
        added = await tx.add_all(
            [Mention(**{**_fields(each), "practitioner_id": other}) for each in batch]
        )
        await tx.add_all(
            [
                Identity(other, f"{kind}:{each.fingerprint}", MentionId(each.id))
                for each in added
                for kind in ("guid", "url", "fingerprint")
            ]
        )
        assert not await tx.find(Identity, among("key", ["nothing"]))


def _fields(value: Mention) -> dict[str, object]:
    return {name: getattr(value, name) for name in Mention.__slots__ if name != "id"}


async def main() -> None:
    """Print the tables."""
    rows = [mention(number) for number in range(ROWS)]
    mine, peer, floor = [await timed(way, rows) for way in (ours, sqlmodel, raw)]
    table(
        f"Storing {ROWS:,} mentions in batches of {BATCH} (SQLite, WAL; medians of {RUNS})",
        ("what", "rows a second", "beside SQLModel", "beside raw sqlite3"),
        [
            ("our `add_all`", f"{mine:,.0f}", f"x{mine / peer:.1f}", f"1/{floor / mine:.1f}"),
            ("SQLModel `add_all`", f"{peer:,.0f}", "x1", f"1/{floor / peer:.1f}"),
            ("raw sqlite3, inline", f"{floor:,.0f}", f"x{floor / peer:.1f}", "1"),
        ],
    )  # fmt: skip
    wrote, p99 = await together()
    table(
        f"{WRITERS} processes, {TURNS} transactions of {BATCH} rows each, one file",
        ("rows written", "of", "refused", "a turn, p99 ms"),
        [(f"{wrote:,}", f"{WRITERS * TURNS * BATCH:,}", 0, f"{p99:.0f}")],
    )
    table(
        "The whole path of a new mention, in batches of 50",
        ("mentions stored", "µs a mention"),
        await growing(),
    )


if __name__ == "__main__":
    asyncio.run(writer(sys.argv[2]) if sys.argv[1:2] == ["writer"] else main())
