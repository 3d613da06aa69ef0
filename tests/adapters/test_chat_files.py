"""Files given and fetched through the three chats: real libraries, real payloads, real sockets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.slack import FILE_SCOPES, OPTIONAL_SCOPES, REQUIRED_SCOPES, SlackChat, client
from bot.adapters.slack_files import Address, address_of, download
from bot.adapters.telegram import TelegramChat, open_bot
from bot.adapters.terminal import TerminalChat
from bot.core.errors import (
    ChannelProblem,
    Outage,
    Refusal,
    RefusalCode,
    ThreadGone,
    Undeliverable,
)
from bot.core.evidence import LARGEST
from bot.core.messages import File
from bot.core.people import Channel, Platform, PracticeId
from tests.servers.slack_server import BOT_TOKEN, SlackServer
from tests.servers.telegram_server import TelegramServer

pytestmark = pytest.mark.timeout(60)

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
PIECE = File("Avis « Google ».jpg", "image/jpeg", JPEG)
SCOPES = (*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *FILE_SCOPES)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def on_telegram(telegram: TelegramServer) -> AsyncIterator[TelegramChat]:
    async with open_bot(telegram.token, telegram.api_base) as bot:
        yield TelegramChat(bot)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(scopes=SCOPES) as server:
        yield server


@pytest.fixture
def on_slack(slack: SlackServer) -> SlackChat:
    return SlackChat(client(BOT_TOKEN, slack.api_base))


def place(platform: Platform, address: object) -> Channel:
    return Channel(PracticeId(1), platform, str(address), is_private=True)


async def test_telegram_is_given_a_document_byte_for_byte(
    telegram: TelegramServer, on_telegram: TelegramChat
) -> None:
    forum = telegram.add_supergroup("Cabinet", is_forum=True)
    thread = telegram.add_topic(forum, "Dossier 3")
    here = place(Platform.TELEGRAM, forum.id)
    reference = await on_telegram.send_file(here, PIECE, str(thread))
    (sent,) = telegram.messages(forum)
    assert (str(sent.id), sent.thread_id) == (reference, thread)
    assert sent.document is not None
    assert (sent.document.name, sent.document.content) == (PIECE.name, JPEG)
    assert on_telegram.mark(here) == reference  # its number is taken: see recover
    with pytest.raises(ThreadGone):
        await on_telegram.send_file(here, PIECE, "999")


async def test_telegram_says_why_a_file_cannot_be_given(
    telegram: TelegramServer, on_telegram: TelegramChat
) -> None:
    person = telegram.add_private(1)
    telegram.block(person)
    with pytest.raises(Undeliverable) as refused:
        await on_telegram.send_file(place(Platform.TELEGRAM, person.id), PIECE)
    assert refused.value.problem is ChannelProblem.BLOCKED


async def test_a_file_shown_on_telegram_is_fetched(
    telegram: TelegramServer, on_telegram: TelegramChat
) -> None:
    file = telegram.keep("photo.jpg", JPEG, "image/jpeg")
    assert await on_telegram.fetch_file(file.id) == JPEG


async def test_telegram_says_why_a_file_cannot_be_had(
    telegram: TelegramServer, on_telegram: TelegramChat
) -> None:
    large = telegram.keep("film.pdf", bytes(LARGEST + 1))
    old = telegram.keep("vieux.pdf", b"%PDF")
    telegram.expire(old)
    for reference, code in (
        (large.id, RefusalCode.FILE_TOO_LARGE),
        (old.id, RefusalCode.FILE_GONE),
        ("inconnu", RefusalCode.FILE_GONE),
    ):
        with pytest.raises(Refusal) as refused:
            await on_telegram.fetch_file(reference)
        assert refused.value.code is code


async def test_a_path_of_our_own_disk_is_never_read(
    telegram: TelegramServer, on_telegram: TelegramChat, tmp_path: Path
) -> None:
    """The library reads a file it finds on the disk under the path that it is told."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"jeton")
    for path in (str(secret), "../../secret", "a/../../bot/getMe"):
        file = telegram.keep("a.pdf", b"%PDF")
        telegram.paths[file.id] = path
        with pytest.raises(Refusal) as refused:
            await on_telegram.fetch_file(file.id)
        assert refused.value.code is RefusalCode.FILE_GONE


async def test_slack_is_given_a_file_in_a_thread(slack: SlackServer, on_slack: SlackChat) -> None:
    claire = slack.add_user("claire")
    private = slack.open_dm(claire)
    asked = slack.say(private, claire, "la pièce")
    await on_slack.send_file(place(Platform.SLACK, private.id), PIECE, asked.ts)
    (sent,) = slack.messages(private)
    assert sent.thread_ts == asked.ts
    assert [each["name"] for each in sent.files] == [PIECE.name]
    assert [each.content for each in slack.uploads.values()] == [JPEG]


async def test_slack_says_why_a_file_cannot_be_given(
    slack: SlackServer, on_slack: SlackChat
) -> None:
    away = slack.add_channel("ailleurs", slack.add_user("claire"), bot_is_member=False)
    with pytest.raises(Undeliverable) as refused:
        await on_slack.send_file(place(Platform.SLACK, away.id), PIECE)
    assert refused.value.problem is ChannelProblem.NOT_IN_CHANNEL
    slack.scopes = list(REQUIRED_SCOPES)
    with pytest.raises(Refusal) as lacking:
        await on_slack.send_file(place(Platform.SLACK, away.id), PIECE)
    assert lacking.value.code is RefusalCode.FILE_RIGHTS


async def test_a_file_shown_on_slack_is_fetched(slack: SlackServer, on_slack: SlackChat) -> None:
    page = b"<html><p>L'avis</p></html>"
    for name, content in (("photo.jpg", JPEG), ("page.html", page), ("vide.txt", b"")):
        file = slack.keep_file(name, content)
        assert await on_slack.fetch_file(file.id) == content


async def test_slack_says_why_a_file_cannot_be_had(
    slack: SlackServer, on_slack: SlackChat
) -> None:
    large = slack.keep_file("film.pdf", bytes(LARGEST + 1))
    deleted = slack.keep_file("photo.jpg", JPEG)
    deleted.mode = "tombstone"
    drive = slack.keep_file("plan.pdf", b"%PDF")
    drive.is_external = True
    elsewhere = slack.keep_file("plan.pdf", b"%PDF")
    elsewhere.url = "https://slack.com.example/plan.pdf"
    for reference, code in (
        (large.id, RefusalCode.FILE_TOO_LARGE),
        (deleted.id, RefusalCode.FILE_GONE),
        (drive.id, RefusalCode.FILE_ELSEWHERE),
        (elsewhere.id, RefusalCode.FILE_ELSEWHERE),
        ("F404", RefusalCode.FILE_GONE),
    ):
        with pytest.raises(Refusal) as refused:
            await on_slack.fetch_file(reference)
        assert refused.value.code is code
    slack.scopes = list(REQUIRED_SCOPES)
    with pytest.raises(Refusal) as lacking:
        await on_slack.fetch_file(deleted.id)
    assert lacking.value.code is RefusalCode.FILE_RIGHTS


@pytest.mark.parametrize(
    ("url", "is_theirs"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://files.slack-gov.com/files-pri/T1-F1/a.png", True),
        ("http://127.0.0.1:9/files-pri/F1", True),
        ("http://files.slack.com/files-pri/T1-F1/a.png", False),
        ("https://files.slack.com:8443/a.png", False),
        ("https://claire@files.slack.com/a.png", False),
        ("https://slack.com.evil.example/a.png", False),
        ("https://notslack.com/a.png", False),
        ("http://127.0.0.1:10/files-pri/F1", False),
        ("https://[/", False),
        ("", False),
    ],
)
def test_our_token_is_for_slack_alone(url: str, *, is_theirs: bool) -> None:
    facts = {"url_private": url, "mimetype": "image/png"}
    if is_theirs:
        assert address_of(facts, "http://127.0.0.1:9/api/") == Address(url, is_page=False)
        return
    with pytest.raises(Refusal) as refused:
        address_of(facts, "http://127.0.0.1:9/api/")
    assert refused.value.code is RefusalCode.FILE_ELSEWHERE


async def test_a_redirection_is_not_followed_and_a_page_to_log_in_is_no_file(
    slack: SlackServer,
) -> None:
    file = slack.keep_file("photo.jpg", JPEG)
    moved = slack.keep_file("photo.jpg", JPEG)
    slack.redirects[moved.id] = file.url
    for url, token in ((moved.url, BOT_TOKEN), (file.url, "xoxb-another")):
        with pytest.raises(Refusal) as refused:
            await download(Address(url, is_page=False), token, None)
        assert refused.value.code is RefusalCode.FILE_RIGHTS
    with pytest.raises(Refusal) as gone:
        await download(Address(f"{slack.root}/files-pri/F404", is_page=False), BOT_TOKEN, None)
    assert gone.value.code is RefusalCode.FILE_GONE


async def test_a_body_larger_than_slack_said_is_left(slack: SlackServer) -> None:
    large = slack.keep_file("film.pdf", bytes(LARGEST + 1))
    with pytest.raises(Refusal) as refused:
        await download(Address(large.url, is_page=False), BOT_TOKEN, None)
    assert refused.value.code is RefusalCode.FILE_TOO_LARGE


async def test_a_slack_that_is_away_is_an_outage(slack: SlackServer, on_slack: SlackChat) -> None:
    file = slack.keep_file("photo.jpg", JPEG)
    await slack.stop()
    for asked in (on_slack.fetch_file(file.id), on_slack.send_file(_SOMEWHERE, PIECE)):
        with pytest.raises(Outage):
            await asked


_SOMEWHERE = place(Platform.SLACK, "D1")


async def test_the_terminal_writes_a_file_and_says_where(tmp_path: Path) -> None:
    chat = TerminalChat(tmp_path / "pieces")
    for _ in range(2):
        await chat.send_file(_SOMEWHERE, PIECE)
    first, second = (
        tmp_path / "pieces" / f"{PIECE.name[:-4]}{end}" for end in (".jpg", " (2).jpg")
    )
    assert [each.message.text.plain for each in chat.conversation] == [str(first), str(second)]
    assert first.read_bytes() == second.read_bytes() == JPEG


async def test_the_terminal_writes_nowhere_else(tmp_path: Path) -> None:
    chat = TerminalChat(tmp_path / "pieces")
    await chat.send_file(_SOMEWHERE, File("../../cle", "text/plain", b"x"))
    assert names_in(tmp_path) == ["pieces"]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_the_terminal_reads_a_file_of_its_machine(tmp_path: Path) -> None:
    chat = TerminalChat(tmp_path)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert await chat.fetch_file(str(tmp_path / "a.pdf")) == b"%PDF"
    with (tmp_path / "b.pdf").open("wb") as large:
        large.truncate(LARGEST + 1)
    for name, code in (
        ("c.pdf", RefusalCode.FILE_GONE),
        ("b.pdf", RefusalCode.FILE_TOO_LARGE),
        ("", RefusalCode.FILE_GONE),
    ):
        with pytest.raises(Refusal) as refused:
            await chat.fetch_file(str(tmp_path / name))
        assert refused.value.code is code
