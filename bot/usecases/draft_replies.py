"""Draft replies: proposed, reworded, read by the guard, approved by a person."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core import replies, text
from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import Field, FieldKind, Form, FormName
from bot.core.mentions import Mention, TriageEvent, TriageKind
from bot.core.messages import Manner, Message, Typed
from bot.core.outbox import Subject
from bot.core.people import Asker, Practice, Practitioner, Role
from bot.core.replies import KEPT, Draft, DraftStep
from bot.core.secrecy import Review, told
from bot.ports import Ports, Transaction
from bot.usecases import mind_secrecy
from bot.usecases.fill_outbox import refresh, refresh_mention
from bot.usecases.find_targets import find_target

LONGEST = 2_000
"""Longer than a reply may be, so that what is too long is told rather than cut."""
_QUOTED = 120
"""Characters of what the author wrote, in a message to them."""
_STEPS: Mapping[Verb, DraftStep] = {
    Verb.REVIEW_DRAFT: DraftStep.REVIEW,
    Verb.APPROVE_DRAFT: DraftStep.APPROVE,
    Verb.MARK_PUBLISHED: DraftStep.PUBLISH,
}
_TOLD: Mapping[DraftStep, TriageKind] = {
    DraftStep.APPROVE: TriageKind.REPLY_APPROVED,
    DraftStep.PUBLISH: TriageKind.REPLY_PUBLISHED,
}


async def vary(ports: Ports, asker: Asker, action: Action) -> Message:
    """Say the reply another way, from the templates.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, action.target)
        varied = replies.take(draft, DraftStep.REWORD, asker.member.id)
        # The template's words are nobody's: whoever asked for the draft answers for it.
        await tx.save(replace(varied, variant=draft.variant + 1, words="", worded_by=None))
        await refresh(tx, Subject.DRAFT, draft.id)
    return Message("toast", {"said": "varied"})


async def rewrite(ports: Ports, asker: Asker, action: Action) -> Message:
    """Say in general whatever the guard flags.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, action.target)
        said, review = await read(ports, tx, draft)
        words = ports.guard.rewritten(said, review)
        reworded = replies.take(draft, DraftStep.REWORD, asker.member.id)
        await tx.save(replace(reworded, words=words))
        await refresh(tx, Subject.DRAFT, draft.id)
    return Message("toast", {"said": "reworded"})


async def edit_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The words of a draft, to change.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    draft = await find_target(tx, Draft, target)
    replies.take(draft, DraftStep.REWORD, asker.member.id)
    said, _ = await read(ports, tx, draft)
    words = Field("words", FieldKind.TEXT, longest=LONGEST, initial=said)
    return Form(FormName.EDIT_DRAFT, target, (words,))


async def edit(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep a person's words; the guard reads them on the card.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED.
    """
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, form.target)
        reworded = replies.take(draft, DraftStep.REWORD, asker.member.id)
        reworded = replace(reworded, words=answers["words"])
        await tx.save(reworded)
        _, review = await read(ports, tx, reworded)
        await refresh(tx, Subject.DRAFT, draft.id)
    if review.is_clean:
        typed = Typed(reworded.words, f"draft-{draft.id}", is_public=True)
        return Message("toast", {"said": "reworded"}, typed=typed)
    # What is flagged is told on the card; what was typed is still in the conversation.
    tells = mind_secrecy.public_patient_data(ports, reworded.words)
    values = {"told": told(review), "reply": reworded.words, "is_blocked": review.is_blocked}
    return Message(
        "toast",
        {"said": "reworded_patient" if tells else "reworded_flagged"},
        in_form=Message("reread", values),
    )


async def take_step(ports: Ports, asker: Asker, action: Action) -> Message:
    """Read, approve, or say that a person published a draft; the mention's journal keeps it.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_PUBLISHED, REPLY_NOT_APPROVED, ALREADY_DONE, and for an
            approval HOLDER_ONLY (a blocking finding) or ANOTHER_APPROVES.
    """
    step = _STEPS[action.verb]
    async with ports.store.write() as tx:
        draft = await find_target(tx, Draft, action.target)
        _, review = await read(ports, tx, draft)
        practice = await tx.get(Practice, draft.practice_id)
        if step is DraftStep.APPROVE:
            _may_approve(asker, draft, review, practice)
        taken = replies.take(draft, step, asker.member.id)
        if step is DraftStep.APPROVE:
            taken = replace(taken, used_at=ports.clock.now())
        await tx.save(taken)
        if step in _TOLD:
            overruled = {each.rule.value: None for each in review.findings}
            await note(ports, tx, asker, draft, _TOLD[step], ", ".join(overruled))
        await refresh(tx, Subject.DRAFT, draft.id)
        await refresh_mention(tx, draft.mention_id)
    return Message("toast", {"said": f"reply_{step.value}"})


async def copy(ports: Ports, asker: Asker, action: Action) -> Message:
    """The bare text of an approved draft, to copy; what is done with it is the person's choice.

    Raises:
        Refusal: BUTTON_EXPIRED, REPLY_NOT_APPROVED.
    """
    async with ports.store.read() as tx:
        draft = await find_target(tx, Draft, action.target)
        if draft.state not in KEPT:
            raise Refusal(RefusalCode.REPLY_NOT_APPROVED)
        said, _ = await read(ports, tx, draft)
    return Message("bare_reply", {"reply": said}, manner=Manner.REPLY)


async def read(ports: Ports, tx: Transaction, draft: Draft) -> tuple[str, Review]:
    """What a draft says, and what the guard says of it."""
    mention = await tx.get(Mention, draft.mention_id)
    person = await tx.get(Practitioner, mention.practitioner_id) if mention else None
    profession = person.profession if person else ""
    values = {
        "practice": await tx.get(Practice, draft.practice_id),
        "person": person,
        "register": replies.register_of(profession).value,
        "site": mention.outlet if mention else "",
        "quote": text.excerpt(mention.text or mention.title, (), _QUOTED)[0] if mention else "",
    }
    said = draft.words or ports.wording.reply(draft.template, draft.variant, values)
    return said, ports.guard.check(said, profession, is_private=draft.is_private)


def may_answer_for(asker: Asker, review: Review) -> None:
    """Only a holder answers for what breaks a rule.

    Raises:
        Refusal: HOLDER_ONLY.
    """
    if review.is_blocked and asker.member.role is not Role.HOLDER:
        raise Refusal(RefusalCode.HOLDER_ONLY)


def _may_approve(asker: Asker, draft: Draft, review: Review, practice: Practice | None) -> None:
    may_answer_for(asker, review)
    if practice and practice.another_approves and draft.author_id == asker.member.id:
        raise Refusal(RefusalCode.ANOTHER_APPROVES)


async def note(
    ports: Ports, tx: Transaction, asker: Asker, draft: Draft, kind: TriageKind, detail: str
) -> None:
    """Keep in the mention's journal what became of its reply."""
    mention = await tx.get(Mention, draft.mention_id)
    if mention is not None:
        now = ports.clock.now()
        event = TriageEvent(mention.id, now, asker.member.id, kind, mention.state, detail)
        await tx.add(event)
