"""The tick: APScheduler calls the jobs, the database knows what is due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)

_STOP_WITHIN = 10.0
"""Seconds a job has to finish when the bot stops."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to ask regularly: what is due, and not done?"""

    name: str
    every_seconds: float
    within_seconds: float
    """Given up after that long, so that nothing stuck stops the next one."""
    run: Callable[[], Awaitable[object]]


class Ticker:
    """Calls each job at its interval, never twice at once; a missed tick is the next one."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._running: set[asyncio.Task[object]] = set()
        for job in jobs:
            self._scheduler.add_job(
                self._guarded,
                IntervalTrigger(seconds=job.every_seconds, timezone=UTC),
                args=[job],
                id=job.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )

    def start(self, now: datetime) -> None:
        """Start ticking in the running loop, at once: what fell due meanwhile waits no longer."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # _guarded tells it better
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking, letting what is running finish; what takes too long is cancelled."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=_STOP_WITHIN)
        self._scheduler.shutdown(wait=False)

    async def _guarded(self, job: Job) -> None:
        """The job boundary: a job's trouble is logged and the next tick tries again."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(job.within_seconds):
                await job.run()
        except TimeoutError:
            log.warning("job %s took too long", job.name, extra={"action": "job_late"})
        except Exception:  # the job boundary
            log.exception("job failed", extra={"action": "job_failed", "job": job.name})
