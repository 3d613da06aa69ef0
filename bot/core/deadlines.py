"""The one calculator: a rule applied to a day gives a deadline, and says why.

Every deadline has a side. What binds us is acted upon before its strict end, on an open day; what
binds the others is certain only after every extension they could claim. Doubts about an extension
are therefore settled against us and in favour of the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.core.days import (
    SATURDAY,
    SUNDAY,
    HolidayCode,
    add_months,
    day_after,
    day_before,
    holiday_code,
    next_open_day,
    open_day,
    previous_open_day,
)
from bot.core.law import Extension, LocalHolidays, Regime, Rule, RuleId, Side, Territory

FRANCE = "Europe/Paris"


class ReasonCode(StrEnum):
    """One step of the calculation, for the wording to tell."""

    MONTHS_COUNTED = "months_counted"  # from the day to the same day number
    MONTH_END_CLIPPED = "month_end_clipped"  # that month is too short: its last day
    DAYS_COUNTED = "days_counted"
    CLEAR_DAY_ADDED = "clear_day_added"
    BUSINESS_DAYS_COUNTED = "business_days_counted"
    ENDS_ON_SATURDAY = "ends_on_saturday"
    ENDS_ON_SUNDAY = "ends_on_sunday"
    ENDS_ON_HOLIDAY = "ends_on_holiday"
    EXTENDED = "extended"
    EXTENSION_ASSUMED = "extension_assumed"  # uncertain, so granted to the other side
    LOCAL_HOLIDAY_ASSUMED = "local_holiday_assumed"
    NOT_EXTENDED = "not_extended"
    EXTENSION_NOT_RELIED_ON = "extension_not_relied_on"  # uncertain, so not for ours
    LOCAL_HOLIDAY_NOT_RELIED_ON = "local_holiday_not_relied_on"
    MOVED_BACK = "moved_back"  # to the open day before
    MARGIN_KEPT = "margin_kept"
    EARLIEST_START_COUNTED = "earliest_start_counted"  # ours: the end it gives, acted upon
    HOLIDAY_SKIPPED = "holiday_skipped"  # on the way of the move told just before
    CERTAIN_THE_DAY_AFTER = "certain_the_day_after"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the calculation stood on a day, and where it went from there."""

    code: ReasonCode
    day: date
    moved_to: date | None = None
    holiday: HolidayCode | None = None
    regime: Regime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A rule applied to a day.

    `strict_on` is the end without any extension, `extended_on` the end with those that may be
    counted on; `bites_on` is the day people work with: `act_by` when ours, `certain_from` when
    theirs.
    """

    rule_id: RuleId
    starts_on: date
    territory: Territory
    side: Side
    strict_on: date
    extended_on: date
    bites_on: date
    bars_action: bool
    reminders: tuple[int, ...]  # days from `bites_on`
    reasons: tuple[Reason, ...]

    @property
    def act_by(self) -> date | None:
        """Ours: the last day to act without running any risk, always an open day."""
        return self.bites_on if self.side is Side.OURS else None

    @property
    def certain_from(self) -> date | None:
        """Theirs: the first day on which their silence is beyond argument."""
        return self.bites_on if self.side is Side.THEIRS else None


class PublicationDay(NamedTuple):
    """The day from which a publication is counted, and whether it is a guess."""

    starts_on: date
    is_uncertain: bool


# The calculation.


def compute(rule: Rule, starts_on: date, territory: Territory) -> Deadline:
    """Apply a rule to the day of its starting event."""
    if isinstance(starts_on, datetime):
        raise TypeError("a time limit starts on a date, not at a datetime")
    strict_on, reasons = _count(rule, starts_on, territory)
    if not open_day(strict_on, territory):
        reasons += _closures(strict_on, territory)
    extended_on, extension = _extend(rule, strict_on, territory)
    reasons += extension
    if rule.side is Side.OURS:
        end, earlier = _earliest_end(rule, starts_on, strict_on, territory)
        bites_on, moves = _move_back(rule, end, territory)
        reasons += [*earlier, *moves]
    else:
        bites_on = day_after(extended_on)
        reasons.append(Reason(ReasonCode.CERTAIN_THE_DAY_AFTER, extended_on, bites_on))
    return Deadline(
        rule_id=rule.id,
        starts_on=starts_on,
        territory=territory,
        side=rule.side,
        strict_on=strict_on,
        extended_on=extended_on,
        bites_on=bites_on,
        bars_action=rule.bars_action,
        reminders=rule.reminders,
        reasons=tuple(reasons),
    )


def publication_day(
    published_at: datetime | None, seen_at: datetime, timezone: str
) -> PublicationDay:
    """Return the earliest day that can be argued for a publication.

    A moment has one day in mainland France and maybe another where the practice is: the earlier
    counts. Without a date, or with one later than the day it was seen, all that is known is that
    the publication is not later than that day: the answer is then marked uncertain.
    """
    seen_on = _earliest_day(seen_at, timezone)
    if published_at is None:
        return PublicationDay(seen_on, is_uncertain=True)
    published_on = _earliest_day(published_at, timezone)
    if published_on > seen_on:
        return PublicationDay(seen_on, is_uncertain=True)
    return PublicationDay(published_on, is_uncertain=False)


# Where a deadline stands.


def is_overdue(deadline: Deadline, today: date) -> bool:
    """Whether the day it bites has passed and acting still makes sense.

    Ours: the safe day is behind us, though nothing is lost yet. Theirs: they are in default.
    """
    if deadline.side is Side.THEIRS:
        return today >= deadline.bites_on
    return today > deadline.bites_on and not is_time_barred(deadline, today)


def is_time_barred(deadline: Deadline, today: date) -> bool:
    """Whether we can no longer act: the legal end has passed, and passing it bars the action.

    The legal end is `extended_on`, which is `strict_on` wherever no extension may be counted on.
    """
    return deadline.bars_action and today > deadline.extended_on


def days_left(deadline: Deadline, today: date) -> int:
    """Count the calendar days until the day it bites; negative once it has passed."""
    return (deadline.bites_on - today).days


# Private from here on.


def _count(rule: Rule, starts_on: date, territory: Territory) -> tuple[date, list[Reason]]:
    """Count the time limit; the day of the event itself never counts."""
    limit = rule.time_limit
    if limit.business_days:
        return _count_business_days(limit.business_days, starts_on, territory)
    day, reasons = starts_on, []
    if limit.months:  # months first, then days (art. 641 CPC)
        day = add_months(starts_on, limit.months)
        is_same = day.day == starts_on.day
        code = ReasonCode.MONTHS_COUNTED if is_same else ReasonCode.MONTH_END_CLIPPED
        reasons.append(Reason(code, starts_on, day))
    if limit.days:
        counted_from, day = day, day + timedelta(days=limit.days)
        reasons.append(Reason(ReasonCode.DAYS_COUNTED, counted_from, day))
    if limit.is_clear:
        last, day = day, day_after(day)
        reasons.append(Reason(ReasonCode.CLEAR_DAY_ADDED, last, day))
    return day, reasons


def _count_business_days(
    count: int, starts_on: date, territory: Territory
) -> tuple[date, list[Reason]]:
    day = starts_on
    for _ in range(count):
        day = next_open_day(day_after(day), territory)
    counted = Reason(ReasonCode.BUSINESS_DAYS_COUNTED, starts_on, day)
    return day, [counted, *_skipped_holidays(starts_on, day, territory)]


def _closures(day: date, territory: Territory) -> Iterable[Reason]:
    """Say why a day is closed; a Sunday may be a holiday too."""
    if day.weekday() == SATURDAY:
        yield Reason(ReasonCode.ENDS_ON_SATURDAY, day)
    if day.weekday() == SUNDAY:
        yield Reason(ReasonCode.ENDS_ON_SUNDAY, day)
    if holiday := holiday_code(day, territory):
        yield Reason(ReasonCode.ENDS_ON_HOLIDAY, day, holiday=holiday)


def _extend(rule: Rule, strict_on: date, territory: Territory) -> tuple[date, list[Reason]]:
    """Move a closed end to the next open day, as far as the rule and the side allow."""
    if open_day(strict_on, territory):
        return strict_on, []
    if rule.extension is Extension.NEVER:
        return strict_on, [Reason(ReasonCode.NOT_EXTENDED, strict_on, regime=rule.regime)]
    if rule.extension is Extension.UNCERTAIN and rule.side is Side.OURS:
        code = ReasonCode.EXTENSION_NOT_RELIED_ON
        return strict_on, [Reason(code, strict_on, regime=rule.regime)]
    return _extend_by_holidays(rule, strict_on, territory)


def _extend_by_holidays(
    rule: Rule, strict_on: date, territory: Territory
) -> tuple[date, list[Reason]]:
    """Move a closed end; where local holidays are unsettled, each side gets the worse for us."""
    here = next_open_day(strict_on, territory)
    elsewhere = next_open_day(strict_on, Territory.METRO)
    is_sure = rule.extension is Extension.ALWAYS
    code = ReasonCode.EXTENDED if is_sure else ReasonCode.EXTENSION_ASSUMED
    reason = Reason(code, strict_on, here, regime=rule.regime)
    path = [reason, *_skipped_holidays(strict_on, here, territory)]
    if here == elsewhere or rule.local_holidays is LocalHolidays.COUNT:
        return here, path
    if rule.side is Side.THEIRS:
        return here, [*path, Reason(ReasonCode.LOCAL_HOLIDAY_ASSUMED, elsewhere, here)]
    return elsewhere, [Reason(ReasonCode.LOCAL_HOLIDAY_NOT_RELIED_ON, strict_on, elsewhere)]


def _earliest_end(
    rule: Rule, starts_on: date, strict_on: date, territory: Territory
) -> tuple[date, list[Reason]]:
    """Return the end counted from the earliest day the other side could argue for.

    A clock that starts when their own time is up may be said to have started when that time did:
    what a court takes as the strict end stays, what we act by does not.
    """
    if not rule.earliest_start_days_before:
        return strict_on, []
    earliest = starts_on - timedelta(days=rule.earliest_start_days_before)
    end, _ = _count(rule, earliest, territory)
    return end, [Reason(ReasonCode.EARLIEST_START_COUNTED, earliest, end)]


def _move_back(rule: Rule, end: date, territory: Territory) -> tuple[date, list[Reason]]:
    """Return the day to act by: an open day, with the rule's margin before it."""
    reasons: list[Reason] = []
    act_by = previous_open_day(end, territory)
    if act_by != end:
        reasons.append(Reason(ReasonCode.MOVED_BACK, end, act_by))
        reasons += _skipped_holidays(act_by, end, territory)
    if rule.margin_in_open_days:
        last, act_by = act_by, _open_days_before(act_by, rule.margin_in_open_days, territory)
        reasons.append(Reason(ReasonCode.MARGIN_KEPT, last, act_by))
        reasons += _skipped_holidays(act_by, last, territory)
    return act_by, reasons


def _open_days_before(day: date, count: int, territory: Territory) -> date:
    for _ in range(count):
        day = previous_open_day(day_before(day), territory)
    return day


def _skipped_holidays(first: date, last: date, territory: Territory) -> Iterable[Reason]:
    """Name the weekday holidays strictly between two days."""
    day = day_after(first)
    while day < last:
        if day.weekday() < SATURDAY and (holiday := holiday_code(day, territory)):
            yield Reason(ReasonCode.HOLIDAY_SKIPPED, day, holiday=holiday)
        day = day_after(day)


def _earliest_day(moment: datetime, timezone: str) -> date:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return min(moment.astimezone(ZoneInfo(zone)).date() for zone in (FRANCE, timezone))
