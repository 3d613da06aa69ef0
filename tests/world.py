"""A whole Vigie over fakes, with a clock moved by hand."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from bot.adapters.calendar_file import CalendarFiles
from bot.adapters.catalogue import load_catalogue
from bot.adapters.clock import MovableClock
from bot.adapters.lawbook import (
    load_date_words,
    load_directory,
    load_guard,
    load_harm_pack,
    load_harms,
    load_law,
    load_topic_words,
    load_watchwords,
)
from bot.adapters.letters import LetterWriter
from bot.adapters.store.memory import InMemoryStore
from bot.adapters.typesetter import Typesetter
from bot.adapters.word_writer import WordWriter
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.core.errors import ChannelProblem, Invalid
from bot.core.forms import Form, FormName
from bot.core.mentions import Source, SourceId
from bot.core.messages import Manner, Message, Rendered
from bot.core.people import (
    Actor,
    Channel,
    Platform,
    Practice,
    PracticeId,
    Practitioner,
    Role,
)
from bot.core.sources import Entry, FeedDocument, FetchFailed, FetchProblem, SourceKind
from bot.ports import Ports, Store, Where
from bot.usecases import (
    follow_mentions,
    poll_sources,
    send_digest,
    send_reminders,
    set_up,
    watch_sources,
)
from bot.usecases.deliver_outbox import Deliverer
from handlers.dispatch import Desk
from handlers.routes import Answer
from tests.fakes import FakeArchive, FakeChat, FakePlatform, FakeWeb, FreePacer, Shown

Value = TypeVar("Value")
MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
"""Monday 23 November 2026, noon in Paris."""
FEED = "https://presse.example/rss"
WORDING = JinjaWording()
LAW = load_law(TEMPLATES)
CATALOGUE = load_catalogue(TEMPLATES)
HARMS = load_harms(TEMPLATES)
HARM_PACK = load_harm_pack(TEMPLATES)
DATES = load_date_words(TEMPLATES)
GUARD = load_guard(TEMPLATES)
TOPICS = load_topic_words(TEMPLATES)
DIRECTORY = load_directory(TEMPLATES)
WATCHWORDS = load_watchwords(TEMPLATES)
LETTERS = LetterWriter(WORDING)
PRINTERS = (Typesetter(), WordWriter())

CLAIRE = Practitioner(
    practice_id=PracticeId(0),
    given="Claire",
    family="Lefèvre",
    title="Dr",
    profession="chirurgienne-dentiste",
    city="Lille",
)


def an_entry(number: int = 1, **changes: object) -> Entry:
    """An entry that names Claire Lefèvre, published yesterday."""
    entry = Entry(
        guid=f"guid-{number}",
        url=f"https://presse.example/articles/{number}",
        title=f"Article {number} : le Dr Claire Lefèvre à Lille",
        text=f"Histoire numéro {number}. Claire Lefèvre, dentiste à Lille, y est citée.",
        published_at=MONDAY_NOON - timedelta(days=1),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]  # a test names its fields


def a_feed(*entries: Entry, title: str = "La Voix de Lille") -> FeedDocument:
    return FeedDocument(title=title, entries=entries, kind=SourceKind.FEED)


def a_source(**changes: object) -> Source:
    """A source of no practice in particular."""
    source = Source(
        practice_id=PracticeId(0),
        url=FEED,
        kind=SourceKind.FEED,
        every_seconds=900,
        next_poll_at=MONDAY_NOON,
        added_at=MONDAY_NOON,
        id=SourceId(1),
    )
    return replace(source, **changes)  # type: ignore[arg-type]  # a test names its fields


@dataclass
class World:
    """One practice, its people, and everything around it."""

    store: Store
    clock: MovableClock
    chat: FakeChat
    web: FakeWeb
    ports: Ports
    deliverer: Deliverer
    desk: Desk
    alarms: list[tuple[Channel, ChannelProblem]]
    platform: FakePlatform
    practice: Practice = field(default_factory=lambda: Practice(name="Cabinet des Tilleuls"))
    looked_at: datetime | None = None
    """When it was last ticked."""
    owner: Actor = field(default_factory=lambda: actor("1", "Claire"))

    async def settle(self) -> None:
        await self.deliverer.deliver()

    async def watch(self, *entries: Entry, url: str = FEED) -> Source:
        """Have a source watched, and what it says."""
        self.says(*entries, url=url)
        source, _ = await watch_sources.add_source(self.ports, self.practice.name, url, 900)
        return source

    async def watch_page(self, url: str) -> Source:
        """Have a page watched for itself."""
        asked = watch_sources.Asked(is_page=True)
        source, _ = await watch_sources.add_source(self.ports, self.practice.name, url, 900, asked)
        return source

    def says(self, *entries: Entry, url: str = FEED) -> None:
        self.web.documents[url] = a_feed(*entries)

    def fails(self, problem: FetchProblem = FetchProblem.TIMEOUT, url: str = FEED) -> None:
        self.web.documents[url] = FetchFailed(problem, url)

    async def poll(self) -> list[poll_sources.Polled]:
        due = await poll_sources.due_sources(self.ports, self.practice.id)
        return await poll_sources.poll(self.ports, due)

    async def tick(self) -> None:
        """What the scheduler asks at every tick, once."""
        await poll_sources.poll(self.ports, await poll_sources.due_sources(self.ports))
        await send_digest.make_due(self.ports)
        await send_digest.make_flashes(self.ports)
        since, self.looked_at = self.looked_at or self.clock.now(), self.clock.now()
        await send_reminders.turn_days(self.ports, since)
        await send_reminders.send_due(self.ports)
        await follow_mentions.recall_due(self.ports)
        await self.settle()

    async def morning(self, days: int = 1) -> None:
        """Go to the next digest hour, ``days`` mornings later, and tick."""
        local = self.clock.now().date() + timedelta(days=days)
        self.clock.move_to(datetime.combine(local, time(6, 31), tzinfo=UTC))
        await self.tick()

    async def live_until(self, moment: datetime, every: timedelta = timedelta(hours=6)) -> None:
        """Tick regularly until ``moment``."""
        while self.clock.now() < moment:
            self.clock.move_to(min(moment, self.clock.now() + every))
            await self.tick()

    async def press(self, shown: Shown, label: str, by: Actor | None = None) -> str:
        """Press a button and let every copy follow; gives the answer's words."""
        if not any(label in each for each in shown.labels) and "⋯ Plus" in shown.labels:
            await self.press(shown, "⋯ Plus", by)
        by = replace(by or self.owner, message=shown.reference)
        return await self.give(by, [await self.desk.press(by, shown.button(label))])

    async def ask(self, word: str, argument: str = "", by: Actor | None = None) -> str:
        by = by or self.owner
        return await self.give(by, await self.desk.command(by, word, argument))

    async def say(self, words: str, by: Actor | None = None) -> str:
        """Type something; gives the answer's words."""
        by = by or self.owner
        return await self.give(by, await self.desk.say(by, words))

    async def fill(
        self, form: FormName, target: int, by: Actor | None = None, /, **answers: str
    ) -> Message | Invalid:
        """Send a form filled whole, as a modal does."""
        result = await self.desk.submit(by or self.owner, (form, target), answers)
        await self.settle()
        return result

    async def give(self, by: Actor, answers: Sequence[Answer]) -> str:
        """Show the answers as a chat without modals does, and let every copy follow."""
        messages = [
            await self.desk.begin(by, each) if isinstance(each, Form) else each for each in answers
        ]
        place = Channel(PracticeId(0), by.platform, by.address, by.is_private)
        for message in messages:
            if message.manner is Manner.REPLACE and by.message:
                await self.chat.edit(place, by.message, self.render(message))
            elif message.rows or message.manner is Manner.REPLY:
                await self.chat.post(place, self.render(message), "")
            for file in message.files:
                await self.chat.send_file(place, file, by.thread)
        await self.settle()
        return "\n".join(map(self.words, messages))

    async def invite(self, by: Actor, role: Role = Role.PARTNER) -> str:
        """Invite somebody and have them come in."""
        code = await set_up.invite(self.ports, self.practice.name, role)
        answers = await self.desk.command(by, "start", code)
        await self.settle()  # the welcome itself is not kept: tests look at what comes after
        return "\n".join(map(self.words, answers))

    def words(self, message: Answer) -> str:
        assert isinstance(message, Message)
        return self.render(message).text.plain

    def render(self, message: Message) -> Rendered:
        return WORDING.render(message)

    async def stored(self, kind: type[Value], *wheres: Where) -> list[Value]:
        """All that is stored of a kind, in the order it came."""
        async with self.store.read() as tx:
            return await tx.find(kind, *wheres)

    async def the(self, kind: type[Value], *wheres: Where) -> Value:
        """The only one there is."""
        (found,) = await self.stored(kind, *wheres)
        return found

    def sees(self, words: str) -> None:
        """Fail unless some message says ``words``."""
        self.chat.containing(words)

    def card(self, words: str = "Article 1") -> Shown:
        return self.chat.containing(words)


def actor(identifier: str, name: str, address: str = "", *, is_private: bool = True) -> Actor:
    return Actor(Platform.TELEGRAM, identifier, name, address or identifier, is_private)


@asynccontextmanager
async def a_world(
    store: Store | None = None,
    *,
    now: datetime = MONDAY_NOON,
    people: Iterable[Practitioner] = (CLAIRE,),
    **practice: object,
) -> AsyncIterator[World]:
    """A practice with its people and one member, who speaks from a private conversation."""
    async with _running(store or InMemoryStore(), MovableClock(now), _Around()) as world:
        wanted = replace(world.practice, **practice)  # type: ignore[arg-type]  # idem
        world.practice = await set_up.add_practice(world.ports, wanted)
        for person in people:
            await set_up.add_practitioner(world.ports, world.practice.name, person)
        await world.invite(world.owner, Role.HOLDER)
        yield world


@asynccontextmanager
async def again(kept: World) -> AsyncIterator[World]:
    """The same world after a restart of Vigie, by itself from now on: ``kept`` stays as it is."""
    assert isinstance(kept.store, InMemoryStore)
    assert isinstance(kept.ports.archive, FakeArchive)
    web, platform, archive = deepcopy((kept.web, kept.platform, kept.ports.archive))
    around = _Around(kept.chat.copy(), web, platform, archive)
    clock = MovableClock(kept.clock.now())
    async with _running(kept.store.copy(), clock, around) as world:
        world.practice, world.owner = kept.practice, kept.owner
        yield world


@dataclass(frozen=True, slots=True)
class _Around:
    """What Vigie deals with."""

    chat: FakeChat = field(default_factory=FakeChat)
    web: FakeWeb = field(default_factory=FakeWeb)
    platform: FakePlatform = field(default_factory=FakePlatform)
    archive: FakeArchive = field(default_factory=FakeArchive)


@asynccontextmanager
async def _running(store: Store, clock: MovableClock, around: _Around) -> AsyncIterator[World]:
    """Vigie over this store, with nobody in it that the store does not hold."""
    chat, web, platform = around.chat, around.web, around.platform
    alarms: list[tuple[Channel, ChannelProblem]] = []
    ports = Ports(
        clock=clock,
        store=store,
        fetcher=web,
        readers=web.readers,
        publishers={SourceKind.BUSINESS_PROFILE: platform},
        discoverer=web,
        wording=WORDING,
        chats={Platform.TELEGRAM: chat},
        pacers={Platform.TELEGRAM: FreePacer()},
        law=LAW,
        catalogue=CATALOGUE,
        watchwords=WATCHWORDS,
        harms=HARMS,
        harm_pack=HARM_PACK,
        dates=DATES,
        guard=GUARD,
        topics=TOPICS,
        notices=web,
        directory=DIRECTORY,
        archive=around.archive,
        calendars=CalendarFiles("https://vigie.example"),
        letters=LETTERS,
        printers=PRINTERS,
    )
    deliverer = Deliverer(ports, lambda channel, problem: alarms.append((channel, problem)))
    desk = Desk(ports, deliverer.start, {Platform.TELEGRAM: frozenset({"99"})})
    world = World(store, clock, chat, web, ports, deliverer, desk, alarms, platform)
    try:
        yield world
    finally:
        await deliverer.stop()
