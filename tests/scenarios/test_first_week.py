"""What a new user lives: the first minutes on a telephone, the first week in a shared channel."""

import re
from functools import partial
from pathlib import Path

import pytest

from bot.adapters.slack import OPTIONAL_SCOPES, REQUIRED_SCOPES
from tests.scenarios.program import PRACTICE, TOKEN, Press, Program, running
from tests.servers.slack_server import SlackServer
from tests.servers.slack_state import SlackMessage
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import SentMessage

WATCH = ("practitioner", "add", "--practice", PRACTICE, "--title", "Dr", "--city", "Lille")
pytestmark = pytest.mark.timeout(300)


async def invited(program: Program, *roles: str) -> list[str]:
    """What whoever installed Vigie types, and the codes it gives."""
    codes = []
    for role in roles:
        status, said = await program.call("invite", "--practice", PRACTICE, "--role", role)
        assert status == 0, said
        found = re.search(r"\bi_[\w-]+", said)
        assert found
        codes.append(found[0])
    return codes


async def test_from_the_invitation_link_to_a_first_digest_on_a_telephone(tmp_path: Path) -> None:
    async with TelegramServer(token=TOKEN) as server, Press() as press:
        press.publish("Un avis", "Le Dr Claire Lefèvre m'a fait attendre deux heures")
        press.publish("Un homonyme", "C. Lefèvre ouvre une boulangerie à Marseille.")
        settings = {
            "VIGIE_TELEGRAM_TOKEN": TOKEN,
            "VIGIE_TELEGRAM_API_BASE": server.api_base,
            "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
            "VIGIE_DATA_DIR": "data",
        }
        status, said = await Program(settings, tmp_path).call("practice", "add", PRACTICE)
        assert status == 0, said
        chat = server.add_private(41, "Claire")

        async def reads(words: str) -> SentMessage:
            def last() -> SentMessage:
                found = [each for each in server.messages(chat) if words in each.text]
                assert found, f"nothing says {words!r}"
                return found[-1]

            return await server.wait_for(last, 20)

        async with running(settings, tmp_path) as program:
            (code,) = await invited(program, "titulaire")
            server.say(chat, chat.user, f"/start {code}")
            hello = await reads("bienvenue")
            server.click(hello, "Voir un exemple")
            sample = await reads("Exemple de résumé")
            server.click(sample, "Licite")
            await server.wait_for(lambda: "traité 1/2" in sample.text)
            server.click(hello, "Commencer")
            await reads("Quel nom")
            server.say(chat, chat.user, "dr lefèvre claire")
            server.click(await reads("écritures"), "C’est bon")
            await reads("profession")
            server.say(chat, chat.user, "chirurgienne-dentiste")
            await reads("quelle ville")
            server.say(chat, chat.user, "Lille")
            server.click(await reads("s’appelle le cabinet"), "Passer")
            server.click(await reads("À quelle heure"), "7 h 30")
            server.click(await reads("Quels jours"), "Du lundi au samedi")
            await reads("première adresse")
            server.say(chat, chat.user, press.url)
            ready = await reads("C’est prêt")
            assert "Dr Claire Lefèvre" in ready.text
            assert "La Voix de Lille" in ready.text
            server.click(ready, "Résumé maintenant")
            card = await reads("deux heures")
            assert card.labels[:3] == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer"]
            assert not [each for each in server.messages(chat) if "boulangerie" in each.text]
            assert await program.stop() == 0
            assert "Traceback" not in program.said


async def test_three_members_triage_a_week_of_two_practitioners_in_one_channel(
    tmp_path: Path,
) -> None:
    slack = SlackServer(
        bot_token="xoxb-week",
        app_token="xapp-week",
        events={"message.im", "app_home_opened"},
        scopes=(*REQUIRED_SCOPES, *OPTIONAL_SCOPES),
    )
    async with slack as server, Press() as press:
        settings = {
            "VIGIE_SLACK_BOT_TOKEN": "xoxb-week",
            "VIGIE_SLACK_APP_TOKEN": "xapp-week",
            "VIGIE_SLACK_API_BASE": server.api_base,
            "VIGIE_FETCH_ALLOW_NETS": "127.0.0.0/8",
            "VIGIE_DATA_DIR": "data",
        }
        program = Program(settings, tmp_path)
        for command in (
            ("practice", "add", PRACTICE),
            (*WATCH, "--given", "Claire", "--family", "Lefèvre"),
            (*WATCH, "--given", "Jean-Marc", "--family", "Delattre"),
            ("source", "add", press.url, "--practice", PRACTICE),
        ):
            status, said = await program.call(*command)
            assert status == 0, said
        people = [server.add_user(name, name.title()) for name in ("claire", "marc", "nadia")]
        claire, marc, nadia = people
        team = server.add_channel("cabinet", *people)

        async def reads(words: str) -> SlackMessage:
            def last() -> SlackMessage:
                found = [each for each in server.messages(team) if words in each.words]
                assert found, f"nothing says {words!r}"
                return found[-1]

            return await server.wait_for(last, 20)

        async def day(*texts: str) -> None:
            """What is published one day, read and brought."""
            for text in texts:
                press.publish(text.split(",")[0], text, days_ago=0.1)
            for command in (("poll", "--practice", PRACTICE), ("digest", "--now")):
                status, said = await program.call(*command)
                assert status == 0, said

        async with running(settings, tmp_path) as program:
            codes = await invited(program, "titulaire", "associé", "secrétaire")
            await server.wait_for(lambda: server.socket.connections, 20)
            for person, code in zip(people, codes, strict=True):
                await server.slash(person, team, "/vigie", code).acked()
                await server.wait_for(partial(server.ephemerals, person), 20)

            await day(
                "Lundi un, le Dr Claire Lefèvre m'a fait attendre une heure",
                "Lundi deux, le Dr Jean-Marc Delattre est charmant",
            )
            header = await reads("2 publications")
            first, second = await reads("une heure"), await reads("charmant")
            assert first.thread_ts == second.thread_ts == header.ts  # one notification
            await server.click(first, "Licite", claire).acked()
            await server.wait_for(lambda: "traité 1/2" in header.words)
            await server.click(second, "Ignorer", marc).acked()
            await server.wait_for(lambda: "traité 2/2" in header.words)

            await day(
                "Mercredi un, Claire Lefèvre est un escroc notoire",
                "Mercredi deux, Jean-Marc Delattre à Lille, avis mitigé",
            )
            insult, mixed = await reads("escroc notoire"), await reads("avis mitigé")
            await server.click(insult, "Illicite", nadia).acked()
            await reads("📂 Dossier 1")
            await server.choose(mixed, "menu", "👉 Confier", nadia).acked()
            modal = await server.wait_for(lambda: server.modal(nadia))
            await server.wait_for(lambda: "À qui" in modal.words)
            options = modal.blocks[0]["element"]["options"]
            (to_marc,) = [
                each["value"] for each in options if each["text"]["text"].lower() == "marc"
            ]
            await server.submit_view(modal, {"member": to_marc}).acked()
            await server.wait_for(lambda: "confiée à marc" in mixed.words.lower())
            await server.click(mixed, "Licite", marc).acked()
            await server.wait_for(lambda: mixed.words.startswith("✅ Licite"))

            await server.slash(claire, team, "/vigie", "dossiers").acked()
            await server.wait_for(
                lambda: [each for each in server.ephemerals(claire) if "1 dossier" in each.words]
            )
            states = [each.words.split(" —")[0] for each in (first, second, insult, mixed)]
            assert states == ["✅ Licite", "🙈 Ignorée", "⛔ Illicite", "✅ Licite"]
            assert await program.stop() == 0
            assert "Traceback" not in program.said
