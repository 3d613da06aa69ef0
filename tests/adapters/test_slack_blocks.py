"""Whatever is to be shown, Slack takes what is made of it: its rules, checked block by block."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters import slack_modals
from bot.adapters.markup import parse
from bot.adapters.slack_blocks import compose, compose_page, compose_whole, pieces_of
from bot.adapters.slack_modals import Place
from bot.core.forms import FieldKind, FormName, ShownChoice, ShownField, ShownForm
from bot.core.messages import (
    Block,
    BlockKind,
    ButtonStyle,
    Rendered,
    RichText,
    ShownButton,
    ShownConfirm,
    ShownMenu,
    Span,
)
from tests.servers.slack_blocks import check_message_blocks, check_view

LONG = st.sampled_from(["", " ", "mot", "é" * 74, "é" * 75, "é" * 76, "x" * 3500])
ADDRESSES = st.sampled_from(
    [None, "https://presse.example/1", "https://presse.example/" + "a" * 4000]
)
CONFIRMS = st.builds(ShownConfirm, title=LONG, question=LONG, yes=LONG, no=LONG)
BUTTONS = st.builds(
    ShownButton,
    text=LONG,
    data=st.sampled_from(["v1:cl:1", "v1:ci:2", "v1:ss:1:sources-2"]),
    url=ADDRESSES,
    style=st.sampled_from(ButtonStyle),
    confirm=st.none() | CONFIRMS,
)
ROWS = st.lists(st.lists(BUTTONS, max_size=30).map(tuple), max_size=60).map(tuple)
MENUS = st.builds(
    ShownMenu,
    buttons=st.lists(BUTTONS, max_size=12).map(tuple),
    unfold=BUTTONS,
    fold=BUTTONS,
    is_unfolded=st.booleans(),
)
SPANS = st.builds(Span, text=LONG, bold=st.booleans(), url=ADDRESSES)
BLOCKS = st.builds(
    Block, kind=st.sampled_from(BlockKind), spans=st.lists(SPANS, max_size=8).map(tuple)
)
TEXTS = st.lists(BLOCKS, max_size=40).map(lambda blocks: RichText(tuple(blocks)))


@settings(max_examples=40)
@given(TEXTS, ROWS, st.none() | MENUS)
def test_every_message_is_taken(
    text: RichText, rows: tuple[tuple[ShownButton, ...], ...], menu: ShownMenu | None
) -> None:
    pieces = pieces_of(text)
    for piece in pieces[:-1]:
        check_message_blocks(compose(piece))
    check_message_blocks(compose(pieces[-1], rows, menu))


@settings(max_examples=20)
@given(st.lists(st.builds(Rendered, text=TEXTS, rows=ROWS), max_size=30))
def test_every_page_is_taken(parts: list[Rendered]) -> None:
    page = Rendered(parse("<h>Titre</h>"), parts=tuple(parts), page_of="U1")
    check_view({"type": "home", "blocks": compose_page(page)})
    check_view({"type": "home", "blocks": compose_page(Rendered(RichText(())))})


@settings(max_examples=40)
@given(TEXTS, ROWS, st.none() | MENUS)
def test_every_answer_in_a_modal_is_taken(
    text: RichText, rows: tuple[tuple[ShownButton, ...], ...], menu: ShownMenu | None
) -> None:
    check_view(slack_modals.telling("Vigie", Rendered(text, rows, menu=menu)))


FIELDS = st.builds(
    ShownField,
    name=st.uuids().map(str),
    kind=st.sampled_from(FieldKind),
    question=LONG,
    hint=LONG,
    choices=st.lists(
        st.builds(ShownChoice, value=st.integers(1, 999).map(str), words=LONG),
        min_size=1,
        max_size=250,
    ).map(tuple),
    initial=st.just(""),
    is_optional=st.booleans(),
    longest=st.integers(1, 9000),
)


@settings(max_examples=40)
@given(st.lists(FIELDS, min_size=1, max_size=8), LONG)
def test_every_form_is_taken(fields: list[ShownField], words: str) -> None:
    form = ShownForm(FormName.SOURCE, 1, words, words, f"✖️ {words}", tuple(fields))
    check_view(slack_modals.modal(form, Place("source", 1, "C1", is_private=False)))


def test_a_long_list_of_choices_is_in_groups() -> None:
    choices = tuple(ShownChoice(str(number), f"Source {number}") for number in range(250))
    field = ShownField(
        name="source",
        kind=FieldKind.CHOICE,
        question="Laquelle ?",
        hint="",
        choices=choices,
        initial="7",
        is_optional=True,
        longest=100,
    )
    element = slack_modals.modal(
        ShownForm(FormName.FILTER, 1, "Affiner", "Appliquer", "✖️ Annuler", (field,)),
        Place("filter", 1, "C1", is_private=False),
    )["blocks"][0]["element"]
    groups = [(each["label"]["text"], len(each["options"])) for each in element["option_groups"]]
    assert groups == [("1–100", 100), ("101–200", 100), ("201–250", 50)]
    assert element["initial_option"]["value"] == "7"


@pytest.mark.parametrize(
    ("answer", "begun"),
    [
        ({"type": "plain_text_input", "value": "mot"}, {"initial_value": "mot"}),
        ({"type": "plain_text_input", "value": None}, {}),
        ({"type": "datepicker", "selected_date": "2026-11-23"}, {"initial_date": "2026-11-23"}),
        ({"type": "timepicker", "selected_time": "07:30"}, {"initial_time": "07:30"}),
        (
            {"type": "static_select", "selected_option": {"value": "1"}},
            {"initial_option": {"value": "1"}},
        ),
        ({"type": "multi_static_select", "selected_options": []}, {}),
    ],
)
def test_a_form_to_fill_again_begins_with_what_was_put_in_it(
    answer: dict[str, Any], begun: dict[str, Any]
) -> None:
    element = {"type": answer["type"], "action_id": "value", "initial_value": "avant"}
    view = {
        "type": "modal",
        "callback_id": "form",
        "private_metadata": "{}",
        "title": {"type": "plain_text", "text": "Titre"},
        "submit": {"type": "plain_text", "text": "Envoyer"},
        "close": {"type": "plain_text", "text": "Annuler"},
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": "un problème d'avant"}},
            {"type": "input", "block_id": "champ", "element": element},
        ],
        "state": {"values": {"champ": {"value": answer}}},
    }
    told, field = slack_modals.again(view, "Il manque une adresse.")["blocks"]
    assert told["text"]["text"] == "Il manque une adresse."
    assert field["element"] == {"type": answer["type"], "action_id": "value"} | begun


def test_a_menu_is_in_menus_of_five_and_an_address_opens_from_it() -> None:
    buttons = tuple(
        ShownButton(f"Choix {number}", f"v1:os:{number}", None, ButtonStyle.PLAIN)
        for number in range(1, 7)
    )
    site = ShownButton("Site", None, "https://presse.example/1", ButtonStyle.PLAIN)
    menu = ShownMenu((*buttons, site), buttons[0], buttons[0], is_unfolded=False)
    (actions,) = compose(parse(""), (), menu)
    assert [len(each["options"]) for each in actions["elements"]] == [5, 2]
    assert [each["action_id"] for each in actions["elements"]] == ["menu", "menu#2"]
    assert actions["elements"][1]["options"][1]["url"] == "https://presse.example/1"


def test_two_addresses_on_one_row_are_two_buttons() -> None:
    site = ShownButton("Site", None, "https://presse.example/1", ButtonStyle.PLAIN)
    (actions,) = compose(parse(""), ((site, site),))
    assert [each["action_id"] for each in actions["elements"]] == ["open", "open#2"]


def test_a_modal_says_all_of_a_long_answer_it_can() -> None:
    long = "\n<cut/>\n".join(f"ligne {number} " + "é" * 900 for number in range(30))
    blocks = compose_whole(Rendered(parse(long)))
    assert len(blocks) == 4
