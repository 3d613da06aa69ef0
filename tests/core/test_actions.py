"""What a button carries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.actions import MAX_BYTES, Action, Verb
from bot.core.errors import Refusal, RefusalCode


@given(
    st.sampled_from(Verb),
    st.integers(1, 2**53 - 1),
    st.from_regex(r"\A[a-z0-9-]{0,4}\Z"),
)
def test_an_action_survives_its_button_and_fits_in_it(
    verb: Verb, target: int, choice: str
) -> None:
    action = Action(verb, target, choice)
    data = action.encode()
    assert Action.decode(data) == action
    assert len(data.encode()) <= MAX_BYTES


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("v1:zz:1", RefusalCode.BUTTON_EXPIRED),  # a verb of another age
        ("v2:cl:1", RefusalCode.BUTTON_EXPIRED),  # a version of another age
        ("v1:cl:0", RefusalCode.BUTTON_UNKNOWN),  # no object is number 0
        ("v1:cl:zzzzzzzzzzz", RefusalCode.BUTTON_UNKNOWN),  # beyond any database
        ("v1:cl:-1", RefusalCode.BUTTON_UNKNOWN),
        ("v1:cl:1:é", RefusalCode.BUTTON_UNKNOWN),
        ("v1:cl:1\n", RefusalCode.BUTTON_UNKNOWN),
        ("V1:CL:1", RefusalCode.BUTTON_UNKNOWN),
        ("", RefusalCode.BUTTON_UNKNOWN),
        ("{'verb': 'classify'}", RefusalCode.BUTTON_UNKNOWN),
        ("v1:cl:1; DROP TABLE mention", RefusalCode.BUTTON_UNKNOWN),
    ],
)
def test_what_we_never_wrote_is_refused(data: str, code: RefusalCode) -> None:
    with pytest.raises(Refusal) as refused:
        Action.decode(data)
    assert refused.value.code is code


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_button(data: str) -> None:
    try:
        Action.decode(data)
    except Refusal:
        return
