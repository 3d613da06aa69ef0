"""Each mention exactly once, whatever a feed does."""

import asyncio
from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import mentions
from bot.core.mentions import Mention
from bot.core.sources import Entry
from tests.world import FEED, MONDAY_NOON, a_source, a_world, an_entry

STORIES = st.integers(1, 6)
POLLS = st.lists(st.lists(STORIES, max_size=8), min_size=1, max_size=5)


@settings(max_examples=60)
@given(POLLS)
def test_any_replay_permutation_or_removal_of_items_gives_each_mention_once(
    polls: list[list[int]],
) -> None:
    async def run() -> None:
        async with a_world() as world:
            await world.watch()
            for poll in polls:
                world.says(*(an_entry(number) for number in poll))
                world.clock.move(timedelta(hours=1))
                await world.poll()
            async with world.store.read() as tx:
                stored = await tx.find(Mention)
            expected = Counter(dict.fromkeys({number for poll in polls for number in poll}, 1))
            assert Counter(int(each.title.split()[1]) for each in stored) == expected

    asyncio.run(run())


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(STORIES, st.sampled_from(["a", "b", "c"]), st.booleans(), st.booleans()),
        min_size=1,
        max_size=10,
    )
)
def test_guids_that_change_and_stories_on_several_sites_give_each_mention_once(
    sightings: list[tuple[int, str, bool, bool]],
) -> None:
    async def run() -> None:
        async with a_world() as world:
            for site in "abc":
                await world.watch(url=f"https://{site}.example/rss")
            for place, (number, site, has_guid, is_tracked) in enumerate(sightings):
                entry = an_entry(
                    number,
                    guid=f"fresh-{place}" if has_guid else None,
                    url=f"https://{site}.example/{number}" + ("?utm_source=x" * is_tracked),
                )
                world.says(entry, url=f"https://{site}.example/rss")
                world.clock.move(timedelta(hours=1))
                await world.poll()
            async with world.store.read() as tx:
                stored = await tx.find(Mention)
            assert len(stored) == len({number for number, *_ in sightings})

    asyncio.run(run())


async def test_items_that_all_link_to_the_same_page_are_all_kept() -> None:
    async with a_world() as world:
        home = "https://presse.example/"
        await world.watch(*(an_entry(n, url=home, guid=None) for n in range(1, 5)))
        await world.poll()
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 4


async def test_items_that_share_a_guid_are_all_kept() -> None:
    async with a_world() as world:
        await world.watch(*(an_entry(n, guid="0") for n in range(1, 5)))
        await world.poll()
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 4


async def test_a_thread_whose_posts_share_an_address_gives_one_mention_a_post() -> None:
    thread = "https://forum.example/sujet/12"
    async with a_world() as world:
        await world.watch(url=FEED)
        for number in range(1, 4):
            world.says(an_entry(number, url=thread))
            world.clock.move(timedelta(hours=1))
            await world.poll()
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 3


async def test_two_bare_ratings_are_two_mentions() -> None:
    async with a_world() as world:
        bare = [an_entry(n, title="Claire Lefèvre", text="★", guid=f"avis-{n}") for n in (1, 2)]
        await world.watch(*bare)
        await world.poll()
        async with world.store.read() as tx:
            assert await tx.count(Mention) == 2


def test_a_fingerprint_ignores_case_accents_and_what_comes_after_300_characters() -> None:
    long = "Claire Lefèvre à Lille. " * 20
    one = mentions.fingerprint("Un Été", long + "fin")
    two = mentions.fingerprint("un ete", long.upper() + "autre fin")
    assert one == two


def test_the_keys_of_a_google_redirect_are_those_of_the_article() -> None:
    direct = Entry(guid=None, url="https://www.presse.example/a?id=1", title="t", text="x" * 60)
    through = Entry(
        guid=None,
        url="https://www.google.com/url?rct=j&sa=t&url=https://presse.example/a%3Fid%3D1&ct=ga",
        title="t",
        text="x" * 60,
    )
    keys = [mentions.keys_of(a_source(), [entry])[0] for entry in (direct, through)]
    assert keys[0].url == keys[1].url


def test_a_first_poll_keeps_fresh_news_and_sets_old_or_undated_news_aside() -> None:
    async def run() -> list[str]:
        async with a_world() as world:
            await world.watch(
                an_entry(1, published_at=MONDAY_NOON - timedelta(days=30)),
                an_entry(2, published_at=MONDAY_NOON - timedelta(days=32)),
                an_entry(3, published_at=None),
            )
            await world.poll()
            world.says(an_entry(4, published_at=None))
            world.clock.move(timedelta(hours=1))
            await world.poll()
            async with world.store.read() as tx:
                return [each.state.value for each in await tx.find(Mention)]

    assert asyncio.run(run()) == ["new", "backlog", "backlog", "new"]
