"""What Slack's payloads say: who, where, what was typed, what was shown. Nothing is asked here."""

import re
from collections.abc import Mapping
from typing import Any

from bot.core.files import Offered
from bot.core.people import Actor, Platform
from bot.core.urls import first_address

_LOOKED_AT = 20
"""Attachments of a message looked at for its link."""
_LINK = re.compile(r"<(https?://[^>|]+)(?:\|[^>]*)?>")


def occasion(body: Mapping[str, Any]) -> str:
    """What tells one thing that happened in Slack from every other, or nothing.

    A message is delivered again even under another event's number; a click, a command or a
    form has a trigger of its own.
    """
    event: Mapping[str, Any] = body.get("event") or {}
    if event.get("type") == "message" and not event.get("subtype"):
        return f"message {event.get('channel')} {event.get('ts')}"
    return str(body.get("event_id") or body.get("trigger_id") or "")


def actor_of(user: str, address: str, *, is_private: bool) -> Actor:
    """Somebody, in a place."""
    return Actor(Platform.SLACK, user, user, address, is_private)


def channel_of(body: Mapping[str, Any]) -> str:
    """Where something was pressed; empty when it was in no conversation."""
    container = body.get("container") or {}
    channel = body.get("channel") or {}
    return str(channel.get("id") or container.get("channel_id") or "")


def is_direct(address: str) -> bool:
    """Whether it is a conversation with the bot."""
    return address.startswith("D")


def offered(file: Mapping[str, Any], caption: str = "") -> Offered:
    """A file, from what Slack says of it."""
    size = file.get("size")
    return Offered(
        reference=str(file.get("id") or ""),
        name=str(file.get("name") or file.get("title") or ""),
        media_type=str(file.get("mimetype") or ""),
        size=size if isinstance(size, int) else 0,
        caption=caption,
    )


def to_bring(message: Mapping[str, Any]) -> str:
    """What somebody's message brings: its words, and the address of what it shows."""
    words = typed(str(message.get("text") or ""))
    if first_address(words):
        return words
    for attached in (message.get("attachments") or [])[:_LOOKED_AT]:
        names = ("original_url", "from_url", "title_link")
        link = next((str(attached[name]) for name in names if attached.get(name)), "")
        if link:
            return f"{words}\n{typed(link)}".strip()
    return words


def typed(words: str) -> str:
    """What somebody typed: Slack writes addresses its own way."""
    plain = _LINK.sub(r"\1", words)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
