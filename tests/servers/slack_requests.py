"""Slack without a websocket: signed requests to the app's address, sent again when unanswered."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.servers.peer import Json
from tests.servers.slack_server import SlackServer
from tests.servers.slack_socket import SocketMode
from tests.servers.slack_state import Envelope

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_AGAIN = 3
"""How often Slack sends an unanswered event again."""


def signed(secret: str, body: bytes, at: float) -> dict[str, str]:
    """The headers that prove a request comes from Slack."""
    stamp = str(int(at))
    base = f"v0:{stamp}:".encode() + body
    mark = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mark}"}


class SlackRequests(SocketMode):
    """In the place of ``server.socket``: what it is told goes to ``url`` instead."""

    def __init__(self, server: SlackServer, url: str, secret: str, now: float) -> None:
        super().__init__(server.changed, server.monotonic, server.socket._on_ack, 3.0)  # noqa: SLF001 - two halves of one fake
        self.url = url
        self.now = now
        self._secret = secret
        self._tasks: set[asyncio.Task[None]] = set()
        server.socket = self

    def tell(self, kind: str, payload: Json) -> Envelope:
        """Send it; an event that is not acknowledged is sent again."""
        envelope = Envelope(f"request-{len(self.envelopes)}", kind, payload)
        self.envelopes.append(envelope)
        task = asyncio.create_task(self._deliver(envelope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return envelope

    async def _deliver(self, envelope: Envelope) -> None:
        tries = 1 + (_AGAIN if envelope.type == "events_api" else 0)
        for _ in range(tries):
            if await self.send(envelope):
                return
        envelope.settle(None)
        self._changed()

    async def send(self, envelope: Envelope) -> bool:
        """Send one thing once, perhaps again; whether it was taken within three seconds."""
        body, kind = _body(envelope)
        headers = signed(self._secret, body, self.now) | {"Content-Type": kind}
        if envelope.attempts:
            again = {"Num": str(envelope.attempts), "Reason": "http_timeout"}
            headers |= {f"X-Slack-Retry-{name}": value for name, value in again.items()}
        envelope.attempts += 1
        sent_at = self._monotonic()
        with suppress(aiohttp.ClientError, TimeoutError):
            status, answer = await self.post(body, headers)
            if status == 200:
                if envelope.ack is None:
                    envelope.settle(answer, self._monotonic() - sent_at)
                    self._on_ack(envelope)
                return True
        return False

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Json]:
        """One request, and what it was answered with."""
        wait = aiohttp.ClientTimeout(self._ack_within)
        async with (
            aiohttp.ClientSession(timeout=wait) as session,
            session.post(self.url, data=body, headers=dict(headers)) as response,
        ):
            words = await response.text()
            is_json = response.content_type == _JSON and words
            answer: Any = json.loads(words) if is_json else {"text": words} if words else {}
            return response.status, answer

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().close()


def _body(envelope: Envelope) -> tuple[bytes, str]:
    """What is sent, and its type: each kind has its own."""
    if envelope.type == "events_api":
        return json.dumps(envelope.payload).encode(), _JSON
    if envelope.type == "slash_commands":
        return urlencode(envelope.payload).encode(), _FORM
    return urlencode({"payload": json.dumps(envelope.payload)}).encode(), _FORM
