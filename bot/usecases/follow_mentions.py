"""Between the first look and the decision: put off, given in charge, noted, and shown again."""

import logging
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core import digest, mentions
from bot.core.actions import Action
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import (
    Mention,
    MentionId,
    MentionState,
    Note,
    Recall,
    RecallKind,
    TriageEvent,
    TriageKind,
)
from bot.core.messages import Message, Typed
from bot.core.names import Zone
from bot.core.outbox import Display, Subject
from bot.core.people import (
    Asker,
    Channel,
    Member,
    MemberId,
    Practice,
    PracticeId,
    Right,
    Role,
    may,
)
from bot.ports import Ports, Transaction, among, eq, le, null
from bot.usecases.fill_outbox import live_channels, refresh_mention, show
from bot.usecases.find_targets import find_target
from bot.usecases.triage_mentions import named

log = logging.getLogger(__name__)

EVENING, MORNING = time(19), time(7, 30)
NUDGED_AFTER = timedelta(hours=24)
"""How long a member in charge may leave a mention untouched before being reminded."""
LONGEST_NOTE = 1000
_WORDS = Field("words", FieldKind.TEXT, longest=LONGEST_NOTE, is_free=True)
_LAST_EVENING = time(18, 30)
"""Too late to say "this evening"."""
_NOBODY = "nobody"


async def later_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Until when.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    mention = await find_target(tx, Mention, target)
    local = ports.clock.now().astimezone(await _zone(tx, mention))
    names = ["tomorrow", "monday", "day"]
    if local.time() < _LAST_EVENING:
        names.insert(0, "evening")
    fields = (
        Field("when", FieldKind.CHOICE, choices=tuple(Choice(name) for name in names)),
        Field("day", FieldKind.DAY, only_if=("when", "day")),
    )
    return Form(FormName.LATER, target, fields)


async def put_off(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Put a mention off: it comes back by itself.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_DECIDED.
        Invalid: the day is today.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, form.target)
        zone = await _zone(tx, mention)
        until = _moment(answers, now, zone)
        if until <= now:
            raise Invalid({"day": Refusal(RefusalCode.DAY_PAST)})
        try:
            later = mentions.snooze(mention, until)
        except Refusal as refusal:
            raise await named(tx, mention, refusal) from None
        await tx.save(later)
        await _forget(tx, mention.id, RecallKind.WAKE)
        await tx.add(Recall(later.practice_id, later.id, RecallKind.WAKE, until))
        await _note(tx, later, asker, TriageKind.SNOOZED, ports, until.isoformat())
        await refresh_mention(tx, later.id)
    return Message("toast", {"said": "put_off", "until": until, "timezone": zone.key})


async def resume(ports: Ports, asker: Asker, action: Action) -> Message:
    """Bring a mention that was put off back at once.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_DECIDED.
    """
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        try:
            awake = mentions.wake(mention)
        except Refusal as refusal:
            raise await named(tx, mention, refusal) from None
        if awake is not mention:
            await tx.save(awake)
            await _forget(tx, mention.id, RecallKind.WAKE)
            await _note(tx, awake, asker, TriageKind.WOKEN, ports)
            await refresh_mention(tx, mention.id)
    return Message("toast", {"said": "woken"})


async def assign_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Who takes charge of it: a member who may decide, or nobody.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    mention = await find_target(tx, Mention, target)
    members = await tx.find(
        Member, eq("practice_id", mention.practice_id), null("removed_at"), order="id"
    )
    able = [member for member in members if may(member.role, Right.TRIAGE)]
    choices = [Choice(str(member.id), member.name) for member in able]
    if mention.assignee_id is not None:
        choices.append(Choice(_NOBODY))
    field = Field("member", FieldKind.CHOICE, choices=tuple(choices))
    return Form(FormName.ASSIGN, target, (field,))


async def assign(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Give a mention in charge, and tell who is; giving it twice to the same tells once.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    chosen = answers["member"]
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, form.target)
        member = None if chosen == _NOBODY else await tx.get(Member, int(chosen))
        name = member.name if member else ""
        assigned = mentions.assign(mention, member.id if member else None)
        if assigned != mention:
            await tx.save(assigned)
            await _forget(tx, mention.id, RecallKind.NUDGE)
            await _note(tx, assigned, asker, TriageKind.ASSIGNED, ports, name)
            await _tell_assignee(tx, assigned, asker, ports.clock.now())
            await refresh_mention(tx, mention.id)
    return Message("toast", {"said": "assigned", "name": name})


async def _tell_assignee(tx: Transaction, mention: Mention, asker: Asker, now: datetime) -> None:
    """Tell who is in charge, now unless they took it themselves, and once more in a day."""
    if mention.assignee_id is None:
        return
    nudge = Recall(mention.practice_id, mention.id, RecallKind.NUDGE, now + NUDGED_AFTER)
    nudge = await tx.add(replace(nudge, member_id=mention.assignee_id))
    if mention.assignee_id != asker.member.id:
        told = replace(nudge, kind=RecallKind.ASSIGNED, due_at=now, is_done=True)
        await _show(tx, await tx.add(replace(told, id=0)))


async def note_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What the others should know.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    await find_target(tx, Mention, target)
    return Form(FormName.NOTE, target, (_WORDS,))


async def note(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep a note on a mention.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, form.target)
        note = Note(mention.id, ports.clock.now(), asker.member.id, answers["words"])
        note = await tx.add(note)
        await _note(tx, mention, asker, TriageKind.NOTED, ports)
        await refresh_mention(tx, mention.id)
    typed = Typed(note.words, f"note-{note.id}")
    return Message("toast", {"said": "noted"}, typed=typed)


async def recall_due(ports: Ports) -> None:
    """Show again what is due to be; one mention's trouble is its own."""
    now = ports.clock.now()
    async with ports.store.read() as tx:
        due = await tx.find(Recall, eq("is_done", False), le("due_at", now), order="due_at")
        late = await _late(tx, now)
    for each in due:
        await _alone(_recall(ports, each))
    for mention in late:
        await _alone(_escalate(ports, mention))


async def _alone(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # the job boundary: the next one comes all the same
        log.exception("recall failed", extra={"action": "recall_failed"})


async def _recall(ports: Ports, due: Recall) -> None:
    """One mention shown again, once, if there is still a reason and anybody can be told."""
    async with ports.store.write() as tx:
        recall = await tx.get(Recall, due.id)
        mention = await tx.get(Mention, due.mention_id)
        if recall is None or mention is None or recall.is_done:
            return
        if mentions.is_due(recall, mention, ports.clock.now()) and await _is_there(tx, recall):
            if not await live_channels(tx, mention.practice_id):
                return  # it stays due until somebody can be told
            if recall.kind is RecallKind.WAKE:
                await tx.save(mentions.wake(mention))
                await refresh_mention(tx, mention.id)
            await _show(tx, recall)
        await tx.save(replace(recall, is_done=True))


async def _is_there(tx: Transaction, recall: Recall) -> bool:
    """Whether whom it is for is still of the practice."""
    member = await tx.get(Member, recall.member_id) if recall.member_id else None
    return member is None or member.removed_at is None


async def _late(tx: Transaction, now: datetime) -> list[Mention]:
    """The urgent mentions nobody touched for longer than their practice bears.

    One that may be about somebody else rings for nobody.
    """
    urgent = await tx.find(
        Mention,
        eq("is_urgent", True),
        eq("state", MentionState.NEW),
        eq("zone", Zone.SURE),
        null("escalated_at"),
    )
    late = []
    for mention in urgent:
        practice = await tx.get(Practice, mention.practice_id)
        patience = timedelta(hours=practice.escalate_after_hours if practice else 0)
        if await _untouched_since(tx, mention, now) + patience <= now:
            late.append(mention)
    return late


async def _untouched_since(tx: Transaction, mention: Mention, now: datetime) -> datetime:
    """When somebody last did anything about a mention, or it came, changed or came back."""
    of_it = eq("mention_id", mention.id)
    touched = await tx.find(TriageEvent, of_it, order="-id", limit=1)
    back = await tx.find(
        Recall, of_it, eq("kind", RecallKind.WAKE), le("due_at", now), order="-due_at", limit=1
    )
    moments = [mention.seen_at, *(each.at for each in touched), *(each.due_at for each in back)]
    return max([*moments, mention.revised_at or mention.seen_at])


async def _escalate(ports: Ports, late: Mention) -> None:
    """Tell the holders, once, of an urgent mention nobody touched."""
    now = ports.clock.now()
    async with ports.store.write() as tx:
        mention = await tx.get(Mention, late.id)
        if mention is None or mention.escalated_at or mention.state is not MentionState.NEW:
            return
        if not await live_channels(tx, mention.practice_id):
            return
        await tx.save(replace(mention, escalated_at=now))
        recall = Recall(mention.practice_id, mention.id, RecallKind.ESCALATED, now, is_done=True)
        await _show(tx, await tx.add(recall))


async def _show(tx: Transaction, recall: Recall) -> None:
    """Show a recall to those it is for where they are alone, or else where everybody is.

    What comes back to everybody, or may harm, is never left untold for want of such a place; who
    is in charge of a mention is nothing to tell another member alone.
    """
    live = await live_channels(tx, recall.practice_id)
    shared = [each for each in live if not each.is_private]
    if recall.kind is RecallKind.WAKE:
        places = await _where_it_stood(tx, recall.mention_id, live) or shared or live
    elif recall.kind is RecallKind.ESCALATED:
        places = _alone_with(await _holders(tx, recall.practice_id), live) or shared or live
    else:
        places = _alone_with({recall.member_id}, live) or shared
    await show(tx, places, Subject.RECALL, recall.id, recall.kind.value)


def _alone_with(members: set[MemberId | None], channels: list[Channel]) -> list[Channel]:
    return [each for each in channels if each.member_id and each.member_id in members]


async def _holders(tx: Transaction, practice: PracticeId) -> set[MemberId | None]:
    found = await tx.find(
        Member, eq("practice_id", practice), eq("role", Role.HOLDER), null("removed_at")
    )
    return {holder.id for holder in found}


async def _where_it_stood(
    tx: Transaction, mention: MentionId, channels: list[Channel]
) -> list[Channel]:
    """The channels that have its card, or had it again."""
    recalls = await tx.find(Recall, eq("mention_id", mention))
    there: set[int] = set()
    for subject, identifiers in (
        (Subject.MENTION, [mention]),
        (Subject.RECALL, [recall.id for recall in recalls]),
    ):
        displays = await tx.find(Display, eq("subject", subject), among("subject_id", identifiers))
        there |= {display.channel_id for display in displays}
    return [channel for channel in channels if channel.id in there]


def _moment(answers: Mapping[str, str], now: datetime, zone: ZoneInfo) -> datetime:
    """When it comes back: this evening, or in the morning of a day."""
    today = now.astimezone(zone).date()
    if answers["when"] == "evening":
        return digest.local_moment(today, EVENING, zone)
    days = {"tomorrow": today + timedelta(days=1), "monday": _next_monday(today)}
    day = days.get(answers["when"]) or date.fromisoformat(answers["day"])
    return digest.local_moment(day, MORNING, zone)


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


async def _forget(tx: Transaction, mention: MentionId, kind: RecallKind) -> None:
    """What was to be shown again is not any more."""
    for recall in await tx.find(
        Recall, eq("mention_id", mention), eq("kind", kind), eq("is_done", False)
    ):
        await tx.remove(recall)


async def _note(
    tx: Transaction, mention: Mention, asker: Asker, kind: TriageKind, ports: Ports, said: str = ""
) -> None:
    now = ports.clock.now()
    await tx.add(TriageEvent(mention.id, now, asker.member.id, kind, mention.state, said))


async def _zone(tx: Transaction, mention: Mention) -> ZoneInfo:
    practice = await tx.get(Practice, mention.practice_id)
    if practice is None:
        raise LookupError(f"mention {mention.id} lost its practice")
    return ZoneInfo(practice.timezone)
