"""The digest: when it is due, what goes into it, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.mentions import Mention
from bot.core.names import Zone
from bot.core.people import Frequency, Practice, PracticeId

DigestId = NewType("DigestId", int)

LONGEST_ABSENCE = 366
"""Days a practice may be away in one go."""
CARDS_AT_ONCE = 5
"""Mentions sent with a digest; the rest waits behind one button: no phone rings 40 times."""

ESCALATION_HOURS = (4, 12, 24, 48)
"""How long something urgent may be left untouched before the holders are told again."""


class DigestKind(StrEnum):
    """Why a digest was made."""

    DAILY = "daily"
    AT_ONCE = "at_once"
    """For everybody, without waiting for the hour."""
    ON_DEMAND = "on_demand"
    """For the one channel where it was asked: what it shows is still news everywhere else."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest of one practice; at most one DAILY for a local day (unique in the database)."""

    practice_id: PracticeId
    local_day: date
    kind: DigestKind
    serial: int
    """0 for the daily one; tells apart those asked for on the same day."""
    made_at: datetime
    late_by_seconds: int = 0
    source_news: tuple[int, ...] = ()
    """The sources whose state changed since the practice was told last."""
    rejected: int = 0
    """Namesakes set aside since the daily digest before."""
    rejected_ever: int = 0
    counts_from: datetime | None = None
    """Since when it counts what came: a week's, or one after news that came at once."""
    id: DigestId = DigestId(0)


@dataclass(frozen=True, slots=True)
class DigestItem:
    """A mention's place in a digest."""

    digest_id: DigestId
    mention_id: int
    place: int
    is_folded: bool = False
    """Counted, and shown only when asked: it may be about somebody else."""
    id: int = 0


def check_settings(practice: Practice) -> None:
    """Refuse settings that do not hold together.

    Raises:
        Invalid: of ``days``: no day is wanted, or several for one digest a week; of ``last``: the
            practice comes back before it leaves, or too long after; of ``hours``: none we offer.
    """
    days = set(practice.digest_days)
    if not days or not days <= set(range(7)):
        raise Invalid({"days": Refusal(RefusalCode.ANSWER_EMPTY)})
    if practice.frequency is Frequency.WEEKLY and len(days) > 1:
        raise Invalid({"days": Refusal(RefusalCode.ONE_DAY_A_WEEK)})
    if practice.off_from is not None and practice.off_until is not None:
        absence = (practice.off_until - practice.off_from).days
        if not 0 <= absence <= LONGEST_ABSENCE:
            raise Invalid({"last": Refusal(RefusalCode.ABSENCE_INVALID)})
    if practice.escalate_after_hours not in ESCALATION_HOURS:
        raise Invalid({"hours": Refusal(RefusalCode.CHOICE_UNKNOWN)})


def next_moment(practice: Practice, after: datetime) -> datetime:
    """The first moment strictly after ``after`` when the practice wants its digest, in UTC.

    Computed from the local date, so the 23-hour and the 25-hour day each have exactly one: a time
    that does not exist moves forward, one that exists twice is taken the first time.
    """
    zone = ZoneInfo(practice.timezone)
    day = after.astimezone(zone).date()
    for ahead in range(LONGEST_ABSENCE + 15):
        candidate = day + timedelta(days=ahead)
        moment = local_moment(candidate, practice.digest_at, zone)
        if _is_wanted(practice, candidate) and moment > after:
            return moment
    raise ValueError(f"practice {practice.id} wants its digest on no day")


def rescheduled(
    before: Practice, after: Practice, now: datetime, *, is_made_today: bool
) -> datetime:
    """When the next digest comes once the settings have changed.

    One still to come today comes today, at once if its new hour has passed. One that is overdue
    since a day before stays so. One that was made today (``is_made_today``: there is a DAILY one
    for the day on the wall) is not made twice: what follows is another day's.
    """
    zone = ZoneInfo(after.timezone)
    today = local_day(after, now)
    if is_made_today:
        return next_moment(after, max(now, local_moment(today, time.max, zone)))
    due = before.next_digest_at
    due_on = local_day(before, due) if due is not None else date.max
    if due is not None and due_on < today and not after.is_off(today):
        return due
    if due_on != today or not _is_wanted(after, today):
        return next_moment(after, now)
    return max(local_moment(today, after.digest_at, zone), now)


def is_first_of_week(practice: Practice, day: date) -> bool:
    """Whether no digest is wanted earlier in the week of ``day``: on Mondays, for most.

    That one always says a word, so that silence is never ambiguous.
    """
    earlier = (day - timedelta(days=ahead + 1) for ahead in range(day.weekday()))
    return not any(_is_wanted(practice, each) for each in earlier)


def _is_wanted(practice: Practice, day: date) -> bool:
    return day.weekday() in practice.digest_days and not practice.is_off(day)


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall-clock time of a day, in UTC (fold 0; a missing hour moves forward)."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def local_day(practice: Practice, moment: datetime) -> date:
    """The date on the practice's wall at ``moment``."""
    return moment.astimezone(ZoneInfo(practice.timezone)).date()


def order(mentions: Iterable[Mention]) -> list[Mention]:
    """What is urgent first, then what is sure, then by practitioner, the newest first."""
    return sorted(
        mentions,
        key=lambda mention: (
            not mention.is_urgent,
            mention.zone is not Zone.SURE,
            mention.practitioner_id,
            -(mention.published_at or mention.seen_at).timestamp(),
            mention.id,
        ),
    )
