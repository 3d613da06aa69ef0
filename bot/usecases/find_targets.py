"""What a button or a form is about, read from the store; a button outlives what it was about."""

from datetime import date
from typing import Protocol, TypeVar

from bot.core import digest
from bot.core.cases import Case
from bot.core.errors import Refusal, RefusalCode
from bot.core.people import Practice, PracticeId
from bot.ports import Ports, Transaction

Value = TypeVar("Value")


class _OfAPractice(Protocol):
    """Whatever a practice holds."""

    @property
    def practice_id(self) -> PracticeId: ...


async def find_target(tx: Transaction, kind: type[Value], identifier: int) -> Value:
    """The stored value of that kind and number.

    Raises:
        Refusal: BUTTON_EXPIRED: there is none, or none any more.
    """
    found = await tx.get(kind, identifier)
    if found is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return found


async def case_of(tx: Transaction, identifier: int) -> Case:
    """The case of that number.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    return await find_target(tx, Case, identifier)


async def practice_of(tx: Transaction, held: _OfAPractice) -> Practice:
    """The practice something is of.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    return await find_target(tx, Practice, held.practice_id)


async def today_of(ports: Ports, tx: Transaction, held: _OfAPractice) -> date:
    """The day it is in the practice something is of.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    return digest.local_day(await practice_of(tx, held), ports.clock.now())
