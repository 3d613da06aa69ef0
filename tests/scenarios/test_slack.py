"""The same loop in Slack: the real program over Socket Mode, against a server that speaks it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.slack import OPTIONAL_SCOPES, REQUIRED_SCOPES
from tests.scenarios.program import Press, running, set_practice_up
from tests.servers.slack_server import SlackServer
from tests.servers.slack_state import SlackChannel, SlackMessage, SlackUser

pytestmark = pytest.mark.timeout(120)

BOT, APP = "xoxb-scenario", "xapp-scenario"
EVENTS = {"message.im", "app_home_opened"}
"""What the manifest subscribes to."""


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    scopes = (*REQUIRED_SCOPES, *OPTIONAL_SCOPES)
    server = SlackServer(bot_token=BOT, app_token=APP, events=EVENTS, scopes=scopes)
    async with server:
        yield server


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    async with Press() as press:
        press.publish(
            "Un avis", "Le Dr Claire Lefèvre m'a fait attendre <b>deux heures</b> & plus"
        )
        press.publish("Attaque", "CLAIRE LEFEVRE est un escroc <!channel> *fuyez* !", days_ago=20)
        press.publish("Un homonyme", "Le Dr Paul Lefèvre, vétérinaire à Marseille, ouvre.")
        yield press


def settings_for(server: SlackServer) -> dict[str, str]:
    return {
        "VIGIE_SLACK_BOT_TOKEN": BOT,
        "VIGIE_SLACK_APP_TOKEN": APP,
        "VIGIE_SLACK_API_BASE": server.api_base,
        "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
        "VIGIE_DATA_DIR": "data",
    }


async def has(
    server: SlackServer, channel: SlackChannel, words: str, times: float = 45
) -> SlackMessage:
    def shown() -> SlackMessage:
        found = [each for each in server.messages(channel) if words in each.words]
        assert len(found) == 1, f"{len(found)} messages say {words!r}"
        return found[0]

    return await server.wait_for(shown, times)


def shown_home(server: SlackServer, user: SlackUser) -> str:
    """What somebody reads on their home page."""
    page = server.home(user)
    return page.words if page is not None else ""


async def test_a_practice_works_in_its_channel(
    server: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=2)
    claire, paul = server.add_user("claire", "Claire L."), server.add_user("paul", "Paul M.")
    stranger = server.add_user("inconnu", "Inconnu")
    team = server.add_channel("cabinet", claire, paul, stranger)
    async with running(settings, tmp_path) as program:
        await server.wait_for(lambda: server.socket.connections, 20)
        await server.slash(claire, team, "/vigie", codes[0]).acked()
        await server.wait_for(
            lambda: [
                each for each in server.ephemerals(claire) if "maintenant reliée" in each.words
            ]
        )
        await server.slash(paul, team, "/vigie", codes[1]).acked()
        await server.wait_for(
            lambda: [each for each in server.ephemerals(paul) if "bienvenue" in each.words]
        )
        await server.slash(stranger, team, "/vigie", "jour").acked()
        await server.wait_for(
            lambda: [each for each in server.ephemerals(stranger) if "réservé" in each.words]
        )

        status, said = await program.call("digest", "--now")
        assert status == 0, said
        review = await has(server, team, "deux heures")
        attack = await has(server, team, "escroc <!channel> *fuyez*")
        assert not [each for each in server.messages(team) if "Paul Lefèvre" in each.words]
        assert review.labels[:3] == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer"]
        assert "<!channel>" not in attack.text  # the notification obeys nothing either
        assert review.metadata
        header = await has(server, team, "traité 0/2")
        assert review.thread_ts == attack.thread_ts == header.ts
        server.home_opened(claire)
        await server.wait_for(lambda: "Cabinet des Tilleuls" in shown_home(server, claire))

        first = server.click(review, "Licite", claire)
        await first.acked()
        assert first.latency is not None
        await server.wait_for(lambda: review.words.startswith("✅ Licite"))
        await server.wait_for(lambda: "par claire" in shown_home(server, claire))
        stale = server.click(attack, "Illicite", stranger)
        await stale.acked()
        await server.wait_for(
            lambda: (
                len([each for each in server.ephemerals(stranger) if "réservé" in each.words]) == 2
            )
        )
        assert "À traiter" in attack.words

        await server.click(review, "Répondre", paul).acked()
        ways = await server.wait_for(
            lambda: [each for each in server.ephemerals(paul) if "ou pas" in each.words]
        )
        await server.click(ways[0], "Préparer une réponse", paul).acked()
        await has(server, team, "Projet de réponse")
        await server.click(attack, "Illicite", paul).acked()
        case = await has(server, team, "📂 Dossier 1 —")
        assert "agir avant la fin du" in case.words
        await server.click(case, "Pourquoi ces dates", paul).acked()
        await server.wait_for(
            lambda: [each for each in server.ephemerals(paul) if "Loi du 29" in each.words]
        )
        await server.click(review, "Annuler", claire).acked()
        await server.wait_for(lambda: "À traiter" in review.words)
        assert await program.stop() == 0
        assert "Traceback" not in program.said
        assert BOT not in program.said


async def test_two_people_click_at_once(server: SlackServer, press: Press, tmp_path: Path) -> None:
    settings = settings_for(server)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=2)
    claire, paul = server.add_user("claire", "Claire L."), server.add_user("paul", "Paul M.")
    team = server.add_channel("cabinet", claire, paul)
    async with running(settings, tmp_path) as program:
        await server.wait_for(lambda: server.socket.connections, 20)
        for person, code in zip((claire, paul), codes, strict=True):
            await server.slash(person, team, "/vigie", code).acked()
        await server.wait_for(lambda: all(map(server.ephemerals, (claire, paul))))
        await program.call("digest", "--now")
        review = await has(server, team, "deux heures")
        stale = review.button("Illicite")
        await server.click(review, "Licite", claire).acked()
        await server.wait_for(lambda: review.words.startswith("✅ Licite"))
        await server.click(review, stale, paul).acked()
        told = await server.wait_for(
            lambda: [each for each in server.ephemerals(paul) if "Déjà classée" in each.words]
        )
        assert "claire" in told[0].words


async def test_a_code_in_a_direct_message_links_a_person(
    server: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    claire = server.add_user("claire", "Claire L.")
    async with running(settings, tmp_path):
        await server.wait_for(lambda: server.socket.connections, 20)
        server.dm(claire, code)
        direct = server.open_dm(claire)
        await has(server, direct, "bienvenue")
        server.dm(claire, "jour")
        await has(server, direct, "deux heures")


async def test_killed_between_a_message_and_its_answer_it_repeats_nothing(
    server: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    claire = server.add_user("claire", "Claire L.")
    team = server.add_channel("cabinet", claire)
    async with running(settings, tmp_path) as program:
        await server.wait_for(lambda: server.socket.connections, 20)
        await server.slash(claire, team, "/vigie", code).acked()
        await server.wait_for(lambda: server.ephemerals(claire))
        server.before_answer("chat.postMessage", lambda: None)
        server.before_answer("chat.postMessage", program.kill)
        server.slash(claire, team, "/vigie", "jour")
        assert program.process is not None
        await program.process.wait()
        await program.start()
        await has(server, team, "deux heures")
        await has(server, team, "escroc")
        await has(server, team, "traité 0/2")


async def test_a_lost_socket_is_opened_again(
    server: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    claire = server.add_user("claire", "Claire L.")
    team = server.add_channel("cabinet", claire)
    async with running(settings, tmp_path):
        await server.wait_for(lambda: server.socket.connections, 20)
        server.disconnect_all("refresh_requested")
        await server.wait_for(lambda: len(server.called("apps.connections.open")) >= 2, 30)
        await server.wait_for(lambda: server.socket.connections, 20)
        await server.slash(claire, team, "/vigie", code).acked()
        await server.wait_for(lambda: server.ephemerals(claire))


async def test_an_archived_channel_and_a_rate_limit_lose_nothing(
    server: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=2)
    claire = server.add_user("claire", "Claire L.")
    team, old = server.add_channel("cabinet", claire), server.add_channel("ancien", claire)
    async with running(settings, tmp_path) as program:
        await server.wait_for(lambda: server.socket.connections, 20)
        for place, code in zip((team, old), codes, strict=True):
            await server.slash(claire, place, "/vigie", code).acked()
        await server.wait_for(lambda: len(server.ephemerals(claire)) >= 2)
        server.archive(old)
        server.fail_next("chat.postMessage", 429, "ratelimited", retry_after=1)
        await program.call("digest", "--now")
        await has(server, team, "deux heures", 40)
        await has(server, team, "escroc", 40)
        await server.wait_for(lambda: "channel lost: archived" in program.said)


async def test_a_source_is_added_in_a_modal_and_managed_where_only_the_asker_sees(
    server: SlackServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    claire = server.add_user("claire", "Claire L.")
    team = server.add_channel("cabinet", claire)
    async with running(settings, tmp_path) as program:
        await server.wait_for(lambda: server.socket.connections, 20)
        await server.slash(claire, team, "/vigie", code).acked()
        await server.wait_for(lambda: server.ephemerals(claire))
        await server.slash(claire, team, "/vigie", "ajouter").acked()
        modal = await server.wait_for(lambda: server.modal(claire))
        assert "Que voulez-vous ajouter" in modal.words
        await server.submit_view(modal, {"content": "mon site", "what": "watch"}).acked()
        await server.wait_for(lambda: modal.errors)
        answers = {"content": f"{press.url}?edition=lille", "what": "watch"}
        await server.submit_view(modal, answers).acked()

        def said(words: str) -> SlackMessage:
            found = [each for each in server.ephemerals(claire) if words in each.words]
            assert found, f"nothing says {words!r}"
            return found[-1]

        preview = await server.wait_for(lambda: said("La surveiller"))
        assert not server.modals(claire)
        await server.click(preview, "La surveiller", claire).acked()
        await server.wait_for(lambda: "je surveille La Voix de Lille" in preview.words)
        await server.slash(claire, team, "/vigie", "sources").acked()
        listed = await server.wait_for(lambda: said("2 sources surveillées"))
        await server.click(listed, "2", claire).acked()
        await server.wait_for(lambda: "Prochaine lecture" in listed.words)
        remove = listed.button("Retirer")
        assert remove.confirm
        await server.click(listed, remove, claire).acked()
        await server.wait_for(lambda: "Je ne surveille plus" in listed.words)
        await server.slash(claire, team, "/vigie", "sources").acked()
        listed = await server.wait_for(lambda: said("1 source surveillée"))
        await server.click(listed, "Ajouter une source", claire).acked()
        modal = await server.wait_for(lambda: server.modal(claire))
        await server.wait_for(lambda: "Quelle adresse" in modal.words)
        assert not server.messages(team)
        assert await program.stop() == 0
        assert "Traceback" not in program.said
