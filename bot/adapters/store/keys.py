"""What is stored, which of it is unique and what refers to what: one truth for both stores.

A field whose type is the id of another kind refers to it (``practice_id: PracticeId``); nothing
else has to be said. A new kind gets a line in KINDS, a table and a migration.
"""

from collections.abc import Mapping, Sequence
from typing import cast, get_args, get_type_hints

from bot.core.assessments import Assessment
from bot.core.calendars import Subscription
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseId, DeadlineId, Reminder
from bot.core.digest import Digest, DigestId, DigestItem
from bot.core.evidence import Attachment
from bot.core.forms import Conversation
from bot.core.letterheads import Letter, Letterhead
from bot.core.mentions import (
    Copy,
    Identity,
    Mention,
    MentionId,
    Note,
    Proposal,
    Recall,
    Revision,
    Source,
    SourceId,
    Taught,
    TriageEvent,
)
from bot.core.outbox import Display
from bot.core.people import (
    Account,
    Channel,
    ChannelId,
    Invitation,
    Member,
    MemberId,
    Practice,
    PracticeId,
    Practitioner,
    PractitionerId,
    Topic,
)
from bot.core.remedies import Remedy, RemedyId
from bot.core.replies import Draft, DraftId
from bot.core.search import Search

KINDS: Mapping[type, str] = {
    Practice: "practices",
    Practitioner: "practitioners",
    Member: "members",
    Account: "accounts",
    Channel: "channels",
    Invitation: "invitations",
    Topic: "topics",
    Source: "sources",
    Mention: "mentions",
    Identity: "identities",
    Copy: "copies",
    Revision: "revisions",
    TriageEvent: "triage_events",
    Taught: "lessons",
    Note: "notes",
    Proposal: "proposals",
    Recall: "recalls",
    Case: "cases",
    CaseEvent: "case_events",
    Remedy: "remedies",
    CaseDeadline: "case_deadlines",
    Reminder: "reminders",
    Assessment: "assessments",
    Attachment: "attachments",
    Letterhead: "letterheads",
    Letter: "letters",
    Subscription: "subscriptions",
    Draft: "drafts",
    Digest: "digests",
    DigestItem: "digest_items",
    Display: "displays",
    Conversation: "conversations",
    Search: "searches",
}
"""Every stored kind and the name of its table, what is referred to before what refers to it."""

UNIQUE: Mapping[type, tuple[str, ...]] = {
    Practice: ("name",),
    Practitioner: ("practice_id", "given", "family", "city"),
    Account: ("platform", "external_id", "practice_id"),
    Channel: ("platform", "address", "practice_id"),
    Topic: ("channel_id", "practitioner_id", "thread"),
    Invitation: ("code_hash",),
    Source: ("practice_id", "url"),
    Identity: ("practitioner_id", "key"),
    Copy: ("mention_id", "url"),
    Taught: ("practitioner_id", "words", "host"),
    Case: ("mention_id",),
    CaseDeadline: ("case_id", "rule", "starts_on", "remedy_id"),
    Attachment: ("case_id", "digest", "remedy_id"),
    Letterhead: ("practitioner_id",),
    Subscription: ("token_hash",),
    Reminder: ("deadline_id", "offset_days"),
    Digest: ("practice_id", "local_day", "kind", "serial"),
    DigestItem: ("digest_id", "mention_id"),
    Conversation: ("member_id", "channel_id", "form"),
    Display: ("channel_id", "subject", "subject_id", "occasion"),
}
"""The fields no two values of a kind may share."""

_IDENTIFIES: Mapping[object, type] = {
    PracticeId: Practice,
    PractitionerId: Practitioner,
    MemberId: Member,
    ChannelId: Channel,
    SourceId: Source,
    MentionId: Mention,
    CaseId: Case,
    DeadlineId: CaseDeadline,
    RemedyId: Remedy,
    DraftId: Draft,
    DigestId: Digest,
}
_UNTYPED: Mapping[tuple[type, str], type] = {(DigestItem, "mention_id"): Mention}
"""References whose field is a plain int."""


def references(kind: type) -> Mapping[str, type]:
    """The fields of ``kind`` that hold the id of another stored value, and of which kind."""
    return _REFERENCES[kind]


def known(kind: type) -> type:
    """``kind``, if it is one that is stored.

    Raises:
        ValueError: it is not.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind.__name__} is not stored; see {__name__}.KINDS")
    return kind


def one_kind(values: Sequence[object]) -> type:
    """The kind all these values are of.

    Raises:
        ValueError: they are of several, or of one that is not stored.
    """
    kinds = {type(value) for value in values}
    if len(kinds) != 1:
        raise ValueError(f"values of one kind are wanted, not of {len(kinds)}")
    return known(kinds.pop())


def identifier(value: object) -> int:
    """The id of a value that is stored.

    Raises:
        ValueError: it never was, or is of a kind that is not stored.
    """
    kind = known(type(value))
    number = cast("int", getattr(value, "id"))  # noqa: B009 - every stored kind has one
    if not number:
        raise ValueError(f"this {kind.__name__} is not stored yet: add it first")
    return number


def _references_of(kind: type) -> Mapping[str, type]:
    found = {}
    for name, annotation in get_type_hints(kind).items():
        alternatives = get_args(annotation) or (annotation,)
        target = _UNTYPED.get((kind, name)) or next(
            (_IDENTIFIES[each] for each in alternatives if each in _IDENTIFIES), None
        )
        if name != "id" and target is not None:
            found[name] = target
    return found


_REFERENCES: Mapping[type, Mapping[str, type]] = {kind: _references_of(kind) for kind in KINDS}
