"""The settings of a practice: shown in words, changed one at a time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

from bot.core import digest
from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.messages import Button, Manner, Message
from bot.core.people import Asker, Frequency, Practice, PracticeId, Right, may
from bot.ports import Ports, Transaction
from bot.usecases import send_digest
from bot.usecases.fill_outbox import refresh_homes
from bot.usecases.find_targets import find_target

_DAYS = tuple(Choice(f"day_{day}") for day in range(7))
_RING, _EMPTY, _NO_HOLIDAY, _APPROVAL = "ring", "empty", "no_holiday", "approval"


async def settings(ports: Ports, asker: Asker, argument: str) -> Message:
    """Every setting in words."""
    return await draw(ports, asker, 1)


async def draw(ports: Ports, asker: Asker, page: int) -> Message:
    """The screen of the settings."""
    async with ports.store.read() as tx:
        practice = await find_target(tx, Practice, asker.member.practice_id)
    return _screen(ports, asker, practice)


async def rhythm_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """How often, at what time, which days; of a weekly digest, which day."""
    practice = await find_target(tx, Practice, target)
    days = [f"day_{day}" for day in practice.digest_days]
    # A modal puts every question at once: several days ticked there are refused with a reason.
    is_one = known.get("frequency") == Frequency.WEEKLY and "," not in known.get("days", "")
    return Form(
        FormName.RHYTHM,
        target,
        (
            Field(
                "frequency",
                FieldKind.CHOICE,
                choices=tuple(Choice(each.value) for each in Frequency),
                initial=practice.frequency.value,
            ),
            Field("at", FieldKind.TIME, initial=practice.digest_at.isoformat("minutes")),
            Field("days", FieldKind.CHOICE, choices=_DAYS, initial=days[0])
            if is_one
            else Field("days", FieldKind.CHOICES, choices=_DAYS, initial=",".join(days)),
        ),
    )


async def set_rhythm(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Change when the digest comes, from the next one on.

    Raises:
        Invalid: a weekly digest comes on one day.
    """
    days = tuple(int(each.removeprefix("day_")) for each in answers["days"].split(","))
    return await _change(
        ports,
        asker,
        form.target,
        frequency=Frequency(answers["frequency"]),
        digest_at=time.fromisoformat(answers["at"]),
        digest_days=days,
    )


async def quiet_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """From when to when nothing rings but what presses."""
    practice = await find_target(tx, Practice, target)
    return Form(
        FormName.QUIET,
        target,
        (
            Field("start", FieldKind.TIME, initial=practice.quiet_from.isoformat("minutes")),
            Field("end", FieldKind.TIME, initial=practice.quiet_until.isoformat("minutes")),
        ),
    )


async def set_quiet(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Change the quiet hours."""
    start, end = (time.fromisoformat(answers[name]) for name in ("start", "end"))
    return await _change(ports, asker, form.target, quiet_from=start, quiet_until=end)


async def holiday_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The days the practice is away."""
    await find_target(tx, Practice, target)
    fields = (Field("first", FieldKind.DAY), Field("last", FieldKind.DAY))
    return Form(FormName.HOLIDAY, target, fields)


async def set_holiday(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Change the days the practice is away: no digest then, and what came waits.

    Raises:
        Invalid: the last day is before the first, or a year after.
    """
    first, last = (date.fromisoformat(answers[name]) for name in ("first", "last"))
    return await _change(ports, asker, form.target, off_from=first, off_until=last)


async def escalation_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """How long something urgent may stay untouched."""
    practice = await find_target(tx, Practice, target)
    field = Field(
        "hours",
        FieldKind.CHOICE,
        choices=tuple(Choice(f"hours_{each}") for each in digest.ESCALATION_HOURS),
        initial=f"hours_{practice.escalate_after_hours}",
    )
    return Form(FormName.ESCALATION, target, (field,))


async def set_escalation(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Change how long something urgent may stay untouched."""
    hours = int(answers["hours"].removeprefix("hours_"))
    return await _change(ports, asker, form.target, escalate_after_hours=hours)


async def toggle(ports: Ports, asker: Asker, action: Action) -> Message:
    """Turn a setting on or off, in place.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        practice = await find_target(tx, Practice, action.target)
    changes: dict[str, object]
    match action.choice:
        case "ring":
            changes = {"rings_in_morning": not practice.rings_in_morning}
        case "empty":
            changes = {"says_when_empty": not practice.says_when_empty}
        case "approval":
            changes = {"another_approves": not practice.another_approves}
        case "no_holiday":
            changes = {"off_from": None, "off_until": None}
        case _:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return await _change(ports, asker, action.target, **changes)


async def _change(ports: Ports, asker: Asker, target: int, **changes: object) -> Message:
    after = await change(ports, PracticeId(target), changes)
    return _screen(ports, asker, after, is_changed=True)


async def change(ports: Ports, target: PracticeId, changes: Mapping[str, object]) -> Practice:
    """Keep changed settings, and have the next digest come when they say.

    Args:
        ports: the world.
        target: whose settings they are.
        changes: fields of Practice, and what they become.

    Raises:
        Invalid: they do not hold together.
        Refusal: BUTTON_EXPIRED: there is no such practice any more.
    """
    async with ports.store.write() as tx:
        before = await find_target(tx, Practice, target)
        wanted = replace(before, **changes)  # type: ignore[arg-type]  # each names its fields
        digest.check_settings(wanted)
        after = await send_digest.reschedule(tx, before, wanted, ports.clock.now())
        await tx.save(after)
        await refresh_homes(tx, after.id)
    return after


def _screen(
    ports: Ports, asker: Asker, practice: Practice, *, is_changed: bool = False
) -> Message:
    def form(label: str, name: FormName) -> Button:
        return Button(label, Action(Verb.FILL_FORM, practice.id, name))

    def switch(label: str, choice: str) -> Button:
        return Button(label, Action(Verb.TOGGLE_SETTING, practice.id, choice))

    now = ports.clock.now()
    today = digest.local_day(practice, now)
    rows: tuple[tuple[Button, ...], ...] = ()
    if may(asker.member.role, Right.MANAGE_SETTINGS):
        ring = switch("ring_off" if practice.rings_in_morning else "ring_on", _RING)
        # A weekly one always comes: there is nothing to choose.
        empty = switch("empty_off" if practice.says_when_empty else "empty_on", _EMPTY)
        rows = (
            (form("set_rhythm", FormName.RHYTHM), form("set_quiet", FormName.QUIET)),
            (ring, empty) if practice.frequency is not Frequency.WEEKLY else (ring,),
            (
                switch("no_holiday", _NO_HOLIDAY)
                if practice.off_until is not None and practice.off_until >= today
                else form("set_holiday", FormName.HOLIDAY),
                form("set_escalation", FormName.ESCALATION),
            ),
            (switch("approval_off" if practice.another_approves else "approval_on", _APPROVAL),),
        )
    # What is due already comes within seconds: it is the next one to say so.
    due = max(practice.next_digest_at or now, now)
    values = {
        "practice": practice,
        "is_changed": is_changed,
        "today": today,
        "next_day": digest.local_day(practice, due),
        "next_at": due.astimezone(ZoneInfo(practice.timezone)).time() if due > now else None,
    }
    return Message("settings", values, rows=rows, manner=Manner.REPLACE)
