"""Who a letter is for: looked for on the site and in the directory, confirmed by a person."""

import hashlib
import json
from collections.abc import Mapping

from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.forms import FormName
from bot.core.letter_limits import LONGEST_LINE
from bot.core.letters import LetterKind
from bot.core.messages import Button, ButtonStyle, Manner, Message
from bot.core.particulars import Fact
from bot.core.people import Asker
from bot.core.recipients import RecipientRole
from bot.core.sources import FetchFailed
from bot.core.urls import is_address
from bot.ports import Ports
from bot.usecases import find_recipients
from bot.usecases.find_recipients import Candidate, Proposal
from bot.usecases.gather_letters import draft_of
from bot.usecases.write_letters import keep_answers

_FOUND = "found-"
"""Begins the answers that hold whom was proposed, until one is chosen."""
_MOST = 6
_ROLES: Mapping[LetterKind, tuple[RecipientRole, ...]] = {
    LetterKind.AUTHOR_MESSAGE: (RecipientRole.AUTHOR,),
    LetterKind.PLATFORM_REPORT: (RecipientRole.HOST, RecipientRole.PUBLISHER),
    LetterKind.HOST_NOTICE: (RecipientRole.HOST, RecipientRole.PUBLISHER),
    LetterKind.INTERNAL_COMPLAINT: (RecipientRole.HOST, RecipientRole.PUBLISHER),
    LetterKind.DELISTING_REQUEST: (RecipientRole.SEARCH_ENGINE,),
    LetterKind.FORMAL_NOTICE: (
        RecipientRole.PUBLISHER,
        RecipientRole.HOST,
        RecipientRole.AUTHOR,
    ),
    LetterKind.RIGHT_OF_REPLY: (RecipientRole.PUBLISHER, RecipientRole.HOST),
    **dict.fromkeys(
        (
            LetterKind.ERASURE_REQUEST,
            LetterKind.ACCESS_REQUEST,
            LetterKind.RECTIFICATION_REQUEST,
            LetterKind.FOLLOW_UP,
            LetterKind.REGULATOR_COMPLAINT,
        ),
        (
            RecipientRole.PUBLISHER,
            RecipientRole.HOST,
            RecipientRole.SOURCE_OPERATOR,
            RecipientRole.SEARCH_ENGINE,
        ),
    ),
}
"""In what quality somebody receives each kind of letter, the best first."""
_TO_A_DIRECTOR = frozenset({LetterKind.FORMAL_NOTICE, LetterKind.RIGHT_OF_REPLY})


def is_searched(kind: LetterKind) -> bool:
    """Whether the site may say who receives that kind of letter."""
    return kind in _ROLES


async def search(ports: Ports, asker: Asker, action: Action) -> Message:
    """Look for who the letter is for; each is shown with what it is based on, none is chosen.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED; NOT_A_SEARCH: no site says who
            receives this letter; NOT_AN_ADDRESS, SOURCE_UNREADABLE.
    """
    async with ports.store.read() as tx:
        bench = await draft_of(ports, tx, action.target)
    kind = bench.letter.kind
    if not is_searched(kind):
        raise Refusal(RefusalCode.NOT_A_SEARCH)
    pages = [each.url for each in bench.facts.publications if is_address(each.url)]
    if not pages:
        raise Refusal(RefusalCode.NOT_AN_ADDRESS)
    try:
        proposal = await find_recipients.propose(ports, pages[0])
    except FetchFailed as failure:
        raise Refusal(RefusalCode.SOURCE_UNREADABLE, trouble=failure.problem) from None
    wanted = [each for role in _ROLES[kind] for each in proposal.of(role)][:_MOST]
    lines = [_line(kind, each) for each in wanted]
    async with ports.store.write() as tx:  # the letter may have been written on meanwhile
        bench = await draft_of(ports, tx, action.target)
        gone = {name: "" for name in bench.answers if name.startswith(_FOUND)}
        kept = {f"{_FOUND}{_mark(line)}": line for line in lines}
        await keep_answers(ports, tx, bench, {**gone, **kept})
    return _proposed(ports, action.target, kind, proposal, (wanted, lines))


async def take(ports: Ports, asker: Asker, action: Action) -> Message:
    """Have the letter go to somebody who was proposed: a person read it, and confirms.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED.
    """
    async with ports.store.write() as tx:
        bench = await draft_of(ports, tx, action.target)
        line = bench.answers.get(f"{_FOUND}{action.choice}")
        if not line:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        before = {name: "" for name in bench.answers if name.startswith(("recipient_", _FOUND))}
        after = await keep_answers(ports, tx, bench, before | json.loads(line))
    somebody = after.facts.respondent or after.facts.recipient
    return Message("toast", {"said": "recipient_taken", "name": somebody.name})


# Private from here on.


def _proposed(
    ports: Ports,
    letter: int,
    kind: LetterKind,
    proposal: Proposal,
    found: tuple[list[Candidate], list[str]],
) -> Message:
    candidates, lines = found
    rows = [
        (
            Button(
                "take_recipient",
                Action(Verb.TAKE_RECIPIENT, letter, _mark(line)),
                detail=f"{number}. {json.loads(line)['recipient_name']}"[:60],
                style=ButtonStyle.PRIMARY if number == 1 else ButtonStyle.PLAIN,
            ),
        )
        for number, line in enumerate(lines, 1)
    ]
    by_hand = Button("type_recipient", Action(Verb.FILL_FORM, letter, FormName.LETTER_RECIPIENT))
    told = proposal.failure.problem if proposal.failure else None
    trouble = ports.wording.label("fetch_problem", told) if told else ""
    values = {
        "proposal": proposal,
        "candidates": candidates,
        "kind": kind,
        "told": trouble,
    }
    return Message("letter_recipients", values, rows=(*rows, (by_hand,)), manner=Manner.REPLY)


def _line(kind: LetterKind, candidate: Candidate) -> str:
    """What the letter would hold of somebody, in one line."""
    name = " ".join(filter(None, (candidate.get(Fact.NAME), candidate.get(Fact.LEGAL_FORM))))
    siren = candidate.get(Fact.SIREN) or candidate.get(Fact.SIRET)[:9]
    told = {
        "recipient_name": name or candidate.get(Fact.EMAIL) or candidate.where,
        "recipient_attention": candidate.get(Fact.DIRECTOR) if kind in _TO_A_DIRECTOR else "",
        "recipient_email": candidate.get(Fact.EMAIL),
        "recipient_siren": siren,
        "recipient_form": candidate.form,
        "recipient_basis": candidate.basis.value,
        "recipient_where": candidate.where,
        "recipient_note": candidate.note,
        **_address(candidate),
    }
    kept = {each: " ".join(said.split()) for each, said in told.items() if said}
    kept["recipient_name"] = kept["recipient_name"][:LONGEST_LINE]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def _address(candidate: Candidate) -> dict[str, str]:
    """Its postal address, when all of it is known."""
    town, postcode = candidate.get(Fact.TOWN), candidate.get(Fact.POSTAL_CODE)
    street, country = candidate.get(Fact.STREET), candidate.get(Fact.COUNTRY)
    if not (street and town and (postcode or country)):
        return {}
    abroad = "" if country.lower() == "france" else country
    return {
        "recipient_lines": street,
        "recipient_postcode": postcode,
        "recipient_town": town,
        "recipient_country": abroad,
    }


def _mark(line: str) -> str:
    """What a button carries of somebody: another search brings other marks."""
    return hashlib.blake2b(line.encode(), digest_size=6).hexdigest()
