"""The composition root: settings -> adapters -> ports -> handlers and jobs, in order, and back."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import SecretStr

from bot.adapters import pace
from bot.adapters.archive import FileArchive
from bot.adapters.business_profile import BusinessProfileReader
from bot.adapters.business_replies import BusinessProfilePublisher
from bot.adapters.calendar_file import CalendarFiles
from bot.adapters.catalogue import load_catalogue
from bot.adapters.clock import SystemClock
from bot.adapters.feeds import FeedReader
from bot.adapters.fetch import AiohttpFetcher
from bot.adapters.google_oauth import GoogleOAuth, OAuthClient
from bot.adapters.http import listening
from bot.adapters.lawbook import (
    load_date_words,
    load_directory,
    load_guard,
    load_harm_pack,
    load_harms,
    load_law,
    load_notice_words,
    load_topic_words,
    load_watchwords,
)
from bot.adapters.letters import LetterWriter
from bot.adapters.logs import start_logging
from bot.adapters.mailbox import MailboxReader
from bot.adapters.notices import NoticeFinder
from bot.adapters.pace import IntervalPacer
from bot.adapters.pages import PageReader
from bot.adapters.places import PlacesReader
from bot.adapters.robots import PageFetcher
from bot.adapters.schedule import Job, Ticker
from bot.adapters.store.sql import SqlStore
from bot.adapters.typesetter import Typesetter
from bot.adapters.word_writer import WordWriter
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.config import Settings
from bot.core.errors import ChannelProblem, TokenRefused, UsedElsewhere
from bot.core.people import Channel, Platform
from bot.core.sources import SourceKind
from bot.ports import Chat, Clock, Pacer, Ports, Reader
from bot.usecases import follow_mentions, send_digest, send_reminders
from bot.usecases.deliver_outbox import Deliverer
from bot.usecases.poll_sources import Poller
from handlers.calendars import CalendarRoutes
from handlers.dispatch import Desk
from handlers.doors import Door, Health

log = logging.getLogger(__name__)

_RETRY_FROM, _RETRY_TO = 2.0, 60.0
_TOKEN_RETRY = 3600.0
"""Seconds before a refused token is tried again, when another chat keeps us busy meanwhile."""
_LIMITS = {
    Platform.TELEGRAM: pace.TELEGRAM,
    Platform.SLACK: pace.SLACK,
    Platform.TERMINAL: pace.NONE,
}


class AlreadyRunningError(Exception):
    """Another Vigie works on the same data folder."""


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """What connecting an account of Google Business Profile takes."""

    oauth: GoogleOAuth
    profiles: BusinessProfileReader


@dataclass(frozen=True, slots=True)
class House:
    """Everything open and wired, before anybody listens."""

    settings: Settings
    ports: Ports
    wording: JinjaWording
    google: GoogleAccount

    def deliverer(self) -> Deliverer:
        """What empties the outbox."""
        return Deliverer(self.ports, _alarm)


@asynccontextmanager
async def open_house(
    settings: Settings, *, clock: Clock | None = None, chats: dict[Platform, Chat] | None = None
) -> AsyncIterator[House]:
    """The ports over real adapters; the chats are those given, none by default.

    Raises:
        Outage: the database is out of reach or of a newer version.
        OSError: the data folder cannot be made.
    """
    clock = clock or SystemClock()
    chats = chats or {}
    wording = JinjaWording()
    make_folder(settings.data_dir)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(SqlStore.open(settings.database, now=clock.now()))
        fetcher = await stack.enter_async_context(
            AiohttpFetcher(
                allow_nets=settings.fetch_allow_nets,
                contact=settings.fetch_contact,
                proxy=_revealed(settings.fetch_proxy),
            )
        )
        pacers: dict[Platform, Pacer] = {
            platform: IntervalPacer(_LIMITS[platform]) for platform in Platform
        }
        client = OAuthClient(settings.google_client_id, _revealed(settings.google_client_secret))
        oauth = GoogleOAuth(fetcher, client)
        google = GoogleAccount(oauth, BusinessProfileReader(oauth))
        yield House(
            settings,
            Ports(
                clock=clock,
                store=store,
                fetcher=fetcher,
                readers=_readers(settings, fetcher, google.profiles),
                publishers={SourceKind.BUSINESS_PROFILE: BusinessProfilePublisher(oauth)},
                discoverer=PageReader(PageFetcher(fetcher)),
                wording=wording,
                chats=chats,
                pacers=pacers,
                law=load_law(TEMPLATES),
                catalogue=load_catalogue(TEMPLATES),
                watchwords=load_watchwords(TEMPLATES),
                harms=load_harms(TEMPLATES),
                harm_pack=load_harm_pack(TEMPLATES),
                dates=load_date_words(TEMPLATES),
                guard=load_guard(TEMPLATES),
                topics=load_topic_words(TEMPLATES),
                notices=NoticeFinder(PageFetcher(fetcher), load_notice_words(TEMPLATES)),
                directory=load_directory(TEMPLATES),
                archive=FileArchive(settings.data_dir),
                calendars=CalendarFiles(settings.public_base),
                letters=LetterWriter(wording),
                printers=(Typesetter(), WordWriter()),
            ),
            wording,
            google,
        )


def _readers(
    settings: Settings, fetcher: AiohttpFetcher, profiles: BusinessProfileReader
) -> dict[SourceKind, Reader]:
    """One reader for each kind of source; one that lacks its key says so when it is asked."""
    feeds = FeedReader(fetcher)
    return {
        SourceKind.FEED: feeds,
        SourceKind.GOOGLE_ALERTS: feeds,
        SourceKind.PAGE: PageReader(PageFetcher(fetcher)),
        SourceKind.MAILBOX: MailboxReader(allow_nets=settings.fetch_allow_nets),
        SourceKind.GOOGLE_PLACE: PlacesReader(fetcher, _revealed(settings.google_places_key)),
        SourceKind.BUSINESS_PROFILE: profiles,
    }


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def make_folder(folder: Path) -> None:
    """The data folder, for its owner's eyes only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def only_sender(settings: Settings) -> Iterator[None]:
    """Be the one process that sends; released by the system even after a kill.

    Raises:
        AlreadyRunningError: another one is.
    """
    make_folder(settings.data_dir)
    lock = FileLock(settings.data_dir / "vigie.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunningError(str(settings.data_dir)) from None
    try:
        yield
    finally:
        lock.release()


def prepare_logging(settings: Settings) -> None:
    """Logs as the settings want them, without any of their secrets."""
    secrets = (
        settings.telegram_token,
        settings.telegram_webhook_secret,
        settings.slack_bot_token,
        settings.slack_app_token,
        settings.slack_signing_secret,
        settings.google_places_key,
        settings.google_client_secret,
        settings.fetch_proxy,
    )
    start_logging(
        settings.log_level,
        settings.log_format,
        [secret.get_secret_value() for secret in secrets if secret is not None],
    )


@asynccontextmanager
async def open_chats(house: House) -> AsyncIterator[House]:
    """The house with every chat that has a token, for writing only: nobody listens."""
    settings = house.settings
    chats: dict[Platform, Chat] = {}
    async with AsyncExitStack() as stack:
        if settings.telegram_token is not None:
            from bot.adapters.telegram import TelegramChat, open_bot  # noqa: PLC0415

            token = settings.telegram_token.get_secret_value()
            bot = await stack.enter_async_context(open_bot(token, settings.telegram_api_base))
            chats[Platform.TELEGRAM] = TelegramChat(bot)
        if settings.slack_bot_token is not None:
            from bot.adapters.slack import SlackChat, client  # noqa: PLC0415

            token = settings.slack_bot_token.get_secret_value()
            chats[Platform.SLACK] = SlackChat(client(token, settings.slack_api_base))
        yield replace(house, ports=replace(house.ports, chats=chats))


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """The bot: every chat that has a token, and the jobs, until it is told to stop.

    Raises:
        AlreadyRunningError, Outage, OSError: it could not start.
        UsedElsewhere: another program listens with our token.
        TokenRefused: no chat takes our token any more.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    with only_sender(settings):
        async with open_house(settings, clock=clock) as house, serve(house) as broken:
            log.info("ready", extra={"action": "ready"})
            ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(stopping.wait()), broken]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            ends[0].cancel()
            log.info("stopping", extra={"action": "stopping"})
            if broken.done():
                broken.result()


@dataclass(frozen=True, slots=True)
class Open:
    """A house that listens: what fails when there is no use in going on, and what to ask of it."""

    broken: asyncio.Future[None]
    """Ends with TokenRefused or UsedElsewhere."""
    jobs: tuple[Job, ...]
    """What is to be asked regularly; nobody asks it yet."""
    deliverer: Deliverer
    poller: Poller


@asynccontextmanager
async def serve(house: House) -> AsyncIterator[asyncio.Future[None]]:
    """Listen on every chat, tick every job; undone in the opposite order.

    Gives what fails, with TokenRefused or UsedElsewhere, when there is no use in going on.
    """
    async with listen(house) as opened:
        ticker = Ticker(opened.jobs)
        ticker.start(house.ports.clock.now())
        try:
            yield opened.broken
        finally:
            await ticker.stop()


@asynccontextmanager
async def listen(house: House) -> AsyncIterator[Open]:
    """Listen on every chat, and leave the jobs to whoever keeps the time."""
    chats: dict[Platform, Chat] = {}
    ports = replace(house.ports, chats=chats)
    deliverer = Deliverer(ports, _alarm)
    owners = {Platform.TELEGRAM: frozenset(map(str, house.settings.telegram_owners))}
    desk = Desk(ports, deliverer.start, owners)
    async with AsyncExitStack() as stack:
        broken = await _open_doors(house, desk, chats, stack)
        stack.push_async_callback(deliverer.stop)  # before the doors close: it writes through them
        await deliverer.recall()
        poller = Poller(ports)
        stack.push_async_callback(poller.stop)
        yield Open(broken, jobs(ports, deliverer, poller), deliverer, poller)


def jobs(ports: Ports, deliverer: Deliverer, poller: Poller) -> tuple[Job, ...]:
    """What is asked at every tick."""

    async def digests() -> None:
        await send_digest.make_due(ports)
        await send_digest.make_flashes(ports)
        await deliverer.start()

    looked_at = ports.clock.now()

    async def remind() -> None:
        nonlocal looked_at
        since, looked_at = looked_at, ports.clock.now()
        await send_reminders.turn_days(ports, since)
        await send_reminders.send_due(ports)
        await follow_mentions.recall_due(ports)
        await deliverer.start()

    return (
        Job("poll", 5, 60, poller.start),
        Job("digests", 5, 120, digests),
        Job("reminders", 5, 120, remind),
        Job("deliver", 2, 60, deliverer.start),
    )


async def _open_doors(
    house: House, desk: Desk, chats: dict[Platform, Chat], stack: AsyncExitStack
) -> asyncio.Future[None]:
    """Start listening on each chat, in the background: one that is out of reach stops no other."""
    settings = house.settings
    doors: list[Door] = []
    if settings.telegram_token is not None:
        doors.append(_telegram_door(house, desk, chats, settings.telegram_token))
    if settings.slack_bot_token is not None:
        doors.append(_slack_door(house, desk, chats, settings.slack_bot_token))
    for door in doors:
        stack.push_async_callback(door.close)
    if settings.wants_http:
        await stack.enter_async_context(_listening(house, doors))
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    keeper = _Keeper(house.wording.labels("command"), len(doors), broken)
    for door in doors:
        stack.push_async_callback(_end, asyncio.create_task(keeper.keep_open(door)))
    return broken


def _telegram_door(
    house: House, desk: Desk, chats: dict[Platform, Chat], token: SecretStr
) -> Door:
    from bot.adapters.telegram import TelegramChat  # noqa: PLC0415 - only what is configured
    from handlers import telegram  # noqa: PLC0415 - idem

    settings = house.settings
    application = telegram.build(token.get_secret_value(), settings.telegram_api_base)
    chat = TelegramChat(application.bot)
    chats[Platform.TELEGRAM] = chat
    secret = _revealed(settings.telegram_webhook_secret)
    hook = telegram.Webhook(settings.telegram_webhook_url, secret) if settings.is_webhook else None
    pacer = house.ports.pacers[Platform.TELEGRAM]
    return telegram.TelegramDoor(application, chat, desk, house.wording, pacer, hook)


def _slack_door(house: House, desk: Desk, chats: dict[Platform, Chat], token: SecretStr) -> Door:
    from bot.adapters.slack import SlackChat, client  # noqa: PLC0415 - only what is configured
    from handlers import slack  # noqa: PLC0415 - idem

    settings = house.settings
    web = client(token.get_secret_value(), settings.slack_api_base)
    chat = SlackChat(web)
    chats[Platform.SLACK] = chat
    if settings.is_slack_http:
        way = slack.by_requests(_revealed(settings.slack_signing_secret), house.ports.clock)
    else:
        way = slack.Way(app_token=_revealed(settings.slack_app_token))
    return slack.SlackDoor(web, way, chat, desk, house.wording, house.ports.pacers[Platform.SLACK])


@asynccontextmanager
async def _listening(house: House, doors: Sequence[Door]) -> AsyncIterator[None]:
    """The HTTP server: what chats send us, what calendars read, and how we are."""
    settings = house.settings
    routes = [route for door in doors for route in door.routes]
    if settings.public_base:
        routes += CalendarRoutes(house.ports).routes
    health = Health(house.ports.store, doors)
    where = listening(settings.http_host, settings.http_port, (*routes, *health.routes))
    async with where as port:
        log.info("http on %s:%s", settings.http_host, port, extra={"action": "http"})
        yield


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@dataclass
class _Keeper:
    """Keeps doors open: opens them again when they fall shut, gives up when that is no use."""

    commands: Mapping[str, str]
    left: int
    """Doors whose token is not refused."""
    broken: asyncio.Future[None]

    async def keep_open(self, door: Door) -> None:
        """Open a door, and again whenever it must be."""
        waits, is_refused = _waits(), False
        while True:
            was_open = False
            try:
                await door.open(self.commands)
                was_open = True
                log.info("%s open", _name(door), extra={"action": "door_open"})
                if is_refused:
                    is_refused = False
                    self.left += 1
                waits = _waits()
                await door.watch()
            except UsedElsewhere as error:
                self._give_up(error)
                return
            except TokenRefused as error:
                wait = _TOKEN_RETRY
                if not is_refused:
                    is_refused = True
                    self._refused(error)
            except Exception as error:  # noqa: BLE001 - the job boundary: start again, later
                wait = next(waits)
                log.error(  # noqa: TRY400 - the sentence is enough, and holds no token
                    "%s %s: %s: %s",
                    _name(door),
                    "lost" if was_open else "cannot start",
                    type(error).__name__,
                    error,
                    extra={"action": "door_closed"},
                )
            await asyncio.sleep(wait)

    def _refused(self, error: TokenRefused) -> None:
        """Say once that a token is refused; without another chat there is nothing left to do."""
        log.error("%s; give another one", error, extra={"action": "token_refused"})
        self.left -= 1
        if not self.left:
            self._give_up(error, said=True)

    def _give_up(self, error: Exception, *, said: bool = False) -> None:
        if not said:
            log.error(
                "%s: one of the two must stop, this one does", error, extra={"action": "conflict"}
            )
        if not self.broken.done():
            self.broken.set_exception(error)


def _name(door: Door) -> str:
    return type(door).__name__


def _waits() -> Iterator[float]:
    """Seconds to wait before each new try, longer and longer."""
    wait = _RETRY_FROM
    while True:
        yield wait
        wait = min(wait * 2, _RETRY_TO)


def _alarm(channel: Channel, problem: ChannelProblem) -> None:
    """Say in the log that a channel takes nothing any more; never through that channel."""
    log.error(
        "channel lost: %s",
        problem,
        extra={"action": "channel_lost", "channel": channel.id, "platform": channel.platform},
    )
