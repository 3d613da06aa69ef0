"""What the doors share: what was seen already, and how they are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.http import Route, listening
from bot.adapters.store.memory import InMemoryStore
from bot.core.errors import Outage, Refusal, RefusalCode, ThreadGone
from bot.core.messages import File
from bot.core.people import Channel, Platform, PracticeId
from bot.ports import Store
from handlers.doors import LARGEST_GIVEN, Deliveries, Door, Health, give_files
from tests.fakes import BrokenStore, FakeChat, FreePacer

PLACE = Channel(PracticeId(1), Platform.TELEGRAM, "1", is_private=True)
GIVEN = (File("a.pdf", "application/pdf", b"a"), File("b.pdf", "application/pdf", b"b"))


async def test_files_are_given_in_order() -> None:
    chat = FakeChat()
    references, problem = await give_files(chat, FreePacer(), PLACE, "7", GIVEN)
    assert problem is None
    assert len(references) == 2
    assert chat.given == [("1", GIVEN[0]), ("1", GIVEN[1])]


async def test_a_file_whose_thread_is_gone_stands_by_itself() -> None:
    chat = FakeChat()
    chat.fail(ThreadGone("deleted"))
    assert (await give_files(chat, FreePacer(), PLACE, "7", GIVEN[:1]))[1] is None
    assert chat.given == [("1", GIVEN[0])]


@pytest.mark.parametrize("fault", [Outage("away"), Refusal(RefusalCode.FILE_RIGHTS)])
async def test_a_file_that_cannot_be_given_is_told_and_no_other_follows(fault: Exception) -> None:
    chat = FakeChat()
    chat.fail(fault)
    references, problem = await give_files(chat, FreePacer(), PLACE, "", GIVEN)
    told = (
        fault if isinstance(fault, Refusal) else Refusal(RefusalCode.FILE_NOT_SENT, name="a.pdf")
    )
    assert (references, problem, chat.given) == ([], told, [])


async def test_a_file_no_chat_would_take_is_not_sent() -> None:
    chat = FakeChat()
    large = File("a.pdf", "application/pdf", bytes(LARGEST_GIVEN + 1))
    _, problem = await give_files(chat, FreePacer(), PLACE, "", [large])
    assert problem == Refusal(RefusalCode.FILE_NOT_SENT, name="a.pdf")
    assert not chat.given


@dataclass
class FakeDoor:
    """A door that is open or not."""

    platform: Platform
    is_open: bool = True
    routes: Sequence[Route] = ()

    async def open(self, commands: Mapping[str, str]) -> None:
        self.is_open = True

    async def watch(self) -> None:
        return

    async def close(self) -> None:
        self.is_open = False


async def asked(store: Store, doors: Sequence[Door], path: str) -> tuple[int, object]:
    async with (
        listening("127.0.0.1", 0, Health(store, doors).routes) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, json.loads(await answer.text())


async def test_with_a_database_and_its_chats_it_is_ready() -> None:
    doors = [FakeDoor(Platform.TELEGRAM), FakeDoor(Platform.SLACK)]
    status, told = await asked(InMemoryStore(), doors, "/readyz")
    chats = {"telegram": True, "slack": True}
    assert (status, told) == (200, {"ready": True, "database": True, "chats": chats})


async def test_one_chat_that_is_shut_is_told() -> None:
    doors = [FakeDoor(Platform.TELEGRAM), FakeDoor(Platform.SLACK, is_open=False)]
    status, told = await asked(InMemoryStore(), doors, "/readyz")
    chats = {"telegram": True, "slack": False}
    assert (status, told) == (503, {"ready": False, "database": True, "chats": chats})


async def test_a_database_that_fails_is_told_and_we_are_alive_all_the_same() -> None:
    doors = [FakeDoor(Platform.TELEGRAM)]
    status, told = await asked(BrokenStore(), doors, "/readyz")
    assert (status, told) == (
        503,
        {"ready": False, "database": False, "chats": {"telegram": True}},
    )
    assert await asked(BrokenStore(), doors, "/healthz") == (200, {"alive": True})


@given(st.lists(st.integers(0, 30).map(str), max_size=200), st.integers(1, 10))
def test_a_delivery_is_new_once_as_long_as_it_is_remembered(keys: list[str], most: int) -> None:
    deliveries = Deliveries(most)
    kept: list[str] = []
    for key in keys:
        assert deliveries.is_new(key) is (key not in kept)
        kept = kept if key in kept else [*kept, key][-most:]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_what_has_no_key_is_always_new(times: int) -> None:
    deliveries = Deliveries()
    assert all(deliveries.is_new("") for _ in range(times))
