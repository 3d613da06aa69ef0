"""The replies a practice wrote and approved, as models for the next ones.

They are not kept apart: a model is an approved draft in somebody's own words. The guard reads it
again each time it is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core import replies
from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import Field, Form, FormName
from bot.core.messages import Button, Manner, Message
from bot.core.outbox import Subject
from bot.core.people import Asker
from bot.core.replies import Draft, DraftStep
from bot.core.text import fold
from bot.ports import Ports, Transaction
from bot.usecases.draft_replies import draft_of, models, read
from bot.usecases.fill_outbox import refresh
from bot.usecases.list_subjects import page_of

ON_A_PAGE = 4
"""Whole replies: four fill a phone."""


async def open_models(ports: Ports, asker: Asker, action: Action) -> Message:
    """A page of the models, to take one for a draft.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        draft = await draft_of(tx, action.target)
        found = await models(tx, draft.practice_id)
    page = int(action.choice) if action.choice.isdecimal() else 1
    manner = Manner.REPLACE if action.choice else Manner.REPLY
    shown, page, pages = page_of(found, page, ON_A_PAGE)
    turns = tuple(
        Button(label, Action(Verb.OPEN_MODELS, draft.id, str(number)))
        for label, number in (("previous", page - 1), ("next", page + 1))
        if 1 <= number <= pages
    )
    find = Button("find_model", Action(Verb.FILL_FORM, draft.id, FormName.FIND_MODEL))
    rows = (_takes(draft, shown), (*turns, find))
    values = {"models": shown, "total": len(found), "page": page, "pages": pages, "wanted": ""}
    return Message("models", values, rows=rows, manner=manner)


async def find_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """A word the model holds.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    await draft_of(tx, target)
    return Form(FormName.FIND_MODEL, target, (Field("word", longest=80, is_free=True),))


async def find(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """The latest models that hold the words, accents and case aside.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    wanted = fold(answers["word"])
    async with ports.store.read() as tx:
        draft = await draft_of(tx, form.target)
        found = [
            each for each in await models(tx, draft.practice_id) if wanted in fold(each.words)
        ]
    values = {
        "models": found[:ON_A_PAGE],
        "total": len(found),
        "page": 1,
        "pages": 1,
        "wanted": answers["word"],
    }
    rows = (_takes(draft, found[:ON_A_PAGE]),) if found else ()
    return Message("models", values, rows=rows, manner=Manner.REPLY)


async def take(ports: Ports, asker: Asker, action: Action) -> Message:
    """Put a model's words in a draft; the guard reads them on the card.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        draft = await draft_of(tx, action.target)
        model = await tx.get(Draft, int(action.choice)) if action.choice.isdecimal() else None
        if model is None or model.practice_id != draft.practice_id or not model.words:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        reworded = replies.take(draft, DraftStep.REWORD, asker.member.id)
        reworded = replace(reworded, words=model.words)
        await tx.save(reworded)
        _, review = await read(ports, tx, reworded)
        await refresh(tx, Subject.DRAFT, draft.id)
    return Message("toast", {"said": "reworded" if review.is_clean else "reworded_flagged"})


def _takes(draft: Draft, shown: Sequence[Draft]) -> tuple[Button, ...]:
    return tuple(
        Button("take_model", Action(Verb.TAKE_MODEL, draft.id, str(each.id)), detail=str(number))
        for number, each in enumerate(shown, start=1)
    )
