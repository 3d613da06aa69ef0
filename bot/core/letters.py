"""Letters: the facts each is made of, and the document it becomes.

The French is in ``templates/letters``. One Document is made of a letter, whatever prints it, so
that the PDF and the editable copy cannot differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.law import Territory
from bot.core.messages import Span
from bot.core.text import fold
from bot.core.urls import outlet

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

    @property
    def own_words(self) -> Iterator[tuple[str, str]]:
        """Each text somebody wrote freely, with its name."""
        named = {
            "reasons": (self.reasons,),
            "reply": (self.reply,),
            "data": (self.data,),
            "asks": (self.asks,),
            "author_contact": (self.author_contact,),
            "steps": self.steps,
            "why": tuple(each.why for each in self.passages),
            "annexes": tuple(each.title for each in self.annexes),
        }
        for name, texts in named.items():
            yield from ((name, text) for text in texts if text.strip())


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
