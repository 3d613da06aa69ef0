"""Sources from the chat: an address pasted, looked at, watched, paused, tried and taken away."""

from datetime import timedelta

import pytest

from bot.core.errors import Invalid, RefusalCode
from bot.core.forms import FormName
from bot.core.mentions import Source
from bot.core.messages import Message
from bot.core.people import Role
from bot.core.sources import FetchProblem
from bot.ports import eq
from tests.world import FEED, World, a_world, actor, an_entry


async def paste(world: World, url: str = FEED) -> str:
    """Paste an address and say that it is to be watched; gives the preview, or why not."""
    await world.say(url)
    return await world.press(world.chat.containing("Qu’en faire"), "Surveiller cette adresse")


async def test_an_address_that_is_pasted_is_shown_first_and_watched_once_confirmed() -> None:
    async with a_world() as world:
        world.says(an_entry(1), an_entry(2))
        preview = await paste(world, f" {FEED} ")
        assert "La Voix de Lille" in preview
        assert "dont 2 qui citent" in preview
        assert "Article 1" in preview
        assert not await world.stored(Source, eq("is_removed", False))
        said = await world.press(world.chat.containing("La surveiller"), "La surveiller")
        assert "je surveille La Voix de Lille" in said
        (source,) = await world.stored(Source, eq("is_removed", False))
        assert source.url == FEED
        await world.tick()
        await world.morning()
        world.sees("Article 1")


async def test_an_address_that_is_not_wanted_leaves_nothing_behind() -> None:
    async with a_world() as world:
        world.says(an_entry(1))
        await paste(world)
        said = await world.press(world.chat.containing("La surveiller"), "Non merci")
        assert "rien n’est changé" in said
        assert not await world.stored(Source, eq("is_removed", False))
        await paste(world)
        await world.press(world.chat.containing("La surveiller"), "La surveiller")
        assert len(await world.stored(Source, eq("is_removed", False))) == 1


async def test_the_list_asks_for_an_address_and_asks_again_with_the_reason() -> None:
    async with a_world() as world:
        await world.ask("sources")
        listed = world.chat.containing("Aucune source")
        assert "Quelle adresse" in await world.press(listed, "Ajouter une source")
        assert "commence par https://" in await world.say("mon site")
        world.fails(FetchProblem.TIMEOUT)
        assert "trop lent" in await world.say(FEED)
        world.says(an_entry(1))
        assert "La surveiller" in await world.say(FEED)


async def test_an_alerts_feed_is_not_asked_about() -> None:
    alerts = "https://www.google.fr/alerts/feeds/01234567890123456789/9876543210987654321"
    async with a_world() as world:
        world.says(an_entry(1), url=alerts)
        assert "La surveiller" in await world.say(alerts)


async def test_a_question_can_be_left_by_a_word_a_button_or_another_command() -> None:
    async with a_world() as world:
        await world.ask("ajouter")
        assert "j’oublie" in await world.say("Annuler")
        assert "quelques commandes" in await world.say("bonjour")
        await world.ask("ajouter")
        asked = world.chat.containing("Que voulez-vous ajouter")
        assert "j’oublie" in await world.press(asked, "Annuler")
        await world.ask("ajouter")
        assert "Aucune source" in await world.say("/sources")
        world.says(an_entry(1))
        assert "Qu’en faire" in await world.say(FEED)


async def test_a_question_waits_a_day_and_no_longer() -> None:
    async with a_world() as world:
        await world.ask("ajouter")
        world.clock.move_to(world.clock.now() + timedelta(hours=25))
        assert "quelques commandes" in await world.say("presse.example")
        stale = world.chat.containing("Que voulez-vous ajouter")
        await world.ask("ajouter")
        assert "n’attend plus" in await world.press(stale, "Annuler")


async def test_whom_a_page_of_reviews_is_about_is_asked_only_when_it_must_be() -> None:
    place = "https://www.google.com/maps/place/?q=place_id:ChIJ0123456789abcdef0123456"
    async with a_world() as world:
        world.says(an_entry(1), url="place:ChIJ0123456789abcdef0123456")
        assert "La surveiller" in await world.say(place)
    from bot.core.people import Practitioner  # noqa: PLC0415
    from tests.world import CLAIRE  # noqa: PLC0415

    paul = Practitioner(CLAIRE.practice_id, "Paul", "Martin", title="Dr", city="Lille")
    async with a_world(people=(CLAIRE, paul)) as world:
        world.says(an_entry(1), url="place:ChIJ0123456789abcdef0123456")
        assert "De qui parle" in await world.say(place)
        asked = world.chat.containing("De qui parle")
        assert "La surveiller" in await world.press(asked, "Paul Martin")
        await world.press(world.chat.containing("La surveiller"), "La surveiller")
        (source,) = await world.stored(Source, eq("is_removed", False))
        assert source.about


async def test_a_source_is_paused_resumed_tried_and_removed_after_a_second_question() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1))
        await world.ask("sources")
        listed = world.chat.containing("1 source surveillée")
        assert "Prochaine lecture" in await world.press(listed, "1")
        card = world.chat.containing("Prochaine lecture")
        assert "En pause depuis" in await world.press(card, "Mettre en pause")
        world.says(an_entry(1), an_entry(2))
        world.clock.move_to(world.clock.now() + timedelta(hours=2))
        await world.tick()
        assert not any("Article 2" in words for words in world.chat.transcript())
        assert "dont 2 qui citent" in await world.press(card, "Essayer")
        assert "Prochaine lecture" in await world.press(card, "Reprendre")
        await world.press(card, "Retirer")
        assert "Ne plus surveiller" in world.chat.shown[-1].words
        assert await world.stored(Source, eq("is_removed", False))
        said = await world.press(world.chat.shown[-1], "confirmer")
        assert "Je ne surveille plus" in said
        assert not await world.stored(Source, eq("is_removed", False))


async def test_pages_turn_in_place_and_trouble_comes_first() -> None:
    async with a_world() as world:
        for number in range(7):
            url = f"https://site{number}.example/rss"
            await world.watch(an_entry(number, guid=f"g{number}"), url=url)
        await world.ask("sources")
        listed = world.chat.containing("7 sources surveillées")
        assert "page 1/2" in listed.words
        await world.press(listed, "Suivantes")
        assert "page 2/2" in listed.words
        assert "6." in listed.words
        await world.press(listed, "Précédentes")
        assert "page 1/2" in listed.words


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_add_a_source(role: Role) -> None:
    async with a_world() as world:
        somebody = actor("7", "Quelqu'un")
        await world.invite(somebody, role)
        world.says(an_entry(1))
        said = await world.say(FEED, by=somebody)
        may = role in {Role.HOLDER, Role.PARTNER, Role.SECRETARY}
        assert ("Votre rôle" in said) is (role is Role.COUNSEL)
        asked = [each for each in world.chat.shown if "en faire" in each.words]
        assert any("Surveiller" in label for each in asked for label in each.labels) is may
        await world.ask("sources", by=somebody)


async def test_a_form_sent_whole_says_what_is_wrong_by_field() -> None:
    async with a_world() as world:
        wrong = await world.fill(FormName.SOURCE, world.practice.id, url="bonjour")
        assert isinstance(wrong, Invalid)
        assert wrong.problems["url"].code is RefusalCode.NOT_AN_ADDRESS
        await world.watch(an_entry(1))
        known = await world.fill(FormName.SOURCE, world.practice.id, url=FEED)
        assert isinstance(known, Invalid)
        assert known.problems["url"].code is RefusalCode.SOURCE_KNOWN
        mail = await world.fill(FormName.SOURCE, world.practice.id, url="imaps://imap.example/x")
        assert isinstance(mail, Invalid)
        elsewhere = await world.fill(FormName.SOURCE, 4242, url=FEED)
        assert isinstance(elsewhere, Message)
        assert "plus valable" in world.words(elsewhere)


async def test_an_outsider_learns_nothing_by_typing() -> None:
    async with a_world() as world:
        stranger = actor("666", "Inconnu")
        assert "réservé" in await world.say(FEED, by=stranger)
        assert "réservé" in await world.say("bonjour", by=stranger)
        assert not world.web.asked
