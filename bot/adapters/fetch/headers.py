"""What may be believed of the headers."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from multidict import MultiMapping

_MAX_VALIDATOR = 500
_LONGEST_WAIT = timedelta(days=7)
_LONGEST_FRESH = timedelta(days=1)
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
_DIRECTIVE = re.compile(r"([a-z-]{1,40})(?:\s{0,5}=\s{0,5}\"?([^\s\",;]{0,40}))?", re.IGNORECASE)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long the server asks to be left alone: seconds, or a date."""
    value = value.strip()
    if _SECONDS.fullmatch(value):
        asked = timedelta(seconds=int(value))
    else:
        at = _date(value)
        if at is None:
            return None
        asked = at - now
    return min(max(asked, timedelta(0)), _LONGEST_WAIT)


def fresh_for(headers: MultiMapping[str], now: datetime) -> timedelta | None:
    """How long the server says that its answer will stay true (RFC 9111 4.2), a day at most.

    Nothing when it does not say, forbids keeping it, or says something unreadable.
    """
    told = _directives(", ".join(headers.getall("Cache-Control", ())))
    if "no-cache" in told or "no-store" in told:
        return None
    lifetime = _lifetime(told.get("max-age"), headers, now)
    if lifetime is None:
        return None
    age = headers.get("Age", "").strip()
    left = lifetime - timedelta(seconds=int(age) if _SECONDS.fullmatch(age) else 0)
    return min(left, _LONGEST_FRESH) if left > timedelta(0) else None


def _lifetime(max_age: str | None, headers: MultiMapping[str], now: datetime) -> timedelta | None:
    """From when the answer was made; ``max-age`` wins over ``Expires`` (RFC 9111 5.3)."""
    if max_age is not None:
        return timedelta(seconds=int(max_age)) if _SECONDS.fullmatch(max_age) else None
    expires = _date(headers.get("Expires"))
    if expires is None:
        return None
    return expires - (_date(headers.get("Date")) or now)


def _directives(cache_control: str) -> dict[str, str]:
    """Each directive with its argument; of one given twice, the first."""
    told: dict[str, str] = {}
    for found in _DIRECTIVE.finditer(cache_control):
        told.setdefault(found[1].lower(), found[2] or "")
    return told


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def validator(value: str | None) -> str | None:
    """A validator that can be kept and sent again, or nothing."""
    return value if value and value.isprintable() and len(value) <= _MAX_VALIDATOR else None


def validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers that ask whether a document has changed."""
    given = {"If-None-Match": validator(etag), "If-Modified-Since": validator(last_modified)}
    return {name: value for name, value in given.items() if value is not None}


def legible(header: str) -> str:
    """A header without the bytes that were in no encoding."""
    return header.encode("utf-8", "replace").decode()
