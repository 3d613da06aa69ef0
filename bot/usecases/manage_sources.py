"""Sources from the chat: pasting an address, a look at what it brings, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import Source
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.people import Asker, Practice, Practitioner, Right, may
from bot.core.sources import FetchFailed, SourceKind, kind_of_address
from bot.core.urls import is_address
from bot.ports import Ports, Transaction, eq
from bot.usecases import watch_sources
from bot.usecases.fill_outbox import refresh_homes
from bot.usecases.find_targets import find_target, practice_of
from bot.usecases.list_subjects import page_of, pager
from bot.usecases.set_up import watched
from bot.usecases.show_digests import SourceLine
from bot.usecases.watch_sources import Asked, Preview

ON_A_PAGE = 5
"""Sources of one page: it fits a phone, and each has a button."""
_EXAMPLES = 3
"""Publications a preview quotes."""
_LONGEST_ADDRESS = 2000
_EVERY_SECONDS = 900
_NOT_IN_A_CHAT = {SourceKind.MAILBOX, SourceKind.BUSINESS_PROFILE}
"""Sources whose secret has no place in a conversation."""


async def source_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The address, and whom it is about where only they can say."""
    people = await watched(tx, target)
    choices = tuple(Choice(str(person.id), person.name) for person in people)
    fields = (
        Field("url", longest=_LONGEST_ADDRESS),
        Field("about", FieldKind.CHOICE, is_optional=True, is_asked=False, choices=choices),
    )
    return Form(FormName.SOURCE, target, fields if choices else fields[:1])


async def propose(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Go to an address once, show what it brings, and ask whether to watch it.

    Raises:
        Invalid: the address is none, is watched already, or cannot be read; or whom it is about
            has to be said.
    """
    url = answers["url"]
    if kind_of_address(url) in _NOT_IN_A_CHAT:
        raise Invalid({"url": Refusal(RefusalCode.MAILBOX_NOT_HERE)})
    if not is_address(url):
        raise Invalid({"url": Refusal(RefusalCode.NOT_AN_ADDRESS)})
    home, people = await _practice(ports, asker)
    about = next((each.name for each in people if str(each.id) == answers.get("about")), "")
    try:
        source, preview = await watch_sources.propose(
            ports, home, url, _EVERY_SECONDS, Asked(about=about)
        )
    except FetchFailed as failure:
        reason = Refusal(RefusalCode.SOURCE_UNREADABLE, trouble=failure.problem)
        raise Invalid({"url": reason}) from None
    except Refusal as refusal:
        if refusal.code is RefusalCode.ABOUT_WHOM and people:
            raise Invalid({"about": Refusal(RefusalCode.ANSWER_EMPTY)}) from None
        if refusal.code is RefusalCode.ABOUT_WHOM:
            raise Invalid({"url": Refusal(RefusalCode.NOBODY_WATCHED)}) from None
        raise Invalid({"url": refusal}) from None
    rows = (
        (
            Button("watch", Action(Verb.WATCH_SOURCE, source.id), style=ButtonStyle.PRIMARY),
            Button("no_thanks", Action(Verb.NEVER_MIND, home.id)),
        ),
    )
    return _preview(home, people, preview, rows=rows, is_proposed=True)


async def watch_at_once(ports: Ports, asker: Asker, form: Form, url: str) -> str:
    """Watch an address without asking again; gives what it is called.

    Raises:
        Invalid: as ``propose``.
    """
    proposed = await propose(ports, asker, form, {"url": url})
    action = proposed.rows[0][0].action
    if action is None:
        raise LookupError("a proposal has no button")
    await watch(ports, asker, action)
    preview = cast("Preview", proposed.values["preview"])
    return preview.title or preview.url


async def watch(ports: Ports, asker: Asker, action: Action) -> Message:
    """Watch an address that was proposed.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        source = await find_target(tx, Source, action.target)
        if source.is_removed:
            now = ports.clock.now()
            source = replace(source, is_removed=False, added_at=now, next_poll_at=now)
            await tx.save(source)
            await refresh_homes(tx, source.practice_id)
    return Message("source_added", {"source": source}, manner=Manner.REPLACE)


async def pause(ports: Ports, asker: Asker, action: Action) -> Message:
    """Stop reading a source for a while, or read it again from now on.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        source = await find_target(tx, Source, action.target)
        is_paused = action.verb is Verb.PAUSE_SOURCE
        paused = replace(source, paused_at=now if is_paused else None)
        if not is_paused:
            paused = replace(paused, next_poll_at=now)
        await tx.save(paused)
        await refresh_homes(tx, paused.practice_id)
    return await _card(ports, asker, paused)


async def remove(ports: Ports, asker: Asker, action: Action) -> Message:
    """Stop watching an address; what it brought stays.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        source = await find_target(tx, Source, action.target)
        await tx.save(replace(source, is_removed=True))
        await refresh_homes(tx, source.practice_id)
    return Message("source_removed", {"source": source}, manner=Manner.REPLACE)


async def try_again(ports: Ports, asker: Asker, action: Action) -> Message:
    """What a source says right now; nothing is kept of the visit.

    Raises:
        Refusal: BUTTON_EXPIRED, SOURCE_UNREADABLE.
    """
    async with ports.store.read() as tx:
        source = await find_target(tx, Source, action.target)
    home, people = await _practice(ports, asker)
    try:
        preview = await watch_sources.visit(ports, home, source)
    except FetchFailed as failure:
        raise Refusal(RefusalCode.SOURCE_UNREADABLE, trouble=failure.problem) from None
    return _preview(home, people, preview)


async def show_source(ports: Ports, asker: Asker, action: Action) -> Message:
    """One source, and what can be done about it.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        source = await find_target(tx, Source, action.target)
    return await _card(ports, asker, source)


async def sources(ports: Ports, asker: Asker, argument: str) -> Message:
    """The sources and how each is doing."""
    return await list_sources(ports, asker, 1)


async def list_sources(ports: Ports, asker: Asker, page: int) -> Message:
    """One page of the sources: those in trouble first."""
    home, _ = await _practice(ports, asker)
    async with ports.store.read() as tx:
        found = await tx.find(Source, eq("practice_id", home.id), eq("is_removed", False))
    now = ports.clock.now()
    lines = [SourceLine.of(source, now) for source in found]
    lines.sort(key=lambda line: (line.is_well, line.source.paused_at is None, line.source.id))
    shown, page, pages = page_of(lines, page, ON_A_PAGE)
    first = (page - 1) * ON_A_PAGE
    open_buttons = tuple(
        Button("", Action(Verb.OPEN_SOURCE, line.source.id), detail=str(first + place))
        for place, line in enumerate(shown, 1)
    )
    rows = [open_buttons, pager("sources", home.id, page, pages)]
    if may(asker.member.role, Right.MANAGE_SOURCES):
        rows.append((Button("add_source", Action(Verb.FILL_FORM, home.id, FormName.SOURCE)),))
    return Message(
        "sources",
        {
            "sources": shown,
            "first": first + 1,
            "total": len(lines),
            "page": page,
            "pages": pages,
            "practice": home,
        },
        rows=tuple(row for row in rows if row),
    )


async def _card(ports: Ports, asker: Asker, source: Source) -> Message:
    home, _ = await _practice(ports, asker)
    rows: list[tuple[Button, ...]] = []
    if may(asker.member.role, Right.MANAGE_SOURCES):
        rows = [
            (
                Button("resume_source", Action(Verb.RESUME_SOURCE, source.id))
                if source.paused_at
                else Button("pause_source", Action(Verb.PAUSE_SOURCE, source.id)),
                Button("try_source", Action(Verb.TRY_SOURCE, source.id)),
            ),
            (
                Button(
                    "remove_source",
                    Action(Verb.REMOVE_SOURCE, source.id),
                    style=ButtonStyle.DANGER,
                    confirm="remove_source",
                ),
            ),
        ]
    rows.append((Button("back", Action(Verb.SHOW_SCREEN, home.id, "sources-1")),))
    line = SourceLine.of(source, ports.clock.now())
    values = {"each": line, "practice": home}
    return Message("source", values, rows=tuple(rows), manner=Manner.REPLACE)


def _preview(
    home: Practice,
    people: list[Practitioner],
    preview: Preview,
    *,
    rows: tuple[tuple[Button, ...], ...] = (),
    is_proposed: bool = False,
) -> Message:
    """What an address brings, in words."""
    return Message(
        "source_preview",
        {
            "preview": preview,
            "practice": home,
            "people": people,
            "examples": preview.found[:_EXAMPLES],
            "is_proposed": is_proposed,
        },
        rows=rows,
        manner=Manner.REPLY,
    )


async def _practice(ports: Ports, asker: Asker) -> tuple[Practice, list[Practitioner]]:
    async with ports.store.read() as tx:
        home = await practice_of(tx, asker.member)
        return home, await watched(tx, home.id)
