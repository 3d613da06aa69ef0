"""What Telegram knows: people, chats, messages and taps, with their Bot API shapes."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tests.servers.faults import Refused

Json = dict[str, Any]


class Button(NamedTuple):
    """One key under a message; ``data`` is its callback data, or the address it opens."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A styled range of a text, measured in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    custom_emoji_id: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    def moved(self, by: int) -> "Entity":
        return replace(self, offset=self.offset + by)

    def cut(self, end: int) -> "Entity":
        return replace(self, length=min(self.length, end - self.offset))

    def json(self) -> Json:
        shown = {"type": self.type, "offset": self.offset, "length": self.length}
        more = {
            "url": self.url,
            "language": self.language,
            "custom_emoji_id": self.custom_emoji_id,
        }
        return shown | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "fr"
    is_bot: bool = False

    def json(self) -> Json:
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        more = {"last_name": self.last_name, "username": self.username}
        if not self.is_bot:
            more["language_code"] = self.language_code
        return shown | {name: value for name, value in more.items() if value}


@dataclass(eq=False)
class Chat:
    """A private chat, a basic group or a supergroup."""

    id: int
    type: str
    title: str = ""
    user: User | None = None
    members: dict[int, User] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    is_forum: bool = False
    may_manage_topics: bool = True
    """Whether the bot may open topics."""
    refusal: Refused | None = None
    """Why the bot may not write here."""
    migrated_to: "Chat | None" = None

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def name(self) -> str:
        return self.user.first_name if self.user else self.title

    def json(self) -> Json:
        if self.user is not None:
            more = {"last_name": self.user.last_name, "username": self.user.username}
            shown: Json = {"id": self.id, "type": self.type, "first_name": self.user.first_name}
            return shown | {name: value for name, value in more.items() if value}
        shown = {"id": self.id, "type": self.type, "title": self.title}
        if self.type == "group":
            shown["all_members_are_administrators"] = True
        return shown | ({"is_forum": True} if self.is_forum else {})


@dataclass(frozen=True, slots=True)
class File:
    """A file sent to a chat."""

    id: str
    name: str
    content: bytes
    content_type: str = "application/octet-stream"

    def json(self) -> Json:
        return {
            "file_id": self.id,
            "file_unique_id": f"u{self.id}",
            "file_name": self.name,
            "mime_type": self.content_type,
            "file_size": len(self.content),
        }


@dataclass(eq=False)
class SentMessage:
    """One message of a chat, as it is now: an edit changes it in place."""

    id: int
    chat: Chat
    sender: User
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    markup: Json | None = None
    past_markups: list[Json | None] = field(default_factory=list)
    edits: int = 0
    edited_at: int | None = None
    silent: bool = False
    preview_disabled: bool = False
    thread_id: int | None = None
    reply_to: "SentMessage | None" = None
    document: File | None = None
    photo: File | None = None
    service: Json = field(default_factory=dict)
    """What a service message says: migrate_to_chat_id..."""
    deleted: bool = False

    @property
    def force_reply(self) -> bool:
        """Whether it opens the box where its answer is typed."""
        return bool(self.markup and self.markup.get("force_reply"))

    @property
    def keyboard(self) -> list[list[Button]]:
        return _keyboard(self.markup)

    @property
    def past_keyboards(self) -> list[list[list[Button]]]:
        """The keyboards this message had before, the latest first."""
        return [_keyboard(markup) for markup in reversed(self.past_markups)]

    @property
    def labels(self) -> list[str]:
        """The words of all buttons."""
        return [button.text for row in self.keyboard for button in row]

    @property
    def is_media(self) -> bool:
        return self.document is not None or self.photo is not None

    def styled(self, kind: str) -> list[str]:
        """The parts of the text that have this entity."""
        units = self.text.encode("utf-16-le")
        return [
            units[2 * entity.offset : 2 * entity.end].decode("utf-16-le")
            for entity in self.entities
            if entity.type == kind
        ]

    def button(self, what: str, *, stale: bool = False) -> Button:
        """The button with these words or data, else the only one whose words contain them."""
        keyboards: list[list[list[Button]]] = [
            self.keyboard,
            *(self.past_keyboards if stale else ()),
        ]
        for keyboard in keyboards:
            buttons = [button for row in keyboard for button in row]
            exact = [button for button in buttons if what in button]
            near = [button for button in buttons if what in button.text]
            if exact:
                return exact[0]
            if len(near) == 1:
                return near[0]
        raise AssertionError(f"no single button {what!r} among {self.keyboard} of {self}")

    def json(self) -> Json:
        shown: Json = {
            "message_id": self.id,
            "from": self.sender.json(),
            "chat": self.chat.json(),
            "date": self.date,
            **self._content(),
            **self.service,
        }
        optional: Json = {
            "edit_date": self.edited_at,
            "reply_markup": None if self.force_reply else self.markup,
            "message_thread_id": self.thread_id,
            "is_topic_message": True if self.thread_id else None,
            "link_preview_options": {"is_disabled": True} if self.preview_disabled else None,
        }
        if self.reply_to is not None:
            optional["reply_to_message"] = replace(self.reply_to, reply_to=None).json()
        return shown | {name: value for name, value in optional.items() if value is not None}

    def _content(self) -> Json:
        entities = [entity.json() for entity in self.entities]
        if not self.is_media:
            more = {"entities": entities} if entities else {}
            return ({"text": self.text} if self.text else {}) | more
        shown: Json = {"caption": self.text} if self.text else {}
        if entities:
            shown["caption_entities"] = entities
        if self.document is not None:
            shown["document"] = self.document.json()
        if self.photo is not None:
            small = {"file_id": f"{self.photo.id}-s", "file_unique_id": f"u{self.photo.id}-s"}
            whole = {"file_id": self.photo.id, "file_unique_id": f"u{self.photo.id}"}
            shown["photo"] = [
                small | {"width": 90, "height": 67, "file_size": 1_200},
                whole | {"width": 1280, "height": 960, "file_size": len(self.photo.content)},
            ]
        return shown

    def __str__(self) -> str:
        changed = f" (edited {self.edits}x)" if self.edits else ""
        rows = ["    " + " ".join(f"[{button.text}]" for button in row) for row in self.keyboard]
        media = self.document or self.photo
        words = f"<{media.name}> {self.text}" if media else self.text or str(self.service)
        return "\n".join([f"#{self.id} {self.sender.first_name}{changed}: {words}", *rows])


def _keyboard(markup: Json | None) -> list[list[Button]]:
    return [
        [Button(key["text"], key.get("callback_data") or key.get("url", "")) for key in row]
        for row in (markup or {}).get("inline_keyboard", [])
    ]


class Toast(NamedTuple):
    """What the bot answered to a tap."""

    text: str
    show_alert: bool
    url: str = ""


@dataclass(eq=False)
class CallbackTap:
    """A tap on a button, and the bot's answer once it came."""

    id: str
    message: SentMessage
    button: Button
    user: User
    is_expired: bool = False
    toast: Toast | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    def settle(self, toast: Toast) -> None:
        self.toast = toast
        self._answered.set()

    async def answer(self, timeout: float = 10) -> Toast:  # noqa: ASYNC109 - told when it fails
        """The toast shown to who tapped."""
        try:
            async with asyncio.timeout(timeout):
                await self._answered.wait()
        except TimeoutError:
            raise AssertionError(
                f"the tap on {self.button} was not answered within {timeout} s:\n{self.message}"
            ) from None
        assert self.toast is not None
        return self.toast


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Strict windows: how many messages in how many seconds; an edit counts as one."""

    overall: int = 30
    per_chat: int = 1
    per_group_minute: int = 20
    count_edits: bool = True
