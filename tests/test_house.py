"""The rules of the house that no linter knows."""

import ast
import re
import tomllib
from enum import StrEnum
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from bot.adapters.lawbook import load_law
from bot.adapters.wording import TEMPLATES, JinjaWording
from bot.config import SettingProblem
from bot.core.actions import Command, Verb
from bot.core.advice import AdviceCode
from bot.core.assessments import Nature, Target, Truth
from bot.core.cases import CaseStatus, Outcome, Step
from bot.core.days import HolidayCode
from bot.core.deadlines import ReasonCode
from bot.core.errors import ChannelProblem, RefusalCode
from bot.core.forms import FormName
from bot.core.harms import Alarm, Harm, LicitKind, OutletKind, Unread
from bot.core.law import Confidence, Extension, Regime, RuleId, Side, Territory
from bot.core.letter_elements import Element
from bot.core.letters import LetterKind
from bot.core.mentions import MentionState
from bot.core.names import EvidenceKind
from bot.core.people import Platform, Role
from bot.core.published import DateProblem
from bot.core.qualifying import Caution
from bot.core.remedies import STEPS, Family, RemedyKind, RemedyState, RemedyStep
from bot.core.remedies import Path as Way
from bot.core.replies import PublicationOutcome
from bot.core.sources import FetchProblem, SourceKind
from bot.usecases.show_subjects import _PRESENTERS
from handlers.routes import COMMANDS, FORMS, OF_THE_DESK, ROUTES

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("handlers/**/*.py")]
TESTS = [*ROOT.glob("tests/**/*.py")]
WORDING = JinjaWording()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_french_lives_in_templates_only(path: Path) -> None:
    foreign = re.findall("[à-ÿÀ-ßœŒ«»’]", path.read_text(encoding="utf-8"))
    assert not foreign


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_two_boundaries_catch_everything(path: Path) -> None:
    allowed = {
        "bot/adapters/schedule.py",  # the job boundary
        "bot/usecases/deliver_outbox.py",  # a lane is a job
        "bot/usecases/poll_sources.py",  # a source is a job
        "bot/usecases/send_digest.py",  # a practice is a job
        "bot/usecases/send_reminders.py",  # a deadline is a job
        "bot/usecases/follow_mentions.py",  # a recall is a job
        "bot/app.py",  # a door is a job
        "bot/__main__.py",  # the command boundary
        "bot/cli/boundary.py",  # idem
        "handlers/dispatch.py",  # the handler boundary
    }
    if str(path.relative_to(ROOT)) not in allowed:
        assert "except Exception" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_class_leaves_to_others_is_abstract(path: Path) -> None:
    """A migration alone may refuse: nobody goes back in place."""
    if "migrations" not in path.parts and path != Path(__file__).resolve():
        assert "raise NotImplementedError" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("refusal", RefusalCode),
        ("setting", SettingProblem),
        ("fetch_problem", FetchProblem),
        ("fetch_remedy", FetchProblem),
        ("channel_problem", ChannelProblem),
        ("state", MentionState),
        ("case_status", CaseStatus),
        ("outcome", Outcome),
        ("step", Step),
        ("nature", Nature),
        ("target", Target),
        ("truth", Truth),
        ("caution", Caution),
        ("harm", Harm),
        ("harm_test", Harm),
        ("remedy", RemedyKind),
        ("remedy_fits", RemedyKind),
        ("remedy_state", RemedyState),
        ("remedy_step", RemedyStep),
        ("family", Family),
        ("advice", AdviceCode),
        ("todo", RuleId),
        ("role", Role),
        ("command", Command),
        ("evidence", EvidenceKind),
        ("reason", ReasonCode),
        ("holiday", HolidayCode),
        ("territory", Territory),
        ("date_problem", DateProblem),
        ("rule_short", RuleId),
        ("confidence", Confidence),
        ("law_regime", Regime),
        ("law_extension", Extension),
        ("law_side", Side),
        ("source_kind", SourceKind),
        ("platform", Platform),
        ("publication", PublicationOutcome),
        ("letter_kind", LetterKind),
        ("letter_title", LetterKind),
        ("letter_file", LetterKind),
        ("letter_element", Element),
        ("harm_basis", Harm),
        ("licit_kind", LicitKind),
        ("outlet_kind", OutletKind),
        ("alarm", Alarm),
        ("unread", Unread),
    ],
)
def test_every_code_has_its_french_words(group: str, codes: type[StrEnum]) -> None:
    missing = [code for code in codes if code.value not in WORDING.labels(group)]
    assert not missing


def test_every_verb_is_answered_and_every_answer_has_a_verb() -> None:
    assert set(ROUTES) | OF_THE_DESK == set(Verb)
    assert not set(ROUTES) & OF_THE_DESK
    assert set(COMMANDS) == set(Command)
    assert set(FORMS) == set(FormName)


def test_every_command_has_its_button_in_the_menu() -> None:
    buttons = WORDING.labels("button")
    chosen = set(Command) - {Command.START}
    assert {f"menu_{command}" for command in chosen} <= set(buttons)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_button_named_in_the_source_has_its_words(path: Path) -> None:
    named = [
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Button"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    known = WORDING.labels("button")
    assert not [label for label in named if label and label not in known]


def test_every_subject_can_be_shown() -> None:
    from bot.core.outbox import Subject  # noqa: PLC0415

    assert set(_PRESENTERS) == set(Subject)


def test_every_state_is_reached_and_every_step_leads_somewhere() -> None:
    assert set(STEPS.values()) == set(RemedyState)
    assert {step for _, _, step in STEPS} == set(RemedyStep)
    assert {path for path, _, _ in STEPS} == set(Way)


def test_every_rule_has_its_row_in_the_vectors_and_its_words() -> None:
    folder = ROOT / "tests/vectors"
    rows = "".join(path.read_text(encoding="utf-8") for path in folder.glob("deadline_*.csv"))
    buttons = WORDING.labels("button")
    for rule in load_law(TEMPLATES).rules:
        assert f",{rule.id.value}," in rows
        if rule.side is Side.OURS:
            name = rule.id.name.lower()
            assert {f"done_{name}", f"resume_{name}"} <= set(buttons)


def test_no_index_address_in_the_locked_requirements() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("--")]
        assert sum("==" in line for line in lines) <= sum("--hash=" in line for line in lines)


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for dependency in project["project"]["dependencies"]:
        name = re.split(r"[\[<>=]", dependency)[0]
        assert f"\n{name}==" in f"\n{locked}"


def test_every_command_of_the_chats_fits_telegram() -> None:
    for command in Command:
        assert re.fullmatch("[a-z0-9_]{1,32}", command.value)
        assert 1 <= len(WORDING.label("command", command.value)) <= 256


def test_the_drawing_of_the_remedies_is_that_of_their_tables() -> None:
    spec = spec_from_file_location("draw_remedies", ROOT / "docs" / "draw_remedies.py")
    assert spec is not None
    assert spec.loader is not None
    drawing = module_from_spec(spec)
    spec.loader.exec_module(drawing)
    assert (ROOT / "docs" / "remedies.md").read_text(encoding="utf-8") == drawing.draw()
