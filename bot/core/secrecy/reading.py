"""A text as the guard reads it: sentences of folded words, each with its classes and its place.

Case, accents, apostrophes, invisible characters, markup, letters held down, the usual
abbreviations and single slips of the keyboard make no difference to what comes out.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from bot.core.text import BREAK, SIGNS, Token, fold, phrase_of, tokens

NUMBER = "#number"
INITIAL = "#initial"
PAST = "#past"
"""A verb in the imperfect, by its ending: what was, rather than what is."""
IMPERATIVE = "#imperative"
"""A verb that may be one, by its ending; at the start of a sentence, it is."""
UNKNOWN = "#unknown"
"""A word of no list: in a greeting, somebody's name."""

_MARKUP = re.compile(
    r"<(?P<tag>/?[A-Za-z][A-Za-z0-9]{0,15})(?:\s[^<>]{0,500})?/?>|<!--.{0,500}?-->"
    r"|&(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});",
    re.DOTALL,
)
_LETTERS_IN_WORDS = ("b", "i", "em", "strong", "u", "span", "a", "font", "small", "mark", "wbr")
_HELD_DOWN = re.compile(r"([^\W\d])\1{2,}")
NOT_PAST = "{not_past}"
_CONJUGATED = ("ait", "aient", "ions", "iez")
"""Endings of tenses: one letter makes another tense, and no slip."""
_IMPERFECT = re.compile(r"...(?<!r)(?:ait|aient)$")
_SHORTEST_VERB = 5
_LONG_ENOUGH = 7
"""Shorter words are one slip away from too many others."""
_REMEMBERED = 20_000
_CLOSING = frozenset('\u00bb\u201d)"')
_ENDS = frozenset(".!?\u2026") | _CLOSING


@dataclass(frozen=True, slots=True)
class Word:
    """A word: what it is called (itself, its classes), and where it stands in the original."""

    said: str
    names: frozenset[str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of a sentence, and all the names they have together."""

    words: tuple[Word, ...]
    start: int
    end: int
    names: frozenset[str] = field(default=frozenset())
    ending: str = ""
    """The mark that ends it; none where a colon, a bracket or the like only parts it."""

    @property
    def unread(self) -> int:
        """How many of its words are in no list."""
        return sum(UNKNOWN in word.names for word in self.words)


class Lexicon:
    """The words the guard knows, by class; ``word*`` stands for all that begin so."""

    def __init__(
        self,
        classes: Mapping[str, Iterable[str]],
        phrases: Mapping[str, Iterable[str]],
        short: Mapping[str, str],
        known: Iterable[str] = (),
    ) -> None:
        """``phrases``: several words read as one; ``short``: abbreviations; ``known``: words."""
        exact: dict[str, set[str]] = {word: set() for word in known}
        self._stems: dict[str, set[str]] = {}
        for name, listed in classes.items():
            for each in listed:
                home = self._stems if each.endswith("*") else exact
                home.setdefault(phrase_of(each), set()).add(name)
        self._short = {phrase_of(each): phrase_of(full) for each, full in short.items()}
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, listed in phrases.items():
            exact.setdefault(name, set())
            for each in listed:
                parts = tuple(phrase_of(each).split())
                self._phrases.setdefault(parts[0], []).append((parts[1:], name))
        self._exact = exact
        self._lengths = sorted({len(stem) for stem in self._stems}, reverse=True)
        self._slips = self._one_slip_away(exact)
        self._known: dict[str, frozenset[str]] = {}
        self._full: dict[str, str] = {}

    def names(self, word: str) -> frozenset[str]:
        """What a folded word is called."""
        known = self._known.get(word)
        if known is None:
            known = self._named(word)
            if len(self._known) < _REMEMBERED:
                self._known[word] = known
        return known

    def full(self, word: str) -> str:
        """The word an abbreviation or a slip stands for; otherwise the word."""
        full = self._full.get(word)
        if full is None:
            full = self._in_full(word)
            if len(self._full) < _REMEMBERED:
                self._full[word] = full
        return full

    def joined(self, found: list[tuple[str, int, int]]) -> Iterable[tuple[str, int, int]]:
        """The words, those of a phrase made one."""
        place = 0
        while place < len(found):
            word, start, end = found[place]
            length = 1
            for rest, name in self._phrases.get(word, ()):
                after = found[place + 1 : place + 1 + len(rest)]
                if tuple(each for each, *_ in after) == rest and len(rest) >= length:
                    word, end, length = name, after[-1][2], len(rest) + 1
            yield word, start, end
            place += length

    def _named(self, word: str) -> frozenset[str]:
        names = {word} | self._exact.get(word, set()) | self._stem_of(word)
        if _IMPERFECT.search(word) and NOT_PAST not in names:
            names.add(PAST)
        if len(word) >= _SHORTEST_VERB and word.endswith("ez"):
            names.add(IMPERATIVE)
        if word.isdigit():
            names.add(NUMBER)
        elif word not in self._exact and len(names) == 1:
            names.add(UNKNOWN)
        return frozenset(names)

    def _in_full(self, word: str) -> str:
        word = self._short.get(word, word)
        is_known = word in self._exact or self._stem_of(word) or word.endswith(_CONJUGATED)
        if is_known or len(word) < _LONG_ENOUGH - 1:
            return word
        meant = {self._slips[each] for each in _shortened(word) if each in self._slips}
        return min(meant) if meant else word

    def _stem_of(self, word: str) -> set[str]:
        found: set[str] = set()
        for length in self._lengths:
            found |= self._stems.get(word[:length], set())
        return found

    @staticmethod
    def _one_slip_away(exact: Iterable[str]) -> dict[str, str]:
        slips: dict[str, str] = {}
        for word in sorted(exact):
            if len(word) >= _LONG_ENOUGH and " " not in word:
                for each in _shortened(word):
                    slips.setdefault(each, word)
        return slips


@dataclass(frozen=True, slots=True)
class Reading:
    """A text without what hides its words, and its sentences."""

    clean: str
    places: list[int]
    """Where each character of ``clean`` stands in the original."""
    sentences: tuple[Sentence, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A place of ``clean`` in the original."""
        return self.places[start], self.places[end - 1] + 1


def read(written: str, lexicon: Lexicon) -> Reading:
    """The text as the guard sees it."""
    clean, places = seen_text(written)
    sentences: list[Sentence] = []
    held: list[Token] = []
    for token in [*tokens(clean), Token(BREAK, len(clean), len(clean))]:
        if token.word != BREAK:
            held.append(token)
            continue
        found = [
            (lexicon.full(each.word), places[each.start], places[each.end - 1] + 1)
            for each in held
            if each.word not in SIGNS
        ]
        initials = {places[each.start] for each in held if each.has_dot and len(each.word) == 1}
        held = []
        if found:
            end = places[token.end - 1] + 1 if token.end > token.start else len(written)
            ending = _ending(clean, token.start)
            sentences.append(_sentence(lexicon, found, initials, end, ending))
    return Reading(clean, places, tuple(sentences))


def _sentence(
    lexicon: Lexicon,
    found: list[tuple[str, int, int]],
    initials: set[int],
    end: int,
    ending: str,
) -> Sentence:
    said = tuple(
        Word(word, lexicon.names(word) | ({INITIAL} if start in initials else set()), start, stop)
        for word, start, stop in lexicon.joined(found)
    )
    names = frozenset[str]().union(*(word.names for word in said))
    return Sentence(said, said[0].start, end, names, ending)


def _ending(clean: str, at: int) -> str:
    """The mark that ends a sentence here: the strongest of those in a row, before a space."""
    place = at
    while place < len(clean) and clean[place] in _ENDS:
        place += 1
    marks = clean[at:place]
    if clean[at : at + 1] in _CLOSING or (place < len(clean) and not clean[place].isspace()):
        return ""
    return next((each for each in "?!" if each in marks), ".")


def seen_text(written: str) -> tuple[str, list[int]]:
    """The text without markup and letters held down, and where each character came from."""
    pieces: list[str] = []
    places: list[int] = []

    def add(piece: str, start: int, step: int) -> None:
        pieces.append(piece)
        places.extend(start + step * index for index in range(len(piece)))

    place = 0
    for found in _MARKUP.finditer(written):
        add(written[place : found.start()], place, 1)
        if found["tag"] is None:
            add("" if found[0].startswith("<") else html.unescape(found[0]), found.start(), 0)
        elif found["tag"].lstrip("/").lower() not in _LETTERS_IN_WORDS:
            add(" ", found.start(), 0)
        place = found.end()
    add(written[place:], place, 1)
    return _without_held_letters(*_seen("".join(pieces), places))


def _seen(text: str, places: list[int]) -> tuple[str, list[int]]:
    """The text without what is not seen: zero-width and direction marks, soft hyphens."""
    if text.isascii():
        return text, places
    kept = [
        (each, place)
        for each, place in zip(text, places, strict=True)
        if each.isascii() or unicodedata.category(each) != "Cf"
    ]
    return "".join(each for each, _ in kept), [place for _, place in kept]


def _without_held_letters(text: str, places: list[int]) -> tuple[str, list[int]]:
    # A line that ends is a space like another: only signs end sentences.
    text = text.translate(_LINES)
    if not _HELD_DOWN.search(text):
        return text, places
    kept: list[str] = []
    kept_places: list[int] = []
    place = 0
    for found in _HELD_DOWN.finditer(text):
        kept.append(text[place : found.start() + 1])
        kept_places.extend(places[place : found.start() + 1])
        place = found.end()
    kept.append(text[place:])
    kept_places.extend(places[place:])
    return "".join(kept), kept_places


_LINES = {ord(each): " " for each in "\n\r\u2028\u2029\x0b\x0c\x85"}


def _shortened(word: str) -> Iterable[str]:
    """The word itself, less each of its letters, and with each two neighbours exchanged."""
    yield word
    for place in range(1, len(word)):  # the first letter is seldom the slip
        yield word[:place] + word[place + 1 :]
    for place, (one, other) in enumerate(pairwise(word)):
        if place and one != other:
            yield word[:place] + other + one + word[place + 2 :]


def is_binary(written: str) -> bool:
    """Whether the text is rubbish rather than words: control characters, or no letter at all."""
    odd = sum(unicodedata.category(each) in {"Cc", "Cn", "Co", "Cs"} for each in written)
    odd -= sum(written.count(each) for each in "\n\r\t")
    return odd * 20 > len(written) or "\ufffd" in written


def is_blank(written: str) -> bool:
    """Whether nothing is left once what cannot be seen is taken away."""
    return not fold(seen_text(written)[0]).strip()
