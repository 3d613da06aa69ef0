"""The dates of a case: armed, kept, put off, noted as done, taken back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from bot.core import cases, deadlines, digest, reminders
from bot.core.actions import Action
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseId, Reminder, Step
from bot.core.deadlines import Deadline, PublicationDay
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Field, FieldKind, Form, FormName
from bot.core.law import IN_COURT, RuleId, Side
from bot.core.messages import Message
from bot.core.outbox import Subject
from bot.core.people import Asker, Member, Practice
from bot.core.remedies import Clock
from bot.core.reminders import SnoozedTooFar
from bot.ports import Ports, Transaction, eq, null
from bot.usecases.fill_outbox import refresh
from bot.usecases.find_targets import case_of, find_target, practice_of
from bot.usecases.show_deadlines import dated_rule, is_lost

SNOOZE_CHOICES = frozenset({"", "back", "1", "3", "7"})
"""What may be asked of a snooze: for a choice, to go back, or a number of days."""


async def arm(
    ports: Ports,
    tx: Transaction,
    case: Case,
    practice: Practice,
    clock: tuple[RuleId, PublicationDay],
    remedy_id: int = 0,
) -> CaseDeadline | None:
    """Have a deadline of a case watched, unless it is already; its reminders are planned.

    The same one taken back before is watched again. A rule that was no law yet on that day gives
    none: what it would have granted ended long ago.
    """
    rule_id, (starts_on, is_uncertain) = clock
    try:
        rule = ports.law.rule(rule_id, starts_on)
    except LookupError:
        return None
    computed = deadlines.compute(rule, starts_on, practice.territory)
    stored = await tx.add_new(
        CaseDeadline(
            case_id=case.id,
            practice_id=practice.id,
            rule=rule_id,
            territory=practice.territory,
            starts_on=starts_on,
            start_is_uncertain=is_uncertain,
            side=computed.side,
            strict_on=computed.strict_on,
            bites_on=computed.bites_on,
            created_on=digest.local_day(practice, ports.clock.now()),
            remedy_id=remedy_id,
        )
    )
    stored = stored or await _revived(tx, case, clock, remedy_id)
    if stored is not None:
        await plan(ports, tx, stored, computed, practice)
    return stored


async def start(
    ports: Ports,
    tx: Transaction,
    case: Case,
    practice: Practice,
    clocks: Iterable[Clock],
    remedy_id: int,
) -> None:
    """Arm the clocks a remedy starts; one of the same rule that it had is taken back first."""
    for clock in clocks:
        begins = clock.starts_on
        if clock.at_end_of is not None:
            awaited = ports.law.rule(clock.at_end_of, begins)
            begins = deadlines.compute(awaited, begins, practice.territory).strict_on
        await withdraw(ports, tx, case, [clock.rule], remedy_id)
        known = (clock.rule, PublicationDay(begins, is_uncertain=False))
        await _start_anew(ports, tx, case, practice, known, remedy_id)


async def withdraw(
    ports: Ports, tx: Transaction, case: Case, rules: Iterable[RuleId], remedy_id: int
) -> None:
    """What caused these dates was taken back: they are no dates any more."""
    for rule in rules:
        found = await tx.find(
            CaseDeadline,
            eq("case_id", case.id),
            eq("rule", rule),
            eq("remedy_id", remedy_id),
            null("done_at"),
            null("withdrawn_at"),
        )
        await take_back(ports, tx, found)


async def take_back(ports: Ports, tx: Transaction, stored: Iterable[CaseDeadline]) -> None:
    """These dates are none any more; what may cause them again brings them back (``arm``)."""
    now = ports.clock.now()
    for each in stored:
        await tx.save(replace(each, withdrawn_at=now, revision=each.revision + 1))
        await supersede(tx, each)


async def settle(
    ports: Ports, tx: Transaction, case: Case, member: Member, stored: Iterable[CaseDeadline]
) -> None:
    """What these dates waited for happened."""
    for each in stored:
        if each.done_at is None and each.withdrawn_at is None:
            await _complete(ports, tx, case, each, member)


async def complete(ports: Ports, asker: Asker, action: Action) -> Message:
    """Note that what a deadline of ours asked for was done.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, DEADLINE_DONE; BUTTON_UNKNOWN for one of the other
            side that a remedy waits for: its answer is noted there.
    """
    async with ports.store.write() as tx:
        stored, case = await _to_do(tx, action.target)
        if stored.side is Side.THEIRS and stored.remedy_id:
            raise Refusal(RefusalCode.BUTTON_UNKNOWN)
        practice = await practice_of(tx, case)
        await _note_done(ports, tx, asker, stored, digest.local_day(practice, ports.clock.now()))
    return Message("toast", {"said": "done_in_court" if stored.rule in IN_COURT else "done"})


async def acted_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The day of an act before a judge: the next one is due three months after it.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, DEADLINE_DONE.
    """
    _, case = await _to_do(tx, target)
    today = digest.local_day(await practice_of(tx, case), ports.clock.now())
    return Form(
        FormName.ACTED, target, (Field("on", FieldKind.PAST_DAY, initial=today.isoformat()),)
    )


async def acted(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Note an act before a judge, on its day.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, DEADLINE_DONE.
        Invalid: the day is before what the act is about, or after the last day to act.
    """
    on = date.fromisoformat(answers["on"])
    async with ports.store.write() as tx:
        stored, _ = await _to_do(tx, form.target)
        if on < stored.starts_on:
            early = Refusal(RefusalCode.ACTED_BEFORE, day=stored.starts_on)
            raise Invalid({"on": early})
        if is_lost(ports, stored, on):
            raise Invalid({"on": Refusal(RefusalCode.ACTED_TOO_LATE, day=stored.strict_on)})
        await _note_done(ports, tx, asker, stored, on)
    return Message("toast", {"said": "done"})


async def resume(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take back "done": the deadline is watched again, with the reminders still to come.

    Raises:
        Refusal: BUTTON_UNKNOWN for a deadline of the other side, whose answer was never ours to
            note; BUTTON_EXPIRED, CASE_CLOSED.
    """
    async with ports.store.write() as tx:
        stored, case = await _to_work(tx, action.target)
        if stored.side is Side.THEIRS:
            raise Refusal(RefusalCode.BUTTON_UNKNOWN)
        practice = await practice_of(tx, case)
        if stored.done_at is None or stored.withdrawn_at is not None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        now = ports.clock.now()
        if stored.rule in IN_COURT:
            await withdraw(ports, tx, case, [RuleId.PRESS_NEXT_ACT_3M], 0)
        watched = watched_again(stored)
        await tx.save(watched)
        await tx.add(CaseEvent(case.id, now, asker.member.id, Step.RESUME, stored.rule.value))
        today = digest.local_day(practice, now)
        await plan(ports, tx, watched, dated_rule(ports, watched, today).deadline, practice)
        sent = await tx.find(Reminder, eq("deadline_id", stored.id))
        await refresh(tx, Subject.REMINDER, *(each.id for each in sent))
        await refresh(tx, Subject.CASE, case.id)
    return Message("toast", {"said": "resumed"})


async def snooze(ports: Ports, asker: Asker, action: Action) -> Message:
    """Come back to a reminder later, never after the last day to act.

    Without a choice its buttons ask for one.

    Raises:
        Refusal: BUTTON_UNKNOWN, BUTTON_EXPIRED, CASE_CLOSED, DEADLINE_DONE, SNOOZE_TOO_FAR,
            SNOOZE_TOO_LATE.
    """
    if action.choice not in SNOOZE_CHOICES:
        raise Refusal(RefusalCode.BUTTON_UNKNOWN)
    async with ports.store.write() as tx:
        reminder = await find_target(tx, Reminder, action.target)
        stored, case = await _to_work(tx, reminder.deadline_id)
        if stored.done_at is not None or stored.withdrawn_at is not None:
            raise Refusal(RefusalCode.DEADLINE_DONE)
        if not action.choice.isdecimal():
            await tx.save(replace(reminder, is_choosing=not action.choice))
            await refresh(tx, Subject.REMINDER, reminder.id)
            return Message("toast", {"said": "snooze_choice" if not action.choice else "back"})
        practice = await practice_of(tx, case)
        until = await _snooze(ports, tx, stored, practice, int(action.choice))
        await tx.save(replace(reminder, is_choosing=False))
        await tx.add(
            CaseEvent(case.id, ports.clock.now(), asker.member.id, Step.SNOOZE, until.isoformat())
        )
        await refresh(tx, Subject.REMINDER, reminder.id)
    return Message("toast", {"said": "snoozed", "until": until})


async def plan(
    ports: Ports,
    tx: Transaction,
    stored: CaseDeadline,
    computed: Deadline,
    practice: Practice,
) -> None:
    """Plan the reminders still to come, each at the practice's digest hour."""
    now = ports.clock.now()
    today = digest.local_day(practice, now)
    for planned in reminders.plan(computed, today):
        at = reminders.remind_at(planned.remind_on, practice.digest_at, practice.timezone)
        if at <= now:  # the card just shown says it already
            continue
        known = await tx.find(
            Reminder, eq("deadline_id", stored.id), eq("offset_days", planned.offset_days)
        )
        if known:
            if known[0].sent_at is None:
                await tx.save(replace(known[0], is_superseded=False))
        else:
            await tx.add(
                Reminder(
                    deadline_id=stored.id,
                    practice_id=stored.practice_id,
                    offset_days=planned.offset_days,
                    remind_at=at,
                )
            )


async def supersede(tx: Transaction, stored: CaseDeadline) -> None:
    """No reminder of this deadline comes any more; those already there show it is over."""
    found = await tx.find(Reminder, eq("deadline_id", stored.id))
    for reminder in found:
        if reminder.sent_at is None and not reminder.is_superseded:
            await tx.save(replace(reminder, is_superseded=True))
    await refresh(tx, Subject.REMINDER, *(each.id for each in found if each.sent_at is not None))


async def _start_anew(
    ports: Ports,
    tx: Transaction,
    case: Case,
    practice: Practice,
    clock: tuple[RuleId, PublicationDay],
    remedy_id: int,
) -> None:
    """Have a deadline watched whatever became of it: two acts of one day start the same clock."""
    for known in await _same(tx, case, clock, remedy_id):
        if known.done_at is not None:
            await tx.save(
                replace(known, done_at=None, done_by=None, withdrawn_at=ports.clock.now())
            )
    await arm(ports, tx, case, practice, clock, remedy_id)


async def _same(
    tx: Transaction, case: Case, clock: tuple[RuleId, PublicationDay], remedy_id: int
) -> list[CaseDeadline]:
    rule_id, (starts_on, _) = clock
    return await tx.find(
        CaseDeadline,
        eq("case_id", case.id),
        eq("rule", rule_id),
        eq("starts_on", starts_on),
        eq("remedy_id", remedy_id),
    )


async def _revived(
    tx: Transaction, case: Case, clock: tuple[RuleId, PublicationDay], remedy_id: int
) -> CaseDeadline | None:
    """The same deadline, which had been taken back."""
    _, (_, is_uncertain) = clock
    for known in await _same(tx, case, clock, remedy_id):
        if known.withdrawn_at is not None:
            again = replace(known, withdrawn_at=None, revision=known.revision + 1)
            again = replace(again, start_is_uncertain=is_uncertain)
            await tx.save(again)
            return again
    return None


def watched_again(stored: CaseDeadline) -> CaseDeadline:
    """The deadline, waiting for something again."""
    revision = stored.revision + 1
    return replace(stored, done_at=None, done_by=None, withdrawn_at=None, revision=revision)


async def revise(tx: Transaction, case: Case) -> list[CaseDeadline]:
    """Count one more change of the dates still watched, and give them.

    Their case closed, or is open again: calendars are to know.
    """
    here = (eq("case_id", case.id), null("done_at"), null("withdrawn_at"))
    revised = [
        replace(each, revision=each.revision + 1) for each in await tx.find(CaseDeadline, *here)
    ]
    await tx.save_all(revised, ["revision"])
    return revised


async def _snooze(
    ports: Ports, tx: Transaction, stored: CaseDeadline, practice: Practice, days: int
) -> date:
    """Silence what would come before, and plan a word for that day."""
    today = digest.local_day(practice, ports.clock.now())
    until = today + timedelta(days=days)
    computed = dated_rule(ports, stored, today).deadline
    try:
        planned = reminders.snooze(computed, until, today)
    except SnoozedTooFar as error:
        is_late = error.act_by < today
        code = RefusalCode.SNOOZE_TOO_LATE if is_late else RefusalCode.SNOOZE_TOO_FAR
        raise Refusal(code, act_by=error.act_by) from None
    at = reminders.remind_at(until, practice.digest_at, practice.timezone)
    for other in await tx.find(Reminder, eq("deadline_id", stored.id)):
        if other.sent_at is None and other.remind_at < at:
            await tx.save(replace(other, is_superseded=True))
    again = await tx.find(
        Reminder, eq("deadline_id", stored.id), eq("offset_days", planned.offset_days)
    )
    if again:
        await tx.save(replace(again[0], remind_at=at, sent_at=None, is_superseded=False))
    else:
        await tx.add(
            Reminder(
                deadline_id=stored.id,
                practice_id=stored.practice_id,
                offset_days=planned.offset_days,
                remind_at=at,
            )
        )
    await tx.save(replace(stored, snoozed_until=until, revision=stored.revision + 1))
    return until


async def _complete(
    ports: Ports, tx: Transaction, case: Case, stored: CaseDeadline, member: Member
) -> None:
    now = ports.clock.now()
    revision = stored.revision + 1
    await tx.save(replace(stored, done_at=now, done_by=member.id, revision=revision))
    event = CaseEvent(CaseId(case.id), now, member.id, Step.COMPLETE, stored.rule.value)
    await tx.add(replace(event, remedy_id=stored.remedy_id))
    await supersede(tx, stored)


async def _note_done(
    ports: Ports, tx: Transaction, asker: Asker, stored: CaseDeadline, on: date
) -> None:
    """What a date asked for was done on a day; an act before a judge calls for the next one."""
    case = await case_of(tx, stored.case_id)
    await _complete(ports, tx, case, stored, asker.member)
    if stored.rule in IN_COURT:
        practice = await practice_of(tx, case)
        next_act = (RuleId.PRESS_NEXT_ACT_3M, PublicationDay(on, is_uncertain=False))
        await _start_anew(ports, tx, case, practice, next_act, 0)
    await refresh(tx, Subject.CASE, case.id)


async def _to_do(tx: Transaction, identifier: int) -> tuple[CaseDeadline, Case]:
    """A deadline that still waits for something, and its case."""
    stored, case = await _to_work(tx, identifier)
    if stored.done_at is not None or stored.withdrawn_at is not None:
        raise Refusal(RefusalCode.DEADLINE_DONE)
    return stored, case


async def _to_work(tx: Transaction, identifier: int) -> tuple[CaseDeadline, Case]:
    """A deadline whose case is still watched, and the case."""
    stored = await find_target(tx, CaseDeadline, identifier)
    case = await case_of(tx, stored.case_id)
    cases.refuse_closed(case)
    return stored, case
