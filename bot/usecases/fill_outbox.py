"""Asking for things to be seen: rows of the outbox, written with what caused them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.core import outbox
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseDeadline, Reminder
from bot.core.digest import Digest, DigestItem
from bot.core.errors import ChannelProblem
from bot.core.letterheads import Letter
from bot.core.mentions import Mention, Recall
from bot.core.messages import Message
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Channel, Platform, Practice, PracticeId
from bot.core.remedies import Remedy
from bot.core.replies import Draft
from bot.ports import Ports, Transaction, among, eq, has, ne
from bot.usecases.find_targets import find_target

_Shown = Digest | Mention | Draft | Case | Remedy | Letter | Reminder | Recall
_KINDS: Mapping[Subject, type[_Shown]] = {
    Subject.DIGEST: Digest,
    Subject.REST: Digest,
    Subject.MENTION: Mention,
    Subject.DRAFT: Draft,
    Subject.CASE: Case,
    Subject.REMEDY: Remedy,
    Subject.LETTER: Letter,
    Subject.REMINDER: Reminder,
    Subject.RECALL: Recall,
}
"""What each subject is stored as; each says whose practice it is."""
_ABOUT_A_MENTION: Mapping[Subject, type[Case | Draft | Recall]] = {
    Subject.CASE: Case,
    Subject.DRAFT: Draft,
    Subject.RECALL: Recall,
}


async def live_channels(tx: Transaction, practice: PracticeId) -> list[Channel]:
    """Where the practice can be spoken to, and wants to be."""
    return await tx.find(
        Channel, eq("practice_id", practice), eq("problem", ""), eq("is_quiet", False)
    )


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
    asker: Asker | None = None,
) -> None:
    """Have a subject shown in each of ``channels``; asking twice shows it once.

    In a place with threads it stands in its mention's; what somebody asked for (``asker``) in that
    of the message they asked under.
    """
    practices = set()
    for channel in channels:
        practices.add(channel.practice_id)
        new = Display(
            practice_id=channel.practice_id,
            channel_id=channel.id,
            subject=subject,
            subject_id=identifier,
            occasion=occasion,
        )
        if not channel.is_private:
            new = replace(new, parent=await _parent(tx, new, asker))
        await tx.add_new(new)
    await refresh_homes(tx, *practices)


async def show_asked(tx: Transaction, asker: Asker, subject: Subject, identifier: int) -> None:
    """Have a subject shown where somebody asks for it, however often they do."""
    shown = await tx.count(Display, eq("subject", subject), eq("subject_id", identifier))
    await show(tx, [asker.channel], subject, identifier, f"asked:{shown}", asker)


async def _parent(tx: Transaction, new: Display, asker: Asker | None) -> int:
    """In whose thread a new display stands."""
    there = eq("channel_id", new.channel_id)
    if asker is not None:
        pressed = has("message", asker.message)
        above = await tx.find(Display, there, pressed, limit=1) if asker.message else []
    elif new.subject is Subject.MENTION:  # a digest's card has the occasion of its header
        same = eq("occasion", new.occasion)
        above = await tx.find(Display, there, eq("subject", Subject.DIGEST), same)
    elif new.subject is Subject.REST:
        same = eq("subject_id", new.subject_id)
        above = await tx.find(Display, there, eq("subject", Subject.DIGEST), same)
    else:
        card = eq("subject_id", await mention_of(tx, new))
        above = await tx.find(
            Display, there, eq("subject", Subject.MENTION), card, order="-id", limit=1
        )
    return (above[0].parent or above[0].id) if above else 0


async def mention_of(tx: Transaction, display: Display) -> int:
    """The id of the mention something of a practice is about; 0 for what is about none."""
    found: object = display
    if display.subject is Subject.REMINDER:
        reminder = await tx.get(Reminder, display.subject_id)
        found = await tx.get(CaseDeadline, reminder.deadline_id) if reminder else None
    elif display.subject is Subject.REMEDY:
        found = await tx.get(Remedy, display.subject_id)
    elif display.subject is Subject.LETTER:
        found = await tx.get(Letter, display.subject_id)
    if isinstance(found, CaseDeadline | Remedy | Letter):
        found = await tx.get(Case, found.case_id)
    elif display.subject in _ABOUT_A_MENTION:
        found = await tx.get(_ABOUT_A_MENTION[display.subject], display.subject_id)
    return found.mention_id if isinstance(found, Case | Draft | Recall) else 0


async def refresh(tx: Transaction, subject: Subject, *identifiers: int) -> None:
    """Have every copy of a subject, on every chat, show how things stand now.

    The letter of a remedy says where it stands too.
    """
    if subject is Subject.REMEDY:
        written = await tx.find(Letter, among("remedy_id", identifiers))
        await refresh(tx, Subject.LETTER, *(letter.id for letter in written))
    found = await tx.find(Display, eq("subject", subject), among("subject_id", identifiers))
    for display in found:
        if display.is_due or display.shown:
            await tx.save(outbox.wanted_again(display))
    changed = await tx.find(_KINDS[subject], among("id", identifiers))
    await refresh_homes(tx, *{each.practice_id for each in changed})


async def refresh_homes(tx: Transaction, *practices: int) -> None:
    """Have the home pages of these practices' members show how things stand now, in good time.

    ``show`` and ``refresh`` do it; whatever else changes what a home page says calls this.
    """
    homes = await tx.find(Display, eq("subject", Subject.HOME), among("subject_id", practices))
    for display in homes:
        await tx.save(outbox.wanted_in_time(display))


async def refresh_mention(tx: Transaction, *identifiers: int) -> None:
    """Every copy of a mention's card, and the progress of the digests that brought it."""
    await refresh(tx, Subject.MENTION, *identifiers)
    recalls = await tx.find(Recall, among("mention_id", identifiers))
    await refresh(tx, Subject.RECALL, *[recall.id for recall in recalls])
    items = await tx.find(DigestItem, among("mention_id", identifiers))
    digests = {item.digest_id for item in items}
    await refresh(tx, Subject.DIGEST, *digests)
    await _refresh_rests(tx, digests, identifiers)


async def _refresh_rests(
    tx: Transaction, digests: Iterable[int], mentions: tuple[int, ...]
) -> None:
    """What digests still have to show, in the places where it held one of these mentions."""
    rests = await tx.find(Display, eq("subject", Subject.REST), among("subject_id", digests))
    for rest in rests:
        there = await tx.count(
            Display,
            eq("channel_id", rest.channel_id),
            eq("subject", Subject.MENTION),
            among("subject_id", mentions),
            eq("occasion", rest.occasion.rpartition(":")[0]),
        )
        if there < len(mentions) and (rest.is_due or rest.shown):
            await tx.save(outbox.wanted_again(rest))


async def fold_menu(ports: Ports, asker: Asker, action: Action) -> Message:
    """Unfold the menu of one message, in this one place, or fold it again.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        display = await find_target(tx, Display, action.target)
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
