"""Slack's modals: a form shown whole, what was put in it, and answers to who asks from a page."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.adapters.slack_blocks import Json, compose_whole, plain
from bot.core.files import SUFFIXES
from bot.core.forms import FieldKind, ShownField, ShownForm
from bot.core.messages import Rendered
from bot.core.urls import is_address

FORM, WAITING = "form", "waiting"
_TITLE, _LABEL, _HINT, _OPTION, _BODY = 24, 2000, 2000, 75, 2900
_GROUP, _GROUPS = 100, 100
"""Options of one group, and groups of one menu."""
_WRITTEN = 3000
"""Characters one field takes."""
METADATA = 3000
"""Characters a modal may keep."""
_VALUE = "value"
_LINK = "-link"
"""Ends the name of the line for an address, under a field that takes a file."""
_NO_LINK = "-"
_AGAIN = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
}
"""What each kind of answer is called where a field begins with it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a modal was opened from, and what it is about; kept in the modal itself."""

    form: str
    target: int
    address: str
    is_private: bool
    message: str = ""
    thread: str = ""
    is_page: bool = False
    """Opened from a home page, a modal or a shortcut: its answer belongs in the modal too."""
    known: dict[str, str] = field(default_factory=dict)
    """What was known before, and is not asked."""


def waiting(title: str, words: str) -> Json:
    """A modal that has nothing to fill yet."""
    return _bare_modal(title, [{"type": "section", "text": plain(words, _BODY)}])


def telling(title: str, message: Rendered) -> Json:
    """A modal that says something, with what can be done about it."""
    return _bare_modal(title, compose_whole(message))


def _bare_modal(title: str, blocks: list[Json]) -> Json:
    return {
        "type": "modal",
        "callback_id": WAITING,
        "title": plain(title, _TITLE),
        "blocks": blocks,
    }


def modal(form: ShownForm, place: Place, *, takes_files: bool = True) -> Json:
    """A form as a modal.

    A field that takes a file has a line for an address too; without ``takes_files``, that only:
    an application that may not read files may not ask for any.
    """
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": kept(place),
        "title": plain(form.title, _TITLE),
        "submit": plain(form.submit, _TITLE),
        "close": plain(_bare(form.cancel), _TITLE),
        "blocks": [
            block for each in form.fields for block in _inputs(each, takes_files=takes_files)
        ],
    }


def kept(place: Place) -> str:
    """What a modal keeps of where it was opened."""
    return json.dumps(asdict(place), ensure_ascii=False, separators=(",", ":"))


def again(view: Mapping[str, Any], problem: str, close: str = "") -> Json:
    """A modal that was sent, to be filled again: what is wrong on top, what was put in it kept.

    For a problem found after Slack's three seconds (before, it is told under its field), and for
    what is to be read with the form in front of one; then ``close`` says that nothing is lost.
    """
    names = ("type", "callback_id", "private_metadata", "title", "submit", "close")
    told = {"type": "section", "text": plain(problem, _BODY)}
    values = view["state"]["values"]
    inputs = [
        _begun(block, values[block["block_id"]][_VALUE])
        for block in view["blocks"]
        if block["type"] == "input"
    ]
    kept = {name: view[name] for name in names} | {"blocks": [told, *inputs]}
    return kept | ({"close": plain(close, _TITLE)} if close else {})


def _begun(block: Json, answer: Mapping[str, Any]) -> Json:
    """A field that begins with what was put in it."""
    bare = {name: value for name, value in block["element"].items() if name not in _AGAIN.values()}
    begun = {_AGAIN[name]: said for name, said in answer.items() if name in _AGAIN and said}
    return {**block, "element": bare | begun}


def fields_of(view: Mapping[str, Any]) -> list[str]:
    """The fields a modal shows, top to bottom."""
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def place_of(view: Mapping[str, Any]) -> Place:
    """Where a modal came from."""
    return Place(**json.loads(view["private_metadata"]))


def answers_of(view: Mapping[str, Any]) -> dict[str, str]:
    """What was put in a modal, by field."""
    values = view["state"]["values"]
    said = {name: _said(element[_VALUE]) for name, element in values.items()}
    links = [name for name in said if name.endswith(_LINK)]
    return said | {name.removesuffix(_LINK): _link(said.pop(name)) for name in links}


def files_of(view: Mapping[str, Any]) -> dict[str, Json]:
    """The files put in a modal, by field, as Slack tells of them."""
    values = view["state"]["values"]
    given = {name: (element[_VALUE].get("files") or [])[:1] for name, element in values.items()}
    return {name: dict(found[0]) for name, found in given.items() if found}


def _link(said: str) -> str:
    """An address where a file was asked for; anything else, whatever it is like, is no answer."""
    return said if not said or is_address(said) else _NO_LINK


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


def _inputs(field: ShownField, *, takes_files: bool) -> list[Json]:
    """What asks for one field: a file may be an address instead."""
    if field.kind is not FieldKind.FILE:
        return [_input(field)]
    element = {"type": "file_input", "filetypes": list(SUFFIXES), "max_files": 1}
    file = {
        "type": "input",
        "block_id": field.name,
        "optional": True,
        "label": plain(field.question, _LABEL),
        "element": element | {"action_id": _VALUE},
    }
    link = {
        "type": "input",
        "block_id": f"{field.name}{_LINK}",
        "optional": True,
        "label": plain(field.link, _LABEL),
        "element": {"type": "url_text_input", "action_id": _VALUE},
    }
    hint = {"hint": plain(field.hint, _HINT)} if field.hint else {}
    return [file | hint, link] if takes_files else [link]


def _input(field: ShownField) -> Json:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": field.name,
        "optional": field.is_optional,
        "label": plain(field.question, _LABEL),
        "element": _element(field) | {"action_id": _VALUE},
    }
    return block | ({"hint": plain(field.hint, _HINT)} if field.hint else {})


def _element(field: ShownField) -> Json:
    match field.kind:
        case FieldKind.CHOICE:
            options = _options(field)
            picked = _picked(field)
            first = {"initial_option": picked[0]} if picked else {}
            return {"type": "static_select"} | options | first
        case FieldKind.CHOICES:
            picked = _picked(field)
            ticked = {"initial_options": picked} if picked else {}
            return {"type": "multi_static_select"} | _options(field) | ticked
        case FieldKind.DAY | FieldKind.PAST_DAY:
            return {"type": "datepicker"} | _first("initial_date", field.initial)
        case FieldKind.TIME:
            return {"type": "timepicker"} | _first("initial_time", field.initial)
        case _:
            size = min(field.longest, _WRITTEN)
            box = {"type": "plain_text_input", "multiline": field.kind is FieldKind.TEXT}
            written = _first("initial_value", field.initial[:size])
            return box | {"max_length": size} | written


def _first(name: str, value: str) -> Json:
    return {name: value} if value else {}


def _options(field: ShownField) -> Json:
    """The choices of a field, in groups where one list would be too long for Slack."""
    options = [_option(each.words, each.value) for each in field.choices]
    if len(options) <= _GROUP:
        return {"options": options}
    starts = range(0, min(len(options), _GROUP * _GROUPS), _GROUP)
    groups = [options[start : start + _GROUP] for start in starts]
    return {
        "option_groups": [
            {"label": plain(f"{start + 1}\u2013{start + len(group)}", _OPTION), "options": group}
            for start, group in zip(starts, groups, strict=True)
        ]
    }


def _picked(field: ShownField) -> list[Json]:
    first = field.initial.split(",")
    return [_option(each.words, each.value) for each in field.choices if each.value in first]


def _option(words: str, value: str) -> Json:
    return {"text": plain(words, _OPTION), "value": value}


def _bare(label: str) -> str:
    """A label without the sign before it: Slack's own buttons have none."""
    sign, _, words = label.partition(" ")
    return words if words and not sign.isalnum() else label
