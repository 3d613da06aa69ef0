"""SqlStore: the store in a database, SQLite by default, PostgreSQL when one machine is not enough.

SQLModel is the schema; statements are SQLAlchemy Core, without a session, because values go in and
out whole.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self, TypeVar, cast

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    CursorResult,
    Executable,
    Table,
    TableClause,
    any_,
    delete,
    false,
    func,
    literal,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.adapters.store.batches import Batch, addition, change
from bot.adapters.store.conditions import COMPARISONS, Condition, conditions, limited, ordering
from bot.adapters.store.convert import numbered, row_of, stored_fields, value_of
from bot.adapters.store.engine import SQLITE, Database, outages
from bot.adapters.store.keys import KINDS, identifier, known, one_kind
from bot.adapters.store.migrate import migrate
from bot.adapters.store.tables import TABLES
from bot.adapters.store.turn import Turn
from bot.core.errors import Outage
from bot.ports import Op, Taken, Where, among

Value = TypeVar("Value")

PATIENCE = 5.0
"""Seconds to wait for another process's write."""
_TABLES: Mapping[type, tuple[Table, tuple[Column[Any], ...]]] = {
    kind: (TABLES[kind], tuple(TABLES[kind].c[field.name] for field in stored_fields(kind)))
    for kind in KINDS
}


class SqlTransaction:
    """One consistent view, or the one writer."""

    def __init__(self, connection: AsyncConnection, *, is_writer: bool) -> None:
        self.outage: Outage | None = None
        """The first one met. The database may have undone everything by itself (a full disk), so
        nothing more may be written, and nothing kept."""
        self._connection = connection
        self._is_sqlite = connection.dialect.name == SQLITE
        self._is_writer = is_writer
        self._is_open = True

    def close(self) -> None:
        """Nothing can be asked any more."""
        self._is_open = False

    async def get(self, kind: type[Value], identifier: int) -> Value | None:
        """The stored value of that id, or nothing."""
        table, columns = _table(kind)
        found = await self._run(select(*columns).where(table.c.id == identifier))
        row = found.first()
        return None if row is None else value_of(kind, row)

    async def add(self, value: Value) -> Value:
        """Store a new value and give it back with its id, or raise Taken."""
        stored = await self.add_new(value)
        if stored is None:
            raise Taken(type(value).__name__)
        return stored

    async def add_new(self, value: Value) -> Value | None:
        """Store a new value unless one of its unique keys is stored already."""
        kind = type(value)
        row = row_of(value)
        if row.pop("id"):
            raise ValueError(f"this {kind.__name__} is stored already: save it")
        make = sqlite.insert if self._is_sqlite else postgresql.insert
        table, _ = _table(kind)
        statement = make(table).on_conflict_do_nothing().returning(table.c.id)
        found = await self._write(kind, statement, row)
        number = found.scalar()
        return None if number is None else numbered(value, number)

    async def save(self, value: object) -> None:
        """Write a stored value again, whole."""
        kind, number, row = type(value), identifier(value), row_of(value)
        table, _ = _table(kind)
        del row["id"]
        statement = update(table).where(table.c.id == number).values(row)
        if (await self._write(kind, statement)).rowcount == 0:
            raise LookupError(f"no {kind.__name__} {number}")

    async def add_all(self, values: Sequence[Value]) -> list[Value]:
        """Store many new values of one kind at once, and give them back with their ids."""
        if not values:
            return []
        kind = one_kind(values)
        if any(cast("Any", value).id for value in values):
            raise ValueError(f"a {kind.__name__} is stored already: save it")
        numbers = await self._numbers(kind, len(values))
        stored = [numbered(*each) for each in zip(values, numbers, strict=True)]
        await self._write_all(kind, addition(kind, self._connection.dialect), stored)
        return stored

    async def save_all(self, values: Sequence[Value], fields: Sequence[str] = ()) -> None:
        """Write many stored values of one kind again, whole or only some of their fields."""
        if not values:
            return
        kind = one_kind(values)
        numbers = {identifier(value) for value in values}
        dialect = self._connection.dialect
        written = await self._write_all(kind, change(kind, tuple(fields), dialect), values)
        if not dialect.supports_sane_multi_rowcount:
            written = await self.count(kind, among("id", numbers))
        if written != len(numbers):
            raise LookupError(f"a {kind.__name__} among {len(values)} is not stored")

    async def _numbers(self, kind: type, count: int) -> list[int]:
        """Ids for new rows: nobody else writes meanwhile, and none is ever given twice."""
        self._check_writer()
        name = KINDS[kind]
        if not self._is_sqlite:
            serial = func.pg_get_serial_sequence(name, "id")
            series = func.generate_series(1, count).table_valued("value")
            drawn = await self._run(select(func.nextval(serial)).select_from(series))
            return sorted(int(number) for number in drawn.scalars())
        last = await self._run(
            select(literal_column("seq"))
            .select_from(TableClause("sqlite_sequence"))
            .where(literal_column("name") == name)
        )
        first = int(last.scalar() or 0) + 1
        return list(range(first, first + count))

    async def _write_all(self, kind: type, batch: Batch, values: Sequence[object]) -> int:
        """Run a statement once a value, all or none; how many rows it wrote."""
        self._check_writer()
        rows = batch.parameters(values)
        try:
            with outages():
                async with self._connection.begin_nested():
                    written = await self._run(batch.sql, rows)
                    return written.rowcount
        except IntegrityError as error:
            if _is_unique(error):
                raise Taken(kind.__name__) from error
            raise ValueError(f"{kind.__name__}: {error.orig}") from error

    async def remove(self, value: object) -> None:
        """Forget a stored value; forgetting it twice is the same."""
        kind, number = type(value), identifier(value)
        table, _ = _table(kind)
        await self._write(kind, delete(table).where(table.c.id == number))

    async def find(
        self, kind: type[Value], *wheres: Where, order: str = "id", limit: int | None = None
    ) -> list[Value]:
        """The values that meet every condition, ordered by one field (``-field``: descending)."""
        table, columns = _table(kind)
        by, is_descending = ordering(kind, order)
        column = table.c[by.name]
        if is_descending:
            ranks = [column.desc().nulls_last(), table.c.id.desc()]
        else:
            ranks = [column.asc().nulls_first(), table.c.id.asc()]
        statement = (select(*columns).where(*self._clauses(kind, wheres)).order_by(*ranks)).limit(
            limited(limit)
        )
        return [value_of(kind, row) for row in (await self._run(statement)).all()]

    async def count(self, kind: type, *wheres: Where) -> int:
        """How many values meet every condition."""
        table, _ = _table(kind)
        statement = select(func.count()).select_from(table).where(*self._clauses(kind, wheres))
        return int((await self._run(statement)).scalar_one())

    def _check(self) -> None:
        if not self._is_open:
            raise RuntimeError("this transaction is over")
        if self.outage is not None:
            raise self.outage

    def _check_writer(self) -> None:
        self._check()
        if not self._is_writer:
            raise RuntimeError("a read takes no write")

    async def _run(
        self,
        statement: Executable | str,
        row: Any = None,
    ) -> CursorResult[Any]:
        """Run a statement of SQLAlchemy, or one written already."""
        self._check()
        try:
            with outages():
                if isinstance(statement, str):
                    return await self._connection.exec_driver_sql(statement, row)
                return await self._connection.execute(statement, row)
        except Outage as outage:
            self.outage = outage
            raise

    async def _write(
        self, kind: type, statement: Executable, row: dict[str, object] | None = None
    ) -> CursorResult[Any]:
        self._check_writer()
        try:
            if self._is_sqlite:  # undoes a failed statement alone, by itself
                return await self._run(statement, row)
            with outages():
                async with self._connection.begin_nested():
                    return await self._run(statement, row)
        except IntegrityError as error:
            if _is_unique(error):
                raise Taken(kind.__name__) from error
            raise ValueError(f"{kind.__name__}: {error.orig}") from error

    def _clauses(self, kind: type, wheres: tuple[Where, ...]) -> list[ColumnElement[bool]]:
        table, _ = _table(kind)
        return [
            self._clause(table.c[condition.field.name], condition)
            for condition in conditions(kind, wheres)
        ]

    def _clause(self, column: Column[Any], condition: Condition) -> ColumnElement[bool]:
        value = condition.value
        if condition.op is Op.IS_NULL:
            return column.is_(None)
        if condition.op is Op.IN:
            return self._among(column, list(value))
        if condition.op is Op.HAS:
            return column.contains(value, autoescape=True)
        if isinstance(value, bool):  # written, not bound: a partial index wants to read it
            value = true() if value else false()
        clause: ColumnElement[bool] = COMPARISONS[condition.op](column, value)
        if self._is_sqlite and condition.op in {Op.LE, Op.GT}:
            # What is due is rare. SQLite would guess a quarter, and rather read the whole table
            # in the order of the ids than use the index and sort the few that are left.
            # (Not typed as a Boolean: "= 1" would be added, and hide the index again.)
            return func.likelihood(clause, literal_column("0.01"))
        return clause

    def _among(self, column: Column[Any], values: list[object]) -> ColumnElement[bool]:
        """One parameter however long the list: both databases limit their number."""
        if not self._is_sqlite:
            return column == any_(literal(values, ARRAY(column.type, dimensions=1)))
        dialect = self._connection.dialect
        bind = column.type.dialect_impl(dialect).bind_processor(dialect)
        bound = [bind(value) if bind else value for value in values]
        return column.in_(select(func.json_each(json.dumps(bound)).table_valued("value").c.value))


class SqlStore:
    """Everything in one database."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._database = Database(url, patience=patience)
        self._turn = Turn()

    @property
    def engine(self) -> AsyncEngine:
        """For what is not asked of a Store: a backup, a check."""
        return self._database.engine

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, now: datetime, patience: float = PATIENCE
    ) -> AsyncIterator[Self]:
        """A store whose database is up to this version, closed at the end.

        Raises:
            Outage: the database is out of reach, or of a newer version.
        """
        await migrate(url, now=now, patience=patience)
        store = cls(url, patience=patience)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """A consistent view; writes are refused."""
        async with self._transaction(is_writer=False) as transaction:
            yield transaction

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """The one writer, kept whole or not at all."""
        async with self._turn.take(), self._transaction(is_writer=True) as transaction:
            yield transaction

    @asynccontextmanager
    async def _transaction(self, *, is_writer: bool) -> AsyncIterator[SqlTransaction]:
        async with self._database.begin(is_writer=is_writer) as connection:
            transaction = SqlTransaction(connection, is_writer=is_writer)
            try:
                yield transaction
            finally:
                transaction.close()
            if transaction.outage is not None:
                raise transaction.outage
            if is_writer:
                with outages():
                    await connection.commit()


def _table(kind: type) -> tuple[Table, tuple[Column[Any], ...]]:
    """The table of a kind and its columns in the order of the fields."""
    return _TABLES[known(kind)]


def _is_unique(error: IntegrityError) -> bool:
    orig = error.orig
    name = getattr(orig, "sqlite_errorname", "")
    return name == "SQLITE_CONSTRAINT_UNIQUE" or getattr(orig, "sqlstate", "") == "23505"
