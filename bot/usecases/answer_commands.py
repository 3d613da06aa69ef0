"""What each command answers; every one of them works without an argument."""

from bot.core import digest
from bot.core.actions import Action, Command, Verb
from bot.core.cases import Case, CaseStatus
from bot.core.mentions import Mention, Source
from bot.core.messages import Button, Manner, Message
from bot.core.people import Asker, Member, Practice, Practitioner
from bot.ports import Ports, Transaction, among, eq, ne
from bot.usecases import send_digest
from bot.usecases.show_subjects import dated_rule
from bot.usecases.work_cases import list_open

_BUTTONS_IN_A_LIST = 8


async def today(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """Show what waits for a decision; nothing to say when it is on its way."""
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        sources = await _sources(tx, asker.member)
    if await send_digest.make_now(ports, practice, asker.channel):
        return None
    return Message("nothing_today", {"practice": practice, "sources": sources})


async def cases(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """The open cases, the oldest first."""
    async with ports.store.read() as tx:
        found = await tx.find(
            Case,
            eq("practice_id", asker.member.practice_id),
            ne("status", CaseStatus.CLOSED),
            limit=50,
        )
        mentions = await tx.find(Mention, among("id", [case.mention_id for case in found]))
        people = await tx.find(Practitioner, eq("practice_id", asker.member.practice_id))
        practice = await _practice(tx, asker.member)
    return Message(
        "cases",
        {
            "cases": found,
            "mentions": {mention.id: mention for mention in mentions},
            "people": {person.id: person for person in people},
            "practice": practice,
        },
        rows=_case_rows([case.id for case in found]),
    )


async def deadlines(ports: Ports, asker: Asker, argument: str) -> Message | None:
    """The open deadlines, the nearest first."""
    async with ports.store.read() as tx:
        practice = await _practice(tx, asker.member)
        day = digest.local_day(practice, ports.clock.now())
        found = await list_open(tx, [asker.member.practice_id])
    dated = [dated_rule(ports, each, day) for each in found]
    return Message(
        "deadlines",
        {"deadlines": dated, "today": day},
        rows=_case_rows(list(dict.fromkeys(each.case_id for each in found))),
    )


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


def _case_rows(identifiers: list[int]) -> tuple[tuple[Button, ...], ...]:
    buttons = [
        Button("open_case", Action(Verb.OPEN_CASE, each), detail=str(each))
        for each in identifiers[:_BUTTONS_IN_A_LIST]
    ]
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))


async def _practice(tx: Transaction, member: Member) -> Practice:
    practice = await tx.get(Practice, member.practice_id)
    if practice is None:
        raise LookupError(f"member {member.id} lost their practice")
    return practice


async def _sources(tx: Transaction, member: Member) -> list[Source]:
    return await tx.find(
        Source, eq("practice_id", member.practice_id), eq("is_removed", False), limit=200
    )
