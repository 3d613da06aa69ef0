"""What a person concluded about the words of a publication, passage by passage.

Nothing is concluded for anybody: a passage is probably licit until a person says otherwise, and
their reasons are kept.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.core.cases import CaseId
from bot.core.mentions import MentionId
from bot.core.people import MemberId, PracticeId

AssessmentId = NewType("AssessmentId", int)


class Nature(StrEnum):
    """Whether words tell a fact or give an opinion."""

    FACT = "fact"
    OPINION = "opinion"
    UNKNOWN = "unknown"


class Target(StrEnum):
    """Whom words are about."""

    PERSON = "person"
    SERVICE = "service"
    BOTH = "both"


class Truth(StrEnum):
    """Whether what is told happened, as the practitioner says."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One passage, and what a person concluded about it."""

    case_id: CaseId
    practice_id: PracticeId
    mention_id: MentionId
    quote: str
    decided_at: datetime
    decided_by: MemberId
    nature: Nature = Nature.UNKNOWN
    target: Target = Target.BOTH
    is_public: bool = True
    is_identifiable: bool = True
    truth: Truth = Truth.UNKNOWN
    harms: tuple[str, ...] = ()
    """Codes of the harms held to be there (INJ, DIF...); none: licit."""
    licit: str = ""
    """The licit kind (L-NF...), where no harm is held."""
    why: str = ""
    id: AssessmentId = AssessmentId(0)
