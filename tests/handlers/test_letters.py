"""A letter from its remedy to its two files, through the real doors of Telegram and Slack."""

import asyncio
import io
from dataclasses import dataclass, field
from datetime import datetime

import docx
import pypdf
import pytest

from bot.adapters.lawbook import load_notice_words
from bot.adapters.wording import TEMPLATES
from bot.core.letterheads import Letter, LetterState
from bot.core.outbox import Subject
from bot.core.recipients import Looked, NoticePage, read_notice
from bot.core.remedies import RemedyKind
from bot.usecases.fill_outbox import refresh
from tests.cases import a_remedy
from tests.handlers.slack_office import Office, an_office, entries, read
from tests.handlers.telegram_phone import a_phone_on_a_case, says
from tests.letters import NOTICE
from tests.servers.slack_state import SlackMessage
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat, SentMessage
from tests.world import a_world

pytestmark = pytest.mark.timeout(60)

NOTICE_WORDS = load_notice_words(TEMPLATES)
WHERE = "12 rue de l'Œuvre, 69003 Lyon"
NAME = "2026-11-24_message-auteur_PRESSE-EXAMPLE_LEFEVRE"


def told(files: dict[str, bytes]) -> None:
    """Both files are the letter, under its name."""
    assert sorted(files) == [f"{NAME}.docx", f"{NAME}.pdf"]
    page = pypdf.PdfReader(io.BytesIO(files[f"{NAME}.pdf"])).pages[0].extract_text()
    pages = docx.Document(io.BytesIO(files[f"{NAME}.docx"])).paragraphs
    for words in (page, "\n".join(each.text for each in pages)):
        assert "Déçu <69> & fils" in words
        assert "Accepteriez-vous" in words


async def begun(server: TelegramServer, chat: Chat, name: str) -> SentMessage:
    """The card of the letter of a remedy."""
    server.say(chat, None, "/dossiers")
    await server.click(await says(server, chat, "dossier en cours"), "Dossier 1").answer()
    case = await says(server, chat, "📂 Dossier 1")
    await server.click(case, f"📌 {name}").answer()
    remedy = await says(server, chat, f"📌 {name} — dossier")
    await server.click(remedy, "Préparer le courrier").answer()
    return await says(server, chat, f"✉️ {name}")


async def test_on_telegram_question_by_question() -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        await a_remedy(world, RemedyKind.AUTHOR_MESSAGE)
        card = await begun(server, chat, "Message à l’auteur")
        await server.click(card, "Compléter").answer()
        await says(server, chat, "À qui est-il destiné")
        server.say(chat, None, "Déçu <69> & fils")
        await says(server, chat, "C’est gardé")
        await server.wait_for(lambda: "Valider" in " ".join(card.labels))
        assert "Déçu <69> & fils" in card.text
        await server.click(card, "Valider").answer()
        await server.wait_for(
            lambda: len([each for each in server.messages(chat) if each.document]) == 2
        )
        given = [each.document for each in server.messages(chat) if each.document]
        told({each.name: each.content for each in given})
        await server.wait_for(lambda: card.text.startswith("✅ Message"))
        assert (await world.the(Letter)).state is LetterState.APPROVED


@dataclass
class SlowSite:
    """A site that answers once it is told to."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def look(self, url: str, now: datetime) -> Looked:
        await self.may_answer.wait()
        return Looked()


async def test_on_telegram_a_long_search_says_that_it_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("handlers.telegram._ACKNOWLEDGED_WITHIN", 0.05)
    site = SlowSite()
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        object.__setattr__(world.ports, "notices", site)
        await a_remedy(world, RemedyKind.FORMAL_NOTICE)
        card = await begun(server, chat, "Mise en demeure")
        assert (await server.click(card, "Destinataire").answer()).text == "Je regarde…"
        site.may_answer.set()
        found = await says(server, chat, "À qui l’envoyer")
        assert found.labels == ["✏️ Saisir le destinataire"]


async def a_letter(office: Office) -> SlackMessage:
    """A remedy with a letter begun; gives the letter's card."""
    server, world = office.server, office.world
    await office.digest(*entries(1))
    mention = await office.seen("Article 1")
    await server.click(mention, "Illicite", office.claire).acked()
    await world.settle()
    await office.seen("📂 Dossier 1")
    await a_remedy(world, RemedyKind.FORMAL_NOTICE)
    async with world.store.write() as tx:
        await refresh(tx, Subject.CASE, 1)
    await world.settle()
    case = await office.seen("📂 Dossier 1")
    await server.click(case, "📌 Mise en demeure", office.claire).acked()
    remedy = await office.seen("📌 Mise en demeure — dossier")
    await server.click(remedy, "Préparer le courrier", office.claire).acked()
    return await office.seen("✉️ Mise en demeure")


async def test_on_slack_in_modals() -> None:
    async with an_office() as office:
        card = await a_letter(office)
        server, claire = office.server, office.claire
        await server.click(card, "Compléter", claire).acked()
        modal = await office.modal(claire, "Compléter le courrier")
        wrong = {"sender_address": WHERE, "recipient_name": "Alpha", "recipient_address": "Paris"}
        await server.submit_view(modal, wrong).acked()
        await server.wait_for(lambda: modal.errors)
        assert set(modal.errors) == {"recipient_address"}
        sent = wrong | {"recipient_address": "1 rue Neuve, 75001 Paris"}
        await server.submit_view(modal, sent).acked()
        await office.whispered(claire, "C’est gardé")
        await server.click(card, "Compléter", claire).acked()
        modal = await office.modal(claire, "En quoi")
        held = {"harm": "INJ", "why": "Terme outrageant."}
        await server.submit_view(modal, held).acked()
        await server.wait_for(lambda: "En quoi" not in read(card))
        letter = await office.world.the(Letter)
        assert {name for name, _ in letter.answers} >= {"harm-m1", "why-m1", "recipient_name"}
        await server.click(card, "Voir le projet", claire).acked()


async def test_on_slack_whoever_was_found_is_chosen_in_the_modal_that_looked() -> None:
    async with an_office() as office:
        card = await a_letter(office)
        server, claire = office.server, office.claire
        page = NoticePage("https://presse.example/ml", read_notice(NOTICE, NOTICE_WORDS))
        office.world.web.looks["https://presse.example/articles/1"] = Looked((page,))
        await server.click(card, "Destinataire", claire).acked()
        found = await office.modal(claire, "À qui l’envoyer")
        await server.click(found, "1. Alpha", claire).acked()
        await server.wait_for(lambda: "D’après les mentions légales" in read(card))
        assert "1 rue Neuve, 75001 Paris" in read(card)


async def test_on_slack_a_draft_is_given_in_private() -> None:
    async with an_office() as office:
        card = await a_letter(office)
        server, claire = office.server, office.claire
        await server.click(card, "Voir le projet", claire).acked()
        private = server.open_dm(claire)
        await server.wait_for(
            lambda: len([each for each in server.messages(private) if each.files]) == 2
        )
        names = sorted(each.name for each in server.uploads.values())
        assert names[1] == "2026-11-24_mise-en-demeure_PRESSE-EXAMPLE_LEFEVRE_PROJET.pdf"
