"""Lists of sources in and out: OPML 1.0 and 2.0, and the CSV or JSON of what came before.

Whatever a file holds, what can be read of it is, and what cannot is told, line by line. OPML is
read by expat, which the standard library brings: entities are refused, depth costs nothing, and
what precedes a fault is kept. (listparser, by feedparser's author, was tried: it reads UTF-8 only
and takes quadratic time, 5 s for 80 kB of tags left open.)
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from itertools import chain, islice, pairwise
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from bot.core.lists import (
    MOST_BYTES,
    MOST_LISTED,
    Flaw,
    Listed,
    ListProblem,
    SourceList,
    flaw,
    within_bounds,
)
from bot.core.sources import decoded
from bot.core.text import fold

Columns = Mapping[str, Sequence[str]]


def read(body: bytes, columns: Columns) -> SourceList:
    """The sources a file lists, in the order it has them.

    Args:
        body: the file, in any of the three forms.
        columns: the names each fact may have in CSV and JSON, folded.
    """
    if len(body) > MOST_BYTES:
        return SourceList(flaws=(flaw(ListProblem.TOO_LARGE),))
    text = decoded(body, "").replace("\0", "")
    start = text.lstrip()[:1]
    if start == "<":
        return _read_opml(text)
    rows = _read_json(text) if start in {"[", "{"} else _read_csv(text, columns)
    return _read_rows(rows, columns)


def write(title: str, sources: Iterable[Listed]) -> str:
    """An OPML 2.0 document, one group a category."""
    groups: dict[str, list[Listed]] = {}
    for source in sources:
        groups.setdefault(source.category, []).append(source)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"<head><title>{_quoted(title)[1:-1]}</title></head>",
        "<body>",
    ]
    for category, members in groups.items():
        outlines = map(_outline, members)
        if category:
            lines += [f"<outline text={_quoted(category)}>", *outlines, "</outline>"]
        else:
            lines += outlines
    return "\n".join([*lines, "</body>", "</opml>", ""])


# OPML.

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTES = {'"': "&quot;"}
_TYPES = frozenset({"link", "include", "rss", "atom"})
"""What an outline may be that has its address in ``url``."""


class _Refused(Exception):
    """The document is not one to read."""

    def __init__(self, problem: ListProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class _Found:
    """What outlines say, one after the other."""

    def __init__(self) -> None:
        self.kept: list[Listed] = []
        self.flaws: list[Flaw] = []
        self._groups: list[str] = []

    def open(self, attributes: Mapping[str, str], line: int) -> None:
        """Enter an outline."""
        group = self._groups[-1] if self._groups else ""
        self._groups.append(self._read(attributes, group, line) or group)

    def close(self) -> None:
        """Leave the outline last entered."""
        if self._groups:
            self._groups.pop()

    def note(self, found: Flaw) -> None:
        """Keep a flaw, while there are not too many."""
        if len(self.flaws) < MOST_LISTED:
            self.flaws.append(found)

    def _read(self, facts: Mapping[str, str], group: str, line: int) -> str:
        """Keep what an outline names; gives the group it opens, if it is one."""
        kind, title = facts.get("type", "").lower(), facts.get("text") or facts.get("title", "")
        feed, link = facts.get("xmlurl", ""), facts.get("url", "") if kind in _TYPES else ""
        if not feed and not link:
            if "xmlurl" in facts:
                self.note(flaw(ListProblem.NO_ADDRESS, line, title))
            return title
        if not feed and (kind == "include" or link.lower().endswith(".opml")):
            self.note(flaw(ListProblem.ANOTHER_LIST, line, link))
        elif len(self.kept) <= MOST_LISTED:
            url = feed or link
            title = "" if title == url else title
            is_page = not feed and kind == "link"
            self.kept.append(Listed(url, title, group, is_page=is_page, line=line))
        return ""


def _read_opml(text: str) -> SourceList:
    found, is_inside = _Found(), False
    parser = expat.ParserCreate("utf-8")  # whatever the declaration says

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_inside
        tag = name.rpartition(":")[2].lower()
        if not is_inside and tag != "opml":
            raise _Refused(ListProblem.NOT_A_LIST)
        is_inside = True
        facts = {key.lower(): _words(value) for key, value in attributes.items()}
        found.open(facts if tag == "outline" else {}, parser.CurrentLineNumber)

    def refuse(*_: object) -> None:
        raise _Refused(ListProblem.ENTITIES)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: found.close()
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 - its signature
    except expat.ExpatError as error:
        loose = _read_loosely(text)
        if len(loose.kept) >= len(found.kept):
            found = loose
        found.note(flaw(ListProblem.MALFORMED, error.lineno))
    except _Refused as refused:
        found.note(flaw(refused.problem, parser.CurrentLineNumber))
    return within_bounds(found.kept, found.flaws)


# What readers of feeds export is often no XML: one file in five of those collected has quotes or
# markup in an attribute.

_TAG = re.compile(r"<(/?)(?:\w{1,20}:)?(?:(outline)|body|opml)\b", re.IGNORECASE)
_ATTRIBUTES = {
    name: re.compile(rf"(?<![\w:]){name}\s*=\s*([\"'])", re.IGNORECASE)
    for name in ("text", "title", "type", "xmlurl", "url")
}
_ENDS = {
    quote: re.compile(rf"{quote}(?=\s*(?:/?>|\Z|[\w:]{{1,40}}\s*=\s*[\"']))") for quote in "\"'"
}


def _read_loosely(text: str) -> _Found:
    """The outlines of a document that is no XML, each for itself."""
    found = _Found()
    line, last = 1, 0
    for tag, following in pairwise(chain(_TAG.finditer(text), [None])):
        if tag is None or not tag[2]:
            continue
        if tag[1]:
            found.close()
            continue
        line, last = line + text.count("\n", last, tag.start()), tag.start()
        piece = text[tag.end() : following.start() if following else len(text)].rstrip()
        facts = {name: _attribute(piece, name) for name in _ATTRIBUTES}
        found.open({name: value for name, value in facts.items() if value}, line)
        if piece.endswith("/>"):
            found.close()
    return found


def _attribute(piece: str, name: str) -> str:
    """The value of an attribute: to the quote that another attribute or the end follows."""
    start = _ATTRIBUTES[name].search(piece)
    end = _ENDS[start[1]].search(piece, start.end()) if start else None
    return _words(unescape(piece[start.end() : end.start()])) if start and end else ""


def _outline(source: Listed) -> str:
    where = 'type="link" url' if source.is_page else 'type="rss" xmlUrl'
    return f"<outline text={_quoted(source.title or source.url)} {where}={_quoted(source.url)}/>"


def _quoted(text: str) -> str:
    """An attribute within double quotes."""
    return quoteattr(_NOT_XML.sub("", text), _QUOTES)


# CSV and JSON: rows of facts, each with its line.

_Row = tuple[int, Mapping[str, str]]
_SEPARATORS = (";", "\t", ",")
_HINT = re.compile(r"\Asep=(.)\r?\n", re.IGNORECASE)
_SWALLOWED = re.compile(r"[\r\n][^\r\n]*https?://", re.IGNORECASE)
_MOST_ROWS = 4 * MOST_LISTED
_MOST_CELLS = 50
_ADDRESS = re.compile(r"\s*(?:https?|feed)://", re.IGNORECASE)


def _read_rows(rows: Iterator[_Row | Flaw], columns: Columns) -> SourceList:
    kept: list[Listed] = []
    flaws: list[Flaw] = []
    for row in rows:
        found = row if isinstance(row, Flaw) else _listed(*row, columns)
        if isinstance(found, Flaw):
            flaws.append(found)
        else:
            kept.append(found)
        if max(len(kept), len(flaws)) > MOST_LISTED:
            break
    return within_bounds(kept, flaws)


def _listed(line: int, row: Mapping[str, str], columns: Columns) -> Listed | Flaw:
    facts = {fact: _first(row, names) for fact, names in columns.items()}
    if not facts["url"]:
        return flaw(ListProblem.NO_ADDRESS, line, facts["title"])
    every = facts["every"]
    if every and not (every.isascii() and every.isdigit() and len(every) < _SO_LONG):
        return flaw(ListProblem.INTERVAL_INVALID, line, every)
    return Listed(
        url=facts["url"],
        title=facts["title"],
        category=facts["category"],
        is_page=fold(facts["kind"]) in columns["page"],
        every_seconds=int(every) if every else None,
        line=line,
    )


_SO_LONG = 9


def _first(row: Mapping[str, str], names: Iterable[str]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _read_json(text: str) -> Iterator[_Row | Flaw]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        yield flaw(ListProblem.MALFORMED, error.lineno)
        return
    except (RecursionError, ValueError):  # too deep, or a number of too many digits
        yield flaw(ListProblem.NOT_A_LIST)
        return
    if isinstance(document, dict):  # {"feeds": [...]}, or one source alone
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if lists else [document]
    for place, item in enumerate(document, 1):
        if isinstance(item, str):
            yield place, {"url": _words(item)}
        elif isinstance(item, dict):
            yield place, {fold(name): _words(value) for name, value in item.items()}
        else:
            yield flaw(ListProblem.NO_ADDRESS, place)


def _words(value: Any) -> str:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return " ".join(_NOT_XML.sub("", str(value)).split()) if is_plain else ""


def _read_csv(text: str, columns: Columns) -> Iterator[_Row | Flaw]:
    hint = _HINT.match(text)
    body = text[hint.end() :] if hint else text
    first = next((line for line in body.splitlines() if line.strip()), "")
    separator = hint[1] if hint else max(_SEPARATORS, key=first.count)
    skipped = 1 if hint else 0
    names: list[str] | None = None
    for number, cells in _cells(body, separator):
        line = number + skipped
        if not any(cells):
            continue
        if names is None:
            names = [fold(cell) for cell in cells]
            if any(name in columns["url"] for name in names):
                continue
            names = _without_header(cells)
            if not names:
                yield flaw(ListProblem.NOT_A_LIST, line)
                return
        yield line, dict(zip(names, cells, strict=False))


def _without_header(cells: list[str]) -> list[str]:
    """The names of the columns of a list that has none: an address, then a title; or nothing."""
    place = next((at for at, cell in enumerate(cells) if _ADDRESS.match(cell)), None)
    if place is None:
        return []
    others = ["title"] + [""] * len(cells)
    return [others.pop(0) if at != place else "url" for at in range(len(cells))]


def _cells(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row and its line; a quote left open swallows no other line."""
    try:
        rows = list(islice(_parsed(text, separator), _MOST_ROWS))
    except csv.Error:
        lines = enumerate(islice(text.splitlines(), _MOST_ROWS), 1)
        rows = [(number, _alone(line, separator)) for number, line in lines]
    for number, cells in rows:
        yield number, [_words(cell) for cell in cells[:_MOST_CELLS]]


def _parsed(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    for cells in reader:
        if any(_SWALLOWED.search(cell) for cell in cells):
            raise csv.Error("a quote was left open")
        yield line, cells
        line = reader.line_num + 1


def _alone(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)
