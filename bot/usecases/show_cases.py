"""A case and its remedies as cards: where they stand, what comes next, and the buttons for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.core import digest, qualifying, remedies, text
from bot.core.actions import Action, Verb
from bot.core.advice import Advice, AdviceCode, advise
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseEvent, CaseStatus, Step
from bot.core.forms import FormName
from bot.core.harm_law import UrgentStep
from bot.core.law import RuleId
from bot.core.letterheads import Letter
from bot.core.mentions import Mention
from bot.core.messages import Button, ButtonStyle, Menu, Message, in_rows
from bot.core.outbox import Display
from bot.core.people import Member, Practice, Practitioner
from bot.core.qualifying import Verdict
from bot.core.remedies import Path, Remedy, RemedyKind, RemedyState, RemedyStep, steps_from
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.show_deadlines import DatedRule, dated_rules, done
from bot.usecases.show_passages import Told, licit_buttons, standing
from bot.usecases.work_remedies import UNDATED, kept_pieces, start_choice

_EXCERPT_CHARACTERS = 400
_EVENTS = 12
"""Lines of its journal a case shows."""
_MOST_OPENED = 6
"""Remedies a case's card has a button for; the others are in the journal."""
_FORMS = (
    (FormName.REMEDY_SENT, {RemedyStep.SEND, RemedyStep.POST}, "remedy_sent"),
    (
        FormName.REMEDY_DELIVERED,
        {RemedyStep.PRESENT, RemedyStep.RECEIVE, RemedyStep.RETURN},
        "remedy_delivered",
    ),
)
_ANSWERED = {RemedyStep.GRANT, RemedyStep.REFUSE, RemedyStep.EXTEND}
_DIRECT = frozenset(
    {
        RuleId.PRESS_3M,
        RuleId.PRESS_1Y,
        RuleId.INNOCENCE_3M,
        RuleId.PRESS_NEXT_ACT_3M,
        RuleId.INSURER_5_BUSINESS_DAYS,
    }
)
"""Dates whose deed may be noted on the card itself."""
_PRESS = frozenset({RuleId.PRESS_3M, RuleId.PRESS_1Y, RuleId.INNOCENCE_3M})
_UNMOVED = frozenset({RemedyState.TO_DO, RemedyState.DROPPED})
_MOST_TOLD = 6
"""Passages a case's card tells of; the others are behind its button."""

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Everything a case's card is made of."""

    case: Case
    dated: Sequence[DatedRule]
    taken: Sequence[Remedy]
    pieces: int
    told: Sequence[Told] = ()
    fits: Sequence[RemedyKind] = ()
    urgent: Sequence[UrgentStep] = ()

    @property
    def verdict(self) -> Verdict:
        """What was concluded of its passages."""
        return qualifying.verdict([each.assessment for each in self.told])

    @property
    def begun(self) -> frozenset[RemedyKind]:
        """What was taken up, and not dropped."""
        return frozenset(each.kind for each in self.taken if each.state is not RemedyState.DROPPED)


async def case_card(
    ports: Ports, tx: Transaction, case: Case, display: Display | None = None
) -> Message:
    """A case: its publications, what is done about them, its dates, what comes next.

    Raises:
        LookupError: it lost its publication, its practice or its practitioner.
    """
    mention, practice, person = await home_of_case(tx, case)
    dated = await dated_rules(ports, tx, case, digest.local_day(practice, ports.clock.now()))
    events = await tx.find(CaseEvent, eq("case_id", case.id))
    taken = await tx.find(Remedy, eq("case_id", case.id), order="id")
    pieces = await kept_pieces(tx, case)
    found = await tx.find(Assessment, eq("case_id", case.id))
    joined = await tx.find(Case, eq("merged_into", case.id))
    wanted = {event.member_id for event in events} | {case.assignee_id}
    members = await tx.find(Member, among("id", {each for each in wanted if each}))
    parts = _assessed(ports, mention, found, _Parts(case, dated, taken, pieces))
    return Message(
        "case",
        {
            "case": case,
            "mention": mention,
            "others": await tx.find(Mention, among("id", [each.mention_id for each in joined])),
            "practice": practice,
            "person": person,
            "excerpt": text.excerpt(mention.text, mention.text_spans, _EXCERPT_CHARACTERS)[0],
            "told": parts.told[-_MOST_TOLD:],
            "untold": max(0, len(parts.told) - _MOST_TOLD),
            "verdict": parts.verdict,
            "urgent": parts.urgent,
            "checked_on": ports.harm_pack.checked_on,
            "order": ports.harm_pack.order_of(person.profession),
            "done": {each.kind for each in taken if each.state is RemedyState.DONE},
            "deadlines": dated,
            "remedies": [each for each in taken if each.state is not RemedyState.DROPPED],
            "kinds": {each.id: each.kind for each in taken},
            "pieces": pieces,
            "advice": _advice(parts),
            "events": events[-_EVENTS:],
            "earlier": max(0, len(events) - _EVENTS),
            "days": {each.id: date.fromisoformat(each.detail) for each in events if _is_day(each)},
            "members": {member.id: member.name for member in members},
        },
        rows=_case_rows(parts),
        menu=_case_menu(parts, display) if display else None,
        silent=True,
    )


async def remedy_card(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """A remedy: where it stands, its dates, and the steps from there."""
    remedy = await tx.get(Remedy, display.subject_id)
    case = await tx.get(Case, remedy.case_id) if remedy else None
    if remedy is None or case is None:
        return None
    mention, practice, person = await home_of_case(tx, case)
    dated = await dated_rules(ports, tx, case, digest.local_day(practice, ports.clock.now()))
    own = [each for each in dated if each.stored.remedy_id == remedy.id]
    letters = await tx.find(Letter, eq("remedy_id", remedy.id), order="-id", limit=1)
    taken = await tx.find(Remedy, eq("case_id", case.id))
    pieces = await kept_pieces(tx, case)
    letter = letters[0] if letters else None
    is_open = case.status is CaseStatus.OPEN
    return Message(
        "remedy",
        {
            "remedy": remedy,
            "rules": remedy.rules,
            "case": case,
            "mention": mention,
            "person": person,
            "practice": practice,
            "deadlines": own,
            "letter": letter,
            "is_kept": remedies.is_kept(taken, pieces),
            "then": remedies.next_kinds(remedy),
        },
        rows=_remedy_rows(remedy, own, letter) if is_open else (_opened(case),),
        silent=True,
    )


async def home_of_case(tx: Transaction, case: Case) -> tuple[Mention, Practice, Practitioner]:
    """The publication, the practice and the practitioner of a case.

    Raises:
        LookupError: one of them is gone.
    """
    mention = await tx.get(Mention, case.mention_id)
    practice = await tx.get(Practice, case.practice_id)
    person = await tx.get(Practitioner, mention.practitioner_id) if mention else None
    if mention is None or practice is None or person is None:
        raise LookupError(f"case {case.id} lost its mention, practice or practitioner")
    return mention, practice, person


# Private from here on.


def _assessed(
    ports: Ports, mention: Mention, found: Sequence[Assessment], parts: _Parts
) -> _Parts:
    """The same with what was concluded of its passages, and what follows."""
    told = standing(ports, found)
    harms = qualifying.held(each.assessment for each in told)
    fits = [each.kind for each in ports.harm_pack.fitting(harms)]
    parts = replace(parts, told=told, fits=fits)
    if parts.case.status is CaseStatus.CLOSED or parts.verdict is Verdict.LICIT:
        return parts
    wanted = qualifying.urgent_harms(mention.alarms, harms)
    return replace(parts, urgent=ports.harm_pack.within_the_hour(wanted))


def _is_day(event: CaseEvent) -> bool:
    return event.step is Step.DATE


def _advice(parts: _Parts) -> Advice | None:
    if parts.case.status is CaseStatus.CLOSED:
        return None
    watched = {each.rule.id for each in parts.dated if each.is_watched}
    return advise(parts.taken, parts.pieces, watched, parts.verdict, parts.fits)


def _case_rows(parts: _Parts) -> Rows:
    case = parts.case
    if case.merged_into:
        return ((Button("open_case", Action(Verb.OPEN_CASE, case.merged_into)),),)
    if case.status is CaseStatus.CLOSED:
        again = Button("reopen_case", Action(Verb.REOPEN_CASE, case.id))
        return ((again, _pieces(parts)) if parts.pieces else (again,),)
    advice = _advice(parts)
    first = _first_button(case.id, advice)
    more = Button("propose_remedies", Action(Verb.PROPOSE_REMEDIES, case.id))
    urgent = [
        _start(case.id, step.remedy)
        for step in parts.urgent
        if step.remedy and step.remedy not in {*parts.begun, advice.kind if advice else None}
    ]
    opened = [
        Button("open_remedy", Action(Verb.OPEN_REMEDY, each.id), noun=("remedy", each.kind.value))
        for each in parts.taken
        if not each.is_ended
    ][-_MOST_OPENED:]
    rows = (
        *in_rows(urgent),
        _licit(parts) if parts.verdict is Verdict.LICIT else (),
        (*((first,) if first else ()), more),
        *in_rows(opened),
        tuple(_deeds(parts.dated)),
        *in_rows(_tools(parts)),
    )
    return tuple(row for row in rows if row)


def _first_button(case: int, advice: Advice | None) -> Button | None:
    """What to take up first; what waits already has its own button just below."""
    if advice is not None and advice.code is AdviceCode.QUALIFY:
        return replace(_qualify(case), style=ButtonStyle.PRIMARY)
    if advice is None or advice.kind is None:
        return None
    if advice.remedy is not None and advice.code is not AdviceCode.FOLLOW:
        return None
    follows = advice.remedy.id if advice.remedy else 0
    return replace(_start(case, advice.kind, follows), style=ButtonStyle.PRIMARY)


def _licit(parts: _Parts) -> tuple[Button, ...]:
    is_done = any(each.stored.done_at for each in parts.dated)
    moved = any(each.state not in _UNMOVED for each in parts.taken)
    return licit_buttons(parts.case, is_acted_on=is_done or moved)


def _start(case: int, kind: RemedyKind, follows: int = 0) -> Button:
    action = Action(Verb.START_REMEDY, case, start_choice(kind, follows))
    return Button("start_remedy", action, noun=("remedy", kind.value))


def _deeds(dated: Sequence[DatedRule]) -> list[Button]:
    """What can be noted as done at once, or taken back, of the dates of the publication itself."""
    own = [
        each
        for each in dated
        if each.is_ours and not each.stored.remedy_id and each.rule.id in _DIRECT
    ]
    # One act before a judge is one button: that of the nearest date.
    pressing = [each for each in own if each.rule.id in _PRESS and each.stored.done_at is None]
    later = [each for each in pressing if not each.is_barred][1:]
    own = [each for each in own if each not in later]
    return [
        Button(f"done_{each.rule.id.name.lower()}", done(each.stored))
        if each.stored.done_at is None
        else Button(
            f"resume_{each.rule.id.name.lower()}", Action(Verb.RESUME_DEADLINE, each.stored.id)
        )
        for each in own
        if each.stored.done_at is not None or not each.is_barred
    ]


def _tools(parts: _Parts) -> tuple[Button, ...]:
    case = parts.case.id
    buttons = [_pieces(parts), Button("explain", Action(Verb.EXPLAIN_CASE, case))]
    advice = _advice(parts)
    if advice is None or advice.code is not AdviceCode.QUALIFY:
        buttons.append(_qualify(case))
    if any(each.stored.start_is_uncertain and each.is_watched for each in parts.dated):
        action = Action(Verb.FILL_FORM, case, FormName.PUBLISHED)
        buttons.insert(0, Button("set_published", action))
    return tuple(buttons)


def _qualify(case: int) -> Button:
    return Button("qualify", Action(Verb.QUALIFY, case))


def _pieces(parts: _Parts) -> Button:
    """Where the pieces are, and how many."""
    count = str(parts.pieces) if parts.pieces else ""
    return Button("pieces", Action(Verb.OPEN_PIECES, parts.case.id), detail=count)


def _case_menu(parts: _Parts, display: Display) -> Menu | None:
    case = parts.case
    if case.status is CaseStatus.CLOSED:
        return None

    def form(label: str, name: FormName) -> Button:
        return Button(label, Action(Verb.FILL_FORM, case.id, name))

    buttons = (
        form("assign", FormName.ASSIGN_CASE),
        form("merge_cases", FormName.MERGE_CASES),
        form("close_case", FormName.CLOSE_CASE),
    )
    return Menu(
        buttons,
        Button("more", Action(Verb.UNFOLD_MENU, display.id)),
        Button("less", Action(Verb.FOLD_MENU, display.id)),
        display.is_unfolded,
    )


def _remedy_rows(remedy: Remedy, own: Sequence[DatedRule], letter: Letter | None) -> Rows:
    steps = set(steps_from(remedy))
    rows = [_written(remedy, letter), _step_forms(remedy, steps), _taps(remedy, own, steps)]
    rows += in_rows(
        [
            Button(
                "start_remedy",
                Action(Verb.START_REMEDY, remedy.case_id, start_choice(kind, remedy.id)),
                noun=("remedy", kind.value),
            )
            for kind in remedies.next_kinds(remedy)
        ]
    )
    rows.append(_opened_from(remedy, own))
    return tuple(row for row in rows if row)


def _written(remedy: Remedy, letter: Letter | None) -> tuple[Button, ...]:
    """What it is made of: its letter, to begin or to open; the pieces to keep."""
    if remedy.kind is RemedyKind.EVIDENCE and remedy.state is RemedyState.TO_DO:
        add = Action(Verb.FILL_FORM, remedy.case_id, FormName.ATTACH)
        return (Button("attach", add, style=ButtonStyle.PRIMARY),)
    if remedy.rules.letter is None:
        return ()
    write = Action(Verb.WRITE_LETTER, remedy.id)
    if letter is not None:
        return (Button("open_letter", write),)
    if remedy.state in {RemedyState.TO_DO, RemedyState.ENTRUSTED}:
        return (Button("write_letter", write, style=ButtonStyle.PRIMARY),)
    return ()


def _step_forms(remedy: Remedy, steps: set[RemedyStep]) -> tuple[Button, ...]:
    """The steps that are asked their day."""
    buttons = [
        Button(
            label,
            Action(Verb.FILL_FORM, remedy.id, name),
            style=ButtonStyle.PRIMARY,
        )
        for name, group, label in _FORMS
        if group & steps
    ]
    if remedy.rules.path is Path.COURT:
        if steps - UNDATED:
            action = Action(Verb.FILL_FORM, remedy.id, FormName.COURT_STEP)
            buttons.append(Button("court_step", action, style=ButtonStyle.PRIMARY))
    elif _ANSWERED & steps:
        answered = Action(Verb.FILL_FORM, remedy.id, FormName.ANSWERED)
        buttons.append(Button("record_answer", answered, style=ButtonStyle.PRIMARY))
    return tuple(buttons)


def _taps(remedy: Remedy, own: Sequence[DatedRule], steps: set[RemedyStep]) -> tuple[Button, ...]:
    """The steps one tap takes; a silence only once it is certain."""
    theirs = [each.days_left for each in own if not each.is_ours and each.is_watched]
    is_certain = all(left <= 0 for left in theirs)
    return tuple(
        Button(
            f"step_{step.value}",
            Action(Verb.TAKE_REMEDY_STEP, remedy.id, step.value),
            style=ButtonStyle.PRIMARY if step is RemedyStep.COMPLETE else ButtonStyle.PLAIN,
        )
        for step in RemedyStep
        if step in UNDATED & steps and (step is not RemedyStep.NOTE_SILENCE or is_certain)
    )


def _opened_from(remedy: Remedy, own: Sequence[DatedRule]) -> tuple[Button, ...]:
    back = Button("open_case", Action(Verb.OPEN_CASE, remedy.case_id), detail=str(remedy.case_id))
    if not own:
        return (back,)
    # What is over is explained no more while something is still to come.
    dated = next((each for each in own if each.is_watched), own[-1])
    return (Button("explain_one", Action(Verb.EXPLAIN_DEADLINE, dated.stored.id)), back)


def _opened(case: Case) -> tuple[Button, ...]:
    return (Button("open_case", Action(Verb.OPEN_CASE, case.id), detail=str(case.id)),)
