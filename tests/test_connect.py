"""A Google account connected from the command line, and its reviews in the next digest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.adapters.business_profile import BusinessProfileReader, Endpoints
from bot.adapters.clock import MovableClock
from bot.adapters.google_oauth import GoogleOAuth, OAuthClient
from bot.app import GoogleAccount, House, open_house
from bot.cli.connect import ConnectionAsked, connect_google
from bot.cli.screen import Screen
from bot.config import Settings
from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Mention, Source
from bot.core.people import Practice, Practitioner
from bot.core.sources import FetchFailed, FetchProblem, SourceKind
from bot.ports import eq
from bot.usecases import poll_sources, set_up
from tests.servers.google import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH,
    Google,
    Listed,
    an_api,
    stamp,
)
from tests.world import MONDAY_NOON

NAME = "accounts/11/locations/22"
HOME = "Cabinet des Tilleuls"


class Browser(Screen):
    """A person who opens the address they are shown, and says yes or no."""

    def __init__(self, google: Google, *, says_yes: bool = True) -> None:
        super().__init__()
        self._google = google
        self._says_yes = says_yes
        self._going: asyncio.Task[None] | None = None

    def page(self, template: str, **values: object) -> None:
        super().page(template, **values)
        if template == "consent":
            self._going = asyncio.create_task(self._go(str(values["url"])))

    async def _go(self, url: str) -> None:
        back, asked = self._google.consent(url)
        if not self._says_yes:
            asked = {"state": asked["state"], "error": "access_denied"}
        async with aiohttp.ClientSession() as session, session.get(back, params=asked) as response:
            assert response.status == 200


@asynccontextmanager
async def a_house(folder: Path, *families: str) -> AsyncIterator[tuple[House, Google]]:
    settings = Settings.model_construct(data_dir=folder)
    async with (
        Google(MONDAY_NOON) as google,
        an_api() as api,
        open_house(settings, clock=MovableClock(MONDAY_NOON)) as house,
    ):
        place = google.listed[NAME] = Listed(NAME, "Cabinet du Beffroi")
        for number, comment in ((1, "Attente trop longue."), (2, "Très bien, je recommande.")):
            place.reviews[f"{NAME}/reviews/r{number}"] = {
                "name": f"{NAME}/reviews/r{number}",
                "reviewId": f"r{number}",
                "reviewer": {"displayName": "Jean D."},
                "starRating": "TWO",
                "comment": comment,
                "createTime": stamp(MONDAY_NOON),
                "updateTime": stamp(MONDAY_NOON),
            }
        oauth = GoogleOAuth(
            api, OAuthClient(CLIENT_ID, CLIENT_SECRET), token=f"{google.base}/token"
        )
        profiles = BusinessProfileReader(oauth, Endpoints(google.base, google.base, google.base))
        readers = {**house.ports.readers, SourceKind.BUSINESS_PROFILE: profiles}
        home = await set_up.add_practice(house.ports, Practice(name=HOME))
        for family in families:
            person = Practitioner(home.id, "Claire", family, "Dr")
            await set_up.add_practitioner(house.ports, HOME, person)
        ports = replace(house.ports, readers=readers)
        yield replace(house, ports=ports, google=GoogleAccount(oauth, profiles)), google


async def test_every_review_of_ones_own_place_is_a_mention_named_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_house(tmp_path, "Lefèvre") as (house, google):
        code = await connect_google(ConnectionAsked(HOME), house, Browser(google))
        told = capsys.readouterr().out
        assert code == 0
        assert "1 fiche" in told
        assert "2 avis" in told
        assert REFRESH not in told
        async with house.ports.store.read() as tx:
            (source,) = await tx.find(Source)
        assert (source.kind, source.secret) == (SourceKind.BUSINESS_PROFILE, REFRESH)
        assert REFRESH not in repr(source)
        for _ in range(2):
            await poll_sources.poll(house.ports, [source])
        async with house.ports.store.read() as tx:
            found = await tx.find(Mention)
        assert sorted((each.text, each.rating, each.author) for each in found) == [
            ("Attente trop longue.", 2.0, "Jean D."),
            ("Très bien, je recommande.", 2.0, "Jean D."),
        ]
        assert found[0].evidence[0][0] == "own_page"


async def test_a_review_that_google_shows_no_more_is_gone_when_it_still_is_hours_later(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, "Lefèvre") as (house, google):
        await connect_google(ConnectionAsked(HOME), house, Browser(google))
        clock = house.ports.clock
        assert isinstance(clock, MovableClock)
        await _poll(house)
        del google.listed[NAME].reviews[f"{NAME}/reviews/r1"]
        for _ in range(2):
            clock.move(timedelta(hours=25))
            google.now = clock.now()
            await _poll(house)
        async with house.ports.store.read() as tx:
            (gone,) = await tx.find(Mention, eq("text", "Attente trop longue."))
            (there,) = await tx.find(Mention, eq("text", "Très bien, je recommande."))
        assert gone.gone_at is not None
        assert there.gone_at is None


async def _poll(house: House) -> None:
    async with house.ports.store.read() as tx:
        sources = await tx.find(Source)
    await poll_sources.poll(house.ports, sources)


async def test_connecting_again_renews_the_consent(tmp_path: Path) -> None:
    async with a_house(tmp_path, "Lefèvre") as (house, google):
        for _ in range(2):
            assert await connect_google(ConnectionAsked(HOME), house, Browser(google)) == 0
        async with house.ports.store.read() as tx:
            assert await tx.count(Source) == 1


async def test_whom_it_is_about_must_be_known(tmp_path: Path) -> None:
    async with a_house(tmp_path, "Lefèvre", "Martin") as (house, google):
        with pytest.raises(Refusal) as refused:
            await connect_google(ConnectionAsked(HOME), house, Browser(google))
        assert refused.value.code is RefusalCode.ABOUT_WHOM
        asked = ConnectionAsked(HOME, about="Martin")
        assert await connect_google(asked, house, Browser(google)) == 0


async def test_a_no_changes_nothing(tmp_path: Path) -> None:
    async with a_house(tmp_path, "Lefèvre") as (house, google):
        with pytest.raises(FetchFailed) as failed:
            await connect_google(ConnectionAsked(HOME), house, Browser(google, says_yes=False))
        assert failed.value.problem is FetchProblem.CONSENT
        async with house.ports.store.read() as tx:
            assert await tx.count(Source) == 0


async def test_without_a_client_nobody_is_sent_to_google(tmp_path: Path) -> None:
    async with open_house(Settings.model_construct(data_dir=tmp_path)) as house:
        with pytest.raises(Refusal) as refused:
            await connect_google(ConnectionAsked(HOME), house, Screen())
        assert refused.value.code is RefusalCode.GOOGLE_NOT_SET
