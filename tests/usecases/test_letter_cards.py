"""Every letter as it begins: its card, its buttons and its first questions (tests/golden)."""

from dataclasses import replace

from bot.core import letter_fields
from bot.core.actions import Action, Verb
from bot.core.forms import Form, FormName
from bot.core.letter_elements import NEEDS
from bot.core.letterheads import Letter
from bot.core.letters import LetterKind
from bot.core.remedies import REMEDIES, Remedy, RemedyId, RemedyKind, RemedyState
from bot.ports import eq
from tests.cases import a_kept_case, a_remedy
from tests.conftest import Golden
from tests.letters import a_capture
from tests.world import LETTERS, MONDAY_NOON, WORDING, World, a_world

SENT = MONDAY_NOON.date()


async def begun(world: World, remedy: Remedy) -> Letter:
    data = Action(Verb.WRITE_LETTER, remedy.id).encode()
    await world.give(world.owner, [await world.desk.press(world.owner, data)])
    async with world.store.read() as tx:
        (letter,) = await tx.find(Letter, eq("remedy_id", remedy.id))
    return letter


async def test_every_letter_reads_as_it_was_agreed(golden: Golden) -> None:
    lines: list[str] = []
    async with a_world() as world:
        await a_kept_case(world)
        await a_capture(world)
        asked = await a_remedy(world, RemedyKind.HOST_NOTICE)
        async with world.store.write() as tx:
            answered = replace(
                asked,
                state=RemedyState.REFUSED,
                sent_on=SENT,
                received_on=SENT,
                answered_on=SENT,
                number="N-77",
                answer="Rien n'enfreint nos règles.",
                id=RemedyId(0),
            )
            before = await tx.add(answered)
        firsts = {rules.letter: kind for kind, rules in reversed(list(REMEDIES.items()))}
        for wanted, kind in firsts.items():
            if wanted is not None:
                follows = before.id if kind is RemedyKind.INTERNAL_COMPLAINT else 0
                letter = await begun(world, await a_remedy(world, kind, follows))
                card = world.chat.containing("✉️")
                lines += [f"=== {kind}", card.words, " ".join(f"[{each}]" for each in card.labels)]
                lines += await questions(world, letter)
    golden.check("letters", "\n".join(lines))


async def questions(world: World, letter: Letter) -> list[str]:
    """The first form about a letter, as it is put."""
    data = Action(Verb.FILL_FORM, letter.id, FormName.LETTER).encode()
    form = await world.desk.press(world.owner, data)
    if not isinstance(form, Form):
        return [world.words(form)]
    shown = WORDING.form(form)
    return [
        line
        for each in shown.fields
        for line in (f"· {each.question}", f"    {each.hint}".rstrip())
        if line.strip()
    ]


def test_every_question_of_a_letter_has_its_words() -> None:
    asked = {name for names in letter_fields.QUESTIONS.values() for name in names}
    asked |= {name for names in letter_fields.WORDS.values() for name in names}
    assert {f"letter_{name}" for name in asked} <= set(WORDING.labels("question"))
    assert set(letter_fields.WORDS) == set(LetterKind)
    texts = {"reasons", "reply", "data", "asks", "author_contact", "steps", "why", "annexes"}
    assert set(WORDING.labels("letter_text")) == texts
    remedies = {kind for kind, rules in REMEDIES.items() if rules.letter == "referral_sheet"}
    assert set(WORDING.labels("letter_asks")) == remedies


def test_all_that_a_letter_needs_can_be_given() -> None:
    by_themselves = {"sincerity", "days", "prescription"}
    pieces = {"capture", "copy_of_request", "proof_of_receipt", "mandate"}
    needed = {each.value for elements in NEEDS.values() for each in elements}
    assert needed == {*letter_fields.QUESTIONS, *by_themselves, *pieces}


def test_every_harm_can_be_chosen() -> None:
    field = letter_fields.field_of("harm", LETTERS.grounds)
    assert {each.value for each in field.choices} == set(LETTERS.grounds)
