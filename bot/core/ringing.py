"""When a telephone may ring: what presses, always; a digest in the morning; nothing else."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.people import Practice


def is_quiet(practice: Practice, now: datetime) -> bool:
    """Whether the practice rests: its quiet hours, or its holidays."""
    local = now.astimezone(ZoneInfo(practice.timezone))
    if practice.is_off(local.date()):
        return True
    start, end = practice.quiet_from, practice.quiet_until
    if start <= end:
        return start <= local.time() < end
    return local.time() >= start or local.time() < end


def rings(
    practice: Practice, now: datetime, *, is_pressing: bool, is_header: bool = False
) -> bool:
    """Whether a message arrives with a sound.

    Args:
        practice: whose wall and wishes count.
        now: when it arrives.
        is_pressing: a probable threat, hate or home given away; a legal date the day before, or
            that day.
        is_header: the head of a digest, as opposed to its cards.
    """
    if is_pressing:
        return True
    return is_header and practice.rings_in_morning and not is_quiet(practice, now)
