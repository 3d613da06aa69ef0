"""From a page to the legal notice of its site, over real sockets."""

import ipaddress
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.fetch import AiohttpFetcher
from bot.adapters.lawbook import load_notice_words
from bot.adapters.notices import MAX_NOTICES, NoticeFinder
from bot.adapters.robots import PageFetcher, Robots
from bot.adapters.wording import TEMPLATES
from bot.core.particulars import Fact
from bot.core.recipients import Looked, RecipientRole
from bot.core.sources import FetchProblem
from tests.servers.web import Answer, Web, closed_port

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PAGES = Path(__file__).resolve().parents[1] / "pages" / "notices"
EXPECTED = tomllib.loads((PAGES / "expected.toml").read_text("utf-8"))
WORDS = load_notice_words(TEMPLATES)
HTML = "text/html; charset=utf-8"


def page(body: str | bytes, content_type: str = HTML) -> Answer:
    return Answer(body.encode() if isinstance(body, str) else body, content_type=content_type)


def linking(*links: str, head: str = "") -> Answer:
    return page(
        f"<html><head><title>Dr X</title>{head}</head><body>{' '.join(links)}</body></html>"
    )


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as site:
        yield site


@pytest.fixture
async def finder() -> AsyncIterator[NoticeFinder]:
    async with AiohttpFetcher(allow_nets=[ipaddress.ip_network("127.0.0.0/8")]) as fetcher:
        robots = Robots(fetcher, pause=NOW - NOW)
        yield NoticeFinder(PageFetcher(fetcher, robots), WORDS)


def asked(web: Web) -> list[str]:
    return [seen.path for seen in web.seen if seen.path != "/robots.txt"]


def facts(looked: Looked) -> dict[str, dict[str, str]]:
    return {
        party.role.value: {each.fact.value: each.value for each in party.details}
        for found in looked.pages
        for party in found.notice.parties
    }


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
async def test_each_layout_is_found_by_its_link_and_read(
    web: Web, finder: NoticeFinder, name: str
) -> None:
    web.answers["/avis/dr-x"] = linking(
        '<footer><a href="/infos/12">Mentions légales</a></footer>'
    )
    web.answers["/infos/12"] = page((PAGES / f"{name}.html").read_bytes())
    looked = await finder.look(web.url("/avis/dr-x"), NOW)
    wanted = {role: said for role, said in EXPECTED[name].items() if isinstance(said, dict)}
    assert facts(looked) == wanted
    assert [found.url for found in looked.pages] == [web.url("/infos/12")]
    assert asked(web) == ["/avis/dr-x", "/infos/12"]


async def test_the_links_of_the_first_page_serve_when_the_page_has_none(
    web: Web, finder: NoticeFinder
) -> None:
    web.answers["/avis/dr-x"] = linking("Rien")
    web.answers["/"] = linking('<base href="/bas/"><a class=x href=mentions-legales>©</a>')
    web.answers["/mentions-legales"] = page((PAGES / "labels.html").read_bytes())
    looked = await finder.look(web.url("/avis/dr-x"), NOW)
    assert not looked.pages  # the base says elsewhere
    web.answers["/bas/mentions-legales"] = web.answers["/mentions-legales"]
    looked = await finder.look(web.url("/avis/dr-x"), NOW)
    assert set(facts(looked)) == {"publisher", "host"}


async def test_the_terms_are_opened_when_there_is_nothing_better(
    web: Web, finder: NoticeFinder
) -> None:
    web.answers["/"] = linking(
        '<a href="/contact">Contact</a><a href="/cgu">CGU</a>', '<a href="/a-propos">À propos</a>'
    )
    web.answers["/cgu"] = page((PAGES / "numbered.html").read_bytes())
    looked = await finder.look(web.url("/"), NOW)
    assert set(facts(looked)) == {"publisher", "host"}
    assert asked(web) == ["/", "/cgu"]


async def test_what_the_notice_does_not_say_is_looked_for_on_another_page(
    web: Web, finder: NoticeFinder
) -> None:
    web.answers["/"] = linking('<a href="/ml">Mentions légales</a>', '<a href="/cgu">CGU</a>')
    web.answers["/ml"] = page("<p>Éditeur : Alpha SAS, 1 rue Neuve, 75001 Paris</p>")
    web.answers["/cgu"] = page("<p>Hébergeur : Gandi SAS, 63 boulevard Masséna, 75013 Paris</p>")
    looked = await finder.look(web.url("/"), NOW)
    assert facts(looked)["publisher"]["name"] == "Alpha"
    assert facts(looked)["host"]["name"] == "Gandi"


async def test_a_notice_itself_is_read_where_it_is(web: Web, finder: NoticeFinder) -> None:
    web.answers["/mentions-legales"] = page((PAGES / "headings.html").read_bytes())
    looked = await finder.look(web.url("/mentions-legales"), NOW)
    assert set(facts(looked)) == {"publisher", "host"}
    assert asked(web) == ["/mentions-legales"]


async def test_no_more_than_a_few_pages_are_opened(web: Web, finder: NoticeFinder) -> None:
    links = [f'<a href="/{at}">Mentions légales</a>' for at in range(50)]
    web.answers["/"] = linking(*links)
    for at in range(50):
        web.answers[f"/{at}"] = page("<p>Bientôt</p>")
    looked = await finder.look(web.url("/"), NOW)
    assert len(asked(web)) == 1 + MAX_NOTICES
    assert facts(looked) == {}


async def test_a_site_without_notice_says_so(web: Web, finder: NoticeFinder) -> None:
    web.answers["/dr-x"] = linking('<a href="/dr-y">Dr Y</a>')
    web.answers["/"] = linking(
        '<a href="mailto:a@b.fr">Écrire</a><a href="javascript:void(0)">Légal</a>'
    )
    assert await finder.look(web.url("/dr-x"), NOW) == Looked()
    assert asked(web) == ["/dr-x", "/"]


async def test_robots_are_obeyed_and_the_reason_told(web: Web, finder: NoticeFinder) -> None:
    web.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", content_type="text/plain")
    looked = await finder.look(web.url("/dr-x"), NOW)
    assert looked.failure is not None
    assert looked.failure.problem is FetchProblem.ROBOTS
    assert asked(web) == []


async def test_a_closed_page_does_not_hide_its_site(web: Web, finder: NoticeFinder) -> None:
    web.answers["/dr-x"] = Answer(status=403)
    web.answers["/"] = linking('<a href="/ml">Mentions légales</a>')
    web.answers["/ml"] = page((PAGES / "one_line.html").read_bytes())
    looked = await finder.look(web.url("/dr-x"), NOW)
    assert looked.failure is None
    assert set(facts(looked)) == {"publisher", "host"}


async def test_what_cannot_be_read_is_told_and_never_raised(
    web: Web, finder: NoticeFinder
) -> None:
    looked = await finder.look(f"http://127.0.0.1:{closed_port()}/dr-x", NOW)
    assert looked.failure is not None
    assert looked.failure.problem is FetchProblem.UNREACHABLE
    web.answers["/photo"] = page(b'{"no": "page"}', "application/json")
    looked = await finder.look(web.url("/photo"), NOW)
    assert looked.failure is not None
    assert looked.failure.problem is FetchProblem.NOT_A_PAGE
    looked = await finder.look("http://10.0.0.1/dr-x", NOW)
    assert looked.failure is not None
    assert looked.failure.problem is FetchProblem.FORBIDDEN_ADDRESS
    web.answers["/x"] = linking('<a href="/loop">Mentions légales</a>')
    looked = await finder.look(web.url("/x"), NOW)
    assert looked.failure is not None
    assert looked.failure.problem is FetchProblem.TOO_MANY_REDIRECTS


async def test_a_notice_of_another_site_comes_after_those_of_this_one(
    web: Web, finder: NoticeFinder
) -> None:
    far = web.url("/groupe", host="localhost")
    web.answers["/"] = linking(
        f'<a href="{far}">Mentions légales</a>', '<a href="/cgu">CGU</a>', '<a href="/x">Avis</a>'
    )
    web.answers["/cgu"] = page((PAGES / "numbered.html").read_bytes())
    web.answers["/groupe"] = page((PAGES / "headings.html").read_bytes())
    looked = await finder.look(web.url("/"), NOW)
    assert [found.url for found in looked.pages] == [web.url("/cgu")]


async def test_links_in_scripts_and_comments_are_none(web: Web, finder: NoticeFinder) -> None:
    link = '<a href="/ml">Mentions légales</a>'
    web.answers["/"] = linking(f"<!-- {link} -->", f"<script>'{link}'</script>")
    await finder.look(web.url("/"), NOW)
    assert asked(web) == ["/"]


async def test_the_page_says_whom_it_is_by(web: Web, finder: NoticeFinder) -> None:
    web.answers["/"] = linking(head='<meta name="author" content="Anne Leroy">')
    assert (await finder.look(web.url("/"), NOW)).author == "Anne Leroy"
    web.answers["/"] = linking(head='<meta name="author" content="admin">')
    assert (await finder.look(web.url("/"), NOW)).author == ""


async def test_a_notice_in_an_old_encoding_is_read(web: Web, finder: NoticeFinder) -> None:
    said = "<p>Éditeur : Médi SAS, 1 allée Neuve, 75001 Paris</p>"
    web.answers["/mentions-legales"] = page(said.encode("cp1252"), "text/html")
    looked = await finder.look(web.url("/mentions-legales"), NOW)
    (party,) = looked.pages[0].notice.of(RecipientRole.PUBLISHER)
    assert party.get(Fact.NAME) == "Médi"
