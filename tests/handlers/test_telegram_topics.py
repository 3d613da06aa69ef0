"""Groups with topics: one practitioner a topic, and what becomes of one that is deleted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.people import Practitioner, Role
from bot.usecases import set_up
from tests.handlers.telegram_phone import TOKEN, a_door, says
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat
from tests.world import CLAIRE, World, a_world, an_entry

pytestmark = pytest.mark.timeout(60)

PAUL = Practitioner(CLAIRE.practice_id, "Paul", "Martin", title="Dr", city="Lille")
OF_PAUL = an_entry(2, title="Le Dr Paul Martin à Lille", text="Paul Martin, médecin à Lille.")


@asynccontextmanager
async def a_forum(
    people: tuple[Practitioner, ...] = (CLAIRE, PAUL), *, is_forum: bool = True
) -> AsyncIterator[tuple[World, TelegramServer, Chat]]:
    """A group with topics, linked to the practice by somebody in it."""
    commands = {"jour": "ce qui attend", "reglages": "quand"}
    async with (
        TelegramServer(token=TOKEN) as server,
        a_world(people=people) as world,
        a_door(world, server, commands),
    ):
        paul = server.add_private(42, "Paul")
        assert paul.user is not None
        group = server.add_supergroup("Cabinet", paul.user, is_forum=is_forum)
        code = await set_up.invite(world.ports, world.practice.name, Role.PARTNER)
        server.say(group, paul.user, f"/start@vigie_bot {code}")
        await says(server, group, "maintenant reliée")
        yield world, server, group


async def test_each_practitioner_has_a_topic_and_the_digest_stands_with_everything() -> None:
    async with a_forum() as (world, server, group):
        await world.watch(an_entry(1), OF_PAUL)
        await world.morning()
        assert set(group.topics.values()) == {"Dr Claire Lefèvre", "Dr Paul Martin"}
        topics = {name: thread for thread, name in group.topics.items()}
        assert (await says(server, group, "Article 1")).thread_id == topics["Dr Claire Lefèvre"]
        assert (await says(server, group, "médecin à Lille")).thread_id == topics["Dr Paul Martin"]
        assert (await says(server, group, "2 nouvelles")).thread_id is None
        world.says(an_entry(1), OF_PAUL, an_entry(3))
        await world.morning()
        assert len(group.topics) == 2
        assert (await says(server, group, "Article 3")).thread_id == topics["Dr Claire Lefèvre"]


async def test_a_case_follows_its_person_and_an_answer_its_question() -> None:
    async with a_forum() as (world, server, group):
        await world.watch(an_entry(1))
        await world.morning()
        card = await says(server, group, "Article 1")
        paul = server.chats[42].user
        await server.click(card, "Illicite", user=paul).answer()
        await world.settle()
        assert (await says(server, group, "📂 Dossier 1")).thread_id == card.thread_id
        server.say(group, paul, "/dossiers@vigie_bot", thread_id=card.thread_id)
        assert (await says(server, group, "1 dossier en cours")).thread_id == card.thread_id


async def test_a_deleted_topic_is_not_opened_again_and_nothing_is_lost() -> None:
    async with a_forum() as (world, server, group):
        await world.watch(an_entry(1))
        await world.morning()
        group.topics.clear()
        world.says(an_entry(1), an_entry(3))
        await world.morning()
        assert (await says(server, group, "Article 3")).thread_id is None
        assert not group.topics


async def test_without_the_right_to_open_topics_everything_stands_together() -> None:
    async with a_forum() as (world, server, group):
        group.may_manage_topics = False
        await world.watch(an_entry(1))
        await world.morning()
        assert (await says(server, group, "Article 1")).thread_id is None


async def test_one_practitioner_needs_no_topic() -> None:
    async with a_forum(people=(CLAIRE,)) as (world, server, group):
        await world.watch(an_entry(1))
        await world.morning()
        assert (await says(server, group, "Article 1")).thread_id is None
        assert not group.topics


async def test_topics_made_after_the_group_was_linked_are_used_from_the_next_word_on() -> None:
    async with a_forum(is_forum=False) as (world, server, group):
        group.is_forum = True
        server.say(group, server.chats[42].user, "/aide@vigie_bot")
        await says(server, group, "Ce que je sais faire")
        await world.watch(an_entry(1))
        await world.morning()
        assert (await says(server, group, "Article 1")).thread_id in group.topics


async def test_a_group_is_shown_fewer_commands_than_a_person() -> None:
    async with a_forum() as (_, server, _):
        for language in ("fr", ""):
            assert dict(server.commands["default", language]).keys() == {"jour", "reglages"}
            assert dict(server.commands["all_group_chats", language]).keys() == {"jour"}
