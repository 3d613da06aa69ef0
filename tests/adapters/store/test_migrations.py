"""The database is brought up to date whole, after a copy, once; or not at all."""

import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from bot.adapters.store.draft_migration import draft
from bot.adapters.store.migrate import SCRIPTS, copy_sqlite, migrate
from bot.adapters.store.sql import SqlStore
from bot.adapters.store.tables import Row
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus, Outcome, Step
from bot.core.errors import Outage
from bot.core.people import Practice
from bot.core.remedies import Remedy, RemedyKind, RemedyState
from bot.ports import eq
from tests.adapters.store.builders import NOW
from tests.adapters.store.conftest import Prepared, Worker

Start = Callable[..., Awaitable[Worker]]
AT = "2026-11-24 07:30:00.000000"
ADD_TABLE = """
    op.create_table("extras", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO extras VALUES (1)")
"""
REBUILD = """
    with op.batch_alter_table("practices", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("motto", sa.Text(), nullable=False, server_default=""))
"""
ORPHANS = """
    op.execute("DELETE FROM practices")
"""
FAIL = """
    op.execute("UPDATE practices SET name = 'half done'")
    op.execute("SELECT * FROM nowhere")
"""


def plant_old_case(connection: sqlite3.Connection) -> None:
    """Two cases as the first version kept them: a request was sent in one, the other is closed."""

    def put(table: str, **known: object) -> None:
        """A row; what must hold something and is not told holds nothing much."""
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        row: dict[str, object] = {}
        row |= {name: "" if kind == "TEXT" else 0 for _, name, kind, must, *_ in columns if must}
        row |= {name: AT for _, name, kind, must, *_ in columns if must and "DATE" in kind} | known
        places = ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})",  # noqa: S608
            list(row.values()),
        )

    put("practices", id=1, name="Un")
    put("members", id=1, practice_id=1)
    put("practitioners", id=1, practice_id=1)
    put("sources", id=1, practice_id=1)
    for number, status in ((1, "awaiting_answer"), (2, "closed")):
        put("mentions", id=number, practice_id=1, practitioner_id=1, source_id=1)
        put("cases", id=number, practice_id=1, mention_id=number, opened_by=1, status=status)
    for step in ("open", "send_online"):
        put("case_events", id=len(step), case_id=1, member_id=1, step=step)
    ends = dict.fromkeys(("strict_on", "bites_on", "created_on"), "2026-12-24")
    what = {"rule": "RGPD_1M", "territory": "metro", "side": "theirs"}
    put("case_deadlines", case_id=1, practice_id=1, starts_on="2026-11-24", **what, **ends)
    connection.commit()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The migrations, and room for more."""
    return Path(shutil.copytree(SCRIPTS, tmp_path / "migrations"))


def add(scripts: Path, revision: str, after: str, body: str) -> None:
    """A migration of the future."""
    head = "import sqlalchemy as sa\nfrom alembic import op\n"
    lines = f"{head}revision = {revision!r}\ndown_revision = {after!r}\ndef upgrade():\n{body}"
    (scripts / "versions" / f"{revision}_next.py").write_text(lines, encoding="utf-8")


async def run(url: str, scripts: Path, days: int = 0) -> None:
    await migrate(url, now=NOW + timedelta(days=days), patience=5, scripts=scripts)


def dump(file: Path) -> list[str]:
    """Everything in a file: schema, rows, revision."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def copies(file: Path) -> list[str]:
    return sorted(each.name for each in file.parent.iterdir() if ".before-" in each.name)


async def plant_one(url: str) -> None:
    async with SqlStore.open(url, now=NOW) as store, store.write() as tx:
        await tx.add(Practice("kept"))


class TestSchema:
    def test_the_migrations_make_the_tables(self, prepared: Prepared) -> None:
        engine = create_engine(f"sqlite:///{prepared.empty}")
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
        engine.dispose()

    def test_to_the_letter(self, prepared: Prepared, tmp_path: Path) -> None:
        # Autogenerate does not compare the conditions of indexes, nor AUTOINCREMENT.
        engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
        Row.metadata.create_all(engine)
        engine.dispose()

        def schema(file: Path) -> set[str]:
            with closing(sqlite3.connect(file)) as connection:
                rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
                plain = (sql.replace(",", " ").replace('"', "") for (sql,) in rows)
                words = {" ".join(sorted(sql.split())) for sql in plain}
                return {each for each in words if "alembic_version" not in each}

        assert schema(prepared.empty) == schema(tmp_path / "made.db")

    def test_a_draft_has_nothing_to_say_when_nothing_changed(self, scripts: Path) -> None:
        written = draft("Nothing", scripts)
        assert written.name == "0003_nothing.py"
        assert "def upgrade() -> None:\n    pass\n" in written.read_text(encoding="utf-8")


class TestCopies:
    async def test_a_new_database_needs_none(self, tmp_path: Path) -> None:
        file = tmp_path / "vigie.db"
        await plant_one(f"sqlite+aiosqlite:///{file}")
        assert copies(file) == []

    async def test_nothing_to_do_needs_none(self, url: str, file: Path) -> None:
        before = dump(file)
        await migrate(url, now=NOW, patience=5)
        assert copies(file) == []
        assert dump(file) == before

    async def test_an_old_database_is_copied_first(
        self, url: str, file: Path, scripts: Path
    ) -> None:
        await plant_one(url)
        before = dump(file)
        add(scripts, "0003", "0002", ADD_TABLE)
        await run(url, scripts)
        assert copies(file) == ["vigie.db.before-0003-20261123T073000Z.bak"]
        assert dump(file.with_name(copies(file)[0])) == before
        assert any("extras" in line for line in dump(file))

    async def test_the_three_newest_are_kept(self, url: str, file: Path, scripts: Path) -> None:
        stranger = file.with_name("vigie.db.before-the-holidays.bak")
        stranger.touch()
        for number in range(3, 8):
            add(scripts, f"{number:04}", f"{number - 1:04}", "    pass")
            await run(url, scripts, days=number)
        assert copies(file) == [
            "vigie.db.before-0005-20261128T073000Z.bak",
            "vigie.db.before-0006-20261129T073000Z.bak",
            "vigie.db.before-0007-20261130T073000Z.bak",
            stranger.name,
        ]

    async def test_without_a_copy_nothing_is_changed(
        self, url: str, file: Path, scripts: Path
    ) -> None:
        await plant_one(url)
        before = dump(file)
        add(scripts, "0003", "0002", ADD_TABLE)
        file.with_name("vigie.db.before-0003-20261123T073000Z.bak.part").mkdir()
        with pytest.raises(Outage, match="no copy could be made"):
            await run(url, scripts)
        assert dump(file) == before

    async def test_a_copy_holds_what_is_still_in_the_journal(self, url: str, file: Path) -> None:
        async with SqlStore.open(url, now=NOW) as store:
            async with store.write() as tx:
                await tx.add(Practice("kept"))
            copy_sqlite(file, file.with_name("copy.db"))
        assert any("kept" in line for line in dump(file.with_name("copy.db")))


class TestWhatChanged:
    async def test_a_request_sent_in_a_case_is_a_remedy_of_it(self, tmp_path: Path) -> None:
        file = tmp_path / "vigie.db"
        first = Path(shutil.copytree(SCRIPTS, tmp_path / "first"))
        for each in (first / "versions").glob("0*.py"):
            if not each.name.startswith("0001"):
                each.unlink()
        await run(f"sqlite+aiosqlite:///{file}", first)
        with closing(sqlite3.connect(file)) as connection:
            plant_old_case(connection)
        await migrate(f"sqlite+aiosqlite:///{file}", now=NOW, patience=5)
        url = f"sqlite+aiosqlite:///{file}"
        async with SqlStore.open(url, now=NOW) as store, store.read() as tx:
            cases = await tx.find(Case)
            (remedy,) = await tx.find(Remedy)
            (deadline,) = await tx.find(CaseDeadline)
            events = await tx.find(CaseEvent, eq("case_id", 1))
        assert [case.status for case in cases] == [CaseStatus.OPEN, CaseStatus.CLOSED]
        assert [case.outcome for case in cases] == [None, Outcome.ABANDONED]
        assert (remedy.case_id, remedy.kind) == (1, RemedyKind.ERASURE_REQUEST)
        assert (remedy.state, remedy.received_on) == (RemedyState.AWAITING, date(2026, 11, 24))
        assert deadline.remedy_id == remedy.id
        assert [(each.step, each.detail, each.remedy_id) for each in events] == [
            (Step.OPEN, "", 0),
            (Step.REMEDY, "send", remedy.id),
        ]


class TestAllOrNothing:
    async def test_a_failed_migration_undoes_itself_and_those_before_it(
        self, url: str, file: Path, scripts: Path
    ) -> None:
        await plant_one(url)
        before = dump(file)
        add(scripts, "0003", "0002", REBUILD)
        add(scripts, "0004", "0003", ADD_TABLE + FAIL)
        with pytest.raises(Exception, match="no such table: nowhere"):
            await run(url, scripts)
        assert dump(file) == before
        assert len(copies(file)) == 1
        await migrate(url, now=NOW, patience=5)  # the version that wrote it still opens it

    async def test_a_failed_start_leaves_an_empty_file(
        self, tmp_path: Path, scripts: Path
    ) -> None:
        add(scripts, "0003", "0002", ADD_TABLE + FAIL)
        file = tmp_path / "vigie.db"
        with pytest.raises(Exception, match="no such table: nowhere"):
            await run(f"sqlite+aiosqlite:///{file}", scripts)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []

    async def test_a_table_is_rebuilt_under_those_that_refer_to_it(
        self, tmp_path: Path, prepared: Prepared, scripts: Path
    ) -> None:
        file = Path(shutil.copy(prepared.planted, tmp_path / "vigie.db"))
        add(scripts, "0003", "0002", REBUILD)
        await run(f"sqlite+aiosqlite:///{file}", scripts)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT name, motto FROM practices").fetchall() == [
                ("planted", "")
            ]
            assert connection.execute("SELECT count(*) FROM mentions").fetchone() == (2,)
            connection.execute("PRAGMA foreign_keys = 1")
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute("DELETE FROM practices")

    async def test_a_migration_that_leaves_orphans_is_undone(
        self, tmp_path: Path, prepared: Prepared, scripts: Path
    ) -> None:
        file = Path(shutil.copy(prepared.planted, tmp_path / "vigie.db"))
        before = dump(file)
        add(scripts, "0003", "0002", ORPHANS)
        with pytest.raises(ValueError, match="refer to nothing"):
            await run(f"sqlite+aiosqlite:///{file}", scripts)
        assert dump(file) == before

    async def test_a_newer_database_is_left_alone(
        self, url: str, file: Path, scripts: Path
    ) -> None:
        add(scripts, "0003", "0002", ADD_TABLE)
        await run(url, scripts)
        before, kept = dump(file), copies(file)
        with pytest.raises(Outage, match=r"^database of a newer version$"):
            async with SqlStore.open(url, now=NOW):
                pass
        assert (dump(file), copies(file)) == (before, kept)

    async def test_a_folder_with_a_percent_sign(self, url: str, tmp_path: Path) -> None:
        await run(url, Path(shutil.copytree(SCRIPTS, tmp_path / "100 % à jour")))

    async def test_processes_that_start_together_migrate_once(
        self, tmp_path: Path, start_worker: Start
    ) -> None:
        url = f"sqlite+aiosqlite:///{tmp_path / 'vigie.db'}"
        workers = [await start_worker("start", url) for _ in range(3)]
        for worker in workers:
            await worker.hears("ready")
        for worker in workers:
            worker.goes_on()
        for worker in workers:
            await worker.hears("done")
        assert copies(tmp_path / "vigie.db") == []
