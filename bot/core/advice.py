"""What to do now in a case: the one thing that comes first, decided from what was done so far."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from bot.core import remedies
from bot.core.law import RuleId
from bot.core.qualifying import Verdict
from bot.core.remedies import Remedy, RemedyKind, RemedyState


class AdviceCode(StrEnum):
    """Why something comes first; each has a French sentence."""

    KEEP = "keep"
    """Nothing was kept of the publication yet, and it may be gone tomorrow."""
    TELL_INSURER = "tell_insurer"
    DO = "do"
    """A remedy was taken up, and waits for us."""
    FOLLOW = "follow"
    """A remedy ended without success, and another may follow."""
    QUALIFY = "qualify"
    """Nobody said yet which words are illicit, and of what kind: the remedies follow from it."""
    FIT = "fit"
    """Something was held, and a remedy fits it."""
    LICIT = "licit"
    """Everything was held licit: nothing is to be done against it."""
    CHOOSE = "choose"
    """Nothing is asked of anybody yet."""
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Advice:
    """What comes first, and the remedy it is about."""

    code: AdviceCode
    kind: RemedyKind | None = None
    """What to take up, or what waits for us."""
    remedy: Remedy | None = None
    """The one that waits, or the one it follows."""


_PREPARATORY = frozenset(
    {RemedyKind.EVIDENCE, RemedyKind.INSURER_CLAIM, RemedyKind.BAILIFF_RECORD}
)


def advise(
    taken: Sequence[Remedy],
    pieces: int,
    watched: Collection[RuleId],
    held: Verdict = Verdict.NONE,
    fitting: Sequence[RemedyKind] = (),
) -> Advice:
    """The first thing to do: keep something, tell the insurer, send what waits, follow up.

    Args:
        taken: the remedies of the case.
        pieces: how many pieces it holds.
        watched: the rules whose dates still wait for something.
        held: what was concluded of its passages.
        fitting: the remedies that fit what was held, the best first.
    """
    kinds = {each.kind for each in taken if each.state is not RemedyState.DROPPED}
    is_begun = bool(kinds - _PREPARATORY)
    thoughts = chain(
        (Advice(AdviceCode.LICIT),) if held is Verdict.LICIT and not is_begun else (),
        _to_prepare(taken, pieces, kinds, watched),
        _to_do(taken),
        _to_follow(taken, kinds),
        () if is_begun else _to_choose(kinds, held, fitting),
        (Advice(AdviceCode.WAIT),),
    )
    return next(iter(thoughts))


def _to_prepare(
    taken: Sequence[Remedy],
    pieces: int,
    kinds: Collection[RemedyKind],
    watched: Collection[RuleId],
) -> Iterator[Advice]:
    """What is done in every case: keep something, tell the insurer."""
    if not remedies.is_kept(taken, pieces):
        begun = [each for each in taken if each.kind is RemedyKind.EVIDENCE and not each.is_ended]
        yield Advice(AdviceCode.KEEP, RemedyKind.EVIDENCE, begun[0] if begun else None)
    insurer = RemedyKind.INSURER_CLAIM
    if RuleId.INSURER_5_BUSINESS_DAYS in watched and insurer not in kinds:
        yield Advice(AdviceCode.TELL_INSURER, insurer)


def _to_choose(
    kinds: Collection[RemedyKind], held: Verdict, fitting: Sequence[RemedyKind]
) -> Iterator[Advice]:
    """Say what the words are, then what fits them."""
    if held is Verdict.NONE:
        yield Advice(AdviceCode.QUALIFY)
    free = [kind for kind in fitting if kind not in kinds]
    yield Advice(AdviceCode.FIT, free[0]) if free else Advice(AdviceCode.CHOOSE)


def _to_do(taken: Sequence[Remedy]) -> Iterator[Advice]:
    return (
        Advice(AdviceCode.DO, remedy.kind, remedy)
        for remedy in taken
        if remedy.state is RemedyState.TO_DO
    )


def _to_follow(taken: Sequence[Remedy], kinds: Collection[RemedyKind]) -> Iterator[Advice]:
    return (
        Advice(AdviceCode.FOLLOW, kind, remedy)
        for remedy in taken
        for kind in remedies.next_kinds(remedy)
        if kind not in kinds
    )
