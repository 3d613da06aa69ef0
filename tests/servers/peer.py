"""What both chat servers share: a port, the record of calls, faults, and waiting for a change."""

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.servers.faults import Before, Drop, Faults, Hold, Hook, Refuse, Refused

Json = dict[str, Any]
Apply = Callable[[Json], Awaitable[Any]]
T = TypeVar("T")

_LARGEST_BODY = 64 * 1024 * 1024
_CALLS_SHOWN = 12


@dataclass(eq=False)
class Call:
    """One call of the bot; ``status`` is None as long as it got no answer."""

    method: str
    params: Json
    status: int | None = None
    error: str = ""


class Peer(ABC):
    """A server on 127.0.0.1 that remembers everything across the restarts of the bot."""

    def __init__(self, monotonic: Callable[[], float] | None = None) -> None:
        self.calls: list[Call] = []
        self.port = 0
        self.faults = Faults()
        self.monotonic = monotonic or (lambda: asyncio.get_running_loop().time())
        self._change = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def root(self) -> str:
        """The address of this server."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen: on a random port the first time, on the same one afterwards."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        self.add_routes(app)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening; what is known stays known, so ``start`` ends an outage."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    @abstractmethod
    def add_routes(self, app: web.Application) -> None:
        """Say which addresses this API answers at."""

    @abstractmethod
    def describe(self) -> str:
        """What a person would see, for the message of a failed wait."""

    @abstractmethod
    def refusal(self, error: Refused) -> web.Response:
        """An error as this API puts it."""

    @abstractmethod
    def success(self, result: Any) -> web.Response:
        """A result as this API puts it."""

    # Faults.

    def fail_next(
        self, method: str, status: int, description: str, times: int = 1, **parameters: Any
    ) -> None:
        """Refuse the next calls of ``method`` (``*``: any), applying nothing."""
        self.faults.add(method, Refuse(Refused(status, description, **parameters)), times)

    def drop_next(self, method: str, *, applied: bool, times: int = 1) -> None:
        """Hang up on the next calls without an answer; applied: the call took effect."""
        self.faults.add(method, Drop(applied), times)

    def delay_next(self, method: str, event: asyncio.Event) -> None:
        """Apply the next call, but answer it only once ``event`` is set."""
        self.faults.add(method, Hold(event))

    def before_answer(self, method: str, callback: Hook, times: int = 1) -> None:
        """Do something once the next call has taken effect and before it is answered."""
        self.faults.add(method, Before(callback), times)

    # Waiting.

    def changed(self) -> None:
        """Wake who waits for something to change."""
        self._change.set()
        self._change = asyncio.Event()

    async def wait_for(
        self,
        predicate: Callable[[], T],
        timeout: float = 30,  # noqa: ASYNC109 - it is what a failed wait tells
    ) -> T:
        """What ``predicate`` gives once it is true, tried again after every change.

        A predicate that raises a LookupError or an AssertionError is not true yet.
        """
        trouble = ""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    change = self._change
                    try:
                        found = predicate()
                    except (LookupError, AssertionError) as error:
                        trouble = f" ({type(error).__name__}: {error})"
                    else:
                        trouble = ""
                        if found:
                            return found
                    await change.wait()
        except TimeoutError:
            raise AssertionError(
                f"not true within {timeout} s{trouble}\n{self.describe()}\n{self._last_calls()}"
            ) from None

    async def wait_for_call(
        self,
        method: str,
        count: int = 1,
        timeout: float = 30,  # noqa: ASYNC109 - as above
    ) -> Call:
        """The call number ``count`` of a method, once it is answered."""

        def answered() -> Call | None:
            return self.called(method)[count - 1]

        found = await self.wait_for(answered, timeout)
        assert found is not None
        return found

    def called(self, method: str) -> list[Call]:
        """The answered calls of one method."""
        name = method.lower()
        return [
            call for call in self.calls if call.method.lower() == name and call.status is not None
        ]

    def _last_calls(self) -> str:
        last = [f"  {call.method} -> {call.status} {call.error}" for call in self.calls]
        return "\n".join(["last calls:", *last[-_CALLS_SHOWN:]])

    # Answering.

    async def answer(
        self, request: web.Request, method: str, params: Json, apply: Apply
    ) -> web.StreamResponse:
        """Apply one call and answer it, with the faults asked for."""
        call = Call(method, params)
        self.calls.append(call)
        self.changed()
        if self.faults.take(method, Drop, applied=False):
            await hang_up(request)
        try:
            if refuse := self.faults.take(method, Refuse):
                raise refuse.error
            response = self.success(await apply(params))
        except Refused as error:
            response = self.refusal(error)
            call.error = error.words
        else:
            self.changed()
            await self._before_answer(request, method)
        if hold := self.faults.take(method, Hold):
            await hold.event.wait()
        call.status = response.status
        self.changed()
        return response

    async def _before_answer(self, request: web.Request, method: str) -> None:
        if before := self.faults.take(method, Before):
            done = before.hook()
            if inspect.isawaitable(done):
                await done
        if self.faults.take(method, Drop, applied=True):
            await hang_up(request)


async def hang_up(request: web.Request) -> None:
    """Cut the connection; the server cancels this request as soon as it notices."""
    if request.transport is not None:
        request.transport.abort()
    await asyncio.Event().wait()
