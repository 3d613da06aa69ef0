"""What Slack knows: people, channels, messages and views, with their Web API shapes."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.servers.peer import Json

TEAM_ID = "T0CABINET"
TEAM = {"id": TEAM_ID, "domain": "cabinet"}
APP_ID = "A0VIGIE"


class SlackButton(NamedTuple):
    """One button of a message or a view."""

    text: str
    value: str
    action_id: str
    block_id: str
    url: str = ""
    style: str = ""
    confirm: str = ""
    """What is asked first."""


@dataclass(frozen=True, slots=True)
class SlackUser:
    """A person, or the bot."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False

    def brief(self) -> Json:
        """As interactions show who acted."""
        return {"id": self.id, "username": self.name, "name": self.name, "team_id": TEAM_ID}

    def json(self) -> Json:
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "name": self.name,
            "deleted": False,
            "real_name": self.real_name,
            "tz": "Europe/Paris",
            "is_bot": self.is_bot,
            "profile": {"real_name": self.real_name, "display_name": self.name},
        }


@dataclass(eq=False)
class SlackChannel:
    """A public or private channel, or a conversation between one person and the bot."""

    id: str
    name: str
    is_private: bool = False
    user: SlackUser | None = None
    """The other one, in a direct conversation."""
    members: set[str] = field(default_factory=set)
    is_archived: bool = False

    @property
    def is_direct(self) -> bool:
        return self.user is not None

    @property
    def kind(self) -> str:
        """As scopes and events call it."""
        if self.is_direct:
            return "im"
        return "groups" if self.is_private else "channels"

    @property
    def shown_name(self) -> str:
        """As interactions call it."""
        if self.is_direct:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def json(self, *, is_member: bool) -> Json:
        shown: Json = {"id": self.id, "created": 1_700_000_000, "is_archived": self.is_archived}
        if self.user is not None:
            return shown | {"is_im": True, "user": self.user.id, "is_user_deleted": False}
        return shown | {
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_private": self.is_private,
            "is_member": is_member,
        }


@dataclass(eq=False)
class SlackMessage:
    """One message of a channel, as it is now: an update changes it in place."""

    ts: str
    channel: SlackChannel
    user: SlackUser
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    is_broadcast: bool = False
    """A reply that the whole channel sees too."""
    metadata: Json | None = None
    edits: int = 0
    edited_ts: str | None = None
    seen_by: SlackUser | None = None
    """The only one who sees it: an ephemeral message."""
    files: list[Json] = field(default_factory=list)
    reactions: set[str] = field(default_factory=set)
    deleted: bool = False

    @property
    def edited(self) -> bool:
        return self.edits > 0

    @property
    def words(self) -> str:
        """Everything a person reads: the blocks, else the text."""
        return words(self.blocks) or self.text

    @property
    def buttons(self) -> list[SlackButton]:
        return buttons(self.blocks)

    @property
    def labels(self) -> list[str]:
        return [button.text for button in self.buttons]

    def button(self, what: str) -> SlackButton:
        """The button with these words, value or action, else the only one that contains them."""
        return one_button(self.buttons, what, str(self))

    def json(self, *, with_metadata: bool = True) -> Json:
        shown: Json = {
            "type": "message",
            "ts": self.ts,
            "user": self.user.id,
            "text": self.text,
            "team": TEAM_ID,
        }
        optional: Json = {
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "metadata": self.metadata if with_metadata else None,
            "edited": {"user": self.user.id, "ts": self.edited_ts} if self.edited_ts else None,
            "files": self.files,
            "reactions": [
                {"name": name, "count": 1, "users": []} for name in sorted(self.reactions)
            ],
        }
        if self.user.is_bot:
            optional |= {"bot_id": bot_id(self.user), "app_id": APP_ID}
        return shown | {name: value for name, value in optional.items() if value}

    def __str__(self) -> str:
        changed = f" (edited {self.edits}x)" if self.edits else ""
        seen = f" (only {self.seen_by.name} sees it)" if self.seen_by else ""
        reply = f" (in {self.thread_ts})" if self.thread_ts else ""
        keys = "".join(f" [{label}]" for label in self.labels)
        lines = [f"{self.ts} {self.user.name}{changed}{seen}{reply}: {self.words}"]
        return "\n".join([*lines, *([f"   {keys}"] if keys else [])])


@dataclass(eq=False)
class SlackFile:
    """A file somebody put in the workspace."""

    id: str
    name: str
    content: bytes
    mimetype: str
    url: str
    """Its ``url_private``."""
    mode: str = "hosted"
    is_external: bool = False

    def json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "mode": self.mode,
            "is_external": self.is_external,
            "size": len(self.content),
            "url_private": self.url,
            "url_private_download": f"{self.url}/download",
        }


@dataclass(eq=False)
class SlackView:
    """A modal or an App Home."""

    id: str
    user: SlackUser
    content: Json
    hash: str
    is_open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    """What the app found wrong at the last submission, by block."""
    updates: int = 0

    @property
    def blocks(self) -> list[Json]:
        found: list[Json] = self.content.get("blocks", [])
        return found

    @property
    def words(self) -> str:
        title = self.content.get("title", {}).get("text", "")
        return "\n".join(part for part in (title, words(self.blocks)) if part)

    @property
    def buttons(self) -> list[SlackButton]:
        return buttons(self.blocks)

    def button(self, what: str) -> SlackButton:
        """The button with these words, value or action, else the only one that contains them."""
        return one_button(self.buttons, what, str(self))

    def json(self, state: Json | None = None) -> Json:
        kept = {
            name: self.content.get(name)
            for name in ("type", "blocks", "title", "submit", "close", "external_id")
        }
        return kept | {
            "id": self.id,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "bot_id": "B0VIGIE",
            "callback_id": self.content.get("callback_id", ""),
            "private_metadata": self.content.get("private_metadata", ""),
            "notify_on_close": bool(self.content.get("notify_on_close")),
            "state": {"values": state or {}},
            "hash": self.hash,
            "root_view_id": self.id,
            "previous_view_id": None,
        }

    def __str__(self) -> str:
        keys = "".join(f" [{button.text}]" for button in self.buttons)
        return f"{self.id} {self.content.get('type')} of {self.user.name}: {self.words}{keys}"


@dataclass(eq=False)
class Envelope:
    """Something Slack tells the app over Socket Mode, and the app's acknowledgement."""

    id: str
    type: str
    payload: Json
    attempts: int = 0
    """How often it was put on a connection."""
    reason: str = ""
    """Why it was sent again."""
    connection: int = 0
    """The number of the last connection it was put on."""
    sent_at: float | None = None
    latency: float | None = None
    """Seconds between the last sending and the acknowledgement."""
    ack: Json | None = None
    """What the app acknowledged with; empty without a payload."""
    has_failed: bool = False
    """Slack gave up: nobody connected, or no acknowledgement in time."""
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    def frame(self) -> str:
        """As it goes on the wire."""
        shown: Json = {
            "envelope_id": self.id,
            "type": self.type,
            "payload": self.payload,
            "accepts_response_payload": self.type != "events_api",
        }
        if self.type == "events_api":
            shown |= {"retry_attempt": max(self.attempts - 1, 0), "retry_reason": self.reason}
        return json.dumps(shown)

    def settle(self, ack: Json | None, latency: float | None = None) -> None:
        self.ack, self.latency, self.has_failed = ack, latency, ack is None
        self._settled.set()

    async def acked(self, timeout: float = 10) -> Json:  # noqa: ASYNC109 - told when it fails
        """The payload of the acknowledgement; an error when Slack showed one."""
        try:
            async with asyncio.timeout(timeout):
                await self._settled.wait()
        except TimeoutError:
            raise AssertionError(f"not acknowledged within {timeout} s: {self.frame()}") from None
        assert self.ack is not None, f"Slack showed an error: {self.frame()}"
        return self.ack


@dataclass(frozen=True, slots=True)
class SlackLimits:
    """Messages a second in one channel, and how many at once after a calm."""

    per_channel: float = 1.0
    burst: int = 3


def bot_id(user: SlackUser) -> str:
    """The bot behind its user."""
    return user.id.replace("U", "B", 1)


def words(blocks: list[Json]) -> str:
    """The text of blocks, one block a line, without the words of buttons."""
    shown = (words_of(block) for block in blocks if block.get("type") != "actions")
    return "\n".join(line for line in shown if line)


def words_of(node: Any) -> str:
    """The text of anything inside a block."""
    if isinstance(node, list):
        return "".join(words_of(each) for each in node)
    if not isinstance(node, dict):
        return ""
    if "url" in node and node.get("type") == "link":
        return str(node.get("text") or node["url"])
    if isinstance(node.get("text"), str):
        return str(node["text"])
    parts = [words_of(node.get(name)) for name in ("label", "text", "fields")]
    elements = node.get("elements", [])
    lines = node.get("type") in {"rich_text", "rich_text_list", "context"}
    parts.append(("\n" if lines else "").join(words_of(each) for each in elements))
    return "\n".join(part for part in parts if part)


def buttons(blocks: list[Json]) -> list[SlackButton]:
    """All buttons, in order."""
    return [
        SlackButton(
            element["text"]["text"],
            element.get("value", ""),
            element.get("action_id", ""),
            block.get("block_id", ""),
            element.get("url", ""),
            element.get("style", ""),
            element.get("confirm", {}).get("text", {}).get("text", ""),
        )
        for block, element in interactive(blocks)
        if element.get("type") == "button"
    ]


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element a person can act on, with its block."""
    for block in blocks:
        if block.get("type") == "actions":
            yield from ((block, element) for element in block.get("elements", []))
        elif block.get("type") == "section" and "accessory" in block:
            yield block, block["accessory"]
        elif block.get("type") == "input":
            yield block, block["element"]


def one_button(found: list[SlackButton], what: str, where: str) -> SlackButton:
    """The button meant by ``what``."""
    for matches in (
        [button for button in found if what in {button.text, button.value, button.action_id}],
        [button for button in found if what in button.text],
    ):
        if len(matches) == 1:
            return matches[0]
    raise AssertionError(f"no single button {what!r} among {found} of {where}")
