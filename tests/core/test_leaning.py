"""The learned reading: sums anybody can redo, and the words they rest on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.leaning import (
    Heard,
    Label,
    Leaning,
    features,
    hear,
    parse_leaning,
    stem,
    write_leaning,
)

LEANING = Leaning(
    (
        Label("late", -1.0, 0.0, {"retard": 2.0, "en retard": 1.5, "jamais_retard": -4.0}),
        Label("kind", -0.5, 0.0, {"merci": 2.0}),
    )
)


def first(text: str) -> tuple[Heard, ...]:
    return hear(text)[0]


def test_a_sentence_leans_by_the_sum_of_its_words_over_the_root_of_their_number() -> None:
    (late,) = LEANING.weigh(first("Toujours en retard !"), ["late"])
    assert late.score == pytest.approx(-1.0 + 3.5 / 3**0.5)
    assert late.is_over


def test_the_words_that_weigh_most_are_shown_where_they_stand() -> None:
    text = "Le  m\u00e9decin est en RETARD."
    (late,) = LEANING.weigh(first(text), ["late"])
    assert [text[start:end] for start, end in late.spans] == ["en RETARD"]


def test_a_word_far_before_may_take_the_weight_away() -> None:
    (late,) = LEANING.weigh(first("Jamais le moindre retard"), ["late"])
    assert not late.is_over
    assert late.spans == ()


def test_a_word_said_twice_counts_twice() -> None:
    once, twice = (LEANING.weigh(first(said), ["kind"])[0] for said in ("merci", "merci merci"))
    assert once.score == pytest.approx(1.5)
    assert twice.score == pytest.approx(-0.5 + 4.0 / 2**0.5)


@given(
    st.lists(
        st.builds(
            Heard,
            st.sampled_from(["retard", "en", "votre", "12"]),
            st.just(0),
            st.just(1),
            st.sampled_from([(), ("{a}",), ("{b}", "[c]")]),
        ),
        min_size=1,
        max_size=7,
    )
)
def test_the_sum_is_that_of_the_features_shown(said: list[Heard]) -> None:
    weights = {feature: float(len(feature)) for feature, *_ in features(said)}
    shown = sum(weights[feature] for feature, *_ in features(said))
    (lean,) = Leaning([Label("any", 0.0, 0.0, weights)]).weigh(said)
    assert lean.score == pytest.approx(shown / len(said) ** 0.5)


def test_every_label_is_weighed_when_none_is_asked_for() -> None:
    assert [each.label for each in LEANING.weigh(first("Merci"))] == ["late", "kind"]


def test_lists_of_words_weigh_with_what_stands_next_to_them() -> None:
    said = (Heard("votre", 0, 5, ("{your}",)), Heard("dent", 6, 10, ("{care}",)))
    assert {"{your}", "{care}", "{your}_{care}", "{your}+dent", "votr+{care}"} <= {
        feature for feature, *_ in features(said)
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [("opere", "operee"), ("rembourser", "rembourserons"), ("patient", "patiente")],
)
def test_kindred_words_have_the_same_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@given(st.text(max_size=200))
def test_whatever_is_heard_lies_in_the_text_and_in_its_sentence(text: str) -> None:
    for said in hear(text):
        assert all(0 <= each.start < each.end <= len(text) for each in said)
        assert all(0 <= start < end <= len(said) for _, start, end in features(said))


def test_weights_are_read_as_they_were_written() -> None:
    labels = (
        Label("late", -1.25, 0.1, {"retard": 0.5, "d un": 0.001}),
        Label("kind", 0.0, 0.0, {"merci": -2.0}, -3.0),
    )
    again = parse_leaning(write_leaning(labels))
    for text in ("un retard", "merci", "d'un retard, merci"):
        assert again.weigh(first(text)) == Leaning(labels).weigh(first(text))


def test_a_line_with_more_weights_than_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="more weights than labels"):
        parse_leaning("label\ta\nstart\t0\nthreshold\t0\ndoubt\tinf\nmot\t1\t2\n")
