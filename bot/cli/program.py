"""The program: every command under its name."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import commands
from bot.cli.french import FrenchCommand, FrenchGroup, put_words, read_help

NAME = "vigie"
_TREE: dict[str, dict[str, Callable[..., Any]]] = {
    "": {
        "demo": commands.demo,
        "run": commands.run,
        "check": commands.check,
        "invite": commands.invite,
        "poll": commands.poll,
        "digest": commands.digest,
        "remind": commands.remind,
        "deadline": commands.deadline,
        "law": commands.law,
        "match": commands.match,
        "recipient": commands.recipient,
        "check-reply": commands.check_reply,
        "assess": commands.assess,
        "letter": commands.letter,
    },
    "practice": {"add": commands.add_practice, "list": commands.list_practices},
    "practitioner": {"add": commands.add_practitioner, "list": commands.list_practitioners},
    "lesson": {"list": commands.list_lessons, "remove": commands.remove_lesson},
    "source": {
        "add": commands.add_source,
        "list": commands.list_sources,
        "remove": commands.remove_source,
        "try": commands.try_source,
        "connect": commands.connect_source,
        "import": commands.import_sources,
        "export": commands.export_sources,
        "suggest": commands.suggest_sources,
    },
}


def build() -> TyperGroup:
    """Every command with its French help."""
    settings: Any = {"cls": FrenchGroup, "no_args_is_help": True, "add_completion": False}
    app = typer.Typer(name=NAME, rich_markup_mode="rich", **settings)
    app.callback()(commands.vigie)
    for group, functions in _TREE.items():
        home = typer.Typer(**settings) if group else app
        if group:
            app.add_typer(home, name=group)
        for name, function in functions.items():
            home.command(name, cls=FrenchCommand)(function)
    command = get_command(app)
    if not isinstance(command, TyperGroup):
        raise TypeError("several commands make a group")
    put_words(command, NAME, read_help())
    return command
