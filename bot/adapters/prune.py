"""Cuts out of a feed, before it is parsed, the items that an earlier visit read.

Parsing is what polling costs, and most of what is parsed was parsed an hour ago. One linear look
over the bytes finds where each item begins and ends; the parser then reads the document as if the
known ones had never been published. What is not plainly a flat list of items is left whole.
"""

import hashlib
import re
from dataclasses import dataclass

MARK_BYTES = 8
"""What is remembered of an item: two of a thousand are alike once in 10 ** 13 feeds."""
MAX_MARKS = 20_000
_FEW = 2

# What hides tags, or a tag of an item as the more lenient of the parsers reads it. No byte is read
# twice: nothing is given back, and what does not close is odd, which ends the search.
_MARK = re.compile(
    rb"<(?:!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+\]\]>"
    rb"|!--[^-]*+(?:-(?!-)[^-]*+)*+-->"
    rb"|(?P<odd>[!?])"
    rb"|(?P<close>/?)(?P<name>(?:item|entry|[^\x00-\x20\x7f<>/=:\"']*+:(?:item|entry)))(?![\w.:-])"
    rb"(?P<end>[\x00-\x20\x7f]*+>)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """A document without what was read before."""

    body: bytes
    seen: bytes = b""
    """The marks of all its items, to be remembered; empty when they could not be told apart."""
    new: int = 0
    """Items left in it that no earlier visit read."""
    known: int = 0
    """Items cut out of it because one did."""
    surplus: int = 0
    """New items cut out of it because they are too many."""
    whole: bytes = b""
    """The document as it was."""

    @property
    def is_old(self) -> bool:
        """Whether every one of its items was read before."""
        return self.known > 0 and self.new == 0


def prune(body: bytes, seen: bytes, limit: int) -> Pruned:
    """The document, in an encoding that extends ASCII, without the items marked in ``seen``.

    At most ``limit`` new items are left in it. With one known item beside the new ones nothing is
    cut: that two items of a feed say different things under one guid has to be seen once.
    """
    spans = _spans(body)
    marks = [
        hashlib.blake2b(body[start:end], digest_size=MARK_BYTES).digest() for start, end in spans
    ]
    remembered = {seen[at : at + MARK_BYTES] for at in range(0, len(seen), MARK_BYTES)}
    is_known = [mark in remembered for mark in marks]
    known = sum(is_known)
    new = len(spans) - known
    if known < _FEW and new:
        is_known, known, new = [False] * len(spans), 0, len(spans)
    left = limit
    pieces, place = [], 0
    for (start, end), is_cut in zip(spans, is_known, strict=True):
        if is_cut or not left:
            pieces.append(body[place:start])
            place = end
        else:
            left -= 1
    pieces.append(body[place:])
    kept = limit - left
    remember = b"".join(marks[:MAX_MARKS])
    return Pruned(b"".join(pieces), remember, kept, known, new - kept, body)


def _spans(body: bytes) -> list[tuple[int, int]]:
    """Where each item begins and ends; none when a parser might see others.

    So it is when they are nested or do not close, and when a comment, a declaration or a
    processing instruction may end elsewhere for a lenient parser than for a strict one.
    """
    spans: list[tuple[int, int]] = []
    opened, name = -1, b""
    for mark in _MARK.finditer(body):
        odd, close, tag, end = mark.groups()
        if tag is None and odd is None:
            continue
        if opened < 0 and tag and not close:
            opened, name = mark.start(), tag
        elif opened >= 0 and close and tag == name and end:
            spans.append((opened, mark.end()))
            opened = -1
        else:
            return []
    return [] if opened >= 0 else spans
