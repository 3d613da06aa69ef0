"""An insult in the terminal, key by key, from its capture to the day after the last one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot import demo
from bot.adapters.terminal import Shown
from bot.demo import Demo
from handlers.terminal import TerminalApp
from tests.scenarios.story import says

pytestmark = pytest.mark.timeout(60)
START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
UP, DOWN, RIGHT, ENTER = "\x1b[A", "\x1b[B", "\x1b[C", "\r"


class _Screen(DummyOutput):
    def get_size(self) -> Size:
        return Size(rows=24, columns=80)


@dataclass
class Keyboard:
    """Somebody at the keyboard, who reads the conversation and never touches the program."""

    shown: Demo
    app: TerminalApp
    keys: PipeInput

    async def types(self, *keys: str) -> None:
        """Press keys, each once the one before was obeyed."""
        for key in keys:
            self.keys.send_text(key)
            await self.app.rested()

    def reads(self, *words: str) -> Shown:
        """The last message that says all of these."""
        found = [each for each in self.shown.chat.conversation if says(_said(each), words)]
        assert found, f"nothing says {words}; last: {_said(self.shown.chat.conversation[-1])}"
        return found[-1]

    def shows(self, message: Shown, *words: str) -> None:
        """What a message says now, wherever it stands."""
        (now,) = [
            each for each in self.shown.chat.conversation if each.reference == message.reference
        ]
        assert says(_said(now), words), _said(now)

    async def press(self, message: Shown, label: str) -> None:
        """Walk to a message, then to its button, and press it."""
        if label not in " ".join(_labels(message)) and "⋯ Plus" in _labels(message):
            await self.press(message, "⋯ Plus")
        place = self.shown.chat.conversation.index(message)
        buttons = [each for each in enumerate(_labels(message)) if label in each[1]]
        assert buttons, f"no button {label!r} among {_labels(message)}"
        # Every walk begins at the top, at the first button.
        await self.types(UP * len(self.shown.chat.conversation), DOWN * place)
        await self.types(*([RIGHT * buttons[0][0]] if buttons[0][0] else []), ENTER)


@asynccontextmanager
async def at_the_keyboard() -> AsyncIterator[Keyboard]:
    """The demo, on the morning of its digest."""
    async with demo.a_demo(START) as shown:
        await demo.begin(shown, demo.quiet_console())
        with create_pipe_input() as keys:
            app = TerminalApp(shown.chat, demo.hands(shown), source=keys, screen=_Screen())
            running = asyncio.create_task(app.run())
            yield Keyboard(shown, app, keys)
            keys.send_text("q")
            await asyncio.wait_for(running, 10)


def _said(message: Shown) -> str:
    return message.message.text.plain


def _labels(message: Shown) -> list[str]:
    return [button.text for row in message.message.rows for button in row]


async def test_an_insult_from_its_capture_to_the_day_after_the_last_one(tmp_path: Path) -> None:
    picture = tmp_path / "charlatane.png"
    picture.write_bytes(b"\x89PNG the forum, this morning")
    async with at_the_keyboard() as me:
        await me.types("s")
        await me.press(me.reads("5 sources surveillées"), "5")
        await me.press(
            me.reads("Page surveillée"), "Mettre en pause"
        )  # a page takes a real second
        await me.press(me.reads("ESCROC"), "Illicite")
        case = me.reads("📂 Dossier 1 —")
        await me.press(case, "Pièces")
        await me.press(me.reads("Pièces du dossier 1"), "Ajouter")
        await me.types(*str(picture), ENTER)
        await me.types(*"Le forum", ENTER)
        await me.press(me.reads("Ce qu’elle montre"), "La publication")
        await me.press(case, "Qualifier")
        await me.press(me.reads("Dossier 1 : qualifier"), "1")
        for answer in ("Une opinion", "Une personne", "Tout le monde", "Oui", "injure publique"):
            await me.press(me.shown.chat.conversation[-1], answer)
        for answer in ("C’est bon", "Passer"):
            await me.press(me.shown.chat.conversation[-1], answer)
        me.shows(case, "ESCROC. » — injure publique")
        limit = "mardi 26 janvier 2027"
        me.shows(case, f"avant la fin du {limit} (dans 63 jours)")
        await me.types(*"r" * 10)  # three for the insurer, seven for the limit
        last = me.reads("⏰ Rappel", f"{limit} (aujourd’hui)", "Lui seul peut faire l’acte")
        await me.press(last, "Pourquoi cette date")
        me.reads("lundi 26 octobre 2026", "art. 65")
        await me.types("j")
        await me.press(last, "Dossier")
        over = me.reads(
            "📂 Dossier 1 —", f"délai achevé le {limit}, il n’est plus possible d’agir"
        )
        assert "✔️ Action engagée" not in _labels(over)
