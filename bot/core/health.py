"""How a source is doing, and when to ask it again: never stop, never lie.

A source that fails is asked later and later, at least once a day, for ever. Its state changes when
a trouble lasts, and is told once. One that answers but has nothing new for much longer than it
used to is *silent*: an alert that expired looks just like a quiet week.

Formulas: the rhythm is an exponentially weighted count over ``_MEMORY``; a silence is told when,
at that rhythm, it had less than one chance in a thousand (Poisson: exp(-7) < 0.001).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.mentions import Source, SourceState
from bot.core.sources import Entry, FetchProblem, Reading

LONGEST_WAIT = timedelta(hours=24)
"""Between two visits to a source that fails."""
_COUNTS_FROM = 3
"""Failures in a row before a trouble is one."""
_AT_ONCE = frozenset(
    {
        FetchProblem.GONE,
        FetchProblem.ALERT_EXPIRED,
        FetchProblem.CREDENTIALS,
        FetchProblem.TOKEN_REFUSED,
        FetchProblem.FOLDER_UNKNOWN,
        FetchProblem.CONSENT,
        FetchProblem.API_KEY,
        FetchProblem.NOT_ENABLED,
        FetchProblem.INVALID_ADDRESS,
        FetchProblem.FORBIDDEN_ADDRESS,
    }
)
"""Problems that no second visit mends."""
_BLOCKS = frozenset({FetchProblem.BLOCKED, FetchProblem.ROBOTS})
"""Problems that are the site's will."""
NETWORK = frozenset({FetchProblem.UNREACHABLE, FetchProblem.TIMEOUT, FetchProblem.PROXY})
"""Problems that may be ours: no network, no resolver."""
_OUTAGE_HOSTS = 2
_OUTAGE_SHARE = 0.6
_AFTER_OUTAGE = timedelta(minutes=5)

_SLOW_FROM, _SLOW_TO = 5.0, 3.0
"""Seconds of an answer, smoothed, from which a source is slow, and under which it no longer is."""
_SMOOTHING = 0.3

_WEEK = timedelta(days=7)
_MEMORY = timedelta(days=28)
_IMPROBABLE = 7.0
"""News expected and not come: exp(-7) is less than one in a thousand."""
_SHORTEST_SILENCE = timedelta(days=3)
_LEARNT_FROM = 3
"""Dated items under which a first visit says nothing of the rhythm."""

_VISITS_A_GAP = 24
_SLOWEST = 4
"""How many times the wanted interval a quiet source may wait."""
_LONGEST_FRESHNESS = timedelta(hours=6)
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a visit brought nothing."""

    problem: str
    """A FetchProblem, or what else went wrong."""
    detail: str = ""
    retry_after_in: timedelta | None = None


def is_news(source: Source, entry: Entry) -> bool:
    """Whether this entry is younger than all the source has shown; undated ones are."""
    if entry.published_at is None or source.newest_at is None:
        return True
    return entry.published_at > source.newest_at


def after_success(source: Source, reading: Reading, now: datetime) -> Source:
    """The source once it was read: its memory, its rhythm, its state, its next visit."""
    entries = reading.document.entries if reading.document else ()
    learnt = _with_rhythm(source, entries, is_part=bool(reading.known), now=now)
    seconds = reading.took.total_seconds()
    if source.succeeded_at is not None:
        seconds = (1 - _SMOOTHING) * source.seconds + _SMOOTHING * seconds
    read = replace(
        learnt.remembering(reading.memory),
        title=(reading.document.title if reading.document else "") or source.title,
        moved_to=reading.moved_to or "",
        seconds=seconds,
        problem="",
        problem_detail="",
        failures=0,
        polled_at=now,
        succeeded_at=now,
    )
    read = _in_state(read, _state_of(read, now), now)
    return replace(read, next_poll_at=now + _interval(read, reading.fresh_for))


def after_failure(source: Source, failure: Failure, now: datetime) -> Source:
    """The source once a visit failed: later and later, never never."""
    failures = source.failures + 1
    wait = timedelta(seconds=source.every_seconds) * 2 ** min(source.failures, 16)
    wait = min(_jittered(source, wait), LONGEST_WAIT)
    if failure.problem in _AT_ONCE:
        wait = LONGEST_WAIT
    wait = max(wait, min(failure.retry_after_in or wait, 7 * LONGEST_WAIT))
    failed = replace(
        source,
        problem=failure.problem,
        problem_detail=failure.detail,
        failures=failures,
        polled_at=now,
        next_poll_at=now + wait,
    )
    if failures < _COUNTS_FROM and failure.problem not in _AT_ONCE:
        return failed
    is_blocked = failure.problem in _BLOCKS
    return _in_state(failed, SourceState.BLOCKED if is_blocked else SourceState.BROKEN, now)


def after_outage(source: Source, failure: Failure, now: datetime) -> Source:
    """The source once we could reach nobody: that is not its fault, its counters stand still."""
    return replace(
        source,
        problem=failure.problem,
        problem_detail=failure.detail,
        polled_at=now,
        next_poll_at=now + _jittered(source, _AFTER_OUTAGE),
    )


def is_our_outage(reached: Mapping[str, bool]) -> bool:
    """Whether so many hosts are out of reach at once that the network must be ours.

    Args:
        reached: for each host visited lately, whether it answered, be it to refuse.
    """
    lost = sum(not answered for answered in reached.values())
    return lost >= _OUTAGE_HOSTS and lost > _OUTAGE_SHARE * len(reached)


def is_well(source: Source, now: datetime) -> bool:
    """Whether what the source says reaches us; one that was never visited has not failed yet."""
    if source.state is not SourceState.OK:
        return source.state is SourceState.SLOW
    if source.polled_at is None:
        return True
    patience = LONGEST_WAIT + timedelta(seconds=source.every_seconds)
    return source.succeeded_at is not None and now - source.succeeded_at < patience


def items_a_week(source: Source, now: datetime) -> float:
    """How much the source brings these days."""
    return source.items_weekly * _decay(source, now)


def is_silent(source: Source, now: datetime) -> bool:
    """Whether the source has been without news for much longer than it used to be."""
    if source.news_at is None:
        return False
    gap = now - source.news_at
    return gap >= _SHORTEST_SILENCE and source.days_weekly * (gap / _WEEK) >= _IMPROBABLE


def _decay(source: Source, now: datetime) -> float:
    return math.exp(-max(0.0, (now - source.news_at) / _MEMORY)) if source.news_at else 0.0


def _with_rhythm(
    source: Source, entries: Iterable[Entry], *, is_part: bool, now: datetime
) -> Source:
    """The source with what these entries teach of its rhythm."""
    found = list(entries)
    dated = [min(each.published_at, now) for each in found if each.published_at]
    newest = max([*dated, *([source.newest_at] if source.newest_at else [])], default=None)
    if source.news_at is None:
        first = _first_rhythm(replace(source, newest_at=newest), dated)
        return replace(first, news_at=first.news_at or now) if is_part and found else first
    is_new = [each for each in found if is_news(source, each) and (each.published_at or is_part)]
    if not is_new:
        return source
    decay = _decay(source, now)
    is_other_day = source.news_at.date() != now.date()
    return replace(
        source,
        newest_at=newest,
        news_at=now,
        items_weekly=source.items_weekly * decay + len(is_new) * (_WEEK / _MEMORY),
        days_weekly=source.days_weekly * decay + is_other_day * (_WEEK / _MEMORY),
    )


def _first_rhythm(source: Source, dated: list[datetime]) -> Source:
    """What the dates of a first visit tell; news is counted by day, since it comes in heaps."""
    if len(dated) < _LEARNT_FROM:
        return replace(source, news_at=max(dated)) if dated else source
    span = max(max(dated) - min(dated), timedelta(days=1)) / _WEEK
    return replace(
        source,
        news_at=max(dated),
        items_weekly=len(dated) / span,
        days_weekly=min(7.0, len({each.date() for each in dated}) / span),
    )


def _state_of(source: Source, now: datetime) -> SourceState:
    least = _SLOW_TO if source.state is SourceState.SLOW else _SLOW_FROM
    if source.seconds > least:
        return SourceState.SLOW
    return SourceState.SILENT if is_silent(source, now) else SourceState.OK


def _in_state(source: Source, state: SourceState, now: datetime) -> Source:
    return source if state is source.state else replace(source, state=state, state_since=now)


def _interval(source: Source, fresh_for: timedelta | None) -> timedelta:
    """How long to the next visit: as wanted, less often where news is rare or said to be."""
    wanted = timedelta(seconds=source.every_seconds)
    slowest = _SLOWEST * wanted
    wait = wanted
    if source.days_weekly:
        wait = min(max(wanted, _WEEK / source.days_weekly / _VISITS_A_GAP), slowest)
    if fresh_for is not None:
        wait = max(wait, min(fresh_for, _LONGEST_FRESHNESS))
    return _jittered(source, wait)


def _jittered(source: Source, wait: timedelta) -> timedelta:
    """A little more or less, never the same: sources of one site do not come all at once."""
    told = f"{source.id}:{source.url}:{source.polled_at}".encode()
    share = int.from_bytes(hashlib.blake2b(told, digest_size=4).digest(), "big") / 2**32
    return wait * (1 + _JITTER * (2 * share - 1))
