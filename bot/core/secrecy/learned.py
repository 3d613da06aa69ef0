"""What of a reply nobody wrote a phrase for: the guard's learned reading.

It weighs whole sentences, where the phrases look within the parts a colon or a bracket makes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.leaning import Heard, Lean, Leaning
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

    def weigh(self, said: Sequence[Heard]) -> Lean:
        """How far a passage leans towards a breach; a phrase found in it counts from the doubt."""
        (breach,) = self._leaning.weigh(said, (BREACH,))
        return breach

    def rules(self, said: Sequence[Heard]) -> tuple[RuleCode, ...]:
        """The rules a breach is against: those it leans towards, the nearest at the least."""
        leans = self._leaning.weigh(said, self._rules, most=0)
        nearest = max(leans, key=lambda lean: lean.score)
        return tuple(RuleCode(each.label) for each in leans if each.is_over or each is nearest)
