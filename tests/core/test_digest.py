"""When a digest is due, and in which order it comes."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import digest
from bot.core.mentions import Mention, MentionId, SourceId
from bot.core.names import Zone
from bot.core.people import Practice, PracticeId, PractitionerId

PARIS = Practice(name="Cabinet", digest_days=tuple(range(7)))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # Winter: 07:30 in Paris is 06:30 UTC.
        ("2026-11-23T05:00", "2026-11-23T06:30"),
        ("2026-11-23T06:30", "2026-11-24T06:30"),
        # Summer: 05:30 UTC.
        ("2026-07-01T00:00", "2026-07-01T05:30"),
        # Clocks go forward on 28 March 2027: one digest that day, an hour earlier in UTC.
        ("2027-03-27T07:00", "2027-03-28T05:30"),
        # Clocks go back on 25 October 2026.
        ("2026-10-24T06:00", "2026-10-25T06:30"),
    ],
)
def test_the_digest_follows_the_wall_of_the_practice(after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert digest.next_moment(PARIS, moment) == datetime.fromisoformat(expected).replace(
        tzinfo=UTC
    )


def test_an_hour_that_does_not_exist_moves_forward_and_one_that_exists_twice_is_the_first() -> (
    None
):
    night = replace(PARIS, digest_at=time(2, 30))
    spring = digest.next_moment(night, datetime(2027, 3, 27, 12, tzinfo=UTC))
    assert spring.astimezone(ZoneInfo("Europe/Paris")).strftime("%d %H:%M") == "28 03:30"
    autumn = digest.next_moment(night, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.times(),
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(["Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Noumea"]),
)
def test_there_is_exactly_one_digest_each_wanted_day(
    start: datetime, at: time, days: set[int], timezone: str
) -> None:
    practice = replace(
        PARIS,
        digest_at=at.replace(second=0, microsecond=0),
        digest_days=tuple(days),
        timezone=timezone,
    )
    moment, seen = start, []
    for _ in range(10):
        following = digest.next_moment(practice, moment)
        assert following > moment
        seen.append(digest.local_day(practice, following))
        moment = following
    assert len(set(seen)) == len(seen)
    first, last = seen[0], seen[-1]
    wanted = [
        first + timedelta(days=ahead)
        for ahead in range((last - first).days + 1)
        if (first + timedelta(days=ahead)).weekday() in days
    ]
    assert seen == wanted


def test_sure_mentions_come_first_then_by_person_the_newest_first() -> None:
    def a_mention(number: int, person: int, zone: Zone, day: int) -> Mention:
        return Mention(
            practice_id=PracticeId(1),
            practitioner_id=PractitionerId(person),
            source_id=SourceId(1),
            url="",
            title="",
            text="",
            outlet="",
            fingerprint=str(number),
            seen_at=datetime(2026, 11, day, tzinfo=UTC),
            zone=zone,
            id=MentionId(number),
        )

    mentions = [
        a_mention(1, 2, Zone.SURE, 9),
        a_mention(2, 1, Zone.DOUBTFUL, 9),
        a_mention(3, 1, Zone.SURE, 1),
        a_mention(4, 1, Zone.SURE, 5),
    ]
    assert [each.id for each in digest.order(mentions)] == [4, 3, 1, 2]


def test_a_practice_that_wants_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="no day"):
        digest.next_moment(replace(PARIS, digest_days=()), datetime(2026, 1, 1, tzinfo=UTC))


def test_the_local_day_is_the_one_on_the_wall() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert digest.local_day(PARIS, late) == date(2026, 11, 24)
