"""The tick: APScheduler calls the jobs, the database knows what is due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)


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
        for job in jobs:
            self._scheduler.add_job(
                _guarded,
                IntervalTrigger(seconds=job.every_seconds, timezone=UTC),
                args=[job],
                id=job.name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )

    def start(self, now: datetime) -> None:
        """Start ticking in the running loop, at once: what fell due meanwhile waits no longer."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; what is running is cancelled with the loop."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


async def _guarded(job: Job) -> None:
    """The job boundary: a job's trouble is logged and the next tick tries again."""
    try:
        async with asyncio.timeout(job.within_seconds):
            await job.run()
    except TimeoutError:
        log.warning("job %s took too long", job.name, extra={"action": "job_late"})
    except Exception:  # the job boundary
        log.exception("job failed", extra={"action": "job_failed", "job": job.name})
