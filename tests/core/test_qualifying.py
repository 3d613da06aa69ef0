"""What follows from what a person concluded: clocks, cautions, a verdict, and what fits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.lawbook import load_harm_pack
from bot.adapters.wording import TEMPLATES
from bot.core import qualifying
from bot.core.assessments import Assessment, AssessmentId, Nature, Target, Truth
from bot.core.cases import CaseId
from bot.core.harm_law import InvalidHarmPack, parse_harm_pack
from bot.core.harms import Alarm, Harm
from bot.core.law import RuleId
from bot.core.mentions import MentionId
from bot.core.passages import LONGEST, find_quote, mark, passages, pieces
from bot.core.people import MemberId, PracticeId
from bot.core.qualifying import ASSESSED, Caution, Verdict
from bot.core.remedies import RemedyKind
from bot.core.text import sentences, words
from tests.world import HARMS

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
PACK = load_harm_pack(TEMPLATES)
ONE = Assessment(
    CaseId(1),
    PracticeId(1),
    MentionId(1),
    "Il m'a volé.",
    NOON,
    MemberId(1),
    Nature.FACT,
    Target.PERSON,
    truth=Truth.FALSE,
)


def held(*harms: str, **changes: object) -> Assessment:
    return replace(ONE, harms=harms, **changes)  # type: ignore[arg-type]  # a test names its fields


@given(st.sets(st.sampled_from(Harm)))
def test_no_conclusion_ever_touches_the_three_months(harms: set[Harm]) -> None:
    assert RuleId.PRESS_3M not in qualifying.clocks(harms) | ASSESSED


@pytest.mark.parametrize(
    ("harm", "rules"),
    [
        (Harm.HATE, {RuleId.PRESS_1Y}),
        (Harm.PRESUMPTION_OF_INNOCENCE, {RuleId.INNOCENCE_3M}),
        (Harm.DISPARAGEMENT, {RuleId.CIVIL_5Y}),
        (Harm.UNFAIR_COMPETITION, {RuleId.CIVIL_5Y}),
        (Harm.PRIVACY, {RuleId.CIVIL_5Y, RuleId.OFFENCE_6Y}),
        (Harm.THREAT, {RuleId.OFFENCE_6Y}),
        (Harm.INSULT, set()),
        (Harm.PRIVATE_DEFAMATION, set()),
    ],
)
def test_each_harm_adds_its_own_clocks(harm: Harm, rules: set[RuleId]) -> None:
    assert qualifying.clocks([harm]) == rules


def test_only_harms_of_the_press_add_no_longer_clock() -> None:
    without = {harm for harm in Harm if not qualifying.clocks([harm])}
    assert without == {
        Harm.INSULT,
        Harm.DEFAMATION,
        Harm.PRIVATE_INSULT,
        Harm.PRIVATE_DEFAMATION,
    }


@pytest.mark.parametrize(
    ("told", "signs", "expected"),
    [
        (held("DEN"), {Harm.DEFAMATION}, {Caution.STILL_3M, Caution.PERSON}),
        (held("DEN", target=Target.SERVICE), {Harm.DISPARAGEMENT}, set()),
        (held("DEN", "INJ", nature=Nature.OPINION), {Harm.INSULT}, set()),
        (held("DIF", truth=Truth.TRUE), (), {Caution.TRUTH_LATER}),
        (held("INJ", nature=Nature.OPINION, truth=Truth.TRUE), (), set()),
        (held("DIF", is_public=False), (), {Caution.NOT_PUBLIC}),
        (held("DNP"), (), {Caution.IS_PUBLIC}),
        (held("OUT"), (), {Caution.IS_PUBLIC}),
        (held("DIF", is_identifiable=False), (), {Caution.NOT_IDENTIFIABLE}),
        (held("DIF", nature=Nature.OPINION), (), {Caution.OPINION}),
        (held("INJ"), (), {Caution.PRECISE}),
        (held("INJ", nature=Nature.OPINION, target=Target.SERVICE), (), {Caution.SERVICE}),
        (held("HNE"), (), {Caution.DISPUTED}),
        (held(is_public=False, is_identifiable=False), {Harm.INSULT}, set()),
    ],
)
def test_what_to_mind_about_a_conclusion(
    told: Assessment, signs: set[Harm], expected: set[Caution]
) -> None:
    assert set(qualifying.cautions(told, signs)) == expected


def test_the_last_conclusion_of_the_same_words_stands() -> None:
    first = held("DIF", id=AssessmentId(1))
    second = held("INJ", id=AssessmentId(2), quote="il m\u2019a VOLE")
    elsewhere = held("MEN", id=AssessmentId(3), mention_id=MentionId(2))
    assert qualifying.current([second, elsewhere, first]) == (second, elsewhere)


def test_the_verdict_of_nothing_is_none_and_one_harm_is_enough() -> None:
    assert qualifying.verdict([]) is Verdict.NONE
    assert qualifying.verdict([held(), held()]) is Verdict.LICIT
    assert qualifying.verdict([held(), held("INJ")]) is Verdict.ILLICIT


def test_what_rings_and_what_is_held_are_both_urgent() -> None:
    assert qualifying.urgent_harms([Alarm.THREAT], []) == (Harm.THREAT,)
    assert qualifying.urgent_harms([], [Harm.DOXING, Harm.INSULT]) == (Harm.DOXING,)
    assert qualifying.urgent_harms([Alarm.IMPERSONATION], [Harm.DEFAMATION]) == ()


@given(st.sets(st.sampled_from(Harm), min_size=1))
def test_something_fits_whatever_is_held_and_each_remedy_once(harms: set[Harm]) -> None:
    fits = [each.kind for each in PACK.fitting(harms)]
    assert fits
    assert len(fits) == len(set(fits))


def test_authorities_come_first_for_threats_hatred_and_addresses() -> None:
    for harm in (Harm.THREAT, Harm.HATE, Harm.DOXING, Harm.HARASSMENT):
        fits = PACK.fitting([Harm.INSULT, harm, Harm.PERSONAL_DATA])
        assert fits[0].kind is RemedyKind.AUTHORITY_REPORT
    assert PACK.fitting([Harm.PERSONAL_DATA])[0].kind is RemedyKind.ERASURE_REQUEST
    assert PACK.fitting([Harm.FAKE_REVIEW])[0].kind is RemedyKind.PLATFORM_REPORT


def test_within_the_hour_says_17_pieces_authorities_and_domicile_in_that_order() -> None:
    for harm in qualifying.URGENT.values():
        said = " ".join(step.says for step in PACK.within_the_hour([harm]))
        places = [said.index(word) for word in ("17", "preuves", "PHAROS", "2025-623", "assureur")]
        assert places == sorted(places)
    assert PACK.within_the_hour([Harm.INSULT]) == ()


@pytest.mark.parametrize(
    ("profession", "order"),
    [
        ("chirurgienne-dentiste", "chirurgiens-dentistes"),
        ("sage-femme", "sages-femmes"),
        ("médecin généraliste", "médecins"),
        ("psychologue", "si votre profession en a un"),
        ("", "si votre profession en a un"),
    ],
)
def test_the_order_is_that_of_the_profession(profession: str, order: str) -> None:
    assert order in PACK.order_of(profession)


def test_a_pack_with_something_missing_or_misspelt_is_refused_whole() -> None:
    law = {"id": "INJ", "who": "vous", "remedies": [{"id": "evidence", "why": "d'abord"}]}
    step = {"id": "un", "says": "17", "harms": ["XYZ"], "confidence": "sourced", "source": "s"}
    document = {"checked_on": NOON.date(), "harms": [law], "steps": [step | {"remedi": "x"}]}
    with pytest.raises(InvalidHarmPack) as refused:
        parse_harm_pack(document | {"any_order": "x", "named_order": "x"})
    assert {"un: remedi is not a known key", "un: harms holds 'XYZ', which is none"} <= set(
        refused.value.problems
    )
    with pytest.raises(InvalidHarmPack) as refused:
        parse_harm_pack(
            document | {"any_order": "x", "named_order": "x", "steps": [step | {"harms": []}]}
        )
    assert "un: for no harm" in refused.value.problems
    assert "DIF: told 0 times" in refused.value.problems


# Passages.


def test_sentences_end_where_people_see_them_end() -> None:
    said = "Le Dr. Martin m'a charcuté ! Un vrai « charlatan ». À fuir ?!\nÂge 3.5 ans… Bof"
    assert [said[a:b] for a, b in sentences(said)] == [
        "Le Dr. Martin m'a charcuté !",
        "Un vrai « charlatan ».",
        "À fuir ?!",
        "Âge 3.5 ans…",
        "Bof",
    ]


@given(st.text(st.sampled_from("ab é.!?»\n' 1-_«"), max_size=120))
@settings(max_examples=100)
def test_no_word_is_lost_between_sentences(said: str) -> None:
    spans = sentences(said)
    assert [word for a, b in spans for word in words(said[a:b])] == words(said)
    assert all(a < b for a, b in spans)


@given(st.text(st.sampled_from("ab éÉ.!?»\n' 1-_«œ"), max_size=80), st.data())
@settings(max_examples=100)
def test_what_is_quoted_from_a_text_is_found_in_it(said: str, data: st.DataObject) -> None:
    parts = said.split()
    first = data.draw(st.integers(0, len(parts)))
    last = data.draw(st.integers(first, len(parts)))
    quoted = " ".join(parts[first:last]).upper()
    found = find_quote(said, quoted)
    assert bool(found) is bool(words(quoted))
    assert words(found) == words(quoted)
    assert found in said


@pytest.mark.parametrize("written", ["", "  ", "…", "charlata", "vrai un"])
def test_what_is_not_there_is_not_found(written: str) -> None:
    assert find_quote("Un vrai charlatan.", written) == ""


def test_passages_with_signals_come_first_and_no_sentence_is_endless() -> None:
    said = f"Bonjour. {'mot ' * 400}. C'est un charlatan."
    found = passages(said, HARMS.read(said))
    assert found[0].quote == "C'est un charlatan."
    assert Harm.INSULT in found[0].kinds
    assert all(len(each.quote) <= LONGEST for each in found)
    assert {mark(each) for each in pieces(said)} == {each.mark for each in found}
