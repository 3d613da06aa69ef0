"""The library of a practice: the public replies in somebody's own words that were approved."""

from collections.abc import Sequence

from bot.core import text
from bot.core.people import PracticeId
from bot.core.replies import KEPT, Draft
from bot.core.search import Search
from bot.core.strategies import WITHDRAWAL, ReplyKind
from bot.ports import Ports, Transaction, among, eq, ne


async def models(tx: Transaction, practice: PracticeId, *, each_once: bool = True) -> list[Draft]:
    """The models of a practice, the last used or approved first; each wording once, or all."""
    found = await tx.find(
        Draft,
        eq("practice_id", practice),
        among("state", KEPT),
        ne("words", ""),
        ne("template", WITHDRAWAL),
        eq("is_model", True),
    )
    found.sort(key=lambda draft: (draft.used_at or draft.created_at, draft.id), reverse=True)
    if not each_once:
        return found
    once: dict[str, Draft] = {}
    for draft in found:
        once.setdefault(text.fold(draft.words), draft)
    return list(once.values())


def holding(ports: Ports, found: Sequence[Draft], search: Search) -> list[Draft]:
    """The models that hold every word looked for: in what they say, or in their subject."""
    return [
        each
        for each in found
        if all(
            word in text.fold(f"{each.words} {subject_of(ports, each)}") for word in search.wanted
        )
    ]


def subject_of(ports: Ports, model: Draft) -> str:
    """What a model is about, in words; nothing for one of another age."""
    known = model.template in set(ReplyKind)
    return ports.wording.label("reply_kind", model.template) if known else ""
