"""How Telegram reaches us, through the real library: polled or by webhook, and how each ends."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from telegram import Bot
from telegram.error import Conflict

from bot.adapters.http import LARGEST_BODY, listening
from bot.adapters.telegram import TelegramChat
from bot.core.errors import TokenRefused, UsedElsewhere
from handlers.telegram import TelegramDoor, Webhook, build
from tests.fakes import FreePacer
from tests.servers.peer import Json
from tests.servers.telegram_hook import calling, deliver
from tests.servers.telegram_server import TOKEN, TelegramServer
from tests.servers.telegram_state import Chat
from tests.world import WORDING, World, a_world

SECRET = "known-to_Telegram-only"


@dataclass
class Post:
    """A world with a door on Telegram."""

    server: TelegramServer
    world: World
    door: TelegramDoor
    chat: Chat
    url: str = ""

    async def said(self, words: str, times: int = 1) -> None:
        def shown() -> bool:
            found = [each for each in self.server.messages(self.chat) if words in each.text]
            assert len(found) == times, f"{len(found)} say {words!r}"
            return True

        await self.server.wait_for(shown)

    def update(self, number: int, words: str = "/aide") -> Json:
        """An update as Telegram sends it."""
        self.server.say(self.chat, None, words)
        return self.server.updates.pop() | {"update_id": number}


@asynccontextmanager
async def a_post(hook: str = "", every: float = 300) -> AsyncIterator[Post]:
    """A door that is not open yet; ``hook``: the path Telegram calls."""
    async with TelegramServer() as server, a_world() as world:
        application = build(TOKEN, server.api_base)
        holder: list[TelegramDoor] = []

        def door(webhook: Webhook | None) -> TelegramDoor:
            chat = TelegramChat(application.bot)
            return TelegramDoor(application, chat, world.desk, WORDING, FreePacer(), webhook)

        chat = server.add_private(1, "Claire")
        if not hook:
            holder.append(door(None))
            try:
                yield Post(server, world, holder[0], chat)
            finally:
                await holder[0].close()
            return
        webhook = Webhook("http://127.0.0.1" + hook, SECRET, every)
        holder.append(door(webhook))
        async with listening("127.0.0.1", 0, holder[0].routes) as port:
            url = f"http://127.0.0.1:{port}{hook}"
            object.__setattr__(webhook, "url", url)  # the port was chosen by the system
            try:
                yield Post(server, world, holder[0], chat, url)
            finally:
                await holder[0].close()


# By webhook.


async def test_telegram_is_told_where_to_call_and_what_waits_is_kept() -> None:
    async with a_post("/telegram") as post:
        post.server.say(post.chat, None, "/aide")  # before anybody listens
        await post.door.open({"aide": "Aide"})
        (call,) = post.server.called("setWebhook")
        assert call.params["url"] == post.url
        assert call.params["secret_token"] == SECRET
        assert call.params["allowed_updates"] == ["message", "callback_query"]
        assert not call.params.get("drop_pending_updates")
        assert post.door.is_open
        async with calling(post.server):
            await post.said("/aide")
        assert not post.server.updates
        assert not post.server.called("getUpdates")
        await post.door.close()
        assert post.server.webhook_url  # Telegram keeps what comes until we are back
        assert not post.door.is_open


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "é"])
async def test_whoever_is_not_telegram_is_refused_and_nothing_is_done(secret: str) -> None:
    async with a_post("/telegram") as post:
        await post.door.open({})
        update = post.update(1)
        assert await deliver(post.url, secret, update) == 401
        assert await deliver(post.url, secret, b"x" * (LARGEST_BODY * 2)) in {401, 0}
        assert await deliver(post.url, SECRET, update) == 200
        await post.said("/aide")


async def test_an_update_sent_again_is_handled_once() -> None:
    async with a_post("/telegram") as post:
        await post.door.open({})
        update = post.update(7)
        assert [await deliver(post.url, SECRET, update) for _ in range(3)] == [200] * 3
        assert await deliver(post.url, SECRET, post.update(8, "/dossiers")) == 200
        await post.said("Aucun dossier")
        await post.said("/aide")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 200_000, 400),
        (b"[]", 200),
        (b'"words"', 200),
        (b'{"update_id": 1, "message": 5}', 200),
        (b'{"message": {}}', 200),
        (b"x" * (LARGEST_BODY + 1), 413),
    ],
)
async def test_what_is_no_update_does_no_harm(body: bytes, status: int) -> None:
    async with a_post("/telegram") as post:
        await post.door.open({})
        assert await deliver(post.url, SECRET, body) == status
        assert await deliver(post.url, SECRET, post.update(2)) == 200
        await post.said("/aide")


async def test_what_comes_before_we_are_ready_is_for_later() -> None:
    async with a_post("/telegram") as post:
        assert await deliver(post.url, SECRET, post.update(1)) == 503
        await post.door.open({})
        await post.door.close()
        assert await deliver(post.url, SECRET, post.update(2)) == 503


async def test_a_webhook_somebody_else_took_ends_the_listening() -> None:
    async with a_post("/telegram", every=0.01) as post:
        await post.door.open({})
        post.server.webhook_url = "https://other.example/"
        with pytest.raises(UsedElsewhere):
            await asyncio.wait_for(post.door.watch(), 5)
        assert not post.door.is_open


async def test_what_keeps_telegram_from_calling_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_post("/telegram", every=0.01) as post:
        await post.door.open({})
        post.server.webhook_error = "SSL error {certificate verify failed}"
        post.server.say(post.chat, None, "/aide")
        watching = asyncio.create_task(post.door.watch())
        seen = len(post.server.called("getWebhookInfo"))
        await post.server.wait_for_call("getWebhookInfo", seen + 3)
        post.server.fail_next("getWebhookInfo", 502, "Bad Gateway")
        post.server.is_token_revoked = True
        with pytest.raises(TokenRefused):
            await asyncio.wait_for(watching, 5)
    assert caplog.text.count("certificate verify failed") == 1


# Polling.


async def test_going_back_to_polling_takes_the_webhook_away_and_keeps_what_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_post() as post:
        post.server.webhook_url = "https://vigie.example/secret-path"
        post.server.say(post.chat, None, "/aide")
        await post.door.open({})
        await post.said("/aide")
        assert not post.server.webhook_url
    assert "webhook to vigie.example taken away" in caplog.text
    assert "secret-path" not in caplog.text


async def test_another_program_that_stays_ends_the_polling() -> None:
    async with a_post() as post:
        await post.door.open({})
        watching = asyncio.create_task(post.door.watch())
        other = Bot(TOKEN, base_url=f"{post.server.api_base}/bot")
        async with other:
            while not watching.done():
                try:
                    await other.get_updates(timeout=2)
                except Conflict:
                    assert not watching.done()
        with pytest.raises(UsedElsewhere):
            await watching
        assert not post.door.is_open
        polls = post.server.polls
        post.server.say(post.chat, None, "/aide")
        await post.door.close()
        assert post.server.polls == polls  # what comes now is the other's
        assert len(post.server.updates) == 1


async def test_another_program_that_leaves_is_forgiven() -> None:
    async with a_post() as post:
        await post.door.open({})
        watching = asyncio.create_task(post.door.watch())
        for _ in range(2):
            post.server.fail_next("getUpdates", 409, "Conflict: terminated")
            post.server.say(post.chat, None, "/dossiers")
        await post.said("Aucun dossier", 2)
        assert [call.status for call in post.server.called("getUpdates")].count(409) == 2
        assert not watching.done()
        watching.cancel()


async def test_a_token_revoked_while_we_listen_is_told_once_and_nothing_spins(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with a_post() as post:
        await post.door.open({})
        post.server.is_token_revoked = True
        post.server.say(post.chat, None, "/aide")  # ends the poll that is under way
        with pytest.raises(TokenRefused):
            await asyncio.wait_for(post.door.watch(), 10)
        refused = len([call for call in post.server.called("getUpdates") if call.status == 401])
        assert refused == 1
        # A day later the token works again: the same door opens again.
        post.server.is_token_revoked = False
        await post.door.open({})
        post.server.say(post.chat, None, "/dossiers")
        await post.said("Aucun dossier")
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("hook", ["", "/telegram"])
async def test_a_token_that_never_was_one_is_told_at_once(hook: str) -> None:
    async with a_post(hook) as post:
        post.server.is_token_revoked = True
        with pytest.raises(TokenRefused):
            await post.door.open({})
        assert not post.door.is_open
