"""Calendars: the deadlines of a practice, where its members already look at their days.

What stands in a calendar is what a deadline says of itself and nothing else: neither who it is
about, nor where, nor a word of the publication. Others may see somebody's calendar.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus, Step
from bot.core.people import MemberId, Practice, PracticeId

KEPT = timedelta(days=90)
"""How long a date that is none any more is told as cancelled, so that every calendar drops it."""
_WEEK, _MONTH = timedelta(days=7), timedelta(days=31)
_MARK = 20
"""Hexadecimal digits that tell a practice from any other: 80 bits."""
_MOVES = frozenset(
    {
        Step.OPEN,
        Step.ASSESS,
        Step.UNASSESS,
        Step.DATE,
        Step.REMEDY,
        Step.COMPLETE,
        Step.RESUME,
        Step.SNOOZE,
        Step.MERGE,
        Step.REAPPEAR,
        Step.CLOSE,
        Step.REOPEN,
    }
)
"""What may change a date of a case."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A member's private address of a calendar; only its hash is kept."""

    practice_id: PracticeId
    member_id: MemberId
    token_hash: str
    created_at: datetime
    revoked_at: datetime | None = None
    id: int = 0


class Ending(StrEnum):
    """Why a date is none any more; each has French words."""

    DONE = "done"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Horizon(StrEnum):
    """How far a date is; each has a French heading."""

    PAST = "past"
    WEEK = "week"
    MONTH = "month"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One date, all day long: a legal day has no hour, and is the same wherever it is read."""

    uid: str
    day: date
    revision: int
    changed_at: datetime
    title: str
    description: str
    alarms: tuple[timedelta, ...] = ()
    """From the beginning of the day, before it or after."""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of a practice."""

    name: str
    events: tuple[CalendarEvent, ...]


def ending(stored: CaseDeadline, case: Case) -> Ending | None:
    """Why a deadline of a case is no date any more; nothing when it is one."""
    if stored.done_at is not None:
        return Ending.DONE
    if stored.withdrawn_at is not None:
        return Ending.WITHDRAWN
    return Ending.CLOSED if case.status is CaseStatus.CLOSED else None


def is_held(stored: CaseDeadline, case: Case, now: datetime) -> bool:
    """Whether a calendar holds a deadline: it is watched, or was not long ago."""
    if ending(stored, case) is None:
        return True
    ends = (stored.done_at, stored.withdrawn_at, case.closed_at)
    known = [moment for moment in ends if moment is not None]
    return bool(known) and now < min(known) + KEPT


def mark_of(practice: Practice, first_joined_at: datetime) -> str:
    """What tells a practice from those of every other Vigie.

    Neither another name nor another server changes it.
    """
    said = f"{practice.id} {first_joined_at.isoformat()}"
    return hashlib.sha256(said.encode()).hexdigest()[:_MARK]


def uid_of(stored: CaseDeadline, mark: str) -> str:
    """The name under which every calendar knows a deadline, for good."""
    return f"deadline-{stored.id}@{mark}.vigie"


def alarms_of(stored: CaseDeadline, offsets: Sequence[int], at: time) -> tuple[timedelta, ...]:
    """When a calendar rings for a deadline: as its reminders, at the hour of the digest.

    None before it was created, nor before the day it was put off to, which has its own.
    """
    days = {stored.bites_on + timedelta(days=offset) for offset in offsets}
    since = stored.created_on
    if stored.snoozed_until is not None:
        days.add(stored.snoozed_until)
        since = max(since, stored.snoozed_until)
    hour = timedelta(hours=at.hour, minutes=at.minute)
    return tuple(day - stored.bites_on + hour for day in sorted(days) if day >= since)


def changed_at(case: Case, journal: Iterable[CaseEvent]) -> datetime:
    """Since when the dates of a case are what they are, as its journal tells."""
    moved = [event.at for event in journal if event.case_id == case.id and event.step in _MOVES]
    return max(moved, default=case.opened_at)


def horizon(bites_on: date, today: date) -> Horizon:
    """How far a date is from today; the day itself is not past."""
    ahead = bites_on - today
    if ahead < timedelta(0):
        return Horizon.PAST
    if ahead <= _WEEK:
        return Horizon.WEEK
    return Horizon.MONTH if ahead <= _MONTH else Horizon.LATER
