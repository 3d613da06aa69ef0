"""Every letter printed, and its words read back from the PDF and from the DOCX."""

import io
import re
import tomllib
from dataclasses import replace
from itertools import cycle, islice, product

import docx
import pypdf
import pytest

from bot.adapters.letter_examples import example
from bot.adapters.letters import LetterWriter
from bot.adapters.typesetter import Typesetter
from bot.adapters.word_writer import WordWriter
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.core.errors import Refusal, RefusalCode
from bot.core.law import Territory
from bot.core.letter_elements import NEEDS, Element
from bot.core.letter_sketch import FILLED, UNSAYABLE
from bot.core.letters import Address, Annex, AnnexRole, Document, LetterKind, Passage
from bot.core.messages import Message
from tests.core.test_letters import without

WORDING = JinjaWording()
WRITER, TYPESETTER, WORD_WRITER = LetterWriter(WORDING), Typesetter(), WordWriter()
PROFESSIONS = {
    "médecin généraliste": "R4127-4 ",
    "chirurgien orthopédiste": "R4127-4 ",
    "chirurgien-dentiste": "R4127-206",
    "sage-femme": "R4127-303",
    "infirmière": "R4312-5",
    "masseur-kinésithérapeute": "R4321-55",
    "pédicure-podologue": "R4322-35",
    "pharmacien": "R4235-5",
    "ostéopathe": "L1110-4",
}
URL = "https://www.annuaire.example/lyon/dentistes/claire-lefevre?avis=4512#avis-4512"
HEADER = ("Dr Claire Lefèvre", "12 rue de l’Œuvre", "69003 LYON", "Lyon, le 3 décembre 2026", URL)
PASSAGES = ("5 000 € volés", "Une incapable et une voleuse.")
GROUNDS = ("diffamation publique", "injure publique", "loi du 29 juillet 1881")
IN_GOOD_FAITH = ("Je déclare de bonne foi", "exactes et complètes")
ELEMENTS: dict[LetterKind, tuple[str, ...]] = {
    LetterKind.PLATFORM_REPORT: (*PASSAGES, *GROUNDS, *IN_GOOD_FAITH, "avis n° 4512"),
    LetterKind.HOST_NOTICE: (
        *(*PASSAGES, *GROUNDS, *IN_GOOD_FAITH, "avis n° 4512", "Déçu69", "12 novembre 2026"),
        *("article 16 du règlement (UE) 2022/2065", "loi n° 2004-575", "née le 1er mars 1980"),
        *("Hébergeur Exemple Ltd", "IRLANDE", "FRANCE", "cabinet@lefevre.example", "pseudonyme"),
    ),
    LetterKind.FORMAL_NOTICE: (
        *(*PASSAGES, *GROUNDS, "mise en demeure", "8 jours", "droits et actions demeurent"),
        *("Lettre recommandée", "Annexe 1 : Captures d’écran"),
    ),
    LetterKind.RIGHT_OF_REPLY: (
        *(*PASSAGES, "article 1-1, III", "décret n° 2007-1527", "trois jours"),
        *("Directeur de la publication", "Aucune procédure, ordinale"),
    ),
    LetterKind.ERASURE_REQUEST: (
        *("article 21, paragraphe 1", "article 17, paragraphe 1", "situation particulière"),
        *("source de ces données", "articles 14, 15 et 19", "un mois", "CNIL", "avis par avis"),
    ),
    LetterKind.ACCESS_REQUEST: ("article 15 du RGPD", "leur source", "un mois", "CNIL"),
    LetterKind.RECTIFICATION_REQUEST: (
        *("articles 16 et 19 du RGPD", "un autre praticien", "Profession : chirurgien-dentiste"),
        *("un mois", "CNIL"),
    ),
    LetterKind.REGULATOR_COMPLAINT: (
        *("3 place de Fontenoy", "75334 PARIS CEDEX 07", "Annuaire Exemple SAS, SIREN"),
        *("SIREN 000 000 000", "20 octobre 2026", "22 octobre 2026 (annexe 3)", "un mois"),
        *("Aucune réponse", "Annexe 2 : Copie de la demande", "trois mois"),
    ),
    LetterKind.DELISTING_REQUEST: ("Dr Claire Lefèvre Lyon", "un mois", "mon nom", "CNIL"),
    LetterKind.INSURER_CLAIM: (
        *(*PASSAGES, "RCP 000 000", "1er décembre 2026", "12 février 2027", "sans report"),
        *("e-réputation", "protection juridique", "choix de mon avocat", "Audience"),
    ),
    LetterKind.AUTHOR_MESSAGE: ("Une incapable", "Accepteriez-vous", "entièrement libre"),
    LetterKind.FOLLOW_UP: ("20 octobre 2026", "1A 000 000 0000 0", "8 jours"),
    LetterKind.INTERNAL_COMPLAINT: (
        *(*PASSAGES, *GROUNDS, *IN_GOOD_FAITH, "article 20", "N-20261116-77"),
        "28 novembre 2026 , référence".replace(" ,", ","),
    ),
    LetterKind.REFERRAL_SHEET: (
        *(*PASSAGES, *GROUNDS, "12 février 2027", "sans report", "n’interrompt ce délai"),
        *("n’est pas un avis juridique", "10000000000", "Dresser un constat"),
    ),
}


def squeezed(text: str) -> str:
    """The words without the spaces and dashes a line may break at."""
    return re.sub("[\\s\u2013\u200b]", "", text)


def pdf_words(pdf: bytes) -> str:
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return "".join(re.sub(r"Page\d+/\d+$", "", squeezed(page)) for page in pages)


def docx_words(made: bytes) -> str:
    paragraphs = docx.Document(io.BytesIO(made)).paragraphs
    return squeezed("".join(each.text for each in paragraphs))


def made(kind: LetterKind, profession: str, territory: Territory) -> Document:
    facts = replace(example(kind), territory=territory)
    return WRITER.compose(
        kind, replace(facts, sender=replace(facts.sender, profession=profession))
    )


@pytest.mark.parametrize("kind", LetterKind)
def test_every_letter_of_every_profession_and_territory_says_all_it_must(
    kind: LetterKind,
) -> None:
    wanted = [squeezed(each) for each in (*HEADER, *ELEMENTS[kind])]
    for profession, territory in product(PROFESSIONS, Territory):
        said = squeezed("".join(made(kind, profession, territory).lines))
        assert not [each for each in (*wanted, squeezed(profession)) if each not in said]
        if "secretprofessionnel(" in said:
            assert squeezed(PROFESSIONS[profession]) in said


@pytest.mark.parametrize("kind", LetterKind)
def test_what_is_printed_says_all_the_letter_says(kind: LetterKind) -> None:
    """Each profession and each territory once: they do not meet in what prints."""
    both = zip(cycle(PROFESSIONS), cycle(Territory), strict=True)
    for profession, territory in islice(both, max(len(PROFESSIONS), len(Territory))):
        document = made(kind, profession, territory)
        pdf = pdf_words(TYPESETTER.print(document))
        word = docx_words(WORD_WRITER.print(document))
        wanted = [squeezed(each) for each in document.lines]
        assert not [each for each in wanted if each not in pdf]
        assert not [each for each in wanted if each not in word]


def test_a_territory_is_named_and_its_holidays_told_to_counsel() -> None:
    for territory, told in tomllib.loads((TEMPLATES / "letters/letters.toml").read_text("utf-8"))[
        "territory"
    ].items():
        lines = " ".join(made(LetterKind.REFERRAL_SHEET, "infirmier", Territory(territory)).lines)
        assert squeezed(told["note"]) in squeezed(lines)
        assert f"Lyon ({told['place']})" in lines or not told["place"]


def test_the_article_of_a_profession_is_the_one_the_guard_cites() -> None:
    letters = tomllib.loads((TEMPLATES / "letters/letters.toml").read_text("utf-8"))
    guard = tomllib.loads((TEMPLATES / "watchwords/secrecy.toml").read_text("utf-8"))["references"]
    apart = {"chirurgien"}  # alone, the guard takes it for a dentist
    for told in letters["profession"]:
        for word in set(told["starts"]) & set(guard) - apart:
            assert told["article"] == guard[word]
    assert letters["profession"][-1]["article"] == guard["other"]


def test_fonts_are_embedded_and_the_same_letter_is_the_same_bytes() -> None:
    document = WRITER.compose(LetterKind.HOST_NOTICE, example(LetterKind.HOST_NOTICE))
    pdf = TYPESETTER.print(document)
    assert pdf == TYPESETTER.print(document)
    fonts = [
        font.get_object()
        for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    ]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


@pytest.mark.parametrize(
    "quote",
    [
        "œ ç É — ’ « » € Œ Æ ÿ ½ ★ ☆ 😡 👎 ❤️",
        '#import "x" *gras* $x$ @ref <b>x</b> {{ 7*7 }} {% raw %} \\ `code` // rem /* non',
        "a" * 500 + " https://x.example/" + "b" * 500,
        "نص بالعربية 中文",
    ],
)
def test_a_quotation_is_shown_as_it_is_and_never_obeyed(quote: str) -> None:
    facts = replace(
        example(LetterKind.FORMAL_NOTICE), passages=(Passage(quote, "INJ", "Terme outrageant."),)
    )
    document = WRITER.compose(LetterKind.FORMAL_NOTICE, facts)
    assert squeezed(quote) in docx_words(WORD_WRITER.print(document))
    pdf = TYPESETTER.print(document)
    assert pdf.startswith(b"%PDF")
    if quote.isprintable() and "中" not in quote:
        assert squeezed(quote) in pdf_words(pdf)


def test_annexes_are_numbered_and_cited() -> None:
    facts = example(LetterKind.FORMAL_NOTICE)
    annexes = tuple(Annex(f"Capture {n}", AnnexRole.CAPTURE) for n in range(1, 4))
    document = WRITER.compose(LetterKind.FORMAL_NOTICE, replace(facts, annexes=annexes))
    assert document.annexes[2] == "Annexe 3\u00a0: Capture 3"
    assert any("(annexes\u00a01-3)" in part.text for part in document.body)


@pytest.mark.parametrize(
    ("kind", "element"), [(kind, element) for kind in LetterKind for element in NEEDS[kind]]
)
def test_a_draft_says_what_is_missing_where_it_would_stand(
    kind: LetterKind, element: Element
) -> None:
    facts = without(element, example(kind))
    if element in UNSAYABLE:
        with pytest.raises(Refusal) as refused:
            WRITER.compose(kind, facts, is_draft=True)
        assert refused.value.facts["missing"] == [element.value]
        return
    document = WRITER.compose(kind, facts, is_draft=True)
    assert document.mark == "PROJET"
    said = WORDING.label("letter_element", element)
    is_shown = squeezed(said).lower() in squeezed("".join(document.lines)).lower()
    assert is_shown is (element in FILLED)


def test_the_address_stands_in_the_window_at_the_right() -> None:
    document = WRITER.compose(LetterKind.FORMAL_NOTICE, example(LetterKind.FORMAL_NOTICE))
    page = pypdf.PdfReader(io.BytesIO(TYPESETTER.print(document))).pages[0]
    found: list[tuple[float, float]] = []

    def visit(text: str, user: list[float], at: list[float], *_: object) -> None:
        if "75013" in text or "Annuaire" in text:
            height = 841.89
            y = at[5] * user[3] + user[5]
            found.append(((at[4] + user[4]) / 72 * 25.4, (height - y) / 72 * 25.4))

    page.extract_text(visitor_text=visit)
    assert found
    assert all(100 <= x <= 110 and 55 <= y <= 84 for x, y in found[:1])


def test_a_harm_nobody_knows_is_refused_and_a_refusal_is_said_in_french() -> None:
    facts = replace(
        example(LetterKind.FORMAL_NOTICE), passages=(Passage("x", "XYZ", "Parce que."),), days=0
    )
    with pytest.raises(Refusal) as refused:
        WRITER.compose(LetterKind.FORMAL_NOTICE, replace(facts, days=8))
    assert refused.value.code is RefusalCode.HARM_UNKNOWN
    with pytest.raises(Refusal) as refused:
        WRITER.compose(LetterKind.FORMAL_NOTICE, replace(facts, place=""))
    values = {"code": refused.value.code, "facts": refused.value.facts}
    said = WORDING.render(Message("refusal", values)).text.plain
    assert "le lieu d’où vous écrivez" in said
    assert "le délai accordé" in said
    town = replace(facts.recipient, address=Address(("1 rue A",), "75001", ""))
    with pytest.raises(Refusal) as refused:
        WRITER.compose(LetterKind.FORMAL_NOTICE, replace(facts, recipient=town))
    assert refused.value.code is RefusalCode.ADDRESS_WITHOUT_TOWN
