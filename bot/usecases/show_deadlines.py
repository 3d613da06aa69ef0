"""Dates as people read them: a rule, its calculation, the day, and the reminder of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core import deadlines, digest, ringing
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseDeadline, CaseStatus, Reminder
from bot.core.deadlines import Deadline
from bot.core.forms import FormName
from bot.core.law import IN_COURT, Rule, Side
from bot.core.mentions import Mention
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.outbox import Display
from bot.core.people import Asker, Member, Practice, Practitioner
from bot.core.remedies import Remedy, RemedyStep, steps_from
from bot.ports import Ports, Transaction, among, eq, ne, null
from bot.usecases.find_targets import case_of, find_target, today_of

_ANSWERS = frozenset({RemedyStep.GRANT, RemedyStep.REFUSE})


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A case's deadline with its rule and its calculation, as templates read it."""

    stored: CaseDeadline
    rule: Rule
    deadline: Deadline
    days_left: int

    @property
    def is_ours(self) -> bool:
        """Whether we are the ones who must act."""
        return self.stored.side is Side.OURS

    @property
    def is_barred(self) -> bool:
        """Whether it is too late for us to act."""
        today = self.stored.bites_on - timedelta(days=self.days_left)
        return deadlines.is_time_barred(self.deadline, today)

    @property
    def is_watched(self) -> bool:
        """Whether it still waits for something."""
        return self.stored.done_at is None and self.stored.withdrawn_at is None


def dated_rule(ports: Ports, stored: CaseDeadline, today: date) -> DatedRule:
    """A stored deadline with the rule in force when it started, computed again."""
    rule = ports.law.rule(stored.rule, stored.starts_on)
    computed = deadlines.compute(rule, stored.starts_on, stored.territory)
    return DatedRule(stored, rule, computed, (stored.bites_on - today).days)


def is_lost(ports: Ports, stored: CaseDeadline, on: date) -> bool:
    """Whether it was too late on a day for what a date of ours asked for."""
    return deadlines.is_time_barred(dated_rule(ports, stored, on).deadline, on)


async def dated_rules(ports: Ports, tx: Transaction, case: Case, today: date) -> list[DatedRule]:
    """A case's deadlines but those taken back, the nearest first, with what is behind each."""
    stored = await tx.find(
        CaseDeadline, eq("case_id", case.id), null("withdrawn_at"), order="bites_on"
    )
    return [dated_rule(ports, each, today) for each in stored]


async def list_open(tx: Transaction, practices: Iterable[int]) -> list[CaseDeadline]:
    """The open deadlines of open cases of some practices, the nearest first."""
    alive = await tx.find(
        Case, among("practice_id", list(practices)), ne("status", CaseStatus.CLOSED)
    )
    return await tx.find(
        CaseDeadline,
        among("case_id", [case.id for case in alive]),
        null("done_at"),
        null("withdrawn_at"),
        order="bites_on",
    )


async def explain_case(ports: Ports, asker: Asker, action: Action) -> Message:
    """Why each date of a case is what it is.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        case = await case_of(tx, action.target)
        dated = await dated_rules(ports, tx, case, await today_of(ports, tx, case))
    rows = (*_agenda_rows([each.stored for each in dated if each.is_watched]), _back(case))
    values = {"case": case, "deadlines": dated}
    return Message("explanation", values, rows=rows, manner=Manner.REPLY)


async def explain_one(ports: Ports, asker: Asker, action: Action) -> Message:
    """Why one date is what it is: the rule, the arithmetic, the source.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        stored = await find_target(tx, CaseDeadline, action.target)
        case = await case_of(tx, stored.case_id)
        dated = [dated_rule(ports, stored, await today_of(ports, tx, case))]
    values = {"case": case, "deadlines": dated}
    rows = (*_agenda_rows([stored]), _back(case))
    return Message("explanation", values, rows=rows, manner=Manner.REPLY)


async def reminder_card(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """A reminder: the date, what to do now, and the buttons to do it or to be told later."""
    reminder = await tx.get(Reminder, display.subject_id)
    stored = await tx.get(CaseDeadline, reminder.deadline_id) if reminder else None
    case = await tx.get(Case, stored.case_id) if stored else None
    mention = await tx.get(Mention, case.mention_id) if case else None
    if reminder is None or stored is None or case is None or mention is None:
        return None
    practice = await tx.get(Practice, case.practice_id)
    person = await tx.get(Practitioner, mention.practitioner_id)
    if practice is None or person is None:
        return None
    now = ports.clock.now()
    dated = dated_rule(ports, stored, digest.local_day(practice, now))
    is_over = not dated.is_watched or case.status is CaseStatus.CLOSED
    weight = ringing.weight_of_date(dated.days_left, is_over=is_over)
    remedy = await tx.get(Remedy, stored.remedy_id) if stored.remedy_id else None
    return Message(
        "reminder",
        {
            "reminder": reminder,
            "case": case,
            "mention": mention,
            "person": person,
            "practice": practice,
            "dated": dated,
            "remedy": remedy,
            "is_over": is_over,
            "assignee": await tx.get(Member, case.assignee_id) if case.assignee_id else None,
        },
        rows=_whence(case, remedy)
        if is_over
        else _reminder_buttons(reminder, dated, case, remedy),
        stands_out=True,
        silent=not ringing.rings(weight, practice, now),
    )


def done(stored: CaseDeadline) -> Action:
    """What notes that a date's deed is done; the day of an act before a judge is asked."""
    if stored.rule in IN_COURT:
        return Action(Verb.FILL_FORM, stored.id, FormName.ACTED)
    return Action(Verb.COMPLETE_DEADLINE, stored.id)


def _reminder_buttons(
    reminder: Reminder, dated: DatedRule, case: Case, remedy: Remedy | None
) -> tuple[tuple[Button, ...], ...]:
    if reminder.is_choosing:
        choices = [
            Button(f"snooze_{days}", Action(Verb.SNOOZE_DEADLINE, reminder.id, days))
            for days in ("1", "3", "7")
        ]
        back = Button("back", Action(Verb.SNOOZE_DEADLINE, reminder.id, "back"))
        return (tuple(choices), (back,))
    snooze = Button("snooze", Action(Verb.SNOOZE_DEADLINE, reminder.id))
    why = Button("explain_one", Action(Verb.EXPLAIN_DEADLINE, dated.stored.id))
    opened = Button("open_case", Action(Verb.OPEN_CASE, case.id))
    agenda = Button("agenda_of", Action(Verb.GIVE_DEADLINE, dated.stored.id))
    if dated.is_ours or remedy is None:
        return (
            (Button("done", done(dated.stored), style=ButtonStyle.PRIMARY), snooze),
            (why, opened),
            (agenda,),
        )
    return (*_answer_rows(dated, remedy), (snooze, why), (opened, agenda))


def _whence(case: Case, remedy: Remedy | None) -> tuple[tuple[Button, ...], ...]:
    """From a reminder that is settled: where its remedy stands, and what may follow."""
    if remedy is None:
        return (_back(case),)
    action = Action(Verb.OPEN_REMEDY, remedy.id)
    return ((Button("open_remedy", action, noun=("remedy", remedy.kind.value)), *_back(case)),)


def _back(case: Case) -> tuple[Button, ...]:
    return (Button("open_case", Action(Verb.OPEN_CASE, case.id), detail=str(case.id)),)


def _agenda_rows(stored: Sequence[CaseDeadline]) -> tuple[tuple[Button, ...], ...]:
    """A button for each date, to have it in one's own calendar."""
    if len(stored) == 1:
        return ((Button("agenda_of", Action(Verb.GIVE_DEADLINE, stored[0].id)),),)
    return tuple(
        (
            Button(
                "agenda_of",
                Action(Verb.GIVE_DEADLINE, each.id),
                noun=("rule_short", each.rule),
            ),
        )
        for each in stored
    )


def _answer_rows(dated: DatedRule, remedy: Remedy) -> tuple[tuple[Button, ...], ...]:
    """What came of what was asked: an answer, or, once it is certain, nothing."""
    steps = steps_from(remedy)
    row = []
    if _ANSWERS & set(steps):
        answer = Action(Verb.FILL_FORM, remedy.id, FormName.ANSWERED)
        row.append(Button("record_answer", answer, style=ButtonStyle.PRIMARY))
    if RemedyStep.NOTE_SILENCE in steps and dated.days_left <= 0:
        silence = Action(Verb.TAKE_REMEDY_STEP, remedy.id, RemedyStep.NOTE_SILENCE)
        row.append(Button("step_note_silence", silence))
    return (tuple(row),) if row else ()
