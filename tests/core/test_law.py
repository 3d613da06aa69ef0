"""The pack of rules: what is in force, and what a bad document is told."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.core.law import (
    Confidence,
    Extension,
    LawPack,
    Regime,
    RuleId,
    Side,
    StepId,
    TimeLimit,
)
from bot.core.rulebook import EXTENSION_BY_REGIME, InvalidLawPack, parse_rules

DOCUMENT = Path(__file__).parents[2] / "templates" / "law" / "rules.toml"

TODAY = date(2026, 11, 23)

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
    rule = pack.rule(rule_id, TODAY)
    assert rule.id is rule_id
    assert rule.source.references
    assert rule.source.read_at or rule.confidence is Confidence.TO_CONFIRM


@pytest.mark.parametrize("step_id", StepId)
def test_a_step_without_a_time_limit_says_so(pack: LawPack, step_id: StepId) -> None:
    step = pack.step(step_id)
    assert step.id is step_id
    assert "aucun délai" in step.title


def test_what_was_not_read_is_to_confirm(pack: LawPack) -> None:
    unsure = {rule.id for rule in pack.rules if rule.confidence is Confidence.TO_CONFIRM}
    assert unsure == {
        RuleId.CIVIL_5Y,
        RuleId.OFFENCE_6Y,
        RuleId.COUNCIL_OF_STATE_2M,
        RuleId.TRUSTPILOT_APPEAL_6M,
        RuleId.URGENT_APPEAL_15D,
        RuleId.FAST_TRACK_APPEAL_15D,
        RuleId.OPPOSITION_1M,
        RuleId.FORMAL_NOTICE_8D,
        RuleId.FORMAL_NOTICE_15D,
    }


def test_what_no_text_fixes_never_looks_legal(pack: LawPack) -> None:
    chosen = [rule for rule in pack.rules if not rule.is_legal]
    assert {rule.id for rule in chosen} == {
        RuleId.TRUSTPILOT_APPEAL_6M,
        RuleId.HOST_FOLLOW_UP_7D,
        RuleId.HOST_FOLLOW_UP_15D,
        RuleId.FORMAL_NOTICE_8D,
        RuleId.FORMAL_NOTICE_15D,
    }
    for rule in chosen:
        assert rule.wording.says.startswith("Aucun délai légal")
        assert "(" in rule.wording.title  # who chose it is said at once


@pytest.mark.parametrize("rule_id", [RuleId.REPLY_REQUEST_3M, RuleId.REPLY_INSERTION_3D])
def test_the_right_of_reply_moved_in_may_2024(pack: LawPack, rule_id: RuleId) -> None:
    before, after = (pack.rule(rule_id, date(2024, 5, day)) for day in (22, 23))
    assert before.source.references[0].endswith("6, IV (ancien)")
    assert after.source.references[0].endswith("1-1, III")
    assert before.time_limit == after.time_limit


@pytest.mark.parametrize("rule_id", RuleId)
def test_no_day_falls_between_two_versions(pack: LawPack, rule_id: RuleId) -> None:
    versions = sorted(
        (rule for rule in pack.rules if rule.id is rule_id), key=lambda rule: rule.in_force_from
    )
    for earlier, later in pairwise(versions):
        assert earlier.last_day + timedelta(days=1) == later.in_force_from
    assert versions[-1].in_force_until is None


@pytest.mark.parametrize("rule_id", [RuleId.PRESS_3M, RuleId.PRESS_1Y, RuleId.INNOCENCE_3M])
def test_a_limitation_period_says_what_interrupts_it_and_what_does_not(
    pack: LawPack, rule_id: RuleId
) -> None:
    wording = pack.rule(rule_id, TODAY).wording
    assert "une assignation" in wording.interrupted_by
    assert "une plainte simple" in wording.does_not_interrupt
    assert "une mise en demeure ou tout autre courrier" in wording.does_not_interrupt


def test_only_the_regime_decides_the_extension_unless_it_is_doubtful(pack: LawPack) -> None:
    for rule in pack.rules:
        usual = EXTENSION_BY_REGIME[rule.regime]
        assert rule.extension in {usual, Extension.UNCERTAIN}
    assert EXTENSION_BY_REGIME.keys() == set(Regime)


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


GDPR, INSURER, HOST = (
    [rule["id"] for rule in tomllib.loads(DOCUMENT.read_text("utf-8"))["rules"]].index(name)
    for name in ("RGPD_1M", "ASSUREUR_5J_OUVRES", "HOTE_RELANCE_7J")
)


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
            edit("rules", GDPR, "margin_in_open_days", to=1),
            "RGPD_1M: margin_in_open_days is for ours",
        ),
        (
            edit("rules", 0, "margin_in_open_days", to=-1),
            "PRESSE_3M: margin_in_open_days is negative",
        ),
        (edit("rules", GDPR, "bars_action", to=True), "RGPD_1M: bars_action is for ours"),
        (
            edit("rules", GDPR, "earliest_start_days_before", to=3),
            "RGPD_1M: earliest_start_days_before is for ours",
        ),
        (edit("rules", 0, "is_legal", to=False), "PRESSE_3M: is_legal is false"),
        (
            edit("rules", HOST, "bars_action", to=True),
            "HOTE_RELANCE_7J: is_legal is false, but only contract is not the law",
        ),
        (edit("rules", 0, "reminders", to=[-1, -3, 0]), "PRESSE_3M: reminders are not in order"),
        (edit("rules", 0, "reminders", to=[-3]), "PRESSE_3M: reminders leave out the day itself"),
        (edit("rules", 0, "reminders", to=[0, 1]), "PRESSE_3M: reminders come after our last"),
        (
            edit("rules", 0, "reminders", to=[0, True]),
            "PRESSE_3M: reminders holds something else than whole numbers",
        ),
        (
            edit("rules", 0, "source", "read_at", to=[]),
            "PRESSE_3M: read_at is missing from the source",
        ),
        (edit("rules", 0, "wording", "done", to=""), "PRESSE_3M: done and not_done are missing"),
        (edit("steps", 0, "id", to="CNIL"), "CNIL: id is 'CNIL', not one of"),
        (lambda document: document["steps"].pop(), "HOTE_DECISION: is there 0 times"),
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
    document["rules"][INSURER]["confidence"] = "maybe"
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
