"""Watching: addresses are added by pasting them, after a look at what each would bring."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Source
from bot.core.names import Matcher
from bot.core.people import Practice, Practitioner, PractitionerId, called
from bot.core.places import place_of
from bot.core.sources import (
    HEAD_BYTES,
    Entry,
    FeedDocument,
    Fetched,
    FetchFailed,
    SourceKind,
    is_alerts_address,
    kind_of_address,
    recognise,
)
from bot.ports import Ports, Taken, Transaction, eq
from bot.usecases.match_entries import people_of, see
from bot.usecases.register_mentions import Found
from bot.usecases.set_up import practice_named
from bot.usecases.set_up import watched as everybody_watched

SHORTEST_INTERVAL = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody says of an address beside the address itself."""

    about: str = ""
    """The name of whom everything there is about."""
    secret: str = field(default="", repr=False)
    """The password or token that opens it."""
    proxy: str = field(default="", repr=False)
    is_page: bool = False
    """Watch the page itself, even if its site has a feed."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would bring."""

    url: str
    """The one that will be visited: a site's feed, rather than the site."""
    pasted: str
    title: str
    kind: str
    entries: tuple[Entry, ...]
    found: tuple[Found, ...]
    rejected: int
    warning: str | None


async def add_source(
    ports: Ports, practice: str, url: str, every: int, asked: Asked | None = None
) -> tuple[Source, Preview]:
    """Read an address once, and watch it from now on.

    Raises:
        Refusal: PRACTICE_UNKNOWN, SOURCE_KNOWN, INTERVAL_TOO_SHORT, PERSON_UNKNOWN, ABOUT_WHOM.
        FetchFailed: it cannot be read; nothing is stored.
    """
    asked = asked or Asked()
    if every < SHORTEST_INTERVAL:
        raise Refusal(RefusalCode.INTERVAL_TOO_SHORT, least=SHORTEST_INTERVAL)
    async with ports.store.read() as tx:
        home = await practice_named(tx, practice)
    return await _add(ports, home, url, every, asked)


async def propose(
    ports: Ports, home: Practice, url: str, every: int, asked: Asked
) -> tuple[Source, Preview]:
    """Read an address once and keep it aside: it is watched once somebody says so.

    Raises:
        Refusal, FetchFailed: as ``add_source``.
    """
    return await _add(ports, home, url, every, asked, is_proposed=True)


async def _add(
    ports: Ports, home: Practice, url: str, every: int, asked: Asked, *, is_proposed: bool = False
) -> tuple[Source, Preview]:
    async with ports.store.read() as tx:
        await _refuse_known(tx, home, url, asked)
    seen = await _look(ports, home, url, asked)
    source = replace(seen.source, every_seconds=every, is_removed=is_proposed)
    async with ports.store.write() as tx:
        known = await _refuse_known(tx, home, source.url, asked)
        if known is not None and not known.is_removed:
            # Another password, or a consent given anew: it is read with it from now on.
            opened = replace(known, secret=asked.secret, next_poll_at=source.next_poll_at)
            await tx.save(opened)
            return opened, seen.preview
        if known is not None:
            source = replace(source, id=known.id)
            await tx.save(source)
            return source, seen.preview
        try:
            return await tx.add(source), seen.preview
        except Taken:
            raise Refusal(RefusalCode.SOURCE_KNOWN, url=source.url) from None


async def try_source(ports: Ports, practice: str, url: str, asked: Asked | None = None) -> Preview:
    """What an address would bring, without keeping anything.

    Raises:
        Refusal: PRACTICE_UNKNOWN, PERSON_UNKNOWN, ABOUT_WHOM.
        FetchFailed: it cannot be read.
    """
    async with ports.store.read() as tx:
        home = await practice_named(tx, practice)
    return (await _look(ports, home, url, asked or Asked())).preview


async def visit(ports: Ports, home: Practice, source: Source) -> Preview:
    """What a watched address says right now, read as a first time; nothing is kept.

    Raises:
        FetchFailed: it cannot be read.
    """
    async with ports.store.read() as tx:
        people = (await people_of(tx, [home]))[home.id]
    fresh = replace(source.seen_anew(), added_at=ports.clock.now())
    return (await _seen(ports, fresh, Matcher(people, ports.watchwords), source.url)).preview


async def _refuse_known(tx: Transaction, home: Practice, url: str, asked: Asked) -> Source | None:
    """The source of that address, removed or opened anew; a refusal if it is only watched."""
    found = await tx.find(Source, eq("practice_id", home.id), eq("url", url))
    if found and not found[0].is_removed and not asked.secret:
        raise Refusal(RefusalCode.SOURCE_KNOWN, url=url)
    return found[0] if found else None


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


@dataclass(frozen=True, slots=True)
class _Look:
    """One visit to an address that may become a source."""

    source: Source
    preview: Preview
    fetched: Fetched | None


async def _look(ports: Ports, home: Practice, url: str, asked: Asked) -> _Look:
    """Go there once, and see what it brings; nothing is stored."""
    async with ports.store.read() as tx:
        people = (await people_of(tx, [home]))[home.id]
        watched = await everybody_watched(tx, home.id)
    matcher = Matcher(people, ports.watchwords)
    now = ports.clock.now()
    tried: list[Source] = []
    for address in _addresses(ports, url):
        source = Source(
            practice_id=home.id,
            url=address,
            kind=kind_of_address(address) or SourceKind.FEED,
            every_seconds=SHORTEST_INTERVAL,
            next_poll_at=now,
            added_at=now,
            secret=asked.secret,
            proxy=asked.proxy,
        )
        tried.append(replace(source, about=_about(watched, source, asked)))
    for source in tried[:-1]:  # guesses: what does not answer as a feed was none
        try:
            seen = await _seen(ports, source, matcher, url)
        except FetchFailed:
            continue
        if seen.source.kind is not SourceKind.PAGE:
            return seen
    seen = await _seen(ports, tried[-1], matcher, url)
    if seen.source.kind is SourceKind.PAGE and not seen.preview.found and not asked.is_page:
        return await _feed_of(ports, seen, matcher, url) or seen
    return seen


async def _feed_of(ports: Ports, page: _Look, matcher: Matcher, url: str) -> _Look | None:
    """The feed of a page that names nobody watched: what somebody pasted is the site's address."""
    for feed in ports.discoverer.feeds_in(page.fetched) if page.fetched else ():
        try:
            seen = await _seen(ports, replace(page.source, url=feed.url), matcher, url)
        except FetchFailed:
            continue
        if seen.source.kind is not SourceKind.PAGE:
            return seen
    return None


def _addresses(ports: Ports, url: str) -> list[str]:
    """Where to look for what somebody pasted: the surest guess last, that must be right."""
    pasted = place_of(url)
    if pasted is not None and pasted.place_id:
        return [f"place:{pasted.place_id}"]
    hit = ports.catalogue.feed_for(url)
    if hit is None:
        return [url]
    return [hit.url, url] if hit.is_guess else [hit.url]


def _about(people: Sequence[Practitioner], source: Source, asked: Asked) -> PractitionerId | None:
    """Whom everything there is about: whom they said, or the only one it can be."""
    known = [person.name for person in people]
    if asked.about:
        found = called(people, asked.about)
        if not found:
            raise Refusal(RefusalCode.PERSON_UNKNOWN, name=asked.about, known=known)
        if len(found) > 1:
            raise Refusal(RefusalCode.ABOUT_WHOM, known=[person.name for person in found])
        return found[0].id
    if source.kind not in {SourceKind.GOOGLE_PLACE, SourceKind.BUSINESS_PROFILE}:
        return None
    if len(people) != 1:
        raise Refusal(RefusalCode.ABOUT_WHOM, known=known)
    return people[0].id


async def _seen(ports: Ports, source: Source, matcher: Matcher, pasted: str) -> _Look:
    """One visit, and whom it names."""
    visit = source.visit(source.added_at)
    if kind_of_address(source.url) is None and not is_alerts_address(source.url):
        fetched = await ports.fetcher.fetch(source.url, now=source.added_at, proxy=source.proxy)
        kind = recognise(source.url, fetched.content_type, fetched.body[:HEAD_BYTES])
        source = replace(source, kind=kind)
        visit = replace(visit, fetched=fetched)
    elif is_alerts_address(source.url):
        source = replace(source, kind=SourceKind.GOOGLE_ALERTS)
    reading = await ports.readers[source.kind].read(visit)
    if reading.document is None:
        raise LookupError("a first visit knows no document")
    found = replace(source, title=reading.document.title)
    return _Look(found, _preview(matcher, found, reading.document, pasted), visit.fetched)


def _preview(matcher: Matcher, source: Source, document: FeedDocument, pasted: str) -> Preview:
    seen = see(matcher, source, document)
    return Preview(
        url=source.url,
        pasted=pasted,
        title=document.title,
        kind=source.kind.value,
        entries=document.entries,
        found=seen.found,
        rejected=seen.rejected,
        warning=document.warning,
    )
