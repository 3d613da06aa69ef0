"""Calendars over a real socket and a real database: one answer for all that is not alive."""

import asyncio
import io
import logging
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.adapters.http import listening
from bot.adapters.logs import start_logging
from bot.adapters.store.sql import SqlStore
from bot.core.actions import Action, Verb
from bot.core.calendars import Subscription
from bot.core.forms import FormName
from bot.core.people import Actor, Member, Role
from bot.ports import eq
from handlers.calendars import FROM_ONE, FROM_STRANGERS, CalendarRoutes
from handlers.doors import Health
from tests.calendars import read
from tests.fakes import BrokenStore
from tests.world import MONDAY_NOON, World, a_world, actor, an_entry

PAUL = actor("2", "Paul")


@dataclass(frozen=True)
class Answered:
    """What a calendar was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def dates(self) -> dict[str, str]:
        """What it holds: each title, and whether it stands."""
        return {each.title: each.status for each in read(self.body)}


@dataclass
class Reader:
    """A calendar program that reads an address again and again."""

    world: World
    root: str
    session: aiohttp.ClientSession

    async def address(self, by: Actor | None = None) -> str:
        """A new private address; gives its path."""
        press = Action(Verb.SUBSCRIBE, self.world.practice.id).encode()
        said = self.world.words(await self.world.desk.press(by or self.world.owner, press))
        return next(word for word in said.split() if word.startswith("https://")).removeprefix(
            "https://vigie.example"
        )

    async def read(self, path: str, method: str = "GET", **headers: str) -> Answered:
        asked = self.session.request(
            method, self.root + path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        async with asked as answer:
            known = answer.headers.copy()
            for name in ("Date", "Server"):
                del known[name]
            return Answered(answer.status, known, await answer.read())


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'vigie.db'}"
    async with SqlStore.open(url, now=MONDAY_NOON) as store, a_world(store) as world:
        await world.watch(an_entry(1))
        await world.morning()
        await world.press(world.card(), "Illicite")
        async with served(world) as found:
            yield found


@asynccontextmanager
async def served(world: World) -> AsyncIterator[Reader]:
    routes = (*CalendarRoutes(world.ports).routes, *Health(world.ports.store, ()).routes)
    async with listening("127.0.0.1", 0, routes) as port, aiohttp.ClientSession() as session:
        yield Reader(world, f"http://127.0.0.1:{port}", session)


async def test_an_address_gives_the_calendar_to_who_has_it_and_to_no_cache(reader: Reader) -> None:
    told = await reader.read(await reader.address())
    assert told.status == 200
    assert told.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert told.headers["Cache-Control"] == "private, no-cache"
    assert told.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in told.headers["X-Robots-Tag"]
    assert len(told.dates) == 2


async def test_what_did_not_change_is_not_sent_again(reader: Reader) -> None:
    path = await reader.address()
    first = await reader.read(path)
    tag = first.headers["ETag"]
    reader.world.clock.move_to(reader.world.clock.now() + timedelta(days=2))
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = await reader.read(path, If_None_Match=known)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    other = await reader.read(path, If_None_Match='"x"')
    assert (other.status, other.body) == (200, first.body)


async def test_a_head_tells_the_same_without_the_body(reader: Reader) -> None:
    path = await reader.address()
    whole, head = await reader.read(path), await reader.read(path, "HEAD")
    assert (head.status, head.body, head.headers) == (200, b"", whole.headers)


async def test_a_calendar_that_reads_again_sees_every_move(reader: Reader) -> None:
    path, world = await reader.address(), reader.world
    card = world.chat.containing("📂 Dossier 1 —")
    first = await reader.read(path)
    assert set(first.dates.values()) == {"CONFIRMED"}
    await world.press(card, "Assureur prévenu")
    done = await reader.read(path, If_None_Match=first.headers["ETag"])
    assert done.dates["Vigie — dossier 1 : déclaration à l’assureur (fait)"] == "CANCELLED"
    await world.fill(FormName.CLOSE_CASE, 1, outcome="abandoned")
    closed = await reader.read(path, If_None_Match=done.headers["ETag"])
    assert set(closed.dates.values()) == {"CANCELLED"}
    assert len({first.headers["ETag"], done.headers["ETag"], closed.headers["ETag"]}) == 3
    world.clock.move_to(world.clock.now() + timedelta(days=100))
    assert (await reader.read(path)).dates == {}


async def test_whatever_is_not_alive_is_answered_the_same(reader: Reader) -> None:
    """Never given, revoked, of somebody who left, cut short, or the folder itself."""
    await reader.world.invite(PAUL, Role.PARTNER)
    revoked, left = await reader.address(), await reader.address(PAUL)
    assert (await reader.read(revoked)).status == (await reader.read(left)).status == 200
    alive = await reader.address()
    async with reader.world.store.write() as tx:
        (paul,) = await tx.find(Member, eq("name", "Paul"))
        await tx.save(replace(paul, removed_at=reader.world.clock.now()))
    dead = [
        revoked,
        left,
        f"/calendar/{secrets.token_urlsafe(32)}.ics",
        alive.removesuffix(".ics"),
        alive[:-5] + ".ics",
        alive + "x",
        alive.upper(),
        "/calendar/.ics",
        "/calendar/%2e%2e.ics",
        "/calendar/" + "a" * 4000 + ".ics",
    ]
    for method in ("GET", "HEAD"):
        nothing = await reader.read("/nowhere", method)
        assert nothing.status == 404
        for path in dead:
            assert await reader.read(path, method) == nothing, path
    assert (await reader.read(alive)).status == 200


async def test_nothing_is_listed_and_nothing_is_written(reader: Reader) -> None:
    path = await reader.address()
    for each in ("/", "/calendar", "/calendar/"):
        assert (await reader.read(each)).status == 404
    for method in ("POST", "PUT", "DELETE", "PROPFIND", "OPTIONS"):
        assert (await reader.read(path, method)).status == 405
    assert (await reader.read(path)).status == 200


async def test_one_address_is_not_read_without_end(reader: Reader) -> None:
    path = await reader.address()
    for _ in range(FROM_ONE + 1):  # the first one was not known to be alive
        assert (await reader.read(path)).status == 200
    told = await reader.read(path)
    assert (told.status, told.body, told.headers["Retry-After"]) == (429, b"", "60")
    reader.world.clock.move_to(reader.world.clock.now() + timedelta(minutes=1))
    assert (await reader.read(path)).status == 200


async def test_who_tries_addresses_is_stopped_and_those_alive_go_on(reader: Reader) -> None:
    path = await reader.address()
    assert (await reader.read(path)).status == 200
    told = [
        (await reader.read(f"/calendar/{secrets.token_urlsafe(32)}.ics")).status
        for _ in range(FROM_STRANGERS + 5)
    ]
    assert set(told[: FROM_STRANGERS - 1]) == {404}
    assert set(told[FROM_STRANGERS:]) == {429}
    assert (await reader.read(path)).status == 200
    reader.world.clock.move_to(reader.world.clock.now() + timedelta(minutes=1))
    assert (await reader.read(f"/calendar/{secrets.token_urlsafe(32)}.ics")).status == 404


async def test_a_database_that_fails_asks_to_come_back() -> None:
    async with a_world() as world:
        world.ports = replace(world.ports, store=BrokenStore())
        async with served(world) as reader:
            told = await reader.read(f"/calendar/{secrets.token_urlsafe(32)}.ics")
            assert (told.status, told.headers["Retry-After"]) == (503, "60")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging("DEBUG", "console", (), stream)
    yield stream
    root.handlers[:], root.level = handlers, level


async def test_no_log_ever_holds_an_address(reader: Reader, logged: io.StringIO) -> None:
    path = await reader.address()
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    await reader.read(path)
    to, writer = await asyncio.open_connection("127.0.0.1", int(reader.root.rpartition(":")[2]))
    writer.write(f"GET {path}\0 HTTP/1.1\r\nHost: x\r\n\r\n".encode())  # it complains of that
    assert b" 400 " in await asyncio.wait_for(to.readline(), 5)
    writer.close()
    logging.getLogger("x").error("bad request: GET http://x%s?y HTTP/9", path)
    assert "/calendar/[secret].ics" in logged.getvalue()
    assert token not in logged.getvalue()


async def test_the_database_holds_no_address(reader: Reader, tmp_path: Path) -> None:
    path = await reader.address()
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) == 43
    async with reader.world.store.read() as tx:
        assert await tx.count(Subscription)
    assert "vigie.db" in _holding(tmp_path, b"SQLite format")
    assert not _holding(tmp_path, token.encode())


def _holding(folder: Path, words: bytes) -> list[str]:
    """The files that hold these bytes."""
    return [each.name for each in folder.iterdir() if words in each.read_bytes()]
