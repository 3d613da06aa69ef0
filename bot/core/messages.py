"""What the bot says, before any chat gives it a shape.

A ``Message`` names a template and its values; ``RichText`` is what the wording makes of it: plain
blocks and spans that every chat shows in its own way, without a markup that could be broken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from bot.core.actions import Action

Placed = TypeVar("Placed", "Button", "ShownButton")


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
    confirm: str = ""
    """Key ([confirm]) of what is asked again before a heavy act is done."""
    noun: tuple[str, str] = ("", "")
    """A group of labels and a key in it, for what follows the words: what the verb is about."""


class Manner(StrEnum):
    """How an answer to a tap is given; an answer to a command is always a message."""

    TOAST = "toast"
    """A short word that goes away by itself."""
    REPLY = "reply"
    """A message of its own."""
    REPLACE = "replace"
    """In the place of the message whose button was pressed."""


@dataclass(frozen=True, slots=True)
class Menu:
    """What is asked less often: shown when asked for."""

    buttons: tuple[Button, ...]
    unfold: Button
    fold: Button
    is_unfolded: bool = False


Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a member typed of their own, to be looked at for a patient's data."""

    words: str
    kept: str = ""
    """Where our copy of it is (``note-12``); empty when nothing was kept."""
    is_public: bool = False
    """Meant to be published: the practice's own telephone may stand in it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be given, as it is kept."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say: the same for every chat."""

    template: str
    """Name of a file of ``templates/chat`` without its suffix."""
    values: Mapping[str, object] = field(default_factory=dict)
    rows: tuple[tuple[Button, ...], ...] = ()
    silent: bool = True
    """Arrives without a sound; only what presses (a date, a threat) rings."""
    manner: Manner = Manner.TOAST
    menu: Menu | None = None
    is_prompt: bool = False
    """Waits for something to be typed."""
    home: str = ""
    """The practice it is about, told above it in a place that several share."""
    parts: tuple["Message", ...] = ()
    """What follows it on a page, each with its own buttons."""
    page_of: str = ""
    """The account whose home page this is; a message anywhere else has none."""
    stands_out: bool = False
    """Seen in the channel too when it stands in a thread: a date nobody may miss."""
    files: tuple[File, ...] = ()
    """What comes after the words. Only an answer to a tap or a command has any: what goes through
    the outbox may be shown again, and edited."""
    typed: Typed | None = None
    """What it answers, when that is free words and not all they typed; never shown."""
    in_form: "Message | None" = None
    """What to say instead in a form that is shown whole: it stays open, to be sent again."""
    above: "Message | None" = None
    """What is to be read first, with its own buttons."""


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
    confirm: "ShownConfirm | None" = None
    """What to ask again first, where a chat has a dialog for it."""
    asked: str | None = None
    """What to send where it has none: the same demand, that will be asked again."""

    @property
    def without_dialog(self) -> str | None:
        """What to send from a chat that has no dialogs."""
        return self.asked or self.data


@dataclass(frozen=True, slots=True)
class ShownConfirm:
    """The words of a dialog before a heavy act."""

    title: str
    question: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class ShownMenu:
    """A menu with its words."""

    buttons: tuple[ShownButton, ...]
    unfold: ShownButton
    fold: ShownButton
    is_unfolded: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words, ready for a chat."""

    text: RichText
    rows: tuple[tuple[ShownButton, ...], ...] = ()
    silent: bool = True
    manner: Manner = Manner.TOAST
    menu: ShownMenu | None = None
    prompt: str = ""
    """Where something is to be typed, what to say in the empty box."""
    parts: tuple["Rendered", ...] = ()
    page_of: str = ""
    stands_out: bool = False
    files: tuple[File, ...] = ()


ASK = "ask-"
"""Begins the choice of a demand to be confirmed; the key of the question follows."""
CONFIRMED = "ok"


def asked_first(button: Button) -> str | None:
    """What a button sends that must be asked again before it is done."""
    if button.action is None:
        return None
    return replace(button.action, choice=f"{ASK}{button.confirm}").encode()


WIDTH = 2
"""Buttons of one row whose words are whole on a phone."""


def in_rows(buttons: Sequence[Placed], width: int = WIDTH) -> tuple[tuple[Placed, ...], ...]:
    """Buttons one after the other, so many on a row."""
    starts = range(0, len(buttons), width)
    return tuple(tuple(buttons[start : start + width]) for start in starts)


def with_menu_in_rows(message: Rendered) -> Rendered:
    """The message for a chat that has buttons only: its menu behind one, or unfolded."""
    menu = message.menu
    if menu is None:
        return message
    if not menu.is_unfolded:
        return replace(message, rows=(*message.rows, (menu.unfold,)), menu=None)
    rows = in_rows((*menu.buttons, menu.fold))
    return replace(message, rows=(*message.rows, *rows), menu=None)


def without_links(message: Rendered) -> Rendered:
    """The message with nothing to follow: its words and its own buttons."""
    blocks = tuple(
        replace(block, spans=tuple(replace(span, url=None) for span in block.spans))
        for block in message.text.blocks
    )
    rows = tuple(tuple(button for button in row if button.url is None) for row in message.rows)
    return replace(
        message,
        text=RichText(blocks),
        rows=tuple(row for row in rows if row),
        parts=tuple(map(without_links, message.parts)),
    )
