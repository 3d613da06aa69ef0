"""Slack's blocks: rich text and buttons, where nothing untrusted is ever parsed.

Whatever a message holds, what is made of it is under Slack's limits: a message too rich is shown
with less, never refused. Limits: docs.slack.dev/reference/block-kit.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.adapters.markup import split
from bot.core.messages import (
    Block,
    BlockKind,
    ButtonStyle,
    Rendered,
    RichText,
    ShownButton,
    ShownMenu,
    Span,
)

BUDGET = 2900
"""Characters a message may take: under every limit of Slack's blocks."""
MENU = "menu"
"""The action of every menu: what is meant is in the option chosen."""
OPEN = "open"
"""The action of an address to open: nothing to do."""
EMPTY = "\u00b7"
_FALLBACK = 300
"""Characters of the plain text shown in a phone's notification."""
_BUTTON, _HEADER, _ADDRESS = 75, 150, 3000
_CONFIRM_TITLE, _CONFIRM_TEXT, _CONFIRM_BUTTON = 100, 300, 30
_ELEMENTS = 25
"""Buttons of one block."""
_ROWS = 40
"""Blocks of buttons; a message has fifty blocks."""
_OPTIONS = 5
"""Lines of one overflow menu."""
_ADDRESSES, _BUTTONS = 4000, 6000
"""Characters the addresses and the buttons of one message may add to its words: Slack refuses
more than some 13,200 in all, addresses included."""
_VIEW_BLOCKS = 100
_PIECES = 4
"""Pieces of a long text put one under the other in a modal."""

Json = dict[str, Any]


def fallback(text: RichText) -> str:
    """The words of a notification, with Slack's three special characters made harmless."""
    plain = cut(text.plain, _FALLBACK)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") or EMPTY


def cut(words: str, longest: int) -> str:
    """The words, with an ellipsis where there are too many."""
    return words if len(words) <= longest else words[: longest - 1] + "\u2026"


def plain(words: str, longest: int) -> Json:
    """A text that is never parsed."""
    return {"type": "plain_text", "text": cut(words, longest) or EMPTY, "emoji": True}


def pieces_of(text: RichText) -> Sequence[RichText]:
    """A long text as what fits one message each."""
    return split(text, BUDGET, len)


def compose(
    text: RichText,
    rows: tuple[tuple[ShownButton, ...], ...] = (),
    menu: ShownMenu | None = None,
) -> list[Json]:
    """The blocks of a message: one of rich text, one of buttons a row, the menu on the last."""
    return [*_words(text.blocks), *_actions(rows, menu)]


def compose_whole(message: Rendered) -> list[Json]:
    """The blocks of a modal, which cannot be sent in several: what is too long ends early."""
    words = [block for piece in pieces_of(message.text)[:_PIECES] for block in compose(piece)]
    return [*words, *_actions(message.rows, message.menu)]


def compose_page(message: Rendered) -> list[Json]:
    """The blocks of a home page: its parts one under the other, a line before each heading."""
    blocks: list[Json] = []
    for part in (message, *message.parts):
        heading, rest = _headed(part.text.blocks)
        if heading and blocks:
            blocks.append({"type": "divider"})
        blocks += [*heading, *_words(rest), *_actions(part.rows, part.menu)]
    return blocks[:_VIEW_BLOCKS] or [{"type": "section", "text": plain("", 1)}]


def _headed(blocks: Sequence[Block]) -> tuple[list[Json], Sequence[Block]]:
    """A heading at the top as Slack shows one, and what follows."""
    if not blocks or blocks[0].kind is not BlockKind.HEADING or not blocks[0].text.strip():
        return [], blocks
    return [{"type": "header", "text": plain(blocks[0].text, _HEADER)}], blocks[1:]


def _words(blocks: Iterable[Block]) -> list[Json]:
    room = [_ADDRESSES]
    elements = [_element(run, room) for run in _merged(blocks)]
    return [{"type": "rich_text", "elements": elements}] if elements else []


def _merged(blocks: Iterable[Block]) -> list[tuple[BlockKind, list[Span]]]:
    """Runs of lines of one kind as one element, so that a message stays small."""
    runs: list[tuple[BlockKind, list[Span]]] = []
    for block in blocks:
        if block.kind is BlockKind.BREAK:
            continue
        kind = BlockKind.QUOTE if block.kind is BlockKind.QUOTE else BlockKind.PARAGRAPH
        spans = [
            Span(span.text, bold=True, url=span.url) if block.kind is BlockKind.HEADING else span
            for span in block.spans
        ]
        if runs and runs[-1][0] is kind:
            runs[-1][1].extend([Span("\n"), *spans])
        else:
            runs.append((kind, spans))
    return [(kind, spans) for kind, spans in runs if any(span.text.strip() for span in spans)]


def _element(run: tuple[BlockKind, list[Span]], room: list[int]) -> Json:
    kind, spans = run
    shape = "rich_text_quote" if kind is BlockKind.QUOTE else "rich_text_section"
    return {"type": shape, "elements": [_span(span, room) for span in spans if span.text]}


def _span(span: Span, room: list[int]) -> Json:
    """Words; a link while there is room for its address."""
    shown: Json = {"type": "text", "text": span.text}
    if span.url and len(span.url) <= min(_ADDRESS, room[0]):
        room[0] -= len(span.url)
        shown = {"type": "link", "url": span.url, "text": span.text}
    style = {
        name: True
        for name, is_on in (("bold", span.bold), ("italic", span.italic), ("code", span.code))
        if is_on
    }
    return shown | ({"style": style} if style else {})


def _actions(rows: Iterable[Sequence[ShownButton]], menu: ShownMenu | None) -> list[Json]:
    """The buttons, a block a row, and the menu beside the last."""
    filled = _within([[_button(each) for each in row if _fits(each)] for row in rows])
    if len(filled) > _ROWS or any(len(row) > _ELEMENTS for row in filled):
        every = [button for row in filled for button in row]
        starts = range(0, len(every), _ELEMENTS)
        filled = [every[start : start + _ELEMENTS] for start in starts][:_ROWS]
    menus = _overflows(menu)
    if menus:
        if not filled or len(filled[-1]) + len(menus) > _ELEMENTS:
            filled.append([])
        filled[-1] += menus
    return [{"type": "actions", "elements": _told_apart(row)} for row in filled]


def _within(rows: list[list[Json]]) -> list[list[Json]]:
    """The rows that have something in them, as far as there is room."""
    kept, room = [], _BUTTONS
    for row in rows:
        room -= sum(map(_size, row))
        if row and room >= 0:
            kept.append(row)
    return kept


def _size(node: Any) -> int:
    """The characters Slack counts in something."""
    if not isinstance(node, dict):
        return 0
    counted = (node.get(name) for name in ("text", "url", "value"))
    own = sum(len(each) for each in counted if isinstance(each, str))
    return own + sum(map(_size, node.values()))


def _fits(button: ShownButton) -> bool:
    return button.url is None or len(button.url) <= _ADDRESS


def _told_apart(elements: list[Json]) -> list[Json]:
    """The elements of one block, no two of the same action."""
    seen: dict[str, int] = {}
    for element in elements:
        name = element["action_id"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            element["action_id"] = f"{name}#{seen[name]}"
    return elements


def _button(button: ShownButton) -> Json:
    shown: Json = {"type": "button", "text": plain(button.text, _BUTTON)}
    if button.url:
        return shown | {"url": button.url, "action_id": OPEN}
    shown |= {"value": button.data, "action_id": button.data}
    if button.confirm is not None:
        shown["confirm"] = {
            "title": plain(button.confirm.title, _CONFIRM_TITLE),
            "text": plain(button.confirm.question, _CONFIRM_TEXT),
            "confirm": plain(button.confirm.yes, _CONFIRM_BUTTON),
            "deny": plain(button.confirm.no, _CONFIRM_BUTTON),
        }
    if button.style is not ButtonStyle.PLAIN:
        shown["style"] = button.style.value
    return shown


def _overflows(menu: ShownMenu | None) -> list[Json]:
    """A menu behind three dots, or several when it is long; an option carries its button's."""
    if menu is None:
        return []
    options = [_option(button) for button in menu.buttons if _fits(button)]
    starts = range(0, len(options), _OPTIONS)
    return [
        {"type": "overflow", "action_id": MENU, "options": options[start : start + _OPTIONS]}
        for start in starts
    ]


def _option(button: ShownButton) -> Json:
    words = {"text": plain(button.text, _BUTTON)}
    if button.url:
        return words | {"url": button.url, "value": OPEN}
    return words | {"value": button.without_dialog}
