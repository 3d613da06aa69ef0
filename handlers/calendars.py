"""Where calendars come to read: one private address a member, and nothing else to find.

Whoever asks for anything but an address that is alive gets one and the same answer. Nothing is
logged: the address is the secret.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.adapters.calendar_file import MEDIA_TYPE, PATH, SUFFIX
from bot.adapters.http import (
    Request,
    Response,
    Route,
    as_private_file,
    not_found,
    not_now,
    too_many,
)
from bot.core.errors import Outage
from bot.ports import Clock, Ports
from bot.usecases import subscribe_calendars

FROM_ONE = 20
"""How often within a minute one address is read: calendars ask a few times a day."""
FROM_STRANGERS = 60
"""How many addresses not known to be alive are looked up within a minute, all together."""
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_REMEMBERED = 4096
_WAIT = 60
_FILE_NAME = "vigie.ics"


class CalendarRoutes:
    """Answers at the private addresses of calendars."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._turns = _Turns(ports.clock)
        self._alive: dict[str, None] = {}

    @property
    def routes(self) -> Sequence[Route]:
        """Where calendars are read; nothing can be done there but reading."""
        path = f"{PATH}{{name}}"
        return tuple(Route(method, path, self._give) for method in ("GET", "HEAD"))

    async def _give(self, request: Request) -> Response:
        name = request.match_info["name"]
        token = name.removesuffix(SUFFIX)
        if token == name or not _SHAPE.fullmatch(token):
            return not_found()
        key = subscribe_calendars.hash_of(token)
        if not self._turns.take(
            *((key, FROM_ONE) if key in self._alive else ("", FROM_STRANGERS))
        ):
            return too_many(_WAIT)
        try:
            content = await subscribe_calendars.read(self._ports, token)
        except Outage:
            return not_now(_WAIT)
        self._alive.pop(key, None)
        if content is None:
            return not_found()
        self._alive[key] = None
        if len(self._alive) > _REMEMBERED:
            del self._alive[next(iter(self._alive))]
        return as_private_file(request, content, MEDIA_TYPE, _FILE_NAME)


class _Turns:
    """Counts what is asked within each minute of the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute: datetime | None = None
        self._taken: Counter[str] = Counter()

    def take(self, key: str, most: int) -> bool:
        """Whether this may be asked once more."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._taken.clear()
        self._taken[key] += 1
        return self._taken[key] <= most
