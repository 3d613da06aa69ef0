"""Faults a test asks a server for: refuse, hang up, hold the answer, do something before it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Hook = Callable[[], Awaitable[None] | None]
"""What a test does between the moment a call is applied and the moment it is answered."""


class Refused(Exception):
    """What the API says no with: an HTTP status, its words, and what goes with them."""

    def __init__(self, status: int, words: str, **parameters: Any) -> None:
        super().__init__(f"{status} {words}")
        self.status = status
        self.words = words
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer this; apply nothing."""

    error: Refused


@dataclass(frozen=True, slots=True)
class Drop:
    """Hang up without an answer, with the call applied or not."""

    applied: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """Apply, then answer once the event is set."""

    event: asyncio.Event


@dataclass(frozen=True, slots=True)
class Before:
    """Apply, then do this, then answer."""

    hook: Hook


Fault = Refuse | Drop | Hold | Before
F = TypeVar("F", Refuse, Drop, Hold, Before)


@dataclass
class _Waiting:
    """A fault that has not happened yet, or not often enough."""

    method: str
    fault: Fault
    times: int


@dataclass
class Faults:
    """Faults to come, by method; ``*`` stands for any method."""

    _waiting: list[_Waiting] = field(default_factory=list)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        self._waiting.append(_Waiting(method.lower(), fault, times))

    def take(self, method: str, kind: type[F], *, applied: bool | None = None) -> F | None:
        """The next fault of this kind for this method, used up."""
        for each in self._waiting:
            fault = each.fault
            if each.method not in {"*", method.lower()} or not isinstance(fault, kind):
                continue
            if applied not in {None, getattr(fault, "applied", None)}:
                continue
            each.times -= 1
            if each.times <= 0:
                self._waiting.remove(each)
            return fault
        return None

    def clear(self) -> None:
        self._waiting.clear()
