"""The team of a practice: who is in, as what, who was invited; and how somebody leaves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.core import mentions
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseEvent, Step
from bot.core.errors import ChannelProblem, Refusal, RefusalCode
from bot.core.forms import Choice, Conversation, Field, FieldKind, Form, FormName
from bot.core.mentions import Mention, Recall, TriageEvent, TriageKind
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.outbox import Subject
from bot.core.people import (
    Account,
    Asker,
    Channel,
    Invitation,
    Member,
    Platform,
    Practice,
    Right,
    Role,
    may,
)
from bot.ports import Ports, Transaction, eq, gt, null
from bot.usecases import set_up
from bot.usecases.fill_outbox import park, refresh, refresh_homes, refresh_mention
from bot.usecases.find_targets import find_target
from bot.usecases.list_subjects import page_of, pager
from bot.usecases.subscribe_calendars import revoke_all

ON_A_PAGE = 6
_LONGEST_NAME = 60


async def team(ports: Ports, asker: Asker, argument: str) -> Message:
    """The members, and who was invited."""
    return await draw(ports, asker, 1)


async def draw(ports: Ports, asker: Asker, page: int) -> Message:
    """One page of the team."""
    home = asker.member.practice_id
    now = ports.clock.now()
    async with ports.store.read() as tx:
        practice = await tx.get(Practice, home)
        members = await _members(tx, home)
        accounts = await tx.find(Account, eq("practice_id", home))
        invitations = await tx.find(
            Invitation, eq("practice_id", home), null("used_at"), gt("expires_at", now)
        )
    shown, page, pages = page_of(members, page, ON_A_PAGE)
    first = (page - 1) * ON_A_PAGE
    manages = may(asker.member.role, Right.MANAGE_TEAM)
    rows: list[tuple[Button, ...]] = []
    if manages:
        rows.append(
            tuple(
                Button("", Action(Verb.OPEN_MEMBER, member.id), detail=str(first + place))
                for place, member in enumerate(shown, 1)
            )
        )
    rows.append(pager("team", home, page, pages))
    if manages:
        rows += [
            (Button("revoke", Action(Verb.REVOKE_INVITATION, each.id), detail=each.name),)
            for each in invitations[:ON_A_PAGE]
        ]
        rows.append((Button("invite", Action(Verb.FILL_FORM, home, FormName.INVITE)),))
    values = {
        "practice": practice,
        "members": shown,
        "first": first + 1,
        "total": len(members),
        "page": page,
        "pages": pages,
        "platforms": _platforms(accounts),
        "invitations": invitations if manages else [],
    }
    return Message("team", values, rows=tuple(row for row in rows if row), manner=Manner.REPLACE)


async def show_member(ports: Ports, asker: Asker, action: Action) -> Message:
    """One member, and what can be done.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        member = await _member(tx, action.target)
    return await _card(ports, member)


async def invite_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """As what, and for whom.

    Raises:
        Refusal: IN_PRIVATE_ONLY.
    """
    _refuse_before_others(asker)
    fields = (
        Field("role", FieldKind.CHOICE, choices=_roles()),
        Field("name", is_optional=True, longest=_LONGEST_NAME),
    )
    return Form(FormName.INVITE, target, fields)


async def invite(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """A single-use code, shown to who asked; where others read, it is not shown at all.

    Raises:
        Refusal: BUTTON_EXPIRED, IN_PRIVATE_ONLY.
    """
    _refuse_before_others(asker)
    role, name, now = Role(answers["role"]), answers["name"], ports.clock.now()
    async with ports.store.write() as tx:
        practice = await find_target(tx, Practice, form.target)
        code = await set_up.let_in(tx, practice.id, role, now, name=name, by=asker.member.id)
    telegram = ports.chats.get(Platform.TELEGRAM)
    values = {
        "code": code,
        "role": role,
        "name": name,
        "practice": practice,
        "days": set_up.INVITED_FOR.days,
        "link": telegram.entry(code) if telegram else "",
        "platforms": set(ports.chats),
    }
    return Message("invited", values, manner=Manner.REPLY)


async def revoke(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take an invitation back: its code lets nobody in any more.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.write() as tx:
        invitation = await find_target(tx, Invitation, action.target)
        if invitation.used_at is None:
            await tx.save(replace(invitation, expires_at=ports.clock.now()))
    return await draw(ports, asker, 1)


async def role_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What a member is from now on.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    member = await _member(tx, target)
    field = Field("role", FieldKind.CHOICE, choices=_roles(), initial=member.role.value)
    return Form(FormName.ROLE, target, (field,), facts={"name": member.name})


async def change_role(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]
) -> Message:
    """Change what a member is.

    Raises:
        Refusal: BUTTON_EXPIRED, LAST_HOLDER.
    """
    role = Role(answers["role"])
    async with ports.store.write() as tx:
        member = await _member(tx, form.target)
        if role is not Role.HOLDER:
            await _refuse_last_holder(tx, member)
        changed = replace(member, role=role)
        await tx.save(changed)
        if not may(role, Right.TRIAGE):
            await _free(tx, changed, asker.member, ports.clock.now())
    return await _card(ports, changed)


async def remove(ports: Ports, asker: Asker, action: Action) -> Message:
    """Put a member out: at once, nothing answers them any more.

    Raises:
        Refusal: BUTTON_EXPIRED, LAST_HOLDER.
    """
    async with ports.store.write() as tx:
        member = await _member(tx, action.target)
        await _part(tx, member, asker.member, ports.clock.now())
    return await draw(ports, asker, 1)


async def ask_to_leave(ports: Ports, asker: Asker, argument: str) -> Message:
    """Ask somebody who wants to leave whether they do.

    Raises:
        Refusal: LAST_HOLDER.
    """
    async with ports.store.read() as tx:
        await _refuse_last_holder(tx, asker.member)
        practice = await tx.get(Practice, asker.member.practice_id)
    yes = Button("leave", Action(Verb.LEAVE, asker.member.id), style=ButtonStyle.DANGER)
    no = Button("back", Action(Verb.NEVER_MIND, asker.member.practice_id))
    return Message("leave", {"practice": practice}, rows=((yes, no),))


async def leave(ports: Ports, asker: Asker, action: Action) -> Message:
    """Somebody leaves by themselves; nobody else can make them.

    Raises:
        Refusal: BUTTON_EXPIRED, LAST_HOLDER.
    """
    if action.target != asker.member.id:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    async with ports.store.write() as tx:
        member = await _member(tx, action.target)
        await _part(tx, member, member, ports.clock.now())
    return Message("left", manner=Manner.REPLACE)


def _refuse_before_others(asker: Asker) -> None:
    """A code is for one person; Slack alone answers in a channel to who asked only."""
    if asker.channel.platform is Platform.TELEGRAM and not asker.channel.is_private:
        raise Refusal(RefusalCode.IN_PRIVATE_ONLY)


async def _part(tx: Transaction, member: Member, by: Member, now: datetime) -> None:
    """A member's place is given back: their conversation, their charges, their questions."""
    await _refuse_last_holder(tx, member)
    await tx.save(replace(member, removed_at=now))
    for channel in await tx.find(Channel, eq("member_id", member.id)):
        await park(tx, channel, ChannelProblem.LEFT, now)
    await refresh_homes(tx, member.practice_id)  # after: theirs must not keep what it says
    for talk in await tx.find(Conversation, eq("member_id", member.id)):
        await tx.remove(talk)
    await revoke_all(tx, member.id, now)
    # Whom they invited and who did not come yet: they may have invited themselves.
    for each in await tx.find(Invitation, eq("invited_by", member.id), gt("expires_at", now)):
        await tx.save(replace(each, expires_at=now))
    await _free(tx, member, by, now)


async def _free(tx: Transaction, member: Member, by: Member, now: datetime) -> None:
    """Nothing is in their charge any more, and the history of each mention says so."""
    for mention in await tx.find(Mention, eq("assignee_id", member.id)):
        await tx.save(mentions.assign(mention, None))
        await tx.add(TriageEvent(mention.id, now, by.id, TriageKind.ASSIGNED, mention.state))
        await refresh_mention(tx, mention.id)
    for case in await tx.find(Case, eq("assignee_id", member.id)):
        await tx.save(replace(case, assignee_id=None))
        await tx.add(CaseEvent(case.id, now, by.id, Step.ASSIGN))
        await refresh(tx, Subject.CASE, case.id)
    for recall in await tx.find(Recall, eq("member_id", member.id), eq("is_done", False)):
        await tx.save(replace(recall, is_done=True))


async def _refuse_last_holder(tx: Transaction, member: Member) -> None:
    """A practice keeps somebody who may do everything."""
    holders = [each for each in await _members(tx, member.practice_id) if _is_holder(each)]
    if _is_holder(member) and len(holders) < 2:  # noqa: PLR2004 - the one who would go
        raise Refusal(RefusalCode.LAST_HOLDER)


def _is_holder(member: Member) -> bool:
    return member.role is Role.HOLDER


async def _card(ports: Ports, member: Member) -> Message:
    async with ports.store.read() as tx:
        practice = await tx.get(Practice, member.practice_id)
        accounts = await tx.find(Account, eq("member_id", member.id))
        is_alone = await tx.count(Channel, eq("member_id", member.id), eq("problem", ""))
    rows = (
        (
            Button("change_role", Action(Verb.FILL_FORM, member.id, FormName.ROLE)),
            Button(
                "remove_member",
                Action(Verb.REMOVE_MEMBER, member.id),
                style=ButtonStyle.DANGER,
                confirm="remove_member",
            ),
        ),
        (Button("back", Action(Verb.SHOW_SCREEN, member.practice_id, "team-1")),),
    )
    platforms = _platforms(accounts)
    values = {
        "member": member,
        "practice": practice,
        "platforms": platforms.get(member.id, []),
        "is_reached": bool(is_alone),
    }
    return Message("member", values, rows=rows, manner=Manner.REPLACE)


def _platforms(accounts: list[Account]) -> dict[int, list[Platform]]:
    """Where each member can be reached."""
    found: dict[int, list[Platform]] = {}
    for account in accounts:
        found.setdefault(account.member_id, []).append(account.platform)
    return found


def _roles() -> tuple[Choice, ...]:
    return tuple(Choice(role.value) for role in Role)


async def _members(tx: Transaction, home: int) -> list[Member]:
    return await tx.find(Member, eq("practice_id", home), null("removed_at"))


async def _member(tx: Transaction, target: int) -> Member:
    member = await tx.get(Member, target)
    if member is None or member.removed_at is not None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return member
