import asyncio
import errno
import json
import os
import re
import shutil
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web as aioweb
from typer.core import TyperGroup

from bot import __version__
from bot.__main__ import LOCALE, speak_french
from bot.adapters.clock import SystemClock
from bot.adapters.slack import FILE_SCOPES, OPTIONAL_SCOPES, REQUIRED_SCOPES
from bot.app import only_sender, open_house
from bot.cli.boundary import start
from bot.cli.failures import explain
from bot.cli.french import usage_error
from bot.cli.program import build
from bot.config import load
from bot.core.people import Actor, Platform, Role
from bot.usecases import set_up
from tests.servers.telegram_server import TelegramServer
from tests.servers.telegram_state import Chat
from tests.servers.web import Answer, Web

ROOT = Path(__file__).resolve().parents[1]
HOME = "Cabinet des Tilleuls"
FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>La Voix de Lille</title>
<item><guid>1</guid><link>https://presse.example/1</link><pubDate>{date}</pubDate>
<title>[red]Le Dr Claire Lefèvre[/] &#x202E; inaugure son cabinet à Lille</title>
<description>Claire Lefèvre, dentiste à Lille, a ouvert son cabinet hier.</description></item>
<item><guid>2</guid><link>https://presse.example/2</link><pubDate>{date}</pubDate>
<title>La météo de demain</title><description>Il fera beau partout.</description></item>
</channel></rss>"""


@dataclass(frozen=True)
class Told:
    """What a command said and left with."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """The output with plain spaces and apostrophes."""
        return _plain(self.out)

    @property
    def complaint(self) -> str:
        return _plain(self.err)

    @property
    def json(self) -> Any:
        assert not self.err
        return json.loads(self.out)


def _plain(text: str) -> str:
    return re.sub("[\u00a0\u202f]", " ", text).replace("\u2019", "'")


Vigie = Callable[..., Awaitable[Told]]


@pytest.fixture(autouse=True)
def _in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    speak_french()


@pytest.fixture
def vigie(capsys: pytest.CaptureFixture[str]) -> Vigie:
    """Runs the real command line, in a thread because it starts a loop of its own."""

    async def run(*arguments: str) -> Told:
        capsys.readouterr()
        code = await asyncio.to_thread(start, arguments)
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    return run


@pytest.fixture
async def web(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    """A site with a feed, that the settings allow."""
    monkeypatch.setenv("VIGIE_FETCH_ALLOW_NETS", "127.0.0.0/8")
    yesterday = format_datetime(SystemClock().now() - timedelta(days=1))
    async with Web() as site:
        site.answers["/rss"] = Answer(FEED.format(date=yesterday).encode())
        yield site


@pytest.fixture
async def home(vigie: Vigie, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A practice with somebody to watch over; its folder is made once, then copied."""
    kept = tmp_path_factory.getbasetemp() / "kept_home"
    if kept.exists():
        shutil.copytree(kept, "var")
        return HOME
    assert (await vigie("practice", "add", HOME)).code == 0
    added = await vigie(
        *("practitioner", "add", "--practice", HOME, "--title", "Dr", "--given", "Claire"),
        *("--family", "Lefèvre", "--city", "Lille", "--profession", "dentiste"),
    )
    assert added.code == 0
    shutil.copytree("var", kept)
    return HOME


def real(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        env=_environment(**environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    return kept | {"PYTHONPATH": str(ROOT), "LANGUAGE": "de", "LC_ALL": "C.UTF-8"} | more


# The program itself.


async def test_it_says_its_version(vigie: Vigie) -> None:
    assert await vigie("--version") == Told(0, f"vigie {__version__}\n", "")


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_asking_about_it_imports_no_heavy_library(argument: str, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom bot.__main__ import main\n"
        f"sys.argv = ['vigie', {argument!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = {'telegram', 'slack_sdk', 'slack_bolt', 'sqlalchemy', 'aiohttp', 'pydantic',"
        " 'jinja2', 'holidays', 'apscheduler'}\n"
        "sys.exit(f'{code} {sorted(heavy & set(sys.modules))}')"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == "0 []"


def _paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _paths(child, (*path, name))


_ENGLISH = re.compile(
    r"\b(usage:|show|this|message|exit|commands?|required|default|error|missing|the|and|of|with|"
    r"argument\(s\)|args|text|str|int|bool|boolean|list\[|dynamic|env var|deprecated|try ')\b",
    re.IGNORECASE,
)
_OUR_NAMES = re.compile(
    r"vigie [a-z ]+|--[a-z-]+|message-auteur|^. (?:law|add|remove|try|list)\b", re.MULTILINE
)


@pytest.mark.parametrize("path", list(_paths(build())), ids=" ".join)
async def test_the_help_of_every_command_is_french(path: tuple[str, ...], vigie: Vigie) -> None:
    told = await vigie(*path, "--help")
    assert told.code == 0
    assert " ".join(("Usage : vigie", *path)) in told.words
    assert "Montrer cette aide." in told.words
    shown = _OUR_NAMES.sub("", told.words)
    assert not _ENGLISH.findall(shown)


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    folder = LOCALE / "fr" / "LC_MESSAGES"
    written: dict[str, str] = {}
    for block in (folder / "vigie.po").read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        fields: dict[str, str] = {}
        name = ""
        for line in lines:
            name = line.partition(" ")[0] if not line.startswith('"') else name
            quoted = line[line.index('"') :]
            fields[name] = fields.get(name, "") + json.loads(quoted)
        key = "\0".join(fields[each] for each in ("msgid", "msgid_plural") if each in fields)
        written[key] = "\0".join(fields[each] for each in fields if each.startswith("msgstr"))
    compiled = (folder / "vigie.mo").read_bytes()
    magic, _, count, keys, values = struct.unpack_from("<5I", compiled)

    def at(table: int, place: int) -> str:
        length, offset = struct.unpack_from("<2I", compiled, table + 8 * place)
        return compiled[offset : offset + length].decode()

    assert magic == 0x950412DE
    assert {at(keys, each): at(values, each) for each in range(count)} == written
    assert all(written.values())


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nope", "La commande 'nope' n'existe pas."),
        ("polll", "La commande polll n'existe pas. Vouliez-vous dire poll ?"),
        ("source nope", "La commande 'nope' n'existe pas."),
        ("practice add", "Il manque NOM."),
        ("invite", "Il manque --practice."),
        ("practice add a b", "C'est un argument de trop : b."),
        ("law --nope", "L'option --nope n'existe pas."),
        ("poll --practise x", "L'option --practise n'existe pas. Vouliez-vous dire --practice ?"),
        ("poll --practice", "L'option --practice attend une valeur."),
        ("law --json=1", "L'option --json n'attend pas de valeur."),
        ("source add http://x --practice x --every soon", "--every attend un nombre entier."),
    ],
)
async def test_a_misuse_is_told_in_french_with_the_way_to_the_help(
    typed: str, sentence: str, vigie: Vigie
) -> None:
    told = await vigie(*typed.split())
    assert (told.code, told.out) == (2, "")
    assert sentence in told.complaint
    assert not _ENGLISH.findall(_OUR_NAMES.sub("", told.complaint))


async def test_alone_it_shows_its_help(vigie: Vigie) -> None:
    told = await vigie()
    assert told.code == 2
    assert "vigie demo" in told.words


def test_what_a_library_says_in_other_words_is_told_as_it_is() -> None:
    assert usage_error("Something else.") == ("as_told", {"said": "Something else."})
    assert usage_error("Invalid value for 'X': no.") == ("invalid_value", {"name": "X"})


# The law.


async def test_a_date_of_the_law_is_explained(vigie: Vigie) -> None:
    told = await vigie("deadline", "PRESSE_3M", "2026-09-25")
    assert told.code == 0
    assert "avant la fin du jeudi 24 décembre 2026" in told.words
    assert "Le vendredi 25 décembre 2026 est férié : Noël." in told.words
    assert "Source : Loi du 29 juillet 1881, art. 65" in told.words
    assert "source lue" in told.words
    assert "N'arrêtent pas ce délai : un signalement à la plateforme" in told.words


async def test_a_date_of_the_law_for_a_program(vigie: Vigie) -> None:
    found = (await vigie("deadline", "PRESSE_3M", "25/09/2026", "--json")).json
    explanation = found.pop("explanation")
    assert "Noël" in explanation
    assert "Source" in explanation
    sources = found.pop("sources")
    assert len(sources) == 4
    assert all(source in explanation for source in sources)
    assert found == {
        "rule": "PRESSE_3M",
        "start": "2026-09-25",
        "territory": "metro",
        "strict_end": "2026-12-25",
        "extended_end": "2026-12-25",
        "binds": "us",
        "act_by": "2026-12-24",
        "bars_action": True,
        "is_legal": True,
        "read_at": [
            "loi1881.fr/prescription-diffamation-injure-3-mois",
            "seban-associes.avocat.fr (18/12/2014)",
            "legipresse.com/011-42675",
            "legipresse.com/011-39292",
        ],
        "confidence": "sourced",
    }


async def test_what_no_source_confirms_says_so(vigie: Vigie) -> None:
    assert "— à confirmer." in (await vigie("deadline", "CIVIL_5ANS", "2026-09-25")).words
    assert "— à confirmer." not in (await vigie("deadline", "RGPD_1M", "2026-09-25")).words


async def test_a_date_of_our_own_choice_never_looks_like_the_law(vigie: Vigie) -> None:
    told = await vigie("deadline", "HOTE_RELANCE_7J", "2026-11-23")
    assert "Aucun délai légal : cette date est un repère" in told.words
    assert "relancer à partir du mardi 1er décembre 2026" in told.words
    assert "leur silence est certain" not in told.words
    found = await vigie("deadline", "HOTE_RELANCE_7J", "2026-11-23", "--json")
    assert found.json["is_legal"] is False


async def test_a_step_that_no_time_limit_binds_has_no_date(vigie: Vigie) -> None:
    told = await vigie("deadline", "cnil_plainte", "2026-11-23")
    assert told.code == 0
    assert "aucun délai pour la déposer" in told.words
    found = (await vigie("deadline", "CNIL_PLAINTE", "2026-11-23", "--json")).json
    assert (found["step"], found["time_limit"]) == ("CNIL_PLAINTE", None)


async def test_what_binds_the_others_is_certain_from_a_day(vigie: Vigie) -> None:
    told = await vigie("deadline", "rgpd_1m", "2026-09-25", "--territory", "reunion", "--json")
    assert told.json["binds"] == "them"
    assert told.json["territory"] == "974"
    assert told.json["certain_from"] == "2026-10-27"
    assert "act_by" not in told.json
    shown = await vigie("deadline", "RGPD_1M", "2026-09-25")
    assert "leur silence est certain à partir du mardi 27 octobre 2026" in shown.words
    assert "prolongé jusqu'au lundi 26 octobre 2026" in shown.words


async def test_the_rules_are_shown(vigie: Vigie) -> None:
    told, found = await vigie("law"), (await vigie("law", "--json")).json
    assert {rule["rule"] for rule in found["rules"]} >= {"PRESSE_3M", "RGPD_1M"}
    for rule in found["rules"]:
        assert rule["rule"] in told.words
        assert rule["title"] in told.out
        assert rule["sources"]
    assert {step["step"] for step in found["steps"]} >= {"CNIL_PLAINTE"}
    assert "Ancienne version, en vigueur du 22 juin 2004 au 22 mai 2024" in told.words
    assert "prescription de la presse · jamais prolongé · délai légal" in told.words
    assert told.words.count("— à confirmer.") == 9


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("NOPE 2026-01-01", "Règle inconnue : « NOPE ». Choix possibles : PRESSE_3M"),
        ("PRESSE_3M 2026-13-01", "Date illisible : « 2026-13-01 »"),
        ("PRESSE_3M 31/02/2026", "Date illisible : « 31/02/2026 »"),
        ("PRESSE_3M 9999-12-31", "Date illisible : « 9999-12-31 »"),
        ("PRESSE_3M 2026-01-01 --territory Mars", "Territoire inconnu : « Mars »"),
        ("RGPD_1M 2010-01-01", "La règle RGPD_1M n'était pas en vigueur le vendredi 1er janvier"),
    ],
)
async def test_a_date_that_cannot_be_told_is_refused(
    typed: str, sentence: str, vigie: Vigie
) -> None:
    told = await vigie("deadline", *typed.split())
    assert (told.code, told.out) == (1, "")
    assert sentence in told.complaint


# Practices, people, sources: the story.


async def test_from_a_new_address_to_what_is_new_there(vigie: Vigie, web: Web, home: str) -> None:
    url = web.url("/rss")
    tried = await vigie("source", "try", url, "--practice", home)
    assert "Flux : La Voix de Lille" in tried.words
    assert "2 publications, dont :" in tried.words
    assert "1 sur Dr Claire Lefèvre" in tried.words
    assert (await vigie("source", "list")).words.startswith("Aucune adresse n'est surveillée.")

    added = await vigie("source", "add", url, "--practice", home, "--every", "600")
    assert "Je surveille cette adresse, environ toutes les 10 minutes" in added.words
    assert "pas encore lue" in (await vigie("source", "list", "--practice", home)).words

    polled = await vigie("poll")
    assert "1 source lue, 2 publications parcourues : 1 nouvelle vous concerne." in polled.words
    assert "Aucune source n'est à lire maintenant." in (await vigie("poll")).words
    again = await vigie("poll", "--practice", home)
    assert "rien de nouveau ne vous concerne" in again.words

    removed = await vigie("source", "remove", url, "--practice", home)
    assert "Je ne surveille plus La Voix de Lille." in removed.words
    assert (await vigie("source", "list", "--json")).json == []


async def test_from_what_is_new_to_the_first_digest(
    vigie: Vigie, web: Web, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    await vigie("poll")
    assert "aucune conversation n'est reliée" in (await vigie("digest", "--now")).words
    async with TelegramServer() as telegram:
        monkeypatch.setenv("VIGIE_TELEGRAM_TOKEN", telegram.token)
        monkeypatch.setenv("VIGIE_TELEGRAM_API_BASE", telegram.api_base)
        await _come_in(home, telegram)
        early = await vigie("digest")
        assert "ce n'est pas l'heure, prochain résumé le" in early.words
        made = await vigie("digest", "--practice", home, "--now")
        assert "résumé préparé." in made.words
        assert "2 messages envoyés." in made.words
        assert "Le Dr Claire Lefèvre" in str(
            [call.params for call in telegram.calls if call.method.lower() == "sendmessage"]
        )
        assert "Aucun rappel n'est à envoyer" in (await vigie("remind")).words


async def _come_in(practice: str, telegram: TelegramServer) -> Chat:
    """Somebody joins from a private conversation on Telegram; gives it."""
    chat = telegram.add_private(42, "Claire")
    assert chat.user is not None
    async with open_house(load()) as house:
        code = await set_up.invite(house.ports, practice, Role.HOLDER)
        name, address = str(chat.user.id), str(chat.id)
        actor = Actor(Platform.TELEGRAM, name, "Claire", address, is_private=True)
        await set_up.join(house.ports, actor, code)
    return chat


async def test_what_was_read_is_never_interpreted(vigie: Vigie, web: Web, home: str) -> None:
    tried = await vigie("source", "try", web.url("/rss"), "--practice", home)
    assert "[red]Le Dr Claire Lefèvre[/]" in tried.words
    assert "\u202e" not in tried.out
    assert "\x1b" not in tried.out


async def test_facts_are_told_to_programs_too(vigie: Vigie, web: Web, home: str) -> None:
    url = web.url("/rss")
    tried = (await vigie("source", "try", url, "--practice", home, "--json")).json
    assert (tried["kind"], tried["title"], len(tried["items"])) == ("feed", "La Voix de Lille", 2)
    assert [match["practitioner"] for match in tried["matches"]] == ["Dr Claire Lefèvre"]
    await vigie("source", "add", url, "--practice", home)
    (source,) = (await vigie("source", "list", "--json")).json
    assert (source["practice"], source["url"], source["every_seconds"]) == (home, url, 900)
    (practice,) = (await vigie("practice", "list", "--json")).json
    assert (practice["name"], practice["practitioners"], practice["sources"]) == (home, 1, 1)
    (person,) = (await vigie("practitioner", "list", "--json")).json
    assert (person["family"], person["city"]) == ("Lefèvre", "Lille")


async def test_a_practice_has_its_hours_its_days_and_its_territory(vigie: Vigie) -> None:
    told = await vigie(
        *("practice", "add", "Cabinet du Port", "--timezone", "Indian/Reunion"),
        *("--territory", "La Réunion", "--digest-at", "8h05", "--days", "lun,mer,ven-dim"),
    )
    assert told.code == 0
    assert "Résumé à 08:05" in told.words
    await vigie("practice", "add", "Tous les jours", "--days", "tous", "--digest-at", "18:30")
    await vigie("practice", "add", "Fin de semaine", "--days", "samedi-lun")
    practices = {each["name"]: each for each in (await vigie("practice", "list", "--json")).json}
    port = practices["Cabinet du Port"]
    assert (port["territory"], port["timezone"]) == ("974", "Indian/Reunion")
    assert (port["digest_at"], port["digest_days"]) == ("08:05", [0, 2, 4, 5, 6])
    assert practices["Tous les jours"]["digest_days"] == list(range(7))
    assert practices["Fin de semaine"]["digest_days"] == [0, 5, 6]
    shown = (await vigie("practice", "list")).words
    assert "lundi, samedi, dimanche" in shown


async def test_people_are_listed_with_what_tells_them_apart(vigie: Vigie, home: str) -> None:
    await vigie(
        *("practitioner", "add", "--practice", home, "--given", "Paul", "--family", "Martin"),
        *("--alias", "Popol", "--alias", "P. M.", "--exclude", "football"),
    )
    told = await vigie("practitioner", "list", "--practice", home)
    assert "Dr Claire Lefèvre · Cabinet des Tilleuls · dentiste · Lille" in told.words
    assert "variantes : Popol, P. M." in told.words
    assert "mots écartés : football" in told.words


async def test_empty_lists_say_how_to_begin(vigie: Vigie) -> None:
    for command in ("practice", "practitioner", "source"):
        told = await vigie(command, "list")
        assert told.code == 0
        assert f"vigie {command} add" in told.words
    assert "vigie practice add" in (await vigie("digest")).words


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("practice", "add", HOME), "« Cabinet des Tilleuls » existe déjà."),
        (("practice", "add", " "), "Il manque un nom."),
        (("practice", "add", "x" * 101), "C'est trop long : 100 caractères au plus."),
        (("practice", "add", "X", "--days", "lun-xyz"), "Jours illisibles : « lun-xyz »."),
        (("practice", "add", "X", "--days", "3"), "Jours illisibles : « 3 »."),
        (("practice", "add", "X", "--days", ","), "Jours illisibles : « , »."),
        (("practice", "add", "X", "--digest-at", "25:00"), "Heure illisible : « 25:00 »."),
        (("practice", "add", "X", "--digest-at", "matin"), "Heure illisible : « matin »."),
        (("practice", "add", "X", "--timezone", "Mars/X"), "Fuseau horaire inconnu : « Mars/X »."),
        (("practice", "add", "X", "--territory", "Y"), "Territoire inconnu : « Y »."),
        (("invite", "--practice", "X"), "Je ne connais pas de cabinet « X »."),
        (("invite", "--practice", HOME, "--role", "chef"), "Rôle inconnu : « chef »."),
        (("poll", "--practice", "X"), "Cabinets enregistrés : Cabinet des Tilleuls."),
        (("digest", "--practice", "X"), "Je ne connais pas de cabinet « X »."),
        (("source", "list", "--practice", "X"), "Je ne connais pas de cabinet « X »."),
        (("source", "remove", "http://x.fr", "--practice", HOME), "n'est pas dans la liste"),
        (("source", "add", "http://x.fr", "--practice", HOME, "--every", "5"), "60 secondes"),
        (("source", "add", "nope", "--practice", HOME), "n'est pas une adresse web"),
        (
            ("practitioner", "add", "--practice", HOME, "--given", "", "--family", "X"),
            "Il manque un nom.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
async def test_a_refusal_is_one_sentence(
    typed: tuple[str, ...], sentence: str, vigie: Vigie, home: str
) -> None:
    told = await vigie(*typed)
    assert (told.code, told.out) == (1, "")
    assert sentence in told.complaint
    assert home


@pytest.mark.parametrize(
    ("path", "sentences"),
    [
        ("/status/404", ["le site répond par une erreur (404)", "dans un navigateur"]),
        ("/status/410", ["le site dit que cette adresse n'existe plus", "Retirez cette source"]),
        ("/plain", ["ce n'est pas un flux", "Copiez l'adresse du flux"]),
    ],
)
async def test_a_source_that_cannot_be_read_is_told_with_a_remedy(
    path: str, sentences: list[str], vigie: Vigie, web: Web, home: str
) -> None:
    web.answers["/plain"] = Answer(b"hello", content_type="text/plain")
    for verb in ("try", "add"):
        told = await vigie("source", verb, web.url(path), "--practice", home)
        assert (told.code, told.out) == (1, "")
        for sentence in sentences:
            assert sentence in told.complaint


async def test_a_private_network_is_not_read(vigie: Vigie, home: str) -> None:
    told = await vigie("source", "try", "http://127.0.0.1:1/", "--practice", home)
    assert told.code == 1
    assert "VIGIE_FETCH_ALLOW_NETS" in told.complaint


async def test_a_source_that_fails_shows_in_the_summary_and_in_the_list(
    vigie: Vigie, web: Web, home: str
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    web.answers["/rss"] = Answer(status=503)
    told = await vigie("poll")
    assert told.code == 0
    assert "La seule source à lire n'a pas pu l'être" in told.words
    assert "rien de nouveau" not in told.words
    assert "La Voix de Lille : le site répond par une erreur (503)." in told.words
    assert "Le site répond par une erreur (503)" in (await vigie("source", "list")).words


async def test_news_nobody_could_read_are_not_told_as_no_news(
    vigie: Vigie, web: Web, home: str
) -> None:
    web.answers["/2"] = web.answers["/rss"]
    for path in ("/rss", "/2"):
        await vigie("source", "add", web.url(path), "--practice", home)
    web.answers["/rss"] = Answer(status=503)
    assert "1 source lue, 2 publications parcourues" in (await vigie("poll")).words
    web.answers["/2"] = Answer(status=503)
    told = await vigie("poll", "--practice", home)
    assert "Aucune des 2 sources à lire n'a pu l'être : je ne sais pas" in told.words
    assert "rien de nouveau" not in told.words
    assert "0 source" not in told.words
    assert told.words.count("erreur (503)") == 2


@pytest.mark.parametrize("level", ["", "info", "warning", "error"])
async def test_a_command_speaks_french_and_logs_in_english_for_who_asked(
    level: str, vigie: Vigie, web: Web, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = web.url("/rss")
    await vigie("source", "add", url, "--practice", home)
    monkeypatch.setenv("VIGIE_LOG_LEVEL", level)
    found = await vigie("poll")
    web.answers["/rss"] = Answer(status=503)
    failed = await vigie("poll", "--practice", home)
    await vigie("digest", "--now")
    assert ("INFO" in found.err) is (level == "info")
    assert ("WARNING" in failed.err) is (level in {"info", "warning"})
    if not level:
        assert found.err + failed.err == ""


async def test_an_error_nothing_else_tells_is_logged(
    vigie: Vigie, web: Web, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    await vigie("poll")
    async with TelegramServer() as telegram:
        monkeypatch.setenv("VIGIE_TELEGRAM_TOKEN", telegram.token)
        monkeypatch.setenv("VIGIE_TELEGRAM_API_BASE", telegram.api_base)
        telegram.block(await _come_in(home, telegram))
        told = await vigie("digest", "--now")
    assert "channel lost: blocked" in told.err
    assert "Traceback" not in told.err


# Invitations and delivery.


async def test_an_invitation_works_in_both_chats(vigie: Vigie, home: str) -> None:
    told = await vigie("invite", "--practice", home, "--role", "associé")
    assert told.code == 0
    code = re.findall(r"i_[\w-]{20,}", told.out)[0]
    assert "comme associé" in told.words
    assert "vaut 7 jours" in told.words
    assert f"/start {code}" in told.words
    assert f"/vigie {code}" in told.words


async def test_an_invitation_has_a_link_and_a_drawing_when_telegram_answers(
    vigie: Vigie, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with TelegramServer(username="vigie_tilleuls_bot") as telegram:
        monkeypatch.setenv("VIGIE_TELEGRAM_TOKEN", telegram.token)
        monkeypatch.setenv("VIGIE_TELEGRAM_API_BASE", telegram.api_base)
        told = await vigie("invite", "--practice", home)
        assert re.search(r"https://t\.me/vigie_tilleuls_bot\?start=i_[\w-]+", told.out)
        assert "\u2584" in told.out
        assert "/vigie i_" not in told.words
        telegram.is_token_revoked = True
        told = await vigie("invite", "--practice", home)
        assert told.code == 0
        assert "je n'ai pas pu demander son nom" in told.words
        assert "t.me" not in told.out


async def test_a_running_robot_is_left_to_deliver(
    vigie: Vigie, web: Web, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    await vigie("poll")
    async with TelegramServer() as telegram:
        await _come_in(home, telegram)
        monkeypatch.setenv("VIGIE_TELEGRAM_TOKEN", telegram.token)
        monkeypatch.setenv("VIGIE_TELEGRAM_API_BASE", telegram.api_base)
        with only_sender(load()):
            told = await vigie("digest", "--now")
        assert told.code == 0
        assert "Le robot tourne déjà : c'est lui qui enverra 2 messages." in told.words
        assert not telegram.calls
        telegram.is_token_revoked = True
        told = await vigie("remind")
        assert told.code == 1
        assert "La messagerie ne répond pas : 2 messages attendent." in told.words
    monkeypatch.delenv("VIGIE_TELEGRAM_TOKEN")
    assert "aucune messagerie n'est réglée" in (await vigie("remind")).words


# What can go wrong around it.


async def test_every_setting_that_is_wrong_is_told_at_once(
    vigie: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_FETCH_INTERVAL", "1")
    monkeypatch.setenv("VIGIE_TIMEZONE", "Nowhere")
    monkeypatch.setenv("VIGIE_TELEGRAM_TOKEN", "secret-that-is-no-token")
    for command in (("run",), ("poll",), ("practice", "list")):
        told = await vigie(*command)
        assert (told.code, told.out) == (2, "")
        lines = told.complaint.splitlines()
        assert [line.split(" : ")[0] for line in lines] == [
            "VIGIE_TIMEZONE",
            "VIGIE_TELEGRAM_TOKEN",
            "VIGIE_FETCH_INTERVAL",
        ]
        assert "60 au moins" in lines[2]
        assert "secret" not in told.err


async def test_it_does_not_run_without_a_chat_and_tells_the_typos(
    vigie: Vigie, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIGIE_TELEGRAM_TOKN", "x")
    (tmp_path / ".env").write_text("VIGIE_SLAK_BOT_TOKEN=x\nOTHER=1\n", encoding="utf-8")
    (tmp_path / "vigie.toml").write_text("wholly_unknown = 1\n", encoding="utf-8")
    told = await vigie("run")
    assert (told.code, told.out) == (2, "")
    assert "VIGIE_TELEGRAM_TOKN : ce réglage n'existe pas" in told.complaint
    assert "Vouliez-vous dire VIGIE_TELEGRAM_TOKEN ?" in told.complaint
    assert "Vouliez-vous dire VIGIE_SLACK_BOT_TOKEN ?" in told.complaint
    assert "VIGIE_WHOLLY_UNKNOWN : ce réglage n'existe pas" in told.complaint
    assert "VIGIE_SLACK_BOT_TOKEN et VIGIE_SLACK_APP_TOKEN" in told.complaint


async def test_two_robots_do_not_share_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {"VIGIE_TELEGRAM_TOKEN": f"1:{'x' * 35}"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with only_sender(load()):
        done = await asyncio.to_thread(lambda: real("run", cwd=tmp_path, **environment))
    assert done.returncode == 1
    assert "Un autre Vigie travaille déjà dans le dossier var." in _plain(done.stderr)
    assert "Traceback" not in done.stderr


async def test_a_folder_that_cannot_be_made_is_told(
    vigie: Vigie, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VIGIE_DATA_DIR", "file/var")
    told = await vigie("poll")
    assert told.code == 1
    assert "Le système refuse : file/var." in told.complaint
    assert "VIGIE_DATA_DIR" in told.complaint


async def test_a_newer_database_is_left_alone(vigie: Vigie, home: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "var" / "vigie.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    told = await vigie("practice", "list")
    assert told.code == 1
    assert "version plus récente" in told.complaint
    assert "Installez la dernière version" in told.complaint
    checked = await vigie("check")
    assert checked.code == 1
    assert "❌ La base de données vient d'une version plus récente" in checked.words
    assert home


async def test_a_file_that_is_no_database_is_told(vigie: Vigie, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o700)
    (tmp_path / "var" / "vigie.db").write_bytes(b"not a database at all" * 100)
    told = await vigie("poll")
    assert told.code == 1
    assert "abîmée" in told.complaint


async def test_our_own_fault_is_a_sentence_and_the_rest_is_in_the_log(
    vigie: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_DATABASE_URL", "nonsense")
    told = await vigie("poll")
    assert told.code == 1
    assert "Quelque chose s'est mal passé de mon côté (ArgumentError)." in told.complaint
    assert "Traceback" not in told.err
    monkeypatch.setenv("VIGIE_LOG_LEVEL", "debug")
    assert "Traceback" in (await vigie("poll")).err


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "Le disque est plein : var/x."),
        (errno.EACCES, "Je n'ai pas le droit d'écrire ici : var/x."),
        (errno.EIO, "Le système refuse : var/x."),
    ],
)
def test_what_the_system_refuses_is_told(
    number: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(OSError(number, "no", "var/x")) == 1
    assert sentence in _plain(capsys.readouterr().err)


async def test_it_runs_until_it_is_told_to_stop(telegram: TelegramServer, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=tmp_path,
        env=_environment(
            VIGIE_TELEGRAM_TOKEN=telegram.token, VIGIE_TELEGRAM_API_BASE=telegram.api_base
        ),
        stderr=asyncio.subprocess.PIPE,
    )
    await telegram.wait_for_call("deleteWebhook", timeout=30)
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"Traceback" not in err
    assert telegram.token not in err.decode()


async def test_a_terminal_has_a_bar_and_margins(
    vigie: Vigie, web: Web, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "60")
    polled = await vigie("poll")
    assert "Lecture des sources" in polled.complaint
    assert "1/1" in polled.complaint
    checked = re.sub("\x1b\\[[0-9;]*m", "", (await vigie("check")).words)
    remedy = [line for line in checked.splitlines() if "VIGIE_SLACK_BOT_TOKEN" in line]
    assert remedy
    assert all(line.startswith("   ") and len(line) <= 60 for line in remedy)


async def test_an_interruption_ends_quietly(web: Web, home: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "source", "try", web.url("/held"), "--practice", home),
        cwd=tmp_path,
        env=_environment(VIGIE_FETCH_ALLOW_NETS="127.0.0.0/8"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await asyncio.wait_for(web.held.wait(), 30)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_it_speaks_french_in_a_process_of_its_own_whatever_the_language(tmp_path: Path) -> None:
    done = real("practice", cwd=tmp_path)
    assert "Commandes" in done.stdout
    done = real("nope", cwd=tmp_path)
    assert done.returncode == 2
    assert "n\u2019existe pas" in done.stderr
    assert not list(tmp_path.iterdir())


def test_it_answers_at_once(tmp_path: Path) -> None:
    durations = []
    for _ in range(3):
        began = time.perf_counter()
        real("--version", cwd=tmp_path)
        durations.append(time.perf_counter() - began)
    assert min(durations) < 1.5  # 0.15 s alone; the suite may be running on every processor


# Check.


@dataclass
class SlackAnswers:
    """The two methods of Slack's Web API that a check asks, answered as told."""

    scopes: str = ",".join((*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *FILE_SCOPES))
    auth: dict[str, Any] = field(
        default_factory=lambda: {"ok": True, "user": "vigie", "team": "Tilleuls"}
    )
    connection: dict[str, Any] = field(default_factory=lambda: {"ok": True, "url": "wss://x"})
    headers: dict[str, str] = field(default_factory=dict)
    api_base: str = ""

    async def __aenter__(self) -> Self:
        app = aioweb.Application()
        app.router.add_post("/api/auth.test", self._auth)
        app.router.add_post("/api/apps.connections.open", self._open)
        self._runner = aioweb.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await aioweb.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api_base = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _auth(self, _: aioweb.Request) -> aioweb.Response:
        headers = {"x-oauth-scopes": self.scopes, **self.headers}
        return aioweb.json_response(self.auth, headers=headers)

    async def _open(self, _: aioweb.Request) -> aioweb.Response:
        return aioweb.json_response(self.connection)


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackAnswers]:
    async with SlackAnswers() as answers:
        monkeypatch.setenv("VIGIE_SLACK_BOT_TOKEN", "xoxb-1")
        monkeypatch.setenv("VIGIE_SLACK_APP_TOKEN", "xapp-1")
        monkeypatch.setenv("VIGIE_SLACK_API_BASE", answers.api_base)
        yield answers


@pytest.fixture
async def telegram(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        monkeypatch.setenv("VIGIE_TELEGRAM_TOKEN", server.token)
        monkeypatch.setenv("VIGIE_TELEGRAM_API_BASE", server.api_base)
        yield server


async def test_all_is_well(
    vigie: Vigie, web: Web, home: str, telegram: TelegramServer, slack: SlackAnswers
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    await _come_in(home, telegram)
    told = await vigie("check")
    assert told.code == 0
    assert "❌" not in told.words
    assert "⚠️" not in told.words
    for sentence in (
        "✅ Les réglages se lisent.",
        "✅ L'horloge est à l'heure.",
        "✅ La base de données s'ouvre, est à jour et s'écrit.",
        "✅ Telegram répond : je suis @vigie_bot.",
        "✅ Slack répond : je suis vigie, dans l'espace Tilleuls.",
        "✅ Chaque cabinet est complet (1).",
        "✅ Sources qui se lisent : 1.",
        "Tout va bien.",
    ):
        assert sentence in told.words
    found = (await vigie("check", "--json")).json
    assert found["ok"]
    assert {each["level"] for each in found["findings"]} == {"ok"}
    assert slack.api_base


async def test_a_new_house_is_told_what_it_lacks(vigie: Vigie, tmp_path: Path) -> None:
    told = await vigie("check")
    assert told.code == 1
    assert "❌ Aucune messagerie n'est réglée" in told.words
    assert "⚠️ Aucun cabinet n'est enregistré." in told.words
    assert 'vigie practice add "Cabinet Exemple"' in told.words
    assert "1 point empêche Vigie de bien travailler, et 1 à regarder." in told.words
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


async def test_a_check_tells_settings_that_are_wrong_or_unknown(
    vigie: Vigie, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIGIE_LOG_LEVL", "DEBUG")
    told = await vigie("check")
    assert "⚠️ VIGIE_LOG_LEVL : ce réglage n'existe pas" in told.words
    assert "Vouliez-vous dire VIGIE_LOG_LEVEL ?" in told.words
    (tmp_path / "vigie.toml").write_text("this is not toml", encoding="utf-8")
    told = await vigie("check")
    assert told.code == 1
    assert "❌ vigie.toml / .env : ce fichier ne se lit pas" in told.words
    found = (await vigie("check", "--json")).json
    assert not found["ok"]
    assert {each["code"] for each in found["findings"]} == {"setting_wrong", "setting_mistyped"}


async def test_a_check_looks_at_the_folder(
    vigie: Vigie, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var").chmod(0o755)
    told = await vigie("check")
    assert "est ouvert à d'autres comptes de la machine (droits 755)" in told.words
    assert f"chmod 700 {tmp_path / 'var'}" in told.words
    (tmp_path / "file").touch()
    monkeypatch.setenv("VIGIE_DATA_DIR", "file/var")
    told = await vigie("check")
    assert told.code == 1
    assert "❌ Je ne peux pas écrire dans le dossier" in told.words


async def test_a_check_asks_telegram(
    vigie: Vigie, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.webhook_url = "https://other.example/secret-path"
    told = await vigie("check")
    assert told.code == 1
    assert "❌ Un autre programme (other.example) reçoit les messages de @vigie_bot" in told.words
    assert "disputerions" in told.words
    assert "secret-path" not in told.words
    telegram.is_token_revoked = True
    assert "❌ Telegram refuse le jeton." in (await vigie("check")).words
    monkeypatch.setenv("VIGIE_TELEGRAM_API_BASE", "http://127.0.0.1:1")
    told = await vigie("check")
    assert told.code == 1
    assert "❌ Telegram ne répond pas." in told.words
    assert "VIGIE_TELEGRAM_API_BASE" in told.words


async def test_a_check_knows_when_telegram_calls_us(
    vigie: Vigie, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = "http://127.0.0.1:8080/telegram"
    monkeypatch.setenv("VIGIE_TELEGRAM_MODE", "webhook")
    told = await vigie("check")
    assert "❌ VIGIE_TELEGRAM_WEBHOOK_URL : le mode webhook demande" in told.words
    assert "❌ VIGIE_TELEGRAM_WEBHOOK_SECRET : le mode webhook demande un secret" in told.words
    monkeypatch.setenv("VIGIE_TELEGRAM_WEBHOOK_URL", ours)
    monkeypatch.setenv("VIGIE_TELEGRAM_WEBHOOK_SECRET", "hush")
    for set_now in ("", ours):  # before the first start, and after
        telegram.webhook_url = set_now
        assert "✅ Telegram répond : je suis @vigie_bot" in (await vigie("check")).words
    telegram.webhook_error = "Connection refused"
    assert "✅ Telegram répond" in (await vigie("check")).words  # an error of the past
    telegram.say(telegram.add_private(41), None, "bonjour")
    told = await vigie("check")
    assert told.code == 1
    assert "❌ Telegram n'arrive pas à m'appeler (messages en attente : 1)" in told.words
    assert "Connection refused" in told.words
    assert "VIGIE_TELEGRAM_WEBHOOK_URL mène bien" in told.words
    telegram.webhook_url = "https://other.example/"
    assert "❌ Un autre programme (other.example)" in (await vigie("check")).words


async def test_a_check_wants_no_application_token_when_slack_calls_us(
    vigie: Vigie, slack: SlackAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.connection = {"ok": False, "error": "invalid_auth"}
    assert "❌ Slack refuse le jeton d'application" in (await vigie("check")).words
    monkeypatch.delenv("VIGIE_SLACK_APP_TOKEN")
    assert "❌ VIGIE_SLACK_APP_TOKEN : il manque le moyen" in (await vigie("check")).words
    monkeypatch.setenv("VIGIE_SLACK_SIGNING_SECRET", "hush")
    told = await vigie("check")
    assert "✅ Slack répond" in told.words
    assert "jeton d'application" not in told.words


async def test_a_check_asks_slack(
    vigie: Vigie, slack: SlackAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.scopes = "chat:write,commands,im:history"
    told = await vigie("check")
    assert told.code == 1
    assert "❌ Il manque des droits à l'application Slack : im:write, users:read." in told.words
    assert "réinstallez l'application" in told.words
    assert "⚠️ Il manque des droits facultatifs" in told.words
    assert "Je ne pourrais ni prendre une pièce pour un dossier" in told.words
    slack.connection = {"ok": False, "error": "invalid_auth"}
    assert "❌ Slack refuse le jeton d'application" in (await vigie("check")).words
    slack.auth = {"ok": False, "error": "token_revoked"}
    told = await vigie("check")
    assert "❌ Slack refuse le jeton du robot" in told.words
    assert "Réinstallez l'application" in told.words
    monkeypatch.setenv("VIGIE_SLACK_API_BASE", "http://127.0.0.1:1/api/")
    assert "❌ Slack ne répond pas." in (await vigie("check")).words


async def test_a_check_reads_the_clock_of_others(vigie: Vigie, slack: SlackAnswers) -> None:
    slack.headers["Date"] = format_datetime(SystemClock().now() - timedelta(minutes=10))
    told = await vigie("check")
    assert told.code == 1
    assert "❌ L'horloge avance de 10 minutes" in told.words
    assert "timedatectl" in told.words


async def test_a_check_reads_every_source(
    vigie: Vigie, web: Web, home: str, telegram: TelegramServer
) -> None:
    await vigie("source", "add", web.url("/rss"), "--practice", home)
    web.answers["/rss"] = Answer(status=410)
    told = await vigie("check")
    assert told.code == 1
    assert "❌ La Voix de Lille : le site dit que cette adresse n'existe plus (410)." in told.words
    assert "Retirez cette source" in told.words
    web.answers["/rss"] = Answer(status=500)
    told = await vigie("check")
    assert told.code == 0
    assert "⚠️ La Voix de Lille : le site répond par une erreur (500)." in told.words
    assert "⚠️ « Cabinet des Tilleuls » : personne n'a encore rejoint le robot." in told.words
    assert "Vigie peut travailler ; 2 points à regarder." in told.words
    assert telegram.calls


def test_the_scopes_are_those_of_the_manifest() -> None:
    manifest = (ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")
    block = manifest.partition("    bot:\n")[2].partition("settings:")[0]
    listed = re.findall(r"^ +- ([\w:]+)", block, re.MULTILINE)
    assert sorted(listed) == sorted((*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *FILE_SCOPES))
