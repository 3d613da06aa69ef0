"""Replies put on a business profile, over real sockets: what arrives there, and what is said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.adapters.business_profile import Endpoints
from bot.adapters.business_replies import BusinessProfilePublisher
from bot.adapters.google_oauth import GoogleOAuth, OAuthClient
from bot.core.replies import PublicationOutcome
from tests.adapters.test_business_profile import Follower, follower
from tests.servers.google import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH,
    Google,
    Json,
    Listed,
    an_api,
    error,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAME = "accounts/11/locations/22"
REVIEW = f"{NAME}/reviews/r1"
WORDS = "Toute remarque est lue avec attention.\nLe cabinet reste à l’écoute."
__all__ = ["follower"]


@dataclass
class Owner:
    """Somebody who answers the reviews of a place."""

    google: Google
    publisher: BusinessProfilePublisher

    async def answer(self, words: str = WORDS, secret: str = REFRESH) -> PublicationOutcome:
        return await self.publisher.publish(REVIEW, words, secret, NOW)

    @property
    def puts(self) -> int:
        return sum(call.method == "PUT" for call in self.google.calls)

    @property
    def review(self) -> Json:
        return self.google.listed[NAME].reviews[REVIEW]

    @property
    def reply(self) -> str | None:
        comment = self.review.get("reviewReply", {}).get("comment")
        return None if comment is None else str(comment)


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    async with Google(NOW) as google, an_api() as api:
        place = google.listed[NAME] = Listed(NAME, "Cabinet")
        google.write(place, 1, 2, "Attente trop longue")
        oauth = GoogleOAuth(
            api, OAuthClient(CLIENT_ID, CLIENT_SECRET), token=f"{google.base}/token"
        )
        at = Endpoints(google.base, google.base, google.base)
        yield Owner(google, BusinessProfilePublisher(oauth, at))


async def test_a_reply_is_put_under_its_review(owner: Owner) -> None:
    assert await owner.answer() is PublicationOutcome.PUBLISHED
    assert owner.reply == WORDS
    assert [call.method for call in owner.google.called(f"/v4/{REVIEW}")] == ["GET", "PUT"]


async def test_the_same_reply_is_never_put_twice(owner: Owner) -> None:
    await owner.answer()
    assert await owner.answer() is PublicationOutcome.PUBLISHED
    owner.review["reviewReply"]["comment"] = f"(Translated by Google) Hi\n\n(Original)\n{WORDS}"
    assert await owner.answer() is PublicationOutcome.PUBLISHED
    assert owner.puts == 1


async def test_another_reply_is_never_written_over(owner: Owner) -> None:
    owner.review["reviewReply"] = {"comment": "Merci de nous appeler."}
    assert await owner.answer() is PublicationOutcome.ANSWERED
    assert owner.reply == "Merci de nous appeler."


async def test_google_reads_a_reply_before_it_shows_it(owner: Owner) -> None:
    owner.google.moderation = {"reviewReplyState": "PENDING"}
    assert await owner.answer() is PublicationOutcome.PENDING
    assert await owner.answer("Autre chose.") is PublicationOutcome.ANSWERED
    assert owner.puts == 1


@pytest.mark.parametrize("why", ["SPAM", {"kind": "SPAM"}])
async def test_a_reply_against_the_rules_may_be_put_in_other_words(
    owner: Owner, why: object
) -> None:
    owner.google.moderation = {"reviewReplyState": "REJECTED", "policyViolation": why}
    assert await owner.answer() is PublicationOutcome.REJECTED
    assert await owner.answer() is PublicationOutcome.REJECTED
    assert owner.puts == 1
    owner.google.moderation = {"reviewReplyState": "APPROVED"}
    assert await owner.answer("Autre chose.") is PublicationOutcome.PUBLISHED
    assert owner.reply == "Autre chose."


async def test_before_google_told_states_what_is_put_is_published(owner: Owner) -> None:
    owner.google.moderation = {}
    assert await owner.answer() is PublicationOutcome.PUBLISHED


async def test_a_lost_answer_is_found_at_the_next_try(owner: Owner) -> None:
    owner.google.loses_answers = True
    assert await owner.answer() is PublicationOutcome.UNKNOWN
    puts = owner.puts
    owner.google.loses_answers = False
    assert await owner.answer() is PublicationOutcome.PUBLISHED
    assert (owner.puts, owner.reply) == (puts, WORDS)


async def test_a_token_that_ends_meanwhile_is_replaced(owner: Owner) -> None:
    await owner.answer()
    owner.google.revoke_access()
    assert await owner.answer() is PublicationOutcome.PUBLISHED


REVIEWS, REPLY = f"/v4/{REVIEW}", f"/v4/{REVIEW}/reply"


@pytest.mark.parametrize(
    ("path", "status", "body", "outcome"),
    [
        (REVIEWS, 404, error(404, "NOT_FOUND"), PublicationOutcome.GONE),
        (REVIEWS, 403, error(403, "PERMISSION_DENIED"), PublicationOutcome.FORBIDDEN),
        (REVIEWS, 500, error(500, "INTERNAL"), PublicationOutcome.UNREACHABLE),
        ("/token", 503, "<html>", PublicationOutcome.UNREACHABLE),
        (REPLY, 404, error(404, "NOT_FOUND"), PublicationOutcome.GONE),
        (REPLY, 403, error(403, "PERMISSION_DENIED"), PublicationOutcome.FORBIDDEN),
        (
            REPLY,
            403,
            error(403, "PERMISSION_DENIED", reason="SERVICE_DISABLED"),
            PublicationOutcome.NOT_ENABLED,
        ),
        (REPLY, 429, error(429, "RESOURCE_EXHAUSTED"), PublicationOutcome.QUOTA),
        (REPLY, 400, error(400, "INVALID_ARGUMENT"), PublicationOutcome.REFUSED),
        (REPLY, 503, error(503, "UNAVAILABLE"), PublicationOutcome.UNKNOWN),
        (REPLY, 200, "<html>", PublicationOutcome.UNKNOWN),
    ],
)
async def test_every_refusal_is_told_and_nothing_is_put(
    owner: Owner, path: str, status: int, body: Json | str, outcome: PublicationOutcome
) -> None:
    owner.google.refuse(path, status, body)
    assert await owner.answer() is outcome
    assert owner.reply is None


async def test_a_consent_taken_back_is_told(owner: Owner) -> None:
    owner.google.refresh_tokens.clear()
    assert await owner.answer() is PublicationOutcome.CONSENT
    assert await owner.answer(secret="") is PublicationOutcome.CONSENT
    assert owner.puts == 0


async def test_what_google_does_not_take_is_refused(owner: Owner) -> None:
    assert await owner.answer("é" * 2100) is PublicationOutcome.REFUSED


@pytest.mark.parametrize(("state", "seen"), [("REJECTED", ""), ("PENDING", ""), ("APPROVED", "A")])
async def test_a_reply_nobody_sees_is_not_read_as_one(
    follower: Follower,
    state: str,
    seen: str,
) -> None:
    follower.write(1, 2, "Attente", reviewReply={"comment": "A", "reviewReplyState": state})
    await follower.read()
    assert [entry.reply for entry in follower.known.values()] == [seen]
