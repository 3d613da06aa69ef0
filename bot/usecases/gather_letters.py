"""What a case holds for a letter, gathered from the store; and the letter a button is about."""

from dataclasses import dataclass, replace
from datetime import date

from bot.core import cases, digest
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseDeadline
from bot.core.errors import Refusal, RefusalCode
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.law import RuleId
from bot.core.letter_facts import Answers, Material, Words, facts_of
from bot.core.letterheads import Letter, Letterhead, LetterState
from bot.core.letters import Facts, LetterKind
from bot.core.mentions import Mention
from bot.core.messages import Message
from bot.core.people import Practitioner
from bot.core.qualifying import current
from bot.core.remedies import Path, Remedy, RemedyKind, RemedyState
from bot.ports import Ports, Transaction, among, eq, null
from bot.usecases.find_targets import case_of, find_target, practice_of
from bot.usecases.tend_clocks import publications

_PRESS = (RuleId.PRESS_3M, RuleId.PRESS_1Y)
_ASKED_BEFORE = {
    LetterKind.FOLLOW_UP: (RemedyKind.ERASURE_REQUEST, RemedyKind.DELISTING_REQUEST),
    LetterKind.REGULATOR_COMPLAINT: (RemedyKind.ERASURE_REQUEST, RemedyKind.DELISTING_REQUEST),
    LetterKind.INTERNAL_COMPLAINT: (RemedyKind.HOST_NOTICE, RemedyKind.PLATFORM_REPORT),
}
"""What each of these letters comes after."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A letter with all it is made of."""

    letter: Letter
    case: Case
    remedy: Remedy
    told: Material

    @property
    def answers(self) -> Answers:
        """What a person gave."""
        return dict(self.letter.answers)

    @property
    def facts(self) -> Facts:
        """What the letter is made of, as things stand."""
        return facts_of(self.told, self.answers)

    @property
    def is_sent(self) -> bool:
        """Whether what it asks left the house."""
        return self.remedy.state not in _UNSENT


_UNSENT = frozenset({RemedyState.TO_DO, RemedyState.ENTRUSTED, RemedyState.DROPPED})


async def bench_of(ports: Ports, tx: Transaction, identifier: int) -> Bench:
    """The letter a button is about.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    letter = await find_target(tx, Letter, identifier)
    return await gathered(ports, tx, letter)


async def draft_of(ports: Ports, tx: Transaction, identifier: int) -> Bench:
    """The letter a button is about, that may be written on.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    bench = await bench_of(ports, tx, identifier)
    cases.refuse_closed(bench.case)
    if bench.letter.state is not LetterState.DRAFT:
        raise Refusal(RefusalCode.LETTER_APPROVED)
    return bench


async def gathered(ports: Ports, tx: Transaction, letter: Letter) -> Bench:
    """A letter with all it is made of, stored or not yet.

    Raises:
        Refusal: BUTTON_EXPIRED: what it is about is gone.
    """
    case = await case_of(tx, letter.case_id)
    remedy = await tx.get(Remedy, letter.remedy_id)
    mentions = tuple(await publications(tx, case))
    person = await tx.get(Practitioner, mentions[0].practitioner_id) if mentions else None
    if remedy is None or person is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    practice = await practice_of(tx, case)
    heads = await tx.find(Letterhead, eq("practitioner_id", person.id))
    taken = await tx.find(Remedy, eq("case_id", case.id), order="id")
    pieces = await tx.find(Attachment, eq("case_id", case.id), order="id")
    earlier = _earlier(letter.kind, remedy, taken)
    told = Material(
        kind=letter.kind,
        remedy=remedy,
        practice=practice,
        person=person,
        letterhead=heads[0] if heads else None,
        mentions=mentions,
        assessments=current(await tx.find(Assessment, eq("case_id", case.id))),
        pieces=tuple(pieces),
        earlier=earlier,
        addressee=ports.letters.addressee(letter.kind),
        prescribed_on=await _prescribed_on(tx, case),
        today=digest.local_day(practice, ports.clock.now()),
        words=_words(ports, remedy, await _asked(tx, earlier), mentions),
    )
    steps = _steps(ports, told, taken)
    return Bench(letter, case, remedy, _with_steps(told, steps))


async def written_for(tx: Transaction, remedy: Remedy) -> Letter | None:
    """The letter of a remedy, if it was begun."""
    found = await tx.find(Letter, eq("remedy_id", remedy.id), order="-id", limit=1)
    return found[0] if found else None


# Private from here on.


def _earlier(kind: LetterKind, remedy: Remedy, taken: list[Remedy]) -> Remedy | None:
    """What was asked before: the request itself, not the reminders of it."""
    if kind not in _ASKED_BEFORE:
        return None
    by_id: dict[int, Remedy] = {each.id: each for each in taken}
    before = by_id.get(remedy.follows)
    while before is not None and before.kind is RemedyKind.FOLLOW_UP:
        before = by_id.get(before.follows)
    if before is not None:
        return before
    sent = [each for each in taken if each.kind in _ASKED_BEFORE[kind] and each.sent_on]
    return sent[-1] if sent else None


async def _asked(tx: Transaction, earlier: Remedy | None) -> LetterKind | None:
    """The kind of letter an earlier request was."""
    if earlier is None:
        return None
    letter = await written_for(tx, earlier)
    return letter.kind if letter else earlier.rules.letter


async def _prescribed_on(tx: Transaction, case: Case) -> date | None:
    """The last day to sue of the press law; never extended, whatever day it falls on."""
    found = await tx.find(
        CaseDeadline, eq("case_id", case.id), among("rule", _PRESS), null("withdrawn_at")
    )
    return min((each.strict_on for each in found), default=None)


def _words(
    ports: Ports, remedy: Remedy, asked: LetterKind | None, mentions: tuple[Mention, ...]
) -> Words:
    label = ports.wording.label
    is_referral = remedy.rules.letter is LetterKind.REFERRAL_SHEET
    bailiff = remedy.kind is RemedyKind.BAILIFF_RECORD
    rated = label("letter_word", "rated")
    return Words(
        earlier=label("letter_kind", asked) if asked else "",
        asks=label("letter_asks", remedy.kind) if is_referral else "",
        counsel=label("letter_word", "bailiff" if bailiff else "counsel") if is_referral else "",
        director=label("letter_word", "director"),
        officer=label("letter_word", "officer"),
        no_step=label("letter_word", "no_step"),
        rated={
            each.id: rated.format(rating=f"{each.rating:g}")
            for each in mentions
            if each.rating is not None
        },
    )


def _steps(ports: Ports, told: Material, taken: list[Remedy]) -> tuple[str, ...]:
    """What was done so far, a line each, in words."""
    done = [
        each
        for each in taken
        if each.id != told.remedy.id
        and each.kind is not RemedyKind.EVIDENCE
        and each.state not in {RemedyState.TO_DO, RemedyState.DROPPED}
        and (each.sent_on or each.rules.path is not Path.DEED)
    ]
    kept = [each for each in told.pieces if each.kind is not AttachmentKind.LETTER]
    values = {"remedies": done, "kept": kept, "practice": told.practice}
    said = ports.wording.render(Message("letter_steps", values)).text.plain
    return tuple(line for line in said.splitlines() if line.strip())


def _with_steps(told: Material, steps: tuple[str, ...]) -> Material:
    return replace(told, words=replace(told.words, steps=steps))
