"""Questions put to a store, checked before anyone answers: every store refuses the same ones."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.store.convert import StoredField, stored_field
from bot.ports import Op, Where

COMPARISONS: Mapping[Op, Callable[[Any, Any], Any]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LE: operator.le,
    Op.GT: operator.gt,
}
"""For values and for columns alike."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A Where whose field exists and whose value is plain."""

    field: StoredField
    op: Op
    value: Any


def conditions(kind: type, wheres: Iterable[Where]) -> list[Condition]:
    """The conditions, checked.

    ``eq(field, None)`` is ``null(field)``, and ``ne(field, None)`` is its contrary.

    Raises:
        ValueError: an unknown field, or a value it could never hold.
    """
    return [_condition(stored_field(kind, where.field), where) for where in wheres]


def _condition(field: StoredField, where: Where) -> Condition:
    match where.op:
        case Op.IS_NULL:
            return Condition(field, Op.IS_NULL, None)
        case Op.EQ if where.value is None:
            return Condition(field, Op.IS_NULL, None)
        case Op.NE if where.value is None:
            return Condition(field, Op.NE, None)
        case Op.IN:
            if isinstance(where.value, str) or not isinstance(where.value, Iterable):
                raise TypeError(f"{field.name}: {where.value!r} is not a collection")
            among = {field.encode(each) for each in where.value if each is not None}
            return Condition(field, Op.IN, among)
        case Op.HAS if field.codec.plain is not str or not isinstance(where.value, str):
            raise ValueError(f"{field.name} has no text with {where.value!r} in it")
        case Op.LE | Op.GT if where.value is None or field.codec.plain in {tuple, bool}:
            raise ValueError(f"{field.name} has no order beside {where.value!r}")
        case _:
            return Condition(field, where.op, field.encode(where.value))


def ordering(kind: type, order: str) -> tuple[StoredField, bool]:
    """The field of an order and whether it descends.

    Raises:
        ValueError: an unknown field, or one without an order.
    """
    field = stored_field(kind, order.removeprefix("-"))
    if field.codec.plain is tuple:
        raise ValueError(f"{kind.__name__}.{field.name} has no order")
    return field, order.startswith("-")


def limited(limit: int | None) -> int | None:
    """``limit``, if it is one."""
    if limit is not None and limit < 0:
        raise ValueError(f"a limit of {limit}")
    return limit
