"""Of what somebody writes in a letter, what breaks medical secrecy."""

from collections.abc import Iterator

from bot.core.letters import Facts, LetterKind
from bot.core.secrecy import Finding, Guard, RuleCode


def secrecy_findings(
    kind: LetterKind, facts: Facts, guard: Guard
) -> Iterator[tuple[str, Finding]]:
    """What of one's own words breaks secrecy, with the field each stands in.

    Quotations are others' words and are not judged. To the author, all that a public reply must
    not say counts; elsewhere, care, identities and counterparts: counsel and judges are told
    what they must know by the one who signs, not by a form.
    """
    rules = _TO_AUTHOR if kind in _READ_BY_AUTHOR else _TO_OTHERS
    for name, words in facts.own_words:
        is_published = kind is LetterKind.RIGHT_OF_REPLY and name == "reply"
        review = guard.check(
            words,
            facts.sender.profession,
            is_letter=not is_published,
            days_are_ours=name in _DATED,
        )
        for finding in review.findings:
            if finding.rule in rules:
                yield name, finding


# Private from here on.

_TO_OTHERS = frozenset(
    {RuleCode.CARE_RELATION, RuleCode.CARE_FACT, RuleCode.IDENTITY, RuleCode.COUNTERPART}
)
_TO_AUTHOR = frozenset(RuleCode) - {RuleCode.TOO_LONG}
_READ_BY_AUTHOR = frozenset({LetterKind.AUTHOR_MESSAGE, LetterKind.RIGHT_OF_REPLY})
_DATED = frozenset({"steps", "annexes"})
"""Where days are those of what we did, which the guard would take for days of care."""
