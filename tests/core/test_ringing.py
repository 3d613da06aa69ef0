"""When a telephone may ring."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import ringing
from bot.core.people import Practice
from bot.core.ringing import Weight

PARIS = Practice(name="Cabinet")


@pytest.mark.parametrize(
    ("local", "quiet"),
    [("07:29", True), ("07:30", False), ("12:00", False), ("19:59", False), ("20:00", True)],
)
def test_quiet_hours_are_those_of_the_practice_s_wall(local: str, quiet: bool) -> None:  # noqa: FBT001 - a table
    hour, minute = map(int, local.split(":"))
    now = datetime(2026, 11, 23, hour - 1, minute, tzinfo=UTC)  # Paris is an hour ahead
    assert ringing.is_quiet(PARIS, now) is quiet


def test_holidays_are_quiet_and_what_presses_rings_all_the_same() -> None:
    away = replace(PARIS, off_from=date(2026, 12, 20), off_until=date(2027, 1, 3))
    noon = datetime(2026, 12, 25, 11, tzinfo=UTC)
    assert ringing.is_quiet(away, noon)
    assert not ringing.rings(Weight.MORNING, away, noon)
    assert ringing.rings(Weight.PRESSING, away, noon)
    assert not ringing.is_quiet(away, datetime(2027, 1, 4, 11, tzinfo=UTC))


@given(
    st.times(),
    st.times(),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.booleans(),
)
def test_cards_never_ring_and_what_presses_always_does(
    start: time,
    end: time,
    now: datetime,
    rings_in_morning: bool,  # noqa: FBT001 - drawn
) -> None:
    practice = replace(PARIS, quiet_from=start, quiet_until=end, rings_in_morning=rings_in_morning)
    assert ringing.rings(Weight.PRESSING, practice, now)
    assert not ringing.rings(Weight.LIGHT, practice, now)
    rang = ringing.rings(Weight.MORNING, practice, now)
    assert rang is (rings_in_morning and not ringing.is_quiet(practice, now))


@given(
    st.times(), st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
)
def test_the_same_time_twice_is_no_quiet_hour(at: time, now: datetime) -> None:
    assert not ringing.is_quiet(replace(PARIS, quiet_from=at, quiet_until=at), now)


@given(st.integers(-400, 400), st.booleans())
def test_a_legal_date_presses_the_day_before_and_that_day(
    days_left: int,
    is_over: bool,  # noqa: FBT001 - drawn
) -> None:
    weight = ringing.weight_of_date(days_left, is_over=is_over)
    assert (weight is Weight.PRESSING) is (days_left in (0, 1) and not is_over)
