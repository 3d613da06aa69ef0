"""What each command answers; every one of them works without an argument."""

from dataclasses import replace

from bot.core import digest
from bot.core.actions import Action, Command
from bot.core.cases import Case, CaseStatus
from bot.core.mentions import Source
from bot.core.messages import Manner, Message
from bot.core.people import COMMAND_RIGHTS, Asker, Member, Right, may
from bot.ports import Ports, Transaction, eq, ne, null
from bot.usecases import onboard, poll_sources, send_digest
from bot.usecases.find_targets import practice_of
from bot.usecases.show_deadlines import list_open

_READ_AT_ONCE = 3
"""Sources read for a digest that is asked for before their first turn."""


async def today(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """Show what waits for a decision; nothing to say when it is on its way."""
    async with ports.store.read() as tx:
        practice = await practice_of(tx, asker.member)
        sources = await _sources(tx, asker.member)
    if await send_digest.make_now(ports, practice, asker.channel):
        return None
    return Message("nothing_today", {"practice": practice, "sources": sources})


async def help_(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """What this member can ask, and what is in progress."""
    home, role = asker.member.practice_id, asker.member.role
    async with ports.store.read() as tx:
        practice = await practice_of(tx, asker.member)
        waiting = await send_digest.waiting(tx, practice)
        cases = await tx.count(Case, eq("practice_id", home), ne("status", CaseStatus.CLOSED))
        found = await list_open(tx, [home])
        step = await onboard.next_step(tx, asker.member)
    today = digest.local_day(practice, ports.clock.now())
    asked = COMMAND_RIGHTS.items()
    return Message(
        "help",
        {
            "practice": practice,
            "may_triage": may(role, Right.TRIAGE),
            "waiting": waiting,
            "cases": cases,
            "soon": [
                sum((each.bites_on - today).days == days for each in found) for days in (0, 1)
            ],
            "nearest": min(
                (each.bites_on for each in found if each.bites_on > today), default=None
            ),
            "commands": [
                word.value
                for word, right in asked
                if may(role, right) and word is not Command.START
            ],
        },
        rows=((step,),) if step else (),
    )


async def privacy(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """What is kept, where, and what never is."""
    return Message("privacy")


async def never_mind(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a question away: nothing is done."""
    return Message("toast", {"said": "never_mind"}, manner=Manner.REPLACE)


async def hello(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """A bare /start from somebody already in."""
    return await onboard.welcome(ports, asker.member, is_new_channel=False)


async def digest_now(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show what waits, from a button; a source nobody read yet is read at once."""
    async with ports.store.read() as tx:
        mine = (eq("practice_id", asker.member.practice_id), eq("is_removed", False))
        unread = await tx.find(
            Source, *mine, null("polled_at"), null("paused_at"), limit=_READ_AT_ONCE
        )
    if unread:
        await poll_sources.poll(ports, unread)
    answer = await today(ports, asker, "")
    if answer is None:
        return Message("toast", {"said": "digest_below"})
    return replace(answer, manner=Manner.REPLY)


async def _sources(tx: Transaction, member: Member) -> list[Source]:
    return await tx.find(
        Source, eq("practice_id", member.practice_id), eq("is_removed", False), limit=200
    )
