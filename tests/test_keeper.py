"""Doors that fall shut: opened again when that is of use, and said once when it is not."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot import app
from bot.adapters.http import Route
from bot.core.errors import Outage, TokenRefused, UsedElsewhere
from bot.core.people import Platform

REFUSED = TokenRefused(Platform.TELEGRAM)


@dataclass
class StubbornDoor:
    """A door whose next tries end as told; then it stays open."""

    opens: list[Exception] = field(default_factory=list)
    ends: list[Exception] = field(default_factory=list)
    platform: Platform = Platform.TELEGRAM
    is_open: bool = False
    routes: Sequence[Route] = ()
    tries: int = 0
    stays: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, commands: Mapping[str, str]) -> None:
        self.tries += 1
        if self.opens:
            raise self.opens.pop(0)
        self.is_open = True

    async def watch(self) -> None:
        if self.ends:
            self.is_open = False
            raise self.ends.pop(0)
        self.stays.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.is_open = False


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_RETRY_FROM", 0.0)
    monkeypatch.setattr(app, "_TOKEN_RETRY", 0.0)


async def kept(door: StubbornDoor, doors: int) -> asyncio.Future[None]:
    """Keep a door until it stays open, or there is no use in going on."""
    broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    keeper = app._Keeper({}, doors, broken)  # noqa: SLF001 - the wiring's own part
    task = asyncio.create_task(keeper.keep_open(door))
    stays: asyncio.Future[bool] = asyncio.ensure_future(door.stays.wait())
    ends: list[asyncio.Future[bool] | asyncio.Future[None]] = [stays, broken]
    async with asyncio.timeout(5):
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for each in (task, stays):
        each.cancel()
        with suppress(asyncio.CancelledError):
            await each
    return broken


async def test_what_may_pass_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    door = StubbornDoor(opens=[Outage("no network"), OSError("no route")], ends=[Outage("silent")])
    broken = await kept(door, 1)
    assert door.is_open
    assert door.tries == 4
    assert not broken.done()
    assert "cannot start: Outage: no network" in caplog.text
    assert "lost: Outage: silent" in caplog.text


async def test_a_refused_token_is_said_once_and_tried_again_beside_another_chat(
    caplog: pytest.LogCaptureFixture,
) -> None:
    door = StubbornDoor(ends=[REFUSED], opens=[])
    door.opens = [REFUSED, REFUSED]
    broken = await kept(door, 2)
    assert door.is_open
    assert door.tries == 4
    assert not broken.done()
    # Refused, open again, refused once more: said twice, however often it was tried.
    assert caplog.text.count("telegram refuses our token") == 2


async def test_without_another_chat_a_refused_token_is_the_end() -> None:
    broken = await kept(StubbornDoor(opens=[REFUSED]), 1)
    with pytest.raises(TokenRefused):
        broken.result()


async def test_another_program_is_the_end(caplog: pytest.LogCaptureFixture) -> None:
    broken = await kept(StubbornDoor(ends=[UsedElsewhere(Platform.TELEGRAM)]), 2)
    with pytest.raises(UsedElsewhere):
        broken.result()
    assert "one of the two must stop, this one does" in caplog.text
