"""What the bot says, before any chat gives it a shape.

A ``Message`` names a template and its values; ``RichText`` is what the wording makes of it: plain
blocks and spans that every chat shows in its own way, without a markup that could be broken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.core.actions import Action


class ButtonStyle(StrEnum):
    """How a button should look where a chat can show it."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """One tap: an action, or an address to open."""

    label: str
    """Key of the French words in ``labels.toml`` ([button])."""
    action: Action | None = None
    url: str | None = None
    style: ButtonStyle = ButtonStyle.PLAIN
    detail: str = ""
    """What follows the words: the number of a case in a list."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say: the same for every chat."""

    template: str
    """Name of a file of ``templates/chat`` without its suffix."""
    values: Mapping[str, object] = field(default_factory=dict)
    rows: tuple[tuple[Button, ...], ...] = ()
    silent: bool = True
    """Arrives without a sound; only what presses (a date, a threat) rings."""
    is_reply: bool = False
    """Answers a tap with a message of its own; other answers to a tap are a short toast."""
    home: str = ""
    """The practice it is about, told above it in a place that several share."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str | None = None


class BlockKind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    BREAK = "break"
    """Where a long message may be cut in two."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading or a quotation."""

    kind: BlockKind
    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The block without its styles."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class RichText:
    """A message in words: blocks, top to bottom."""

    blocks: tuple[Block, ...]

    @property
    def plain(self) -> str:
        """The words alone, a line for each block."""
        return "\n".join(block.text for block in self.blocks if block.kind is not BlockKind.BREAK)


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A button with its words."""

    text: str
    data: str | None
    url: str | None
    style: ButtonStyle


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words, ready for a chat."""

    text: RichText
    rows: tuple[tuple[ShownButton, ...], ...] = ()
    silent: bool = True
    is_reply: bool = False


def without_links(message: Rendered) -> Rendered:
    """The message with nothing to follow: its words and its own buttons."""
    blocks = tuple(
        replace(block, spans=tuple(replace(span, url=None) for span in block.spans))
        for block in message.text.blocks
    )
    rows = tuple(tuple(button for button in row if button.url is None) for row in message.rows)
    return replace(message, text=RichText(blocks), rows=tuple(row for row in rows if row))
