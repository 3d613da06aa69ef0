"""What a member types about a patient: told, and put away when they say so."""

import pytest

from bot.core.forms import FormName
from bot.core.mentions import Mention, Note
from bot.core.secrecy import PatientData
from tests.world import GUARD, World, a_world, an_entry


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
        "Ne pas répondre, audience faible.",
        "Dossier complet, on attend l'éditeur.",
        "",
    ],
)
def test_ordinary_notes_are_let_be(words: str) -> None:
    assert GUARD.patient_data(words) == ()


async def _noted(world: World, words: str) -> Note:
    await world.watch(an_entry(1))
    await world.morning()
    async with world.store.read() as tx:
        (mention,) = await tx.find(Mention)
    told = await world.fill(FormName.NOTE, mention.id, words=words)
    await world.give(world.owner, [told])  # type: ignore[list-item]
    async with world.store.read() as tx:
        return (await tx.find(Note, order="-id"))[0]


async def test_a_note_about_a_patient_can_be_erased() -> None:
    async with a_world() as world:
        note = await _noted(world, "Mme Martin, détartrage du 12 mars")
        assert note.words
        asked = world.chat.containing("semble parler d’un patient")
        assert "un nom à côté d’un soin" in asked.words
        await world.press(asked, "Effacer ma copie")
        async with world.store.read() as tx:
            (erased,) = await tx.find(Note)
        assert (erased.words, erased.is_erased) == ("", True)
        assert "note effacée" in world.card().words
        assert "Martin" not in world.card().words


async def test_a_note_that_was_no_patient_s_is_kept() -> None:
    async with a_world() as world:
        await _noted(world, "Rappeler le 01 40 00 00 00, l'assureur")
        await world.press(world.chat.containing("semble parler d’un patient"), "Garder")
        async with world.store.read() as tx:
            (kept,) = await tx.find(Note)
        assert "01 40" in kept.words
