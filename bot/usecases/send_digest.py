"""The morning: which practices are due, what goes in, and the rows that send it."""

import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.core import digest
from bot.core.digest import CARDS_AT_ONCE, Digest, DigestItem, DigestKind
from bot.core.mentions import Mention, MentionState, Source
from bot.core.names import Zone
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Frequency, Practice
from bot.ports import Ports, Transaction, among, eq, gt, le, ne
from bot.usecases.fill_outbox import live_channels, show
from bot.usecases.show_digests import occasion, rest_of

log = logging.getLogger(__name__)

_MONDAY = 0
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
    """Bring what is new to those who want it as it comes: at most one digest in ten minutes."""
    now = ports.clock.now()
    async with ports.store.read() as tx:
        homes = await tx.find(Practice, eq("frequency", Frequency.IMMEDIATE))
        flashed = {
            made.practice_id
            for made in await tx.find(
                Digest,
                among("practice_id", [home.id for home in homes]),
                eq("kind", DigestKind.AT_ONCE),
                gt("made_at", now - _FLASH_EVERY),
            )
        }
    for home in homes:
        if home.id in flashed or home.is_off(digest.local_day(home, now)):
            continue
        try:
            async with ports.store.write() as tx:
                wanted = Wanted(DigestKind.AT_ONCE, digest.local_day(home, now))
                if any(each.zone is Zone.SURE for each in await _listed(tx, home, only_new=True)):
                    await _make(tx, home, ports, wanted)
        except Exception:  # the job boundary: the next practice hears all the same
            log.exception("flash failed", extra={"action": "flash_failed"})


async def make_daily(ports: Ports, practice: Practice) -> Digest | None:
    """Make a practice's digest of the day and what sends it, in one transaction.

    Made once for a local day, whoever asks and however often; nothing is made while the practice
    has nowhere to read it, so nothing is lost.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        fresh = await tx.get(Practice, practice.id)
        if fresh is None or fresh.next_digest_at is None or fresh.next_digest_at > now:
            return None
        await tx.save(replace(fresh, next_digest_at=digest.next_moment(fresh, now)))
        late = int((now - fresh.next_digest_at).total_seconds())
        day = digest.local_day(fresh, fresh.next_digest_at)
        return await _make(tx, fresh, ports, Wanted(DigestKind.DAILY, day, late))


async def make_now(ports: Ports, practice: Practice, channel: Channel | None = None) -> bool:
    """Make a digest without waiting for the hour; say whether there was anything to show.

    Asked for in a channel, it shows there everything still to be decided. Without one it shows
    everywhere what was never shown: asking twice repeats nothing.
    """
    kind = DigestKind.AT_ONCE if channel is None else DigestKind.ON_DEMAND
    async with ports.store.write() as tx:
        day = digest.local_day(practice, ports.clock.now())
        made = await _make(tx, practice, ports, Wanted(kind, day), channel)
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


async def _make(
    tx: Transaction,
    practice: Practice,
    ports: Ports,
    wanted: Wanted,
    only: Channel | None = None,
) -> Digest | None:
    """The digest, its items and the displays that send it; None when there is nothing to say."""
    channels = [only] if only else await live_channels(tx, practice.id)
    listed = await _listed(tx, practice, only_new=only is None)
    if not channels or not (listed or await _is_worth_a_word(tx, practice, ports, wanted.kind)):
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
    )


async def _last_daily(tx: Transaction, practice: Practice) -> Digest | None:
    found = await tx.find(
        Digest,
        eq("practice_id", practice.id),
        eq("kind", DigestKind.DAILY),
        order="-id",
        limit=1,
    )
    return found[0] if found else None


async def _listed(tx: Transaction, practice: Practice, *, only_new: bool) -> list[Mention]:
    """What the digest brings: what waits for a decision, or of that what nobody was brought."""
    found = await tx.find(Mention, eq("practice_id", practice.id), eq("state", MentionState.NEW))
    if only_new:
        items = await tx.find(DigestItem, among("mention_id", [each.id for each in found]))
        digests = await tx.find(
            Digest,
            among("id", {item.digest_id for item in items}),
            ne("kind", DigestKind.ON_DEMAND),
        )
        told = {made.id for made in digests}
        there = {item.mention_id for item in items if item.digest_id in told}
        found = [mention for mention in found if mention.id not in there]
    return digest.order(found)


async def _is_worth_a_word(
    tx: Transaction, practice: Practice, ports: Ports, kind: DigestKind
) -> bool:
    """Whether a digest without a new mention still has something to say.

    Old mentions found with a new source, a source that fails, or Monday's "all is well": silence
    must never be ambiguous.
    """
    mine = eq("practice_id", practice.id)
    if kind is not DigestKind.DAILY:
        return bool(await tx.count(Mention, mine, eq("state", MentionState.BACKLOG)))
    last = await _last_daily(tx, practice)
    since = last.made_at if last else None
    backlog = await tx.find(
        Mention, mine, eq("state", MentionState.BACKLOG), order="-seen_at", limit=1
    )
    if backlog and (since is None or backlog[0].seen_at > since):
        return True
    sources = await tx.find(Source, mine, eq("is_removed", False))
    if any(each.state is not each.told for each in sources):
        return True
    is_monday = digest.local_day(practice, ports.clock.now()).weekday() == _MONDAY
    always = practice.says_when_empty or practice.frequency is Frequency.WEEKLY
    return (is_monday or always) and bool(sources)
