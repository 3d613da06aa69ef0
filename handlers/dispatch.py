"""The doors every chat uses: a button pressed, words typed, a form filled.

The tables of ``routes`` say which use case answers what. A Refusal becomes a Message; so does any
fault, which is logged: this is the handler boundary, nothing escapes it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from bot.core import files, forms, text
from bot.core.actions import Action, Command, Verb
from bot.core.errors import Invalid, Outage, Refusal, RefusalCode
from bot.core.files import Offered
from bot.core.forms import Form
from bot.core.messages import ASK, CONFIRMED, Button, ButtonStyle, Manner, Message, in_rows
from bot.core.people import (
    COMMAND_RIGHTS,
    Actor,
    Asker,
    Channel,
    Member,
    Platform,
    Practice,
    may,
)
from bot.core.urls import first_address
from bot.ports import Ports, eq
from bot.usecases import add_mentions, mind_secrecy, onboard, set_up, show_home
from bot.usecases.fill_outbox import home_of, move, note_answer, revive_place
from handlers import access
from handlers.questions import Questions
from handlers.routes import COMMANDS, ROUTES, SCREENS, Answer

log = logging.getLogger(__name__)

REFUSAL = "refusal"
"""The template of a refusal."""
_PICTURE = "\U0001f5bc\ufe0f"
"""What stands for the words of a picture that came without any."""
_WORDS = frozenset(command.value for command in Command)
_SYNONYMS = {"stop": "quitter", "help": "aide", "privacy": "confidentialite"}
_MENU = ""
"""What is asked when nothing is: everything the role may ask, to choose from."""
_BUTTONS_IN_A_ROW = 3


class Desk:
    """Where every chat brings what people ask."""

    def __init__(
        self,
        ports: Ports,
        nudge: Callable[[], Awaitable[None]],
        owners: Mapping[Platform, frozenset[str]],
    ) -> None:
        """``nudge`` has the outbox looked at; ``owners`` may claim the first practice."""
        self._ports = ports
        self._questions = Questions(ports)
        self._nudge = nudge
        self._owners = owners

    async def press(self, actor: Actor, data: str) -> Answer:
        """Answer a tap on a button: a word, a message, or a form to fill."""
        (answer,) = await self._guard(actor, data[:16], self._press(actor, data))
        return await self._known(actor, answer)

    async def command(self, actor: Actor, word: str, argument: str = "") -> list[Answer]:
        """Answer a command, for each practice of theirs that is spoken to in the place.

        Nothing when every answer is on its way through the outbox.
        """
        argument = text.typed(argument)
        answers = await self._guard(actor, word[:16], self._command(actor, word, argument))
        return [await self._known(actor, each) for each in answers]

    async def say(self, actor: Actor, words: str) -> list[Answer]:
        """Answer what was typed: the answer to a question, an address, a code or a command."""
        answers = await self._guard(actor, "text", self._say(actor, text.typed(words)))
        return [await self._known(actor, each) for each in answers]

    async def share(self, actor: Actor, words: str) -> list[Answer]:
        """Answer what somebody forwards."""
        said = text.typed(words)
        answers = await self._guard(actor, "share", self._command(actor, Command.ADD, said))
        return [await self._known(actor, each) for each in answers]

    async def show(
        self, actor: Actor, offered: Offered, words: str = "", picture: str = ""
    ) -> list[Answer]:
        """Answer somebody who shows a file: to a question that waits for one, or by itself.

        Args:
            actor: who, and where.
            offered: the file, not fetched yet.
            words: its caption, with the addresses behind it.
            picture: the chat's own reference of it, if it is a picture (see ``Mention.picture``).
        """
        said = text.typed(words).strip() or _PICTURE
        answers = await self._guard(actor, "file", self._show(actor, offered, said, picture))
        return [await self._known(actor, each) for each in answers]

    async def hand_in(self, actor: Actor, offered: Offered) -> list[Answer]:
        """Answer a file only if a question waits for one: what is no answer is not for us."""
        return await self._guard(actor, "file", self._questions.hand_in(actor, offered))

    async def begin(self, actor: Actor, form: Form) -> Message:
        """Put the first question of a form, where a chat cannot show it whole."""
        (answer,) = await self._guard(actor, form.name, self._questions.begin(actor, form))
        return _said(answer)

    async def submit(
        self,
        actor: Actor,
        about: tuple[str, int],
        answers: Mapping[str, str],
        shown: Mapping[str, Offered] = MappingProxyType({}),
    ) -> Message | Invalid:
        """Take a form filled whole, or say what cannot be taken of it.

        Args:
            actor: who fills it, and where.
            about: its name, and the id of what it is about.
            answers: what was put in it, by field.
            shown: the files that were, not fetched yet.
        """
        typed = {name: text.typed(said) for name, said in answers.items()}
        try:
            (answer,) = await self._guard(
                actor, about[0][:16], self._questions.submit(actor, about, typed, shown)
            )
        except Invalid as invalid:
            return invalid
        return _said(answer)

    async def open_home(self, actor: Actor) -> Message | None:
        """Show a member their home page, through the outbox; an outsider's is given at once."""
        answers = await self._guard(actor, "home", self._open_home(actor))
        return _said(answers[0]) if answers else None

    async def settle_in(self, actor: Actor) -> None:
        """Let a member ask from their private conversation, without being written to there.

        What is asked from a home page, a modal or a shortcut is asked in no channel.
        """
        try:
            async with self._ports.store.read() as tx:
                members = await access.memberships(tx, actor)
                here = (eq("platform", actor.platform), eq("address", actor.address))
                known = {channel.practice_id for channel in await tx.find(Channel, *here)}
            new = [member for member in members if member.practice_id not in known]
            if new:
                async with self._ports.store.write() as tx:
                    await show_home.settle_in(tx, actor, new)
        except (Refusal, Outage):
            return  # they are told so when what they ask is answered

    async def came_alive(self, actor: Actor) -> None:
        """A member spoke in a place that took no messages, or has topics since: note it."""
        try:
            async with self._ports.store.read() as tx:
                here = await tx.find(
                    Channel, eq("platform", actor.platform), eq("address", actor.address)
                )
            changed = [each for each in here if each.is_forum != actor.is_forum]
            if changed or any(each.problem for each in here):
                async with self._ports.store.write() as tx:
                    members = await access.memberships(tx, actor)
                    practices = [member.practice_id for member in members]
                    await tx.save_all(
                        [replace(each, is_forum=actor.is_forum) for each in changed], ["is_forum"]
                    )
                    await revive_place(tx, actor.platform, actor.address, practices)
        except (Refusal, Outage):
            return

    async def answered(self, actor: Actor, reference: str) -> None:
        """An answer was given at once: its reference is kept among our messages."""
        async with self._ports.store.write() as tx:
            await note_answer(tx, actor.platform, actor.address, reference)

    async def moved(self, platform: Platform, old: str, new: str) -> None:
        """A place lives on under another address."""
        async with self._ports.store.write() as tx:
            await move(tx, platform, old, new)

    async def _open_home(self, actor: Actor) -> list[Answer]:
        async with self._ports.store.write() as tx:
            try:
                members = await access.memberships(tx, actor)
            except Refusal:
                return [show_home.outsider(actor.external_id)]
            await show_home.open_home(tx, actor, members)
        return []

    async def _known(self, actor: Actor, answer: Answer) -> Answer:
        """The answer, or what comes of a form whose every answer is known already."""
        if isinstance(answer, Form) and forms.is_known(answer):
            return await self.begin(actor, answer)
        return answer

    async def _press(self, actor: Actor, data: str) -> list[Answer]:
        async with self._ports.store.read() as tx:
            members = await access.memberships(tx, actor)
            action = Action.decode(data)
        if action.verb is Verb.FILL_FORM:
            return [await self._questions.form(actor, members, (action.choice, action.target), {})]
        if action.verb is Verb.ANSWER_FORM:
            return [await self._questions.chosen(actor, members, action)]
        if action.verb is Verb.SHOW_SCREEN:
            return [await self._screen(actor, members, action)]
        if action.verb is Verb.RUN_COMMAND:
            return [await self._run(actor, members, action)]
        route = ROUTES[action.verb]
        asker = await self._questions.asker(
            actor, members, (route.about, action.target), route.right
        )
        if action.choice.startswith(ASK):
            return [_confirmation(action, asker)]
        answer = await route.use_case(self._ports, asker, action)
        if action.choice == CONFIRMED and isinstance(answer, Message):
            answer = replace(answer, manner=Manner.REPLACE)
        return [answer]

    async def _screen(self, actor: Actor, members: list[Member], action: Action) -> Answer:
        """A page of a list, in the place of the one the button is under."""
        name, _, page = action.choice.rpartition("-")
        if name not in SCREENS or not page.isdecimal():
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        screen = SCREENS[name]
        asker = await self._questions.asker(
            actor, members, (Practice, action.target), screen.right
        )
        drawn = await screen.draw(self._ports, asker, int(page))
        return replace(drawn, manner=Manner.REPLACE)

    async def _run(self, actor: Actor, members: list[Member], action: Action) -> Answer:
        """A command chosen in a menu, its answer in the menu's place."""
        if action.choice not in _WORDS:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        command = Command(action.choice)
        about = (Practice, action.target)
        asker = await self._questions.asker(actor, members, about, COMMAND_RIGHTS[command])
        answer = await self._answer(command, asker, "")
        if isinstance(answer, Message):
            return replace(answer, manner=Manner.REPLACE)
        return answer or Message("toast", {"said": "sent"})

    async def _say(self, actor: Actor, words: str) -> list[Answer]:
        """What a member types: an answer while a question waits, else a command or an address."""
        said = words.strip()
        if not _is_other_command(said):
            answer = await self._questions.answer(actor, said)
            if answer is not None:
                return [answer]
        word, _, argument = said.removeprefix("/").partition(" ")
        if first_address(said.removeprefix("/")) and word.lower() not in _WORDS:
            word, argument = Command.ADD, said.removeprefix("/")
        is_code = word.startswith(set_up.CODE_PREFIX)
        try:
            return await self._command(actor, word if is_code else word.lower(), argument)
        except Refusal as refusal:
            is_stray = refusal.code is RefusalCode.COMMAND_UNKNOWN
            warning = mind_secrecy.stray(self._ports, said) if is_stray else None
            if warning is None:
                raise
            return [warning]

    async def _show(
        self, actor: Actor, offered: Offered, words: str, picture: str
    ) -> list[Answer]:
        handed = await self._questions.hand_in(actor, offered)
        if handed:
            return handed
        try:
            file = files.checked(offered).encode()
        except Refusal:
            if not picture:
                raise
            file = ""  # no piece, but a publication all the same
        askers = await self._questions.admitted(actor)
        asked: list[Answer] = []
        for asker in askers:
            if not may(asker.member.role, COMMAND_RIGHTS[Command.ADD]):
                raise Refusal(RefusalCode.ROLE_TOO_LOW)
            asked.append(await add_mentions.shown(self._ports, asker, words, picture, file))
        to_fill = [each for each in asked if isinstance(each, Form) and not forms.is_known(each)]
        return [await self._which(askers, to_fill)] if len(to_fill) > 1 else asked

    async def _command(self, actor: Actor, word: str, argument: str) -> list[Answer]:
        word = _SYNONYMS.get(word, word)
        argument = argument.strip()
        if word.startswith(set_up.CODE_PREFIX):
            word, argument = Command.START, word
        if word == Command.START and argument:
            return [await self._welcome(await set_up.join(self._ports, actor, argument))]
        if word == Command.PRIVACY:
            return [Message("privacy")]
        try:
            askers = await self._questions.admitted(actor)
        except Refusal as refusal:
            if word != Command.START:
                raise
            return [await self._bare_start(actor, refusal)]
        if word == Command.START and all(asker.channel.is_quiet for asker in askers):
            return [await self._welcome(await set_up.link_private(self._ports, actor))]
        if word == _MENU:
            return [await self._menu(asker) for asker in askers]
        return await self._answers(askers, word, argument)

    async def _answers(self, askers: list[Asker], word: str, argument: str) -> list[Answer]:
        """What each practice of a place answers to a command."""
        if word not in _WORDS:
            raise Refusal(RefusalCode.COMMAND_UNKNOWN)
        command = Command(word)
        answers = [await self._answer(command, each, argument) for each in askers]
        to_fill = [each for each in answers if isinstance(each, Form) and not forms.is_known(each)]
        if len(to_fill) > 1:
            return [await self._which(askers, to_fill)]
        return [answer for answer in answers if answer is not None]

    async def _answer(self, command: Command, asker: Asker, argument: str) -> Answer | None:
        """What one practice answers, under its name in a place it shares with another."""
        if not may(asker.member.role, COMMAND_RIGHTS[command]):
            raise Refusal(RefusalCode.ROLE_TOO_LOW)
        answer = await COMMANDS[command](self._ports, asker, argument)
        if not isinstance(answer, Message):
            return answer
        async with self._ports.store.read() as tx:
            return replace(answer, home=await home_of(tx, asker.channel))

    async def _menu(self, asker: Asker) -> Message:
        """Everything a member may ask of one practice, to choose from."""
        role, practice = asker.member.role, asker.member.practice_id
        buttons = [
            Button(f"menu_{command}", Action(Verb.RUN_COMMAND, practice, command))
            for command in COMMANDS
            if command is not Command.START and may(role, COMMAND_RIGHTS[command])
        ]
        rows = in_rows(buttons, _BUTTONS_IN_A_ROW)
        async with self._ports.store.read() as tx:
            home = await home_of(tx, asker.channel)
        return Message("menu", rows=rows, home=home)

    async def _which(self, askers: list[Asker], wanted: list[Form]) -> Message:
        """For which of the practices of one place a form is."""
        async with self._ports.store.read() as tx:
            homes = [await tx.get(Practice, each.member.practice_id) for each in askers]
        rows = tuple(
            (Button("", Action(Verb.FILL_FORM, form.target, form.name), detail=home.name),)
            for form, home in zip(wanted, homes, strict=True)
            if home is not None
        )
        return Message("which_practice", rows=rows)

    async def _welcome(self, entered: set_up.Welcome) -> Message:
        return await onboard.welcome(
            self._ports, entered.member, is_new_channel=entered.is_new_channel
        )

    async def _bare_start(self, actor: Actor, refusal: Refusal) -> Message:
        """A /start without a code never errors: it says what it takes to come in."""
        if refusal.code is RefusalCode.CHANNEL_NOT_LINKED:
            if not actor.is_private:
                raise refusal
            return await self._welcome(await set_up.link_private(self._ports, actor))
        if actor.external_id in self._owners.get(actor.platform, frozenset()):
            welcome = await set_up.claim_first(self._ports, actor)
            if welcome is not None:
                return await self._welcome(welcome)
        _log_refused(actor, "start", refusal)
        return Message("stranger")

    async def _guard(
        self, actor: Actor, asked: str, answer: Awaitable[Sequence[Answer]]
    ) -> list[Answer]:
        """The handler boundary: whatever happens, somebody gets an answer."""
        try:
            answers = list(await answer)
        except Invalid:
            raise
        except Refusal as refusal:
            if refusal.code in {RefusalCode.NOT_INVITED, RefusalCode.BUTTON_UNKNOWN}:
                _log_refused(actor, asked, refusal)
            return [refused(refusal)]
        except Outage:
            log.exception("an outage stopped a demand", extra={"action": "demand_outage"})
            return [Message("toast", {"said": "outage"})]
        except Exception:  # the handler boundary
            log.exception("a demand failed", extra={"action": "demand_failed"})
            return [Message("toast", {"said": "fault"})]
        try:
            await self._nudge()
        except Outage:  # what was asked is done; the next tick shows it
            log.exception("outbox not looked at", extra={"action": "nudge_failed"})
        return answers


def refused(refusal: Refusal) -> Message:
    """A refusal in words."""
    return Message(REFUSAL, {"code": refusal.code, "facts": refusal.facts})


def _said(answer: Answer) -> Message:
    """An answer that can only be words."""
    if isinstance(answer, Form):
        raise TypeError(f"form {answer.name} answers a form")
    return answer


def _is_other_command(said: str) -> bool:
    """Whether somebody asks for something else than what they are asked."""
    if said.startswith(set_up.CODE_PREFIX):
        return True  # an invitation is no answer, and must not be read as one
    return said.startswith("/") and said[1:].partition(" ")[0].lower() in {
        *_WORDS,
        *_SYNONYMS,
        _MENU,
    }


def _confirmation(action: Action, asker: Asker) -> Message:
    """Ask again before a heavy act, where the chat has no dialog for it."""
    key = action.choice.removeprefix(ASK)
    yes = Button("confirm", replace(action, choice=CONFIRMED), style=ButtonStyle.DANGER)
    no = Button("back", Action(Verb.NEVER_MIND, asker.member.practice_id))
    return Message("confirm", {"key": key}, rows=((yes, no),), manner=Manner.REPLY)


def _log_refused(actor: Actor, asked: str, refusal: Refusal) -> None:
    """Who was turned away, from where, for what; never what they wrote."""
    log.warning(
        "refused: %s",
        refusal.code,
        extra={
            "action": "refused",
            "code": refusal.code,
            "platform": actor.platform,
            "account": actor.external_id,
            "place": actor.address,
            "asked": asked.partition("_")[0],
        },
    )
