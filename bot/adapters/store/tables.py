"""The SQL schema: one table a kind, one column a field.

Unique keys and references come from ``keys``; what is written here is the type of each column and
the indexes for what is asked all the time. A change here needs a migration: see ``migrate``.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from bot.adapters.store.keys import KINDS, UNIQUE, references
from bot.core.assessments import Assessment
from bot.core.calendars import Subscription
from bot.core.cases import Case, CaseDeadline, CaseEvent, Reminder
from bot.core.digest import Digest, DigestItem
from bot.core.evidence import Attachment
from bot.core.forms import Conversation
from bot.core.letterheads import Letter, Letterhead
from bot.core.mentions import (
    Copy,
    Identity,
    Mention,
    Note,
    Proposal,
    Recall,
    Revision,
    Source,
    Taught,
    TriageEvent,
)
from bot.core.outbox import Display
from bot.core.people import Account, Channel, Invitation, Member, Practice, Practitioner, Topic
from bot.core.remedies import Remedy
from bot.core.replies import Draft
from bot.core.search import Search


class CodePoints(TypeDecorator[str]):
    """Text that sorts by code point, whatever the language of the database."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """SQLite does so by itself."""
        return dialect.type_descriptor(Text(collation="C" if dialect.name != "sqlite" else None))


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} is not an aware datetime")
    return value.astimezone(UTC)


def _written(value: datetime | None) -> str | None:
    if value is None:
        return None
    return _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept and given back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse what has no offset."""
        return None if value is None else _in_utc(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """For SQLite, what its own type would write, in an eighth of the time."""
        return super().bind_processor(dialect) if dialect.name != "sqlite" else _written

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Say again that it is UTC: SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Parts = tuple[object, ...]


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Tuples(TypeDecorator[Parts]):
    """A tuple, as one JSON text: the same tuple is always the same text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Parts | None, _dialect: Dialect) -> str | None:
        """Write it in the one way."""
        return None if value is None else _json.encode(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Parts | None:
        """Read it; what is inside are lists until ``convert`` knows better."""
        return None if value is None else tuple(json.loads(value))


Id = Annotated[int | None, Field(default=None, primary_key=True)]
Words = Annotated[str, Field(sa_type=CodePoints)]
Moment = Annotated[datetime, Field(sa_type=UtcDateTime)]
WordsOrNone = Annotated[str | None, Field(sa_type=CodePoints)]
MomentOrNone = Annotated[datetime | None, Field(sa_type=UtcDateTime)]
Several = Annotated[tuple[object, ...], Field(sa_type=Tuples)]


class Row(SQLModel):
    """What every table shares."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def _arguments(kind: type, *indexes: Index) -> tuple[object, ...]:
    """What ``keys`` says of a kind, and its indexes; an id is never given twice."""
    unique = [UniqueConstraint(*UNIQUE[kind])] if kind in UNIQUE else []
    foreign = [
        ForeignKeyConstraint([name], [f"{KINDS[target]}.id"])
        for name, target in references(kind).items()
    ]
    return (*unique, *foreign, *indexes, {"sqlite_autoincrement": True})


def _index(*columns: str) -> Index:
    return Index(None, *columns)


def _index_while(name: str, condition: str, column: str, postgresql: str | None = None) -> Index:
    """An index of the few rows that meet a condition."""
    return Index(
        name,
        column,
        sqlite_where=text(condition),
        postgresql_where=text(postgresql or condition),
    )


class PracticeRow(Row, table=True):
    """Practices."""

    __tablename__ = KINDS[Practice]
    __table_args__ = _arguments(Practice, _index("next_digest_at"), _index("frequency"))
    id: Id
    name: Words
    timezone: Words
    territory: Words
    digest_at: time
    digest_days: Several
    next_digest_at: MomentOrNone
    frequency: Words
    quiet_from: time
    quiet_until: time
    rings_in_morning: bool
    another_approves: bool
    says_when_empty: bool
    off_from: date | None
    off_until: date | None
    escalate_after_hours: int
    people_version: int


class PractitionerRow(Row, table=True):
    """Practitioners."""

    __tablename__ = KINDS[Practitioner]
    __table_args__ = _arguments(Practitioner)
    id: Id
    practice_id: int
    given: Words
    family: Words
    title: Words
    profession: Words
    city: Words
    aliases: Several
    excluded_words: Several
    unwanted: Several
    is_removed: bool


class MemberRow(Row, table=True):
    """Members."""

    __tablename__ = KINDS[Member]
    __table_args__ = _arguments(Member, _index("practice_id"))
    id: Id
    practice_id: int
    name: Words
    role: Words
    joined_at: Moment
    removed_at: MomentOrNone


class AccountRow(Row, table=True):
    """Accounts."""

    __tablename__ = KINDS[Account]
    __table_args__ = _arguments(Account, _index("member_id"), _index("practice_id"))
    id: Id
    member_id: int
    practice_id: int
    platform: Words
    external_id: Words


class ChannelRow(Row, table=True):
    """Channels."""

    __tablename__ = KINDS[Channel]
    __table_args__ = _arguments(Channel, _index("practice_id"))
    id: Id
    practice_id: int
    platform: Words
    address: Words
    is_private: bool
    is_forum: bool
    member_id: int | None
    problem: Words
    problem_at: MomentOrNone
    is_quiet: bool


class TopicRow(Row, table=True):
    """Where people are spoken of in groups that have topics."""

    __tablename__ = KINDS[Topic]
    __table_args__ = _arguments(Topic, _index("practitioner_id"))
    id: Id
    channel_id: int
    practitioner_id: int
    thread: Words


class InvitationRow(Row, table=True):
    """Invitations."""

    __tablename__ = KINDS[Invitation]
    __table_args__ = _arguments(Invitation, _index("practice_id"), _index("invited_by"))
    id: Id
    practice_id: int
    role: Words
    code_hash: Words
    expires_at: Moment
    used_at: MomentOrNone
    used_by: int | None
    name: Words
    invited_by: int | None


class SourceRow(Row, table=True):
    """Sources."""

    __tablename__ = KINDS[Source]
    __table_args__ = _arguments(
        Source,
        _index("about"),
        _index_while(
            "ix_sources_to_poll", "is_removed = 0", "next_poll_at", postgresql="NOT is_removed"
        ),
    )
    id: Id
    practice_id: int
    url: Words
    kind: Words
    every_seconds: int
    next_poll_at: Moment
    added_at: Moment
    title: Words
    state: Words
    state_since: MomentOrNone
    told: Words
    problem: Words
    problem_detail: Words
    failures: int
    polled_at: MomentOrNone
    succeeded_at: MomentOrNone
    seconds: float
    items_weekly: float
    days_weekly: float
    news_at: MomentOrNone
    newest_at: MomentOrNone
    rejected: int
    read_for: int
    distrusts: Several
    renamed: int
    moved_to: Words
    about: int | None
    etag: WordsOrNone
    last_modified: WordsOrNone
    body_hash: Words
    seen: bytes
    cursor: Words
    secret: Words
    proxy: Words
    paused_at: MomentOrNone
    is_removed: bool


class MentionRow(Row, table=True):
    """Mentions."""

    __tablename__ = KINDS[Mention]
    __table_args__ = _arguments(
        Mention,
        _index("practice_id", "state"),
        _index("practitioner_id"),
        _index("assignee_id"),
        _index_while("ix_mentions_urgent", "is_urgent = 1", "state", postgresql="is_urgent"),
        _index("source_id"),
    )
    id: Id
    practice_id: int
    practitioner_id: int
    source_id: int
    url: Words
    title: Words
    text: Words
    outlet: Words
    fingerprint: Words
    seen_at: Moment
    published_at: MomentOrNone
    told_on: date | None
    title_spans: Several
    text_spans: Several
    zone: Words
    score: float
    evidence: Several
    state: Words
    decided_by: int | None
    decided_at: MomentOrNone
    revised_at: MomentOrNone
    copies: int
    author: Words
    rating: float | None
    reply: Words
    missed_at: MomentOrNone
    gone_at: MomentOrNone
    snoozed_until: MomentOrNone
    assignee_id: int | None
    alarms: Several
    is_urgent: bool
    escalated_at: MomentOrNone
    picture: Words
    folded: Words


class IdentityRow(Row, table=True):
    """Identities of mentions."""

    __tablename__ = KINDS[Identity]
    __table_args__ = _arguments(Identity, _index("mention_id"))
    id: Id
    practitioner_id: int
    key: Words
    mention_id: int


class CopyRow(Row, table=True):
    """Copies of mentions."""

    __tablename__ = KINDS[Copy]
    __table_args__ = _arguments(Copy, _index("source_id"))
    id: Id
    mention_id: int
    source_id: int
    url: Words
    outlet: Words
    seen_at: Moment


class RevisionRow(Row, table=True):
    """Revisions of mentions."""

    __tablename__ = KINDS[Revision]
    __table_args__ = _arguments(Revision, _index("mention_id"))
    id: Id
    mention_id: int
    title: Words
    text: Words
    replaced_at: Moment


class TriageEventRow(Row, table=True):
    """The journal of mentions."""

    __tablename__ = KINDS[TriageEvent]
    __table_args__ = _arguments(TriageEvent, _index("mention_id"))
    id: Id
    mention_id: int
    at: Moment
    member_id: int
    kind: Words
    state: Words
    detail: Words


class NoteRow(Row, table=True):
    """Notes on mentions."""

    __tablename__ = KINDS[Note]
    __table_args__ = _arguments(Note, _index("mention_id"))
    id: Id
    mention_id: int
    at: Moment
    member_id: int
    words: Words
    is_erased: bool


class ProposalRow(Row, table=True):
    """Publications somebody would add by hand."""

    __tablename__ = KINDS[Proposal]
    __table_args__ = _arguments(
        Proposal, _index("practice_id"), _index("member_id"), _index("practitioner_id")
    )
    id: Id
    practice_id: int
    member_id: int
    practitioner_id: int
    made_at: Moment
    url: Words
    title: Words
    text: Words
    author: Words
    outlet: Words
    published_at: MomentOrNone
    picture: Words
    note: Words


class RecallRow(Row, table=True):
    """Mentions to be shown again."""

    __tablename__ = KINDS[Recall]
    __table_args__ = _arguments(
        Recall,
        _index("practice_id"),
        _index("mention_id"),
        _index("member_id"),
        _index_while("ix_recalls_due", "is_done = 0", "due_at", postgresql="NOT is_done"),
    )
    id: Id
    practice_id: int
    mention_id: int
    kind: Words
    due_at: Moment
    is_done: bool
    member_id: int | None


class LessonRow(Row, table=True):
    """What "it is me" and "it is not me" taught."""

    __tablename__ = KINDS[Taught]
    __table_args__ = _arguments(Taught, _index("mention_id"), _index("taught_by"))
    id: Id
    practitioner_id: int
    mention_id: int
    is_for: bool
    words: Words
    host: Words
    taught_at: Moment
    taught_by: int


class CaseRow(Row, table=True):
    """Cases."""

    __tablename__ = KINDS[Case]
    __table_args__ = _arguments(Case, _index("practice_id", "status"))
    id: Id
    practice_id: int
    mention_id: int
    opened_at: Moment
    opened_by: int
    status: Words
    closed_at: MomentOrNone
    outcome: WordsOrNone
    assignee_id: int | None
    merged_into: int


class CaseEventRow(Row, table=True):
    """The journal of cases."""

    __tablename__ = KINDS[CaseEvent]
    __table_args__ = _arguments(CaseEvent, _index("case_id"))
    id: Id
    case_id: int
    at: Moment
    member_id: int | None
    step: Words
    detail: Words
    remedy_id: int


class RemedyRow(Row, table=True):
    """Remedies taken up in cases."""

    __tablename__ = KINDS[Remedy]
    __table_args__ = _arguments(Remedy, _index("case_id"), _index("practice_id"))
    id: Id
    case_id: int
    practice_id: int
    kind: Words
    started_at: Moment
    started_by: int
    state: Words
    follows: int
    sent_on: date | None
    number: Words
    presented_on: date | None
    received_on: date | None
    answered_on: date | None
    answer: Words
    days: int


class CaseDeadlineRow(Row, table=True):
    """Deadlines of cases."""

    __tablename__ = KINDS[CaseDeadline]
    __table_args__ = _arguments(CaseDeadline, _index("practice_id", "bites_on"))
    id: Id
    case_id: int
    practice_id: int
    rule: Words
    territory: Words
    starts_on: date
    start_is_uncertain: bool
    side: Words
    strict_on: date
    bites_on: date
    created_on: date
    done_at: MomentOrNone
    done_by: int | None
    snoozed_until: date | None
    remedy_id: int
    withdrawn_at: MomentOrNone
    revision: int


class ReminderRow(Row, table=True):
    """Reminders of deadlines."""

    __tablename__ = KINDS[Reminder]
    __table_args__ = _arguments(
        Reminder,
        _index("practice_id"),
        _index_while("ix_reminders_to_send", "sent_at IS NULL", "remind_at"),
    )
    id: Id
    deadline_id: int
    practice_id: int
    offset_days: int
    remind_at: Moment
    sent_at: MomentOrNone
    is_superseded: bool
    is_choosing: bool


class AssessmentRow(Row, table=True):
    """What was concluded about passages."""

    __tablename__ = KINDS[Assessment]
    __table_args__ = _arguments(
        Assessment, _index("case_id"), _index("practice_id"), _index("mention_id")
    )
    id: Id
    case_id: int
    practice_id: int
    mention_id: int
    quote: Words
    decided_at: Moment
    decided_by: int
    nature: Words
    target: Words
    is_public: bool
    is_identifiable: bool
    truth: Words
    harms: Several
    licit: Words
    why: Words


class AttachmentRow(Row, table=True):
    """What was kept in cases."""

    __tablename__ = KINDS[Attachment]
    __table_args__ = _arguments(Attachment, _index("practice_id"))
    id: Id
    case_id: int
    practice_id: int
    kind: Words
    title: Words
    added_at: Moment
    added_by: int
    name: Words
    media_type: Words
    size: int
    digest: Words
    url: Words
    role: Words
    remedy_id: int


class LetterheadRow(Row, table=True):
    """Who signs letters."""

    __tablename__ = KINDS[Letterhead]
    __table_args__ = _arguments(Letterhead, _index("practice_id"))
    id: Id
    practice_id: int
    practitioner_id: int
    lines: Several
    postcode: Words
    town: Words
    country: Words
    email: Words
    phone: Words
    rpps: Words
    legal_name: Words
    legal_form: Words
    insurer: Words
    contract: Words


class LetterRow(Row, table=True):
    """Letters being written, or approved."""

    __tablename__ = KINDS[Letter]
    __table_args__ = _arguments(Letter, *map(_index, ("case_id", "practice_id", "remedy_id")))
    id: Id
    case_id: int
    practice_id: int
    remedy_id: int
    kind: Words
    created_at: Moment
    created_by: int
    state: Words
    answers: Several
    is_sincere: bool
    approved_by: int | None
    approved_at: MomentOrNone
    stem: Words
    pdf: Words
    docx: Words


class SubscriptionRow(Row, table=True):
    """Private addresses of calendars."""

    __tablename__ = KINDS[Subscription]
    __table_args__ = _arguments(Subscription, _index("member_id"), _index("practice_id"))
    id: Id
    practice_id: int
    member_id: int
    token_hash: Words
    created_at: Moment
    revoked_at: MomentOrNone


class DraftRow(Row, table=True):
    """Drafts of replies."""

    __tablename__ = KINDS[Draft]
    __table_args__ = _arguments(Draft, _index("practice_id"), _index("mention_id"))
    id: Id
    practice_id: int
    mention_id: int
    template: Words
    variant: int
    created_at: Moment
    created_by: int
    state: Words
    words: Words
    silence: WordsOrNone
    worded_by: int | None
    reviewed_by: int | None
    approved_by: int | None
    published_by: int | None
    published_on: WordsOrNone
    sending_at: MomentOrNone
    outcome: WordsOrNone
    used_at: MomentOrNone
    is_model: bool


class DigestRow(Row, table=True):
    """Digests."""

    __tablename__ = KINDS[Digest]
    __table_args__ = _arguments(Digest)
    id: Id
    practice_id: int
    local_day: date
    kind: Words
    serial: int
    made_at: Moment
    late_by_seconds: int
    source_news: Several
    rejected: int
    rejected_ever: int
    counts_from: MomentOrNone


class DigestItemRow(Row, table=True):
    """Items of digests."""

    __tablename__ = KINDS[DigestItem]
    __table_args__ = _arguments(DigestItem, _index("mention_id"))
    id: Id
    digest_id: int
    mention_id: int
    place: int
    is_folded: bool


class DisplayRow(Row, table=True):
    """The outbox."""

    __tablename__ = KINDS[Display]
    __table_args__ = _arguments(
        Display,
        _index("practice_id"),
        _index("subject", "subject_id"),
        _index_while("ix_displays_due", "is_due = 1", "not_before", postgresql="is_due"),
        _index_while(
            "ix_displays_due_in_channel", "is_due = 1", "channel_id", postgresql="is_due"
        ),
    )
    id: Id
    practice_id: int
    channel_id: int
    subject: Words
    subject_id: int
    occasion: Words
    wanted: int
    shown: int
    is_due: bool
    message: Words
    sending_at: MomentOrNone
    sending_mark: Words
    attempts: int
    not_before: Moment
    problem: Words
    is_unfolded: bool
    parent: int


class SearchRow(Row, table=True):
    """Searches whose pages can be turned."""

    __tablename__ = KINDS[Search]
    __table_args__ = _arguments(
        Search,
        _index("practice_id"),
        _index("member_id"),
        _index("practitioner_id"),
        _index("source_id"),
    )
    id: Id
    practice_id: int
    member_id: int
    words: Words
    made_at: Moment
    practitioner_id: int | None
    source_id: int | None
    state: WordsOrNone
    period: WordsOrNone


class ConversationRow(Row, table=True):
    """Forms being filled."""

    __tablename__ = KINDS[Conversation]
    __table_args__ = _arguments(Conversation, _index("practice_id"), _index("channel_id"))
    id: Id
    practice_id: int
    member_id: int
    channel_id: int
    form: Words
    target: int
    started_at: Moment
    is_waiting: bool
    answers: Several
    wanted: Several
    chosen: Several


TABLES: Mapping[type, Table] = {kind: Row.metadata.tables[name] for kind, name in KINDS.items()}
