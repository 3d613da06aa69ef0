"""Which reminders a deadline deserves, and which one is due.

Reminders are planned relative to the day people work with, `Deadline.bites_on`; how many days
from it is told by the rule (`reminders` in `templates/law/rules.toml`). The wording of
a reminder tells the days left today, not its offset: after an outage they differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.deadlines import Deadline
from bot.core.law import Side


@dataclass(frozen=True, slots=True, order=True)
class PlannedReminder:
    """A reminder to ourselves: when, and how many days after the day it bites that is."""

    remind_on: date
    offset_days: int


class SnoozedTooFar(ValueError):
    """The reminder would come back after the last safe day to act."""

    def __init__(self, until: date, act_by: date) -> None:
        self.until = until
        self.act_by = act_by
        super().__init__(f"{until:%Y-%m-%d} is after {act_by:%Y-%m-%d}, the last day to act")


def plan(deadline: Deadline, created_on: date) -> tuple[PlannedReminder, ...]:
    """Return the reminders of a deadline, oldest first; none before the day it was created."""
    planned = (_reminder(deadline, offset) for offset in deadline.reminders)
    return tuple(sorted(reminder for reminder in planned if reminder.remind_on >= created_on))


def due(reminders: Iterable[PlannedReminder], today: date) -> tuple[PlannedReminder, ...]:
    """Return what to send today for one deadline, given its unsent reminders: at most one.

    After an outage several days have come; only the latest is worth reading. The others are
    `superseded` and must be closed with it, or they would come out one by one.
    """
    return tuple(_come(reminders, today)[-1:])


def superseded(reminders: Iterable[PlannedReminder], today: date) -> tuple[PlannedReminder, ...]:
    """Return the unsent reminders of one deadline that a later one replaces today."""
    return tuple(_come(reminders, today)[:-1])


def snooze(deadline: Deadline, until: date, today: date) -> PlannedReminder:
    """Return the reminder that comes back on a later day, never past our last safe day."""
    if until <= today:
        raise ValueError(f"a reminder is snoozed until a later day than {today:%Y-%m-%d}")
    if deadline.side is Side.OURS and until > deadline.bites_on:
        raise SnoozedTooFar(until, deadline.bites_on)
    return PlannedReminder(until, (until - deadline.bites_on).days)


def remind_at(remind_on: date, at: time, timezone: str) -> datetime:
    """Return the moment when it is `at` on that day in a time zone, in UTC.

    The night clocks go forward, an hour that does not exist moves forward too; the night they go
    back, the first of two same hours counts. Both are what `fold=0` means.
    """
    wall_clock = at.replace(fold=0, tzinfo=ZoneInfo(timezone))
    return datetime.combine(remind_on, wall_clock).astimezone(UTC)


# Private from here on.


def _reminder(deadline: Deadline, offset: int) -> PlannedReminder:
    return PlannedReminder(deadline.bites_on + timedelta(days=offset), offset)


def _come(reminders: Iterable[PlannedReminder], today: date) -> list[PlannedReminder]:
    return sorted(reminder for reminder in reminders if reminder.remind_on <= today)
