"""Settings: shown in words, changed one at a time, and obeyed."""

import asyncio
from collections import Counter
from datetime import UTC, date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.digest import Digest, DigestKind, local_day
from bot.core.errors import Invalid, RefusalCode
from bot.core.forms import FormName
from bot.core.people import Practice, Role
from bot.ports import eq
from tests.world import MONDAY_NOON, World, a_world, actor, an_entry


async def practice(world: World) -> Practice:
    async with world.store.read() as tx:
        found = await tx.get(Practice, world.practice.id)
    assert found is not None
    return found


async def test_every_setting_is_told_in_words_and_its_next_digest() -> None:
    async with a_world() as world:
        said = (await world.ask("reglages")).replace("\u00a0", " ")
        assert "du lundi au samedi, à 07:30" in said
        assert "Prochain résumé : mardi 24 novembre 2026 à 07:30" in said
        assert "de 20:00 à 07:30" in said
        assert "après 24 heures" in said


async def test_days_and_hour_are_asked_one_by_one_and_the_next_digest_follows() -> None:
    async with a_world() as world:
        await world.ask("reglages")
        await world.press(world.chat.containing("Réglages"), "Jours et heure")
        asked = world.chat.containing("quel rythme")
        await world.press(asked, "Chaque jour choisi")
        await world.say("12h30")
        days = world.chat.containing("Quels jours")
        assert "☑️ samedi" in days.labels
        await world.press(days, "samedi")
        assert "⬜ samedi" in days.labels
        said = (await world.press(days, "C’est bon")).replace("\u00a0", " ")
        assert "du lundi au vendredi, à 12:30" in said
        assert (await practice(world)).digest_at == time(12, 30)


async def test_a_weekly_digest_comes_on_its_day_with_the_counts_of_the_week() -> None:
    async with a_world() as world:
        wrong = await world.fill(
            FormName.RHYTHM, world.practice.id, frequency="weekly", at="07:30", days="day_0,day_2"
        )
        assert isinstance(wrong, Invalid)
        assert wrong.problems["days"].code is RefusalCode.ONE_DAY_A_WEEK
        await world.fill(
            FormName.RHYTHM, world.practice.id, frequency="weekly", at="07:30", days="day_2"
        )
        await world.watch(an_entry(1), an_entry(2))
        await world.live_until(MONDAY_NOON + timedelta(days=1, hours=6))
        assert not world.chat.shown
        await world.live_until(MONDAY_NOON + timedelta(days=2))
        header = world.chat.containing("2 nouvelles publications")
        assert "Depuis mercredi 18 novembre 2026 : 2 reçues" in header.words.replace("\u00a0", " ")
        await world.press(world.card("Article 1"), "Licite")
        assert "dont 1 licite" in header.words


async def test_those_who_want_it_at_once_hear_in_minutes_and_not_twice() -> None:
    async with a_world() as world:
        await world.fill(
            FormName.RHYTHM,
            world.practice.id,
            frequency="immediate",
            at="07:30",
            days="day_0,day_1,day_2,day_3,day_4,day_5,day_6",
        )
        await world.watch(an_entry(1))
        await world.tick()
        assert world.card("Article 1").words.startswith("🔵")
        world.says(an_entry(1), an_entry(2))
        world.clock.move_to(world.clock.now() + timedelta(minutes=5))
        await world.tick()
        assert not any("Article 2" in words for words in world.chat.transcript())
        world.clock.move_to(world.clock.now() + timedelta(minutes=30))
        await world.tick()
        await world.tick()
        assert sum("Article 2" in words for words in world.chat.transcript()) == 1
        await world.morning()
        assert sum("Article 2" in words for words in world.chat.transcript()) == 1


async def test_nothing_comes_while_the_practice_is_away_and_all_of_it_after() -> None:
    async with a_world() as world:
        await world.ask("reglages")
        await world.press(world.chat.containing("Réglages"), "Absence")
        await world.say("demain")
        said = await world.say("jeudi")
        assert "Absence du" in said
        await world.watch(an_entry(1))
        await world.live_until(MONDAY_NOON + timedelta(days=3, hours=6))
        assert not any("Article 1" in words for words in world.chat.transcript())
        await world.live_until(MONDAY_NOON + timedelta(days=4))
        world.sees("1 nouvelle publication")
        await world.ask("reglages")
        back = await world.fill(
            FormName.HOLIDAY, world.practice.id, first="2026-12-24", last="2026-12-23"
        )
        assert isinstance(back, Invalid)


async def test_the_head_rings_in_the_morning_only_if_wanted_and_cards_never() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        assert not world.chat.containing("1 nouvelle").message.silent
        assert world.card("Article 1").message.silent
        await world.ask("reglages")
        screen = world.chat.containing("Réglages")
        assert "tout arrive sans sonner" in await world.press(screen, "Ne plus sonner")
        world.says(an_entry(1), an_entry(2))
        await world.morning()
        assert world.chat.containing("1 nouvelle").message.silent


async def test_a_threat_rings_even_where_nothing_should() -> None:
    async with a_world(rings_in_morning=False) as world:
        await world.watch(an_entry(1, text="Claire Lefèvre : on sait où tu habites."))
        await world.morning()
        header = world.chat.containing("1 urgente")
        assert not header.message.silent


async def test_nothing_can_be_said_every_day_or_only_on_mondays() -> None:
    async with a_world(says_when_empty=True) as world:
        await world.watch()
        await world.morning()
        world.sees("Tout va bien")


async def test_who_may_not_change_sees_without_buttons() -> None:
    async with a_world() as world:
        counsel = actor("7", "Maître")
        await world.invite(counsel, Role.COUNSEL)
        said = await world.ask("reglages", by=counsel)
        assert "Réglages" in said
        assert not [each for each in world.chat.shown if "Réglages" in each.words]


CHANGES = st.tuples(
    st.integers(0, 47),
    st.times(min_value=time(0), max_value=time(23, 59)),
    st.sets(st.integers(0, 6), min_size=1),
)


@given(st.lists(CHANGES, max_size=6))
@settings(max_examples=40)
def test_whatever_is_changed_a_day_has_one_digest_at_most(
    changes: list[tuple[int, time, set[int]]],
) -> None:
    async def story() -> None:
        async with a_world(says_when_empty=True) as world:
            await world.watch(an_entry(1))
            for hours, at, days in changes:
                moment = world.clock.now() + timedelta(hours=hours)
                await world.live_until(moment, timedelta(hours=3))
                await world.fill(
                    FormName.RHYTHM,
                    world.practice.id,
                    frequency="daily",
                    at=at.isoformat("minutes"),
                    days=",".join(f"day_{day}" for day in days),
                )
            await world.live_until(world.clock.now() + timedelta(days=8), timedelta(hours=3))
            async with world.store.read() as tx:
                made = await tx.find(Digest, eq("kind", DigestKind.DAILY))
            assert max(Counter(each.local_day for each in made).values(), default=1) == 1
            wanted = changes[-1][2] if changes else {0, 1, 2, 3, 4, 5}
            last = local_day(world.practice, world.clock.now())
            week = {last - timedelta(days=ahead) for ahead in range(1, 8)}
            there = {each.local_day for each in made}
            assert {day for day in week if day.weekday() in wanted} <= there | {_first(changes)}

    asyncio.run(story())


def _first(changes: list[tuple[int, time, set[int]]]) -> date:
    """The day of the last change, whose hour may have been chosen to be past."""
    moment = MONDAY_NOON + timedelta(hours=sum(hours for hours, _, _ in changes))
    return moment.astimezone(UTC).date()
