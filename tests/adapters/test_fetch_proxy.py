"""The fetcher through a proxy: what is still judged, what is said, and what never is."""

import base64
import ipaddress
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.fetch import AiohttpFetcher
from bot.app import open_house
from bot.config import load
from bot.core.sources import FetchFailed, FetchProblem
from tests.servers.proxy import Proxy
from tests.servers.web import Answer, Names, Web, client_tls, closed_port, server_tls

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PUBLIC = "93.184.216.34"
PASSWORD = "Basic " + base64.b64encode(b"name:HUSH").decode()


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as server:
        server.answers["/feed"] = Answer(b"<rss/>")
        yield server


def through(proxy: str, **names: list[str]) -> AiohttpFetcher:
    """A fetcher whose only way out is ``proxy``: nothing on this machine is open to it."""
    return AiohttpFetcher(resolver=Names(**names), proxy=proxy, tls=client_tls())


async def failure(fetcher: AiohttpFetcher, url: str, proxy: str = "") -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch(url, now=NOW, proxy=proxy)
    return caught.value


async def test_a_document_is_had_through_the_proxy(web: Web) -> None:
    async with Proxy() as proxy, through(proxy.url(), site_test=[PUBLIC]) as fetcher:
        fetched = await fetcher.fetch(web.url("/feed?a=1", host="site.test"), now=NOW)
    assert fetched.body == b"<rss/>"
    assert proxy.asked == [f"GET {web.url('/feed?a=1', host='site.test')} HTTP/1.1"]


async def test_so_is_one_over_tls_and_the_certificate_is_the_sites(tmp_path: Path) -> None:
    names = {"web_test": [PUBLIC], "other_test": [PUBLIC]}
    async with (
        Web(server_tls(tmp_path)) as safe,
        Proxy() as proxy,
        through(proxy.url(), **names) as fetcher,
    ):
        safe.answers["/feed"] = Answer(b"<rss/>")
        url = safe.url("/feed", host="web.test")
        assert (await fetcher.fetch(url, now=NOW)).body == b"<rss/>"
        assert proxy.asked == [f"CONNECT web.test:{safe.port} HTTP/1.1"]
        other = await failure(fetcher, safe.url("/feed", host="other.test"))
        assert other.problem is FetchProblem.TLS


async def test_a_source_may_have_its_own(web: Web) -> None:
    async with (
        Proxy() as general,
        Proxy() as own,
        through(general.url(), site_test=[PUBLIC]) as fetcher,
    ):
        url = web.url("/feed", host="site.test")
        await fetcher.fetch(url, now=NOW, proxy=own.url())
        assert (len(general.asked), len(own.asked)) == (0, 1)
        await fetcher.fetch(url, now=NOW)
        assert (len(general.asked), len(own.asked)) == (1, 1)


async def test_an_api_is_asked_through_the_general_one(web: Web) -> None:
    async with Proxy() as proxy, through(proxy.url(), api_test=[PUBLIC]) as fetcher:
        url = web.url("/feed", host="api.test")
        answered = await fetcher.ask("GET", url, headers={"X-Key": "k"}, now=NOW)
    assert (answered.status, answered.body) == (200, b"<rss/>")


async def test_the_password_goes_to_the_proxy_and_no_further(web: Web, tmp_path: Path) -> None:
    names = {"site_test": [PUBLIC], "web_test": [PUBLIC]}
    async with (
        Web(server_tls(tmp_path)) as safe,
        Proxy(password=PASSWORD) as proxy,
        through(proxy.url("name:HUSH@"), **names) as fetcher,
    ):
        safe.answers["/feed"] = Answer(b"<rss/>")
        for url in (web.url("/feed", host="site.test"), safe.url("/feed", host="web.test")):
            assert (await fetcher.fetch(url, now=NOW)).body == b"<rss/>"
        assert [told["proxy-authorization"] for told in proxy.told] == [PASSWORD, PASSWORD]
        for seen in (*web.seen, *safe.seen):
            assert not {"Authorization", "Proxy-Authorization"} & set(seen.headers)


async def test_the_password_of_one_is_not_for_another(web: Web) -> None:
    """CVE-2026-8927 (libcurl): Proxy-Authorization told to the next proxy."""
    async with (
        Proxy(password=PASSWORD) as first,
        Proxy() as second,
        through("", site_test=[PUBLIC]) as fetcher,
    ):
        for proxy in (first.url("name:HUSH@"), second.url()):
            await fetcher.fetch(web.url("/feed", host="site.test"), now=NOW, proxy=proxy)
        assert "proxy-authorization" not in second.told[0]


# --- what is judged ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://inside.test/",
        "https://mixed.test/",
    ],
)
async def test_a_private_target_is_not_asked_of_the_proxy(url: str) -> None:
    names = {"inside_test": ["10.0.0.1"], "mixed_test": [f"{PUBLIC} 10.0.0.1"]}
    async with Proxy() as proxy, through(proxy.url(), **names) as fetcher:
        assert (await failure(fetcher, url)).problem is FetchProblem.FORBIDDEN_ADDRESS
        assert not proxy.asked


async def test_a_redirect_is_judged_too(web: Web) -> None:
    web.answers["/moved"] = Answer(status=302, headers={"Location": "http://10.0.0.1/"})
    async with Proxy() as proxy, through(proxy.url(), site_test=[PUBLIC]) as fetcher:
        failed = await failure(fetcher, web.url("/moved", host="site.test"))
        assert failed.problem is FetchProblem.FORBIDDEN_ADDRESS
        assert len(proxy.asked) == 1


async def test_a_network_that_the_operator_opens_is_open(web: Web) -> None:
    nets = (ipaddress.ip_network("10.0.0.0/8"),)
    names = Names(inside_test=["10.0.0.1"])
    async with (
        Proxy() as proxy,
        AiohttpFetcher(allow_nets=nets, resolver=names, proxy=proxy.url()) as fetcher,
    ):
        fetched = await fetcher.fetch(web.url("/feed", host="inside.test"), now=NOW)
        assert fetched.body == b"<rss/>"


async def test_a_name_that_only_the_proxy_knows_is_left_to_it(web: Web) -> None:
    async with Proxy() as proxy, through(proxy.url()) as fetcher:
        assert (await fetcher.fetch(web.url("/feed", host="far.test"), now=NOW)).status == 200


async def test_without_a_proxy_the_same_place_is_closed(web: Web) -> None:
    async with Proxy() as proxy, through("", site_test=["127.0.0.1"]) as fetcher:
        url = web.url("/feed", host="site.test")
        assert (await failure(fetcher, url)).problem is FetchProblem.FORBIDDEN_ADDRESS
        assert not proxy.asked


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("refuses", "expected"),
    [
        (407, FetchProblem.PROXY),
        (502, None),
        (504, None),
    ],
)
async def test_a_proxy_that_refuses(
    scheme: str, refuses: int, expected: FetchProblem | None
) -> None:
    async with Proxy(refuses=refuses) as proxy, through(proxy.url(), a_test=[PUBLIC]) as fetcher:
        failed = await failure(fetcher, f"{scheme}://a.test/")
    assert failed.status == refuses
    assert (failed.problem is FetchProblem.PROXY) == (expected is FetchProblem.PROXY)


async def test_a_tunnel_that_is_forbidden_is_the_proxys_doing() -> None:
    async with Proxy(refuses=403) as proxy, through(proxy.url(), a_test=[PUBLIC]) as fetcher:
        failed = await failure(fetcher, "https://a.test/")
    assert (failed.problem, failed.status) == (FetchProblem.PROXY, 403)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there(scheme: str) -> None:
    gone = f"http://127.0.0.1:{closed_port()}"
    async with through("", a_test=[PUBLIC]) as fetcher:
        for proxy in (gone, "http://nowhere.test:3128"):
            failed = await failure(fetcher, f"{scheme}://a.test/", proxy)
            assert failed.problem is FetchProblem.PROXY


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://name:HUSH@127.0.0.1:1080",
        "127.0.0.1:3128",
        "http://",
        "http://name:HUSH@127.0.0.1/path",
        "http://name:HUSH@127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1\\@evil.test",
    ],
)
async def test_what_is_no_proxy_is_said_so(proxy: str) -> None:
    async with through("", a_test=[PUBLIC]) as fetcher:
        failed = await failure(fetcher, "http://a.test/", proxy)
    assert failed.problem is FetchProblem.PROXY
    assert "HUSH" not in everything(failed)


async def test_the_password_is_never_told(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gone = f"http://name:HUSH@127.0.0.1:{closed_port()}"
    async with Proxy(refuses=407) as proxy, through("", a_test=[PUBLIC]) as fetcher:
        for way in (gone, proxy.url("name:HUSH@"), proxy.url("name:HUSH@", host="nowhere.test")):
            for url in ("http://a.test/?HUSH", "https://a.test/?HUSH"):
                assert "HUSH" not in everything(await failure(fetcher, url, way))
    assert "HUSH" not in caplog.text


def everything(failed: FetchFailed) -> str:
    """All that a log could say of it, causes included."""
    told = "".join(traceback.format_exception(failed))
    return f"{failed!r} {failed} {failed.url} {failed.detail} {told}"


async def test_the_proxy_of_the_settings_is_the_way_out_of_the_whole_house(tmp_path: Path) -> None:
    async with Proxy(refuses=502) as proxy:
        settings = load(data_dir=str(tmp_path), fetch_proxy=proxy.url())
        async with open_house(settings) as house:
            with pytest.raises(FetchFailed):
                await house.ports.fetcher.fetch("http://presse.example/", now=NOW)
        assert proxy.asked
