"""Finding a person in a text: the spellings of a name, what stands around it, and how sure it is.

Nothing here is a pattern written by a user. The forms of a name are built from the person; a text
is read once, and only where one of its words opens the gate (the longest word of a family name or
of an alias). What is found is weighed: evidence for and against adds up to a score, and the score
falls in one of three zones.

To make the matcher wiser, add a kind of evidence and its weight, and give it where it is seen:
``_Page`` knows what stands in the text, ``_Known`` what is known of the person.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from bot.core.text import BREAK, COMMA, DASH, OPEN, SIGNS, Span, tokens
from bot.core.text import words as folded_words
from bot.core.urls import outlet


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to look for."""

    given: str
    family: str
    title: str = ""
    profession: str = ""
    city: str = ""
    practice_name: str = ""
    aliases: tuple[str, ...] = ()
    excluded_words: tuple[str, ...] = ()
    colleagues: tuple[str, ...] = ()
    """Names of those who work in the same practice."""
    lessons: tuple["Lesson", ...] = ()
    answers_for_practice: bool = True
    """Whether a text that names the practice alone may be about this person."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What somebody taught by saying of a publication that it was about them, or was not."""

    words: str
    """Found in a text, they speak for or against; empty when the site alone does."""
    is_for: bool
    host: str = ""


class Zone(StrEnum):
    """How sure it is that the person is meant."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


class EvidenceKind(StrEnum):
    """What speaks for or against; each has a French label."""

    EXACT_NAME = "exact_name"
    INVERTED = "inverted"
    INITIALS = "initials"
    ALIAS = "alias"
    HANDLE = "handle"
    TITLE_AND_FAMILY = "title_and_family"
    PROFESSION_AND_FAMILY = "profession_and_family"
    SLIP = "slip"
    PRACTICE_ALONE = "practice_alone"
    TITLE = "title"
    CITY = "city"
    PROFESSION = "profession"
    PRACTICE = "practice"
    CONTEXT = "context"
    OWN_PAGE = "own_page"
    COLLEAGUE = "colleague"
    LEARNED_FOR = "learned_for"
    LEARNED_AGAINST = "learned_against"
    OTHER_GIVEN_NAME = "other_given_name"
    OTHER_PROFESSION = "other_profession"
    OTHER_CITY = "other_city"
    OTHER_TITLE = "other_title"
    LONGER_NAME = "longer_name"
    UNSURE_ORDER = "unsure_order"
    COMMON_WORD = "common_word"
    PLACE_NAME = "place_name"
    EXCLUDED_WORD = "excluded_word"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was found, in the words it was found in, and what it weighs (per cent)."""

    kind: EvidenceKind
    words: str
    weight: int

    @property
    def sign(self) -> int:
        """1 when it speaks for the person, -1 when it speaks against."""
        return 1 if self.weight > 0 else -1


@dataclass(frozen=True, slots=True)
class Match:
    """A person named by a text, or nearly, and why."""

    key: int
    zone: Zone
    score: float
    evidence: tuple[Evidence, ...]
    title_spans: tuple[Span, ...] = ()
    text_spans: tuple[Span, ...] = ()


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
            _phrase(short): _phrase(long)
            for short in lists.names("towns", "abbreviated")
            for long in lists.strings("towns", "abbreviated", short)
        },
        town_additions=lists.folded("towns", "additions"),
        large_towns=lists.folded("towns", "large"),
        generic_practices=lists.folded("practices", "generic"),
        general_sites=tuple(lists.strings("sites", "general")),
        streets=lists.folded("around", "streets"),
        places=lists.folded("around", "places"),
        context={_phrase(each): each for each in lists.strings("around", "context")},
        generic_professions=lists.folded("professions", "generic"),
        professions={_phrase(each): ("", each) for each in lists.strings("professions", "other")}
        | {
            _phrase(each): (name, each)
            for name in lists.names("professions", "care")
            for each in lists.strings("professions", "care", name)
        },
    )
    if lists.problems:
        raise InvalidWatchwords(lists.problems)
    return found


def variants(person: Person, words: Watchwords) -> tuple[str, ...]:
    """The spellings that are looked for, as shown to the person, the most telling first."""
    family, given = person.family.strip(), person.given.strip()
    shown = words.shown_titles
    titles = shown.get(_phrase(person.title), shown.get("other", ()))
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


class Matcher:
    """Finds people in texts; they can come and go."""

    def __init__(self, people: Mapping[int, Person], words: Watchwords) -> None:
        self._lexicon = _lexicon_of(words)
        self._people: dict[int, Person] = {}
        self._known: dict[int, _Known] = {}
        self._gate: dict[str, list[_Node]] = {}
        self._given: dict[str, dict[int, str]] = {}
        """People by the first word of their given name, with the family name a slip may hide."""
        for key, person in people.items():
            self.add(key, person)

    def __len__(self) -> int:
        return len(self._people)

    def __contains__(self, key: int) -> bool:
        return key in self._people

    def add(self, key: int, person: Person) -> None:
        """Look for this person too; in the place of whoever had the same key."""
        self.remove(key)
        self._people[key] = person
        ways = self._lexicon.ways_of(person.given)
        for form in _forms_of(person, self._lexicon.words):
            anchor = _anchor(form.words)
            nodes = self._gate.setdefault(form.words[anchor], [])
            node = next((node for node in nodes if node.words == form.words), None)
            if node is None:
                node = _Node(form.words, anchor)
                nodes.append(node)
            node.add(key, form.kind, ways)
        if slip := _may_slip(person):
            self._given.setdefault(slip[0], {})[key] = slip[1]

    def remove(self, key: int) -> None:
        """Look for this person no more."""
        person = self._people.pop(key, None)
        if person is None:
            return
        self._known.pop(key, None)
        if slip := _may_slip(person):
            del self._given[slip[0]][key]
            if not self._given[slip[0]]:
                del self._given[slip[0]]
        ways = self._lexicon.ways_of(person.given)
        for form in _forms_of(person, self._lexicon.words):
            word = form.words[_anchor(form.words)]
            for node in self._gate[word]:
                if node.words == form.words:
                    node.remove(key, form.kind, ways)
            kept = [node for node in self._gate[word] if not node.is_empty]
            if kept:
                self._gate[word] = kept
            else:
                del self._gate[word]

    def match(self, title: str, text: str, url: str = "") -> tuple[Match, ...]:
        """The people this title and this text name, the surest first.

        Args:
            title: of a publication.
            text: of the same.
            url: where it stands; a site may have been taught about.
        """
        sightings: dict[int, list[_Sighting]] = {}
        for page in (*self._pages(title, in_title=True), *self._pages(text, in_title=False)):
            for sighting in _without_shorter(self._sightings(page)):
                sightings.setdefault(sighting.known.key, []).append(sighting)
        if not sightings:
            return ()
        around = _Around(title, text, self._lexicon.words, url)
        found = (_weigh(seen, around) for seen in sightings.values())
        kept = (match for match in found if match is not None)
        return tuple(sorted(kept, key=lambda match: (-match.score, match.key)))

    def _pages(self, text: str, *, in_title: bool) -> Iterator["_Page"]:
        """The parts of a text that open the gate: all of it, unless it is very long."""
        left = _PIECES_READ
        for start, end in _pieces(text):
            piece = text[start:end]
            if left and self._opens(piece):
                left -= 1
                yield _Page(piece, self._lexicon, start, in_title=in_title)

    def _opens(self, text: str) -> bool:
        gate, given = self._gate, self._given if len(self) <= _SLIPS_AMONG else {}
        return any(word in gate or word in given for word in folded_words(text)) or any(
            any(self._handled(word)) for word in _handles(text)
        )

    def _handled(self, handle: str) -> Iterator[tuple["_Node", str]]:
        """The names a handle may be made of, and what stands before or after each."""
        for at in range(1, len(handle)):
            halves = handle[:at].strip("_"), handle[at:].strip("_")
            for name, rest in (halves, halves[::-1]):
                for node in self._gate.get(name, ()):
                    if node.words == (name,) and node.answers_to(rest, self._lexicon):
                        yield node, rest

    def _sightings(self, page: "_Page") -> Iterator["_Sighting"]:
        left = _NAMES_READ
        for at, word in enumerate(page.words):
            for node in self._gate.get(word, ()):
                first = at - node.anchor
                last = first + len(node.words)
                if first >= 0 and page.words[first:last] == node.words:
                    left -= 1
                    yield from node.sightings(page, first, last, self._knows)
            if word in self._given and len(self) <= _SLIPS_AMONG:
                left -= 1
                yield from self._slips(page, at, self._given[word])
            if page.is_handle(at):
                for node, rest in self._handled(word[:_LONGEST_HANDLE]):
                    left -= 1
                    yield from node.handles(page, at, rest, self._knows)
            if left < 0:
                return

    def _slips(self, page: "_Page", at: int, people: Mapping[int, str]) -> Iterator["_Sighting"]:
        """Who is named with one wrong letter, right beside their given name."""
        for beside in (at + 1, at - 1):
            word = page.word(beside)
            if word in self._gate or not page.is_word(beside):
                continue
            first, last = min(at, beside), max(at, beside) + 1
            for key, family in people.items():
                if _is_slip(word, family):
                    found = (_evidence(EvidenceKind.SLIP, page.shown(first, last)),)
                    yield _Sighting(self._knows(key), page, first, last, found, (family,))

    def _knows(self, key: int) -> "_Known":
        if key not in self._known:
            self._known[key] = _know(key, self._people[key], self._lexicon.words)
        return self._known[key]


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
    own = f" {_phrase(f'{person.profession} {person.city} {person.practice_name}')} "
    near = f" {_phrase(title)} {_phrase(text[:_TEXT_ABOUT_ONE_THING])} "
    known, _ = _own_professions(person.profession, words)
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


# Private from here on: the document.


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
        return frozenset(filter(None, map(_phrase, self.strings(*path))))

    def names(self, *path: str) -> list[str]:
        value = self._at(path)
        if isinstance(value, Mapping):
            return list(value)
        self.problems.append(f"{'.'.join(path)}: a table is wanted")
        return []


def _may_slip(person: Person) -> tuple[str, str] | None:
    """The first word of a given name, and the family name if one wrong letter leaves it alone."""
    given, family = folded_words(person.given), folded_words(person.family)
    is_long = len(family) == 1 and len(family[0]) >= _SLIP_LETTERS
    return (given[0], family[0]) if given and is_long else None


def _is_slip(word: str, name: str) -> bool:
    """Whether a word is a name with one letter added, lost, changed, or two letters swapped."""
    if abs(len(word) - len(name)) > 1 or word == name:
        return False
    start = next((at for at, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), None)
    if start is None:
        return True  # a letter more or less at the end
    left, right = word[start:], name[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right or left == right[1:] or left[1:] == right[1:] or swapped


# What is known of a person.

_LONG_TEXT = 20_000
_PIECE = 10_000
_PIECES_READ = 20
"""Pieces of a long text that are read closely: more is no article, or an attack."""
_NAMES_READ = 2_000
"""Names looked at in one piece, for the same reason."""
_LONGEST_HANDLE = 60
_LONGEST_GIVEN = 3
_PARTS_TO_PLAY_WITH = 4

_ZONES = ((75, Zone.SURE), (35, Zone.DOUBTFUL), (0, Zone.REJECTED))
"""The least score of each zone, per cent."""
_SIGHTINGS_WEIGHED = 500
_WEIGHTS: Mapping[EvidenceKind, int] = {
    EvidenceKind.EXACT_NAME: 85,
    EvidenceKind.INVERTED: 80,
    EvidenceKind.INITIALS: 40,
    EvidenceKind.ALIAS: 85,
    EvidenceKind.HANDLE: 80,
    EvidenceKind.TITLE_AND_FAMILY: 55,
    EvidenceKind.PROFESSION_AND_FAMILY: 35,
    EvidenceKind.SLIP: 45,
    EvidenceKind.PRACTICE_ALONE: 40,
    EvidenceKind.COLLEAGUE: 20,
    EvidenceKind.LEARNED_FOR: 40,
    EvidenceKind.LEARNED_AGAINST: -60,
    EvidenceKind.OTHER_CITY: -20,
    EvidenceKind.OWN_PAGE: 100,
    EvidenceKind.TITLE: 5,
    EvidenceKind.CITY: 25,
    EvidenceKind.PROFESSION: 20,
    EvidenceKind.PRACTICE: 35,
    EvidenceKind.CONTEXT: 5,
    EvidenceKind.OTHER_GIVEN_NAME: -100,
    EvidenceKind.OTHER_PROFESSION: -40,
    EvidenceKind.OTHER_TITLE: -45,
    EvidenceKind.LONGER_NAME: -40,
    EvidenceKind.UNSURE_ORDER: -20,
    EvidenceKind.COMMON_WORD: -30,
    EvidenceKind.PLACE_NAME: -60,
    EvidenceKind.EXCLUDED_WORD: -100,
}
_NEVER_SURE = frozenset((EvidenceKind.LONGER_NAME, EvidenceKind.PRACTICE_ALONE))
_DOUBTFUL_AT_MOST = 70
_SLIPS_AMONG = 5_000
"""People beyond whom slips of the pen are not looked for: each given name would open the gate."""
_SLIP_LETTERS = 7
"""Letters of a family name from which one wrong letter leaves no other name."""
_CIVIL_TITLE_AND_FAMILY = 45
_SEVERAL_INITIALS = 60
_TITLE_BESIDE_INITIALS = 15
_SINGLE_WORD_ALIAS = 60
_PROFESSION_BESIDE_NAME = 30
_COMMON_AFTER_SHORT_TITLE = -15
_PLACE_WITH_WHOLE_NAME = -45
_ANOTHER_NAME_AFTER = -15
_TWO_GIVEN_NAMES = -40
_PARTICLE_BEFORE = -60
_OTHER_TITLE_ALONE = -100
_OTHER_GIVEN_ELSEWHERE = -40


class _FormKind(StrEnum):
    FAMILY = "family"
    PRACTICE = "practice"
    ALIAS = "alias"
    WORD = "word"  # an alias of one plain word


class _Form(NamedTuple):
    words: tuple[str, ...]
    kind: _FormKind


@dataclass(frozen=True, slots=True)
class _Known:
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
    refuses_care: bool
    """Another profession of health beside the name speaks against."""


def _phrase(written: str) -> str:
    return " ".join(folded_words(written))


def _joined(name: str) -> str:
    """A name without spaces, dashes or apostrophes, its capitals kept."""
    return "".join(each for each in name if each.isalnum())


def _has_particle(family: str, words: Watchwords) -> bool:
    parts = folded_words(family)
    return len(parts) > 1 and parts[0] in words.particles


def _segmentations(parts: list[str]) -> set[tuple[str, ...]]:
    """The ways to write a name of several parts: apart, together, with dashes between spaces."""
    ways = {tuple(parts), ("".join(parts),)}
    if len(parts) == 1 or len(parts) > _PARTS_TO_PLAY_WITH:
        return ways
    for joints in product(("", " ", " - "), repeat=len(parts) - 1):
        spelled = parts[0] + "".join(map("".join, zip(joints, parts[1:], strict=True)))
        ways.add(tuple(spelled.split()))
    return ways


class _Ways(NamedTuple):
    """How a given name is written: whole, and in initials."""

    whole: frozenset[tuple[str, ...]]
    initials: frozenset[tuple[str, ...]]


def _anchor(words: tuple[str, ...]) -> int:
    """The place of the word that opens the gate: the longest, so that it is never "de"."""
    return max(range(len(words)), key=lambda at: len(words[at]))


def _forms_of(person: Person, words: Watchwords) -> dict[_Form, None]:
    """Every way to write the family name and the aliases, each once."""
    found: dict[_Form, None] = {}
    if family := folded_words(person.family):
        found.update((_Form(way, _FormKind.FAMILY), None) for way in _segmentations(family))
    if person.practice_name and person.answers_for_practice:
        practice = folded_words(person.practice_name)
        if _is_telling_practice(practice, person, words):
            found[_Form(tuple(practice), _FormKind.PRACTICE)] = None
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
    return len(practice) > 1 and any(len(word) > _SHORT_WORD for word in telling)


_SHORT_WORD = 3


def _forms_of_alias(alias: str, given: list[str], words: Watchwords) -> Iterator[_Form]:
    parts = folded_words(alias)
    if not parts:
        return
    if len(parts) == 1 and alias.strip().isalpha():
        yield _Form((parts[0],), _FormKind.WORD)
        yield _Form((parts[0],), _FormKind.FAMILY)
        return
    yield from (_Form(way, _FormKind.ALIAS) for way in _segmentations(parts))
    if given and parts[: len(given)] == given and len(parts) > len(given):
        after = (*parts[len(given) :], *given)
        yield _Form(after, _FormKind.ALIAS)
    if parts[0] in words.care_titles and len(parts) > 1:
        for title in words.care_titles:
            yield _Form((title, *parts[1:]), _FormKind.ALIAS)


def _initials_of(parts: list[str], words: Watchwords) -> Iterator[tuple[str, ...]]:
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


def _know(key: int, person: Person, words: Watchwords) -> _Known:
    given, family = folded_words(person.given), folded_words(person.family)
    name = {*given, *family}
    own, refuses_care = _own_professions(person.profession, words)
    title = _phrase(person.title)
    against: frozenset[str] = frozenset()
    if title in words.feminine_titles:
        against = words.masculine_titles
    elif title in words.masculine_titles:
        against = words.feminine_titles
    return _Known(
        key=key,
        is_common=len(family) == 1 and family[0] in words.common,
        other_titles=against,
        cities=_telling(_cities(person.city, words), name),
        practices=_telling({_phrase(person.practice_name): person.practice_name}, name),
        excluded={_phrase(each): each for each in person.excluded_words if _phrase(each)},
        own_professions=own,
        colleagues={_phrase(each): each for each in person.colleagues},
        lessons=tuple((_phrase(each.words), each) for each in person.lessons),
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


def _own_professions(profession: str, words: Watchwords) -> tuple[dict[str, str], bool]:
    """The phrases that say the person's profession, and whether another one would be another."""
    own = _phrase(profession)
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


# What stands in a text.


class _Lexicon:
    """The watchwords as the reading of a page asks for them."""

    def __init__(self, words: Watchwords) -> None:
        self.words = words
        self.titles = words.titles
        self.care_titles = words.care_titles
        self.links = words.conjunctions | {COMMA}
        single = {phrase for phrase in words.professions if " " not in phrase}
        self.no_name = (
            words.small
            | words.titles
            | words.particles
            | words.not_given
            | words.streets
            | words.places
            | words.married
            | words.generic_professions
            | single
        ) - words.given
        self._ways: dict[str, _Ways] = {}

    def ways_of(self, given: str) -> _Ways:
        """How this given name is written; worked out once, since many people share it."""
        if given not in self._ways:
            parts = folded_words(given)
            self._ways[given] = _Ways(
                frozenset(_segmentations(parts)) if parts else frozenset(),
                frozenset(_initials_of(parts, self.words)) if parts else frozenset(),
            )
        return self._ways[given]


_lexicons: dict[int, tuple[Watchwords, _Lexicon]] = {}


def _lexicon_of(words: Watchwords) -> _Lexicon:
    """One for all the matchers that know the same words: every practice has a matcher."""
    known = _lexicons.get(id(words))
    if known is None or known[0] is not words:
        _lexicons.clear()
        _lexicons[id(words)] = known = words, _Lexicon(words)
    return known[1]


class _Page:
    """A title or a text, read into tokens, and what its words look like."""

    def __init__(self, text: str, lexicon: _Lexicon, offset: int, *, in_title: bool) -> None:
        self.text = text
        self.lexicon = lexicon
        self.offset = offset
        self.in_title = in_title
        self.tokens = tokens(text, lexicon.words.abbreviations)
        self.words = tuple(token.word for token in self.tokens)
        self.others: dict[tuple[str, ...], str] = {}
        """Family names that stand here with a given name of somebody else."""

    def word(self, at: int) -> str:
        """The word or the sign there; a break before the first and after the last."""
        return self.words[at] if 0 <= at < len(self.words) else BREAK

    def joint(self, at: int) -> str:
        return self.tokens[at].joint if 0 <= at < len(self.tokens) else ""

    def shown(self, first: int, last: int) -> str:
        """What the original says from one token to before another."""
        start, end = self.span(first, last)
        return self.text[start:end]

    def span(self, first: int, last: int) -> Span:
        return self.tokens[first].start, self.tokens[last - 1].end

    def is_handle(self, at: int) -> bool:
        start = self.tokens[at].start
        return self.text[max(0, start - 1) : start] in {"#", "@"}

    def is_word(self, at: int) -> bool:
        return self.word(at) not in SIGNS

    def is_capital(self, at: int) -> bool:
        return self.is_word(at) and self.shown(at, at + 1)[:1].isupper()

    def is_upper(self, at: int) -> bool:
        return self.is_word(at) and self.shown(at, at + 1).isupper()

    def is_initial(self, at: int) -> bool:
        """A letter that stands for a name: written big, and with a full stop if it is a word."""
        word = self.word(at)
        if len(word) != 1 or not word.isalpha() or self.joint(at + 1) == "'":
            return False
        has_dot = self.tokens[at].has_dot
        return has_dot or (self.is_capital(at) and word not in self.lexicon.words.letters)

    def are_initials(self, first: int, last: int) -> bool:
        """Whether short words stand for a given name: ``J.-P.``, ``JP``, ``Ph.``."""
        for at in range(first, last):
            word = self.word(at)
            if len(word) > 1 and word in self.lexicon.no_name and not self.is_upper(at):
                return False
            if len(word) == 1 and not self.is_initial(at):
                return False
        return True

    def looks_like_name(self, at: int) -> bool:
        word = self.word(at)
        return len(word) > 1 and self.is_capital(at) and word not in self.lexicon.no_name

    def is_given(self, at: int, beside: int) -> bool:
        """A known given name, as big as the name it stands beside."""
        known = self.word(at) in self.lexicon.words.given
        return known and (self.is_capital(at) or not self.is_capital(beside))

    def other_given(self, at: int) -> str:
        """What looks like a given name right before a name, or nothing."""
        before = at - 1
        if self.is_initial(before) and not self.title(before):
            return self.shown(before, at)
        starts = not self.is_word(before - 1)
        if self.is_given(before, at) or (self.looks_like_name(before) and not starts):
            return self.shown(before, at)
        return ""

    def title(self, at: int) -> str:
        """The title there, folded, or nothing."""
        word = self.word(at)
        if word not in self.lexicon.titles:
            return ""
        is_plain = not self.is_capital(at) and not self.tokens[at].has_dot
        if is_plain and word in self.lexicon.words.capital_titles:
            return ""
        is_middle = len(word) == 1 and self.looks_like_name(at - 1)
        return "" if is_middle or self.joint(at + 1) == "'" else word

    def titles_before(self, at: int) -> list[str]:
        """The titles right before a name, the nearest first: ``Madame le docteur Lefevre``."""
        found: list[str] = []
        while True:
            if title := self.title(at - 1):
                found.append(title)
                at -= 1
            elif found and self.word(at - 1) in self.lexicon.words.articles and self.title(at - 2):
                at -= 1
            else:
                return found

    def shared_title(self, at: int) -> list[str]:
        """The title of several names, this one not the first: ``Drs Martin et Lefevre``."""
        links = self.lexicon.links
        if self.word(at - 1) not in links:
            return []
        for before in range(at - 1, at - 8, -1):
            if self.title(before) in self.lexicon.words.plural_titles:
                return [self.word(before)]
            if self.word(before) not in links and not self.looks_like_name(before):
                return []
        return []

    def place(self, at: int) -> str:
        """The street or the school that took a name, or nothing."""
        words = self.lexicon.words
        if self.word(at - 1) in words.streets | words.places:
            return self.word(at - 1)
        steps = 0
        while self.title(at - 1) or self.word(at - 1) in words.prepositions:
            at -= 1
            steps += 1
            if steps > _LONGEST_GIVEN:
                return ""
        return self.word(at - 1) if self.word(at - 1) in words.streets else ""


# A name in a text.


class _Candidate(NamedTuple):
    """Words beside a family name that may be the given name."""

    given: tuple[str, ...]
    kind: EvidenceKind
    first: int
    last: int
    doubts: tuple[Evidence, ...]


class _Sighting(NamedTuple):
    """A person, perhaps, in one place of a page."""

    known: _Known
    page: _Page
    first: int
    last: int
    evidence: tuple[Evidence, ...]
    family: tuple[str, ...]
    """The spelling it was found by."""

    @property
    def span(self) -> Span:
        """Where it stands in the title or the text, which its page may be a piece of."""
        start, end = self.page.span(self.first, self.last)
        return start + self.page.offset, end + self.page.offset

    def says(self, kind: EvidenceKind) -> bool:
        return any(each.kind is kind for each in self.evidence)


def _evidence(kind: EvidenceKind, words: str, weight: int | None = None) -> Evidence:
    return Evidence(kind, words, _WEIGHTS[kind] if weight is None else weight)


_Knows = Callable[[int], _Known]


_WHOLE_KINDS = {_FormKind.PRACTICE: EvidenceKind.PRACTICE_ALONE}


@dataclass(slots=True)
class _Node:
    """One spelling, and everybody it may name."""

    words: tuple[str, ...]
    anchor: int
    families: list[int] = field(default_factory=list)
    by_given: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    by_initials: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    wholes: list[tuple[int, _FormKind]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.families and not self.wholes

    def add(self, key: int, kind: _FormKind, ways: _Ways) -> None:
        if kind is not _FormKind.FAMILY:
            self.wholes.append((key, kind))
            return
        self.families.append(key)
        for index, given in self._places(ways):
            index.setdefault(given, []).append(key)

    def remove(self, key: int, kind: _FormKind, ways: _Ways) -> None:
        if kind is not _FormKind.FAMILY:
            self.wholes.remove((key, kind))
            return
        self.families.remove(key)
        for index, given in self._places(ways):
            index[given].remove(key)
            if not index[given]:
                del index[given]

    def _places(
        self, ways: _Ways
    ) -> Iterator[tuple[dict[tuple[str, ...], list[int]], tuple[str, ...]]]:
        yield from ((self.by_given, given) for given in ways.whole)
        yield from ((self.by_initials, given) for given in ways.initials)

    def answers_to(self, rest: str, lexicon: "_Lexicon") -> bool:
        """Whether a handle made of this name and of ``rest`` is somebody's."""
        return (rest,) in self.by_given or (bool(self.families) and rest in lexicon.care_titles)

    def handles(self, page: _Page, at: int, rest: str, knows: _Knows) -> Iterator[_Sighting]:
        """Who is named by ``#ClaireLefevre`` or ``@dr_lefevre``."""
        shown = page.shown(at, at + 1)
        keys, kind = self.by_given.get((rest,), []), EvidenceKind.HANDLE
        if not keys:
            keys, kind = self.families, EvidenceKind.TITLE_AND_FAMILY
        for key in keys:
            yield _Sighting(knows(key), page, at, at + 1, (_evidence(kind, shown),), self.words)

    def sightings(self, page: _Page, first: int, last: int, knows: _Knows) -> Iterator[_Sighting]:
        """Who is named by these words of the page, with what stands around them."""
        if "-" not in {page.joint(first), page.joint(last)}:
            for key, kind in self.wholes:
                weight = _SINGLE_WORD_ALIAS if kind is _FormKind.WORD else None
                what = _WHOLE_KINDS.get(kind, EvidenceKind.ALIAS)
                found = _evidence(what, page.shown(first, last), weight)
                yield _Sighting(knows(key), page, first, last, (found,), self.words)
        if self.families:
            named: set[int] = set()
            for key, candidate, evidence in self._by_given_name(page, first, last, knows):
                if key not in named:
                    named.add(key)
                    start, end = candidate.first, candidate.last
                    yield _Sighting(knows(key), page, start, end, evidence, self.words)
            for key, evidence in self._by_title(page, first, last, named, knows):
                yield _Sighting(knows(key), page, first, last, evidence, self.words)

    def _by_given_name(
        self, page: _Page, first: int, last: int, knows: _Knows
    ) -> Iterator[tuple[int, _Candidate, tuple[Evidence, ...]]]:
        for candidate in _candidates(page, first, last):
            for index in (self.by_given, self.by_initials):
                for key in index.get(candidate.given, ()):
                    is_whole = index is self.by_given
                    evidence = _named(page, knows(key), candidate, is_whole=is_whole)
                    if evidence:
                        yield key, candidate, evidence

    def _by_title(
        self, page: _Page, first: int, last: int, named: set[int], knows: _Knows
    ) -> Iterator[tuple[int, tuple[Evidence, ...]]]:
        """Whom a title and a family name may mean, and whom another given name rules out."""
        if other := _other_given(page, first, last):
            page.others.setdefault(self.words, other)
            if page.titles_before(first) or page.titles_before(first - 1):
                ruled_out = (_evidence(EvidenceKind.OTHER_GIVEN_NAME, other),)
                yield from ((key, ruled_out) for key in self.families if key not in named)
            return
        titles = page.titles_before(first) or page.shared_title(first)
        is_given = self.words[-1] in page.lexicon.words.given
        if named or page.joint(last) == "-":
            return
        if not titles:
            yield from self._by_profession(page, first, last, knows)
            return
        if is_given and page.looks_like_name(last):
            return  # "Dr Martin Dupont" is no Dr Martin
        for key in self.families:
            yield key, _titled(page, knows(key), first, last, titles)

    def _by_profession(
        self, page: _Page, first: int, last: int, knows: _Knows
    ) -> Iterator[tuple[int, tuple[Evidence, ...]]]:
        """Whom a profession right before a family name may mean: ``la psychiatre Wozniak``."""
        before = page.word(first - 1)
        if before not in page.lexicon.words.professions or not page.is_capital(first):
            return
        for key in self.families:
            if before in knows(key).own_professions:
                shown = page.shown(first - 1, last)
                yield key, (_evidence(EvidenceKind.PROFESSION_AND_FAMILY, shown),)


def _titled(
    page: _Page, known: _Known, first: int, last: int, titles: list[str]
) -> tuple[Evidence, ...]:
    words = page.lexicon.words
    weight = None if words.care_titles.intersection(titles) else _CIVIL_TITLE_AND_FAMILY
    shown = f"{page.shown(first - 1, last) if page.title(first - 1) else page.shown(first, last)}"
    found = [_evidence(EvidenceKind.TITLE_AND_FAMILY, shown, weight)]
    if known.is_common and not page.is_capital(first):
        weight = _COMMON_AFTER_SHORT_TITLE if titles[0] in words.abbreviations else None
        found.append(_evidence(EvidenceKind.COMMON_WORD, page.shown(first, last), weight))
    if page.looks_like_name(last) and not _is_city(known, page.word(last)):
        words_shown = page.shown(first, last + 1)
        found.append(_evidence(EvidenceKind.LONGER_NAME, words_shown, _ANOTHER_NAME_AFTER))
    return (*found, *_around_name(page, known, first, titles, is_whole=False))


def _is_city(known: _Known, word: str) -> bool:
    return any(word in city.split() for city in known.cities)


def _around_name(
    page: _Page, known: _Known, first: int, titles: list[str], *, is_whole: bool
) -> Iterator[Evidence]:
    """What a title of the other sex or the name of a street says against a name."""
    for title in known.other_titles.intersection(titles):
        weight = None if is_whole else _OTHER_TITLE_ALONE
        yield _evidence(EvidenceKind.OTHER_TITLE, title, weight)
    if place := page.place(first):
        weight = _PLACE_WITH_WHOLE_NAME if is_whole else None
        yield _evidence(EvidenceKind.PLACE_NAME, place, weight)


def _named(
    page: _Page, known: _Known, candidate: _Candidate, *, is_whole: bool
) -> tuple[Evidence, ...]:
    """What speaks for a person by family and given name; nothing when the initials are none."""
    first, last = candidate.first, candidate.last
    shown = page.shown(first, last)
    found = [_evidence(candidate.kind, shown)]
    if not is_whole:
        at = first if candidate.kind is EvidenceKind.EXACT_NAME else last - len(candidate.given)
        is_single = len(candidate.given) == 1
        is_title = is_single and bool(page.title(at)) and not page.title(at - 1)  # "M. Dupont"
        is_other = is_title or (at == first and page.other_given(first))
        if is_other or not page.are_initials(at, at + len(candidate.given)):
            return ()
        is_part = len(candidate.given) == 1 and len(candidate.given[0]) > _SHORT_WORD
        several = (
            len("".join(candidate.given)) > 1
            and not is_part
            and candidate.given[0] not in page.lexicon.words.digraphs
        )
        found = [_evidence(EvidenceKind.INITIALS, shown, _SEVERAL_INITIALS if several else None)]
    titles = page.titles_before(first)
    if titles and not is_whole:
        found.append(_evidence(EvidenceKind.TITLE, titles[0], _TITLE_BESIDE_INITIALS))
    elif page.lexicon.words.care_titles.intersection(titles):
        found.append(_evidence(EvidenceKind.TITLE, titles[0]))
    small = [at for at in range(first, last) if not page.is_capital(at)]
    if known.is_common and any(page.word(at) in page.lexicon.words.common for at in small):
        found.append(_evidence(EvidenceKind.COMMON_WORD, shown))
    found += candidate.doubts
    found += _around_name(page, known, first, titles, is_whole=True)
    return tuple(found)


def _other_given(page: _Page, first: int, last: int) -> str:
    """Another given name around a family name, or nothing."""
    if page.joint(first) != "-" and (before := page.other_given(first)):
        return before
    after = last + (page.word(last) == OPEN)
    if page.joint(last) != "-" and page.is_given(after, first):
        return page.shown(after, after + 1)
    return ""


def _candidates(page: _Page, first: int, last: int) -> Iterator[_Candidate]:
    """The words that may be the given name of a family name, the likeliest first."""
    longer = _longer_family(page, first, last)
    for skip in _skips(page, first):
        end = first - skip
        if skip and page.joint(end) == "-":
            continue  # "Jean-Pierre Lefevre" is no Jean
        for start in range(end - 1, end - 1 - _LONGEST_GIVEN, -1):
            if not page.is_word(start):
                break
            if page.joint(start) == "-" and not page.title(start - 1):
                continue  # "Marie-Claire Lefevre" is no Claire
            doubts = (
                *(longer if skip or page.joint(last) == "-" else ()),
                *_doubts_before(page, start, end, skip),
            )
            given = tuple(page.words[start:end])
            yield _Candidate(given, EvidenceKind.EXACT_NAME, start, last, doubts)
    if not longer and not page.other_given(first):
        yield from _inverted(page, first, last)


def _longer_family(page: _Page, first: int, last: int) -> tuple[Evidence, ...]:
    start = first - (page.joint(first) == "-")
    end = last + (page.joint(last) == "-")
    if (start, end) == (first, last):
        return ()
    return (_evidence(EvidenceKind.LONGER_NAME, page.shown(start, end)),)


def _skips(page: _Page, first: int) -> Iterator[int]:
    """How many words may stand between the given and the family name."""
    words = page.lexicon.words
    yield 0
    if page.joint(first) == "-":
        yield 1
        return
    before = page.word(first - 1)
    if before in words.married:
        yield 1
        yield 3 if page.word(first - 2) == OPEN else 2
    elif page.word(first - 2) in words.conjunctions and page.looks_like_name(first - 1):
        yield 2
    elif page.is_initial(first - 1) or (page.looks_like_name(first - 1) and before.isalpha()):
        yield 1


def _doubts_before(page: _Page, start: int, end: int, skip: int) -> Iterator[Evidence]:
    words = page.lexicon.words
    if page.is_given(start - 1, start) and not page.joint(start):
        yield _evidence(EvidenceKind.LONGER_NAME, page.shown(start - 1, end))
    if page.word(end) in words.conjunctions:
        yield _evidence(EvidenceKind.UNSURE_ORDER, page.shown(start, end + skip))
    if skip != 1 or page.is_initial(end) or page.word(end) in words.married:
        return
    shouted = page.is_upper(start) and page.is_upper(end) and page.word(end) not in words.given
    doubled = end - start == 1 and page.word(start) in words.compound
    if shouted or doubled:
        yield _evidence(EvidenceKind.LONGER_NAME, page.shown(start, end + 1))


def _inverted(page: _Page, first: int, last: int) -> Iterator[_Candidate]:
    sign = page.word(last) if page.word(last) in {COMMA, OPEN} else ""
    start = last + len(sign)
    while page.title(start):
        start += 1
    if page.is_capital(first) and not page.is_capital(start):
        return
    for end in range(start + 1, start + 1 + _LONGEST_GIVEN):
        if not page.is_word(end - 1):
            return
        if page.joint(end) == "-":
            continue
        doubts = list(_particle_before(page, first))
        if weight := _order_doubt(page, (first, start, end), sign):
            shown = page.shown(first, end)
            doubts.append(_evidence(EvidenceKind.UNSURE_ORDER, shown, weight))
        given = tuple(page.words[start:end])
        yield _Candidate(given, EvidenceKind.INVERTED, first, end, tuple(doubts))


def _particle_before(page: _Page, first: int) -> Iterator[Evidence]:
    """``Le Roy Helene`` is no Helene Roy, but ``de Roy Helene`` may say whose."""
    words, before = page.lexicon.words, page.word(first - 1)
    may_start = before in words.articles or page.is_word(first - 2)
    is_name = before not in words.prepositions or (page.is_capital(first - 1) and may_start)
    if before in words.particles and is_name:
        shown = page.shown(first - 1, first + 1)
        yield _evidence(EvidenceKind.LONGER_NAME, shown, _PARTICLE_BEFORE)


def _order_doubt(page: _Page, places: tuple[int, int, int], sign: str) -> int:
    """How much a family name before a given name may be two people, or the other way round."""
    first, start, end = places
    known = page.lexicon.words.given
    if page.is_upper(first) and not page.is_upper(start):
        return 0  # "LEFEVRE Claire"
    if sign == OPEN:
        return 0 if page.word(end) == BREAK else _WEIGHTS[EvidenceKind.UNSURE_ORDER]
    if sign == COMMA:
        before = first - len(page.titles_before(first)) - 1
        is_unsure = page.is_word(before) or page.is_word(end)
    elif page.word(first) in known and page.word(start) in known:
        return _TWO_GIVEN_NAMES
    else:
        is_unsure = page.looks_like_name(end) or not page.is_capital(first)
    return _WEIGHTS[EvidenceKind.UNSURE_ORDER] if is_unsure else 0


# Weighing what was found.


class _Around:
    """All the words of an entry, to look for what is known of a person."""

    def __init__(self, title: str, text: str, words: Watchwords, url: str) -> None:
        self.words = words
        self.host = outlet(url) if url else ""
        self._text = text
        self._title = _phrase(title)
        self.everything = f" {self._title} {_phrase(text)} "

    def near(self, seen: list["_Sighting"]) -> str:
        """The words of the title, and of the text as far as it still speaks of the person."""
        if len(self._text) < _TEXT_ABOUT_ONE_THING:
            return self.everything
        places = [each.span for each in seen[:_NEAR_SIGHTINGS] if not each.page.in_title]
        parts = [self._text[max(0, a - _NEAR) : b + _NEAR] for a, b in places]
        return f" {self._title} {' '.join(map(_phrase, parts))} "


def _first_of(phrases: Mapping[str, str], words: str) -> str:
    return next((shown for each, shown in phrases.items() if each and f" {each} " in words), "")


_TEXT_ABOUT_ONE_THING = 5_000
_NEAR = 1_000
_NEAR_SIGHTINGS = 20


def _weigh(seen: list[_Sighting], around: _Around) -> Match | None:
    """What all the sightings of one person come to."""
    known = seen[0].known
    names = [each for each in seen if not each.says(EvidenceKind.OTHER_GIVEN_NAME)]
    if not names:
        return Match(known.key, Zone.REJECTED, 0.0, seen[0].evidence)
    told = [[*each.evidence, *_beside(each)] for each in names[:_SIGHTINGS_WEIGHED]]
    best = max(told, key=_total)
    if best[0].kind is EvidenceKind.TITLE_AND_FAMILY:
        best += _somebody_else(seen)
    near = around.near(names)
    best += _context(known, near, around.words, best)
    best += _taught(known, near, around.host)
    if best[0].kind in _PARTIAL:
        best += _other_city(names, known, near)
    if excluded := _first_of(known.excluded, around.everything):
        best.append(_evidence(EvidenceKind.EXCLUDED_WORD, excluded))
        total = 0
    else:
        kinds = {each.kind for each in best}
        most = _DOUBTFUL_AT_MOST if kinds & _NEVER_SURE else 100
        total = max(0, min(most, _total(best)))
    return Match(
        key=known.key,
        zone=next(zone for least, zone in _ZONES if total >= least),
        score=total / 100,
        evidence=tuple(best),
        title_spans=_spans(each for each in names if each.page.in_title),
        text_spans=_spans(each for each in names if not each.page.in_title),
    )


def _total(found: Iterable[Evidence]) -> int:
    return sum(each.weight for each in found)


def _somebody_else(seen: list[_Sighting]) -> Iterator[Evidence]:
    """Whom else the same title and family name may mean in this entry."""
    for each in seen:
        if each.says(EvidenceKind.OTHER_GIVEN_NAME):
            yield each.evidence[0]
            return
    for each in seen:
        if other := each.page.others.get(each.family):
            yield _evidence(EvidenceKind.OTHER_GIVEN_NAME, other, _OTHER_GIVEN_ELSEWHERE)
            return


def _context(
    known: _Known, near: str, words: Watchwords, found: list[Evidence]
) -> Iterator[Evidence]:
    if city := _first_of(known.cities, near):
        yield _evidence(EvidenceKind.CITY, city)
    if colleague := _first_of(known.colleagues, near):
        yield _evidence(EvidenceKind.COLLEAGUE, colleague)
    is_alone = any(each.kind is EvidenceKind.PRACTICE_ALONE for each in found)
    if not is_alone and (practice := _first_of(known.practices, near)):
        yield _evidence(EvidenceKind.PRACTICE, practice)
    is_told = any(each.kind is EvidenceKind.PROFESSION for each in found)
    if not is_told and (profession := _first_of(known.own_professions, near)):
        yield _evidence(EvidenceKind.PROFESSION, profession)
    if context := _first_of(words.context, near):
        yield _evidence(EvidenceKind.CONTEXT, context)


def _taught(known: _Known, near: str, host: str) -> Iterator[Evidence]:
    """What was taught about the words or the site of this entry."""
    for phrase, lesson in known.lessons:
        is_said = bool(phrase) and f" {phrase} " in near
        if is_said or (lesson.host and lesson.host == host):
            kind = EvidenceKind.LEARNED_FOR if lesson.is_for else EvidenceKind.LEARNED_AGAINST
            yield _evidence(kind, lesson.words or lesson.host)


def _other_city(names: list[_Sighting], known: _Known, near: str) -> Iterator[Evidence]:
    """Another large town, said right after a name, when the person's own is not there."""
    if not known.cities or _first_of(known.cities, near):
        return
    for each in names[:_NEAR_SIGHTINGS]:
        if town := _town_after(each):
            yield _evidence(EvidenceKind.OTHER_CITY, town)
            return


def _town_after(sighting: _Sighting) -> str:
    page, towns = sighting.page, sighting.page.lexicon.words.large_towns
    for at in range(sighting.last, sighting.last + _TOWN_REACH):
        if page.word(at) == BREAK:
            return ""
        is_told = page.word(at - 1) in _BEFORE_TOWN
        if is_told and page.word(at) in towns and page.is_capital(at):
            return page.shown(at, at + 1)
    return ""


_PARTIAL = frozenset(
    (
        EvidenceKind.TITLE_AND_FAMILY,
        EvidenceKind.PROFESSION_AND_FAMILY,
        EvidenceKind.INITIALS,
        EvidenceKind.SLIP,
    )
)
"""Names that are not whole: people move, and whole names go with them."""
_BEFORE_TOWN = frozenset((COMMA, OPEN, DASH, "a", "de"))
_TOWN_REACH = 6


def _beside(sighting: _Sighting) -> list[Evidence]:
    """The professions told right beside a name: the person's own, or another."""
    known, words = sighting.known, sighting.page.lexicon.words
    other: list[Evidence] = []
    for phrase in _phrases_beside(sighting):
        if phrase in known.own_professions:
            shown = known.own_professions[phrase]
            return [_evidence(EvidenceKind.PROFESSION, shown, _PROFESSION_BESIDE_NAME)]
        group, shown = words.professions.get(phrase, (None, ""))
        if group == "" or (group and known.refuses_care):
            other = other or [_evidence(EvidenceKind.OTHER_PROFESSION, shown)]
    return other


def _phrases_beside(sighting: _Sighting) -> Iterator[str]:
    """Runs of up to three words that begin or end at most two words away from a name."""
    page = sighting.page
    for step, start in ((1, sighting.last), (-1, sighting.first - 1)):
        near: list[str] = []
        at = start
        while page.word(at) != BREAK and len(near) < _REACH + _LONGEST_PHRASE - 1:
            if page.is_word(at) and not page.title(at):
                near.append(page.word(at))
            at += step
        for begin in range(min(_REACH, len(near))):
            for size in range(_LONGEST_PHRASE, 0, -1):
                run = near[begin : begin + size]
                yield " ".join(run[::step])


_REACH = 2
_LONGEST_PHRASE = 3


def _without_shorter(sightings: Iterable[_Sighting]) -> list[_Sighting]:
    """Leave out who is only part of somebody else's longer name."""
    found = list(sightings)
    if not any(each.says(EvidenceKind.LONGER_NAME) for each in found):
        return found
    covers: dict[int, Span] = {}
    for each in found:
        if not each.says(EvidenceKind.LONGER_NAME):
            covers.update(dict.fromkeys(range(each.first, each.last), (each.first, each.last)))

    def is_part(each: _Sighting) -> bool:
        first, last = covers.get(each.first, (each.first, each.first))
        return last - first > each.last - each.first and each.last <= last

    return [each for each in found if not (each.says(EvidenceKind.LONGER_NAME) and is_part(each))]


def _spans(seen: Iterable[_Sighting]) -> tuple[Span, ...]:
    """Where a person is named; the longest of the spans that overlap."""
    kept: list[Span] = []
    for span in sorted({each.span for each in seen}, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)


def _pieces(text: str) -> Iterator[Span]:
    """A long text cut where no name is: at the ends of sentences, or at least between words."""
    start = 0
    while len(text) - start > _LONG_TEXT:
        late = start + _PIECE
        cuts = (text.rfind(sign, late - _PIECE // 10, late) for sign in ("\n", ". ", " "))
        end = next((at + 1 for at in cuts if at >= 0), late)
        yield start, end
        start = end
    yield start, len(text)


def _handles(text: str) -> list[str]:
    """The folded words behind a # or an @."""
    if "#" not in text and "@" not in text:
        return []
    found = (folded_words(each)[:1] for each in _HANDLE.findall(text))
    return [words[0][:_LONGEST_HANDLE] for words in found if words]


_HANDLE = re.compile(r"[#@](\w{4,60})")
