"""Sources by the dozen: lists in and out, and the searches worth following for somebody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core import urls
from bot.core.catalogue import Catalogue, Suggestion
from bot.core.errors import Refusal, RefusalCode
from bot.core.lists import (
    Flaw,
    Listed,
    ListProblem,
    SourceList,
    checked,
    flaw,
    to_give_away,
)
from bot.core.mentions import Source
from bot.core.people import Practice, Practitioner, called
from bot.core.sources import SourceKind, recognise
from bot.core.text import fold
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.set_up import practice_named
from bot.usecases.watch_sources import SHORTEST_INTERVAL

SPREAD_OVER = timedelta(hours=1)
"""New sources are first read within it, or within their interval when that is shorter."""
_IN_ONE_GO = 200
"""Sources stored in one transaction: nobody waits long for the one writer."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    added: int
    known: int
    """Watched already, or listed twice."""
    read_in: timedelta
    """When all that was added will have been read once."""
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """Sources for a list that leaves the house."""

    listed: tuple[Listed, ...]
    kept_back: int
    """Mailboxes and reviews, which are nothing without our own keys."""
    stripped: int
    """Addresses that lost a password or a key."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A search worth following, and whether it is followed already."""

    suggestion: Suggestion
    is_watched: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    home: Practice
    listed: Listed
    kind: SourceKind


_Known = dict[tuple[int, str], Source]


async def import_sources(
    ports: Ports, catalogue: Catalogue, asked: SourceList, practice: str | None, every: int
) -> Imported:
    """Watch every source of a list; none is read now, all are due soon, one after the other.

    Args:
        ports: the world.
        catalogue: leads from the address of a site to its feed.
        asked: the list.
        practice: who they are for; None: the practice each of them names as its category.
        every: seconds between two polls, for those that do not say.

    Raises:
        Refusal: PRACTICE_UNKNOWN, INTERVAL_TOO_SHORT.
    """
    if every < SHORTEST_INTERVAL:
        raise Refusal(RefusalCode.INTERVAL_TOO_SHORT, least=SHORTEST_INTERVAL)
    async with ports.store.read() as tx:
        homes = await _homes(tx, practice)
        known = await _known(tx, homes)
    only = homes[0] if practice is not None else None
    by_name = {fold(home.name): home for home in homes}
    wanted: list[_Wanted] = []
    flaws = list(asked.flaws)
    for listed in asked.kept:
        found = _wanted(catalogue, listed, only, by_name)
        if isinstance(found, Flaw):
            flaws.append(found)
        else:
            wanted.append(found)
    added = 0
    placed = [(each, at / len(wanted)) for at, each in enumerate(wanted)]
    for start in range(0, len(placed), _IN_ONE_GO):
        added += await _store(ports, placed[start : start + _IN_ONE_GO], known, every)
    return Imported(
        added=added,
        known=len(wanted) - added,
        read_in=_spread(every) if added > 1 else timedelta(0),
        flaws=tuple(sorted(flaws, key=lambda each: each.line)),
    )


async def export_sources(ports: Ports, practice: str | None) -> Exported:
    """The sources of one practice or of all, each in the category of its practice.

    Raises:
        Refusal: PRACTICE_UNKNOWN.
    """
    async with ports.store.read() as tx:
        watched = [
            (home, source)
            for home in await _homes(tx, practice)
            for source in await tx.find(
                Source, eq("practice_id", home.id), eq("is_removed", False)
            )
        ]
    given = [to_give_away(source, home.name) for home, source in watched]
    leaving = [each for each in given if each is not None]
    return Exported(
        listed=tuple(listed for listed, _ in leaving),
        kept_back=len(given) - len(leaving),
        stripped=sum(is_stripped for _, is_stripped in leaving),
    )


async def people_named(
    ports: Ports, name: str, practice: str | None
) -> list[tuple[Practice, Practitioner]]:
    """Whom a name may mean: those of that full name, else those of that family name.

    Raises:
        Refusal: PRACTICE_UNKNOWN.
    """
    async with ports.store.read() as tx:
        homes = {home.id: home for home in await _homes(tx, practice)}
        people = await tx.find(Practitioner, among("practice_id", list(homes)))
    return [(homes[person.practice_id], person) for person in called(people, name)]


async def suggest(
    ports: Ports, catalogue: Catalogue, home: Practice, person: Practitioner
) -> list[Suggested]:
    """The searches worth following for somebody, the most telling first."""
    async with ports.store.read() as tx:
        watched = await tx.find(Source, eq("practice_id", home.id), eq("is_removed", False))
    known = {urls.canonical(source.url) for source in watched}
    return [
        Suggested(each, urls.canonical(each.url) in known)
        for each in catalogue.suggestions(person, home.name)
    ]


def as_list(suggestions: Iterable[Suggestion], titles: Sequence[str]) -> SourceList:
    """Suggestions as a list to import."""
    pairs = zip(suggestions, titles, strict=True)
    return SourceList(tuple(Listed(each.url, title) for each, title in pairs))


async def _homes(tx: Transaction, practice: str | None) -> list[Practice]:
    if practice is None:
        return await tx.find(Practice, order="name")
    return [await practice_named(tx, practice)]


def _wanted(
    catalogue: Catalogue, asked: Listed, only: Practice | None, by_name: dict[str, Practice]
) -> _Wanted | Flaw:
    """What to watch for whom, or why not."""
    listed = checked(asked)
    if isinstance(listed, Flaw):
        return listed
    every = listed.every_seconds
    if every is not None and every < SHORTEST_INTERVAL:
        return flaw(ListProblem.INTERVAL_INVALID, listed.line, str(every))
    home = only or by_name.get(fold(listed.category))
    if home is None:
        missing = ListProblem.PRACTICE_UNKNOWN if listed.category else ListProblem.PRACTICE_MISSING
        return flaw(missing, listed.line, listed.category or listed.url)
    if listed.is_page:
        return _Wanted(home, listed, SourceKind.PAGE)
    hit = catalogue.feed_for(listed.url)
    listed = replace(listed, url=hit.url) if hit else listed
    return _Wanted(home, listed, recognise(listed.url, "", b""))


def _spread(every: int) -> timedelta:
    return min(timedelta(seconds=every), SPREAD_OVER)


async def _known(tx: Transaction, homes: Iterable[Practice]) -> _Known:
    """The sources there are, removed ones included, by practice and page."""
    return {
        (home.id, urls.canonical(source.url)): source
        for home in homes
        for source in await tx.find(Source, eq("practice_id", home.id))
    }


async def _store(
    ports: Ports, wanted: Sequence[tuple[_Wanted, float]], known: _Known, every: int
) -> int:
    """Store those that are not watched yet; says how many."""
    added = 0
    async with ports.store.write() as tx:
        now = ports.clock.now()
        for each, place in wanted:
            key = (each.home.id, urls.canonical(each.listed.url))
            before = known.get(key)
            if before is not None and not before.is_removed:
                continue
            seconds = each.listed.every_seconds or every
            source = Source(
                practice_id=each.home.id,
                url=each.listed.url,
                kind=each.kind,
                title=each.listed.title,
                every_seconds=seconds,
                next_poll_at=now + _spread(seconds) * place,
                added_at=now,
            )
            if before is not None:
                source = replace(source, id=before.id, url=before.url)
                await tx.save(source)
            elif await tx.add_new(source) is None:
                continue
            known[key] = source
            added += 1
    return added
