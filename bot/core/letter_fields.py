"""What is asked of a person for a letter: only what is missing, a few questions at a time.

An answer goes into the letter, or onto the letterhead that is kept for the next ones. An empty one
changes nothing, a dash takes away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind
from bot.core.letter_elements import Element, missing
from bot.core.letter_facts import NONE, Answers, Material, facts_of, passages, publications
from bot.core.letter_limits import LONGEST_LINE, LONGEST_URL, refuse_address
from bot.core.letterheads import Letterhead
from bot.core.letters import Address, Facts, LetterKind
from bot.core.particulars import luhn
from bot.core.urls import is_address

PAGE, PASSAGE = "page", "passage"
"""The hidden fields that say which publication, which passage the answers are about."""
NOTICE_DAYS = ("8", "15")
SENDINGS = ("registered", "electronic")
_LONGEST_WRITTEN = 3_000
"""Characters every chat takes in one field."""
_AT_ONCE = 4
"""Questions a form has, or a few more so that what belongs together stays together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of a form, and what they are about."""

    fields: tuple[Field, ...]
    known: Mapping[str, str]
    quote: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was answered: of the letter, and of the letterhead."""

    answers: Mapping[str, str]
    head: Mapping[str, object]


def lacking(kind: LetterKind, facts: Facts) -> tuple[Element, ...]:
    """What is missing but the confirmation that all is sincere, which approving asks for.

    One writes from where one is: with the address comes the place.
    """
    found = missing(kind, replace(facts, is_sincere=True))
    if Element.SENDER_ADDRESS in found:
        return tuple(each for each in found if each is not Element.PLACE)
    return found


def asked(told: Material, answers: Answers, grounds: Mapping[str, str], known: Answers) -> Asked:
    """The first questions of all that is missing; none when only pieces are."""
    elements = [each for each in lacking(told.kind, facts_of(told, answers)) if each in QUESTIONS]
    passage = _key_of(told, answers, _OF_PASSAGES, known.get(PASSAGE, ""))
    page = _key_of(told, answers, _OF_PAGES, known.get(PAGE, ""))
    fields: dict[str, Field] = {}
    for element in elements:
        if len(fields) >= _AT_ONCE:
            break
        names = [each for each in QUESTIONS[element] if _is_lacking(told, answers, each, passage)]
        fields |= {name: field_of(name, grounds, is_required=True) for name in names}
    fields = {name: each for name, each in fields.items() if not _is_settled(name, known)}
    if told.kind is LetterKind.REGULATOR_COMPLAINT and "recipient_name" in fields:
        fields["recipient_name"] = replace(fields["recipient_name"], words=_RESPONDENT)
    return _about(told, answers, tuple(fields.values()), (page, passage))


def of_passage(told: Material, answers: Answers, grounds: Mapping[str, str]) -> Asked:
    """The words of the first passage, its harm and why, to write otherwise."""
    key, passage = passages(told, answers)[0]
    now = {"quote": passage.quote, "harm": passage.harm, "why": passage.why}
    fields = tuple(field_of(name, grounds, initial=said) for name, said in now.items())
    return _about(told, answers, fields, ("", key))


def in_own_words(told: Material, answers: Answers) -> Asked:
    """Everything free in a letter of that kind, to write otherwise."""
    facts = facts_of(told, answers)
    now = {
        "place": facts.place,
        "days": str(facts.days),
        "asks": facts.asks,
        "query": facts.query,
        "sending": SENDINGS[0] if facts.is_registered else SENDINGS[1],
    }
    fields = tuple(
        field_of(name, {}, initial=answers.get(name) or now.get(name, ""))
        for name in WORDS[told.kind]
    )
    return Asked(fields, {})


def of_head(head: Letterhead | None, known: Answers) -> Asked:
    """Who signs: what stands on every letter."""
    now = {
        "sender_address": "\n".join(_envelope(head)) if head else "",
        "sender_country": head.country if head else "",
        "sender_email": head.email if head else "",
        "phone": head.phone if head else "",
        "rpps": head.rpps if head else "",
        "legal_name": head.legal_name if head else "",
        "legal_form": head.legal_form if head else "",
    }
    is_new = head is None or not head.town
    return Asked(
        tuple(
            field_of(
                name, {}, initial=said, is_required=is_new and name in {_ADDRESS, "sender_email"}
            )
            for name, said in now.items()
            if not _is_settled(name, known)
        ),
        {},
    )


def of_recipient(told: Material, answers: Answers, known: Answers) -> Asked:
    """Who it is for, written by hand."""
    facts = facts_of(told, answers)
    somebody = facts.respondent or facts.recipient
    address = somebody.address
    lines = (*address.lines, f"{address.postcode} {address.town}".strip()) if address else ()
    now = {
        "recipient_name": somebody.name,
        "recipient_attention": somebody.attention,
        "recipient_address": "\n".join(lines),
        "recipient_country": address.country if address else "",
        "recipient_email": somebody.email,
        "recipient_siren": somebody.siren,
    }
    fields = [
        field_of(name, {}, initial=said, is_required=name == "recipient_name" and not said)
        for name, said in now.items()
        if not _is_settled(name, known)
    ]
    if told.kind is LetterKind.REGULATOR_COMPLAINT:
        fields[0] = replace(fields[0], words=_RESPONDENT)
    return Asked(tuple(fields), {})


def field_of(
    name: str, grounds: Mapping[str, str], *, initial: str = "", is_required: bool = False
) -> Field:
    """One question, with the words it has in every form of a letter."""
    base = _FIELDS.get(name, Field(name))
    if name == "harm":
        base = replace(base, choices=tuple(Choice(code, said) for code, said in grounds.items()))
    return replace(
        base,
        words=f"letter_{name}",
        initial=initial[: base.longest],
        is_optional=name in _OPTIONAL or not is_required,
    )


def taken(answers: Answers, head: Letterhead | None) -> Taken:
    """What answers change.

    Raises:
        Invalid: an address no letter would arrive at.
    """
    page, passage = answers.get(PAGE, ""), answers.get(PASSAGE, "")
    kept: dict[str, str] = {}
    on_head: dict[str, object] = {}
    for name, said in answers.items():
        if not said or name in {PAGE, PASSAGE}:
            continue
        value = "" if said == NONE else said
        if name == _ADDRESS:
            on_head |= _on_head(_address(name, said, _country(answers, "sender", head)))
        elif name == "recipient_address":
            kept |= _kept("recipient", _address(name, said, _country(answers, "recipient", None)))
        elif name in _ON_HEAD:
            on_head[_ON_HEAD[name]] = value
        elif name in _PER_PAGE:
            kept[f"{name}-{page}"] = value
        elif name in _PER_PASSAGE:
            kept[f"{name}-{passage}"] = value
        else:
            kept[name] = value
    return Taken(kept, on_head)


def parse_address(written: str, country: str = "") -> Address:
    """An address as it stands on an envelope: its lines, then the postal code and the town.

    Without a country, the last line must be those of France: five digits, and a town. Lines may be
    parted by commas.

    Raises:
        Refusal: ADDRESS_WITHOUT_TOWN, ADDRESS_WITHOUT_POSTCODE, ADDRESS_LINES.
    """
    lines = _lines(written)
    last = lines[-1] if lines else ""
    if country:
        address = Address(tuple(lines[:-1]), "", last, country)
    else:
        town = _TOWN.fullmatch(last)
        if town is None and re.fullmatch(r"\d{5}", last):
            raise Refusal(RefusalCode.ADDRESS_WITHOUT_TOWN, name=last)
        if town is None:
            raise Refusal(RefusalCode.ADDRESS_WITHOUT_POSTCODE, name=last[:LONGEST_LINE])
        address = Address(tuple(lines[:-1]), town[1], town[2])
    refuse_address(last, address)
    return address


# Private from here on.

_RESPONDENT = "letter_respondent_name"
_ADDRESS = "sender_address"
_TOWN = re.compile(r"(?:F-)?(\d{5}) ([^\W\d].*)")
_ONE_LINE = re.compile(r"^(.*\S) ((?:F-)?\d{5} [^\W\d].*)$")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+")
_ON_HEAD = {
    "sender_country": "country",
    "sender_email": "email",
    "phone": "phone",
    "rpps": "rpps",
    "legal_name": "legal_name",
    "legal_form": "legal_form",
    "contract": "contract",
}
_PER_PAGE = frozenset({"url", "locator", "published_on"})
_PER_PASSAGE = frozenset({"quote", "harm", "why"})
_OPTIONAL = frozenset(
    {
        *("sender_country", "recipient_country", "phone", "rpps", "legal_name", "legal_form"),
        *("earlier_number", "earlier_answered", "earlier_answer", "decision_reference", "born"),
    }
)


def _lines(written: str) -> list[str]:
    """The lines of an address, as it was typed on several or on one."""
    parts = re.split(r"[\n;]" if "\n" in written.strip() else ",", written)
    lines = [" ".join(each.split()).strip(" ,") for each in parts if each.strip(" ,\t\r\n")]
    if len(lines) == 1:
        return _ONE_LINE.sub(r"\1\n\2", lines[0]).split("\n")
    return lines


def _is_french(written: str) -> bool:
    """Whether an address ends as those of France do."""
    lines = _lines(written)
    return bool(lines) and _TOWN.fullmatch(lines[-1]) is not None


def _is_settled(name: str, known: Answers) -> bool:
    """Whether a country need not be asked: the address that was given is in France."""
    whose, _, what = name.rpartition("_")
    return what == "country" and _is_french(known.get(f"{whose}_address", ""))


def _has_town(written: str) -> None:
    """Refuse at once what has a place for the town, and no town."""
    last = ["", *_lines(written)][-1]
    if re.fullmatch(r"(?:F-)?\d{5}", last):
        raise Refusal(RefusalCode.ADDRESS_WITHOUT_TOWN, name=last)


def _email(written: str) -> None:
    if written != NONE and not _EMAIL.fullmatch(written):
        raise Refusal(RefusalCode.EMAIL_INVALID)


def _siren(written: str) -> None:
    digits = written.replace(" ", "")
    if written != NONE and not (re.fullmatch(r"\d{9}", digits) and luhn(digits)):
        raise Refusal(RefusalCode.SIREN_INVALID)


def _rpps(written: str) -> None:
    if written != NONE and not re.fullmatch(r"\d{11}", written.replace(" ", "")):
        raise Refusal(RefusalCode.RPPS_INVALID)


def _url(written: str) -> None:
    if not is_address(written):
        raise Refusal(RefusalCode.NOT_AN_ADDRESS)


def _text(name: str, longest: int = _LONGEST_WRITTEN) -> Field:
    return Field(name, FieldKind.TEXT, longest=longest)


_FIELDS: Mapping[str, Field] = {
    **{
        name: Field(name, longest=LONGEST_LINE)
        for name in (
            *("profession", "phone", "legal_name", "legal_form", "recipient_name", "born"),
            *("recipient_attention", "recipient_country", "sender_country", "place", "locator"),
            *("query", "earlier_what", "earlier_number", "decision_reference", "contract"),
        )
    },
    **{
        name: replace(_text(name, 600), verify=_has_town)
        for name in (_ADDRESS, "recipient_address")
    },
    **{
        name: _text(name)
        for name in ("reasons", "data", "reply", "asks", "author_contact", "steps")
    },
    **{
        name: _text(name)
        for name in ("quote", "why", "earlier_answer", "decision_said", "loss", "audience")
    },
    **{
        name: Field(name, FieldKind.PAST_DAY)
        for name in (
            *("published_on", "earlier_sent", "earlier_received", "earlier_answered"),
            "decision_on",
        )
    },
    **{
        name: Field(name, longest=LONGEST_LINE, verify=_email)
        for name in ("sender_email", "recipient_email")
    },
    "recipient_siren": Field("recipient_siren", longest=LONGEST_LINE, verify=_siren),
    "rpps": Field("rpps", longest=LONGEST_LINE, verify=_rpps),
    "url": Field("url", longest=LONGEST_URL, verify=_url),
    "harm": Field("harm", FieldKind.CHOICE),
    "days": Field("days", FieldKind.CHOICE, choices=tuple(map(Choice, NOTICE_DAYS))),
    "sending": Field("sending", FieldKind.CHOICE, choices=tuple(map(Choice, SENDINGS))),
}
QUESTIONS: Mapping[Element, tuple[str, ...]] = {
    Element.SENDER: ("profession",),
    Element.SENDER_ADDRESS: (_ADDRESS, "sender_country"),
    Element.SENDER_EMAIL: ("sender_email",),
    Element.RECIPIENT: ("recipient_name",),
    Element.RECIPIENT_PLACE: ("recipient_address", "recipient_country"),
    Element.DIRECTOR: ("recipient_attention",),
    Element.RESPONDENT: ("recipient_name",),
    Element.SIREN: ("recipient_siren",),
    Element.PLACE: ("place",),
    Element.URL: ("url",),
    Element.LOCATOR: ("locator",),
    Element.PUBLISHED_ON: ("published_on",),
    Element.PASSAGE: ("quote",),
    Element.QUOTE: ("quote",),
    Element.GROUND: ("harm",),
    Element.WHY: ("why",),
    Element.REASONS: ("reasons",),
    Element.DATA: ("data",),
    Element.REPLY: ("reply",),
    Element.QUERY: ("query",),
    Element.EARLIER: ("earlier_what", "earlier_sent", "earlier_number"),
    Element.EARLIER_RECEIVED: ("earlier_received",),
    Element.OUTCOME: ("earlier_answered", "earlier_answer"),
    Element.DECISION: ("decision_on", "decision_reference", "decision_said"),
    Element.CLAIM: ("contract", "audience", "loss"),
    Element.STEPS: ("steps",),
    Element.ASKS: ("asks",),
}
"""What is asked for each thing missing, but pieces, which are added to the case."""
_POSTED = ("place", "sending")
WORDS: Mapping[LetterKind, tuple[str, ...]] = {
    LetterKind.PLATFORM_REPORT: ("reasons", "place"),
    LetterKind.HOST_NOTICE: ("reasons", "author_contact", "born", *_POSTED),
    LetterKind.FORMAL_NOTICE: ("reasons", "days", *_POSTED),
    LetterKind.RIGHT_OF_REPLY: ("reply", *_POSTED),
    LetterKind.ERASURE_REQUEST: ("data", "reasons", *_POSTED),
    LetterKind.ACCESS_REQUEST: ("reasons", *_POSTED),
    LetterKind.RECTIFICATION_REQUEST: ("data", "asks", "reasons", *_POSTED),
    LetterKind.REGULATOR_COMPLAINT: ("reasons", "data", *_POSTED),
    LetterKind.DELISTING_REQUEST: ("query", "reasons", "place"),
    LetterKind.INSURER_CLAIM: ("audience", "loss", "steps", *_POSTED),
    LetterKind.AUTHOR_MESSAGE: ("reasons", "place"),
    LetterKind.FOLLOW_UP: ("reasons", "days", *_POSTED),
    LetterKind.INTERNAL_COMPLAINT: ("reasons", "place"),
    LetterKind.REFERRAL_SHEET: ("asks", "steps", "author_contact", "reasons", "born"),
}
"""What a person may say otherwise in each kind of letter."""
_OF_PAGES = {Element.URL: "url", Element.LOCATOR: "locator", Element.PUBLISHED_ON: "published_on"}
_OF_PASSAGES = {Element.QUOTE: "quote", Element.GROUND: "harm", Element.WHY: "why"}


def _holes(
    told: Material, answers: Answers, elements: Mapping[Element, str]
) -> Iterator[tuple[str, str]]:
    """(key, name) of what each publication, or each passage, still lacks."""
    needed = lacking(told.kind, facts_of(told, answers))
    found: Iterable[tuple[str, object]]
    found = passages(told, answers) if elements is _OF_PASSAGES else publications(told, answers)
    for key, each in found:
        for element, name in elements.items():
            held = getattr(each, name) or (name == "locator" and getattr(each, "author", ""))
            is_bad = name == "url" and not is_address(str(held))
            if element in needed and (not held or is_bad):
                yield key, name


def _key_of(told: Material, answers: Answers, elements: Mapping[Element, str], wanted: str) -> str:
    """The publication, or the passage, that is asked about: that of before, or the first."""
    keys = [key for key, _ in _holes(told, answers, elements)]
    return wanted if wanted in keys else next(iter(keys), "")


def _is_lacking(told: Material, answers: Answers, name: str, passage: str) -> bool:
    """Whether a question is to be put: of a passage, only what that one lacks."""
    if name not in _PER_PASSAGE or not passage:
        return True
    return (passage, name) in set(_holes(told, answers, _OF_PASSAGES))


def _about(
    told: Material, answers: Answers, fields: tuple[Field, ...], keys: tuple[str, str]
) -> Asked:
    page, passage = keys
    hidden = tuple(
        Field(name, is_asked=False, is_optional=True, is_hidden=True) for name in (PAGE, PASSAGE)
    )
    quotes = {key: each.quote for key, each in passages(told, answers)}
    pages = {key: each.url for key, each in publications(told, answers)}
    known = {name: key for name, key in ((PAGE, page), (PASSAGE, passage)) if key}
    return Asked((*fields, *hidden), known, quotes.get(passage, ""), pages.get(page, ""))


def _envelope(head: Letterhead) -> tuple[str, ...]:
    town = f"{head.postcode} {head.town}".strip()
    return (*head.lines, *((town,) if town else ()))


def _country(answers: Answers, whose: str, head: Letterhead | None) -> str:
    said = answers.get(f"{whose}_country", "")
    if not said and _is_french(answers.get(f"{whose}_address", "")):
        return ""
    if said:
        return "" if said == NONE else said
    return head.country if head else ""


def _address(name: str, written: str, country: str) -> Address:
    try:
        return parse_address(written, country)
    except Refusal as refusal:
        raise Invalid({name: refusal}) from None


def _on_head(address: Address) -> dict[str, object]:
    return {
        "lines": address.lines,
        "postcode": address.postcode,
        "town": address.town,
        "country": address.country,
    }


def _kept(name: str, address: Address) -> dict[str, str]:
    return {
        f"{name}_lines": "\n".join(address.lines),
        f"{name}_postcode": address.postcode,
        f"{name}_town": address.town,
        f"{name}_country": address.country,
    }
