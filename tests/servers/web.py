"""A small web on this machine, with the faults of the big one.

``Web`` answers what it was told to (``web.answers["/feed"] = Answer(...)``), and has faults of its
own at fixed paths: see ``_FAULTS``. ``raw_server`` sends bytes that no server would.
"""

import asyncio
import base64
import contextlib
import gzip
import socket
import ssl
import textwrap
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

# Made for these tests: CN=vigie test, localhost, 127.0.0.1 and web.test, valid 2020-2120.
_KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguOk730uSeMJKgEm6"
    "DzPx46DKlHze8KQAetWZSJdSQDOhRANCAAS+4KvVtf85/fMKSJVhf0F9pPvZgfHS"
    "e78t+z4QxO48wHHQOpTlpOutF8xlgF6+uQOnDP8+L6enQY6q6C2IflQZ"
)
_CERTIFICATE = (
    "MIIBcTCCARmgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAp2aWdpZSB0"
    "ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD"
    "DAp2aWdpZSB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvuCr1bX/Of3z"
    "CkiVYX9BfaT72YHx0nu/Lfs+EMTuPMBx0DqU5aTrrRfMZYBevrkDpwz/Pi+np0GO"
    "qugtiH5UGaNYMFYwJAYDVR0RBB0wG4IJbG9jYWxob3N0hwR/AAABggh3ZWIudGVz"
    "dDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQfhCeVpvoV/+C8nGihTOD2q4QZ"
    "czAKBggqhkjOPQQDAgNGADBDAh9U0DI7Vkn15VfkEYaK1hUvg8FyONd6lVrMJhnN"
    "xymgAiAGq8JZKKpcGLcnBovlczL9HXtPvatpdagqCsm3IjmCLQ=="
)


def server_tls(folder: Path) -> ssl.SSLContext:
    """A context that serves a certificate nobody knows; ``folder`` holds it while it is read."""
    label = "PRIVATE KEY"
    lines = "\n".join(textwrap.wrap(_KEY, 64))
    pem = folder / "server.pem"
    pem.write_text(
        f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n{_certificate()}",
        encoding="ascii",
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def client_tls() -> ssl.SSLContext:
    """A context that knows that certificate."""
    return ssl.create_default_context(cadata=_certificate())


def _certificate() -> str:
    return ssl.DER_cert_to_PEM_cert(base64.b64decode(_CERTIFICATE))


@dataclass(frozen=True, slots=True)
class Answer:
    """What one path answers; with an ``etag``, 304 to who has it."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/xml"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    method: str


Fault = Callable[["Web", web.Request], Awaitable[web.StreamResponse]]


class Web:
    """A server on 127.0.0.1 for one test."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        self.held = asyncio.Event()
        """Set when something asked for ``/held``."""
        self.release = asyncio.Event()
        """Set it to let ``/held`` answer."""
        self.in_flight: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        """The most requests at once, by host name and in all (``*``)."""
        self._tls = tls
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
        self.port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release.set()
        await self._runner.cleanup()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path, by any name that leads here."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(Seen(request.path_qs, dict(request.headers), request.method))
        with self._counted(request.host.partition(":")[0]):
            name = "/" + request.path.split("/")[1]
            if request.path not in self.answers and name in _FAULTS:
                return await _FAULTS[name](self, request)
            return self._told(request)

    @contextlib.contextmanager
    def _counted(self, host: str) -> Iterator[None]:
        for key in (host, "*"):
            self.in_flight[key] += 1
            self.peak[key] = max(self.peak[key], self.in_flight[key])
        try:
            yield
        finally:
            for key in (host, "*"):
                self.in_flight[key] -= 1

    def _told(self, request: web.Request) -> web.Response:
        answer = self.answers.get(request.path, Answer(status=404))
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if not answer.content_type:
            del headers["Content-Type"]
        etag = answer.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(status=answer.status, body=answer.body, headers=headers)


async def _slow(_: Web, request: web.Request) -> web.StreamResponse:
    """A byte now and then, for ever: never idle long enough for an idle time-out."""
    response = web.StreamResponse(headers={"Content-Type": "application/xml"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.005)


async def _silent(_: Web, __: web.Request) -> web.StreamResponse:
    """A connection, and nothing else."""
    await asyncio.Event().wait()
    return web.Response()


async def _endless(_: Web, request: web.Request) -> web.StreamResponse:
    """A body without end or length."""
    response = web.StreamResponse(headers={"Content-Type": "application/xml"})
    await response.prepare(request)
    while True:
        await response.write(b"<item/>" * 1000)


async def _bomb(_: Web, request: web.Request) -> web.StreamResponse:
    """A few kilobytes that make eight million, as gzip or deflate."""
    how = request.query.get("as", "gzip")
    body = bytes(8_000_000)
    packed = gzip.compress(body) if how == "gzip" else zlib.compress(body)
    return web.Response(body=packed, headers={"Content-Encoding": how})


async def _loop(_: Web, request: web.Request) -> web.StreamResponse:
    """A redirect to itself."""
    return web.Response(status=302, headers={"Location": request.path})


async def _hops(_: Web, request: web.Request) -> web.StreamResponse:
    """``/hops/3`` redirects three times, then answers."""
    left = int(request.path.rpartition("/")[2])
    if left == 0:
        return web.Response(body=b"arrived", content_type="application/xml")
    status = (301, 302, 303, 307, 308)[left % 5]
    return web.Response(status=status, headers={"Location": f"../hops/{left - 1}"})


async def _to(_: Web, request: web.Request) -> web.StreamResponse:
    """``/to?url=...`` redirects there, whatever it is, with an endless body."""
    response = web.StreamResponse(status=302, headers={"Location": request.query["url"]})
    await response.prepare(request)
    await response.write(b"moved " * 1000)
    return response


async def _status(_: Web, request: web.Request) -> web.StreamResponse:
    """``/status/429?retry-after=120`` answers just that."""
    status = int(request.path.rpartition("/")[2])
    retry_after = request.query.get("retry-after")
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return web.Response(status=status, headers=headers)


async def _cut(_: Web, request: web.Request) -> web.StreamResponse:
    """A connection that dies in the middle of a body."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"<rss>")
    assert request.transport is not None
    request.transport.close()
    return response


async def _held(server: Web, _: web.Request) -> web.StreamResponse:
    """Answers when the test says so."""
    server.held.set()
    await server.release.wait()
    return web.Response(body=b"<rss/>", content_type="application/xml")


_FAULTS: dict[str, Fault] = {
    "/slow": _slow,
    "/silent": _silent,
    "/endless": _endless,
    "/bomb": _bomb,
    "/loop": _loop,
    "/hops": _hops,
    "/to": _to,
    "/status": _status,
    "/cut": _cut,
    "/held": _held,
}


@contextlib.asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that sends these bytes to whoever asks, then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readline()
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@contextlib.asynccontextmanager
async def endless_server(start: bytes, drop: bytes, every: float = 0.0) -> AsyncIterator[str]:
    """The address of a server that sends ``start``, then ``drop`` again and again, for ever."""
    over = False
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with contextlib.suppress(OSError):
            await reader.readline()
            writer.write(start)
            while not over:
                writer.write(drop)
                await writer.drain()
                await asyncio.sleep(every)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        finally:
            over = True
        await asyncio.gather(*(task for task in serving if task is not None))


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Names(AbstractResolver):
    """A name server: each name leads to addresses, one set for each time it is asked."""

    def __init__(self, **names: Sequence[str]) -> None:
        self._names = {name.replace("_", "."): list(sets) for name, sets in names.items()}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The next addresses of ``host`` (separated by spaces); the last stay."""
        sets = self._names.get(host)
        if not sets:
            raise OSError(None, "no such name")
        addresses = sets.pop(0) if len(sets) > 1 else sets[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses.split()
        ]

    async def close(self) -> None:
        """Nothing to give back."""
