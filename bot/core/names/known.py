"""What is known of a person, folded, to be told from others."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.names.people import Lesson, Person
from bot.core.names.watchwords import Watchwords
from bot.core.text import phrase_of
from bot.core.text import words as folded_words


@dataclass(frozen=True, slots=True)
class Known:
    """A person, ready to be found and to be told from others."""

    key: int
    is_common: bool
    other_titles: frozenset[str]
    cities: Mapping[str, str]
    practices: Mapping[str, str]
    excluded: Mapping[str, str]
    own_professions: Mapping[str, str]
    colleagues: Mapping[str, str]
    lessons: tuple[tuple[str, Lesson], ...]
    unwanted: frozenset[str]
    """Spellings that name nobody."""
    refuses_care: bool
    """Another profession of health beside the name speaks against."""


def know(key: int, person: Person, words: Watchwords) -> Known:
    """Fold what is known of a person."""
    given, family = folded_words(person.given), folded_words(person.family)
    name = {*given, *family}
    own, refuses_care = own_professions(person.profession, words)
    title = phrase_of(person.title)
    against: frozenset[str] = frozenset()
    if title in words.feminine_titles:
        against = words.masculine_titles
    elif title in words.masculine_titles:
        against = words.feminine_titles
    return Known(
        key=key,
        is_common=len(family) == 1 and family[0] in words.common,
        other_titles=against,
        cities=_telling(_cities(person.city, words), name),
        practices=_telling({phrase_of(person.practice_name): person.practice_name}, name),
        excluded={phrase_of(each): each for each in person.excluded_words if phrase_of(each)},
        own_professions=own,
        colleagues={phrase_of(each): each for each in person.colleagues},
        lessons=tuple((phrase_of(each.words), each) for each in person.lessons),
        unwanted=frozenset(map(phrase_of, person.unwanted)),
        refuses_care=refuses_care,
    )


def _cities(city: str, words: Watchwords) -> dict[str, str]:
    """A town with its words whole or abbreviated, without its postcode."""
    bare = [
        each
        for each in folded_words(city)
        if each[0].isalpha() and each not in words.town_additions
    ]
    whole = [words.town_abbreviations.get(each, each) for each in bare]
    shorts = {long: short for short, long in words.town_abbreviations.items()}
    short = [shorts.get(each, each) for each in bare]
    return {" ".join(each): city for each in (bare, whole, short)}


def _telling(phrases: Mapping[str, str], name: set[str]) -> dict[str, str]:
    """Phrases that say more than the name itself."""
    return {
        phrase: shown for phrase, shown in phrases.items() if not name.issuperset(phrase.split())
    }


def own_professions(profession: str, words: Watchwords) -> tuple[dict[str, str], bool]:
    """The phrases that say the person's profession, and whether another one would be another."""
    own = phrase_of(profession)
    inside = [phrase for phrase in words.professions if f" {phrase} " in f" {own} "]
    longest = [each for each in inside if not any(each in other != each for other in inside)]
    groups = {words.professions[phrase][0] for phrase in longest}
    phrases = {
        phrase: shown
        for phrase, (group, shown) in words.professions.items()
        if group and group in groups
    }
    if own:
        phrases.setdefault(own, profession)
    return phrases, bool(own) and own not in words.generic_professions
