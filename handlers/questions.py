"""Questions: who asks, what is asked of them, and what becomes of their answers.

Every form goes through here, whole from a modal or question by question, with its files.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.core import forms
from bot.core.actions import Action
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.files import Offered
from bot.core.forms import Conversation, Form, FormName
from bot.core.messages import Manner, Message
from bot.core.people import Actor, Asker, Member, Practice, Right, may
from bot.ports import Ports
from bot.usecases import fill_forms, mind_secrecy
from bot.usecases.fill_forms import Filled
from bot.usecases.find_targets import today_of
from bot.usecases.take_files import take_in
from handlers import access
from handlers.routes import FORMS, Answer, FormRoute


class Questions:
    """The part of the desk where forms are filled."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def asker(
        self, actor: Actor, members: list[Member], about: tuple[type[Any], int], right: Right
    ) -> Asker:
        """Who asks about a stored value, if they may.

        Raises:
            Refusal: BUTTON_EXPIRED when it is gone or not theirs; CHANNEL_NOT_LINKED,
                ROLE_TOO_LOW.
        """
        async with self._ports.store.read() as tx:
            target = await tx.get(*about)
            if target is None:
                raise Refusal(RefusalCode.BUTTON_EXPIRED)
            practice = target.id if isinstance(target, Practice) else target.practice_id
            asker = await access.admit(tx, actor, members, practice)
        if not may(asker.member.role, right):
            raise Refusal(RefusalCode.ROLE_TOO_LOW)
        return asker

    async def form(
        self, actor: Actor, members: list[Member], about: tuple[str, int], known: Mapping[str, str]
    ) -> Form:
        """The form of that name about that target, as things stand."""
        asker, route = await self._form_route(actor, members, *about)
        async with self._ports.store.read() as tx:
            return await route.make(self._ports, tx, asker, about[1], known)

    async def _form_route(
        self, actor: Actor, members: list[Member], name: str, target: int
    ) -> tuple[Asker, FormRoute]:
        if name not in set(FormName):
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        route = FORMS[FormName(name)]
        return await self.asker(actor, members, (route.about, target), route.right), route

    async def begin(self, actor: Actor, form: Form) -> list[Answer]:
        """The first question of a form, where a chat cannot show it whole."""
        async with self._ports.store.read() as tx:
            members = await access.memberships(tx, actor)
        asker, _ = await self._form_route(actor, members, form.name, form.target)
        talk = await fill_forms.begin(self._ports, asker, form)
        return [await self._go_on(actor, members, form, talk)]

    async def chosen(self, actor: Actor, members: list[Member], action: Action) -> Answer:
        """A choice pressed under a question: the next question takes its place."""
        about = (Conversation, action.target)
        try:
            asker = await self.asker(actor, members, about, Right.READ)
        except Refusal as refusal:
            gone = refusal.code is RefusalCode.BUTTON_EXPIRED
            raise Refusal(RefusalCode.QUESTION_GONE) if gone else refusal from None
        async with self._ports.store.read() as tx:
            talk = await tx.get(Conversation, action.target)
        if talk is None or (talk.member_id, talk.channel_id) != (
            asker.member.id,
            asker.channel.id,
        ):
            raise Refusal(RefusalCode.QUESTION_GONE)
        form = await self.form(actor, members, (talk.form, talk.target), dict(talk.answers))
        taken = await fill_forms.choose(self._ports, asker, form, talk, action.choice)
        return replace(await self._go_on(actor, members, form, taken), manner=Manner.REPLACE)

    async def _go_on(
        self, actor: Actor, members: list[Member], form: Form, taken: Message | Conversation
    ) -> Message:
        """What comes after an answer: the form is made anew, a question may depend on it."""
        if isinstance(taken, Message):
            return taken
        about = (form.name, form.target)
        form = await self.form(actor, members, about, dict(taken.answers))
        asked = await fill_forms.go_on(self._ports, form, taken)
        return await self._finish(actor, form, asked)

    async def _finish(self, actor: Actor, form: Form, taken: Message | Filled) -> Message:
        """The next question, or what the form was for."""
        if isinstance(taken, Message):
            return taken
        try:
            about = (form.name, form.target)
            (answer,) = await self.submit(actor, about, taken.answers, {})
        except Invalid as invalid:
            return await fill_forms.ask_again(self._ports, form, taken.talk, invalid)
        except Refusal:  # no answer would do: what is typed next is about something else
            await fill_forms.close(self._ports, taken.talk)
            raise
        await fill_forms.close(self._ports, taken.talk)
        return answer

    async def submit(
        self,
        actor: Actor,
        about: tuple[str, int],
        answers: Mapping[str, str],
        shown: Mapping[str, Offered],
    ) -> list[Message]:
        """What comes of a form filled whole; the files shown in it are fetched.

        Raises:
            Refusal: it may not be filled, or asks for what may not be done.
            Invalid: some of its answers cannot be taken.
        """
        async with self._ports.store.read() as tx:
            members = await access.memberships(tx, actor)
        asker, route = await self._form_route(actor, members, *about)
        answers = dict(answers) | await self._taken_in(asker, shown)
        async with self._ports.store.read() as tx:
            form = await route.make(self._ports, tx, asker, about[1], answers)
            today = await today_of(self._ports, tx, asker.member)
        kept = forms.check_all(form, answers, today)
        answer = await route.submit(self._ports, asker, form, kept)
        return [mind_secrecy.minded(self._ports, asker, form, kept, answer)]

    async def _taken_in(self, asker: Asker, shown: Mapping[str, Offered]) -> dict[str, str]:
        """The files of a form, fetched and kept, as answers.

        Raises:
            Invalid: why one cannot be.
        """
        taken: dict[str, str] = {}
        for name, offered in shown.items():
            try:
                arrived = await take_in(self._ports, asker.channel.platform, offered)
            except Refusal as refusal:
                raise Invalid({name: refusal}) from None
            taken[name] = arrived.encode()
        return taken

    async def answer(self, actor: Actor, said: str) -> Message | None:
        """What comes of an answer to the question that waits there; nothing if none does."""
        try:
            askers = await self.admitted(actor)
        except Refusal:
            return None
        for asker in askers:
            async with self._ports.store.read() as tx:
                talk = await fill_forms.current(tx, asker, self._ports.clock.now())
            if talk is not None:
                about, known = (talk.form, talk.target), dict(talk.answers)
                form = await self.form(actor, [asker.member], about, known)
                taken = await fill_forms.take(self._ports, asker, form, talk, said)
                return await self._go_on(actor, [asker.member], form, taken)
        return None

    async def hand_in(self, actor: Actor, offered: Offered) -> list[Answer]:
        """What comes of a file that answers a question; nothing if none waits for one."""
        try:
            askers = await self.admitted(actor)
        except Refusal:
            return []
        for asker in askers:
            async with self._ports.store.read() as tx:
                talk = await fill_forms.current(tx, asker, self._ports.clock.now())
            if talk is None:
                continue
            about = (talk.form, talk.target)
            form = await self.form(actor, [asker.member], about, dict(talk.answers))
            taken = await fill_forms.hand_in(self._ports, asker, form, talk, offered)
            if taken is not None:
                return [await self._go_on(actor, [asker.member], form, taken)]
        return []

    async def admitted(self, actor: Actor) -> list[Asker]:
        """Somebody as the member of each practice that is spoken to in the place.

        Raises:
            Refusal: NOT_INVITED, CHANNEL_NOT_LINKED.
        """
        async with self._ports.store.read() as tx:
            members = await access.memberships(tx, actor)
            return await access.admit_all(tx, actor, members)
