"""The whole loop in Telegram: the real program, against a server that speaks the Bot API."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.program import TOKEN, Press, Program, running, set_practice_up
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat, SentMessage

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(token=TOKEN) as server:
        yield server


@pytest.fixture
async def press() -> AsyncIterator[Press]:
    async with Press() as press:
        press.publish(
            "Un avis", "Le Dr Claire Lefèvre m'a fait attendre <b>deux heures</b> & plus 😡"
        )
        press.publish("Un arnaqueur", "CLAIRE LEFEVRE est un escroc, fuyez !", days_ago=20)
        press.publish("Un homonyme", "Le Dr Paul Lefèvre, vétérinaire à Marseille, ouvre.")
        press.publish("Autre chose", "Il fera beau demain.")
        yield press


def settings_for(server: TelegramServer) -> dict[str, str]:
    return {
        "VIGIE_TELEGRAM_TOKEN": server.token,
        "VIGIE_TELEGRAM_API_BASE": server.api_base,
        "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
        "VIGIE_DATA_DIR": "data",
    }


def shown(server: TelegramServer, chat: Chat, words: str) -> SentMessage:
    found = [each for each in server.messages(chat) if words in each.text]
    assert len(found) == 1, f"{len(found)} messages say {words!r}"
    return found[0]


async def has(server: TelegramServer, chat: Chat, words: str, times: float = 45) -> SentMessage:
    return await server.wait_for(lambda: shown(server, chat, words), times)


async def test_from_an_invitation_to_a_case(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = server.add_private(41, "Claire")
    async with running(settings, tmp_path) as program:
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue")
        assert "jour" in dict(server.commands["default", "fr"])
        assert server.commands["default", ""]
        assert server.allowed_updates == {"message", "callback_query"}

        server.say(chat, chat.user, "/jour")
        review = await has(server, chat, "deux heures")
        insult = await has(server, chat, "escroc")
        # None that does not name her.
        assert not [each for each in server.messages(chat) if "Paul" in each.text]
        assert not [each for each in server.messages(chat) if "beau demain" in each.text]
        assert review.labels[:3] == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer"]
        assert "m'a fait attendre deux heures & plus 😡" in review.text
        assert "Claire Lefèvre" in review.styled("bold")
        assert review.preview_disabled
        assert review.silent

        tap = server.click(review, "Licite")
        assert (await tap.answer()).text == "✅ Classée licite"
        await server.wait_for(lambda: review.text.startswith("✅ Licite"))
        tap = server.click(review, "Répondre")
        await tap.answer()
        ways = await has(server, chat, "Répondre, ou pas")
        await (server.click(ways, "Préparer une réponse")).answer()
        draft = await has(server, chat, "Projet de réponse")
        assert "secret professionnel" in draft.text
        await (server.click(draft, "Valider")).answer()
        await server.wait_for(lambda: "Réponse validée" in draft.text)
        server.click(draft, "Copier")
        await server.wait_for(
            lambda: [each for each in server.messages(chat) if each.styled("code")]
        )
        server.click(review, "Annuler")
        await server.wait_for(lambda: "À traiter" in review.text)

        await (server.click(insult, "Illicite")).answer()
        case = await has(server, chat, "📂 Dossier 1 —")
        assert "agir avant la fin du" in case.text
        server.click(case, "Pourquoi ces dates")
        await has(server, chat, "Loi du 29")

        # Old buttons work after a restart.
        program.kill()
        await program.restart()
        server.click(review, "Ignorer")
        await server.wait_for(lambda: review.text.startswith("🙈 Ignorée"))
        assert await program.stop() == 0
        assert "Traceback" not in program.said
        assert settings["VIGIE_TELEGRAM_TOKEN"] not in program.said


async def test_an_outsider_gets_nothing(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = server.add_private(41, "Claire")
    stranger = server.add_private(666, "Inconnu")
    async with running(settings, tmp_path) as program:
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue")
        server.say(stranger, stranger.user, f"/start {code}")
        await has(server, stranger, "déjà servi")
        server.say(stranger, stranger.user, "/jour")
        await has(server, stranger, "réservé aux cabinets")
        server.say(stranger, stranger.user, "/start")
        await has(server, stranger, "Bonjour, je suis Vigie")
        assert not any("Tilleuls" in each.text for each in server.messages(stranger))
        await server.wait_for(lambda: "refused: not_invited" in program.said)


async def test_two_people_in_a_group_click_at_once(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=3)
    claire, paul = server.add_private(41, "Claire"), server.add_private(42, "Paul")
    assert claire.user is not None
    assert paul.user is not None
    group = server.add_group("Cabinet", claire.user, paul.user)
    async with running(settings, tmp_path) as program:
        server.say(claire, claire.user, f"/start {codes[0]}")
        await has(server, claire, "bienvenue")
        server.say(group, paul.user, f"/start@vigie_bot {codes[1]}")
        await has(server, group, "maintenant reliée")
        status, said = await program.call("digest", "--now")
        assert status == 0, said
        mine = await has(server, claire, "deux heures")
        ours = await has(server, group, "deux heures")
        first = server.click(mine, "Licite", user=claire.user)
        await first.answer()
        second = server.click(ours, "Illicite", user=paul.user)
        told = (await second.answer()).text
        assert "Déjà classée" in told
        assert "Claire" in told
        await server.wait_for(
            lambda: all(copy.text.startswith("✅ Licite") for copy in (mine, ours))
        )

        # The group becomes a supergroup: what comes next goes there.
        wide = server.migrate(group)
        press.publish("Encore", "Claire Lefèvre encore citée")
        await program.call("poll", "--practice", "Cabinet des Tilleuls")
        await program.call("digest", "--now")
        await has(server, wide, "encore citée")


async def test_somebody_who_blocked_the_bot_does_not_stop_the_others(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=2)
    claire, paul = server.add_private(41, "Claire"), server.add_private(42, "Paul")
    async with running(settings, tmp_path) as program:
        for chat, code in zip((claire, paul), codes, strict=True):
            server.say(chat, chat.user, f"/start {code}")
            await has(server, chat, "bienvenue")
        server.block(paul)
        await program.call("digest", "--now")
        await has(server, claire, "deux heures")
        await server.wait_for(lambda: "channel lost: blocked" in program.said)
        server.unblock(paul)
        server.say(paul, paul.user, "/aide")
        await has(server, paul, "deux heures")


async def test_too_many_requests_are_obeyed_and_nothing_is_lost(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = server.add_private(41, "Claire")
    async with running(settings, tmp_path) as program:
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue")
        server.fail_next(
            "sendMessage", 429, "Too Many Requests: retry after 1", times=2, retry_after=1
        )
        server.fail_next("sendMessage", 500, "Internal Server Error")
        await program.call("digest", "--now")
        await has(server, chat, "deux heures", 60)
        await has(server, chat, "escroc", 60)


async def test_an_api_that_is_down_at_start_is_waited_for(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    (code,) = await set_practice_up(settings, tmp_path, press.url)
    chat = server.add_private(41, "Claire")
    await server.stop()
    async with running(settings, tmp_path) as program:
        while "cannot start" not in program.said:
            await _breathe(program)
        await server.start()
        server.say(chat, chat.user, f"/start {code}")
        await has(server, chat, "bienvenue", 40)


async def _breathe(program: Program) -> None:
    """Let the other process go on; it must still be there."""
    assert program.process is not None
    assert program.process.returncode is None, program.said
    await asyncio.sleep(0.05)


async def test_an_address_is_pasted_looked_at_and_watched(
    server: TelegramServer, press: Press, tmp_path: Path
) -> None:
    settings = settings_for(server)
    codes = await set_practice_up(settings, tmp_path, press.url, roles=2)
    other = f"{press.url}?edition=lille"
    chat, paul = server.add_private(41, "Claire"), server.add_private(42, "Paul")
    assert paul.user is not None
    group = server.add_group("Cabinet", paul.user)
    async with running(settings, tmp_path) as program:
        server.say(chat, chat.user, f"/start {codes[0]}")
        await has(server, chat, "bienvenue")
        server.say(chat, chat.user, "/ajouter")
        asked = await has(server, chat, "Que voulez-vous ajouter")
        assert "✖️ Annuler" in asked.labels
        program.kill()  # the question waits through a restart
        await program.restart()
        server.say(chat, chat.user, other)
        what = await has(server, chat, "Qu’en faire")
        server.click(what, "Surveiller cette adresse")
        preview = await has(server, chat, "La Voix de Lille")
        server.click(preview, "La surveiller")
        await server.wait_for(lambda: "je surveille La Voix de Lille" in preview.text)
        server.say(chat, chat.user, "/sources")
        listed = await has(server, chat, "2 sources surveillées")
        server.click(listed, "2")
        await server.wait_for(lambda: "Prochaine lecture" in listed.text)
        server.click(listed, "Mettre en pause")
        await server.wait_for(lambda: "En pause depuis" in listed.text)

        server.say(group, paul.user, f"/start@vigie_bot {codes[1]}")
        await has(server, group, "maintenant reliée")
        server.say(group, paul.user, "/ajouter")
        asked = await has(server, group, "Que voulez-vous ajouter")
        assert asked.force_reply
        server.say(group, paul.user, "annuler", reply_to=asked)
        await has(server, group, "j’oublie")
        server.say(group, paul.user, "bonjour", reply_to=None)  # not said to us
        assert await program.stop() == 0
        assert "Traceback" not in program.said
