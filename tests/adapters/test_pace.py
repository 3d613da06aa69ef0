"""The pacer, on a clock of its own: no burst, nobody forgotten, nothing lost."""

import asyncio
from collections import Counter, defaultdict
from heapq import heappop, heappush
from itertools import count, pairwise

import pytest

from bot.adapters import pace
from bot.adapters.pace import IntervalPacer, Limits
from bot.core.people import Channel, Platform, PracticeId


class Time:
    """A clock that jumps to the next moment somebody waits for."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, asyncio.Event]] = []
        self._order = count()

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        heappush(self._waiting, (self.now + seconds, next(self._order), event))
        await event.wait()

    async def run(self, *tasks: "asyncio.Task[None]") -> None:
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._waiting:
                moment, _, event = heappop(self._waiting)
                self.now = max(self.now, moment)
                event.set()
        await asyncio.gather(*tasks)


def a_channel(number: int, *, is_private: bool = True) -> Channel:
    return Channel(PracticeId(1), Platform.TELEGRAM, str(number), is_private)


async def sent(
    limits: Limits, channels: list[Channel], each: int, *, urgent: bool = False
) -> list[tuple[float, str]]:
    """When each message left, for that many messages a channel, all wanted at once."""
    time = Time()
    pacer = IntervalPacer(limits, time.monotonic, time.sleep)
    left: list[tuple[float, str]] = []

    async def lane(channel: Channel) -> None:
        for _ in range(each):
            await pacer.turn(channel, urgent=urgent)
            left.append((time.now, channel.address))

    await time.run(*(asyncio.create_task(lane(channel)) for channel in channels))
    return left


async def test_many_chats_get_29_messages_a_second_at_most_and_26_at_least() -> None:
    left = await sent(pace.TELEGRAM, [a_channel(n) for n in range(100)], 3)
    assert len(left) == 300
    moments = [moment for moment, _ in left]
    windows = [sum(start <= moment < start + 1 for moment in moments) for start in moments]
    assert max(windows) <= 29
    assert moments[-1] <= 300 / 26 + 1


async def test_one_chat_gets_one_message_a_second_and_a_group_twenty_a_minute() -> None:
    for is_private, apart in ((True, 1.05), (False, 3.05)):
        left = await sent(pace.TELEGRAM, [a_channel(1, is_private=is_private)], 5)
        moments = [moment for moment, _ in left]
        assert [b - a for a, b in pairwise(moments)] == pytest.approx([apart] * 4)


async def test_a_slack_channel_has_a_lane_of_its_own() -> None:
    left = await sent(pace.SLACK, [a_channel(n, is_private=False) for n in range(50)], 20)
    by_channel = defaultdict(list)
    for moment, address in left:
        by_channel[address].append(moment)
    assert Counter(map(len, by_channel.values())) == {20: 50}
    assert all(b - a >= 1.0 for moments in by_channel.values() for a, b in pairwise(moments))
    assert max(moment for moment, _ in left) <= 19 * 1.005 + 2


async def test_what_somebody_waits_for_does_not_queue_behind_a_mailing() -> None:
    time = Time()
    pacer = IntervalPacer(pace.TELEGRAM, time.monotonic, time.sleep)
    left: list[float] = []

    async def mailing() -> None:
        await asyncio.gather(*(pacer.turn(a_channel(n)) for n in range(1000)))

    async def answer() -> None:
        await pacer.turn(a_channel(5000), urgent=True)
        left.append(time.now)

    task = asyncio.create_task(mailing())
    await asyncio.sleep(0)
    await time.run(asyncio.create_task(answer()), task)
    assert left == [0.0]


async def test_a_chat_asked_to_wait_waits_alone_and_three_make_everybody_wait() -> None:
    time = Time()
    pacer = IntervalPacer(pace.TELEGRAM, time.monotonic, time.sleep)
    left: dict[int, float] = {}

    async def one(number: int) -> None:
        await pacer.turn(a_channel(number))
        left[number] = time.now

    pacer.slow_down(a_channel(1), 37)
    await time.run(asyncio.create_task(one(1)), asyncio.create_task(one(2)))
    assert left[1] == pytest.approx(37)
    assert left[2] < 1
    for number in (2, 3, 4):
        pacer.slow_down(a_channel(number), 20)
    await time.run(asyncio.create_task(one(9)))
    assert left[9] >= 57
