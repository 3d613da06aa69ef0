"""The feed reader, on captured feeds, on feedparser's own corpus and on hostile ones."""

import ast
import asyncio
import ipaddress
import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.feeds import MAX_ENTRIES, MAX_TEXT, MAX_TITLE, FeedReader
from bot.adapters.fetch import AiohttpFetcher
from bot.core import text
from bot.core.sources import (
    Entry,
    FeedDocument,
    Fetched,
    FetchFailed,
    FetchProblem,
    SourceKind,
    Visit,
    decoded,
    recognise,
)
from tests.fakes import FakeWeb
from tests.servers.web import Answer, Web

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
FEEDS = Path(__file__).parents[1] / "feeds"
ALERTS = "https://www.google.com/alerts/feeds/00651117406639347610/11001411275176557724"


def fetched(
    body: bytes | str,
    content_type: str = "application/xml",
    url: str = "https://example.org/feed",
    final_url: str = "",
) -> Fetched:
    raw = body.encode() if isinstance(body, str) else body
    return Fetched(url, final_url or url, 200, raw, NOW, content_type=content_type)


async def read(body: bytes | str, *args: str, **kwargs: str) -> FeedDocument:
    return await document_of(fetched(body, *args, **kwargs))


async def document_of(answer: Fetched) -> FeedDocument:
    reading = await FeedReader(FakeWeb()).read(Visit(answer.url, NOW, fetched=answer))
    assert reading.document is not None
    return reading.document


async def problem(body: bytes | str, *args: str, **kwargs: str) -> FetchProblem:
    with pytest.raises(FetchFailed) as caught:
        await read(body, *args, **kwargs)
    return caught.value.problem


def rss(inside: str, before: str = "") -> str:
    return f"{before}<rss version='2.0'><channel><title>T</title>{inside}</channel></rss>"


async def item(inside: str) -> Entry:
    document = await read(rss(f"<item>{inside}</item>"))
    assert len(document.entries) == 1
    return document.entries[0]


# --- captured feeds -----------------------------------------------------------------------------


def captured() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path.parent.name, name, expected)
        for path in sorted(FEEDS.glob("*/expected.json"))
        for name, expected in json.loads(path.read_text(encoding="utf-8")).items()
    ]


@pytest.mark.parametrize(("folder", "name", "expected"), captured())
async def test_a_captured_feed_is_read(folder: str, name: str, expected: dict[str, Any]) -> None:
    body = (FEEDS / folder / name).read_bytes()
    document = await read(body, url=f"https://example.org/feeds/{name}")
    assert document.title == expected["title"]
    assert document.kind == expected["kind"]
    assert len(document.entries) == expected["count"]
    assert (document.warning is not None) is expected["is_warned"]
    assert [described(entry) for entry in document.entries[:6]] == expected["entries"]


def described(entry: Entry) -> dict[str, str]:
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    values["text"] = values["text"][:200]
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value not in (None, "", False) or name in {"url", "title", "text"}
    }


# Each document of the corpus says what its authors expect of one field.
EXPECT = re.compile(
    r"^Expect:\s*(?:(?:not )?bozo and )?(feed|entries\[0\])\[u?['\"](\w+)['\"]\]"
    r"(?:\[0\]\[u?['\"]value['\"]\])? == (.+?)\s*$",
    re.MULTILINE,
)
HEADER = re.compile(r"^Header:\s+Content-type:\s*(.*)$", re.MULTILINE | re.IGNORECASE)
FIELDS = {
    "title": "title",
    "link": "url",
    "id": "guid",
    "guid": "guid",
    "author": "author",
    "description": "text",
    "summary": "text",
    "content": "text",
    "published_parsed": "published_at",
    "created_parsed": "published_at",
    "updated_parsed": "updated_at",
}
# Those that expect something else than one field, and what becomes of them here.
OTHERS: dict[str, int | FetchProblem] = {
    "encoding/bozo_bogus_encoding.xml": 0,
    "encoding/bozo_invalid-bytes-with-bom.xml": FetchProblem.MALFORMED,
    "encoding/bozo_linenoise.xml": 1,  # in no encoding at all: ours guesses otherwise
    "encoding/http_application_rss_xml_charset.xml": 0,
    "encoding/http_application_xml_charset_overrides_encoding.xml": 0,
    "encoding/http_text_atom_xml_charset.xml": 0,
    "encoding/http_text_xml_bogus_charset.xml": 0,
    "encoding/no_content_type_default.xml": 0,
    "encoding/u16.xml": 0,
    "encoding/utf-16be-autodetect.xml": 0,
    "encoding/utf-16le-bom.xml": 0,
    "encoding/utf-32be-bom.xml": 0,
    "encoding/utf-32le-autodetect.xml": 0,
    "encoding/utf-8-bom.xml": 0,
    "encoding/utf_32.xml": 0,
    "illformed/aaa_illformed.xml": FetchProblem.MALFORMED,
    "illformed/always_strip_doctype.xml": FetchProblem.NOT_A_FEED,
    "illformed/geo/gml_point.xml": 1,
    "illformed/http_high_bit_date.xml": 0,
    "illformed/rdf_channel_empty_textinput.xml": 1,
    "illformed/rss_empty_document.xml": FetchProblem.NOT_A_FEED,
    "illformed/rss_incomplete_cdata.xml": 1,
    "illformed/rss_item_link_corrupted_ampersands.xml": 1,
    "illformed/undeclared_namespace.xml": FetchProblem.MALFORMED,
}
CORPUS = FEEDS / "feedparser"
NAMES = sorted(str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*.xml"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OTHERS])
async def test_a_document_of_the_corpus_says_what_it_should(name: str) -> None:
    body = (CORPUS / name).read_bytes()
    comment = decoded(body, "").partition("-->")[0]
    expect = EXPECT.search(comment)
    assert expect is not None
    header = HEADER.search(comment)
    content_type = header[1] if header else "application/xml"
    document = await read(body, content_type, url="http://127.0.0.1:8097/feed")
    if expect[1] == "feed":
        found = document.title
    else:
        found = getattr(document.entries[0], FIELDS[expect[2]]) or ""
    assert found == wanted(expect[2], ast.literal_eval(expect[3]))


def wanted(field: str, value: Any) -> object:
    if isinstance(value, tuple):
        year, month, day, hour, minute, second = value[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    has_words = FIELDS[field] in {"title", "text", "author"}
    return text.plain(value) if has_words else value


@pytest.mark.parametrize(("name", "outcome"), OTHERS.items())
async def test_the_oddities_of_the_corpus(name: str, outcome: int | FetchProblem) -> None:
    body = (CORPUS / name).read_bytes()
    if isinstance(outcome, FetchProblem):
        assert await problem(body) is outcome
    else:
        assert len((await read(body)).entries) == outcome


# --- Google Alerts ------------------------------------------------------------------------------


def alert(*entries: str, title: str = "Google Alert - dupont") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:idx="urn:atom-extension:indexing">'
        "<id>tag:google.com,2005:reader/user/1/state/com.google/alerts/2</id>"
        f"<title>{escape(title)}</title>"
        f'<link href="{ALERTS}" rel="self"></link>{"".join(entries)}</feed>'
    )


def alert_entry(title: str, content: str) -> str:
    return (
        f'<entry><id>tag:google.com,2013:googlealerts/feed:1</id><title type="html">{title}'
        '</title><link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://a.fr/b"/>'
        f'<content type="html">{content}</content><author><name></name></author></entry>'
    )


async def test_the_bold_and_the_entities_of_an_alert_are_cleaned() -> None:
    document = await read(
        alert(
            alert_entry(
                "Le &lt;b&gt;Dr Dupont&lt;/b&gt; s&amp;#39;explique",
                "L&amp;#39;avis du &lt;b&gt;Dr Dupont&lt;/b&gt;&amp;nbsp;...",
            )
        ),
        url=ALERTS,
    )
    entry = document.entries[0]
    assert (entry.title, entry.text) == ("Le Dr Dupont s'explique", "L'avis du Dr Dupont ...")
    assert entry.url == "https://www.google.com/url?rct=j&sa=t&url=https://a.fr/b"
    assert entry.author is None


def sampled() -> list[dict[str, str]]:
    path = FEEDS / "google_alerts" / "ekonomi_2021_entries.json"
    entries: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


@pytest.mark.parametrize("sample", sampled())
async def test_no_markup_is_left_in_a_captured_alert(sample: dict[str, str]) -> None:
    body = alert(alert_entry(escape(sample["title"]), escape(sample["content"])))
    entry = (await read(body)).entries[0]
    assert entry.title == text.plain(sample["title"])
    assert not re.search(r"<b>|</b>|&\w+;|&#|\xa0", entry.title + entry.text)
    assert "konomi" in entry.title + entry.text


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Google Alert - inauguracion de arte", "inauguracion de arte"),
        ('Alerte Google - "Dr Dupont" Lille', '"Dr Dupont" Lille'),
        ("Google Alerte : jean-pierre dupont", "jean-pierre dupont"),
        ("Google アラート - dupont", "dupont"),
        ("Google Alert - google maps - dupont", "google maps - dupont"),
        ("Mes alertes", "Mes alertes"),  # renamed
        ("Google", "Google"),
        ("", ""),
    ],
)
async def test_the_words_of_an_alert_are_its_title(title: str, query: str) -> None:
    assert (await read(alert(title=title))).title == query


async def test_an_alert_that_found_nothing_is_empty() -> None:
    document = await read(alert(), url=ALERTS)
    assert (document.entries, document.warning) == ((), None)
    assert document.kind is SourceKind.GOOGLE_ALERTS


@pytest.mark.parametrize(
    "page",
    [
        "<!doctype html><html><head><title>Error 404</title></head><body><p>404</body></html>",
        "<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n<HTML><BODY>Gone</BODY></HTML>",
        "\ufeff\n<!-- feed <rss> -->\n<html lang=fr><body>Se connecter</body></html>",
        "<html><body><rss>not this one</rss></body></html>",
        "<head><title>Sign in</title></head>",
    ],
)
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/xml", ""])
async def test_an_alert_that_expired_is_a_page(page: str, content_type: str) -> None:
    assert await problem(page, content_type, url=ALERTS) is FetchProblem.ALERT_EXPIRED
    assert await problem(page, content_type) is FetchProblem.NOT_A_FEED


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, FetchProblem.ALERT_EXPIRED),
        (410, FetchProblem.ALERT_EXPIRED),
        (403, FetchProblem.BLOCKED),
        (500, FetchProblem.HTTP_ERROR),
    ],
)
async def test_an_alert_that_google_does_not_know(status: int, expected: FetchProblem) -> None:
    web = FakeWeb()
    problem = FetchProblem.BLOCKED if status == 403 else FetchProblem.HTTP_ERROR
    web.documents[ALERTS] = FetchFailed(problem, ALERTS, status=status)
    with pytest.raises(FetchFailed) as caught:
        await FeedReader(web).read(Visit(ALERTS, NOW))
    assert (caught.value.problem, caught.value.status) == (expected, status)


async def test_google_asking_for_consent_is_no_expired_alert() -> None:
    page = "<html><body>Before you continue</body></html>"
    elsewhere = "https://consent.google.com/ml?continue=" + ALERTS
    found = await problem(page, "text/html", url=ALERTS, final_url=elsewhere)
    assert found is FetchProblem.NOT_A_FEED


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Le Dr Dupont - La Voix", "Le Dr Dupont La Voix", ("Le Dr Dupont", "")),
        ("Le Dr Dupont - La Voix", "Le Dr Dupont a dit", ("Le Dr Dupont", "Le Dr Dupont a dit")),
        ("La Voix - Le Dr Dupont", "", ("La Voix - Le Dr Dupont", "")),
        ("- La Voix", "a", ("- La Voix", "a")),
    ],
)
async def test_the_outlet_is_no_part_of_a_title(
    title: str, text: str, expected: tuple[str, str]
) -> None:
    source = "<source url='https://lavoix.example'>La Voix</source>"
    entry = await item(f"<title>{title}</title><description>{text}</description>{source}")
    assert (entry.title, entry.text, entry.outlet) == (*expected, "La Voix")


async def test_a_cluster_of_news_is_a_line_each() -> None:
    links = "".join(
        f"<li><a href='https://news.google.com/{n}'>Titre {n}</a>&nbsp;&nbsp;"
        f"<font color='#6f6f6f'>Journal {n}</font></li>"
        for n in range(2)
    )
    entry = await item(f"<title>x</title><description>{escape(f'<ol>{links}</ol>')}</description>")
    assert entry.text == "Titre 0 Journal 0\nTitre 1 Journal 1"


async def test_an_alert_over_the_network() -> None:
    here = (ipaddress.ip_network("127.0.0.1/32"),)
    body = (FEEDS / "google_alerts" / "inauguracion_de_arte_2026.xml").read_bytes()
    async with Web() as web, AiohttpFetcher(allow_nets=here) as fetcher:
        web.answers["/alert"] = Answer(body, content_type="application/atom+xml; charset=UTF-8")
        obtained = await fetcher.fetch(web.url("/alert"), now=NOW)
    document = await document_of(obtained)
    assert document.title == "inauguracion de arte"
    assert document.entries[0].title.startswith("Exposición “Estación Umbría”")
    kind = recognise(obtained.url, obtained.content_type, obtained.body)
    assert kind is SourceKind.GOOGLE_ALERTS


# --- what a document may be ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", FetchProblem.EMPTY),
        (b" \r\n\t", FetchProblem.EMPTY),
        (b"<", FetchProblem.NOT_A_FEED),
        (b"404", FetchProblem.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1"}', FetchProblem.NOT_A_FEED),
        (b"<opml version='2.0'><body/></opml>", FetchProblem.NOT_A_FEED),
        (b"<urlset><url/></urlset>", FetchProblem.NOT_A_FEED),
        (b"<rssx/>", FetchProblem.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", FetchProblem.NOT_A_FEED),
        (b"%PDF-1.7", FetchProblem.NOT_A_FEED),
        (b"<rss><channel><title>cut", FetchProblem.MALFORMED),
        (b"<rss", FetchProblem.NOT_A_FEED),
    ],
)
async def test_what_is_no_feed_is_said(body: bytes, expected: FetchProblem) -> None:
    assert await problem(body) is expected


async def test_a_page_is_no_feed() -> None:
    body = (FEEDS / "reader" / "sqlite_releases.html").read_bytes()
    assert await problem(body, "text/html") is FetchProblem.NOT_A_FEED


async def test_a_feed_of_no_known_sort_is_no_feed() -> None:
    body = (FEEDS / "rss_parser" / "unrecognized.rss").read_bytes()
    assert await problem(body) is FetchProblem.NOT_A_FEED


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/plain", "application/octet-stream", "image/png", "", ";"]
)
async def test_a_wrong_content_type_hides_no_feed(content_type: str) -> None:
    document = await read(rss("<item><title>\xe9</title></item>"), content_type)
    assert document.entries[0].title == "\xe9"
    assert document.kind is SourceKind.FEED


async def test_a_broken_feed_keeps_its_entries_with_a_warning() -> None:
    document = await read("<rss><channel><item><title>One & two</title></item><item><title>Cut")
    assert [entry.title for entry in document.entries] == ["One & two", ""]
    assert document.warning is not None
    assert "SAXParseException" in document.warning


@pytest.mark.parametrize(
    "before",
    [
        "\ufeff",
        "\n\n  ",
        "<b>Warning</b>: mysql_connect() in /var/www on line 3<br />\n",
        "<?xml version='1.0'?><?xml-stylesheet href='a.xsl'?>",
        "<?xml version='1.0'?><!-- generated <rss> by hand -->",
        "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://my.netscape.com/rss.dtd'>",
        "<!DOCTYPE rss [<!ELEMENT rss (channel)>]>",
    ],
)
async def test_what_stands_before_the_root_is_no_trouble(before: str) -> None:
    document = await read(rss("<item><title>One</title></item>", before))
    assert [entry.title for entry in document.entries] == ["One"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<?xml version='1.0' encoding='iso-8859-1'?>{}", "application/xml"),
        (b"<?xml version='1.0' encoding='utf-8'?>{}", "text/xml; charset=iso-8859-1"),
        (b"<?xml version='1.0' encoding='windows-1252'?>{}", "text/xml"),
        (b"{}", "application/rss+xml; charset=ISO-8859-1"),
        (b"{}", "application/xml"),
        (b"<?xml version='1.0' encoding='no-such'?>{}", "application/xml; charset=neither"),
        (b"<?xml version='1.0' encoding='punycode'?>{}", "application/xml; charset=idna"),
    ],
)
async def test_accents_survive_their_encoding(body: bytes, content_type: str) -> None:
    said = rss("<item><title>Éloïse « à l’œuvre »</title></item>").encode("cp1252")
    document = await read(body.replace(b"{}", said), content_type)
    assert document.entries[0].title == "Éloïse « à l’œuvre »"


async def test_an_entity_of_html_is_understood() -> None:
    entry = await item("<title>Caf&eacute; &amp;agrave; c&ocirc;t&#233;</title>")
    assert entry.title == "Café à côté"


# --- an entry -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<link>/a?b=1&amp;c=2</link>", "https://example.org/a?b=1&c=2"),
        ("<link>http://a.fr/#top</link>", "http://a.fr/#top"),
        ("<link>  http://a.fr/ </link>", "http://a.fr/"),
        ("<guid>http://a.fr/1</guid>", "http://a.fr/1"),
        ("<guid>7bd204c6</guid>", ""),
        ("<guid isPermaLink='false'>http://a.fr/1</guid>", ""),
        ("<guid>7bd204c6</guid><link>/1</link>", "https://example.org/1"),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>http://[::1</link>", ""),
        ("<link></link>", ""),
        ("", ""),
    ],
)
async def test_the_address_of_an_entry(inside: str, expected: str) -> None:
    assert (await item(f"<title>x</title>{inside}")).url == expected


async def test_a_link_is_relative_to_where_the_feed_is() -> None:
    document = await read(
        rss("<item><link>b</link><guid>1</guid></item>"), final_url="https://new.example.org/x/y"
    )
    assert document.entries[0].url == "https://new.example.org/x/b"
    assert document.entries[0].guid == "1", "a guid does not move with its feed"


async def test_a_relative_base_is_followed() -> None:
    body = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/blog/'>"
        "<entry><link href='a'/></entry></feed>"
    )
    assert (await read(body)).entries[0].url == "https://example.org/blog/a"


@pytest.mark.parametrize(
    ("inside", "published", "updated"),
    [
        ("<pubDate>Mon, 23 Nov 2026 08:00:00 +0100</pubDate>", "2026-11-23T07:00", None),
        ("<pubDate>2026-11-23 07:00</pubDate>", "2026-11-23T07:00", None),  # naive: UTC
        ("<dc:date>2026-11-23T07:00:00Z</dc:date>", "2026-11-23T07:00", "2026-11-23T07:00"),
        ("<pubDate>Wed, 25 Nov 2026 08:00:00 GMT</pubDate>", "2026-11-25T08:00", None),
        ("<pubDate>Wed, 25 Nov 2026 08:00:01 GMT</pubDate>", None, None),  # too far ahead
        ("<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", None, None),
        ("<pubDate>Sat, 31 Dec 1994 23:59:59 GMT</pubDate>", None, None),
        ("<pubDate>lundi</pubDate>", None, None),
        ("<pubDate></pubDate>", None, None),
    ],
)
async def test_the_dates_of_an_entry(
    inside: str, published: str | None, updated: str | None
) -> None:
    body = rss(f"<item><title>x</title>{inside}</item>").replace(
        "<rss ", "<rss xmlns:dc='http://purl.org/dc/elements/1.1/' "
    )
    entry = (await read(body)).entries[0]
    for at, expected in ((entry.published_at, published), (entry.updated_at, updated)):
        assert (at and at.strftime("%Y-%m-%dT%H:%M")) == expected
        assert at is None or at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<description>short</description>", "short"),
        ("<content:encoded>&lt;p&gt;long&lt;/p&gt;</content:encoded>", "long"),
        (
            "<description>short</description><content:encoded>long</content:encoded>",
            "long",
        ),
        ("<description>short</description><content:encoded> </content:encoded>", "short"),
        ("<description>&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</description>", "a\nb"),
        ("<description><![CDATA[<b>a</b><script>evil()</script>]]></description>", "a"),
        ("<description>5 &lt; 6 &amp;amp; 7 &gt; 6</description>", "5 < 6 & 7 > 6"),
        ("<description>&lt;3 &lt;Dr Dupont&gt;</description>", "<3 <Dr Dupont>"),
        ("<description>&amp;lt;b&amp;gt;twice&amp;lt;/b&amp;gt;</description>", "twice"),
        ("", ""),
    ],
)
async def test_the_text_of_an_entry(inside: str, expected: str) -> None:
    body = rss(f"<item><title>x</title>{inside}</item>").replace(
        "<rss ", "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    )
    assert (await read(body)).entries[0].text == expected


async def test_a_title_is_one_line() -> None:
    assert (await item("<title>a\n b &lt;br/&gt; c</title>")).title == "a b c"


async def test_who_wrote_and_where() -> None:
    entry = await item(
        "<author>redaction@example.org (Anne &amp;amp; Paul)</author>"
        "<source url='https://lavoix.example/rss'>La &lt;b&gt;Voix&lt;/b&gt;</source>"
    )
    assert entry.author == "redaction@example.org (Anne & Paul)"
    assert entry.outlet == "La Voix"


# --- limits and hostile feeds -------------------------------------------------------------------


async def test_only_so_much_of_an_entry_is_kept() -> None:
    entry = await item(f"<title>{'t' * 600}</title><description>{'d ' * 30_000}</description>")
    assert len(entry.title) == MAX_TITLE
    assert len(entry.text) in {MAX_TEXT - 1, MAX_TEXT}


async def test_a_guid_too_long_to_be_a_key_is_none() -> None:
    assert (await item(f"<guid isPermaLink='false'>{'g' * 1001}</guid>")).guid is None


async def test_only_so_many_entries_are_kept() -> None:
    items = "".join(f"<item><title>{number}</title></item>" for number in range(MAX_ENTRIES + 1))
    document = await read(rss(items))
    assert len(document.entries) == MAX_ENTRIES
    assert document.entries[-1].title == str(MAX_ENTRIES - 1)
    assert document.warning == "only the first 1000 entries were read"


@pytest.mark.parametrize("bad", ["&#0;", "&#xD800;", "&#x110000;", "&#1;", f"&#{'9' * 5000};"])
async def test_a_character_that_does_not_exist_spoils_nothing(bad: str) -> None:
    document = await read(
        rss(f"<item><title>a {bad} b</title><guid>1{bad}</guid><link>/{bad}</link></item>")
    )
    assert document.warning is None
    assert document.entries[0].title == "a \ufffd b"
    assert document.entries[0].guid == "1\ufffd"


async def test_control_characters_are_no_text() -> None:
    entry = await item("<title>a\0b\x0b\x1f\uffffc&#9;d</title><guid>1\0</guid>")
    assert (entry.title, entry.guid) == ("a b c d", "1")


LAUGHS = "".join(f"<!ENTITY lol{n} '{f'&lol{n - 1};' * 10 if n else 'lol'}'>" for n in range(10))
BOMBS = {
    "billion laughs": f"<!DOCTYPE rss [{LAUGHS}]>",
    "one line": f"<?xml version='1.0'?><!DOCTYPE rss [{LAUGHS}]>",
    "quadratic": f"<!DOCTYPE rss [<!ENTITY lol9 '{'x' * 10_000}'>]>",
    "in lower case": f"<!doctype rss [{LAUGHS.lower()}]>",
    "after a false root": f"<!-- <rss> --><!DOCTYPE rss [{LAUGHS}]>",
    "after a false end": f"<!DOCTYPE rss [<!-- ]> -->{LAUGHS}]>",
    "external": "<!DOCTYPE rss [<!ENTITY lol9 SYSTEM 'file:///etc/passwd'>]>",
    "parameter": "<!DOCTYPE rss [<!ENTITY % a SYSTEM 'http://127.0.0.1/a.dtd'> %a;]>",
}


@pytest.mark.parametrize("before", BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be", "cp1252"])
async def test_a_feed_that_declares_entities_is_refused(before: str, encoding: str) -> None:
    body = rss("<item><title>&lol9;</title></item>", before).encode(encoding)
    assert await problem(body) is FetchProblem.MALFORMED


async def test_entities_hidden_from_us_are_hidden_from_the_parser_too() -> None:
    before = "<!DOCTYPE a SYSTEM '<rss>' [<!ENTITY lol9 'boom'>]>"
    document = await read(rss("<item><title>&lol9;</title></item>", before))
    assert "boom" not in repr(document)


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape", "hz", "iso-2022-jp"])
async def test_an_encoding_hides_no_entity(encoding: str) -> None:
    hidden = {
        "utf-7": b"+ADw-!ENTITY lol9 'boom'+AD4-",
        "unicode_escape": b"\\x3c!ENTITY lol9 'boom'>",
        "hz": b"<!EN~\nTITY lol9 'boom'>",
        "iso-2022-jp": b"<!EN\x1b(BTITY lol9 'boom'>",
    }
    before = b"<?xml version='1.0' encoding='%s'?><!DOCTYPE rss [%s]>"
    document = rss("<item><title>&lol9;</title></item>").encode()
    body = before % (encoding.encode(), hidden[encoding]) + document
    try:
        said = repr(await read(body))
    except FetchFailed as failed:
        said = failed.problem
    assert "boom" not in said


ITEM = "<rss><channel><item>"
SLOW = {
    "an author of one word": f"{ITEM}<author>{'a' * 100_000}</author></item></channel></rss>",
    "an author of many words": f"{ITEM}<author>{'aaa@' * 25_000}</author></item></channel></rss>",
    "a hidden author": f"{ITEM}<dc:creator><x>{'a' * 100_000}</x></dc:creator>",
    "white space before the root": "<?xml version='1.0'?>" + "\n" * 100_000 + rss(ITEM),
    "an endless declaration": "<?xml " + "encoding='a' " * 8_000 + rss(ITEM),
    "declarations in a text": rss(f"<item><title>{'encoding=x ' * 8_000}</title></item>"),
    "attributes": "<rss " + " ".join(f"a{n}=''" for n in range(10_000)) + "></rss>",
    "open tags": f"{ITEM}<title>{'<a' * 10_000}",
    "open comments": f"{ITEM}<title>{'<!--' * 20_000}",
    "open sections": f"{ITEM}<title>{'<![CDATA[' * 10_000}",
    "open roots": "<!DOCTYPE " * 10_000,
    "depth": "<rss>" + "<a>" * 8_000,
}


@pytest.mark.timeout(3)
@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW.keys())
async def test_no_feed_holds_the_reader_up(body: str) -> None:
    """Each took from seconds to hours, some of them without letting go of the interpreter."""
    try:
        document = await read(body)
    except FetchFailed:
        return
    assert len(document.entries) <= 1


async def test_the_loop_goes_on_while_a_feed_is_read() -> None:
    # Each turn of the loop may cost a turn of the interpreter: the feed is long enough for many.
    body = rss("<item><title>One</title></item>" * 4000)
    reading = asyncio.create_task(read(body))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 3  # one to start it and one to end it, were it read in the loop itself
    assert len((await reading).entries) > 0


async def test_one_long_feed_is_read_at_a_time_and_short_ones_pass() -> None:
    """A second thread would hold the interpreter as much, and the loop would wait for both."""
    reader = FeedReader(FakeWeb())

    def visit(items: int) -> Visit:
        answer = fetched(rss("<item><title>One</title></item>" * items))
        return Visit(answer.url, NOW, fetched=answer)

    first, second = (asyncio.create_task(reader.read(visit(900))) for _ in range(2))
    for _ in range(3):
        await asyncio.sleep(0)
    short = await reader.read(visit(1))
    assert short.document is not None
    assert not first.done()
    await first
    assert not second.done()
    await second


# --- recognising --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "content_type", "start", "expected"),
    [
        (ALERTS, "", b"", SourceKind.GOOGLE_ALERTS),
        (ALERTS, "text/html", b"<html>", SourceKind.GOOGLE_ALERTS),
        ("https://www.google.fr/alerts/feeds/1/2", "", b"", SourceKind.GOOGLE_ALERTS),
        ("https://www.google.co.uk/alerts/feeds/1/2", "", b"", SourceKind.GOOGLE_ALERTS),
        ("https://google.com.evil.example/alerts/feeds/1", "", b"<rss>", SourceKind.FEED),
        ("https://www.google.com/alerts", "text/html", b"<html>", SourceKind.PAGE),
        ("https://a.fr/", "text/html", b"<!DOCTYPE html><html>", SourceKind.PAGE),
        ("https://a.fr/", "application/xhtml+xml", b"<?xml?><html xmlns=''>", SourceKind.PAGE),
        ("https://a.fr/", "text/html", b"no tag at all", SourceKind.PAGE),
        ("https://a.fr/", "text/html", b"\n<?xml?><rss version='2.0'>", SourceKind.FEED),
        ("https://a.fr/", "text/plain", b"<feed xmlns='http://...'>", SourceKind.FEED),
        ("https://a.fr/", "text/xml", b"<rdf:RDF xmlns:rdf=''>", SourceKind.FEED),
        ("https://a.fr/", "text/xml", b"<a:feed xmlns:a=''>", SourceKind.FEED),
        ("https://a.fr/", "", "<rss>".encode("utf-16"), SourceKind.FEED),
        ("https://a.fr/", "", b"<html><body><rss>", SourceKind.PAGE),
        ("https://a.fr/", "application/json", b"{}", SourceKind.FEED),
        ("https://a.fr/", "text/html", b"\xef\xbb\xbf\n{'a': '<html>'}", SourceKind.FEED),
        ("https://[::1", "", b"", SourceKind.FEED),
    ],
)
def test_what_an_address_answers_with(
    url: str, content_type: str, start: bytes, expected: SourceKind
) -> None:
    assert recognise(url, content_type, start) is expected
