"""From an invitation to the first digest, without having read anything."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.lawbook import load_watchwords
from bot.adapters.wording import TEMPLATES
from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, RefusalCode
from bot.core.forms import FormName
from bot.core.mentions import Mention, Source
from bot.core.messages import Message
from bot.core.names import Person, readings, variants
from bot.core.people import Practice, Practitioner, Role
from bot.ports import eq
from bot.usecases import set_up, watch_sources
from tests.world import CLAIRE, FEED, World, a_world, actor, an_entry

WORDS = load_watchwords(TEMPLATES)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Dr Claire Lefèvre", ("Dr", "Claire", "Lefèvre")),
        ("claire lefèvre", ("", "Claire", "Lefèvre")),
        ("Lefèvre Claire", ("", "Claire", "Lefèvre")),
        ("LEFÈVRE Claire", ("", "Claire", "Lefèvre")),
        ("Claire LEFÈVRE (Dr)", ("Dr", "Claire", "Lefèvre")),
        ("DR CLAIRE LEFÈVRE", ("Dr", "Claire", "Lefèvre")),
        ("docteur Jean-Pierre d'Argent", ("Dr", "Jean-Pierre", "d'Argent")),
        ("Mme le Dr Claire Lefèvre", ("Dr", "Claire", "Lefèvre")),
        ("Doctoresse Claire Lefèvre", ("Dr", "Claire", "Lefèvre")),
        ("Lefèvre, Claire", ("", "Claire", "Lefèvre")),
        ("Dr Marie Le Gall", ("Dr", "Marie", "Le Gall")),
        ("Le Goff Jean-Pierre", ("", "Jean-Pierre", "Le Goff")),
        ("d'Ornano Claire", ("", "Claire", "d'Ornano")),
        ("Pr Nguyen Van Minh", ("Pr", "Nguyen", "Van Minh")),
    ],
)
def test_a_name_is_understood_as_people_type_it(
    written: str, expected: tuple[str, str, str]
) -> None:
    assert readings(written, WORDS) == (expected,)


@pytest.mark.parametrize(
    ("written", "families"),
    [
        ("Claire Martin", ["Martin", "Claire"]),
        ("Jean Pierre Martin", ["Martin", "Pierre Martin", "Jean Pierre", "Jean"]),
        ("Ilyana Ozturk", ["Ozturk", "Ilyana"]),
    ],
)
def test_where_nothing_tells_the_family_name_each_reading_is_offered(
    written: str, families: list[str]
) -> None:
    assert [each.family for each in readings(written, WORDS)] == families


@pytest.mark.parametrize(
    "written",
    ["", "Claire", "Dr Lefèvre", "  ", "!!! ???", "Dr", "C. Lefèvre", "https://a.example b",
     "Claire, Lefèvre, x", "Lefèvre,", "06 12 34", "x" * 5000, "a b " * 40],
)  # fmt: skip
def test_what_is_no_given_and_family_name_is_asked_again(written: str) -> None:
    assert not readings(written, WORDS)


@given(st.text(max_size=120))
def test_whatever_is_typed_a_reading_has_both_names(written: str) -> None:
    for each in readings(written, WORDS):
        assert each.given.strip()
        assert each.family.strip()
        assert variants(Person(each.given, each.family, each.title), WORDS)


async def home(world: World) -> Practice:
    async with world.store.read() as tx:
        practice = await tx.get(Practice, world.practice.id)
    assert practice is not None
    return practice


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
        assert "Cabinet des Tilleuls" in world.chat.shown[-1].words
        await world.say("Cabinet dentaire Vauban")
        await world.press(world.chat.containing("À quelle heure"), "7 h 30")
        await world.press(world.chat.shown[-1], "Du lundi au vendredi")
        world.says(an_entry(1))
        said = (await world.say(FEED)).replace("\u00a0", " ")
        assert "C’est prêt" in said
        assert "La Voix de Lille" in said
        assert "Premier résumé demain à 07:30" in said
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
        assert claire.name == "Dr Claire Lefèvre"
        assert claire.unwanted == ("C. Lefèvre",)
        practice = await home(world)
        assert practice.name == "Cabinet dentaire Vauban"
        assert practice.digest_days == (0, 1, 2, 3, 4)
        await world.morning()
        world.sees("Article 1")


async def test_the_questions_are_counted_from_the_first_to_the_last() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        seen = [world.chat.shown[-1].words]
        await world.say("Dr Claire Lefèvre")
        seen.append(world.chat.shown[-1].words)
        await world.press(world.chat.shown[-1], "C’est bon")
        while "Passer" in "".join(world.chat.shown[-1].labels):
            seen.append(world.chat.shown[-1].words)
            await world.press(world.chat.shown[-1], "Passer")
        assert [words.split("· ")[1][:3] for words in seen] == [f"{n}/8" for n in range(1, 9)]


async def test_a_first_digest_can_be_had_at_once() -> None:
    async with a_world(people=()) as world:
        world.says(an_entry(1))
        filled = await world.fill(
            FormName.SET_UP, world.practice.id, name="Dr Claire Lefèvre", url=FEED
        )
        await world.give(world.owner, [filled])  # type: ignore[list-item]  # a message
        await world.press(world.chat.shown[-1], "Résumé maintenant")
        world.sees("☀️")
        world.sees("Article 1")


async def _skip_all(world: World) -> str:
    said = ""
    while "Passer" in "".join(world.chat.shown[-1].labels):
        said = await world.press(world.chat.shown[-1], "Passer")
    return said


async def test_every_question_can_be_passed() -> None:
    async with a_world(people=()) as world:
        before = await home(world)
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        said = await _skip_all(world)
        assert "C’est noté" in said
        assert "depuis /aide" in said
        assert not await world.stored(Practitioner, eq("is_removed", False))
        assert await home(world) == before
        await world.ask("aide")
        assert "🚀 Commencer" in world.chat.shown[-1].labels


async def test_what_was_left_halfway_is_taken_up_later() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        await world.say("Claire Lefèvre")
        assert "Aucune source" in await world.say("/sources")  # something else meanwhile
        world.clock.move_to(world.clock.now() + timedelta(days=3))
        await world.ask("aide")
        await world.press(world.chat.shown[-1], "Continuer l’installation")
        assert "écritures" in world.chat.shown[-1].words  # not the name again
        await world.press(world.chat.shown[-1], "C’est bon")
        assert "Il me manque une source" in await _skip_all(world)
        assert len(await world.stored(Practitioner, eq("is_removed", False))) == 1


async def test_a_button_of_what_was_left_has_its_next_question_answered() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        await world.say("Claire Lefèvre")
        left = world.chat.containing("écritures")
        await world.ask("ajouter")
        await world.press(left, "C’est bon")
        assert "Dans quelle ville" in await world.say("dentiste")
        await world.say("Lille")
        await _skip_all(world)
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
        assert (claire.profession, claire.city) == ("dentiste", "Lille")


async def test_leaving_what_was_left_leaves_the_other_question_where_it_is() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        await world.say("Claire Lefèvre")
        left = world.chat.containing("écritures")
        await world.ask("recherche")
        await world.press(left, "Annuler")
        assert "Je ne comprends" not in await world.say("attente")


async def test_a_name_nothing_tells_apart_is_asked_with_one_tap() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        await world.say("Dr Martin Claire")
        asked = world.chat.containing("Lequel est juste")
        assert asked.labels[:2] == ["Martin CLAIRE", "Claire MARTIN"]
        await world.press(asked, "Claire MARTIN")
        assert "☑️ Dr Martin" in world.chat.shown[-1].labels
        await world.press(world.chat.shown[-1], "C’est bon")
        await _skip_all(world)
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
        assert (claire.given, claire.family) == ("Claire", "Martin")


async def test_an_address_that_cannot_be_watched_loses_nothing_of_the_rest() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Commencer")
        await world.say("Claire Lefèvre")
        await world.press(world.chat.shown[-1], "C’est bon")
        for _ in range(3):
            await world.press(world.chat.shown[-1], "Passer")
        await world.press(world.chat.shown[-1], "Autre heure")
        await world.say("8h15")
        await world.press(world.chat.shown[-1], "Passer")
        assert "commence par https://" in await world.say("mon site")
        said = await world.press(world.chat.containing("commence par https"), "Passer")
        assert "C’est prêt" in said
        assert len(await world.stored(Practitioner, eq("is_removed", False))) == 1
        assert (await home(world)).digest_at.isoformat("minutes") == "08:15"


async def test_the_first_address_may_be_the_page_of_their_own_reviews() -> None:
    place = "https://www.google.com/maps/place/?q=place_id:ChIJ0123456789abcdef0123456"
    async with a_world(people=()) as world:
        world.says(an_entry(1), url="place:ChIJ0123456789abcdef0123456")
        nobody = await world.fill(FormName.SET_UP, world.practice.id, name="", url=place)
        assert isinstance(nobody, Invalid)
        assert nobody.problems["url"].code is RefusalCode.NOBODY_WATCHED
        ready = await world.fill(
            FormName.SET_UP, world.practice.id, name="Dr Claire Lefèvre", url=place
        )
        assert isinstance(ready, Message)
        async with world.store.read() as tx:
            (source,) = await tx.find(Source, eq("is_removed", False))
        assert source.about


async def test_a_practice_s_name_that_is_taken_is_asked_again_and_nothing_is_kept() -> None:
    async with a_world(people=()) as world:
        await set_up.add_practice(world.ports, Practice(name="Cabinet Vauban"))
        taken = await world.fill(
            FormName.SET_UP, world.practice.id, name="Claire Lefèvre", practice="Cabinet Vauban"
        )
        assert isinstance(taken, Invalid)
        assert taken.problems["practice"].code is RefusalCode.PRACTICE_NAME_TAKEN
        assert not await world.stored(Practitioner, eq("is_removed", False))


async def test_the_sample_answers_and_keeps_nothing() -> None:
    async with a_world(people=()) as world:
        await world.ask("start")
        await world.press(world.chat.containing("bienvenue"), "Voir un exemple")
        card = world.chat.containing("Exemple de résumé")
        assert card.labels == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer", "🚀 Commencer"]
        assert "traité 0/2" in card.words
        await world.press(card, "Licite")
        assert "traité 1/2" in card.words
        assert "réponse courtoise" in card.words
        await world.press(card, "Illicite")
        assert "traité 2/2" in card.words
        assert card.labels == ["↩️ Annuler", "🚀 Commencer"]
        await world.press(card, "Annuler")
        await world.press(card, "Annuler")
        assert "traité 0/2" in card.words
        assert card.edits == 4
        async with world.store.read() as tx:
            assert not await tx.count(Mention)


@pytest.mark.parametrize("choice", ["", "x", "xl", "xlig", "n", "new", "licit", "9-9"])
async def test_a_sample_of_another_age_still_answers(choice: str) -> None:
    async with a_world() as world:
        data = Action(Verb.SHOW_SAMPLE, world.practice.id, choice).encode()
        assert "Exemple de résumé" in world.words(await world.desk.press(world.owner, data))


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
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
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
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
        assert claire.aliases == ("Claire Dupont",)
        assert claire.profession == ""
        assert claire.city == "Lille"
        assert claire.excluded_words == ("marathon", "vétérinaire")
        await world.press(card, "Ne plus surveiller")
        await world.press(world.chat.shown[-1], "confirmer")
        assert not await world.stored(Practitioner, eq("is_removed", False))
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
        assert len(await world.stored(Practitioner, eq("is_removed", False))) == 1


async def test_who_may_not_set_up_sees_the_sample_only() -> None:
    async with a_world(people=()) as world:
        nadia = actor("7", "Nadia")
        await world.invite(nadia, Role.SECRETARY)
        await world.ask("start", by=nadia)
        hello = world.chat.containing("bienvenue", nadia.address)
        assert hello.labels == ["👀 Voir un exemple"]


async def test_a_title_and_name_that_were_unticked_find_nobody_either() -> None:
    async with a_world(people=()) as world:
        await world.fill(
            FormName.PERSON,
            world.practice.id,
            name="Dr Claire Lefèvre",
            variants="v0,v1,v2,v3,v5",  # all but "Dr Lefevre"
            city="Lille",
        )
        titled = an_entry(2, title="Avis", text="Le Dr Lefèvre, à Lille, est en retard.")
        in_full = an_entry(3, title="Avis", text="Le docteur Lefèvre, à Lille, est en avance.")
        await world.watch(titled, in_full)
        await world.poll()
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
        assert "avance" in mention.text


async def test_two_of_one_name_and_town_are_told_apart_before_anything_is_stored() -> None:
    elsewhere = replace(CLAIRE, city="Lens")
    async with a_world(people=(CLAIRE, elsewhere)) as world:
        same = await world.fill(
            FormName.PERSON, world.practice.id, name="Claire Lefèvre", city="Lille"
        )
        assert isinstance(same, Invalid)
        assert same.problems["name"].code is RefusalCode.PERSON_KNOWN
        (_, lens) = await world.stored(Practitioner, eq("is_removed", False))
        moved = await world.fill(FormName.EDIT_PERSON, lens.id, city="Lille")
        assert isinstance(moved, Invalid)
        assert moved.problems["city"].code is RefusalCode.PERSON_KNOWN


async def test_a_name_that_was_misspelt_is_corrected_and_looked_for_anew() -> None:
    async with a_world(people=(replace(CLAIRE, family="Dupont"),)) as world:
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
        await world.watch(an_entry(1))
        await world.poll()
        async with world.store.read() as tx:
            assert not await tx.count(Mention)
        await world.ask("praticiens")
        await world.press(world.chat.containing("1 praticien"), "1")
        await world.press(world.chat.containing("Écritures"), "Corriger le nom")
        assert "Dupont" in world.chat.shown[-1].words
        assert "Il me faut un prénom" in await world.say("Lefèvre")
        await world.say("Dr Claire Lefèvre")
        await world.press(world.chat.shown[-1], "C’est bon")
        assert (await world.stored(Practitioner, eq("is_removed", False)))[0].family == "Lefèvre"
        assert (await world.stored(Practitioner, eq("is_removed", False)))[0].id == claire.id
        await world.poll()
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 1


async def test_who_is_let_go_leaves_no_page_of_reviews_read_and_no_button_broken() -> None:
    place = "https://www.google.com/maps/place/?q=place_id:ChIJ0123456789abcdef0123456"
    async with a_world() as world:
        anonymous = an_entry(1, title="Avis", text="Attente trop longue.")
        world.says(anonymous, url="place:ChIJ0123456789abcdef0123456")
        await watch_sources.add_source(world.ports, world.practice.name, place, 900)
        await world.morning()
        card = world.chat.containing("Attente")
        (claire,) = await world.stored(Practitioner, eq("is_removed", False))
        await world.desk.press(world.owner, Action(Verb.LET_GO, claire.id).encode())
        async with world.store.read() as tx:
            assert not await tx.count(Source, eq("is_removed", False))
        assert "mal passé" not in await world.press(card, "Pas moi")
        again = await set_up.add_practitioner(world.ports, world.practice.name, CLAIRE)
        assert again.id == claire.id


@pytest.mark.parametrize("role", list(Role))
async def test_everybody_sees_who_is_watched_and_some_change_it(role: Role) -> None:
    async with a_world() as world:
        nadia = actor("7", "Nadia")
        await world.invite(nadia, role)
        await world.ask("praticiens", by=nadia)
        await world.press(world.chat.containing("1 praticien", nadia.address), "1", nadia)
        card = world.chat.containing("Écritures", nadia.address)
        assert ("✏️ Corriger" in card.labels) is (role in {Role.HOLDER, Role.PARTNER})
