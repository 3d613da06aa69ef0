"""What Telegram is sent, and what its answers mean, through the real library over real sockets."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from bot.adapters.markup import parse
from bot.adapters.telegram import TelegramChat, open_bot
from bot.adapters.telegram_text import compose, keyboard
from bot.core.errors import (
    ChannelMoved,
    ChannelProblem,
    MessageGone,
    Outage,
    Undeliverable,
)
from bot.core.messages import ButtonStyle, Rendered, ShownButton
from bot.core.people import Channel, Platform, PracticeId
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat

LICIT = ShownButton("✅ Licite", "v1:cl:1", None, ButtonStyle.PRIMARY)
SITE = ShownButton("Site", None, "https://presse.example/1", ButtonStyle.PLAIN)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def chat(server: TelegramServer) -> AsyncIterator[TelegramChat]:
    async with open_bot(server.token, server.api_base) as bot:
        yield TelegramChat(bot)


def a_message(markup: str = "<h>Titre</h>", *rows: tuple[ShownButton, ...]) -> Rendered:
    return Rendered(parse(markup), rows)


def channel_of(chat: Chat) -> Channel:
    return Channel(PracticeId(1), Platform.TELEGRAM, str(chat.id), is_private=chat.is_private)


def test_entities_are_counted_in_utf_16_units() -> None:
    text = parse("<h>😀 Titre</h>\n<q>👩🏽‍⚕️ dit <b>Claire</b></q>\n<q>encore</q>\nfin")
    words, entities = compose(text)
    units = words.encode("utf-16-le")
    said = [
        (
            entity.type,
            units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le"),
        )
        for entity in entities
    ]
    assert said == [
        ("bold", "😀 Titre"),
        ("bold", "Claire"),
        ("blockquote", "👩🏽‍⚕️ dit Claire\nencore"),
    ]


async def test_a_card_is_posted_edited_and_edited_the_same_again(
    server: TelegramServer, chat: TelegramChat
) -> None:
    person = server.add_private(1)
    place = channel_of(person)
    reference = await chat.post(place, a_message("<b>un</b> & <i>deux</i>", (LICIT, SITE)), "1")
    (shown,) = server.messages(person)
    assert shown.text == "un & deux"
    assert shown.styled("bold") == ["un"]
    assert [button.data for row in shown.keyboard for button in row] == ["v1:cl:1", SITE.url]
    for _ in range(2):
        await chat.edit(place, reference, a_message("trois", (LICIT,)))
    assert shown.text == "trois"
    assert shown.labels == ["✅ Licite"]


async def test_a_long_message_is_cut_and_its_pieces_are_edited_together(
    server: TelegramServer, chat: TelegramChat
) -> None:
    person = server.add_private(1)
    long = "\n<cut/>\n".join(f"mention {number} " + "é" * 900 for number in range(9))
    reference = await chat.post(channel_of(person), a_message(long, (LICIT,)), "1")
    shown = server.messages(person)
    assert len(shown) == 3
    assert [each.labels for each in shown] == [[], [], ["✅ Licite"]]
    assert shown[1].text.endswith("(2/3)")
    await chat.edit(channel_of(person), reference, a_message("court"))
    assert [each.text for each in shown] == ["court", "·", "·"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Forbidden: bot was blocked by the user", ChannelProblem.BLOCKED),
        ("Forbidden: user is deactivated", ChannelProblem.BLOCKED),
        ("Forbidden: bot can't initiate conversation with a user", ChannelProblem.BLOCKED),
        ("Forbidden: bot was kicked from the group chat", ChannelProblem.CHAT_GONE),
        ("Forbidden: bot was kicked from the supergroup chat", ChannelProblem.CHAT_GONE),
        ("Forbidden: bot is not a member of the channel chat", ChannelProblem.CHAT_GONE),
        ("Forbidden: the group chat was deleted", ChannelProblem.CHAT_GONE),
    ],
)
async def test_a_place_that_is_gone_is_told_apart(
    server: TelegramServer, chat: TelegramChat, said: str, problem: ChannelProblem
) -> None:
    person = server.add_private(1)
    server.fail_next("sendMessage", 403, said)
    with pytest.raises(Undeliverable) as refused:
        await chat.post(channel_of(person), a_message(), "1")
    assert refused.value.problem is problem


@pytest.mark.parametrize(
    "said",
    [
        "Bad Request: chat not found",
        "Bad Request: group chat was deactivated",
        "Bad Request: TOPIC_CLOSED",
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: CHAT_WRITE_FORBIDDEN",
    ],
)
async def test_so_is_one_that_takes_no_message(
    server: TelegramServer, chat: TelegramChat, said: str
) -> None:
    person = server.add_private(1)
    server.fail_next("sendMessage", 400, said)
    with pytest.raises(Undeliverable):
        await chat.post(channel_of(person), a_message(), "1")


async def test_what_may_pass_is_an_outage(server: TelegramServer, chat: TelegramChat) -> None:
    person = server.add_private(1)
    server.fail_next("sendMessage", 429, "Too Many Requests: retry after 37", retry_after=37)
    with pytest.raises(Outage) as asked:
        await chat.post(channel_of(person), a_message(), "1")
    assert asked.value.retry_in == 37
    assert asked.value.was_refused
    server.fail_next("sendMessage", 502, "Bad Gateway")
    with pytest.raises(Outage) as unknown:
        await chat.post(channel_of(person), a_message(), "1")
    assert not unknown.value.was_refused
    server.drop_next("sendMessage", applied=True)
    with pytest.raises(Outage) as cut:
        await chat.post(channel_of(person), a_message(), "1")
    assert not cut.value.was_refused


async def test_a_group_that_moved_says_where(server: TelegramServer, chat: TelegramChat) -> None:
    person = server.add_private(1)
    assert person.user is not None
    group = server.add_group("Cabinet", person.user)
    place = channel_of(group)
    wide = server.migrate(group)
    with pytest.raises(ChannelMoved) as moved:
        await chat.post(place, a_message(), "1")
    assert moved.value.address == str(wide.id)


async def test_a_refused_token_is_told_apart(server: TelegramServer, chat: TelegramChat) -> None:
    person = server.add_private(1)
    server.is_token_revoked = True
    with pytest.raises(Undeliverable) as refused:
        await chat.post(channel_of(person), a_message(), "1")
    assert refused.value.problem is ChannelProblem.TOKEN_REVOKED


async def test_a_deleted_message_is_gone(server: TelegramServer, chat: TelegramChat) -> None:
    person = server.add_private(1)
    reference = await chat.post(channel_of(person), a_message(), "1")
    server.remove(server.messages(person)[0])
    with pytest.raises(MessageGone):
        await chat.edit(channel_of(person), reference, a_message("autre"))


async def test_a_lost_message_is_found_among_everybody_s(
    server: TelegramServer, chat: TelegramChat
) -> None:
    person, other = server.add_private(1), server.add_private(2)
    place = channel_of(person)
    first = await chat.post(place, a_message("premier"), "1")
    mark = chat.mark(place)
    server.say(person, person.user, "bonjour")
    server.say(other, other.user, "bonjour aussi")
    server.drop_next("sendMessage", applied=True)
    with pytest.raises(Outage):
        await chat.post(place, a_message("perdu", (LICIT,)), "2")
    later = await chat.post(channel_of(other), a_message("ailleurs"), "3")
    found = await chat.recover(
        place, a_message("retrouvé", (LICIT,)), "2", mark, frozenset({first})
    )
    assert found not in {None, first, later}
    assert [each.text for each in server.messages(person)] == ["premier", "retrouvé"]
    assert [each.text for each in server.messages(other)] == ["ailleurs"]


async def test_a_message_that_never_left_is_not_found(
    server: TelegramServer, chat: TelegramChat
) -> None:
    person = server.add_private(1)
    place = channel_of(person)
    first = await chat.post(place, a_message("premier"), "1")
    mark = chat.mark(place)
    server.say(person, person.user, "bonjour")
    assert await chat.recover(place, a_message(), "2", mark, frozenset({first})) is None
    assert [each.text for each in server.messages(person)] == ["premier"]


async def test_a_fresh_start_knows_where_the_numbers_are(
    server: TelegramServer, chat: TelegramChat
) -> None:
    person = server.add_private(1)
    place = channel_of(person)
    assert chat.mark(place) == "0"
    chat.remember(place, "41+42")
    assert chat.mark(place) == "42"
    wide = dataclasses.replace(place, address="-1001234")
    assert chat.mark(wide) == "0"


def test_a_message_without_buttons_has_no_keyboard() -> None:
    assert keyboard(()) is None
