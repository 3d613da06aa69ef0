"""Whom a practice watches: added as patients write the name, corrected, and let go."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.names import Person, variants
from bot.core.people import Asker, Practice, Practitioner, Right, may
from bot.core.typed_names import typed_name
from bot.ports import Ports, Taken, Transaction, eq
from bot.usecases.list_subjects import page_of, pager

ON_A_PAGE = 6
_LONGEST_NAME = 80
_LONGEST_WORDS = 300


async def people(ports: Ports, asker: Asker, argument: str) -> Message:
    """Whom the practice watches."""
    return await draw(ports, asker, 1)


async def draw(ports: Ports, asker: Asker, page: int) -> Message:
    """One page of whom the practice watches."""
    home = asker.member.practice_id
    async with ports.store.read() as tx:
        practice = await tx.get(Practice, home)
        found = await watched(tx, home)
    shown, page, pages = page_of(found, page, ON_A_PAGE)
    first = (page - 1) * ON_A_PAGE
    rows: list[tuple[Button, ...]] = []
    if may(asker.member.role, Right.MANAGE_PEOPLE):
        rows = [
            tuple(
                Button("", Action(Verb.OPEN_PERSON, person.id), detail=str(first + place))
                for place, person in enumerate(shown, 1)
            ),
            (Button("add_person", Action(Verb.FILL_FORM, home, FormName.PERSON)),),
        ]
    rows.insert(1, pager("people", home, page, pages))
    values = {
        "practice": practice,
        "people": shown,
        "first": first + 1,
        "total": len(found),
        "page": page,
        "pages": pages,
    }
    return Message("people", values, rows=tuple(row for row in rows if row), manner=Manner.REPLACE)


async def show_person(ports: Ports, asker: Asker, action: Action) -> Message:
    """One person watched: every spelling that is looked for, and what tells them apart.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        person = await _person(tx, action.target)
    return card(ports, person)


def name_fields(ports: Ports, known: Mapping[str, str]) -> tuple[Field, ...]:
    """The name, the spellings it will be looked for by, and what tells it from namesakes."""
    person = typed_name(known.get("name", ""), ports.watchwords)
    spellings = _spellings(ports, person) if person else ()
    choices = tuple(Choice(f"v{place}", words) for place, words in enumerate(spellings))
    everyone = ",".join(choice.value for choice in choices)

    def verify(written: str) -> None:
        if typed_name(written, ports.watchwords) is None:
            raise Refusal(RefusalCode.NAME_UNCLEAR)

    fields = [Field("name", longest=_LONGEST_NAME, verify=verify)]
    if choices:
        fields.append(
            Field(
                "variants",
                FieldKind.CHOICES,
                is_optional=True,
                choices=choices,
                initial=everyone,
                longest=400,
            )
        )
    return (
        *fields,
        Field("profession", is_optional=True, longest=_LONGEST_NAME),
        Field("city", is_optional=True, longest=_LONGEST_NAME),
    )


async def person_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Somebody to watch over."""
    return Form(FormName.PERSON, target, name_fields(ports, known))


async def add_person(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Watch over somebody from now on.

    Raises:
        Invalid: the name cannot be understood, or is watched already.
    """
    async with ports.store.write() as tx:
        person = await keep_person(ports, tx, form.target, answers)
    return replace(card(ports, person, is_new=True), manner=Manner.REPLY)


async def keep_person(
    ports: Ports, tx: Transaction, home: int, answers: Mapping[str, str]
) -> Practitioner:
    """Store the person a form describes.

    Raises:
        Invalid: the name cannot be understood, or is watched already.
    """
    practice = await tx.get(Practice, home)
    typed = typed_name(answers["name"], ports.watchwords)
    if practice is None or typed is None:
        raise Invalid({"name": Refusal(RefusalCode.NAME_UNCLEAR)})
    person = replace(
        typed,
        practice_id=practice.id,
        profession=answers["profession"],
        city=answers["city"],
        unwanted=_unwanted(ports, typed, answers.get("variants", "")),
    )
    same = await tx.find(
        Practitioner,
        eq("practice_id", practice.id),
        eq("given", person.given),
        eq("family", person.family),
        eq("city", person.city),
    )
    if same and same[0].is_removed:
        person = replace(person, id=same[0].id)
        await tx.save(person)
    else:
        try:
            person = await tx.add(person)
        except Taken:
            raise Invalid({"name": Refusal(RefusalCode.NAME_TAKEN, name=person.name)}) from None
    await _look_anew(tx, practice)
    return person


async def edit_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What tells a person from others, to be corrected.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    person = await _person(tx, target)
    spellings = _spellings(ports, person)
    choices = tuple(Choice(f"v{place}", words) for place, words in enumerate(spellings))
    kept = [choice.value for choice in choices if choice.words not in set(person.unwanted)]
    fields = (
        Field(
            "variants",
            FieldKind.CHOICES,
            is_optional=True,
            choices=choices,
            initial=",".join(kept),
            longest=400,
        ),
        Field(
            "aliases", is_optional=True, initial=", ".join(person.aliases), longest=_LONGEST_WORDS
        ),
        Field("profession", is_optional=True, initial=person.profession, longest=_LONGEST_NAME),
        Field("city", is_optional=True, initial=person.city, longest=_LONGEST_NAME),
        Field(
            "excluded",
            is_optional=True,
            initial=", ".join(person.excluded_words),
            longest=_LONGEST_WORDS,
        ),
    )
    return Form(FormName.EDIT_PERSON, target, fields, facts={"name": person.name})


async def edit(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Correct what tells a person from others; what was found is looked at anew.

    A question that was skipped changes nothing; a dash empties it.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        person = await _person(tx, form.target)
        unwanted = _unwanted(ports, person, answers["variants"])
        person = replace(
            person,
            unwanted=unwanted,
            aliases=_listed(answers["aliases"], person.aliases),
            profession=_worded(answers["profession"], person.profession),
            city=_worded(answers["city"], person.city),
            excluded_words=_listed(answers["excluded"], person.excluded_words),
        )
        await tx.save(person)
        practice = await tx.get(Practice, person.practice_id)
        if practice is not None:
            await _look_anew(tx, practice)
    return card(ports, person)


async def let_go(ports: Ports, asker: Asker, action: Action) -> Message:
    """Watch over somebody no more; what was found stays.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        person = await _person(tx, action.target)
        await tx.save(replace(person, is_removed=True))
        practice = await tx.get(Practice, person.practice_id)
        if practice is not None:
            await _look_anew(tx, practice)
    return await draw(ports, asker, 1)


async def watched(tx: Transaction, home: int) -> list[Practitioner]:
    """Whom a practice watches now."""
    return await tx.find(Practitioner, eq("practice_id", home), eq("is_removed", False))


def card(ports: Ports, person: Practitioner, *, is_new: bool = False) -> Message:
    """A person watched, and what can be done about it."""
    unwanted = set(person.unwanted)
    spellings = [each for each in _spellings(ports, person) if each not in unwanted]
    rows = (
        (
            Button("edit_person", Action(Verb.FILL_FORM, person.id, FormName.EDIT_PERSON)),
            Button(
                "let_go",
                Action(Verb.LET_GO, person.id),
                style=ButtonStyle.DANGER,
                confirm="let_go",
            ),
        ),
        (Button("back", Action(Verb.SHOW_SCREEN, person.practice_id, "people-1")),),
    )
    values = {"person": person, "spellings": spellings, "is_new": is_new}
    return Message("person", values, rows=rows, manner=Manner.REPLACE)


def _spellings(ports: Ports, person: Practitioner) -> tuple[str, ...]:
    known = Person(person.given, person.family, person.title, aliases=person.aliases)
    return variants(known, ports.watchwords)


def _unwanted(ports: Ports, person: Practitioner, kept: str) -> tuple[str, ...]:
    """The spellings that were unticked; none when nothing was said of them."""
    if not kept:
        return person.unwanted
    wanted = set(kept.split(","))
    return tuple(
        words for place, words in enumerate(_spellings(ports, person)) if f"v{place}" not in wanted
    )


def _listed(written: str, before: tuple[str, ...]) -> tuple[str, ...]:
    if not written:
        return before
    return tuple(part for each in written.split(",") if (part := each.strip(" -")))


def _worded(written: str, before: str) -> str:
    return written.strip(" -") if written else before


async def _look_anew(tx: Transaction, practice: Practice) -> None:
    """What was read for others is read again."""
    await tx.save(replace(practice, people_version=practice.people_version + 1))


async def _person(tx: Transaction, target: int) -> Practitioner:
    person = await tx.get(Practitioner, target)
    if person is None or person.is_removed:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return person
