"""What the reader looks for, as data: lists of words, and phrases that are signals.

Written in ``templates/watchwords/harms.toml``; this module owns the shape of that file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.harms.kinds import Harm
from bot.core.secrecy.phrases import Phrase, parse_phrase
from bot.core.secrecy.reading import Lexicon
from bot.core.text import words

NEGATION = "{negation}"
NEGATED = "negated"
"""The excuse that is no list: a negation shortly before."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Phrases that are a signal of one kind, why, and the excuses that hold for them."""

    name: str
    kind: Harm
    why: str
    is_urgent: bool
    phrases: tuple[Phrase, ...]
    excuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class HarmWords:
    """Everything the reader knows by hand."""

    lexicon: Lexicon
    watched: tuple[Watched, ...]
    calm: Mapping[str, tuple[Phrase, ...]]
    """Phrases that ordinary licit texts hold: they weigh, and excuse nothing by themselves."""
    excuses: Mapping[str, tuple[Phrase, ...]]
    french: frozenset[str]
    """Little words of French; below, of the languages most likely to be met instead."""
    foreign: frozenset[str]
    reasons: Mapping[Harm, str]
    """Why words may be a harm, when they only resemble those that were labelled so."""


def parse_harm_words(document: Mapping[str, Any]) -> HarmWords:
    """The words as they are written in the file.

    Raises:
        KeyError, ValueError: the file does not hold together; the argument says where.
    """
    classes = {f"{{{name}}}": listed.split() for name, listed in document["words"].items()}
    names = frozenset(classes)
    excuses = {name: _phrases(says, names) for name, says in document["excuse"].items()}
    watched = tuple(_watched(told, names, frozenset(excuses)) for told in document["signal"])
    calm = {told["name"]: _phrases(told["says"], names) for told in document["calm"]}
    spoken = {
        name
        for phrase in (
            *(phrase for each in watched for phrase in each.phrases),
            *(
                phrase
                for lists in (excuses, calm)
                for phrases in lists.values()
                for phrase in phrases
            ),
        )
        for element in phrase.elements
        for name in element.names
        if not name.startswith(("#", "{"))
    }
    lexicon = Lexicon(classes, document["phrases"], document["short"], spoken)
    reasons = {harm: str(document["reason"][harm.value]) for harm in Harm}
    french, foreign = (
        frozenset(words(document["language"][name])) for name in ("french", "foreign")
    )
    return HarmWords(lexicon, watched, calm, excuses, french, foreign, reasons)


def _watched(told: Mapping[str, Any], names: frozenset[str], excuses: frozenset[str]) -> Watched:
    unless = frozenset(told.get("unless", "").split())
    if not unless <= excuses | {NEGATED}:
        raise ValueError(f"no excuse is called so: {sorted(unless - excuses)}")
    return Watched(
        name=told["name"],
        kind=Harm(told["kind"]),
        why=told["why"],
        is_urgent=told.get("urgent", False),
        phrases=_phrases(told["says"], names),
        excuses=unless,
    )


def _phrases(written: str, classes: frozenset[str]) -> tuple[Phrase, ...]:
    lines = (line.strip() for line in written.splitlines())
    return tuple(parse_phrase(line, classes) for line in lines if line)
