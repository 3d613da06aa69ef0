"""What is shown: pages of ``templates/cli``, or JSON; nothing untrusted is ever interpreted."""

import json
from collections.abc import Mapping
from functools import cached_property

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.adapters import markup
from bot.adapters.wording import JinjaWording
from bot.core.errors import Refusal
from bot.core.messages import Block, BlockKind, Message, RichText, Span

_REMEDY_MARGIN = 3
_LONGEST_SAID = 120
"""Of what somebody typed, as much as is said back."""


class Words(JinjaWording):
    """Every French word, those of the command line included."""

    def page(self, template: str, values: Mapping[str, object]) -> RichText:
        """A page of ``templates/cli`` in words."""
        found = self._environment.get_template(f"cli/{template}.j2")
        return markup.parse(found.render(values))

    def say(self, group: str, key: str, facts: Mapping[str, object] | None = None) -> str:
        """The sentence of a key, with its facts."""
        shown = {name: self._fact(name, value, "UTC") for name, value in (facts or {}).items()}
        one_line = {name: " ".join(value.split("\n")) for name, value in shown.items()}
        return self.label(group, key).format(**one_line)

    def refusal(self, refusal: Refusal) -> str:
        """Why not."""
        facts = {name: _short(fact) for name, fact in refusal.facts.items()}
        values = {"code": refusal.code, "facts": facts}
        return self.render(Message("refusal", values)).text.plain


class Screen:
    """The terminal, or wherever the output goes."""

    def __init__(self) -> None:
        self.out = Console(markup=False, highlight=False, emoji=False)
        self.err = Console(stderr=True, markup=False, highlight=False, emoji=False)

    @cached_property
    def words(self) -> Words:
        """The French words."""
        return Words()

    def page(self, template: str, **values: object) -> None:
        """Show a page of ``templates/cli``."""
        for block in self.words.page(template, values).blocks:
            if block.kind is not BlockKind.BREAK:
                self._print(self.out, _line(block))

    def json(self, value: object) -> None:
        """Show a value for a program, and nothing else."""
        shown = json.dumps(value, ensure_ascii=False, indent=2)
        typer.echo(shown.encode("utf-8", "replace").decode())

    def raw(self, drawing: str) -> None:
        """Show a drawing as it is."""
        typer.echo(drawing)

    def file(self, content: bytes) -> None:
        """Give a file to whatever reads the output, to the byte."""
        typer.echo(content, nl=False)

    def gap(self) -> None:
        """Leave a line empty."""
        self.out.print()

    def listed(self, mark: str, sentence: str, remedy: str = "") -> None:
        """Show one thing found, and what to do about it below."""
        self._print(self.out, Text(f"{mark} {sentence}"))
        if remedy and self.out.is_terminal:
            margin = (0, 0, 0, _REMEDY_MARGIN)
            self.out.print(Padding(Text(remedy, style="dim"), margin, expand=False))
        elif remedy:
            self._print(self.out, Text(" " * _REMEDY_MARGIN + remedy))

    def complain(self, sentence: str) -> None:
        """Say what went wrong, apart from the output."""
        self._print(self.err, Text(sentence))

    def _print(self, console: Console, shown: Text) -> None:
        # A file or a pipe takes lines as long as they come.
        console.print(shown, soft_wrap=not console.is_terminal)


def _short(fact: object) -> object:
    """What was typed, as it is said back: its beginning, when it is long."""
    if isinstance(fact, str) and len(fact) > _LONGEST_SAID:
        return f"{fact[:_LONGEST_SAID]}\u2026"
    return fact


def _line(block: Block) -> Text:
    line = Text("\u2502 " if block.kind is BlockKind.QUOTE else "")
    for span in block.spans:
        line.append(span.text, style=_style(span, block.kind))
    return line


def _style(span: Span, kind: BlockKind) -> str:
    styles = (
        ("bold", span.bold or kind is BlockKind.HEADING),
        ("italic", span.italic),
        ("cyan", span.code),
    )
    return " ".join(name for name, is_on in styles if is_on)
