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


def answer_lines(
    path: str, screen: Screen, answer: Callable[[Json], Json], *, one_each: bool = False
) -> int:
    """Answer every line of a file; bad lines are told, and the others answered.

    ``answer`` raises `BadLineError` for a question it cannot read. With ``one_each``, a bad line
    is answered too, by the sentence that says why, so that answers stand line by line.
    """
    code = 0
    with opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip() and not one_each:
                continue
            asked: Json = {}
            try:
                asked = _asked(line)
                told = {"id": asked["id"], **answer(asked)}
            except BadLineError as bad:
                said = screen.words.say("match_line", str(bad), {"number": number})
                screen.complain(said)
                code = MISUSED
                if one_each:
                    _write({"id": asked.get("id"), "error": said})
            else:
                _write(told)
    return code


def _write(told: Json) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


@contextmanager
def opened(path: str) -> Iterator[Iterable[str]]:
    """The lines of a file, or of the standard input."""
    if path == STANDARD_INPUT:
        yield sys.stdin
        return
    file: TextIO
    with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
        yield file


def text_or_file(said: str, most: int) -> str:
    """What is to be read: the words themselves, those of a file, or the standard input.

    Little more than ``most`` characters of a file are taken.

    Raises:
        OSError: a file that is not there, or cannot be read.
    """
    if said != STANDARD_INPUT and not _is_file(said) and not _is_path(said):
        return said
    with opened(said) as lines:
        kept = ""
        for line in lines:
            kept += line
            if len(kept) > most:
                break
        return kept


def _is_file(said: str) -> bool:
    try:
        return Path(said).is_file()
    except (OSError, ValueError):  # too long for a name, or not one
        return False


def _is_path(said: str) -> bool:
    """Whether it can only be meant as a file, there or not: words are not written so."""
    return said.split() == [said] and (
        said.startswith(("/", "./", "../", "~")) or said.endswith(".txt")
    )


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
    if not line.strip():
        raise BadLineError("nothing")
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLineError("not_json") from None
    if not isinstance(asked, dict) or "id" not in asked:
        raise BadLineError("no_id")
    return asked
