"""The home page: what waits in somebody's practices, where a chat gives each person one.

A home page is a display like any other: one for each of their practices, so that a change in one
of them asks for it, and each shows the whole page.
"""

from datetime import timedelta

from bot.core import digest
from bot.core.actions import Action, Command, Verb
from bot.core.cases import Case
from bot.core.forms import FormName
from bot.core.mentions import Mention, MentionState, Source
from bot.core.messages import Button, ButtonStyle, Message
from bot.core.names import Zone
from bot.core.outbox import Display, Subject, wanted_again
from bot.core.people import (
    Account,
    Actor,
    Channel,
    Member,
    Platform,
    Practice,
    Practitioner,
    Right,
    may,
)
from bot.ports import Ports, Transaction, among, eq, gt
from bot.usecases import onboard, show_deadlines, show_subjects
from bot.usecases.show_digests import SourceLine

PRACTICES = 3
"""Practices one page shows; a page has a hundred blocks, a practice at most thirty."""
_CARDS = 5
"""Publications waiting, on the whole page; the next come as these are classed."""
_LOOKED_AT = 100
"""Publications waiting among which the first are chosen: a page is drawn often."""
_DONE = 3
_DONE_WITHIN = timedelta(days=1)
_DEADLINES = 5
_DEADLINES_WITHIN = 7
"""Days."""
_TROUBLES = 3
_TITLE_CHARACTERS = 120
_EXCERPT_CHARACTERS = 220


def outsider(account: str) -> Message:
    """The page of somebody who is in no practice: what this is, and how to come in."""
    return Message("home_outsider", page_of=account)


async def settle_in(tx: Transaction, actor: Actor, members: list[Member]) -> list[Channel]:
    """The private conversation of a member with each practice; opened quietly where it was not."""
    found = []
    for member in members:
        practice = member.practice_id
        known = await tx.find(
            Channel,
            eq("platform", actor.platform),
            eq("address", actor.address),
            eq("practice_id", practice),
        )
        new = Channel(
            practice_id=practice,
            platform=actor.platform,
            address=actor.address,
            is_private=True,
            member_id=member.id,
            is_quiet=True,
        )
        found.append(known[0] if known else await tx.add(new))
    return found


async def open_home(tx: Transaction, actor: Actor, members: list[Member]) -> None:
    """Have a member's page shown at once: they are looking at it."""
    for channel in await settle_in(tx, actor, members):
        practice, account = channel.practice_id, actor.external_id
        new = Display(practice, channel.id, Subject.HOME, practice, account)
        if await tx.add_new(new) is None:
            same = (eq("subject", Subject.HOME), eq("subject_id", practice))
            for display in await tx.find(Display, eq("channel_id", channel.id), *same):
                await tx.save(wanted_again(display))


async def page(ports: Ports, tx: Transaction, display: Display) -> Message | None:
    """Somebody's home page as things stand now."""
    channel = await tx.get(Channel, display.channel_id)
    if channel is None:
        return None
    members = await _members(tx, channel.platform, display.occasion)
    if not members:
        return outsider(display.occasion)
    parts: list[Message] = []
    for member in members[:PRACTICES]:
        parts += await _practice(ports, tx, member, share=min(len(members), PRACTICES))
    others = len(members) - PRACTICES
    values = {"others": max(0, others)}
    return Message("home_top", values, parts=tuple(parts), page_of=display.occasion)


async def _members(tx: Transaction, platform: Platform, account: str) -> list[Member]:
    accounts = await tx.find(Account, eq("platform", platform), eq("external_id", account))
    members = await tx.find(Member, among("id", [each.member_id for each in accounts]))
    return [member for member in members if member.removed_at is None]


async def _practice(ports: Ports, tx: Transaction, member: Member, share: int) -> list[Message]:
    """One practice's part of the page, ``share`` practices sharing it."""
    practice = await tx.get(Practice, member.practice_id)
    if practice is None:
        raise LookupError(f"member {member.id} lost their practice")
    people = await tx.find(Practitioner, eq("practice_id", practice.id))
    still = [person for person in people if not person.is_removed]
    return [
        *await _waiting(tx, member, practice, people, max(1, _CARDS // share)),
        *await _first_steps(tx, member, still),
        *await _done(ports, tx, member, practice, max(1, _DONE // share)),
        await _deadlines(ports, tx, practice),
        await _sources(ports, tx, member, practice),
        _settings(member, practice, still),
    ]


async def _first_steps(
    tx: Transaction, member: Member, watched: list[Practitioner]
) -> list[Message]:
    """While nobody is watched: what is done here, an example to try, and where to begin."""
    if watched:
        return []
    values = {"may_set_up": may(member.role, Right.MANAGE_PEOPLE)}
    return [Message("home_first", values, rows=await onboard.first_steps(tx, member))]


async def _waiting(
    tx: Transaction,
    member: Member,
    practice: Practice,
    people: list[Practitioner],
    most: int,
) -> list[Message]:
    """What waits for a decision: how much, and the first ones with their buttons."""
    mine, new = eq("practice_id", practice.id), eq("state", MentionState.NEW)
    newest = await tx.find(Mention, mine, new, order="-seen_at", limit=_LOOKED_AT)
    urgent = await tx.find(Mention, mine, new, eq("is_urgent", True), limit=most)
    first = digest.order({each.id: each for each in (*newest, *urgent)}.values())[:most]
    cards = [_card(mention, member, practice, people) for mention in first]
    waiting = await tx.count(Mention, mine, new)
    values = {"practice": practice, "waiting": waiting, "shown": len(cards)}
    return [Message("home_practice", values), *cards]


def _card(
    mention: Mention, member: Member, practice: Practice, people: list[Practitioner]
) -> Message:
    names = {person.id: person for person in people}
    values = {
        "mention": mention,
        "person": names[mention.practitioner_id],
        "practice": practice,
        "title": show_subjects.cut(mention.title, mention.title_spans, _TITLE_CHARACTERS),
        "excerpt": show_subjects.cut(mention.text, mention.text_spans, _EXCERPT_CHARACTERS),
    }
    see = Button("look", Action(Verb.LOOK, mention.id))
    if not may(member.role, Right.TRIAGE):
        return Message("home_mention", values, rows=((see,),))
    decide = [
        Button("classify_licit", Action(Verb.CLASSIFY_LICIT, mention.id), None, _PRIMARY),
        Button("classify_illicit", Action(Verb.CLASSIFY_ILLICIT, mention.id), None, _DANGER),
        Button("classify_ignored", Action(Verb.CLASSIFY_IGNORED, mention.id)),
    ]
    if mention.zone is not Zone.SURE:
        decide.append(Button("is_not_me", Action(Verb.IS_NOT_ME, mention.id)))
    return Message("home_mention", values, rows=((*decide, see),))


_PRIMARY, _DANGER = ButtonStyle.PRIMARY, ButtonStyle.DANGER


async def _done(
    ports: Ports, tx: Transaction, member: Member, practice: Practice, most: int
) -> list[Message]:
    """The last decisions, each to be taken back: that is why none is asked again before."""
    since = ports.clock.now() - _DONE_WITHIN
    found = await tx.find(
        Mention,
        eq("practice_id", practice.id),
        gt("decided_at", since),
        order="-decided_at",
        limit=most,
    )
    deciders = await tx.find(Member, among("id", {each.decided_by for each in found}))
    names = {each.id: each.name for each in deciders}
    cases = await tx.find(Case, among("mention_id", [mention.id for mention in found]))
    parts = []
    for place, mention in enumerate(found):
        values = {
            "mention": mention,
            "decider": names.get(mention.decided_by) if mention.decided_by else None,
            "practice": practice,
            "is_first": not place,
        }
        opened = next((case.id for case in cases if case.mention_id == mention.id), 0)
        buttons = _done_buttons(mention, member, opened)
        parts.append(Message("home_done", values, rows=(buttons,) if buttons else ()))
    return parts


def _done_buttons(mention: Mention, member: Member, case: int) -> tuple[Button, ...]:
    """What may follow a decision, for who looks."""
    buttons = []
    if mention.state is MentionState.ILLICIT and case:
        buttons.append(Button("open_case", Action(Verb.OPEN_CASE, case)))
    if mention.state is MentionState.LICIT and may(member.role, Right.REPLY):
        buttons.append(Button("draft_reply", Action(Verb.DRAFT_REPLY, mention.id)))
    if may(member.role, Right.TRIAGE):
        buttons.append(Button("undo", Action(Verb.UNDO, mention.id)))
    return tuple(buttons)


async def _deadlines(ports: Ports, tx: Transaction, practice: Practice) -> Message:
    """The dates of the next seven days, and those that are past."""
    today = digest.local_day(practice, ports.clock.now())
    stored = await show_deadlines.list_open(tx, [practice.id])
    until = today + timedelta(days=_DEADLINES_WITHIN)
    near = [each for each in stored if each.bites_on <= until]
    shown = near[:_DEADLINES]
    buttons = [
        Button("open_case", Action(Verb.OPEN_CASE, case), detail=str(case))
        for case in dict.fromkeys(each.case_id for each in shown)
    ]
    if len(stored) > len(shown):
        every = Action(Verb.SHOW_SCREEN, practice.id, "deadlines-1")
        buttons.append(Button("see_deadlines", every))
    values = {
        "deadlines": [show_deadlines.dated_rule(ports, each, today) for each in shown],
        "hidden": len(near) - len(shown),
        "later": len(stored) - len(near),
        "within": _DEADLINES_WITHIN,
    }
    return Message("home_deadlines", values, rows=(tuple(buttons),) if buttons else ())


async def _sources(ports: Ports, tx: Transaction, member: Member, practice: Practice) -> Message:
    """How many sources are well, and which are not."""
    mine, kept = eq("practice_id", practice.id), eq("is_removed", False)
    sources = await tx.find(Source, mine, kept)
    lines = [SourceLine.of(source, ports.clock.now()) for source in sources]
    troubled = [line for line in lines if not line.is_well]
    buttons = []
    if sources:
        every = Action(Verb.SHOW_SCREEN, practice.id, "sources-1")
        buttons.append(Button("see_sources", every))
    if may(member.role, Right.MANAGE_SOURCES):
        form = Action(Verb.FILL_FORM, practice.id, FormName.SOURCE)
        buttons.append(Button("add_source", form))
    values = {
        "practice": practice,
        "total": len(sources),
        "troubled": troubled[:_TROUBLES],
        "failing": len(troubled),
    }
    return Message("home_sources", values, rows=(tuple(buttons),) if buttons else ())


def _settings(member: Member, practice: Practice, people: list[Practitioner]) -> Message:
    """When the digest comes, for whom, and what else can be asked."""
    buttons = (
        Button("find", Action(Verb.FILL_FORM, practice.id, FormName.SEARCH)),
        Button("menu_dossiers", Action(Verb.RUN_COMMAND, practice.id, Command.CASES)),
        Button("menu_reglages", Action(Verb.RUN_COMMAND, practice.id, Command.SETTINGS)),
        Button("menu_aide", Action(Verb.RUN_COMMAND, practice.id, Command.HELP)),
    )
    values = {"practice": practice, "people": people, "member": member}
    return Message("home_settings", values, rows=(buttons,))
