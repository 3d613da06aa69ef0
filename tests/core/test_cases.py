"""The state machine of a case, and when it can be taken back."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cases import CaseDeadline, CaseEvent, CaseId, Step, was_acted_on
from bot.core.law import RuleId, Side, Territory
from bot.core.people import MemberId, PracticeId

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
IN_THE_WORLD = {
    Step.SEND_ONLINE,
    Step.SEND_BY_POST,
    Step.ACKNOWLEDGE_RECEIPT,
    Step.RECORD_ANSWER,
}


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


@given(st.lists(st.sampled_from(sorted(set(Step) - IN_THE_WORLD))))
def test_a_case_nobody_outside_heard_of_can_be_taken_back(steps: list[Step]) -> None:
    assert not was_acted_on(map(an_event, steps), [a_deadline(is_done=False)])


@pytest.mark.parametrize("step", sorted(IN_THE_WORLD))
def test_what_others_saw_cannot_be_taken_back(step: Step) -> None:
    assert was_acted_on([an_event(Step.OPEN), an_event(step), an_event(Step.CLOSE)], [])


def test_a_deadline_that_is_done_cannot_be_taken_back() -> None:
    dated = [a_deadline(is_done=False), a_deadline(is_done=True)]
    assert was_acted_on([an_event(Step.OPEN), an_event(Step.COMPLETE)], dated)
