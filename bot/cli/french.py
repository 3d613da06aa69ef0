"""French for what Typer says by itself, and the help of every command.

What Typer asks gettext for is in ``templates/locale``; what it writes in English only is replaced
here: the line of usage, the help of ``--help``, the errors of a command that was mistyped.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

Help = Mapping[str, Mapping[str, str]]


def read_help() -> Help:
    """The help of every command; a file apart, so that ``--help`` loads nothing else."""
    return tomllib.loads((TEMPLATES / "cli" / "help.toml").read_text(encoding="utf-8"))


def write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    """The line of usage, arguments named without braces."""
    pieces = " ".join(command.collect_usage_pieces(ctx))
    shown = pieces.replace("{", "").replace("}", "")
    formatter.write_usage(ctx.command_path, shown, prefix=command.words["usage"])


def put_parameter_words(parameter: Any, words: str, metavar: str = "") -> Any:
    """Give an option or an argument its help, and no English name for its type."""
    if parameter is not None:
        parameter.help = words
        parameter.metavar = metavar
        is_option = parameter.param_type_name == "option"
        parameter.display_type_rich = lambda *_, **__: metavar if is_option else ""
    return parameter


class FrenchCommand(TyperCommand):
    """A command whose own words are French."""

    words: Mapping[str, str]

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line of usage."""
        write_usage(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """``--help``, with its own help."""
        return put_parameter_words(super().get_help_option(ctx), self.words["help"])


class FrenchGroup(TyperGroup):
    """A group of commands whose own words are French."""

    words: Mapping[str, str]

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line of usage."""
        write_usage(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """``--help``, with its own help."""
        return put_parameter_words(super().get_help_option(ctx), self.words["help"])


def put_words(command: Any, path: str, words: Help) -> None:
    """Give a command, its options and the commands below it their French words."""
    own, common, names = words[path], words["common"], words["metavar"]
    command.words = common
    command.help = own["help"]
    command.options_metavar = names["options"]
    for parameter in command.params:
        is_flag = getattr(parameter, "is_flag", False)
        put_parameter_words(
            parameter,
            own.get(parameter.name) or common[parameter.name],
            "" if is_flag else own.get(f"{parameter.name}_metavar") or names[parameter.name],
        )
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = names["subcommand"]
        for name, child in command.commands.items():
            put_words(child, f"{path} {name}", words)


_USAGE_ERRORS = (
    ("missing", re.compile(r"Missing (?:option|argument|parameter)[: ]*(?P<name>.*?)\.?")),
    (
        "no_such_option_but",
        re.compile(r"No such option: (?P<name>\S+) \(Possible options: (?P<others>.*)\)"),
    ),
    ("no_such_option", re.compile(r"No such option: (?P<name>\S+)")),
    ("did_you_mean", re.compile(r"(?P<said>.*?)\.? Did you mean (?P<others>.*)\?", re.DOTALL)),
    ("too_many", re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((?P<name>.*)\)")),
    ("needs_value", re.compile(r"Option (?P<name>'.*') requires .*\.")),
    ("takes_no_value", re.compile(r"Option (?P<name>'.*') does not take a value\.")),
    ("not_a_number", re.compile(r"Invalid value for (?P<name>.*?): .*valid int.*", re.DOTALL)),
    ("invalid_value", re.compile(r"Invalid value for (?P<name>.*?): .*", re.DOTALL)),
)


def usage_error(said: str) -> tuple[str, Mapping[str, str]]:
    """The key of the French sentence for a misuse that was told in English, and its facts."""
    for key, pattern in _USAGE_ERRORS:
        found = pattern.fullmatch(said)
        if found:
            return key, {name: text.replace("'", "") for name, text in found.groupdict().items()}
    return "as_told", {"said": said}
