"""A name as somebody types it: its title, its given and its family name."""

from bot.core.names import Watchwords
from bot.core.people import PracticeId, Practitioner
from bot.core.text import phrase_of
from bot.core.text import words as folded_words


def typed_name(written: str, words: Watchwords) -> Practitioner | None:
    """The person a name is of; nothing when it has less than two words beside a title.

    "Dr Claire Martin", "LEFEVRE Claire" and "Martin, Claire" are understood: capitals, a comma,
    or a known given name tell which is which; else the given name comes first.
    """
    before, comma, after = written.partition(",")
    parts = written.replace(",", " ").split()
    title = ""
    titles = words.care_titles | words.civil_titles
    if parts and phrase_of(parts[0]) in titles:
        title = parts.pop(0)
        before = before.strip().removeprefix(title)
    if len(parts) < 2 or not all(phrase_of(part) for part in parts):  # noqa: PLR2004 - two names
        return None
    if comma and before.split() and after.split():
        family, given = before.split(), after.split()
    else:
        given, family = _told_apart(parts, words)
    return Practitioner(
        practice_id=PracticeId(0),
        given=" ".join(map(_cased, given)),
        family=" ".join(map(_cased, family)),
        title=title[:1].upper() + title[1:] if title else "",
    )


def _told_apart(parts: list[str], words: Watchwords) -> tuple[list[str], list[str]]:
    """The given and the family names of a name without a comma."""
    shouted = [len(part) > 1 and part.isupper() for part in parts]
    if any(shouted) and not all(shouted):
        family = [part for part, is_loud in zip(parts, shouted, strict=True) if is_loud]
        given = [part for part, is_loud in zip(parts, shouted, strict=True) if not is_loud]
        return given, family
    first, last = (_is_given(part, words) for part in (parts[0], parts[-1]))
    if last and not first:
        return parts[-1:], parts[:-1]
    return parts[:1], parts[1:]


def _is_given(part: str, words: Watchwords) -> bool:
    return any(word in words.given for word in folded_words(part))


def _cased(part: str) -> str:
    """A name in capitals, or without any, as names are written."""
    return part.title() if part.isupper() or part.islower() else part
