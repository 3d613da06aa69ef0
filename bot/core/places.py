"""Places on Google: how a source names one, and what a pasted address says of it."""

import base64
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote_plus, urlsplit

_PLACE = "place:"
_BUSINESS = "business:"
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a search found."""

    id: str
    name: str
    address: str
    rating: float | None = None
    """Mean of its stars, out of five."""
    count: int = 0
    """How many reviews and bare ratings it has."""

    @property
    def url(self) -> str:
        """The address of the source of its reviews."""
        return _PLACE + self.id


@dataclass(frozen=True, slots=True)
class Location:
    """A place that somebody manages on Google Business Profile."""

    name: str
    """``accounts/.../locations/...``"""
    title: str
    address: str

    @property
    def url(self) -> str:
        """The address of the source of its reviews."""
        return _BUSINESS + self.name


# There is no longest identifier, says the documentation; an address of ours has one.
_ID = re.compile(r"[\w-]{10,500}", re.ASCII)
_LOCATION = re.compile(r"accounts/[\w-]{1,100}/locations/[\w-]{1,100}", re.ASCII)


def place_id(url: str) -> str:
    """The identifier in ``place:...``; empty when it is not one."""
    identifier = url.removeprefix(_PLACE) if url.startswith(_PLACE) else ""
    return identifier if _ID.fullmatch(identifier) else ""


def location_name(url: str) -> str:
    """The resource name in ``business:...``; empty when it is not one."""
    name = url.removeprefix(_BUSINESS) if url.startswith(_BUSINESS) else ""
    return name if _LOCATION.fullmatch(name) else ""


def review_url(place_url: str, name: str) -> str:
    """An address that opens the place and stands for one review of it: no two share it."""
    if not place_url:
        return ""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return f"{place_url.partition('#')[0]}#review-{int.from_bytes(digest)}"


# --- pasted addresses ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pasted:
    """What an address of Google Maps says; nothing of it may be known (short links)."""

    place_id: str = ""
    words: str = ""
    """What to search for when the identifier is not there."""


_MAPS = re.compile(
    r"(?P<host>(?:www\.|maps\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?)|"
    r"(?P<short>maps\.app\.goo\.gl|goo\.gl|g\.page|g\.co|share\.google)|(?P<search>search\.google\.com)"
)
_SHORT_PATHS = {"goo.gl": "/maps/", "g.co": "/kgs/"}
_NAMED = re.compile(r"/maps/(?:place|search)/([^/@]{1,600})")
_IDENTIFIED = re.compile(r"![0-9]{1,2}s(ChIJ[\w-]{10,100})", re.ASCII)
_FEATURE = re.compile(
    r"(?:!1s|[?&]ftid=)0x([0-9a-f]{1,16})(?::|%3A)0x([0-9a-f]{1,16})", re.IGNORECASE
)
_ID_NAMES = ("place_id", "query_place_id", "placeid")
_WORDS_NAMES = ("query", "q")
_MOST_FIELDS = 100
_ID_PREFIX = "place_id:"


def place_of(url: str) -> Pasted | None:
    """What can be read in a pasted address; None when it is not one of Google Maps.

    Identifiers stand in ``place_id=``, ``query_place_id=``, ``placeid=``, ``q=place_id:`` (Maps
    URLs documentation) and, as the browser shows them, in ``!19sChIJ...``. The two numbers of
    ``!1s0x...:0x...`` make the identifier too: it is those, little-endian, in a protobuf message.
    Google documents neither, so whoever uses them shows which place was found.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    kind = _MAPS.fullmatch(host)
    if kind is None or parts.scheme not in {"http", "https"}:
        return None
    if kind["short"]:
        return Pasted() if parts.path.startswith(_SHORT_PATHS.get(host, "/")) else None
    is_maps = parts.path.startswith("/maps") or host.startswith("maps.")
    is_reviews = parts.path.startswith("/local/")
    if not (is_reviews if kind["search"] else is_maps):
        return None
    asked = parse_qs(parts.query) if parts.query.count("&") < _MOST_FIELDS else {}
    return Pasted(_identifier(url, asked), _words(parts.path, asked))


def _identifier(url: str, asked: dict[str, list[str]]) -> str:
    candidates = [asked[name][0] for name in _ID_NAMES if name in asked]
    candidates += [
        asked[name][0].removeprefix(_ID_PREFIX)
        for name in _WORDS_NAMES
        if asked.get(name, [""])[0].startswith(_ID_PREFIX)
    ]
    if shown := _IDENTIFIED.search(url):
        candidates.append(shown[1])
    if feature := _FEATURE.search(url):
        candidates.append(_from_feature(int(feature[1], 16), int(feature[2], 16)))
    return next((each for each in candidates if _ID.fullmatch(each)), "")


def _from_feature(cell: int, number: int) -> str:
    if not cell:  # a place without a cell: its identifier cannot be told
        return ""
    message = b"\x0a\x12\x09" + cell.to_bytes(8, "little") + b"\x11" + number.to_bytes(8, "little")
    return base64.urlsafe_b64encode(message).decode().rstrip("=")


def _words(path: str, asked: dict[str, list[str]]) -> str:
    named = _NAMED.match(path)
    words = unquote_plus(named[1]) if named else ""
    for name in _WORDS_NAMES:
        given = asked.get(name, [""])[0]
        words = words or ("" if given.startswith(_ID_PREFIX) else given)
    return " ".join(words.split())[:_LONGEST_WORDS].rstrip()
