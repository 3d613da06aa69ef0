"""Matching: whom a document names, for the practice that watches it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core import health, mentions, urls
from bot.core.mentions import Source, Taught
from bot.core.names import Evidence, EvidenceKind, Lesson, Match, Matcher, Person, Zone
from bot.core.people import Practice, PracticeId, Practitioner
from bot.core.sources import Entry, FeedDocument, SourceKind
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.register_mentions import Found

_OFF_THE_LOOP = 20_000
"""Characters from which matching leaves the event loop free."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What matching made of a document."""

    found: tuple[Found, ...] = ()
    rejected: int = 0
    entries: int = 0


class Watched:
    """Whom each practice watches, ready to be found; kept in step with the store."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._matchers: dict[PracticeId, Matcher] = {}
        self._versions: dict[PracticeId, int] = {}
        self._people: dict[PracticeId, dict[int, Person]] = {}
        self._busy = asyncio.Lock()
        """Held while a thread matches: one at a time, and nobody is added meanwhile."""

    def version(self, practice: PracticeId) -> int:
        """Of the people a practice watches, as they are known here."""
        return self._versions[practice]

    async def refresh(self, practices: Iterable[PracticeId]) -> None:
        """Learn what changed."""
        async with self._ports.store.read() as tx:
            homes = await tx.find(Practice, among("id", set(practices)))
            stale = [home for home in homes if self._versions.get(home.id) != home.people_version]
            if not stale:
                return
            people = await people_of(tx, stale)
        async with self._busy:
            for home in stale:
                self._learn(home, people[home.id])

    def _learn(self, home: Practice, people: dict[int, Person]) -> None:
        matcher = self._matchers.setdefault(home.id, Matcher({}, self._ports.watchwords))
        before = self._people.get(home.id, {})
        for key in before.keys() - people.keys():
            matcher.remove(key)
        for key, person in people.items():
            if before.get(key) != person:
                matcher.add(key, person)
        self._people[home.id] = people
        self._versions[home.id] = home.people_version

    async def see(self, source: Source, document: FeedDocument | None) -> Seen:
        """Whom a document names; a long one is read off the event loop."""
        if document is None:
            return Seen()
        matcher = self._matchers[source.practice_id]
        size = sum(len(entry.title) + len(entry.text) for entry in document.entries)
        if size < _OFF_THE_LOOP:
            return see(matcher, source, document)
        async with self._busy:
            return await asyncio.to_thread(see, matcher, source, document)


async def people_of(
    tx: Transaction, homes: Sequence[Practice]
) -> dict[PracticeId, dict[int, Person]]:
    """Whom each of these practices watches, as the matcher wants them."""
    watched: dict[PracticeId, list[Practitioner]] = {home.id: [] for home in homes}
    for each in await tx.find(
        Practitioner, among("practice_id", list(watched)), eq("is_removed", False)
    ):
        watched[each.practice_id].append(each)
    ids = [each.id for people in watched.values() for each in people]
    lessons: dict[int, list[Lesson]] = defaultdict(list)
    for taught in await tx.find(Taught, among("practitioner_id", ids)):
        lesson = Lesson(taught.words, taught.is_for, taught.host)
        lessons[taught.practitioner_id].append(lesson)
    return {
        home.id: {
            each.id: _person(home, each, watched[home.id], tuple(lessons[each.id]))
            for each in watched[home.id]
        }
        for home in homes
    }


def _person(
    home: Practice,
    each: Practitioner,
    watched: Sequence[Practitioner],
    lessons: tuple[Lesson, ...],
) -> Person:
    others = [other for other in watched if other.id != each.id]
    return Person(
        given=each.given,
        family=each.family,
        title=each.title,
        profession=each.profession,
        city=each.city,
        practice_name=home.name,
        aliases=each.aliases,
        excluded_words=each.excluded_words,
        unwanted=each.unwanted,
        colleagues=tuple(f"{other.given} {other.family}" for other in others[:_COLLEAGUES]),
        lessons=lessons,
        # One of them is enough to be told of what names the practice alone.
        answers_for_practice=each is watched[0],
    )


_COLLEAGUES = 30


def see(matcher: Matcher, source: Source, document: FeedDocument) -> Seen:
    """Whom a document names, and how many namesakes were set aside."""
    pairs: list[tuple[int, Match]] = []
    rejected = 0
    for place, entry in enumerate(document.entries):
        matches = matcher.match(entry.title, entry.text, urls.unwrap(entry.url))
        pairs += [(place, match) for match in matches if match.zone is not Zone.REJECTED]
        if health.is_news(source, entry):
            rejected += sum(match.zone is Zone.REJECTED for match in matches)
        if source.about is not None and all(match.key != source.about for match in matches):
            pairs.append((place, _own(source.about, document)))
    if not pairs:
        return Seen((), rejected, len(document.entries))
    if document.kind is SourceKind.PAGE:
        found = tuple(_on_page(document.entries[place], match) for place, match in pairs)
    else:
        keys = mentions.keys_of(source, document.entries)
        found = tuple(Found(document.entries[place], keys[place], match) for place, match in pairs)
    return Seen(found, rejected, len(document.entries))


def _on_page(page: Entry, match: Match) -> Found:
    entry, match = mentions.about(page, match)
    return Found(entry, mentions.page_keys(entry), match)


def _own(person: int, document: FeedDocument) -> Match:
    """What stands on somebody's own page of reviews is about them, named or not."""
    evidence = Evidence(EvidenceKind.OWN_PAGE, document.title, 100)
    return Match(person, Zone.SURE, 1.0, (evidence,))
