"""All reviews of a place one manages: Google Business Profile, with the owner's consent.

Reviews are still of the API v4 (``accounts.locations.reviews.list``: fifty a page at most, ordered
by ``updateTime desc``, verified places only); accounts are of My Business Account Management v1
(twenty a page) and places of My Business Business Information v1 (a hundred a page, ``readMask``
required). References read on 23 November 2026 in stored copies. Undocumented, from what others
saw: a translated comment holds both texts ("(Translated by Google)", "(Original)"); a review that
Google held back appears later under its first date; a quota of 0 until the access asked for is
granted. Whether an owner's reply moves ``updateTime`` is not said: a whole reading a day finds it
anyway.
"""

import hashlib
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode

from bot.adapters.google import (
    MAX_AUTHOR,
    MAX_TEXT,
    MAX_TITLE,
    OUTLET,
    Moment,
    Said,
    line,
)
from bot.adapters.google_oauth import Errand, GoogleOAuth
from bot.core.places import Location, location_name, review_url
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

WHOLE_EVERY = timedelta(hours=24)
"""Everything is read again that often, whatever the counts say."""
MAX_PAGES = 200
_PAGE_SIZE = 50
_ACCOUNTS_PAGE = 20
_LOCATIONS_PAGE = 100
_MARK_BYTES = 8
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_STARS = {"ONE": 1.0, "TWO": 2.0, "THREE": 3.0, "FOUR": 4.0, "FIVE": 5.0}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the three APIs are."""

    reviews: str = "https://mybusiness.googleapis.com"
    accounts: str = "https://mybusinessaccountmanagement.googleapis.com"
    locations: str = "https://mybusinessbusinessinformation.googleapis.com"


# --- what Google says ---------------------------------------------------------------------------


class _Paged(Said):
    next_page_token: str = ""


Paged = TypeVar("Paged", bound=_Paged)


class _Reviewer(Said):
    display_name: str = ""
    is_anonymous: bool = False


NOT_PUBLIC = frozenset({"PENDING", "REJECTED"})
"""The states of a reply that only its owner sees (ReviewReplyState, since April 2026)."""


class Reply(Said):
    """What the owner of a place answered to a review."""

    comment: str = ""
    review_reply_state: str = ""
    policy_violation: object = None

    @property
    def public(self) -> str:
        """What everybody can read of it."""
        return "" if self.review_reply_state in NOT_PUBLIC else original(self.comment)


class Review(Said):
    """What somebody wrote of a place."""

    name: str
    reviewer: _Reviewer = _Reviewer()
    star_rating: str = ""
    comment: str = ""
    create_time: Moment | None = None
    update_time: Moment | None = None
    review_reply: Reply = Reply()

    @property
    def changed_at(self) -> datetime:
        """When it was last touched, as far as Google says."""
        return self.update_time or self.create_time or _BEGINNING

    @property
    def mark(self) -> bytes:
        """What is kept of it to know it again."""
        return hashlib.blake2b(self.name.encode(), digest_size=_MARK_BYTES).digest()


class _Page(_Paged):
    reviews: tuple[Review, ...] = ()
    total_review_count: int = 0


class _Account(Said):
    name: str


class _Accounts(_Paged):
    accounts: tuple[_Account, ...] = ()


class _Address(Said):
    address_lines: tuple[str, ...] = ()
    postal_code: str = ""
    locality: str = ""


class _Metadata(Said):
    maps_uri: str = ""


class _Location(Said):
    name: str = ""
    title: str = ""
    storefront_address: _Address = _Address()
    metadata: _Metadata = _Metadata()


class _Locations(_Paged):
    locations: tuple[_Location, ...] = ()


class _Cursor(Said):
    """Where the last reading ended."""

    title: str = ""
    maps_uri: str = ""
    until: Moment = _BEGINNING
    """When the latest change known was made."""
    total: int = 0
    """How many reviews Google counted."""
    whole_at: Moment | None = None
    """When everything was last read; None: it must be, now."""


_TRANSLATED = "(Translated by Google)"
_ORIGINAL = "\n(Original)"


def original(comment: str) -> str:
    """A comment as its author wrote it, without Google's translation before or after it."""
    if not comment.startswith(_TRANSLATED):
        return comment.partition(f"\n{_TRANSLATED}")[0].strip()
    translation, marked, words = comment.removeprefix(_TRANSLATED).partition(_ORIGINAL)
    return (words if marked else translation).strip()


# --- reading ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Listing:
    """The pages read so far; a review met twice is the same one, that others pushed down."""

    reviews: dict[str, Review] = field(default_factory=dict)
    first: _Page | None = None
    last: _Page = field(default_factory=_Page)
    is_stable: bool = True
    """Nothing was seen to move between two pages."""
    is_whole: bool = False
    """Read to the end, or as far as we go."""
    is_cut: bool = False

    @property
    def is_complete(self) -> bool:
        return self.is_whole and self.is_stable and not self.is_cut

    @property
    def warning(self) -> str | None:
        if self.is_cut:
            return f"only the first {MAX_PAGES} pages were read"
        return None if self.is_stable else "reviews moved while they were read"

    def add(self, page: _Page) -> None:
        if self.first is None:
            self.first = page
        elif page.total_review_count != self.last.total_review_count:
            self.is_stable = False
        for review in page.reviews:
            self.reviews.setdefault(review.name, review)
        self.last = page

    def check(self, again: _Page) -> None:
        """Compare the first page with what it says after all the others were read."""
        before = self.first or again
        if (before.total_review_count, before.reviews[:1]) != (
            again.total_review_count,
            again.reviews[:1],
        ):
            self.is_stable = False

    def reaches(self, cursor: _Cursor, seen: frozenset[bytes]) -> bool:
        """Whether the rest is what was read before: old enough, and none is missing."""
        page = self.last.reviews
        if not self.is_stable or not page or page[-1].changed_at >= cursor.until:
            return False
        new = sum(review.mark not in seen for review in self.reviews.values())
        return self.last.total_review_count == cursor.total + new


class BusinessProfileReader:
    """Makes entries of all the reviews of a place, and finds the places of an account."""

    def __init__(self, oauth: GoogleOAuth, endpoints: Endpoints | None = None) -> None:
        self._oauth = oauth
        self._at = endpoints or Endpoints()

    async def read(self, visit: Visit) -> Reading:
        """The reviews of ``business:accounts/.../locations/...``.

        All of them at first, once a day, and whenever the counts disagree; otherwise those changed
        since the last reading. Complete when all pages were read and none moved meanwhile.

        Raises:
            FetchFailed: INVALID_ADDRESS; CONSENT: no consent, taken back, or not for this
                place; GONE; the rest as ``google.said``.
        """
        name = location_name(visit.url)
        if not name:
            raise FetchFailed(FetchProblem.INVALID_ADDRESS, visit.url, detail="no location")
        errand = Errand.with_secret(visit.url, visit.now, visit.secret)
        cursor = _cursor(visit.memory)
        if cursor is None:
            cursor = await self._start(errand, name)
        seen = _marks(visit.memory.seen)
        listing = await self._listing(errand, name, cursor, seen)
        if listing.is_whole:
            return _whole(visit, cursor, listing)
        return _partial(visit, cursor, listing, seen)

    async def list_locations(self, secret: str, now: datetime) -> tuple[Location, ...]:
        """The places that an account manages, each once.

        Raises:
            FetchFailed: as ``read``.
        """
        errand = Errand.with_secret(f"{self._at.accounts}/v1/accounts", now, secret)
        found: dict[str, Location] = {}
        for account in await self._accounts(errand):
            for place in await self._locations(errand, account):
                location = Location(
                    f"{account}/{place.name}", line(place.title, MAX_TITLE), _address(place)
                )
                if location_name(location.url):
                    found.setdefault(place.name, location)
        return tuple(found.values())

    async def _accounts(self, errand: Errand) -> list[str]:
        asked = {"pageSize": str(_ACCOUNTS_PAGE)}
        pages = self._pages(errand, f"{self._at.accounts}/v1/accounts", asked, _Accounts)
        return [account.name async for page in pages for account in page.accounts]

    async def _locations(self, errand: Errand, account: str) -> list[_Location]:
        address = f"{self._at.locations}/v1/{quote(account)}/locations"
        asked = {"readMask": "name,title,storefrontAddress", "pageSize": str(_LOCATIONS_PAGE)}
        pages = self._pages(errand, address, asked, _Locations)
        return [place async for page in pages for place in page.locations]

    async def _pages(
        self, errand: Errand, address: str, asked: dict[str, str], kind: type[Paged]
    ) -> AsyncGenerator[Paged, None]:
        """The pages of a list, as far as we go."""
        token = ""
        for _ in range(MAX_PAGES):
            url = _url(address, asked | {"pageToken": token})
            page = await self._oauth.said(errand, url, kind)
            yield page
            token = page.next_page_token
            if not token:
                return

    async def _start(self, errand: Errand, name: str) -> _Cursor:
        """A first visit: what the place is called, and where it is on the map."""
        place = name.partition("/locations/")[2]
        url = _url(f"{self._at.locations}/v1/locations/{place}", {"readMask": "title,metadata"})
        location = await self._oauth.said(errand, url, _Location)
        return _Cursor(title=line(location.title, MAX_TITLE), maps_uri=location.metadata.maps_uri)

    async def _listing(
        self, errand: Errand, name: str, cursor: _Cursor, seen: frozenset[bytes]
    ) -> _Listing:
        wants_all = cursor.whole_at is None or errand.now - cursor.whole_at >= WHOLE_EVERY
        listing = _Listing()
        address = f"{self._at.reviews}/v4/{name}/reviews"
        asked = {"pageSize": str(_PAGE_SIZE), "orderBy": "updateTime desc"}
        async with aclosing(self._pages(errand, address, asked, _Page)) as pages:
            async for page in pages:
                listing.add(page)
                has_more = bool(page.next_page_token)
                if has_more and not wants_all and listing.reaches(cursor, seen):
                    return listing
        listing.is_whole = True
        listing.is_cut = bool(listing.last.next_page_token)
        if listing.last is not listing.first and not listing.is_cut:
            listing.check(await self._oauth.said(errand, _url(address, asked), _Page))
        return listing


def _url(address: str, asked: dict[str, str]) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{address}?{urlencode(given, quote_via=quote)}"


def _cursor(memory: Memory) -> _Cursor | None:
    try:
        return _Cursor.model_validate_json(memory.cursor) if memory.cursor else None
    except ValueError:  # of another version: everything is read again
        return None


def _marks(seen: bytes) -> frozenset[bytes]:
    return frozenset(seen[at : at + _MARK_BYTES] for at in range(0, len(seen), _MARK_BYTES))


def _whole(visit: Visit, cursor: _Cursor, listing: _Listing) -> Reading:
    """Everything; nothing new when it is what was read the last time."""
    document = FeedDocument(
        title=cursor.title,
        entries=tuple(_entry(review, cursor) for review in listing.reviews.values()),
        kind=SourceKind.BUSINESS_PROFILE,
        warning=listing.warning,
        is_complete=listing.is_complete,
    )
    digest = hashlib.blake2b(repr(document).encode(), digest_size=16).hexdigest()
    memory = Memory(
        body_hash=digest,
        seen=_kept({review.mark for review in listing.reviews.values()}),
        cursor=_moved(cursor, listing, visit.now if listing.is_stable else None),
    )
    if digest == visit.memory.body_hash:
        return Reading(document=None, memory=memory, known=len(listing.reviews))
    return Reading(document=document, memory=memory)


def _partial(visit: Visit, cursor: _Cursor, listing: _Listing, seen: frozenset[bytes]) -> Reading:
    """What has changed since the last reading."""
    changed = [
        review
        for review in listing.reviews.values()
        if review.changed_at > cursor.until or review.mark not in seen
    ]
    memory = replace(
        visit.memory,
        seen=_kept(seen.union(review.mark for review in changed)),
        cursor=_moved(cursor, listing, cursor.whole_at),
    )
    known = len(listing.reviews) - len(changed)
    if not changed:
        return Reading(document=None, memory=memory, known=known)
    document = FeedDocument(
        title=cursor.title,
        entries=tuple(_entry(review, cursor) for review in changed),
        kind=SourceKind.BUSINESS_PROFILE,
    )
    return Reading(document=document, memory=memory, known=known)


def _moved(cursor: _Cursor, listing: _Listing, whole_at: datetime | None) -> str:
    latest = max((review.changed_at for review in listing.reviews.values()), default=_BEGINNING)
    return cursor.model_copy(
        update={
            "until": max(cursor.until, latest),
            "total": listing.last.total_review_count,
            "whole_at": whole_at,
        }
    ).model_dump_json()


def _kept(marks: Iterable[bytes]) -> bytes:
    return b"".join(sorted(marks))


def _entry(review: Review, cursor: _Cursor) -> Entry:
    is_named = not review.reviewer.is_anonymous
    return Entry(
        guid=review.name,
        url=review_url(cursor.maps_uri, review.name),
        title=cursor.title,
        text=original(review.comment)[:MAX_TEXT].strip(),
        published_at=review.create_time,
        updated_at=review.update_time,
        author=(line(review.reviewer.display_name, MAX_AUTHOR) or None) if is_named else None,
        outlet=OUTLET,
        rating=_STARS.get(review.star_rating),
        reply=review.review_reply.public[:MAX_TEXT].strip(),
    )


def _address(place: _Location) -> str:
    address = place.storefront_address
    town = f"{address.postal_code} {address.locality}".strip()
    return line(", ".join(part for part in (*address.address_lines, town) if part), MAX_TITLE)
