"""The demo's own small web: fictitious sources served over real HTTP, on this machine only."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PAGES = {
    "/alertes.atom": ("alertes.atom.j2", "application/atom+xml"),
    "/presse.rss": ("presse.rss.j2", "application/rss+xml"),
    "/forum.rss": ("forum.rss.j2", "application/rss+xml"),
    "/annuaire": ("annuaire.html.j2", "text/html"),
}
BROKEN = "/panne.rss"


class DemoSite:
    """Serves ``templates/demo``, dated from when it opened; ``wave`` 2 brings news."""

    def __init__(self, templates: Path, now: Callable[[], datetime]) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(templates / "demo"), autoescape=True, undefined=StrictUndefined
        )
        self._environment.filters |= {
            "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "rfc": lambda moment: format_datetime(moment, usegmt=True),
        }
        self._now = now
        self._opened_at = now()
        self._runner: web.AppRunner | None = None
        self._root = ""
        self._visits = 0
        self.wave = 1

    @property
    def sources(self) -> tuple[str, ...]:
        """Every address worth watching, the broken one last."""
        return tuple(f"{self._root}{path}" for path in (*_PAGES, BROKEN))

    async def __aenter__(self) -> Self:
        application = web.Application()
        for path in _PAGES:
            application.router.add_get(path, self._page)
        application.router.add_get(BROKEN, self._breaks)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._root = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        name, content_type = _PAGES[request.path]
        body = self._environment.get_template(name).render(ago=self._ago, wave=self.wave).encode()
        etag = hashlib.blake2b(body, digest_size=8).hexdigest()
        if request.headers.get("If-None-Match") == f'"{etag}"':
            return web.Response(status=304)
        response = web.Response(body=body, content_type=content_type, charset="utf-8")
        response.etag = etag
        return response

    async def _breaks(self, request: web.Request) -> web.Response:
        """A site that goes down once it is watched: it stops no other."""
        del request
        self._visits += 1
        if self._visits > 1:
            return web.Response(status=503)
        empty = self._environment.get_template("gazette.rss.j2").render()
        return web.Response(text=empty, content_type="application/rss+xml")

    def _ago(self, hours: float) -> datetime:
        return self._opened_at - timedelta(hours=hours)
