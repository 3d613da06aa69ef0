"""What a digest shows: its counts, its progress, what is folded, and how the sources are."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

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
from bot.core.people import Channel, Practice, Practitioner
from bot.ports import Ports, Transaction, among, eq, gt, le, ne, null

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
    urgent = sum(each.is_urgent and is_open(each) for each in listed)
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
            "counts": await _counts(tx, made) if made.counts_from else None,
            "urgent": urgent,
            "shares": _shares(listed),
        },
        rows=_digest_rows(made, has_folded=bool(folded), has_backlog=bool(backlog_count)),
        silent=not ringing.rings(_weight(made, urgent), practice, now),
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


def _weight(made: Digest, urgent: int) -> ringing.Weight:
    """What the head of a digest is for the ear; who asked for one is looking already."""
    if urgent and made.kind is not DigestKind.ON_DEMAND:
        return ringing.Weight.PRESSING
    is_daily = made.kind is DigestKind.DAILY
    return ringing.Weight.MORNING if is_daily else ringing.Weight.LIGHT


def _shares(listed: list[Mention]) -> list[tuple[int, int]]:
    """How many of a digest's mentions are about whom, where several people are watched."""
    shares = Counter(mention.practitioner_id for mention in listed)
    return sorted(shares.items()) if len(shares) > 1 else []


async def _counts(tx: Transaction, made: Digest) -> Counter[MentionState]:
    """What came in the days a digest counts, by what has become of it."""
    came = await tx.find(
        Mention,
        eq("practice_id", made.practice_id),
        gt("seen_at", made.counts_from),
        le("seen_at", made.made_at),
        ne("state", MentionState.BACKLOG),
    )
    return Counter(mention.state for mention in came)


def _is_told(line: SourceLine, made: Digest) -> bool:
    """Whether a digest names this source: its state has changed, or it was never read yet."""
    is_new = line.source.state is SourceState.OK and not line.is_well
    return is_new or line.source.id in made.source_news


async def rest_card(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """What a digest still has to show in one channel, and the button for it."""
    made = await tx.get(Digest, display.subject_id)
    below = await tx.find(
        Display,
        eq("channel_id", display.channel_id),
        eq("occasion", occasion(display.subject_id)),
        gt("id", display.id),
        limit=1,
    )
    remaining = [] if made is None or below else await rest_of(tx, made, display.channel_id)
    rows = ((Button("show_more", Action(Verb.SHOW_MORE, display.subject_id)),),)
    values = {"remaining": len(remaining), "is_below": bool(below)}
    return Message("rest", values, rows=rows if remaining else ())


async def rest_of(tx: Transaction, made: Digest, channel_id: int) -> list[DigestItem]:
    """The items of a digest still to be shown in a channel, in order; folded ones wait apart.

    What was decided elsewhere meanwhile is not. A digest for everybody repeats no card a channel
    had before; one that was asked for does.
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
    ahead = [item.mention_id for item in items if item.mention_id not in there]
    waiting = await tx.find(Mention, among("id", ahead), eq("state", MentionState.NEW))
    wanted = {mention.id for mention in waiting}
    return [item for item in items if item.mention_id in wanted]


def occasion(digest_id: int) -> str:
    """Why a mention stands in a channel: this digest brought it."""
    return f"digest:{digest_id}"
