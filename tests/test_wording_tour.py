"""Every question and every screen of the conversation, as it reads (tests/golden)."""

import re
from typing import Any

from bot.adapters.store.sql import SqlStore
from bot.core.actions import Action, Verb
from bot.core.assessments import Assessment
from bot.core.cases import Case, CaseDeadline
from bot.core.evidence import Attachment
from bot.core.files import Arrived
from bot.core.forms import FormName
from bot.core.mentions import Mention, Source
from bot.core.passages import mark
from bot.core.people import Member, Practice, Practitioner
from bot.core.replies import Draft
from bot.ports import Store
from handlers import access
from handlers.dispatch import refused
from handlers.routes import FORMS
from tests.conftest import Golden
from tests.furnished import first_made, furnish
from tests.letters import a_capture
from tests.world import MONDAY_NOON, WORDING, World, a_world

KNOWN = {"name": "Dr Claire Lefèvre", "content": "https://presse.example/x"}
"""What some questions depend on."""
BREACH = "Désolé pour l'attente lors de votre rendez-vous de mardi."


async def test_every_question_reads_as_it_was_agreed(golden: Golden) -> None:
    golden.check("questions", await _questions())


async def test_every_screen_reads_as_it_was_agreed(golden: Golden) -> None:
    golden.check("screens", await _screens())


async def test_every_screen_reads_the_same_from_a_real_database(
    golden: Golden, tmp_path: Any
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'vigie.db'}"
    async with SqlStore.open(url, now=MONDAY_NOON) as store:
        golden.check("screens", await _screens(store))


async def _questions() -> str:
    """Every form with its questions, hints and choices."""
    lines: list[str] = []
    async with a_world() as world:
        await furnish(world)
        await a_capture(world)
        async with world.store.read() as tx:
            members = await access.memberships(tx, world.owner)
            (asker,) = await access.admit_all(tx, world.owner, members)
        for name in FormName:
            route = FORMS[name]
            async with world.store.read() as tx:
                form = await first_made(world, tx, asker, route, KNOWN)
            shown = WORDING.form(form)
            lines += [f"=== {name}: {shown.title} [{shown.submit}]"]
            for field in shown.fields:
                optional = " (facultatif)" if field.is_optional else ""
                lines += [f"· {field.question}{optional}", f"    {field.hint}".rstrip()]
                lines += [f"    [{choice.words}]" for choice in field.choices]
    return "\n".join(line for line in lines if line.strip())


async def _screens(store: Store | None = None) -> str:
    """Every list and card the conversation can show, with its buttons."""
    async with a_world(store) as world:
        await furnish(world)
        tour = _Tour(world)
        for word in ("praticiens", "equipe", "reglages", "sources", "dossiers", "echeances"):
            await tour.ask(word)
        await _agenda(tour)
        await tour.ask("recherche", "article")
        await tour.ask("quitter")
        for verb in (Verb.OPEN_SOURCE, Verb.PAUSE_SOURCE, Verb.TRY_SOURCE):
            await tour.press(verb, Source)
        await tour.press(Verb.OPEN_PERSON, Practitioner)
        await tour.press(Verb.OPEN_MEMBER, Member)
        await tour.press(Verb.LOOK, Mention)
        await tour.press(Verb.SHOW_SAMPLE, Practice)
        for choice in ("licit", "illicit", "ignored"):
            await tour.press(Verb.SHOW_SAMPLE, Practice, choice)
        for verb in (Verb.LET_GO, Verb.REMOVE_SOURCE, Verb.REMOVE_MEMBER):
            tour.confirm(verb)
        await tour.fill(FormName.INVITE, Practice, role="secretary", name="Nadia")
        await _reply(tour)
        await _pieces(tour, await world.ports.archive.put(b"jpeg"))
        await tour.fill(FormName.NOTE, Mention, words="À voir avec l'assureur.")
        await tour.fill(FormName.NOTE, Mention, words="Mme Martin, détartrage du 12 mars")
        await tour.fill(FormName.LATER, Mention, when="tomorrow")
        await tour.fill(FormName.ASSIGN, Mention, member="2")
        await tour.fill(FormName.RHYTHM, Practice, frequency="weekly", at="12:30", days="day_0")
        await tour.fill(FormName.HOLIDAY, Practice, first="2026-12-24", last="2027-01-03")
        await tour.fill(FormName.SOURCE, Practice, url="mon site")
        return "\n".join(tour.lines)


class _Tour:
    """Goes everywhere, and writes down what it reads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.lines: list[str] = []

    async def ask(self, word: str, argument: str = "") -> None:
        answers = await self._world.desk.command(self._world.owner, word, argument)
        self._note(f"/{word} {argument}".rstrip(), *answers)

    async def press(self, verb: Verb, kind: type[Any], choice: str = "") -> None:
        action = Action(verb, await self._first(kind), choice)
        answer = await self._world.desk.press(self._world.owner, action.encode())
        self._note(f"[{verb.name}] {choice}".rstrip(), answer)

    def confirm(self, verb: Verb) -> None:
        self.lines += [f"=== [{verb.name}] ?", WORDING.label("confirm", verb.name.lower())]

    async def fill(self, form: FormName, kind: type[Any], /, **answers: str) -> None:
        result = await self._world.fill(form, await self._first(kind), **answers)
        problems = getattr(result, "problems", None)
        if problems:
            words = [self._world.words(refused(problem)) for problem in problems.values()]
            self.lines += [f"=== {form} refusé", *words]
            return
        self._note(form, result)

    def card(self, words: str) -> None:
        shown = self._world.chat.containing(words)
        self.lines += [f"=== {words}", shown.words, " ".join(f"[{each}]" for each in shown.labels)]

    async def _first(self, kind: type[Any]) -> int:
        async with self._world.store.read() as tx:
            found = await tx.find(kind)
        return int(found[-1 if kind is Mention else 0].id)

    def _note(self, title: str, *answers: Any) -> None:
        for answer in answers:
            shown = self._world.render(answer)
            labels = [button.text for row in shown.rows for button in row]
            words = re.sub(r"\bi_[\w-]{16,}", "i_\u2026", shown.text.plain)
            words = re.sub(r"(?<=/calendar/)[\w-]{43}", "\u2026", words)
            self.lines += [f"=== {title}", words]
            self.lines += [" ".join(f"[{label}]" for label in labels)] if labels else []
            self.lines += [f"({file.name})" for file in getattr(answer, "files", ())]


async def _agenda(tour: "_Tour") -> None:
    await tour.press(Verb.SHOW_SCREEN, Practice, "agenda-1")
    await tour.press(Verb.SUBSCRIBE, Practice)
    await tour.press(Verb.SHOW_SCREEN, Practice, "agenda-1")
    tour.lines += ["=== [SUBSCRIBE] ?", WORDING.label("confirm", "subscribe_again")]
    await tour.press(Verb.UNSUBSCRIBE, Practice)
    await tour.press(Verb.GIVE_DEADLINE, CaseDeadline)
    await tour.press(Verb.GIVE_CALENDAR, Practice)


async def test_qualifying_reads_as_it_was_agreed(golden: Golden) -> None:
    async with a_world() as world:
        await furnish(world)
        tour = _Tour(world)
        await _qualify(tour)
        golden.check("qualifying", "\n".join(tour.lines))


async def _qualify(tour: "_Tour") -> None:
    """A passage, held to be something else each time, and what is proposed then."""
    passage = f"1-{mark('Claire Lefèvre, dentiste à Lille, y est citée.')}"
    told = {"passage": passage, "target": "person", "public": "public", "identifiable": "yes"}
    await tour.press(Verb.QUALIFY, Case)
    await tour.fill(FormName.ASSESS, Case, **told, nature="opinion", harms="DIF,MEN,HNE")
    await tour.press(Verb.PROPOSE_REMEDIES, Case)
    await tour.press(Verb.PROPOSE_REMEDIES, Case, "site")
    await tour.fill(FormName.ASSESS, Case, **told, nature="opinion", harms="licit,DIF")
    await tour.fill(FormName.ASSESS, Case, **(told | {"passage": "", "quote": "jamais écrit"}))
    tour.card("📂 Dossier 1 —")
    await tour.press(Verb.REMOVE_ASSESSMENT, Assessment, "1")
    await tour.fill(FormName.ASSESS, Case, **told, nature="opinion", harms="licit")
    tour.card("📂 Dossier 1 —")
    for words in ("il y a 2 mois", "modifié il y a 3 semaines", "12/10/2026", "31/02/2026"):
        await tour.fill(FormName.PUBLISHED, Case, which="1", words=words)


async def _reply(tour: "_Tour") -> None:
    await tour.fill(FormName.NO_REPLY, Mention, why="calm")
    await tour.press(Verb.WEIGH_REPLY, Mention)
    await tour.press(Verb.CHOOSE_WAY, Mention, "ask_withdrawal")
    await tour.fill(FormName.REPLY_KIND, Draft, kind="waiting")
    await tour.fill(FormName.EDIT_DRAFT, Draft, words=BREACH)
    for verb in (Verb.REVIEW_DRAFT, Verb.REWRITE_DRAFT, Verb.APPROVE_DRAFT, Verb.COPY_DRAFT):
        await tour.press(verb, Draft)
    tour.confirm(Verb.APPROVE_DRAFT)


async def _pieces(tour: "_Tour", digest: str) -> None:
    photo = Arrived(digest, "avis.jpg", "image/jpeg", 183_000).encode()
    pdf = Arrived("ab" * 32, "Martin.pdf", "application/pdf", 2_400_000).encode()
    for file, title, role in (
        (photo, "L'avis du 3 mars", "capture"),
        (photo, "Le même", "capture"),
        ("https://presse.example/x", "", "other"),
        (pdf, "Mme Martin, détartrage du 12 mars", "answer"),
        ("là", "", "other"),
    ):
        await tour.fill(FormName.ATTACH, Case, file=file, title=title, role=role)
    await tour.press(Verb.OPEN_PIECES, Case)
    await tour.press(Verb.GIVE_PIECE, Attachment)
    tour.confirm(Verb.DETACH_PIECE)
