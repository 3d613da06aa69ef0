"""Slack on this machine: its Web API with its rules and errors, Socket Mode, files."""

import json
import math
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.servers.faults import Refused
from tests.servers.peer import Json
from tests.servers.slack_blocks import check_message_blocks, slack_error
from tests.servers.slack_people import EVENTS, SlackPeople
from tests.servers.slack_state import (
    TEAM,
    TEAM_ID,
    SlackChannel,
    SlackLimits,
    SlackMessage,
    SlackUser,
    bot_id,
)
from tests.servers.slack_views import SlackViews

BOT_TOKEN = "xoxb-0000-vigie"
APP_TOKEN = "xapp-1-vigie"
MANIFEST_SCOPES = (
    *("chat:write", "commands", "im:history", "im:write", "users:read"),
    *("channels:history", "groups:history", "files:read", "files:write"),
)
"""What deploy/slack-manifest.yaml asks for."""
ALL_SCOPES = (
    *MANIFEST_SCOPES,
    *("app_mentions:read", "channels:read", "groups:read", "im:read"),
    *("reactions:write", "team:read"),
)
_NEEDED = {
    "bots.info": "users:read",
    "chat.delete": "chat:write",
    "chat.postephemeral": "chat:write",
    "chat.postmessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeuploadexternal": "files:write",
    "files.getuploadurlexternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "team.info": "team:read",
    "users.info": "users:read",
}
_LONGEST_POST = 40_000
_LONGEST_UPDATE = 4_000
_SERVER_ERROR = 500
_TOO_MANY = 429


@dataclass
class Upload:
    """A file on its way."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""


class SlackServer(SlackViews, SlackPeople):
    """``async with SlackServer() as server:`` and an app at ``server.api_base``."""

    def __init__(  # noqa: PLR0913 - each is something a test chooses
        self,
        *,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        scopes: Collection[str] = MANIFEST_SCOPES,
        events: Collection[str] = EVENTS,
        rate_limits: SlackLimits | None = None,
        ack_within: float = 3.0,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(events=events, ack_within=ack_within, monotonic=monotonic)
        self.bot_token = bot_token
        self.app_token = app_token
        self.scopes = list(scopes)
        self.token_error = ""
        """What every call is refused with: see ``revoke``."""
        self.is_edit_window_closed = False
        self.uploads: dict[str, Upload] = {}
        self._limits = rate_limits
        self._buckets: dict[str, tuple[float, float]] = {}
        self._methods: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "api.test": self._api_test,
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "bots.info": self._bots_info,
            "chat.postmessage": self._post_message,
            "chat.postephemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.getpermalink": self._permalink,
            "conversations.open": self._open,
            "conversations.info": self._info,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.members": self._members,
            "users.info": self._users_info,
            "team.info": self._team_info,
            "reactions.add": self._react,
            "files.getuploadurlexternal": self._upload_url,
            "files.completeuploadexternal": self._complete_upload,
            "files.info": self._file_info,
            "views.open": self.views_open,
            "views.push": self.views_push,
            "views.update": self.views_update,
            "views.publish": self.views_publish,
        }

    @property
    def api_base(self) -> str:
        """The ``base_url`` of a Web API client."""
        return f"{self.root}/api/"

    def revoke(self, error: str = "token_revoked") -> None:
        """The app is uninstalled (or ``account_inactive``...): nothing works any more."""
        self.token_error = error
        self.socket.cut()

    # Requests.

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_get("/link/", self.socket.serve)
        app.router.add_post("/actions/{name}", self.answer_response_url)
        app.router.add_post("/upload/{id}", self._receive)
        app.router.add_get("/files-pri/{id}", self._serve_file)

    async def stop(self) -> None:
        await self.socket.close()
        await super().stop()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = token or str(params.pop("token", ""))
        return await self.answer(request, method, params, self._method(method.lower(), token))

    def _method(self, method: str, token: str) -> Callable[[Json], Awaitable[Json]]:
        error = self._token_problem(method, token) or self._scope_problem(_NEEDED.get(method))
        if error is None and method not in self._methods:
            error = slack_error("unknown_method", req_method=method)
        if error is None:
            return self._methods[method]

        async def refuse(_: Json) -> Json:
            raise error

        return refuse

    def _token_problem(self, method: str, token: str) -> Refused | None:
        if not token:
            return slack_error("not_authed")
        if token not in {self.bot_token, self.app_token}:
            return slack_error("invalid_auth")
        if self.token_error:
            return slack_error(self.token_error)
        if (method == "apps.connections.open") != (token == self.app_token):
            return slack_error("not_allowed_token_type")
        return None

    def _scope_problem(self, needed: str | None) -> Refused | None:
        if needed is None or needed in self.scopes:
            return None
        return slack_error("missing_scope", needed=needed, provided=",".join(self.scopes))

    def may_hear(self, kind: str) -> bool:
        return f"{kind}:history" in self.scopes

    def may_read_files(self) -> bool:
        return "files:read" in self.scopes

    def refusal(self, error: Refused) -> web.Response:
        headers = self._headers()
        if error.words.startswith("<"):  # a proxy's page, not Slack's answer
            return web.Response(text=error.words, status=error.status, content_type="text/html")
        if error.status == _TOO_MANY:
            headers["Retry-After"] = str(error.parameters.get("retry_after", 1))
        body = {"ok": False, "error": error.words, **error.parameters}
        return web.json_response(body, status=error.status, headers=headers)

    def success(self, result: Any) -> web.Response:
        return web.json_response({"ok": True, **result}, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"x-oauth-scopes": ",".join(self.scopes), "x-slack-req-id": "req"}

    # Who is who.

    async def _api_test(self, params: Json) -> Json:
        return {"args": params}

    async def _auth_test(self, params: Json) -> Json:
        return {
            "url": "https://cabinet.slack.com/",
            "team": "Cabinet",
            "user": self.bot.name,
            "team_id": TEAM_ID,
            "user_id": self.bot.id,
            "bot_id": bot_id(self.bot),
            "is_enterprise_install": False,
        }

    async def _connections_open(self, params: Json) -> Json:
        host = self.root.replace("http://", "ws://")
        return {"url": f"{host}/link/?ticket={self.socket.ticket()}&app_id=A0VIGIE"}

    async def _bots_info(self, params: Json) -> Json:
        if params.get("bot", bot_id(self.bot)) != bot_id(self.bot):
            raise slack_error("bot_not_found")
        bot = {"id": bot_id(self.bot), "name": self.bot.name, "user_id": self.bot.id}
        return {"bot": bot | {"deleted": False, "app_id": "A0VIGIE"}}

    async def _team_info(self, params: Json) -> Json:
        return {"team": TEAM | {"name": "Cabinet"}}

    async def _users_info(self, params: Json) -> Json:
        user = self._user(params.get("user"))
        return {"user": user.json() | {"deleted": user.id in self.deactivated}}

    def _user(self, asked: Any) -> SlackUser:
        if asked not in self.users:
            raise slack_error("user_not_found")
        return self.users[asked]

    # Channels.

    def _channel(self, params: Json) -> SlackChannel:
        """A channel the bot may know of, by its id."""
        channel = self.channels.get(str(params.get("channel")))
        if channel is None:
            raise slack_error("channel_not_found")
        if channel.is_private and self.bot.id not in channel.members:
            raise slack_error("channel_not_found")
        return channel

    def _postable(self, params: Json) -> SlackChannel:
        """A channel to post in, by id or name; a person's id is their conversation."""
        asked = str(params.get("channel") or "")
        if asked in self.users:
            params = {"channel": self.open_dm(self.users[asked]).id}
        for channel in self.channels.values():
            if asked.removeprefix("#") == channel.name != "":
                params = {"channel": channel.id}
        channel = self._channel(params)
        if channel.is_archived:
            raise slack_error("is_archived")
        if channel.user is not None and channel.user.id in self.deactivated:
            raise slack_error("user_disabled")
        may_enter = not channel.is_private and "chat:write.public" in self.scopes
        if self.bot.id not in channel.members and not may_enter:
            raise slack_error("not_in_channel")
        return channel

    def _readable(self, params: Json, right: str) -> SlackChannel:
        channel = self._channel(params)
        problem = self._scope_problem(f"{channel.kind}:{right}")
        if problem is not None:
            raise problem
        if right == "history" and self.bot.id not in channel.members:
            raise slack_error("not_in_channel")
        return channel

    async def _open(self, params: Json) -> Json:
        if params.get("channel"):
            return {"channel": {"id": self._channel(params).id}}
        names = str(params.get("users") or "").split(",")
        if names == [""]:
            raise slack_error("users_list_not_supplied")
        user = self._user(names[0])
        if user.id in self.deactivated:
            raise slack_error("user_disabled")
        is_known = any(channel.user is user for channel in self.channels.values())
        channel = self.open_dm(user)
        more = {"no_op": True, "already_open": True} if is_known else {}
        return {"channel": {"id": channel.id}, **more}

    async def _info(self, params: Json) -> Json:
        channel = self._readable(params, "read")
        return {"channel": channel.json(is_member=self.bot.id in channel.members)}

    async def _members(self, params: Json) -> Json:
        channel = self._readable(params, "read")
        return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}

    async def _history(self, params: Json) -> Json:
        channel = self._readable(params, "history")
        found = [
            message
            for message in self.thread(channel)
            if (message.is_broadcast or message.thread_ts in {None, message.ts})
            and _is_within(message, params)
        ]
        return self._page(found[::-1], params)

    async def _replies(self, params: Json) -> Json:
        channel = self._readable(params, "history")
        parent = str(params.get("ts"))
        if self.stored(channel, parent) is None:
            raise slack_error("thread_not_found")
        found = [
            message
            for message in self.thread(channel)
            if parent in {message.ts, message.thread_ts} and _is_within(message, params)
        ]
        return self._page(found, params)

    def _page(self, found: list[SlackMessage], params: Json) -> Json:
        found = [message for message in found if message.seen_by is None]
        limit, first = int(params.get("limit") or 100), int(params.get("cursor") or 0)
        last = first + limit
        shown = [
            message.json(with_metadata=_flag(params.get("include_all_metadata")))
            for message in found[first:last]
        ]
        has_more = len(found) > last
        following = {"next_cursor": str(last)} if has_more else {}
        page = {"messages": shown, "has_more": has_more, "pin_count": 0}
        return page | ({"response_metadata": following} if following else {})

    # Messages.

    async def _post_message(self, params: Json) -> Json:
        channel = self._postable(params)
        content = _content(params, _LONGEST_POST)
        thread = params.get("thread_ts")
        if thread and self.stored(channel, str(thread)) is None:
            raise slack_error("thread_not_found")
        self._count(channel)
        message = self.store(channel, self.bot, content.text, thread_ts=thread or None)
        message.is_broadcast = bool(thread) and _flag(params.get("reply_broadcast"))
        message.blocks, message.attachments = content.blocks or [], content.attachments
        message.metadata = content.metadata or None
        self.tell_post(message)
        return {"channel": channel.id, "ts": message.ts, "message": message.json()}

    async def _post_ephemeral(self, params: Json) -> Json:
        channel = self._postable(params)
        user = self._user(params.get("user"))
        if user.id not in channel.members:
            raise slack_error("user_not_in_channel")
        content = _content(params, _LONGEST_POST)
        message = self.store(
            channel, self.bot, content.text, thread_ts=params.get("thread_ts"), seen_by=user
        )
        message.blocks = content.blocks or []
        return {"message_ts": message.ts}

    async def _update(self, params: Json) -> Json:
        message = self._own(params, "cant_update_message")
        if self.is_edit_window_closed:
            raise slack_error("edit_window_closed")
        content = _content(params, _LONGEST_UPDATE)
        before = message.json()
        if "text" in params:
            message.text = content.text
        if content.blocks is not None:
            message.blocks = content.blocks
        if content.metadata is not None:
            message.metadata = content.metadata or None
        message.edits += 1
        message.edited_ts = self.stamp()
        self.tell_change(message, before, "message_changed")
        return {
            "channel": message.channel.id,
            "ts": message.ts,
            "text": message.text,
            "message": message.json(),
        }

    async def _delete(self, params: Json) -> Json:
        message = self._own(params, "cant_delete_message")
        message.deleted = True
        self.tell_change(message, message.json(), "message_deleted")
        return {"channel": message.channel.id, "ts": message.ts}

    def _own(self, params: Json, error: str) -> SlackMessage:
        """A message of the bot, by channel id and stamp."""
        channel = self._channel(params)
        if channel.is_archived:
            raise slack_error("is_archived")
        message = self.stored(channel, str(params.get("ts")))
        if message is None:
            raise slack_error("message_not_found")
        if message.user is not self.bot:
            raise slack_error(error)
        return message

    async def _permalink(self, params: Json) -> Json:
        channel = self._channel(params)
        message = self.stored(channel, str(params.get("message_ts")))
        if message is None:
            raise slack_error("message_not_found")
        stamp = message.ts.replace(".", "")
        link = f"https://cabinet.slack.com/archives/{channel.id}/p{stamp}"
        return {"channel": channel.id, "permalink": link}

    async def _react(self, params: Json) -> Json:
        message = self.stored(self._channel(params), str(params.get("timestamp")))
        if message is None:
            raise slack_error("message_not_found")
        name = str(params.get("name") or "").strip(":")
        if not name:
            raise slack_error("invalid_name")
        if name in message.reactions:
            raise slack_error("already_reacted")
        message.reactions.add(name)
        return {}

    def _count(self, channel: SlackChannel) -> None:
        """Note a message posted, or refuse it: too many in this channel."""
        if self._limits is None:
            return
        now = self.monotonic()
        left, since = self._buckets.get(channel.id, (float(self._limits.burst), now))
        left = min(self._limits.burst, left + (now - since) * self._limits.per_channel)
        if left < 1:
            wait = max(1, math.ceil((1 - left) / self._limits.per_channel))
            raise Refused(_TOO_MANY, "ratelimited", retry_after=wait)
        self._buckets[channel.id] = (left - 1, now)

    # Files.

    async def _upload_url(self, params: Json) -> Json:
        name, length = params.get("filename"), int(params.get("length") or 0)
        if not name or length <= 0:
            raise slack_error("invalid_arguments")
        upload = Upload(f"F{len(self.uploads) + 1:04}", str(name), length)
        self.uploads[upload.id] = upload
        return {"upload_url": f"{self.root}/upload/{upload.id}", "file_id": upload.id}

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        upload = self.uploads[request.match_info["id"]]
        content = await _body(request)
        if len(content) != upload.length:
            return web.Response(text="error - length", status=_SERVER_ERROR)
        upload.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _complete_upload(self, params: Json) -> Json:
        uploads = [self._uploaded(each) for each in params.get("files") or []]
        files = [
            {"id": upload.id, "name": upload.name, "title": upload.title, "size": upload.length}
            for upload in uploads
        ]
        if params.get("channel_id"):
            channel = self._postable({"channel": params["channel_id"]})
            message = self.store(
                channel,
                self.bot,
                str(params.get("initial_comment") or ""),
                thread_ts=params.get("thread_ts"),
            )
            message.files = files
            self.tell_post(message)
        return {"files": files}

    async def _file_info(self, params: Json) -> Json:
        file = self.files.get(str(params.get("file")))
        if file is None:
            raise slack_error("file_not_found")
        return {"file": file.json(), "comments": [], "response_metadata": {"next_cursor": ""}}

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file; a page to log in for whoever may not have them."""
        shown = request.headers.get("Authorization", "")
        if shown != f"Bearer {self.bot_token}" or not self.may_read_files():
            return web.Response(text="<html>Sign in to Slack</html>", content_type="text/html")
        file = self.files.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404)
        if file.id in self.redirects:
            raise web.HTTPFound(self.redirects[file.id])
        return web.Response(body=file.content, content_type=file.mimetype)

    def _uploaded(self, asked: Json) -> Upload:
        upload = self.uploads.get(asked["id"])
        if upload is None or upload.content is None:
            raise slack_error("file_not_found")
        upload.title = str(asked.get("title") or upload.name)
        return upload


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message says; None: not mentioned."""

    text: str
    blocks: list[Json] | None
    attachments: list[Json]
    metadata: Json | None


def _content(params: Json, longest: int) -> _Content:
    """The content of a message, checked."""
    text = str(params.get("text") or "")
    given, attachments = params.get("blocks"), params.get("attachments") or []
    if not text.strip() and not given and not attachments:
        raise slack_error("no_text")
    if len(text) > longest:
        raise slack_error("msg_too_long")
    metadata = params.get("metadata")
    if metadata:
        is_good = isinstance(metadata, dict) and isinstance(metadata.get("event_payload"), dict)
        if not is_good or not metadata.get("event_type"):
            raise slack_error("invalid_metadata_format")
    blocks = None if given is None else check_message_blocks(given)
    return _Content(text, blocks, attachments, metadata)


async def _params(request: web.Request) -> Json:
    """The parameters of a call, whichever way they came."""
    if request.content_type == "application/json":
        body = await request.text()
        return {**request.query, **(json.loads(body) if body else {})}
    fields = {**request.query, **await request.post()}
    return {name: _value(name, value) for name, value in fields.items()}


def _value(name: str, value: Any) -> Any:
    """A form field, with the nested ones as what they hold."""
    if name not in {"blocks", "attachments", "metadata", "view", "files"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


async def _body(request: web.Request) -> bytes:
    """An uploaded file, bare or as a form."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    fields = await request.post()
    for value in fields.values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""


def _flag(value: Any) -> bool:
    return str(value).lower() in {"1", "true"}


def _is_within(message: SlackMessage, params: Json) -> bool:
    """Whether a message lies between ``oldest`` and ``latest``."""
    at = float(message.ts)
    oldest, latest = float(params.get("oldest") or 0), float(params.get("latest") or math.inf)
    if _flag(params.get("inclusive")):
        return oldest <= at <= latest
    return oldest < at < latest
