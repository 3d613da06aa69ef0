"""Reads JSON Feed 1.0 and 1.1 (jsonfeed.org) into what feedparser would have made of it.

One shape for all feeds, so that their entries go one way. What is not of the type that it should
be says nothing; the rest of its item, and of its feed, still does.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.adapters.documents import NO_CHARACTER

MAX_BYTES = 2 * 1024 * 1024
"""The decoder does not let go of the interpreter before its end: some 20 ms for this much."""
_VERSION = re.compile(r"https?://jsonfeed\.org/version/1(?:\.\d{1,3})?/?")


def parse(body: bytes) -> Mapping[str, Any] | None:
    """The feed as a result of feedparser; nothing when it is JSON of another kind.

    Raises:
        ValueError: it is no JSON, or nested without end.
    """
    try:
        said = json.loads(body.decode("utf-8-sig", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(said, dict) or not _VERSION.fullmatch(_words(said, "version")):
        return None
    items = said.get("items")
    if not isinstance(items, list):
        return None
    return {
        "feed": {"title": _words(said, "title")},
        "entries": [_item(item) for item in items if isinstance(item, dict)],
        "bozo": False,
    }


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    contents = (_words(item, key) for key in ("content_html", "content_text"))
    return {
        "id": _identifier(item),
        "link": _words(item, "url") or _words(item, "external_url"),
        "title": _words(item, "title"),
        "content": [{"value": content} for content in contents if content],
        "summary": _words(item, "summary"),
        "author": ", ".join(_authors(item)),
        "published_parsed": _moment(_words(item, "date_published")),
        "updated_parsed": _moment(_words(item, "date_modified")),
    }


def _words(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return NO_CHARACTER.sub(" ", value) if isinstance(value, str) else ""


def _identifier(item: Mapping[str, Any]) -> str:
    """Version 1.0 lets numbers stand for their digits."""
    value = item.get("id")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else _words(item, "id")


def _authors(item: Mapping[str, Any]) -> Iterator[str]:
    """Those of version 1.1, else the one of 1.0."""
    several = item.get("authors")
    for author in several if isinstance(several, list) and several else [item.get("author")]:
        if isinstance(author, dict) and (name := _words(author, "name")):
            yield name


def _moment(value: str) -> time.struct_time | None:
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC).timetuple() if at.tzinfo else at.timetuple()
    except (ValueError, OverflowError):
        return None
