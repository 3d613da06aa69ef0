"""All reviews of one's own place: pages, edits, removals, tokens, consent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.business_profile import BusinessProfileReader, Endpoints, original
from bot.adapters.google_oauth import CONSENT, GoogleOAuth, OAuthClient, Proof
from bot.adapters.loopback import Farewell, loopback
from bot.core.places import Location
from bot.core.sources import Entry, FetchFailed, FetchProblem, Memory, Reading, SourceKind, Visit
from bot.ports import Api
from tests.servers.google import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH,
    Google,
    Json,
    Listed,
    an_api,
    error,
    stamp,
)

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
NAME = "accounts/11/locations/22"
URL = f"business:{NAME}"
MAPS = "https://maps.google.com/maps?cid=123"
MINUTE = timedelta(minutes=15)
CLIENT = OAuthClient(CLIENT_ID, CLIENT_SECRET)


def open_reader(api: Api, google: Google, client: OAuthClient = CLIENT) -> BusinessProfileReader:
    oauth = GoogleOAuth(api, client, token=f"{google.base}/token")
    return BusinessProfileReader(oauth, Endpoints(google.base, google.base, google.base))


@dataclass
class Follower:
    """Somebody who reads a place again and again, and keeps what is known of it."""

    google: Google
    reader: BusinessProfileReader
    place: Listed
    memory: Memory = field(default_factory=Memory)
    known: dict[str, Entry] = field(default_factory=dict)

    async def read(self, wait: timedelta = MINUTE) -> Reading:
        self.google.now += wait
        visit = Visit(f"business:{self.place.name}", self.google.now, self.memory, REFRESH)
        reading = await self.reader.read(visit)
        self.memory = reading.memory
        if reading.document is not None:
            entries = {str(entry.guid): entry for entry in reading.document.entries}
            assert len(entries) == len(reading.document.entries), "each review once"
            self.known |= entries
            if reading.document.is_complete:
                self.known = entries
        return reading

    def write(self, number: int, stars: int, comment: str, **more: Any) -> Json:
        self.google.now += timedelta(seconds=1)
        return self.google.write(self.place, number, stars, comment, **more)

    @property
    def texts(self) -> dict[str, str]:
        return {name.rpartition("/")[2]: entry.text for name, entry in self.known.items()}

    @property
    def truth(self) -> dict[str, str]:
        return {
            name.rpartition("/")[2]: review["comment"]
            for name, review in self.place.reviews.items()
        }


@pytest.fixture
async def follower() -> AsyncIterator[Follower]:
    async with Google(NOW) as google, an_api() as api:
        place = google.listed[NAME] = Listed(NAME, "Dr Claire Lefèvre, dentiste", MAPS)
        yield Follower(google, open_reader(api, google), place)


async def failure(follower: Follower, **visit: Any) -> FetchFailed:
    asked: dict[str, Any] = {"url": URL, "now": follower.google.now, "secret": REFRESH} | visit
    with pytest.raises(FetchFailed) as failed:
        await follower.reader.read(Visit(**asked))
    for told in (str(failed.value), repr(failed.value), failed.value.detail):
        assert "hush" not in told
    return failed.value


# --- what is read -------------------------------------------------------------------------------


async def test_a_review_with_everything_in_it(follower: Follower) -> None:
    follower.write(1, 2, "Attente trop longue")
    follower.write(
        1,
        1,
        "(Translated by Google) Run away\n\n(Original)\nFuyez",
        reviewReply={"comment": "Merci de nous appeler.", "updateTime": stamp(NOW)},
    )
    document = (await follower.read()).document
    assert document is not None
    assert (document.kind, document.is_complete) == (SourceKind.BUSINESS_PROFILE, True)
    entry = document.entries[0]
    assert entry == Entry(
        guid=f"{NAME}/reviews/r1",
        url=entry.url,
        title="Dr Claire Lefèvre, dentiste",
        text="Fuyez",
        published_at=NOW + timedelta(seconds=1),
        updated_at=NOW + timedelta(seconds=2),
        author="Auteur 1",
        outlet="Google",
        rating=1.0,
        reply="Merci de nous appeler.",
    )
    assert entry.url.startswith(f"{MAPS}#review-")


async def test_what_google_does_not_say_is_not_made_up(follower: Follower) -> None:
    follower.place.maps_uri = ""
    name = f"{NAME}/reviews/r1"
    follower.place.reviews[name] = {
        "name": name,
        "reviewer": {"displayName": "A Google User", "isAnonymous": True},
        "starRating": "STAR_RATING_UNSPECIFIED",
        "updateTime": "2026-03-04T08:00:00Z",
    }
    document = (await follower.read()).document
    assert document is not None
    entry = document.entries[0]
    assert (entry.url, entry.author, entry.rating, entry.text) == ("", None, None, "")
    assert entry.published_at is None


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("Simple", "Simple"),
        ("(Translated by Google) Nice\n\n(Original)\nBien\net rapide", "Bien\net rapide"),
        ("Bien\n\n(Translated by Google)\nNice", "Bien"),
        ("(Translated by Google) Nice", "Nice"),
        ("Il a dit (Original) et (Translated by Google)", None),
        ("", ""),
    ],
)
def test_the_words_kept_are_those_of_the_author(comment: str, told: str | None) -> None:
    assert original(comment) == (comment if told is None else told)


def test_a_comment_made_to_be_slow_is_not() -> None:
    for endless in ("\n" * 2_000_000, "\n(Original" * 200_000, "(Translated by Google)" * 100_000):
        assert isinstance(original(endless), str)


async def test_a_place_without_reviews_is_read_once(follower: Follower) -> None:
    document = (await follower.read()).document
    assert document is not None
    assert (document.entries, document.is_complete) == ((), True)
    assert (await follower.read()).document is None


# --- again and again ----------------------------------------------------------------------------


async def with_reviews(follower: Follower, count: int) -> None:
    for number in range(count):
        follower.write(number, 5, f"Avis {number}")
    await follower.read()
    follower.google.calls.clear()


async def test_the_first_visit_reads_every_page(follower: Follower) -> None:
    await with_reviews(follower, 120)
    assert follower.texts == follower.truth
    assert follower.memory.cursor
    assert len(follower.memory.seen) == 120 * 8


async def test_a_quiet_visit_asks_for_one_page(follower: Follower) -> None:
    await with_reviews(follower, 120)
    reading = await follower.read()
    assert reading.document is None
    assert reading.known == 50
    assert [call.path for call in follower.google.calls] == [f"/v4/{NAME}/reviews"]


async def test_an_edited_review_and_a_new_one_come_alone(follower: Follower) -> None:
    await with_reviews(follower, 120)
    follower.write(3, 1, "Finalement non")
    follower.write(500, 1, "À fuir")
    document = (await follower.read()).document
    assert document is not None
    assert [entry.text for entry in document.entries] == ["À fuir", "Finalement non"]
    assert not document.is_complete
    edited = document.entries[1]
    assert edited.published_at is not None
    assert edited.updated_at is not None
    assert edited.published_at < edited.updated_at
    assert len(follower.google.calls) == 1


async def test_a_removed_review_is_missing_from_a_complete_reading(follower: Follower) -> None:
    await with_reviews(follower, 120)
    del follower.place.reviews[f"{NAME}/reviews/r7"]
    document = (await follower.read()).document
    assert document is not None
    assert document.is_complete
    assert "r7" not in follower.texts
    assert len(follower.texts) == 119


async def test_one_removed_while_another_is_written(follower: Follower) -> None:
    await with_reviews(follower, 120)
    del follower.place.reviews[f"{NAME}/reviews/r7"]
    follower.write(500, 1, "À fuir")
    await follower.read()
    assert follower.texts == follower.truth


async def test_a_review_held_back_by_google_is_found_under_its_first_date(
    follower: Follower,
) -> None:
    await with_reviews(follower, 120)
    old = stamp(NOW - timedelta(days=9))
    follower.write(500, 1, "Retenu", createTime=old, updateTime=old)
    await follower.read()
    assert follower.texts["r500"] == "Retenu"


async def test_a_reply_that_moves_no_date_is_found_within_a_day(follower: Follower) -> None:
    await with_reviews(follower, 120)
    name = f"{NAME}/reviews/r7"
    follower.place.reviews[name]["reviewReply"] = {"comment": "Merci"}
    await follower.read()
    assert follower.known[name].reply == ""
    await follower.read(timedelta(hours=24))
    assert follower.known[name].reply == "Merci"


async def test_what_moves_between_two_pages_is_not_taken_for_removed(follower: Follower) -> None:
    follower.google.page_cap = 3

    def on_page(number: int) -> None:
        if number == 2:
            follower.google.before_page = None
            follower.write(0, 1, "Changé pendant la lecture")

    for number in range(9):
        follower.write(number, 5, f"Avis {number}")
    follower.google.before_page = on_page
    document = (await follower.read()).document
    assert document is not None
    assert not document.is_complete
    assert document.warning
    document = (await follower.read()).document
    assert document is not None
    assert document.is_complete
    assert follower.texts == follower.truth


def remove_before(follower: Follower, page: int, number: int) -> None:
    """Have a review removed just before a page is answered: what follows it moves up."""

    def on_page(asked: int) -> None:
        if asked == page:
            follower.google.before_page = None
            del follower.place.reviews[f"{NAME}/reviews/r{number}"]

    follower.google.before_page = on_page


async def test_what_a_removal_hides_from_the_first_reading_is_found_next_time(
    follower: Follower,
) -> None:
    follower.google.page_cap = 3
    for number in range(9):
        follower.write(number, 5, f"Avis {number}")
    remove_before(follower, page=3, number=8)
    await follower.read()
    assert "r2" not in follower.texts
    await follower.read()
    assert follower.texts == follower.truth


async def test_what_a_removal_hides_from_a_short_reading_is_found_next_time(
    follower: Follower,
) -> None:
    follower.google.page_cap = 2
    await with_reviews(follower, 6)
    for number in range(10, 15):
        follower.write(number, 1, f"Avis {number}")
    remove_before(follower, page=3, number=14)
    await follower.read()
    await follower.read()
    assert follower.texts == follower.truth


async def test_more_edits_than_a_page_holds(follower: Follower) -> None:
    follower.google.page_cap = 2
    await with_reviews(follower, 9)
    for number in range(5):
        follower.write(number, 1, f"Changé {number}")
    reading = await follower.read()
    assert follower.texts == follower.truth
    assert reading.document is not None
    assert len(reading.document.entries) == 5


async def test_a_list_that_never_ends_is_cut_and_said_so(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.business_profile.MAX_PAGES", 3)
    follower.google.page_cap = 2
    for number in range(9):
        follower.write(number, 5, f"Avis {number}")
    document = (await follower.read()).document
    assert document is not None
    assert (len(document.entries), document.is_complete) == (6, False)
    assert document.warning == "only the first 3 pages were read"


async def test_a_memory_of_another_version_starts_anew(follower: Follower) -> None:
    await with_reviews(follower, 2)
    follower.memory = Memory(cursor="{'", seen=b"123")
    document = (await follower.read()).document
    assert document is not None
    assert document.is_complete


numbers = st.integers(0, 11)
steps = st.one_of(
    st.tuples(st.just("write"), numbers),
    st.tuples(st.just("hold"), st.integers(20, 25)),
    st.tuples(st.just("remove"), st.one_of(numbers, st.integers(20, 25))),
)


def take(follower: Follower, step: tuple[str, int]) -> None:
    kind, number = step
    if kind == "remove":
        follower.place.reviews.pop(f"{follower.place.name}/reviews/r{number}", None)
        return
    comment = f"Avis {number}, {follower.google.now}"
    if kind == "hold":
        if f"{follower.place.name}/reviews/r{number}" in follower.place.reviews:
            return  # an edit moves its date
        old = stamp(NOW - timedelta(days=number))
        follower.write(number, 1, comment, createTime=old, updateTime=old)
    else:
        follower.write(number, 1, comment)


def is_blind_spot(happened: list[tuple[str, int]]) -> bool:
    """One that turns up under an old date makes up for a removed one until the day is over."""
    return {"hold", "remove"} <= {kind for kind, _ in happened}


@settings(max_examples=60)
@given(
    st.integers(1, 5),
    st.lists(
        st.tuples(st.lists(steps, max_size=4), st.one_of(st.none(), st.tuples(numbers, steps))),
        min_size=1,
        max_size=6,
    ),
)
def test_whatever_happens_every_review_is_known_once_and_no_removed_one(
    page_cap: int, story: list[tuple[list[tuple[str, int]], tuple[int, tuple[str, int]] | None]]
) -> None:
    async def live() -> None:
        async with Google(NOW) as google, an_api() as api:
            google.page_cap = page_cap
            place = google.listed[NAME] = Listed(NAME, "Cabinet", MAPS)
            follower = Follower(google, open_reader(api, google), place)
            is_blind = False
            for interval, meanwhile in story:
                for step in interval:
                    take(follower, step)
                if meanwhile is not None:
                    at, step = meanwhile

                    def on_page(number: int, at: int = at, step: tuple[str, int] = step) -> None:
                        if number == at:
                            google.before_page = None
                            take(follower, step)

                    google.before_page = on_page
                await follower.read()
                google.before_page = None
                is_blind |= is_blind_spot(interval + [each[1] for each in (meanwhile,) if each])
                if meanwhile is not None:
                    await follower.read()
                assert is_blind or follower.texts == follower.truth
            await follower.read(timedelta(hours=25))
            assert follower.texts == follower.truth

    asyncio.run(live())


# --- tokens -------------------------------------------------------------------------------------


async def test_one_token_serves_until_it_ends(follower: Follower) -> None:
    await asyncio.gather(
        *(
            follower.reader.read(Visit(URL, NOW, secret=secret))
            for secret in (REFRESH, f' {{"refresh_token": "{REFRESH}"}} ', REFRESH)
        )
    )
    assert len(follower.google.called("/token")) == 1
    await follower.read(timedelta(minutes=30))
    assert len(follower.google.called("/token")) == 1
    await follower.read(timedelta(minutes=29))
    assert len(follower.google.called("/token")) == 2


async def test_a_token_refused_before_its_time_is_replaced_once(follower: Follower) -> None:
    await follower.read()
    follower.google.revoke_access()
    await follower.read()
    assert len(follower.google.called("/token")) == 2
    body = error(401, "UNAUTHENTICATED")
    follower.google.refuse("/v4/", 401, body, times=2)
    failed = await failure(follower, memory=follower.memory)
    assert (failed.problem, failed.status) == (FetchProblem.CONSENT, 401)


async def test_a_consent_taken_back_asks_to_connect_again(follower: Follower) -> None:
    follower.google.refresh_tokens.clear()
    failed = await failure(follower)
    assert (failed.problem, failed.detail) == (FetchProblem.CONSENT, "invalid_grant")
    assert failed.url == URL


@pytest.mark.parametrize("secret", ["", "  ", "{", "[]", "{}", '{"refresh_token": null}'])
async def test_without_a_usable_consent(follower: Follower, secret: str) -> None:
    assert (await failure(follower, secret=secret)).problem is FetchProblem.CONSENT


@pytest.mark.parametrize(
    ("client", "calls"),
    [(OAuthClient("", ""), 0), (OAuthClient(CLIENT_ID, "GOCSPX-hush-wrong"), 1)],
)
async def test_without_the_right_client(
    follower: Follower, client: OAuthClient, calls: int
) -> None:
    async with an_api() as api:
        follower.reader = open_reader(api, follower.google, client)
        assert (await failure(follower)).problem is FetchProblem.API_KEY
    assert len(follower.google.calls) == calls
    assert "hush" not in repr(client)


@pytest.mark.parametrize(
    ("path", "status", "body", "problem"),
    [
        ("/v4/", 403, error(403, "PERMISSION_DENIED"), FetchProblem.CONSENT),
        (
            "/v4/",
            403,
            error(403, "PERMISSION_DENIED", reason="SERVICE_DISABLED"),
            FetchProblem.NOT_ENABLED,
        ),
        (
            "/v4/",
            429,
            error(429, "RESOURCE_EXHAUSTED", reason="RATE_LIMIT_EXCEEDED", quota_limit_value="0"),
            FetchProblem.NOT_ENABLED,
        ),
        ("/v4/", 429, error(429, "RESOURCE_EXHAUSTED"), FetchProblem.QUOTA),
        ("/v1/locations/", 404, error(404, "NOT_FOUND"), FetchProblem.GONE),
        ("/v4/", 404, error(404, "NOT_FOUND"), FetchProblem.GONE),
        ("/v4/", 500, error(500, "INTERNAL"), FetchProblem.HTTP_ERROR),
        ("/v4/", 200, '{"reviews": [{}]}', FetchProblem.MALFORMED),
        ("/token", 429, "slow down", FetchProblem.QUOTA),
        ("/token", 503, "<html>", FetchProblem.HTTP_ERROR),
        ("/token", 200, '{"access": "hush"}', FetchProblem.MALFORMED),
    ],
)
async def test_every_refusal_has_its_words(
    follower: Follower, path: str, status: int, body: Json | str, problem: FetchProblem
) -> None:
    follower.google.refuse(path, status, body)
    assert (await failure(follower)).problem is problem


async def test_a_refusal_midway_keeps_nothing_and_loses_nothing(follower: Follower) -> None:
    follower.google.page_cap = 2
    for number in range(5):
        follower.write(number, 5, f"Avis {number}")

    def on_page(number: int) -> None:
        if number == 1:
            follower.google.refuse("/v4/", 500, "")

    follower.google.before_page = on_page
    assert (await failure(follower)).problem is FetchProblem.HTTP_ERROR
    follower.google.before_page = None
    await follower.read()
    assert follower.texts == follower.truth


@pytest.mark.parametrize(
    "url", ["business:", f"{URL}/reviews", "business:accounts/../locations/2", "accounts/1"]
)
async def test_an_address_that_names_no_place(follower: Follower, url: str) -> None:
    assert (await failure(follower, url=url)).problem is FetchProblem.INVALID_ADDRESS


async def test_the_places_of_an_account_each_once(follower: Follower) -> None:
    google = follower.google
    google.listed.clear()
    address = {
        "addressLines": ["1 rue de Béthune", ""],
        "postalCode": "59000",
        "locality": "Lille",
    }
    for number in range(130):
        name = f"accounts/1/locations/{number}"
        google.listed[name] = Listed(name, f"Cabinet {number}", address=address)
    for number in range(2, 25):  # the same place, seen by another account
        name = f"accounts/{number}/locations/0"
        google.listed[name] = Listed(name, "Cabinet 0")
    found = await follower.reader.list_locations(REFRESH, NOW)
    assert len(found) == 130
    assert found[0] == Location(
        "accounts/1/locations/0", "Cabinet 0", "1 rue de Béthune, 59000 Lille"
    )
    assert found[0].url == "business:accounts/1/locations/0"
    assert len(google.called("/v1/accounts/1/locations")) == 2
    with pytest.raises(FetchFailed) as failed:
        await follower.reader.list_locations("", NOW)
    assert failed.value.problem is FetchProblem.CONSENT


# --- consent ------------------------------------------------------------------------------------

FAREWELL = Farewell("C'est fait.", "Dommage.", "Qui êtes-vous ?")


async def browse(address: str, asked: dict[str, str]) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(address, params=asked) as response,
    ):
        return response.status, await response.text()


async def consented(google: Google, **answer: Any) -> str:
    """The whole way, from the address to the refresh token."""
    proof = Proof.new()
    async with an_api() as api, loopback(FAREWELL) as page:
        oauth = GoogleOAuth(api, CLIENT, token=f"{google.base}/token")
        url = oauth.consent_url(page.state, page.redirect_uri, proof.challenge)
        assert url.startswith(f"{CONSENT}?")
        assert proof.verifier not in url
        waiting = asyncio.create_task(page.code(timedelta(seconds=10)))
        assert await browse(*google.consent(url, **answer)) == (200, FAREWELL.granted)
        code = await waiting
        return await oauth.exchange(code, proof.verifier, page.redirect_uri, NOW)


async def test_a_consent_gives_a_refresh_token(follower: Follower) -> None:
    assert await consented(follower.google) == REFRESH


@pytest.mark.parametrize("answer", [{"scope": "openid"}, {"refresh_token": None}])
async def test_half_a_consent_is_none(follower: Follower, answer: dict[str, Any]) -> None:
    with pytest.raises(FetchFailed) as failed:
        await consented(follower.google, **answer)
    assert failed.value.problem is FetchProblem.CONSENT
    assert "hush" not in str(failed.value)


async def test_a_code_without_its_proof_is_worth_nothing(follower: Follower) -> None:
    async with an_api() as api:
        oauth = GoogleOAuth(api, CLIENT, token=f"{follower.google.base}/token")
        url = oauth.consent_url("s", "http://127.0.0.1:9/", Proof.new().challenge)
        _, asked = follower.google.consent(url)
        with pytest.raises(FetchFailed) as failed:
            await oauth.exchange(asked["code"], Proof.new().verifier, "http://127.0.0.1:9/", NOW)
    assert failed.value.problem is FetchProblem.CONSENT


async def test_a_stranger_does_not_end_the_wait(caplog: pytest.LogCaptureFixture) -> None:
    async with loopback(FAREWELL) as page:
        assert urlsplit(page.redirect_uri).hostname == "127.0.0.1"
        for asked in ({}, {"code": "4/stolen"}, {"code": "4/stolen", "state": "é"}):
            assert await browse(page.redirect_uri, asked) == (400, FAREWELL.stranger)
        right = {"state": page.state, "code": "4/hush-code"}
        assert (await browse(page.redirect_uri, right))[0] == 200
        assert await browse(page.redirect_uri, right | {"code": "4/late"}) is not None
        assert await page.code(timedelta(seconds=10)) == "4/hush-code"
        assert page.state not in repr(page)
    assert "hush" not in caplog.text


async def test_somebody_who_says_no(follower: Follower) -> None:
    async with loopback(FAREWELL) as page:
        asked = {"state": page.state, "error": "access_denied"}
        assert await browse(page.redirect_uri, asked) == (200, FAREWELL.refused)
        with pytest.raises(FetchFailed) as failed:
            await page.code(timedelta(seconds=10))
    assert (failed.value.problem, failed.value.detail) == (FetchProblem.CONSENT, "refused")


async def test_nobody_comes_and_nothing_listens_any_more() -> None:
    async with loopback(FAREWELL) as page:
        with pytest.raises(FetchFailed) as failed:
            await page.code(timedelta(0))
        assert failed.value.detail == "no answer in time"
    with pytest.raises(aiohttp.ClientConnectionError):
        await browse(page.redirect_uri, {})


def test_the_proof_is_the_one_of_the_standard() -> None:
    # RFC 7636, appendix B.
    proof = Proof("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(Proof.new().verifier) <= 128
    assert proof.verifier not in repr(proof)


def test_the_consent_address_asks_for_what_is_needed() -> None:
    oauth = GoogleOAuth(an_api(), CLIENT)
    asked = parse_qs(urlsplit(oauth.consent_url("st", "http://127.0.0.1:9/", "ch")).query)
    assert asked["prompt"] == ["consent"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:9/"]
    assert CLIENT_SECRET not in str(asked)
