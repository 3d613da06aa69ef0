"""What the tests of cases begin with: one opened, a remedy taken up, the dates that still wait."""

from datetime import UTC, datetime

from bot.core.cases import Case, CaseDeadline
from bot.core.law import RuleId
from bot.core.people import MemberId
from bot.core.remedies import Remedy, RemedyKind
from bot.ports import null
from tests.fakes import Shown
from tests.world import MONDAY_NOON, World, an_entry

PUBLISHED = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)


async def a_case(world: World, **changes: object) -> Shown:
    """Have a mention published on 11 November classed illicit; gives the case's card."""
    await world.watch(an_entry(1, **({"published_at": PUBLISHED} | changes)))
    await world.morning()
    await world.press(world.card("Claire Lefèvre"), "Illicite")
    return world.chat.containing("📂 Dossier 1 —")


async def a_kept_case(world: World, **changes: object) -> Shown:
    """The same, with something kept of the publication."""
    card = await a_case(world, **changes)
    await world.press(card, "➕ Garder")
    await world.press(world.chat.containing("📌 Garder"), "C’est fait")
    return card


async def take_up(world: World, kind: RemedyKind, family: str) -> Shown:
    """Take a remedy up from the list of them; gives its card."""
    await world.press(world.chat.containing("📂 Dossier 1 —"), "Toutes les démarches")
    listed = world.chat.containing("que peut-on faire")
    if not any(f"[{kind}]" in each for each in listed.labels):
        await world.press(listed, family)
    listed = world.chat.containing("que peut-on faire")
    name = world.ports.wording.label("remedy", kind.value)
    await world.press(listed, f"➕ {name}")
    return world.chat.containing(f"📌 {name}")


async def a_remedy(world: World, kind: RemedyKind, follows: int = 0) -> Remedy:
    """A remedy as it is taken up, or already answered."""
    async with world.store.write() as tx:
        (case,) = await tx.find(Case)
        new = Remedy(case.id, case.practice_id, kind, MONDAY_NOON, MemberId(1), follows=follows)
        return await tx.add(new)


async def watched(world: World) -> dict[RuleId, CaseDeadline]:
    """The dates that still wait for something."""
    found = await world.stored(CaseDeadline, null("done_at"), null("withdrawn_at"))
    return {each.rule: each for each in found}
