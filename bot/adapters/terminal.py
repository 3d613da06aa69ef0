"""The terminal, as a place to write to: the same messages, painted as cards."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.core.errors import MessageGone, Outage, Refusal, RefusalCode
from bot.core.evidence import LARGEST
from bot.core.files import safe_name, too_large
from bot.core.messages import (
    Block,
    BlockKind,
    ButtonStyle,
    File,
    Rendered,
    RichText,
    Span,
    with_menu_in_rows,
)
from bot.core.people import Channel, Platform

_AS_LETTERS = {0xA0: "\ue000", 0x202F: "\ue001"}
"""No-break spaces, and private letters as wide that stand for them while lines are broken."""
_AS_SPACES = {0xE000: "\u00a0", 0xE001: "\u202f"}
_BUTTON_STYLES = {
    ButtonStyle.PLAIN: "bold",
    ButtonStyle.PRIMARY: "bold green",
    ButtonStyle.DANGER: "bold red",
}


@dataclass
class Shown:
    """One message of the conversation."""

    reference: str
    message: Rendered
    is_edited: bool = False


class TerminalChat:
    """Keeps a conversation in memory, for somebody to look at."""

    platform = Platform.TERMINAL
    has_threads = False

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where files are given; a new one of the system's by default."""
        self._folder = folder
        self.conversation: list[Shown] = []
        self.changed: Callable[[Shown], None] = lambda _: None
        """Told about every message posted or edited."""

    def mark(self, channel: Channel) -> str:
        """Nothing survives the terminal."""
        del channel
        return ""

    def entry(self, code: str) -> str:
        """Nobody is invited to a terminal."""
        del code
        return ""

    def remember(self, channel: Channel, reference: str) -> None:
        """Nothing survives the terminal."""

    async def post(self, channel: Channel, message: Rendered, key: str, thread: str = "") -> str:
        """Add a message at the end."""
        del channel, key, thread
        shown = Shown(str(len(self.conversation) + 1), with_menu_in_rows(message))
        self.conversation.append(shown)
        self.changed(shown)
        return shown.reference

    async def open_topic(self, channel: Channel, name: str) -> str:
        """A terminal has none."""
        del channel, name
        return ""

    async def edit(self, channel: Channel, reference: str, message: Rendered) -> None:
        """Change a message where it stands."""
        del channel
        message = with_menu_in_rows(message)
        for shown in self.conversation:
            if shown.reference == reference:
                if shown.message != message:
                    shown.message, shown.is_edited = message, True
                    self.changed(shown)
                return
        raise MessageGone(reference)

    async def send_file(self, channel: Channel, file: File, thread: str = "") -> str:
        """Write a file in a folder, and say where."""
        try:
            path = await asyncio.to_thread(self._given, file)
        except OSError as error:
            raise Outage(f"file not written: {error.strerror}") from error
        where = RichText((Block(BlockKind.PARAGRAPH, (Span(str(path), code=True),)),))
        return await self.post(channel, Rendered(where), "", thread)

    def _given(self, file: File) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="vigie-"))
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = Path(safe_name(file.name))
        for number in count(1):
            mark = f" ({number})" if number > 1 else ""
            path = self._folder / f"{name.stem}{mark}{name.suffix}"
            try:
                with path.open("xb") as writing:
                    writing.write(file.content)
            except FileExistsError:
                continue
            return path
        raise AssertionError

    async def fetch_file(self, reference: str) -> bytes:
        """The bytes of a file of this machine, by its path."""
        try:
            return await asyncio.to_thread(_read, Path(reference))
        except OSError:
            raise Refusal(RefusalCode.FILE_GONE) from None

    async def recover(
        self,
        channel: Channel,
        message: Rendered,
        key: str,
        mark: str,
        known: frozenset[str],
        thread: str = "",
    ) -> str | None:
        """The conversation ended with the process that showed it."""
        del channel, message, key, mark, known, thread
        return None


def _read(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise too_large()
    return path.read_bytes()


def paint(
    message: Rendered, *, button: int | None = None, is_focused: bool = False, note: str = ""
) -> RenderableType:
    """A message as a card; ``button`` is the place of the button about to be pressed."""
    parts: list[RenderableType] = [
        _line(block) for block in message.text.blocks if block.kind is not BlockKind.BREAK
    ]
    if message.rows:
        parts += [Text(), _buttons(message, button)]
    return Panel(
        Group(*parts),
        border_style="cyan" if is_focused else "dim",
        subtitle=Text(note, style="dim") if note else None,
        subtitle_align="right",
        padding=(0, 1),
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    """A text whose no-break spaces break no line: Rich takes them for ordinary ones."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = self.text.copy()
        text.plain = text.plain.translate(_AS_LETTERS)
        for segment in console.render(text, options):
            yield segment._replace(text=segment.text.translate(_AS_SPACES))


def _line(block: Block) -> RenderableType:
    """A block; its text is never read as markup."""
    line = Text()
    for span in block.spans:
        style = " ".join(
            name
            for name, is_on in (
                ("bold", span.bold or block.kind is BlockKind.HEADING),
                ("italic", span.italic),
                ("underline", span.url is not None),
                ("cyan", span.code),
            )
            if is_on
        )
        line.append(span.text, style=style or None)
    if block.kind is BlockKind.QUOTE:
        line.stylize("dim")
        return Padding(_Whole(Text("\u2502 ") + line), (0, 0, 0, 1))
    return _Whole(line)


def _buttons(message: Rendered, chosen: int | None) -> RenderableType:
    line = Text()
    buttons = [button for row in message.rows for button in row]
    for place, button in enumerate(buttons):
        style = _BUTTON_STYLES[button.style]
        if place == chosen:
            style += " reverse"
        if line:
            line.append("  ")
        line.append(f"[{place + 1}]\u00a0{button.text}".replace(" ", "\u00a0"), style=style)
    return _Whole(line)
