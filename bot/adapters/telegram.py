"""Telegram, as a place to write to: blocks become text and entities, never a markup to parse."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from telegram import (
    Bot,
    InputFile,
    LinkPreviewOptions,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.adapters.markup import split
from bot.adapters.telegram_text import compose, keyboard, markup
from bot.core.errors import (
    ChannelMoved,
    ChannelProblem,
    MessageGone,
    Outage,
    Refusal,
    RefusalCode,
    ThreadGone,
    TokenRefused,
    Undeliverable,
    UsedElsewhere,
    VigieError,
)
from bot.core.evidence import LARGEST
from bot.core.files import too_large
from bot.core.messages import (
    Block,
    BlockKind,
    File,
    Rendered,
    RichText,
    ShownButton,
    Span,
    with_menu_in_rows,
)
from bot.core.people import Channel, Platform

_TOPIC_NAME = 128
_CONFLICTS, _WITHIN = 3, 60.0
"""Polls ended by another program, in that many seconds, after which it is there to stay.

One or two are a Vigie that is stopping while the next one starts.
"""
BUDGET = 3500
"""UTF-16 units a message may take, well under Telegram's 4096."""
_PROBED = 30
"""How many message numbers are looked at to find a message lost in a crash."""
_FILE_SECONDS = 60.0
"""Seconds a file of the largest size may take, each way."""
_NO_FILE = ("wrong file_id", "invalid file_id", "file is temporarily unavailable", "wrong remote")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

# What the Bot API says when it is final (the list healthchecks keeps, in spirit).
_BLOCKED = ("bot was blocked by the user", "user is deactivated", "can't initiate conversation")
_GONE = (
    "chat not found",
    "bot was kicked",
    "bot is not a member",
    "group chat was deleted",
    "chat_write_forbidden",
    "not enough rights to send",
    "need administrator rights",
    "group chat was deactivated",
    "topic_closed",
)
_NOT_THERE = ("message to edit not found", "message can't be edited", "message_id_invalid")


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Telegram's errors as ours."""
    try:
        yield
    except TelegramError as error:
        raise _ours(error) from error


def prepare() -> None:
    """Have the library give durations as timedeltas, as its next version will."""
    os.environ.setdefault("PTB_TIMEDELTA", "1")


@asynccontextmanager
async def open_bot(token: str, api_base: str) -> AsyncIterator[Bot]:
    """A bot that writes and does not listen."""
    prepare()
    bot = Bot(token, base_url=f"{api_base}/bot", base_file_url=f"{api_base}/file/bot")
    async with translated(), bot:
        yield bot


@asynccontextmanager
async def refusals() -> AsyncIterator[None]:
    """A refused token as ours; every other error as it is."""
    try:
        yield
    except InvalidToken as error:
        raise TokenRefused(Platform.TELEGRAM) from error


class ListeningBot(ExtBot[None]):
    """A bot that tells when polling is over for good, instead of trying for ever."""

    def __init__(self, token: str, api_base: str) -> None:
        super().__init__(token, f"{api_base}/bot", f"{api_base}/file/bot")
        self._is_over = asyncio.Event()
        self._why: VigieError | None = None
        self._conflicts: deque[float] = deque(maxlen=_CONFLICTS)

    def begin(self) -> None:
        """Forget what ended the last polling."""
        self._is_over.clear()
        self._why = None
        self._conflicts.clear()

    async def over(self) -> None:
        """Wait until polling is over for good.

        Raises:
            TokenRefused, UsedElsewhere: why.
        """
        await self._is_over.wait()
        if self._why is not None:
            raise self._why

    async def get_updates(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        """Poll once. Once polling is over nothing is asked: the updates are another's."""
        if self._is_over.is_set():
            return ()
        try:
            return await super().get_updates(*args, **kwargs)
        except InvalidToken:
            self._end(TokenRefused(Platform.TELEGRAM))
        except Conflict:
            if not self._is_lasting():
                raise
            self._end(UsedElsewhere(Platform.TELEGRAM))
        await asyncio.Event().wait()  # the updater is stopped from outside, as its loop wants
        return ()

    def _is_lasting(self) -> bool:
        """Whether the other program did not leave at once."""
        now = asyncio.get_running_loop().time()
        self._conflicts.append(now)
        return len(self._conflicts) == _CONFLICTS and now - self._conflicts[0] < _WITHIN

    def _end(self, why: VigieError) -> None:
        self._why = why
        self._is_over.set()


async def check(
    token: str, api_base: str, webhook: str = ""
) -> list[tuple[str, Mapping[str, object]]]:
    """What Telegram says of our robot: the codes of ``check_house`` with their facts.

    Args:
        token: our robot's.
        api_base: root of the Bot API.
        webhook: the address Telegram should call, empty when we are the ones who ask.
    """
    try:
        async with open_bot(token, api_base) as bot, translated():
            hook = await bot.get_webhook_info()
            name = bot.username
    except Undeliverable:
        return [("telegram_refused", {})]
    except Outage:
        return [("telegram_unreachable", {})]
    if hook.url and hook.url != webhook:
        return [("telegram_elsewhere", {"name": name, "host": urlsplit(hook.url).hostname or ""})]
    if hook.url and hook.pending_update_count and hook.last_error_message:
        facts = {"told": hook.last_error_message, "count": hook.pending_update_count}
        return [("telegram_hook_failing", facts)]
    return [("telegram_fine", {"name": name})]


class TelegramChat:
    """Writes to Telegram through a bot."""

    platform = Platform.TELEGRAM
    has_threads = False

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._last: dict[str, int] = {}

    def saw(self, address: str, number: int) -> None:
        """Note a message number in use, ours or anybody's."""
        counter = _counter(address)
        self._last[counter] = max(self._last.get(counter, 0), number)

    def entry(self, code: str) -> str:
        """Telegram's deep link."""
        try:
            return f"https://t.me/{self._bot.username}?start={code}"
        except RuntimeError:  # not initialised: Telegram is out of reach
            return ""

    def mark(self, channel: Channel) -> str:
        """The highest message number seen: what is sent next comes after it."""
        return str(self._last.get(_counter(channel.address), 0))

    def remember(self, channel: Channel, reference: str) -> None:
        """Message numbers go on from there."""
        for number in reference.split("+"):
            self.saw(channel.address, int(number))

    async def post(self, channel: Channel, message: Rendered, key: str, thread: str = "") -> str:
        """Send a message, in several when it is long; gives their numbers."""
        del key  # Telegram has no place for it: see recover
        sent = []
        message = with_menu_in_rows(message)
        pieces = split(message.text, BUDGET)
        for place, piece in enumerate(pieces, 1):
            words, entities = compose(piece)
            is_last = place == len(pieces)
            async with translated():
                posted = await self._bot.send_message(
                    chat_id=int(channel.address),
                    text=words,
                    entities=entities,
                    reply_markup=markup(channel, message) if is_last else None,
                    link_preview_options=_NO_PREVIEW,
                    disable_notification=message.silent,
                    message_thread_id=int(thread) if thread else None,
                )
            self.saw(channel.address, posted.message_id)
            sent.append(str(posted.message_id))
        return "+".join(sent)

    async def open_topic(self, channel: Channel, name: str) -> str:
        """Open a topic; without the right to, what it is about stands with everything else."""
        try:
            async with translated():
                topic = await self._bot.create_forum_topic(
                    chat_id=int(channel.address), name=name[:_TOPIC_NAME]
                )
        except Outage as outage:
            if isinstance(outage.__cause__, BadRequest | Forbidden):
                return ""
            raise
        return str(topic.message_thread_id)

    async def edit(self, channel: Channel, reference: str, message: Rendered) -> None:
        """Edit a message in place; what it has too many pieces for is emptied."""
        message = with_menu_in_rows(message)
        numbers = [int(number) for number in reference.split("+")]
        pieces = list(split(message.text, BUDGET))[: len(numbers)]
        empty = RichText((Block(BlockKind.PARAGRAPH, (Span("\u00b7"),)),))
        for place, number in enumerate(numbers):
            piece = pieces[place] if place < len(pieces) else empty
            rows = message.rows if place == len(numbers) - 1 else ()
            if not await self._edit(channel, number, piece, rows):
                raise MessageGone(f"message {number} is not there")

    async def send_file(self, channel: Channel, file: File, thread: str = "") -> str:
        """Send a file as a document: Telegram gives it back byte for byte, and shows no part."""
        async with translated():
            posted = await self._bot.send_document(
                chat_id=int(channel.address),
                document=InputFile(file.content, filename=file.name),
                disable_content_type_detection=True,
                disable_notification=True,
                message_thread_id=int(thread) if thread else None,
                read_timeout=_FILE_SECONDS,
                write_timeout=_FILE_SECONDS,
            )
        self.saw(channel.address, posted.message_id)
        return str(posted.message_id)

    async def fetch_file(self, reference: str) -> bytes:
        """The bytes of a file of somebody's message, from the Bot API and from nowhere else."""
        try:
            found = await self._bot.get_file(reference)
        except BadRequest as error:
            raise _no_file(error) from error
        except TelegramError as error:
            raise _ours(error) from error
        if (found.file_size or 0) > LARGEST:
            raise too_large()
        address = self._address(found.file_path or "")
        try:
            return await self._bot.request.retrieve(address, read_timeout=_FILE_SECONDS)
        except InvalidToken as error:  # so the library calls "not found"
            raise Refusal(RefusalCode.FILE_GONE) from error
        except TelegramError as error:
            raise _ours(error) from error

    def _address(self, path: str) -> str:
        """Where a file is fetched.

        The library takes a path it knows on our own disk for a file to be read there.
        """
        root = f"{self._bot.base_file_url}/"
        rest = path.removeprefix(root)
        if not path.startswith(root) or ".." in rest.split("/"):
            raise Refusal(RefusalCode.FILE_GONE)
        return path

    async def recover(
        self,
        channel: Channel,
        message: Rendered,
        key: str,
        mark: str,
        known: frozenset[str],
        thread: str = "",
    ) -> str | None:
        """Find a message that may have been sent just before a crash, by editing it.

        Telegram lets nobody look messages up, but it numbers them, and only our own can be edited:
        the first number after the mark that takes the edit and is not a known message is it.
        """
        del key, thread
        if not int(mark):
            return None  # nothing is known of where the numbers stood
        message = with_menu_in_rows(message)
        pieces = split(message.text, BUDGET)
        for number in range(int(mark) + 1, int(mark) + 1 + _PROBED):
            if str(number) in known:
                continue
            if await self._edit(channel, number, pieces[0], message.rows):
                self.saw(channel.address, number)
                return str(number)
        return None

    async def _edit(
        self,
        channel: Channel,
        number: int,
        text: RichText,
        rows: tuple[tuple[ShownButton, ...], ...],
    ) -> bool:
        """Edit one message; False when there is no such message of ours."""
        words, entities = compose(text)
        try:
            async with translated():
                await self._bot.edit_message_text(
                    chat_id=int(channel.address),
                    message_id=number,
                    text=words,
                    entities=entities,
                    reply_markup=keyboard(rows),
                    link_preview_options=_NO_PREVIEW,
                )
        except MessageGone:
            return False
        except _Unchanged:
            return True
        return True


def _counter(address: str) -> str:
    """Who numbers the messages of a place: itself for a supergroup, else the bot's account."""
    return address if address.startswith("-100") else ""


class _Unchanged(VigieError):
    """The message shows exactly that already."""


def _ours(error: TelegramError) -> VigieError:
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return Outage.after(wait.total_seconds() if isinstance(wait, timedelta) else wait)
    if isinstance(error, ChatMigrated):
        return ChannelMoved(str(error.new_chat_id))
    if isinstance(error, InvalidToken):
        return Undeliverable(ChannelProblem.TOKEN_REVOKED)
    if isinstance(error, BadRequest | Forbidden):
        return _answered(error)
    # Nobody answered, or not Telegram: the message may have arrived.
    return Outage(error.message, was_refused=not isinstance(error, NetworkError))


def _no_file(error: BadRequest) -> VigieError:
    """Why Telegram gives no file."""
    said = error.message.lower()
    if "file is too big" in said:
        return too_large()
    if any(words in said for words in _NO_FILE):
        return Refusal(RefusalCode.FILE_GONE)
    return Outage(error.message, was_refused=True)


def _answered(error: BadRequest | Forbidden) -> VigieError:
    """What Telegram itself said no to."""
    said = error.message.lower()
    if "message is not modified" in said:
        return _Unchanged(said)
    if "message thread not found" in said:
        return ThreadGone(error.message, was_refused=True)
    if any(words in said for words in _NOT_THERE):
        return MessageGone(error.message, was_refused=True)
    if any(words in said for words in _BLOCKED):
        return Undeliverable(ChannelProblem.BLOCKED)
    if isinstance(error, Forbidden) or any(words in said for words in _GONE):
        return Undeliverable(ChannelProblem.CHAT_GONE)
    return Outage(error.message, was_refused=True)
