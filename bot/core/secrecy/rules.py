"""What must not be published, as data: lists of words, and groups of phrases under their rules.

Written in ``templates/watchwords/secrecy.toml``; this module owns the shape of that file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.core.secrecy.phrases import Phrase, parse_phrase
from bot.core.secrecy.reading import Lexicon


class RuleCode(StrEnum):
    """What a public reply must not do; each has a French label."""

    UNREADABLE = "R0"
    CARE_RELATION = "R1"
    CARE_FACT = "R2"
    IDENTITY = "R3"
    PROMOTION = "R4"
    TESTIMONIAL = "R5"
    COUNTERPART = "R6"
    THREAT = "R7"
    INSULT = "R8"
    COLLEAGUE = "R9"
    ADVICE = "R10"
    FAULT = "R11"
    YOUR_PAST = "R12"
    PERSONAL_CONTACT = "R13"
    TOO_LONG = "R14"


class Severity(StrEnum):
    """Whether a finding must be mended, or read again; each has a French label."""

    BLOCKING = "blocking"
    REVIEW = "review"


class PatientData(StrEnum):
    """What of a patient may stand in a member's own words; each has a French label."""

    NATIONAL_NUMBER = "national_number"
    PHONE = "phone"
    EMAIL = "email"
    BIRTH = "birth"
    CARE_DATE = "care_date"
    NAME_AND_CARE = "name_and_care"


@dataclass(frozen=True, slots=True)
class Explained:
    """What a person reads about a rule: why, and a sentence that may stand instead."""

    reason: str
    rewrite: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases that break the same rules, and those that excuse them in the same sentence."""

    rules: tuple[RuleCode, ...]
    severity: Severity | None
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    days: tuple[Phrase, ...] = ()
    """Phrases that are no more than a day: of care, unless it is known to be another's."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a sentence is about, and the general sentence that may be said about it."""

    words: frozenset[str]
    rewrite: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the guard looks for."""

    lexicon: Lexicon
    groups: tuple[Group, ...]
    explained: Mapping[RuleCode, Explained]
    topics: tuple[Topic, ...]
    patient_data: Mapping[PatientData, tuple[Phrase, ...]]
    """Phrases that tell of a patient, for those kinds that no pattern of characters shows."""
    references: Mapping[str, str]
    """The article on secrecy of each profession, by the name of the profession."""
    weighed: str
    """A reason, and the words it rests on, when no phrase says which."""


def parse_rules(document: Mapping[str, Any]) -> Rules:
    """The rules as they are written in the file.

    Raises:
        KeyError, ValueError: the file does not hold together; the argument says where.
    """
    classes = {f"{{{name}}}": listed.split() for name, listed in document["words"].items()}
    groups = [_group(each, frozenset(classes)) for each in document["group"]]
    topics = tuple(
        Topic(frozenset(each["words"].split()), each["rewrite"]) for each in document["topic"]
    )
    patient_data = {
        PatientData(kind): _phrases(says, frozenset(classes))
        for kind, says in document["patient_data"].items()
    }
    spoken = _spoken(
        [
            *(
                phrase
                for group in groups
                for phrase in (*group.phrases, *group.days, *group.unless)
            ),
            *(phrase for phrases in patient_data.values() for phrase in phrases),
        ]
    )
    lexicon = Lexicon(classes, document["phrases"], document["short"], spoken)
    explained = {
        rule: Explained(told["reason"], told["rewrite"], Severity(told["severity"]))
        for rule in RuleCode
        for told in (document["rule"][rule.value],)
    }
    return Rules(
        lexicon,
        tuple(groups),
        explained,
        topics,
        patient_data,
        document["references"],
        document["learned"]["reason"],
    )


def _group(told: Mapping[str, Any], classes: frozenset[str]) -> Group:
    severity = told.get("severity")
    return Group(
        rules=tuple(RuleCode(each) for each in told["rules"].split()),
        severity=Severity(severity) if severity else None,
        phrases=_phrases(told["says"], classes),
        unless=_phrases(told.get("unless", ""), classes),
        days=_phrases(told.get("days", ""), classes),
    )


def _phrases(written: str, classes: frozenset[str]) -> tuple[Phrase, ...]:
    lines = (line.strip() for line in written.splitlines())
    return tuple(parse_phrase(line, classes) for line in lines if line)


def _spoken(phrases: Iterable[Phrase]) -> set[str]:
    """The words of the phrases themselves: they are known too."""
    return {
        name
        for phrase in phrases
        for element in phrase.elements
        for name in element.names
        if not name.startswith(("#", "{"))
    }
