"""Finding a mention again: a few words, what narrows them, and pages turned in place."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import Mention, MentionState, Source
from bot.core.messages import Button, Manner, Message, Row, Typed
from bot.core.outbox import Subject
from bot.core.people import Asker, Member, Practice, Practitioner, Right, may
from bot.core.search import LONGEST, Period, Search
from bot.ports import Ports, Transaction, Where, eq, gt, has
from bot.usecases.fill_outbox import show_asked
from bot.usecases.find_targets import find_target
from bot.usecases.keep_models import holding, models
from bot.usecases.list_subjects import turns

ON_A_PAGE = 5
_SEARCHES_KEPT = 20
"""Of each member: older ones cannot have their pages turned any more."""
_STATES = tuple(state for state in MentionState if state is not MentionState.BACKLOG)
_MOST_SOURCES = 50


async def search_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What is looked for."""
    return Form(FormName.SEARCH, target, (Field("words", longest=LONGEST, is_free=True),))


async def search(ports: Ports, asker: Asker, argument: str) -> Form:
    """What to ask before looking; nothing when it was said with the command."""
    async with ports.store.read() as tx:
        form = await search_form(ports, tx, asker, asker.member.practice_id, {})
    return replace(form, answers={"words": argument[:LONGEST]}) if argument else form


async def find(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Look for words, and show the first page of what has them all."""
    async with ports.store.write() as tx:
        made = await remember(ports, tx, asker, answers["words"])
    page = await _page(ports, made, 1)
    return replace(page, typed=Typed(made.words, f"search-{made.id}"))


async def remember(ports: Ports, tx: Transaction, asker: Asker, words: str) -> Search:
    """Keep what somebody looks for, so that its pages can be turned; their oldest is forgotten."""
    kept = await tx.find(Search, eq("member_id", asker.member.id), order="-id")
    for old in kept[_SEARCHES_KEPT - 1 :]:
        await tx.remove(old)
    wanted = Search(asker.member.practice_id, asker.member.id, words, ports.clock.now())
    return await tx.add(wanted)


async def turn(ports: Ports, asker: Asker, action: Action) -> Message:
    """Another page of a search.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        made = await tx.get(Search, action.target)
    if made is None or not action.choice.isdecimal():
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return await _page(ports, made, int(action.choice))


async def filter_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What narrows a search: whom, which state, since when, which source.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    made = await find_target(tx, Search, target)
    people = await tx.find(Practitioner, eq("practice_id", made.practice_id))
    sources = await tx.find(
        Source, eq("practice_id", made.practice_id), order="title", limit=_MOST_SOURCES
    )
    fields = (
        _choice("person", [Choice(str(each.id), each.name) for each in people]),
        _choice("state", [Choice(state.value) for state in _STATES]),
        _choice("period", [Choice(period.value) for period in Period]),
        _choice("source", [Choice(str(each.id), each.title or each.url) for each in sources]),
    )
    worth_asking = tuple(each for each in fields if len(each.choices) > 1)
    return Form(FormName.FILTER, target, worth_asking)


async def narrow(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """The same search, narrowed; nothing answered means everything.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    said = {name: value for name, value in answers.items() if value}
    async with ports.store.write() as tx:
        made = await find_target(tx, Search, form.target)
        person = await tx.get(Practitioner, int(said.get("person", 0)))
        source = await tx.get(Source, int(said.get("source", 0)))
        narrowed = replace(
            made,
            practitioner_id=person.id if person else None,
            source_id=source.id if source else None,
            state=MentionState(said["state"]) if "state" in said else None,
            period=Period(said["period"]) if "period" in said else None,
        )
        await tx.save(narrowed)
    return await _page(ports, narrowed, 1)


async def open_mention(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show a mention's card where it was asked.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        await show_asked(tx, asker, Subject.MENTION, mention.id)
    return Message("toast", {"said": "below"})


async def _page(ports: Ports, made: Search, page: int) -> Message:
    conditions = _conditions(made, ports)
    async with ports.store.read() as tx:
        total = await tx.count(Mention, *conditions)
        pages = max(1, -(-total // ON_A_PAGE))
        page = min(max(page, 1), pages)
        first = (page - 1) * ON_A_PAGE
        found = await tx.find(Mention, *conditions, order="-seen_at", limit=first + ON_A_PAGE)
        people = await tx.find(Practitioner, eq("practice_id", made.practice_id))
        practice = await tx.get(Practice, made.practice_id)
        source = await tx.get(Source, made.source_id or 0)
        library = await _library(ports, tx, made)
    shown = found[first:]
    opening = tuple(
        Button("", Action(Verb.OPEN_MENTION, mention.id), detail=str(first + place))
        for place, mention in enumerate(shown, 1)
    )
    turning = turns(page, pages, lambda to: Action(Verb.TURN_SEARCH, made.id, str(to)))
    narrow = Button("narrow", Action(Verb.FILL_FORM, made.id, FormName.FILTER))
    return Message(
        "search",
        {
            "search": made,
            "found": shown,
            "first": first + 1,
            "total": total,
            "page": page,
            "pages": pages,
            "people": {person.id: person for person in people},
            "source": source,
            "practice": practice,
        },
        rows=tuple(row for row in (opening, turning, (narrow, *library)) if row),
        manner=Manner.REPLACE,
    )


async def _library(ports: Ports, tx: Transaction, made: Search) -> Row:
    """What leads to the models that hold the words too, for who may take them."""
    member = await tx.get(Member, made.member_id)
    if member is None or not may(member.role, Right.REPLY):
        return ()
    found = holding(ports, await models(tx, made.practice_id), made)
    asked = Action(Verb.SEARCH_MODELS, made.id)
    return (Button("search_models", asked, detail=f"({len(found)})"),) if found else ()


def _conditions(made: Search, ports: Ports) -> list[Where]:
    conditions = [eq("practice_id", made.practice_id)]
    conditions += [has("folded", word) for word in made.wanted]
    exact = {
        "practitioner_id": made.practitioner_id,
        "source_id": made.source_id,
        "state": made.state,
    }
    conditions += [eq(name, value) for name, value in exact.items() if value is not None]
    since = made.since(ports.clock.now())
    return conditions + ([gt("seen_at", since)] if since else [])


def _choice(name: str, choices: list[Choice]) -> Field:
    return Field(name, FieldKind.CHOICE, is_optional=True, choices=tuple(choices))
