"""Whose turn it is to write, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turn:
    """First come, first served; a writer that would wait for itself is told so."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._writer: asyncio.Task[object] | None = None

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for the others, then keep them waiting."""
        if self._writer is not None and self._writer is asyncio.current_task():
            raise RuntimeError("a write inside a write would wait for itself")
        async with self._lock:
            self._writer = asyncio.current_task()
            try:
                yield
            finally:
                self._writer = None
