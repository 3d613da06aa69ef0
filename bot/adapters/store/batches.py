"""Statements run once a row, worked out once: SQLAlchemy would do so again for each row.

It writes them and says how each type is bound; the rows go to the driver as they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement, Dialect, bindparam, insert, update

from bot.adapters.store.convert import cells_of, stored_field, stored_fields
from bot.adapters.store.tables import TABLES

_THIS = "this_id"


@dataclass(frozen=True, slots=True)
class Batch:
    """A statement, and what of each value goes into it."""

    sql: str
    fields: tuple[str, ...]
    """Their names, in the order of its parameters."""
    binders: tuple[tuple[int, Callable[[Any], Any]], ...]
    """Of the types no driver takes as they are, with their places."""

    def parameters(self, values: Iterable[object]) -> list[tuple[object, ...]]:
        """A row a value.

        Raises:
            ValueError: a field holds something its type or a database does not allow.
        """
        rows = []
        for value in values:
            cells = cells_of(value, self.fields)
            for place, bind in self.binders:
                if cells[place] is not None:
                    cells[place] = bind(cells[place])
            rows.append(tuple(cells))
        return rows


@lru_cache(maxsize=512)
def addition(kind: type, dialect: Dialect) -> Batch:
    """For new values that have their ids."""
    return _batch(kind, insert(TABLES[kind]), dialect)


@lru_cache(maxsize=512)
def change(kind: type, names: tuple[str, ...], dialect: Dialect) -> Batch:
    """For some fields of stored values, or all when none is named.

    Raises:
        ValueError: it has no such field.
    """
    fields = [stored_field(kind, name) for name in names] or stored_fields(kind)
    table, changed = TABLES[kind], [field.name for field in fields if field.name != "id"]
    statement = update(table).where(table.c.id == bindparam(_THIS))
    return _batch(kind, statement.values({name: bindparam(name) for name in changed}), dialect)


def _batch(kind: type, statement: ClauseElement, dialect: Dialect) -> Batch:
    written: Any = statement.compile(dialect=dialect)
    fields = tuple("id" if name == _THIS else name for name in written.positiontup)
    types = (TABLES[kind].c[name].type.dialect_impl(dialect) for name in fields)
    binders = [(place, each.bind_processor(dialect)) for place, each in enumerate(types)]
    return Batch(str(written), fields, tuple((at, bind) for at, bind in binders if bind))
