"""The kinds a text may be of, licit or not, and the clock that each arms.

Codes of the legal dossier, 1.1 and 1.2; the law of 29 July 1881, art. 65 and 65-3.
"""

from collections.abc import Collection
from enum import StrEnum

from bot.core.law import RuleId


class Harm(StrEnum):
    """An illicit kind; each has a French name, what to look for, and a legal basis."""

    INSULT = "INJ"
    DEFAMATION = "DIF"
    PRIVATE_INSULT = "INP"
    PRIVATE_DEFAMATION = "DNP"
    DISPARAGEMENT = "DEN"
    THREAT = "MEN"
    CONTEMPT = "OUT"
    HARASSMENT = "HAR"
    PRIVACY = "VP"
    DOXING = "ADR"
    PERSONAL_DATA = "DP"
    IMPERSONATION = "USU"
    FAKE_REVIEW = "FAV"
    UNFAIR_COMPETITION = "CDL"
    HATE = "HNE"
    BLACKMAIL = "CHT"
    MALICIOUS_REPORT = "DCA"
    INFRINGEMENT = "CTF"
    PRESUMPTION_OF_INNOCENCE = "PRE"


class LicitKind(StrEnum):
    """A lawful kind; each has a French name."""

    FOUNDED = "L-NF"
    UNFOUNDED = "L-NI"
    POSITIVE = "L-PO"
    NEUTRAL = "L-NE"
    PRESS = "L-AR"


class OutletKind(StrEnum):
    """Where a text was published."""

    REVIEW = "review"
    FORUM = "forum"
    PRESS = "press"
    DIRECTORY = "directory"
    SOCIAL = "social"


class Alarm(StrEnum):
    """Why a mention cannot wait; each has a French label."""

    THREAT = "threat"
    HATE = "hate"
    DOXING = "doxing"
    HARASSMENT = "harassment"
    IMPERSONATION = "impersonation"


ALARMS = {
    Harm.THREAT: Alarm.THREAT,
    Harm.HATE: Alarm.HATE,
    Harm.DOXING: Alarm.DOXING,
    Harm.HARASSMENT: Alarm.HARASSMENT,
    Harm.IMPERSONATION: Alarm.IMPERSONATION,
}

RuleName = RuleId | None
"""The rule of the clock that runs; none when no harm of the press is possible."""

_PRESS = frozenset(
    {
        Harm.INSULT,
        Harm.DEFAMATION,
        Harm.PRIVATE_INSULT,
        Harm.PRIVATE_DEFAMATION,
        Harm.PRESUMPTION_OF_INNOCENCE,
    }
)


def armed_rule(kinds: Collection[Harm]) -> RuleName:
    """The most urgent clock: three months whenever insult or defamation is possible.

    Whatever other kind is chosen beside it (the legal dossier, 1.1, notes).
    """
    if not _PRESS.isdisjoint(kinds):
        return RuleId.PRESS_3M
    return RuleId.PRESS_1Y if Harm.HATE in kinds else None
