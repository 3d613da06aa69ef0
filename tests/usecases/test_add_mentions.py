"""Publications added by hand: an address, a text, a picture."""

from bot.core.mentions import Mention, Source
from bot.core.people import Practitioner
from bot.core.sources import FeedDocument, FetchFailed, FetchProblem, SourceKind
from bot.ports import eq
from tests.world import CLAIRE, FEED, World, a_world, an_entry

PAGE = "https://forum.example/sujet/12"
PAUL = Practitioner(CLAIRE.practice_id, "Paul", "Martin", title="Dr", city="Lille")


def shows(world: World, text: str, title: str = "Un fil de discussion") -> None:
    entry = an_entry(1, guid=None, url=PAGE, title=title, text=text)
    world.web.documents[PAGE] = FeedDocument(title=title, entries=(entry,), kind=SourceKind.PAGE)


async def follow(world: World, words: str) -> str:
    await world.say(words) if "://" in words else await world.ask("ajouter", words)
    return await world.press(world.chat.containing("Qu’en faire"), "Suivre")


async def test_an_address_becomes_a_mention_with_the_title_of_its_page() -> None:
    async with a_world() as world:
        shows(world, "Bla bla.\nClaire Lefèvre, dentiste à Lille, m'a soignée.\nAutre chose.")
        assert "la publication est ci-dessous" in await follow(world, PAGE)
        card = world.card("Un fil de discussion")
        assert "m'a soignée" in card.words
        assert "ajoutée par « Claire »" in card.words.replace("\u00a0", " ")
        assert card.labels[:3] == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer"]
        await world.press(card, "Illicite")
        world.sees("📂 Dossier 1")


async def test_the_same_thing_twice_is_one_mention() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        await follow(world, PAGE)
        assert "Je la connaissais déjà" in await follow(world, PAGE)
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 1


async def test_what_a_source_brought_already_is_shown_and_not_doubled() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        world.web.documents["https://presse.example/articles/1"] = FeedDocument(
            title="x", entries=(an_entry(1, guid=None),), kind=SourceKind.PAGE
        )
        assert "déjà" in await follow(world, "https://presse.example/articles/1")


async def test_a_page_that_cannot_be_read_is_followed_all_the_same() -> None:
    async with a_world() as world:
        world.web.documents[PAGE] = FetchFailed(FetchProblem.BLOCKED, PAGE)
        said = await follow(world, f"Regardez ceci : {PAGE}, c'est grave")
        assert "Je n’ai pas pu lire la page" in said
        card = world.card("c'est grave")
        assert "forum.example" in card.words


async def test_a_text_alone_is_enough() -> None:
    async with a_world() as world:
        await follow(world, "Vu dans un groupe : Claire Lefèvre est une incapable")
        assert "une incapable" in world.chat.shown[-1].words
        assert "nom complet" in world.chat.shown[-1].words


async def test_whom_it_is_about_is_asked_when_there_are_several() -> None:
    async with a_world(people=(CLAIRE, PAUL)) as world:
        shows(world, "Un dentiste de Lille.")
        await follow(world, PAGE)
        await world.press(world.chat.containing("De qui parle"), "Paul Martin")
        assert "Dr Paul Martin" in world.card("Un fil de discussion").words


async def test_a_picture_is_kept_by_its_reference() -> None:
    async with a_world() as world:
        answers = await world.desk.share(world.owner, "", "telegram:AgACAgQ")
        await world.give(world.owner, answers)
        await world.press(world.chat.containing("Qu’en faire"), "Suivre")
        assert "avec une image" in world.chat.shown[-1].words
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
        assert mention.picture == "telegram:AgACAgQ"


async def test_nobody_to_follow_is_said() -> None:
    async with a_world(people=()) as world:
        shows(world, "Un dentiste de Lille.")
        assert "ajoutez d’abord un praticien" in await follow(world, PAGE)


async def test_what_is_added_by_hand_is_no_source_to_be_seen_or_read() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        await follow(world, PAGE)
        assert "Aucune source" in await world.ask("sources")
        asked = len(world.web.asked)
        await world.morning()
        assert len(world.web.asked) == asked
        async with world.store.read() as tx:
            assert await tx.count(Source, eq("is_removed", False)) == 0


async def test_an_address_of_a_feed_can_still_be_followed_as_a_page() -> None:
    async with a_world() as world:
        world.says(an_entry(1))
        assert "ci-dessous" in await follow(world, FEED)
