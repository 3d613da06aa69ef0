"""Calendars as files (RFC 5545): the one place that knows the icalendar library.

Every event lasts a whole day (``VALUE=DATE``): a legal day has no hour and no time zone, so no
VTIMEZONE is needed, and none could be wrong. Nothing comes from the clock: the same dates give
the same bytes.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.calendars import Calendar, CalendarEvent

if TYPE_CHECKING:
    import icalendar

PATH = "/calendar/"
"""Under which a subscription answers, after the public address of the HTTP server."""
SUFFIX = ".ics"
MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//Vigie//Vigie//FR"
_REFRESH = timedelta(hours=4)
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# What RFC 5545 allows in no text: controls but the tab; and what no encoding has.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


class CalendarFiles:
    """Writes calendars, and knows where they are served."""

    def __init__(self, base: str = "") -> None:
        """``base`` is the public address of the HTTP server; none: nothing is served."""
        self._base = base.rstrip("/")

    def address(self, token: str) -> str:
        """Where the subscription of that token is read; empty when no server answers."""
        return f"{self._base}{PATH}{token}{SUFFIX}" if self._base else ""

    def write(self, calendar: Calendar) -> bytes:
        """The calendar as a file."""
        from icalendar import Calendar as Written  # noqa: PLC0415 - 80 ms, for who asks only
        from icalendar import vDuration, vText  # noqa: PLC0415 - idem

        written = Written()
        written.add("prodid", _PRODUCT)
        written.add("version", "2.0")
        written.add("calscale", "GREGORIAN")
        written.add("method", "PUBLISH")
        name = " ".join(_clean(calendar.name).split())
        for key in ("name", "x-wr-calname"):
            written.add(key, vText(name))
        written.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
        written.add("x-published-ttl", vDuration(_REFRESH))
        for event in calendar.events:
            written.add_component(_event(event))
        content: bytes = written.to_ical(sorted=False)
        return content


def _event(event: CalendarEvent) -> "icalendar.Event":
    from icalendar import Event  # noqa: PLC0415 - only who asks for a calendar waits for it

    written = Event()
    written.add("uid", event.uid)
    written.add("dtstamp", event.changed_at)
    written.add("last-modified", event.changed_at)
    written.add("sequence", event.revision)
    written.add("dtstart", event.day)
    written.add("dtend", event.day + timedelta(days=1))  # the day after: it is not part of it
    written.add("summary", " ".join(_clean(event.title).split()))
    written.add("description", _clean(event.description))
    written.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    written.add("class", "PRIVATE")
    written.add("transp", "TRANSPARENT")  # a date to keep takes nobody's day
    for alarm in _alarms(event):
        written.add_component(alarm)
    return written


def _alarms(event: CalendarEvent) -> Iterable["icalendar.Alarm"]:
    from icalendar import Alarm  # noqa: PLC0415 - idem

    for moment in event.alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", " ".join(_clean(event.title).split()))
        alarm.add("trigger", moment)
        yield alarm


def _clean(text: str) -> str:
    """The text without what no calendar file may hold; every line break is the same one."""
    return _FORBIDDEN.sub("", _BREAKS.sub("\n", text))
