"""One case for each weakness published about a program that fetches what others point it at.

Each identifier was read in a stored public copy (of the advisory, of a mirror of the NVD, or of
the project's own history) on 23 November 2026. ``unnumbered``: a known trick for which none was
found.
"""

import asyncio
import gzip
import ipaddress
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.adapters.fetch import AiohttpFetcher, FetchLimits
from bot.core.sources import FetchFailed, FetchProblem
from tests.servers.proxy import Proxy
from tests.servers.web import (
    Answer,
    Names,
    Web,
    client_tls,
    closed_port,
    endless_server,
    raw_server,
    server_tls,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HERE = (ipaddress.ip_network("127.0.0.1/32"),)
QUICK = FetchLimits(
    total_in=timedelta(seconds=5), connect_in=timedelta(seconds=5), body_bytes=100_000
)
IMPATIENT = FetchLimits(total_in=timedelta(seconds=0.1), body_bytes=100_000)
METADATA = "169.254.169.254"
FORBIDDEN, INVALID = FetchProblem.FORBIDDEN_ADDRESS, FetchProblem.INVALID_ADDRESS
TOO_LARGE, MALFORMED = FetchProblem.TOO_LARGE, FetchProblem.MALFORMED
OK = b"HTTP/1.1 200 OK\r\n"


class Case(NamedTuple):
    """One weakness: who had it, what is tried, what must come of it."""

    advisory: str
    tried: Any
    expected: FetchProblem


def named(*cases: Case) -> list[Any]:
    return [pytest.param(case, id=f"{case.advisory} {case.tried!r}"[:120]) for case in cases]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as server:
        server.answers["/feed"] = Answer(b"<rss/>")
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[AiohttpFetcher]:
    names = Names(a_test=["127.0.0.1"], b_test=["127.0.0.1"])
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as adapter:
        yield adapter


async def problem(fetcher: AiohttpFetcher, url: str) -> FetchProblem:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch(url, now=NOW)
    return caught.value.problem


# --- addresses -----------------------------------------------------------------------------------

ADDRESSES = named(
    # Nothing was checked at all.
    Case(
        "CVE-2026-27696 GHSA-3c45-4pj5-ch7m changedetection.io", f"http://{METADATA}/", FORBIDDEN
    ),
    Case("CVE-2026-27696 GHSA-3c45-4pj5-ch7m changedetection.io", "http://10.0.0.1/", FORBIDDEN),
    Case("CVE-2026-21885 GHSA-xwh2-742g-w3wp Miniflux", "http://127.0.0.1/", FORBIDDEN),
    Case("CVE-2026-44313 Linkwarden", "https://192.168.0.1/", FORBIDDEN),
    Case("CVE-2019-9187 ikiwiki aggregate", "http://127.8.8.8/", FORBIDDEN),
    # A range was forgotten.
    Case("GHSA-gwph-fp79-379w changedetection.io", "http://100.64.0.1/", FORBIDDEN),
    Case("CVE-2026-46348 Mastodon", "http://[::]/", FORBIDDEN),
    Case("CVE-2026-22245 GHSA-xfrj-c749-jxxq Mastodon", "http://0.0.0.0/", FORBIDDEN),
    Case("CVE-2026-22245 GHSA-xfrj-c749-jxxq Mastodon", "http://192.0.0.1/", FORBIDDEN),
    Case("CVE-2026-22245 GHSA-xfrj-c749-jxxq Mastodon", "http://198.18.0.1/", FORBIDDEN),
    Case("CVE-2026-22245 GHSA-xfrj-c749-jxxq Mastodon", "http://240.0.0.1/", FORBIDDEN),
    Case("CVE-2026-50131 Fedify", "http://0.1.2.3/", FORBIDDEN),
    Case("CVE-2026-50131 Fedify", "http://224.0.0.1/", FORBIDDEN),
    Case("CVE-2026-55187 Mailpit", "http://[fec0::1]/", FORBIDDEN),
    Case("CVE-2026-55187 Mailpit", "http://[2001:db8::1]/", FORBIDDEN),
    # An IPv4 address in an IPv6 one.
    Case("CVE-2026-2455 Mattermost", "http://[::ffff:127.0.0.1]/", FORBIDDEN),
    Case("CVE-2026-33480 AVideo", f"http://[::ffff:{METADATA}]/", FORBIDDEN),
    Case("CVE-2026-43929 ssrfcheck", "http://[::ffff:7f00:1]/", FORBIDDEN),
    Case("CVE-2026-43929 ssrfcheck", "http://[0:0:0:0:0:ffff:a9fe:a9fe]/", FORBIDDEN),
    Case("CVE-2026-55187 Mailpit 6to4", "http://[2002:7f00:1::]/", FORBIDDEN),
    Case("CVE-2026-55187 Mailpit NAT64", "http://[64:ff9b::7f00:1]/", FORBIDDEN),
    Case("CVE-2026-55187 Mailpit compatible", "http://[::127.0.0.1]/", FORBIDDEN),
    Case("unnumbered NAT64 for local use", "http://[64:ff9b:1::a9fe:a9fe]/", FORBIDDEN),
    Case("unnumbered Teredo", "http://[2001:0:7f00:1::]/", FORBIDDEN),
    # An address in disguise.
    Case("CVE-2023-42282 ip", "http://0x7f.1/", FORBIDDEN),
    Case("CVE-2024-29415 ip", "http://127.1/", FORBIDDEN),
    Case("CVE-2024-29415 ip", "http://01200034567/", FORBIDDEN),
    Case("CVE-2024-29415 ip", "http://012.1.2.3/", FORBIDDEN),
    Case("CVE-2024-29415 ip", "http://[000:0:0000::01]/", FORBIDDEN),
    Case("CVE-2024-29415 ip", "http://[::fFFf:127.0.0.1]/", FORBIDDEN),
    Case("CVE-2025-59437 ip", "http://0/", FORBIDDEN),
    Case("CVE-2021-29921 Python ipaddress", "http://010.8.8.8/", FORBIDDEN),
    Case("CVE-2021-29921 Python ipaddress", "http://0127.0.0.1/", FORBIDDEN),
    Case("unnumbered decimal", "http://2852039166/", FORBIDDEN),
    Case("unnumbered hexadecimal", "http://0xA9FEA9FE/", FORBIDDEN),
    Case("unnumbered too long for 32 bits", "http://4294967297/", FORBIDDEN),
    Case("unnumbered trailing dot", "http://127.0.0.1./", FORBIDDEN),
    Case("unnumbered trailing dots", "http://2130706433../", FORBIDDEN),
    Case("unnumbered full-width dots", "http://127。0。0。1/", FORBIDDEN),
    Case("unnumbered full-width digits", "http://１２７.０.０.１/", FORBIDDEN),
    Case("unnumbered circled digits", "http://①②⑦.⓪.⓪.①/", FORBIDDEN),
    Case("unnumbered zone", "http://[fe80::1%25eth0]/", FORBIDDEN),
    # Two readings of one address.
    Case("GHSA-rph4-96w6-q594 changedetection.io", "http://127.0.0.1:8888\\@a.test/", INVALID),
    Case("GHSA-56fq-63vj-9992 changedetection.io", "https://a.test\\@127.0.0.1/", INVALID),
    Case("unnumbered userinfo", "http://a.test@127.0.0.1/", INVALID),
    Case("unnumbered userinfo", "http://a.test:80%40127.0.0.1/", INVALID),
    Case("unnumbered encoded host", "http://%31%32%37.0.0.1/", INVALID),
    Case("unnumbered fragment", "http://127.0.0.1#@a.test/", FORBIDDEN),
    Case("CVE-2023-24329 Python urlsplit", " \t file:///etc/passwd", INVALID),
    Case("CVE-2023-24329 Python urlsplit", "\x0bhttp://127.0.0.1/", FORBIDDEN),
    Case("CVE-2022-0391 Python urlparse", "http://a.test/\r\nX-Injected: 1", INVALID),
    Case("CVE-2022-0391 Python urlparse", "http://a.te\nst/", INVALID),
    Case("CVE-2016-5699 Python urllib", "http://127.0.0.1%0d%0aX-Injected:%201/", INVALID),
    # Another scheme.
    Case("CVE-2024-51998 changedetection.io", "file:/etc/passwd", INVALID),
    Case("CVE-2024-56509 changedetection.io", "file:../../../etc/passwd", INVALID),
    Case("CVE-2024-51483 changedetection.io", "source:file:///etc/passwd", INVALID),
    Case("GHSA-hm22-wg2m-35v4 changedetection.io", "FILE:///etc/passwd", INVALID),
    Case("CVE-2019-9187 ikiwiki aggregate", "gopher://127.0.0.1:6379/_INFO", INVALID),
    Case("unnumbered", "dict://127.0.0.1:11211/stats", INVALID),
    Case("unnumbered", "ldap://127.0.0.1/", INVALID),
)


@pytest.mark.parametrize("case", ADDRESSES)
async def test_an_address_that_got_through_elsewhere(case: Case) -> None:
    async with AiohttpFetcher(limits=QUICK, resolver=Names(a_test=["127.0.0.1"])) as closed:
        assert await problem(closed, case.tried) is case.expected


@pytest.mark.parametrize(
    "case",
    [case for case in ADDRESSES if not case.values[0].tried[0].isspace()],
)
async def test_the_same_after_a_redirect(web: Web, fetcher: AiohttpFetcher, case: Case) -> None:
    """CVE-2026-40168 (Postiz), CVE-2026-27696 (changedetection.io): only the first was checked."""
    location = case.tried.replace("127.0.0.1", "127.0.0.2")  # the one that is open to the test
    if not location.isascii() or "\n" in location:
        location = location.encode("utf-8").decode("latin-1").replace("\r", "").replace("\n", "\t")
    web.answers["/moved"] = Answer(status=302, headers={"Location": location})
    assert await problem(fetcher, web.url("/moved")) in {FORBIDDEN, INVALID}


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case",
    named(
        Case("CVE-2026-33693 Lemmy", "0.0.0.0", FORBIDDEN),  # noqa: S104 - an answer, not a bind
        Case("CVE-2026-47389 Mastodon", "::ffff:127.0.0.1", FORBIDDEN),
        Case("CVE-2026-47389 Mastodon", f"::ffff:{METADATA}", FORBIDDEN),
        Case("GHSA-r2x7-427f-rq69 Ech0 (nip.io)", METADATA, FORBIDDEN),
        Case("CVE-2026-55187 Mailpit", "64:ff9b::a9fe:a9fe", FORBIDDEN),
        Case("unnumbered several answers", "10.0.0.1 fd00::1", FORBIDDEN),
    ),
)
async def test_a_name_that_led_inside_elsewhere(case: Case) -> None:
    async with AiohttpFetcher(limits=QUICK, resolver=Names(evil_test=[case.tried])) as closed:
        assert await problem(closed, "http://evil.test/") is case.expected


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LocalHost", "ｌocalhost"])
async def test_a_name_of_this_machine(host: str) -> None:
    """unnumbered: whatever the name is, the address that it has is judged."""
    names = Names(**{"localhost": ["127.0.0.1"], "localhost.": ["::1"]})
    async with AiohttpFetcher(limits=QUICK, resolver=names) as closed:
        assert await problem(closed, f"http://{host}:{closed_port()}/") is FORBIDDEN


async def test_a_name_is_resolved_once_and_what_was_judged_is_connected_to(web: Web) -> None:
    """CVE-2026-27127 (Craft CMS), CVE-2026-42346 (Postiz): DNS rebinding between two lookups."""
    names = Names(good_test=["127.0.0.1", METADATA], evil_test=[METADATA, "127.0.0.1"])
    async with AiohttpFetcher(allow_nets=HERE, limits=QUICK, resolver=names) as fetcher:
        url = web.url("/feed", host="good.test")
        assert (await fetcher.fetch(url, now=NOW)).body == b"<rss/>"
        assert await problem(fetcher, web.url("/feed", host="evil.test")) is FORBIDDEN
    assert len(web.seen) == 1


# --- what is sent --------------------------------------------------------------------------------


async def test_nothing_of_one_host_is_told_to_another(web: Web, fetcher: AiohttpFetcher) -> None:
    """CVE-2023-45289 (Go): cookies and Authorization after a redirect; CVE-2021-22876 (libcurl):
    the credentials of an address in the Referer."""
    there = web.url("/feed", host="b.test")
    web.answers["/moved"] = Answer(
        status=302, headers={"Location": there, "Set-Cookie": "who=me; Domain=test"}
    )
    await fetcher.fetch(web.url("/moved?token=hush", host="a.test"), now=NOW)
    await fetcher.fetch(there, now=NOW)
    for seen in web.seen[1:]:
        told = {name.lower() for name in seen.headers}
        assert not told & {"cookie", "authorization", "referer", "proxy-authorization"}
        assert "hush" not in str(seen)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_key_of_an_api_goes_nowhere_else(
    web: Web, fetcher: AiohttpFetcher, status: int
) -> None:
    """CVE-2023-45289 (Go): here no redirect is followed at all."""
    there = web.url("/feed", host="b.test")
    web.answers["/api"] = Answer(status=status, headers={"Location": there})
    headers = {"Authorization": "Bearer hush"}
    answered = await fetcher.ask(
        "POST", web.url("/api", host="a.test"), headers=headers, json={}, now=NOW
    )
    assert answered.status == status
    assert [seen.path for seen in web.seen] == ["/api"]


async def test_proxies_of_the_environment_are_nobodys_choice(
    web: Web, fetcher: AiohttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CVE-2016-1000110 (Python, httpoxy): a variable that others can set."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    assert (await fetcher.fetch(web.url("/feed"), now=NOW)).body == b"<rss/>"
    headers: dict[str, str] = {}
    assert (await fetcher.ask("GET", web.url("/feed"), headers=headers, now=NOW)).status == 200


async def test_a_proxy_over_tls_must_be_who_it_says(tmp_path: Path) -> None:
    """CVE-2021-28363 (urllib3): the name in the certificate of the proxy was not looked at."""
    names = Names(other_test=["127.0.0.1"], web_test=["127.0.0.1"], a_test=["93.184.216.34"])
    async with (
        Web(server_tls(tmp_path)) as proxy,
        AiohttpFetcher(resolver=names, tls=client_tls()) as fetcher,
    ):
        for host, expected in (("other.test", FetchProblem.TLS), ("web.test", None)):
            way = f"https://{host}:{proxy.port}"
            with pytest.raises(FetchFailed) as caught:
                await fetcher.fetch("http://a.test/", now=NOW, proxy=way)
            assert (caught.value.problem is FetchProblem.TLS) == (expected is FetchProblem.TLS)
        assert len(proxy.seen) == 1


async def test_a_target_is_judged_although_a_proxy_goes_there() -> None:
    """unnumbered: a proxy inside reaches what the proxy's user must not."""
    async with (
        Proxy() as proxy,
        AiohttpFetcher(resolver=Names(evil_test=[METADATA]), proxy=proxy.url()) as fetcher,
    ):
        for url in (f"http://{METADATA}/", "https://evil.test/", "http://[::1]/"):
            assert await problem(fetcher, url) is FORBIDDEN
        assert not proxy.asked


# --- what comes back -----------------------------------------------------------------------------


def packed(size: int) -> bytes:
    return gzip.compress(bytes(size), mtime=0)  # the same name at every collection


@pytest.mark.parametrize(
    "case",
    named(
        Case("CVE-2025-66471 urllib3", ("gzip", packed(8_000_000)), TOO_LARGE),
        Case("CVE-2026-44432 urllib3", ("x-gzip", packed(8_000_000)), TOO_LARGE),
        Case("CVE-2026-44432 urllib3", ("br", packed(8_000_000)), MALFORMED),
        Case(
            "CVE-2023-23916 curl", ("gzip, gzip", gzip.compress(packed(9**7), mtime=0)), MALFORMED
        ),
        Case("CVE-2023-23916 curl", (", ".join(["gzip"] * 1_000), b"x"), MALFORMED),
        Case("unnumbered many members", ("gzip", packed(0) * 1_000), TOO_LARGE),
        Case("unnumbered members of some size", ("gzip", packed(9_000) * 60), TOO_LARGE),
        Case("unnumbered zstd", ("zstd", b"\x28\xb5\x2f\xfd"), MALFORMED),
    ),
)
async def test_a_bomb_that_went_off_elsewhere(
    web: Web, fetcher: AiohttpFetcher, case: Case
) -> None:
    encoding, body = case.tried
    web.answers["/bomb"] = Answer(body, headers={"Content-Encoding": encoding})
    assert await problem(fetcher, web.url("/bomb")) is case.expected


async def test_an_encoding_said_twice_is_undone_once(fetcher: AiohttpFetcher) -> None:
    """CVE-2023-23916 (curl): the limit held for each header, and there may be many."""
    inner = packed(8_000_000)
    body = gzip.compress(inner)
    said = b"Content-Encoding: gzip\r\n" * 2 + b"Content-Length: %d\r\n\r\n" % len(body)
    async with raw_server(OK + said + body) as url:
        assert (await fetcher.fetch(url, now=NOW)).body == inner


async def test_a_bomb_on_the_way_is_not_even_read(web: Web, fetcher: AiohttpFetcher) -> None:
    """CVE-2026-21441 (urllib3): the body of a redirect was decompressed to be thrown away."""
    web.answers["/moved"] = Answer(
        packed(8_000_000),
        status=302,
        headers={"Location": web.url("/feed"), "Content-Encoding": "gzip"},
    )
    assert (await fetcher.fetch(web.url("/moved"), now=NOW)).body == b"<rss/>"


@pytest.mark.parametrize(
    "case",
    named(
        Case("CVE-2026-35036 Ech0 endless body", (OK + b"\r\n", b"<item/>" * 1_000), TOO_LARGE),
        Case("unnumbered endless headers", (OK, b"X-Many: 1\r\n" * 100), MALFORMED),
        Case("unnumbered endless header", (OK + b"X-Long: ", b"x" * 1_000), MALFORMED),
        Case("unnumbered endless status", (b"HTTP/1.1 200 ", b"x" * 1_000), MALFORMED),
        Case(
            "CVE-2026-22815 GHSA-w2fm-2cpv-w7v5 aiohttp endless trailers",
            (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Many: 1\r\n" * 100),
            MALFORMED,
        ),
    ),
)
async def test_what_never_ended_elsewhere(fetcher: AiohttpFetcher, case: Case) -> None:
    async with endless_server(*case.tried) as url:
        assert await problem(fetcher, url) is case.expected


@pytest.mark.parametrize(
    "case",
    named(
        Case("CVE-2019-9187 ikiwiki aggregate: tarpit", (b"", b""), FetchProblem.TIMEOUT),
        Case("unnumbered slow headers", (OK + b"X-Slow: ", b"x"), FetchProblem.TIMEOUT),
        Case("unnumbered slow body", (OK + b"\r\n", b"x"), FetchProblem.TIMEOUT),
        Case(
            "unnumbered slow chunks",
            (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            FetchProblem.TIMEOUT,
        ),
        Case(
            "unnumbered endless chunk extension",
            (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 1_000),
            FetchProblem.TIMEOUT,
        ),
        Case(
            "unnumbered hints without end",
            (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
            FetchProblem.TIMEOUT,
        ),
    ),
)
async def test_what_kept_others_waiting(case: Case) -> None:
    """A byte now and then is never idle: the whole time is limited, not only the silence."""
    async with (
        AiohttpFetcher(allow_nets=HERE, limits=IMPATIENT) as fetcher,
        endless_server(case.tried[0], case.tried[1], every=0.002) as url,
    ):
        assert await problem(fetcher, url) is case.expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_circle_of_hosts_ends(web: Web, fetcher: AiohttpFetcher, status: int) -> None:
    """unnumbered: two hosts that send to each other."""
    web.answers["/a"] = Answer(status=status, headers={"Location": web.url("/b", host="b.test")})
    web.answers["/b"] = Answer(status=status, headers={"Location": web.url("/a", host="a.test")})
    url = web.url("/a", host="a.test")
    assert await problem(fetcher, url) is FetchProblem.TOO_MANY_REDIRECTS
    assert len(web.seen) == 6


async def test_bad_cookies_do_not_fill_the_log(
    fetcher: AiohttpFetcher, caplog: pytest.LogCaptureFixture
) -> None:
    """CVE-2025-69230 (aiohttp): a warning for each cookie it could not read."""
    caplog.set_level(logging.DEBUG)
    cookies = b"Set-Cookie: a\x01b=\xff; =;; ,\r\n" * 100
    async with raw_server(OK + cookies + b"Content-Length: 6\r\n\r\n<rss/>") as url:
        await asyncio.gather(fetcher.fetch(url, now=NOW), return_exceptions=True)
    assert len([record for record in caplog.records if record.name.startswith("aiohttp")]) <= 1
