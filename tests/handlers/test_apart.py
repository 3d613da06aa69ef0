"""Several practices on one bot: none ever learns of another, nor changes anything of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.adapters.store.keys import KINDS
from bot.core.actions import Action, Command, Verb
from bot.core.errors import Invalid
from bot.core.forms import Conversation, FieldKind, FormName
from bot.core.messages import ASK, CONFIRMED
from bot.core.people import Actor, Asker, Practice, Practitioner, Role
from bot.ports import Transaction
from bot.usecases import set_up, watch_sources
from handlers import access
from handlers.routes import FORMS, ROUTES, SCREENS
from tests.furnished import something_of_everything
from tests.world import World, a_world, actor, again, an_entry

NEIGHBOUR = actor("9", "Voisin")
ACROSS = "Cabinet d'en face"
OURS = ("Lefèvre", "Tilleuls", "Claire", "Article", "presse.example", "Nadia")
CHOICES = ("", "1", "x", f"{ASK}leave", CONFIRMED, "9-9")


@dataclass
class Both:
    """Our practice, with something of everything, and a neighbour who is the holder of theirs."""

    world: World
    theirs: Practice

    async def values(self, practice: Practice) -> dict[type[Any], list[Any]]:
        """All that is stored of a practice, by kind."""
        async with self.world.store.read() as tx:
            return {
                kind: [each for each in await _all(tx, kind) if _home(each) == practice.id]
                for kind in KINDS
            }

    async def press(self, data: str, by: Actor = NEIGHBOUR) -> str:
        answer = await self.world.desk.press(by, data)
        return await self.world.give(by, [answer])


async def _all(tx: Transaction, kind: type[Any]) -> list[Any]:
    return await tx.find(kind)


def _home(value: Any) -> int:
    return int(value.id if isinstance(value, Practice) else getattr(value, "practice_id", 0))


_KEPT: list[Both] = []
"""Both practices, made once: nobody changes them."""


@asynccontextmanager
async def both() -> AsyncIterator[Both]:
    if not _KEPT:
        async with a_world() as made:
            await something_of_everything(made)
            _KEPT.append(Both(made, await _a_neighbour(made)))
    async with again(_KEPT[0].world) as world:
        yield Both(world, _KEPT[0].theirs)


async def _a_neighbour(world: World) -> Practice:
    await world.ask("ajouter")
    await set_up.invite(world.ports, world.practice.name, Role.HOLDER, "Nadia")
    theirs = await set_up.add_practice(world.ports, Practice(name=ACROSS))
    paul = Practitioner(theirs.id, given="Paul", family="Martin", city="Lens")
    await set_up.add_practitioner(world.ports, ACROSS, paul)
    code = await set_up.invite(world.ports, ACROSS, Role.HOLDER)
    await world.ask("start", code, by=NEIGHBOUR)
    feed = "https://en-face.example/rss"
    about_paul = an_entry(9, title="Paul Martin à Lens", text="Paul Martin, de Lens.")
    world.says(about_paul, url=feed)
    await watch_sources.add_source(world.ports, ACROSS, feed, 900)
    await world.morning()
    return theirs


async def _asker(tx: Transaction) -> Asker:
    members = await access.memberships(tx, NEIGHBOUR)
    return (await access.admit_all(tx, NEIGHBOUR, members))[0]


def nothing_of_ours(said: str) -> None:
    assert not [each for each in OURS if each in said]


@pytest.mark.parametrize("verb", list(ROUTES))
async def test_every_button_of_ours_is_to_them_a_button_of_nothing(verb: Verb) -> None:
    async with both() as world:
        before = await world.values(world.world.practice)
        mine = before[ROUTES[verb].about]
        assert mine, "nothing would be tested"
        for target in mine:
            for choice in CHOICES:
                said = await world.press(Action(verb, target.id, choice).encode())
                assert "plus valable" in said
                nothing_of_ours(said)
        assert await world.values(world.world.practice) == before


@pytest.mark.parametrize("name", list(FORMS))
async def test_every_form_of_ours_is_to_them_a_form_of_nothing(name: FormName) -> None:
    async with both() as world:
        before = await world.values(world.world.practice)
        mine = before[FORMS[name].about]
        assert mine, "nothing would be tested"
        for target in mine:
            said = await world.press(Action(Verb.FILL_FORM, target.id, name).encode())
            assert "plus valable" in said
            sent = await world.world.fill(name, target.id, NEIGHBOUR, name="Paul Martin", url="x")
            assert not isinstance(sent, Invalid)
            assert "plus valable" in world.world.words(sent)
        assert await world.values(world.world.practice) == before


@pytest.mark.parametrize("screen", list(SCREENS))
async def test_every_screen_of_ours_is_to_them_a_screen_of_nothing(screen: str) -> None:
    async with both() as world:
        target = world.world.practice.id
        for page in ("1", "2", "99"):
            data = Action(Verb.SHOW_SCREEN, target, f"{screen}-{page}").encode()
            assert "plus valable" in await world.press(data)


async def test_a_question_of_ours_is_answered_by_nobody_else() -> None:
    async with both() as world:
        before = await world.values(world.world.practice)
        (talk,) = before[Conversation]
        for choice in ("content-0", "content-skip", "content-stop", "content-done"):
            said = await world.press(Action(Verb.ANSWER_FORM, talk.id, choice).encode())
            assert "n’attend plus" in said
        assert await world.values(world.world.practice) == before


@pytest.mark.parametrize("command", list(Command))
async def test_every_command_of_theirs_tells_nothing_of_ours(command: Command) -> None:
    async with both() as world:
        before = await world.values(world.world.practice)
        nothing_of_ours(await world.world.ask(command.value, by=NEIGHBOUR))
        if command is Command.SEARCH:
            said = await world.world.ask(command.value, "dentiste", by=NEIGHBOUR)
            nothing_of_ours(said)
        assert await world.values(world.world.practice) == before


@pytest.mark.parametrize("name", list(FORMS))
async def test_an_answer_that_names_something_of_ours_is_none_of_their_choices(
    name: FormName,
) -> None:
    async with both() as world:
        before = await world.values(world.world.practice)
        theirs = (await world.values(world.theirs))[FORMS[name].about]
        ours = {str(each.id) for kind in KINDS for each in before[kind]}
        async with world.world.store.read() as tx:
            forms = [
                await FORMS[name].make(world.world.ports, tx, await _asker(tx), target.id, {})
                for target in theirs
            ]
        for form in forms:
            for field in form.fields:
                offered = {choice.value for choice in field.choices}
                if field.kind is not FieldKind.CHOICE or offered & {"licit", "daily"}:
                    continue
                for each in ours - offered:
                    sent = await world.world.fill(
                        name, form.target, NEIGHBOUR, **{field.name: each}
                    )
                    assert isinstance(sent, Invalid), (name, field.name)
                    assert field.name in sent.problems
        assert await world.values(world.world.practice) == before


async def test_a_group_of_ours_is_not_theirs_even_when_they_are_in_it() -> None:
    async with both() as world:
        group = actor("1", "Claire", "-50", is_private=False)
        code = await set_up.invite(world.world.ports, world.world.practice.name, Role.HOLDER)
        await world.world.ask("start", code, by=group)
        them = replace(NEIGHBOUR, address="-50", is_private=False)
        for command in Command:
            nothing_of_ours(await world.world.ask(command.value, by=them))
        said = await world.press(Action(Verb.CLASSIFY_LICIT, 1).encode(), them)
        assert "plus valable" in said
