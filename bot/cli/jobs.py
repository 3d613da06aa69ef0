"""The bot, and one round of each of its jobs."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot import app
from bot.app import House
from bot.cli.failures import MISUSED, fetch_sentence
from bot.cli.house import deliver
from bot.cli.people import chosen
from bot.cli.screen import Screen
from bot.cli.typos import unknown_settings
from bot.config import load
from bot.core.people import Practice
from bot.usecases import follow_mentions, poll_sources, send_digest, send_reminders
from bot.usecases.fill_outbox import live_channels
from bot.usecases.poll_sources import Polled


def demo(*, script: bool, picture: Path | None) -> int:
    """The whole job in the terminal, offline."""
    from bot.demo import run_demo  # noqa: PLC0415 - brings its own world

    return run_demo(script=script or picture is not None, picture=picture)


def run() -> int:
    """The bot, until it is told to stop."""
    settings, screen = load(), Screen()
    for typo in unknown_settings():
        screen.complain(screen.words.say("typo", typo.key, {"name": typo.name, "near": typo.near}))
    if settings.telegram_token is None and settings.slack_bot_token is None:
        screen.complain(screen.words.say("failure", "no_chat"))
        return MISUSED
    app.prepare_logging(settings)
    asyncio.run(app.run(settings))
    return 0


async def poll(practice: str | None, house: House, screen: Screen) -> int:
    """Read the sources that are due, or all those of one practice, and say what came of it."""
    home = None
    if practice is not None:
        async with house.ports.store.read() as tx:
            (home,) = await chosen(tx, practice)
    due = await poll_sources.due_sources(house.ports, home.id if home else None)
    with _progress(screen, len(due)) as progress:
        polled = await poll_sources.poll(house.ports, due, progress)
    failing = [
        (each.source, fetch_sentence(screen.words, each.problem, each.source.problem_detail))
        for each in polled
        if each.problem
    ]
    screen.page(
        "polled",
        read=len(polled) - len(failing),
        entries=sum(each.entries for each in polled),
        new=sum(each.new for each in polled),
        failing=failing,
        is_all=home is not None,
    )
    return await deliver(house, screen)


async def digest(practice: str | None, house: House, screen: Screen, *, at_once: bool) -> int:
    """Make the digests that are due, or all of them now, and send them."""
    async with house.ports.store.read() as tx:
        homes = await chosen(tx, practice)
        silent = {home.id for home in homes if not await live_channels(tx, home.id)}
    due = {home.id for home in await send_digest.due_practices(house.ports)}
    told = []
    for home in homes:
        if home.id in silent:
            told.append((home, "no_channel"))
        elif not at_once and home.id not in due:
            told.append((home, "not_due"))
        else:
            is_made = await _make(house, home, at_once=at_once)
            told.append((home, "made" if is_made else "nothing"))
    screen.page("digests", told=told)
    return await deliver(house, screen)


async def remind(house: House, screen: Screen) -> int:
    """Send the reminders that are due."""
    await follow_mentions.recall_due(house.ports)
    screen.page("reminded", sent=await send_reminders.send_due(house.ports))
    return await deliver(house, screen)


async def _make(house: House, home: Practice, *, at_once: bool) -> bool:
    if at_once:
        return await send_digest.make_now(house.ports, home)
    return await send_digest.make_daily(house.ports, home) is not None


@contextmanager
def _progress(screen: Screen, total: int) -> Iterator[poll_sources.Progress | None]:
    """A bar that moves with each source, on a terminal only."""
    if not screen.err.is_terminal or not total:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen.err, transient=True) as bar:
        task = bar.add_task(screen.words.say("progress", "poll"), total=total)

        def moved(_: Polled) -> None:
            bar.advance(task)

        yield moved
