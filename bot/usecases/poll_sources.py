"""Polling: visit the sources that are due, match what they say, remember what is new.

A round visits every host by at most two lanes, so that a slow one delays itself alone. What comes
back is matched off the event loop and kept by one keeper, which writes whatever has gathered while
it was writing: a quiet source costs a row of a batch, not a transaction of its own. Failures that
may be ours wait for the end of the round, when it can be told whether the network was there.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.core import health, mentions
from bot.core.errors import Outage
from bot.core.health import Failure
from bot.core.mentions import Source, SourceId
from bot.core.people import Practice, PracticeId
from bot.core.sources import (
    FetchFailed,
    FetchProblem,
    Reading,
    SourceKind,
)
from bot.ports import Ports, Transaction, among, eq, le, null
from bot.usecases import work_cases
from bot.usecases.fill_outbox import refresh_homes
from bot.usecases.match_entries import Seen, Watched
from bot.usecases.register_mentions import (
    Counts,
    Register,
    Windows,
    miss,
    miss_again,
)

log = logging.getLogger(__name__)

FAULT = "fault"
"""The problem of a source that our own fault, not its site, keeps from being read."""
AT_ONCE = 64
"""Visits under way at the same time."""
_LANES = 2
"""Visits to one host at the same time."""
_IN_ONE_GO = 200
"""Sources, or matches, written in one transaction: nobody waits long for the one writer."""
_LINGER = 0.05
"""Seconds the keeper waits for more, while visits are under way."""
_LATELY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Polled:
    """What one visit to one source came to."""

    source: Source
    entries: int = 0
    new: int = 0
    problem: str = ""


Progress = Callable[[Polled], None]


@dataclass(slots=True)
class _Harvest:
    """One source's visit, waiting to be kept."""

    source: Source
    kept: "asyncio.Future[Polled]"
    version: int = 0
    """Of whom the practice watches, when the document was matched."""
    reading: Reading | None = None
    seen: Seen = field(default_factory=Seen)
    failure: Failure | None = None
    is_lost: bool = False
    """It failed in a way that may be our network's fault."""
    is_ours: bool = False
    """It was."""

    def fail(self, failure: Failure) -> None:
        """Keep nothing of the visit but why."""
        self.reading, self.seen, self.failure = None, Seen(), failure

    @property
    def is_quiet(self) -> bool:
        """Whether the source says what it said last time."""
        return self.reading is not None and self.reading.document is None


@dataclass(slots=True)
class _Round:
    """What has come of the visits of a round so far."""

    progress: Progress | None
    kept: "list[asyncio.Future[Polled]]" = field(default_factory=list)
    lost: list[_Harvest] = field(default_factory=list)
    """Failures that may be ours."""

    def note(self, harvest: _Harvest) -> None:
        """One more visit is over, and about to be written."""
        self.kept.append(harvest.kept)
        if (progress := self.progress) is not None:
            harvest.kept.add_done_callback(lambda kept: progress(kept.result()))


async def due_sources(ports: Ports, practice: PracticeId | None = None) -> list[Source]:
    """The sources to poll now; all those of one practice when it is named."""
    async with ports.store.read() as tx:
        if practice is not None:
            return await tx.find(
                Source, eq("practice_id", practice), eq("is_removed", False), null("paused_at")
            )
        return await tx.find(
            Source,
            le("next_poll_at", ports.clock.now()),
            eq("is_removed", False),
            null("paused_at"),
        )


async def poll(
    ports: Ports, sources: Sequence[Source], progress: Progress | None = None
) -> list[Polled]:
    """One round by itself."""
    return await Poller(ports).poll(sources, progress)


class Poller:
    """Polls sources, round after round; rounds may overlap, a source is visited once at a time."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._watched = Watched(ports)
        self._windows = Windows()
        self._under_way: set[SourceId] = set()
        self._reached: dict[str, tuple[datetime, bool]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting: deque[_Harvest] = deque()
        self._visiting = 0
        self._is_plenty = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._rounds: set[asyncio.Task[list[Polled]]] = set()

    async def start(self) -> None:
        """Begin a round of what is due and not being visited; do not wait for its end."""
        due = [
            source for source in await due_sources(self._ports) if source.id not in self._under_way
        ]
        if due:
            task = asyncio.create_task(self.poll(due))
            self._rounds.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[list[Polled]]") -> None:
        self._rounds.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("round failed", exc_info=task.exception(), extra={"action": "poll_failed"})

    async def stop(self) -> None:
        """Give up the rounds under way; what they did not write is due again at the next start."""
        for task in list(self._rounds):
            task.cancel()
        await asyncio.gather(*self._rounds, return_exceptions=True)
        if self._keeper is not None:
            await self._keeper

    async def poll(
        self, sources: Sequence[Source], progress: Progress | None = None
    ) -> list[Polled]:
        """Visit each source; one that fails, or fails to be read, never stops another."""
        mine = [source for source in sources if source.id not in self._under_way]
        if not mine:
            return []
        self._under_way.update(source.id for source in mine)
        try:
            await self._watched.refresh({source.practice_id for source in mine})
            return await self._round(mine, progress)
        finally:
            self._under_way.difference_update(source.id for source in mine)

    async def _round(self, sources: list[Source], progress: Progress | None) -> list[Polled]:
        hosts: dict[str, deque[Source]] = defaultdict(deque)
        for source in sources:
            hosts[host_of(source.url)].append(source)
        tally = _Round(progress)
        async with asyncio.TaskGroup() as tasks:
            for host, queue in hosts.items():
                for _ in range(min(_LANES, len(queue))):
                    tasks.create_task(self._lane(host, queue, tally))
        if tally.lost and self._is_our_outage():
            extra = {"action": "outage", "lost": len(tally.lost)}
            log.warning("no site can be reached", extra=extra)
            for harvest in tally.lost:
                harvest.is_ours = True
        for harvest in tally.lost:
            await self._keep(harvest, tally)
        return [await kept for kept in tally.kept]

    async def _lane(self, host: str, queue: deque[Source], tally: _Round) -> None:
        while queue:
            source = queue.popleft()
            async with self._slots:
                self._visiting += 1
                try:
                    harvest = await self._visit(host, source)
                finally:
                    self._visiting -= 1
            if harvest.is_lost:
                tally.lost.append(harvest)
            else:
                await self._keep(harvest, tally)

    async def _visit(self, host: str, source: Source) -> _Harvest:
        """Go there, and find who is named in what it says."""
        now = self._ports.clock.now()
        version = self._watched.version(source.practice_id)
        if source.read_for != version:
            source = source.seen_anew()
        harvest = _Harvest(source, asyncio.get_running_loop().create_future(), version)
        try:
            harvest.reading = await self._ports.readers[source.kind].read(source.visit(now))
            self._reached[host] = (now, True)
            harvest.seen = await self._watched.see(source, harvest.reading.document)
        except FetchFailed as failure:
            status = str(failure.status or "")
            harvest.fail(Failure(failure.problem.value, status, failure.retry_after_in))
            harvest.is_lost = failure.problem in health.NETWORK
            self._reached[host] = (now, not harvest.is_lost)
        except Exception:  # the job boundary: one source's trouble is its own
            log.exception("poll failed", extra={"action": "poll_failed", "source": source.id})
            harvest.fail(Failure(FAULT))
        if harvest.failure is not None:
            extra = {"action": "source_failing", "source": source.id}
            log.warning("source failing: %s", harvest.failure.problem, extra=extra)
        return harvest

    def _is_our_outage(self) -> bool:
        since = self._ports.clock.now() - _LATELY
        self._reached = {
            host: (at, reached) for host, (at, reached) in self._reached.items() if at >= since
        }
        return health.is_our_outage(
            {host: reached for host, (_, reached) in self._reached.items()}
        )

    # --- keeping --------------------------------------------------------------------------------

    async def _keep(self, harvest: _Harvest, tally: _Round) -> None:
        """Have a visit written with whatever else is waiting to be; wait only when many are."""
        tally.note(harvest)
        self._waiting.append(harvest)
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep_all())
        if len(self._waiting) >= _IN_ONE_GO:
            self._is_plenty.set()
            await harvest.kept

    async def _keep_all(self) -> None:
        while self._waiting:
            if self._visiting and len(self._waiting) < _IN_ONE_GO:
                self._is_plenty.clear()  # more is on its way: one transaction for all
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._is_plenty.wait(), _LINGER)
            batch: list[_Harvest] = []
            matches = 0
            while self._waiting and len(batch) < _IN_ONE_GO and matches <= _IN_ONE_GO:
                batch.append(self._waiting.popleft())
                matches += len(batch[-1].seen.found)
            await self._keep_batch(batch)

    async def _keep_batch(self, batch: list[_Harvest]) -> None:
        try:
            polled = await self._write(batch)
        except Outage:  # the database: nothing was written, the sources stay due
            log.exception("polls not kept", extra={"action": "poll_failed"})
            self._windows.forget()
            polled = [Polled(harvest.source, problem=FAULT) for harvest in batch]
        except Exception:  # the job boundary: what one source says spoils no other's visit
            log.exception("polls not kept", extra={"action": "poll_failed"})
            self._windows.forget()
            if len(batch) > 1:
                for harvest in batch:
                    await self._keep_batch([harvest])
                return
            polled = await self._blame(batch[0])
        for harvest, each in zip(batch, polled, strict=True):
            if not harvest.kept.done():
                harvest.kept.set_result(each)

    async def _blame(self, harvest: _Harvest) -> list[Polled]:
        """Note that what a source says cannot be kept, so that it is asked later and later."""
        if harvest.failure is not None:
            return [Polled(harvest.source, problem=FAULT)]
        harvest.fail(Failure(FAULT))
        try:
            return await self._write([harvest])
        except Exception:  # the job boundary: it stays due
            log.exception("poll not kept", extra={"action": "poll_failed"})
            return [Polled(harvest.source, problem=FAULT)]

    async def _write(self, batch: list[_Harvest]) -> list[Polled]:
        """Everything these visits brought: first the mentions, then that they were read.

        A long document is written in several goes; a crash in between reads it again, and the
        identities make that harmless.
        """
        now = self._ports.clock.now()
        found = [(each.source, one) for each in batch for one in each.seen.found]
        total: dict[SourceId, Counts] = defaultdict(Counts)
        while len(found) > _IN_ONE_GO:
            part, found = found[:_IN_ONE_GO], found[_IN_ONE_GO:]
            async with self._ports.store.write() as tx:
                _gather(
                    total, await Register(tx, self._windows, self._ports.harms, now).note(part)
                )
        async with self._ports.store.write() as tx:
            _gather(total, await Register(tx, self._windows, self._ports.harms, now).note(found))
            back = {mention for counts in total.values() for mention in counts.back}
            await work_cases.reappeared(self._ports, tx, back)
            homes = {each.source.practice_id for each in batch if total[each.source.id].new}
            await refresh_homes(tx, *homes)
            return await _note_visits(tx, batch, total, now)


def _gather(total: dict[SourceId, Counts], part: Mapping[SourceId, Counts]) -> None:
    for source, counts in part.items():
        total[source].new += counts.new
        total[source].renamed += counts.renamed
        total[source].touched |= counts.touched
        total[source].back |= counts.back


def host_of(url: str) -> str:
    """Who is visited at an address."""
    try:
        return urlsplit(url).hostname or url.partition(":")[0]
    except ValueError:
        return url


async def _note_visits(
    tx: Transaction, batch: list[_Harvest], total: Mapping[SourceId, Counts], now: datetime
) -> list[Polled]:
    """Write how each source is doing now, beside what changed while it was being visited."""
    homes = await tx.find(Practice, among("id", {each.source.practice_id for each in batch}))
    versions = {home.id: home.people_version for home in homes}
    quiet = {
        each.source.id: health.after_success(each.source, each.reading, now)
        for each in batch
        if each.is_quiet
        and each.reading is not None
        and versions.get(each.source.practice_id) == each.version
    }
    await tx.save_all(list(quiet.values()), _TOLD_BY_A_QUIET_VISIT)
    news = [each for each in batch if each.source.id not in quiet]
    stored = await tx.find(Source, among("id", {each.source.id for each in news})) if news else []
    fresh = {source.id: source for source in stored}
    after: dict[SourceId, Source] = dict(quiet)
    for harvest in news:
        before = fresh.get(harvest.source.id, harvest.source)
        counts = total.get(before.id, Counts())
        after[before.id] = _after(harvest, before, counts, versions, now)
    await tx.save_all([source for source in after.values() if source.id in fresh])
    polled = []
    for harvest in batch:
        source = after[harvest.source.id]
        counts = total.get(source.id, Counts())
        await _note_missing(tx, harvest, source, counts, now)
        problem = harvest.failure.problem if harvest.failure else ""
        polled.append(Polled(source, harvest.seen.entries, counts.new, problem))
        _log(harvest.source, polled[-1])
    return polled


_TOLD_BY_A_QUIET_VISIT = (
    "etag", "last_modified", "body_hash", "seen", "moved_to", "seconds", "state", "state_since",
    "problem", "problem_detail", "failures", "polled_at", "succeeded_at", "next_poll_at",
)  # fmt: skip
"""What may change when a source has nothing new."""


def _log(before: Source, polled: Polled) -> None:
    source = polled.source
    if source.state is not before.state:
        extra = {"action": "source_state", "source": source.id, "state": source.state}
        log.warning("source is %s", source.state, extra=extra)
    if polled.new:
        extra = {"action": "found", "source": source.id, "new": polled.new}
        log.info("new mentions", extra=extra)


def _after(
    harvest: _Harvest,
    before: Source,
    counts: Counts,
    versions: Mapping[PracticeId, int],
    now: datetime,
) -> Source:
    if harvest.failure is not None:
        if harvest.is_ours:
            return health.after_outage(before, harvest.failure, now)
        return health.after_failure(before, harvest.failure, now)
    reading = harvest.reading
    if reading is None:
        raise LookupError("a visit brings a reading or a failure")
    if versions.get(before.practice_id) != harvest.version:
        # Whom to look for changed while it was being read: it is read again, for everybody.
        return replace(before, polled_at=now, next_poll_at=now)
    entries = reading.document.entries if reading.document else ()
    return replace(
        health.after_success(before, reading, now),
        read_for=harvest.version,
        rejected=before.rejected + harvest.seen.rejected,
        renamed=before.renamed + counts.renamed,
        distrusts=mentions.distrusted(before, entries, counts.renamed),
    )


async def _note_missing(
    tx: Transaction, harvest: _Harvest, after: Source, counts: Counts, now: datetime
) -> None:
    """Note what was taken away, where that can be known."""
    document = harvest.reading.document if harvest.reading else None
    if document is not None and document.is_complete:
        await miss(tx, after, counts.touched, now)
    elif after.kind is SourceKind.PAGE and _is_away(harvest.failure):
        await miss(tx, after, set(), now)
    elif harvest.is_quiet and after.kind in _READ_WHOLE:
        await miss_again(tx, after, now)


_READ_WHOLE = frozenset({SourceKind.PAGE, SourceKind.BUSINESS_PROFILE})
"""Sources that show all they hold: what is missing there was taken away."""


def _is_away(failure: Failure | None) -> bool:
    """Whether the site says that there is no such page."""
    return failure is not None and (
        failure.problem == FetchProblem.GONE
        or (failure.problem == FetchProblem.HTTP_ERROR and failure.detail == "404")
    )
