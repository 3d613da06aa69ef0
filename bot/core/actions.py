"""What a person can ask with a button, and how that fits in the button.

A button holds ``v1:<verb>:<base 36 id>[:<choice>]``: at most 56 of Telegram's 64 bytes, no data
about anyone, and a version so that a button from another age is told apart from a forged one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum, unique

from bot.core.errors import Refusal, RefusalCode

MAX_BYTES = 56
_VERSION = "v1"
_FORM = re.compile(r"v(\d{1,3}):([a-z]{2}):([0-9a-z]{1,11})(?::([a-z0-9_-]{1,32}))?", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@unique
class Verb(StrEnum):
    """What can be asked; the value is what the button carries, and never changes meaning."""

    CLASSIFY_LICIT = "cl"
    CLASSIFY_ILLICIT = "ci"
    CLASSIFY_IGNORED = "cg"
    UNDO = "un"
    DRAFT_REPLY = "dr"
    NEXT_DRAFT = "nd"
    COPY_DRAFT = "cd"
    ERASE_WORDS = "ew"
    """Choice: which of a member's own words (``Typed.kept``); target: their practice."""
    WEIGH_REPLY = "wr"
    CHOOSE_WAY = "cw"
    """Choice: a strategy."""
    OPEN_MODELS = "lr"
    """Choice: a page, then the id of a search if there is one; or nothing."""
    SEARCH_MODELS = "sl"
    """Choice: a page, or nothing."""
    REMOVE_MODEL = "xm"
    TAKE_MODEL = "tm"
    """Choice: the id of the approved draft whose words are taken."""
    REWRITE_DRAFT = "wd"
    REVIEW_DRAFT = "vd"
    APPROVE_DRAFT = "ad"
    MARK_PUBLISHED = "mp"
    PUBLISH_DRAFT = "pd"
    """Put it on the platform the mention comes from."""
    OPEN_CASE = "oc"
    REOPEN_CASE = "rc"
    PROPOSE_REMEDIES = "pr"
    """Choice: a family of remedies; none: the first."""
    QUALIFY = "qa"
    """Choice: a page of the passages; none: the first."""
    ASSESS_PASSAGE = "qp"
    """Choice: the id of a publication, and the mark of one of its passages."""
    REMOVE_ASSESSMENT = "xq"
    """Choice: the page of the passages it is shown on."""
    HOLD_LICIT = "hl"
    START_REMEDY = "sr"
    """Choice: a kind of remedy, and the one it follows if it follows one."""
    OPEN_REMEDY = "or"
    TAKE_REMEDY_STEP = "tr"
    """Choice: a step that needs no more words."""
    COMPLETE_DEADLINE = "fd"
    RESUME_DEADLINE = "rd"
    SNOOZE_DEADLINE = "sd"
    EXPLAIN_DEADLINE = "ed"
    EXPLAIN_CASE = "ec"
    SHOW_MORE = "sm"
    REVIEW_BACKLOG = "rb"
    DISMISS_BACKLOG = "db"
    REVIEW_DOUBTFUL = "rh"
    DISMISS_DOUBTFUL = "dh"
    IS_ME = "im"
    IS_NOT_ME = "nm"
    FILL_FORM = "ff"
    """Choice: the name of a form (``forms.FormName``) about the target."""
    ANSWER_FORM = "af"
    """Choice: the place of one of the choices, or what to do with the question."""
    SHOW_SCREEN = "ss"
    """Choice: the name of a screen, and its page."""
    UNFOLD_MENU = "um"
    FOLD_MENU = "fm"
    RUN_COMMAND = "mc"
    """Choice: a command, of the practice that is the target."""
    WATCH_SOURCE = "ws"
    PAUSE_SOURCE = "ps"
    RESUME_SOURCE = "rs"
    REMOVE_SOURCE = "xs"
    TRY_SOURCE = "ts"
    OPEN_SOURCE = "os"
    RESUME = "re"
    """Bring back at once what was put off."""
    FOLLOW = "fw"
    """Add by hand what was proposed."""
    LOOK = "lk"
    """Choice: the page; none at first."""
    TURN_SEARCH = "tq"
    """Choice: the page."""
    OPEN_MENTION = "om"
    SHOW_SAMPLE = "ex"
    """Choice: what the sample was classified as; none at first."""
    DIGEST_NOW = "dn"
    OPEN_PERSON = "op"
    LET_GO = "xp"
    """Watch over somebody no more."""
    OPEN_MEMBER = "ob"
    REMOVE_MEMBER = "xb"
    REVOKE_INVITATION = "xi"
    LEAVE = "lv"
    TOGGLE_SETTING = "tg"
    """Choice: which."""
    GIVE_DEADLINE = "yd"
    """One deadline, as a file for a calendar."""
    GIVE_CALENDAR = "yc"
    """All the deadlines of a practice, as a file."""
    SUBSCRIBE = "ys"
    """Make a private address of the calendar; the former one answers no more."""
    UNSUBSCRIBE = "yr"
    OPEN_PIECES = "lp"
    """Choice: the page; none: as a message of its own."""
    GIVE_PIECE = "gp"
    DETACH_PIECE = "xa"
    WRITE_LETTER = "wl"
    """Begin the letter of a remedy, or open the one it has."""
    PREVIEW_LETTER = "pl"
    FIND_RECIPIENT = "fr"
    TAKE_RECIPIENT = "tp"
    """Choice: the mark of what was proposed."""
    APPROVE_LETTER = "al"
    REOPEN_LETTER = "ol"
    GIVE_LETTER = "gl"
    NEVER_MIND = "xx"
    """Take the question away: nothing is done."""


_VERBS = frozenset(verb.value for verb in Verb)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing asked about one object (``target`` is its id), with a choice if there is one."""

    verb: Verb
    target: int
    choice: str = ""

    def encode(self) -> str:
        """The text a button carries."""
        parts = [_VERSION, self.verb.value, _base36(self.target)]
        if self.choice:
            parts.append(self.choice)
        return ":".join(parts)

    @classmethod
    def decode(cls, data: str) -> "Action":
        """The action a button carries.

        Raises:
            Refusal: BUTTON_UNKNOWN for anything we never wrote, BUTTON_EXPIRED for a verb or a
                version of another age.
        """
        found = _FORM.fullmatch(data)
        if found is None:
            raise Refusal(RefusalCode.BUTTON_UNKNOWN)
        version, verb, target, choice = found.groups()
        if f"v{version}" != _VERSION or verb not in _VERBS:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        identifier = int(target, 36)
        if not 0 < identifier < 2**53:
            raise Refusal(RefusalCode.BUTTON_UNKNOWN)
        return cls(Verb(verb), identifier, choice or "")


class Command(StrEnum):
    """What can be asked by its name; the value is the word typed in every chat."""

    START = "start"
    TODAY = "jour"
    CASES = "dossiers"
    DEADLINES = "echeances"
    ADD = "ajouter"
    SEARCH = "recherche"
    SOURCES = "sources"
    PEOPLE = "praticiens"
    TEAM = "equipe"
    SETTINGS = "reglages"
    HELP = "aide"
    PRIVACY = "confidentialite"
    LEAVE = "quitter"


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
