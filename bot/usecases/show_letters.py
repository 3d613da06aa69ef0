"""A letter on its card: for whom, what is missing and how to mend it, and what may be done."""

from collections.abc import Sequence

from bot.core import letter_fields
from bot.core.actions import Action, Verb
from bot.core.cases import CaseStatus
from bot.core.errors import Refusal
from bot.core.forms import FormName
from bot.core.letter_elements import NEEDS, Element
from bot.core.letter_facts import annexes, offered
from bot.core.letterheads import LetterState
from bot.core.letters import window
from bot.core.messages import Button, ButtonStyle, Menu, Message
from bot.core.outbox import Display
from bot.core.people import Member
from bot.core.remedies import RemedyStep, steps_from
from bot.ports import Ports, Transaction
from bot.usecases.address_letters import is_searched
from bot.usecases.approve_letters import findings_of, is_blocking
from bot.usecases.gather_letters import Bench, bench_of
from bot.usecases.write_letters import may_choose_right

Rows = tuple[tuple[Button, ...], ...]

PIECES = frozenset(
    {Element.CAPTURE, Element.COPY_OF_REQUEST, Element.PROOF_OF_RECEIPT, Element.MANDATE}
)
"""What is missing until a piece is added to the case."""


async def letter_card(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """The card; nothing once what the letter is about is gone."""
    try:
        bench = await bench_of(ports, tx, display.subject_id)
    except Refusal:
        return None
    letter, facts, answers = bench.letter, bench.facts, bench.answers
    findings = findings_of(ports, bench)
    missing = letter_fields.lacking(letter.kind, facts)
    somebody = facts.respondent or facts.recipient
    by = await tx.get(Member, letter.approved_by) if letter.approved_by else None
    addressee = bench.told.addressee
    return Message(
        "letter",
        {
            "letter": letter,
            "case": bench.case,
            "remedy": bench.remedy,
            "person": bench.told.person,
            "practice": bench.told.practice,
            "facts": facts,
            "somebody": somebody,
            "window": window(facts.recipient),
            "addressee": addressee,
            "form": addressee.form if addressee else answers.get("recipient_form", ""),
            "basis": answers.get("recipient_basis", ""),
            "where": answers.get("recipient_where", ""),
            "note": answers.get("recipient_note", ""),
            "missing": missing,
            "pieces": PIECES,
            "annexes": annexes(bench.told, answers),
            "findings": findings,
            "is_blocked": any(is_blocking(each) for _, each in findings),
            "is_sent": bench.is_sent,
            "by": by,
        },
        rows=_rows(bench, missing, is_blocked=any(is_blocking(each) for _, each in findings)),
        menu=_menu(bench, display),
    )


# Private from here on.


def _rows(bench: Bench, missing: Sequence[Element], *, is_blocked: bool) -> Rows:
    back = Button("open_remedy", Action(Verb.OPEN_REMEDY, bench.remedy.id))
    remedy = (Button(back.label, back.action, noun=("remedy", bench.remedy.kind.value)),)
    if bench.case.status is not CaseStatus.OPEN:
        return (_files(bench), remedy) if _files(bench) else (remedy,)
    rows: Rows
    if bench.letter.state is LetterState.APPROVED:
        rows = (_sent(bench), _files(bench), remedy)
    else:
        rows = (*_writing(bench, missing, is_blocked=is_blocked), remedy)
    return tuple(row for row in rows if row)


def _writing(bench: Bench, missing: Sequence[Element], *, is_blocked: bool) -> Rows:
    letter = bench.letter
    first: list[Button] = []
    if set(missing) - PIECES:
        first.append(_form(bench, "complete_letter", FormName.LETTER, ButtonStyle.PRIMARY))
    if set(missing) & PIECES:
        attach = Action(Verb.FILL_FORM, bench.case.id, FormName.ATTACH)
        first.append(Button("attach", attach))
    preview = Button("preview_letter", Action(Verb.PREVIEW_LETTER, letter.id))
    last = [preview] if missing else [_approve(bench, is_blocked=is_blocked), preview]
    whom = (
        Button("find_recipient", Action(Verb.FIND_RECIPIENT, letter.id))
        if is_searched(letter.kind)
        else _form(bench, "type_recipient", FormName.LETTER_RECIPIENT)
    )
    words = _form(bench, "letter_words", FormName.LETTER_WORDS)
    return tuple(first), (whom, words), tuple(last)


def _approve(bench: Bench, *, is_blocked: bool) -> Button:
    """Asked again where it is sworn, or where it breaks secrecy."""
    is_sworn = Element.SINCERITY in NEEDS[bench.letter.kind]
    confirm = {
        (True, True): "sworn_letter_anyway",
        (True, False): "sworn_letter",
        (False, True): "letter_anyway",
        (False, False): "",
    }[is_sworn, is_blocked]
    label = "approve_letter_anyway" if is_blocked else "approve_letter"
    style = ButtonStyle.PLAIN if is_blocked else ButtonStyle.PRIMARY
    action = Action(Verb.APPROVE_LETTER, bench.letter.id)
    return Button(label, action, style=style, confirm=confirm)


def _sent(bench: Bench) -> tuple[Button, ...]:
    """What the remedy waits for once the letter is ready."""
    steps = set(steps_from(bench.remedy))
    if {RemedyStep.SEND, RemedyStep.POST} & steps:
        action = Action(Verb.FILL_FORM, bench.remedy.id, FormName.REMEDY_SENT)
        return (Button("remedy_sent", action, style=ButtonStyle.PRIMARY),)
    for step in (RemedyStep.COMPLETE, RemedyStep.ENTRUST):
        if step in steps:
            taken = Action(Verb.TAKE_REMEDY_STEP, bench.remedy.id, step.value)
            return (Button(f"step_{step.value}", taken, style=ButtonStyle.PRIMARY),)
    return ()


def _files(bench: Bench) -> tuple[Button, ...]:
    if bench.letter.state is not LetterState.APPROVED:
        return ()
    give = Button("give_letter", Action(Verb.GIVE_LETTER, bench.letter.id))
    if bench.is_sent or bench.case.status is not CaseStatus.OPEN:
        return (give,)
    return (give, Button("reopen_letter", Action(Verb.REOPEN_LETTER, bench.letter.id)))


def _menu(bench: Bench, display: Display) -> Menu | None:
    """What is asked less often of a draft."""
    if bench.letter.state is LetterState.APPROVED or bench.case.status is not CaseStatus.OPEN:
        return None
    buttons = [
        _form(bench, "letterhead", FormName.LETTERHEAD),
        _form(bench, "letter_passage", FormName.LETTER_PASSAGE),
    ]
    if is_searched(bench.letter.kind):
        buttons.append(_form(bench, "type_recipient", FormName.LETTER_RECIPIENT))
    if offered(bench.told):
        buttons.append(_form(bench, "letter_annexes", FormName.LETTER_ANNEXES))
    if may_choose_right(bench.letter.kind):
        buttons.append(_form(bench, "letter_right", FormName.LETTER_RIGHT))
    return Menu(
        tuple(buttons),
        Button("more", Action(Verb.UNFOLD_MENU, display.id)),
        Button("less", Action(Verb.FOLD_MENU, display.id)),
        display.is_unfolded,
    )


def _form(
    bench: Bench, label: str, name: FormName, style: ButtonStyle = ButtonStyle.PLAIN
) -> Button:
    return Button(label, Action(Verb.FILL_FORM, bench.letter.id, name), style=style)
