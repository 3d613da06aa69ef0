"""When a telephone may ring: what presses, always; a digest in the morning; nothing else."""

from datetime import datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from bot.core.people import Practice

PRESSING_DAYS = range(2)
"""Days left when a legal date presses: that day, and the day before."""


class Weight(Enum):
    """What a message is, for the ear."""

    PRESSING = auto()
    """A probable threat, hate or home given away; a legal date the day before, or that day."""
    MORNING = auto()
    """The head of a digest that comes at its hour."""
    LIGHT = auto()
    """Anything else: a card, a case, an answer."""


def weight_of_date(days_left: int, *, is_over: bool) -> Weight:
    """What the reminder of a legal date is; once past or settled it is light."""
    return Weight.PRESSING if days_left in PRESSING_DAYS and not is_over else Weight.LIGHT


def is_quiet(practice: Practice, now: datetime) -> bool:
    """Whether the practice rests: its quiet hours, or its days away."""
    local = now.astimezone(ZoneInfo(practice.timezone))
    if practice.is_off(local.date()):
        return True
    start, end = practice.quiet_from, practice.quiet_until
    if start <= end:
        return start <= local.time() < end
    return local.time() >= start or local.time() < end


def rings(weight: Weight, practice: Practice, now: datetime) -> bool:
    """Whether a message of that weight makes a sound when it arrives ``now``."""
    match weight:
        case Weight.PRESSING:
            return True
        case Weight.MORNING:
            return practice.rings_in_morning and not is_quiet(practice, now)
        case Weight.LIGHT:
            return False
