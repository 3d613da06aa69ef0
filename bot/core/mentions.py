"""Mentions: what makes two of them the same, and what becomes of one.

Identity has three layers, all stored (ADR 0005): the source's own guid, the canonical address and
a fingerprint of the words, whatever site they stand on. A mention is new when none of the three is
known for that practitioner; the database enforces it with a unique key on (practitioner, key).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NewType

from bot.core import text, urls
from bot.core.errors import Refusal, RefusalCode
from bot.core.harms import Alarm
from bot.core.names import Match, Zone
from bot.core.people import Member, MemberId, PracticeId, PractitionerId
from bot.core.sources import Entry, Memory, SourceKind, Visit

SourceId = NewType("SourceId", int)
MentionId = NewType("MentionId", int)

FRESH_FOR = timedelta(days=31)
"""On the first poll of a source, what is older than this is offered, not pushed."""
_FINGERPRINT_CHARACTERS = 300
_TOO_SHORT = 40
"""Folded characters under which words alone cannot tell two entries apart (a bare rating)."""
_TELLING_LINE = 12
"""Characters under which a line of a page is a label, not something said."""
_RENAMED_TOO_OFTEN = 3
CERTAINLY_GONE = timedelta(hours=6)
"""How long a mention must be missing from its source to be gone: pages have bad moments."""


class SourceState(StrEnum):
    """How a source is doing."""

    OK = "ok"
    SLOW = "slow"
    BLOCKED = "blocked"
    """The site refuses us."""
    BROKEN = "broken"
    SILENT = "silent"
    """It answers, and has had nothing new for much longer than it used to."""


class Layer(StrEnum):
    """A layer of identity."""

    GUID = "guid"
    URL = "url"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Source:
    """An address that is polled for a practice."""

    practice_id: PracticeId
    url: str
    kind: SourceKind
    every_seconds: int
    next_poll_at: datetime
    added_at: datetime
    title: str = ""
    state: SourceState = SourceState.OK
    state_since: datetime | None = None
    told: SourceState = SourceState.OK
    """The state the practice was told of last."""
    problem: str = ""
    """What went wrong with the last visit: a FetchProblem, or empty."""
    problem_detail: str = ""
    failures: int = 0
    """In a row; those of our own network do not count."""
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    seconds: float = 0.0
    """What an answer takes, smoothed."""
    items_weekly: float = 0.0
    days_weekly: float = 0.0
    """Days with something new in a week, at ``news_at``: see ``core/health.py``."""
    news_at: datetime | None = None
    newest_at: datetime | None = None
    """The youngest date any of its items ever carried."""
    rejected: int = 0
    """Namesakes set aside since it was added."""
    read_for: int = -1
    """The version of the people watched for whom it was read; for another it is read anew."""
    distrusts: tuple[Layer, ...] = ()
    """The layers of identity that say nothing here."""
    renamed: int = 0
    """How often it gave another guid and address to words it had given before."""
    moved_to: str = ""
    """Where the site says that it lives now; the address above stays its key."""
    about: PractitionerId | None = None
    """Whom everything there is about (their own page of reviews), named in it or not."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str = ""
    seen: bytes = b""
    cursor: str = ""
    secret: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    paused_at: datetime | None = None
    """Since when it is not read, because somebody wanted so."""
    is_removed: bool = False
    """No longer polled; kept because mentions came from it."""
    id: SourceId = SourceId(0)

    @property
    def memory(self) -> Memory:
        """What its reader left here to find again."""
        return Memory(self.etag, self.last_modified, self.body_hash, self.seen, self.cursor)

    def visit(self, now: datetime) -> Visit:
        """What its reader needs to go there."""
        return Visit(self.url, now, self.memory, self.secret, self.proxy)

    def seen_anew(self) -> "Source":
        """The source as it was before its first visit: somebody else is looked for in it."""
        return replace(self.remembering(Memory()), succeeded_at=None)

    def remembering(self, memory: Memory) -> "Source":
        """The source with what its reader wants to find again."""
        if memory == self.memory:
            return self
        return replace(
            self,
            etag=memory.etag,
            last_modified=memory.last_modified,
            body_hash=memory.body_hash,
            seen=memory.seen,
            cursor=memory.cursor,
        )


class MentionState(StrEnum):
    """Where a mention stands in the triage."""

    BACKLOG = "backlog"
    NEW = "new"
    LICIT = "licit"
    ILLICIT = "illicit"
    IGNORED = "ignored"
    NAMESAKE = "namesake"
    """About somebody else of that name."""
    LATER = "later"
    """Put off: it comes back by itself."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An entry that names a practitioner: the unit of the digest."""

    practice_id: PracticeId
    practitioner_id: PractitionerId
    source_id: SourceId
    url: str
    title: str
    text: str
    outlet: str
    fingerprint: str
    seen_at: datetime
    published_at: datetime | None = None
    told_on: date | None = None
    """Of one that bears no exact date: the day of the alert that found it, or the first day that
    what a person read on the site ("two months ago") can mean."""
    title_spans: tuple[tuple[int, int], ...] = ()
    text_spans: tuple[tuple[int, int], ...] = ()
    zone: Zone = Zone.SURE
    score: float = 0.0
    evidence: tuple[tuple[str, str], ...] = ()
    """(kind, words found) for and against, as the matcher gave them."""
    state: MentionState = MentionState.NEW
    decided_by: MemberId | None = None
    decided_at: datetime | None = None
    revised_at: datetime | None = None
    copies: int = 0
    author: str = ""
    rating: float | None = None
    """Of a review: stars, out of five."""
    reply: str = ""
    """Of a review: what its owner answered in public."""
    missed_at: datetime | None = None
    """When its source, read whole, was first seen without it."""
    gone_at: datetime | None = None
    """Since when it is known to have been taken away."""
    snoozed_until: datetime | None = None
    assignee_id: MemberId | None = None
    """The member in charge of it, if one is."""
    alarms: tuple[Alarm, ...] = ()
    is_urgent: bool = False
    """Whether it has alarms: what cannot wait for the morning."""
    escalated_at: datetime | None = None
    picture: str = ""
    """Of one added by hand: where its picture is, ``platform:picture/file`` in the chat's own
    references; the first part tells it from another picture."""
    folded: str = ""
    """Everything it can be found by, folded: see ``search.searchable``."""
    id: MentionId = MentionId(0)


@dataclass(frozen=True, slots=True)
class Identity:
    """One key by which a mention is known; unique for a practitioner."""

    practitioner_id: PractitionerId
    key: str
    mention_id: MentionId
    id: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """The same words found at another address."""

    mention_id: MentionId
    source_id: SourceId
    url: str
    outlet: str
    seen_at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """What a mention said before it was changed where it stands."""

    mention_id: MentionId
    title: str
    text: str
    replaced_at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class Taught:
    """A rule learnt from "it is me" or "it is not me": shown, kept here only, removable."""

    practitioner_id: PractitionerId
    mention_id: MentionId
    is_for: bool
    words: str
    host: str
    taught_at: datetime
    taught_by: MemberId
    id: int = 0


class TriageKind(StrEnum):
    """What happened to a mention."""

    CLASSIFIED = "classified"
    UNDONE = "undone"
    REVIEWED = "reviewed"
    RECOGNISED = "recognised"
    """Somebody said who it is about."""
    ADDED = "added"
    """By hand."""
    SNOOZED = "snoozed"
    WOKEN = "woken"
    ASSIGNED = "assigned"
    NOTED = "noted"
    REPLY_APPROVED = "reply_approved"
    """Detail: the rules of the guard that the approval overruled."""
    REPLY_DECLINED = "reply_declined"
    """Detail: why nothing is answered."""
    REPLY_PUBLISHED = "reply_published"
    """By a person, on the site; by us when a person confirmed it. Detail: where, then."""


@dataclass(frozen=True, slots=True)
class TriageEvent:
    """Who did what to a mention, and when; append only."""

    mention_id: MentionId
    at: datetime
    member_id: MemberId
    kind: TriageKind
    state: MentionState
    detail: str = ""
    """Until when, to whom."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """What a member wants the others to know of a mention."""

    mention_id: MentionId
    at: datetime
    member_id: MemberId
    words: str
    is_erased: bool = False
    """Its words told of a patient, and are gone."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A publication somebody would add by hand, as it was read: a mention once they say yes."""

    practice_id: PracticeId
    member_id: MemberId
    practitioner_id: PractitionerId
    made_at: datetime
    url: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    outlet: str = ""
    published_at: datetime | None = None
    picture: str = ""
    note: str = ""
    """What was said with the address, and is not what was published."""
    id: int = 0

    @property
    def entry(self) -> Entry:
        """What is to be followed; a picture is told from another by its own reference."""
        return Entry(
            guid=self.picture.partition("/")[0] or None,
            url=self.url,
            title=self.title,
            text=self.text,
            published_at=self.published_at,
            author=self.author or None,
            outlet=self.outlet or None,
        )


class RecallKind(StrEnum):
    """Why a mention is shown again."""

    WAKE = "wake"
    """It was put off until then."""
    ASSIGNED = "assigned"
    NUDGE = "nudge"
    """Its assignee did not touch it."""
    ESCALATED = "escalated"
    """It is urgent, and nobody did."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A mention to be shown again, from a moment on."""

    practice_id: PracticeId
    mention_id: MentionId
    kind: RecallKind
    due_at: datetime
    is_done: bool = False
    member_id: MemberId | None = None
    """For whom; everybody when empty."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one entry, for one source."""

    guid: str | None
    url: str | None
    fingerprint: str

    @property
    def all(self) -> tuple[str, ...]:
        """Every key, the surest first."""
        return tuple(key for key in (self.guid, self.url, self.fingerprint) if key)


def fingerprint(title: str, body: str, salt: str = "", *, is_review: bool = False) -> str:
    """What makes two texts the same wherever they stand: title and first 300 characters, folded.

    Words too short to tell two entries apart, and those of reviews (people say the same of the
    same practice), are salted with what does.
    """
    folded = f"{text.fold(title)}\n{text.fold(body[:_FINGERPRINT_CHARACTERS])}"
    if is_review or len(folded) < _TOO_SHORT:
        folded = f"{folded}\n{salt}"
    return hashlib.blake2b(folded.encode(), digest_size=16).hexdigest()


def keys_of(
    source: Source, entries: Sequence[Entry], places: Iterable[int] | None = None
) -> list[Keys]:
    """The keys of each entry of one document, or of those at some places in it.

    A guid or an address carried by several entries of the same document identifies none of them,
    so it is left out (feeds whose items all link to the home page lose nothing); nor does a layer
    the source is distrusted for.
    """
    guids = Counter(entry.guid for entry in entries)
    addresses = [urls.canonical(entry.url) if entry.url else "" for entry in entries]
    carried = Counter(addresses)
    trusts_guid, trusts_url = (layer not in source.distrusts for layer in (Layer.GUID, Layer.URL))
    found = []
    for place in range(len(entries)) if places is None else places:
        entry, address = entries[place], addresses[place]
        guid = entry.guid if trusts_guid and guids[entry.guid] == 1 else None
        alone = address if trusts_url and carried[address] == 1 else ""
        salt = f"{entry.guid or address} {entry.rating or ''}"
        found.append(
            Keys(
                guid=f"{Layer.GUID}:{source.id}:{guid}" if guid else None,
                url=f"{Layer.URL}:{alone}" if alone else None,
                fingerprint=f"{Layer.FINGERPRINT}:"
                + fingerprint(entry.title, entry.text, salt, is_review=entry.rating is not None),
            )
        )
    return found


def guid_in(key: str) -> tuple[SourceId, str] | None:
    """The source and the guid that a key is made of; nothing for the other layers."""
    layer, _, rest = key.partition(":")
    source, _, guid = rest.partition(":")
    return (SourceId(int(source)), guid) if layer == Layer.GUID and source.isdecimal() else None


def page_keys(entry: Entry) -> Keys:
    """The keys of a watched page.

    All it says makes its fingerprint, as a set of lines without their figures: what moves on a
    page every day (dates, counters, the order of a list) is no revision.
    """
    address = urls.canonical(entry.url)
    folded = (text.fold(line) for line in entry.text.split("\n"))
    bare = {" ".join(word for word in line.split() if word.isalpha()) for line in folded}
    said = "\n".join(sorted(line for line in bare if len(line) >= _TELLING_LINE))
    digest = hashlib.blake2b(f"{address}\n{said}".encode(), digest_size=16).hexdigest()
    return Keys(None, f"{Layer.URL}:{address}", f"{Layer.FINGERPRINT}:{digest}")


def about(entry: Entry, match: Match) -> tuple[Entry, Match]:
    """What a long page says about a person: the lines that name them and their neighbours.

    All of it when its title names them: then the page is theirs.
    """
    if match.title_spans or not match.text_spans:
        return entry, match
    kept: list[str] = []
    spans: list[text.Span] = []
    length = 0
    lines = entry.text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    named = {
        at
        for at, (start, end) in enumerate(pairwise(starts))
        if any(start <= a < end for a, _ in match.text_spans)
    }
    for place, line in enumerate(lines):
        if named.isdisjoint({place - 1, place, place + 1}):
            continue
        shift = length - starts[place]
        spans += [
            (a + shift, b + shift)
            for a, b in match.text_spans
            if starts[place] <= a and b <= starts[place] + len(line)
        ]
        kept.append(line)
        length += len(line) + 1
    return replace(entry, text="\n".join(kept)), replace(match, text_spans=tuple(spans))


def distrusted(source: Source, entries: Sequence[Entry], renamed: int) -> tuple[Layer, ...]:
    """The layers of identity this source is not to be believed for, from now on.

    Those carried by entries that say different things; and both, once it has given other guids
    and addresses to the same words again and again (Google News, at every fetch).
    """
    found = set(source.distrusts)
    if source.renamed + renamed >= _RENAMED_TOO_OFTEN:
        found |= {Layer.GUID, Layer.URL}
    if _carries_several((entry.guid, entry) for entry in entries):
        found.add(Layer.GUID)
    if _carries_several((entry.url, entry) for entry in entries):
        found.add(Layer.URL)
    return tuple(sorted(found))


def _carries_several(carried: Iterable[tuple[str | None, Entry]]) -> bool:
    """Whether two entries that say different things carry the same."""
    first: dict[str, Entry] = {}
    for value, entry in carried:
        other = first.setdefault(value, entry) if value else entry
        if other is not entry and (other.title, other.text) != (entry.title, entry.text):
            return True
    return False


class Verdict(StrEnum):
    """What an entry is, beside what is known."""

    NEW = "new"
    SAME = "same"
    RENAMED = "renamed"
    """The same, under a guid and an address its source had not given it before."""
    COPY = "copy"
    REVISED = "revised"


def compare(
    entry: Entry, keys: Keys, known: Mention, matched: Iterable[str], source: SourceId
) -> Verdict:
    """What ``entry`` is beside the mention known by the keys ``matched``.

    Args:
        entry: what was just read.
        keys: its keys.
        known: the mention at least one key led to.
        matched: the keys that led there.
        source: where it was just read.
    """
    by = set(matched)
    if keys.fingerprint == known.fingerprint:
        return _same_words(entry, keys, known, by, source)
    if keys.fingerprint in by:
        return Verdict.SAME  # words it carried before: an older revision seen again
    if known.source_id != source:
        return Verdict.SAME  # the same page told in other words: an alert's excerpt of an article
    if keys.guid is not None and keys.guid not in by:
        # The source gives it another guid at a known address: another item of the same page,
        # unless its title says it is the same one (guids that change at every fetch).
        same_title = text.fold(entry.title) == text.fold(known.title)
        return Verdict.REVISED if same_title else Verdict.NEW
    return Verdict.REVISED


def _same_words(
    entry: Entry, keys: Keys, known: Mention, by: set[str], source: SourceId
) -> Verdict:
    if keys.url is None or keys.url in by or keys.guid in by:
        return Verdict.SAME
    if known.source_id != source or outlet_of(entry) != known.outlet:
        return Verdict.COPY
    return Verdict.SAME if keys.guid is None else Verdict.RENAMED


def outlet_of(entry: Entry) -> str:
    """Where an entry was published, as it is shown."""
    return entry.outlet or urls.outlet(entry.url)


def may_be_copy(entry: Entry, known: Mention, source: Source) -> bool:
    """Whether words that are nearly those of ``known`` are a copy of it, and not another item.

    A review is never another's copy, and what one site publishes twice is two things to it,
    unless its guids and addresses mean nothing.
    """
    if entry.rating is not None or known.rating is not None:
        return False
    is_elsewhere = known.source_id != source.id or outlet_of(entry) != known.outlet
    return is_elsewhere or Layer.URL in source.distrusts


def is_backlog(entry: Entry, source: Source, now: datetime) -> bool:
    """Whether this entry of a source's first poll is old news, to be offered and not pushed."""
    if source.succeeded_at is not None:
        return False
    return entry.published_at is None or entry.published_at < now - FRESH_FOR


def classify(mention: Mention, state: MentionState, by: Member, now: datetime) -> Mention:
    """The mention once somebody decided.

    Raises:
        Refusal: ALREADY_DECIDED when somebody was faster.
    """
    _refuse_decided(mention)
    return replace(mention, state=state, decided_by=by.id, decided_at=now, snoozed_until=None)


def is_open(mention: Mention) -> bool:
    """Whether the mention still waits for a decision."""
    return mention.state in {MentionState.NEW, MentionState.BACKLOG, MentionState.LATER}


def snooze(mention: Mention, until: datetime) -> Mention:
    """The mention put off.

    Raises:
        Refusal: ALREADY_DECIDED.
    """
    _refuse_decided(mention)
    return replace(mention, state=MentionState.LATER, snoozed_until=until)


def wake(mention: Mention) -> Mention:
    """The mention back among what waits, if it was put off.

    Raises:
        Refusal: ALREADY_DECIDED.
    """
    _refuse_decided(mention)
    if mention.state is not MentionState.LATER:
        return mention
    return replace(mention, state=MentionState.NEW, snoozed_until=None)


def assign(mention: Mention, member: MemberId | None) -> Mention:
    """The mention in the charge of a member, or of nobody."""
    return replace(mention, assignee_id=member)


def is_due(recall: Recall, mention: Mention, now: datetime) -> bool:
    """Whether a recall is to be made: nothing happened meanwhile that makes it useless."""
    if recall.is_done or recall.due_at > now or not is_open(mention):
        return False
    is_put_off = mention.state is MentionState.LATER
    if recall.kind is RecallKind.WAKE:
        return is_put_off
    return not is_put_off and holds(recall, mention)


def holds(recall: Recall, mention: Mention) -> bool:
    """Whether what a recall says above a card is still so."""
    match recall.kind:
        case RecallKind.WAKE:
            return mention.state is MentionState.NEW
        case RecallKind.ASSIGNED:
            return mention.assignee_id == recall.member_id
        case RecallKind.NUDGE:
            return is_open(mention) and mention.assignee_id == recall.member_id
        case RecallKind.ESCALATED:
            return is_open(mention)


def _refuse_decided(mention: Mention) -> None:
    if not is_open(mention):
        raise Refusal(
            RefusalCode.ALREADY_DECIDED,
            state=mention.state,
            at=mention.decided_at,
            by=mention.decided_by,
        )


def recognise(mention: Mention) -> Mention:
    """The mention once somebody said that it is about them.

    Raises:
        Refusal: ALREADY_DECIDED when it was set aside meanwhile.
    """
    _refuse_decided(mention)
    return replace(mention, zone=Zone.SURE, state=MentionState.NEW, snoozed_until=None)


def review(mention: Mention) -> Mention:
    """An old mention brought into the triage."""
    return replace(mention, state=MentionState.NEW)


def undo(mention: Mention) -> Mention:
    """The mention as it was before the decision.

    Raises:
        Refusal: ALREADY_UNDONE when there is no decision to undo.
    """
    if is_open(mention):
        raise Refusal(RefusalCode.ALREADY_UNDONE)
    return replace(mention, state=MentionState.NEW, decided_by=None, decided_at=None)
