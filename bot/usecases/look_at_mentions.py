"""Everything there is about a mention: all it says, its copies, what changed, and who did what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.core.actions import Action, Verb
from bot.core.mentions import Copy, Mention, Note, Revision, TriageEvent, TriageKind
from bot.core.messages import Button, Manner, Message
from bot.core.people import Asker, Member, Practice, Practitioner
from bot.core.text import changed
from bot.ports import Ports, Transaction, eq
from bot.usecases.find_targets import find_target

_PAGE = 2400
"""Characters of one page: with its heading it fits one message of every chat."""
_TEXT_PAGE = 1800
"""Characters of text on one page: what is known of it begins under the end of the text."""
_LINE = 90
"""Characters a line takes beside what it quotes: who, when, and its signs."""
_QUOTED = 200
"""Characters quoted of each side of a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision took away, and what it put there instead."""

    at: datetime
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did, and until when if it was to put off."""

    event: TriageEvent
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One thing known about a mention, after its text."""

    kind: str
    value: object
    size: int
    """Characters it may take."""


async def look(ports: Ports, asker: Asker, action: Action) -> Message:
    """One page of all there is about a mention.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        mention = await find_target(tx, Mention, action.target)
        lines = await _lines(tx, mention)
        members = await tx.find(Member, eq("practice_id", mention.practice_id))
        person = await tx.get(Practitioner, mention.practitioner_id)
        practice = await tx.get(Practice, mention.practice_id)
    pages = _pages(mention.text, lines)
    asked = int(action.choice) if action.choice.isdecimal() else 1
    page = min(max(asked, 1), len(pages))
    words, shown = pages[page - 1]
    turns = tuple(
        Button(label, Action(Verb.LOOK, mention.id, str(number)))
        for label, number in (("previous_page", page - 1), ("next_page", page + 1))
        if 1 <= number <= len(pages)
    )
    return Message(
        "look",
        {
            "mention": mention,
            "person": person,
            "practice": practice,
            "words": words,
            "lines": shown,
            "page": page,
            "pages": len(pages),
            "members": {member.id: member.name for member in members},
        },
        rows=(turns,) if turns else (),
        manner=Manner.REPLACE if action.choice else Manner.REPLY,
    )


async def _lines(tx: Transaction, mention: Mention) -> list[Line]:
    """All that is known: why it is here, where else, then what happened to it."""
    of_it = eq("mention_id", mention.id)
    copies = await tx.find(Copy, of_it, order="id")
    revisions = await tx.find(Revision, of_it, order="id")
    notes = await tx.find(Note, of_it, order="-id")
    events = await tx.find(TriageEvent, of_it, order="-id")
    return [
        Line(
            "evidence", mention.evidence, sum(_LINE + len(words) for _, words in mention.evidence)
        ),
        *(Line("copy", each, _LINE + len(each.outlet)) for each in copies),
        *(Line("change", each, _LINE + 2 * _QUOTED) for each in _changes(mention, revisions)),
        *(Line("note", each, _LINE + len(each.words)) for each in notes),
        *(Line("event", _done(each), _LINE + len(each.detail)) for each in events),
    ]


def _changes(mention: Mention, revisions: Sequence[Revision]) -> Iterable[Change]:
    """What each revision changed, the last one first."""
    said = [f"{each.title}\n{each.text}" for each in revisions]
    said.append(f"{mention.title}\n{mention.text}")
    found = [
        Change(revision.replaced_at, *changed(before, after))
        for revision, (before, after) in zip(revisions, pairwise(said), strict=True)
    ]
    return reversed(found)


def _done(event: TriageEvent) -> Done:
    is_dated = event.kind is TriageKind.SNOOZED and event.detail
    return Done(event, datetime.fromisoformat(event.detail) if is_dated else None)


def _pages(text: str, lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The text in pages, then what is known of it, each page of a size any chat takes."""
    pages: list[tuple[str, list[Line]]] = [(words, []) for words in _cut(text)]
    room = _PAGE - len(pages[-1][0])
    for line in lines:
        if line.size > room and (pages[-1][0] or pages[-1][1]):
            pages.append(("", []))
            room = _PAGE
        pages[-1][1].append(line)
        room -= line.size
    return pages


def _cut(text: str) -> list[str]:
    """A text in pages, cut between words where that can be."""
    pages: list[str] = []
    place, end = 0, len(text)
    while end - place > _TEXT_PAGE:
        cut = max(text.rfind(sign, place + _TEXT_PAGE // 2, place + _TEXT_PAGE) for sign in "\n ")
        cut = cut if cut > 0 else place + _TEXT_PAGE
        pages.append(text[place:cut].strip())
        place = cut
    return [*pages, text[place:].strip()]
