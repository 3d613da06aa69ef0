"""The one HTTP server: what chats send us, and how we are.

Whoever has something to say at an address gives a Route; ``/metrics`` will be one more.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

Request = web.Request
Response = web.Response
Answerer = Callable[[Request], Awaitable[Response]]

LARGEST_BODY = 1024 * 1024
"""Bytes a request may hold: many times the largest update or interaction."""
_BODY_WITHIN = 10.0
"""Seconds a body may take to arrive."""
_CLOSING = 5.0
"""Seconds requests being answered are given when the server closes."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers at one address."""

    method: str
    path: str
    answer: Answerer


@asynccontextmanager
async def listening(host: str, port: int, routes: Iterable[Route]) -> AsyncIterator[int]:
    """Answer at these addresses, and at no other; gives the port (0 asks for any).

    Raises:
        OSError: the port is taken, or the host is not ours.
    """
    app = web.Application(client_max_size=LARGEST_BODY)
    for route in routes:
        app.router.add_route(route.method, route.path, route.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSING)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def body_of(request: Request) -> bytes:
    """The body of a request, never more than LARGEST_BODY, never waited for long.

    Raises:
        web.HTTPException: it is too large, or did not come in time; the server answers so.
    """
    try:
        async with asyncio.timeout(_BODY_WITHIN):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def as_private_file(request: Request, content: bytes, media_type: str, name: str) -> Response:
    """A file for who asked only, asked again each time; nothing when it is the same as before."""
    tag = hashlib.sha256(content).hexdigest()
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": f'"{tag}"',
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
    known = {each.value for each in request.if_none_match or ()}
    if known & {tag, "*"}:
        return Response(status=304, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    return Response(body=content, content_type=media_type, charset="utf-8", headers=headers)


def not_found() -> Response:
    """What the server answers wherever there is nothing: none can be told from another."""
    return Response(status=404, text="404: Not Found")


def too_many(seconds: int) -> Response:
    """Too much was asked: come back in so many seconds."""
    return _refusing(429, seconds)


def not_now(seconds: int) -> Response:
    """It cannot be answered now: come back in so many seconds."""
    return _refusing(503, seconds)


def _refusing(status: int, seconds: int) -> Response:
    headers = {"Cache-Control": "no-store", "Retry-After": str(seconds)}
    return Response(status=status, headers=headers)


def as_json(facts: Mapping[str, object], *, is_well: bool = True) -> Response:
    """An answer for machines, not to be kept; 503 when all is not well."""
    return Response(
        status=200 if is_well else 503,
        text=json.dumps(facts),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
