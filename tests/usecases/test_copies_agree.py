"""Whatever is pressed, by whomever: every copy shows what the database says."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.mentions import Mention
from bot.core.outbox import Display, Subject
from bot.core.people import Member, Role
from bot.usecases.show_subjects import present
from tests.world import World, a_world, actor, an_entry

PEOPLE = (actor("1", "Claire"), actor("2", "Paul"), actor("3", "Nadia"))
BUTTONS = [
    Verb.CLASSIFY_LICIT,
    Verb.CLASSIFY_ILLICIT,
    Verb.CLASSIFY_IGNORED,
    Verb.UNDO,
    Verb.IS_ME,
    Verb.IS_NOT_ME,
    Verb.RESUME,
]
MENUS = [Verb.UNFOLD_MENU, Verb.FOLD_MENU]


async def _act(world: World, step: tuple[Any, ...]) -> None:
    what, who, which = step
    by = PEOPLE[who]
    async with world.store.read() as tx:
        mentions = await tx.find(Mention)
        displays = await tx.find(Display)
        members = await tx.find(Member)
    mention = mentions[which % len(mentions)]
    if what in BUTTONS:
        await world.desk.press(by, Action(what, mention.id).encode())
    elif what in MENUS:
        await world.desk.press(by, Action(what, displays[which % len(displays)].id).encode())
    elif what == "later":
        await world.fill(FormName.LATER, mention.id, by, when="tomorrow")
    elif what == "note":
        await world.fill(FormName.NOTE, mention.id, by, words=f"note {which}")
    elif what == "assign":
        member = str(members[which % len(members)].id)
        await world.fill(FormName.ASSIGN, mention.id, by, member=member)
    else:
        await world.morning()


async def _agree(world: World) -> None:
    """Every card that can be seen says what a fresh rendering says, and has its buttons."""
    await world.settle()
    async with world.store.read() as tx:
        for display in await tx.find(Display):
            if display.subject in {Subject.ANSWER, Subject.REST} or not display.message:
                continue
            fresh = await present(world.ports, tx, display)
            if fresh is None:
                continue
            (seen,) = [each for each in world.chat.shown if each.reference == display.message]
            assert seen.message.text == world.render(fresh).text
            rows = {button.text for row in world.render(fresh).rows for button in row}
            assert rows <= set(seen.labels)
            assert not display.is_due


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*BUTTONS, *MENUS, "later", "note", "assign", "morning"]),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, 9),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=60)
def test_any_sequence_of_clicks_leaves_every_copy_as_the_database_is(
    steps: list[tuple[Any, ...]],
) -> None:
    async def story() -> None:
        async with a_world() as world:
            for person in PEOPLE[1:]:
                await world.invite(person, Role.PARTNER)
            doubtful = an_entry(3, title="Claire Lefèvre gagne le cross", text="Une course.")
            await world.watch(an_entry(1), an_entry(2), doubtful)
            await world.morning()
            for step in steps:
                await _act(world, step)
            await _agree(world)

    asyncio.run(story())
