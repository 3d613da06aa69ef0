"""How Telegram reads a text: UTF-16 places, entities, and its HTML, with its words for errors."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.servers.faults import Refused
from tests.servers.telegram_state import Entity

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
_BLANK = " \t\r\n\v\f\u200b\u200c\u2060\ufeff\u00a0"
_SPACES = " \t\r\n"
_KINDS = {
    "blockquote": "blockquote",
    "pre": "pre",
    "code": "code",
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
}
_ORDER = ["blockquote", "expandable_blockquote", *_KINDS.values()]
_GIVEN = {
    *_ORDER,
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"),
    "text_mention",
}
_REFERENCE = re.compile(
    r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<dec>[0-9]+)|(?P<name>[a-zA-Z]+));?", re.ASCII
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_COMMAND = re.compile(r"(?<!\S)/\w{1,64}(?:@\w+)?", re.ASCII)
_URL = re.compile(r"https?://[^\s<>\"]+")


def bad_request(words: str) -> Refused:
    """A 400, with the first letter as the Bot API puts it."""
    is_code = words[:2].isupper()
    shown = words if is_code else words[:1].lower() + words[1:]
    return Refused(400, f"Bad Request: {shown}")


def utf16(text: str) -> int:
    """The length of a text as Telegram measures it."""
    return len(text.encode("utf-16-le")) // 2


def found_entities(text: str) -> list[Entity]:
    """What Telegram finds by itself in what people write: commands and addresses."""
    found = [
        Entity(kind, utf16(text[: match.start()]), utf16(match.group()))
        for kind, pattern in (("bot_command", _COMMAND), ("url", _URL))
        for match in pattern.finditer(text)
    ]
    return sorted(found, key=lambda entity: entity.offset)


def read_text(
    text: Any, parse_mode: Any, given: Any, longest: int = LONGEST_TEXT
) -> tuple[str, list[Entity]]:
    """The text and entities of a message to send, checked and trimmed as Telegram does."""
    if not text:
        raise bad_request("message text is empty")
    text = str(text)
    if parse_mode:
        text, entities = _parsed(text, str(parse_mode))
    else:
        entities = _given(given or [])
    _check_places(text, entities)
    text, entities = _trimmed(text, _sorted(entities))
    if not text:
        raise bad_request("text must be non-empty")
    if utf16(text) > longest:
        raise bad_request(
            "message is too long" if longest == LONGEST_TEXT else "message caption is too long"
        )
    return text, entities


def _parsed(text: str, mode: str) -> tuple[str, list[Entity]]:
    if mode.lower() != "html":
        raise bad_request(f"unsupported parse_mode ({mode}: this server speaks HTML only)")
    return parse_html(text)


def _given(entities: list[dict[str, Any]]) -> list[Entity]:
    read = [_entity(each) for each in entities]
    return [entity for entity in read if entity.length > 0]


def _entity(given: dict[str, Any]) -> Entity:
    kind, offset, length = given.get("type"), given.get("offset"), given.get("length")
    if kind not in _GIVEN:
        raise bad_request(f"can't parse MessageEntity: Unsupported type {kind!r}")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad_request("can't parse MessageEntity: Can't find field \"offset\"")
    if offset < 0:
        raise bad_request(f"Receive an entity with incorrect offset {offset}")
    if length < 0:
        raise bad_request(f"Receive an entity with incorrect length {length}")
    url = given.get("url")
    if kind == "text_link":
        url = checked_url(str(url or ""))
        if url is None:
            raise bad_request(f"Entity URL '{given.get('url')}' is invalid: Wrong HTTP URL")
    emoji = given.get("custom_emoji_id")
    return Entity(kind, offset, length, url, given.get("language"), emoji)


def checked_url(url: str) -> str | None:
    """An address as Telegram keeps it; None when it takes it for none."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme in {"tg", "ton"}:
        return url
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or "." not in host or " " in url:
        return None
    return parts._replace(path=parts.path or "/").geturl()


def _check_places(text: str, entities: list[Entity]) -> None:
    """Refuse an entity outside the text, or that cuts a character in two."""
    size = utf16(text)
    places: dict[int, int] = {}  # UTF-16 place of each character: its byte
    place = byte = 0
    for char in text:
        places[place] = byte
        place += utf16(char)
        byte += len(char.encode())
    places[place] = byte
    for entity in entities:
        where = f"Entity beginning at UTF-16 offset {entity.offset}"
        if entity.offset > size:
            raise bad_request(
                f"Entity begins after the end of the text at UTF-16 offset {entity.offset}"
            )
        if entity.end > size:
            raise bad_request(
                f"{where} ends after the end of the text at UTF-16 offset {entity.end}"
            )
        if entity.offset not in places:
            raise bad_request(
                "Entity begins in a middle of a UTF-16 symbol at byte offset "
                f"{places[entity.offset + 1]}"
            )
        if entity.end not in places:
            raise bad_request(
                f"{where} ends in a middle of a UTF-16 symbol at byte offset "
                f"{places[entity.end + 1]}"
            )


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the blanks at the end, and those at the start that no entity covers."""
    text = text.rstrip(_BLANK)
    size = utf16(text)
    entities = [entity.cut(size) for entity in entities if entity.offset < size]
    covered = entities[0].offset if entities else size
    blanks = 0
    while blanks < min(covered, len(text)) and text[blanks] in " \n":
        blanks += 1
    return text[blanks:], [entity.moved(-blanks) for entity in entities]


def _sorted(entities: list[Entity]) -> list[Entity]:
    def order(entity: Entity) -> tuple[int, int, int]:
        rank = _ORDER.index(entity.type) if entity.type in _ORDER else len(_ORDER)
        return entity.offset, -entity.length, rank

    return sorted(entities, key=order)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Telegram's HTML: its tags only, each closed, with its errors."""
    return _Html(source).read()


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag that waits for its end."""

    tag: str
    attributes: dict[str, str]
    place: int
    """Where it starts, in UTF-16 units."""
    index: int
    """Where it starts, in pieces of the result."""


class _Html:
    """A reader of one text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._pieces: list[str] = []
        self._place = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while (char := self._peek()) != "":
            if char == "&":
                self._add(self._reference())
            elif char != "<":
                self._at += 1
                self._add(char)
            elif self._source.startswith("</", self._at):
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            tag = self._open[-1].tag
            raise self._error(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return "".join(self._pieces), _merged(_sorted(self._entities))

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _add(self, piece: str) -> None:
        self._pieces.append(piece)
        self._place += utf16(piece)

    def _error(self, words: str, at: int | None = None) -> Refused:
        byte = "" if at is None else f" at byte offset {len(self._source[:at].encode())}"
        return bad_request(f"can't parse entities: {words}{byte}")

    def _until(self, stops: str) -> str:
        start = self._at
        while (char := self._peek()) != "" and char not in stops:
            self._at += 1
        return self._source[start : self._at]

    def _spaces(self) -> None:
        while (char := self._peek()) != "" and char in _SPACES:
            self._at += 1

    def _reference(self) -> str:
        """The character an ``&`` stands for; itself when it stands for none."""
        match = _REFERENCE.match(self._source, self._at)
        self._at += 1
        if match is None:
            return "&"
        if match["name"]:
            char = _NAMED.get(match["name"])
        else:
            code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
            if 0xD800 <= code <= 0xDFFF:
                raise self._error("Text contains invalid Unicode characters")
            char = chr(code) if 0 < code <= 0x10FFFF else None
        if char is None:
            return "&"
        self._at = match.end()
        return char

    def _start_tag(self) -> None:
        start = self._at
        self._at += 1
        tag = self._until(_SPACES + ">").lower()
        if self._peek() == "":
            raise self._error("Unclosed start tag", start)
        if tag not in _KINDS:
            raise self._error(f'Unsupported start tag "{tag}"', start)
        attributes = self._attributes(tag, start)
        self._at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._error('Tag "span" must have class "tg-spoiler"', start)
        if tag == "tg-emoji" and not attributes.get("emoji-id"):
            raise self._error('Tag "tg-emoji" must have attribute "emoji-id"', start)
        self._open.append(_Open(tag, attributes, self._place, len(self._pieces)))

    def _attributes(self, tag: str, start: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._spaces()
            if self._peek() == ">":
                return found
            name = self._until(_SPACES + "=>").lower()
            if not name:
                raise self._error(f'Empty attribute name in the tag "{tag}"', start)
            self._spaces()
            if self._peek() == "":
                raise self._error(f'Unclosed start tag "{tag}"', start)
            found[name] = self._value(tag, start) if self._peek() == "=" else ""

    def _value(self, tag: str, start: int) -> str:
        self._at += 1
        self._spaces()
        quote = self._peek()
        if quote == "":
            raise self._error(f'Unclosed start tag "{tag}"', start)
        if quote in "'\"":
            return self._quoted(quote, start)
        token = self._at
        while (char := self._peek()) != "" and (
            char.isascii() and (char.isalnum() or char in ".-")
        ):
            self._at += 1
        if self._peek() == "" or self._peek() not in _SPACES + ">":
            raise self._error("Unexpected end of name token", token)
        return self._source[token : self._at].lower()

    def _quoted(self, quote: str, start: int) -> str:
        self._at += 1
        value = ""
        while (char := self._peek()) not in {quote, ""}:
            if char == "&":
                value += self._reference()
            else:
                self._at += 1
                value += char
        if self._peek() == "":
            raise self._error("Unclosed start tag", start)
        self._at += 1
        return value

    def _end_tag(self) -> None:
        start = self._at
        if not self._open:
            raise self._error("Unexpected end tag", start)
        self._at += 2
        name = self._until(_SPACES + ">").lower()
        self._spaces()
        if self._peek() != ">":
            raise self._error("Unclosed end tag", start)
        self._at += 1
        opened = self._open.pop()
        if name and name != opened.tag:
            at = len(self._source[:start].encode())
            raise self._error(
                f"Unmatched end tag at byte offset {at}, "
                f'expected "</{opened.tag}>", found "</{name}>"'
            )
        if self._place > opened.place:
            self._entities += self._closed(opened)

    def _closed(self, opened: _Open) -> list[Entity]:
        """The entity of a tag that was closed; a link to no address is no entity."""
        kind = _KINDS[opened.tag]
        attributes = opened.attributes
        url = language = None
        if kind == "text_link":
            inner = "".join(self._pieces[opened.index :])
            url = checked_url(attributes.get("href") or inner)
            if url is None:
                return []
        if opened.tag in {"pre", "code"} and attributes.get("class", "").startswith("language-"):
            language = attributes["class"].removeprefix("language-") or None
        if kind == "blockquote" and "expandable" in attributes:
            kind = "expandable_blockquote"
        size = self._place - opened.place
        return [Entity(kind, opened.place, size, url, language, attributes.get("emoji-id"))]


def _merged(entities: list[Entity]) -> list[Entity]:
    """A ``pre`` and a ``code`` with a language over the same words are one."""
    whole = {(each.offset, each.length) for each in entities if each.type == "pre"}
    named = {
        (each.offset, each.length): each.language
        for each in entities
        if each.language and each.type in {"code", "pre"}
    }
    kept: list[Entity] = []
    for each in entities:
        span = each.offset, each.length
        if each.type == "code" and span in whole and span in named:
            continue
        language = named.get(span) if each.type == "pre" else None
        kept.append(Entity(each.type, *span, each.url, language, each.custom_emoji_id))
    return kept
