"""What people share with the bot on Telegram: real payloads, one yes, and a mention."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.adapters.telegram import TelegramChat
from bot.core.mentions import Mention
from bot.core.sources import FeedDocument, SourceKind
from handlers.telegram import TelegramDoor, build
from tests.fakes import FreePacer
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat, SentMessage
from tests.world import WORDING, World, a_world, an_entry

pytestmark = pytest.mark.timeout(60)

TOKEN = "123456:AAEexample-token-of-the-right-length-abc"
POST = "https://t.me/dentistes/7"
CHANNEL = {"id": -1001, "type": "channel", "title": "Les dentistes", "username": "dentistes"}
ORIGIN = {"type": "channel", "date": 1_790_000_000, "chat": CHANNEL, "message_id": 7}


@asynccontextmanager
async def a_phone(world: World) -> AsyncIterator[tuple[TelegramServer, Chat]]:
    """The owner's conversation with the bot, listened to by the real door."""
    async with TelegramServer(token=TOKEN) as server:
        application = build(TOKEN, server.api_base)
        chat = TelegramChat(application.bot)
        door = TelegramDoor(application, chat, world.desk, WORDING, FreePacer())
        await door.open({})
        try:
            yield server, server.add_private(int(world.owner.external_id), "Claire")
        finally:
            await door.close()


async def says(server: TelegramServer, chat: Chat, words: str) -> SentMessage:
    def last() -> SentMessage:
        found = [each for each in server.messages(chat) if words in each.text]
        assert found, f"nothing says {words!r}"
        return found[-1]

    return await server.wait_for(last)


async def the_mention(world: World) -> Mention:
    await world.settle()
    async with world.store.read() as tx:
        (found,) = await tx.find(Mention)
        return found


@pytest.mark.parametrize("caption", ["Le Dr Claire Lefèvre, une honte", ""])
async def test_a_photo_becomes_a_mention_and_is_kept_by_its_references(caption: str) -> None:
    async with a_world() as world, a_phone(world) as (server, chat):
        sent = server.show(chat, b"jpeg", caption)
        proposed = await says(server, chat, "La suivre comme")
        assert "avec une image" in proposed.text
        await server.click(proposed, "La suivre").answer()
        assert "ci-dessous" in (await says(server, chat, "C’est noté")).text
        mention = await the_mention(world)
        assert mention.text == caption
        assert sent.photo is not None
        assert mention.picture == f"telegram:u{sent.photo.id}/{sent.photo.id}"


async def test_an_image_sent_as_a_file_is_a_picture_too() -> None:
    async with a_world() as world, a_phone(world) as (server, chat):
        server.upload(chat, None, "capture.png", b"png", "Vu ce matin")
        assert "avec une image" in (await says(server, chat, "La suivre comme")).text


async def test_a_forward_of_a_public_channel_brings_its_address() -> None:
    async with a_world() as world, a_phone(world) as (server, chat):
        page = an_entry(1, guid=None, url=POST, title="Les dentistes", text="Un canal.")
        world.web.documents[POST] = FeedDocument("", (page,), SourceKind.PAGE)
        server.show(chat, b"jpeg", "Évitez Claire Lefèvre, à Lille", ORIGIN)
        await server.click(await says(server, chat, "Qu’en faire"), "Suivre").answer()
        proposed = await says(server, chat, "La suivre comme")
        await server.click(proposed, "La suivre").answer()
        await says(server, chat, "C’est noté")
        mention = await the_mention(world)
        assert (mention.url, mention.text) == (POST, "Évitez Claire Lefèvre, à Lille")
