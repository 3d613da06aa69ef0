"""A message as Telegram takes it: its text with entities, and the buttons under it."""

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from telegram.constants import MessageLimit

from bot.adapters.markup import utf16
from bot.core.messages import BlockKind, Rendered, RichText, ShownButton, Span
from bot.core.people import Channel

_PLACEHOLDER = 64


def compose(text: RichText) -> tuple[str, list[MessageEntity]]:
    """The text of a message and its entities, measured in UTF-16 units."""
    words = ""
    entities: list[MessageEntity] = []
    quotes: list[tuple[int, int]] = []
    place = 0
    for block in text.blocks:
        if block.kind is BlockKind.BREAK:
            continue
        if words:
            words += "\n"
            place += 1
        start = place
        for span in block.spans:
            size = utf16(span.text)
            entities += [
                MessageEntity(kind, place, size, url=span.url if kind == "text_link" else None)
                for kind in _entity_kinds(span, block.kind)
            ]
            words += span.text
            place += size
        if block.kind is BlockKind.QUOTE and place > start:
            quotes.append((start, place))
    entities += [
        MessageEntity(MessageEntity.BLOCKQUOTE, start, end - start)
        for start, end in _joined(quotes)
    ]
    return words[: MessageLimit.MAX_TEXT_LENGTH], entities


def markup(channel: Channel, message: Rendered) -> InlineKeyboardMarkup | ForceReply | None:
    """The buttons of a new message, or in a group the box where its answer is typed.

    A bot that does not read a group sees the answers to its own messages only.
    """
    if message.prompt and not channel.is_private:
        return ForceReply(selective=True, input_field_placeholder=message.prompt[:_PLACEHOLDER])
    return keyboard(message.rows)


def keyboard(rows: tuple[tuple[ShownButton, ...], ...]) -> InlineKeyboardMarkup | None:
    """The buttons under a message."""
    if not rows:
        return None
    return InlineKeyboardMarkup([[_key(button) for button in row] for row in rows])


# Private from here on.


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Quotations on consecutive lines as one."""
    joined: list[tuple[int, int]] = []
    for start, end in runs:
        if joined and joined[-1][1] + 1 == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _entity_kinds(span: Span, block: BlockKind) -> list[str]:
    kinds = [
        (MessageEntity.BOLD, span.bold or block is BlockKind.HEADING),
        (MessageEntity.ITALIC, span.italic),
        (MessageEntity.TEXT_LINK, span.url is not None),
    ]
    if span.code:
        return [MessageEntity.CODE]
    return [kind for kind, is_on in kinds if is_on and span.text.strip()]


def _key(button: ShownButton) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.text, url=button.url)
    return InlineKeyboardButton(button.text, callback_data=button.without_dialog)
