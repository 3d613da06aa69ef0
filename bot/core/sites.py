"""A small directory of known sites and search engines: who receives a letter about them.

Written in ``templates/law/sites.toml``, dated, each entry with its source; this module owns the
shape and refuses a document that does not have it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from bot.core import urls
from bot.core.law import Confidence
from bot.core.particulars import Fact
from bot.core.recipients import RecipientRole


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRecipient:
    """Somebody to write to about a site."""

    role: RecipientRole
    facts: Mapping[Fact, str]
    form: str = ""
    """The address of the site's own form."""
    note: str = ""
    confidence: Confidence
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSite:
    """A site, by its hosts: ``site.fr``, ``site.*`` in any country, ``site.fr/part``."""

    name: str
    hosts: tuple[str, ...]
    recipients: tuple[KnownRecipient, ...]
    is_read: bool
    """Whether its pages may be opened to find its legal notice; its terms may forbid robots."""
    is_public: bool = False
    """Whether it is a public directory: what is wrong in it is corrected, nothing is erased."""
    note: str = ""
    checked_on: date

    def reach(self, address: str) -> int:
        """How precisely the site's hosts hold ``host/path``; 0 when they do not."""
        return max((len(own) for own in self.hosts if _is_within(address, own)), default=0)


@dataclass(frozen=True, slots=True)
class SiteDirectory:
    """Everything the directory knows."""

    sites: tuple[KnownSite, ...] = ()
    engines: tuple[KnownSite, ...] = ()
    """Search engines, where any page can be found under a name."""

    def of(self, url: str) -> KnownSite | None:
        """The site an address belongs to, the most precise entry; nothing when it is unknown."""
        host = urls.outlet(url).partition(":")[0]
        address = host + urlsplit(urls.unwrap(url)).path
        known = (*self.sites, *self.engines)
        reach, site = max(((each.reach(address), each) for each in known), key=_first)
        return site if reach else None


class InvalidDirectory(ValueError):
    """The document cannot be used; ``problems`` lists everything to correct."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def parse_directory(document: Mapping[str, object]) -> SiteDirectory:
    """The directory a document describes.

    Raises:
        InvalidDirectory: with every problem.
    """
    problems: list[str] = []
    kinds = {kind: tuple(_sites(document.get(kind), kind, problems)) for kind in _KINDS}
    problems += (f"{key} is not a known key" for key in document.keys() - kinds.keys())
    problems += (f"{kind}: none" for kind, sites in kinds.items() if not sites)
    if problems:
        raise InvalidDirectory(problems)
    return SiteDirectory(**kinds)


# Private from here on.

_KINDS = ("sites", "engines")
_ANY = ".*"
_LONGEST_ENDING = 6
"""Of a host, a country's: "fr", "co.uk", "com.br"."""
_SITE = {"name", "hosts", "is_read", "is_public", "note", "checked_on", "recipients"}
_RECIPIENT = {"role", "form", "note", "confidence", "source", *Fact}


def _first(pair: tuple[int, KnownSite]) -> int:
    return pair[0]


def _is_within(address: str, own: str) -> bool:
    host, _, path = address.partition("/")
    own, _, part = own.partition("/")
    if part and path != part and not path.startswith(f"{part}/"):
        return False
    if not own.endswith(_ANY):
        return host == own or host.endswith(f".{own}")
    _, found, ending = f".{host}".rpartition(f".{own.removesuffix(_ANY)}.")
    return bool(found) and len(ending) <= _LONGEST_ENDING


def _sites(tables: object, kind: str, problems: list[str]) -> Iterator[KnownSite]:
    for at, table in enumerate(tables if isinstance(tables, list) else (), start=1):
        where = f"{kind} {at}"
        try:
            where = f"{kind}, {table['name']}"
            problems += (f"{where}: {key} is not a known key" for key in table.keys() - _SITE)
            yield KnownSite(
                name=_text(table["name"]),
                hosts=_texts(table["hosts"]),
                recipients=tuple(_recipient(each) for each in table.get("recipients", [])),
                is_read=bool(table["is_read"]),
                is_public=bool(table.get("is_public")),
                note=_text(table.get("note", "")),
                checked_on=_day(table["checked_on"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            problems.append(f"{where}: {type(error).__name__} {error}")


def _recipient(table: Mapping[str, object]) -> KnownRecipient:
    if unknown := sorted(table.keys() - _RECIPIENT):
        raise ValueError(f"{unknown[0]} is not a known key")
    source = _text(table["source"])
    if not source:
        raise ValueError("source is empty")
    return KnownRecipient(
        role=RecipientRole(_text(table["role"])),
        facts={fact: _text(table[fact.value]) for fact in Fact if fact.value in table},
        form=_text(table.get("form", "")),
        note=_text(table.get("note", "")),
        confidence=Confidence(_text(table["confidence"])),
        source=source,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is not a list")
    return tuple(map(_text, values))


def _day(value: object) -> date:
    if type(value) is not date:
        raise TypeError(f"{value!r} is not a day")
    return value
