"""Publications added by hand: an address, a text or a picture becomes a mention, after one yes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.core import mentions
from bot.core.actions import Action, Verb
from bot.core.errors import Invalid, Refusal, RefusalCode
from bot.core.files import LONGEST_ANSWER
from bot.core.forms import LIVES, Choice, Field, FieldKind, Form, FormName
from bot.core.mentions import (
    Identity,
    Mention,
    MentionState,
    Note,
    Proposal,
    Source,
    TriageEvent,
    TriageKind,
)
from bot.core.messages import Button, ButtonStyle, Manner, Message, Typed
from bot.core.names import Evidence, EvidenceKind, Match, Matcher, Zone
from bot.core.outbox import Display, Subject
from bot.core.people import Asker, Practice, Practitioner, Right, may
from bot.core.places import place_of
from bot.core.sources import (
    Entry,
    FetchFailed,
    FetchProblem,
    Memory,
    SourceKind,
    Visit,
    is_alerts_address,
    kind_of_address,
)
from bot.core.text import fold
from bot.core.urls import first_address
from bot.ports import Ports, Transaction, among, eq, le
from bot.usecases import collect_evidence, manage_sources
from bot.usecases.fill_outbox import refresh_mention, show
from bot.usecases.find_targets import practice_of
from bot.usecases.follow_mentions import LONGEST_NOTE
from bot.usecases.match_entries import people_of
from bot.usecases.register_mentions import Found, Register, Windows
from bot.usecases.set_up import watched

LONGEST = 8000
"""Characters of what can be pasted: a whole message of any chat, with the addresses behind it."""
_BY_HAND = "hand:"
"""The address of a practice's source of what was added by hand: nobody goes there."""


async def paste_form(
    ports: Ports, tx: Transaction, asker: Asker, target: int, known: Mapping[str, str]
) -> Form:
    """What is shared, what to do with it, and whom it is about when only they can say.

    Raises:
        Refusal: NO_OPEN_CASE: it can only join a case, and there is none.
    """
    content = known.get("content", "")
    joins = await collect_evidence.joinable(ports, tx, asker) if known.get("file") else []
    whats = _whats(asker, known)
    people = await watched(tx, target)
    fields = [
        Field("content", FieldKind.TEXT, longest=LONGEST),
        Field("what", FieldKind.CHOICE, choices=(*whats, *joins)),
        Field("picture", is_asked=False, is_optional=True, is_hidden=True),
        Field("file", is_asked=False, is_optional=True, is_hidden=True, longest=LONGEST_ANSWER),
    ]
    if len(people) > 1:
        choices = tuple(Choice(str(person.id), person.name) for person in people)
        who = Field("who", FieldKind.CHOICE, choices=choices, only_if=("what", "follow"))
        fields.insert(2, who)
    if not joins and not whats:
        raise Refusal(RefusalCode.NO_OPEN_CASE)
    only = ""
    if not joins:  # a file joins no case before somebody says which
        only = _only_use(content) if len(whats) > 1 else "follow"
    return Form(FormName.PASTE, target, tuple(fields), answers={"what": only} if only else {})


def _whats(asker: Asker, known: Mapping[str, str]) -> list[Choice]:
    """What can be done besides joining a case: a document that is no picture is no publication."""
    if known.get("file") and not known.get("picture"):
        return []
    whats = [Choice("follow")]
    if may(asker.member.role, Right.MANAGE_SOURCES):
        whats.insert(0, Choice("watch"))
    return whats


def _only_use(content: str) -> str:
    """What can be done with what was shared, when there is no choice; empty when there is."""
    if not content:
        return ""
    if kind_of_address(content) is not None or place_of(content) is not None:
        return "watch"
    url = first_address(content)
    if url is None:
        return "follow"
    return "watch" if is_alerts_address(url) else ""


async def add(ports: Ports, asker: Asker, argument: str) -> Form:
    """What to ask about something to be added."""
    return await _asked(ports, asker, {"content": argument} if argument else {})


async def propose(
    ports: Ports, asker: Asker, words: str, url: str = "", picture: str = ""
) -> Form:
    """What to ask about a publication shown to be followed: nothing, when all is known.

    Args:
        ports: the world.
        asker: who shows it, and where.
        words: what it says, as far as the chat tells.
        url: where it stands, if that is known.
        picture: the chat's own reference of its picture (see ``Mention.picture``).
    """
    content = words if url in words else f"{words}\n{url}"
    known = {"content": content.strip(), "what": "follow", "picture": picture}
    return await _asked(ports, asker, {name: value for name, value in known.items() if value})


async def shown(ports: Ports, asker: Asker, words: str, picture: str, file: str) -> Form:
    """What to do with a file shown outside any question.

    Args:
        ports: the world.
        asker: who shows it, and where.
        words: what stands for its caption.
        picture: the chat's own reference of it, if it is a picture (see ``Mention.picture``).
        file: it, as ``files.Offered`` holds it in a line; empty: it joins no case.

    Raises:
        Refusal: NO_OPEN_CASE: it is no picture, and there is no case to join.
    """
    known = {"content": words, "picture": picture, "file": file}
    return await _asked(ports, asker, {name: value for name, value in known.items() if value})


async def _asked(ports: Ports, asker: Asker, known: Mapping[str, str]) -> Form:
    async with ports.store.read() as tx:
        form = await paste_form(ports, tx, asker, asker.member.practice_id, known)
    return replace(form, answers=dict(form.answers) | dict(known))


async def paste(ports: Ports, asker: Asker, form: Form, answers: Mapping[str, str]) -> Message:
    """Show what an address brings and ask whether to watch it, or what was read, to follow it.

    Raises:
        Invalid: the address cannot be watched, nobody is watched yet, or whom it is about has to
            be said.
        Refusal: the file cannot join the case.
    """
    content = answers["content"]
    if collect_evidence.is_join(answers["what"]):
        return await collect_evidence.attach_shown(
            ports, asker, answers["what"], answers.get("file", "")
        )
    if answers["what"] == "follow":
        return await _propose(ports, asker, answers)
    async with ports.store.read() as tx:
        source = await manage_sources.source_form(ports, tx, asker, form.target, {})
    is_place = kind_of_address(content) is not None or place_of(content) is not None
    url = content if is_place else first_address(content) or content
    wanted = {"url": url, "about": answers.get("who", "")}
    try:
        return await manage_sources.propose(ports, asker, source, wanted)
    except Invalid as invalid:
        names = {"url": "content", "about": "who"}
        raise Invalid({names[key]: why for key, why in invalid.problems.items()}) from None


async def follow(ports: Ports, asker: Asker, action: Action) -> Message:
    """Make a mention of what was proposed; one that is known meanwhile is shown instead.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    now = ports.clock.now()
    async with ports.store.write() as tx:
        proposal = await tx.get(Proposal, action.target)
        person = await tx.get(Practitioner, proposal.practitioner_id) if proposal else None
        if proposal is None or person is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        desk = await _hand(ports, tx, asker)
        register = Register(tx, Windows(), ports.harms, now)
        counts = (await register.note([(desk.source, desk.found(proposal))]))[desk.source.id]
        (identifier,) = counts.touched
        mention = await tx.get(Mention, identifier)
        if mention is None:
            raise LookupError(f"mention {identifier} disappeared")
        if counts.new:
            mention = replace(mention, picture=proposal.picture)
            await tx.save(mention)
            added = TriageEvent(mention.id, now, asker.member.id, TriageKind.ADDED, mention.state)
            await tx.add(added)
        await _show(ports, tx, asker, mention, proposal.note)
        await tx.remove(proposal)
    said = {"said": "added", "is_new": bool(counts.new)}
    return Message("toast", said, manner=Manner.REPLACE)


@dataclass(frozen=True, slots=True)
class _Hand:
    """What adding by hand takes: where it is kept, and how a name is found in it."""

    source: Source
    matcher: Matcher
    by: str

    def names(self, proposal: Proposal, words: str) -> Match | None:
        """How these words, under the title, name whom it is about."""
        found = self.matcher.match(proposal.title, words, proposal.url)
        return next((each for each in found if each.key == proposal.practitioner_id), None)

    def found(self, proposal: Proposal) -> Found:
        """What was proposed as an entry about that person: somebody said so."""
        entry = proposal.entry
        told = Evidence(EvidenceKind.BY_HAND, self.by, 100)
        match = Match(proposal.practitioner_id, Zone.SURE, 1.0, (told,))
        named = self.names(proposal, entry.text)
        if named is not None:
            match = replace(named, zone=Zone.SURE, evidence=(told, *named.evidence))
        entry, match = mentions.about(entry, match)
        if not match.title_spans and not match.text_spans:
            entry = replace(entry, text=entry.text[:LONGEST])
        keys = mentions.keys_of(self.source, [entry])[0]
        if entry.guid:  # two pictures under the same words are two publications
            salted = mentions.fingerprint(entry.title, entry.text, entry.guid, is_review=True)
            keys = replace(keys, fingerprint=f"{mentions.Layer.FINGERPRINT}:{salted}")
        return Found(entry, keys, match)


async def _hand(ports: Ports, tx: Transaction, asker: Asker) -> _Hand:
    home = await practice_of(tx, asker.member)
    matcher = Matcher((await people_of(tx, [home]))[home.id], ports.watchwords)
    return _Hand(await _by_hand(tx, ports, home), matcher, asker.member.name)


async def _propose(ports: Ports, asker: Asker, answers: Mapping[str, str]) -> Message:
    """What was shared, read as far as it can be; what is known already is shown at once."""
    async with ports.store.read() as tx:
        person = await _about(tx, asker, answers.get("who", ""))
    said, page, trouble = await _read(ports, answers["content"])
    now = ports.clock.now()
    async with ports.store.write() as tx:
        desk = await _hand(ports, tx, asker)
        proposal = _told_apart(
            desk,
            Proposal(
                practice_id=asker.member.practice_id,
                member_id=asker.member.id,
                practitioner_id=person.id,
                made_at=now,
                url=page.url,
                title=page.title,
                text=page.text,
                author=page.author or "",
                outlet=page.outlet or "",
                published_at=page.published_at,
                picture=answers.get("picture", ""),
            ),
            said,
        )
        found = desk.found(proposal)
        known = await _known(tx, person, found)
        if known is not None:
            is_said = fold(said) in fold(f"{known.title} {known.text}")
            note = await _show(ports, tx, asker, known, "" if is_said else said)
            typed = Typed(note.words, f"note-{note.id}") if note else None
            return Message("toast", {"said": "added", "is_new": False}, typed=typed)
        for old in await tx.find(Proposal, le("made_at", now - LIVES)):
            await tx.remove(old)
        proposal = await tx.add(replace(proposal, text=found.entry.text))
    yes = Button("follow", Action(Verb.FOLLOW, proposal.id), style=ButtonStyle.PRIMARY)
    no = Button("no_thanks", Action(Verb.NEVER_MIND, proposal.practice_id))
    return Message(
        "proposal",
        {
            "proposal": proposal,
            "outlet": mentions.outlet_of(found.entry),
            "person": person,
            "is_named": bool(found.match.title_spans or found.match.text_spans),
            "trouble": trouble,
        },
        rows=((yes, no),),
        manner=Manner.REPLY,
        typed=Typed(proposal.note, f"comment-{proposal.id}"),
    )


async def _read(ports: Ports, content: str) -> tuple[str, Entry, FetchProblem | None]:
    """What was said, the page it leads to, and why that could not be read if it could not."""
    url = first_address(content) or ""
    said = " ".join(content.replace(url, " ").split()) if url else content.strip()
    if not any(map(str.isalnum, said)):
        said = ""  # what stands for a picture without words says nothing
    bare = Entry(guid=None, url=url, title="", text="")
    if not url:
        return said, bare, None
    try:
        reading = await ports.readers[SourceKind.PAGE].read(
            Visit(url, ports.clock.now(), Memory())
        )
    except FetchFailed as failure:
        return said, bare, failure.problem
    entries = reading.document.entries if reading.document else ()
    if not entries:
        return said, bare, FetchProblem.EMPTY
    # Known by the address that was shared: the page may call itself otherwise, or everything.
    return said, replace(entries[0], guid=None, url=url), None


def _told_apart(desk: _Hand, read: Proposal, said: str) -> Proposal:
    """The proposal with what was said: as what was published, or as a note on it.

    It is what was published when nothing could be read, when the words name the person and the
    page does not (a post that quotes a link), or when they are too long to be a note.
    """
    if len(said) > LONGEST_NOTE or not (read.title or read.text):
        return replace(read, text=said)
    if fold(said) in fold(f"{read.title} {read.text}"):
        return read
    if desk.names(read, read.text) is None and desk.names(read, said) is not None:
        return replace(read, text=said)
    return replace(read, note=said)


async def _about(tx: Transaction, asker: Asker, chosen: str) -> Practitioner:
    people = await watched(tx, asker.member.practice_id)
    if not people:
        raise Invalid({"content": Refusal(RefusalCode.NOBODY_WATCHED)})
    named = [person for person in people if str(person.id) == chosen]
    if not named and len(people) > 1:
        raise Invalid({"who": Refusal(RefusalCode.ANSWER_EMPTY)})
    return (named or people)[0]


async def _known(tx: Transaction, person: Practitioner, found: Found) -> Mention | None:
    """The mention of that person that is known by one of these keys."""
    identities = await tx.find(
        Identity, eq("practitioner_id", person.id), among("key", found.keys.all), limit=1
    )
    return await tx.get(Mention, identities[0].mention_id) if identities else None


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


async def _show(
    ports: Ports, tx: Transaction, asker: Asker, mention: Mention, said: str
) -> Note | None:
    """Show the card where it was asked for, and keep what was said of it as a note.

    An old mention somebody shows us waits from now on.
    """
    now = ports.clock.now()
    if mention.state is MentionState.BACKLOG:
        mention = mentions.review(mention)
        await tx.save(mention)
        reviewed = TriageEvent(
            mention.id, now, asker.member.id, TriageKind.REVIEWED, mention.state
        )
        await tx.add(reviewed)
    note: Note | None = None
    if said:
        note = await tx.add(Note(mention.id, now, asker.member.id, said[:LONGEST_NOTE]))
        await tx.add(
            TriageEvent(mention.id, now, asker.member.id, TriageKind.NOTED, mention.state)
        )
    await refresh_mention(tx, mention.id)
    shown = await tx.count(Display, eq("subject", Subject.MENTION), eq("subject_id", mention.id))
    # Not under what was asked: the card is one of its own.
    await show(tx, [asker.channel], Subject.MENTION, mention.id, f"asked:{shown}")
    return note
