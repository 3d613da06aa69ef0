"""Who is watched over, who watches, and where they talk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import NewType

from bot.core.actions import Command
from bot.core.law import Territory
from bot.core.text import fold

PracticeId = NewType("PracticeId", int)
PractitionerId = NewType("PractitionerId", int)
MemberId = NewType("MemberId", int)
ChannelId = NewType("ChannelId", int)

MONDAY_TO_SATURDAY = (0, 1, 2, 3, 4, 5)


class Platform(StrEnum):
    """A chat we can talk in."""

    TELEGRAM = "telegram"
    SLACK = "slack"
    TERMINAL = "terminal"


class Role(StrEnum):
    """What a member of a practice is; each has a French label."""

    HOLDER = "holder"
    PARTNER = "partner"
    LOCUM = "locum"
    SECRETARY = "secretary"
    COUNSEL = "counsel"


class Frequency(StrEnum):
    """How often a practice wants to hear."""

    DAILY = "daily"
    WEEKLY = "weekly"
    IMMEDIATE = "immediate"
    """Every day, and each new publication as it comes."""


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice: its clock, its territory, and when it wants its digest."""

    name: str
    timezone: str = "Europe/Paris"
    territory: Territory = Territory.METRO
    digest_at: time = time(7, 30)
    digest_days: tuple[int, ...] = MONDAY_TO_SATURDAY
    """Weekdays of the digest, Monday is 0."""
    next_digest_at: datetime | None = None
    """When the next digest is due; kept in step with the three settings above."""
    frequency: Frequency = Frequency.DAILY
    quiet_from: time = time(20, 0)
    quiet_until: time = time(7, 30)
    """Between them nothing rings but what presses; the same time twice: no quiet hours."""
    rings_in_morning: bool = True
    says_when_empty: bool = False
    """One line even when nothing was found; on Mondays there always is one."""
    off_from: date | None = None
    off_until: date | None = None
    """Days away, both included: no digest, and nothing rings but what presses."""
    escalate_after_hours: int = 24
    """How long an urgent mention may stay untouched before the holders are told again."""
    another_approves: bool = False
    """Whether a reply is approved by somebody else than who wrote it."""
    people_version: int = 0
    """Grows with every change to whom the practice watches, or to what tells them from others."""
    id: PracticeId = PracticeId(0)

    def is_off(self, day: date) -> bool:
        """Whether the practice is away that day."""
        if self.off_from is None or self.off_until is None:
            return False
        return self.off_from <= day <= self.off_until


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A person watched over, as patients write the name."""

    practice_id: PracticeId
    given: str
    family: str
    title: str = ""
    profession: str = ""
    city: str = ""
    aliases: tuple[str, ...] = ()
    excluded_words: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    """Spellings that are not to be looked for."""
    is_removed: bool = False
    """No longer watched; kept because mentions are about them."""
    id: PractitionerId = PractitionerId(0)

    @property
    def name(self) -> str:
        """Title, given and family name, as shown."""
        return " ".join(part for part in (self.title, self.given, self.family) if part)


def called(people: Iterable[Practitioner], name: str) -> list[Practitioner]:
    """Whom a name may mean: those of that full name, else those of a part of it."""
    wanted, watched = fold(name), list(people)
    whole = [person for person in watched if wanted in _whole_names(person)]
    parts = [person for person in watched if wanted in _parts_of_name(person)]
    return whole or parts


def _whole_names(person: Practitioner) -> set[str]:
    given, family = person.given, person.family
    names = {person.name, f"{given} {family}", f"{family} {given}"}
    if person.title:
        names.add(f"{person.title} {family}")
    return {fold(name) for name in names}


def _parts_of_name(person: Practitioner) -> set[str]:
    return {fold(name) for name in (person.family, person.given, *person.aliases)}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the practice, invited, who may read and act."""

    practice_id: PracticeId
    name: str
    role: Role
    joined_at: datetime
    removed_at: datetime | None = None
    id: MemberId = MemberId(0)


@dataclass(frozen=True, slots=True)
class Account:
    """A member's identity on a chat platform."""

    member_id: MemberId
    practice_id: PracticeId
    platform: Platform
    external_id: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """One place in a chat where a practice is spoken to."""

    practice_id: PracticeId
    platform: Platform
    address: str
    """The platform's own id of the place: a Telegram chat id, a Slack channel id."""
    is_private: bool
    """A conversation with one person, as opposed to a group or a channel."""
    is_forum: bool = False
    """A group that has topics."""
    member_id: MemberId | None = None
    """Whose private conversation it is."""
    problem: str = ""
    """Why nothing can be delivered any more (a ChannelProblem), or empty."""
    problem_at: datetime | None = None
    is_quiet: bool = False
    """Answers what is asked there, and is brought nothing unasked: the conversation of somebody
    who only opened their home page."""
    id: ChannelId = ChannelId(0)


@dataclass(frozen=True, slots=True)
class Topic:
    """Where a person is spoken of in a group that has topics."""

    channel_id: ChannelId
    practitioner_id: PractitionerId
    thread: str
    """The chat's own reference; empty: with everything else, because it could not be opened, or
    somebody deleted it."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A single-use code to join a practice; only its hash is kept."""

    practice_id: PracticeId
    role: Role
    code_hash: str
    expires_at: datetime
    used_at: datetime | None = None
    used_by: MemberId | None = None
    name: str = ""
    """For whom, as who invited said."""
    invited_by: MemberId | None = None
    """Nobody: the command line."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked, from where, as the chat tells it."""

    platform: Platform
    external_id: str
    name: str
    address: str
    """Where it was asked: the platform's id of the place."""
    is_private: bool
    is_forum: bool = False
    """Whether the place has topics."""
    message: str = ""
    """The platform's reference of the message whose button was pressed, if one was."""
    thread: str = ""
    """The platform's reference of the thread that message is in, if it is in one."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A member, the linked place they ask from, and the message they asked under."""

    member: Member
    channel: Channel
    message: str = ""
    """The chat's own reference of the message whose button was pressed, if one was."""


class Right(StrEnum):
    """What a role may be allowed; every button, command and form asks for one."""

    READ = "read"
    TRIAGE = "triage"
    REPLY = "reply"
    WORK_CASES = "work_cases"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_PEOPLE = "manage_people"
    """Whom the practice watches, and how their names are written."""
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_TEAM = "manage_team"


_DAILY = frozenset({Right.READ, Right.TRIAGE, Right.REPLY, Right.WORK_CASES})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.HOLDER: frozenset(Right),
    Role.PARTNER: frozenset(Right) - {Right.MANAGE_TEAM},
    Role.LOCUM: _DAILY,
    Role.SECRETARY: _DAILY | {Right.MANAGE_SOURCES},
    Role.COUNSEL: frozenset({Right.READ}),
}
"""The one table of who may do what in a practice."""


COMMAND_RIGHTS: Mapping[Command, Right] = dict.fromkeys(Command, Right.READ) | {
    Command.ADD: Right.TRIAGE
}
"""What each command takes to be asked at all; its buttons ask for their own."""


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return right in RIGHTS[role]
