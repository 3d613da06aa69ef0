"""Checking: what is missing or wrong, as findings that each have a sentence and a remedy.

Everything is asked at once and nothing is waited for long. What a chat platform answers comes
through a ``Probe``; the settings, the folder and the disk are looked at by who reads them.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.errors import ChannelProblem, Outage
from bot.core.mentions import Source
from bot.core.people import Channel, Member, Platform, Practice, Practitioner
from bot.core.sources import Fetched, FetchFailed, FetchProblem, Visit, kind_of_address
from bot.ports import Clock, Ports, Transaction, eq, ne, null

PATIENCE = 10.0
"""Seconds any one answer may take."""
ALL_SOURCES_WITHIN = 60.0
"""Seconds for all the sources together; those not reached by then are counted."""
CLOCK_MAY_DIFFER = timedelta(minutes=2)
_SOURCES_AT_ONCE = 50
_PER_SITE = 2


class Topic(StrEnum):
    """What a finding is about, in the order they are shown."""

    SETTINGS = "settings"
    MACHINE = "machine"
    DATABASE = "database"
    CHATS = "chats"
    PRACTICES = "practices"
    SOURCES = "sources"


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class FindingCode(StrEnum):
    """What was found; each has a French sentence and, unless all is well, a remedy."""

    SETTINGS_FINE = "settings_fine"
    SETTING_WRONG = "setting_wrong"
    SETTING_UNKNOWN = "setting_unknown"
    SETTING_MISTYPED = "setting_mistyped"
    FOLDER_FINE = "folder_fine"
    FOLDER_UNUSABLE = "folder_unusable"
    FOLDER_OPEN = "folder_open"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    ZONES_MISSING = "zones_missing"
    CLOCK_FINE = "clock_fine"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    DATABASE_FINE = "database_fine"
    DATABASE_LOCKED = "database_locked"
    DATABASE_NEWER = "database_newer"
    DATABASE_FULL = "database_full"
    DATABASE_READ_ONLY = "database_read_only"
    DATABASE_DAMAGED = "database_damaged"
    DATABASE_UNREACHABLE = "database_unreachable"
    OUTAGE = "outage"
    NO_CHAT = "no_chat"
    TELEGRAM_FINE = "telegram_fine"
    TELEGRAM_REFUSED = "telegram_refused"
    TELEGRAM_UNREACHABLE = "telegram_unreachable"
    TELEGRAM_ELSEWHERE = "telegram_elsewhere"
    TELEGRAM_HOOK_FAILING = "telegram_hook_failing"
    SLACK_FINE = "slack_fine"
    SLACK_REFUSED = "slack_refused"
    SLACK_UNREACHABLE = "slack_unreachable"
    SLACK_SCOPES = "slack_scopes"
    SLACK_OPTIONAL_SCOPES = "slack_optional_scopes"
    SLACK_FILE_SCOPES = "slack_file_scopes"
    SLACK_APP_REFUSED = "slack_app_refused"
    PRACTICES_FINE = "practices_fine"
    NO_PRACTICE = "no_practice"
    NO_PRACTITIONER = "no_practitioner"
    NO_MEMBER = "no_member"
    NO_CHANNEL = "no_channel"
    NO_SOURCE = "no_source"
    CHANNEL_LOST = "channel_lost"
    TIMEZONE_UNKNOWN = "timezone_unknown"
    SOURCES_FINE = "sources_fine"
    SOURCE_WRONG = "source_wrong"
    SOURCE_AWAY = "source_away"
    SOURCES_UNCHECKED = "sources_unchecked"


_FINE = frozenset(
    {
        FindingCode.SETTINGS_FINE,
        FindingCode.FOLDER_FINE,
        FindingCode.CLOCK_FINE,
        FindingCode.DATABASE_FINE,
        FindingCode.TELEGRAM_FINE,
        FindingCode.SLACK_FINE,
        FindingCode.PRACTICES_FINE,
        FindingCode.SOURCES_FINE,
    }
)
_ERRORS = frozenset(
    {
        FindingCode.SETTING_WRONG,
        FindingCode.FOLDER_UNUSABLE,
        FindingCode.DISK_FULL,
        FindingCode.ZONES_MISSING,
        FindingCode.CLOCK_AHEAD,
        FindingCode.CLOCK_BEHIND,
        FindingCode.DATABASE_LOCKED,
        FindingCode.DATABASE_NEWER,
        FindingCode.DATABASE_FULL,
        FindingCode.DATABASE_READ_ONLY,
        FindingCode.DATABASE_DAMAGED,
        FindingCode.DATABASE_UNREACHABLE,
        FindingCode.OUTAGE,
        FindingCode.NO_CHAT,
        FindingCode.TELEGRAM_REFUSED,
        FindingCode.TELEGRAM_UNREACHABLE,
        FindingCode.TELEGRAM_ELSEWHERE,
        FindingCode.TELEGRAM_HOOK_FAILING,
        FindingCode.SLACK_REFUSED,
        FindingCode.SLACK_UNREACHABLE,
        FindingCode.SLACK_SCOPES,
        FindingCode.SLACK_APP_REFUSED,
        FindingCode.TIMEZONE_UNKNOWN,
        FindingCode.SOURCE_WRONG,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what was found."""

    topic: Topic
    code: FindingCode
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How much it matters."""
        if self.code in _FINE:
            return Level.OK
        return Level.ERROR if self.code in _ERRORS else Level.WARNING


DATE = "date"
"""The answer of a probe that is not a finding: the time a platform says it is."""
Answer = tuple[str, Mapping[str, object]]
"""A FindingCode, or DATE, and its facts."""
Probe = Callable[[], Awaitable[Sequence[Answer]]]
"""Asks a chat platform what it thinks of us; never raises for what the platform says."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What somebody else's clock said, and ours at that moment."""

    theirs: datetime
    ours: datetime


Found = tuple[list[Finding], list[ClockReading]]

_TROUBLES = (
    (FindingCode.DATABASE_NEWER, ("newer version",)),
    (FindingCode.DATABASE_LOCKED, ("is locked", "lock timeout", "lock_timeout")),
    (FindingCode.DATABASE_FULL, ("disk is full", "no space left")),
    (FindingCode.DATABASE_READ_ONLY, ("readonly", "read-only", "read only")),
    (FindingCode.DATABASE_DAMAGED, ("malformed", "not a database")),
)
_OF_A_CHAT = {
    Platform.TELEGRAM: FindingCode.TELEGRAM_UNREACHABLE,
    Platform.SLACK: FindingCode.SLACK_UNREACHABLE,
}
_PASSING = frozenset(
    {
        FetchProblem.UNREACHABLE,
        FetchProblem.TLS,
        FetchProblem.TIMEOUT,
        FetchProblem.HTTP_ERROR,
        FetchProblem.BLOCKED,
        FetchProblem.MALFORMED,
        FetchProblem.EMPTY,
        FetchProblem.QUOTA,
    }
)


def database_trouble(outage: Outage) -> FindingCode:
    """What keeps the database from working, told from what it said."""
    said = str(outage).lower()
    for code, marks in _TROUBLES:
        if any(mark in said for mark in marks):
            return code
    return FindingCode.DATABASE_UNREACHABLE if "database" in said else FindingCode.OUTAGE


async def check(clock: Clock, ports: Ports | None, probes: Mapping[Platform, Probe]) -> Found:
    """Everything that can be asked; without ``ports``, what needs no database."""
    chats = _chats(clock, probes)
    if ports is None:
        return await chats
    parts = await asyncio.gather(chats, check_database(ports), _practices(ports), _sources(ports))
    findings = [finding for part, _ in parts for finding in part]
    return findings, [reading for _, part in parts for reading in part]


def check_clock(readings: Iterable[ClockReading]) -> list[Finding]:
    """Whether our clock is right, by the one that agrees best; nothing when nobody told the time.

    A copy kept on the way may show an old time, so one that agrees is enough.
    """
    gaps = [reading.ours - reading.theirs for reading in readings]
    if not gaps:
        return []
    gap = min(gaps, key=abs)
    if abs(gap) <= CLOCK_MAY_DIFFER:
        return [Finding(Topic.MACHINE, FindingCode.CLOCK_FINE)]
    code = FindingCode.CLOCK_AHEAD if gap > timedelta(0) else FindingCode.CLOCK_BEHIND
    minutes = round(abs(gap).total_seconds() / 60)
    return [Finding(Topic.MACHINE, code, {"minutes": minutes})]


async def read_clock(ports: Ports, url: str) -> list[ClockReading]:
    """What time it is at an address, when it says so."""
    try:
        async with asyncio.timeout(PATIENCE):
            fetched = await ports.fetcher.fetch(url, now=ports.clock.now())
    except (FetchFailed, TimeoutError):
        return []
    return _readings(_date(fetched), ports.clock.now())


class _Undone(Exception):
    """A trial write is over: what was written is taken back."""


async def _try_to_write(ports: Ports) -> None:
    trial = Practice(name=f"check {secrets.token_hex(8)}")
    with contextlib.suppress(_Undone):
        async with ports.store.write() as tx:
            await tx.add(trial)
            raise _Undone


async def check_database(ports: Ports) -> Found:
    """Whether the database takes a write; the trial is undone."""
    code = FindingCode.DATABASE_FINE
    try:
        async with asyncio.timeout(PATIENCE):
            await _try_to_write(ports)
    except Outage as outage:
        code = database_trouble(outage)
    except TimeoutError:
        code = FindingCode.DATABASE_LOCKED
    return [Finding(Topic.DATABASE, code)], []


async def _chats(clock: Clock, probes: Mapping[Platform, Probe]) -> Found:
    if not probes:
        return [Finding(Topic.CHATS, FindingCode.NO_CHAT)], []

    async def ask(platform: Platform, probe: Probe) -> Found:
        try:
            async with asyncio.timeout(PATIENCE):
                answers = await probe()
        except TimeoutError:
            return [Finding(Topic.CHATS, _OF_A_CHAT[platform])], []
        now = clock.now()
        findings = [
            Finding(Topic.CHATS, FindingCode(code), facts)
            for code, facts in answers
            if code != DATE
        ]
        dates = [str(facts[DATE]) for code, facts in answers if code == DATE]
        return findings, [reading for date in dates for reading in _readings(date, now)]

    parts = await asyncio.gather(*(ask(*each) for each in probes.items()))
    findings = [finding for part, _ in parts for finding in part]
    return findings, [reading for _, part in parts for reading in part]


async def _practices(ports: Ports) -> Found:
    """What each practice still lacks to be watched over."""
    async with ports.store.read() as tx:
        homes = await tx.find(Practice, order="name")
        found = [finding for home in homes for finding in await _practice(tx, home)]
    if not homes:
        found.append(Finding(Topic.PRACTICES, FindingCode.NO_PRACTICE))
    elif not found:
        facts = {"count": len(homes)}
        found.append(Finding(Topic.PRACTICES, FindingCode.PRACTICES_FINE, facts))
    return found, []


async def _practice(tx: Transaction, home: Practice) -> list[Finding]:
    mine = eq("practice_id", home.id)
    parked = await tx.find(Channel, mine, ne("problem", ""))
    lost = [channel for channel in parked if channel.problem != ChannelProblem.LEFT]
    counts = {
        FindingCode.NO_PRACTITIONER: await tx.count(Practitioner, mine, eq("is_removed", False)),
        FindingCode.NO_MEMBER: await tx.count(Member, mine, null("removed_at")),
        FindingCode.NO_CHANNEL: await tx.count(Channel, mine, eq("is_quiet", False)),
        FindingCode.NO_SOURCE: await tx.count(Source, mine, eq("is_removed", False)),
    }
    if not counts[FindingCode.NO_MEMBER]:  # whoever joins links the place they write from
        del counts[FindingCode.NO_CHANNEL]
    codes = [code for code, count in counts.items() if not count]
    if not _is_zone(home.timezone):
        codes.append(FindingCode.TIMEZONE_UNKNOWN)
    facts = {"practice": home.name, "timezone": home.timezone}
    return [Finding(Topic.PRACTICES, code, facts) for code in codes] + [
        Finding(
            Topic.PRACTICES,
            FindingCode.CHANNEL_LOST,
            facts | {"platform": channel.platform, "problem": channel.problem},
        )
        for channel in lost
    ]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


async def _sources(ports: Ports) -> Found:
    """Read every source once, as a poll would, and keep nothing."""
    async with ports.store.read() as tx:
        listed = await tx.find(Source, eq("is_removed", False))
    sources = list({source.url: source for source in listed}.values())
    slots = asyncio.Semaphore(_SOURCES_AT_ONCE)
    sites: dict[str, asyncio.Semaphore] = {}

    async def one(source: Source) -> Found:
        site = sites.setdefault(_site(source.url), asyncio.Semaphore(_PER_SITE))
        async with site, slots:
            return await _source(ports, source)

    tasks = [asyncio.create_task(one(source)) for source in sources]
    if not tasks:
        return [], []
    done, late = await asyncio.wait(tasks, timeout=ALL_SOURCES_WITHIN)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    parts = [task.result() for task in tasks if task in done]
    findings = [finding for part, _ in parts for finding in part]
    fine = len(parts) - len(findings)
    if fine:
        findings.insert(0, Finding(Topic.SOURCES, FindingCode.SOURCES_FINE, {"count": fine}))
    if late:
        facts = {"count": len(late)}
        findings.append(Finding(Topic.SOURCES, FindingCode.SOURCES_UNCHECKED, facts))
    return findings, [reading for _, part in parts for reading in part]


async def _source(ports: Ports, source: Source) -> Found:
    now = ports.clock.now()
    date = ""
    try:
        async with asyncio.timeout(PATIENCE):
            if kind_of_address(source.url) is not None:
                await ports.readers[source.kind].read(source.visit(now))
                return [], []
            fetched = await ports.fetcher.fetch(source.url, now=now)
            date, now = _date(fetched), ports.clock.now()
            await ports.readers[source.kind].read(Visit(source.url, now, fetched=fetched))
    except FetchFailed as failure:
        return [_source_problem(source, failure.problem, failure.status)], _readings(date, now)
    except TimeoutError:
        return [_source_problem(source, FetchProblem.TIMEOUT, None)], _readings(date, now)
    return [], _readings(date, now)


def _site(url: str) -> str:
    """Who answers at an address: asked twice at once at most."""
    return "".join(url.split("/")[2:3]).lower()


def _source_problem(source: Source, problem: FetchProblem, status: int | None) -> Finding:
    code = FindingCode.SOURCE_AWAY if problem in _PASSING else FindingCode.SOURCE_WRONG
    facts = {"source": source.title or source.url, "problem": problem, "status": status or ""}
    return Finding(Topic.SOURCES, code, facts)


def _date(fetched: Fetched) -> str:
    return next((value for name, value in fetched.headers if name.lower() == DATE), "")


def _readings(date: str, ours: datetime) -> list[ClockReading]:
    """The time a ``Date`` header tells, when it tells one."""
    try:
        theirs = parsedate_to_datetime(date)
    except (ValueError, IndexError, OverflowError):
        return []
    return [ClockReading(theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC), ours)]
