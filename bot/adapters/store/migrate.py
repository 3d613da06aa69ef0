"""Brings a database up to this version: all of it, or nothing at all.

To change the schema: change the dataclass and ``tables``, then write the next migration with
``python -m bot.adapters.store.draft_migration "Mentions have a language."``, read it and correct
it. A migration that was released is never changed.
"""

import re
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.adapters.store.engine import Database, make_private, outages
from bot.core.errors import Outage

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).resolve().parent / "migrations"
_COPIES_KEPT = 3


def configure(connection: Connection, scripts: Path = SCRIPTS) -> "Config":
    """Alembic's settings, without a file: where the migrations are and what they change."""
    from alembic.config import Config  # noqa: PLC0415 - 11 MB that most starts can do without

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(url: str, *, now: datetime, patience: float, scripts: Path = SCRIPTS) -> None:
    """Run the migrations a database has not had; an existing SQLite file is copied first.

    Raises:
        Outage: the database is out of reach, or of a newer version; nothing was changed.
    """
    # Rebuilding a table drops the old one, which foreign keys would take for a removal.
    database = Database(url, patience=patience, foreign_keys=False)
    try:
        async with database.begin(is_writer=False) as connection:
            if await connection.run_sync(_is_newest, scripts):
                return
            if await connection.run_sync(_is_up_to_date, scripts):
                return
        async with database.begin(is_writer=True) as connection:
            with outages():
                await connection.run_sync(_upgrade, scripts, database.file, now)
                await connection.commit()
    finally:
        await database.close()


def copy_sqlite(file: Path, copy: Path) -> None:
    """A consistent copy of a SQLite database, made while others use it.

    Raises:
        Outage: it cannot be written.
    """
    partial = copy.with_name(copy.name + ".part")
    make_private(partial)
    try:
        with (
            closing(sqlite3.connect(file)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        partial.replace(copy)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise Outage(f"database: no copy could be made: {error}") from error


def _is_newest(connection: Connection, scripts: Path) -> bool:
    """Whether the last migration is the one the database had, told without Alembic's help."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    had = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    names = sorted(path.name for path in (scripts / "versions").glob("[0-9]*_*.py"))
    return bool(names) and had == [names[-1].partition("_")[0]]


def _is_up_to_date(connection: Connection, scripts: Path) -> bool:
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - idem

    directory = ScriptDirectory.from_config(configure(connection, scripts))
    heads = MigrationContext.configure(connection).get_current_heads()
    if not {*heads} <= {script.revision for script in directory.walk_revisions()}:
        raise Outage("database of a newer version")
    return {*heads} == {*directory.get_heads()}


def _upgrade(connection: Connection, scripts: Path, file: Path | None, now: datetime) -> None:
    if _is_up_to_date(connection, scripts):
        return  # another process did it while we waited for our turn
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - idem

    config = configure(connection, scripts)
    if file is not None and inspect(connection).get_table_names():
        _keep_copy(file, str(ScriptDirectory.from_config(config).get_current_head()), now)
    command.upgrade(config, "head")
    if file is not None:
        astray = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if astray:
            raise ValueError(f"the migration left rows that refer to nothing: {astray[:5]}")


def _keep_copy(file: Path, revision: str, now: datetime) -> None:
    """Copy the file as it is before ``revision``, and forget all but the newest copies."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy_sqlite(file, file.with_name(f"{file.name}.before-{revision}-{stamp}.bak"))
    pattern = re.compile(re.escape(file.name) + r"\.before-.*-(\d{8}T\d{6}Z)\.bak")
    copies = [
        (found[1], path)
        for path in file.parent.iterdir()
        if (found := pattern.fullmatch(path.name))
    ]
    for _, path in sorted(copies, reverse=True)[_COPIES_KEPT:]:
        path.unlink()
