"""Triage: what a member decides about a mention, and taking it back."""

from dataclasses import replace

from bot.core import mentions
from bot.core.actions import Action, Verb
from bot.core.digest import Digest, DigestItem
from bot.core.errors import Refusal
from bot.core.mentions import Mention, MentionId, MentionState, TriageEvent, TriageKind
from bot.core.messages import Message
from bot.core.outbox import Subject
from bot.core.people import Asker, Member, Practice
from bot.ports import Ports, Transaction, among, eq
from bot.usecases import teach_people, work_cases
from bot.usecases.fill_outbox import refresh, refresh_mention
from bot.usecases.find_targets import find_target
from bot.usecases.send_digest import show_more, show_more_everywhere

_STATES = {
    Verb.CLASSIFY_LICIT: MentionState.LICIT,
    Verb.CLASSIFY_ILLICIT: MentionState.ILLICIT,
    Verb.CLASSIFY_IGNORED: MentionState.IGNORED,
}


async def classify(ports: Ports, asker: Asker, action: Action) -> Message:
    """Decide what a mention is: the first to decide wins, the next is told who and when.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_DECIDED.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        if (mention.state, mention.decided_by) == (_STATES[action.verb], asker.member.id):
            return Message("toast", {"said": "classified", "state": mention.state})  # tapped twice
        try:
            decided = mentions.classify(mention, _STATES[action.verb], asker.member, now)
        except Refusal as refusal:
            raise await named(tx, mention, refusal) from None
        await tx.save(decided)
        await _note(tx, decided, asker.member, TriageKind.CLASSIFIED, ports)
        if decided.state is MentionState.ILLICIT:
            await work_cases.open_case(ports, tx, decided, asker.member)
        await refresh_mention(tx, decided.id)
    return Message("toast", {"said": "classified", "state": decided.state})


async def recognise(ports: Ports, asker: Asker, action: Action) -> Message:
    """Say that a mention is about the person, or is not, and learn a rule from it.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_DECIDED.
    """
    now = ports.clock.now()
    is_me = action.verb is Verb.IS_ME
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        try:
            if is_me:
                decided = mentions.recognise(mention)
            else:
                decided = mentions.classify(mention, MentionState.NAMESAKE, asker.member, now)
        except Refusal as refusal:
            raise await named(tx, mention, refusal) from None
        await tx.save(decided)
        await _note(tx, decided, asker.member, TriageKind.RECOGNISED, ports)
        lesson = await teach_people.learn(ports, tx, decided, asker.member, is_for=is_me)
        await refresh_mention(tx, decided.id)
    return Message("toast", {"said": "is_me" if is_me else "is_not_me", "lesson": lesson})


async def undo(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a decision back.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_UNDONE, CASE_HAS_STEPS.
    """
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, action.target)
        undone = mentions.undo(mention)
        if mention.state is MentionState.ILLICIT:
            await work_cases.withdraw_case(ports, tx, mention, asker.member)
        await teach_people.unlearn_from(tx, mention)
        await tx.save(undone)
        await _note(tx, undone, asker.member, TriageKind.UNDONE, ports)
        await refresh_mention(tx, undone.id)
    return Message("toast", {"said": "undone", "state": mention.state})


async def hold_licit(ports: Ports, asker: Asker, identifier: MentionId) -> Message:
    """Take an illicit decision back and decide licit, at once.

    Raises:
        Refusal: BUTTON_EXPIRED, ALREADY_UNDONE, CASE_HAS_STEPS.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        mention = await find_target(tx, Mention, identifier)
        undone = mentions.undo(mention)
        await work_cases.withdraw_case(ports, tx, mention, asker.member)
        await _note(tx, undone, asker.member, TriageKind.UNDONE, ports)
        decided = mentions.classify(undone, MentionState.LICIT, asker.member, now)
        await tx.save(decided)
        await _note(tx, decided, asker.member, TriageKind.CLASSIFIED, ports)
        await refresh_mention(tx, decided.id)
    return Message("toast", {"said": "classified", "state": decided.state})


async def show_rest(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show the next mentions of a digest where it was asked.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        made = await find_target(tx, Digest, action.target)
        count = await show_more(tx, made, asker.channel)
        await refresh(tx, Subject.REST, made.id)
    return Message("toast", {"said": "more" if count else "no_more", "count": count})


async def review_backlog(ports: Ports, asker: Asker, action: Action) -> Message:
    """Bring the older mentions of a new source into the triage, or set them all aside.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        made = await find_target(tx, Digest, action.target)
        old = await tx.find(
            Mention,
            eq("practice_id", made.practice_id),
            eq("state", MentionState.BACKLOG),
            order="-published_at",
        )
        place = await tx.count(DigestItem, eq("digest_id", made.id))
        for mention in old:
            if action.verb is Verb.DISMISS_BACKLOG:
                decided = mentions.classify(mention, MentionState.IGNORED, asker.member, now)
                await tx.save(decided)
                await _note(tx, decided, asker.member, TriageKind.CLASSIFIED, ports)
                continue
            reviewed = mentions.review(mention)
            await tx.save(reviewed)
            await _note(tx, reviewed, asker.member, TriageKind.REVIEWED, ports)
            if await tx.add_new(DigestItem(made.id, mention.id, place)) is not None:
                place += 1
        if action.verb is Verb.REVIEW_BACKLOG:
            await show_more_everywhere(tx, made)
        await refresh(tx, Subject.DIGEST, made.id)
    said = "dismissed" if action.verb is Verb.DISMISS_BACKLOG else "reviewed"
    return Message("toast", {"said": said, "count": len(old)})


async def review_doubtful(ports: Ports, asker: Asker, action: Action) -> Message:
    """Show the possible namesakes of a digest wherever it stands, or set them all aside.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        made = await find_target(tx, Digest, action.target)
        items = await tx.find(DigestItem, eq("digest_id", made.id), eq("is_folded", True))
        found = await tx.find(Mention, among("id", [item.mention_id for item in items]))
        waiting = [mention for mention in found if mentions.is_open(mention)]
        if action.verb is Verb.DISMISS_DOUBTFUL:
            for mention in waiting:
                now = ports.clock.now()
                decided = mentions.classify(mention, MentionState.IGNORED, asker.member, now)
                await tx.save(decided)
                await _note(tx, decided, asker.member, TriageKind.CLASSIFIED, ports)
        else:
            await tx.save_all([replace(item, is_folded=False) for item in items])
            await show_more_everywhere(tx, made)
        await refresh(tx, Subject.DIGEST, made.id)
    said = "dismissed" if action.verb is Verb.DISMISS_DOUBTFUL else "reviewed"
    return Message("toast", {"said": said, "count": len(waiting)})


async def named(tx: Transaction, mention: Mention, refusal: Refusal) -> Refusal:
    """The refusal with the name of who was faster, and when on the practice's wall."""
    decider = await tx.get(Member, mention.decided_by) if mention.decided_by else None
    practice = await tx.get(Practice, mention.practice_id)
    facts = dict(refusal.facts)
    facts["by"] = decider.name if decider else ""
    facts["timezone"] = practice.timezone if practice else ""
    return Refusal(refusal.code, **facts)


async def _note(
    tx: Transaction, mention: Mention, member: Member, kind: TriageKind, ports: Ports
) -> None:
    await tx.add(TriageEvent(mention.id, ports.clock.now(), member.id, kind, mention.state))
