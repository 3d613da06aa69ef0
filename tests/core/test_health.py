"""How a source is doing: back-off, states, rhythm, silence, and outages that are ours."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import health
from bot.core.health import Failure
from bot.core.mentions import Source, SourceState
from bot.core.sources import Entry, FeedDocument, FetchProblem, Memory, Reading, SourceKind
from tests.world import MONDAY_NOON, a_source

NOW = MONDAY_NOON
TIMEOUT = Failure(FetchProblem.TIMEOUT)


def a_reading(*ages: timedelta, now: datetime = NOW, known: int = 0, took: float = 0.1) -> Reading:
    entries = tuple(
        Entry(guid=None, url="", title=f"t {age}", text="", published_at=now - age) for age in ages
    )
    document = FeedDocument("La Voix", entries, SourceKind.FEED) if entries else None
    return Reading(document, Memory(), known=known, took=timedelta(seconds=took))


def days(*numbers: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(days=number) for number in numbers)


def failing(source: Source, times: int, failure: Failure = TIMEOUT) -> Source:
    for _ in range(times):
        source = health.after_failure(source, failure, source.next_poll_at)
    return source


class TestFailure:
    def test_a_trouble_is_one_when_it_lasts(self) -> None:
        source = a_source()
        assert failing(source, 2).state is SourceState.OK
        broken = failing(source, 3)
        assert (broken.state, broken.problem) == (SourceState.BROKEN, "timeout")
        assert failing(broken, 1).state_since == broken.state_since

    def test_a_refusal_is_not_a_breakdown(self) -> None:
        assert failing(a_source(), 3, Failure(FetchProblem.BLOCKED)).state is SourceState.BLOCKED

    def test_what_no_second_visit_mends_is_told_at_once(self) -> None:
        gone = failing(a_source(), 1, Failure(FetchProblem.GONE))
        assert gone.state is SourceState.BROKEN
        assert gone.next_poll_at - NOW == health.LONGEST_WAIT

    @given(st.integers(0, 10_000), st.integers(60, 7 * 86_400))
    def test_it_is_asked_again_for_ever_and_at_least_once_a_day(
        self, failures: int, every: int
    ) -> None:
        source = a_source(failures=failures, every_seconds=every)
        wait = health.after_failure(source, TIMEOUT, NOW).next_poll_at - NOW
        assert timedelta(0) < wait <= health.LONGEST_WAIT

    def test_each_failure_waits_longer(self) -> None:
        source, waits = a_source(), []
        for _ in range(6):
            now = source.next_poll_at
            source = health.after_failure(source, TIMEOUT, now)
            waits.append(source.next_poll_at - now)
        assert waits == sorted(waits)
        assert waits[-1] > 16 * waits[0]

    def test_the_site_may_ask_for_more_than_a_day(self) -> None:
        asked = Failure(FetchProblem.BLOCKED, retry_after_in=timedelta(days=3))
        assert health.after_failure(a_source(), asked, NOW).next_poll_at == NOW + asked_in(3)

    def test_one_success_mends_everything(self) -> None:
        well = health.after_success(failing(a_source(), 9), a_reading(), NOW)
        assert (well.state, well.problem, well.failures) == (SourceState.OK, "", 0)


def asked_in(number: int) -> timedelta:
    return timedelta(days=number)


class TestOutage:
    @pytest.mark.parametrize(
        ("lost", "reached", "is_ours"),
        [(0, 3, False), (1, 0, False), (2, 0, True), (2, 1, True), (3, 2, False), (40, 10, True)],
    )
    def test_most_hosts_at_once_is_us(self, lost: int, reached: int, is_ours: bool) -> None:  # noqa: FBT001
        hosts = {f"a{n}": False for n in range(lost)} | {f"b{n}": True for n in range(reached)}
        assert health.is_our_outage(hosts) is is_ours

    def test_it_freezes_the_counters(self) -> None:
        before = failing(a_source(), 2)
        after = before
        for _ in range(50):
            after = health.after_outage(after, TIMEOUT, after.next_poll_at)
        assert (after.failures, after.state) == (before.failures, before.state)
        assert after.next_poll_at - (after.polled_at or NOW) < timedelta(minutes=6)


class TestInterval:
    @given(st.integers(60, 86_400), st.integers(1, 10**6))
    def test_it_is_the_one_wanted_give_or_take_a_tenth(self, every: int, number: int) -> None:
        source = a_source(every_seconds=every, id=number)
        wait = (health.after_success(source, a_reading(), NOW).next_poll_at - NOW).total_seconds()
        assert 0.9 * every <= wait <= 1.1 * every

    def test_two_sources_do_not_come_at_the_same_moment(self) -> None:
        waits = {
            health.after_success(a_source(id=number), a_reading(), NOW).next_poll_at
            for number in range(1, 50)
        }
        assert len(waits) > 40

    def test_a_quiet_source_is_visited_less_often_but_often_enough(self) -> None:
        weekly = health.after_success(a_source(), a_reading(*days(1, 8, 15, 22)), NOW)
        assert timedelta(minutes=50) < weekly.next_poll_at - NOW < timedelta(minutes=70)

    def test_a_site_that_says_how_long_it_keeps_is_believed_within_reason(self) -> None:
        said = replace(a_reading(), fresh_for=timedelta(hours=1))
        assert health.after_success(a_source(), said, NOW).next_poll_at - NOW > timedelta(
            minutes=50
        )
        for_ever = replace(a_reading(), fresh_for=timedelta(days=300))
        wait = health.after_success(a_source(), for_ever, NOW).next_poll_at - NOW
        assert wait < timedelta(hours=7)


class TestRhythm:
    def test_a_first_visit_tells_it_from_the_dates(self) -> None:
        source = health.after_success(a_source(), a_reading(*days(0, 1, 2, 3, 4, 5, 6, 7)), NOW)
        assert health.items_a_week(source, NOW) == pytest.approx(8, rel=0.01)

    def test_what_was_read_before_counts_once(self) -> None:
        source = health.after_success(a_source(), a_reading(*days(1, 2, 3)), NOW)
        again = health.after_success(source, a_reading(*days(1, 2, 3)), NOW)
        assert again.items_weekly == source.items_weekly
        assert again.news_at == source.news_at

    def test_it_follows_what_the_source_becomes(self) -> None:
        source, now = a_source(), NOW
        source = health.after_success(source, a_reading(*days(1, 2, 3)), now)
        for _ in range(120):
            now += timedelta(days=1)
            fresh = a_reading(timedelta(hours=1), timedelta(hours=2), now=now)
            source = health.after_success(source, fresh, now)
        assert health.items_a_week(source, now) == pytest.approx(14, rel=0.1)

    def test_a_source_without_dates_has_one_too(self) -> None:
        undated = Entry(guid="1", url="", title="t", text="")
        reading = Reading(FeedDocument("T", (undated,), SourceKind.FEED), Memory(), known=3)
        source, now = a_source(), NOW
        for _ in range(60):
            now += timedelta(days=1)
            source = health.after_success(source, reading, now)
        assert health.items_a_week(source, now) == pytest.approx(7, rel=0.2)


class TestSilence:
    def daily(self) -> Source:
        return health.after_success(a_source(), a_reading(*days(*range(14))), NOW)

    def test_a_daily_source_is_silent_after_a_week(self) -> None:
        source = self.daily()
        for day in range(1, 20):
            now = NOW + timedelta(days=day)
            source = health.after_success(source, a_reading(), now)
            assert (source.state is SourceState.SILENT) is (day >= 7)

    def test_and_no_longer_when_it_speaks(self) -> None:
        late = NOW + timedelta(days=30)
        silent = health.after_success(self.daily(), a_reading(), late)
        assert silent.state is SourceState.SILENT
        speaks = health.after_success(silent, a_reading(timedelta(hours=1), now=late), late)
        assert speaks.state is SourceState.OK

    def test_a_rare_alert_is_never_silent(self) -> None:
        rare = health.after_success(a_source(), a_reading(*days(10, 130, 260)), NOW)
        quiet = health.after_success(rare, a_reading(), NOW + timedelta(days=180))
        assert quiet.state is SourceState.OK

    def test_a_source_whose_rhythm_is_unknown_is_not_judged(self) -> None:
        source = health.after_success(a_source(), a_reading(), NOW)
        assert not health.is_silent(source, NOW + timedelta(days=3000))

    def test_ten_items_at_once_every_week_are_not_ten_days_of_news(self) -> None:
        heaps = tuple(timedelta(days=7 * week, minutes=n) for week in range(4) for n in range(10))
        source = health.after_success(a_source(), a_reading(*heaps), NOW)
        assert not health.is_silent(source, NOW + timedelta(days=14))


class TestSlowness:
    def test_it_is_smoothed_both_ways(self) -> None:
        source = health.after_success(a_source(), a_reading(took=0.2), NOW)
        source = health.after_success(source, a_reading(took=12), NOW)
        assert source.state is SourceState.OK
        for _ in range(5):
            source = health.after_success(source, a_reading(took=12), NOW)
        assert source.state is SourceState.SLOW
        for _ in range(9):
            source = health.after_success(source, a_reading(took=0.2), NOW)
        assert source.state is SourceState.OK


class TestWell:
    def test_a_source_that_could_not_be_read_for_a_day_is_not_well_whatever_its_state(
        self,
    ) -> None:
        source = health.after_success(a_source(), a_reading(), NOW)
        assert health.is_well(source, NOW + timedelta(hours=20))
        lost = health.after_outage(source, TIMEOUT, NOW + timedelta(hours=1))
        assert not health.is_well(lost, NOW + timedelta(hours=26))
