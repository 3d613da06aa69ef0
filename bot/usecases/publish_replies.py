"""Putting an approved reply on the platform the review is on, when a person confirms it.

Nothing is sent inside a transaction: a first one notes that it leaves, a second one what came of
it. Between the two, a crash leaves a draft that is tried again by hand, and a publisher that finds
its own words there says that it is done.
"""

from dataclasses import dataclass, replace

from bot.core import mentions, replies
from bot.core.actions import Action
from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Identity, Mention, Source, TriageKind
from bot.core.messages import Manner, Message
from bot.core.outbox import Subject
from bot.core.people import Asker
from bot.core.places import location_name
from bot.core.replies import Draft, DraftStep, PublicationOutcome
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.draft_replies import may_answer_for, note, read
from bot.usecases.fill_outbox import refresh, refresh_mention
from bot.usecases.find_targets import find_target


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply can be put: a review, by the guid its source gives it."""

    source: Source
    review: str


async def place_for(ports: Ports, tx: Transaction, draft: Draft) -> Place | None:
    """Where a draft can be put by us; nowhere for a private message, or on most sites."""
    mention = await tx.get(Mention, draft.mention_id)
    if draft.is_private or mention is None or mention.gone_at is not None:
        return None
    keys = await tx.find(Identity, eq("mention_id", mention.id))
    guids = dict(found for each in keys if (found := mentions.guid_in(each.key)))
    for source in await tx.find(Source, among("id", guids), eq("is_removed", False)):
        guid = guids[source.id]
        is_its = guid.startswith(f"{location_name(source.url)}/reviews/")
        if source.kind in ports.publishers and source.practice_id == draft.practice_id and is_its:
            return Place(source, guid)
    return None


async def publish(ports: Ports, asker: Asker, action: Action) -> Message:
    """Put an approved reply on its platform, once, and say what came of it.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED, REPLY_NOT_APPROVED, REPLY_NOT_HERE (it cannot be
            put there any more), REPLY_ON_ITS_WAY, and HOLDER_ONLY (a blocking finding).
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, action.target)
        replies.take(draft, DraftStep.PUBLISH, asker.member.id)
        place = await place_for(ports, tx, draft)
        if place is None:
            raise Refusal(RefusalCode.REPLY_NOT_HERE)
        if draft.is_being_sent(now):
            raise Refusal(RefusalCode.REPLY_ON_ITS_WAY)
        said, review = await read(ports, tx, draft)
        may_answer_for(asker, review)
        await tx.save(replace(draft, sending_at=now))
    publisher = ports.publishers[place.source.kind]
    outcome = await publisher.publish(place.review, said, place.source.secret, now)
    await _conclude(ports, asker, draft, place, outcome)
    return Message("publication", {"outcome": outcome}, manner=Manner.REPLY)


async def _conclude(
    ports: Ports, asker: Asker, begun: Draft, place: Place, outcome: PublicationOutcome
) -> None:
    """Keep what came of it; the journal tells who had it published, and where."""
    kind = place.source.kind
    async with ports.store.write() as tx:
        fresh = await tx.get(Draft, begun.id) or begun
        await tx.save(replies.sent(begun, fresh, kind, outcome, asker.member.id))
        if outcome.is_taken:
            await note(ports, tx, asker, begun, TriageKind.REPLY_PUBLISHED, kind.value)
        await refresh(tx, Subject.DRAFT, begun.id)
        await refresh_mention(tx, begun.mention_id)
