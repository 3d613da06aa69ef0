"""Legal notices: what each page says of whom, and nothing that it does not say."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.lawbook import load_notice_words
from bot.adapters.pages import words_of
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.core.particulars import Fact, emails, flat, is_siret, luhn, normal, phones
from bot.core.recipients import MAX_NOTICE, RecipientRole, read_notice
from bot.usecases.find_recipients import NoticeFinding, RecipientBasis

PAGES = Path(__file__).resolve().parents[1] / "pages" / "notices"
EXPECTED = tomllib.loads((PAGES / "expected.toml").read_text("utf-8"))
WORDS = load_notice_words(TEMPLATES)
SAID = {page.stem: words_of(page.read_text("utf-8")) for page in sorted(PAGES.glob("*.html"))}


@pytest.mark.parametrize("name", SAID)
def test_a_notice_says_this_and_nothing_else(name: str) -> None:
    notice = read_notice(SAID[name], WORDS)
    told: dict[str, object] = {
        party.role.value: {each.fact.value: each.value for each in party.details}
        for party in notice.parties
    }
    if notice.is_anonymous:
        told["is_anonymous"] = True
    if notice.doubtful_numbers:
        told["doubtful_numbers"] = list(notice.doubtful_numbers)
    assert told == EXPECTED[name]
    assert len(notice.parties) == len({party.role for party in notice.parties})


@pytest.mark.parametrize("name", SAID)
def test_every_fact_comes_with_the_words_of_the_page_it_was_read_in(name: str) -> None:
    page = " ".join(normal(SAID[name]).split())
    for party in read_notice(SAID[name], WORDS).parties:
        for each in party.details:
            assert each.words in page
            assert len(each.words) <= 400
            if each.fact not in {Fact.SIREN, Fact.SIRET, Fact.RCS, Fact.EMAIL, Fact.STREET}:
                assert each.value in each.words


@given(st.sampled_from(sorted(SAID)), st.data())
def test_a_page_cut_anywhere_invents_nobody(name: str, data: st.DataObject) -> None:
    """A shorter page may say less, or end a name early; it names nobody the page does not."""
    cut = data.draw(st.integers(0, len(SAID[name])))
    for party in read_notice(SAID[name][:cut], WORDS).parties:
        for each in party.details:
            assert each.words in " ".join(normal(SAID[name][:cut]).split())


@given(st.text(max_size=600))
def test_any_text_is_read_without_an_error(said: str) -> None:
    read_notice(said, WORDS)
    read_notice(f"Éditeur : {said}\nHébergeur : {said}\nSIREN {said}", WORDS)


@given(st.text())
def test_a_flat_text_keeps_every_character_in_its_place(said: str) -> None:
    page = normal(said)
    assert len(flat(page)) == len(page)


@given(st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_one_check_digit_out_of_ten_is_right(digits: str) -> None:
    assert sum(luhn(f"{digits}{last}") for last in range(10)) == 1


def test_the_offices_of_la_poste_have_a_rule_of_their_own() -> None:
    assert is_siret("81234567600017")
    assert not is_siret("81234567600018")
    assert is_siret("35600000000048")
    assert is_siret("35600000049837")
    assert not is_siret("35600000049836")


def test_an_address_written_for_people_is_understood_and_a_picture_is_none() -> None:
    said = "ecrire (at) site (dot) fr, logo@2x.png, a.b+c@d-e.co.uk, x arobase y.fr"
    found = [each.value for each in emails(said)]
    assert found == ["ecrire@site.fr", "a.b+c@d-e.co.uk", "x@y.fr"]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("Tél : 01.23.45.67.89", "01.23.45.67.89"),
        ("+33 (0)1 23 45 67 89", "+33 (0)1 23 45 67 89"),
        ("0123456789", "0123456789"),
        ("Fax : 01 23 45 67 89", ""),
        ("SIRET 812 345 676 00017", ""),
        ("FR7630001007941234567890185", ""),
    ],
)
def test_a_telephone_is_no_fax_and_no_other_number(said: str, number: str) -> None:
    assert "".join(each.value for each in phones(said, flat(said))) == number


@pytest.mark.parametrize(
    "said",
    [
        "Éditeur : nous contacter",
        "L'éditeur est responsable de ses contenus, 75001 Paris.",
        "Le site n'est pas édité par Ruse SAS, 1 rue Neuve, 75001 Paris.",
        "Conception et réalisation : Agence SAS, 1 rue Neuve, 75001 Paris, RCS Paris 606 060 606",
        "DPO : Conseil SAS, 1 rue Neuve, 75001 Paris, SIREN 606 060 606",
        "Hébergeur : OVH",  # nothing to tell whether it is a name
        "Hébergement : 2 nuits à Lyon, 69002 Lyon",
        "Éditeur\nMenu\nAccueil\nConnexion",
        "Directeur de la publication : à définir",
        "Responsable de la publication : Service communication",
    ],
)
def test_rather_nobody_than_somebody_else(said: str) -> None:
    assert read_notice(said, WORDS).parties == ()


def test_who_stands_under_another_label_is_somebody_else() -> None:
    said = (
        "Éditeur : Alpha SAS\nSiège : 1 rue Neuve, 75001 Paris\nHébergeur : Beta SAS\n"
        "Conciliateur agréé : Gamma, 27 avenue de la Libération, 42400 Saint-Chamond\n"
        "Tél. : 01 23 45 67 89"
    )
    publisher, host = read_notice(said, WORDS).parties
    assert publisher.get(Fact.TOWN) == "Paris"
    assert [each.fact for each in host.details] == [Fact.NAME, Fact.LEGAL_FORM]


def test_two_publishers_are_both_shown() -> None:
    said = (
        "Éditeur : Alpha SAS, 1 rue Neuve, 75001 Paris\n"
        "Directeur de la publication : Anne Roy\n"
        "Le site est édité par Beta SARL, 2 rue Neuve, 75001 Paris."
    )
    names = [each.get(Fact.NAME) for each in read_notice(said, WORDS).of(RecipientRole.PUBLISHER)]
    assert names == ["Alpha", "Beta"]


@pytest.mark.parametrize("label", ["Courriel", "E-mail"])
def test_the_mail_below_the_director_is_the_publishers_and_no_name(label: str) -> None:
    said = (
        "Éditeur : Alpha SAS, 1 rue Neuve, 75001 Paris\n"
        f"Directeur de la publication : Anne Roy\n{label} : dpo@alpha.example"
    )
    (party,) = read_notice(said, WORDS).parties
    assert (party.get(Fact.NAME), party.get(Fact.DIRECTOR)) == ("Alpha", "Anne Roy")
    assert party.get(Fact.EMAIL) == "dpo@alpha.example"


def test_a_publisher_may_be_the_host_and_the_director_too() -> None:
    notice = read_notice("Éditeur et hébergeur : Solo SAS, 1 rue Neuve, 75001 Paris", WORDS)
    assert {party.role for party in notice.parties} == {
        RecipientRole.PUBLISHER,
        RecipientRole.HOST,
    }
    said = "Éditeur et directeur de la publication : Luc Petit, 1 rue Neuve, 75001 Paris"
    (party,) = read_notice(said, WORDS).parties
    assert (party.get(Fact.NAME), party.get(Fact.DIRECTOR)) == ("Luc Petit", "Luc Petit")


def test_the_mail_under_a_host_is_not_the_hosts_unless_it_bears_its_name() -> None:
    said = "Hébergeur : Gandi SAS, 63 boulevard Masséna, 75013 Paris\nContact : moi@cabinet.fr"
    (host,) = read_notice(said, WORDS).parties
    assert host.get(Fact.EMAIL) == ""


HOSTILE = [
    "Éditeur : " * 20_000,
    "1" * 100_000,
    "75001 " * 20_000,
    "A" * 100_000,
    "12 rue " * 20_000,
    "a@" * 50_000,
    "Le directeur de la publication est Paul Martin. " * 3_000,
    "Éditeur\n" + "du site " * 20_000,
    "www.a.fr " * 15_000,
    "RCS " + "a" * 100_000,
    "SIREN 812 345 676 " * 6_000,
    "x" * 50 + " arobase " * 10_000,
    "\n" * 200_000,
    "- " * 100_000,
    "Hébergeur : " + "Ab-" * 40_000,
]


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_page_takes_time_in_proportion_to_it(said: str) -> None:
    def took(length: int) -> float:
        runs = []
        for _ in range(3):
            start = time.process_time()
            read_notice(said[:length], WORDS)
            runs.append(time.process_time() - start)
        return min(runs)

    assert took(MAX_NOTICE) <= 12 * took(MAX_NOTICE // 4) + 0.05


@pytest.mark.parametrize(
    ("words", "url", "is_notice"),
    [
        ("Mentions légales", "https://a.fr/x", True),
        ("MENTIONS LEGALES & CGU", "https://a.fr/x", True),
        ("", "https://a.fr/mentions-legales.html", True),
        ("", "https://a.fr/fr/mentions_l%C3%A9gales/", True),
        ("Impressum", "https://a.de/x", True),
        ("Legal", "https://a.com/x", True),
        ("C.G.U.", "https://a.fr/cgu", False),
        ("À propos", "https://a.fr/x", False),
    ],
)
def test_a_link_leads_to_a_notice_by_its_words_or_its_address(
    words: str, url: str, *, is_notice: bool
) -> None:
    rank = WORDS.rank(words, url)
    assert rank is not None
    assert WORDS.is_notice(rank) is is_notice


@pytest.mark.parametrize(
    "words",
    ["Legal advice", "Notre avocat conseille", "Contactez un médecin", "", "http://[", "Propos"],
)
def test_another_link_leads_to_none(words: str) -> None:
    assert WORDS.rank(words, "http://[") is None
    assert WORDS.rank(words, "https://a.fr/dr-dupont") is None


def test_a_byline_is_a_person_and_no_newsroom() -> None:
    assert WORDS.person("Dr Paul Martin") == "Dr Paul Martin"
    for said in ("", "admin", "La rédaction", "Agence Web & Co", "Paul Martin, journaliste"):
        assert WORDS.person(said) == ""


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("recipient_role", RecipientRole),
        ("recipient_fact", Fact),
        ("recipient_basis", RecipientBasis),
        ("notice_finding", NoticeFinding),
        ("notice_remedy", NoticeFinding),
    ],
)
def test_every_code_has_its_french_words(group: str, codes: type[NoticeFinding]) -> None:
    assert {code.value for code in codes} == set(JinjaWording().labels(group))
