"""From an invitation to the first digest, without having read anything."""

from datetime import timedelta

import pytest

from bot.adapters.lawbook import load_watchwords
from bot.adapters.wording import TEMPLATES
from bot.core.forms import FormName
from bot.core.people import Practice, Practitioner, Role
from bot.core.typed_names import typed_name
from bot.ports import eq
from tests.world import FEED, World, a_world, actor, an_entry

WORDS = load_watchwords(TEMPLATES)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Dr Claire Lefèvre", ("Dr", "Claire", "Lefèvre")),
        ("claire lefèvre", ("", "Claire", "Lefèvre")),
        ("Lefèvre Claire", ("", "Claire", "Lefèvre")),
        ("LEFÈVRE Claire", ("", "Claire", "Lefèvre")),
        ("Claire LEFÈVRE", ("", "Claire", "Lefèvre")),
        ("docteur Jean-Pierre d'Argent", ("Docteur", "Jean-Pierre", "d'Argent")),
        ("Lefèvre, Claire", ("", "Claire", "Lefèvre")),
        ("Dr Marie Le Gall", ("Dr", "Marie", "Le Gall")),
        ("Pr Nguyen Van Minh", ("Pr", "Nguyen", "Van Minh")),
    ],
)
def test_a_name_is_understood_as_people_type_it(
    written: str, expected: tuple[str, str, str]
) -> None:
    person = typed_name(written, WORDS)
    assert person is not None
    assert (person.title, person.given, person.family) == expected


@pytest.mark.parametrize("written", ["", "Claire", "Dr Lefèvre", "  ", "!!! ???", "Dr"])
def test_less_than_two_names_is_asked_again(written: str) -> None:
    assert typed_name(written, WORDS) is None


async def people(world: World) -> list[Practitioner]:
    async with world.store.read() as tx:
        return await tx.find(Practitioner, eq("is_removed", False))


async def _named(world: World) -> None:
    """The first two questions: the name, and the spellings to look for."""
    await world.ask("start")
    await world.press(world.chat.containing("bienvenue"), "Commencer")
    assert "1/" in world.chat.containing("Quel nom").words
    assert "Il me faut un prénom" in await world.say("Lefèvre")
    await world.say("Dr Claire Lefèvre")
    variants = world.chat.containing("écritures")
    assert "☑️ C. Lefèvre" in variants.labels
    await world.press(variants, "C. Lefèvre")
    assert "⬜ C. Lefèvre" in variants.labels
    await world.press(variants, "C’est bon")


async def test_from_the_invitation_to_the_first_digest() -> None:
    async with a_world(people=()) as world:
        assert "Je ne publie rien" in await world.ask("start")
        hello = world.chat.containing("bienvenue")
        assert hello.labels == ["🚀 Commencer", "👀 Voir un exemple"]
        await _named(world)
        await world.say("chirurgienne-dentiste")
        await world.press(world.chat.containing("Dans quelle ville"), "Passer")
        await world.press(world.chat.containing("À quelle heure"), "7 h 30")
        world.says(an_entry(1))
        said = (await world.say(FEED)).replace("\u00a0", " ")
        assert "C’est prêt" in said
        assert "La Voix de Lille" in said
        assert "mardi 24 novembre 2026, 07:30" in said
        (claire,) = await people(world)
        assert claire.name == "Dr Claire Lefèvre"
        assert claire.unwanted == ("C. Lefèvre",)
        await world.morning()
        world.sees("Article 1")


async def test_every_question_but_the_name_can_be_passed_and_the_rest_taken_up_later() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        hello = world.chat.containing("bienvenue")
        await world.press(hello, "Commencer")
        await world.say("Claire Lefèvre")
        assert "Aucune source" in await world.say("/sources")  # something else meanwhile
        await world.ask("aide")
        world.clock.move_to(world.clock.now() + timedelta(days=3))
        resumed = world.chat.containing("Ce que je sais faire")
        await world.press(resumed, "Commencer")
        question = world.chat.shown[-1]
        assert "écritures" in question.words  # not the name again
        await world.press(question, "C’est bon")
        for _ in range(2):
            await world.press(world.chat.shown[-1], "Passer")
        await world.press(world.chat.shown[-1], "7 h 30")
        said = await world.press(world.chat.shown[-1], "Passer")
        assert "Il me manque une source" in said
        assert len(await people(world)) == 1


async def test_an_address_that_cannot_be_watched_loses_nothing_of_the_rest() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        await world.say("Claire Lefèvre")
        await world.press(world.chat.shown[-1], "C’est bon")
        for _ in range(2):
            await world.press(world.chat.shown[-1], "Passer")
        await world.press(world.chat.shown[-1], "Autre heure")
        await world.say("8h15")
        assert "commence par https://" in await world.say("mon site")
        said = await world.press(world.chat.containing("commence par https"), "Passer")
        assert "C’est prêt" in said
        async with world.store.read() as tx:
            practice = await tx.get(Practice, world.practice.id)
        assert practice is not None
        assert practice.digest_at.isoformat("minutes") == "08:15"


async def test_the_sample_answers_and_keeps_nothing() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Voir un exemple")
        card = world.chat.containing("Exemple — rien")
        assert card.labels == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer", "🚀 Commencer"]
        assert "souvent le meilleur choix" in await world.press(card, "Licite")
        await world.press(card, "Annuler")
        assert "trois mois" in await world.press(card, "Illicite")
        await world.press(card, "Annuler")
        assert "Essayez un bouton" in card.words


async def test_a_spelling_that_was_unticked_finds_nobody() -> None:
    async with a_world(people=()) as world:
        await world.fill(
            FormName.PERSON,
            world.practice.id,
            name="Dr Claire Lefèvre",
            variants="v0,v1",
            profession="dentiste",
            city="Lille",
        )
        other = an_entry(2, title="C. Lefèvre, dentiste à Lille", text="Un avis sur C. Lefèvre.")
        await world.watch(an_entry(1), other)
        await world.morning()
        world.sees("Article 1")
        assert not any("Un avis sur C. Lefèvre" in words for words in world.chat.transcript())


async def test_a_person_is_corrected_and_let_go_and_taken_back() -> None:
    async with a_world() as world:
        await world.ask("praticiens")
        await world.press(world.chat.containing("1 praticien suivi"), "1")
        card = world.chat.containing("Écritures cherchées")
        (claire,) = await people(world)
        result = await world.fill(
            FormName.EDIT_PERSON,
            claire.id,
            variants="v0,v1,v2",
            aliases="Claire Dupont",
            profession="-",
            city="",
            excluded="marathon, vétérinaire",
        )
        assert "Claire Dupont" in world.words(result)  # type: ignore[arg-type]  # a message
        (claire,) = await people(world)
        assert claire.aliases == ("Claire Dupont",)
        assert claire.profession == ""
        assert claire.city == "Lille"
        assert claire.excluded_words == ("marathon", "vétérinaire")
        await world.press(card, "Ne plus surveiller")
        await world.press(world.chat.shown[-1], "confirmer")
        assert not await people(world)
        await world.watch(an_entry(1))
        await world.morning()
        assert not any("Article 1" in words for words in world.chat.transcript())
        await world.fill(
            FormName.PERSON,
            world.practice.id,
            name="Claire Lefèvre",
            variants="",
            profession="dentiste",
            city="Lille",
        )
        assert len(await people(world)) == 1


async def test_who_may_not_set_up_sees_the_sample_only() -> None:
    async with a_world(people=()) as world:
        nadia = actor("7", "Nadia")
        await world.invite(nadia, Role.SECRETARY)
        await world.ask("start", by=nadia)
        hello = world.chat.containing("bienvenue", nadia.address)
        assert hello.labels == ["👀 Voir un exemple"]
