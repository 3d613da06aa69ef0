"""Near copies: the same story in nearly the same words, on another site.

Words are compared as sets, the person's name left out (everything about a person carries it): a
copy cuts, adds its own name, changes case and a word or two, and most of the shorter of the two
stays inside the longer. Figures are facts: when each text has some that the other has not, they
tell of two things (a weekly column, the same notice with another price).
"""

import zlib
from array import array
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from bot.core.text import words

_READ = 400
"""Characters of a text that are compared."""
_SAME_TITLE = 0.9
_SAME_TEXT = 0.8
_TEXT_BESIDE_TITLE = 0.5
_TITLE_WORDS = 5
_TEXT_WORDS = 12
"""Distinct words under which containment proves nothing."""
_TITLE_BITS, _TEXT_BITS = 64, 256
_SLACK = 0.85
"""Of the share wanted, what the rough look asks for: two words may share a bit."""


class _Words(NamedTuple):
    """The words of a title and of a text, as numbers; an odd one is of a figure."""

    title: AbstractSet[int]
    text: AbstractSet[int]


class Window:
    """The recent mentions of one person, ready to be compared with."""

    def __init__(self, name_words: Collection[str]) -> None:
        self._name = frozenset(_numbers(" ".join(name_words)))
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._words: list[tuple[array[int], array[int]]] = []
        # A bit for each word: a rough look at thousands costs what a close one at ten does.
        self._titles: list[int] = []
        self._texts: list[int] = []

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, mention: int, title: str, text: str) -> None:
        """Compare with this mention too; in the place of what it said before."""
        self.discard(mention)
        read = self._read(title, text)
        self._places[mention] = len(self._ids)
        self._ids.append(mention)
        self._words.append((array("I", read.title), array("I", read.text)))
        self._titles.append(_bits(read.title, _TITLE_BITS))
        self._texts.append(_bits(read.text, _TEXT_BITS))

    def discard(self, mention: int) -> None:
        """Compare with this mention no more."""
        place = self._places.pop(mention, None)
        if place is None:
            return
        columns: tuple[list[Any], ...] = (self._ids, self._words, self._titles, self._texts)
        for column in columns:
            last = column.pop()
            if place < len(column):
                column[place] = last
        if place < len(self._ids):
            self._places[self._ids[place]] = place

    def nearest(self, title: str, text: str) -> int | None:
        """The mention these words are a copy of, or nothing."""
        read = self._read(title, text)
        likest: tuple[float, int] | None = None
        for place in self._candidates(read):
            there = _Words(*map(frozenset, self._words[place]))
            likeness = _likeness(read, there), -self._ids[place]  # the first of equals
            if likeness[0] and (likest is None or likeness > likest):
                likest = likeness
        return None if likest is None else -likest[1]

    def _read(self, title: str, text: str) -> _Words:
        return _Words(_numbers(title) - self._name, _numbers(text[:_READ]) - self._name)

    def _candidates(self, read: _Words) -> Iterator[int]:
        for found, column, share, size in (
            (read.title, self._titles, _SAME_TITLE, _TITLE_BITS),
            (read.text, self._texts, _SAME_TEXT, _TEXT_BITS),
        ):
            if len(found) >= _TITLE_WORDS:
                bits = _bits(found, size)
                count, least = bits.bit_count(), share * _SLACK
                yield from [
                    place
                    for place, other in enumerate(column)
                    if (bits & other).bit_count() >= least * min(count, other.bit_count())
                ]


def _numbers(written: str) -> frozenset[int]:
    """The words of a text as numbers of 32 bits."""
    return frozenset(
        zlib.crc32(word.encode()) & ~1 | (not word.isalpha()) for word in words(written)
    )


def _bits(numbers: AbstractSet[int], size: int) -> int:
    bits = 0
    for number in numbers:
        bits |= 1 << (number >> 1) % size
    return bits


def _likeness(one: _Words, other: _Words) -> float:
    """How alike two texts are: 0 when they are not copies, up to 2."""
    title, text = _share(one.title, other.title), _share(one.text, other.text)
    by_title = title >= _SAME_TITLE and _enough(one.title, other.title, _TITLE_WORDS)
    by_text = text >= _SAME_TEXT and _enough(one.text, other.text, _TEXT_WORDS)
    if by_title and one.title != other.title and _enough(one.text, other.text, _TEXT_WORDS):
        by_title = text >= _TEXT_BESIDE_TITLE
    if by_title and _facts_differ(one.title, other.title):
        return 0.0
    if by_text and _facts_differ(one.text, other.text):
        by_text = False
    return title + text if by_title or by_text else 0.0


def _enough(one: AbstractSet[int], other: AbstractSet[int], least: int) -> bool:
    return min(len(one), len(other)) >= least


def _share(one: AbstractSet[int], other: AbstractSet[int]) -> float:
    """How much of the smaller is in the larger."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def _facts_differ(one: AbstractSet[int], other: AbstractSet[int]) -> bool:
    """Whether each tells a figure that the other does not."""
    return any(number & 1 for number in one - other) and any(number & 1 for number in other - one)
