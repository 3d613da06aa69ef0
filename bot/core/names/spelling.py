"""The spellings of a name: those that are looked for, and those that are shown."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from bot.core.names.people import Person
from bot.core.names.watchwords import Watchwords
from bot.core.text import phrase_of
from bot.core.text import words as folded_words


def variants(person: Person, words: Watchwords) -> tuple[str, ...]:
    """The spellings that are looked for, as shown to the person, the most telling first."""
    family, given = person.family.strip(), person.given.strip()
    shown = words.shown_titles
    titles = shown.get(phrase_of(person.title), shown.get("other", ()))
    spellings: list[str] = []
    if given and family:
        parts = given.replace("-", " ").split()
        short = ("-" if "-" in given else " ").join(f"{part[0]}." for part in parts)
        spaced = {family, family.replace("-", " ")} | (
            {_joined(family).capitalize()} if _has_particle(family, words) else set()
        )
        for name in sorted(spaced, key=lambda each: each != family):
            spellings += [f"{given} {name}", f"{name} {given}", f"{short} {name}"]
        if len(parts) > 1:
            loose, tight = " ".join(parts), "".join(part[0] for part in parts)
            spellings += [f"{loose} {family}", f"{tight} {family}"]
        spellings.append("#" + _joined(given) + _joined(family))
    if family:
        spellings += [f"{title} {family}" for title in titles]
    return tuple(dict.fromkeys([*spellings, *filter(None, map(str.strip, person.aliases))]))


def may_slip(person: Person) -> tuple[str, str] | None:
    """The first word of a given name, and the family name if one wrong letter leaves it alone."""
    given, family = folded_words(person.given), folded_words(person.family)
    is_long = len(family) == 1 and len(family[0]) >= _SLIP_LETTERS
    return (given[0], family[0]) if given and is_long else None


def is_slip(word: str, name: str) -> bool:
    """Whether a word is a name with one letter added, lost, changed, or two letters swapped."""
    if abs(len(word) - len(name)) > 1 or word == name:
        return False
    start = next((at for at, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), None)
    if start is None:
        return True  # a letter more or less at the end
    left, right = word[start:], name[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right or left == right[1:] or left[1:] == right[1:] or swapped


_PARTS_TO_PLAY_WITH = 4
_SLIP_LETTERS = 7
"""Letters of a family name from which one wrong letter leaves no other name."""


class FormKind(StrEnum):
    """What a spelling is one of."""

    FAMILY = "family"
    PRACTICE = "practice"
    ALIAS = "alias"
    WORD = "word"  # an alias of one plain word


class _Form(NamedTuple):
    words: tuple[str, ...]
    kind: FormKind


def _joined(name: str) -> str:
    """A name without spaces, dashes or apostrophes, its capitals kept."""
    return "".join(each for each in name if each.isalnum())


def _has_particle(family: str, words: Watchwords) -> bool:
    parts = folded_words(family)
    return len(parts) > 1 and parts[0] in words.particles


def segmentations(parts: list[str]) -> set[tuple[str, ...]]:
    """The ways to write a name of several parts: apart, together, with dashes between spaces."""
    ways = {tuple(parts), ("".join(parts),)}
    if len(parts) == 1 or len(parts) > _PARTS_TO_PLAY_WITH:
        return ways
    for joints in product(("", " ", " - "), repeat=len(parts) - 1):
        spelled = parts[0] + "".join(map("".join, zip(joints, parts[1:], strict=True)))
        ways.add(tuple(spelled.split()))
    return ways


class Ways(NamedTuple):
    """How a given name is written: whole, and in initials."""

    whole: frozenset[tuple[str, ...]]
    initials: frozenset[tuple[str, ...]]


def anchor_of(words: tuple[str, ...]) -> int:
    """The place of the word that opens the gate: the longest, so that it is never "de"."""
    return max(range(len(words)), key=lambda at: len(words[at]))


def forms_of(person: Person, words: Watchwords) -> dict[_Form, None]:
    """Every way to write the family name and the aliases, each once."""
    found: dict[_Form, None] = {}
    if family := folded_words(person.family):
        found.update((_Form(way, FormKind.FAMILY), None) for way in segmentations(family))
    if person.practice_name and person.answers_for_practice:
        practice = folded_words(person.practice_name)
        if _is_telling_practice(practice, person, words):
            found[_Form(tuple(practice), FormKind.PRACTICE)] = None
    given = folded_words(person.given) if person.aliases else []
    for alias in person.aliases:
        found.update((form, None) for form in _forms_of_alias(alias, given, words))
    return found


def _is_telling_practice(practice: list[str], person: Person, words: Watchwords) -> bool:
    """Whether the name of a practice stands for it wherever it is read."""
    plain = (
        words.generic_practices
        | words.small
        | words.articles
        | words.prepositions
        | words.particles
        | words.titles
        | {*folded_words(person.city), *folded_words(person.family), *folded_words(person.given)}
    )
    professions = {each for phrase in words.professions for each in phrase.split()}
    telling = [word for word in practice if word not in plain and word not in professions]
    return len(practice) > 1 and any(len(word) > SHORT_WORD for word in telling)


SHORT_WORD = 3


def _forms_of_alias(alias: str, given: list[str], words: Watchwords) -> Iterator[_Form]:
    parts = folded_words(alias)
    if not parts:
        return
    if len(parts) == 1 and alias.strip().isalpha():
        yield _Form((parts[0],), FormKind.WORD)
        yield _Form((parts[0],), FormKind.FAMILY)
        return
    yield from (_Form(way, FormKind.ALIAS) for way in segmentations(parts))
    if given and parts[: len(given)] == given and len(parts) > len(given):
        after = (*parts[len(given) :], *given)
        yield _Form(after, FormKind.ALIAS)
    if parts[0] in words.care_titles and len(parts) > 1:
        for title in words.care_titles:
            yield _Form((title, *parts[1:]), FormKind.ALIAS)


def initials_of(parts: list[str], words: Watchwords) -> Iterator[tuple[str, ...]]:
    """The short forms of a given name: ``J. P.``, ``JP``, ``J. Pierre``, ``Ph.``."""
    letters = [part[0] for part in parts]
    yield tuple(letters)
    if len(parts) > 1 and parts[0] not in words.compound:
        yield (parts[-1],)  # "Linh" for "Thi Linh"
    if len(parts) > 1:
        yield ("".join(letters),)
        yield (letters[0], *parts[1:])
        yield (*parts[:-1], letters[-1])
    else:
        yield from ((each,) for each in words.digraphs if parts[0].startswith(each))
