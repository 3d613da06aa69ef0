"""Turns: a host is left in peace, and delays nobody but itself. The clock is moved by hand."""

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.fetch import turns
from bot.adapters.fetch.turns import Turns


@dataclass
class Hand:
    """A clock that jumps to the next moment somebody sleeps until, when nothing else happens."""

    now: float = 0.0
    _sleepers: list[tuple[float, asyncio.Future[None]]] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, woken))
        await woken

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        """Until every task is done."""
        while True:
            await settle()
            self._sleepers = [each for each in self._sleepers if not each[1].done()]
            if all(task.done() for task in tasks):
                return
            self._sleepers.sort(key=lambda each: each[0])
            self.now, woken = self._sleepers.pop(0)
            woken.set_result(None)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@dataclass
class Street:
    """Goes to hosts and notes when it entered."""

    turns: Turns
    hand: Hand
    entered: list[tuple[str, float]] = field(default_factory=list)
    inside: int = 0
    peak: int = 0

    async def go(self, host: str, pause: float = 0.0, stay: float = 0.0) -> None:
        async with self.turns.turn(host, pause):
            self.entered.append((host, self.hand.now))
            self.inside += 1
            self.peak = max(self.peak, self.inside)
            if stay:
                await self.hand.sleep(stay)
            self.inside -= 1


def street(per_host: int = 2, overall: int = 10) -> Street:
    hand = Hand()
    return Street(Turns(per_host, overall, hand.monotonic, hand.sleep), hand)


async def test_two_requests_to_a_host_are_apart() -> None:
    here = street()
    await here.hand.run(*(asyncio.create_task(here.go("a", 5.0)) for _ in range(3)))
    assert here.entered == [("a", 0.0), ("a", 5.0), ("a", 10.0)]


async def test_without_a_pause_nobody_waits() -> None:
    here = street()
    await here.hand.run(*(asyncio.create_task(here.go("a")) for _ in range(3)))
    assert here.entered == [("a", 0.0)] * 3


async def test_who_waits_for_a_host_holds_nobody_elses_place() -> None:
    here = street(per_host=2, overall=1)
    crowd = [asyncio.create_task(here.go("a", 60.0)) for _ in range(5)]
    other = asyncio.create_task(here.go("b", 60.0))
    await here.hand.run(*crowd, other)
    assert ("b", 0.0) in here.entered
    assert [at for host, at in here.entered if host == "a"] == [0.0, 60.0, 120.0, 180.0, 240.0]


async def test_the_pause_holds_even_after_a_wait_for_everybody() -> None:
    """Both are ready for ``a`` while ``b`` has the only place: the second still waits."""
    here = street(per_host=2, overall=1)
    last = asyncio.create_task(here.go("a"))
    await settle()
    busy = asyncio.create_task(here.go("b", stay=10.0))
    await settle()
    two = [asyncio.create_task(here.go("a", 4.0)) for _ in range(2)]
    await here.hand.run(last, busy, *two)
    assert [at for host, at in here.entered if host == "a"] == [0.0, 10.0, 14.0]


async def test_each_asks_for_its_own_pause() -> None:
    here = street()
    tasks = [asyncio.create_task(here.go("a", pause)) for pause in (0.0, 30.0)]
    await here.hand.run(*tasks)
    feed = asyncio.create_task(here.go("a"))
    await here.hand.run(feed)
    assert here.entered == [("a", 0.0), ("a", 30.0), ("a", 30.0)]


async def test_who_gives_up_gives_its_place_back() -> None:
    here = street(per_host=1, overall=1)
    await here.go("a")
    waiting = asyncio.create_task(here.go("a", 60.0))
    await settle()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    await here.hand.run(asyncio.create_task(here.go("b")), asyncio.create_task(here.go("a")))
    assert sorted(here.entered) == [("a", 0.0), ("a", 0.0), ("b", 0.0)]


async def test_hosts_are_forgotten_once_rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_MANY", 3)
    here = street()
    for number in range(3):
        await here.go(f"old{number}")
    here.hand.now = 1_000.0
    await here.go("a")
    waiting = asyncio.create_task(here.go("a", 5.0))
    await here.hand.run(waiting)
    assert here.entered[-1] == ("a", 1_005.0)
    assert len(here.turns) == 1


@given(
    visits=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=12),
    per_host=st.integers(1, 3),
    overall=st.integers(1, 4),
)
def test_the_limits_hold_whoever_comes(
    visits: list[tuple[str, int]], per_host: int, overall: int
) -> None:
    async def story() -> Street:
        here = street(per_host, overall)
        tasks = [asyncio.create_task(here.go(host, 7.0, stay)) for host, stay in visits]
        await here.hand.run(*tasks)
        return here

    here = asyncio.run(story())
    assert here.peak <= overall
    assert len(here.entered) == len(visits)
    for name in "abc":
        times = [at for host, at in here.entered if host == name]
        assert all(after - before >= 7.0 for before, after in itertools.pairwise(times))
