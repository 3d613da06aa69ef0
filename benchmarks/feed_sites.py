"""Two thousand feeds on fifty hosts of this machine, in a process of their own.

``/phase/N`` sets how they behave; see ``PHASES``. Run as a program it prints its port and serves
until its input ends.
"""

import asyncio
import contextlib
import email.utils
import random
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

FEEDS, HOSTS = 2_000, 50
_MADE = "2026-11-22T10:00:00Z"
PEOPLE = [
    ("Claire", "Lefèvre"),
    ("Jean-Marc", "Delattre"),
    ("Aïcha", "Benali"),
    ("Paul", "Vandenbroucke"),
    ("Sophie", "Marchand"),
]
WORDS = (  # noqa: SIM905 - easier to read in a line
    "cabinet patient rendez-vous avis dentiste soins Lille région santé journal article "
    "hier aujourd’hui professionnel accueil urgence qualité conseil enquête témoignage "
    "métropole"
).split()


@dataclass(frozen=True)
class Phase:
    """How the sites behave, and what each client is asked."""

    title: str
    has_validators: bool
    changed: float = 0.0
    """Share of the feeds that have a new item."""
    moves: bool = False
    """Every document carries another date of making."""


PHASES = (
    Phase("first poll", has_validators=True),
    Phase("all unchanged (304)", has_validators=True),
    Phase("unchanged, no validators", has_validators=False),
    Phase("10 % changed, validators", has_validators=True, changed=0.1),
    Phase(
        "10 % changed, date moves, no validators", has_validators=False, changed=0.1, moves=True
    ),
    Phase("nothing new, date moves", has_validators=False, moves=True),
)


def item(number: int, place: int) -> str:
    """One entry; one in ten names somebody."""
    chance = random.Random(number * 1_000 + place)  # noqa: S311 - figures, not secrets
    words = chance.choices(WORDS, k=60)
    if place % 10 == 0:
        words[5:5] = ["le Dr", *chance.choice(PEOPLE)]
    said = " ".join(words)
    address = f"https://presse.example/{number}/{place}"
    at = datetime(2026, 11, 22, tzinfo=UTC) - timedelta(hours=100 - place)
    if number % 7:
        return (
            f"<entry><id>tag:presse.example,2026:{number}/{place}</id>"
            f"<title type='html'>Article {number}-{place} : {' '.join(words[10:16])}</title>"
            f"<link href='https://www.google.example/url?rct=j&amp;url={address}&amp;ct=ga'/>"
            f"<published>{at:%Y-%m-%dT%H:%M:%SZ}</published><updated>2026-11-22T10:00:00Z</updated>"
            f"<content type='html'>&lt;b&gt;{said[:40]}&lt;/b&gt;{said[40:]}</content>"
            "<author><name/></author></entry>"
        )
    return (
        f"<item><guid>{address}</guid><title>Article {number}-{place} : {said[60:100]}</title>"
        f"<link>{address}</link><pubDate>{email.utils.format_datetime(at)}</pubDate>"
        f"<description>&lt;p&gt;{said}&lt;/p&gt;&lt;p&gt;&lt;a href='/{place}'&gt;Lire&lt;/a&gt;"
        f"&lt;/p&gt;{said}</description></item>"
    )


class Feed:
    """One document, in pieces: what is before the date of making, and what is after."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.size = 20 if number % 7 else 50
        self.version = 0
        self.items = [item(number, place) for place in range(self.size)]

    def renew(self) -> None:
        """One item more at the top, one less at the end."""
        self.version += 1
        self.items = [item(self.number, self.size + self.version), *self.items[:-1]]

    def body(self, made: str) -> bytes:
        """The document, made at that moment."""
        if self.number % 7:
            return (
                "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'>"
                f"<id>tag:presse.example,2026:{self.number}</id>"
                f"<title>Alerte {self.number}</title><updated>{made}</updated>"
                f"{''.join(self.items)}</feed>"
            ).encode()
        return (
            "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel>"
            f"<title>Journal {self.number}</title><link>https://presse.example/</link>"
            f"<lastBuildDate>{made}</lastBuildDate>{''.join(self.items)}</channel></rss>"
        ).encode()


class Sites:
    """What answers."""

    def __init__(self) -> None:
        self._feeds = [Feed(number) for number in range(FEEDS)]
        self._bodies = [feed.body(_MADE) for feed in self._feeds]
        self._phase = PHASES[0]
        self._asked = 0

    async def turn(self, request: web.Request) -> web.Response:
        """Behave as in a phase from now on."""
        self._phase = PHASES[int(request.match_info["number"])]
        for feed in self._feeds:
            if self._phase.changed and feed.number % round(1 / self._phase.changed) == 3:
                feed.renew()
                self._bodies[feed.number] = feed.body(_MADE)
        return web.Response()

    async def answer(self, request: web.Request) -> web.Response:
        """One document; some are slow, some fail."""
        self._asked += 1
        number = int(request.match_info["number"])
        if number % 101 == 7:
            await asyncio.sleep(2)
        if number % 51 == 11:
            return web.Response(status=500)
        if number % 201 == 13:
            return web.Response(status=404)
        return self._document(number, request.headers.get("If-None-Match"))

    def _document(self, number: int, known: str | None) -> web.Response:
        headers = {"Content-Type": "application/xml"}
        if self._phase.has_validators:
            headers["ETag"] = tag = f'"{number}-{self._feeds[number].version}"'
            if known == tag:
                return web.Response(status=304, headers={"ETag": tag})
        body = self._bodies[number]
        if self._phase.moves:
            minutes, seconds = divmod(self._asked, 60)
            body = self._feeds[number].body(f"2026-11-22T10:{minutes % 60:02}:{seconds:02}Z")
        return web.Response(body=body, headers=headers)


async def serve() -> None:
    """Answer on every address of this machine, until the input ends."""
    feeds = Sites()
    app = web.Application()
    app.router.add_get("/phase/{number}", feeds.turn)
    app.router.add_get("/feed/{number}", feeds.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    # 127.0.1.x are fifty hosts of this machine; nothing else of it is listened on.
    places = [web.TCPSite(runner, "127.0.1.1", 0)]
    await places[0].start()
    port = runner.addresses[0][1]
    places += [web.TCPSite(runner, f"127.0.1.{n}", port) for n in range(2, HOSTS + 1)]
    for place in places[1:]:
        await place.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@contextlib.contextmanager
def sites() -> Iterator[int]:
    """The port where the sites answer."""
    program = (sys.executable, __file__)
    with subprocess.Popen(  # noqa: S603 - ourselves
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()


def addresses(port: int) -> list[str]:
    """Where each feed is."""
    return [f"http://127.0.1.{n % HOSTS + 1}:{port}/feed/{n}" for n in range(FEEDS)]


def turn(port: int, number: int) -> None:
    """Have the sites behave as in a phase."""
    urllib.request.urlopen(f"http://127.0.1.1:{port}/phase/{number}").close()


if __name__ == "__main__":
    asyncio.run(serve())
