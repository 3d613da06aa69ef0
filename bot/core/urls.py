"""Addresses: what is behind a redirect, and when two of them lead to the same page."""

import base64
import binascii
import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

_LONGEST = 8192
"""A longer address is no address: it is left as it is."""


def canonical(url: str) -> str:
    """One spelling for all the addresses of a page, to compare by; not meant to be opened.

    An address that cannot be read comes back stripped.
    """
    address, parts = _unwrapped(url)
    if parts is None:
        return address
    pieces = [_escape(piece, _IN_QUERY) for piece in parts.query.split("&") if piece]
    kept = sorted(filter(_singles_out, pieces), key=_name)
    path = _escape(parts.path, _IN_PATH).rstrip("/")
    query = f"?{'&'.join(kept)}" if kept else ""
    anchor = f"#{_escape(parts.fragment, _IN_PATH)}" if _ANCHOR.match(parts.fragment) else ""
    return f"https://{_bare_host(parts)}{_port(parts)}{path}{query}{anchor}"


def unwrap(url: str) -> str:
    """The address behind the redirects of search engines and networks, itself when there is none.

    Only an ``http`` or ``https`` address is taken out of a redirect.
    """
    return _unwrapped(url)[0]


def outlet(url: str) -> str:
    """The site an address belongs to, as shown; empty when it has none."""
    parts = _unwrapped(url)[1]
    return "" if parts is None else _bare_host(parts)


def is_web(url: str) -> bool:
    """Whether an address may be shown as a link: chats refuse bare hosts and endless addresses."""
    return len(url) <= _LONGEST_LINK and "." in outlet(url)


def is_address(words: str) -> bool:
    """Whether what somebody typed is the address of a page, and nothing else."""
    said = words.strip()
    begins = said.lower().startswith(("http://", "https://"))
    return begins and len(said.split()) == 1 and is_web(said)


def first_address(words: str) -> str | None:
    """The first web address in a text, without the punctuation after it."""
    for word in words.split():
        said = word.strip("<>()[]\"'\u00ab\u00bb").rstrip(".,;:!?")
        if is_address(said):
            return said
    return None


# Private from here on.

_LONGEST_LINK = 2000

_AMPERSAND = re.compile("&(?:amp;)+")
_TRACKING = re.compile(
    r"(?:utm|mtm|piwik|hsa|__hs|guce|oly|vero|fb_action)_\w+|_hs\w+|wt_mc(?:_\w+)?"
    r"|at_(?:medium|campaign|custom\d*|creation|format|variant|recipient_\w+|send_date)"
    r"|pk_(?:campaign|kwd|keyword|source|medium)|ref_(?:src|url)|sr_share|mc_[ce]id|mkt_tok"
    r"|fbclid|fb_ref|fb_source|gclid|gclsrc|dclid|[gw]braid|_ga|_gl|srsltid|msclkid|y?s?yclid"
    r"|igshi?d?|ttclid|twclid|li_fat_id|s_kwcid|s_cid|irclickid|wickedid|rb_clickid|xtor|xtref"
    r"|__twitter_impression|cmpid|ncid|ocid|spm|guccounter|_openstat|hsctatracking"
    r"|phpsessid|jsessionid|amp",
    re.IGNORECASE | re.ASCII,
)
_ANCHOR = re.compile(
    r"!.|/.|\d{3,}$"
    r"|[a-z_-]*(?:post|message|msg|comment|commentaire|reply|reponse|answer|avis|review"
    r"|discussion_r)[_=-]?\d+$|[pmcrt]-?\d+$",
    re.IGNORECASE | re.ASCII,
)
_GOOGLE = r"(?:[a-z]+\.)?google\.(?:com?\.)?[a-z]{2,3}"
_REDIRECTS = tuple(
    (re.compile(hosts), re.compile(paths), names)
    for hosts, paths, names in (
        (_GOOGLE, "/url", ("url", "q")),
        (r"(?:[a-z]+\.)?bing\.com", "/(?:ck/a|news/apiclick.aspx)", ("u", "url")),
        (r"(?:[a-z]+\.)?facebook\.com", "/(?:l|flx/warn/?|l/)(?:.php)?", ("u",)),
        (r"l\.(?:instagram|messenger|threads)\.(?:com|net)", ".*", ("u",)),
        (r"(?:www\.)?linkedin\.com", "/(?:redir/redirect|safety/go)/?", ("url",)),
        (r"(?:www\.)?youtube\.com", "/redirect", ("q",)),
        (r"(?:[a-z]+\.)?duckduckgo\.com", "/l/", ("uddg",)),
        (r"out\.reddit\.com", ".*", ("url",)),
        (r"slack-redir\.net", "/link", ("url",)),
        (r"[a-z0-9]+\.safelinks\.protection\.outlook\.com", ".*", ("url",)),
    )
)
_MAY_REDIRECT = re.compile(
    "google|bing|facebook|instagram|messenger|threads|linkedin|youtube|duckduckgo|reddit"
    "|slack-redir|safelinks"
)
"""A quick look spares the close ones."""
_HTTP = re.compile("https?://[^/?#]", re.IGNORECASE)
_ENCODED_HTTP = re.compile("https?(?:%25)*%3a", re.IGNORECASE)
_BING_MARK = "a1"
_IN_PATH = "!$&'()*+,/:=@"  # no ";", lest "&amp;" comes back
_IN_QUERY = "!$'()*,/:;=?@"
_ANYWHERE = "!#$&'()*+,/:;=?@[]%"
_ESCAPE = re.compile("%(?:([0-9A-Fa-f]{2}))?")
_PLAIN = re.compile(r"[\w./=-]*", re.ASCII)
_PREFIX = re.compile(r"^(?:(?:www\d?|m|amp|mobile)\.)+(?=[^.]+\.[^.])")
_NOT_IN_HOST = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}&]")
_LONGEST_HOST = 253
_PORTS = {None: "", 80: "", 443: ""}


def _split(address: str) -> SplitResult | None:
    """The parts of a web address, or nothing when it is not one."""
    if len(address) > _LONGEST:
        return None
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    is_web = parts.scheme in {"http", "https"} and port != 0
    return parts if is_web and host and not _NOT_IN_HOST.search(host) else None


def _unwrapped(url: str) -> tuple[str, SplitResult | None]:
    """The address behind every redirect, and its parts."""
    address = _AMPERSAND.sub("&", url.strip())
    parts = _split(address)
    while parts is not None and (target := _target(parts)) is not None:
        address = target
        parts = _split(address)
    return address, parts


def _target(parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    if not _MAY_REDIRECT.search(host):
        return None
    for hosts, paths, names in _REDIRECTS:
        if hosts.fullmatch(host) and paths.fullmatch(parts.path):
            values = dict(_pair(piece) for piece in reversed(parts.query.split("&")))
            found = (_decode(values[name]) for name in names if name in values)
            return next(filter(None, found), None)
    return None


def _pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return name.lower(), value


def _decode(value: str) -> str | None:
    """The web address a parameter holds, or nothing."""
    if value.startswith(_BING_MARK):
        value = _from_base64(value.removeprefix(_BING_MARK)) or value
    decoded = unquote(value)
    while _ENCODED_HTTP.match(decoded):
        decoded = unquote(decoded)
    if "\ufffd" in decoded:  # escapes of another encoding: better left as they are
        decoded = value
    decoded = _AMPERSAND.sub("&", decoded.strip())
    if not _HTTP.match(decoded):
        return None
    return quote(decoded, safe=_ANYWHERE, errors="replace")


def _from_base64(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _escape(piece: str, safe: str) -> str:
    """The same characters, each always written in the same way."""
    if _PLAIN.fullmatch(piece):
        return piece
    spelled = _ESCAPE.sub(_one_escape, piece.replace("+", "%20") if safe == _IN_QUERY else piece)
    return quote(spelled, safe=f"{safe}%", errors="replace")


def _one_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"  # a per cent sign that escapes nothing
    character = chr(int(found[1], 16))
    if character.isascii() and (character.isalnum() or character in "-._~"):
        return character
    return found[0].upper()


def _name(piece: str) -> str:
    return piece.partition("=")[0]


def _singles_out(piece: str) -> bool:
    return _TRACKING.fullmatch(_name(piece)) is None


def _bare_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".").lower()
    if not host.isascii() and len(host) <= _LONGEST_HOST:
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            host = quote(host, errors="replace").lower()
    return f"[{host}]" if ":" in host else _PREFIX.sub("", host, count=1)


def _port(parts: SplitResult) -> str:
    return _PORTS.get(parts.port, f":{parts.port}")
