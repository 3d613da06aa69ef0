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
from bot.ports import Ports, Transaction, among, eq, null
from bot.usecases import keep_deadlines


def published_on(mention: Mention, practice: Practice) -> PublicationDay:
    """The day a publication is counted from.

    Of one that bears no exact date, what is told of it ("two months ago", the day of an alert) is
    the day, and it stays uncertain.
    """
    known = deadlines.publication_day(mention.published_at, mention.seen_at, practice.timezone)
    if mention.told_on is None:
        return known
    return PublicationDay(min(mention.told_on, known.starts_on), is_uncertain=True)


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
            day = published_on(mention, practice)
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
    told: tuple[Mention, Mention],
) -> None:
    """Count every clock that ran from a publication from another day instead.

    What is done stays: it was done in time, or not, whatever was known of the day. So does what
    another publication of the case runs from.
    """
    before, after = told
    old, new = published_on(before, practice), published_on(after, practice)
    watched = await tx.find(
        CaseDeadline,
        eq("case_id", case.id),
        eq("starts_on", old.starts_on),
        null("done_at"),
        null("withdrawn_at"),
    )
    running = [each for each in watched if await _runs_from(tx, case, after, each)]
    others = [each for each in await publications(tx, case) if each.id != after.id]
    days = {published_on(each, practice).starts_on for each in others}
    is_shared = old.starts_on in days
    gone = [each for each in running if each.remedy_id or not is_shared]
    await keep_deadlines.take_back(ports, tx, gone)
    for each in running:
        await keep_deadlines.arm(ports, tx, case, practice, (each.rule, new), each.remedy_id)


async def publications(tx: Transaction, case: Case) -> list[Mention]:
    """The publications dealt with in a case, its own first."""
    joined = await tx.find(Case, eq("merged_into", case.id))
    wanted = [case.mention_id, *(each.mention_id for each in joined)]
    found = {each.id: each for each in await tx.find(Mention, among("id", wanted))}
    return [found[each] for each in wanted if each in found]


async def _runs_from(tx: Transaction, case: Case, mention: Mention, stored: CaseDeadline) -> bool:
    """Whether a clock of a case runs from the day of one of its publications."""
    if not stored.remedy_id:
        return stored.rule in qualifying.ASSESSED | {RuleId.PRESS_3M}
    if mention.id != case.mention_id:
        return False  # a remedy is counted from the publication the case was opened for
    remedy = await tx.get(Remedy, stored.remedy_id)
    return remedy is not None and remedy.rules.from_publication is stored.rule
