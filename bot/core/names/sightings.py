"""A name in a text: every way it may be somebody's, with what stands right beside it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.core.names.known import Known
from bot.core.names.lexicon import Lexicon
from bot.core.names.page import LONGEST_GIVEN, Page
from bot.core.names.people import Evidence, EvidenceKind
from bot.core.names.spelling import SHORT_WORD, FormKind, Ways
from bot.core.names.weights import WEIGHTS, weighed
from bot.core.text import BREAK, COMMA, OPEN, Span, phrase_of

_CIVIL_TITLE_AND_FAMILY = 45
_SEVERAL_INITIALS = 60
_TITLE_BESIDE_INITIALS = 15
_SINGLE_WORD_ALIAS = 60
_COMMON_AFTER_SHORT_TITLE = -15
_PLACE_WITH_WHOLE_NAME = -45
_ANOTHER_NAME_AFTER = -15
_COMMON_WORD_FIRST = -60
_TWO_GIVEN_NAMES = -40
_PARTICLE_BEFORE = -60
_OTHER_TITLE_ALONE = -100


class _Candidate(NamedTuple):
    """Words beside a family name that may be the given name."""

    given: tuple[str, ...]
    kind: EvidenceKind
    first: int
    last: int
    doubts: tuple[Evidence, ...]


class Sighting(NamedTuple):
    """A person, perhaps, in one place of a page."""

    known: Known
    page: Page
    first: int
    last: int
    evidence: tuple[Evidence, ...]
    family: tuple[str, ...]
    """The spelling it was found by."""

    @property
    def span(self) -> Span:
        """Where it stands in the title or the text, which its page may be a piece of."""
        start, end = self.page.span(self.first, self.last)
        return start + self.page.offset, end + self.page.offset

    @property
    def is_unwanted(self) -> bool:
        """Whether this spelling was said to name nobody."""
        unwanted = self.known.unwanted
        return bool(unwanted) and phrase_of(self.page.shown(self.first, self.last)) in unwanted

    def says(self, kind: EvidenceKind) -> bool:
        """Whether there is such evidence."""
        return any(each.kind is kind for each in self.evidence)


Knows = Callable[[int], Known]
"""Hands out what is known of somebody."""


_WHOLE_KINDS = {FormKind.PRACTICE: EvidenceKind.PRACTICE_ALONE}


@dataclass(slots=True)
class Node:
    """One spelling, and everybody it may name."""

    words: tuple[str, ...]
    anchor: int
    families: list[int] = field(default_factory=list)
    by_given: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    by_initials: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    wholes: list[tuple[int, FormKind]] = field(default_factory=list)

    def add(self, key: int, kind: FormKind, ways: Ways) -> None:
        """Let it name a person whose given name is written in these ways."""
        if kind is not FormKind.FAMILY:
            self.wholes.append((key, kind))
            return
        self.families.append(key)
        for whole in ways.whole:
            self.by_given.setdefault(whole, []).append(key)
        for initials in ways.initials:
            self.by_initials.setdefault(initials, []).append(key)

    def answers_to(self, rest: str, lexicon: "Lexicon") -> bool:
        """Whether a handle made of this name and of ``rest`` is somebody's."""
        return (rest,) in self.by_given or (bool(self.families) and rest in lexicon.care_titles)

    def handles(self, page: Page, at: int, rest: str, knows: Knows) -> Iterator[Sighting]:
        """Who is named by ``#ClaireLefevre`` or ``@dr_lefevre``."""
        shown = page.shown(at, at + 1)
        keys, kind = self.by_given.get((rest,), []), EvidenceKind.HANDLE
        if not keys:
            keys, kind = self.families, EvidenceKind.TITLE_AND_FAMILY
        for key in keys:
            yield Sighting(knows(key), page, at, at + 1, (weighed(kind, shown),), self.words)

    def sightings(self, page: Page, first: int, last: int, knows: Knows) -> Iterator[Sighting]:
        """Who is named by these words of the page, with what stands around them."""
        if "-" not in {page.joint(first), page.joint(last)}:
            for key, kind in self.wholes:
                weight = _SINGLE_WORD_ALIAS if kind is FormKind.WORD else None
                what = _WHOLE_KINDS.get(kind, EvidenceKind.ALIAS)
                found = [weighed(what, page.shown(first, last), weight)]
                if kind is FormKind.WORD and (place := page.place(first)):
                    found.append(weighed(EvidenceKind.PLACE_NAME, place))
                yield Sighting(knows(key), page, first, last, tuple(found), self.words)
        if self.families:
            named: set[int] = set()
            for key, candidate, evidence in self._by_given_name(page, first, last, knows):
                if key not in named:
                    named.add(key)
                    start, end = candidate.first, candidate.last
                    yield Sighting(knows(key), page, start, end, evidence, self.words)
            for key, evidence in self._by_title(page, first, last, named, knows):
                yield Sighting(knows(key), page, first, last, evidence, self.words)

    def _by_given_name(
        self, page: Page, first: int, last: int, knows: Knows
    ) -> Iterator[tuple[int, _Candidate, tuple[Evidence, ...]]]:
        for candidate in _candidates(page, first, last):
            for index in (self.by_given, self.by_initials):
                for key in index.get(candidate.given, ()):
                    is_whole = index is self.by_given
                    evidence = _named(page, knows(key), candidate, is_whole=is_whole)
                    if evidence:
                        yield key, candidate, evidence

    def _by_title(
        self, page: Page, first: int, last: int, named: set[int], knows: Knows
    ) -> Iterator[tuple[int, tuple[Evidence, ...]]]:
        """Whom a title and a family name may mean, and whom another given name rules out."""
        if other := _other_given(page, first, last):
            page.others.setdefault(self.words, other)
            if page.titles_before(first) or page.titles_before(first - 1):
                ruled_out = (weighed(EvidenceKind.OTHER_GIVEN_NAME, other),)
                yield from ((key, ruled_out) for key in self.families if key not in named)
            return
        titles = page.titles_before(first) or page.shared_title(first)
        is_given = self.words[-1] in page.lexicon.words.given
        if named or page.joint(last) == "-":
            return
        if not titles:
            yield from self._by_profession(page, first, last, knows)
            return
        if is_given and page.looks_like_name(last):
            return  # "Dr Martin Dupont" is no Dr Martin
        for key in self.families:
            yield key, _titled(page, knows(key), first, last, titles)

    def _by_profession(
        self, page: Page, first: int, last: int, knows: Knows
    ) -> Iterator[tuple[int, tuple[Evidence, ...]]]:
        """Whom a profession right before a family name may mean: ``la psychiatre Wozniak``."""
        before = page.word(first - 1)
        if before not in page.lexicon.words.professions or not page.is_capital(first):
            return
        for key in self.families:
            if before in knows(key).own_professions:
                shown = page.shown(first - 1, last)
                yield key, (weighed(EvidenceKind.PROFESSION_AND_FAMILY, shown),)


def _titled(
    page: Page, known: Known, first: int, last: int, titles: list[str]
) -> tuple[Evidence, ...]:
    words = page.lexicon.words
    weight = None if words.care_titles.intersection(titles) else _CIVIL_TITLE_AND_FAMILY
    shown = f"{page.shown(first - 1, last) if page.title(first - 1) else page.shown(first, last)}"
    found = [weighed(EvidenceKind.TITLE_AND_FAMILY, shown, weight)]
    if known.is_common and not page.is_capital(first):
        weight = _COMMON_AFTER_SHORT_TITLE if titles[0] in words.abbreviations else None
        found.append(weighed(EvidenceKind.COMMON_WORD, page.shown(first, last), weight))
    if page.looks_like_name(last) and not _is_city(known, page.word(last)):
        words_shown = page.shown(first, last + 1)
        found.append(weighed(EvidenceKind.LONGER_NAME, words_shown, _ANOTHER_NAME_AFTER))
    return (*found, *_around_name(page, known, first, titles, is_whole=False))


def _is_city(known: Known, word: str) -> bool:
    return any(word in city.split() for city in known.cities)


def _around_name(
    page: Page, known: Known, first: int, titles: list[str], *, is_whole: bool
) -> Iterator[Evidence]:
    """What a title of the other sex or the name of a street says against a name."""
    for title in known.other_titles.intersection(titles):
        weight = None if is_whole else _OTHER_TITLE_ALONE
        yield weighed(EvidenceKind.OTHER_TITLE, title, weight)
    if place := page.place(first):
        weight = _PLACE_WITH_WHOLE_NAME if is_whole else None
        yield weighed(EvidenceKind.PLACE_NAME, place, weight)


def _named(
    page: Page, known: Known, candidate: _Candidate, *, is_whole: bool
) -> tuple[Evidence, ...]:
    """What speaks for a person by family and given name; nothing when the initials are none."""
    first, last = candidate.first, candidate.last
    shown = page.shown(first, last)
    found = [weighed(candidate.kind, shown)]
    if not is_whole:
        at = first if candidate.kind is EvidenceKind.EXACT_NAME else last - len(candidate.given)
        is_single = len(candidate.given) == 1
        is_title = is_single and bool(page.title(at)) and not page.title(at - 1)  # "M. Dupont"
        is_other = is_title or (at == first and page.other_given(first))
        if is_other or not page.are_initials(at, at + len(candidate.given)):
            return ()
        is_part = len(candidate.given) == 1 and len(candidate.given[0]) > SHORT_WORD
        several = (
            len("".join(candidate.given)) > 1
            and not is_part
            and candidate.given[0] not in page.lexicon.words.digraphs
        )
        found = [weighed(EvidenceKind.INITIALS, shown, _SEVERAL_INITIALS if several else None)]
    titles = page.titles_before(first)
    if titles and not is_whole:
        found.append(weighed(EvidenceKind.TITLE, titles[0], _TITLE_BESIDE_INITIALS))
    elif page.lexicon.words.care_titles.intersection(titles):
        found.append(weighed(EvidenceKind.TITLE, titles[0]))
    small = [at for at in range(first, last) if not page.is_capital(at)]
    if known.is_common and any(page.word(at) in page.lexicon.words.common for at in small):
        is_inverted = candidate.kind is EvidenceKind.INVERTED  # "mon petit Thomas"
        weight = _COMMON_WORD_FIRST if is_inverted else None
        found.append(weighed(EvidenceKind.COMMON_WORD, shown, weight))
    found += candidate.doubts
    found += _around_name(page, known, first, titles, is_whole=True)
    return tuple(found)


def _other_given(page: Page, first: int, last: int) -> str:
    """Another given name around a family name, or nothing."""
    if page.joint(first) != "-" and (before := page.other_given(first)):
        return before
    after = last + (page.word(last) == OPEN)
    if page.joint(last) != "-" and page.is_given(after, first):
        return page.shown(after, after + 1)
    return ""


def _candidates(page: Page, first: int, last: int) -> Iterator[_Candidate]:
    """The words that may be the given name of a family name, the likeliest first."""
    longer = _longer_family(page, first, last)
    for skip in _skips(page, first):
        end = first - skip
        if skip and page.joint(end) == "-":
            continue  # "Jean-Pierre Lefevre" is no Jean
        for start in range(end - 1, end - 1 - LONGEST_GIVEN, -1):
            if not page.is_word(start):
                break
            if page.joint(start) == "-" and not page.title(start - 1):
                continue  # "Marie-Claire Lefevre" is no Claire
            doubts = (
                *(longer if skip or page.joint(last) == "-" else ()),
                *_doubts_before(page, start, end, skip),
            )
            given = tuple(page.words[start:end])
            yield _Candidate(given, EvidenceKind.EXACT_NAME, start, last, doubts)
    if not longer and not page.other_given(first):
        yield from _inverted(page, first, last)


def _longer_family(page: Page, first: int, last: int) -> tuple[Evidence, ...]:
    start = first - (page.joint(first) == "-")
    end = last + (page.joint(last) == "-")
    if (start, end) == (first, last):
        return ()
    return (weighed(EvidenceKind.LONGER_NAME, page.shown(start, end)),)


def _skips(page: Page, first: int) -> Iterator[int]:
    """How many words may stand between the given and the family name."""
    words = page.lexicon.words
    yield 0
    if page.joint(first) == "-":
        yield 1
        return
    before = page.word(first - 1)
    if before in words.married:
        yield 1
        yield 3 if page.word(first - 2) == OPEN else 2
    elif page.word(first - 2) in words.conjunctions and page.looks_like_name(first - 1):
        yield 2
    elif page.is_initial(first - 1) or (page.looks_like_name(first - 1) and before.isalpha()):
        yield 1


def _doubts_before(page: Page, start: int, end: int, skip: int) -> Iterator[Evidence]:
    words = page.lexicon.words
    if page.is_given(start - 1, start) and not page.joint(start):
        yield weighed(EvidenceKind.LONGER_NAME, page.shown(start - 1, end))
    if page.word(end) in words.conjunctions:
        yield weighed(EvidenceKind.UNSURE_ORDER, page.shown(start, end + skip))
    if skip != 1 or page.is_initial(end) or page.word(end) in words.married:
        return
    shouted = page.is_upper(start) and page.is_upper(end) and page.word(end) not in words.given
    doubled = end - start == 1 and page.word(start) in words.compound
    if shouted or doubled:
        yield weighed(EvidenceKind.LONGER_NAME, page.shown(start, end + 1))


def _inverted(page: Page, first: int, last: int) -> Iterator[_Candidate]:
    sign = page.word(last) if page.word(last) in {COMMA, OPEN} else ""
    start = last + len(sign)
    while page.title(start):
        start += 1
    if page.is_capital(first) and not page.is_capital(start):
        return
    for end in range(start + 1, start + 1 + LONGEST_GIVEN):
        if not page.is_word(end - 1):
            return
        if page.joint(end) == "-":
            continue
        doubts = list(_particle_before(page, first))
        if weight := _order_doubt(page, (first, start, end), sign):
            shown = page.shown(first, end)
            doubts.append(weighed(EvidenceKind.UNSURE_ORDER, shown, weight))
        given = tuple(page.words[start:end])
        yield _Candidate(given, EvidenceKind.INVERTED, first, end, tuple(doubts))


def _particle_before(page: Page, first: int) -> Iterator[Evidence]:
    """``Le Roy Helene`` is no Helene Roy, but ``de Roy Helene`` may say whose."""
    words, before = page.lexicon.words, page.word(first - 1)
    may_start = before in words.articles or page.is_word(first - 2)
    is_name = before not in words.prepositions or (page.is_capital(first - 1) and may_start)
    if before in words.particles and is_name:
        shown = page.shown(first - 1, first + 1)
        yield weighed(EvidenceKind.LONGER_NAME, shown, _PARTICLE_BEFORE)


def _order_doubt(page: Page, places: tuple[int, int, int], sign: str) -> int:
    """How much a family name before a given name may be two people, or the other way round."""
    first, start, end = places
    known = page.lexicon.words.given
    if page.is_upper(first) and not page.is_upper(start):
        return 0  # "LEFEVRE Claire"
    if sign == OPEN:
        return 0 if page.word(end) == BREAK else WEIGHTS[EvidenceKind.UNSURE_ORDER]
    if sign == COMMA:
        before = first - len(page.titles_before(first)) - 1
        is_unsure = page.is_word(before) or page.is_word(end)
    elif page.word(first) in known and page.word(start) in known:
        return _TWO_GIVEN_NAMES
    else:
        is_unsure = page.looks_like_name(end) or not page.is_capital(first)
    return WEIGHTS[EvidenceKind.UNSURE_ORDER] if is_unsure else 0


def without_shorter(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Leave out who is only part of somebody else's longer name."""
    found = list(sightings)
    if not any(each.says(EvidenceKind.LONGER_NAME) for each in found):
        return found
    covers: dict[int, Span] = {}
    for each in found:
        if not each.says(EvidenceKind.LONGER_NAME):
            covers.update(dict.fromkeys(range(each.first, each.last), (each.first, each.last)))

    def is_part(each: Sighting) -> bool:
        first, last = covers.get(each.first, (each.first, each.first))
        return last - first > each.last - each.first and each.last <= last

    return [each for each in found if not (each.says(EvidenceKind.LONGER_NAME) and is_part(each))]
