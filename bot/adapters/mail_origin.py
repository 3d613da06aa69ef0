"""Whether a mail is the Google Alert it says it is. Why these two proofs and no other: ADR 0010.

Everything here reads bytes that anybody may have sent: bounded, in linear time, and before any
other part of the mail is looked at.
"""

import ipaddress
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser

import dkim
import dkim.util
import dns.exception
import dns.resolver

SENDER = "googlealerts-noreply@google.com"

Keys = Callable[[str], bytes | None]
"""The TXT record at a name, None when there is none; OSError when nobody answers."""


def dns_key(name: str) -> bytes | None:
    """The TXT record at a name, from the name servers of this machine.

    Raises:
        OSError: they do not answer; asking again later may help.
    """
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=_DNS_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except dns.exception.DNSException as error:
        raise OSError(None, "no name server answered") from error
    return b"".join(next(iter(answer)).strings)


def is_genuine(mail: bytes, arrived_at: datetime, believed: str | None, keys: Keys) -> bool:
    """Whether Google sent this mail as a Google Alert.

    Args:
        mail: as the server keeps it.
        arrived_at: when the server received it: a signature is judged at that moment.
        believed: the name under which the receiving server writes what it verified, when it is
            one that lets no sender write in its place (``BELIEVED``); its word spares a look-up.
        keys: where public keys are looked up.

    Raises:
        OSError: no name server answered.
    """
    head = _HEAD_END.split(mail[:_MAX_HEAD], maxsplit=1)[0]
    if len(head) == _MAX_HEAD:
        return False
    headers: Message = BytesHeaderParser(policy=policy.compat32).parsebytes(head)
    if not _is_alert(headers):
        return False
    return (believed is not None and _vouched(headers, believed)) or _signed(
        mail, headers, arrived_at, keys
    )


BELIEVED = {"imap.gmail.com": "mx.google.com"}
"""By IMAP server: the name it signs its findings with. Only servers known to write them on every
mail, and to remove those that came with it under their own name (RFC 8601 section 5)."""

# Private from here on.

_DNS_SECONDS = 5.0
_MAX_HEAD = 65_536
_MAX_RESULTS = 8_192
_MAX_SIGNATURE = 4_096
_SIGNATURES = 4
_LEEWAY = timedelta(hours=10)  # of clocks; as much as dkimpy gives
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FROM = re.compile(
    rf'(?:"[^"<>@]{{0,100}}" ?|[^"<>@,;:()]{{0,100}})<{re.escape(SENDER)}>|{re.escape(SENDER)}',
    re.IGNORECASE,
)
_ONCE = ("Subject", "Date", "Content-Type", "Content-Transfer-Encoding", "MIME-Version")


def _is_alert(headers: Message) -> bool:
    """One author, Google Alerts, and nothing said twice: what is signed is one of the two."""
    authors = [_unfolded(value) for value in headers.get_all("From", ())]
    if len(authors) != 1 or not _FROM.fullmatch(authors[0]):
        return False
    return all(len(headers.get_all(name, ())) <= 1 for name in _ONCE)


def _unfolded(value: object) -> str:
    return " ".join(str(value).split())


# --- the receiving server's word ----------------------------------------------------------------

_BY = re.compile(r"(?:^|\s)by ([^\s;()]{1,255})")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")


def _vouched(headers: Message, believed: str) -> bool:
    """Whether the first results are the receiving server's, and say that Google signed.

    They stand next to the trace it left itself, above everything that came with the mail: above
    them only its own trace, and those of machines behind it, which give an address for a name.
    """
    is_inside = False
    for name, value in headers.items():
        if name.lower() == "received":
            by = _BY.search(_unfolded(value))
            if is_inside or by is None or not (by[1] == believed or _is_address(by[1])):
                return False
            is_inside = by[1] == believed
        elif name.lower() == "authentication-results":
            return _says_google(_unfolded(value), believed)
    return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _says_google(results: str, believed: str) -> bool:
    if len(results) > _MAX_RESULTS:
        return False
    # A sender chooses what stands between quotes and in comments, and could write results there.
    unquoted = _QUOTED.sub(" ", results)
    bare = _COMMENT.sub(" ", unquoted)
    if '"' in unquoted or "(" in bare or ")" in bare:
        return False
    server, *found = (piece.split() for piece in bare.lower().split(";"))
    return server in ([believed], [believed, "1"]) and any(map(_is_google, found))


def _is_google(result: list[str]) -> bool:
    said = dict(word.split("=", 1) for word in result if "=" in word)
    if said.get("dkim") == "pass":
        signer = said.get("header.d") or said.get("header.i", "").rpartition("@")[2]
        return signer == "google.com"
    return said.get("dmarc") == "pass" and said.get("header.from") == "google.com"


# --- the signature ------------------------------------------------------------------------------

_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_BLANKS = b" " * 100
_BAD_SIGNATURE = (
    dkim.DKIMException,
    dkim.util.InvalidTagValueList,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)
"""What the library raises on what is no signature, beside its own errors."""

_silent = logging.getLogger(f"{__name__}.silent")  # the library would report each bad one
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def _signed(mail: bytes, headers: Message, arrived_at: datetime, keys: Keys) -> bool:
    """Whether one of its signatures is Google's, over the whole of it."""
    given = headers.get_all("DKIM-Signature", ())
    if len(given) > _SIGNATURES or any(len(str(value)) > _MAX_SIGNATURE for value in given):
        return False
    # Long runs of blanks keep the library busy for a time that grows with their square.
    if _BLANKS in mail.replace(b"\t", b" "):
        return False
    return any(_verified(mail, place, arrived_at, keys) for place in range(len(given)))


def _verified(mail: bytes, place: int, arrived_at: datetime, keys: Keys) -> bool:
    try:
        signer = dkim.DKIM(mail, logger=_silent)
        header = [each for each in signer.headers if each[0].lower() == b"dkim-signature"][place]
        tags = dkim.util.parse_tag_value(header[1])
        if not _is_googles(tags, arrived_at):
            return False
        # Not verify(): it judges the expiry, seven days with Google, as if the mail came now.
        dkim.validate_signature_fields({tag: tags[tag] for tag in tags if tag != b"x"})
        signed = [name.strip().lower() for name in tags[b"h"].split(b":")]
        if not {b"from", b"subject", b"date"}.issubset(signed):
            return False

        def look_up(name: bytes, timeout: float = 0) -> bytes | None:  # noqa: ARG001 - its hook
            return keys(name.decode("ascii").rstrip("."))

        return bool(signer.verify_sig(tags, signed, header, look_up))
    except _BAD_SIGNATURE:
        return False


def _is_googles(tags: dict[bytes, bytes], arrived_at: datetime) -> bool:
    """Made for google.com, over the whole body, and not expired when it came."""
    selector = tags.get(b"s", b"").decode("ascii")
    expires = tags.get(b"x")
    return (
        tags.get(b"d", b"").lower() == b"google.com"
        and tags.get(b"a") == b"rsa-sha256"
        and b"l" not in tags
        and _SELECTOR.fullmatch(selector) is not None
        and (expires is None or int(expires) >= (arrived_at - _LEEWAY).timestamp())
    )
