"""A file somebody shows in a chat, fetched by that chat and kept at once under its hash."""

from bot.core import files
from bot.core.errors import Refusal, RefusalCode
from bot.core.files import Arrived, Offered
from bot.core.people import Platform
from bot.ports import Ports


async def take_in(ports: Ports, platform: Platform, offered: Offered) -> Arrived:
    """Fetch a file, see that it can be kept, and keep it.

    What the chat says of it (its size, its kind) is looked at first: nothing is fetched for
    nothing.

    Raises:
        Refusal: FILE_KIND, FILE_TOO_LARGE, FILE_EMPTY, FILE_GONE, FILE_ELSEWHERE, FILE_RIGHTS.
        Outage: the chat, or the archive, does not answer.
    """
    checked = files.checked(offered)
    chat = ports.chats.get(platform)
    if chat is None:
        raise Refusal(RefusalCode.FILE_GONE)
    content = await chat.fetch_file(checked.reference)
    files.check_content(content)
    return files.arrived(checked, content, await ports.archive.put(content))
