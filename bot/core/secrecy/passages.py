"""What the guard found, as it is told on a card: passage by passage, each reason once."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.secrecy.guard import Finding, Review
from bot.core.secrecy.rules import RuleCode, Severity

_MOST = 5
"""Passages told in full: more is not read on a phone."""
_OF_THE_WHOLE = frozenset({RuleCode.TOO_LONG, RuleCode.UNREADABLE})
"""Rules about the text, not about some words of it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words, why they must not be published, and the other rules they break."""

    start: int
    end: int
    reason: str
    also: tuple[RuleCode, ...] = ()
    is_quoted: bool = True
    """Whether its words say what is wrong; not so of all that is one word too many."""


@dataclass(frozen=True, slots=True)
class Told:
    """The passages told in full, and where others stand that need no new reason."""

    passages: tuple[Passage, ...]
    others: tuple[tuple[int, int], ...]


def told(review: Review) -> Told:
    """Each reason once, at the first words it is about; the article is cited once."""
    passages: list[Passage] = []
    others: list[tuple[int, int]] = []
    explained: set[RuleCode] = set()
    for group in _together(review.findings):
        new = [each for each in group if each.rule not in explained]
        start, end = min(each.start for each in group), max(each.end for each in group)
        if not new or len(passages) == _MOST:
            others.append((start, end))
            continue
        new.sort(key=lambda each: each.severity is not Severity.BLOCKING)
        reason = new[0].reason
        if any(review.cited in each.reason for each in passages):
            reason = reason.replace(f" ({review.cited})", "")
        explained |= {each.rule for each in new}
        also = tuple(dict.fromkeys(each.rule for each in new if each.rule != new[0].rule))
        is_quoted = new[0].rule is not RuleCode.TOO_LONG
        passages.append(Passage(start, end, reason, also, is_quoted))
    return Told(tuple(passages), tuple(others))


def _together(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings in the order of the text, those about the same words together."""
    groups: list[list[Finding]] = []
    end = -2
    for each in findings:
        is_whole = each.rule in _OF_THE_WHOLE
        if groups and each.start <= end + 1 and not is_whole:  # next to each other is one
            groups[-1].append(each)
        else:
            groups.append([each])
        end = -2 if is_whole else max(end, each.end)
    return groups
