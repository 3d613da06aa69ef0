"""Every command as it is typed; the work behind one is imported when that one is asked for.

Their French help is in ``templates/cli/help.toml``.
"""
# ruff: noqa: PLC0415 - `vigie --help` must not wait for libraries it does not need

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__

Practice = Annotated[str, typer.Option("--practice")]
AnyPractice = Annotated[str | None, typer.Option("--practice")]
Json = Annotated[bool, typer.Option("--json")]
Name = Annotated[str, typer.Argument()]
Url = Annotated[str, typer.Argument()]
Words = Annotated[list[str] | None, typer.Option()]


class Service(StrEnum):
    """Whose account can be connected."""

    GOOGLE = "google"


def _show_version(is_asked: bool) -> None:  # noqa: FBT001 - the signature of a callback
    if is_asked:
        typer.echo(f"vigie {__version__}")
        raise typer.Exit


def vigie(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """The program itself."""


def demo(
    *,
    script: Annotated[bool, typer.Option("--script")] = False,
    picture: Annotated[Path | None, typer.Option("--picture")] = None,
) -> int:
    """The whole job in the terminal, offline."""
    from bot.cli.jobs import demo as work

    return work(script=script, picture=picture)


def run() -> int:
    """The bot."""
    from bot.cli.jobs import run as work

    return work()


def check(*, as_json: Json = False) -> int:
    """What is missing or wrong, in words."""
    from bot.cli.check import check as work

    return work(as_json=as_json)


def add_practice(
    name: Name,
    *,
    timezone: Annotated[str | None, typer.Option()] = None,
    territory: Annotated[str | None, typer.Option()] = None,
    digest_at: Annotated[str | None, typer.Option()] = None,
    days: Annotated[str | None, typer.Option()] = None,
) -> int:
    """A new practice."""
    from bot.cli.house import in_house
    from bot.cli.people import PracticeAsked
    from bot.cli.people import add_practice as work

    return in_house(partial(work, PracticeAsked(name, timezone, territory, digest_at, days)))


def list_practices(*, as_json: Json = False) -> int:
    """The practices there are."""
    from bot.cli.house import in_house
    from bot.cli.people import list_practices as work

    return in_house(partial(work, as_json=as_json))


def add_practitioner(  # noqa: PLR0913 - one argument an option
    *,
    practice: Practice,
    given: Annotated[str, typer.Option()],
    family: Annotated[str, typer.Option()],
    title: Annotated[str, typer.Option(show_default=False)] = "",
    profession: Annotated[str, typer.Option(show_default=False)] = "",
    city: Annotated[str, typer.Option(show_default=False)] = "",
    alias: Words = None,
    exclude: Words = None,
) -> int:
    """A new person to watch over."""
    from bot.cli.house import in_house
    from bot.cli.people import add_practitioner as work
    from bot.core.people import PracticeId, Practitioner

    person = Practitioner(
        practice_id=PracticeId(0),
        given=given,
        family=family,
        title=title,
        profession=profession,
        city=city,
        aliases=tuple(alias or ()),
        excluded_words=tuple(exclude or ()),
    )
    return in_house(partial(work, practice, person))


def list_practitioners(*, practice: AnyPractice = None, as_json: Json = False) -> int:
    """The people watched over."""
    from bot.cli.house import in_house
    from bot.cli.people import list_practitioners as work

    return in_house(partial(work, practice, as_json=as_json))


def invite(*, practice: Practice, role: Annotated[str | None, typer.Option()] = None) -> int:
    """A single-use code to come in."""
    from bot.cli.house import in_house
    from bot.cli.people import invite as work

    return in_house(partial(work, practice, role))


def add_source(  # noqa: PLR0913 - one argument an option
    url: Url,
    *,
    practice: Practice,
    every: Annotated[int | None, typer.Option()] = None,
    about: Annotated[str, typer.Option()] = "",
    secret_file: Annotated[Path | None, typer.Option()] = None,
    proxy: Annotated[str, typer.Option()] = "",
    page: Annotated[bool, typer.Option("--page")] = False,
) -> int:
    """A new address to watch."""
    from bot.cli.house import in_house
    from bot.cli.watching import SourceAsked
    from bot.cli.watching import add_source as work

    asked = SourceAsked(practice, url, every, about, secret_file, proxy, page)
    return in_house(partial(work, asked))


def try_source(  # noqa: PLR0913 - idem
    url: Url,
    *,
    practice: Practice,
    about: Annotated[str, typer.Option()] = "",
    secret_file: Annotated[Path | None, typer.Option()] = None,
    proxy: Annotated[str, typer.Option()] = "",
    page: Annotated[bool, typer.Option("--page")] = False,
    as_json: Json = False,
) -> int:
    """What an address would bring."""
    from bot.cli.house import in_house
    from bot.cli.watching import SourceAsked
    from bot.cli.watching import try_source as work

    asked = SourceAsked(practice, url, None, about, secret_file, proxy, page)
    return in_house(partial(work, asked, as_json=as_json))


def connect_source(
    service: Annotated[Service, typer.Argument(show_default=False)],
    *,
    practice: Practice,
    about: Annotated[str, typer.Option()] = "",
    every: Annotated[int | None, typer.Option()] = None,
) -> int:
    """An account whose places become sources."""
    from bot.cli.connect import ConnectionAsked, connect_google
    from bot.cli.house import in_house

    works = {Service.GOOGLE: connect_google}
    return in_house(partial(works[service], ConnectionAsked(practice, about, every)))


def list_sources(*, practice: AnyPractice = None, as_json: Json = False) -> int:
    """The addresses watched."""
    from bot.cli.house import in_house
    from bot.cli.watching import list_sources as work

    return in_house(partial(work, practice, as_json=as_json))


def remove_source(url: Url, *, practice: Practice) -> int:
    """Watch an address no more."""
    from bot.cli.house import in_house
    from bot.cli.watching import remove_source as work

    return in_house(partial(work, practice, url))


def import_sources(
    source_file: Annotated[Path, typer.Argument()],
    *,
    practice: AnyPractice = None,
    every: Annotated[int | None, typer.Option()] = None,
) -> int:
    """Watch every source of a file."""
    from bot.cli.house import in_house
    from bot.cli.sources_io import import_sources as work

    return in_house(partial(work, source_file, practice, every))


def export_sources(
    source_file: Annotated[Path | None, typer.Argument(show_default=False)] = None,
    *,
    practice: AnyPractice = None,
) -> int:
    """The sources as a list for other programs."""
    from bot.cli.house import in_house
    from bot.cli.sources_io import export_sources as work

    return in_house(partial(work, source_file, practice))


def suggest_sources(
    *,
    person: Annotated[str, typer.Option("--for")],
    practice: AnyPractice = None,
    add: Annotated[list[int] | None, typer.Option()] = None,
    as_json: Json = False,
) -> int:
    """The searches worth following for somebody."""
    from bot.cli.house import in_house
    from bot.cli.sources_io import SuggestionsAsked
    from bot.cli.sources_io import suggest as work

    asked = SuggestionsAsked(person, practice, tuple(add or ()))
    return in_house(partial(work, asked, as_json=as_json))


def poll(*, practice: AnyPractice = None) -> int:
    """Read the sources once."""
    from bot.cli.house import in_house
    from bot.cli.jobs import poll as work

    return in_house(partial(work, practice))


def digest(
    *, practice: AnyPractice = None, at_once: Annotated[bool, typer.Option("--now")] = False
) -> int:
    """Make the digests that are due."""
    from bot.cli.house import in_house
    from bot.cli.jobs import digest as work

    return in_house(partial(work, practice, at_once=at_once))


def remind() -> int:
    """Send the reminders that are due."""
    from bot.cli.house import in_house
    from bot.cli.jobs import remind as work

    return in_house(work)


def deadline(
    rule: Annotated[str, typer.Argument()],
    start: Annotated[str, typer.Argument()],
    *,
    territory: Annotated[str | None, typer.Option()] = None,
    as_json: Json = False,
) -> int:
    """A date the law gives, and why."""
    from bot.cli.law import deadline as work

    return work(rule, start, territory, as_json=as_json)


def law(*, as_json: Json = False) -> int:
    """The rules the dates come from."""
    from bot.cli.law import law as work

    return work(as_json=as_json)


def recipient(address: Annotated[str, typer.Argument()], *, as_json: Json = False) -> int:
    """Who a letter about a page goes to."""
    from bot.cli.house import in_house
    from bot.cli.recipients import recipient as work

    return in_house(partial(work, address, as_json=as_json))


def match(  # noqa: PLR0913 - one argument an option
    said: Annotated[str, typer.Argument(show_default=False)] = "",
    *,
    jsonl: Annotated[str | None, typer.Option()] = None,
    given: Annotated[str, typer.Option()] = "",
    family: Annotated[str, typer.Option()] = "",
    title: Annotated[str, typer.Option()] = "",
    profession: Annotated[str, typer.Option()] = "",
    city: Annotated[str, typer.Option()] = "",
    practice_name: Annotated[str, typer.Option()] = "",
    alias: Words = None,
    exclude: Words = None,
    as_json: Json = False,
) -> int:
    """Whether a text names somebody, and why."""
    from bot.cli.match import MatchAsked, match_lines
    from bot.cli.match import match as work
    from bot.core.errors import Refusal, RefusalCode
    from bot.core.names import Person

    if jsonl is not None:
        return match_lines(jsonl)
    if not (said and family):
        raise Refusal(RefusalCode.NOTHING_TO_MATCH)
    names = (given, family, title, profession, city, practice_name)
    person = Person(*names, tuple(alias or ()), tuple(exclude or ()))
    return work(MatchAsked(person, said), as_json=as_json)


def check_reply(
    said: Annotated[str, typer.Argument(show_default=False)] = "",
    *,
    jsonl: Annotated[str | None, typer.Option()] = None,
    profession: Annotated[str, typer.Option()] = "",
    as_json: Json = False,
) -> int:
    """What of a reply must not be published, and why."""
    from bot.cli.replies import check_reply as work
    from bot.cli.replies import check_reply_lines
    from bot.core.errors import Refusal, RefusalCode

    if jsonl is not None:
        return check_reply_lines(jsonl)
    if not said:
        raise Refusal(RefusalCode.NOTHING_TO_CHECK)
    return work(said, profession, as_json=as_json)


def assess(
    said: Annotated[str, typer.Argument(show_default=False)] = "",
    *,
    jsonl: Annotated[str | None, typer.Option()] = None,
    source_kind: Annotated[str, typer.Option()] = "review",
    rating: Annotated[float | None, typer.Option()] = None,
    as_json: Json = False,
) -> int:
    """The signals of harm in a text, and why."""
    from bot.cli.harms import Told, assess_lines
    from bot.cli.harms import assess as work
    from bot.core.errors import Refusal, RefusalCode

    if jsonl is not None:
        return assess_lines(jsonl)
    if not said:
        raise Refusal(RefusalCode.NOTHING_TO_ASSESS)
    return work(Told(said, source_kind, rating), as_json=as_json)


def letter(
    kind: Name,
    *,
    profession: Annotated[str, typer.Option()] = "",
    territory: Annotated[str | None, typer.Option()] = None,
    out: Annotated[Path, typer.Option("--out", show_default=False)] = Path(),
) -> int:
    """What a letter looks like."""
    from bot.cli.letter import letter as work

    return work(kind, profession, territory, out)


def list_lessons(*, practice: AnyPractice = None, as_json: Json = False) -> int:
    """The rules learnt about who is meant."""
    from bot.cli.house import in_house
    from bot.cli.lessons import list_lessons as work

    return in_house(partial(work, practice, as_json=as_json))


def remove_lesson(number: Annotated[int, typer.Argument()]) -> int:
    """Take a rule back."""
    from bot.cli.house import in_house
    from bot.cli.lessons import remove_lesson as work

    return in_house(partial(work, number))
