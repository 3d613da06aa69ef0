"""What leaves the outbox: once, in order, whatever the chat answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.store.memory import InMemoryStore
from bot.adapters.wording import JinjaWording
from bot.core.actions import Action, Verb
from bot.core.errors import (
    ChannelMoved,
    ChannelProblem,
    MessageGone,
    Outage,
    Undeliverable,
)
from bot.core.mentions import Mention
from bot.core.messages import Message, Rendered
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Platform, Role
from bot.ports import eq
from bot.usecases import send_digest
from bot.usecases.deliver_outbox import Deliverer
from tests.fakes import Killed
from tests.world import World, a_world, actor, an_entry


def cards(world: World) -> list[str]:
    return [each.words for each in world.chat.shown if "Article" in each.words]


async def test_a_message_lost_before_it_arrived_is_sent_again() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Outage("connection cut"))
        await world.morning()
        assert world.chat.shown == []
        world.clock.move(timedelta(minutes=1))
        await world.tick()
        assert len(world.chat.shown) == 2


async def test_a_message_whose_answer_was_lost_is_found_and_not_sent_twice() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Outage("timed out"), applied=True)
        await world.morning()
        world.clock.move(timedelta(minutes=1))
        await world.tick()
        assert world.chat.posts == 2
        assert len([each for each in world.chat.shown if "☀️" in each.words]) == 1


async def test_a_crash_between_the_call_and_its_note_repeats_nothing() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Killed(), applied=True)
        with pytest.raises(Killed):
            await world.morning()
        reborn = Deliverer(world.ports, lambda *_: None)
        await reborn.deliver()
        assert len(world.chat.shown) == 2
        assert len(cards(world)) == 1


async def test_the_wait_the_chat_asks_for_is_obeyed() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Outage.after(37))
        await world.morning()
        for seconds in (5, 30):
            world.clock.move(timedelta(seconds=seconds))
            await world.tick()
        assert world.chat.shown == []
        world.clock.move(timedelta(seconds=3))
        await world.tick()
        assert len(world.chat.shown) == 2
        pacer = next(iter(world.ports.pacers.values()))
        assert getattr(pacer, "slowed", None) == [("1", 37.0)]


@pytest.mark.parametrize(
    "problem", [ChannelProblem.BLOCKED, ChannelProblem.CHAT_GONE, ChannelProblem.ARCHIVED]
)
async def test_a_channel_that_is_gone_is_parked_and_wakes_with_its_messages(
    problem: ChannelProblem,
) -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Undeliverable(problem))
        await world.morning()
        assert [told for _, told in world.alarms] == [problem]
        await world.live_until(world.clock.now() + timedelta(hours=3), timedelta(hours=1))
        assert world.chat.shown == []
        await world.desk.came_alive(world.owner)
        await world.settle()
        assert len(world.chat.shown) == 2


async def test_a_dead_channel_does_not_stop_the_others() -> None:
    async with a_world() as world:
        await world.invite(actor("2", "Paul"), Role.LOCUM)
        await world.watch(an_entry(1))
        world.chat.fail(Undeliverable(ChannelProblem.BLOCKED))
        await world.morning()
        assert len(cards(world)) == 1


async def test_a_revoked_token_parks_nothing() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Undeliverable(ChannelProblem.TOKEN_REVOKED))
        await world.morning()
        assert [told for _, told in world.alarms] == [ChannelProblem.TOKEN_REVOKED]
        async with world.store.read() as tx:
            assert not await tx.find(Channel, eq("problem", "token_revoked"))
        world.clock.move(timedelta(minutes=11))
        await world.tick()
        assert len(world.chat.shown) == 2


async def test_a_group_that_became_a_supergroup_is_followed() -> None:
    async with a_world() as world:
        group = actor("1", "Claire", "-100", is_private=False)
        await world.invite(group, Role.PARTNER)
        await world.watch(an_entry(1))
        async with world.store.write() as tx:
            (private,) = await tx.find(Channel, eq("address", "1"))
            await tx.save(replace(private, problem="blocked"))
        world.chat.fail(ChannelMoved("-1009"))
        await world.morning()
        assert {each.address for each in world.chat.shown} == {"-1009"}
        assert len(cards(world)) == 1


async def test_a_message_deleted_by_hand_is_not_missed() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        card = world.card()
        world.chat.fail(MessageGone("deleted"))
        await world.press(card, "Licite")
        async with world.store.read() as tx:
            assert await tx.count(Display, eq("is_due", True)) == 0


async def test_several_changes_are_one_edit() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        card = world.card()
        for _ in range(3):
            await world.desk.press(world.owner, card.button("Licite"))
            await world.desk.press(world.owner, f"v1:un:{card.button('Licite').split(':')[2]}")
        await world.settle()
        assert card.edits <= 6
        assert "À traiter" in card.words


async def test_what_is_sent_shows_how_things_stand_when_its_turn_comes() -> None:
    async with a_world() as world:
        await world.invite(actor("2", "Paul"), Role.LOCUM)
        await world.watch(an_entry(1))
        world.chat.fail(Outage("not now"))
        await world.morning()  # one of the two channels is put off
        await world.press(world.card(), "Licite")
        world.clock.move(timedelta(minutes=1))
        await world.tick()
        assert len(cards(world)) == 2
        assert all(words.startswith("✅ Licite") for words in cards(world))


async def test_a_digest_arrives_header_first() -> None:
    async with a_world(InMemoryStore()) as world:
        await world.watch(*(an_entry(number) for number in range(1, 6)))
        await world.morning()
        assert "☀️" in world.chat.shown[0].words
        references = [int(each.reference) for each in world.chat.shown]
        assert references == sorted(references)


async def test_a_message_the_chat_will_not_take_does_not_hold_the_others_back() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.clock.move_to(world.clock.now() + timedelta(days=1))
        for _ in range(3):
            world.chat.fail(Outage("Bad Request: BUTTON_URL_INVALID", was_refused=True))
            await world.tick()
            world.clock.move(timedelta(minutes=10))
        await world.tick()
        # The header, refused three times, let the card by; it comes all the same.
        assert "Article 1" in world.chat.shown[0].words
        assert "☀️" in world.chat.shown[1].words


async def test_a_decision_taken_while_a_card_is_being_posted_is_shown_next() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        post = world.chat.post

        async def decide_meanwhile(
            channel: Channel, message: Rendered, key: str, thread: str = ""
        ) -> str:
            reference = await post(channel, message, key, thread)
            if "Article 1" in message.text.plain:
                await world.desk.press(world.owner, world.card().button("Licite"))
            return reference

        world.chat.post = decide_meanwhile  # type: ignore[method-assign]  # somebody is quick
        await world.morning()
        assert world.card().words.startswith("✅ Licite")


async def test_a_message_found_again_shows_what_was_decided_meanwhile() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.poll()
        world.clock.move(timedelta(days=1))
        await send_digest.make_due(world.ports)
        await world.deliverer.start()
        world.chat.fail(Outage("timed out"), applied=True)
        await world.settle()
        world.clock.move(timedelta(minutes=1))
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
        await world.desk.press(world.owner, Action(Verb.CLASSIFY_LICIT, mention.id).encode())
        await world.settle()
        assert "traité 1/1" in world.chat.containing("☀️").words


async def test_a_question_refused_after_a_crash_is_asked_again_before_anything_is_posted() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(Outage("timed out"), applied=True)
        await world.morning()
        recover = world.chat.recover

        async def flooded(
            channel: Channel,
            message: Rendered,
            key: str,
            mark: str,
            known: frozenset[str],
            thread: str = "",
        ) -> str | None:
            raise Outage.after(5)

        world.chat.recover = flooded  # type: ignore[method-assign]  # Telegram says 429
        world.clock.move(timedelta(minutes=1))
        await world.tick()
        world.chat.recover = recover  # type: ignore[method-assign]  # and answers again
        world.clock.move(timedelta(minutes=10))
        await world.tick()
        assert len([each for each in world.chat.shown if "☀️" in each.words]) == 1


async def test_old_numbers_edit_nothing_in_the_supergroup() -> None:
    async with a_world() as world:
        group = actor("1", "Claire", "-100", is_private=False)
        await world.invite(group, Role.PARTNER)
        await world.watch(an_entry(1))
        await world.morning()
        await world.desk.moved(Platform.TELEGRAM, "-100", "-1009")
        async with world.store.read() as tx:
            (wide,) = await tx.find(Channel, eq("address", "-1009"))
            assert not [
                each for each in await tx.find(Display, eq("channel_id", wide.id)) if each.message
            ]


async def test_a_thousand_messages_nobody_can_take_hide_no_other() -> None:
    async with a_world() as world:
        async with world.store.write() as tx:
            lost = await tx.add(Channel(world.practice.id, Platform.SLACK, "C1", is_private=False))
            for number in range(1, 1101):
                display = Display(world.practice.id, lost.id, Subject.DIGEST, number, "x")
                await tx.add(display)
        await world.watch(an_entry(1))
        await world.morning()
        world.sees("Article 1")


async def test_a_fault_of_ours_in_one_card_holds_no_other_back() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.poll()
        async with world.store.write() as tx:
            (channel,) = await tx.find(Channel)
            # A row no presenter can show: its subject never was.
            broken = Display(world.practice.id, channel.id, Subject.DIGEST, 424242, "broken")
            await tx.add(broken)
        await world.morning()
        world.sees("Article 1")


async def test_an_answer_given_at_once_is_never_taken_for_a_card() -> None:
    async with a_world() as world:
        await world.desk.answered(world.owner, "7")
        async with world.store.read() as tx:
            (answer,) = await tx.find(Display, eq("subject", Subject.ANSWER))
        assert answer.message == "7"
        assert not answer.is_due


async def test_words_that_cannot_be_made_wait_longer_and_longer_and_hold_no_other_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_world() as world:
        wording = PoisonedWording("Article 2")
        deliverer = Deliverer(replace(world.ports, wording=wording), lambda *_: None)
        await world.watch(an_entry(1), an_entry(2), an_entry(3))
        await world.poll()
        world.clock.move(timedelta(days=1))
        await send_digest.make_due(world.ports)
        for _ in range(10):  # nobody moves the clock
            await deliverer.deliver()
        assert wording.tries == 1
        assert "display_failed" in [each.__dict__.get("action") for each in caplog.records]
        for seconds in (5, 30, 60, 60):
            world.clock.move(timedelta(seconds=seconds))
            await deliverer.deliver()
        assert wording.tries == 4
        world.sees("Article 1")
        world.sees("Article 3")
        wording.poison = "nothing any more"
        world.clock.move(timedelta(hours=1))
        await deliverer.deliver()
        world.sees("Article 2")


class PoisonedWording(JinjaWording):
    """Words that a bug of ours keeps from being made, for one mention."""

    def __init__(self, poison: str) -> None:
        super().__init__()
        self.poison = poison
        self.tries = 0

    def render(self, message: Message) -> Rendered:
        rendered = super().render(message)
        if self.poison in rendered.text.plain:
            self.tries += 1
            raise ZeroDivisionError
        return rendered


async def test_a_fault_of_a_chat_s_own_code_puts_off_one_post_and_no_other() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.chat.fail(ZeroDivisionError("a bug of ours"), applied=True)
        await world.morning()
        for _ in range(10):
            await world.tick()
        assert world.chat.posts == 1
        world.clock.move(timedelta(seconds=5))
        await world.tick()
        # The answer was lost in our hands: the header is found again, and the card follows.
        assert world.chat.posts == 2
        assert len(world.chat.shown) == 2


async def test_a_fault_in_one_edit_lets_the_other_edits_by() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1), an_entry(2))
        await world.morning()
        one, two = world.card("Article 1"), world.card("Article 2")
        edit, tries = world.chat.edit, 0

        async def poisoned(channel: Channel, reference: str, message: Rendered) -> None:
            nonlocal tries
            if reference == one.reference:
                tries += 1
                raise ZeroDivisionError("a bug of ours")
            await edit(channel, reference, message)

        world.chat.edit = poisoned  # type: ignore[method-assign]  # one message is poisoned
        await world.press(one, "Licite")
        await world.press(two, "Ignorer")
        assert two.words.startswith("🙈 Ignorée")
        assert "traité 2/2" in world.chat.containing("☀️").words
        for _ in range(10):
            await world.settle()
        assert tries == 1
        world.chat.edit = edit  # type: ignore[method-assign]  # and mended
        world.clock.move(timedelta(minutes=1))
        await world.tick()
        assert one.words.startswith("✅ Licite")
