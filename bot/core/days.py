"""Open days and holidays of a territory, and months added as the law adds them."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from dateutil.easter import easter
from holidays import country_holidays

from bot.core.law import Territory

SATURDAY = 5
SUNDAY = 6


class HolidayCode(StrEnum):
    """A public holiday, for the wording to name."""

    NEW_YEAR = "new_year"
    GOOD_FRIDAY = "good_friday"
    EASTER_MONDAY = "easter_monday"
    LABOUR_DAY = "labour_day"
    VICTORY_1945 = "victory_1945"
    ASCENSION = "ascension"
    WHIT_MONDAY = "whit_monday"
    NATIONAL_DAY = "national_day"
    ASSUMPTION = "assumption"
    ALL_SAINTS = "all_saints"
    ARMISTICE_1918 = "armistice_1918"
    CHRISTMAS = "christmas"
    SAINT_STEPHEN = "saint_stephen"
    ABOLITION_OF_SLAVERY = "abolition_of_slavery"
    OTHER = "other"


def open_day(day: date, territory: Territory) -> bool:
    """Whether a day is neither Saturday, Sunday nor a holiday of the territory."""
    return day.weekday() < SATURDAY and day not in _holidays_of(territory, day.year)


def next_open_day(day: date, territory: Territory) -> date:
    """Return the day itself when it is open, else the first open day after it."""
    while not open_day(day, territory):
        day = day_after(day)
    return day


def previous_open_day(day: date, territory: Territory) -> date:
    """Return the day itself when it is open, else the last open day before it."""
    while not open_day(day, territory):
        day = day_before(day)
    return day


def holiday_code(day: date, territory: Territory) -> HolidayCode | None:
    """Return which holiday of the territory falls on a day, if one does."""
    return _holidays_of(territory, day.year).get(day)


def add_months(day: date, months: int) -> date:
    """Return the same day number some months later, else the last day of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    # Asking how long a month is costs more than all the rest: most days exist in every month.
    if day.day <= _SHORTEST_MONTH:
        return date(year, month, day.day)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def day_after(day: date) -> date:
    """The next day."""
    return day + _ONE_DAY


def day_before(day: date) -> date:
    """The day before."""
    return day - _ONE_DAY


# Private from here on.

_SHORTEST_MONTH = 28
_ONE_DAY = timedelta(days=1)

# Labour code, art. L3422-2: the only local holidays of the law overseas. Libraries add customs
# (Good Friday, Mid-Lent, Schoelcher day) that close offices but extend no time limit.
_ABOLITION_OF_SLAVERY: Mapping[Territory, tuple[int, int]] = {
    Territory.MAYOTTE: (4, 27),
    Territory.MARTINIQUE: (5, 22),
    Territory.GUADELOUPE: (5, 27),
    Territory.SAINT_MARTIN: (5, 27),
    Territory.FRENCH_GUIANA: (6, 10),
    Territory.SAINT_BARTHELEMY: (10, 9),
    Territory.REUNION: (12, 20),
}

_FIXED_HOLIDAYS: Mapping[tuple[int, int], HolidayCode] = {
    (1, 1): HolidayCode.NEW_YEAR,
    (5, 1): HolidayCode.LABOUR_DAY,
    (5, 8): HolidayCode.VICTORY_1945,
    (7, 14): HolidayCode.NATIONAL_DAY,
    (8, 15): HolidayCode.ASSUMPTION,
    (11, 1): HolidayCode.ALL_SAINTS,
    (11, 11): HolidayCode.ARMISTICE_1918,
    (12, 25): HolidayCode.CHRISTMAS,
    (12, 26): HolidayCode.SAINT_STEPHEN,
}

_HOLIDAYS_BY_DAYS_FROM_EASTER: Mapping[int, HolidayCode] = {
    -2: HolidayCode.GOOD_FRIDAY,
    1: HolidayCode.EASTER_MONDAY,
    39: HolidayCode.ASCENSION,
    50: HolidayCode.WHIT_MONDAY,
}


@cache
def _holidays_of(territory: Territory, year: int) -> Mapping[date, HolidayCode]:
    """Return the statutory holidays of a territory."""
    # Moselle has the two local holidays of the ordinance of 16 August 1892, as Alsace has.
    holidays = _french_holidays("57" if territory is Territory.ALSACE_MOSELLE else None, year)
    if territory not in _ABOLITION_OF_SLAVERY:
        return holidays
    month, day_number = _ABOLITION_OF_SLAVERY[territory]
    # A day that is a holiday everywhere (27 May may be Whit Monday) keeps that name.
    return {date(year, month, day_number): HolidayCode.ABOLITION_OF_SLAVERY} | holidays


@cache
def _french_holidays(subdivision: str | None, year: int) -> dict[date, HolidayCode]:
    """The library knows the days, slowly: once for all territories. We name them."""
    days = country_holidays("FR", subdiv=subdivision, years=year, expand=False, observed=False)
    return {day: _code_of(day) for day in days}


def _code_of(holiday: date) -> HolidayCode:
    fixed = _FIXED_HOLIDAYS.get((holiday.month, holiday.day))
    days_from_easter = (holiday - easter(holiday.year)).days
    return fixed or _HOLIDAYS_BY_DAYS_FROM_EASTER.get(days_from_easter, HolidayCode.OTHER)
