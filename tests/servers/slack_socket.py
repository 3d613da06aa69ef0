"""Socket Mode, from Slack's side: connections, envelopes, acknowledgements, second deliveries."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from aiohttp import WSMsgType, web

from tests.servers.peer import Json
from tests.servers.slack_state import APP_ID, Envelope

_AGAIN = (0.0, 60.0, 300.0)
"""Seconds before an unacknowledged event is sent a second, third and fourth time."""
_CLOSING = 1.0
"""Seconds a connection is given to say goodbye."""


@dataclass(eq=False)
class Connection:
    """One websocket of the app."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    pings: int = 0
    """Pings the app sent."""
    pongs: int = 0
    """Answers to ours."""
    is_deaf: bool = False
    """The connection looks alive, but nothing passes."""


class SocketMode:
    """All websockets of one app, and what was put on them."""

    def __init__(
        self,
        changed: Callable[[], None],
        monotonic: Callable[[], float],
        on_ack: Callable[[Envelope], None],
        ack_within: float,
    ) -> None:
        self.envelopes: list[Envelope] = []
        """Everything ever told to the app."""
        self.connections: list[Connection] = []
        self.ever_connected = 0
        self._changed = changed
        self._monotonic = monotonic
        self._on_ack = on_ack
        self._ack_within = ack_within
        self._tickets: set[str] = set()
        self._numbers = count(1)
        self._timers: set[asyncio.TimerHandle] = set()
        self._turn = 0

    # Connections.

    def ticket(self) -> str:
        """What opens one websocket, once."""
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One websocket, until either side closes it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False, timeout=_CLOSING)
        await socket.prepare(request)
        self.ever_connected += 1
        connection = Connection(self.ever_connected, socket, request)
        self.connections.append(connection)
        connection.outgoing.put_nowait(self._hello())
        self._send_waiting()
        self._changed()
        writer = asyncio.create_task(_write(connection))
        try:
            await self._listen(connection)
        finally:
            writer.cancel()
            self.connections.remove(connection)
            self._changed()
        return socket

    async def close(self) -> None:
        """Forget timers and hang up."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for connection in list(self.connections):
            await connection.socket.close()

    def disconnect(self, reason: str) -> None:
        """Ask every connection to reconnect, as Slack does: refresh_requested, warning..."""
        for connection in self.connections:
            host = {"host": "applink-1.slack-msgs.com"}
            connection.outgoing.put_nowait(
                json.dumps({"type": "disconnect", "reason": reason, "debug_info": host})
            )

    def cut(self) -> None:
        """Cut every connection, as a network does."""
        for connection in list(self.connections):
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def ping(self) -> None:
        """Ping every connection; the answers are counted in ``pongs``."""
        for connection in list(self.connections):
            await connection.socket.ping(b"Ping from applink-1")

    def _hello(self) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
                "connection_info": {"app_id": APP_ID},
            }
        )

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING:
                connection.pings += 1
                if not connection.is_deaf:
                    await connection.socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                connection.pongs += 1
            elif message.type is WSMsgType.TEXT and not connection.is_deaf:
                self._acknowledged(json.loads(message.data))
            self._changed()

    # Envelopes.

    def tell(self, kind: str, payload: Json) -> Envelope:
        """Tell the app something. Without a connection events wait; the rest fails at once."""
        envelope = Envelope(f"envelope-{next(self._numbers)}", kind, payload)
        self.envelopes.append(envelope)
        if self.connections:
            self._send(envelope)
        elif kind != "events_api":
            envelope.settle(None)
        self._changed()
        return envelope

    def redeliver(self, envelope: Envelope, reason: str = "timeout") -> None:
        """Send an envelope again, acknowledged or not: Slack does both."""
        envelope.reason = reason
        self._send(envelope)

    def _send(self, envelope: Envelope) -> None:
        self._turn += 1
        connection = self.connections[self._turn % len(self.connections)]
        envelope.attempts += 1
        envelope.connection = connection.number
        envelope.sent_at = self._monotonic()
        if not connection.is_deaf:
            connection.outgoing.put_nowait(envelope.frame())
        if envelope.ack is None:
            self._later(self._ack_within, lambda: self._overdue(envelope))

    def _send_waiting(self) -> None:
        """A connection is back: events that another took away with it come again."""
        alive = {connection.number for connection in self.connections}
        for envelope in self.envelopes:
            is_settled = envelope.ack is not None or envelope.has_failed
            is_lost = envelope.connection not in alive
            if envelope.type == "events_api" and is_lost and not is_settled:
                envelope.reason = "timeout" if envelope.attempts else ""
                self._send(envelope)

    def _overdue(self, envelope: Envelope) -> None:
        """No acknowledgement in time: an event comes again, the rest shows an error."""
        if envelope.ack is not None or envelope.has_failed:
            return
        if envelope.type != "events_api" or envelope.attempts > len(_AGAIN):
            envelope.settle(None)
            self._changed()
        elif self.connections:
            envelope.reason = "timeout"
            self._later(_AGAIN[envelope.attempts - 1], lambda: self._again(envelope))

    def _again(self, envelope: Envelope) -> None:
        if envelope.ack is None and self.connections:
            self._send(envelope)
            self._changed()

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    def _acknowledged(self, answer: Json) -> None:
        for envelope in self.envelopes:
            if envelope.id == answer.get("envelope_id") and envelope.ack is None:
                latency = self._monotonic() - (envelope.sent_at or 0.0)
                payload = answer.get("payload") or {}
                if envelope.has_failed:
                    return  # too late: the person saw an error
                envelope.settle(payload, latency)
                self._on_ack(envelope)


async def _write(connection: Connection) -> None:
    while not connection.socket.closed:
        await connection.socket.send_str(await connection.outgoing.get())
