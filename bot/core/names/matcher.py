"""Looking for many people in a text at once."""

from collections.abc import Iterator, Mapping

from bot.core.names.gate import Gate, Slips
from bot.core.names.lexicon import lexicon_of
from bot.core.names.page import LONGEST_HANDLE, Page, handles_in, pieces_of
from bot.core.names.people import EvidenceKind, Match, Person
from bot.core.names.sightings import Node, Sighting, without_shorter
from bot.core.names.watchwords import Watchwords
from bot.core.names.weigh import Around, weigh
from bot.core.names.weights import weighed
from bot.core.text import words as folded_words

_PIECES_READ = 20
"""Pieces of a long text that are read closely: more is no article, or an attack."""
_NAMES_READ = 2_000
"""Names looked at in one piece, for the same reason."""
_TITLE_AND_SLIP = 30


class Matcher:
    """Finds people in texts; they can come and go."""

    def __init__(self, people: Mapping[int, Person], words: Watchwords) -> None:
        self._lexicon = lexicon_of(words)
        self._gate = Gate(self._lexicon)
        for key, person in people.items():
            self._gate.add(key, person)

    def __len__(self) -> int:
        return len(self._gate)

    def __contains__(self, key: int) -> bool:
        return key in self._gate

    def add(self, key: int, person: Person) -> None:
        """Look for this person too; in the place of whoever had the same key."""
        self._gate.remove(key)
        self._gate.add(key, person)

    def remove(self, key: int) -> None:
        """Look for this person no more."""
        self._gate.remove(key)

    def match(self, title: str, text: str, url: str = "") -> tuple[Match, ...]:
        """The people this title and this text name, the surest first.

        Args:
            title: of a publication.
            text: of the same.
            url: where it stands; a site may have been taught about.
        """
        sightings: dict[int, list[Sighting]] = {}
        pages = self._pages(title, in_title=True) if title else []
        for page, slips in pages + self._pages(text, in_title=False):
            for sighting in without_shorter(self._sightings(page, slips)):
                if sighting.is_unwanted:
                    continue
                sightings.setdefault(sighting.known.key, []).append(sighting)
        if not sightings:
            return ()
        around = Around(title, text, self._lexicon.words, url)
        found = (weigh(seen, around) for seen in sightings.values())
        kept = (match for match in found if match is not None)
        return tuple(sorted(kept, key=lambda match: (-match.score, match.key)))

    def _pages(self, text: str, *, in_title: bool) -> list[tuple[Page, Slips]]:
        """The parts of a text that open the gate: all of it, unless it is very long."""
        found: list[tuple[Page, Slips]] = []
        for start, end in pieces_of(text):
            piece = text[start:end]
            company = self._gate.company(folded_words(piece), piece)
            slips = self._gate.slips(company)
            if slips or self._gate.opens(company) or self._opens_by_handle(piece):
                found.append((Page(piece, self._lexicon, start, in_title=in_title), slips))
                if len(found) == _PIECES_READ:
                    break
        return found

    def _opens_by_handle(self, text: str) -> bool:
        handles = handles_in(text)
        return bool(handles) and any(any(self._handled(each)) for each in handles)

    def _handled(self, handle: str) -> Iterator[tuple[Node, str]]:
        """The names a handle may be made of, and what stands before or after each."""
        for at in range(1, len(handle)):
            halves = handle[:at].strip("_"), handle[at:].strip("_")
            for name, rest in (halves, halves[::-1]):
                for node in self._gate.nodes(name):
                    if node.words == (name,) and node.answers_to(rest, self._lexicon):
                        yield node, rest

    def _sightings(self, page: Page, slips: Slips) -> Iterator[Sighting]:
        left = _NAMES_READ
        for at, word, nodes in self._worth_a_look(page, slips):
            for node in nodes:
                first = at - node.anchor
                last = first + len(node.words)
                if first >= 0 and page.words[first:last] == node.words:
                    left -= 1
                    yield from node.sightings(page, first, last, self._gate.knows)
            for slipped in self._slipped(page, at, slips) if slips else ():
                left -= 1
                yield slipped
            if page.is_handle(at):
                for node, rest in self._handled(word[:LONGEST_HANDLE]):
                    left -= 1
                    yield from node.handles(page, at, rest, self._gate.knows)
            if left < 0:
                return

    def _worth_a_look(
        self, page: Page, slips: Slips
    ) -> Iterator[tuple[int, str, tuple[Node, ...]]]:
        """The words of a page that may be a name, and what they open."""
        has_more = bool(slips) or page.has_handles
        for at, word in enumerate(page.words):
            nodes = self._gate.nodes(word)
            if nodes or has_more:
                yield at, word, nodes

    def _slipped(self, page: Page, at: int, slips: Slips) -> Iterator[Sighting]:
        """Who is named with one wrong letter."""
        for key, given, family in slips.get(page.word(at), ()):
            before, after = at - len(given), at + 1 + len(given)
            if not given and page.title(at - 1):
                first, last, weight = at - 1, at + 1, _TITLE_AND_SLIP
            elif given and page.words[max(0, before) : at] == given:
                first, last, weight = before, at + 1, None
            elif given and page.words[at + 1 : after] == given:
                first, last, weight = at, after, None
            else:
                continue
            found = (weighed(EvidenceKind.SLIP, page.shown(first, last), weight),)
            yield Sighting(self._gate.knows(key), page, first, last, found, (family,))
