"""A calendar that reads an address of the real program: made on a telephone, dead once revoked."""

import re
from pathlib import Path

import aiohttp
import pytest

from tests.calendars import read
from tests.scenarios.program import TOKEN, Press, running, set_practice_up
from tests.scenarios.test_telegram import has
from tests.scenarios.test_ways import by_telegram, free_port
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat

pytestmark = pytest.mark.timeout(120)


def given(server: TelegramServer, chat: Chat) -> bytes:
    """The file that was sent to a chat; empty as long as there is none."""
    files = [each.document for each in server.messages(chat) if each.document]
    return files[-1].content if files else b""


async def test_a_deadline_reaches_a_calendar_and_leaves_it(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with TelegramServer(token=TOKEN) as server, Press() as press:
        press.publish("Un avis", "Le Dr Claire Lefèvre m'a fait attendre deux heures")
        settings = by_telegram(server) | {"VIGIE_HTTP_PORT": str(port), "VIGIE_HTTP_URL": base}
        (code,) = await set_practice_up(settings, tmp_path, press.url)
        chat = server.add_private(41, "Claire")
        async with running(settings, tmp_path) as program, aiohttp.ClientSession() as calendar:
            server.say(chat, chat.user, f"/start {code}")
            await has(server, chat, "bienvenue")
            server.say(chat, chat.user, "/jour")
            server.click(await has(server, chat, "deux heures"), "Illicite")
            case = await has(server, chat, "📂 Dossier 1 —")
            server.say(chat, chat.user, "/echeances")
            dates = await has(server, chat, "Les dates à ne pas manquer")
            server.click(dates, "Agenda 1")
            await has(server, chat, "à ouvrir avec votre agenda")
            (one,) = read(await server.wait_for(lambda: given(server, chat)))
            server.click(dates, "S’abonner")
            await server.wait_for(lambda: "dans votre agenda" in dates.text)
            server.click(dates, "Créer mon adresse")
            told = await has(server, chat, "Votre adresse privée")
            found = re.search(rf"{base}/calendar/[\w-]{{43}}\.ics", told.text)
            assert found
            async with calendar.get(found[0]) as answer:
                assert answer.status == 200
                first = read(await answer.read())
            assert [each.status for each in first] == ["CONFIRMED", "CONFIRMED"]
            assert one in first
            server.click(case, "Assureur prévenu")
            await server.wait_for(lambda: "Assureur non prévenu" in " ".join(case.labels))
            async with calendar.get(found[0]) as answer:
                later = read(await answer.read())
            assert sorted(each.status for each in later) == ["CANCELLED", "CONFIRMED"]
            assert {each.uid for each in later} == {each.uid for each in first}
            server.click(told, "Révoquer")
            await server.wait_for(lambda: "Créer mon adresse" in " ".join(told.labels))
            async with calendar.get(found[0]) as answer:
                assert answer.status == 404
            assert await program.stop() == 0
            assert "Traceback" not in program.said
            assert "/calendar/" not in program.said
