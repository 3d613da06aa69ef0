"""The addresses watched, from the command line."""

import shlex
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from getpass import getpass
from pathlib import Path

from bot.app import House
from bot.cli.people import chosen
from bot.cli.screen import Screen
from bot.core import health
from bot.core.errors import Refusal, RefusalCode
from bot.core.mentions import Source
from bot.core.sources import SourceKind, kind_of_address
from bot.ports import eq
from bot.usecases import watch_sources
from bot.usecases.set_up import practice_named, watched
from bot.usecases.show_digests import SourceLine
from bot.usecases.watch_sources import Asked, Preview

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SourceAsked:
    """An address as it was typed, and what was said of it."""

    practice: str
    url: str
    every: int | None = None
    about: str = ""
    secret_file: Path | None = None
    proxy: str = ""
    is_page: bool = False


async def add_source(asked: SourceAsked, house: House, screen: Screen) -> None:
    """Watch an address, and show what it brings."""
    seconds = house.settings.fetch_interval if asked.every is None else asked.every
    source, preview = await watch_sources.add_source(
        house.ports, asked.practice, asked.url.strip(), seconds, _told(asked, screen)
    )
    people = await _names(house, asked.practice)
    _show(screen, preview, people)
    screen.gap()
    argument = shlex.quote(asked.practice)
    screen.page("source_added", seconds=source.every_seconds, argument=argument)


async def try_source(asked: SourceAsked, house: House, screen: Screen, *, as_json: bool) -> None:
    """Show what an address would bring; nothing is kept."""
    preview = await watch_sources.try_source(
        house.ports, asked.practice, asked.url.strip(), _told(asked, screen)
    )
    people = await _names(house, asked.practice)
    if as_json:
        screen.json(_preview_json(preview, people))
    else:
        _show(screen, preview, people)


def _told(asked: SourceAsked, screen: Screen) -> Asked:
    secret = _secret(asked, screen)
    return Asked(asked.about, secret, asked.proxy, is_page=asked.is_page)


def _secret(asked: SourceAsked, screen: Screen) -> str:
    """The password of a mailbox: from a file, or asked for without showing it."""
    if asked.secret_file is not None:
        return asked.secret_file.read_text("utf-8").strip()
    if kind_of_address(asked.url) is not SourceKind.MAILBOX:
        return ""
    if not sys.stdin.isatty():
        raise Refusal(RefusalCode.SECRET_WANTED)
    return getpass(screen.words.say("question", "mail_password")).strip()


async def list_sources(
    practice: str | None, house: House, screen: Screen, *, as_json: bool
) -> None:
    """Show the addresses watched, practice by practice, and how each is doing."""
    async with house.ports.store.read() as tx:
        sources = [
            (home, source)
            for home in await chosen(tx, practice)
            for source in await tx.find(
                Source, eq("practice_id", home.id), eq("is_removed", False)
            )
        ]
    if as_json:
        now = house.ports.clock.now()
        screen.json([_source_json(home.name, source, now) for home, source in sources])
    else:
        now = house.ports.clock.now()
        lines = [(home, SourceLine.of(source, now)) for home, source in sources]
        screen.page("source_list", sources=lines)


async def remove_source(practice: str, url: str, house: House, screen: Screen) -> None:
    """Watch an address no more."""
    source = await watch_sources.remove_source(house.ports, practice, url.strip())
    screen.page("source_removed", source=source)


async def _names(house: House, practice: str) -> dict[int, str]:
    async with house.ports.store.read() as tx:
        home = await practice_named(tx, practice)
        people = await watched(tx, home.id)
    return {person.id: person.name for person in people}


def _show(screen: Screen, preview: Preview, people: dict[int, str]) -> None:
    counts = Counter(people[found.match.key] for found in preview.found)
    screen.page(
        "preview",
        preview=preview,
        people=people,
        counts=counts,
        found=preview.found[:_SHOWN],
        evidence=[
            [(each.kind.value, each.words) for each in found.match.evidence]
            for found in preview.found[:_SHOWN]
        ],
    )


def _preview_json(preview: Preview, people: dict[int, str]) -> dict[str, object]:
    return {
        "url": preview.url,
        "kind": preview.kind,
        "title": preview.title,
        "items": [
            {
                "title": entry.title,
                "url": entry.url,
                "published_at": _iso(entry.published_at),
            }
            for entry in preview.entries
        ],
        "matches": [
            {
                "practitioner": people[found.match.key],
                "title": found.entry.title,
                "url": found.entry.url,
                "zone": found.match.zone,
                "score": found.match.score,
                "evidence": [[each.kind.value, each.words] for each in found.match.evidence],
            }
            for found in preview.found
        ],
        "namesakes_set_aside": preview.rejected,
        "warning": preview.warning,
    }


def _source_json(practice: str, source: Source, now: datetime) -> dict[str, object]:
    return {
        "practice": practice,
        "url": source.url,
        "title": source.title,
        "kind": source.kind,
        "every_seconds": source.every_seconds,
        "state": source.state,
        "state_since": _iso(source.state_since),
        "problem": source.problem,
        "polled_at": _iso(source.polled_at),
        "succeeded_at": _iso(source.succeeded_at),
        "next_poll_at": _iso(source.next_poll_at),
        "items_a_week": round(health.items_a_week(source, now), 1),
        "namesakes_set_aside": source.rejected,
        "identity_by_words": bool(source.distrusts),
        "moved_to": source.moved_to,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
