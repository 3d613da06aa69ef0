"""The Slack server, heard by the real libraries."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.peer import Json
from tests.servers.slack_server import ALL_SCOPES, MANIFEST_SCOPES, SlackServer
from tests.servers.slack_state import SlackChannel, SlackLimits, SlackUser

CHILD = """
import asyncio
from slack_sdk.web.async_client import AsyncWebClient

async def main():
    client = AsyncWebClient(token="{token}", base_url="{base}", retry_handlers=[])
    await client.chat_postMessage(channel="{channel}", text="{text}")
    print("answered")

asyncio.run(main())
"""
MODAL: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "Note"},
    "submit": {"type": "plain_text", "text": "Garder"},
    "private_metadata": "case-7",
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Votre note"},
            "element": {"type": "plain_text_input", "action_id": "note"},
        }
    ],
}


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value}, "value": value}


def menu(kind: str, **more: object) -> Json:
    return {"type": "actions", "elements": [{"type": kind, "action_id": "a", **more}]}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(text: str, value: str, action_id: str = "") -> Json:
    words = {"type": "plain_text", "text": text}
    return {"type": "button", "text": words, "value": value, "action_id": action_id or value}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def rich(*elements: Json, kind: str = "rich_text_section") -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer(scopes=ALL_SCOPES) as server:
        yield server


@pytest.fixture
def client(server: SlackServer) -> AsyncWebClient:
    return open_client(server)


@pytest.fixture
def anne(server: SlackServer) -> SlackUser:
    return server.add_user("anne", "Anne Martin")


@pytest.fixture
def team(server: SlackServer, anne: SlackUser) -> SlackChannel:
    return server.add_channel("cabinet", anne)


def open_client(server: SlackServer, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(
        token=server.bot_token if token is None else token,
        base_url=server.api_base,
        retry_handlers=[],
    )


async def refused(call: Any) -> Json:
    """What an API call is refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    response: Any = caught.value.response
    return dict(response.data)


class Listener:
    """A Bolt app over Socket Mode that keeps what it hears."""

    def __init__(self, server: SlackServer) -> None:
        self.heard: list[Json] = []
        self.app = AsyncApp(client=open_client(server), token=server.bot_token)
        self.app.event("message")(self._hear)
        self.app.event("app_mention")(self._hear)
        self.app.event("app_home_opened")(self._hear)

    async def _hear(self, event: Json) -> None:
        self.heard.append(event)


@asynccontextmanager
async def listening(
    server: SlackServer, app: AsyncApp, ping_interval: float = 10
) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(
        app, server.app_token, web_client=app.client, ping_interval=ping_interval
    )
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await server.wait_for(lambda: server.socket.connections)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


# The Web API.


async def test_a_message_is_posted_updated_and_deleted(
    server: SlackServer, client: AsyncWebClient, team: SlackChannel
) -> None:
    posted = await client.chat_postMessage(
        channel=team.id,
        text="repli",
        blocks=[
            rich({"type": "text", "text": "Un avis", "style": {"bold": True}}),
            actions(button("Licite", "v1:licit:7")),
        ],
        metadata={"event_type": "vigie_display", "event_payload": {"display": "k1"}},
    )
    [message] = server.messages(team)
    assert (message.ts, message.words, message.labels) == (posted["ts"], "Un avis", ["Licite"])
    assert message.button("Licite").value == "v1:licit:7"
    assert message.metadata == {"event_type": "vigie_display", "event_payload": {"display": "k1"}}
    await client.chat_update(channel=team.id, ts=message.ts, text="classé", blocks=[])
    assert (message.words, message.labels, message.edits) == ("classé", [], 1)
    assert message.metadata is not None
    await client.chat_postMessage(channel=team.id, text="détail", thread_ts=message.ts)
    assert server.messages(team)[1].thread_ts == message.ts
    await client.chat_delete(channel=team.id, ts=message.ts)
    assert [each.text for each in server.messages(team)] == ["détail"]


async def test_who_calls_is_checked(server: SlackServer, client: AsyncWebClient) -> None:
    whoami = await client.auth_test()
    assert (whoami["user_id"], whoami["bot_id"]) == ("U0VIGIE", "B0VIGIE")
    assert whoami.headers["x-oauth-scopes"] == ",".join(ALL_SCOPES)
    for token, error in (
        ("", "not_authed"),
        ("xoxb-other", "invalid_auth"),
        (server.app_token, "not_allowed_token_type"),
    ):
        assert (await refused(open_client(server, token).auth_test()))["error"] == error
    assert (await refused(client.api_call("chat.sing")))["error"] == "unknown_method"
    server.revoke("account_inactive")
    assert (await refused(client.auth_test()))["error"] == "account_inactive"


async def test_a_missing_scope_is_named() -> None:
    async with SlackServer(scopes=["chat:write", "im:history"]) as server:
        client = open_client(server)
        anne = server.add_user("anne")
        team = server.add_channel("cabinet", anne)
        answer = await refused(client.conversations_history(channel=team.id))
        assert answer["needed"] == "channels:history"
        assert answer["provided"] == "chat:write,im:history"
        assert (await client.conversations_history(channel=server.open_dm(anne).id))["ok"]
        assert (await refused(client.users_info(user=anne.id)))["needed"] == "users:read"
    assert "reactions:write" not in MANIFEST_SCOPES


async def test_a_channel_that_cannot_be_written_to_says_why(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser, team: SlackChannel
) -> None:
    public = server.add_channel("accueil", anne, bot_is_member=False)
    private = server.add_channel("associes", anne, private=True, bot_is_member=False)
    direct = server.open_dm(server.add_user("bob"))
    server.archive(team)
    assert direct.user is not None
    server.deactivate(direct.user)
    for channel, error in (
        (public.id, "not_in_channel"),
        (private.id, "channel_not_found"),
        (team.id, "is_archived"),
        (direct.id, "user_disabled"),
        ("C404", "channel_not_found"),
    ):
        answer = await refused(client.chat_postMessage(channel=channel, text="x"))
        assert answer["error"] == error
    server.invite_bot(private)
    assert (await client.chat_postMessage(channel=private.id, text="x"))["ok"]


@pytest.mark.parametrize(
    ("content", "error", "detail"),
    [
        ({}, "no_text", ""),
        (
            {"blocks": [menu("multi_static_select", options=[option("x")] * 101)]},
            "invalid_blocks",
            "no more than 100 items",
        ),
        (
            {"blocks": [menu("static_select", options=[option("x")], initial_option=option("y"))]},
            "invalid_blocks",
            "must match one of the options",
        ),
        ({"text": "x" * 40_001}, "msg_too_long", ""),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks", "no more than 50 items"),
        ({"blocks": [section("x" * 3001)]}, "invalid_blocks", "less than 3001 characters"),
        ({"blocks": [section("")]}, "invalid_blocks", "/blocks/0/text/text"),
        (
            {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
            "invalid_blocks",
            "less than 151 characters",
        ),
        (
            {"blocks": [{"type": "context", "elements": [section("x")["text"]] * 11}]},
            "invalid_blocks",
            "no more than 10 items",
        ),
        (
            {"blocks": [actions(*(button("x", f"v{n}") for n in range(26)))]},
            "invalid_blocks",
            "no more than 25 items",
        ),
        ({"blocks": [actions(button("x" * 76, "v"))]}, "invalid_blocks", "less than 76"),
        ({"blocks": [actions(button("x", "v" * 2001, "a"))]}, "invalid_blocks", "less than 2001"),
        ({"blocks": [actions(button("x", "v", "a" * 256))]}, "invalid_blocks", "less than 256"),
        (
            {"blocks": [actions(button("x", "1", "a"), button("y", "2", "a"))]},
            "invalid_blocks",
            "already exists",
        ),
        ({"blocks": [rich({"type": "text", "text": ""})]}, "invalid_blocks", "more than 0"),
        ({"blocks": [rich({"type": "bold", "text": "x"})]}, "invalid_blocks", "unsupported type"),
        (
            {"blocks": [rich({"type": "text", "text": "x", "style": {"bold": 1}})]},
            "invalid_blocks",
            "/elements/0/elements/0/style",
        ),
        ({"blocks": [rich(kind="rich_text_table")]}, "invalid_blocks", "rich_text_table"),
        ({"blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long", ""),
        ({"text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format", ""),
    ],
)
async def test_a_message_outside_the_rules_is_refused(
    client: AsyncWebClient, team: SlackChannel, content: Json, error: str, detail: str
) -> None:
    answer = await refused(
        client.api_call("chat.postMessage", json={"channel": team.id} | content)
    )
    assert answer["error"] == error
    assert detail in str(answer.get("response_metadata", ""))


async def test_the_largest_message_passes(
    server: SlackServer, client: AsyncWebClient, team: SlackChannel
) -> None:
    blocks = [section("x" * 3000)] * 4 + [{"type": "divider"}] * 45
    await client.chat_postMessage(
        channel=team.id, text="x", blocks=[*blocks, actions(button("y" * 75, "v"))]
    )
    quote = rich({"type": "text", "text": "cité"}, kind="rich_text_quote")
    link = {"type": "link", "url": "https://example.org", "text": "lien"}
    await client.chat_postMessage(channel=team.id, text="x", blocks=[quote, rich(link)])
    assert server.messages(team)[1].words == "cité\nlien"


async def test_updating_has_its_errors(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser, team: SlackChannel
) -> None:
    theirs = server.say(team, anne, "bonjour")
    posted = await client.chat_postMessage(channel=team.id, text="x")
    stamp = str(posted["ts"])

    async def update(ts: str, text: str = "y") -> str:
        answer = await refused(client.chat_update(channel=team.id, ts=ts, text=text))
        return str(answer["error"])

    assert await update("1.1") == "message_not_found"
    assert await update(theirs.ts) == "cant_update_message"
    assert await update(stamp, "x" * 4001) == "msg_too_long"
    server.is_edit_window_closed = True
    assert await update(stamp) == "edit_window_closed"


async def test_the_history_shows_keys_and_stops_where_asked(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser, team: SlackChannel
) -> None:
    server.say(team, anne, "un")
    first = await client.chat_postMessage(
        channel=team.id,
        text="deux",
        metadata={"event_type": "e", "event_payload": {"display": "k"}},
    )
    await client.chat_postMessage(channel=team.id, text="réponse", thread_ts=str(first["ts"]))
    await client.chat_postEphemeral(channel=team.id, user=anne.id, text="chut")
    server.say(team, anne, "trois")

    async def texts(**more: Any) -> list[str]:
        answer = await client.conversations_history(channel=team.id, **more)
        found: list[Json] = answer["messages"]
        return [message["text"] for message in found]

    assert await texts() == ["trois", "deux", "un"]
    assert await texts(limit=2) == ["trois", "deux"]
    assert await texts(oldest=first["ts"]) == ["trois"]
    assert await texts(oldest=first["ts"], inclusive=True) == ["trois", "deux"]
    answer = await client.conversations_history(channel=team.id, include_all_metadata=True)
    assert answer["messages"][1]["metadata"]["event_payload"] == {"display": "k"}
    replies = await client.conversations_replies(channel=team.id, ts=str(first["ts"]))
    assert [message["text"] for message in replies["messages"]] == ["deux", "réponse"]


async def test_people_and_places_can_be_looked_up(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser, team: SlackChannel
) -> None:
    opened = await client.conversations_open(users=anne.id)
    assert opened["channel"]["id"] == server.open_dm(anne).id
    user = await client.users_info(user=anne.id)
    assert user["user"]["real_name"] == "Anne Martin"
    info = await client.conversations_info(channel=team.id)
    assert (info["channel"]["name"], info["channel"]["is_member"]) == ("cabinet", True)
    members = await client.conversations_members(channel=team.id)
    assert members["members"] == sorted([anne.id, server.bot.id])
    posted = await client.chat_postMessage(channel="#cabinet", text="x")
    link = await client.chat_getPermalink(channel=team.id, message_ts=str(posted["ts"]))
    assert f"/{team.id}/p" in str(link["permalink"])
    await client.reactions_add(channel=team.id, timestamp=str(posted["ts"]), name="eyes")
    assert server.messages(team)[0].reactions == {"eyes"}
    assert (await client.team_info())["team"]["domain"] == "cabinet"
    assert (await client.bots_info(bot="B0VIGIE"))["bot"]["name"] == "vigie"


async def test_a_file_is_uploaded_and_shared(
    server: SlackServer, client: AsyncWebClient, team: SlackChannel
) -> None:
    await client.files_upload_v2(
        channel=team.id, filename="lettre.pdf", content=b"%PDF", initial_comment="Lettre"
    )
    [message] = server.messages(team)
    assert (message.text, message.files[0]["name"]) == ("Lettre", "lettre.pdf")
    [upload] = server.uploads.values()
    assert upload.content == b"%PDF"


async def test_too_fast_is_refused_with_how_long_to_wait() -> None:
    now = 0.0
    async with SlackServer(rate_limits=SlackLimits(), monotonic=lambda: now) as server:
        client = open_client(server)
        team, other = server.add_channel("un"), server.add_channel("deux")
        for _ in range(3):
            await client.chat_postMessage(channel=team.id, text="x")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=team.id, text="x")
        response: Any = caught.value.response
        assert (response.status_code, response["error"]) == (429, "ratelimited")
        assert response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel=other.id, text="x")
        now = 1.0
        await client.chat_postMessage(channel=team.id, text="x")
        assert len(server.messages(team)) == 4


async def test_a_fault_happens_as_asked(
    server: SlackServer, client: AsyncWebClient, team: SlackChannel
) -> None:
    server.fail_next("chat.postMessage", 429, "ratelimited", retry_after=30)
    server.fail_next("chat.postMessage", 200, "fatal_error")
    server.fail_next("chat.postMessage", 503, "<html>Service Unavailable</html>")
    seen = []
    for _ in range(3):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=team.id, text="x")
        response: Any = caught.value.response
        seen.append((response.status_code, response.headers.get("Retry-After")))
    assert seen == [(429, "30"), (200, None), (503, None)]
    server.drop_next("chat.postMessage", applied=False)
    server.drop_next("chat.postMessage", applied=True)
    for text in ("not applied", "applied"):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.chat_postMessage(channel=team.id, text=text)
    assert [message.text for message in server.messages(team)] == ["applied"]


async def test_an_answer_can_be_held(
    server: SlackServer, client: AsyncWebClient, team: SlackChannel
) -> None:
    release = asyncio.Event()
    server.delay_next("chat.postMessage", release)
    posting = asyncio.create_task(client.chat_postMessage(channel=team.id, text="x"))
    await server.wait_for(lambda: server.messages(team))
    assert not posting.done()
    release.set()
    assert (await posting)["ok"]


async def test_an_app_killed_before_the_answer_leaves_its_message(
    server: SlackServer, team: SlackChannel
) -> None:
    async def child(text: str) -> asyncio.subprocess.Process:
        script = CHILD.format(
            token=server.bot_token, base=server.api_base, channel=team.id, text=text
        )
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
        )

    running = await child("un")
    server.before_answer("chat.postMessage", lambda: os.kill(running.pid, signal.SIGKILL))
    assert (await running.communicate())[0] == b""
    again = await child("deux")
    assert (await again.communicate())[0] == b"answered\n"
    assert [message.text for message in server.messages(team)] == ["un", "deux"]


async def test_a_wait_in_vain_shows_the_channels(
    server: SlackServer, client: AsyncWebClient, team: SlackChannel
) -> None:
    await client.chat_postMessage(
        channel=team.id, text="x", blocks=[section("Un avis"), actions(button("Licite", "v"))]
    )
    with pytest.raises(AssertionError, match=r"#cabinet:\n.*vigie: Un avis\n +\[Licite\]"):
        await server.wait_for(lambda: server.messages(team)[1], timeout=0.01)


# Socket Mode.


async def test_what_people_say_is_heard(
    server: SlackServer, anne: SlackUser, team: SlackChannel
) -> None:
    listener = Listener(server)
    async with listening(server, listener.app):
        server.dm(anne, "bonjour")
        server.mention(team, anne, "aide")
        server.home_opened(anne)
        await server.wait_for(lambda: all(each.ack == {} for each in server.socket.envelopes))
        await server.wait_for(lambda: len(server.called("auth.test")) > 0)
    kinds = [(event["type"], event.get("channel_type")) for event in listener.heard]
    assert sorted(kinds, key=str) == [
        ("app_home_opened", None),
        ("app_mention", None),
        ("message", "channel"),
        ("message", "im"),
    ]
    assert all(each.latency is not None for each in server.socket.envelopes)


async def test_a_tap_is_acknowledged_and_answered(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser, team: SlackChannel
) -> None:
    app = AsyncApp(client=client, token=server.bot_token)

    @app.action("v1:licit:7")
    async def tapped(ack: AsyncAck, body: Json, action: Json, respond: AsyncRespond) -> None:
        await ack()
        ts = body["message"]["ts"]
        await client.chat_update(channel=body["channel"]["id"], ts=ts, text="Licite", blocks=[])
        await respond(f"lu {action['value']}", replace_original=False)

    await client.chat_postMessage(
        channel=team.id, text="x", blocks=[actions(button("Licite", "v1:licit:7"))]
    )
    [message] = server.messages(team)
    before = message.button("Licite")
    async with listening(server, app):
        tap = server.click(message, "Licite", anne)
        assert await tap.acked() == {}
        [whisper] = await server.wait_for(lambda: server.ephemerals(anne))
        assert (whisper.text, message.text, message.edited) == ("lu v1:licit:7", "Licite", True)
        with pytest.raises(AssertionError, match="no single button"):
            server.click(message, "Licite", anne)
        await server.click(message, before, anne).acked()
        await server.wait_for(lambda: len(server.ephemerals(anne)) == 2)
    assert server.messages(team) == [message]


async def test_a_command_is_answered_by_its_acknowledgement(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser, team: SlackChannel
) -> None:
    app = AsyncApp(client=client, token=server.bot_token)

    @app.command("/vigie")
    async def command(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        await ack(f"reçu : {body['text']}")
        await respond("à tous", response_type="in_channel")

    async with listening(server, app):
        call = server.slash(anne, team, "/vigie", "jour")
        assert (await call.acked())["text"] == "reçu : jour"
        await server.wait_for(lambda: server.messages(team))
    assert [message.text for message in server.ephemerals(anne)] == ["reçu : jour"]
    assert [message.text for message in server.messages(team)] == ["à tous"]


async def test_a_modal_is_opened_filled_corrected_and_closed(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser
) -> None:
    app = AsyncApp(client=client, token=server.bot_token)

    @app.shortcut("new_note")
    async def begin(ack: AsyncAck, body: Json) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("note")
    async def sent(ack: AsyncAck, view: Json) -> None:
        words = view["state"]["values"]["words"]["note"]["value"]
        if words:
            await ack()
        else:
            await ack(response_action="errors", errors={"words": "Écrivez quelque chose"})

    async with listening(server, app):
        await server.shortcut(anne, "new_note").acked()
        modal = await server.wait_for(lambda: server.modal(anne))
        await server.submit_view(modal).acked()
        assert modal.errors == {"words": "Écrivez quelque chose"}
        await server.submit_view(modal, {"note": "rappeler"}).acked()
    assert not modal.is_open
    assert server.modals(anne) == []


async def test_views_have_their_errors() -> None:
    now = 0.0
    async with SlackServer(monotonic=lambda: now) as server:
        client = open_client(server)
        anne = server.add_user("anne")
        [first, second, *_] = [
            server.slash(anne, server.open_dm(anne), "/vigie").payload["trigger_id"]
            for _ in range(2)
        ]

        async def error(call: Any) -> str:
            return str((await refused(call))["error"])

        opened = await client.views_open(trigger_id=first, view=MODAL)
        view_id, stamp = opened["view"]["id"], opened["view"]["hash"]
        assert (
            await error(client.views_open(trigger_id=first, view=MODAL)) == "exchanged_trigger_id"
        )
        now = 3.5
        assert (
            await error(client.views_open(trigger_id=second, view=MODAL)) == "expired_trigger_id"
        )
        assert await error(client.views_open(trigger_id="x", view=MODAL)) == "invalid_trigger_id"
        await client.views_update(view_id=view_id, hash=stamp, view=MODAL)
        late = client.views_update(view_id=view_id, hash=stamp, view=MODAL)
        assert await error(late) == "hash_conflict"
        too_long = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
        assert (
            await error(client.views_update(view_id=view_id, view=too_long)) == "invalid_arguments"
        )
        server.close_view(server.modal(anne))
        assert await error(client.views_update(view_id=view_id, view=MODAL)) == "not_found"


async def test_the_home_is_published_for_one_person(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser
) -> None:
    home = {"type": "home", "blocks": [section("À traiter"), actions(button("Voir", "v1:see"))]}
    await client.views_publish(user_id=anne.id, view=home)
    shown = server.home(anne)
    assert shown is not None
    assert shown.words == "À traiter"
    app = AsyncApp(client=client, token=server.bot_token)

    @app.action("v1:see")
    async def tapped(ack: AsyncAck, body: Json) -> None:
        await ack()
        more = home | {"blocks": [section("Vu")]}
        await client.views_publish(
            user_id=body["user"]["id"], view=more, hash=body["view"]["hash"]
        )

    async with listening(server, app):
        await server.click(shown, "Voir").acked()
        await server.wait_for(lambda: shown.words == "Vu")


async def test_an_event_not_acknowledged_comes_again() -> None:
    async with SlackServer(ack_within=0.05) as server:
        anne = server.add_user("anne")
        retries: list[str] = []
        app = AsyncApp(
            client=open_client(server), token=server.bot_token, process_before_response=True
        )
        stuck = asyncio.Event()

        @app.event("message")
        async def hear(request: Any) -> None:
            retries.append(request.headers.get("x-slack-retry-num", ["0"])[0])
            if len(retries) == 1:
                await stuck.wait()

        async with listening(server, app):
            server.dm(anne, "bonjour")
            [envelope] = server.socket.envelopes
            assert await envelope.acked() == {}
            assert envelope.attempts == 2
            server.socket.redeliver(envelope)
            await server.wait_for(lambda: envelope.attempts == 3)
            stuck.set()
            await server.wait_for(lambda: len(retries) == 3, timeout=2)
    assert retries == ["0", "1", "2"]


async def test_a_tap_nobody_acknowledges_shows_an_error(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser
) -> None:
    await client.chat_postMessage(
        channel=anne.id, text="x", blocks=[actions(button("Licite", "v"))]
    )
    [message] = server.messages(server.open_dm(anne))
    tap = server.click(message, "Licite")
    with pytest.raises(AssertionError, match="Slack showed an error"):
        await tap.acked()


async def test_an_app_reconnects_and_hears_what_it_missed(
    server: SlackServer, anne: SlackUser
) -> None:
    listener = Listener(server)
    server.dm(anne, "un")
    async with listening(server, listener.app, ping_interval=0.05):
        await server.wait_for(lambda: len(listener.heard) == 1)
        server.disconnect_all()
        await server.wait_for(lambda: server.socket.ever_connected == 2)
        server.dm(anne, "deux")
        await server.socket.envelopes[-1].acked()
        server.disconnect_all(None)
        await server.wait_for(lambda: server.socket.ever_connected == 3)
        server.dm(anne, "trois")
        await server.socket.envelopes[-1].acked()
        await server.socket.ping()
        await server.wait_for(lambda: server.socket.connections[-1].pongs)
        server.socket.connections[-1].is_deaf = True
        await server.wait_for(lambda: server.socket.ever_connected == 4)
        server.dm(anne, "quatre")
        await server.socket.envelopes[-1].acked()
    assert [event["text"] for event in listener.heard] == ["un", "deux", "trois", "quatre"]
    await server.wait_for(lambda: not server.socket.connections)


async def test_an_app_hears_its_own_messages_without_harm(
    server: SlackServer, client: AsyncWebClient, anne: SlackUser
) -> None:
    listener = Listener(server)
    async with listening(server, listener.app):
        posted = await client.chat_postMessage(channel=anne.id, text="x")
        channel = str(posted["channel"])
        await client.chat_update(channel=channel, ts=str(posted["ts"]), text="y")
        echoes = server.socket.envelopes
        for echo in echoes:
            await echo.acked()
    kinds = [echo.payload["event"].get("subtype") for echo in echoes]
    assert kinds == [None, "message_changed"]


async def test_an_event_not_subscribed_to_is_not_sent() -> None:
    async with SlackServer(events={"message.im"}, scopes=["chat:write"]) as server:
        anne = server.add_user("anne")
        assert server.home_opened(anne) is None
        server.dm(anne, "bonjour")
        assert server.socket.envelopes == []


async def test_a_response_url_serves_five_times(
    server: SlackServer, anne: SlackUser, team: SlackChannel
) -> None:
    url = server.slash(anne, team, "/vigie").payload["response_url"]
    async with aiohttp.ClientSession() as session:

        async def respond() -> int:
            async with session.post(url, json={"text": "x"}) as response:
                return response.status

        assert [await respond() for _ in range(6)] == [200] * 5 + [404]
    assert len(server.ephemerals(anne)) == 5
