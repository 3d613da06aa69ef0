"""A letter by itself: what it looks like, on made-up facts."""

from dataclasses import replace
from pathlib import Path

from bot.adapters.letter_examples import example
from bot.adapters.letters import LetterWriter
from bot.adapters.typesetter import Typesetter
from bot.adapters.word_writer import WordWriter
from bot.cli.people import territory as territory_named
from bot.cli.screen import Screen, Words
from bot.core.errors import Refusal, RefusalCode
from bot.core.letters import LetterKind
from bot.ports import Printer


def letter(kind: str, profession: str, territory: str | None, out: Path) -> int:
    """Write a letter on made-up facts, as PDF and as DOCX, into a folder."""
    screen = Screen()
    wanted = _kind(screen.words, kind)
    facts = replace(example(wanted), territory=territory_named(screen.words, territory))
    if profession:
        facts = replace(facts, sender=replace(facts.sender, profession=profession))
    document = LetterWriter(screen.words).compose(wanted, facts)
    out.mkdir(parents=True, exist_ok=True)
    printers: tuple[Printer, ...] = (Typesetter(), WordWriter())
    for printer in printers:
        path = out / f"{document.stem}.{printer.suffix}"
        path.write_bytes(printer.print(document))
        screen.raw(str(path))
    return 0


def _kind(words: Words, name: str) -> LetterKind:
    """A kind of letter by its French name, by that of its file, or by its code."""
    key = words.key("letter_kind", name) or words.key("letter_file", name)
    if key is None:
        known = list(words.labels("letter_file").values())
        raise Refusal(RefusalCode.LETTER_UNKNOWN, name=name, known=known)
    return LetterKind(key)
