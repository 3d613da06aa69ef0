"""What a member types about a patient: told, and put away when they say so."""

import pytest

from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.mentions import Mention, Note
from bot.core.people import Asker, Practice, Role
from bot.core.replies import Draft
from bot.core.search import Search
from bot.core.secrecy import PatientData, RuleCode
from bot.usecases import set_up
from handlers import access
from handlers.routes import FORMS
from tests.furnished import first_made, furnish
from tests.letters import a_capture
from tests.world import GUARD, World, a_world, actor, an_entry


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("NIR 2 85 05 78 006 084 36", {PatientData.NATIONAL_NUMBER}),
        ("2850578006084 36, à rappeler", {PatientData.NATIONAL_NUMBER}),
        ("Son 06 12 34 56 78", {PatientData.PHONE}),
        ("Écrire à jeanne.petit@mail.example", {PatientData.EMAIL}),
        ("C'est elle, née le 12/03/1980", {PatientData.BIRTH}),
        ("Mme Martin, opérée de la cataracte", {PatientData.NAME_AND_CARE}),
        ("mr dupont avait un rdv", {PatientData.NAME_AND_CARE}),
        ("La consultation du 12 mars", {PatientData.CARE_DATE}),
        ("vue le 3 avril pour une carie", {PatientData.CARE_DATE}),
        ("Détartrage de Mme L. mardi dernier", {PatientData.NAME_AND_CARE}),
        ("Mme Petit, opérée chez nous", {PatientData.NAME_AND_CARE}),
        ("Mme Grand, détartrage", {PatientData.NAME_AND_CARE}),
        ("Jean Dupont est venu pour une carie", {PatientData.NAME_AND_CARE}),
    ],
)
def test_what_tells_of_a_patient_is_seen(words: str, kinds: set[PatientData]) -> None:
    assert kinds <= set(GUARD.patient_data(words))


@pytest.mark.parametrize(
    "words",
    [
        "Vu avec l'assureur, il rappelle demain.",
        "À signaler à la plateforme lundi.",
        "Paul s'en occupe jeudi.",
        "L'avis date du 12 mars.",
        "Vu avec Paul Martin, de l'assurance : il rappelle demain.",
        "Le docteur Lefèvre a reçu le courrier de l'Ordre.",
        "Mme Petit, la secrétaire, a répondu au téléphone.",
        "Ne pas répondre, audience faible.",
        "Dossier complet, on attend l'éditeur.",
        "",
    ],
)
def test_ordinary_notes_are_let_be(words: str) -> None:
    assert GUARD.patient_data(words) == ()


WARNING = "semble parler d’un patient"
ABOUT_A_PATIENT = "Mme Martin, détartrage du 12 mars"


async def _mention(world: World) -> Mention:
    await world.watch(an_entry(1))
    await world.morning()
    async with world.store.read() as tx:
        (mention,) = await tx.find(Mention)
    return mention


async def _noted(world: World, words: str) -> Note:
    mention = await _mention(world)
    told = await world.fill(FormName.NOTE, mention.id, words=words)
    await world.give(world.owner, [told])  # type: ignore[list-item]
    async with world.store.read() as tx:
        return (await tx.find(Note, order="-id"))[0]


async def test_a_note_about_a_patient_can_be_erased() -> None:
    async with a_world() as world:
        note = await _noted(world, ABOUT_A_PATIENT)
        assert note.words
        asked = world.chat.containing(WARNING)
        assert "un nom à côté d’un soin" in asked.words
        assert "Note enregistrée" in asked.words
        await world.press(asked, "Effacer ma copie")
        async with world.store.read() as tx:
            (erased,) = await tx.find(Note)
        assert (erased.words, erased.is_erased) == ("", True)
        assert "note effacée" in world.card().words
        assert "Martin" not in world.card().words


async def test_a_note_that_was_no_patient_s_is_kept() -> None:
    async with a_world() as world:
        await _noted(world, "Rappeler le 01 40 00 00 00, l'assureur")
        await world.press(world.chat.containing(WARNING), "Garder")
        async with world.store.read() as tx:
            (kept,) = await tx.find(Note)
        assert "01 40" in kept.words


async def test_a_note_is_erased_by_its_author_or_who_may_triage_and_by_no_other_practice() -> None:
    async with a_world() as world:
        note = await _noted(world, ABOUT_A_PATIENT)
        counsel = actor("2", "Me Roux")
        await world.invite(counsel, Role.COUNSEL)
        erase = Action(Verb.ERASE_WORDS, world.practice.id, f"note-{note.id}")
        told = await world.give(counsel, [await world.desk.press(counsel, erase.encode())])
        assert "Votre rôle ne permet pas" in told
        other = await set_up.add_practice(world.ports, Practice(name="Ailleurs"))
        await world.desk.command(
            actor("3", "Eve"),
            "start",
            await set_up.invite(world.ports, other.name, Role.HOLDER),
        )
        stolen = Action(Verb.ERASE_WORDS, other.id, f"note-{note.id}")
        told = await world.give(
            actor("3", "Eve"), [await world.desk.press(actor("3", "Eve"), stolen.encode())]
        )
        assert "n’est plus valable" in told
        async with world.store.read() as tx:
            assert (await tx.find(Note))[0].words


@pytest.mark.parametrize("choice", ["", "note", "note-x", "note-999", "secret-1", "draft-9"])
async def test_what_is_not_kept_any_more_cannot_be_erased(choice: str) -> None:
    async with a_world() as world:
        erase = Action(Verb.ERASE_WORDS, world.practice.id, choice)
        told = await world.give(world.owner, [await world.desk.press(world.owner, erase.encode())])
        assert "n’est plus valable" in told


async def test_what_is_looked_for_is_looked_at_and_forgotten() -> None:
    async with a_world() as world:
        await _mention(world)
        told = await world.ask("recherche", ABOUT_A_PATIENT)
        assert WARNING in told
        await world.press(world.chat.containing(WARNING), "Effacer ma copie")
        async with world.store.read() as tx:
            assert await tx.find(Search) == []
        assert WARNING not in await world.ask("recherche", "Claire Lefèvre")


async def test_what_nobody_asked_for_is_looked_at_too() -> None:
    async with a_world() as world:
        told = await world.say(ABOUT_A_PATIENT)
        assert WARNING in told
        assert "Je n’en garde rien" in told
        assert "Effacer" not in str(world.chat.shown[-1:])
        assert WARNING not in await world.say("Bonjour, comment ça marche ?")


async def test_who_is_not_invited_learns_nothing_of_it() -> None:
    async with a_world() as world:
        assert WARNING not in await world.say(ABOUT_A_PATIENT, actor("66", "Inconnu"))


PAGE = "https://presse.example/articles/7"


async def test_what_is_said_of_a_pasted_page_is_looked_at_and_the_page_is_not() -> None:
    async with a_world() as world:
        body = f"Claire Lefèvre, dentiste à Lille : {ABOUT_A_PATIENT}."
        world.says(an_entry(7, url=PAGE, text=body), url=PAGE)
        commented = {"content": f"{PAGE} c'est Mme Durand, son détartrage", "what": "follow"}
        for content, is_told in ((commented, True), ({**commented, "content": PAGE}, False)):
            answer = await world.fill(FormName.PASTE, world.practice.id, **content)
            told = await world.give(world.owner, [answer])  # type: ignore[list-item]
            assert (WARNING in told) is is_told
        asked = world.chat.containing(WARNING)
        await world.press(asked, "Effacer ma copie")
        await world.press(asked, "La suivre")
        async with world.store.read() as tx:
            assert len(await tx.find(Mention)) == 1
            assert await tx.find(Note) == []


async def test_what_is_said_of_a_page_that_is_known_can_be_erased() -> None:
    async with a_world() as world:
        mention = await _mention(world)
        words = f"{mention.url} c'est Mme Durand, son détartrage"
        answer = await world.fill(FormName.PASTE, world.practice.id, content=words, what="follow")
        await world.give(world.owner, [answer])  # type: ignore[list-item]
        await world.press(world.chat.containing(WARNING), "Effacer ma copie")
        async with world.store.read() as tx:
            (note,) = await tx.find(Note)
        assert note.is_erased


async def _draft(world: World) -> Draft:
    await _mention(world)
    await world.press(world.card(), "Licite")
    await world.press(world.card(), "Répondre")
    await world.press(world.chat.containing("Répondre, ou pas"), "Préparer une réponse")
    async with world.store.read() as tx:
        (draft,) = await tx.find(Draft)
    return draft


async def _reworded(world: World, draft: Draft, words: str) -> str:
    told = await world.fill(FormName.EDIT_DRAFT, draft.id, words=words)
    return await world.give(world.owner, [told])  # type: ignore[list-item]


async def test_what_the_guard_says_of_a_reply_is_not_said_twice() -> None:
    async with a_world() as world:
        draft = await _draft(world)
        told = await _reworded(world, draft, f"Bonjour. {ABOUT_A_PATIENT}.")
        assert "à revoir" in told
        assert "supprimez-le" in told
        assert WARNING not in "".join(world.chat.transcript()[-1:])
        told = await _reworded(world, draft, "Votre rendez-vous a pris du retard, pardon.")
        assert "à revoir" in told
        assert "supprimez-le" not in told


async def test_what_the_guard_lets_be_of_a_patient_in_a_reply_is_said_and_erased() -> None:
    async with a_world() as world:
        draft = await _draft(world)
        ours = "Le cabinet répond au 03 20 00 00 00 aux heures d'ouverture."
        assert WARNING not in await _reworded(world, draft, ours)
        await _reworded(world, draft, "Date de naissance 1980. Merci de cette remarque.")
        await world.press(world.chat.containing(WARNING), "Effacer ma copie")
        async with world.store.read() as tx:
            (bare,) = await tx.find(Draft)
        assert (bare.words, bare.worded_by) == ("", None)


def test_a_social_security_number_is_never_fit_to_publish() -> None:
    review = GUARD.check("Le dossier 2 85 05 78 006 084 36 a été traité par l'équipe.")
    assert RuleCode.IDENTITY in {each.rule for each in review.findings}
    assert review.is_blocked


NOT_FREE = {
    "set_up_name", "set_up_profession", "set_up_city", "set_up_practice", "set_up_url",
    "person_name", "person_profession", "person_city",
    "rename_person_name",
    "edit_person_aliases", "edit_person_profession", "edit_person_city", "edit_person_excluded",
    "invite_name", "source_url", "remedy_sent_number",
    "assess_quote", "published_words",  # what the site says, found there or read as a date
    "paste_content",  # what is said beside an address: looked at on its own
    "paste_picture", "paste_file",  # the chat's own references
    "edit_draft_words",  # the guard reads it on the card
}  # fmt: skip
"""The lines that hold a name, a place or an address, or that are looked at by who takes them."""


async def test_every_form_says_which_of_its_lines_are_free_words() -> None:
    async with a_world() as world:
        await furnish(world)
        await a_capture(world)
        members = await _members(world)
        lines: dict[str, bool] = {}
        for name, route in FORMS.items():
            async with world.store.read() as tx:
                form = await first_made(world, tx, members, route, {})
            written = [each for each in form.fields if each.kind in {"line", "text"}]
            lines |= {f"{name}_{each.name}": each.is_free for each in written}
        unguarded = {name for name, is_free in lines.items() if not is_free}
        letters = {name for name in unguarded if name.startswith("letter")}
        assert unguarded - letters == NOT_FREE  # the guard reads a letter on its card
        assert {name for name, is_free in lines.items() if is_free} >= {"note_words"}


async def _members(world: World) -> Asker:
    async with world.store.read() as tx:
        members = await access.memberships(tx, world.owner)
        (asker,) = await access.admit_all(tx, world.owner, members)
    return asker
