"""What is typed may hold what nothing keeps: it is taken without it."""

from bot.core.forms import FormName
from bot.core.mentions import Note
from bot.core.search import Search
from tests.world import a_world, an_entry

UNSEEN = "À rappeler\x00 \ud800lundi\x1b[31m"


async def test_a_note_with_controls_and_half_a_character_is_kept_without_them() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        await world.fill(FormName.NOTE, 1, words=UNSEEN)
        async with world.store.read() as tx:
            (note,) = await tx.find(Note)
        assert note.words == "À rappeler lundi[31m"


async def test_so_is_what_is_searched_and_what_answers_a_question() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        assert "souci" not in await world.ask("recherche", "Cl\x00aire")
        async with world.store.read() as tx:
            (search,) = await tx.find(Search)
        assert search.words == "Claire"
        await world.ask("recherche")
        await world.say("den\x00tiste\udfff")
        async with world.store.read() as tx:
            assert {each.words for each in await tx.find(Search)} == {"Claire", "dentiste"}
