"""The tick: jobs are asked again whatever happens, and never twice at once."""

import asyncio
import logging

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.schedule import Job, Ticker


async def test_a_job_that_fails_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    calls = 0
    twice = asyncio.Event()

    async def job() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            twice.set()
        raise ZeroDivisionError("a bug")

    ticker = Ticker((Job("broken", 0.01, 1, job),))
    ticker.start(SystemClock().now())
    with caplog.at_level(logging.ERROR):
        await asyncio.wait_for(twice.wait(), 5)
    await ticker.stop()
    assert caplog.records[0].__dict__["action"] == "job_failed"


async def test_a_job_that_hangs_is_given_up_and_asked_again() -> None:
    calls = 0
    twice = asyncio.Event()

    async def job() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            twice.set()
        await asyncio.Event().wait()

    ticker = Ticker((Job("stuck", 0.01, 0.02, job),))
    ticker.start(SystemClock().now())
    await asyncio.wait_for(twice.wait(), 5)
    await ticker.stop()


async def test_a_job_never_runs_twice_at_once() -> None:
    running = peak = calls = 0
    enough = asyncio.Event()

    async def job() -> None:
        nonlocal running, peak, calls
        running += 1
        peak = max(peak, running)
        for _ in range(3):
            await asyncio.sleep(0.01)
        running -= 1
        calls += 1
        if calls == 3:
            enough.set()

    ticker = Ticker((Job("slow", 0.01, 1, job),))
    ticker.start(SystemClock().now())
    await asyncio.wait_for(enough.wait(), 5)
    await ticker.stop()
    assert peak == 1


async def test_a_running_job_finishes_before_the_ticker_stops() -> None:
    begun, finished = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        begun.set()
        for _ in range(5):
            await asyncio.sleep(0)
        finished.set()

    ticker = Ticker((Job("last", 60, 1, job),))
    ticker.start(SystemClock().now())
    await asyncio.wait_for(begun.wait(), 5)
    await ticker.stop()
    assert finished.is_set()
