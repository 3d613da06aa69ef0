"""The fetcher, over real sockets, against a web that misbehaves."""

import asyncio
import gzip
import ipaddress
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import __version__
from bot.adapters.fetch import AiohttpFetcher, FetchLimits, is_open
from bot.core.sources import Fetched, FetchFailed, FetchProblem
from tests.servers.web import (
    Answer,
    Names,
    Web,
    client_tls,
    closed_port,
    raw_server,
    server_tls,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HERE = (ipaddress.ip_network("127.0.0.1/32"),)
QUICK = FetchLimits(
    total_in=timedelta(seconds=2), connect_in=timedelta(seconds=1), body_bytes=100_000
)
IMPATIENT = FetchLimits(total_in=timedelta(seconds=0.05), connect_in=timedelta(seconds=0.02))


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[AiohttpFetcher]:
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK) as adapter:
        yield adapter


async def failure(fetcher: AiohttpFetcher, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch(url, now=NOW)
    return caught.value


async def problem(fetcher: AiohttpFetcher, url: str) -> FetchProblem:
    return (await failure(fetcher, url)).problem


# --- what is obtained ----------------------------------------------------------------------------


async def test_a_document_comes_with_its_facts(web: Web, fetcher: AiohttpFetcher) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Mon, 23 Nov 2026 07:00:00 GMT"}
    web.answers["/feed"] = Answer(b"<rss/>", headers=headers)
    fetched = await fetcher.fetch(web.url("/feed#top"), now=NOW)
    assert (fetched.url, fetched.final_url) == (web.url("/feed#top"), web.url("/feed"))
    assert (fetched.status, fetched.body, fetched.fetched_at) == (200, b"<rss/>", NOW)
    assert fetched.content_type == "application/xml"
    assert (fetched.etag, fetched.last_modified) == ('"v1"', headers["Last-Modified"])
    assert not fetched.not_modified
    assert ("etag", '"v1"') in [(name.lower(), value) for name, value in fetched.headers]


async def test_it_says_who_it_is_and_what_it_reads(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/feed"] = Answer(b"<rss/>")
    await fetcher.fetch(web.url("/feed"), now=NOW)
    sent = web.seen[0].headers
    assert sent["User-Agent"] == f"Vigie/{__version__}"
    assert "application/atom+xml" in sent["Accept"]
    assert "text/html" in sent["Accept"]
    assert sent["Accept-Encoding"] == "gzip, deflate"
    assert "If-None-Match" not in sent


async def test_it_says_whom_to_write_to(web: Web) -> None:
    web.answers["/feed"] = Answer(b"<rss/>")
    contact = "https://cabinet.example/robot"
    async with AiohttpFetcher(allow_nets=HERE, contact=contact) as fetcher:
        await fetcher.fetch(web.url("/feed"), now=NOW)
    assert web.seen[0].headers["User-Agent"] == f"Vigie/{__version__} (+{contact})"


async def test_a_document_that_has_not_changed_is_not_sent_again(
    web: Web, fetcher: AiohttpFetcher
) -> None:
    web.answers["/feed"] = Answer(b"<rss/>", headers={"ETag": '"v1"'})
    again = await fetcher.fetch(
        web.url("/feed"), now=NOW, etag='"v1"', last_modified="Mon, 23 Nov 2026 07:00:00 GMT"
    )
    assert again.not_modified
    assert (again.status, again.body) == (304, b"")
    assert web.seen[0].headers["If-Modified-Since"] == "Mon, 23 Nov 2026 07:00:00 GMT"


async def test_a_304_nobody_asked_for_is_an_error(web: Web, fetcher: AiohttpFetcher) -> None:
    failed = await failure(fetcher, web.url("/status/304"))
    assert (failed.problem, failed.status) == (FetchProblem.HTTP_ERROR, 304)


async def test_a_validator_that_breaks_a_header_is_not_sent(
    web: Web, fetcher: AiohttpFetcher
) -> None:
    web.answers["/feed"] = Answer(b"<rss/>")
    await fetcher.fetch(web.url("/feed"), now=NOW, etag='"a"\r\nX-Injected: 1', last_modified="")
    assert not {"If-None-Match", "If-Modified-Since", "X-Injected"} & set(web.seen[0].headers)


async def test_headers_in_no_encoding_can_be_kept(fetcher: AiohttpFetcher) -> None:
    answer = (
        b'HTTP/1.1 200 OK\r\nETag: "\xe9\xff"\r\nX-Name: \xe9\xff\r\n'
        b"Content-Type: text/html\xff\r\nContent-Length: 6\r\n\r\n<rss/>"
    )
    async with raw_server(answer) as url:
        fetched = await fetcher.fetch(url, now=NOW)
    assert fetched.etag is None
    assert repr(fetched).encode()


async def test_no_cookie_is_kept(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/feed"] = Answer(b"<rss/>", headers={"Set-Cookie": "who=practice-1"})
    await fetcher.fetch(web.url("/feed"), now=NOW)
    await fetcher.fetch(web.url("/feed"), now=NOW)
    assert "Cookie" not in web.seen[1].headers


async def test_proxies_of_the_environment_are_not_followed(
    web: Web, fetcher: AiohttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    web.answers["/feed"] = Answer(b"<rss/>")
    assert (await fetcher.fetch(web.url("/feed"), now=NOW)).body == b"<rss/>"


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("gzip", gzip.compress(b"<rss>pressed</rss>", mtime=0)),
        ("x-gzip", gzip.compress(b"<rss>pressed</rss>", mtime=0)),
        ("gzip", gzip.compress(b"<rss>pre", mtime=0) + gzip.compress(b"ssed</rss>", mtime=0)),
        ("gzip", gzip.compress(b"<rss>pressed</rss>", mtime=0) + bytes(12)),
        ("deflate", zlib.compress(b"<rss>pressed</rss>")),
        ("deflate", zlib.compress(b"<rss>pressed</rss>", wbits=-15)),
        ("identity", b"<rss>pressed</rss>"),
    ],
)
async def test_a_compressed_body_is_decompressed(
    web: Web, fetcher: AiohttpFetcher, encoding: str, sent: bytes
) -> None:
    web.answers["/feed"] = Answer(sent, headers={"Content-Encoding": encoding})
    assert (await fetcher.fetch(web.url("/feed"), now=NOW)).body == b"<rss>pressed</rss>"


async def test_an_empty_body_is_given_as_it_is(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/empty"] = Answer(b"", content_type="")
    web.answers["/packed"] = Answer(b"", headers={"Content-Encoding": "gzip"})
    assert (await fetcher.fetch(web.url("/empty"), now=NOW)).body == b""
    assert (await fetcher.fetch(web.url("/packed"), now=NOW)).body == b""


# --- how long it stays true ----------------------------------------------------------------------

DATE = "Mon, 23 Nov 2026 07:00:00 GMT"  # an hour before NOW


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": "public, Max-Age=600, must-revalidate"}, timedelta(minutes=10)),
        ({"Cache-Control": 'max-age="600"'}, timedelta(minutes=10)),
        ({"Cache-Control": "max-age = 600"}, timedelta(minutes=10)),
        ({"Cache-Control": "max-age=600, max-age=60"}, timedelta(minutes=10)),
        ({"Cache-Control": "s-maxage=600"}, None),  # for shared caches
        ({"Cache-Control": "max-age=600", "Age": "120"}, timedelta(minutes=8)),
        ({"Cache-Control": "max-age=600", "Age": "600"}, None),
        ({"Cache-Control": "max-age=600", "Age": "old"}, timedelta(minutes=10)),
        ({"Cache-Control": "max-age=31536000"}, timedelta(days=1)),
        ({"Cache-Control": "max-age=999999999"}, timedelta(days=1)),
        ({"Cache-Control": "max-age=99999999999999999999"}, None),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=soon", "Expires": "Mon, 23 Nov 2026 08:30:00 GMT"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Cache-Control": "max-age=600, no-store"}, None),
        ({"Cache-Control": ",,=,max-age=600;=" + "x" * 4000}, timedelta(minutes=10)),
        ({"Expires": "Mon, 23 Nov 2026 08:30:00 GMT", "Date": DATE}, timedelta(minutes=90)),
        (
            {"Expires": "Mon, 23 Nov 2026 07:30:00 GMT", "Date": DATE, "Age": "60"},
            timedelta(minutes=29),
        ),
        ({"Expires": "Mon, 23 Nov 2026 06:00:00 GMT", "Date": DATE}, None),
        ({"Expires": "0"}, None),
        ({"Expires": "Mon, 23 Nov 99999 06:00:00 GMT"}, None),
        (
            {"Cache-Control": "max-age=60", "Expires": "Tue, 24 Nov 2026 08:00:00 GMT"},
            timedelta(minutes=1),
        ),
    ],
)
async def test_how_long_a_document_stays_true(
    fetcher: AiohttpFetcher, headers: dict[str, str], expected: timedelta | None
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    answer = f"HTTP/1.1 200 OK\r\n{lines}Content-Length: 6\r\n\r\n<rss/>".encode()
    async with raw_server(answer) as url:
        assert (await fetcher.fetch(url, now=NOW)).fresh_for == expected


async def test_a_document_that_has_not_changed_is_fresh_again(
    web: Web, fetcher: AiohttpFetcher
) -> None:
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nCache-Control: max-age=60\r\n\r\n'
    async with raw_server(answer) as url:
        fetched = await fetcher.fetch(url, now=NOW, etag='"v1"')
    assert (fetched.not_modified, fetched.fresh_for) == (True, timedelta(minutes=1))


# --- redirects -----------------------------------------------------------------------------------


async def test_five_redirects_are_followed(web: Web, fetcher: AiohttpFetcher) -> None:
    fetched = await fetcher.fetch(web.url("/hops/5"), now=NOW)
    assert (fetched.url, fetched.final_url) == (web.url("/hops/5"), web.url("/hops/0"))
    assert fetched.body == b"arrived"


async def test_a_sixth_is_not(web: Web, fetcher: AiohttpFetcher) -> None:
    assert await problem(fetcher, web.url("/hops/6")) is FetchProblem.TOO_MANY_REDIRECTS


async def test_a_circle_ends(web: Web, fetcher: AiohttpFetcher) -> None:
    assert await problem(fetcher, web.url("/loop")) is FetchProblem.TOO_MANY_REDIRECTS
    assert len(web.seen) == 6


async def test_a_redirect_without_an_address_is_an_error(
    web: Web, fetcher: AiohttpFetcher
) -> None:
    failed = await failure(fetcher, web.url("/status/302"))
    assert (failed.problem, failed.status) == (FetchProblem.HTTP_ERROR, 302)


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([], None),
        ([301], 1),
        ([308], 1),
        ([301, 308], 2),
        ([302], None),
        ([303], None),
        ([307], None),
        ([302, 301], None),
        ([301, 302], 1),
        ([301, 307, 308], 1),
    ],
)
async def test_a_move_for_good_is_told_as_far_as_it_is_one(
    web: Web, fetcher: AiohttpFetcher, statuses: list[int], moved: int | None
) -> None:
    for step, status in enumerate(statuses):
        web.answers[f"/{step}"] = Answer(status=status, headers={"Location": f"/{step + 1}#top"})
    web.answers[f"/{len(statuses)}"] = Answer(b"<rss/>")
    fetched = await fetcher.fetch(web.url("/0"), now=NOW)
    assert fetched.url == web.url("/0")
    assert fetched.final_url == web.url(f"/{len(statuses)}")
    assert fetched.moved_to == (None if moved is None else web.url(f"/{moved}"))


async def test_a_move_out_of_tls_is_no_move(tmp_path: Path, web: Web) -> None:
    names = Names(web_test=["127.0.0.1"])
    web.answers["/feed"] = Answer(b"<rss/>")
    async with (
        Web(server_tls(tmp_path)) as safe,
        AiohttpFetcher(allow_nets=HERE, resolver=names, tls=client_tls()) as fetcher,
    ):
        safe.answers["/feed"] = Answer(status=301, headers={"Location": web.url("/feed")})
        fetched = await fetcher.fetch(safe.url("/feed", host="web.test"), now=NOW)
    assert (fetched.final_url, fetched.moved_to) == (web.url("/feed"), None)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://169.254.169.254/latest/meta-data/", FetchProblem.FORBIDDEN_ADDRESS),
        ("http://10.0.0.1/", FetchProblem.FORBIDDEN_ADDRESS),
        ("http://[::1]/", FetchProblem.FORBIDDEN_ADDRESS),
        ("//192.168.1.1/admin", FetchProblem.FORBIDDEN_ADDRESS),
        ("http://2130706433/", FetchProblem.FORBIDDEN_ADDRESS),
        ("file:///etc/passwd", FetchProblem.INVALID_ADDRESS),
        ("gopher://127.0.0.1:6379/_FLUSHALL", FetchProblem.INVALID_ADDRESS),
        ("javascript:alert(1)", FetchProblem.INVALID_ADDRESS),
        ("http://user:secret@127.0.0.1/", FetchProblem.INVALID_ADDRESS),
        ("http://[::1", FetchProblem.INVALID_ADDRESS),
        ("http:\\\\169.254.169.254\\", FetchProblem.INVALID_ADDRESS),
    ],
)
async def test_each_redirect_is_judged_like_an_address(
    web: Web, fetcher: AiohttpFetcher, location: str, expected: FetchProblem
) -> None:
    web.answers["/moved"] = Answer(status=302, headers={"Location": location})
    assert await problem(fetcher, web.url("/moved")) is expected


async def test_the_body_of_a_redirect_is_not_read(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/feed"] = Answer(b"<rss/>")
    target = web.url("/feed")
    assert (await fetcher.fetch(web.url(f"/to?url={target}"), now=NOW)).body == b"<rss/>"


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, FetchProblem.BLOCKED),
        (403, FetchProblem.BLOCKED),
        (404, FetchProblem.HTTP_ERROR),
        (410, FetchProblem.GONE),
        (429, FetchProblem.BLOCKED),
        (451, FetchProblem.BLOCKED),
        (500, FetchProblem.HTTP_ERROR),
        (503, FetchProblem.HTTP_ERROR),
    ],
)
async def test_a_refusal_keeps_its_status(
    web: Web, fetcher: AiohttpFetcher, status: int, expected: FetchProblem
) -> None:
    failed = await failure(fetcher, web.url(f"/status/{status}"))
    assert (failed.problem, failed.status, failed.retry_after_in) == (expected, status, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("Mon, 23 Nov 2026 08:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 23 Nov 2026 08:10:00 -0000", timedelta(minutes=10)),
        ("Mon, 23 Nov 2026 07:00:00 GMT", timedelta(0)),  # in the past
        ("999999999", timedelta(days=7)),  # no source is left alone for thirty years
        ("99999999999999999999", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
async def test_the_wait_a_server_asks_for_is_kept(
    web: Web, fetcher: AiohttpFetcher, value: str, expected: timedelta | None
) -> None:
    web.answers["/busy"] = Answer(status=429, headers={"Retry-After": value})
    failed = await failure(fetcher, web.url("/busy"))
    assert failed.retry_after_in == expected
    assert failed.retry_in == (None if expected is None else expected.total_seconds())


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/slow", "/silent", "/held"])
async def test_a_slow_server_is_left(web: Web, path: str) -> None:
    async with AiohttpFetcher(allow_nets=HERE, limits=IMPATIENT) as fetcher:
        assert await problem(fetcher, web.url(path)) is FetchProblem.TIMEOUT


async def test_a_connection_that_is_never_accepted_is_left() -> None:
    class DeadNames(Names):
        async def resolve(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
            await asyncio.Event().wait()
            return []

    async with AiohttpFetcher(limits=IMPATIENT, resolver=DeadNames()) as fetcher:
        assert await problem(fetcher, "http://lost.test/") is FetchProblem.TIMEOUT


async def test_redirects_share_one_time_limit(web: Web) -> None:
    web.answers["/moved"] = Answer(status=302, headers={"Location": "/silent"})
    async with AiohttpFetcher(allow_nets=HERE, limits=IMPATIENT) as fetcher:
        assert await problem(fetcher, web.url("/moved")) is FetchProblem.TIMEOUT


async def test_an_endless_body_is_left(web: Web, fetcher: AiohttpFetcher) -> None:
    assert await problem(fetcher, web.url("/endless")) is FetchProblem.TOO_LARGE


async def test_an_announced_length_is_believed(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/big"] = Answer(bytes(100_001))
    failed = await failure(fetcher, web.url("/big"))
    assert failed.problem is FetchProblem.TOO_LARGE
    assert "as announced" in failed.detail


async def test_a_body_of_exactly_the_limit_is_read(web: Web, fetcher: AiohttpFetcher) -> None:
    body = b"x" * 100_000
    web.answers["/plain"] = Answer(body)
    web.answers["/packed"] = Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    assert (await fetcher.fetch(web.url("/plain"), now=NOW)).body == body
    assert (await fetcher.fetch(web.url("/packed"), now=NOW)).body == body


@pytest.mark.parametrize("how", ["gzip", "deflate"])
async def test_a_decompression_bomb_does_not_go_off(
    web: Web, fetcher: AiohttpFetcher, how: str
) -> None:
    failed = await failure(fetcher, web.url(f"/bomb?as={how}"))
    assert failed.problem is FetchProblem.TOO_LARGE
    assert "once decompressed" in failed.detail


async def test_a_bomb_in_many_small_pieces_does_not_go_off(
    web: Web, fetcher: AiohttpFetcher
) -> None:
    pieces = gzip.compress(b"", mtime=0) * 1000
    web.answers["/pieces"] = Answer(pieces, headers={"Content-Encoding": "gzip"})
    assert await problem(fetcher, web.url("/pieces")) is FetchProblem.TOO_LARGE


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("gzip", b"<rss/>"),
        ("gzip", gzip.compress(b"<rss>" + bytes(1000), mtime=0)[:-20]),
        ("deflate", b"\xff\xff\xff\xff"),
        ("br", b"<rss/>"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"<rss/>", mtime=0), mtime=0)),
    ],
)
async def test_what_cannot_be_decompressed_is_malformed(
    web: Web, fetcher: AiohttpFetcher, encoding: str, sent: bytes
) -> None:
    web.answers["/feed"] = Answer(sent, headers={"Content-Encoding": encoding})
    assert await problem(fetcher, web.url("/feed")) is FetchProblem.MALFORMED


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 9000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
)
async def test_what_is_not_http_is_malformed(fetcher: AiohttpFetcher, answer: bytes) -> None:
    async with raw_server(answer) as url:
        assert await problem(fetcher, url) is FetchProblem.MALFORMED


# --- the network ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/cut"])
async def test_a_connection_cut_in_the_middle(
    web: Web, fetcher: AiohttpFetcher, path: str
) -> None:
    assert await problem(fetcher, web.url(path)) is FetchProblem.UNREACHABLE


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n<rss>",
    ],
)
async def test_a_server_that_hangs_up(fetcher: AiohttpFetcher, answer: bytes) -> None:
    async with raw_server(answer) as url:
        assert await problem(fetcher, url) is FetchProblem.UNREACHABLE


async def test_a_port_where_nobody_listens(fetcher: AiohttpFetcher) -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    assert await problem(fetcher, url) is FetchProblem.UNREACHABLE


async def test_a_name_that_does_not_exist() -> None:
    async with AiohttpFetcher(limits=QUICK, resolver=Names()) as fetcher:
        assert await problem(fetcher, "http://nowhere.test/") is FetchProblem.UNREACHABLE


async def test_a_certificate_nobody_vouches_for(tmp_path: Path, fetcher: AiohttpFetcher) -> None:
    async with Web(server_tls(tmp_path)) as web:
        assert await problem(fetcher, web.url("/feed")) is FetchProblem.TLS


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    names = Names(other_test=["127.0.0.1"])
    async with (
        Web(server_tls(tmp_path)) as web,
        AiohttpFetcher(allow_nets=HERE, resolver=names, tls=client_tls()) as fetcher,
    ):
        assert await problem(fetcher, web.url("/", host="other.test")) is FetchProblem.TLS


async def test_a_good_certificate(tmp_path: Path) -> None:
    names = Names(web_test=["127.0.0.1"])
    async with (
        Web(server_tls(tmp_path)) as web,
        AiohttpFetcher(allow_nets=HERE, resolver=names, tls=client_tls()) as fetcher,
    ):
        web.answers["/feed"] = Answer(b"<rss/>")
        fetched = await fetcher.fetch(web.url("/feed", host="web.test"), now=NOW)
        assert fetched.body == b"<rss/>"


async def test_https_where_only_http_is_spoken(web: Web, fetcher: AiohttpFetcher) -> None:
    url = web.url("/feed").replace("http:", "https:")
    assert await problem(fetcher, url) is FetchProblem.TLS


# --- turns ---------------------------------------------------------------------------------------


async def test_a_slow_host_stops_nobody_else(web: Web) -> None:
    names = Names(slow_test=["127.0.0.1"], fast_test=["127.0.0.1"])
    web.answers["/feed"] = Answer(b"<rss/>")
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as fetcher:
        slow = [
            asyncio.create_task(fetcher.fetch(web.url("/held", host="slow.test"), now=NOW))
            for _ in range(5)
        ]
        await web.held.wait()
        fast = await fetcher.fetch(web.url("/feed", host="fast.test"), now=NOW)
        assert fast.body == b"<rss/>"
        assert not any(task.done() for task in slow)
        web.release.set()
        await asyncio.gather(*slow)
    assert web.peak["slow.test"] == 2


async def test_waiting_for_ones_turn_is_not_counted_as_slowness(web: Web) -> None:
    limits = FetchLimits(total_in=timedelta(seconds=0.06), per_host=1)
    async with AiohttpFetcher(allow_nets=HERE, limits=limits) as fetcher:
        outcomes = await asyncio.gather(
            *(fetcher.fetch(web.url("/silent"), now=NOW) for _ in range(2)),
            fetcher.fetch(web.url("/hops/0"), now=NOW),
            return_exceptions=True,
        )
    assert isinstance(outcomes[0], FetchFailed)
    assert isinstance(outcomes[2], Fetched)


async def test_a_slow_site_is_told_apart(web: Web) -> None:
    async with AiohttpFetcher(allow_nets=HERE, limits=FetchLimits(per_host=1)) as fetcher:
        clock = asyncio.get_running_loop().time
        started = clock()
        held = asyncio.create_task(fetcher.fetch(web.url("/held"), now=NOW))
        await web.held.wait()
        waiting = asyncio.create_task(fetcher.fetch(web.url("/hops/2"), now=NOW))
        let_go = clock()
        web.release.set()
        slow, quick = await held, await waiting
        over = clock()
    assert timedelta(0) < slow.took <= timedelta(seconds=over - started)
    assert timedelta(0) < quick.took <= timedelta(seconds=over - let_go)  # its turn not counted


async def test_everybody_together_is_limited_too(web: Web) -> None:
    hosts = {f"h{number}_test": ["127.0.0.1"] for number in range(6)}
    limits = FetchLimits(overall=3)
    async with AiohttpFetcher(allow_nets=HERE, limits=limits, resolver=Names(**hosts)) as fetcher:
        urls = [web.url("/hops/1", host=name.replace("_", ".")) for name in hosts]
        await asyncio.gather(*(fetcher.fetch(url, now=NOW) for url in urls))
    assert web.peak["*"] <= 3


async def test_a_fetch_that_is_given_up_gives_its_turn_back(web: Web) -> None:
    limits = FetchLimits(per_host=1)
    web.answers["/feed"] = Answer(b"<rss/>")
    async with AiohttpFetcher(allow_nets=HERE, limits=limits) as fetcher:
        task = asyncio.create_task(fetcher.fetch(web.url("/held"), now=NOW))
        await web.held.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await fetcher.fetch(web.url("/feed"), now=NOW)).body == b"<rss/>"


async def test_a_host_is_given_a_pause(web: Web) -> None:
    """Longer than the time limit: a pause is no slowness."""
    pause = timedelta(seconds=0.5)
    limits = FetchLimits(total_in=timedelta(seconds=0.4), host_pause=pause)
    async with AiohttpFetcher(allow_nets=HERE, limits=limits) as fetcher:
        clock = asyncio.get_running_loop().time
        started = clock()
        fetches = [fetcher.fetch(web.url("/hops/0"), now=NOW) for _ in range(2)]
        both = await asyncio.gather(*fetches)
        assert timedelta(seconds=clock() - started) >= pause
    assert all(fetched.took < limits.total_in for fetched in both)


# --- where one may not go ------------------------------------------------------------------------

FORBIDDEN = [
    # one per class of address
    "http://127.0.0.1/",
    "http://127.255.255.254/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",  # changedetection.io GHSA: carrier-grade NAT
    "http://168.63.129.16/",  # Azure
    "http://169.254.169.254/latest/meta-data/",  # AWS, GCP, Azure, stringer #1548
    "http://172.31.255.254/",
    "http://192.0.0.192/",  # Oracle
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://192.168.0.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250:1900/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::8.8.8.8]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[100::1]/",
    "http://[2001:0:7f00:1::]/",  # Teredo
    "http://[2001:10::1]/",
    "http://[2001:db8::1]/",
    "http://[2002:7f00:1::]/",  # 6to4
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",  # AWS over IPv6
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    # one per published disguise
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://127.000.000.001/",
    "http://0/",
    "http://0x/",
    "http://3232235521/",
    "http://4294967297/",  # overflows to 0.0.0.1
    "http://localhost/",
    "http://LOCALHOST/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127.0.0.1#@example.org/",
    "http://127.0.0.1?@example.org/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
async def test_a_private_address_is_not_reached(url: str) -> None:
    async with AiohttpFetcher(limits=QUICK) as fetcher:
        assert await problem(fetcher, url) is FetchProblem.FORBIDDEN_ADDRESS


INVALID = [
    "",
    "   ",
    "example.org/feed",
    "//example.org/feed",
    "http:example.org",
    "http:///feed",
    "http://",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "ftp://example.org/feed",
    "data:text/xml,<rss/>",
    "javascript:alert(1)",
    "source:http://example.org/",  # changedetection.io GHSA: prefix
    "view-source:http://example.org/",
    "jar:http://example.org/!/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "http://user@example.org/",
    "http://user:secret@example.org/",
    "http://:@example.org/",
    "http://@example.org/",
    "http://example.org@127.0.0.1/",
    "http://example.org%40127.0.0.1/",
    "http://example.org\\@127.0.0.1/",  # changedetection.io GHSA: parser differential
    "http://127.0.0.1\\@example.org/",
    "http:\\\\127.0.0.1/",
    "http://example.org/\\..",
    "http://exam\nple.org/",
    "http://example.org/\r\nHost: 127.0.0.1",
    "http://example.org\t/",
    "http://example.org\x00.evil/",
    "http://exa mple.org/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%2f@example.org/",
    "http://[::1",
    "http://[::1]evil/",
    "http://[v1.fe80::a]/",
    "http://[example.org]/",
    "http://example.org:0/",
    "http://example.org:99999/",
    "http://example.org:http/",
    "http://" + "a" * 70 + ".org/",
    "http://.../",
    "http://$(id).example.org/",
]


@pytest.mark.parametrize("url", INVALID)
async def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    async with AiohttpFetcher(limits=QUICK) as fetcher:
        assert await problem(fetcher, url) is FetchProblem.INVALID_ADDRESS


@pytest.mark.parametrize(
    "answers",
    ["10.0.0.1", "::1", "fe80::1%lo", "::ffff:10.0.0.1", "10.0.0.1 fd00::1", "another.test"],
)
async def test_a_public_name_with_a_private_address_is_not_reached(answers: str) -> None:
    async with AiohttpFetcher(limits=QUICK, resolver=Names(evil_test=[answers])) as fetcher:
        expected = FetchProblem.FORBIDDEN_ADDRESS
        assert await problem(fetcher, "http://evil.test/") is expected


async def test_a_private_address_among_dead_ones_is_told_as_forbidden() -> None:
    names = Names(evil_test=["127.0.0.1 10.0.0.1"])
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as fetcher:
        url = f"http://evil.test:{closed_port()}/"
        assert await problem(fetcher, url) is FetchProblem.FORBIDDEN_ADDRESS


async def test_the_good_address_of_a_name_is_enough(web: Web) -> None:
    names = Names(both_test=["10.0.0.1 127.0.0.1"])
    web.answers["/feed"] = Answer(b"<rss/>")
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as fetcher:
        fetched = await fetcher.fetch(web.url("/feed", host="both.test"), now=NOW)
        assert fetched.body == b"<rss/>"


async def test_a_name_that_changes_its_mind_is_caught(web: Web) -> None:
    """DNS rebinding: public when first asked, the metadata server at the redirect."""
    names = Names(a_test=["127.0.0.1"], b_test=["169.254.169.254"])
    location = web.url("/latest/meta-data", host="b.test")
    web.answers["/moved"] = Answer(status=302, headers={"Location": location})
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as fetcher:
        url = web.url("/moved", host="a.test")
        assert await problem(fetcher, url) is FetchProblem.FORBIDDEN_ADDRESS


async def test_the_operator_may_open_a_network(web: Web) -> None:
    web.answers["/feed"] = Answer(b"<rss/>")
    async with AiohttpFetcher(limits=QUICK) as closed:
        assert await problem(closed, web.url("/feed")) is FetchProblem.FORBIDDEN_ADDRESS
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK) as opened:
        assert (await opened.fetch(web.url("/feed"), now=NOW)).body == b"<rss/>"


@pytest.mark.parametrize(
    ("host", "net", "expected"),
    [
        ("8.8.8.8", None, True),
        ("2606:4700::1111", None, True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.2.0.0/16", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "10.0.0.0/8", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", False),
        ("64:ff9b::808:808", "64:ff9b::/96", True),
        ("64:ff9b::a9fe:a9fe", "64:ff9b::/96", False),  # a translator is no way to the metadata
        ("example.org", "0.0.0.0/0", False),
    ],
)
def test_which_addresses_are_open(host: str, net: str | None, expected: bool) -> None:  # noqa: FBT001
    allowed = (ipaddress.ip_network(net),) if net else ()
    assert is_open(host, allowed) is expected


# --- what is told --------------------------------------------------------------------------------


async def test_no_secret_is_told(web: Web, fetcher: AiohttpFetcher) -> None:
    web.answers["/busy"] = Answer(status=429)
    for url in (web.url("/busy?token=SECRET"), "http://u:SECRET@example.org/?SECRET#SECRET"):
        failed = await failure(fetcher, url)
        assert "SECRET" not in f"{failed!r} {failed} {failed.url} {failed.detail}"
    async with raw_server(b"nonsense\r\n\r\n") as url:
        failed = await failure(fetcher, f"{url}?SECRET")
        assert "SECRET" not in f"{failed!r} {failed} {failed.detail}"
