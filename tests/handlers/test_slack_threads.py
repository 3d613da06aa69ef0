"""A digest in a channel: one message for everybody, its publications in its thread."""

from datetime import timedelta

import pytest

from bot.core.outbox import Display
from bot.ports import ne
from tests.handlers.slack_office import Office, an_office, entries, read
from tests.servers.slack_state import SlackMessage

pytestmark = pytest.mark.timeout(60)


def top(office: Office) -> list[SlackMessage]:
    """What stands in the channel itself."""
    return [each for each in office.server.messages(office.team) if each.thread_ts is None]


async def test_a_digest_is_one_message_and_its_publications_are_its_replies() -> None:
    async with an_office() as office:
        await office.digest(*entries(4))
        (header,) = top(office)
        assert "4 nouvelles publications · traité 0/4" in read(header)
        assert read(header).count("🔵") == 3
        assert "dans le fil de ce message" in read(header)
        cards = [each for each in office.server.messages(office.team) if each is not header]
        assert [each.thread_ts for each in cards] == [header.ts] * 4
        await office.server.click(cards[0], "Licite", office.claire).acked()
        await office.seen("traité 1/4")
        told = await office.whispered(office.claire, "Classée licite")
        assert told.thread_ts == header.ts
        assert top(office) == [header]


async def test_what_follows_a_publication_stays_in_its_thread() -> None:
    async with an_office() as office:
        await office.digest(*entries(2))
        (header,) = top(office)
        await office.server.click(await office.seen("Article 1"), "Licite", office.paul).acked()
        licit = await office.seen("✅ Licite")
        await office.server.click(licit, "Répondre", office.paul).acked()
        ways = await office.whispered(office.paul, "Répondre, ou pas")
        await office.server.click(ways, "Préparer une réponse", office.paul).acked()
        draft = await office.seen("Projet de réponse")
        await office.server.click(await office.seen("Article 2"), "Illicite", office.paul).acked()
        case = await office.seen("📂 Dossier 1 —")
        assert draft.thread_ts == case.thread_ts == header.ts
        assert top(office) == [header]


async def test_a_date_that_nears_is_told_in_the_thread_and_to_the_whole_channel() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        (header,) = top(office)
        await office.server.click(await office.seen("À traiter"), "Illicite", office.paul).acked()
        await office.seen("📂 Dossier 1 —")
        await office.world.live_until(office.world.clock.now() + timedelta(days=6))
        reminder = await office.seen("⏰ Rappel")
        assert reminder.thread_ts == header.ts
        assert reminder.is_broadcast
        case = await office.seen("📂 Dossier 1 —")
        assert not case.is_broadcast


async def test_what_is_asked_in_the_channel_comes_in_the_channel() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        await office.server.click(await office.seen("À traiter"), "Illicite", office.paul).acked()
        in_thread = await office.seen("📂 Dossier 1 —")
        await office.server.slash(office.paul, office.team, "/vigie", "dossiers").acked()
        listed = await office.whispered(office.paul, "1 dossier en cours")
        await office.server.click(listed, "Dossier 1", office.paul).acked()
        await office.server.wait_for(lambda: len(top(office)) == 2)
        asked = top(office)[-1]
        assert "📂 Dossier 1 —" in read(asked)
        assert in_thread.thread_ts
        await office.server.click(asked, "Pourquoi ces dates", office.paul).acked()
        told = await office.whispered(office.paul, "Loi du 29")
        assert told.thread_ts is None


async def test_in_private_there_are_no_threads() -> None:
    async with an_office() as office:
        direct = office.server.open_dm(office.claire)
        office.server.dm(office.claire, "start")
        await office.seen("reliée", direct)
        await office.digest(*entries(2))
        await office.seen("Article 2", direct)
        shown = office.server.messages(direct)
        assert not [each for each in shown if each.thread_ts]
        header = await office.seen("☀️", direct)
        assert "dans le fil" not in read(header)
        assert "🔵" not in read(header)


async def test_a_deleted_digest_leaves_its_publications_in_the_channel() -> None:
    async with an_office() as office:
        await office.digest(*entries(7))
        (header,) = top(office)
        shown = await office.seen("Article 5")
        header.deleted = True
        more = [
            each
            for each in office.server.messages(office.team)
            if any("Voir la suite" in button.text for button in each.buttons)
        ]
        assert shown.thread_ts == header.ts
        await office.server.click(more[0], "Voir la suite", office.claire).acked()
        late = await office.seen("Article 7")
        assert late.thread_ts is None


async def test_a_reply_lost_on_its_way_is_found_in_its_thread() -> None:
    async with an_office() as office:
        # The digest arrives; the answer to its first reply does not.
        def lose_the_next() -> None:
            office.server.drop_next("chat.postMessage", applied=True)

        def at_the_next() -> None:
            office.server.before_answer("chat.postMessage", lose_the_next)

        office.server.before_answer("chat.postMessage", at_the_next)
        await office.world.watch(*entries(2))
        await office.world.morning()
        office.world.clock.move(timedelta(minutes=1))
        await office.world.tick()
        office.world.clock.move(timedelta(minutes=1))
        await office.world.tick()
        (header,) = top(office)
        cards = [each for each in office.server.messages(office.team) if each is not header]
        assert [each.thread_ts for each in cards] == [header.ts] * 2
        async with office.world.store.read() as tx:
            kept = await tx.find(Display, ne("message", ""))
        assert {each.ts for each in cards} <= {each.message for each in kept}
        assert office.server.called("conversations.replies")
