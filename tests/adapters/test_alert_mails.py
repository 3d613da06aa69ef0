"""What Google Alert e-mails say, captured ones first."""

import base64
import email
import json
import quopri
import time
from datetime import UTC, datetime
from email.header import Header
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.alert_mails import MAX_ITEMS, AlertMail, read_alert
from bot.core import urls
from bot.core.sources import Entry
from tests.servers.google_mail import alert, article, redirect

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MAILS = Path(__file__).parents[1] / "feeds" / "google_alerts_mail"


def mail(body: bytes, kind: str = "text/html; charset=utf-8", more: str = "") -> bytes:
    return f"Subject: Google Alert - a\r\n{more}Content-Type: {kind}\r\n\r\n".encode() + body


def entries(body: bytes, kind: str = "text/html; charset=utf-8", more: str = "") -> list[Entry]:
    return list(read_alert(mail(body, kind, more), NOW).entries)


# --- captured -----------------------------------------------------------------------------------


def captured(name: str) -> AlertMail:
    return read_alert((MAILS / name).read_bytes(), NOW)


def test_a_mail_of_2025() -> None:
    read = captured("patient_reported_outcome_2025.eml")
    assert read.query == "“Patient reported outcome”"
    assert len(read.entries) == 10  # the block for smart inboxes holds four
    first = read.entries[0]
    assert first.guid is None
    assert first.url.startswith("https://www.google.com/url?rct=j&sa=t&url=https://dailynews.")
    assert urls.unwrap(first.url) == (
        "https://dailynews.ascopubs.org/do/prediction-pro-diction-models-"
        "incorporating-patient-reported-outcomes-into-predictive"
    )
    assert first.title == (
        "From Prediction to PRO-Diction Models: Incorporating Patient-Reported Outcomes Into ..."
    )
    assert first.outlet == "ASCO Daily News"
    assert first.text.startswith("... patient-reported outcome; PRO-CTCAE, Patient-Reported")
    assert first.published_at == datetime(2025, 10, 6, 13, 12, 19, tzinfo=UTC)
    assert all(each.title and each.outlet and each.text for each in read.entries)


def test_the_same_mail_without_its_marks_is_read_by_its_links() -> None:
    raw = (MAILS / "patient_reported_outcome_2025.eml").read_bytes()
    marked = read_alert(raw, NOW).entries
    message = email.message_from_bytes(raw)
    part = next(each for each in message.walk() if each.get_content_type() == "text/html")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    bare = entries(payload.replace(b"schema.org/Article", b""))
    assert [(each.url, each.title) for each in bare] == [(e.url, e.title) for e in marked]
    assert all(e.text.endswith(f"{m.outlet}\n{m.text}") for e, m in zip(bare, marked, strict=True))


def test_a_mail_of_2012_has_no_marks() -> None:
    read = captured("seth_vargo_2012.eml")
    assert read.query == '"Seth Vargo"'
    assert [(each.title, urls.unwrap(each.url)) for each in read.entries] == [
        (
            "Custom Global Eco/JST helpers • It's My Life - Seth Vargo's Blog",
            "http://sethvargo.com/post/32742807598/custom-global-eco-jst-helpers",
        )
    ]
    assert read.entries[0].text == (
        "Custom Global Eco/JST helpers Working on Envelope lately, I realized the need for custom "
        "form helpers. We use Twitter Bootstrap for the form styles and layout, ..."
    )


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-15", "windows-1252"])
def test_a_french_mail_in_plain_text(encoding: str, charset: str) -> None:
    text = (MAILS / "french_2022.txt").read_text(encoding="utf-8").replace("\n", "\r\n")
    body = text.encode(charset)
    packed = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}
    body = packed.get(encoding, bytes)(body)
    more = f"Content-Transfer-Encoding: {encoding}\r\n"
    read = entries(body, f"text/plain; charset={charset}; format=flowed; delsp=yes", more)
    assert [(each.title, urls.outlet(each.url)) for each in read] == [
        ("Android 13 bêta 1 : Material You intègre quatre fois plus de choix de", "frandroid.com"),
        ("Android Auto 7.6 : quelles sont les nouveautés ? - Autoplus", "autoplus.fr"),
    ]
    assert read[0].text.startswith("couleurs - Frandroid\nFrandroid\nLe Material You à la façon")


# --- layouts ------------------------------------------------------------------------------------

BLOCK = {
    "cards": [
        {"title": "a"},
        {
            "widgets": [
                {"type": "LINK", "title": "Dr <Dupont> & fils", "url": redirect("https://a.fr/1")},
                {"type": "LINK", "title": "ailleurs", "url": "javascript:alert(1)"},
                {"type": "LINK", "url": 3},
                "nothing",
            ]
        },
        {"widgets": "none"},
        7,
    ]
}


def test_the_block_for_smart_inboxes_is_read_when_nothing_else_can_be() -> None:
    told = json.dumps(BLOCK).replace("&", "\\u0026").replace("<", "\\u003c")
    script = f'<script data-scope="inboxmarkup" type="application/json">{told}</script>'
    read = entries(script.encode())
    assert [(each.url, each.title) for each in read] == [
        (redirect("https://a.fr/1"), "Dr <Dupont> & fils")
    ]
    marked = article("https://b.fr/2", "<b>Dr</b> Dupont", "B&amp;B", "dit &laquo;&nbsp;oui")
    assert [each.url for each in entries((script + marked).encode())] == [
        redirect("https://b.fr/2")
    ]


def test_a_link_that_manages_the_alert_is_no_item() -> None:
    body = (
        '<a href="https://www.google.com/alerts/remove?s=A">Supprimer</a>'
        '<a href="https://www.google.com/url?q=https://a.fr/1"><img src="a.png"></a>'
        "<A HREF='https://www.google.com/url?q=https://a.fr/1&amp;cd=2'>Dr <b>Dupont</b></A> dit"
        '<a href="https://www.google.com/url?q=https://a.fr/1&amp;cd=3">a.fr</a>'
        '<a href="https://ailleurs.fr/">Ailleurs</a><a>rien</a><a href="http://[">rien</a>'
    )
    assert [(each.title, each.text) for each in entries(body.encode())] == [("Dr Dupont", "dit")]


def test_the_same_item_is_read_once_and_no_more_than_the_limit() -> None:
    same = article("https://a.fr/1", "a", "b", "c") * 3
    assert len(entries(same.encode())) == 1
    many = "".join(article(f"https://a.fr/{i}", "a", "b", "c") for i in range(MAX_ITEMS + 5))
    assert len(entries(many.encode())) == MAX_ITEMS


def test_the_parts_of_a_mail() -> None:
    html = article("https://a.fr/1", "été", "Le Monde", "dit").encode("utf-16")
    body = (
        b"preamble\r\n--x\r\nContent-Type: text/plain\r\n\r\nMauvais\r\n"
        b"<https://www.google.com/url?q=https://b.fr/2>\r\n"
        b"--x\r\nContent-Type: text/html\r\nContent-Disposition: attachment\r\n\r\n"
        + article("https://c.fr/", "c", "c", "c").encode()
        + b"\r\n--x\r\nContent-Type: text/html; charset=x-unknown\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(html) + b"\r\n--x--"
    )
    read = entries(body, "multipart/alternative; boundary=x")
    assert [(each.title, each.outlet) for each in read] == [("été", "Le Monde")]


# --- headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Google Alert - Marie Dupont", "Marie Dupont"),
        ("Google Alert - Daily Digest", "Daily Digest"),
        (Header("Alerte Google – Hélène d'Août", "utf-8").encode(), "Hélène d'Août"),
        ("=?utf-8?Q?Alerte_Google_-?=\r\n =?utf-8?Q?_H=C3=A9l=C3=A8ne?=", "Hélène"),
        ("Google Alert -\r\n Marie\r\n Dupont", "Marie Dupont"),
        ("Vos alertes", "Vos alertes"),
        ("=?x-unknown?Q?a?=", "=?x-unknown?Q?a?="),
        ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
        ("", ""),
    ],
)
def test_the_words_an_alert_searches_for(subject: str, expected: str) -> None:
    assert read_alert(f"Subject: {subject}\r\n\r\n".encode(), NOW).query == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 23 Nov 2026 07:00:00 +0100", datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 07:00:00 -0000", datetime(2026, 11, 23, 7, 0, tzinfo=UTC)),
        ("Mon, 23 Nov 2036 07:00:00 +0000", None),
        ("Mon, 23 Nov 1986 07:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_moment_of_a_mail_is_that_of_its_items(date: str, expected: datetime | None) -> None:
    item = article("https://a.fr/1", "a", "b", "c").encode()
    assert entries(item, more=f"Date: {date}\r\n")[0].published_at == expected


def test_a_mail_without_items() -> None:
    assert entries(b"<p>Confirmez votre alerte</p>") == []
    assert entries(b"") == []
    assert read_alert(b"", NOW) == AlertMail("", ())


# --- anything -----------------------------------------------------------------------------------

WHOLE = alert("Hélène", [article("https://a.fr/1", "<b>Dr</b>", "A", "dit")], NOW)


@given(st.binary(max_size=300), st.integers(0, len(WHOLE)))
def test_whatever_is_in_a_mail_is_read(noise: bytes, place: int) -> None:
    read_alert(noise, NOW)
    read_alert(WHOLE[:place] + noise + WHOLE[place:], NOW)


@pytest.mark.parametrize(
    "body",
    [
        b'<a href="https://www.google.com/url?q=https://a.fr/1">' * 20_000,
        b"<a " * 300_000,
        b'<tr itemtype="http://schema.org/Article">' * 20_000,
        b'<tr itemtype="http://schema.org/Article"><span itemprop="name">' * 15_000,
        b'<span itemprop="name"' * 50_000,
        b"<script inboxmarkup>" + b"[" * 900_000,
        b'<script inboxmarkup>{"cards":' * 30_000,
        b"<https://www.google.com/url?q=https://a.fr/1>" * 20_000,
    ],
    ids=range(8),
)
@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_long_mails_take_little_time(body: bytes, kind: str) -> None:
    started = time.process_time()
    entries(body, kind)
    assert time.process_time() - started < 3
