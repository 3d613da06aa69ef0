"""Cases: opened with their dates, given in charge, brought together, closed with an outcome."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.core import cases, digest, text
from bot.core.actions import Action
from bot.core.assessments import Assessment
from bot.core.cases import (
    Case,
    CaseDeadline,
    CaseEvent,
    CaseId,
    CaseStatus,
    Outcome,
    Step,
)
from bot.core.deadlines import PublicationDay
from bot.core.errors import Refusal, RefusalCode
from bot.core.evidence import Attachment
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.law import RuleId
from bot.core.letterheads import Letter
from bot.core.mentions import Mention, MentionId
from bot.core.messages import Message
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Member, Practice, Practitioner, Right, may
from bot.core.remedies import Remedy
from bot.ports import Ports, Transaction, among, eq, ne, null
from bot.usecases import keep_deadlines
from bot.usecases.fill_outbox import live_channels, refresh, show, show_asked
from bot.usecases.find_targets import case_of, find_target, practice_of
from bot.usecases.show_deadlines import dated_rule
from bot.usecases.tend_clocks import published_on

_NOBODY = "nobody"
_TITLE = 60
_CHOICES = 25
"""Cases offered to be brought together: the latest."""
ENDS = tuple(each for each in Outcome if each not in {Outcome.MISTAKEN, Outcome.MERGED})
"""The outcomes a person chooses from."""


async def open_case(ports: Ports, tx: Transaction, mention: Mention, member: Member) -> Case:
    """Open the case of an illicit mention, or the same one again, with its legal dates.

    Two clocks are armed at once: the press law's three months, from publication, whatever the kind
    of harm turns out to be; and the insurer's five business days, from the day it was known.
    """
    earlier = await tx.find(Case, eq("mention_id", mention.id))
    if earlier and earlier[0].merged_into:
        whole = await case_of(tx, earlier[0].merged_into)
        case = await reopened(ports, tx, whole, member) if _is_closed(whole) else whole
    elif earlier:
        case = earlier[0]
        if _is_closed(case):
            case = await reopened(ports, tx, case, member)
    else:
        case = await _opened(ports, tx, mention, member)
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
        if case.merged_into:
            raise Refusal(RefusalCode.CASE_HAS_STEPS)
        events = await tx.find(CaseEvent, eq("case_id", case.id))
        dated = await tx.find(CaseDeadline, eq("case_id", case.id))
        if cases.was_acted_on(events, dated):
            raise Refusal(RefusalCode.CASE_HAS_STEPS)
        if not _is_closed(case):
            await closed(ports, tx, case, Outcome.MISTAKEN, member)


async def show_case(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show a case where it was asked; one that joined another shows that one.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        case = await case_of(tx, action.target)
        if case.merged_into:
            case = await case_of(tx, case.merged_into)
        await show_asked(tx, asker, Subject.CASE, case.id)
    return Message("toast", {"said": "case", "case": case})


async def close_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """How it ended.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    cases.refuse_closed(await case_of(tx, target))
    outcome = Field("outcome", FieldKind.CHOICE, choices=tuple(Choice(each) for each in ENDS))
    return Form(FormName.CLOSE_CASE, target, (outcome,), facts={"case": target})


async def close(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Close a case with its outcome: its dates fall silent.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    async with ports.store.write() as tx:
        case = await case_of(tx, form.target)
        await closed(ports, tx, case, Outcome(answers["outcome"]), asker.member)
    return Message("toast", {"said": "case_closed", "case": case})


async def reopen(ports: Ports, asker: Asker, action: Action) -> Message:
    """Deal with a case again, with the reminders still to come.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_DONE, CASE_MERGED.
    """
    async with ports.store.write() as tx:
        case = await case_of(tx, action.target)
        await reopened(ports, tx, case, asker.member)
    return Message("toast", {"said": "case_reopened", "case": case})


async def assign_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Who takes charge of it: a member who may work on cases, or nobody.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    case = await case_of(tx, target)
    cases.refuse_closed(case)
    here = eq("practice_id", case.practice_id)
    members = await tx.find(Member, here, null("removed_at"), order="id")
    able = [member for member in members if may(member.role, Right.WORK_CASES)]
    choices = [Choice(str(member.id), member.name) for member in able]
    if case.assignee_id is not None:
        choices.append(Choice(_NOBODY))
    return Form(
        FormName.ASSIGN_CASE,
        target,
        (Field("member", FieldKind.CHOICE, choices=tuple(choices)),),
        facts={"case": target},
    )


async def assign(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Give a case in charge: its reminders are sent to who is, too.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    chosen = answers["member"]
    async with ports.store.write() as tx:
        case = await case_of(tx, form.target)
        member = None if chosen == _NOBODY else await tx.get(Member, int(chosen))
        name = member.name if member else ""
        assigned = cases.assign(case, member.id if member else None)
        if assigned != case:
            await tx.save(assigned)
            now = ports.clock.now()
            await tx.add(CaseEvent(case.id, now, asker.member.id, Step.ASSIGN, name))
            await refresh(tx, Subject.CASE, case.id)
    return Message("toast", {"said": "case_assigned", "name": name})


async def merge_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Which other case joins this one.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, NOTHING_TO_MERGE.
    """
    case = await case_of(tx, target)
    cases.refuse_closed(case)
    here = (eq("practice_id", case.practice_id), eq("status", CaseStatus.OPEN))
    others = await tx.find(Case, *here, ne("id", case.id), order="-id", limit=_CHOICES)
    if not others:
        raise Refusal(RefusalCode.NOTHING_TO_MERGE)
    choices = tuple([Choice(str(each.id), await _said(tx, each)) for each in others])
    return Form(
        FormName.MERGE_CASES,
        target,
        (Field("other", FieldKind.CHOICE, choices=choices),),
        facts={"case": target},
    )


async def merge(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Deal with two publications in one case: dates, remedies, letters and pieces join it.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, CASE_ITSELF, CASE_ELSEWHERE.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        into = await case_of(tx, form.target)
        other = await case_of(tx, int(answers["other"]))
        await tx.save(cases.merge(other, into, now))
        await _move_dates(ports, tx, other, into)
        await _move_rest(tx, other, into)
        await tx.add(CaseEvent(into.id, now, asker.member.id, Step.MERGE, str(other.id)))
        await tx.add(CaseEvent(other.id, now, asker.member.id, Step.CLOSE, Outcome.MERGED.value))
        for joined in await tx.find(Case, eq("merged_into", other.id)):
            await tx.save(replace(joined, merged_into=into.id))
        await refresh(tx, Subject.CASE, into.id, other.id)
        await refresh(tx, Subject.MENTION, into.mention_id, other.mention_id)
    return Message("toast", {"said": "cases_merged", "case": into, "other": other})


async def reappeared(ports: Ports, tx: Transaction, mentions: Collection[MentionId]) -> None:
    """What a case had removed was seen again: the case is open again, and says so."""
    if not mentions:
        return
    for case in await tx.find(Case, among("mention_id", mentions)):
        whole = await case_of(tx, case.merged_into) if case.merged_into else case
        if not _is_closed(whole) or whole.outcome not in {Outcome.REMOVED, Outcome.CORRECTED}:
            continue
        now = ports.clock.now()
        again = cases.reopen(whole)
        await tx.save(again)
        await tx.add(CaseEvent(whole.id, now, None, Step.REAPPEAR))
        await _plan_again(ports, tx, again)
        channels = await live_channels(tx, whole.practice_id)
        await show(tx, channels, Subject.CASE, whole.id, f"again:{now:%Y-%m-%d}")
        await refresh(tx, Subject.CASE, whole.id)
        await refresh(tx, Subject.MENTION, case.mention_id)


async def closed(
    ports: Ports, tx: Transaction, case: Case, outcome: Outcome, member: Member
) -> Case:
    """The case once it ended; no reminder of it comes any more.

    Raises:
        Refusal: CASE_CLOSED.
    """
    now = ports.clock.now()
    ended = cases.close(case, outcome, now)
    await tx.save(ended)
    await tx.add(CaseEvent(case.id, now, member.id, Step.CLOSE, outcome.value))
    for each in await tx.find(CaseDeadline, eq("case_id", case.id)):
        await keep_deadlines.supersede(tx, each)
    await keep_deadlines.revise(tx, case)
    await refresh(tx, Subject.CASE, case.id)
    await refresh(tx, Subject.MENTION, case.mention_id)
    return ended


async def reopened(ports: Ports, tx: Transaction, case: Case, member: Member) -> Case:
    """The case dealt with again.

    Raises:
        Refusal: ALREADY_DONE, CASE_MERGED.
    """
    again = cases.reopen(case)
    await tx.save(again)
    await tx.add(CaseEvent(case.id, ports.clock.now(), member.id, Step.REOPEN))
    await _plan_again(ports, tx, again)
    await refresh(tx, Subject.CASE, case.id)
    await refresh(tx, Subject.MENTION, case.mention_id)
    return again


async def publication_of(tx: Transaction, case: Case, practice: Practice) -> PublicationDay:
    """The day its publication is counted from.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    mention = await find_target(tx, Mention, case.mention_id)
    return published_on(mention, practice)


# Private from here on.


def _is_closed(case: Case) -> bool:
    return case.status is CaseStatus.CLOSED


async def _opened(ports: Ports, tx: Transaction, mention: Mention, member: Member) -> Case:
    now = ports.clock.now()
    new = Case(mention.practice_id, mention.id, opened_at=now, opened_by=member.id)
    case = await tx.add(new)
    practice = await practice_of(tx, case)
    await tx.add(CaseEvent(case.id, now, member.id, Step.OPEN))
    published = await publication_of(tx, case, practice)
    known = PublicationDay(digest.local_day(practice, mention.seen_at), is_uncertain=False)
    await keep_deadlines.arm(ports, tx, case, practice, (RuleId.PRESS_3M, published))
    insurer = (RuleId.INSURER_5_BUSINESS_DAYS, known)
    await keep_deadlines.arm(ports, tx, case, practice, insurer)
    return case


async def _plan_again(ports: Ports, tx: Transaction, case: Case) -> None:
    practice = await practice_of(tx, case)
    today = digest.local_day(practice, ports.clock.now())
    for each in await keep_deadlines.revise(tx, case):
        computed = dated_rule(ports, each, today).deadline
        await keep_deadlines.plan(ports, tx, each, computed, practice)


async def _move_dates(ports: Ports, tx: Transaction, other: Case, into: Case) -> None:
    """Its dates are watched in the other case; the same date in both is one."""
    there = await tx.find(CaseDeadline, eq("case_id", into.id))
    known = {(each.rule, each.starts_on, each.remedy_id): each for each in there}
    practice = await practice_of(tx, into)
    today = digest.local_day(practice, ports.clock.now())
    for each in await tx.find(CaseDeadline, eq("case_id", other.id)):
        same = known.get((each.rule, each.starts_on, each.remedy_id))
        if same is None:
            await tx.save(replace(each, case_id=into.id, revision=each.revision + 1))
            continue
        await keep_deadlines.take_back(ports, tx, [each])
        if _is_watched(each) and not _is_watched(same):
            # What was done, or taken back, was so of the other publication.
            again = keep_deadlines.watched_again(same)
            await tx.save(again)
            computed = dated_rule(ports, again, today).deadline
            await keep_deadlines.plan(ports, tx, again, computed, practice)


def _is_watched(stored: CaseDeadline) -> bool:
    return stored.done_at is None and stored.withdrawn_at is None


async def _move_rest(tx: Transaction, other: Case, into: Case) -> None:
    """Remedies, letters, assessments and pieces; the same bytes in both are one piece."""
    number = CaseId(into.id)
    here = eq("case_id", other.id)
    for remedy in await tx.find(Remedy, here):
        await tx.save(replace(remedy, case_id=number))
    for assessment in await tx.find(Assessment, here):
        await tx.save(replace(assessment, case_id=number))
    kept = await tx.find(Attachment, eq("case_id", into.id))
    known = {(each.digest, each.remedy_id): each for each in kept}
    instead: dict[str, str] = {}
    for piece in await tx.find(Attachment, here):
        same = known.get((piece.digest, piece.remedy_id))
        if same is None:
            await tx.save(replace(piece, case_id=number))
        else:
            instead[str(piece.id)] = str(same.id)
    for letter in await tx.find(Letter, here):
        answers = tuple(
            (name, _with_pieces(said, instead) if name == "annexes" else said)
            for name, said in letter.answers
        )
        await tx.save(replace(letter, case_id=number, answers=answers))


def _with_pieces(chosen: str, instead: Mapping[str, str]) -> str:
    """The pieces chosen for a letter, by the numbers they have in the case it joined."""
    return ",".join(instead.get(each, each) for each in chosen.split(","))


async def _said(tx: Transaction, case: Case) -> str:
    """A case in a line: its number, whom it is about, where it is."""
    mention = await tx.get(Mention, case.mention_id)
    if mention is None:
        return str(case.id)
    (person,) = await tx.find(Practitioner, among("id", [mention.practitioner_id]))
    title, _ = text.excerpt(mention.title or mention.text, (), _TITLE)
    return " \u00b7 ".join(part for part in (str(case.id), person.name, title) if part)
