"""What people do on Telegram: join, write, tap, block, upgrade a group; and what they see."""

import json
from collections import deque
from collections.abc import Callable
from itertools import count
from mimetypes import guess_type

from tests.servers.faults import Refused
from tests.servers.peer import Json, Peer
from tests.servers.telegram_state import CallbackTap, Chat, File, SentMessage, User
from tests.servers.telegram_text import bad_request, found_entities

_SPRING_2026 = 1_774_000_000
_FIRST_GROUP = 4_000_000
_FIRST_SUPERGROUP = 1_002_000_000_000
_UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}
"""Updates Telegram sends only to who asks for them."""
_ODD: dict[str, Json] = {
    "voice": {"file_id": "v1", "file_unique_id": "uv1", "duration": 3, "mime_type": "audio/ogg"},
    "sticker": {
        "file_id": "s1",
        "file_unique_id": "us1",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "\U0001f44d",
    },
    "video": {
        "file_id": "w1",
        "file_unique_id": "uw1",
        "width": 640,
        "height": 480,
        "duration": 3,
    },
}
_SHARED = 0
"""The message counter of all private chats and basic groups."""


class TelegramPeople(Peer):
    """Everything about a bot's chats that does not depend on the bot."""

    def __init__(
        self,
        *,
        username: str = "vigie_bot",
        privacy: bool = True,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(monotonic)
        self.bot = User(7_000_001, "Vigie", username=username, is_bot=True)
        self.privacy = privacy
        """In groups, the bot hears commands and answers to its messages only."""
        self.chats: dict[int, Chat] = {}
        self.taps: dict[str, CallbackTap] = {}
        self.files: dict[str, File] = {}
        self.expired: set[str] = set()
        """Files whose address is over."""
        self.paths: dict[str, str] = {}
        """Where else getFile says some of them are."""
        self.updates: deque[Json] = deque()
        """What the bot has not confirmed yet."""
        self.allowed_updates: set[str] = set()
        """What the bot asked to hear of; empty: the usual."""
        self._stored: dict[tuple[int, int], SentMessage] = {}
        self._numbers: dict[int, count[int]] = {}
        self._update_ids = count(500_001)
        self._ids = count(1)
        self._born: float | None = None

    # Who is there.

    def add_private(
        self,
        user_id: int,
        first_name: str = "Camille",
        *,
        last_name: str = "",
        username: str = "",
        started: bool = True,
    ) -> Chat:
        """The private chat with a person; not ``started``: the bot may not write first."""
        chat = Chat(user_id, "private", user=User(user_id, first_name, last_name, username))
        if not started:
            chat.refusal = Refused(403, "Forbidden: bot can't initiate conversation with a user")
        self.chats[chat.id] = chat
        return chat

    def add_group(self, title: str, *members: User) -> Chat:
        """A basic group the bot is in."""
        return self._add(Chat(-_FIRST_GROUP - next(self._ids), "group", title), members)

    def add_supergroup(self, title: str, *members: User, is_forum: bool = False) -> Chat:
        """A supergroup the bot is in."""
        identity = -_FIRST_SUPERGROUP - next(self._ids)
        chat = self._add(Chat(identity, "supergroup", title, is_forum=is_forum), members)
        if is_forum:
            self.next_number(chat)  # thread 1 is General, which cannot be named
        return chat

    def add_topic(self, forum: Chat, name: str) -> int:
        """A topic of a forum: the number of its thread."""
        assert forum.is_forum
        thread = self.next_number(forum)
        forum.topics[thread] = name
        return thread

    def _add(self, chat: Chat, members: tuple[User, ...]) -> Chat:
        chat.members = {member.id: member for member in members}
        self.chats[chat.id] = chat
        return chat

    # What they do.

    def say(
        self,
        chat: Chat,
        user: User | None,
        text: str,
        *,
        thread_id: int | None = None,
        reply_to: SentMessage | None = None,
    ) -> SentMessage:
        """Write in a chat; the update waits for the bot. ``user`` may be None in private."""
        message = self._written(chat, user)
        message.text, message.entities = text, found_entities(text)
        message.thread_id, message.reply_to = thread_id, reply_to
        return self._heard(message)

    def upload(
        self,
        chat: Chat,
        user: User | None,
        name: str,
        content: bytes,
        caption: str = "",
        *,
        reply_to: SentMessage | None = None,
    ) -> SentMessage:
        """Send a file to a chat."""
        message = self._written(chat, user)
        message.reply_to = reply_to
        content_type = guess_type(name)[0] or "text/plain"
        message.document = self.keep(name, content, content_type)
        message.text, message.entities = caption, found_entities(caption)
        return self._heard(message)

    def show(
        self, chat: Chat, picture: bytes, caption: str = "", origin: Json | None = None
    ) -> SentMessage:
        """Show the bot a photo in private; with an ``origin`` (forward_origin), as a forward."""
        message = self._written(chat, None)
        message.photo = self.keep("photo.jpg", picture, "image/jpeg")
        message.text, message.entities = caption, found_entities(caption)
        message.service = {"forward_origin": origin} if origin else {}
        return self._heard(message)

    def send_odd(self, chat: Chat, kind: str) -> SentMessage:
        """Send the bot something that is neither words nor a document: a voice, a sticker..."""
        message = self._written(chat, None)
        message.service = {kind: _ODD[kind]}
        return self._heard(message)

    def expire(self, file: File) -> None:
        """The address of a file is good for an hour: it is over."""
        self.expired.add(file.id)

    def click(
        self, message: SentMessage, what: str, user: User | None = None, *, stale: bool = False
    ) -> CallbackTap:
        """Tap the button with these words or data; ``stale``: also one it had before an edit."""
        return self._tap(message, what, user, stale=stale)

    def old_click(self, message: SentMessage, what: str, user: User | None = None) -> CallbackTap:
        """A tap made while the bot was away: it arrives, too late to be answered."""
        tap = self._tap(message, what, user, stale=True)
        tap.is_expired = True
        return tap

    def block(self, chat: Chat) -> None:
        """The person blocks the bot."""
        self._membership(chat, self._person(chat, None), "member", "kicked")
        chat.refusal = Refused(403, "Forbidden: bot was blocked by the user")
        self.changed()

    def unblock(self, chat: Chat) -> None:
        """The person unblocks the bot."""
        chat.refusal = None
        self._membership(chat, self._person(chat, None), "kicked", "member")

    def deactivate(self, chat: Chat) -> None:
        """The person deletes their account."""
        chat.refusal = Refused(403, "Forbidden: user is deactivated")

    def kick(self, chat: Chat, user: User) -> None:
        """Somebody throws the bot out of a group."""
        self._membership(chat, user, "member", "kicked")
        chat.refusal = Refused(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        self.changed()

    def invite(self, chat: Chat, user: User) -> None:
        """Somebody adds the bot to a group."""
        chat.refusal = None
        self._membership(chat, user, "left", "member")

    def migrate(self, group: Chat) -> Chat:
        """A basic group becomes a supergroup: another number, and errors at the old one."""
        assert group.type == "group"
        new = self.add_supergroup(group.title, *group.members.values())
        group.migrated_to = new
        group.refusal = Refused(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=new.id,
        )
        who = next(iter(group.members.values()), self.bot)
        for chat, service in (
            (group, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": group.id}),
        ):
            self._queue("message", self.store(chat, who, service=service).json())
        return new

    def remove(self, message: SentMessage) -> None:
        """Somebody deletes a message; Telegram tells the bot nothing."""
        message.deleted = True
        self.changed()

    # What they see.

    def messages(self, chat: Chat) -> list[SentMessage]:
        """The bot's messages in a chat, as they are now."""
        return [message for message in self.thread(chat) if message.sender is self.bot]

    def thread(self, chat: Chat) -> list[SentMessage]:
        """Everybody's messages in a chat, as they are now."""
        return [
            message
            for message in self._stored.values()
            if message.chat is chat and not message.deleted
        ]

    def describe(self) -> str:
        shown = []
        for chat in self.chats.values():
            lines = [f"  {message}" for message in self.thread(chat)]
            shown += [f"{chat.type} {chat.id} {chat.name}:", *(lines or ["  (nothing)"])]
        return "\n".join(shown)

    # What the server needs.

    @property
    def now(self) -> int:
        """The hour here: seconds since 1970, moved by ``monotonic`` alone."""
        if self._born is None:
            self._born = self.monotonic()
        return _SPRING_2026 + int(self.monotonic() - self._born)

    def next_number(self, chat: Chat) -> int:
        """The next message number: each supergroup counts for itself, the rest together."""
        key = chat.id if chat.type == "supergroup" else _SHARED
        return next(self._numbers.setdefault(key, count(1)))

    def store(self, chat: Chat, sender: User, service: Json | None = None) -> SentMessage:
        """A new, empty message."""
        message = SentMessage(self.next_number(chat), chat, sender, self.now)
        message.service = service or {}
        self._stored[chat.id, message.id] = message
        return message

    def stored(self, chat: Chat, number: int) -> SentMessage | None:
        """The message with this number, unless it is gone."""
        message = self._stored.get((chat.id, number))
        return None if message is None or message.deleted else message

    def keep(self, name: str, content: bytes, content_type: str = "text/plain") -> File:
        """Keep a file."""
        file = File(f"file-{next(self._ids)}", name, content, content_type)
        self.files[file.id] = file
        return file

    # Updates.

    def _written(self, chat: Chat, user: User | None) -> SentMessage:
        who = self._person(chat, user)
        if not chat.is_private:
            chat.members[who.id] = who
        elif chat.refusal is not None and "initiate" in chat.refusal.words:
            chat.refusal = None  # now they have
        return self.store(chat, who)

    def _heard(self, message: SentMessage) -> SentMessage:
        if message.chat.is_private or not self.privacy or self._is_for_bot(message):
            self._queue("message", message.json())
        return message

    def _is_for_bot(self, message: SentMessage) -> bool:
        """Whether the bot hears of this message of a group in privacy mode."""
        if message.reply_to is not None and message.reply_to.sender is self.bot:
            return True
        word = message.text.split(maxsplit=1)[0] if message.text.strip() else ""
        _, _, addressee = word.partition("@")
        return word.startswith("/") and addressee.lower() in {"", self.bot.username.lower()}

    def _person(self, chat: Chat, user: User | None) -> User:
        who = user or chat.user
        if who is None:
            raise bad_request("in a group, say who")
        return who

    def _tap(
        self, message: SentMessage, what: str, user: User | None, *, stale: bool
    ) -> CallbackTap:
        button = message.button(what, stale=stale)
        assert "://" not in button.data, f"{button} opens a page"
        who = self._person(message.chat, user)
        tap = CallbackTap(f"40{next(self._ids):016}", message, button, who)
        self.taps[tap.id] = tap
        self._queue(
            "callback_query",
            {
                "id": tap.id,
                "from": who.json(),
                "message": message.json(),
                "chat_instance": str(message.chat.id),
                "data": button.data,
            },
        )
        return tap

    def _membership(self, chat: Chat, who: User, old: str, new: str) -> None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": self.bot.json(), "status": status, **until}

        self._queue(
            "my_chat_member",
            {
                "chat": chat.json(),
                "from": who.json(),
                "date": self.now,
                "old_chat_member": member(old),
                "new_chat_member": member(new),
            },
        )

    def _queue(self, kind: str, content: Json) -> None:
        wanted = kind in self.allowed_updates if self.allowed_updates else kind not in _UNASKED
        if wanted:
            # A copy: an update says how things were when it happened.
            copy = json.loads(json.dumps(content))
            self.updates.append({"update_id": next(self._update_ids), kind: copy})
        self.changed()
