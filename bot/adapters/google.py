"""What Google's APIs have in common: their documents, their errors, their quotas.

An error is ``{"error": {"code", "message", "status", "details": [...]}}`` where the details hold a
``google.rpc.ErrorInfo`` (reason, domain, metadata) and sometimes a ``google.rpc.RetryInfo``:
AIP-193 and google/api/error_reason.proto, read on 23 November 2026 as public stored copies. Older
services give ``errors[].reason`` instead; the token endpoint gives ``{"error": "invalid_grant"}``
(RFC 6749 section 5.2). A message is never repeated: it may quote what was sent.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.core.sources import Answered, FetchFailed, FetchProblem
from bot.ports import Api

OUTLET = "Google"
MAX_TITLE = 500
MAX_AUTHOR = 200
MAX_TEXT = 20_000
SHORTEST_WAIT = timedelta(hours=1)
"""After a quota is used up, whatever Google says: a minute's quota costs an hour at most."""
_PACIFIC = ZoneInfo("America/Los_Angeles")
"""Where daily quotas start anew, at midnight."""
_LONGEST_WAIT = timedelta(days=7)


class Said(BaseModel):
    """A document of Google's: what we read of it, the rest ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A timestamp of Google's (RFC 3339, up to nine digits after the second), in UTC."""
Hidden = Annotated[str, Field(repr=False)]
Document = TypeVar("Document", bound=Said)


@dataclass(frozen=True, slots=True)
class Call:
    """One question to Google."""

    source: str
    """The address people know it by, for errors."""
    url: str
    now: datetime
    headers: Mapping[str, str] = field(repr=False)
    refused: FetchProblem
    """What is wrong when it is refused without a reason."""
    json: object = None
    """Sent when it is something."""
    form: Mapping[str, str] | None = field(default=None, repr=False)
    method: str = ""
    """When it is neither GET (nothing is sent) nor POST (something is)."""


async def said(api: Api, call: Call, kind: type[Document]) -> Document:
    """What Google answers to a call.

    Raises:
        FetchFailed: API_KEY, NOT_ENABLED, QUOTA, CONSENT, GONE, HTTP_ERROR, MALFORMED, or
            what kept the question from being asked.
    """
    is_bare = call.json is None and call.form is None
    method = call.method or ("GET" if is_bare else "POST")
    answered = await api.ask(
        method, call.url, headers=call.headers, json=call.json, form=call.form, now=call.now
    )
    if answered.status != HTTPStatus.OK:
        raise _refusal(answered, call)
    try:
        return kind.model_validate_json(answered.body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:80]
        raise FetchFailed(
            FetchProblem.MALFORMED, call.source, status=answered.status, detail=where
        ) from None


# --- errors -------------------------------------------------------------------------------------


class _Detail(Said):
    reason: str = ""
    metadata: Mapping[str, str] = {}
    retry_delay: str = ""


class _Error(Said):
    message: str = ""
    status: str = ""
    details: tuple[_Detail, ...] = ()
    errors: tuple[_Detail, ...] = ()

    @property
    def reasons(self) -> set[str]:
        """Every reason given, in the new way or in the old one."""
        return {each.reason for each in (*self.details, *self.errors) if each.reason}

    def told(self, name: str) -> set[str]:
        """Every value of one fact."""
        return {each.metadata[name] for each in self.details if name in each.metadata}


class _Refusal(Said):
    error: _Error | str = ""


_OAUTH = {
    "invalid_grant": FetchProblem.CONSENT,
    "invalid_client": FetchProblem.API_KEY,
    "unauthorized_client": FetchProblem.API_KEY,
}
_OFF = {"SERVICE_DISABLED", "BILLING_DISABLED", "accessNotConfigured"}
_KEYS = {"CONSUMER_INVALID", "CONSUMER_SUSPENDED", "keyInvalid", "keyExpired", "ipRefererBlocked"}
_USED_UP = {
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_QUOTA_EXCEEDED",
    "dailyLimitExceeded",
    "quotaExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
}
_A_DAY = "perday"
_BAD_PLACE_ID = "place id"
_CODE = re.compile(r"[A-Za-z_]{1,60}")
_SECONDS = re.compile(r"([0-9]{1,7})(?:\.[0-9]{1,9})?s?")


def _refusal(answered: Answered, call: Call) -> FetchFailed:
    try:
        told = _Refusal.model_validate_json(answered.body).error
    except ValidationError:  # a page in HTML, when the fault is far from the service
        told = ""
    error = _Error(status=told) if isinstance(told, str) else told
    problem = _problem(answered.status, error, call)
    words = (error.status, *sorted(error.reasons))
    return FetchFailed(
        problem,
        call.source,
        status=answered.status,
        retry_after_in=_retry_in(problem, answered, error, call.now),
        detail=" ".join(word for word in words if _CODE.fullmatch(word)),
    )


def _problem(status: int, error: _Error, call: Call) -> FetchProblem:
    return next(_candidates(status, error, call), FetchProblem.HTTP_ERROR)


def _candidates(status: int, error: _Error, call: Call) -> Iterator[FetchProblem]:
    """What it may be, the surest first."""
    reasons = error.reasons
    if error.status in _OAUTH:
        yield _OAUTH[error.status]
    # A quota of nothing: Business Profile before Google grants the access that was asked for.
    if reasons & _OFF or "0" in error.told("quota_limit_value"):
        yield FetchProblem.NOT_ENABLED
    if reasons & _KEYS or any(reason.startswith("API_KEY_") for reason in reasons):
        yield FetchProblem.API_KEY
    is_used_up = bool(reasons & _USED_UP) or error.status == "RESOURCE_EXHAUSTED"
    if is_used_up or status == HTTPStatus.TOO_MANY_REQUESTS:
        yield FetchProblem.QUOTA
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        yield call.refused
    is_place = status == HTTPStatus.BAD_REQUEST and _BAD_PLACE_ID in error.message.lower()
    if is_place or status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        yield FetchProblem.GONE


def _retry_in(
    problem: FetchProblem, answered: Answered, error: _Error, now: datetime
) -> timedelta | None:
    """How long to wait: what Google says, or until a day's quota starts anew."""
    waits = [each.retry_delay for each in error.details]
    waits += [value for name, value in answered.headers if name.lower() == "retry-after"]
    told = [int(found[1]) for wait in waits if (found := _SECONDS.fullmatch(wait.strip()))]
    asked = min(timedelta(seconds=max(told)), _LONGEST_WAIT) if told else None
    if problem is not FetchProblem.QUOTA:
        return asked
    limits = {limit.lower() for limit in error.told("quota_limit")} | error.reasons
    if "dailyLimitExceeded" in limits or any(_A_DAY in limit for limit in limits):
        asked = max(asked or timedelta(0), _until_midnight(now))
    return max(asked or timedelta(0), SHORTEST_WAIT)


def _until_midnight(now: datetime) -> timedelta:
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=_PACIFIC) - now


def line(words: str, limit: int) -> str:
    """Words on one line, and not too many."""
    return " ".join(words[: 2 * limit].split())[:limit].rstrip()
