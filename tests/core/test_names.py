"""Finding a person in a text: the labelled cases, the promises, the traps."""

import json
import re
import time
import tomllib
import unicodedata
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.names import (
    Evidence,
    EvidenceKind,
    InvalidWatchwords,
    Lesson,
    Match,
    Matcher,
    Person,
    Zone,
    parse_watchwords,
    teachable,
    variants,
)
from bot.core.text import plain, words

ROOT = Path(__file__).parents[2]
DOCUMENT = tomllib.loads((ROOT / "templates/watchwords/people.toml").read_text("utf-8"))
WORDS = parse_watchwords(DOCUMENT)
CASES = [
    json.loads(line)
    for line in (ROOT / "tests/vectors/names.jsonl").read_text("utf-8").splitlines()
]
ZONES = {"yes": Zone.SURE, "ambiguous": Zone.DOUBTFUL, "no": Zone.REJECTED}

CLAIRE = Person("Claire", "Lefèvre", "Dr", "Ophtalmologue", "Lille", "Centre Vauban")
PAUL = Person("Paul", "Lefèvre", "Dr", "Ophtalmologue", "Lille")
MARTIN = Person("Claire", "Lefèvre-Martin", "Dr", "Dentiste", "Lille")


def matches(person: Person, text: str, title: str = "") -> Match | None:
    found = Matcher({1: person}, WORDS).match(title, text)
    return found[0] if found else None


def zone(person: Person, text: str) -> Zone:
    """No match counts as rejected."""
    match = matches(person, text)
    return match.zone if match else Zone.REJECTED


def evidence(person: Person, text: str) -> dict[EvidenceKind, str]:
    match = matches(person, text)
    return {each.kind: each.words for each in match.evidence} if match else {}


def person_of(case: dict[str, Any]) -> Person:
    values: dict[str, Any] = case["practitioner"]
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Person(**(values | lists))


def read(markup: str) -> str:
    return plain(markup) if "<" in markup else markup


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_labelled_entry_falls_in_its_zone(case: dict[str, Any]) -> None:
    entry = case["entry"]
    match = matches(person_of(case), read(entry["summary"]), read(entry["title"]))
    assert (match.zone if match else Zone.REJECTED) is ZONES[case["label"]], match


def test_there_are_enough_labelled_entries_and_each_has_its_own_id() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 80


@pytest.mark.parametrize(
    ("name", "precision", "recall", "f1"),
    [("names_apart", 0.95, 1.0, 0.92), ("names_apart2", 0.98, 1.0, 0.97)],
)
def test_entries_kept_apart_are_told_apart(
    name: str, precision: float, recall: float, f1: float
) -> None:
    """What was reached; the first run on each is in the ADR."""
    lines = (ROOT / f"tests/vectors/{name}.jsonl").read_text("utf-8").splitlines()
    zones = []
    for case in map(json.loads, lines):
        title, text = read(case["entry"]["title"]), read(case["entry"]["summary"])
        match = matches(person_of(case), text, title)
        zones.append((case["label"], match.zone if match else Zone.REJECTED))
    sure = [label for label, zone in zones if zone is Zone.SURE]
    yes = [zone for label, zone in zones if label == "yes"]
    assert "no" not in sure
    assert sure.count("yes") >= precision * len(sure)
    assert len(yes) - yes.count(Zone.REJECTED) >= recall * len(yes)
    assert 2 * sure.count("yes") >= f1 * (len(sure) + len(yes))


# What a match says.


def test_a_match_says_where_the_name_stands() -> None:
    title, text = "Avis : Dr Lefèvre", "Le Dr Claire Lefe\u0300vre, puis LEFEVRE Claire."
    match = matches(CLAIRE, text, title)
    assert match is not None
    assert [title[a:b] for a, b in match.title_spans] == ["Lefèvre"]
    assert [text[a:b] for a, b in match.text_spans] == ["Claire Lefe\u0300vre", "LEFEVRE Claire"]


def test_a_match_says_why() -> None:
    match = matches(CLAIRE, "Claire Lefèvre, notaire à Lille, attend son rendez-vous")
    assert match is not None
    assert match.evidence == (
        Evidence(EvidenceKind.EXACT_NAME, "Claire Lefèvre", 85),
        Evidence(EvidenceKind.OTHER_PROFESSION, "notaire", -40),
        Evidence(EvidenceKind.CITY, "Lille", 25),
        Evidence(EvidenceKind.CONTEXT, "rendez-vous", 5),
    )
    assert [each.sign for each in match.evidence] == [1, -1, 1, 1]
    assert (match.zone, match.score) == (Zone.SURE, 0.75)


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("Claire Lefèvre", EvidenceKind.EXACT_NAME, "Claire Lefèvre"),
        ("LEFÈVRE Claire", EvidenceKind.INVERTED, "LEFÈVRE Claire"),
        ("C. Lefèvre", EvidenceKind.INITIALS, "C. Lefèvre"),
        ("le Dr Claire Lefèvre", EvidenceKind.TITLE, "dr"),
        ("le Dr. Lefèvre", EvidenceKind.TITLE_AND_FAMILY, "Dr. Lefèvre"),
        ("#ClaireLefèvre", EvidenceKind.HANDLE, "ClaireLefèvre"),
        ("@dr_lefevre", EvidenceKind.TITLE_AND_FAMILY, "dr_lefevre"),
        ("Dr Lefèvre au centre vauban", EvidenceKind.PRACTICE, "Centre Vauban"),
        ("Dr Lefèvre, ophtalmologiste", EvidenceKind.PROFESSION, "ophtalmologiste"),
        ("Dr Lefèvre. Un ophtalmo.", EvidenceKind.PROFESSION, "ophtalmo"),
        ("Dr Paul Lefèvre", EvidenceKind.OTHER_GIVEN_NAME, "Paul"),
        ("Dr Lefèvre Paul", EvidenceKind.OTHER_GIVEN_NAME, "Paul"),
        ("Paul Lefèvre et le Dr Lefèvre", EvidenceKind.OTHER_GIVEN_NAME, "Paul"),
        ("Claire Lefèvre-Durand", EvidenceKind.LONGER_NAME, "Lefèvre-Durand"),
        ("Marie Claire Lefèvre", EvidenceKind.LONGER_NAME, "Marie Claire"),
        ("Dr Lefèvre Durand", EvidenceKind.LONGER_NAME, "Lefèvre Durand"),
        ("avec Lefèvre, Claire a ri", EvidenceKind.UNSURE_ORDER, "Lefèvre, Claire"),
        ("Claire et Paul Lefèvre", EvidenceKind.UNSURE_ORDER, "Claire et Paul"),
        ("rue du Dr Lefèvre", EvidenceKind.PLACE_NAME, "rue"),
        ("Fondation Claire Lefèvre", EvidenceKind.PLACE_NAME, "fondation"),
    ],
)
def test_each_kind_of_evidence_is_told(text: str, kind: EvidenceKind, shown: str) -> None:
    assert evidence(CLAIRE, text).get(kind) == shown


def test_a_title_of_the_other_sex_speaks_against() -> None:
    camille = Person("Camille", "Durand", "Mme", "Orthophoniste", "Arras")
    assert zone(camille, "M. Camille Durand") is Zone.DOUBTFUL
    assert zone(camille, "Mme Camille Durand") is Zone.SURE
    assert zone(camille, "M. Durand, d’Arras") is Zone.REJECTED
    assert zone(Person("Camille", "Durand", "M."), "Mme Camille Durand") is Zone.DOUBTFUL
    assert zone(Person("Camille", "Durand"), "Mme Camille Durand") is Zone.SURE


def test_an_excluded_word_rejects_wherever_it_stands() -> None:
    person = Person("Claire", "Lefèvre", excluded_words=("Marathon", "", "course à pied"))
    assert zone(person, "Claire Lefèvre court le MARATHON") is Zone.REJECTED
    assert zone(person, "Claire Lefèvre, course-à-pied") is Zone.REJECTED
    assert zone(person, "Claire Lefèvre court les marathons") is Zone.SURE
    match = matches(person, "Claire Lefèvre", title="marathon")
    assert match is not None
    assert (match.zone, match.score, match.evidence[-1].words) == (Zone.REJECTED, 0, "Marathon")


def test_a_word_of_the_name_is_no_evidence_of_a_town_or_a_practice() -> None:
    person = Person("Claire", "Lille", city="Lille", practice_name="Lille")
    assert zone(person, "Dr Lille") is Zone.DOUBTFUL


def test_evidence_far_away_in_a_long_text_is_not_counted() -> None:
    filler = "Rien à voir ici. " * 400
    assert zone(CLAIRE, f"Dr Lefèvre. {filler} Lille") is Zone.DOUBTFUL
    assert zone(CLAIRE, f"{filler} Dr Lefèvre, à Lille. {filler}") is Zone.SURE


@pytest.mark.parametrize(
    ("city", "text"),
    [
        ("Saint-Étienne", "Dr Lefèvre, St Etienne"),
        ("St Étienne", "Dr Lefèvre à saint-étienne"),
        ("Paris 15e", "Dr Lefèvre (Paris)"),
        ("59000 Lille Cedex", "Dr Lefèvre, LILLE"),
    ],
)
def test_a_town_is_known_by_its_spellings(city: str, text: str) -> None:
    assert zone(Person("Claire", "Lefèvre", city=city), text) is Zone.SURE


def test_a_general_profession_knows_no_other() -> None:
    assert zone(Person("Claire", "Lefèvre", profession="Médecin"), "Claire Lefèvre, dentiste") is (
        Zone.SURE
    )
    assert zone(Person("Claire", "Lefèvre"), "Claire Lefèvre, avocate") is Zone.DOUBTFUL
    energy = Person("Claire", "Lefèvre", profession="Énergéticienne")
    assert zone(energy, "Dr Lefèvre, énergéticienne") is Zone.SURE


@pytest.mark.parametrize(
    ("person", "text"),
    [
        (Person("Luc-Éric", "Durand"), "avec le Durand"),
        (Person("Anne", "Durand"), "demandé à Durand"),
        (Person("Anne", "Durand"), "A Durand, on attend"),
        (Person("Diane", "Durand"), "l’avis d’Durand"),
        (Person("Marie", "Durand"), "M. Durand"),
        (Person("Claire", "Durand"), "Dr Paul C. Durand"),
    ],
)
def test_a_short_word_is_no_initial(person: Person, text: str) -> None:
    assert EvidenceKind.INITIALS not in evidence(person, text)


def test_a_family_name_that_is_a_given_name_needs_more() -> None:
    martin, pierre = (
        Person("Claire", "Martin", "Dr"),
        Person("Martin", "Pierre", "Dr", city="Metz"),
    )
    assert matches(martin, "Dr Martin Dupont") is None
    assert zone(martin, "Dr Martin") is Zone.DOUBTFUL
    assert zone(pierre, "Pierre Martin, à Metz") is Zone.DOUBTFUL
    assert zone(pierre, "PIERRE Martin") is Zone.SURE


def test_a_particle_before_makes_another_name() -> None:
    roy = Person("Hélène", "Roy", city="Metz")
    assert zone(roy, "Le Roy Hélène") is Zone.REJECTED
    assert zone(roy, "Hélène Le Roy, Metz") is Zone.REJECTED
    assert zone(roy, "Dr Le Roy, Metz") is Zone.REJECTED
    assert zone(roy, "l’avis de Roy Hélène") is Zone.SURE
    assert zone(roy, "De Roy Hélène, on attend plus") is Zone.SURE


# Aliases.


@pytest.mark.parametrize(
    ("alias", "text", "expected"),
    [
        ("Claire Marchal", "Claire Marchal a signé", Zone.SURE),
        ("Claire Marchal", "MARCHAL Claire", Zone.SURE),
        ("Claire Marchal", "Marie-Claire Marchal", Zone.REJECTED),
        ("Claire Marchal", "Claire. Marchal", Zone.REJECTED),
        ("@drlefevre59", "voir @DrLefevre59 !", Zone.SURE),
        ("#DrLefevre", "#drlefevre est nul", Zone.SURE),
        ("Docteur Marchal", "le Dr Marchal", Zone.SURE),
        ("Dr La Terreur", "le dr. la terreur", Zone.SURE),
        ("Lefebvre", "Claire Lefebvre", Zone.SURE),
        ("Lefebvre", "Dr Lefebvre, ophtalmo", Zone.SURE),
        ("Lefebvre", "un certain Lefebvre", Zone.DOUBTFUL),
        ("", "rien du tout", Zone.REJECTED),
        ("!!!", "rien du tout !!!", Zone.REJECTED),
    ],
)
def test_an_alias_is_looked_for_whole(alias: str, text: str, expected: Zone) -> None:
    person = Person("Claire", "Lefèvre", "Dr", "Ophtalmologue", aliases=(alias,))
    assert zone(person, text) is expected


@pytest.mark.parametrize(
    "text", ["#ClaireLefevre", "@claire_lefevre", "@lefevreclaire", "#LefèvreClaire !"]
)
def test_a_handle_made_of_the_name_is_the_name(text: str) -> None:
    assert zone(CLAIRE, text) is Zone.SURE


@pytest.mark.parametrize("text", ["#lefevre", "@lefevre_paul", "#", "@ claire", "#éclairelefevre"])
def test_another_handle_is_not(text: str) -> None:
    assert matches(CLAIRE, text) is None


# Several people.


def keys(matcher: Matcher, text: str, *, least: Zone = Zone.DOUBTFUL) -> list[int]:
    accepted = {Zone.SURE, least}
    return [match.key for match in matcher.match("", text) if match.zone in accepted]


def test_namesakes_are_told_apart_by_their_given_name() -> None:
    matcher = Matcher({1: CLAIRE, 2: PAUL}, WORDS)
    assert keys(matcher, "Dr Claire Lefèvre") == [1]
    assert keys(matcher, "Dr Paul Lefèvre") == [2]
    assert keys(matcher, "Dr Lefèvre") == [1, 2]
    assert keys(matcher, "les Drs Paul et Claire Lefèvre", least=Zone.SURE) == [1]
    assert keys(matcher, "Paul Lefèvre et Claire Lefèvre") == [1, 2]


def test_a_longer_name_watched_too_takes_it_all() -> None:
    matcher = Matcher({1: CLAIRE, 2: MARTIN}, WORDS)
    assert keys(matcher, "Claire Lefèvre-Martin") == [2]
    assert keys(matcher, "Claire Lefèvre-Durand") == [1]
    assert keys(matcher, "Claire Lefèvre-Martin et Claire Lefèvre-Durand") == [2, 1]


def test_people_come_and_go() -> None:
    matcher = Matcher({}, WORDS)
    assert matcher.match("", "Claire Lefèvre") == ()
    matcher.add(1, CLAIRE)
    matcher.add(2, PAUL)
    matcher.add(3, Person("Claire", "Lefèvre", aliases=("Claire Marchal", "Lefevre", "Claire M")))
    assert (len(matcher), 2 in matcher, 4 in matcher) == (3, True, False)
    assert keys(matcher, "Claire Lefèvre") == [1, 3]
    matcher.remove(1)
    assert keys(matcher, "Claire Lefèvre") == [3]
    matcher.add(3, MARTIN)
    assert keys(matcher, "Claire Lefèvre, Claire Marchal") == []
    assert keys(matcher, "Claire Lefèvre-Martin") == [3]
    matcher.remove(3)
    matcher.remove(3)
    assert keys(matcher, "Paul Lefèvre") == [2]
    matcher.remove(2)
    assert matcher.match("", "Paul Lefèvre") == ()
    assert len(matcher) == 0


def test_a_person_without_a_given_name_is_found_by_title() -> None:
    assert zone(Person("", "Lefèvre", city="Lille"), "Dr Lefèvre, Lille") is Zone.SURE
    assert matches(Person("", ""), "Dr Lefèvre") is None
    assert zone(Person("Claire", "", aliases=("Docteur Claire",)), "Dr Claire") is Zone.SURE


def test_a_family_name_of_many_parts_is_found() -> None:
    person = Person("Ana", "da Silva e Costa Lima", "Dr")
    assert zone(person, "Ana Da Silva E Costa-Lima") is Zone.SURE


# The spellings shown.


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (
            Person("Claire", "Lefèvre", "Dr", aliases=("@drlefevre", " ")),
            (
                *("Claire Lefèvre", "Lefèvre Claire", "C. Lefèvre", "#ClaireLefèvre"),
                *("Dr Lefèvre", "Docteur Lefèvre", "@drlefevre"),
            ),
        ),
        (
            Person("Jean-Pierre", "Le Goff", "Monsieur"),
            (
                *("Jean-Pierre Le Goff", "Le Goff Jean-Pierre", "J.-P. Le Goff"),
                *("Jean-Pierre Legoff", "Legoff Jean-Pierre", "J.-P. Legoff"),
                *("Jean Pierre Le Goff", "JP Le Goff", "#JeanPierreLeGoff"),
                *("M. Le Goff", "Monsieur Le Goff"),
            ),
        ),
        (Person("", "Lefèvre"), ("Dr Lefèvre", "M. Lefèvre", "Mme Lefèvre")),
        (Person("Claire", "", aliases=("Claire M",)), ("Claire M",)),
    ],
)
def test_the_spellings_looked_for_are_shown(person: Person, expected: tuple[str, ...]) -> None:
    assert variants(person, WORDS) == expected


PEOPLE = [
    CLAIRE,
    PAUL,
    MARTIN,
    Person("Jean-Pierre", "Le Goff", "M.", "Kinésithérapeute", "Brest"),
    Person("Élise", "D’Angelo", "Dr", "Dermatologue", "Nice"),
    Person("François", "de La Tour", "Pr", "Cardiologue", "Saint-Étienne"),
    Person("Marie-Lætitia", "Œuvrard", "Mme", "Orthophoniste", "Arras"),
    Person("Anne", "van der Berg", "Dr", "Pédiatre", "Lyon"),
]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: f"{person.given} {person.family}")
def test_every_spelling_shown_is_found(person: Person) -> None:
    for variant in variants(person, WORDS):
        assert zone(person, f"On parle de {variant} ici.") is not Zone.REJECTED, variant


# Promises.


@st.composite
def written(draw: st.DrawFn, name: str) -> str:
    """A name in other capitals, accents, dashes, apostrophes or invisible characters."""
    decomposed = unicodedata.normalize("NFD", name)
    bare = "".join(each for each in decomposed if not unicodedata.combining(each))
    name = draw(st.sampled_from([name, decomposed, bare]))
    dash = draw(st.sampled_from(["-", "\u2010", "\u2011", "\u2013", " "]))
    apostrophe = draw(st.sampled_from(["'", "\u2019", "\u02bc", " ", ""]))
    space = draw(st.sampled_from([" ", "\u00a0", "\u202f", "  ", " \u200b"]))
    name = name.replace("-", dash).replace("’", apostrophe).replace(" ", space)
    return draw(st.sampled_from([name, name.upper(), name.lower(), name.title(), name.swapcase()]))


@given(st.data(), st.sampled_from(PEOPLE))
def test_case_accents_and_dashes_change_nothing(data: st.DataObject, person: Person) -> None:
    name = data.draw(written(f"{person.given} {person.family}"))
    text = f"Je parle de {name} : voilà"
    match = matches(person, text)
    assert match is not None
    assert match.zone is Zone.SURE
    ((start, end),) = match.text_spans
    assert text[start:end] == name


@given(st.data(), st.sampled_from(PEOPLE), st.sampled_from(".!?;:|[]/«\n"))
def test_no_name_reaches_across_a_break(data: st.DataObject, person: Person, sign: str) -> None:
    name = data.draw(written(person.given)) + sign + " " + data.draw(written(person.family))
    assert matches(person, f"Je parle de {name} hier") is None


@given(st.sampled_from(PEOPLE), st.text(alphabet="abcdefghijklmnopqrstuvwxyzé", min_size=1))
def test_part_of_a_word_is_no_name(person: Person, more: str) -> None:
    text = f"Dr {person.given} {person.family}{more} et {more}{person.given} {person.family}"
    if more.endswith(("d", "l", "de")):
        return
    assert zone(person, text) is not Zone.SURE


@given(st.sampled_from(PEOPLE))
def test_a_family_name_alone_is_nobody(person: Person) -> None:
    assert matches(person, f"On a vu {person.family} hier") is None
    assert matches(person, person.family) is None


FRAGMENTS = st.sampled_from(
    (
        *(
            "Claire",
            "claire",
            "LEFEVRE",
            "Lefèvre",
            "Le",
            "Goff",
            "Jean",
            "Pierre",
            "J",
            "P",
            "Paul",
        ),
        *(
            "Dr",
            "docteur",
            "M",
            "Mme",
            "Martin",
            "Angelo",
            "D",
            "d",
            "de",
            "La",
            "Tour",
            "née",
            "et",
        ),
        *(
            "rue",
            "Lille",
            "dentiste",
            "notaire",
            "#ClaireLefevre",
            "@dr_lefevre",
            "_",
            "\u0301",
            "Drs",
        ),
        *(" ", " ", " ", "-", "’", ".", ",", "(", ")", "\n", "!", " - ", "\u200b", "#", "@"),
    )
)
TEXTS = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=30).map("".join))
EVERYBODY = Matcher(dict(enumerate(PEOPLE)), WORDS)


@given(TEXTS, TEXTS)
def test_whatever_the_text_spans_hold_a_name(title: str, text: str) -> None:
    for match in EVERYBODY.match(title, text):
        family = set(words(PEOPLE[match.key].family))
        assert 0 <= match.score <= 1
        assert match.evidence
        assert (match.zone is Zone.REJECTED) or match.title_spans or match.text_spans
        for whole, spans in ((title, match.title_spans), (text, match.text_spans)):
            end = 0
            for start, stop in spans:
                assert end <= start < stop <= len(whole)
                end = stop
                named = " ".join(words(whole[start:stop]))
                assert all(part in named for part in family)


@given(TEXTS)
def test_a_matcher_finds_the_same_however_it_was_filled(text: str) -> None:
    other = Matcher({0: MARTIN, 99: CLAIRE}, WORDS)
    for key in reversed(range(len(PEOPLE))):
        other.add(key, PEOPLE[key])
    other.remove(99)
    assert other.match("", text) == EVERYBODY.match("", text)


@given(TEXTS, TEXTS)
def test_the_gate_keeps_nobody_out(title: str, text: str) -> None:
    more = Matcher(dict(enumerate([*PEOPLE, Person("Quentin", "Zyx")])), WORDS)
    opened = more.match(f"{title}\n! Quentin Zyx", f"{text}\n! Quentin Zyx")
    wanted = [match for match in opened if match.key < len(PEOPLE)]
    assert list(EVERYBODY.match(title, text)) == wanted


# One wrong letter.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Claire Lefvère", Zone.DOUBTFUL),
        ("LEFEBVRE Claire", Zone.DOUBTFUL),
        ("Claire Lefèvr", Zone.DOUBTFUL),
        ("Claire Lefervre, l’ophtalmo de Lille", Zone.SURE),
        ("Paul Lefvère", Zone.REJECTED),
        ("Claire. Lefvère", Zone.REJECTED),
        ("Claire Lefrevs", Zone.REJECTED),
        ("le Dr Lefvère", Zone.REJECTED),
        ("le Dr Lefvère, à Lille", Zone.DOUBTFUL),
        ("Lefvère, à Lille", Zone.REJECTED),
    ],
)
def test_one_wrong_letter_of_a_long_name_is_a_doubt(text: str, expected: Zone) -> None:
    assert zone(CLAIRE, text) is expected


@pytest.mark.parametrize("family", ["Durand", "Le Goff", "Lefèvre-Martin"])
def test_a_short_or_composed_name_has_no_slips(family: str) -> None:
    wrong = family.replace("an", "am").replace("ff", "f").replace("ti", "di")
    assert matches(Person("Claire", family), f"Claire {wrong}") is None


def test_a_watched_name_is_nobody_s_slip() -> None:
    watched = Matcher({1: CLAIRE, 2: Person("Claire", "Lefebvre")}, WORDS)
    assert keys(watched, "Claire Lefebvre") == [2]
    watched.remove(2)
    assert keys(watched, "Claire Lefebvre") == [1]
    watched.remove(1)
    assert keys(watched, "Claire Lefebvre") == []


# Long and hostile texts.


def test_a_name_is_found_deep_in_a_long_text() -> None:
    text = "Il ne se passe rien dans cette phrase. " * 25_000 + "Claire Lefèvre " + "a " * 30_000
    match = matches(CLAIRE, text)
    assert match is not None
    ((start, end),) = match.text_spans
    assert text[start:end] == "Claire Lefèvre"


def test_a_name_of_one_letter_is_no_trap() -> None:
    assert zone(Person("Ali", "O"), "o " * 9_000 + "Ali O") is Zone.REJECTED
    assert zone(Person("Ali", "O"), "o " * 900 + "Ali O") is Zone.SURE


def test_a_long_text_without_spaces_is_read_too() -> None:
    assert zone(CLAIRE, "x" * 50_000 + " Claire Lefèvre") is Zone.SURE


@pytest.mark.parametrize(
    "piece",
    [
        *("Lefevre Claire ", "Dr Lefevre ", "Lefevre, ", "le Dr le Dr ", "Drs et ", "a."),
        *("Claire Lefevre-Martin ", "Paul Lefevre ", "#lefevre", "Claire née "),
        *("Claire Lefevra ", "Dr Lefevra ", "Claire Abcdefgh "),
    ],
)
def test_a_hostile_megabyte_is_read_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + " Lefevre"
    started = time.process_time()
    EVERYBODY.match(text[:1000], text)
    assert time.process_time() - started < 15


# The document of watchwords.


def test_every_problem_of_the_document_is_told() -> None:
    document = deepcopy(DOCUMENT)
    del document["titles"]["care"]
    document["names"]["particles"] = ["de", 3]
    document["professions"]["care"] = "dentiste"
    with pytest.raises(InvalidWatchwords) as refused:
        parse_watchwords(document)
    assert refused.value.problems == (
        "titles.care: a list of words is wanted",
        "names.particles: a list of words is wanted",
        "professions.care: a table is wanted",
    )
    assert "names.particles" in str(refused.value)


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(InvalidWatchwords):
        parse_watchwords({"titles": 3})


def test_the_words_are_folded_and_keep_their_spelling() -> None:
    assert "docteur" in WORDS.care_titles
    assert WORDS.professions["kine"] == ("kinesitherapeute", "kiné")
    assert WORDS.context["salle d attente"] == "salle d'attente"


def test_no_french_word_is_in_the_code() -> None:
    code = "".join(each.read_text("utf-8") for each in (ROOT / "bot/core/names").glob("*.py"))
    bare = re.sub(r'"""(?s:.*?)"""|``.*?``|#.*', "", code)
    assert not {"docteur", "rue", "née", "épouse"} & set(re.findall(r"\w+", bare.lower()))


APART = [
    json.loads(line)
    for line in (ROOT / "tests/vectors/names_apart.jsonl").read_text("utf-8").splitlines()
]
"""Written before they were run, and never tuned on one by one: see the closing figures."""


def test_on_the_set_kept_apart_nobody_is_certainly_wrong_and_nobody_is_lost() -> None:
    right = claimed = told = 0
    for case in APART:
        entry = case["entry"]
        match = matches(person_of(case), read(entry["summary"]), read(entry["title"]))
        zone_found = match.zone if match else Zone.REJECTED
        if zone_found is Zone.SURE:
            assert case["label"] != "no", case["id"]
        if case["label"] == "yes":
            assert zone_found is not Zone.REJECTED, case["id"]
        right += zone_found is Zone.SURE and case["label"] == "yes"
        claimed += zone_found is Zone.SURE
        told += case["label"] == "yes"
    precision, recall = right / claimed, right / told
    assert 2 * precision * recall / (precision + recall) >= 0.92


class TestLessons:
    def test_what_was_taught_speaks_for_and_against(self) -> None:
        text = "Mme Lefèvre y était. Roubaix a voté."
        assert zone(CLAIRE, text) is Zone.DOUBTFUL
        against = replace(CLAIRE, lessons=(Lesson("Roubaix", is_for=False),))
        assert zone(against, text) is Zone.REJECTED
        taught = replace(CLAIRE, lessons=(Lesson("Roubaix", is_for=True),))
        assert zone(taught, text) is Zone.SURE

    def test_a_site_can_be_taught_about(self) -> None:
        person = replace(CLAIRE, lessons=(Lesson("", is_for=False, host="notaires.example"),))
        matcher = Matcher({1: person}, WORDS)
        here = matcher.match("", "Mme Lefèvre reçoit.", "https://www.notaires.example/a")
        elsewhere = matcher.match("", "Mme Lefèvre reçoit.", "https://autre.example/a")
        assert (here[0].zone, elsewhere[0].zone) == (Zone.REJECTED, Zone.DOUBTFUL)

    @pytest.mark.parametrize(
        ("text", "url", "words", "host"),
        [
            ("Claire Lefèvre, notaire", "https://a.example/1", "notaire", ""),
            ("Claire Lefèvre à Bordeaux", "https://a.example/1", "bordeaux", ""),
            ("Claire Lefèvre", "https://a.example/1", "", "a.example"),
        ],
    )
    def test_the_most_telling_thing_is_learnt(
        self, text: str, url: str, words: str, host: str
    ) -> None:
        lesson = teachable(CLAIRE, WORDS, ("", text, url), is_for=False)
        assert lesson is not None
        assert (lesson.words.casefold(), lesson.host) == (words, host)

    @pytest.mark.parametrize("url", ["https://www.google.com/a", "https://fr.reddit.com/r/x", ""])
    def test_nothing_is_learnt_of_a_site_where_everybody_is(self, url: str) -> None:
        assert teachable(CLAIRE, WORDS, ("", "Claire Lefèvre à Lille", url), is_for=False) is None


def test_a_slip_of_one_letter_is_doubtful_and_of_two_is_nobody() -> None:
    yann = Person("Yann", "Kerguélen", "Dr", "dentiste", "Brest")
    for slip in ("Kergelen", "Kerguelem", "Kerguellen", "Kergeulen"):
        assert zone(yann, f"Yann {slip} m'a bien soignée.") is Zone.DOUBTFUL
    assert zone(yann, "Yann Kergelem m'a bien soignée.") is Zone.REJECTED
    assert zone(Person("Yann", "Roux"), "Yann Rous m'a soignée") is Zone.REJECTED


def test_a_colleague_speaks_for_and_a_practice_alone_never_makes_sure() -> None:
    alone = Person("Claire", "Lefèvre", "Dr", practice_name="Cabinet du Beffroi rouge")
    assert zone(alone, "Le cabinet du Beffroi rouge ne répond pas.") is Zone.DOUBTFUL
    other = replace(alone, answers_for_practice=False)
    assert zone(other, "Le cabinet du Beffroi rouge ne répond pas.") is Zone.REJECTED
    team = replace(CLAIRE, colleagues=("Paul Durand",))
    assert evidence(team, "Mme Lefèvre et Paul Durand")[EvidenceKind.COLLEAGUE] == "Paul Durand"
    assert zone(team, "Dr Lefèvre et Paul Durand") is Zone.SURE
    assert zone(CLAIRE, "Dr Lefèvre et Paul Durand") is Zone.DOUBTFUL
