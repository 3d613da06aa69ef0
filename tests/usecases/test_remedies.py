"""Stories of remedies on a moving clock: what is due when, what follows, and what never waits."""

from datetime import UTC, datetime, timedelta

from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus, Outcome, Step
from bot.core.errors import Invalid
from bot.core.forms import FormName
from bot.core.law import RuleId
from bot.core.people import Role
from bot.core.remedies import Remedy, RemedyKind, RemedyState
from bot.ports import eq, null
from tests.cases import PUBLISHED, a_kept_case, take_up, watched
from tests.world import MONDAY_NOON, a_world, actor, an_entry

TUESDAY = "2026-11-24"


async def test_a_listing_in_a_directory_from_the_request_to_the_silence_of_the_regulator(  # noqa: PLR0915 - a story is told in one go
) -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await take_up(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        request = await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        await world.fill(FormName.REMEDY_SENT, request.id, how="post", on=TUESDAY, number="1A 23")
        assert "recommandé posté, à remettre" in card.words
        assert RuleId.GDPR_1M not in await watched(world)
        world.clock.move(timedelta(days=3))
        await world.fill(FormName.REMEDY_DELIVERED, request.id, how="receive", on="2026-11-27")
        # Received on Friday 27 November: a month ends on Sunday 27 December, extended to Monday
        # the 28th, certain the day after.
        assert str((await watched(world))[RuleId.GDPR_1M].bites_on) == "2026-12-29"
        assert not any("Toujours rien" in label for label in card.labels)
        await world.live_until(datetime(2026, 12, 29, 12, tzinfo=UTC))
        late = world.chat.saying("⏰ Rappel", "RGPD")
        assert "relancez, puis saisissez la CNIL" in late.words
        await world.press(late, "Toujours rien")
        # What is settled leads to what may follow.
        assert late.labels == ["📌 Opposition et effacement", "📂 Dossier 1"]
        assert "sans réponse" in card.words
        assert "Relance" in card.words
        await world.press(card, "➕ Plainte à la CNIL")
        complaint = await world.the(Remedy, eq("kind", RemedyKind.REGULATOR_COMPLAINT))
        assert complaint.follows == request.id
        await world.fill(FormName.REMEDY_SENT, complaint.id, how="send", on="2026-12-29")
        dates = await watched(world)
        assert str(dates[RuleId.REGULATOR_SILENCE_3M].strict_on) == "2027-03-29"
        # Watched already: two months that nobody may miss follow a silence nobody notes.
        appeal = dates[RuleId.COUNCIL_OF_STATE_2M]
        assert str(appeal.starts_on) == "2027-03-29"
        await world.live_until(datetime(2027, 4, 1, 12, tzinfo=UTC))
        silent = world.chat.saying("⏰ Rappel", "Silence de la CNIL")
        await world.press(silent, "Toujours rien")
        assert (await watched(world))[RuleId.COUNCIL_OF_STATE_2M] == appeal
        why = await world.press(world.chat.containing("📌 Plainte à la CNIL"), "Pourquoi cette")
        assert "Recours devant le Conseil d’État" in why  # the silence is over, that is to come
        await world.live_until(datetime(2027, 5, 26, 12, tzinfo=UTC))
        world.sees("confier le recours à un avocat")


async def test_an_insult_from_what_was_kept_to_the_last_day_of_prescription() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await take_up(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        notice = await world.the(Remedy, eq("kind", RemedyKind.FORMAL_NOTICE))
        sent = {"how": "send", "on": TUESDAY, "days": "8"}
        await world.fill(FormName.REMEDY_SENT, notice.id, None, **sent)
        # A letter stops nothing: three months from 11 November, whatever is asked of anybody.
        assert str((await watched(world))[RuleId.PRESS_3M].bites_on) == "2027-02-11"
        await world.live_until(datetime(2027, 2, 11, 12, tzinfo=UTC))
        last = world.chat.saying("⏰ Rappel", "aujourd’hui", "diffamation")
        assert "Lui seul peut faire l’acte" in last.words
        assert not last.message.silent
        await world.morning()
        card = world.chat.containing("📂 Dossier 1 —")  # nobody touched it: the day turned
        assert "il n’est plus possible d’agir" in card.words


async def test_a_refused_notice_leads_to_the_internal_complaint_within_six_months() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await take_up(world, RemedyKind.HOST_NOTICE, "Le site")
        notice = await world.the(Remedy, eq("kind", RemedyKind.HOST_NOTICE))
        sent = {"how": "send", "on": TUESDAY, "number": "42-7"}
        doubtful = await world.fill(FormName.REMEDY_SENT, notice.id, None, **sent)
        assert isinstance(doubtful, Invalid)  # a knowingly false notice is an offence
        assert set(doubtful.problems) == {"sincere"}
        await world.fill(FormName.REMEDY_SENT, notice.id, None, **sent, sincere="sincere")
        assert "HOTE_RELANCE_7J" in await watched(world)
        world.clock.move(timedelta(days=5))
        await world.fill(
            FormName.ANSWERED, notice.id, how="refuse", on="2026-11-28", said="Conforme aux règles"
        )
        dates = await watched(world)
        assert "HOTE_RELANCE_7J" not in dates
        # Refused on Saturday 28 November: six months end on Friday 28 May 2027.
        assert str(dates[RuleId.PLATFORM_COMPLAINT_6M].bites_on) == "2027-05-28"
        assert "Conforme aux règles" in card.words
        await world.press(card, "➕ Réclamation interne")
        complaint = await world.the(Remedy, eq("kind", RemedyKind.INTERNAL_COMPLAINT))
        sure = {"how": "send", "on": "2026-11-29", "sincere": "sincere"}
        await world.fill(FormName.REMEDY_SENT, complaint.id, None, **sure)
        assert RuleId.PLATFORM_COMPLAINT_6M not in await watched(world)
        before = world.chat.containing("📂 Dossier 1 —").words
        assert "Réclamation interne — réponse attendue" in before


async def test_nothing_is_reported_before_something_was_kept() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, published_at=PUBLISHED))
        await world.morning()
        await world.press(world.card(), "Illicite")
        card = await take_up(world, RemedyKind.PLATFORM_REPORT, "Le site")
        assert "Rien n’est encore gardé" in card.words
        report = await world.the(Remedy, eq("kind", RemedyKind.PLATFORM_REPORT))
        sure = {"how": "send", "on": TUESDAY, "sincere": "sincere"}
        said = await world.fill(FormName.REMEDY_SENT, report.id, None, **sure)
        assert not isinstance(said, Invalid)
        assert "Gardez d’abord" in world.words(said)
        assert (
            await world.the(Remedy, eq("kind", RemedyKind.PLATFORM_REPORT))
        ).state is RemedyState.TO_DO


async def test_a_silence_is_noted_only_once_it_is_certain() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await take_up(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        request = await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        await world.fill(FormName.REMEDY_SENT, request.id, how="send", on=TUESDAY)
        early = f"v1:tr:{request.id}:note_silence"
        assert "C’est trop tôt" in world.words(await world.desk.press(world.owner, early))
        assert "réponse attendue" in card.words


async def test_days_that_contradict_each_other_are_told_where_they_are_typed() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await take_up(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        request = await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        ahead = await world.fill(FormName.REMEDY_SENT, request.id, how="post", on="2026-12-24")
        assert isinstance(ahead, Invalid)
        assert set(ahead.problems) == {"on"}
        await world.fill(FormName.REMEDY_SENT, request.id, how="post", on=TUESDAY)
        before = await world.fill(
            FormName.REMEDY_DELIVERED, request.id, how="receive", on="2026-11-20"
        )
        assert isinstance(before, Invalid)
        assert (
            await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        ).state is RemedyState.POSTED


async def test_no_right_of_reply_where_one_may_answer_on_the_page() -> None:
    async with a_world() as world:
        await a_kept_case(world, rating=1.0)
        await world.press(world.chat.containing("📂 Dossier 1 —"), "Toutes les démarches")
        listed = world.chat.containing("que peut-on faire")
        await world.press(listed, "L’auteur, l’éditeur")
        answer = await world.press(world.chat.containing("que peut-on faire"), "Droit de réponse")
        assert "il n’y a alors pas de droit de réponse" in answer
        async with world.store.read() as tx:
            assert not await tx.find(Remedy, eq("kind", RemedyKind.RIGHT_OF_REPLY))


async def test_what_counsel_files_stops_the_clock_and_starts_the_next() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await take_up(world, RemedyKind.DIRECT_SUMMONS, "Avec un avocat")
        assert "le travail d’un avocat" in card.words
        await world.press(card, "Confiée à l’avocat")
        summons = await world.the(Remedy, eq("kind", RemedyKind.DIRECT_SUMMONS))
        world.clock.move(timedelta(days=7))
        await world.fill(FormName.COURT_STEP, summons.id, how="file", on="2026-12-01")
        dates = await watched(world)
        assert RuleId.PRESS_3M not in dates
        assert str(dates[RuleId.PRESS_NEXT_ACT_3M].strict_on) == "2027-03-01"


async def test_two_cases_are_one_with_their_dates_and_their_remedies() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await take_up(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        world.says(an_entry(1, published_at=PUBLISHED), an_entry(2, published_at=MONDAY_NOON))
        world.clock.move(timedelta(days=1))
        await world.poll()
        await world.morning()
        await world.press(world.card("Article 2"), "Illicite")
        await world.fill(FormName.MERGE_CASES, 2, other="1")
        async with world.store.read() as tx:
            first, second = await tx.find(Case, order="id")
            remedies = await tx.find(Remedy, eq("case_id", second.id))
            dated = await tx.find(CaseDeadline, eq("case_id", second.id), null("withdrawn_at"))
        assert (first.status, first.outcome, first.merged_into) == (
            CaseStatus.CLOSED,
            Outcome.MERGED,
            second.id,
        )
        assert RemedyKind.ERASURE_REQUEST in {each.kind for each in remedies}
        # Each publication keeps its own three months.
        assert len([each for each in dated if each.rule is RuleId.PRESS_3M]) == 2
        card = world.chat.containing("📂 Dossier 2 —")
        assert "Et aussi" in card.words
        assert "réuni au dossier 2" in world.words(await world.desk.press(world.owner, "v1:rc:1"))


async def test_what_was_removed_and_comes_back_elsewhere_opens_its_case_again() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await world.fill(FormName.CLOSE_CASE, 1, outcome="removed")
        world.clock.move(timedelta(days=2))
        again = an_entry(1, guid="autre", url="https://autre.example/1", published_at=PUBLISHED)
        await world.watch(again, url="https://autre.example/rss")
        await world.poll()
        await world.settle()
        async with world.store.read() as tx:
            (case,) = await tx.find(Case)
            events = await tx.find(CaseEvent, eq("step", Step.REAPPEAR))
        assert case.status is CaseStatus.OPEN
        assert [each.member_id for each in events] == [None]
        world.sees("la publication est revenue en ligne")


async def test_a_case_closed_for_another_reason_stays_closed() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await world.fill(FormName.CLOSE_CASE, 1, outcome="abandoned")
        again = an_entry(1, guid="autre", url="https://autre.example/1", published_at=PUBLISHED)
        await world.watch(again, url="https://autre.example/rss")
        await world.poll()
        async with world.store.read() as tx:
            (case,) = await tx.find(Case)
        assert case.status is CaseStatus.CLOSED


async def test_who_is_in_charge_and_the_holders_are_told_when_a_date_is_near() -> None:
    async with a_world() as world:
        nadia = actor("7", "Nadia")
        await world.invite(nadia, Role.SECRETARY)
        await a_kept_case(world)
        await world.fill(FormName.ASSIGN_CASE, 1, member="2")
        assert "👉 Nadia" in world.chat.containing("📂 Dossier 1 —").words
        await world.live_until(datetime(2027, 2, 8, 12, tzinfo=UTC))
        told = [each for each in world.chat.shown if "⏰ Rappel" in each.words]
        assert {"1", "7"} <= {each.address for each in told}
        assert all("👉 Nadia" in each.words for each in told if "Rappel" in each.words)
