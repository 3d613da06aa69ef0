"""The replies a practice wrote and approved, as models for the next ones: its library.

They are not kept apart: a model is an approved reply in somebody's own words. The guard reads it
again each time it is shown and each time it is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core import replies, text
from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import Field, Form, FormName
from bot.core.messages import Button, Manner, Message, Row, Typed
from bot.core.outbox import Subject
from bot.core.people import Asker, Right, may
from bot.core.replies import Draft, DraftStep
from bot.core.search import LONGEST, Search
from bot.core.secrecy import Review
from bot.ports import Ports, Transaction
from bot.usecases.draft_replies import read
from bot.usecases.fill_outbox import refresh
from bot.usecases.find_targets import find_target
from bot.usecases.keep_models import holding, models, subject_of
from bot.usecases.list_subjects import page_of, turns
from bot.usecases.search_mentions import remember

ON_A_PAGE = 4
"""Whole replies: four fill a phone."""


@dataclass(frozen=True, slots=True)
class Model:
    """A reply of the library, with what it is about and what the guard says of it now."""

    draft: Draft
    subject: str
    review: Review


async def open_models(ports: Ports, asker: Asker, action: Action) -> Message:
    """A page of the library, or of what was looked for in it, to take a model for a draft.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    page, _, number = action.choice.partition("-")
    async with ports.store.read() as tx:
        draft = await find_target(tx, Draft, action.target)
        search = await tx.get(Search, int(number)) if number.isdecimal() else None
        if number and search is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        shown = await _page(ports, tx, asker, _Wanted(page, draft, search))
    return replace(shown, manner=Manner.REPLACE if page else Manner.REPLY)


async def search_models(ports: Ports, asker: Asker, action: Action) -> Message:
    """What a search of publications finds in the library.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        search = await find_target(tx, Search, action.target)
        shown = await _page(ports, tx, asker, _Wanted(action.choice, None, search))
    return replace(shown, manner=Manner.REPLACE if action.choice else Manner.REPLY)


async def find_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Words the model holds.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    await find_target(tx, Draft, target)
    return Form(FormName.FIND_MODEL, target, (Field("word", longest=LONGEST, is_free=True),))


async def find(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """The models that hold all these words, accents and case aside.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, form.target)
        search = await remember(ports, tx, asker, answers["word"])
        shown = await _page(ports, tx, asker, _Wanted("", draft, search))
    return replace(shown, typed=Typed(search.words, f"search-{search.id}"))


async def take(ports: Ports, asker: Asker, action: Action) -> Message:
    """Put a model's words in a draft; the guard reads them on the card.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, action.target)
        model = await tx.get(Draft, int(action.choice)) if action.choice.isdecimal() else None
        if model is None or model.practice_id != draft.practice_id or not model.words:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        reworded = replies.take(draft, DraftStep.REWORD, asker.member.id)
        reworded = replace(reworded, words=model.words)
        await tx.save(reworded)
        if model.id != draft.id:
            await tx.save(replace(model, used_at=ports.clock.now()))
        _, review = await read(ports, tx, reworded)
        await refresh(tx, Subject.DRAFT, draft.id)
    return Message("toast", {"said": "reworded" if review.is_clean else "reworded_flagged"})


async def remove(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a reply, and those that say the same, out of the library; they stay on their cards.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        model = await find_target(tx, Draft, action.target)
        for each in await models(tx, model.practice_id, each_once=False):
            if text.fold(each.words) == text.fold(model.words):
                await tx.save(replace(each, is_model=False))
    return Message("toast", {"said": "model_removed"}, manner=Manner.REPLY)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A page of the library: for which draft, and what is looked for, if anything."""

    page: str
    draft: Draft | None
    search: Search | None

    def turned(self, page: int) -> Action:
        """What shows another page of it."""
        if self.draft is None and self.search is not None:
            return Action(Verb.SEARCH_MODELS, self.search.id, str(page))
        if self.draft is None:
            raise LookupError("a library is opened for a draft or for a search")
        choice = f"{page}-{self.search.id}" if self.search else str(page)
        return Action(Verb.OPEN_MODELS, self.draft.id, choice)


async def _page(ports: Ports, tx: Transaction, asker: Asker, wanted: _Wanted) -> Message:
    found = await models(tx, asker.member.practice_id)
    if wanted.search is not None:
        found = holding(ports, found, wanted.search)
    page = int(wanted.page) if wanted.page.isdecimal() else 1
    shown, page, pages = page_of(found, page, ON_A_PAGE)
    rows = [_removals(asker, shown), turns(page, pages, wanted.turned)]
    if wanted.draft is not None:
        look = Action(Verb.FILL_FORM, wanted.draft.id, FormName.FIND_MODEL)
        rows = [_takes(wanted.draft, shown), *rows, (Button("find_model", look),)]
    values = {
        "models": [await _read_again(ports, tx, each, wanted.draft) for each in shown],
        "total": len(found),
        "page": page,
        "pages": pages,
        "wanted": wanted.search.words if wanted.search else "",
    }
    rows = [row for row in rows if row]
    return Message("models", values, rows=tuple(rows), manner=Manner.REPLY)


async def _read_again(ports: Ports, tx: Transaction, model: Draft, draft: Draft | None) -> Model:
    """A model as the guard reads it where it would be taken."""
    _, review = await read(ports, tx, replace(draft or model, words=model.words))
    return Model(model, subject_of(ports, model), review)


def _takes(draft: Draft, shown: Sequence[Draft]) -> Row:
    return tuple(
        Button("take_model", Action(Verb.TAKE_MODEL, draft.id, str(each.id)), detail=str(number))
        for number, each in enumerate(shown, start=1)
    )


def _removals(asker: Asker, shown: Sequence[Draft]) -> Row:
    if not may(asker.member.role, Right.MANAGE_SETTINGS):
        return ()
    return tuple(
        Button(
            "remove_model",
            Action(Verb.REMOVE_MODEL, each.id),
            detail=str(number),
            confirm="remove_model",
        )
        for number, each in enumerate(shown, start=1)
    )
