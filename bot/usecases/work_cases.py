"""Cases: opened with their dates, moved step by step, never missing a date in silence."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from bot.core import cases, deadlines, digest, reminders
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseId, CaseStatus, Reminder, Step
from bot.core.deadlines import Deadline, PublicationDay
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import RuleId, Side
from bot.core.mentions import Mention
from bot.core.messages import Manner, Message
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Member, Practice
from bot.core.reminders import SnoozedTooFar
from bot.ports import Ports, Transaction, among, eq, ne, null
from bot.usecases.fill_outbox import live_channels, refresh, show
from bot.usecases.show_subjects import dated_rule, dated_rules

_STEPS = {
    Verb.MARK_SENT_ONLINE: Step.SEND_ONLINE,
    Verb.MARK_SENT_BY_POST: Step.SEND_BY_POST,
    Verb.MARK_RECEIVED: Step.ACKNOWLEDGE_RECEIPT,
    Verb.MARK_ANSWERED: Step.RECORD_ANSWER,
    Verb.CLOSE_CASE: Step.CLOSE,
    Verb.REOPEN_CASE: Step.REOPEN,
}
_STARTS_ANSWER = {Step.SEND_ONLINE, Step.ACKNOWLEDGE_RECEIPT}
SNOOZE_CHOICES = frozenset({"", "back", "1", "3", "7"})
"""What may be asked of a snooze: for a choice, to go back, or a number of days."""


async def open_case(ports: Ports, tx: Transaction, mention: Mention, member: Member) -> Case:
    """Open the case of an illicit mention, or the same one again, with its legal dates.

    Two clocks are armed at once: the press law's three months, from publication, whatever the kind
    of harm turns out to be; and the insurer's five business days, from the day it was known.
    """
    practice = await _practice(tx, mention)
    now = ports.clock.now()
    earlier = await tx.find(Case, eq("mention_id", mention.id))
    if earlier:
        case = earlier[0]
        if case.status is CaseStatus.CLOSED:
            case = await _move(ports, tx, case, Step.REOPEN, member)
    else:
        case = await tx.add(
            Case(
                practice_id=mention.practice_id,
                mention_id=mention.id,
                opened_at=now,
                opened_by=member.id,
            )
        )
        await tx.add(CaseEvent(case.id, now, member.id, Step.OPEN))
        published = deadlines.publication_day(
            mention.published_at, mention.seen_at, practice.timezone
        )
        known = PublicationDay(digest.local_day(practice, mention.seen_at), is_uncertain=False)
        await _arm(ports, tx, case, practice, RuleId.PRESS_3M, published)
        await _arm(ports, tx, case, practice, RuleId.INSURER_5_BUSINESS_DAYS, known)
    shown = await tx.find(Display, eq("subject", Subject.MENTION), eq("subject_id", mention.id))
    where = {display.channel_id for display in shown}
    channels = [each for each in await live_channels(tx, case.practice_id) if each.id in where]
    await show(tx, channels, Subject.CASE, case.id, "opened")
    await refresh(tx, Subject.CASE, case.id)
    return case


async def withdraw_case(ports: Ports, tx: Transaction, mention: Mention, member: Member) -> None:
    """Close the case of a decision taken back.

    Raises:
        Refusal: CASE_HAS_STEPS once something was done in the world.
    """
    for case in await tx.find(Case, eq("mention_id", mention.id)):
        events = await tx.find(CaseEvent, eq("case_id", case.id))
        dated = await tx.find(CaseDeadline, eq("case_id", case.id))
        if cases.was_acted_on(events, dated):
            raise Refusal(RefusalCode.CASE_HAS_STEPS)
        if case.status is not CaseStatus.CLOSED:
            await _move(ports, tx, case, Step.CLOSE, member)


async def take_step(ports: Ports, asker: Asker, action: Action) -> Message:
    """Move a case by one step; a request that was received starts the other side's month.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, REQUEST_ALREADY_SENT.
    """
    step = _STEPS[action.verb]
    async with ports.store.write() as tx:
        case = await _case(tx, action.target)
        moved = await _move(ports, tx, case, step, asker.member)
        mention = await tx.get(Mention, case.mention_id)
        if mention is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        practice = await _practice(tx, mention)
        if step in _STARTS_ANSWER:
            today = digest.local_day(practice, ports.clock.now())
            start = PublicationDay(today, is_uncertain=False)
            await _arm(ports, tx, moved, practice, RuleId.GDPR_1M, start)
        if step is Step.RECORD_ANSWER:
            await _complete_all(ports, tx, moved, asker.member, RuleId.GDPR_1M)
        await refresh(tx, Subject.CASE, case.id)
    return Message("toast", {"said": "step", "step": step})


async def show_case(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show a case where it was asked.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        case = await _case(tx, action.target)
        shown = await tx.count(Display, eq("subject", Subject.CASE), eq("subject_id", case.id))
        await show(tx, [asker.channel], Subject.CASE, case.id, f"asked:{shown}", asker)
    return Message("toast", {"said": "case", "case": case})


async def complete(ports: Ports, asker: Asker, action: Action) -> Message:
    """Note that what a deadline asked for was done.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, DEADLINE_DONE.
    """
    async with ports.store.write() as tx:
        stored = await _deadline(tx, action.target)
        case = await _case_to_work(tx, stored.case_id)
        if stored.done_at is not None:
            raise Refusal(RefusalCode.DEADLINE_DONE)
        await _complete(ports, tx, stored, asker.member)
        is_awaited = stored.rule is RuleId.GDPR_1M and case.status is CaseStatus.AWAITING_ANSWER
        if is_awaited:
            await _move(ports, tx, case, Step.RECORD_ANSWER, asker.member)
        await refresh(tx, Subject.CASE, case.id)
    return Message("toast", {"said": "done"})


async def resume(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take back "done": the deadline is watched again, with the reminders still to come.

    Raises:
        Refusal: BUTTON_UNKNOWN for a deadline of the other side, whose answer was never ours to
            note; BUTTON_EXPIRED, CASE_CLOSED.
    """
    async with ports.store.write() as tx:
        stored = await _deadline(tx, action.target)
        if stored.side is Side.THEIRS:
            raise Refusal(RefusalCode.BUTTON_UNKNOWN)
        case = await _case_to_work(tx, stored.case_id)
        practice = await tx.get(Practice, case.practice_id)
        if practice is None or stored.done_at is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        now = ports.clock.now()
        watched = replace(stored, done_at=None, done_by=None)
        await tx.save(watched)
        await tx.add(CaseEvent(case.id, now, asker.member.id, Step.RESUME, stored.rule.value))
        today = digest.local_day(practice, now)
        await _plan(ports, tx, watched, dated_rule(ports, watched, today).deadline, practice)
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
        reminder = await tx.get(Reminder, action.target)
        if reminder is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        stored = await _deadline(tx, reminder.deadline_id)
        case = await _case_to_work(tx, stored.case_id)
        if stored.done_at is not None:
            raise Refusal(RefusalCode.DEADLINE_DONE)
        if not action.choice.isdecimal():
            await tx.save(replace(reminder, is_choosing=not action.choice))
            await refresh(tx, Subject.REMINDER, reminder.id)
            return Message("toast", {"said": "snooze_choice" if not action.choice else "back"})
        practice = await tx.get(Practice, case.practice_id)
        if practice is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        until = await _snooze(ports, tx, stored, practice, int(action.choice))
        await tx.save(replace(reminder, is_choosing=False))
        await tx.add(
            CaseEvent(case.id, ports.clock.now(), asker.member.id, Step.SNOOZE, until.isoformat())
        )
        await refresh(tx, Subject.REMINDER, reminder.id)
    return Message("toast", {"said": "snoozed", "until": until})


async def explain_case(ports: Ports, asker: Asker, action: Action) -> Message:
    """Why each date of a case is what it is.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        case = await _case(tx, action.target)
        dated = await dated_rules(ports, tx, case, await _today(ports, tx, case))
    return Message("explanation", {"case": case, "deadlines": dated}, manner=Manner.REPLY)


async def explain_one(ports: Ports, asker: Asker, action: Action) -> Message:
    """Why one date is what it is: the rule, the arithmetic, the source.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        stored = await _deadline(tx, action.target)
        case = await _case(tx, stored.case_id)
        dated = [dated_rule(ports, stored, await _today(ports, tx, case))]
    return Message("explanation", {"case": case, "deadlines": dated}, manner=Manner.REPLY)


async def _move(ports: Ports, tx: Transaction, case: Case, step: Step, member: Member) -> Case:
    """One step in the table, its event, and the reminders that follow from it."""
    now = ports.clock.now()
    moved = cases.take(case, step, now)
    await tx.save(moved)
    await tx.add(CaseEvent(case.id, now, member.id, step))
    stored = await tx.find(CaseDeadline, eq("case_id", case.id))
    if step is Step.CLOSE:
        for each in stored:
            await _supersede(tx, each)
    elif step is Step.REOPEN:
        practice = await tx.get(Practice, case.practice_id)
        for each in stored:
            if practice is not None and each.done_at is None:
                today = digest.local_day(practice, now)
                computed = dated_rule(ports, each, today).deadline
                await _plan(ports, tx, each, computed, practice)
    await refresh(tx, Subject.CASE, case.id)
    await refresh(tx, Subject.MENTION, case.mention_id)
    return moved


async def _arm(
    ports: Ports,
    tx: Transaction,
    case: Case,
    practice: Practice,
    rule_id: RuleId,
    start: PublicationDay,
) -> None:
    """Store a deadline and plan its reminders."""
    starts_on, is_uncertain = start
    rule = ports.law.rule(rule_id, starts_on)
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
        )
    )
    if stored is not None:
        await _plan(ports, tx, stored, computed, practice)


async def _plan(
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
    await tx.save(replace(stored, snoozed_until=until))
    return until


async def _complete_all(
    ports: Ports, tx: Transaction, case: Case, member: Member, rule: RuleId
) -> None:
    for stored in await tx.find(CaseDeadline, eq("case_id", case.id), eq("rule", rule)):
        if stored.done_at is None:
            await _complete(ports, tx, stored, member)


async def _complete(ports: Ports, tx: Transaction, stored: CaseDeadline, member: Member) -> None:
    now = ports.clock.now()
    await tx.save(replace(stored, done_at=now, done_by=member.id))
    await tx.add(
        CaseEvent(CaseId(stored.case_id), now, member.id, Step.COMPLETE, stored.rule.value)
    )
    await _supersede(tx, stored)
    sent = await tx.find(Reminder, eq("deadline_id", stored.id))
    await refresh(tx, Subject.REMINDER, *(reminder.id for reminder in sent))


async def _supersede(tx: Transaction, stored: CaseDeadline) -> None:
    """No reminder of this deadline comes any more; those already there show it is over."""
    found = await tx.find(Reminder, eq("deadline_id", stored.id))
    for reminder in found:
        if reminder.sent_at is None and not reminder.is_superseded:
            await tx.save(replace(reminder, is_superseded=True))
    await refresh(tx, Subject.REMINDER, *(each.id for each in found if each.sent_at is not None))


async def _case(tx: Transaction, identifier: int) -> Case:
    case = await tx.get(Case, identifier)
    if case is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return case


async def _case_to_work(tx: Transaction, identifier: int) -> Case:
    """A case whose dates are still watched."""
    case = await _case(tx, identifier)
    if case.status is CaseStatus.CLOSED:
        raise Refusal(RefusalCode.CASE_CLOSED)
    return case


async def _deadline(tx: Transaction, identifier: int) -> CaseDeadline:
    stored = await tx.get(CaseDeadline, identifier)
    if stored is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return stored


async def _today(ports: Ports, tx: Transaction, case: Case) -> date:
    practice = await tx.get(Practice, case.practice_id)
    if practice is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return digest.local_day(practice, ports.clock.now())


async def _practice(tx: Transaction, mention: Mention) -> Practice:
    practice = await tx.get(Practice, mention.practice_id)
    if practice is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return practice


async def list_open(tx: Transaction, practices: Iterable[int]) -> list[CaseDeadline]:
    """The open deadlines of open cases of some practices, the nearest first."""
    alive = await tx.find(
        Case, among("practice_id", list(practices)), ne("status", CaseStatus.CLOSED)
    )
    return await tx.find(
        CaseDeadline,
        among("case_id", [case.id for case in alive]),
        null("done_at"),
        order="bites_on",
    )
