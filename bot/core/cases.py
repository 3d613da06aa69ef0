"""Cases: publications being dealt with, their dates and their journal.

A case is open or closed. What is done about it are remedies (``remedies``), several at once, each
with its own state; what no one may miss are its deadlines; the journal tells all of it, and only
grows.
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
    """Whether a case is being dealt with."""

    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended; each has a French label."""

    REMOVED = "removed"
    CORRECTED = "corrected"
    ANSWERED = "answered"
    JUDGED = "judged"
    ABANDONED = "abandoned"
    MISTAKEN = "mistaken"
    """The decision that opened it was taken back."""
    MERGED = "merged"


class Step(StrEnum):
    """What the journal of a case tells; each has a French label."""

    OPEN = "open"
    ASSESS = "assess"
    """Detail: the codes held, or ``licit``; a colon; the words they are about."""
    UNASSESS = "unassess"
    """Detail: the words nothing is held of any more."""
    DATE = "date"
    """Detail: the day the publication is counted from."""
    REMEDY = "remedy"
    """Detail: what was done, as ``remedies.RemedyStep``; the remedy says about which."""
    LETTER = "letter"
    """Detail: the kind of letter that was approved."""
    OVERRULE = "overrule"
    """Detail: the rules of secrecy a holder approved a letter against."""
    REWRITE = "rewrite"
    """Detail: the kind of letter that became a draft again."""
    ATTACH = "attach"
    """Detail: the title of what was added."""
    DETACH = "detach"
    COMPLETE = "complete"
    """Detail: the rule whose deed is done."""
    RESUME = "resume"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    """Detail: the name of who is in charge; empty: nobody any more."""
    MERGE = "merge"
    """Detail: the number of the case that joined this one."""
    REAPPEAR = "reappear"
    """What was gone was seen again; nobody's doing."""
    CLOSE = "close"
    """Detail: the outcome."""
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Case:
    """One publication, or several, being dealt with."""

    practice_id: PracticeId
    mention_id: MentionId
    """The publication it was opened for."""
    opened_at: datetime
    opened_by: MemberId
    status: CaseStatus = CaseStatus.OPEN
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    assignee_id: MemberId | None = None
    merged_into: int = 0
    """The id of the case its publication is dealt with in, once it joined it; 0: its own."""
    id: CaseId = CaseId(0)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Who did what to a case, and when; append only."""

    case_id: CaseId
    at: datetime
    member_id: MemberId | None
    """Nobody: it happened by itself."""
    step: Step
    detail: str = ""
    remedy_id: int = 0
    """The remedy it is about; 0: the case itself."""
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
    remedy_id: int = 0
    """The remedy that opened it; 0: the publication itself."""
    withdrawn_at: datetime | None = None
    """Since when it is no date any more: what caused it was taken back."""
    revision: int = 0
    """How often it changed: what a calendar needs to know that it did."""
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


def refuse_closed(case: Case) -> None:
    """Take no step in a case that is closed.

    Raises:
        Refusal: CASE_CLOSED.
    """
    if case.status is CaseStatus.CLOSED:
        raise Refusal(RefusalCode.CASE_CLOSED)


def close(case: Case, outcome: Outcome, now: datetime) -> Case:
    """The case once it ended.

    Raises:
        Refusal: CASE_CLOSED when it did already.
    """
    refuse_closed(case)
    return replace(case, status=CaseStatus.CLOSED, outcome=outcome, closed_at=now)


def reopen(case: Case) -> Case:
    """The case dealt with again.

    Raises:
        Refusal: ALREADY_DONE when it is open, CASE_MERGED when another one deals with it.
    """
    if case.merged_into:
        raise Refusal(RefusalCode.CASE_MERGED, case=case.merged_into)
    if case.status is not CaseStatus.CLOSED:
        raise Refusal(RefusalCode.ALREADY_DONE)
    return replace(case, status=CaseStatus.OPEN, outcome=None, closed_at=None)


def merge(case: Case, into: Case, now: datetime) -> Case:
    """The case once another one deals with its publication.

    Raises:
        Refusal: CASE_CLOSED, CASE_ITSELF, CASE_ELSEWHERE.
    """
    refuse_closed(case)
    refuse_closed(into)
    if case.id == into.id:
        raise Refusal(RefusalCode.CASE_ITSELF)
    if case.practice_id != into.practice_id:
        raise Refusal(RefusalCode.CASE_ELSEWHERE)
    return replace(close(case, Outcome.MERGED, now), merged_into=into.id)


def assign(case: Case, member: MemberId | None) -> Case:
    """The case in the charge of a member, or of nobody.

    Raises:
        Refusal: CASE_CLOSED.
    """
    refuse_closed(case)
    return replace(case, assignee_id=member)


def was_acted_on(events: Iterable[CaseEvent], dated: Iterable[CaseDeadline]) -> bool:
    """Whether a case left a trace in the world, so that it can be closed but not taken back.

    A deadline counts while it is done: noted by mistake and taken back, it left none.
    """
    return any(event.step is Step.REMEDY for event in events) or any(
        each.done_at is not None for each in dated
    )
