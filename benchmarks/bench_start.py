"""How long Vigie takes to be ready, and what it holds once idle, beside its bare imports."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from figures import table  # noqa: E402

from tests.servers.slack_server import SlackServer  # noqa: E402
from tests.servers.telegram_server import TelegramServer  # noqa: E402

RUNS = 3
LONGEST = 30
IDLE = 2.0
"""Seconds from ready to when memory is read."""
TELEGRAM, SLACK = "telegram.ext", "slack_bolt.async_app"
COMMON = "sqlmodel, sqlalchemy.ext.asyncio, aiohttp, feedparser, apscheduler, alembic, jinja2"
IMPORT = """
import time
start = time.perf_counter()
import {modules}
print(time.perf_counter() - start, flush=True)
input()
"""


@dataclass(frozen=True)
class Figure:
    """Seconds, and resident and private MB."""

    seconds: float
    resident: float = 0.0
    private: float = 0.0


def environment() -> dict[str, str]:
    """Ours without what would change the figures: settings, and no kept bytecode."""
    ignored = ("VIGIE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
    return kept | {"PYTHONPATH": str(ROOT)}


def memory(pid: int) -> tuple[float, float]:
    """Resident and private MB of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    size = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}
    return size["Rss"], size["Private_Clean"] + size["Private_Dirty"]


async def imported(modules: str) -> Figure:
    """Importing in a new process, from its start."""
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", IMPORT.format(modules=modules)),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), LONGEST)
    seconds = time.perf_counter() - start
    figure = Figure(seconds, *memory(process.pid))
    await process.communicate(b"\n")
    return figure


async def command(*arguments: str) -> Figure:
    """A command, from its start to its end."""
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env=environment(),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await asyncio.wait_for(process.wait(), LONGEST) == 0
    return Figure(time.perf_counter() - start)


async def running(folder: str, settings: dict[str, str], doors: int) -> Figure:
    """``vigie run`` until it listens everywhere, then idle, then stopped."""
    log = Path(folder) / "log.txt"
    start = time.perf_counter()
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=folder,
            env=environment() | settings,
            stderr=said,
        )
    try:
        while log.read_text(encoding="utf-8").count("Door open") < doors:
            assert process.returncode is None, log.read_text(encoding="utf-8")
            assert time.perf_counter() - start < LONGEST, log.read_text(encoding="utf-8")
            await asyncio.sleep(0.005)
        seconds = time.perf_counter() - start
        await asyncio.sleep(IDLE)
        return Figure(seconds, *memory(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), LONGEST)


def median(figures: Sequence[Figure]) -> Figure:
    """The middle of each column."""
    return Figure(
        statistics.median(each.seconds for each in figures),
        statistics.median(each.resident for each in figures),
        statistics.median(each.private for each in figures),
    )


Row = tuple[object, ...]


def row(name: str, figure: Figure, beside: Figure | None = None) -> Row:
    """A line of the table, and how it compares with the imports it needs."""
    sizes = (f"{size:.0f}" if size else "" for size in (figure.resident, figure.private))
    ratio = "" if beside is None else f"x{figure.seconds / beside.seconds:.2f}"
    more = "" if beside is None else f"+{figure.resident - beside.resident:.0f}"
    return (name, f"{figure.seconds:.2f}", *sizes, ratio, more)


async def imports() -> tuple[list[Row], dict[str, Figure]]:
    """What the libraries cost by themselves; the last ones are what a bot needs."""
    needed = {
        "Telegram": f"{COMMON}, {TELEGRAM}",
        "Slack": f"{COMMON}, {SLACK}",
        "both": f"{COMMON}, {TELEGRAM}, {SLACK}",
    }
    each = {name: name for name in ("sys", "aiohttp", "sqlmodel", TELEGRAM, SLACK)}
    await imported(needed["both"])  # the first one fills the disk's cache
    found = {
        name: median([await imported(modules) for _ in range(RUNS)])
        for name, modules in (each | needed).items()
    }
    rows = [row(f"import {name}" if name != "sys" else "Python", found[name]) for name in each]
    rows += [row(f"bare imports, {name}", found[name]) for name in needed]
    return rows, {name: found[name] for name in needed}


async def main() -> None:
    """Print the table."""
    rows, bare = await imports()
    await command("--version")
    rows.append(
        row("`vigie --version`", median([await command("--version") for _ in range(RUNS)]))
    )
    app = median([await imported("bot.app") for _ in range(RUNS)])
    rows.append(row("import bot.app", app))
    async with TelegramServer() as telegram, SlackServer() as slack:
        on_telegram = {
            "VIGIE_TELEGRAM_TOKEN": telegram.token,
            "VIGIE_TELEGRAM_API_BASE": telegram.api_base,
        }
        on_slack = {
            "VIGIE_SLACK_BOT_TOKEN": slack.bot_token,
            "VIGIE_SLACK_APP_TOKEN": slack.app_token,
            "VIGIE_SLACK_API_BASE": slack.api_base,
        }
        for name, settings, doors in (
            ("Telegram", on_telegram, 1),
            ("Slack", on_slack, 1),
            ("both", on_telegram | on_slack, 2),
        ):
            with tempfile.TemporaryDirectory() as folder:
                first = await running(folder, settings, doors)
                found = [await running(folder, settings, doors) for _ in range(RUNS)]
            if name == "both":
                rows.append(row(f"`vigie run`, {name}, new database", first, bare[name]))
            rows.append(row(f"`vigie run`, {name}", median(found), bare[name]))
    table(
        f"Start, and memory once idle (medians of {RUNS}; a new database: one run; memory of "
        f"`vigie run` {IDLE:.0f} s after it listens)",
        ("what", "seconds", "resident MB", "private MB", "x bare imports", "MB more"),
        rows,
    )


if __name__ == "__main__":
    asyncio.run(main())
