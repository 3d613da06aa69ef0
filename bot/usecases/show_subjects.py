"""What a display shows now: its subject's state, as a Message."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.core import ringing, text
from bot.core.actions import Action, Verb
from bot.core.cases import Case
from bot.core.forms import FormName
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
from bot.usecases.show_cases import case_card, remedy_card
from bot.usecases.show_deadlines import reminder_card
from bot.usecases.show_digests import digest_card, rest_card
from bot.usecases.show_drafts import draft_card, reply_line
from bot.usecases.show_letters import letter_card

_EXCERPT_CHARACTERS = 400
_TITLE_CHARACTERS = 200


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
    return None if case is None else await case_card(ports, tx, case, display)


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
    Subject.REMEDY: remedy_card,
    Subject.LETTER: letter_card,
    Subject.REMINDER: reminder_card,
    Subject.ANSWER: _answer,
}
