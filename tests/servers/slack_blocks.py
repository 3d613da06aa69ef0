"""Slack's rules for blocks and views, with its words for what breaks them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.servers.faults import Refused
from tests.servers.peer import Json

MOST_MESSAGE_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
LONGEST_TOTAL = 13_200
_STYLES = {"bold", "italic", "strike", "code", "underline", "unlink", "highlight"}
_RICH = {
    "rich_text_section",
    "rich_text_quote",
    "rich_text_preformatted",
    "rich_text_list",
}
_INLINE = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "broadcast": "range",
    "date": "timestamp",
    "color": "value",
}
"""Elements of a rich text and what they cannot be without."""
_MOST_OPTIONS = {
    "overflow": 5,
    "static_select": 100,
    "multi_static_select": 100,
    "checkboxes": 10,
    "radio_buttons": 10,
}
_ACTIONS = {
    *("button", "overflow", "static_select", "multi_static_select", "external_select"),
    *("users_select", "multi_users_select", "conversations_select", "channels_select"),
    *("datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons"),
}
_INPUTS = _ACTIONS - {"button", "overflow"} | {
    *("plain_text_input", "email_text_input", "url_text_input", "number_input"),
    *("rich_text_input", "file_input"),
}


def slack_error(code: str, **more: Any) -> Refused:
    """A refusal as Slack gives most: HTTP 200 and a code."""
    return Refused(200, code, **more)


def check_message_blocks(blocks: Any) -> list[Json]:
    """The blocks of a message, complete; refused with ``invalid_blocks`` and the reasons."""
    checked = _checked(blocks, MOST_MESSAGE_BLOCKS, "invalid_blocks", "")
    if sum(_sizes(checked)) > LONGEST_TOTAL:
        raise slack_error("msg_blocks_too_long")
    return checked


def check_view(view: Any) -> Json:
    """A view, complete; refused with ``invalid_arguments`` and the reasons."""
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        raise _refused("invalid_arguments", ["[ERROR] unsupported type [json-pointer:/view/type]"])
    check = _Check()
    if view["type"] == "modal":
        check.words(view.get("title"), "/view/title", 24, plain=True)
        for name in ("submit", "close"):
            if name in view:
                check.words(view[name], f"/view/{name}", 24, plain=True)
    check.size(view.get("private_metadata", ""), "/view/private_metadata", 3000)
    check.size(view.get("callback_id", ""), "/view/callback_id", 255)
    has_input = any(block.get("type") == "input" for block in view.get("blocks", []))
    if view["type"] == "modal" and has_input and "submit" not in view:
        check.fault(
            "/view/submit", "`submit` is required when an `input` block is within `blocks`"
        )
    check.stop("invalid_arguments")
    blocks = _checked(view.get("blocks"), MOST_VIEW_BLOCKS, "invalid_arguments", "/view")
    return view | {"blocks": blocks}


def _checked(blocks: Any, most: int, code: str, root: str) -> list[Json]:
    check = _Check()
    if not isinstance(blocks, list):
        raise slack_error("invalid_blocks_format")
    if len(blocks) > most:
        check.fault(f"{root}/blocks", f"no more than {most} items allowed")
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        where = f"{root}/blocks/{place}"
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in _BLOCKS:
            check.fault(f"{where}/type", f"unsupported type: {kind}")
            continue
        name = block.get("block_id")
        if name and name in seen:
            check.fault(where, f"`block_id` {name!r} already exists for another block")
        check.size(name or "", f"{where}/block_id", 255)
        seen.add(name)
        _BLOCKS[kind](check, block, where)
    check.stop(code)
    return [_complete(block, place) for place, block in enumerate(blocks)]


def _refused(code: str, messages: list[str]) -> Refused:
    return slack_error(code, response_metadata={"messages": messages})


def _sizes(node: Any) -> Iterator[int]:
    """The characters of every text and address."""
    if isinstance(node, list):
        for each in node:
            yield from _sizes(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name in {"text", "url", "value"}:
                yield len(value)
            else:
                yield from _sizes(value)


def _complete(block: Json, place: int) -> Json:
    """The block with the ids Slack makes up."""
    whole = {"block_id": f"b{place}x", **block}
    if whole["type"] == "actions":
        whole["elements"] = [
            {"action_id": f"a{place}.{number}", **element}
            for number, element in enumerate(whole["elements"])
        ]
    return whole


@dataclass
class _Check:
    """Gathers everything that is wrong."""

    messages: list[str] = field(default_factory=list)

    def fault(self, where: str, words: str) -> None:
        self.messages.append(f"[ERROR] {words} [json-pointer:{where}]")

    def stop(self, code: str) -> None:
        if self.messages:
            raise _refused(code, self.messages)

    def size(self, value: Any, where: str, most: int, least: int = 0) -> None:
        if not isinstance(value, str):
            self.fault(where, f"must be a string: {value!r}")
        elif len(value) > most:
            self.fault(where, f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.fault(where, f"must be more than {least - 1} characters")

    def words(self, value: Any, where: str, most: int, *, plain: bool = False) -> None:
        """A text object."""
        if not isinstance(value, dict):
            self.fault(where, f"missing required field: {where.rpartition('/')[2]}")
            return
        kinds = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
        if value.get("type") not in kinds:
            self.fault(f"{where}/type", f"unsupported type: {value.get('type')}")
        if set(value) - {"type", "text", "emoji", "verbatim"}:
            self.fault(where, f"additional properties are not allowed: {sorted(value)}")
        self.size(value.get("text"), f"{where}/text", most, 1)

    def count(self, value: Any, where: str, most: int) -> list[Any]:
        """A list of 1 to ``most`` things."""
        if not isinstance(value, list) or not value:
            self.fault(where, "must provide at least 1 item")
            return []
        if len(value) > most:
            self.fault(where, f"no more than {most} items allowed")
        return value


def _section(check: _Check, block: Json, where: str) -> None:
    if "text" not in block and "fields" not in block:
        check.fault(where, "missing required field: text")
    if "text" in block:
        check.words(block["text"], f"{where}/text", 3000)
    if "fields" in block:
        for place, each in enumerate(check.count(block["fields"], f"{where}/fields", 10)):
            check.words(each, f"{where}/fields/{place}", 2000)
    if "accessory" in block:
        _element(check, block["accessory"], f"{where}/accessory", _ACTIONS | {"image"})


def _header(check: _Check, block: Json, where: str) -> None:
    check.words(block.get("text"), f"{where}/text", 150, plain=True)


def _divider(check: _Check, block: Json, where: str) -> None:
    if set(block) - {"type", "block_id"}:
        check.fault(where, "additional properties are not allowed")


def _context(check: _Check, block: Json, where: str) -> None:
    for place, each in enumerate(check.count(block.get("elements"), f"{where}/elements", 10)):
        at = f"{where}/elements/{place}"
        if each.get("type") == "image":
            _image(check, each, at)
        else:
            check.words(each, at, 3000)


def _image(check: _Check, block: Json, where: str) -> None:
    check.size(block.get("alt_text"), f"{where}/alt_text", 2000, 1)
    if not block.get("image_url") and not block.get("slack_file"):
        check.fault(where, "missing required field: image_url")


def _actions(check: _Check, block: Json, where: str) -> None:
    seen: set[str] = set()
    for place, each in enumerate(check.count(block.get("elements"), f"{where}/elements", 25)):
        at = f"{where}/elements/{place}"
        name = each.get("action_id")
        if name in seen:
            check.fault(f"{at}/action_id", f"`action_id` {name!r} already exists")
        if name:
            seen.add(name)
        _element(check, each, at, _ACTIONS)


def _input(check: _Check, block: Json, where: str) -> None:
    check.words(block.get("label"), f"{where}/label", 2000, plain=True)
    if "hint" in block:
        check.words(block["hint"], f"{where}/hint", 2000, plain=True)
    _element(check, block.get("element") or {}, f"{where}/element", _INPUTS)


def _element(check: _Check, element: Json, where: str, allowed: set[str]) -> None:
    kind = element.get("type")
    if kind not in allowed:
        check.fault(f"{where}/type", f"unsupported type: {kind}")
        return
    if kind == "image":
        _image(check, element, where)
        return
    check.size(element.get("action_id", "-"), f"{where}/action_id", 255, 1)
    if kind == "button":
        _button(check, element, where)
    if kind == "file_input":
        _file_input(check, element, where)
    groups = element.get("option_groups")
    if groups is not None and kind in {"static_select", "multi_static_select"}:
        _option_groups(check, groups, where)
    elif kind in _MOST_OPTIONS:
        most = _MOST_OPTIONS[str(kind)]
        _options(check, element.get("options"), where, most, plain=kind != "checkboxes")
    _extras(check, element, where)


def _extras(check: _Check, element: Json, where: str) -> None:
    """What any element may have besides."""
    if "placeholder" in element:
        check.words(element["placeholder"], f"{where}/placeholder", 150, plain=True)
    if "confirm" in element:
        _confirm(check, element["confirm"], f"{where}/confirm")
    if kept := [*element.get("initial_options", ()), *_first(element)]:
        groups = element.get("option_groups") or [element]
        offered = [option for each in groups for option in each.get("options") or ()]
        if any(each not in offered for each in kept):
            check.fault(f"{where}/initial_option", "must match one of the options")
    if element.get("max_length", 1) not in range(1, 3001):
        check.fault(f"{where}/max_length", "must be between 1 and 3000")
    if "initial_value" in element:
        most = element.get("max_length", 3000)
        check.size(element["initial_value"], f"{where}/initial_value", most)


def _first(element: Json) -> list[Json]:
    return [element["initial_option"]] if "initial_option" in element else []


def _file_input(check: _Check, element: Json, where: str) -> None:
    if element.get("max_files", 10) not in range(1, 11):
        check.fault(f"{where}/max_files", "must be between 1 and 10")
    for place, each in enumerate(element.get("filetypes", [])):
        check.size(each, f"{where}/filetypes/{place}", 30, 1)


def _confirm(check: _Check, dialog: Json, where: str) -> None:
    check.words(dialog.get("title"), f"{where}/title", 100, plain=True)
    check.words(dialog.get("text"), f"{where}/text", 300)
    for name in ("confirm", "deny"):
        check.words(dialog.get(name), f"{where}/{name}", 30, plain=True)


def _option_groups(check: _Check, groups: Any, where: str) -> None:
    for place, each in enumerate(check.count(groups, f"{where}/option_groups", 100)):
        at = f"{where}/option_groups/{place}"
        check.words(each.get("label"), f"{at}/label", 75, plain=True)
        _options(check, each.get("options"), at, 100, plain=True)


def _options(check: _Check, options: Any, where: str, most: int, *, plain: bool) -> None:
    for place, each in enumerate(check.count(options, f"{where}/options", most)):
        at = f"{where}/options/{place}"
        check.words(each.get("text"), f"{at}/text", 75, plain=plain)
        check.size(each.get("value"), f"{at}/value", 150, 1)
        check.size(each.get("url", ""), f"{at}/url", 3000)


def _button(check: _Check, button: Json, where: str) -> None:
    check.words(button.get("text"), f"{where}/text", 75, plain=True)
    check.size(button.get("value", ""), f"{where}/value", 2000)
    check.size(button.get("url", ""), f"{where}/url", 3000)
    if button.get("style", "primary") not in {"primary", "danger"}:
        check.fault(f"{where}/style", f"must be a valid enum value: {button['style']}")


def _rich_text(check: _Check, block: Json, where: str) -> None:
    for place, each in enumerate(check.count(block.get("elements"), f"{where}/elements", 1000)):
        _rich_element(check, each, f"{where}/elements/{place}")


def _rich_element(check: _Check, element: Json, where: str) -> None:
    kind = element.get("type")
    if kind not in _RICH:
        check.fault(f"{where}/type", f"unsupported type: {kind}")
        return
    if kind == "rich_text_list" and element.get("style") not in {"bullet", "ordered"}:
        check.fault(f"{where}/style", f"must be a valid enum value: {element.get('style')}")
    if not isinstance(element.get("elements"), list):
        check.fault(f"{where}/elements", "missing required field: elements")
        return
    for place, each in enumerate(element["elements"]):
        at = f"{where}/elements/{place}"
        if kind != "rich_text_list":
            _inline(check, each, at)
        elif each.get("type") == "rich_text_section":
            _rich_element(check, each, at)
        else:
            check.fault(f"{at}/type", f"unsupported type: {each.get('type')}")


def _inline(check: _Check, element: Json, where: str) -> None:
    kind = str(element.get("type"))
    if kind not in _INLINE:
        check.fault(f"{where}/type", f"unsupported type: {kind}")
        return
    needed = _INLINE[kind]
    if needed not in element:
        check.fault(where, f"missing required field: {needed}")
    elif kind in {"text", "link"}:
        check.size(element[needed], f"{where}/{needed}", 3000 if kind == "link" else 40_000, 1)
    style = element.get("style", {})
    is_style = isinstance(style, dict) and all(
        name in _STYLES and isinstance(value, bool) for name, value in style.items()
    )
    if not is_style:
        check.fault(f"{where}/style", f"failed to match all allowed schemas: {style}")


_BLOCKS: dict[str, Callable[[_Check, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "image": _image,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich_text,
}
