"""The outbox: what should be visible where, and whether it is.

A Display says "this subject, in this channel, for this occasion". ``wanted`` counts the versions
somebody should see, ``shown`` the last one that arrived; it is due while they differ. So a change
is one increment, several changes are one edit, and two copies of one thing cannot be asked for.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.core.people import ChannelId, PracticeId

_BACK_OFF = (5, 30, 120, 600, 3600)
"""Seconds before each new try of a message a chat could not take; the last one for ever."""
HOME_REST = timedelta(seconds=3)
"""Between two versions of one home page, unless its owner looks: Slack takes some 100 a minute."""
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Subject(StrEnum):
    """What a display shows."""

    DIGEST = "digest"
    MENTION = "mention"
    DRAFT = "draft"
    CASE = "case"
    REMEDY = "remedy"
    LETTER = "letter"
    REMINDER = "reminder"
    RECALL = "recall"
    """A mention shown again, with why."""
    REST = "rest"
    HOME = "home"
    """A member's home page: what waits in their practices."""
    ANSWER = "answer"
    """Said at once to who asked; only its reference is kept."""


@dataclass(frozen=True, slots=True)
class Display:
    """One subject in one channel."""

    practice_id: PracticeId
    channel_id: ChannelId
    subject: Subject
    subject_id: int
    occasion: str
    """Why it is shown there (``digest:7``): the same subject may come back for another reason."""
    wanted: int = 1
    shown: int = 0
    is_due: bool = True
    """``shown < wanted`` and the channel still lives: what the sender looks for."""
    message: str = ""
    """The chat's own reference of the message, once it is there."""
    sending_at: datetime | None = None
    """Set just before a first post, cleared once its reference is kept: if it is found set after
    a crash, the message may or may not have arrived."""
    sending_mark: str = ""
    """Where the chat stood then, for the chat to look from."""
    attempts: int = 0
    not_before: datetime = _AT_ONCE
    problem: str = ""
    is_unfolded: bool = False
    """Whether its menu stands open, in this one place."""
    parent: int = 0
    """The id of the display in whose thread it stands, where a chat has threads; 0: in none."""
    id: int = 0


def shown(display: Display, version: int, message: str) -> Display:
    """The display once ``version`` is visible as ``message``."""
    return replace(
        display,
        shown=version,
        is_due=version < display.wanted,
        message=message,
        sending_at=None,
        sending_mark="",
        attempts=0,
        not_before=_AT_ONCE,
        problem="",
    )


def failed(
    display: Display, problem: str, now: datetime, retry_in: float | None, *, was_refused: bool
) -> Display:
    """The display after a try that did not work: due again later.

    Unless the chat said it took nothing (``was_refused``), the message may have arrived: the next
    try asks first.
    """
    wait = retry_in
    if wait is None:
        wait = _BACK_OFF[min(display.attempts, len(_BACK_OFF) - 1)]
    return replace(
        display,
        sending_at=None if was_refused else display.sending_at,
        sending_mark="" if was_refused else display.sending_mark,
        attempts=display.attempts + (retry_in is None),  # told to wait is not a failure
        not_before=now + timedelta(seconds=wait),
        problem=problem,
    )


def parked(display: Display, problem: str) -> Display:
    """The display while its channel takes nothing."""
    return replace(display, is_due=False, problem=problem, sending_at=None, sending_mark="")


def unparked(display: Display) -> Display:
    """The display once its channel takes messages again."""
    is_due = display.shown < display.wanted
    return replace(display, is_due=is_due, problem="", attempts=0, not_before=_AT_ONCE)


def abandoned(display: Display) -> Display:
    """The display once what it shows, or the message that showed it, is gone."""
    return replace(
        display, shown=display.wanted, is_due=False, sending_at=None, sending_mark="", problem=""
    )


def rested(display: Display, now: datetime) -> Display:
    """A home page just shown: its next change waits a little, so that a burst is one page."""
    return replace(display, not_before=now + HOME_REST)


def wanted_in_time(display: Display) -> Display:
    """A home page once something on it has changed: shown anew after its rest."""
    return replace(display, wanted=display.wanted + 1, is_due=True)


def wanted_again(display: Display, *, is_unfolded: bool = False) -> Display:
    """The display once what it shows has changed; its menu folds unless it is what changed."""
    return replace(
        display,
        wanted=display.wanted + 1,
        is_due=True,
        not_before=_AT_ONCE,
        is_unfolded=is_unfolded,
    )
