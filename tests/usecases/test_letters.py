"""Letters of a remedy in the chats: begun, completed, addressed, looked at, approved, given."""

import io
from dataclasses import replace

import docx
import pypdf
import pytest

from bot.adapters.lawbook import load_notice_words
from bot.adapters.wording import TEMPLATES
from bot.core.actions import Action, Verb
from bot.core.assessments import Assessment
from bot.core.cases import CaseEvent, CaseId, Step
from bot.core.errors import Invalid
from bot.core.evidence import Attachment, AttachmentKind
from bot.core.forms import FormName
from bot.core.letterheads import Letter, Letterhead, LetterState
from bot.core.letters import AnnexRole, LetterKind
from bot.core.mentions import Mention
from bot.core.messages import CONFIRMED, File, Message
from bot.core.people import MemberId, Role
from bot.core.recipients import Looked, NoticePage, read_notice
from bot.core.remedies import Remedy, RemedyKind
from bot.ports import eq
from tests.cases import a_kept_case, take_up
from tests.fakes import Shown
from tests.letters import NOTICE, a_capture
from tests.world import CLAIRE, MONDAY_NOON, World, a_world, actor

URL = "https://presse.example/articles/1"
TUESDAY = "2026-11-24"
HEAD = {
    "sender_address": "12 rue de l'Œuvre\n69003 Lyon",
    "sender_email": "cabinet@lefevre.example",
}
TO = {"recipient_name": "Alpha SAS", "recipient_address": "1 rue Neuve, 75001 Paris"}


async def begun(world: World, kind: RemedyKind, family: str) -> Shown:
    """A remedy taken up and its letter begun; gives the letter's card."""
    card = await take_up(world, kind, family)
    await world.press(card, "Préparer le courrier")
    return world.chat.saying("✉️", "projet")


async def letter(world: World) -> Letter:
    """The last one begun."""
    return (await world.stored(Letter))[-1]


async def fill(world: World, form: FormName, **answers: str) -> str:
    """Send a form about the last letter; gives the answer's words."""
    result = await world.fill(form, (await letter(world)).id, **answers)
    assert isinstance(result, Message), getattr(result, "problems", result)
    return world.words(result)


async def a_complete_notice(world: World) -> Shown:
    """A formal notice that lacks nothing."""
    await a_kept_case(world)
    await a_capture(world)
    card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
    await fill(world, FormName.LETTERHEAD, **HEAD)
    await fill(world, FormName.LETTER_RECIPIENT, **TO)
    await fill(world, FormName.LETTER, harm="INJ", why="Terme outrageant, sans fait précis.")
    return card


def given(world: World) -> dict[str, File]:
    """The last two files the chat gave, by the end of their names."""
    return {file.name.rpartition(".")[2]: file for _, file in world.chat.given[-2:]}


def pdf_words(file: File) -> str:
    pages = pypdf.PdfReader(io.BytesIO(file.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def docx_words(file: File) -> str:
    return "\n".join(each.text for each in docx.Document(io.BytesIO(file.content)).paragraphs)


async def test_a_letter_begins_with_what_its_case_holds() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        assert card.words.startswith("✉️ Mise en demeure — dossier 1, Dr Claire Lefèvre")
        assert "Histoire numéro 1" in card.words
        assert "• votre adresse postale professionnelle" in card.words
        assert "• une capture d’écran parmi les pièces jointes" in card.words
        assert not any("Valider" in each for each in card.labels)
        assert "mise en demeure, projet" in world.chat.containing("📌 Mise").words
        await world.press(world.chat.containing("📌 Mise"), "✉️ Le courrier")
        async with world.store.read() as tx:
            assert await tx.count(Letter) == 1


async def test_what_is_missing_is_asked_and_nothing_else() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        said = await world.press(card, "Compléter")
        assert "Quelle est votre adresse professionnelle" in said
        assert "des Lilas" in said
        assert "n’a pas de ville" in await world.say("12 rue de l'Œuvre, 69003")
        assert "Dans quel pays" in await world.say("12 rue de l'Œuvre, Lyon")
        assert "À qui est-il destiné" in await world.say("passer")
        await world.say("Alpha SAS")
        said = await world.say("1 rue Neuve, 75001 Paris")
        assert "n’a pas de code postal" in said  # the first address, without a country
        said = await world.say("12 rue de l'Œuvre, 69003 Lyon")
        assert "C’est gardé. Il manque encore" in said
        assert "12 rue" not in card.words
        assert "Alpha SAS" in card.words
        async with world.store.read() as tx:
            (head,) = await tx.find(Letterhead)
        assert (head.lines, head.postcode, head.town) == (("12 rue de l'Œuvre",), "69003", "Lyon")
        said = await world.press(card, "Compléter")
        assert "Quelle atteinte retenez-vous" in said


async def test_a_draft_is_marked_and_says_what_is_missing_in_its_place() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        await world.press(card, "Voir le projet")
        files = given(world)
        assert {file.name.endswith(f"_PROJET.{end}") for end, file in files.items()} == {True}
        pages = docx.Document(io.BytesIO(files["docx"].content))
        assert pages.sections[0].header.paragraphs[0].text == "PROJET"
        for words in (pdf_words(files["pdf"]), docx_words(files["docx"])):
            assert "[à compléter : le nom du destinataire]" in words
            assert "[à compléter : pour chaque passage, en quoi il est illicite" in words
        assert "PROJET" in pdf_words(files["pdf"])


async def test_a_complete_letter_is_approved_kept_given_and_told_how_to_be_sent() -> None:
    async with a_world() as world:
        card = await a_complete_notice(world)
        assert "complet" in card.words
        await world.press(card, "Valider")
        files = given(world)
        stem = "2026-11-24_mise-en-demeure_PRESSE-EXAMPLE_LEFEVRE"
        assert [file.name for file in files.values()] == [f"{stem}.pdf", f"{stem}.docx"]
        for words in (pdf_words(files["pdf"]), docx_words(files["docx"])):
            assert "Alpha SAS" in words
            assert "75001 PARIS" in words
            assert "Terme outrageant" in words
            assert "PROJET" not in words
        assert "En lettre recommandée avec avis de réception, signée, à" in card.words
        assert "75001 PARIS" in card.words
        assert card.labels[:3] == ["📤 C’est envoyé", "📎 Les deux fichiers", "✏️ Modifier"]
        async with world.store.read() as tx:
            kept = await tx.find(Attachment, eq("kind", AttachmentKind.LETTER))
            steps = [each.step for each in await tx.find(CaseEvent)]
        assert [each.name for each in kept] == [f"{stem}.pdf", f"{stem}.docx"]
        assert Step.LETTER in steps
        assert "mise en demeure" in world.chat.containing("📂 Dossier 1 —").words
        await world.press(card, "Les deux fichiers")
        assert given(world)["pdf"] == files["pdf"]


async def test_an_approved_letter_is_written_on_again_until_it_was_sent() -> None:
    async with a_world() as world:
        card = await a_complete_notice(world)
        await world.press(card, "Valider")
        kept = await letter(world)
        refused = await world.fill(FormName.LETTER_WORDS, kept.id, reasons="Autre chose.")
        assert isinstance(refused, Message)
        assert "est validé" in world.words(refused)
        await world.press(card, "Modifier")
        assert (await letter(world)).state is LetterState.DRAFT
        async with world.store.read() as tx:
            assert await tx.count(Attachment, eq("kind", AttachmentKind.LETTER)) == 0
        await fill(world, FormName.LETTER_WORDS, days="15")
        await world.press(card, "Valider")
        assert "15 jours" in pdf_words(given(world)["pdf"])
        remedy = await world.the(Remedy, eq("kind", RemedyKind.FORMAL_NOTICE))
        assert remedy.days == 15
        reopen = card.button("Modifier")
        await world.fill(FormName.REMEDY_SENT, remedy.id, how="post", on=TUESDAY, days="15")
        assert "et envoyé" in card.words
        assert "Modifier" not in " ".join(card.labels)
        assert "il ne se modifie plus" in world.words(await world.desk.press(world.owner, reopen))


async def test_the_site_says_who_receives_it_and_a_person_confirms() -> None:
    async with a_world() as world:
        words = load_notice_words(TEMPLATES)
        page = NoticePage("https://presse.example/ml", read_notice(NOTICE, words))
        world.web.looks[URL] = Looked((page,))
        await a_kept_case(world)
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        await world.press(card, "Destinataire")
        found = world.chat.containing("À qui l’envoyer")
        assert "lu dans «" in found.words
        assert "à confirmer" in found.words
        await world.press(found, "1. Alpha")
        assert "Jean Durand" in card.words
        assert "1 rue Neuve, 75001 Paris" in card.words
        assert "mentions légales" in card.words
        assert (await letter(world)).answers
        old = found.button("1. Alpha")
        assert "plus valable" in world.words(await world.desk.press(world.owner, old))
        await fill(world, FormName.LETTER_RECIPIENT, recipient_name="Bêta")
        assert "mentions légales" not in card.words


async def test_a_site_without_a_legal_notice_says_what_to_do() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        await world.press(card, "Destinataire")
        found = world.chat.containing("À qui l’envoyer")
        assert "Je n’ai pas trouvé de mentions légales" in found.words
        assert found.labels == ["✏️ Saisir le destinataire"]


async def test_a_notice_is_sworn_before_it_is_approved() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await begun(world, RemedyKind.HOST_NOTICE, "Le site")
        card = world.chat.containing("✉️ Notification")
        await fill(world, FormName.LETTERHEAD, **HEAD)
        await fill(world, FormName.LETTER_RECIPIENT, recipient_name="OVH SAS")
        await fill(
            world, FormName.LETTER, locator="le premier", harm="INJ", why="Terme outrageant."
        )
        assert (await letter(world)).is_sincere is False
        await world.press(card, "Valider")
        sworn = world.chat.containing("exact et sincère")
        assert (await letter(world)).state is LetterState.DRAFT
        await world.press(sworn, "Oui, confirmer")
        kept = await letter(world)
        assert (kept.state, kept.is_sincere) == (LetterState.APPROVED, True)


async def test_against_secrecy_only_a_holder_approves_and_the_journal_keeps_it() -> None:
    async with a_world() as world:
        card = await a_complete_notice(world)
        breach = "Je l'ai soigné le 12 mars, il est mon patient depuis dix ans."
        await fill(world, FormName.LETTER_WORDS, reasons=breach)
        assert "⛔ Contraire au secret" in card.words
        partner = actor("7", "Paul")
        await world.invite(partner, Role.PARTNER)
        data = Action(Verb.APPROVE_LETTER, (await letter(world)).id, CONFIRMED).encode()
        said = world.words(await world.desk.press(partner, data))
        assert "seul un titulaire" in said
        await world.press(card, "Valider malgré tout")
        await world.press(world.chat.containing("le journal le garde"), "Oui, confirmer")
        assert (await letter(world)).state is LetterState.APPROVED
        assert "validé malgré l’avertissement" in world.chat.containing("📂 Dossier 1 —").words


async def test_a_complaint_to_the_regulator_takes_over_what_was_asked_before(  # noqa: PLR0915 - a story is told in one go
) -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await a_capture(world)
        await begun(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        await fill(world, FormName.LETTERHEAD, **HEAD)
        await fill(world, FormName.LETTER_RECIPIENT, **TO, recipient_siren="732829320")
        await fill(world, FormName.LETTER, data="Nom, adresse.", reasons="La fiche est fausse.")
        card = world.chat.containing("✉️ Opposition")
        await world.press(card, "Valider")
        request = await world.the(Remedy, eq("kind", RemedyKind.ERASURE_REQUEST))
        await world.fill(FormName.REMEDY_SENT, request.id, how="send", on=TUESDAY, number="A1")
        await world.fill(FormName.ANSWERED, request.id, how="refuse", on=TUESDAY, said="Non.")
        await world.press(world.chat.containing("📌 Opposition"), "Plainte à la CNIL")
        await world.press(world.chat.containing("📌 Plainte"), "Préparer le courrier")
        card = world.chat.containing("✉️ Plainte à la CNIL")
        assert "Alpha SAS" in card.words
        assert "Commission nationale" in card.words
        assert "preuve de sa réception" in card.words
        assert "une copie de la demande" not in card.words
        await a_capture(world, AnnexRole.RECEIPT)
        await fill(world, FormName.LETTER, reasons="La société refuse.")
        await world.press(card, "Valider")
        words = pdf_words(given(world)["pdf"])
        assert "75334 PARIS CEDEX 07" in words
        assert "Alpha SAS, SIREN 732829320, 1 rue Neuve, 75001 PARIS" in words
        assert "opposition et effacement, envoyée le 24 novembre 2026" in words
        assert "Réponse du 24 novembre 2026" in words
        assert "cnil.fr/fr/plaintes" in card.words


async def test_a_profession_given_in_one_letter_is_not_asked_in_the_next() -> None:
    async with a_world(people=(replace(CLAIRE, profession=""),)) as world:
        await a_kept_case(world)
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        assert "vos nom et profession" in card.words
        told = {"sender_address": "12 rue des Lilas, 59000 Lille"} | TO
        await fill(world, FormName.LETTER, profession="chirurgienne-dentiste", **told)
        await begun(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        card = world.chat.saying("✉️ Opposition")
        assert "vos nom et profession" not in card.words


async def test_another_right_over_the_same_data() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        card = await begun(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        await fill(world, FormName.LETTER_RIGHT, right="rectification_request")
        assert "ce que vous demandez" in card.words
        assert (await letter(world)).kind is LetterKind.RECTIFICATION_REQUEST


@pytest.mark.parametrize(
    "url", ["https://annuairesante.ameli.fr/x", "https://annuaire.esante.gouv.fr/y"]
)
async def test_a_public_directory_is_asked_to_correct_and_never_to_erase(url: str) -> None:
    async with a_world() as world:
        await a_kept_case(world, url=url)
        await begun(world, RemedyKind.ERASURE_REQUEST, "Vos données")
        assert (await letter(world)).kind is LetterKind.RECTIFICATION_REQUEST


async def test_passages_are_those_a_person_held_to_be_harmful_one_for_each_harm() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        async with world.store.write() as tx:
            (mention,) = await tx.find(Mention)
            about = (CaseId(1), mention.practice_id, mention.id)
            held = Assessment(*about, "Une voleuse.", MONDAY_NOON, MemberId(1), why="Outrageant.")
            await tx.add(replace(held, harms=("INJ", "DP")))
            await tx.add(replace(held, quote="Un peu cher.", licit="L-NF"))
        card = await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        assert card.words.count("Une voleuse.") == 2
        assert "Un peu cher" not in card.words
        assert "Histoire" not in card.words
        assert "l’atteinte retenue" not in card.words
        await world.press(card, "Voir le projet")
        words = pdf_words(given(world)["pdf"])
        assert "injure publique" in words
        assert "traitement illicite de données personnelles" in words


async def test_the_insurer_and_its_contract_are_kept_for_the_next_time() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await a_capture(world)
        card = await begun(world, RemedyKind.INSURER_CLAIM, "")
        await fill(world, FormName.LETTERHEAD, **HEAD)
        await fill(world, FormName.LETTER_RECIPIENT, **TO | {"recipient_name": "MACSF"})
        await fill(world, FormName.LETTER, contract="RC 12", audience="première page", loss="?")
        await world.press(card, "Valider")
        words = pdf_words(given(world)["pdf"])
        assert "contrat n° RC 12" in words
        assert "J'en ai eu connaissance le 24 novembre 2026" in words.replace("’", "'")
        assert "se prescrit le 11 février 2027 à minuit" in words
        async with world.store.read() as tx:
            (head,) = await tx.find(Letterhead)
        assert (head.insurer, head.contract) == ("MACSF", "RC 12")


async def test_a_sheet_for_counsel_says_what_is_asked_and_what_was_done() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await a_capture(world)
        card = await begun(world, RemedyKind.BAILIFF_RECORD, "")
        await fill(world, FormName.LETTERHEAD, **HEAD)
        await world.press(card, "Valider")
        words = pdf_words(given(world)["pdf"])
        assert "Constater ces pages" in words
        assert "Pièces gardées depuis le 24 novembre 2026 : 1." in words
        assert "dernier jour pour agir le 11 février 2027" in words
        assert "C’est fait" in card.labels[0]


async def test_a_page_that_can_be_answered_has_no_right_of_reply() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        async with world.store.write() as tx:
            (mention,) = await tx.find(Mention)
            (case,) = await tx.find(Remedy)
            reply = replace(case, kind=RemedyKind.RIGHT_OF_REPLY, id=type(case.id)(0))
            reply = await tx.add(replace(reply, state=type(case.state)("to_do")))
            await tx.save(replace(mention, rating=1.0))
        said = world.words(await world.desk.press(world.owner, f"v1:wl:{reply.id}"))
        assert "permet de répondre directement" in said
        async with world.store.read() as tx:
            assert await tx.count(Letter) == 0


@pytest.mark.parametrize(
    ("answers", "name", "said"),
    [
        (
            {"recipient_name": "X", "recipient_address": "1 rue A, 75001"},
            "recipient_address",
            "ville",
        ),
        (
            {"recipient_name": "X", "recipient_address": "Paris"},
            "recipient_address",
            "code postal",
        ),
        ({"recipient_name": "X", "recipient_siren": "123456789"}, "recipient_siren", "SIREN"),
        (
            {"recipient_name": "X", "recipient_email": "chez moi"},
            "recipient_email",
            "électronique",
        ),
        ({"recipient_name": "X" * 40_960}, "recipient_name", "trop long"),
        (
            {"recipient_name": "X", "recipient_address": "a\nb\nc\nd\n75001 Paris"},
            "recipient_address",
            "lignes",
        ),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_is_kept(
    answers: dict[str, str], name: str, said: str
) -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await begun(world, RemedyKind.FORMAL_NOTICE, "L’auteur")
        before = await letter(world)
        result = await world.fill(FormName.LETTER_RECIPIENT, before.id, **answers)
        assert isinstance(result, Invalid)
        problem = result.problems[name]
        words = world.ports.wording.render(
            Message("refusal", {"code": problem.code, "facts": problem.facts})
        )
        assert said in words.text.plain
        assert await letter(world) == before


async def test_a_receipt_before_the_sending_and_a_day_to_come_are_refused() -> None:
    async with a_world() as world:
        await a_kept_case(world)
        await begun(world, RemedyKind.FOLLOW_UP, "Vos données")
        identifier = (await letter(world)).id
        await fill(world, FormName.LETTERHEAD, **HEAD)
        await fill(world, FormName.LETTER_RECIPIENT, **TO)
        earlier = {"earlier_what": "opposition", "earlier_sent": TUESDAY}
        late = await world.fill(
            FormName.LETTER, identifier, **earlier, earlier_received="2026-11-01"
        )
        assert isinstance(late, Invalid)
        assert set(late.problems) == {"earlier_received"}
        ahead = await world.fill(
            FormName.LETTER, identifier, **{**earlier, "earlier_sent": "2027-01-01"}
        )
        assert isinstance(ahead, Invalid)
        assert "earlier_sent" in ahead.problems


async def test_a_case_that_is_closed_takes_no_letter() -> None:
    async with a_world() as world:
        card = await a_complete_notice(world)
        approve = card.button("Valider")
        await world.fill(FormName.CLOSE_CASE, 1, outcome="abandoned")
        assert "est clos" in world.words(await world.desk.press(world.owner, approve))
        assert (await letter(world)).state is LetterState.DRAFT
