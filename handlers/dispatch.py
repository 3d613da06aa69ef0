"""The two doors every chat uses: a button pressed, a word typed.

The tables say which use case answers what. A Refusal becomes a Message; so does any fault, which
is logged: this is the handler boundary, nothing escapes it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.actions import Action, Command, Verb
from bot.core.cases import Case, CaseDeadline, Reminder
from bot.core.digest import Digest
from bot.core.errors import Outage, Refusal, RefusalCode
from bot.core.letters import Draft
from bot.core.mentions import Mention
from bot.core.messages import Message
from bot.core.people import Actor, Channel, Member, Platform, may
from bot.ports import Ports, eq, ne
from bot.usecases import answer_commands, draft_replies, set_up, triage_mentions, work_cases
from bot.usecases.fill_outbox import home_of, move, note_answer, revive_place
from handlers import access
from handlers.access import Admitted

log = logging.getLogger(__name__)

Press = Callable[[Ports, Member, Channel, Action], Awaitable[Message]]
Answer = Callable[[Ports, Member, Channel], Awaitable[Message | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """What a verb is about, and who answers it."""

    about: type[Any]
    use_case: Press


ROUTES: Mapping[Verb, Route] = {
    Verb.CLASSIFY_LICIT: Route(Mention, triage_mentions.classify),
    Verb.CLASSIFY_ILLICIT: Route(Mention, triage_mentions.classify),
    Verb.CLASSIFY_IGNORED: Route(Mention, triage_mentions.classify),
    Verb.UNDO: Route(Mention, triage_mentions.undo),
    Verb.IS_ME: Route(Mention, triage_mentions.recognise),
    Verb.IS_NOT_ME: Route(Mention, triage_mentions.recognise),
    Verb.SHOW_MORE: Route(Digest, triage_mentions.show_rest),
    Verb.REVIEW_BACKLOG: Route(Digest, triage_mentions.review_backlog),
    Verb.DISMISS_BACKLOG: Route(Digest, triage_mentions.review_backlog),
    Verb.REVIEW_DOUBTFUL: Route(Digest, triage_mentions.review_doubtful),
    Verb.DISMISS_DOUBTFUL: Route(Digest, triage_mentions.review_doubtful),
    Verb.DRAFT_REPLY: Route(Mention, draft_replies.propose),
    Verb.NEXT_DRAFT: Route(Draft, draft_replies.vary),
    Verb.COPY_DRAFT: Route(Draft, draft_replies.copy),
    Verb.OPEN_CASE: Route(Case, work_cases.show_case),
    Verb.CLOSE_CASE: Route(Case, work_cases.take_step),
    Verb.REOPEN_CASE: Route(Case, work_cases.take_step),
    Verb.MARK_SENT_ONLINE: Route(Case, work_cases.take_step),
    Verb.MARK_SENT_BY_POST: Route(Case, work_cases.take_step),
    Verb.MARK_RECEIVED: Route(Case, work_cases.take_step),
    Verb.MARK_ANSWERED: Route(Case, work_cases.take_step),
    Verb.COMPLETE_DEADLINE: Route(CaseDeadline, work_cases.complete),
    Verb.RESUME_DEADLINE: Route(CaseDeadline, work_cases.resume),
    Verb.SNOOZE_DEADLINE: Route(Reminder, work_cases.snooze),
    Verb.EXPLAIN_CASE: Route(Case, work_cases.explain_case),
    Verb.EXPLAIN_DEADLINE: Route(CaseDeadline, work_cases.explain_one),
}

COMMANDS: Mapping[Command, Answer] = {
    Command.START: answer_commands.hello,
    Command.TODAY: answer_commands.today,
    Command.CASES: answer_commands.cases,
    Command.DEADLINES: answer_commands.deadlines,
    Command.SOURCES: answer_commands.sources,
    Command.HELP: answer_commands.help_,
    Command.PRIVACY: answer_commands.privacy,
}

_WORDS = frozenset(command.value for command in Command)
_SYNONYMS = {"help": "aide", "privacy": "confidentialite", "": "aide"}


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
        self._nudge = nudge
        self._owners = owners

    async def press(self, actor: Actor, data: str) -> Message:
        """Answer a tap on a button: nearly always a toast, the cards change by themselves."""
        (answer,) = await self._guard(actor, data[:16], self._press(actor, data))
        return answer

    async def command(self, actor: Actor, word: str, argument: str = "") -> list[Message]:
        """Answer a command, for each practice of theirs that is spoken to in the place.

        Nothing when every answer is on its way through the outbox.
        """
        return await self._guard(actor, word[:16], self._command(actor, word, argument))

    async def came_alive(self, actor: Actor) -> None:
        """A member spoke in a place that took no messages: write there again."""
        try:
            async with self._ports.store.read() as tx:
                asleep = await tx.count(
                    Channel,
                    eq("platform", actor.platform),
                    eq("address", actor.address),
                    ne("problem", ""),
                )
            if asleep:
                async with self._ports.store.write() as tx:
                    members = await access.memberships(tx, actor)
                    practices = [member.practice_id for member in members]
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

    async def _press(self, actor: Actor, data: str) -> list[Message]:
        async with self._ports.store.read() as tx:
            members = await access.memberships(tx, actor)
            action = Action.decode(data)
            route = ROUTES[action.verb]
            target = await tx.get(route.about, action.target)
            if target is None:
                raise Refusal(RefusalCode.BUTTON_EXPIRED)
            admitted = await access.admit(tx, actor, members, target.practice_id)
        if not may(admitted.member.role, action.verb):
            raise Refusal(RefusalCode.ROLE_TOO_LOW)
        return [await route.use_case(self._ports, admitted.member, admitted.channel, action)]

    async def _command(self, actor: Actor, word: str, argument: str) -> list[Message]:
        word = _SYNONYMS.get(word, word)
        argument = argument.strip()
        if word.startswith(set_up.CODE_PREFIX):
            word, argument = Command.START, word
        if word == Command.START and argument:
            return [await set_up.join(self._ports, actor, argument)]
        if word == Command.PRIVACY:
            return [Message("privacy")]
        try:
            admitted = await self._admitted(actor)
        except Refusal as refusal:
            if word != Command.START:
                raise
            return [await self._bare_start(actor, refusal)]
        if word not in _WORDS:
            raise Refusal(RefusalCode.COMMAND_UNKNOWN)
        answers = [await self._answer(Command(word), each) for each in admitted]
        return [answer for answer in answers if answer is not None]

    async def _answer(self, command: Command, admitted: Admitted) -> Message | None:
        """What one practice answers, under its name in a place it shares with another."""
        answer = await COMMANDS[command](self._ports, admitted.member, admitted.channel)
        if answer is None:
            return None
        async with self._ports.store.read() as tx:
            return replace(answer, home=await home_of(tx, admitted.channel))

    async def _admitted(self, actor: Actor) -> list[Admitted]:
        async with self._ports.store.read() as tx:
            members = await access.memberships(tx, actor)
            return await access.admit_all(tx, actor, members)

    async def _bare_start(self, actor: Actor, refusal: Refusal) -> Message:
        """A /start without a code never errors: it says what it takes to come in."""
        if refusal.code is RefusalCode.CHANNEL_NOT_LINKED:
            if not actor.is_private:
                raise refusal
            return await set_up.link_private(self._ports, actor)
        if actor.external_id in self._owners.get(actor.platform, frozenset()):
            welcome = await set_up.claim_first(self._ports, actor)
            if welcome is not None:
                return welcome
        _log_refused(actor, "start", refusal)
        return Message("stranger")

    async def _guard(
        self, actor: Actor, asked: str, answer: Awaitable[list[Message]]
    ) -> list[Message]:
        """The handler boundary: whatever happens, somebody gets an answer."""
        try:
            messages = await answer
        except Refusal as refusal:
            if refusal.code in {RefusalCode.NOT_INVITED, RefusalCode.BUTTON_UNKNOWN}:
                _log_refused(actor, asked, refusal)
            return [Message("refusal", {"code": refusal.code, "facts": refusal.facts})]
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
        return messages


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
