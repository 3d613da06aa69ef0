"""Letters of a remedy: begun from the case, completed by a person, in their words."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core import cases, letter_fields
from bot.core.actions import Action
from bot.core.cases import Case
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.evidence import Attachment
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.letter_elements import Element
from bot.core.letter_facts import NONE, annexes, facts_of, offered
from bot.core.letter_fields import Asked, Taken
from bot.core.letter_limits import refuse_unfit
from bot.core.letterheads import Letter, Letterhead
from bot.core.letters import LetterKind
from bot.core.mentions import Mention
from bot.core.messages import Message
from bot.core.outbox import Subject
from bot.core.people import Asker
from bot.core.remedies import Remedy, RemedyState
from bot.core.urls import is_address
from bot.ports import Ports, Transaction, eq
from bot.usecases.fill_outbox import refresh, show_asked
from bot.usecases.find_targets import case_of, find_target
from bot.usecases.gather_letters import Bench, draft_of, gathered, written_for

_QUOTED = 120
"""Characters of a passage, or of an address, in a question."""
_RIGHTS = (
    LetterKind.ERASURE_REQUEST,
    LetterKind.ACCESS_REQUEST,
    LetterKind.RECTIFICATION_REQUEST,
)
"""What may be asked of who publishes personal data, by the same remedy."""
_BEGUN_IN = frozenset({RemedyState.TO_DO, RemedyState.ENTRUSTED})
_INHERITED = "recipient_"
"""What a letter takes over from the one it comes after: who it is for."""
_PROFESSION = "profession"
_LOOKED_BACK = 50
"""Letters of the practice among which the profession is looked for."""
_OF_FIELDS: Mapping[RefusalCode, tuple[str, ...]] = {
    RefusalCode.DAY_TO_COME: ("earlier_sent", "decision_on", "published_on"),
    RefusalCode.RECEIVED_BEFORE_SENT: ("earlier_received", "earlier_answered", "earlier_sent"),
    RefusalCode.REPLY_TOO_LATE: ("published_on",),
    RefusalCode.LETTER_TEXT_TOO_LONG: ("reply", "quote", "why", "reasons"),
}
"""The answers that a refusal of the whole letter may be about."""


async def begin(ports: Ports, asker: Asker, action: Action) -> Message:
    """Begin the letter of a remedy from what its case holds, or open the one it has.

    Raises:
        Refusal: BUTTON_EXPIRED, NO_LETTER; and for a new one CASE_CLOSED, STEP_NOT_NOW, and what
            no such letter can be made of: nothing is begun then.
    """
    async with ports.store.write() as tx:
        remedy = await find_target(tx, Remedy, action.target)
        kind = remedy.rules.letter
        if kind is None:
            raise Refusal(RefusalCode.NO_LETTER)
        letter = await written_for(tx, remedy)
        if letter is None:
            letter = await _begun(ports, tx, asker, remedy, kind)
        await show_asked(tx, asker, Subject.LETTER, letter.id)
        await refresh(tx, Subject.REMEDY, remedy.id)
    return Message("toast", {"said": "letter", "letter": letter})


async def complete_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """A few questions about what is still missing.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED; PIECES_WANTED when only pieces are
            missing, ALREADY_DONE when nothing is.
    """
    bench = await draft_of(ports, tx, target)
    asked = letter_fields.asked(bench.told, bench.answers, ports.letters.grounds, known)
    if not [each for each in asked.fields if not each.is_hidden]:
        missing = letter_fields.lacking(bench.letter.kind, bench.facts)
        if missing:
            raise Refusal(RefusalCode.PIECES_WANTED, missing=[each.value for each in missing])
        raise Refusal(RefusalCode.ALREADY_DONE)
    return _form(ports, FormName.LETTER, bench, asked)


async def passage_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The words complained of, and why, to write otherwise.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    bench = await draft_of(ports, tx, target)
    asked = letter_fields.of_passage(bench.told, bench.answers, ports.letters.grounds)
    return _form(ports, FormName.LETTER_PASSAGE, bench, asked)


async def words_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What the letter says in one's own words.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    bench = await draft_of(ports, tx, target)
    asked = letter_fields.in_own_words(bench.told, bench.answers)
    return _form(ports, FormName.LETTER_WORDS, bench, asked)


async def head_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Who signs, kept for the next letters.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    bench = await draft_of(ports, tx, target)
    asked = letter_fields.of_head(bench.told.letterhead, known)
    return _form(ports, FormName.LETTERHEAD, bench, asked)


async def recipient_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Who it is for, by hand.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    bench = await draft_of(ports, tx, target)
    asked = letter_fields.of_recipient(bench.told, bench.answers, known)
    return _form(ports, FormName.LETTER_RECIPIENT, bench, asked)


async def fill(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep what was answered: in the letter, or on the letterhead; all of it or nothing.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED, and what no letter can be made of.
        Invalid: an answer is what it cannot be.
    """
    async with ports.store.write() as tx:
        bench = await draft_of(ports, tx, form.target)
        taken = letter_fields.taken(answers, bench.told.letterhead)
        if form.name is FormName.LETTER_RECIPIENT:
            taken = _by_hand(bench, taken)
        after = await _kept(ports, tx, bench, taken)
    missing = letter_fields.lacking(after.letter.kind, after.facts)
    return Message("toast", {"said": "letter_filled", "missing": missing})


async def annexes_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Which pieces go with the letter.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED; PIECES_WANTED: the case has none.
    """
    bench = await draft_of(ports, tx, target)
    possible = offered(bench.told)
    if not possible:
        raise Refusal(RefusalCode.PIECES_WANTED, missing=[Element.CAPTURE.value])
    chosen = ",".join(str(each.id) for each in annexes(bench.told, bench.answers))
    pieces = Field(
        "annexes",
        FieldKind.CHOICES,
        choices=tuple(Choice(str(each.id), _titled(each)) for each in possible),
        is_optional=True,
        initial=chosen,
        words="letter_annexes",
        longest=2_000,
    )
    return Form(FormName.LETTER_ANNEXES, target, (pieces,))


async def choose_annexes(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Have these pieces go with the letter, and no others.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED, LETTER_TOO_MANY.
    """
    chosen = {"annexes": answers["annexes"] or NONE}
    async with ports.store.write() as tx:
        bench = await draft_of(ports, tx, form.target)
        await _kept(ports, tx, bench, Taken(chosen, {}))
    return Message("toast", {"said": "letter_filled", "missing": ()})


async def right_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Which right over personal data is asked for.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED; NO_LETTER: this letter is of
            another kind.
    """
    bench = await draft_of(ports, tx, target)
    if bench.letter.kind not in _RIGHTS:
        raise Refusal(RefusalCode.NO_LETTER)
    choices = tuple(Choice(each, ports.wording.label("letter_kind", each)) for each in _RIGHTS)
    right = Field("right", FieldKind.CHOICE, choices=choices, initial=bench.letter.kind)
    return Form(FormName.LETTER_RIGHT, target, (right,))


async def choose_right(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Ask for another right: what was answered stays.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    async with ports.store.write() as tx:
        bench = await draft_of(ports, tx, form.target)
        letter = replace(bench.letter, kind=LetterKind(answers["right"]))
        await tx.save(letter)
        await refresh(tx, Subject.REMEDY, bench.remedy.id)
    return Message("toast", {"said": "letter_right", "letter": letter})


async def keep_answers(
    ports: Ports, tx: Transaction, bench: Bench, answers: Mapping[str, str]
) -> Bench:
    """The letter once these answers are in it.

    Raises:
        Refusal, Invalid: no letter can be made of them.
    """
    return await _kept(ports, tx, bench, Taken(answers, {}))


FOUND = ("recipient_form", "recipient_basis", "recipient_where", "recipient_note")
"""What is kept of where a recipient was found, until one is written by hand."""


def may_choose_right(kind: LetterKind) -> bool:
    """Whether a letter of that kind may ask for another right instead."""
    return kind in _RIGHTS


# Private from here on.


async def _begun(
    ports: Ports, tx: Transaction, asker: Asker, remedy: Remedy, kind: LetterKind
) -> Letter:
    case = await case_of(tx, remedy.case_id)
    cases.refuse_closed(case)
    if remedy.state not in _BEGUN_IN:
        raise Refusal(RefusalCode.STEP_NOT_NOW, remedy_state=remedy.state)
    kind = _fitting(ports, kind, await tx.get(Mention, case.mention_id))
    new = Letter(
        case_id=remedy.case_id,
        practice_id=remedy.practice_id,
        remedy_id=remedy.id,
        kind=kind,
        created_at=ports.clock.now(),
        created_by=asker.member.id,
    )
    bench = await gathered(ports, tx, new)
    answers = await _inherited(tx, bench)
    refuse_unfit(kind, facts_of(bench.told, dict(answers)))
    return await tx.add(replace(new, answers=answers))


def _fitting(ports: Ports, kind: LetterKind, mention: Mention | None) -> LetterKind:
    """A public directory is asked to correct what is wrong: nobody is erased from it.

    Source: code de la securite sociale, L162-1-11; CADA, avis 20121581.
    """
    site = ports.directory.of(mention.url) if mention and is_address(mention.url) else None
    is_public = site is not None and site.is_public
    is_erasure = kind is LetterKind.ERASURE_REQUEST
    return LetterKind.RECTIFICATION_REQUEST if is_public and is_erasure else kind


async def _inherited(tx: Transaction, bench: Bench) -> tuple[tuple[str, str], ...]:
    """Who the earlier request was sent to; and the profession, once it was given."""
    earlier = bench.told.earlier
    before = await written_for(tx, earlier) if earlier else None
    answers = before.answers if before else ()
    to_whom = tuple((name, said) for name, said in answers if name.startswith(_INHERITED))
    return (*to_whom, *await _profession(tx, bench))


async def _profession(tx: Transaction, bench: Bench) -> tuple[tuple[str, str], ...]:
    """What was answered in the last letter of that person, when nothing else tells it."""
    if bench.told.person.profession:
        return ()
    home = eq("practice_id", bench.letter.practice_id)
    for letter in await tx.find(Letter, home, order="-id", limit=_LOOKED_BACK):
        said = dict(letter.answers).get(_PROFESSION, "")
        case = await tx.get(Case, letter.case_id) if said else None
        mention = await tx.get(Mention, case.mention_id) if case else None
        if mention is not None and mention.practitioner_id == bench.told.person.id:
            return ((_PROFESSION, said),)
    return ()


async def _kept(ports: Ports, tx: Transaction, bench: Bench, taken: Taken) -> Bench:
    """The letter with these answers, and the letterhead."""
    answers = {**bench.answers, **taken.answers}
    pairs = tuple((name, said) for name, said in answers.items() if said)
    if taken.head:
        await _keep_head(tx, bench, taken.head)
    letter = replace(bench.letter, answers=pairs)
    after = await gathered(ports, tx, letter)
    try:
        refuse_unfit(letter.kind, after.facts)
    except Refusal as refusal:
        names = _OF_FIELDS.get(refusal.code, ())
        given = {name.partition("-")[0] for name in taken.answers}
        at_fault = next((name for name in names if name in given), None)
        if at_fault:
            raise Invalid({at_fault: refusal}) from None
        raise
    await tx.save(letter)
    await refresh(tx, Subject.REMEDY, bench.remedy.id)
    if taken.head:  # every letter of that person has the new one
        home = eq("practice_id", letter.practice_id)
        others = await tx.find(Letter, home, eq("state", letter.state))
        await refresh(tx, Subject.LETTER, *(each.id for each in others if each.id != letter.id))
    return after


async def _keep_head(tx: Transaction, bench: Bench, changes: Mapping[str, object]) -> None:
    head = bench.told.letterhead
    if head is None:
        new = Letterhead(bench.letter.practice_id, bench.told.person.id)
        head = await tx.add(new)
    await tx.save(replace(head, **changes))  # type: ignore[arg-type]  # names of its own fields


def _by_hand(bench: Bench, taken: Taken) -> Taken:
    """A recipient who was typed was found nowhere; one's insurer is the same the next time."""
    answers = {**dict.fromkeys(FOUND, ""), **taken.answers}
    insurer = answers.get("recipient_name", "")
    if bench.letter.kind is not LetterKind.INSURER_CLAIM or not insurer:
        return replace(taken, answers=answers)
    return Taken(answers, {**taken.head, "insurer": insurer})


def _form(ports: Ports, name: FormName, bench: Bench, asked: Asked) -> Form:
    facts = {
        "kind": ports.wording.label("letter_kind", bench.letter.kind),
        "quote": _short(asked.quote),
        "page": _short(asked.page),
    }
    return Form(name, bench.letter.id, asked.fields, facts=facts, answers=asked.known)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}\u2026"


def _titled(piece: Attachment) -> str:
    return piece.title or piece.name
