"""The words: typography, safety, and every message as it reads (tests/golden)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.markup import utf16
from bot.adapters.store.sql import SqlStore
from bot.adapters.wording import JinjaWording, showable, typeset
from bot.core.errors import Refusal, RefusalCode
from bot.core.messages import Message
from bot.core.people import Practice, Role
from bot.core.published import DateProblem
from bot.core.replies import Register
from bot.core.secrecy import MAX_REPLY_CHARACTERS
from bot.core.sources import FetchProblem
from bot.core.strategies import WITHDRAWAL, ReplyKind
from bot.ports import Store
from tests.conftest import Golden
from tests.world import CLAIRE, GUARD, MONDAY_NOON, World, a_world, actor, an_entry

WORDING = JinjaWording()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Attention : oui ; non !", "Attention\u00a0: oui\u202f; non\u202f!"),
        ("« mot »", "«\u00a0mot\u00a0»"),
        ("l'avis d'aujourd'hui", "l’avis d’aujourd’hui"),
        ("12 000 €", "12\u202f000\u202f€"),
        ("https://x.example/?a=1;b", "https://x.example/?a=1;b"),
    ],
)
def test_our_words_follow_french_typography(written: str, shown: str) -> None:
    assert typeset(written) == shown


async def test_quoted_words_are_left_as_they_are_written() -> None:
    quoted = "C'est l'arnaque de Claire Lefèvre : fuyez"
    async with a_world() as world:
        await world.watch(an_entry(1, text=quoted))
        await world.morning()
        assert quoted in world.card().words


NASTY = [
    "<b>Claire Lefèvre</b> & <script>alert(1)</script>",
    "Claire Lefèvre </q><a href='javascript:alert(1)'>x</a>",
    "Claire Lefèvre {{ 7 * 7 }} {% raw %}",
    "Claire Lefèvre \u202e\u2066renversé\u2069 \x1b[31mrouge",
    "😀👩🏽‍⚕️ Claire Lefèvre <!channel> <@U1> *_~`",
    "Claire Lefèvre " + "très long " * 1000,
    "Claire Lefèvre " + "x" * 10_000,
]


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
async def test_untrusted_text_is_shown_and_never_obeyed(text: str) -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, title=text, text=text))
        await world.morning()
        card = world.chat.shown[-1]
        assert "Claire Lefèvre" in card.words
        assert not set(card.words) & set("\u202e\u2066\u2069\x1b\x00")
        assert all(
            span.url is None or span.url.startswith("https://presse.example/")
            for block in card.message.text.blocks
            for span in block.spans
        )
        assert utf16(card.words) < 3500


@given(st.text())
def test_nothing_showable_turns_the_text_around(text: str) -> None:
    shown = showable(text)
    assert isinstance(shown, str)
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\x1b\x07\x00")


async def test_an_address_that_is_not_one_is_never_a_link() -> None:
    async with a_world() as world:
        await world.watch(an_entry(1, url="javascript:alert(1)"))
        await world.morning()
        card = world.card()
        assert all(span.url is None for block in card.message.text.blocks for span in block.spans)
        await world.press(card, "Licite")
        await world.press(card, "Répondre")
        await world.press(world.chat.shown[-1], "Préparer une réponse")
        assert not any("Ouvrir" in label for label in world.chat.shown[-1].labels)


def test_every_toast_fits_telegram_s_200_characters() -> None:
    longest = {
        "name": "x" * 30,
        "title": "x" * 60,
        "known": ["Cabinet"],
        "state": "illicit",
        "by": "Dr Marie-Christine de La Rochefoucauld",
        "at": MONDAY_NOON,
        "act_by": MONDAY_NOON.date(),
        "least": 60,
        "number": 12,
        "longest": 2000,
        "missing": ["recipient", "director"],
        "part": "publications",
        "most": 50,
        "day": MONDAY_NOON.date(),
        "sent": MONDAY_NOON.date(),
        "trouble": FetchProblem.TOO_MANY_REDIRECTS,
        "timezone": "Europe/Paris",
        "case": 123,
        "remedy_state": "presented",
        "date_problem": DateProblem.NOT_UNDERSTOOD,
        "certain_from": MONDAY_NOON.date(),
    }
    for code in RefusalCode:
        refusal = Refusal(code, **longest)
        message = Message("refusal", {"code": refusal.code, "facts": refusal.facts})
        assert len(WORDING.render(message).text.plain) <= 200, code


def _reply_values(register: str) -> dict[str, object]:
    return {"practice": Practice(name="Cabinet des Tilleuls"), "register": register}


@pytest.mark.parametrize("register", list(Register))
@pytest.mark.parametrize("kind", list(ReplyKind))
def test_a_reply_is_short_passes_the_guard_and_repeats_only_after_the_last(
    kind: ReplyKind, register: Register
) -> None:
    values = _reply_values(register)
    count = WORDING.variants(kind)
    replies = [WORDING.reply(kind, variant, values) for variant in range(count)]
    assert count >= 3
    assert len(set(replies)) == count
    assert WORDING.reply(kind, count, values) == replies[0]
    for reply in replies:
        assert len(reply) <= MAX_REPLY_CHARACTERS
        assert GUARD.check(reply).is_clean, GUARD.check(reply).findings


def test_a_message_to_the_author_asks_and_offers_nothing() -> None:
    values = _reply_values("practice") | {
        "person": CLAIRE,
        "site": "avis.example",
        "quote": "accueil glacial",
    }
    for variant in range(WORDING.variants(WITHDRAWAL)):
        said = WORDING.reply(WITHDRAWAL, variant, values)
        assert "accueil glacial" in said
        assert GUARD.check(said, is_private=True).is_clean, GUARD.check(said).findings


# The rules of the legal dossier, R1 to R13: words that would confirm or deny that the author is a
# patient, tell a fact of care, promote, bargain, threaten, accuse, advise or admit.
FORBIDDEN = [
    "votre visite", "votre rendez-vous", "votre consultation", "votre dossier", "votre venue",
    "vous êtes venu", "nos patients", "notre patient", "votre traitement", "vos soins", "désolé",
    "excus", "erreur", "rembours", "meilleur", "tribunal", "diffam", "confrère", "revoir",
    "confiance", "guéri", "opération", "retirez", "supprim", "06", "@",
]  # fmt: skip


@pytest.mark.parametrize("words", FORBIDDEN)
def test_no_reply_says_what_would_breach_secrecy(words: str) -> None:
    for kind in ReplyKind:
        for variant in range(WORDING.variants(kind)):
            reply = WORDING.reply(kind, variant, _reply_values("practice"))
            assert words not in reply.lower()


async def test_every_message_reads_as_it_was_agreed(golden: Golden) -> None:
    golden.check("story", await _story())


async def test_every_message_reads_the_same_from_a_real_database(
    golden: Golden, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'vigie.db'}"
    async with SqlStore.open(url, now=MONDAY_NOON) as store:
        golden.check("story", await _story(store))


async def _story(store: Store | None = None) -> str:
    """A practice's first weeks, told by everything it is shown."""
    lines: list[str] = []
    async with a_world(store) as world:
        world.chat.shown.clear()
        paul = actor("2", "Paul", "-5", is_private=False)
        stranger = actor("666", "Inconnu")
        for who, word in ((stranger, "start"), (stranger, "jour"), (world.owner, "start")):
            lines += [f"=== /{word}", await world.ask(word, by=who)]
        lines += ["=== code", await world.invite(paul, Role.LOCUM)]
        await _publish(world)
        await world.morning()
        for label, words in (
            ("Illicite", "Article 1"),
            ("Annuler", "Article 1"),
            ("Illicite", "Article 1"),
            ("Licite", "Article 3"),
            ("Répondre", "Article 3"),
            ("Préparer une réponse", "Répondre, ou pas"),
            ("Autre formulation", "Projet de réponse"),
            ("Valider", "Projet de réponse"),
            ("Copier", "Réponse validée"),
            ("Je l’ai publiée", "Réponse validée"),
            ("Ignorer", "Lefèvre, de Lille"),
            ("Pourquoi ces dates", "📂 Dossier 1"),
            ("➕ Garder", "📂 Dossier 1"),
            ("Les examiner", "☀️"),
        ):
            answer = await world.press(world.chat.containing(words, "1"), label)
            lines += [f"=== [{label}] {words}", answer]
        await world.live_until(datetime(2026, 12, 29, 12, tzinfo=UTC))
        for word in ("jour", "dossiers", "echeances", "sources", "aide", "confidentialite", "x"):
            lines += [f"=== /{word}", await world.ask(word)]
        for shown in world.chat.shown:
            if shown.address == "1":
                buttons = " ".join(f"[{label}]" for label in shown.labels)
                lines += ["--------", shown.words, buttons]
    return "\n".join(lines)


async def _publish(world: World) -> None:
    doubtful = an_entry(
        4, title="Avis", text="Le docteur Lefèvre, de Lille, m'a fait attendre une heure."
    )
    await world.watch(
        an_entry(1, published_at=datetime(2026, 11, 2, 9, tzinfo=UTC)),
        an_entry(2, published_at=MONDAY_NOON - timedelta(days=200)),
        an_entry(3, text="« Claire Lefèvre » : attente trop longue… & tarifs <élevés>"),
        doubtful,
    )
    await world.watch(url="https://lent.example/rss")
    world.fails(url="https://lent.example/rss")
