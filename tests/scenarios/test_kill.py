"""Killed at any moment and started again, the bot neither loses nor repeats a mention."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.program import TOKEN, Press, running, set_practice_up
from tests.scenarios.test_telegram import has, settings_for
from tests.servers.telegram_server import TelegramServer

pytestmark = pytest.mark.timeout(120)

MENTIONS = ("première histoire", "deuxième histoire", "troisième histoire")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(token=TOKEN) as server:
        yield server


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    async with Press() as press:
        for words in MENTIONS:
            press.publish(f"La {words}", f"Claire Lefèvre est citée dans la {words}.")
        yield press


# The digest is a header and three cards: the kill comes once Telegram has taken the message of
# that rank, and before the bot hears so.
@pytest.mark.parametrize("rank", [1, 2, 4])
async def test_killed_between_a_message_and_its_answer(
    server: TelegramServer, press: Press, tmp_path: Path, rank: int
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = server.add_private(41, "Claire")
    async with running(settings, tmp_path) as program:
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue")
        for _ in range(rank - 1):
            server.before_answer("sendMessage", lambda: None)
        server.before_answer("sendMessage", program.kill)
        server.say(chat, chat.user, "/jour")
        assert program.process is not None
        await program.process.wait()
        # Somebody writes meanwhile: message numbers go on.
        server.say(chat, chat.user, "allô ?")
        await program.start()
        for words in MENTIONS:
            await has(server, chat, words)
        server.say(chat, chat.user, "/dossiers")
        await has(server, chat, "Aucun dossier")
        texts = [each.text for each in server.messages(chat)]
        for words in ("traité 0/3", *(f"La {words}" for words in MENTIONS)):
            assert len([text for text in texts if words in text]) == 1, words


@pytest.mark.parametrize("method", ["answerCallbackQuery", "editMessageText"])
async def test_killed_in_the_middle_of_a_click(
    server: TelegramServer, press: Press, tmp_path: Path, method: str
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = server.add_private(41, "Claire")
    async with running(settings, tmp_path) as program:
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue")
        server.say(chat, chat.user, "/jour")
        card = await has(server, chat, "La première histoire")
        await has(server, chat, "La troisième histoire")
        server.before_answer(method, program.kill)
        server.click(card, "Licite")
        assert program.process is not None
        await program.process.wait()
        await program.start()
        await server.wait_for(lambda: card.text.startswith("✅ Licite"), 20)
        header = await has(server, chat, "traité 1/3")
        assert header.id < card.id


async def test_killed_while_it_reads_a_source(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url, polled=False)
    chat = server.add_private(41, "Claire")
    async with running(settings, tmp_path) as program:
        press.on_hit = program.kill
        assert program.process is not None
        await program.process.wait()
        press.on_hit = None
        await program.start()
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue")
        await program.call("poll")
        server.say(chat, chat.user, "/jour")
        for words in MENTIONS:
            await has(server, chat, f"La {words}")
