"""Settings nobody reads: a name mistyped in the environment, in ``.env`` or in ``vigie.toml``."""

import contextlib
import difflib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from bot.config import PREFIX, Settings


@dataclass(frozen=True, slots=True)
class Typo:
    """A setting that does not exist, and the one that was probably meant."""

    name: str
    near: str

    @property
    def key(self) -> str:
        """Key of its sentence."""
        return "near" if self.near else "alone"


def unknown_settings() -> list[Typo]:
    """Every setting that is given and that nobody reads."""
    known = [f"{PREFIX}{field.upper()}" for field in Settings.model_fields]
    given = sorted({name.upper() for name in _given()})
    return [
        Typo(name, next(iter(difflib.get_close_matches(name, known, 1, 0.8)), ""))
        for name in given
        if name not in known
    ]


def _given() -> Iterator[str]:
    files = Settings.model_config
    yield from (name for name in os.environ if name.upper().startswith(PREFIX))
    with contextlib.suppress(OSError, ValueError):  # unreadable: the settings say so themselves
        for name in dotenv_values(str(files.get("env_file")), interpolate=False):
            if name.upper().startswith(PREFIX):
                yield name
    toml = Path(str(files.get("toml_file")))
    with contextlib.suppress(OSError, ValueError):
        for name in tomllib.loads(toml.read_text(encoding="utf-8")):
            yield f"{PREFIX}{name.upper().removeprefix(PREFIX)}"
