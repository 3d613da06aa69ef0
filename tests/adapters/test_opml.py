from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters import opml
from bot.adapters.catalogue import load_columns
from bot.adapters.wording import TEMPLATES
from bot.core.lists import MOST_BYTES, MOST_LISTED, Flaw, Listed, ListProblem, SourceList
from tests.world import FEED

COLUMNS = load_columns(TEMPLATES)


def read(text: str | bytes) -> SourceList:
    return opml.read(text.encode() if isinstance(text, str) else text, COLUMNS)


def facts(found: SourceList) -> list[tuple[str, str, str]]:
    return [(each.url, each.title, each.category) for each in found.kept]


def problems(found: SourceList) -> list[tuple[ListProblem, int]]:
    return [(each.problem, each.line) for each in found.flaws]


def outlines(*inside: str) -> str:
    return "\n".join(['<opml version="1.0"><body>', *inside, "</body></opml>"])


NESTED = outlines(
    '<outline text="Presse" title="Presse">',
    '<outline text="Nord"><outline type="rss" text="Voix" xmlUrl="https://a.fr/1"/></outline>',
    '<outline title="Monde" xmlUrl="https://a.fr/2?x=1&amp;y=2" htmlUrl="https://a.fr"/>',
    "</outline>",
    '<outline type="link" text="Annuaire" url="https://annuaire.fr/claire"/>',
)


def test_outlines_are_read_with_their_groups() -> None:
    found = read(NESTED)
    assert facts(found) == [
        ("https://a.fr/1", "Voix", "Nord"),
        ("https://a.fr/2?x=1&y=2", "Monde", "Presse"),
        ("https://annuaire.fr/claire", "Annuaire", ""),
    ]
    assert [each.is_page for each in found.kept] == [False, False, True]
    assert [each.line for each in found.kept] == [3, 4, 6]
    assert not found.flaws


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-15", "cp1252"])
def test_every_encoding_is_read(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>\n'
    body = (declared + outlines(f'<outline text="Santé" xmlUrl="{FEED}"/>')).encode(encoding)
    assert facts(read(body)) == [(FEED, "Santé", "")]


def test_what_is_no_feed_is_told() -> None:
    found = read(
        outlines(
            '<outline type="include" text="Autre" url="https://a.fr/liste"/>',
            '<outline type="link" text="Autre" url="https://a.fr/liste.OPML"/>',
            '<outline text="Vide" xmlUrl=""/>',
            f'<outline text="Bon" xmlUrl="{FEED}"/>',
        )
    )
    assert problems(found) == [
        (ListProblem.ANOTHER_LIST, 2),
        (ListProblem.ANOTHER_LIST, 3),
        (ListProblem.NO_ADDRESS, 4),
    ]
    assert len(found.kept) == 1


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('<outline text="R&D" xmlUrl="https://b.fr/?a=1&b=2"/>', "R&D"),
        ('<outline text="Le "vrai" site" xmlUrl="https://b.fr/?a=1&b=2" x="">', 'Le "vrai" site'),
        (
            '<outline text="Lien" a="<a href="https://c.fr"> " xmlUrl="https://b.fr/?a=1&b=2" />',
            "Lien",
        ),
    ],
)
def test_what_is_no_xml_is_read_all_the_same(line: str, title: str) -> None:
    found = read(
        outlines(
            '<outline text="Presse">',
            f'<outline text="Avant" xmlUrl="{FEED}"/>',
            line,
            '<outline text="Sant&eacute;" xmlUrl="https://d.fr"/>',
            "</outline>",
        )
    )
    assert [(url, name) for url, name, _ in facts(found)] == [
        (FEED, "Avant"),
        ("https://b.fr/?a=1&b=2", title),
        ("https://d.fr", "Santé"),
    ]
    assert facts(found)[0][2] == "Presse"
    assert [each.problem for each in found.flaws] == [ListProblem.MALFORMED]


def test_a_file_cut_short_keeps_its_beginning() -> None:
    found = read(NESTED[: NESTED.index("https://a.fr/2") + 3])
    assert facts(found) == [("https://a.fr/1", "Voix", "Nord")]
    assert problems(found) == [(ListProblem.MALFORMED, 4)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ListProblem.EMPTY),
        (b"  \n", ListProblem.EMPTY),
        (b"<opml/>", ListProblem.EMPTY),
        (b"bonjour", ListProblem.NOT_A_LIST),
        (b"<rss><channel/></rss>", ListProblem.NOT_A_LIST),
        (b"<!DOCTYPE html><html>", ListProblem.NOT_A_LIST),
        (b"[" * 100_000, ListProblem.NOT_A_LIST),
        (b"[" + b"9" * 10_000 + b"]", ListProblem.NOT_A_LIST),
        (b"[1,", ListProblem.MALFORMED),
        (b"x" * (MOST_BYTES + 1), ListProblem.TOO_LARGE),
        (b"\x00\xff\xfe\x01" * 20, ListProblem.NOT_A_LIST),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, problem: ListProblem) -> None:
    found = read(body)
    assert not found.kept
    assert [each.problem for each in found.flaws] == [problem]


@pytest.mark.parametrize(
    "definition",
    [
        '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
        '<!ENTITY % b SYSTEM "https://a.fr/x.dtd"> %b;',
    ],
)
def test_entities_are_refused(definition: str) -> None:
    inside = outlines(f'<outline text="&b;" xmlUrl="{FEED}"/>')
    found = read(f"<!DOCTYPE opml [{definition}]>{inside}")
    assert not found.kept
    assert [each.problem for each in found.flaws] == [ListProblem.ENTITIES]


def test_a_list_without_end_is_cut() -> None:
    found = read(outlines(*[f'<outline xmlUrl="https://a.fr/{n}"/>' for n in range(10_050)]))
    assert len(found.kept) == MOST_LISTED
    assert problems(found) == [(ListProblem.TOO_MANY, MOST_LISTED + 2)]
    assert len(read("x;y\n" + ";z\n" * 50_000).flaws) <= MOST_LISTED


@pytest.mark.parametrize(
    "body",
    [
        "<opml><body>" + '<outline text="g">' * 100_000,
        "<opml><body>" + "<outline text=" * 100_000,
        '<opml><body><outline text="' + '" ' * 500_000 + "<",
        '<opml><body><outline text="' + '"a' * 500_000 + "<",
        "<opml><body><outline " + ' text="' * 150_000 + "<",
        "<opml><body><& " + "</outline>" * 100_000,
        "<opml>" + "&" * 1_000_000,
        "url;title\n" + '"' * 999_999,
        "url;title\n" + 'https://a.fr;"x\n' * 60_000,
        "url" + ";" * 1_000_000,
        "[" + '"",' * 300_000 + '""]',
    ],
    ids=range(11),
)
def test_hostile_files_are_read_in_time_proportional_to_them(body: str) -> None:
    read(body)  # the test's own time limit fails what is quadratic


_XML = st.characters(exclude_categories=("Cc", "Cs", "Cn"))
_WORDS = st.text(_XML, max_size=40).map(lambda words: " ".join(words.split()))
_LISTED = st.builds(
    Listed,
    url=st.from_regex(r"https?://[a-z]{1,9}\.fr/[!-~]{0,30}", fullmatch=True),
    title=_WORDS,
    category=_WORDS,
    is_page=st.booleans(),
)


@given(_WORDS, st.lists(_LISTED, max_size=8))
def test_what_is_written_is_read_back(title: str, sources: list[Listed]) -> None:
    document = opml.write(title, sources)
    expat.ParserCreate().Parse(document.encode(), True)  # noqa: FBT003 - its signature
    found = read(document)
    wanted = [
        each for each in sources if not each.url.lower().endswith(".opml") or not each.is_page
    ]
    assert sorted(facts(found)) == sorted((each.url, each.title, each.category) for each in wanted)
    assert {each.url for each in found.kept if each.is_page} <= {
        each.url for each in wanted if each.is_page
    }


def test_a_title_cannot_break_out_of_what_is_written() -> None:
    nasty = "\"/><outline xmlUrl='https://evil.fr'/>\x00\x1b&<![CDATA[\u202e"
    found = read(opml.write(nasty, [Listed(FEED, nasty, nasty)]))
    assert [each.url for each in found.kept] == [FEED]
    assert "\x1b" not in found.kept[0].title


# What came before: CSV and JSON.

EXCEL = "Adresse;Titre;Cabinet;Intervalle;Genre\r\nhttps://a.fr/1;Santé, l'œil;Tilleuls;600;\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_is_read_as_spreadsheets_write_it(encoding: str, separator: str) -> None:
    table = EXCEL.replace(";", separator).replace("Santé, l'œil", '"Santé, l\'œil"')
    found = read(table.encode(encoding))
    assert found == SourceList(
        (Listed("https://a.fr/1", "Santé, l'œil", "Tilleuls", every_seconds=600, line=2),)
    )


def test_a_bad_line_is_told_and_the_others_are_kept() -> None:
    found = read(
        "sep=;\nurl;title;every;type\nhttps://a.fr;A;;\n;B;;\n\nhttps://c.fr;C;souvent;\n"
        "https://d.fr;D;900;Page web\n"
    )
    assert [(each.url, each.line, each.is_page) for each in found.kept] == [
        ("https://a.fr", 3, False),
        ("https://d.fr", 7, True),
    ]
    assert found.flaws == (
        Flaw(ListProblem.NO_ADDRESS, 4, "B"),
        Flaw(ListProblem.INTERVAL_INVALID, 6, "souvent"),
    )


def test_a_quote_left_open_swallows_no_other_line() -> None:
    found = read('url,title\nhttps://a.fr,"A\nhttps://b.fr,B\nhttps://c.fr,"C, c"\n')
    assert facts(found) == [
        ("https://a.fr", "A", ""),
        ("https://b.fr", "B", ""),
        ("https://c.fr", "C, c", ""),
    ]
    found = read('url,title\nhttps://a.fr,"A\nsur deux lignes"\nhttps://b.fr,B\n')
    assert [(each.title, each.line) for each in found.kept] == [("A sur deux lignes", 2), ("B", 4)]


def test_addresses_alone_are_a_list() -> None:
    assert facts(read("https://a.fr\n\nhttps://b.fr\n")) == [
        ("https://a.fr", "", ""),
        ("https://b.fr", "", ""),
    ]
    assert facts(read("Voix;https://a.fr;x\n")) == [("https://a.fr", "Voix", "")]


def test_json_is_read_in_the_shapes_people_have() -> None:
    wanted = [("https://a.fr", "", ""), ("https://b.fr", "B", "Tilleuls")]
    inside = '["https://a.fr", {"URL": "https://b.fr", "titre": "B", "cabinet": "Tilleuls"}]'
    assert facts(read(inside)) == wanted
    assert facts(read(f'{{"version": 1, "sources": {inside}}}')) == wanted
    assert facts(read('{"url": "https://a.fr"}')) == wanted[:1]
    found = read(
        '[3, null, {"url": "https://a.fr", "every": 60, "title": "\\ud800x"}, {"url": []}]'
    )
    assert found.kept == (Listed("https://a.fr", "x", every_seconds=60, line=3),)
    assert [line for _, line in problems(found)] == [1, 2, 4]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_a_file_holds_something_is_said(body: bytes) -> None:
    found = read(body)
    assert found.kept or found.flaws
