"""Finding a person in a text: the spellings of a name, what stands around it, and how sure it is.

Nothing here is a pattern written by a user. The forms of a name are built from the person; a text
is read once, and only where one of its words opens the gate (the longest word of a family name or
of an alias). What is found is weighed: evidence for and against adds up to a score, and the score
falls in one of three zones.

To make the matcher wiser, add a kind of evidence (``people``) and its weight (``weights``), and
give it where it is seen: ``page`` knows what stands in a text, ``known`` what is known of a
person, ``sightings`` what stands right beside a name, ``weigh`` what an entry says as a whole.
"""

from bot.core.names.lessons import teachable
from bot.core.names.matcher import Matcher
from bot.core.names.people import Evidence, EvidenceKind, Lesson, Match, Person, Zone
from bot.core.names.reading import LONGEST_NAME, WrittenName, readings
from bot.core.names.spelling import variants
from bot.core.names.watchwords import InvalidWatchwords, Watchwords, parse_watchwords

__all__ = (
    "LONGEST_NAME",
    "Evidence",
    "EvidenceKind",
    "InvalidWatchwords",
    "Lesson",
    "Match",
    "Matcher",
    "Person",
    "Watchwords",
    "WrittenName",
    "Zone",
    "parse_watchwords",
    "readings",
    "teachable",
    "variants",
)
