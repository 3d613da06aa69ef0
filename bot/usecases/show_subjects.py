"""What a display shows now: its subject's state, as a Message."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core import deadlines, digest, health, ringing, text, urls
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus, Reminder, Step, steps_from
from bot.core.deadlines import Deadline
from bot.core.digest import CARDS_AT_ONCE, Digest, DigestItem, DigestKind
from bot.core.forms import FormName
from bot.core.law import Rule, Side
from bot.core.letters import Draft, DraftState
from bot.core.mentions import (
    Mention,
    MentionState,
    Note,
    Recall,
    RecallKind,
    Revision,
    Source,
    SourceState,
    Taught,
    holds,
    is_open,
)
from bot.core.messages import Button, ButtonStyle, Menu, Message
from bot.core.names import Zone
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Frequency, Member, Practice, Practitioner
from bot.ports import Ports, Transaction, among, eq, gt, null
from bot.usecases.fill_outbox import home_of

RINGS_WITHIN = 1
"""Days before a deadline from which its reminders make a sound."""
_EXCERPT_CHARACTERS = 400
_TITLE_CHARACTERS = 200
_TOP = 3
"""Publications a digest names itself, where its cards stand in a thread."""
_EVENTS = 12
"""Lines of its journal a case shows."""
_DECISION_LABELS = {
    MentionState.LICIT: "classify_licit",
    MentionState.ILLICIT: "classify_illicit",
    MentionState.IGNORED: "classify_ignored",
    MentionState.NAMESAKE: "is_not_me",
}


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


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source and how it is doing, as templates read it."""

    source: Source
    is_well: bool
    weekly: float
    """Items in a week."""

    @classmethod
    def of(cls, source: Source, now: datetime) -> "SourceLine":
        """How a source is doing now."""
        return cls(source, health.is_well(source, now), health.items_a_week(source, now))


async def present(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """The message a display shows now; nothing when its subject is gone."""
    return await _PRESENTERS[display.subject](ports, tx, display)


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
    rings = recall.kind is RecallKind.ESCALATED
    return replace(card, values=dict(card.values) | told, silent=not rings, stands_out=True)


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


async def _digest(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    made = await tx.get(Digest, display.subject_id)
    if made is None:
        return None
    practice = await tx.get(Practice, made.practice_id)
    if practice is None:
        return None
    channel = await tx.get(Channel, display.channel_id)
    items = await tx.find(DigestItem, eq("digest_id", made.id), order="place")
    mentions = await tx.find(Mention, among("id", [item.mention_id for item in items]))
    apart = {item.mention_id for item in items if item.is_folded}
    folded = [each for each in mentions if each.id in apart and is_open(each)]
    listed = [each for each in mentions if each.id not in apart]
    done = sum(mention.state in _DECISION_LABELS for mention in listed)
    backlog = await tx.find(
        Mention,
        eq("practice_id", made.practice_id),
        eq("state", MentionState.BACKLOG),
        limit=CARDS_AT_ONCE,
    )
    backlog_count = await tx.count(
        Mention, eq("practice_id", made.practice_id), eq("state", MentionState.BACKLOG)
    )
    waiting = await tx.count(
        Mention, eq("practice_id", made.practice_id), eq("state", MentionState.NEW)
    )
    sources = await tx.find(
        Source, eq("practice_id", made.practice_id), eq("is_removed", False), null("paused_at")
    )
    people = await tx.find(Practitioner, eq("practice_id", made.practice_id))
    lines = [SourceLine.of(source, ports.clock.now()) for source in sources]
    still = sum(mention.state is MentionState.NEW for mention in listed)
    is_threaded = _has_thread(ports, channel)
    top = [each for each in listed if is_threaded and is_open(each)]
    now = ports.clock.now()
    is_pressing = any(each.is_urgent and is_open(each) for each in listed)
    is_noisy = ringing.rings(practice, now, is_pressing=False, is_header=True)
    return Message(
        "digest",
        {
            "digest": made,
            "practice": practice,
            "total": len(listed),
            "folded": len(folded),
            "done": done,
            "waiting": max(0, waiting - still),
            "backlog": backlog,
            "backlog_count": backlog_count,
            "people": {person.id: person for person in people},
            "sources": len(sources),
            "failing": sum(not line.is_well for line in lines),
            "news": [line for line in lines if _is_told(line, made)],
            "top": top[:_TOP],
            "is_threaded": is_threaded,
            "week": await _week(tx, practice, now) if _is_weekly(made, practice) else None,
            "urgent": sum(each.is_urgent and is_open(each) for each in listed),
        },
        rows=_digest_rows(made, has_folded=bool(folded), has_backlog=bool(backlog_count)),
        silent=not (is_noisy and made.kind is DigestKind.DAILY) and not is_pressing,
        home=await home_of(tx, channel) if channel else "",
    )


def _has_thread(ports: Ports, channel: Channel | None) -> bool:
    """Whether the cards of a digest stand under it, out of sight until its thread is opened."""
    if channel is None or channel.is_private:
        return False
    chat = ports.chats.get(channel.platform)
    return chat is not None and chat.has_threads


def _digest_rows(
    made: Digest, *, has_folded: bool, has_backlog: bool
) -> tuple[tuple[Button, ...], ...]:
    """What a digest offers beside its cards: what is folded, and what is old."""
    offered = (
        (has_folded, Verb.REVIEW_DOUBTFUL, Verb.DISMISS_DOUBTFUL),
        (has_backlog, Verb.REVIEW_BACKLOG, Verb.DISMISS_BACKLOG),
    )
    return tuple(
        tuple(Button(verb.name.lower(), Action(verb, made.id)) for verb in verbs)
        for is_there, *verbs in offered
        if is_there
    )


def _is_weekly(made: Digest, practice: Practice) -> bool:
    return made.kind is DigestKind.DAILY and practice.frequency is Frequency.WEEKLY


async def _week(tx: Transaction, practice: Practice, now: datetime) -> dict[str, int]:
    """What the last seven days brought, by state."""
    of_it = (eq("practice_id", practice.id), gt("seen_at", now - timedelta(days=7)))
    return {state: await tx.count(Mention, *of_it, eq("state", state)) for state in MentionState}


def _is_told(line: SourceLine, made: Digest) -> bool:
    """Whether a digest names this source: its state has changed, or it was never read yet."""
    is_new = line.source.state is SourceState.OK and not line.is_well
    return is_new or line.source.id in made.source_news


async def _rest(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    made = await tx.get(Digest, display.subject_id)
    remaining = await rest_of(tx, made, display.channel_id) if made else []
    rows = ((Button("show_more", Action(Verb.SHOW_MORE, display.subject_id)),),)
    return Message("rest", {"remaining": len(remaining)}, rows=rows if remaining else ())


async def rest_of(tx: Transaction, made: Digest, channel_id: int) -> list[DigestItem]:
    """The items of a digest not shown in a channel yet, in order; folded ones wait apart.

    A digest for everybody repeats no card a channel had before; one that was asked for does.
    """
    items = await tx.find(
        DigestItem, eq("digest_id", made.id), eq("is_folded", False), order="place"
    )
    of_this = [eq("occasion", occasion(made.id))] if made.kind is DigestKind.ON_DEMAND else []
    shown = await tx.find(
        Display,
        eq("channel_id", channel_id),
        eq("subject", Subject.MENTION),
        among("subject_id", [item.mention_id for item in items]),
        *of_this,
    )
    there = {display.subject_id for display in shown}
    return [item for item in items if item.mention_id not in there]


def occasion(digest_id: int) -> str:
    """Why a mention stands in a channel: this digest brought it."""
    return f"digest:{digest_id}"


async def _draft(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    draft = await tx.get(Draft, display.subject_id)
    mention = await tx.get(Mention, draft.mention_id) if draft else None
    if draft is None or mention is None:
        return None
    practice, person = await _home(tx, mention)
    buttons = [
        Button("copy_draft", Action(Verb.COPY_DRAFT, draft.id), style=ButtonStyle.PRIMARY),
        Button("next_draft", Action(Verb.NEXT_DRAFT, draft.id)),
    ]
    if urls.is_web(mention.url):
        buttons.append(Button("open_site", url=mention.url))
    return Message(
        "draft",
        {
            "draft": draft,
            "is_copied": draft.state is DraftState.COPIED,
            "mention": mention,
            "person": person,
            "reply": ports.wording.reply(draft.template, draft.variant, {"practice": practice}),
        },
        rows=(tuple(buttons),),
    )


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
    today = digest.local_day(practice, ports.clock.now())
    dated = dated_rule(ports, stored, today)
    is_over = stored.done_at is not None or case.status is CaseStatus.CLOSED
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
        silent=dated.days_left > RINGS_WITHIN,
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
    Subject.DIGEST: _digest,
    Subject.REST: _rest,
    Subject.HOME: _page,
    Subject.DRAFT: _draft,
    Subject.CASE: _case,
    Subject.REMINDER: _reminder,
    Subject.ANSWER: _answer,
}
