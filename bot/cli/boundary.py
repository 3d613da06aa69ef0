"""The boundary around every command: whatever happens in one is told in a sentence."""

from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from bot.cli.program import NAME, build

INTERRUPTED = 130


def start(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code: 0, 1 refused, 2 misuse or bad settings."""
    try:
        code = build().main(list(arguments), prog_name=NAME, standalone_mode=False)
    except TyperException as error:
        from bot.cli.failures import misuse  # noqa: PLC0415 - only what failed waits for it

        return misuse(error)
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the command boundary: said, and logged there
        from bot.cli.failures import explain  # noqa: PLC0415 - idem

        return explain(error)
    return code if isinstance(code, int) else 0
