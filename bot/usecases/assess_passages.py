"""Qualification: of each passage, what a person concludes; and what follows from it.

The bot shows the signals it found, and why; it concludes nothing. A passage is probably licit
until somebody holds otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.core import cases, qualifying, text
from bot.core.actions import Action
from bot.core.assessments import Assessment, Nature, Target, Truth
from bot.core.cases import Case, CaseEvent, Step
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.harms import Harm
from bot.core.law import RuleId
from bot.core.mentions import Mention, MentionId
from bot.core.messages import Message
from bot.core.outbox import Subject
from bot.core.passages import LONGEST, find_quote, mark, pieces, published_text
from bot.core.people import Asker
from bot.ports import Ports, Transaction, eq
from bot.usecases import show_passages, triage_mentions
from bot.usecases.fill_outbox import refresh
from bot.usecases.find_targets import case_of, find_target, practice_of
from bot.usecases.tend_clocks import follow_assessments, publications

LICIT = "licit"
_LONGEST_REASON = 1000
_YES, _NO = "yes", "no"
_PUBLIC, _CLOSED = "public", "closed"
_JOURNAL = 80
"""Characters of a passage in the journal."""


async def qualify(ports: Ports, asker: Asker, action: Action) -> Message:
    """A page of the passages of a case's publications, those with signals first.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        case = await case_of(tx, action.target)
        return await show_passages.page(ports, tx, case, action.choice)


async def assess_passage(ports: Ports, asker: Asker, action: Action) -> Form:
    """What to ask about one passage.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    known = {"passage": action.choice}
    async with ports.store.read() as tx:
        form = await assess_form(ports, tx, asker, action.target, known)
    return replace(form, answers=dict(form.answers) | known)


async def assess_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The questions about a passage; of one that was not chosen, first its words.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    case = await case_of(tx, target)
    cases.refuse_closed(case)
    told = await publications(tx, case)
    if chosen := known.get("passage", ""):
        mention: MentionId | None
        mention, quote = await _passage(tx, case, told, chosen)
        first = Field("passage", is_asked=False, is_optional=True, is_hidden=True)
    else:
        mention, quote = _quoted(told, known.get("quote", ""))
        first = Field("quote", FieldKind.TEXT, longest=LONGEST, verify=_verifier(told))
    before = await _before(tx, case, mention, quote) if mention else None
    said = quote or ports.wording.label("sentence", "this_passage")
    facts = {"said": text.excerpt(said, (), _JOURNAL)[0], "whole": said}
    return Form(FormName.ASSESS, target, (first, *_questions(ports, quote, before)), facts=facts)


async def assess(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Keep what a person concluded of a passage; the dates and the remedies follow.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
        Invalid: both licit and illicit; words that are not in the publication.
    """
    if answers["harms"].startswith(f"{LICIT},"):  # it is the first of the choices
        raise Invalid({"harms": Refusal(RefusalCode.LICIT_AND_HARM)})
    async with ports.store.write() as tx:
        case = await case_of(tx, form.target)
        cases.refuse_closed(case)
        passage = await _of_the_form(tx, case, answers)
        kept = await tx.add(_concluded(ports, asker, case, passage, answers))
        detail = f"{','.join(kept.harms) or LICIT}: {_short(kept.quote)}"
        await _note(ports, tx, asker, case, Step.ASSESS, detail)
        armed = await _follow(ports, tx, case)
        return await show_passages.concluded(ports, tx, case, kept, armed)


async def remove(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take back what was concluded of a passage; the journal keeps that it was.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    async with ports.store.write() as tx:
        removed = await find_target(tx, Assessment, action.target)
        case = await case_of(tx, removed.case_id)
        cases.refuse_closed(case)
        for each in await tx.find(Assessment, eq("case_id", case.id)):
            if each.mention_id == removed.mention_id and mark(each.quote) == mark(removed.quote):
                await tx.remove(each)
        await _note(ports, tx, asker, case, Step.UNASSESS, _short(removed.quote))
        await _follow(ports, tx, case)
        return await show_passages.page(ports, tx, case, action.choice or "1")


async def hold_licit(ports: Ports, asker: Asker, action: Action) -> Message:
    """Class a publication licit after all, once nothing in it is held illicit.

    Raises:
        Refusal: BUTTON_EXPIRED; NOT_LICIT while something is held; CASE_HAS_STEPS once something
            was done in the world: the case is then closed with its outcome.
    """
    async with ports.store.read() as tx:
        case = await case_of(tx, action.target)
        found = await tx.find(Assessment, eq("case_id", case.id))
        is_joined = len(await publications(tx, case)) > 1
    if qualifying.verdict(qualifying.current(found)) is not qualifying.Verdict.LICIT:
        raise Refusal(RefusalCode.NOT_LICIT)
    if is_joined:
        raise Refusal(RefusalCode.CASE_HAS_STEPS)
    return await triage_mentions.hold_licit(ports, asker, case.mention_id)


# Private from here on.


def _questions(ports: Ports, quote: str, before: Assessment | None) -> tuple[Field, ...]:
    """What teaches, then what is concluded; nothing illicit is ticked beforehand."""

    def chosen(name: str, group: str, values: Sequence[str], first: str = "") -> Field:
        choices = tuple(Choice(each, ports.wording.label(group, each)) for each in values)
        return Field(name, FieldKind.CHOICE, choices=choices, initial=first)

    told = before
    publicity = _CLOSED if told and not told.is_public else _PUBLIC
    identifiable = _NO if told and not told.is_identifiable else _YES
    truth = chosen("truth", "truth", list(Truth), told.truth if told else "")
    return (
        chosen("nature", "nature", list(Nature), told.nature if told else ""),
        replace(truth, only_if=("nature", Nature.FACT)),
        chosen("target", "target", list(Target), told.target if told else ""),
        chosen("public", "publicity", (_PUBLIC, _CLOSED), publicity),
        chosen("identifiable", "identifiable", (_YES, _NO), identifiable),
        Field(
            "harms",
            FieldKind.CHOICES,
            is_optional=True,
            choices=_kinds(ports, quote),
            initial=",".join(told.harms or (LICIT,)) if told else "",
        ),
        Field(
            "why",
            FieldKind.TEXT,
            is_optional=True,
            is_free=True,
            longest=_LONGEST_REASON,
            initial=told.why if told else "",
        ),
    )


def _kinds(ports: Ports, quote: str) -> tuple[Choice, ...]:
    """Licit first, then the kinds the signals of these words may be, then all the others."""
    reading = ports.harms.read(quote)
    likely = dict.fromkeys((*(each.kind for each in reading.signals), *reading.kinds))
    others = [harm for harm in Harm if harm not in likely]

    def said(harm: Harm, group: str) -> Choice:
        name = ports.wording.label("harm", harm)
        return Choice(harm.value, ports.wording.label("sentence", group).format(name=name))

    licit = Choice(LICIT, ports.wording.label("sentence", "licit"))
    return (
        licit,
        *(said(harm, "likely_harm") for harm in likely),
        *(said(harm, "other_harm") for harm in others),
    )


def _concluded(
    ports: Ports,
    asker: Asker,
    case: Case,
    passage: tuple[MentionId, str],
    answers: Mapping[str, str],
) -> Assessment:
    """What was answered, as it is kept; an opinion is neither true nor false."""
    mention, quote = passage
    harms = tuple(filter(None, answers["harms"].removeprefix(LICIT).split(",")))
    licit = "" if harms else ports.harms.read(quote).licit_kind.value
    return Assessment(
        case_id=case.id,
        practice_id=case.practice_id,
        mention_id=mention,
        quote=quote,
        decided_at=ports.clock.now(),
        decided_by=asker.member.id,
        nature=Nature(answers["nature"]),
        target=Target(answers["target"]),
        is_public=answers["public"] == _PUBLIC,
        is_identifiable=answers["identifiable"] == _YES,
        truth=Truth(answers.get("truth") or Truth.UNKNOWN),
        harms=harms,
        licit=licit,
        why=answers.get("why", ""),
    )


async def _follow(ports: Ports, tx: Transaction, case: Case) -> frozenset[RuleId]:
    """The dates that follow, and every copy of what shows them."""
    practice = await practice_of(tx, case)
    armed = await follow_assessments(ports, tx, case, practice)
    await refresh(tx, Subject.CASE, case.id)
    return armed


async def _note(
    ports: Ports, tx: Transaction, asker: Asker, case: Case, step: Step, detail: str
) -> None:
    event = CaseEvent(case.id, ports.clock.now(), asker.member.id, step, detail)
    await tx.add(event)


async def _of_the_form(
    tx: Transaction, case: Case, answers: Mapping[str, str]
) -> tuple[MentionId, str]:
    told = await publications(tx, case)
    if chosen := answers.get("passage", ""):
        mention, quote = await _passage(tx, case, told, chosen)
    else:
        found, quote = _quoted(told, answers["quote"])
        if found is None:
            raise Invalid({"quote": Refusal(RefusalCode.QUOTE_NOT_FOUND)})
        mention = found
    return mention, quote


async def _passage(
    tx: Transaction, case: Case, told: Sequence[Mention], chosen: str
) -> tuple[MentionId, str]:
    """The passage a button carries: a sentence of a publication, or words quoted before.

    Raises:
        Refusal: BUTTON_EXPIRED when it says something else since.
    """
    number, _, wanted = chosen.partition("-")
    for mention in told:
        if str(mention.id) != number:
            continue
        before = await tx.find(Assessment, eq("case_id", case.id), eq("mention_id", mention.id))
        known = (*pieces(published_text(mention)), *(each.quote for each in before))
        for quote in known:
            if mark(quote) == wanted:
                return mention.id, quote
    raise Refusal(RefusalCode.BUTTON_EXPIRED)


def _quoted(told: Sequence[Mention], written: str) -> tuple[MentionId | None, str]:
    """Where words that were typed or pasted stand; a picture has none to be found among."""
    for mention in told:
        if quote := find_quote(published_text(mention), written):
            return mention.id, quote
    for mention in told:
        if mention.picture or not text.words(published_text(mention)):
            return mention.id, written.strip()
    return None, ""


def _verifier(told: Sequence[Mention]) -> Callable[[str], None]:
    """What refuses words that no publication of the case holds."""

    def verify(written: str) -> None:
        if _quoted(told, written)[0] is None:
            raise Refusal(RefusalCode.QUOTE_NOT_FOUND)

    return verify


async def _before(
    tx: Transaction, case: Case, mention: MentionId, quote: str
) -> Assessment | None:
    """What was concluded of the same words before."""
    found = await tx.find(Assessment, eq("case_id", case.id), eq("mention_id", mention))
    same = [each for each in found if mark(each.quote) == mark(quote)]
    return max(same, key=lambda each: each.id, default=None)


def _short(quote: str) -> str:
    return text.excerpt(quote, (), _JOURNAL)[0]
