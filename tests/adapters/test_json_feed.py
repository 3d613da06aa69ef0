"""JSON Feed through the feed reader: captured, malformed and hostile."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters import json_feed
from bot.adapters.feeds import MAX_ENTRIES, FeedReader
from bot.core.sources import (
    Entry,
    FeedDocument,
    Fetched,
    FetchFailed,
    FetchProblem,
    SourceKind,
    Visit,
)
from tests.fakes import FakeWeb

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
READER = Path(__file__).parents[1] / "feeds" / "reader"
URL = "https://example.org/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


async def read(body: bytes) -> FeedDocument:
    answer = Fetched(URL, URL, 200, body, NOW, content_type="application/feed+json")
    reading = await FeedReader(FakeWeb()).read(Visit(URL, NOW, fetched=answer))
    assert reading.document is not None
    return reading.document


async def problem(body: bytes) -> FetchProblem:
    with pytest.raises(FetchFailed) as caught:
        await read(body)
    return caught.value.problem


def feed(*items: Any, version: str = VERSION) -> bytes:
    return json.dumps({"version": version, "title": "T", "items": items}).encode()


async def item(**said: Any) -> Entry:
    (entry,) = (await read(feed(said))).entries
    return entry


async def test_a_captured_feed_is_read() -> None:
    document = await read((READER / "full.json").read_bytes())
    assert (document.title, document.kind, document.warning) == (
        "My Example Feed",
        SourceKind.FEED,
        None,
    )
    assert document.entries == (
        Entry(
            guid="2",
            url="https://example.org/second-item",
            title="Title",
            text="Content with link",
            published_at=datetime(2020, 1, 2, 21, tzinfo=UTC),
            updated_at=datetime(2020, 1, 4, tzinfo=UTC),
        ),
        Entry(
            guid="1",
            url="https://example.org/initial-post",
            title="",
            text="Hello, world!",
            published_at=datetime(2020, 1, 2, 12, tzinfo=UTC),
            author="Jane",
        ),
    )


async def test_what_is_of_a_wrong_type_says_nothing() -> None:
    document = await read((READER / "invalid.json").read_bytes())
    assert document.title == ""
    assert [entry.guid for entry in document.entries][:3] == ["2", "3.1415", "author name"]
    assert (document.entries[0].title, document.entries[0].text) == ("", "")
    assert document.entries[1].title == "float id"
    assert [entry.author for entry in document.entries if entry.author] == ["Jane"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ((READER / "unknown.json").read_bytes(), FetchProblem.NOT_A_FEED),
        (feed(version="https://jsonfeed.org/version/2"), FetchProblem.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', FetchProblem.NOT_A_FEED),
        (b'{"error": "no such feed"}', FetchProblem.NOT_A_FEED),
        (b'[{"version": "https://jsonfeed.org/version/1"}]', FetchProblem.NOT_A_FEED),
        (b"{", FetchProblem.MALFORMED),
        (feed()[:-5], FetchProblem.MALFORMED),
        (b'{"a":' * 100_000, FetchProblem.MALFORMED),
        (b'{"a":' + b"[" * 200_000, FetchProblem.MALFORMED),
        (b'{"a":' + b"9" * 100_000 + b"}", FetchProblem.MALFORMED),
        (b"{" + b" " * json_feed.MAX_BYTES + b"}", FetchProblem.TOO_LARGE),
    ],
)
async def test_what_is_no_feed_is_said(body: bytes, expected: FetchProblem) -> None:
    assert await problem(body) is expected


@pytest.mark.parametrize("version", ["1", "1.0", "1.1"])
async def test_every_version_is_read(version: str) -> None:
    document = await read(feed(version=f"https://jsonfeed.org/version/{version}"))
    assert (document.title, document.entries) == ("T", ())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"content_html": "<p>a &amp; b</p>", "content_text": "c"}, "a & b"),
        ({"content_html": "<img src=a>", "content_text": "c"}, "c"),
        ({"content_text": "1 < 2 & 3"}, "1 < 2 & 3"),
        ({"summary": "s"}, "s"),
        ({"content_text": "\0 \x02 \ud83e"}, ""),
    ],
)
async def test_the_text_of_an_item(said: dict[str, str], expected: str) -> None:
    assert (await item(**said)).text == expected


async def test_where_an_item_is() -> None:
    assert (await item(url="/a?b=1")).url == "https://example.org/a?b=1"
    assert (await item(external_url="https://lavoix.example/a")).url == "https://lavoix.example/a"
    assert (await item(id="a\0", url="/\ud83e")).guid == "a"
    assert (await item(url="javascript:alert(1)")).url == ""


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-11-01T10:00:00+02:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("2026-11-01T10:00:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+10:00", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("yesterday", None),
    ],
)
async def test_when_an_item_was_published(date: str, expected: datetime | None) -> None:
    assert (await item(date_published=date)).published_at == expected


async def test_who_wrote_it() -> None:
    assert (await item(authors=[{"name": "Anne"}, {"name": "Paul"}])).author == "Anne, Paul"
    assert (await item(author={"name": "Anne"})).author == "Anne"
    assert (await item(author="Anne")).author is None


async def test_only_so_many_items_are_kept() -> None:
    document = await read(feed(*({"id": n} for n in range(MAX_ENTRIES + 1))))
    assert len(document.entries) == MAX_ENTRIES
    assert document.warning == "only the first 1000 entries were read"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "url", "title", "name", "authors", "author", "date_published"]),
            inner,
            max_size=5,
        )
    ),
)


@given(st.lists(JSON, max_size=4))
async def test_whatever_the_items_are_the_feed_is_read(items: list[Any]) -> None:
    document = await read(feed(*items))
    assert len(document.entries) == sum(isinstance(one, dict) for one in items)
