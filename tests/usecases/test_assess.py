"""Qualification in the chats: passage by passage, what follows from it, and the fast lane."""

from dataclasses import replace
from datetime import timedelta

from bot.core.actions import Action, Verb
from bot.core.assessments import Assessment, Nature, Target, Truth
from bot.core.cases import Case, CaseDeadline, CaseEvent, CaseStatus, Step
from bot.core.errors import Invalid, RefusalCode
from bot.core.forms import FormName
from bot.core.law import RuleId
from bot.core.letters import LetterKind
from bot.core.mentions import Mention, MentionState
from bot.core.messages import Message
from bot.core.passages import mark
from bot.core.remedies import Remedy, RemedyKind
from bot.ports import eq
from bot.usecases.gather_letters import gathered
from tests.cases import PUBLISHED, a_case, watched
from tests.fakes import Shown
from tests.letters import plant_letter
from tests.world import MONDAY_NOON, World, a_world, an_entry

INSULT = "Un vrai charlatan !"
SAID = f"Le Dr Claire Lefèvre m’a volé 300 euros. {INSULT} Elle était froide."
STOLEN = "Le Dr Claire Lefèvre m’a volé 300 euros."


async def a_review(world: World, said: str = SAID, **changes: object) -> Shown:
    """A review that names Claire Lefèvre, classed illicit."""
    return await a_case(world, **({"text": said, "title": "Cabinet", "rating": 1.0} | changes))


async def conclude(
    world: World, passage: str = STOLEN, harms: str = "DIF", **answers: str
) -> Message | Invalid:
    """Fill the form of a passage whole, as a modal does."""
    told = {
        "passage": f"1-{mark(passage)}" if passage else "",
        "nature": "fact",
        "target": "person",
        "public": "public",
        "identifiable": "yes",
        "truth": "false",
        "harms": harms,
        "why": "",
    }
    return await world.fill(FormName.ASSESS, 1, **(told | answers))


async def test_a_harm_may_be_typed_without_the_sign_of_its_button() -> None:
    async with a_world() as world:
        card = await a_review(world)
        await world.press(card, "Qualifier")
        await world.press(world.chat.containing("qualifier"), "🔎 1")
        for answer in ("Un fait", "C’est faux", "Une personne", "Tout le monde", "Oui"):
            await world.press(world.chat.shown[-1], answer)
        assert "Pourquoi" in await world.say("Diffamation publique")
        assert "Retenu\u00a0: diffamation publique" in await world.say("Rien de tel.")


async def test_a_passage_is_qualified_question_by_question() -> None:
    async with a_world() as world:
        card = await a_review(world)
        await world.press(card, "Qualifier")
        listed = world.chat.containing("qualifier")
        assert "probablement licite" in listed.words
        assert "«\u00a0volé 300 euros\u00a0»" in listed.words
        assert listed.words.index("volé 300 euros") < listed.words.index("froide")
        await world.press(listed, "🔎 1")
        for answer in ("Un fait", "C’est faux", "Une personne", "Tout le monde", "Oui"):
            await world.press(world.chat.shown[-1], answer)
        kinds = world.chat.shown[-1]
        assert not [label for label in kinds.labels if "☑️" in label]
        assert kinds.labels[0].startswith("⬜ ✅ Licite")
        assert kinds.labels[1] == "⬜ 🔸 diffamation publique"
        await world.press(kinds, "diffamation publique")
        await world.press(world.chat.shown[-1], "C’est bon")
        answer = await world.say("Aucun acte n’a été facturé ce jour-là.")
        assert "Retenu\u00a0: diffamation publique" in answer
        (told,) = await world.stored(Assessment)
        assert told.quote == STOLEN
        assert (told.nature, told.truth) == (Nature.FACT, Truth.FALSE)
        assert (told.target, told.harms) == (Target.PERSON, ("DIF",))
        assert told.why.startswith("Aucun acte")
        assert "volé 300 euros. » — diffamation publique" in card.words.replace("\u00a0", " ")
        assert "passage qualifié (diffamation publique" in card.words


async def test_nothing_ticked_is_licit() -> None:
    async with a_world() as world:
        await a_review(world)
        await conclude(world, harms="", nature="opinion", truth="")
        (told,) = await world.stored(Assessment)
        assert told.harms == ()
        assert told.licit.startswith("L-")


async def test_licit_and_illicit_at_once_is_asked_again() -> None:
    async with a_world() as world:
        await a_review(world)
        sent = await conclude(world, harms="licit,DIF")
        assert isinstance(sent, Invalid)
        assert sent.problems["harms"].code is RefusalCode.LICIT_AND_HARM
        assert await world.stored(Assessment) == []


async def test_words_are_quoted_whatever_their_typography() -> None:
    async with a_world() as world:
        await a_review(world)
        for quote, found in (("m'a VOLE 300", "m’a volé 300"), ("vraie charlatane", None)):
            sent = await conclude(world, "", quote=quote)
            if found is None:
                assert isinstance(sent, Invalid)
                assert sent.problems["quote"].code is RefusalCode.QUOTE_NOT_FOUND
        assert [each.quote for each in await world.stored(Assessment)] == ["m’a volé 300"]


async def test_a_later_conclusion_of_the_same_words_replaces_the_former_on_screen() -> None:
    async with a_world() as world:
        card = await a_review(world)
        await conclude(world, harms="DIF")
        await conclude(world, harms="INJ")
        assert len(await world.stored(Assessment)) == 2
        shown = card.words.partition("Journal")[0]
        assert "injure publique" in shown
        assert "— diffamation" not in shown
        async with world.store.read() as tx:
            assert await tx.count(CaseEvent, eq("step", Step.ASSESS)) == 2


async def test_a_letter_claims_only_what_stands() -> None:
    async with a_world() as world:
        card = await a_review(world)
        await conclude(world, harms="DIF")
        await conclude(world, harms="INJ")
        await world.press(card, "➕ Garder")
        letter = await plant_letter(world, LetterKind.FORMAL_NOTICE)
        async with world.store.read() as tx:
            bench = await gathered(world.ports, tx, letter)
        assert [(each.quote, each.harm) for each in bench.facts.passages] == [(STOLEN, "INJ")]


async def test_clocks_come_with_what_is_held_and_go_with_it() -> None:
    async with a_world() as world:
        card = await a_review(world)
        before = set(await watched(world))
        await conclude(world, harms="HNE,DEN,MEN")
        dates = await watched(world)
        assert set(dates) - before == {RuleId.PRESS_1Y, RuleId.CIVIL_5Y, RuleId.OFFENCE_6Y}
        assert str(dates[RuleId.PRESS_1Y].strict_on) == "2027-11-11"
        assert str(dates[RuleId.PRESS_3M].strict_on) == "2027-02-11"
        assert card.labels.count("✔️ Action engagée") == 1
        await conclude(world, harms="DEN")
        assert set(await watched(world)) - before == {RuleId.CIVIL_5Y}
        await conclude(world, INSULT, harms="HNE")
        await world.press(card, "Qualifier")
        listed = world.chat.containing("qualifier")
        number = next(each for each in listed.labels if "Oublier" in each)
        await world.press(listed, number)
        assert len(await world.stored(Assessment)) in {1, 2}
        left = {code for each in await world.stored(Assessment) for code in each.harms}
        rules = set(await watched(world)) - before
        assert rules == ({RuleId.PRESS_1Y} if "HNE" in left else {RuleId.CIVIL_5Y})
        async with world.store.read() as tx:
            assert await tx.count(CaseEvent, eq("step", Step.UNASSESS)) == 1


async def test_what_was_taken_back_is_watched_again_when_it_is_held_again() -> None:
    async with a_world() as world:
        await a_review(world)
        for harms in ("PRE", "INJ", "PRE"):
            await conclude(world, harms=harms)
        assert str((await watched(world))[RuleId.INNOCENCE_3M].strict_on) == "2027-02-11"


async def test_disparagement_alone_does_not_take_the_three_months_away() -> None:
    async with a_world() as world:
        await a_review(world)
        said = await conclude(world, harms="DEN")
        assert "n’enlève pas le délai de trois mois" in world.words(said)  # type: ignore[arg-type]
        assert RuleId.PRESS_3M in await watched(world)


async def test_everything_held_licit_can_be_classed_so_at_a_touch() -> None:
    async with a_world() as world:
        card = await a_review(world)
        await conclude(world, harms="licit", nature="opinion")
        assert {"✅ Classer licite", "🤔 Répondre, ou pas ?"} <= {
            each.replace("\u202f", " ") for each in card.labels
        }
        await world.press(card, "Classer licite")
        async with world.store.read() as tx:
            (case,) = await tx.find(Case)
            (mention,) = await tx.find(Mention)
        assert case.status is CaseStatus.CLOSED
        assert mention.state is MentionState.LICIT


async def test_nothing_is_classed_licit_while_something_is_held() -> None:
    async with a_world() as world:
        await a_review(world)
        await conclude(world, harms="DIF")
        data = Action(Verb.HOLD_LICIT, 1).encode()
        assert "encore retenu" in world.words(await world.desk.press(world.owner, data))


async def test_the_remedies_that_fit_come_first_and_say_why() -> None:
    async with a_world() as world:
        card = await a_review(world)
        await world.press(card, "Toutes les démarches")
        assert "conseillée" not in world.chat.containing("que peut-on faire").words
        await conclude(world, harms="DP")
        await world.press(card, "Toutes les démarches")
        listed = world.chat.containing("que peut-on faire")
        assert listed.labels[:2] == ["➕ Opposition et effacement", "➕ Déréférencement"]
        assert "l’éditeur de la fiche a un mois" in listed.words
        assert "peut agir\u00a0: vous, en personne" in listed.words
        await world.press(listed, "Vos données")
        assert "conseillée" in listed.words
        await world.press(listed, "Le site")
        assert "conseillée" not in listed.words


async def test_a_reason_that_tells_of_a_patient_can_be_erased() -> None:
    async with a_world() as world:
        await a_review(world)
        said = await conclude(world, why="Mme Martin, détartrage du 12 mars")
        assert isinstance(said, Message)
        assert said.above is not None
        assert "semble parler d’un patient" in world.words(said.above)
        erase = said.above.rows[0][0].action
        assert erase is not None
        await world.desk.press(world.owner, erase.encode())
        (told,) = await world.stored(Assessment)
        assert told.why == ""
        assert told.harms == ("DIF",)


async def test_a_threat_is_dealt_with_within_the_hour() -> None:
    threat = "Claire Lefèvre, je vais te tuer."
    async with a_world() as world:
        card = await a_review(world, threat)
        first = card.words.partition("Dans l’heure")[2]
        assert first.index("le 17") < first.index("PHAROS") < first.index("2025-623")
        assert "à confirmer" in first
        assert "Ordre des chirurgiens-dentistes" in first
        wanted = {"➕ Police, PHAROS", "➕ Prévenir l’Ordre", "➕ Déclaration à l’assureur"}
        assert wanted <= set(card.labels)
        assert sum("Garder des pièces" in each for each in card.labels) == 1
        await world.press(card, "Police, PHAROS")
        async with world.store.read() as tx:
            assert await tx.count(Remedy, eq("kind", RemedyKind.AUTHORITY_REPORT)) == 1
        assert "➕ Police, PHAROS" not in card.labels
        await conclude(world, threat, harms="licit", nature="opinion")
        assert "Dans l’heure" not in card.words


async def test_what_is_held_rings_the_fast_lane_even_when_nothing_rang() -> None:
    async with a_world() as world:
        card = await a_review(world)
        assert "Dans l’heure" not in card.words
        await conclude(world, harms="ADR")
        assert "Dans l’heure" in card.words


async def test_a_long_publication_has_pages() -> None:
    async with a_world() as world:
        text = " ".join(f"Phrase numéro {number} sur l’attente." for number in range(12))
        card = await a_review(world, f"{text} Claire Lefèvre est un charlatan.")
        await world.press(card, "Qualifier")
        listed = world.chat.containing("qualifier")
        assert "page 1/3" in listed.words
        assert "charlatan" in listed.words
        await world.press(listed, "Page suivante")
        assert "page 2/3" in listed.words
        assert "charlatan" not in listed.words


async def test_a_picture_without_words_is_quoted_as_it_is_read() -> None:
    async with a_world() as world:
        await a_review(world)
        async with world.store.write() as tx:
            (mention,) = await tx.find(Mention)
            await tx.save(replace(mention, picture="telegram:1/2"))
        sent = await conclude(world, "", quote="Voleuse, lu sur l’image")
        assert isinstance(sent, Message)
        assert [each.quote for each in await world.stored(Assessment)] == [
            "Voleuse, lu sur l’image"
        ]


async def undated(world: World) -> Shown:
    """A case whose publication bears no date, seen on Monday 23 November."""
    await world.watch(an_entry(1, published_at=None, text=SAID))
    await world.morning()
    await world.press(world.chat.containing("plus ancienne"), "Les examiner")
    await world.press(world.card("volé 300"), "Illicite")
    return world.chat.containing("📂 Dossier 1 —")


async def test_words_such_as_two_months_ago_give_the_earliest_day() -> None:
    async with a_world() as world:
        card = await undated(world)
        await conclude(world, harms="HNE")
        await world.press(card, "Date de publication")
        answer = await world.say("il y a 2 mois")
        assert "Je compte depuis le mercredi 23\u00a0septembre" in answer or "août" in answer
        assert "premier jour possible" in answer
        dates = await watched(world)
        start = dates[RuleId.PRESS_3M].starts_on
        assert start.month in {8, 9}
        assert dates[RuleId.PRESS_3M].start_is_uncertain
        assert dates[RuleId.PRESS_1Y].starts_on == start
        assert dates[RuleId.INSURER_5_BUSINESS_DAYS].starts_on == MONDAY_NOON.date().replace(
            day=24
        )
        assert "date de publication précisée" in card.words


async def test_an_exact_day_makes_the_dates_sure() -> None:
    async with a_world() as world:
        card = await undated(world)
        await world.fill(FormName.PUBLISHED, 1, words="il y a 2 mois")
        await world.fill(FormName.PUBLISHED, 1, words="12/10/2026")
        dates = await watched(world)
        assert str(dates[RuleId.PRESS_3M].starts_on) == "2026-10-12"
        assert not dates[RuleId.PRESS_3M].start_is_uncertain
        assert "date de publication incertaine" not in card.words
        assert "📅 Date de publication" not in card.labels
        async with world.store.read() as tx:
            gone = [each for each in await tx.find(CaseDeadline) if each.withdrawn_at]
        assert len(gone) == 2


async def test_a_change_never_makes_a_publication_younger() -> None:
    async with a_world() as world:
        await undated(world)
        await world.fill(FormName.PUBLISHED, 1, words="mars 2026")
        answer = await world.fill(FormName.PUBLISHED, 1, words="modifié il y a 3 semaines")
        assert str((await watched(world))[RuleId.PRESS_3M].starts_on) == "2026-03-01"
        assert "modifiée" in world.words(answer)  # type: ignore[arg-type]


async def test_a_later_day_than_the_one_it_was_seen_is_none() -> None:
    async with a_world() as world:
        await undated(world)
        await world.morning(3)
        sent = await world.fill(FormName.PUBLISHED, 1, words="hier")
        assert isinstance(sent, Invalid)
        assert sent.problems["words"].code is RefusalCode.PUBLISHED_AFTER_SEEN


async def test_two_publications_of_one_case_have_each_their_day() -> None:
    async with a_world() as world:
        await a_review(world)
        world.says(
            an_entry(1, published_at=PUBLISHED, text=SAID, title="Cabinet", rating=1.0),
            an_entry(2, published_at=MONDAY_NOON, text="Claire Lefèvre est une voleuse."),
        )
        world.clock.move(timedelta(days=1))
        await world.poll()
        await world.morning()
        await world.press(world.card("voleuse"), "Illicite")
        await world.fill(FormName.MERGE_CASES, 1, other="2")
        await conclude(world, harms="HNE")
        sent = await conclude(world, "", "HNE", quote="une voleuse")
        assert isinstance(sent, Message)
        async with world.store.read() as tx:
            dated = await tx.find(CaseDeadline, eq("rule", RuleId.PRESS_1Y))
        assert {str(each.strict_on) for each in dated} == {"2027-11-11", "2027-11-23"}
        assert {each.mention_id for each in await world.stored(Assessment)} == {1, 2}


async def test_an_impossible_day_of_publication_is_refused_where_it_is_typed() -> None:
    async with a_world() as world:
        await undated(world)
        for words, code in (
            ("31/02/2026", RefusalCode.PUBLISHED_UNREADABLE),
            ("demain", RefusalCode.PUBLISHED_UNREADABLE),
            ("12/12/2027", RefusalCode.PUBLISHED_UNREADABLE),
            ("bientôt", RefusalCode.PUBLISHED_UNREADABLE),
        ):
            sent = await world.fill(FormName.PUBLISHED, 1, words=words)
            assert isinstance(sent, Invalid), words
            assert sent.problems["words"].code is code


async def test_a_very_old_publication_has_only_the_clocks_that_were_law() -> None:
    async with a_world() as world:
        await undated(world)
        await conclude(world, harms="MEN")
        await world.fill(FormName.PUBLISHED, 1, words="12/03/2005")
        dates = await watched(world)
        assert str(dates[RuleId.PRESS_3M].starts_on) == "2005-03-12"
        assert RuleId.OFFENCE_6Y not in dates
