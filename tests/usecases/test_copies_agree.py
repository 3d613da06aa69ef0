"""Whatever is pressed, by whomever, wherever: every copy shows what the database says."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.mentions import Mention, MentionState, Recall
from bot.core.messages import with_menu_in_rows
from bot.core.outbox import Display, Subject
from bot.core.people import Actor, Member, Role
from bot.ports import eq
from bot.usecases.show_subjects import present
from tests.world import World, a_world, actor, an_entry

CLAIRE, PAUL, NADIA, MAX = (
    actor(str(number), name)
    for number, name in enumerate(("Claire", "Paul", "Nadia", "Max"), start=1)
)
ROLES = {PAUL: Role.PARTNER, NADIA: Role.SECRETARY, MAX: Role.COUNSEL}
GROUP = "-100200"
PEOPLE = (CLAIRE, *ROLES)
PLACES = (*PEOPLE, *(replace(each, address=GROUP, is_private=False) for each in PEOPLE))
"""Everybody, alone with the bot and in the group."""
BUTTONS = [
    Verb.CLASSIFY_LICIT,
    Verb.CLASSIFY_ILLICIT,
    Verb.CLASSIFY_IGNORED,
    Verb.UNDO,
    Verb.IS_ME,
    Verb.IS_NOT_ME,
    Verb.RESUME,
    Verb.OPEN_MENTION,
]
MENUS = [Verb.UNFOLD_MENU, Verb.FOLD_MENU]
FORMS = ["later", "note", "assign", "nobody"]
TIMES = {"an hour": 1, "a day": 25, "a week": 7 * 24}


async def _act(world: World, what: str, by: Actor, which: int) -> None:
    if what in TIMES:
        world.clock.move_to(world.clock.now() + timedelta(hours=TIMES[what]))
        await world.tick()
        return
    async with world.store.read() as tx:
        mentions = await tx.find(Mention, order="id")
        displays = await tx.find(Display, order="id")
        members = await tx.find(Member, order="id")
    mention = mentions[which % len(mentions)].id
    if what in BUTTONS:
        await world.desk.press(by, Action(Verb(what), mention).encode())
    elif what in MENUS:
        display = displays[which % len(displays)].id
        await world.desk.press(by, Action(Verb(what), display).encode())
    elif what == "later":
        await world.fill(FormName.LATER, mention, by, when=("tomorrow", "monday")[which % 2])
    elif what == "note":
        await world.fill(FormName.NOTE, mention, by, words=f"note {which}")
    else:
        member = str(members[which % len(members)].id) if what == "assign" else what
        await world.fill(FormName.ASSIGN, mention, by, member=member)


async def _agree(world: World) -> None:
    """Every card says what a fresh rendering says, menu and all; every digest, its progress."""
    await world.settle()
    async with world.store.read() as tx:
        for display in await tx.find(Display):
            if display.subject not in {Subject.MENTION, Subject.RECALL, Subject.DIGEST}:
                continue
            fresh = await present(world.ports, tx, display)
            assert fresh is not None
            assert not display.is_due
            (seen,) = [each for each in world.chat.shown if each.reference == display.message]
            if display.subject is Subject.DIGEST:  # of its sources it says what was, then
                progress = "{done}/{total}".format_map(fresh.values)
                assert progress in seen.words or not fresh.values["total"]
                continue
            rendered = with_menu_in_rows(world.render(fresh))
            assert seen.message.text == rendered.text
            assert seen.message.rows == rendered.rows


async def _makes_sense(world: World) -> None:
    """What is put off is due to come back, once; nothing else is."""
    async with world.store.read() as tx:
        for mention in await tx.find(Mention):
            is_put_off = mention.state is MentionState.LATER
            assert is_put_off is (mention.snoozed_until is not None)
            waiting = await tx.find(Recall, eq("mention_id", mention.id), eq("is_done", False))
            kinds = [recall.kind for recall in waiting]
            assert len(kinds) == len(set(kinds))
            if is_put_off:
                assert [each.due_at for each in waiting if each.kind == "wake"] == [
                    mention.snoozed_until
                ]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*BUTTONS, *MENUS, *FORMS, *TIMES]),
        st.sampled_from(PLACES),
        st.integers(0, 19),
    ),
    max_size=12,
)


@given(STEPS)
@example([(what, CLAIRE, which) for which in range(3) for what in ("later", Verb.IS_ME)])
@settings(max_examples=40)
def test_any_sequence_of_clicks_leaves_every_copy_as_the_database_is(
    steps: list[tuple[Any, Actor, int]],
) -> None:
    async def story() -> None:
        async with a_world() as world:
            for person, role in ROLES.items():
                await world.invite(person, role)
            await world.invite(replace(CLAIRE, address=GROUP, is_private=False), Role.HOLDER)
            doubtful = an_entry(3, title="Un cross", text="Numéro 3 : Mme Lefèvre y habite.")
            urgent = an_entry(2, text="Claire Lefèvre, dentiste, on sait où tu habites.")
            await world.watch(an_entry(1), urgent, doubtful)
            await world.morning()
            await world.press(world.chat.containing("homonyme"), "Voir les homonymes")
            for what, by, which in steps:
                await _act(world, what, by, which)
            await _agree(world)
            await _makes_sense(world)

    asyncio.run(story())
