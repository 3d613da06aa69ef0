"""What no letter can be made of: an address without a town, too long a text, a day to come."""

from collections.abc import Iterable, Iterator

from bot.core.days import add_months
from bot.core.errors import Refusal, RefusalCode
from bot.core.letters import Address, Facts, LetterKind

MOST = 40
"""Publications, passages or annexes in one letter: more is a case for counsel."""
LONGEST_PASSAGE = 5_000
LONGEST_TEXT = 10_000
LONGEST_LINE = 200
"""A name, a line of an address, a reference, the title of an annex."""
LONGEST_URL = 2_000
MOST_REPLY_LINES = 200
"""Of a right of reply (decree 87-246 for the press, followed online by prudence)."""
_REPLY_LINE = 80
_ADDRESS_LINES = 3
"""With the name, for whose attention, and the town: the six lines of NF Z10-011."""
_REPLY_MONTHS = 3


def refuse_unfit(kind: LetterKind, facts: Facts) -> None:
    """Take nothing that no letter can be made of.

    Raises:
        Refusal: an address has no town, something is too long, a date cannot be, or no right of
            reply is open.
    """
    _refuse_addresses(facts)
    _refuse_lengths(facts)
    _refuse_dates(facts)
    if kind is LetterKind.RIGHT_OF_REPLY:
        _refuse_reply(facts)


def refuse_address(who: str, address: Address) -> None:
    """Take no address a letter would not arrive at.

    Raises:
        Refusal: ADDRESS_WITHOUT_TOWN, ADDRESS_WITHOUT_POSTCODE, ADDRESS_LINES.
    """
    if not address.town.strip():
        raise Refusal(RefusalCode.ADDRESS_WITHOUT_TOWN, name=who)
    if not address.postcode.strip() and not address.country.strip():
        raise Refusal(RefusalCode.ADDRESS_WITHOUT_POSTCODE, name=who)
    if not 0 < len(address.lines) <= _ADDRESS_LINES:
        raise Refusal(RefusalCode.ADDRESS_LINES, name=who, most=_ADDRESS_LINES)


# Private from here on.


def _refuse_addresses(facts: Facts) -> None:
    for who, address in _addresses(facts):
        refuse_address(who, address)


def _addresses(facts: Facts) -> Iterator[tuple[str, Address]]:
    """Every address in the letter, with whose it is."""
    sender, others = facts.sender, (facts.recipient, facts.respondent)
    if sender.address is not None:
        yield sender.name, sender.address
    for other in others:
        if other is not None and other.address is not None:
            yield other.name, other.address


def _refuse_lengths(facts: Facts) -> None:
    for name, longest, texts in _lengths(facts):
        if any(len(text) > longest for text in texts):
            raise Refusal(RefusalCode.LETTER_TEXT_TOO_LONG, part=name, longest=longest)
    for name, count in (
        ("publications", len(facts.publications)),
        ("passages", len(facts.passages)),
        ("annexes", len(facts.annexes)),
        ("steps", len(facts.steps)),
    ):
        if count > MOST:
            raise Refusal(RefusalCode.LETTER_TOO_MANY, part=name, most=MOST)


def _lengths(facts: Facts) -> Iterator[tuple[str, int, Iterable[str]]]:
    """Each part, the characters it may have, and its texts."""
    yield "url", LONGEST_URL, (each.url for each in facts.publications)
    yield "passages", LONGEST_PASSAGE, (each.quote for each in facts.passages)
    yield "why", LONGEST_PASSAGE, (each.why for each in facts.passages)
    yield "texts", LONGEST_TEXT, (text for _, text in facts.own_words)
    earlier, decision, claim = facts.earlier, facts.decision, facts.claim
    if earlier is not None:
        yield "answer", LONGEST_PASSAGE, (earlier.answer,)
        yield "lines", LONGEST_LINE, (earlier.what, earlier.number)
    if decision is not None:
        yield "answer", LONGEST_PASSAGE, (decision.said,)
        yield "lines", LONGEST_LINE, (decision.reference,)
    if claim is not None:
        yield "lines", LONGEST_LINE, (claim.contract,)
        yield "texts", LONGEST_PASSAGE, (claim.loss, claim.audience)
    yield "lines", LONGEST_LINE, _short_lines(facts)


def _short_lines(facts: Facts) -> Iterator[str]:
    """What stands on one line."""
    sender = facts.sender
    yield from (sender.name, sender.family, sender.profession, sender.email, sender.phone)
    yield from (sender.rpps, sender.practice, sender.legal_form, sender.born, facts.place)
    yield facts.query
    for other in filter(None, (facts.recipient, facts.respondent)):
        yield from (other.name, other.attention, other.email, other.siren)
    for _, address in _addresses(facts):
        yield from (*address.lines, address.postcode, address.town, address.country)
    for publication in facts.publications:
        yield from (publication.locator, publication.author)
    yield from (each.title for each in facts.annexes)


def _refuse_dates(facts: Facts) -> None:
    """No past event after the day of writing, none received or answered before it was sent."""
    earlier, decision, claim = facts.earlier, facts.decision, facts.claim
    past = [each.published_on for each in facts.publications]
    past += [decision.decided_on] if decision else []
    past += [claim.known_on] if claim else []
    if earlier is not None:
        past += [earlier.sent_on, earlier.received_on, earlier.answered_on]
        for later in filter(None, (earlier.received_on, earlier.answered_on)):
            if later < earlier.sent_on:
                raise Refusal(RefusalCode.RECEIVED_BEFORE_SENT, day=later, sent=earlier.sent_on)
    for day in filter(None, past):
        if day > facts.written_on:
            raise Refusal(RefusalCode.DAY_TO_COME, day=day)


def _refuse_reply(facts: Facts) -> None:
    """No right of reply where one can answer (decree 2007-1527), nor after three months."""
    if facts.can_answer_there:
        raise Refusal(RefusalCode.ANSWER_THERE)
    for publication in facts.publications:
        day = publication.published_on
        if day is not None and add_months(day, _REPLY_MONTHS) < facts.written_on:
            raise Refusal(RefusalCode.REPLY_TOO_LATE, day=add_months(day, _REPLY_MONTHS))
    longest = MOST_REPLY_LINES * _REPLY_LINE
    if facts.message_length is not None:
        longest = min(longest, facts.message_length)
    if len(facts.reply) > longest:
        raise Refusal(RefusalCode.LETTER_TEXT_TOO_LONG, part="reply", longest=longest)
