"""A practice on Slack: the real door and the real chat over sockets, around a world of fakes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.adapters.slack import FILE_SCOPES, OPTIONAL_SCOPES, REQUIRED_SCOPES, SlackChat, client
from bot.core.actions import Action, Verb
from bot.core.mentions import Mention
from bot.core.messages import CONFIRMED
from bot.core.outbox import HOME_REST
from bot.core.people import Member, Platform, Role
from bot.core.sources import Entry
from bot.ports import eq
from bot.usecases import set_up
from handlers.slack import SlackDoor, Way
from tests.fakes import FreePacer
from tests.servers.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_state import SlackChannel, SlackMessage, SlackUser, SlackView
from tests.world import WORDING, World, a_world, an_entry

EVENTS = ("message.im", "app_home_opened")
"""What the manifest subscribes to."""


@dataclass
class Office:
    """One practice, its channel, and Claire and Paul who work there."""

    server: SlackServer
    world: World
    chat: SlackChat
    team: SlackChannel
    claire: SlackUser
    paul: SlackUser

    async def join(
        self, user: SlackUser, place: SlackChannel, role: Role = Role.HOLDER, practice: str = ""
    ) -> None:
        """Somebody comes in with a code, in a channel or in private."""
        name = practice or self.world.practice.name
        code = await set_up.invite(self.world.ports, name, role)
        before = len(self.told(user)) + len(self.server.messages(self.server.open_dm(user)))
        if place.is_direct:
            self.server.dm(user, code)
        else:
            await self.server.slash(user, place, "/vigie", code).acked()
        await self.server.wait_for(
            lambda: (
                len(self.told(user)) + len(self.server.messages(self.server.open_dm(user)))
                > before
            )
        )

    async def digest(self, *entries: Entry) -> None:
        """The next morning, with something new to read."""
        await self.world.watch(*entries)
        await self.world.morning()

    async def home(self, user: SlackUser) -> SlackView:
        """Somebody opens their home page, and sees it."""
        self.server.home_opened(user)

        def shown() -> SlackView:
            page = self.server.home(user)
            assert page is not None
            return page

        return await self.server.wait_for(shown)

    async def rest(self) -> None:
        """The seconds a home page rests, and the tick after."""
        self.world.clock.move(HOME_REST)
        await self.world.settle()

    def told(self, user: SlackUser) -> list[SlackMessage]:
        """What only they see."""
        return self.server.ephemerals(user)

    async def whispered(self, user: SlackUser, words: str) -> SlackMessage:
        """What only they see, once it says these words."""

        def said() -> SlackMessage:
            found = [each for each in self.told(user) if words in read(each)]
            assert found, f"nothing says {words!r}"
            return found[-1]

        return await self.server.wait_for(said)

    async def modal(self, user: SlackUser, words: str) -> SlackView:
        """The modal they look at, once it says these words."""

        def said() -> SlackView:
            found = self.server.modal(user)
            assert words in read(found), f"the modal says {read(found)!r}"
            return found

        return await self.server.wait_for(said)

    async def seen(self, words: str, place: SlackChannel | None = None) -> SlackMessage:
        """A message of the channel, once one says these words."""

        def said() -> SlackMessage:
            found = [
                each for each in self.server.messages(place or self.team) if words in read(each)
            ]
            assert found, f"nothing says {words!r}"
            return found[-1]

        return await self.server.wait_for(said)

    async def mentions(self) -> list[Mention]:
        async with self.world.store.read() as tx:
            return await tx.find(Mention)

    async def remove(self, name: str) -> None:
        """The holder puts somebody out of the practice."""
        async with self.world.store.read() as tx:
            (member,) = await tx.find(Member, eq("name", name))
        data = Action(Verb.REMOVE_MEMBER, member.id, CONFIRMED).encode()
        await self.world.desk.press(self.world.owner, data)
        await self.rest()


@asynccontextmanager
async def an_office() -> AsyncIterator[Office]:
    """A practice whose two members came in through its channel."""
    scopes = (*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *FILE_SCOPES)
    async with SlackServer(scopes=scopes, events=EVENTS) as server, a_world() as world:
        web = client(BOT_TOKEN, server.api_base)
        chat, pacer = SlackChat(web), FreePacer()
        chats, pacers = world.ports.chats, world.ports.pacers
        assert isinstance(chats, dict)
        assert isinstance(pacers, dict)
        chats[Platform.SLACK], pacers[Platform.SLACK] = chat, pacer
        door = SlackDoor(web, Way(APP_TOKEN), chat, world.desk, WORDING, pacer)
        await door.open({})
        try:
            await server.wait_for(lambda: server.socket.connections)
            claire, paul = server.add_user("claire"), server.add_user("paul")
            team = server.add_channel("cabinet", claire, paul)
            office = Office(server, world, chat, team, claire, paul)
            await office.join(claire, team)
            await office.join(paul, team, Role.SECRETARY)
            yield office
        finally:
            await door.close()


def read(shown: SlackMessage | SlackView) -> str:
    """What somebody reads, each space a plain one."""
    return shown.words.replace("\u00a0", " ").replace("\u202f", " ")


def entries(count: int) -> list[Entry]:
    return [an_entry(number) for number in range(1, count + 1)]
