"""Reviews of a place, with a key: what is read, what is refused, and finding the place."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.places import FRESH_FOR, PlacesReader
from bot.core import mentions
from bot.core.places import Pasted, Place, place_id, place_of, review_url
from bot.core.sources import Entry, FetchFailed, FetchProblem, SourceKind, Visit
from tests.servers.google import KEY, Google, Json, an_api, error
from tests.world import a_source

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ID = "ChIJN1t_tDeuEmsRUsoyG83frY4"
URL = f"place:{ID}"


def review(number: int, text: str, **more: object) -> Json:
    return {
        "name": f"places/{ID}/reviews/r{number}",
        "relativePublishTimeDescription": "il y a un mois",
        "rating": 1,
        "text": {"text": text, "languageCode": "fr"},
        "originalText": {"text": text, "languageCode": "fr"},
        "authorAttribution": {"displayName": f"Auteur {number}", "uri": "https://maps.test/a"},
        "publishTime": "2026-02-03T10:11:12.123456789Z",
        "googleMapsUri": f"https://www.google.com/maps/reviews/r{number}",
        **more,
    }


def place(*reviews: Json) -> Json:
    return {
        "id": ID,
        "displayName": {"text": "Dr Claire Lefèvre, dentiste", "languageCode": "fr"},
        "formattedAddress": "1 rue de Béthune, 59000 Lille",
        "googleMapsUri": "https://maps.google.com/?cid=123",
        "rating": 3.9,
        "userRatingCount": 41,
        "reviews": list(reviews),
        "internationalPhoneNumber": "+33 3 20 00 00 00",
    }


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    async with Google(NOW) as server:
        yield server


@pytest.fixture
async def reader(google: Google) -> AsyncIterator[PlacesReader]:
    async with an_api() as api:
        yield PlacesReader(api, KEY, google.base)


async def failure(reader: PlacesReader, url: str = URL) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await reader.read(Visit(url, NOW))
    for told in (str(failed.value), repr(failed.value), failed.value.detail):
        assert "hush" not in told
    return failed.value


async def test_the_reviews_that_google_shows_are_read(
    google: Google, reader: PlacesReader
) -> None:
    translated = review(2, "Fuyez !", originalText={"text": "Run away!", "languageCode": "en"})
    google.places[ID] = place(review(1, "Attente trop longue"), translated)
    reading = await reader.read(Visit(URL, NOW))
    document = reading.document
    assert document is not None
    assert (document.kind, document.is_complete) == (SourceKind.GOOGLE_PLACE, False)
    assert document.title == "Dr Claire Lefèvre, dentiste"
    assert document.entries[0] == Entry(
        guid=f"places/{ID}/reviews/r1",
        url="https://www.google.com/maps/reviews/r1",
        title="Dr Claire Lefèvre, dentiste",
        text="Attente trop longue",
        published_at=datetime(2026, 2, 3, 10, 11, 12, 123456, tzinfo=UTC),
        author="Auteur 1",
        outlet="Google",
        rating=1.0,
    )
    assert document.entries[1].text == "Run away!"
    assert reading.fresh_for == FRESH_FOR


async def test_the_key_goes_in_a_header_and_only_what_is_read_is_asked_for(
    google: Google, reader: PlacesReader
) -> None:
    google.places[ID] = place()
    await reader.read(Visit(URL, NOW))
    call = google.calls[0]
    assert (call.path, dict(call.query)) == (f"/v1/places/{ID}", {"languageCode": "fr"})
    assert call.headers["X-Goog-Api-Key"] == KEY
    assert call.headers["X-Goog-FieldMask"] == (
        "id,displayName,formattedAddress,googleMapsUri,rating,userRatingCount,reviews"
    )


async def test_a_place_that_has_not_changed_is_nothing_new(
    google: Google, reader: PlacesReader
) -> None:
    google.places[ID] = place(review(1, "Bien"))
    first = await reader.read(Visit(URL, NOW))
    google.places[ID] = place(review(1, "Bien", relativePublishTimeDescription="il y a 2 mois"))
    second = await reader.read(Visit(URL, NOW, first.memory))
    assert (second.document, second.known) == (None, 1)
    google.places[ID] = place(review(1, "Bien, puis déçu"))
    third = await reader.read(Visit(URL, NOW, second.memory))
    assert third.document is not None
    assert third.document.entries[0].text == "Bien, puis déçu"


async def test_bare_ratings_and_a_place_without_reviews(
    google: Google, reader: PlacesReader
) -> None:
    google.places[ID] = place({"name": f"places/{ID}/reviews/r1", "rating": 2})
    document = (await reader.read(Visit(URL, NOW))).document
    assert document is not None
    entry = document.entries[0]
    assert (entry.rating, entry.text, entry.author, entry.published_at) == (2.0, "", None, None)
    assert entry.url.startswith("https://maps.google.com/?cid=123#review-")
    google.places[ID] = {"id": ID}
    empty = (await reader.read(Visit(URL, NOW))).document
    assert empty is not None
    assert empty.entries == ()


DAY = timedelta(hours=23)  # from 9:00 in London to midnight in California


@pytest.mark.parametrize(
    ("status", "body", "problem", "retry"),
    [
        (
            400,
            error(400, "INVALID_ARGUMENT", f"key {KEY}", reason="API_KEY_INVALID"),
            FetchProblem.API_KEY,
            None,
        ),
        (
            403,
            error(403, "PERMISSION_DENIED", reason="API_KEY_SERVICE_BLOCKED"),
            FetchProblem.API_KEY,
            None,
        ),
        (
            403,
            error(403, "PERMISSION_DENIED", reason="API_KEY_IP_ADDRESS_BLOCKED"),
            FetchProblem.API_KEY,
            None,
        ),
        (403, error(403, "PERMISSION_DENIED", "unregistered"), FetchProblem.API_KEY, None),
        (
            403,
            error(403, "PERMISSION_DENIED", reason="SERVICE_DISABLED"),
            FetchProblem.NOT_ENABLED,
            None,
        ),
        (
            403,
            error(403, "PERMISSION_DENIED", reason="BILLING_DISABLED"),
            FetchProblem.NOT_ENABLED,
            None,
        ),
        (
            403,
            {"error": {"code": 403, "errors": [{"reason": "accessNotConfigured"}]}},
            FetchProblem.NOT_ENABLED,
            None,
        ),
        (
            429,
            error(429, "RESOURCE_EXHAUSTED", reason="RATE_LIMIT_EXCEEDED", retry="30s"),
            FetchProblem.QUOTA,
            timedelta(hours=1),
        ),
        (
            429,
            error(
                429,
                "RESOURCE_EXHAUSTED",
                reason="RATE_LIMIT_EXCEEDED",
                quota_limit="GetPlaceRequestsPerDayPerProject",
                quota_limit_value="1000",
            ),
            FetchProblem.QUOTA,
            DAY,
        ),
        (
            403,
            {"error": {"code": 403, "errors": [{"reason": "dailyLimitExceeded"}]}},
            FetchProblem.QUOTA,
            DAY,
        ),
        (429, "slow down", FetchProblem.QUOTA, timedelta(hours=1)),
        (404, error(404, "NOT_FOUND", "no longer valid"), FetchProblem.GONE, None),
        (400, error(400, "INVALID_ARGUMENT", "Not a valid Place ID"), FetchProblem.GONE, None),
        (400, error(400, "INVALID_ARGUMENT", "bad mask"), FetchProblem.HTTP_ERROR, None),
        (503, "<html>Service Unavailable", FetchProblem.HTTP_ERROR, None),
        (302, "", FetchProblem.HTTP_ERROR, None),
        (200, "<html>", FetchProblem.MALFORMED, None),
        (200, '{"reviews": [{"rating": "hush"}]}', FetchProblem.MALFORMED, None),
        (200, "[" * 100_000, FetchProblem.MALFORMED, None),
    ],
)
async def test_every_refusal_has_its_words(
    google: Google,
    reader: PlacesReader,
    status: int,
    body: Json | str,
    problem: FetchProblem,
    retry: timedelta | None,
) -> None:
    google.refuse("/v1/places/", status, body)
    failed = await failure(reader)
    assert (failed.problem, failed.status) == (problem, status)
    assert failed.retry_after_in == retry
    assert failed.url == URL


async def test_a_longer_wait_that_google_asks_for_is_kept(
    google: Google, reader: PlacesReader
) -> None:
    google.refuse("/v1/places/", 429, "", {"Retry-After": "7200"})
    assert (await failure(reader)).retry_after_in == timedelta(hours=2)
    google.refuse("/v1/places/", 503, "", {"Retry-After": "120"})
    assert (await failure(reader)).retry_after_in == timedelta(minutes=2)


async def test_a_place_that_is_not_there_any_more(reader: PlacesReader) -> None:
    assert (await failure(reader)).problem is FetchProblem.GONE


async def test_without_a_key_or_with_another_one(google: Google) -> None:
    async with an_api() as api:
        assert (await failure(PlacesReader(api, "", google.base))).problem is FetchProblem.API_KEY
        assert google.calls == []
        failed = await failure(PlacesReader(api, "AIza-hush-wrong", google.base))
        assert failed.problem is FetchProblem.API_KEY
        assert failed.detail == "INVALID_ARGUMENT API_KEY_INVALID"


async def test_nobody_answers() -> None:
    async with an_api() as api:
        reader = PlacesReader(api, KEY, "http://127.0.0.1:1")
        assert (await failure(reader)).problem is FetchProblem.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["place:", "place:../../x?a", "place:court", "https://maps.google.com", "place:é" * 9]
)
async def test_an_address_that_names_no_place(reader: PlacesReader, url: str) -> None:
    assert (await failure(reader, url)).problem is FetchProblem.INVALID_ADDRESS


async def test_finding_the_place_of_a_practitioner(google: Google, reader: PlacesReader) -> None:
    google.places[ID] = place()
    found = await reader.search("  Claire Lefèvre\ndentiste   Lille ", NOW)
    assert found == (
        Place(ID, "Dr Claire Lefèvre, dentiste", "1 rue de Béthune, 59000 Lille", 3.9, 41),
    )
    assert found[0].url == URL
    assert await reader.search("introuvable", NOW) == ()
    assert await reader.search("  ", NOW) == ()
    assert len(google.calls) == 2


async def test_finding_says_why_it_cannot(google: Google, reader: PlacesReader) -> None:
    google.refuse("/v1/places:searchText", 403, error(403, "X", reason="SERVICE_DISABLED"))
    with pytest.raises(FetchFailed) as failed:
        await reader.search("dentiste", NOW)
    assert failed.value.problem is FetchProblem.NOT_ENABLED


# --- pasted addresses ---------------------------------------------------------------------------

WHITE_HOUSE = "ChIJ37HL3ry3t4kRv3YLbdhpWXE"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"https://www.google.com/maps/place/?q=place_id:{ID}", Pasted(ID)),
        (
            f"https://www.google.com/maps/search/?api=1&query=Dr+Lef%C3%A8vre&query_place_id={ID}",
            Pasted(ID, "Dr Lefèvre"),
        ),
        (f"https://search.google.com/local/writereview?placeid={ID}", Pasted(ID)),
        (
            (
                "https://www.google.com/maps/place/The+White+House/@38.8,-77.0,15z/data=!4m6!3m5"
                "!1s0x89b7b7bcdecbb1df:0x715969d86d0b76bf!8m2!3d38.8!4d-77.0!16zL20vMDgxc3E"
            ),
            Pasted(WHITE_HOUSE, "The White House"),
        ),
        (
            (
                "https://www.google.fr/maps/place/X/data=!4m7!3m6!1s0x0:0x715969d86d0b76bf!8m2"
                f"!19s{ID}?authuser=0&hl=fr"
            ),
            Pasted(ID, "X"),
        ),
        ("https://maps.google.com/?ftid=0x6b12ae37b47f5b37:0x8eaddfcd1b32ca52", Pasted(ID)),
        (
            (
                "https://www.google.com/maps/place/Dr+Claire+Lef%C3%A8vre/@50.6,3.0,17z/"
                "data=!1s0x0:0x1"
            ),
            Pasted("", "Dr Claire Lefèvre"),
        ),
        ("https://maps.google.com/?cid=123", Pasted()),
        ("https://maps.google.co.uk/maps?q=Dr+Claire", Pasted("", "Dr Claire")),
        ("https://maps.app.goo.gl/7qWFiAfvRsBEKTz56", Pasted()),
        ("https://goo.gl/maps/Up94VLPN5kPJ74WEA", Pasted()),
        ("https://goo.gl/other", None),
        ("https://www.google.com/search?q=dentiste", None),
        ("https://www.google.com.evil.test/maps/place/X", None),
        ("https://evil.test/maps/place/?q=place_id:" + ID, None),
        ("ftp://maps.google.com/maps/place/X", None),
        ("http://[", None),
    ],
)
def test_what_a_pasted_address_says(url: str, told: Pasted | None) -> None:
    assert place_of(url) == told


@given(st.text(max_size=300))
@example("&a=" * 200)
def test_any_address_is_read_without_an_error(tail: str) -> None:
    told = place_of("https://www.google.com/maps/place/" + tail)
    assert told is None or not told.place_id or place_id(f"place:{told.place_id}")


def test_two_reviews_of_one_place_never_share_an_address() -> None:
    base = "https://maps.google.com/maps?cid=123"
    entries = [
        Entry(name, review_url(base, name), "Cabinet", text)
        for name, text in (("a", "Un avis assez long pour compter"), ("b", "Un autre avis, long"))
    ]
    alone = [mentions.keys_of(a_source(), [entry])[0] for entry in entries]
    assert alone[0].url != alone[1].url
    assert not set(alone[0].all) & set(alone[1].all)
    assert review_url("", "a") == ""
