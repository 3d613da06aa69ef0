"""What people share with the bot on Telegram: real payloads, one yes, and a mention."""

import pytest

from bot.core.mentions import Mention
from bot.core.sources import FeedDocument, SourceKind
from tests.handlers.telegram_phone import a_phone, says
from tests.world import World, a_world, an_entry

pytestmark = pytest.mark.timeout(60)

POST = "https://t.me/dentistes/7"
CHANNEL = {"id": -1001, "type": "channel", "title": "Les dentistes", "username": "dentistes"}
ORIGIN = {"type": "channel", "date": 1_790_000_000, "chat": CHANNEL, "message_id": 7}


async def the_mention(world: World) -> Mention:
    await world.settle()
    return await world.the(Mention)


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
