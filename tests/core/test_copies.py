"""Near copies: what joins, what must not, and a planted set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.copies import Window
from tests.planted import planted

NAME = ("Claire", "Lefèvre", "Dr")
STORY = (
    "Lille : le Dr Claire Lefèvre ouvre un cabinet de chirurgie dentaire à Wazemmes",
    (
        "Après quinze ans à l'hôpital, la praticienne s'installe rue des Postes avec deux "
        "associés et promet des urgences le samedi matin, une première dans le quartier depuis "
        "dix ans."
    ),
)
WORDS = st.lists(
    st.text(st.characters(categories=["Ll"], max_codepoint=255), min_size=2, max_size=9),
    min_size=6,
    max_size=30,
).map(" ".join)


def a_window(*stories: tuple[str, str]) -> Window:
    window = Window(NAME)
    for number, (title, text) in enumerate(stories, start=1):
        window.add(number, title, text)
    return window


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (STORY[0] + " - La Voix du Nord", STORY[1]),
        (STORY[0].upper(), STORY[1][:90] + "…"),
        ("VIDEO. " + STORY[0], ""),
        ("Une dentiste de plus à Wazemmes", STORY[1]),
        (STORY[0], "Lille (AFP) - " + STORY[1].replace("première", "nouveauté")),
    ],
    ids=["outlet", "shouted and cut", "title alone", "other headline", "agency"],
)
def test_a_copy_is_found(title: str, text: str) -> None:
    assert a_window(STORY).nearest(title, text) == 1


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Le Dr Claire Lefèvre répond à vos questions", "Ce mois-ci, les gencives."),
        ("Dr Claire Lefèvre", ""),
        ("Claire Lefèvre condamnée en appel à Douai", STORY[1][:40]),
        (
            "Le cabinet de chirurgie dentaire de Wazemmes ferme ses portes après un incendie",
            "Le feu a pris dans la nuit de mardi à mercredi rue des Postes, sans faire de blessé.",
        ),
    ],
    ids=["another story", "a name", "another fact", "the same place"],
)
def test_another_story_is_not_a_copy(title: str, text: str) -> None:
    assert a_window(STORY).nearest(title, text) is None


def test_figures_that_differ_tell_two_things() -> None:
    first = ("Chronique santé du Dr Lefèvre : épisode 12, les gencives qui saignent", "")
    then = ("Chronique santé du Dr Lefèvre : épisode 13, les gencives qui saignent", "")
    assert a_window(first).nearest(*then) is None


def test_the_nearest_of_two_is_given() -> None:
    other = (STORY[0], "Un tout autre récit que celui de la praticienne, " * 3)
    assert a_window(other, STORY).nearest(*STORY) == 2


@given(WORDS, WORDS)
def test_words_enough_are_a_copy_of_themselves(title: str, text: str) -> None:
    window = Window(())
    window.add(7, title, text)
    distinct = len(set(title.split()))
    if distinct >= 5:
        assert window.nearest(title, text) == 7


@given(st.lists(st.tuples(WORDS, WORDS), max_size=8), st.randoms(use_true_random=False))
def test_adding_and_taking_away_leave_what_is_left(
    stories: list[tuple[str, str]], chance: object
) -> None:
    window = Window(())
    for number, story in enumerate(stories):
        window.add(number, *story)
        window.add(number, *story)
    for number in range(0, len(stories), 2):
        window.discard(number)
        window.discard(number)
    alone = Window(())
    for number in range(1, len(stories), 2):
        alone.add(number, *stories[number])
    assert len(window) == len(alone)
    for story in stories:
        assert window.nearest(*story) == alone.nearest(*story)


def test_on_a_planted_set_copies_are_joined_and_nothing_else() -> None:
    truth = planted(people=40, mentions=2_000, queries=600, seed=2027)
    right = wrong = missed = 0
    for query in truth.queries:
        found = truth.windows[query.person].nearest(query.title, query.text)
        right += found is not None and found == query.copy_of
        wrong += found is not None and found != query.copy_of
        missed += found is None and query.copy_of is not None
    assert right / (right + wrong) >= 0.99
    assert right / (right + missed) >= 0.98
