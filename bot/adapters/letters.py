"""The texts of letters, in ``templates/letters``: from facts to a document ready to be printed."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from bot.adapters.wording import TEMPLATES, JinjaWording, showable, typeset
from bot.core.addressees import Addressee
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import Confidence
from bot.core.letter_elements import Element, refuse_incomplete
from bot.core.letter_limits import refuse_unfit
from bot.core.letter_sketch import sketched
from bot.core.letters import (
    Address,
    AnnexRole,
    Document,
    Facts,
    LetterKind,
    Part,
    PartKind,
    Recipient,
    envelope,
    stem,
    window,
)
from bot.core.messages import Block, BlockKind, Span
from bot.core.text import words

_ITEM = "\u2013 "
"""What a line of a list begins with in a template."""
_KINDS = {BlockKind.HEADING: PartKind.HEADING, BlockKind.QUOTE: PartKind.QUOTE}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a harm is called, and the text that forbids it."""

    name: str
    text: str
    is_confirmed: bool
    """Whether its source was read."""


class LetterWriter:
    """Writes letters in French, out of ``templates/letters``."""

    def __init__(self, wording: JinjaWording, folder: Path = TEMPLATES) -> None:
        self._wording = wording
        cited = tomllib.loads((folder / "letters" / "letters.toml").read_text("utf-8"))
        self._grounds = {
            code: Ground(
                typeset(told["name"]), typeset(told["text"]), told["confidence"] == "sourced"
            )
            for code, told in cited["ground"].items()
        }
        known = tomllib.loads((folder / "letters" / "addressees.toml").read_text("utf-8"))
        self._addressees = {LetterKind(kind): _addressee(told) for kind, told in known.items()}
        self._professions: list[Mapping[str, Any]] = cited["profession"]
        self._territories: Mapping[str, Mapping[str, str]] = {
            code: {name: typeset(said) for name, said in told.items()}
            for code, told in cited["territory"].items()
        }

    @property
    def grounds(self) -> Mapping[str, str]:
        """What each harm a ground is known for is called, by its code."""
        return {code: ground.name for code, ground in self._grounds.items()}

    def addressee(self, kind: LetterKind) -> Addressee | None:
        """Who every letter of that kind goes to, when it is always the same."""
        return self._addressees.get(kind)

    def compose(self, kind: LetterKind, facts: Facts, *, is_draft: bool = False) -> Document:
        """The letter of that kind about these facts; a draft says what is missing in its place.

        Raises:
            Refusal: something is missing, too long, impossible, or unknown.
        """
        refuse_unfit(kind, facts)
        if is_draft:
            facts = sketched(kind, facts, self._gap)
        else:
            refuse_incomplete(kind, facts)
        for passage in facts.passages:
            if passage.harm and passage.harm not in self._grounds:
                known = sorted(self._grounds)
                raise Refusal(RefusalCode.HARM_UNKNOWN, name=passage.harm, known=known)
        label, day = self._wording.label, self._wording.day_year(facts.written_on)
        title = label("letter_title", kind)
        return Document(
            kind=kind,
            written_on=facts.written_on,
            sender=_cleaned(self._sender(facts)),
            recipient=_cleaned(window(facts.recipient)),
            sending=label("letter_word", "registered") if facts.is_registered else "",
            dated=self._say("dated", place=facts.place, day=day),
            subject=self._say("subject", title=title),
            body=tuple(self._body(kind, facts)),
            signature=_cleaned(filter(None, (facts.sender.name, facts.sender.practice))),
            annexes_title=label("letter_word", "annexes") if facts.annexes else "",
            annexes=tuple(
                self._say("annex", number=number, title=annex.title)
                for number, annex in enumerate(facts.annexes, 1)
            ),
            page=label("letter_word", "page"),
            stem=stem(label("letter_file", kind), facts),
            mark=label("letter_word", "draft") if is_draft else "",
        )

    def _gap(self, element: Element) -> str:
        """What stands in the place of something missing."""
        missing = self._wording.label("letter_element", element)
        return self._wording.label("letter_word", "gap").format(missing=missing)

    def _body(self, kind: LetterKind, facts: Facts) -> Iterator[Part]:
        values = {
            "f": facts,
            "grounds": self._grounds,
            "to_confirm": self._to_confirm(facts),
            "profession": self._profession(facts.sender.profession),
            "territory": self._territories[facts.territory],
            "cite": lambda role: self._cited(facts, AnnexRole(role)),
            "sender_address": _in_one_line(facts.sender.address),
            "recipient_address": _in_one_line(facts.recipient.address),
            "respondent_address": _in_one_line(facts.respondent and facts.respondent.address),
        }
        for block in self._wording.letter(kind, values).blocks:
            if block.text.strip():
                yield _part(block)

    def _sender(self, facts: Facts) -> Iterator[str]:
        """The lines of who writes; the country when the letter goes abroad."""
        sender = facts.sender
        if sender.practice:
            yield sender.practice
            yield self._say("represents", name=sender.name)
        else:
            yield sender.name
        yield sender.profession
        if sender.address is not None:
            yield from envelope(sender.address)
            abroad = facts.recipient.address is not None and facts.recipient.address.country
            if abroad and not sender.address.country:
                yield self._wording.label("letter_word", "home").upper()
        yield from filter(None, (sender.phone, sender.email))
        if sender.rpps:
            yield self._say("rpps", number=sender.rpps)

    def _profession(self, profession: str) -> Mapping[str, Any]:
        """What is cited for a profession; the last entry stands for all others."""
        written = words(profession)
        for told in self._professions:
            if any(word.startswith(tuple(told["starts"])) for word in written):
                return told
        return self._professions[-1]

    def _cited(self, facts: Facts, role: AnnexRole) -> str:
        """Where a text says which annexes show it, in brackets; nothing when none does."""
        numbers = [number for number, each in enumerate(facts.annexes, 1) if each.role is role]
        if not numbers:
            return ""
        if len(numbers) == 1:
            return f" ({self._say('annex_cited', number=numbers[0])})"
        return f" ({self._say('annexes_cited', numbers=_runs(numbers))})"

    def _to_confirm(self, facts: Facts) -> list[Ground]:
        """The grounds claimed whose source was not read, each once."""
        claimed = dict.fromkeys(each.harm for each in facts.passages if each.harm)
        return [ground for each in claimed if not (ground := self._grounds[each]).is_confirmed]

    def _say(self, key: str, **facts: object) -> str:
        shown = {name: _one_line(fact) for name, fact in facts.items()}
        return self._wording.label("letter_word", key).format(**shown)


def _addressee(told: Mapping[str, Any]) -> Addressee:
    address = Address(tuple(told["lines"]), told["postcode"], told["town"])
    return Addressee(
        recipient=Recipient(name=told["name"], attention=told["attention"], address=address),
        form=told["form"],
        source=told["source"],
        confidence=Confidence(told["confidence"]),
        checked_on=told["checked_on"],
    )


def _part(block: Block) -> Part:
    if block.kind is BlockKind.PARAGRAPH and block.text.startswith(_ITEM):
        first, *rest = block.spans
        bare = Span(
            first.text.removeprefix(_ITEM), first.bold, first.italic, first.code, first.url
        )
        return Part(PartKind.ITEM, (bare, *rest))
    return Part(_KINDS.get(block.kind, PartKind.PARAGRAPH), block.spans)


def _in_one_line(address: Any) -> str:
    return ", ".join(envelope(address)) if address is not None else ""


def _cleaned(lines: Any) -> tuple[str, ...]:
    return tuple(_one_line(line) for line in lines)


def _one_line(fact: object) -> str:
    return " ".join(str(showable(str(fact))).split())


def _runs(numbers: Sequence[int]) -> str:
    """Numbers in order, three or more in a row as a range."""
    rows = [
        [number for _, number in row]
        for _, row in groupby(enumerate(numbers), lambda each: each[1] - each[0])
    ]
    said = (
        [f"{row[0]}-{row[-1]}"] if len(row) > 2 else map(str, row)  # noqa: PLR2004 - a run
        for row in rows
    )
    return ", ".join(each for row in said for each in row)
