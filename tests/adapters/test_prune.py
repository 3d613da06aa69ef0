"""Cutting known items out of feeds: what is left is read as if they had never been published."""

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.feeds import MAX_ENTRIES, FeedReader
from bot.adapters.prune import MARK_BYTES, MAX_MARKS, prune
from bot.core.sources import Entry, Fetched, FetchFailed, Memory, Reading, Visit, in_utf8
from tests.fakes import FakeWeb

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
FEEDS = Path(__file__).parents[1] / "feeds"
URL = "https://example.org/feed"


async def visit(body: bytes, seen: bytes = b"") -> Reading:
    answer = Fetched(URL, URL, 200, body, NOW, content_type="application/xml")
    return await FeedReader(FakeWeb()).read(Visit(URL, NOW, Memory(seen=seen), fetched=answer))


def entries_of(body: bytes, seen: bytes = b"") -> tuple[Entry, ...]:
    document = asyncio.run(visit(body, seen)).document
    return document.entries if document else ()


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>T</title>{''.join(items)}</channel></rss>".encode()


def item(title: str) -> str:
    return f"<item><title>{title}</title></item>"


def marks(*items: str) -> bytes:
    return prune(rss(*items), b"", 100).seen


def titles(body: bytes) -> list[str]:
    return re.findall(r"<title>(\w+)</title></item>", body.decode())


# --- what is cut, and what is remembered --------------------------------------------------------


def test_known_items_are_cut_and_all_are_remembered() -> None:
    known = marks(item("a"), item("b"), item("gone"))
    pruned = prune(rss(item("new"), item("a"), item("b")), known, 100)
    assert pruned.body == rss(item("new"))
    assert pruned.seen == marks(item("new"), item("a"), item("b"))
    assert (pruned.new, pruned.known, pruned.surplus) == (1, 2, 0)
    assert not pruned.is_old


def test_a_document_of_known_items_is_old() -> None:
    items = [item("a"), item("b")]
    assert prune(rss(*items, item("new")), marks(*items), 100).is_old is False
    assert prune(rss(*items), marks(*items), 100).is_old
    assert prune(rss(items[0]), marks(*items), 100).is_old
    assert not prune(rss(), marks(*items), 100).is_old


def test_an_item_that_changed_is_new() -> None:
    known = marks(item("a"), item("b"), item("c"))
    assert titles(prune(rss(item("a"), item("b."), item("b"), item("c")), known, 100).body) == []
    assert titles(prune(rss(item("a"), item("x"), item("c")), known, 100).body) == ["x"]


def test_one_known_item_stays_beside_the_new_ones() -> None:
    """Two that share a guid and say different things have to be seen together once."""
    pruned = prune(rss(item("new"), item("a")), marks(item("a")), 100)
    assert titles(pruned.body) == ["new", "a"]
    assert (pruned.new, pruned.known) == (2, 0)


def test_what_is_over_the_limit_is_cut_and_remembered() -> None:
    items = [item(f"t{number}") for number in range(5)]
    pruned = prune(rss(*items), b"", 2)
    assert titles(pruned.body) == ["t0", "t1"]
    assert (pruned.new, pruned.surplus) == (2, 3)
    assert pruned.seen == marks(*items)


def test_only_so_much_is_remembered() -> None:
    assert len(prune(rss("<item></item>" * (MAX_MARKS + 1)), b"", 1).seen) == (
        MAX_MARKS * MARK_BYTES
    )


def test_a_memory_that_was_cut_short_is_no_trouble() -> None:
    known = marks(item("a"), item("b"))
    assert titles(prune(rss(item("a"), item("b")), known[:-3], 100).body) == ["a", "b"]


FLAT = [
    "<item><title>a</title><!-- <item> --></item>",
    "<item><title><![CDATA[</item> ]] > <item>]]></title></item>",
    "<item rdf:about='a'\n><title>a</title></item \n>",
    "<ITEM><title>a</title></ITEM>",
    "<a:entry><title>a</title></a:entry>",
    "<é:item><title>a</title></é:item>",
    "<item><title>a</title><items><item.x/><itemid/><x:item-y/><item:z/></items></item>",
    "<item><![CDATA[]]]]]><!----><!-- a-b --></item>",
]


@pytest.mark.parametrize("one", FLAT)
def test_a_flat_list_is_cut(one: str) -> None:
    pruned = prune(rss(one, item("b"), item("c")), marks(one, item("b")), 100)
    assert pruned.body == rss(item("c"))


ODD = [
    "<item><title>a</title>",
    "</item>",
    "<item/>",
    "<item><item></item></item>",
    "<item><entry></entry></item>",
    "<item></ITEM>",
    "<item></entry>",
    "<item></item",
    "<item></item x>",
    "<!-- a -- b -->",
    "<!-- a --->",
    "<!-- a",
    "<![CDATA[ a ]]",
    "<![IGNORE[ a ]]>",
    "<!DOCTYPE a>",
    "<?php a ?>",
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", range(3))
def test_what_is_not_plain_is_left_whole(odd: str, place: int) -> None:
    items = [item("a"), item("b")]
    known = marks(*items)
    body = rss(*items[:place], odd, *items[place:])
    pruned = prune(body, known, 100)
    assert (pruned.body, pruned.seen, pruned.known) == (body, b"", 0)


HOSTILE = {
    "comments": "<!--" * 300_000,
    "almost comments": "<!--a-" * 200_000,
    "sections": "<![CDATA[" * 130_000,
    "almost sections": "<![CDATA[]]" + "]" * 1_000_000,
    "brackets": "<" * 1_200_000,
    "prefixes": "<" + "a" * 1_200_000,
    "many prefixes": "<a:a:a" * 200_000,
    "opened": "<item" * 240_000,
    "blanks": "</item" + " " * 1_200_000,
    "empty items": "<item></item>" * 92_000,
}


@pytest.mark.parametrize("inside", HOSTILE.values(), ids=HOSTILE.keys())
def test_looking_takes_time_in_proportion(inside: str) -> None:
    def seconds(body: bytes) -> float:
        start = time.process_time()
        prune(body, b"", 1000)
        return time.process_time() - start

    assert seconds(rss(inside)) < 2, "a megabyte takes some milliseconds, or minutes"


# --- read as if they had never been published ---------------------------------------------------

SPAN = re.compile(rb"<((?:\w+:)?(?:item|entry))[\s>]", re.IGNORECASE)


def captured() -> list[Path]:
    """Every feed whose items can be told apart."""
    kinds = ("*.xml", "*.rss", "*.atom")
    paths = sorted(path for kind in kinds for path in FEEDS.rglob(kind))
    return [path for path in paths if with_known(path)]


def with_known(path: Path) -> bytes | None:
    """A feed with two more items before its own, or nothing when it has none to be told apart."""
    body = in_utf8(path.read_bytes(), "application/xml")
    body = re.sub(rb"\A\s*<\?xml.*?\?>|<!--.*?-->", b"", body, flags=re.DOTALL)
    first = SPAN.search(body)
    root = re.search(rb"<[a-zA-Z]", body)
    if first is None or root is None or not prune(body[root.start() :], b"", 1000).seen:
        return None
    name = first[1]
    more = b"".join(b"<%b><title>%d</title></%b>" % (name, n, name) for n in range(2))
    return body[: first.start()] + more + body[first.start() :]


@pytest.mark.parametrize("path", captured(), ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_each_item_left_alone_is_what_it_was_among_the_others(path: Path) -> None:
    body = with_known(path)
    assert body is not None
    try:
        whole = await visit(body)
    except FetchFailed:
        pytest.skip("no feed for this reader")
    assert whole.document is not None
    entries = whole.document.entries
    seen = whole.memory.seen
    assert len(seen) == len(entries) * MARK_BYTES
    assert (await visit(body, seen)).document is None
    for number, entry in enumerate(entries[2:], 2):
        others = seen[: number * MARK_BYTES] + seen[(number + 1) * MARK_BYTES :]
        if seen[number * MARK_BYTES :][:MARK_BYTES] in chunks(others):
            continue  # said twice
        alone = await visit(body, others)
        assert alone.document is not None
        assert alone.document.entries == (entry,)
        assert alone.document.title == whole.document.title
        assert alone.known == len(entries) - 1


def chunks(seen: bytes) -> list[bytes]:
    return [seen[at : at + MARK_BYTES] for at in range(0, len(seen), MARK_BYTES)]


WORDS = st.text("aé &<>'\"]-\n\u2028\U0001f9b7", max_size=12)
PIECE = st.one_of(
    WORDS.map(lambda said: f"<title>{said.replace('&', '&amp;').replace('<', '&lt;')}</title>"),
    WORDS.map(
        lambda said: f"<description><![CDATA[<p>{said.replace(']', '')}</item>]]></description>"
    ),
    WORDS.map(lambda said: f"<!-- <item> {said.replace('-', '')} -->"),
    st.integers(0, 9).map(lambda number: f"<guid isPermaLink='false'>{number}</guid>"),
    st.integers(0, 9).map(lambda number: f"<link>/{number}?a=1&amp;b=2</link>"),
    st.integers(1, 28).map(lambda day: f"<pubDate>{day} Oct 2026 10:00:00 GMT</pubDate>"),
    st.just("<dc:creator>Anne</dc:creator><category>a</category><x/>"),
)
ITEMS = st.lists(
    st.tuples(st.lists(PIECE, max_size=4).map("".join), st.booleans()), min_size=1, max_size=8
)


@given(ITEMS, st.sampled_from(["utf-8", "utf-16", "utf-32-be"]))
def test_any_items_may_be_known(items: Sequence[tuple[str, bool]], encoding: str) -> None:
    written = [f"<item>{inside}<n>{n}</n></item>" for n, (inside, _) in enumerate(items)]
    body = rss(*written).decode().encode(encoding)
    known = marks(*(one for one, (_, is_known) in zip(written, items, strict=True) if is_known))
    count = len(known) // MARK_BYTES
    whole = asyncio.run(visit(body))
    part = asyncio.run(visit(body, known))
    assert whole.document is not None
    assert part.memory == whole.memory
    if count == len(items):
        assert (part.document, part.known) == (None, count)
        return
    is_cut = count > 1
    assert part.known == (count if is_cut else 0)
    assert part.document is not None
    assert part.document.entries == tuple(
        entry
        for entry, (_, is_known) in zip(whole.document.entries, items, strict=True)
        if not (is_cut and is_known)
    )


TOKENS = st.sampled_from(
    [
        *("<item>", "</item>", "<item/>", "</item >", "<a:item>", "</a:item>", "<ITEM x=''>"),
        *("<item\0>", "<item'>", "<item x='>'>", "<!--", "-->", "-- >", "--", "<![CDATA[", "]]>"),
        *("]]", "<?", "?>", "<!", ">", "<title>", "</title>", "<br/>", "&", "<", "'", "a", "b"),
    ]
)
ROUGH = st.lists(st.one_of(TOKENS, st.just("<item><title>x</title></item>")), max_size=8)


@given(ROUGH.map("".join), ROUGH.map("".join))
@example("", "<!-- -- ><item><title>n</title></item> -->")
def test_whatever_it_is_made_of_nothing_new_is_lost(before: str, more: str) -> None:
    """Two visits find together what one visit finds in the second document."""
    items = item("k1") + item("k2")
    first, second = rss(before, items), rss(more, before, items)
    try:
        whole = asyncio.run(visit(second)).document
        known = asyncio.run(visit(first))
    except FetchFailed:
        return
    assert whole is not None
    assert known.document is not None
    rest = entries_of(second, known.memory.seen)
    found = {entry.title for entry in (*known.document.entries, *rest)}
    assert {entry.title for entry in whole.entries} <= found


async def test_a_long_feed_is_read_in_turns() -> None:
    items = [item(f"t{number}") for number in range(MAX_ENTRIES + 5)]
    reading = await visit(rss(*items))
    assert reading.document is not None
    assert len(reading.document.entries) == MAX_ENTRIES
    assert reading.document.warning == "only the first 1000 entries were read"
    later = await visit(rss(item("new"), *items), reading.memory.seen)
    assert later.document is not None
    assert [entry.title for entry in later.document.entries] == ["new"]
    assert (later.document.warning, later.known) == (None, MAX_ENTRIES + 5)
