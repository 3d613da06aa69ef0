"""A reply written in a modal: read there, as often as it takes."""

import asyncio

import pytest

from bot.core.replies import Draft, DraftState
from handlers import slack
from tests.handlers.slack_office import Office, an_office, entries, read
from tests.servers.slack_state import SlackMessage, SlackView

pytestmark = pytest.mark.timeout(60)

BREACH = "Désolé pour l'attente lors de votre rendez-vous de mardi."
CLEAN = "Toute remarque est lue avec attention par l'équipe."


async def a_draft(office: Office) -> SlackMessage:
    await office.digest(*entries(1))
    server, claire = office.server, office.claire
    await server.click(await office.seen("Article 1"), "Licite", claire).acked()
    await server.click(await office.seen("✅ Licite"), "Répondre", claire).acked()
    ways = await office.whispered(claire, "Répondre, ou pas")
    await server.click(ways, "Préparer une réponse", claire).acked()
    return await office.seen("Projet de réponse")


async def open_modal(office: Office) -> SlackView:
    card = await a_draft(office)
    await office.server.click(card, "Modifier", office.claire).acked()
    return await office.modal(office.claire, "Que voulez-vous répondre")


async def test_what_is_written_is_read_in_the_modal_until_nothing_is_wrong() -> None:
    async with an_office() as office:
        modal = await open_modal(office)
        await office.server.submit_view(modal, {"words": BREACH}).acked()
        modal = await office.modal(office.claire, "À ne pas publier telle quelle")
        assert "« votre rendez-vous »" in read(modal)
        assert modal.content["close"]["text"] == "Fermer"
        (field,) = [block for block in modal.blocks if block.get("block_id") == "words"]
        assert field["element"]["initial_value"] == BREACH
        card = await office.seen("À ne pas publier telle quelle")
        await office.server.submit_view(modal, {"words": CLEAN}).acked()
        await office.whispered(office.claire, "rien n’y semble contraire au secret")
        await office.server.wait_for(lambda: "Rien ne m’y semble contraire" in read(card))
        assert office.server.modals(office.claire) == []


async def test_what_is_read_slowly_is_shown_in_the_modal_that_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with an_office() as office:
        modal = await open_modal(office)
        held, submit = asyncio.Event(), office.world.desk.submit

        async def slowly(*given: object) -> object:
            await held.wait()
            return await submit(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(office.world.desk, "submit", slowly)
        monkeypatch.setattr(slack, "_PATIENCE", 0.01)
        await office.server.submit_view(modal, {"words": BREACH}).acked()
        held.set()
        await office.modal(office.claire, "À ne pas publier telle quelle")


async def test_a_text_that_is_closed_is_kept_as_a_draft() -> None:
    async with an_office() as office:
        modal = await open_modal(office)
        await office.server.submit_view(modal, {"words": BREACH}).acked()
        office.server.close_view(await office.modal(office.claire, "C’est gardé comme projet"))
        async with office.world.store.read() as tx:
            (draft,) = await tx.find(Draft)
        assert (draft.words, draft.state) == (BREACH, DraftState.DRAFT)
