"""A draft from its first words to its publication: who may do what, and what is kept."""

import pytest

from bot.core.actions import Action, Verb
from bot.core.errors import Refusal
from bot.core.forms import FormName
from bot.core.mentions import Mention, TriageEvent, TriageKind
from bot.core.messages import Message
from bot.core.people import Actor, Role
from bot.core.replies import STEPS, Draft, DraftState, DraftStep, take
from bot.core.strategies import Silence, Strategy
from tests.adapters.store.builders import NOW
from tests.fakes import Shown
from tests.world import World, a_world, actor, an_entry

PAUL = actor("2", "Paul", "-5", is_private=False)
BREACH = "Désolé pour l'attente lors de votre rendez-vous de mardi."


async def _drafted(world: World) -> Shown:
    await world.watch(
        an_entry(1, text="Claire Lefèvre, dentiste à Lille : deux heures d'attente.")
    )
    await world.morning()
    await world.press(world.card(), "Licite")
    await world.press(world.card(), "Répondre")
    await world.press(world.chat.containing("Répondre, ou pas", "1"), "Préparer une réponse")
    return world.chat.containing("Projet de réponse", "1")


async def _draft(world: World) -> Draft:
    async with world.store.read() as tx:
        (draft,) = await tx.find(Draft)
        return draft


async def _mention(world: World) -> Mention:
    async with world.store.read() as tx:
        (mention,) = await tx.find(Mention)
    return mention


async def _rewords(world: World, words: str, by: Actor | None = None) -> str:
    told = await world.fill(FormName.EDIT_DRAFT, (await _draft(world)).id, by, words=words)
    assert isinstance(told, Message)
    return world.words(told)


async def _kinds(world: World) -> list[tuple[TriageKind, str]]:
    async with world.store.read() as tx:
        return [(each.kind, each.detail) for each in await tx.find(TriageEvent, order="id")]


def test_every_step_of_the_table_and_no_other() -> None:
    for state in DraftState:
        for step in DraftStep:
            draft = Draft(*(1, 1), "sobre", 0, NOW, 1, state=state)  # type: ignore[arg-type]
            if (state, step) in STEPS:
                assert take(draft, step, 2).state is STEPS[state, step]  # type: ignore[arg-type]
            else:
                with pytest.raises(Refusal):
                    take(draft, step, 2)  # type: ignore[arg-type]


def test_other_words_are_to_be_read_again() -> None:
    draft = Draft(1, 1, "sobre", 0, NOW, 1, state=DraftState.APPROVED, approved_by=3)  # type: ignore[arg-type]
    reworded = take(draft, DraftStep.REWORD, 2)  # type: ignore[arg-type]
    assert (reworded.state, reworded.author_id, reworded.approved_by) == (
        DraftState.DRAFT,
        2,
        None,
    )


async def test_from_the_first_words_to_the_site() -> None:
    async with a_world() as world:
        card = await _drafted(world)
        assert "Rien ne m’y semble contraire" in card.words
        assert "Copier" not in " ".join(card.labels)
        assert "validée" in await world.press(card, "Valider")
        assert "✅ Réponse validée" in card.words
        copied = await world.press(card, "Copier")
        assert "secret professionnel" in copied
        await world.press(card, "Je l’ai publiée")
        assert "📣 Réponse publiée par vos soins" in card.words
        assert [label for label in card.labels if "Modifier" in label] == []
        assert (TriageKind.REPLY_PUBLISHED, "") in await _kinds(world)


async def test_words_of_one_s_own_are_read_and_said_otherwise() -> None:
    async with a_world() as world:
        card = await _drafted(world)
        assert "à revoir" in await _rewords(world, BREACH)
        assert "⛔ À ne pas publier telle quelle" in card.words
        assert "« votre rendez-vous" in card.words.replace("\u00a0", " ")
        await world.press(card, "Reformuler")
        assert "⛔" not in card.words
        assert "des urgences peuvent parfois les décaler" in card.words
        assert (await _draft(world)).words
        await world.press(card, "Autre formulation")
        assert (await _draft(world)).words == ""


async def test_approved_words_that_change_are_to_be_approved_again() -> None:
    async with a_world() as world:
        card = await _drafted(world)
        await world.press(card, "Valider")
        await _rewords(world, "Toute remarque est lue avec attention.")
        assert "✍️ Projet de réponse" in card.words
        assert (await _draft(world)).state is DraftState.DRAFT


async def test_only_a_holder_approves_what_breaches_and_the_journal_keeps_it() -> None:
    async with a_world() as world:
        await _drafted(world)
        await world.invite(PAUL, Role.PARTNER)
        await _rewords(world, BREACH, PAUL)
        card = world.chat.containing("Projet de réponse", "1")
        await world.press(card, "Valider malgré tout", PAUL)
        asked = world.chat.containing("La valider vous engage")
        assert "seul un titulaire" in await world.press(asked, "Oui", PAUL)
        assert (await _draft(world)).state is DraftState.DRAFT
        await world.press(card, "Valider malgré tout")
        await world.press(world.chat.containing("La valider vous engage", "1"), "Oui")
        assert (await _draft(world)).state is DraftState.APPROVED
        ((kind, detail),) = [each for each in await _kinds(world) if "reply" in each[0]]
        assert kind is TriageKind.REPLY_APPROVED
        assert "R1" in detail


async def test_where_another_approves_the_author_cannot() -> None:
    async with a_world(another_approves=True) as world:
        card = await _drafted(world)
        await world.invite(PAUL, Role.PARTNER)
        await _rewords(world, "Toute remarque est lue avec attention.")
        assert "quelqu’un d’autre que son auteur" in await world.press(card, "Valider")
        await world.press(card, "J’ai relu", PAUL)
        assert "👁 Réponse relue par Paul" in card.words
        await world.press(card, "Valider", PAUL)
        assert "✅ Réponse validée par Paul" in card.words


async def test_an_approval_that_overrules_is_told_with_the_mention() -> None:
    async with a_world() as world:
        card = await _drafted(world)
        mention = world.chat.containing("✅ Licite", "1")
        await _rewords(world, BREACH)
        await world.press(card, "Valider malgré tout")
        await world.press(world.chat.containing("La valider vous engage"), "Oui")
        assert "réponse validée malgré R1" in (await world.press(mention, "Voir"))


async def _drafted_too(world: World) -> Shown:
    world.says(an_entry(2), an_entry(1))
    await world.morning()
    await world.press(world.card("Article 2"), "Licite")
    await world.press(world.card("Article 2"), "Répondre")
    await world.press(world.chat.containing("Répondre, ou pas", "1"), "Préparer une réponse")
    return world.chat.containing("Projet de réponse", "1")


async def test_approved_words_are_models_for_the_next_reply() -> None:
    own = "Nous lisons chaque remarque, et l'accueil y gagne."
    async with a_world() as world:
        first = await _drafted(world)
        assert not [label for label in first.labels if "Nos réponses" in label]
        await _rewords(world, own)
        await world.press(first, "Valider")
        card = await _drafted_too(world)
        await world.press(card, "Nos réponses")
        shown = world.chat.containing("de vos réponses validées")
        assert "l’accueil y gagne" in shown.words.replace("'", "’")
        await world.press(shown, "Reprendre")
        assert "l’accueil y gagne" in card.words.replace("'", "’")
        async with world.store.read() as tx:
            drafts = await tx.find(Draft, order="id")
        assert drafts[1].words == own
        found = await world.fill(FormName.FIND_MODEL, drafts[1].id, word="ACCUEIL")
        assert isinstance(found, Message)
        assert "1 de vos réponses" in world.words(found).replace("\u00a0", " ")
        nothing = await world.fill(FormName.FIND_MODEL, drafts[1].id, word="parking")
        assert isinstance(nothing, Message)
        assert "Aucune de vos réponses" in world.words(nothing)


async def test_what_is_too_long_is_told_and_kept() -> None:
    async with a_world() as world:
        card = await _drafted(world)
        await _rewords(world, "Toute remarque est lue avec attention par l'équipe. " * 20)
        assert "⚠️ À revoir" in card.words
        assert "C’est trop long" in card.words


async def test_not_answering_is_an_answer_kept_with_its_reason() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        await world.press(world.card(), "Licite")
        await world.press(world.card(), "Répondre")
        ways = world.chat.containing("Répondre, ou pas", "1")
        assert ways.words.index("Ne pas répondre") < ways.words.index("Répondre, une fois")
        await world.press(ways, "Ne pas répondre")
        await world.press(world.chat.containing("Pourquoi", "1"), "Ne pas nourrir la polémique")
        card = world.chat.containing("✅ Licite", "1")
        assert "🤐 Pas de réponse" in card.words
        assert "ne pas nourrir la polémique" in card.words
        assert (TriageKind.REPLY_DECLINED, Silence.CALM) in await _kinds(world)
        # A change of mind starts anew.
        await world.press(card, "Répondre")
        await world.press(world.chat.containing("Répondre, ou pas", "1"), "Préparer une réponse")
        assert (await _draft(world)).state is DraftState.DRAFT


async def test_a_message_to_the_author_is_private_and_free() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, text="Claire Lefèvre, dentiste à Lille : accueil glacial."))
        await world.morning()
        mention = await _mention(world)
        asked = Action(Verb.CHOOSE_WAY, mention.id, Strategy.ASK_WITHDRAWAL)
        await world.press(world.card(), "Licite")
        await world.give(world.owner, [await world.desk.press(world.owner, asked.encode())])
        card = world.chat.containing("✉️ Message privé à l’auteur", "1")
        assert "accueil glacial" in card.words
        assert "Sans pression" in card.words
        await _rewords(world, "Retirez ce message et nous vous rembourserons la séance.")
        assert "⛔" in card.words


async def test_the_subject_of_a_reply_can_be_changed() -> None:
    async with a_world() as world:
        card = await _drafted(world)
        draft = await _draft(world)
        await world.fill(FormName.REPLY_KIND, draft.id, kind="fees")
        assert "honoraires" in card.words
