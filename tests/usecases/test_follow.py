"""A mention between the first look and the decision: later, in charge of, noted, looked at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.markup import utf16
from bot.adapters.telegram import BUDGET
from bot.core.forms import FormName
from bot.core.mentions import Mention, MentionState, Recall
from bot.core.people import Member, Role
from bot.ports import eq
from tests.world import World, a_world, actor, an_entry

PAUL = actor("2", "Paul")


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


async def start(world: World, **changes: object) -> None:
    await world.watch(an_entry(1, **changes))
    await world.morning()


@pytest.mark.parametrize(
    ("choice", "back"),
    [
        ("Ce soir", datetime(2026, 11, 24, 18, 0, tzinfo=UTC)),
        ("Demain matin", datetime(2026, 11, 25, 6, 30, tzinfo=UTC)),
        ("Lundi matin", datetime(2026, 11, 30, 6, 30, tzinfo=UTC)),
    ],
)
async def test_what_is_put_off_comes_back_by_itself_once(choice: str, back: datetime) -> None:
    async with a_world() as world:
        await start(world)
        card = world.card()
        await world.press(card, "Plus tard")
        assert "Reportée" in await world.press(world.chat.containing("Quand"), choice)
        assert "Reportée au" in card.words
        assert "Rien n’attend" in await world.ask("jour")
        world.clock.move_to(back - timedelta(minutes=1))
        await world.tick()
        assert (await world.the(Mention)).state is MentionState.LATER
        world.clock.move_to(back + timedelta(minutes=1))
        await world.tick()
        again = world.chat.containing("Vous l’aviez reportée")
        assert "✅ Licite" in again.labels
        assert "À traiter" in card.words
        shown = len(world.chat.shown)
        await world.tick()
        assert len(world.chat.shown) == shown
        await world.press(again, "Licite")
        assert card.words.startswith("✅ Licite")
        assert again.words.startswith("✅ Licite")


async def test_a_day_is_asked_only_when_it_is_wanted_and_read_as_it_is_written() -> None:
    async with a_world() as world:
        await start(world)
        await world.press(world.card(), "Plus tard")
        await world.press(world.chat.containing("Quand"), "Un autre jour")
        assert "Quel jour" in world.chat.containing("Quel jour").words
        assert "date" in await world.say("bientôt")
        assert "est passée" in await world.say("23/11/2026")
        assert "3 décembre, 07:30" in (await world.say("3 décembre")).replace("\u00a0", " ")


async def test_what_was_put_off_can_be_taken_up_at_once() -> None:
    async with a_world() as world:
        await start(world)
        await world.press(world.card(), "Plus tard")
        await world.press(world.chat.containing("Quand"), "Demain matin")
        await world.press(world.card(), "Reprendre")
        assert "À traiter" in world.card().words
        await world.morning()
        assert not any("Vous l’aviez reportée" in words for words in world.chat.transcript())


async def test_who_is_put_in_charge_is_told_alone_and_reminded_once() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await start(world)
        card = world.chat.containing("Article 1", world.owner.address)
        await world.press(card, "Confier")
        asked = world.chat.containing("À qui")
        assert {"Claire", "Paul"} <= set(asked.labels)
        assert "Confiée à Paul" in await world.press(asked, "Paul")
        assert "confiée à Paul" in card.words
        told = world.chat.containing("Elle vous est confiée.")
        assert told.address == PAUL.address
        world.clock.move_to(world.clock.now() + timedelta(hours=23))
        await world.tick()
        assert not any("depuis hier" in words for words in world.chat.transcript())
        world.clock.move_to(world.clock.now() + timedelta(hours=2))
        await world.tick()
        nudges = [each for each in world.chat.shown if "depuis hier" in each.words]
        assert [each.address for each in nudges] == [PAUL.address]
        await world.press(nudges[0], "Ignorer", PAUL)
        assert card.words.startswith("🙈 Ignorée")
        assert nudges[0].words.startswith("🙈 Ignorée")


async def test_somebody_who_did_their_part_is_not_reminded() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await start(world)
        card = world.chat.containing("Article 1", world.owner.address)
        await world.press(card, "Confier")
        await world.press(world.chat.containing("À qui"), "Paul")
        await world.press(card, "Licite", PAUL)
        world.clock.move_to(world.clock.now() + timedelta(days=2))
        await world.tick()
        assert not any("depuis hier" in words for words in world.chat.transcript())


async def test_an_urgent_mention_nobody_touches_is_shown_to_the_holders_again_once() -> None:
    async with a_world(escalate_after_hours=3) as world:
        await world.invite(PAUL, Role.PARTNER)
        await start(world, text="Claire Lefèvre, on sait où tu habites. Qu'elle crève !")
        card = world.chat.containing("Article 1", world.owner.address)
        assert "🔴 Urgent" in card.words
        assert "menace possible" in card.words
        world.clock.move_to(world.clock.now() + timedelta(hours=4))
        await world.tick()
        await world.tick()
        again = [each for each in world.chat.shown if "personne ne l’a encore" in each.words]
        assert [each.address for each in again] == [world.owner.address]
        assert not again[0].message.silent


async def test_a_note_stands_on_every_copy_and_in_all_there_is() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.SECRETARY)
        await start(world)
        ours = world.chat.containing("Article 1", world.owner.address)
        theirs = world.chat.containing("Article 1", PAUL.address)
        await world.press(ours, "Note")
        assert "Note enregistrée" in await world.say("À voir avec notre avocat.")
        for card in (ours, theirs):
            assert "📝 Claire\u00a0: À voir avec notre avocat." in card.words
        await world.press(theirs, "Voir", PAUL)
        said = world.chat.containing("Qui a fait quoi").words
        assert "À voir avec notre avocat." in said
        assert "note ajoutée" in said
        assert "Histoire numéro 1" in said


async def test_all_there_is_fits_one_message_a_page_and_loses_nothing() -> None:
    async with a_world() as world:
        words = " ".join(f"mot{number}" for number in range(700))
        await start(world, text=f"Claire Lefèvre. {words}")
        found = await world.the(Mention)
        for number in range(12):
            said = f"note{number} " + "très longue " * 80
            await world.fill(FormName.NOTE, found.id, words=said[:1000])
        await world.press(world.card(), "Voir")
        page = world.chat.containing("page 1/")
        read = [page.words]
        while "Page suivante ▶️" in page.labels:
            await world.press(page, "Page suivante")
            read.append(page.words)
        assert all(utf16(each) < BUDGET for each in read)
        everything = "\n".join(read)
        assert [f"mot{number}" in everything for number in (0, 350, 699)] == [True] * 3
        assert all(f"note{number} " in everything for number in range(12))
        assert everything.count("note ajoutée") == 12
        await world.press(page, "Page précédente")
        assert page.words == read[-2]


async def test_what_changed_is_said_in_its_own_words() -> None:
    async with a_world() as world:
        await start(world, text="Claire Lefèvre est une dentiste sans égale à Lille.")
        world.clock.move_to(world.clock.now() + timedelta(hours=2))
        world.says(an_entry(1, text="Claire Lefèvre est une dentiste incapable à Lille."))
        await world.poll()
        await world.settle()
        await world.press(world.card(), "Voir")
        said = world.chat.containing("est devenu").words
        assert "le 24 novembre, 09:31, « sans égale » est devenu « incapable »" in plain(said)


async def test_who_did_what_is_told_with_what_it_was() -> None:
    async with a_world() as world:
        await start(world)
        found = await world.the(Mention)
        await world.fill(FormName.LATER, found.id, when="monday")
        await world.press(world.card(), "Reprendre")
        await world.fill(FormName.ASSIGN, found.id, member="1")
        await world.fill(FormName.ASSIGN, found.id, member="nobody")
        await world.press(world.card(), "Pas moi")
        await world.press(world.card(), "Annuler")
        await world.press(world.card(), "Voir")
        said = plain(world.chat.containing("Qui a fait quoi").words)
        assert [line.partition(" : ")[2] for line in said.splitlines() if line[0:1] == "·"] == [
            "décision annulée",
            "écartée, c’est un homonyme",
            "confiée à personne",
            "confiée à Claire",
            "reprise",
            "reportée au 30 novembre, 07:30",
        ]


async def test_a_menu_unfolds_where_it_was_asked_and_folds_when_something_changes() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await start(world)
        ours = world.chat.containing("Article 1", world.owner.address)
        theirs = world.chat.containing("Article 1", PAUL.address)
        await world.press(ours, "⋯ Plus")
        assert "👤 Pas moi" in ours.labels
        assert "👤 Pas moi" not in theirs.labels
        await world.press(ours, "Moins")
        assert "👤 Pas moi" not in ours.labels
        await world.press(ours, "⋯ Plus")
        await world.press(theirs, "Licite", PAUL)
        assert "▲ Moins" not in ours.labels


async def test_decided_things_are_not_put_off() -> None:
    async with a_world() as world:
        await start(world)
        card = world.card()
        await world.press(card, "⋯ Plus")
        later = card.button("Plus tard")
        await world.press(card, "Licite")
        form = await world.desk.press(world.owner, later)
        question = await world.give(world.owner, [form])
        assert "Quand" in question
        asked = world.chat.containing("Quand")
        assert "Déjà classée" in await world.press(asked, "Demain matin")
        async with world.store.read() as tx:
            assert not await tx.find(Recall)


async def test_a_reminder_waits_until_somebody_can_be_told() -> None:
    async with a_world() as world:
        await start(world)
        await world.press(world.card(), "Plus tard")
        await world.press(world.chat.containing("Quand"), "Demain matin")
        from bot.core.people import Channel  # noqa: PLC0415
        from bot.usecases.fill_outbox import park, revive  # noqa: PLC0415

        async with world.store.write() as tx:
            (channel,) = await tx.find(Channel)
            await park(tx, channel, "blocked", world.clock.now())
        await world.morning()
        assert (await world.the(Mention)).state is MentionState.LATER
        async with world.store.write() as tx:
            await revive(tx, channel)
        await world.tick()
        assert (await world.the(Mention)).state is MentionState.NEW
        world.sees("Vous l’aviez reportée")


async def test_only_members_who_may_decide_are_offered() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.COUNSEL)
        await start(world)
        card = world.chat.containing("Article 1", world.owner.address)
        await world.press(card, "Confier")
        assert "Paul" not in world.chat.containing("À qui").labels
        async with world.store.read() as tx:
            assert len(await tx.find(Member, eq("practice_id", world.practice.id))) == 2


async def test_a_button_means_whom_it_names_though_the_team_has_changed() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await world.invite(actor("3", "Nadia"), Role.PARTNER)
        await start(world)
        card = world.chat.containing("Article 1", world.owner.address)
        await world.press(card, "Confier")
        asked = world.chat.containing("À qui")
        async with world.store.write() as tx:
            (paul,) = await tx.find(Member, eq("name", "Paul"))
            await tx.save(replace(paul, removed_at=world.clock.now()))
        assert "n’attend plus" in await world.press(asked, "Paul")
        await world.press(card, "Confier")
        assert "Confiée à Nadia" in await world.press(world.chat.containing("À qui"), "Nadia")
