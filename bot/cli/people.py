"""Practices, the people watched over, and invitations, from the command line."""

import asyncio
import io
import shlex
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import segno

from bot.app import House
from bot.cli.screen import Screen, Words
from bot.config import Settings
from bot.core.errors import Outage, Refusal, RefusalCode
from bot.core.forms import clock_time
from bot.core.law import Territory
from bot.core.mentions import Source
from bot.core.names import Person, variants
from bot.core.people import Channel, Member, Practice, Practitioner, Role
from bot.ports import Transaction, eq, null
from bot.usecases import set_up
from bot.usecases.set_up import practice_named

_TELEGRAM_ANSWERS_WITHIN = 10

_DAYS_IN_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class PracticeAsked:
    """A practice as it was typed; what was left out is empty."""

    name: str
    timezone: str | None
    territory: str | None
    digest_at: str | None
    days: str | None


@dataclass(frozen=True, slots=True)
class Home:
    """A practice, and how much of everything it has."""

    practice: Practice
    practitioners: int
    members: int
    channels: int
    sources: int


async def add_practice(asked: PracticeAsked, house: House, screen: Screen) -> None:
    """Store a practice, and say what comes next."""
    words = screen.words
    practice = Practice(
        name=asked.name,
        timezone=zone(asked.timezone or house.settings.timezone),
        territory=territory(words, asked.territory),
    )
    if asked.digest_at is not None:
        practice = replace(practice, digest_at=clock_time(asked.digest_at))
    if asked.days is not None:
        practice = replace(practice, digest_days=weekdays(words, asked.days))
    added = await set_up.add_practice(house.ports, practice)
    screen.page("practice_added", practice=added, argument=shlex.quote(added.name))


async def list_practices(house: House, screen: Screen, *, as_json: bool) -> None:
    """Show the practices and what each has."""
    async with house.ports.store.read() as tx:
        homes = [await _home(tx, each) for each in await tx.find(Practice, order="name")]
    if as_json:
        screen.json([_home_json(home) for home in homes])
    else:
        screen.page("practices", homes=homes)


async def add_practitioner(
    practice: str, person: Practitioner, house: House, screen: Screen
) -> None:
    """Store a person to watch over, and say what comes next."""
    added = await set_up.add_practitioner(house.ports, practice, person)
    known = Person(added.given, added.family, added.title, aliases=added.aliases)
    screen.page(
        "practitioner_added",
        person=added,
        practice=practice,
        spellings=variants(known, house.ports.watchwords),
        argument=shlex.quote(practice),
    )


async def list_practitioners(
    practice: str | None, house: House, screen: Screen, *, as_json: bool
) -> None:
    """Show who is watched over, practice by practice."""
    async with house.ports.store.read() as tx:
        homes = await chosen(tx, practice)
        people = [(home, person) for home in homes for person in await set_up.watched(tx, home.id)]
    if as_json:
        screen.json([_person_json(home, person) for home, person in people])
    else:
        screen.page("practitioners", people=people)


async def invite(practice: str, role: str | None, house: House, screen: Screen) -> None:
    """Show a new single-use code and the ways to use it."""
    given = as_role(screen.words, role) if role else Role.HOLDER
    code = await set_up.invite(house.ports, practice, given)
    async with house.ports.store.read() as tx:
        home = await practice_named(tx, practice)
    bot = await _bot_name(house.settings)
    link = f"https://t.me/{bot}?start={code}" if bot else ""
    screen.page(
        "invitation",
        code=code,
        role=given,
        practice=home,
        days=set_up.INVITED_FOR.days,
        until=house.ports.clock.now() + set_up.INVITED_FOR,
        link=link,
        has_telegram=house.settings.telegram_token is not None,
        has_slack=house.settings.slack_bot_token is not None,
    )
    if link:
        drawing = io.StringIO()
        segno.make(link, error="L").terminal(out=drawing, compact=True, border=2)
        screen.raw(drawing.getvalue().rstrip("\n"))


async def chosen(tx: Transaction, practice: str | None) -> list[Practice]:
    """The practice named, or all of them."""
    if practice is None:
        return await tx.find(Practice, order="name")
    return [await practice_named(tx, practice)]


def zone(name: str) -> str:
    """A time zone that exists, or Refusal."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(RefusalCode.TIMEZONE_UNKNOWN, name=name) from None


def territory(words: Words, name: str | None) -> Territory:
    """A territory by its French name or its code, or Refusal."""
    if name is None:
        return Territory.METRO
    key = words.key("territory", name) or words.key("territory_too", name)
    if key is None:
        known = list(words.labels("territory").values())
        raise Refusal(RefusalCode.TERRITORY_UNKNOWN, name=name, known=known)
    return Territory(key)


def as_role(words: Words, name: str) -> Role:
    """A role by its French name, or Refusal."""
    key = words.key("role", name)
    if key is None:
        known = list(words.labels("role").values())
        raise Refusal(RefusalCode.ROLE_UNKNOWN, name=name, known=known)
    return Role(key)


def weekdays(words: Words, written: str) -> tuple[int, ...]:
    """Days of the week: a run, a list, or all of them; or Refusal."""
    if words.key("days_word", written) == "all":
        return tuple(range(_DAYS_IN_A_WEEK))
    days: set[int] = set()
    for part in written.replace(" ", ",").split(","):
        if part:
            first, dash, last = part.partition("-")
            start = _weekday(words, first, written)
            length = (_weekday(words, last, written) - start) % _DAYS_IN_A_WEEK if dash else 0
            days |= {(start + step) % _DAYS_IN_A_WEEK for step in range(length + 1)}
    if not days:
        raise Refusal(RefusalCode.DAYS_INVALID, name=written)
    return tuple(sorted(days))


def _weekday(words: Words, name: str, written: str) -> int:
    for group in ("day_short", "weekday"):
        key = words.key(group, name) if not name.isdecimal() else None
        if key is not None:
            return int(key)
    raise Refusal(RefusalCode.DAYS_INVALID, name=written)


async def _home(tx: Transaction, practice: Practice) -> Home:
    mine = eq("practice_id", practice.id)
    return Home(
        practice,
        practitioners=len(await set_up.watched(tx, practice.id)),
        members=await tx.count(Member, mine, null("removed_at")),
        channels=await tx.count(Channel, mine, eq("problem", "")),
        sources=await tx.count(Source, mine, eq("is_removed", False)),
    )


def _home_json(home: Home) -> dict[str, object]:
    practice = home.practice
    return {
        "name": practice.name,
        "timezone": practice.timezone,
        "territory": practice.territory,
        "digest_at": f"{practice.digest_at:%H:%M}",
        "digest_days": list(practice.digest_days),
        "next_digest_at": practice.next_digest_at.isoformat() if practice.next_digest_at else None,
        "practitioners": home.practitioners,
        "members": home.members,
        "channels": home.channels,
        "sources": home.sources,
    }


def _person_json(home: Practice, person: Practitioner) -> dict[str, object]:
    return {
        "practice": home.name,
        "given": person.given,
        "family": person.family,
        "title": person.title,
        "profession": person.profession,
        "city": person.city,
        "aliases": list(person.aliases),
        "excluded_words": list(person.excluded_words),
    }


async def _bot_name(settings: Settings) -> str:
    """The name of our robot on Telegram; empty when there is none, or nobody answers."""
    if settings.telegram_token is None:
        return ""
    from bot.adapters.telegram import open_bot  # noqa: PLC0415 - only when it is configured

    token = settings.telegram_token.get_secret_value()
    try:
        async with (
            asyncio.timeout(_TELEGRAM_ANSWERS_WITHIN),
            open_bot(token, settings.telegram_api_base) as bot,
        ):
            return bot.username
    except (Outage, TimeoutError):
        return ""
