"""How long Vigie takes to be ready, and what it holds once idle, beside its bare imports."""

import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.slack_server import SlackServer  # noqa: E402
from tests.servers.telegram_server import TelegramServer  # noqa: E402

RUNS = 5
IMPORTS = "telegram.ext, slack_bolt.async_app, sqlmodel, aiohttp, feedparser, apscheduler, alembic"
IMPORT_ONLY = f"""
import {IMPORTS}
print(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])
"""


def timed(*command: str) -> tuple[float, str]:
    """Seconds a command takes, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    return time.perf_counter() - start, done.stdout


async def ready(settings: dict[str, str]) -> tuple[float, float]:
    """Seconds until ``vigie run`` says it listens, and its memory in MB five seconds later."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
        start = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=folder,
            env=kept | {"PYTHONPATH": str(ROOT)} | settings,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        doors = len({name for name in settings if name.endswith(("TELEGRAM_TOKEN", "BOT_TOKEN"))})
        while doors:
            line = await process.stderr.readline()
            doors -= b"Door open" in line
            assert line, "the bot ended"
        seconds = time.perf_counter() - start
        await asyncio.sleep(5)
        status = await asyncio.to_thread(Path(f"/proc/{process.pid}/status").read_text)
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        process.terminate()
        await process.wait()
        return seconds, int(resident.split()[1]) / 1024


async def main() -> None:
    """Print the table."""
    print(
        f"\n## Start ({platform.platform()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores; medians of {RUNS})\n"
    )
    print("| what | seconds | MB |\n|---|---|---|")
    bare = [timed(sys.executable, "-c", IMPORT_ONLY) for _ in range(RUNS)]
    seconds = statistics.median(each[0] for each in bare)
    memory = statistics.median(int(each[1]) / 1024 for each in bare)
    print(f"| bare imports ({IMPORTS}) | {seconds:.2f} | {memory:.0f} |")
    version = statistics.median(
        timed(sys.executable, "-m", "bot", "--version")[0] for _ in range(RUNS)
    )
    print(f"| `vigie --version` | {version:.2f} | |")
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
        for name, settings in (
            ("Telegram", on_telegram),
            ("Slack", on_slack),
            ("both", on_telegram | on_slack),
        ):
            found = [await ready(settings) for _ in range(3)]
            print(
                f"| `vigie run`, {name}: listening, then idle "
                f"| {statistics.median(each[0] for each in found):.2f} "
                f"| {statistics.median(each[1] for each in found):.0f} |"
            )


if __name__ == "__main__":
    asyncio.run(main())
