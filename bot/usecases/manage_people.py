"""Whom a practice watches: added as patients write the name, corrected, and let go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import Source
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.names import LONGEST_NAME, Person, WrittenName, readings, variants
from bot.core.people import Asker, Practice, PracticeId, Practitioner, Right, may
from bot.ports import Ports, Taken, Transaction, eq
from bot.usecases import set_up
from bot.usecases.list_subjects import page_of, pager
from bot.usecases.set_up import watched

ON_A_PAGE = 6
_LONGEST_WORD = 80
_LONGEST_LIST = 300
_MOST_LISTED = 20
"""Spellings or words of one person: nobody looks after more."""


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
    rows: list[tuple[Button, ...]] = [
        tuple(
            Button("", Action(Verb.OPEN_PERSON, person.id), detail=str(first + place))
            for place, person in enumerate(shown, 1)
        ),
        pager("people", home, page, pages),
    ]
    if may(asker.member.role, Right.MANAGE_PEOPLE):
        rows.append((Button("add_person", Action(Verb.FILL_FORM, home, FormName.PERSON)),))
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
    return card(ports, asker, person)


def name_fields(
    ports: Ports, known: Mapping[str, str], *, is_optional: bool = False
) -> tuple[Field, ...]:
    """The name, the spellings it will be looked for by, and what tells it from namesakes.

    Which word is the family name is asked only where nothing tells.
    """

    def verify(written: str) -> None:
        if not readings(written, ports.watchwords):
            raise Refusal(RefusalCode.NAME_UNCLEAR)

    ways = readings(known.get("name", ""), ports.watchwords)
    fields = [Field("name", is_optional=is_optional, longest=LONGEST_NAME, verify=verify)]
    if known.get("name") == "":
        return tuple(fields)  # nobody to tell from others
    if len(ways) > 1:
        choices = tuple(
            Choice(f"way_{place}", f"{way.given} {way.family.upper()}")
            for place, way in enumerate(ways)
        )
        fields.append(Field("way", FieldKind.CHOICE, is_optional=True, choices=choices))
    if len(ways) == 1 or (ways and "way" in known):
        fields.append(_variants_field(ports, _person_read(ways, known)))
    return (
        *fields,
        Field("profession", is_optional=True, longest=_LONGEST_WORD),
        Field("city", is_optional=True, longest=_LONGEST_WORD),
    )


def person_asked(
    name: FormName, target: int, fields: tuple[Field, ...], known: Mapping[str, str]
) -> Form:
    """A form with ``name_fields``: it counts the question of the spellings from the first one."""
    is_short = known.get("name") == "" or any(each.name == "variants" for each in fields)
    return Form(name, target, fields, to_come=0 if is_short else 1)


async def person_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Somebody to watch over."""
    return person_asked(FormName.PERSON, target, name_fields(ports, known), known)


async def add_person(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Watch over somebody from now on.

    Raises:
        Invalid: that person is watched over already.
    """
    async with ports.store.write() as tx:
        person = described(ports, form.target, answers)
        same = await namesake(tx, person)
        if same is not None and not same.is_removed:
            known = Refusal(RefusalCode.PERSON_KNOWN, name=same.name)
            raise Invalid({"name": known})
        person = await set_up.watch(tx, person)
    return replace(card(ports, asker, person, is_new=True), manner=Manner.REPLY)


def described(ports: Ports, home: int, answers: Mapping[str, str]) -> Practitioner:
    """The person a form describes."""
    person = _person_read(readings(answers["name"], ports.watchwords), answers)
    return replace(
        person,
        practice_id=PracticeId(home),
        profession=answers["profession"],
        city=answers["city"],
        unwanted=_unwanted(ports, person, answers.get("variants", "")),
    )


async def namesake(tx: Transaction, person: Practitioner) -> Practitioner | None:
    """Whom a practice knows already, or knew, by that name in that town."""
    found = await tx.find(
        Practitioner,
        eq("practice_id", person.practice_id),
        eq("given", person.given),
        eq("family", person.family),
        eq("city", person.city),
    )
    return found[0] if found else None


async def edit_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What tells a person from others, to be corrected.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    person = await _person(tx, target)
    fields = (
        _variants_field(ports, person),
        _line("aliases", ", ".join(person.aliases), _LONGEST_LIST),
        _line("profession", person.profession),
        _line("city", person.city),
        _line("excluded", ", ".join(person.excluded_words), _LONGEST_LIST),
    )
    return Form(FormName.EDIT_PERSON, target, fields, facts={"name": person.name})


async def edit(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Correct what tells a person from others; what was found is looked at anew.

    A question that was skipped changes nothing; a dash empties it.

    Raises:
        Refusal: BUTTON_EXPIRED.
        Invalid: somebody else has that name and town.
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
        await _save(tx, person, "city")
    return card(ports, asker, person)


async def rename_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """How a name is really written.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    person = await _person(tx, target)
    name, *others = (
        each for each in name_fields(ports, known) if each.name in {"name", "way", "variants"}
    )
    fields = (replace(name, initial=person.name), *others)
    form = person_asked(FormName.RENAME_PERSON, target, fields, known)
    return replace(form, facts={"name": person.name})


async def rename(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Write a name otherwise.

    Raises:
        Refusal: BUTTON_EXPIRED.
        Invalid: somebody else has that name and town.
    """
    read = _person_read(readings(answers["name"], ports.watchwords), answers)
    async with ports.store.write() as tx:
        person = await _person(tx, form.target)
        person = replace(person, title=read.title, given=read.given, family=read.family)
        unwanted = _unwanted(ports, replace(person, unwanted=()), answers.get("variants", ""))
        person = replace(person, unwanted=unwanted)
        await _save(tx, person, "name")
    return card(ports, asker, person)


async def let_go(ports: Ports, asker: Asker, action: Action) -> Message:
    """Watch over somebody no more; what was found stays, what speaks of them alone is not read.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        person = await _person(tx, action.target)
        await _save(tx, replace(person, is_removed=True), "name")
        theirs = await tx.find(Source, eq("about", person.id), eq("is_removed", False))
        await tx.save_all([replace(each, is_removed=True) for each in theirs])
    return await draw(ports, asker, 1)


def card(ports: Ports, asker: Asker, person: Practitioner, *, is_new: bool = False) -> Message:
    """A person watched, and what can be done about it."""
    unwanted = set(person.unwanted)
    spellings = [each for each in _spellings(ports, person) if each not in unwanted]
    rows: list[tuple[Button, ...]] = []
    if may(asker.member.role, Right.MANAGE_PEOPLE):
        rename_it = Action(Verb.FILL_FORM, person.id, FormName.RENAME_PERSON)
        rows = [
            (
                Button("edit_person", Action(Verb.FILL_FORM, person.id, FormName.EDIT_PERSON)),
                Button("rename_person", rename_it),
            ),
            (
                Button(
                    "let_go",
                    Action(Verb.LET_GO, person.id),
                    style=ButtonStyle.DANGER,
                    confirm="let_go",
                ),
            ),
        ]
    rows.append((Button("back", Action(Verb.SHOW_SCREEN, person.practice_id, "people-1")),))
    values = {"person": person, "spellings": spellings, "is_new": is_new}
    return Message("person", values, rows=tuple(rows), manner=Manner.REPLACE)


def _variants_field(ports: Ports, person: Practitioner) -> Field:
    """The spellings that are looked for, to be unticked."""
    spellings = _spellings(ports, person)
    choices = tuple(Choice(f"v{place}", words) for place, words in enumerate(spellings))
    kept = [choice.value for choice in choices if choice.words not in set(person.unwanted)]
    return Field(
        "variants",
        FieldKind.CHOICES,
        is_optional=True,
        choices=choices,
        initial=",".join(kept),
        longest=_LONGEST_LIST,
    )


def _line(name: str, initial: str, longest: int = 0) -> Field:
    return Field(name, is_optional=True, initial=initial, longest=longest or _LONGEST_WORD)


def _person_read(ways: Sequence[WrittenName], known: Mapping[str, str]) -> Practitioner:
    """The person of a name, in the reading that was chosen; the likeliest when none was.

    Raises:
        Invalid: no name can be read there.
    """
    if not ways:
        raise Invalid({"name": Refusal(RefusalCode.NAME_UNCLEAR)})
    chosen = int(known.get("way", "").removeprefix("way_") or 0)
    title, given, family = ways[min(chosen, len(ways) - 1)]
    return Practitioner(PracticeId(0), given, family, title)


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
    parts = (part for each in written.split(",") if (part := each.strip(" -")))
    return tuple(dict.fromkeys(parts))[:_MOST_LISTED]


def _worded(written: str, before: str) -> str:
    return written.strip(" -") if written else before


async def _save(tx: Transaction, person: Practitioner, field: str) -> None:
    """Keep a person as they are now, and have what was read be read again.

    Raises:
        Invalid: of that field: somebody else has that name and town.
    """
    try:
        await tx.save(person)
    except Taken:
        known = Refusal(RefusalCode.PERSON_KNOWN, name=person.name)
        raise Invalid({field: known}) from None
    await set_up.look_again(tx, person.practice_id)


async def _person(tx: Transaction, target: int) -> Practitioner:
    person = await tx.get(Practitioner, target)
    if person is None or person.is_removed:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return person
