"""Slack, as a place to write to: blocks of rich text, where nothing untrusted is ever parsed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.markup import split
from bot.core.errors import (
    ChannelProblem,
    MessageGone,
    Outage,
    TokenRefused,
    Undeliverable,
    VigieError,
)
from bot.core.messages import (
    Block,
    BlockKind,
    ButtonStyle,
    Rendered,
    RichText,
    ShownButton,
    ShownMenu,
    Span,
)
from bot.core.people import Channel, Platform

BUDGET = 2900
"""Characters a message may take: under every limit of Slack's blocks."""
_FALLBACK = 300
"""Characters of the plain text shown in a phone's notification."""
_BUTTON_CHARACTERS = 75
_CONFIRM_CHARACTERS = 300
_LOOKED_AT = 15
_EVENT = "vigie_display"
MENU = "menu"
"""The action of every menu: what is meant is in the option chosen."""

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
_NO_RIGHT = {"missing_scope", "not_allowed_token_type", "no_permission"}
_NOT_THERE = {"message_not_found", "cant_update_message", "edit_window_closed"}
_VIEW_CLOSED = {"not_found", "view_not_found", "hash_conflict"}
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

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    def mark(self, channel: Channel) -> str:
        """Nothing to note: a message carries its key along."""
        del channel
        return ""

    def remember(self, channel: Channel, reference: str) -> None:
        """Nothing to remember, for the same reason."""

    async def post(self, channel: Channel, message: Rendered, key: str) -> str:
        """Post a message, in several when it is long; gives their time stamps."""
        sent = []
        pieces = split(message.text, BUDGET, len)
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
                )
            sent.append(str(answer["ts"]))
        return "+".join(sent)

    async def edit(self, channel: Channel, reference: str, message: Rendered) -> None:
        """Edit a message in place; what it has too many pieces for is emptied."""
        stamps = reference.split("+")
        pieces = list(split(message.text, BUDGET, len))[: len(stamps)]
        empty = RichText((Block(BlockKind.PARAGRAPH, (Span("\u00b7"),)),))
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
        self, channel: Channel, message: Rendered, key: str, mark: str, known: frozenset[str]
    ) -> str | None:
        """Find a message that may have been posted just before a crash, by the key it carries.

        One call, only after a crash, for our own messages only; without the right to read the
        channel's history it is posted again.
        """
        del message, mark
        try:
            async with translated():
                answer = await self._client.conversations_history(
                    channel=channel.address, limit=_LOOKED_AT, include_all_metadata=True
                )
        except Outage as outage:
            cause = outage.__cause__
            if isinstance(cause, SlackApiError) and _code(cause) in _NO_RIGHT:
                return None
            raise
        found: Sequence[Mapping[str, Any]] = answer.get("messages") or ()
        for posted in found:
            metadata = posted.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            is_ours = metadata.get("event_type") == _EVENT and payload.get("display") == key
            if is_ours and posted["ts"] not in known:
                return str(posted["ts"])
        return None

    async def whisper(self, channel: Channel, user: str, message: Rendered) -> None:
        """Show something to one person of a channel only."""
        for piece in split(message.text, BUDGET, len):
            async with translated():
                await self._client.chat_postEphemeral(
                    channel=channel.address,
                    user=user,
                    text=fallback(piece),
                    blocks=compose(piece, message.rows, message.menu),
                )

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> str:
        """Open a modal within the three seconds a click allows; gives its id."""
        async with translated():
            answer = await self._client.views_open(trigger_id=trigger, view=dict(view))
        opened: Mapping[str, Any] = answer["view"]
        return str(opened["id"])

    async def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Show something else in a modal that is open; one closed meanwhile is no fault."""
        try:
            async with translated():
                await self._client.views_update(view_id=view_id, view=dict(view))
        except Outage as outage:
            cause = outage.__cause__
            if not (isinstance(cause, SlackApiError) and _code(cause) in _VIEW_CLOSED):
                raise

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
    is_answer = bool(code) and code not in {"internal_error", "fatal_error", "service_unavailable"}
    return Outage(f"Slack: {code or 'no answer'}", was_refused=is_answer)


def fallback(text: RichText) -> str:
    """The words of a notification, with Slack's three special characters made harmless."""
    plain = text.plain
    plain = plain if len(plain) <= _FALLBACK else plain[: _FALLBACK - 1] + "\u2026"
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") or "\u00b7"


def _last(
    message: Rendered, *, is_last: bool
) -> tuple[tuple[tuple[ShownButton, ...], ...], ShownMenu | None]:
    """What stands under the last piece of a message, and under no other."""
    return (message.rows, message.menu) if is_last else ((), None)


def compose(
    text: RichText,
    rows: tuple[tuple[ShownButton, ...], ...] = (),
    menu: ShownMenu | None = None,
) -> list[dict[str, Any]]:
    """The blocks of a message: one of rich text, one of buttons a row, the menu on the last."""
    elements = [_element(block) for block in _merged(text)]
    blocks: list[dict[str, Any]] = []
    if elements:
        blocks.append({"type": "rich_text", "elements": elements})
    blocks += [{"type": "actions", "elements": [_button(key) for key in row]} for row in rows]
    if menu is not None:
        if not rows:
            blocks.append({"type": "actions", "elements": []})
        blocks[-1]["elements"].append(_overflow(menu))
    return blocks


def _merged(text: RichText) -> list[tuple[BlockKind, list[Span]]]:
    """Runs of lines of one kind as one element, so that a message stays small."""
    runs: list[tuple[BlockKind, list[Span]]] = []
    for block in text.blocks:
        if block.kind is BlockKind.BREAK:
            continue
        kind = BlockKind.QUOTE if block.kind is BlockKind.QUOTE else BlockKind.PARAGRAPH
        spans = [
            Span(span.text, bold=True, url=span.url) if block.kind is BlockKind.HEADING else span
            for span in block.spans
        ]
        if runs and runs[-1][0] is kind:
            runs[-1][1].extend([Span("\n"), *spans])
        else:
            runs.append((kind, spans))
    return [(kind, spans) for kind, spans in runs if any(span.text.strip() for span in spans)]


def _element(run: tuple[BlockKind, list[Span]]) -> dict[str, Any]:
    kind, spans = run
    shape = "rich_text_quote" if kind is BlockKind.QUOTE else "rich_text_section"
    return {"type": shape, "elements": [_span(span) for span in spans if span.text]}


def _span(span: Span) -> dict[str, Any]:
    shown: dict[str, Any] = (
        {"type": "link", "url": span.url, "text": span.text}
        if span.url
        else {"type": "text", "text": span.text}
    )
    style = {
        name: True
        for name, is_on in (("bold", span.bold), ("italic", span.italic), ("code", span.code))
        if is_on
    }
    return shown | ({"style": style} if style else {})


def _button(button: ShownButton) -> dict[str, Any]:
    words = button.text[:_BUTTON_CHARACTERS]
    shown: dict[str, Any] = {
        "type": "button",
        "text": {"type": "plain_text", "text": words, "emoji": True},
    }
    if button.url:
        return shown | {"url": button.url, "action_id": "open"}
    shown |= {"value": button.data, "action_id": button.data}
    if button.confirm is not None:
        shown["confirm"] = {
            "title": {"type": "plain_text", "text": button.confirm.title},
            "text": {"type": "plain_text", "text": button.confirm.question[:_CONFIRM_CHARACTERS]},
            "confirm": {"type": "plain_text", "text": button.confirm.yes},
            "deny": {"type": "plain_text", "text": button.confirm.no},
        }
    if button.style is not ButtonStyle.PLAIN:
        shown["style"] = button.style.value
    return shown


def _overflow(menu: ShownMenu) -> dict[str, Any]:
    """A menu behind three dots; each option carries what its button would."""
    return {
        "type": "overflow",
        "action_id": MENU,
        "options": [
            {
                "text": {
                    "type": "plain_text",
                    "text": button.text[:_BUTTON_CHARACTERS],
                    "emoji": True,
                },
                "value": button.without_dialog,
            }
            for button in menu.buttons
            if button.data
        ],
    }
