"""Letters as PDF, through Typst: its own fonts embedded, one for emojis, none of the machine's.

Reviewers write emojis, and a quotation must show them: ``templates/letters/fonts`` (SIL OFL).
"""

import json
import re
import threading
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Literal

import typst

from bot.adapters.wording import TEMPLATES
from bot.core.letters import Document

# A run of letters no line could hold: a scrawl of a reviewer, not an address, which Typst breaks.
_ENDLESS = re.compile(r"(?!https?://)\S{60,}")
_PIECE = re.compile(r".{40}")


class Typesetter:
    """Typesets letters; the layout is ``templates/letters/letter.typ``."""

    suffix = "pdf"
    media_type = "application/pdf"

    def __init__(self, folder: Path = TEMPLATES) -> None:
        self._layout = folder / "letters" / "letter.typ"
        self._turn = threading.Lock()
        """The compiler makes one letter at a time; letters are made in threads."""

    @cached_property
    def _compiler(self) -> typst.Compiler:
        """Made with the first letter: it reads every font."""
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=True,
            font_paths=[self._layout.parent / "fonts"],
        )
        return typst.Compiler(self._layout, root=self._layout.parent, font_paths=fonts)

    def print(self, document: Document) -> bytes:
        """The letter as PDF/A, the same bytes for the same letter.

        A quotation in a script no font of ours has makes a PDF that is no PDF/A: its words are
        in it, and boxes are shown for them.
        """
        try:
            return self._typeset(document, "pdf", standard="a-2b")[0]
        except typst.TypstError:
            return self._typeset(document, "pdf")[0]

    def pictures(self, document: Document, dots_per_inch: float = 100) -> tuple[bytes, ...]:
        """Each page as PNG, to be looked at."""
        return self._typeset(document, "png", dots_per_inch)

    def _typeset(
        self,
        document: Document,
        kind: Literal["pdf", "png"],
        dots_per_inch: float | None = None,
        *,
        standard: Literal["a-2b"] | None = None,
    ) -> tuple[bytes, ...]:
        with self._turn:
            made = self._compiler.compile(
                format=kind,
                ppi=dots_per_inch,
                sys_inputs={"letter": json.dumps(_told(document), ensure_ascii=False)},
                pdf_standards=[standard] if standard else [],
                timestamp=datetime.combine(document.written_on, time(), UTC),
            )
        pages = made if isinstance(made, list) else [made]
        return tuple(page for page in pages if page is not None)


def _told(document: Document) -> dict[str, object]:
    """What the layout reads."""
    return {
        "title": document.subject,
        "author": document.signature[0],
        "sender": document.sender,
        "recipient": document.recipient,
        "sending": document.sending,
        "dated": document.dated,
        "subject": document.subject,
        "body": [
            {
                "kind": part.kind.value,
                "spans": [asdict(span) | {"text": _breakable(span.text)} for span in part.spans],
            }
            for part in document.body
        ],
        "signature": document.signature,
        "annexes_title": document.annexes_title,
        "annexes": [_breakable(each) for each in document.annexes],
        "page": document.page,
        "mark": document.mark,
    }


def _breakable(text: str) -> str:
    """The text with places to break what has none."""
    return _ENDLESS.sub(lambda run: _PIECE.sub("\\g<0>\u200b", run[0]), text)
