"""Who writes letters, given once and kept; and the letters being written in a case."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.core.cases import CaseId
from bot.core.letters import LetterKind
from bot.core.people import MemberId, PracticeId, PractitionerId
from bot.core.remedies import RemedyId

LetterId = NewType("LetterId", int)


class LetterState(StrEnum):
    """How far a letter has come."""

    DRAFT = "draft"
    APPROVED = "approved"
    """Printed and kept as it was approved; that it was sent is told by its remedy."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a practitioner signs with."""

    practice_id: PracticeId
    practitioner_id: PractitionerId
    lines: tuple[str, ...] = ()
    postcode: str = ""
    town: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""
    rpps: str = ""
    legal_name: str = ""
    """The legal person in whose name it is written, when it is."""
    legal_form: str = ""
    insurer: str = ""
    contract: str = ""
    """The number of the insurance contract."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter being written in a case, or approved."""

    case_id: CaseId
    practice_id: PracticeId
    remedy_id: RemedyId
    kind: LetterKind
    created_at: datetime
    created_by: MemberId
    state: LetterState = LetterState.DRAFT
    answers: tuple[tuple[str, str], ...] = ()
    """What a person gave, by the name of the field; the rest comes from the case."""
    is_sincere: bool = False
    approved_by: MemberId | None = None
    approved_at: datetime | None = None
    stem: str = ""
    """The name of its files without their suffix, once approved."""
    pdf: str = ""
    """The key of the PDF in the archive, once approved."""
    docx: str = ""
    id: LetterId = LetterId(0)
