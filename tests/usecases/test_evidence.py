"""The pieces of a case: added, listed, given back byte for byte, taken away."""

import hashlib
from dataclasses import replace

import pytest

from bot.core.cases import CaseEvent, Outcome, Step
from bot.core.errors import Invalid, Outage, RefusalCode
from bot.core.evidence import LARGEST, Attachment, AttachmentKind
from bot.core.files import Arrived, Offered
from bot.core.forms import Conversation, FormName
from bot.core.letters import AnnexRole
from bot.core.mentions import Mention, Proposal
from bot.core.messages import Message
from bot.core.people import Role
from bot.ports import Transaction, eq
from tests.cases import a_case
from tests.fakes import FakeArchive
from tests.world import World, a_world, actor, an_entry

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
PDF = b"%PDF-1.7\n..."
LINK = "https://presse.example/articles/1"
SECRETARY = actor("2", "Nadia")
COUNSEL = actor("3", "Me Petit")


def shown(world: World, content: bytes, name: str = "photo.jpg", caption: str = "") -> Offered:
    """A file that is in the chat."""
    reference = f"file-{len(world.chat.files) + 1}"
    world.chat.files[reference] = content
    return Offered(reference, name, "", len(content), caption)


async def two_cases(world: World) -> None:
    await world.watch(an_entry(1), an_entry(2))
    await world.morning()
    for each in (1, 2):
        await world.press(world.card(f"Article {each}"), "Illicite")


async def show(world: World, offered: Offered, picture: str = "") -> str:
    answers = await world.desk.show(world.owner, offered, offered.caption, picture)
    return await world.give(world.owner, answers)


async def ask_for_a_piece(world: World) -> None:
    await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
    await world.press(world.chat.containing("📎 Pièces du dossier 1"), "Ajouter une pièce")


async def add(world: World, offered: Offered) -> str:
    """Add a file, question by question; gives what is said at the end."""
    await ask_for_a_piece(world)
    said = await show(world, offered)
    if "Son titre" in said:
        await world.say("passer")
    return await world.say("La publication, telle qu'on la voit")


async def journal(tx: Transaction) -> list[tuple[Step, str]]:
    events = await tx.find(CaseEvent, eq("case_id", 1), order="id")
    return [(event.step, event.detail) for event in events if event.step is not Step.OPEN]


async def test_a_picture_is_kept_listed_and_given_back_byte_for_byte() -> None:
    async with a_world() as world:
        await a_case(world)
        await ask_for_a_piece(world)
        said = await show(world, shown(world, JPEG, caption="L'avis, ce matin"))
        assert "Ce qu’elle montre" in said  # its caption is its title
        said = await world.say("La publication, telle qu'on la voit")
        digest = hashlib.sha256(JPEG).hexdigest()
        assert digest in said
        (piece,) = await world.stored(Attachment)
        assert piece == Attachment(
            case_id=piece.case_id,
            practice_id=world.practice.id,
            kind=AttachmentKind.PICTURE,
            title="L'avis, ce matin",
            added_at=world.clock.now(),
            added_by=piece.added_by,
            name="photo.jpg",
            media_type="image/jpeg",
            size=len(JPEG),
            digest=digest,
            role=AnnexRole.CAPTURE,
            id=piece.id,
        )
        case = world.chat.containing("📂 Dossier 1")
        assert "pièce ajoutée (L'avis, ce matin)" in case.words
        assert "📎 Pièces 1" in case.labels
        await world.press(case, "Pièces")
        listed = world.chat.containing("📎 Pièces du dossier 1")
        for words in ("1. L'avis, ce matin", "photo.jpg · 1 Ko", digest[:12], "par Claire"):
            assert words in listed.words.replace("\u00a0", " ")
        assert "constat de commissaire de justice" in listed.words
        await world.press(listed, "Recevoir la pièce")
        ((address, file),) = world.chat.given
        assert address == world.owner.address
        assert (file.name, file.media_type, file.content) == ("photo.jpg", "image/jpeg", JPEG)


async def test_a_document_takes_its_title_from_its_name_or_from_what_is_typed() -> None:
    async with a_world() as world:
        await a_case(world)
        await add(world, shown(world, PDF, "../Constat du 3 mars.PDF"))
        await ask_for_a_piece(world)
        await show(world, shown(world, b"De: x\n\nBonjour", "mail.eml"))
        await world.say("Le refus")
        await world.say("Une réponse reçue")
        first, second = await world.stored(Attachment)
        assert (first.title, first.kind) == ("Constat du 3 mars.PDF", AttachmentKind.DOCUMENT)
        assert (second.title, second.role) == ("Le refus", AnnexRole.ANSWER)


async def test_a_link_is_a_piece_too_and_only_its_address_is_kept() -> None:
    async with a_world() as world:
        await a_case(world)
        await ask_for_a_piece(world)
        assert "Son titre" in await world.say(LINK)
        await world.say("passer")
        said = await world.say("Autre chose")
        assert "Seule l’adresse est gardée" in said
        (piece,) = await world.stored(Attachment)
        assert (piece.kind, piece.url, piece.title) == (
            AttachmentKind.LINK,
            LINK,
            "presse.example",
        )
        assert piece.digest == hashlib.sha256(LINK.encode()).hexdigest()
        assert isinstance(world.ports.archive, FakeArchive)
        assert not world.ports.archive.kept
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
        given = await world.press(world.chat.containing("📎 Pièces du"), "Recevoir")
        assert LINK in given
        assert not world.chat.given


async def test_the_same_bytes_twice_in_one_case_are_told_and_not_doubled() -> None:
    async with a_world() as world:
        await two_cases(world)
        await add(world, shown(world, JPEG, caption="La première"))
        said = await add(world, shown(world, JPEG, "autre.jpg", caption="La seconde"))
        assert "déjà au dossier" in said
        assert "La première" in said
        async with world.store.read() as tx:
            assert not await tx.find(Conversation)
        result = await world.fill(
            FormName.ATTACH,
            2,
            file=arrived(await world.stored(Attachment)),
            title="",
            role="capture",
        )
        assert "Ajoutée au dossier 2" in words(world, result)
        assert [piece.case_id for piece in await world.stored(Attachment)] == [1, 2]


def arrived(pieces: list[Attachment]) -> str:
    piece = pieces[0]
    return Arrived(piece.digest, piece.name, piece.media_type, piece.size).encode()


def words(world: World, result: Message | Invalid) -> str:
    assert isinstance(result, Message)
    return world.words(result)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("outil.exe", b"MZ", "Je ne prends pas ce genre"),
        ("avis.pdf", b"MZ\x00\x00", "Je ne prends pas ce genre"),
        ("avis.pdf", b"", "vide"),
        ("voix.ogg", b"OggS", "Ni message vocal"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_asked_again(
    name: str, content: bytes, told: str
) -> None:
    async with a_world() as world:
        await a_case(world)
        await ask_for_a_piece(world)
        said = await show(world, shown(world, content, name))
        assert told in said
        assert "La pièce" in said  # the question stays
        await show(world, shown(world, JPEG, caption="Là"))
        await world.say("Autre chose")
        assert len(await world.stored(Attachment)) == 1


async def test_a_file_said_to_be_too_large_is_not_even_fetched() -> None:
    async with a_world() as world:
        await a_case(world)
        await ask_for_a_piece(world)
        large = replace(shown(world, JPEG), size=LARGEST + 1)
        assert "trop lourd : 20 Mo au plus" in (await show(world, large)).replace("\u00a0", " ")
        assert not world.chat.fetched


async def test_a_file_gone_from_the_chat_or_a_chat_that_is_away_leaves_the_question() -> None:
    async with a_world() as world:
        await a_case(world)
        await ask_for_a_piece(world)
        assert "n’est plus dans la messagerie" in await show(world, Offered("parti", "a.jpg"))
        world.chat.fail(Outage("telegram is away"))
        await show(world, shown(world, JPEG))
        await show(world, shown(world, JPEG, caption="Là"))
        await world.say("Autre chose")
        assert len(await world.stored(Attachment)) == 1


async def test_words_are_no_piece_even_those_that_name_somebody_s_file() -> None:
    async with a_world() as world:
        await a_case(world)
        await add(world, shown(world, JPEG))
        stolen = arrived(await world.stored(Attachment))
        await ask_for_a_piece(world)
        for said in ("le voici", stolen, "voir https://presse.example/1"):
            assert "ou collez une adresse" in await world.say(said)


async def test_a_file_for_another_question_is_no_answer_to_it() -> None:
    async with a_world() as world:
        await a_case(world)
        await world.press(world.card("Article 1"), "Note")
        assert await world.desk.hand_in(world.owner, shown(world, JPEG)) == []


async def test_a_title_that_tells_of_a_patient_is_seen_and_the_journal_keeps_none_of_it() -> None:
    async with a_world() as world:
        await a_case(world)
        told = "Mme Martin, 06 12 34 56 78"
        said = await add(world, shown(world, JPEG, caption=told))
        assert "semble parler d’un patient" in said
        assert "numéro de téléphone" in said
        assert "Je peux retirer cette pièce" in said
        await world.press(world.chat.containing("semble parler"), "Effacer")
        assert not await world.stored(Attachment)
        async with world.store.read() as tx:
            assert await journal(tx) == [(Step.ATTACH, ""), (Step.DETACH, "")]
        assert told not in world.chat.containing("📂 Dossier 1").words


async def test_a_piece_is_taken_away_and_its_bytes_stay() -> None:
    async with a_world() as world:
        await a_case(world)
        await add(world, shown(world, JPEG, caption="Là"))
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
        await world.press(world.chat.containing("📎 Pièces du"), "Retirer la pièce")
        await world.press(
            world.chat.containing("Retirer cette pièce du dossier"), "Oui, confirmer"
        )
        assert not await world.stored(Attachment)
        assert "Aucune pièce" in world.chat.shown[-1].words
        case = world.chat.containing("📂 Dossier 1")
        assert "pièce retirée (Là)" in case.words
        assert "📎 Pièces" in case.labels
        assert await world.ports.archive.get(hashlib.sha256(JPEG).hexdigest()) == JPEG


async def test_a_piece_whose_bytes_changed_or_are_gone_is_not_given() -> None:
    async with a_world() as world:
        await a_case(world)
        await add(world, shown(world, JPEG, caption="Là"))
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
        listed = world.chat.containing("📎 Pièces du")
        assert isinstance(world.ports.archive, FakeArchive)
        (digest,) = world.ports.archive.kept
        world.ports.archive.kept[digest] = JPEG + b"x"
        assert "a changé depuis" in await world.press(listed, "Recevoir")
        del world.ports.archive.kept[digest]
        assert "n’est plus sur la machine" in await world.press(listed, "Recevoir")
        assert not world.chat.given


async def test_a_long_list_has_pages() -> None:
    async with a_world() as world:
        await a_case(world)
        for number in range(1, 8):
            await world.fill(
                FormName.ATTACH, 1, file=f"{LINK}/{number}", title=f"Lien {number}", role="other"
            )
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
        listed = world.chat.containing("📎 Pièces du")
        assert "page 1/2" in listed.words
        assert "Lien 6" not in listed.words
        await world.press(listed, "Suivantes")
        assert "7. Lien 7" in listed.words.replace("\u00a0", " ")
        assert any(label.endswith("7") for label in listed.labels)


async def test_a_closed_case_shows_its_pieces_and_takes_no_other() -> None:
    async with a_world() as world:
        await a_case(world)
        await add(world, shown(world, JPEG, caption="Là"))
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
        before = world.chat.containing("📎 Pièces du")
        await world.fill(FormName.CLOSE_CASE, 1, outcome=Outcome.REMOVED.value)
        await world.press(before, "Retirer la pièce")
        refused = await world.press(world.chat.containing("Retirer cette pièce du"), "Oui")
        assert "clos" in refused
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces")
        listed = world.chat.containing("📎 Pièces du")
        assert [label.split()[1] for label in listed.labels] == ["Recevoir", "Dossier"]
        result = await world.fill(FormName.ATTACH, 1, file=LINK, title="", role="other")
        assert "clos" in words(world, result)


async def test_counsel_reads_the_pieces_and_adds_none() -> None:
    async with a_world() as world:
        await a_case(world)
        await add(world, shown(world, JPEG, caption="Là"))
        await world.invite(COUNSEL, Role.COUNSEL)
        await world.press(world.chat.containing("📂 Dossier 1"), "Pièces", COUNSEL)
        listed = world.chat.containing("📎 Pièces du", COUNSEL.address)
        assert [label.split()[1] for label in listed.labels] == ["Recevoir", "Dossier"]
        await world.press(listed, "Recevoir", COUNSEL)
        assert [address for address, _ in world.chat.given] == [COUNSEL.address]


async def test_a_picture_shown_by_itself_may_join_an_open_case() -> None:
    async with a_world() as world:
        await two_cases(world)
        offered = shown(world, JPEG, caption="Vu ce matin")
        said = await show(world, offered, "telegram:u1/file-1")
        assert "Qu’en faire" in said
        assert not world.chat.fetched  # not before somebody says so
        asked = world.chat.containing("Qu’en faire")
        assert [label for label in asked.labels if "Joindre" in label] == [
            "Joindre au dossier 2 (presse.example)",
            "Joindre au dossier 1 (presse.example)",
        ]
        await world.press(asked, "Joindre au dossier 2")
        (piece,) = await world.stored(Attachment)
        assert (piece.case_id, piece.title, piece.size) == (2, "Vu ce matin", len(JPEG))


async def test_a_picture_shown_by_itself_is_still_a_publication() -> None:
    async with a_world() as world:
        await a_case(world)
        await show(world, shown(world, JPEG, caption="Évitez"), "telegram:u1/file-1")
        await world.press(world.chat.containing("Qu’en faire"), "Suivre")
        await world.press(world.chat.containing("La suivre comme"), "La suivre")
        async with world.store.read() as tx:
            assert [each.picture for each in await tx.find(Mention)][-1] == "telegram:u1/file-1"
        assert not await world.stored(Attachment)


async def test_a_document_shown_by_itself_joins_a_case_or_is_told_there_is_none() -> None:
    async with a_world() as world:
        assert "Aucun dossier n’est ouvert" in await show(world, shown(world, PDF, "avis.pdf"))
        await a_case(world)
        await show(world, shown(world, PDF, "avis.pdf"))
        asked = world.chat.containing("Qu’en faire")
        assert [label for label in asked.labels if "uivre" in label] == []
        await world.press(asked, "Joindre au dossier 1")
        (piece,) = await world.stored(Attachment)
        assert (piece.title, piece.kind) == ("avis.pdf", AttachmentKind.DOCUMENT)
        async with world.store.read() as tx:
            assert not await tx.find(Proposal)


async def test_a_case_closed_meanwhile_takes_no_file() -> None:
    async with a_world() as world:
        await two_cases(world)
        await show(world, shown(world, PDF, "avis.pdf"))
        asked = world.chat.containing("Qu’en faire")
        await world.fill(FormName.CLOSE_CASE, 1, outcome=Outcome.REMOVED.value)
        await world.press(asked, "Joindre au dossier 1")
        assert not await world.stored(Attachment)
        assert not world.chat.fetched


async def test_what_a_form_was_given_and_cannot_be_taken_is_said_under_its_field() -> None:
    async with a_world() as world:
        await a_case(world)
        answers = {"title": "", "role": "capture"}
        about = (FormName.ATTACH, 1)
        for given, code in (
            (Offered("parti", "a.jpg"), RefusalCode.FILE_GONE),
            (Offered("x", "a.exe"), RefusalCode.FILE_KIND),
            (None, RefusalCode.FILE_WANTED),
        ):
            files = {"file": given} if given else {}
            result = await world.desk.submit(world.owner, about, answers, files)
            assert isinstance(result, Invalid)
            assert [(name, why.code) for name, why in result.problems.items()] == [("file", code)]
        taken = {"file": shown(world, JPEG)}
        result = await world.desk.submit(world.owner, about, answers, taken)
        assert "Ajoutée au dossier 1" in words(world, result)


async def test_a_file_that_comes_after_its_question_was_left_is_not_taken_for_an_answer() -> None:
    async with a_world() as world:
        await a_case(world)
        await ask_for_a_piece(world)
        offered = shown(world, JPEG)

        async def leave(reference: str) -> bytes:
            await world.say("annuler")
            return world.chat.files[reference]

        world.chat.fetch_file = leave  # type: ignore[method-assign]  # it takes its time
        (answer,) = await world.desk.hand_in(world.owner, offered)
        assert "question" in world.words(answer)
        async with world.store.read() as tx:
            assert not await tx.find(Conversation)
