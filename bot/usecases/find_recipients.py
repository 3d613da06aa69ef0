"""Who a letter about a page goes to: proposed with what it is based on; a person confirms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core import urls
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import Confidence
from bot.core.particulars import Fact
from bot.core.recipients import Detail, Looked, Party, RecipientRole
from bot.core.sites import KnownRecipient, KnownSite
from bot.core.sources import FetchFailed, FetchProblem
from bot.ports import Ports


class RecipientBasis(StrEnum):
    """Where a proposal comes from."""

    NOTICE = "notice"
    """What the site says of itself."""
    BYLINE = "byline"
    """Whom the page says it is by."""
    DIRECTORY = "directory"
    """Our own directory of known sites."""


class NoticeFinding(StrEnum):
    """How the search for a legal notice ended."""

    FOUND = "found"
    SAYS_NOTHING = "says_nothing"
    """A notice was read, and nobody could be made out in it."""
    MISSING = "missing"
    """The site was read and no link leads to a notice."""
    UNREADABLE = "unreadable"
    NOT_ASKED = "not_asked"
    """The site does not want robots: its pages were not opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody to write to, perhaps."""

    role: RecipientRole
    details: tuple[Detail, ...]
    """Each with the words it was read in; none for those of the directory."""
    basis: RecipientBasis
    confidence: Confidence
    where: str
    """The address of the page, or the source of the directory."""
    form: str = ""
    note: str = ""
    checked_on: date | None = None

    def get(self, fact: Fact) -> str:
        """The value of a fact, empty when it is not known."""
        return next((each.value for each in self.details if each.fact is fact), "")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything found about a page; nothing of it is stored before somebody confirms."""

    url: str
    candidates: tuple[Candidate, ...]
    finding: NoticeFinding
    notices: tuple[str, ...] = ()
    """The addresses of the pages read as legal notices."""
    failure: FetchFailed | None = None
    is_anonymous: bool = False
    doubtful_numbers: tuple[str, ...] = ()
    site: KnownSite | None = None

    def of(self, role: RecipientRole) -> tuple[Candidate, ...]:
        """The candidates in that quality."""
        return tuple(each for each in self.candidates if each.role is role)


async def propose(ports: Ports, address: str) -> Proposal:
    """Who may be written to about a page, in each quality.

    Raises:
        Refusal: NOT_AN_ADDRESS.
        FetchFailed: INVALID_ADDRESS, FORBIDDEN_ADDRESS: it leads nowhere we may go.
    """
    url = urls.unwrap(address)
    if not urls.is_address(url):
        raise Refusal(RefusalCode.NOT_AN_ADDRESS)
    site = ports.directory.of(url)
    if site is not None and not site.is_read:
        looked, finding = Looked(), NoticeFinding.NOT_ASKED
    else:
        looked = await ports.notices.look(url, ports.clock.now())
        finding = _finding(looked)
    if looked.failure is not None and looked.failure.problem in _NOT_OURS_TO_SEE:
        raise looked.failure
    known = _known(site, ports.directory.engines)
    candidates = (*_on_the_site(url, looked), *known)
    return Proposal(
        url,
        tuple(sorted(candidates, key=_place)),
        finding,
        tuple(page.url for page in looked.pages),
        looked.failure if finding is NoticeFinding.UNREADABLE else None,
        any(page.notice.is_anonymous for page in looked.pages),
        tuple(each for page in looked.pages for each in page.notice.doubtful_numbers),
        site,
    )


# Private from here on.

_NOT_OURS_TO_SEE = frozenset({FetchProblem.INVALID_ADDRESS, FetchProblem.FORBIDDEN_ADDRESS})
_ROLES = tuple(RecipientRole)


def _place(candidate: Candidate) -> int:
    return _ROLES.index(candidate.role)


def _finding(looked: Looked) -> NoticeFinding:
    if any(page.notice.parties for page in looked.pages):
        return NoticeFinding.FOUND
    if looked.pages:
        return NoticeFinding.SAYS_NOTHING
    return NoticeFinding.UNREADABLE if looked.failure is not None else NoticeFinding.MISSING


def _on_the_site(url: str, looked: Looked) -> Iterator[Candidate]:
    """What the site says; of one quality, only the first page that says it."""
    if looked.author:
        name = Detail(Fact.NAME, looked.author, looked.author)
        party = Party(RecipientRole.AUTHOR, (name,))
        yield _read(party, url, RecipientBasis.BYLINE)
    told: set[RecipientRole] = set()
    for page in looked.pages:
        new = [party for party in page.notice.parties if party.role not in told]
        yield from (_read(party, page.url, RecipientBasis.NOTICE) for party in new)
        told.update(party.role for party in new)


def _read(party: Party, where: str, basis: RecipientBasis) -> Candidate:
    return Candidate(
        role=party.role,
        details=party.details,
        basis=basis,
        confidence=Confidence.TO_CONFIRM,
        where=where,
    )


def _known(site: KnownSite | None, engines: tuple[KnownSite, ...]) -> Iterator[Candidate]:
    """What the directory knows of the site, and the search engines where it may be found."""
    for each in (*([site] if site is not None and site not in engines else ()), *engines):
        for recipient in each.recipients:
            yield _listed(recipient, each.checked_on)


def _listed(recipient: KnownRecipient, checked_on: date) -> Candidate:
    return Candidate(
        role=recipient.role,
        details=tuple(Detail(fact, value, "") for fact, value in recipient.facts.items()),
        basis=RecipientBasis.DIRECTORY,
        confidence=recipient.confidence,
        where=recipient.source,
        form=recipient.form,
        note=recipient.note,
        checked_on=checked_on,
    )
