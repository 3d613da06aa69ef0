"""Private addresses of calendars: made for one member, shown once, dead at once when they must."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime

from bot.core.actions import Action, Verb
from bot.core.calendars import Subscription
from bot.core.errors import Refusal, RefusalCode
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.people import Asker, Member, MemberId, Platform, Practice, Right, may
from bot.ports import Ports, Transaction, eq, null
from bot.usecases.find_targets import practice_of
from bot.usecases.share_calendars import of_practice, written

_TOKEN_BYTES = 32
_WEB, _SUBSCRIBED = "https://", "webcal://"


async def draw(ports: Ports, asker: Asker, page: int) -> Message:
    """How to have the deadlines in one's own calendar.

    Raises:
        Refusal: CALENDAR_IN_PRIVATE.
    """
    _refuse_before_others(asker)
    home = asker.member.practice_id
    async with ports.store.read() as tx:
        practice = await tx.get(Practice, home)
        known = await _current(tx, asker.member.id)
    is_served = bool(ports.calendars.address("-"))
    rows: list[tuple[Button, ...]] = []
    if is_served:
        again = Button("subscribe_again", Action(Verb.SUBSCRIBE, home), confirm="subscribe_again")
        first = Button("subscribe", Action(Verb.SUBSCRIBE, home), style=ButtonStyle.PRIMARY)
        rows.append((again if known else first,))
    if known:
        rows.append((_revoke(home),))
    rows.append((Button("whole_calendar", Action(Verb.GIVE_CALENDAR, home)),))
    rows.append((Button("back", Action(Verb.SHOW_SCREEN, home, "deadlines-1")),))
    values = {
        "practice": practice,
        "since": known[0].created_at if known else None,
        "is_served": is_served,
    }
    return Message("agenda", values, rows=tuple(rows), manner=Manner.REPLACE)


async def subscribe(ports: Ports, asker: Asker, action: Action) -> Message:
    """Make a private address, shown this once; the member's former one answers no more.

    Raises:
        Refusal: CALENDAR_IN_PRIVATE, CALENDAR_NOT_SERVED, BUTTON_EXPIRED.
    """
    _refuse_before_others(asker)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    address = ports.calendars.address(token)
    if not address:
        raise Refusal(RefusalCode.CALENDAR_NOT_SERVED)
    member, now = asker.member, ports.clock.now()
    async with ports.store.write() as tx:
        practice = await practice_of(tx, member)
        is_renewed = await revoke_all(tx, member.id, now)
        await tx.add(Subscription(practice.id, member.id, hash_of(token), now))
    values = {
        "address": address,
        "subscribed": address.replace(_WEB, _SUBSCRIBED) if address.startswith(_WEB) else "",
        "practice": practice,
        "is_renewed": is_renewed,
    }
    rows = ((_revoke(practice.id),),)
    return Message("agenda_address", values, rows=rows, manner=Manner.REPLY)


async def unsubscribe(ports: Ports, asker: Asker, action: Action) -> Message:
    """Have the member's address answer no more, from now on.

    Raises:
        Refusal: CALENDAR_IN_PRIVATE.
    """
    _refuse_before_others(asker)
    async with ports.store.write() as tx:
        await revoke_all(tx, asker.member.id, ports.clock.now())
    return await draw(ports, asker, 1)


async def read(ports: Ports, token: str) -> bytes | None:
    """The calendar that a token opens; nothing when it opens none, for whatever reason.

    The token is looked up by its hash: how much of it is right cannot be measured.
    """
    async with ports.store.read() as tx:
        found = await tx.find(Subscription, eq("token_hash", hash_of(token)))
        known = found[0] if found and found[0].revoked_at is None else None
        member = await tx.get(Member, known.member_id) if known else None
        if member is None or member.removed_at is not None or not may(member.role, Right.READ):
            return None
        practice = await tx.get(Practice, member.practice_id)
        if practice is None:
            return None
        calendar = await of_practice(ports, tx, practice)
    return await written(ports, calendar)


async def revoke_all(tx: Transaction, member: MemberId, now: datetime) -> bool:
    """No address of that member answers any more; says whether one did."""
    current = await _current(tx, member)
    for each in current:
        await tx.save(replace(each, revoked_at=now))
    return bool(current)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def _current(tx: Transaction, member: MemberId) -> list[Subscription]:
    return await tx.find(Subscription, eq("member_id", member), null("revoked_at"))


def _revoke(home: int) -> Button:
    style = ButtonStyle.DANGER
    return Button("unsubscribe", Action(Verb.UNSUBSCRIBE, home), style=style)


def _refuse_before_others(asker: Asker) -> None:
    """An address is for one person; Slack alone answers in a channel to who asked only."""
    if asker.channel.platform is Platform.TELEGRAM and not asker.channel.is_private:
        raise Refusal(RefusalCode.CALENDAR_IN_PRIVATE)
