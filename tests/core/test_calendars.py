"""What a calendar holds, how long, under which name, and when it rings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.core import calendars
from bot.core.calendars import KEPT, Ending, Horizon
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseId, CaseStatus, DeadlineId, Step
from bot.core.law import RuleId, Side, Territory
from bot.core.mentions import MentionId
from bot.core.people import MemberId, Practice, PracticeId

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
HOME = PracticeId(1)
BITES_ON = date(2026, 12, 10)


def a_case(**changes: object) -> Case:
    known = {"status": CaseStatus.OPEN} | changes
    return Case(HOME, MentionId(1), NOW, MemberId(1), id=CaseId(3), **known)  # type: ignore[arg-type]


def a_deadline(**changes: object) -> CaseDeadline:
    known: dict[str, object] = {
        "case_id": CaseId(3),
        "practice_id": HOME,
        "rule": RuleId.PRESS_3M,
        "territory": Territory.METRO,
        "starts_on": date(2026, 9, 10),
        "start_is_uncertain": False,
        "side": Side.OURS,
        "strict_on": BITES_ON,
        "bites_on": BITES_ON,
        "created_on": NOW.date(),
        "id": DeadlineId(12),
    }
    return CaseDeadline(**known | changes)  # type: ignore[arg-type]  # a test names its fields


def test_a_watched_deadline_is_held_however_old_it_is() -> None:
    assert calendars.is_held(a_deadline(), a_case(), NOW + timedelta(days=4000))
    assert calendars.ending(a_deadline(), a_case()) is None


@pytest.mark.parametrize(
    ("stored", "case", "why"),
    [
        (a_deadline(done_at=NOW), a_case(), Ending.DONE),
        (a_deadline(withdrawn_at=NOW), a_case(), Ending.WITHDRAWN),
        (a_deadline(), a_case(status=CaseStatus.CLOSED, closed_at=NOW), Ending.CLOSED),
        (
            a_deadline(done_at=NOW),
            a_case(status=CaseStatus.CLOSED, closed_at=NOW + timedelta(days=300)),
            Ending.DONE,
        ),
    ],
)
def test_what_is_over_is_told_as_cancelled_for_a_while_then_forgotten(
    stored: CaseDeadline, case: Case, why: Ending
) -> None:
    assert calendars.ending(stored, case) is why
    assert calendars.is_held(stored, case, NOW + KEPT - timedelta(seconds=1))
    assert not calendars.is_held(stored, case, NOW + KEPT)


def test_two_practices_or_two_houses_never_share_a_name() -> None:
    ours, theirs = Practice("A", id=HOME), Practice("A", id=PracticeId(2))
    renamed = Practice("B", timezone="Indian/Reunion", id=HOME)
    mark = calendars.mark_of(ours, NOW)
    assert calendars.mark_of(renamed, NOW) == mark
    assert calendars.mark_of(theirs, NOW) != mark
    assert calendars.mark_of(ours, NOW + timedelta(microseconds=1)) != mark
    assert calendars.uid_of(a_deadline(), mark) == f"deadline-12@{mark}.vigie"


def test_a_calendar_rings_when_the_reminders_come() -> None:
    rings = calendars.alarms_of(a_deadline(), (-45, -7, -1, 0), time(7, 30))
    hour = timedelta(hours=7, minutes=30)
    days = (timedelta(days=-7), timedelta(days=-1), timedelta(0))  # 45 days before: not yet known
    assert rings == tuple(day + hour for day in days)


def test_a_deadline_put_off_rings_on_that_day_and_not_before() -> None:
    put_off = a_deadline(snoozed_until=BITES_ON - timedelta(days=4))
    rings = calendars.alarms_of(put_off, (-7, -4, -1), time(0, 0))
    assert rings == (timedelta(days=-4), timedelta(days=-1))


def test_a_case_changed_when_its_dates_last_moved() -> None:
    def event(days: int, step: Step, case: int = 3) -> CaseEvent:
        return CaseEvent(CaseId(case), NOW + timedelta(days=days), MemberId(1), step)

    journal = [event(1, Step.SNOOZE), event(2, Step.ATTACH), event(9, Step.CLOSE, case=4)]
    assert calendars.changed_at(a_case(), journal) == NOW + timedelta(days=1)
    assert calendars.changed_at(a_case(), []) == NOW


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, Horizon.PAST),
        (0, Horizon.WEEK),
        (7, Horizon.WEEK),
        (8, Horizon.MONTH),
        (31, Horizon.MONTH),
        (32, Horizon.LATER),
    ],
)
def test_a_date_is_past_within_a_week_a_month_or_later(days: int, expected: Horizon) -> None:
    assert calendars.horizon(BITES_ON + timedelta(days=days), BITES_ON) is expected
