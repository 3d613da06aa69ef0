"""The rules learnt from "it is me" and "it is not me": shown, and taken back."""

from bot.app import House
from bot.cli.people import chosen
from bot.cli.screen import Screen
from bot.usecases import teach_people


async def list_lessons(
    practice: str | None, house: House, screen: Screen, *, as_json: bool
) -> None:
    """Show every rule, with whom it is about."""
    async with house.ports.store.read() as tx:
        homes = await chosen(tx, practice)
        found = await teach_people.lessons(tx, [home.id for home in homes])
    if as_json:
        screen.json(
            [
                {
                    "number": taught.id,
                    "practitioner": person.name,
                    "words": taught.words,
                    "host": taught.host,
                    "speaks_for": taught.is_for,
                    "taught_at": taught.taught_at.isoformat(),
                }
                for person, taught in found
            ]
        )
    else:
        screen.page("lessons", lessons=found)


async def remove_lesson(number: int, house: House, screen: Screen) -> None:
    """Take a rule back; what it was learnt from is looked at anew."""
    taught = await teach_people.unlearn(house.ports, number)
    screen.page("lesson_removed", taught=taught)
