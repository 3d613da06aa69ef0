"""Working fakes of the ports: they do the job, in memory, and can be told to fail."""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from bot.core.errors import Altered, MessageGone, Outage, Refusal, RefusalCode
from bot.core.messages import File, Rendered, with_menu_in_rows
from bot.core.people import Channel, Platform
from bot.core.recipients import Looked
from bot.core.replies import PublicationOutcome
from bot.core.sources import (
    FeedDocument,
    Fetched,
    FetchFailed,
    FetchProblem,
    FoundFeed,
    Memory,
    Reading,
    SourceKind,
    Visit,
)
from bot.ports import Transaction


class Killed(BaseException):
    """The process ends here, as by a kill -9: nothing of ours may catch it."""


@dataclass
class Shown:
    """One message visible in a fake chat."""

    reference: str
    address: str
    message: Rendered
    edits: int = 0
    thread: str = ""
    """The message it stands under."""

    @property
    def words(self) -> str:
        return self.message.text.plain

    @property
    def labels(self) -> list[str]:
        return [button.text for row in self.message.rows for button in row]

    def button(self, label: str) -> str:
        """The data of the button whose words contain ``label``."""
        for row in self.message.rows:
            for button in row:
                if label in button.text:
                    assert button.without_dialog is not None
                    return button.without_dialog
        raise AssertionError(f"no button {label!r} among {self.labels}")


@dataclass
class FakeChat:
    """A chat in memory. ``faults`` are raised, one a call, before anything is done; with
    ``applied`` the call is done first and then raises, as a lost answer does."""

    platform: Platform = Platform.TELEGRAM
    has_threads: bool = False
    shown: list[Shown] = field(default_factory=list)
    faults: deque[tuple[BaseException, bool]] = field(default_factory=deque)
    keys: dict[str, str] = field(default_factory=dict)
    posts: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    """What people show, by reference."""
    fetched: list[str] = field(default_factory=list)
    given: list[tuple[str, File]] = field(default_factory=list)
    """The files given, and where."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def copy(self) -> "FakeChat":
        """Another one that shows the same, and has no fault to come."""
        shown = [replace(each) for each in self.shown]
        first = next(self._numbers)
        self._numbers = count(first)
        return replace(
            self,
            shown=shown,
            faults=deque(),
            keys=dict(self.keys),
            files=dict(self.files),
            fetched=list(self.fetched),
            given=list(self.given),
            _numbers=count(first),
        )

    def fail(self, error: BaseException, *, applied: bool = False) -> None:
        self.faults.append((error, applied))

    def mark(self, channel: Channel) -> str:
        return ""

    def entry(self, code: str) -> str:
        return f"https://t.me/vigie_bot?start={code}"

    def remember(self, channel: Channel, reference: str) -> None:
        return

    async def post(self, channel: Channel, message: Rendered, key: str, thread: str = "") -> str:
        error, applied = self.faults.popleft() if self.faults else (None, True)
        reference = str(next(self._numbers))
        if applied:
            self.posts += 1
            shown = Shown(reference, channel.address, with_menu_in_rows(message), thread=thread)
            self.shown.append(shown)
            self.keys[key] = reference
        if error is not None:
            raise error
        return reference

    async def open_topic(self, channel: Channel, name: str) -> str:
        return ""

    async def edit(self, channel: Channel, reference: str, message: Rendered) -> None:
        if self.faults:
            raise self.faults.popleft()[0]
        for each in self.shown:
            if each.reference == reference and each.address == channel.address:
                each.message = with_menu_in_rows(message)
                each.edits += 1
                return
        raise MessageGone(reference)

    async def send_file(self, channel: Channel, file: File, thread: str = "") -> str:
        if self.faults:
            raise self.faults.popleft()[0]
        self.given.append((channel.address, file))
        return str(next(self._numbers))

    async def fetch_file(self, reference: str) -> bytes:
        if self.faults:
            raise self.faults.popleft()[0]
        self.fetched.append(reference)
        if reference not in self.files:
            raise Refusal(RefusalCode.FILE_GONE)
        return self.files[reference]

    async def recover(
        self,
        channel: Channel,
        message: Rendered,
        key: str,
        mark: str,
        known: frozenset[str],
        thread: str = "",
    ) -> str | None:
        reference = self.keys.get(key)
        return None if reference in known else reference

    def saying(self, *words: str) -> Shown:
        """The last message that says all of these."""
        found = [each for each in self.shown if all(word in each.words for word in words)]
        assert found, words
        return found[-1]

    def containing(self, words: str, address: str | None = None) -> Shown:
        """The last message that says ``words``."""
        for each in reversed(self.shown):
            if words in each.words and address in {None, each.address}:
                return each
        said = "\n---\n".join(self.transcript())
        raise AssertionError(f"nothing says {words!r} among:\n{said}")

    def transcript(self) -> list[str]:
        return [each.words for each in self.shown]


class FreePacer:
    """Everybody's turn, always."""

    def __init__(self) -> None:
        self.slowed: list[tuple[str, float]] = []

    async def turn(self, channel: Channel, *, urgent: bool = False) -> None:
        return

    def slow_down(self, channel: Channel, seconds: float) -> None:
        self.slowed.append((channel.address, seconds))


@dataclass
class FakeWeb:
    """The web and its readers in one: documents by address, or why there is none."""

    documents: dict[str, FeedDocument | FetchFailed | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    """What is fetched at an address, when its look matters."""
    feeds: dict[str, list[str]] = field(default_factory=dict)
    """The feeds a page says it has."""
    looks: dict[str, Looked] = field(default_factory=dict)
    """What the site of a page says of itself."""

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
    ) -> Fetched:
        self.asked.append(url)
        found = self.documents.get(url, FetchFailed(FetchProblem.UNREACHABLE, url))
        if isinstance(found, Exception):
            raise found
        body = self.bodies.get(url, repr(found).encode())
        return Fetched(url=url, final_url=url, status=200, body=body, fetched_at=now)

    async def read(self, visit: Visit) -> Reading:
        fetched = visit.fetched or await self.fetch(visit.url, now=visit.now)
        found = self.documents[visit.url]
        assert isinstance(found, FeedDocument)
        memory = Memory(body_hash=hashlib.blake2b(fetched.body, digest_size=16).hexdigest())
        is_same = memory == visit.memory
        return Reading(None if is_same else found, memory)

    async def look(self, url: str, now: datetime) -> Looked:
        self.asked.append(url)
        return self.looks.get(url, Looked())

    def feeds_in(self, fetched: Fetched) -> tuple[FoundFeed, ...]:
        return tuple(FoundFeed(url, "") for url in self.feeds.get(fetched.url, ()))

    @property
    def readers(self) -> Mapping[SourceKind, "FakeWeb"]:
        return dict.fromkeys(SourceKind, self)


@dataclass
class FakeArchive:
    """An archive in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)

    async def put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self.kept.setdefault(digest, content)
        await self.get(digest)
        return digest

    async def get(self, digest: str) -> bytes:
        content = self.kept[digest]
        if hashlib.sha256(content).hexdigest() != digest:
            raise Altered(digest)
        return content


@dataclass
class SlowDoor:
    """What holds a call back: it says that somebody is there, and waits to be opened."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class FakePlatform:
    """A platform whose reviews may be answered: the reply of each review by its guid."""

    replies: dict[str, str] = field(default_factory=dict)
    outcomes: deque[PublicationOutcome] = field(default_factory=deque)
    """What the next tries come to, instead of what they would."""
    puts: int = 0
    doors: deque[SlowDoor] = field(default_factory=deque)
    """What the next tries wait for, before anything is done."""

    async def publish(
        self, review: str, words: str, secret: str, now: datetime
    ) -> PublicationOutcome:
        if self.doors:
            door = self.doors.popleft()
            door.reached.set()
            await door.opened.wait()
        if not secret:
            return PublicationOutcome.CONSENT
        told = self.outcomes.popleft() if self.outcomes else None
        if told not in {None, PublicationOutcome.PENDING, PublicationOutcome.UNKNOWN}:
            return told or PublicationOutcome.UNKNOWN
        there = self.replies.get(review)
        if there is not None and there != words:
            return PublicationOutcome.ANSWERED
        if there is None:
            self.puts += 1
            self.replies[review] = words
        return told or PublicationOutcome.PUBLISHED


class BrokenStore:
    """A store whose disk is full."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        raise Outage("database or disk is full")
        yield  # a generator, that never gets here

    write = read
