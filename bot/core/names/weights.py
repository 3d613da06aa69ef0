"""What each kind of evidence weighs, per cent, and where the zones begin."""

from collections.abc import Mapping

from bot.core.names.people import Evidence, EvidenceKind, Zone

ZONES = ((75, Zone.SURE), (35, Zone.DOUBTFUL), (0, Zone.REJECTED))
"""The least score of each zone, per cent."""
WEIGHTS: Mapping[EvidenceKind, int] = {
    EvidenceKind.EXACT_NAME: 85,
    EvidenceKind.INVERTED: 80,
    EvidenceKind.INITIALS: 40,
    EvidenceKind.ALIAS: 85,
    EvidenceKind.HANDLE: 80,
    EvidenceKind.TITLE_AND_FAMILY: 55,
    EvidenceKind.PROFESSION_AND_FAMILY: 35,
    EvidenceKind.SLIP: 45,
    EvidenceKind.PRACTICE_ALONE: 40,
    EvidenceKind.COLLEAGUE: 20,
    EvidenceKind.LEARNED_FOR: 40,
    EvidenceKind.LEARNED_AGAINST: -60,
    EvidenceKind.OTHER_CITY: -20,
    EvidenceKind.OWN_PAGE: 100,
    EvidenceKind.TITLE: 5,
    EvidenceKind.CITY: 25,
    EvidenceKind.PROFESSION: 20,
    EvidenceKind.PRACTICE: 35,
    EvidenceKind.CONTEXT: 5,
    EvidenceKind.OTHER_GIVEN_NAME: -100,
    EvidenceKind.OTHER_PROFESSION: -40,
    EvidenceKind.OTHER_TITLE: -45,
    EvidenceKind.LONGER_NAME: -40,
    EvidenceKind.UNSURE_ORDER: -20,
    EvidenceKind.COMMON_WORD: -30,
    EvidenceKind.PLACE_NAME: -60,
    EvidenceKind.EXCLUDED_WORD: -100,
}
NEVER_SURE = frozenset((EvidenceKind.LONGER_NAME, EvidenceKind.PRACTICE_ALONE))
DOUBTFUL_AT_MOST = 70


def weighed(kind: EvidenceKind, words: str, weight: int | None = None) -> Evidence:
    """Evidence of a kind, with the weight of its kind unless another is given."""
    return Evidence(kind, words, WEIGHTS[kind] if weight is None else weight)


PARTIAL = frozenset(
    (
        EvidenceKind.TITLE_AND_FAMILY,
        EvidenceKind.PROFESSION_AND_FAMILY,
        EvidenceKind.INITIALS,
        EvidenceKind.SLIP,
    )
)
"""Names that are not whole: people move, and whole names go with them."""
