"""Slack's modals: a form shown whole, and what was put in it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.core.forms import FieldKind, ShownField, ShownForm

FORM, WAITING = "form", "waiting"
_TITLE, _LABEL, _HINT, _OPTION, _BODY = 24, 2000, 2000, 75, 2900
_VALUE = "value"
_EMPTY = "\u00b7"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a modal was opened from, and what it is about; kept in the modal itself."""

    form: str
    target: int
    address: str
    is_private: bool
    message: str = ""
    known: dict[str, str] = field(default_factory=dict)
    """What was known before, and is not asked."""


def waiting(title: str, words: str) -> dict[str, Any]:
    """A modal that has nothing to fill: it waits, or says something."""
    return {
        "type": "modal",
        "callback_id": WAITING,
        "title": _plain(title, _TITLE),
        "blocks": [{"type": "section", "text": _plain(words, _BODY)}],
    }


def modal(form: ShownForm, place: Place) -> dict[str, Any]:
    """A form as a modal."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps(asdict(place)),
        "title": _plain(form.title, _TITLE),
        "submit": _plain(form.submit, _TITLE),
        "close": _plain(_bare(form.cancel), _TITLE),
        "blocks": [_input(each) for each in form.fields],
    }


def place_of(view: Mapping[str, Any]) -> Place:
    """Where a modal came from."""
    return Place(**json.loads(view["private_metadata"]))


def answers_of(view: Mapping[str, Any]) -> dict[str, str]:
    """What was put in a modal, by field."""
    values = view["state"]["values"]
    return {name: _said(element[_VALUE]) for name, element in values.items()}


def _said(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "static_select" | "radio_buttons":
            return str((element.get("selected_option") or {}).get("value", ""))
        case "checkboxes" | "multi_static_select":
            return ",".join(str(each["value"]) for each in element.get("selected_options") or ())
        case "datepicker":
            return str(element.get("selected_date") or "")
        case "timepicker":
            return str(element.get("selected_time") or "")
        case _:
            return str(element.get("value") or "")


def _input(field: ShownField) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": field.name,
        "optional": field.is_optional,
        "label": _plain(field.question, _LABEL),
        "element": _element(field) | {"action_id": _VALUE},
    }
    return block | ({"hint": _plain(field.hint, _HINT)} if field.hint else {})


def _element(field: ShownField) -> dict[str, Any]:
    options = [
        {"text": _plain(each.words, _OPTION), "value": each.value} for each in field.choices
    ]
    picked = [each for each in options if each["value"] in field.initial.split(",")]
    match field.kind:
        case FieldKind.CHOICE:
            first = {"initial_option": picked[0]} if picked else {}
            return {"type": "static_select", "options": options} | first
        case FieldKind.CHOICES:
            ticked = {"initial_options": picked} if picked else {}
            return {"type": "multi_static_select", "options": options} | ticked
        case FieldKind.DAY:
            day = {"initial_date": field.initial} if field.initial else {}
            return {"type": "datepicker"} | day
        case FieldKind.TIME:
            hour = {"initial_time": field.initial} if field.initial else {}
            return {"type": "timepicker"} | hour
        case _:
            written = {"initial_value": field.initial} if field.initial else {}
            is_long = field.kind is FieldKind.TEXT
            size = {"max_length": min(field.longest, 3000)}
            return {"type": "plain_text_input", "multiline": is_long} | size | written


def _plain(words: str, longest: int) -> dict[str, Any]:
    shown = words if len(words) <= longest else words[: longest - 1] + "\u2026"
    return {"type": "plain_text", "text": shown or _EMPTY, "emoji": True}


def _bare(label: str) -> str:
    """A label without the sign before it: Slack's own buttons have none."""
    sign, _, words = label.partition(" ")
    return words if words and not sign.isalnum() else label
