"""Telegram in webhook mode: it calls the bot, and keeps what was not taken."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp

from tests.servers.peer import Json
from tests.servers.telegram_server import TelegramServer

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_AGAIN = 0.1
"""Seconds before an update that was not taken is sent again."""


async def deliver(url: str, secret: str, update: Json | bytes) -> int:
    """Call the bot once; gives the status, 0 when nobody answers."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret else {})
    with suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session,
            session.post(url, data=io.BytesIO(body), headers=headers) as response,
        ):
            return response.status
    return 0


@asynccontextmanager
async def calling(server: TelegramServer) -> AsyncIterator[None]:
    """Have the server call the address given to setWebhook, one update after the other."""

    async def work() -> None:
        while True:
            update = await server.next_for_webhook()
            secret = str(server.webhook.get("secret_token") or "")
            status = await deliver(server.webhook_url, secret, update)
            if status == 200:
                server.taken(update)
            else:
                server.webhook_error = f"Wrong response from the webhook: {status}"
                server.changed()
                await asyncio.sleep(_AGAIN)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
