"""Who may do what: every role, every button, command, screen and form, from the tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.core.actions import Action, Command, Verb
from bot.core.forms import FormName
from bot.core.messages import Message
from bot.core.people import COMMAND_RIGHTS, RIGHTS, Member, Practice, Right, Role, may
from bot.ports import eq
from handlers.routes import COMMANDS, FORMS, OF_THE_DESK, ROUTES, SCREENS
from tests.furnished import something_of_everything
from tests.world import World, a_world, actor, again, an_entry

SOMEBODY = actor("7", "Quelqu'un")
_NO = "Votre rôle"
_KEPT: dict[Role, World] = {}
"""The world of each role, made once: nobody changes it."""


@asynccontextmanager
async def a_member(role: Role) -> AsyncIterator[World]:
    """A practice with something of every kind a button may be about, and who presses it."""
    if role not in _KEPT:
        async with a_world() as made:
            await made.invite(SOMEBODY, role)
            await something_of_everything(made)
            _KEPT[role] = made
    async with again(_KEPT[role]) as world:
        yield world


async def _one_of(world: World, kind: type[Any]) -> int:
    async with world.store.read() as tx:
        found = await tx.find(kind, limit=1)
    assert found, f"no {kind.__name__}: nothing would be tested"
    return int(found[0].id)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_and_counsel_only_does(role: Role) -> None:
    assert Right.READ in RIGHTS[role]
    assert (RIGHTS[role] == {Right.READ}) is (role is Role.COUNSEL)


def test_the_holder_may_everything() -> None:
    assert RIGHTS[Role.HOLDER] == set(Right)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", list(ROUTES))
async def test_a_button_obeys_who_may_press_it(role: Role, verb: Verb) -> None:
    route = ROUTES[verb]
    async with a_member(role) as world:
        target = await _one_of(world, route.about)
        answer = await world.desk.press(SOMEBODY, Action(verb, target, "9-9").encode())
        refused = _NO in world.words(answer)
        assert refused is not may(role, route.right)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("command", list(Command))
async def test_a_command_obeys_who_may_type_it(role: Role, command: Command) -> None:
    async with a_member(role) as world:
        said = await world.ask(command.value, by=SOMEBODY)
        assert (_NO in said) is not may(role, COMMAND_RIGHTS[command])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(FormName))
async def test_a_form_obeys_who_may_fill_it(role: Role, name: FormName) -> None:
    route = FORMS[name]
    async with a_member(role) as world:
        target = await _one_of(world, route.about)
        opened = await world.desk.press(SOMEBODY, Action(Verb.FILL_FORM, target, name).encode())
        refused = await world.give(SOMEBODY, [opened])
        assert (_NO in refused) is not may(role, route.right)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(SCREENS))
async def test_a_screen_obeys_who_may_see_it(role: Role, name: str) -> None:
    async with a_member(role) as world:
        data = Action(Verb.SHOW_SCREEN, world.practice.id, f"{name}-1").encode()
        said = world.words(await world.desk.press(SOMEBODY, data))
        assert (_NO in said) is not may(role, SCREENS[name].right)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(FormName))
async def test_a_form_sent_whole_obeys_who_may_fill_it(role: Role, name: FormName) -> None:
    route = FORMS[name]
    async with a_member(role) as world:
        sent = await world.fill(name, await _one_of(world, route.about), SOMEBODY)
        refused = isinstance(sent, Message) and _NO in world.words(sent)
        assert refused is not may(role, route.right)


@pytest.mark.parametrize("verb", list(ROUTES))
async def test_who_left_presses_nothing_from_that_moment(verb: Verb) -> None:
    async with a_member(Role.PARTNER) as world:
        target = await _one_of(world, ROUTES[verb].about)
        async with world.store.write() as tx:
            (left,) = await tx.find(Member, eq("name", SOMEBODY.name))
            await tx.save(replace(left, removed_at=world.clock.now()))
        said = world.words(await world.desk.press(SOMEBODY, Action(verb, target).encode()))
        assert "réservé aux cabinets" in said


def test_every_verb_is_in_a_table() -> None:
    assert set(ROUTES) | OF_THE_DESK == set(Verb)
    assert set(FORMS) == set(FormName)
    assert set(COMMANDS) == set(Command)


async def test_another_practice_s_buttons_say_the_same_as_buttons_of_nothing() -> None:
    async with a_world() as ours:
        await ours.watch(an_entry(1))
        await ours.morning()
        await ours.press(ours.card(), "Illicite")
        stranger = actor("9", "Voisin")
        async with a_world(ours.store, name="Cabinet voisin") as theirs:
            theirs.owner = stranger
            await theirs.invite(stranger, Role.HOLDER)
        # Whatever is ours: the neighbour learns nothing, not even that it exists.
        async with ours.store.read() as tx:
            mine = {
                kind: [
                    each
                    for each in await tx.find(kind)
                    if getattr(each, "practice_id", ours.practice.id) == ours.practice.id
                    and (kind is not Practice or each.id == ours.practice.id)
                ]
                for kind in {route.about for route in ROUTES.values()}
            }
        tried = 0
        for verb, route in ROUTES.items():
            for target in mine[route.about]:
                data = Action(verb, target.id).encode()
                assert "plus valable" in ours.words(await ours.desk.press(stranger, data))
                tried += 1
        for name, form in FORMS.items():
            for target in mine.get(form.about, []):
                data = Action(Verb.FILL_FORM, target.id, name).encode()
                assert "plus valable" in ours.words(await ours.desk.press(stranger, data))
                tried += 1
        for screen in SCREENS:
            data = Action(Verb.SHOW_SCREEN, ours.practice.id, f"{screen}-1").encode()
            assert "plus valable" in ours.words(await ours.desk.press(stranger, data))
        assert tried > len(ROUTES) // 2
