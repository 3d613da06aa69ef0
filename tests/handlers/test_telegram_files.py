"""Files on Telegram: real payloads through the real library, from a photo to a piece and back."""

from pathlib import Path

import pytest

from bot.adapters.archive import FileArchive
from bot.adapters.store.sql import SqlStore
from bot.core.evidence import Attachment
from bot.core.people import Role
from bot.usecases import set_up
from tests.handlers.telegram_phone import a_phone_on_a_case, says
from tests.servers.faults import Refuse, Refused
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat
from tests.world import MONDAY_NOON, a_world

pytestmark = pytest.mark.timeout(60)

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8


async def ask_for_a_piece(server: TelegramServer, chat: Chat) -> None:
    server.say(chat, None, "/dossiers")
    await server.click(await says(server, chat, "dossier en cours"), "Dossier 1").answer()
    await server.click(await says(server, chat, "📂 Dossier 1"), "Pièces").answer()
    await server.click(await says(server, chat, "📎 Pièces du"), "Ajouter").answer()
    await says(server, chat, "La pièce")


async def test_a_photo_is_attached_listed_and_given_back_byte_for_byte(tmp_path: Path) -> None:
    """The whole story, on a real database and a real disk."""
    url = f"sqlite+aiosqlite:///{tmp_path}/vigie.db"
    async with SqlStore.open(url, now=MONDAY_NOON) as store, a_world(store) as world:
        object.__setattr__(world.ports, "archive", FileArchive(tmp_path))
        async with a_phone_on_a_case(world) as (server, chat):
            await ask_for_a_piece(server, chat)
            server.show(chat, JPEG, "L'avis, ce matin")
            asked = await says(server, chat, "Ce qu’elle montre")
            await server.click(asked, "La publication").answer()
            added = await says(server, chat, "Ajoutée au dossier 1")
            await server.click(added, "Pièces").answer()
            listed = await says(server, chat, "1. L'avis")
            await server.click(listed, "Recevoir la pièce").answer()
            await server.wait_for(
                lambda: [each for each in server.messages(chat) if each.document]
            )
            words, given = server.messages(chat)[-2:]
            assert "tel qu’il est arrivé" in words.text  # the words, then the file
            assert given.document is not None
            assert (given.document.name, given.document.content) == ("photo.jpg", JPEG)
            (piece,) = await world.stored(Attachment)
            kept = tmp_path / "evidence" / piece.digest[:2] / piece.digest[2:4] / piece.digest
            assert kept.read_bytes() == JPEG


async def test_a_document_and_its_caption_answer_the_question() -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        await ask_for_a_piece(server, chat)
        server.upload(chat, None, "../Constat.pdf", b"%PDF-1.7", "Le constat")
        await server.click(await says(server, chat, "Ce qu’elle montre"), "Autre").answer()
        assert "Le constat" in (await says(server, chat, "Ajoutée au dossier 1")).text
        (piece,) = await world.stored(Attachment)
        assert (piece.name, piece.media_type) == ("Constat.pdf", "application/pdf")


@pytest.mark.parametrize("kind", ["voice", "sticker", "video"])
async def test_what_is_no_file_gets_a_sentence_and_the_question_stays(kind: str) -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        await ask_for_a_piece(server, chat)
        server.send_odd(chat, kind)
        refused = await says(server, chat, "Ni message vocal")
        assert "La pièce" in refused.text
        server.upload(chat, None, "avis.txt", b"mot pour mot")
        await says(server, chat, "Son titre")


async def test_outside_a_question_a_sticker_is_none_of_our_business() -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        server.send_odd(chat, "sticker")
        server.say(chat, None, "/aide")
        await says(server, chat, "dossier")
        assert len(server.messages(chat)) == 1


async def test_a_file_too_large_or_gone_gets_a_sentence() -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        await ask_for_a_piece(server, chat)
        server.upload(chat, None, "film.pdf", bytes(20 * 1024 * 1024 + 1))
        await says(server, chat, "trop lourd")
        assert "getFile" not in [call.method for call in server.calls]
        sent = server.upload(chat, None, "avis.pdf", b"%PDF")
        assert sent.document is not None
        server.expire(sent.document)
        await says(server, chat, "n’est plus dans la messagerie")
        assert not await world.stored(Attachment)


async def test_a_piece_telegram_does_not_take_is_told() -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        await ask_for_a_piece(server, chat)
        server.show(chat, JPEG, "Là")
        await server.click(await says(server, chat, "Ce qu’elle montre"), "Autre").answer()
        await server.click(await says(server, chat, "Ajoutée au dossier"), "Pièces").answer()
        server.faults.add("sendDocument", Refuse(Refused(500, "Internal Server Error")))
        await server.click(await says(server, chat, "1. Là"), "Recevoir").answer()
        await says(server, chat, "Je n’ai pas pu envoyer le fichier")


async def test_in_a_group_a_photo_answers_only_the_question_it_answers() -> None:
    async with a_world() as world, a_phone_on_a_case(world) as (server, chat):
        assert chat.user is not None
        group = server.add_supergroup("Cabinet", chat.user)
        code = await set_up.invite(world.ports, world.practice.name, Role.HOLDER)
        server.say(group, chat.user, f"/start {code}")
        await says(server, group, "Claire")
        server.say(group, chat.user, "/dossiers")
        listed = await says(server, group, "dossier en cours")
        await server.click(listed, "Dossier 1", chat.user).answer()
        card = await says(server, group, "📂 Dossier 1")
        await server.click(card, "Pièces", chat.user).answer()
        listed = await says(server, group, "📎 Pièces du")
        await server.click(listed, "Ajouter", chat.user).answer()
        asked = await says(server, group, "La pièce")
        assert asked.force_reply
        server.upload(group, chat.user, "rien.txt", b"pour un autre", reply_to=listed)
        server.upload(group, chat.user, "avis.txt", b"mot pour mot", reply_to=asked)
        await says(server, group, "Son titre")
