"""How a text is written and where, as the learned reading weighs it beside its words."""

import re
from collections.abc import Iterator

from bot.core.harms.kinds import OutletKind

_LENGTHS = (6, 12, 20, 30, 45, 70)
"""Numbers of words past which a text is longer."""
_SHOUTED = 4
_QUOTED = re.compile('[\u00ab"\u201c]')
_TRAILS = re.compile(r"\u2026|\.\.\.")


def manner(text: str, source_kind: OutletKind, rating: float | None, length: int) -> Iterator[str]:
    """The outlet, the stars, both together, the quotation marks, the length in words."""
    stars = "none" if rating is None else f"{rating:.0f}"
    yield f"@{source_kind}"
    yield f"@{stars}"
    yield f"@{source_kind}@{stars}"
    if _QUOTED.search(text):
        yield "@quoted"
        yield f"@quoted@{source_kind}"
    if "?" in text:
        yield "@asks"
    if "!" in text:
        yield "@exclaims"
    if _TRAILS.search(text):
        yield "@trails"
    if any(word.isupper() and len(word) >= _SHOUTED for word in text.split()):
        yield "@shouts"
    yield from (f"@over{least}" for least in _LENGTHS if length > least)
