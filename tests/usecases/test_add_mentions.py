"""Publications added by hand: an address, a text, a picture."""

from datetime import timedelta

import pytest

from bot.core.errors import Invalid, RefusalCode
from bot.core.files import Offered
from bot.core.forms import FormName, is_known
from bot.core.mentions import Mention, MentionState, Proposal, Source
from bot.core.people import Asker, Channel, Member, Practitioner, Role
from bot.core.sources import FeedDocument, FetchFailed, FetchProblem, SourceKind
from bot.ports import eq
from bot.usecases.add_mentions import propose
from tests.world import CLAIRE, FEED, World, a_world, actor, an_entry

PAGE = "https://forum.example/sujet/12"
PAUL = Practitioner(CLAIRE.practice_id, "Paul", "Martin", title="Dr", city="Lille")


def shows(world: World, text: str, title: str = "Un fil de discussion") -> None:
    entry = an_entry(1, guid=None, url=PAGE, title=title, text=text)
    world.web.documents[PAGE] = FeedDocument(title=title, entries=(entry,), kind=SourceKind.PAGE)


async def follow(world: World, words: str) -> str:
    """Show something and say yes to following it."""
    await offer(world, words)
    return await world.press(world.chat.containing("La suivre comme"), "La suivre")


async def offer(world: World, words: str) -> str:
    """Show something; gives what is proposed, or shown instead."""
    if "://" not in words:
        return await world.ask("ajouter", words)
    await world.say(words)
    return await world.press(world.chat.containing("Qu’en faire"), "Suivre")


async def share(world: World, words: str, picture: str) -> str:
    offered = Offered(picture.rpartition("/")[2], "photo.jpg", "image/jpeg", 9, words)
    answers = await world.desk.show(world.owner, offered, words, picture)
    return await world.give(world.owner, answers)


async def test_an_address_becomes_a_mention_once_its_page_was_seen() -> None:
    async with a_world() as world:
        shows(world, "Bla bla.\nClaire Lefèvre, dentiste à Lille, m'a soignée.\nAutre chose.")
        proposed = await offer(world, PAGE)
        assert "Un fil de discussion" in proposed
        assert "m'a soignée" in proposed
        assert "Dr Claire Lefèvre" in proposed
        assert not await world.stored(Mention)
        said = await world.press(world.chat.containing("La suivre comme"), "La suivre")
        assert "la publication est ci-dessous" in said
        card = world.card("ajoutée par")
        assert "Un fil de discussion" in card.words
        assert "m'a soignée" in card.words
        assert "ajoutée par « Claire »" in card.words.replace("\u00a0", " ")
        assert card.labels[:3] == ["✅ Licite", "⛔ Illicite", "🙈 Ignorer"]
        await world.press(card, "Illicite")
        world.sees("📂 Dossier 1")


async def test_no_means_nothing_is_kept() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        await offer(world, PAGE)
        asked = world.chat.containing("La suivre comme")
        assert "rien n’est changé" in await world.press(asked, "Non merci")
        assert not await world.stored(Mention)
        await world.watch(an_entry(1, url=PAGE))
        await world.morning()
        world.sees("Article 1")  # and it is news when a source brings it


async def test_a_yes_said_twice_makes_one_mention() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        await offer(world, PAGE)
        yes = world.chat.containing("La suivre comme").button("La suivre")
        for _ in range(2):
            answer = await world.desk.press(world.owner, yes)
        assert "plus valable" in world.words(answer)
        assert len(await world.stored(Mention)) == 1


async def test_a_proposal_nobody_answered_is_forgotten() -> None:
    async with a_world() as world:
        await offer(world, "Vu sur un forum : Claire Lefèvre est une incapable")
        world.clock.move_to(world.clock.now() + timedelta(hours=25))
        await offer(world, "Autre chose, vu ailleurs sur Claire Lefèvre")
        async with world.store.read() as tx:
            (kept,) = await tx.find(Proposal)
        assert kept.text.startswith("Autre chose")


async def test_the_same_thing_twice_is_one_mention() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        await follow(world, PAGE)
        assert "Je la connaissais déjà" in await offer(world, PAGE)
        assert len(await world.stored(Mention)) == 1


async def test_what_a_source_brought_already_is_shown_and_not_doubled() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.morning()
        address = "https://presse.example/articles/1"
        world.web.documents[address] = FeedDocument(
            title="x", entries=(an_entry(1, guid=None),), kind=SourceKind.PAGE
        )
        assert "déjà" in await offer(world, f"Ma patiente me montre ceci {address}")
        assert "📝 Claire\u00a0: Ma patiente me montre ceci" in world.card().words


async def test_an_old_publication_somebody_shows_waits_from_now_on() -> None:
    async with a_world() as world:
        old = an_entry(1, published_at=world.clock.now() - timedelta(days=200))
        await world.watch(old)
        await world.morning()
        assert (await world.stored(Mention))[0].state is MentionState.BACKLOG
        world.web.documents[old.url] = FeedDocument(
            title="x", entries=(old,), kind=SourceKind.PAGE
        )
        assert "déjà" in await offer(world, old.url)
        assert (await world.stored(Mention))[0].state is MentionState.NEW


async def test_a_page_that_cannot_be_read_is_followed_all_the_same() -> None:
    async with a_world() as world:
        world.web.documents[PAGE] = FetchFailed(FetchProblem.BLOCKED, PAGE)
        proposed = await offer(world, f"Regardez ceci : {PAGE}, c'est grave")
        assert "Je n’ai pas pu lire la page" in proposed
        assert "refuse les robots" in proposed
        assert "ci-dessous" in await world.press(world.chat.containing("La suivre"), "La suivre")
        card = world.card("c'est grave")
        assert "forum.example" in card.words


async def test_what_is_said_with_an_address_is_a_note_and_not_what_was_published() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille, est une incapable.")
        await follow(world, f"Regardez, c'est grave {PAGE}")
        (mention,) = await world.stored(Mention)
        assert mention.text == "Claire Lefèvre, dentiste à Lille, est une incapable."
        assert "📝 Claire\u00a0: Regardez, c'est grave" in world.card("ajoutée par").words


async def test_a_post_that_quotes_a_link_is_what_was_published() -> None:
    async with a_world() as world:
        shows(world, "Un article sur les dents de lait.")
        post = "Claire Lefèvre, dentiste à Lille, ferait bien de lire ceci"
        await follow(world, f"{post} {PAGE}")
        (mention,) = await world.stored(Mention)
        assert mention.text == post
        assert mention.url == PAGE


async def test_a_text_alone_is_a_publication_and_needs_one_yes() -> None:
    async with a_world() as world:
        proposed = await offer(world, "Vu dans un groupe : Claire Lefèvre est une incapable")
        assert "Un texte" in proposed
        await world.press(world.chat.containing("La suivre comme"), "La suivre")
        assert "une incapable" in world.chat.shown[-1].words
        assert "nom complet" in world.chat.shown[-1].words


async def test_a_text_that_does_not_name_the_person_says_so() -> None:
    async with a_world() as world:
        assert "n’y figure pas" in await offer(world, "Cette dentiste est une incapable")


async def test_whom_it_is_about_is_asked_when_there_are_several() -> None:
    async with a_world(people=(CLAIRE, PAUL)) as world:
        shows(world, "Un dentiste de Lille.")
        await offer(world, PAGE)
        await world.press(world.chat.containing("De qui parle"), "Paul Martin")
        await world.press(world.chat.containing("La suivre comme"), "La suivre")
        assert "Dr Paul Martin" in world.card("ajoutée par").words


async def test_a_picture_is_kept_by_its_reference() -> None:
    async with a_world() as world:
        assert "Une image" in await share(world, "", "telegram:un/AgACAgQ")
        await world.press(world.chat.containing("La suivre comme"), "La suivre")
        assert "avec une image" in world.chat.shown[-1].words
        (mention,) = await world.stored(Mention)
        assert mention.picture == "telegram:un/AgACAgQ"


@pytest.mark.parametrize("words", ["", "Vu sur Facebook à propos du Dr Claire Lefèvre, hier soir"])
async def test_two_pictures_under_the_same_words_are_two_publications(words: str) -> None:
    async with a_world() as world:
        for picture in ("telegram:un/a", "telegram:deux/b"):
            await share(world, words, picture)
            await world.press(world.chat.containing("La suivre comme"), "La suivre")
        assert [each.picture for each in await world.stored(Mention)] == [
            "telegram:un/a",
            "telegram:deux/b",
        ]
        assert "déjà" in await share(world, words, "telegram:un/another-name-of-the-same")


async def test_nobody_to_follow_is_said_before_anything_is_fetched() -> None:
    async with a_world(people=()) as world:
        shows(world, "Un dentiste de Lille.")
        assert "ajoutez d’abord un praticien" in await offer(world, PAGE)
        assert not world.web.asked


async def test_what_is_added_by_hand_is_no_source_to_be_seen_or_read() -> None:
    async with a_world() as world:
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        await follow(world, PAGE)
        assert "Aucune source" in await world.ask("sources")
        asked = len(world.web.asked)
        await world.morning()
        assert len(world.web.asked) == asked
        async with world.store.read() as tx:
            assert await tx.count(Source, eq("is_removed", False)) == 0


async def test_an_address_of_a_feed_can_still_be_followed_as_a_page() -> None:
    async with a_world() as world:
        world.says(an_entry(1))
        assert "ci-dessous" in await follow(world, FEED)


async def test_who_may_not_add_sources_is_asked_nothing_but_yes() -> None:
    async with a_world() as world:
        locum = actor("7", "Lou")
        await world.invite(locum, Role.LOCUM)
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        assert "La suivre comme" in await world.say(PAGE, by=locum)


async def test_words_around_an_address_leave_the_choice_to_watch_it() -> None:
    async with a_world() as world:
        world.says(an_entry(1))
        await world.say(f"Le flux de la Voix {FEED}")
        asked = world.chat.containing("Qu’en faire")
        assert "La surveiller" in await world.press(asked, "Surveiller")


async def test_a_text_cannot_be_watched() -> None:
    async with a_world() as world:
        answer = await world.fill(
            FormName.PASTE, world.practice.id, content="Une phrase.", what="watch"
        )
        assert isinstance(answer, Invalid)
        assert answer.problems["content"].code is RefusalCode.NOT_AN_ADDRESS


async def test_another_chat_s_shortcut_finds_a_form_with_all_it_knows() -> None:
    async with a_world() as world:
        async with world.store.read() as tx:
            (member,) = await tx.find(Member)
            (channel,) = await tx.find(Channel)
        form = await propose(world.ports, Asker(member, channel), "Lefèvre, incapable", PAGE)
        assert is_known(form)
        shows(world, "Claire Lefèvre, dentiste à Lille.")
        assert "La suivre comme" in await world.give(world.owner, [form])
