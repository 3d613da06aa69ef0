"""Slack events in, Actions out."""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import SlackChat
from bot.core.errors import ChannelProblem, Outage, Undeliverable
from bot.core.messages import Message
from bot.core.people import Actor, Channel, Platform, PracticeId
from bot.ports import Pacer, Wording
from bot.usecases import set_up
from handlers.dispatch import Desk

log = logging.getLogger(__name__)

COMMAND = "/vigie"
_BUTTON = re.compile(r"^v\d{1,3}:")


class SlackDoor:
    """Brings what happens on Slack to the desk, and shows its answers."""

    def __init__(
        self,
        web: AsyncWebClient,
        app_token: str,
        chat: SlackChat,
        desk: Desk,
        wording: Wording,
        pacer: Pacer,
    ) -> None:
        self._app_token = app_token
        self._chat = chat
        self._desk = desk
        self._wording = wording
        self._pacer = pacer
        self._handler: AsyncSocketModeHandler | None = None
        self.app = AsyncApp(client=web, token=web.token, raise_error_for_unhandled_request=False)
        self.app.action(_BUTTON)(self._tap)
        self.app.action("open")(_acknowledge)
        self.app.command(COMMAND)(self._command)
        self.app.event("message")(self._text)
        self.app.event("app_home_opened")(_ignore)
        self.app.error(_fault)

    async def open(self, commands: Mapping[str, str]) -> None:
        """Start listening over Socket Mode; Slack's manifest holds its only command."""
        del commands
        await self.close()
        self._handler = AsyncSocketModeHandler(
            self.app, self._app_token, web_client=self.app.client
        )
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # untyped upstream

    async def close(self) -> None:
        """Stop listening."""
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]  # idem
            self._handler = None

    async def _tap(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        place = _place(body)
        actor = _actor(body["user"]["id"], place, is_private=_is_direct(place))
        await self._desk.came_alive(actor)
        message = await self._desk.press(actor, str(action.get("value", "")))
        await self._whisper(actor, message)

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        is_private = body.get("channel_name") == "directmessage" or _is_direct(body["channel_id"])
        address = body["channel_id"]
        if is_private:
            address = await self._chat.direct(body["user_id"])
        actor = _actor(body["user_id"], address, is_private=is_private)
        word, _, argument = str(body.get("text", "")).strip().removeprefix("/").partition(" ")
        await self._ask(actor, word, argument)

    async def _text(self, event: dict[str, Any]) -> None:
        """A message in the conversation with the bot: a code, a command, or neither."""
        is_ours = event.get("bot_id") or event.get("subtype") or not event.get("user")
        if is_ours or event.get("channel_type") != "im":
            return
        actor = _actor(event["user"], event["channel"], is_private=True)
        word, _, argument = str(event.get("text", "")).strip().removeprefix("/").partition(" ")
        await self._ask(actor, word, argument)

    async def _ask(self, actor: Actor, word: str, argument: str) -> None:
        await self._desk.came_alive(actor)
        if word.startswith(set_up.CODE_PREFIX) or argument:
            # Only who comes in is asked for a name; everybody else is known by it already.
            actor = replace(actor, name=await self._chat.name(actor.external_id))
        if not word.startswith(set_up.CODE_PREFIX):
            word = word.lower()
        for answer in await self._desk.command(actor, word, argument):
            await self._whisper(actor, answer)

    async def _whisper(self, actor: Actor, message: Message) -> None:
        """Answer to the one who asked only; where the bot is not a member, in private."""
        rendered = self._wording.render(message)
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
