"""Connecting a Google account: consent in a browser, then the places it manages become sources."""

import shlex
import sys
from dataclasses import dataclass
from datetime import timedelta

from bot.adapters.google_oauth import Proof
from bot.adapters.loopback import Farewell, loopback
from bot.app import House
from bot.cli.screen import Screen
from bot.core.errors import Refusal, RefusalCode
from bot.core.places import Location
from bot.usecases import watch_sources
from bot.usecases.watch_sources import Asked

REFUSED = 1
_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ConnectionAsked:
    """Whose reviews are wanted, as it was typed."""

    practice: str
    about: str = ""
    every: int | None = None


async def connect_google(asked: ConnectionAsked, house: House, screen: Screen) -> int:
    """Have the person say yes to Google, and watch the reviews of the places they choose."""
    google, words = house.google, screen.words
    if not google.oauth.is_set:
        raise Refusal(RefusalCode.GOOGLE_NOT_SET)
    proof = Proof.new()
    farewell = Farewell(
        *(words.say("consent", name) for name in ("granted", "refused", "stranger"))
    )
    async with loopback(farewell) as page:
        url = google.oauth.consent_url(page.state, page.redirect_uri, proof.challenge)
        screen.page("consent", url=url, minutes=int(_PATIENCE.total_seconds() // 60))
        code = await page.code(_PATIENCE)
        now = house.ports.clock.now()
        secret = await google.oauth.exchange(code, proof.verifier, page.redirect_uri, now)
    places = await google.profiles.list_locations(secret, house.ports.clock.now())
    screen.page("locations", places=places)
    chosen = _chosen(screen, places)
    for place in chosen:
        every = house.settings.fetch_interval if asked.every is None else asked.every
        told = Asked(about=asked.about, secret=secret)
        source, preview = await watch_sources.add_source(
            house.ports, asked.practice, place.url, every, told
        )
        screen.page("location_added", place=place, source=source, preview=preview)
    if chosen:
        screen.page("poll_now", argument=shlex.quote(asked.practice))
    return 0 if chosen else REFUSED


def _chosen(screen: Screen, places: tuple[Location, ...]) -> list[Location]:
    """The places to watch: the only one, or those whose numbers are typed; all when none is."""
    if len(places) < 2 or not sys.stdin.isatty():  # noqa: PLR2004 - nothing to choose from
        return list(places)
    typed = input(screen.words.say("question", "which_places"))
    numbers = {int(each) for each in typed.replace(",", " ").split() if each.isdecimal()}
    return [place for at, place in enumerate(places, start=1) if not numbers or at in numbers]
