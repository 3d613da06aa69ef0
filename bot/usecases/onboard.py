"""The first minutes: what it does, a sample to try, and the few questions it cannot guess."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time

from bot.core import digest
from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Conversation, Field, FieldKind, Form, FormName
from bot.core.mentions import MentionState, Source
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.people import (
    MONDAY_TO_SATURDAY,
    Asker,
    Frequency,
    Member,
    Practice,
    Practitioner,
    Right,
    may,
)
from bot.ports import Ports, Taken, Transaction, eq
from bot.usecases import manage_sources, send_digest
from bot.usecases.find_targets import find_target
from bot.usecases.manage_people import described, name_fields, namesake, person_asked
from bot.usecases.set_up import look_again, watch, watched

SAMPLES = 2
"""Publications of the sample digest; its template holds their words."""
_DECISIONS = {
    "l": MentionState.LICIT,
    "i": MentionState.ILLICIT,
    "g": MentionState.IGNORED,
}
_SHOWN = "x"
"""Begins what the buttons of a sample carry: it is there already, and changes in place."""
_HOURS = ("07:30", "12:30", "19:00", "other")
_DAYS: Mapping[str, tuple[int, ...]] = {
    "days_week": (0, 1, 2, 3, 4),
    "days_work": MONDAY_TO_SATURDAY,
    "days_all": tuple(range(7)),
}
_LONGEST_NAME = 100


async def welcome(ports: Ports, member: Member, *, is_new_channel: bool) -> Message:
    """What somebody reads who has just come in, and what comes next."""
    async with ports.store.read() as tx:
        practice = await tx.get(Practice, member.practice_id)
        people = await watched(tx, member.practice_id)
        rows = await first_steps(tx, member)
    values = {
        "member": member,
        "practice": practice,
        "people": people,
        "is_new_channel": is_new_channel,
        "may_set_up": may(member.role, Right.MANAGE_PEOPLE),
    }
    return Message("welcome", values, rows=rows, manner=Manner.REPLY)


async def first_steps(tx: Transaction, member: Member) -> tuple[tuple[Button, ...], ...]:
    """A sample to look at; and for who may, what is still to be set up."""
    sample = Button("sample", Action(Verb.SHOW_SAMPLE, member.practice_id))
    step = await next_step(tx, member)
    return ((step, sample),) if step else ((sample,),)


async def next_step(tx: Transaction, member: Member) -> Button | None:
    """What their practice still lacks: somebody to watch, then an address."""
    home = member.practice_id
    if not await watched(tx, home):
        if not may(member.role, Right.MANAGE_PEOPLE):
            return None
        left = (eq("member_id", member.id), eq("form", FormName.SET_UP))
        label = "go_on_set_up" if await tx.count(Conversation, *left) else "start"
        form = Action(Verb.FILL_FORM, home, FormName.SET_UP)
        return Button(label, form, style=ButtonStyle.PRIMARY)
    has_source = await tx.count(Source, eq("practice_id", home), eq("is_removed", False))
    if has_source or not may(member.role, Right.MANAGE_SOURCES):
        return None
    return Button("add_source", Action(Verb.FILL_FORM, home, FormName.SOURCE))


async def sample(ports: Ports, asker: Asker, action: Action) -> Message:
    """A made-up digest whose buttons work; what was decided of it is in them, and nowhere else."""
    marks = "".join(each for each in action.choice if each in _DECISIONS)[:SAMPLES]

    def button(label: str, after: str, style: ButtonStyle = ButtonStyle.PLAIN) -> Button:
        target = asker.member.practice_id
        return Button(label, Action(Verb.SHOW_SAMPLE, target, _SHOWN + after), style=style)

    decisions = (
        button("classify_licit", f"{marks}l", ButtonStyle.PRIMARY),
        button("classify_illicit", f"{marks}i", ButtonStyle.DANGER),
        button("classify_ignored", f"{marks}g"),
    )
    undo = (button("undo", marks[:-1]),) if marks else ()
    async with ports.store.read() as tx:
        step = await next_step(tx, asker.member)
    last = (*undo, step) if step else undo
    rows = (decisions, last) if len(marks) < SAMPLES else (last,)
    return Message(
        "sample",
        {"decided": [_DECISIONS[each] for each in marks], "total": SAMPLES},
        rows=tuple(row for row in rows if row),
        manner=Manner.REPLACE if action.choice.startswith(_SHOWN) else Manner.REPLY,
    )


async def set_up_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Everything a practice is asked before its first digest; all of it may be skipped."""
    practice = await find_target(tx, Practice, target)
    fields = [
        *name_fields(ports, known, is_optional=True),
        Field("practice", is_optional=True, longest=_LONGEST_NAME),
        Field(
            "hour", FieldKind.CHOICE, is_optional=True, choices=tuple(map(Choice, _hour_choices()))
        ),
        Field("at", FieldKind.TIME, only_if=("hour", "hour_other")),
        Field("url", is_optional=True, longest=2000),
    ]
    if practice.frequency is not Frequency.WEEKLY:
        days = tuple(map(Choice, _DAYS))
        fields.insert(-1, Field("days", FieldKind.CHOICE, is_optional=True, choices=days))
    form = person_asked(FormName.SET_UP, target, tuple(fields), known)
    return replace(form, facts={"practice": practice.name})


async def set_up(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep what was answered, and say when the first digest comes.

    Sent again because its address could not be read, it keeps the same once more.

    Raises:
        Invalid: another practice has that name, or the address cannot be watched.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        before = await find_target(tx, Practice, form.target)
        after = _changed(before, answers)
        if after != before:
            try:
                await tx.save(await send_digest.reschedule(tx, before, after, now))
            except Taken:
                taken = Refusal(RefusalCode.PRACTICE_NAME_TAKEN)
                raise Invalid({"practice": taken}) from None
        if answers["name"]:
            await _keep_person(tx, described(ports, form.target, answers))
    found = await _first_source(ports, asker, answers["url"]) if answers["url"] else ""
    return await _ready(ports, asker, found)


async def _keep_person(tx: Transaction, person: Practitioner) -> None:
    """Watch over somebody, or keep what was said anew of who is watched over already."""
    same = await namesake(tx, person)
    if same is None or same.is_removed:
        await watch(tx, person)
    elif (known := replace(person, id=same.id)) != same:
        await tx.save(known)
        await look_again(tx, known.practice_id)


def _changed(practice: Practice, answers: Mapping[str, str]) -> Practice:
    """The practice with what was answered of it."""
    after = replace(practice, name=answers["practice"] or practice.name)
    if answers["hour"]:
        after = replace(after, digest_at=_hour(answers))
    if answers.get("days"):
        after = replace(after, digest_days=_DAYS[answers["days"]])
    return after


async def _ready(ports: Ports, asker: Asker, found: str) -> Message:
    """What is ready, when the first digest comes, and what is left for later."""
    now = ports.clock.now()
    async with ports.store.read() as tx:
        practice = await find_target(tx, Practice, asker.member.practice_id)
        people = await watched(tx, practice.id)
        mine = (eq("practice_id", practice.id), eq("is_removed", False))
        sources = await tx.count(Source, *mine)
        step = await next_step(tx, asker.member)
    first = (Button("digest_now", Action(Verb.DIGEST_NOW, practice.id)),) if sources else ()
    last = [
        Button("see_person", Action(Verb.OPEN_PERSON, person.id), detail=person.name)
        for person in people[:1]
    ]
    if people:
        last.append(Button("add_person", Action(Verb.FILL_FORM, practice.id, FormName.PERSON)))
    if may(asker.member.role, Right.MANAGE_TEAM) and asker.channel.is_private:
        last.append(Button("invite", Action(Verb.FILL_FORM, practice.id, FormName.INVITE)))
    day = digest.local_day(practice, practice.next_digest_at or now)
    values = {
        "practice": practice,
        "people": people,
        "found": found,
        "sources": sources,
        "day": day,
        "days_ahead": (day - digest.local_day(practice, now)).days,
    }
    rows = ((*first, step) if step else first, tuple(last))
    return Message("ready", values, rows=tuple(row for row in rows if row), manner=Manner.REPLY)


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
