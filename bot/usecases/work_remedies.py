"""Remedies: what may be done about a publication, taken up, and moved by what a person says.

Vigie sends nothing: each step is somebody saying that it was done, and on which day.
"""

from collections.abc import Mapping
from datetime import date

from bot.core import cases, deadlines, remedies
from bot.core.actions import Action, Verb
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseDeadline, CaseEvent, Step
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.harm_law import Fit
from bot.core.law import RuleId
from bot.core.mentions import Mention
from bot.core.messages import Button, Manner, Message, in_rows
from bot.core.outbox import Subject
from bot.core.people import Asker
from bot.core.qualifying import current, held
from bot.core.remedies import (
    FAMILIES,
    REMEDIES,
    Family,
    Moved,
    Path,
    Remedy,
    RemedyKind,
    RemedyStep,
    steps_from,
)
from bot.ports import Ports, Transaction, eq, ne, null
from bot.usecases import keep_deadlines
from bot.usecases.fill_outbox import refresh, show_asked
from bot.usecases.find_targets import case_of, find_target, practice_of, today_of
from bot.usecases.show_deadlines import is_lost
from bot.usecases.tend_clocks import publications
from bot.usecases.work_cases import publication_of

_SINCERE = Field("sincere", FieldKind.CHOICE, choices=(Choice("sincere"),))
"""A knowingly false notice is an offence (LCEN art. 6): who sends one says that it is not."""
_LONGEST_NUMBER = 60
_SAID = Field("said", FieldKind.TEXT, is_optional=True, longest=2000, is_free=True)
_NOTICE_DAYS = ("8", "15")
_MOST_LAWS = 3
"""Kinds of harm told of above the remedies that fit them."""
UNDATED = frozenset(
    {
        RemedyStep.COMPLETE,
        RemedyStep.ENTRUST,
        RemedyStep.NOTE_SILENCE,
        RemedyStep.DROP,
        RemedyStep.TAKE_UP,
    }
)
"""Steps taken by one tap, today; the others are asked their day."""
_SENDINGS = (RemedyStep.SEND, RemedyStep.POST)
_DELIVERIES = (RemedyStep.PRESENT, RemedyStep.RECEIVE, RemedyStep.RETURN)
_ANSWERS = (RemedyStep.GRANT, RemedyStep.REFUSE, RemedyStep.EXTEND)
_HEARINGS = (RemedyStep.FILE, RemedyStep.RENEW, RemedyStep.GRANT, RemedyStep.REFUSE)


async def propose(ports: Ports, asker: Asker, action: Action) -> Message:
    """The remedies of a family, each with when it fits, to be taken up; none is done for anybody.

    First those that fit what was held of the passages, whatever their family, and why.

    Raises:
        Refusal: BUTTON_EXPIRED, BUTTON_UNKNOWN, CASE_CLOSED.
    """
    known = {family.value: family for family in Family}
    if action.choice not in known.keys() | {""}:
        raise Refusal(RefusalCode.BUTTON_UNKNOWN)
    async with ports.store.read() as tx:
        case = await case_of(tx, action.target)
        cases.refuse_closed(case)
        taken = await tx.find(Remedy, eq("case_id", case.id))
        harms = held(current(await tx.find(Assessment, eq("case_id", case.id))))
    running = {each.kind for each in taken if not each.is_ended}
    fits = {each.kind: each for each in ports.harm_pack.fitting(harms)}
    family = known.get(action.choice) or (None if fits.keys() - running else Family.FIRST)
    free = [kind for kind in _offered(family, fits) if kind not in running]
    buttons = [
        Button(
            "start_remedy",
            Action(Verb.START_REMEDY, case.id, _choice(kind)),
            noun=("remedy", kind.value),
        )
        for kind in free
    ]
    others = [
        Button("", Action(Verb.PROPOSE_REMEDIES, case.id, each.value), noun=("family", each.value))
        for each in Family
        if each is not family
    ]
    values = {
        "case": case,
        "family": family,
        "kinds": free,
        "rules": REMEDIES,
        "fits": fits,
        "laws": [ports.harm_pack.laws[harm] for harm in harms[:_MOST_LAWS]],
    }
    is_shown_first = not action.choice
    return Message(
        "remedies",
        values,
        rows=(*in_rows(buttons), *in_rows(others), (_back(case),)),
        manner=Manner.REPLY if is_shown_first else Manner.REPLACE,
    )


async def start(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a remedy up in a case; its card is shown where it was asked.

    Raises:
        Refusal: BUTTON_EXPIRED, BUTTON_UNKNOWN, CASE_CLOSED, ANSWER_THERE for a right of reply
            where one may answer on the page.
    """
    kind, follows = _chosen(action.choice)
    async with ports.store.write() as tx:
        case = await case_of(tx, action.target)
        cases.refuse_closed(case)
        await _refuse_reply(tx, case, kind)
        taken = await tx.find(Remedy, eq("case_id", case.id), eq("kind", kind))
        running = [each for each in taken if not each.is_ended]
        remedy = running[0] if running else await _started(ports, tx, case, asker, kind, follows)
        await show_asked(tx, asker, Subject.REMEDY, remedy.id)
    return Message("toast", {"said": "remedy_started", "remedy": remedy})


async def open_remedy(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show a remedy where it was asked.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        remedy = await find_target(tx, Remedy, action.target)
        await show_asked(tx, asker, Subject.REMEDY, remedy.id)
    return Message("toast", {"said": "below"})


async def take_step(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a step that needs no more words, today.

    Raises:
        Refusal: BUTTON_EXPIRED, BUTTON_UNKNOWN, CASE_CLOSED, STEP_NOT_NOW, EVIDENCE_FIRST, and
            TOO_EARLY for a silence that is not certain yet.
    """
    if action.choice not in {each.value for each in UNDATED}:
        raise Refusal(RefusalCode.BUTTON_UNKNOWN)
    step = RemedyStep(action.choice)
    async with ports.store.write() as tx:
        remedy = await find_target(tx, Remedy, action.target)
        if step is RemedyStep.NOTE_SILENCE:
            await _refuse_early(ports, tx, remedy)
        today = await today_of(ports, tx, remedy)
        moved = await _move(ports, tx, asker, remedy, (step, today, "", ""))
    values = {"said": "remedy_step", "step": step, "remedy": moved, "others": False}
    return Message("toast", values)


async def sent_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """How it was sent, and when.

    Raises:
        Refusal: BUTTON_EXPIRED, STEP_NOT_NOW.
    """
    remedy = await _to_move(tx, target, _SENDINGS)
    notice = remedy.kind in {RemedyKind.FORMAL_NOTICE, RemedyKind.FOLLOW_UP}
    days = tuple(map(Choice, _NOTICE_DAYS))
    granted = Field("days", FieldKind.CHOICE, choices=days, initial=str(remedy.days))
    fields = (
        Field("how", FieldKind.CHOICE, choices=tuple(map(Choice, _SENDINGS))),
        _day(await today_of(ports, tx, remedy)),
        Field("number", is_optional=True, longest=_LONGEST_NUMBER),
        *((granted,) if notice else ()),
        *((_SINCERE,) if remedy.rules.is_solemn else ()),
    )
    return Form(FormName.REMEDY_SENT, target, fields)


async def delivered_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What the post says.

    Raises:
        Refusal: BUTTON_EXPIRED, STEP_NOT_NOW.
    """
    return await _dated_form(ports, tx, target, FormName.REMEDY_DELIVERED, _DELIVERIES)


async def answered_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What was answered, and when.

    Raises:
        Refusal: BUTTON_EXPIRED, STEP_NOT_NOW.
    """
    return await _dated_form(ports, tx, target, FormName.ANSWERED, _ANSWERS)


async def court_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What counsel did, or the judge said, and when.

    Raises:
        Refusal: BUTTON_EXPIRED, STEP_NOT_NOW.
    """
    return await _dated_form(ports, tx, target, FormName.COURT_STEP, _HEARINGS)


async def note_step(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Move a remedy by what a form says.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, STEP_NOT_NOW, EVIDENCE_FIRST.
        Invalid: the day cannot be.
    """
    step, on = RemedyStep(answers["how"]), date.fromisoformat(answers["on"])
    number, said = answers.get("number", ""), answers.get("said", "")
    async with ports.store.write() as tx:
        remedy = await find_target(tx, Remedy, form.target)
        days = int(answers["days"]) if answers.get("days") else remedy.days
        if on > await today_of(ports, tx, remedy):
            raise Invalid({"on": Refusal(RefusalCode.DAY_AHEAD)})
        try:
            moved = await _move(ports, tx, asker, remedy, (step, on, number, said), days)
        except Refusal as refusal:
            if refusal.code in _OF_THE_DAY:
                raise Invalid({"on": refusal}) from None
            raise
        case = await case_of(tx, moved.case_id)
        ends_all = step is RemedyStep.FILE and RuleId.PRESS_3M in moved.rules.stops
        others = len(await publications(tx, case)) > 1 if ends_all else False
    values = {"said": "remedy_step", "step": step, "remedy": moved, "others": others}
    return Message("toast", values)


async def kept_pieces(tx: Transaction, case: Case) -> int:
    """How many pieces of the publication a case holds; our own letters are none."""
    return await tx.count(Attachment, eq("case_id", case.id), ne("kind", AttachmentKind.LETTER))


def start_choice(kind: RemedyKind, follows: int = 0) -> str:
    """What a button carries to take a remedy up, after another one if it follows one."""
    return f"{_choice(kind)}-{follows}" if follows else _choice(kind)


# Private from here on.

_KINDS = list(RemedyKind)
_OF_THE_DAY = frozenset(
    {
        RefusalCode.RECEIVED_BEFORE_SENT,
        RefusalCode.ANSWERED_BEFORE_RECEIVED,
        RefusalCode.BEFORE_IT_WAS_FILED,
        RefusalCode.EXTENDED_TOO_LATE,
    }
)
_Told = tuple[RemedyStep, date, str, str]
"""A step, its day, its number, what was said."""


def _offered(family: Family | None, fits: Mapping[RemedyKind, Fit]) -> list[RemedyKind]:
    """The remedies of a family, those that fit first; of no family: those that fit."""
    if family is None:
        return list(fits)
    return sorted(FAMILIES[family], key=lambda kind: kind not in fits)


def _choice(kind: RemedyKind) -> str:
    return kind.value


def _chosen(choice: str) -> tuple[RemedyKind, int]:
    name, _, follows = choice.partition("-")
    if name not in {kind.value for kind in _KINDS} or (follows and not follows.isdecimal()):
        raise Refusal(RefusalCode.BUTTON_UNKNOWN)
    return RemedyKind(name), int(follows or 0)


def _back(case: Case) -> Button:
    return Button("open_case", Action(Verb.OPEN_CASE, case.id), detail=str(case.id))


def _day(today: date) -> Field:
    return Field("on", FieldKind.PAST_DAY, initial=today.isoformat())


async def _dated_form(
    ports: Ports, tx: Transaction, target: int, name: FormName, offered: tuple[RemedyStep, ...]
) -> Form:
    remedy = await _to_move(tx, target, offered)
    if (remedy.rules.path is Path.COURT) is not (name is FormName.COURT_STEP):
        raise Refusal(RefusalCode.STEP_NOT_NOW, remedy_state=remedy.state)
    possible = [step for step in offered if step in steps_from(remedy)]
    fields = (
        Field("how", FieldKind.CHOICE, choices=tuple(map(Choice, possible))),
        _day(await today_of(ports, tx, remedy)),
        *(() if offered is _DELIVERIES else (_SAID,)),
    )
    return Form(name, target, fields)


async def _to_move(tx: Transaction, target: int, offered: tuple[RemedyStep, ...]) -> Remedy:
    remedy = await find_target(tx, Remedy, target)
    cases.refuse_closed(await case_of(tx, remedy.case_id))
    if not set(offered) & set(steps_from(remedy)):
        raise Refusal(RefusalCode.STEP_NOT_NOW, remedy_state=remedy.state)
    return remedy


async def _started(
    ports: Ports, tx: Transaction, case: Case, asker: Asker, kind: RemedyKind, follows: int
) -> Remedy:
    before = await tx.get(Remedy, follows) if follows else None
    if before is not None and before.case_id != case.id:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    now = ports.clock.now()
    new = Remedy(case.id, case.practice_id, kind, now, asker.member.id, follows=follows)
    remedy = await tx.add(new)
    await _count_from_publication(ports, tx, case, remedy)
    await refresh(tx, Subject.CASE, case.id)
    return remedy


async def _count_from_publication(
    ports: Ports, tx: Transaction, case: Case, remedy: Remedy
) -> None:
    """Have the date watched that a remedy must keep from the publication, if it has one."""
    rule = remedy.rules.from_publication
    if rule is not None:
        practice = await practice_of(tx, case)
        published = await publication_of(tx, case, practice)
        await keep_deadlines.arm(ports, tx, case, practice, (rule, published), remedy.id)


async def _move(
    ports: Ports, tx: Transaction, asker: Asker, remedy: Remedy, told: _Told, days: int = 0
) -> Remedy:
    """One step in the table, its event, and the dates it starts, settles and takes back."""
    step, on, number, said = told
    case = await case_of(tx, remedy.case_id)
    cases.refuse_closed(case)
    taken = await tx.find(Remedy, eq("case_id", case.id))
    pieces = await kept_pieces(tx, case)
    remedies.refuse_unkept(remedy, step, taken, pieces)
    if step is RemedyStep.EXTEND:
        await _refuse_late(ports, tx, case, remedy, on)
    moved = remedies.move(remedies.granting(remedy, days), step, on, number=number, said=said)
    await tx.save(moved.remedy)
    if step in remedies.SEEN_OUTSIDE:
        now = ports.clock.now()
        event = CaseEvent(case.id, now, asker.member.id, Step.REMEDY, step.value, remedy.id)
        await tx.add(event)
    await _tend_dates(ports, tx, asker, case, moved, on)
    if step is RemedyStep.TAKE_UP:
        await _count_from_publication(ports, tx, case, moved.remedy)
    await refresh(tx, Subject.REMEDY, remedy.id)
    await refresh(tx, Subject.CASE, case.id)
    await refresh(tx, Subject.MENTION, case.mention_id)
    return moved.remedy


async def _tend_dates(
    ports: Ports, tx: Transaction, asker: Asker, case: Case, moved: Moved, on: date
) -> None:
    """Settle what the step ended; a date lost before the day of the step stays lost."""
    remedy = moved.remedy
    open_ones = await tx.find(
        CaseDeadline, eq("case_id", case.id), null("done_at"), null("withdrawn_at")
    )
    rules = remedy.rules
    theirs = {rules.awaits, rules.awaits_extended, *remedies.NOTICES}
    over = [
        each
        for each in open_ones
        if (
            each.rule in moved.stops
            and _is_concerned(each, remedy)
            and not is_lost(ports, each, on)
        )
        or (moved.settles and each.remedy_id == remedy.id and each.rule in theirs)
    ]
    await keep_deadlines.settle(ports, tx, case, asker.member, over)
    await keep_deadlines.withdraw(ports, tx, case, moved.withdraws, remedy.id)
    practice = await practice_of(tx, case)
    await keep_deadlines.start(ports, tx, case, practice, moved.starts, remedy.id)


def _is_concerned(stored: CaseDeadline, remedy: Remedy) -> bool:
    """Whether an act of a remedy ends a date: each action needs acts of its own to stay alive."""
    if stored.rule is not RuleId.PRESS_NEXT_ACT_3M or stored.remedy_id == remedy.id:
        return True
    # One noted by hand was of the insult or the defamation.
    return not stored.remedy_id and RuleId.PRESS_3M in remedy.rules.stops


async def _refuse_late(
    ports: Ports, tx: Transaction, case: Case, remedy: Remedy, on: date
) -> None:
    """More time is announced within the time there was, or not at all (RGPD, art. 12(3))."""
    awaited, received = remedy.rules.awaits, remedy.received_on
    if awaited is None or received is None:
        return
    practice = await practice_of(tx, case)
    rule = ports.law.rule(awaited, received)
    last = deadlines.compute(rule, received, practice.territory).extended_on
    if on > last:
        raise Refusal(RefusalCode.EXTENDED_TOO_LATE, day=last)


async def _refuse_early(ports: Ports, tx: Transaction, remedy: Remedy) -> None:
    """A silence is certain only once the other side's whole time has passed."""
    today = await today_of(ports, tx, remedy)
    awaited = await tx.find(
        CaseDeadline,
        eq("remedy_id", remedy.id),
        eq("side", "theirs"),
        null("done_at"),
        null("withdrawn_at"),
    )
    late = [each.bites_on for each in awaited if each.bites_on > today]
    if late:
        raise Refusal(RefusalCode.TOO_EARLY, certain_from=max(late))


async def _refuse_reply(tx: Transaction, case: Case, kind: RemedyKind) -> None:
    """No right of reply where one may answer on the page (decree 2007-1527, art. 1)."""
    mention = await tx.get(Mention, case.mention_id)
    if kind is RemedyKind.RIGHT_OF_REPLY and mention is not None and mention.rating is not None:
        raise Refusal(RefusalCode.ANSWER_THERE)
