"""Questions put to a person: one form a demand, whatever the chat.

Slack shows a form whole, in a modal; Telegram and the terminal ask its questions one by one. What
is typed is checked here, the same way for all of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.core import files
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.people import ChannelId, MemberId, PracticeId

LIVES = timedelta(hours=24)
"""How long an unanswered question waits; what is typed later is no answer to it."""
RESUMED_WITHIN = timedelta(days=30)
_TIME = re.compile(r"(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})[/. -](\d{1,2})(?:[/. -](\d{4}))?", re.ASCII)


class FormName(StrEnum):
    """The forms there are; the value is what a button and a modal carry."""

    SOURCE = "source"
    PASTE = "paste"
    LATER = "later"
    ASSIGN = "assign"
    NOTE = "note"
    EDIT_DRAFT = "edit_draft"
    FIND_MODEL = "find_model"
    NO_REPLY = "no_reply"
    REPLY_KIND = "reply_kind"
    SEARCH = "search"
    SET_UP = "set_up"
    PERSON = "person"
    EDIT_PERSON = "edit_person"
    RENAME_PERSON = "rename_person"
    INVITE = "invite"
    ROLE = "role"
    RHYTHM = "rhythm"
    QUIET = "quiet"
    HOLIDAY = "holiday"
    ESCALATION = "escalation"
    FILTER = "filter"
    ATTACH = "attach"
    CLOSE_CASE = "close_case"
    ASSIGN_CASE = "assign_case"
    MERGE_CASES = "merge_cases"
    ASSESS = "assess"
    PUBLISHED = "published"
    REMEDY_SENT = "remedy_sent"
    REMEDY_DELIVERED = "remedy_delivered"
    ANSWERED = "answered"
    COURT_STEP = "court_step"
    ACTED = "acted"
    LETTER = "letter"
    LETTER_PASSAGE = "letter_passage"
    LETTER_WORDS = "letter_words"
    LETTER_RECIPIENT = "letter_recipient"
    LETTERHEAD = "letterhead"
    LETTER_ANNEXES = "letter_annexes"
    LETTER_RIGHT = "letter_right"


RESUMABLE = frozenset({FormName.SET_UP})
"""Long forms: one that was left is taken up where it was."""


class FieldKind(StrEnum):
    """What a question takes."""

    LINE = "line"
    TEXT = "text"
    """Several lines."""
    CHOICE = "choice"
    CHOICES = "choices"
    """Any number of them; the answer is their values, comma separated."""
    TIME = "time"
    """The answer is ``HH:MM``."""
    DAY = "day"
    """The answer is an ISO date, today or later."""
    FILE = "file"
    """A picture, a document, or an address pasted; the answer is ``files.Arrived`` as a line, or
    the address."""
    PAST_DAY = "past_day"
    """The answer is an ISO date, today or earlier."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen."""

    value: str
    words: str = ""
    """What it says, for names; empty: the label of the value ([choice])."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question; its words are the labels ``<form>_<name>`` ([question], [hint])."""

    name: str
    kind: FieldKind = FieldKind.LINE
    is_optional: bool = False
    is_asked: bool = True
    """One that is not is put only when an answer before calls for it."""
    only_if: tuple[str, str] | None = None
    """Put only when another field was answered so."""
    longest: int = 300
    choices: tuple[Choice, ...] = ()
    initial: str = ""
    verify: Callable[[str], None] | None = None
    """Refuses an answer of the right kind that means nothing here."""
    is_free: bool = False
    """A member's own words, kept or not: looked at for a patient's data."""
    is_hidden: bool = False
    """Never put: what it holds came with the demand."""
    words: str = ""
    """The key of its words, where several forms put the same question; empty: of its own."""


@dataclass(frozen=True, slots=True)
class Form:
    """A demand that needs words."""

    name: FormName
    target: int
    """What it is about: the id of a stored value, of the kind its route says."""
    fields: tuple[Field, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    """What its title and its questions need to say."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What is known already, and not asked."""
    to_come: int = 0
    """Questions that answers still to come will call for."""

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            Refusal: QUESTION_GONE: it is a question of another age.
        """
        for each in self.fields:
            if each.name == name:
                return each
        raise Refusal(RefusalCode.QUESTION_GONE)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A form being filled question by question, by one member in one place."""

    practice_id: PracticeId
    member_id: MemberId
    channel_id: ChannelId
    form: str
    target: int
    started_at: datetime
    is_waiting: bool = True
    """Whether what is typed answers it; one that was left for another only has its buttons."""
    answers: tuple[tuple[str, str], ...] = ()
    wanted: tuple[str, ...] = ()
    """The fields that turned out to be needed, or whose answer could not be taken."""
    chosen: tuple[str, ...] = ()
    """What is ticked so far of a question that takes several, after an empty one; nothing yet
    touched: empty."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A choice with its words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class ShownField:
    """A question with its words."""

    name: str
    kind: FieldKind
    question: str
    hint: str
    choices: tuple[ShownChoice, ...]
    initial: str
    is_optional: bool
    longest: int
    link: str = ""
    """Of one that takes a file: the words over the line where an address goes instead."""


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form with its words, for a chat that shows it whole."""

    name: FormName
    target: int
    title: str
    submit: str
    cancel: str
    fields: tuple[ShownField, ...]


def next_field(form: Form, talk: Conversation) -> Field | None:
    """The question to put next, or nothing when all is known."""
    answers = dict(form.answers) | dict(talk.answers)
    for each in form.fields:
        if each.name not in answers and _applies(each, answers, talk.wanted):
            return each
    return None


def is_known(form: Form) -> bool:
    """Whether nothing is left to ask."""
    return all(
        each.name in form.answers or not _applies(each, form.answers, ()) for each in form.fields
    )


def progress(form: Form, talk: Conversation) -> tuple[int, int]:
    """Which question of how many is being put."""
    asked = [
        each
        for each in form.fields
        if each.name not in form.answers and _applies(each, dict(talk.answers), talk.wanted)
    ]
    waiting = next_field(form, talk)
    count = len(asked) + form.to_come
    return (asked.index(waiting) + 1 if waiting in asked else count), count


def answered(talk: Conversation, name: str, value: str) -> Conversation:
    """The conversation with one more answer."""
    kept = tuple(each for each in talk.answers if each[0] != name)
    return replace(talk, answers=(*kept, (name, value)), chosen=())


def asked_again(talk: Conversation, names: Mapping[str, object]) -> Conversation:
    """The conversation without the answers that could not be taken."""
    kept = tuple(each for each in talk.answers if each[0] not in names)
    return replace(talk, answers=kept, wanted=(*talk.wanted, *names), chosen=())


def ticked(asked: Field, talk: Conversation) -> tuple[str, ...]:
    """What is ticked of a question that takes several: at first, what was before."""
    if talk.chosen:
        return tuple(each for each in talk.chosen if each)
    return tuple(asked.initial.split(",")) if asked.initial else ()


def toggled(asked: Field, talk: Conversation, value: str) -> Conversation:
    """The conversation with one choice of several ticked, or not any more."""
    before = ticked(asked, talk)
    after = [each for each in before if each != value]
    return replace(talk, chosen=("", *after) if value in before else ("", *before, value))


def check(asked: Field, written: str, today: date) -> str:
    """What is typed or chosen, as the answer that is kept; empty for one that was skipped.

    Raises:
        Refusal: ANSWER_EMPTY, ANSWER_TOO_LONG, CHOICE_UNKNOWN, TIME_INVALID, DAY_UNREADABLE,
            DAY_PAST, FILE_WANTED.
    """
    said = written.strip()
    if not said:
        if asked.is_optional:
            return ""
        is_file = asked.kind is FieldKind.FILE
        raise Refusal(RefusalCode.FILE_WANTED if is_file else RefusalCode.ANSWER_EMPTY)
    if len(said) > asked.longest:
        raise Refusal(RefusalCode.ANSWER_TOO_LONG, longest=asked.longest)
    kept = _kept(asked, said, today)
    if asked.verify is not None:
        asked.verify(kept)
    return kept


def check_all(form: Form, answers: Mapping[str, str], today: date) -> dict[str, str]:
    """All the answers of a form, as they are kept.

    Raises:
        Invalid: with each that cannot be taken.
    """
    given = dict(form.answers) | dict(answers)
    kept: dict[str, str] = {}
    problems: dict[str, Refusal] = {}
    for each in form.fields:
        written = given.get(each.name, "")
        must = each.is_asked and _applies(each, given, ())
        try:
            kept[each.name] = check(each, written, today) if written or must else ""
        except Refusal as refusal:
            problems[each.name] = refusal
    if problems:
        raise Invalid(problems)
    return kept


def clock_time(written: str) -> time:
    """A time of the day as people write it: 7h30, 7 h 30, 07:30, 19h.

    Raises:
        Refusal: TIME_INVALID.
    """
    found = _TIME.fullmatch(written.strip().lower())
    try:
        if found:
            return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        pass
    raise Refusal(RefusalCode.TIME_INVALID, name=written)


def coming_day(written: str, today: date) -> date:
    """A day as people write it in figures; without a year, the next one to come.

    Raises:
        Refusal: DAY_UNREADABLE, DAY_PAST.
    """
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = _day_in_figures(written, today)
    if day < today:
        raise Refusal(RefusalCode.DAY_PAST)
    return day


def past_day(written: str, today: date) -> date:
    """A day as people write it in figures; without a year, the last one that was.

    Raises:
        Refusal: DAY_UNREADABLE, DAY_AHEAD.
    """
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = _day_that_was(written, today)
    if day > today:
        raise Refusal(RefusalCode.DAY_AHEAD)
    return day


def _day_that_was(written: str, today: date) -> date:
    found = _DAY.fullmatch(written.strip())
    if found is None:
        raise Refusal(RefusalCode.DAY_UNREADABLE, name=written)
    years = (int(found[3]),) if found[3] else (today.year, today.year - 1)
    for year in years:
        try:
            day = date(year, int(found[2]), int(found[1]))
        except ValueError:
            continue
        if found[3] or day <= today:
            return day
    raise Refusal(RefusalCode.DAY_UNREADABLE, name=written)


def _day_in_figures(written: str, today: date) -> date:
    found = _DAY.fullmatch(written.strip())
    if found is None:
        raise Refusal(RefusalCode.DAY_UNREADABLE, name=written)
    number, month = int(found[1]), int(found[2])
    years = (int(found[3]),) if found[3] else (today.year, today.year + 1)
    for year in years:
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if found[3] or day >= today:
            return day
    raise Refusal(RefusalCode.DAY_UNREADABLE, name=written)


def _applies(asked: Field, answers: Mapping[str, str], wanted: tuple[str, ...]) -> bool:
    if asked.name in wanted:
        return True
    if asked.only_if is not None:
        name, value = asked.only_if
        return answers.get(name) == value
    return asked.is_asked


def _kept(asked: Field, said: str, today: date) -> str:
    match asked.kind:
        case FieldKind.LINE:
            return " ".join(said.split())
        case FieldKind.TEXT | FieldKind.FILE:
            return files.checked_answer(said) if asked.kind is FieldKind.FILE else said
        case FieldKind.TIME:
            return clock_time(said).isoformat("minutes")
        case FieldKind.DAY:
            return coming_day(said, today).isoformat()
        case FieldKind.PAST_DAY:
            return past_day(said, today).isoformat()
    picked = {said} if asked.kind is FieldKind.CHOICE else set(said.split(","))
    known = [each.value for each in asked.choices]
    if not picked <= set(known):
        raise Refusal(RefusalCode.CHOICE_UNKNOWN)
    return ",".join(value for value in known if value in picked)
