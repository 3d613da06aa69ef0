"""Logs: a sentence for people, fields for machines, and never a secret."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

_HIDDEN = "[secret]"
# The private address of a calendar is a secret that no setting holds.
_ADDRESSES = re.compile(r"(/calendar/)[A-Za-z0-9_-]{16,}")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# They log whole addresses, and Telegram's hold the token.
_TALKATIVE = (
    "httpx",
    "httpcore",
    "apscheduler",
    "aiosqlite",
    "alembic",
    "slack_bolt",
    "slack_sdk",
)


class _Discreet(logging.Formatter):
    """Takes every secret out of what is about to be written, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _ADDRESSES.sub(rf"\1{_HIDDEN}", text)


class _Json(_Discreet):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return self._hide(json.dumps(fields, ensure_ascii=False, default=str))


def start_logging(
    level: str, shape: str, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Write logs to ``stream`` (the standard error), as text or as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json(secrets) if shape == "json" else _Discreet(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
