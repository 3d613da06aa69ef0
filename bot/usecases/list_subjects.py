"""The lists a practice asks for: its open cases, its open deadlines, a page at a time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.core import calendars
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseDeadline, CaseStatus
from bot.core.mentions import Mention
from bot.core.messages import Button, Message, Row, in_rows
from bot.core.people import Asker, Practitioner
from bot.ports import Ports, among, eq, ne
from bot.usecases.find_targets import practice_of, today_of
from bot.usecases.show_deadlines import dated_rule, list_open

ON_A_PAGE = 6
"""Lines of one page: it fits a phone, and each has a button."""
_DATES_ON_A_PAGE = 5
"""Each date has a row of buttons of its own."""
_BUTTONS_IN_A_ROW = 3
Listed = TypeVar("Listed")


async def cases(ports: Ports, asker: Asker, argument: str) -> Message:
    """The open cases, the oldest first."""
    return await list_cases(ports, asker, 1)


async def deadlines(ports: Ports, asker: Asker, argument: str) -> Message:
    """The open deadlines, the nearest first."""
    return await list_deadlines(ports, asker, 1)


async def list_cases(ports: Ports, asker: Asker, page: int) -> Message:
    """One page of the open cases."""
    home = asker.member.practice_id
    async with ports.store.read() as tx:
        found = await tx.find(Case, eq("practice_id", home), ne("status", CaseStatus.CLOSED))
        shown, page, pages = page_of(found, page, ON_A_PAGE)
        mentions = await tx.find(Mention, among("id", [case.mention_id for case in shown]))
        people = await tx.find(Practitioner, eq("practice_id", home))
        practice = await practice_of(tx, asker.member)
    return Message(
        "cases",
        {
            "cases": shown,
            "total": len(found),
            "page": page,
            "pages": pages,
            "mentions": {mention.id: mention for mention in mentions},
            "people": {person.id: person for person in people},
            "practice": practice,
        },
        rows=_rows([case.id for case in shown], pager("cases", home, page, pages)),
    )


async def list_deadlines(ports: Ports, asker: Asker, page: int) -> Message:
    """One page of the open deadlines, grouped by how near they are."""
    home = asker.member.practice_id
    async with ports.store.read() as tx:
        day = await today_of(ports, tx, asker.member)
        found = await list_open(tx, [home])
    shown, page, pages = page_of(found, page, _DATES_ON_A_PAGE)
    first = (page - 1) * _DATES_ON_A_PAGE + 1
    lines = [
        (calendars.horizon(each.bites_on, day), number, dated_rule(ports, each, day))
        for number, each in enumerate(shown, first)
    ]
    values = {"lines": lines, "total": len(found), "page": page, "pages": pages}
    rows = [_date_row(number, dated.stored) for _, number, dated in lines]
    rows.append(pager("deadlines", home, page, pages))
    rows.append((Button("to_calendar", Action(Verb.SHOW_SCREEN, home, "agenda-1")),))
    return Message("deadlines", values, rows=tuple(row for row in rows if row))


def _date_row(number: int, stored: CaseDeadline) -> tuple[Button, ...]:
    """What may be done with one date: its case, why it is what it is, to have it elsewhere."""
    return (
        Button("open_case", Action(Verb.OPEN_CASE, stored.case_id), detail=str(stored.case_id)),
        Button("explain_of", Action(Verb.EXPLAIN_DEADLINE, stored.id), detail=str(number)),
        Button("agenda_of", Action(Verb.GIVE_DEADLINE, stored.id), detail=str(number)),
    )


def page_of(found: Sequence[Listed], page: int, size: int) -> tuple[Sequence[Listed], int, int]:
    """What stands on a page, its number brought back among those there are, and their count."""
    pages = max(1, -(-len(found) // size))
    page = min(max(page, 1), pages)
    return found[(page - 1) * size : page * size], page, pages


def pager(screen: str, target: int, page: int, pages: int) -> Row:
    """The buttons that turn the pages of a screen; none when there is but one."""
    return turns(page, pages, lambda to: Action(Verb.SHOW_SCREEN, target, f"{screen}-{to}"))


def turns(page: int, pages: int, turn_to: Callable[[int], Action]) -> Row:
    """The buttons that turn pages, each with what shows the page of that number."""
    return tuple(
        Button(label, turn_to(number))
        for label, number in (("previous", page - 1), ("next", page + 1))
        if 1 <= number <= pages
    )


def _rows(cases: Sequence[int], pager: Row) -> tuple[tuple[Button, ...], ...]:
    """A button for each case, and those that turn the pages."""
    buttons = [
        Button("open_case", Action(Verb.OPEN_CASE, each), detail=str(each)) for each in cases
    ]
    rows = in_rows(buttons, _BUTTONS_IN_A_ROW)
    return (*rows, pager) if pager else rows
