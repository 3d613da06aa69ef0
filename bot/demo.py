"""The demo: the whole job in the terminal, on real HTTP and a real database, without a network."""

import asyncio
import io
import ipaddress
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from bot.adapters.clock import MovableClock, SystemClock
from bot.adapters.demo_site import DemoSite
from bot.adapters.logs import start_logging
from bot.adapters.terminal import TerminalChat, paint
from bot.adapters.wording import TEMPLATES
from bot.app import House, open_house
from bot.config import Settings
from bot.core.cases import Reminder
from bot.core.files import Offered
from bot.core.forms import Form
from bot.core.messages import Manner
from bot.core.people import Actor, Channel, Platform, Practice, PracticeId, Practitioner, Role
from bot.ports import eq, null
from bot.usecases import (
    follow_mentions,
    poll_sources,
    send_digest,
    send_reminders,
    set_up,
    watch_sources,
)
from bot.usecases.deliver_outbox import Deliverer
from bot.usecases.poll_sources import Polled
from handlers.dispatch import Desk
from handlers.routes import Answer
from handlers.terminal import Advance, Hands, NoSuchButtonError, TerminalApp
from handlers.terminal_script import BadStepError, Script

_HERE = "terminal"
_NIGHT = time(7, 0)
_MORNING = time(7, 30)
_SCRIPT_DAY = datetime(2026, 11, 24, 7, 0, tzinfo=ZoneInfo("Europe/Paris"))
"""A fixed Tuesday, so that the script always tells the same story."""
_WIDTH = 90
_FAULTS = {NoSuchButtonError: "no_such_button", BadStepError: "bad_step"}


@dataclass
class Demo:
    """A practice in the terminal, with a clock to move."""

    house: House
    chat: TerminalChat
    clock: MovableClock
    site: DemoSite
    desk: Desk
    deliverer: Deliverer
    practice: Practice

    @property
    def actor(self) -> Actor:
        """Whoever sits at the keyboard."""
        name = self.label("demo", "member")
        return Actor(Platform.TERMINAL, "1", name, _HERE, is_private=True)

    def label(self, group: str, key: str) -> str:
        """A French word."""
        return self.house.wording.label(group, key)

    async def press(self, data: str, reference: str = "") -> str:
        """Press a button under a message; gives the toast, empty when the answer is a message."""
        actor = replace(self.actor, message=reference)
        answer = await self.desk.press(actor, data)
        message = await self.desk.begin(actor, answer) if isinstance(answer, Form) else answer
        rendered = self.house.wording.render(message)
        if message.manner is Manner.REPLACE and reference:
            await self.chat.edit(_place(), reference, rendered)
        elif message.manner is not Manner.TOAST:
            await self.chat.post(_place(), rendered, "")
        for file in message.files:
            await self.chat.send_file(_place(), file)
        await self.deliverer.deliver()
        return rendered.text.plain if message.manner is Manner.TOAST else ""

    async def command(self, word: str) -> None:
        """Type a command; its answer joins the conversation."""
        await self._give(await self.desk.command(self.actor, word))

    async def say(self, words: str) -> None:
        """Type something, or the path of a file; its answer joins the conversation."""
        offered = await asyncio.to_thread(_file_at, words)
        if offered is not None:
            await self._give(await self.desk.show(self.actor, offered))
        else:
            await self._give(await self.desk.say(self.actor, words))

    async def _give(self, answers: Sequence[Answer]) -> None:
        for each in answers:
            message = await self.desk.begin(self.actor, each) if isinstance(each, Form) else each
            await self.chat.post(_place(), self.house.wording.render(message), "")
            for file in message.files:
                await self.chat.send_file(_place(), file)
        await self.deliverer.deliver()

    async def advance(self, how: Advance) -> str:
        """Move the clock to the next morning, or to the next reminder; live what comes."""
        if how == "reminder":
            async with self.house.ports.store.read() as tx:
                planned = await tx.find(
                    Reminder,
                    null("sent_at"),
                    eq("is_superseded", False),
                    order="remind_at",
                    limit=1,
                )
            if not planned:
                return self.label("terminal", "no_reminder")
            until = planned[0].remind_at
        else:
            until = _next_morning(self.clock.now(), self.practice)
        self.site.wave = 2
        while (before := self.clock.now()) < until:
            self.clock.move_to(min(until, _next_morning(before, self.practice)))
            await self.tick(before)
        return self.label("terminal", "moved").format(day=self.day())

    async def tick(self, before: datetime) -> None:
        """What the scheduler asks, once; ``before``: when it last did."""
        ports = self.house.ports
        for source in await poll_sources.due_sources(ports):  # in turn: always the same story
            await poll_sources.poll(ports, [source])
        await send_digest.make_due(ports)
        await send_reminders.turn_days(ports, before)
        await send_reminders.send_due(ports)
        await follow_mentions.recall_due(ports)
        await self.deliverer.deliver()

    def day(self) -> str:
        """The day of the demo's clock, in words."""
        return self.house.wording.day_of(self.clock.now(), self.practice.timezone)

    def today(self) -> str:
        """Day and hour of the demo's clock, in words."""
        local = self.clock.now().astimezone(ZoneInfo(self.practice.timezone))
        words = self.label("terminal", "today")
        return words.format(day=self.day(), time=f"{local:%H:%M}")


def run_demo(*, script: bool = False, picture: Path | None = None) -> int:
    """Play the demo; gives the exit code.

    Args:
        script: without a keyboard, step by step.
        picture: where to keep a picture of the morning's digest (SVG).
    """
    start_logging("CRITICAL", "console")
    return asyncio.run(_script(picture) if script else _interactive())


async def _interactive() -> int:
    console = Console(highlight=False)
    if not sys.stdin.isatty() or not console.is_terminal:
        return await _script(None)
    start = SystemClock().now()
    async with a_demo(start) as demo:
        await begin(demo, console)
        await TerminalApp(demo.chat, hands(demo)).run()
        console.print(Text(demo.label("terminal", "bye")))
    return 0


def hands(demo: Demo) -> Hands:
    """What the keyboard can do in the demo."""
    return Hands(
        press=demo.press,
        say=demo.say,
        command=demo.command,
        advance=demo.advance,
        today=demo.today,
        label=lambda key: demo.label("terminal", key),
    )


async def _script(picture: Path | None) -> int:
    """Every step of a morning and the weeks after, printed as it comes."""
    console = Console(highlight=False, width=_WIDTH, record=picture is not None)
    async with a_demo(_SCRIPT_DAY.astimezone(UTC)) as demo:
        script = Script(demo.chat, hands(demo), console, TEMPLATES / "demo")
        await begin(demo, console)
        if picture is not None:
            await asyncio.to_thread(picture.write_text, _picture(demo), encoding="utf-8")
        try:
            await script.play(demo.house.wording.labels("script").values())
        except (NoSuchButtonError, BadStepError) as error:
            said = demo.label("terminal", _FAULTS[type(error)]).format(*error.args)
            Console(stderr=True, highlight=False).print(Text(said))
            return 1
        console.print(Text(f"\n{demo.label('terminal', 'bye')}"))
    return 0


async def begin(demo: Demo, console: Console) -> None:
    """Read every source with a progress bar, then have the morning come."""
    console.print(Text(f"\n{demo.label('demo', 'welcome')}", style="bold"))
    console.print(Text(f"{demo.label('demo', 'reading')}\n"))
    ports = demo.house.ports
    due = await poll_sources.due_sources(ports)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(demo.label("terminal", "polling"), total=len(due))

        def moved(_: Polled) -> None:
            bar.advance(task)

        polled = [
            told for source in due for told in await poll_sources.poll(ports, [source], moved)
        ]
    for each in polled:
        console.print(Text(_told(demo, each)))
    console.print()
    demo.clock.move_to(_next_morning(demo.clock.now(), demo.practice))
    await demo.tick(demo.clock.now())


def _told(demo: Demo, polled: Polled) -> str:
    """What came of one source."""
    if polled.problem:
        problem = demo.label("fetch_problem", polled.problem)
        return demo.label("demo", "read_failed").format(title=polled.source.title, problem=problem)
    return demo.label("demo", "read_ok").format(title=polled.source.title, entries=polled.entries)


def quiet_console() -> Console:
    """A console nobody looks at."""
    return Console(file=io.StringIO(), width=_WIDTH, highlight=False)


def _picture(demo: Demo) -> str:
    """The morning's digest, as the terminal shows it."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), highlight=False)
    for shown in demo.chat.conversation[:4]:
        is_focused = shown.reference == "2"
        console.print(
            paint(shown.message, is_focused=is_focused, button=0 if is_focused else None)
        )
    # The fonts Rich would fetch from a public site are left out: a picture asks nobody anything.
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="Vigie"), flags=re.DOTALL)


@asynccontextmanager
async def a_demo(start: datetime) -> AsyncIterator[Demo]:
    """A practice set up in a folder that disappears, its site, and somebody at the keyboard."""
    clock, chat = MovableClock(_before_morning(start)), TerminalChat()
    with tempfile.TemporaryDirectory(prefix="vigie-demo-") as folder:
        # Built without reading the environment or any file: the demo is the same everywhere.
        settings = Settings.model_construct(
            data_dir=Path(folder) / "data",
            fetch_allow_nets=(ipaddress.ip_network("127.0.0.0/8"),),
        )
        async with (
            open_house(settings, clock=clock, chats={Platform.TERMINAL: chat}) as house,
            DemoSite(TEMPLATES, clock.now) as site,
        ):
            deliverer = house.deliverer()
            desk = Desk(house.ports, deliverer.start, {})
            practice = await _set_up(house, site)
            demo = Demo(house, chat, clock, site, desk, deliverer, practice)
            code = await set_up.invite(house.ports, practice.name, Role.HOLDER)
            await desk.command(demo.actor, code)
            try:
                yield demo
            finally:
                await deliverer.stop()


async def _set_up(house: House, site: DemoSite) -> Practice:
    """The practice, its two practitioners and five sources, one of them down."""

    def word(key: str) -> str:
        return house.wording.label("demo", key)

    wanted = Practice(name=word("practice"), digest_at=_MORNING, digest_days=tuple(range(7)))
    practice = await set_up.add_practice(house.ports, wanted)
    for number in (1, 2):
        person = Practitioner(
            practice_id=PracticeId(0),
            given=word(f"given_{number}"),
            family=word(f"family_{number}"),
            title=word(f"title_{number}"),
            profession=word(f"profession_{number}"),
            city=word("city"),
        )
        await set_up.add_practitioner(house.ports, practice.name, person)
    for url in site.sources:
        await watch_sources.add_source(house.ports, practice.name, url, 3600)
    return practice


def _before_morning(moment: datetime) -> datetime:
    """Seven o'clock of that day in Paris: half an hour before the digest."""
    local = moment.astimezone(ZoneInfo("Europe/Paris"))
    return datetime.combine(local.date(), _NIGHT, tzinfo=local.tzinfo).astimezone(UTC)


def _next_morning(now: datetime, practice: Practice) -> datetime:
    zone = ZoneInfo(practice.timezone)
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), _MORNING, tzinfo=zone)
    if today <= local:
        today = datetime.combine(local.date() + timedelta(days=1), _MORNING, tzinfo=zone)
    return today.astimezone(UTC)


def _file_at(words: str) -> Offered | None:
    """The file of this machine whose path was typed, if it is one."""
    try:
        path = Path(words).expanduser()
        if not path.is_absolute() or not path.is_file():
            return None
        return Offered(str(path), path.name, size=path.stat().st_size)
    except (OSError, ValueError, RuntimeError):
        return None


def _place() -> Channel:
    return Channel(PracticeId(0), Platform.TERMINAL, _HERE, is_private=True)
