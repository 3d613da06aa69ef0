"""Pasting an address: what it leads to, and what it refuses."""

from dataclasses import replace

import pytest

from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Source
from bot.core.people import Practitioner
from bot.core.sources import FeedDocument, FetchFailed, FetchProblem, SourceKind
from bot.usecases import set_up, watch_sources
from bot.usecases.watch_sources import Asked
from tests.world import CLAIRE, World, a_feed, a_world, an_entry

PAGE = "https://blog.example/"
FEED = "https://blog.example/feed.xml"


def a_page(*names: str) -> FeedDocument:
    entry = an_entry(1, guid=None, url=PAGE, title="Un blog", text=" ".join(names) or "Bonjour.")
    return FeedDocument("Un blog", (entry,), SourceKind.PAGE, is_complete=True)


def html(world: World) -> None:
    """What is fetched at PAGE looks like a page."""
    world.web.bodies[PAGE] = b"<!doctype html><html><title>Un blog</title>"


async def add(world: World, url: str, asked: Asked | None = None) -> Source:
    source, _ = await watch_sources.add_source(world.ports, world.practice.name, url, 900, asked)
    return source


async def test_a_site_leads_to_its_feed() -> None:
    async with a_world() as world:
        html(world)
        world.web.documents |= {PAGE: a_page(), FEED: a_feed(an_entry(1))}
        world.web.feeds[PAGE] = ["https://blog.example/gone", FEED]
        source = await add(world, PAGE)
        assert (source.url, source.kind) == (FEED, SourceKind.FEED)
        with pytest.raises(Refusal) as refused:
            await add(world, PAGE)
        assert refused.value.code is RefusalCode.SOURCE_KNOWN


@pytest.mark.parametrize("why", ["it names somebody", "it was asked for", "it has no feed"])
async def test_a_page_is_watched_for_itself_when(why: str) -> None:
    async with a_world() as world:
        html(world)
        named = ["Le Dr Claire Lefèvre"] if why == "it names somebody" else []
        world.web.documents |= {PAGE: a_page(*named), FEED: a_feed(an_entry(1))}
        world.web.feeds[PAGE] = [] if why == "it has no feed" else [FEED]
        source = await add(world, PAGE, Asked(is_page=why == "it was asked for"))
        assert (source.url, source.kind) == (PAGE, SourceKind.PAGE)


async def test_the_catalogue_knows_the_feed_of_a_site() -> None:
    async with a_world() as world:
        feed = "https://www.reddit.com/r/lille/new/.rss"
        world.web.documents[feed] = a_feed(an_entry(1))
        source = await add(world, "https://www.reddit.com/r/lille/")
        assert source.url == feed


async def test_a_guess_that_fails_gives_way_to_what_was_pasted() -> None:
    async with a_world() as world:
        pasted = "https://forum.exemple.fr/c/sante/7"
        guess = world.ports.catalogue.feed_for(pasted)
        assert guess is not None
        assert guess.is_guess
        world.web.documents[pasted] = a_feed(an_entry(1))
        assert (await add(world, pasted)).url == pasted


async def test_reviews_are_about_somebody() -> None:
    place = "place:ChIJN1t_tDeuEmsRUsoyG83frY4"
    async with a_world() as world:
        world.web.documents[place] = a_feed(an_entry(1, title="", text="À fuir.", rating=1.0))
        source = await add(world, place)
        assert source.kind is SourceKind.GOOGLE_PLACE
        (person,) = await _people(world)
        assert source.about == person.id
        (polled,) = await world.poll()
        assert polled.new == 1

    async with a_world() as world:
        other = replace(CLAIRE, given="Paul")
        await set_up.add_practitioner(world.ports, world.practice.name, other)
        world.web.documents[place] = a_feed(an_entry(1))
        for asked, code in (
            (Asked(), RefusalCode.ABOUT_WHOM),
            (Asked(about="Lefèvre"), RefusalCode.ABOUT_WHOM),
            (Asked(about="Zoé"), RefusalCode.PERSON_UNKNOWN),
        ):
            with pytest.raises(Refusal) as refused:
                await add(world, place, asked)
            assert refused.value.code is code
        await add(world, place, Asked(about="Paul"))


async def test_a_map_address_leads_to_the_place() -> None:
    async with a_world() as world:
        place = "place:ChIJN1t_tDeuEmsRUsoyG83frY4"
        world.web.documents[place] = a_feed(an_entry(1))
        pasted = "https://www.google.com/maps/place/?q=place_id:ChIJN1t_tDeuEmsRUsoyG83frY4"
        assert (await add(world, pasted)).url == place


async def test_a_new_password_opens_a_mailbox_anew() -> None:
    async with a_world() as world:
        mailbox = "imaps://claire%40exemple.fr@imap.exemple.fr/Alertes"
        world.web.documents[mailbox] = a_feed(an_entry(1))
        first = await add(world, mailbox, Asked(secret="un"))
        again = await add(world, mailbox, Asked(secret="deux"))
        assert (first.kind, again.id, again.secret) == (SourceKind.MAILBOX, first.id, "deux")
        with pytest.raises(Refusal):
            await add(world, mailbox)


async def test_what_cannot_be_read_is_not_stored() -> None:
    async with a_world() as world:
        world.fails(FetchProblem.TIMEOUT, url=FEED)
        with pytest.raises(FetchFailed):
            await add(world, FEED)
        async with world.store.read() as tx:
            assert await tx.count(Source) == 0


async def _people(world: World) -> list[Practitioner]:
    async with world.store.read() as tx:
        return await tx.find(Practitioner)
