"""A calendar program, as far as the tests need one: it reads a file and keeps what it says."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar


@dataclass(frozen=True)
class Event:
    """One date of a calendar."""

    uid: str
    version: int
    changed_at: datetime
    day: date
    status: str
    title: str
    words: str
    rings: tuple[timedelta, ...]

    @property
    def ring_days(self) -> list[date]:
        return [self.day + timedelta(days=ring.days) for ring in self.rings]


def read(content: bytes) -> list[Event]:
    """The dates of a calendar; fails when it is not one."""
    calendar = icalendar.Calendar.from_ical(content)
    assert isinstance(calendar, icalendar.Calendar)
    assert not [error for each in calendar.walk() for error in each.errors]
    return [_event(each) for each in calendar.events]


def name_of(content: bytes) -> str:
    """The name of a calendar."""
    return str(icalendar.Calendar.from_ical(content)["x-wr-calname"])


def _event(found: icalendar.Event) -> Event:
    day = found.decoded("dtstart")
    assert found.decoded("dtend") == day + timedelta(days=1)
    return Event(
        uid=str(found["uid"]),
        version=int(str(found["sequence"])),
        changed_at=found.decoded("dtstamp"),
        day=day,
        status=str(found["status"]),
        title=str(found["summary"]),
        words=str(found["description"]),
        rings=tuple(alarm.decoded("trigger") for alarm in found.walk("VALARM")),
    )
