"""A conversation with the bot on Telegram, through the real door and the real library."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.adapters.telegram import TelegramChat
from bot.core.people import Platform
from handlers.telegram import TelegramDoor, build
from tests.fakes import FreePacer
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat, SentMessage
from tests.world import WORDING, World, an_entry

TOKEN = "123456:AAEexample-token-of-the-right-length-abc"


@asynccontextmanager
async def a_door(
    world: World, server: TelegramServer, commands: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """The door listens to the server, and what the world shows is shown there."""
    application = build(TOKEN, server.api_base)
    chat = TelegramChat(application.bot)
    chats = world.ports.chats
    assert isinstance(chats, dict)
    chats[Platform.TELEGRAM] = chat
    door = TelegramDoor(application, chat, world.desk, WORDING, FreePacer())
    await door.open(commands or {})
    try:
        yield
    finally:
        await door.close()


@asynccontextmanager
async def a_phone(world: World) -> AsyncIterator[tuple[TelegramServer, Chat]]:
    """The owner's conversation with the bot."""
    async with TelegramServer(token=TOKEN) as server, a_door(world, server):
        yield server, server.add_private(int(world.owner.external_id), "Claire")


@asynccontextmanager
async def a_phone_on_a_case(world: World) -> AsyncIterator[tuple[TelegramServer, Chat]]:
    """The same, in a practice that has opened a case."""
    await world.watch(an_entry(1))
    await world.morning()
    await world.press(world.card("Article 1"), "Illicite")
    async with a_phone(world) as phone:
        yield phone


async def says(server: TelegramServer, chat: Chat, words: str) -> SentMessage:
    """The last message that says ``words``, once there is one."""

    def last() -> SentMessage:
        found = [each for each in server.messages(chat) if words in each.text]
        assert found, f"nothing says {words!r}"
        return found[-1]

    return await server.wait_for(last)
