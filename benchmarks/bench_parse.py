"""Reading feeds that were read before, beside ``feedparser.parse`` of the whole document.

The document is never the one last read, byte for byte: its own date moves, as it often does.
"""

import asyncio
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import feedparser
from figures import table

from bot.adapters.feeds import FeedReader
from bot.core.sources import Fetched, Memory, Visit
from tests.fakes import FakeWeb

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
URL = "https://example.org/feed"
ROUNDS = 7
TICK = 0.005
SAID = (
    "le docteur dupont de lille explique pourquoi une famille attend des avis sur son cabinet "
    "médecin hôpital santé région justice enquête patients rendez-vous presse locale article"
)


def alert(count: int, made: int) -> bytes:
    """A Google alert, as Google writes it."""
    chance = random.Random(count)  # noqa: S311 - the same documents every time
    entries = "".join(
        f"<entry>\n<id>tag:google.com,2013:googlealerts/feed:{chance.getrandbits(63)}</id>"
        f'<title type="html">{escape(_said(chance, 9))} &lt;b&gt;Dupont&lt;/b&gt;</title>'
        '<link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://lavoix.example/'
        f'{chance.getrandbits(200):x}&amp;ct=ga&amp;cd={chance.getrandbits(200):x}"></link>'
        f"<published>2026-11-{1 + number % 22:02}T09:{number % 60:02}:00Z</published>"
        f"<updated>2026-11-{1 + number % 22:02}T09:{number % 60:02}:00Z</updated>"
        f'<content type="html">{escape(_said(chance, 32))} &amp;nbsp;...</content>'
        "<author><name></name></author></entry>\n"
        for number in reversed(range(count))
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:idx="urn:atom-extension:indexing">'
        "<id>tag:google.com,2005:reader/user/1/state/com.google/alerts/2</id>"
        f"<title>Google Alert - dupont</title><updated>2026-11-22T10:00:{made:02}Z</updated>"
        f"{entries}</feed>"
    ).encode()


def rss(count: int, made: int) -> bytes:
    """A blog with its articles in HTML."""
    chance = random.Random(count)  # noqa: S311 - the same documents every time
    items = "".join(
        f"<item>\n<title>{_said(chance, 9)}</title><link>https://blog.example/{number}</link>"
        f"<dc:creator><![CDATA[Anne]]></dc:creator><guid>https://blog.example/?p={number}</guid>"
        f"<pubDate>{1 + number % 22} Nov 2026 09:{number % 60:02}:00 +0000</pubDate>"
        f"<category><![CDATA[santé]]></category><description>{_said(chance, 40)}</description>"
        "<content:encoded><![CDATA["
        + "".join(f"<p>{_said(chance, 36)} <a href='/a'>lire</a></p>\n" for _ in range(3))
        + "]]></content:encoded></item>\n"
        for number in reversed(range(count))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Blog</title>'
        f"<lastBuildDate>22 Nov 2026 10:00:{made:02} +0000</lastBuildDate>{items}</channel></rss>"
    ).encode()


def _said(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(SAID.split(), k=count))


async def ours(body: bytes, memory: Memory, times: int = 1) -> tuple[float, Memory]:
    """Seconds for one visit of several in a row, and what is remembered of it."""
    answer = Fetched(URL, URL, 200, body, NOW, content_type="application/xml")
    reader = FeedReader(FakeWeb())
    start = time.perf_counter()
    for _ in range(times):
        reading = await reader.read(Visit(URL, NOW, memory, fetched=answer))
    return (time.perf_counter() - start) / times, reading.memory


def theirs(body: bytes, times: int) -> float:
    """Seconds for one parse of the whole document, of several in a row."""
    start = time.perf_counter()
    for _ in range(times):
        feedparser.parse(body)
    return (time.perf_counter() - start) / times


async def longest_hold(body: bytes) -> float:
    """The most that the loop was late while the document was read, everything in it new."""
    late = [0.0]

    async def tick() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - start - TICK)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    await ours(body, Memory())
    await asyncio.sleep(2 * TICK)
    ticking.cancel()
    return max(late)


async def main() -> None:
    """Print the table."""
    rows = []
    for name, make, count in (
        ("Google Alerts, 20 entries", alert, 20),
        ("RSS, 100 items", rss, 100),
        ("RSS, 1,000 items", rss, 1_000),
    ):
        before = (await ours(make(count, 0), Memory()))[1]
        in_a_row = max(1, 200 // count)
        few = max(1, count // 20)
        memories = {
            "nothing new": before,
            "1 new": _without(before, 1),
            "5 % new": _without(before, few),
            "all new": Memory(),
        }
        times: dict[str, list[float]] = {key: [] for key in ("feedparser", *memories)}
        held = []
        for made in range(1, ROUNDS + 1):
            body = make(count, made)
            times["feedparser"].append(theirs(body, in_a_row))
            for key, memory in memories.items():
                times[key].append((await ours(body, memory, in_a_row))[0])
            held.append(await longest_hold(body))
        middle = {key: statistics.median(each) for key, each in times.items()}
        rows.append(
            (
                f"{name}, {len(make(count, 0)) / 1000:,.0f} kB",
                f"{middle['feedparser'] * 1000:.1f}",
                *(
                    f"{middle[key] * 1000:.2f} (1/{middle['feedparser'] / middle[key]:.1f})"
                    for key in memories
                ),
                f"{statistics.median(held) * 1000:.0f}",
            )
        )
    table(
        f"Reading feeds again: milliseconds, medians of {ROUNDS}; in brackets, of feedparser's",
        (
            "what",
            "`feedparser.parse`",
            "nothing new",
            "1 new",
            "5 % new",
            "all new",
            "loop held by all new",
        ),
        rows,
    )


def _without(memory: Memory, count: int) -> Memory:
    """What was remembered before the newest ``count`` items were published."""
    return Memory(seen=memory.seen[8 * count :])


if __name__ == "__main__":
    asyncio.run(main())
