"""What each kind of letter must hold before it can be approved.

Art. 16 DSA and the former art. 6-I-5 LCEN (notices), decree 2007-1527 (right of reply), art. 12 to
21 GDPR.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from bot.core.days import add_months
from bot.core.errors import Refusal, RefusalCode
from bot.core.letters import AnnexRole, Facts, LetterKind, Recipient
from bot.core.urls import is_address


class Element(StrEnum):
    """What a letter must hold; each has a French label that says how to mend its absence."""

    SENDER = "sender"
    SENDER_ADDRESS = "sender_address"
    SENDER_EMAIL = "sender_email"
    RECIPIENT = "recipient"
    RECIPIENT_PLACE = "recipient_place"
    DIRECTOR = "director"
    RESPONDENT = "respondent"
    SIREN = "siren"
    PLACE = "place"
    URL = "url"
    LOCATOR = "locator"
    PUBLISHED_ON = "published_on"
    PASSAGE = "passage"
    QUOTE = "quote"
    GROUND = "ground"
    WHY = "why"
    REASONS = "reasons"
    DATA = "data"
    REPLY = "reply"
    QUERY = "query"
    CAPTURE = "capture"
    EARLIER = "earlier"
    EARLIER_RECEIVED = "earlier_received"
    OUTCOME = "outcome"
    COPY_OF_REQUEST = "copy_of_request"
    PROOF_OF_RECEIPT = "proof_of_receipt"
    MANDATE = "mandate"
    DECISION = "decision"
    CLAIM = "claim"
    STEPS = "steps"
    ASKS = "asks"
    DAYS = "days"
    PRESCRIPTION = "prescription"
    SINCERITY = "sincerity"


_HEADER = (Element.SENDER, Element.RECIPIENT, Element.PLACE)
_LETTER = (*_HEADER, Element.SENDER_ADDRESS, Element.RECIPIENT_PLACE, Element.URL)
_COMPLAINED = (Element.PASSAGE, Element.QUOTE, Element.GROUND, Element.WHY)
_ASKED_BEFORE = (Element.EARLIER, Element.EARLIER_RECEIVED)

NEEDS: Mapping[LetterKind, tuple[Element, ...]] = {
    LetterKind.PLATFORM_REPORT: (
        *(*_HEADER, Element.SENDER_EMAIL, Element.URL, Element.LOCATOR),
        *(*_COMPLAINED, Element.SINCERITY),
    ),
    LetterKind.HOST_NOTICE: (
        *(*_HEADER, Element.SENDER_ADDRESS, Element.SENDER_EMAIL, Element.URL, Element.LOCATOR),
        *(*_COMPLAINED, Element.SINCERITY),
    ),
    LetterKind.FORMAL_NOTICE: (*_LETTER, *_COMPLAINED, Element.CAPTURE, Element.DAYS),
    LetterKind.RIGHT_OF_REPLY: (
        *(*_LETTER, Element.DIRECTOR, Element.PUBLISHED_ON),
        *(Element.PASSAGE, Element.QUOTE, Element.REPLY),
    ),
    LetterKind.ERASURE_REQUEST: (*_LETTER, Element.DATA, Element.REASONS),
    LetterKind.ACCESS_REQUEST: _LETTER,
    LetterKind.RECTIFICATION_REQUEST: (*_LETTER, Element.DATA, Element.ASKS),
    LetterKind.REGULATOR_COMPLAINT: (
        *(*_HEADER, Element.SENDER_ADDRESS, Element.SENDER_EMAIL, Element.RESPONDENT),
        *(Element.SIREN, Element.URL, Element.REASONS, *_ASKED_BEFORE, Element.OUTCOME),
        *(Element.COPY_OF_REQUEST, Element.PROOF_OF_RECEIPT, Element.CAPTURE, Element.MANDATE),
    ),
    LetterKind.DELISTING_REQUEST: (
        *(*_HEADER, Element.SENDER_EMAIL, Element.URL, Element.QUERY, Element.REASONS),
    ),
    LetterKind.INSURER_CLAIM: (
        *(*_HEADER, Element.SENDER_ADDRESS, Element.RECIPIENT_PLACE, Element.URL),
        *(Element.PUBLISHED_ON, Element.PASSAGE, Element.QUOTE, Element.CLAIM, Element.STEPS),
        *(Element.CAPTURE, Element.PRESCRIPTION),
    ),
    LetterKind.AUTHOR_MESSAGE: (*_HEADER, Element.URL, Element.PASSAGE, Element.QUOTE),
    LetterKind.FOLLOW_UP: (*_LETTER, *_ASKED_BEFORE, Element.COPY_OF_REQUEST, Element.DAYS),
    LetterKind.INTERNAL_COMPLAINT: (
        *(*_HEADER, Element.SENDER_EMAIL, Element.URL, Element.DECISION),
        *(*_COMPLAINED, Element.REASONS, Element.SINCERITY),
    ),
    LetterKind.REFERRAL_SHEET: (
        *(*_HEADER, Element.SENDER_ADDRESS, Element.URL, Element.PUBLISHED_ON, Element.PASSAGE),
        *(Element.QUOTE, Element.STEPS, Element.ASKS, Element.CAPTURE, Element.PRESCRIPTION),
    ),
}
"""What each kind cannot do without."""


def missing(kind: LetterKind, facts: Facts) -> tuple[Element, ...]:
    """What is still to be given before that letter can be approved, in the order of asking."""
    return tuple(each for each in Element if each in NEEDS[kind] and not _HELD[each](facts))


def refuse_incomplete(kind: LetterKind, facts: Facts) -> None:
    """Take nothing with a hole in it.

    Raises:
        Refusal: with all that is missing.
    """
    lacking = missing(kind, facts)
    if lacking:
        raise Refusal(RefusalCode.LETTER_INCOMPLETE, missing=[each.value for each in lacking])


# Private from here on.


def _is_named(somebody: Recipient | None) -> bool:
    return somebody is not None and bool(somebody.name.strip())


def _has_all(values: Iterable[str]) -> bool:
    return all(each.strip() for each in values)


def _has_annex(*roles: AnnexRole) -> Callable[[Facts], bool]:
    return lambda facts: any(each.role in roles for each in facts.annexes)


def _has_claim(facts: Facts) -> bool:
    claim = facts.claim
    return claim is not None and _has_all((claim.contract, claim.loss, claim.audience))


def _has_decision(facts: Facts) -> bool:
    return facts.decision is not None and bool(facts.decision.said.strip())


def _has_outcome(facts: Facts) -> bool:
    """An answer, or a month of silence (art. 12(3) GDPR)."""
    earlier = facts.earlier
    if earlier is None or earlier.received_on is None:
        return False
    return bool(earlier.answered_on) or add_months(earlier.received_on, 1) < facts.written_on


_HELD: Mapping[Element, Callable[[Facts], bool]] = {
    Element.SENDER: lambda facts: _has_all(
        (facts.sender.name, facts.sender.family, facts.sender.profession)
    ),
    Element.SENDER_ADDRESS: lambda facts: facts.sender.address is not None,
    Element.SENDER_EMAIL: lambda facts: "@" in facts.sender.email,
    Element.RECIPIENT: lambda facts: _is_named(facts.recipient),
    Element.RECIPIENT_PLACE: lambda facts: facts.recipient.address is not None,
    Element.DIRECTOR: lambda facts: bool(facts.recipient.attention.strip()),
    Element.RESPONDENT: lambda facts: _is_named(facts.respondent),
    Element.SIREN: lambda facts: bool(facts.respondent and facts.respondent.siren.strip()),
    Element.PLACE: lambda facts: bool(facts.place.strip()),
    Element.URL: lambda facts: (
        bool(facts.publications) and all(is_address(each.url) for each in facts.publications)
    ),
    Element.LOCATOR: lambda facts: all(
        each.locator.strip() or each.author.strip() for each in facts.publications
    ),
    Element.PUBLISHED_ON: lambda facts: all(each.published_on for each in facts.publications),
    Element.PASSAGE: lambda facts: bool(facts.passages),
    Element.QUOTE: lambda facts: _has_all(each.quote for each in facts.passages),
    Element.GROUND: lambda facts: _has_all(each.harm for each in facts.passages),
    Element.WHY: lambda facts: _has_all(each.why for each in facts.passages),
    Element.REASONS: lambda facts: bool(facts.reasons.strip()),
    Element.DATA: lambda facts: bool(facts.data.strip()),
    Element.REPLY: lambda facts: bool(facts.reply.strip()),
    Element.QUERY: lambda facts: bool(facts.query.strip()),
    Element.CAPTURE: _has_annex(AnnexRole.CAPTURE),
    Element.EARLIER: lambda facts: facts.earlier is not None and bool(facts.earlier.what.strip()),
    Element.EARLIER_RECEIVED: lambda facts: (
        facts.earlier is not None and facts.earlier.received_on is not None
    ),
    Element.OUTCOME: _has_outcome,
    Element.COPY_OF_REQUEST: _has_annex(AnnexRole.REQUEST),
    Element.PROOF_OF_RECEIPT: _has_annex(AnnexRole.RECEIPT),
    Element.MANDATE: lambda facts: not facts.is_mandated or _has_annex(AnnexRole.MANDATE)(facts),
    Element.DECISION: _has_decision,
    Element.CLAIM: _has_claim,
    Element.STEPS: lambda facts: bool(facts.steps),
    Element.ASKS: lambda facts: bool(facts.asks.strip()),
    Element.DAYS: lambda facts: facts.days > 0,
    Element.PRESCRIPTION: lambda facts: facts.prescribed_on is not None,
    Element.SINCERITY: lambda facts: facts.is_sincere,
}
