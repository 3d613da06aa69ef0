"""From the templates' small markup to blocks and spans, and the cutting of what is too long.

A template writes lines of text with ``<h>``, ``<q>``, ``<b>``, ``<i>``, ``<code>``,
``<a href="">`` and ``<cut/>`` (where a message may be cut); everything else reaches it escaped.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Protocol

from bot.core.messages import Block, BlockKind, RichText, Span

_LINE_KINDS = {"h": BlockKind.HEADING, "q": BlockKind.QUOTE}


class _Style(Protocol):
    def __call__(self, span: Span, /, *, is_on: bool) -> Span: ...


def _bold(span: Span, /, *, is_on: bool) -> Span:
    return replace(span, bold=is_on)


def _italic(span: Span, /, *, is_on: bool) -> Span:
    return replace(span, italic=is_on)


def _code(span: Span, /, *, is_on: bool) -> Span:
    return replace(span, code=is_on)


_STYLES: dict[str, _Style] = {"b": _bold, "i": _italic, "code": _code}


class _Parser(HTMLParser):
    """Collects blocks line by line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._spans: list[Span] = []
        self._kind = BlockKind.PARAGRAPH
        self._style = Span("")
        self._swallows_newline = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LINE_KINDS:
            self._kind = _LINE_KINDS[tag]
        elif tag in _STYLES:
            self._style = _STYLES[tag](self._style, is_on=True)
        elif tag == "a":
            self._style = replace(self._style, url=dict(attrs).get("href") or None)
        elif tag == "cut":
            if self._spans:
                self._end_line()
            self.blocks.append(Block(BlockKind.BREAK))
            self._swallows_newline = True
        else:
            raise ValueError(f"unknown tag <{tag}> in a template")

    def handle_endtag(self, tag: str) -> None:
        if tag in _LINE_KINDS:
            self._end_line()
            self._swallows_newline = True
        elif tag in _STYLES:
            self._style = _STYLES[tag](self._style, is_on=False)
        elif tag == "a":
            self._style = replace(self._style, url=None)

    def handle_data(self, data: str) -> None:
        first, *rest = data.split("\n")
        self._say(first)
        for line in rest:
            if self._kind is BlockKind.PARAGRAPH:
                self._end_line()
                self._say(line)
            else:
                self._say(f" {line}")

    def close(self) -> None:
        super().close()
        self._end_line()

    def _say(self, words: str) -> None:
        if words:
            self._spans.append(replace(self._style, text=words))

    def _end_line(self) -> None:
        spans = _trim(self._spans)
        if spans:
            self.blocks.append(Block(self._kind, spans))
        elif self._swallows_newline:
            pass  # the end of the line a heading, a quotation or a cut stands on
        elif any(block.spans for block in self.blocks[-2:]) and not _is_gap(self.blocks[-1]):
            self.blocks.append(Block(BlockKind.PARAGRAPH))
        self._spans = []
        self._kind = BlockKind.PARAGRAPH
        self._swallows_newline = False


def _trim(spans: list[Span]) -> tuple[Span, ...]:
    """The spans of one line without the spaces (not the non-breaking ones) around it."""
    kept = [span for span in spans if span.text]
    while kept and not kept[0].text.strip(" \t\r"):
        kept.pop(0)
    while kept and not kept[-1].text.strip(" \t\r"):
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip(" \t\r"))
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip(" \t\r"))
    return tuple(kept)


def parse(markup: str) -> RichText:
    """The blocks of a rendered template; empty lines are kept single, none at the ends."""
    parser = _Parser()
    parser.feed(markup)
    parser.close()
    blocks = parser.blocks
    while blocks and not blocks[-1].spans:
        blocks.pop()
    return RichText(tuple(blocks))


def _is_gap(block: Block) -> bool:
    return block.kind is BlockKind.PARAGRAPH and not block.spans


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(
    text: RichText, budget: int, measure: Callable[[str], int] = utf16
) -> tuple[RichText, ...]:
    """The text in pieces of at most ``budget``, cut at its BREAKs, then at lines, then in them.

    Each piece of several ends with its place, ``(2/3)``.
    """
    room = budget - len("\n(99/99)")
    pieces: list[list[Block]] = [[]]
    used = 0
    for part in _parts(text.blocks, room, measure):
        size = sum(measure(block.text) + 1 for block in part)
        if pieces[-1] and used + size > room:
            pieces.append([])
            used = 0
            part = part[1:] if _is_gap(part[0]) else part  # noqa: PLW2901 - no gap at the top
        pieces[-1].extend(part)
        used += size
    if len(pieces) == 1:
        return (RichText(tuple(pieces[0])),)
    total = len(pieces)
    return tuple(
        RichText((*piece, Block(BlockKind.PARAGRAPH, (Span(f"({place}/{total})"),))))
        for place, piece in enumerate(pieces, 1)
    )


def _parts(
    blocks: Iterable[Block], room: int, measure: Callable[[str], int]
) -> Iterable[list[Block]]:
    """Runs of blocks that should stay together, none larger than ``room``."""
    run: list[Block] = []
    for block in (*blocks, Block(BlockKind.BREAK)):
        if block.kind is not BlockKind.BREAK:
            run.append(block)
            continue
        if sum(measure(part.text) + 1 for part in run) <= room:
            yield run
        else:
            for part in run:
                yield from ([smaller] for smaller in _shorten(part, room, measure))
        run = []


def _shorten(block: Block, room: int, measure: Callable[[str], int]) -> Iterable[Block]:
    """A block cut into blocks of at most ``room``, at a space where there is one."""
    spans: list[Span] = []
    used = 0
    for span in block.spans:
        rest = span.text
        while used + measure(rest) + 1 > room:
            cut = _cut(rest, room - used - 1, measure)
            if cut:
                spans.append(replace(span, text=rest[:cut]))
                rest = rest[cut:].lstrip(" ")
            yield replace(block, spans=tuple(spans))
            spans, used = [], 0
        spans.append(replace(span, text=rest))
        used += measure(rest)
    if spans:
        yield replace(block, spans=tuple(spans))


def _cut(text: str, room: int, measure: Callable[[str], int]) -> int:
    """Where to cut ``text`` so that its beginning fits, after a space if one is not too far."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    space = text.rfind(" ", 0, low)
    return space if space > low // 2 else low
