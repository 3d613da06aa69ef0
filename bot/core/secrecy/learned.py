"""What of a reply nobody wrote a phrase for: the guard's learned reading.

It weighs whole sentences, where the phrases look within the parts a colon or a bracket makes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.leaning import Heard, Leaning
from bot.core.secrecy.reading import Sentence
from bot.core.secrecy.rules import RuleCode
from bot.core.text import words

BREACH = "breach"
"""The label of any breach; the others are the rules."""
_COMMON = "{commun}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A whole sentence, of one or several parts."""

    parts: tuple[Sentence, ...]

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the original."""
        return self.parts[0].start, self.parts[-1].end


def passages(sentences: Iterable[Sentence]) -> Iterator[Passage]:
    """The parts of a text put together to whole sentences."""
    held: list[Sentence] = []
    for each in sentences:
        held.append(each)
        if each.ending:
            yield Passage(tuple(held))
            held = []
    if held:
        yield Passage(tuple(held))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a passage leans towards."""

    is_breach: bool
    is_doubtful: bool
    """Whether a phrase found in it counts."""
    rules: tuple[RuleCode, ...]
    """Those it leans towards, the nearest at the least."""
    spans: tuple[tuple[int, int], ...]
    """Where the words stand that weigh most."""


class Learned:
    """Weighs passages by learned weights and lists of kindred words."""

    def __init__(self, leaning: Leaning, kindred: Mapping[str, str]) -> None:
        self._leaning = leaning
        self._rules = tuple(each for each in leaning.labels if each != BREACH)
        lists: dict[str, list[str]] = {}
        for name, listed in kindred.items():
            for word in words(listed):
                lists.setdefault(word, []).append(f"[{name}]")
        self._lists = {word: tuple(sorted(set(names))) for word, names in lists.items()}

    def heard(self, passage: Passage) -> tuple[Heard, ...]:
        """The words of a passage as they are weighed."""
        said = [word for part in passage.parts for word in part.words]
        mark = f"#{passage.parts[-1].ending}"
        return tuple(
            Heard(
                word.said,
                word.start,
                word.end,
                (
                    *sorted(name for name in word.names - {_COMMON} if name[0] in "{#"),
                    *self._lists.get(word.said, ()),
                    *((mark,) if place == len(said) - 1 else ()),
                ),
            )
            for place, word in enumerate(said)
        )

    def weigh(self, said: Sequence[Heard]) -> Verdict:
        """How far a passage leans towards a breach, and of which rules."""
        breach, *leans = self._leaning.weigh(said, (BREACH, *self._rules), most=0)
        nearest = max(leans, key=lambda lean: lean.score, default=None)
        rules = (RuleCode(each.label) for each in leans if each.is_over or each is nearest)
        spans = self._leaning.weightiest(said, BREACH) if breach.is_over else ()
        return Verdict(breach.is_over, breach.is_doubtful, tuple(rules), spans)
