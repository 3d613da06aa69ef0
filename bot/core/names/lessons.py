"""What a person teaches by saying that an entry is about them, or is not."""

from bot.core.names.known import own_professions
from bot.core.names.people import Lesson, Person
from bot.core.names.watchwords import Watchwords
from bot.core.names.weigh import TEXT_ABOUT_ONE_THING
from bot.core.text import phrase_of
from bot.core.text import words as folded_words
from bot.core.urls import outlet


def teachable(
    person: Person, words: Watchwords, entry: tuple[str, str, str], *, is_for: bool
) -> Lesson | None:
    """What a publication that is, or is not, about a person teaches of the next ones.

    The most telling thing it says that the person's own facts do not: another profession, another
    town; failing that its site, unless everybody is talked of there; failing that nothing. It is
    shown to the person, who may take it back.

    Args:
        person: who said "it is me", or "it is not".
        words: the watchwords.
        entry: title, text and address of the publication.
        is_for: whether it is about them.
    """
    title, text, url = entry
    own = f" {phrase_of(f'{person.profession} {person.city} {person.practice_name}')} "
    near = f" {phrase_of(title)} {phrase_of(text[:TEXT_ABOUT_ONE_THING])} "
    known, _ = own_professions(person.profession, words)
    name = {*folded_words(person.given), *folded_words(person.family)}
    found = [
        shown
        for phrase, (_, shown) in words.professions.items()
        if f" {phrase} " in near
        and phrase not in known
        and phrase not in words.generic_professions
        and f" {phrase} " not in own
        and name.isdisjoint(phrase.split())
    ]
    towns = [
        town
        for town in words.large_towns
        if f" {town} " in near and f" {town} " not in own and town not in name
    ]
    if found or towns:
        return Lesson(max(found or towns, key=len), is_for)
    host = outlet(url) if url else ""
    is_general = any(host == each or host.endswith(f".{each}") for each in words.general_sites)
    return Lesson("", is_for, host) if host and not is_general else None
