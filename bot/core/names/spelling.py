"""The spellings of a name: those that are looked for, and those that are shown."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from string import ascii_lowercase
from typing import NamedTuple

from bot.core.names.lexicon import Lexicon
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


def may_slip(person: Person) -> tuple[tuple[str, ...], str] | None:
    """The given name, and the family name if one wrong letter leaves it alone."""
    given, family = folded_words(person.given), folded_words(person.family)
    is_long = len(family) == 1 and len(family[0]) >= SLIP_LETTERS
    return (tuple(given), family[0]) if given and is_long else None


def one_letter_off(word: str) -> set[str]:
    """A word with one letter lost, added or changed, or with two neighbours swapped."""
    found = {word[:at] + word[at + 1 :] for at in range(len(word))}
    found |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    for at in range(len(word) + 1):
        left, right, changed = word[:at], word[at:], word[at + 1 :]
        for letter in ascii_lowercase:
            found.add(left + letter + right)
            found.add(left + letter + changed)
    found.discard(word)
    return found


_PARTS_TO_PLAY_WITH = 4
SLIP_LETTERS = 7
"""Letters of a family name from which one wrong letter leaves no other name."""


class FormKind(StrEnum):
    """What a spelling is one of."""

    FAMILY = "family"
    PRACTICE = "practice"
    ALIAS = "alias"
    WORD = "word"  # an alias of one plain word


class Form(NamedTuple):
    """A spelling, of what, and the place of the word that opens the gate to it."""

    words: tuple[str, ...]
    kind: FormKind
    anchor: int

    @property
    def gate(self) -> str:
        """The word that opens the gate."""
        return self.words[self.anchor]


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
    words: frozenset[str]
    letters: frozenset[str]
    """All the words of both; those of a single letter apart."""


def ways_of(given: str, words: Watchwords) -> Ways:
    """How this given name is written."""
    parts = folded_words(given)
    whole = frozenset(segmentations(parts) if parts else ())
    initials = frozenset(_initials_of(parts, words) if parts else ())
    each = {word for way in whole | initials for word in way}
    letters = frozenset(word for word in each if len(word) == 1)
    return Ways(whole, initials, frozenset(each - letters), letters)


def gates_of(person: Person, lexicon: Lexicon) -> set[str]:
    """The words that open the gate to a person."""
    family = folded_words(person.family)
    if len(family) == 1 and not person.aliases and not person.practice_name:
        return set(family)  # nearly everybody, at once
    return {form.gate for form in forms_of(person, lexicon)}


def forms_of(person: Person, lexicon: Lexicon) -> dict[Form, None]:
    """Every way to write the family name, the aliases and the practice, each once."""
    found: dict[Form, None] = {}
    if family := folded_words(person.family):
        found.update((_form(way, FormKind.FAMILY), None) for way in segmentations(family))
    if person.practice_name and person.answers_for_practice:
        practice = tuple(folded_words(person.practice_name))
        telling = _telling_words(practice, person, lexicon)
        if len(practice) > 1 and any(len(word) > SHORT_WORD for word in telling):
            anchor = practice.index(max(telling, key=len))
            found[Form(practice, FormKind.PRACTICE, anchor)] = None
    given = folded_words(person.given) if person.aliases else []
    for alias in person.aliases:
        found.update((form, None) for form in _forms_of_alias(alias, given, lexicon.words))
    return found


def _form(words: tuple[str, ...], kind: FormKind) -> Form:
    """A spelling whose longest word opens the gate, so that it is never "de"."""
    return Form(words, kind, max(range(len(words)), key=lambda at: len(words[at])))


def _telling_words(practice: tuple[str, ...], person: Person, lexicon: Lexicon) -> list[str]:
    """The words of a practice's name that stand for it wherever they are read."""
    known = {*folded_words(person.city), *folded_words(person.family), *folded_words(person.given)}
    return [word for word in practice if word not in known | lexicon.plain_practices]


SHORT_WORD = 3


def _forms_of_alias(alias: str, given: list[str], words: Watchwords) -> Iterator[Form]:
    parts = folded_words(alias)
    if not parts:
        return
    if len(parts) == 1 and alias.strip().isalpha():
        yield Form((parts[0],), FormKind.WORD, 0)
        yield Form((parts[0],), FormKind.FAMILY, 0)
        return
    yield from (_form(way, FormKind.ALIAS) for way in segmentations(parts))
    if given and parts[: len(given)] == given and len(parts) > len(given):
        after = (*parts[len(given) :], *given)
        yield _form(after, FormKind.ALIAS)
    if parts[0] in words.care_titles and len(parts) > 1:
        for title in words.care_titles:
            yield _form((title, *parts[1:]), FormKind.ALIAS)


def _initials_of(parts: list[str], words: Watchwords) -> Iterator[tuple[str, ...]]:
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
