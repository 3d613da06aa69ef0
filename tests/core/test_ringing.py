"""When a telephone may ring."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import ringing
from bot.core.people import Practice

PARIS = Practice(name="Cabinet")


@pytest.mark.parametrize(
    ("local", "quiet"),
    [("06:59", True), ("07:00", False), ("12:00", False), ("19:59", False), ("20:00", True)],
)
def test_quiet_hours_are_those_of_the_practice_s_wall(local: str, quiet: bool) -> None:  # noqa: FBT001 - a table
    hour, minute = map(int, local.split(":"))
    now = datetime(2026, 11, 23, hour - 1, minute, tzinfo=UTC)  # Paris is an hour ahead
    assert ringing.is_quiet(PARIS, now) is quiet


def test_holidays_are_quiet_and_what_presses_rings_all_the_same() -> None:
    away = replace(PARIS, off_from=date(2026, 12, 20), off_until=date(2027, 1, 3))
    noon = datetime(2026, 12, 25, 11, tzinfo=UTC)
    assert ringing.is_quiet(away, noon)
    assert not ringing.rings(away, noon, is_pressing=False, is_header=True)
    assert ringing.rings(away, noon, is_pressing=True)
    assert not ringing.is_quiet(away, datetime(2027, 1, 4, 11, tzinfo=UTC))


@given(
    st.times(),
    st.times(),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.booleans(),
    st.booleans(),
)
def test_cards_never_ring_and_what_presses_always_does(
    start: time,
    end: time,
    now: datetime,
    rings_in_morning: bool,  # noqa: FBT001 - drawn
    is_header: bool,  # noqa: FBT001 - drawn
) -> None:
    practice = replace(PARIS, quiet_from=start, quiet_until=end, rings_in_morning=rings_in_morning)
    assert ringing.rings(practice, now, is_pressing=True, is_header=is_header)
    rang = ringing.rings(practice, now, is_pressing=False, is_header=is_header)
    assert rang is (is_header and rings_in_morning and not ringing.is_quiet(practice, now))
