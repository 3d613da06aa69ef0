"""Forms asked question by question: what is asked, what was answered, and what comes next.

A conversation is stored, so that a restart in the middle of it is not seen.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core import files, forms
from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.files import Offered
from bot.core.forms import Choice, Conversation, Field, FieldKind, Form
from bot.core.messages import Button, ButtonStyle, Manner, Message, in_rows
from bot.core.people import Asker
from bot.core.text import fold
from bot.ports import Ports, Transaction, eq
from bot.usecases.find_targets import today_of
from bot.usecases.take_files import take_in

_CHOICES_IN_A_ROW = 2
_DAYS_IN_A_WEEK = 7
_SKIP, _DONE, _STOP = "skip", "done", "stop"
_SIGN = re.compile(r"^[\W_]+")
_WRITTEN_DAY = re.compile(r"(?:\w+ )?(\d{1,2})(?:er)? (\w+)(?: (\d{4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filled:
    """Every question was answered."""

    talk: Conversation
    answers: Mapping[str, str]


async def begin(ports: Ports, asker: Asker, form: Form) -> Conversation:
    """Start filling a form question by question.

    Another form half filled in that place is forgotten, or left for later if it is a long one;
    a long one that was left is taken up where it was.
    """
    talk = Conversation(
        practice_id=asker.member.practice_id,
        member_id=asker.member.id,
        channel_id=asker.channel.id,
        form=form.name.value,
        target=form.target,
        started_at=ports.clock.now(),
        answers=tuple(form.answers.items()),
    )
    async with ports.store.write() as tx:
        left = await _make_room(tx, asker, form, ports.clock.now())
        return await tx.add(talk) if left is None else left


async def current(tx: Transaction, asker: Asker, now: datetime) -> Conversation | None:
    """What somebody is in the middle of, in that place."""
    found = await tx.find(
        Conversation,
        eq("member_id", asker.member.id),
        eq("channel_id", asker.channel.id),
        eq("is_waiting", True),
    )
    return found[0] if found and found[0].started_at > now - forms.LIVES else None


async def take(
    ports: Ports, asker: Asker, form: Form, talk: Conversation, written: str
) -> Message | Conversation:
    """Take a typed answer; one that cannot be taken is asked again, with the reason."""
    asked = forms.next_field(form, talk)
    if asked is None:
        return talk
    word = fold(written)
    if word in {fold(ports.wording.label("answer_word", key)) for key in ("stop", "stop_command")}:
        return await give_up(ports, asker)
    if asked.is_optional and word in {
        fold(ports.wording.label("answer_word", key)) for key in ("skip", "skip_command")
    }:
        written = ""
    try:
        today = await _today(ports, talk)
        value = forms.check(asked, _said(ports, asked, written, today), today)
    except Refusal as refusal:
        return _question(ports, form, talk, refusal)
    return forms.answered(talk, asked.name, value)


async def hand_in(
    ports: Ports, asker: Asker, form: Form, talk: Conversation, offered: Offered
) -> Message | Conversation | None:
    """Take a file as an answer; nothing when the question takes none.

    One that cannot be taken is asked again, with the reason. What is taken is in the archive.

    Raises:
        Refusal: QUESTION_GONE: it was answered, or left, while the file came.
        Outage: the file did not come; the question stays.
    """
    asked = forms.next_field(form, talk)
    if asked is None or asked.kind is not FieldKind.FILE:
        return None
    try:
        arrived = await take_in(ports, asker.channel.platform, offered)
    except Refusal as refusal:
        return _question(ports, form, talk, refusal)
    async with ports.store.read() as tx:
        if await tx.get(Conversation, talk.id) != talk:
            raise Refusal(RefusalCode.QUESTION_GONE)
    return forms.answered(talk, asked.name, arrived.encode())


async def choose(
    ports: Ports, asker: Asker, form: Form, talk: Conversation, choice: str
) -> Message | Conversation:
    """Take a pressed answer.

    Raises:
        Refusal: QUESTION_GONE: the button is under a question that was answered already.
    """
    name, _, which = choice.rpartition("-")
    if which == _STOP:
        return await _leave(ports, talk)
    asked = forms.next_field(form, talk)
    if asked is None or asked.name != name:
        raise Refusal(RefusalCode.QUESTION_GONE)
    if not talk.is_waiting:  # it was left for another: what is typed answers it again
        talk = await begin(ports, asker, form)
    if which == _SKIP and asked.is_optional:
        return forms.answered(talk, name, "")
    if which == _DONE and asked.kind is FieldKind.CHOICES:
        try:
            value = forms.check(
                asked, ",".join(forms.ticked(asked, talk)), await _today(ports, talk)
            )
        except Refusal as refusal:
            return _question(ports, form, talk, refusal)
        return forms.answered(talk, name, value)
    value = _chosen(asked, which)
    if asked.kind is FieldKind.CHOICES:
        return forms.toggled(asked, talk, value)
    return forms.answered(talk, name, value)


async def ask_again(ports: Ports, form: Form, talk: Conversation, invalid: Invalid) -> Message:
    """Put a question again whose answer turned out to be no good."""
    again = forms.asked_again(talk, invalid.problems)
    async with ports.store.write() as tx:
        await tx.save(again)
    asked = forms.next_field(form, again)
    return _question(ports, form, again, invalid.problems.get(asked.name) if asked else None)


async def close(ports: Ports, talk: Conversation) -> None:
    """Forget a conversation: what it was for is done."""
    async with ports.store.write() as tx:
        if await tx.get(Conversation, talk.id) is not None:
            await tx.remove(talk)


async def _leave(ports: Ports, talk: Conversation) -> Message:
    """Leave this form, whatever else is being filled there."""
    async with ports.store.write() as tx:
        if talk.form in forms.RESUMABLE:
            await tx.save(replace(talk, is_waiting=False))
        else:
            await tx.remove(talk)
    return Message("toast", {"said": "gave_up"})


async def give_up(ports: Ports, asker: Asker) -> Message:
    """Forget what somebody is in the middle of, in that place."""
    async with ports.store.write() as tx:
        await _forget(tx, asker)
    return Message("toast", {"said": "gave_up"})


async def go_on(ports: Ports, form: Form, talk: Conversation) -> Message | Filled:
    """Keep what was answered, and put the next question if one is left."""
    if forms.next_field(form, talk) is None:
        async with ports.store.write() as tx:
            await tx.save(talk)
        return await _filled(ports, form, talk)
    async with ports.store.write() as tx:
        await tx.save(talk)
    return _question(ports, form, talk)


async def _filled(ports: Ports, form: Form, talk: Conversation) -> Message | Filled:
    try:
        today = await _today(ports, talk)
        return Filled(talk, forms.check_all(form, dict(talk.answers), today))
    except Invalid as invalid:
        return await ask_again(ports, form, talk, invalid)


def _question(
    ports: Ports, form: Form, talk: Conversation, problem: Refusal | None = None
) -> Message:
    """The next question, with what can be chosen."""
    asked = forms.next_field(form, talk)
    if asked is None:
        raise LookupError(f"form {form.name} has nothing left to ask")
    shown = next(each for each in ports.wording.form(form).fields if each.name == asked.name)
    place, count = forms.progress(form, talk)
    return Message(
        "question",
        {
            "title": ports.wording.form(form).title,
            "question": shown.question,
            "hint": shown.hint,
            "problem": problem,
            "place": place,
            "count": count,
        },
        rows=_rows(asked, [each.words for each in shown.choices], talk),
        manner=Manner.REPLY,
        is_prompt=asked.kind not in {FieldKind.CHOICE, FieldKind.CHOICES},
    )


def _rows(asked: Field, words: list[str], talk: Conversation) -> tuple[tuple[Button, ...], ...]:
    def action(which: str) -> Action:
        return Action(Verb.ANSWER_FORM, talk.id, f"{asked.name}-{which}")

    several = asked.kind is FieldKind.CHOICES
    chosen = forms.ticked(asked, talk) if several else ()
    choices = [
        Button(
            ("ticked" if choice.value in chosen else "unticked") if several else "",
            action(_mark(choice.value)),
            detail=words[place],
        )
        for place, choice in enumerate(asked.choices)
    ]
    rows = in_rows(choices, _CHOICES_IN_A_ROW)
    last = [Button("skip", action(_SKIP))] if asked.is_optional else []
    if several:
        last.insert(0, Button("that_is_all", action(_DONE), style=ButtonStyle.PRIMARY))
    return (*rows, (*last, Button("stop", action(_STOP))))


def _chosen(asked: Field, which: str) -> str:
    for each in asked.choices:
        if _mark(each.value) == which:
            return each.value
    raise Refusal(RefusalCode.QUESTION_GONE)


def _mark(value: str) -> str:
    """What a button carries of a choice: never its place, which another may have taken since."""
    return hashlib.blake2b(value.encode(), digest_size=4).hexdigest()


def _said(ports: Ports, asked: Field, written: str, today: date) -> str:
    """What was typed, with the words of the language read as what they mean."""
    if asked.kind is FieldKind.CHOICE:
        return _choice_said(ports, asked.choices, written)
    if asked.kind is FieldKind.CHOICES:
        parts = [part for part in re.split(r"[,;\n]", written) if part.strip()]
        return ",".join(_choice_said(ports, asked.choices, part) for part in parts)
    if asked.kind in {FieldKind.DAY, FieldKind.PAST_DAY}:
        return _day_said(ports, written, today, is_past=asked.kind is FieldKind.PAST_DAY)
    if asked.kind is FieldKind.FILE:
        return files.typed(written) if written else ""
    return written


def _choice_said(ports: Ports, choices: tuple[Choice, ...], written: str) -> str:
    """The value of the choice whose words were typed, or begin with what was."""
    wanted = _bare(written)
    words = {
        each.value: _bare(each.words or ports.wording.label("choice", each.value))
        for each in choices
    }
    whole = [value for value, said in words.items() if said == wanted]
    begun = [value for value, said in words.items() if wanted and said.startswith(wanted)]
    found = whole or begun
    return found[0] if len(found) == 1 else written.strip()


def _bare(words: str) -> str:
    """The words without the sign before them: nobody types one."""
    return _SIGN.sub("", fold(words))


def _day_said(ports: Ports, written: str, today: date, *, is_past: bool) -> str:
    """Today, yesterday, tomorrow, a weekday to come or gone, a day with its month in words."""
    key = ports.wording.key("day_word", written)
    if key is not None:
        return (today + timedelta(days=int(key))).isoformat()
    weekday = ports.wording.key("weekday", written)
    if weekday is not None:
        if is_past:
            back = (today.weekday() - int(weekday)) % _DAYS_IN_A_WEEK
            return (today - timedelta(days=back)).isoformat()
        ahead = (int(weekday) - today.weekday() - 1) % _DAYS_IN_A_WEEK + 1
        return (today + timedelta(days=ahead)).isoformat()
    found = _WRITTEN_DAY.fullmatch(fold(written))
    month = ports.wording.key("month", found[2]) if found else None
    if found is None or month is None:
        return written.strip()
    return f"{found[1]}/{month}" + (f"/{found[3]}" if found[3] else "")


async def _today(ports: Ports, talk: Conversation) -> date:
    async with ports.store.read() as tx:
        return await today_of(ports, tx, talk)


async def _make_room(
    tx: Transaction, asker: Asker, form: Form, now: datetime
) -> Conversation | None:
    """Leave every other form of that place; gives back the same one if it had been left."""
    resumed = None
    for talk in await tx.find(
        Conversation, eq("member_id", asker.member.id), eq("channel_id", asker.channel.id)
    ):
        is_long = talk.form in forms.RESUMABLE and talk.started_at > now - forms.RESUMED_WITHIN
        if is_long and (talk.form, talk.target) == (form.name, form.target):
            resumed = replace(talk, is_waiting=True, started_at=now)
            await tx.save(resumed)
        elif is_long:
            await tx.save(replace(talk, is_waiting=False))
        else:
            await tx.remove(talk)
    return resumed


async def _forget(tx: Transaction, asker: Asker) -> None:
    """Forget the form that waits there; one that was left for later stays."""
    for talk in await tx.find(
        Conversation,
        eq("member_id", asker.member.id),
        eq("channel_id", asker.channel.id),
        eq("is_waiting", True),
    ):
        if talk.form in forms.RESUMABLE:
            await tx.save(replace(talk, is_waiting=False))
        else:
            await tx.remove(talk)
