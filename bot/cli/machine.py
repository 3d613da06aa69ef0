"""What the machine gives us: a folder of our own, room on its disk, time zones."""

import os
import shutil
import stat
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.app import make_folder
from bot.usecases.check_house import Finding, FindingCode, Topic

_MEGABYTE = 1024 * 1024
_ROOM_NEEDED = 50
_ROOM_WANTED = 500
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_machine(folder: Path) -> list[Finding]:
    """What is wrong with the machine."""
    return [*_folder(folder), *_zones()]


def _folder(folder: Path) -> list[Finding]:
    facts = {"folder": str(folder.absolute())}
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"trial")
        room = shutil.disk_usage(folder).free // _MEGABYTE
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return [Finding(Topic.MACHINE, FindingCode.FOLDER_UNUSABLE, facts)]
    found = []
    if os.name == "posix" and mode & _OTHERS:
        code = FindingCode.FOLDER_OPEN
        found.append(Finding(Topic.MACHINE, code, facts | {"mode": f"{mode:o}"}))
    if room < _ROOM_WANTED:
        code = FindingCode.DISK_FULL if room < _ROOM_NEEDED else FindingCode.DISK_LOW
        found.append(Finding(Topic.MACHINE, code, facts | {"room": room}))
    return found or [Finding(Topic.MACHINE, FindingCode.FOLDER_FINE, facts)]


def _zones() -> list[Finding]:
    try:
        ZoneInfo("Europe/Paris")
    except (ZoneInfoNotFoundError, OSError):
        return [Finding(Topic.MACHINE, FindingCode.ZONES_MISSING)]
    return []
