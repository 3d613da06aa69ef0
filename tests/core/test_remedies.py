"""The table of remedies: every transition taken, and what it does to the clocks."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import remedies
from bot.core.advice import Advice, AdviceCode, advise
from bot.core.cases import CaseId
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import RuleId
from bot.core.people import MemberId, PracticeId
from bot.core.qualifying import Verdict
from bot.core.remedies import (
    FAMILIES,
    REMEDIES,
    STEPS,
    Clock,
    Path,
    Remedy,
    RemedyId,
    RemedyKind,
    RemedyState,
    RemedyStep,
    move,
    next_kinds,
    steps_from,
)

NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
DAY = date(2026, 11, 24)
A_KIND = {
    Path.DEED: RemedyKind.EVIDENCE,
    Path.REQUEST: RemedyKind.ERASURE_REQUEST,
    Path.COURT: RemedyKind.DIRECT_SUMMONS,
}


def a_remedy(kind: RemedyKind = RemedyKind.ERASURE_REQUEST, **changes: object) -> Remedy:
    new = Remedy(CaseId(1), PracticeId(1), kind, NOON, MemberId(1), id=RemedyId(1))
    return replace(new, **changes)  # type: ignore[arg-type]  # a test names its fields


def test_every_remedy_has_its_rules_and_its_place_in_the_list() -> None:
    listed = [kind for kinds in FAMILIES.values() for kind in kinds]
    assert set(REMEDIES) == set(RemedyKind) == set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(("path", "state", "step"), sorted(STEPS))
def test_every_transition_of_the_table_is_taken(
    path: Path, state: RemedyState, step: RemedyStep
) -> None:
    moved = move(a_remedy(A_KIND[path], state=state), step, DAY)
    assert moved.remedy.state is STEPS[path, state, step]


@pytest.mark.parametrize("kind", RemedyKind)
@pytest.mark.parametrize("state", RemedyState)
def test_no_step_outside_the_table_is_taken(kind: RemedyKind, state: RemedyState) -> None:
    remedy = a_remedy(kind, state=state)
    for step in set(RemedyStep) - set(steps_from(remedy)):
        with pytest.raises(Refusal) as refused:
            move(remedy, step, DAY)
        assert refused.value.code is RefusalCode.STEP_NOT_NOW


@given(st.sampled_from(list(RemedyKind)), st.data())
def test_every_remedy_comes_to_an_end_whatever_happens(
    kind: RemedyKind, data: st.DataObject
) -> None:
    remedy = a_remedy(kind)
    for _ in range(12):
        steps = [
            step
            for step in steps_from(remedy)
            if step not in {RemedyStep.TAKE_UP, RemedyStep.RENEW}
        ]
        if not steps:
            break
        remedy = move(remedy, data.draw(st.sampled_from(steps)), DAY).remedy
    assert remedy.is_ended


@pytest.mark.parametrize("kind", RemedyKind)
def test_what_comes_next_is_another_remedy(kind: RemedyKind) -> None:
    for state in RemedyState:
        following = next_kinds(a_remedy(kind, state=state))
        assert kind not in following
        assert len(following) == len(set(following))


def test_a_request_sent_online_starts_the_month_at_once() -> None:
    moved = move(a_remedy(), RemedyStep.SEND, DAY)
    assert moved.starts == (Clock(RuleId.GDPR_1M, DAY),)
    assert moved.remedy.received_on == DAY


def test_a_registered_letter_starts_it_when_it_is_handed_over() -> None:
    posted = move(a_remedy(), RemedyStep.POST, DAY, number="1A 234")
    assert not posted.starts
    received = move(posted.remedy, RemedyStep.RECEIVE, date(2026, 11, 27))
    assert received.starts == (Clock(RuleId.GDPR_1M, date(2026, 11, 27)),)
    assert received.remedy.number == "1A 234"


def test_a_letter_nobody_collected_counts_from_its_first_presentation() -> None:
    posted = move(a_remedy(), RemedyStep.POST, DAY).remedy
    presented = move(posted, RemedyStep.PRESENT, date(2026, 11, 26)).remedy
    returned = move(presented, RemedyStep.RETURN, date(2026, 12, 14))
    assert returned.starts == (Clock(RuleId.GDPR_1M, date(2026, 11, 26)),)


def test_an_announced_extension_counts_from_receipt_and_ends_the_first_month() -> None:
    sent = move(a_remedy(), RemedyStep.SEND, DAY).remedy
    later = move(sent, RemedyStep.EXTEND, date(2026, 12, 20))
    assert later.starts == (Clock(RuleId.GDPR_3M_EXTENDED, DAY),)
    assert later.settles


def test_only_who_is_granted_an_extension_by_the_law_may_announce_one() -> None:
    sent = move(a_remedy(RemedyKind.FORMAL_NOTICE), RemedyStep.SEND, DAY).remedy
    assert RemedyStep.EXTEND not in steps_from(sent)


@pytest.mark.parametrize(
    ("step", "on"),
    [(RemedyStep.RECEIVE, date(2026, 11, 23)), (RemedyStep.RETURN, date(2026, 11, 1))],
)
def test_nothing_is_received_before_it_was_sent(step: RemedyStep, on: date) -> None:
    posted = move(a_remedy(), RemedyStep.POST, DAY).remedy
    with pytest.raises(Refusal) as refused:
        move(posted, step, on)
    assert refused.value.code is RefusalCode.RECEIVED_BEFORE_SENT


def test_nothing_is_answered_before_it_was_received() -> None:
    sent = move(a_remedy(), RemedyStep.SEND, DAY).remedy
    with pytest.raises(Refusal) as refused:
        move(sent, RemedyStep.REFUSE, date(2026, 11, 20))
    assert refused.value.code is RefusalCode.ANSWERED_BEFORE_RECEIVED


def test_the_action_that_follows_a_silence_is_watched_from_receipt_on() -> None:
    sent = move(a_remedy(RemedyKind.RIGHT_OF_REPLY), RemedyStep.POST, DAY)
    assert not sent.stops  # it must be received
    received = move(sent.remedy, RemedyStep.RECEIVE, date(2026, 11, 26))
    assert received.stops == {RuleId.REPLY_REQUEST_3M}
    assert received.starts == (
        Clock(RuleId.REPLY_INSERTION_3D, date(2026, 11, 26)),
        Clock(RuleId.REPLY_ACTION_3M, date(2026, 11, 26), at_end_of=RuleId.REPLY_INSERTION_3D),
    )
    refused = move(received.remedy, RemedyStep.REFUSE, date(2026, 11, 28))
    assert not refused.withdraws  # a refusal leaves it: it runs from the same day
    granted = move(received.remedy, RemedyStep.GRANT, date(2026, 11, 28))
    assert granted.withdraws == {RuleId.REPLY_ACTION_3M}


def test_a_refusal_of_the_regulator_starts_the_two_months_that_a_silence_would() -> None:
    sent = move(a_remedy(RemedyKind.REGULATOR_COMPLAINT), RemedyStep.SEND, DAY)
    assert sent.starts[1].at_end_of is RuleId.REGULATOR_SILENCE_3M
    refused = move(sent.remedy, RemedyStep.REFUSE, date(2027, 1, 4))
    assert refused.withdraws == {RuleId.COUNCIL_OF_STATE_2M}
    assert refused.starts == (Clock(RuleId.COUNCIL_OF_STATE_2M, date(2027, 1, 4)),)


def test_an_act_before_a_judge_stops_the_press_clock_and_starts_the_next() -> None:
    entrusted = move(a_remedy(RemedyKind.DIRECT_SUMMONS), RemedyStep.ENTRUST, DAY)
    assert not entrusted.stops
    filed = move(entrusted.remedy, RemedyStep.FILE, date(2026, 12, 1))
    assert {RuleId.PRESS_3M, RuleId.PRESS_1Y} <= filed.stops
    assert filed.starts == (Clock(RuleId.PRESS_NEXT_ACT_3M, date(2026, 12, 1)),)
    renewed = move(filed.remedy, RemedyStep.RENEW, date(2027, 2, 20))
    assert RuleId.PRESS_NEXT_ACT_3M in renewed.stops
    assert renewed.starts == (Clock(RuleId.PRESS_NEXT_ACT_3M, date(2027, 2, 20)),)


@pytest.mark.parametrize(
    "kind",
    [
        RemedyKind.PLATFORM_REPORT,
        RemedyKind.FORMAL_NOTICE,
        RemedyKind.SIMPLE_COMPLAINT,
        RemedyKind.REGULATOR_COMPLAINT,
        RemedyKind.AUTHORITY_REPORT,
        RemedyKind.IDENTIFICATION,
    ],
)
def test_nothing_amicable_ever_stops_the_press_clock(kind: RemedyKind) -> None:
    remedy = a_remedy(kind)
    for _ in range(4):
        for step in steps_from(remedy):
            moved = move(remedy, step, DAY)
            assert not moved.stops & {RuleId.PRESS_3M, RuleId.PRESS_1Y}
        remedy = move(remedy, steps_from(remedy)[0], DAY).remedy if steps_from(remedy) else remedy


@pytest.mark.parametrize(("days", "rule"), [(8, "MED_8J"), (15, "MED_15J")])
def test_a_formal_notice_grants_what_its_letter_says(days: int, rule: str) -> None:
    remedy = remedies.granting(a_remedy(RemedyKind.FORMAL_NOTICE), days)
    (clock,) = move(remedy, RemedyStep.SEND, DAY).starts
    assert clock.rule == rule


def test_nothing_leaves_before_something_is_kept() -> None:
    report = a_remedy(RemedyKind.PLATFORM_REPORT)
    with pytest.raises(Refusal) as refused:
        remedies.refuse_unkept(report, RemedyStep.SEND, [report], 0)
    assert refused.value.code is RefusalCode.EVIDENCE_FIRST
    remedies.refuse_unkept(report, RemedyStep.SEND, [report], 1)
    kept = a_remedy(RemedyKind.EVIDENCE, state=RemedyState.DONE)
    remedies.refuse_unkept(report, RemedyStep.SEND, [report, kept], 0)
    remedies.refuse_unkept(a_remedy(RemedyKind.INSURER_CLAIM), RemedyStep.SEND, [], 0)


def test_what_comes_first_follows_what_was_done() -> None:
    insurer = {RuleId.INSURER_5_BUSINESS_DAYS}
    assert advise([], 0, insurer) == Advice(AdviceCode.KEEP, RemedyKind.EVIDENCE)
    assert advise([], 1, insurer).code is AdviceCode.TELL_INSURER
    assert advise([], 1, ()).code is AdviceCode.QUALIFY
    assert advise([], 0, insurer, Verdict.LICIT).code is AdviceCode.LICIT
    assert advise([], 1, (), Verdict.ILLICIT).code is AdviceCode.CHOOSE
    fitting = [RemedyKind.PLATFORM_REPORT, RemedyKind.HOST_NOTICE]
    fit = Advice(AdviceCode.FIT, RemedyKind.PLATFORM_REPORT)
    assert advise([], 1, (), Verdict.ILLICIT, fitting) == fit
    report = a_remedy(RemedyKind.PLATFORM_REPORT)
    assert advise([report], 1, ()) == Advice(AdviceCode.DO, report.kind, report)
    sent = replace(report, state=RemedyState.AWAITING)
    assert advise([sent], 1, ()).code is AdviceCode.WAIT
    refused = replace(report, state=RemedyState.REFUSED)
    following = advise([refused], 1, ())
    assert (following.code, following.kind) == (AdviceCode.FOLLOW, RemedyKind.HOST_NOTICE)
