"""The real program, in a process of its own, and a practice for it to serve."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Self
from xml.sax.saxutils import escape

from aiohttp import web

from bot.adapters.clock import SystemClock
from bot.app import House, open_house
from bot.config import load
from bot.core.people import Practice, PracticeId, Practitioner, Role
from bot.usecases import poll_sources, set_up, watch_sources

ROOT = Path(__file__).resolve().parents[2]
PRACTICE = "Cabinet des Tilleuls"
TOKEN = "7000001:AAvigie-scenario-0123456789abcdefgh"
NOW = SystemClock().now()


@dataclass
class Program:
    """``vigie run`` with some settings; may be killed and started again."""

    settings: Mapping[str, str]
    folder: Path
    process: asyncio.subprocess.Process | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "log.txt"

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._command("run"), cwd=self.folder, env=self._env(), stderr=log, stdout=log
            )

    async def call(self, *arguments: str) -> tuple[int, str]:
        """Another command beside it: its exit code and everything it said."""
        process = await asyncio.create_subprocess_exec(
            *self._command(*arguments),
            cwd=self.folder,
            env=self._env(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 40)
        return process.returncode or 0, said.decode()

    def kill(self) -> None:
        """kill -9, at once."""
        assert self.process is not None
        self.process.kill()

    async def restart(self) -> None:
        assert self.process is not None
        await self.process.wait()
        await self.start()

    async def stop(self) -> int:
        """Ask it to stop, and wait until it did."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.process.wait(), 20)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise AssertionError(f"did not stop:\n{self.said}") from None

    @property
    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8")

    @staticmethod
    def _command(*arguments: str) -> Iterable[str]:
        return (sys.executable, "-W", "error", "-m", "bot", *arguments)

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
        return kept | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | dict(self.settings)


@asynccontextmanager
async def running(settings: Mapping[str, str], folder: Path) -> AsyncIterator[Program]:
    """The program, stopped at the end whatever happened."""
    program = Program(settings, folder)
    await program.start()
    try:
        yield program
    finally:
        if program.process is not None and program.process.returncode is None:
            await program.stop()


class Press:
    """A site with one RSS feed, whose items a test publishes."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.hits = 0
        self.on_hit: Callable[[], None] | None = None
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/rss", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/rss"
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def publish(self, title: str, text: str, *, days_ago: float = 1) -> None:
        number = len(self.items) + 1
        date = format_datetime(NOW - timedelta(days=days_ago))
        self.items.append(
            f"<item><guid isPermaLink='false'>presse-{number}</guid><title>{escape(title)}</title>"
            f"<link>https://presse.example/{number}</link><pubDate>{date}</pubDate>"
            f"<description>{escape(escape(text))}</description></item>"
        )

    async def _serve(self, request: web.Request) -> web.Response:
        del request
        self.hits += 1
        if self.on_hit is not None:
            self.on_hit()
        return web.Response(
            text='<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>La Voix de Lille</title>{''.join(self.items)}</channel></rss>",
            content_type="application/rss+xml",
        )


@asynccontextmanager
async def a_house(settings: Mapping[str, str], folder: Path) -> AsyncIterator[House]:
    """The same data folder, opened beside the program."""
    chosen = {name.removeprefix("VIGIE_").lower(): value for name, value in settings.items()}
    chosen["data_dir"] = str(folder / chosen["data_dir"])
    async with open_house(load(**chosen)) as house:
        yield house


async def set_practice_up(
    settings: Mapping[str, str], folder: Path, feed: str, *, roles: int = 1, polled: bool = True
) -> list[str]:
    """A practice, Dr Claire Lefèvre, one source; gives as many invitations as asked."""
    async with a_house(settings, folder) as house:
        # The digest comes when asked for, not by the clock of the machine.
        tomorrow = NOW.astimezone(UTC) + timedelta(days=2)
        practice = Practice(name=PRACTICE, digest_days=(tomorrow.weekday(),))
        await set_up.add_practice(house.ports, practice)
        person = Practitioner(PracticeId(0), "Claire", "Lefèvre", "Dr", city="Lille")
        await set_up.add_practitioner(house.ports, PRACTICE, person)
        source, _ = await watch_sources.add_source(house.ports, PRACTICE, feed, 900)
        if polled:
            await poll_sources.poll(house.ports, [source])
        return [await set_up.invite(house.ports, PRACTICE, Role.HOLDER) for _ in range(roles)]


def moment_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)
