"""Teaching: what "it is me" and "it is not me" say of the publications to come."""

from dataclasses import replace

from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Mention, Taught
from bot.core.names import teachable
from bot.core.people import Member, Practice, PracticeId, Practitioner
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.match_entries import people_of


async def learn(
    ports: Ports, tx: Transaction, mention: Mention, member: Member, *, is_for: bool
) -> Taught | None:
    """Keep the rule a mention teaches about its person; nothing when it teaches none."""
    home = await tx.get(Practice, mention.practice_id)
    if home is None:
        raise LookupError(f"mention {mention.id} lost its practice")
    person = (await people_of(tx, [home]))[home.id].get(mention.practitioner_id)
    if person is None:
        return None  # nobody looks for them any more
    entry = (mention.title, mention.text, mention.url)
    lesson = teachable(person, ports.watchwords, entry, is_for=is_for)
    if lesson is None:
        return None
    taught = await tx.add_new(
        Taught(
            practitioner_id=mention.practitioner_id,
            mention_id=mention.id,
            is_for=is_for,
            words=lesson.words,
            host=lesson.host,
            taught_at=ports.clock.now(),
            taught_by=member.id,
        )
    )
    if taught is not None:
        await _look_again(tx, home)
    return taught


async def unlearn_from(tx: Transaction, mention: Mention) -> None:
    """Forget what a mention taught."""
    for taught in await tx.find(Taught, eq("mention_id", mention.id)):
        await tx.remove(taught)
        home = await tx.get(Practice, mention.practice_id)
        if home is not None:
            await _look_again(tx, home)


async def lessons(
    tx: Transaction, practices: list[PracticeId]
) -> list[tuple[Practitioner, Taught]]:
    """Every rule learnt about the people of some practices."""
    people = await tx.find(Practitioner, among("practice_id", practices))
    by_id = {person.id: person for person in people}
    taught = await tx.find(Taught, among("practitioner_id", list(by_id)))
    return [(by_id[each.practitioner_id], each) for each in taught]


async def unlearn(ports: Ports, number: int) -> Taught:
    """Forget one rule.

    Raises:
        Refusal: LESSON_UNKNOWN.
    """
    async with ports.store.write() as tx:
        taught = await tx.get(Taught, number)
        person = await tx.get(Practitioner, taught.practitioner_id) if taught else None
        home = await tx.get(Practice, person.practice_id) if person else None
        if taught is None or home is None:
            raise Refusal(RefusalCode.LESSON_UNKNOWN, number=number)
        await tx.remove(taught)
        await _look_again(tx, home)
        return taught


async def _look_again(tx: Transaction, home: Practice) -> None:
    """Have the sources of a practice read anew: what tells its people from others changed."""
    await tx.save(replace(home, people_version=home.people_version + 1))
