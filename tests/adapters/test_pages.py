"""The page reader: one entry of what a watched page says."""

import ipaddress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.fetch import AiohttpFetcher
from bot.adapters.pages import MAX_TEXT, MAX_TITLE, PageReader, feeds_in
from bot.core.sources import (
    Entry,
    FeedDocument,
    Fetched,
    FetchFailed,
    FetchProblem,
    FoundFeed,
    SourceKind,
    Visit,
    recognise,
)
from tests.fakes import FakeWeb
from tests.servers.web import Answer, Web

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
URL = "https://annuaire.example/dr-dupont?ref=1"

DIRECTORY = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8">
<title>Dr Marie Dupont, dentiste &agrave; Lille&nbsp;: avis
 et horaires</title>
<link rel="stylesheet" href="/a.css"><link href="/lille/dupont" rel="canonical">
<meta property="og:site_name" content="L&#39;Annuaire">
<meta name="author" content="R&eacute;daction">
<style>main { color: red }</style><script>var x = "<main>not this</main>";</script></head>
<body><header><a href="/">Accueil</a></header><nav>Connexion</nav>
<!-- <main>nor this</main> -->
<main class="page"><header><h1>Dr Marie Dupont</h1></header>
<p>Dentiste, <b>Lille</b><br>03 20 00 00 00</p>
<script>track("</p>")</script>
<article><h2>Avis</h2>
<p>Rendez-vous jamais honor&eacute; &laquo;&nbsp;trois fois&nbsp;&raquo;</p></article>
<nav>Page suivante</nav><footer>Signaler</footer>
</main>
<footer>Mentions l&eacute;gales</footer></body></html>"""


def fetched(
    body: bytes | str, content_type: str = "text/html; charset=utf-8", url: str = URL
) -> Fetched:
    raw = body.encode() if isinstance(body, str) else body
    return Fetched(url, url, 200, raw, NOW, content_type=content_type)


async def read(body: bytes | str, *args: str, **kwargs: str) -> FeedDocument:
    return await document_of(fetched(body, *args, **kwargs))


async def document_of(answer: Fetched) -> FeedDocument:
    reading = await PageReader(FakeWeb()).read(Visit(answer.url, NOW, fetched=answer))
    assert reading.document is not None
    return reading.document


async def entry(body: bytes | str, *args: str, **kwargs: str) -> Entry:
    document = await read(body, *args, **kwargs)
    assert len(document.entries) == 1
    return document.entries[0]


async def test_a_directory_page_becomes_one_entry() -> None:
    document = await read(DIRECTORY)
    title = "Dr Marie Dupont, dentiste à Lille : avis et horaires"
    assert (document.title, document.kind, document.warning) == (title, SourceKind.PAGE, None)
    assert document.entries == (
        Entry(
            guid=None,
            url="https://annuaire.example/lille/dupont",
            title=title,
            text="Dr Marie Dupont\nDentiste, Lille\n03 20 00 00 00\nAvis\n"
            "Rendez-vous jamais honoré « trois fois »",
            published_at=None,
            author="Rédaction",
            outlet="L'Annuaire",
        ),
    )


async def test_a_page_over_the_network() -> None:
    here = (ipaddress.ip_network("127.0.0.1/32"),)
    async with Web() as web, AiohttpFetcher(allow_nets=here) as fetcher:
        web.answers["/dr"] = Answer(DIRECTORY.encode(), content_type="text/html")
        obtained = await fetcher.fetch(web.url("/dr"), now=NOW)
        assert (await document_of(obtained)).entries[0].url == web.url("/lille/dupont")
    assert recognise(obtained.url, obtained.content_type, obtained.body) is SourceKind.PAGE


async def test_a_captured_page() -> None:
    path = Path(__file__).parents[1] / "feeds" / "reader" / "sqlite_releases.html"
    found = await entry(path.read_bytes())
    assert found.title == "Release History Of SQLite"
    assert "Release History" in found.text


SURVIVES = {
    "directory": (
        "Dr Camille Lefèvre",
        "Dermatologue et vénérologue",
        "14 rue des Carmes",
        "76000 Rouen",
        "02 35 00 00 00",
        "09:00 - 12:30",
        "Nadia P.",
        "Deux heures d'attente et un accueil glacial.",
        "Le Dr Lefèvre m'a prescrit une crème sans m'examiner.",
        "merci de nous contacter au cabinet",
    ),
    "forum": (
        "Orthodontiste à Metz : vos retours ?",
        "quelqu'un connaît un orthodontiste",
        "Gilles",
        "Fuyez le Dr Rémi Aubertin, il a arraché deux dents saines",
        "Pas d'accord, ma fille en est ravie.",
    ),
    "reviews": (
        "Cabinet dentaire Voltaire",
        "8 place Voltaire, 59000 Lille",
        "Karim B.",
        "Le docteur Inès Marchand est brutale",
        "Nous regrettons votre expérience.",
        "Personnel aimable",
    ),
    "article": (
        "Erreur médicale : la clinique condamnée",
        "Le tribunal judiciaire de Nantes",
        "le docteur Yves Kermarrec, chirurgien viscéral",
        "Le Dr Kermarrec m'a opéré aussi, catastrophe.",
    ),
    "profile": (
        "Maëlle Quéré",
        "Ostéopathe D.O. chez Cabinet des Halles",
        "Brest",
        "Maëlle a soulagé mon dos en trois séances.",
        "Yann L.",
    ),
}
"""trafilatura, tried for this, lost a title, an answer, an author and a reply of these."""


@pytest.mark.parametrize("kind", SURVIVES)
async def test_names_and_what_is_said_of_them_survive(kind: str) -> None:
    path = Path(__file__).parents[1] / "pages" / f"{kind}.html"
    said = " ".join((await entry(path.read_bytes())).text.split())
    assert [words for words in SURVIVES[kind] if words not in said] == []


# --- which part of the page ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<header>Menu</header><main>Avis</main><footer>Bas</footer>", "Avis"),
        (
            "<nav>Menu</nav><article>Un</article><aside>Pub</aside><article>Deux</article>",
            "Un\nDeux",
        ),
        ("<header>Dr Dupont</header><div>Avis</div><footer>Bas</footer>", "Dr Dupont\nAvis\nBas"),
        ("<main></main><div>Avis</div>", "Avis"),  # filled by a script
        ("<main> <script>1</script></main><div>Avis</div>", "Avis"),
        ("<MAIN>Avis</MAIN><FOOTER>Bas</FOOTER>", "Avis"),
        ("<main>Un</main>reste<main>Deux</main>", "Un\nDeux"),
        ("<main>Un<nav>ouvert</main><p>reste</p><main>Deux</main>", "Un\nDeux"),
        ("<main>Avis", "Avis"),
        (f"<main>Avis</main><p>Dr Dupont {'a' * 20}</p>", f"Avis\nDr Dupont {'a' * 20}"),
        (f"<article>Brève</article>Dr Dupont {'a' * 20}", f"Brève\nDr Dupont {'a' * 20}"),
        ("<main><article>Avis<footer>Réponse</footer></article></main>", "Avis\nRéponse"),
        ("<article>Avis<nav>Menu</nav></article><footer>Bas</footer>", "Avis"),
        ("</main></article>Avis", "Avis"),
        ("<mainly>Avis</mainly><p>Suite", "Avis\nSuite"),
        ("<p>Avis</p><script>if (a < b) '</p>'</script><p>Suite</p>", "Avis\nSuite"),
        ("<p>Avis</p><style>p > a {}</style><noscript>JS</noscript>", "Avis"),
        ("<p>Avis</p><template><p>modele</p></template>", "Avis"),
        ("<p>Avis</p><script>never closed <p>Suite</p>", "Avis"),
        ("<p>Avis</p><!-- <p>cache</p> --><p>Suite</p>", "Avis\nSuite"),
        ("<!--[if !IE]><!--><p>Avis</p><!--<![endif]-->", "Avis"),
        ("<p>Avis</p><!-- <script> --><p>Suite</p>", "Avis\nSuite"),
        ("<p>Avis</p><script><!-- x </script><p>Suite</p>", "Avis\nSuite"),
        ("<p>5 < 6 &amp; &lt;Dr&gt;</p>", "5 < 6 & <Dr>"),
    ],
)
async def test_what_the_page_says(body: str, expected: str) -> None:
    assert (await entry(f"<title>T</title>{body}")).text == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("<title>Un</title><title>Deux</title>", "Un"),
        ("<svg><title>dessin</title></svg><title>Un</title>", "Un"),
        ("<script>'<title>faux</title>'</script><title>Un</title>", "Un"),
        ("<title></title><meta property='og:title' content='Un &amp; deux'>", "Un & deux"),
        ('<meta content="L\'avis" property=og:title>', "L'avis"),
        ("", ""),
    ],
)
async def test_the_title_of_a_page(head: str, expected: str) -> None:
    assert (await entry(f"{head}<p>x</p>")).title == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", URL),
        ("<link rel=canonical href=/b>", "https://annuaire.example/b"),
        (
            "<LINK REL='Canonical' HREF='https://b.example/c?d=1&amp;e=2'>",
            "https://b.example/c?d=1&e=2",
        ),
        (
            "<base href='https://b.example/x/'><link rel='canonical' href='y'>",
            "https://b.example/x/y",
        ),
        ("<link rel='canonical' href=''>", URL),
        ("<link rel='canonical' href='javascript:alert(1)'>", URL),
        ("<link rel='canonical' href='http://[::1'>", URL),
        (f"<link rel='canonical' href='/{'a' * 3000}'>", URL),
        ("<!-- <link rel='canonical' href='/b'> -->", URL),
    ],
)
async def test_the_address_of_a_page(head: str, expected: str) -> None:
    assert (await entry(f"<title>T</title>{head}<p>x</p>")).url == expected


# --- charsets, limits, what is no page ----------------------------------------------------------


@pytest.mark.parametrize(
    ("meta", "content_type", "encoding"),
    [
        ("", "text/html; charset=utf-8", "utf-8"),
        ("", "text/html; charset=ISO-8859-1", "cp1252"),
        ("<meta charset=windows-1252>", "text/html", "cp1252"),
        (
            "<meta http-equiv=content-type content='text/html; charset=iso-8859-15'>",
            "",
            "iso-8859-15",
        ),
        ("<meta charset=iso-8859-1>", "text/html; charset=utf-8", "utf-8"),  # the header wins
        ("", "text/html", "utf-8"),
        ("", "text/html", "cp1252"),
        ("", "text/html", "utf-8-sig"),
        ("<meta charset=iso-8859-1>", "text/html", "utf-16"),  # the mark wins
        ("<meta charset=utf-7>", "text/html", "utf-8"),
    ],
)
async def test_accents_survive_their_encoding(meta: str, content_type: str, encoding: str) -> None:
    page = f"<html><head>{meta}<title>Éloïse</title></head><p>œuvre à 5 €</p>".encode(encoding)
    found = await entry(page, content_type)
    assert (found.title, found.text) == ("Éloïse", "œuvre à 5 €")


async def test_only_so_much_of_a_page_is_kept() -> None:
    found = await entry(f"<title>{'t' * 9999}</title><p>{'a' * 99_999}</p>")
    assert (len(found.title), len(found.text)) == (MAX_TITLE, MAX_TEXT)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", "text/html", FetchProblem.EMPTY),
        (b" \n", "text/html", FetchProblem.EMPTY),
        (b"<html><body><div id=app></div><script>app()</script>", "text/html", FetchProblem.EMPTY),
        (b"%PDF-1.7 \0\0", "application/pdf", FetchProblem.NOT_A_PAGE),
        (b"\x89PNG\r\n\x1a\n\0\0<", "image/png", FetchProblem.NOT_A_PAGE),
        (b'{"avis": []}', "application/json", FetchProblem.NOT_A_PAGE),
        (b"Bonjour", "text/plain", FetchProblem.NOT_A_PAGE),
    ],
)
async def test_what_is_no_page_is_said(
    body: bytes, content_type: str, expected: FetchProblem
) -> None:
    with pytest.raises(FetchFailed) as caught:
        await read(body, content_type)
    assert caught.value.problem is expected
    assert "ref=1" not in str(caught.value)


@pytest.mark.timeout(3)
@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<script>", "<main>", "<nav", "<", "</", "<!", "&", "<meta ", "-->"]
)
async def test_no_page_holds_the_reader_up(piece: str) -> None:
    found = await entry(f"<title>T</title><p>x</p>{piece * 12_000}")
    assert found.title == "T"


@pytest.mark.parametrize("before", range(65_500, 65_540))
async def test_no_mark_is_missed_where_a_look_ends(before: int) -> None:
    opening, rest = "<p class='", "'>x</p>"
    pad = opening + "a" * (before - len(opening) - len(rest)) + rest
    page = f"{pad}<script>'<main>caché'</script><!-- caché --><title>T</title><p>Dr Dupont</p>"
    found = await entry(page + "b" * 99)
    assert found.title == "T"
    assert found.text == f"x\nDr Dupont\n{'b' * 99}"


async def test_a_long_page_without_marks_keeps_its_lines_whole() -> None:
    lines = [f"Dr <b>Anne</b> <i>Dupont {number}</i>" for number in range(1_500)]
    padded = [f"<p class='{'x' * 300}'>{line}</p>" for line in lines]
    found = await entry(f"<title>T</title>{''.join(padded)}")
    assert found.text.split("\n") == [f"Dr Anne Dupont {number}" for number in range(1_500)]


@pytest.mark.parametrize("mark", ["<nav>a</nav>", "<!-- a -->", "<svg></svg>", "</main>"])
async def test_a_page_of_marks_still_says_who(mark: str) -> None:
    found = await entry(f"<title>T</title><p>Dr Dupont</p>{mark * 30_000}")
    assert found.text.startswith("Dr Dupont")


# --- the feeds of a page ------------------------------------------------------------------------


def link(
    href: str, kind: str = "application/rss+xml", title: str = "", rel: str = "alternate"
) -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def found_in(page: str) -> list[str]:
    return [feed.url for feed in feeds_in(page, "https://blog.example/a/b?c=1")]


def test_the_feeds_of_a_page() -> None:
    page = (
        "<!doctype html><html><head><title>Blog</title>"
        + link("/comments/feed/", title="Blog &raquo; Flux des commentaires")
        + link("/feed/", title="Blog &raquo;\n Flux")
        + link("../atom.xml", "application/atom+xml; charset=utf-8")
        + "<LINK HREF=//cdn.example/feed.json TYPE=application/feed+json REL='me Alternate'>"
        + "</head><body></body></html>"
    )
    answer = fetched(page, url="https://blog.example/a/b?c=1")
    assert PageReader(FakeWeb()).feeds_in(answer) == (
        FoundFeed("https://blog.example/feed/", "Blog » Flux"),
        FoundFeed("https://blog.example/atom.xml", ""),
        FoundFeed("https://cdn.example/feed.json", ""),
        FoundFeed("https://blog.example/comments/feed/", "Blog » Flux des commentaires"),
    )


@pytest.mark.parametrize(
    "page",
    [
        "",
        "%PDF-1.7 \0",
        link("/a", "text/html"),
        link("/a", "application/json+oembed"),
        link("/wp-json/wp/v2/pages/2", "application/json"),
        link("/a", rel="stylesheet"),
        link(""),
        link("javascript:alert(1)"),
        link("feed:https://blog.example/feed"),
        link("http://[::1"),
        link("/" + "a" * 3_000),
        f"<!-- {link('/a')} -->",
        f"<script>x = '{link('/a')}'</script>",
        f"<svg>{link('/a')}</svg>",
    ],
)
def test_what_is_no_feed_of_the_page(page: str) -> None:
    assert found_in(page) == []


def test_a_feed_is_found_once_and_from_the_base() -> None:
    page = (
        "<base href='https://www.blog.example/x/'>" + link("f", title="1") + link("f", title="2")
    )
    assert feeds_in(page, URL) == (FoundFeed("https://www.blog.example/x/f", "1"),)


def test_a_page_of_feeds_gives_the_first_twenty() -> None:
    page = link("/comments/") + "".join(link(f"/{n}") for n in range(30))
    assert found_in(page) == [f"https://blog.example/{n}" for n in range(20)]


@pytest.mark.timeout(3)
@pytest.mark.parametrize("piece", ["<link", "<link rel=alternate ", link("/a"), "<!--", "<svg>"])
def test_looking_for_feeds_takes_no_time(piece: str) -> None:
    assert len(PageReader(FakeWeb()).feeds_in(fetched(piece * (3_000_000 // len(piece))))) <= 1
