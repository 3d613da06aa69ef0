"""Writes the next migration from what changed in ``tables``: a draft, to be read and corrected."""

import sys
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.adapters.store.migrate import SCRIPTS, configure


def draft(sentence: str, scripts: Path = SCRIPTS) -> Path:
    """Compare ``tables`` with an empty database that had every migration so far."""
    with create_engine("sqlite://").begin() as connection:
        config = configure(connection, scripts)
        known = [*ScriptDirectory.from_config(config).walk_revisions()]
        command.upgrade(config, "head")
        command.revision(config, sentence, autogenerate=True, rev_id=f"{len(known) + 1:04}")
    written = max((scripts / "versions").glob("*.py"))
    lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
    written.write_text(
        "".join(line for line in lines if not line.lstrip().startswith("# ###")), encoding="utf-8"
    )
    return written


if __name__ == "__main__":
    sys.stdout.write(f"{draft(sys.argv[1])}\n")
