"""Who a letter goes to: proposed from the site, the page and the directory."""

import pytest

from bot.adapters.lawbook import load_notice_words
from bot.adapters.wording import TEMPLATES
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import Confidence
from bot.core.particulars import Fact
from bot.core.recipients import Looked, NoticePage, RecipientRole, read_notice
from bot.core.sources import FetchFailed, FetchProblem
from bot.usecases.find_recipients import NoticeFinding, RecipientBasis, propose
from tests.world import a_world

URL = "https://annuaire.example/dr-x"
WORDS = load_notice_words(TEMPLATES)


def notice(said: str, url: str = "https://annuaire.example/ml") -> NoticePage:
    return NoticePage(url, read_notice(said, WORDS))


async def test_the_site_the_page_and_the_engines_in_the_order_of_the_roles() -> None:
    said = "Éditeur : Alpha SAS, 1 rue Neuve, 75001 Paris\nHébergeur : OVH SAS"
    async with a_world() as world:
        world.web.looks[URL] = Looked((notice(said),), author="Anne Leroy")
        found = await propose(world.ports, f"  https://www.google.com/url?q={URL}  ")
    assert found.url == URL
    assert found.finding is NoticeFinding.FOUND
    assert [(each.role, each.basis) for each in found.candidates] == [
        (RecipientRole.AUTHOR, RecipientBasis.BYLINE),
        (RecipientRole.PUBLISHER, RecipientBasis.NOTICE),
        (RecipientRole.HOST, RecipientBasis.NOTICE),
        (RecipientRole.SEARCH_ENGINE, RecipientBasis.DIRECTORY),
        (RecipientRole.SEARCH_ENGINE, RecipientBasis.DIRECTORY),
    ]
    (publisher,) = found.of(RecipientRole.PUBLISHER)
    assert publisher.get(Fact.NAME) == "Alpha"
    assert publisher.confidence is Confidence.TO_CONFIRM
    assert all(each.words for each in publisher.details)


async def test_a_site_whose_terms_refuse_robots_is_not_opened() -> None:
    async with a_world() as world:
        found = await propose(world.ports, "https://www.google.fr/maps/place/Dr+X")
        assert world.web.asked == []
    assert found.finding is NoticeFinding.NOT_ASKED
    (host,) = found.of(RecipientRole.HOST)
    assert host.get(Fact.NAME) == "Google Ireland Limited"
    assert host.checked_on is not None
    assert found.of(RecipientRole.SOURCE_OPERATOR)


async def test_a_page_of_results_names_each_engine_once() -> None:
    async with a_world() as world:
        found = await propose(world.ports, "https://www.bing.com/search?q=dr+x")
        assert world.web.asked == []
    assert len(found.of(RecipientRole.SEARCH_ENGINE)) == 2


@pytest.mark.parametrize(
    ("looked", "finding"),
    [
        (Looked(), NoticeFinding.MISSING),
        (Looked((notice("Bientôt"),)), NoticeFinding.SAYS_NOTHING),
        (
            Looked(failure=FetchFailed(FetchProblem.TIMEOUT, URL)),
            NoticeFinding.UNREADABLE,
        ),
    ],
)
async def test_a_site_that_says_nothing_is_told_apart(
    looked: Looked, finding: NoticeFinding
) -> None:
    async with a_world() as world:
        world.web.looks[URL] = looked
        found = await propose(world.ports, URL)
    assert found.finding is finding
    assert found.failure is looked.failure
    assert {each.role for each in found.candidates} == {RecipientRole.SEARCH_ENGINE}


async def test_the_same_quality_is_taken_from_the_first_page_that_gives_it() -> None:
    first = notice("Éditeur : Alpha SAS, 1 rue Neuve, 75001 Paris")
    second = notice(
        "Éditeur : Beta SAS, 2 rue Neuve, 75001 Paris\nHébergeur : OVH SAS", f"{URL}/cgu"
    )
    async with a_world() as world:
        world.web.looks[URL] = Looked((first, second))
        found = await propose(world.ports, URL)
    assert [each.get(Fact.NAME) for each in found.of(RecipientRole.PUBLISHER)] == ["Alpha"]
    assert [each.where for each in found.of(RecipientRole.HOST)] == [f"{URL}/cgu"]


@pytest.mark.parametrize("address", ["", "annuaire.example", "ftp://a.fr/", "http://x", "a b"])
async def test_what_is_no_address_is_refused(address: str) -> None:
    async with a_world() as world:
        with pytest.raises(Refusal) as refused:
            await propose(world.ports, address)
    assert refused.value.code is RefusalCode.NOT_AN_ADDRESS


async def test_an_address_of_a_private_network_is_refused() -> None:
    async with a_world() as world:
        world.web.looks[URL] = Looked(failure=FetchFailed(FetchProblem.FORBIDDEN_ADDRESS, URL))
        with pytest.raises(FetchFailed):
            await propose(world.ports, URL)
