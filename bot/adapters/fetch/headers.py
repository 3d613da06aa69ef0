"""What may be believed of the headers."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_VALIDATOR = 500
_LONGEST_WAIT = timedelta(days=7)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long the server asks to be left alone: seconds, or a date."""
    value = value.strip()
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        asked = timedelta(seconds=int(value))
    else:
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, IndexError, OverflowError):
            return None
        asked = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(asked, timedelta(0)), _LONGEST_WAIT)


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
