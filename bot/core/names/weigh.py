"""Weighing all that was seen of a person in an entry."""

from collections.abc import Iterable, Iterator, Mapping

from bot.core.names.known import Known
from bot.core.names.people import Evidence, EvidenceKind, Match, Zone
from bot.core.names.sightings import Sighting
from bot.core.names.watchwords import Watchwords
from bot.core.names.weights import DOUBTFUL_AT_MOST, NEVER_SURE, PARTIAL, ZONES, weighed
from bot.core.text import BREAK, COMMA, DASH, OPEN, Span, phrase_of
from bot.core.urls import outlet

_SIGHTINGS_WEIGHED = 500
_PROFESSION_BESIDE_NAME = 30
_OTHER_GIVEN_ELSEWHERE = -40
_OTHER_TRADE_ELSEWHERE = -15
_OWN_FACTS = frozenset(
    (
        EvidenceKind.CITY,
        EvidenceKind.PRACTICE,
        EvidenceKind.PROFESSION,
        EvidenceKind.CONTEXT,
        EvidenceKind.ALIAS,
        EvidenceKind.OTHER_PROFESSION,
    )
)


class Around:
    """All the words of an entry, to look for what is known of a person."""

    def __init__(self, title: str, text: str, words: Watchwords, url: str) -> None:
        self.words = words
        self.host = outlet(url) if url else ""
        self._text = text
        self._title = phrase_of(title)
        self.everything = f" {self._title} {phrase_of(text)} "

    def near(self, seen: list[Sighting]) -> str:
        """The words of the title, and of the text as far as it still speaks of the person."""
        if len(self._text) < TEXT_ABOUT_ONE_THING:
            return self.everything
        places = [each.span for each in seen[:_NEAR_SIGHTINGS] if not each.page.in_title]
        parts = [self._text[max(0, a - _NEAR) : b + _NEAR] for a, b in places]
        return f" {self._title} {' '.join(map(phrase_of, parts))} "


def _first_of(phrases: Mapping[str, str], words: str) -> str:
    return next((shown for each, shown in phrases.items() if each and f" {each} " in words), "")


TEXT_ABOUT_ONE_THING = 5_000
_NEAR = 1_000
_NEAR_SIGHTINGS = 20


def weigh(seen: list[Sighting], around: Around) -> Match | None:
    """What all the sightings of one person come to."""
    known = seen[0].known
    names = [each for each in seen if not each.says(EvidenceKind.OTHER_GIVEN_NAME)]
    if not names:
        return Match(known.key, Zone.REJECTED, 0.0, seen[0].evidence)
    told = [[*each.evidence, *_beside(each)] for each in names[:_SIGHTINGS_WEIGHED]]
    best = max(told, key=_total)
    if best[0].kind is EvidenceKind.TITLE_AND_FAMILY:
        best += _somebody_else(seen)
    near = around.near(names)
    best += _context(known, near, around.words, best)
    best += _taught(known, near, around.host)
    best += _other_trade(seen[0], near, best)
    if best[0].kind in PARTIAL:
        best += _other_city(names, known, near)
    if excluded := _first_of(known.excluded, around.everything):
        best.append(weighed(EvidenceKind.EXCLUDED_WORD, excluded))
        total = 0
    else:
        kinds = {each.kind for each in best}
        most = DOUBTFUL_AT_MOST if kinds & NEVER_SURE else 100
        total = max(0, min(most, _total(best)))
    return Match(
        key=known.key,
        zone=next(zone for least, zone in ZONES if total >= least),
        score=total / 100,
        evidence=tuple(best),
        title_spans=_spans(each for each in names if each.page.in_title),
        text_spans=_spans(each for each in names if not each.page.in_title),
    )


def _total(found: Iterable[Evidence]) -> int:
    return sum(each.weight for each in found)


def _somebody_else(seen: list[Sighting]) -> Iterator[Evidence]:
    """Whom else the same title and family name may mean in this entry."""
    for each in seen:
        if each.says(EvidenceKind.OTHER_GIVEN_NAME):
            yield each.evidence[0]
            return
    for each in seen:
        if other := each.page.others.get(each.family):
            yield weighed(EvidenceKind.OTHER_GIVEN_NAME, other, _OTHER_GIVEN_ELSEWHERE)
            return


def _context(
    known: Known, near: str, words: Watchwords, found: list[Evidence]
) -> Iterator[Evidence]:
    if city := _first_of(known.cities, near):
        yield weighed(EvidenceKind.CITY, city)
    if colleague := _first_of(known.colleagues, near):
        yield weighed(EvidenceKind.COLLEAGUE, colleague)
    is_alone = any(each.kind is EvidenceKind.PRACTICE_ALONE for each in found)
    if not is_alone and (practice := _first_of(known.practices, near)):
        yield weighed(EvidenceKind.PRACTICE, practice)
    is_told = any(each.kind is EvidenceKind.PROFESSION for each in found)
    if not is_told and (profession := _first_of(known.own_professions, near)):
        yield weighed(EvidenceKind.PROFESSION, profession)
    if context := _first_of(words.context, near):
        yield weighed(EvidenceKind.CONTEXT, context)


def _other_trade(seen: Sighting, near: str, found: list[Evidence]) -> Iterator[Evidence]:
    """A trade outside health told elsewhere, when nothing speaks of the person's own."""
    if {each.kind for each in found} & _OWN_FACTS or not seen.known.own_professions:
        return
    for phrase, shown in seen.page.lexicon.other_trades.items():
        if f" {phrase} " in near:
            yield weighed(EvidenceKind.OTHER_PROFESSION, shown, _OTHER_TRADE_ELSEWHERE)
            return


def _taught(known: Known, near: str, host: str) -> Iterator[Evidence]:
    """What was taught about the words or the site of this entry."""
    for phrase, lesson in known.lessons:
        is_said = bool(phrase) and f" {phrase} " in near
        if is_said or (lesson.host and lesson.host == host):
            kind = EvidenceKind.LEARNED_FOR if lesson.is_for else EvidenceKind.LEARNED_AGAINST
            yield weighed(kind, lesson.words or lesson.host)


def _other_city(names: list[Sighting], known: Known, near: str) -> Iterator[Evidence]:
    """Another large town, said right after a name, when the person's own is not there."""
    if not known.cities or _first_of(known.cities, near):
        return
    for each in names[:_NEAR_SIGHTINGS]:
        if town := _town_after(each):
            yield weighed(EvidenceKind.OTHER_CITY, town)
            return


def _town_after(sighting: Sighting) -> str:
    page, towns = sighting.page, sighting.page.lexicon.words.large_towns
    for at in range(sighting.last, sighting.last + _TOWN_REACH):
        if page.word(at) == BREAK:
            return ""
        is_told = page.word(at - 1) in _BEFORE_TOWN
        if is_told and page.word(at) in towns and page.is_capital(at):
            return page.shown(at, at + 1)
    return ""


_BEFORE_TOWN = frozenset((COMMA, OPEN, DASH, "a", "de"))
_TOWN_REACH = 6


def _beside(sighting: Sighting) -> list[Evidence]:
    """The professions told right beside a name: the person's own, or another."""
    known, words = sighting.known, sighting.page.lexicon.words
    other: list[Evidence] = []
    for phrase in _phrases_beside(sighting):
        if phrase in known.own_professions:
            shown = known.own_professions[phrase]
            return [weighed(EvidenceKind.PROFESSION, shown, _PROFESSION_BESIDE_NAME)]
        group, shown = words.professions.get(phrase, (None, ""))
        if group == "" or (group and known.refuses_care):
            other = other or [weighed(EvidenceKind.OTHER_PROFESSION, shown)]
    return other


def _phrases_beside(sighting: Sighting) -> Iterator[str]:
    """Runs of up to three words that begin or end at most two words away from a name."""
    page = sighting.page
    for step, start in ((1, sighting.last), (-1, sighting.first - 1)):
        near: list[str] = []
        at = start
        while page.word(at) != BREAK and len(near) < _REACH + _LONGEST_PHRASE - 1:
            if page.is_word(at) and not page.title(at):
                near.append(page.word(at))
            at += step
        for begin in range(min(_REACH, len(near))):
            for size in range(_LONGEST_PHRASE, 0, -1):
                run = near[begin : begin + size]
                yield " ".join(run[::step])


_REACH = 2
_LONGEST_PHRASE = 3


def _spans(seen: Iterable[Sighting]) -> tuple[Span, ...]:
    """Where a person is named; the longest of the spans that overlap."""
    kept: list[Span] = []
    for span in sorted({each.span for each in seen}, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)
