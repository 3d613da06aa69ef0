"""``vigie check``: everything that is looked at, in words, with a remedy for what is wrong."""

import asyncio
from functools import partial

from bot.adapters.clock import SystemClock
from bot.app import open_house, prepare_logging
from bot.cli.failures import fetch_sentence, setting_sentence
from bot.cli.machine import check_machine
from bot.cli.screen import Screen, Words
from bot.cli.typos import unknown_settings
from bot.config import Settings, SettingsError, load
from bot.core.errors import Outage
from bot.core.people import Platform
from bot.usecases import check_house
from bot.usecases.check_house import Finding, FindingCode, Level, Probe, Topic

_MARKS = {Level.OK: "\u2705", Level.WARNING: "\u26a0\ufe0f", Level.ERROR: "\u274c"}


def check(*, as_json: bool) -> int:
    """Look at everything; 1 when something keeps Vigie from working."""
    screen = Screen()
    settings, findings = _settings(screen.words)
    if settings is not None:
        prepare_logging(settings.model_copy(update={"log_level": "CRITICAL"}))
        with screen.err.status(screen.words.say("progress", "check")):
            findings += asyncio.run(_look(settings))
    topics = list(Topic)
    findings.sort(key=lambda finding: topics.index(finding.topic))
    has_error = any(finding.level is Level.ERROR for finding in findings)
    if as_json:
        told = [_as_json(screen.words, finding) for finding in findings]
        screen.json({"ok": not has_error, "findings": told})
    else:
        _show(screen, findings)
    return int(has_error)


def _settings(words: Words) -> tuple[Settings | None, list[Finding]]:
    """The settings, when they can be used, and what is wrong with them."""
    settings, found = None, []
    try:
        settings = load()
    except SettingsError as error:
        found = [
            Finding(
                Topic.SETTINGS,
                FindingCode.SETTING_WRONG,
                {"told": setting_sentence(words, bad), "setting": bad.setting},
            )
            for bad in error.problems
        ]
    for typo in unknown_settings():
        code = FindingCode.SETTING_MISTYPED if typo.near else FindingCode.SETTING_UNKNOWN
        found.append(Finding(Topic.SETTINGS, code, {"name": typo.name, "near": typo.near}))
    return settings, found or [Finding(Topic.SETTINGS, FindingCode.SETTINGS_FINE)]


async def _look(settings: Settings) -> list[Finding]:
    clock = SystemClock()
    machine = check_machine(settings.data_dir)
    probes = _probes(settings)
    try:
        async with open_house(settings, clock=clock) as house:
            found, readings = await check_house.check(clock, house.ports, probes)
            if not readings and settings.telegram_token is not None:
                readings = await check_house.read_clock(house.ports, settings.telegram_api_base)
    except (Outage, OSError) as error:
        found, readings = await check_house.check(clock, None, probes)
        if isinstance(error, Outage):
            code = check_house.database_trouble(error)
            found.append(Finding(Topic.DATABASE, code, {"told": str(error)}))
    return [*machine, *check_house.check_clock(readings), *found]


def _probes(settings: Settings) -> dict[Platform, Probe]:
    """What to ask of each chat that has a token."""
    probes: dict[Platform, Probe] = {}
    if settings.telegram_token is not None:
        from bot.adapters import telegram  # noqa: PLC0415 - only what is configured

        token = settings.telegram_token.get_secret_value()
        hook = settings.telegram_webhook_url if settings.is_webhook else ""
        probes[Platform.TELEGRAM] = partial(
            telegram.check, token, settings.telegram_api_base, hook
        )
    if settings.slack_bot_token is not None:
        from bot.adapters import slack  # noqa: PLC0415 - idem

        app_token = settings.slack_app_token
        probes[Platform.SLACK] = partial(
            slack.check,
            settings.slack_bot_token.get_secret_value(),
            app_token.get_secret_value() if app_token else "",
            settings.slack_api_base,
        )
    return probes


def _show(screen: Screen, findings: list[Finding]) -> None:
    for finding in findings:
        sentence, remedy = _words_of(screen.words, finding)
        screen.listed(_MARKS[finding.level], sentence, remedy)
    levels = [finding.level for finding in findings]
    errors, warnings = levels.count(Level.ERROR), levels.count(Level.WARNING)
    screen.gap()
    screen.page("checked", errors=errors, warnings=warnings)


def _words_of(words: Words, finding: Finding) -> tuple[str, str]:
    """The sentence of a finding and its remedy, empty when all is well."""
    facts, code = dict(finding.facts), finding.code
    if code is FindingCode.CHANNEL_LOST:
        facts["platform"] = words.label("platform", str(facts["platform"]))
        facts["problem"] = words.label("channel_problem", str(facts["problem"]))
    if code in {FindingCode.SOURCE_WRONG, FindingCode.SOURCE_AWAY}:
        problem = str(facts["problem"])
        facts["problem"] = fetch_sentence(words, problem, str(facts["status"]))
        return words.say("finding", code, facts), words.label("fetch_remedy", problem)
    sentence = words.say("finding", code, facts)
    remedy = words.say("finding_remedy", code, facts) if finding.level is not Level.OK else ""
    return sentence, remedy


def _as_json(words: Words, finding: Finding) -> dict[str, str]:
    sentence, remedy = _words_of(words, finding)
    return {
        "topic": finding.topic,
        "code": finding.code,
        "level": finding.level,
        "sentence": sentence,
        "remedy": remedy,
    }
