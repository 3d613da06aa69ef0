"""Draft replies: proposed, varied, copied by a person; never published by Vigie."""

from dataclasses import replace

from bot.core.actions import Action
from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Mention
from bot.core.messages import Manner, Message
from bot.core.outbox import Subject
from bot.core.people import Asker, Practice
from bot.core.replies import Draft, DraftState
from bot.ports import Ports, eq
from bot.usecases.fill_outbox import refresh, show

EMPATHETIC = "empathetic"


async def propose(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show a reply to a mention where it was asked; asking again shows the same one.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        mention = await tx.get(Mention, action.target)
        if mention is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        known = await tx.find(Draft, eq("mention_id", mention.id))
        draft = known[0] if known else None
        if draft is None:
            # Replies on one profile should not repeat: each draft starts at the next variant.
            used = await tx.count(Draft, eq("practice_id", mention.practice_id))
            draft = await tx.add(
                Draft(
                    practice_id=mention.practice_id,
                    mention_id=mention.id,
                    template=EMPATHETIC,
                    variant=used,
                    created_at=ports.clock.now(),
                    created_by=asker.member.id,
                )
            )
        await show(tx, [asker.channel], Subject.DRAFT, draft.id, "asked", asker)
    return Message("toast", {"said": "drafted"})


async def vary(ports: Ports, asker: Asker, action: Action) -> Message:
    """Say the reply another way.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        draft = await tx.get(Draft, action.target)
        if draft is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        await tx.save(replace(draft, variant=draft.variant + 1, state=DraftState.PROPOSED))
        await refresh(tx, Subject.DRAFT, draft.id)
    return Message("toast", {"said": "varied"})


async def copy(ports: Ports, asker: Asker, action: Action) -> Message:
    """The bare text of a draft, to copy; what is done with it is the person's choice.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        draft = await tx.get(Draft, action.target)
        practice = await tx.get(Practice, asker.member.practice_id)
        if draft is None or practice is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        await tx.save(replace(draft, state=DraftState.COPIED))
        await refresh(tx, Subject.DRAFT, draft.id)
    reply = ports.wording.reply(draft.template, draft.variant, {"practice": practice})
    return Message("bare_reply", {"reply": reply}, manner=Manner.REPLY)
