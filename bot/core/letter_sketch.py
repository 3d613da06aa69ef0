"""A letter to look at before it is complete: what is missing is said in its place."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.core.errors import Refusal, RefusalCode
from bot.core.letter_elements import Element, missing
from bot.core.letters import Address, Facts, LetterKind, Passage, Publication, Recipient

Gap = Callable[[Element], str]


def sketched(kind: LetterKind, facts: Facts, gap: Gap) -> Facts:
    """The facts with words in the place of what is missing, for a draft.

    Raises:
        Refusal: LETTER_INCOMPLETE, with what no words can stand for.
    """
    lacking = missing(kind, facts)
    unsaid = [each.value for each in lacking if each in UNSAYABLE]
    if unsaid:
        raise Refusal(RefusalCode.LETTER_INCOMPLETE, missing=unsaid)
    for each in lacking:
        if each in FILLED:
            facts = FILLED[each](facts, gap(each))
    return facts


# Private from here on.

UNSAYABLE = frozenset(
    {Element.EARLIER, Element.DECISION, Element.CLAIM, Element.DAYS, Element.PRESCRIPTION}
)
"""Dates and sums: a false one in a draft might stay there."""


def _sender(facts: Facts, words: str) -> Facts:
    sender = facts.sender
    return replace(
        facts,
        sender=replace(
            sender,
            name=sender.name.strip() or words,
            family=sender.family.strip() or words,
            profession=sender.profession.strip() or words,
        ),
    )


def _somewhere(words: str) -> Address:
    return Address((), "", words)


def _named(somebody: Recipient | None, words: str) -> Recipient:
    return replace(somebody, name=words) if somebody else Recipient(name=words)


def _located(facts: Facts, words: str) -> Facts:
    told = [
        each if each.locator.strip() or each.author.strip() else replace(each, locator=words)
        for each in facts.publications
    ]
    return replace(facts, publications=tuple(told))


def _quoted(facts: Facts, words: str) -> Facts:
    told = [each if each.quote.strip() else replace(each, quote=words) for each in facts.passages]
    return replace(facts, passages=tuple(told) or (Passage(words, "", ""),))


def _explained(facts: Facts, words: str) -> Facts:
    told = [each if each.why.strip() else replace(each, why=words) for each in facts.passages]
    return replace(facts, passages=tuple(told))


FILLED: Mapping[Element, Callable[[Facts, str], Facts]] = {
    Element.SENDER: _sender,
    Element.SENDER_ADDRESS: lambda facts, words: replace(
        facts, sender=replace(facts.sender, address=_somewhere(words))
    ),
    Element.SENDER_EMAIL: lambda facts, words: replace(
        facts, sender=replace(facts.sender, email=words)
    ),
    Element.RECIPIENT: lambda facts, words: replace(
        facts, recipient=_named(facts.recipient, words)
    ),
    Element.RECIPIENT_PLACE: lambda facts, words: replace(
        facts, recipient=replace(facts.recipient, address=_somewhere(words))
    ),
    Element.DIRECTOR: lambda facts, words: replace(
        facts, recipient=replace(facts.recipient, attention=words)
    ),
    Element.RESPONDENT: lambda facts, words: replace(
        facts, respondent=_named(facts.respondent, words)
    ),
    Element.SIREN: lambda facts, words: replace(
        facts,
        respondent=replace(_named(facts.respondent, words), siren=words)
        if facts.respondent is None
        else replace(facts.respondent, siren=words),
    ),
    Element.PLACE: lambda facts, words: replace(facts, place=words),
    Element.URL: lambda facts, words: replace(facts, publications=(Publication(url=words),)),
    Element.LOCATOR: _located,
    Element.PASSAGE: _quoted,
    Element.QUOTE: _quoted,
    Element.WHY: _explained,
    Element.REASONS: lambda facts, words: replace(facts, reasons=words),
    Element.DATA: lambda facts, words: replace(facts, data=words),
    Element.REPLY: lambda facts, words: replace(facts, reply=words),
    Element.QUERY: lambda facts, words: replace(facts, query=words),
    Element.STEPS: lambda facts, words: replace(facts, steps=(words,)),
    Element.ASKS: lambda facts, words: replace(facts, asks=words),
}
"""What the words for something missing stand in; the others leave no hole in a text."""
