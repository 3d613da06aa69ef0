"""The signals of harm in a text that names a practitioner: found, explained, never decided.

Deterministic and offline. Licit is probable by default; a person qualifies, passage by passage.
"""

from bot.core.harms.kinds import Alarm, Harm, LicitKind, OutletKind, RuleName, armed_rule
from bot.core.harms.reader import MAX_READ_CHARACTERS, HarmReader, Reading, Signal, Unread
from bot.core.harms.words import HarmWords, parse_harm_words

__all__ = [
    "MAX_READ_CHARACTERS",
    "Alarm",
    "Harm",
    "HarmReader",
    "HarmWords",
    "LicitKind",
    "OutletKind",
    "Reading",
    "RuleName",
    "Signal",
    "Unread",
    "armed_rule",
    "parse_harm_words",
]
