"""Where one may go: an address is judged when it is read, and again when the socket is made.

Whatever name, redirect or spelling led there, so that no resolver can answer one thing to a check
and another to the connection.
"""

import asyncio
import errno
import functools
import ipaddress
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.core.sources import FetchFailed, FetchProblem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA special-purpose registries, and what clouds put behind a public-looking address. Our own
# list, because ``ipaddress.is_global`` differs between the versions of Python we run on.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server
        "169.254.0.0/16",  # link-local, and every cloud's metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# Everything else outside 2000::/3 is closed too: loopback, mapped and compatible IPv4, NAT64,
# unique local, link-local, site-local, multicast.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_open(host: str, allow_nets: Sequence[Network] = ()) -> bool:
    """Whether an IP address is one of the public internet, or allowed by the operator."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False  # a name: whoever resolves it later could answer anything
    if isinstance(address, ipaddress.IPv4Address):
        is_public = not any(address in net for net in _CLOSED_V4)
    else:
        is_public = address in _OPEN_V6 and not any(address in net for net in _CLOSED_V6)
        if address in _NAT64 and not is_open(str(ipaddress.IPv4Address(address.packed[-4:]))):
            return False  # an allowed translator still leads to the public internet only
    return is_public or any(address in net for net in allow_nets)


_HOST = re.compile(r"[A-Za-z0-9_.-]+")
_HOST_V6 = re.compile(r"[0-9a-f:.]+(?:%25[A-Za-z0-9]+)?", re.IGNORECASE)
_USERINFO = re.compile(r"[^/?#]*//[^/?#]*@")
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def address_of(url: str) -> URL:
    """The one reading of an address, used for the checks and for the connection.

    Raises:
        FetchFailed: INVALID_ADDRESS, or FORBIDDEN_ADDRESS for an IP address in disguise.
    """
    url = url.strip()
    if _CONTROL.search(url):
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="control or backslash")
    try:
        address = URL(url).with_fragment(None)
        host, port = address.raw_host or "", address.explicit_port
    except ValueError:  # its message may hold the whole address
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="not an address") from None
    if address.scheme not in {"http", "https"}:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="only http and https")
    if not host or _USERINFO.match(url) or port == 0:
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="host, userinfo or port")
    _check_host(host, url)
    return address


def _check_host(host: str, url: str) -> None:
    pattern = _HOST_V6 if ":" in host else _HOST
    if not pattern.fullmatch(host):
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, url, detail="not a host name")
    if ":" in host:
        return
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            told = "an IPv4 address in disguise"
            raise FetchFailed(FetchProblem.FORBIDDEN_ADDRESS, url, detail=told) from None


def next_address(here: URL, location: str) -> URL:
    """Where a redirect leads, judged as an address somebody typed.

    Raises:
        FetchFailed: as ``address_of``.
    """
    if _CONTROL.search(location.strip()):
        raise FetchFailed(FetchProblem.INVALID_ADDRESS, location, detail="redirect")
    return address_of(str(here.join(URL(location.strip()))))


def proxy_of(proxy: str, url: str) -> URL | None:
    """The proxy of an exchange with ``url``; none when empty.

    Raises:
        FetchFailed: PROXY: not the address of an http or https proxy. It is not in the error.
    """
    if not proxy:
        return None
    try:
        address = URL(proxy)
        is_proxy = (
            address.scheme in {"http", "https"}
            and bool(address.raw_host)
            and address.explicit_port != 0
            and address.raw_path_qs in {"", "/"}
            and not address.raw_fragment
            and not _CONTROL.search(proxy)
        )
    except ValueError:
        is_proxy = False
    if not is_proxy:
        raise FetchFailed(FetchProblem.PROXY, url, detail="not an http or https proxy")
    return address


class ForbiddenError(OSError):
    """A connection that is not to be made."""


@dataclass(slots=True)
class Way:
    """How one exchange goes out."""

    proxy: URL | None = field(default=None, repr=False)
    refused: list[str] = field(default_factory=list)
    """The addresses it was kept from; when several are tried, the library mixes errors."""


_way: ContextVar[Way] = ContextVar("_way")
"""Of the exchange that a socket is made for."""


class Guard:
    """Judges where an exchange goes."""

    def __init__(self, resolver: AbstractResolver, allow_nets: Sequence[Network] = ()) -> None:
        self._resolver = resolver
        self._allow_nets = tuple(allow_nets)

    async def judge(self, address: URL, way: Way) -> None:
        """Before an exchange: through a proxy, judge where it is asked to go.

        Directly, the socket is judged, and nothing needs to be known before. The proxy resolves
        names for itself: it may find another address than we do, so that this is the best that can
        be done. A name that we cannot resolve is left to it; its own address is the operator's
        choice, and is not judged.

        Raises:
            ForbiddenError: it leads into a private network.
            TimeoutError: the caller's patience is over.
        """
        _way.set(way)
        if way.proxy is None:
            return
        host = address.host or ""
        if not all(self._is_open(found, way) for found in await self._found(host)):
            raise _forbidden()

    def make_socket(self, target: AddrInfoType) -> socket.socket:
        """A socket for one resolved address; called for every connection attempt.

        Raises:
            ForbiddenError: none for that address.
        """
        kind, style, protocol, _, address = target
        way = _way.get()
        if way.proxy is None and not self._is_open(str(address[0]), way):
            raise _forbidden()
        return socket.socket(kind, style, protocol)

    def _is_open(self, host: str, way: Way) -> bool:
        if is_open(host, self._allow_nets):
            return True
        way.refused.append(host)
        return False

    async def _found(self, host: str) -> list[str]:
        """The addresses of a name, or the address that it is."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            try:
                return [found["host"] for found in await self._resolver.resolve(host)]
            except OSError:
                return []
        return [host]


def _forbidden() -> ForbiddenError:
    return ForbiddenError(errno.EACCES, "forbidden address")


class Resolver(AbstractResolver):
    """Names to addresses, in threads of its own: a dead name server holds up nothing else."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="vigie-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a name; OSError when it has none."""
        ask = functools.partial(
            socket.getaddrinfo,
            host,
            port,
            family=family,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        answers = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in answers
        ]

    async def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)
