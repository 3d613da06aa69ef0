"""Drafts of a public reply: which text was proposed for which mention."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.core.mentions import MentionId
from bot.core.people import MemberId, PracticeId

DraftId = NewType("DraftId", int)


class DraftState(StrEnum):
    """How far a draft has come; nothing is ever published by Vigie."""

    PROPOSED = "proposed"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply proposed for a mention: a template and which of its variants."""

    practice_id: PracticeId
    mention_id: MentionId
    template: str
    variant: int
    created_at: datetime
    created_by: MemberId
    state: DraftState = DraftState.PROPOSED
    id: DraftId = DraftId(0)
