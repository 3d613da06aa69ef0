"""The calculator against the lawyers' worked examples, the calendar and its own promises."""

import csv
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from bot.core.days import (
    HolidayCode,
    add_months,
    holiday_code,
    next_open_day,
    open_day,
    previous_open_day,
)
from bot.core.deadlines import (
    Deadline,
    Reason,
    ReasonCode,
    compute,
    days_left,
    is_overdue,
    is_time_barred,
    publication_day,
)
from bot.core.law import (
    LocalHolidays,
    Regime,
    Rule,
    RuleId,
    Side,
    Territory,
    TimeLimit,
)
from bot.core.rulebook import parse_rules

ROOT = Path(__file__).parents[2]
PACK = parse_rules(tomllib.loads((ROOT / "templates/law/rules.toml").read_text("utf-8")))
RULES = {rule.id: rule for rule in PACK.rules}
PRESS = RULES[RuleId.PRESS_3M]
GDPR = RULES[RuleId.GDPR_1M]
INSURER = RULES[RuleId.INSURER_5_BUSINESS_DAYS]
METRO = Territory.METRO

VECTORS = [
    row
    for name in ("deadline_vectors.csv", "deadline_more.csv")
    for row in csv.DictReader((ROOT / "tests/vectors" / name).read_text("utf-8").splitlines())
]


def check(row: dict[str, str], rule: Rule) -> None:
    """Compare one row with the calculator.

    The column `next_working_day_if_off` illustrates the calendar whatever the law says, so it is
    always compared with the next open day. It is the extended end only where the extension may
    be relied on: surely ("yes"), or for the other side in doubt ("uncertain", "yes-if-...").
    Elsewhere ("no", and our doubts) the extended end is the strict one. "n/a" is the insurer's:
    business days end on an open day, so both are the same.
    """
    territory = Territory(row["territory"])
    deadline = compute(rule, date.fromisoformat(row["start"]), territory)
    strict_on = date.fromisoformat(row["strict_end"])
    next_open = date.fromisoformat(row["next_working_day_if_off"])
    applies = row["extension_applies"]
    is_relied_on = applies == "yes" or (applies != "no" and row["binds"] == "them")

    assert deadline.strict_on == strict_on
    assert next_open_day(strict_on, territory) == next_open
    assert deadline.extended_on == (next_open if is_relied_on else strict_on)
    assert deadline.side is {"us": Side.OURS, "them": Side.THEIRS}[row["binds"]]
    bites_on = date.fromisoformat(row["act_by_or_from"])
    assert deadline.bites_on == bites_on
    assert deadline.act_by == (bites_on if row["binds"] == "us" else None)
    assert deadline.certain_from == (bites_on if row["binds"] == "them" else None)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in VECTORS])
def test_a_rule_gives_what_the_lawyers_worked_out(row: dict[str, str]) -> None:
    check(row, PACK.rule(RuleId(row["rule"]), date.fromisoformat(row["start"])))


def test_every_rule_has_a_worked_example_and_no_row_is_counted_twice() -> None:
    assert {row["rule"] for row in VECTORS} == set(RuleId)
    assert len({row["id"] for row in VECTORS}) == len(VECTORS) > 60


# Known cases, by hand.


@pytest.mark.parametrize(
    ("rule", "territory", "starts_on", "strict_on", "extended_on", "bites_on"),
    [
        # Crim. 12 Nov 2014, 13-84.444: 23 Aug 2011 + 3 months = 23 Nov, a Wednesday, included
        (PRESS, METRO, (2011, 8, 23), (2011, 11, 23), (2011, 11, 23), (2011, 11, 23)),
        # TGI Paris 29 Oct 2003: 3 Aug 2002 + 3 months = 3 Nov, a Sunday; All Saints on Friday 1st
        (PRESS, METRO, (2002, 8, 3), (2002, 11, 3), (2002, 11, 3), (2002, 10, 31)),
        # 30 Nov + 3 months: no 30 Feb, so 28 Feb 2027, a Sunday; back to Friday 26
        (PRESS, METRO, (2026, 11, 30), (2027, 2, 28), (2027, 2, 28), (2027, 2, 26)),
        # 3 months are not 90 days: 1 Feb + 90 days = 2 May, + 3 months = 1 May, a Saturday
        (PRESS, METRO, (2027, 2, 1), (2027, 5, 1), (2027, 5, 1), (2027, 4, 30)),
        # 26 Mar 2027 is Good Friday in Alsace-Moselle only; 29 is Easter Monday; 30 is open
        (
            GDPR,
            Territory.ALSACE_MOSELLE,
            (2027, 2, 26),
            (2027, 3, 26),
            (2027, 3, 30),
            (2027, 3, 31),
        ),
        # Guadeloupe keeps Good Friday by custom, not by law
        (GDPR, Territory.GUADELOUPE, (2027, 2, 26), (2027, 3, 26), (2027, 3, 26), (2027, 3, 27)),
        # 5 business days from Fri 21 May 2027: 24 25 26 (27 abolition) 28 31; one day kept: 28
        (
            INSURER,
            Territory.GUADELOUPE,
            (2027, 5, 21),
            (2027, 5, 31),
            (2027, 5, 31),
            (2027, 5, 28),
        ),
        # the same in mainland France: 24 25 26 27 28; one day kept: 27
        (INSURER, METRO, (2027, 5, 21), (2027, 5, 28), (2027, 5, 28), (2027, 5, 27)),
    ],
)
def test_known_cases_come_out_as_counted_by_hand(
    rule: Rule,
    territory: Territory,
    starts_on: tuple[int, int, int],
    strict_on: tuple[int, int, int],
    extended_on: tuple[int, int, int],
    bites_on: tuple[int, int, int],
) -> None:
    deadline = compute(rule, date(*starts_on), territory)
    found = (deadline.strict_on, deadline.extended_on, deadline.bites_on)
    assert found == (date(*strict_on), date(*extended_on), date(*bites_on))


def test_a_datetime_is_not_a_starting_day() -> None:
    with pytest.raises(TypeError):
        compute(PRESS, datetime(2026, 11, 23, 8, tzinfo=UTC), METRO)


# Reasons.


def test_a_plain_press_deadline_has_one_reason() -> None:
    deadline = compute(PRESS, date(2011, 8, 23), METRO)
    assert deadline.reasons == (
        Reason(ReasonCode.MONTHS_COUNTED, date(2011, 8, 23), date(2011, 11, 23)),
    )


def test_a_press_deadline_on_a_clipped_sunday_tells_its_four_steps() -> None:
    end = date(2027, 2, 28)
    assert compute(PRESS, date(2026, 11, 30), METRO).reasons == (
        Reason(ReasonCode.MONTH_END_CLIPPED, date(2026, 11, 30), end),
        Reason(ReasonCode.ENDS_ON_SUNDAY, end),
        Reason(ReasonCode.NOT_EXTENDED, end, regime=Regime.PRESS),
        Reason(ReasonCode.MOVED_BACK, end, date(2027, 2, 26)),
    )


def test_an_answer_awaited_on_easter_saturday_names_the_monday_it_jumps() -> None:
    end, extended = date(2027, 3, 27), date(2027, 3, 30)
    assert compute(GDPR, date(2027, 2, 27), METRO).reasons == (
        Reason(ReasonCode.MONTHS_COUNTED, date(2027, 2, 27), end),
        Reason(ReasonCode.ENDS_ON_SATURDAY, end),
        Reason(ReasonCode.EXTENDED, end, extended, regime=Regime.EU),
        Reason(ReasonCode.HOLIDAY_SKIPPED, date(2027, 3, 29), holiday=HolidayCode.EASTER_MONDAY),
        Reason(ReasonCode.CERTAIN_THE_DAY_AFTER, extended, date(2027, 3, 31)),
    )


def test_a_local_holiday_granted_to_the_other_side_is_told() -> None:
    reasons = compute(GDPR, date(2028, 4, 22), Territory.MARTINIQUE).reasons
    end, extended = date(2028, 5, 22), date(2028, 5, 23)
    assert reasons[1:4] == (
        Reason(ReasonCode.ENDS_ON_HOLIDAY, end, holiday=HolidayCode.ABOLITION_OF_SLAVERY),
        Reason(ReasonCode.EXTENDED, end, extended, regime=Regime.EU),
        Reason(ReasonCode.LOCAL_HOLIDAY_ASSUMED, end, extended),
    )


def test_a_local_holiday_is_not_relied_on_for_ours() -> None:
    appeal = RULES[RuleId.URGENT_APPEAL_15D]
    deadline = compute(appeal, date(2028, 12, 11), Territory.ALSACE_MOSELLE)
    end = date(2028, 12, 26)
    assert deadline.extended_on == end
    assert deadline.reasons[1:] == (
        Reason(ReasonCode.ENDS_ON_HOLIDAY, end, holiday=HolidayCode.SAINT_STEPHEN),
        Reason(ReasonCode.LOCAL_HOLIDAY_NOT_RELIED_ON, end, end),
        Reason(ReasonCode.MOVED_BACK, end, date(2028, 12, 22)),
        Reason(ReasonCode.HOLIDAY_SKIPPED, date(2028, 12, 25), holiday=HolidayCode.CHRISTMAS),
    )


def test_a_local_holiday_that_surely_counts_needs_no_excuse() -> None:
    settled = replace(GDPR, local_holidays=LocalHolidays.COUNT)
    deadline = compute(settled, date(2028, 4, 22), Territory.MARTINIQUE)
    assert deadline.extended_on == date(2028, 5, 23)
    assert ReasonCode.LOCAL_HOLIDAY_ASSUMED not in {reason.code for reason in deadline.reasons}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (RuleId.REPLY_REQUEST_3M, ReasonCode.EXTENSION_NOT_RELIED_ON),
        (RuleId.REGULATOR_SILENCE_3M, ReasonCode.EXTENSION_ASSUMED),
    ],
)
def test_a_doubt_about_the_extension_is_told(rule: RuleId, code: ReasonCode) -> None:
    # 14 Nov 2026 + 3 months = 14 Feb 2027, a Sunday
    deadline = compute(RULES[rule], date(2026, 11, 14), METRO)
    assert code in {reason.code for reason in deadline.reasons}


def test_a_clock_that_starts_on_their_default_is_counted_from_the_earliest_start_too() -> None:
    # due on 15 Jan 2027: 3 days before, 12 Jan, + 3 months = Monday 12 Apr
    deadline = compute(RULES[RuleId.REPLY_ACTION_3M], date(2027, 1, 15), METRO)
    assert (deadline.strict_on, deadline.act_by) == (date(2027, 4, 15), date(2027, 4, 12))
    assert deadline.reasons == (
        Reason(ReasonCode.MONTHS_COUNTED, date(2027, 1, 15), date(2027, 4, 15)),
        Reason(ReasonCode.EARLIEST_START_COUNTED, date(2027, 1, 12), date(2027, 4, 12)),
    )
    assert not is_time_barred(deadline, date(2027, 4, 15))
    assert is_time_barred(deadline, date(2027, 4, 16))


def test_the_earliest_start_may_lead_back_over_a_week_end() -> None:
    # 3 days before 18 Jan 2027 = 15 Jan, + 3 months = Thursday 15 Apr; 13 Jan's is Tuesday
    # 3 days before 20 Jan = 17 Jan, + 3 months = Saturday 17 Apr: back to Friday 16
    deadline = compute(RULES[RuleId.REPLY_ACTION_3M], date(2027, 1, 20), METRO)
    assert (deadline.strict_on, deadline.act_by) == (date(2027, 4, 20), date(2027, 4, 16))
    assert deadline.reasons[-1] == Reason(
        ReasonCode.MOVED_BACK, date(2027, 4, 17), date(2027, 4, 16)
    )


def test_the_insurer_deadline_tells_the_holidays_not_counted_and_the_margin() -> None:
    assert compute(INSURER, date(2027, 5, 3), METRO).reasons == (
        Reason(ReasonCode.BUSINESS_DAYS_COUNTED, date(2027, 5, 3), date(2027, 5, 11)),
        Reason(ReasonCode.HOLIDAY_SKIPPED, date(2027, 5, 6), holiday=HolidayCode.ASCENSION),
        Reason(ReasonCode.MARGIN_KEPT, date(2027, 5, 11), date(2027, 5, 10)),
    )


def test_clear_days_and_calendar_days_are_told() -> None:
    limit = TimeLimit(months=1, days=10, is_clear=True)
    # 31 Jan + 1 month = 28 Feb, + 10 days = 10 Mar, and the day after
    deadline = compute(replace(PRESS, time_limit=limit), date(2027, 1, 31), METRO)
    assert deadline.strict_on == date(2027, 3, 11)
    assert [reason.code for reason in deadline.reasons] == [
        ReasonCode.MONTH_END_CLIPPED,
        ReasonCode.DAYS_COUNTED,
        ReasonCode.CLEAR_DAY_ADDED,
    ]


# Promises kept for every rule, territory and day.

RULE = st.sampled_from(PACK.rules)
TERRITORY = st.sampled_from(Territory)
DAY = st.dates(date(2024, 1, 1), date(2036, 12, 31))


@given(RULE, DAY, TERRITORY)
def test_the_strict_end_is_never_after_the_extended_one(
    rule: Rule, starts_on: date, territory: Territory
) -> None:
    deadline = compute(rule, starts_on, territory)
    assert starts_on < deadline.strict_on <= deadline.extended_on


@given(RULE, DAY, TERRITORY)
def test_we_act_on_an_open_day_within_the_strict_end_and_they_have_their_whole_time(
    rule: Rule, starts_on: date, territory: Territory
) -> None:
    deadline = compute(rule, starts_on, territory)
    if deadline.act_by is not None:
        assert open_day(deadline.act_by, territory)
        assert deadline.act_by <= deadline.strict_on
        assert deadline.certain_from is None
    else:
        assert deadline.certain_from == deadline.extended_on + timedelta(days=1)
        assert open_day(deadline.extended_on, territory)


LIMITATION = [
    rule
    for rule in PACK.rules
    if rule.side is Side.OURS and rule.regime in {Regime.PRESS, Regime.CIVIL, Regime.CRIMINAL}
]


@given(st.sampled_from(LIMITATION), DAY, TERRITORY)
def test_no_limitation_period_of_ours_is_ever_extended(
    rule: Rule, starts_on: date, territory: Territory
) -> None:
    deadline = compute(rule, starts_on, territory)
    assert deadline.extended_on == deadline.strict_on


@given(RULE, DAY, TERRITORY)
def test_the_strict_end_agrees_with_dateutil(
    rule: Rule, starts_on: date, territory: Territory
) -> None:
    limit = rule.time_limit
    if limit.business_days:
        return
    expected = starts_on + relativedelta(months=limit.months, days=limit.days + limit.is_clear)
    assert compute(rule, starts_on, territory).strict_on == expected


@given(RULE, DAY, TERRITORY)
def test_a_later_start_never_gives_an_earlier_day(
    rule: Rule, starts_on: date, territory: Territory
) -> None:
    today, tomorrow = (
        compute(rule, starts_on + timedelta(days=more), territory) for more in (0, 1)
    )
    assert today.strict_on <= tomorrow.strict_on
    assert today.bites_on <= tomorrow.bites_on


@given(RULE, DAY, TERRITORY)
def test_each_reason_of_a_move_goes_somewhere_real(
    rule: Rule, starts_on: date, territory: Territory
) -> None:
    deadline = compute(rule, starts_on, territory)
    stops = {reason.moved_to for reason in deadline.reasons}
    assert deadline.strict_on in stops
    assert {deadline.extended_on, deadline.bites_on} <= stops | {deadline.strict_on}


@given(DAY, st.integers(0, 120))
def test_months_are_added_as_dateutil_adds_them(day: date, months: int) -> None:
    assert add_months(day, months) == day + relativedelta(months=months)


@given(DAY, TERRITORY)
def test_the_open_days_around_a_day_have_only_closed_days_between(
    day: date, territory: Territory
) -> None:
    before, after = previous_open_day(day, territory), next_open_day(day, territory)
    assert before <= day <= after
    assert (before == after) == open_day(day, territory)
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert not [closed for closed in between if open_day(closed, territory)]


# Public holidays.


EASTERS = [
    *[date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28)],
    *[date(2028, 4, 16), date(2029, 4, 1), date(2030, 4, 21), date(2031, 4, 13)],
    *[date(2032, 3, 28), date(2033, 4, 17), date(2034, 4, 9), date(2035, 3, 25)],
    *[date(2036, 4, 13), date(2037, 4, 5), date(2038, 4, 25), date(2039, 4, 10)],
    *[date(2040, 4, 1), date(2041, 4, 21), date(2042, 4, 6)],
]


def statutory_holidays(territory: Territory, year: int) -> dict[date, HolidayCode]:
    """The list of the law, by hand: C. trav. L3133-1 and L3422-2, ordinance of 16 August 1892."""
    sunday = EASTERS[year - 2024]
    holidays = {
        date(year, 1, 1): HolidayCode.NEW_YEAR,
        sunday + timedelta(days=1): HolidayCode.EASTER_MONDAY,
        date(year, 5, 1): HolidayCode.LABOUR_DAY,
        date(year, 5, 8): HolidayCode.VICTORY_1945,
        sunday + timedelta(days=39): HolidayCode.ASCENSION,
        sunday + timedelta(days=50): HolidayCode.WHIT_MONDAY,
        date(year, 7, 14): HolidayCode.NATIONAL_DAY,
        date(year, 8, 15): HolidayCode.ASSUMPTION,
        date(year, 11, 1): HolidayCode.ALL_SAINTS,
        date(year, 11, 11): HolidayCode.ARMISTICE_1918,
        date(year, 12, 25): HolidayCode.CHRISTMAS,
    }
    local = {
        Territory.METRO: {},
        Territory.ALSACE_MOSELLE: {
            sunday - timedelta(days=2): HolidayCode.GOOD_FRIDAY,
            date(year, 12, 26): HolidayCode.SAINT_STEPHEN,
        },
        Territory.MAYOTTE: {date(year, 4, 27): HolidayCode.ABOLITION_OF_SLAVERY},
        Territory.MARTINIQUE: {date(year, 5, 22): HolidayCode.ABOLITION_OF_SLAVERY},
        Territory.GUADELOUPE: {date(year, 5, 27): HolidayCode.ABOLITION_OF_SLAVERY},
        Territory.SAINT_MARTIN: {date(year, 5, 27): HolidayCode.ABOLITION_OF_SLAVERY},
        Territory.FRENCH_GUIANA: {date(year, 6, 10): HolidayCode.ABOLITION_OF_SLAVERY},
        Territory.SAINT_BARTHELEMY: {date(year, 10, 9): HolidayCode.ABOLITION_OF_SLAVERY},
        Territory.REUNION: {date(year, 12, 20): HolidayCode.ABOLITION_OF_SLAVERY},
    }
    return local[territory] | holidays


@pytest.mark.parametrize("territory", Territory)
@pytest.mark.parametrize("year", range(2024, 2043))
def test_the_holidays_of_a_territory_are_those_of_the_law_and_no_others(
    territory: Territory, year: int
) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0))]
    found = {day: code for day in days if (code := holiday_code(day, territory))}
    assert found == statutory_holidays(territory, year)


def test_a_day_that_is_no_holiday_has_no_code() -> None:
    assert holiday_code(date(2027, 3, 26), METRO) is None


# The day of a publication.

PARIS, REUNION, MARTINIQUE = "Europe/Paris", "Indian/Reunion", "America/Martinique"
SEEN_AT = datetime(2027, 3, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("published_at", "zone", "starts_on"),
    [
        # 22:30 UTC in winter is 23:30 in Paris: the same day
        (datetime(2027, 1, 14, 22, 30, tzinfo=UTC), PARIS, date(2027, 1, 14)),
        # 23:30 UTC in winter is 00:30 in Paris: the next day
        (datetime(2027, 1, 14, 23, 30, tzinfo=UTC), PARIS, date(2027, 1, 15)),
        # the same moment is 19:30 in Martinique: the earlier day counts
        (datetime(2027, 1, 14, 23, 30, tzinfo=UTC), MARTINIQUE, date(2027, 1, 14)),
        # 21:30 UTC is 22:30 in Paris, 01:30 the next day in Reunion: the earlier day counts
        (datetime(2027, 1, 14, 21, 30, tzinfo=UTC), REUNION, date(2027, 1, 14)),
        # an offset is a moment like any other: 01:30+02:00 = 23:30 UTC the day before
        (
            datetime(2027, 1, 15, 1, 30, tzinfo=timezone(timedelta(hours=2))),
            MARTINIQUE,
            date(2027, 1, 14),
        ),
    ],
)
def test_a_publication_counts_from_its_earliest_day(
    published_at: datetime, zone: str, starts_on: date
) -> None:
    assert publication_day(published_at, SEEN_AT, zone) == (starts_on, False)


def test_a_publication_without_a_date_counts_from_the_day_it_was_seen_with_a_doubt() -> None:
    assert publication_day(None, SEEN_AT, PARIS) == (date(2027, 3, 10), True)


def test_a_publication_dated_after_the_day_it_was_seen_is_not_believed() -> None:
    tomorrow = SEEN_AT + timedelta(days=1)
    assert publication_day(tomorrow, SEEN_AT, PARIS) == (date(2027, 3, 10), True)


def test_a_clock_a_few_seconds_ahead_raises_no_doubt() -> None:
    ahead = SEEN_AT + timedelta(seconds=20)
    assert publication_day(ahead, SEEN_AT, PARIS) == (date(2027, 3, 10), False)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        publication_day(SEEN_AT.replace(tzinfo=None), SEEN_AT, PARIS)


# Where a deadline stands.


@pytest.fixture(name="press")
def a_press_deadline_on_a_sunday() -> Deadline:
    return compute(PRESS, date(2026, 11, 30), METRO)  # strict Sun 28 Feb 2027, act by Fri 26


@pytest.mark.parametrize(
    ("today", "left", "overdue", "time_barred"),
    [
        (date(2027, 2, 25), 1, False, False),
        (date(2027, 2, 26), 0, False, False),  # the last safe day, included
        (date(2027, 2, 27), -1, True, False),  # late, but the law still lets us act
        (date(2027, 2, 28), -2, True, False),  # until midnight
        (date(2027, 3, 1), -3, False, True),  # the law of the press extends nothing
    ],
)
def test_our_deadline_is_late_before_it_is_lost(
    press: Deadline, today: date, left: int, *, overdue: bool, time_barred: bool
) -> None:
    assert days_left(press, today) == left
    assert is_overdue(press, today) is overdue
    assert is_time_barred(press, today) is time_barred


def test_a_late_declaration_to_the_insurer_is_still_worth_making() -> None:
    deadline = compute(INSURER, date(2026, 11, 23), METRO)
    assert not is_time_barred(deadline, date(2027, 6, 1))
    assert is_overdue(deadline, date(2027, 6, 1))


def test_an_appeal_is_lost_only_after_its_extended_end() -> None:
    # 16 Apr 2027 + 15 days = Saturday 1 May, extended to Monday 3
    appeal = compute(RULES[RuleId.URGENT_APPEAL_15D], date(2027, 4, 16), METRO)
    assert not is_time_barred(appeal, date(2027, 5, 3))
    assert is_time_barred(appeal, date(2027, 5, 4))


def test_their_silence_is_a_default_from_the_certain_day_on() -> None:
    answer = compute(GDPR, date(2027, 1, 31), METRO)  # certain from 2 Mar 2027
    assert not is_overdue(answer, date(2027, 3, 1))
    assert is_overdue(answer, date(2027, 3, 2))
    assert not is_time_barred(answer, date(2030, 1, 1))
