"""Remembering what was found: each mention once, whatever is found again, moved, copied or edited.

Many matches at a time: what is known of them all is read once, compared in memory, and written in
one go. Everything happens in the transaction of the one writer, so what was read still holds.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.core import mentions, urls
from bot.core.copies import Window
from bot.core.harms import HarmReader
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
    Verdict,
)
from bot.core.names import Match
from bot.core.people import Practitioner, PractitionerId
from bot.core.search import searchable
from bot.core.sources import Entry, SourceKind
from bot.ports import Transaction, among, eq, gt, le, null
from bot.usecases import fill_outbox

REMEMBERED_FOR = timedelta(days=30)
"""How old a mention may be for other words to be taken for a copy of it."""
_READ_AGAIN = timedelta(days=7)
"""When a window is read anew, to let go of what is too old."""
_ALERTS = frozenset({SourceKind.GOOGLE_ALERTS, SourceKind.MAILBOX})
"""What tells when it found something, not when that was published."""
_WINDOWS = 2_000
"""People whose recent mentions are held ready."""


@dataclass(frozen=True, slots=True)
class Found:
    """A match of one entry for one person."""

    entry: Entry
    keys: Keys
    match: Match


@dataclass(slots=True)
class Counts:
    """What came of the matches of one source."""

    new: int = 0
    renamed: int = 0
    touched: set[MentionId] = field(default_factory=set)
    """Every mention its entries stand for."""
    back: set[MentionId] = field(default_factory=set)
    """Those that were gone and are there again, or were seen at one more address."""


class Windows:
    """The recent mentions of the people something was said about lately, ready to compare with."""

    def __init__(self) -> None:
        self._windows: OrderedDict[PractitionerId, tuple[datetime, Window]] = OrderedDict()

    async def of(self, tx: Transaction, person: PractitionerId, now: datetime) -> Window:
        """The window of one person, read from the store the first time, and now and then."""
        if person in self._windows:
            read_at, window = self._windows[person]
            if now - read_at < _READ_AGAIN:
                self._windows.move_to_end(person)
                return window
        watched = await tx.get(Practitioner, person)
        window = Window(_name_words(watched))
        for each in await tx.find(
            Mention, eq("practitioner_id", person), gt("seen_at", now - REMEMBERED_FOR)
        ):
            window.add(each.id, each.title, each.text)
        self._windows[person] = (now, window)
        while len(self._windows) > _WINDOWS:
            self._windows.popitem(last=False)
        return window

    def forget(self) -> None:
        """Read everything again: what was added here may not have been kept."""
        self._windows.clear()


def _name_words(person: Practitioner | None) -> tuple[str, ...]:
    if person is None:
        return ()
    return (person.given, person.family, person.title, *person.aliases)


@dataclass(slots=True)
class _Slot:
    """A mention being worked on, stored already or about to be."""

    mention: Mention
    is_changed: bool = False
    is_news: bool = False
    """Something to be seen has changed."""
    is_back: bool = False
    """It was gone and is there again, or is at one more address."""
    copies: dict[str, Copy] = field(default_factory=dict)
    """New ones, by address."""
    revisions: list[Revision] = field(default_factory=list)

    def becomes(self, mention: Mention, *, is_news: bool = True) -> None:
        """Change what will be stored."""
        self.mention = mention
        self.is_changed = True
        self.is_news = self.is_news or is_news


class Register:
    """One transaction's worth of matches: read, compare, write."""

    def __init__(
        self, tx: Transaction, windows: Windows, harms: HarmReader, now: datetime
    ) -> None:
        self._tx = tx
        self._harms = harms
        self._windows = windows
        self._now = now
        self._known: dict[tuple[PractitionerId, str], _Slot] = {}
        self._slots: dict[MentionId, _Slot] = {}
        self._copied: dict[MentionId, set[str]] = {}
        self._new: list[_Slot] = []
        self._identities: list[tuple[PractitionerId, str, _Slot]] = []
        self._counts: dict[SourceId, Counts] = {}
        self._touched: list[tuple[SourceId, _Slot]] = []

    async def note(self, found: Sequence[tuple[Source, Found]]) -> Mapping[SourceId, Counts]:
        """Remember these matches, each for its source; say what came of them.

        Called once; what it wrote is kept or undone with the transaction.
        """
        if not found:
            return self._counts
        await self._recall(found)
        for source, each in found:
            await self._settle(source, each)
        await self._write()
        for source_id, slot in self._touched:
            self._counts[source_id].touched.add(slot.mention.id)
            if slot.is_back:
                self._counts[source_id].back.add(slot.mention.id)
        return self._counts

    async def _recall(self, found: Sequence[tuple[Source, Found]]) -> None:
        """Everything that is known under any of the keys."""
        people = {each.match.key for _, each in found}
        keys = {key for _, each in found for key in each.keys.all}
        identities = await self._tx.find(
            Identity, among("practitioner_id", people), among("key", keys)
        )
        ids = {identity.mention_id for identity in identities}
        for mention in await self._tx.find(Mention, among("id", ids)):
            self._slots[mention.id] = _Slot(mention)
        for identity in identities:
            if identity.mention_id in self._slots:
                slot = self._slots[identity.mention_id]
                self._known[identity.practitioner_id, identity.key] = slot

    async def _settle(self, source: Source, found: Found) -> None:
        counts = self._counts.setdefault(source.id, Counts())
        person = PractitionerId(found.match.key)
        slot, verdict = self._verdict(source, found, person)
        if slot is None or verdict is Verdict.NEW:
            slot, verdict = await self._nearly(source, found, person)
        if slot is None:
            slot = await self._add(source, found, person)
            counts.new += 1
        elif verdict is Verdict.COPY:
            await self._copy(slot, source, found.entry)
        elif verdict is Verdict.REVISED:
            await self._revise(slot, found)
        elif verdict is Verdict.RENAMED:
            counts.renamed += 1
        self._follow(slot, source, found.entry)
        self._touched.append((source.id, slot))
        if verdict is not Verdict.RENAMED:
            self._learn(person, found.keys.all, slot)

    def _verdict(
        self, source: Source, found: Found, person: PractitionerId
    ) -> tuple[_Slot | None, Verdict]:
        """What the surest of its keys that is known says of an entry."""
        keys = found.keys.all
        slots = {key: slot for key in keys if (slot := self._known.get((person, key)))}
        for slot in slots.values():
            matched = [key for key, other in slots.items() if other is slot]
            verdict = mentions.compare(found.entry, found.keys, slot.mention, matched, source.id)
            return slot, verdict
        return None, Verdict.NEW

    async def _nearly(
        self, source: Source, found: Found, person: PractitionerId
    ) -> tuple[_Slot | None, Verdict]:
        """The recent mention these words are a copy of, or the new words of."""
        entry = found.entry
        if entry.rating is not None or self._is_known(person, found.keys.fingerprint):
            return None, Verdict.NEW
        window = await self._windows.of(self._tx, person, self._now)
        near = window.nearest(entry.title, entry.text)
        if near is None:
            return None, Verdict.NEW
        slot = await self._slot(MentionId(near))
        if slot is None or not mentions.may_be_copy(entry, slot.mention, source):
            return None, Verdict.NEW
        same_place = slot.mention.source_id == source.id and (
            slot.mention.outlet == mentions.outlet_of(entry)
        )
        return slot, Verdict.REVISED if same_place else Verdict.COPY

    def _is_known(self, person: PractitionerId, key: str) -> bool:
        return (person, key) in self._known

    async def _slot(self, identifier: MentionId) -> _Slot | None:
        if identifier not in self._slots:
            mention = await self._tx.get(Mention, identifier)
            if mention is None:
                return None
            self._slots[identifier] = _Slot(mention)
        return self._slots[identifier]

    async def _add(self, source: Source, found: Found, person: PractitionerId) -> _Slot:
        slot = _Slot(self._alarming(_mention(source, found, person, self._now)))
        # Until it is stored it goes by a number no stored mention has.
        self._new.append(slot)
        self._slots[_waiting(self._new)] = slot
        window = await self._windows.of(self._tx, person, self._now)
        window.add(_waiting(self._new), slot.mention.title, slot.mention.text)
        return slot

    async def _copy(self, slot: _Slot, source: Source, entry: Entry) -> None:
        url = urls.unwrap(entry.url)
        if not slot.mention.id:
            known: set[str] = set()
        else:
            if slot.mention.id not in self._copied:
                stored = await self._tx.find(Copy, eq("mention_id", slot.mention.id))
                self._copied[slot.mention.id] = {copy.url for copy in stored}
            known = self._copied[slot.mention.id]
        if url in known or url in slot.copies or url == slot.mention.url:
            return
        outlet = mentions.outlet_of(entry)
        slot.is_back = bool(slot.mention.id)
        slot.copies[url] = Copy(slot.mention.id, source.id, url, outlet, self._now)
        slot.becomes(replace(slot.mention, copies=slot.mention.copies + 1))

    async def _revise(self, slot: _Slot, found: Found) -> None:
        known, entry, match = slot.mention, found.entry, found.match
        slot.revisions.append(Revision(known.id, known.title, known.text, self._now))
        revised = replace(
            known,
            title=entry.title,
            text=entry.text,
            title_spans=match.title_spans,
            text_spans=match.text_spans,
            evidence=_evidence(match),
            rating=entry.rating,
            fingerprint=found.keys.fingerprint,
            revised_at=self._now,
        )
        slot.becomes(self._alarming(replace(revised, folded=searchable(revised))))

    def _alarming(self, mention: Mention) -> Mention:
        """The mention with what in it cannot wait."""
        alarms = self._harms.alarms(mention.title, mention.text)
        if alarms == mention.alarms:
            return mention
        return replace(mention, alarms=alarms, is_urgent=bool(alarms))

    def _follow(self, slot: _Slot, source: Source, entry: Entry) -> None:
        """Take over what may change under the same words, and note that it is still there."""
        known = slot.mention
        if known.source_id != source.id:
            return
        if known.missed_at or known.gone_at:
            was_gone = known.gone_at is not None
            slot.becomes(replace(known, missed_at=None, gone_at=None), is_news=was_gone)
            slot.is_back = slot.is_back or was_gone
        if entry.reply != known.reply:
            slot.becomes(replace(slot.mention, reply=entry.reply))

    def _learn(self, person: PractitionerId, keys: Iterable[str], slot: _Slot) -> None:
        for key in keys:
            if (person, key) not in self._known:
                self._known[person, key] = slot
                self._identities.append((person, key, slot))

    async def _write(self) -> None:
        """Everything that was decided, in as few statements as there are kinds."""
        changed = [slot for slot in self._slots.values() if slot.is_changed and slot.mention.id]
        await self._tx.save_all([slot.mention for slot in changed])
        added = await self._tx.add_all([slot.mention for slot in self._new])
        for place, (slot, stored) in enumerate(zip(self._new, added, strict=True), start=1):
            slot.mention = stored
            window = await self._windows.of(self._tx, stored.practitioner_id, self._now)
            window.discard(-place)
            window.add(stored.id, stored.title, stored.text)
        await self._tx.add_all(
            [Identity(person, key, slot.mention.id) for person, key, slot in self._identities]
        )
        worked = [*changed, *self._new]
        await self._tx.add_all(
            [
                replace(copy, mention_id=slot.mention.id)
                for slot in worked
                for copy in slot.copies.values()
            ]
        )
        await self._tx.add_all(
            [
                replace(revision, mention_id=slot.mention.id)
                for slot in worked
                for revision in slot.revisions
            ]
        )
        seen = [slot.mention.id for slot in changed if slot.is_news]
        if seen:
            await fill_outbox.refresh_mention(self._tx, *seen)


def _waiting(new: Sequence[_Slot]) -> MentionId:
    return MentionId(-len(new))


def _no_later_than(source: Source, entry: Entry) -> date | None:
    """The day it was there by, where that is all its date tells.

    An alert bears the day it was found, a feed sometimes only that of the last change: what it
    tells of may be much older, and so may what the law counts from it.
    """
    is_latest = entry.is_latest or source.kind in _ALERTS
    return entry.published_at.date() if is_latest and entry.published_at else None


def _mention(source: Source, found: Found, person: PractitionerId, now: datetime) -> Mention:
    entry, match = found.entry, found.match
    is_backlog = mentions.is_backlog(entry, source, now)
    new = Mention(
        practice_id=source.practice_id,
        practitioner_id=person,
        source_id=source.id,
        url=urls.unwrap(entry.url),
        title=entry.title,
        text=entry.text,
        outlet=mentions.outlet_of(entry),
        fingerprint=found.keys.fingerprint,
        seen_at=now,
        published_at=entry.published_at,
        told_on=_no_later_than(source, entry),
        title_spans=match.title_spans,
        text_spans=match.text_spans,
        zone=match.zone,
        score=match.score,
        evidence=_evidence(match),
        state=MentionState.BACKLOG if is_backlog else MentionState.NEW,
        author=entry.author or "",
        rating=entry.rating,
        reply=entry.reply,
    )
    return replace(new, folded=searchable(new))


def _evidence(match: Match) -> tuple[tuple[str, str], ...]:
    return tuple((each.kind.value, each.words) for each in match.evidence)


async def miss(tx: Transaction, source: Source, present: set[MentionId], now: datetime) -> None:
    """Note which mentions a source that was read whole does not carry any more.

    Gone is told only when they are missing again, hours later: pages have bad moments.
    """
    for mention in await tx.find(Mention, eq("source_id", source.id), null("gone_at")):
        if mention.id in present:
            continue
        if mention.missed_at is None:
            await tx.save(replace(mention, missed_at=now))
        elif now - mention.missed_at >= mentions.CERTAINLY_GONE:
            await tx.save(replace(mention, gone_at=now))
            await fill_outbox.refresh_mention(tx, mention.id)


async def miss_again(tx: Transaction, source: Source, now: datetime) -> None:
    """Note that what was missing from a source still is, since it has not changed."""
    long_ago = now - mentions.CERTAINLY_GONE
    for mention in await tx.find(
        Mention, eq("source_id", source.id), null("gone_at"), le("missed_at", long_ago)
    ):
        await tx.save(replace(mention, gone_at=now))
        await fill_outbox.refresh_mention(tx, mention.id)
