"""Calendars: the deadlines of a practice, where its members already look at their days."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.people import MemberId, PracticeId


@dataclass(frozen=True, slots=True)
class Subscription:
    """A member's private address of a calendar; only its hash is kept."""

    practice_id: PracticeId
    member_id: MemberId
    token_hash: str
    created_at: datetime
    revoked_at: datetime | None = None
    id: int = 0
