"""The passages of a case's publications as people read them: signals, conclusions, cautions."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.core import cases, qualifying
from bot.core.actions import Action, Verb
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus
from bot.core.forms import FormName
from bot.core.harms import Harm, OutletKind, Reading, Signal
from bot.core.law import RuleId
from bot.core.mentions import Mention
from bot.core.messages import Button, ButtonStyle, Manner, Message, Typed
from bot.core.passages import Passage, mark, passages, published_text
from bot.core.qualifying import Caution, Verdict
from bot.core.strategies import know
from bot.ports import Ports, Transaction, eq
from bot.usecases.tend_clocks import publications

_PER_PAGE = 5
"""Passages of one page: with their signals they fit one message of every chat."""
_MOST_SIGNALS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage with its number, its signals, and what was concluded of it."""

    number: int
    mention: Mention
    passage: Passage
    told: Assessment | None
    cautions: tuple[Caution, ...] = ()

    @property
    def choice(self) -> str:
        """What a button carries of it."""
        return f"{self.mention.id}-{self.passage.mark}"

    @property
    def signals(self) -> tuple[tuple[str, Signal], ...]:
        """The first of its signals, each reason once."""
        first: dict[str, tuple[str, Signal]] = {}
        for words, signal in self.passage.signals:
            first.setdefault(signal.why, (words, signal))
        return tuple(first.values())[:_MOST_SIGNALS]


@dataclass(frozen=True, slots=True)
class Told:
    """A conclusion that stands, and what to mind about it."""

    assessment: Assessment
    cautions: tuple[Caution, ...]


async def page(ports: Ports, tx: Transaction, case: Case, choice: str) -> Message:
    """One page of passages: those with signals first, then the others."""
    found = await tx.find(Assessment, eq("case_id", case.id))
    shown: list[Shown] = []
    readings: list[Reading] = []
    for mention in await publications(tx, case):
        mine = [each for each in found if each.mention_id == mention.id]
        # A long article takes seconds to read: nobody else waits for it.
        reading = await asyncio.to_thread(_read, ports, mention)
        readings.append(reading)
        shown += _shown(mention, reading, mine)
    shown.sort(key=lambda each: not each.passage.signals)
    numbered = [replace(each, number=number) for number, each in enumerate(shown, 1)]
    pages = max(1, -(-len(numbered) // _PER_PAGE))
    number = min(max(int(choice) if choice.isdecimal() else 1, 1), pages)
    here = numbered[(number - 1) * _PER_PAGE : number * _PER_PAGE]
    return Message(
        "passages",
        {
            "case": case,
            "shown": here,
            "unread": dict.fromkeys(each.unread for each in readings if each.unread),
            "is_urgent": not found and any(each.is_urgent for each in readings),
            "page": number,
            "pages": pages,
            "several": len({each.mention.id for each in numbered}) > 1,
        },
        rows=_page_rows(case, here, number, pages),
        manner=Manner.REPLACE if choice else Manner.REPLY,
    )


async def concluded(
    ports: Ports, tx: Transaction, case: Case, kept: Assessment, armed: Collection[RuleId]
) -> Message:
    """What was just held of a passage, what to mind, and what follows from it."""
    found = qualifying.current(await tx.find(Assessment, eq("case_id", case.id)))
    events = await tx.find(CaseEvent, eq("case_id", case.id))
    dated = await tx.find(CaseDeadline, eq("case_id", case.id))
    is_acted_on = cases.was_acted_on(events, dated)
    is_licit = qualifying.verdict(found) is Verdict.LICIT
    what_then = Button(
        "propose_remedies", Action(Verb.PROPOSE_REMEDIES, case.id), style=ButtonStyle.PRIMARY
    )
    more = (_form("assess_more", Verb.QUALIFY, case), _form("open_case", Verb.OPEN_CASE, case))
    return Message(
        "assessed",
        {
            "told": kept,
            "cautions": cautions(ports, kept),
            "armed": sorted(armed),
            "is_licit": is_licit,
            "is_acted_on": is_acted_on,
        },
        rows=(licit_buttons(case, is_acted_on=is_acted_on) if is_licit else (what_then,), more),
        typed=Typed(kept.why, f"reason-{kept.id}"),
        manner=Manner.REPLY,
    )


def cautions(ports: Ports, told: Assessment) -> tuple[Caution, ...]:
    """What to mind about a conclusion, given the signals of its words."""
    signs: Collection[Harm] = ()
    if qualifying.is_beside_the_press(told):
        signs = {each.kind for each in ports.harms.read(told.quote).signals}
    return qualifying.cautions(told, signs)


def standing(ports: Ports, found: Iterable[Assessment]) -> tuple[Told, ...]:
    """Every conclusion that stands, with what to mind about it."""
    return tuple(Told(each, cautions(ports, each)) for each in qualifying.current(found))


def licit_buttons(case: Case, *, is_acted_on: bool) -> tuple[Button, ...]:
    """What is offered once everything is held licit; a case acted on is closed, not undone."""
    classed = Button("hold_licit", Action(Verb.HOLD_LICIT, case.id), style=ButtonStyle.PRIMARY)
    if is_acted_on:
        classed = Button("close_case", Action(Verb.FILL_FORM, case.id, FormName.CLOSE_CASE))
    return (classed, Button("weigh_reply", Action(Verb.WEIGH_REPLY, case.mention_id)))


# Private from here on.


def _read(ports: Ports, mention: Mention) -> Reading:
    """What the words of one publication may be, given where it stands."""
    known = know(ports.topics, f"{mention.outlet} {mention.url}", "", "", mention.rating, None)
    outlet = OutletKind.REVIEW
    if known.is_press or known.is_forum:
        outlet = OutletKind.PRESS if known.is_press else OutletKind.FORUM
    return ports.harms.read(published_text(mention), outlet, mention.rating)


def _shown(mention: Mention, reading: Reading, found: Sequence[Assessment]) -> list[Shown]:
    """The passages of one publication: its sentences, and the words somebody quoted of it."""
    told = {mark(each.quote): each for each in qualifying.current(found)}
    sentences = passages(published_text(mention), reading)
    marks = {each.mark for each in sentences}
    quoted = [Passage(each.quote) for key, each in told.items() if key not in marks]
    shown = []
    for passage in (*quoted, *sentences):
        last = told.get(passage.mark)
        signs: Collection[Harm] = passage.kinds
        minded = qualifying.cautions(last, signs) if last else ()
        shown.append(Shown(0, mention, passage, last, minded))
    return shown


def _form(label: str, verb: Verb, case: Case) -> Button:
    return Button(label, Action(verb, case.id))


def _page_rows(
    case: Case, here: Sequence[Shown], number: int, pages: int
) -> tuple[tuple[Button, ...], ...]:
    back = Button("open_case", Action(Verb.OPEN_CASE, case.id), detail=str(case.id))
    turns = [
        Button(label, Action(Verb.QUALIFY, case.id, str(other)))
        for label, other in (("previous_page", number - 1), ("next_page", number + 1))
        if 1 <= other <= pages
    ]
    if case.status is CaseStatus.CLOSED:
        return tuple(row for row in (tuple(turns), (back,)) if row)
    chosen = [
        Button(
            "assess_passage",
            Action(Verb.ASSESS_PASSAGE, case.id, each.choice),
            detail=str(each.number),
        )
        for each in here
    ]
    removed = [
        Button(
            "remove_assessment",
            Action(Verb.REMOVE_ASSESSMENT, each.told.id, str(number)),
            detail=str(each.number),
        )
        for each in here
        if each.told is not None
    ]
    quote = Button("quote_passage", Action(Verb.FILL_FORM, case.id, FormName.ASSESS))
    rows = (tuple(chosen), tuple(removed), (quote, back), tuple(turns))
    return tuple(row for row in rows if row)
