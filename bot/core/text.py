"""Text as the matcher reads it: folded, cut into tokens, freed of its markup, excerpted.

Folding makes one spelling of all those a name can have (accents, case, ligatures, invisible
characters, typographic dashes and quotes). Tokens keep their place in the original, so what was
found can be shown where it stands. Everything here takes time in proportion to the text.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

Span = tuple[int, int]

BREAK = "."
"""The end of a sentence, or anything else no name reaches across."""
COMMA = ","
OPEN = "("
DASH = "-"
"""A dash between spaces; one that joins two words is in the second one's ``joint``."""
SIGNS = frozenset((BREAK, COMMA, OPEN, DASH))
"""The tokens that are not words."""


class Token(NamedTuple):
    """A folded word or a sign, and where it stands in the original."""

    word: str
    start: int
    end: int
    joint: str = ""
    """What ties it to the word before without a space: a dash, an apostrophe, or nothing."""
    has_dot: bool = False
    """An initial or an abbreviation, written with its full stop."""


def fold(text: str) -> str:
    """The text without accents, case, dashes, apostrophes or anything invisible."""
    return " ".join(text.translate(_FOLDED).split())


def words(text: str) -> list[str]:
    """The folded words of a text, signs left out; the same words as ``tokens``."""
    found = _spaced(text).split()
    if "_" in text:
        found = [bare for word in found if (bare := word.strip("_"))]
    return found


def phrase_of(text: str) -> str:
    """The folded words of a text in one string, for phrases to be looked for."""
    return " ".join(words(text))


def tokens(text: str, abbreviations: frozenset[str] = frozenset()) -> list[Token]:
    """The words and signs of a text, each with its place in it.

    A full stop after a single letter or one of ``abbreviations`` ends no sentence.
    """
    found: list[Token] = []
    end = -2
    for piece in _TOKEN.finditer(text):
        raw = piece[1]
        start, stop = piece.span()
        if raw is None:
            _add_sign(found, text, start)
            continue
        if "_" in raw:
            start += len(raw) - len(raw.lstrip("_"))
            stop -= len(raw) - len(raw.rstrip("_"))
            raw = raw.strip("_")
        word = raw.lower() if raw.isascii() else raw.translate(_WORDS).strip("_")
        if not word:
            continue
        joint = _JOINTS.get(text[end], "") if start - end == 1 else ""
        dotted = (len(word) == 1 or word in abbreviations) and text.startswith(".", stop)
        found.append(Token(word, start, stop, joint, dotted))
        end = stop + dotted
    return found


def plain(markup: str) -> str:
    """The text of a piece of HTML, one line a block; whatever is wrong with it, never an error.

    Not ``html.parser``: 30 kB of unclosed tags keep it busy for eight seconds.
    """
    scanner = _Scanner(markup)
    text = _HUGE_REFERENCE.sub("\ufffd", "".join(scanner.pieces()))
    lines = (" ".join(line.split()) for line in html.unescape(text).split(_NEW_LINE))
    return "\n".join(line for line in lines if line)


def changed(before: str, after: str) -> tuple[str, str]:
    """What a text lost and what it has instead, between what both begin and end with."""
    old, new = before.split(), after.split()
    same = 0
    for mine, theirs in zip(old, new, strict=False):
        if mine != theirs:
            break
        same += 1
    end = 0
    for mine, theirs in zip(reversed(old[same:]), reversed(new[same:]), strict=False):
        if mine != theirs:
            break
        end += 1
    return " ".join(old[same : len(old) - end]), " ".join(new[same : len(new) - end])


def typed(text: str) -> str:
    """What somebody typed, without what nothing keeps: controls and lone surrogates.

    A chat lets both through; nobody can see them, and no database holds them.
    """
    return _UNKEPT.sub("", text)


def excerpt(
    text: str, spans: Sequence[Sequence[int]], width: int = 280
) -> tuple[str, tuple[Span, ...]]:
    """The sentences around the first span in about ``width`` characters, and the spans in them."""
    valid = sorted((a, b) for a, b in spans if 0 <= a < b <= len(text))
    start, end = _window(text, valid[0] if valid else (0, 0), width)
    head = "\u2026" if text[:start].strip() else ""
    tail = "\u2026" if text[end:].strip() and not _ends_sentence(text, end - 1) else ""
    shift = len(head) - start
    inside = tuple((a + shift, b + shift) for a, b in valid if a >= start and b <= end)
    return head + _SPACE.sub(" ", text[start:end]) + tail, inside


def sentences(text: str) -> list[Span]:
    """Where each sentence of a text stands, with the signs that end it."""
    found: list[Span] = []
    start = at = 0
    while at < len(text):
        end = at = at + 1
        if not _ends_sentence(text, end - 1):
            continue
        if closing := _CLOSING.match(text, end):
            end = at = closing.end()
        found.append((start, end))
        start = end
    found.append((start, len(text)))
    bare = [
        (a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip()))
        for a, b in found
    ]
    return [(a, b) for a, b in bare if words(text[a:b])]


# Private from here on.

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_APOSTROPHES = "'`\u00b4\u2018\u2019\u02b9\u02bb\u02bc\u2032\uff07"
_JOINTS = dict.fromkeys(_DASHES, "-") | dict.fromkeys(_APOSTROPHES, "'")
_LETTERS = {
    "\u00f8": "o",
    "\u0142": "l",
    "\u0111": "d",
    "\u00f0": "d",
    "\u00fe": "th",
    "\u00e6": "ae",
    "\u0153": "oe",
    "\u0131": "i",
    "\u0127": "h",
    "\u0167": "t",
}
_QUOTES = dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033", '"')
_NOTHING = frozenset(("Mn", "Me", "Cf"))  # accents, and what is not seen
_BLANK = frozenset(("Zs", "Zl", "Zp", "Cc", "Pd"))
_ALONE = (
    dict.fromkeys(_APOSTROPHES, " ") | dict.fromkeys(_DASHES, " ") | _LETTERS | _QUOTES
)  # what Unicode does not take apart by itself
_WORD = (
    r"\w\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"  # accents
    r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # invisible
    r"\u24b6-\u24e9"  # letters in circles
)
_TOKEN = re.compile(rf"([{_WORD}]+)|[^{_WORD}\s]|[\n\r\u2028\u2029]")
_IS_WORD = re.compile(f"[{_WORD}]")
_SEE_THROUGH = frozenset("*#@~")
_REMEMBERED = 8192


def _fold_character(character: str) -> str:
    if character in _ALONE:
        return _ALONE[character]
    category = unicodedata.category(character)
    if category in _NOTHING:
        return ""
    if category in _BLANK:
        return " "
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    if decomposed == character:
        return character
    return "".join(map(_fold_character, decomposed))


class _Folded(dict[int, str]):
    """A table for ``str.translate`` that learns the characters it meets."""

    def __missing__(self, code: int) -> str:
        folded = self.fold(chr(code))
        if len(self) >= _REMEMBERED:
            self.clear()
        self[code] = folded
        return folded

    def fold(self, character: str) -> str:
        return _fold_character(character)


class _Words(_Folded):
    """The same, with a space for whatever is no part of a word."""

    def fold(self, character: str) -> str:
        if not _IS_WORD.match(character):
            return " "
        return "".join(
            each for each in _fold_character(character) if each == "_" or each.isalnum()
        )


_FOLDED = _Folded()
_WORDS = _Words()

_WESTERN = "cp1252"
"""What nearly every French text is written in; its bytes are folded three times as fast."""
_UNKNOWN = b"\0"
_LONG_FOLDS: dict[bytes, bytes] = {}
"""Marks, and the several letters each stands for."""


def _western_table() -> bytes:
    table = bytearray(256)
    for code in range(256):
        folded = _WORDS.fold(bytes((code,)).decode(_WESTERN, "replace"))
        if not folded.isascii() or not folded:
            continue  # asked the slow way
        if len(folded) > 1:
            mark = bytes((len(_LONG_FOLDS) + 1,))
            _LONG_FOLDS[mark] = folded.encode()
            folded = mark.decode()
        table[code] = ord(folded)
    return bytes(table)


_WESTERN_FOLDED = _western_table()


def _spaced(text: str) -> str:
    """The words of a text, folded, with spaces for all the rest."""
    if text.isascii():
        return text.translate(_WORDS)
    try:
        folded = text.encode(_WESTERN).translate(_WESTERN_FOLDED)
    except UnicodeEncodeError:
        return text.translate(_WORDS)
    if _UNKNOWN in folded:
        return text.translate(_WORDS)
    for mark, letters in _LONG_FOLDS.items():
        if mark in folded:
            folded = folded.replace(mark, letters)
    return folded.decode()


def _add_sign(found: list[Token], text: str, at: int) -> None:
    character = text[at]
    if character in _SEE_THROUGH or not found:
        return
    last = found[-1]
    if character in _JOINTS:
        around = text[at - 1 : at].isspace() and text[at + 1 : at + 2].isspace()
        sign = DASH if _JOINTS[character] == DASH and around else ""
    elif character == ".":
        sign = "" if last.has_dot and last.end == at else BREAK
    else:
        sign = character if character in {COMMA, OPEN} else BREAK
    if sign and not last.word == sign == BREAK:
        found.append(Token(sign, at, at + 1))


_UNKEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NEW_LINE = "\x02"  # never in a text: the scanner sees to it
_BLOCK = re.compile(
    "/?(?:address|article|aside|blockquote|br|d[dlt]|div|fieldset|fig(?:caption|ure)|footer|form"
    "|h[1-6r]|header|li|main|nav|[ou]l|option|p|pre|section|t(?:able|body|[dhr]|foot|head|itle))"
)
_SILENT = {
    name: re.compile(f"</{name}[^>a-z]{{0,50}}>", re.IGNORECASE)
    for name in ("script", "style", "template", "noscript", "textarea")
}
_TAG_NAME = re.compile(r"<(?:(/?[a-zA-Z][a-zA-Z0-9]{0,15})|[!?/])")
_HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")
_SPACE = re.compile(r"\s")


class _Scanner:
    """Walks through markup once; what is no longer to be found is never looked for again."""

    def __init__(self, markup: str) -> None:
        self.markup = markup.replace(_NEW_LINE, " ")
        self._gone: set[str] = set()

    def pieces(self) -> list[str]:
        """Texts, and marks for the ends of lines."""
        found: list[str] = []
        place = 0
        while (start := self._find("<", place)) >= 0:
            found.append(self.markup[place:start])
            tag = _TAG_NAME.match(self.markup, start)
            if tag is None:
                found.append("<")
                place = start + 1
                continue
            name = (tag[1] or "").lower()
            place = self._end_of_tag(start)
            if _BLOCK.fullmatch(name):
                found.append(_NEW_LINE)
            elif name in _SILENT:
                closing = _SILENT[name].search(self.markup, place)
                place = closing.end() if closing else len(self.markup)
        return [*found, self.markup[place:]]

    def _find(self, wanted: str, place: int) -> int:
        if wanted in self._gone:
            return -1
        at = self.markup.find(wanted, place)
        if at < 0:
            self._gone.add(wanted)
        return at

    def _end_of_tag(self, start: int) -> int:
        if self.markup.startswith("<!--", start):
            end = self._find("-->", start + 2)
            if end >= 0:
                return end + 3
        first = end = self._find(">", start)
        if end < 0:
            return len(self.markup)
        while (quote := self._open_quote(start, end)) >= 0:
            end = self._find(">", quote)
            if end < 0:
                return first + 1  # the quote was never closed: the tag ends at its first bracket
            start = quote + 1
        return end + 1

    def _open_quote(self, start: int, end: int) -> int:
        """Where the attribute value that is still open at ``end`` closes; -1 when none is."""
        place = start
        while opening := _QUOTE.search(self.markup, place, end):
            closing = self._find(opening[1], opening.end())
            if closing < 0:
                return -1
            if closing >= end:
                return closing
            place = closing + 1
        return -1


_QUOTE = re.compile(r"=\s{0,9}([\"'])")
_SENTENCE_END = ".!?\u2026\n"
_CLOSING = re.compile("[ \u00a0\u202f]{0,2}[.!?\u2026\u00bb\u201d)]+")
"""What ends a sentence once more: other signs, a quotation that closes."""
_ABBREVIATION = 3  # "Dr.", "Mme.": a word so short, with a capital, ends no sentence
_LAST_WORD = re.compile(r"\w+$")


def _ends_sentence(text: str, at: int) -> bool:
    if text[at] not in _SENTENCE_END:
        return False
    if text[at] != ".":
        return True
    before = _LAST_WORD.search(text[max(0, at - _ABBREVIATION - 1) : at])
    is_short = before is not None and len(before[0]) <= _ABBREVIATION
    is_abbreviation = before is not None and is_short and before[0][0].isupper()
    return text[at + 1 : at + 2].strip() == "" and not is_abbreviation


def _window(text: str, name: Span, width: int) -> Span:
    """The part of the text to show: whole sentences if they fit, else whole words."""
    room = max(width - 2, name[1] - name[0])
    if len(text) <= room:
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return (min(start, name[0]), max(end, name[1])) if name[1] else (0, end)
    earliest = max(0, name[0] - (room - (name[1] - name[0])) * 2 // 3)
    ends = [at + 1 for at in range(earliest, name[0]) if _ends_sentence(text, at)]
    start = ends[-1] if ends else earliest
    if start and not ends:
        spaces = [at + 1 for at in range(start, name[0]) if text[at].isspace()]
        start = spaces[0] if spaces else start
    while start < name[0] and text[start].isspace():
        start += 1
    return start, _end_of_window(text, start, name[1], room)


def _end_of_window(text: str, start: int, least: int, room: int) -> int:
    latest = max(least, start + room)
    if latest >= len(text):
        return len(text.rstrip()) if text[least:].strip() else least
    ends = [at + 1 for at in range(least, latest) if _ends_sentence(text, at)]
    if ends:
        return ends[-1]
    spaces = [at for at in range(least, latest + 1) if text[at].isspace()]
    return spaces[-1] if spaces else latest
