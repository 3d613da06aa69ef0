"""What the core needs from the world, each as small as it can be, and the bundle of them all.

Every port has a working fake under the same contract tests: see ``tests/fakes.py`` and
``bot/adapters/store/memory.py``.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.core.addressees import Addressee
from bot.core.calendars import Calendar
from bot.core.catalogue import Catalogue
from bot.core.forms import Form, ShownForm
from bot.core.harm_law import HarmPack
from bot.core.harms import HarmReader
from bot.core.law import LawPack
from bot.core.letters import Document, Facts, LetterKind
from bot.core.messages import File, Message, Rendered
from bot.core.names import Watchwords
from bot.core.people import Channel, Platform
from bot.core.published import DateWords
from bot.core.recipients import Looked
from bot.core.replies import PublicationOutcome
from bot.core.secrecy import Guard
from bot.core.sites import SiteDirectory
from bot.core.sources import Answered, Fetched, FoundFeed, Reading, SourceKind, Visit
from bot.core.strategies import TopicWords

Value = TypeVar("Value")


class Clock(Protocol):
    """The only reader of the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Op(StrEnum):
    """How a field is compared."""

    EQ = "eq"
    NE = "ne"
    LE = "le"
    GT = "gt"
    IN = "in"
    IS_NULL = "is_null"
    HAS = "has"


@dataclass(frozen=True, slots=True)
class Where:
    """One condition on a field of a stored value; a null never satisfies LE, GT, NE or IN."""

    field: str
    op: Op
    value: object = None


def eq(field: str, value: object) -> Where:
    """``field`` is ``value``."""
    return Where(field, Op.EQ, value)


def ne(field: str, value: object) -> Where:
    """``field`` is something else."""
    return Where(field, Op.NE, value)


def le(field: str, value: object) -> Where:
    """``field`` is at most ``value``."""
    return Where(field, Op.LE, value)


def gt(field: str, value: object) -> Where:
    """``field`` is more than ``value``."""
    return Where(field, Op.GT, value)


def has(field: str, value: str) -> Where:
    """``value`` is somewhere in the text of ``field``."""
    return Where(field, Op.HAS, value)


def among(field: str, values: object) -> Where:
    """``field`` is one of ``values``."""
    return Where(field, Op.IN, values)


def null(field: str) -> Where:
    """``field`` holds nothing."""
    return Where(field, Op.IS_NULL)


class Taken(Exception):
    """A unique key is already in the database."""


class Transaction(Protocol):
    """Everything that is stored, as values of ``bot.core``; each has an ``id`` (0: not stored).

    Closed without an error it is kept whole; with one, nothing of it is.
    """

    async def get(self, kind: type[Value], identifier: int) -> Value | None:
        """The stored value of that id, or nothing."""
        ...

    async def add(self, value: Value) -> Value:
        """Store a new value and give it back with its id.

        Raises:
            Taken: one of its unique keys is stored already; nothing was written.
        """
        ...

    async def add_new(self, value: Value) -> Value | None:
        """Store a new value unless one of its unique keys is stored already."""
        ...

    async def save(self, value: Value) -> None:
        """Write a stored value again, whole."""
        ...

    async def add_all(self, values: Sequence[Value]) -> list[Value]:
        """Store many new values of one kind at once, and give them back with their ids.

        Raises:
            Taken: a unique key of one is stored already, or twice among them; none was written.
        """
        ...

    async def save_all(self, values: Sequence[Value], fields: Sequence[str] = ()) -> None:
        """Write many stored values of one kind again, whole or only some of their fields."""
        ...

    async def remove(self, value: object) -> None:
        """Forget a stored value."""
        ...

    async def find(
        self, kind: type[Value], *conditions: Where, order: str = "id", limit: int | None = None
    ) -> list[Value]:
        """The values that meet every condition, ordered by one field (``-field``: descending)."""
        ...

    async def count(self, kind: type, *conditions: Where) -> int:
        """How many values meet every condition."""
        ...


class Store(Protocol):
    """Where everything is kept."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A consistent view; writes are refused."""
        ...

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """The one writer: what is read in it cannot change before it is written.

        Raises:
            Outage: the database is locked, full or out of reach; nothing was written.
        """
        ...


class Fetcher(Protocol):
    """The only way out to the web."""

    async def fetch(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
    ) -> Fetched:
        """One document, or FetchFailed with the reason; through the general proxy when empty."""
        ...


class Api(Protocol):
    """The way out to an API: the same guard, any method, and every status an answer."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        json: object = None,
        form: Mapping[str, str] | None = None,
        now: datetime,
    ) -> Answered:
        """What was answered, redirects not followed; FetchFailed when nothing was."""
        ...


class Reader(Protocol):
    """Goes to see one kind of source, and makes entries of what it says."""

    async def read(self, visit: Visit) -> Reading:
        """What the source says that was not read before, or FetchFailed with the reason."""
        ...


class Publisher(Protocol):
    """Puts a reply under a review, where its platform lets the owner of the place answer."""

    async def publish(
        self, review: str, words: str, secret: str, now: datetime
    ) -> PublicationOutcome:
        """Put these words under a review, and say what came of it; never a failure.

        Doing it twice is doing it once; a reply that says something else is left alone.

        Args:
            review: the guid its source gives it.
            words: the reply.
            secret: what opens the source.
            now: the present moment.
        """
        ...


class Discoverer(Protocol):
    """Knows which feeds a page says it has."""

    def feeds_in(self, fetched: Fetched) -> tuple[FoundFeed, ...]:
        """Those of a page, comments last; none when it is no page, or says nothing of them."""
        ...


class NoticeReader(Protocol):
    """Goes from a page to what its site says of who is behind it."""

    async def look(self, url: str, now: datetime) -> Looked:
        """What was found, never a failure: why something could not be read is part of it."""
        ...


class Wording(Protocol):
    """Every French word."""

    def render(self, message: Message) -> Rendered:
        """A message in words."""
        ...

    def label(self, group: str, key: str) -> str:
        """The words for one key of ``labels.toml``."""
        ...

    def form(self, form: Form) -> ShownForm:
        """A form in words."""
        ...

    def key(self, group: str, label: str) -> str | None:
        """The key of a group whose words are ``label``, accents and case aside."""
        ...

    def reply(self, template: str, variant: int, values: Mapping[str, object]) -> str:
        """The text of a public reply; variants repeat after the last."""
        ...


class Letters(Protocol):
    """The text of every letter."""

    @property
    def grounds(self) -> Mapping[str, str]:
        """What each harm a ground is known for is called, by its code."""
        ...

    def addressee(self, kind: LetterKind) -> Addressee | None:
        """Who every letter of that kind goes to, when it is always the same."""
        ...

    def compose(self, kind: LetterKind, facts: Facts, *, is_draft: bool = False) -> Document:
        """The letter of that kind about these facts; a draft says what is missing in its place.

        Raises:
            Refusal: something is missing, too long, impossible, or unknown.
        """
        ...


class Printer(Protocol):
    """Makes a file of a letter; takes tens of milliseconds, so not on the loop."""

    suffix: str
    """Of the file's name, without the dot."""
    media_type: str

    def print(self, document: Document) -> bytes:
        """The file."""
        ...


class Chat(Protocol):
    """One platform, as a place to write to."""

    platform: Platform
    has_threads: bool
    """Whether messages of a channel may stand under another one."""

    def mark(self, channel: Channel) -> str:
        """Where the channel stands now; given back to ``recover`` after a crash."""
        ...

    def entry(self, code: str) -> str:
        """The address that opens the conversation with an invitation's code; empty if none can."""
        ...

    def remember(self, channel: Channel, reference: str) -> None:
        """Learn, at start, that this message of ours is there."""
        ...

    async def post(self, channel: Channel, message: Rendered, key: str, thread: str = "") -> str:
        """Show a new message, under another (``thread``) where that can be; gives its reference.

        A home page (``page_of``) is shown whole, in the place of what stood there.

        Raises:
            Undeliverable, ChannelMoved: nothing will ever arrive at this address.
            Outage: not now.
        """
        ...

    async def open_topic(self, channel: Channel, name: str) -> str:
        """Open a topic in a group that has them; gives its reference, empty when it cannot be.

        Raises:
            Outage: not now.
        """
        ...

    async def edit(self, channel: Channel, reference: str, message: Rendered) -> None:
        """Show a message anew where it stands; showing the same again is a success.

        Raises:
            MessageGone: it is not there any more.
            Undeliverable, ChannelMoved, Outage: as ``post``.
        """
        ...

    async def recover(
        self,
        channel: Channel,
        message: Rendered,
        key: str,
        mark: str,
        known: frozenset[str],
        thread: str = "",
    ) -> str | None:
        """The reference of a message that may have arrived before a crash, or nothing.

        Args:
            channel: where it was being sent.
            message: what it should show now.
            key: the key given to ``post``.
            mark: what ``mark`` said just before.
            known: references of our other messages there.
            thread: what it was to stand under.
        """
        ...

    async def send_file(self, channel: Channel, file: File, thread: str = "") -> str:
        """Give a file, after the words it goes with; gives its reference, empty where none is.

        Raises:
            Refusal: FILE_RIGHTS: we may not, until somebody gives us the right.
            ThreadGone: the thread is not there any more; nothing was sent.
            Undeliverable, ChannelMoved, Outage: as ``post``.
        """
        ...

    async def fetch_file(self, reference: str) -> bytes:
        """The bytes of a file somebody shows, by the chat's own reference.

        Raises:
            Refusal: FILE_GONE, FILE_TOO_LARGE, FILE_ELSEWHERE, FILE_RIGHTS.
            Outage: not now.
        """
        ...


class Calendars(Protocol):
    """Makes files of calendars, and knows where they are served."""

    def address(self, token: str) -> str:
        """Where the subscription of that token is read; empty when no server answers."""
        ...

    def write(self, calendar: Calendar) -> bytes:
        """The calendar as a file; the same calendar is the same bytes."""
        ...


class Archive(Protocol):
    """Where the bytes of pieces are kept, each under its own hash, never changed."""

    async def put(self, content: bytes) -> str:
        """Keep these bytes, once; gives their SHA-256 in hexadecimal.

        Raises:
            Altered: something else stands under their hash: the disk or a hand changed it.
            Outage: they could not be written.
        """
        ...

    async def get(self, digest: str) -> bytes:
        """The bytes of that hash.

        Raises:
            LookupError: they are not there.
            Altered: what is there has another hash.
            Outage: they could not be read.
        """
        ...


class Pacer(Protocol):
    """Whose turn it is to write, under one platform's limits."""

    async def turn(self, channel: Channel, *, urgent: bool = False) -> None:
        """Return when something may be written in that channel."""
        ...

    def slow_down(self, channel: Channel, seconds: float) -> None:
        """The platform asked to wait that long."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a use case may touch."""

    clock: Clock
    store: Store
    fetcher: Fetcher
    readers: Mapping[SourceKind, Reader]
    publishers: Mapping[SourceKind, Publisher]
    discoverer: Discoverer
    wording: Wording
    chats: Mapping[Platform, Chat]
    pacers: Mapping[Platform, Pacer]
    law: LawPack
    catalogue: Catalogue
    watchwords: Watchwords
    harms: HarmReader
    harm_pack: HarmPack
    dates: DateWords
    guard: Guard
    topics: TopicWords
    notices: NoticeReader
    directory: SiteDirectory
    archive: Archive
    calendars: Calendars
    letters: Letters
    printers: tuple[Printer, Printer]
    """The file that is sent, and the one that can be edited."""
