"""The day something was published, as a person reads it on the site: every clock follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.core import cases, digest, published
from bot.core.actions import Action, Verb
from bot.core.cases import CaseEvent, Step
from bot.core.deadlines import PublicationDay
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import Mention
from bot.core.messages import Button, Manner, Message
from bot.core.outbox import Subject
from bot.core.people import Asker, Practice
from bot.core.published import Published, UnreadableDate
from bot.ports import Ports, Transaction
from bot.usecases.fill_outbox import refresh, refresh_mention
from bot.usecases.find_targets import case_of, find_target, practice_of
from bot.usecases.tend_clocks import count_again, publications, published_on

_NOON = time(12)
"""Where the practice is: the same day in mainland France."""
_TITLE = 60


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was understood of the words, and the day that is retained."""

    said: str
    read: Published
    day: PublicationDay


async def published_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """When it was published, in the words of the site; of several publications, which one.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    case = await case_of(tx, target)
    cases.refuse_closed(case)
    told = await publications(tx, case)
    choices = tuple(
        Choice(str(each.id), (each.title or each.outlet or str(each.id))[:_TITLE]) for each in told
    )
    fields = (
        Field("which", FieldKind.CHOICE, choices=choices),
        Field("words", longest=published.MAX_WORDS),
    )
    only = {"which": str(told[0].id)} if len(told) == 1 else {}
    return Form(FormName.PUBLISHED, target, fields, answers=only)


async def set_published(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Count the dates of a case from the day that words such as "2 months ago" can mean.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
        Invalid: no date, an impossible one, or one after the day it was found.
    """
    async with ports.store.write() as tx:
        case = await case_of(tx, form.target)
        cases.refuse_closed(case)
        mention = await find_target(tx, Mention, int(answers["which"]))
        practice = await practice_of(tx, case)
        old = published_on(mention, practice)
        counted = _counted(ports, practice, mention, answers["words"], old)
        dated = await _keep(tx, mention, practice, counted)
        await count_again(ports, tx, case, practice, (mention, dated))
        detail = counted.day.starts_on.isoformat()
        now = ports.clock.now()
        await tx.add(CaseEvent(case.id, now, asker.member.id, Step.DATE, detail))
        await refresh(tx, Subject.CASE, case.id)
        await refresh_mention(tx, mention.id)
    opened = Button("open_case", Action(Verb.OPEN_CASE, case.id), detail=str(case.id))
    values = {"said": counted.said, "read": counted.read, "day": counted.day}
    return Message("published", values, rows=((opened,),), manner=Manner.REPLY)


# Private from here on.


def _counted(
    ports: Ports, practice: Practice, mention: Mention, words: str, old: PublicationDay
) -> _Counted:
    """The days that words can mean, and the earliest of them; a change makes nothing younger.

    Raises:
        Invalid: not a date, an impossible one, or one that nothing seen then can have.
    """
    now = ports.clock.now()
    try:
        read = published.read(words, now, practice.timezone, ports.dates)
    except UnreadableDate as unreadable:
        problem = unreadable.problem
        refusal = Refusal(RefusalCode.PUBLISHED_UNREADABLE, date_problem=problem)
        raise Invalid({"words": refusal}) from None
    seen_on = digest.local_day(practice, mention.seen_at)
    if read.earliest > seen_on:
        late = Refusal(RefusalCode.PUBLISHED_AFTER_SEEN, day=seen_on)
        raise Invalid({"words": late})
    read = replace(read, latest=min(read.latest, seen_on))
    day = published.start_of(None, read) if read.is_edit else published.start_of(read)
    if day is None:
        raise LookupError(f"mention {mention.id}: {words!r} gives no day")
    return _Counted(words, read, min(day, old) if read.is_edit else day)


async def _keep(
    tx: Transaction, mention: Mention, practice: Practice, counted: _Counted
) -> Mention:
    """An exact day is the publication's own; a guess is kept as one."""
    day = counted.day
    exact = None if day.is_uncertain else _noon(day.starts_on, practice)
    told_on = day.starts_on if day.is_uncertain else None
    dated = replace(mention, published_at=exact, told_on=told_on)
    if dated != mention:
        await tx.save(dated)
    return dated


def _noon(day: date, practice: Practice) -> datetime:
    return digest.local_moment(day, _NOON, ZoneInfo(practice.timezone))
