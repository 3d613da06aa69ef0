"""Mentions: what makes two of them the same, and what becomes of one.

Identity has three layers, all stored (ADR 0005): the source's own guid, the canonical address and
a fingerprint of the words, whatever site they stand on. A mention is new when none of the three is
known for that practitioner; the database enforces it with a unique key on (practitioner, key).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.core import text, urls
from bot.core.errors import Refusal, RefusalCode
from bot.core.names import Zone
from bot.core.people import Member, MemberId, PracticeId, PractitionerId
from bot.core.sources import Entry, Memory, SourceKind, Visit

SourceId = NewType("SourceId", int)
MentionId = NewType("MentionId", int)

FRESH_FOR = timedelta(days=31)
"""On the first poll of a source, what is older than this is offered, not pushed."""
_FINGERPRINT_CHARACTERS = 300
_TOO_SHORT = 40
"""Folded characters under which words alone cannot tell two entries apart (a bare rating)."""


class SourceState(StrEnum):
    """How a source is doing."""

    OK = "ok"
    FAILING = "failing"


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
    problem: str = ""
    """A FetchProblem, or empty."""
    problem_detail: str = ""
    failures: int = 0
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    about: PractitionerId | None = None
    """Whom everything there is about (their own page of reviews), named in it or not."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str = ""
    seen: bytes = b""
    cursor: str = ""
    secret: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
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

    def remembering(self, memory: Memory) -> "Source":
        """The source with what its reader wants to find again."""
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
    id: MentionId = MentionId(0)


class Layer(StrEnum):
    """A layer of identity."""

    GUID = "guid"
    URL = "url"
    FINGERPRINT = "fingerprint"


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


class TriageKind(StrEnum):
    """What happened to a mention."""

    CLASSIFIED = "classified"
    UNDONE = "undone"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class TriageEvent:
    """Who did what to a mention, and when; append only."""

    mention_id: MentionId
    at: datetime
    member_id: MemberId
    kind: TriageKind
    state: MentionState
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


def fingerprint(title: str, body: str, salt: str = "") -> str:
    """What makes two texts the same wherever they stand: title and first 300 characters, folded.

    Words too short to tell two entries apart are salted with what does.
    """
    folded = f"{text.fold(title)}\n{text.fold(body[:_FINGERPRINT_CHARACTERS])}"
    if len(folded) < _TOO_SHORT:
        folded = f"{folded}\n{salt}"
    return hashlib.blake2b(folded.encode(), digest_size=16).hexdigest()


def keys_of(source_id: SourceId, entries: Sequence[Entry]) -> list[Keys]:
    """The keys of each entry of one document.

    A guid or an address carried by several entries of the same document identifies none of them,
    so it is left out (feeds whose items all link to the home page lose nothing).
    """
    guids = Counter(entry.guid for entry in entries if entry.guid)
    addresses = Counter(urls.canonical(entry.url) for entry in entries if entry.url)
    found = []
    for entry in entries:
        address = urls.canonical(entry.url) if entry.url else ""
        guid = entry.guid if entry.guid and guids[entry.guid] == 1 else None
        alone = address if address and addresses[address] == 1 else None
        found.append(
            Keys(
                guid=f"{Layer.GUID}:{source_id}:{guid}" if guid else None,
                url=f"{Layer.URL}:{alone}" if alone else None,
                fingerprint=f"{Layer.FINGERPRINT}:"
                + fingerprint(entry.title, entry.text, entry.guid or address),
            )
        )
    return found


class Verdict(StrEnum):
    """What an entry is, beside what is known."""

    NEW = "new"
    SAME = "same"
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
    same_words = keys.fingerprint == known.fingerprint
    if same_words:
        here = keys.url is None or keys.url in by or keys.guid in by
        return Verdict.SAME if here else Verdict.COPY
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
    if mention.state not in {MentionState.NEW, MentionState.BACKLOG}:
        raise Refusal(
            RefusalCode.ALREADY_DECIDED,
            state=mention.state,
            at=mention.decided_at,
            by=mention.decided_by,
        )
    return replace(mention, state=state, decided_by=by.id, decided_at=now)


def review(mention: Mention) -> Mention:
    """An old mention brought into the triage."""
    return replace(mention, state=MentionState.NEW)


def undo(mention: Mention) -> Mention:
    """The mention as it was before the decision.

    Raises:
        Refusal: ALREADY_UNDONE when there is no decision to undo.
    """
    if mention.state in {MentionState.NEW, MentionState.BACKLOG}:
        raise Refusal(RefusalCode.ALREADY_UNDONE)
    return replace(mention, state=MentionState.NEW, decided_by=None, decided_at=None)
