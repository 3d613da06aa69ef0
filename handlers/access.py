"""From a chat account to a member of a practice, or a refusal that teaches an outsider nothing."""

from bot.core.errors import Refusal, RefusalCode
from bot.core.people import Account, Actor, Asker, Channel, Member
from bot.ports import Transaction, among, eq


async def memberships(tx: Transaction, actor: Actor) -> list[Member]:
    """The practices somebody is a member of.

    Raises:
        Refusal: NOT_INVITED for anybody else, whatever they asked.
    """
    accounts = await tx.find(
        Account, eq("platform", actor.platform), eq("external_id", actor.external_id)
    )
    members = await tx.find(Member, among("id", [each.member_id for each in accounts]))
    current = [member for member in members if member.removed_at is None]
    if not current:
        raise Refusal(RefusalCode.NOT_INVITED)
    return current


async def admit(tx: Transaction, actor: Actor, members: list[Member], practice_id: int) -> Asker:
    """The member of one practice, and the place.

    Raises:
        Refusal: BUTTON_EXPIRED when what was asked about is not theirs: the same answer as when it
            does not exist; CHANNEL_NOT_LINKED in a place where the practice is not spoken to.
    """
    mine = [member for member in members if member.practice_id == practice_id]
    if not mine:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    return (await admit_all(tx, actor, mine))[0]


async def admit_all(tx: Transaction, actor: Actor, members: list[Member]) -> list[Asker]:
    """The member of each practice that is spoken to in the place, and the place.

    Raises:
        Refusal: CHANNEL_NOT_LINKED where none of theirs is.
    """
    channels = await tx.find(Channel, eq("platform", actor.platform), eq("address", actor.address))
    admitted = [
        Asker(member, channel, actor.message)
        for channel in channels
        for member in members
        if channel.practice_id == member.practice_id
    ]
    if not admitted:
        raise Refusal(RefusalCode.CHANNEL_NOT_LINKED)
    return admitted
