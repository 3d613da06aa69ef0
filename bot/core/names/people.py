"""Whom to look for, and what a text says of them."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.text import Span


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to look for."""

    given: str
    family: str
    title: str = ""
    profession: str = ""
    city: str = ""
    practice_name: str = ""
    aliases: tuple[str, ...] = ()
    excluded_words: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    """Spellings that are not to be looked for."""
    colleagues: tuple[str, ...] = ()
    """Names of those who work in the same practice."""
    lessons: tuple["Lesson", ...] = ()
    answers_for_practice: bool = True
    """Whether a text that names the practice alone may be about this person."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What somebody taught by saying of a publication that it was about them, or was not."""

    words: str
    """Found in a text, they speak for or against; empty when the site alone does."""
    is_for: bool
    host: str = ""


class Zone(StrEnum):
    """How sure it is that the person is meant."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


class EvidenceKind(StrEnum):
    """What speaks for or against; each has a French label."""

    EXACT_NAME = "exact_name"
    INVERTED = "inverted"
    INITIALS = "initials"
    ALIAS = "alias"
    HANDLE = "handle"
    TITLE_AND_FAMILY = "title_and_family"
    PROFESSION_AND_FAMILY = "profession_and_family"
    SLIP = "slip"
    PRACTICE_ALONE = "practice_alone"
    TITLE = "title"
    CITY = "city"
    PROFESSION = "profession"
    PRACTICE = "practice"
    CONTEXT = "context"
    OWN_PAGE = "own_page"
    BY_HAND = "by_hand"
    COLLEAGUE = "colleague"
    LEARNED_FOR = "learned_for"
    LEARNED_AGAINST = "learned_against"
    OTHER_GIVEN_NAME = "other_given_name"
    OTHER_PROFESSION = "other_profession"
    OTHER_CITY = "other_city"
    OTHER_TITLE = "other_title"
    LONGER_NAME = "longer_name"
    UNSURE_ORDER = "unsure_order"
    COMMON_WORD = "common_word"
    PLACE_NAME = "place_name"
    EXCLUDED_WORD = "excluded_word"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was found, in the words it was found in, and what it weighs (per cent)."""

    kind: EvidenceKind
    words: str
    weight: int

    @property
    def sign(self) -> int:
        """1 when it speaks for the person, -1 when it speaks against."""
        return 1 if self.weight > 0 else -1


@dataclass(frozen=True, slots=True)
class Match:
    """A person named by a text, or nearly, and why."""

    key: int
    zone: Zone
    score: float
    evidence: tuple[Evidence, ...]
    title_spans: tuple[Span, ...] = ()
    text_spans: tuple[Span, ...] = ()
