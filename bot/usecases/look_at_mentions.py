"""Everything there is about a mention: all it says, its copies, what changed, and who did what."""

from bot.core.actions import Action, Verb
from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Copy, Mention, Note, Revision, Taught, TriageEvent
from bot.core.messages import Button, Manner, Message
from bot.core.people import Asker, Member, Practice, Practitioner
from bot.ports import Ports, among, eq

_PAGE = 1800
"""Characters of text on one page: with the rest it fits one message of every chat."""
_LISTED = 10


async def look(ports: Ports, asker: Asker, action: Action) -> Message:
    """One page of all there is about a mention.

    Raises:
        Refusal: BUTTON_EXPIRED.
    """
    async with ports.store.read() as tx:
        mention = await tx.get(Mention, action.target)
        if mention is None:
            raise Refusal(RefusalCode.BUTTON_EXPIRED)
        of_it = eq("mention_id", mention.id)
        copies = await tx.find(Copy, of_it)
        revisions = await tx.find(Revision, of_it, order="-id")
        notes = await tx.find(Note, of_it, order="-id")
        events = await tx.find(TriageEvent, of_it, order="-id")
        lessons = await tx.find(Taught, of_it)
        people = {each.member_id for each in events} | {each.member_id for each in notes}
        members = await tx.find(Member, among("id", people))
        person = await tx.get(Practitioner, mention.practitioner_id)
        practice = await tx.get(Practice, mention.practice_id)
    texts = _pages(mention.text)
    pages = len(texts)
    page = min(int(action.choice), pages) if action.choice.isdecimal() else 1
    page = max(page, 1)
    turns = tuple(
        Button(label, Action(Verb.LOOK, mention.id, str(number)))
        for label, number in (("previous_page", page - 1), ("next_page", page + 1))
        if 1 <= number <= pages
    )
    return Message(
        "look",
        {
            "mention": mention,
            "person": person,
            "practice": practice,
            "words": texts[page - 1],
            "page": page,
            "pages": pages,
            "copies": copies[:_LISTED],
            "more_copies": max(0, len(copies) - _LISTED),
            "revisions": revisions[:_LISTED],
            "notes": notes[:_LISTED],
            "events": events[:_LISTED],
            "lessons": lessons,
            "members": {member.id: member.name for member in members},
        },
        rows=(turns,) if turns else (),
        manner=Manner.REPLACE if action.choice else Manner.REPLY,
    )


def _pages(words: str) -> list[str]:
    """A text in pages, cut between words where that can be."""
    pages: list[str] = []
    rest = words.strip()
    while len(rest) > _PAGE:
        cut = max(rest.rfind(sign, _PAGE // 2, _PAGE) for sign in ("\n", " "))
        cut = cut if cut > 0 else _PAGE
        pages.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pages, rest]
