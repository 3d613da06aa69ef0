"""One visit to a source that answers with a document: ask, and tell whether it is the one read.

Shared by the readers of feeds and of pages, which then make entries of what has changed.
"""

import hashlib
import re
from dataclasses import replace

from bot.core.sources import Fetched, Memory, Reading, Visit
from bot.ports import Fetcher

NO_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What is no part of a text: XML has no room for it, and some databases take none of it."""


async def visited(fetcher: Fetcher, visit: Visit) -> Fetched:
    """The source's document, asked for with the validators of the one last read.

    Raises:
        FetchFailed: it cannot be had.
    """
    if visit.fetched is not None:
        return visit.fetched
    return await fetcher.fetch(
        visit.url,
        now=visit.now,
        etag=visit.memory.etag,
        last_modified=visit.memory.last_modified,
        proxy=visit.proxy,
    )


def with_manners(reading: Reading, fetched: Fetched) -> Reading:
    """The reading with what the site said and showed beside the document."""
    return replace(
        reading, fresh_for=fetched.fresh_for, moved_to=fetched.moved_to, took=fetched.took
    )


def memory_of(visit: Visit, fetched: Fetched) -> Memory:
    """What is to be remembered of a document, beside what its reader notes."""
    if fetched.not_modified:
        return replace(
            visit.memory,
            etag=fetched.etag or visit.memory.etag,
            last_modified=fetched.last_modified or visit.memory.last_modified,
        )
    return Memory(
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        body_hash=hashlib.blake2b(fetched.body, digest_size=16).hexdigest(),
    )


def unchanged(visit: Visit, fetched: Fetched, memory: Memory) -> bool:
    """Whether the document is the one last read: the site says so, or it is the same bytes."""
    return fetched.not_modified or memory.body_hash == visit.memory.body_hash


def nothing_new(visit: Visit, memory: Memory) -> Reading:
    """A reading of a document that is the one last read."""
    kept = replace(memory, seen=visit.memory.seen, cursor=visit.memory.cursor)
    return Reading(document=None, memory=kept)
