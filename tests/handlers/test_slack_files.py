"""Files on Slack: a modal that takes one, a private conversation that gives it back."""

import asyncio

import pytest

from bot.core.evidence import Attachment
from bot.core.files import SUFFIXES
from handlers import slack
from handlers.slack_payloads import offered
from tests.handlers.slack_office import Office, an_office, entries, read
from tests.servers.faults import Hold
from tests.servers.slack_state import SlackView

pytestmark = pytest.mark.timeout(60)

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


async def a_case(office: Office) -> None:
    await office.digest(*entries(1))
    card = await office.seen("Article 1")
    await office.server.click(card, "Illicite", office.claire).acked()
    await office.world.settle()


async def ask_for_a_piece(office: Office) -> SlackView:
    card = await office.seen("📂 Dossier 1")
    await office.server.click(card, "Pièces", office.claire).acked()
    listed = await office.whispered(office.claire, "📎 Pièces du dossier 1")
    await office.server.click(listed, "Ajouter une pièce").acked()
    return await office.modal(office.claire, "La pièce")


async def test_a_modal_takes_a_file_and_the_private_conversation_gives_it_back() -> None:
    async with an_office() as office:
        await a_case(office)
        modal = await ask_for_a_piece(office)
        (element,) = [
            block["element"]
            for block in modal.blocks
            if block.get("element", {}).get("type") == "file_input"
        ]
        assert element["max_files"] == 1
        assert element["filetypes"] == list(SUFFIXES)
        photo = office.server.keep_file("Avis Google.jpg", JPEG)
        sent = {"file": [photo], "title": "L'avis", "role": "capture"}
        await office.server.submit_view(modal, sent).acked()
        added = await office.whispered(office.claire, "Ajoutée au dossier 1")
        (piece,) = await office.world.stored(Attachment)
        assert (piece.title, piece.name, piece.size) == ("L'avis", "Avis Google.jpg", len(JPEG))
        await office.server.click(added, "Pièces").acked()
        listed = await office.whispered(office.claire, "1. L'avis")
        await office.server.click(listed, "Recevoir la pièce").acked()
        private = office.server.open_dm(office.claire)
        await office.server.wait_for(
            lambda: [each for each in office.server.messages(private) if each.files]
        )
        await office.whispered(office.claire, "dans notre conversation privée")
        assert [each.content for each in office.server.uploads.values()] == [JPEG]
        assert not [each for each in office.server.messages(office.team) if each.files]


async def test_a_modal_takes_an_address_instead() -> None:
    async with an_office() as office:
        await a_case(office)
        modal = await ask_for_a_piece(office)
        link = {"file-link": "https://presse.example/1", "role": "other"}
        await office.server.submit_view(modal, link).acked()
        await office.whispered(office.claire, "Seule l’adresse est gardée")
        (piece,) = await office.world.stored(Attachment)
        assert piece.url == "https://presse.example/1"


@pytest.mark.parametrize(
    ("name", "content", "link", "told"),
    [
        ("", b"", "", "Envoyez une photo"),
        ("", b"", '{"digest":"' + "0" * 64 + '","name":"a.pdf"}', "Envoyez une photo"),
        ("outil.exe", b"MZ", "", "Ni message vocal"),
        ("vide.txt", b"", "", "vide"),
    ],
)
async def test_what_cannot_be_taken_is_told_under_its_field(
    name: str, content: bytes, link: str, told: str
) -> None:
    async with an_office() as office:
        await a_case(office)
        modal = await ask_for_a_piece(office)
        given = [office.server.keep_file(name, content)] if name else []
        sent = {"file": given, "file-link": link, "role": "capture"}
        await office.server.submit_view(modal, sent).acked()
        await office.server.wait_for(lambda: modal.errors)
        assert list(modal.errors) == ["file"]
        assert told in modal.errors["file"]
        assert modal.is_open
        assert not await office.world.stored(Attachment)


async def test_without_the_right_to_files_the_modal_takes_an_address_only() -> None:
    async with an_office() as office:
        await a_case(office)
        office.server.scopes = [each for each in office.server.scopes if "files" not in each]
        card = await office.seen("📂 Dossier 1")
        await office.server.click(card, "Pièces", office.claire).acked()
        listed = await office.whispered(office.claire, "📎 Pièces du dossier 1")
        await office.server.click(listed, "Ajouter une pièce").acked()
        modal = await office.modal(office.claire, "son adresse")
        link = {"file-link": "https://presse.example/1", "role": "other"}
        await office.server.submit_view(modal, link).acked()
        await office.whispered(office.claire, "Seule l’adresse est gardée")


async def test_a_file_put_in_the_private_conversation_may_join_a_case() -> None:
    async with an_office() as office:
        await a_case(office)
        private = office.server.open_dm(office.claire)
        await office.join(office.claire, private)
        photo = office.server.keep_file("avis.pdf", b"%PDF-1.7")
        office.server.share_file(private, office.claire, photo, "Le constat")
        asked = await office.seen("Qu’en faire", private)
        await office.server.click(asked, "Joindre au dossier 1").acked()
        await office.server.wait_for(lambda: "Ajoutée au dossier 1" in read(asked))
        (piece,) = await office.world.stored(Attachment)
        assert (piece.title, piece.name) == ("Le constat", "avis.pdf")


@pytest.mark.parametrize("told", [{}, {"id": "F1", "size": "9"}, {"id": None, "name": None}])
def test_what_slack_leaves_out_of_a_file_is_nothing(told: dict[str, object]) -> None:
    assert offered(told).size == 0


async def test_a_file_slower_than_slack_waits_in_its_modal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slack, "_PATIENCE", 0.01)
    async with an_office() as office:
        await a_case(office)
        modal = await ask_for_a_piece(office)
        for name, content, told in (
            ("vide.txt", b"", "est vide"),
            ("avis.jpg", JPEG, "Ajoutée au dossier 1"),
        ):
            may_come = asyncio.Event()
            office.server.faults.add("files.info", Hold(may_come))
            given = {"file": [office.server.keep_file(name, content)], "role": "capture"}
            await office.server.submit_view(modal, given).acked()
            await office.modal(office.claire, "Un instant")
            may_come.set()
            modal = await office.modal(office.claire, told)
