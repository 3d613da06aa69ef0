"""Forms: what is asked next, and what is taken for an answer."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import forms
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.files import Arrived
from bot.core.forms import Choice, Conversation, Field, FieldKind, Form, FormName
from bot.core.people import ChannelId, MemberId, PracticeId

ARRIVED = Arrived("0123456789abcdef" * 4, "avis.pdf", "application/pdf", 9, "L'avis")
TODAY = date(2026, 11, 23)
TALK = Conversation(
    PracticeId(1), MemberId(1), ChannelId(1), "source", 1, datetime(2026, 11, 23, tzinfo=UTC)
)
WHEN = Field(
    "when", FieldKind.CHOICE, choices=(Choice("tomorrow"), Choice("day"), Choice("never"))
)
DAY = Field("day", FieldKind.DAY, only_if=("when", "day"))
WHO = Field("who", FieldKind.CHOICES, is_optional=True, choices=(Choice("1", "A"), Choice("2")))
EXTRA = Field("extra", is_asked=False, is_optional=True)
FORM = Form(FormName.SOURCE, 1, (WHEN, DAY, WHO, EXTRA))


@pytest.mark.parametrize(
    ("field", "written", "kept"),
    [
        (Field("a"), "  un   deux ", "un deux"),
        (Field("a", FieldKind.TEXT), " un\n\ndeux ", "un\n\ndeux"),
        (Field("a", FieldKind.FILE), " https://presse.example/1 ", "https://presse.example/1"),
        (Field("a", FieldKind.FILE, longest=999), ARRIVED.encode(), ARRIVED.encode()),
        (Field("a", FieldKind.FILE, is_optional=True), "", ""),
        (Field("a", FieldKind.TIME), "7h30", "07:30"),
        (Field("a", FieldKind.TIME), "7 h 30", "07:30"),
        (Field("a", FieldKind.TIME), "19h", "19:00"),
        (Field("a", FieldKind.TIME), "7:05", "07:05"),
        (Field("a", FieldKind.DAY), "24/11", "2026-11-24"),
        (Field("a", FieldKind.DAY), "3/1", "2027-01-03"),
        (Field("a", FieldKind.DAY), "29/2/2028", "2028-02-29"),
        (Field("a", FieldKind.DAY), "2026-12-01", "2026-12-01"),
        (WHO, "2,1", "1,2"),
        (WHO, "", ""),
        (WHEN, "day", "day"),
    ],
)
def test_what_is_written_is_kept_in_one_form(field: Field, written: str, kept: str) -> None:
    assert forms.check(field, written, TODAY) == kept


@pytest.mark.parametrize(
    ("field", "written", "code"),
    [
        (Field("a"), "   ", RefusalCode.ANSWER_EMPTY),
        (Field("a", longest=3), "abcd", RefusalCode.ANSWER_TOO_LONG),
        (Field("a", FieldKind.TIME), "25h", RefusalCode.TIME_INVALID),
        (Field("a", FieldKind.TIME), "matin", RefusalCode.TIME_INVALID),
        (Field("a", FieldKind.DAY), "31/2", RefusalCode.DAY_UNREADABLE),
        (Field("a", FieldKind.DAY), "bientot", RefusalCode.DAY_UNREADABLE),
        (Field("a", FieldKind.DAY), "22/11/2026", RefusalCode.DAY_PAST),
        (Field("a", FieldKind.DAY), "29/2", RefusalCode.DAY_UNREADABLE),
        (WHEN, "sometimes", RefusalCode.CHOICE_UNKNOWN),
        (WHO, "1,3", RefusalCode.CHOICE_UNKNOWN),
    ],
)
def test_what_cannot_be_taken_says_why(field: Field, written: str, code: RefusalCode) -> None:
    with pytest.raises(Refusal) as caught:
        forms.check(field, written, TODAY)
    assert caught.value.code is code


@given(kind=st.sampled_from(FieldKind), written=st.text(), is_optional=st.booleans())
def test_any_text_is_kept_or_refused_and_what_is_kept_is_kept_again(
    *, kind: FieldKind, written: str, is_optional: bool
) -> None:
    field = Field("a", kind, is_optional=is_optional, choices=(Choice("x"), Choice("y")))
    try:
        kept = forms.check(field, written, TODAY)
    except Refusal:
        return
    assert forms.check(field, kept, TODAY) == kept


def test_questions_come_in_order_and_only_those_that_apply() -> None:
    talk = TALK
    assert forms.next_field(FORM, talk) == WHEN
    assert forms.progress(FORM, talk) == (1, 2)
    assert forms.next_field(FORM, forms.answered(talk, "when", "never")) == WHO
    talk = forms.answered(talk, "when", "day")
    assert forms.next_field(FORM, talk) == DAY
    assert forms.progress(FORM, talk) == (2, 3)
    talk = forms.answered(forms.answered(talk, "day", "2026-11-24"), "who", "")
    assert forms.next_field(FORM, talk) is None
    again = forms.asked_again(talk, {"extra": None, "when": None})
    assert forms.next_field(FORM, again) == WHEN
    assert forms.next_field(FORM, forms.answered(again, "when", "never")) == EXTRA


def test_what_is_known_is_not_asked() -> None:
    known = Form(FormName.SOURCE, 1, FORM.fields, answers={"when": "never", "who": "1"})
    assert forms.is_known(known)
    assert forms.next_field(known, TALK) is None


def test_choices_are_ticked_from_what_was_and_all_may_be_unticked() -> None:
    field = Field("who", FieldKind.CHOICES, choices=WHO.choices, initial="1")
    assert forms.ticked(field, TALK) == ("1",)
    both = forms.toggled(field, TALK, "2")
    assert forms.ticked(field, both) == ("1", "2")
    none = forms.toggled(field, forms.toggled(field, both, "1"), "2")
    assert forms.ticked(field, none) == ()


def test_a_form_sent_whole_says_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        forms.check_all(FORM, {"when": "day", "day": "x", "who": "9"}, TODAY)
    assert {name: each.code for name, each in caught.value.problems.items()} == {
        "day": RefusalCode.DAY_UNREADABLE,
        "who": RefusalCode.CHOICE_UNKNOWN,
    }
    kept = forms.check_all(FORM, {"when": "never"}, TODAY)
    assert kept == {"when": "never", "day": "", "who": "", "extra": ""}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-20", "2026-11-20"),
        ("20/11", "2026-11-20"),
        ("24/12", "2025-12-24"),  # the last one that was
        ("24/11/2026", "2026-11-24"),
    ],
)
def test_a_day_that_was_is_read_as_people_write_it(written: str, day: str) -> None:
    asked = Field("on", FieldKind.PAST_DAY)
    assert forms.check(asked, written, date(2026, 11, 24)) == day


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("25/11/2026", RefusalCode.DAY_AHEAD),
        ("30/02", RefusalCode.DAY_UNREADABLE),
        ("bientôt", RefusalCode.DAY_UNREADABLE),
    ],
)
def test_a_day_that_was_not_yet_is_refused(written: str, code: RefusalCode) -> None:
    with pytest.raises(Refusal) as refused:
        forms.check(Field("on", FieldKind.PAST_DAY), written, date(2026, 11, 24))
    assert refused.value.code is code
