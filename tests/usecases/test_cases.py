"""An illicit mention's case: its dates, its reminders, its steps."""

from datetime import UTC, datetime, timedelta

from bot.core.cases import Case, CaseDeadline, CaseStatus, Reminder
from bot.core.forms import FormName
from bot.core.law import RuleId, Territory
from bot.core.people import Role
from bot.ports import eq
from tests.cases import a_case
from tests.world import MONDAY_NOON, World, a_world, actor, an_entry


async def close(world: World, case: int = 1, outcome: str = "abandoned") -> None:
    await world.fill(FormName.CLOSE_CASE, case, outcome=outcome)


async def test_an_illicit_mention_opens_a_case_with_the_press_law_and_insurer_dates() -> None:
    async with a_world() as world:
        card = await a_case(world)
        # 11 November + 3 months: Thursday 11 February 2027, an open day.
        assert "jeudi 11\u00a0février\u00a02027" in card.words
        # Seen on Tuesday 24 November: five business days end on the 1st, kept a day ahead.
        assert "lundi 30\u00a0novembre\u00a02026" in card.words
        assert "Ni un signalement, ni un courrier" in card.words
        assert "pas un conseil juridique" in card.words
        assert "Dossier 1" in world.card().words


async def test_the_case_explains_each_date_with_its_source() -> None:
    late = datetime(2026, 9, 28, 22, 30, tzinfo=UTC)
    async with a_world(now=late + timedelta(days=2)) as world:
        card = await a_case(world, published_at=late)
        answer = await world.press(card, "Pourquoi ces dates")
        # 00:30 on the 29th in Paris; 29 December is a Tuesday.
        assert "29\u00a0septembre\u00a02026" in answer
        assert "29\u00a0décembre\u00a02026" in answer
        assert "art.\u00a065" in answer
        assert "mise en demeure" in answer


async def test_an_unknown_publication_date_is_said_everywhere_the_date_is() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, published_at=None))
        await world.morning()
        await world.press(world.chat.containing("plus ancienne"), "Les examiner")
        await world.press(world.card("Histoire numéro 1"), "Illicite")
        card = world.chat.containing("📂 Dossier 1 —")
        assert "date de publication incertaine" in card.words
        assert "peut être plus proche" in await world.press(card, "Pourquoi ces dates")


async def test_reminders_come_before_the_date_and_only_the_last_after_a_silence() -> None:
    async with a_world() as world:
        await a_case(world)
        await world.live_until(datetime(2027, 2, 12, 12, tzinfo=UTC))
        reminders = [each for each in world.chat.shown if "⏰ Rappel" in each.words]
        press = [each for each in reminders if "diffamation" in each.words]
        # J-45, J-30, J-15, J-7, J-3, J-1 and the day itself.
        assert len(press) == 7
        assert [each.message.silent for each in press] == [True] * 5 + [False] * 2


async def test_after_a_long_stop_one_reminder_comes_not_five() -> None:
    async with a_world() as world:
        await a_case(world)
        world.clock.move_to(datetime(2027, 2, 9, 12, tzinfo=UTC))
        await world.tick()
        await world.tick()
        reminders = [each for each in world.chat.shown if "⏰ Rappel" in each.words]
        press = [each for each in reminders if "diffamation" in each.words]
        assert len(press) == 1
        assert "dans 2 jours" in press[0].words


async def test_done_silences_the_deadline_and_says_so_on_every_copy() -> None:
    async with a_world() as world:
        await a_case(world)
        await world.morning(6)  # Monday 30 November, the insurer's last day
        reminder = world.chat.containing("⏰ Rappel")
        assert "assureur" in reminder.words
        assert reminder.labels[:2] == ["✔️ Fait", "⏰ Reporter"]
        await world.press(reminder, "Fait")
        assert "✔️ Réglé" in reminder.words
        assert reminder.labels == ["📂 Dossier 1"]
        assert "fait" in world.chat.containing("📂 Dossier 1 —").words
        answer = world.words(
            await world.desk.press(world.owner, f"v1:fd:{await deadline_id(world)}")
        )
        assert "déjà noté" in answer


async def deadline_id(world: World, rule: RuleId = RuleId.INSURER_5_BUSINESS_DAYS) -> int:
    async with world.store.read() as tx:
        (found,) = await tx.find(CaseDeadline, eq("rule", rule))
    return found.id


async def test_a_reminder_is_put_off_but_never_beyond_the_last_day() -> None:
    async with a_world() as world:
        await a_case(world)
        world.clock.move_to(datetime(2027, 2, 4, 7, tzinfo=UTC))  # J-7
        await world.tick()
        late = world.chat.containing("Déclaration à l’assureur")
        await world.press(late, "Reporter")
        assert "est passée" in await world.press(late, "1 jour")
        reminder = world.chat.containing("diffamation")
        await world.press(reminder, "Reporter")
        assert reminder.labels == ["1 jour", "3 jours", "1 semaine", "◀️ Retour"]
        await world.press(reminder, "3 jours")
        assert reminder.labels[:2] == ["✔️ Fait", "⏰ Reporter"]
        count = len(world.chat.shown)
        await world.live_until(datetime(2027, 2, 7, 5, tzinfo=UTC))
        assert len(world.chat.shown) == count
        await world.live_until(datetime(2027, 2, 7, 8, tzinfo=UTC))
        assert "dans 4 jours" in world.chat.shown[-1].words
        late = world.chat.shown[-1]
        await world.press(late, "Reporter")
        assert "11\u00a0février" in await world.press(late, "1 semaine")


async def test_illicit_can_be_undone_until_something_left_the_house() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await world.press(world.card("Article 1"), "Annuler")
        assert "clos" in card.words
        assert "sans rappel" in card.words
        async with world.store.read() as tx:
            assert await tx.count(Reminder, eq("is_superseded", False)) == 0
        await world.press(world.card(), "Illicite")
        async with world.store.read() as tx:
            (case,) = await tx.find(Case)
            assert case.status is CaseStatus.OPEN
            assert await tx.count(Reminder, eq("is_superseded", False)) > 0
        await world.press(card, "Garder des pièces")
        await world.press(world.chat.containing("📌 Garder"), "C’est fait")
        mention = next(each for each in world.chat.shown if each.words.startswith("⛔ Illicite"))
        assert "a déjà avancé" in await world.press(mention, "Annuler")


async def test_a_closed_case_can_be_reopened_with_its_reminders() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await close(world)
        assert card.labels == ["📂 Rouvrir"]
        await world.live_until(MONDAY_NOON + timedelta(days=10))
        assert not any("⏰ Rappel" in each.words for each in world.chat.shown)
        await world.press(card, "Rouvrir")
        await world.live_until(datetime(2027, 1, 2, tzinfo=UTC))
        world.sees("⏰ Rappel")


async def test_the_territory_of_the_practice_decides_which_days_are_closed() -> None:
    # 26 September + 3 months: 26 December, a holiday in Alsace-Moselle only, here a Saturday.
    start = datetime(2027, 9, 26, 9, tzinfo=UTC)
    dates = []
    for territory in (Territory.METRO, Territory.ALSACE_MOSELLE):
        async with a_world(now=start + timedelta(hours=3), territory=territory) as world:
            await world.watch(an_entry(1, published_at=start))
            await world.morning()
            await world.press(world.card(), "Illicite")
            async with world.store.read() as tx:
                (press,) = await tx.find(CaseDeadline, eq("rule", RuleId.PRESS_3M))
            dates.append(press.bites_on.isoformat())
    assert dates == ["2027-12-24", "2027-12-24"]


async def test_the_lists_show_what_is_open() -> None:
    async with a_world() as world:
        assert "Aucun dossier" in await world.ask("dossiers")
        assert "Aucune échéance" in await world.ask("echeances")
        await a_case(world)
        assert "Dr Claire Lefèvre" in await world.ask("dossiers")
        listed = await world.ask("echeances")
        assert listed.index("30\u00a0novembre") < listed.index("11\u00a0février")


async def test_counsel_reads_and_decides_nothing() -> None:
    async with a_world() as world:
        lawyer = actor("7", "Me Petit")
        await world.invite(lawyer, Role.COUNSEL)
        await world.watch(an_entry(1))
        await world.morning()
        data = world.card().button("Illicite")
        assert "Votre rôle ne permet pas cela" in world.words(await world.desk.press(lawyer, data))


async def test_a_reminder_put_off_twice_comes_both_times() -> None:
    async with a_world() as world:
        await a_case(world)
        world.clock.move_to(datetime(2027, 2, 4, 7, tzinfo=UTC))  # J-7
        await world.tick()
        first = world.chat.containing("diffamation")
        await world.press(first, "Reporter")
        await world.press(first, "1 semaine")  # to the last day: silences J-3 and J-1
        await world.press(first, "Reporter")
        await world.press(first, "1 jour")
        await world.press(first, "Reporter")
        await world.press(first, "3 jours")
        count = len([each for each in world.chat.shown if "⏰ Rappel" in each.words])
        await world.live_until(datetime(2027, 2, 7, 8, tzinfo=UTC))
        later = [each for each in world.chat.shown if "⏰ Rappel" in each.words]
        assert len(later) > count
        assert "dans 4 jours" in later[-1].words


async def test_a_date_is_listed_however_many_cases_were_closed_before() -> None:
    async with a_world() as world:
        await world.watch(*(an_entry(number) for number in range(1, 8)))
        await world.morning()
        await world.press(world.chat.containing("Encore 2"), "Voir la suite")
        for number in range(1, 8):
            await world.press(world.card(f"Article {number} :"), "Illicite")
        for number in range(1, 7):
            await close(world, number)
        listed = await world.ask("echeances")
        assert "Dossier 7" in listed
        assert "Dossier 6" not in listed


async def test_a_snooze_nobody_offered_is_refused() -> None:
    async with a_world() as world:
        await a_case(world)
        await world.morning(6)
        data = world.chat.containing("⏰ Rappel").button("Reporter")
        for choice in ("0", "2", "999999999999", "demain"):
            answer = world.words(await world.desk.press(world.owner, f"{data}:{choice}"))
            assert "ne reconnais pas ce bouton" in answer


async def test_a_deed_noted_by_mistake_is_taken_back_and_watched_again() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await world.press(card, "Action engagée")
        await world.say("aujourd'hui")
        assert "tous les trois mois" in card.words
        assert "action en injure ou diffamation" in card.words
        assert "surveille à nouveau" in await world.press(card, "Action non engagée")
        assert "11\u00a0février" in card.words
        world.clock.move_to(datetime(2027, 2, 4, 7, tzinfo=UTC))
        await world.tick()
        assert "diffamation" in world.chat.containing("dans 7 jours").words


async def test_a_case_that_comes_too_late_offers_no_action_in_court() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, published_at=MONDAY_NOON - timedelta(days=120)))
        await world.morning()
        await world.press(world.chat.containing("plus ancienne"), "Les examiner")
        await world.press(world.card("Histoire numéro 1"), "Illicite")
        card = world.chat.containing("📂 Dossier 1 —")
        assert "plus possible d’agir" in card.words
        assert not any("Action engagée" in label for label in card.labels)


async def test_a_decision_is_undone_after_a_reminder_was_put_off() -> None:
    async with a_world() as world:
        card = await a_case(world)
        world.clock.move_to(datetime(2027, 1, 27, 7, tzinfo=UTC))  # J-15
        await world.tick()
        reminder = world.chat.containing("diffamation")
        await world.press(reminder, "Reporter")
        await world.press(reminder, "3 jours")
        mention = next(each for each in world.chat.shown if each.words.startswith("⛔ Illicite"))
        await world.press(mention, "Annuler")
        assert "À traiter" in mention.words
        assert "clos" in card.words


async def test_a_decision_is_undone_once_what_was_noted_as_done_is_taken_back() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await world.press(card, "Action engagée")
        await world.say("aujourd'hui")
        mention = next(each for each in world.chat.shown if each.words.startswith("⛔ Illicite"))
        answer = await world.press(mention, "Annuler")
        assert "notée comme faite" in answer
        assert "demande" not in answer
        await world.press(card, "Action non engagée")
        await world.press(mention, "Annuler")
        assert "À traiter" in mention.words


async def test_nothing_is_noted_on_the_dates_of_a_closed_case() -> None:
    async with a_world() as world:
        card = await a_case(world)
        await world.press(card, "Action engagée")
        await world.say("aujourd'hui")
        taken_back = card.button("Action non engagée")
        await world.morning(6)
        reminder = world.chat.containing("⏰ Rappel")
        done, put_off = reminder.button("Fait"), reminder.button("Reporter")
        await close(world)
        before = await _dated(world)
        for data in (done, put_off, f"{put_off}:1", taken_back):
            answer = world.words(await world.desk.press(world.owner, data))
            assert "Ce dossier est clos" in answer
        assert await _dated(world) == before


async def _dated(world: World) -> list[object]:
    """Every date and every reminder, as they are kept."""
    async with world.store.read() as tx:
        return [*await tx.find(CaseDeadline), *await tx.find(Reminder)]
