"""Practices, practitioners, invitations: who is watched over and who may come in."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core import digest
from bot.core.errors import Refusal, RefusalCode
from bot.core.people import (
    Account,
    Actor,
    Channel,
    Invitation,
    Member,
    MemberId,
    Practice,
    PracticeId,
    Practitioner,
    Role,
)
from bot.ports import Ports, Taken, Transaction, eq
from bot.usecases.fill_outbox import revive

CODE_PREFIX = "i_"
_LONGEST_WORD = 100
"""Of the name of a practice, and of each word about a person."""
INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Welcome:
    """What joining came to."""

    member: Member
    practice: Practice
    is_new_channel: bool


async def add_practice(ports: Ports, practice: Practice) -> Practice:
    """Store a new practice.

    Raises:
        Refusal: NAME_EMPTY, ANSWER_TOO_LONG, NAME_TAKEN.
    """
    name = " ".join(practice.name.split())
    if not name:
        raise Refusal(RefusalCode.NAME_EMPTY)
    _refuse_long(name)
    now = ports.clock.now()
    new = replace(practice, name=name)
    new = replace(new, next_digest_at=digest.next_moment(new, now))
    async with ports.store.write() as tx:
        try:
            return await tx.add(new)
        except Taken:
            raise Refusal(RefusalCode.NAME_TAKEN, name=name) from None


async def practice_named(tx: Transaction, name: str) -> Practice:
    """The practice of that name.

    Raises:
        Refusal: PRACTICE_UNKNOWN, with the names there are.
    """
    found = await tx.find(Practice, eq("name", " ".join(name.split())))
    if not found:
        known = [practice.name for practice in await tx.find(Practice, order="name", limit=20)]
        raise Refusal(RefusalCode.PRACTICE_UNKNOWN, name=name, known=known)
    return found[0]


async def add_practitioner(ports: Ports, practice: str, person: Practitioner) -> Practitioner:
    """Store a person to watch over.

    Raises:
        Refusal: NAME_EMPTY, ANSWER_TOO_LONG, NAME_TAKEN, PRACTICE_UNKNOWN.
    """
    async with ports.store.write() as tx:
        home = await practice_named(tx, practice)
        return await watch(tx, replace(person, practice_id=home.id))


async def watch(tx: Transaction, person: Practitioner) -> Practitioner:
    """Store a person to watch over, or watch again over one who was let go.

    Raises:
        Refusal: NAME_EMPTY, ANSWER_TOO_LONG, NAME_TAKEN.
    """
    given, family = " ".join(person.given.split()), " ".join(person.family.split())
    if not given or not family:
        raise Refusal(RefusalCode.NAME_EMPTY)
    _refuse_long(given, family, person.title, person.profession, person.city)
    new = replace(person, given=given, family=family)
    same = (eq("practice_id", new.practice_id), eq("given", given), eq("family", family))
    known = await tx.find(Practitioner, *same, eq("city", new.city))
    if known and not known[0].is_removed:
        raise Refusal(RefusalCode.NAME_TAKEN, name=new.name)
    if known:
        new = replace(new, id=known[0].id)
        await tx.save(new)
    else:
        new = await tx.add(new)
    await look_again(tx, new.practice_id)
    return new


def _refuse_long(*words: str) -> None:
    """A message shows them whole, and a button too.

    Raises:
        Refusal: ANSWER_TOO_LONG.
    """
    if any(len(word) > _LONGEST_WORD for word in words):
        raise Refusal(RefusalCode.ANSWER_TOO_LONG, longest=_LONGEST_WORD)


async def look_again(tx: Transaction, practice: PracticeId) -> None:
    """Have what was read be read again, as a first time: whom it may be about has changed."""
    home = await tx.get(Practice, practice)
    if home is not None:
        await tx.save(replace(home, people_version=home.people_version + 1))


async def watched(tx: Transaction, home: int) -> list[Practitioner]:
    """Whom a practice watches now."""
    return await tx.find(Practitioner, eq("practice_id", home), eq("is_removed", False))


async def invite(ports: Ports, practice: str, role: Role, name: str = "") -> str:
    """A new single-use code; only its hash is kept.

    Raises:
        Refusal: PRACTICE_UNKNOWN.
    """
    async with ports.store.write() as tx:
        home = await practice_named(tx, practice)
        return await let_in(tx, home.id, role, ports.clock.now(), name=name)


async def let_in(
    tx: Transaction,
    practice: PracticeId,
    role: Role,
    now: datetime,
    *,
    name: str = "",
    by: MemberId | None = None,
) -> str:
    """Store an invitation; gives its code, which is kept nowhere."""
    code = CODE_PREFIX + secrets.token_urlsafe(16)
    await tx.add(
        Invitation(
            practice_id=practice,
            role=role,
            code_hash=_hash(code),
            expires_at=now + INVITED_FOR,
            name=name,
            invited_by=by,
        )
    )
    return code


async def join(ports: Ports, actor: Actor, code: str) -> Welcome:
    """Let somebody in who shows a code, and link the place they show it in.

    Raises:
        Refusal: INVITATION_UNKNOWN, INVITATION_USED, INVITATION_EXPIRED.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        found = await tx.find(Invitation, eq("code_hash", _hash(code.strip())))
        if not found:
            raise Refusal(RefusalCode.INVITATION_UNKNOWN)
        invitation = found[0]
        if invitation.used_at is not None:
            raise Refusal(RefusalCode.INVITATION_USED)
        if invitation.expires_at <= now:
            raise Refusal(RefusalCode.INVITATION_EXPIRED)
        practice = await _practice(tx, invitation)
        welcome = await _enter(tx, actor, practice, invitation.role, ports)
        await tx.save(replace(invitation, used_at=now, used_by=welcome.member.id))
    return welcome


async def claim_first(ports: Ports, actor: Actor) -> Welcome | None:
    """Let the first owner in, into the first practice nobody has joined; nothing if there is none.

    Only for an account the settings name (VIGIE_TELEGRAM_OWNERS); the caller checks that.
    """
    async with ports.store.write() as tx:
        for practice in await tx.find(Practice):
            if not await tx.count(Member, eq("practice_id", practice.id)):
                welcome = await _enter(tx, actor, practice, Role.HOLDER, ports)
                break
        else:
            return None
    return welcome


async def link_private(ports: Ports, actor: Actor) -> Welcome:
    """Link a member's own conversation with the bot, next to the places linked already."""
    async with ports.store.write() as tx:
        accounts = await tx.find(
            Account, eq("platform", actor.platform), eq("external_id", actor.external_id)
        )
        welcome = None
        for account in accounts:
            member = await tx.get(Member, account.member_id)
            practice = await tx.get(Practice, account.practice_id)
            if member is not None and practice is not None and member.removed_at is None:
                is_new = await _link(tx, actor, practice, member)
                welcome = Welcome(member, practice, is_new)
    if welcome is None:
        raise Refusal(RefusalCode.NOT_INVITED)
    return welcome


async def _practice(tx: Transaction, invitation: Invitation) -> Practice:
    practice = await tx.get(Practice, invitation.practice_id)
    if practice is None:
        raise Refusal(RefusalCode.INVITATION_UNKNOWN)
    return practice


async def _enter(
    tx: Transaction, actor: Actor, practice: Practice, role: Role, ports: Ports
) -> Welcome:
    """The member, their account and the place they came from, each made once."""
    accounts = await tx.find(
        Account,
        eq("platform", actor.platform),
        eq("external_id", actor.external_id),
        eq("practice_id", practice.id),
    )
    member = await tx.get(Member, accounts[0].member_id) if accounts else None
    if member is None:
        member = await tx.add(
            Member(
                practice_id=practice.id,
                name=actor.name,
                role=role,
                joined_at=ports.clock.now(),
            )
        )
        await tx.add(
            Account(
                member_id=member.id,
                practice_id=practice.id,
                platform=actor.platform,
                external_id=actor.external_id,
            )
        )
    elif member.removed_at is not None:
        member = replace(member, removed_at=None, role=role)
        await tx.save(member)
    return Welcome(member, practice, await _link(tx, actor, practice, member))


async def _link(tx: Transaction, actor: Actor, practice: Practice, member: Member) -> bool:
    """Link the place ``actor`` writes from; say whether it was not yet."""
    known = await tx.find(
        Channel,
        eq("platform", actor.platform),
        eq("address", actor.address),
        eq("practice_id", practice.id),
    )
    if known:
        if actor.is_forum != known[0].is_forum:
            await tx.save(replace(known[0], is_forum=actor.is_forum))
        if actor.is_private and known[0].member_id != member.id:
            await tx.save(replace(known[0], member_id=member.id))
        await revive(tx, known[0])
        if not known[0].is_quiet:
            return False
        # Opened for a home page until now; from now on it is spoken to.
        await tx.save(replace(known[0], is_quiet=False, problem="", problem_at=None))
        return True
    await tx.add(
        Channel(
            practice_id=practice.id,
            platform=actor.platform,
            address=actor.address,
            is_private=actor.is_private,
            is_forum=actor.is_forum,
            member_id=member.id if actor.is_private else None,
        )
    )
    return True


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
