"""An open house for one command, and the delivery at the end of a job."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.app import (
    AlreadyRunningError,
    House,
    only_sender,
    open_chats,
    open_house,
    prepare_logging,
)
from bot.cli.screen import Screen
from bot.config import Settings, load
from bot.core.errors import Outage
from bot.core.outbox import Display
from bot.ports import eq, le

Work = Callable[[House, Screen], Awaitable[int | None]]
_DEBUG = "DEBUG"


def quiet_settings() -> Settings:
    """The settings, with the log of a command that says by itself, in French, what it meets.

    Unless somebody set a level, only what nothing else tells is logged: errors, without their
    traceback.

    Raises:
        SettingsError: they cannot be used.
    """
    settings = load()
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "ERROR"})
    prepare_logging(settings)
    if settings.log_level != _DEBUG:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_without_traceback)
    return settings


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keep the sentence of a fault; its details are for who asked for them."""
    record.exc_info = record.exc_text = None
    return True


def in_house(work: Work) -> int:
    """Do some work in an open house; gives the exit code."""
    settings, screen = quiet_settings(), Screen()

    async def inside() -> int:
        async with open_house(settings) as house:
            return await work(house, screen) or 0

    return asyncio.run(inside())


async def deliver(house: House, screen: Screen) -> int:
    """Send what waits in the outbox, unless a running robot does; gives the exit code."""
    waiting = await _waiting(house)
    if not waiting:
        return 0
    settings = house.settings
    if settings.telegram_token is None and settings.slack_bot_token is None:
        screen.page("delivered", state="no_chat", waiting=waiting)
        return 0
    try:
        with only_sender(settings):
            async with open_chats(house) as speaking:
                deliverer = speaking.deliverer()
                await deliverer.recall()
                sent = await deliverer.deliver()
    except AlreadyRunningError:
        screen.page("delivered", state="running", waiting=waiting)
        return 0
    except Outage:
        screen.page("delivered", state="outage", waiting=waiting)
        return 1
    left = await _waiting(house)
    screen.page("delivered", state="sent", sent=sent, left=left)
    return 1 if left else 0


async def _waiting(house: House) -> int:
    async with house.ports.store.read() as tx:
        return await tx.count(
            Display, eq("is_due", True), le("not_before", house.ports.clock.now())
        )
