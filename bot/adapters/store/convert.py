"""Values of the core <-> rows of plain values, for any dataclass of ``keys.KINDS``.

Plain: str, bytes, int, float, bool, aware UTC datetime, date, time, tuple of those, None. What a
database could not give back as it was (a naive datetime, a lone surrogate, a NUL, NaN) is refused
here, so that every store refuses the same.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from bot.adapters.store.keys import KINDS, known

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Codec:
    """How one type travels."""

    plain: type
    """The type in a row."""
    encode: Callable[[Any], object]
    """Value to plain; ValueError if the type does not fit."""
    decode: Callable[[Any], object] | None = None
    """Plain to value; nothing when they are the same."""
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class StoredField:
    """One field of a stored kind."""

    name: str
    codec: Codec

    def encode(self, value: object) -> object:
        """The plain form of ``value``, or a ValueError that names the field."""
        try:
            return self.codec.encode(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Shape:
    """Some fields of a stored kind, or all, worked out once: each value passes here."""

    names: tuple[str, ...]
    parts: Callable[[Any], tuple[Any, ...]]
    """Their values in a value."""
    encoders: tuple[Callable[[Any], object], ...]
    decoders: tuple[tuple[int, Callable[[Any], object]], ...]
    """With the places of what does not travel as it is."""


def stored_fields(kind: type) -> tuple[StoredField, ...]:
    """The fields of a stored kind, in order."""
    return _FIELDS[known(kind)]


def stored_field(kind: type, name: str) -> StoredField:
    """One field of a stored kind.

    Raises:
        ValueError: it has no such field.
    """
    try:
        return _BY_NAME[known(kind)][name]
    except KeyError:
        raise ValueError(f"{kind.__name__} has no field {name!r}") from None


def cells_of(value: object, names: tuple[str, ...] = ()) -> list[object]:
    """What the row of a value holds, or some fields of it, in their order.

    Raises:
        ValueError: a field holds something its type or a database does not allow.
    """
    shape = _shape(type(value), names)
    parts = shape.parts(value)
    try:
        return [encode(part) for encode, part in zip(shape.encoders, parts, strict=True)]
    except (TypeError, ValueError):
        pass  # said again below with the name of the field: naming it each time costs a third more
    kind = type(value)
    try:
        fields_ = (stored_field(kind, name) for name in shape.names)
        return [field.encode(part) for field, part in zip(fields_, parts, strict=True)]
    except ValueError as error:
        raise ValueError(f"{kind.__name__}.{error}") from error


def row_of(value: object) -> dict[str, object]:
    """The row of a value, by the names of its fields.

    Raises:
        ValueError: a field holds something its type or a database does not allow.
    """
    return dict(zip(_shape(type(value)).names, cells_of(value), strict=True))


def value_of(kind: type[Value], row: Iterable[Any]) -> Value:
    """The value of a row whose columns are in the order of ``stored_fields``."""
    cells = list(row)
    for place, decode in _shape(kind).decoders:
        if cells[place] is not None:
            cells[place] = decode(cells[place])
    return kind(*cells)


def numbered(value: Value, number: int) -> Value:
    """The same value, with its id; four times as fast as ``dataclasses.replace``."""
    kind = type(value)
    shape = _shape(kind)
    parts = list(shape.parts(value))
    parts[shape.names.index("id")] = number
    return kind(*parts)


def _shape(kind: type, names: tuple[str, ...] = ()) -> _Shape:
    shape = _SHAPES.get((kind, names))
    if shape is None:
        shape = _SHAPES[kind, names] = _shape_of(kind, names)
    return shape


def _shape_of(kind: type, names: tuple[str, ...]) -> _Shape:
    wanted = [stored_field(kind, name) for name in names] or stored_fields(kind)
    names = tuple(field.name for field in wanted)
    return _Shape(
        names,
        attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),),
        tuple(field.codec.encode for field in wanted),
        tuple(
            (place, field.codec.decode)
            for place, field in enumerate(wanted)
            if field.codec.decode is not None
        ),
    )


def codec(annotation: Any) -> Codec:
    """The codec of a field's type.

    Raises:
        TypeError: fields of that type cannot be stored.
    """
    if isinstance(annotation, NewType):
        return codec(annotation.__supertype__)
    if get_origin(annotation) in {Union, UnionType}:
        return _nullable(annotation)
    if get_origin(annotation) is tuple:
        return _tuple(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _enum(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    raise TypeError(f"a field of type {annotation} cannot be stored")


def _nullable(annotation: Any) -> Codec:
    inner = [each for each in get_args(annotation) if each is not NoneType]
    if len(inner) != 1 or NoneType not in get_args(annotation):
        raise TypeError(f"a field of type {annotation} cannot be stored")
    some = codec(inner[0])

    def encode(value: object) -> object:
        return None if value is None else some.encode(value)

    return Codec(some.plain, encode, some.decode, is_nullable=True)


def _enum(members: type[StrEnum]) -> Codec:
    def encode(value: str) -> str:
        if type(value) is members:
            return value._value_  # ``value`` is a slow property
        return members(value).value  # its own ValueError says what is wrong

    return Codec(str, encode, members)


def _tuple(arguments: tuple[Any, ...]) -> Codec:
    is_open = arguments[-1] is Ellipsis
    codecs = tuple(codec(each) for each in arguments if each is not Ellipsis)
    if any(each.plain in {datetime, date, time} for each in codecs):
        raise TypeError("a tuple of dates cannot be stored")

    encoders = tuple(each.encode for each in codecs)
    decoders = tuple(each.decode or _same for each in codecs)

    def encode(value: object) -> tuple[object, ...]:
        if not isinstance(value, tuple):
            raise TypeError(f"{value!r} is not a tuple")
        if is_open:
            return tuple(map(encoders[0], value))
        return tuple([encode(part) for encode, part in zip(encoders, value, strict=True)])

    def decode(value: Sequence[Any]) -> tuple[object, ...]:
        if is_open:
            return tuple(map(decoders[0], value))
        return tuple([decode(part) for decode, part in zip(decoders, value, strict=True)])

    return Codec(tuple, encode, decode)


def _same(value: object) -> object:
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    text = str(value)
    if "\x00" in text:
        raise ValueError("a NUL cannot be stored")
    if not text.isascii():
        text.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    return text


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"{value!r} is not bytes")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not an integer")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value!r} is not an aware datetime")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(f"{value!r} is not a date")
    return value


def _time(value: object) -> time:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise ValueError(f"{value!r} is not a time of the wall clock")
    return value


_PLAIN: Mapping[type, Codec] = {
    str: Codec(str, _text),
    bytes: Codec(bytes, _bytes),
    int: Codec(int, _integer),
    float: Codec(float, _number),
    bool: Codec(bool, _truth),
    datetime: Codec(datetime, _moment),
    date: Codec(date, _day),
    time: Codec(time, _time),
}


def _fields_of(kind: type) -> tuple[StoredField, ...]:
    hints = get_type_hints(kind)
    return tuple(StoredField(each.name, codec(hints[each.name])) for each in fields(kind))


_FIELDS: Mapping[type, tuple[StoredField, ...]] = {kind: _fields_of(kind) for kind in KINDS}
_BY_NAME = {kind: {field.name: field for field in own} for kind, own in _FIELDS.items()}
_SHAPES: dict[tuple[type, tuple[str, ...]], _Shape] = {}
"""As many as there are ways to ask in this code."""
