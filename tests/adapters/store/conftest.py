"""The stores under test: in memory, SQLite, and PostgreSQL if VIGIE_TEST_POSTGRES is its URL."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.adapters.store.keys import KINDS
from bot.adapters.store.memory import InMemoryStore
from bot.adapters.store.sql import SqlStore
from bot.core.people import Practice
from bot.ports import Store
from tests.adapters.store.builders import NOW, Garden, plant

POSTGRES = os.environ.get("VIGIE_TEST_POSTGRES", "")
STORES = ["memory", "sqlite", *(["postgres"] if POSTGRES else [])]


@dataclass(frozen=True, slots=True)
class Prepared:
    """SQLite files that had every migration: copied, they spare them to each test."""

    empty: Path
    planted: Path
    garden: Garden
    """What is in the planted one."""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Made once."""
    empty = tmp_path_factory.mktemp("prepared") / "empty.db"
    planted = empty.with_name("planted.db")

    async def make() -> Garden:
        async with SqlStore.open(f"sqlite+aiosqlite:///{empty}", now=NOW):
            pass
        shutil.copy(empty, planted)
        async with SqlStore.open(f"sqlite+aiosqlite:///{planted}", now=NOW) as store:
            return await _planted(store)

    return Prepared(empty, planted, asyncio.run(make()))


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path, prepared: Prepared) -> Path:
    """A SQLite file ready for use."""
    source = prepared.planted if "garden" in request.fixturenames else prepared.empty
    return Path(shutil.copy(source, tmp_path / "vigie.db"))


@pytest.fixture
def url(file: Path) -> str:
    """Its address."""
    return f"sqlite+aiosqlite:///{file}"


@asynccontextmanager
async def _emptied_postgres() -> AsyncIterator[SqlStore]:
    async with SqlStore.open(POSTGRES, now=NOW) as store:
        async with store.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT", vigie_writes=True)
            names = ", ".join(KINDS.values())
            await connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        yield store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Store]:
    """Every store there is, empty."""
    if request.param == "memory":
        yield InMemoryStore()
    elif request.param == "sqlite":
        sqlite = SqlStore(url)
        yield sqlite
        await sqlite.close()
    else:
        async with _emptied_postgres() as postgres:
            yield postgres


@pytest.fixture
async def garden(store: Store, prepared: Prepared) -> Garden:
    """One value of every kind, stored."""
    async with store.read() as tx:
        is_planted = await tx.count(Practice) > 0
    return prepared.garden if is_planted else await _planted(store)


async def _planted(store: Store) -> Garden:
    async with store.write() as tx:
        return await plant(tx)


class Worker:
    """Another process with the same database: see worker.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def hears(self, word: str) -> None:
        """Wait for a word of it."""
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode().strip()
        assert line == word, await self.complaint()

    def goes_on(self) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")

    async def complaint(self) -> str:
        """What it wrote when it failed."""
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()


@pytest.fixture
async def start_worker() -> AsyncIterator[Callable[..., Awaitable[Worker]]]:
    """Start workers; whatever happens, none outlives the test."""
    started: list[Worker] = []

    async def start(job: str, url: str, name: str = "") -> Worker:
        pipe = asyncio.subprocess.PIPE
        script = Path(__file__).with_name("worker.py")
        root = str(Path(__file__).parents[3])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, script, job, url, name),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={**os.environ, "PYTHONPATH": path},
        )
        started.append(Worker(process))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.returncode is None:
            worker.process.kill()
        await worker.process.communicate()
