"""Finding again: words without accents, what narrows them, pages turned in place."""

from datetime import timedelta

from bot.core.forms import FormName
from bot.core.messages import Message
from bot.core.search import Search
from bot.ports import eq
from tests.world import CLAIRE, World, a_world, an_entry


async def _filled(world: World, count: int = 7) -> None:
    entries = [an_entry(number) for number in range(1, count + 1)]
    await world.watch(*entries, an_entry(50, title="Dr Claire Lefèvre : une équipe à l'écoute"))
    await world.morning()


async def test_words_are_found_without_their_accents_wherever_they_stand() -> None:
    async with a_world() as world:
        await _filled(world)
        assert "1 publication" in await world.ask("recherche", "A L ECOUTE equipe")
        assert "« écoute » : 1 publication" in (await world.ask("recherche", "écoute")).replace(
            "\u00a0", " "
        )
        assert "8 publications" in await world.ask("recherche", "presse.example lefevre")
        assert "Rien ne correspond" in await world.ask("recherche", "100% introuvable_")
        assert "Que cherchez-vous" in await world.ask("recherche")
        assert "1 publication" in await world.say("équipe")


async def test_pages_turn_in_place_and_a_mention_opens_below() -> None:
    async with a_world() as world:
        await _filled(world)
        await world.ask("recherche", "dentiste")
        page = world.chat.containing("8 publications")
        assert "page 1/2" in page.words
        await world.press(page, "Suivantes")
        assert "page 2/2" in page.words
        assert page.labels[:3] == ["6", "7", "8"]
        before = len(world.chat.shown)
        assert "ci-dessous" in await world.press(page, "6")
        assert len(world.chat.shown) == before + 1
        assert "✅ Licite" in world.chat.shown[-1].labels
        await world.press(world.chat.shown[-1], "Ignorer")
        await world.press(page, "Précédentes")
        assert "page 1/2" in page.words


async def test_a_search_is_narrowed_by_state_and_period() -> None:
    async with a_world() as world:
        await _filled(world, 2)
        await world.press(world.card("Article 1"), "Illicite")
        await world.ask("recherche", "lefevre")
        found = world.chat.containing("3 publications")
        await world.press(found, "Affiner")
        question = world.chat.containing("Dans quel état")
        await world.press(question, "illicites")
        said = await world.press(question, "7 derniers jours")
        assert "1 publication" in said
        assert "illicites · 7 derniers jours · filtré" in said
        world.clock.move_to(world.clock.now() + timedelta(days=10))
        async with world.store.read() as tx:
            (made,) = await tx.find(Search, eq("words", "lefevre"))
        later = await world.fill(FormName.FILTER, made.id, state="", period="week")
        assert isinstance(later, Message)
        assert "Rien ne correspond" in world.words(later)
        month = await world.fill(FormName.FILTER, made.id, state="", period="month")
        assert isinstance(month, Message)
        assert "3 publications" in world.words(month)


async def test_another_practice_finds_nothing_of_ours() -> None:
    async with a_world() as ours:
        await _filled(ours)
    async with a_world(ours.store, people=(CLAIRE,), name="Cabinet voisin") as world:
        world.owner = ours.owner
        said = await world.ask("recherche", "lefevre")
        # One person, two practices, one place: each answers for itself.
        assert said.count("8 publications") == 1
        assert said.count("0 publication") == 1


async def test_a_changed_text_is_found_by_its_new_words() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        world.says(an_entry(1, text="Claire Lefèvre, dentiste à Lille : texte récrit autrement."))
        await world.morning()
        assert "1 publication" in await world.ask("recherche", "recrit autrement")
