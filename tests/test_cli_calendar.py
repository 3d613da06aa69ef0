"""The command that writes a practice's deadlines for any calendar."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.store.sql import SqlStore
from bot.app import make_folder
from bot.cli.boundary import start
from bot.config import load
from tests.calendars import name_of, read
from tests.world import MONDAY_NOON, a_world, an_entry

HOME = "Cabinet des Tilleuls"
Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def vigie(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the real command line."""

    def run(*arguments: str) -> tuple[int, bytes, str]:
        capfdbinary.readouterr()
        code = start(("calendar", *arguments))
        said = capfdbinary.readouterr()
        return code, said.out, said.err.decode().replace("\u202f", " ").replace("\u2019", "'")

    return run


@pytest.fixture
def home() -> str:
    """A practice with a case, in the database of the settings."""

    async def furnish() -> None:
        make_folder(load().data_dir)
        async with (
            SqlStore.open(load().database, now=MONDAY_NOON) as store,
            a_world(store) as world,
        ):
            await world.watch(an_entry(1))
            await world.morning()
            await world.press(world.card(), "Illicite")

    asyncio.run(furnish())
    return HOME


def test_it_writes_the_whole_calendar_to_a_file_again_and_again(vigie: Run, home: str) -> None:
    for _ in range(2):
        code, out, err = vigie("--practice", home, "--out", "echeances.ics")
        assert (code, err) == (0, "")
        assert "2 échéances dans echeances.ics" in out.decode()
    content = Path("echeances.ics").read_bytes()
    assert name_of(content) == f"Vigie — {home}"
    assert [each.status for each in read(content)] == ["CONFIRMED", "CONFIRMED"]
    assert sorted(each.name for each in Path().iterdir()) == ["echeances.ics", "var"]


def test_without_a_file_it_gives_the_bytes_themselves(vigie: Run, home: str) -> None:
    vigie("--practice", home, "--out", "echeances.ics")
    assert vigie("--practice", home) == (0, Path("echeances.ics").read_bytes(), "")


def test_what_is_no_calendar_is_not_written_over(vigie: Run, home: str) -> None:
    Path("notes.txt").write_text("à garder")
    code, out, err = vigie("--practice", home, "--out", "notes.txt")
    assert (code, out) == (1, b"")
    assert "n'est pas un calendrier" in err
    assert Path("notes.txt").read_text() == "à garder"


def test_what_cannot_be_written_is_told(vigie: Run, home: str) -> None:
    Path("folder").mkdir()
    for place in ("nulle/part.ics", "folder"):
        code, out, err = vigie("--practice", home, "--out", place)
        assert (code, out) == (1, b"")
        assert f"Je ne peux pas écrire le fichier {place}" in err


def test_a_practice_that_is_not_known_is_told(vigie: Run, home: str) -> None:
    code, out, err = vigie("--practice", "Autre")
    assert (code, out) == (1, b"")
    assert home in err
