"""Cases: one mention being dealt with, its steps and its journal.

The STEPS table is the whole state machine: (status, step) -> status. A step that is not in the
table for the case's status is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from bot.core.errors import Refusal, RefusalCode
from bot.core.law import RuleId, Side, Territory
from bot.core.mentions import MentionId
from bot.core.people import MemberId, PracticeId

CaseId = NewType("CaseId", int)
DeadlineId = NewType("DeadlineId", int)


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    AWAITING_RECEIPT = "awaiting_receipt"
    AWAITING_ANSWER = "awaiting_answer"
    ANSWERED = "answered"
    CLOSED = "closed"


class Step(StrEnum):
    """An act that moves a case."""

    OPEN = "open"
    SEND_ONLINE = "send_online"
    SEND_BY_POST = "send_by_post"
    ACKNOWLEDGE_RECEIPT = "acknowledge_receipt"
    RECORD_ANSWER = "record_answer"
    COMPLETE = "complete"
    RESUME = "resume"
    SNOOZE = "snooze"
    CLOSE = "close"
    REOPEN = "reopen"


STEPS: dict[tuple[CaseStatus, Step], CaseStatus] = {
    (CaseStatus.OPEN, Step.SEND_ONLINE): CaseStatus.AWAITING_ANSWER,
    (CaseStatus.OPEN, Step.SEND_BY_POST): CaseStatus.AWAITING_RECEIPT,
    (CaseStatus.AWAITING_RECEIPT, Step.ACKNOWLEDGE_RECEIPT): CaseStatus.AWAITING_ANSWER,
    (CaseStatus.AWAITING_ANSWER, Step.RECORD_ANSWER): CaseStatus.ANSWERED,
    (CaseStatus.ANSWERED, Step.SEND_ONLINE): CaseStatus.AWAITING_ANSWER,
    (CaseStatus.ANSWERED, Step.SEND_BY_POST): CaseStatus.AWAITING_RECEIPT,
    **{
        (status, Step.CLOSE): CaseStatus.CLOSED
        for status in CaseStatus
        if status is not CaseStatus.CLOSED
    },
}

_IN_THE_WORLD = frozenset(
    {Step.SEND_ONLINE, Step.SEND_BY_POST, Step.ACKNOWLEDGE_RECEIPT, Step.RECORD_ANSWER}
)
"""Steps that others saw: a request that left, its receipt, its answer."""


@dataclass(frozen=True, slots=True)
class Case:
    """A mention being dealt with."""

    practice_id: PracticeId
    mention_id: MentionId
    opened_at: datetime
    opened_by: MemberId
    status: CaseStatus = CaseStatus.OPEN
    reopens_to: CaseStatus = CaseStatus.OPEN
    closed_at: datetime | None = None
    id: CaseId = CaseId(0)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Who did what to a case, and when; append only."""

    case_id: CaseId
    at: datetime
    member_id: MemberId
    step: Step
    detail: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class CaseDeadline:
    """A deadline a case must not miss; the reasons are computed again from rule and start."""

    case_id: CaseId
    practice_id: PracticeId
    rule: RuleId
    territory: Territory
    starts_on: date
    start_is_uncertain: bool
    side: Side
    strict_on: date
    bites_on: date
    """``act_by`` when it binds us, ``certain_from`` when it binds the other side."""
    created_on: date
    done_at: datetime | None = None
    done_by: MemberId | None = None
    snoozed_until: date | None = None
    id: DeadlineId = DeadlineId(0)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A word to ourselves about a deadline, planned for a moment."""

    deadline_id: DeadlineId
    practice_id: PracticeId
    offset_days: int
    """Days from the deadline's ``bites_on``; negative before it."""
    remind_at: datetime
    sent_at: datetime | None = None
    is_superseded: bool = False
    """A later reminder, a snooze or the deed itself made this one pointless."""
    is_choosing: bool = False
    """Its buttons ask until when to snooze."""
    id: int = 0


def take(case: Case, step: Step, now: datetime) -> Case:
    """The case after ``step``.

    Raises:
        Refusal: CASE_CLOSED on a closed case, REQUEST_ALREADY_SENT when the step is behind us.
    """
    if step is Step.REOPEN and case.status is CaseStatus.CLOSED:
        return replace(case, status=case.reopens_to, closed_at=None)
    following = STEPS.get((case.status, step))
    if following is None:
        closed = case.status is CaseStatus.CLOSED
        raise Refusal(RefusalCode.CASE_CLOSED if closed else RefusalCode.REQUEST_ALREADY_SENT)
    if following is CaseStatus.CLOSED:
        return replace(case, status=following, reopens_to=case.status, closed_at=now)
    return replace(case, status=following)


def was_acted_on(events: Iterable[CaseEvent], dated: Iterable[CaseDeadline]) -> bool:
    """Whether a case left a trace in the world, so that it can be closed but not taken back.

    A deadline counts while it is done: noted by mistake and taken back, it left none.
    """
    return any(event.step in _IN_THE_WORLD for event in events) or any(
        each.done_at is not None for each in dated
    )


def steps_from(status: CaseStatus) -> tuple[Step, ...]:
    """The steps the table offers from ``status``, in its order."""
    if status is CaseStatus.CLOSED:
        return (Step.REOPEN,)
    return tuple(step for (at, step) in STEPS if at is status)
