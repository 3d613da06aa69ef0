"""Calendar files, read back: what was meant is what a calendar understands."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.calendar_file import CalendarFiles
from bot.core.calendars import Calendar, CalendarEvent
from tests.calendars import read

EVENT = CalendarEvent(
    uid="deadline-12@0123456789abcdef0123.vigie",
    day=date(2026, 12, 31),
    revision=4,
    changed_at=datetime(2026, 11, 23, 10, 58, 59, 123456, tzinfo=UTC),
    title="Vigie — dossier 3 : déclaration à l'assureur",
    description="À faire : déclarer, par écrit ; vos captures.\n\nSource : C. assur., art. 113",
    alarms=(timedelta(days=-3, hours=7, minutes=30), timedelta(hours=7, minutes=30)),
)
FILES = CalendarFiles()


def written(*events: CalendarEvent, name: str = "Vigie — Cabinet") -> bytes:
    return FILES.write(Calendar(name, events))


def test_a_calendar_says_what_it_is_and_when_to_come_back() -> None:
    calendar = icalendar.Calendar.from_ical(written(EVENT))
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert calendar["x-wr-calname"] == calendar["name"] == "Vigie — Cabinet"
    assert calendar.decoded("refresh-interval") == timedelta(hours=4)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\nX-PUBLISHED-TTL:PT4H\r\n" in written(EVENT)


def test_a_date_lasts_the_whole_day_wherever_it_is_read() -> None:
    (event,) = read(written(EVENT))
    assert event.day == date(2026, 12, 31)
    content = written(EVENT)
    assert b"DTSTART;VALUE=DATE:20261231\r\n" in content
    assert b"VTIMEZONE" not in content
    assert b"TZID" not in content


def test_an_event_tells_its_version_and_takes_nobody_s_day() -> None:
    content = written(EVENT)
    (event,) = read(content)
    assert (event.uid, event.version, event.status) == (EVENT.uid, 4, "CONFIRMED")
    assert event.changed_at == EVENT.changed_at.replace(microsecond=0)
    assert b"CLASS:PRIVATE\r\n" in content
    assert b"TRANSP:TRANSPARENT\r\n" in content
    (over,) = read(written(replace(EVENT, is_cancelled=True)))
    assert over.status == "CANCELLED"


def test_it_rings_at_the_hour_of_the_digest() -> None:
    (event,) = read(written(EVENT))
    assert event.rings == EVENT.alarms
    assert b"TRIGGER:-P2DT16H30M\r\n" in written(EVENT)


def test_every_line_ends_and_folds_as_the_standard_says() -> None:
    content = written(replace(EVENT, description="é\u00a0— 🦷 ; , \\ " * 60))
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no character is cut in two


def test_the_same_dates_give_the_same_bytes() -> None:
    assert written(EVENT) == written(EVENT)
    assert written(EVENT) != written(replace(EVENT, revision=5))
    assert read(written()) == []


def test_an_address_is_where_the_server_is_and_none_without_one() -> None:
    assert CalendarFiles("https://a.example/vigie/").address("T") == (
        "https://a.example/vigie/calendar/T.ics"
    )
    assert CalendarFiles().address("T") == ""


# What RFC 5545 has no way to write: every control but the tab and the line feed.
_SAYABLE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.just("\n"))


@settings(max_examples=60)
@given(_SAYABLE)
def test_any_text_survives(words: str) -> None:
    (event,) = read(written(replace(EVENT, description=words)))
    assert event.words == words


@settings(max_examples=60)
@given(st.text(), st.text(), st.text())
def test_no_text_breaks_a_calendar_or_writes_in_it(name: str, title: str, words: str) -> None:
    content = written(replace(EVENT, title=title, description=words), EVENT, name=name)
    first, second = read(content)
    assert first.uid == second.uid == EVENT.uid
    assert second.title == EVENT.title
    assert first.version == 4


@pytest.mark.parametrize("words", ["a\r\nb", "a\rb", "a\u2028b", "a\x85b"])
def test_every_way_to_end_a_line_is_one(words: str) -> None:
    (event,) = read(written(replace(EVENT, description=words)))
    assert event.words == "a\nb"


def test_a_text_that_looks_like_a_calendar_is_a_text() -> None:
    evil = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:y"
    (event,) = read(written(replace(EVENT, title=evil, description=evil)))
    assert event.words == evil.replace("\r\n", "\n")
    assert event.title == " ".join(evil.split())
