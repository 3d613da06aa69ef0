"""The deadlines of a practice as a calendar file, for who has no server to subscribe to."""

from contextlib import suppress
from pathlib import Path

from bot.app import House
from bot.cli.failures import REFUSED
from bot.cli.screen import Screen
from bot.usecases import share_calendars

_GROUP = "calendar_file"
_BEGINS = b"BEGIN:VCALENDAR"


async def calendar(practice: str, out: Path | None, house: House, screen: Screen) -> int:
    """Write the whole calendar, to a file or on the output; a former one is written over."""
    content, count = await share_calendars.export(house.ports, practice)
    if out is None:
        screen.file(content)
        return 0
    try:
        if not _may_be_replaced(out):
            return _refuse(screen, "exists", out)
        _replace(out, content)
    except OSError:
        return _refuse(screen, "unwritable", out)
    screen.page("calendar_written", count=count, path=out)
    return 0


def _may_be_replaced(path: Path) -> bool:
    """Whether nothing is there, or a calendar: it is written anew as often as one wants."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a calendar may be reading it."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _refuse(screen: Screen, key: str, path: Path) -> int:
    screen.complain(screen.words.say(_GROUP, key, {"path": path}))
    return REFUSED
