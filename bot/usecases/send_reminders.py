"""Coming back before a date passes: which reminders are due, and the rows that send them."""

import logging
from dataclasses import replace
from itertools import groupby

from bot.core.cases import CaseDeadline, Reminder
from bot.core.outbox import Subject
from bot.ports import Ports, eq, le, null
from bot.usecases.fill_outbox import live_channels, show

log = logging.getLogger(__name__)


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
        for reminder in fresh:
            is_latest = reminder is latest
            await tx.save(
                replace(reminder, sent_at=now if is_latest else None, is_superseded=not is_latest)
            )
        occasion = f"due:{latest.remind_at:%Y-%m-%d}"  # one put off comes back as a new message
        await show(tx, channels, Subject.REMINDER, latest.id, occasion)
    log.info("reminder", extra={"action": "reminder", "deadline": stored.id})
    return True
