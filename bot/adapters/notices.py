"""Goes from a page to the legal notice of its site, through its links; a few requests at most."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from bot.adapters.pages import author_of, links_in, words_of
from bot.core.recipients import (
    Looked,
    Notice,
    NoticePage,
    NoticeWords,
    RecipientRole,
    read_notice,
)
from bot.core.sources import Fetched, FetchFailed, FetchProblem, SourceKind, decoded, recognise
from bot.ports import Fetcher

MAX_NOTICES = 3
"""Pages that are opened beside the one asked about and the first page of its site."""
_MAX_PAGE = 1_000_000
"""Characters of markup."""
_ELSEWHERE = frozenset({FetchProblem.INVALID_ADDRESS, FetchProblem.FORBIDDEN_ADDRESS})
_NO_SITE = frozenset(
    {
        FetchProblem.UNREACHABLE,
        FetchProblem.TIMEOUT,
        FetchProblem.TLS,
        FetchProblem.PROXY,
        *_ELSEWHERE,
    }
)


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that may lead to a notice: the smaller, the likelier."""

    rank: int
    is_far: bool
    """On another site."""
    url: str


@dataclass(slots=True)
class _Search:
    """What was found so far."""

    url: str
    author: str = ""
    failure: FetchFailed | None = None
    links: dict[str, _Link] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    pages: list[NoticePage] = field(default_factory=list)

    def is_over(self) -> bool:
        """Whether who publishes and who hosts are both known."""
        roles = {party.role for page in self.pages for party in page.notice.parties}
        return {RecipientRole.PUBLISHER, RecipientRole.HOST} <= roles

    def has_notice(self) -> bool:
        """Whether a page made for it was read, or some page said who publishes."""
        return bool(self.pages)


class NoticeFinder:
    """Reads the legal notice of the site a page belongs to."""

    def __init__(self, fetcher: Fetcher, words: NoticeWords) -> None:
        self._fetcher = fetcher
        self._words = words

    async def look(self, url: str, now: datetime) -> Looked:
        """What the site says of itself; whatever cannot be read is told in ``failure``."""
        search = _Search(url)
        page = await self._fetched(url, now, search)
        if page is not None:
            await self._open(page, search, is_asked=True)
        if self._wants_home(search):
            home = await self._fetched(urljoin(url, "/"), now, search)
            if home is not None:
                await self._open(home, search)
        wanted = [link for link in search.links.values() if link.url not in search.opened]
        for link in sorted(wanted, key=_likeliest)[:MAX_NOTICES]:
            if search.is_over():
                break
            fetched = await self._fetched(link.url, now, search)
            if fetched is not None:
                await self._read(fetched, search, is_notice=self._words.is_notice(link.rank))
        failure = None if search.has_notice() else search.failure
        return Looked(tuple(search.pages), search.author, failure)

    def _wants_home(self, search: _Search) -> bool:
        """Whether the page gave no sure link, its site answers, and it is not its first page."""
        if any(self._words.is_notice(link.rank) for link in search.links.values()):
            return False
        is_away = search.failure is not None and search.failure.problem in _NO_SITE
        return not (search.pages or is_away) and urlsplit(search.url).path.strip("/") != ""

    async def _fetched(self, url: str, now: datetime, search: _Search) -> Fetched | None:
        search.opened.add(url)
        try:
            fetched = await self._fetcher.fetch(url, now=now)
        except FetchFailed as failure:
            search.failure = search.failure or failure
            return None
        kind = recognise(fetched.final_url, fetched.content_type, fetched.body)
        if kind is not SourceKind.PAGE:
            search.failure = search.failure or FetchFailed(FetchProblem.NOT_A_PAGE, url)
            return None
        return fetched

    async def _open(self, fetched: Fetched, search: _Search, *, is_asked: bool = False) -> None:
        """Note where a page leads; read it as a notice only when its address says that it is."""
        author, links = await asyncio.to_thread(self._of, fetched)
        if is_asked:
            search.author = author
        rank = self._words.rank("", fetched.final_url)
        if rank is not None and self._words.is_notice(rank):
            await self._read(fetched, search, is_notice=True)
        for link in links:
            if link.url not in search.links or search.links[link.url].rank > link.rank:
                search.links[link.url] = link

    def _of(self, fetched: Fetched) -> tuple[str, list[_Link]]:
        page = decoded(fetched.body, fetched.content_type)[:_MAX_PAGE]
        links = links_in(page, fetched.final_url)
        return self._words.person(author_of(page)), list(self._ranked(links, fetched.final_url))

    def _ranked(self, links: Iterable[tuple[str, str]], own: str) -> Iterable[_Link]:
        for address, words in links:
            url = address.partition("#")[0]
            rank = self._words.rank(words, url)
            if rank is None or url == own.partition("#")[0]:
                continue
            is_far = _site(url) != _site(own)
            if not is_far or self._words.is_notice(rank):
                yield _Link(rank, is_far, url)

    async def _read(self, fetched: Fetched, search: _Search, *, is_notice: bool) -> None:
        notice = await asyncio.to_thread(self._notice, fetched)
        if is_notice or notice.parties:
            search.pages.append(NoticePage(fetched.final_url, notice))

    def _notice(self, fetched: Fetched) -> Notice:
        page = decoded(fetched.body, fetched.content_type)[:_MAX_PAGE]
        return read_notice(words_of(page), self._words)


def _likeliest(link: _Link) -> tuple[bool, int]:
    return link.is_far, link.rank


def _site(url: str) -> str:
    """The last two labels of a host: pages of one site, near enough."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return ".".join(host.split(".")[-2:])
