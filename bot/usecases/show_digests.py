"""What a digest shows: its counts, its progress, what is folded, and how the sources are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import health, ringing
from bot.core.actions import Action, Verb
from bot.core.digest import CARDS_AT_ONCE, Digest, DigestItem, DigestKind
from bot.core.mentions import (
    Mention,
    MentionState,
    Source,
    SourceState,
    is_open,
)
from bot.core.messages import Button, Message
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Frequency, Practice, Practitioner
from bot.ports import Ports, Transaction, among, eq, gt, null

_TOP = 3
"""Publications a digest names itself, where its cards stand in a thread."""

_DECIDED = frozenset(
    {MentionState.LICIT, MentionState.ILLICIT, MentionState.IGNORED, MentionState.NAMESAKE}
)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source and how it is doing, as templates read it."""

    source: Source
    is_well: bool
    weekly: float
    """Items in a week."""

    @classmethod
    def of(cls, source: Source, now: datetime) -> "SourceLine":
        """How a source is doing now."""
        return cls(source, health.is_well(source, now), health.items_a_week(source, now))


async def digest_card(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """The head of a digest, as things stand."""
    made = await tx.get(Digest, display.subject_id)
    if made is None:
        return None
    practice = await tx.get(Practice, made.practice_id)
    if practice is None:
        return None
    channel = await tx.get(Channel, display.channel_id)
    items = await tx.find(DigestItem, eq("digest_id", made.id), order="place")
    mentions = await tx.find(Mention, among("id", [item.mention_id for item in items]))
    apart = {item.mention_id for item in items if item.is_folded}
    folded = [each for each in mentions if each.id in apart and is_open(each)]
    listed = [each for each in mentions if each.id not in apart]
    done = sum(mention.state in _DECIDED for mention in listed)
    backlog = await tx.find(
        Mention,
        eq("practice_id", made.practice_id),
        eq("state", MentionState.BACKLOG),
        limit=CARDS_AT_ONCE,
    )
    backlog_count = await tx.count(
        Mention, eq("practice_id", made.practice_id), eq("state", MentionState.BACKLOG)
    )
    waiting = await tx.count(
        Mention, eq("practice_id", made.practice_id), eq("state", MentionState.NEW)
    )
    sources = await tx.find(
        Source, eq("practice_id", made.practice_id), eq("is_removed", False), null("paused_at")
    )
    people = await tx.find(Practitioner, eq("practice_id", made.practice_id))
    lines = [SourceLine.of(source, ports.clock.now()) for source in sources]
    still = sum(mention.state is MentionState.NEW for mention in listed)
    is_threaded = _has_thread(ports, channel)
    top = [each for each in listed if is_threaded and is_open(each)]
    now = ports.clock.now()
    is_pressing = any(each.is_urgent and is_open(each) for each in listed)
    is_noisy = ringing.rings(practice, now, is_pressing=False, is_header=True)
    return Message(
        "digest",
        {
            "digest": made,
            "practice": practice,
            "total": len(listed),
            "folded": len(folded),
            "done": done,
            "waiting": max(0, waiting - still),
            "backlog": backlog,
            "backlog_count": backlog_count,
            "people": {person.id: person for person in people},
            "sources": len(sources),
            "failing": sum(not line.is_well for line in lines),
            "news": [line for line in lines if _is_told(line, made)],
            "top": top[:_TOP],
            "is_threaded": is_threaded,
            "week": await _week(tx, practice, now) if _is_weekly(made, practice) else None,
            "urgent": sum(each.is_urgent and is_open(each) for each in listed),
        },
        rows=_digest_rows(made, has_folded=bool(folded), has_backlog=bool(backlog_count)),
        silent=not (is_noisy and made.kind is DigestKind.DAILY) and not is_pressing,
    )


def _has_thread(ports: Ports, channel: Channel | None) -> bool:
    """Whether the cards of a digest stand under it, out of sight until its thread is opened."""
    if channel is None or channel.is_private:
        return False
    chat = ports.chats.get(channel.platform)
    return chat is not None and chat.has_threads


def _digest_rows(
    made: Digest, *, has_folded: bool, has_backlog: bool
) -> tuple[tuple[Button, ...], ...]:
    """What a digest offers beside its cards: what is folded, and what is old."""
    offered = (
        (has_folded, Verb.REVIEW_DOUBTFUL, Verb.DISMISS_DOUBTFUL),
        (has_backlog, Verb.REVIEW_BACKLOG, Verb.DISMISS_BACKLOG),
    )
    return tuple(
        tuple(Button(verb.name.lower(), Action(verb, made.id)) for verb in verbs)
        for is_there, *verbs in offered
        if is_there
    )


def _is_weekly(made: Digest, practice: Practice) -> bool:
    return made.kind is DigestKind.DAILY and practice.frequency is Frequency.WEEKLY


async def _week(tx: Transaction, practice: Practice, now: datetime) -> dict[str, int]:
    """What the last seven days brought, by state."""
    of_it = (eq("practice_id", practice.id), gt("seen_at", now - timedelta(days=7)))
    return {state: await tx.count(Mention, *of_it, eq("state", state)) for state in MentionState}


def _is_told(line: SourceLine, made: Digest) -> bool:
    """Whether a digest names this source: its state has changed, or it was never read yet."""
    is_new = line.source.state is SourceState.OK and not line.is_well
    return is_new or line.source.id in made.source_news


async def rest_card(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """What a digest still has to show in one channel, and the button for it."""
    made = await tx.get(Digest, display.subject_id)
    remaining = await rest_of(tx, made, display.channel_id) if made else []
    rows = ((Button("show_more", Action(Verb.SHOW_MORE, display.subject_id)),),)
    return Message("rest", {"remaining": len(remaining)}, rows=rows if remaining else ())


async def rest_of(tx: Transaction, made: Digest, channel_id: int) -> list[DigestItem]:
    """The items of a digest not shown in a channel yet, in order; folded ones wait apart.

    A digest for everybody repeats no card a channel had before; one that was asked for does.
    """
    items = await tx.find(
        DigestItem, eq("digest_id", made.id), eq("is_folded", False), order="place"
    )
    of_this = [eq("occasion", occasion(made.id))] if made.kind is DigestKind.ON_DEMAND else []
    shown = await tx.find(
        Display,
        eq("channel_id", channel_id),
        eq("subject", Subject.MENTION),
        among("subject_id", [item.mention_id for item in items]),
        *of_this,
    )
    there = {display.subject_id for display in shown}
    return [item for item in items if item.mention_id not in there]


def occasion(digest_id: int) -> str:
    """Why a mention stands in a channel: this digest brought it."""
    return f"digest:{digest_id}"
