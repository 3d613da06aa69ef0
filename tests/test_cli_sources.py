# ruff: noqa: F811 - the fixtures are imported by their names
import json
from pathlib import Path

import pytest

from tests.test_cli import HOME, Vigie, _in_french, home, vigie  # noqa: F401 - fixtures

OPML = """<opml version="2.0"><body><outline text="Presse">
<outline text="La Voix de Lille" xmlUrl="https://presse.example/rss"/>
<outline text="Sans adresse" xmlUrl=""/>
<outline text="Annuaire" type="link" url="https://annuaire.example/claire"/>
</outline></body></opml>"""


async def test_from_an_old_list_to_a_new_one(vigie: Vigie, home: str, tmp_path: Path) -> None:
    (tmp_path / "anciennes.opml").write_text(OPML, encoding="utf-8")
    told = await vigie("source", "import", "anciennes.opml", "--practice", home)
    assert told.code == 0
    assert "2 sources ajoutées. Elles seront lues d'ici 15 minutes" in told.words
    assert "Ligne 3, « Sans adresse » : il manque l'adresse." in told.words
    listed = {each["url"]: each for each in (await vigie("source", "list", "--json")).json}
    assert listed["https://presse.example/rss"]["title"] == "La Voix de Lille"
    assert listed["https://annuaire.example/claire"]["kind"] == "page"

    again = await vigie("source", "import", "anciennes.opml", "--practice", home)
    assert again.code == 0
    assert "Aucune source n'a été ajoutée." in again.words
    assert "2 étaient déjà surveillées, ou en double." in again.words

    shown = await vigie("source", "export")
    assert shown.out.startswith("<?xml")
    assert "Sources de Vigie<" in shown.words
    told = await vigie("source", "export", "nouvelles.opml", "--practice", home)
    assert "✅ 2 sources écrites dans nouvelles.opml." in told.words
    written = (tmp_path / "nouvelles.opml").read_text(encoding="utf-8")
    assert "https://presse.example/rss" in written
    assert HOME in written
    for url in listed:
        await vigie("source", "remove", url, "--practice", home)
    told = await vigie("source", "import", "nouvelles.opml")
    assert "2 sources ajoutées." in told.words
    after = {each["url"]: each for each in (await vigie("source", "list", "--json")).json}
    assert {url: each["title"] for url, each in after.items()} == {
        url: each["title"] for url, each in listed.items()
    }


async def test_a_table_is_imported_with_its_intervals(
    vigie: Vigie, home: str, tmp_path: Path
) -> None:
    table = "Adresse;Titre;Intervalle\r\nhttps://a.fr/rss;Santé;3600\r\nnimporte;Quoi;\r\n"
    (tmp_path / "liste.csv").write_bytes(table.encode("cp1252"))
    told = await vigie("source", "import", "liste.csv", "--practice", home, "--every", "600")
    assert "✅ 1 source ajoutée. La première lecture suit" in told.words
    assert "Ligne 3, « nimporte » : ce n'est pas une adresse web" in told.words
    (source,) = (await vigie("source", "list", "--json")).json
    assert (source["title"], source["every_seconds"]) == ("Santé", 3600)


async def test_many_bad_lines_are_counted_rather_than_shown(
    vigie: Vigie, home: str, tmp_path: Path
) -> None:
    (tmp_path / "liste.json").write_text(json.dumps(["x"] * 50), encoding="utf-8")
    told = await vigie("source", "import", "liste.json", "--practice", home)
    assert told.code == 1
    assert told.words.count("⚠️") == 20
    assert "… et 30 autres de ce genre." in told.words


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("import", "absent.opml"), "Je ne peux pas lire le fichier absent.opml."),
        (("import", "."), "Je ne peux pas lire le fichier ."),
        (("import", "page.html", "--practice", "X"), "Je ne connais pas de cabinet « X »."),
        (("import", "page.html", "--every", "5"), "60 secondes"),
        (("export", "page.html"), "Le fichier page.html existe déjà, et je n'écrase rien."),
        (("export", "nulle/part.opml"), "Je ne peux pas écrire le fichier nulle/part.opml."),
        (("export", "--practice", "X"), "Je ne connais pas de cabinet « X »."),
        (("suggest", "--for", "Durand"), "Je ne veille sur personne du nom de « Durand »"),
        (("suggest", "--for", "Lefèvre", "--add", "99"), "Il n'y a pas de numéro 99"),
        (("suggest", "--for", "Lefèvre", "--add", "0"), "Il n'y a pas de numéro 0"),
        (("suggest", "--for", "Lefèvre", "--add", "1", "--add", "2"), "demande votre main"),
        (("suggest", "--for", "Lefèvre", "--practice", "X"), "Je ne connais pas de cabinet"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
async def test_a_refusal_is_one_sentence(
    typed: tuple[str, ...], sentence: str, vigie: Vigie, home: str, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("<html>", encoding="utf-8")
    told = await vigie("source", *typed)
    assert (told.code, told.out) == (1, "")
    assert sentence in told.complaint
    assert home
    assert (await vigie("source", "list", "--json")).json == []


async def test_a_page_is_no_list(vigie: Vigie, home: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>", encoding="utf-8")
    told = await vigie("source", "import", "page.html", "--practice", home)
    assert told.code == 1
    assert "Aucune source n'a été ajoutée." in told.words
    assert "ce fichier n'est pas une liste de sources" in told.words


async def test_searches_are_proposed_and_followed(vigie: Vigie, home: str) -> None:
    told = await vigie("source", "suggest", "--for", "Claire Lefèvre")
    assert told.code == 0
    assert "À suivre pour Dr Claire Lefèvre" in told.words
    assert '1. ➕ Google Actualités : "Claire Lefèvre" Lille' in told.words
    assert '2. ✋ Alerte Google : "Claire Lefèvre" Lille' in told.words
    assert "https://www.google.com/alerts?q=%22Claire%20Lef%C3%A8vre%22%20Lille" in told.out
    assert "« Flux RSS »" in told.words
    assert "Mastodon : #clairelefevre" in told.words
    assert "--for 'Claire Lefèvre' --practice 'Cabinet des Tilleuls' --add 1" in told.words

    added = await vigie("source", "suggest", "--for", "Lefèvre", "--add", "1", "--add", "3")
    assert added.code == 0
    assert "2 sources ajoutées." in added.words
    listed = (await vigie("source", "list", "--json")).json
    assert [each["title"] for each in listed] == [
        'Google Actualités\u00a0: "Claire Lefèvre" Lille',
        'Google Actualités\u00a0: "Dr Lefèvre" Lille',
    ]

    found = (await vigie("source", "suggest", "--for", "Lefèvre", "--json")).json
    assert [each["number"] for each in found] == list(range(1, len(found) + 1))
    assert [each["number"] for each in found if each["is_watched"]] == [1, 3]
    assert [each["kind"] for each in found if each["by_hand"]] == [
        "google_alert",
        "google_reviews",
    ]
    again = await vigie("source", "suggest", "--for", "Lefèvre")
    assert "1. ✅" in again.words
    assert "--add 5" in again.words


async def test_a_name_of_two_people_asks_which(vigie: Vigie, home: str) -> None:
    await vigie(
        *("practitioner", "add", "--practice", home, "--given", "Paul", "--family", "Lefèvre")
    )
    told = await vigie("source", "suggest", "--for", "Lefèvre")
    assert told.code == 1
    assert "Dr Claire Lefèvre (Cabinet des Tilleuls), Paul Lefèvre" in told.complaint
    told = await vigie("source", "suggest", "--for", "Paul Lefèvre")
    assert told.code == 0
    assert "Une ville" in told.words
