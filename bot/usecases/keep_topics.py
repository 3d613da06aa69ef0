"""One practitioner a topic, in the groups that have topics."""

from dataclasses import replace

from bot.core.mentions import Mention
from bot.core.outbox import Display, Subject
from bot.core.people import Channel, Practitioner, Topic
from bot.ports import Chat, Ports, Transaction, eq
from bot.usecases.fill_outbox import mention_of
from bot.usecases.set_up import watched


async def topic_of(ports: Ports, chat: Chat, channel: Channel, display: Display) -> str:
    """Where a new message stands in a group that has topics: its person's, opened if need be.

    Nothing where a practice watches one person only: everything is about them.

    Raises:
        Outage: the topic cannot be opened now.
    """
    async with ports.store.read() as tx:
        person = await _about(tx, display)
        if person is None or len(await watched(tx, channel.practice_id)) < 2:  # noqa: PLR2004
            return ""
        known = await _topic(tx, channel, person)
    if known is not None:
        return known.thread
    thread = await chat.open_topic(channel, person.name)
    async with ports.store.write() as tx:
        await tx.add_new(Topic(channel.id, person.id, thread))
    return thread


async def close_topic(tx: Transaction, channel: Channel, thread: str) -> None:
    """Write with everything else what stood in a topic that is gone."""
    for topic in await tx.find(Topic, eq("channel_id", channel.id), eq("thread", thread)):
        await tx.save(replace(topic, thread=""))


async def _topic(tx: Transaction, channel: Channel, person: Practitioner) -> Topic | None:
    found = await tx.find(Topic, eq("channel_id", channel.id), eq("practitioner_id", person.id))
    return found[0] if found else None


async def _about(tx: Transaction, display: Display) -> Practitioner | None:
    """Whom a message is about; nobody for what is about the practice."""
    is_card = display.subject is Subject.MENTION
    identifier = display.subject_id if is_card else await mention_of(tx, display)
    mention = await tx.get(Mention, identifier)
    return await tx.get(Practitioner, mention.practitioner_id) if mention else None
