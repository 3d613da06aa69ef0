"""The demo plays through, always the same, and answers to keys."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot import demo
from bot.adapters.wording import TEMPLATES
from bot.demo import Demo
from handlers.terminal import Hands, NoSuchButtonError, TerminalApp, find_button
from handlers.terminal_script import BadStepError, Script
from tests.conftest import Golden

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def test_the_script_tells_the_whole_story(
    golden: Golden, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "revue.svg"
    assert demo.run_demo(script=True, picture=picture) == 0
    said = capsys.readouterr().out
    letter, folder = re.findall(r"((/\S+/vigie-\w{8})/\S+\.pdf)", said)[0]
    assert Path(letter).read_bytes().startswith(b"%PDF")
    shutil.rmtree(folder)
    said = re.sub(r"/vigie-\w{8}/", "/vigie-xxxxxxxx/", said)
    golden.check("demo", re.sub(" +\n", "\n", said))
    drawn = picture.read_text(encoding="utf-8")
    assert "Lef" in drawn
    assert "cdnjs" not in drawn


@pytest.mark.parametrize("step", ["?? rien", ">", "! rien de tel"])
async def test_a_step_of_the_script_that_cannot_be_read_is_refused(step: str) -> None:
    async with demo.a_demo(START) as shown:
        script = Script(shown.chat, demo.hands(shown), demo.quiet_console(), TEMPLATES / "demo")
        with pytest.raises(BadStepError, match=re.escape(step)):
            await script.play([step])


class _Screen(DummyOutput):
    def get_size(self) -> Size:
        return Size(rows=24, columns=80)


async def _typed(demo: Demo, hands: Hands, *keys: str) -> None:
    """Press keys in the real application, each once the one before was obeyed."""
    with create_pipe_input() as keyboard:
        app = TerminalApp(demo.chat, hands, source=keyboard, screen=_Screen())
        running = asyncio.create_task(app.run())
        for key in keys:
            keyboard.send_text(key)
            await app.rested()
        keyboard.send_text("q")
        await asyncio.wait_for(running, 10)


async def test_keys_classify_undo_draft_and_move_the_clock() -> None:
    async with demo.a_demo(START) as shown:
        await demo.begin(shown, demo.quiet_console())
        cards = shown.chat.conversation
        down, right, enter = "\x1b[B", "\x1b[C", "\r"
        # The header is in focus; one down is the first card.
        await _typed(shown, demo.hands(shown), down, "1")
        assert cards[1].message.text.plain.startswith("✅ Licite")
        await _typed(shown, demo.hands(shown), down, right, enter)
        assert "À traiter" in cards[1].message.text.plain
        await _typed(shown, demo.hands(shown), down, "2", "r")
        assert "⏰ Rappel" in cards[-1].message.text.plain
        count = len(cards)
        await _typed(shown, demo.hands(shown), "e", "9", "x", "j", "a")
        assert len(cards) >= count + 2
        assert "Ce que je sais faire" in cards[-1].message.text.plain


async def test_a_script_that_looks_for_a_button_that_is_not_there_says_so() -> None:
    async with demo.a_demo(START) as shown:
        with pytest.raises(NoSuchButtonError):
            find_button(shown.chat.conversation, "rien de tel", "Licite")


async def test_the_site_answers_304_to_who_has_read_it_and_news_in_its_second_wave() -> None:
    async with demo.a_demo(START) as shown:
        fetcher = shown.house.ports.fetcher
        forum = next(url for url in shown.site.sources if url.endswith("forum.rss"))
        first = await fetcher.fetch(forum, now=START)
        again = await fetcher.fetch(forum, now=START, etag=first.etag)
        assert again.not_modified
        shown.site.wave = 2
        later = await fetcher.fetch(forum, now=START, etag=first.etag)
        assert later.body != first.body


async def test_the_path_of_a_file_is_a_piece_and_having_it_back_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "avis.pdf").write_bytes(b"%PDF-1.7")

    def press(shown: Demo, words: str, label: str) -> Awaitable[str]:
        return shown.press(find_button(shown.chat.conversation, words, label).data or "")

    async with demo.a_demo(START) as shown:
        await demo.begin(shown, demo.quiet_console())
        first = shown.chat.conversation[1]
        await shown.press(first.message.rows[0][1].data or "", first.reference)  # Illicite
        await press(shown, "Dossier 1", "Pièces")
        await press(shown, "Pièces du dossier", "Ajouter")
        await shown.say(str(tmp_path / "rien.pdf"))
        assert "Envoyez une photo" in shown.chat.conversation[-1].message.text.plain
        for said in (str(tmp_path / "avis.pdf"), "Le constat", "Autre chose"):
            await shown.say(said)
        await press(shown, "Ajoutée au dossier 1", "Pièces")
        await press(shown, "Le constat", "Recevoir")
        where = Path(shown.chat.conversation[-1].message.text.plain)
        assert where.is_relative_to(tmp_path)
        assert where.name == "avis.pdf"
        assert await asyncio.to_thread(where.read_bytes) == b"%PDF-1.7"
