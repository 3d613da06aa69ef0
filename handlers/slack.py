"""Slack events in, Actions out."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters import slack_modals
from bot.adapters.http import Request, Response, Route, body_of
from bot.adapters.slack import SlackChat, listening
from bot.adapters.slack_blocks import MENU, OPEN
from bot.config import SLACK_PATH
from bot.core.actions import Verb
from bot.core.errors import Invalid, Outage
from bot.core.forms import Form
from bot.core.messages import Message
from bot.core.people import Actor, Platform
from bot.ports import Clock, Pacer, Wording
from bot.usecases import set_up
from handlers.dispatch import Desk, refused
from handlers.doors import Deliveries
from handlers.slack_answers import HOME, MODAL, Origin, SlackAnswers, for_page
from handlers.slack_payloads import (
    actor_of,
    channel_of,
    is_direct,
    occasion,
    offered,
    to_bring,
    typed,
)

log = logging.getLogger(__name__)

COMMAND = "/vigie"
ADD, FOLLOW = "vigie_add", "vigie_follow"
"""The shortcuts of the manifest: one of the search bar, one of every message."""
_BUTTON = re.compile(r"^v\d{1,3}:")
_OPENS = re.compile(rf"^v\d{{1,3}}:(?:{Verb.FILL_FORM}|{Verb.FIND_RECIPIENT}):")
"""What opens a modal at once: what is put in it may take its time."""
_PATIENCE = 2.0
"""Seconds a form may take before its modal says that it waits; Slack allows three."""
_FILES = 1
"""Files of one message looked at: each asks a question of its own."""


_CONNECT_WITHIN = 30.0
"""Seconds a websocket may take to open."""


@dataclass(frozen=True, slots=True)
class Way:
    """How Slack reaches us: through a websocket we open, or by requests it signs."""

    app_token: str = ""
    """Opens the websocket; without it, requests."""
    verifier: SignatureVerifier | None = None
    """Tells Slack's requests from anybody's, and from those of more than five minutes ago."""
    ping_every: float = 10.0
    silent_for: float = 60.0
    """Seconds without an answer to our pings after which a websocket is given up."""
    looked_at_every: float = 300.0
    """Seconds between two looks at our token, when nothing else would tell it is revoked."""


def by_requests(signing_secret: str, clock: Clock) -> Way:
    """The way of signed requests."""
    return Way(verifier=SignatureVerifier(signing_secret, _Told(clock)))


class _Told(SignatureClock):
    """Our clock, as the library asks for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


class SlackDoor:
    """Brings what happens on Slack to the desk, and shows its answers."""

    platform = Platform.SLACK

    def __init__(
        self,
        web: AsyncWebClient,
        way: Way,
        chat: SlackChat,
        desk: Desk,
        wording: Wording,
        pacer: Pacer,
    ) -> None:
        self._way = way
        self._is_open = False
        self._deliveries = Deliveries()
        self._chat = chat
        self._desk = desk
        self._answers = SlackAnswers(chat, desk, wording, pacer)
        self._handler: AsyncSocketModeHandler | None = None
        self.app = AsyncApp(
            client=web,
            token=web.token,
            request_verification_enabled=False,  # done before it, with our clock
            raise_error_for_unhandled_request=False,
        )
        self.app.use(self._once)
        self.app.action(_BUTTON)(self._tap)
        self.app.action(re.compile(f"^{MENU}"))(self._tap)
        self.app.action(re.compile(f"^{OPEN}"))(_acknowledge)
        self.app.view(slack_modals.FORM)(self._filled)
        self.app.command(COMMAND)(self._command)
        self.app.shortcut(ADD)(self._add)
        self.app.shortcut(FOLLOW)(self._follow)
        self.app.event("message")(self._text)
        self.app.event("app_home_opened")(self._home)
        self.app.error(_fault)

    @property
    def is_open(self) -> bool:
        """Whether what happens in Slack reaches us."""
        session = self._handler.client.current_session if self._handler is not None else None
        return self._is_open and (session is None or not session.closed)

    @property
    def routes(self) -> Sequence[Route]:
        """Where Slack sends its requests, unless it has a websocket."""
        return () if self._way.app_token else (Route("POST", SLACK_PATH, self._receive),)

    async def open(self, commands: Mapping[str, str]) -> None:
        """Start listening; the manifest holds the only command. Raises TokenRefused, Outage."""
        del commands
        await self.close()
        async with listening():
            if not self._way.app_token:
                await self.app.client.auth_test()
            else:
                await self._connect()
        self._is_open = True

    async def _connect(self) -> None:
        """Open the websocket, or fail: the library would try an address of the past for ever."""
        self._handler = AsyncSocketModeHandler(
            self.app,
            self._way.app_token,
            logger=_socket_log(),
            web_client=self.app.client,
            ping_interval=self._way.ping_every,
        )
        socket = self._handler.client
        async with asyncio.timeout(_CONNECT_WITHIN):
            socket.wss_uri = await socket.issue_new_wss_url()
            await socket.connect()  # type: ignore[no-untyped-call]  # untyped upstream

    async def watch(self) -> None:
        """Return never: raise TokenRefused, or Outage when a websocket fell silent.

        The library pings and reconnects by itself, but not always: it tries a used address again
        and again, and calls connected a websocket that says nothing.
        """
        try:
            if self._handler is not None:
                await self._watch_socket(self._handler)
            while True:
                await asyncio.sleep(self._way.looked_at_every)
                with contextlib.suppress(Outage):
                    async with listening():
                        await self.app.client.auth_test()
        finally:
            self._is_open = False

    async def _watch_socket(self, handler: AsyncSocketModeHandler) -> None:
        socket, loop = handler.client, asyncio.get_running_loop()
        session, answered = socket.current_session, socket.last_ping_pong_time
        since = loop.time()
        while True:
            await asyncio.sleep(self._way.ping_every)
            before = (session, answered)
            session, answered = socket.current_session, socket.last_ping_pong_time
            # Within one session, only the answer to a ping moves it from one time to another.
            is_alive = before[0] is session and before[1] is not None and answered is not None
            if is_alive and before[1] != answered:
                since = loop.time()
            elif loop.time() - since >= self._way.silent_for:
                raise Outage(f"its websocket says nothing for {self._way.silent_for:g} s")

    async def _receive(self, request: Request) -> Response:
        """Answer one request of Slack; 401 to anybody else, and to one sent again later."""
        if not self._is_signed(request.headers, await body_of(request)):
            return Response(status=HTTPStatus.UNAUTHORIZED)
        return await to_aiohttp_response(
            await self.app.async_dispatch(await to_bolt_request(request))
        )

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        sent_at, signature = map(headers.get, ("X-Slack-Request-Timestamp", "X-Slack-Signature"))
        try:
            return self._way.verifier is not None and self._way.verifier.is_valid(
                body, sent_at, signature
            )
        except (TypeError, ValueError):  # no number, no text, not ASCII
            return False

    async def _once(
        self, body: Mapping[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """Acknowledge what was delivered already, and do nothing more of it."""
        if self._deliveries.is_new(occasion(body)):
            return await next_()
        log.info("delivered twice", extra={"action": "delivered_twice"})
        return BoltResponse(status=HTTPStatus.OK)

    async def close(self) -> None:
        """Stop listening."""
        self._is_open = False
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]  # idem
            self._handler = None

    async def _tap(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        data = str((action.get("selected_option") or action).get("value", ""))
        if data == OPEN:
            return
        with _told_in_the_log():
            origin = await self._origin(body)
            if _OPENS.match(data):
                origin = await self._answers.open_early(origin)
            await self._desk.came_alive(origin.actor)
            await self._answers.give(origin, await self._desk.press(origin.actor, data))
            if origin.surface:  # they are looking at it
                await self._desk.open_home(origin.actor)

    async def _origin(self, body: Mapping[str, Any]) -> Origin:
        """Who pressed or chose something, and where; in no conversation, it is in theirs."""
        user, container = str(body["user"]["id"]), body.get("container") or {}
        trigger = str(body.get("trigger_id", ""))
        place = channel_of(body)
        if not place:
            view = body.get("view") or {}
            actor = await self._in_private(user)
            surface = MODAL if view.get("type") == "modal" else HOME
            return Origin(actor, trigger, surface, str(view.get("id", "")))
        actor = replace(
            actor_of(user, place, is_private=is_direct(place)),
            message=str(container.get("message_ts", "")),
            thread=str(container.get("thread_ts") or ""),
        )
        is_theirs = bool(container.get("is_ephemeral"))
        url = str(body.get("response_url", "")) if is_theirs else ""
        return Origin(actor, trigger, response_url=url)

    async def _in_private(self, user: str) -> Actor:
        """Somebody in their own conversation with the bot."""
        actor = actor_of(user, await self._chat.direct(user), is_private=True)
        await self._desk.settle_in(actor)
        return actor

    async def _add(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The shortcut of the search bar."""
        await ack()
        await self._bring(body, "")

    async def _follow(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The shortcut of a message: what it says, and what it links to."""
        await ack()
        await self._bring(body, to_bring(body.get("message") or {}))

    async def _bring(self, body: Mapping[str, Any], words: str) -> None:
        """Hand something to add to the desk, and answer in a modal."""
        origin = Origin(
            actor_of(str(body["user"]["id"]), "", is_private=True),
            str(body.get("trigger_id", "")),
            surface=HOME,
        )
        origin = await self._answers.open_early(origin)
        try:
            actor = await self._in_private(origin.actor.external_id)
        except Outage as outage:
            _log_lost(outage)
            await self._answers.tell(origin, Message("toast", {"said": "outage"}))
            return
        origin = replace(origin, actor=actor)
        first, *others = await self._desk.share(actor, words)
        await self._answers.give(origin, first)
        for other in others:
            if isinstance(other, Message):
                await self._answers.whisper(actor, other)

    async def _home(self, event: dict[str, Any]) -> None:
        """Somebody looks at their home page."""
        if event.get("tab") != "home":
            return
        actor = actor_of(str(event["user"]), str(event["channel"]), is_private=True)
        await self._desk.came_alive(actor)
        page = await self._desk.open_home(actor)
        if page is not None and page.page_of:
            await self._answers.publish(page)

    async def _filled(self, ack: AsyncAck, body: Mapping[str, Any], view: dict[str, Any]) -> None:
        """A form was sent: say at once what is wrong with it, or else do what it asks."""
        place = slack_modals.place_of(view)
        actor = replace(
            actor_of(str(body["user"]["id"]), place.address, is_private=place.is_private),
            message=place.message,
            thread=place.thread,
        )
        answers = place.known | slack_modals.answers_of(view)
        shown = {name: offered(file) for name, file in slack_modals.files_of(view).items()}
        about = (place.form, place.target)
        work = asyncio.ensure_future(self._desk.submit(actor, about, answers, shown))
        done, _ = await asyncio.wait({work}, timeout=_PATIENCE)
        if done:
            await self._taken(ack, view, actor, work.result())
        else:
            await ack(response_action="update", view=self._answers.loading())
            await self._taken_late(view, actor, await work)
        if place.is_page:
            await self._desk.open_home(actor)

    async def _taken(
        self, ack: AsyncAck, view: Mapping[str, Any], actor: Actor, result: Message | Invalid
    ) -> None:
        """Answer a form within Slack's three seconds."""
        if isinstance(result, Invalid):
            await ack(response_action="errors", errors=self._errors(view, result))
        elif result.in_form is not None:
            await ack(response_action="update", view=self._answers.reread(view, result.in_form))
        elif slack_modals.place_of(view).is_page:
            await ack(response_action="update", view=self._answers.told(for_page(result)))
        else:
            await ack()
            await self._answers.whisper(actor, result)
        if isinstance(result, Message):
            await self._answers.give_files(actor, result)

    async def _taken_late(
        self, view: dict[str, Any], actor: Actor, result: Message | Invalid
    ) -> None:
        """Answer a form whose modal waits, and may have been closed."""
        if isinstance(result, Invalid):
            problem = refused(next(iter(result.problems.values())))
            await self._answers.fill_again(view, problem, actor)
        elif result.in_form is not None:
            await self._answers.read_again(view, result.in_form, result, actor)
        else:
            is_page = slack_modals.place_of(view).is_page
            origin = Origin(actor, opening=str(view["id"]))
            await self._answers.fill(origin, for_page(result) if is_page else result)
            await self._answers.give_files(actor, result)

    def _errors(self, view: Mapping[str, Any], invalid: Invalid) -> dict[str, str]:
        """What is wrong, each under its field; what is wrong with none of them under the first."""
        fields = slack_modals.fields_of(view)
        return {
            name if name in fields else fields[0]: self._answers.words(refused(problem))
            for name, problem in invalid.problems.items()
        }

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        address = str(body["channel_id"])
        is_private = body.get("channel_name") == "directmessage" or is_direct(address)
        with _told_in_the_log():
            if is_private:
                address = await self._chat.direct(body["user_id"])
            actor = actor_of(str(body["user_id"]), address, is_private=is_private)
            await self._ask(actor, str(body.get("text", "")), str(body.get("trigger_id", "")))

    async def _text(self, event: dict[str, Any]) -> None:
        """A message in the conversation with the bot: a code, a command, or neither."""
        shown = event.get("subtype") == "file_share" and event.get("files")
        is_other = event.get("subtype") and not shown
        is_ours = event.get("bot_id") or is_other or not event.get("user")
        if is_ours or event.get("channel_type") != "im":
            return
        actor = actor_of(event["user"], event["channel"], is_private=True)
        if shown:
            await self._show(actor, event)
            return
        await self._ask(actor, typed(str(event.get("text", ""))), "")

    async def _show(self, actor: Actor, event: Mapping[str, Any]) -> None:
        """A file put in the conversation with the bot: an answer, a publication, a piece."""
        await self._desk.came_alive(actor)
        words = typed(str(event.get("text", "")))
        for file in event["files"][:_FILES]:
            shown = offered(file, words)
            is_image = shown.media_type.startswith("image/")
            picture = f"slack:{shown.reference}/{shown.reference}" if is_image else ""
            for answer in await self._desk.show(actor, shown, words, picture):
                if isinstance(answer, Form):
                    answer = await self._desk.begin(actor, answer)  # noqa: PLW2901 - as Telegram's
                await self._answers.give(Origin(actor), answer)

    async def _ask(self, actor: Actor, words: str, trigger: str) -> None:
        await self._desk.came_alive(actor)
        if set_up.CODE_PREFIX in words:
            # Only who comes in is asked for a name; everybody else is known by it already.
            actor = replace(actor, name=await self._chat.name(actor.external_id))
        # A command typed after /vigie is one, whatever question waits in the conversation.
        answers = await self._desk.say(actor, f"/{words.strip()}" if trigger else words)
        for answer in answers:
            if isinstance(answer, Form) and not trigger:
                await self._answers.whisper(actor, await self._desk.begin(actor, answer))
            else:
                await self._answers.give(Origin(actor, trigger), answer)


def _socket_log() -> logging.Logger:
    """Where the library tells of its websocket: what keeps it from opening, we say ourselves."""
    library = logging.getLogger("slack_sdk.socket_mode")
    library.setLevel(logging.CRITICAL)
    return library


async def _acknowledge(ack: AsyncAck) -> None:
    """An address opened from a button: nothing else to do."""
    await ack()


@contextmanager
def _told_in_the_log() -> Iterator[None]:
    """What Slack itself refuses, and why, ends in the log.

    Nothing may be raised once a click is acknowledged: Bolt would forget the acknowledgement.
    """
    try:
        yield
    except Outage as outage:
        _log_lost(outage)


def _log_lost(outage: Outage) -> None:
    log.warning("slack event lost: %s", outage, extra={"action": "event"})


async def _fault(error: Exception) -> None:
    log.error("slack event failed", exc_info=error, extra={"action": "event"})
