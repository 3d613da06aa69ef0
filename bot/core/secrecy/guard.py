"""The guard: reads a reply in French, sentence by sentence, and says what must not be published.

Deterministic and offline. The rules R1 to R14 rest on medical secrecy (CSP L1110-4, R4127-4 and
its equivalents; penal code 226-13), the rules of communication of each profession since December
2020, consumer law (L121-4) and the platforms' own rules.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from bot.core.leaning import Heard
from bot.core.secrecy.contacts import contacts, emails, national_numbers, phones
from bot.core.secrecy.learned import Learned, Passage, passages
from bot.core.secrecy.reading import Sentence, is_binary, is_blank, read
from bot.core.secrecy.rules import Group, PatientData, RuleCode, Rules, Severity
from bot.core.text import words

MAX_REPLY_CHARACTERS = 700
"""A product choice, not law: longer replies argue."""
MAX_READ_CHARACTERS = 20_000
_FEW_WORDS = 4
_WHATEVER_IT_LEANS_TO = frozenset({RuleCode.UNREADABLE, RuleCode.TOO_LONG})
_OF_PUBLIC_REPLIES = frozenset(
    {RuleCode.YOUR_PAST, RuleCode.IDENTITY, RuleCode.TESTIMONIAL, RuleCode.PERSONAL_CONTACT}
)


_SEEN: Mapping[PatientData, Callable[[str], Iterator[tuple[int, int]]]] = {
    PatientData.NATIONAL_NUMBER: national_numbers,
    PatientData.PHONE: phones,
    PatientData.EMAIL: emails,
}


class Unreadable(StrEnum):
    """Why a text was not judged; each has a French sentence."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    RUBBISH = "rubbish"
    NOT_FRENCH = "not_french"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be published, and where it stands."""

    rule: RuleCode
    start: int
    end: int
    severity: Severity
    reason: str
    rewrite: str
    """A sentence that may stand in the place of the one that holds the finding."""


@dataclass(frozen=True, slots=True)
class Review:
    """What the guard says of a text."""

    findings: tuple[Finding, ...]
    unreadable: Unreadable | None = None
    cited: str = "-"
    """The article that the reasons cite."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found; never so for what could not be read."""
        return not self.findings

    @property
    def is_blocked(self) -> bool:
        """Whether something in it must be mended first."""
        return any(each.severity is Severity.BLOCKING for each in self.findings)


class Guard:
    """Judges replies by the rules of a file, and by what was learned from labelled replies."""

    def __init__(self, rules: Rules, learned: Learned) -> None:
        self._rules = rules
        self._learned = learned

    def check(
        self,
        written: str,
        profession: str = "",
        *,
        is_private: bool = False,
        is_letter: bool = False,
        days_are_ours: bool = False,
    ) -> Review:
        """What of a reply must not be published; ``profession`` chooses the article cited.

        Of a private message to the author, what must not be written to somebody whose identity
        is not sure: it may speak to them, and name what they wrote. Neither it nor a letter is
        weighed: what was learned was learned from public replies. Where days
        can only be ours (when a capture was made), a day alone tells nothing of care.
        """
        unreadable = self._unreadable(written)
        if unreadable:
            return Review(
                (self._finding(RuleCode.UNREADABLE, (0, len(written)), "", ""),), unreadable
            )
        cited = self._cited(profession)
        reading = read(written, self._rules.lexicon)
        if self._is_foreign(reading.sentences):
            whole = self._finding(RuleCode.UNREADABLE, (0, len(written)), "", "")
            return Review((whole,), Unreadable.NOT_FRENCH)
        judged = self._by_phrases if is_private or is_letter else self._judged
        if days_are_ours:
            judged = partial(self._by_phrases, has_days=False)
        found = [
            finding
            for passage in passages(reading.sentences)
            for finding in judged(passage, cited, written)
        ]
        for place in contacts(reading.clean):
            span = reading.span(*place)
            found.append(self._finding(RuleCode.PERSONAL_CONTACT, span, cited, ""))
        found += [
            self._finding(RuleCode.IDENTITY, reading.span(*place), cited, "")
            for place in national_numbers(reading.clean)
        ]
        if len(written.strip()) > MAX_REPLY_CHARACTERS:
            place = (MAX_REPLY_CHARACTERS, len(written))
            found.append(self._finding(RuleCode.TOO_LONG, place, cited, ""))
        if is_private:
            found = [each for each in found if each.rule not in _OF_PUBLIC_REPLIES]
        return Review(tuple(_each_once(found)), cited=cited)

    def patient_data(self, written: str) -> tuple[PatientData, ...]:
        """What of a patient stands in a member's own words, each kind once.

        A messaging service is no place for it (CSP L1111-8: health data are hosted by certified
        hosts only).
        """
        reading = read(written[:MAX_READ_CHARACTERS], self._rules.lexicon)
        seen = {kind for kind, found in _SEEN.items() if any(found(reading.clean))}
        said = {
            kind
            for kind, phrases in self._rules.patient_data.items()
            for each in reading.sentences
            if any(phrase.find(each.words, each.names) for phrase in phrases)
        }
        return tuple(kind for kind in PatientData if kind in seen | said)

    def heard(self, written: str) -> list[tuple[tuple[Heard, ...], tuple[int, int], bool]]:
        """Each sentence of a reply as it is weighed, its place, and whether a phrase is in it."""
        return [
            (
                self._learned.heard(passage),
                passage.span,
                next(self._by_phrases(passage, "", written), None) is not None,
            )
            for passage in passages(read(written, self._rules.lexicon).sentences)
        ]

    @property
    def rewritings(self) -> tuple[str, ...]:
        """The sentences the guard itself proposes."""
        of_rules = (each.rewrite for each in self._rules.explained.values())
        return tuple(dict.fromkeys((*of_rules, *(each.rewrite for each in self._rules.topics))))

    def rewritten(self, written: str, review: Review) -> str:
        """The reply with every sentence that breaks a rule said in general instead."""
        kept: list[str] = []
        place = 0
        for passage in passages(read(written, self._rules.lexicon).sentences):
            start, end = passage.span
            inside = [each for each in review.findings if each.start < end and each.end > start]
            kept.append(written[place:start])
            said = written[start:end]
            if inside:
                said = inside[0].rewrite
                said = "" if any(said in each for each in kept) else said
            kept.append(said)
            place = end
        kept.append(written[place:])
        return " ".join("".join(kept).split())

    def _judged(self, passage: Passage, cited: str, written: str) -> Iterator[Finding]:
        """By the phrases, unless the words lean elsewhere; and by the words they do not know."""
        said = self._learned.heard(passage)
        lean = self._learned.weigh(said)
        known: set[RuleCode] = set()
        for each in self._by_phrases(passage, cited, written):
            if lean.is_doubtful or each.rule in _WHATEVER_IT_LEANS_TO:
                known.add(each.rule)
                yield each
        if not lean.is_breach:
            return
        rewrite = next(filter(None, map(self._about, passage.parts)), "")
        told = ", ".join(" ".join(written[start:end].split()) for start, end in lean.spans)
        for rule in lean.rules:
            if rule not in known:
                found = self._finding(rule, passage.span, cited, rewrite)
                yield replace(found, reason=self._rules.weighed.format(found.reason, told))

    def _by_phrases(
        self, passage: Passage, cited: str, _written: str, *, has_days: bool = True
    ) -> Iterator[Finding]:
        return (
            found
            for part in passage.parts
            for found in self._phrased(part, cited, has_days=has_days)
        )

    def _phrased(self, sentence: Sentence, cited: str, *, has_days: bool) -> Iterator[Finding]:
        if _is_unread(sentence):
            yield self._finding(RuleCode.UNREADABLE, (sentence.start, sentence.end), "", "")
        for group in self._rules.groups:
            span = _span(group, sentence, has_days=has_days)
            if span is None:
                continue
            rewrite = self._about(sentence)
            for rule in group.rules:
                yield self._finding(rule, span, cited, rewrite, group.severity)

    def _finding(
        self,
        rule: RuleCode,
        span: tuple[int, int],
        cited: str,
        rewrite: str,
        severity: Severity | None = None,
    ) -> Finding:
        told = self._rules.explained[rule]
        reason = told.reason.replace("{cited}", cited)
        return Finding(rule, *span, severity or told.severity, reason, rewrite or told.rewrite)

    def _about(self, sentence: Sentence) -> str:
        """What may be said in general about the subject of a sentence."""
        for topic in self._rules.topics:
            if not topic.words.isdisjoint(sentence.names):
                return topic.rewrite
        return ""

    def _cited(self, profession: str) -> str:
        for word in words(profession):
            for name, article in self._rules.references.items():
                if word.startswith(name):
                    return article
        return self._rules.references["other"]

    def _unreadable(self, written: str) -> Unreadable | None:
        if len(written) > MAX_READ_CHARACTERS:
            return Unreadable.TOO_LONG
        if is_blank(written):
            return Unreadable.EMPTY
        if is_binary(written) or not words(written):
            return Unreadable.RUBBISH
        return None

    def _is_foreign(self, sentences: Sequence[Sentence]) -> bool:
        count = sum(len(each.words) for each in sentences)
        unread = sum(each.unread for each in sentences)
        return unread * 2 > count if count >= _FEW_WORDS else unread == count


def _is_unread(sentence: Sentence) -> bool:
    """Whether a sentence is in another language: hardly a word of it is known."""
    return len(sentence.words) >= _FEW_WORDS and sentence.unread * 3 > len(sentence.words) * 2


def _span(group: Group, sentence: Sentence, *, has_days: bool) -> tuple[int, int] | None:
    for phrase in (*group.phrases, *(group.days if has_days else ())):
        found = phrase.find(sentence.words, sentence.names)
        if found is None:
            continue
        if any(each.find(sentence.words, sentence.names) for each in group.unless):
            return None
        first, end = found
        return sentence.words[first].start, sentence.words[end - 1].end
    return None


def _each_once(found: Iterable[Finding]) -> list[Finding]:
    """The findings in the order of the text, a rule once a place."""
    kept: dict[tuple[RuleCode, int], Finding] = {}
    for each in found:
        kept.setdefault((each.rule, each.start), each)
    return sorted(kept.values(), key=lambda each: (each.start, int(each.rule[1:]), each.end))
