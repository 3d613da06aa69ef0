"""Slack, as a place to write to: messages, threads, modals and home pages, by its Web API."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.adapters.slack_blocks import (
    EMPTY,
    compose,
    compose_page,
    fallback,
    pieces_of,
)
from bot.adapters.slack_files import address_of, download
from bot.core.errors import (
    ChannelProblem,
    MessageGone,
    Outage,
    Refusal,
    RefusalCode,
    ThreadGone,
    TokenRefused,
    Undeliverable,
    VigieError,
)
from bot.core.evidence import LARGEST
from bot.core.files import too_large
from bot.core.messages import (
    Block,
    BlockKind,
    File,
    Rendered,
    RichText,
    ShownButton,
    ShownMenu,
    Span,
)
from bot.core.people import Channel, Platform

_LOOKED_AT = 15
"""Messages of a channel looked at to find a lost one."""
_REPLIES, _PAGES = 200, 5
"""Replies of a thread asked for at once, and how often."""
_EVENT = "vigie_display"
PAGE = "home"
"""The reference of every home page: each person has one."""
_HOMES = 10_000
"""Home pages whose last version is remembered."""

_PROBLEMS = {
    "channel_not_found": ChannelProblem.CHAT_GONE,
    "channel_is_archived": ChannelProblem.ARCHIVED,
    "is_archived": ChannelProblem.ARCHIVED,
    "not_in_channel": ChannelProblem.NOT_IN_CHANNEL,
    "user_is_deactivated": ChannelProblem.CHAT_GONE,
    "user_disabled": ChannelProblem.CHAT_GONE,
    "invalid_auth": ChannelProblem.TOKEN_REVOKED,
    "not_authed": ChannelProblem.TOKEN_REVOKED,
    "token_revoked": ChannelProblem.TOKEN_REVOKED,
    "token_expired": ChannelProblem.TOKEN_REVOKED,
    "account_inactive": ChannelProblem.TOKEN_REVOKED,
}
REQUIRED_SCOPES = ("chat:write", "commands", "im:history", "im:write", "users:read")
"""What the bot token must be allowed: the list of ``deploy/slack-manifest.yaml``."""
OPTIONAL_SCOPES = ("channels:history", "groups:history")
"""Used only after a crash, to find the message that was on its way."""
FILE_SCOPES = ("files:read", "files:write")
"""What taking a piece, and giving one back, need; all the rest works without them."""
_NO_RIGHT = {"missing_scope", "not_allowed_token_type", "no_permission"}
_NOT_THERE = {"message_not_found", "cant_update_message", "edit_window_closed"}
_VIEW_CLOSED = {"not_found", "view_not_found"}
_NO_PAGE = {"not_enabled", "user_not_found", *_VIEW_CLOSED}
"""The home tab is not in the application, or the person not in the workspace any more."""
_NO_THREAD = {
    "thread_not_found",
    "invalid_thread_ts",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
}
"""Nothing can stand under that message: it was deleted, or its thread locked."""
_NO_FILE = {"file_not_found", "file_deleted", "file_not_visible"}
_RETRY = 30.0
_TIMEOUT = 20


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Slack's errors as ours."""
    try:
        yield
    except SlackApiError as error:
        raise _ours(error) from error
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Outage(f"Slack did not answer: {type(error).__name__}") from error


@asynccontextmanager
async def listening() -> AsyncIterator[None]:
    """Slack's errors as ours, where a refused token ends the listening for good."""
    try:
        async with translated():
            yield
    except Undeliverable as refusal:
        raise TokenRefused(Platform.SLACK) from refusal


def client(token: str, api_base: str) -> AsyncWebClient:
    """Slack's Web API client; retries are ours, so that none is lost or doubled."""
    return AsyncWebClient(token=token, base_url=api_base, timeout=_TIMEOUT, retry_handlers=[])


async def check(
    bot_token: str, app_token: str, api_base: str
) -> list[tuple[str, Mapping[str, object]]]:
    """What Slack says of our application: the codes of ``check_house`` with their facts.

    Args:
        bot_token: our robot's.
        app_token: opens a websocket; empty when Slack sends requests instead.
        api_base: root of the Web API.
    """
    web = client(bot_token, api_base)
    try:
        async with translated():
            who = await web.auth_test()
    except Outage as outage:
        return [("slack_refused" if outage.was_refused else "slack_unreachable", {})]
    headers = {name.lower(): str(value) for name, value in who.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    answers: list[tuple[str, Mapping[str, object]]] = [
        ("slack_fine", {"name": who.get("user", ""), "team": who.get("team", "")}),
        ("date", {"date": headers.get("date", "")}),
    ]
    for code, scopes in (
        ("slack_scopes", REQUIRED_SCOPES),
        ("slack_optional_scopes", OPTIONAL_SCOPES),
        ("slack_file_scopes", FILE_SCOPES),
    ):
        missing = [scope for scope in scopes if scope not in granted]
        if missing and granted != {""}:
            answers.append((code, {"scopes": missing}))
    return answers + await _check_socket(web, app_token)


async def _check_socket(
    web: AsyncWebClient, app_token: str
) -> list[tuple[str, Mapping[str, object]]]:
    """Whether a websocket may be opened, when one is wanted."""
    if not app_token:
        return []
    try:
        async with translated():
            await web.apps_connections_open(app_token=app_token)
    except Outage as outage:
        return [("slack_app_refused" if outage.was_refused else "slack_unreachable", {})]
    return []


class SlackChat:
    """Writes to Slack through its Web API."""

    platform = Platform.SLACK
    has_threads = True

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._homes: dict[str, int] = {}

    def mark(self, channel: Channel) -> str:
        """Nothing to note: a message carries its key along."""
        del channel
        return ""

    def entry(self, code: str) -> str:
        """Slack has no such address: the code is typed."""
        del code
        return ""

    def remember(self, channel: Channel, reference: str) -> None:
        """Nothing to remember, for the same reason."""

    async def post(self, channel: Channel, message: Rendered, key: str, thread: str = "") -> str:
        """Post a message, in several when it is long; gives their time stamps.

        One that is to stand under a message gone meanwhile stands by itself.
        """
        if message.page_of:
            return await self._publish(message)
        try:
            return await self._post(channel, message, key, thread)
        except Outage as outage:
            if not thread or _cause(outage) not in _NO_THREAD:
                raise
            return await self._post(channel, message, key, "")

    async def _post(self, channel: Channel, message: Rendered, key: str, thread: str) -> str:
        sent = []
        pieces = pieces_of(message.text)
        for place, piece in enumerate(pieces, 1):
            blocks = compose(piece, *_last(message, is_last=place == len(pieces)))
            metadata = {"event_type": _EVENT, "event_payload": {"display": key}}
            async with translated():
                answer = await self._client.chat_postMessage(
                    channel=channel.address,
                    text=fallback(piece),
                    blocks=blocks,
                    metadata=metadata if key else None,
                    unfurl_links=False,
                    unfurl_media=False,
                    thread_ts=thread or None,
                    reply_broadcast=True if thread and message.stands_out else None,
                )
            sent.append(str(answer["ts"]))
        return "+".join(sent)

    async def _publish(self, message: Rendered) -> str:
        """Show somebody's home page; the same again costs nothing.

        No hash is sent along: what is shown last is what was read last, whoever asked for it.
        """
        view = {"type": "home", "blocks": compose_page(message)}
        version = hash(json.dumps(view, sort_keys=True))
        if self._homes.get(message.page_of) == version:
            return PAGE
        try:
            async with translated():
                await self._client.views_publish(user_id=message.page_of, view=view)
        except Outage as outage:
            code = _cause(outage)
            if code in _NO_PAGE or (code == "invalid_arguments" and "user_id" in str(outage)):
                raise MessageGone(code, was_refused=True) from outage
            raise
        if len(self._homes) >= _HOMES:
            self._homes.clear()
        self._homes[message.page_of] = version
        return PAGE

    async def open_topic(self, channel: Channel, name: str) -> str:
        """Slack has threads instead."""
        del channel, name
        return ""

    async def edit(self, channel: Channel, reference: str, message: Rendered) -> None:
        """Edit a message in place; what it has too many pieces for is emptied."""
        stamps = reference.split("+")
        pieces = list(pieces_of(message.text))[: len(stamps)]
        empty = RichText((Block(BlockKind.PARAGRAPH, (Span(EMPTY),)),))
        for place, stamp in enumerate(stamps):
            piece = pieces[place] if place < len(pieces) else empty
            blocks = compose(piece, *_last(message, is_last=place == len(stamps) - 1))
            async with translated():
                await self._client.chat_update(
                    channel=channel.address,
                    ts=stamp,
                    text=fallback(piece),
                    blocks=blocks,
                )

    async def recover(
        self,
        channel: Channel,
        message: Rendered,
        key: str,
        mark: str,
        known: frozenset[str],
        thread: str = "",
    ) -> str | None:
        """Find a message that may have been posted just before a crash, by the key it carries.

        Only after a crash, for our own messages only: in the thread it was to stand in, then in
        the channel. Without the right to read them it is posted again.
        """
        del message, mark
        try:
            in_thread = await self._find_reply(channel, thread, key, known) if thread else None
            return in_thread or await self._find_message(channel, key, known)
        except Outage as outage:
            if _cause(outage) in _NO_RIGHT:
                return None
            raise

    async def _find_message(self, channel: Channel, key: str, known: frozenset[str]) -> str | None:
        async with translated():
            answer = await self._client.conversations_history(
                channel=channel.address, limit=_LOOKED_AT, include_all_metadata=True
            )
        return _ours_among(answer.get("messages"), key, known)

    async def _find_reply(
        self, channel: Channel, thread: str, key: str, known: frozenset[str]
    ) -> str | None:
        """A reply of a thread, page by page: Slack gives the oldest first."""
        cursor = None
        for _ in range(_PAGES):
            try:
                async with translated():
                    answer = await self._client.conversations_replies(
                        channel=channel.address,
                        ts=thread,
                        limit=_REPLIES,
                        cursor=cursor,
                        include_all_metadata=True,
                    )
            except Outage as outage:
                if _cause(outage) in _NO_THREAD:
                    return None
                raise
            found = _ours_among(answer.get("messages"), key, known)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if found or not cursor:
                return found
        return None

    async def whisper(
        self, channel: Channel, user: str, message: Rendered, thread: str = ""
    ) -> None:
        """Show something to one person of a channel only, in the thread they look at."""
        pieces = pieces_of(message.text)
        for place, piece in enumerate(pieces, 1):
            async with translated():
                await self._client.chat_postEphemeral(
                    channel=channel.address,
                    user=user,
                    text=fallback(piece),
                    blocks=compose(piece, *_last(message, is_last=place == len(pieces))),
                    thread_ts=thread or None,
                )

    async def respond(self, response_url: str, message: Rendered) -> bool:
        """Put a message in the place of one that only one person sees; say whether it was.

        One too long for one message is not.
        """
        if len(pieces_of(message.text)) > 1:
            return False
        try:
            async with translated():
                answered = await AsyncWebhookClient(response_url, timeout=_TIMEOUT).send(
                    text=fallback(message.text),
                    blocks=compose(message.text, message.rows, message.menu),
                    replace_original=True,
                )
        except Outage:
            return False
        return answered.status_code == HTTPStatus.OK

    async def send_file(self, channel: Channel, file: File, thread: str = "") -> str:
        """Give a file in a conversation, under a message of it; Slack gives no reference."""
        try:
            async with translated():
                await self._client.files_upload_v2(
                    channel=channel.address,
                    filename=file.name,
                    file=file.content,
                    title=file.name,
                    thread_ts=thread or None,
                )
        except Outage as outage:
            if _cause(outage) in _NO_RIGHT:
                raise Refusal(RefusalCode.FILE_RIGHTS) from outage
            if _cause(outage) in _NO_THREAD:
                raise ThreadGone(str(outage), was_refused=True) from outage
            raise
        return ""

    async def fetch_file(self, reference: str) -> bytes:
        """The bytes of a file of Slack; our token is shown to Slack only, and to no redirection.

        Where it may not read a file Slack answers 200, or sends elsewhere, with a page to log in.
        """
        facts = await self._file_info(reference)
        if int(facts.get("size") or 0) > LARGEST:
            raise too_large()
        address = address_of(facts, self._client.base_url)
        async with translated():
            return await download(address, self._client.token or "", self._client.proxy)

    async def _file_info(self, reference: str) -> Mapping[str, Any]:
        try:
            async with translated():
                answer = await self._client.files_info(file=reference)
        except Outage as outage:
            cause = _cause(outage)
            if cause in _NO_FILE:
                raise Refusal(RefusalCode.FILE_GONE) from outage
            if cause in _NO_RIGHT or cause == "access_denied":
                raise Refusal(RefusalCode.FILE_RIGHTS) from outage
            raise
        facts: Mapping[str, Any] = answer["file"]
        return facts

    async def open_view(
        self, trigger: str, view: Mapping[str, Any], *, on_top: bool = False
    ) -> str:
        """Open a modal within the three seconds a click allows; gives its id.

        In the place of one that is open, or on top of it.
        """
        show = self._client.views_push if on_top else self._client.views_open
        async with translated():
            answer = await show(trigger_id=trigger, view=dict(view))
        opened: Mapping[str, Any] = answer["view"]
        return str(opened["id"])

    async def update_view(self, view_id: str, view: Mapping[str, Any]) -> bool:
        """Show something else in a modal; say whether it was still open.

        Without a hash: nobody else changes our modals, so there is no version to lose to.
        """
        try:
            async with translated():
                await self._client.views_update(view_id=view_id, view=dict(view))
        except Outage as outage:
            if _cause(outage) not in _VIEW_CLOSED:
                raise
            return False
        return True

    async def direct(self, user: str) -> str:
        """The address of the conversation with one person."""
        async with translated():
            answer = await self._client.conversations_open(users=user)
        opened: Mapping[str, Any] = answer["channel"]
        return str(opened["id"])

    async def name(self, user: str) -> str:
        """What a person is called; their id when Slack will not say."""
        try:
            async with translated():
                answer = await self._client.users_info(user=user)
        except Outage:
            return user
        person: Mapping[str, Any] = answer["user"]
        profile: Mapping[str, Any] = person.get("profile") or {}
        shown = profile.get("display_name") or profile.get("real_name") or person.get("real_name")
        return str(shown or person.get("name") or user)


def _code(error: SlackApiError) -> str:
    response: Any = error.response
    return str(response.get("error", "")) if hasattr(response, "get") else ""


def _cause(outage: Outage) -> str:
    """Slack's own word for why a call failed."""
    return _code(outage.__cause__) if isinstance(outage.__cause__, SlackApiError) else ""


def _ours_among(messages: Any, key: str, known: frozenset[str]) -> str | None:
    """The time stamp of the message that carries a key, unless it is one we know."""
    for posted in messages or ():
        metadata = posted.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        is_ours = metadata.get("event_type") == _EVENT and payload.get("display") == key
        if is_ours and posted["ts"] not in known:
            return str(posted["ts"])
    return None


def _ours(error: SlackApiError) -> VigieError:
    response: Any = error.response
    code = _code(error)
    headers = getattr(response, "headers", {}) or {}
    if code in _NOT_THERE:
        return MessageGone(code, was_refused=True)
    if code in _PROBLEMS:
        return Undeliverable(_PROBLEMS[code])
    if code == "ratelimited" or getattr(response, "status_code", 0) == 429:  # noqa: PLR2004
        wait = headers.get("Retry-After") or headers.get("retry-after") or _RETRY
        return Outage.after(float(wait))
    if code in _NO_RIGHT:
        needed = response.get("needed") or "another right"
        lacking = f"Slack: {code}: {needed}; add it, then reinstall the application"
        return Outage(lacking, was_refused=True)
    if code == "invalid_arguments":
        code = f"{code}: {(response.get('response_metadata') or {}).get('messages')}"
    is_answer = bool(code) and code not in {"internal_error", "fatal_error", "service_unavailable"}
    return Outage(f"Slack: {code or 'no answer'}", was_refused=is_answer)


def _last(
    message: Rendered, *, is_last: bool
) -> tuple[tuple[tuple[ShownButton, ...], ...], ShownMenu | None]:
    """What stands under the last piece of a message, and under no other."""
    return (message.rows, message.menu) if is_last else ((), None)
