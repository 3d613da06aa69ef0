"""InMemoryStore: the store over dicts, for tests and for the demonstration.

A write works on copies of the tables it touches and puts them in place of the old ones when it is
kept, so a reader holds what was committed when it began and a failed write has nothing to undo.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from bot.adapters.store.conditions import COMPARISONS, Condition, conditions, limited, ordering
from bot.adapters.store.convert import row_of, stored_field, value_of
from bot.adapters.store.keys import KINDS, UNIQUE, identifier, known, one_kind, references
from bot.adapters.store.turn import Turn
from bot.ports import Op, Taken, Where

Value = TypeVar("Value")


@dataclass(slots=True)
class _Table:
    """The values of one kind; never changed once committed."""

    values: dict[int, Any] = field(default_factory=dict)
    keys: dict[tuple[object, ...], int] = field(default_factory=dict)
    last_id: int = 0

    def copy(self) -> "_Table":
        return _Table(dict(self.values), dict(self.keys), self.last_id)


class InMemoryTransaction:
    """One consistent view, or the one writer."""

    def __init__(self, committed: Mapping[type, _Table], *, is_writer: bool) -> None:
        self.changed: dict[type, _Table] = {}
        """The tables this transaction wrote to."""
        self._committed = committed
        self._is_writer = is_writer
        self._is_open = True

    def close(self) -> None:
        """Nothing can be asked any more."""
        self._is_open = False

    async def get(self, kind: type[Value], identifier: int) -> Value | None:
        """The stored value of that id, or nothing."""
        found: Value | None = self._table(kind).values.get(identifier)
        return found

    async def add(self, value: Value) -> Value:
        """Store a new value and give it back with its id, or raise Taken."""
        stored = await self.add_new(value)
        if stored is None:
            raise Taken(type(value).__name__)
        return stored

    async def add_new(self, value: Value) -> Value | None:
        """Store a new value unless one of its unique keys is stored already."""
        table = self._writable(type(value))
        row = row_of(value)
        if row["id"]:
            raise ValueError(f"this {type(value).__name__} is stored already: save it")
        key = _key(type(value), row)
        if key in table.keys:
            return None
        self._refuse_strangers(type(value), row)
        table.last_id += 1
        row["id"] = table.last_id
        table.values[table.last_id] = value_of(type(value), tuple(row.values()))
        if key is not None:
            table.keys[key] = table.last_id
        return cast("Value", replace(cast("Any", value), id=table.last_id))

    async def save(self, value: Value) -> None:
        """Write a stored value again, whole."""
        number, table, row = identifier(value), self._writable(type(value)), row_of(value)
        if number not in table.values:
            raise LookupError(f"no {type(value).__name__} {number}")
        key = _key(type(value), row)
        if table.keys.get(cast("Any", key), number) != number:
            raise Taken(type(value).__name__)
        self._refuse_strangers(type(value), row)
        _forget_key(table, type(value), number)
        table.values[number] = value_of(type(value), tuple(row.values()))
        if key is not None:
            table.keys[key] = number

    async def add_all(self, values: Sequence[Value]) -> list[Value]:
        """Store many new values of one kind at once, and give them back with their ids."""
        if not values:
            return []
        kind = one_kind(values)
        before = self._writable(kind).copy()
        try:
            return [await self.add(value) for value in values]
        except (Taken, ValueError):
            self.changed[kind] = before
            raise

    async def save_all(self, values: Sequence[Value], fields: Sequence[str] = ()) -> None:
        """Write many stored values of one kind again, whole or only some of their fields."""
        if not values:
            return
        kind = one_kind(values)
        before = self._writable(kind).copy()
        try:
            for value in values:
                await self.save(self._with(value, fields) if fields else value)
        except (Taken, LookupError, ValueError):
            self.changed[kind] = before
            raise

    def _with(self, value: Value, fields: Sequence[str]) -> Value:
        """What is stored of a value, with some fields as they are in it."""
        kind, number = type(value), identifier(value)
        stored = self._table(kind).values.get(number)
        if stored is None:
            raise LookupError(f"no {kind.__name__} {number}")
        changes = {stored_field(kind, name).name: getattr(value, name) for name in fields}
        return cast("Value", replace(stored, **changes))

    async def remove(self, value: object) -> None:
        """Forget a stored value; forgetting it twice is the same."""
        number, table = identifier(value), self._writable(type(value))
        for kind in KINDS:
            for name, target in references(kind).items():
                if target is type(value) and any(
                    getattr(other, name) == number for other in self._table(kind).values.values()
                ):
                    raise ValueError(f"{kind.__name__}.{name} still refers to {value!r}")
        if number in table.values:
            _forget_key(table, type(value), number)
            del table.values[number]

    async def find(
        self, kind: type[Value], *wheres: Where, order: str = "id", limit: int | None = None
    ) -> list[Value]:
        """The values that meet every condition, ordered by one field (``-field``: descending)."""
        by, is_descending = ordering(kind, order)

        def rank(value: Any) -> tuple[bool, object, int]:
            plain = by.encode(getattr(value, by.name))
            return plain is not None, plain, value.id

        found = sorted(self._matching(kind, wheres), key=rank, reverse=is_descending)
        return cast("list[Value]", found[: limited(limit)])

    async def count(self, kind: type, *wheres: Where) -> int:
        """How many values meet every condition."""
        return len(self._matching(kind, wheres))

    def _matching(self, kind: type, wheres: tuple[Where, ...]) -> list[object]:
        checked = conditions(kind, wheres)
        return [
            value
            for value in self._table(kind).values.values()
            if all(_meets(value, condition) for condition in checked)
        ]

    def _table(self, kind: type) -> _Table:
        if not self._is_open:
            raise RuntimeError("this transaction is over")
        return self.changed.get(kind) or self._committed[known(kind)]

    def _writable(self, kind: type) -> _Table:
        table = self._table(kind)
        if not self._is_writer:
            raise RuntimeError("a read takes no write")
        if kind not in self.changed:
            self.changed[kind] = table.copy()
        return self.changed[kind]

    def _refuse_strangers(self, kind: type, row: Mapping[str, Any]) -> None:
        for name, target in references(kind).items():
            if row[name] is not None and row[name] not in self._table(target).values:
                raise ValueError(
                    f"{kind.__name__}.{name}: there is no {target.__name__} {row[name]}"
                )


class InMemoryStore:
    """Everything in dicts, gone with the process."""

    def __init__(self) -> None:
        self._tables: dict[type, _Table] = {kind: _Table() for kind in KINDS}
        self._turn = Turn()

    def copy(self) -> "InMemoryStore":
        """Another one that holds the same, from now on by itself."""
        other = InMemoryStore()
        other._tables = self._tables  # what is committed never changes
        return other

    @asynccontextmanager
    async def read(self) -> AsyncIterator[InMemoryTransaction]:
        """A consistent view; writes are refused."""
        transaction = InMemoryTransaction(self._tables, is_writer=False)
        try:
            yield transaction
        finally:
            transaction.close()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[InMemoryTransaction]:
        """The one writer, kept whole or not at all."""
        async with self._turn.take():
            transaction = InMemoryTransaction(self._tables, is_writer=True)
            try:
                yield transaction
            finally:
                transaction.close()
            self._tables = {**self._tables, **transaction.changed}


def _key(kind: type, row: Mapping[str, object]) -> tuple[object, ...] | None:
    """What must be unique in a row; nothing when a null makes it so."""
    key = tuple(row[name] for name in UNIQUE.get(kind, ()))
    return None if not key or None in key else key


def _forget_key(table: _Table, kind: type, number: int) -> None:
    key = _key(kind, row_of(table.values[number]))
    if key is not None:
        del table.keys[key]


def _meets(value: object, condition: Condition) -> bool:
    plain: Any = condition.field.encode(getattr(value, condition.field.name))
    if condition.op is Op.IS_NULL or plain is None:
        return condition.op is Op.IS_NULL and plain is None
    if condition.op is Op.IN:
        return plain in condition.value
    if condition.op is Op.HAS:
        return condition.value in plain
    return bool(COMPARISONS[condition.op](plain, condition.value))
