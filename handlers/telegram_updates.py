"""What an update of Telegram says: who, from where, which words, which file."""

from telegram import Chat, Message, MessageOriginChannel, Update

from bot.core.files import Offered
from bot.core.people import Actor, Platform

_PHOTO = "photo.jpg"
"""What a picture is called: Telegram's have no name."""


def actor_of(update: Update) -> Actor | None:
    """Who did it, and where; nobody for what no person did."""
    user, chat = update.effective_user, update.effective_chat
    if user is None or chat is None or user.is_bot:
        return None
    return Actor(
        platform=Platform.TELEGRAM,
        external_id=str(user.id),
        name=user.full_name,
        address=str(chat.id),
        is_private=chat.type == Chat.PRIVATE,
        is_forum=bool(chat.is_forum),
        message=_pressed(update),
        thread=_topic(update),
    )


def is_answer(message: Message, bot: int) -> bool:
    """Whether it answers a message of ours."""
    asked = message.reply_to_message
    return asked is not None and asked.from_user is not None and asked.from_user.id == bot


def words_of(message: Message) -> str:
    """What a message says, with the addresses behind its words."""
    words = message.text or message.caption or ""
    linked = [url for url in _links(message) if url not in words]
    return "\n".join([words, *linked]).strip()


def offered_in(message: Message) -> Offered:
    """The file of a message: a picture at its largest, or a document; else none that we take."""
    caption = message.caption or ""
    if message.photo:
        largest = max(message.photo, key=lambda each: each.width * each.height)
        size = largest.file_size or 0
        return Offered(largest.file_id, _PHOTO, "image/jpeg", size, caption)
    document = message.document
    if document is None:
        return Offered("")
    name, kind = document.file_name or "", document.mime_type or ""
    return Offered(document.file_id, name, kind, document.file_size or 0, caption)


def picture_in(message: Message) -> str:
    """The references of a message's picture: the picture itself, then the file to ask for."""
    document = message.document
    is_image = document is not None and (document.mime_type or "").startswith("image/")
    shown = message.photo[-1] if message.photo else document if is_image else None
    return f"telegram:{shown.file_unique_id}/{shown.file_id}" if shown else ""


# Private from here on.


def _topic(update: Update) -> str:
    """The topic it happened in, of a group that has them."""
    message = update.effective_message
    number = message.message_thread_id if message and message.is_topic_message else None
    return str(number) if number else ""


def _pressed(update: Update) -> str:
    """The number of the message whose button was pressed, if one was."""
    pressed = update.callback_query.message if update.callback_query else None
    return str(pressed.message_id) if pressed is not None else ""


def _links(message: Message) -> list[str]:
    """Where a message comes from, when that is public, and the addresses behind its words."""
    origin = message.forward_origin
    published = (
        [f"https://t.me/{origin.chat.username}/{origin.message_id}"]
        if isinstance(origin, MessageOriginChannel) and origin.chat.username
        else []
    )
    found = (*message.entities, *message.caption_entities)
    return published + [entity.url for entity in found if entity.url]
