"""A whole Vigie in this process over real chats and sockets, its clock moved by the test."""

import io
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import docx
import pypdf
from aiohttp import web

from bot.adapters import pace
from bot.adapters.clock import MovableClock
from bot.adapters.pace import IntervalPacer
from bot.app import Open, listen, open_house
from bot.config import load
from bot.core.people import Platform, Practice, PracticeId, Practitioner, Role
from bot.ports import Ports
from bot.usecases import poll_sources, set_up, watch_sources
from tests.servers.slack_server import SlackServer
from tests.servers.slack_state import (
    SlackChannel,
    SlackMessage,
    SlackUser,
    SlackView,
    interactive,
)
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat, File, SentMessage

NAME = "Cabinet des Tilleuls"
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MORNING = time(7, 31, tzinfo=ZoneInfo("Europe/Paris"))
"""A minute after the digest's hour."""
QUIET = IntervalPacer(pace.NONE)


@dataclass
class Story:
    """A practice that listens on its chats; nothing happens by itself but answers."""

    ports: Ports
    clock: MovableClock
    opened: Open

    async def invite(self, role: Role = Role.HOLDER) -> str:
        return await set_up.invite(self.ports, NAME, role)

    async def watch(self, url: str) -> None:
        """Have a source watched, and read it."""
        await watch_sources.add_source(self.ports, NAME, url, 900)
        await self.read_sources()

    async def read_sources(self) -> None:
        """Read what is watched; not at every tick: a site is left in peace for a real second."""
        await self.opened.poller.poll(await poll_sources.due_sources(self.ports))

    async def tick(self) -> None:
        """What the scheduler asks at every tick, once, until it is done."""
        for job in self.opened.jobs:
            if job.name != "poll":
                await job.run()
        await self.opened.deliverer.deliver()

    async def morning(self, days: int = 1) -> None:
        """Go to the next digest hour, or ``days`` mornings ahead, and tick."""
        local = self.clock.now().astimezone(MORNING.tzinfo)
        first = local.date() if datetime.combine(local.date(), MORNING) > local else None
        ahead = timedelta(days=days - 1 if first else days)
        self.clock.move_to(datetime.combine(local.date() + ahead, MORNING))
        await self.tick()

    async def live_until(self, day: str, every: int = 3) -> None:
        """Live one morning out of ``every``, then that of ``day``."""
        until = date.fromisoformat(day)
        while (left := until - self.clock.now().astimezone(MORNING.tzinfo).date()) > timedelta():
            await self.morning(min(every, left.days))


@asynccontextmanager
async def a_story(folder: Path, **settings: str) -> AsyncIterator[Story]:
    """Dr Claire Lefèvre's practice, on the chats that the settings say."""
    clock = MovableClock(START)
    chosen = load(data_dir=str(folder / "data"), fetch_allow_nets="127.0.0.0/8", **settings)
    async with open_house(chosen, clock=clock) as house:
        # Nobody waits a second for a message: the limits of the chats have their own tests.
        ports = replace(house.ports, pacers=dict.fromkeys(Platform, QUIET))
        await set_up.add_practice(ports, Practice(name=NAME, digest_days=tuple(range(7))))
        person = Practitioner(PracticeId(0), "Claire", "Lefèvre", "Dr", city="Lille")
        await set_up.add_practitioner(ports, NAME, person)
        async with listen(replace(house, ports=ports)) as opened:
            yield Story(ports, clock, opened)


@dataclass
class Site:
    """A site of some pages; a test changes what they say."""

    pages: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        kind = "application/rss+xml" if page.startswith("<?xml") else "text/html"
        return web.Response(text=page, content_type=kind)


def flat(words: str) -> str:
    """Words with plain spaces in the place of those that hold French signs."""
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def read(file: File) -> str:
    """What a letter says, as a PDF or a text document."""
    if file.name.endswith(".pdf"):
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.content)).pages]
    else:
        pages = [each.text for each in docx.Document(io.BytesIO(file.content)).paragraphs]
    return " ".join(flat(" ".join(pages)).split())


@dataclass
class OnTelegram:
    """Somebody in their private conversation with the bot."""

    server: TelegramServer
    chat: Chat

    async def reads(self, *words: str, since: Mapping[int, int] | None = None) -> SentMessage:
        """The last message that says all of these, once there is one; new or edited ``since``."""
        before = since or {}

        def last() -> SentMessage:
            found = [
                each
                for each in self.server.messages(self.chat)
                if says(each.text, words) and before.get(each.id) != each.edits
            ]
            assert found, f"nothing says {words}"
            return found[-1]

        return await self.server.wait_for(last)

    async def press(self, message: SentMessage, label: str, *then: str) -> SentMessage:
        """Press a button, behind « Plus » when it hides there; gives what says ``then``."""
        if not any(label in each for each in message.labels) and "⋯ Plus" in message.labels:
            await self.server.click(message, "⋯ Plus").answer()
            await self.server.wait_for(lambda: any(label in each for each in message.labels))
        before = self._seen()
        await self.server.click(message, label).answer()
        return await self.reads(*then, since=before) if then else message

    async def shows(self, message: SentMessage, *words: str) -> None:
        """Wait until a message says all of these."""
        await self.server.wait_for(lambda: says(message.text, words))

    async def chooses(self, *labels: str) -> None:
        """Answer questions one after the other, each with one of its buttons."""

        def asked(label: str) -> SentMessage:
            last = self.server.messages(self.chat)[-1]
            last.button(label)
            return last

        for label in labels:
            message = await self.server.wait_for(partial(asked, label))
            before = self._seen()
            await self.press(message, label)
            await self.server.wait_for(partial(self._is_other, before))

    async def says(self, words: str, *then: str) -> SentMessage:
        """Type something; gives the answer that says ``then``."""
        before = self._seen()
        self.server.say(self.chat, self.chat.user, words)
        return await self.reads(*then, since=before)

    async def attaches(self, case: SentMessage, picture: bytes, title: str, role: str) -> None:
        """Add a photo to the pieces of a case."""
        pieces = await self.press(case, "Pièces", "Pièces du dossier")
        await self.press(pieces, "Ajouter", "La pièce : une photo")
        before = self._seen()
        self.server.show(self.chat, picture, title)
        await self.reads("Ce qu’elle montre", since=before)
        await self.chooses(role)
        await self.reads("Ajoutée au dossier", title)

    async def files(self, *ends: str) -> list[File]:
        """The last documents received, once their names end so."""

        def last() -> list[File]:
            given = [each.document for each in self.server.messages(self.chat) if each.document]
            found = given[-len(ends) :]
            assert len(found) == len(ends)
            for file, end in zip(found, ends, strict=True):
                assert file.name.endswith(end), file.name
            return found

        return await self.server.wait_for(last)

    def _is_other(self, before: Mapping[int, int]) -> bool:
        """Whether anything came or changed."""
        return self._seen() != before

    def _seen(self) -> dict[int, int]:
        """Each message, with how often it was edited."""
        return {each.id: each.edits for each in self.server.messages(self.chat)}


def says(text: str, words: Iterable[str]) -> bool:
    """Whether a text says all of these."""
    return all(word in flat(text) for word in words)


@dataclass
class OnSlack:
    """Somebody of the practice, in its channel and in their conversation with the bot."""

    server: SlackServer
    team: SlackChannel
    user: SlackUser

    async def joins(self, code: str) -> None:
        """Come in through the channel."""
        await self.server.slash(self.user, self.team, "/vigie", code).acked()
        await self.reads("bienvenue")

    async def asks(self, words: str, *then: str) -> SlackMessage:
        """Type a command in the channel; gives what says ``then``."""
        before = self._seen()
        await self.server.slash(self.user, self.team, "/vigie", words).acked()
        return await self.reads(*then, since=before)

    async def reads(self, *words: str, since: Mapping[str, int] | None = None) -> SlackMessage:
        """The last message they see that says all of these; new or edited ``since``."""
        before = since or {}

        def last() -> SlackMessage:
            found = [
                each
                for each in self._messages()
                if says(each.words, words) and before.get(each.ts) != each.edits
            ]
            assert found, f"nothing says {words}"
            return found[-1]

        return await self.server.wait_for(last)

    async def press(
        self, message: SlackMessage | SlackView, label: str, *then: str
    ) -> SlackMessage:
        """Tap a button; gives the message that says ``then``."""
        before = self._seen()
        await self._tap(message, label)
        return await self.reads(*then, since=before)

    async def opens(self, message: SlackMessage | SlackView, label: str, *words: str) -> SlackView:
        """Tap a button that opens a modal; gives it."""
        await self._tap(message, label)

        def shown() -> SlackView:
            modal = self.server.modal(self.user)
            assert says(modal.words, words), modal.words
            return modal

        return await self.server.wait_for(shown)

    async def fills(self, modal: SlackView, *then: str, **answers: object) -> SlackMessage:
        """Send a modal; gives the message that says ``then``."""
        before = self._seen()
        await self.server.submit_view(modal, answers).acked()
        assert not modal.errors, modal.errors
        return await self.reads(*then, since=before)

    async def shows(self, message: SlackMessage, *words: str) -> None:
        """Wait until a message says all of these."""
        await self.server.wait_for(lambda: says(message.words, words))

    async def files(self, *ends: str) -> list[File]:
        """The last files received, once their names end so."""

        def last() -> list[File]:
            found = list(self.server.uploads.values())[-len(ends) :]
            assert len(found) == len(ends)
            for file, end in zip(found, ends, strict=True):
                assert file.name.endswith(end), file.name
                assert file.content, file.name
            return [File(each.id, each.name, each.content or b"") for each in found]

        return await self.server.wait_for(last)

    async def _tap(self, place: SlackMessage | SlackView, label: str) -> None:
        """Tap a button, or choose what is in the menu beside the buttons."""
        for _, element in interactive(place.blocks):
            for option in element.get("options", ()):
                if label in option["text"]["text"]:
                    menu, words = element["action_id"], option["text"]["text"]
                    await self.server.choose(place, menu, words, self.user).acked()
                    return
        await self.server.click(place, label, self.user).acked()

    def _messages(self) -> list[SlackMessage]:
        places = (self.team, self.server.open_dm(self.user))
        found = [each for place in places for each in self.server.thread(place)]
        mine = [
            each
            for each in found
            if each.user is self.server.bot and each.seen_by in {None, self.user}
        ]
        return sorted(mine, key=lambda each: each.ts)

    def _seen(self) -> dict[str, int]:
        return {each.ts: each.edits for each in self._messages()}
