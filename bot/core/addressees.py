"""Who some letters always go to: an authority's address, with where it was read."""

from dataclasses import dataclass
from datetime import date

from bot.core.law import Confidence
from bot.core.letters import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A recipient that is known beforehand."""

    recipient: Recipient
    form: str = ""
    """The address of its own form."""
    source: str
    confidence: Confidence
    checked_on: date
