"""A practice with something of every kind: what tests of every form and every screen look at."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot.core.cases import Case, CaseId
from bot.core.errors import Invalid, Refusal
from bot.core.forms import Form, FormName
from bot.core.people import Asker, MemberId, Practice, Practitioner, Role
from bot.core.remedies import Remedy, RemedyKind, RemedyState
from bot.core.search import Search
from bot.ports import Transaction
from bot.usecases import set_up
from handlers.routes import FormRoute
from tests.letters import plant_letter
from tests.world import MONDAY_NOON, World, actor, an_entry

PIECE = "https://presse.example/vu"
PAUL = Practitioner(Practice("x").id, "Paul", "Martin", title="Dr", city="Lille")


async def furnish(world: World) -> None:
    """Something of every kind."""
    await world.invite(actor("2", "Paul"), Role.SECRETARY)
    await set_up.add_practitioner(world.ports, world.practice.name, PAUL)
    await world.watch(an_entry(1), an_entry(2), an_entry(3))
    await world.morning()
    await world.press(world.chat.containing("Article 1", "1"), "Illicite")
    await world.press(world.chat.containing("Article 3", "1"), "Illicite")
    async with world.store.write() as tx:
        for kind, state in (
            (RemedyKind.HOST_NOTICE, RemedyState.TO_DO),
            (RemedyKind.FORMAL_NOTICE, RemedyState.POSTED),
            (RemedyKind.ERASURE_REQUEST, RemedyState.AWAITING),
            (RemedyKind.DIRECT_SUMMONS, RemedyState.ENTRUSTED),
        ):
            new = Remedy(CaseId(1), world.practice.id, kind, MONDAY_NOON, MemberId(1), state)
            await tx.add(new)
    await plant_letter(world)
    await world.press(world.chat.containing("Article 2", "1"), "Licite")
    await world.press(world.chat.containing("Article 2", "1"), "Répondre")
    await world.press(world.chat.containing("Répondre, ou pas", "1"), "Préparer une réponse")
    await world.ask("recherche", "article")
    async with world.store.read() as tx:
        assert await tx.find(Search)
        assert await tx.find(Case)


async def something_of_everything(world: World) -> None:
    """Something of every kind a button may be about, begun by the owner alone."""
    await world.watch(an_entry(1), an_entry(2))
    await world.morning()
    await world.press(world.card("Article 1"), "Illicite")
    await world.press(world.chat.containing("📂 Dossier 1"), "➕ Garder")
    await assess(world)
    await world.fill(FormName.ATTACH, 1, file=PIECE, title="", role="capture")
    await plant_letter(world)
    await world.press(world.card("Article 2"), "Licite")
    await world.press(world.card("Article 2"), "Répondre")
    await world.press(world.chat.containing("Répondre, ou pas"), "Préparer une réponse")
    await world.ask("recherche", "dentiste")
    await world.ask("ajouter", "Vu ailleurs : Claire Lefèvre est une incapable")


async def assess(world: World, harm: str = "DIF") -> None:
    """Something concluded of the words of the first case's publication."""
    quote = "Claire Lefèvre, dentiste à Lille, y est citée."
    answers = {"nature": "fact", "truth": "false", "target": "person", "public": "public"}
    answers |= {"quote": quote, "identifiable": "yes", "harms": harm, "why": "Rien de tel."}
    sent = await world.fill(FormName.ASSESS, 1, **answers)
    assert not isinstance(sent, Invalid)


async def first_made(
    world: World, tx: Transaction, asker: Asker, route: FormRoute, known: Mapping[str, str]
) -> Form:
    """The form about the first of these that it may be about now."""
    found: list[Any] = await tx.find(route.about)
    for each in found:
        with suppress(Refusal):
            return await route.make(world.ports, tx, asker, each.id, known)
    raise AssertionError(f"nothing for {route.make}")
