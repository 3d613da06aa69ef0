"""The end of a consent: Google sends the browser back to this machine, with a code.

The second file that knows aiohttp: its server, where ``fetch`` has its client.
"""

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from bot.core.sources import FetchFailed, FetchProblem

_HOST = "127.0.0.1"
_LONGEST_CODE = 2000


@dataclass(frozen=True, slots=True)
class Farewell:
    """What the browser shows, in plain text: the words are the caller's."""

    granted: str
    refused: str
    stranger: str
    """To a browser that comes with another state than ours, or none."""


@dataclass(frozen=True, slots=True)
class Loopback:
    """A page on this machine that waits for one code."""

    redirect_uri: str
    state: str = field(repr=False)
    _answer: "asyncio.Future[str]" = field(repr=False)

    async def code(self, within: timedelta) -> str:
        """The code, once the person has said yes.

        Raises:
            FetchFailed: CONSENT: they said no, or nothing in time.
        """
        try:
            async with asyncio.timeout(within.total_seconds()):
                code = await asyncio.shield(self._answer)
        except TimeoutError:
            code = ""
        if not code:
            told = "refused" if self._answer.done() else "no answer in time"
            raise FetchFailed(FetchProblem.CONSENT, self.redirect_uri, detail=told)
        return code


@asynccontextmanager
async def loopback(farewell: Farewell) -> AsyncIterator[Loopback]:
    """Listen on a free port of 127.0.0.1 while the person decides.

    Anybody on this machine may knock: only who brings the state is believed, once, and a wrong one
    does not end the wait.

    Raises:
        OSError: no port can be had.
    """
    state = secrets.token_urlsafe(32)
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def arrived(request: web.Request) -> web.StreamResponse:
        if not hmac.compare_digest(request.query.get("state", "").encode(), state.encode()):
            return _page(farewell.stranger, HTTPStatus.BAD_REQUEST)
        code = request.query.get("code", "")[:_LONGEST_CODE]
        page = _page(farewell.granted if code else farewell.refused, HTTPStatus.OK)
        await page.prepare(request)
        await page.write_eof()  # seen before the server goes
        if not answer.done():
            answer.set_result(code)
        return page

    app = web.Application()
    app.router.add_get("/", arrived)
    # No access log: the code stands in the address.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, 0).start()
        yield Loopback(f"http://{_HOST}:{runner.addresses[0][1]}/", state, answer)
    finally:
        await runner.cleanup()
        answer.cancel()


def _page(words: str, status: HTTPStatus) -> web.Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    page = web.Response(text=words, status=status, headers=headers)
    page.force_close()
    return page
