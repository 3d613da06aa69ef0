"""A document of templates read as typed values, every problem with it told at once."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


class Table:
    """One table of the document: hands out typed values and notes what is wrong with them.

    A wrong value is replaced by a placeholder of its type, which never escapes: the pack is
    refused once every problem is known.
    """

    def __init__(self, values: Mapping[str, object], where: str, problems: list[str]) -> None:
        self._values = values
        self._where = where
        self._problems = problems
        self._asked: set[str] = set()

    def note(self, problem: str) -> None:
        """Add a problem with this table."""
        self._problems.append(f"{self._where}: {problem}")

    def has(self, key: str) -> bool:
        """Whether the key is there; it is known from then on."""
        self._asked.add(key)
        return key in self._values

    def take(self, key: str, placeholder: _T) -> _T:
        """Return the value of a required key; it has exactly the type of the placeholder."""
        if not self.has(key):
            self.note(f"{key} is missing")
            return placeholder
        value = self._values[key]
        # Exactly: True is not a number of months, nor a date with an hour a day.
        if type(value) is type(placeholder):
            return value
        self.note(f"{key} is not of type {type(placeholder).__name__}")
        return placeholder

    def optional(self, key: str, default: _T) -> _T:
        """Return the value of a key, or its default."""
        return self.take(key, default) if self.has(key) else default

    def number(self, key: str) -> int:
        """Return a number that is not negative; nought without the key."""
        number = self.optional(key, 0)
        if number < 0:
            self.note(f"{key} is negative")
        return number

    def numbers(self, key: str) -> tuple[int, ...]:
        """Return a required list of whole numbers."""
        numbers: list[object] = self.take(key, [])
        if not all(type(number) is int for number in numbers):
            self.note(f"{key} holds something else than whole numbers")
            return ()
        return tuple(number for number in numbers if isinstance(number, int))

    def text(self, key: str) -> str:
        """Return a text that says something."""
        text = self.take(key, "")
        if self.has(key) and isinstance(self._values[key], str) and not text.strip():
            self.note(f"{key} is empty")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty without the key."""
        texts: list[object] = self.optional(key, [])
        if not all(isinstance(text, str) and text.strip() for text in texts):
            self.note(f"{key} holds something else than texts")
        return tuple(str(text) for text in texts)

    def choice(self, key: str, kind: type[_E], default: _E | None = None) -> _E:
        """Return one of the codes of a kind; required without a default."""
        fallback = default or next(iter(kind))
        if default and not self.has(key):
            return default
        text = self.take(key, "")
        if text in list(kind):
            return kind(text)
        if text:
            self.note(f"{key} is {text!r}, not one of {', '.join(kind)}")
        return fallback

    def day_or_none(self, key: str) -> date | None:
        """Return a day, or nothing without the key."""
        return self.take(key, date.min) if self.has(key) else None

    def table(self, key: str) -> "Table":
        """Return a table inside this one."""
        values: dict[str, object] = self.take(key, {})
        return Table(values, f"{self._where}, {key}", self._problems)

    def tables(self, key: str) -> "Iterator[Table]":
        """Return the tables of a list, each named by its ``id``."""
        values: list[object] = self.take(key, [])
        for position, value in enumerate(values, start=1):
            if isinstance(value, dict):
                name = str(value.get("id", f"{key} {position}"))
                yield Table(value, name, self._problems)
            else:
                self.note(f"{key} {position} is not a table")

    def refuse_unknown_keys(self) -> None:
        """Note every key that nobody asked for: it is a spelling mistake."""
        for key in sorted(self._values.keys() - self._asked):
            self.note(f"{key} is not a known key")
