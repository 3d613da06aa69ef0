"""To answer or not: what is guessed of a mention, and the ways that are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.lawbook import load_topic_words
from bot.adapters.wording import TEMPLATES
from bot.core.strategies import Known, ReplyKind, Strategy, advise, guess_kind, know

TOPICS = load_topic_words(TEMPLATES)


def review(said: str, rating: float | None = 1, age_days: int | None = 3) -> Known:
    return Known(said, rating, age_days, is_review=True, is_press=False, is_forum=False)


def other(said: str, *, is_press: bool) -> Known:
    return Known(said, None, 2, is_review=False, is_press=is_press, is_forum=not is_press)


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        (review("Deux heures d'attente, toujours en retard"), ReplyKind.WAITING),
        (review("La secrétaire raccroche au nez, accueil nul"), ReplyKind.RECEPTION),
        (review("Beaucoup trop cher, dépassement énorme"), ReplyKind.FEES),
        (review("Médecin froid, aucune écoute"), ReplyKind.TONE),
        (review("Je ne reviendrai pas"), ReplyKind.GENERAL),
        (review(""), ReplyKind.NO_TEXT),
        (review("\u2b50"), ReplyKind.NO_TEXT),
        (review("Bien", rating=3), ReplyKind.NEUTRAL),
        (review("Attente mais très bien", rating=5), ReplyKind.POSITIVE),
        (review("Merci, médecin génial", rating=None), ReplyKind.POSITIVE),
        (other("Le Dr X ouvre", is_press=True), ReplyKind.PRESS),
        (other("Quelqu'un connaît ?", is_press=False), ReplyKind.FORUM),
    ],
)
def test_what_a_reply_would_be_about(known: Known, kind: ReplyKind) -> None:
    assert guess_kind(known, TOPICS) is kind


@pytest.mark.parametrize(
    ("place", "title", "said", "kind"),
    [
        ("avis-sante.example", "Le Dr X", "Une heure d'attente", ReplyKind.WAITING),
        ("blog.example", "Le Dr X", "\u2605\u2606\u2606 accueil nul", ReplyKind.RECEPTION),
        ("La Voix du Nord", "Le Dr X ouvre", "un cabinet", ReplyKind.PRESS),
        ("forum.example", "Le Dr X ?", "quelqu'un ?", ReplyKind.FORUM),
        ("blog.example", "Le Dr X", "une page", ReplyKind.GENERAL),
    ],
)
def test_where_it_stands_tells_what_it_is(
    place: str, title: str, said: str, kind: ReplyKind
) -> None:
    assert guess_kind(know(TOPICS, place, title, said, None, 3), TOPICS) is kind


KNOWN = st.builds(
    Known,
    st.text(max_size=60),
    st.none() | st.floats(0, 5),
    st.none() | st.integers(0, 4000),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(KNOWN)
def test_not_answering_comes_first_and_praise_is_never_to_be_withdrawn(known: Known) -> None:
    kind = guess_kind(known, TOPICS)
    ways = advise(known, kind)
    assert ways[0].strategy is Strategy.NO_REPLY
    strategies = [way.strategy for way in ways]
    assert len(set(strategies)) == len(strategies) >= 2
    if kind in {ReplyKind.POSITIVE, ReplyKind.PRESS}:
        assert Strategy.ASK_WITHDRAWAL not in strategies
    assert all(way.pros for way in ways)


def test_an_old_review_is_better_left() -> None:
    (silence, *_) = advise(review("Nul", age_days=400), ReplyKind.GENERAL)
    assert silence.pros[0] == "old"
    assert not silence.cons
