"""The Telegram server, heard by the real library."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Self

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.ext import Application, ApplicationBuilder, ContextTypes, TypeHandler

from tests.servers.faults import Refused
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Button, Chat, RateLimits, User
from tests.servers.telegram_text import parse_html

ANNE = User(201, "Anne")
BOB = User(202, "Bob")
KEYS = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("✅ Licite", callback_data="v1:licit:7")],
        [InlineKeyboardButton("Voir", url="https://example.org/x")],
    ]
)
CHILD = """
import asyncio, sys
from telegram import Bot

async def main():
    async with Bot("{token}", base_url="{base}/bot") as bot:
        await bot.send_message({chat}, "{text}")
    print("answered")

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with open_bot(server) as bot:
        yield bot


@pytest.fixture
def anne(server: TelegramServer) -> Chat:
    return server.add_private(ANNE.id, ANNE.first_name)


@asynccontextmanager
async def open_bot(server: TelegramServer, token: str = "") -> AsyncIterator[Bot]:
    base = server.api_base
    async with Bot(
        token or server.token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot"
    ) as bot:
        yield bot


class Listener:
    """A polling application that keeps what it hears and answers commands and taps."""

    def __init__(self, server: TelegramServer) -> None:
        self.heard: list[Update] = []
        self.troubles: list[Exception] = []
        self.application: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder()
            .token(server.token)
            .base_url(f"{server.api_base}/bot")
            .job_queue(None)
            .build()
        )
        self.application.add_handler(TypeHandler(Update, self.hear))

    async def hear(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        self.heard.append(update)
        if update.callback_query is not None:
            await update.callback_query.answer("Classé licite", show_alert=True)
            await update.callback_query.edit_message_text("Licite")
        elif update.message is not None and update.message.text is not None:
            await update.message.reply_text(f"lu : {update.message.text}", reply_markup=KEYS)

    async def __aenter__(self) -> Self:
        await self.application.initialize()
        await self.application.start()
        assert self.application.updater is not None
        await self.application.updater.start_polling(
            timeout=25, error_callback=self.troubles.append
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self.application.updater is not None
        await self.application.updater.stop()
        await self.application.stop()
        await self.application.shutdown()


async def test_a_bot_hears_a_command_and_answers_a_tap(server: TelegramServer, anne: Chat) -> None:
    async with Listener(server) as listener:
        server.say(anne, None, "/jour demain")
        [answer] = await server.wait_for(lambda: server.messages(anne))
        assert answer.text == "lu : /jour demain"
        assert answer.keyboard == [
            [("✅ Licite", "v1:licit:7")],
            [("Voir", "https://example.org/x")],
        ]
        toast = await server.click(answer, "Licite").answer()
        assert (toast.text, toast.show_alert) == ("Classé licite", True)
        await server.wait_for(lambda: answer.edits == 1)
        assert (answer.text, answer.keyboard) == ("Licite", [])
    said = listener.heard[0].message
    assert said is not None
    assert said.parse_entities([MessageEntity.BOT_COMMAND]) == {said.entities[0]: "/jour"}
    assert [message.text for message in server.thread(anne)] == ["/jour demain", "Licite"]
    assert not listener.troubles


async def test_what_was_said_while_the_bot_was_away_waits_for_it(
    server: TelegramServer, anne: Chat
) -> None:
    async with Listener(server):
        server.say(anne, None, "un")
        await server.wait_for(lambda: len(server.messages(anne)) == 1)
    await server.wait_for(lambda: not server.updates)
    server.say(anne, None, "deux")
    async with Listener(server) as again:
        await server.wait_for(lambda: len(server.messages(anne)) == 2)
    assert [update.message and update.message.text for update in again.heard] == ["deux"]


async def test_an_update_comes_again_until_it_is_confirmed(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    server.say(anne, None, "un")
    server.say(anne, None, "deux")
    first = await bot.get_updates()
    assert [update.update_id for update in await bot.get_updates()] == [
        update.update_id for update in first
    ]
    [left] = await bot.get_updates(offset=first[1].update_id)
    assert left.message is not None
    assert left.message.text == "deux"
    assert await bot.get_updates(offset=left.update_id + 1) == ()


async def test_two_polls_at_once_end_the_first(server: TelegramServer, bot: Bot) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_conflict(bot))
        await server.wait_for(lambda: server.polls == 1)
        async with open_bot(server) as other:
            await other.get_updates(timeout=0)
        assert "terminated by other getUpdates request" in await first


async def _conflict(bot: Bot) -> str:
    with pytest.raises(Conflict) as caught:
        await bot.get_updates(timeout=25)
    return caught.value.message


async def test_polling_is_refused_as_long_as_a_webhook_is_set(bot: Bot) -> None:
    await bot.set_webhook("https://example.org/hook")
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_only_the_updates_asked_for_arrive(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    await bot.get_updates(allowed_updates=["message"])
    server.block(anne)
    server.unblock(anne)
    server.say(anne, None, "bonjour")
    assert [update.my_chat_member for update in await bot.get_updates()] == [None]


async def test_a_message_keeps_how_it_was_sent(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    entities = [
        MessageEntity("bold", 3, 4),
        MessageEntity("text_link", 8, 4, url="https://example.org/a?b=1"),
    ]
    sent = await bot.send_message(
        anne.id,
        "👍 gras lien  ",
        entities=entities,
        disable_notification=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    [message] = server.messages(anne)
    assert (message.text, message.silent, message.preview_disabled) == ("👍 gras lien", True, True)
    assert message.styled("bold") == ["gras"]
    assert message.styled("text_link") == ["lien"]
    assert sent.parse_entities() == {sent.entities[0]: "gras", sent.entities[1]: "lien"}
    assert server.called("sendMessage")[0].params["chat_id"] == anne.id


async def test_message_numbers_are_shared_but_for_supergroups(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    bob = server.add_private(BOB.id, "Bob")
    group = server.add_group("Cabinet", ANNE)
    team = server.add_supergroup("Équipe", ANNE)
    other = server.add_supergroup("Autre", ANNE)
    places = [anne, bob, group, team, other, team, anne]
    numbers = [(await bot.send_message(chat.id, "x")).message_id for chat in places]
    assert numbers == [1, 2, 3, 1, 1, 2, 4]


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("x" * 4097, {}, "Message is too long"),
        ("👍" * 2049, {}, "Message is too long"),
        ("", {}, "Message text is empty"),
        (" \n ", {}, "Text must be non-empty"),
        ("a <3", {"parse_mode": "HTML"}, "Can't parse entities: unclosed start tag"),
        ("a <p>", {"parse_mode": "HTML"}, 'unsupported start tag "p" at byte offset 2'),
        ("x", {"entities": [MessageEntity("bold", 0, 2)]}, "ends after the end of the text"),
        ("👍", {"entities": [MessageEntity("bold", 0, 1)]}, "in a middle of a UTF-16 symbol"),
        ("👍x", {"entities": [MessageEntity("bold", 1, 2)]}, "begins in a middle of a UTF-16"),
        ("x", {"message_thread_id": 1}, "thread not found"),
        ("x", {"reply_to_message_id": 99}, "Message to be replied not found"),
    ],
)
async def test_a_text_outside_the_rules_is_refused(
    server: TelegramServer, bot: Bot, anne: Chat, text: str, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(anne.id, text, **more)
    assert words.lower() in caught.value.message.lower()
    assert not server.messages(anne)


@pytest.mark.parametrize("longest", ["x" * 4096, "👍" * 2048, "é" * 4096 + "   "])
async def test_the_longest_text_passes(
    server: TelegramServer, bot: Bot, anne: Chat, longest: str
) -> None:
    await bot.send_message(anne.id, longest)
    assert server.messages(anne)[0].text == longest.strip()


@pytest.mark.parametrize(
    ("button", "words"),
    [
        (InlineKeyboardButton("x", callback_data="é" * 33), "Button_data_invalid"),
        (InlineKeyboardButton("x", url="http://localhost/"), "Wrong HTTP URL"),
    ],
)
async def test_a_button_outside_the_rules_is_refused(
    bot: Bot, anne: Chat, button: InlineKeyboardButton, words: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(anne.id, "x", reply_markup=InlineKeyboardMarkup([[button]]))
    assert words.lower() in caught.value.message.lower()


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<b>é &lt;3</b> &eacute;", "é <3 &eacute;", [("bold", 0, 4)]),
        ("👍<i>a<code>b</code></i>", "👍ab", [("italic", 2, 2), ("code", 3, 1)]),
        ("<a href='example.org'>x</a>", "x", [("text_link", 0, 1)]),
        ("<pre><code class='language-py'>x</code></pre>", "x", [("pre", 0, 1)]),
        ("<blockquote expandable>x</>", "x", [("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<b></b>x", "x", []),
    ],
)
def test_html_is_read_as_telegram_reads_it(
    html: str, text: str, entities: list[tuple[str, int, int]]
) -> None:
    read, found = parse_html(html)
    assert (read, [(each.type, each.offset, each.length) for each in found]) == (text, entities)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<i>x</b>", 'Unmatched end tag at byte offset 4, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("é<font>", 'Unsupported start tag "font" at byte offset 2'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("&#xD800;", "Text contains invalid Unicode characters"),
    ],
)
def test_html_is_refused_as_telegram_refuses_it(html: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_html(html)
    assert caught.value.words == f"Bad Request: can't parse entities: {words}"


async def test_editing_has_its_errors(server: TelegramServer, bot: Bot, anne: Chat) -> None:
    theirs = server.say(anne, None, "bonjour")
    sent = await bot.send_message(anne.id, "un", reply_markup=KEYS)

    async def edit(number: int, text: str, keys: InlineKeyboardMarkup | None = None) -> str:
        with pytest.raises(BadRequest) as caught:
            await bot.edit_message_text(text, anne.id, number, reply_markup=keys)
        return caught.value.message

    assert await edit(99, "x") == "Message to edit not found"
    assert await edit(theirs.id, "x") == "Message can't be edited"
    assert (await edit(sent.message_id, "un", KEYS)).startswith("Message is not modified: spec")
    await bot.edit_message_text("un", anne.id, sent.message_id)
    [message] = server.messages(anne)
    assert (message.edits, message.keyboard) == (1, [])
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(anne.id, sent.message_id)
    await bot.edit_message_reply_markup(anne.id, sent.message_id, reply_markup=KEYS)
    assert message.button("Licite") == Button("✅ Licite", "v1:licit:7")
    await bot.delete_message(anne.id, sent.message_id)
    assert await edit(sent.message_id, "x") == "Message to edit not found"
    assert server.messages(anne) == []


async def test_a_message_older_than_two_days_can_be_edited_but_not_deleted() -> None:
    now = 0.0
    async with TelegramServer(monotonic=lambda: now) as server, open_bot(server) as bot:
        chat = server.add_private(1)
        sent = await bot.send_message(chat.id, "un")
        now = 49 * 3600.0
        with pytest.raises(BadRequest, match="can't be deleted for everyone"):
            await sent.delete()
        await sent.edit_text("[effacé]")
        assert server.messages(chat)[0].text == "[effacé]"


async def test_a_tap_is_answered_once_and_in_time(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    await bot.send_message(anne.id, "un", reply_markup=KEYS)
    [message] = server.messages(anne)
    tap, late = server.click(message, "v1:licit:7"), server.old_click(message, "Licite")
    await bot.answer_callback_query(tap.id, "vu")
    assert await tap.answer() == ("vu", False, "")
    for which in (tap.id, late.id, "unknown"):
        with pytest.raises(BadRequest, match=r"[Qq]uery is too old and response timeout expired"):
            await bot.answer_callback_query(which)
    await bot.edit_message_reply_markup(anne.id, message.id)
    with pytest.raises(AssertionError, match="no single button"):
        server.click(message, "Licite")
    assert server.click(message, "Licite", stale=True).button.data == "v1:licit:7"
    data = [
        update.callback_query and update.callback_query.data for update in await bot.get_updates()
    ]
    assert data == ["v1:licit:7"] * 3


async def test_a_chat_the_bot_lost_says_how(server: TelegramServer, bot: Bot, anne: Chat) -> None:
    team = server.add_supergroup("Équipe", ANNE)
    left = server.add_group("Ancien", ANNE)
    never = server.add_private(9, started=False)
    await bot.leave_chat(left.id)
    server.block(anne)
    server.kick(team, ANNE)
    for chat, words in (
        (anne, "bot was blocked by the user"),
        (team, "bot was kicked from the supergroup chat"),
        (left, "bot is not a member of the group chat"),
        (never, "bot can't initiate conversation with a user"),
    ):
        with pytest.raises(Forbidden, match=words):
            await bot.send_message(chat.id, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(404, "x")
    server.deactivate(anne)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(anne.id, "x")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change and change.new_chat_member.status for change in changes] == ["kicked"] * 2
    server.unblock(anne)
    await bot.send_message(anne.id, "x")


async def test_a_group_that_migrates_says_where(server: TelegramServer, bot: Bot) -> None:
    group = server.add_group("Cabinet", ANNE)
    new = server.migrate(group)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.new_chat_id == new.id
    await bot.send_message(new.id, "x")
    old, begun = [update.message for update in await bot.get_updates()]
    assert old is not None
    assert begun is not None
    assert (old.migrate_to_chat_id, begun.migrate_from_chat_id) == (new.id, group.id)
    assert [message.text for message in server.messages(new)] == ["x"]


async def test_in_a_group_the_bot_hears_what_is_said_to_it(
    server: TelegramServer, bot: Bot
) -> None:
    group = server.add_group("Cabinet", ANNE)
    await bot.send_message(group.id, "question")
    [question] = server.messages(group)
    server.say(group, ANNE, "bavardage")
    server.say(group, ANNE, "/jour@autre_bot")
    server.say(group, ANNE, "/jour@vigie_bot")
    server.say(group, BOB, "réponse", reply_to=question)
    heard = [update.message and update.message.text for update in await bot.get_updates()]
    assert heard == ["/jour@vigie_bot", "réponse"]


async def test_a_forum_has_topics(server: TelegramServer, bot: Bot) -> None:
    forum = server.add_supergroup("Cabinet", ANNE, is_forum=True)
    thread = server.add_topic(forum, "Dr Dupont")
    await bot.send_message(forum.id, "x", message_thread_id=thread)
    assert server.messages(forum)[0].thread_id == thread
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(forum.id, "x", message_thread_id=1)


async def test_files_go_both_ways(server: TelegramServer, bot: Bot, anne: Chat) -> None:
    await bot.send_document(anne.id, b"BEGIN", filename="échéances.ics", caption="Agenda")
    await bot.send_photo(anne.id, b"\x89PNG", filename="preuve.png")
    letter, proof = server.messages(anne)
    assert letter.document is not None
    assert (letter.document.name, letter.document.content) == ("échéances.ics", b"BEGIN")
    assert letter.text == "Agenda"
    assert proof.photo is not None
    server.upload(anne, None, "flux.opml", b"<opml/>")
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"<opml/>"


async def test_menus_are_kept_by_scope_and_language(server: TelegramServer, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("jour", "Le résumé")], language_code="fr")
    await bot.set_my_commands([("aide", "Aide")], scope=BotCommandScopeAllGroupChats())
    assert server.commands["default", "fr"] == [("jour", "Le résumé")]
    assert server.commands["all_group_chats", ""] == [("aide", "Aide")]
    assert await bot.get_my_commands(language_code="fr") == (BotCommand("jour", "Le résumé"),)
    await bot.delete_my_commands(language_code="fr")
    assert await bot.get_my_commands(language_code="fr") == ()
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([("échéances", "x")])
    await bot.set_my_description("Veille", language_code="fr")
    await bot.set_my_short_description("Veille")
    assert server.descriptions == {
        ("description", "fr"): "Veille",
        ("short_description", ""): "Veille",
    }


async def test_the_chat_can_be_looked_at(bot: Bot, anne: Chat) -> None:
    assert (await bot.get_chat(anne.id)).first_name == "Anne"
    assert await bot.send_chat_action(anne.id, "typing")
    assert bot.username == "vigie_bot"


async def test_a_wrong_token_and_an_unknown_method(server: TelegramServer, bot: Bot) -> None:
    for token, status in (("123:" + "x" * 35, 401), ("123:abc", 404)):
        with pytest.raises(InvalidToken):
            async with open_bot(server, token):
                pass
        assert server.calls[-1].status == status
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendTelegram")
    server.is_token_revoked = True
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_too_fast_is_refused_with_how_long_to_wait() -> None:
    now = 0.0
    limits = RateLimits(overall=3, per_chat=1, per_group_minute=2)
    async with (
        TelegramServer(rate_limits=limits, monotonic=lambda: now) as server,
        open_bot(server) as bot,
    ):
        group = server.add_group("Cabinet", ANNE)
        people = [server.add_private(number) for number in range(1, 5)]

        async def wait_of(chat: Chat) -> timedelta | int | None:
            try:
                await bot.send_message(chat.id, "x")
            except RetryAfter as error:
                return error.retry_after
            return None

        assert [await wait_of(chat) for chat in people] == [None] * 3 + [timedelta(seconds=1)]
        now = 1.0
        assert await wait_of(people[3]) is None
        assert await wait_of(people[3]) == timedelta(seconds=1)
        assert await wait_of(group) is None
        now = 2.0
        assert await wait_of(group) is None
        now = 31.0
        assert await wait_of(group) == timedelta(seconds=30)
        now = 61.0
        assert await wait_of(group) is None


async def test_a_fault_happens_as_often_as_asked(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    server.fail_next("sendMessage", 502, "Bad Gateway", times=2)
    server.fail_next("editMessageText", 429, "Too Many Requests: retry after 7", retry_after=7)
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(anne.id, "x")
    sent = await bot.send_message(anne.id, "x")
    with pytest.raises(RetryAfter):
        await sent.edit_text("y")
    await sent.edit_text("y")
    assert [call.status for call in server.called("sendMessage")] == [502, 502, 200]


async def test_an_answer_can_be_lost(server: TelegramServer, bot: Bot, anne: Chat) -> None:
    server.drop_next("sendMessage", applied=True)
    server.drop_next("sendMessage", applied=False)
    for text in ("not applied", "applied"):
        with pytest.raises(NetworkError):
            await bot.send_message(anne.id, text)
    await bot.send_message(anne.id, "answered")
    assert [message.text for message in server.messages(anne)] == ["applied", "answered"]


async def test_an_answer_can_be_held(server: TelegramServer, bot: Bot, anne: Chat) -> None:
    release = asyncio.Event()
    server.delay_next("sendMessage", release)
    sending = asyncio.create_task(bot.send_message(anne.id, "x"))
    await server.wait_for(lambda: server.messages(anne))
    assert not sending.done()
    release.set()
    assert (await sending).text == "x"


async def test_a_hook_runs_between_the_effect_and_the_answer(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    seen: list[str] = []
    server.before_answer("sendMessage", lambda: seen.append(server.messages(anne)[0].text))
    await bot.send_message(anne.id, "x")
    await bot.send_message(anne.id, "y")
    assert seen == ["x"]


async def test_a_bot_killed_before_the_answer_leaves_its_message(
    server: TelegramServer, anne: Chat
) -> None:
    def script(text: str) -> str:
        return CHILD.format(token=server.token, base=server.api_base, chat=anne.id, text=text)

    async def child(text: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", script(text), stdout=asyncio.subprocess.PIPE
        )

    running = await child("un")
    server.before_answer("sendMessage", lambda: os.kill(running.pid, signal.SIGKILL))
    assert (await running.communicate())[0] == b""
    assert running.returncode == -signal.SIGKILL
    again = await child("deux")
    assert (await again.communicate())[0] == b"answered\n"
    assert [message.text for message in server.messages(anne)] == ["un", "deux"]


async def test_an_outage_ends_at_the_same_address(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    await server.stop()
    with pytest.raises(NetworkError):
        await bot.send_message(anne.id, "x")
    await server.start()
    await bot.send_message(anne.id, "y")
    assert [message.text for message in server.messages(anne)] == ["y"]


async def test_a_wait_in_vain_shows_the_chats(
    server: TelegramServer, bot: Bot, anne: Chat
) -> None:
    await bot.send_message(anne.id, "un", reply_markup=KEYS)
    with pytest.raises(AssertionError, match=r"#1 Vigie: un\n.*Licite") as caught:
        await server.wait_for(lambda: server.messages(anne)[1], timeout=0.01)
    assert "sendMessage -> 200" in str(caught.value)
    with pytest.raises(AssertionError, match="was not answered"):
        await server.click(server.messages(anne)[0], "Licite").answer(timeout=0.01)
