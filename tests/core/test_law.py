"""The pack of rules: what is in force, and what a bad document is told."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.core.law import (
    Extension,
    InvalidLawPack,
    LawPack,
    Regime,
    RuleId,
    Side,
    TimeLimit,
    parse_rules,
)

DOCUMENT = Path(__file__).parents[2] / "templates" / "law" / "rules.toml"

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(name="document")
def a_document() -> dict[str, Any]:
    return tomllib.loads(DOCUMENT.read_text(encoding="utf-8"))


@pytest.fixture(name="pack")
def the_pack(document: dict[str, Any]) -> LawPack:
    return parse_rules(document)


def problems_of(document: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(InvalidLawPack) as refused:
        parse_rules(document)
    return refused.value.problems


def test_the_pack_says_which_version_of_the_law_it_is(pack: LawPack) -> None:
    assert (pack.version, pack.checked_on) == ("2026.11", date(2026, 11, 23))


@pytest.mark.parametrize("rule_id", RuleId)
def test_every_rule_is_in_force_today_and_says_where_it_comes_from(
    pack: LawPack, rule_id: RuleId
) -> None:
    rule = pack.rule(rule_id, date(2026, 11, 23))
    assert rule.id is rule_id
    assert rule.source.references
    assert rule.source.read_at


@pytest.mark.parametrize("rule_id", [RuleId.PRESS_3M, RuleId.PRESS_1Y])
def test_a_limitation_period_says_what_interrupts_it_and_what_does_not(
    pack: LawPack, rule_id: RuleId
) -> None:
    wording = pack.rule(rule_id, date(2026, 11, 23)).wording
    assert "une assignation" in wording.interrupted_by
    assert "une plainte simple" in wording.does_not_interrupt
    assert "une mise en demeure ou tout autre courrier" in wording.does_not_interrupt


def test_only_the_regime_decides_the_extension_unless_the_rule_does(pack: LawPack) -> None:
    extension_of = {rule.regime: rule.extension for rule in pack.rules}
    assert extension_of == {
        Regime.PRESS: Extension.NEVER,
        Regime.EU: Extension.ALWAYS,
        Regime.CONTRACT: Extension.NEVER,
    }


def test_a_rule_not_yet_in_force_is_not_found(pack: LawPack) -> None:
    with pytest.raises(LookupError, match="RGPD_1M was not in force on 2018-05-24"):
        pack.rule(RuleId.GDPR_1M, date(2018, 5, 24))
    assert pack.rule(RuleId.GDPR_1M, date(2018, 5, 25)).side is Side.THEIRS


def test_two_versions_of_a_rule_follow_each_other(document: dict[str, Any]) -> None:
    old = document["rules"][0]
    new = deepcopy(old)
    old["in_force_until"] = date(2029, 12, 31)
    new["in_force_from"] = date(2030, 1, 1)
    new["time_limit"] = {"months": 6}
    document["rules"].append(new)
    pack = parse_rules(document)
    assert pack.rule(RuleId.PRESS_3M, date(2029, 12, 31)).time_limit.months == 3
    assert pack.rule(RuleId.PRESS_3M, date(2030, 1, 1)).time_limit.months == 6


def edit(*path: str | int, to: object) -> Edit:
    """Return what sets one value deep in a document."""

    def apply(document: dict[str, Any]) -> None:
        node: Any = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda document: document.pop("version"), "document: version is missing"),
        (edit("version", to=" "), "document: version is empty"),
        (edit("checked_on", to="2026-11-23"), "document: checked_on is not of type date"),
        (edit("rules", to={}), "document: rules is not of type list"),
        (edit("rules", 0, to="PRESSE_3M"), "document: rules 1 is not a table"),
        (edit("note", to=""), "document: note is not a known key"),
        (edit("rules", 0, "delay", to=3), "PRESSE_3M: delay is not a known key"),
        (edit("rules", 0, "id", to="PRESSE_6M"), "PRESSE_6M: id is 'PRESSE_6M', not one of"),
        (edit("rules", 0, "id", to=3), "3: id is not of type str"),
        (
            edit("rules", 0, "side", to="both"),
            "PRESSE_3M: side is 'both', not one of ours, theirs",
        ),
        (
            edit("rules", 0, "in_force_until", to=date(1800, 1, 1)),
            "PRESSE_3M: in_force_until comes before in_force_from",
        ),
        (
            edit("rules", 0, "extension", to="always"),
            "PRESSE_3M: extension is always, but no limitation period is surely extended",
        ),
        (
            edit("rules", 2, "margin_in_open_days", to=1),
            "RGPD_1M: margin_in_open_days is for ours",
        ),
        (
            edit("rules", 0, "margin_in_open_days", to=-1),
            "PRESSE_3M: margin_in_open_days is negative",
        ),
        (edit("rules", 2, "bars_action", to=True), "RGPD_1M: bars_action is for ours"),
        (
            edit("rules", 0, "time_limit", to={}),
            "PRESSE_3M, time_limit: a time limit has months, days or business_days",
        ),
        (
            edit("rules", 0, "time_limit", "months", to=True),
            "PRESSE_3M, time_limit: months is not of type int",
        ),
        (
            edit("rules", 0, "time_limit", "weeks", to=2),
            "PRESSE_3M, time_limit: weeks is not a known key",
        ),
        (edit("rules", 0, "source", to="?"), "PRESSE_3M: source is not of type dict"),
        (
            edit("rules", 0, "source", "references", to=[]),
            "PRESSE_3M, source: references is missing: a rule without a source is an opinion",
        ),
        (
            edit("rules", 0, "wording", "cautions", to=["ok", 3]),
            "PRESSE_3M, wording: cautions holds something else than texts",
        ),
        (edit("rules", 0, "wording", "title", to=""), "PRESSE_3M, wording: title is empty"),
    ],
)
def test_a_wrong_document_is_told_what_is_wrong(
    document: dict[str, Any], change: Edit, problem: str
) -> None:
    change(document)
    assert [told for told in problems_of(document) if told.startswith(problem)]


def test_every_problem_is_told_at_once(document: dict[str, Any]) -> None:
    del document["version"]
    document["rules"][0]["regime"] = "penal"
    document["rules"][4]["confidence"] = "maybe"
    told = problems_of(document)
    assert [problem.partition(" ")[0] for problem in told] == [
        "document:",
        "PRESSE_3M:",
        "ASSUREUR_5J_OUVRES:",
    ]


def test_one_problem_does_not_bring_others(document: dict[str, Any]) -> None:
    document["rules"][0]["time_limit"]["months"] = "3"
    document["rules"][0]["time_limit"]["days"] = 1
    assert problems_of(document) == ("PRESSE_3M, time_limit: months is not of type int",)


def test_a_pack_without_one_of_the_rules_is_refused(document: dict[str, Any]) -> None:
    del document["rules"][1]
    assert problems_of(document) == ("PRESSE_1AN: has no rule",)


def test_two_versions_in_force_on_a_same_day_are_refused(document: dict[str, Any]) -> None:
    document["rules"].append(deepcopy(document["rules"][0]))
    assert problems_of(document) == ("PRESSE_3M: two versions are in force on a same day",)


def test_a_single_shared_day_is_an_overlap(document: dict[str, Any]) -> None:
    old = document["rules"][0]
    document["rules"].append(deepcopy(old) | {"in_force_from": date(2030, 1, 1)})
    old["in_force_until"] = date(2030, 1, 1)
    assert problems_of(document) == ("PRESSE_3M: two versions are in force on a same day",)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"months": -1, "days": 3},
        {"business_days": 5, "days": 1},
        {"business_days": 5, "is_clear": True},
    ],
)
def test_a_time_limit_that_means_nothing_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"time limit|business_days"):
        TimeLimit(**parts)
