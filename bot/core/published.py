"""The day something was published, when all that is known of it is a few words.

A site says "2 months ago", "March 2026" or "edited 3 weeks ago": each is a range of days. The
clock of the law takes the earliest of them (``start_of``), and says that it is a guess unless
there is only one. What is read in the words is in ``templates/watchwords/dates.toml``.

"2 months ago" is two months elapsed and not yet three, as sites round down; where they divide by
an average month, the range holds both readings.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.core.days import add_months
from bot.core.deadlines import FRANCE, PublicationDay
from bot.core.text import phrase_of

MAX_WORDS = 200
"""Characters that are read; a date is short."""
FIRST_YEAR = 1990
"""Nothing was on the web before."""


class DateProblem(StrEnum):
    """Why a date was not taken."""

    NOT_UNDERSTOOD = "not_understood"
    IMPOSSIBLE = "impossible"  # 31 February, or before there was a web
    IN_THE_FUTURE = "in_the_future"


class UnreadableDate(ValueError):
    """The words give no day on which something can have been published."""

    def __init__(self, problem: DateProblem, written: str) -> None:
        self.problem = problem
        self.written = written
        super().__init__(f"{problem}: {written[:MAX_WORDS]!r}")


class Unit(StrEnum):
    """What elapsed time is counted in."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Published:
    """The first and the last day on which it can have been published."""

    earliest: date
    latest: date
    is_edit: bool = False
    """These days are those of a change: it was published by then, and maybe long before."""

    @property
    def is_exact(self) -> bool:
        """Whether there is only one such day."""
        return self.earliest == self.latest and not self.is_edit


@dataclass(frozen=True, slots=True)
class DateWords:
    """The words dates are written with, folded."""

    numbers: Mapping[str, int]
    units: Mapping[str, Unit]
    months: Mapping[str, int]
    days_ago: Mapping[str, int]
    last: Mapping[str, Unit]
    weekdays: frozenset[str]
    before: tuple[str, ...]
    after: tuple[str, ...]
    about: tuple[str, ...]
    at: tuple[str, ...]
    future: tuple[str, ...]
    edited: tuple[str, ...]
    filler: tuple[str, ...]


def parse_date_words(document: Mapping[str, Mapping[str, Iterable[str]]]) -> DateWords:
    """The words as they are written in the file; whoever writes them need not fold them.

    Raises:
        KeyError: a list is missing.
        ValueError: a list has a name that means nothing.
    """
    said = document["words"]
    phrases = {
        name: tuple(sorted(map(phrase_of, said[name]), key=len, reverse=True))
        for name in ("before", "after", "about", "at", "future", "edited", "filler")
    }
    return DateWords(
        numbers=_by_word(document["numbers"], int),
        units=_by_word(document["units"], Unit),
        months=_by_word(document["months"], int),
        days_ago=_by_word(document["days_ago"], int),
        last=_by_word(document["last"], Unit),
        weekdays=frozenset(map(phrase_of, said["weekdays"])),
        **phrases,
    )


def read(written: str, now: datetime, timezone: str, words: DateWords) -> Published:
    """Return the days that words such as "2 months ago" can mean, seen from a moment.

    Days are counted in mainland France and where the practice is, and the range holds both. When
    the words tell both a publication and a later change, the change is left out.

    Raises:
        UnreadableDate: not a date, an impossible one, or one that is still to come.
        ValueError: ``now`` has no time zone.
    """
    today = _Today(now, timezone)
    if len(written) > MAX_WORDS or _NEGATIVE.search(written):
        raise UnreadableDate(DateProblem.NOT_UNDERSTOOD, written)
    created, edited = _parted(phrase_of(written), words)
    try:
        found = _read(created or edited, today, words)
    except (OverflowError, ValueError):  # before the year 1, 31 February
        raise UnreadableDate(DateProblem.IMPOSSIBLE, written) from None
    problem = _problem_with(found, today, created or edited, words)
    if found is None or problem is not None:
        raise UnreadableDate(problem or DateProblem.NOT_UNDERSTOOD, written)
    return replace(found, latest=min(found.latest, today.last), is_edit=not created)


def start_of(created: Published | None, edited: Published | None = None) -> PublicationDay | None:
    """Return the day the clock starts from: the earliest, uncertain unless it is the only one.

    A change never restarts the clock: what was edited keeps the day it was created. When only the
    change is known, the true day is earlier and the answer says that it is uncertain.
    """
    known = [each for each in (created, edited) if each is not None]
    if not known:
        return None
    starts_on = min(each.earliest for each in known)
    is_sure = created is not None and created.is_exact and created.earliest == starts_on
    return PublicationDay(starts_on, is_uncertain=not is_sure)


# Private from here on.

_V = TypeVar("_V")

_NEGATIVE = re.compile(r"(?<!\w)[-\u2212]\d")
_AVERAGE_MONTH = 30.4375
_AVERAGE_YEAR = 365.25
_WEEK = 7
_ELAPSED = {
    Unit.SECOND: timedelta(seconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEK: timedelta(days=_WEEK),
}
_MONTHS = {Unit.MONTH: (1, _AVERAGE_MONTH), Unit.YEAR: (12, _AVERAGE_YEAR)}
_YEAR_FIRST = re.compile(r"(\d{4}) (\d{1,2}) (\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2}) (\d{1,2}) (\d{4}|\d{2})")
_DAY_AND_NAME = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)? ([a-z]+) (\d{4})")
_NAME_AND_DAY = re.compile(r"([a-z]+) (\d{1,2})(?:er|st|nd|rd|th)? (\d{4})")
_NAME_AND_YEAR = re.compile(r"([a-z]+) (\d{4})")
_MONTH_AND_YEAR = re.compile(r"(\d{1,2}) (\d{4})")
_YEAR = re.compile(r"(\d{4})")
_COUNTED = re.compile(r"(\d{1,5}|[a-z]+) ?([a-z]+)")
_HOUR = r"\d{1,2}(?:h\d{0,2}| ?h(?: \d{2})?| \d{2}(?: \d{2})?)(?: ?[ap]m)?"


class _Today:
    """The moment the words are read at, and the days it is."""

    def __init__(self, now: datetime, timezone: str) -> None:
        if now.tzinfo is None:
            raise ValueError("a moment without a time zone has no day")
        self._now = now.astimezone(UTC)
        self._zones = [ZoneInfo(name) for name in (FRANCE, timezone)]
        self.first, self.last = self.before(timedelta())

    def before(self, elapsed: timedelta) -> tuple[date, date]:
        """The first and the last day it was some time ago."""
        moment = self._now - elapsed
        days = [moment.astimezone(zone).date() for zone in self._zones]
        if elapsed % timedelta(days=1) == timedelta():
            # The clocks may have changed since: by the calendar it can be another day.
            days += [self._now.astimezone(zone).date() - elapsed for zone in self._zones]
        return min(days), max(days)

    def months_before(self, months: int) -> tuple[date, date]:
        """The same, some months ago."""
        day = add_months(self._now.date(), -months)
        first, last = self.before(self._now - datetime.combine(day, self._now.timetz()))
        return (
            min(first, add_months(self.first, -months)),
            max(last, add_months(self.last, -months)),
        )


def _by_word(lists: Mapping[str, Iterable[str]], value: Callable[[str], _V]) -> dict[str, _V]:
    return {phrase_of(word): value(name) for name, words in lists.items() for word in words}


def _parted(phrase: str, words: DateWords) -> tuple[str, str]:
    """What is said of the publication, and of a change."""
    for word in words.edited:
        head, found, tail = f" {phrase} ".partition(f" {word} ")
        if found:
            return _bare(head.strip(), words), _bare(tail.strip(), words)
    return _bare(phrase, words), ""


def _bare(phrase: str, words: DateWords) -> str:
    """The phrase without what announces a date, without the weekday and the hour."""
    phrase = re.sub(rf" (?:{'|'.join(words.at)}) {_HOUR}$", "", phrase)
    while True:
        head, _, tail = phrase.partition(" ")
        filler = next((each for each in words.filler if f"{phrase} ".startswith(f"{each} ")), "")
        if filler:
            phrase = phrase[len(filler) :].strip()
        elif head in words.weekdays and tail:
            phrase = tail
        else:
            return phrase


def _read(phrase: str, today: _Today, words: DateWords) -> Published | None:
    if phrase in words.days_ago:
        days = timedelta(days=words.days_ago[phrase])
        return Published(today.first - days, today.last - days)
    if phrase in words.last:
        return _last(words.last[phrase], today)
    return _written(phrase, words) or _elapsed(phrase, today, words)


def _problem_with(
    found: Published | None, today: _Today, phrase: str, words: DateWords
) -> DateProblem | None:
    if found is None:
        is_ahead = any(f"{phrase} ".startswith(f"{word} ") for word in words.future)
        return DateProblem.IN_THE_FUTURE if is_ahead else None
    if found.earliest > today.last:
        return DateProblem.IN_THE_FUTURE
    return DateProblem.IMPOSSIBLE if found.latest.year < FIRST_YEAR else None


def _last(unit: Unit, today: _Today) -> Published:
    """The week, the month or the year before this one, or the one elapsed: both are meant."""
    first, last = today.first, today.last
    if unit is Unit.WEEK:
        return Published(
            first - timedelta(days=2 * _WEEK - 1), last - timedelta(days=last.weekday() + 1)
        )
    if unit is Unit.MONTH:
        start = add_months(first.replace(day=1), -1)
        return Published(
            min(start, add_months(first, -2)), last.replace(day=1) - timedelta(days=1)
        )
    return Published(
        min(date(first.year - 1, 1, 1), add_months(first, -24)), date(last.year - 1, 12, 31)
    )


def _written(phrase: str, words: DateWords) -> Published | None:
    """A date of the calendar: a day, a month or a year."""
    if found := _YEAR_FIRST.fullmatch(phrase):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(phrase):
        year = int(found[3])
        return _day(year if len(found[3]) > 2 else 2000 + year, int(found[2]), int(found[1]))  # noqa: PLR2004 - digits
    if (found := _DAY_AND_NAME.fullmatch(phrase)) and found[2] in words.months:
        return _day(int(found[3]), words.months[found[2]], int(found[1]))
    if (found := _NAME_AND_DAY.fullmatch(phrase)) and found[1] in words.months:
        return _day(int(found[3]), words.months[found[1]], int(found[2]))
    return _month_or_year(phrase, words)


def _month_or_year(phrase: str, words: DateWords) -> Published | None:
    if (found := _NAME_AND_YEAR.fullmatch(phrase)) and found[1] in words.months:
        return _months(date(int(found[2]), words.months[found[1]], 1), 1)
    if found := _MONTH_AND_YEAR.fullmatch(phrase):
        return _months(date(int(found[2]), int(found[1]), 1), 1)
    if found := _YEAR.fullmatch(phrase):
        return _months(date(int(found[1]), 1, 1), 12)
    return None


def _day(year: int, month: int, day: int) -> Published:
    written = date(year, month, day)
    return Published(written, written)


def _months(first: date, count: int) -> Published:
    return Published(first, add_months(first, count) - timedelta(days=1))


def _elapsed(phrase: str, today: _Today, words: DateWords) -> Published | None:
    """So many units ago."""
    phrase, _ = _without(phrase, words.before, words.after)
    phrase, is_about = _without(phrase, words.about, ())
    found = _COUNTED.fullmatch(phrase)
    if not found or found[2] not in words.units:
        return None
    count = int(found[1]) if found[1].isdigit() else words.numbers.get(found[1])
    if count is None:
        return None
    at_least = max(count - 1, 0) if is_about else count
    return _ago(words.units[found[2]], at_least, count + 1, today)


def _without(phrase: str, heads: tuple[str, ...], tails: tuple[str, ...]) -> tuple[str, bool]:
    for head in heads:
        if phrase.startswith(f"{head} "):
            return phrase.removeprefix(f"{head} "), True
    for tail in tails:
        if phrase.endswith(f" {tail}"):
            return phrase.removesuffix(f" {tail}"), True
    return phrase, False


def _ago(unit: Unit, at_least: int, less_than: int, today: _Today) -> Published:
    if unit in _ELAPSED:
        earliest, _ = today.before(less_than * _ELAPSED[unit])
        _, latest = today.before(at_least * _ELAPSED[unit])
        return Published(earliest, latest)
    months, average = _MONTHS[unit]
    by_calendar, _ = today.months_before(months * less_than)
    by_average, _ = today.before(timedelta(days=ceil(average * less_than)))
    _, no_later = today.months_before(months * at_least)
    _, or_later = today.before(timedelta(days=int(average) * at_least))
    return Published(min(by_calendar, by_average), max(no_later, or_later))
