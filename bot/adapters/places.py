"""Reviews that Google shows of a place: Places API (New), with a key.

Google gives five reviews at most, the ones it finds the most relevant, and nothing to page
through: a review that is not here was not removed, so a document is never complete. There is no
reply of the owner in this API.

Checked on 23 November 2026 in stored copies of the documentation: Place Details (New), Text Search
(New), Place IDs, and the reference of ``places.Review``. Whether Google still sends reviews to a
project billed in the European Economic Area could not be checked.

What Google's terms allow is for whoever owns the key to settle. The policies of the Places API
forbid keeping reviews (only identifiers may be), and the permitted uses for customers of the
European Economic Area (20 April 2026) name "information about Customer's physical stores,
offices", no watching of other people's. So: the practice's own key, for its own place. Business
Profile has none of these limits. Each reading is billed at the rate of reviews, hence
``FRESH_FOR``.
"""

import hashlib
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.adapters.google import (
    MAX_AUTHOR,
    MAX_TEXT,
    MAX_TITLE,
    OUTLET,
    Call,
    Moment,
    Said,
    line,
    said,
)
from bot.core.places import Place, place_id, review_url
from bot.core.sources import (
    Entry,
    FeedDocument,
    FetchFailed,
    FetchProblem,
    Memory,
    Reading,
    SourceKind,
    Visit,
)
from bot.ports import Api

BASE = "https://places.googleapis.com"
FRESH_FOR = timedelta(hours=6)
"""Between two readings, unless the practice wants to pay for more."""
_MASK = "id,displayName,formattedAddress,googleMapsUri,rating,userRatingCount,reviews"
_SEARCH_MASK = ",".join(
    f"places.{name}"
    for name in ("id", "displayName", "formattedAddress", "rating", "userRatingCount")
)
_SEARCH = "places:searchText"
_MAX_FOUND = 10
_MAX_QUESTION = 200


class _Words(Said):
    text: str = ""


class _Author(Said):
    display_name: str = ""


class _Review(Said):
    name: str
    """``places/{place}/reviews/{review}``, "which may be used to look up this review again"."""
    rating: float | None = None
    text: _Words = _Words()
    original_text: _Words = _Words()
    author_attribution: _Author = _Author()
    publish_time: Moment | None = None
    google_maps_uri: str = ""


class _Place(Said):
    id: str = ""
    display_name: _Words = _Words()
    formatted_address: str = ""
    google_maps_uri: str = ""
    rating: float | None = None
    user_rating_count: int = 0
    reviews: tuple[_Review, ...] = ()


class _Found(Said):
    places: tuple[_Place, ...] = ()


class PlacesReader:
    """Makes entries of the few reviews that Google shows of a place, and finds places."""

    def __init__(self, api: Api, key: str, base: str = BASE) -> None:
        self._api = api
        self._key = key
        """Empty: everything is refused with API_KEY, which says what to set."""
        self._base = base

    async def read(self, visit: Visit) -> Reading:
        """The reviews of ``place:...``.

        Raises:
            FetchFailed: INVALID_ADDRESS; GONE: no such place, or not any more; the rest as
                ``google.said``.
        """
        identifier = place_id(visit.url)
        if not identifier:
            raise FetchFailed(FetchProblem.INVALID_ADDRESS, visit.url, detail="no place id")
        url = f"{self._base}/v1/places/{quote(identifier, safe='')}?languageCode=fr"
        place = await said(self._api, self._call(visit.url, url, _MASK, visit.now), _Place)
        document = _document(place)
        digest = hashlib.blake2b(repr(document).encode(), digest_size=16).hexdigest()
        is_same = digest == visit.memory.body_hash
        return Reading(
            document=None if is_same else document,
            memory=Memory(body_hash=digest),
            known=len(document.entries) if is_same else 0,
            fresh_for=FRESH_FOR,
        )

    async def search(self, text: str, now: datetime) -> tuple[Place, ...]:
        """The places that fit some words, such as a name, a profession and a town.

        Raises:
            FetchFailed: as ``google.said``.
        """
        words = line(text, _MAX_QUESTION)
        if not words:
            return ()
        asked = {
            "textQuery": words,
            "languageCode": "fr",
            "regionCode": "FR",
            "pageSize": _MAX_FOUND,
        }
        call = self._call(
            f"{self._base}/v1/{_SEARCH}", f"{self._base}/v1/{_SEARCH}", _SEARCH_MASK, now, asked
        )
        found = await said(self._api, call, _Found)
        return tuple(
            Place(
                id=place.id,
                name=line(place.display_name.text, MAX_TITLE),
                address=line(place.formatted_address, MAX_TITLE),
                rating=place.rating,
                count=place.user_rating_count,
            )
            for place in found.places[:_MAX_FOUND]
            if place_id(f"place:{place.id}")
        )

    def _call(self, source: str, url: str, mask: str, now: datetime, asked: object = None) -> Call:
        if not self._key:
            raise FetchFailed(FetchProblem.API_KEY, source, detail="no key")
        headers = {"X-Goog-Api-Key": self._key, "X-Goog-FieldMask": mask}
        return Call(source, url, now, headers, FetchProblem.API_KEY, json=asked)


def _document(place: _Place) -> FeedDocument:
    title = line(place.display_name.text, MAX_TITLE)
    once = {review.name: review for review in place.reviews}
    return FeedDocument(
        title=title,
        entries=tuple(_entry(review, title, place) for review in once.values()),
        kind=SourceKind.GOOGLE_PLACE,
    )


def _entry(review: _Review, title: str, place: _Place) -> Entry:
    text = review.original_text.text or review.text.text
    return Entry(
        guid=review.name,
        url=review.google_maps_uri or review_url(place.google_maps_uri, review.name),
        title=title,
        text=text[:MAX_TEXT].strip(),
        published_at=review.publish_time,
        author=line(review.author_attribution.display_name, MAX_AUTHOR) or None,
        outlet=OUTLET,
        rating=review.rating,
    )
