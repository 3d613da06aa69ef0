"""The pieces of a case: added by hand, listed, given back as they came, taken away.

What a machine captures by itself will join the same list. A piece is a preparatory file: its hash
shows that it did not change since it came, not that what it shows was online.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core import cases
from bot.core.actions import Action, Verb
from bot.core.cases import Case, CaseEvent, CaseStatus, Step
from bot.core.errors import Altered, Refusal, RefusalCode
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.files import LONGEST_ANSWER, Arrived, Offered
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.letter_limits import LONGEST_LINE
from bot.core.letters import AnnexRole
from bot.core.mentions import Mention
from bot.core.messages import Button, File, Manner, Message, Typed
from bot.core.outbox import Subject
from bot.core.people import Asker, Member, Practice, Right, may
from bot.core.remedies import Remedy, RemedyKind, RemedyState, RemedyStep, move
from bot.core.urls import outlet
from bot.ports import Ports, Transaction, among, eq
from bot.usecases.fill_outbox import refresh
from bot.usecases.find_targets import case_of, find_target, today_of
from bot.usecases.list_subjects import page_of, turns
from bot.usecases.take_files import take_in

ON_A_PAGE = 5
ERASED_AS = "piece"
"""What a copy of a piece's words is called, to be put away (see ``messages.Typed``)."""
_MOST_CASES = 6
"""Open cases a file shown by itself may join: the latest."""
_JOINS = "case-"
_OUTLET, _TITLE = 24, 60
"""Characters shown of an outlet on a button, and of a title in a sentence."""
_HANDMADE = frozenset({AttachmentKind.PICTURE, AttachmentKind.DOCUMENT, AttachmentKind.LINK})
"""What a person added, and may take away; a letter of ours stays with what was done with it."""


@dataclass(frozen=True, slots=True)
class _New:
    """A piece about to be added."""

    kind: AttachmentKind
    title: str
    digest: str
    name: str = ""
    media_type: str = ""
    size: int = 0
    url: str = ""


async def attach_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """The file or the address, what to call it, what it shows.

    A caption is a title already: it is not asked again.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    cases.refuse_closed(await case_of(tx, target))
    arrived = Arrived.decode(known.get("file", ""))
    roles = tuple(Choice(each, ports.wording.label("annex_role", each)) for each in AnnexRole)
    fields = (
        Field("file", FieldKind.FILE, longest=LONGEST_ANSWER),
        Field("title", is_optional=True, longest=LONGEST_LINE, is_free=True),
        Field("role", FieldKind.CHOICE, choices=roles, initial=AnnexRole.CAPTURE.value),
    )
    titled = {"title": arrived.caption} if arrived and arrived.caption else {}
    return Form(FormName.ATTACH, target, fields, facts={"case": target}, answers=titled)


async def attach(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Add a file or an address to a case.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED; PIECE_KNOWN: the case has it already.
    """
    said, title = answers["file"], answers["title"]
    arrived = Arrived.decode(said)
    new = _from_file(arrived, title) if arrived else _from_link(said, title)
    return await _add(ports, asker, form.target, new, AnnexRole(answers["role"]))


async def attach_shown(ports: Ports, asker: Asker, choice: str, shown: str) -> Message:
    """Add a file that was shown outside any question; it is fetched only now.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, PIECE_KNOWN, and what ``take_in`` refuses.
        Outage: the file did not come.
    """
    offered = Offered.decode(shown)
    if offered is None:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    case = int(choice.removeprefix(_JOINS))
    async with ports.store.read() as tx:
        cases.refuse_closed(await case_of(tx, case))
    arrived = await take_in(ports, asker.channel.platform, offered)
    return await _add(ports, asker, case, _from_file(arrived, ""), AnnexRole.CAPTURE)


def is_join(choice: str) -> bool:
    """Whether a choice of ``joinable`` was made."""
    return choice.startswith(_JOINS)


async def joinable(ports: Ports, tx: Transaction, asker: Asker) -> list[Choice]:
    """The open cases a file may join, the latest first; none for who may not add to them."""
    if not may(asker.member.role, Right.WORK_CASES):
        return []
    home = eq("practice_id", asker.member.practice_id)
    is_open = eq("status", CaseStatus.OPEN)
    found = await tx.find(Case, home, is_open, order="-id", limit=_MOST_CASES)
    mentions = await tx.find(Mention, among("id", [case.mention_id for case in found]))
    names = {each.id: (each.outlet or outlet(each.url) or each.title) for each in mentions}
    words = ports.wording.label("choice", "join_case")
    return [
        Choice(
            f"{_JOINS}{case.id}",
            words.format(case=case.id, outlet=names.get(case.mention_id, "")[:_OUTLET]),
        )
        for case in found
    ]


async def pieces(ports: Ports, asker: Asker, action: Action) -> Message:
    """The pieces of a case, a page at a time; the page turned takes the place of the other.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    page = int(action.choice) if action.choice.isdecimal() else 1
    drawn = await _draw(ports, asker, action.target, page)
    return drawn if action.choice else replace(drawn, manner=Manner.REPLY)


async def give(ports: Ports, asker: Asker, action: Action) -> Message:
    """Give a piece back as it came, its hash verified; the address of a link.

    Raises:
        Refusal: BUTTON_EXPIRED, PIECE_LOST, PIECE_ALTERED.
        Outage: the archive cannot be read now.
    """
    async with ports.store.read() as tx:
        piece = await find_target(tx, Attachment, action.target)
    if piece.kind is AttachmentKind.LINK:
        return Message("piece", {"piece": piece}, manner=Manner.REPLY)
    try:
        content = await ports.archive.get(piece.digest)
    except LookupError:
        raise Refusal(RefusalCode.PIECE_LOST) from None
    except Altered:
        raise Refusal(RefusalCode.PIECE_ALTERED) from None
    file = File(piece.name, piece.media_type, content)
    return Message("piece", {"piece": piece}, manner=Manner.REPLY, files=(file,))


async def detach(ports: Ports, asker: Asker, action: Action) -> Message:
    """Take a piece out of its case; its bytes stay in the archive, where others may be the same.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED.
    """
    async with ports.store.write() as tx:
        piece = await find_target(tx, Attachment, action.target)
        await take_away(ports, tx, asker, piece)
    return await _draw(ports, asker, piece.case_id, 1)


async def take_away(ports: Ports, tx: Transaction, asker: Asker, piece: Attachment) -> None:
    """Take a piece out of its case, and write it in the journal.

    Raises:
        Refusal: BUTTON_EXPIRED: no person added it; CASE_CLOSED.
    """
    if piece.kind not in _HANDMADE:
        raise Refusal(RefusalCode.BUTTON_EXPIRED)
    cases.refuse_closed(await case_of(tx, piece.case_id))
    await tx.remove(piece)
    await _note(ports, tx, asker, piece, Step.DETACH)


def _from_file(arrived: Arrived, title: str) -> _New:
    return _New(
        kind=arrived.kind,
        title=title or arrived.caption or arrived.name,
        digest=arrived.digest,
        name=arrived.name,
        media_type=arrived.media_type,
        size=arrived.size,
    )


def _from_link(url: str, title: str) -> _New:
    digest = hashlib.sha256(url.encode()).hexdigest()
    return _New(AttachmentKind.LINK, title or outlet(url) or url, digest, url=url)


async def _add(ports: Ports, asker: Asker, target: int, new: _New, role: AnnexRole) -> Message:
    now = ports.clock.now()
    async with ports.store.write() as tx:
        case = await case_of(tx, target)
        cases.refuse_closed(case)
        same = await tx.find(Attachment, eq("case_id", case.id), eq("digest", new.digest))
        if same:
            raise await _known(tx, same[0])
        piece = await tx.add(
            Attachment(
                case_id=case.id,
                practice_id=case.practice_id,
                kind=new.kind,
                title=new.title[:LONGEST_LINE],
                added_at=now,
                added_by=asker.member.id,
                name=new.name,
                media_type=new.media_type,
                size=new.size,
                digest=new.digest,
                url=new.url,
                role=role,
            )
        )
        await _note(ports, tx, asker, piece, Step.ATTACH)
        if role is AnnexRole.CAPTURE:
            await _note_kept(ports, tx, case)
    return _told(piece)


async def _note_kept(ports: Ports, tx: Transaction, case: Case) -> None:
    """What was to be kept is: nobody has to say so twice."""
    kept = (eq("case_id", case.id), eq("kind", RemedyKind.EVIDENCE))
    for remedy in await tx.find(Remedy, *kept, eq("state", RemedyState.TO_DO)):
        today = await today_of(ports, tx, remedy)
        await tx.save(move(remedy, RemedyStep.COMPLETE, today).remedy)
        await refresh(tx, Subject.REMEDY, remedy.id)


def _told(piece: Attachment) -> Message:
    """That it was added; its title and its name are looked at for a patient's data."""
    row = (
        Button("pieces", Action(Verb.OPEN_PIECES, piece.case_id)),
        Button("attach", Action(Verb.FILL_FORM, piece.case_id, FormName.ATTACH)),
        _back(piece.case_id),
    )
    typed = Typed(_words(piece), f"{ERASED_AS}-{piece.id}")
    values = {"piece": piece}
    return Message("piece_added", values, rows=(row,), manner=Manner.REPLY, typed=typed)


async def _note(
    ports: Ports, tx: Transaction, asker: Asker, piece: Attachment, step: Step
) -> None:
    """Write it in the journal, which keeps nothing of a patient, and show every card anew."""
    title = "" if ports.guard.patient_data(_words(piece)) else piece.title
    now = ports.clock.now()
    await tx.add(CaseEvent(piece.case_id, now, asker.member.id, step, title))
    taken = await tx.find(Remedy, eq("case_id", piece.case_id))
    await refresh(tx, Subject.CASE, piece.case_id)
    await refresh(tx, Subject.REMEDY, *(each.id for each in taken))


def _words(piece: Attachment) -> str:
    return f"{piece.title}. {piece.name}"


async def _draw(ports: Ports, asker: Asker, target: int, page: int) -> Message:
    async with ports.store.read() as tx:
        case = await case_of(tx, target)
        found = await tx.find(Attachment, eq("case_id", case.id), order="id")
        shown, page, count = page_of(found, page, ON_A_PAGE)
        members = await tx.find(Member, among("id", [each.added_by for each in shown]))
        practice = await tx.get(Practice, case.practice_id)
    works = case.status is CaseStatus.OPEN and may(asker.member.role, Right.WORK_CASES)
    first = (page - 1) * ON_A_PAGE + 1
    values = {
        "case": case,
        "pieces": shown,
        "first": first,
        "total": len(found),
        "page": page,
        "pages": count,
        "members": {member.id: member.name for member in members},
        "practice": practice,
    }
    add = Button("attach", Action(Verb.FILL_FORM, case.id, FormName.ATTACH))
    attach = (add,) if works else ()
    rows = (
        *_piece_rows(shown, first, works=works),
        turns(page, count, lambda to: Action(Verb.OPEN_PIECES, case.id, str(to))),
        (*attach, _back(case.id)),
    )
    kept = tuple(row for row in rows if row)
    return Message("pieces", values, rows=kept, manner=Manner.REPLACE)


def _back(case: int) -> Button:
    return Button("open_case", Action(Verb.OPEN_CASE, case), detail=str(case))


def _piece_rows(
    shown: Sequence[Attachment], first: int, *, works: bool
) -> list[tuple[Button, ...]]:
    """A row for each piece: have it, and take it away."""
    rows = []
    for number, piece in enumerate(shown, first):
        row = [Button("give_piece", Action(Verb.GIVE_PIECE, piece.id), detail=str(number))]
        if works and piece.kind in _HANDMADE:
            away = Action(Verb.DETACH_PIECE, piece.id)
            row.append(Button("detach_piece", away, detail=str(number), confirm="detach_piece"))
        rows.append(tuple(row))
    return rows


async def _known(tx: Transaction, piece: Attachment) -> Refusal:
    """Why the same bytes are not added twice."""
    practice = await tx.get(Practice, piece.practice_id)
    zone = practice.timezone if practice else "UTC"
    title = piece.title if len(piece.title) <= _TITLE else f"{piece.title[: _TITLE - 1]}\u2026"
    return Refusal(RefusalCode.PIECE_KNOWN, title=title, at=piece.added_at, timezone=zone)
