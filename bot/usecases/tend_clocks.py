"""The clocks of a case that run from its publications.

The day they are counted from, and those that what was concluded of the passages adds, or takes
back.
"""

from collections import defaultdict

from bot.core import deadlines, qualifying
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseDeadline
from bot.core.deadlines import PublicationDay
from bot.core.law import RuleId
from bot.core.mentions import Mention
from bot.core.people import Practice
from bot.core.remedies import Remedy
from bot.ports import Ports, Transaction, eq, null
from bot.usecases import keep_deadlines


async def published_on(
    tx: Transaction, case: Case, mention: Mention, practice: Practice
) -> PublicationDay:
    """The day a publication is counted from.

    What somebody said of it ("two months ago") is kept in the press law's own deadline: of a
    publication that bears no date, that is the day, and it stays uncertain.
    """
    known = deadlines.publication_day(mention.published_at, mention.seen_at, practice.timezone)
    if not known.is_uncertain:
        return known
    told = await tx.find(
        CaseDeadline,
        eq("case_id", case.id),
        eq("rule", RuleId.PRESS_3M),
        eq("start_is_uncertain", True),
        null("withdrawn_at"),
        order="starts_on",
    )
    earlier = [each.starts_on for each in told if each.starts_on <= known.starts_on]
    return PublicationDay(earlier[0], is_uncertain=True) if earlier else known


async def follow_assessments(
    ports: Ports, tx: Transaction, case: Case, practice: Practice
) -> frozenset[RuleId]:
    """Arm the clocks that what is held adds, and take back those it adds no more.

    Gives back the rules that were not watched before.
    """
    found = await tx.find(Assessment, eq("case_id", case.id))
    by_mention = defaultdict(list)
    for each in qualifying.current(found):
        by_mention[each.mention_id].append(each)
    wanted: set[tuple[RuleId, PublicationDay]] = set()
    for identifier, told in by_mention.items():
        mention = await tx.get(Mention, identifier)
        if mention is not None:
            day = await published_on(tx, case, mention, practice)
            wanted |= {(rule, day) for rule in qualifying.clocks(qualifying.held(told))}
    watched = await tx.find(
        CaseDeadline,
        eq("case_id", case.id),
        eq("remedy_id", 0),
        null("done_at"),
        null("withdrawn_at"),
    )
    starts = {(rule, day.starts_on) for rule, day in wanted}
    before = [each for each in watched if each.rule in qualifying.ASSESSED]
    gone = [each for each in before if (each.rule, each.starts_on) not in starts]
    await keep_deadlines.take_back(ports, tx, gone)
    armed = [await keep_deadlines.arm(ports, tx, case, practice, each) for each in sorted(wanted)]
    return frozenset(each.rule for each in armed if each is not None)


async def count_again(
    ports: Ports,
    tx: Transaction,
    case: Case,
    practice: Practice,
    days: tuple[PublicationDay, PublicationDay],
) -> None:
    """Count every clock that ran from a day of publication from another one instead.

    What is done stays: it was done in time, or not, whatever was known of the day.
    """
    old, new = days
    watched = await tx.find(
        CaseDeadline,
        eq("case_id", case.id),
        eq("starts_on", old.starts_on),
        null("done_at"),
        null("withdrawn_at"),
    )
    running = [each for each in watched if await _runs_from_publication(tx, each)]
    await keep_deadlines.take_back(ports, tx, running)
    for each in running:
        await keep_deadlines.arm(ports, tx, case, practice, (each.rule, new), each.remedy_id)


async def _runs_from_publication(tx: Transaction, stored: CaseDeadline) -> bool:
    if not stored.remedy_id:
        return stored.rule in qualifying.ASSESSED | {RuleId.PRESS_3M}
    remedy = await tx.get(Remedy, stored.remedy_id)
    return remedy is not None and remedy.rules.from_publication is stored.rule
