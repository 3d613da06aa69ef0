"""Addresses, numbers and links in a text: how a person could be reached, or found."""

import re
from collections.abc import Iterator

_PHONE = re.compile(
    r"(?<![\d.,])(?:(?:\+|00)[ .\-]?33[ .\-]?(?:\(0\))?[ .\-]?|0)(?P<kind>[1-9])"
    r"(?:[ .\-/\u00a0\u2009\u202f]{0,2}\d{2}){4}(?!\d)"
)
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63} ?(?:@|\(at\)|\[at\]| arobase ) ?"
    r"(?P<domain>[A-Za-z0-9\-]{1,63}(?: ?\. ?[A-Za-z0-9\-]{2,24}){1,3})",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>]{3,500}|\b(?:bit\.ly|t\.me|wa\.me)/\S{1,200}", re.IGNORECASE
)
_NIR = re.compile(
    r"(?<!\d)[12478][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[ABab])"
    r"[ .]?\d{3}[ .]?\d{3}(?:[ .]?\d{2})?(?!\d)"
)
_MOBILE = frozenset("67")


def phones(written: str) -> Iterator[tuple[int, int]]:
    """Where any telephone number stands."""
    return (found.span() for found in _PHONE.finditer(written))


def emails(written: str) -> Iterator[tuple[int, int]]:
    """Where an e-mail address stands."""
    return (found.span() for found in _EMAIL.finditer(written))


def national_numbers(written: str) -> Iterator[tuple[int, int]]:
    """Where what looks like a French social security number (NIR) stands."""
    return (found.span() for found in _NIR.finditer(written))


def contacts(written: str) -> Iterator[tuple[int, int]]:
    """Where a reply gives a mobile number, an e-mail address or a link.

    A line of the practice (01 to 05, 08, 09) is public already, and may be given.
    """
    for found in _PHONE.finditer(written):
        if found["kind"] in _MOBILE:
            yield found.span()
    for pattern in (_EMAIL, _LINK):
        for found in pattern.finditer(written):
            yield found.span()
