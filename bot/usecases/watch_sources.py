"""Watching: poll the sources that are due, match what they say, remember what is new."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core import mentions, urls
from bot.core.errors import Outage, Refusal, RefusalCode
from bot.core.mentions import (
    Copy,
    Identity,
    Keys,
    Mention,
    MentionId,
    MentionState,
    Revision,
    Source,
    SourceId,
    SourceState,
    Verdict,
)
from bot.core.names import Match, Matcher, Person, Zone
from bot.core.outbox import Subject
from bot.core.people import Practice, PracticeId, Practitioner, PractitionerId
from bot.core.sources import (
    Entry,
    FeedDocument,
    FetchFailed,
    Reading,
    SourceKind,
    Visit,
    recognise,
)
from bot.ports import Ports, Taken, Transaction, among, eq, le
from bot.usecases import fill_outbox
from bot.usecases.set_up import practice_named

log = logging.getLogger(__name__)

AT_ONCE = 100
SHORTEST_INTERVAL = 60
FAULT = "fault"
"""The problem of a source that our own fault, not its site, keeps from being read."""
_LONGEST_WAIT = timedelta(hours=24)
_IN_ONE_GO = 50
"""Matches remembered in one transaction."""


@dataclass(frozen=True, slots=True)
class Found:
    """A match of one entry for one person."""

    entry: Entry
    keys: Keys
    match: Match


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of one source came to."""

    source: Source
    entries: int = 0
    new: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would bring."""

    title: str
    kind: str
    entries: tuple[Entry, ...]
    found: tuple[Found, ...]
    warning: str | None


Progress = Callable[[Polled], None]


async def add_source(ports: Ports, practice: str, url: str, every: int) -> tuple[Source, Preview]:
    """Read an address once, and watch it from now on.

    Raises:
        Refusal: PRACTICE_UNKNOWN, SOURCE_KNOWN, INTERVAL_TOO_SHORT.
        FetchFailed: it cannot be read; nothing is stored.
    """
    if every < SHORTEST_INTERVAL:
        raise Refusal(RefusalCode.INTERVAL_TOO_SHORT, least=SHORTEST_INTERVAL)
    async with ports.store.read() as tx:
        home = await practice_named(tx, practice)
        known = await tx.find(Source, eq("practice_id", home.id), eq("url", url))
        if known and not known[0].is_removed:
            raise Refusal(RefusalCode.SOURCE_KNOWN, url=url)
    preview, kind = await _look(ports, home.id, url)
    now = ports.clock.now()
    source = Source(
        practice_id=home.id,
        url=url,
        kind=kind,
        title=preview.title,
        every_seconds=every,
        next_poll_at=now,
        added_at=now,
    )
    async with ports.store.write() as tx:
        if known:
            source = replace(source, id=known[0].id)
            await tx.save(source)
            return source, preview
        try:
            return await tx.add(source), preview
        except Taken:
            raise Refusal(RefusalCode.SOURCE_KNOWN, url=url) from None


async def try_source(ports: Ports, practice: str, url: str) -> Preview:
    """What an address would bring, without keeping anything.

    Raises:
        Refusal: PRACTICE_UNKNOWN.
        FetchFailed: it cannot be read.
    """
    async with ports.store.read() as tx:
        home = await practice_named(tx, practice)
    preview, _ = await _look(ports, home.id, url)
    return preview


async def remove_source(ports: Ports, practice: str, url: str) -> Source:
    """Stop watching an address; what it brought stays.

    Raises:
        Refusal: PRACTICE_UNKNOWN, SOURCE_UNKNOWN.
    """
    async with ports.store.write() as tx:
        home = await practice_named(tx, practice)
        found = await tx.find(Source, eq("practice_id", home.id), eq("url", url))
        if not found:
            raise Refusal(RefusalCode.SOURCE_UNKNOWN, url=url)
        await tx.save(replace(found[0], is_removed=True))
        return found[0]


async def due_sources(ports: Ports, practice: PracticeId | None = None) -> list[Source]:
    """The sources to poll now; all those of one practice when it is named."""
    async with ports.store.read() as tx:
        if practice is not None:
            return await tx.find(Source, eq("practice_id", practice), eq("is_removed", False))
        return await tx.find(
            Source, le("next_poll_at", ports.clock.now()), eq("is_removed", False)
        )


async def poll(
    ports: Ports, sources: Sequence[Source], progress: Progress | None = None
) -> list[Polled]:
    """Poll each source; one that fails, or fails to be read, never stops another."""
    people = await _people(ports, {source.practice_id for source in sources})
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(source: Source) -> Polled:
        async with slots:
            polled = await _poll_one(ports, source, people[source.practice_id])
        if progress is not None:
            progress(polled)
        return polled

    return list(await asyncio.gather(*map(one, sources)))


async def _poll_one(ports: Ports, source: Source, matcher: Matcher) -> Polled:
    now = ports.clock.now()
    try:
        reading = await ports.readers[source.kind].read(source.visit(now))
        document = reading.document
        if document is None:
            return await _keep(ports, source, reading, matcher)
        # Matching a large document takes seconds of processor: the loop goes on meanwhile.
        found = await asyncio.to_thread(_match, matcher, source.id, document)
        new = await _register_all(ports, source, found)
        kept = await _keep(ports, source, reading, matcher, document.title)
        return replace(kept, entries=len(document.entries), new=new)
    except FetchFailed as failure:
        detail = str(failure.status or "")
        return await _fail(ports, source, failure.problem.value, detail, failure.retry_after_in)
    except Outage:  # the database: nothing was written, the source stays due
        log.exception("poll not kept", extra={"action": "poll_failed", "source": source.id})
        return Polled(source, problem=FAULT)
    except Exception:  # the job boundary: one source's trouble is its own
        log.exception("poll failed", extra={"action": "poll_failed", "source": source.id})
        return await _fail(ports, source, FAULT, "", None)


def _match(matcher: Matcher, source: SourceId, document: FeedDocument) -> tuple[Found, ...]:
    keys = mentions.keys_of(source, document.entries)
    return tuple(
        Found(entry, key, match)
        for entry, key in zip(document.entries, keys, strict=True)
        for match in matcher.match(entry.title, entry.text)
        if match.zone is not Zone.REJECTED
    )


async def _register_all(ports: Ports, source: Source, found: Sequence[Found]) -> int:
    """Remember what was found, a few at a time: nobody waits long for the one writer.

    The source is noted as read afterwards: a crash in between reads it again, and the identities
    make that harmless.
    """
    now = ports.clock.now()
    new = 0
    for start in range(0, len(found), _IN_ONE_GO):
        async with ports.store.write() as tx:
            for each in found[start : start + _IN_ONE_GO]:
                new += await _register(tx, source, each, now)
    if new:
        log.info("new mentions", extra={"action": "found", "source": source.id, "new": new})
    return new


async def _keep(
    ports: Ports,
    source: Source,
    reading: Reading,
    matcher: Matcher,
    title: str = "",
) -> Polled:
    """Note that the source was read, beside what changed meanwhile."""
    now = ports.clock.now()
    async with ports.store.write() as tx:
        fresh = await tx.get(Source, source.id) or source
        read = replace(
            fresh,
            title=title or fresh.title,
            state=SourceState.OK,
            problem="",
            problem_detail="",
            failures=0,
            polled_at=now,
            next_poll_at=now + timedelta(seconds=fresh.every_seconds),
        )
        people = await tx.find(Practitioner, eq("practice_id", source.practice_id))
        is_reset = fresh.succeeded_at is None and source.succeeded_at is not None
        if is_reset or not all(person.id in matcher for person in people):
            # Somebody was added while it was being read: it is read again for them.
            read = replace(read, next_poll_at=now)
        else:
            read = replace(read.remembering(reading.memory), succeeded_at=now)
        await tx.save(read)
    return Polled(read)


async def _fail(
    ports: Ports, source: Source, problem: str, detail: str, retry_after_in: timedelta | None
) -> Polled:
    """Note why a source gave nothing, and when to ask again: later and later, never never."""
    now = ports.clock.now()
    wait = timedelta(seconds=source.every_seconds) * 2 ** min(source.failures, 10)
    wait = min(max(wait, retry_after_in or wait), _LONGEST_WAIT)
    extra = {"action": "source_failing", "source": source.id, "problem": problem}
    log.warning("source failing: %s", problem, extra=extra)
    try:
        async with ports.store.write() as tx:
            fresh = await tx.get(Source, source.id) or source
            failing = replace(
                fresh,
                state=SourceState.FAILING,
                problem=problem,
                problem_detail=detail,
                failures=fresh.failures + 1,
                polled_at=now,
                next_poll_at=now + wait,
            )
            await tx.save(failing)
    except Outage:
        log.exception("poll not kept", extra={"action": "poll_failed", "source": source.id})
        return Polled(source, problem=problem)
    return Polled(failing, problem=problem)


async def _register(tx: Transaction, source: Source, found: Found, now: datetime) -> bool:
    """Remember one match; say whether it is a new mention."""
    person = PractitionerId(found.match.key)
    identities = await tx.find(
        Identity, eq("practitioner_id", person), among("key", found.keys.all)
    )
    by_key = {identity.key: identity.mention_id for identity in identities}
    for key in found.keys.all:
        if key not in by_key:
            continue
        known = await tx.get(Mention, by_key[key])
        if known is None:
            continue
        matched = [other for other, mention in by_key.items() if mention == known.id]
        verdict = mentions.compare(found.entry, found.keys, known, matched, source.id)
        if verdict is Verdict.NEW:
            break
        await _update(tx, source, found, known, verdict, now)
        return False
    return await _add(tx, source, found, person, now)


async def _add(
    tx: Transaction, source: Source, found: Found, person: PractitionerId, now: datetime
) -> bool:
    entry, match = found.entry, found.match
    is_backlog = mentions.is_backlog(entry, source, now)
    mention = await tx.add(
        Mention(
            practice_id=source.practice_id,
            practitioner_id=person,
            source_id=source.id,
            url=urls.unwrap(entry.url),
            title=entry.title,
            text=entry.text,
            outlet=entry.outlet or urls.outlet(entry.url),
            fingerprint=found.keys.fingerprint,
            seen_at=now,
            published_at=entry.published_at,
            title_spans=match.title_spans,
            text_spans=match.text_spans,
            zone=match.zone,
            score=match.score,
            evidence=tuple((each.kind.value, each.words) for each in match.evidence),
            state=MentionState.BACKLOG if is_backlog else MentionState.NEW,
        )
    )
    if not await _know(tx, person, (found.keys.fingerprint,), mention.id):
        # The same words are known already under another key: it stays one mention.
        await tx.remove(mention)
        return False
    await _know(tx, person, found.keys.all, mention.id)
    return True


async def _update(
    tx: Transaction,
    source: Source,
    found: Found,
    known: Mention,
    verdict: Verdict,
    now: datetime,
) -> None:
    """A copy or a revision of a known mention."""
    entry = found.entry
    if verdict is Verdict.COPY:
        copy = Copy(known.id, source.id, urls.unwrap(entry.url), urls.outlet(entry.url), now)
        if await tx.add_new(copy) is not None:
            await tx.save(replace(known, copies=known.copies + 1))
            await fill_outbox.refresh(tx, Subject.MENTION, known.id)
    elif verdict is Verdict.REVISED:
        await tx.add(Revision(known.id, known.title, known.text, now))
        await tx.save(
            replace(
                known,
                title=entry.title,
                text=entry.text,
                title_spans=found.match.title_spans,
                text_spans=found.match.text_spans,
                fingerprint=found.keys.fingerprint,
                revised_at=now,
            )
        )
        await fill_outbox.refresh(tx, Subject.MENTION, known.id)
    await _know(tx, known.practitioner_id, found.keys.all, known.id)


async def _know(
    tx: Transaction, person: PractitionerId, keys: Sequence[str], mention: MentionId
) -> bool:
    """Note keys under which a mention is known; say whether all of them were free."""
    added = [await tx.add_new(Identity(person, key, mention)) for key in keys]
    return all(identity is not None for identity in added)


async def _look(ports: Ports, practice: PracticeId, url: str) -> tuple[Preview, SourceKind]:
    now = ports.clock.now()
    fetched = await ports.fetcher.fetch(url, now=now)
    kind = recognise(url, fetched.content_type, fetched.body[:4096])
    reading = await ports.readers[kind].read(Visit(url, now, fetched=fetched))
    document = reading.document
    if document is None:
        raise LookupError("a first visit knows no document")
    matcher = (await _people(ports, {practice}))[practice]
    found = _match(matcher, SourceId(0), document)
    preview = Preview(document.title, kind.value, document.entries, found, document.warning)
    return preview, kind


async def _people(ports: Ports, practices: set[PracticeId]) -> Mapping[PracticeId, Matcher]:
    """A matcher for the people of each practice."""
    async with ports.store.read() as tx:
        homes = await tx.find(Practice, among("id", practices))
        people = await tx.find(Practitioner, among("practice_id", practices))
    by_practice: dict[PracticeId, dict[int, Person]] = {home.id: {} for home in homes}
    names = {home.id: home.name for home in homes}
    for person in people:
        by_practice[person.practice_id][person.id] = Person(
            given=person.given,
            family=person.family,
            title=person.title,
            profession=person.profession,
            city=person.city,
            practice_name=names[person.practice_id],
            aliases=person.aliases,
            excluded_words=person.excluded_words,
        )
    return {
        practice: Matcher(persons, ports.watchwords) for practice, persons in by_practice.items()
    }
