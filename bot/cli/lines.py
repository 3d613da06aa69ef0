"""Questions in a file, one JSON object a line, answered in the same order: for measuring."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from bot.cli.failures import MISUSED
from bot.cli.screen import Screen

STANDARD_INPUT = "-"
Json = dict[str, Any]


class BadLineError(ValueError):
    """A line that asks nothing; its argument is the key of the sentence that says why."""


def answer_lines(path: str, screen: Screen, answer: Callable[[Json], Json]) -> int:
    """Answer every line of a file; bad lines are told, and the others answered.

    ``answer`` raises `BadLineError` for a question it cannot read.
    """
    code = 0
    with opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                asked = _asked(line)
                told = {"id": asked["id"], **answer(asked)}
            except BadLineError as bad:
                screen.complain(screen.words.say("match_line", str(bad), {"number": number}))
                code = MISUSED
            else:
                sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return code


@contextmanager
def opened(path: str) -> Iterator[Iterable[str]]:
    """The lines of a file, or of the standard input."""
    if path == STANDARD_INPUT:
        yield sys.stdin
        return
    file: TextIO
    with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
        yield file


def string(told: Mapping[str, Any], name: str) -> str:
    """A text of a question; empty when it is missing.

    Raises:
        BadLineError: it is something else.
    """
    value = told.get(name) or ""
    if not isinstance(value, str):
        raise BadLineError("not_words")
    return value


def _asked(line: str) -> Json:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLineError("not_json") from None
    if not isinstance(asked, dict) or "id" not in asked:
        raise BadLineError("no_id")
    return asked
