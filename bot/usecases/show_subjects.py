"""What a display shows now: its subject's state, as a Message."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.core import deadlines, digest, ringing, text
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus, Reminder, Step, steps_from
from bot.core.deadlines import Deadline
from bot.core.forms import FormName
from bot.core.law import Rule, Side
from bot.core.mentions import (
    Mention,
    MentionState,
    Note,
    Recall,
    RecallKind,
    Revision,
    Source,
    Taught,
    holds,
    is_open,
)
from bot.core.messages import Button, ButtonStyle, Menu, Message
from bot.core.names import Zone
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Member, Practice, Practitioner
from bot.core.replies import Draft
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.fill_outbox import home_of
from bot.usecases.show_digests import digest_card, rest_card
from bot.usecases.show_drafts import draft_card, reply_line

_EXCERPT_CHARACTERS = 400
_TITLE_CHARACTERS = 200
_EVENTS = 12
"""Lines of its journal a case shows."""


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


async def present(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """The message a display shows now; nothing when its subject is gone.

    In a place that several practices share, under the name of its own.
    """
    message = await _PRESENTERS[display.subject](ports, tx, display)
    channel = await tx.get(Channel, display.channel_id)
    if message is None or channel is None or display.subject is Subject.HOME:
        return message
    return replace(message, home=await home_of(tx, channel))


async def _mention(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    mention = await tx.get(Mention, display.subject_id)
    return None if mention is None else await mention_card(tx, mention, display)


async def _recall(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """A mention shown again: its card, with why above it."""
    recall = await tx.get(Recall, display.subject_id)
    mention = await tx.get(Mention, recall.mention_id) if recall else None
    if recall is None or mention is None:
        return None
    card = await mention_card(tx, mention, display)
    if not holds(recall, mention):
        return card
    channel = await tx.get(Channel, display.channel_id)
    is_shared = channel is not None and not channel.is_private
    member = await tx.get(Member, recall.member_id) if recall.member_id and is_shared else None
    told = {"recall": recall, "recall_for": member.name if member else ""}
    practice, _ = await _home(tx, mention)
    is_pressing = recall.kind is RecallKind.ESCALATED
    weight = ringing.Weight.PRESSING if is_pressing else ringing.Weight.LIGHT
    silent = not ringing.rings(weight, practice, ports.clock.now())
    return replace(card, values=dict(card.values) | told, silent=silent, stands_out=True)


async def mention_card(tx: Transaction, mention: Mention, display: Display) -> Message:
    """A mention with what can be done about it."""
    practice, person = await _home(tx, mention)
    decider = await tx.get(Member, mention.decided_by) if mention.decided_by else None
    case = await tx.find(Case, eq("mention_id", mention.id))
    source = await tx.get(Source, mention.source_id)
    notes = await tx.find(Note, eq("mention_id", mention.id), order="-id", limit=1)
    wanted = {each for each in (mention.assignee_id, *(note.member_id for note in notes)) if each}
    members = await tx.find(Member, among("id", wanted))
    return Message(
        "mention",
        {
            "mention": mention,
            "person": person,
            "practice": practice,
            "source": source,
            "title": cut(mention.title, mention.title_spans, _TITLE_CHARACTERS),
            "excerpt": _excerpt(mention),
            "decider": decider,
            "case": case[0] if case else None,
            "lessons": await tx.find(Taught, eq("mention_id", mention.id)),
            "revisions": await tx.count(Revision, eq("mention_id", mention.id)),
            "recall": None,
            "note": notes[0] if notes else None,
            "reply": await reply_line(tx, mention),
            "members": {member.id: member.name for member in members},
        },
        rows=_mention_buttons(mention, case[0] if case else None),
        menu=_mention_menu(mention, display),
    )


def _mention_menu(mention: Mention, display: Display) -> Menu:
    """What is asked less often of a mention."""

    def form(label: str, name: FormName) -> Button:
        return Button(label, Action(Verb.FILL_FORM, mention.id, name))

    buttons = [
        form("assign", FormName.ASSIGN),
        form("note", FormName.NOTE),
        Button("look", Action(Verb.LOOK, mention.id)),
    ]
    if is_open(mention):
        buttons.insert(0, form("later", FormName.LATER))
        if mention.zone is Zone.SURE:
            buttons.insert(0, Button("is_not_me", Action(Verb.IS_NOT_ME, mention.id)))
    return Menu(
        tuple(buttons),
        Button("more", Action(Verb.UNFOLD_MENU, display.id)),
        Button("less", Action(Verb.FOLD_MENU, display.id)),
        display.is_unfolded,
    )


def _excerpt(mention: Mention) -> list[tuple[str, bool]]:
    return cut(mention.text, mention.text_spans, _EXCERPT_CHARACTERS)


def cut(words: str, spans: Sequence[tuple[int, int]], size: int) -> list[tuple[str, bool]]:
    """What stands around the name, with the name marked."""
    return _bold(*text.excerpt(words, spans, size))


def _bold(words: str, spans: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Runs of text, told whether they are the name."""
    runs: list[tuple[str, bool]] = []
    place = 0
    for start, end in sorted(spans):
        if start < place:
            continue
        runs += [(words[place:start], False), (words[start:end], True)]
        place = end
    runs.append((words[place:], False))
    return [run for run in runs if run[0]]


def _mention_buttons(mention: Mention, case: Case | None) -> tuple[tuple[Button, ...], ...]:
    def button(label: str, verb: Verb, style: ButtonStyle = ButtonStyle.PLAIN) -> Button:
        return Button(label, Action(verb, mention.id), style=style)

    undo = button("undo", Verb.UNDO)
    match mention.state:
        case MentionState.NEW | MentionState.BACKLOG:
            first = (
                button("classify_licit", Verb.CLASSIFY_LICIT, ButtonStyle.PRIMARY),
                button("classify_illicit", Verb.CLASSIFY_ILLICIT, ButtonStyle.DANGER),
                button("classify_ignored", Verb.CLASSIFY_IGNORED),
            )
            # Whether it is about the person is asked in full only where it is doubtful.
            doubt = (button("is_me", Verb.IS_ME), button("is_not_me", Verb.IS_NOT_ME))
            return (first,) if mention.zone is Zone.SURE else (first, doubt)
        case MentionState.LATER:
            return ((button("resume", Verb.RESUME),),)
        case MentionState.LICIT:
            return ((button("draft_reply", Verb.DRAFT_REPLY), undo),)
        case MentionState.ILLICIT if case is not None:
            return ((Button("open_case", Action(Verb.OPEN_CASE, case.id)), undo),)
        case _:
            return ((undo,),)


async def _draft(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    draft = await tx.get(Draft, display.subject_id)
    mention = await tx.get(Mention, draft.mention_id) if draft else None
    if draft is None or mention is None:
        return None
    _, person = await _home(tx, mention)
    return await draft_card(ports, tx, display, mention, person)


async def _case(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    case = await tx.get(Case, display.subject_id)
    return None if case is None else await case_card(ports, tx, case)


async def case_card(ports: Ports, tx: Transaction, case: Case) -> Message:
    """A case: its mention, its dates, and the next steps."""
    mention = await tx.get(Mention, case.mention_id)
    if mention is None:
        raise LookupError(f"case {case.id} lost its mention")
    practice, person = await _home(tx, mention)
    now = ports.clock.now()
    dated = await dated_rules(ports, tx, case, digest.local_day(practice, now))
    events = await tx.find(CaseEvent, eq("case_id", case.id))
    members = await tx.find(Member, among("id", {event.member_id for event in events}))
    return Message(
        "case",
        {
            "case": case,
            "mention": mention,
            "practice": practice,
            "person": person,
            "excerpt": _excerpt(mention),
            "deadlines": dated,
            "events": events[-_EVENTS:],
            "earlier": max(0, len(events) - _EVENTS),
            "members": {member.id: member.name for member in members},
        },
        rows=_case_buttons(case, dated),
        silent=True,
    )


async def dated_rules(ports: Ports, tx: Transaction, case: Case, today: date) -> list[DatedRule]:
    """A case's deadlines, the nearest first, each with the calculation behind it."""
    stored = await tx.find(CaseDeadline, eq("case_id", case.id), order="bites_on")
    return [dated_rule(ports, each, today) for each in stored]


def dated_rule(ports: Ports, stored: CaseDeadline, today: date) -> DatedRule:
    """A stored deadline with the rule in force when it started, computed again."""
    rule = ports.law.rule(stored.rule, stored.starts_on)
    computed = deadlines.compute(rule, stored.starts_on, stored.territory)
    return DatedRule(stored, rule, computed, (stored.bites_on - today).days)


_STEP_BUTTONS = {
    Step.SEND_ONLINE: ("send_online", Verb.MARK_SENT_ONLINE),
    Step.SEND_BY_POST: ("send_by_post", Verb.MARK_SENT_BY_POST),
    Step.ACKNOWLEDGE_RECEIPT: ("acknowledge_receipt", Verb.MARK_RECEIVED),
    Step.RECORD_ANSWER: ("record_answer", Verb.MARK_ANSWERED),
    Step.CLOSE: ("close_case", Verb.CLOSE_CASE),
    Step.REOPEN: ("reopen_case", Verb.REOPEN_CASE),
}


def _case_buttons(case: Case, dated: Sequence[DatedRule]) -> tuple[tuple[Button, ...], ...]:
    steps = [
        Button(_STEP_BUTTONS[step][0], Action(_STEP_BUTTONS[step][1], case.id))
        for step in steps_from(case.status)
    ]
    if case.status is CaseStatus.CLOSED:
        return (tuple(steps),)
    done = [
        Button(f"done_{each.rule.id.name.lower()}", Action(Verb.COMPLETE_DEADLINE, each.stored.id))
        for each in dated
        if each.stored.done_at is None and each.is_ours and not each.is_barred
    ]
    back = [
        Button(f"resume_{each.rule.id.name.lower()}", Action(Verb.RESUME_DEADLINE, each.stored.id))
        for each in dated
        if each.stored.done_at is not None and each.is_ours
    ]
    why = Button("explain", Action(Verb.EXPLAIN_CASE, case.id))
    rows = (tuple(done), tuple(back), tuple(steps[:-1]), (why, steps[-1]))
    return tuple(row for row in rows if row)


async def _reminder(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    reminder = await tx.get(Reminder, display.subject_id)
    stored = await tx.get(CaseDeadline, reminder.deadline_id) if reminder else None
    case = await tx.get(Case, stored.case_id) if stored else None
    mention = await tx.get(Mention, case.mention_id) if case else None
    if reminder is None or stored is None or case is None or mention is None:
        return None
    practice, person = await _home(tx, mention)
    now = ports.clock.now()
    dated = dated_rule(ports, stored, digest.local_day(practice, now))
    is_over = stored.done_at is not None or case.status is CaseStatus.CLOSED
    weight = ringing.weight_of_date(dated.days_left, is_over=is_over)
    return Message(
        "reminder",
        {
            "reminder": reminder,
            "case": case,
            "mention": mention,
            "person": person,
            "practice": practice,
            "dated": dated,
            "is_over": is_over,
        },
        rows=() if is_over else _reminder_buttons(reminder, stored, case),
        stands_out=True,
        silent=not ringing.rings(weight, practice, now),
    )


def _reminder_buttons(
    reminder: Reminder, stored: CaseDeadline, case: Case
) -> tuple[tuple[Button, ...], ...]:
    if reminder.is_choosing:
        choices = [
            Button(f"snooze_{days}", Action(Verb.SNOOZE_DEADLINE, reminder.id, days))
            for days in ("1", "3", "7")
        ]
        back = Button("back", Action(Verb.SNOOZE_DEADLINE, reminder.id, "back"))
        return (tuple(choices), (back,))
    return (
        (
            Button("done", Action(Verb.COMPLETE_DEADLINE, stored.id), style=ButtonStyle.PRIMARY),
            Button("snooze", Action(Verb.SNOOZE_DEADLINE, reminder.id)),
        ),
        (
            Button("explain_one", Action(Verb.EXPLAIN_DEADLINE, stored.id)),
            Button("open_case", Action(Verb.OPEN_CASE, case.id)),
        ),
    )


async def _page(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    from bot.usecases import show_home  # noqa: PLC0415 - it is made of what is here

    return await show_home.page(ports, tx, display)


async def _answer(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """Nothing: an answer is said once, by who gave it."""
    return None


async def _home(tx: Transaction, mention: Mention) -> tuple[Practice, Practitioner]:
    practice = await tx.get(Practice, mention.practice_id)
    person = await tx.get(Practitioner, mention.practitioner_id)
    if practice is None or person is None:
        raise LookupError(f"mention {mention.id} lost its practice or its practitioner")
    return practice, person


Presenter = Callable[[Ports, Transaction, Display], Awaitable[Message | None]]
_PRESENTERS: dict[Subject, Presenter] = {
    Subject.MENTION: _mention,
    Subject.RECALL: _recall,
    Subject.DIGEST: digest_card,
    Subject.REST: rest_card,
    Subject.HOME: _page,
    Subject.DRAFT: _draft,
    Subject.CASE: _case,
    Subject.REMINDER: _reminder,
    Subject.ANSWER: _answer,
}
