"""Replies of a place's owner to its reviews: put on Google Business Profile.

``accounts.locations.reviews.get`` and ``updateReply`` of the API v4: a PUT of the comment (4096
bytes at most), that makes the reply or writes over the one there is; verified places only. A reply
is read by Google before it is shown: ``reviewReplyState`` says how far that is since April 2026,
``policyViolation`` which rule it breaks since July. References read on 23 November 2026 in stored
copies.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from bot.adapters.business_profile import NOT_PUBLIC, Endpoints, Reply, Review, original
from bot.adapters.google_oauth import Errand, GoogleOAuth
from bot.core.replies import PublicationOutcome
from bot.core.sources import FetchFailed, FetchProblem

_REJECTED = "REJECTED"
_PROBLEMS = {
    FetchProblem.GONE: PublicationOutcome.GONE,
    FetchProblem.CONSENT: PublicationOutcome.CONSENT,
    FetchProblem.API_KEY: PublicationOutcome.NOT_ENABLED,
    FetchProblem.NOT_ENABLED: PublicationOutcome.NOT_ENABLED,
    FetchProblem.QUOTA: PublicationOutcome.QUOTA,
}


class BusinessProfilePublisher:
    """Puts replies under reviews; never over a reply that says something else."""

    def __init__(self, oauth: GoogleOAuth, endpoints: Endpoints | None = None) -> None:
        self._oauth = oauth
        self._at = endpoints or Endpoints()

    async def publish(
        self, review: str, words: str, secret: str, now: datetime
    ) -> PublicationOutcome:
        """Put ``words`` under ``review`` (its resource name), and say what came of it.

        The review is looked at first: what is there already is not sent again, so that a try
        whose end is unknown may be made once more.
        """
        url = f"{self._at.reviews}/v4/{review}"
        try:
            errand = Errand.with_secret(f"business:{review}", now, secret)
            there = (await self._oauth.said(errand, url, Review)).review_reply
        except FetchFailed as failure:
            return _outcome(failure, PublicationOutcome.UNREACHABLE)
        if _same(there.comment, words):
            return _state(there)
        if there.comment and there.review_reply_state != _REJECTED:
            return PublicationOutcome.ANSWERED
        try:
            body: dict[str, Any] = {"comment": words}
            put = await self._oauth.said(errand, f"{url}/reply", Reply, method="PUT", body=body)
        except FetchFailed as failure:
            return _outcome(failure, PublicationOutcome.UNKNOWN)
        return _state(put)


def _same(there: str, words: str) -> bool:
    """Whether a reply says that, spaces and Google's translation aside."""
    return words.split() in (there.split(), original(there).split())


def _state(reply: Reply) -> PublicationOutcome:
    if reply.review_reply_state == _REJECTED:
        return PublicationOutcome.REJECTED
    return (
        PublicationOutcome.PENDING
        if reply.review_reply_state in NOT_PUBLIC
        else PublicationOutcome.PUBLISHED
    )


def _outcome(failure: FetchFailed, otherwise: PublicationOutcome) -> PublicationOutcome:
    """What a failure means; ``otherwise`` when Google gave no answer of its own."""
    if failure.status == HTTPStatus.FORBIDDEN and failure.problem is FetchProblem.CONSENT:
        return PublicationOutcome.FORBIDDEN
    if failure.status == HTTPStatus.BAD_REQUEST and failure.problem is FetchProblem.HTTP_ERROR:
        return PublicationOutcome.REFUSED
    return _PROBLEMS.get(failure.problem, otherwise)
