"""Reminders: which are planned, which is due, how far they may be put off, at what hour."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.deadlines import Deadline, compute
from bot.core.law import Regime, RuleId, Side, Territory
from bot.core.reminders import (
    PlannedReminder,
    SnoozedTooFar,
    due,
    plan,
    remind_at,
    snooze,
    superseded,
)
from bot.core.rulebook import parse_rules

DOCUMENT = Path(__file__).parents[2] / "templates" / "law" / "rules.toml"
RULES = {rule.id: rule for rule in parse_rules(tomllib.loads(DOCUMENT.read_text("utf-8"))).rules}
DAY = st.dates(date(2024, 1, 1), date(2036, 12, 31))


def deadline_of(rule_id: RuleId, starts_on: date) -> Deadline:
    return compute(RULES[rule_id], starts_on, Territory.METRO)


@pytest.fixture(name="press")
def a_press_deadline() -> Deadline:
    # 23 Nov 2026 + 3 months = 23 Feb 2027, a Tuesday
    return deadline_of(RuleId.PRESS_3M, date(2026, 11, 23))


@pytest.fixture(name="answer")
def an_awaited_answer() -> Deadline:
    # 31 Jan 2027 + 1 month = Sunday 28 Feb, extended to Monday 1 Mar: certain from 2 Mar
    return deadline_of(RuleId.GDPR_1M, date(2027, 1, 31))


@pytest.mark.parametrize("rule_id", RuleId)
def test_every_rule_is_recalled_as_its_side_wants(rule_id: RuleId) -> None:
    rule = RULES[rule_id]
    planned = plan(deadline_of(rule_id, date(2026, 11, 23)), date(2026, 11, 23))
    offsets = [reminder.offset_days for reminder in planned]
    assert 0 in offsets
    if rule.regime in {Regime.PRESS, Regime.CIVIL} and rule.time_limit.months:
        assert rule.reminders == (-45, -30, -15, -7, -3, -1, 0)
    if rule.side is Side.THEIRS and rule.time_limit.months:
        assert rule.reminders == (-7, -1, 0, 1)


def test_a_limitation_period_is_recalled_seven_times(press: Deadline) -> None:
    assert plan(press, date(2026, 11, 23)) == (
        PlannedReminder(date(2027, 1, 9), -45),  # 23 Feb - 45 = 9 Jan
        PlannedReminder(date(2027, 1, 24), -30),
        PlannedReminder(date(2027, 2, 8), -15),
        PlannedReminder(date(2027, 2, 16), -7),
        PlannedReminder(date(2027, 2, 20), -3),
        PlannedReminder(date(2027, 2, 22), -1),
        PlannedReminder(date(2027, 2, 23), 0),
    )


def test_reminders_count_back_from_the_safe_day_not_from_the_legal_end() -> None:
    # 30 Nov 2026 + 3 months = Sunday 28 Feb 2027: act by Friday 26
    press = deadline_of(RuleId.PRESS_3M, date(2026, 11, 30))
    assert plan(press, date(2026, 11, 30))[-1] == PlannedReminder(date(2027, 2, 26), 0)


def test_an_awaited_answer_is_recalled_until_the_day_after(answer: Deadline) -> None:
    assert plan(answer, date(2027, 1, 31)) == (
        PlannedReminder(date(2027, 2, 23), -7),
        PlannedReminder(date(2027, 3, 1), -1),
        PlannedReminder(date(2027, 3, 2), 0),
        PlannedReminder(date(2027, 3, 3), 1),
    )


def test_a_declaration_to_the_insurer_is_recalled_three_days_before_then_twice() -> None:
    # Mon 23 Nov 2026 + 5 business days = Mon 30, one day kept: Fri 27
    insurer = deadline_of(RuleId.INSURER_5_BUSINESS_DAYS, date(2026, 11, 23))
    assert plan(insurer, date(2026, 11, 23)) == (
        PlannedReminder(date(2026, 11, 24), -3),
        PlannedReminder(date(2026, 11, 26), -1),
        PlannedReminder(date(2026, 11, 27), 0),
    )


def test_no_reminder_is_planned_before_the_day_the_deadline_was_created(press: Deadline) -> None:
    offsets = [reminder.offset_days for reminder in plan(press, date(2027, 2, 16))]
    assert offsets == [-7, -3, -1, 0]
    assert plan(press, date(2027, 2, 24)) == ()


def test_nothing_is_due_before_its_day(press: Deadline) -> None:
    planned = plan(press, date(2026, 11, 23))
    assert due(planned, date(2027, 1, 8)) == ()
    assert superseded(planned, date(2027, 1, 8)) == ()


def test_a_reminder_is_due_on_its_day(press: Deadline) -> None:
    planned = plan(press, date(2026, 11, 23))
    assert due(planned, date(2027, 1, 9)) == (PlannedReminder(date(2027, 1, 9), -45),)


def test_after_an_outage_only_the_latest_reminder_is_due(press: Deadline) -> None:
    planned = plan(press, date(2026, 11, 23))
    today = date(2027, 2, 18)  # the reminders of 9 and 24 Jan, 8 and 16 Feb have come
    assert due(planned, today) == (PlannedReminder(date(2027, 2, 16), -7),)
    assert [reminder.offset_days for reminder in superseded(planned, today)] == [-45, -30, -15]


@given(st.sampled_from(RuleId), DAY, st.integers(-10, 500))
def test_never_two_reminders_at_once(rule_id: RuleId, starts_on: date, later: int) -> None:
    planned = plan(deadline_of(rule_id, starts_on), starts_on)
    today = starts_on + timedelta(days=later)
    now, closed = due(planned, today), superseded(planned, today)
    still_to_come = tuple(reminder for reminder in planned if reminder.remind_on > today)
    assert len(now) <= 1
    assert closed + now + still_to_come == planned


def test_a_reminder_of_ours_may_be_put_off_until_the_last_safe_day(press: Deadline) -> None:
    until = date(2027, 2, 23)
    assert snooze(press, until, date(2027, 2, 16)) == PlannedReminder(until, 0)


def test_a_reminder_of_ours_may_not_be_put_off_further(press: Deadline) -> None:
    with pytest.raises(SnoozedTooFar, match="2027-02-24 is after 2027-02-23") as refused:
        snooze(press, date(2027, 2, 24), date(2027, 2, 16))
    assert isinstance(refused.value, ValueError)
    assert (refused.value.until, refused.value.act_by) == (date(2027, 2, 24), press.act_by)


def test_a_reminder_of_theirs_may_be_put_off_at_will(answer: Deadline) -> None:
    until = date(2027, 4, 2)  # 31 days after 2 Mar
    assert snooze(answer, until, date(2027, 3, 2)) == PlannedReminder(until, 31)


def test_a_reminder_is_not_put_off_to_today(press: Deadline) -> None:
    with pytest.raises(ValueError, match="later day"):
        snooze(press, date(2027, 2, 16), date(2027, 2, 16))


@pytest.mark.parametrize(
    ("on", "at", "zone", "expected"),
    [
        # winter: Paris is one hour ahead
        ((2027, 1, 9), time(7, 30), "Europe/Paris", (2027, 1, 9, 6, 30)),
        # summer: two hours
        ((2027, 7, 9), time(7, 30), "Europe/Paris", (2027, 7, 9, 5, 30)),
        # 28 Mar 2027, 02:30 does not exist: 03:30 summer time = 01:30 UTC
        ((2027, 3, 28), time(2, 30), "Europe/Paris", (2027, 3, 28, 1, 30)),
        # 31 Oct 2027, 02:30 comes twice: the first is still summer time = 00:30 UTC
        ((2027, 10, 31), time(2, 30), "Europe/Paris", (2027, 10, 31, 0, 30)),
        # whoever asks for the second gets the first all the same
        ((2027, 10, 31), time(2, 30, fold=1), "Europe/Paris", (2027, 10, 31, 0, 30)),
        # Reunion has no summer time and is four hours ahead; the UTC day may be the one before
        ((2027, 7, 9), time(3, 0), "Indian/Reunion", (2027, 7, 8, 23, 0)),
    ],
)
def test_a_reminder_comes_at_the_hour_of_the_practice(
    on: tuple[int, int, int], at: time, zone: str, expected: tuple[int, int, int, int, int]
) -> None:
    moment = remind_at(date(*on), at, zone)
    assert moment == datetime(*expected, tzinfo=UTC)
    assert moment.tzinfo is UTC


@given(DAY, st.times())
def test_a_reminder_of_a_day_comes_on_that_day(remind_on: date, at: time) -> None:
    moment = remind_at(remind_on, at, "Europe/Paris")
    offset = moment - datetime.combine(remind_on, at.replace(fold=0), UTC)
    assert offset in {timedelta(hours=-1), timedelta(hours=-2)}
