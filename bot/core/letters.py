"""Letters: what each kind must hold before it can be approved, and the document it becomes.

The French is in ``templates/letters``. One Document is made of a letter, whatever prints it, so
that the PDF and the editable copy cannot differ. What each kind must hold: art. 16 DSA and the
former art. 6-I-5 LCEN (notices), decree 2007-1527 (right of reply), art. 12 to 21 GDPR.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.days import add_months
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import Territory
from bot.core.messages import Span
from bot.core.secrecy import Finding, Guard, RuleCode
from bot.core.text import fold
from bot.core.urls import is_address, outlet

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
_LONGEST_SLUG = 40


class LetterKind(StrEnum):
    """A letter we can write; each has its text, its title and its file name in French."""

    PLATFORM_REPORT = "platform_report"
    HOST_NOTICE = "host_notice"
    FORMAL_NOTICE = "formal_notice"
    RIGHT_OF_REPLY = "right_of_reply"
    ERASURE_REQUEST = "erasure_request"
    """Objection and erasure, to the publisher of a directory."""
    ACCESS_REQUEST = "access_request"
    RECTIFICATION_REQUEST = "rectification_request"
    """To a public directory, which nobody leaves: what is wrong in it is corrected."""
    REGULATOR_COMPLAINT = "regulator_complaint"
    DELISTING_REQUEST = "delisting_request"
    INSURER_CLAIM = "insurer_claim"
    AUTHOR_MESSAGE = "author_message"
    FOLLOW_UP = "follow_up"
    INTERNAL_COMPLAINT = "internal_complaint"
    REFERRAL_SHEET = "referral_sheet"
    """What counsel or a bailiff needs to take the case."""


class AnnexRole(StrEnum):
    """What an annex shows."""

    CAPTURE = "capture"
    REQUEST = "request"
    """A copy of what was asked before."""
    RECEIPT = "receipt"
    ANSWER = "answer"
    MANDATE = "mandate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address, as it is written on an envelope."""

    lines: tuple[str, ...]
    postcode: str
    town: str
    country: str = ""
    """Empty: France."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who signs, and what they are."""

    name: str
    family: str
    """The family name, or the name of the practice: what the file is called by."""
    profession: str
    address: Address | None
    email: str = ""
    phone: str = ""
    rpps: str = ""
    practice: str = ""
    """The legal person in whose name it is written; the name above then represents it."""
    legal_form: str = ""
    """Of that legal person, with its registration number."""
    born: str = ""
    """Birth date and place, and nationality: what the former LCEN asked of a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """For whom a letter is."""

    name: str
    attention: str = ""
    """Whose eyes it is for: a director of publication, a data protection officer."""
    address: Address | None = None
    email: str = ""
    siren: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Where it is to be read."""

    url: str
    locator: str = ""
    """What finds it on the page: the number of a review, a heading."""
    author: str = ""
    """As the page names them."""
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The exact words complained of, each with its own ground and reason."""

    quote: str
    harm: str
    """The code of the harm: INJ, DIF...; empty when none is claimed."""
    why: str
    """Why these words are that harm: the precise fact, what shows that it is wrong."""


@dataclass(frozen=True, slots=True)
class Annex:
    """A document that goes with a letter."""

    title: str
    role: AnnexRole = AnnexRole.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was asked before, and what came of it."""

    what: str
    sent_on: date
    number: str = ""
    """Of the registered letter."""
    received_on: date | None = None
    answered_on: date | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a platform decided."""

    decided_on: date
    reference: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an insurer asks."""

    contract: str
    known_on: date
    loss: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a letter may be made of; each kind says what it cannot do without."""

    sender: Sender
    recipient: Recipient
    """Whose window it is."""
    written_on: date
    place: str
    respondent: Recipient | None = None
    """The body complained of, in a complaint to an authority."""
    territory: Territory = Territory.METRO
    publications: tuple[Publication, ...] = ()
    passages: tuple[Passage, ...] = ()
    annexes: tuple[Annex, ...] = ()
    reasons: str = ""
    """Why, in one's own words: the particular situation, what is contested, what happened."""
    data: str = ""
    """The personal data concerned."""
    reply: str = ""
    """The words to be inserted, of a right of reply."""
    message_length: int | None = None
    """Characters of the message replied to, when it is known."""
    can_answer_there: bool = False
    """Whether the page lets one answer directly: no right of reply then."""
    query: str = ""
    """What is searched for when an engine shows the page: the name."""
    author_contact: str = ""
    """How the author was written to, or why they could not be."""
    earlier: Earlier | None = None
    decision: Decision | None = None
    claim: Claim | None = None
    steps: tuple[str, ...] = ()
    """What was done so far, for an insurer or counsel."""
    asks: str = ""
    """What counsel, a bailiff, the platform is asked to do."""
    prescribed_on: date | None = None
    """The last day to sue over an insult or a defamation, never extended."""
    days: int = 0
    """Calendar days granted from receipt; no law sets them."""
    is_registered: bool = False
    """Sent by registered letter."""
    is_sincere: bool = False
    """Whether a person confirmed that all of it is accurate: a knowingly false notice is an
    offence."""
    is_mandated: bool = False
    """Whether somebody signs for another."""


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


def refuse_incomplete(kind: LetterKind, facts: Facts) -> None:
    """Take nothing with a hole in it.

    Raises:
        Refusal: with all that is missing.
    """
    lacking = missing(kind, facts)
    if lacking:
        raise Refusal(RefusalCode.LETTER_INCOMPLETE, missing=[each.value for each in lacking])


def secrecy_findings(
    kind: LetterKind, facts: Facts, guard: Guard
) -> Iterator[tuple[str, Finding]]:
    """What of one's own words breaks secrecy, with the field each stands in.

    Quotations are others' words and are not judged. To the author, all that a public reply must
    not say counts; elsewhere, care, identities and counterparts: counsel and judges are told
    what they must know by the one who signs, not by a form.
    """
    rules = _TO_AUTHOR if kind in _READ_BY_AUTHOR else _TO_OTHERS
    for name, words in _own_words(facts):
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


class PartKind(StrEnum):
    """What a part of a letter's body is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, a heading, a quotation or an item of a list."""

    kind: PartKind
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A letter, ready to be printed one way or another; every word is there, in order."""

    kind: LetterKind
    written_on: date
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    """The lines of the envelope's window."""
    sending: str
    """How it goes, above the date; may be empty."""
    dated: str
    """Place and date."""
    subject: str
    body: tuple[Part, ...]
    signature: tuple[str, ...]
    annexes_title: str
    annexes: tuple[str, ...]
    """Numbered, as the body cites them."""
    page: str
    """The words before a page's number."""
    stem: str
    """The file's name without its suffix, safe on every system."""
    mark: str = ""
    """What stands across each page of a draft, so that nobody sends it."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line, in reading order."""
        head = (*self.sender, *self.recipient, self.sending, self.dated, self.subject)
        foot = (*self.signature, self.annexes_title, *self.annexes)
        return tuple(line for line in (*head, *(part.text for part in self.body), *foot) if line)


def window(recipient: Recipient) -> tuple[str, ...]:
    """The lines of the envelope: name, attention, street, town in capitals, country in capitals.

    Without a postal address: the name and the e-mail address.
    """
    top = (recipient.name, recipient.attention)
    if recipient.address is None:
        return tuple(filter(None, (*top, recipient.email)))
    return tuple(filter(None, (*top, *envelope(recipient.address))))


def envelope(address: Address) -> tuple[str, ...]:
    """The lines of an address, town and country in capitals as the post asks."""
    town = f"{address.postcode} {address.town}".strip().upper()
    return (*address.lines, town, *filter(None, (address.country.upper(),)))


def stem(kind_name: str, facts: Facts) -> str:
    """A file name without its suffix: day, kind, site and family name, in safe characters."""
    site = outlet(facts.publications[0].url) if facts.publications else ""
    names = (slug(kind_name), slug(site).upper(), slug(facts.sender.family).upper())
    return "_".join(filter(None, (facts.written_on.isoformat(), *names)))


def slug(words: str) -> str:
    """The words in unaccented letters, digits and hyphens, none at the ends."""
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in fold(words))
    return "-".join(filter(None, kept.split("-")))[:_LONGEST_SLUG].strip("-")


# Private from here on.

_TO_OTHERS = frozenset(
    {RuleCode.CARE_RELATION, RuleCode.CARE_FACT, RuleCode.IDENTITY, RuleCode.COUNTERPART}
)
_TO_AUTHOR = frozenset(RuleCode) - {RuleCode.TOO_LONG}
_READ_BY_AUTHOR = frozenset({LetterKind.AUTHOR_MESSAGE, LetterKind.RIGHT_OF_REPLY})


_DATED = frozenset({"steps", "annexes"})
"""Where days are those of what we did, which the guard would take for days of care."""


def _own_words(facts: Facts) -> Iterator[tuple[str, str]]:
    """Each text somebody wrote freely, with its name."""
    named = {
        "reasons": (facts.reasons,),
        "reply": (facts.reply,),
        "data": (facts.data,),
        "asks": (facts.asks,),
        "author_contact": (facts.author_contact,),
        "steps": facts.steps,
        "why": tuple(each.why for each in facts.passages),
        "annexes": tuple(each.title for each in facts.annexes),
    }
    for name, texts in named.items():
        yield from ((name, text) for text in texts if text.strip())


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
    yield "texts", LONGEST_TEXT, (text for _, text in _own_words(facts))
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
