"""Watching: addresses are added by pasting them, after a look at what each would bring."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Source, SourceId
from bot.core.names import Matcher
from bot.core.people import Practice
from bot.core.sources import Entry, FeedDocument, SourceKind, Visit, kind_of_address, recognise
from bot.ports import Ports, Taken, eq
from bot.usecases.match_entries import people_of, see
from bot.usecases.register_mentions import Found
from bot.usecases.set_up import practice_named

SHORTEST_INTERVAL = 60


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would bring."""

    title: str
    kind: str
    entries: tuple[Entry, ...]
    found: tuple[Found, ...]
    rejected: int
    warning: str | None


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
    preview, kind = await _look(ports, home, url)
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
    preview, _ = await _look(ports, home, url)
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


async def _look(ports: Ports, home: Practice, url: str) -> tuple[Preview, SourceKind]:
    """Go there once, and see what it brings."""
    kind, document = await _read(ports, url, ports.clock.now())
    async with ports.store.read() as tx:
        people = (await people_of(tx, [home]))[home.id]
    unseen = Source(
        practice_id=home.id,
        url=url,
        kind=kind,
        every_seconds=SHORTEST_INTERVAL,
        next_poll_at=ports.clock.now(),
        added_at=ports.clock.now(),
        id=SourceId(0),
    )
    seen = see(Matcher(people, ports.watchwords), unseen, document)
    told = (document.title, kind.value, document.entries)
    return Preview(*told, seen.found, seen.rejected, document.warning), kind


async def _read(ports: Ports, url: str, now: datetime) -> tuple[SourceKind, FeedDocument]:
    kind = kind_of_address(url)
    visit = Visit(url, now)
    if kind is None:
        fetched = await ports.fetcher.fetch(url, now=now)
        kind = recognise(url, fetched.content_type, fetched.body[:4096])
        visit = replace(visit, fetched=fetched)
    reading = await ports.readers[kind].read(visit)
    if reading.document is None:
        raise LookupError("a first visit knows no document")
    return kind, reading.document
