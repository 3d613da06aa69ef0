"""The reader of harms: what cannot wait, what must ring for nobody, what clock is armed."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.lawbook import load_harm_words, load_harms
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.core.harms import (
    MAX_READ_CHARACTERS,
    Alarm,
    Harm,
    HarmReader,
    LicitKind,
    OutletKind,
    Unread,
    armed_rule,
    parse_harm_words,
)
from bot.core.law import RuleId
from bot.core.leaning import Leaning

READER = load_harms(TEMPLATES)
BY_HAND = HarmReader(load_harm_words(TEMPLATES), Leaning([]), Leaning([]))
"""Watch-words alone."""
VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def found(text: str) -> set[Harm]:
    return {signal.kind for signal in BY_HAND.read(text).signals}


@pytest.mark.parametrize(
    ("kinds", "rule"),
    [
        ({Harm.DISPARAGEMENT, Harm.INSULT}, RuleId.PRESS_3M),
        ({Harm.DEFAMATION, Harm.HATE}, RuleId.PRESS_3M),
        ({Harm.PRESUMPTION_OF_INNOCENCE}, RuleId.PRESS_3M),
        ({Harm.HATE, Harm.THREAT}, RuleId.PRESS_1Y),
        ({Harm.DISPARAGEMENT, Harm.THREAT}, None),
        (set(), None),
    ],
)
def test_insult_and_defamation_arm_three_months_whatever_else_is_chosen(
    kinds: set[Harm], rule: RuleId | None
) -> None:
    assert armed_rule(kinds) == rule


def test_a_signal_stands_where_its_words_are_in_the_original() -> None:
    text = "Bonjour.\n<b>Ce Dr Vasseur</b> est un   CHARL\u00c2TAN, voil\u00e0."
    (signal,) = [each for each in READER.read(text).signals if each.kind is Harm.INSULT]
    assert text[signal.start : signal.end] == "CHARL\u00c2TAN"
    assert "injure" in signal.why


def test_a_passage_is_the_sentence_that_holds_a_signal() -> None:
    text = "Accueil correct. Cet escroc m'a fait payer deux fois. Parking facile."
    reading = BY_HAND.read(text)
    assert [text[a:b] for a, b in reading.passages] == ["Cet escroc m'a fait payer deux fois"]


@pytest.mark.parametrize(
    "said",
    [
        "Ce n'est pas un charlatan.",
        "Certains le traitent d'escroc, moi je dis le contraire.",
        "Il n'a jamais vol\u00e9 ses patients.",
        "J'ai lu ici \u00ab voleuse \u00bb, \u00ab menteuse \u00bb : je n'ai rien vu de tel.",
        "Je ne vais pas le tuer pour dix minutes de retard lol.",
        "Un escroc se faisait passer pour lui ; le tribunal l'a condamn\u00e9.",
    ],
)
def test_what_is_denied_quoted_or_said_in_jest_is_no_signal(said: str) -> None:
    assert not found(said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Il facture des s\u00e9ances fictives \u00e0 la S\u00e9cu.", Harm.DEFAMATION),
        ("Elle n'a aucun dipl\u00f4me reconnu.", Harm.DEFAMATION),
        ("Il para\u00eetrait que le docteur cache des enveloppes.", Harm.DEFAMATION),
        ("Dr Weber est un abruti fini.", Harm.INSULT),
        ("Remboursez-moi ou je publie un avis sur tous les sites.", Harm.BLACKMAIL),
        ("Je n'ai jamais consult\u00e9 ici mais je mets une \u00e9toile.", Harm.FAKE_REVIEW),
        ("Elle est en plein divorce, toute la ville le sait.", Harm.PRIVACY),
        ("Fiche cr\u00e9\u00e9e automatiquement sans son accord.", Harm.PERSONAL_DATA),
    ],
)
def test_each_kind_has_its_words_and_its_reason(said: str, kind: Harm) -> None:
    reading = BY_HAND.read(said)
    assert kind in {signal.kind for signal in reading.signals}
    assert all(signal.why.endswith(".") for signal in reading.signals)


@pytest.mark.parametrize(
    "said",
    [
        "Deux heures d'attente, une secrétaire désagréable et chère, je ne reviendrai pas.",
        "\u00c0 mon avis il est dépassé, aucune écoute, je suis très déçue.",
        "Merci docteur, \u00e9quipe adorable et souriante, je recommande.",
    ],
)
def test_a_hard_opinion_on_the_service_is_probably_licit(said: str) -> None:
    reading = READER.read(said, rating=1)
    assert not reading.is_illicit_possible
    assert (reading.kinds, reading.deadline_rule) == ((), None)


def test_praise_and_complaint_are_told_apart_among_licit_texts() -> None:
    assert (
        READER.read("Merci docteur, \u00e9quipe adorable !", rating=5).licit_kind
        is LicitKind.POSITIVE
    )
    late = "Deux heures de retard, personne ne d\u00e9croche le t\u00e9l\u00e9phone."
    assert READER.read(late, rating=1).licit_kind is LicitKind.FOUNDED


@pytest.mark.parametrize(
    ("said", "unread"),
    [
        ("", Unread.EMPTY),
        (" \u200b\n", Unread.EMPTY),
        ("\u2b50\u2b50", Unread.NO_WORDS),
        (".", Unread.NO_WORDS),
        ("\x00\x01\x02\x03abc", Unread.RUBBISH),
        ("The doctor was very rude and he is not good with kids", Unread.NOT_FRENCH),
        ("mot " * 20_000, Unread.TOO_LONG),
    ],
)
def test_what_cannot_be_read_is_told_and_never_an_error(said: str, unread: Unread) -> None:
    reading = READER.read(said)
    assert reading.unread is unread
    assert unread.value in JinjaWording().labels("unread")


def test_a_passage_of_forty_thousand_characters_is_read_at_once() -> None:
    text = "je vais te retrouver et personne ne dit rien de la facture " * 700
    start = time.process_time()
    READER.read(text[:MAX_READ_CHARACTERS])
    assert time.process_time() - start < 10


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.sampled_from(OutletKind))
def test_any_text_is_read_and_every_span_is_inside(text: str, source_kind: OutletKind) -> None:
    reading = READER.read(text, source_kind)
    assert all(0 <= each.start < each.end <= len(text) for each in reading.signals)
    assert bool(reading.kinds) == reading.is_illicit_possible


def test_the_reading_is_the_same_twice() -> None:
    text = "Le docteur touche une commission, demandez-lui pourquoi."
    assert READER.read(text) == READER.read(text)


def test_every_alarm_has_a_label() -> None:
    assert all(alarm.value in JinjaWording().labels("alarm") for alarm in Alarm)


def test_words_that_name_no_list_or_excuse_are_refused() -> None:
    with pytest.raises(KeyError):
        parse_harm_words({})


def test_the_texts_it_learned_from_are_mostly_read_right() -> None:
    lines = (VECTORS / "harms_own.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines if '"urgent": true' in line]
    read = [READER.read(each["text"], OutletKind(each["source_kind"])) for each in told]
    assert sum(each.is_urgent for each in read) > 0.9 * len(told)
