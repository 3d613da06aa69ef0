"""Phrases looked for in a sentence: a row of words and classes, with room for what comes between.

A phrase is written as it is said: ``{your} {care}`` ; ``a|b`` for either ; ``word?`` for what may
be missing ; ``..3`` for up to three words of any kind ; ``!word`` for what must not follow. Words
of the class ``filler`` (ne, pas, very...) may stand anywhere between two others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.secrecy.reading import Word
from bot.core.text import phrase_of

FILLER = "{filler}"
_FILLERS = 4


@dataclass(frozen=True, slots=True)
class _Element:
    names: frozenset[str]
    gap: int = 0
    is_optional: bool = False
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to be looked for; in time proportional to the sentence."""

    elements: tuple[_Element, ...]
    wanted: tuple[frozenset[str], ...]
    """What a sentence must hold, for the phrase to be worth looking for."""
    at_start: bool = False

    def find(self, words: Sequence[Word], names: frozenset[str]) -> tuple[int, int] | None:
        """The first and the last-but-one-past of its words in the sentence."""
        for each in self.wanted:
            if names.isdisjoint(each):
                return None
        for start in range(1 if self.at_start else len(words)):
            if self.elements[0].names.isdisjoint(words[start].names):
                continue
            end = self._follow(words, start + 1, 1)
            if end is not None:
                return start, end
        return None

    def _follow(self, words: Sequence[Word], place: int, step: int) -> int | None:
        if step == len(self.elements):
            return place
        element = self.elements[step]
        if element.is_refused:
            at = _after_fillers(words, place)
            if at < len(words) and not element.names.isdisjoint(words[at].names):
                return None
            return self._follow(words, place, step + 1)
        end = self._take(words, place, step, element)
        if end is None and element.is_optional:
            end = self._follow(words, place, step + 1)
        return end

    def _take(self, words: Sequence[Word], place: int, step: int, element: _Element) -> int | None:
        fillers = 0
        free = element.gap
        while place < len(words):
            names = words[place].names
            if not element.names.isdisjoint(names):
                end = self._follow(words, place + 1, step + 1)
                if end is not None:
                    return end
            if FILLER in names and fillers < _FILLERS:
                fillers += 1
            elif free:
                free -= 1
            else:
                return None
            place += 1
        return None


def parse_phrase(written: str, classes: frozenset[str]) -> Phrase:
    """A phrase as it is written in the file.

    A phrase that begins with ``^`` stands at the start of a sentence, a greeting aside.

    Raises:
        ValueError: a class that no list has, or nothing to look for.
    """
    elements: list[_Element] = []
    gap = 0
    at_start = written.startswith("^")
    for part in written.removeprefix("^").split():
        if part.startswith(".."):
            gap = int(part[2:])
            continue
        bare = part.strip("!?")
        names = frozenset(_name(each, classes) for each in bare.split("|"))
        elements.append(_Element(names, gap, part.endswith("?"), part.startswith("!")))
        gap = 0
    if not elements or elements[0].is_optional or elements[0].is_refused:
        raise ValueError(f"a phrase begins with what must be there: {written!r}")
    wanted = tuple(each.names for each in elements if not each.is_optional and not each.is_refused)
    return Phrase(tuple(elements), wanted, at_start)


def _name(written: str, classes: frozenset[str]) -> str:
    if not written.startswith("{"):
        if "*" in written:
            raise ValueError(f"stems are for lists: {written!r}")
        return phrase_of(written)
    if written.startswith("{#"):
        return written.strip("{}")
    if written not in classes:
        raise ValueError(f"no list is called {written}")
    return written


def _after_fillers(words: Sequence[Word], place: int) -> int:
    while place < len(words) and FILLER in words[place].names:
        place += 1
    return place
