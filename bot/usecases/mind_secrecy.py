"""Members' own words, looked at for a patient's data: said at once, and put away at a touch.

A messaging service is no place for health data (CSP L1111-8). What was stored here can be erased
by a button; a person's own message is theirs to delete, and they are told so.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.core import replies
from bot.core.actions import Action, Verb
from bot.core.assessments import Assessment
from bot.core.errors import Refusal, RefusalCode
from bot.core.evidence import Attachment
from bot.core.forms import Form
from bot.core.mentions import Mention, Note, Proposal
from bot.core.messages import Button, ButtonStyle, Manner, Message, Row
from bot.core.outbox import Subject
from bot.core.people import Asker, Right, may
from bot.core.replies import Draft, DraftStep
from bot.core.search import Search
from bot.core.secrecy import PatientData
from bot.ports import Ports, Transaction
from bot.usecases import collect_evidence
from bot.usecases.fill_outbox import refresh, refresh_mention
from bot.usecases.find_targets import find_target

_OUR_OWN = frozenset({PatientData.PHONE, PatientData.EMAIL})
"""What may be the practice's in a reply to the public; the guard judges it there."""


def minded(
    ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str], answer: Message
) -> Message:
    """The answer to a form, under a warning when its free words tell of a patient."""
    typed = answer.typed
    free = [answers.get(each.name, "") for each in form.fields if each.is_free]
    found = ports.guard.patient_data(typed.words if typed else "\n".join(free))
    if typed is not None and typed.is_public:
        found = tuple(each for each in found if each not in _OUR_OWN)
    if not found:
        return answer
    kept = typed.kept if typed else ""
    keep = Button("keep_words", Action(Verb.NEVER_MIND, asker.member.practice_id))
    row: Row = ()
    if kept:
        erase = Action(Verb.ERASE_WORDS, asker.member.practice_id, kept)
        row = (Button("erase_words", erase, style=ButtonStyle.PRIMARY), keep)
    warning = replace(_warning(found, kept), rows=(row,) if row else ())
    manner = Manner.REPLY if answer.manner is Manner.TOAST else answer.manner
    return replace(answer, above=warning, manner=manner)


def stray(ports: Ports, words: str) -> Message | None:
    """What to say of words nobody asked for that tell of a patient; nothing of the others."""
    found = ports.guard.patient_data(words)
    return _warning(found, "") if found else None


def public_patient_data(ports: Ports, words: str) -> tuple[PatientData, ...]:
    """What of a patient stands in words that are meant to be published."""
    return tuple(each for each in ports.guard.patient_data(words) if each not in _OUR_OWN)


async def erase(ports: Ports, asker: Asker, action: Action) -> Message:
    """Put our own copy of what was typed away.

    Raises:
        Refusal: BUTTON_EXPIRED: there is none any more, or it is another practice's;
            ROLE_TOO_LOW: it is somebody else's; REPLY_PUBLISHED.
    """
    kind, _, number = action.choice.partition("-")
    if kind not in {*_ERASERS, collect_evidence.ERASED_AS} or not number.isdecimal():
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    async with ports.store.write() as tx:
        if kind in _ERASERS:
            row = await _ERASERS[kind](tx, asker, int(number))
        else:
            row = await _erase_piece(ports, tx, asker, int(number))
    rows = (row,) if row else ()
    return Message("toast", {"said": "words_erased"}, rows=rows, manner=Manner.REPLACE)


async def _erase_note(tx: Transaction, asker: Asker, identifier: int) -> Row:
    """What stays says that there was a note."""
    note = await find_target(tx, Note, identifier)
    mention = await find_target(tx, Mention, note.mention_id)
    _check(asker, mention.practice_id, note.member_id)
    await tx.save(replace(note, words="", is_erased=True))
    await refresh_mention(tx, note.mention_id)
    return ()


async def _erase_draft(tx: Transaction, asker: Asker, identifier: int) -> Row:
    """What stays is the template."""
    draft = await find_target(tx, Draft, identifier)
    _check(asker, draft.practice_id, draft.author_id)
    bare = replies.take(draft, DraftStep.REWORD, asker.member.id)
    await tx.save(replace(bare, words="", worded_by=None))
    await refresh(tx, Subject.DRAFT, draft.id)
    return ()


async def _erase_search(tx: Transaction, asker: Asker, identifier: int) -> Row:
    """Its pages cannot be turned any more."""
    search = await find_target(tx, Search, identifier)
    _check(asker, search.practice_id, search.member_id)
    await tx.remove(search)
    return ()


async def _erase_comment(tx: Transaction, asker: Asker, identifier: int) -> Row:
    """What was proposed can still be followed, without what was said of it."""
    proposal = await find_target(tx, Proposal, identifier)
    _check(asker, proposal.practice_id, proposal.member_id)
    await tx.save(replace(proposal, note=""))
    follow = Button("follow", Action(Verb.FOLLOW, proposal.id), style=ButtonStyle.PRIMARY)
    return (follow, Button("no_thanks", Action(Verb.NEVER_MIND, proposal.practice_id)))


async def _erase_reason(tx: Transaction, asker: Asker, identifier: int) -> Row:
    """What stays is what was concluded."""
    assessment = await find_target(tx, Assessment, identifier)
    _check(asker, assessment.practice_id, assessment.decided_by)
    await tx.save(replace(assessment, why=""))
    await refresh(tx, Subject.CASE, assessment.case_id)
    return ()


async def _erase_piece(ports: Ports, tx: Transaction, asker: Asker, identifier: int) -> Row:
    """The whole piece: its words are those of the file too."""
    piece = await find_target(tx, Attachment, identifier)
    _check(asker, piece.practice_id, piece.added_by)
    await collect_evidence.take_away(ports, tx, asker, piece)
    return ()


_Eraser = Callable[[Transaction, Asker, int], Awaitable[Row]]
_ERASERS: Mapping[str, _Eraser] = {
    "note": _erase_note,
    "draft": _erase_draft,
    "search": _erase_search,
    "comment": _erase_comment,
    "reason": _erase_reason,
}
"""What puts each kind of copy away (``Typed.kept``), and what may still be done then."""


def _check(asker: Asker, practice: int, author: int) -> None:
    if practice != asker.member.practice_id:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    if author != asker.member.id and not may(asker.member.role, Right.TRIAGE):
        raise Refusal(RefusalCode.ROLE_TOO_LOW)


def _warning(found: tuple[PatientData, ...], kept: str) -> Message:
    values = {"found": found, "kept": kept.partition("-")[0]}
    return Message("patient_data", values, manner=Manner.REPLY)
