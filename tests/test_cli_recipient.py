# ruff: noqa: F811 - the fixtures are imported by their names
"""``vigie recipient``, from the command line to a real server."""

from pathlib import Path

from tests.servers.web import Answer, Web
from tests.test_cli import Vigie, _in_french, vigie, web  # noqa: F401 - fixtures

PAGES = Path(__file__).parent / "pages" / "notices"
HTML = "text/html; charset=utf-8"


def page(body: bytes) -> Answer:
    return Answer(body, content_type=HTML)


async def test_who_to_write_to_with_the_words_that_say_so(vigie: Vigie, web: Web) -> None:
    web.answers["/dr-x"] = page('<p>Dr X</p><a href="/ml">Mentions légales</a>'.encode())
    web.answers["/ml"] = page((PAGES / "sentences.html").read_bytes())
    told = await vigie("recipient", web.url("/dr-x"))
    assert told.code == 0
    assert "Éditeur, d'après les mentions légales du site (à confirmer)" in told.words
    assert "· SIREN : 790045124" in told.words
    assert "lu dans « Le site www.avisdoc.example est édité par" in told.words
    assert "· directeur de la publication : Monsieur Jean-Paul Martin" in told.words
    assert "Hébergeur, d'après les mentions légales" in told.words
    assert "Moteur de recherche, d'après l'annuaire de Vigie" in told.words
    assert "Source, au 23 novembre 2026 : cnil.fr" in told.words
    assert "Rien n'est enregistré" in told.words

    told = await vigie("recipient", web.url("/dr-x"), "--json")
    by_role = {each["role"]: each for each in told.json["candidates"]}
    assert by_role["publisher"]["facts"]["siren"]["value"] == "790045124"
    assert "790 045 124" in by_role["publisher"]["facts"]["siren"]["words"]
    assert told.json["notices"] == [web.url("/ml")]


async def test_a_site_without_notice_gets_a_sentence_and_what_to_do(
    vigie: Vigie, web: Web
) -> None:
    web.answers["/dr-x"] = web.answers["/"] = page(b"<p>Dr X</p>")
    told = await vigie("recipient", web.url("/dr-x"))
    assert told.code == 0
    assert "Je n'ai pas trouvé de mentions légales sur ce site." in told.words
    assert "la loi oblige un site à dire qui l'édite" in told.words


async def test_an_anonymous_publisher_and_a_wrong_number_are_told(vigie: Vigie, web: Web) -> None:
    web.answers["/mentions-legales"] = page((PAGES / "anonymous.html").read_bytes())
    told = await vigie("recipient", web.url("/mentions-legales"))
    assert "a choisi de rester anonyme" in told.words
    web.answers["/mentions-legales"] = page((PAGES / "wrong_number.html").read_bytes())
    told = await vigie("recipient", web.url("/mentions-legales"))
    assert "Le numéro 123 456 789 n'est pas un vrai SIREN" in told.words


async def test_what_cannot_be_read_leaves_with_one_and_keeps_the_engines(
    vigie: Vigie, web: Web
) -> None:
    web.answers["/dr-x"] = Answer(status=404)
    web.answers["/"] = Answer(status=404)
    told = await vigie("recipient", web.url("/dr-x"))
    assert told.code == 1
    assert "Je n'ai pas pu lire le site" in told.words
    assert "Moteur de recherche" in told.words


async def test_what_is_no_address_is_refused_with_a_sentence(vigie: Vigie) -> None:
    told = await vigie("recipient", "annuaire")
    assert told.code == 1
    assert "elle commence par https://" in told.complaint
    told = await vigie("recipient", "http://10.0.0.1/x")
    assert told.code == 1
    assert "réseau privé" in told.complaint
