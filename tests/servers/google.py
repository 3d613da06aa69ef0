"""Google on this machine: places and their reviews, business profiles, consent and tokens.

Lists are paged by position in what they hold at that moment, the harshest way: what moves between
two pages is missed or met twice. Errors have the shape of the real ones.
"""

import base64
import hashlib
import ipaddress
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from bot.adapters.fetch import AiohttpFetcher

Json = dict[str, Any]

KEY = "AIza-hush-places"
CLIENT_ID = "vigie.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-hush"
REFRESH = "1//hush-refresh"
SCOPE = "https://www.googleapis.com/auth/business.manage"
_STARS = ["ONE", "TWO", "THREE", "FOUR", "FIVE"]


_REVIEW = "accounts/[^/]+/locations/[^/]+/reviews/[^/]+"
_LONGEST_REPLY = 4096
"""Bytes of a reply's comment."""

HERE = (ipaddress.ip_network("127.0.0.1/32"),)


def an_api() -> AiohttpFetcher:
    """The real way out, allowed on this machine."""
    return AiohttpFetcher(allow_nets=HERE)


def error(
    code: int,
    status: str,
    message: str = "",
    *,
    reason: str = "",
    retry: str = "",
    **metadata: str,
) -> Json:
    """An error as Google writes them."""
    details: list[Json] = []
    if reason:
        details.append(
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": reason,
                "domain": "googleapis.com",
                "metadata": metadata,
            }
        )
    if retry:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry})
    return {"error": {"code": code, "status": status, "message": message, "details": details}}


@dataclass
class Refuse:
    """What some calls answer instead."""

    path: str
    status: int
    body: Json | str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request that arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Listed:
    """A place somebody manages, and its reviews by name."""

    name: str
    title: str
    maps_uri: str = ""
    reviews: dict[str, Json] = field(default_factory=dict)
    address: Json = field(default_factory=dict)


@dataclass
class _Code:
    challenge: str
    redirect_uri: str
    scope: str = SCOPE
    refresh_token: str | None = REFRESH


class Google:
    """A server on 127.0.0.1 for one test."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.places: dict[str, Json] = {}
        self.listed: dict[str, Listed] = {}
        self.calls: list[Call] = []
        self.refusals: deque[Refuse] = deque()
        self.page_cap = 50
        self.before_page: Callable[[int], object] | None = None
        """Called with the number of the page of reviews about to be answered, from 1."""
        self.moderation: Json = {"reviewReplyState": "APPROVED"}
        """What becomes of the replies put from now on."""
        self.loses_answers = False
        """Do what is asked with PUT, and cut the line instead of answering."""
        self.refresh_tokens = {REFRESH}
        self.codes: dict[str, _Code] = {}
        self.token_lives = timedelta(seconds=3599)
        self._access: dict[str, datetime] = {}
        self._given = 0
        app = web.Application()
        app.add_routes(
            [
                web.get("/v1/places/{id}", self._place),
                web.post("/v1/places:searchText", self._search),
                web.get("/v4/{name:accounts/[^/]+/locations/[^/]+}/reviews", self._reviews),
                web.get(f"/v4/{{name:{_REVIEW}}}", self._review),
                web.put(f"/v4/{{name:{_REVIEW}}}/reply", self._put_reply),
                web.get("/v1/accounts", self._accounts),
                web.get("/v1/{account:accounts/[^/]+}/locations", self._locations),
                web.get("/v1/{location:locations/[^/]+}", self._location),
                web.post("/token", self._token),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        self.base = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    # What a test does.

    def refuse(
        self,
        path: str,
        status: int,
        body: Json | str,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next calls whose path begins so with this."""
        self.refusals.extend([Refuse(path, status, body, headers or {})] * times)

    def called(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path.startswith(path)]

    def write(self, place: Listed, number: int, stars: int, comment: str, **more: Any) -> Json:
        """Write a review now, or write it again."""
        name = f"{place.name}/reviews/r{number}"
        before = place.reviews.get(name, {})
        place.reviews[name] = {
            "name": name,
            "reviewId": f"r{number}",
            "reviewer": {"displayName": f"Auteur {number}"},
            "starRating": _STARS[stars - 1],
            "createTime": before.get("createTime", stamp(self.now)),
            "updateTime": stamp(self.now),
            **({"comment": comment} if comment else {}),
            **more,
        }
        return place.reviews[name]

    def revoke_access(self) -> None:
        """Access tokens are worth nothing any more; refresh tokens still are."""
        self._access.clear()

    def consent(self, url: str, **answer: Any) -> tuple[str, dict[str, str]]:
        """Say yes at a consent address: where the browser is sent, and with what."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert (asked["access_type"], asked["scope"]) == ("offline", SCOPE)
        self.codes["4/hush-code"] = _Code(asked["code_challenge"], asked["redirect_uri"], **answer)
        return asked["redirect_uri"], {"state": asked["state"], "code": "4/hush-code"}

    # Answering.

    def _refused(self, request: web.Request) -> web.Response | None:
        self.calls.append(
            Call(request.method, request.path, dict(request.query), dict(request.headers))
        )
        for refuse in self.refusals:
            if request.path.startswith(refuse.path):
                self.refusals.remove(refuse)
                if isinstance(refuse.body, str):
                    return web.Response(
                        status=refuse.status, text=refuse.body, headers=refuse.headers
                    )
                return web.json_response(refuse.body, status=refuse.status, headers=refuse.headers)
        return None

    def _key_refused(self, request: web.Request) -> web.Response | None:
        if refused := self._refused(request):
            return refused
        key = request.headers.get("X-Goog-Api-Key")
        if key != KEY:
            told = "API key not valid. Please pass a valid API key."
            body = error(400, "INVALID_ARGUMENT", told, reason="API_KEY_INVALID")
            return web.json_response(body, status=400)
        if not request.headers.get("X-Goog-FieldMask"):
            return web.json_response(error(400, "INVALID_ARGUMENT", "FieldMask"), status=400)
        return None

    def _token_refused(self, request: web.Request) -> web.Response | None:
        if refused := self._refused(request):
            return refused
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._access.get(bearer, self.now) <= self.now:
            body = error(401, "UNAUTHENTICATED", "Request had invalid credentials.")
            return web.json_response(body, status=401)
        return None

    async def _place(self, request: web.Request) -> web.Response:
        if refused := self._key_refused(request):
            return refused
        place = self.places.get(request.match_info["id"])
        if place is None:
            told = "The Place ID is no longer valid. Please refresh cached Place IDs."
            return web.json_response(error(404, "NOT_FOUND", told), status=404)
        mask = request.headers["X-Goog-FieldMask"].split(",")
        return web.json_response({name: place[name] for name in mask if name in place})

    async def _search(self, request: web.Request) -> web.Response:
        if refused := self._key_refused(request):
            return refused
        asked = await request.json()
        words = asked["textQuery"].lower().split()
        mask = [
            name.removeprefix("places.") for name in request.headers["X-Goog-FieldMask"].split(",")
        ]
        found = [
            {name: place[name] for name in mask if name in place}
            for place in self.places.values()
            if any(word in place["displayName"]["text"].lower() for word in words)
        ]
        return web.json_response({"places": found[: asked["pageSize"]]} if found else {})

    async def _reviews(self, request: web.Request) -> web.Response:
        if refused := self._token_refused(request):
            return refused
        place = self.listed.get(request.match_info["name"])
        if place is None:
            told = "Requested entity was not found."
            return web.json_response(error(404, "NOT_FOUND", told), status=404)
        assert request.query["orderBy"] == "updateTime desc"
        size = min(int(request.query["pageSize"]), self.page_cap)
        start = int(request.query.get("pageToken", "p0").removeprefix("p"))
        if self.before_page is not None:
            self.before_page(start // size + 1)
        listed = sorted(
            place.reviews.values(), key=lambda review: str(review["updateTime"]), reverse=True
        )
        page: Json = {"totalReviewCount": len(listed), "averageRating": 3.5}
        if listed[start : start + size]:
            page["reviews"] = listed[start : start + size]
        if start + size < len(listed):
            page["nextPageToken"] = f"p{start + size}"
        return web.json_response(page)

    def _review_at(self, request: web.Request) -> Json | None:
        name = request.match_info["name"]
        place = self.listed.get(name.partition("/reviews/")[0])
        return place.reviews.get(name) if place is not None else None

    async def _review(self, request: web.Request) -> web.Response:
        if refused := self._token_refused(request):
            return refused
        review = self._review_at(request)
        if review is None:
            told = "Requested entity was not found."
            return web.json_response(error(404, "NOT_FOUND", told), status=404)
        return web.json_response(review)

    async def _put_reply(self, request: web.Request) -> web.Response:
        """Make a reply, or write over the one there is."""
        if refused := self._token_refused(request):
            return refused
        review = self._review_at(request)
        if review is None:
            return web.json_response(error(404, "NOT_FOUND"), status=404)
        comment = str((await request.json())["comment"])
        if len(comment.encode()) > _LONGEST_REPLY:
            return web.json_response(error(400, "INVALID_ARGUMENT", "too long"), status=400)
        reply = {"comment": comment, "updateTime": stamp(self.now), **self.moderation}
        review["reviewReply"] = reply
        if self.loses_answers and request.transport is not None:
            request.transport.close()
        return web.json_response(reply)

    async def _accounts(self, request: web.Request) -> web.Response:
        if refused := self._token_refused(request):
            return refused
        names = list(dict.fromkeys(name.partition("/locations")[0] for name in self.listed))
        found = [{"name": name, "accountName": "Cabinet"} for name in names]
        return _paged(request, "accounts", found, most=20)

    async def _locations(self, request: web.Request) -> web.Response:
        if refused := self._token_refused(request):
            return refused
        if not request.query.get("readMask"):
            return web.json_response(error(400, "INVALID_ARGUMENT", "readMask"), status=400)
        account = request.match_info["account"]
        found = [
            {
                "name": name.removeprefix(f"{account}/"),
                "title": place.title,
                "storefrontAddress": place.address,
            }
            for name, place in self.listed.items()
            if name.startswith(f"{account}/")
        ]
        return _paged(request, "locations", found, most=100)

    async def _location(self, request: web.Request) -> web.Response:
        if refused := self._token_refused(request):
            return refused
        name = request.match_info["location"]
        for place in self.listed.values():
            if place.name.endswith(f"/{name}"):
                metadata = {"mapsUri": place.maps_uri} if place.maps_uri else {}
                return web.json_response({"title": place.title, "metadata": metadata})
        return web.json_response(error(404, "NOT_FOUND"), status=404)

    async def _token(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        form = {name: str(value) for name, value in (await request.post()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error("invalid_client", "The OAuth client was not found.", 401)
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return _oauth_error("invalid_grant", "Token has been expired or revoked.")
            return web.json_response(self._granted())
        code = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if code is None or (code.challenge, code.redirect_uri) != (
            challenge,
            form["redirect_uri"],
        ):
            return _oauth_error("invalid_grant", "Bad Request")
        granted = self._granted() | {"scope": code.scope}
        if code.refresh_token is not None:
            granted["refresh_token"] = code.refresh_token
        return web.json_response(granted)

    def _granted(self) -> Json:
        self._given += 1
        token = f"ya29.hush-{self._given}"
        self._access[token] = self.now + self.token_lives
        return {
            "access_token": token,
            "expires_in": int(self.token_lives.total_seconds()),
            "scope": SCOPE,
            "token_type": "Bearer",
        }


def stamp(moment: datetime) -> str:
    """A moment as Google writes it, to the nanosecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def _paged(request: web.Request, name: str, found: list[Json], most: int) -> web.Response:
    size = int(request.query["pageSize"])
    assert size <= most
    start = int(request.query.get("pageToken", "0"))
    page: Json = {name: found[start : start + size]}
    if start + size < len(found):
        page["nextPageToken"] = str(start + size)
    return web.json_response(page)


def _oauth_error(code: str, description: str, status: int = 400) -> web.Response:
    return web.json_response({"error": code, "error_description": description}, status=status)
