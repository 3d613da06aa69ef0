"""The team: who is in, who comes in, who changes, who leaves; and what they see from then on."""

from datetime import timedelta

import pytest

from bot.core.actions import Action, Verb
from bot.core.errors import ChannelProblem
from bot.core.forms import FormName
from bot.core.mentions import Mention
from bot.core.messages import Message
from bot.core.people import Actor, Channel, Invitation, Member, Platform, Practice, Role
from bot.ports import eq
from bot.usecases import set_up
from bot.usecases.check_house import FindingCode, check
from tests.world import World, a_world, actor, an_entry

PAUL = actor("2", "Paul")


async def open_member(world: World, number: str) -> None:
    await world.ask("equipe")
    await world.press(world.chat.containing("membre"), number)


async def test_the_team_is_listed_with_roles_and_places() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.SECRETARY)
        said = await world.ask("equipe")
        assert "2 membres" in said
        assert "Claire · titulaire · Telegram" in said
        assert "Paul · secrétaire · Telegram" in said
        seen = await world.ask("equipe", by=PAUL)
        assert "2 membres" in seen


async def test_somebody_is_invited_from_the_chat_and_comes_in_with_the_code() -> None:
    async with a_world() as world:
        await world.ask("equipe")
        await world.press(world.chat.containing("1 membre"), "Inviter")
        await world.press(world.chat.containing("Comme quoi"), "secrétaire")
        said = await world.say("Nadia")
        assert "Invitation pour Nadia, comme secrétaire" in said
        assert "https://t.me/vigie_bot?start=i_" in said
        code = said.split("Code\u00a0: ")[1].split()[0]
        listed = await world.ask("equipe")
        assert "Invitation en attente pour Nadia" in listed
        nadia = actor("3", "Nadia")
        assert "bienvenue" in await world.ask("start", code, by=nadia)
        assert (await world.the(Member, eq("name", "Nadia"))).role is Role.SECRETARY
        assert "déjà servi" in await world.ask("start", code, by=PAUL)


async def test_an_invitation_is_taken_back() -> None:
    async with a_world() as world:
        code = await set_up.invite(world.ports, world.practice.name, Role.PARTNER, "Paul")
        await world.ask("equipe")
        await world.press(world.chat.containing("en attente pour Paul"), "Retirer l’invitation")
        world.clock.move_to(world.clock.now() + timedelta(seconds=1))
        assert "expiré" in await world.ask("start", code, by=PAUL)
        async with world.store.read() as tx:
            assert await tx.find(Invitation)


async def test_a_code_is_not_shown_before_a_group() -> None:
    async with a_world() as world:
        group = Actor(Platform.TELEGRAM, "1", "Claire", "-100200", is_private=False)
        code = await set_up.invite(world.ports, world.practice.name, Role.HOLDER)
        await world.ask("start", code, by=group)
        result = await world.fill(
            FormName.INVITE, world.practice.id, group, role="partner", name=""
        )
        assert isinstance(result, Message)
        assert "privée" in world.words(result)


async def test_a_role_changes_what_buttons_do_at_once() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await world.watch(an_entry(1))
        await world.morning()
        await open_member(world, "2")
        card = world.chat.containing("depuis le")
        await world.press(card, "Changer de rôle")
        said = await world.press(world.chat.containing("rôle de Paul"), "conseil")
        assert "Conseil" in said
        theirs = world.chat.containing("Article 1", PAUL.address)
        assert "Votre rôle" in await world.press(theirs, "Licite", PAUL)


async def _put_out(world: World, number: str) -> None:
    await open_member(world, number)
    await world.press(world.chat.containing("depuis le"), "Retirer du cabinet")
    await world.press(world.chat.shown[-1], "confirmer")


async def test_who_is_removed_is_answered_nothing_any_more_and_written_to_no_more() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await world.watch(an_entry(1))
        await world.morning()
        theirs = world.chat.containing("Article 1", PAUL.address)
        await _put_out(world, "2")
        answer = await world.desk.press(PAUL, theirs.button("Licite"))
        assert "réservé" in world.words(answer)
        assert "réservé" in await world.ask("jour", by=PAUL)
        count = len([each for each in world.chat.shown if each.address == PAUL.address])
        world.says(an_entry(1), an_entry(2))
        await world.morning()
        assert len([each for each in world.chat.shown if each.address == PAUL.address]) == count
        code = await set_up.invite(world.ports, world.practice.name, Role.PARTNER)
        assert "bienvenue" in await world.ask("start", code, by=PAUL)
        world.says(an_entry(1), an_entry(2), an_entry(3))
        await world.morning()
        world.chat.containing("Article 3", PAUL.address)


async def test_what_was_in_their_charge_is_free_and_their_conversation_closed() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await world.watch(an_entry(1))
        await world.morning()
        paul = await world.the(Member, eq("name", "Paul"))
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
        await world.fill(FormName.ASSIGN, mention.id, member=str(paul.id))
        await _put_out(world, "2")
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
            (channel,) = await tx.find(Channel, eq("member_id", paul.id))
        assert mention.assignee_id is None
        assert channel.problem == ChannelProblem.LEFT


async def test_the_last_holder_stays_one() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        assert "seul titulaire" in await world.ask("quitter")
        claire = await world.the(Member, eq("name", "Claire"))
        out = await world.desk.press(world.owner, Action(Verb.REMOVE_MEMBER, claire.id).encode())
        assert "seul titulaire" in world.words(out)
        down = await world.fill(FormName.ROLE, claire.id, role="counsel")
        assert isinstance(down, Message)
        assert "seul titulaire" in world.words(down)


async def test_somebody_leaves_by_themselves_and_nobody_for_them() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        assert "Quitter" in await world.ask("stop", by=PAUL)
        asked = world.chat.containing("Je ne vous écrirai plus")
        forged = await world.desk.press(
            world.owner,
            Action(Verb.LEAVE, (await world.the(Member, eq("name", "Paul"))).id).encode(),
        )
        assert "plus valable" in world.words(forged)
        assert "C’est fait" in await world.press(asked, "Quitter", PAUL)
        assert "réservé" in await world.ask("jour", by=PAUL)


async def test_a_practice_without_members_loses_nothing() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        claire = await world.the(Member, eq("name", "Claire"))
        async with world.store.write() as tx:
            from dataclasses import replace  # noqa: PLC0415

            await tx.save(replace(claire, removed_at=world.clock.now()))
            (channel,) = await tx.find(Channel)
            await tx.remove(channel)
        await world.morning()
        await world.invite(PAUL, Role.HOLDER)
        await world.morning()
        world.sees("Article 1")


@pytest.mark.parametrize("role", list(Role))
async def test_help_offers_only_what_a_role_may_ask(role: Role) -> None:
    async with a_world() as world:
        await world.invite(PAUL, role)
        said = await world.ask("aide", by=PAUL)
        assert ("/ajouter" in said) is (role is not Role.COUNSEL)
        assert "/jour" in said


async def test_who_is_removed_has_let_nobody_in_for_later_not_even_themselves() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.HOLDER)
        filled = await world.fill(FormName.INVITE, world.practice.id, PAUL, role="holder", name="")
        code = world.words(filled).split("Code\u00a0: ")[1].split()[0]  # type: ignore[arg-type]
        await _put_out(world, "2")
        assert "expiré" in await world.ask("start", code, by=PAUL)
        assert "réservé" in await world.ask("jour", by=PAUL)


async def test_a_code_taken_back_lets_nobody_in_the_same_second() -> None:
    async with a_world() as world:
        code = await set_up.invite(world.ports, world.practice.name, Role.PARTNER, "Paul")
        await world.ask("equipe")
        await world.press(world.chat.containing("en attente pour Paul"), "Retirer l’invitation")
        assert "expiré" in await world.ask("start", code, by=PAUL)


async def test_a_group_is_told_at_once_that_codes_are_given_in_private() -> None:
    async with a_world() as world:
        group = Actor(Platform.TELEGRAM, "1", "Claire", "-100200", is_private=False)
        code = await set_up.invite(world.ports, world.practice.name, Role.HOLDER)
        await world.ask("start", code, by=group)
        await world.ask("equipe", by=group)
        said = await world.press(world.chat.containing("1 membre", "-100200"), "Inviter", group)
        assert "conversation privée" in said


async def test_a_refusal_at_the_end_of_a_form_leaves_no_question_behind() -> None:
    async with a_world() as world:
        await open_member(world, "1")
        await world.press(world.chat.containing("depuis le"), "Changer de rôle")
        said = await world.press(world.chat.containing("rôle de Claire"), "conseil")
        assert "seul titulaire" in said
        assert "seul titulaire" not in await world.say("jour")


async def test_what_was_in_charge_of_who_leaves_is_said_to_be_nobody_s() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await world.watch(an_entry(1))
        await world.morning()
        paul = await world.the(Member, eq("name", "Paul"))
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
        await world.fill(FormName.ASSIGN, mention.id, member=str(paul.id))
        card = world.chat.containing("Article 1", world.owner.address)
        assert "confiée à Paul" in card.words
        await world.ask("quitter", by=PAUL)
        await world.press(world.chat.containing("Je ne vous écrirai plus"), "Quitter", PAUL)
        assert "confiée à Paul" not in card.words
        theirs = [each for each in world.chat.shown if each.address == PAUL.address]
        edits = sum(each.edits for each in theirs)
        await world.press(card, "Licite")
        await world.live_until(world.clock.now() + timedelta(days=3))
        later = [each for each in world.chat.shown if each.address == PAUL.address]
        assert len(later) == len(theirs)
        assert sum(each.edits for each in later) == edits


async def test_a_member_nobody_can_reach_alone_is_pointed_out() -> None:
    async with a_world() as world:
        await world.invite(actor("2", "Paul", "-50", is_private=False), Role.PARTNER)
        await open_member(world, "2")
        assert "écrire en privé" in world.chat.shown[-1].words
        await world.ask("start", by=PAUL)
        await open_member(world, "2")
        assert "écrire en privé" not in world.chat.shown[-1].words


async def test_who_left_is_no_trouble_of_the_house() -> None:
    async with a_world() as world:
        await world.invite(PAUL, Role.PARTNER)
        await _put_out(world, "2")
        found = await check(world.clock, world.ports, {})
        assert FindingCode.CHANNEL_LOST not in repr(found)


async def test_a_code_pasted_under_a_question_lets_in_and_is_no_answer() -> None:
    async with a_world() as world:
        await set_up.add_practice(world.ports, Practice(name="Cabinet d'en face"))
        code = await set_up.invite(world.ports, "Cabinet d'en face", Role.LOCUM)
        await world.ask("ajouter")
        assert "Cabinet d'en face" in await world.say(code)
