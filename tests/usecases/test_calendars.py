"""The deadlines in somebody's own calendar: what it holds, how it moves, who may have it."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.adapters.calendar_file import CalendarFiles
from bot.core.actions import Action, Verb
from bot.core.calendars import KEPT, Subscription
from bot.core.cases import CaseDeadline
from bot.core.forms import FormName
from bot.core.messages import Message
from bot.core.people import Role
from bot.core.text import fold
from bot.usecases import share_calendars, subscribe_calendars
from handlers.dispatch import Desk
from tests.calendars import Event, name_of, read
from tests.cases import a_case
from tests.world import World, a_world, actor, an_entry

PRESS, INSURER = 1, 2
"""The deadlines a case opens with."""
TOKEN = re.compile(r"https://vigie\.example/calendar/([\w-]{43})\.ics")


async def calendar(world: World) -> list[Event]:
    """What a calendar that reads again is given."""
    content, _ = await share_calendars.export(world.ports, world.practice.name)
    return read(content)


def one(found: list[Event], deadline: int) -> Event:
    (wanted,) = [each for each in found if each.uid.startswith(f"deadline-{deadline}@")]
    return wanted


async def event(world: World, deadline: int) -> Event:
    return one(await calendar(world), deadline)


async def stored(world: World, deadline: int) -> CaseDeadline:
    async with world.store.read() as tx:
        found = await tx.get(CaseDeadline, deadline)
    assert found is not None
    return found


async def subscribe(world: World) -> str:
    """Ask for an address; gives its token."""
    await world.ask("echeances")
    await world.press(world.chat.containing("Les dates à ne pas manquer"), "S’abonner")
    said = await world.press(world.chat.containing("dans votre agenda"), "Créer mon adresse")
    found = TOKEN.search(said)
    assert found, said
    return found[1]


async def test_a_date_is_told_without_a_name_and_with_its_reason() -> None:
    async with a_world() as world:
        await a_case(world)
        found = await event(world, INSURER)
        assert found.title == "Vigie — dossier 1 : déclaration à l’assureur"
        assert found.day == date(2026, 11, 30)
        said = found.words
        assert "À faire : déclarer la publication" in said.replace("\u00a0", " ")
        assert "compté depuis le mardi 24\u00a0novembre\u00a02026" in said
        assert "agissez au plus tard le lundi 30\u00a0novembre\u00a02026" in said
        assert "Source\u00a0: " in said


async def test_nothing_tells_whom_it_is_about_nor_what_was_written() -> None:
    async with a_world() as world:
        await a_case(world)
        content, count = await share_calendars.export(world.ports, world.practice.name)
        assert count == 2
        said = fold(content.decode().replace("\r\n ", ""))
        for secret in ("Lefèvre", "Claire", "Lille", "Article", "presse.example", "Histoire"):
            assert fold(secret) not in said


async def test_it_rings_as_the_reminders_do() -> None:
    async with a_world() as world:
        await a_case(world)
        found = await event(world, INSURER)
        assert found.ring_days == [date(2026, 11, 27), date(2026, 11, 29), date(2026, 11, 30)]
        assert found.rings[0] == timedelta(days=-3, hours=7, minutes=30)


async def test_a_calendar_where_nothing_moved_is_the_same_to_the_byte() -> None:
    async with a_world() as world:
        await a_case(world)
        before, _ = await share_calendars.export(world.ports, world.practice.name)
        world.clock.move_to(world.clock.now() + timedelta(days=3))
        again, _ = await share_calendars.export(world.ports, world.practice.name)
        assert again == before


async def test_a_date_noted_done_is_cancelled_then_watched_again_when_it_was_a_mistake() -> None:
    async with a_world() as world:
        card = await a_case(world)
        first = await event(world, INSURER)
        world.clock.move_to(world.clock.now() + timedelta(minutes=5))
        await world.press(card, "Assureur prévenu")
        done = await event(world, INSURER)
        assert (done.uid, done.status) == (first.uid, "CANCELLED")
        assert done.title.endswith("(fait)")
        assert "À faire" in first.words
        assert "À faire" not in done.words
        assert done.version > first.version
        assert done.changed_at > first.changed_at
        assert not done.ring_days
        assert (await event(world, PRESS)).status == "CONFIRMED"
        await world.press(card, "Assureur non prévenu")
        again = await event(world, INSURER)
        assert (again.status, again.title) == ("CONFIRMED", first.title)
        assert again.version > done.version


async def test_a_reminder_put_off_rings_on_that_day() -> None:
    async with a_world() as world:
        await a_case(world)
        first = await event(world, INSURER)
        await world.morning(3)
        await world.press(world.chat.containing("⏰ Rappel"), "Reporter")
        await world.press(world.chat.containing("⏰ Rappel"), "1 jour")
        moved = await event(world, INSURER)
        assert moved.version == first.version + 1
        assert moved.ring_days == [date(2026, 11, 28), date(2026, 11, 29), date(2026, 11, 30)]


async def test_a_case_that_is_closed_takes_its_dates_away_and_gives_them_back() -> None:
    async with a_world() as world:
        card = await a_case(world)
        first = await calendar(world)
        await world.fill(FormName.CLOSE_CASE, 1, outcome="abandoned")
        closed = await calendar(world)
        assert {each.status for each in closed} == {"CANCELLED"}
        assert all(each.title.endswith("(dossier clos)") for each in closed)
        await world.press(card, "Rouvrir")
        again = await calendar(world)
        assert {each.status for each in again} == {"CONFIRMED"}
        for number in (PRESS, INSURER):
            versions = [one(each, number).version for each in (first, closed, again)]
            assert versions == sorted(set(versions))


async def test_a_date_taken_back_is_cancelled_and_forgotten_after_a_while() -> None:
    async with a_world() as world:
        await a_case(world)
        async with world.store.write() as tx:
            gone = await stored(world, INSURER)
            await tx.save(replace(gone, withdrawn_at=world.clock.now(), revision=1))
        found = await event(world, INSURER)
        assert (found.status, found.version) == ("CANCELLED", 1)
        world.clock.move_to(world.clock.now() + KEPT)
        left = await calendar(world)
        assert [each.uid[:11] for each in left] == [f"deadline-{PRESS}@"]


async def test_one_date_is_given_as_a_file_from_the_list() -> None:
    async with a_world() as world:
        await a_case(world)
        await world.ask("echeances")
        listed = world.chat.containing("Les dates à ne pas manquer")
        said = await world.press(listed, "Agenda 1")
        assert "à ouvrir avec votre agenda" in said
        ((_, file),) = world.chat.given
        assert (file.name, file.media_type) == ("vigie-dossier-1-echeance-2.ics", "text/calendar")
        assert [each.uid for each in read(file.content)] == [(await event(world, INSURER)).uid]


async def test_one_date_is_given_from_its_reminder_and_from_its_reason() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await world.press(card, "Pourquoi ces dates")
        await world.press(world.chat.containing("pourquoi ces dates"), "Agenda déclaration")
        await world.morning(3)
        await world.press(world.chat.containing("⏰ Rappel"), "Agenda")
        first, second = [file for _, file in world.chat.given]
        assert first == second


async def test_a_date_that_is_over_is_given_to_take_it_out_of_a_calendar() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await world.press(card, "Assureur prévenu")
        answer = await world.desk.press(world.owner, Action(Verb.GIVE_DEADLINE, INSURER).encode())
        assert isinstance(answer, Message)
        assert "pour la retirer" in world.words(answer)
        (found,) = read(answer.files[0].content)
        assert found.status == "CANCELLED"


async def test_the_list_goes_from_the_nearest_with_headings_and_the_reason_at_hand() -> None:
    async with a_world() as world:
        await a_case(world)
        said = await world.ask("echeances")
        assert said.index("D’ici une semaine") < said.index("1. Dossier 1")
        assert said.index("1. Dossier 1") < said.index("Plus tard") < said.index("2. Dossier 1")
        listed = world.chat.containing("Les dates à ne pas manquer")
        assert "Déclaration à l’assureur" in await world.press(listed, "Pourquoi 1")


async def test_a_long_list_has_pages_and_numbers_that_go_on() -> None:
    async with a_world() as world:
        await world.watch(*map(an_entry, (1, 2, 3)))
        await world.morning()
        for number in (1, 2, 3):
            await world.press(world.card(f"Article {number}"), "Illicite")
        assert "page 1/2" in await world.ask("echeances")
        listed = world.chat.containing("page 1/2")
        said = await world.press(listed, "Suivantes")
        assert "6. Dossier" in said
        assert "D’ici une semaine" not in said


async def test_an_address_is_shown_once_and_only_its_hash_is_kept() -> None:
    async with a_world() as world:
        await a_case(world)
        token = await subscribe(world)
        async with world.store.read() as tx:
            (kept,) = await tx.find(Subscription)
        assert kept.token_hash == subscribe_calendars.hash_of(token)
        assert token not in repr(kept)
        assert "webcal://vigie.example/calendar/" in world.chat.containing("adresse privée").words
        await world.ask("echeances")
        said = await world.press(world.chat.containing("Les dates à ne pas manquer"), "S’abonner")
        assert "Votre adresse privée existe depuis" in said
        assert not TOKEN.search(said)
        content = await subscribe_calendars.read(world.ports, token)
        assert content == (await share_calendars.export(world.ports, world.practice.name))[0]


async def test_a_new_address_takes_the_place_of_the_former() -> None:
    async with a_world() as world:
        await a_case(world)
        first = await subscribe(world)
        await world.ask("echeances")
        await world.press(world.chat.containing("Les dates à ne pas manquer"), "S’abonner")
        await world.press(world.chat.containing("existe depuis"), "Nouvelle adresse")
        said = await world.press(world.chat.containing("il faudra donner la nouvelle"), "Oui")
        found = TOKEN.search(said)
        assert found
        assert "L’ancienne adresse ne répond plus" in said
        assert await subscribe_calendars.read(world.ports, first) is None
        assert await subscribe_calendars.read(world.ports, found[1])


async def test_an_address_that_is_revoked_answers_no_more() -> None:
    async with a_world() as world:
        await a_case(world)
        token = await subscribe(world)
        said = await world.press(world.chat.containing("adresse privée"), "Révoquer")
        assert "une adresse privée, à vous seul" in said.lower()
        assert await subscribe_calendars.read(world.ports, token) is None


async def test_who_leaves_is_read_to_no_more_and_coming_back_revives_nothing() -> None:
    paul = actor("2", "Paul")
    async with a_world() as world:
        await world.invite(paul, Role.PARTNER)
        await a_case(world)
        press = Action(Verb.SUBSCRIBE, world.practice.id).encode()
        found = TOKEN.search(world.words(await world.desk.press(paul, press)))
        assert found
        assert await subscribe_calendars.read(world.ports, found[1])
        await world.ask("quitter", by=paul)
        await world.press(world.chat.containing("Quitter", "2"), "Quitter", paul)
        assert await subscribe_calendars.read(world.ports, found[1]) is None
        await world.invite(paul, Role.PARTNER)
        assert await subscribe_calendars.read(world.ports, found[1]) is None


async def test_each_member_has_their_own_address() -> None:
    paul = actor("2", "Paul")
    async with a_world() as world:
        await world.invite(paul, Role.COUNSEL)
        await a_case(world)
        mine = await subscribe(world)
        press = Action(Verb.SUBSCRIBE, world.practice.id).encode()
        his = TOKEN.search(world.words(await world.desk.press(paul, press)))
        assert his
        await world.desk.press(paul, Action(Verb.UNSUBSCRIBE, world.practice.id).encode())
        assert await subscribe_calendars.read(world.ports, mine)
        assert await subscribe_calendars.read(world.ports, his[1]) is None


async def test_no_address_is_made_before_others() -> None:
    group = actor("1", "Claire", "-50", is_private=False)
    async with a_world() as world:
        await world.invite(group, Role.HOLDER)
        await a_case(world)
        for verb, choice in ((Verb.SHOW_SCREEN, "agenda-1"), (Verb.SUBSCRIBE, "")):
            data = Action(verb, world.practice.id, choice).encode()
            said = world.words(await world.desk.press(group, data))
            assert "dans notre conversation privée" in said
        async with world.store.read() as tx:
            assert not await tx.count(Subscription)


async def test_without_a_server_it_says_what_is_missing_and_gives_the_file() -> None:
    async with a_world() as world:
        await a_case(world)
        alone = replace(world.ports, calendars=CalendarFiles())
        desk = Desk(alone, world.deliverer.start, {})
        home = world.practice.id
        shown = await desk.press(world.owner, Action(Verb.SHOW_SCREEN, home, "agenda-1").encode())
        assert isinstance(shown, Message)
        assert "VIGIE_HTTP_URL" in world.words(shown)
        verbs = [button.action.verb for row in shown.rows for button in row if button.action]
        assert verbs == [Verb.GIVE_CALENDAR, Verb.SHOW_SCREEN]
        asked = await desk.press(world.owner, Action(Verb.SUBSCRIBE, home).encode())
        assert "VIGIE_HTTP_URL" in world.words(asked)
        given = await desk.press(world.owner, Action(Verb.GIVE_CALENDAR, home).encode())
        assert isinstance(given, Message)
        assert len(read(given.files[0].content)) == 2


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "'; drop table subscriptions; --"])
async def test_a_token_that_was_never_given_opens_nothing(token: str) -> None:
    async with a_world() as world:
        await a_case(world)
        assert await subscribe_calendars.read(world.ports, token) is None


async def test_two_practices_of_one_member_have_two_addresses_and_two_calendars() -> None:
    async with a_world() as ours:
        await a_case(ours)
        mine = await subscribe(ours)
        async with a_world(ours.store, name="Cabinet d'en face") as theirs:
            press = Action(Verb.SUBSCRIBE, theirs.practice.id).encode()
            found = TOKEN.search(theirs.words(await theirs.desk.press(theirs.owner, press)))
            assert found
            there = await subscribe_calendars.read(theirs.ports, found[1])
            assert there is not None
            assert not read(there)
            assert name_of(there) == "Vigie — Cabinet d'en face"
        here = await subscribe_calendars.read(ours.ports, mine)
        assert here is not None
        assert len(read(here)) == 2
