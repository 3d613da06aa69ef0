"""Telegram events in, Actions out."""

import asyncio
import contextlib
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
    CallbackQuery,
    Update,
)
from telegram.constants import CallbackQueryLimit
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.adapters.http import Request, Response, Route, body_of
from bot.adapters.telegram import ListeningBot, TelegramChat, prepare, refusals
from bot.core.errors import ChannelMoved, MessageGone, Outage, Refusal, ThreadGone, UsedElsewhere
from bot.core.forms import Form
from bot.core.messages import Manner
from bot.core.messages import Message as OurMessage
from bot.core.people import Actor, Channel, Platform, PracticeId
from bot.ports import Pacer, Wording
from handlers.dispatch import REFUSAL, Desk, refused
from handlers.doors import Deliveries, give_files
from handlers.routes import Answer
from handlers.telegram_updates import actor_of, is_answer, offered_in, picture_in, words_of

log = logging.getLogger(__name__)

AnyApplication = Application[ListeningBot, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE

_ACKNOWLEDGED_WITHIN = 0.7
"""Seconds after which a tap is acknowledged without its toast: the card will follow by itself."""
_IN_GROUPS = {"jour", "dossiers", "echeances", "ajouter", "recherche", "aide"}
"""Commands shown in a group: what a team does together; the others answer there too."""
_CONCURRENT = 32
_POLL_SECONDS = 25
_ALLOWED = [Update.MESSAGE, Update.CALLBACK_QUERY]
_NO_DOCUMENT = (
    filters.VOICE
    | filters.AUDIO
    | filters.VIDEO
    | filters.VIDEO_NOTE
    | filters.ANIMATION
    | filters.Sticker.ALL
    | filters.LOCATION
    | filters.CONTACT
)
"""What people send where a file is asked for, and that is none we take."""
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header, not a secret
_MOST_WAITING = 1000
"""Updates taken in before they are handled; what comes beyond is for Telegram to send again."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram calls us, what it proves itself with, and how often we see that it may."""

    url: str
    secret: str
    looked_at_every: float = 300.0


def build(token: str, api_base: str) -> AnyApplication:
    """The library's application, with its own job queue and rate limiter off: ours do that."""
    prepare()
    return (
        ApplicationBuilder()
        .bot(ListeningBot(token, api_base))
        .job_queue(None)
        .concurrent_updates(_CONCURRENT)
        .build()
    )


class TelegramDoor:
    """Brings what happens on Telegram to the desk, and shows its answers."""

    platform = Platform.TELEGRAM

    def __init__(
        self,
        application: AnyApplication,
        chat: TelegramChat,
        desk: Desk,
        wording: Wording,
        pacer: Pacer,
        hook: Webhook | None = None,
    ) -> None:
        self._application = application
        self._hook = hook
        self._is_open = False
        self._hook_problem = ""
        self._deliveries = Deliveries()
        self._chat = chat
        self._desk = desk
        self._wording = wording
        self._pacer = pacer
        application.add_handler(TypeHandler(Update, self._notice), group=-1)
        application.add_handler(CallbackQueryHandler(self._tap))
        application.add_handler(MessageHandler(filters.COMMAND, self._command))
        application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, self._migrated))
        private = filters.ChatType.PRIVATE
        shown = filters.PHOTO | filters.Document.ALL
        application.add_handler(MessageHandler(shown & private, self._shown))
        application.add_handler(MessageHandler(filters.FORWARDED & private, self._shared))
        may_answer = (shown | _NO_DOCUMENT) & (private | filters.REPLY)
        application.add_handler(MessageHandler(may_answer, self._handed_in))
        application.add_handler(
            MessageHandler(filters.TEXT & (filters.ChatType.PRIVATE | filters.REPLY), self._text)
        )
        application.add_error_handler(self._fault)

    @property
    def is_open(self) -> bool:
        """Whether updates reach us."""
        return self._is_open

    @property
    def routes(self) -> Sequence[Route]:
        """The webhook, when there is one."""
        if self._hook is None:
            return ()
        return (Route("POST", urlsplit(self._hook.url).path or "/", self._receive),)

    async def open(self, commands: Mapping[str, str]) -> None:
        """Start listening. Raises TokenRefused, and the library's errors."""
        async with refusals():
            await self._application.initialize()
            if not self._application.running:  # an earlier try may have come this far
                await self._application.start()
            await self._set_menu(commands)
            if self._hook is None:
                await self._start_polling()
            else:
                await self._application.bot.set_webhook(
                    self._hook.url, allowed_updates=_ALLOWED, secret_token=self._hook.secret
                )
        self._is_open = True

    async def _start_polling(self) -> None:
        updater = self._application.updater
        if updater is None:
            raise RuntimeError("the Telegram application has no updater")
        if updater.running:  # what it polled for came to an end
            await updater.stop()
        hook = await self._application.bot.get_webhook_info()
        if hook.url:  # the library deletes it, and keeps what waits
            host = urlsplit(hook.url).hostname
            log.warning("webhook to %s taken away: polling", host, extra={"action": "webhook"})
        self._application.bot.begin()
        await updater.start_polling(
            timeout=_POLL_SECONDS,
            allowed_updates=_ALLOWED,
            error_callback=_polling_fault,
            bootstrap_retries=-1,
        )

    async def watch(self) -> None:
        """Return never: raise TokenRefused or UsedElsewhere once nothing reaches us any more."""
        try:
            if self._hook is None:
                await self._application.bot.over()
            while self._hook is not None:
                await asyncio.sleep(self._hook.looked_at_every)
                await self._look_at(self._hook)
        finally:
            self._is_open = False

    async def _look_at(self, hook: Webhook) -> None:
        """See that Telegram still calls us, and say what keeps it from reaching us."""
        try:
            async with refusals():
                found = await self._application.bot.get_webhook_info()
        except TelegramError:
            return  # asked again in a while
        if found.url != hook.url:
            raise UsedElsewhere(Platform.TELEGRAM)
        problem = (found.last_error_message or "") if found.pending_update_count else ""
        if problem and problem != self._hook_problem:
            log.warning("Telegram cannot call us: %s", problem, extra={"action": "webhook"})
        self._hook_problem = problem

    async def _receive(self, request: Request) -> Response:
        """Take one update in, and answer at once; 401 to whoever is not Telegram."""
        if self._hook is None or not _is_same(request.headers.get(_SECRET_HEADER), self._hook):
            return Response(status=401)
        waiting = self._application.update_queue
        if not self._application.running or waiting.qsize() >= _MOST_WAITING:
            return Response(status=503)  # Telegram keeps it, and sends it again
        try:
            update = Update.de_json(json.loads(await body_of(request)), self._application.bot)
        except (ValueError, RecursionError):
            return Response(status=400)
        except (AttributeError, KeyError, TypeError):
            # Sent again it would be no better, and hold up those behind it.
            log.exception("an update could not be read", extra={"action": "update"})
            return Response()
        if self._deliveries.is_new(str(update.update_id)):
            waiting.put_nowait(update)
        return Response()

    async def _set_menu(self, commands: Mapping[str, str]) -> None:
        """The menu of commands, in French and by default; the bot works without it."""
        menu = [BotCommand(word, label) for word, label in commands.items()]
        shorter = [each for each in menu if each.command in _IN_GROUPS]
        scopes = ((BotCommandScopeDefault(), menu), (BotCommandScopeAllGroupChats(), shorter))
        try:
            for scope, shown in scopes:
                for language in ("fr", None):
                    await self._application.bot.set_my_commands(
                        shown, scope=scope, language_code=language
                    )
        except InvalidToken:
            raise
        except TelegramError as error:
            log.warning("menu not set: %s", error, extra={"action": "menu"})

    async def close(self) -> None:
        """Stop listening, letting what is being answered finish; a webhook stays as it is."""
        self._is_open = False
        updater = self._application.updater
        if updater is not None and updater.running:
            await updater.stop()
        if self._application.running:
            await self._application.stop()
        await self._application.shutdown()
        await self._application.bot.request.shutdown()  # also when nothing was ever open

    async def _notice(self, update: Update, context: Context) -> None:
        """Note message numbers as they pass."""
        del context
        if update.effective_message is not None:
            message = update.effective_message
            self._chat.saw(str(message.chat_id), message.message_id)

    async def _tap(self, update: Update, context: Context) -> None:
        del context
        query = update.callback_query
        if query is None:
            return
        actor = actor_of(update)
        if actor is None or query.data is None:
            await _answer(query, "")
            return
        await self._desk.came_alive(actor)
        work = asyncio.ensure_future(self._answer_to(actor, query.data))
        await asyncio.wait({work}, timeout=_ACKNOWLEDGED_WITHIN)
        is_late = not work.done()
        if is_late:
            # Nobody waits longer; what was asked goes on.
            await _answer(query, self._wording.label("sentence", "looking"))
        message = await work
        is_toast = message.manner is Manner.TOAST
        if not is_late:
            await _answer(query, self._wording.render(message).text.plain if is_toast else "")
        if not is_toast or (is_late and message.template == REFUSAL):
            await self._show(actor, message)

    async def _show(self, actor: Actor, message: OurMessage) -> None:
        """Show a message in the place of the one that was pressed, or as one of its own."""
        if message.manner is not Manner.REPLACE or not await self._replace(actor, message):
            await self._say(actor, message)
        await self._give_files(actor, message)

    async def _answer_to(self, actor: Actor, data: str) -> OurMessage:
        """What a tap comes to; a form is asked question by question."""
        answer = await self._desk.press(actor, data)
        return await self._desk.begin(actor, answer) if isinstance(answer, Form) else answer

    async def _replace(self, actor: Actor, message: OurMessage) -> bool:
        """Put a message in the place of the one whose button was pressed, if that can be."""
        rendered = self._wording.render(message)
        if rendered.prompt and not actor.is_private:
            return False  # only a new message can open the box for its answer
        place = Channel(PracticeId(0), actor.platform, actor.address, actor.is_private)
        await self._pacer.turn(place, urgent=True)
        try:
            await self._chat.edit(place, actor.message, rendered)
        except MessageGone:
            return False
        except Outage as outage:
            log.warning("answer not given: %s", outage, extra={"action": "answer_lost"})
        return True

    async def _command(self, update: Update, context: Context) -> None:
        message = update.effective_message
        actor = actor_of(update)
        if message is None or message.text is None or actor is None:
            return
        word, _, argument = message.text.removeprefix("/").partition(" ")
        name, _, addressee = word.partition("@")
        if addressee and addressee.lower() != context.bot.username.lower():
            return  # said to another bot of the group
        await self._desk.came_alive(actor)
        await self._give(actor, await self._desk.say(actor, f"/{name} {argument}"))

    async def _text(self, update: Update, context: Context) -> None:
        """What is typed in private, or in a group as an answer to a message of ours."""
        actor = actor_of(update)
        message = update.effective_message
        if actor is None or message is None or message.text is None:
            return
        if not actor.is_private and not is_answer(message, context.bot.id):
            return
        await self._desk.came_alive(actor)
        await self._give(actor, await self._desk.say(actor, message.text))

    async def _shared(self, update: Update, context: Context) -> None:
        """What somebody forwards to us."""
        del context
        actor = actor_of(update)
        message = update.effective_message
        if actor is None or message is None:
            return
        await self._desk.came_alive(actor)
        await self._give(actor, await self._desk.share(actor, words_of(message)))

    async def _shown(self, update: Update, context: Context) -> None:
        """A picture or a document, in private: an answer, a publication, a piece."""
        del context
        actor = actor_of(update)
        message = update.effective_message
        if actor is None or message is None:
            return
        await self._desk.came_alive(actor)
        offered, picture = offered_in(message), picture_in(message)
        await self._give(actor, await self._desk.show(actor, offered, words_of(message), picture))

    async def _handed_in(self, update: Update, context: Context) -> None:
        """What answers a question that waits for a file, or is none of our business."""
        actor = actor_of(update)
        message = update.effective_message
        if actor is None or message is None:
            return
        if not actor.is_private and not is_answer(message, context.bot.id):
            return
        await self._give(actor, await self._desk.hand_in(actor, offered_in(message)))

    async def _give(self, actor: Actor, answers: Sequence[Answer]) -> None:
        for answer in answers:
            message = await self._desk.begin(actor, answer) if isinstance(answer, Form) else answer
            await self._say(actor, message)
            await self._give_files(actor, message)

    async def _migrated(self, update: Update, context: Context) -> None:
        """A group became a supergroup: what comes next goes to its new number."""
        del context
        message = update.effective_message
        if message is not None and message.migrate_to_chat_id is not None:
            await self._desk.moved(
                Platform.TELEGRAM, str(message.chat_id), str(message.migrate_to_chat_id)
            )

    async def _say(self, actor: Actor, message: OurMessage) -> None:
        """Answer where it was asked; an answer that cannot be given is logged, not repeated."""
        place = Channel(PracticeId(0), actor.platform, actor.address, actor.is_private)
        await self._pacer.turn(place, urgent=True)
        try:
            reference = await self._post(place, actor, message)
            await self._desk.answered(actor, reference)
        except ChannelMoved as moved:
            await self._desk.moved(Platform.TELEGRAM, actor.address, moved.address)
        except (Outage, Refusal) as outage:
            log.warning("answer not given: %s", outage, extra={"action": "answer_lost"})

    async def _give_files(self, actor: Actor, message: OurMessage) -> None:
        """Send the files of an answer after its words, and say so when one cannot be."""
        place = Channel(PracticeId(0), actor.platform, actor.address, actor.is_private)
        sent = await give_files(self._chat, self._pacer, place, actor.thread, message.files)
        references, problem = sent
        for reference in references:
            await self._desk.answered(actor, reference)
        if problem is not None:
            await self._say(actor, refused(problem))

    async def _post(self, place: Channel, actor: Actor, message: OurMessage) -> str:
        rendered = self._wording.render(message)
        try:
            return await self._chat.post(place, rendered, "", actor.thread)
        except ThreadGone:
            return await self._chat.post(place, rendered, "")

    async def _fault(self, update: object, context: Context) -> None:
        del update
        log.error("telegram update failed", exc_info=context.error, extra={"action": "update"})


async def _answer(query: CallbackQuery, words: str) -> None:
    """Acknowledge a tap; one too old to be acknowledged was acted on all the same."""
    limit = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
    shown = words if len(words) <= limit else words[: limit - 1] + "\u2026"
    with contextlib.suppress(BadRequest):
        await query.answer(shown or None, show_alert=False)


def _is_same(given: str | None, hook: Webhook) -> bool:
    """Whether a secret is ours, told in a time that does not depend on it."""
    said = (given or "").encode(errors="surrogateescape")
    return hmac.compare_digest(said, hook.secret.encode())


def _polling_fault(error: TelegramError) -> None:
    """Say plainly when another process listens with the same token."""
    if isinstance(error, Conflict):
        log.error("another process uses this Telegram token", extra={"action": "conflict"})
    else:
        log.warning("telegram polling: %s", error, extra={"action": "polling"})
