"""The judgement of who is meant, by itself: for a person, or line by line for measuring."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bot.adapters.lawbook import load_watchwords
from bot.adapters.wording import TEMPLATES
from bot.cli.failures import MISUSED, REFUSED
from bot.cli.screen import Screen
from bot.core import text
from bot.core.names import Match, Matcher, Person, Watchwords, Zone, variants

_LABELS = {Zone.SURE: "yes", Zone.DOUBTFUL: "ambiguous", Zone.REJECTED: "no"}
_STANDARD_INPUT = "-"
Json = dict[str, Any]


class _BadLineError(ValueError):
    """A line that asks nothing; its argument is the key of the sentence that says why."""


@dataclass(frozen=True, slots=True)
class MatchAsked:
    """A person, as they were typed."""

    person: Person
    text: str


def match(asked: MatchAsked, *, as_json: bool) -> int:
    """Say whether a text names somebody, and why; 1 when it does not."""
    screen, words = Screen(), load_watchwords(TEMPLATES)
    found = _found(asked.person, words, "", asked.text)
    if as_json:
        screen.json(_answer(found))
    else:
        evidence = [(each.kind.value, each.words) for each in found.evidence] if found else []
        screen.page(
            "match", match=found, evidence=evidence, variants=variants(asked.person, words)
        )
    return 0 if found and found.zone is not Zone.REJECTED else REFUSED


def match_lines(path: str) -> int:
    """Answer every line of a file, in order; bad lines are told, and the others answered."""
    screen, words = Screen(), load_watchwords(TEMPLATES)
    code = 0
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                answer = _judged(line, words)
            except _BadLineError as bad:
                said = screen.words.say("match_line", str(bad), {"number": number})
                screen.complain(said)
                code = MISUSED
            else:
                sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return code


@contextmanager
def _opened(path: str) -> Iterator[Iterable[str]]:
    if path == _STANDARD_INPUT:
        yield sys.stdin
        return
    opened: TextIO
    with Path(path).open(encoding="utf-8-sig", errors="replace") as opened:
        yield opened


def _judged(line: str, words: Watchwords) -> Json:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        raise _BadLineError("not_json") from None
    if not isinstance(asked, dict) or "id" not in asked:
        raise _BadLineError("no_id")
    entry = asked.get("entry") or {}
    if not isinstance(entry, dict):
        raise _BadLineError("no_entry")
    title, summary = (_plain(_string(entry, name)) for name in ("title", "summary"))
    return {"id": asked["id"], **_answer(_found(_person(asked), words, title, summary))}


def _person(asked: Json) -> Person:
    told = asked.get("practitioner")
    if not isinstance(told, dict) or not _string(told, "family"):
        raise _BadLineError("no_person")
    return Person(
        given=_string(told, "given"),
        family=_string(told, "family"),
        title=_string(told, "title"),
        profession=_string(told, "profession"),
        city=_string(told, "city"),
        practice_name=_string(told, "practice_name"),
        aliases=_strings(told, "aliases"),
        excluded_words=_strings(told, "excluded_words"),
    )


def _string(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name) or ""
    if not isinstance(value, str):
        raise _BadLineError("not_words")
    return value


def _strings(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = told.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _BadLineError("not_words")
    return tuple(value)


def _plain(written: str) -> str:
    return text.plain(written) if "<" in written or "&" in written else written


def _found(person: Person, words: Watchwords, title: str, summary: str) -> Match | None:
    return next(iter(Matcher({1: person}, words).match(title, summary)), None)


def _answer(found: Match | None) -> Json:
    return {
        "label": _LABELS[found.zone] if found else "no",
        "score": found.score if found else 0.0,
        "evidence": [
            {"kind": each.kind.value, "words": each.words, "weight": each.weight / 100}
            for each in (found.evidence if found else ())
        ],
    }
