"""Where Slack shows what the desk answers: in a place, in a modal, or to one person only."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.adapters import slack_modals
from bot.adapters.slack import SlackChat
from bot.core.errors import ChannelProblem, Outage, Undeliverable
from bot.core.forms import FieldKind, Form
from bot.core.messages import Manner, Message
from bot.core.people import Actor, Channel, Platform, PracticeId
from bot.ports import Pacer, Wording
from handlers.dispatch import Desk, refused
from handlers.doors import give_files
from handlers.routes import Answer

log = logging.getLogger(__name__)

APP_NAME = "Vigie"
HOME, MODAL = "home", "modal"
_SEEN_ON_THE_PAGE = frozenset({"classified", "undone", "is_me", "is_not_me", "nothing"})
"""What a home page shows by itself once it is done."""
_IN_MESSAGES = frozenset({"added", "case", "drafted", "below", "sent"})
"""What is given as a message: to who asks from a page, in the conversation beside it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked, and from what."""

    actor: Actor
    trigger: str = ""
    """What opens a modal, once, within three seconds."""
    surface: str = ""
    """HOME or MODAL when it was asked from no conversation."""
    view_id: str = ""
    """The modal it was asked from."""
    response_url: str = ""
    """Where to answer in the place of a message that only one person sees."""
    opening: str = ""
    """The modal opened already, to be filled with the answer."""


class SlackAnswers:
    """Shows answers; what cannot be shown is logged, never raised."""

    def __init__(self, chat: SlackChat, desk: Desk, wording: Wording, pacer: Pacer) -> None:
        self._chat = chat
        self._desk = desk
        self._wording = wording
        self._pacer = pacer

    async def open_early(self, origin: Origin) -> Origin:
        """Open a modal before knowing what is in it: a click opens one for three seconds."""
        opened = await self._open(origin, self.loading())
        return replace(origin, opening=opened)

    async def give(self, origin: Origin, answer: Answer) -> None:
        """Show an answer to who asked, where they look; then its files."""
        if isinstance(answer, Form):
            await self._show_form(origin, answer)
            return
        await self._give_words(origin, answer)
        await self.give_files(origin.actor, answer)

    async def _give_words(self, origin: Origin, answer: Message) -> None:
        if origin.surface:
            await self._give_on_page(origin, answer)
        elif origin.opening:
            await self.fill(origin, answer)
        elif answer.manner is Manner.REPLACE and (origin.response_url or origin.actor.message):
            await self._replace(origin, answer)
        else:
            await self.whisper(origin.actor, answer)

    async def fill(self, origin: Origin, message: Message) -> None:
        """Say something in a modal that is open; in the conversation if it was closed."""
        if not await self._update(origin.opening, self.told(message)):
            await self.whisper(origin.actor, message)

    async def tell(self, origin: Origin, message: Message) -> None:
        """Say something in a modal: the one that is open already, or a new one."""
        if origin.opening:
            await self.fill(origin, message)
        elif not await self._open(origin, self.told(message)):
            await self.whisper(origin.actor, message)

    def told(self, message: Message) -> dict[str, Any]:
        """A message as a modal."""
        return slack_modals.telling(APP_NAME, self._wording.render(message))

    def loading(self) -> dict[str, Any]:
        """A modal that waits."""
        return slack_modals.waiting(APP_NAME, self._wording.label("sentence", "loading"))

    async def fill_again(self, view: dict[str, Any], problem: Message, actor: Actor) -> None:
        """Show a modal that was sent again, with what is wrong with it."""
        words = self.words(problem)
        if not await self._update(str(view["id"]), slack_modals.again(view, words)):
            await self.whisper(actor, problem)

    def reread(self, view: Mapping[str, Any], told: Message) -> dict[str, Any]:
        """A modal that was taken and stays open, with what was found in it."""
        close = self._wording.label("button", "close_form")
        return slack_modals.again(view, self.words(told), close)

    async def read_again(
        self, view: Mapping[str, Any], told: Message, result: Message, actor: Actor
    ) -> None:
        """Show a modal that was taken again; when it was closed meanwhile, say what came of it."""
        if not await self._update(str(view["id"]), self.reread(view, told)):
            await self.whisper(actor, result)

    def words(self, message: Message) -> str:
        """A message as bare words."""
        return self._wording.render(message).text.plain

    async def whisper(self, actor: Actor, message: Message) -> None:
        """Answer to the one who asked only; where the bot is not a member, in private."""
        rendered = self._wording.render(message)
        if not rendered.text.plain:
            return
        place = _place(actor)
        await self._pacer.turn(place, urgent=True)
        try:
            if actor.is_private:
                reference = await self._chat.post(place, rendered, "")
                await self._desk.answered(actor, reference)
            else:
                await self._chat.whisper(place, actor.external_id, rendered, actor.thread)
        except Undeliverable as refusal:
            if refusal.problem is ChannelProblem.NOT_IN_CHANNEL or not actor.is_private:
                await self._invite_me(actor)
        except Outage as outage:
            _lost(outage)

    async def give_files(self, actor: Actor, message: Message) -> None:
        """Send the files of an answer to who asked, in their own conversation with the bot.

        Nothing shows a file to one person of a channel only.
        """
        if not message.files:
            return
        try:
            private = actor
            if not actor.is_private:
                address = await self._chat.direct(actor.external_id)
                private = replace(actor, address=address, is_private=True, thread="")
                await self.whisper(actor, Message("toast", {"said": "file_in_private"}))
        except Outage as outage:
            _lost(outage)
            return
        place, thread = _place(private), private.thread
        sent = await give_files(self._chat, self._pacer, place, thread, message.files)
        if sent[1] is not None:
            await self.whisper(actor, refused(sent[1]))

    async def publish(self, page: Message) -> None:
        """Show a home page at once: that of somebody who is in no practice."""
        place = Channel(PracticeId(0), Platform.SLACK, page.page_of, is_private=True)
        try:
            await self._chat.post(place, self._wording.render(page), "")
        except Outage as outage:
            log.warning("home page refused: %s", outage, extra={"action": "home_refused"})

    async def _give_on_page(self, origin: Origin, message: Message) -> None:
        """Answer somebody who looks at no conversation."""
        said = _said(message)
        message = for_page(message)
        if origin.surface == HOME:
            if origin.opening or said not in _SEEN_ON_THE_PAGE:
                await self.tell(origin, message)
        elif message.manner is Manner.REPLACE and not origin.opening:
            await self._update(origin.view_id, self.told(message))
        elif self.words(message):
            await self.tell(origin, message)

    async def _show_form(self, origin: Origin, form: Form) -> None:
        """Show a form in a modal, in the one that is open already if there is."""
        view = self._modal(origin, form)
        if origin.opening:
            if not await self._update(origin.opening, view) and _takes_files(form):
                bare = self._modal(origin, form, takes_files=False)
                await self._update(origin.opening, bare)
        elif not await self._open(origin, view):
            await self.whisper(origin.actor, Message("toast", {"said": "expired"}))

    def _modal(self, origin: Origin, form: Form, *, takes_files: bool = True) -> dict[str, Any]:
        actor = origin.actor
        place = slack_modals.Place(
            form.name,
            form.target,
            actor.address,
            actor.is_private,
            actor.message,
            actor.thread,
            bool(origin.surface),
            dict(form.answers),
        )
        if len(slack_modals.kept(place)) > slack_modals.METADATA:
            # Too much is known for a modal to keep: it is shown, to be sent back.
            hidden = {each.name for each in form.fields if each.is_hidden}
            known = {name: said for name, said in form.answers.items() if name in hidden}
            fields = tuple(
                replace(each, initial=form.answers.get(each.name, each.initial))
                for each in form.fields
            )
            form, place = replace(form, answers=known, fields=fields), replace(place, known=known)
        shown = self._wording.form(form)
        return slack_modals.modal(shown, place, takes_files=takes_files)

    async def _replace(self, origin: Origin, message: Message) -> None:
        """Put a message in the place of the one whose button was pressed."""
        rendered = self._wording.render(message)
        if origin.response_url:
            if not await self._chat.respond(origin.response_url, rendered):
                await self.whisper(origin.actor, message)
            return
        try:
            await self._chat.edit(_place(origin.actor), origin.actor.message, rendered)
        except Outage as outage:
            _lost(outage)

    async def _open(self, origin: Origin, view: dict[str, Any]) -> str:
        """Open a modal; empty when its trigger has expired."""
        try:
            on_top = origin.surface == MODAL
            return await self._chat.open_view(origin.trigger, view, on_top=on_top)
        except Outage as outage:
            log.warning("modal not opened: %s", outage, extra={"action": "modal"})
            return ""

    async def _update(self, view_id: str, view: dict[str, Any]) -> bool:
        """Show something else in a modal; whether it is still there to see."""
        try:
            return await self._chat.update_view(view_id, view)
        except Outage as outage:
            log.warning("modal not filled: %s", outage, extra={"action": "modal"})
            return False

    async def _invite_me(self, actor: Actor) -> None:
        """Ask, in private, to be invited to the channel."""
        try:
            address = await self._chat.direct(actor.external_id)
            place = Channel(PracticeId(0), Platform.SLACK, address, is_private=True)
            await self._chat.post(place, self._wording.render(Message("invite_me")), "")
        except Outage as outage:
            _lost(outage)


def for_page(message: Message) -> Message:
    """What to say to somebody who looks at no conversation."""
    where = Message("toast", {"said": "in_messages"})
    return where if _said(message) in _IN_MESSAGES else message


def _takes_files(form: Form) -> bool:
    return any(each.kind is FieldKind.FILE for each in form.fields)


def _said(message: Message) -> object:
    return message.values.get("said") if message.template == "toast" else None


def _place(actor: Actor) -> Channel:
    return Channel(PracticeId(0), actor.platform, actor.address, actor.is_private)


def _lost(outage: Outage) -> None:
    log.warning("answer not given: %s", outage, extra={"action": "answer_lost"})
