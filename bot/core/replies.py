"""Drafts of a public reply: their words, and how far they have come.

The STEPS table is the whole state machine: (state, step) -> state. Vigie publishes nothing by
itself: the last step is a person saying that they did, or confirming that we should.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import MentionId
from bot.core.people import MemberId, PracticeId
from bot.core.sources import SourceKind
from bot.core.strategies import WITHDRAWAL, Silence
from bot.core.text import fold

DraftId = NewType("DraftId", int)

_SENDING_LASTS = timedelta(minutes=5)
"""Longer than any try to publish takes: after that, the one that began was cut short."""


class DraftState(StrEnum):
    """How far a draft has come; each has a French label."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PUBLISHED = "published"
    DECLINED = "declined"
    """No reply is given, and that is the answer."""


KEPT = frozenset({DraftState.APPROVED, DraftState.PUBLISHED})
"""The states of words that somebody approved."""


class DraftStep(StrEnum):
    """What moves a draft."""

    REWORD = "reword"
    """Other words, whoever wrote them: they must be read again."""
    REVIEW = "review"
    APPROVE = "approve"
    PUBLISH = "publish"
    DECLINE = "decline"


STEPS: dict[tuple[DraftState, DraftStep], DraftState] = {
    **{
        (state, DraftStep.REWORD): DraftState.DRAFT
        for state in DraftState
        if state is not DraftState.PUBLISHED
    },
    **{
        (state, DraftStep.DECLINE): DraftState.DECLINED
        for state in DraftState
        if state is not DraftState.PUBLISHED
    },
    (DraftState.DRAFT, DraftStep.REVIEW): DraftState.REVIEWED,
    (DraftState.DRAFT, DraftStep.APPROVE): DraftState.APPROVED,
    (DraftState.REVIEWED, DraftStep.APPROVE): DraftState.APPROVED,
    (DraftState.APPROVED, DraftStep.PUBLISH): DraftState.PUBLISHED,
}


class PublicationOutcome(StrEnum):
    """What came of a try to publish on a platform; each has a French sentence."""

    PUBLISHED = "published"
    PENDING = "pending"
    """Taken; the platform reads it before it shows it."""
    REJECTED = "rejected"
    """Taken, and not shown: it breaks a rule of the platform's."""
    ANSWERED = "answered"
    """Another reply is there: it is not written over."""
    GONE = "gone"
    """The review is not there any more."""
    CONSENT = "consent"
    """The consent given to us was taken back, or has expired."""
    FORBIDDEN = "forbidden"
    """The account may not answer for that place, or the place is not verified."""
    NOT_ENABLED = "not_enabled"
    """The service is not switched on for us."""
    QUOTA = "quota"
    REFUSED = "refused"
    """These words, for a reason that is not told."""
    UNREACHABLE = "unreachable"
    """Nothing was sent."""
    UNKNOWN = "unknown"
    """It was sent, and no answer came: it may be there."""

    @property
    def is_taken(self) -> bool:
        """Whether the reply is published, or will be."""
        return self in {PublicationOutcome.PUBLISHED, PublicationOutcome.PENDING}


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply proposed for a mention: a variant of a template, or a person's own words."""

    practice_id: PracticeId
    mention_id: MentionId
    template: str
    variant: int
    created_at: datetime
    created_by: MemberId
    state: DraftState = DraftState.DRAFT
    words: str = ""
    """What a person wrote instead; empty: the template's."""
    silence: Silence | None = None
    """Why nothing is answered."""
    worded_by: MemberId | None = None
    reviewed_by: MemberId | None = None
    approved_by: MemberId | None = None
    published_by: MemberId | None = None
    published_on: SourceKind | None = None
    """The platform that we put it on, when somebody had us do it."""
    sending_at: datetime | None = None
    """Since when it is being put there."""
    outcome: PublicationOutcome | None = None
    """What came of the last try."""
    used_at: datetime | None = None
    """When its words were last approved, or taken as a model."""
    is_model: bool = True
    """Whether its words may be: nobody took them out of the library."""
    id: DraftId = DraftId(0)

    @property
    def is_private(self) -> bool:
        """Whether it is written to the author alone."""
        return self.template == WITHDRAWAL

    @property
    def author_id(self) -> MemberId:
        """Who answers for its words."""
        return self.worded_by or self.created_by

    def is_being_sent(self, now: datetime) -> bool:
        """Whether somebody is having it published at this moment."""
        return self.sending_at is not None and now - self.sending_at < _SENDING_LASTS


class Register(StrEnum):
    """How the place of a profession is spoken of; each has its words ([register_...])."""

    PRACTICE = "practice"
    PHARMACY = "pharmacy"


def register_of(profession: str) -> Register:
    """The register of a profession."""
    is_pharmacy = fold(profession).startswith(("pharmac", "officine"))
    return Register.PHARMACY if is_pharmacy else Register.PRACTICE


def take(draft: Draft, step: DraftStep, by: MemberId) -> Draft:
    """The draft after a step somebody takes.

    Raises:
        Refusal: REPLY_PUBLISHED, REPLY_NOT_APPROVED, or ALREADY_DONE.
    """
    following = STEPS.get((draft.state, step))
    if following is None:
        raise Refusal(_why_not(draft.state, step))
    moved = replace(draft, state=following, silence=None)
    match step:
        case DraftStep.REWORD:
            return replace(moved, worded_by=by, reviewed_by=None, approved_by=None, outcome=None)
        case DraftStep.REVIEW:
            return replace(moved, reviewed_by=by)
        case DraftStep.APPROVE:
            return replace(moved, approved_by=by)
        case DraftStep.PUBLISH:
            return replace(moved, published_by=by)
        case _:
            return moved


def _why_not(state: DraftState, step: DraftStep) -> RefusalCode:
    if state is DraftState.PUBLISHED:
        return RefusalCode.REPLY_PUBLISHED
    return (
        RefusalCode.REPLY_NOT_APPROVED if step is DraftStep.PUBLISH else RefusalCode.ALREADY_DONE
    )


def sent(
    begun: Draft, fresh: Draft, on: SourceKind, outcome: PublicationOutcome, by: MemberId
) -> Draft:
    """The draft after a try to publish.

    Args:
        begun: as it was when it left; once its words are out, that is what it says.
        fresh: as it is now: somebody may have reworded it meanwhile.
        on: the platform.
        outcome: what came of it.
        by: who had it published.
    """
    if not outcome.is_taken:
        return replace(fresh, sending_at=None, outcome=outcome)
    return replace(
        begun,
        state=DraftState.PUBLISHED,
        sending_at=None,
        outcome=outcome,
        published_by=by,
        published_on=on,
    )
