"""The signals of harm in a text, by themselves: for a person, or line by line for measuring."""

from dataclasses import dataclass

from bot.adapters.lawbook import load_harms
from bot.adapters.wording import TEMPLATES
from bot.cli.failures import REFUSED
from bot.cli.lines import BadLineError, Json, answer_lines, string, text_or_file
from bot.cli.screen import Screen, Words
from bot.core.errors import Refusal, RefusalCode
from bot.core.harms import MAX_READ_CHARACTERS, OutletKind, Reading, Unread

_HIGHEST = 5
_UNREADABLE = frozenset((Unread.EMPTY, Unread.RUBBISH))
_UNJUDGED = _UNREADABLE | {Unread.NOT_FRENCH}
NO_RULE = "none"


@dataclass(frozen=True, slots=True)
class Told:
    """A text, as it was typed."""

    said: str
    source_kind: str
    rating: float | None


def assess(told: Told, *, as_json: bool) -> int:
    """Say what in a text may be illicit, and why; 1 when something may be, or nothing can be said.

    Raises:
        Refusal: a kind of source that does not exist, a note that is none.
    """
    screen = Screen()
    source_kind, rating = _outlet(told.source_kind), told.rating
    if rating is not None and not 0 <= rating <= _HIGHEST:
        raise Refusal(RefusalCode.RATING_UNKNOWN)
    text = text_or_file(told.said, MAX_READ_CHARACTERS)
    reading = load_harms(TEMPLATES).read(text, source_kind, rating)
    if as_json:
        screen.json(_answer(screen.words, reading))
    elif reading.unread in _UNREADABLE:
        screen.complain(screen.words.label("unread", reading.unread))
    else:
        screen.page("assessed", reading=reading, text=text)
    is_clear = not reading.is_illicit_possible and reading.unread not in _UNJUDGED
    return 0 if is_clear else REFUSED


def assess_lines(path: str) -> int:
    """Answer every line of a file, in order; a line that cannot be read is answered by why."""
    screen, reader = Screen(), load_harms(TEMPLATES)

    def judged(asked: Json) -> Json:
        if "text" not in asked:
            raise BadLineError("no_text")
        try:
            source_kind = OutletKind(string(asked, "source_kind") or OutletKind.REVIEW)
        except ValueError:
            raise BadLineError("no_outlet") from None
        reading = reader.read(string(asked, "text"), source_kind, _rating(asked))
        return _answer(screen.words, reading)

    return answer_lines(path, screen, judged, one_each=True)


def _rating(asked: Json) -> float | None:
    rating = asked.get("rating")
    if rating is None:
        return None
    is_number = isinstance(rating, int | float) and not isinstance(rating, bool)
    if not is_number or not 0 <= rating <= _HIGHEST:
        raise BadLineError("no_rating")
    return float(rating)


def _outlet(name: str) -> OutletKind:
    try:
        return OutletKind(name)
    except ValueError:
        known = [each.value for each in OutletKind]
        raise Refusal(RefusalCode.OUTLET_UNKNOWN, name=name, known=known) from None


def _answer(words: Words, reading: Reading) -> Json:
    if reading.unread in _UNREADABLE:
        return {"error": words.label("unread", reading.unread)}
    kinds = [kind.value for kind in reading.kinds] or [reading.licit_kind.value]
    # What is in another language was not judged: it is not said to be licit.
    is_doubtful = reading.is_illicit_possible or reading.unread in _UNJUDGED
    told: Json = {
        "licit": "illicite_possible" if is_doubtful else "licite",
        "kinds": kinds,
        "urgent": reading.is_urgent,
        "deadline_rule": reading.deadline_rule or NO_RULE,
        "signals": [
            {"start": each.start, "end": each.end, "kind": each.kind.value, "why": each.why}
            for each in reading.signals
        ],
    }
    return told | ({"note": words.label("unread", reading.unread)} if reading.unread else {})
