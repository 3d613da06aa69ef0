"""The data in ``templates/sources``: the catalogue of feeds, and the column names understood."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from bot.core.catalogue import Catalogue, parse_catalogue

Columns = Mapping[str, list[str]]


def load_catalogue(folder: Path) -> Catalogue:
    """What is known of feeds; every problem with the file is told at once."""
    return parse_catalogue(_read(folder / "sources" / "catalogue.toml"))


def load_columns(folder: Path) -> Columns:
    """The names under which a list may hold each fact about a source, folded."""
    return _read(folder / "sources" / "columns.toml")


def _read(path: Path) -> dict[str, list[str]]:
    return tomllib.loads(path.read_text("utf-8"))
