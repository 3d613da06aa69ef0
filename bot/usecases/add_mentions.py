"""Publications added by hand: an address, a text or a picture becomes a mention."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.core import mentions
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.forms import Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import Mention, MentionId, Source, TriageEvent, TriageKind
from bot.core.messages import Message
from bot.core.names import Evidence, EvidenceKind, Match, Matcher, Zone
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Practice, Practitioner, PractitionerId, Right, may
from bot.core.places import place_of
from bot.core.sources import (
    Entry,
    FetchFailed,
    Memory,
    SourceKind,
    Visit,
    is_alerts_address,
    kind_of_address,
)
from bot.core.urls import first_address, is_address
from bot.ports import Ports, Transaction, eq
from bot.usecases import manage_sources
from bot.usecases.fill_outbox import show
from bot.usecases.match_entries import people_of
from bot.usecases.register_mentions import Found, Register, Windows

LONGEST = 4000
"""Characters of what can be pasted."""
_BY_HAND = "hand:"
"""The address of a practice's source of what was added by hand: nobody goes there."""


async def paste_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What is shared, what to do with it, and whom it is about when only they can say."""
    content = known.get("content", "")
    whats = [Choice("follow")]
    if may(asker.member.role, Right.MANAGE_SOURCES) and (not content or is_address(content)):
        whats.insert(0, Choice("watch"))
    # What can only be a source is not asked about.
    is_place = kind_of_address(content) is not None or place_of(content) is not None
    is_source = is_alerts_address(content) or is_place
    answers = {"what": "watch"} if is_source and len(whats) > 1 else {}
    people = await tx.find(Practitioner, eq("practice_id", target))
    fields = [
        Field("content", FieldKind.TEXT, longest=LONGEST),
        Field("what", FieldKind.CHOICE, choices=tuple(whats)),
        Field("picture", is_asked=False, is_optional=True, is_hidden=True),
    ]
    if len(people) > 1:
        choices = tuple(Choice(str(person.id), person.name) for person in people)
        who = Field("who", FieldKind.CHOICE, choices=choices, only_if=("what", "follow"))
        fields.insert(2, who)
    return Form(FormName.PASTE, target, tuple(fields), answers=answers)


async def add(ports: Ports, asker: Asker, argument: str) -> Form:
    """What to ask about something to be added."""
    known = {"content": argument} if argument else {}
    async with ports.store.read() as tx:
        form = await paste_form(ports, tx, asker, asker.member.practice_id, known)
    return replace(form, answers=dict(form.answers) | known)


async def paste(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Watch what was shared, or follow it as one publication.

    Raises:
        Invalid: the address cannot be watched, or nobody is watched yet.
    """
    if answers["what"] == "follow":
        return await _follow(ports, asker, answers)
    async with ports.store.read() as tx:
        source = await manage_sources.source_form(ports, tx, asker, form.target, {})
    wanted = {"url": answers["content"], "about": answers.get("who", "")}
    try:
        return await manage_sources.propose(ports, asker, source, wanted)
    except Invalid as invalid:
        names = {"url": "content", "about": "who"}
        raise Invalid({names[key]: why for key, why in invalid.problems.items()}) from None


@dataclass(frozen=True, slots=True)
class _Page:
    """What was shared, read as far as it can be."""

    entry: Entry
    was_read: bool


async def _follow(ports: Ports, asker: Asker, answers: Mapping[str, str]) -> Message:
    page = await _read(ports, answers["content"])
    now = ports.clock.now()
    async with ports.store.write() as tx:
        person = await _about(tx, asker, answers.get("who", ""))
        home = await tx.get(Practice, asker.member.practice_id)
        if home is None:
            raise LookupError(f"member {asker.member.id} lost their practice")
        source = await _by_hand(tx, ports, home)
        matcher = Matcher((await people_of(tx, [home]))[home.id], ports.watchwords)
        found = _found(matcher, source, page.entry, person, asker)
        counts = await Register(tx, Windows(), ports.alarms, now).note([(source, found)])
        (identifier,) = counts[source.id].touched
        is_new = bool(counts[source.id].new)
        mention = await _kept(tx, identifier, answers.get("picture", ""))
        if is_new:
            kind = TriageKind.ADDED
            await tx.add(TriageEvent(mention.id, now, asker.member.id, kind, mention.state))
        shown = await tx.count(
            Display, eq("subject", Subject.MENTION), eq("subject_id", mention.id)
        )
        await show(tx, [asker.channel], Subject.MENTION, mention.id, f"asked:{shown}")
    values = {"is_new": is_new, "was_read": page.was_read}
    return Message("toast", {"said": "added", **values})


async def _read(ports: Ports, content: str) -> _Page:
    """The page that was shared, with its title; what was typed alone when it cannot be read."""
    url = first_address(content) or ""
    said = " ".join(content.replace(url, " ").split()) if url else content.strip()
    bare = Entry(guid=None, url=url, title="", text=said, published_at=None)
    if not url:
        return _Page(bare, was_read=True)
    visit = Visit(url, ports.clock.now(), Memory())
    try:
        reading = await ports.readers[SourceKind.PAGE].read(visit)
    except FetchFailed:
        return _Page(bare, was_read=False)
    document = reading.document
    if document is None or not document.entries:
        return _Page(bare, was_read=False)
    read = document.entries[0]
    title = read.title or document.title
    return _Page(replace(bare, title=title, text=said or read.text), was_read=True)


def _found(
    matcher: Matcher, source: Source, entry: Entry, person: PractitionerId, asker: Asker
) -> Found:
    """The entry as one that is about the person: somebody said so."""
    told = Evidence(EvidenceKind.BY_HAND, asker.member.name, 100)
    match = Match(person, Zone.SURE, 1.0, (told,))
    for each in matcher.match(entry.title, entry.text, entry.url):
        if each.key == person:
            match = replace(each, zone=Zone.SURE, evidence=(told, *each.evidence))
    entry, match = mentions.about(entry, match)
    if not match.title_spans and not match.text_spans:
        entry = replace(entry, text=entry.text[:LONGEST])
    return Found(entry, mentions.keys_of(source, [entry])[0], match)


async def _about(tx: Transaction, asker: Asker, chosen: str) -> PractitionerId:
    people = await tx.find(Practitioner, eq("practice_id", asker.member.practice_id))
    if not people:
        raise Invalid({"content": Refusal(RefusalCode.NOBODY_WATCHED)})
    named = [person for person in people if str(person.id) == chosen]
    if not named and len(people) > 1:
        raise Invalid({"who": Refusal(RefusalCode.ANSWER_EMPTY)})
    return (named or people)[0].id


async def _by_hand(tx: Transaction, ports: Ports, home: Practice) -> Source:
    """The source of what a practice adds by hand; it is never read."""
    found = await tx.find(Source, eq("practice_id", home.id), eq("url", _BY_HAND))
    if found:
        return found[0]
    now = ports.clock.now()
    return await tx.add(
        Source(
            practice_id=home.id,
            url=_BY_HAND,
            kind=SourceKind.BY_HAND,
            every_seconds=0,
            next_poll_at=now,
            added_at=now,
            succeeded_at=now,
            is_removed=True,
        )
    )


async def _kept(tx: Transaction, identifier: MentionId, picture: str) -> Mention:
    mention = await tx.get(Mention, identifier)
    if mention is None:
        raise LookupError(f"mention {identifier} disappeared")
    if picture:
        mention = replace(mention, picture=picture)
        await tx.save(mention)
    return mention
