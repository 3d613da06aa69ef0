"""The judgements of the law by themselves: a date and why, the table of rules."""

import re
from datetime import date

from bot.adapters.lawbook import load_law
from bot.adapters.wording import TEMPLATES
from bot.cli.failures import REFUSED
from bot.cli.people import territory as territory_named
from bot.cli.screen import Screen, Words
from bot.core import deadlines
from bot.core.deadlines import Deadline
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import LawPack, Rule, RuleId, Side, Source, StepId, StepWithoutLimit

_BINDS = {Side.OURS: "us", Side.THEIRS: "them"}
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def deadline(rule: str, start: str, territory: str | None, *, as_json: bool) -> int:
    """Show the date a rule gives, counted from a day; 1 when it was not the law on that day.

    A step that no time limit binds is told as such, without a date.
    """
    screen, pack = Screen(), load_law(TEMPLATES)
    if (wanted := rule.strip().upper()) in list(StepId):
        return _no_limit(screen, pack, StepId(wanted), as_json=as_json)
    where = territory_named(screen.words, territory)
    rule_id, day = _rule_id(rule), _day(start)
    try:
        found = pack.rule(rule_id, day)
    except LookupError:
        facts = {"rule": rule_id, "day": day}
        screen.complain(screen.words.say("failure", "not_in_force", facts))
        return REFUSED
    try:
        computed = deadlines.compute(found, day, where)
    except (OverflowError, ValueError):  # after the end of the calendar
        raise Refusal(RefusalCode.DATE_INVALID, name=start) from None
    if as_json:
        screen.json(_deadline_json(screen.words, found, computed))
    else:
        screen.page("deadline", rule=found, deadline=computed)
    return 0


def law(*, as_json: bool) -> int:
    """Show every rule."""
    screen, pack = Screen(), load_law(TEMPLATES)
    if as_json:
        screen.json(
            {
                "version": pack.version,
                "checked_on": pack.checked_on.isoformat(),
                "rules": [_rule_json(rule) for rule in pack.rules],
                "steps": [_step_json(step) for step in pack.steps],
            }
        )
    else:
        screen.page("law", pack=pack)
    return 0


def _no_limit(screen: Screen, pack: LawPack, step_id: StepId, *, as_json: bool) -> int:
    step = pack.step(step_id)
    if as_json:
        screen.json(_step_json(step))
    else:
        screen.page("step", step=step)
    return 0


def _rule_id(name: str) -> RuleId:
    wanted = name.strip().upper()
    try:
        return RuleId(wanted)
    except ValueError:
        raise Refusal(RefusalCode.RULE_UNKNOWN, name=name, known=[*RuleId, *StepId]) from None


def _day(written: str) -> date:
    """A day, year first or as it is written in France."""
    written = written.strip()
    french = _FRENCH_DATE.fullmatch(written)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        return date.fromisoformat(written)
    except ValueError:
        raise Refusal(RefusalCode.DATE_INVALID, name=written) from None


def _deadline_json(words: Words, rule: Rule, computed: Deadline) -> dict[str, object]:
    bites = "act_by" if computed.side is Side.OURS else "certain_from"
    explanation = words.page("deadline_why", {"rule": rule, "deadline": computed}).plain
    return {
        "rule": computed.rule_id,
        "start": computed.starts_on.isoformat(),
        "territory": computed.territory,
        "strict_end": computed.strict_on.isoformat(),
        "extended_end": computed.extended_on.isoformat(),
        "binds": _BINDS[computed.side],
        bites: computed.bites_on.isoformat(),
        "bars_action": computed.bars_action,
        "is_legal": rule.is_legal,
        "explanation": explanation,
        **_source_json(rule.source),
        "confidence": rule.confidence,
    }


def _rule_json(rule: Rule) -> dict[str, object]:
    limit = rule.time_limit
    return {
        "rule": rule.id,
        "title": rule.wording.title,
        "binds": _BINDS[rule.side],
        "regime": rule.regime,
        "months": limit.months,
        "days": limit.days,
        "business_days": limit.business_days,
        "is_clear": limit.is_clear,
        "extension": rule.extension,
        "local_holidays": rule.local_holidays,
        "starting_event": rule.starting_event,
        "bars_action": rule.bars_action,
        "is_legal": rule.is_legal,
        "earliest_start_days_before": rule.earliest_start_days_before,
        "margin_in_open_days": rule.margin_in_open_days,
        "reminders": list(rule.reminders),
        "confidence": rule.confidence,
        "in_force_from": rule.in_force_from.isoformat() if rule.has_first_day else None,
        "in_force_until": rule.in_force_until.isoformat() if rule.in_force_until else None,
        **_source_json(rule.source),
    }


def _step_json(step: StepWithoutLimit) -> dict[str, object]:
    return {
        "step": step.id,
        "title": step.title,
        "binds": _BINDS[step.side],
        "time_limit": None,
        "explanation": step.says,
        "confidence": step.confidence,
        **_source_json(step.source),
    }


def _source_json(source: Source) -> dict[str, object]:
    return {"sources": list(source.references), "read_at": list(source.read_at)}
