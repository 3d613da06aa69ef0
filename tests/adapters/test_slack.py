"""What Slack is sent, and what its answers mean, through the real library over real sockets."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.markup import parse
from bot.adapters.slack import FILE_SCOPES, OPTIONAL_SCOPES, REQUIRED_SCOPES, SlackChat, client
from bot.adapters.slack_blocks import compose, fallback
from bot.core.errors import ChannelProblem, MessageGone, Outage, Undeliverable
from bot.core.messages import ButtonStyle, Rendered, ShownButton
from bot.core.people import Channel, Platform, PracticeId
from tests.servers.slack_server import BOT_TOKEN, SlackServer
from tests.servers.slack_state import SlackChannel

LICIT = ShownButton("✅ Licite", "v1:cl:1", None, ButtonStyle.PRIMARY)
SITE = ShownButton("Site", None, "https://presse.example/1", ButtonStyle.PLAIN)


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer(scopes=(*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *FILE_SCOPES)) as server:
        yield server


@pytest.fixture
def chat(server: SlackServer) -> SlackChat:
    return SlackChat(client(BOT_TOKEN, server.api_base))


def a_message(markup: str = "<h>Titre</h>", *rows: tuple[ShownButton, ...]) -> Rendered:
    return Rendered(parse(markup), rows)


def place_of(channel: SlackChannel) -> Channel:
    return Channel(PracticeId(1), Platform.SLACK, channel.id, is_private=False)


def test_nothing_untrusted_is_ever_mrkdwn() -> None:
    blocks = compose(parse("<q>&lt;!channel&gt; *gras* &lt;@U1&gt;</q>"))
    assert blocks == [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_quote",
                    "elements": [{"type": "text", "text": "<!channel> *gras* <@U1>"}],
                }
            ],
        }
    ]
    assert fallback(parse("&lt;!channel&gt; &amp; co")) == "&lt;!channel&gt; &amp; co"


async def test_a_card_is_posted_with_its_key_and_edited(
    server: SlackServer, chat: SlackChat
) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    reference = await chat.post(place_of(team), a_message("<b>un</b> & deux", (LICIT, SITE)), "7")
    (shown,) = server.messages(team)
    assert "un & deux" in shown.words
    assert shown.labels == ["✅ Licite", "Site"]
    assert (shown.metadata or {})["event_payload"] == {"display": "7"}
    await chat.edit(place_of(team), reference, a_message("trois"))
    assert "trois" in shown.words
    assert shown.labels == []


async def test_a_very_long_message_is_taken_in_pieces(
    server: SlackServer, chat: SlackChat
) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    long = "\n<cut/>\n".join(f"mention {number} " + "é" * 900 for number in range(30))
    reference = await chat.post(place_of(team), a_message(long, (LICIT,)), "1")
    assert len(server.messages(team)) == len(reference.split("+")) == 10
    await chat.edit(place_of(team), reference, a_message("court"))
    assert server.messages(team)[0].words.strip() == "court"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("is_archived", ChannelProblem.ARCHIVED),
        ("channel_not_found", ChannelProblem.CHAT_GONE),
        ("not_in_channel", ChannelProblem.NOT_IN_CHANNEL),
        ("token_revoked", ChannelProblem.TOKEN_REVOKED),
        ("account_inactive", ChannelProblem.TOKEN_REVOKED),
        ("invalid_auth", ChannelProblem.TOKEN_REVOKED),
    ],
)
async def test_a_place_that_is_gone_is_told_apart(
    server: SlackServer, chat: SlackChat, said: str, problem: ChannelProblem
) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    server.fail_next("chat.postMessage", 200, said)
    with pytest.raises(Undeliverable) as refused:
        await chat.post(place_of(team), a_message(), "1")
    assert refused.value.problem is problem


async def test_what_may_pass_is_an_outage(server: SlackServer, chat: SlackChat) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    server.fail_next("chat.postMessage", 429, "ratelimited", retry_after=12)
    with pytest.raises(Outage) as asked:
        await chat.post(place_of(team), a_message(), "1")
    assert asked.value.retry_in == 12
    server.fail_next("chat.postMessage", 503, "<html>")
    with pytest.raises(Outage) as unknown:
        await chat.post(place_of(team), a_message(), "1")
    assert not unknown.value.was_refused
    server.drop_next("chat.postMessage", applied=True)
    with pytest.raises(Outage) as cut:
        await chat.post(place_of(team), a_message(), "1")
    assert not cut.value.was_refused


async def test_a_message_that_cannot_be_edited_any_more_is_gone(
    server: SlackServer, chat: SlackChat
) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    reference = await chat.post(place_of(team), a_message(), "1")
    server.is_edit_window_closed = True
    with pytest.raises(MessageGone):
        await chat.edit(place_of(team), reference, a_message("autre"))


async def test_a_lost_message_is_found_by_its_key(server: SlackServer, chat: SlackChat) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    place = place_of(team)
    await chat.post(place, a_message("premier"), "1")
    server.drop_next("chat.postMessage", applied=True)
    with pytest.raises(Outage):
        await chat.post(place, a_message("perdu"), "2")
    found = await chat.recover(place, a_message("perdu"), "2", "", frozenset())
    assert found == server.messages(team)[1].ts
    assert await chat.recover(place, a_message("jamais"), "3", "", frozenset()) is None


async def test_without_the_right_to_read_history_nothing_is_found(server: SlackServer) -> None:
    server.scopes = list(REQUIRED_SCOPES)
    chat = SlackChat(client(BOT_TOKEN, server.api_base))
    team = server.add_channel("cabinet", server.add_user("claire"))
    await chat.post(place_of(team), a_message(), "1")
    assert await chat.recover(place_of(team), a_message(), "1", "", frozenset()) is None


async def test_a_reply_lost_in_a_long_thread_is_found(
    server: SlackServer, chat: SlackChat
) -> None:
    paul = server.add_user("paul")
    team = server.add_channel("cabinet", paul)
    place = place_of(team)
    header = await chat.post(place, a_message("résumé"), "1")
    for number in range(250):
        server.say(team, paul, f"{number}", thread_ts=header)
    server.drop_next("chat.postMessage", applied=True)
    with pytest.raises(Outage):
        await chat.post(place, a_message("perdu"), "2", header)
    found = await chat.recover(place, a_message("perdu"), "2", "", frozenset(), header)
    assert found == server.messages(team)[-1].ts
    assert len(server.called("conversations.replies")) == 2
    assert await chat.recover(place, a_message("jamais"), "3", "", frozenset(), header) is None
    server.stored(team, header).deleted = True  # type: ignore[union-attr]
    assert await chat.recover(place, a_message("perdu"), "2", "", frozenset(), header) is None


async def test_under_a_message_that_is_gone_it_stands_by_itself(
    server: SlackServer, chat: SlackChat
) -> None:
    team = server.add_channel("cabinet", server.add_user("claire"))
    header = await chat.post(place_of(team), a_message("résumé"), "1")
    await chat.post(place_of(team), a_message("suite"), "2", header)
    assert server.messages(team)[-1].thread_ts == header
    server.stored(team, header).deleted = True  # type: ignore[union-attr]
    await chat.post(place_of(team), a_message("seule"), "3", header)
    assert server.messages(team)[-1].thread_ts is None


async def test_a_right_that_is_missing_is_named(server: SlackServer) -> None:
    server.scopes = ["commands"]
    chat = SlackChat(client(BOT_TOKEN, server.api_base))
    team = server.add_channel("cabinet", server.add_user("claire"))
    with pytest.raises(Outage, match="chat:write; add it, then reinstall the application"):
        await chat.post(place_of(team), a_message(), "1")
