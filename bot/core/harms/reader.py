"""The reader of harms: what in a text may be illicit, where, why, and how urgent it is.

Two readings side by side. Watch-words, written by hand, which a lawyer can read; and a learned
one, which adds up weights. Neither decides: a person qualifies.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.harms.kinds import (
    ALARMS,
    Alarm,
    Harm,
    LicitKind,
    OutletKind,
    RuleName,
    armed_rule,
)
from bot.core.harms.reading import Part, read_parts
from bot.core.harms.signs import manner
from bot.core.harms.words import NEGATED, NEGATION, HarmWords, Watched
from bot.core.leaning import Heard, Leaning
from bot.core.secrecy.reading import is_binary, is_blank
from bot.core.text import words

MAX_READ_CHARACTERS = 40_000
"""A long article; what comes after is not read, and it is said."""
ILLICIT, URGENT = "illicit", "urgent"
"""Labels of the learned reading; the others are codes of harms and of licit kinds."""
_BEFORE = 4
"""How many words before a signal a negation may stand."""
_MOST_SPANS = 3
_MANY = 4
_FEW = 3
"""Little words of another language, for a text to be in it."""
_NOT_AT_ALL = -1.0
"""A kind that only watch-words see is proposed unless its likeness is below this."""
_NEARLY = -1.0
"""An urgent watch-word counts where the weights nearly agree: what surrounds it may excuse it."""
_ALONE = 2.0
"""How urgent a text must seem to be possibly illicit, whatever else the weights say."""
_AGREED = 3.0
"""How urgent the weights must find a text for its watch-words to make a telephone ring."""
_UNWEIGHED = frozenset(("{filler}",))


Scores = Mapping[str, float]
Spans = tuple[tuple[int, int], ...]


class Unread(StrEnum):
    """Why a text was not read, or not whole; each has a French sentence."""

    EMPTY = "empty"
    NO_WORDS = "no_words"
    RUBBISH = "rubbish"
    NOT_FRENCH = "not_french"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Signal:
    """Words of the original that may be a harm, of which kind, and why."""

    start: int
    end: int
    kind: Harm
    why: str
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a text; a proposal, never a conclusion."""

    is_illicit_possible: bool
    kinds: tuple[Harm, ...]
    """Possible harms, the likeliest first; empty when the text is probably licit."""
    licit_kind: LicitKind
    is_urgent: bool
    deadline_rule: RuleName
    signals: tuple[Signal, ...]
    passages: tuple[tuple[int, int], ...] = ()
    """The sentences that hold signals."""
    unread: Unread | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Watched phrases found in a sentence."""

    watched: Watched
    part: Part
    first: int
    end: int
    is_excused: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A text ready to be weighed: its sentences, the phrases found, its words and its signs."""

    parts: tuple[Part, ...]
    hits: tuple[Hit, ...]
    heard: tuple[Heard, ...]
    signs: tuple[Heard, ...]


class HarmReader:
    """Reads texts by the words of a file, and by learned weights of words and of signs."""

    def __init__(self, harm_words: HarmWords, by_words: Leaning, by_signs: Leaning) -> None:
        self._words = harm_words
        self._by_words = by_words
        self._by_signs = by_signs

    def read(
        self, text: str, source_kind: OutletKind = OutletKind.REVIEW, rating: float | None = None
    ) -> Reading:
        """What may be illicit in a text; of one that cannot be read, why."""
        said = text[:MAX_READ_CHARACTERS]
        unread = _unreadable(said)
        if unread:
            return _nothing_read(unread)
        look = self.look(said, source_kind, rating)
        reading = self._judged(look)
        if len(text) > MAX_READ_CHARACTERS:
            return replace(reading, unread=Unread.TOO_LONG)
        return replace(reading, unread=Unread.NOT_FRENCH) if self._is_foreign(said) else reading

    def alarms(self, *texts: str) -> tuple[Alarm, ...]:
        """Why a mention cannot wait: a telephone rings for watch-words the weights agree with."""
        found = {alarm for text in texts if not _unreadable(text) for alarm in self._rung(text)}
        return tuple(alarm for alarm in Alarm if alarm in found)

    def _rung(self, text: str) -> frozenset[Alarm]:
        said = text[:MAX_READ_CHARACTERS]
        hits = self._all_hits(read_parts(said, self._words.lexicon))
        rung = frozenset(
            ALARMS[hit.watched.kind]
            for hit in hits
            if hit.watched.is_urgent and not hit.is_excused
        )
        if not rung:
            return rung
        scores = self._scores(self.look(said, OutletKind.SOCIAL, None))
        return rung if scores.get(URGENT, _AGREED) >= _AGREED else frozenset()

    def look(self, text: str, source_kind: OutletKind, rating: float | None) -> Look:
        """A text ready to be weighed: for this reader, and for those who learn its weights."""
        parts = read_parts(text, self._words.lexicon)
        hits = self._all_hits(parts)
        heard = tuple(
            Heard(word.said, word.start, word.end, _lists(word.names))
            for part in parts
            for word in part.sentence.words
        )
        written = manner(text, source_kind, rating, len(heard))
        signs = (*written, *self._calm(parts), *signs_of(hits, source_kind))
        return Look(parts, hits, heard, (Heard("", 0, 0, signs),))

    def _is_foreign(self, text: str) -> bool:
        said = words(text)
        foreign = sum(word in self._words.foreign for word in said)
        return foreign >= _FEW and foreign > sum(word in self._words.french for word in said)

    def _all_hits(self, parts: Sequence[Part]) -> tuple[Hit, ...]:
        return tuple(hit for part in parts for hit in self._hits(part))

    def _calm(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """What there is of ordinary licit texts: each once, whether all sentences have some."""
        found: dict[str, None] = {}
        calm_parts = 0
        for part in parts:
            sentence = part.sentence
            here = [
                name
                for name, phrases in self._words.calm.items()
                if any(phrase.find(sentence.words, sentence.names) for phrase in phrases)
            ]
            found |= dict.fromkeys(f"~{name}" for name in here)
            calm_parts += bool(here)
        if found and calm_parts == len(parts):
            found["~all"] = None
        if len(found) > 1:
            found["~several"] = None
        return tuple(found)

    def _scores(self, look: Look) -> Scores:
        """How far the text leans towards each label, by its words and by its signs."""
        by_signs = {each.label: each.score for each in self._by_signs.weigh(look.signs, most=0)}
        return {
            each.label: each.score + by_signs.get(each.label, 0.0)
            for each in self._by_words.weigh(look.heard, most=0)
        }

    def _hits(self, part: Part) -> Iterator[Hit]:
        sentence = part.sentence
        for watched in self._words.watched:
            for phrase in watched.phrases:
                found = phrase.find(sentence.words, sentence.names)
                if found is not None:
                    excused = self._is_excused(watched, part, found[0])
                    yield Hit(watched, part, *found, excused)
                    break

    def _is_excused(self, watched: Watched, part: Part, first: int) -> bool:
        if NEGATED in watched.excuses and _is_negated(part, first):
            return True
        sentence = part.sentence
        return any(
            phrase.find(sentence.words, sentence.names)
            for name in sorted(watched.excuses - {NEGATED})
            for phrase in self._words.excuses[name]
        )

    def _judged(self, look: Look) -> Reading:
        counted = [hit for hit in look.hits if not hit.is_excused]
        scores = self._scores(look)
        urgent = scores.get(URGENT, 0.0)
        is_watched = urgent > _NEARLY and any(hit.watched.is_urgent for hit in counted)
        is_illicit = is_watched or urgent > _ALONE or scores.get(ILLICIT, 0.0) > 0
        is_urgent = is_watched or (is_illicit and urgent > 0)
        kinds = _kinds(scores, counted) if is_illicit else ()
        signals = tuple(_signal(hit) for hit in counted)
        passages = tuple(
            dict.fromkeys((hit.part.sentence.start, hit.part.sentence.end) for hit in counted)
        )
        if is_illicit and not signals:
            signals, passages = self._likeness(look, kinds[0], URGENT if is_urgent else ILLICIT)
        return Reading(
            is_illicit_possible=is_illicit,
            kinds=kinds,
            licit_kind=_licit_kind(scores),
            is_urgent=is_urgent,
            deadline_rule=armed_rule(kinds),
            signals=signals,
            passages=passages,
        )

    def _likeness(self, look: Look, kind: Harm, label: str) -> tuple[tuple[Signal, ...], Spans]:
        """The sentence that leans most towards a label, and the words in it that weigh most."""
        best: tuple[float, Part, Sequence[Heard]] | None = None
        place = 0
        for part in look.parts:
            heard = look.heard[place : place + len(part.sentence.words)]
            place += len(part.sentence.words)
            (lean,) = self._by_words.weigh(heard, [label], most=0)
            if best is None or lean.score > best[0]:
                best = (lean.score, part, heard)
        if best is None:
            return (), ()
        whole = (best[1].sentence.start, best[1].sentence.end)
        why = self._words.reasons[kind]
        spans = self._by_words.weightiest(best[2], label, _MOST_SPANS) or (whole,)
        return tuple(Signal(*span, kind, why, label == URGENT) for span in spans), (whole,)


def _kinds(scores: Scores, counted: Sequence[Hit]) -> tuple[Harm, ...]:
    """Kinds by watch-words and by likeness, the likeliest first; never none."""
    learned = {harm: scores[harm.value] for harm in Harm if harm.value in scores}
    kinds = {
        hit.watched.kind: learned.get(hit.watched.kind, 0.0)
        for hit in counted
        if learned.get(hit.watched.kind, 0.0) > _NOT_AT_ALL
    }
    kinds |= {harm: score for harm, score in learned.items() if score > 0}
    if not kinds:
        kinds = {max(learned, key=learned.__getitem__, default=Harm.DEFAMATION): 0.0}
    return tuple(sorted(kinds, key=lambda harm: (-kinds[harm], harm)))


def _licit_kind(scores: Scores) -> LicitKind:
    known = [kind for kind in LicitKind if kind.value in scores]
    return max(known, key=lambda kind: scores[kind.value], default=LicitKind.UNFOUNDED)


def _nothing_read(unread: Unread) -> Reading:
    return Reading(
        is_illicit_possible=False,
        kinds=(),
        licit_kind=LicitKind.NEUTRAL,
        is_urgent=False,
        deadline_rule=None,
        signals=(),
        unread=unread,
    )


def _signal(hit: Hit) -> Signal:
    words = hit.part.sentence.words
    return Signal(
        words[hit.first].start,
        words[hit.end - 1].end,
        hit.watched.kind,
        hit.watched.why,
        hit.watched.is_urgent,
    )


def _lists(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name.startswith("{") and name not in _UNWEIGHED))


def signs_of(hits: Sequence[Hit], source_kind: OutletKind) -> Iterator[str]:
    """What was found by hand, as the learned reading weighs it: each once, and how many."""
    found = dict.fromkeys((hit.watched.name, hit.is_excused) for hit in hits)
    for name, is_excused in found:
        yield f"!{name}{'?' * is_excused}"
        if not is_excused:
            yield f"!{name}@{source_kind}"
    counted = sum(not is_excused for _, is_excused in found)
    for least in range(1, min(counted, _MANY) + 1):
        yield f"!{least}"
    if any(hit.watched.is_urgent and not hit.is_excused for hit in hits):
        yield "!urgent"
    if any(hit.is_excused for hit in hits):
        yield "!excused"


def _is_negated(part: Part, first: int) -> bool:
    for place in range(first, max(first - _BEFORE, 0), -1):
        if place in part.pauses:
            return False
        if NEGATION in part.sentence.words[place - 1].names:
            return True
    return False


def _unreadable(text: str) -> Unread | None:
    if is_blank(text):
        return Unread.EMPTY
    if is_binary(text):
        return Unread.RUBBISH
    return None if words(text) else Unread.NO_WORDS
