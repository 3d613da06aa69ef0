"""A mention that was touched meanwhile: what was due is not done any more, or waits anew."""

from dataclasses import replace
from datetime import timedelta

from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.mentions import Mention, MentionState
from bot.core.people import Member
from bot.ports import eq
from tests.world import World, a_world, actor, an_entry

PAUL = actor("2", "Paul")
NADIA = actor("3", "Nadia")
THREAT = "Claire Lefèvre, on sait où tu habites."


async def start(world: World, **changes: object) -> Mention:
    await world.watch(an_entry(1, **changes))
    await world.morning()
    return await world.the(Mention)


async def later(world: World, hours: float) -> None:
    world.clock.move_to(world.clock.now() + timedelta(hours=hours))
    await world.tick()


def recalls(world: World, words: str) -> list[str]:
    """Where messages that say so stand."""
    return [each.address for each in world.chat.shown if words in each.words]


async def test_what_was_decided_and_taken_back_is_not_shown_as_put_off() -> None:
    async with a_world() as world:
        mention = await start(world)
        await world.fill(FormName.LATER, mention.id, when="tomorrow")
        for verb in (Verb.CLASSIFY_LICIT, Verb.UNDO):
            await world.desk.press(world.owner, Action(verb, mention.id).encode())
        await later(world, 30)
        assert not recalls(world, "Vous l’aviez reportée")


async def test_a_stale_resume_says_who_decided() -> None:
    async with a_world() as world:
        mention = await start(world)
        await world.fill(FormName.LATER, mention.id, when="tomorrow")
        await world.desk.press(world.owner, Action(Verb.CLASSIFY_LICIT, mention.id).encode())
        said = world.words(
            await world.desk.press(world.owner, Action(Verb.RESUME, mention.id).encode())
        )
        assert "Déjà classée « Licite » par Claire" in said.replace("\u00a0", " ")


async def test_putting_off_what_is_decided_says_who_decided() -> None:
    async with a_world() as world:
        mention = await start(world)
        await world.desk.press(world.owner, Action(Verb.CLASSIFY_LICIT, mention.id).encode())
        answer = await world.fill(FormName.LATER, mention.id, when="tomorrow")
        said = world.words(answer).replace("\u00a0", " ")  # type: ignore[arg-type]  # no Invalid
        assert "Déjà classée « Licite » par Claire, le 24 novembre, 07:31" in said


async def test_what_is_put_off_reminds_nobody_before_it_is_back() -> None:
    async with a_world() as world:
        await world.invite(PAUL)
        mention = await start(world)
        paul = await world.the(Member, eq("name", "Paul"))
        await world.fill(FormName.ASSIGN, mention.id, member=str(paul.id))
        await world.fill(FormName.LATER, mention.id, when="monday")
        await later(world, 25)
        assert not recalls(world, "depuis hier")


async def test_the_same_member_given_charge_twice_is_told_once() -> None:
    async with a_world() as world:
        await world.invite(PAUL)
        mention = await start(world)
        paul = str((await world.the(Member, eq("name", "Paul"))).id)
        await world.fill(FormName.ASSIGN, mention.id, member=paul)
        await later(world, 12)
        await world.fill(FormName.ASSIGN, mention.id, member=paul)
        assert recalls(world, "Elle vous est confiée.") == [PAUL.address]
        await later(world, 13)
        assert recalls(world, "depuis hier") == [PAUL.address]


async def test_who_is_not_in_charge_any_more_is_not_told_so() -> None:
    async with a_world() as world:
        await world.invite(PAUL)
        await world.invite(NADIA)
        mention = await start(world)
        for name in ("Paul", "Nadia"):
            member = str((await world.the(Member, eq("name", name))).id)
            await world.fill(FormName.ASSIGN, mention.id, member=member)
        assert recalls(world, "Elle vous est confiée.") == [NADIA.address]


async def test_a_decided_mention_in_somebody_s_charge_says_why_it_is_shown() -> None:
    async with a_world() as world:
        await world.invite(PAUL)
        mention = await start(world)
        await world.desk.press(world.owner, Action(Verb.CLASSIFY_ILLICIT, mention.id).encode())
        paul = str((await world.the(Member, eq("name", "Paul"))).id)
        await world.fill(FormName.ASSIGN, mention.id, member=paul)
        assert recalls(world, "Elle vous est confiée.") == [PAUL.address]


async def test_nobody_reads_in_private_what_is_in_another_s_charge() -> None:
    async with a_world() as world:
        group = replace(PAUL, address="-100", is_private=False)
        await world.invite(group)
        mention = await start(world)
        paul = str((await world.the(Member, eq("name", "Paul"))).id)
        await world.fill(FormName.ASSIGN, mention.id, member=paul)
        told = recalls(world, "Paul\u00a0: 👉 Elle vous est confiée.")
        assert told == [group.address] == recalls(world, "Elle vous est confiée.")


async def test_somebody_who_left_is_reminded_of_nothing() -> None:
    async with a_world() as world:
        await world.invite(PAUL)
        mention = await start(world)
        paul = await world.the(Member, eq("name", "Paul"))
        await world.fill(FormName.ASSIGN, mention.id, member=str(paul.id))
        async with world.store.write() as tx:
            await tx.save(replace(paul, removed_at=world.clock.now()))
        await later(world, 25)
        assert not recalls(world, "depuis hier")


async def test_an_urgent_mention_somebody_works_on_is_not_escalated_before_its_time() -> None:
    async with a_world(escalate_after_hours=6) as world:
        mention = await start(world, text=THREAT)
        await later(world, 4)
        await world.fill(FormName.NOTE, mention.id, words="J'appelle la police.")
        await later(world, 4)
        assert not recalls(world, "personne ne l’a encore")
        await later(world, 3)
        assert recalls(world, "personne ne l’a encore")


async def test_what_was_put_off_is_not_escalated_as_it_comes_back() -> None:
    async with a_world(escalate_after_hours=6) as world:
        mention = await start(world, text=THREAT)
        await world.fill(FormName.LATER, mention.id, when="tomorrow")
        await later(world, 25)
        assert recalls(world, "Vous l’aviez reportée")
        assert not recalls(world, "personne ne l’a encore")
        await later(world, 7)
        assert len(recalls(world, "personne ne l’a encore")) == 1


async def test_a_decision_taken_back_is_not_escalated_at_once() -> None:
    async with a_world(escalate_after_hours=6) as world:
        mention = await start(world, text=THREAT)
        await world.desk.press(world.owner, Action(Verb.CLASSIFY_LICIT, mention.id).encode())
        await later(world, 48)
        await world.desk.press(world.owner, Action(Verb.UNDO, mention.id).encode())
        await later(world, 1)
        assert not recalls(world, "personne ne l’a encore")


async def test_what_was_given_in_private_only_comes_back_there_too() -> None:
    async with a_world() as world:
        mention = await start(world)
        await world.invite(PAUL)  # after the digest: no card stands there
        paul = str((await world.the(Member, eq("name", "Paul"))).id)
        await world.fill(FormName.ASSIGN, mention.id, member=paul)
        await world.fill(FormName.LATER, mention.id, when="tomorrow")
        await later(world, 30)
        back = recalls(world, "Vous l’aviez reportée")
        assert sorted(back) == [world.owner.address, PAUL.address]


async def test_what_is_put_off_again_does_not_say_it_is_back() -> None:
    async with a_world() as world:
        mention = await start(world)
        await world.fill(FormName.LATER, mention.id, when="tomorrow")
        await later(world, 25)
        assert recalls(world, "Vous l’aviez reportée")
        await world.fill(FormName.LATER, mention.id, when="monday")
        assert not recalls(world, "Vous l’aviez reportée")
        assert (await world.the(Mention)).state is MentionState.LATER


async def test_an_evening_that_is_over_does_not_change_what_the_other_buttons_mean() -> None:
    async with a_world() as world:
        await start(world)
        world.clock.move_to(world.clock.now().replace(hour=17, minute=20))  # 18:20 in Paris
        await world.press(world.card(), "Plus tard")
        asked = world.chat.containing("Quand")
        world.clock.move_to(world.clock.now() + timedelta(minutes=20))
        assert "25 novembre" in (await world.press(asked, "Demain")).replace("\u00a0", " ")
