"""Lists of sources in and out, and the searches worth following, from the command line."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters import opml
from bot.adapters.catalogue import load_catalogue, load_columns
from bot.adapters.wording import TEMPLATES
from bot.app import House
from bot.cli.screen import Screen
from bot.core.lists import MOST_BYTES
from bot.core.people import Practice, Practitioner
from bot.usecases import import_sources as lists
from bot.usecases.import_sources import Imported, Suggested

_REFUSED = 1
_GROUP = "source_list"
_SHOWN = 20
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class SuggestionsAsked:
    """Whose searches are asked for, and which of them to follow at once."""

    name: str
    practice: str | None
    numbers: Sequence[int]


async def import_sources(
    path: Path, practice: str | None, every: int | None, house: House, screen: Screen
) -> int:
    """Watch every source of a file."""
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError:
        return _refuse(screen, "unreadable", path=path)
    seconds = house.settings.fetch_interval if every is None else every
    read = opml.read(body, load_columns(TEMPLATES))
    catalogue = load_catalogue(TEMPLATES)
    imported = await lists.import_sources(house.ports, catalogue, read, practice, seconds)
    _show(screen, imported)
    return 0 if imported.added or imported.known else _REFUSED


async def export_sources(
    path: Path | None, practice: str | None, house: House, screen: Screen
) -> int:
    """Write the sources as OPML, to a file or on the screen."""
    exported = await lists.export_sources(house.ports, practice)
    title = screen.words.say(_GROUP, "title_of" if practice else "title", {"name": practice})
    document = opml.write(title, exported.listed)
    if path is None:
        screen.raw(document.rstrip("\n"))
        return 0
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(document)
    except FileExistsError:
        return _refuse(screen, "exists", path=path)
    except OSError:
        return _refuse(screen, "unwritable", path=path)
    screen.page("sources_exported", exported=exported, path=path)
    return 0


async def suggest(asked: SuggestionsAsked, house: House, screen: Screen, *, as_json: bool) -> int:
    """Show the searches worth following for somebody, or follow some of them."""
    found = await lists.people_named(house.ports, asked.name, asked.practice)
    if len(found) != 1:
        names = [f"{person.name} ({home.name})" for home, person in found]
        return _refuse(screen, "several" if names else "nobody", name=asked.name, names=names)
    home, person = found[0]
    suggested = await lists.suggest(house.ports, load_catalogue(TEMPLATES), home, person)
    if asked.numbers:
        return await _follow(asked.numbers, suggested, home, house, screen)
    titles = _titles(screen, suggested)
    if as_json:
        screen.json([_json(*each) for each in zip(range(1, 99), suggested, titles, strict=False)])
    else:
        _show_suggested(screen, home, person, list(zip(suggested, titles, strict=True)))
    return 0


async def _follow(
    numbers: Sequence[int],
    suggested: Sequence[Suggested],
    home: Practice,
    house: House,
    screen: Screen,
) -> int:
    """Watch the suggestions of those numbers; all of them, or none."""
    unknown = [number for number in numbers if not 1 <= number <= len(suggested)]
    if unknown:
        return _refuse(screen, "no_such_number", number=unknown[0], most=len(suggested))
    chosen = [suggested[number - 1] for number in dict.fromkeys(numbers)]
    by_hand = next((each for each in chosen if each.suggestion.needs_hand), None)
    if by_hand is not None:
        number = suggested.index(by_hand) + 1
        return _refuse(screen, "by_hand", number=number, url=by_hand.suggestion.url)
    wanted = lists.as_list([each.suggestion for each in chosen], _titles(screen, chosen))
    catalogue, seconds = load_catalogue(TEMPLATES), house.settings.fetch_interval
    imported = await lists.import_sources(house.ports, catalogue, wanted, home.name, seconds)
    _show(screen, imported)
    return 0


def _titles(screen: Screen, suggested: Sequence[Suggested]) -> list[str]:
    return [
        screen.words.say("suggestion", each.suggestion.kind, {"words": each.suggestion.words})
        for each in suggested
    ]


def _show(screen: Screen, imported: Imported) -> None:
    shown = imported.flaws[:_SHOWN]
    screen.page(
        "sources_imported",
        imported=imported,
        minutes=round(imported.read_in.total_seconds() / _MINUTE),
        flaws=shown,
        more=len(imported.flaws) - len(shown),
    )


def _show_suggested(
    screen: Screen, home: Practice, person: Practitioner, rows: list[tuple[Suggested, str]]
) -> None:
    first = next((at for at, (each, _) in enumerate(rows, 1) if _is_ready(each)), None)
    screen.page(
        "sources_suggested",
        person=person,
        rows=rows,
        first=first,
        name=shlex.quote(f"{person.given} {person.family}"),
        practice=shlex.quote(home.name),
    )


def _is_ready(suggested: Suggested) -> bool:
    return not (suggested.is_watched or suggested.suggestion.needs_hand)


def _json(number: int, suggested: Suggested, title: str) -> dict[str, object]:
    return {
        "number": number,
        "kind": suggested.suggestion.kind,
        "title": title,
        "words": suggested.suggestion.words,
        "url": suggested.suggestion.url,
        "by_hand": suggested.suggestion.needs_hand,
        "is_watched": suggested.is_watched,
    }


def _refuse(screen: Screen, key: str, **facts: object) -> int:
    screen.complain(screen.words.say(_GROUP, key, facts))
    return _REFUSED
