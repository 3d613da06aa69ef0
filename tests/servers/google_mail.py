"""Google Alert mails as Google would send them, signed with a key made for these tests."""

import textwrap
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

import dkim

_KEY = (
    "MIICXgIBAAKBgQDlwkbNnxd2+2trWnN/wYyfXOto7FyRNWQ4qTOVT6XAiSAhOjJUMKLW9FSCHyOn"
    "yncLofCoDx2EyJGT6XkY4xVCdrdbmx9mM8XWTYLc0ItPLBbudiqicW9CmQDhFbSLy/+s21sSovCY"
    "ZZTXaO46k6DJkBTVK4IPUxlywPIgC2OWpQIDAQABAoGBAK3JFEsFkfcSVv79jK1OlfIYk4tqdN30"
    "15iwCu9eLk6CqgXYAieCHjme16kQqqSI1SC8Xc6QmFBOcSbDCzDS2slbFgU3P0GkA20IY2MIolom"
    "Ov/dswASZY8tYoMdfOP+oEEs45T9CwbAcB2ejxkBTeYjfIrW2z2WD25zWWYtLo5hAkEA9udE1s4i"
    "6oUCZum2qUh96KueJRfHgorjnTrvjB2BLAnWjpPMeVyE7Rp/tp+0h0WBOV7kQAJtQmgIpQyekhPn"
    "bQJBAO45ThXn6qpKTyXieuT4TX+GnJ2intWEPVaaza6BJHBFkzhO75r4mbRBZoz9qxRXUbsIw72P"
    "xj/+K0KtE+pK0RkCQGJ26KUhoBsW4FZablYkatIXXwI78XzGFu/lSRL/0TvW0JIbrzfXBcvo/XW/"
    "SyeHOHnAthYw4ZHSG2B3H+XxuiECQQCGs05s4or1KTlhwZMd3yzq+/GYzLglITYRv0yn7IvvE9gv"
    "0ap4JTO8EfLrrA/NW6ZyLH2JtT8zNgO+GuGU7CMZAkEAqbhUdK6j/v3/zfRo6pt1FY2QU91iJ+lO"
    "wb93RoSwXlrE6OD9NHXpxPLL+pOV6L4Jnx7AZpCoMUtnwtOof245vA=="
)
_PUBLIC = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDlwkbNnxd2+2trWnN/wYyfXOto7FyRNWQ4qTOV"
    "T6XAiSAhOjJUMKLW9FSCHyOnyncLofCoDx2EyJGT6XkY4xVCdrdbmx9mM8XWTYLc0ItPLBbudiqi"
    "cW9CmQDhFbSLy/+s21sSovCYZZTXaO46k6DJkBTVK4IPUxlywPIgC2OWpQIDAQAB"
)
SELECTOR = "tests"
SIGNED = ("to", "from", "subject", "message-id", "date", "mime-version")


def keys(name: str) -> bytes | None:
    """A name server that knows this one key."""
    return KEYS.get(name)


KEYS = {f"{SELECTOR}._domainkey.google.com": f"v=DKIM1; k=rsa; p={_PUBLIC}".encode()}


def signed(mail: bytes, domain: str = "google.com", *, length: bool = False) -> bytes:
    """The mail under a signature."""
    label = "RSA PRIVATE KEY"
    lines = "\n".join(textwrap.wrap(_KEY, 64))
    pem = f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
    header = dkim.DKIM(mail).sign(
        SELECTOR.encode(),
        domain.encode(),
        pem.encode(),
        include_headers=SIGNED,
        canonicalize=(b"relaxed", b"relaxed"),
        length=length,
    )
    return bytes(header) + mail


def redirect(url: str) -> str:
    """The address Google gives in place of another."""
    return f"https://www.google.com/url?rct=j&sa=t&url={quote(url, safe=':/')}&ct=ga&usg=AOv"


def article(url: str, title: str, outlet: str, said: str) -> str:
    """One item, as Google marks it up since 2014."""
    return (
        '<tr itemscope="" itemtype="http://schema.org/Article"><td><div><span>'
        f'<a href="{escape(redirect(url))}" itemprop="url" style="color:#427fed">'
        f' <span itemprop="name">{title}</span> </a></span><div>'
        '<div itemprop="publisher" itemscope="" itemtype="http://schema.org/Organization">'
        f'<a style="color:#737373"> <span itemprop="name">{outlet}</span> </a></div>'
        f'<div itemprop="description" style="color:#252525">{said}</div></div>'
        f'<a href="https://www.google.com/alerts/share?ru={quote(url)}&amp;ss=fb">Facebook</a>'
        f'<a href="https://www.google.com/alerts/feedback?ffu={quote(url)}">Signaler</a>'
        "</div></td></tr>"
    )


def alert(
    query: str,
    articles: Sequence[str],
    sent_at: datetime,
    *,
    sender: str = "Google Alerts <googlealerts-noreply@google.com>",
    more: str = "",
) -> bytes:
    """A mail, in UTF-8 as it stands; ``more`` are headers."""
    subject = Header(f"Alerte Google - {query}", "utf-8", maxlinelen=900).encode()
    body = f"<html lang=fr><body><table>{''.join(articles)}</table></body></html>"
    head = (
        f"{more}MIME-Version: 1.0\r\nDate: {format_datetime(sent_at)}\r\n"
        f"Message-ID: <{sent_at.timestamp():.0f}.googlealerts@google.com>\r\n"
        f"Subject: {subject}\r\nFrom: {sender}\r\nTo: dr@example.org\r\n"
        "Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + body + "\r\n").encode()
