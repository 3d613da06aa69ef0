"""What the doors of all chats have in common, and how they are."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.adapters.http import Request, Response, Route, as_json
from bot.config import ALIVE_PATH, READY_PATH
from bot.core.errors import Outage, Refusal, RefusalCode, ThreadGone
from bot.core.messages import File
from bot.core.people import Channel, Platform, Practice
from bot.ports import Chat, Pacer, Store

log = logging.getLogger(__name__)

LARGEST_GIVEN = 50 * 1024 * 1024
"""Bytes of one file given: what Telegram takes from a bot."""
_REMEMBERED = 4096
"""How many deliveries are remembered: far more than come within the minutes of a retry."""
_PATIENCE = 2.0
"""Seconds the database may take to answer."""


class Door(Protocol):
    """Brings what happens on one chat to the desk."""

    platform: Platform

    @property
    def is_open(self) -> bool:
        """Whether what happens there reaches us now."""
        ...

    @property
    def routes(self) -> Sequence[Route]:
        """Where the chat may call us; none when it is we who call."""
        ...

    async def open(self, commands: Mapping[str, str]) -> None:
        """Start listening.

        Raises:
            TokenRefused: for good. Any other error: it may work later.
        """
        ...

    async def watch(self) -> None:
        """Return never, unless listening has come to an end.

        Raises:
            TokenRefused, UsedElsewhere: for good.
            Outage: it fell silent, and is to be closed and opened again.
        """
        ...

    async def close(self) -> None:
        """Stop listening, letting what is being answered finish."""
        ...


async def give_files(
    chat: Chat, pacer: Pacer, place: Channel, thread: str, given: Sequence[File]
) -> tuple[list[str], Refusal | None]:
    """Send the files of an answer, in order; their references, and why one could not be sent.

    What comes after one that could not is not tried: it would come in another order.
    """
    references: list[str] = []
    for file in given:
        if len(file.content) > LARGEST_GIVEN:
            return references, Refusal(RefusalCode.FILE_NOT_SENT, name=file.name)
        await pacer.turn(place, urgent=True)
        try:
            try:
                references.append(await chat.send_file(place, file, thread))
            except ThreadGone:
                references.append(await chat.send_file(place, file))
        except Refusal as refusal:
            return references, refusal
        except Outage as outage:
            log.warning("file not given: %s", outage, extra={"action": "file_lost"})
            return references, Refusal(RefusalCode.FILE_NOT_SENT, name=file.name)
    return references, None


class Deliveries:
    """Tells a delivery made twice; the oldest are forgotten first."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: dict[str, None] = {}

    def is_new(self, key: str) -> bool:
        """Whether this was never seen; what has no key always is."""
        if not key:
            return True
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._remembered:
            del self._seen[next(iter(self._seen))]
        return True


class Health:
    """Says whether we live, and whether we can work: for a supervisor, so without any detail."""

    def __init__(self, store: Store, doors: Sequence[Door]) -> None:
        self._store = store
        self._doors = doors
        self._asking: asyncio.Task[bool] | None = None

    @property
    def routes(self) -> Sequence[Route]:
        """Where it says so."""
        return (Route("GET", ALIVE_PATH, self._alive), Route("GET", READY_PATH, self._ready))

    async def _alive(self, request: Request) -> Response:
        del request
        return as_json({"alive": True})

    async def _ready(self, request: Request) -> Response:
        del request
        chats = {door.platform.value: door.is_open for door in self._doors}
        has_database = await self._database_answers()
        is_ready = has_database and all(chats.values())
        facts = {"ready": is_ready, "database": has_database, "chats": chats}
        return as_json(facts, is_well=is_ready)

    async def _database_answers(self) -> bool:
        """Ask the database once for all who ask at the same time."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE), self._store.read() as tx:
                await tx.count(Practice)
        except (Outage, TimeoutError):
            return False
        return True
