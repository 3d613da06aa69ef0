"""What each command answers; every one of them works without an argument."""

from bot.core.actions import Action, Command
from bot.core.mentions import Source
from bot.core.messages import Manner, Message
from bot.core.people import Asker, Member, Practice, Practitioner
from bot.ports import Ports, Transaction, eq
from bot.usecases import send_digest

_BUTTONS_IN_A_LIST = 8


async def today(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """Show what waits for a decision; nothing to say when it is on its way."""
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        sources = await _sources(tx, asker.member)
    if await send_digest.make_now(ports, practice, asker.channel):
        return None
    return Message("nothing_today", {"practice": practice, "sources": sources})


async def help_(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """What can be asked."""
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        waiting = await send_digest.waiting(tx, practice)
    return Message(
        "help",
        {
            "practice": practice,
            "member": asker.member,
            "waiting": waiting,
            "commands": [command.value for command in Command if command is not Command.START],
        },
    )


async def privacy(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """What is kept, where, and what never is."""
    return Message("privacy")


async def never_mind(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a question away: nothing is done."""
    return Message("toast", {"said": "never_mind"}, manner=Manner.REPLACE)


async def hello(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """A bare /start from somebody already in."""
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        people = await tx.find(Practitioner, eq("practice_id", practice.id))
    values = {
        "member": asker.member,
        "practice": practice,
        "people": people,
        "is_new_channel": False,
    }
    return Message("welcome", values)


async def _practice(tx: Transaction, member: Member) -> Practice:
    practice = await tx.get(Practice, member.practice_id)
    if practice is None:
        raise LookupError(f"member {member.id} lost their practice")
    return practice


async def _sources(tx: Transaction, member: Member) -> list[Source]:
    return await tx.find(
        Source, eq("practice_id", member.practice_id), eq("is_removed", False), limit=200
    )
