"""The HTTP server on a real socket: only what was asked for, never too much of it."""

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.adapters.http import LARGEST_BODY, Request, Response, Route, body_of, listening


async def echo(request: Request) -> Response:
    return Response(text=str(len(await body_of(request))))


@pytest.fixture
async def root() -> AsyncIterator[str]:
    async with listening("127.0.0.1", 0, [Route("POST", "/echo", echo)]) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_it_answers_where_it_was_asked_to(root: str, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{root}/echo", data=b"x" * 9) as answer:
        assert (answer.status, await answer.text()) == (200, "9")
    async with session.get(f"{root}/echo") as answer:
        assert answer.status == 405
    async with session.post(f"{root}/") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_refused(
    root: str, session: aiohttp.ClientSession, *, chunked: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 65536 + 1):
            yield b"x" * 65536

    data = pieces() if chunked else io.BytesIO(b"x" * (LARGEST_BODY + 1))
    async with session.post(f"{root}/echo", data=data) as answer:
        assert answer.status == 413
    async with session.post(f"{root}/echo", data=io.BytesIO(b"x" * LARGEST_BODY)) as answer:
        assert (answer.status, await answer.text()) == (200, str(LARGEST_BODY))


async def test_a_body_that_never_ends_is_not_waited_for(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.http._BODY_WITHIN", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(root.rpartition(":")[2]))
    writer.write(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    await writer.drain()
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


async def test_a_place_that_is_taken_says_so(root: str) -> None:
    with pytest.raises(OSError, match="address already in use"):
        async with listening("127.0.0.1", int(root.rpartition(":")[2]), []):
            pass
