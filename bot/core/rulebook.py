"""The document of rules read as law, and refused with everything that is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations

from bot.core.law import (
    Confidence,
    Extension,
    LawPack,
    LocalHolidays,
    Regime,
    Rule,
    RuleId,
    RuleWording,
    Side,
    Source,
    StartingEvent,
    StepId,
    StepWithoutLimit,
    TimeLimit,
)
from bot.core.tables import Table

EXTENSION_BY_REGIME: Mapping[Regime, Extension] = {
    Regime.PROCEDURAL: Extension.ALWAYS,
    Regime.PRESS: Extension.NEVER,
    Regime.CIVIL: Extension.NEVER,
    Regime.CRIMINAL: Extension.NEVER,
    Regime.RETENTION: Extension.NEVER,
    Regime.EU: Extension.ALWAYS,
    Regime.CONTRACT: Extension.NEVER,
    Regime.ADMINISTRATIVE: Extension.ALWAYS,
}

LIMITATION_REGIMES = frozenset({Regime.PRESS, Regime.CIVIL, Regime.CRIMINAL})


class InvalidLawPack(ValueError):
    """The document of rules cannot be used; `problems` lists everything to correct."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def parse_rules(document: Mapping[str, object]) -> LawPack:
    """Return the pack a document describes, or raise `InvalidLawPack` with every problem."""
    problems: list[str] = []
    root = Table(document, "document", problems)
    version = root.text("version")
    checked_on = root.take("checked_on", date.min)
    rules = tuple(_parse_rule(table) for table in root.tables("rules"))
    steps = tuple(_parse_step(table) for table in root.tables("steps"))
    root.refuse_unknown_keys()
    # Rules that could not be read hold placeholders: comparing them would add false problems.
    problems = problems or [*_problems_between(rules), *_problems_of_steps(steps)]
    if problems:
        raise InvalidLawPack(problems)
    return LawPack(version=version, checked_on=checked_on, rules=rules, steps=steps)


# Private from here on.


def _parse_rule(table: Table) -> Rule:
    regime = table.choice("regime", Regime)
    rule = Rule(
        id=table.choice("id", RuleId),
        time_limit=_parse_time_limit(table.table("time_limit")),
        regime=regime,
        side=table.choice("side", Side),
        starting_event=table.choice("starting_event", StartingEvent),
        extension=table.choice("extension", Extension, EXTENSION_BY_REGIME[regime]),
        local_holidays=table.choice("local_holidays", LocalHolidays),
        margin_in_open_days=table.number("margin_in_open_days"),
        bars_action=table.take("bars_action", False),  # noqa: FBT003 - a placeholder
        is_legal=table.optional("is_legal", True),  # noqa: FBT003 - a default
        earliest_start_days_before=table.number("earliest_start_days_before"),
        reminders=table.numbers("reminders"),
        confidence=table.choice("confidence", Confidence),
        source=_parse_source(table.table("source")),
        wording=_parse_wording(table.table("wording")),
        in_force_from=table.optional("in_force_from", date.min),
        in_force_until=table.day_or_none("in_force_until"),
    )
    table.refuse_unknown_keys()
    for problem in _problems_within(rule):
        table.note(problem)
    return rule


def _parse_step(table: Table) -> StepWithoutLimit:
    step = StepWithoutLimit(
        id=table.choice("id", StepId),
        side=table.choice("side", Side),
        title=table.text("title"),
        says=table.text("says"),
        confidence=table.choice("confidence", Confidence),
        source=_parse_source(table.table("source")),
    )
    table.refuse_unknown_keys()
    for problem in _problems_of_source(step.source, step.confidence):
        table.note(problem)
    return step


def _parse_time_limit(table: Table) -> TimeLimit:
    months, days = table.optional("months", 0), table.optional("days", 0)
    business_days = table.optional("business_days", 0)
    is_clear = table.optional("is_clear", False)  # noqa: FBT003 - a default
    table.refuse_unknown_keys()
    try:
        return TimeLimit(months=months, days=days, business_days=business_days, is_clear=is_clear)
    except ValueError as error:
        table.note(str(error))
        return TimeLimit(days=1)


def _parse_source(table: Table) -> Source:
    source = Source(references=table.texts("references"), read_at=table.texts("read_at"))
    table.refuse_unknown_keys()
    if not source.references:
        table.note("references is missing: a rule without a source is an opinion")
    return source


def _parse_wording(table: Table) -> RuleWording:
    wording = RuleWording(
        title=table.text("title"),
        short=table.text("short"),
        starts_when=table.text("starts_when"),
        says=table.text("says"),
        on_expiry=table.text("on_expiry"),
        interrupted_by=table.texts("interrupted_by"),
        does_not_interrupt=table.texts("does_not_interrupt"),
        cautions=table.texts("cautions"),
        done=table.optional("done", ""),
        not_done=table.optional("not_done", ""),
    )
    table.refuse_unknown_keys()
    return wording


def _problems_within(rule: Rule) -> Iterator[str]:
    if rule.regime in LIMITATION_REGIMES and rule.extension is Extension.ALWAYS:
        yield "extension is always, but no limitation period is surely extended"
    if rule.in_force_until is not None and rule.in_force_until < rule.in_force_from:
        yield "in_force_until comes before in_force_from"
    if not rule.is_legal and (rule.regime is not Regime.CONTRACT or rule.bars_action):
        yield "is_legal is false, but only contract is not the law, and it bars nothing"
    yield from _problems_of_side(rule)
    yield from _problems_of_source(rule.source, rule.confidence)
    yield from _problems_of_reminders(rule)


def _problems_of_side(rule: Rule) -> Iterator[str]:
    has_buttons = bool(rule.wording.done and rule.wording.not_done)
    if rule.side is Side.OURS:
        if not has_buttons:
            yield "done and not_done are missing from the wording: ours has buttons"
        return
    if rule.margin_in_open_days:
        yield "margin_in_open_days is for ours: the other side is owed its whole time"
    if rule.bars_action:
        yield "bars_action is for ours: the other side's silence bars nothing"
    if rule.earliest_start_days_before:
        yield "earliest_start_days_before is for ours: theirs runs from the start they admit"


def _problems_of_source(source: Source, confidence: Confidence) -> Iterator[str]:
    if confidence is Confidence.SOURCED and source.references and not source.read_at:
        yield "read_at is missing from the source: what is sourced was read somewhere"


def _problems_of_reminders(rule: Rule) -> Iterator[str]:
    if list(rule.reminders) != sorted(set(rule.reminders)):
        yield "reminders are not in order, each once"
    if 0 not in rule.reminders:
        yield "reminders leave out the day itself"
    if rule.side is Side.OURS and any(offset > 0 for offset in rule.reminders):
        yield "reminders come after our last day to act"


def _problems_between(rules: tuple[Rule, ...]) -> Iterator[str]:
    for missing in sorted(set(RuleId) - {rule.id for rule in rules}):
        yield f"{missing}: has no rule"
    for one, other in combinations(rules, 2):
        if one.id is other.id and one.overlaps(other):
            yield f"{one.id}: two versions are in force on a same day"


def _problems_of_steps(steps: tuple[StepWithoutLimit, ...]) -> Iterator[str]:
    for step_id in StepId:
        count = sum(step.id is step_id for step in steps)
        if count != 1:
            yield f"{step_id}: is there {count} times, not once"
