"""An approved reply put on the platform its review is on: once, and only when somebody says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.core.actions import Action, Verb
from bot.core.forms import FormName
from bot.core.mentions import Mention, Source, TriageEvent, TriageKind
from bot.core.messages import Message
from bot.core.people import Actor, Role
from bot.core.replies import Draft, DraftState, PublicationOutcome
from bot.core.strategies import Strategy
from bot.usecases import watch_sources
from tests.fakes import Shown, SlowDoor
from tests.world import World, a_world, actor, an_entry

PLACE = "accounts/11/locations/22"
REVIEW = f"{PLACE}/reviews/r1"
ELSEWHERE = "https://presse.example/rss"
PAUL = actor("2", "Paul", "-5", is_private=False)
BREACH = "Désolé pour l'attente lors de votre rendez-vous de mardi."
PUBLISH, ASKED = "Publier sur Google", "Publier cette réponse sous l’avis"


@dataclass
class Profile:
    """A practice whose business profile is watched, and the reply to its one review."""

    world: World

    @property
    def card(self) -> Shown:
        return self.world.chat.containing("à propos de", "1")

    async def draft(self) -> Draft:
        async with self.world.store.read() as tx:
            (draft,) = await tx.find(Draft)
        return draft

    async def publish(self, by: Actor | None = None) -> str:
        """Touch the button, and confirm."""
        by = by or self.world.owner
        await self.world.press(self.card, PUBLISH, by)
        question = self.world.chat.containing(ASKED, by.address)
        return await self.world.press(question, "Oui", by)

    async def send(self, by: Actor | None = None) -> str:
        """What a chat with dialogs sends once it was confirmed."""
        action = Action(Verb.PUBLISH_DRAFT, (await self.draft()).id)
        by = replace(by or self.world.owner, message="")
        return await self.world.give(by, [await self.world.desk.press(by, action.encode())])

    async def reword(self, words: str) -> None:
        await self.world.fill(FormName.EDIT_DRAFT, (await self.draft()).id, words=words)


@asynccontextmanager
async def a_profile(
    url: str = f"business:{PLACE}", guid: str = REVIEW, *, is_approved: bool = True
) -> AsyncIterator[Profile]:
    async with a_world() as world:
        review = an_entry(1, guid=guid, rating=2.0, text="Claire Lefèvre : deux heures d'attente.")
        world.says(review, url=url)
        asked = watch_sources.Asked(secret="1//hush")
        await watch_sources.add_source(world.ports, world.practice.name, url, 900, asked)
        await world.morning()
        await world.press(world.card(), "Licite")
        await world.press(world.card(), "Répondre")
        await world.press(world.chat.containing("Répondre, ou pas", "1"), "Préparer une réponse")
        profile = Profile(world)
        if is_approved:
            await world.press(profile.card, "Valider")
        yield profile


async def test_a_reply_is_published_once_it_was_approved_and_confirmed() -> None:
    async with a_profile(is_approved=False) as profile:
        world, card = profile.world, profile.card
        assert PUBLISH not in " ".join(card.labels)
        await world.press(card, "Valider")
        assert not world.platform.replies
        assert "Tout le monde pourra la lire" in await world.press(card, PUBLISH)
        assert not world.platform.replies
        told = await world.press(world.chat.containing(ASKED), "Oui")
        assert "C’est publié sur Google" in told
        copied = await world.press(card, "Copier")
        assert world.platform.replies == {REVIEW: copied}
        assert "📣 Réponse publiée sur Google par Claire" in card.words
        assert PUBLISH not in " ".join(card.labels)
        assert "📣 Réponse publiée sur Google" in world.chat.containing("✅ Licite", "1").words
        draft = await profile.draft()
        assert (draft.state, draft.words) == (DraftState.PUBLISHED, "")
        async with world.store.read() as tx:
            last = (await tx.find(TriageEvent, order="-id"))[0]
        assert (last.kind, last.detail) == (TriageKind.REPLY_PUBLISHED, "business_profile")
        seen = await world.press(world.chat.containing("✅ Licite", "1"), "Voir")
        assert "Claire : réponse publiée sur Google" in seen.replace("\u00a0", " ")


async def test_it_is_not_published_by_who_thinks_better_of_it() -> None:
    async with a_profile() as profile:
        await profile.world.press(profile.card, PUBLISH)
        await profile.world.press(profile.world.chat.containing(ASKED), "Retour")
        assert not profile.world.platform.replies


@pytest.mark.parametrize(
    ("url", "guid"),
    [
        (ELSEWHERE, REVIEW),
        (f"business:{PLACE}", "accounts/11/locations/23/reviews/r1"),
        (f"business:{PLACE}", "r1"),
    ],
)
async def test_only_a_review_of_one_s_own_place_offers_it(url: str, guid: str) -> None:
    async with a_profile(url, guid) as profile:
        assert PUBLISH not in " ".join(profile.card.labels)
        assert "ne peux pas publier" in await profile.send()
        assert not profile.world.platform.replies


async def test_what_is_not_approved_is_not_published() -> None:
    async with a_profile(is_approved=False) as profile:
        assert "pas encore validée" in await profile.send()
        assert not profile.world.platform.puts


async def test_a_message_to_the_author_is_never_published() -> None:
    async with a_profile(is_approved=False) as profile:
        world = profile.world
        async with world.store.read() as tx:
            (mention,) = await tx.find(Mention)
        asked = Action(Verb.CHOOSE_WAY, mention.id, Strategy.ASK_WITHDRAWAL)
        await world.give(world.owner, [await world.desk.press(world.owner, asked.encode())])
        await world.press(profile.card, "Valider")
        assert (await profile.draft()).state is DraftState.APPROVED
        assert PUBLISH not in " ".join(profile.card.labels)
        await profile.send()
        assert not world.platform.puts


async def test_two_taps_at_once_publish_once() -> None:
    async with a_profile() as profile:
        door = SlowDoor()
        profile.world.platform.doors.append(door)
        first = asyncio.ensure_future(profile.send())
        await door.reached.wait()
        assert "déjà en train de partir" in await profile.send()
        door.opened.set()
        assert "C’est publié" in await first
        assert "déjà publiée" in await profile.send()
        assert profile.world.platform.puts == 1


async def test_a_try_cut_short_can_be_made_again() -> None:
    async with a_profile() as profile:
        world, door = profile.world, SlowDoor()
        world.platform.doors.append(door)
        first = asyncio.ensure_future(profile.send())
        await door.reached.wait()
        first.cancel()  # the process ends there
        await asyncio.gather(first, return_exceptions=True)
        assert "déjà en train de partir" in await profile.send()
        world.clock.move(timedelta(minutes=6))
        assert "C’est publié" in await profile.send()


async def test_words_changed_on_the_way_are_not_what_was_published() -> None:
    async with a_profile() as profile:
        world, door = profile.world, SlowDoor()
        world.platform.doors.append(door)
        first = asyncio.ensure_future(profile.send())
        await door.reached.wait()
        await profile.reword("Tout autre chose, dit après coup.")
        door.opened.set()
        await first
        draft = await profile.draft()
        assert (draft.state, draft.words) == (DraftState.PUBLISHED, "")


@pytest.mark.parametrize(
    "outcome",
    [each for each in PublicationOutcome if not each.is_taken],
    ids=lambda each: each.value,
)
async def test_a_refusal_is_told_and_the_reply_stays_approved(outcome: PublicationOutcome) -> None:
    async with a_profile() as profile:
        world = profile.world
        world.platform.outcomes.append(outcome)
        told = await profile.publish()
        assert "La réponse reste validée" in told
        sentence = told.partition(" La réponse reste")[0].removeprefix("⚠️ ")
        assert sentence in profile.card.words
        assert (await profile.draft()).state is DraftState.APPROVED
        assert "C’est publié" in await profile.send()
        assert sentence not in profile.card.words


async def test_what_google_reads_first_is_said_to_wait() -> None:
    async with a_profile() as profile:
        profile.world.platform.outcomes.append(PublicationOutcome.PENDING)
        assert "Il la relit avant de l’afficher" in await profile.publish()
        assert "Il la relit avant de l’afficher" in profile.card.words
        assert (await profile.draft()).state is DraftState.PUBLISHED


async def test_what_breaches_is_published_by_a_holder_only() -> None:
    async with a_profile() as profile:
        world = profile.world
        await world.invite(PAUL, Role.PARTNER)
        await profile.reword(BREACH)
        await world.press(profile.card, "Valider malgré tout")
        await world.press(world.chat.containing("La valider vous engage"), "Oui")
        assert "enfreint le secret" in await world.press(profile.card, PUBLISH)
        assert "seul un titulaire" in await profile.send(PAUL)
        assert not world.platform.puts
        assert "C’est publié" in await profile.send()


async def test_a_source_taken_away_meanwhile_publishes_nothing() -> None:
    async with a_profile() as profile:
        world = profile.world
        async with world.store.write() as tx:
            (source,) = await tx.find(Source)
            await tx.save(replace(source, is_removed=True))
        assert "n’est plus reliée" in await profile.send()
        assert not world.platform.puts


async def test_a_partner_may_publish_and_the_journal_says_who() -> None:
    async with a_profile() as profile:
        await profile.world.invite(PAUL, Role.PARTNER)
        assert isinstance(
            await profile.world.desk.press(
                PAUL, Action(Verb.PUBLISH_DRAFT, (await profile.draft()).id).encode()
            ),
            Message,
        )
        await profile.world.settle()
        assert "publiée sur Google par Paul" in profile.card.words
