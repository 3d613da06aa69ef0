"""How a database is opened, and which of its errors are an Outage.

SQLite: WAL, foreign keys, and every transaction begun by us, as SQLAlchemy advises ("Serializable
isolation / Savepoints / Transactional DDL"): a reader with BEGIN, a writer with BEGIN IMMEDIATE,
because a reader that becomes a writer is refused without any wait. PostgreSQL: a reader has one
snapshot, writers take turns on an advisory lock, which gives them the same promise.
"""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import Outage

SQLITE = "sqlite"
WRITES = "vigie_writes"
"""The execution option that makes a transaction the writer's."""
_TRIES = 10
_ADVISORY_LOCK = 0x56494749  # "VIGI"
_SQLITE_OUTAGES = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_LOCKED",
    "SQLITE_NOMEM",
    "SQLITE_NOTADB",
    "SQLITE_PERM",
    "SQLITE_PROTOCOL",
    "SQLITE_READONLY",
)
_POSTGRESQL_OUTAGES = ("08", "25006", "40", "53", "55P03", "57P", "58")
"""Beginnings of SQLSTATE: connection, read-only, conflict, resources, lock, operator, system."""


class Database:
    """An open database: its connections, and the threads aiosqlite gave them."""

    def __init__(self, url: str, *, patience: float, foreign_keys: bool = True) -> None:
        """Nothing is connected yet.

        Args:
            url: ``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``.
            patience: seconds to wait for another process's write.
            foreign_keys: off while a migration rebuilds tables.
        """
        parsed = make_url(url)
        is_sqlite = parsed.get_backend_name() == SQLITE
        if is_sqlite and parsed.database in {None, "", ":memory:"}:
            raise ValueError("a database in memory is InMemoryStore")
        self.file = Path(str(parsed.database)) if is_sqlite else None
        """Where it is kept, when it is a SQLite file."""
        self._patience = patience
        self._threads: WeakSet[Thread] = WeakSet()
        if is_sqlite:
            self.engine = create_async_engine(parsed, async_creator=self._connect)
            _prepare_sqlite(self.engine, foreign_keys=foreign_keys)
        else:
            self.engine = create_async_engine(parsed)
            _prepare_postgresql(self.engine, patience)

    async def close(self) -> None:
        """Close every connection and see its thread end."""
        await self.engine.dispose()
        for thread in list(self._threads):
            await asyncio.to_thread(thread.join)

    @asynccontextmanager
    async def begin(self, *, is_writer: bool) -> AsyncIterator[AsyncConnection]:
        """A transaction, undone at the end unless it was committed."""
        with outages():
            connection = await self.engine.connect()
        try:
            await connection.execution_options(**{WRITES: is_writer})
            with outages():
                await connection.begin()
            yield connection
        finally:
            await asyncio.shield(connection.close())  # even a cancelled task leaves nothing open

    async def _connect(self) -> aiosqlite.Connection:
        """Connect as SQLAlchemy would, and remember the thread, even of what fails to open."""
        if self.file is not None:
            make_private(self.file)
        connection = _Connection(
            partial(
                sqlite3.connect,
                str(self.file),
                timeout=self._patience,
                isolation_level=None,
                check_same_thread=False,
            ),
            iter_chunk_size=64,
        )
        thread: Any = getattr(
            connection, "_thread", connection
        )  # the connection itself before 0.22
        thread.daemon = True
        self._threads.add(thread)
        return await connection


class _Cursor(aiosqlite.Cursor):
    """Closed by being forgotten: SQLAlchemy fetched every row, so that nothing of it is open."""

    async def close(self) -> None:
        """Without a turn of the thread."""


class _Connection(aiosqlite.Connection):
    """Two turns of its thread a question, not four: they cost more than most answers."""

    def cursor(self) -> Any:
        """At once: it touches nothing of the file."""
        return _Cursor(self, self._conn.cursor())


def make_private(file: Path) -> None:
    """Make an empty file that only its owner can open, unless it is there already.

    SQLite fills it, and gives the same rights to the ``-wal`` and ``-shm`` files beside it.
    """
    with suppress(OSError):  # there already; or SQLite says, better, what is wrong
        file.touch(mode=stat.S_IRUSR | stat.S_IWUSR, exist_ok=False)


def _prepare_sqlite(engine: AsyncEngine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        try:
            cursor = connection.cursor()
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute(f"PRAGMA foreign_keys = {int(foreign_keys)}")
            cursor.close()
        except BaseException:
            connection.close()  # the pool does not know it yet
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        is_writer = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


def _write_ahead(cursor: Any) -> None:
    """Have the file written ahead, whoever else opens it for the first time just now.

    That change alone does not wait for its turn; beginning to write does.
    """
    for _ in range(_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        else:
            return
    cursor.execute("PRAGMA journal_mode = WAL")


def _prepare_postgresql(engine: AsyncEngine, patience: float) -> None:
    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(patience * 1000)}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        else:
            connection.exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            )


@contextmanager
def outages() -> Iterator[None]:
    """Around what talks to the database: what may pass by itself is an Outage.

    Never around a use case: an OSError of its own would be taken for the database's.
    """
    try:
        yield
    except DBAPIError as error:
        if not _may_pass(error):
            raise
        raise Outage(f"database: {error.orig}") from error
    except (PoolTimeoutError, OSError) as error:
        raise Outage(f"database: {error}") from error


def _may_pass(error: DBAPIError) -> bool:
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(_SQLITE_OUTAGES)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_POSTGRESQL_OUTAGES)
    return error.connection_invalidated
