"""The guard of medical secrecy: what of a text must not be published, where, and why."""

from bot.core.secrecy.guard import (
    MAX_READ_CHARACTERS,
    MAX_REPLY_CHARACTERS,
    Finding,
    Guard,
    Review,
    Unreadable,
)
from bot.core.secrecy.learned import Learned
from bot.core.secrecy.passages import Passage, Told, told
from bot.core.secrecy.rules import PatientData, RuleCode, Rules, Severity, parse_rules

__all__ = [
    "MAX_READ_CHARACTERS",
    "MAX_REPLY_CHARACTERS",
    "Finding",
    "Guard",
    "Learned",
    "Passage",
    "PatientData",
    "Review",
    "RuleCode",
    "Rules",
    "Severity",
    "Told",
    "Unreadable",
    "parse_rules",
    "told",
]
