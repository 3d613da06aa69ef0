"""Consent to read a Google account, and the tokens that come of it.

OAuth 2.0 for desktop applications with PKCE and a loopback address: "OAuth 2.0 for Mobile &
Desktop Apps", and RFC 6749, 7636 and 8252; the loopback migration guide says that desktop clients
keep that way. Checked on 23 November 2026 in stored copies.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode
from weakref import WeakValueDictionary

from bot.adapters.google import Call, Document, Hidden, Said, said
from bot.core.sources import FetchFailed, FetchProblem
from bot.ports import Api

SCOPE = "https://www.googleapis.com/auth/business.manage"
CONSENT = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_EARLY = timedelta(seconds=60)
"""A token is renewed before its end: a reading of many pages takes a while."""


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Who asks: a client of type "Desktop app" of the Google Cloud console."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """PKCE: the code is of use to who asked for it only."""

    verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> "Proof":
        """One nobody can guess."""
        return cls(secrets.token_urlsafe(64))

    @property
    def challenge(self) -> str:
        """What goes into the consent address."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Errand:
    """One visit to an account, and what it is allowed with."""

    source: str
    """The address people know it by, for errors."""
    now: datetime
    refresh_token: str = field(repr=False)

    @classmethod
    def with_secret(cls, source: str, now: datetime, secret: str) -> "Errand":
        """A visit allowed by a secret: a refresh token, or the JSON of Google's answer.

        Raises:
            FetchFailed: CONSENT: there is no refresh token in it.
        """
        token = secret.strip()
        if token.startswith("{"):
            try:
                token = str(json.loads(token).get("refresh_token") or "")
            except (ValueError, RecursionError):
                token = ""
        if not token:
            raise FetchFailed(FetchProblem.CONSENT, source, detail="no refresh token")
        return cls(source, now, token)


class _Granted(Said):
    access_token: Hidden
    expires_in: int = 0
    refresh_token: Hidden = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class _Access:
    token: str = field(repr=False)
    until: datetime


class GoogleOAuth:
    """Turns a consent into a refresh token, and that into access tokens, kept in memory."""

    def __init__(
        self, api: Api, client: OAuthClient, *, consent: str = CONSENT, token: str = TOKEN
    ) -> None:
        self._api = api
        self._client = client
        self._consent = consent
        self._token = token
        self._kept: dict[str, _Access] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def is_set(self) -> bool:
        """Whether there is a client to ask with."""
        return bool(self._client.id and self._client.secret)

    def consent_url(self, state: str, redirect_uri: str, challenge: str) -> str:
        """Where the person says yes; without ``prompt``, a second yes gives no refresh token."""
        asked = {
            "client_id": self._client.id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",
        }
        return f"{self._consent}?{urlencode(asked)}"

    async def exchange(self, code: str, verifier: str, redirect_uri: str, now: datetime) -> str:
        """The refresh token that a consent gives.

        Raises:
            FetchFailed: CONSENT: the code is too old, or not everything was granted;
                API_KEY: the client is wrong; the rest as ``google.said``.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        granted = await self._ask(form, self._token, now)
        if SCOPE not in granted.scope.split():
            raise FetchFailed(FetchProblem.CONSENT, self._token, detail="scope not granted")
        if not granted.refresh_token:
            raise FetchFailed(FetchProblem.CONSENT, self._token, detail="no refresh token")
        return granted.refresh_token

    async def said(
        self,
        errand: Errand,
        url: str,
        kind: type[Document],
        *,
        method: str = "",
        body: object = None,
    ) -> Document:
        """One answer of the account; a token refused before its time is replaced once.

        Raises:
            FetchFailed: CONSENT: no consent, taken back, or not for this; the rest as
                ``google.said``.
        """
        call = Call(errand.source, url, errand.now, {}, FetchProblem.CONSENT, body, method=method)
        token = await self._token_for(errand)
        try:
            return await said(self._api, _bearing(call, token), kind)
        except FetchFailed as failure:
            if failure.status != HTTPStatus.UNAUTHORIZED:
                raise
        self.forget(errand.refresh_token, token)
        return await said(self._api, _bearing(call, await self._token_for(errand)), kind)

    async def _token_for(self, errand: Errand) -> str:
        return await self.access_token(errand.refresh_token, errand.now, errand.source)

    async def access_token(self, refresh_token: str, now: datetime, source: str) -> str:
        """A token to ask with, from memory when it is fresh; asked for once at a time.

        Raises:
            FetchFailed: CONSENT: the consent was taken back or has expired (after seven days
                while the client is in "testing"); the rest as ``exchange``.
        """
        async with self._turns.setdefault(refresh_token, asyncio.Lock()):
            kept = self._kept.get(refresh_token)
            if kept is not None and now < kept.until:
                return kept.token
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
            granted = await self._ask(form, source, now)
            until = now + timedelta(seconds=min(granted.expires_in, 86_400)) - _EARLY
            self._kept = {key: each for key, each in self._kept.items() if now < each.until}
            self._kept[refresh_token] = _Access(granted.access_token, until)
            return granted.access_token

    def forget(self, refresh_token: str, token: str) -> None:
        """Ask for another access token next time, unless another one is there already."""
        kept = self._kept.get(refresh_token)
        if kept is not None and kept.token == token:
            del self._kept[refresh_token]

    async def _ask(self, form: dict[str, str], source: str, now: datetime) -> _Granted:
        if not self.is_set:
            raise FetchFailed(FetchProblem.API_KEY, source, detail="no client")
        form |= {"client_id": self._client.id, "client_secret": self._client.secret}
        call = Call(source, self._token, now, {}, FetchProblem.CONSENT, form=form)
        return await said(self._api, call, _Granted)


def _bearing(call: Call, token: str) -> Call:
    return replace(call, headers={"Authorization": f"Bearer {token}"})
