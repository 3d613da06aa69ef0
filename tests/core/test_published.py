"""The day something was published, read in the words of a site."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.lawbook import load_date_words
from bot.core.deadlines import PublicationDay
from bot.core.published import (
    DateProblem,
    Published,
    UnreadableDate,
    read,
    start_of,
)

WORDS = load_date_words(Path(__file__).parents[2] / "templates")
PARIS, REUNION, MARTINIQUE = "Europe/Paris", "Indian/Reunion", "America/Martinique"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday, the same day everywhere


def days(written: str, now: datetime = NOW, zone: str = PARIS) -> tuple[date, date]:
    found = read(written, now, zone, WORDS)
    return found.earliest, found.latest


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("12/03/2026", (2026, 3, 12)),  # the day comes first
        ("12.03.2026", (2026, 3, 12)),
        ("12-03-26", (2026, 3, 12)),
        ("2026-03-12", (2026, 3, 12)),
        ("3 mars 2026", (2026, 3, 3)),
        ("1er mars 2026", (2026, 3, 1)),
        ("Publié le mardi 3 mars 2026 à 14h30", (2026, 3, 3)),
        ("le 29 février 2024", (2024, 2, 29)),
        ("5 août 2026", (2026, 8, 5)),
        ("5 AOUT 2026", (2026, 8, 5)),
        ("March 3, 2026", (2026, 3, 3)),
        ("Posted on 3rd March 2026 at 5:12 pm", (2026, 3, 3)),
        ("hier", (2026, 11, 22)),
        ("avant-hier", (2026, 11, 21)),
        ("Yesterday at 18:04", (2026, 11, 22)),
        ("aujourd’hui", (2026, 11, 23)),
        ("à l'instant", (2026, 11, 23)),
        ("il y a 5 minutes", (2026, 11, 23)),
        ("3 h", (2026, 11, 23)),
    ],
)
def test_a_day_is_exact(written: str, day: tuple[int, int, int]) -> None:
    found = read(written, NOW, PARIS, WORDS)
    assert found == Published(date(*day), date(*day))
    assert found.is_exact


@pytest.mark.parametrize(
    ("written", "earliest", "latest"),
    [
        # two months elapsed, not yet three: 23 Aug (92 days back) to 24 Sep (60 days back)
        ("il y a 2 mois", (2026, 8, 23), (2026, 9, 24)),
        ("2 months ago", (2026, 8, 23), (2026, 9, 24)),
        ("il y a deux mois", (2026, 8, 23), (2026, 9, 24)),
        # one year and not yet two; 2 x 365.25 = 731 days before 23 Nov 2026 = 22 Nov 2024
        ("il y a un an", (2024, 11, 22), (2025, 11, 23)),
        ("a year ago", (2024, 11, 22), (2025, 11, 23)),
        ("il y a 3 semaines", (2026, 10, 26), (2026, 11, 2)),
        ("2 sem.", (2026, 11, 2), (2026, 11, 9)),
        ("il y a 3 jours", (2026, 11, 19), (2026, 11, 20)),
        ("il y a 20 heures", (2026, 11, 22), (2026, 11, 22)),
        # around two months may be a little less than two
        ("il y a environ 2 mois", (2026, 8, 23), (2026, 10, 24)),
        ("about 2 months ago", (2026, 8, 23), (2026, 10, 24)),
        # Monday 16 to Sunday 22, or the seven days that began 13 days ago
        ("la semaine dernière", (2026, 11, 10), (2026, 11, 22)),
        ("last week", (2026, 11, 10), (2026, 11, 22)),
        ("le mois dernier", (2026, 9, 23), (2026, 10, 31)),
        ("l’année dernière", (2024, 11, 23), (2025, 12, 31)),
        ("mars 2026", (2026, 3, 1), (2026, 3, 31)),
        ("février 2024", (2024, 2, 1), (2024, 2, 29)),
        ("March 2026", (2026, 3, 1), (2026, 3, 31)),
        ("03/2026", (2026, 3, 1), (2026, 3, 31)),
        ("2025", (2025, 1, 1), (2025, 12, 31)),
        # a month that is not over is known up to today
        ("novembre 2026", (2026, 11, 1), (2026, 11, 23)),
    ],
)
def test_vague_words_are_a_range(
    written: str, earliest: tuple[int, int, int], latest: tuple[int, int, int]
) -> None:
    found = read(written, NOW, PARIS, WORDS)
    if written != "il y a 20 heures":
        assert not found.is_exact
    assert (found.earliest, found.latest) == (date(*earliest), date(*latest))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", DateProblem.NOT_UNDERSTOOD),
        ("bientôt", DateProblem.NOT_UNDERSTOOD),
        ("il y a longtemps", DateProblem.NOT_UNDERSTOOD),
        ("il y a -3 jours", DateProblem.NOT_UNDERSTOOD),
        ("il y a 2,5 mois", DateProblem.NOT_UNDERSTOOD),
        ("plus de 2 mois", DateProblem.NOT_UNDERSTOOD),  # no earliest day
        ("3 mars", DateProblem.NOT_UNDERSTOOD),  # of which year?
        ("modifié", DateProblem.NOT_UNDERSTOOD),
        ("le 3 mars 2026 et il y a 2 mois", DateProblem.NOT_UNDERSTOOD),
        ("2 mois " * 100, DateProblem.NOT_UNDERSTOOD),
        ("31/02/2026", DateProblem.IMPOSSIBLE),
        ("29 février 2026", DateProblem.IMPOSSIBLE),
        ("03/25/2026", DateProblem.IMPOSSIBLE),
        ("0/0/2026", DateProblem.IMPOSSIBLE),
        ("12/03/1881", DateProblem.IMPOSSIBLE),
        ("il y a 5000 ans", DateProblem.IMPOSSIBLE),
        ("il y a 99999 jours", DateProblem.IMPOSSIBLE),
        ("24/11/2026", DateProblem.IN_THE_FUTURE),
        ("décembre 2026", DateProblem.IN_THE_FUTURE),
        ("2027", DateProblem.IN_THE_FUTURE),
        ("dans 2 mois", DateProblem.IN_THE_FUTURE),
        ("demain", DateProblem.IN_THE_FUTURE),
        ("modifié demain", DateProblem.IN_THE_FUTURE),
    ],
)
def test_what_is_no_day_of_the_past_is_refused_with_a_reason(
    written: str, problem: DateProblem
) -> None:
    with pytest.raises(UnreadableDate) as refused:
        read(written, NOW, PARIS, WORDS)
    assert refused.value.problem is problem


def test_a_month_is_as_short_as_february_and_as_long_as_january() -> None:
    # 15 Feb is 28 days back; 15 Jan 59 days, but two average months are 61: 13 Jan
    march = datetime(2027, 3, 15, 10, tzinfo=UTC)
    assert days("il y a un mois", march) == (date(2027, 1, 13), date(2027, 2, 15))


def test_the_days_of_paris_and_of_the_practice_are_both_in_the_range() -> None:
    # 21:30 UTC is Monday 22:30 in Paris and Tuesday 01:30 in Reunion
    late = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
    assert days("hier", late, PARIS) == (date(2026, 11, 22), date(2026, 11, 22))
    assert days("hier", late, REUNION) == (date(2026, 11, 22), date(2026, 11, 23))
    # 00:30 in Paris on Tuesday, still Monday evening in Martinique
    night = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert days("aujourd'hui", night, MARTINIQUE) == (date(2026, 11, 23), date(2026, 11, 24))
    assert days("il y a 2 heures", night, PARIS) == (date(2026, 11, 23), date(2026, 11, 23))


def test_today_of_the_practice_is_not_the_future_though_paris_is_still_yesterday() -> None:
    late = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
    assert days("24/11/2026", late, REUNION) == (date(2026, 11, 24), date(2026, 11, 24))
    with pytest.raises(UnreadableDate, match="in_the_future"):
        read("24/11/2026", late, PARIS, WORDS)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        read("hier", NOW.replace(tzinfo=None), PARIS, WORDS)


# The clock.


def test_the_clock_starts_on_the_earliest_day_and_doubts_unless_it_is_the_only_one() -> None:
    exact = read("3 mars 2026", NOW, PARIS, WORDS)
    vague = read("il y a 2 mois", NOW, PARIS, WORDS)
    assert start_of(exact) == PublicationDay(date(2026, 3, 3), is_uncertain=False)
    assert start_of(vague) == PublicationDay(date(2026, 8, 23), is_uncertain=True)
    assert start_of(None) is None


def test_a_change_alone_says_only_that_the_review_is_older() -> None:
    edited = read("modifié il y a 3 semaines", NOW, PARIS, WORDS)
    assert edited == Published(date(2026, 10, 26), date(2026, 11, 2), is_edit=True)
    day = read("Modifié le 3 mars 2026", NOW, PARIS, WORDS)
    assert not day.is_exact
    assert start_of(None, day) == PublicationDay(date(2026, 3, 3), is_uncertain=True)
    assert start_of(day) == PublicationDay(date(2026, 3, 3), is_uncertain=True)


@pytest.mark.parametrize(
    "written",
    [
        "3 mars 2026 (modifié il y a 3 semaines)",
        "3 mars 2026, modifié",
        "March 3, 2026 · edited yesterday",
    ],
)
def test_an_edited_review_keeps_the_day_it_was_created(written: str) -> None:
    found = read(written, NOW, PARIS, WORDS)
    assert found == Published(date(2026, 3, 3), date(2026, 3, 3))
    edited = read("modifié hier", NOW, PARIS, WORDS)
    assert start_of(found, edited) == PublicationDay(date(2026, 3, 3), is_uncertain=False)


def test_a_review_changed_before_it_was_created_was_created_earlier() -> None:
    created, edited = (read(each, NOW, PARIS, WORDS) for each in ("3 mars 2026", "mars 2025"))
    assert start_of(created, edited) == PublicationDay(date(2025, 3, 1), is_uncertain=True)


# Promises kept whatever the moment.

MOMENT = st.datetimes(datetime(2024, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))
ZONE = st.sampled_from([PARIS, REUNION, MARTINIQUE, "Indian/Mayotte"])
UNITS = {
    "jours": lambda n: relativedelta(days=n),
    "semaines": lambda n: relativedelta(weeks=n),
    "mois": lambda n: relativedelta(months=n),
    "ans": lambda n: relativedelta(years=n),
}


@given(MOMENT, ZONE, st.integers(1, 24), st.sampled_from(sorted(UNITS)), st.data())
def test_whatever_was_published_so_long_ago_is_in_the_range(
    now: datetime, zone: str, count: int, unit: str, data: st.DataObject
) -> None:
    first, last = now - UNITS[unit](count + 1), now - UNITS[unit](count)
    seconds = data.draw(st.integers(1, int((last - first).total_seconds())))
    published = first + timedelta(seconds=seconds)
    found = read(f"il y a {count} {unit}", now, zone, WORDS)
    for each in (PARIS, zone):
        assert found.earliest <= published.astimezone(ZoneInfo(each)).date() <= found.latest
    assert found.latest <= now.date() + timedelta(days=1)
    # and the range is no wider than it must be: a unit, a day at each end, an uneven month
    assert found.latest - found.earliest <= (last - first) + timedelta(days=14)


def read_or_refused(written: str, now: datetime, zone: str) -> Published | DateProblem:
    try:
        return read(written, now, zone, WORDS)
    except UnreadableDate as refused:
        return refused.problem


@given(MOMENT, ZONE, st.dates(date(2000, 1, 1), date(2036, 12, 31)))
def test_a_day_written_in_full_is_that_day_or_still_to_come(
    now: datetime, zone: str, day: date
) -> None:
    today = max(now.astimezone(ZoneInfo(each)).date() for each in (PARIS, zone))
    expected = Published(day, day) if day <= today else DateProblem.IN_THE_FUTURE
    for written in (f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day.day}.{day.month}.{day.year}"):
        assert read_or_refused(written, now, zone) == expected


PIECES = st.lists(
    st.sampled_from(
        [
            "il y a",
            "ago",
            "2",
            "un",
            "mois",
            "ans",
            "modifié",
            "3",
            "mars",
            "2026",
            "hier",
            "le",
            "dans",
            "31",
            "/",
            "à 14h30",
            "9999",
            "0",
            "an",
            "semaine dernière",
            "environ",
        ]
    ),
    max_size=7,
).map(" ".join)


@given(st.text(max_size=60) | PIECES, MOMENT, ZONE)
def test_any_text_is_a_range_of_the_past_or_refused(
    written: str, now: datetime, zone: str
) -> None:
    found = read_or_refused(written, now, zone)
    if isinstance(found, Published):
        assert found.earliest <= found.latest <= now.date() + timedelta(days=1)
