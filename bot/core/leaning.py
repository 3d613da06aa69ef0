"""A learned reading: what the words of a sentence lean towards, and which of them weigh most.

The weights are data, learned elsewhere from sentences that people labelled; here they are only
added up, the same today and tomorrow. What is weighed is always something that can be shown: a
word, its ending, words in a row or near each other, or the lists a word is in.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from bot.core.text import BREAK, SIGNS, Span, Token, tokens

_FURTHEST = 4
"""How far from each other two words may stand, and still be weighed together."""
_LETTERS = (3, 4, 5)
_LONGEST_ROW = 3
_REMEMBERED = 20_000
_UNITS = 1000
"""Weights are written in thousandths."""

Weights = tuple[tuple[int, float], ...]
"""The places of labels, and what is to be added to each."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A word as it is weighed, the lists it is in, and where it stands in the original."""

    word: str
    start: int
    end: int
    lists: tuple[str, ...] = ()


def hear(text: str) -> tuple[tuple[Heard, ...], ...]:
    """The words of each sentence of a text, for a reading that knows no list of words."""
    sentences: list[tuple[Heard, ...]] = []
    held: list[Heard] = []
    for token in [*tokens(text), Token(BREAK, len(text), len(text))]:
        if token.word not in SIGNS:
            held.append(Heard(token.word, token.start, token.end))
        elif token.word == BREAK and held:
            sentences.append(tuple(held))
            held = []
    return tuple(sentences)


_ENDINGS = re.compile(
    r"(?:issements?|issantes?|issants?|atrices?|ateurs?|ations?|ements?|ances?|ences?|euses?|eurs?"
    r"|ables?|ibles?|ives?|ifs?|ites?|aient|erions|eriez|eraient|erons|eront|erait|erais|erez|eras"
    r"|erai|era|ions|iez|ees|ee|es|er|ez|ait|ais|antes?|ants?|entes?|ents?|aux|als?|elles?|els?|ies?|irs?"
    r"|ines?|ins?|ues?|us|u|is|it|i|s|x|t|e|a)$"
)
_SHORTEST_STEM = 4


def stem(word: str) -> str:
    """A word less its French ending, roughly: enough for kindred words to meet."""
    for found in _ENDINGS.finditer(word):
        if found.start() >= _SHORTEST_STEM:
            return word[: found.start()]
    return word


def features(said: Sequence[Heard]) -> Iterator[tuple[str, int, int]]:
    """What can be weighed in a sentence, each with its first word and the one past its last."""
    for place, each in enumerate(said):
        for feature in _within(each.word):
            yield feature, place, place + 1
    yield from _between(said, [_root(each.word) for each in said])
    for place, gap in _near_places(len(said)):
        for feature in _both_lists(said[place].lists, said[place + gap].lists):
            yield feature, place, place + gap + 1
    first = _first_of_lists(said)
    for one, other in combinations(sorted(first), 2):
        here, there = sorted((first[one], first[other]))
        yield f"{one}&{other}", here, there + 1


@dataclass(frozen=True, slots=True)
class Label:
    """What a sentence may lean towards: where the sum begins, and what it must exceed.

    Over ``doubt`` but not over the threshold, something else must speak for it.
    """

    name: str
    start: float
    threshold: float
    weights: Mapping[str, float]
    doubt: float = math.inf


@dataclass(frozen=True, slots=True)
class Lean:
    """How far a sentence leans towards a label, and the places of the words that weigh most."""

    label: str
    score: float
    is_over: bool
    is_doubtful: bool
    """Whether it is over the doubt at least."""
    spans: tuple[Span, ...] = ()


class Leaning:
    """Weighs sentences by learned weights; labels are in the order of the file."""

    def __init__(self, labels: Iterable[Label]) -> None:
        self._labels = {each.name: each for each in labels}
        table: dict[str, list[tuple[int, float]]] = {}
        for place, label in enumerate(self._labels.values()):
            for feature, weight in label.weights.items():
                table.setdefault(feature, []).append((place, weight))
        self._table = {feature: tuple(weights) for feature, weights in table.items()}
        self._both = {
            (one, other): weights
            for feature, weights in self._table.items()
            for one, sign, other in (feature.partition("&"),)
            if sign
        }
        self._words: dict[str, Weights] = {}
        self._lists: dict[tuple[tuple[str, ...], tuple[str, ...]], Weights] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """What a sentence may lean towards."""
        return tuple(self._labels)

    def weigh(
        self, said: Sequence[Heard], names: Iterable[str] = (), most: int = 3
    ) -> tuple[Lean, ...]:
        """How far a sentence leans towards each label asked for (all of them when none is).

        The spans, those of up to ``most`` words or rows of words, explain a lean that is over
        its threshold.
        """
        sums = self._sums(said)
        leans = []
        for name in names or self._labels:
            label = self._labels[name]
            score = label.start + sums[name] / math.sqrt(max(len(said), 1))
            is_over = score > label.threshold
            spans = self.weightiest(said, name, most) if is_over and most else ()
            leans.append(Lean(name, score, is_over, is_over or score > label.doubt, spans))
        return tuple(leans)

    def weightiest(self, said: Sequence[Heard], name: str, most: int = 3) -> tuple[Span, ...]:
        """Where the words stand that a lean rests on most, those side by side made one."""
        weights = self._labels[name].weights
        shares = [0.0] * len(said)
        for feature, first, end in features(said):
            share = weights.get(feature, 0.0) / (end - first)
            if share:
                for place in range(first, end):
                    shares[place] += share
        ranked = sorted(range(len(said)), key=lambda place: (-shares[place], place))
        chosen = sorted(place for place in ranked[:most] if shares[place] > 0)
        return _side_by_side(said, chosen)

    def _sums(self, said: Sequence[Heard]) -> Mapping[str, float]:
        """The weights of each label, in the order of the sentence.

        What ``features`` lists, without naming each: those of a word, and of the lists of two
        words near each other, are added up once and remembered.
        """
        sums = [0.0] * len(self._labels)
        roots = [_root(each.word) for each in said]
        for each in said:
            _add(sums, self._of_word(each.word))
        for feature, *_ in _between(said, roots):
            if feature in self._table:
                _add(sums, self._table[feature])
        for place, gap in _near_places(len(said)):
            one, other = said[place].lists, said[place + gap].lists
            if one and other:
                _add(sums, self._of_lists(one, other))
        for both in combinations(sorted(_first_of_lists(said)), 2):
            if both in self._both:
                _add(sums, self._both[both])
        return dict(zip(self._labels, sums, strict=True))

    def _of_lists(self, one: tuple[str, ...], other: tuple[str, ...]) -> Weights:
        """What two words near each other weigh by their lists."""
        known = self._lists.get((one, other))
        if known is None:
            known = self._added(_both_lists(one, other))
            if len(self._lists) < _REMEMBERED:
                self._lists[one, other] = known
        return known

    def _added(self, found: Iterable[str]) -> Weights:
        sums: dict[int, float] = {}
        for feature in found:
            for place, weight in self._table.get(feature, ()):
                sums[place] = sums.get(place, 0.0) + weight
        return tuple(sums.items())

    def _of_word(self, word: str) -> Weights:
        """What a word weighs by itself."""
        known = self._words.get(word)
        if known is None:
            known = self._added(_within(word))
            if len(self._words) < _REMEMBERED:
                self._words[word] = known
        return known


def parse_leaning(written: str) -> Leaning:
    """The weights as they are written in a file: a head of labels, then a line a feature.

    Raises:
        ValueError: a line does not have the columns of the head, or holds no number.
    """
    lines = written.splitlines()
    names, starts, thresholds = (line.split("\t")[1:] for line in lines[:3])
    doubts = lines[3].split("\t")[1:]
    weights: list[dict[str, float]] = [{} for _ in names]
    for line in lines[4:]:
        feature, *columns = line.split("\t")
        if len(columns) > len(names):
            raise ValueError(f"more weights than labels: {line!r}")
        for home, column in zip(weights, columns, strict=False):
            if column:
                home[feature] = int(column) / _UNITS
    return Leaning(
        Label(name, int(start) / _UNITS, int(over) / _UNITS, home, float(doubt) / _UNITS)
        for name, start, over, doubt, home in zip(
            names, starts, thresholds, doubts, weights, strict=True
        )
    )


def write_leaning(labels: Sequence[Label]) -> str:
    """The file that ``parse_leaning`` reads, features in order."""
    head = [
        ["label", *(each.name for each in labels)],
        ["start", *(str(round(each.start * _UNITS)) for each in labels)],
        ["threshold", *(str(round(each.threshold * _UNITS)) for each in labels)],
        ["doubt", *(f"{each.doubt * _UNITS:.0f}" for each in labels)],
    ]
    known = sorted({feature for each in labels for feature in each.weights})
    for feature in known:
        columns = [round(each.weights.get(feature, 0) * _UNITS) for each in labels]
        if any(columns):
            head.append([feature, *(str(column) if column else "" for column in columns)])
    return "".join("\t".join(line).rstrip("\t") + "\n" for line in head)


# Private from here on.

_ROOTS: dict[str, str] = {}


def _root(word: str) -> str:
    if word.isdigit():
        return "0"
    root = _ROOTS.get(word)
    if root is None:
        root = stem(word)
        if len(_ROOTS) < _REMEMBERED:
            _ROOTS[word] = root
    return root


def _within(word: str) -> Iterator[str]:
    """The word, its root, and the letters in a row within it, for kindred words to count."""
    if word.isdigit():
        yield "0"
        yield f"0*{len(word)}"
        return
    yield word
    yield f"{_root(word)}~"
    edged = f"<{word}>"
    for length in _LETTERS:
        for place in range(len(edged) - length + 1):
            yield f"*{edged[place : place + length]}"


def _between(said: Sequence[Heard], roots: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Words in a row or near each other, and the lists they are in."""
    yield from _rows([each.word for each in said])
    yield from _pairs(roots)
    yield from _listed(said, roots)
    if roots:
        yield f"^{roots[0]}", 0, 1
        yield f"{roots[-1]}$", len(roots) - 1, len(roots)


def _rows(words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    for length in range(2, _LONGEST_ROW + 1):
        for place in range(len(words) - length + 1):
            yield " ".join(words[place : place + length]), place, place + length


def _pairs(roots: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Two roots in a row, or with other words between."""
    for place, (one, other) in enumerate(pairwise(roots)):
        yield f"{one}+{other}", place, place + 2
    for gap in range(2, _FURTHEST + 1):
        for place in range(len(roots) - gap):
            yield f"{roots[place]}_{roots[place + gap]}", place, place + gap + 1


def _listed(said: Sequence[Heard], roots: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """The lists of each word, with the words around it."""
    last = len(said) - 1
    for place, each in enumerate(said):
        for name in each.lists:
            yield name, place, place + 1
            if place < last:
                yield f"{name}+{roots[place + 1]}", place, place + 2
            if place:
                yield f"{roots[place - 1]}+{name}", place - 1, place + 1


def _near_places(length: int) -> Iterator[tuple[int, int]]:
    """The places of the words near which another stands, and how far on."""
    for place in range(length - 1):
        for gap in range(1, min(_FURTHEST, length - place)):
            yield place, gap


def _both_lists(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    return (f"{mine}_{theirs}" for mine in one for theirs in other)


def _first_of_lists(said: Sequence[Heard]) -> dict[str, int]:
    """Every list of the sentence, and where its first word is."""
    first: dict[str, int] = {}
    for place, each in enumerate(said):
        for name in each.lists:
            first.setdefault(name, place)
    return first


def _add(sums: list[float], weights: Weights) -> None:
    for place, weight in weights:
        sums[place] += weight


def _side_by_side(said: Sequence[Heard], chosen: Iterable[int]) -> tuple[Span, ...]:
    spans: list[Span] = []
    last = -2
    for place in chosen:
        word = said[place]
        if place == last + 1:
            spans[-1] = (spans[-1][0], word.end)
        else:
            spans.append((word.start, word.end))
        last = place
    return tuple(spans)
