"""Looking for a mention again: what was typed, and what narrows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.core import text
from bot.core.mentions import Mention, MentionState, SourceId
from bot.core.people import MemberId, PracticeId, PractitionerId

SearchId = NewType("SearchId", int)
LONGEST = 200
"""Characters of a search."""
_MOST_WORDS = 8


class Period(StrEnum):
    """How far back to look."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_PERIODS = {
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=31),
    Period.QUARTER: timedelta(days=92),
    Period.YEAR: timedelta(days=366),
}


@dataclass(frozen=True, slots=True)
class Search:
    """One search of one member, kept so that its pages can be turned."""

    practice_id: PracticeId
    member_id: MemberId
    words: str
    made_at: datetime
    practitioner_id: PractitionerId | None = None
    source_id: SourceId | None = None
    state: MentionState | None = None
    period: Period | None = None
    id: SearchId = SearchId(0)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The folded words, each of which must be somewhere."""
        return tuple(dict.fromkeys(text.words(self.words)))[:_MOST_WORDS]

    def since(self, now: datetime) -> datetime | None:
        """The earliest moment looked at."""
        return now - _PERIODS[self.period] if self.period else None


def searchable(mention: Mention) -> str:
    """Everything a mention can be found by, folded: title, text, outlet, author and address."""
    said = (mention.title, mention.text, mention.outlet, mention.author, mention.url)
    return text.phrase_of(" ".join(said))
