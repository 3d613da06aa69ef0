"""The judgement of who is meant, by itself: for a person, or line by line for measuring."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.lawbook import load_watchwords
from bot.adapters.wording import TEMPLATES
from bot.cli.failures import REFUSED
from bot.cli.lines import BadLineError, Json, answer_lines, string
from bot.cli.screen import Screen
from bot.core import text
from bot.core.names import Match, Matcher, Person, Watchwords, Zone, variants

_LABELS = {Zone.SURE: "yes", Zone.DOUBTFUL: "ambiguous", Zone.REJECTED: "no"}


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
    words = load_watchwords(TEMPLATES)
    return answer_lines(path, Screen(), lambda asked: _judged(asked, words))


def _judged(asked: Json, words: Watchwords) -> Json:
    entry = asked.get("entry") or {}
    if not isinstance(entry, dict):
        raise BadLineError("no_entry")
    title, summary = (_plain(string(entry, name)) for name in ("title", "summary"))
    return _answer(_found(_person(asked), words, title, summary))


def _person(asked: Json) -> Person:
    told = asked.get("practitioner")
    if not isinstance(told, dict) or not string(told, "family"):
        raise BadLineError("no_person")
    return Person(
        given=string(told, "given"),
        family=string(told, "family"),
        title=string(told, "title"),
        profession=string(told, "profession"),
        city=string(told, "city"),
        practice_name=string(told, "practice_name"),
        aliases=_strings(told, "aliases"),
        excluded_words=_strings(told, "excluded_words"),
    )


def _strings(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = told.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadLineError("not_words")
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
