"""The first minutes: what it does, a sample to try, and the few questions it cannot guess."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time

from bot.core import digest
from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import MentionState, Source
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.people import Asker, Member, Practice, Practitioner, Right, may
from bot.ports import Ports, Transaction, eq
from bot.usecases import manage_sources
from bot.usecases.manage_people import keep_person, name_fields, watched

_HOURS = ("07:30", "12:30", "19:00", "other")
_SAMPLE_STATES = {
    "licit": MentionState.LICIT,
    "illicit": MentionState.ILLICIT,
    "ignored": MentionState.IGNORED,
}


async def welcome(ports: Ports, member: Member, *, is_new_channel: bool) -> Message:
    """What somebody reads who has just come in, and what comes next."""
    async with ports.store.read() as tx:
        practice = await tx.get(Practice, member.practice_id)
        people = await watched(tx, member.practice_id)
    values = {
        "member": member,
        "practice": practice,
        "people": people,
        "is_new_channel": is_new_channel,
    }
    rows = first_steps(member, is_watching=bool(people))
    return Message("welcome", values, rows=rows, manner=Manner.REPLY)


def first_steps(member: Member, *, is_watching: bool) -> tuple[tuple[Button, ...], ...]:
    """A sample to look at; and the set-up, for who may, while nobody is watched."""
    sample = Button("sample", Action(Verb.SHOW_SAMPLE, member.practice_id))
    if is_watching or not may(member.role, Right.MANAGE_PEOPLE):
        return ((sample,),)
    start = Button(
        "start",
        Action(Verb.FILL_FORM, member.practice_id, FormName.SET_UP),
        style=ButtonStyle.PRIMARY,
    )
    return ((start, sample),)


async def sample(ports: Ports, asker: Asker, action: Action) -> Message:
    """A made-up mention whose buttons work; nothing of it is kept."""
    state = _SAMPLE_STATES.get(action.choice)

    def button(label: str, choice: str, style: ButtonStyle = ButtonStyle.PLAIN) -> Button:
        target = asker.member.practice_id
        return Button(label, Action(Verb.SHOW_SAMPLE, target, choice), style=style)

    first: tuple[Button, ...] = (button("undo", "new"),)
    if state is None:
        first = (
            button("classify_licit", "licit", ButtonStyle.PRIMARY),
            button("classify_illicit", "illicit", ButtonStyle.DANGER),
            button("classify_ignored", "ignored"),
        )
    async with ports.store.read() as tx:
        people = await watched(tx, asker.member.practice_id)
    start = first_steps(asker.member, is_watching=bool(people))[0][:-1]
    rows = (first, start) if start else (first,)
    manner = Manner.REPLACE if action.choice else Manner.REPLY
    return Message("sample", {"state": state}, rows=rows, manner=manner)


async def set_up_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Everything a practice is asked before its first digest; all but the name may be skipped."""
    fields = (
        *name_fields(ports, known),
        Field("hour", FieldKind.CHOICE, choices=tuple(map(Choice, _hour_choices()))),
        Field("at", FieldKind.TIME, only_if=("hour", "hour_other")),
        Field("url", is_optional=True, longest=2000),
    )
    return Form(FormName.SET_UP, target, fields)


async def set_up(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep what was answered, and say when the first digest comes.

    Raises:
        Invalid: the name cannot be understood, or the address cannot be watched.
    """
    found = ""
    if answers["url"]:
        found = await _first_source(ports, asker, answers["url"])
    at = _hour(answers)
    now = ports.clock.now()
    async with ports.store.write() as tx:
        person = await keep_person(ports, tx, form.target, answers)
        practice = await tx.get(Practice, form.target)
        if practice is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        changed = replace(practice, digest_at=at)
        changed = replace(changed, next_digest_at=digest.rescheduled(practice, changed, now))
        await tx.save(changed)
        sources = await tx.count(Source, eq("practice_id", practice.id), eq("is_removed", False))
    return _ready(changed, person, found, sources)


def _ready(practice: Practice, person: Practitioner, found: str, sources: int) -> Message:
    rows = (
        (
            Button("digest_now", Action(Verb.DIGEST_NOW, practice.id), style=ButtonStyle.PRIMARY),
            Button("add_source", Action(Verb.FILL_FORM, practice.id, FormName.SOURCE)),
        ),
        (Button("add_person", Action(Verb.FILL_FORM, practice.id, FormName.PERSON)),),
    )
    values = {"practice": practice, "person": person, "found": found, "sources": sources}
    return Message("ready", values, rows=rows, manner=Manner.REPLY)


async def _first_source(ports: Ports, asker: Asker, url: str) -> str:
    """Watch the first address; gives what it is called."""
    async with ports.store.read() as tx:
        home = asker.member.practice_id
        form = await manage_sources.source_form(ports, tx, asker, home, {})
    try:
        return await manage_sources.watch_at_once(ports, asker, form, url)
    except Invalid as invalid:
        problem = next(iter(invalid.problems.values()))
        if problem.code is RefusalCode.SOURCE_KNOWN:
            return url  # asked twice: it is watched already
        raise Invalid({"url": problem}) from None


def _hour_choices() -> list[str]:
    return [f"hour_{each.replace(':', '')}" for each in _HOURS]


def _hour(answers: Mapping[str, str]) -> time:
    if answers["hour"] == "hour_other":
        return time.fromisoformat(answers["at"])
    digits = answers["hour"].removeprefix("hour_")
    return time(int(digits[:2]), int(digits[2:]))
