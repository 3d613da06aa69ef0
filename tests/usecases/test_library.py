"""The library of a practice: its own approved replies, found again, read again, taken, removed."""

from datetime import timedelta

from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.messages import Message
from bot.core.people import Actor, Role
from bot.core.replies import Draft
from tests.fakes import Shown
from tests.world import World, a_world, actor, an_entry

PAUL = actor("2", "Paul")
OURS = {
    1: "Nous lisons chaque remarque, et l'accueil y gagne.",
    2: "L'équipe a revu l'organisation de l'accueil téléphonique.",
    3: "Les honoraires sont affichés au cabinet.",
    4: "Le stationnement est difficile, nous le savons.",
    5: "Chaque remarque compte, même brève.",
}
BREACH = "Votre rendez-vous de mardi a pris du retard, l'accueil vous présente ses regrets."


async def _reply(world: World, number: int, words: str = "", kind: str = "") -> int:
    """Draft a reply to an article, in one's own words when there are some; its id."""
    await world.press(world.card(f"Article {number} "), "Licite")
    await world.press(world.card(f"Article {number} "), "Répondre")
    await world.press(world.chat.containing("Répondre, ou pas"), "Préparer une réponse")
    async with world.store.read() as tx:
        draft = (await tx.find(Draft, order="-id"))[0]
    if kind:
        await world.fill(FormName.REPLY_KIND, draft.id, kind=kind)
    if words:
        await world.fill(FormName.EDIT_DRAFT, draft.id, words=words)
        is_blocked = "⛔" in _card(world).words
        await world.press(_card(world), "Valider malgré tout" if is_blocked else "Valider")
        if is_blocked:
            await world.press(world.chat.containing("La valider vous engage"), "Oui")
    return draft.id


def _card(world: World) -> Shown:
    return world.chat.containing("à propos de")


async def _furnish(world: World, *texts: str) -> int:
    """A library of these replies, one a day, then a draft to reply to another article."""
    await world.watch(an_entry(1))
    await world.morning()
    for number, words in enumerate(texts, 1):
        await _reply(world, number, words)
        world.says(an_entry(number + 1))
        world.clock.move(timedelta(hours=1))
        await world.morning()
    return await _reply(world, len(texts) + 1)


async def _looks_for(world: World, draft: int, word: str) -> str:
    answer = await world.fill(FormName.FIND_MODEL, draft, word=word)
    assert isinstance(answer, Message)
    await world.give(world.owner, [answer])
    return _plain(world.words(answer))


def _plain(said: str) -> str:
    return said.replace("’", "'").replace("\u00a0", " ")


def _page(world: World) -> Shown:
    return world.chat.containing("de vos réponses validées")


async def test_every_word_counts_accents_aside_and_the_subject_too() -> None:
    async with a_world() as world:
        draft = await _furnish(world, OURS[1], OURS[2], OURS[3])
        assert "2 de vos réponses" in await _looks_for(world, draft, "ACCUEIL")
        found = await _looks_for(world, draft, "telephonique équipe")
        assert "1 de vos réponses" in found
        assert OURS[2] in found
        assert "Aucune de vos réponses" in await _looks_for(world, draft, "accueil honoraires")
        await world.fill(FormName.REPLY_KIND, draft, kind="waiting")
        await world.fill(FormName.EDIT_DRAFT, draft, words=OURS[4])
        await world.press(_card(world), "Valider")
        found = await _looks_for(world, draft, "retard")
        assert OURS[4] in found
        assert "Attente, retard" in found


async def test_pages_turn_in_all_models_and_in_those_looked_for() -> None:
    async with a_world(digest_days=tuple(range(7))) as world:
        draft = await _furnish(world, *OURS.values())
        await world.press(_card(world), "Nos réponses")
        assert "page 1/2" in _page(world).words
        await world.press(_page(world), "Suivantes")
        assert OURS[1] in _plain(_page(world).words)
        assert OURS[5] not in _plain(_page(world).words)
        found = await _looks_for(world, draft, "e")
        assert "5 de vos réponses" in found
        await world.press(_page(world), "Suivantes")
        assert "page 2/2" in _page(world).words
        assert "« e »" in _plain(_page(world).words)
        await world.press(_page(world), "Reprendre 1")
        assert OURS[1] in _plain(_card(world).words)


async def test_what_was_last_used_or_approved_comes_first() -> None:
    async with a_world() as world:
        await _furnish(world, OURS[1], OURS[2], OURS[3])
        card = _card(world)
        await world.press(card, "Nos réponses")
        said = _plain(_page(world).words)
        assert said.index(OURS[3]) < said.index(OURS[2]) < said.index(OURS[1])
        await world.press(_page(world), "Reprendre 3")
        world.clock.move(timedelta(hours=1))
        await world.press(card, "Nos réponses")
        said = _plain(_page(world).words)
        assert said.index(OURS[1]) < said.index(OURS[3]) < said.index(OURS[2])


async def test_the_guard_reads_a_model_again_where_it_is_shown_and_taken() -> None:
    async with a_world() as world:
        await _furnish(world, BREACH)
        card = _card(world)
        await world.press(card, "Nos réponses")
        assert "⛔ À ne pas publier telle quelle" in _page(world).words
        assert "à revoir" in await world.press(_page(world), "Reprendre 1")
        assert "⛔" in card.words
        assert "Valider malgré tout" in " ".join(card.labels)


async def test_the_same_words_are_one_model_and_are_removed_together() -> None:
    async with a_world() as world:
        await _furnish(world, OURS[1], OURS[1].upper(), OURS[2])
        await world.press(_card(world), "Nos réponses")
        assert "2 de vos réponses" in _plain(_page(world).words)
        await world.press(_page(world), "Retirer 2")
        await world.press(world.chat.containing("Retirer cette réponse de vos modèles"), "Oui")
        await world.press(_card(world), "Nos réponses")
        assert "1 de vos réponses" in _plain(_page(world).words)
        assert OURS[2] in _plain(_page(world).words)
        async with world.store.read() as tx:
            kept = [each for each in await tx.find(Draft) if each.words]
        assert [each.is_model for each in kept] == [False, False, True]


async def _sees(world: World, by: Actor, draft: int) -> list[str]:
    asked = Action(Verb.OPEN_MODELS, draft)
    await world.give(by, [await world.desk.press(by, asked.encode())])
    return world.chat.containing("de vos réponses validées", by.address).labels


async def test_who_keeps_the_library_is_a_holder_or_a_partner() -> None:
    async with a_world() as world:
        draft = await _furnish(world, OURS[1])
        eve = actor("3", "Eve")
        await world.invite(PAUL, Role.PARTNER)
        await world.invite(eve, Role.SECRETARY)
        assert "🗑 Retirer 1" in await _sees(world, PAUL, draft)
        assert "🗑 Retirer 1" not in await _sees(world, eve, draft)
        async with world.store.read() as tx:
            first = (await tx.find(Draft))[0]
        remove = Action(Verb.REMOVE_MODEL, first.id)
        told = await world.give(eve, [await world.desk.press(eve, remove.encode())])
        assert "Votre rôle ne permet pas" in told


async def test_a_search_leads_to_the_models_that_hold_its_words() -> None:
    async with a_world() as world:
        await _furnish(world, OURS[1], OURS[2])
        await world.ask("recherche", "accueil")
        results = world.chat.containing("🔎")
        assert "📚 Nos réponses (2)" in results.labels
        await world.press(results, "Nos réponses (2)")
        assert OURS[2] in _plain(_page(world).words)
        assert not [label for label in _page(world).labels if "Reprendre" in label]
        await world.ask("recherche", "parking")
        assert "Nos réponses" not in " ".join(world.chat.containing("parking").labels)
        counsel = actor("4", "Me Roux")
        await world.invite(counsel, Role.COUNSEL)
        await world.ask("recherche", "accueil", counsel)
        mine = world.chat.containing("accueil", "4")
        assert "Nos réponses" not in " ".join(mine.labels)


async def test_a_message_to_an_author_is_no_model_of_a_public_reply() -> None:
    async with a_world() as world:
        draft = await _furnish(world, OURS[1])
        async with world.store.read() as tx:
            (mention,) = {each.mention_id for each in await tx.find(Draft) if each.id == draft}
        asked = Action(Verb.CHOOSE_WAY, mention, "ask_withdrawal")
        await world.give(world.owner, [await world.desk.press(world.owner, asked.encode())])
        await world.fill(FormName.EDIT_DRAFT, draft, words="Pouvons-nous en parler ensemble ?")
        await world.press(_card(world), "Valider")
        assert "Aucune de vos réponses" in await _looks_for(world, draft, "ensemble")
