"""The French words that mean something around a name, as the templates list them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.text import phrase_of


@dataclass(frozen=True, slots=True)
class Watchwords:
    """The French words that mean something around a name, folded; see ``parse_watchwords``."""

    care_titles: frozenset[str]
    civil_titles: frozenset[str]
    plural_titles: frozenset[str]
    feminine_titles: frozenset[str]
    masculine_titles: frozenset[str]
    capital_titles: frozenset[str]
    """Titles that are other words when neither a capital nor a full stop shows them."""
    abbreviations: frozenset[str]
    shown_titles: Mapping[str, tuple[str, ...]]
    particles: frozenset[str]
    married: frozenset[str]
    digraphs: frozenset[str]
    compound: frozenset[str]
    letters: frozenset[str]
    given: frozenset[str]
    common: frozenset[str]
    small: frozenset[str]
    articles: frozenset[str]
    prepositions: frozenset[str]
    conjunctions: frozenset[str]
    not_given: frozenset[str]
    town_abbreviations: Mapping[str, str]
    town_additions: frozenset[str]
    large_towns: frozenset[str]
    generic_practices: frozenset[str]
    general_sites: tuple[str, ...]
    streets: frozenset[str]
    places: frozenset[str]
    context: Mapping[str, str]
    """Phrases, folded, and how they are shown."""
    generic_professions: frozenset[str]
    professions: Mapping[str, tuple[str, str]]
    """Phrases, folded; the profession each belongs to (empty: outside health) and its spelling."""

    @property
    def titles(self) -> frozenset[str]:
        """Every title."""
        return self.care_titles | self.civil_titles


class InvalidWatchwords(ValueError):
    """The document of watchwords cannot be used; ``problems`` lists everything to correct."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def parse_watchwords(document: Mapping[str, object]) -> Watchwords:
    """Return the words a document lists, or raise ``InvalidWatchwords`` with every problem."""
    lists = _Lists(document)
    found = Watchwords(
        care_titles=lists.folded("titles", "care"),
        civil_titles=lists.folded("titles", "civil"),
        plural_titles=lists.folded("titles", "plural"),
        feminine_titles=lists.folded("titles", "feminine"),
        masculine_titles=lists.folded("titles", "masculine"),
        capital_titles=lists.folded("titles", "capital"),
        abbreviations=lists.folded("titles", "abbreviated"),
        shown_titles={
            name: tuple(lists.strings("titles", "shown", name))
            for name in lists.names("titles", "shown")
        },
        particles=lists.folded("names", "particles"),
        married=lists.folded("names", "married"),
        digraphs=lists.folded("names", "digraphs"),
        compound=lists.folded("names", "compound"),
        letters=lists.folded("names", "letters"),
        given=lists.folded("names", "given"),
        common=lists.folded("names", "common"),
        small=lists.folded("around", "small"),
        articles=lists.folded("around", "articles"),
        prepositions=lists.folded("around", "prepositions"),
        conjunctions=lists.folded("around", "conjunctions"),
        not_given=lists.folded("around", "not_given"),
        town_abbreviations={
            phrase_of(short): phrase_of(long)
            for short in lists.names("towns", "abbreviated")
            for long in lists.strings("towns", "abbreviated", short)
        },
        town_additions=lists.folded("towns", "additions"),
        large_towns=lists.folded("towns", "large"),
        generic_practices=lists.folded("practices", "generic"),
        general_sites=tuple(lists.strings("sites", "general")),
        streets=lists.folded("around", "streets"),
        places=lists.folded("around", "places"),
        context={phrase_of(each): each for each in lists.strings("around", "context")},
        generic_professions=lists.folded("professions", "generic"),
        professions={phrase_of(each): ("", each) for each in lists.strings("professions", "other")}
        | {
            phrase_of(each): (name, each)
            for name in lists.names("professions", "care")
            for each in lists.strings("professions", "care", name)
        },
    )
    if lists.problems:
        raise InvalidWatchwords(lists.problems)
    return found


class _Lists:
    """Hands out the lists of a document and notes those that are missing or wrong."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self.problems: list[str] = []
        self._document = document

    def _at(self, path: tuple[str, ...]) -> object:
        value: object = self._document
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def strings(self, *path: str) -> list[str]:
        value = self._at(path)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        self.problems.append(f"{'.'.join(path)}: a list of words is wanted")
        return []

    def folded(self, *path: str) -> frozenset[str]:
        return frozenset(filter(None, map(phrase_of, self.strings(*path))))

    def names(self, *path: str) -> list[str]:
        value = self._at(path)
        if isinstance(value, Mapping):
            return list(value)
        self.problems.append(f"{'.'.join(path)}: a table is wanted")
        return []
