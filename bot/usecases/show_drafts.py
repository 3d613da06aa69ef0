"""A draft reply on its card: what it says, what the guard says of it, and what may be done."""

from bot.core import urls
from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.mentions import Mention
from bot.core.messages import Button, ButtonStyle, Menu, Message
from bot.core.outbox import Display
from bot.core.people import Member, Practitioner
from bot.core.replies import Draft, DraftState
from bot.core.secrecy import Review, told
from bot.ports import Ports, Transaction, eq, null
from bot.usecases.draft_replies import read
from bot.usecases.find_targets import find_target
from bot.usecases.keep_models import models
from bot.usecases.publish_replies import place_for

Rows = tuple[tuple[Button, ...], ...]


async def draft_card(
    ports: Ports,
    tx: Transaction,
    display: Display,
    mention: Mention,
    person: Practitioner,
) -> Message:
    """The card.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    draft = await find_target(tx, Draft, display.subject_id)
    reply, review = await read(ports, tx, draft)
    home = mention.practice_id
    members = await tx.count(Member, eq("practice_id", home), null("removed_at"))
    place = await place_for(ports, tx, draft)
    rows = _rows(draft, review, is_alone=members == 1)
    if place is not None and draft.state is DraftState.APPROVED:
        rows = (_publishing(draft, review), *rows)
    if urls.is_web(mention.url):
        rows = (*rows, (Button("open_site", url=mention.url),))
    by = draft.published_by or draft.approved_by or draft.reviewed_by
    return Message(
        "draft",
        {
            "draft": draft,
            "mention": mention,
            "person": person,
            "reply": reply,
            "told": told(review),
            "is_blocked": review.is_blocked,
            "by": await tx.get(Member, by) if by else None,
            "can_publish": place is not None,
        },
        rows=rows,
        menu=await _menu(tx, draft, display),
    )


def _publishing(draft: Draft, review: Review) -> tuple[Button, ...]:
    """The button that puts it on its platform, once what will happen was said and confirmed."""
    question = "publish_blocked" if review.is_blocked else "publish_draft"
    action = Action(Verb.PUBLISH_DRAFT, draft.id)
    return (Button("publish_draft", action, style=ButtonStyle.PRIMARY, confirm=question),)


async def reply_line(tx: Transaction, mention: Mention) -> Draft | None:
    """What became of the reply to a mention; nothing while it is being written."""
    found = await tx.find(Draft, eq("mention_id", mention.id))
    told = {DraftState.DECLINED, DraftState.APPROVED, DraftState.PUBLISHED}
    return found[0] if found and found[0].state in told else None


async def _menu(tx: Transaction, draft: Draft, display: Display) -> Menu | None:
    if draft.state is DraftState.PUBLISHED:
        return None
    buttons = [Button("weigh_reply", Action(Verb.WEIGH_REPLY, draft.mention_id))]
    if not draft.is_private and draft.state is not DraftState.DECLINED:
        kind = Action(Verb.FILL_FORM, draft.id, FormName.REPLY_KIND)
        buttons.insert(0, Button("reply_kind", kind))
        if await models(tx, draft.practice_id):
            buttons.insert(0, Button("open_models", Action(Verb.OPEN_MODELS, draft.id)))
    return Menu(
        tuple(buttons),
        Button("more", Action(Verb.UNFOLD_MENU, display.id)),
        Button("less", Action(Verb.FOLD_MENU, display.id)),
        display.is_unfolded,
    )


def _rows(draft: Draft, review: Review, *, is_alone: bool) -> Rows:
    def button(
        label: str, verb: Verb, style: ButtonStyle = ButtonStyle.PLAIN, confirm: str = ""
    ) -> Button:
        return Button(label, Action(verb, draft.id), style=style, confirm=confirm)

    copy = button("copy_draft", Verb.COPY_DRAFT, ButtonStyle.PRIMARY)
    reword = (
        Button("edit_draft", Action(Verb.FILL_FORM, draft.id, FormName.EDIT_DRAFT)),
        button("next_draft", Verb.NEXT_DRAFT),
    )
    if draft.state is DraftState.DECLINED:
        return ()
    if draft.state is DraftState.PUBLISHED:
        return ((copy,),)
    if draft.state is DraftState.APPROVED:
        return ((copy, button("mark_published", Verb.MARK_PUBLISHED)), reword)
    steps: tuple[Button, ...]
    if review.is_blocked:
        steps = (button("approve_anyway", Verb.APPROVE_DRAFT, confirm="approve_draft"),)
    else:
        steps = (button("approve_draft", Verb.APPROVE_DRAFT, ButtonStyle.PRIMARY),)
    if not is_alone and draft.state is DraftState.DRAFT:
        steps = (*steps, button("review_draft", Verb.REVIEW_DRAFT))
    if not review.is_clean:
        mend = button("rewrite_draft", Verb.REWRITE_DRAFT, ButtonStyle.PRIMARY)
        return ((mend, *reword), steps)
    return (steps, reword)
