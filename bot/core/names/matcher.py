"""Looking for many people in a text at once."""

from collections.abc import Iterator, Mapping

from bot.core.names.known import Known, know
from bot.core.names.page import LONGEST_HANDLE, Page, handles_in, lexicon_of, pieces_of
from bot.core.names.people import EvidenceKind, Match, Person
from bot.core.names.sightings import Node, Sighting, without_shorter
from bot.core.names.spelling import anchor_of, forms_of, is_slip, may_slip
from bot.core.names.watchwords import Watchwords
from bot.core.names.weigh import Around, weigh
from bot.core.names.weights import weighed
from bot.core.text import words as folded_words


class Matcher:
    """Finds people in texts; they can come and go."""

    def __init__(self, people: Mapping[int, Person], words: Watchwords) -> None:
        self._lexicon = lexicon_of(words)
        self._people: dict[int, Person] = {}
        self._known: dict[int, Known] = {}
        self._gate: dict[str, list[Node]] = {}
        self._given: dict[str, dict[int, str]] = {}
        """People by the first word of their given name, with the family name a slip may hide."""
        for key, person in people.items():
            self.add(key, person)

    def __len__(self) -> int:
        return len(self._people)

    def __contains__(self, key: int) -> bool:
        return key in self._people

    def add(self, key: int, person: Person) -> None:
        """Look for this person too; in the place of whoever had the same key."""
        self.remove(key)
        self._people[key] = person
        ways = self._lexicon.ways_of(person.given)
        for form in forms_of(person, self._lexicon.words):
            anchor = anchor_of(form.words)
            nodes = self._gate.setdefault(form.words[anchor], [])
            node = next((node for node in nodes if node.words == form.words), None)
            if node is None:
                node = Node(form.words, anchor)
                nodes.append(node)
            node.add(key, form.kind, ways)
        if slip := may_slip(person):
            self._given.setdefault(slip[0], {})[key] = slip[1]

    def remove(self, key: int) -> None:
        """Look for this person no more."""
        person = self._people.pop(key, None)
        if person is None:
            return
        self._known.pop(key, None)
        if slip := may_slip(person):
            del self._given[slip[0]][key]
            if not self._given[slip[0]]:
                del self._given[slip[0]]
        ways = self._lexicon.ways_of(person.given)
        for form in forms_of(person, self._lexicon.words):
            word = form.words[anchor_of(form.words)]
            for node in self._gate[word]:
                if node.words == form.words:
                    node.remove(key, form.kind, ways)
            kept = [node for node in self._gate[word] if not node.is_empty]
            if kept:
                self._gate[word] = kept
            else:
                del self._gate[word]

    def match(self, title: str, text: str, url: str = "") -> tuple[Match, ...]:
        """The people this title and this text name, the surest first.

        Args:
            title: of a publication.
            text: of the same.
            url: where it stands; a site may have been taught about.
        """
        sightings: dict[int, list[Sighting]] = {}
        for page in (*self._pages(title, in_title=True), *self._pages(text, in_title=False)):
            for sighting in without_shorter(self._sightings(page)):
                sightings.setdefault(sighting.known.key, []).append(sighting)
        if not sightings:
            return ()
        around = Around(title, text, self._lexicon.words, url)
        found = (weigh(seen, around) for seen in sightings.values())
        kept = (match for match in found if match is not None)
        return tuple(sorted(kept, key=lambda match: (-match.score, match.key)))

    def _pages(self, text: str, *, in_title: bool) -> Iterator[Page]:
        """The parts of a text that open the gate: all of it, unless it is very long."""
        left = _PIECES_READ
        for start, end in pieces_of(text):
            piece = text[start:end]
            if left and self._opens(piece):
                left -= 1
                yield Page(piece, self._lexicon, start, in_title=in_title)

    def _opens(self, text: str) -> bool:
        gate, given = self._gate, self._given if len(self) <= _SLIPS_AMONG else {}
        return any(word in gate or word in given for word in folded_words(text)) or any(
            any(self._handled(word)) for word in handles_in(text)
        )

    def _handled(self, handle: str) -> Iterator[tuple[Node, str]]:
        """The names a handle may be made of, and what stands before or after each."""
        for at in range(1, len(handle)):
            halves = handle[:at].strip("_"), handle[at:].strip("_")
            for name, rest in (halves, halves[::-1]):
                for node in self._gate.get(name, ()):
                    if node.words == (name,) and node.answers_to(rest, self._lexicon):
                        yield node, rest

    def _sightings(self, page: Page) -> Iterator[Sighting]:
        left = _NAMES_READ
        for at, word in enumerate(page.words):
            for node in self._gate.get(word, ()):
                first = at - node.anchor
                last = first + len(node.words)
                if first >= 0 and page.words[first:last] == node.words:
                    left -= 1
                    yield from node.sightings(page, first, last, self._knows)
            if word in self._given and len(self) <= _SLIPS_AMONG:
                left -= 1
                yield from self._slips(page, at, self._given[word])
            if page.is_handle(at):
                for node, rest in self._handled(word[:LONGEST_HANDLE]):
                    left -= 1
                    yield from node.handles(page, at, rest, self._knows)
            if left < 0:
                return

    def _slips(self, page: Page, at: int, people: Mapping[int, str]) -> Iterator[Sighting]:
        """Who is named with one wrong letter, right beside their given name."""
        for beside in (at + 1, at - 1):
            word = page.word(beside)
            if word in self._gate or not page.is_word(beside):
                continue
            first, last = min(at, beside), max(at, beside) + 1
            for key, family in people.items():
                if is_slip(word, family):
                    found = (weighed(EvidenceKind.SLIP, page.shown(first, last)),)
                    yield Sighting(self._knows(key), page, first, last, found, (family,))

    def _knows(self, key: int) -> Known:
        if key not in self._known:
            self._known[key] = know(key, self._people[key], self._lexicon.words)
        return self._known[key]


_PIECES_READ = 20
"""Pieces of a long text that are read closely: more is no article, or an attack."""
_NAMES_READ = 2_000
"""Names looked at in one piece, for the same reason."""
_SLIPS_AMONG = 5_000
"""People beyond whom slips of the pen are not looked for: each given name would open the gate."""
