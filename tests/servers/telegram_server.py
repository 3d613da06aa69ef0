"""A Bot API server on this machine: its methods, its rules, its words when it refuses."""

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.servers.faults import Refused
from tests.servers.peer import Json
from tests.servers.telegram_people import TelegramPeople
from tests.servers.telegram_state import Chat, Entity, File, RateLimits, SentMessage, Toast
from tests.servers.telegram_text import (
    LONGEST_CAPTION,
    LONGEST_TEXT,
    bad_request,
    checked_url,
    read_text,
)

TOKEN = "7000001:AAvigie-test-token-0123456789abcdefg"
_WORDS = {
    *("text", "caption", "title", "description", "short_description", "name", "url"),
    *("callback_query_id", "language_code", "parse_mode", "action", "file_id", "secret_token"),
}
"""Parameters that are text, whatever they look like."""
_ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
    *("upload_document", "choose_sticker", "find_location"),
}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)
_MOST_BUTTONS = 100
_MOST_COMMANDS = 100
_LONGEST_TOAST = 200
_DELETABLE = 48 * 3600
_LARGEST_FILE = 50 * 1024 * 1024
_LARGEST_FETCHED = 20 * 1024 * 1024
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_TWO_POLLS = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
_WEBHOOK_ON = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


_SET_WEBHOOK = "Conflict: terminated by setWebhook request"


class TelegramServer(TelegramPeople):
    """``async with TelegramServer() as server:`` and a bot at ``server.api_base``."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "vigie_bot",
        privacy: bool = True,
        rate_limits: RateLimits | None = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(username=username, privacy=privacy, monotonic=monotonic)
        self.token = token
        self.is_token_revoked = False
        self.polls = 0
        """How many getUpdates arrived."""
        self.webhook_url = ""
        self.webhook: Json = {}
        """What setWebhook was called with."""
        self.webhook_error = ""
        """Why the last call to it failed."""
        self.commands: dict[tuple[str, str], list[tuple[str, str]]] = {}
        """Commands and their descriptions, by scope (``default``...) and language code."""
        self.descriptions: dict[tuple[str, str], str] = {}
        """``description`` or ``short_description``, by that and language code."""
        self._limits = rate_limits
        self._sends: list[tuple[float, int]] = []
        self._poll: asyncio.Future[None] | None = None
        self._methods: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "setmycommands": self._set_my_commands,
            "getmycommands": self._get_my_commands,
            "deletemycommands": self._delete_my_commands,
            "setmydescription": self._set_my_description,
            "setmyshortdescription": self._set_my_short_description,
            "sendmessage": self._send_message,
            "createforumtopic": self._create_forum_topic,
            "senddocument": self._send_document,
            "sendphoto": self._send_photo,
            "editmessagetext": self._edit_message_text,
            "editmessagereplymarkup": self._edit_message_reply_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback_query,
            "sendchataction": self._send_chat_action,
            "getchat": self._get_chat,
            "leavechat": self._leave_chat,
            "getfile": self._get_file,
            "logout": self._yes,
            "close": self._yes,
        }

    @property
    def api_base(self) -> str:
        """What the bot puts before ``/bot<token>/<method>``."""
        return self.root

    # Requests.

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)

    async def stop(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.cancel()
        await super().stop()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request)
        return await self.answer(request, method, params, self._method(request, method))

    def _method(self, request: web.Request, method: str) -> Callable[[Json], Awaitable[Any]]:
        async def refuse(_: Json) -> Any:
            raise error

        token = request.match_info["token"]
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            error = Refused(404, "Not Found")
        elif token != self.token or self.is_token_revoked:
            error = Refused(401, "Unauthorized")
        elif method.lower() in self._methods:
            return self._methods[method.lower()]
        else:
            error = Refused(404, "Not Found")
        return refuse

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        file = self.files.get(request.match_info["path"].removeprefix("documents/"))
        is_there = file is not None and file.id not in self.expired
        if request.match_info["token"] != self.token or file is None or not is_there:
            return self.refusal(Refused(404, "Not Found"))
        return web.Response(body=file.content)

    def refusal(self, error: Refused) -> web.Response:
        body: Json = {"ok": False, "error_code": error.status, "description": error.words}
        if error.parameters:
            body["parameters"] = error.parameters
        return web.json_response(body, status=error.status)

    def success(self, result: Any) -> web.Response:
        return web.json_response({"ok": True, "result": result})

    async def _yes(self, params: Json) -> bool:
        return True

    # The bot and its updates.

    async def _get_me(self, params: Json) -> Json:
        return self.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, params: Json) -> list[Json]:
        self.polls += 1
        if self.webhook_url:
            raise Refused(409, _WEBHOOK_ON)
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refused(409, _TWO_POLLS))
        if isinstance(params.get("allowed_updates"), list):
            self.allowed_updates = set(params["allowed_updates"])
        self._confirm(int(params.get("offset") or 0))
        limit = min(max(int(params.get("limit") or 100), 1), 100)
        if not self.updates:
            await self._long_poll(float(params.get("timeout") or 0))
        return list(self.updates)[:limit]

    def _confirm(self, offset: int) -> None:
        """Forget what comes before the offset; below zero: all but that many."""
        if offset < 0:
            while len(self.updates) > -offset:
                self.updates.popleft()
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()

    async def _long_poll(self, seconds: float) -> None:
        """Wait for an update; another poll ends this one with a 409."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = ended
        waiting = asyncio.ensure_future(self._first_update())
        try:
            await asyncio.wait(
                {ended, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if ended.done():
                ended.result()
        finally:
            ended.cancel()
            waiting.cancel()
            if self._poll is ended:
                self._poll = None

    async def _first_update(self) -> None:
        while not self.updates:
            await self._change.wait()

    async def _set_webhook(self, params: Json) -> bool:
        self.webhook_url = str(params.get("url") or "")
        self.webhook, self.webhook_error = params, ""
        self.allowed_updates = set(params.get("allowed_updates") or self.allowed_updates)
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refused(409, _SET_WEBHOOK))
        return True

    async def _delete_webhook(self, params: Json) -> bool:
        self.webhook_url = ""
        if params.get("drop_pending_updates"):
            self.updates.clear()
        return True

    async def _get_webhook_info(self, params: Json) -> Json:
        return {
            "url": self.webhook_url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
            **(
                {"last_error_date": self.now, "last_error_message": self.webhook_error}
                if self.webhook_error
                else {}
            ),
        }

    async def next_for_webhook(self) -> Json:
        """The oldest update nobody took, once there is a webhook for it."""
        while not (self.webhook_url and self.updates):
            await self._change.wait()
        return self.updates[0]

    def taken(self, update: Json) -> None:
        """The webhook took this update."""
        if self.updates and self.updates[0] is update:
            self.updates.popleft()
        self.changed()

    # Menus and descriptions.

    async def _set_my_commands(self, params: Json) -> bool:
        commands = params.get("commands") or []
        if len(commands) > _MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for each in commands:
            if not _COMMAND.fullmatch(each["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(each["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        found = [(each["command"], each["description"]) for each in commands]
        self.commands[_menu(params)] = found
        return True

    async def _get_my_commands(self, params: Json) -> list[Json]:
        found = self.commands.get(_menu(params), [])
        return [{"command": word, "description": says} for word, says in found]

    async def _delete_my_commands(self, params: Json) -> bool:
        self.commands.pop(_menu(params), None)
        return True

    async def _set_my_description(self, params: Json) -> bool:
        return self._describe_bot(params, "description", 512)

    async def _set_my_short_description(self, params: Json) -> bool:
        return self._describe_bot(params, "short_description", 120)

    def _describe_bot(self, params: Json, name: str, longest: int) -> bool:
        words = str(params.get(name) or "")
        if len(words) > longest:
            raise bad_request("BOT_DESCRIPTION_INVALID")
        self.descriptions[name, str(params.get("language_code") or "")] = words
        return True

    # Sending.

    async def _send_message(self, params: Json) -> Json:
        chat = self._writable(params)
        text, entities = read_text(
            params.get("text"), params.get("parse_mode"), params.get("entities"), LONGEST_TEXT
        )
        message = self._sent(chat, params)
        message.text, message.entities = text, entities
        return message.json()

    async def _send_document(self, params: Json) -> Json:
        message = self._captioned(params, file := self._file(params, "document"))
        message.document = file
        return message.json()

    async def _send_photo(self, params: Json) -> Json:
        message = self._captioned(params, file := self._file(params, "photo"))
        message.photo = file
        return message.json()

    def _captioned(self, params: Json, file: File) -> SentMessage:
        chat = self._writable(params)
        text = ""
        entities: list[Entity] = []
        if params.get("caption"):
            text, entities = read_text(
                params["caption"],
                params.get("parse_mode"),
                params.get("caption_entities"),
                LONGEST_CAPTION,
            )
        message = self._sent(chat, params)
        message.text, message.entities = text, entities
        return message

    def _sent(self, chat: Chat, params: Json) -> SentMessage:
        """A new message of the bot, with everything but its text; all checks before it."""
        markup = _markup(params)
        thread = self._topic(chat, params)
        reply_to = self._replied(chat, params)
        self._count(chat)
        message = self.store(chat, self.bot)
        message.markup, message.thread_id, message.reply_to = markup, thread, reply_to
        message.silent = bool(params.get("disable_notification"))
        message.preview_disabled = _is_preview_off(params)
        return message

    def _file(self, params: Json, name: str) -> File:
        given = params.get(name)
        if isinstance(given, str) and given.startswith("attach://"):
            given = params.get(given.removeprefix("attach://"))
        if isinstance(given, web.FileField):
            content = given.file.read()
            if len(content) > _LARGEST_FILE:
                raise Refused(413, "Request Entity Too Large")
            if not content:
                raise bad_request("file must be non-empty")
            return self.keep(given.filename, content, given.content_type)
        if not given:
            raise bad_request(f"there is no {name} in the request")
        if given not in self.files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self.files[given]

    def _chat(self, params: Json) -> Chat:
        asked = params.get("chat_id")
        if asked in {None, ""}:
            raise bad_request("chat_id is empty")
        for chat in self.chats.values():
            if chat.id == asked:
                return chat
        raise bad_request("chat not found")

    def _writable(self, params: Json) -> Chat:
        chat = self._chat(params)
        if chat.refusal is not None:
            raise chat.refusal
        return chat

    async def _create_forum_topic(self, params: Json) -> Json:
        chat, name = self._writable(params), str(params.get("name", ""))
        if not chat.is_forum:
            raise bad_request("the chat is not a forum")
        if not chat.may_manage_topics:
            raise bad_request("not enough rights to create a topic")
        if not 1 <= len(name) <= 128:
            raise bad_request("topic name is invalid")
        return {
            "message_thread_id": self.add_topic(chat, name),
            "name": name,
            "icon_color": 7322096,
        }

    def _topic(self, chat: Chat, params: Json) -> int | None:
        thread = params.get("message_thread_id")
        if thread is None:
            return None
        if thread not in chat.topics:
            raise bad_request("message thread not found")
        return int(thread)

    def _replied(self, chat: Chat, params: Json) -> SentMessage | None:
        wanted = params.get("reply_parameters") or {}
        if not wanted:
            return None
        found = self.stored(chat, int(wanted["message_id"]))
        if found is None and not wanted.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return found

    def _count(self, chat: Chat) -> None:
        """Note a message sent, or refuse it: too many in one of the windows."""
        if self._limits is None:
            return
        now = self.monotonic()
        here = [at for at, place in self._sends if place == chat.id]
        windows = [
            ([at for at, _ in self._sends], self._limits.overall, 1.0),
            (here, self._limits.per_chat, 1.0),
        ]
        if not chat.is_private:
            windows.append((here, self._limits.per_group_minute, 60.0))
        waits = [_wait(times, most, seconds, now) for times, most, seconds in windows]
        if max(waits) > 0:
            seconds = max(1, math.ceil(max(waits)))
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        self._sends.append((now, chat.id))

    # Editing.

    async def _edit_message_text(self, params: Json) -> Json:
        message = self._editable(params)
        if message.is_media:
            raise bad_request("there is no text in the message to edit")
        text, entities = read_text(
            params.get("text"), params.get("parse_mode"), params.get("entities"), LONGEST_TEXT
        )
        markup = _markup(params)
        if (text, entities, markup) == (message.text, message.entities, message.markup):
            raise bad_request(_NOT_MODIFIED)
        self._edited(message, markup)
        message.text, message.entities = text, entities
        message.preview_disabled = _is_preview_off(params)
        return message.json()

    async def _edit_message_reply_markup(self, params: Json) -> Json:
        message = self._editable(params)
        markup = _markup(params)
        if markup == message.markup:
            raise bad_request(_NOT_MODIFIED)
        self._edited(message, markup)
        return message.json()

    def _editable(self, params: Json) -> SentMessage:
        chat = self._writable(params)
        if not params.get("message_id"):
            raise bad_request("message identifier is not specified")
        message = self.stored(chat, int(params["message_id"]))
        if message is None:
            raise bad_request("message to edit not found")
        if message.sender is not self.bot:
            raise bad_request("message can't be edited")
        return message

    def _edited(self, message: SentMessage, markup: Json | None) -> None:
        if self._limits is None or self._limits.count_edits:
            self._count(message.chat)
        message.past_markups.append(message.markup)
        message.markup = markup
        message.edits += 1
        message.edited_at = self.now

    async def _delete_message(self, params: Json) -> bool:
        chat = self._writable(params)
        message = self.stored(chat, int(params.get("message_id") or 0))
        if message is None:
            raise bad_request("message to delete not found")
        if message.sender is not self.bot and not chat.is_private:
            raise bad_request("message can't be deleted")
        if self.now - message.date > _DELETABLE:
            raise bad_request("message can't be deleted for everyone")
        message.deleted = True
        return True

    # The rest.

    async def _answer_callback_query(self, params: Json) -> bool:
        tap = self.taps.get(str(params.get("callback_query_id")))
        if tap is None or tap.is_expired or tap.toast is not None:
            raise bad_request(_TOO_OLD)
        words = str(params.get("text") or "")
        if len(words) > _LONGEST_TOAST:
            raise bad_request("MESSAGE_TOO_LONG")
        tap.settle(Toast(words, bool(params.get("show_alert")), str(params.get("url") or "")))
        return True

    async def _send_chat_action(self, params: Json) -> bool:
        self._writable(params)
        if params.get("action") not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        return True

    async def _get_chat(self, params: Json) -> Json:
        chat = self._chat(params)
        if chat.refusal is not None and not chat.is_private:
            raise chat.refusal
        more = {"accent_color_id": 0, "max_reaction_count": 11}
        gifts = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            True,
        )
        return chat.json() | more | {"accepted_gift_types": gifts}

    async def _leave_chat(self, params: Json) -> bool:
        chat = self._writable(params)
        if chat.is_private:
            raise bad_request("chat member status can't be changed in private chats")
        chat.refusal = Refused(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return True

    async def _get_file(self, params: Json) -> Json:
        file = self.files.get(str(params.get("file_id")))
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(file.content) > _LARGEST_FETCHED:
            raise bad_request("file is too big")
        shown = file.json()
        return {
            "file_id": file.id,
            "file_unique_id": shown["file_unique_id"],
            "file_size": len(file.content),
            "file_path": self.paths.get(file.id, f"documents/{file.id}"),
        }


async def _params(request: web.Request) -> Json:
    """The parameters of a call, whichever way they came."""
    if request.content_type == "application/json":
        return dict(await request.json())
    fields = {**request.query, **await request.post()}
    return {name: _value(name, value) for name, value in fields.items()}


def _value(name: str, value: Any) -> Any:
    """A form field: JSON, unless it is text or not JSON after all."""
    if name in _WORDS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _menu(params: Json) -> tuple[str, str]:
    """Which menu of commands: its scope and language."""
    scope = params.get("scope") or {"type": "default"}
    more = [str(value) for name, value in scope.items() if name != "type"]
    return ":".join([scope["type"], *more]), str(params.get("language_code") or "")


def _is_preview_off(params: Json) -> bool:
    options = params.get("link_preview_options") or {}
    return bool(options.get("is_disabled") or params.get("disable_web_page_preview"))


def _wait(times: list[float], most: int, seconds: float, now: float) -> float:
    """How long until one more fits in this window; 0: now."""
    recent = [at for at in times if now - at < seconds]
    return 0.0 if len(recent) < most else recent[-most] + seconds - now


def _markup(params: Json) -> Json | None:
    """The inline keyboard of a message, checked; None without buttons."""
    markup = params.get("reply_markup")
    if not markup:
        return None
    rows = markup.get("inline_keyboard")
    if "force_reply" in markup:
        if len(str(markup.get("input_field_placeholder", ""))) > 64:
            raise bad_request("reply keyboard placeholder is too long")
        return {"force_reply": True}
    if rows is None:
        return None  # a reply keyboard: it belongs to the chat, not to the message
    keys = [key for row in rows for key in row]
    if len(keys) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    for key in keys:
        _check_key(key)
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check_key(key: Json) -> None:
    if not str(key.get("text", "")).strip():
        raise bad_request("can't parse inline keyboard button: Button text must be non-empty")
    if "url" in key:
        if checked_url(str(key["url"])) is None:
            raise bad_request(
                f"inline keyboard button URL '{key['url']}' is invalid: Wrong HTTP URL"
            )
    elif "callback_data" not in key:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    elif not 1 <= len(str(key["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
