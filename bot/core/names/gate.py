"""The words that may be somebody's, and what is looked for where one of them stands.

Of each person little is kept: which words call for them. The rest (every spelling, by given name)
is worked out when a text first holds such a word. So 200,000 people are ready in a second, and one
more or one less changes a few entries.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.names.known import Known, know
from bot.core.names.lexicon import Lexicon
from bot.core.names.people import Person
from bot.core.names.sightings import Node
from bot.core.names.spelling import (
    SLIP_LETTERS,
    FormKind,
    Ways,
    forms_of,
    gates_of,
    may_slip,
    one_letter_off,
    ways_of,
)
from bot.core.text import DASH

Slips = Mapping[str, Iterable[tuple[int, tuple[str, ...], str]]]
"""Words that are a family name but for one letter: whom they may mean, the given name beside them
(nothing: a title is), and that family name."""

_HELD = 5_000
"""Words and people worked out that are held at once."""
_TITLE_REACH = 3
"""Words from which a title reaches a family name, another title or a given name between them."""
_PLURAL_REACH = 8
_GIVEN_REACH = 4
"""The same for a given name or initials, on either side."""
_LONGEST_SLIP = 30
_SLIPS_TRIED = 20
"""Words of one piece of text that are tried: 500 spellings each."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a word of the gate opens."""

    nodes: tuple[Node, ...]
    wholes: tuple[tuple[int, tuple[str, ...]], ...]
    """Names that need nothing beside them: how many words stand before this one, and all."""
    reach: int
    """Words of the longest family name."""
    given: frozenset[str]
    """Words of given names, one of which must stand near a family name, or else a title must."""
    initials: frozenset[str]

    def is_whole(self, words: list[str], at: int) -> bool:
        """Whether a name that needs nothing beside it stands here."""
        return any(
            before <= at and tuple(words[at - before : at - before + len(whole)]) == whole
            for before, whole in self.wholes
        )


class Company:
    """What stands around the words of a text; never wrong when it says that nobody is named."""

    def __init__(
        self, words: list[str], text: str, lexicon: Lexicon, givens: Mapping[str, int]
    ) -> None:
        self.words = words
        self.has_given = not givens.keys().isdisjoint(words)
        self.has_title = not lexicon.calls.isdisjoint(words)
        self._text = text
        self._has_initials: bool | None = None
        self._titles = lexicon.calls
        self._plural = lexicon.words.plural_titles

    @property
    def has_initials(self) -> bool:
        """Whether a letter may stand for a name: written big and alone, or with a full stop."""
        if self._has_initials is None:
            text = self._text
            self._has_initials = (
                _BIG_LETTER.search(text) is not None
                or _DOTTED_LETTER.search(text) is not None
                or "_" in text
                or (not text.isascii() and _WHO_KNOWS.search(text) is not None)
            )
        return self._has_initials

    def may_name(self, opening: Opening, at: int) -> bool:
        """Whether a given name, initials or a title stand near enough."""
        words, reach = self.words, opening.reach
        if opening.wholes and opening.is_whole(words, at):
            return True
        if not reach:
            return False
        near = words[max(0, at - reach - _GIVEN_REACH) : at + reach + _GIVEN_REACH]
        return (
            (self.has_given and not opening.given.isdisjoint(near))
            or (self.has_title and self._is_called(at, reach))
            or (not opening.initials.isdisjoint(near) and self.has_initials)
        )

    def _is_called(self, at: int, reach: int) -> bool:
        """Whether a title stands before a word."""
        words = self.words
        return not (
            self._titles.isdisjoint(words[max(0, at - reach - _TITLE_REACH) : at])
            and self._plural.isdisjoint(words[max(0, at - reach - _PLURAL_REACH) : at])
        )


_BIG_LETTER = re.compile(r"[A-Z\xc0-\xde](?![^\W_]|['\u2019])")
_DOTTED_LETTER = re.compile(r"\.(?<!\w\w\.)")
_WHO_KNOWS = re.compile(r"[^\x00-\xac\xae-\xff\u0152\u0153\u2013\u2014\u2018-\u201d\u2026\u20ac]")
"""Letters with their accents apart, and what is not seen."""


class Gate:
    """Which words may be somebody's, and whose."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._people: dict[int, Person] = {}
        self._keys: dict[str, int | list[int]] = {}
        """Mostly one person a word: a list for each would weigh as much as all the rest."""
        self._givens: dict[str, int] = {}
        """How many people have a given name that may be written with this word."""
        self._wholes: dict[str, int] = {}
        """How many people have names of other kinds, that need nothing beside them, by word."""
        self._openings: dict[str, Opening] = {}
        self._known: dict[int, Known] = {}
        self._ways: dict[str, Ways] = {}

    def __len__(self) -> int:
        return len(self._people)

    def __contains__(self, key: int) -> bool:
        return key in self._people

    def add(self, key: int, person: Person) -> None:
        """Let a person's words open the gate."""
        self._people[key] = person
        for word in gates_of(person, self._lexicon):
            self._openings.pop(word, None)
            held = self._keys.setdefault(word, key)
            if isinstance(held, list):
                held.append(key)
            elif held != key:
                self._keys[word] = [held, key]
            if person.aliases or person.practice_name:
                _count(self._wholes, word, 1)
        for word in self._ways_of(person.given).words:
            _count(self._givens, word, 1)

    def remove(self, key: int) -> None:
        """Let them open it no more."""
        person = self._people.pop(key, None)
        if person is None:
            return
        self._known.pop(key, None)
        for word in gates_of(person, self._lexicon):
            self._openings.pop(word, None)
            held = self._keys[word]
            if isinstance(held, list) and len(held) > 1:
                held.remove(key)
            else:
                del self._keys[word]
            if person.aliases or person.practice_name:
                _count(self._wholes, word, -1)
        for word in self._ways_of(person.given).words:
            _count(self._givens, word, -1)

    def company(self, words: list[str], text: str) -> Company:
        """What the words of a text stand beside."""
        return Company(words, text, self._lexicon, self._givens)

    def opens(self, company: Company) -> bool:
        """Whether somebody may be named by a text."""
        keys, openings, words = self._keys, self._openings, company.words
        if keys.keys().isdisjoint(words):
            return False
        is_alone = not (company.has_given or company.has_title or company.has_initials)
        if is_alone and self._wholes.keys().isdisjoint(words):
            return False
        for at, word in enumerate(words):
            if word in keys and company.may_name(openings.get(word) or self._opening(word), at):
                return True
        return False

    def nodes(self, word: str) -> tuple[Node, ...]:
        """The names this word is the anchor of."""
        return self._opening(word).nodes if word in self._keys else ()

    def knows(self, key: int) -> Known:
        """What is known of a person, to tell them from others."""
        known = self._known.get(key)
        if known is None:
            _make_room(self._known)
            known = self._known[key] = know(key, self._people[key], self._lexicon.words)
        return known

    def slips(self, company: Company) -> Slips:
        """The words that are a long family name but for one letter, in the right company.

        Beside the given name, or after a title in a text that names the town.
        """
        if not (company.has_given or company.has_title):
            return {}
        found: dict[str, set[tuple[int, tuple[str, ...], str]]] = {}
        tried: dict[str, tuple[str, ...]] = {}
        for beside, word in self._pairs(company.words):
            if not SLIP_LETTERS - 1 <= len(word) <= _LONGEST_SLIP:
                continue
            if word not in tried:
                if len(tried) == _SLIPS_TRIED:
                    break
                tried[word] = tuple(each for each in one_letter_off(word) if each in self._keys)
            if meant := set(self._meant(beside, tried[word], company.words)):
                found.setdefault(word, set()).update(meant)
        return found

    def _pairs(self, words: list[str]) -> Iterator[tuple[str, str]]:
        """Each given name, each title (as nothing), and an unknown word that may be its name."""
        keys, titles = self._keys, self._lexicon.slip_titles
        for at, word in enumerate(words):
            if word in self._givens:
                around = [*words[max(0, at - 1) : at], *words[at + 1 : at + 2]]
                if not any(each in keys for each in around):
                    yield from ((word, each) for each in around)
            elif word in titles and at + 1 < len(words) and words[at + 1] not in keys:
                yield "", words[at + 1]

    def _meant(
        self, beside: str, families: Iterable[str], words: list[str]
    ) -> Iterator[tuple[int, tuple[str, ...], str]]:
        """Who has one of these family names, and that given name or a town these words name."""
        for family in sorted(families):
            for key in self._keys_of(family):
                slip = may_slip(self._people[key])
                if slip is None or slip[1] != family:
                    continue
                if beside in slip[0]:
                    yield key, *slip
                elif not beside and self._is_in_town(key, words):
                    yield key, (), family

    def _is_in_town(self, key: int, words: list[str]) -> bool:
        cities = filter(None, self.knows(key).cities)
        return any(set(city.split()).issubset(words) for city in cities)

    def _keys_of(self, word: str) -> list[int]:
        held = self._keys[word]
        return held if isinstance(held, list) else [held]

    def _opening(self, word: str) -> Opening:
        opening = self._openings.get(word)
        if opening is None:
            _make_room(self._openings)
            opening = self._openings[word] = self._opened(word)
        return opening

    def _opened(self, word: str) -> Opening:
        nodes: dict[tuple[str, ...], Node] = {}
        ways: set[Ways] = set()
        for key in self._keys_of(word):
            person = self._people[key]
            way = self._ways_of(person.given)
            for form in forms_of(person, self._lexicon):
                if form.gate == word:
                    node = nodes.setdefault(form.words, Node(form.words, form.anchor))
                    node.add(key, form.kind, way)
                    if form.kind is FormKind.FAMILY:
                        ways.add(way)
        return Opening(
            nodes=tuple(nodes.values()),
            wholes=tuple(_bare(node) for node in nodes.values() if node.wholes),
            reach=max((len(node.words) for node in nodes.values() if node.families), default=0),
            given=frozenset(each for way in ways for each in way.words),
            initials=frozenset(each for way in ways for each in way.letters),
        )

    def _ways_of(self, given: str) -> Ways:
        """How a given name is written; worked out once, since many people share it."""
        if given not in self._ways:
            _make_room(self._ways)
            self._ways[given] = ways_of(given, self._lexicon.words)
        return self._ways[given]


def _count(counts: dict[str, int], word: str, more: int) -> None:
    counts[word] = counts.get(word, 0) + more
    if not counts[word]:
        del counts[word]


def _make_room(held: dict[int, Known] | dict[str, Opening] | dict[str, Ways]) -> None:
    if len(held) >= _HELD:
        held.clear()


def _bare(node: Node) -> tuple[int, tuple[str, ...]]:
    before = sum(word != DASH for word in node.words[: node.anchor])
    return before, tuple(word for word in node.words if word != DASH)
