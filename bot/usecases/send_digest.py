"""The morning: which practices are due, what goes in, and the rows that send it."""

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core import digest
from bot.core.digest import CARDS_AT_ONCE, Digest, DigestItem, DigestKind
from bot.core.mentions import Mention, MentionState, Source
from bot.core.names import Zone
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Frequency, Practice
from bot.ports import Ports, Transaction, among, eq, gt, le, ne
from bot.usecases.fill_outbox import live_channels, refresh, show
from bot.usecases.show_digests import occasion, rest_of

log = logging.getLogger(__name__)

_FLASH_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which digest is being made: for what, for which day, and how late."""

    kind: DigestKind
    local_day: date
    late_by_seconds: int = 0


async def due_practices(ports: Ports) -> list[Practice]:
    """The practices whose digest is due and not yet made."""
    async with ports.store.read() as tx:
        return await tx.find(Practice, le("next_digest_at", ports.clock.now()))


async def make_due(ports: Ports) -> None:
    """Make every daily digest that is due; one practice's trouble is its own."""
    for practice in await due_practices(ports):
        try:
            await make_daily(ports, practice)
        except Exception:  # the job boundary: the next practice has its digest all the same
            log.exception("digest failed", extra={"action": "digest_failed"})


async def make_flashes(ports: Ports) -> None:
    """Bring what cannot wait for the hour: at most one digest a practice in ten minutes.

    What is urgent comes at once to everybody, holidays or not; what is only new, to those who
    want it as it comes.
    """
    for home in await _hasty(ports):
        try:
            await _make_flash(ports, home)
        except Exception:  # the job boundary: the next practice hears all the same
            log.exception("flash failed", extra={"action": "flash_failed"})


async def _hasty(ports: Ports) -> list[Practice]:
    """The practices with something that cannot wait, and that were not told a moment ago."""
    now = ports.clock.now()
    async with ports.store.read() as tx:
        homes = await tx.find(Practice, eq("frequency", Frequency.IMMEDIATE))
        waits = (eq("state", MentionState.NEW), eq("zone", Zone.SURE))
        urgent = await tx.find(Mention, *waits, eq("is_urgent", True))
        recent = await tx.find(
            Mention, *waits, among("practice_id", [home.id for home in homes if _is_in(home, now)])
        )
        there = {each.id: each for each in (*urgent, *recent)}
        wanted = {each.practice_id for each in await _untold(tx, list(there.values()))}
        flashed = await tx.find(
            Digest,
            among("practice_id", wanted),
            eq("kind", DigestKind.AT_ONCE),
            gt("made_at", now - _FLASH_EVERY),
        )
        return await tx.find(
            Practice, among("id", wanted - {made.practice_id for made in flashed})
        )


async def _make_flash(ports: Ports, home: Practice) -> None:
    now = ports.clock.now()
    async with ports.store.write() as tx:
        listed = await _listed(tx, home, only_new=True)
        if home.frequency is not Frequency.IMMEDIATE or not _is_in(home, now):
            listed = [each for each in listed if each.is_urgent and each.zone is Zone.SURE]
        if any(each.zone is Zone.SURE for each in listed):
            wanted = Wanted(DigestKind.AT_ONCE, digest.local_day(home, now))
            await _make(tx, home, ports, wanted, listed)


def _is_in(home: Practice, now: datetime) -> bool:
    """Whether the practice is not away today."""
    return not home.is_off(digest.local_day(home, now))


async def make_daily(ports: Ports, practice: Practice) -> Digest | None:
    """Make a practice's digest of the day and what sends it, in one transaction.

    Made once for a local day, whoever asks and however often; nothing is made while the practice
    has nowhere to read it, or is away, so nothing is lost.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        fresh = await tx.get(Practice, practice.id)
        if fresh is None or fresh.next_digest_at is None or fresh.next_digest_at > now:
            return None
        await tx.save(replace(fresh, next_digest_at=digest.next_moment(fresh, now)))
        if not _is_in(fresh, now):
            return None  # it was due before they left, and nobody was awake to make it
        late = int((now - fresh.next_digest_at).total_seconds())
        day = digest.local_day(fresh, fresh.next_digest_at)
        listed = await _listed(tx, fresh, only_new=True)
        return await _make(tx, fresh, ports, Wanted(DigestKind.DAILY, day, late), listed)


async def reschedule(
    tx: Transaction, before: Practice, after: Practice, now: datetime
) -> Practice:
    """The practice whose settings changed, and when its next digest comes by them."""
    made = await tx.count(
        Digest,
        eq("practice_id", after.id),
        eq("local_day", digest.local_day(after, now)),
        eq("kind", DigestKind.DAILY),
    )
    due = digest.rescheduled(before, after, now, is_made_today=bool(made))
    return replace(after, next_digest_at=due)


async def make_now(ports: Ports, practice: Practice, channel: Channel | None = None) -> bool:
    """Make a digest without waiting for the hour; say whether there was anything to show.

    Asked for in a channel, it shows there everything still to be decided. Without one it shows
    everywhere what was never shown: asking twice repeats nothing.
    """
    kind = DigestKind.AT_ONCE if channel is None else DigestKind.ON_DEMAND
    async with ports.store.write() as tx:
        day = digest.local_day(practice, ports.clock.now())
        listed = await _listed(tx, practice, only_new=channel is None)
        made = await _make(tx, practice, ports, Wanted(kind, day), listed, channel)
    return made is not None


async def waiting(tx: Transaction, practice: Practice) -> int:
    """How many mentions wait for a decision."""
    return await tx.count(Mention, eq("practice_id", practice.id), eq("state", MentionState.NEW))


async def show_more(tx: Transaction, made: Digest, channel: Channel) -> int:
    """Show the next cards of a digest in one channel; gives how many."""
    following = (await rest_of(tx, made, channel.id))[:CARDS_AT_ONCE]
    for item in following:
        await show(tx, [channel], Subject.MENTION, item.mention_id, occasion(made.id))
    last = following[-1].place if following else 0
    if await rest_of(tx, made, channel.id):
        await show(tx, [channel], Subject.REST, made.id, f"{occasion(made.id)}:{last}")
    return len(following)


async def show_more_everywhere(tx: Transaction, made: Digest) -> None:
    """Show the next cards of a digest wherever its header stands."""
    headers = await tx.find(Display, eq("subject", Subject.DIGEST), eq("subject_id", made.id))
    channels = await tx.find(
        Channel, among("id", {header.channel_id for header in headers}), eq("problem", "")
    )
    for channel in channels:
        await show_more(tx, made, channel)
    await refresh(tx, Subject.REST, made.id)


async def _make(
    tx: Transaction,
    practice: Practice,
    ports: Ports,
    wanted: Wanted,
    listed: list[Mention],
    only: Channel | None = None,
) -> Digest | None:
    """The digest, its items and the displays that send it; None when there is nothing to say."""
    channels = [only] if only else await live_channels(tx, practice.id)
    if not channels or not (listed or await _is_worth_a_word(tx, practice, wanted)):
        return None
    made = await tx.add_new(await _digest(tx, practice, ports, wanted))
    if made is None:
        return None
    for place, mention in enumerate(listed):
        is_folded = mention.zone is not Zone.SURE
        await tx.add(DigestItem(made.id, mention.id, place, is_folded))
    await show(tx, channels, Subject.DIGEST, made.id, occasion(made.id))
    for channel in channels:
        await show_more(tx, made, channel)
    log.info("digest made", extra={"action": "digest", "digest": made.id, "items": len(listed)})
    return made


async def _digest(tx: Transaction, practice: Practice, ports: Ports, wanted: Wanted) -> Digest:
    """The digest to be stored; a daily one tells, once, which sources changed state."""
    mine = eq("practice_id", practice.id)
    of_the_day = (mine, eq("local_day", wanted.local_day), eq("kind", wanted.kind))
    new = Digest(
        practice_id=practice.id,
        local_day=wanted.local_day,
        kind=wanted.kind,
        serial=0,
        made_at=ports.clock.now(),
        late_by_seconds=wanted.late_by_seconds,
    )
    if wanted.kind is not DigestKind.DAILY:
        return replace(new, serial=1 + await tx.count(Digest, *of_the_day))
    if await tx.count(Digest, *of_the_day):
        return new  # made already: it will not be stored
    sources = await tx.find(Source, mine)
    changed = [each for each in sources if each.state is not each.told and not each.is_removed]
    await tx.save_all([replace(each, told=each.state) for each in changed])
    rejected = sum(source.rejected for source in sources)
    last = await _last_daily(tx, practice)
    return replace(
        new,
        source_news=tuple(each.id for each in changed),
        rejected=rejected - (last.rejected_ever if last else 0),
        rejected_ever=rejected,
        counts_from=_counts_from(practice, last, new.made_at),
    )


def _counts_from(practice: Practice, last: Digest | None, now: datetime) -> datetime | None:
    """Since when a digest counts what came: once a day it is what it shows."""
    if practice.frequency is Frequency.DAILY:
        return None
    days = 7 if practice.frequency is Frequency.WEEKLY else 1
    return last.made_at if last else now - timedelta(days=days)


async def _last_daily(tx: Transaction, practice: Practice) -> Digest | None:
    found = await tx.find(
        Digest,
        eq("practice_id", practice.id),
        eq("kind", DigestKind.DAILY),
        order="-id",
        limit=1,
    )
    return found[0] if found else None


async def _flashed(tx: Transaction, practice: Practice, last: Digest | None) -> int:
    """How many digests came at once since the daily one before."""
    after = [gt("made_at", last.made_at)] if last else []
    mine = eq("practice_id", practice.id)
    return await tx.count(Digest, mine, eq("kind", DigestKind.AT_ONCE), *after)


async def _listed(tx: Transaction, practice: Practice, *, only_new: bool) -> list[Mention]:
    """What the digest brings: what waits for a decision, or of that what nobody was brought."""
    found = await tx.find(Mention, eq("practice_id", practice.id), eq("state", MentionState.NEW))
    return digest.order(await _untold(tx, found) if only_new else found)


async def _untold(tx: Transaction, found: list[Mention]) -> list[Mention]:
    """Those of ``found`` no digest for everybody brought."""
    items = await tx.find(DigestItem, among("mention_id", [each.id for each in found]))
    digests = await tx.find(
        Digest,
        among("id", {item.digest_id for item in items}),
        ne("kind", DigestKind.ON_DEMAND),
    )
    told = {made.id for made in digests}
    there = {item.mention_id for item in items if item.digest_id in told}
    return [mention for mention in found if mention.id not in there]


async def _is_worth_a_word(tx: Transaction, practice: Practice, wanted: Wanted) -> bool:
    """Whether a digest without a new mention still has something to say.

    Old mentions found with a new source, a source that fails, a summary of what came at once, or
    the "all is well" that begins a week: silence must never be ambiguous.
    """
    mine = eq("practice_id", practice.id)
    backlog = await tx.find(
        Mention, mine, eq("state", MentionState.BACKLOG), order="-seen_at", limit=1
    )
    if wanted.kind is not DigestKind.DAILY:
        return bool(backlog)
    last = await _last_daily(tx, practice)
    if backlog and (last is None or backlog[0].seen_at > last.made_at):
        return True
    if practice.frequency is Frequency.IMMEDIATE and await _flashed(tx, practice, last):
        return True
    sources = await tx.find(Source, mine, eq("is_removed", False))
    if any(each.state is not each.told for each in sources):
        return True
    always = practice.says_when_empty or practice.frequency is Frequency.WEEKLY
    begins = digest.is_first_of_week(practice, wanted.local_day)
    return (begins or always) and bool(sources)
