"""From a feed to a digest, and what becomes of each mention."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.mentions import Mention, MentionState, Taught
from bot.core.people import Channel, Role
from bot.core.sources import FetchProblem
from bot.ports import eq
from bot.usecases import poll_sources, send_digest, set_up, watch_sources
from bot.usecases.fill_outbox import park
from tests.world import CLAIRE, FEED, MONDAY_NOON, World, a_world, actor, an_entry


async def test_the_morning_after_a_digest_shows_each_mention_with_its_three_buttons() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1), an_entry(2))
        await world.morning()
        header = world.chat.containing("2 nouvelles publications")
        assert "traité 0/2" in header.words
        assert world.card("Article 1").labels == [
            "✅ Licite",
            "⛔ Illicite",
            "🙈 Ignorer",
            "⋯ Plus",
        ]


async def test_an_entry_that_names_nobody_we_watch_is_not_shown() -> None:
    async with a_world() as world:
        stranger = an_entry(2, title="Le Dr Paul Lefèvre, vétérinaire", text="À Marseille.")
        await world.watch(an_entry(1), stranger)
        await world.morning()
        assert not any("Paul" in words for words in world.chat.transcript())
        assert len(world.chat.shown) == 2


async def test_a_mention_says_who_where_when_what_and_why() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        words = world.card().words
        for expected in (
            "Dr Claire Lefèvre",
            "presse.example",
            "22\u00a0novembre\u00a02026",
            "Histoire numéro 1",
            "nom complet",
            "Lille",
        ):
            assert expected in words
        spans = [
            span
            for block in world.card().message.text.blocks
            for span in block.spans
            if span.bold and "Claire" in span.text
        ]
        assert spans


async def test_polling_the_same_feed_again_shows_nothing_twice() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        before = len(world.chat.shown)
        world.says(an_entry(1), an_entry(1, guid="other"))
        await world.morning()
        await world.morning()
        assert len([each for each in world.chat.shown if "Article 1" in each.words]) == 1
        assert len(world.chat.shown) == before


async def test_the_same_story_on_another_site_is_a_copy_of_the_same_mention() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        copy = an_entry(1, guid="x", url="https://ailleurs.example/reprise")
        await world.watch(copy, url="https://ailleurs.example/rss")
        await world.morning()
        assert "même texte sur 1 autre page" in world.card().words
        assert len([each for each in world.chat.shown if "Article 1" in each.words]) == 1


async def test_an_article_told_in_other_words_by_an_alert_is_the_same_mention() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        alert = an_entry(1, guid="tag:google", text="Claire Lefèvre, dentiste à Lille, y est...")
        await world.watch(alert, url="https://alertes.example/feed")
        await world.morning()
        assert "modifié" not in world.card().words
        assert len(world.chat.shown) == 2


async def test_a_changed_text_is_a_revision_told_on_the_same_card() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        await world.press(world.card(), "Licite")
        world.says(an_entry(1, text="Claire Lefèvre a répondu depuis : tout autre chose."))
        await world.morning()
        words = world.card().words
        assert "texte modifié" in words
        assert "depuis votre décision" in words
        assert "tout autre chose" in words
        assert len([each for each in world.chat.shown if "Article 1" in each.words]) == 1


async def test_a_click_is_edited_in_place_and_undone() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        card = world.card()
        assert "licite" in await world.press(card, "Licite")
        assert card.words.startswith("✅ Licite — Dr Claire Lefèvre")
        assert "par Claire" in card.words
        assert card.labels[:2] == ["✍️ Répondre", "↩️ Annuler"]
        assert "traité 1/1" in world.chat.containing("nouvelle publication").words
        await world.press(card, "Annuler")
        assert "À traiter" in card.words
        assert "traité 0/1" in world.chat.containing("nouvelle publication").words


async def test_the_first_of_two_clicks_wins_and_the_second_is_told_who_and_when() -> None:
    async with a_world() as world:
        locum = actor("2", "Paul")
        await world.invite(locum, Role.LOCUM)
        await world.watch(an_entry(1))
        await world.morning()
        mine = next(each for each in world.chat.shown if "Article 1" in each.words)
        data = mine.button("Ignorer")
        await world.press(mine, "Licite")
        answer = world.words(await world.desk.press(locum, data))
        assert "Déjà classée" in answer
        assert "Licite" in answer
        assert "Claire" in answer
        assert "24\u00a0novembre, 07:31" in answer
        copies = [each for each in world.chat.shown if "Article 1" in each.words]
        assert len(copies) == 2
        assert all(each.words.startswith("✅ Licite") for each in copies)


async def test_more_than_five_mentions_wait_behind_one_button() -> None:
    async with a_world() as world:
        await world.watch(*(an_entry(number) for number in range(1, 13)))
        await world.morning()
        assert len(world.chat.shown) == 1 + 5 + 1
        await world.press(world.chat.containing("Encore 7 publications"), "Voir la suite")
        await world.press(world.chat.containing("Encore 2 publications"), "Voir la suite")
        for number in range(1, 13):
            world.sees(f"Article {number} :")
        assert len({each.words for each in world.chat.shown if "Article" in each.words}) == 12


async def test_old_news_of_a_new_source_is_offered_and_not_pushed() -> None:
    async with a_world() as world:
        old = an_entry(2, published_at=MONDAY_NOON - timedelta(days=200))
        await world.watch(an_entry(1), old)
        await world.morning()
        header = world.chat.containing("nouvelle publication")
        assert "1 publication plus ancienne" in header.words
        assert "Article 2" in header.words
        assert len(world.chat.shown) == 2
        await world.press(header, "Les examiner")
        assert world.card("Histoire numéro 2").labels[0] == "✅ Licite"
        assert "plus ancienne" not in header.words


async def test_old_news_somebody_examines_comes_wherever_it_was_offered() -> None:
    async with a_world() as world:
        paul = actor("2", "Paul", "-50", is_private=False)
        await world.invite(paul)
        old = [an_entry(n, published_at=MONDAY_NOON - timedelta(days=200)) for n in range(1, 8)]
        await world.watch(*old)
        await world.morning()
        await world.invite(actor("3", "Zoé", "-60", is_private=False))
        await world.press(world.chat.containing("plus anciennes", "-50"), "Les examiner", by=paul)
        for address, cards in (("1", 5), ("-50", 5), ("-60", 0)):
            assert _cards(world, address, "Histoire numéro") == cards
        await world.press(world.chat.containing("Encore 2", "-50"), "Voir la suite", by=paul)
        assert _cards(world, "-50", "Histoire numéro") == 7
        assert _cards(world, "1", "Histoire numéro") == 5
        await world.press(world.chat.containing("Encore 2", "1"), "Voir la suite")
        assert _cards(world, "1", "Histoire numéro") == 7


async def test_old_news_can_be_ignored_at_once() -> None:
    async with a_world() as world:
        old = [an_entry(n, published_at=MONDAY_NOON - timedelta(days=200)) for n in (1, 2)]
        await world.watch(*old)
        await world.morning()
        await world.press(world.chat.containing("2 publications plus anciennes"), "Tout ignorer")
        async with world.store.read() as tx:
            assert await tx.count(Mention, eq("state", MentionState.IGNORED)) == 2


async def test_nothing_new_is_silence_except_on_monday() -> None:
    async with a_world() as world:
        await world.watch()
        for _ in range(6):  # Tuesday to Sunday
            await world.morning()
        assert world.chat.shown == []
        await world.morning()  # Monday
        assert "Tout va bien" in world.chat.shown[0].words
        assert "1 source active" in world.chat.shown[0].words


async def test_a_failing_source_is_told_with_its_reason_and_stops_no_other() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.watch(url="https://lent.example/rss")
        world.fails(url="https://lent.example/rss")
        await world.live_until(MONDAY_NOON + timedelta(hours=8), every=timedelta(hours=1))
        await world.morning()
        header = world.chat.containing("1 nouvelle publication")
        assert "1 ✅ · 1 ⚠️" in header.words
        assert "en panne depuis le 23\xa0novembre\xa0: le site est trop lent" in header.words


async def test_a_source_that_changes_state_is_told_once_and_again_when_it_is_back() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.watch(url="https://autre.example/rss")
        await world.tick()
        world.fails(FetchProblem.BLOCKED, url="https://autre.example/rss")
        await world.live_until(MONDAY_NOON + timedelta(hours=8), every=timedelta(hours=1))
        for _ in range(2):
            await world.morning()
        told = [said for said in world.chat.transcript() if "bloquée depuis" in said]
        assert len(told) == 1
        world.says(url="https://autre.example/rss")
        await world.live_until(MONDAY_NOON + timedelta(hours=60), every=timedelta(hours=6))
        await world.morning()
        assert len([said for said in world.chat.transcript() if "de nouveau active" in said]) == 1


async def test_a_digest_asked_for_in_one_channel_hides_nothing_from_the_others() -> None:
    async with a_world() as world:
        partner = actor("2", "Paul")
        await world.invite(partner)
        await world.watch(an_entry(1))
        await world.tick()
        await world.ask("jour", by=partner)
        assert [each.address for each in world.chat.shown if "Article 1" in each.words] == ["2"]
        await world.morning()
        cards = [each.address for each in world.chat.shown if "Article 1" in each.words]
        assert sorted(cards) == ["1", "2"]


async def test_what_may_be_about_somebody_else_is_folded() -> None:
    async with a_world() as world:
        doubtful = [
            an_entry(n, title=f"Article {n}", text=f"Numéro {n} : Mme Lefèvre y habite.")
            for n in (1, 2)
        ]
        await world.watch(*doubtful, an_entry(3))
        await world.morning()
        header = world.chat.containing("1 nouvelle publication")
        assert "2 homonymes possibles" in header.words
        assert not any("Article 1" in each.words for each in world.chat.shown)
        await world.press(header, "Voir les homonymes")
        assert "peut-être un homonyme" in world.card("Article 1").words
        assert "homonymes possibles" not in header.words
        await world.morning()
        assert len([each for each in world.chat.shown if "Article 1" in each.words]) == 1


async def test_possible_namesakes_can_be_set_aside_together() -> None:
    async with a_world() as world:
        doubtful = [
            an_entry(n, title=f"Article {n}", text=f"Numéro {n} : Mme Lefèvre y habite.")
            for n in (1, 2)
        ]
        await world.watch(*doubtful)
        await world.morning()
        header = world.chat.containing("2 homonymes possibles")
        assert "2 publications ignorées" in await world.press(header, "Les écarter")
        async with world.store.read() as tx:
            states = {mention.state for mention in await tx.find(Mention)}
        assert states == {MentionState.IGNORED}


async def test_sunday_is_a_day_off() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        world.clock.move_to(datetime(2026, 11, 28, 12, 0, tzinfo=UTC))  # Saturday afternoon
        await world.tick()
        shown = len(world.chat.shown)
        world.says(an_entry(1), an_entry(2))
        await world.morning()  # Sunday
        assert len(world.chat.shown) == shown
        await world.morning()  # Monday
        world.sees("Article 2")


@pytest.mark.parametrize(
    ("night", "first", "second"),
    [
        # The last Sunday of March has 23 hours, that of October 25; both are working days here.
        ("spring", datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 29, 12, tzinfo=UTC)),
        ("autumn", datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC)),
    ],
)
async def test_each_day_of_a_daylight_saving_week_end_has_one_digest(
    night: str, first: datetime, second: datetime
) -> None:
    async with a_world(now=first, digest_days=tuple(range(7))) as world:
        await world.watch()
        days = 0
        while world.clock.now() < second:
            world.clock.move(timedelta(minutes=10))
            days += 1
            world.says(*(an_entry(n, published_at=first) for n in range(1, 2 + days // 144)))
            await world.tick()
        headers = [each for each in world.chat.shown if "☀️" in each.words]
        assert len(headers) == 2, night


async def test_a_digest_missed_while_the_bot_was_off_comes_late_and_once() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.poll()
        world.clock.move_to(datetime(2026, 11, 26, 9, 0, tzinfo=UTC))  # three mornings later
        await world.tick()
        await world.tick()
        header = world.chat.containing("nouvelle publication")
        assert "avec du retard" in header.words
        assert len([each for each in world.chat.shown if "☀️" in each.words]) == 1


async def test_a_digest_waits_for_somewhere_to_be_read() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        async with world.store.write() as tx:
            (channel,) = await tx.find(Channel)
            await park(tx, channel, "blocked", world.clock.now())
        await world.morning()
        assert world.chat.shown == []
        await world.desk.came_alive(world.owner)
        await world.morning()
        world.sees("Article 1")


async def test_the_day_s_list_can_be_asked_for_at_any_time() -> None:
    async with a_world() as world:
        assert "Rien n’attend" in await world.ask("jour")
        await world.watch(an_entry(1))
        await world.poll()
        assert await world.ask("jour") == ""
        assert "1 publication attend votre avis" in world.chat.shown[0].words
        world.sees("Article 1")
        await world.press(world.card(), "Licite")
        assert "Plus rien n’attend votre avis · traité 1/1" in world.chat.shown[0].words


async def test_what_was_asked_for_in_one_channel_is_still_news_in_the_others() -> None:
    async with a_world() as world:
        await world.invite(actor("2", "Paul", "-50", is_private=False))
        await world.watch(an_entry(1))
        await world.poll()
        await world.ask("jour")
        assert _cards(world, "1") == 1
        assert _cards(world, "-50") == 0
        await world.morning()
        assert _cards(world, "-50") == 1
        assert _cards(world, "1") == 1
        assert "1 nouvelle publication" in world.chat.containing("traité", "1").words
        await world.morning()
        assert (_cards(world, "1"), _cards(world, "-50")) == (1, 1)


async def test_what_was_asked_for_is_shown_again_where_it_was_asked() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        await world.ask("jour")
        assert _cards(world, "1") == 2


async def test_a_digest_made_now_for_everybody_is_not_told_again_in_the_morning() -> None:
    async with a_world() as world:
        await world.invite(actor("2", "Paul", "-50", is_private=False))
        await world.watch(an_entry(1))
        await world.poll()
        await world.ask("jour")
        assert await send_digest.make_now(world.ports, world.practice)
        assert not await send_digest.make_now(world.ports, world.practice)
        await world.morning()
        assert (_cards(world, "1"), _cards(world, "-50")) == (1, 1)
        assert len([each for each in world.chat.shown if "traité" in each.words]) == 3


async def test_the_rest_of_a_daily_digest_leaves_out_what_the_channel_has_already() -> None:
    async with a_world() as world:
        await world.watch(*(an_entry(number) for number in range(1, 13)))
        await world.poll()
        await world.ask("jour")  # five cards, and seven that wait
        await world.morning()
        await world.press(world.chat.containing("Encore 2 publications"), "Voir la suite")
        for number in range(1, 13):
            assert _cards(world, "1", f"Article {number} :") == 1


async def test_two_processes_make_one_daily_digest() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.poll()
        world.clock.move(timedelta(days=1))
        (due,) = await send_digest.due_practices(world.ports)
        made = [await send_digest.make_daily(world.ports, due) for _ in range(2)]
        assert [each is None for each in made] == [False, True]


async def test_a_person_added_later_is_looked_for_in_what_was_already_read() -> None:
    async with a_world(people=()) as world:
        await world.watch(an_entry(1))
        await world.poll()
        await set_up.add_practitioner(world.ports, world.practice.name, CLAIRE)
        await world.morning()
        world.sees("Article 1")


async def test_a_source_that_broke_our_reader_does_not_stop_the_round() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.watch(url="https://bizarre.example/rss")
        world.web.documents["https://bizarre.example/rss"] = ZeroDivisionError("a bug of ours")
        polled = await world.poll()
        assert sorted(each.problem for each in polled) == ["", "fault"]
        await world.morning()
        world.sees("Article 1")
        assert FEED in world.web.asked


async def test_a_source_removed_while_it_is_read_stays_removed() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        (source,) = await poll_sources.due_sources(world.ports, world.practice.id)
        await watch_sources.remove_source(world.ports, world.practice.name, FEED)
        await poll_sources.poll(world.ports, [source])
        assert await poll_sources.due_sources(world.ports, world.practice.id) == []


async def test_a_person_added_while_a_source_is_read_is_looked_for_at_once() -> None:
    async with a_world(people=()) as world:
        await world.watch(an_entry(1))
        await world.poll()
        (source,) = await poll_sources.due_sources(world.ports, world.practice.id)
        await set_up.add_practitioner(world.ports, world.practice.name, CLAIRE)
        # This poll began before: it knows the old state only.
        await poll_sources.poll(world.ports, [source])
        await world.morning()
        world.sees("Article 1")


async def test_a_digest_sent_late_in_the_night_does_not_replace_the_next_one() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.poll()
        world.clock.move_to(datetime(2026, 11, 25, 2, 0, tzinfo=UTC))  # Tuesday's, on Wednesday
        await world.tick()
        assert "Mardi" in world.chat.containing("nouvelle publication").words
        world.says(an_entry(1), an_entry(2))
        world.clock.move_to(datetime(2026, 11, 25, 6, 31, tzinfo=UTC))
        await world.tick()
        world.sees("Article 2")


async def test_a_source_that_failed_all_night_is_told_once_in_the_morning() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        world.fails()
        await world.live_until(datetime(2026, 11, 25, 6, 31, tzinfo=UTC), timedelta(minutes=15))
        assert len([each for each in world.chat.shown if "trop lent" in each.words]) == 1
        await world.live_until(datetime(2026, 11, 26, 6, 31, tzinfo=UTC), timedelta(minutes=30))
        assert len([each for each in world.chat.shown if "trop lent" in each.words]) == 1


async def test_a_large_document_is_remembered_a_few_mentions_at_a_time() -> None:
    async with a_world() as world:
        await world.watch(*(an_entry(number) for number in range(1, 121)))
        (polled,) = await world.poll()
        assert (polled.entries, polled.new) == (120, 120)


def _cards(world: World, address: str, words: str = "Article 1") -> int:
    """How many cards that say ``words`` stand in a place."""
    return sum(each.address == address and words in each.words for each in world.chat.shown)


async def test_not_me_sets_aside_and_teaches_a_rule_that_can_be_taken_back() -> None:
    async with a_world() as world:
        other = an_entry(1, title="Article 1", text="Mme Lefèvre y était. Roubaix a voté.")
        await world.watch(other)
        await world.morning()
        await world.press(world.chat.containing("homonyme possible"), "Voir les homonymes")
        card = world.card("Article 1")
        assert "ce n’est pas vous" in await world.press(card, "Pas moi")
        assert "Homonyme" in card.words
        assert "parle désormais d’une autre personne" in card.words
        async with world.store.read() as tx:
            (taught,) = await tx.find(Taught)
        assert (taught.is_for, taught.words.casefold()) == (False, "roubaix")

        again = an_entry(2, title="Article 2", text="Mme Lefèvre a parlé hier. Roubaix a ri.")
        world.says(other, again)
        world.clock.move(timedelta(hours=1))
        await world.poll()
        async with world.store.read() as tx:
            assert [mention.title for mention in await tx.find(Mention)] == ["Article 1"]

        await world.press(card, "Annuler")
        async with world.store.read() as tx:
            assert await tx.count(Taught) == 0
        world.clock.move(timedelta(hours=1))
        await world.poll()
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 2


async def test_it_is_me_makes_it_sure() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, title="Article 1", text="Mme Lefèvre est sympathique."))
        await world.morning()
        await world.press(world.chat.containing("homonyme possible"), "Voir les homonymes")
        card = world.card("Article 1")
        assert "c’est bien vous" in await world.press(card, "C’est moi")
        assert "peut-être un homonyme" not in card.words
        assert "✅ Licite" in card.labels
        assert "👍 C’est moi" not in card.labels


async def test_who_decided_before_is_told_to_who_says_not_me_after() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        card = world.card()
        await world.press(card, "Plus")
        not_me = card.button("Pas moi")
        await world.press(card, "Licite")
        told = world.words(await world.desk.press(world.owner, not_me))
        assert "Déjà classée" in told


async def test_a_source_nobody_read_for_long_says_since_when() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.poll()
        world.clock.move(timedelta(days=20))
        await send_digest.make_due(world.ports)
        await world.settle()
        world.sees("pas lue depuis le 23")
