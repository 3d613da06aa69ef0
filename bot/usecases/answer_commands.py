"""What each command answers; every one of them works without an argument."""

from bot.core import digest
from bot.core.actions import Action
from bot.core.cases import Case, CaseStatus
from bot.core.mentions import Source
from bot.core.messages import Manner, Message
from bot.core.people import COMMAND_RIGHTS, Asker, Member, Practice, may
from bot.ports import Ports, Transaction, eq, ne
from bot.usecases import onboard, send_digest
from bot.usecases.manage_people import watched
from bot.usecases.work_cases import list_open


async def today(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """Show what waits for a decision; nothing to say when it is on its way."""
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        sources = await _sources(tx, asker.member)
    if await send_digest.make_now(ports, practice, asker.channel):
        return None
    return Message("nothing_today", {"practice": practice, "sources": sources})


async def help_(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """What this member can ask, and what is in progress."""
    home = asker.member.practice_id
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        waiting = await send_digest.waiting(tx, practice)
        cases = await tx.count(Case, eq("practice_id", home), ne("status", CaseStatus.CLOSED))
        found = await list_open(tx, [home])
        people = await watched(tx, home)
    day = digest.local_day(practice, ports.clock.now())
    asked = COMMAND_RIGHTS.items()
    return Message(
        "help",
        {
            "practice": practice,
            "member": asker.member,
            "waiting": waiting,
            "cases": cases,
            "nearest": min((each.bites_on for each in found), default=None),
            "today": day,
            "commands": [word.value for word, right in asked if may(asker.member.role, right)],
        },
        rows=() if people else onboard.first_steps(asker.member, is_watching=False),
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
    """Show what waits, from a button."""
    answer = await today(ports, asker, "")
    return answer or Message("toast", {"said": "below"})


async def _practice(tx: Transaction, member: Member) -> Practice:
    practice = await tx.get(Practice, member.practice_id)
    if practice is None:
        raise LookupError(f"member {member.id} lost their practice")
    return practice


async def _sources(tx: Transaction, member: Member) -> list[Source]:
    return await tx.find(
        Source, eq("practice_id", member.practice_id), eq("is_removed", False), limit=200
    )
