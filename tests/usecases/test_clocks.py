"""Dates that nothing may lose: two publications in one case, two acts in one day, late news."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core.calendars import changed_at
from bot.core.cases import Case, CaseDeadline, CaseEvent
from bot.core.errors import Invalid, RefusalCode
from bot.core.evidence import Attachment
from bot.core.forms import FormName
from bot.core.law import RuleId
from bot.core.letterheads import Letter
from bot.core.mentions import Source
from bot.core.people import Role
from bot.core.remedies import Remedy, RemedyKind, RemedyState
from bot.core.sources import SourceKind
from bot.ports import eq, null
from tests.cases import PUBLISHED, a_kept_case, take_up
from tests.furnished import assess
from tests.letters import plant_letter
from tests.world import World, a_world, actor, an_entry

TUESDAY = "2026-11-24"
FIRST = (RuleId.PRESS_3M, date(2026, 11, 11))


async def dates(world: World) -> set[tuple[RuleId, date]]:
    """The clocks that run, and the day each runs from."""
    async with world.store.read() as tx:
        found = await tx.find(CaseDeadline, null("done_at"), null("withdrawn_at"))
    return {(each.rule, each.starts_on) for each in found}


async def two_cases(world: World, published_at: datetime | None = PUBLISHED) -> None:
    """Two publications held illicit, each in its case."""
    await a_kept_case(world)
    second = an_entry(2, published_at=published_at)
    world.says(an_entry(1, published_at=PUBLISHED), second)
    world.clock.move(timedelta(days=1))
    await world.poll()
    await world.morning()
    await world.press(world.card("Article 2"), "Illicite")


async def filed(world: World, kind: RemedyKind, on: str) -> Remedy:
    """An action that counsel brought before a judge."""
    card = await take_up(world, kind, "Avec un avocat")
    await world.press(card, "Confiée à l’avocat")
    remedy = await world.the(Remedy, eq("kind", kind))
    await world.fill(FormName.COURT_STEP, remedy.id, how="file", on=on)
    return remedy


async def test_what_was_done_of_one_publication_is_not_done_of_the_one_that_joins_it() -> None:
    async with a_world() as world:
        await two_cases(world)
        async with world.store.read() as tx:
            (first,) = await tx.find(CaseDeadline, eq("case_id", 1), eq("rule", RuleId.PRESS_3M))
        await world.desk.press(world.owner, f"v1:fd:{first.id}")
        await world.fill(FormName.MERGE_CASES, 1, other="2")
        assert FIRST in await dates(world)
        await world.live_until(datetime(2027, 2, 4, 12, tzinfo=UTC))
        assert "diffamation" in world.chat.shown[-1].words


async def test_a_day_that_is_corrected_moves_no_clock_of_the_other_publication() -> None:
    async with a_world() as world:
        await two_cases(world)
        await world.fill(FormName.MERGE_CASES, 1, other="2")
        await world.fill(FormName.PUBLISHED, 1, which="2", words="20/11/2026")
        assert await dates(world) >= {FIRST, (RuleId.PRESS_3M, date(2026, 11, 20))}


async def test_what_is_told_of_one_publication_says_nothing_of_the_other() -> None:
    async with a_world() as world:
        await two_cases(world)
        await world.fill(FormName.PUBLISHED, 1, which="1", words="il y a 2 mois")
        told = min(day for rule, day in await dates(world) if rule is RuleId.PRESS_3M)
        await world.fill(FormName.MERGE_CASES, 1, other="2")
        await world.fill(FormName.PUBLISHED, 1, which="2", words="il y a une semaine")
        await world.fill(FormName.PUBLISHED, 1, which="2", words="12/11/2026")
        press = {day for rule, day in await dates(world) if rule is RuleId.PRESS_3M}
        assert press == {told, date(2026, 11, 12)}


async def test_a_remedy_counts_from_its_own_publication() -> None:
    async with a_world() as world:
        await two_cases(world)
        await world.fill(FormName.MERGE_CASES, 1, other="2")
        await take_up(world, RemedyKind.RIGHT_OF_REPLY, "L’auteur")
        await world.fill(FormName.PUBLISHED, 1, which="2", words="20/11/2026")
        assert (RuleId.REPLY_REQUEST_3M, date(2026, 11, 11)) in await dates(world)


async def test_a_second_act_of_the_same_day_leaves_its_clock_running() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        summons = await filed(world, RemedyKind.DIRECT_SUMMONS, TUESDAY)
        again = {"how": "renew", "on": TUESDAY}
        await world.fill(FormName.COURT_STEP, summons.id, None, **again)
        await world.fill(FormName.COURT_STEP, summons.id, None, **again)
        assert (RuleId.PRESS_NEXT_ACT_3M, date(2026, 11, 24)) in await dates(world)


async def test_an_act_noted_by_hand_twice_in_a_day_leaves_its_clock_running() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = world.chat.containing("📂 Dossier 1 —")
        await world.press(card, "Action engagée")
        await world.say("aujourd'hui")
        async with world.store.read() as tx:
            (next_act,) = await tx.find(CaseDeadline, eq("rule", RuleId.PRESS_NEXT_ACT_3M))
        await world.desk.press(world.owner, f"v1:fd:{next_act.id}")
        assert (RuleId.PRESS_NEXT_ACT_3M, date(2026, 11, 24)) in await dates(world)


async def test_the_next_act_is_counted_from_the_day_of_the_act_not_of_the_tap() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await world.press(world.chat.containing("📂 Dossier 1 —"), "Action engagée")
        assert "pas dater d’avant" in await world.say("10/11/2026")  # before the publication
        await world.say("20/11/2026")
        assert (RuleId.PRESS_NEXT_ACT_3M, date(2026, 11, 20)) in await dates(world)
        assert FIRST not in await dates(world)


async def test_an_act_that_came_too_late_saves_no_date() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        world.clock.move_to(datetime(2027, 2, 15, 8, tzinfo=UTC))  # four days after the end
        await filed(world, RemedyKind.DIRECT_SUMMONS, "2027-02-12")
        summons = await world.the(Remedy, eq("kind", RemedyKind.DIRECT_SUMMONS))
        assert summons.state is RemedyState.FILED
        assert FIRST in await dates(world)
        async with world.store.read() as tx:
            (press,) = await tx.find(CaseDeadline, eq("rule", RuleId.PRESS_3M))
        late = await world.fill(FormName.ACTED, press.id, on="2027-02-12")
        assert isinstance(late, Invalid)
        in_time = await world.fill(FormName.ACTED, press.id, on="2027-02-11")
        assert not isinstance(in_time, Invalid)
        assert FIRST not in await dates(world)


async def test_each_action_needs_acts_of_its_own() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await filed(world, RemedyKind.DIRECT_SUMMONS, TUESDAY)
        world.clock.move(timedelta(days=7))
        await filed(world, RemedyKind.CIVIL_ACTION, "2026-12-01")
        assert await dates(world) >= {
            (RuleId.PRESS_NEXT_ACT_3M, date(2026, 11, 24)),
            (RuleId.PRESS_NEXT_ACT_3M, date(2026, 12, 1)),
        }


async def test_the_action_for_a_reply_needs_a_new_act_every_three_months_too() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await filed(world, RemedyKind.DIRECT_SUMMONS, TUESDAY)
        world.clock.move(timedelta(days=7))
        await filed(world, RemedyKind.INSERTION_ACTION, "2026-12-01")
        assert await dates(world) >= {
            (RuleId.PRESS_NEXT_ACT_3M, date(2026, 11, 24)),
            (RuleId.PRESS_NEXT_ACT_3M, date(2026, 12, 1)),
        }


async def test_nothing_before_the_judge_is_older_than_what_brought_it_there() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        summons = await filed(world, RemedyKind.DIRECT_SUMMONS, TUESDAY)
        for how in ("renew", "grant", "refuse"):
            early = await world.fill(FormName.COURT_STEP, summons.id, how=how, on="2026-11-20")
            assert isinstance(early, Invalid)
            assert early.problems["on"].code is RefusalCode.BEFORE_IT_WAS_FILED


async def test_a_remedy_taken_up_again_has_its_date_again() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await take_up(world, RemedyKind.RIGHT_OF_REPLY, "L’auteur")
        date_of_request = (RuleId.REPLY_REQUEST_3M, date(2026, 11, 11))
        await world.press(card, "Y renoncer")
        assert date_of_request not in await dates(world)
        await world.press(card, "La reprendre")
        assert date_of_request in await dates(world)


async def test_more_time_is_announced_within_the_month_or_not_at_all() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await take_up(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        request = await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        await world.fill(FormName.REMEDY_SENT, request.id, how="send", on=TUESDAY)
        await world.live_until(datetime(2027, 1, 10, 12, tzinfo=UTC))
        late = await world.fill(FormName.ANSWERED, request.id, how="extend", on="2026-12-25")
        assert isinstance(late, Invalid)
        assert set(late.problems) == {"on"}
        assert (
            await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        ).state is RemedyState.AWAITING
        in_time = await world.fill(FormName.ANSWERED, request.id, how="extend", on="2026-12-24")
        assert not isinstance(in_time, Invalid)


async def test_a_letter_that_came_back_may_not_have_been_received() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await take_up(world, RemedyKind.RIGHT_OF_REPLY, "L’auteur")
        asked = await world.the(Remedy, eq("kind", RemedyKind.RIGHT_OF_REPLY))
        await world.fill(FormName.REMEDY_SENT, asked.id, how="post", on=TUESDAY)
        await world.live_until(datetime(2026, 12, 15, 12, tzinfo=UTC))
        await world.fill(FormName.REMEDY_DELIVERED, asked.id, how="return", on="2026-12-14")
        running = await dates(world)
        assert (RuleId.REPLY_REQUEST_3M, date(2026, 11, 11)) in running
        # The action is counted from the earliest day the post can have come, and three days.
        assert (RuleId.REPLY_ACTION_3M, date(2026, 11, 27)) in running


async def test_nobody_who_left_is_in_charge_of_a_case() -> None:
    async with a_world() as world:
        nadia = actor("7", "Nadia")
        await world.invite(nadia, Role.SECRETARY)
        await a_kept_case(world)
        await world.fill(FormName.ASSIGN_CASE, 1, member="2")
        await world.ask("quitter", by=nadia)
        await world.press(world.chat.shown[-1], "Quitter", by=nadia)
        async with world.store.read() as tx:
            (case,) = await tx.find(Case)
        assert case.assignee_id is None
        mine = [each for each in world.chat.shown if each.address == "1"]
        assert not any("👉 Nadia" in each.words for each in mine)


async def test_the_day_of_an_alert_is_not_that_of_the_publication() -> None:
    async with a_world() as world:
        alert = "https://www.google.fr/alerts/feeds/1/2"
        await world.watch(an_entry(1, published_at=PUBLISHED), url=alert)
        async with world.store.write() as tx:
            (source,) = await tx.find(Source)
            await tx.save(replace(source, kind=SourceKind.GOOGLE_ALERTS))
        await world.morning()
        await world.press(world.card("Article 1"), "Illicite")
        card = world.chat.containing("📂 Dossier 1 —")
        assert FIRST in await dates(world)  # the law's clock: from then at the latest
        assert "date de publication incertaine" in card.words
        await world.fill(FormName.PUBLISHED, 1, which="1", words="2 novembre 2026")
        assert (RuleId.PRESS_3M, date(2026, 11, 2)) in await dates(world)
        assert "date de publication incertaine" not in card.words


async def test_a_feed_that_dates_only_changes_dates_no_publication() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, published_at=PUBLISHED, is_latest=True))
        await world.morning()
        await world.press(world.card("Article 1"), "Illicite")
        assert "date de publication incertaine" in world.chat.containing("📂 Dossier 1 —").words


async def test_a_calendar_knows_when_a_day_of_publication_was_corrected() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        world.clock.move(timedelta(days=2))
        await world.fill(FormName.PUBLISHED, 1, which="1", words="2 novembre 2026")
        async with world.store.read() as tx:
            (case,) = await tx.find(Case)
            journal = await tx.find(CaseEvent)
        assert changed_at(case, journal) == world.clock.now()


async def test_a_letter_keeps_its_pieces_when_its_case_joins_another() -> None:
    async with a_world() as world:
        await two_cases(world)
        for case in ("1", "2"):
            said = {"file": "https://presse.example/vu", "title": "", "role": "capture"}
            await world.fill(FormName.ATTACH, int(case), None, **said)
        letter = await plant_letter(world)
        async with world.store.read() as tx:
            first, second = await tx.find(Attachment, order="case_id")
        await world.fill(FormName.LETTER_ANNEXES, letter.id, annexes=str(first.id))
        await world.fill(FormName.MERGE_CASES, 2, other="1")
        async with world.store.read() as tx:
            (kept,) = await tx.find(Letter)
        assert dict(kept.answers)["annexes"] == str(second.id)


async def test_a_date_whose_rule_was_read_nowhere_says_so_where_it_is_shown() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await assess(world, "DEN")
        card = world.chat.containing("📂 Dossier 1 —").words
        (five_years,) = [line for line in card.splitlines() if "Dénigrement et" in line]
        (press,) = [line for line in card.splitlines() if "et de la diffamation" in line]
        assert "à confirmer" in five_years
        assert "à confirmer" not in press


async def test_only_what_stops_the_three_months_is_said_to() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await world.press(world.chat.containing("📂 Dossier 1 —"), "Toutes les démarches")
        await world.press(world.chat.containing("que peut-on faire"), "Avec un avocat")
        listed = world.chat.containing("que peut-on faire").words
        assert listed.count("Arrête le délai de trois mois") == 3
