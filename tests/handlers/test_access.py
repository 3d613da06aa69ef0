"""Nobody who was not invited gets anything."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.people import Invitation, Member, Practice, PracticeId, Practitioner, Role
from bot.usecases import set_up, watch_sources
from handlers.dispatch import Desk
from tests.fakes import BrokenStore
from tests.world import World, a_world, actor, an_entry

STRANGER = actor("666", "Inconnu")


async def test_a_code_lets_one_person_in_once() -> None:
    async with a_world() as world:
        code = await set_up.invite(world.ports, world.practice.name, Role.LOCUM)
        assert "bienvenue" in await world.ask("start", code, by=actor("2", "Paul"))
        assert "déjà servi" in await world.ask("start", code, by=STRANGER)
        assert "réservé" in await world.ask("jour", by=STRANGER)


async def test_a_code_works_pasted_without_a_command() -> None:
    async with a_world() as world:
        code = await set_up.invite(world.ports, world.practice.name, Role.LOCUM)
        assert "bienvenue" in await world.ask(code, by=actor("2", "Paul"))


async def test_a_code_expires() -> None:
    async with a_world() as world:
        code = await set_up.invite(world.ports, world.practice.name, Role.LOCUM)
        world.clock.move(timedelta(days=8))
        assert "expiré" in await world.ask("start", code, by=STRANGER)


@pytest.mark.parametrize("code", ["i_", "i_nimporte-quoi", "i_" + "x" * 5000, "i_' OR 1=1"])
async def test_a_code_we_never_gave_opens_nothing(code: str) -> None:
    async with a_world() as world:
        assert "ne connais pas ce code" in await world.ask("start", code, by=STRANGER)


async def test_only_the_hash_of_a_code_is_kept() -> None:
    async with a_world() as world:
        code = await set_up.invite(world.ports, world.practice.name, Role.LOCUM)
        async with world.store.read() as tx:
            stored = await tx.find(Invitation)
        assert code not in repr(stored)


@pytest.mark.parametrize("word", ["jour", "dossiers", "echeances", "sources", "aide", "xyz", ""])
async def test_an_outsider_s_command_gets_a_polite_refusal_and_is_logged(
    word: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        with caplog.at_level(logging.WARNING):
            answer = await world.ask(word, by=STRANGER)
        assert answer.startswith("Ce robot est réservé")
        assert "Lefèvre" not in answer
        assert "Tilleuls" not in answer
        assert [record.__dict__["account"] for record in caplog.records] == ["666"]


async def test_a_bare_start_never_errors_and_tells_an_outsider_how_to_come_in() -> None:
    async with a_world() as world:
        answer = await world.ask("start", by=STRANGER)
        assert "code d’invitation" in answer
        assert "Tilleuls" not in answer


async def test_an_outsider_s_click_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        card = world.card()
        with caplog.at_level(logging.WARNING):
            assert "réservé" in await world.press(card, "Licite", by=STRANGER)
        assert "À traiter" in card.words
        assert caplog.records[0].__dict__["action"] == "refused"


async def test_an_outsider_learns_nothing_from_a_button_that_does_not_exist() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        real = await world.desk.press(STRANGER, world.card().button("Licite"))
        unreal = await world.desk.press(STRANGER, "v1:cl:zzz")
        forged = await world.desk.press(STRANGER, "n'importe quoi")
        assert real == unreal == forged


async def test_a_member_of_another_practice_sees_and_changes_nothing() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        data = world.card().button("Licite")
        await set_up.add_practice(world.ports, Practice(name="Cabinet d'en face"))
        other = actor("3", "Voisin")
        code = await set_up.invite(world.ports, "Cabinet d'en face", Role.HOLDER)
        await world.ask("start", code, by=other)
        theirs = world.words(await world.desk.press(other, data))
        nothing = world.words(await world.desk.press(other, "v1:cl:zzz"))
        assert theirs == nothing
        assert "À traiter" in world.card().words
        assert "Lefèvre" not in await world.ask("aide", by=other) + await world.ask(
            "dossiers", by=other
        )
        assert await world.ask("jour", by=other)


ACROSS = "Cabinet d'en face"


async def _two_practices(world: World) -> None:
    """Claire works in two practices, and talks of both in one conversation."""
    await set_up.add_practice(world.ports, Practice(name=ACROSS))
    paul = Practitioner(PracticeId(0), given="Paul", family="Martin", city="Lille")
    await set_up.add_practitioner(world.ports, ACROSS, paul)
    code = await set_up.invite(world.ports, ACROSS, Role.LOCUM)
    await world.ask("start", code)


async def test_a_place_shared_by_two_practices_is_answered_for_both_each_under_its_name() -> None:
    async with a_world() as world:
        await _two_practices(world)
        await world.watch(an_entry(1))
        both = await world.ask("sources")
        assert both.startswith("🏠 Cabinet des Tilleuls\n📡 1 source surveillée")
        assert f"🏠 {ACROSS}\nAucune source n’est surveillée" in both
        await world.poll()
        # One practice has a digest on its way, the other has nothing: it says so.
        assert (await world.ask("jour")).startswith(f"🏠 {ACROSS}\n☀️ Rien n’attend")
        header = world.chat.containing("1 publication attend votre avis")
        assert header.words.startswith("🏠 Cabinet des Tilleuls\n☀️")


async def test_a_button_is_answered_for_the_practice_it_is_about() -> None:
    async with a_world() as world:
        await _two_practices(world)
        feed = "https://en-face.example/rss"
        world.says(an_entry(2, title="Paul Martin à Lille", text="Paul Martin."), url=feed)
        await watch_sources.add_source(world.ports, ACROSS, feed, 900)
        await world.morning()
        card = world.card("Paul Martin à Lille")
        assert card.words.startswith(f"🏠 {ACROSS}\n")
        assert "licite" in await world.press(card, "Licite")
        assert "par Claire" in card.words


async def test_a_place_of_one_practice_is_answered_for_that_one_without_its_name() -> None:
    async with a_world() as world:
        await _two_practices(world)
        code = await set_up.invite(world.ports, ACROSS, Role.LOCUM)
        group = actor("1", "Claire", "-50", is_private=False)
        await world.ask("start", code, by=group)
        await world.watch(an_entry(1))
        answer = await world.ask("sources", by=group)
        assert answer.startswith("Aucune source n’est surveillée")
        assert "Tilleuls" not in answer


async def test_a_removed_member_s_buttons_stop_at_once() -> None:
    async with a_world() as world:
        paul = actor("2", "Paul")
        await world.invite(paul)
        await world.watch(an_entry(1))
        await world.morning()
        async with world.store.write() as tx:
            member = (await tx.find(Member))[-1]
            await tx.save(replace(member, removed_at=world.clock.now()))
        assert "réservé" in await world.press(world.card(), "Licite", by=paul)


async def test_forged_button_data_of_a_member_is_refused_politely() -> None:
    async with a_world() as world:
        for data in ("", "xxx", "v1:zz:1", "v9:cl:1", "v1:cl:99999", "v1:sd:1:abc"):
            answer = world.words(await world.desk.press(world.owner, data))
            assert "bouton" in answer


async def test_the_owner_named_in_the_settings_claims_the_first_practice_without_a_code() -> None:
    async with a_world() as world:
        owner = actor("99", "Installeur")
        # Somebody is in the only practice already: nothing to claim.
        assert "code d’invitation" in await world.ask("start", by=owner)
        await set_up.add_practice(world.ports, Practice(name="Nouveau cabinet"))
        assert "Nouveau cabinet" in await world.ask("start", by=owner)
        assert "bienvenue" in await world.ask("start", by=owner)


async def test_a_member_links_their_own_conversation_with_a_bare_start() -> None:
    async with a_world() as world:
        paul = actor("2", "Paul", "-50", is_private=False)
        await world.invite(paul)
        alone = actor("2", "Paul")
        assert "pas encore reliée" in await world.ask("jour", by=alone)
        assert "maintenant reliée" in await world.ask("start", by=alone)
        assert "Rien n’attend" in await world.ask("jour", by=alone)


async def test_a_group_is_linked_by_a_code_shown_in_it() -> None:
    async with a_world() as world:
        paul = actor("2", "Paul", "-50", is_private=False)
        assert "maintenant reliée" in await world.invite(paul)
        await world.watch(an_entry(1))
        await world.morning()
        assert {each.address for each in world.chat.shown} == {"1", "-50"}


async def test_what_nobody_knows_is_answered_with_what_can_be_asked() -> None:
    async with a_world() as world:
        assert "aide" in await world.ask("bonjour")
        assert "/dossiers" in await world.ask("aide")
        assert "/dossiers" in await world.ask("help")


async def test_privacy_is_told_to_anybody() -> None:
    async with a_world() as world:
        assert "ne publie rien" in await world.ask("confidentialite", by=STRANGER)
        assert "ne publie rien" in await world.ask("privacy", by=STRANGER)


async def test_a_full_disk_asks_to_try_again_and_writes_nothing() -> None:
    async with a_world() as world:
        desk = Desk(replace(world.ports, store=BrokenStore()), world.deliverer.start, {})
        assert "Rien n’est perdu" in world.words(await desk.press(world.owner, "v1:cl:1"))
