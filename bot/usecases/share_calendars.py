"""The deadlines of a practice as files for calendars: one, or all of them."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bot.core import calendars, digest
from bot.core.actions import Action
from bot.core.calendars import Calendar, CalendarEvent, Ending
from bot.core.cases import Case, CaseDeadline, CaseEvent
from bot.core.law import Side
from bot.core.messages import File, Manner, Message
from bot.core.people import Asker, Member, Practice
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.find_targets import find_target, practice_of
from bot.usecases.set_up import practice_named
from bot.usecases.show_deadlines import DatedRule, dated_rule

MEDIA_TYPE = "text/calendar"
_WORDS = "agenda"
"""The group of labels."""


class _Told(NamedTuple):
    """What is known of one deadline when its event is written."""

    dated: DatedRule
    case: Case
    ending: Ending | None
    changed_at: datetime


async def give_deadline(ports: Ports, asker: Asker, action: Action) -> Message:
    """One deadline, as a file; one that is none any more takes itself out of a calendar.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        stored = await find_target(tx, CaseDeadline, action.target)
        practice = await practice_of(tx, stored)
        calendar = await _calendar(ports, tx, practice, [stored])
    name = ports.wording.label(_WORDS, "file_one").format(case=stored.case_id, deadline=stored.id)
    file = File(name, MEDIA_TYPE, await written(ports, calendar))
    values = {"case": stored.case_id, "is_over": calendar.events[0].is_cancelled}
    return Message("agenda_file", values, files=(file,), manner=Manner.REPLY)


async def give_calendar(ports: Ports, asker: Asker, action: Action) -> Message:
    """All the deadlines of a practice, as a file.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        practice = await find_target(tx, Practice, action.target)
        calendar = await of_practice(ports, tx, practice)
    name = ports.wording.label(_WORDS, "file_all")
    file = File(name, MEDIA_TYPE, await written(ports, calendar))
    watched = [event for event in calendar.events if not event.is_cancelled]
    values = {"count": len(watched)}
    return Message("agenda_files", values, files=(file,), manner=Manner.REPLY)


async def export(ports: Ports, name: str) -> tuple[bytes, int]:
    """The calendar of the practice of that name, as a file, and how many dates it holds.

    Raises:
        Refusal: PRACTICE_UNKNOWN.
    """
    async with ports.store.read() as tx:
        calendar = await of_practice(ports, tx, await practice_named(tx, name))
    watched = [event for event in calendar.events if not event.is_cancelled]
    return await written(ports, calendar), len(watched)


async def of_practice(ports: Ports, tx: Transaction, practice: Practice) -> Calendar:
    """The calendar of a practice: what is watched, and what was until not long ago."""
    stored = await tx.find(CaseDeadline, eq("practice_id", practice.id), order="bites_on")
    return await _calendar(ports, tx, practice, stored, is_whole=True)


async def written(ports: Ports, calendar: Calendar) -> bytes:
    """The calendar as a file, made beside the loop: a hundred dates take tens of milliseconds."""
    return await asyncio.to_thread(ports.calendars.write, calendar)


async def _calendar(
    ports: Ports,
    tx: Transaction,
    practice: Practice,
    stored: Iterable[CaseDeadline],
    *,
    is_whole: bool = False,
) -> Calendar:
    """These deadlines; of a whole calendar, those that have their place in it."""
    stored = list(stored)
    found = await tx.find(Case, among("id", sorted({each.case_id for each in stored})))
    cases = {case.id: case for case in found}
    now = ports.clock.now()
    if is_whole:
        stored = [each for each in stored if calendars.is_held(each, cases[each.case_id], now)]
    journal = await tx.find(CaseEvent, among("case_id", sorted({each.case_id for each in stored})))
    by_case: dict[int, list[CaseEvent]] = {}
    for event in journal:
        by_case.setdefault(event.case_id, []).append(event)
    mark, today = await _mark(tx, practice), digest.local_day(practice, now)
    events = []
    for each in stored:
        case = cases[each.case_id]
        changed = calendars.changed_at(case, by_case.get(case.id, ()))
        dated = dated_rule(ports, each, today)
        told = _Told(dated, case, calendars.ending(each, case), changed)
        events.append(_event(ports, practice, mark, told))
    name = ports.wording.label(_WORDS, "name").format(practice=practice.name)
    return Calendar(name, tuple(events))


def _event(ports: Ports, practice: Practice, mark: str, told: _Told) -> CalendarEvent:
    stored, rule = told.dated.stored, told.dated.rule
    words = Message("agenda_event", {"dated": told.dated, "ending": told.ending})
    alarms = calendars.alarms_of(stored, rule.reminders, practice.digest_at)
    return CalendarEvent(
        uid=calendars.uid_of(stored, mark),
        day=stored.bites_on,
        revision=stored.revision,
        changed_at=told.changed_at,
        title=_title(ports, told),
        description=ports.wording.render(words).text.plain,
        alarms=() if told.ending else alarms,
        is_cancelled=told.ending is not None,
    )


def _title(ports: Ports, told: _Told) -> str:
    """The number of the case and what the date is about: enough for us, nothing for others."""
    stored = told.dated.stored
    kind = "ours" if stored.side is Side.OURS else "theirs"
    about = ports.wording.label("rule_short", stored.rule)
    key = f"title_{told.ending or kind}"
    return ports.wording.label(_WORDS, key).format(case=told.case.id, about=about)


async def _mark(tx: Transaction, practice: Practice) -> str:
    first = await tx.find(Member, eq("practice_id", practice.id), order="id", limit=1)
    if not first:  # nobody ever came in: no case was ever opened
        return ""
    return calendars.mark_of(practice, first[0].joined_at)
