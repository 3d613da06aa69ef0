"""Asking an API: the same guard, every status an answer, and no secret told."""

import gzip
import ipaddress
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.fetch import AiohttpFetcher, FetchLimits
from bot.core.sources import Answered, FetchFailed, FetchProblem
from tests.servers.web import Answer, Names, Web, closed_port, endless_server, raw_server

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HERE = (ipaddress.ip_network("127.0.0.1/32"),)
QUICK = FetchLimits(total_in=timedelta(seconds=5), body_bytes=100_000)
SECRET = {"Authorization": "Bearer HUSH"}
FORM = {"key": "HUSH"}
BROKEN = {"X-Key": "HUSH\r\nX-Evil: 1"}


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[AiohttpFetcher]:
    names = Names(inside_test=["10.0.0.1"])
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as adapter:
        yield adapter


async def asked(fetcher: AiohttpFetcher, url: str) -> Answered:
    return await fetcher.ask("POST", url, headers=SECRET, form=FORM, now=NOW)


async def failure(fetcher: AiohttpFetcher, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await asked(fetcher, url)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 301, 304, 400, 401, 403, 404, 410, 429, 500, 503])
async def test_every_status_is_an_answer(web: Web, fetcher: AiohttpFetcher, status: int) -> None:
    body = b"" if status == 304 else b'{"error": 1}'
    headers = {"Retry-After": "5", "Location": "/elsewhere"}
    web.answers["/v1"] = Answer(body, status=status, headers=headers)
    answered = await asked(fetcher, web.url("/v1"))
    assert (answered.status, answered.body) == (status, body)
    assert ("Retry-After", "5") in answered.headers
    assert len(web.seen) == 1


async def test_what_is_sent(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/v1"] = Answer(b"{}")
    for method, json, kind in (("GET", None, None), ("PUT", {"a": 1}, "application/json")):
        await fetcher.ask(method, web.url("/v1"), headers=SECRET, json=json, now=NOW)
        seen = web.seen[-1]
        assert (seen.method, seen.headers["Authorization"]) == (method, "Bearer HUSH")
        assert seen.headers["Accept"] == "application/json"
        if kind:
            assert seen.headers["Content-Type"] == kind
    await asked(fetcher, web.url("/v1"))
    assert web.seen[-1].headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_an_answer_is_decompressed_and_not_shown(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/v1"] = Answer(gzip.compress(b"HUSH"), headers={"Content-Encoding": "gzip"})
    answered = await asked(fetcher, web.url("/v1"))
    assert answered.body == b"HUSH"
    assert "HUSH" not in repr(answered)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://169.254.169.254/?key=HUSH", FetchProblem.FORBIDDEN_ADDRESS),
        ("https://inside.test/?key=HUSH", FetchProblem.FORBIDDEN_ADDRESS),
        ("https://nowhere.test/?key=HUSH", FetchProblem.UNREACHABLE),
        ("file:///etc/passwd?key=HUSH", FetchProblem.INVALID_ADDRESS),
        ("https://u:HUSH@places.test/", FetchProblem.INVALID_ADDRESS),
        ("https://u:HUSH@places.test:99999/", FetchProblem.INVALID_ADDRESS),
        ("https://[HUSH/", FetchProblem.INVALID_ADDRESS),
    ],
)
async def test_the_same_guard(fetcher: AiohttpFetcher, url: str, expected: FetchProblem) -> None:
    failed = await failure(fetcher, url)
    assert failed.problem is expected
    assert "HUSH" not in told(failed)


async def test_the_same_limits(web: Web, fetcher: AiohttpFetcher) -> None:
    assert (await failure(fetcher, web.url("/bomb"))).problem is FetchProblem.TOO_LARGE
    assert (await failure(fetcher, web.url("/endless"))).problem is FetchProblem.TOO_LARGE
    async with endless_server(b"HTTP/1.1 200 OK\r\n", b"X-Many: HUSH\r\n" * 100) as url:
        failed = await failure(fetcher, url)
    assert failed.problem is FetchProblem.MALFORMED
    assert "HUSH" not in told(failed)


async def test_no_secret_is_told(web: Web, fetcher: AiohttpFetcher) -> None:
    gone = f"http://127.0.0.1:{closed_port()}/v1?key=HUSH"
    assert "HUSH" not in told(await failure(fetcher, gone))
    assert "HUSH" not in told(await failure(fetcher, web.url("/cut?key=HUSH")))
    async with raw_server(b"HUSH nonsense\r\n\r\n") as url:
        assert "HUSH" not in told(await failure(fetcher, f"{url}?key=HUSH"))


async def test_a_key_that_breaks_a_header_is_not_sent(web: Web, fetcher: AiohttpFetcher) -> None:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.ask("GET", web.url("/v1"), headers=BROKEN, now=NOW)
    assert "HUSH" not in told(caught.value)
    assert not web.seen


def told(failed: FetchFailed) -> str:
    """All that a log could say of it, causes included."""
    trace = "".join(traceback.format_exception(failed))
    return f"{failed!r} {failed} {failed.url} {failed.detail} {trace}"
