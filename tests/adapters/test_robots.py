"""robots.txt, asked of a real server and respected; the rules of RFC 9309 one by one."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.fetch import AiohttpFetcher
from bot.adapters.pages import PageReader
from bot.adapters.robots import LONGEST_PAUSE, PAGE_PAUSE, PageFetcher, Robots
from bot.core.sources import FetchFailed, FetchProblem, Visit
from tests.servers.web import Answer, Names, Web, closed_port

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HERE = (ipaddress.ip_network("127.0.0.1/32"),)
NO_PAUSE = timedelta(0)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[AiohttpFetcher]:
    names = Names(a_test=["127.0.0.1"], b_test=["127.0.0.1"])
    async with AiohttpFetcher(allow_nets=HERE, resolver=names) as adapter:
        yield adapter


@pytest.fixture
def robots(fetcher: AiohttpFetcher) -> Robots:
    return Robots(fetcher, NO_PAUSE)


def ask(web: Web, *lines: str) -> None:
    """What the site asks of robots."""
    web.answers["/robots.txt"] = Answer("\n".join(lines).encode(), content_type="text/plain")


async def refusal(robots: Robots, url: str, now: datetime = NOW) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await robots.before(url, now)
    return caught.value


# --- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "path", "allowed"),
    [
        ([], "/a", True),
        (["User-agent: *", "Disallow: /"], "/a", False),
        (["User-agent: *", "Disallow:"], "/a", True),
        (["User-agent: *", "Disallow: /a"], "/about", False),
        (["User-agent: *", "Disallow: /a$"], "/about", True),
        (["User-agent: *", "Disallow: /*.pdf$"], "/x/y.pdf", False),
        (["User-agent: *", "Disallow: /", "Allow: /praticien/"], "/praticien/1", True),
        (["User-agent: *", "Allow: /a", "Disallow: /a"], "/a", True),  # of two, the mildest
        (["User-agent: *", "Disallow: /a?b="], "/a?b=1", False),
        (["User-agent: *", "Disallow: /caf%C3%A9"], "/café", False),
        (["User-agent: *", "Disallow: /"], "/robots.txt", True),
        (["User-agent: Vigie", "Disallow: /a"], "/a", False),
        (["User-agent: vigie/1.0", "Disallow: /a"], "/a", False),
        (["User-agent: VIGIE", "Allow: /", "", "User-agent: *", "Disallow: /"], "/a", True),
        (["User-agent: *", "Disallow: /", "", "User-agent: vigie", "Allow: /"], "/a", True),
        (["User-agent: vigiebot", "Disallow: /"], "/a", True),
        (["User-agent: other", "Disallow: /"], "/a", True),
        (["User-agent: other", "User-agent: *", "Disallow: /"], "/a", False),
        (["User-agent: *", "User-agent: other", "Disallow: /"], "/a", False),
        (["User-agent: *", "Allow: /", "User-agent: other", "Disallow: /"], "/a", True),
        (["User-agent: *", "# between", "", "Sitemap: /s", "Disallow: /"], "/a", False),
        (["User-agent: other", "Crawl-delay: 9", "User-agent: *", "Disallow: /a"], "/a", False),
        (["User-agent: *", "Disallow: /a", "User-agent: *", "Disallow: /b"], "/b", False),
        (["\ufeffuser agent : * # all", "  disallow : /a  # yes"], "/a", False),
        (["<!doctype html>", "<p>User-agent: *</p>", "Disallow: /"], "/a", True),
        (["Disallow: /"], "/a", True),  # of no group
        (["User-agent", "User-agent:", "Disallow: /"], "/a", True),
    ],
)
async def test_what_a_site_asks_is_done(
    web: Web, robots: Robots, lines: list[str], path: str, *, allowed: bool
) -> None:
    ask(web, *lines)
    assert await robots.allows(web.url(path), NOW) is allowed


async def test_lines_end_as_they_may(web: Web, robots: Robots) -> None:
    web.answers["/robots.txt"] = Answer(b"User-agent: *\rDisallow: /a\r\n\xff\xfe\nDisallow: /b")
    assert not await robots.allows(web.url("/a"), NOW)
    assert not await robots.allows(web.url("/b"), NOW)


async def test_a_refusal_says_so(web: Web, robots: Robots) -> None:
    ask(web, "User-agent: *", "Disallow: /")
    failed = await refusal(robots, web.url("/a?token=SECRET"))
    assert (failed.problem, failed.detail) == (FetchProblem.ROBOTS, "robots.txt")
    assert "SECRET" not in str(failed)


# --- when there is no answer ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_a_site_without_rules_allows_everything(
    web: Web, robots: Robots, status: int
) -> None:
    web.answers["/robots.txt"] = Answer(status=status)
    assert await robots.allows(web.url("/a"), NOW)
    assert await robots.allows(web.url("/a"), NOW + timedelta(hours=23))
    assert len(web.seen) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_site_in_trouble_is_left_alone_for_a_while(
    web: Web, robots: Robots, status: int
) -> None:
    web.answers["/robots.txt"] = Answer(status=status)
    failed = await refusal(robots, web.url("/a"))
    assert (failed.status, failed.retry_after_in) == (status, timedelta(minutes=15))
    assert failed.detail.startswith("robots.txt")
    assert not await robots.allows(web.url("/a"), NOW + timedelta(minutes=14))
    assert len(web.seen) == 1
    ask(web, "User-agent: *", "Allow: /")
    assert await robots.allows(web.url("/a"), NOW + timedelta(minutes=15))


async def test_the_wait_it_asks_for_is_kept_a_day_at_most(web: Web, robots: Robots) -> None:
    for asked, kept in (("3600", timedelta(hours=1)), ("604800", timedelta(days=1))):
        web.answers["/robots.txt"] = Answer(status=503, headers={"Retry-After": asked})
        url = web.url("/a", host="a.test" if asked == "3600" else "b.test")
        assert (await refusal(robots, url)).retry_after_in == kept


async def test_a_site_that_is_not_there_is_said_so(robots: Robots) -> None:
    failed = await refusal(robots, f"http://127.0.0.1:{closed_port()}/a")
    assert failed.problem is FetchProblem.UNREACHABLE


@pytest.mark.parametrize("url", ["ftp://a.test/", "http://10.0.0.1/", "http://[::1", ""])
async def test_an_address_that_is_refused_is_not_allowed(robots: Robots, url: str) -> None:
    assert not await robots.allows(url, NOW)


async def test_redirects_lead_to_the_rules(web: Web, robots: Robots) -> None:
    web.answers["/robots.txt"] = Answer(status=301, headers={"Location": "/rules"})
    web.answers["/rules"] = Answer(b"User-agent: *\nDisallow: /a")
    assert not await robots.allows(web.url("/a"), NOW)
    web.answers["/robots.txt"] = Answer(status=302, headers={"Location": "/loop"})
    assert await robots.allows(web.url("/a", host="a.test"), NOW)


# --- how long it is kept -------------------------------------------------------------------------


async def test_rules_are_asked_once_a_day_and_origin(web: Web, robots: Robots) -> None:
    ask(web, "User-agent: *", "Disallow: /a")
    for hours in (0, 1, 23):
        assert not await robots.allows(web.url("/a"), NOW + timedelta(hours=hours))
    assert len(web.seen) == 1
    ask(web, "User-agent: *", "Allow: /")
    assert await robots.allows(web.url("/a", host="a.test"), NOW)
    assert await robots.allows(web.url("/a"), NOW + timedelta(days=1))
    assert len(web.seen) == 3


async def test_two_pages_at_once_ask_once(web: Web, robots: Robots) -> None:
    ask(web, "User-agent: *", "Disallow: /a")
    answers = await asyncio.gather(*(robots.allows(web.url(f"/{path}"), NOW) for path in "abc"))
    assert answers == [False, True, True]
    assert len(web.seen) == 1


# --- how much of it is read ----------------------------------------------------------------------


async def test_what_comes_after_the_limit_is_not_read(web: Web, robots: Robots) -> None:
    rule = b"Disallow: /a\n"
    start = b"User-agent: *\n" + rule
    filling = b"# " + b"x" * 98 + b"\n"
    long = start + filling * (512_000 // len(filling)) + b"Disallow: /" + b"b" * 200
    web.answers["/robots.txt"] = Answer(long)
    assert not await robots.allows(web.url("/a"), NOW)
    assert await robots.allows(web.url("/b"), NOW)  # cut in its middle, it is no rule at all


@pytest.mark.parametrize("separator", ["\n", "\r", "\x0b", "\u2028"])
@pytest.mark.parametrize("spelling", ["User-agent: {}", "useragent {}", "user  agent:{}"])
async def test_a_crowd_of_robots_costs_nothing(
    web: Web, robots: Robots, separator: str, spelling: str
) -> None:
    """Each rule would be kept once for each robot: here, sixty million times."""
    crowd = [spelling.format(f"r{number}") for number in range(6_000)]
    rules = [f"Disallow: /{number}" for number in range(10_000)]
    text = separator.join([*crowd, *rules, "User-agent: *", "Disallow: /a"])
    web.answers["/robots.txt"] = Answer(text.encode())
    assert not await robots.allows(web.url("/a"), NOW)
    assert await robots.allows(web.url("/1"), NOW)


async def test_wildcards_are_matched_in_linear_time(web: Web, robots: Robots) -> None:
    ask(web, "User-agent: *", "Disallow: /" + "*a" * 2_000 + "$", "Disallow: /b" + "*" * 50_000)
    assert await robots.allows(web.url("/" + "a" * 1_900 + "c"), NOW)
    assert not await robots.allows(web.url("/" + "a" * 2_100), NOW)


async def test_long_rules_are_forgotten_first_asked_first(
    web: Web, fetcher: AiohttpFetcher
) -> None:
    robots = Robots(fetcher, NO_PAUSE)
    ask(web, "User-agent: *", *(f"Disallow: /{'x' * 90}{number}" for number in range(4_000)))
    urls = [web.url("/a"), web.url("/a", host="a.test"), web.url("/a", host="b.test")]
    for url in (*urls, urls[2], urls[0]):
        assert await robots.allows(url, NOW)
    assert len(web.seen) == 4


# --- the pace ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], PAGE_PAUSE),
        (["User-agent: *", "Crawl-delay: 5"], timedelta(seconds=5)),
        (["User-agent: *", "Crawl-delay: 0.2"], PAGE_PAUSE),
        (["User-agent: *", "Crawl-delay: 86400"], LONGEST_PAUSE),
        (["User-agent: *", "Crawl-delay: nan"], PAGE_PAUSE),
        (["User-agent: *", "Crawl-delay: -5"], PAGE_PAUSE),
        (["User-agent: *", "Crawl-delay: soon"], PAGE_PAUSE),
        (["User-agent: other", "Crawl-delay: 5"], PAGE_PAUSE),
        (
            ["User-agent: vigie", "Crawl-delay: 7", "User-agent: *", "Crawl-delay: 5"],
            timedelta(seconds=7),
        ),
    ],
)
async def test_a_site_sets_the_pace(
    web: Web, fetcher: AiohttpFetcher, lines: list[str], expected: timedelta
) -> None:
    robots = Robots(fetcher)
    ask(web, *lines)
    assert robots.pause_for(web.url("/a")) == PAGE_PAUSE
    assert await robots.before(web.url("/a"), NOW) == expected
    assert robots.pause_for(web.url("/b")) == expected


# --- pages ---------------------------------------------------------------------------------------


async def test_a_page_that_is_not_to_be_read_is_not_asked_for(
    web: Web, fetcher: AiohttpFetcher, robots: Robots
) -> None:
    ask(web, "User-agent: *", "Disallow: /avis")
    web.answers["/avis"] = Answer(b"<p>Avis</p>", content_type="text/html")
    reader = PageReader(PageFetcher(fetcher, robots))
    with pytest.raises(FetchFailed) as caught:
        await reader.read(Visit(web.url("/avis"), NOW))
    assert caught.value.problem is FetchProblem.ROBOTS
    assert [seen.path for seen in web.seen] == ["/robots.txt"]


async def test_a_page_that_may_be_read_is(
    web: Web, fetcher: AiohttpFetcher, robots: Robots
) -> None:
    ask(web, "User-agent: *", "Disallow: /prive")
    web.answers["/avis"] = Answer(b"<p>Avis</p>", content_type="text/html")
    reading = await PageReader(PageFetcher(fetcher, robots)).read(Visit(web.url("/avis"), NOW))
    assert reading.document is not None
    assert [seen.path for seen in web.seen] == ["/robots.txt", "/avis"]


async def test_a_redirect_is_asked_about_where_it_leads(
    web: Web, fetcher: AiohttpFetcher, robots: Robots
) -> None:
    ask(web, "User-agent: *", "Disallow: /prive")
    web.answers["/avis"] = Answer(
        status=302, headers={"Location": web.url("/prive", host="a.test")}
    )
    with pytest.raises(FetchFailed) as caught:
        await PageFetcher(fetcher, robots).fetch(web.url("/avis"), now=NOW)
    assert caught.value.problem is FetchProblem.ROBOTS
    assert [seen.path for seen in web.seen] == ["/robots.txt", "/avis", "/robots.txt"]


async def test_a_feed_is_published_to_be_polled(web: Web, fetcher: AiohttpFetcher) -> None:
    ask(web, "User-agent: *", "Disallow: /")
    web.answers["/feed"] = Answer(b"<rss/>")
    assert (await fetcher.fetch(web.url("/feed"), now=NOW)).body == b"<rss/>"
    assert [seen.path for seen in web.seen] == ["/feed"]
