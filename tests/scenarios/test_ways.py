"""Both ways in of both chats, and how each ends: the real program against the fake servers."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.slack import OPTIONAL_SCOPES, REQUIRED_SCOPES
from tests.scenarios.program import TOKEN, Press, Program, running, set_practice_up
from tests.scenarios.test_telegram import has
from tests.servers.slack_requests import SlackRequests
from tests.servers.slack_server import SlackServer
from tests.servers.slack_state import SlackMessage
from tests.servers.telegram_hook import calling
from tests.servers.telegram_server import TelegramServer

pytestmark = pytest.mark.timeout(120)

BOT, APP, SIGNING, SECRET = "xoxb-scenario", "xapp-scenario", "signing-hush", "webhook_hush"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(token=TOKEN) as server:
        yield server


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    scopes = (*REQUIRED_SCOPES, *OPTIONAL_SCOPES)
    async with SlackServer(
        bot_token=BOT, app_token=APP, events={"message.im"}, scopes=scopes
    ) as server:
        yield server


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    async with Press() as press:
        press.publish("Un avis", "Le Dr Claire Lefèvre m'a fait attendre deux heures")
        yield press


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def by_telegram(server: TelegramServer, port: int = 0) -> dict[str, str]:
    """Settings of a bot that polls, or with a port: that Telegram calls."""
    polled = {
        "VIGIE_TELEGRAM_TOKEN": server.token,
        "VIGIE_TELEGRAM_API_BASE": server.api_base,
        "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
        "VIGIE_DATA_DIR": "data",
    }
    called = {
        "VIGIE_TELEGRAM_MODE": "webhook",
        "VIGIE_TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
        "VIGIE_TELEGRAM_WEBHOOK_SECRET": SECRET,
        "VIGIE_HTTP_PORT": str(port),
    }
    return polled | (called if port else {})


def by_slack(server: SlackServer, port: int = 0) -> dict[str, str]:
    """Settings of a bot with a websocket, or with a port: that Slack calls."""
    way = (
        {"VIGIE_SLACK_SIGNING_SECRET": SIGNING, "VIGIE_HTTP_PORT": str(port)}
        if port
        else {"VIGIE_SLACK_APP_TOKEN": APP}
    )
    return way | {
        "VIGIE_SLACK_BOT_TOKEN": BOT,
        "VIGIE_SLACK_API_BASE": server.api_base,
        "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
        "VIGIE_DATA_DIR": "data",
    }


async def health(port: int, path: str) -> tuple[int, object]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.json()


async def ended(program: Program) -> int:
    """The exit code of a program that stops by itself."""
    assert program.process is not None
    return await program.process.wait()


async def test_telegram_calls_and_nothing_is_lost_between_two_lives_or_two_ways(
    telegram: TelegramServer, press: Press, tmp_path: Path
) -> None:
    port = free_port()
    settings = by_telegram(telegram, port)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = telegram.add_private(41, "Claire")
    telegram.say(chat, chat.user, f"/start {code}")  # before the robot is there
    async with calling(telegram), running(settings, tmp_path) as program:
        await has(telegram, chat, "bienvenue")
        assert await health(port, "/healthz") == (200, {"alive": True})
        ready = {"ready": True, "database": True, "chats": {"telegram": True}}
        assert await health(port, "/readyz") == (200, ready)
        telegram.say(chat, chat.user, "/jour")
        card = await has(telegram, chat, "deux heures")
        tap = telegram.click(card, "Licite")
        assert (await tap.answer()).text == "✅ Classée licite"
        _, said = await program.call("check")
        assert "je suis @vigie_bot" in said
        program.kill()
        assert program.process is not None
        await program.process.wait()
        telegram.say(chat, chat.user, "/dossiers")
        await telegram.wait_for(lambda: telegram.webhook_error)
        _, said = await program.call("check")
        assert "appeler (messages en attente : 1)" in " ".join(said.split())
        await program.start()
        await has(telegram, chat, "Aucun dossier")
        assert await program.stop() == 0
        assert not telegram.called("deleteWebhook")
        assert not telegram.called("getUpdates")
        assert "Traceback" not in program.said
        assert SECRET not in program.said
    telegram.say(chat, chat.user, "/echeances")
    async with running(by_telegram(telegram), tmp_path) as program:
        await telegram.wait_for(lambda: telegram.polls)
        await telegram.wait_for(lambda: not telegram.updates)
        assert not telegram.webhook_url
        assert await program.stop() == 0
        assert "http on" not in program.said.rpartition("webhook to")[2]


async def until_ready(port: int) -> None:
    """Wait until it says that it can work: Slack gives it three seconds an answer."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                if (await health(port, "/readyz"))[0] == HTTPStatus.OK:
                    return
            await asyncio.sleep(0.05)


async def test_slack_calls_and_what_it_sends_again_is_done_once(
    slack: SlackServer, press: Press, tmp_path: Path
) -> None:
    port = free_port()
    settings = by_slack(slack, port)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=2)
    claire, paul = slack.add_user("claire", "Claire L."), slack.add_user("paul", "Paul M.")
    team = slack.add_channel("cabinet", claire, paul)
    url = f"http://127.0.0.1:{port}/slack/events"
    # The program's clock is the machine's, and it refuses what was signed minutes ago.
    calls = SlackRequests(slack, url, SIGNING, SystemClock().now().timestamp())

    def card() -> SlackMessage:
        found = [each for each in slack.messages(team) if "deux heures" in each.words]
        assert found
        return found[0]

    async with running(settings, tmp_path) as program:
        await slack.wait_for_call("auth.test", timeout=20)
        await until_ready(port)
        await slack.slash(claire, team, "/vigie", codes[0]).acked()
        await slack.wait_for(lambda: slack.ephemerals(claire))
        slack.dm(paul, codes[1])
        await slack.wait_for(lambda: slack.messages(slack.open_dm(paul)))
        assert await calls.send(calls.envelopes[-1])  # again: the code was used once
        ready = {"ready": True, "database": True, "chats": {"slack": True}}
        assert await health(port, "/readyz") == (200, ready)
        await program.call("digest", "--now")
        shown = await slack.wait_for(card, 20)
        click = slack.click(shown, "Licite", claire)
        await click.acked()
        await slack.wait_for(lambda: shown.words.startswith("✅ Licite"))
        assert await calls.send(click)
        assert max(each.latency or 9 for each in calls.envelopes) < 3
        told = [each.words for each in slack.messages(slack.open_dm(paul))]
        assert not any("déjà servi" in words for words in told)
        _, said = await program.call("check")
        assert "je suis vigie" in said
        assert "xapp" not in said
        assert not slack.called("apps.connections.open")
        assert await program.stop() == 0
        assert "Traceback" not in program.said
        assert SIGNING not in program.said
    await slack.socket.close()


async def test_of_two_programs_on_one_token_one_stops_and_says_so(
    telegram: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = by_telegram(telegram)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        await set_practice_up(settings, tmp_path / name, press.url)
    chat = telegram.add_private(41, "Claire")
    async with running(settings, tmp_path / "one") as one:
        await telegram.wait_for(lambda: telegram.polls, 20)
        async with running(settings, tmp_path / "two") as two:
            await telegram.wait_for(
                lambda: any("this one does" in each.said for each in (one, two)), 70
            )
            stopped, other = (one, two) if "this one does" in one.said else (two, one)
            assert await ended(stopped) == 1
            assert "Un autre programme écoute Telegram avec le même jeton" in stopped.said
            assert "Traceback" not in stopped.said
            telegram.say(chat, chat.user, "/start")
            await has(telegram, chat, "Bonjour, je suis Vigie")
            assert await other.stop() == 0
            assert "this one does" not in other.said


async def test_a_token_revoked_while_it_runs_is_said_once(
    telegram: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = by_telegram(telegram)
    await set_practice_up(settings, tmp_path, press.url)
    chat = telegram.add_private(41, "Claire")
    async with running(settings, tmp_path) as program:
        await telegram.wait_for(lambda: telegram.polls, 20)
        telegram.is_token_revoked = True
        telegram.say(chat, chat.user, "/start")  # ends the poll under way
        assert await ended(program) == 1
        assert program.said.count("telegram refuses our token") == 1
        assert "Telegram refuse le jeton" in program.said
        assert "Traceback" not in program.said
        assert TOKEN not in program.said
        refused = [call for call in telegram.called("getUpdates") if call.status == 401]
        assert len(refused) == 1


async def test_one_chat_goes_on_without_the_other(
    telegram: TelegramServer, slack: SlackServer, press: Press, tmp_path: Path
) -> None:
    port = free_port()
    settings = by_telegram(telegram) | by_slack(slack) | {"VIGIE_HTTP_PORT": str(port)}
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    claire = slack.add_user("claire", "Claire L.")
    telegram.is_token_revoked = True
    async with running(settings, tmp_path) as program:
        slack.dm(claire, code)
        await slack.wait_for(lambda: slack.messages(slack.open_dm(claire)), 20)
        shut = {"ready": False, "database": True, "chats": {"telegram": False, "slack": True}}
        assert await health(port, "/readyz") == (503, shut)
        assert await program.stop() == 0
        assert program.said.count("telegram refuses our token") == 1
        assert "Traceback" not in program.said


async def test_a_port_that_is_taken_is_said_in_words(
    slack: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = by_slack(slack, slack.port)
    await set_practice_up(settings, tmp_path, press.url)
    async with running(settings, tmp_path) as program:
        assert await ended(program) == 1
        assert "Un autre programme occupe déjà cette adresse" in program.said
        assert "VIGIE_HTTP_PORT" in program.said
        assert "Traceback" not in program.said
