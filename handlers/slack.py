"""Slack events in, Actions out."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.adapters import slack_modals
from bot.adapters.http import Request, Response, Route, body_of
from bot.adapters.slack import MENU, SlackChat, compose, fallback, listening
from bot.config import SLACK_PATH
from bot.core.actions import Verb
from bot.core.errors import ChannelProblem, Invalid, Outage, Undeliverable
from bot.core.forms import Form
from bot.core.messages import Manner, Message
from bot.core.people import Actor, Channel, Platform, PracticeId
from bot.ports import Clock, Pacer, Wording
from bot.usecases import set_up
from handlers.dispatch import Desk, refused
from handlers.doors import Deliveries

log = logging.getLogger(__name__)

COMMAND = "/vigie"
APP_NAME = "Vigie"
_BUTTON = re.compile(r"^v\d{1,3}:")
_FILLS = re.compile(rf"^v\d{{1,3}}:{Verb.FILL_FORM}:")
_PATIENCE = 2.0
"""Seconds a form may take before its modal says that it waits; Slack allows three."""
_LINK = re.compile(r"<(https?://[^>|]+)(?:\|[^>]*)?>")


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
        self._wording = wording
        self._pacer = pacer
        self._handler: AsyncSocketModeHandler | None = None
        self.app = AsyncApp(
            client=web,
            token=web.token,
            request_verification_enabled=False,  # done before it, with our clock
            raise_error_for_unhandled_request=False,
        )
        self.app.use(self._once)
        self.app.action(_BUTTON)(self._tap)
        self.app.action(MENU)(self._tap)
        self.app.view(slack_modals.FORM)(self._filled)
        self.app.action("open")(_acknowledge)
        self.app.command(COMMAND)(self._command)
        self.app.event("message")(self._text)
        self.app.event("app_home_opened")(_ignore)
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
        if self._deliveries.is_new(_occasion(body)):
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
        actor = await self._presser(body)
        data = str((action.get("selected_option") or action).get("value", ""))
        opening = await self._open_early(body, data)
        await self._desk.came_alive(actor)
        answer = await self._desk.press(actor, data)
        if isinstance(answer, Form):
            await self._show_form(actor, answer, str(body.get("trigger_id", "")), opening)
        elif opening:
            await self._chat.update_view(opening, self._told(answer))
        elif answer.manner is Manner.REPLACE:
            await self._replace(actor, answer, body)
        else:
            await self._whisper(actor, answer)

    async def _presser(self, body: Mapping[str, Any]) -> Actor:
        """Who pressed a button, and where; at home, where nobody else reads: in private."""
        user = str(body["user"]["id"])
        place = _place(body) or await self._chat.direct(user)
        message = str((body.get("container") or {}).get("message_ts", ""))
        return replace(_actor(user, place, is_private=_is_direct(place)), message=message)

    async def _open_early(self, body: Mapping[str, Any], data: str) -> str:
        """Open a modal before knowing what is in it: a click opens one for three seconds."""
        if not _FILLS.match(data):
            return ""
        try:
            return await self._chat.open_view(str(body["trigger_id"]), self._loading())
        except Outage as outage:
            log.warning("modal not opened: %s", outage, extra={"action": "modal"})
            return ""

    def _loading(self) -> dict[str, Any]:
        word = self._wording.label("sentence", "loading")
        return slack_modals.waiting(APP_NAME, word)

    def _told(self, message: Message) -> dict[str, Any]:
        return slack_modals.waiting(APP_NAME, self._wording.render(message).text.plain)

    async def _show_form(self, actor: Actor, form: Form, trigger: str, opening: str = "") -> None:
        """Show a form in a modal, in the one that is open already if there is."""
        place = slack_modals.Place(
            form.name,
            form.target,
            actor.address,
            actor.is_private,
            actor.message,
            dict(form.answers),
        )
        view = slack_modals.modal(self._wording.form(form), place)
        try:
            if opening:
                await self._chat.update_view(opening, view)
            else:
                await self._chat.open_view(trigger, view)
        except Outage as outage:
            log.warning("modal not opened: %s", outage, extra={"action": "modal"})
            await self._whisper(actor, Message("toast", {"said": "expired"}))

    async def _filled(self, ack: AsyncAck, body: Mapping[str, Any], view: dict[str, Any]) -> None:
        """A form was sent: say at once what is wrong with it, or else do what it asks."""
        place = slack_modals.place_of(view)
        actor = replace(
            _actor(str(body["user"]["id"]), place.address, is_private=place.is_private),
            message=place.message,
        )
        answers = place.known | slack_modals.answers_of(view)
        work = asyncio.ensure_future(self._desk.submit(actor, place.form, place.target, answers))
        done, _ = await asyncio.wait({work}, timeout=_PATIENCE)
        if done:
            result = work.result()
            if isinstance(result, Invalid):
                await ack(response_action="errors", errors=self._errors(result))
                return
            await ack()
        else:
            await ack(response_action="update", view=self._loading())
            result = await work
            words = result if isinstance(result, Message) else self._invalid(result)
            await self._chat.update_view(str(view["id"]), self._told(words))
        if isinstance(result, Message):
            await self._whisper(actor, result)

    def _errors(self, invalid: Invalid) -> dict[str, str]:
        return {
            name: self._wording.render(refused(problem)).text.plain
            for name, problem in invalid.problems.items()
        }

    def _invalid(self, invalid: Invalid) -> Message:
        return refused(next(iter(invalid.problems.values())))

    async def _replace(self, actor: Actor, message: Message, body: Mapping[str, Any]) -> None:
        """Put a message in the place of the one whose button was pressed."""
        rendered = self._wording.render(message)
        if (body.get("container") or {}).get("is_ephemeral") and body.get("response_url"):
            blocks = compose(rendered.text, rendered.rows, rendered.menu)
            answered = await AsyncWebhookClient(str(body["response_url"])).send(
                text=fallback(rendered.text), blocks=blocks, replace_original=True
            )
            if answered.status_code == HTTPStatus.OK:
                return
            await self._whisper(actor, message)
            return
        place = Channel(PracticeId(0), actor.platform, actor.address, actor.is_private)
        try:
            await self._chat.edit(place, actor.message, rendered)
        except Outage as outage:
            log.warning("answer not given: %s", outage, extra={"action": "answer_lost"})

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        is_private = body.get("channel_name") == "directmessage" or _is_direct(body["channel_id"])
        address = body["channel_id"]
        if is_private:
            address = await self._chat.direct(body["user_id"])
        actor = _actor(body["user_id"], address, is_private=is_private)
        await self._ask(actor, str(body.get("text", "")), str(body.get("trigger_id", "")))

    async def _text(self, event: dict[str, Any]) -> None:
        """A message in the conversation with the bot: a code, a command, or neither."""
        is_ours = event.get("bot_id") or event.get("subtype") or not event.get("user")
        if is_ours or event.get("channel_type") != "im":
            return
        actor = _actor(event["user"], event["channel"], is_private=True)
        await self._ask(actor, _typed(str(event.get("text", ""))), "")

    async def _ask(self, actor: Actor, words: str, trigger: str) -> None:
        await self._desk.came_alive(actor)
        if set_up.CODE_PREFIX in words:
            # Only who comes in is asked for a name; everybody else is known by it already.
            actor = replace(actor, name=await self._chat.name(actor.external_id))
        # A command typed after /vigie is one, whatever question waits in the conversation.
        answers = await self._desk.say(actor, f"/{words.strip()}" if trigger else words)
        for answer in answers:
            if not isinstance(answer, Form):
                await self._whisper(actor, answer)
            elif trigger:
                await self._show_form(actor, answer, trigger)
            else:
                await self._whisper(actor, await self._desk.begin(actor, answer))

    async def _whisper(self, actor: Actor, message: Message) -> None:
        """Answer to the one who asked only; where the bot is not a member, in private."""
        rendered = self._wording.render(message)
        if not rendered.text.plain:
            return
        place = Channel(PracticeId(0), actor.platform, actor.address, actor.is_private)
        await self._pacer.turn(place, urgent=True)
        try:
            if actor.is_private:
                reference = await self._chat.post(place, rendered, "")
                await self._desk.answered(actor, reference)
            else:
                await self._chat.whisper(place, actor.external_id, rendered)
        except Undeliverable as refusal:
            if refusal.problem is ChannelProblem.NOT_IN_CHANNEL or not actor.is_private:
                await self._invite_me(actor)
        except Outage as outage:
            log.warning("answer not given: %s", outage, extra={"action": "answer_lost"})

    async def _invite_me(self, actor: Actor) -> None:
        """Ask, in private, to be invited to the channel."""
        try:
            address = await self._chat.direct(actor.external_id)
            place = Channel(PracticeId(0), Platform.SLACK, address, is_private=True)
            await self._chat.post(place, self._wording.render(Message("invite_me")), "")
        except Outage as outage:
            log.warning("answer not given: %s", outage, extra={"action": "answer_lost"})


def _socket_log() -> logging.Logger:
    """Where the library tells of its websocket: what keeps it from opening, we say ourselves."""
    library = logging.getLogger("slack_sdk.socket_mode")
    library.setLevel(logging.CRITICAL)
    return library


def _occasion(body: Mapping[str, Any]) -> str:
    """What tells one thing that happened in Slack from every other, or nothing.

    A message is delivered again even under another event's number; a click, a command or a
    form has a trigger of its own.
    """
    event: Mapping[str, Any] = body.get("event") or {}
    if event.get("type") == "message" and not event.get("subtype"):
        return f"message {event.get('channel')} {event.get('ts')}"
    return str(body.get("event_id") or body.get("trigger_id") or "")


def _actor(user: str, address: str, *, is_private: bool) -> Actor:
    return Actor(Platform.SLACK, user, user, address, is_private)


async def _acknowledge(ack: AsyncAck) -> None:
    """An address opened from a button: nothing else to do."""
    await ack()


async def _ignore(event: Mapping[str, Any]) -> None:
    """An event Slack sends anyway."""
    del event


async def _fault(error: Exception) -> None:
    log.error("slack event failed", exc_info=error, extra={"action": "event"})


def _place(body: Mapping[str, Any]) -> str:
    container = body.get("container") or {}
    channel = body.get("channel") or {}
    return str(channel.get("id") or container.get("channel_id") or "")


def _is_direct(address: str) -> bool:
    return address.startswith("D")


def _typed(words: str) -> str:
    """What somebody typed: Slack writes addresses its own way."""
    plain = _LINK.sub(r"\1", words)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
