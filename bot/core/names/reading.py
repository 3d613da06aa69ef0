"""Reading a name as somebody typed it: its title, its given and its family name."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.core.names.watchwords import Watchwords
from bot.core.text import fold, phrase_of

LONGEST_NAME = 80
_MOST_WORDS = 8
_MOST_READINGS = 4
_NO_NAME = re.compile(r"[\d@:/<>#_]")
_WORD = re.compile(r"[^\W\d_]+")


class WrittenName(NamedTuple):
    """One way to read a name."""

    title: str
    given: str
    family: str


def readings(written: str, words: Watchwords) -> tuple[WrittenName, ...]:
    """The ways a name may be read, the likeliest first; none when no name can be read in it.

    Capitals, a comma, a particle and the given names that are known tell the family name; where
    nothing does, each word may be it.
    """
    said = written.replace("(", " ").replace(")", " ")
    if len(said) > LONGEST_NAME or _NO_NAME.search(said):
        return ()
    family, comma, given = said.partition(",")
    parts, titles = _without_titles(said.replace(",", " ").split(), words)
    if not 1 < len(parts) <= _MOST_WORDS or any(not _WORD.search(each) for each in parts):
        return ()
    ways = list(_ways(parts, words))
    if comma:
        end = len(_without_titles(family.split(), words)[0])
        ways = [(parts[end:], parts[:end])]
        if "," in given:
            return ()
    title = _shown_title(titles, words)
    found = [
        WrittenName(title, _shown(given, words), _shown(family, words))
        for given, family in ways
        if min(len(phrase_of("".join(each))) for each in (given, family)) > 1
    ]
    return tuple(dict.fromkeys(found))[:_MOST_READINGS]


_Way = tuple[list[str], list[str]]
"""The words of the given name, and those of the family name."""


def _ways(parts: list[str], words: Watchwords) -> Iterator[_Way]:
    count = len(parts)
    if way := _told_by_capitals(parts) or _told_by_particle(parts, words):
        yield way
        return
    known = [_is_given(each, words) for each in parts]
    first = known.index(False) if False in known else 0
    last = known[::-1].index(False) if False in known else 0
    if first:
        yield parts[:first], parts[first:]
        yield parts[:-1], parts[-1:]
    if last:
        yield parts[count - last :], parts[: count - last]
    if not first and not last:
        cuts = [count - 1, 1] if all(known) else [1, count - 1]
        yield from ((parts[:cut], parts[cut:]) for cut in cuts)
        yield from ((parts[cut:], parts[:cut]) for cut in (count - 1, 1))


def _told_by_capitals(parts: list[str]) -> _Way | None:
    """``Claire LEFEVRE`` and ``LEFEVRE Claire``."""
    loud = [each.isupper() and len(each) > 1 for each in parts]
    if all(loud) or not any(loud):
        return None
    start = loud.index(True)
    end = len(loud) - loud[::-1].index(True)
    return (
        (parts[:start] or parts[end:], parts[start:end])
        if start == 0 or end == len(loud)
        else None
    )


def _told_by_particle(parts: list[str], words: Watchwords) -> _Way | None:
    """``Claire de La Tour`` and ``Le Goff Claire``."""
    at = next((at for at, each in enumerate(parts) if _is_particle(each, words)), None)
    if at is None:
        return None
    if at:
        return parts[:at], parts[at:]
    known = [_is_given(each, words) for each in parts]
    last = known[::-1].index(False)
    return parts[len(parts) - max(last, 1) :], parts[: len(parts) - max(last, 1)]


def _is_particle(part: str, words: Watchwords) -> bool:
    before = fold(part.replace("\u2019", "'").partition("'")[0]) if len(part) > 1 else ""
    return before in words.particles and not _is_given(part, words)


def _is_given(part: str, words: Watchwords) -> bool:
    pieces = phrase_of(part).split()
    return bool(pieces) and all(each in words.given for each in pieces)


def _without_titles(parts: list[str], words: Watchwords) -> tuple[list[str], list[str]]:
    """The words of a name, and the titles before and after it."""
    bare = [phrase_of(each) for each in parts]
    titles = [each for each in bare if each in words.titles]
    start, end = 0, len(parts)
    while start < end and (bare[start] in words.titles or _joins(bare, start, words)):
        start += 1
    while end > start and bare[end - 1] in words.titles:
        end -= 1
    return parts[start:end], titles


def _joins(bare: list[str], at: int, words: Watchwords) -> bool:
    """Whether an article stands between two titles: ``Mme le Dr``."""
    around = bare[at - 1 : at] + bare[at + 1 : at + 2]
    return bare[at] in words.articles and at > 0 and set(around) <= words.titles


def _shown_title(titles: list[str], words: Watchwords) -> str:
    """The title as it is shown: one of care rather than a civil one."""
    for title in sorted(titles, key=lambda each: each not in words.care_titles):
        if title in words.shown_titles:
            return words.shown_titles[title][0]
        if title in words.care_titles:  # written in full, or in the feminine: like the commonest
            return words.shown_titles["other"][0]
    return ""


def _shown(parts: list[str], words: Watchwords) -> str:
    """A name as it is shown: typed all small or all big, it is given its capitals."""
    return " ".join(_capitals(each, words) for each in parts)


def _capitals(part: str, words: Watchwords) -> str:
    if not (part.isupper() or part.islower()):
        return part
    if fold(part) in words.prepositions:
        return part.lower()
    return _WORD.sub(lambda found: found[0].capitalize(), part)
