"""Rounds of visits: outages, slow hosts, faults, copies, unstable identities, watched pages."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.core.errors import Outage
from bot.core.mentions import Copy, Layer, Mention, Revision, Source, SourceState
from bot.core.sources import (
    Entry,
    FeedDocument,
    FetchProblem,
    Reading,
    SourceKind,
    Visit,
)
from bot.usecases import poll_sources, set_up
from bot.usecases.poll_sources import Poller
from tests.world import CLAIRE, World, a_world, an_entry

STORY = "Une longue histoire que le Dr Claire Lefèvre raconte à tout le monde depuis des années, "


async def sources(world: World) -> dict[str, Source]:
    async with world.store.read() as tx:
        return {source.url: source for source in await tx.find(Source)}


async def again(world: World, **hours: float) -> None:
    world.clock.move(timedelta(**hours) if hours else timedelta(hours=1))
    await world.poll()


class TestOutages:
    async def test_when_nobody_can_be_reached_no_source_is_blamed(self) -> None:
        urls = [f"https://site{n}.example/rss" for n in range(4)]
        async with a_world() as world:
            for url in urls:
                await world.watch(an_entry(1), url=url)
            poller = Poller(world.ports)
            for url in urls:
                world.fails(FetchProblem.UNREACHABLE, url=url)
            for _ in range(20):
                world.clock.move(timedelta(hours=1))
                await poller.poll(await poll_sources.due_sources(world.ports))
            assert {(each.failures, each.state) for each in (await sources(world)).values()} == {
                (0, SourceState.OK)
            }
            for url in urls:
                world.says(an_entry(1), url=url)
            world.clock.move(timedelta(minutes=6))
            polled = await poller.poll(await poll_sources.due_sources(world.ports))
            assert len(polled) == 4
            assert not any(each.problem for each in polled)

    async def test_one_site_that_cannot_be_reached_is_its_own_trouble(self) -> None:
        async with a_world() as world:
            for n in range(3):
                await world.watch(an_entry(n + 1), url=f"https://site{n}.example/rss")
            poller = Poller(world.ports)
            world.fails(FetchProblem.UNREACHABLE, url="https://site0.example/rss")
            for _ in range(5):
                world.clock.move(timedelta(hours=5))
                await poller.poll(await poll_sources.due_sources(world.ports))
            states = {url: each.state for url, each in (await sources(world)).items()}
            assert states.pop("https://site0.example/rss") is SourceState.BROKEN
            assert set(states.values()) == {SourceState.OK}


class TestRounds:
    async def test_a_slow_site_keeps_no_other_waiting_and_is_visited_once_at_a_time(self) -> None:
        async with a_world() as world:
            slow, quick = "https://lent.example/rss", "https://vif.example/rss"
            for url in (slow, quick):
                await world.watch(an_entry(1), url=url)
            door = Door(world, slow)
            ports = replace(world.ports, readers=dict.fromkeys(SourceKind, door))
            poller = Poller(ports)
            due = await poll_sources.due_sources(ports)
            waiting = asyncio.create_task(poller.poll(due))
            await door.reached.wait()
            assert await poller.poll([each for each in due if each.url == slow]) == []
            (polled,) = await Poller(ports).poll([each for each in due if each.url == quick])
            assert polled.problem == ""
            door.opened.set()
            assert len(await waiting) == 2
            assert door.visits[slow] == 1

    async def test_what_one_source_says_spoils_no_other_visit(self) -> None:
        async with a_world() as world:
            bad, good = "https://mauvais.example/rss", "https://bon.example/rss"
            await world.watch(an_entry(1), url=bad)
            await world.watch(an_entry(2), url=good)
            world.says(an_entry(1, text="Claire Lefèvre \x00 \ud800"), url=bad)
            polled = {each.source.url: each for each in await world.poll()}
            assert polled[bad].problem == poll_sources.FAULT
            assert polled[good].problem == ""
            assert [each.title for each in await world.stored(Mention)] == [an_entry(2).title]
            assert (await sources(world))[bad].failures == 1

    async def test_a_store_out_of_reach_leaves_everything_due(self) -> None:
        async with a_world() as world:
            await world.watch(an_entry(1))
            store = ReadOnly(world)
            polled = await poll_sources.poll(
                replace(world.ports, store=store),  # type: ignore[arg-type]  # half a store
                await poll_sources.due_sources(world.ports),
            )
            assert [each.problem for each in polled] == [poll_sources.FAULT]
            assert len(await poll_sources.due_sources(world.ports)) == 1
            await world.poll()
            assert len(await world.stored(Mention)) == 1


class Door:
    """The fake web, one of whose addresses waits to be let through."""

    def __init__(self, world: World, url: str) -> None:
        self._web, self._url = world.web, url
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self.visits: dict[str, int] = {}

    async def read(self, visit: Visit) -> Reading:
        self.visits[visit.url] = self.visits.get(visit.url, 0) + 1
        if visit.url == self._url:
            self.reached.set()
            await self.opened.wait()
        return await self._web.read(visit)


class ReadOnly:
    """A store whose disk is full."""

    def __init__(self, world: World) -> None:
        self.read = world.store.read

    def write(self) -> object:
        raise Outage("the disk is full")


class TestCopies:
    async def test_the_same_story_on_another_site_is_a_copy(self) -> None:
        first = an_entry(1, title="Le Dr Claire Lefèvre ouvre un cabinet à Wazemmes", text=STORY)
        copy = an_entry(
            2,
            title="Le Dr Claire Lefèvre ouvre un cabinet à Wazemmes - Actu",
            url="https://actu.example/2",
            text=STORY[:60],
        )
        async with a_world() as world:
            await world.watch(first)
            await world.poll()
            await world.watch(copy, url="https://actu.example/rss")
            await again(world)
            (mention,) = await world.stored(Mention)
            assert mention.copies == 1
            async with world.store.read() as tx:
                (kept,) = await tx.find(Copy)
            assert kept.outlet == "actu.example"

    async def test_copies_of_one_poll_are_one_mention_too(self) -> None:
        title = "Le Dr Claire Lefèvre ouvre un cabinet à Wazemmes"
        async with a_world() as world:
            await world.watch(
                *(
                    an_entry(n, title=title, text=STORY + site, url=f"https://{site}/a")
                    for n, site in enumerate(("un.example", "deux.example", "trois.example"))
                )
            )
            await world.poll()
            (mention,) = await world.stored(Mention)
            assert mention.copies == 2
            world.says()
            await again(world)
            assert len(await world.stored(Mention)) == 1

    async def test_two_reviews_in_the_same_words_are_two(self) -> None:
        async with a_world() as world:
            words = "Très bon accueil, Claire Lefèvre est à l'écoute et prend son temps, merci."
            await world.watch(*(an_entry(n, title="", text=words, rating=5.0) for n in (1, 2)))
            await world.poll()
            assert len(await world.stored(Mention)) == 2

    async def test_one_site_that_says_nearly_the_same_twice_says_two_things(self) -> None:
        async with a_world() as world:
            title = "Le Dr Claire Lefèvre répond à toutes vos questions de santé"
            await world.watch(*(an_entry(n, title=title, text=STORY + str(n)) for n in (1, 2)))
            await world.poll()
            assert len(await world.stored(Mention)) == 2


class TestIdentities:
    async def test_a_source_that_renames_its_items_at_every_fetch_is_known_by_their_words(
        self,
    ) -> None:
        async with a_world() as world:
            await world.watch(an_entry(1))
            for fetch in range(8):
                world.says(
                    an_entry(1, guid=f"g{fetch}", url=f"https://presse.example/articles/{fetch}x")
                )
                await again(world)
            (mention,) = await world.stored(Mention)
            assert mention.copies == 0
            (source,) = (await sources(world)).values()
            assert source.distrusts == (Layer.GUID, Layer.URL)
            world.says(an_entry(1, guid="g99", url="https://presse.example/99"), an_entry(2))
            await again(world)
            assert len(await world.stored(Mention)) == 2

    async def test_items_that_share_an_address_stay_apart_for_ever(self) -> None:
        home = "https://presse.example/"
        async with a_world() as world:
            await world.watch(*(an_entry(n, guid=None, url=home) for n in (1, 2)))
            await world.poll()
            for number in (3, 4, 5):
                world.says(an_entry(number, guid=None, url=home))
                await again(world)
            assert len(await world.stored(Mention)) == 5

    async def test_whoever_is_added_is_looked_for_in_what_was_read_before(self) -> None:
        async with a_world() as world:
            both = an_entry(1, text="Claire Lefèvre et Zoé Martin, à Lille, y sont citées.")
            await world.watch(both)
            await world.poll()
            zoe = replace(CLAIRE, given="Zoé", family="Martin")
            await set_up.add_practitioner(world.ports, world.practice.name, zoe)
            await again(world)
            assert len(await world.stored(Mention)) == 2
            await again(world)
            assert len(await world.stored(Mention)) == 2


class TestPages:
    URL = "https://annuaire.example/dentistes"

    def page(self, *lines: str) -> FeedDocument:
        entry = Entry(None, self.URL, "Les dentistes de Lille", "\n".join(lines))
        return FeedDocument("Annuaire", (entry,), SourceKind.PAGE, is_complete=True)

    async def watch(self, world: World, *lines: str) -> None:
        world.web.bodies[self.URL] = b"<!doctype html>"
        world.web.documents[self.URL] = self.page(*lines)
        await world.watch_page(self.URL)
        await world.poll()

    async def say(self, world: World, *lines: str) -> None:
        world.web.bodies[self.URL] = f"<!doctype html>{lines}".encode()
        world.web.documents[self.URL] = self.page(*lines)
        await again(world, hours=7)

    async def test_only_what_is_said_about_the_person_counts(self) -> None:
        noise = [f"Dr Autre Personne numéro {n}, dentiste à Roubaix" for n in range(40)]
        mine = ["Dr Claire Lefèvre, dentiste", "Attente : trop longue pour un simple contrôle"]
        async with a_world() as world:
            await self.watch(world, *noise, *mine, *noise)
            (mention,) = await world.stored(Mention)
            assert "Attente" in mention.text
            assert len(mention.text) < 300
            start, end = mention.text_spans[0]
            assert mention.text[start:end].endswith("Claire Lefèvre")
            await self.say(world, "Nous sommes le 24", *noise[:-3], *mine, *noise[:9])
            async with world.store.read() as tx:
                assert await tx.count(Revision) == 0
            await self.say(world, *noise, mine[0], "Un nouvel avis, très différent du premier")
            async with world.store.read() as tx:
                assert await tx.count(Revision) == 1
            assert "très différent" in (await world.stored(Mention))[0].text

    async def test_a_name_that_disappears_is_gone_once_it_is_sure(self) -> None:
        async with a_world() as world:
            await self.watch(world, "Dr Claire Lefèvre, dentiste à Lille")
            await self.say(world, "Page en maintenance, revenez plus tard")
            assert (await world.stored(Mention))[0].gone_at is None
            await again(world, hours=7)
            assert (await world.stored(Mention))[0].gone_at is not None
            await self.say(world, "Dr Claire Lefèvre, dentiste à Lille")
            (mention,) = await world.stored(Mention)
            assert (mention.gone_at, mention.missed_at) == (None, None)

    async def test_a_page_that_is_not_there_any_more_is_gone_too(self) -> None:
        async with a_world() as world:
            await self.watch(world, "Dr Claire Lefèvre, dentiste à Lille")
            world.fails(FetchProblem.GONE, url=self.URL)
            for _ in range(2):
                await again(world, hours=25)
            assert (await world.stored(Mention))[0].gone_at is not None
