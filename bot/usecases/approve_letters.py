"""Letters printed: a draft to look at, then approved, kept, attached to the case, given back.

Vigie sends nothing: the two files are for a person to sign and send.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bot.core import cases, letter_fields, remedies
from bot.core.actions import Action, Verb
from bot.core.cases import CaseEvent, Step
from bot.core.errors import Altered, Refusal, RefusalCode
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.letter_elements import NEEDS, Element
from bot.core.letter_secrecy import secrecy_findings
from bot.core.letterheads import LetterState
from bot.core.letters import AnnexRole, Document, Facts
from bot.core.messages import Button, File, Manner, Message
from bot.core.outbox import Subject
from bot.core.people import Asker, Role
from bot.core.remedies import Remedy
from bot.core.secrecy import Finding, Severity
from bot.ports import Ports, Printer, Transaction, among, eq
from bot.usecases.fill_outbox import refresh
from bot.usecases.gather_letters import Bench, bench_of, draft_of


async def preview(ports: Ports, asker: Asker, action: Action) -> Message:
    """The letter as it stands, marked as a draft, in both formats.

    Raises:
        Refusal: BUTTON_EXPIRED; LETTER_INCOMPLETE: something is missing that no words can stand
            for; what no letter can be made of.
    """
    async with ports.store.read() as tx:
        bench = await bench_of(ports, tx, action.target)
    document = ports.letters.compose(bench.letter.kind, bench.facts, is_draft=True)
    ending = ports.wording.label("letter_word", "draft_file")
    document = replace(document, stem=f"{document.stem}{ending}")
    files = await _printed(ports, document)
    missing = letter_fields.lacking(bench.letter.kind, bench.facts)
    values = {"letter": bench.letter, "missing": missing}
    return Message("letter_draft", values, manner=Manner.REPLY, files=files)


async def approve(ports: Ports, asker: Asker, action: Action) -> Message:
    """Print the letter, keep both files in its case, and give them.

    A notice is approved by who confirms that it is sincere: its button asks. Against the guard of
    secrecy only a holder may, and the journal keeps it.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_APPROVED, LETTER_INCOMPLETE,
            LETTER_HOLDER_ONLY; LETTER_CHANGED: somebody wrote on it meanwhile.
        Outage: the archive cannot be written.
    """
    async with ports.store.read() as tx:
        bench = await draft_of(ports, tx, action.target)
    overruled = _overruled(ports, asker, bench)
    sincere = _confirmed(bench)
    document = ports.letters.compose(bench.letter.kind, sincere)
    files = await _printed(ports, document)
    digests = [await ports.archive.put(file.content) for file in files]
    async with ports.store.write() as tx:
        now = await draft_of(ports, tx, action.target)
        if now.letter != bench.letter or now.facts != bench.facts:
            raise Refusal(RefusalCode.LETTER_CHANGED)
        await _approved(ports, tx, asker, now, (document, digests))
        await _attached(ports, tx, asker, now, (files, digests))
        await _told(ports, tx, asker, now, overruled)
        await refresh(tx, Subject.REMEDY, now.remedy.id)
        await refresh(tx, Subject.CASE, now.case.id)
    values = {"letter": bench.letter, "files": [each.name for each in files]}
    return _handed(bench.remedy, values, files)


async def give(ports: Ports, asker: Asker, action: Action) -> Message:
    """The two files as they were approved.

    Raises:
        Refusal: BUTTON_EXPIRED, LETTER_NOT_APPROVED, PIECE_LOST, PIECE_ALTERED.
        Outage: the archive cannot be read now.
    """
    async with ports.store.read() as tx:
        bench = await bench_of(ports, tx, action.target)
    letter = bench.letter
    if letter.state is not LetterState.APPROVED:
        raise Refusal(RefusalCode.LETTER_NOT_APPROVED)
    kept = zip(ports.printers, (letter.pdf, letter.docx), strict=True)
    files = tuple(
        [_file(letter.stem, printer, await _bytes(ports, digest)) for printer, digest in kept]
    )
    values = {"letter": letter, "files": [each.name for each in files]}
    return _handed(bench.remedy, values, files)


async def reopen(ports: Ports, asker: Asker, action: Action) -> Message:
    """Have an approved letter be a draft again, as long as it was not sent.

    Its files leave the case; the archive keeps their bytes.

    Raises:
        Refusal: BUTTON_EXPIRED, CASE_CLOSED, LETTER_NOT_APPROVED, LETTER_SENT.
    """
    async with ports.store.write() as tx:
        bench = await bench_of(ports, tx, action.target)
        letter = bench.letter
        cases.refuse_closed(bench.case)
        if letter.state is not LetterState.APPROVED:
            raise Refusal(RefusalCode.LETTER_NOT_APPROVED)
        if bench.is_sent:
            raise Refusal(RefusalCode.LETTER_SENT)
        here = (eq("case_id", letter.case_id), eq("kind", AttachmentKind.LETTER))
        printed = among("digest", [letter.pdf, letter.docx])
        for piece in await tx.find(Attachment, *here, printed):
            await tx.remove(piece)
        await tx.save(
            replace(
                letter,
                state=LetterState.DRAFT,
                is_sincere=False,
                approved_by=None,
                approved_at=None,
                stem="",
                pdf="",
                docx="",
            )
        )
        await _note(ports, tx, asker, bench, Step.REWRITE, letter.kind.value)
        await refresh(tx, Subject.REMEDY, bench.remedy.id)
        await refresh(tx, Subject.CASE, bench.case.id)
    return Message("toast", {"said": "letter_reopened"})


def findings_of(ports: Ports, bench: Bench) -> list[tuple[str, Finding]]:
    """What of one's own words in the letter breaks secrecy, each rule once a field.

    What the letter says by itself is nobody's words.
    """
    steps = tuple(bench.answers.get("steps", "").split("\n"))
    written = replace(bench.facts, steps=steps, asks=bench.answers.get("asks", ""))
    found = secrecy_findings(bench.letter.kind, written, ports.guard)
    once = {(name, finding.rule): (name, finding) for name, finding in found}
    return list(once.values())


def is_blocking(finding: Finding) -> bool:
    """Whether only a holder may approve against it."""
    return finding.severity is Severity.BLOCKING


# Private from here on.


def _handed(remedy: Remedy, values: Mapping[str, object], files: tuple[File, ...]) -> Message:
    """The two files, and the way back to the remedy, where one says that they were sent."""
    back = Button(
        "open_remedy", Action(Verb.OPEN_REMEDY, remedy.id), noun=("remedy", remedy.kind.value)
    )
    return Message("letter_ready", values, rows=((back,),), manner=Manner.REPLY, files=files)


def _confirmed(bench: Bench) -> Facts:
    return replace(bench.facts, is_sincere=True)


def _overruled(ports: Ports, asker: Asker, bench: Bench) -> list[str]:
    """The rules that are overruled, by who may."""
    blocking = [each for _, each in findings_of(ports, bench) if is_blocking(each)]
    if blocking and asker.member.role is not Role.HOLDER:
        raise Refusal(RefusalCode.LETTER_HOLDER_ONLY)
    return list(dict.fromkeys(each.rule.value for each in blocking))


async def _printed(ports: Ports, document: Document) -> tuple[File, ...]:
    """Both files; printing takes a while, so it is done beside the loop."""
    return tuple(
        [
            _file(document.stem, each, await asyncio.to_thread(each.print, document))
            for each in ports.printers
        ]
    )


def _file(stem: str, printer: Printer, content: bytes) -> File:
    return File(f"{stem}.{printer.suffix}", printer.media_type, content)


async def _bytes(ports: Ports, digest: str) -> bytes:
    try:
        return await ports.archive.get(digest)
    except LookupError:
        raise Refusal(RefusalCode.PIECE_LOST) from None
    except Altered:
        raise Refusal(RefusalCode.PIECE_ALTERED) from None


async def _approved(
    ports: Ports,
    tx: Transaction,
    asker: Asker,
    bench: Bench,
    printed: tuple[Document, list[str]],
) -> None:
    document, (pdf, docx) = printed
    letter = bench.letter
    await tx.save(
        replace(
            letter,
            state=LetterState.APPROVED,
            is_sincere=Element.SINCERITY in NEEDS[letter.kind],
            approved_by=asker.member.id,
            approved_at=ports.clock.now(),
            stem=document.stem,
            pdf=pdf,
            docx=docx,
        )
    )
    granted = int(bench.answers.get("days") or 0)
    if granted:
        await tx.save(remedies.granting(bench.remedy, granted))


async def _attached(
    ports: Ports,
    tx: Transaction,
    asker: Asker,
    bench: Bench,
    printed: tuple[tuple[File, ...], list[str]],
) -> None:
    """Both files among the pieces; of the remedy, so that its follow-up finds them."""
    letter = bench.letter
    title = ports.wording.label("letter_title", letter.kind)
    editable = ports.wording.label("letter_word", "editable").format(title=title)
    for file, digest, called in zip(*printed, (title, editable), strict=True):
        await tx.add_new(
            Attachment(
                case_id=letter.case_id,
                practice_id=letter.practice_id,
                kind=AttachmentKind.LETTER,
                title=called,
                added_at=ports.clock.now(),
                added_by=asker.member.id,
                name=file.name,
                media_type=file.media_type,
                size=len(file.content),
                digest=digest,
                role=AnnexRole.REQUEST,
                remedy_id=letter.remedy_id,
            )
        )


async def _told(
    ports: Ports, tx: Transaction, asker: Asker, bench: Bench, overruled: list[str]
) -> None:
    await _note(ports, tx, asker, bench, Step.LETTER, bench.letter.kind.value)
    if overruled:
        await _note(ports, tx, asker, bench, Step.OVERRULE, ",".join(overruled))


async def _note(
    ports: Ports, tx: Transaction, asker: Asker, bench: Bench, step: Step, detail: str
) -> None:
    now, by = ports.clock.now(), asker.member.id
    await tx.add(CaseEvent(bench.case.id, now, by, step, detail, bench.remedy.id))
