"""Starts the command line: ``vigie`` once installed, ``python -m bot`` in a checkout."""

import gettext
import io
import os
import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "templates" / "locale"
DOMAIN = "vigie"
INTERRUPTED = 130


def main() -> None:
    """Run the command typed and leave with its exit code."""
    speak_french()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old terminal shows "?" rather than nothing
            stream.reconfigure(errors="replace")
    try:
        from bot.cli.boundary import start  # noqa: PLC0415 - its library reads the language first

        sys.exit(start(sys.argv[1:]))
    except KeyboardInterrupt:  # before there was a command to interrupt
        sys.exit(INTERRUPTED)


def speak_french() -> None:
    """Have what asks for its words through gettext say them in French, whatever the machine."""
    os.environ["LANGUAGE"] = "fr"
    gettext.bindtextdomain(DOMAIN, LOCALE)
    gettext.textdomain(DOMAIN)


if __name__ == "__main__":
    main()
