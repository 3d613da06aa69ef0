"""A case opens, closes, comes back and joins another, and knows when it can be taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import cases
from bot.core.cases import (
    Case,
    CaseDeadline,
    CaseEvent,
    CaseId,
    CaseStatus,
    Outcome,
    Step,
    was_acted_on,
)
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import RuleId, Side, Territory
from bot.core.mentions import MentionId
from bot.core.people import MemberId, PracticeId

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
ONE = Case(PracticeId(1), MentionId(1), NOON, MemberId(1), id=CaseId(1))
TWO = replace(ONE, mention_id=MentionId(2), id=CaseId(2))


def an_event(step: Step) -> CaseEvent:
    return CaseEvent(CaseId(1), NOON, MemberId(1), step)


def a_deadline(*, is_done: bool) -> CaseDeadline:
    return CaseDeadline(
        case_id=CaseId(1),
        practice_id=PracticeId(1),
        rule=RuleId.PRESS_3M,
        territory=Territory.METRO,
        starts_on=date(2026, 11, 11),
        start_is_uncertain=False,
        side=Side.OURS,
        strict_on=date(2027, 2, 11),
        bites_on=date(2027, 2, 11),
        created_on=date(2026, 11, 23),
        done_at=NOON if is_done else None,
    )


@given(st.lists(st.sampled_from(sorted(set(Step) - {Step.REMEDY}))))
def test_a_case_nobody_outside_heard_of_can_be_taken_back(steps: list[Step]) -> None:
    assert not was_acted_on(map(an_event, steps), [a_deadline(is_done=False)])


def test_what_others_saw_cannot_be_taken_back() -> None:
    assert was_acted_on([an_event(Step.OPEN), an_event(Step.REMEDY), an_event(Step.CLOSE)], [])


def test_a_deadline_that_is_done_cannot_be_taken_back() -> None:
    dated = [a_deadline(is_done=False), a_deadline(is_done=True)]
    assert was_acted_on([an_event(Step.OPEN), an_event(Step.COMPLETE)], dated)


def test_a_case_ends_with_its_outcome_and_comes_back_as_it_was() -> None:
    ended = cases.close(ONE, Outcome.REMOVED, NOON)
    assert (ended.status, ended.outcome) == (CaseStatus.CLOSED, Outcome.REMOVED)
    assert cases.reopen(ended) == ONE


def test_a_case_that_joined_another_is_dealt_with_there() -> None:
    joined = cases.merge(TWO, ONE, NOON)
    assert (joined.outcome, joined.merged_into) == (Outcome.MERGED, ONE.id)
    with pytest.raises(Refusal) as refused:
        cases.reopen(joined)
    assert refused.value == Refusal(RefusalCode.CASE_MERGED, case=ONE.id)


@pytest.mark.parametrize(
    ("case", "into", "code"),
    [
        (ONE, ONE, RefusalCode.CASE_ITSELF),
        (replace(TWO, practice_id=PracticeId(2)), ONE, RefusalCode.CASE_ELSEWHERE),
        (replace(TWO, status=CaseStatus.CLOSED), ONE, RefusalCode.CASE_CLOSED),
        (TWO, replace(ONE, status=CaseStatus.CLOSED), RefusalCode.CASE_CLOSED),
    ],
)
def test_cases_that_cannot_be_one(case: Case, into: Case, code: RefusalCode) -> None:
    with pytest.raises(Refusal) as refused:
        cases.merge(case, into, NOON)
    assert refused.value.code is code


def test_a_closed_case_is_given_in_charge_of_nobody() -> None:
    with pytest.raises(Refusal):
        cases.assign(cases.close(ONE, Outcome.ABANDONED, NOON), MemberId(2))
