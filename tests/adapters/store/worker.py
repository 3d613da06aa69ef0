"""Another process with the same database, led line by line on its standard input.

python worker.py write|hang|open URL NAME
"""

import asyncio
import sys

from bot.adapters.store.sql import SqlStore
from bot.core.people import Practice
from tests.adapters.store.builders import NOW

TRANSACTIONS = 40


def say(word: str) -> None:
    """Tell the test where we are."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def wait() -> None:
    """Until the test says go on."""
    sys.stdin.readline()


async def write(url: str, name: str) -> None:
    """Many short transactions that read before they write."""
    async with SqlStore.open(url, now=NOW) as store:
        say("ready")
        wait()
        for number in range(TRANSACTIONS):
            async with store.write() as tx:
                seen = await tx.count(Practice)
                await tx.add(Practice(f"{name} {number} after {seen}"))


async def hang(url: str, name: str) -> None:
    """A transaction that never ends."""
    async with SqlStore.open(url, now=NOW) as store, store.write() as tx:
        for number in range(200):
            await tx.add(Practice(f"{name} {number}", timezone="x" * 20_000))
        say("ready")
        wait()


async def start(url: str, _name: str) -> None:
    """Nothing but the migrations."""
    say("ready")
    wait()
    async with SqlStore.open(url, now=NOW) as store, store.read() as tx:
        await tx.count(Practice)


if __name__ == "__main__":
    JOBS = {"write": write, "hang": hang, "start": start}
    asyncio.run(JOBS[sys.argv[1]](*sys.argv[2:]))
    say("done")
