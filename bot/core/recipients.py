"""Who a letter goes to: what a site's legal notice says of who publishes and who hosts it.

A notice is cut where its words announce somebody (``templates/watchwords/notices.toml``): the
publisher, the host, the director of publication, or others who are none of these and whose names
must not be taken for theirs. In each part the particulars are read; a name that nothing supports
is left out. Whoever reads confirms: every fact comes with the words it was read in.

Source of the duty to say it: LCEN, art. 1-1 (formerly 6-III).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from bot.core import particulars
from bot.core.particulars import Fact, Found, Vocabulary, flat, normal
from bot.core.sources import FetchFailed

MAX_NOTICE = 60_000
"""Characters of a page that are read; terms of use are long, what they say of us comes early."""


class RecipientRole(StrEnum):
    """In what quality somebody receives a letter."""

    AUTHOR = "author"
    PUBLISHER = "publisher"
    HOST = "host"
    SEARCH_ENGINE = "search_engine"
    SOURCE_OPERATOR = "source_operator"
    """Who feeds the site with data, and would feed it again."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A fact, and the words of the page it was read in."""

    fact: Fact
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody a page names in some quality."""

    role: RecipientRole
    details: tuple[Detail, ...]

    def get(self, fact: Fact) -> str:
        """The value of a fact, empty when the page does not say."""
        return next((each.value for each in self.details if each.fact is fact), "")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a page says of who is behind its site."""

    parties: tuple[Party, ...] = ()
    is_anonymous: bool = False
    """The publisher, not a professional, chose to be known to the host only (LCEN 1-1 II)."""
    doubtful_numbers: tuple[str, ...] = ()
    """Registration numbers left out because their check digit does not agree."""

    def of(self, role: RecipientRole) -> tuple[Party, ...]:
        """Everybody named in that quality."""
        return tuple(party for party in self.parties if party.role is role)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page that was read, and what it says."""

    url: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found on a site from the address of one of its pages."""

    pages: tuple[NoticePage, ...] = ()
    """Those made to say who publishes, and those that do say it."""
    author: str = ""
    """The person that the page says it is by."""
    failure: FetchFailed | None = None
    """Why the page, or its notice, could not be read."""


class NoticeWords:
    """What a notice is read with, ``notices.toml``."""

    def __init__(self, document: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        headings, verbs, links = document["headings"], document["verbs"], document["links"]
        self._links = [_bare(words) for words in (*links["notice"], *links["others"])]
        self._last_of_notices = len(links["notice"])
        self.vocabulary = Vocabulary(document)
        self._kinds = {
            kind: re.compile(rf"(?<!\w)(?:{_either(headings[kind.value])})(?!\w)")
            for kind in _Kind
        }
        terms = [word for kind in _Kind for word in headings[kind.value]]
        self._heading = re.compile(
            _START
            + rf"(?P<label>(?:(?:{_either([*terms, *headings['filler']])})(?!\w)[ ',/&.-]{{0,3}}"
            + r"|(?:www\.)?[a-z0-9-]{1,60}\.[a-z]{2,6}(?!\w) ?){1,10}+)"
            + r"(?:\([^()\n]{0,60}\) ?)?(?P<end>:|$|(?:est|sont|is)(?!\w)|(?<= )-|-(?= )|>)",
            re.MULTILINE,
        )
        self._verbs = {
            kind: re.compile(
                rf"(?P<before>[\w']{{1,20}} )?(?<!\w)(?:{_either(verbs[kind.value])})(?!\w)"
            )
            for kind in (_Kind.PUBLISHER, _Kind.HOST, _Kind.OTHER)
        }
        self._verbs[_Kind.DIRECTOR] = re.compile(
            rf"(?P<before>[\w']{{1,20}} )?(?<!\w)(?:{_either(headings['director'])})"
            r" ?(?::|est(?!\w))"
        )
        self._not_after = frozenset(flat(normal(word)) for word in verbs["not_after"])
        self._own = re.compile(rf"(?<!\w)(?:{_either(document['labels']['fields'])})(?!\w)")
        self._anonymous = re.compile(_either(document["labels"]["anonymous"]))

    def rank(self, words: str, url: str) -> int | None:
        """How likely a link leads to a legal notice, 0 the most; None when it does not.

        One word has to be all that the link says: "legal" alone, not "legal advice".
        """
        try:
            path = unquote(urlsplit(url).path)
        except ValueError:
            return None
        said = _bare(words[:_LONGEST_LINK])
        place = _EXTENSION.sub("", _bare(path.rstrip("/").rpartition("/")[2][:_LONGEST_LINK]))
        for rank, phrase in enumerate(self._links):
            if phrase in {said, place}:
                return rank
            if " " in phrase and (f" {phrase} " in f" {said} " or f" {phrase} " in f" {place} "):
                return rank
        return None

    def is_notice(self, rank: int) -> bool:
        """Whether a page of that rank is made to say who publishes."""
        return rank < self._last_of_notices

    def person(self, words: str) -> str:
        """The name a byline holds when it is somebody's, empty otherwise."""
        page = normal(words)
        found = self.vocabulary.person(page, flat(page))
        return found.value if found is not None and found.value == page.strip() else ""

    def is_anonymous(self, folded: str) -> bool:
        """Whether the publisher says that nobody is to know them."""
        return bool(self._anonymous.search(folded))

    def cues(self, folded: str) -> "list[_Cue]":
        """Where somebody is announced, in the order of the page."""
        found = [*self._headings_in(folded), *self._verbs_in(folded), *self._others_in(folded)]
        kept: list[_Cue] = []
        for cue in sorted(found, key=lambda cue: (cue.start, -cue.end)):
            if not kept or cue.start >= kept[-1].end:
                kept.append(cue)
            elif cue.end > kept[-1].end:  # the words that announce go on: "Host: hosted by"
                kept[-1] = replace(cue, kinds=kept[-1].kinds | cue.kinds, start=kept[-1].start)
        return kept

    def _headings_in(self, folded: str) -> "Iterator[_Cue]":
        for mark in self._heading.finditer(folded):
            kinds = self._kinds_in(mark["label"])
            if kinds:
                is_alone = not folded[mark.end() : _end_of_line(folded, mark.end())].strip()
                yield _Cue(kinds, mark.start("label"), mark.end(), is_heading=is_alone)

    def _others_in(self, folded: str) -> "Iterator[_Cue]":
        """Lines under a label that is no field of whoever stands above: about somebody else."""
        others = self._kinds[_Kind.OTHER]
        known = (self._own, *self._kinds.values(), *self._verbs.values())
        for mark in _LABEL.finditer(folded):
            if not any(words.search(mark[0]) for words in known if words is not others):
                is_alone = not folded[mark.end() : _end_of_line(folded, mark.end())].strip()
                yield _Cue(frozenset({_Kind.OTHER}), mark.start(), mark.end(), is_heading=is_alone)

    def _verbs_in(self, folded: str) -> "Iterator[_Cue]":
        for kind, pattern in self._verbs.items():
            for mark in pattern.finditer(folded):
                if (mark["before"] or "").strip() not in self._not_after:
                    kinds = self._kinds_in_verb(kind, mark[0])
                    yield _Cue(kinds, mark.start(), mark.end())

    def _kinds_in(self, label: str) -> "frozenset[_Kind]":
        kinds = frozenset(kind for kind, words in self._kinds.items() if words.search(label))
        return kinds - {_Kind.OTHER} or kinds

    def _kinds_in_verb(self, kind: "_Kind", words: str) -> "frozenset[_Kind]":
        both = kind is not _Kind.OTHER and "edite" in words and "heberge" in words
        return frozenset({_Kind.PUBLISHER, _Kind.HOST} if both else {kind})


def read_notice(text: str, words: NoticeWords) -> Notice:
    """Who a page says is behind its site; nobody rather than somebody else."""
    page = normal(text[:MAX_NOTICE])
    folded = flat(page)
    reader = _Reader(page, folded, words)
    for part in _parts(folded, words.cues(folded)):
        reader.read(part)
    return Notice(reader.parties(), words.is_anonymous(folded), tuple(reader.refused))


# Private from here on.


class _Kind(StrEnum):
    """Whom some words announce; OTHER: somebody who is no recipient."""

    PUBLISHER = "publisher"
    HOST = "host"
    DIRECTOR = "director"
    OTHER = "other"


_ROLES = {_Kind.PUBLISHER: RecipientRole.PUBLISHER, _Kind.HOST: RecipientRole.HOST}
_START = (
    r"(?:^[^\w\n]{0,8}|(?<=[.;:|]) ?|(?<= [-/|]) )"
    r"(?:(?:article )?(?:\d{1,2}(?:\.\d{1,2}){0,2}[ .)\u00b0:/-]{1,3}|[ivx]{1,4}[.)\u00b0/-] ?))?"
    r"(?:l'|d'|le |la |les |notre |votre |the |our )?"
)
_LONGEST = {_Kind.HOST: (7, 450)}
_LONG = (12, 900)
"""Lines and characters of a part that are read."""
_LONGEST_LINE = 400
_LONGEST_LINK = 80
_WORDS = re.compile(r"[^\W_]+")
_EXTENSION = re.compile(" (?:html?|php\\d?|aspx?|jsp|pdf)$")
_WORDS_SHOWN = 160
_SUPPORT = frozenset({Fact.LEGAL_FORM, Fact.SIREN, Fact.POSTAL_CODE, Fact.PHONE, Fact.EMAIL})
_LABEL = re.compile(r"^[^\w\n]{0,4}[a-z][^\n:/@\d]{2,60}:(?!//)", re.MULTILINE)
_SITE = re.compile(r"(?:https?://|www\.)[a-z0-9.-]{3,80}")
_REACHES = {Fact.PHONE: 160}


@dataclass(frozen=True, slots=True)
class _Cue:
    kinds: frozenset[_Kind]
    start: int
    end: int
    is_heading: bool = False
    """Nothing follows on its line."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the page about somebody; of nobody announced when it has no kind."""

    kinds: frozenset[_Kind]
    start: int
    end: int


def _either(words: Sequence[str]) -> str:
    spelled = {flat(normal(word)) for word in words}
    return "|".join(map(re.escape, sorted(spelled, key=lambda word: (-len(word), word))))


def _bare(words: str) -> str:
    """The words of a text, flat, one space between two."""
    return " ".join(_WORDS.findall(flat(normal(words))))


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _parts(folded: str, cues: Sequence[_Cue]) -> list[_Part]:
    """The page cut at its cues; after a line about a director or another, the former goes on."""
    ends = [*(cue.start for cue in cues), len(folded)]
    parts = [_Part(frozenset(), 0, ends[0])]
    before: frozenset[_Kind] = frozenset()
    for cue, end in zip(cues, ends[1:], strict=True):
        if _Kind.PUBLISHER in cue.kinds or _Kind.HOST in cue.kinds:
            parts.append(_Part(cue.kinds, cue.end, end))
            before = cue.kinds
            continue
        line = _end_of_line(folded, cue.end)
        if cue.is_heading and _Kind.DIRECTOR in cue.kinds:
            line = _end_of_line(folded, line + 1)
        if cue.is_heading and cue.kinds == {_Kind.OTHER}:
            line, before = end, frozenset({_Kind.OTHER})
        parts.append(_Part(cue.kinds, cue.end, min(line, end)))
        if line < end and before == {_Kind.PUBLISHER}:
            parts.append(_Part(before, line, end))
        elif before != {_Kind.PUBLISHER}:
            before = frozenset({_Kind.OTHER})
    return parts


class _Reader:
    """Gathers what the parts of one page say."""

    def __init__(self, page: str, folded: str, words: NoticeWords) -> None:
        self._page = page
        self._folded = folded
        self._words = words.vocabulary
        self._named: dict[RecipientRole, list[dict[Fact, Found]]] = {
            role: [] for role in _ROLES.values()
        }
        self._director: list[Found] = []
        self._mails: list[Found] = []
        """How to reach the director."""
        self.refused: list[str] = []

    def read(self, part: _Part) -> None:
        """Note what a part says."""
        start, end = self._bounds(part)
        text, folded = self._page[start:end], self._folded[start:end]
        if _Kind.DIRECTOR in part.kinds:
            director = self._words.person(text.lstrip(), folded.lstrip())
            lost = len(text) - len(text.lstrip())
            if director is not None:
                self._director.append(_moved(director, start + lost))
                self._mails += (_moved(each, start) for each in particulars.emails(text)[:1])
        if part.kinds and not part.kinds & _ROLES.keys():
            return
        found = self._facts(text, folded, is_announced=bool(part.kinds))
        if _Kind.HOST in part.kinds and _Kind.PUBLISHER not in part.kinds:
            found = _of_a_host(found)
        moved = {fact: _moved(each, start) for fact, each in found.items()}
        for kind in part.kinds & _ROLES.keys() or {_Kind.PUBLISHER}:
            self._add(_ROLES[kind], moved, is_announced=bool(part.kinds))

    def _bounds(self, part: _Part) -> tuple[int, int]:
        kinds = [_LONGEST.get(kind, _LONG) for kind in part.kinds] or [_LONG]
        most_lines, most = min(kinds)
        end = min(part.end, part.start + most)
        place = part.start
        for line in range(most_lines):
            stop = _end_of_line(self._page, place)
            if line and stop - place > _LONGEST_LINE:
                return part.start, place
            if stop >= end:
                return part.start, end
            place = stop + 1
        return part.start, place

    def _facts(self, text: str, folded: str, *, is_announced: bool) -> dict[Fact, Found]:
        words = self._words
        told = particulars.numbers(text, folded)
        self.refused += (text[slice(*span)] for span in told.refused)
        found = [*words.labelled_name(text, folded)]
        if not found and is_announced:
            found = words.opening_name(text, folded)
        elif not found:
            found = self._declared(text, folded)
        if not told.are_of_several:
            found += [*words.address(text, folded), *told.found]
            found += particulars.emails(text)[:1]
            found += particulars.phones(text, folded)[:1]
        facts: dict[Fact, Found] = {}
        for each in found:
            facts.setdefault(each.fact, each)
        is_supported = _SUPPORT & facts.keys() or _SITE.search(folded)
        if Fact.NAME in facts and not is_supported:
            return {}
        return facts

    def _declared(self, text: str, folded: str) -> list[Found]:
        """Where nobody was announced: the line that gives a name, its form and its number."""
        place = 0
        for line in text.split("\n"):
            here = folded[place : place + len(line)]
            if particulars.numbers(line, here).found:
                named = self._words.opening_name(line, here)
                if any(each.fact is Fact.LEGAL_FORM for each in named):
                    return [_moved(each, place) for each in named]
            place += len(line) + 1
        return []

    def _add(self, role: RecipientRole, facts: dict[Fact, Found], *, is_announced: bool) -> None:
        """A name is somebody new, unless it is the same again; facts alone are of the last one."""
        known = self._named[role]
        if Fact.NAME not in facts:
            if known and is_announced:
                known[-1].update({fact: at for fact, at in facts.items() if fact not in known[-1]})
            return
        name = flat(facts[Fact.NAME].value)
        same = next((each for each in known if flat(each[Fact.NAME].value) == name), None)
        if same is None:
            known.append(facts)
        else:
            same.update({fact: at for fact, at in facts.items() if fact not in same})

    def parties(self) -> tuple[Party, ...]:
        """Everybody found; the director is the publisher's, when there is one of each."""
        publishers = self._named[RecipientRole.PUBLISHER]
        directors = {flat(each.value): each for each in self._director}
        if len(directors) == 1:
            (director,) = directors.values()
            if len(publishers) == 1:
                publishers[0][Fact.DIRECTOR] = director
            elif not publishers:
                publishers.append({Fact.DIRECTOR: director})
            if len(publishers) == len(self._mails) == 1:
                publishers[0].setdefault(Fact.EMAIL, self._mails[0])
        return tuple(
            Party(role, tuple(self._detail(each) for each in _in_order(facts)))
            for role, named in self._named.items()
            for facts in named
        )

    def _detail(self, found: Found) -> Detail:
        return Detail(found.fact, found.value, self._said(*found.at))

    def _said(self, start: int, end: int) -> str:
        """The line or lines the fact stands in, cut around it when they are long."""
        first = self._page.rfind("\n", 0, start) + 1
        last = _end_of_line(self._page, end)
        spare = max(0, _WORDS_SHOWN - (end - start))
        if start - first > spare:
            first = self._page.find(" ", start - spare // 2 - 1, start) + 1 or start
        if last - end > spare:
            last = max(end, self._page.rfind(" ", end, end + spare // 2 + 1))
        return " ".join(self._page[first:last].split())


def _moved(found: Found, by: int) -> Found:
    return replace(found, at=(found.at[0] + by, found.at[1] + by))


def _in_order(facts: Mapping[Fact, Found]) -> list[Found]:
    return [facts[fact] for fact in Fact if fact in facts]


def _of_a_host(found: dict[Fact, Found]) -> dict[Fact, Found]:
    """Without the ways to reach somebody that may be those of the site itself."""
    kept = dict(found)
    name = found.get(Fact.NAME)
    if name is None:
        return {fact: each for fact, each in kept.items() if fact is not Fact.EMAIL}
    mail = kept.get(Fact.EMAIL)
    first = re.sub(r"\W", "", flat(name.value.split()[0]).split(".")[0])
    if mail is not None and first not in mail.value.partition("@")[2]:
        del kept[Fact.EMAIL]
    nearest = max(each.at[1] for fact, each in kept.items() if fact not in _REACHES)
    phone = kept.get(Fact.PHONE)
    if phone is not None and phone.at[0] - nearest > _REACHES[Fact.PHONE]:
        del kept[Fact.PHONE]
    return kept
