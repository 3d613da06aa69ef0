"""What identifies somebody in a text: a name, a legal form, an address, numbers, a telephone.

Nothing is guessed: a number is taken under its label and if its check digit agrees, a town after
a postal code. Everything keeps its place in the text, and takes time in proportion to it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Span = tuple[int, int]


class Fact(StrEnum):
    """What a letter needs to know of who receives it."""

    NAME = "name"
    LEGAL_FORM = "legal_form"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    TOWN = "town"
    COUNTRY = "country"
    SIREN = "siren"
    SIRET = "siret"
    RCS = "rcs"
    DIRECTOR = "director"
    """The director of publication (loi 82-652, art. 93-2)."""
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Found:
    """A fact, and where the text says so."""

    fact: Fact
    value: str
    at: Span


def normal(text: str) -> str:
    """The text with one spelling for spaces, dashes and apostrophes, without what is not seen."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text).translate(_SAME))


def flat(text: str) -> str:
    """A normal text without case or accents, each character in its place."""
    return text.lower().translate(_FLAT) if text.isascii() else text.translate(_FLAT)


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1), as in a SIREN or a SIRET."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0  # noqa: PLR2004 - two digits


def is_siret(digits: str) -> bool:
    """Whether 14 digits are a SIRET; those of La Poste add up to a multiple of five (INSEE)."""
    is_post = digits.startswith(_POST) and sum(map(int, digits)) % 5 == 0
    return luhn(digits[:9]) and (luhn(digits) or is_post)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The registration numbers of a text."""

    found: tuple[Found, ...]
    refused: tuple[Span, ...] = ()
    """Numbers that were announced and whose check digit does not agree."""
    are_of_several: bool = False
    """The text is about several companies: which one an address belongs to cannot be told."""


def numbers(text: str, folded: str) -> Numbers:
    """The SIREN, SIRET and RCS of a text, when it announces one company and no other."""
    good: list[Found] = []
    refused: list[Span] = []
    for mark in (mark for pattern in _ANNOUNCED for mark in pattern.finditer(folded)):
        digits = re.sub(r"\D", "", mark["number"])
        span = mark.span("number")
        fact = Fact.SIRET if len(digits) == _SIRET_LENGTH else Fact.SIREN
        is_right = is_siret(digits) if fact is Fact.SIRET else luhn(digits)
        if is_right and len(set(digits)) > 1:
            good.append(Found(fact, digits, span))
        else:
            refused.append(span)
    sirens = {each.value[:9] for each in good}
    if len(sirens) != 1:
        return Numbers((), tuple(refused) if not sirens else (), len(sirens) > 1)
    (siren,) = sirens
    at = next((each.at for each in good if each.fact is Fact.SIREN), good[0].at)
    found = [Found(Fact.SIREN, siren, at)]
    sirets = {each.value: each for each in good if each.fact is Fact.SIRET}
    found += sirets.values() if len(sirets) == 1 else ()
    found += _registry(text, folded, siren)
    return Numbers(tuple(found), tuple(refused))


def _registry(text: str, folded: str, siren: str) -> Iterator[Found]:
    for pattern in (_RCS_BEFORE, _RCS_AFTER):
        for mark in pattern.finditer(folded):
            town = text[slice(*mark.span("town"))].strip(" -\n")
            if re.sub(r"\D", "", mark["number"]) == siren and town[:1].isupper():
                yield Found(Fact.RCS, f"{town} {_spaced(siren)}", mark.span())
                return


def _spaced(siren: str) -> str:
    return f"{siren[:3]} {siren[3:6]} {siren[6:]}"


def emails(text: str) -> list[Found]:
    """The e-mail addresses of a text, those written for people alone included."""
    found: list[Found] = []
    for mark in _EMAIL.finditer(text):
        value = _AT.sub("@", mark[0], count=1)
        value = _DOT.sub(".", value).lower()
        if not value.endswith(_PICTURES):
            found.append(Found(Fact.EMAIL, value, mark.span()))
    return found


def phones(text: str, folded: str) -> list[Found]:
    """The telephone numbers of a text, those of a fax left out."""
    return [
        Found(Fact.PHONE, " ".join(mark[0].split()), mark.span())
        for mark in _PHONE.finditer(text)
        if not _FAX.search(folded, max(0, mark.start() - 20), mark.start())
    ]


class Vocabulary:
    """The words that say where a name or an address begins and ends; see ``notices.toml``."""

    def __init__(self, document: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        labels, forms = document["labels"], document["forms"]
        addresses, people = document["addresses"], document["people"]
        self._particles = _flats(people["particles"])
        self._not_names = _flats(labels["not_names"])
        self._not_towns = _flats(addresses["not_towns"])
        self._kept = frozenset(forms["kept_in_name"])
        self._lead_in = re.compile(
            rf"[\s:>=-]{{0,4}}(?:(?:{_either(labels['lead_ins'])})(?!\w)\s?:?\s?){{0,4}}"
        )
        self._after_name = re.compile(
            rf"[,;|(\n\"]|\s[-/]\s|\.\s|\.$|:|\s(?:{_either(labels['after_name'])})(?!\w)"
        )
        self._named = re.compile(
            rf"(?:^|[.;|-] )(?:{_either(labels['name'])})\s?(?::|\n)\s{{0,3}}", re.MULTILINE
        )
        self._form = re.compile(
            rf"(?<![\w.])(?:{_either(forms['abbreviations'], as_is=True)})(?![\w])"
        )
        self._spelled = re.compile(rf"(?<!\w)(?:{_either(forms['spelled'])})(?!\w)")
        self._civility = re.compile(rf"(?:{_either(people['civilities'])})(?![\w.])[\s.]{{0,2}}")
        self._street = _street(addresses)
        self._country = re.compile(
            rf"[\s,(.-]{{0,4}}(?P<country>{_either(addresses['countries'])})(?!\w)"
        )
        stops = (*addresses["after_town"], *addresses["countries"])
        self._after_town = re.compile(rf"(?<![\w'])(?:{_either(stops)})(?![\w'])")

    # --- names -----------------------------------------------------------------------------------

    def opening_name(self, text: str, folded: str) -> list[Found]:
        """The name a text begins with, and the legal form beside it."""
        lead = self._lead_in.match(folded)
        return self._name_at(text, folded, lead.end() if lead else 0)

    def labelled_name(self, text: str, folded: str) -> list[Found]:
        """The name given under a label such as a company's, and the legal form beside it."""
        for mark in self._named.finditer(folded):
            found = self._name_at(text, folded, mark.end())
            if found:
                return found
        return []

    def _name_at(self, text: str, folded: str, start: int) -> list[Found]:
        form = self._form.match(text, start) or self._spelled.match(folded, start)
        if form is not None and _is_apart(text, form.end()):
            start = form.end() + 1
        start += len(folded[start:]) - len(folded[start:].lstrip(' \n:"-'))
        civility = self._civility.match(folded, start)
        first = civility.end() if civility else start
        end, form = self._end_of_name(text, folded, first, form)
        name = text[start:end].strip(' -\n"')
        if not self._is_name(text[first:end].strip(' -\n"'), has_form=form is not None):
            return []
        found = [Found(Fact.NAME, name, (start, start + len(name)))]
        form = form or self._form_near(text, folded, end)
        if form is not None:
            found.append(Found(Fact.LEGAL_FORM, text[slice(*form.span())], form.span()))
        return found

    def _end_of_name(
        self, text: str, folded: str, first: int, form: re.Match[str] | None
    ) -> tuple[int, re.Match[str] | None]:
        """Where a name ends, and the legal form it ends with unless it began with one."""
        limit = min(len(text), first + 120)
        stop = self._after_name.search(folded, first, limit)
        end = stop.start() if stop else limit
        after = self._form.search(text, first + 1, min(len(text), end + 12))
        if after is None or after.start() >= end or form is not None:
            return end, form
        is_foreign = after[0] in self._kept
        return (after.end() if is_foreign else after.start()), after

    def _form_near(self, text: str, folded: str, end: int) -> re.Match[str] | None:
        """The form that comes next, with nothing before it but its own label."""
        at = _FORM_COMES.match(folded, end)
        place = at.end() if at else end
        return self._form.match(text, place) or self._spelled.match(folded, place)

    def _is_name(self, name: str, *, has_form: bool) -> bool:
        words = name.split()
        if not 0 < len(words) <= _MOST_WORDS or "@" in name or self._street.match(flat(name)):
            return False
        first = flat(words[0]).strip(".'")
        begins = (
            name[0].isupper() or (name[0].isalnum() and name[1:2].isdigit()) or name[0].isdigit()
        )
        if not begins or first in self._not_names or not any(map(str.isalpha, name)):
            return False
        return (has_form or all(map(self._is_name_word, words))) and not _CODE.search(name)

    def _is_name_word(self, word: str) -> bool:
        folded = flat(word)
        is_proper = not word[0].isalpha() or word[0].isupper() or word[1:2].isdigit()
        small = folded in _JOINING or folded in self._particles or folded.startswith(("d'", "l'"))
        return is_proper or small

    def person(self, text: str, folded: str) -> Found | None:
        """The person a text begins with: two names at least, or a civility and one."""
        lead = self._lead_in.match(folded)
        start = lead.end() if lead else 0
        civility = self._civility.match(folded, start)
        first = civility.end() if civility else start
        words: list[re.Match[str]] = []
        for mark in _NAME_WORD.finditer(text, first, min(len(text), first + 80)):
            is_next = mark.start() == (words[-1].end() if words else first)
            if not is_next or not self._is_of_person(mark[1]):
                break
            words.append(mark)
            if mark[2] != " ":
                break
        while words and not words[-1][1][0].isupper():
            words.pop()
        proper = sum(mark[1][0].isupper() for mark in words)
        if not words or not (1 if civility else 2) <= proper <= _MOST_NAMES:
            return None
        end = words[-1].end(1)
        return Found(Fact.DIRECTOR, text[start:end], (start, end))

    def _is_of_person(self, word: str) -> bool:
        folded = flat(word)
        return folded in self._particles or (word[0].isupper() and folded not in self._not_names)

    # --- addresses ---------------------------------------------------------------------------

    def address(self, text: str, folded: str) -> list[Found]:
        """The first postal address of a text: street, postal code, town, country."""
        past = 0
        for code in _CODES.finditer(text):
            if code["before"] is not None:
                found = self._before_town(text, folded, code, past)
            else:
                found = self._after_a_town(text, folded, code, past)
            if found:
                return [
                    *found,
                    *self._country_after(text, folded, max(each.at[1] for each in found)),
                ]
            past = code.end()
        return []

    def _before_town(self, text: str, folded: str, code: re.Match[str], past: int) -> list[Found]:
        if not _is_department(code["before"]):
            return []
        town = _TOWN.match(text, code.end())
        if town is None:
            return []
        start = town.start("town")
        stop = self._after_town.search(folded, start, town.end("town"))
        name = text[start : stop.start() if stop else town.end("town")].rstrip(" -,'\n")
        name = _trimmed(name)
        if not name or flat(name).split()[0] in self._not_towns:
            return []
        found = [
            Found(Fact.POSTAL_CODE, code["before"], code.span()),
            Found(Fact.TOWN, name, (start, start + len(name))),
        ]
        street = self._street_before(text, folded, code.start(), past)
        return [*([street] if street else []), *found]

    def _after_a_town(self, text: str, folded: str, code: re.Match[str], past: int) -> list[Found]:
        """Irish, British and American addresses: the town comes first."""
        street = self._street_before(text, folded, code.start(), past)
        parts = [part.strip() for part in street.value.split(",")] if street else []
        if street is None or len(parts) < 2 or not parts[-1][:1].isupper():  # noqa: PLR2004
            return []
        return [
            Found(Fact.STREET, ", ".join(parts[:-1]), street.at),
            Found(Fact.POSTAL_CODE, code[0].strip(), code.span()),
            Found(Fact.TOWN, parts[-1], street.at),
        ]

    def _street_before(self, text: str, folded: str, end: int, past: int) -> Found | None:
        window = max(past, end - 180, _lines_back(text, end, 3))
        for mark in self._street.finditer(folded, window, end):
            between = text[mark.start() : end]
            if not _ENDS_ADDRESS.search(between):
                street = re.sub(r"\s*\n\s*", ", ", between.strip(" ,;-\n("))
                street = re.sub(r"(?:\s*,\s*-?\s*|\s+-\s+)+", ", ", street)
                return Found(Fact.STREET, street, (mark.start(), end))
        return None

    def _country_after(self, text: str, folded: str, end: int) -> list[Found]:
        mark = self._country.match(folded, end)
        if mark is None:
            return []
        return [Found(Fact.COUNTRY, text[slice(*mark.span("country"))], mark.span("country"))]


# Private from here on.

_POST = "356000000"
_SIRET_LENGTH = 14
_MOST_WORDS = 8
_MOST_NAMES = 5
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SAME = {
    **dict.fromkeys(map(ord, "\u00a0\u202f\u2007\u2009\t\r\x0b\x0c"), " "),
    **dict.fromkeys(map(ord, "\u2019\u2018\u02bc\u00b4`"), "'"),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\u2022\u00b7"), "-"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u00ab\u00bb"), '"'),
    ord("\u2028"): "\n",
    ord("\u2029"): "\n",
}


class _Flat(dict[int, str]):
    """A table for ``str.translate``: one character for one, learnt as they come."""

    def __missing__(self, code: int) -> str:
        if len(self) > 4096:  # noqa: PLR2004 - more characters than alphabets have
            self.clear()
        bare = unicodedata.normalize("NFKD", chr(code))[0].lower()
        self[code] = bare if len(bare) == 1 else chr(code)
        return self[code]


_FLAT = _Flat()
_DIGITS = r"\d{3}[ .]?\d{3}[ .]?\d{3}(?:[ .]?\d{5}|[ .]?\d{2}[ .]?\d{3})?(?!\d)"
_REGISTRY = r"(?:r\.?c\.?s\.?|registre d[eu]s? commerce(?: et des societes)?)(?!\w)"
_LABELLED = re.compile(
    rf"(?<!\w)(?:siren|siret|immatricule(?:e|s|es)?|{_REGISTRY})(?!\w)"
    rf"[^\d\n]{{0,70}}\n?[^\d\n]{{0,10}}(?P<number>{_DIGITS})"
)
_BEFORE_REGISTRY = re.compile(rf"(?<![\d.])(?P<number>{_DIGITS})(?=[\s(-]{{0,3}}{_REGISTRY})")
_ANNOUNCED = (_LABELLED, _BEFORE_REGISTRY)
_PLACE = r"(?P<town>[a-z][a-z'-]{1,30}(?:[ -][a-z][a-z'-]{1,20}){0,3}?)"
_RCS_BEFORE = re.compile(
    rf"(?<!\w){_REGISTRY}\s?(?:de |d'|du |:|-)?\s?{_PLACE}"
    rf"\s?(?:,|:|-|sous|le|numero|n[o\u00b0.]*|b|a|d|\s){{0,8}}\s?(?P<number>{_DIGITS})"
)
_RCS_AFTER = re.compile(
    rf"(?<![\d.])(?P<number>{_DIGITS})[\s(-]{{0,3}}{_REGISTRY}\s?(?:de |d'|:)?\s?"
    r"(?P<town>[a-z][a-z'-]{1,30}(?:-[a-z'-]{1,20}){0,3})"
)
_AT = re.compile(r"\s?[\[({]\s?(?:at|arobase|a)\s?[\])}]\s?| arobase ", re.IGNORECASE)
_DOT = re.compile(r"\s?[\[({]\s?(?:dot|point)\s?[\])}]\s?", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}"
    r"(?:@|\s?[\[({]\s?(?:at|arobase|a)\s?[\])}]\s?| arobase )"
    r"(?:[\w-]{1,63}(?:\.|\s?[\[({]\s?(?:dot|point)\s?[\])}]\s?)){1,4}[a-z]{2,18}(?![\w@])",
    re.IGNORECASE,
)
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
_PHONE = re.compile(
    r"(?<![\w+.])(?:(?:\+33|0033)\s?(?:\(0\)\s?)?[1-9](?:[ .-]?\d{2}){4}|0[1-9](?:[ .-]?\d{2}){4}"
    r"|0[89]\d{2} \d{3} \d{3}"
    r"|\+(?!33)\d{1,3}[ .-]?(?:\(0?\d{0,4}\)[ .-]?)?\d{1,5}(?:[ .-]?\d{2,5}){1,4})(?![\d])"
)
_FAX = re.compile(r"(?:fax|telecopie|telecopieur)\W{0,6}$")
_CODES = re.compile(
    r"(?<![\w.,/-])(?:F-? ?|D-)?(?P<before>\d{5}|(?:L|CH|B)-\d{4})(?=[ ,]{1,3}[^\W\d_]|\n[^\W\d_])"
    r"|(?<!\w)[A-Z]\d[\dW] ?[A-Z0-9]{4}(?!\w)"
    r"|(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)"
    r"|(?<!\w)(?:A[LKZR]|C[AOT]|DE|FL|GA|IL|M[AD]|N[CJVY]|O[HR]|PA|TX|UT|VA|WA) \d{5}(?!\d)"
)
_FORM_COMES = re.compile(
    r"[\s,(:\"/-]{0,6}"
    r"(?:(?:forme(?: juridique| sociale)?|statut(?: juridique)?)[\s:-]{0,4}|une? )?"
)
_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_TOWN = re.compile(
    r"[ ,\n]{1,3}(?P<town>[^\W\d_][\w'-]*(?:[ -]{1,3}(?:[A-Z\u00c0-\u00de][\w'-]*|\d{1,2}(?!\d)"
    r"|sur|sous|en|de|la|le|les|du|des|aux|et|cedex|l'[\w-]+|d'[\w-]+)){0,6})"
)
_ENDS_ADDRESS = re.compile(r"[:;|@]|[^\W\d_]{4,}\. |\n[^\n]*\n[^\n]*\n[^\n]*\n")
_JOINING = frozenset(
    ("et", "en", "pour", "and", "of", "the", "und", "&", "-", "+", "/", "sur", "chez", "l")
)
_NAME_WORD = re.compile(r"([^\W\d_]\.|[^\W\d_][^\W\d_'-]*(?:['-][^\W\d_]+)*)( ?)")


def _either(words: Iterable[str], *, as_is: bool = False) -> str:
    """A pattern for any of these words, the longest first."""
    spelled = {normal(word) if as_is else flat(normal(word)) for word in words}
    return "|".join(map(re.escape, sorted(spelled, key=lambda word: (-len(word), word))))


def _flats(words: Iterable[str]) -> frozenset[str]:
    return frozenset(flat(normal(word)) for word in words)


def _street(addresses: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    number = r"\d{1,4}(?: ?(?:bis|ter|quater|[a-d])(?!\w))?(?: ?[-/] ?\d{1,4})?[ ,]{1,3}"
    word, english = r"(?:[^\W\d_][\w'.]{0,30} )", _either(addresses["english"])
    alone = set(addresses["streets"]) - set(addresses["numbered_only"])
    return re.compile(
        rf"(?<![\w'])(?:{number}(?:{_either(addresses['streets'])})(?!\w)"
        rf"|(?:{_either(alone)})(?![\w'])(?=\s[\w])"
        rf"|(?:^|(?<=[:,-] ))(?:{_either(addresses['numbered_only'])})(?![\w'])(?=\s[\w])"
        rf"|\w{{2,30}}(?:{_either(addresses['suffixed'])}) ?\d{{1,4}}(?!\d)"
        rf"|\d{{1,5}},? {word}{{1,4}}(?:{english})(?!\w)|{word}{{1,2}}(?:{english})(?!\w))",
        re.MULTILINE,
    )


def _lines_back(text: str, at: int, lines: int) -> int:
    """Where the line begins that is so many above."""
    for _ in range(lines + 1):
        at = text.rfind("\n", 0, max(at, 0))
        if at < 0:
            return 0
    return at + 1


def _is_apart(text: str, at: int) -> bool:
    return text[at : at + 1].isspace()


def _is_department(code: str) -> bool:
    return not code[0].isdigit() or ("01" <= code[:2] <= "98" and code[:2] != "96")


def _trimmed(town: str) -> str:
    """Without the small words a town does not end with, nor what follows its CEDEX."""
    words = town.split()
    while words and words[-1].islower() and words[-1] != "cedex":
        words.pop()
    return " ".join(words) if words and words[0][:1].isupper() else ""
