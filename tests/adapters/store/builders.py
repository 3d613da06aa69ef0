"""Stored values for the tests: one planted of every kind, and Hypothesis-built ones."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from types import NoneType
from typing import Any, NewType, TypeVar, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from bot.adapters.store.keys import references
from bot.core.assessments import Assessment
from bot.core.calendars import Subscription
from bot.core.cases import Case, CaseDeadline, CaseEvent, Reminder, Step
from bot.core.digest import Digest, DigestItem, DigestKind
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.forms import Conversation
from bot.core.law import RuleId, Side, Territory
from bot.core.letterheads import Letter, Letterhead
from bot.core.letters import LetterKind
from bot.core.mentions import (
    Copy,
    Identity,
    Mention,
    MentionState,
    Note,
    Proposal,
    Recall,
    RecallKind,
    Revision,
    Source,
    Taught,
    TriageEvent,
    TriageKind,
)
from bot.core.outbox import Display, Subject
from bot.core.people import (
    Account,
    Channel,
    Invitation,
    Member,
    Platform,
    Practice,
    PracticeId,
    Practitioner,
    Role,
    Topic,
)
from bot.core.remedies import Remedy, RemedyKind
from bot.core.replies import Draft
from bot.core.search import Search
from bot.core.sources import SourceKind
from bot.ports import Transaction

Value = TypeVar("Value")

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FAR = 987_654_321
"""A number no other test comes near."""


@dataclass(frozen=True, slots=True)
class Garden:
    """One stored value of every kind, and what is free to be referred to."""

    planted: Mapping[type[Any], Any]
    free: Mapping[type[Any], Any]
    """A mention and a person nothing refers to yet, so that their unique keys are free."""

    def __getitem__(self, kind: type[Value]) -> Value:
        return cast("Value", self.planted[kind])

    def rooted(self, value: Value) -> Value:
        """The value, referring to what is stored."""
        kind = type(value)
        roots = {
            name: (self.free.get(target) or self.planted[target]).id
            for name, target in references(kind).items()
            if getattr(value, name) is not None
        }
        return cast("Value", replace(cast("Any", value), **roots))


async def plant(  # noqa: PLR0915 - one line a kind
    tx: Transaction, name: str = "planted"
) -> Garden:
    """Store one value of every kind."""
    planted: dict[type[Any], Any] = {}

    async def add(value: Value) -> Value:
        planted[type(value)] = stored = await tx.add(value)
        return stored

    home = (await add(Practice(name))).id
    person = (await add(Practitioner(home, name, name))).id
    member = (await add(Member(home, name, Role.HOLDER, NOW))).id
    await add(Account(member, home, Platform.SLACK, name))
    channel = (await add(Channel(home, Platform.SLACK, name, is_private=False))).id
    await add(Invitation(home, Role.LOCUM, name, NOW))
    source = (await add(Source(home, name, next(iter(SourceKind)), 900, NOW, NOW))).id
    new = Mention(home, person, source, "https://un.example", "Titre", "Corps", "un", "f", NOW)
    mention = (await add(new)).id
    await add(Identity(person, name, mention))
    await add(Copy(mention, source, name, "deux", NOW))
    await add(Revision(mention, "Titre", "Corps", NOW))
    await add(Taught(person, mention, False, "notaire", "", NOW, member))  # noqa: FBT003
    await add(TriageEvent(mention, NOW, member, TriageKind.CLASSIFIED, MentionState.LICIT))
    case = (await add(Case(home, mention, NOW, member))).id
    await add(CaseEvent(case, NOW, member, Step.OPEN))
    deadline = (await add(deadline_of(case, home))).id
    await add(Reminder(deadline, home, FAR, NOW))
    remedy = (await add(Remedy(case, home, RemedyKind.ERASURE_REQUEST, NOW, member))).id
    await add(Assessment(case, home, mention, "mots", NOW, member))
    await add(Attachment(case, home, AttachmentKind.LINK, "page", NOW, member, digest=name))
    await add(Letterhead(home, person))
    await add(Letter(case, home, remedy, LetterKind.ERASURE_REQUEST, NOW, member))
    await add(Subscription(home, member, name, NOW))
    await add(Draft(home, mention, "sobre", 0, NOW, member))
    made = (await add(Digest(home, TODAY, DigestKind.DAILY, FAR, NOW))).id
    await add(DigestItem(made, mention, 0))
    await add(Display(home, channel, Subject.MENTION, FAR, name))
    await add(Note(mention, NOW, member, "note"))
    await add(Proposal(home, member, person, NOW))
    await add(Recall(home, mention, RecallKind.WAKE, NOW))
    await add(Search(home, member, "dentiste", NOW, person, source))
    await add(Topic(channel, person, "12"))
    await add(Conversation(home, member, channel, "source", FAR, NOW))
    spare = await tx.add(replace(new, url="https://libre.example"))
    other = await tx.add(Practitioner(home, "free", name))
    return Garden(planted, {Mention: spare, Practitioner: other})


def deadline_of(case: Any, practice: PracticeId, starts_on: date = TODAY) -> CaseDeadline:
    """A deadline of a case."""
    return CaseDeadline(
        case_id=case,
        practice_id=practice,
        rule=next(iter(RuleId)),
        territory=Territory.METRO,
        starts_on=starts_on,
        start_is_uncertain=False,
        side=Side.OURS,
        strict_on=starts_on + timedelta(days=90),
        bites_on=starts_on + timedelta(days=88),
        created_on=starts_on,
    )


def values(kind: type[Value]) -> st.SearchStrategy[Value]:
    """New values of a kind, whatever its fields become."""
    hints = get_type_hints(kind)
    described = cast("Any", kind)
    return st.builds(
        kind,
        **{each.name: _any(hints[each.name]) for each in fields(described) if each.name != "id"},
    )


def _any(annotation: Any) -> st.SearchStrategy[Any]:
    if isinstance(annotation, NewType):
        return _any(annotation.__supertype__)
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(_any(arguments[0]), max_size=3).map(tuple)
        return st.tuples(*map(_any, arguments))
    if arguments:  # X | None
        return st.one_of(*map(_any, arguments))
    if issubclass(annotation, StrEnum):
        return st.sampled_from(list(annotation))
    return _PLAIN[annotation]


_PLAIN: Mapping[type, st.SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(-(2**31), 2**31 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.one_of(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40),
        st.sampled_from(["", "🦷 é", "e\u0301", "مرحبا \u202e", "l’été — œ", "%_'\"\\", "null"]),
    ),
    bytes: st.binary(max_size=40),
    time: st.times(),
    date: st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    datetime: st.datetimes(
        datetime(1990, 1, 1),
        datetime(2100, 1, 1),
        # Offsets, not zones: in the hour an autumn night says twice, == is never true elsewhere.
        timezones=st.sampled_from(
            [UTC, timezone(timedelta(hours=4)), timezone(-timedelta(1) / 7)]
        ),
    ),
}
