"""Between the first look and the decision: put off, given in charge, noted, and shown again."""

import logging
from collections.abc import Iterable, Mapping
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
from bot.core.messages import Message
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Channel, Member, MemberId, Practice, Right, Role, may
from bot.ports import Ports, Transaction, among, eq, le, null
from bot.usecases.fill_outbox import live_channels, refresh_mention, show

log = logging.getLogger(__name__)

EVENING, MORNING = time(19), time(7, 30)
NUDGED_AFTER = timedelta(hours=24)
"""How long a member in charge may leave a mention untouched before being reminded."""
LONGEST_NOTE = 1000
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
    mention = await _mention(tx, target)
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
        mention = await _mention(tx, form.target)
        zone = await _zone(tx, mention)
        until = _moment(answers, now, zone)
        if until <= now:
            raise Invalid({"day": Refusal(RefusalCode.DAY_PAST)})
        later = mentions.snooze(mention, until)
        await tx.save(later)
        await _forget(tx, mention.id, RecallKind.WAKE)
        await tx.add(Recall(later.practice_id, later.id, RecallKind.WAKE, until))
        await _note(tx, later, asker, TriageKind.SNOOZED, ports, until.isoformat())
        await refresh_mention(tx, later.id)
    return Message("toast", {"said": "put_off", "until": until, "timezone": zone.key})


async def resume(ports: Ports, asker: Asker, action: Action) -> Message:
    """Bring a mention that was put off back at once.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        mention = await _mention(tx, action.target)
        awake = mentions.wake(mention)
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
    mention = await _mention(tx, target)
    members = await tx.find(
        Member, eq("practice_id", mention.practice_id), null("removed_at"), order="name"
    )
    able = [member for member in members if may(member.role, Right.TRIAGE)]
    choices = [Choice(str(member.id), member.name) for member in able]
    if mention.assignee_id is not None:
        choices.append(Choice(_NOBODY))
    field = Field("member", FieldKind.CHOICE, choices=tuple(choices))
    return Form(FormName.ASSIGN, target, (field,))


async def assign(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Give a mention in charge, and tell who is.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    now = ports.clock.now()
    chosen = answers["member"]
    async with ports.store.write() as tx:
        mention = await _mention(tx, form.target)
        member = None if chosen == _NOBODY else await tx.get(Member, int(chosen))
        assigned = mentions.assign(mention, member.id if member else None)
        await tx.save(assigned)
        await _forget(tx, mention.id, RecallKind.NUDGE)
        name = member.name if member else ""
        await _note(tx, assigned, asker, TriageKind.ASSIGNED, ports, name)
        if member is not None:
            recall = Recall(mention.practice_id, mention.id, RecallKind.NUDGE, now + NUDGED_AFTER)
            await tx.add(replace(recall, member_id=member.id))
            if member.id != asker.member.id:
                told = replace(recall, kind=RecallKind.ASSIGNED, due_at=now, member_id=member.id)
                await _show(tx, await tx.add(replace(told, is_done=True)), assigned)
        await refresh_mention(tx, mention.id)
    return Message("toast", {"said": "assigned", "name": name})


async def note_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What the others should know.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    await _mention(tx, target)
    return Form(FormName.NOTE, target, (Field("words", FieldKind.TEXT, longest=LONGEST_NOTE),))


async def note(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep a note on a mention.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        mention = await _mention(tx, form.target)
        await tx.add(Note(mention.id, ports.clock.now(), asker.member.id, answers["words"]))
        await _note(tx, mention, asker, TriageKind.NOTED, ports)
        await refresh_mention(tx, mention.id)
    return Message("toast", {"said": "noted"})


async def recall_due(ports: Ports) -> None:
    """Show again what is due to be; one mention's trouble is its own."""
    now = ports.clock.now()
    async with ports.store.read() as tx:
        due = await tx.find(Recall, eq("is_done", False), le("due_at", now), order="due_at")
        urgent = await tx.find(
            Mention,
            eq("is_urgent", True),
            eq("state", MentionState.NEW),
            null("escalated_at"),
        )
        homes = await tx.find(Practice, among("id", {each.practice_id for each in urgent}))
    patience = {home.id: timedelta(hours=home.escalate_after_hours) for home in homes}
    late = [each for each in urgent if each.seen_at + patience[each.practice_id] <= now]
    for work in [_recall(ports, each) for each in due] + [_escalate(ports, each) for each in late]:
        try:
            await work
        except Exception:  # the job boundary: the next one comes all the same
            log.exception("recall failed", extra={"action": "recall_failed"})


async def _recall(ports: Ports, due: Recall) -> None:
    """One mention shown again, once, if it still waits and anybody can be told."""
    async with ports.store.write() as tx:
        recall = await tx.get(Recall, due.id)
        mention = await tx.get(Mention, due.mention_id)
        if recall is None or recall.is_done or mention is None:
            return
        is_charge = recall.kind is not RecallKind.NUDGE or mention.assignee_id == recall.member_id
        if mentions.is_open(mention) and is_charge:
            if not await live_channels(tx, mention.practice_id):
                return  # it stays due until somebody can be told
            awake = mentions.wake(mention) if recall.kind is RecallKind.WAKE else mention
            await tx.save(awake)
            await refresh_mention(tx, mention.id)
            await _show(tx, recall, awake)
        await tx.save(replace(recall, is_done=True))


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
        holders = await tx.find(
            Member,
            eq("practice_id", mention.practice_id),
            eq("role", Role.HOLDER),
            null("removed_at"),
        )
        recall = await tx.add(
            Recall(mention.practice_id, mention.id, RecallKind.ESCALATED, now, is_done=True)
        )
        await _show(tx, recall, mention, {holder.id for holder in holders})


async def _show(
    tx: Transaction, recall: Recall, mention: Mention, members: Iterable[MemberId] = ()
) -> None:
    """Show a recall to those it is for where they are alone, or else where everybody is."""
    wanted = set(members) | ({recall.member_id} if recall.member_id else set())
    channels = await live_channels(tx, mention.practice_id)
    alone = [each for each in channels if each.member_id in wanted and each.member_id]
    shared = [each for each in channels if not each.is_private]
    if recall.kind is RecallKind.WAKE:
        alone = await _where_it_stood(tx, mention, channels)
    await show(tx, alone or shared or channels, Subject.RECALL, recall.id, recall.kind.value)


async def _where_it_stood(
    tx: Transaction, mention: Mention, channels: list[Channel]
) -> list[Channel]:
    displays = await tx.find(Display, eq("subject", Subject.MENTION), eq("subject_id", mention.id))
    there = {display.channel_id for display in displays}
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
    """What was due is no more."""
    for recall in await tx.find(
        Recall, eq("mention_id", mention), eq("kind", kind), eq("is_done", False)
    ):
        await tx.save(replace(recall, is_done=True))


async def _note(
    tx: Transaction, mention: Mention, asker: Asker, kind: TriageKind, ports: Ports, said: str = ""
) -> None:
    now = ports.clock.now()
    await tx.add(TriageEvent(mention.id, now, asker.member.id, kind, mention.state, said))


async def _mention(tx: Transaction, target: int) -> Mention:
    mention = await tx.get(Mention, target)
    if mention is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return mention


async def _zone(tx: Transaction, mention: Mention) -> ZoneInfo:
    practice = await tx.get(Practice, mention.practice_id)
    if practice is None:
        raise LookupError(f"mention {mention.id} lost its practice")
    return ZoneInfo(practice.timezone)
