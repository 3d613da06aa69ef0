"""Asking for things to be seen: rows of the outbox, written with what caused them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core import outbox
from bot.core.actions import Action, Verb
from bot.core.digest import DigestItem
from bot.core.errors import ChannelProblem, Refusal, RefusalCode
from bot.core.mentions import Recall
from bot.core.messages import Message
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Channel, Platform, Practice, PracticeId
from bot.ports import Ports, Transaction, among, eq, ne


async def live_channels(tx: Transaction, practice: PracticeId) -> list[Channel]:
    """Where the practice can be spoken to."""
    return await tx.find(Channel, eq("practice_id", practice), eq("problem", ""))


async def home_of(tx: Transaction, channel: Channel) -> str:
    """The name of a channel's practice, where another is spoken to in the same place."""
    sharing = await tx.count(
        Channel, eq("platform", channel.platform), eq("address", channel.address)
    )
    practice = await tx.get(Practice, channel.practice_id) if sharing > 1 else None
    return practice.name if practice else ""


async def show(
    tx: Transaction,
    channels: Iterable[Channel],
    subject: Subject,
    identifier: int,
    occasion: str,
) -> None:
    """Have a subject shown in each of ``channels``; asking twice shows it once."""
    for channel in channels:
        await tx.add_new(
            Display(
                practice_id=channel.practice_id,
                channel_id=channel.id,
                subject=subject,
                subject_id=identifier,
                occasion=occasion,
            )
        )


async def refresh(tx: Transaction, subject: Subject, *identifiers: int) -> None:
    """Have every copy of a subject, on every chat, show how things stand now."""
    found = await tx.find(Display, eq("subject", subject), among("subject_id", identifiers))
    for display in found:
        if display.is_due or display.shown:
            await tx.save(outbox.wanted_again(display))


async def refresh_mention(tx: Transaction, *identifiers: int) -> None:
    """Every copy of a mention's card, and the progress of the digests that brought it."""
    await refresh(tx, Subject.MENTION, *identifiers)
    recalls = await tx.find(Recall, among("mention_id", identifiers))
    await refresh(tx, Subject.RECALL, *[recall.id for recall in recalls])
    items = await tx.find(DigestItem, among("mention_id", identifiers))
    await refresh(tx, Subject.DIGEST, *{item.digest_id for item in items})


async def fold_menu(ports: Ports, asker: Asker, action: Action) -> Message:
    """Unfold the menu of one message, in this one place, or fold it again.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        display = await tx.get(Display, action.target)
        if display is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        is_unfolded = action.verb is Verb.UNFOLD_MENU
        await tx.save(outbox.wanted_again(display, is_unfolded=is_unfolded))
    return Message("toast", {"said": "nothing"})


async def park(tx: Transaction, channel: Channel, problem: str, now: datetime) -> None:
    """Stop writing to a channel that takes nothing; what it should show is kept."""
    fresh = await tx.get(Channel, channel.id)
    if fresh is None or fresh.address != channel.address:
        return  # it moved meanwhile: what was refused is the old address
    await tx.save(replace(fresh, problem=problem, problem_at=now))
    for display in await tx.find(Display, eq("channel_id", channel.id), eq("is_due", True)):
        await tx.save(outbox.parked(display, problem))


async def revive(tx: Transaction, channel: Channel) -> None:
    """Write to a channel again: somebody spoke there."""
    fresh = await tx.get(Channel, channel.id)
    if fresh is None:
        return
    await tx.save(replace(fresh, problem="", problem_at=None))
    for display in await tx.find(Display, eq("channel_id", channel.id), ne("problem", "")):
        await tx.save(outbox.unparked(display))


async def move(tx: Transaction, platform: Platform, old: str, new: str) -> None:
    """Follow a place to its new address, for every practice spoken to there."""
    for channel in await tx.find(Channel, eq("platform", platform), eq("address", old)):
        known = await tx.count(
            Channel,
            eq("platform", platform),
            eq("address", new),
            eq("practice_id", channel.practice_id),
        )
        if known:  # linked anew already: the old address only has to fall silent
            await tx.save(replace(channel, problem=ChannelProblem.CHAT_GONE))
            continue
        await tx.save(replace(channel, address=new))
        # Messages are numbered anew there: the old numbers would edit somebody else's.
        for display in await tx.find(Display, eq("channel_id", channel.id)):
            await tx.save(replace(display, message="", sending_at=None, sending_mark=""))


async def revive_place(
    tx: Transaction, platform: Platform, address: str, practices: Iterable[PracticeId]
) -> None:
    """Wake every channel of a place, for each of the practices of who spoke there."""
    for channel in await tx.find(
        Channel, eq("platform", platform), eq("address", address), ne("problem", "")
    ):
        if channel.practice_id in set(practices):
            await revive(tx, channel)


async def note_answer(tx: Transaction, platform: Platform, address: str, reference: str) -> None:
    """Keep the reference of an answer given at once, so that it is never taken for a card."""
    for channel in await tx.find(Channel, eq("platform", platform), eq("address", address)):
        await tx.add_new(
            Display(
                practice_id=channel.practice_id,
                channel_id=channel.id,
                subject=Subject.ANSWER,
                subject_id=0,
                occasion=f"answer:{reference}",
                shown=1,
                is_due=False,
                message=reference,
            )
        )
