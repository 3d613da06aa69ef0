"""What a letter must hold, what no letter can be made of, and its file's name."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.lawbook import load_guard
from bot.adapters.letter_examples import example
from bot.adapters.wording import TEMPLATES
from bot.core.errors import Refusal, RefusalCode
from bot.core.letter_elements import NEEDS, Element, missing, refuse_incomplete
from bot.core.letter_limits import refuse_unfit
from bot.core.letter_secrecy import secrecy_findings
from bot.core.letters import (
    Address,
    Annex,
    AnnexRole,
    Facts,
    LetterKind,
    Passage,
    Publication,
    slug,
    stem,
)

KINDS = list(LetterKind)


def without(element: Element, facts: Facts) -> Facts:
    """The facts with a hole where that element was."""
    sender, recipient, earlier = facts.sender, facts.recipient, facts.earlier
    holes: Mapping[Element, Mapping[str, object]] = {
        Element.SENDER: {"sender": replace(sender, name=" ")},
        Element.SENDER_ADDRESS: {"sender": replace(sender, address=None)},
        Element.SENDER_EMAIL: {"sender": replace(sender, email="")},
        Element.RECIPIENT: {"recipient": replace(recipient, name="")},
        Element.RECIPIENT_PLACE: {"recipient": replace(recipient, address=None)},
        Element.DIRECTOR: {"recipient": replace(recipient, attention="")},
        Element.RESPONDENT: {"respondent": None},
        Element.SIREN: {"respondent": None},
        Element.PLACE: {"place": ""},
        Element.URL: {"publications": ()},
        Element.LOCATOR: {"publications": (Publication(url="https://a.example/1"),)},
        Element.PUBLISHED_ON: {"publications": (Publication(url="https://a.example/1"),)},
        Element.PASSAGE: {"passages": ()},
        Element.QUOTE: {"passages": (Passage("", "INJ", "x"),)},
        Element.GROUND: {"passages": (Passage("x", "", "x"),)},
        Element.WHY: {"passages": (Passage("x", "INJ", ""),)},
        Element.EARLIER: {"earlier": None},
        Element.EARLIER_RECEIVED: {"earlier": earlier and replace(earlier, received_on=None)},
        Element.OUTCOME: {"earlier": earlier and replace(earlier, received_on=facts.written_on)},
        Element.DECISION: {"decision": None},
        Element.CLAIM: {"claim": None},
        Element.STEPS: {"steps": ()},
        Element.DAYS: {"days": 0},
        Element.PRESCRIPTION: {"prescribed_on": None},
        Element.SINCERITY: {"is_sincere": False},
        Element.MANDATE: {"is_mandated": True},
        **{
            each: {"annexes": tuple(annex for annex in facts.annexes if annex.role is not role)}
            for each, role in (
                (Element.CAPTURE, AnnexRole.CAPTURE),
                (Element.COPY_OF_REQUEST, AnnexRole.REQUEST),
                (Element.PROOF_OF_RECEIPT, AnnexRole.RECEIPT),
            )
        },
    }
    return replace(facts, **holes.get(element, {element.value: ""}))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_lacks_nothing(kind: LetterKind) -> None:
    refuse_unfit(kind, example(kind))
    assert missing(kind, example(kind)) == ()


@pytest.mark.parametrize(
    ("kind", "element"), [(kind, element) for kind in KINDS for element in NEEDS[kind]]
)
def test_each_element_is_missed(kind: LetterKind, element: Element) -> None:
    facts = without(element, example(kind))
    assert element in missing(kind, facts)
    with pytest.raises(Refusal) as refused:
        refuse_incomplete(kind, facts)
    assert element.value in refused.value.facts["missing"]  # type: ignore[operator]


def unfit(facts: Facts) -> list[tuple[Facts, RefusalCode]]:
    sender, to = facts.sender, Address(("1 rue A",), "75001", "Paris")
    publication = facts.publications[0]

    def sent_to(address: Address) -> Facts:
        return replace(facts, recipient=replace(facts.recipient, address=address))

    earlier = example(LetterKind.FOLLOW_UP).earlier
    assert earlier is not None
    return [
        (sent_to(replace(to, town=" ")), RefusalCode.ADDRESS_WITHOUT_TOWN),
        (sent_to(replace(to, postcode="")), RefusalCode.ADDRESS_WITHOUT_POSTCODE),
        (sent_to(replace(to, lines=())), RefusalCode.ADDRESS_LINES),
        (sent_to(replace(to, lines=("a",) * 4)), RefusalCode.ADDRESS_LINES),
        (
            replace(facts, sender=replace(sender, address=replace(to, town=""))),
            RefusalCode.ADDRESS_WITHOUT_TOWN,
        ),
        (
            replace(facts, passages=(Passage("x" * 40_960, "INJ", "x"),)),
            RefusalCode.LETTER_TEXT_TOO_LONG,
        ),
        (replace(facts, reasons="x" * 40_960), RefusalCode.LETTER_TEXT_TOO_LONG),
        (
            replace(facts, sender=replace(sender, name="x" * 201)),
            RefusalCode.LETTER_TEXT_TOO_LONG,
        ),
        (
            replace(facts, publications=(replace(publication, url="https://a.fr/" + "x" * 2000),)),
            RefusalCode.LETTER_TEXT_TOO_LONG,
        ),
        (replace(facts, passages=facts.passages * 40), RefusalCode.LETTER_TOO_MANY),
        (
            replace(facts, publications=(replace(publication, published_on=date(2026, 12, 4)),)),
            RefusalCode.DAY_TO_COME,
        ),
        (
            replace(facts, earlier=replace(earlier, received_on=date(2026, 10, 1))),
            RefusalCode.RECEIVED_BEFORE_SENT,
        ),
    ]


@pytest.mark.parametrize(("facts", "code"), unfit(example(LetterKind.FORMAL_NOTICE)))
def test_what_no_letter_can_be_made_of_is_refused(facts: Facts, code: RefusalCode) -> None:
    with pytest.raises(Refusal) as refused:
        refuse_unfit(LetterKind.FORMAL_NOTICE, facts)
    assert refused.value.code is code


def test_no_right_of_reply_where_one_can_answer_nor_when_late_nor_longer_than_the_message() -> (
    None
):
    facts = example(LetterKind.RIGHT_OF_REPLY)
    publication = replace(facts.publications[0], published_on=date(2026, 9, 2))
    for unfit_facts, code in (
        (replace(facts, can_answer_there=True), RefusalCode.ANSWER_THERE),
        (replace(facts, publications=(publication,)), RefusalCode.REPLY_TOO_LATE),
        (replace(facts, message_length=10), RefusalCode.LETTER_TEXT_TOO_LONG),
    ):
        with pytest.raises(Refusal) as refused:
            refuse_unfit(LetterKind.RIGHT_OF_REPLY, unfit_facts)
        assert refused.value.code is code


def test_the_guard_reads_ones_own_words_and_not_the_quotations() -> None:
    guard = load_guard(TEMPLATES)
    facts = example(LetterKind.HOST_NOTICE)
    breach = "Le résultat de votre bilan sanguin était normal."
    told = replace(facts, reasons=breach, passages=(Passage(breach, "INJ", "Terme outrageant."),))
    found = list(secrecy_findings(LetterKind.HOST_NOTICE, told, guard))
    assert {name for name, _ in found} == {"reasons"}
    refund = replace(facts, reasons="Supprimez cet avis et nous vous rembourserons la séance.")
    assert list(secrecy_findings(LetterKind.AUTHOR_MESSAGE, refund, guard))


@pytest.mark.parametrize(
    "title",
    ["La fiche, ce matin", "Capture du 24 novembre", "Avis vu le 3 mars 2026", "Page, hier soir"],
)
def test_the_day_of_a_capture_is_no_day_of_care(title: str) -> None:
    guard = load_guard(TEMPLATES)
    facts = example(LetterKind.HOST_NOTICE)
    dated = replace(facts, annexes=(Annex(title, AnnexRole.CAPTURE),))
    assert not list(secrecy_findings(LetterKind.HOST_NOTICE, dated, guard))
    told = replace(facts, annexes=(Annex(f"{title} : votre opération", AnnexRole.CAPTURE),))
    assert list(secrecy_findings(LetterKind.HOST_NOTICE, told, guard))


def test_the_file_is_named_by_day_kind_site_and_name() -> None:
    facts = example(LetterKind.ERASURE_REQUEST)
    assert stem("opposition", facts) == "2026-12-03_opposition_ANNUAIRE-EXAMPLE_LEFEVRE"
    assert stem("opposition", replace(facts, publications=())) == "2026-12-03_opposition_LEFEVRE"


@given(st.text(max_size=200))
def test_a_file_name_has_only_safe_characters(words: str) -> None:
    assert re.fullmatch("([A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?)?", slug(words))
    assert Path(f"{slug(words)}.pdf").name == f"{slug(words)}.pdf"
