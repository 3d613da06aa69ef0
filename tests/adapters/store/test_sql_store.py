"""What only a database can do: wait, fill up, be killed; and what its schema must be."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis.strategies import datetimes, timezones
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Time,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import TypeEngine

from bot.adapters.store.convert import codec, stored_fields
from bot.adapters.store.keys import KINDS, UNIQUE, references
from bot.adapters.store.migrate import copy_sqlite
from bot.adapters.store.sql import SqlStore
from bot.adapters.store.tables import TABLES, CodePoints, Tuples, UtcDateTime
from bot.core.cases import CaseDeadline, Reminder
from bot.core.errors import Outage
from bot.core.mentions import Identity, Mention, MentionState, Source
from bot.core.outbox import Display, Subject
from bot.core.people import Member, Practice
from bot.ports import Store, Where, among, eq, le, null
from tests.adapters.store.builders import NOW, TODAY
from tests.adapters.store.conftest import POSTGRES, Worker

IMPATIENT = 0.05
Start = Callable[..., Awaitable[Worker]]


@contextmanager
def somebody_else_writing(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def add_many(store: SqlStore, *, swallow: type[BaseException] | tuple[()] = ()) -> None:
    async with store.write() as tx:
        for number in range(2_000):
            try:
                await tx.add(Practice(f"{number}", timezone="x" * 2_000))
            except swallow:
                continue


async def count(store: Store) -> int:
    async with store.read() as tx:
        return await tx.count(Practice)


def sqlite_threads() -> set[threading.Thread]:
    """Those aiosqlite has at work."""
    return {each for each in threading.enumerate() if "_connection_worker" in each.name}


def modes_in(folder: Path) -> dict[str, int]:
    """Who may do what with each file."""
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


class TestSettings:
    @pytest.mark.parametrize(
        ("pragma", "expected"),
        [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1), ("busy_timeout", 5000)],
    )
    async def test_sqlite_is_set_up_as_it_should(
        self, url: str, pragma: str, expected: object
    ) -> None:
        async with SqlStore.open(url, now=NOW) as store, store.engine.connect() as connection:
            found = await connection.exec_driver_sql(f"PRAGMA {pragma}")
            assert found.scalar() == expected

    @pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
    async def test_memory_is_for_the_other_store(self, url: str) -> None:
        with pytest.raises(ValueError, match="InMemoryStore"):
            SqlStore(url)

    async def test_a_closed_store_leaves_no_thread_and_no_journal(
        self, url: str, file: Path
    ) -> None:
        before = sqlite_threads()
        async with SqlStore.open(url, now=NOW) as store:
            await asyncio.gather(*(count(store) for _ in range(8)))
            assert sqlite_threads() > before
        assert sqlite_threads() == before
        assert [each.name for each in file.parent.iterdir()] == [file.name]

    async def test_every_file_is_for_its_owner_only(self, tmp_path: Path) -> None:
        umask = os.umask(0)
        try:
            async with SqlStore.open(
                f"sqlite+aiosqlite:///{tmp_path / 'vigie.db'}", now=NOW
            ) as store:
                async with store.write() as tx:
                    await tx.add(Practice("a"))
                copy_sqlite(tmp_path / "vigie.db", tmp_path / "copy.db")
                modes = modes_in(tmp_path)
        finally:
            os.umask(umask)
        names = ("vigie.db", "vigie.db-wal", "vigie.db-shm", "copy.db")
        assert modes == dict.fromkeys(names, 0o600)


class TestOutages:
    async def test_a_locked_database_is_an_outage(self, url: str, file: Path) -> None:
        async with SqlStore.open(url, now=NOW, patience=IMPATIENT) as store:
            with somebody_else_writing(file):
                with pytest.raises(Outage, match="locked") as caught:
                    await add_many(store)
                assert isinstance(caught.value.__cause__, OperationalError)
                assert await count(store) == 0  # readers do not wait
            async with store.write() as tx:
                await tx.add(Practice("then"))
            assert await count(store) == 1

    async def test_a_writer_waits_for_another_process(self, url: str, file: Path) -> None:
        async with SqlStore.open(url, now=NOW) as store:

            async def write() -> None:
                async with store.write() as tx:
                    await tx.add(Practice("a"))

            with somebody_else_writing(file):
                task = asyncio.create_task(write())
                assert await count(store) == 0
            await task
            assert await count(store) == 1

    async def test_a_writer_cancelled_while_it_waits_leaves_no_lock(
        self, url: str, file: Path
    ) -> None:
        async with SqlStore.open(url, now=NOW) as store:
            asked = asyncio.Event()

            @event.listens_for(store.engine.sync_engine, "before_cursor_execute")
            def executing(*arguments: Any) -> None:
                if arguments[2] == "BEGIN IMMEDIATE":
                    asked.set()

            with somebody_else_writing(file):
                task = asyncio.create_task(add_many(store))
                await asked.wait()
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await count(store) == 0
            async with store.write() as tx:
                await tx.add(Practice("then"))
            assert await count(store) == 1

    @pytest.mark.parametrize("swallow", [(), Outage], ids=["told", "hidden"])
    async def test_a_full_disk_is_an_outage_and_nothing_is_half_written(
        self, url: str, swallow: type[BaseException] | tuple[()]
    ) -> None:
        store = SqlStore(url)

        @event.listens_for(store.engine.sync_engine, "connect")
        def connected(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA page_count")
            (pages,) = cursor.fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages + 20}")
            cursor.close()

        with pytest.raises(Outage, match="full"):
            await add_many(store, swallow=swallow)
        assert await count(store) == 0
        async with store.write() as tx:
            await tx.add(Practice("then"))
        assert await count(store) == 1
        await store.close()

    async def test_a_read_only_database_is_an_outage(self, url: str) -> None:
        store = SqlStore(url)

        @event.listens_for(store.engine.sync_engine, "connect")
        def connected(connection: Any, _record: object) -> None:
            connection.cursor().execute("PRAGMA query_only = 1")

        with pytest.raises(Outage, match="readonly"):
            await add_many(store)
        await store.close()

    async def test_a_database_out_of_reach_is_an_outage(self, tmp_path: Path) -> None:
        url = f"sqlite+aiosqlite:///{tmp_path / 'missing' / 'vigie.db'}"
        with pytest.raises(Outage, match="unable to open"):
            async with SqlStore.open(url, now=NOW):
                pass

    async def test_what_is_no_database_is_an_outage(self, url: str, file: Path) -> None:
        shutil.copy(__file__, file)
        before = sqlite_threads()
        with pytest.raises(Outage, match="not a database"):
            async with SqlStore.open(url, now=NOW):
                pass
        assert sqlite_threads() == before

    async def test_a_mistake_is_not_an_outage(self, url: str, file: Path) -> None:
        with closing(sqlite3.connect(file)) as other:
            other.execute("DROP TABLE displays")
        async with SqlStore.open(url, now=NOW) as store, store.read() as tx:
            with pytest.raises(OperationalError, match="no such table"):
                await tx.find(Display)

    @pytest.mark.skipif(not POSTGRES, reason="VIGIE_TEST_POSTGRES is not set")
    async def test_postgresql_waits_no_longer_than_it_should(self) -> None:
        async with (
            SqlStore.open(POSTGRES, now=NOW, patience=IMPATIENT) as store,
            SqlStore.open(POSTGRES, now=NOW) as other,
            other.write(),
        ):
            with pytest.raises(Outage, match="lock timeout"):
                await add_many(store)


class TestProcesses:
    async def test_four_processes_write_at_once(self, url: str, start_worker: Start) -> None:
        workers = [await start_worker("write", url, f"worker {number}") for number in range(4)]
        for worker in workers:
            await worker.hears("ready")
        for worker in workers:
            worker.goes_on()
        for worker in workers:
            await worker.hears("done")
        async with SqlStore.open(url, now=NOW) as store, store.read() as tx:
            found = await tx.find(Practice)
        seen = [int(practice.name.rsplit(" ", 1)[1]) for practice in found]
        assert seen == list(range(160))  # each saw exactly what the others had committed

    async def test_a_killed_process_leaves_nothing(
        self, url: str, file: Path, start_worker: Start
    ) -> None:
        worker = await start_worker("hang", url)
        await worker.hears("ready")
        assert worker.process.pid is not None
        os.kill(worker.process.pid, signal.SIGKILL)
        await worker.process.wait()
        assert worker.process.returncode == -signal.SIGKILL
        async with SqlStore.open(url, now=NOW) as store:
            assert await count(store) == 0
            async with store.write() as tx:
                await tx.add(Practice("then"))
        with closing(sqlite3.connect(file)) as other:
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)


FITTING: dict[type, type[TypeEngine[Any]]] = {
    str: CodePoints,
    bytes: LargeBinary,
    bool: Boolean,
    int: Integer,
    float: Float,
    datetime: UtcDateTime,
    date: Date,
    time: Time,
    tuple: Tuples,
}


class TestSchema:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    def test_columns_are_the_fields(self, kind: type) -> None:
        columns = {
            column.name: (type(column.type), column.nullable) for column in TABLES[kind].columns
        }
        assert columns == {
            field.name: (FITTING[field.codec.plain], field.codec.is_nullable)
            for field in stored_fields(kind)
        }

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    def test_unique_keys_are_those_declared(self, kind: type) -> None:
        found = [
            tuple(column.name for column in constraint.columns)
            for constraint in TABLES[kind].constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        assert found == ([UNIQUE[kind]] if kind in UNIQUE else [])
        assert not any(index.unique for index in TABLES[kind].indexes)

    def test_the_database_has_them_too(self, file: Path) -> None:
        engine = create_engine(f"sqlite:///{file}")
        found = inspect(engine)
        for kind, name in KINDS.items():
            keys = [tuple(key["column_names"]) for key in found.get_unique_constraints(name)]
            assert keys == ([UNIQUE[kind]] if kind in UNIQUE else [])
            assert {
                key["constrained_columns"][0]: key["referred_table"]
                for key in found.get_foreign_keys(name)
            } == {field: KINDS[target] for field, target in references(kind).items()}
        engine.dispose()

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    def test_removing_something_searches_no_whole_table(self, kind: type) -> None:
        table = TABLES[kind]
        led = {UNIQUE[kind][0]} if kind in UNIQUE else set()
        led |= {next(iter(index.columns)).name for index in table.indexes}
        # Members are not removed one by one: they leave, and what they did stays.
        wanted = {name for name, target in references(kind).items() if target is not Member}
        assert wanted - led == set()

    @pytest.mark.parametrize(
        ("kind", "wheres", "order", "index"),
        [
            (Practice, [le("next_digest_at", NOW)], "id", "ix_practices_next_digest_at"),
            (
                Source,
                [le("next_poll_at", NOW), eq("is_removed", value=False)],
                "id",
                "ix_sources_to_poll",
            ),
            (
                Reminder,
                [null("sent_at"), eq("is_superseded", value=False), le("remind_at", NOW)],
                "id",
                "ix_reminders_to_send",
            ),
            (
                Display,
                [eq("is_due", value=True), le("not_before", NOW)],
                "id",
                "ix_displays_due",
            ),
            (
                Display,
                [eq("channel_id", 1), eq("is_due", value=True)],
                "id",
                "ix_displays_due_in_channel",
            ),
            (
                Display,
                [eq("subject", Subject.MENTION), among("subject_id", [1, 2])],
                "id",
                "ix_displays_subject_subject_id",
            ),
            (
                Mention,
                [eq("practice_id", 1), eq("state", MentionState.NEW)],
                "id",
                "ix_mentions_practice_id_state",
            ),
            (
                Identity,
                [eq("practitioner_id", 1), among("key", ["a", "b"])],
                "id",
                "sqlite_autoindex_identities_1",
            ),
            (
                CaseDeadline,
                [among("practice_id", [1]), le("bites_on", TODAY)],
                "bites_on",
                "ix_case_deadlines_practice_id_bites_on",
            ),
        ],
        ids=lambda each: each if isinstance(each, str) else "",
    )
    async def test_what_is_asked_all_the_time_has_an_index(
        self, url: str, file: Path, kind: type, wheres: list[Where], order: str, index: str
    ) -> None:
        asked: list[tuple[str, Any]] = []
        async with SqlStore.open(url, now=NOW) as store:

            @event.listens_for(store.engine.sync_engine, "before_cursor_execute")
            def executing(*arguments: Any) -> None:
                asked.append((arguments[2], arguments[3]))

            async with store.read() as tx:
                await tx.find(kind, *wheres, order=order)
        with closing(sqlite3.connect(file)) as other:
            statement, parameters = asked[-1]
            plan = other.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        assert any(f"INDEX {index} " in step[-1] for step in plan), plan


@pytest.mark.parametrize(
    "annotation", [list[int], int | str, int | str | None, dict[str, int], tuple[date, ...]]
)
def test_a_field_of_another_type_is_refused_at_once(annotation: Any) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        codec(annotation)


def test_a_column_of_moments_refuses_what_has_no_offset() -> None:
    column = UtcDateTime()
    with pytest.raises(ValueError, match="aware"):
        column.process_bind_param(datetime(2026, 11, 23), dialect())
    assert (
        column.process_bind_param(NOW.astimezone(timezone(timedelta(hours=9))), dialect()) == NOW
    )
    assert column.process_result_value(NOW.replace(tzinfo=None), dialect()) == NOW


@given(datetimes(timezones=timezones()))
def test_a_moment_is_written_as_sqlalchemy_writes_it(moment: datetime) -> None:
    here = dialect()
    ours, theirs = (
        kind.dialect_impl(here).bind_processor(here) for kind in (UtcDateTime(), DateTime())
    )
    assert ours is not None
    assert theirs is not None
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        reject()
    assert ours(moment) == theirs(in_utc)
