from datetime import timedelta

import pytest

from bot.adapters.catalogue import load_catalogue
from bot.adapters.wording import TEMPLATES
from bot.core.errors import Refusal, RefusalCode
from bot.core.lists import Flaw, Listed, ListProblem, SourceList, checked, flaw, to_give_away
from bot.core.mentions import Source, SourceState
from bot.core.people import Practice, PracticeId
from bot.core.sources import FetchProblem, SourceKind
from bot.ports import eq
from bot.usecases import import_sources, poll_sources, set_up, watch_sources
from tests.world import CLAIRE, FEED, MONDAY_NOON, World, a_world, an_entry

CATALOGUE = load_catalogue(TEMPLATES)
TILLEULS = "Cabinet des Tilleuls"


def a_list(*urls: str) -> SourceList:
    return SourceList(tuple(Listed(url, line=at) for at, url in enumerate(urls, 1)))


async def bring(
    world: World, asked: SourceList, practice: str | None = TILLEULS, every: int = 900
) -> import_sources.Imported:
    return await import_sources.import_sources(world.ports, CATALOGUE, asked, practice, every)


async def test_a_list_is_stored_at_once_and_read_little_by_little() -> None:
    async with a_world() as world:
        asked = a_list(*(f"https://presse.example/{n}" for n in range(300)))
        imported = await bring(world, asked)
        assert (imported.added, imported.known, imported.flaws) == (300, 0, ())
        assert imported.read_in == timedelta(minutes=15)
        stored = await world.stored(Source, eq("is_removed", False))
        waits = [(each.next_poll_at - MONDAY_NOON).total_seconds() for each in stored]
        assert waits == [pytest.approx(3 * n) for n in range(300)]
        assert len(await poll_sources.due_sources(world.ports)) == 1
        world.clock.move_to(MONDAY_NOON + timedelta(minutes=15))
        assert len(await poll_sources.due_sources(world.ports)) == 300


async def test_long_intervals_do_not_delay_the_first_reading() -> None:
    async with a_world() as world:
        imported = await bring(world, a_list("https://a.fr/1", "https://a.fr/2"), every=86_400)
        assert imported.read_in == timedelta(hours=1)
        stored = await world.stored(Source, eq("is_removed", False))
        assert stored[1].next_poll_at - MONDAY_NOON == timedelta(minutes=30)
        assert {each.every_seconds for each in stored} == {86_400}


async def test_what_is_imported_is_then_polled_like_the_rest() -> None:
    async with a_world() as world:
        world.says(an_entry())
        await bring(world, a_list(FEED))
        (polled,) = await world.poll()
        assert (polled.new, polled.source.title) == (1, "La Voix de Lille")


async def test_what_is_watched_already_is_counted_and_what_was_removed_comes_back() -> None:
    async with a_world() as world:
        await world.watch(an_entry())
        world.fails(FetchProblem.GONE)
        await world.poll()
        again = await bring(
            world, a_list(FEED, FEED + "?utm_source=x", "http://presse.example/rss/")
        )
        assert (again.added, again.known) == (0, 3)
        removed = await watch_sources.remove_source(world.ports, TILLEULS, FEED)
        back = await bring(world, a_list(FEED, FEED))
        assert (back.added, back.known) == (1, 1)
        (source,) = await world.stored(Source, eq("is_removed", False))
        assert source.id == removed.id
        assert (source.state, source.failures, source.problem) == (SourceState.OK, 0, "")
        assert source.succeeded_at is None


async def test_bad_lines_are_told_and_good_ones_are_kept() -> None:
    async with a_world() as world:
        asked = SourceList(
            (
                Listed("ftp://a.fr/x", line=2),
                Listed("feed://a.fr/rss", "A", line=3),
                Listed("https://claire:secret@b.fr/rss?token=secret", line=4),
                Listed("https://c.fr/rss", every_seconds=5, line=5),
                Listed("javascript:alert(1)", line=6),
                Listed("https://d.fr/a b", line=7),
                Listed("https://e.fr:99999/", line=8),
                Listed("  ", "Sans adresse", line=9),
                Listed("https://f.fr/page", "F", is_page=True, every_seconds=3600, line=10),
            ),
            (Flaw(ListProblem.NO_ADDRESS, 1),),
        )
        imported = await bring(world, asked)
        assert imported.added == 2
        assert [(each.line, each.problem) for each in imported.flaws] == [
            (1, ListProblem.NO_ADDRESS),
            (2, ListProblem.NOT_WEB),
            (4, ListProblem.HAS_PASSWORD),
            (5, ListProblem.INTERVAL_INVALID),
            (6, ListProblem.NOT_WEB),
            (7, ListProblem.NOT_WEB),
            (8, ListProblem.NOT_WEB),
            (9, ListProblem.NO_ADDRESS),
        ]
        assert "secret" not in repr(imported)
        stored = {each.url: each for each in await world.stored(Source, eq("is_removed", False))}
        assert set(stored) == {"http://a.fr/rss", "https://f.fr/page"}
        assert stored["http://a.fr/rss"].kind is SourceKind.FEED
        page = stored["https://f.fr/page"]
        assert (page.kind, page.title, page.every_seconds) == (SourceKind.PAGE, "F", 3600)


async def test_the_address_of_a_site_becomes_that_of_its_feed() -> None:
    alert = "https://www.google.fr/alerts/feeds/012345/678"
    async with a_world() as world:
        await bring(world, a_list("https://www.reddit.com/r/Lille/", alert))
        kinds = {
            each.url: each.kind for each in await world.stored(Source, eq("is_removed", False))
        }
        assert kinds == {
            "https://www.reddit.com/r/Lille/new/.rss": SourceKind.FEED,
            alert: SourceKind.GOOGLE_ALERTS,
        }


async def test_without_a_practice_each_line_says_its_own() -> None:
    async with a_world() as world:
        port = await set_up.add_practice(world.ports, Practice("Cabinet du Port"))
        asked = SourceList(
            (
                Listed("https://a.fr", category="cabinet du port", line=1),
                Listed("https://a.fr", category=TILLEULS, line=2),
                Listed("https://b.fr", category="Presse", line=3),
                Listed("https://c.fr", line=4),
            )
        )
        imported = await bring(world, asked, None)
        assert imported.added == 2
        assert imported.flaws == (
            Flaw(ListProblem.PRACTICE_UNKNOWN, 3, "Presse"),
            Flaw(ListProblem.PRACTICE_MISSING, 4, "https://c.fr"),
        )
        homes = {each.practice_id for each in await world.stored(Source, eq("is_removed", False))}
        assert homes == {world.practice.id, port.id}


async def test_a_practice_nobody_knows_and_a_haste_nobody_wants_are_refused() -> None:
    async with a_world() as world:
        with pytest.raises(Refusal) as refused:
            await bring(world, a_list(FEED), "Nulle part")
        assert refused.value.code is RefusalCode.PRACTICE_UNKNOWN
        with pytest.raises(Refusal) as refused:
            await bring(world, a_list(FEED), every=59)
        assert refused.value.code is RefusalCode.INTERVAL_TOO_SHORT
        assert not await world.stored(Source, eq("is_removed", False))


async def test_what_leaves_the_house_holds_no_secret() -> None:
    async with a_world() as world:
        await bring(world, a_list(FEED))
        async with world.store.write() as tx:
            for url, kind in (
                ("https://claire:motdepasse@a.fr/rss", SourceKind.FEED),
                ("https://b.fr/rss?x=1&api_key=motdepasse&%74oken=motdepasse", SourceKind.FEED),
                ("imaps://claire%40a.fr@imap.a.fr/Alertes", SourceKind.MAILBOX),
                ("place:ChIJ0123", SourceKind.GOOGLE_PLACE),
            ):
                await tx.add(a_source(world.practice.id, url, kind))
        exported = await import_sources.export_sources(world.ports, None)
        assert [(each.url, each.category) for each in exported.listed] == [
            (FEED, TILLEULS),
            ("https://a.fr/rss", TILLEULS),
            ("https://b.fr/rss?x=1", TILLEULS),
        ]
        assert (exported.kept_back, exported.stripped) == (2, 2)
        assert "motdepasse" not in repr(exported)


def a_source(practice: PracticeId, url: str, kind: SourceKind = SourceKind.FEED) -> Source:
    return Source(practice, url, kind, 900, MONDAY_NOON, MONDAY_NOON, secret="motdepasse")


def test_an_address_without_secret_leaves_as_it_is() -> None:
    url = "https://www.google.com/search?q=cl%C3%A9&keyword=a;b&&hl=fr#x"
    assert to_give_away(a_source(PracticeId(1), url), "") == (Listed(url), False)
    assert to_give_away(a_source(PracticeId(1), "https://[::1/"), "") is None


def test_a_flaw_shows_no_secret_and_is_short() -> None:
    for words in ("claire:secret@a.fr/x", "https://a.fr/?k=secret", "imaps://u:secret@h/F"):
        assert "secret" not in flaw(ListProblem.NOT_WEB, 1, words).words
    assert len(flaw(ListProblem.NOT_WEB, 1, "x" * 5000).words) < 200
    assert checked(Listed("feed:https://a.fr/rss")) == Listed("https://a.fr/rss")


@pytest.mark.parametrize(
    "name", ["Dr Claire Lefèvre", "claire lefevre", "LEFEVRE Claire", "Dr Lefevre", "Lefèvre"]
)
async def test_somebody_is_found_by_what_people_call_them(name: str) -> None:
    async with a_world() as world:
        found = await import_sources.people_named(world.ports, name, None)
        assert [person.name for _, person in found] == ["Dr Claire Lefèvre"]
        assert not await import_sources.people_named(world.ports, "Durand", TILLEULS)


async def test_suggestions_say_which_are_followed_already() -> None:
    async with a_world() as world:
        ((home, person),) = await import_sources.people_named(world.ports, "Lefèvre", None)
        assert person.city == CLAIRE.city
        before = await import_sources.suggest(world.ports, CATALOGUE, home, person)
        assert not any(each.is_watched for each in before)
        await bring(world, import_sources.as_list([before[0].suggestion], ["Titre"]))
        after = await import_sources.suggest(world.ports, CATALOGUE, home, person)
        assert [each.is_watched for each in after] == [True] + [False] * (len(after) - 1)
        (source,) = await world.stored(Source, eq("is_removed", False))
        assert (source.title, source.kind) == ("Titre", SourceKind.FEED)
