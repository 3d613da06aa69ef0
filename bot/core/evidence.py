"""What is kept of a publication: pictures, documents and links added by hand, hashed on arrival.

A copy kept so is a preparatory file, never called a proof: a capture made by oneself is admitted
and easily contested; a bailiff's record is worth more. What a machine captures will join the same
list, under its own kind.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.core.cases import CaseId
from bot.core.letters import AnnexRole
from bot.core.people import MemberId, PracticeId

AttachmentId = NewType("AttachmentId", int)

LARGEST = 20 * 1024 * 1024
"""Bytes of one file: what Telegram lets a bot fetch."""


class AttachmentKind(StrEnum):
    """What was added to a case."""

    PICTURE = "picture"
    DOCUMENT = "document"
    LINK = "link"
    LETTER = "letter"
    """A letter of ours, as it was approved."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something kept in a case, with its SHA-256 taken on arrival."""

    case_id: CaseId
    practice_id: PracticeId
    kind: AttachmentKind
    title: str
    added_at: datetime
    added_by: MemberId
    name: str = ""
    """Of the file, made safe; empty for a link."""
    media_type: str = ""
    size: int = 0
    digest: str = ""
    """SHA-256 of its bytes, or of the address of a link, in hexadecimal; its key in the
    archive."""
    url: str = ""
    role: AnnexRole = AnnexRole.CAPTURE
    remedy_id: int = 0
    """The remedy it belongs to; 0: the publication."""
    id: AttachmentId = AttachmentId(0)
