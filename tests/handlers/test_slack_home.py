"""The home page: an inbox of one's own, always as things stand, through the real library."""

from datetime import timedelta
from functools import partial

import pytest

from bot.core.actions import Action, Verb
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Practice, PracticeId, Practitioner, Role
from bot.core.sources import FetchProblem
from bot.ports import eq
from bot.usecases import set_up
from tests.conftest import Golden
from tests.handlers.slack_office import Office, an_office, entries, read
from tests.servers.slack_blocks import MOST_VIEW_BLOCKS
from tests.servers.slack_state import SlackView, buttons, words_of
from tests.world import CLAIRE

pytestmark = pytest.mark.timeout(60)


def published(office: Office) -> int:
    return len(office.server.called("views.publish"))


async def test_an_outsider_reads_what_this_is_and_how_to_come_in() -> None:
    async with an_office() as office:
        stranger = office.server.add_user("inconnu")
        page = await office.home(stranger)
        assert "Comment entrer" in read(page)
        assert page.buttons == []
        async with office.world.store.read() as tx:
            assert await tx.count(Channel) == 2
        await office.join(stranger, office.server.open_dm(stranger), Role.LOCUM)
        office.server.home_opened(stranger)
        await office.server.wait_for(lambda: "Rien n’attend votre avis" in read(page))


async def test_a_member_works_from_their_page() -> None:
    async with an_office() as office:
        await office.digest(*entries(2))
        page = await office.home(office.claire)
        for words in ("À traiter : 2", "Article 1", "⏳ Échéances", "1 source active", "07:30"):
            assert words in read(page)
        licit, *_ = [each for each in page.buttons if "Licite" in each.text]
        await office.server.click(page, licit).acked()
        await office.server.wait_for(lambda: "À traiter : 1" in read(page))
        assert "✅ Licite" in read(page)
        assert "par claire" in read(page)
        card = await office.seen("✅ Licite")
        assert card.channel is office.team
        direct = office.server.open_dm(office.claire)
        assert office.server.messages(direct) == []
        assert not office.server.modals(office.claire)
        await office.server.click(page, "Annuler").acked()
        await office.server.wait_for(lambda: "À traiter : 2" in read(page))


async def test_a_practice_that_watches_nobody_is_set_up_from_the_page() -> None:
    async with an_office() as office:
        async with office.world.store.read() as tx:
            (claire,) = await tx.find(Practitioner)
        data = Action(Verb.LET_GO, claire.id).encode()
        await office.world.desk.press(office.world.owner, data)
        page = await office.home(office.claire)
        assert "moins de trois minutes" in read(page)
        await office.server.click(page, "Voir un exemple").acked()
        sample = await office.modal(office.claire, "Exemple de résumé")
        await office.server.click(sample, "Licite").acked()
        await office.server.wait_for(lambda: "traité 1/2" in read(sample))
        await office.server.click(page, "Commencer").acked()
        modal = await office.modal(office.claire, "Quel nom")
        unread = await office.server.submit_view(modal, {"name": "Lefèvre"}).acked()
        assert "Il me faut un prénom" in str(unread)
        answers = {"name": "LEFÈVRE Claire (Dr)", "city": "Lille"}
        await office.server.submit_view(modal, answers).acked()
        await office.modal(office.claire, "C’est prêt")
        office.server.home_opened(office.claire)
        await office.server.wait_for(lambda: "moins de trois minutes" not in read(page))
        assert "Dr Claire Lefèvre" in read(page)


async def test_what_others_do_is_on_the_page_and_a_burst_is_one_version() -> None:
    async with an_office() as office:
        await office.digest(*entries(5))
        page = await office.home(office.claire)
        await office.server.wait_for(lambda: "À traiter : 5" in read(page))
        await office.rest()
        before = published(office)
        for number in range(1, 6):
            card = await office.seen(f"Article {number}")
            await office.server.click(card, "Ignorer", office.paul).acked()
            await office.seen(f"traité {number}/5")
        await office.rest()
        await office.server.wait_for(lambda: "Rien n’attend votre avis" in read(page))
        assert published(office) - before <= 2
        await office.rest()
        assert published(office) - before <= 2


async def test_the_same_page_is_not_sent_twice() -> None:
    async with an_office() as office:
        await office.home(office.claire)
        before = published(office)
        await office.server.home_opened(office.claire).acked()  # type: ignore[union-attr]
        await office.world.settle()
        assert published(office) == before


async def test_a_list_opened_from_the_page_is_a_modal_worked_in_place() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        page = await office.home(office.claire)
        await office.server.click(page, "Toutes les sources").acked()
        listed = await office.modal(office.claire, "1 source surveillée")
        await office.server.click(listed, "1").acked()
        await office.modal(office.claire, "Prochaine lecture")
        await office.server.click(listed, "Mettre en pause").acked()
        await office.server.wait_for(
            lambda: "Reprendre" in str([each.text for each in listed.buttons])
        )
        assert office.server.modals(office.claire) == [listed]
        assert office.server.messages(office.server.open_dm(office.claire)) == []


async def test_a_form_sent_from_the_page_is_answered_in_its_modal() -> None:
    async with an_office() as office:
        page = await office.home(office.claire)
        await office.server.click(page, "Ajouter une source").acked()
        modal = await office.modal(office.claire, "Quelle adresse")
        office.world.says(*entries(1), url="https://autre.example/rss")
        await office.server.submit_view(modal, {"url": "https://autre.example/rss"}).acked()
        await office.server.wait_for(lambda: "La surveiller" in str(modal.buttons))
        await office.server.click(modal, "La surveiller").acked()
        await office.modal(office.claire, "je surveille")
        await office.server.wait_for(lambda: "1 source active" in read(page))
        assert office.server.messages(office.server.open_dm(office.claire)) == []


async def test_a_case_asked_for_on_the_page_comes_as_a_message() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        page = await office.home(office.claire)
        await office.server.click(page, "Illicite").acked()
        await office.server.wait_for(lambda: "⛔ Illicite" in read(page))
        assert "agir avant la fin du" in read(page) or "plus tard" in read(page)
        dossier, *_ = [each for each in page.buttons if "Dossier" in each.text]
        await office.server.click(page, dossier).acked()
        await office.modal(office.claire, "l’onglet Messages")
        await office.seen("📂 Dossier 1 —", office.server.open_dm(office.claire))


async def test_who_only_reads_has_nothing_to_decide() -> None:
    async with an_office() as office:
        counsel = office.server.add_user("maitre")
        await office.join(counsel, office.server.open_dm(counsel), Role.COUNSEL)
        await office.digest(*entries(1))
        page = await office.home(counsel)
        labels = [each.text for each in page.buttons]
        assert "👀 Voir" in labels
        assert not [each for each in labels if "Licite" in each or "Ajouter" in each]


async def test_a_member_who_left_the_practice_sees_and_does_nothing_more() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        page = await office.home(office.paul)
        licit = page.button("✅ Licite")
        await office.remove("paul")
        await office.server.wait_for(lambda: "Comment entrer" in read(page))
        await office.server.click(page, licit).acked()
        await office.modal(office.paul, "réservé")
        office.server.home_opened(office.paul)
        await office.world.settle()
        assert "Comment entrer" in read(page)
        assert (await office.mentions())[0].state == "new"


async def test_a_conversation_opened_by_the_page_stays_quiet_until_asked() -> None:
    async with an_office() as office:
        await office.home(office.claire)
        direct = office.server.open_dm(office.claire)
        await office.digest(*entries(1))
        await office.seen("☀️")
        assert office.server.messages(direct) == []
        office.server.dm(office.claire, "jour")
        await office.seen("Article 1", direct)
        office.server.dm(office.claire, "start")
        await office.seen("maintenant reliée", direct)
        async with office.world.store.read() as tx:
            assert not await tx.count(Channel, eq("is_quiet", True))


async def test_two_practices_share_one_page() -> None:
    async with an_office() as office:
        second = await set_up.add_practice(office.world.ports, Practice(name="Clinique du Parc"))
        await set_up.add_practitioner(office.world.ports, second.name, CLAIRE)
        await office.join(office.claire, office.team, Role.PARTNER, second.name)
        await office.digest(*entries(3))
        page = await office.home(office.claire)
        await office.server.wait_for(lambda: "À traiter : 3" in read(page))
        assert read(page).count("🏠") == 2
        async with office.world.store.read() as tx:
            homes = await tx.find(Display, eq("subject", Subject.HOME))
        assert {home.practice_id for home in homes} == {office.world.practice.id, second.id}
        licit, *_ = [each for each in page.buttons if "Licite" in each.text]
        await office.server.click(page, licit).acked()
        await office.server.wait_for(lambda: "À traiter : 2" in read(page))


async def test_a_full_page_is_under_the_limit() -> None:
    async with an_office() as office:
        names = [f"Cabinet {number} " + "é" * 89 for number in range(4)]
        for name in names:
            made = await set_up.add_practice(office.world.ports, Practice(name=name))
            person = CLAIRE
            await set_up.add_practitioner(office.world.ports, made.name, person)
            await office.join(office.claire, office.team, Role.HOLDER, made.name)
        await office.digest(*entries(12))
        page = await office.home(office.claire)
        await office.server.wait_for(lambda: "À traiter : 12" in read(page))
        assert len(page.blocks) <= MOST_VIEW_BLOCKS
        assert "2 autres cabinets" in read(page)
        assert office.world.practice.id == PracticeId(1)


async def test_without_a_home_tab_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with an_office() as office:
        office.server.fail_next("views.publish", 200, "not_enabled")
        office.server.home_opened(office.claire)
        await office.server.wait_for_call("views.publish")
        await office.world.settle()
        assert "home page refused: not_enabled" in caplog.text
        await office.digest(*entries(1))
        await office.seen("☀️")


async def test_the_page_reads_as_it_was_agreed(golden: Golden) -> None:
    async with an_office() as office:
        stranger = office.server.add_user("inconnu")
        pages = [drawn("inconnue", await office.home(stranger))]
        page = await office.home(office.claire)
        pages.append(drawn("vide", page))
        await office.digest(*entries(7))
        await office.home(office.claire)
        await office.server.wait_for(lambda: "À traiter : 7" in read(page))
        pages.append(drawn("au matin", page))
        for label, left in (("⛔ Illicite", "À traiter : 6"), ("✅ Licite", "À traiter : 5")):
            button = next(each for each in page.buttons if each.text == label)
            await office.server.click(page, button).acked()
            await office.server.wait_for(partial(says, page, left))
        office.world.fails(FetchProblem.GONE)
        office.world.clock.move(timedelta(days=2))
        await office.world.tick()
        await office.home(office.paul)
        office.server.home_opened(office.claire)
        await office.server.wait_for(lambda: "agir avant" in read(page))
        pages.append(drawn("deux jours plus tard", page))
        golden.check("slack_home", "\n".join(pages))


def says(page: SlackView, words: str) -> bool:
    return words in read(page)


def drawn(name: str, page: SlackView) -> str:
    """A page as lines: its blocks, and the buttons where they stand."""
    lines = [f"=== {name}"]
    for block in page.blocks:
        if block["type"] == "divider":
            lines.append("--------")
        elif block["type"] == "actions":
            lines.append(" ".join(f"[{each.text}]" for each in buttons([block])))
        else:
            lines.append(words_of(block))
    return "\n".join(lines)
