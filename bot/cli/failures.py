"""What went wrong: a French sentence with its remedy on the standard error, and an exit code."""

import contextlib
import errno
import logging

from typer.exceptions import TyperException

from bot.app import AlreadyRunningError
from bot.cli.french import usage_error
from bot.cli.house import quiet_settings
from bot.cli.screen import Screen, Words
from bot.config import BadSetting, SettingsError
from bot.core.errors import Outage, Refusal, TokenRefused, UsedElsewhere
from bot.core.sources import FetchFailed
from bot.usecases.check_house import database_trouble

log = logging.getLogger(__name__)

REFUSED = 1
MISUSED = 2
_GROUP = "failure"
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_PLACE_TAKEN = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}
_NOT_THERE = {errno.ENOENT, errno.EISDIR}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


def misuse(error: TyperException) -> int:
    """Say what was mistyped, and where the help is."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # the help was just shown
        return MISUSED
    screen = Screen()
    if context is not None:
        screen.complain(context.get_usage())
    key, facts = usage_error(error.format_message())
    screen.complain(screen.words.say("usage_error", key, facts))
    if context is not None:
        screen.complain(
            screen.words.say("usage_error", "see_help", {"command": context.command_path})
        )
    return error.exit_code


def explain(error: Exception) -> int:
    """Say what went wrong, the details in the log for who asks; gives the exit code."""
    screen = Screen()
    if isinstance(error, SettingsError):
        for bad in error.problems:
            screen.complain(setting_sentence(screen.words, bad))
        return MISUSED
    if not logging.getLogger().hasHandlers():  # a command that had no use for the settings
        with contextlib.suppress(SettingsError):
            quiet_settings()
    log.debug("command failed", exc_info=error, extra={"action": "command_failed"})
    screen.complain(_sentence(screen.words, error))
    return REFUSED


def setting_sentence(words: Words, bad: BadSetting) -> str:
    """What is wrong with a setting, on one line."""
    told = words.say("setting", bad.problem, {"detail": bad.detail})
    return words.say(_GROUP, "setting", {"setting": bad.setting, "told": told})


def fetch_sentence(words: Words, problem: str, status: int | str | None) -> str:
    """Why an address gave nothing."""
    told = words.label("fetch_problem", problem)
    if status:
        return words.say(_GROUP, "with_status", {"told": told, "status": status})
    return told


def _sentence(words: Words, error: Exception) -> str:
    if isinstance(error, Refusal):
        return words.refusal(error)
    if isinstance(error, FetchFailed):
        told = fetch_sentence(words, error.problem, error.status)
        remedy = words.label("fetch_remedy", error.problem)
        return words.say(_GROUP, "fetch", {"told": told, "url": error.url, "remedy": remedy})
    if isinstance(error, Outage):
        trouble = database_trouble(error)
        sentence = words.say("finding", trouble, {"told": error})
        return f"{sentence}\n{words.say('finding_remedy', trouble)}"
    if isinstance(error, OSError):
        return words.say(_GROUP, _system_key(error), {"path": error.filename or error})
    return _of_the_robot(words, error)


def _of_the_robot(words: Words, error: Exception) -> str:
    """What only a robot that listens can meet."""
    if isinstance(error, AlreadyRunningError):
        return words.say(_GROUP, "already_running", {"folder": error})
    if isinstance(error, TokenRefused | UsedElsewhere):
        key = "token_refused" if isinstance(error, TokenRefused) else "used_elsewhere"
        return words.say(_GROUP, key, {"platform": words.label("platform", error.platform)})
    return words.say(_GROUP, "fault", {"kind": type(error).__name__})


def _system_key(error: OSError) -> str:
    if error.errno in _DISK_FULL:
        return "disk_full"
    if error.errno in _PLACE_TAKEN:
        return "place_taken"
    if error.errno in _NOT_THERE:
        return "no_such_file"
    return "not_allowed" if error.errno in _NOT_ALLOWED else "system"
