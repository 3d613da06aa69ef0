"""Files people show on Slack: fetched from Slack alone, with a token nobody else is shown."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.core.errors import Outage, Refusal, RefusalCode
from bot.core.evidence import LARGEST
from bot.core.files import too_large

_HOSTS = ("slack.com", "slack-gov.com")
"""Where our token may be shown for a file, besides the host of the configured API."""
_SECONDS = 60.0
"""Seconds a file of the largest size may take."""
_CHUNK = 64 * 1024
_HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file is fetched."""

    url: str
    is_page: bool
    """Whether it is a page by itself: one that is not comes as a page when we may not read it."""


def address_of(facts: Mapping[str, Any], api_base: str) -> Address:
    """Where a file is fetched, from what Slack says of it.

    Raises:
        Refusal: FILE_GONE: it was deleted, or is too old for the workspace; FILE_ELSEWHERE: Slack
            only shows where it is.
    """
    url, mode = str(facts.get("url_private") or ""), str(facts.get("mode") or "")
    if mode in {"tombstone", "hidden_by_limit"}:
        raise Refusal(RefusalCode.FILE_GONE)
    if facts.get("is_external") or mode == "external" or not _is_slack(url, api_base):
        raise Refusal(RefusalCode.FILE_ELSEWHERE)
    return Address(url, str(facts.get("mimetype") or "").startswith(_HTML))


def _is_slack(url: str, api_base: str) -> bool:
    try:
        asked, ours = urlsplit(url), urlsplit(api_base)
    except ValueError:
        return False
    if (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc):
        return True
    host = asked.hostname or ""
    is_theirs = any(host == name or host.endswith(f".{name}") for name in _HOSTS)
    return asked.scheme == "https" and is_theirs and asked.netloc.lower() == host


async def download(address: Address, token: str, proxy: str | None) -> bytes:
    """The bytes of a file; redirections are not followed: the token would go along.

    Where our token may not read a file, Slack does not refuse: it answers 200, or sends elsewhere,
    with a page to log in.

    Raises:
        Refusal: FILE_GONE, FILE_RIGHTS, FILE_TOO_LARGE.
        Outage: it did not come whole.
        aiohttp.ClientError, TimeoutError: idem.
    """
    timeout = aiohttp.ClientTimeout(total=None)  # that of all of it is ours
    async with (
        asyncio.timeout(_SECONDS),
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(
            address.url,
            headers={"Authorization": f"Bearer {token}"},
            allow_redirects=False,
            proxy=proxy,
        ) as answer,
    ):
        _check(answer, address)
        content = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > LARGEST:
                raise too_large()
        return bytes(content)


def _check(answer: aiohttp.ClientResponse, address: Address) -> None:
    if answer.status == HTTPStatus.NOT_FOUND:
        raise Refusal(RefusalCode.FILE_GONE)
    is_sent_away = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST
    if is_sent_away or (answer.content_type == _HTML and not address.is_page):
        raise Refusal(RefusalCode.FILE_RIGHTS)
    if answer.status != HTTPStatus.OK:
        raise Outage(f"Slack gave no file: HTTP {answer.status}")
