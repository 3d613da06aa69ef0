"""To answer or not: the three ways with a licit mention, argued from what is known of it.

After the insurer's article and the Order's guide (legal dossier, 1.2): most licit mentions are
best left alone; an answer is deliberate, impersonal and given once; the author may be asked to
withdraw, privately and freely. The choice is always the person's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.text import words

_OLD_DAYS = 180
"""About when a review is no longer among those that are read."""
_GOOD, _MIDDLING = 4.0, 3.0
_STARS = frozenset("\u2605\u2606\u2b50")


class Strategy(StrEnum):
    """What to do with a licit mention; each has a French label."""

    NO_REPLY = "no_reply"
    REPLY = "reply"
    ASK_WITHDRAWAL = "ask_withdrawal"


class ReplyKind(StrEnum):
    """What a reply is about: the name of its template, and a French label."""

    GENERAL = "general"
    FOUNDED = "founded"
    UNFOUNDED = "unfounded"
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NO_TEXT = "no_text"
    WAITING = "waiting"
    RECEPTION = "reception"
    FEES = "fees"
    TONE = "tone"
    INEXACT = "inexact"
    FORUM = "forum"
    PRESS = "press"


WITHDRAWAL = "withdrawal"
"""The template of the private message to the author: no public reply."""


class Silence(StrEnum):
    """Why nothing is answered; each has a French label."""

    CALM = "calm"
    OLD = "old"
    FEW_READ = "few_read"
    SECRECY = "secrecy"
    SETTLED = "settled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a mention when the question is put."""

    said: str
    rating: float | None
    age_days: int | None
    is_review: bool
    is_press: bool = False
    is_forum: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A strategy with what speaks for it, against it, and what to mind: codes of sentences."""

    strategy: Strategy
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicWords:
    """The folded words that tell what a mention complains of, or that it is pleased."""

    topics: Mapping[ReplyKind, frozenset[str]]
    forums: frozenset[str]
    """Words of the name and the address of a forum; below, of a newspaper, of reviews."""
    press: frozenset[str]
    reviews: frozenset[str]


def parse_topic_words(document: Mapping[str, str]) -> TopicWords:
    """The words as they are written in the file.

    Raises:
        KeyError, ValueError: a list is missing, or of no kind.
    """
    lists = {name: frozenset(words(listed)) for name, listed in document.items()}
    places = [lists.pop(name) for name in ("forums", "press", "reviews")]
    return TopicWords({ReplyKind(name): listed for name, listed in lists.items()}, *places)


def know(
    topics: TopicWords,
    place: str,
    title: str,
    said: str,
    rating: float | None,
    age_days: int | None,
) -> Known:
    """What is known of a mention; ``place`` is the name and the address of where it stands."""
    names = frozenset(words(place))
    is_review = (
        rating is not None
        or not _STARS.isdisjoint(said)
        or not topics.reviews.isdisjoint(names | frozenset(words(title)))
    )
    is_forum = not is_review and not topics.forums.isdisjoint(names)
    is_press = not is_review and not is_forum and not topics.press.isdisjoint(names)
    told = said if is_review else f"{title} {said}"
    return Known(told, rating, age_days, is_review, is_press, is_forum)


def guess_kind(known: Known, topics: TopicWords) -> ReplyKind:
    """What a reply would be about; the person may say otherwise."""
    if known.is_press:
        return ReplyKind.PRESS
    if known.rating is not None and known.rating >= _GOOD:
        return ReplyKind.POSITIVE
    if known.is_review and not words(known.said):
        return ReplyKind.NO_TEXT
    return _topic(known, topics) or _without_topic(known)


def _topic(known: Known, topics: TopicWords) -> ReplyKind | None:
    """What is complained of most, or praise where nothing is."""
    said = frozenset(words(known.said))
    found = {kind: len(said & listed) for kind, listed in topics.topics.items() if said & listed}
    complaints = {kind: count for kind, count in found.items() if kind is not ReplyKind.POSITIVE}
    if complaints:
        return max(complaints, key=complaints.__getitem__)
    return ReplyKind.POSITIVE if found and known.rating is None else None


def _without_topic(known: Known) -> ReplyKind:
    if known.rating is not None and known.rating >= _MIDDLING:
        return ReplyKind.NEUTRAL
    return ReplyKind.FORUM if known.is_forum else ReplyKind.GENERAL


def advise(known: Known, kind: ReplyKind) -> tuple[Way, ...]:
    """The ways open, not answering always first."""
    ways = [_silence(known, kind), _reply(known, kind)]
    if kind not in {ReplyKind.POSITIVE, ReplyKind.NEUTRAL, ReplyKind.PRESS}:
        ways.append(_withdrawal(known))
    return tuple(ways)


def _silence(known: Known, kind: ReplyKind) -> Way:
    is_old = known.age_days is not None and known.age_days > _OLD_DAYS
    pros = ["no_polemic", "no_risk"]
    if is_old:
        pros.insert(0, "old")
    if kind is ReplyKind.POSITIVE:
        return Way(Strategy.NO_REPLY, ("needs_none", "no_risk"), ())
    return Way(Strategy.NO_REPLY, tuple(pros), () if is_old else ("silence_is_read",))


def _reply(known: Known, kind: ReplyKind) -> Way:
    if kind is ReplyKind.POSITIVE:
        return Way(Strategy.REPLY, ("courteous",), ("no_publicity",), ("impersonal",))
    if kind is ReplyKind.PRESS:
        return Way(Strategy.REPLY, ("corrects",), ("fuels",), ("right_of_reply",))
    pros = ["for_readers"]
    if kind in _ORGANISATION:
        pros.append("organisation")
    cons = ["cannot_be_complete", "fuels"]
    if known.is_forum:
        cons.append("endless")
    return Way(Strategy.REPLY, tuple(pros), tuple(cons), ("once", "impersonal", "orders_differ"))


_ORGANISATION = frozenset(
    {ReplyKind.WAITING, ReplyKind.RECEPTION, ReplyKind.FEES, ReplyKind.INEXACT, ReplyKind.FOUNDED}
)


def _withdrawal(known: Known) -> Way:
    cautions = ["identity", "no_counterpart"]
    if known.is_forum:
        cautions.append("anonymous")
    return Way(Strategy.ASK_WITHDRAWAL, ("direct",), ("felt_as_pressure",), tuple(cautions))
