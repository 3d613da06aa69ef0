"""How Slack reaches us, through the real library: signed requests, or a websocket watched."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO

import aiohttp
import pytest

from bot.adapters.http import LARGEST_BODY, listening
from bot.adapters.slack import OPTIONAL_SCOPES, REQUIRED_SCOPES, SlackChat, client
from bot.core.errors import Outage, TokenRefused
from bot.core.people import Role
from bot.usecases import set_up
from handlers.slack import SlackDoor, Way, by_requests
from tests.fakes import FreePacer
from tests.servers.slack_requests import SlackRequests, signed
from tests.servers.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_state import SlackUser
from tests.world import WORDING, World, a_world

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
EVENTS = {"message.im"}


@dataclass
class Desk:
    """A world with a door on Slack, and one member who came in."""

    server: SlackServer
    world: World
    door: SlackDoor
    claire: SlackUser
    url: str = ""

    @property
    def calls(self) -> SlackRequests:
        assert isinstance(self.server.socket, SlackRequests)
        return self.server.socket

    @property
    def said(self) -> list[str]:
        """What the robot wrote to Claire."""
        return [each.words for each in self.server.messages(self.server.open_dm(self.claire))]

    async def hears(self, words: str, times: int = 1) -> None:
        await self.server.wait_for(
            lambda: len([each for each in self.said if words in each]) == times
        )


def a_server() -> SlackServer:
    return SlackServer(scopes=(*REQUIRED_SCOPES, *OPTIONAL_SCOPES), events=EVENTS)


def door_of(server: SlackServer, world: World, way: Way) -> SlackDoor:
    web = client(BOT_TOKEN, server.api_base)
    return SlackDoor(web, way, SlackChat(web), world.desk, WORDING, FreePacer())


@asynccontextmanager
async def called() -> AsyncIterator[Desk]:
    async with a_server() as server, a_world() as world:
        door = door_of(server, world, by_requests(SECRET, world.clock))
        async with listening("127.0.0.1", 0, door.routes) as port:
            url = f"http://127.0.0.1:{port}/slack/events"
            SlackRequests(server, url, SECRET, world.clock.now().timestamp())
            claire = server.add_user("claire")
            await door.open({})
            try:
                yield Desk(server, world, door, claire, url)
            finally:
                await server.socket.close()
                await door.close()


@asynccontextmanager
async def by_socket(silent_for: float = 0.5) -> AsyncIterator[Desk]:
    async with a_server() as server, a_world() as world:
        way = Way(app_token=APP_TOKEN, ping_every=0.05, silent_for=silent_for)
        door = door_of(server, world, way)
        try:
            yield Desk(server, world, door, server.add_user("claire"))
        finally:
            await door.close()


def test_slack_s_own_example_is_signed_as_slack_does() -> None:
    """The worked example of docs.slack.dev/authentication/verifying-requests-from-slack."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
        b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    assert signed(SECRET, body, 1531420618) == {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }


async def test_an_address_is_proved_to_be_ours() -> None:
    async with called() as desk:
        body = json.dumps({"type": "url_verification", "challenge": "3eZbrw", "token": "x"})
        headers = signed(SECRET, body.encode(), desk.calls.now)
        headers["Content-Type"] = "application/json"
        status, answer = await desk.calls.post(body.encode(), headers)
        assert (status, answer) == (200, {"challenge": "3eZbrw"})
        assert desk.door.is_open


async def test_a_message_and_a_command_come_by_requests() -> None:
    async with called() as desk:
        code = await an_invitation(desk.world)
        desk.server.dm(desk.claire, code)
        await desk.hears("bienvenue")
        direct = desk.server.open_dm(desk.claire)
        command = desk.server.slash(desk.claire, direct, "/vigie", "dossiers")
        await command.acked()
        await desk.hears("Aucun dossier")
        calls = desk.calls.envelopes  # the robot is told of its own messages too
        await desk.server.wait_for(lambda: all(each.latency is not None for each in calls))
        latencies = [each.latency for each in calls]
        assert all(latency is not None and latency < 3 for latency in latencies)


async def an_invitation(world: World) -> str:
    return await set_up.invite(world.ports, world.practice.name, Role.HOLDER)


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
async def test_a_request_of_another_time_is_refused(seconds: int) -> None:
    async with called() as desk:
        await refused(desk, {}, at=desk.calls.now + seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Slack-Signature": None},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": "tomorrow"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "1e9"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_a_request_that_is_not_slack_s_is_refused(changes: dict[str, str | None]) -> None:
    async with called() as desk:
        await refused(desk, changes, at=desk.calls.now)


async def refused(desk: Desk, changes: dict[str, str | None], at: float) -> None:
    """One event that is turned away; nothing is done of it."""
    body = json.dumps(
        {
            "type": "event_callback",
            "event_id": "Ev1",
            "event": {
                "type": "message",
                "channel_type": "im",
                "user": desk.claire.id,
                "channel": desk.server.open_dm(desk.claire).id,
                "ts": "1.1",
                "text": "aide",
            },
        }
    ).encode()
    headers: dict[str, str | None] = {**signed(SECRET, body, at), **changes}
    kept = {name: value for name, value in headers.items() if value is not None}
    status, _ = await desk.calls.post(body, kept | {"Content-Type": "application/json"})
    assert status == 401
    # What Slack says itself is done; what was refused before it never was.
    desk.server.dm(desk.claire, "aide")
    await desk.server.wait_for(lambda: len(desk.said) == 1)


async def test_what_is_signed_with_another_secret_or_not_text_is_refused() -> None:
    async with called() as desk:
        for body in (b"payload=%7B%7D", b"\xff\xfe", b""):
            status, _ = await desk.calls.post(body, signed("other", body, desk.calls.now))
            assert status == 401


async def test_a_request_that_is_too_large_is_refused() -> None:
    async with called() as desk, aiohttp.ClientSession() as session:
        body = BytesIO(b"x" * (LARGEST_BODY + 1))
        async with session.post(desk.url, data=body) as answer:
            assert answer.status == 413


async def test_what_slack_sends_again_is_done_once() -> None:
    async with called() as desk:
        desk.server.dm(desk.claire, await an_invitation(desk.world))
        await desk.hears("bienvenue")
        desk.server.dm(desk.claire, "dossiers")
        told = desk.calls.envelopes[-1]
        await told.acked()
        await desk.hears("Aucun dossier")
        assert await desk.calls.send(told)  # X-Slack-Retry-Num: 1
        # The same message under another event's number, as Slack does too.
        told.payload["event_id"] = "EvOther"
        assert await desk.calls.send(told)
        command = desk.server.slash(
            desk.claire, desk.server.open_dm(desk.claire), "/vigie", "dossiers"
        )
        await command.acked()
        await desk.hears("Aucun dossier", 2)
        assert await desk.calls.send(command)
        desk.server.dm(desk.claire, "echeances")
        await desk.server.wait_for(lambda: len(desk.said) == 4)
        assert len([each for each in desk.said if "Aucun dossier" in each]) == 2


async def test_a_token_that_is_revoked_is_told_in_both_ways() -> None:
    async with called() as desk:
        desk.server.revoke()
        with pytest.raises(TokenRefused):
            await desk.door.open({})
    async with by_socket() as desk:
        desk.server.revoke("account_inactive")
        with pytest.raises(TokenRefused):
            await desk.door.open({})
        assert len(desk.server.called("apps.connections.open")) == 1


async def test_by_requests_the_token_is_looked_at_now_and_then() -> None:
    async with a_server() as server, a_world() as world:
        way = replace(by_requests(SECRET, world.clock), looked_at_every=0.01)
        door = door_of(server, world, way)
        await door.open({})
        watching = asyncio.create_task(door.watch())
        server.fail_next("auth.test", 503, "<html>")
        await server.wait_for(lambda: len(server.called("auth.test")) >= 3)
        assert door.is_open
        server.revoke()
        with pytest.raises(TokenRefused):
            await asyncio.wait_for(watching, 5)
        assert not door.is_open
        await door.close()


# The websocket.


async def test_a_websocket_that_answers_is_left_alone() -> None:
    async with by_socket() as desk:
        await desk.door.open({})
        watching = asyncio.create_task(desk.door.watch())
        await desk.server.wait_for(lambda: desk.server.socket.connections[0].pings >= 20)
        assert not watching.done()
        assert desk.server.socket.ever_connected == 1
        watching.cancel()


async def test_a_websocket_that_goes_deaf_is_opened_again_and_hears() -> None:
    async with by_socket() as desk:
        await desk.door.open({})
        watching = asyncio.create_task(desk.door.watch())
        desk.server.socket.connections[-1].is_deaf = True
        desk.server.dm(desk.claire, await an_invitation(desk.world))
        await desk.hears("bienvenue")
        assert not watching.done()  # the library sees to it by itself
        watching.cancel()


async def test_a_websocket_the_library_cannot_open_again_is_given_up_and_opened_anew() -> None:
    async with by_socket() as desk:
        server = desk.server
        await desk.door.open({})
        watching = asyncio.create_task(desk.door.watch())
        # The next address is of no use, and the library tries it again and again.
        server.before_answer("apps.connections.open", server.socket._tickets.clear)  # noqa: SLF001 - the address is spoilt
        server.disconnect_all(None)
        with pytest.raises(Outage, match="says nothing"):
            await asyncio.wait_for(watching, 10)
        assert not desk.door.is_open
        assert len(server.called("apps.connections.open")) == 2
        server.dm(desk.claire, await an_invitation(desk.world))
        await desk.door.open({})
        assert desk.door.is_open
        await desk.hears("bienvenue")


async def test_a_websocket_that_never_opens_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.slack._CONNECT_WITHIN", 0.2)
    async with by_socket() as desk:
        server = desk.server
        server.before_answer("apps.connections.open", server.socket._tickets.clear)  # noqa: SLF001 - idem
        with pytest.raises(Outage):
            await desk.door.open({})
        await desk.door.open({})
        assert desk.door.is_open
