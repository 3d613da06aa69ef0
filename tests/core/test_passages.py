"""How findings are told: each reason once, at the words it is about."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.secrecy import RuleCode, told
from tests.world import GUARD

LONG = (
    "Bonjour, Mme Martin. Désolé pour l'attente lors de votre rendez-vous de mardi. Votre"
    " détartrage s'est bien passé, comme le prouve votre dossier. Appelez-moi au 06 12 34 56 78"
    " et nous vous rembourserons. Si vous ne retirez pas cet avis, nous porterons plainte."
)
PIECES = st.lists(
    st.sampled_from([*LONG.split(". "), "Merci de cette remarque", "Toute remarque est lue"]),
    max_size=6,
)


def test_what_breaks_several_rules_is_told_once_with_the_others_named() -> None:
    telling = told(GUARD.check(LONG, "dentiste"))
    first, second, *_ = telling.passages
    assert LONG[first.start : first.end] == "Mme Martin"
    assert LONG[second.start : second.end] == "votre rendez-vous"
    assert RuleCode.CARE_FACT in second.also
    assert sum("R4127-206" in each.reason for each in telling.passages) <= 1
    others = [LONG[start:end] for start, end in telling.others]
    assert others[0] == "Votre détartrage s'est bien passé"


def test_words_next_to_each_other_are_one_passage() -> None:
    said = "Si vous ne retirez pas cet avis, nous porterons plainte."
    (passage,) = told(GUARD.check(said)).passages
    assert said[passage.start : passage.end].startswith("Si vous ne retirez pas")
    assert "porterons" in said[passage.start : passage.end]


def test_a_text_that_is_too_long_does_not_swallow_what_is_wrong_at_its_end() -> None:
    said = "Toute remarque est lue avec attention. " * 20 + "Votre rendez-vous a pris du retard."
    telling = told(GUARD.check(said))
    quoted = {said[each.start : each.end]: each.is_quoted for each in telling.passages}
    assert quoted["Votre rendez-vous a pris"]
    assert sorted(quoted.values()) == [False, True]


def test_what_is_clean_has_nothing_to_tell() -> None:
    assert told(GUARD.check("Toute remarque est lue avec attention.")).passages == ()


@settings(max_examples=30)
@given(PIECES)
def test_everything_found_is_told_somewhere_and_no_reason_twice(pieces: list[str]) -> None:
    review = GUARD.check(". ".join(pieces))
    telling = told(review)
    places = [(each.start, each.end) for each in telling.passages] + list(telling.others)
    for finding in review.findings:
        assert any(start <= finding.start and finding.end <= end for start, end in places)
    reasons = [each.reason for each in telling.passages]
    assert len(reasons) == len(set(reasons))
