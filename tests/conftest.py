"""What every test starts from: no setting of this machine, no file of this checkout."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile(
    "vigie", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("vigie")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().startswith("VIGIE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden anew")


class OneAtATime(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Each test goes to whoever is free, but those that share something go to one worker.

    Real programs want the machine; of PostgreSQL there is one database. (The marks ``xdist_group``
    do not reach a scheduler: xdist 3.8 writes them where pytest 9.2 does not read them.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/scenarios/"):
            return "scenarios"
        return "postgres" if "postgres" in nodeid else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneAtATime:
    return OneAtATime(config, log)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> "Golden":
    return Golden(rewrite=bool(request.config.getoption("--rewrite-golden")))


class Golden:
    """Texts kept as files, so that a changed letter shows as a diff a lawyer can read."""

    def __init__(self, *, rewrite: bool) -> None:
        self._rewrite = rewrite

    def check(self, name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / f"{name}.txt"
        # Non-breaking spaces are shown, or nobody would see one missing.
        shown = text.replace("\u00a0", "⍽").replace("\u202f", "⎵").rstrip("\n") + "\n"
        if self._rewrite:
            path.write_text(shown, encoding="utf-8")
        assert shown == path.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command sets up logging for its process; the next test is another."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
