"""The keyboard in, Actions out: a conversation to walk through with arrows and digits."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.output import Output
from rich.console import Console

from bot.adapters.terminal import Shown, TerminalChat, paint
from bot.core.messages import ShownButton

Advance = Literal["day", "reminder"]
_COMMANDS = {"l": "jour", "d": "dossiers", "e": "echeances", "s": "sources", "a": "aide"}
_NARROWEST, _WIDEST = 30, 100
_TURNS = 20
"""Turns of the loop after which a key typed has reached its binding."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the keyboard can set in motion; the rules are elsewhere."""

    press: Callable[[str, str], Awaitable[str]]
    """Press a button under a message, by its reference; gives the toast."""
    say: Callable[[str], Awaitable[None]]
    """Type something."""
    command: Callable[[str], Awaitable[None]]
    advance: Callable[[Advance], Awaitable[str]]
    """Move the clock forward; gives a word about it."""
    today: Callable[[], str]
    label: Callable[[str], str]


class TerminalApp:
    """A full-screen conversation: one message in focus, one button chosen."""

    def __init__(
        self,
        chat: TerminalChat,
        hands: Hands,
        *,
        source: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        self._chat = chat
        self._hands = hands
        self._focus = 0
        self._button = 0
        self._toast = ""
        self._typed: str | None = None
        """What is being typed, while something is."""
        self._busy: asyncio.Task[None] | None = None
        self._line = 0
        self._application: Application[None] = Application(
            layout=Layout(
                HSplit(
                    [
                        Window(FormattedTextControl(self._top), height=1, style="reverse"),
                        Window(
                            FormattedTextControl(
                                self._body, get_cursor_position=self._cursor, show_cursor=False
                            )
                        ),
                        Window(FormattedTextControl(self._bottom), height=1, style="bold"),
                        Window(
                            FormattedTextControl(self._help),
                            dont_extend_height=True,
                            wrap_lines=True,
                        ),
                    ]
                )
            ),
            key_bindings=self._keys(),
            full_screen=True,
            input=source,
            output=screen,
        )
        chat.changed = self._changed

    async def run(self) -> None:
        """Until somebody quits."""
        self._look_at_first()
        await self._application.run_async()
        if self._busy is not None:
            await self._busy

    async def rested(self) -> None:
        """Return once every key typed so far was obeyed."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        while self._busy is not None and not self._busy.done():
            await asyncio.wait({self._busy})

    def _top(self) -> StyleAndTextTuples:
        return [("", f" {self._hands.label('title')} \u00b7 {self._hands.today()}")]

    def _bottom(self) -> StyleAndTextTuples:
        if self._typed is not None:
            return [("", f" > {self._typed}\u2588")]
        return [("", f" {self._toast}")]

    def _help(self) -> StyleAndTextTuples:
        keys = ("typing_1", "typing_2") if self._typed is not None else ("keys_1", "keys_2")
        lines = map(self._hands.label, keys)
        return [("", "\n".join(f" {line}" for line in lines))]

    def _body(self) -> StyleAndTextTuples:
        """Every card, and the line where the one in focus ends."""
        width = max(_NARROWEST, min(_WIDEST, get_app().output.get_size().columns))
        if not self._chat.conversation:
            return [("", self._hands.label("empty"))]
        painted = ""
        for place, shown in enumerate(self._chat.conversation):
            painted += self._painted(shown, width, is_focused=place == self._focus)
            if place == self._focus:
                self._line = max(0, painted.count("\n") - 1)
        return to_formatted_text(ANSI(painted))

    def _cursor(self) -> Point:
        return Point(0, self._line)

    def _painted(self, shown: Shown, width: int, *, is_focused: bool) -> str:
        console = Console(
            file=io.StringIO(), width=width, force_terminal=True, color_system="standard"
        )
        note = self._hands.label("edited") if shown.is_edited else ""
        button = self._button if is_focused else None
        with console.capture() as capture:
            console.print(paint(shown.message, button=button, is_focused=is_focused, note=note))
        return capture.get()

    def _keys(self) -> KeyBindings:
        """Each key and what it does."""
        table: dict[str, Callable[[KeyPressEvent], None]] = {
            **dict.fromkeys(("q", "c-c", "c-d"), lambda event: event.app.exit()),
            "up": lambda _: self._move(-1),
            "down": lambda _: self._move(1),
            **dict.fromkeys(("left", "s-tab"), lambda _: self._choose(-1)),
            **dict.fromkeys(("right", "tab"), lambda _: self._choose(1)),
            "enter": lambda _: self._press(self._button),
            **dict.fromkeys("123456789", lambda event: self._press(int(event.data) - 1)),
            **dict.fromkeys(
                _COMMANDS, lambda event: self._do(self._command(_COMMANDS[event.data]))
            ),
            "j": lambda _: self._do(self._advance("day")),
            "r": lambda _: self._do(self._advance("reminder")),
        }
        is_typing = Condition(lambda: self._typed is not None)
        keys = KeyBindings()
        for key, act in table.items():
            keys.add(key, filter=~is_typing)(act)
        keys.add("t", filter=~is_typing)(lambda _: self._type(""))
        keys.add("<any>", filter=is_typing)(lambda event: self._type(event.data))
        keys.add("enter", filter=is_typing)(lambda _: self._send())
        keys.add("backspace", filter=is_typing)(lambda _: self._rub_out())
        keys.add("escape", filter=is_typing, eager=True)(lambda _: self._stop_typing())
        keys.add("c-c", filter=is_typing)(lambda event: event.app.exit())
        return keys

    def _type(self, words: str) -> None:
        self._typed = (self._typed or "") + "".join(filter(str.isprintable, words))

    def _rub_out(self) -> None:
        self._typed = (self._typed or "")[:-1]

    def _stop_typing(self) -> None:
        self._typed = None

    def _send(self) -> None:
        said, self._typed = (self._typed or "").strip(), None
        if said:
            self._do(self._told(said))

    async def _told(self, said: str) -> None:
        count = len(self._chat.conversation)
        await self._hands.say(said)
        self._look_at_new(count)

    def _buttons(self) -> list[ShownButton]:
        if not self._chat.conversation:
            return []
        shown = self._chat.conversation[self._focus]
        return [button for row in shown.message.rows for button in row]

    def _move(self, step: int) -> None:
        last = len(self._chat.conversation) - 1
        self._focus = max(0, min(last, self._focus + step))
        self._button = 0

    def _choose(self, step: int) -> None:
        count = len(self._buttons())
        self._button = (self._button + step) % count if count else 0

    def _press(self, place: int) -> None:
        buttons = self._buttons()
        if place >= len(buttons):
            return
        self._button = place
        button = buttons[place]
        if button.url is not None:
            self._toast = button.url
        elif button.data is not None:
            reference = self._chat.conversation[self._focus].reference
            self._do(self._pressed(button.without_dialog or "", reference))

    def _do(self, work: Awaitable[None]) -> None:
        """One thing at a time; the screen stays alive meanwhile."""
        before = self._busy

        async def after() -> None:
            if before is not None:
                await before
            await work
            self._application.invalidate()

        self._busy = asyncio.ensure_future(after())

    async def _pressed(self, data: str, reference: str) -> None:
        count = len(self._chat.conversation)
        self._toast = await self._hands.press(data, reference)
        self._look_at_new(count)

    async def _command(self, word: str) -> None:
        count = len(self._chat.conversation)
        await self._hands.command(word)
        self._look_at_new(count)

    async def _advance(self, how: Advance) -> None:
        count = len(self._chat.conversation)
        self._toast = await self._hands.advance(how)
        self._look_at_new(count)
        if how == "reminder":
            self._move(len(self._chat.conversation))

    def _look_at_new(self, count: int) -> None:
        """Look at the first message that just came, or stay."""
        if len(self._chat.conversation) > count:
            self._focus = count
        if self._chat.conversation and self._chat.conversation[self._focus].message.prompt:
            self._typed = ""
        self._button = min(self._button, max(0, len(self._buttons()) - 1))

    def _look_at_first(self) -> None:
        """Look at the first message with something to press."""
        for place, shown in enumerate(self._chat.conversation):
            if shown.message.rows:
                self._focus = place
                return

    def _changed(self, shown: Shown) -> None:
        del shown
        self._application.invalidate()


class NoSuchButtonError(LookupError):
    """A script asked for a button that is not there."""


def find_button(conversation: Sequence[Shown], words: str, label: str) -> ShownButton:
    """The button whose words contain ``label``, under the last message that says ``words``.

    Raises:
        NoSuchButtonError: there is none.
    """
    return find(conversation, words, label)[1]


def find(conversation: Sequence[Shown], words: str, label: str) -> tuple[Shown, ShownButton]:
    """The same button, and the message it is under.

    Raises:
        NoSuchButtonError: there is none.
    """
    for shown in reversed(conversation):
        if words in shown.message.text.plain:
            for row in shown.message.rows:
                for button in row:
                    if label in button.text:
                        return shown, button
    raise NoSuchButtonError(label, words)
