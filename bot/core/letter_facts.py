"""From what a case holds, and what a person answered, to the facts a letter is made of.

Answers are kept by the name of their field; those about one publication or one passage end with
its key (``url-m4``, ``why-a2DIF``). What was answered goes before what the case says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bot.core import digest
from bot.core.addressees import Addressee
from bot.core.assessments import Assessment
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.letter_elements import NEEDS, Element
from bot.core.letterheads import Letterhead
from bot.core.letters import (
    Address,
    Annex,
    AnnexRole,
    Claim,
    Decision,
    Earlier,
    Facts,
    LetterKind,
    Passage,
    Publication,
    Recipient,
    Sender,
)
from bot.core.mentions import Mention
from bot.core.people import Practice, Practitioner
from bot.core.remedies import Remedy
from bot.core.text import excerpt

Answers = Mapping[str, str]

NONE = "-"
"""An answer that takes everything away."""
_WHOLE = 1_000
"""Characters of a publication that are quoted whole, where nobody said which words count."""
_QUOTED = 500
_GDPR = frozenset(
    {
        LetterKind.ERASURE_REQUEST,
        LetterKind.ACCESS_REQUEST,
        LetterKind.RECTIFICATION_REQUEST,
        LetterKind.FOLLOW_UP,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says by itself, in French, until a person says otherwise."""

    earlier: str = ""
    """What the earlier request was."""
    asks: str = ""
    counsel: str = ""
    """Who a referral sheet is for."""
    director: str = ""
    officer: str = ""
    """Who answers for personal data."""
    no_step: str = ""
    steps: tuple[str, ...] = ()
    rated: Mapping[int, str] = field(default_factory=dict)
    """How a review is told from others, by mention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a case holds for a letter."""

    kind: LetterKind
    remedy: Remedy
    practice: Practice
    person: Practitioner
    letterhead: Letterhead | None
    mentions: tuple[Mention, ...]
    assessments: tuple[Assessment, ...] = ()
    pieces: tuple[Attachment, ...] = ()
    """Everything kept in the case, in order; letters of ours too."""
    earlier: Remedy | None = None
    addressee: Addressee | None = None
    prescribed_on: date | None = None
    today: date
    words: Words = field(default_factory=Words)


def facts_of(told: Material, answers: Answers) -> Facts:
    """Everything the letter may be made of, as things stand."""
    head = told.letterhead
    recipient = _recipient(told, answers)
    authority = told.addressee.recipient if told.addressee else None
    is_referral = told.kind is LetterKind.REFERRAL_SHEET
    return Facts(
        sender=_sender(told, answers),
        recipient=authority or recipient,
        respondent=recipient if authority else None,
        written_on=told.today,
        place=answers.get("place") or (head and head.town) or told.person.city,
        territory=told.practice.territory,
        publications=tuple(publication for _, publication in publications(told, answers)),
        passages=tuple(passage for _, passage in passages(told, answers)),
        annexes=tuple(Annex(each.title, each.role) for each in annexes(told, answers)),
        reasons=answers.get("reasons", ""),
        data=answers.get("data", ""),
        reply=answers.get("reply", ""),
        can_answer_there=any(each.rating is not None for each in told.mentions),
        query=answers.get("query") or _query(told.person),
        author_contact=answers.get("author_contact", ""),
        earlier=None if is_referral else _earlier(told, answers),
        decision=_decision(told, answers),
        claim=_claim(told, answers),
        steps=_steps(told, answers),
        asks=answers.get("asks") or told.words.asks,
        prescribed_on=told.prescribed_on,
        days=int(answers.get("days") or told.remedy.days),
        is_registered=_is_registered(told, answers, authority or recipient),
    )


def publications(told: Material, answers: Answers) -> list[tuple[str, Publication]]:
    """Each publication with the key of what is answered about it."""
    return [(_key(each), _publication(told, each, answers)) for each in told.mentions]


def passages(told: Material, answers: Answers) -> list[tuple[str, Passage]]:
    """Each passage with its key: those a person held to be harmful, else what was published.

    One passage for each harm: an insult and a defamation are never claimed of the same words
    together.
    """
    held = [
        (f"a{each.id}{harm}", Passage(each.quote, harm, each.why))
        for each in told.assessments
        for harm in each.harms
    ]
    found = held or [(_key(each), Passage(quoted(each), "", "")) for each in told.mentions[:1]]
    return [(key, _answered(passage, key, answers)) for key, passage in found]


def quoted(mention: Mention) -> str:
    """The words of a publication, or those around the name when they are many."""
    words = (mention.text or mention.title).strip()
    if len(words) <= _WHOLE:
        return words
    return excerpt(words, mention.text_spans, _QUOTED)[0]


def annexes(told: Material, answers: Answers) -> list[Attachment]:
    """The pieces that go with the letter, numbered in that order."""
    possible = offered(told)
    chosen = answers.get("annexes")
    if chosen is not None:
        wanted = set(chosen.split(","))
        return [each for each in possible if str(each.id) in wanted]
    roles = _ROLES.get(told.kind, frozenset(AnnexRole))
    return [each for each in possible if each.role in roles]


def offered(told: Material) -> list[Attachment]:
    """The pieces that may go with the letter; of our own letters, the one it comes after."""
    before = told.earlier.id if told.earlier else 0
    return [
        each
        for each in told.pieces
        if each.kind is not AttachmentKind.LETTER
        or (each.remedy_id == before and each.media_type == _PDF)
    ]


def address_of(answers: Answers, name: str) -> Address | None:
    """The address kept under a name, if one is."""
    town = answers.get(f"{name}_town", "")
    if not town:
        return None
    lines = tuple(filter(None, answers.get(f"{name}_lines", "").split("\n")))
    postcode, country = answers.get(f"{name}_postcode", ""), answers.get(f"{name}_country", "")
    return Address(lines, postcode, town, country)


# Private from here on.

_PDF = "application/pdf"
_ROLES: Mapping[LetterKind, frozenset[AnnexRole]] = {
    LetterKind.AUTHOR_MESSAGE: frozenset(),
    **dict.fromkeys(
        (
            LetterKind.PLATFORM_REPORT,
            LetterKind.HOST_NOTICE,
            LetterKind.FORMAL_NOTICE,
            LetterKind.RIGHT_OF_REPLY,
            LetterKind.ERASURE_REQUEST,
            LetterKind.ACCESS_REQUEST,
            LetterKind.RECTIFICATION_REQUEST,
            LetterKind.DELISTING_REQUEST,
        ),
        frozenset({AnnexRole.CAPTURE, AnnexRole.MANDATE}),
    ),
}
"""What goes with a letter unless somebody says otherwise; with the others, everything."""


def _key(mention: Mention) -> str:
    return f"m{mention.id}"


def _publication(told: Material, mention: Mention, answers: Answers) -> Publication:
    key = _key(mention)
    published = mention.published_at if mention.told_on is None else None  # else it is a guess
    day = digest.local_day(told.practice, published) if published else None
    said = answers.get(f"published_on-{key}")
    return Publication(
        url=answers.get(f"url-{key}") or mention.url,
        locator=answers.get(f"locator-{key}") or told.words.rated.get(mention.id, ""),
        author=mention.author,
        published_on=date.fromisoformat(said) if said else day,
    )


def _answered(passage: Passage, key: str, answers: Answers) -> Passage:
    return replace(
        passage,
        quote=answers.get(f"quote-{key}") or passage.quote,
        harm=answers.get(f"harm-{key}") or passage.harm,
        why=answers.get(f"why-{key}") or passage.why,
    )


def _sender(told: Material, answers: Answers) -> Sender:
    person, head = told.person, told.letterhead
    sender = Sender(
        name=person.name,
        family=person.family,
        profession=answers.get("profession") or person.profession,
        address=None,
        born=answers.get("born", ""),
    )
    if head is None:
        return sender
    address = Address(head.lines, head.postcode, head.town, head.country) if head.town else None
    return replace(
        sender,
        address=address,
        email=head.email,
        phone=head.phone,
        rpps=head.rpps,
        practice=head.legal_name,
        legal_form=head.legal_form,
    )


def _recipient(told: Material, answers: Answers) -> Recipient:
    return Recipient(
        name=answers.get("recipient_name") or _default_name(told),
        attention=answers.get("recipient_attention") or _default_attention(told),
        address=address_of(answers, "recipient"),
        email=answers.get("recipient_email", ""),
        siren=answers.get("recipient_siren", ""),
    )


def _default_name(told: Material) -> str:
    match told.kind:
        case LetterKind.REFERRAL_SHEET:
            return told.words.counsel
        case LetterKind.INSURER_CLAIM:
            return told.letterhead.insurer if told.letterhead else ""
        case LetterKind.AUTHOR_MESSAGE:
            return next((each.author for each in told.mentions if each.author), "")
        case _:
            return ""


def _default_attention(told: Material) -> str:
    if told.kind is LetterKind.RIGHT_OF_REPLY:
        return told.words.director
    return told.words.officer if told.kind in _GDPR else ""


def _query(person: Practitioner) -> str:
    return " ".join(filter(None, (person.given, person.family, person.city)))


def _earlier(told: Material, answers: Answers) -> Earlier | None:
    """What was asked before, as its remedy says or as it was answered."""
    before = told.earlier
    sent = _day(answers, "earlier_sent") or (before.sent_on if before else None)
    if sent is None:
        return None
    return Earlier(
        what=answers.get("earlier_what") or told.words.earlier,
        sent_on=sent,
        number=answers.get("earlier_number") or (before.number if before else ""),
        received_on=_day(answers, "earlier_received") or (before.received_on if before else None),
        answered_on=_day(answers, "earlier_answered") or (before.answered_on if before else None),
        answer=answers.get("earlier_answer") or (before.answer if before else ""),
    )


def _decision(told: Material, answers: Answers) -> Decision | None:
    if told.kind is not LetterKind.INTERNAL_COMPLAINT:
        return None
    before = told.earlier
    day = _day(answers, "decision_on") or (before.answered_on if before else None)
    if day is None:
        return None
    reference = answers.get("decision_reference") or (before.number if before else "")
    return Decision(
        day, reference, answers.get("decision_said") or (before.answer if before else "")
    )


def _claim(told: Material, answers: Answers) -> Claim | None:
    if told.kind is not LetterKind.INSURER_CLAIM:
        return None
    seen = min(each.seen_at for each in told.mentions)
    return Claim(
        contract=told.letterhead.contract if told.letterhead else "",
        known_on=digest.local_day(told.practice, seen),
        loss=answers.get("loss", ""),
        audience=answers.get("audience", ""),
    )


def _steps(told: Material, answers: Answers) -> tuple[str, ...]:
    if Element.STEPS not in NEEDS[told.kind]:
        return ()
    added = [line.strip() for line in answers.get("steps", "").split("\n") if line.strip()]
    return (*told.words.steps, *added) or tuple(filter(None, (told.words.no_step,)))


def _is_registered(told: Material, answers: Answers, recipient: Recipient) -> bool:
    """By registered letter, unless said otherwise, where the post is what proves the receipt."""
    if answers.get("sending"):
        return answers["sending"] == "registered"
    by_post = Element.RECIPIENT_PLACE in NEEDS[told.kind]
    return by_post and recipient.address is not None


def _day(answers: Answers, name: str) -> date | None:
    said = answers.get(name)
    return date.fromisoformat(said) if said else None
