"""The one tree of errors.

VigieError
+- Refusal      somebody asked for something that may not be done: say why, in their words
+- Invalid      answers of a form that cannot be taken: say which, and why
+- Outage       the world did not answer: try again later
   +- Undeliverable   a chat said no for good: stop trying this channel
+- TokenRefused    a chat does not know our token any more: only a person can mend it
+- UsedElsewhere   another program listens with our token: one of the two must stop
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self


class VigieError(Exception):
    """Anything Vigie itself can say went wrong."""


class RefusalCode(StrEnum):
    """Why a demand was refused; each has a French sentence in ``templates/labels.toml``."""

    NOT_INVITED = "not_invited"
    INVITATION_UNKNOWN = "invitation_unknown"
    INVITATION_USED = "invitation_used"
    INVITATION_EXPIRED = "invitation_expired"
    BUTTON_UNKNOWN = "button_unknown"
    BUTTON_EXPIRED = "button_expired"
    ALREADY_DECIDED = "already_decided"
    ALREADY_UNDONE = "already_undone"
    CASE_HAS_STEPS = "case_has_steps"
    CASE_CLOSED = "case_closed"
    CASE_MERGED = "case_merged"
    NOTHING_TO_MERGE = "nothing_to_merge"
    CASE_ITSELF = "case_itself"
    CASE_ELSEWHERE = "case_elsewhere"
    STEP_NOT_NOW = "step_not_now"
    EVIDENCE_FIRST = "evidence_first"
    QUOTE_NOT_FOUND = "quote_not_found"
    NOT_LICIT = "not_licit"
    LICIT_AND_HARM = "licit_and_harm"
    PUBLISHED_UNREADABLE = "published_unreadable"
    PUBLISHED_AFTER_SEEN = "published_after_seen"
    TOO_EARLY = "too_early"
    DEADLINE_DONE = "deadline_done"
    SNOOZE_TOO_FAR = "snooze_too_far"
    SNOOZE_TOO_LATE = "snooze_too_late"
    COMMAND_UNKNOWN = "command_unknown"
    ROLE_TOO_LOW = "role_too_low"
    NAME_EMPTY = "name_empty"
    NAME_TAKEN = "name_taken"
    PRACTICE_UNKNOWN = "practice_unknown"
    PERSON_UNKNOWN = "person_unknown"
    ABOUT_WHOM = "about_whom"
    SECRET_WANTED = "secret_wanted"  # noqa: S105 - a code, not a secret
    SOURCE_KNOWN = "source_known"
    SOURCE_UNKNOWN = "source_unknown"
    ADDRESS_INVALID = "address_invalid"
    TIMEZONE_UNKNOWN = "timezone_unknown"
    TERRITORY_UNKNOWN = "territory_unknown"
    TIME_INVALID = "time_invalid"
    DAYS_INVALID = "days_invalid"
    ROLE_UNKNOWN = "role_unknown"
    RULE_UNKNOWN = "rule_unknown"
    DATE_INVALID = "date_invalid"
    GOOGLE_NOT_SET = "google_not_set"
    LESSON_UNKNOWN = "lesson_unknown"
    NOTHING_TO_MATCH = "nothing_to_match"
    REPLY_PUBLISHED = "reply_published"
    REPLY_NOT_APPROVED = "reply_not_approved"
    REPLY_ON_ITS_WAY = "reply_on_its_way"
    REPLY_NOT_HERE = "reply_not_here"
    ALREADY_DONE = "already_done"
    HOLDER_ONLY = "holder_only"
    ANOTHER_APPROVES = "another_approves"
    NOTHING_TO_CHECK = "nothing_to_check"
    NOTHING_TO_ASSESS = "nothing_to_assess"
    OUTLET_UNKNOWN = "outlet_unknown"
    RATING_UNKNOWN = "rating_unknown"
    INTERVAL_TOO_SHORT = "interval_too_short"
    CHANNEL_NOT_LINKED = "channel_not_linked"
    ANSWER_EMPTY = "answer_empty"
    ANSWER_TOO_LONG = "answer_too_long"
    CHOICE_UNKNOWN = "choice_unknown"
    DAY_PAST = "day_past"
    DAY_AHEAD = "day_ahead"
    DAY_UNREADABLE = "day_unreadable"
    QUESTION_GONE = "question_gone"
    SOURCE_UNREADABLE = "source_unreadable"
    NOT_AN_ADDRESS = "not_an_address"
    ONE_DAY_A_WEEK = "one_day_a_week"
    ABSENCE_INVALID = "absence_invalid"
    IN_PRIVATE_ONLY = "in_private_only"
    CALENDAR_IN_PRIVATE = "calendar_in_private"
    CALENDAR_NOT_SERVED = "calendar_not_served"
    LAST_HOLDER = "last_holder"
    NAME_UNCLEAR = "name_unclear"
    PERSON_KNOWN = "person_known"
    PRACTICE_NAME_TAKEN = "practice_name_taken"
    NOBODY_WATCHED = "nobody_watched"
    MAILBOX_NOT_HERE = "mailbox_not_here"
    LETTER_UNKNOWN = "letter_unknown"
    LETTER_INCOMPLETE = "letter_incomplete"
    LETTER_TEXT_TOO_LONG = "letter_text_too_long"
    LETTER_TOO_MANY = "letter_too_many"
    HARM_UNKNOWN = "harm_unknown"
    ADDRESS_WITHOUT_TOWN = "address_without_town"
    ADDRESS_WITHOUT_POSTCODE = "address_without_postcode"
    ADDRESS_LINES = "address_lines"
    RECEIVED_BEFORE_SENT = "received_before_sent"
    ACTED_BEFORE = "acted_before"
    ACTED_TOO_LATE = "acted_too_late"
    ANSWERED_BEFORE_RECEIVED = "answered_before_received"
    BEFORE_IT_WAS_FILED = "before_it_was_filed"
    EXTENDED_TOO_LATE = "extended_too_late"
    DAY_TO_COME = "day_to_come"
    ANSWER_THERE = "answer_there"
    REPLY_TOO_LATE = "reply_too_late"
    EMAIL_INVALID = "email_invalid"
    SIREN_INVALID = "siren_invalid"
    RPPS_INVALID = "rpps_invalid"
    NO_LETTER = "no_letter"
    LETTER_APPROVED = "letter_approved"
    LETTER_NOT_APPROVED = "letter_not_approved"
    LETTER_SENT = "letter_sent"
    LETTER_CHANGED = "letter_changed"
    LETTER_HOLDER_ONLY = "letter_holder_only"
    PIECES_WANTED = "pieces_wanted"
    NOT_A_SEARCH = "not_a_search"
    FILE_WANTED = "file_wanted"
    FILE_KIND = "file_kind"
    FILE_TOO_LARGE = "file_too_large"
    FILE_EMPTY = "file_empty"
    FILE_GONE = "file_gone"
    FILE_ELSEWHERE = "file_elsewhere"
    FILE_RIGHTS = "file_rights"
    FILE_NOT_SENT = "file_not_sent"
    PIECE_KNOWN = "piece_known"
    PIECE_LOST = "piece_lost"
    PIECE_ALTERED = "piece_altered"
    NO_OPEN_CASE = "no_open_case"


class Refusal(VigieError):
    """A demand that may not be granted, with the facts its sentence needs."""

    def __init__(self, code: RefusalCode, /, **facts: object) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts = facts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refusal) and (self.code, self.facts) == (other.code, other.facts)

    def __hash__(self) -> int:
        return hash(self.code)


class Invalid(VigieError):
    """Some answers of a form cannot be taken; the others are kept."""

    def __init__(self, problems: Mapping[str, Refusal]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems
        """Why, by the name of the field."""


class Outage(VigieError):
    """Something outside did not answer; the work stays due and is tried again."""

    def __init__(
        self, sentence: str, *, retry_in: float | None = None, was_refused: bool = False
    ) -> None:
        super().__init__(sentence)
        self.retry_in = retry_in
        """Seconds the other side asked us to wait, when it said so."""
        self.was_refused = was_refused
        """Whether the other side said it took nothing; otherwise it may have."""

    @classmethod
    def after(cls, seconds: float) -> Self:
        """An outage whose other side said when to come back."""
        return cls(f"asked to wait {seconds:g} s", retry_in=seconds, was_refused=True)


class ChannelProblem(StrEnum):
    """Why a channel takes no message any more; each has a French label."""

    BLOCKED = "blocked"
    CHAT_GONE = "chat_gone"
    ARCHIVED = "archived"
    NOT_IN_CHANNEL = "not_in_channel"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a code, not a token
    LEFT = "left"


class Undeliverable(Outage):
    """A chat refused a message for good."""

    def __init__(self, problem: ChannelProblem) -> None:
        super().__init__(problem.value, was_refused=True)
        self.problem = problem


class ChannelMoved(Outage):
    """A channel lives on under another address (a Telegram group became a supergroup)."""

    def __init__(self, address: str) -> None:
        super().__init__(f"moved to {address}", was_refused=True)
        self.address = address


class ThreadGone(Outage):
    """The thread a message was to stand in is no longer there."""


class Altered(Outage):
    """What was kept has no longer the hash it is known by: a disk or a hand changed it."""


class MessageGone(Outage):
    """The message to edit is no longer there; the state it showed is not lost."""


class TokenRefused(VigieError):
    """A chat platform refuses our token: it was revoked, or never was one."""

    def __init__(self, platform: str) -> None:
        super().__init__(f"{platform} refuses our token: it was revoked or mistyped")
        self.platform = platform


class UsedElsewhere(VigieError):
    """Another program listens on a chat with our token: each would miss what the other takes."""

    def __init__(self, platform: str) -> None:
        super().__init__(f"another program listens on {platform} with the same token")
        self.platform = platform
