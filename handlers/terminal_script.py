"""A story told in the terminal without a keyboard: each step pressed, typed or waited for."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.adapters.terminal import Shown, TerminalChat, paint
from handlers.terminal import Hands, find

_BETWEEN = "|"
_SAID_IN_BRIEF, _LONGEST_LINE = 2, 50
"""Lines of a message that say what it is about, and as much of each."""


class BadStepError(ValueError):
    """A step that says nothing to do; its argument is that step."""


class Script:
    """Plays steps, and prints each message as it comes or changes.

    A step is a sign and its words. ``#`` tells; ``>`` presses a button (words of its message, a
    bar, its own words); ``<`` types; ``@`` sends a file of the folder; ``/`` asks a command;
    ``~`` moves the clock; ``!`` shows the last message that says these words. A doubled sign has
    what follows told in one line.
    """

    def __init__(self, chat: TerminalChat, hands: Hands, console: Console, folder: Path) -> None:
        self._chat = chat
        self._hands = hands
        self._console = console
        self._folder = folder
        self._is_brief = False
        self._pressed = ""
        self._told: dict[str, str] = {}
        self._does = {
            "#": self._tell_story,
            ">": self._press,
            "<": self._type,
            "@": self._send,
            "/": self._ask,
            "~": self._wait,
            "!": self._look,
        }
        chat.changed = self._show

    async def play(self, steps: Iterable[str]) -> None:
        """Play every step.

        Raises:
            BadStepError: a step that cannot be read.
            NoSuchButtonError: a button that is not there.
        """
        for step in steps:
            sign, _, words = step.partition(" ")
            if sign[:1] not in self._does or not words:
                raise BadStepError(step)
            self._is_brief, self._pressed = len(sign) > 1, ""
            await self._does[sign[0]](words)

    async def _tell_story(self, words: str) -> None:
        self._console.print(Text(f"\n{words}", style="bold magenta"))

    async def _press(self, words: str) -> None:
        about, _, label = map(str.strip, words.partition(_BETWEEN))
        shown, button = find(self._chat.conversation, about, label)
        self._pressed = shown.reference
        self._say("pressed", label=button.text)
        toast = await self._hands.press(button.without_dialog or "", shown.reference)
        if toast:
            self._console.print(Text(f"  {toast}", style="bold"))

    async def _type(self, words: str) -> None:
        self._say("written", words=words)
        await self._hands.say(words)

    async def _send(self, name: str) -> None:
        self._say("given", name=name)
        await self._hands.say(str(self._folder / name))

    async def _ask(self, word: str) -> None:
        self._say("asked", word=f"/{word}")
        await self._hands.command(word)

    async def _wait(self, how: str) -> None:
        """Days go by in a line each; what comes last is what was waited for."""
        self._is_brief, count = True, len(self._chat.conversation)
        moved = await self._hands.advance("reminder" if how == "reminder" else "day")
        self._console.print(Text(f"\n{moved}", style="bold magenta"))
        if len(self._chat.conversation) > count:
            self._console.print(paint(self._chat.conversation[-1].message))

    async def _look(self, words: str) -> None:
        """What changed above is looked at again."""
        for shown in reversed(self._chat.conversation):
            if words in shown.message.text.plain:
                self._console.print(paint(shown.message))
                return
        raise BadStepError(f"! {words}")

    def _say(self, key: str, **facts: str) -> None:
        said = self._hands.label(key).format(**facts)
        self._console.print(Text(f"\n{said}", style="bold cyan"))

    def _show(self, shown: Shown) -> None:
        """A message whole, or in one line when it only follows what another became."""
        is_beside = shown.is_edited and shown.reference != self._pressed
        if not self._is_brief and not is_beside:
            note = self._hands.label("edited") if shown.is_edited else ""
            self._console.print(paint(shown.message, note=note))
            return
        lines = [line for line in shown.message.text.plain.splitlines() if line.strip()]
        words = " \u00b7 ".join(_begun(line) for line in lines[:_SAID_IN_BRIEF])
        if self._told.get(shown.reference) == words:
            return
        self._told[shown.reference] = words
        key = "updated" if shown.is_edited else "came"
        line = Text(self._hands.label(key).format(words=words), style="dim")
        line.truncate(self._console.width, overflow="ellipsis")
        self._console.print(line)


def _begun(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE].rstrip()}\u2026"
