"""French words: Jinja templates and labels, with the typography French readers expect."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, lexer
from jinja2.ext import Extension
from markupsafe import Markup, escape

from bot.adapters import markup
from bot.adapters.lawbook import load_law
from bot.core import urls
from bot.core.cases import CaseDeadline
from bot.core.deadlines import Deadline, Reason
from bot.core.forms import Field, FieldKind, Form, ShownChoice, ShownField, ShownForm
from bot.core.law import Confidence, Rule, Side
from bot.core.messages import (
    Button,
    Menu,
    Message,
    Rendered,
    RichText,
    ShownButton,
    ShownConfirm,
    ShownMenu,
    asked_first,
)
from bot.core.text import fold

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

_SMALL_EVIDENCE = {"title", "context"}
"""What weighs in the score but tells a reader nothing."""
_DAYS_OF_YEAR = 366
_FAR = 2
"""Years from which nobody counts the days."""
_KILO, _MEGA = 1024, 1024 * 1024
_CODES = {
    "missing": "letter_element",
    "part": "letter_part",
    "remedy_state": "remedy_state",
    "date_problem": "date_problem",
}
"""The facts of a refusal that are codes, and the labels they have."""
# Before ":" a full non-breaking space, before ";", "!" and "?" a thin one (Imprimerie nationale).
_TYPOGRAPHY = (
    (re.compile(r" (?=[:\u00bb])"), "\u00a0"),
    (re.compile(r" (?=[;!?])"), "\u202f"),
    (re.compile(r"(?<=\u00ab) "), "\u00a0"),
    (re.compile(r"(?<=\w)'(?=\w)"), "\u2019"),
    (re.compile(r"(?<=\d) (?=[\d\u20ac%])"), "\u202f"),
)
# Controls, bidirectional overrides and isolates: nothing an untrusted text may bring along.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def typeset(text: str) -> str:
    """French typography on our own words."""
    for pattern, replacement in _TYPOGRAPHY:
        text = pattern.sub(replacement, text)
    return text


def showable(value: object) -> object:
    """What any value may show: no control character, nothing that turns the text around."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", value))


class _Typography(Extension):
    """Typesets the literal text of the templates, never the values."""

    def filter_stream(self, stream: lexer.TokenStream) -> Iterable[lexer.Token]:
        for token in stream:
            if token.type == lexer.TOKEN_DATA:
                yield lexer.Token(token.lineno, token.type, typeset(token.value))
            else:
                yield token


class Dated(Protocol):
    """A deadline as use cases hand it over."""

    @property
    def stored(self) -> CaseDeadline:
        """What is kept of it."""
        ...

    @property
    def rule(self) -> Rule:
        """The law behind it."""
        ...

    @property
    def deadline(self) -> Deadline:
        """The calculation behind it."""
        ...

    @property
    def days_left(self) -> int:
        """Days until it bites; negative once past."""
        ...

    @property
    def is_barred(self) -> bool:
        """Whether it is too late for us to act."""
        ...


class JinjaWording:
    """The words in ``templates/``: ``chat/*.j2``, ``replies/*.j2``, ``labels.toml``."""

    def __init__(self, folder: Path = TEMPLATES) -> None:
        self._labels = _load_labels(folder)
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=showable,
            extensions=[_Typography],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "day": self._day,
            "short_day": self._short_day,
            "day_year": self.day_year,
            "days": self._days,
            "clock": _clock,
            "at": self._at,
            "at_year": self._at_year,
            "local_day": _local_day,
            "marked": _marked,
            "short": _short,
            "is_link": _is_link,
            "capitalize_first": _capitalize_first,
            "evidence": self._evidence,
            "reason": self._reason,
            "refusal": self._refusal,
            "deadline_line": self._deadline_line,
            "label": lambda key, group: self.label(group, str(key)),
            "size": self._size,
            "s": _plural,
            "typeset": typeset,
        }

    def render(self, message: Message) -> Rendered:
        """The message in words: blocks and buttons."""
        template = self._environment.get_template(f"chat/{message.template}.j2")
        words = template.render(message.values)
        if message.home:
            home = self._environment.get_template("chat/home.j2").render(home=message.home)
            words = f"{home}\n{words}"
        above = self.render(message.above) if message.above else Rendered(RichText(()))
        rows = tuple(tuple(map(self._button, row)) for row in message.rows)
        return Rendered(
            text=RichText((*above.text.blocks, *markup.parse(words).blocks)),
            rows=(*above.rows, *rows),
            silent=message.silent,
            manner=message.manner,
            menu=self._menu(message.menu) if message.menu else None,
            prompt=self.label("sentence", "prompt") if message.is_prompt else "",
            parts=tuple(map(self.render, message.parts)),
            page_of=message.page_of,
            stands_out=message.stands_out,
            files=message.files,
        )

    def form(self, form: Form) -> ShownForm:
        """The form in words: its title, its questions, its choices."""
        return ShownForm(
            name=form.name,
            target=form.target,
            title=self._say("form", form.name, form.facts),
            submit=self._say("form", f"{form.name}_submit", form.facts),
            cancel=self.label("button", "stop"),
            fields=tuple(
                self._field(form, each)
                for each in form.fields
                if each.name not in form.answers and not each.is_hidden
            ),
        )

    def _field(self, form: Form, field: Field) -> ShownField:
        key = field.words or f"{form.name}_{field.name}"
        hint = self._say("hint", key, form.facts) if key in self._labels["hint"] else ""
        return ShownField(
            name=field.name,
            kind=field.kind,
            question=self._say("question", key, form.facts),
            hint=hint,
            choices=tuple(
                ShownChoice(each.value, each.words or self.label("choice", each.value))
                for each in field.choices
            ),
            initial=field.initial,
            is_optional=field.is_optional or not field.is_asked or field.only_if is not None,
            longest=field.longest,
            link=self.label("sentence", "or_link") if field.kind is FieldKind.FILE else "",
        )

    def _say(self, group: str, key: str, facts: Mapping[str, object]) -> str:
        """A label with the facts it needs, none of which may bring anything unseen along."""
        return self.label(group, key).format(**{name: showable(f) for name, f in facts.items()})

    def _menu(self, menu: Menu) -> ShownMenu:
        return ShownMenu(
            buttons=tuple(map(self._button, menu.buttons)),
            unfold=self._button(menu.unfold),
            fold=self._button(menu.fold),
            is_unfolded=menu.is_unfolded,
        )

    def label(self, group: str, key: str) -> str:
        """The words for a key; a missing one is a fault of ours, found by the tests."""
        return self._labels[group][key]

    def key(self, group: str, label: str) -> str | None:
        """The key whose words are ``label``, accents and case aside."""
        wanted = fold(label)
        for key, words in self._labels[group].items():
            if wanted in {fold(words), fold(key)}:
                return key
        return None

    def day_of(self, moment: datetime, timezone: str) -> str:
        """The day it is at ``moment`` on a wall of that time zone, in full."""
        return self._day(_local_day(moment, timezone))

    def labels(self, group: str) -> Mapping[str, str]:
        """All the words of a group."""
        return self._labels[group]

    def reply(self, template: str, variant: int, values: Mapping[str, object]) -> str:
        """The text of a reply, in one paragraph a line; variants repeat after the last.

        ``values`` name the register the words of the place are taken from.
        """
        place = self._labels[f"register_{values['register']}"]
        known = {**place, **values}
        rendered = self._environment.get_template(f"replies/{template}.j2").render(known)
        variants = [part.strip() for part in rendered.split("\n---\n")]
        return markup.parse(variants[variant % len(variants)]).plain

    def letter(self, kind: str, values: Mapping[str, object]) -> RichText:
        """The body of a letter."""
        return markup.parse(self._environment.get_template(f"letters/{kind}.j2").render(values))

    def variants(self, template: str) -> int:
        """How many ways a reply can be said."""
        source, _, _ = FileSystemLoader(TEMPLATES).get_source(
            self._environment, f"replies/{template}.j2"
        )
        return len(source.split("\n---\n"))

    def _button(self, button: Button) -> ShownButton:
        label = self.label("button", button.label) if button.label else ""
        if button.noun[0]:
            label = f"{label} {self.label(*button.noun)}".strip()
        return ShownButton(
            text=f"{label} {showable(button.detail)}".strip(),
            data=button.action.encode() if button.action else None,
            url=button.url,
            style=button.style,
            confirm=self._confirm(button.confirm) if button.confirm else None,
            asked=asked_first(button) if button.confirm else None,
        )

    def _confirm(self, key: str) -> ShownConfirm:
        return ShownConfirm(
            title=self.label("sentence", "confirm"),
            question=self.label("confirm", key),
            yes=self.label("button", "confirm"),
            no=self.label("button", "back"),
        )

    def _day(self, value: date) -> str:
        """Weekday, day, month and year."""
        return f"{self.label('weekday', str(value.weekday()))} {self.day_year(value)}"

    def _short_day(self, value: date) -> str:
        """Day and month."""
        number = self.label("calendar", "first") if value.day == 1 else str(value.day)
        return f"{number}\u00a0{self.label('month', str(value.month))}"

    def day_year(self, value: date) -> str:
        """Day, month and year."""
        return f"{self._short_day(value)}\u00a0{value.year}"

    def _days(self, days: tuple[int, ...]) -> str:
        """From the first to the last when they follow each other, or one by one."""
        names = [self.label("weekday", str(day)) for day in sorted(days)]
        if len(days) > 2 and max(days) - min(days) == len(days) - 1:  # noqa: PLR2004 - a run
            return self.label("sentence", "from_to").format(first=names[0], last=names[-1])
        return ", ".join(names)

    def _at(self, value: datetime, timezone: str) -> str:
        """Day and time on the practice's wall."""
        local = value.astimezone(ZoneInfo(timezone))
        return f"{self._short_day(local.date())}, {_clock(local.time())}"

    def _at_year(self, value: datetime, timezone: str) -> str:
        """Day, year and time on the practice's wall."""
        local = value.astimezone(ZoneInfo(timezone))
        return f"{self.day_year(local.date())}, {_clock(local.time())}"

    def _size(self, count: int) -> str:
        """How large a file is, as people read it."""
        if count >= _MEGA:
            size = f"{count / _MEGA:.1f}".replace(".", ",")
            return self.label("size", "mega").format(size=size.removesuffix(",0"))
        return self.label("size", "kilo").format(size=max(1, round(count / _KILO)))

    def _evidence(self, evidence: Iterable[tuple[str, str]]) -> str:
        """Why a text was taken to name somebody, in words."""
        quoted = self.label("sentence", "evidence")
        telling = [each for each in evidence if each[0] not in _SMALL_EVIDENCE]
        return ", ".join(
            quoted.format(kind=self.label("evidence", kind), words=words)
            if words
            else self.label("evidence", kind)
            for kind, words in telling
        )

    def _reason(self, reason: Reason) -> str:
        """One step of the arithmetic of a date."""
        return self.label("reason", reason.code).format(
            day=self._day(reason.day),
            date=self.day_year(reason.day),
            moved_to=self._day(reason.moved_to) if reason.moved_to else "",
            holiday=self.label("holiday", reason.holiday) if reason.holiday else "",
        )

    def _refusal(self, code: str, facts: Mapping[str, object]) -> str:
        """Why not, with the facts of the case."""
        timezone = str(facts.get("timezone") or "UTC")
        return self.label("refusal", code).format(
            **{name: self._fact(name, value, timezone) for name, value in facts.items()}
        )

    def _fact(self, name: str, value: object, timezone: str) -> str:
        if isinstance(value, datetime):
            return self._at(value, timezone)
        if isinstance(value, date):
            return self._day(value)
        if name in _CODES and isinstance(value, list | tuple | str):
            codes = [value] if isinstance(value, str) else value
            return " ; ".join(self.label(_CODES[name], str(code)) for code in codes)
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value)) or self.label("sentence", "none")
        if name in {"state", "trouble"}:
            return self.label("state" if name == "state" else "fetch_problem", str(value))
        return str(showable(str(value)))

    def _deadline_line(self, dated: Dated) -> Markup:
        """One deadline in one line: what, by when, how many days."""
        stored, left = dated.stored, dated.days_left
        if stored.done_at is not None:
            key = "settled" if stored.side is Side.THEIRS else "done"
        elif stored.side is Side.THEIRS:
            key = "theirs" if left > 0 else "theirs_over"
        elif left >= 0:
            key = "ours"
        else:
            key = "barred" if dated.is_barred else "ours_over"
        line = Markup(self.label("deadline", key)).format(  # noqa: S704 - our own words
            title=dated.rule.wording.title,
            day=self._day(stored.bites_on),
            strict=self._day(stored.strict_on),
            left=self._left(left),
        )
        if stored.start_is_uncertain and key in {"ours", "ours_over", "barred"}:
            line += Markup(self.label("deadline", "uncertain"))  # noqa: S704 - idem
        is_weak = dated.rule.is_legal and dated.rule.confidence is Confidence.TO_CONFIRM
        if is_weak and key != "done":
            line += Markup(self.label("deadline", "to_confirm"))  # noqa: S704 - idem
        return line

    def _left(self, days: int) -> str:
        key = {0: "today", 1: "tomorrow"}.get(days, "in_days")
        if days >= _FAR * _DAYS_OF_YEAR:
            key = "in_years"
        return self.label("deadline", key).format(days=days, years=days // _DAYS_OF_YEAR)


def _clock(value: time) -> str:
    return f"{value:%H:%M}"


def _local_day(value: datetime, timezone: str) -> date:
    return value.astimezone(ZoneInfo(timezone)).date()


def _plural(number: int, ending: str = "s") -> str:
    """The ending of a French plural: from two on."""
    return ending if number > 1 else ""


def _short(words: str, length: int) -> str:
    """At most ``length`` characters, on one line, cut at a word."""
    line = " ".join(words.split())
    if len(line) <= length:
        return line
    kept = line[: length - 1]
    return (kept.rpartition(" ")[0] or kept) + "\u2026"


def _capitalize_first(words: str) -> str:
    return words[:1].upper() + words[1:]


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and urls.is_web(url)


def _marked(parts: Iterable[tuple[str, bool]]) -> Markup:
    """Untrusted text with some of it in bold, on one line."""

    def pieces() -> Iterator[Markup]:
        for words, is_bold in parts:
            shown = escape(" ".join(str(showable(words)).split("\n")))
            yield Markup("<b>{}</b>").format(shown) if is_bold else shown

    return Markup("").join(pieces())


def _load_labels(folder: Path) -> dict[str, dict[str, str]]:
    """Every group of labels, typeset."""
    groups: dict[str, dict[str, str]] = {}
    for path in (folder / "labels.toml", *sorted(folder.glob("*/labels.toml"))):
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        for group, words in document.items():
            groups.setdefault(group, {}).update(
                {key: typeset(value) for key, value in words.items()}
            )
    for rule in load_law(folder).rules:
        _label_rule(groups, rule)
    return groups


def _label_rule(groups: dict[str, dict[str, str]], rule: Rule) -> None:
    """Name a rule, and its buttons, with the words it has in the law."""
    said, name = rule.wording, rule.id.name.lower()
    groups.setdefault("rule_short", {})[rule.id] = typeset(said.short)
    if rule.side is Side.OURS:
        groups["button"][f"done_{name}"] = typeset(said.done)
        groups["button"][f"resume_{name}"] = typeset(said.not_done)
