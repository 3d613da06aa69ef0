"""To answer or not: the ways, with what speaks for and against each; the one that is chosen."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core import replies
from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import Mention, Source, TriageKind
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.outbox import Subject
from bot.core.people import Asker
from bot.core.replies import Draft, DraftState, DraftStep
from bot.core.strategies import (
    WITHDRAWAL,
    Known,
    ReplyKind,
    Silence,
    Strategy,
    advise,
    guess_kind,
    know,
)
from bot.ports import Ports, Transaction, eq
from bot.usecases.draft_replies import note
from bot.usecases.fill_outbox import refresh, refresh_mention, show
from bot.usecases.find_targets import find_target


async def propose(ports: Ports, asker: Asker, action: Action) -> Message:
    """The reply to a mention where it was asked; while there is none, the ways there are.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        draft = await _reply_to(tx, mention)
        if draft is None or draft.state is DraftState.DECLINED:
            return await _ways(ports, tx, mention)
        await show(tx, [asker.channel], Subject.DRAFT, draft.id, "asked", asker)
    return Message("toast", {"said": "drafted"})


async def weigh(ports: Ports, asker: Asker, action: Action) -> Message:
    """The ways there are, even when one was chosen.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        return await _ways(ports, tx, await find_target(tx, Mention, action.target))


async def choose(ports: Ports, asker: Asker, action: Action) -> Message:
    """Draft a public reply, or a private message to the author.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        wanted = {Strategy.REPLY, Strategy.ASK_WITHDRAWAL} & {action.choice}
        if not wanted:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        is_private = action.choice == Strategy.ASK_WITHDRAWAL
        known = await _known(ports, tx, mention)
        template = WITHDRAWAL if is_private else guess_kind(known, ports.topics).value
        draft = await _reply_to(tx, mention)
        if draft is None:
            draft = await _begin(ports, tx, asker, mention, template)
        elif draft.is_private != is_private or draft.state is DraftState.DECLINED:
            draft = _anew(draft, template, asker)
            await tx.save(draft)
            await refresh(tx, Subject.DRAFT, draft.id)
        # The ways stand nowhere: what is chosen goes under the mention itself.
        await show(tx, [asker.channel], Subject.DRAFT, draft.id, "asked")
        await refresh_mention(tx, mention.id)
    return Message("toast", {"said": "drafted"})


async def silence_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """Why nothing is answered.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    await find_target(tx, Mention, target)
    choices = tuple(Choice(each.value) for each in Silence)
    return Form(FormName.NO_REPLY, target, (Field("why", FieldKind.CHOICE, choices=choices),))


async def keep_silent(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Record that nothing is answered, and why.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    why = Silence(answers["why"])
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, form.target)
        draft = await _reply_to(tx, mention)
        if draft is None:
            draft = await _begin(ports, tx, asker, mention, ReplyKind.GENERAL)
        declined = replies.take(draft, DraftStep.DECLINE, asker.member.id)
        await tx.save(replace(declined, silence=why))
        await note(ports, tx, asker, draft, TriageKind.REPLY_DECLINED, why.value)
        await refresh(tx, Subject.DRAFT, draft.id)
        await refresh_mention(tx, mention.id)
    return Message("toast", {"said": "declined"})


async def kind_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What the reply is about.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    draft = await find_target(tx, Draft, target)
    choices = tuple(Choice(each.value) for each in ReplyKind)
    field = Field("kind", FieldKind.CHOICE, choices=choices, initial=draft.template)
    return Form(FormName.REPLY_KIND, target, (field,))


async def set_kind(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Take the words of another kind of reply.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, form.target)
        await tx.save(_anew(draft, answers["kind"], asker))
        await refresh(tx, Subject.DRAFT, draft.id)
    return Message("toast", {"said": "varied"})


async def _ways(ports: Ports, tx: Transaction, mention: Mention) -> Message:
    known = await _known(ports, tx, mention)
    kind = guess_kind(known, ports.topics)
    ways = advise(known, kind)
    silent = Action(Verb.FILL_FORM, mention.id, FormName.NO_REPLY)
    buttons = [Button("way_no_reply", silent, style=ButtonStyle.PRIMARY)]
    buttons += [
        Button(f"way_{way.strategy.value}", Action(Verb.CHOOSE_WAY, mention.id, way.strategy))
        for way in ways
        if way.strategy is not Strategy.NO_REPLY
    ]
    values = {"mention": mention, "kind": kind, "ways": ways}
    return Message("ways", values, rows=(tuple(buttons),), manner=Manner.REPLY)


async def _known(ports: Ports, tx: Transaction, mention: Mention) -> Known:
    source = await tx.get(Source, mention.source_id)
    names = (mention.outlet, mention.url, source.title if source else "")
    since = mention.published_at
    age_days = (ports.clock.now() - since).days if since else None
    return know(
        ports.topics, " ".join(names), mention.title, mention.text, mention.rating, age_days
    )


def _anew(draft: Draft, template: str, asker: Asker) -> Draft:
    """The draft with the words of a template, which are nobody's."""
    reworded = replies.take(draft, DraftStep.REWORD, asker.member.id)
    return replace(reworded, template=template, words="", worded_by=None)


async def _begin(
    ports: Ports, tx: Transaction, asker: Asker, mention: Mention, template: str
) -> Draft:
    # Replies on one profile should not repeat: each draft starts at the next variant.
    used = await tx.count(Draft, eq("practice_id", mention.practice_id), eq("template", template))
    return await tx.add(
        Draft(
            practice_id=mention.practice_id,
            mention_id=mention.id,
            template=template,
            variant=used,
            created_at=ports.clock.now(),
            created_by=asker.member.id,
        )
    )


async def _reply_to(tx: Transaction, mention: Mention) -> Draft | None:
    found = await tx.find(Draft, eq("mention_id", mention.id))
    return found[0] if found else None
