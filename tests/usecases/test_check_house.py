import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.adapters.store.memory import InMemoryStore
from bot.cli.screen import Words
from bot.core.errors import ChannelProblem, Outage
from bot.core.mentions import Source, SourceId
from bot.core.people import Channel, Platform, Practice
from bot.core.sources import Fetched, FetchProblem
from bot.ports import eq
from bot.usecases import check_house
from bot.usecases.check_house import (
    Answer,
    ClockReading,
    Finding,
    FindingCode,
    Level,
    Probe,
    Topic,
    database_trouble,
)
from tests.fakes import BrokenStore, FakeWeb
from tests.world import FEED, MONDAY_NOON, World, a_world, an_entry

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def probe(*answers: Answer) -> Probe:
    async def answered() -> Sequence[Answer]:
        return answers

    return answered


async def silence() -> Sequence[Answer]:
    await asyncio.Event().wait()
    return ()


async def found_in(world: World, **probes: Probe) -> dict[FindingCode, Finding]:
    asked = {Platform(name): ask for name, ask in probes.items()}
    findings, _ = await check_house.check(world.clock, world.ports, asked)
    return {finding.code: finding for finding in findings}


async def test_a_complete_house_has_nothing_to_correct() -> None:
    async with a_world() as world:
        await world.watch(an_entry())
        found = await found_in(world, telegram=probe(("telegram_fine", {"name": "vigie_bot"})))
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert set(found) == {
        FindingCode.TELEGRAM_FINE,
        FindingCode.DATABASE_FINE,
        FindingCode.PRACTICES_FINE,
        FindingCode.SOURCES_FINE,
    }


async def test_the_trial_write_leaves_nothing_behind() -> None:
    async with a_world() as world:
        await found_in(world)
        async with world.ports.store.read() as tx:
            assert await tx.count(Practice) == 1


async def test_a_practice_is_told_all_that_it_lacks() -> None:
    async with a_world(people=()) as world:
        found = await found_in(world)
        assert {FindingCode.NO_PRACTITIONER, FindingCode.NO_SOURCE} <= set(found)
        assert found[FindingCode.NO_SOURCE].facts["practice"] == world.practice.name
        async with world.ports.store.write() as tx:
            (channel,) = await tx.find(Channel)
            await tx.remove(channel)
        assert FindingCode.NO_CHANNEL in await found_in(world)


async def test_a_practice_nobody_joined_is_told_so_once() -> None:
    async with a_world() as world:
        async with world.ports.store.write() as tx:
            await tx.add(Practice(name="Cabinet du Port", timezone="Mars/Olympus"))
        findings, _ = await check_house.check(world.clock, world.ports, {})
    port = [each.code for each in findings if each.facts.get("practice") == "Cabinet du Port"]
    assert sorted(port) == sorted(
        [
            FindingCode.NO_PRACTITIONER,
            FindingCode.NO_MEMBER,
            FindingCode.NO_SOURCE,
            FindingCode.TIMEZONE_UNKNOWN,
        ]
    )


async def test_a_house_without_a_practice_says_so() -> None:
    async with a_world() as world:
        ports = replace(world.ports, store=InMemoryStore())
        findings, _ = await check_house.check(world.clock, ports, {})
    assert FindingCode.NO_PRACTICE in {finding.code for finding in findings}


async def test_a_lost_channel_is_told_with_its_reason() -> None:
    async with a_world() as world:
        async with world.ports.store.write() as tx:
            (channel,) = await tx.find(Channel, eq("problem", ""))
            await tx.save(replace(channel, problem=ChannelProblem.BLOCKED))
        found = await found_in(world)
    facts = found[FindingCode.CHANNEL_LOST].facts
    assert (facts["platform"], facts["problem"]) == ("telegram", "blocked")


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (FetchProblem.TIMEOUT, FindingCode.SOURCE_AWAY),
        (FetchProblem.HTTP_ERROR, FindingCode.SOURCE_AWAY),
        (FetchProblem.GONE, FindingCode.SOURCE_WRONG),
        (FetchProblem.NOT_A_FEED, FindingCode.SOURCE_WRONG),
        (FetchProblem.FORBIDDEN_ADDRESS, FindingCode.SOURCE_WRONG),
    ],
)
async def test_a_source_that_only_a_person_can_mend_is_an_error(
    problem: FetchProblem, code: FindingCode
) -> None:
    async with a_world() as world:
        await world.watch(an_entry())
        world.fails(problem)
        found = await found_in(world)
        async with world.ports.store.read() as tx:
            (source,) = await tx.find(Source)
    assert found[code].facts["problem"] == problem
    assert not source.problem  # a check keeps nothing
    assert FindingCode.SOURCES_FINE not in found


async def test_an_address_watched_twice_is_read_once() -> None:
    async with a_world() as world:
        await world.watch(an_entry())
        async with world.ports.store.write() as tx:
            other = await tx.add(Practice(name="Cabinet du Port"))
            (source,) = await tx.find(Source)
            await tx.add(replace(source, id=SourceId(0), practice_id=other.id))
        world.web.asked.clear()
        found = await found_in(world)
    assert world.web.asked == [FEED]
    assert found[FindingCode.SOURCES_FINE].facts["count"] == 1


async def test_what_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_house, "PATIENCE", 0.01)
    async with a_world() as world:
        found = await found_in(world, telegram=silence, slack=silence)
    assert found[FindingCode.TELEGRAM_UNREACHABLE].level is Level.ERROR
    assert found[FindingCode.SLACK_UNREACHABLE].topic is Topic.CHATS


async def test_sources_too_slow_to_be_read_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_house, "ALL_SOURCES_WITHIN", 0.01)
    async with a_world() as world:
        await world.watch(an_entry())
        slow = SlowWeb(world.web.documents)
        ports = replace(world.ports, fetcher=slow)
        findings, _ = await check_house.check(world.clock, ports, {})
    (late,) = [each for each in findings if each.code is FindingCode.SOURCES_UNCHECKED]
    assert late.facts == {"count": 1}


class SlowWeb(FakeWeb):
    """A web that never answers."""

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
    ) -> Fetched:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


async def test_a_full_disk_is_told_as_such() -> None:
    async with a_world() as world:
        ports = replace(world.ports, store=BrokenStore())
        findings, _ = await check_house.check_database(ports)
    assert [finding.code for finding in findings] == [FindingCode.DATABASE_FULL]


async def test_without_a_database_the_chats_are_still_asked() -> None:
    async with a_world() as world:
        asked = {Platform.SLACK: probe(("slack_fine", {}), ("date", {"date": "nonsense"}))}
        findings, readings = await check_house.check(world.clock, None, asked)
    assert [finding.code for finding in findings] == [FindingCode.SLACK_FINE]
    assert readings == []


@pytest.mark.parametrize(
    ("gaps", "code"),
    [
        ([], None),
        ([0], FindingCode.CLOCK_FINE),
        ([119], FindingCode.CLOCK_FINE),
        ([-119], FindingCode.CLOCK_FINE),
        ([300], FindingCode.CLOCK_AHEAD),
        ([-300], FindingCode.CLOCK_BEHIND),
        ([86400, 3], FindingCode.CLOCK_FINE),  # one answer kept in a cache since yesterday
        ([300, 310], FindingCode.CLOCK_AHEAD),
    ],
)
def test_the_clock_is_judged_by_the_answer_that_agrees_best(
    gaps: list[int], code: FindingCode | None
) -> None:
    readings = [ClockReading(NOW, NOW + timedelta(seconds=gap)) for gap in gaps]
    assert [found.code for found in check_house.check_clock(readings)] == ([code] if code else [])


async def test_an_address_tells_the_time() -> None:
    async with a_world() as world:
        dated = DatedWeb(world.web.documents)
        ports = replace(world.ports, fetcher=dated)
        world.says(an_entry())
        (reading,) = await check_house.read_clock(ports, FEED)
        assert await check_house.read_clock(ports, "https://nobody.example/") == []
    assert reading == ClockReading(NOW, MONDAY_NOON)


class DatedWeb(FakeWeb):
    """A web that says what time it is."""

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
    ) -> Fetched:
        fetched = await super().fetch(url, now=now)
        return replace(fetched, headers=(("Date", format_datetime(NOW, usegmt=True)),))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("database: database is locked", FindingCode.DATABASE_LOCKED),
        ("database: canceling statement due to lock timeout", FindingCode.DATABASE_LOCKED),
        ("database of a newer version", FindingCode.DATABASE_NEWER),
        ("database: database or disk is full", FindingCode.DATABASE_FULL),
        (
            "database: attempt to write a readonly database",
            FindingCode.DATABASE_READ_ONLY,
        ),
        ("database: database disk image is malformed", FindingCode.DATABASE_DAMAGED),
        ("database: file is not a database", FindingCode.DATABASE_DAMAGED),
        ("database: unable to open database file", FindingCode.DATABASE_UNREACHABLE),
        ("database: [Errno 111] Connect call failed", FindingCode.DATABASE_UNREACHABLE),
        ("something else", FindingCode.OUTAGE),
    ],
)
def test_the_trouble_of_a_database_is_recognised(said: str, code: FindingCode) -> None:
    assert database_trouble(Outage(said)) is code


def test_every_finding_has_its_sentence_and_its_remedy() -> None:
    words = Words()
    own_remedy = {FindingCode.SOURCE_AWAY, FindingCode.SOURCE_WRONG}  # that of the fetch
    for code in FindingCode:
        assert words.label("finding", code)
        is_fine = Finding(Topic.MACHINE, code).level is Level.OK
        if not is_fine and code not in own_remedy:
            assert words.label("finding_remedy", code)
