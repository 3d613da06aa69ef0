"""What cannot wait for the morning: words of threat, hate, or of somebody's home given away.

It qualifies nothing in law; it only decides that a telephone may ring. Each phrase of the lists
(``templates/watchwords/urgent.toml``) is looked for whole, folded, between words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core import text


class Alarm(StrEnum):
    """Why a mention cannot wait."""

    THREAT = "threat"
    HATE = "hate"
    DOXING = "doxing"


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """The phrases of each alarm, folded."""

    phrases: Mapping[Alarm, tuple[str, ...]]

    def found_in(self, *texts: str) -> tuple[Alarm, ...]:
        """The alarms these texts give, each once."""
        said = f" {' / '.join(text.phrase_of(each) for each in texts)} "
        return tuple(
            alarm
            for alarm, phrases in self.phrases.items()
            if any(f" {phrase} " in said for phrase in phrases)
        )


def parse_alarm_words(lists: Mapping[str, Iterable[str]]) -> AlarmWords:
    """The phrases as they are written in the file.

    Raises:
        KeyError: an alarm has no list.
    """
    return AlarmWords(
        {alarm: tuple(text.phrase_of(each) for each in lists[alarm]) for alarm in Alarm}
    )
