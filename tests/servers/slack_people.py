"""What people do on Slack: write, tap, call commands, fill modals; and what they see."""

import json
from abc import abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count
from mimetypes import guess_type
from typing import Any

from aiohttp import web

from tests.servers.faults import Refused
from tests.servers.peer import Json, Peer
from tests.servers.slack_blocks import check_message_blocks, check_view
from tests.servers.slack_socket import SocketMode
from tests.servers.slack_state import (
    APP_ID,
    TEAM,
    TEAM_ID,
    Envelope,
    SlackButton,
    SlackChannel,
    SlackFile,
    SlackMessage,
    SlackUser,
    SlackView,
    interactive,
)

EVENTS = frozenset(
    {"message.im", "message.channels", "message.groups", "app_mention", "app_home_opened"}
)
_SPRING_2026 = 1_774_000_000
_TRIGGER_SECONDS = 3
_RESPONSE_SECONDS = 1800
_RESPONSE_USES = 5
_SUBSCRIPTIONS = {"im": "message.im", "channels": "message.channels", "groups": "message.groups"}


@dataclass
class Trigger:
    """What lets the app open a modal, once, for three seconds."""

    user: SlackUser
    until: float
    view: SlackView | None = None
    is_used: bool = False


@dataclass
class ResponseUrl:
    """An address where the app may answer an interaction five times in half an hour."""

    channel: SlackChannel
    user: SlackUser
    message: SlackMessage | None
    until: float
    left: int = _RESPONSE_USES


class SlackPeople(Peer):
    """Everything about a workspace that does not depend on the app."""

    def __init__(
        self,
        *,
        events: Collection[str] = EVENTS,
        ack_within: float = 3.0,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(monotonic)
        self.bot = SlackUser("U0VIGIE", "vigie", "Vigie", is_bot=True)
        self.events = set(events)
        """What the app is subscribed to."""
        self.users: dict[str, SlackUser] = {self.bot.id: self.bot}
        self.deactivated: set[str] = set()
        self.channels: dict[str, SlackChannel] = {}
        self.views: dict[str, SlackView] = {}
        self.files: dict[str, SlackFile] = {}
        self.redirects: dict[str, str] = {}
        """Where else some of them are, by id."""
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.socket = SocketMode(self.changed, self.monotonic, self._acked, ack_within)
        self._all: list[SlackMessage] = []
        self._ids = count(1)
        self._pending: dict[str, Callable[[Json], None]] = {}
        self._born: float | None = None

    # Who is there.

    def add_user(self, name: str, real_name: str = "") -> SlackUser:
        """A person of the workspace."""
        user = SlackUser(f"U{next(self._ids):04}", name, real_name or name.title())
        self.users[user.id] = user
        return user

    def add_channel(
        self, name: str, *members: SlackUser, private: bool = False, bot_is_member: bool = True
    ) -> SlackChannel:
        """A channel, with the bot in it or not."""
        channel = SlackChannel(f"C{next(self._ids):04}", name, is_private=private)
        channel.members = {member.id for member in members}
        if bot_is_member:
            channel.members.add(self.bot.id)
        self.channels[channel.id] = channel
        return channel

    def open_dm(self, user: SlackUser) -> SlackChannel:
        """The conversation between a person and the bot."""
        for channel in self.channels.values():
            if channel.user is user:
                return channel
        channel = SlackChannel(f"D{next(self._ids):04}", "", is_private=True, user=user)
        channel.members = {user.id, self.bot.id}
        self.channels[channel.id] = channel
        return channel

    def invite_bot(self, channel: SlackChannel) -> None:
        """Somebody types ``/invite @vigie``."""
        channel.members.add(self.bot.id)

    def remove_bot(self, channel: SlackChannel) -> None:
        """Somebody removes the bot."""
        channel.members.discard(self.bot.id)

    def archive(self, channel: SlackChannel) -> None:
        """Somebody archives a channel."""
        channel.is_archived = True
        self.changed()

    def deactivate(self, user: SlackUser) -> None:
        """Somebody leaves the workspace."""
        self.deactivated.add(user.id)

    # What they do.

    def say(
        self, channel: SlackChannel, user: SlackUser, text: str, *, thread_ts: str | None = None
    ) -> SlackMessage:
        """Write in a channel or to the bot."""
        message = self.store(channel, user, text, thread_ts=thread_ts)
        self._tell_message(message)
        if f"<@{self.bot.id}>" in text and not channel.is_direct:
            self._event("app_mention", message.json() | {"channel": channel.id})
        return message

    def keep_file(self, name: str, content: bytes) -> SlackFile:
        """Put a file in the workspace, as a modal does before it is sent."""
        kind = guess_type(name)[0] or "application/octet-stream"
        identity = f"F{next(self._ids):04}"
        url = f"{self.root}/files-pri/{identity}"
        self.files[identity] = SlackFile(identity, name, content, kind, url)
        return self.files[identity]

    def share_file(
        self, channel: SlackChannel, user: SlackUser, file: SlackFile, text: str = ""
    ) -> SlackMessage:
        """Write a message with a file."""
        message = self.store(channel, user, text)
        message.files = [file.json()]
        self._tell_channel(channel, message.json() | {"subtype": "file_share", "upload": False})
        return message

    def dm(self, user: SlackUser, text: str) -> SlackMessage:
        """Write to the bot in private."""
        return self.say(self.open_dm(user), user, text)

    def mention(self, channel: SlackChannel, user: SlackUser, text: str) -> SlackMessage:
        """Write in a channel, to the bot by its name."""
        return self.say(channel, user, f"<@{self.bot.id}> {text}")

    def home_opened(self, user: SlackUser) -> Envelope | None:
        """Look at the App Home; None when the app did not subscribe."""
        home = self.home(user)
        event = {"user": user.id, "channel": self.open_dm(user).id, "tab": "home"}
        return self._event("app_home_opened", event | ({"view": home.json()} if home else {}))

    def click(
        self,
        place: SlackMessage | SlackView,
        what: str | SlackButton,
        user: SlackUser | None = None,
    ) -> Envelope:
        """Tap a button; one seen earlier may be given itself, though it is gone since."""
        button = place.button(what) if isinstance(what, str) else what
        action: Json = {
            "type": "button",
            "action_id": button.action_id,
            "block_id": button.block_id,
            "text": {"type": "plain_text", "text": button.text, "emoji": True},
        }
        more = {"value": button.value, "url": button.url, "style": button.style}
        action |= {name: value for name, value in more.items() if value}
        return self._act(place, action, user)

    def choose(
        self,
        place: SlackMessage | SlackView,
        action_id: str,
        value: str,
        user: SlackUser | None = None,
    ) -> Envelope:
        """Choose in a menu: the option with this value or these words."""
        for block, element in interactive(place.blocks):
            for option in element.get("options", []):
                is_it = value in {option["value"], option["text"]["text"]}
                if element.get("action_id") == action_id and is_it:
                    action = {
                        "type": element["type"],
                        "action_id": action_id,
                        "block_id": block["block_id"],
                        "selected_option": option,
                    }
                    return self._act(place, action, user)
        raise AssertionError(f"no option {value!r} of {action_id!r} in {place}")

    def slash(
        self, user: SlackUser, channel: SlackChannel, command: str, text: str = ""
    ) -> Envelope:
        """Type a command; what it is acknowledged with is shown to who typed it."""
        payload = {
            "team_id": TEAM_ID,
            "team_domain": TEAM["domain"],
            "channel_id": channel.id,
            "channel_name": channel.shown_name,
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._response_url(channel, user, None),
            "trigger_id": self._trigger(user),
        }
        envelope = self.socket.tell("slash_commands", payload)
        self._pending[envelope.id] = lambda ack: self._shown_to(channel, user, ack)
        return envelope

    def shortcut(
        self, user: SlackUser, callback_id: str, message: SlackMessage | None = None
    ) -> Envelope:
        """Use a shortcut, of the search bar or of a message."""
        payload = self._interaction("message_action" if message else "shortcut", user)
        payload |= {"callback_id": callback_id, "action_ts": self.stamp()}
        if message is not None:
            channel = message.channel
            payload |= {
                "channel": {"id": channel.id, "name": channel.shown_name},
                "message_ts": message.ts,
                "message": message.json(),
                "response_url": self._response_url(channel, user, message),
            }
        return self.socket.tell("interactive", payload)

    def submit_view(self, view: SlackView, values: dict[str, Any] | None = None) -> Envelope:
        """Fill a modal (values by action or block id) and send it; its answer is applied."""
        assert view.is_open, f"nobody sees {view}"
        view.errors = {}
        payload = self._interaction("view_submission", view.user, view)
        payload |= {"view": view.json(_state(view, values or {})), "response_urls": []}
        envelope = self.socket.tell("interactive", payload)
        self._pending[envelope.id] = lambda ack: self._submitted(view, ack)
        return envelope

    def close_view(self, view: SlackView) -> None:
        """Close a modal without sending it."""
        view.is_open = False
        if view.content.get("notify_on_close"):
            payload = self._interaction("view_closed", view.user, view)
            self.socket.tell("interactive", payload | {"view": view.json(), "is_cleared": False})
        self.changed()

    def disconnect_all(self, reason: str | None = "refresh_requested") -> None:
        """End every websocket: by asking (refresh_requested, warning), or None: cut."""
        if reason is None:
            self.socket.cut()
        else:
            self.socket.disconnect(reason)

    # What they see.

    def messages(self, channel: SlackChannel) -> list[SlackMessage]:
        """The bot's messages in a channel that everybody there sees, as they are now."""
        return [
            message
            for message in self.thread(channel)
            if message.user is self.bot and message.seen_by is None
        ]

    def thread(self, channel: SlackChannel) -> list[SlackMessage]:
        """Everybody's messages in a channel, as they are now."""
        return [
            message for message in self._all if message.channel is channel and not message.deleted
        ]

    def ephemerals(self, user: SlackUser) -> list[SlackMessage]:
        """What only this person sees, however it was sent."""
        return [
            message for message in self._all if message.seen_by is user and not message.deleted
        ]

    def home(self, user: SlackUser) -> SlackView | None:
        """The App Home of a person."""
        for view in self.views.values():
            if view.user is user and view.content["type"] == "home":
                return view
        return None

    def modal(self, user: SlackUser) -> SlackView:
        """The modal a person looks at."""
        return self.modals(user)[-1]

    def modals(self, user: SlackUser) -> list[SlackView]:
        """The modals open for a person, the one on top last."""
        return [
            view
            for view in self.views.values()
            if view.user is user and view.is_open and view.content["type"] == "modal"
        ]

    def describe(self) -> str:
        shown = []
        for channel in self.channels.values():
            lines = [f"  {message}" for message in self.thread(channel)]
            name = channel.user.name if channel.user else f"#{channel.name}"
            shown += [f"{channel.id} {name}:", *(lines or ["  (nothing)"])]
        shown += [f"{view}" for view in self.views.values() if view.is_open]
        shown.append(f"{len(self.socket.connections)} connection(s)")
        return "\n".join(shown)

    # What the server needs.

    def stamp(self) -> str:
        """A time stamp nothing else has, moved by ``monotonic`` alone."""
        if self._born is None:
            self._born = self.monotonic()
        seconds = _SPRING_2026 + int(self.monotonic() - self._born)
        return f"{seconds}.{next(self._ids):06}"

    def store(
        self,
        channel: SlackChannel,
        user: SlackUser,
        text: str,
        *,
        thread_ts: str | None = None,
        seen_by: SlackUser | None = None,
    ) -> SlackMessage:
        """A new message."""
        message = SlackMessage(self.stamp(), channel, user, text, thread_ts=thread_ts)
        message.seen_by = seen_by
        self._all.append(message)
        self.changed()
        return message

    def stored(self, channel: SlackChannel, ts: str) -> SlackMessage | None:
        """The message with this stamp that everybody sees, unless it is gone."""
        for message in self.thread(channel):
            if message.ts == ts and message.seen_by is None:
                return message
        return None

    def add_view(self, content: Json, user: SlackUser) -> SlackView:
        """Show a view to a person."""
        view = SlackView(f"V{next(self._ids):04}", user, content, self._hash())
        self.views[view.id] = view
        self.changed()
        return view

    def change_view(self, view: SlackView, content: Json) -> None:
        """Show something else in its place."""
        view.content, view.hash, view.errors = content, self._hash(), {}
        view.updates += 1
        self.changed()

    def tell_change(self, message: SlackMessage, before: Json, subtype: str) -> None:
        """Tell the app that a message was changed or deleted, itself included."""
        name = "message" if subtype == "message_changed" else "deleted_ts"
        after: Any = message.json() if name == "message" else message.ts
        event = {"subtype": subtype, name: after, "previous_message": before, "hidden": True}
        self._tell_channel(message.channel, event | {"ts": self.stamp()})

    def tell_post(self, message: SlackMessage) -> None:
        """Tell the app about its own message, as Slack does."""
        self._tell_message(message)

    @abstractmethod
    def may_hear(self, kind: str) -> bool:
        """Whether the app has the right to events of this kind of channel."""

    @abstractmethod
    def may_read_files(self) -> bool:
        """Whether the app has the right to files."""

    # Payloads.

    def _hash(self) -> str:
        return f"hash.{next(self._ids)}"

    def _interaction(self, kind: str, user: SlackUser, view: SlackView | None = None) -> Json:
        return {
            "type": kind,
            "user": user.brief(),
            "api_app_id": APP_ID,
            "token": "verification",
            "team": TEAM,
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self._trigger(user, view),
        }

    def _act(
        self, place: SlackMessage | SlackView, action: Json, user: SlackUser | None
    ) -> Envelope:
        if isinstance(place, SlackView):
            payload = self._interaction("block_actions", place.user, place)
            payload |= {
                "container": {"type": "view", "view_id": place.id},
                "view": place.json(),
            }
        else:
            who = user or place.seen_by or place.channel.user
            assert who is not None, "in a channel, say who taps"
            payload = self._interaction("block_actions", who) | self._message_part(place, who)
        payload["actions"] = [action | {"action_ts": self.stamp()}]
        return self.socket.tell("interactive", payload)

    def _message_part(self, message: SlackMessage, user: SlackUser) -> Json:
        channel = message.channel
        shown: Json = {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": message.seen_by is not None,
                **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            },
            "channel": {"id": channel.id, "name": channel.shown_name},
            "state": {"values": {}},
            "response_url": self._response_url(channel, user, message),
        }
        return shown if message.seen_by is not None else shown | {"message": message.json()}

    def _trigger(self, user: SlackUser, view: SlackView | None = None) -> str:
        name = f"{next(self._ids)}.{TEAM_ID}"
        self.triggers[name] = Trigger(user, self.monotonic() + _TRIGGER_SECONDS, view)
        return name

    def _response_url(
        self, channel: SlackChannel, user: SlackUser, message: SlackMessage | None
    ) -> str:
        name = f"{TEAM_ID}-{next(self._ids)}"
        until = self.monotonic() + _RESPONSE_SECONDS
        self.response_urls[name] = ResponseUrl(channel, user, message, until)
        return f"{self.root}/actions/{name}"

    # Events.

    def _tell_message(self, message: SlackMessage) -> None:
        self._tell_channel(message.channel, message.json())

    def _tell_channel(self, channel: SlackChannel, event: Json) -> None:
        subscription = _SUBSCRIPTIONS[channel.kind]
        is_heard = self.bot.id in channel.members and self.may_hear(channel.kind)
        if subscription in self.events and is_heard:
            kind = {"im": "im", "groups": "group"}.get(channel.kind, "channel")
            self._send_event("message", event | {"channel": channel.id, "channel_type": kind})

    def _event(self, kind: str, event: Json) -> Envelope | None:
        return self._send_event(kind, event) if kind in self.events else None

    def _send_event(self, kind: str, event: Json) -> Envelope:
        bot = {"team_id": TEAM_ID, "user_id": self.bot.id, "is_bot": True}
        payload = {
            "token": "verification",
            "team_id": TEAM_ID,
            "api_app_id": APP_ID,
            "event": {"event_ts": self.stamp(), **event, "type": kind},
            "type": "event_callback",
            "event_id": f"Ev{next(self._ids):04}",
            "event_time": _SPRING_2026,
            "authorizations": [bot | {"enterprise_id": None, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        }
        return self.socket.tell("events_api", json.loads(json.dumps(payload)))

    # Answers other than Web API calls.

    def _acked(self, envelope: Envelope) -> None:
        apply = self._pending.pop(envelope.id, None)
        if apply is not None and envelope.ack is not None:
            try:
                apply(envelope.ack)
            except Refused:
                envelope.has_failed = True  # the person sees an error
        self.changed()

    def _shown_to(self, channel: SlackChannel, user: SlackUser, ack: Json) -> None:
        """The acknowledgement of a command, when it says something."""
        if ack.get("text") or ack.get("blocks"):
            everybody = ack.get("response_type") == "in_channel"
            message = self.store(
                channel, self.bot, ack.get("text", ""), seen_by=None if everybody else user
            )
            message.blocks = check_message_blocks(ack.get("blocks") or [])

    def _submitted(self, view: SlackView, ack: Json) -> None:
        """What the app wants done with a modal that was sent."""
        action = ack.get("response_action")
        if action == "errors":
            view.errors = dict(ack["errors"])
        elif action == "update":
            self.change_view(view, check_view(ack["view"]))
        elif action == "push":
            self.add_view(check_view(ack["view"]), view.user)
        else:
            for each in self.modals(view.user) if action == "clear" else [view]:
                each.is_open = False

    async def answer_response_url(self, request: web.Request) -> web.StreamResponse:
        """One answer to an interaction, at its own address."""
        place = self.response_urls.get(request.match_info["name"])
        if place is None or place.left <= 0 or self.monotonic() > place.until:
            used = place is not None and place.left <= 0
            words = "used_url" if used else "expired_url"
            return web.json_response({"ok": False, "error": words}, status=404)
        place.left -= 1
        body = await request.json()
        try:
            blocks = check_message_blocks(body.get("blocks") or [])
        except Refused as error:
            return web.json_response({"ok": False, "error": error.words}, status=400)
        self._respond(place, body, blocks)
        self.changed()
        return web.Response(text="ok")

    def _respond(self, place: ResponseUrl, body: Json, blocks: list[Json]) -> None:
        original = place.message
        if body.get("delete_original") and original is not None:
            original.deleted = True
            return
        if body.get("replace_original") and original is not None:
            message = original
            message.edits += 1
        else:
            everybody = body.get("response_type") == "in_channel"
            message = self.store(
                place.channel,
                self.bot,
                "",
                thread_ts=body.get("thread_ts"),
                seen_by=None if everybody else place.user,
            )
        message.text, message.blocks = str(body.get("text") or ""), blocks


def _state(view: SlackView, values: dict[str, Any]) -> Json:
    """What was typed and chosen in a view, as Slack tells it."""
    left = dict(values)
    state: Json = {}
    for block, element in interactive(view.blocks):
        if element["type"] == "button":
            continue
        names = [element.get("action_id", ""), block["block_id"]]
        value = next((left.pop(name) for name in names if name in left), None)
        answer = {"type": element["type"], **_typed(element, value)}
        state.setdefault(block["block_id"], {})[element.get("action_id", "")] = answer
    assert not left, f"{view} has no field {sorted(left)}"
    return state


def _typed(element: Json, value: Any) -> Json:
    """One value, under the name its kind of field has."""
    options = element.get("options", [])
    match element["type"]:
        case "static_select" | "radio_buttons":
            chosen = [option for option in options if option["value"] == value]
            return {"selected_option": chosen[0] if chosen else element.get("initial_option")}
        case "checkboxes" | "multi_static_select":
            wanted = value or []
            return {"selected_options": [each for each in options if each["value"] in wanted]}
        case "users_select":
            return {"selected_user": value}
        case "datepicker" | "timepicker" as kind:
            name = kind.removesuffix("picker")
            return {f"selected_{name}": value or element.get(f"initial_{name}")}
        case "file_input":
            return {"files": [file.json() for file in value or []]}
        case _:
            return {"value": value if value is not None else element.get("initial_value")}
