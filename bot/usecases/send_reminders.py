"""Coming back before a date passes: which reminders are due, and the rows that send them."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from bot.core.cases import Case, CaseDeadline, CaseStatus, Reminder
from bot.core.digest import local_day
from bot.core.outbox import Subject
from bot.core.people import Channel, Member, Practice, Role
from bot.ports import Ports, Transaction, among, eq, le, null
from bot.usecases.fill_outbox import live_channels, refresh, show

log = logging.getLogger(__name__)

SOON = 8
"""Days left, or fewer, that a card tells anew each day; until then the date itself is enough."""
_HALF_HOUR = 1800
ESCALATED_WITHIN = 3
"""Days before a date of ours when the holders are told wherever they can be, done or not."""


async def send_due(ports: Ports) -> int:
    """Send each deadline's latest due reminder; older ones missed meanwhile stay silent.

    A reminder of a practice that can be spoken to nowhere stays due. Gives how many were sent.
    """
    async with ports.store.read() as tx:
        due = await tx.find(
            Reminder,
            null("sent_at"),
            eq("is_superseded", False),
            le("remind_at", ports.clock.now()),
            order="remind_at",
        )
    by_deadline = sorted(due, key=lambda each: each.deadline_id)
    sent = 0
    for _, group in groupby(by_deadline, key=lambda each: each.deadline_id):
        try:
            sent += await _send(ports, list(group))
        except Exception:  # the job boundary: the next reminder comes all the same
            log.exception("reminder failed", extra={"action": "reminder_failed"})
    return sent


async def turn_days(ports: Ports, since: datetime) -> None:
    """Have the cards whose days left are few say so anew, where midnight passed since then."""
    now = ports.clock.now()
    if since.timestamp() // _HALF_HOUR == now.timestamp() // _HALF_HOUR:
        return  # nowhere did midnight pass
    async with ports.store.read() as tx:
        practices = [
            each
            for each in await tx.find(Practice)
            if local_day(each, since) != local_day(each, now)
        ]
    for practice in practices:
        soon = local_day(practice, now) + timedelta(days=SOON)
        async with ports.store.write() as tx:
            near = await tx.find(
                CaseDeadline,
                eq("practice_id", practice.id),
                le("bites_on", soon),
                null("done_at"),
                null("withdrawn_at"),
            )
            is_open = eq("status", CaseStatus.OPEN)
            watched = await tx.find(Case, among("id", {each.case_id for each in near}), is_open)
            await refresh(tx, Subject.CASE, *(case.id for case in watched))


async def _send(ports: Ports, due: list[Reminder]) -> bool:
    """One deadline, one transaction."""
    now = ports.clock.now()
    async with ports.store.write() as tx:
        fresh = [
            reminder
            for each in due
            if (reminder := await tx.get(Reminder, each.id)) is not None
            and reminder.sent_at is None
            and not reminder.is_superseded
        ]
        if not fresh:
            return False
        latest = max(fresh, key=lambda each: each.remind_at)
        stored = await tx.get(CaseDeadline, latest.deadline_id)
        channels = await live_channels(tx, latest.practice_id)
        if stored is None or not channels:
            return False
        channels = [*channels, *await _concerned(ports, tx, stored, channels)]
        for reminder in fresh:
            is_latest = reminder is latest
            await tx.save(
                replace(reminder, sent_at=now if is_latest else None, is_superseded=not is_latest)
            )
        occasion = f"due:{latest.remind_at:%Y-%m-%d}"  # one put off comes back as a new message
        await show(tx, channels, Subject.REMINDER, latest.id, occasion)
        await refresh(tx, Subject.CASE, stored.case_id)  # its days left moved too
    log.info("reminder", extra={"action": "reminder", "deadline": stored.id})
    return True


async def _concerned(
    ports: Ports, tx: Transaction, stored: CaseDeadline, told: list[Channel]
) -> list[Channel]:
    """The conversations of who is in charge, and of the holders once the date is near.

    Those too that are otherwise brought nothing unasked: a date is worth it.
    """
    case = await tx.get(Case, stored.case_id)
    members = {case.assignee_id} if case and case.assignee_id else set()
    practice = await tx.get(Practice, stored.practice_id)
    today = local_day(practice, ports.clock.now()) if practice else stored.bites_on
    if (stored.bites_on - today).days <= ESCALATED_WITHIN:
        here = (eq("practice_id", stored.practice_id), eq("role", Role.HOLDER))
        members |= {each.id for each in await tx.find(Member, *here, null("removed_at"))}
    known = {channel.id for channel in told}
    found = await tx.find(Channel, among("member_id", members), eq("problem", ""))
    ours = [each for each in found if each.practice_id == stored.practice_id]
    return [channel for channel in ours if channel.id not in known]
