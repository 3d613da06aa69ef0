"""What Slack sends and how it is answered: menu, shortcuts, modals, and everything that fails."""

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters import slack_modals
from bot.core.assessments import Assessment
from bot.core.errors import ChannelProblem, Invalid
from bot.core.files import Offered
from bot.core.messages import Message
from bot.core.people import Actor, Channel, Practice, Role
from bot.ports import eq
from bot.usecases import set_up
from handlers import slack, slack_payloads
from tests.handlers.slack_office import EVENTS, Office, an_office, entries, read
from tests.servers.slack_state import SlackView
from tests.world import an_entry

pytestmark = pytest.mark.timeout(60)

OTHER = "https://autre.example/rss"


def labels(shown: SlackView) -> list[str]:
    return [button.text for button in shown.buttons]


async def ask_for_a_source(office: Office) -> SlackView:
    await office.server.slash(office.claire, office.team, "/vigie", "sources").acked()
    listed = await office.whispered(office.claire, "Aucune source")
    await office.server.click(listed, "Ajouter une source", office.claire).acked()
    return await office.modal(office.claire, "Quelle adresse")


async def test_the_bare_command_is_a_menu_of_what_the_role_may_ask() -> None:
    async with an_office() as office:
        counsel = office.server.add_user("maitre")
        office.team.members.add(counsel.id)
        await office.join(counsel, office.team, Role.COUNSEL)
        await office.server.slash(office.claire, office.team, "/vigie").acked()
        menu = await office.whispered(office.claire, "Que voulez-vous faire")
        assert "➕ Ajouter" in menu.labels
        await office.server.slash(counsel, office.team, "/vigie").acked()
        for_reading = await office.whispered(counsel, "Que voulez-vous faire")
        assert set(menu.labels) - set(for_reading.labels) == {"➕ Ajouter"}
        await office.server.click(menu, "Sources", office.claire).acked()
        await office.server.wait_for(lambda: "Aucune source" in read(menu))
        assert office.server.messages(office.team) == []


async def test_the_menu_opens_a_form_and_brings_what_waits() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        await office.server.slash(office.claire, office.team, "/vigie").acked()
        menu = await office.whispered(office.claire, "Que voulez-vous faire")
        await office.server.click(menu, "Ajouter", office.claire).acked()
        await office.modal(office.claire, "Ajouter")
        before = len(office.server.messages(office.team))
        await office.server.click(menu, "À traiter", office.claire).acked()
        await office.server.wait_for(lambda: len(office.server.messages(office.team)) > before + 1)
        await office.whispered(office.claire, "ci-dessous")


async def test_the_shortcut_of_the_search_bar_takes_an_address_or_a_text() -> None:
    async with an_office() as office:
        await office.server.shortcut(office.claire, slack.ADD).acked()
        modal = await office.modal(office.claire, "Ajouter")
        values = {"content": "Claire Lefèvre m'a fait attendre", "what": "follow"}
        await office.server.submit_view(modal, values).acked()
        proposed = await office.modal(office.claire, "La suivre comme une publication")
        await office.server.click(proposed, "➕ La suivre").acked()
        await office.seen("fait attendre", office.server.open_dm(office.claire))


async def test_a_passage_is_qualified_in_one_modal() -> None:
    async with an_office() as office:
        said = "Claire Lefèvre est un vrai charlatan. Elle était en retard."
        await office.digest(an_entry(1, text=said, title="Cabinet", rating=1.0))
        card = await office.seen("vrai charlatan")
        await office.server.click(card, "Illicite", office.claire).acked()
        case = await office.seen("📂 Dossier 1 —")
        await office.server.click(case, "Qualifier", office.claire).acked()
        listed = await office.whispered(office.claire, "probablement licite")
        await office.server.click(listed, "🔎 1", office.claire).acked()
        modal = await office.modal(office.claire, "« Claire Lefèvre est un vrai charlatan. »")
        assert slack_modals.fields_of(modal.content)[0] == "nature"
        values = {"nature": "opinion", "target": "person", "public": "public"}
        values |= {"identifiable": "yes", "harms": "INJ", "why": "Un mot de mépris."}
        await office.server.submit_view(modal, values).acked()
        await office.seen("— injure publique")
        async with office.world.store.read() as tx:
            (told,) = await tx.find(Assessment)
        assert (told.harms, told.why) == (("INJ",), "Un mot de mépris.")


async def test_a_message_is_followed_by_its_link() -> None:
    async with an_office() as office:
        url = "https://autre.example/rss?a=1&b=2"
        office.world.says(an_entry(1), url=url)
        said = office.server.say(
            office.team, office.paul, "<https://autre.example/rss?a=1&amp;b=2|ici>"
        )
        await office.server.shortcut(office.paul, slack.FOLLOW, said).acked()
        modal = await office.modal(office.paul, "Ajouter")
        await office.server.submit_view(modal, {"what": "watch"}).acked()
        await office.modal(office.paul, "La Voix de Lille")
        await office.server.click(modal, "La surveiller").acked()
        await office.modal(office.paul, "je surveille")
        assert not office.server.messages(office.team)
        assert not office.server.messages(office.server.open_dm(office.paul))


async def test_a_message_is_followed_by_its_words() -> None:
    async with an_office() as office:
        said = office.server.say(office.team, office.paul, "Claire Lefèvre &amp; ses retards")
        await office.server.shortcut(office.paul, slack.FOLLOW, said).acked()
        proposed = await office.modal(office.paul, "La suivre comme une publication")
        await office.server.click(proposed, "➕ La suivre").acked()
        await office.seen("Claire Lefèvre & ses retards", office.server.open_dm(office.paul))
        (mention,) = await office.mentions()
        assert mention.text == "Claire Lefèvre & ses retards"


async def test_more_words_than_a_modal_keeps_are_shown_in_it() -> None:
    async with an_office() as office:
        words = "https://autre.example/1 Claire Lefèvre " + "é" * 2900
        said = office.server.say(office.team, office.paul, words)
        await office.server.shortcut(office.paul, slack.FOLLOW, said).acked()
        modal = await office.modal(office.paul, "Ajouter")
        (field,) = [block for block in modal.blocks if block["block_id"] == "content"]
        assert field["element"]["initial_value"] == words
        await office.server.submit_view(modal, {"what": "follow"}).acked()
        await office.modal(office.paul, "La suivre comme une publication")


@pytest.mark.parametrize(
    ("message", "brought"),
    [
        ({"text": "Vu <https://a.example/1|ici>"}, "Vu https://a.example/1"),
        (
            {
                "text": "Vu",
                "attachments": [{"fallback": "x"}, {"title_link": "https://a.example"}],
            },
            "Vu\nhttps://a.example",
        ),
        ({"text": "", "attachments": [{"from_url": "https://a.example"}]}, "https://a.example"),
        ({"text": None, "attachments": None}, ""),
        ({"text": "Rien &lt;ici&gt;"}, "Rien <ici>"),
    ],
)
def test_what_a_message_brings(message: dict[str, object], brought: str) -> None:
    assert slack_payloads.to_bring(message) == brought


async def test_a_shortcut_of_an_outsider_is_refused_in_its_modal() -> None:
    async with an_office() as office:
        stranger = office.server.add_user("inconnu")
        await office.server.shortcut(stranger, slack.ADD).acked()
        await office.modal(stranger, "réservé")


async def test_of_two_practices_the_shortcut_asks_which() -> None:
    async with an_office() as office:
        other = await set_up.add_practice(office.world.ports, Practice(name="Clinique du Parc"))
        await office.join(office.claire, office.team, Role.HOLDER, other.name)
        await office.server.shortcut(office.claire, slack.ADD).acked()
        which = await office.modal(office.claire, "Pour quel cabinet")
        await office.server.click(which, "Clinique du Parc").acked()
        form = await office.modal(office.claire, "Ajouter")
        assert form is not which
        assert len(office.server.modals(office.claire)) == 2


async def test_what_is_wrong_is_said_under_its_field() -> None:
    async with an_office() as office:
        modal = await ask_for_a_source(office)
        await office.server.submit_view(modal, {"url": "mon site"}).acked()
        await office.server.wait_for(lambda: modal.errors)
        assert list(modal.errors) == ["url"]
        assert modal.is_open


def test_what_is_wrong_with_no_field_is_said_under_the_first() -> None:
    view = {"blocks": [{"type": "section"}, {"type": "input", "block_id": "about"}]}
    assert slack_modals.fields_of(view) == ["about"]


class Slow:
    """A desk that takes its time to take a form."""

    def __init__(self, office: Office) -> None:
        self._submit = office.world.desk.submit
        self.may_go = asyncio.Event()

    async def submit(
        self,
        actor: Actor,
        about: tuple[str, int],
        answers: Mapping[str, str],
        shown: Mapping[str, Offered],
    ) -> Message | Invalid:
        await self.may_go.wait()
        return await self._submit(actor, about, answers, shown)


async def a_slow_form(office: Office, monkeypatch: pytest.MonkeyPatch) -> tuple[SlackView, Slow]:
    modal = await ask_for_a_source(office)
    slow = Slow(office)
    monkeypatch.setattr(office.world.desk, "submit", slow.submit)
    monkeypatch.setattr(slack, "_PATIENCE", 0.01)
    return modal, slow


async def test_a_form_slower_than_slack_waits_in_its_modal_for_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with an_office() as office:
        modal, slow = await a_slow_form(office, monkeypatch)
        office.world.says(an_entry(1), url=OTHER)
        before = len(office.told(office.claire))
        await office.server.submit_view(modal, {"url": OTHER}).acked()
        assert "Un instant" in modal.words
        slow.may_go.set()
        await office.server.wait_for(lambda: "La surveiller" in str(labels(modal)))
        assert len(office.told(office.claire)) == before


async def test_a_slow_form_that_is_wrong_is_shown_again_with_what_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with an_office() as office:
        modal, slow = await a_slow_form(office, monkeypatch)
        await office.server.submit_view(modal, {"url": "mon site"}).acked()
        slow.may_go.set()
        await office.server.wait_for(lambda: "commence par https://" in modal.words)
        (field,) = [block for block in modal.blocks if block["block_id"] == "url"]
        assert field["element"]["initial_value"] == "mon site"
        office.world.says(an_entry(1), url=OTHER)
        slow.may_go.clear()
        await office.server.submit_view(modal, {"url": OTHER}).acked()
        slow.may_go.set()
        await office.server.wait_for(lambda: "La surveiller" in str(labels(modal)))


async def test_a_slow_form_closed_meanwhile_is_answered_in_the_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with an_office() as office:
        modal, slow = await a_slow_form(office, monkeypatch)
        office.world.says(an_entry(1), url=OTHER)
        await office.server.submit_view(modal, {"url": OTHER}).acked()
        office.server.close_view(modal)
        slow.may_go.set()
        answer = await office.whispered(office.claire, "La Voix de Lille")
        assert "📡 La surveiller" in answer.labels


async def test_a_modal_closed_before_it_was_filled_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with an_office() as office:
        page = await office.home(office.claire)
        held = asyncio.Event()
        office.server.delay_next("views.open", held)
        clicked = office.server.click(page, "Ajouter une source")
        await clicked.acked()
        modal = await office.modal(office.claire, "Un instant")
        office.server.close_view(modal)
        held.set()
        await office.server.wait_for_call("views.update")
        ours = [each for each in caplog.records if each.name.startswith(("bot", "handlers"))]
        assert not [each for each in ours if each.levelno >= logging.WARNING]
        assert office.server.modals(office.claire) == []


async def test_an_expired_trigger_is_said_in_words() -> None:
    async with an_office() as office:
        office.server.fail_next("views.open", 200, "expired_trigger_id")
        await office.server.slash(office.claire, office.team, "/vigie", "ajouter").acked()
        await office.whispered(office.claire, "touchez le bouton à nouveau")
        page = await office.home(office.claire)
        office.server.fail_next("views.open", 200, "expired_trigger_id", times=2)
        await office.server.click(page, "Ajouter une source").acked()
        await office.seen("touchez le bouton", office.server.open_dm(office.claire))


async def test_a_double_tap_says_the_same_twice_and_a_second_person_is_told_who() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        card = await office.seen("À traiter")
        licit = card.button("✅ Licite")
        await office.server.click(card, licit, office.claire).acked()
        await office.seen("✅ Licite")
        before = len(office.told(office.claire))
        await office.server.click(card, licit, office.claire).acked()
        await office.server.wait_for(lambda: len(office.told(office.claire)) > before)
        assert "Classée licite" in read(office.told(office.claire)[-1])
        await office.server.click(card, licit, office.paul).acked()
        told = await office.whispered(office.paul, "Déjà classée")
        assert "claire" in told.words


async def test_what_slack_delivers_again_is_not_done_again() -> None:
    async with an_office() as office:
        await office.digest(*entries(1))
        card = await office.seen("À traiter")
        tap = office.server.click(card, "Licite", office.claire)
        await tap.acked()
        await office.seen("✅ Licite")
        await office.server.click(card, "Annuler", office.claire).acked()
        await office.seen("À traiter")
        told = len(office.told(office.claire))
        tap.ack = None
        office.server.socket.redeliver(tap)
        await office.server.wait_for(lambda: tap.ack is not None)
        await office.world.settle()
        assert "À traiter" in card.words
        assert len(office.told(office.claire)) == told
        asked = office.server.dm(office.claire, "start")
        direct = office.server.open_dm(office.claire)
        await office.seen("reliée", direct)
        (event,) = [
            each
            for each in office.server.socket.envelopes
            if each.payload.get("event", {}).get("ts") == asked.ts
        ]
        office.server.socket.redeliver(event)
        await office.server.slash(office.claire, office.team, "/vigie").acked()
        await office.whispered(office.claire, "Que voulez-vous faire")
        assert len(office.server.messages(direct)) == 1


async def test_an_archived_channel_is_put_aside_and_wakes_when_somebody_speaks_there() -> None:
    async with an_office() as office:
        office.server.archive(office.team)
        await office.digest(*entries(1))
        problems = {problem for _, problem in office.world.alarms}
        assert problems == {ChannelProblem.ARCHIVED}
        office.team.is_archived = False
        await office.server.slash(office.claire, office.team, "/vigie", "aide").acked()
        await office.seen("Article 1")


async def test_a_missing_right_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with an_office() as office:
        office.server.scopes.remove("im:write")
        await office.server.shortcut(office.claire, slack.ADD).acked()
        await office.modal(office.claire, "Rien n’est perdu")
        await office.server.slash(office.claire, office.team, "/vigie").acked()
        await office.whispered(office.claire, "Que voulez-vous faire")
        assert "im:write; add it, then reinstall the application" in caplog.text


async def test_a_click_is_acknowledged_though_slack_refuses_what_follows(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with an_office() as office:
        page = await office.home(office.claire)
        office.server.fail_next("conversations.open", 200, "internal_error")
        await office.server.click(page, "Aide").acked()
        await office.home(office.claire)
        assert "slack event lost: Slack: internal_error" in caplog.text


async def test_a_revoked_token_parks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with an_office() as office:
        office.server.token_error = "token_revoked"
        await office.digest(*entries(1))
        assert {problem for _, problem in office.world.alarms} == {ChannelProblem.TOKEN_REVOKED}
        async with office.world.store.read() as tx:
            assert await tx.count(Channel, eq("problem", "")) == 2
        office.server.token_error = ""
        await office.world.live_until(office.world.clock.now() + timedelta(hours=1))
        await office.seen("Article 1")
        assert "xoxb" not in caplog.text


async def test_a_member_who_leaves_the_workspace_stops_nobody() -> None:
    async with an_office() as office:
        await office.home(office.paul)
        direct = office.server.open_dm(office.paul)
        office.server.dm(office.paul, "start")
        await office.seen("reliée", direct)
        office.server.deactivate(office.paul)
        await office.digest(*entries(1))
        await office.seen("Article 1")
        lost = {channel.address for channel, _ in office.world.alarms}
        assert lost == {direct.id}


def test_the_manifest_asks_for_what_the_door_listens_to() -> None:
    manifest = (Path(__file__).parents[2] / "deploy" / "slack-manifest.yaml").read_text("utf-8")
    _, _, asked = manifest.partition("bot_events:\n")
    events = re.findall(r"^ {6}- ([\w.]+)", asked.partition("interactivity")[0], re.MULTILINE)
    assert sorted(events) == sorted(EVENTS)
    shortcuts = re.findall(r"type: (\w+)\s+callback_id: (\w+)", manifest)
    assert shortcuts == [("global", slack.ADD), ("message", slack.FOLLOW)]
    for name, longest in (("name", 24), ("description", 150)):
        for words in re.findall(rf"^ +-? ?{name}: (.+)$", manifest, re.MULTILINE):
            assert len(words) <= longest, words
    assert re.findall(r"command: (/\w+)", manifest) == [slack.COMMAND]
    assert "home_tab_enabled: true" in manifest
    assert "messages_tab_read_only_enabled: false" in manifest
