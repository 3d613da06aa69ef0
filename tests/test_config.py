"""Settings: one place, every problem at once, no secret shown."""

from pathlib import Path

import pytest

from bot import config
from bot.config import SettingProblem, SettingsError

TOKEN = "123456:AAE-hush"


def test_without_any_setting_everything_has_its_documented_default() -> None:
    settings = config.load()
    assert settings.data_dir == Path("var")
    assert settings.database == "sqlite+aiosqlite:///var/vigie.db"
    assert settings.fetch_interval == 900
    assert settings.telegram_api_base == "https://api.telegram.org"
    assert settings.slack_api_base == "https://slack.com/api/"
    assert settings.telegram_owners == ()
    assert settings.log_format == "console"


def test_the_environment_wins_over_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("vigie.toml").write_text(
        'data_dir = "toml"\nVIGIE_FETCH_INTERVAL = 120\ntelegram_owners = "1, 2"\n'
        'fetch_allow_nets = ["127.0.0.0/8"]\ntimezone = "Indian/Reunion"\n'
    )
    Path(".env").write_text("VIGIE_DATA_DIR=dotenv\nVIGIE_LOG_LEVEL=debug\n")
    monkeypatch.setenv("VIGIE_TIMEZONE", "America/Martinique")
    settings = config.load()
    assert settings.data_dir == Path("dotenv")
    assert settings.fetch_interval == 120
    assert settings.timezone == "America/Martinique"
    assert settings.telegram_owners == (1, 2)
    assert [str(net) for net in settings.fetch_allow_nets] == ["127.0.0.0/8"]
    assert settings.log_level == "DEBUG"


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "TIMEZONE": ("Mars/Olympus", SettingProblem.TIMEZONE_UNKNOWN),
        "FETCH_INTERVAL": ("souvent", SettingProblem.NOT_A_NUMBER),
        "HTTP_PORT": ("0", SettingProblem.TOO_SMALL),
        "TELEGRAM_TOKEN": ("pas-un-jeton", SettingProblem.TELEGRAM_TOKEN_SHAPE),
        "TELEGRAM_API_BASE": ("https://x.example/bot", SettingProblem.TELEGRAM_BASE_ENDS_IN_BOT),
        "TELEGRAM_MODE": ("fax", SettingProblem.NOT_A_CHOICE),
        "TELEGRAM_WEBHOOK_URL": ("vigie.example", SettingProblem.WEBHOOK_ADDRESS_SHAPE),
        "TELEGRAM_WEBHOOK_SECRET": ("pas-un-jeton é", SettingProblem.WEBHOOK_SECRET_SHAPE),
        "TELEGRAM_OWNERS": ("@claire", SettingProblem.NOT_IDS),
        "SLACK_BOT_TOKEN": ("xapp-1", SettingProblem.SLACK_BOT_TOKEN_SHAPE),
        "SLACK_APP_TOKEN": ("xoxb-1", SettingProblem.SLACK_APP_TOKEN_SHAPE),
        "SLACK_API_BASE": ("https://slack.com", SettingProblem.SLACK_BASE_SHAPE),
        "FETCH_ALLOW_NETS": ("10.0.0.0/8, 300.1.1.1", SettingProblem.NOT_A_NETWORK),
        "FETCH_CONTACT": ("Cabinet (Lille)", SettingProblem.NOT_A_CONTACT),
        "FETCH_PROXY": ("socks5://u:pas-un-jeton@127.0.0.1", SettingProblem.NOT_A_PROXY),
        "LOG_FORMAT": ("xml", SettingProblem.NOT_A_CHOICE),
    }
    for name, (value, _) in wrong.items():
        monkeypatch.setenv(f"VIGIE_{name}", value)
    with pytest.raises(SettingsError) as refused:
        config.load()
    told = {bad.setting: bad.problem for bad in refused.value.problems}
    assert told == {f"VIGIE_{name}": problem for name, (_, problem) in wrong.items()}
    assert "pas-un-jeton" not in str(refused.value)


@pytest.mark.parametrize(
    "contact", ["https://exemple.fr/robot?a=1", "mailto:robot@exemple.fr", "robot@exemple.fr", ""]
)
def test_who_runs_it_may_be_told_to_the_sites(contact: str) -> None:
    assert config.load(fetch_contact=f" {contact} ").fetch_contact == contact


@pytest.mark.parametrize(
    "contact", ["a\r\nX-Injected: 1", "a) evil", "é@exemple.fr", "x" * 300, "(", "\\"]
)
def test_a_contact_that_breaks_a_header_is_refused(contact: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(fetch_contact=contact)
    assert refused.value.problems[0].problem is SettingProblem.NOT_A_CONTACT


@pytest.mark.parametrize(
    "proxy",
    [
        "http://proxy.example",
        "https://proxy.example:3128/",
        "http://name@10.0.0.1:3128",
        "http://na%40me:p%3Aw@[fd00::1]:3128",
    ],
)
def test_one_may_go_out_by_a_proxy(proxy: str) -> None:
    settings = config.load(fetch_proxy=proxy)
    assert settings.fetch_proxy is not None
    assert settings.fetch_proxy.get_secret_value() == proxy


@pytest.mark.parametrize(
    "proxy",
    [
        "proxy.example:3128",
        "socks5://proxy.example",
        "http://",
        "http://proxy.example:0",
        "http://proxy.example/path",
        "http://a@b@proxy.example",
        "http://proxy.example\\@evil.example",
        "http://proxy.example\r\nX: 1",
    ],
)
def test_what_is_no_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(fetch_proxy=proxy)
    assert refused.value.problems[0].problem is SettingProblem.NOT_A_PROXY


def test_slack_needs_a_way_to_be_joined() -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(slack_bot_token="xoxb-1")
    assert refused.value.problems[0].problem is SettingProblem.SLACK_WAY_MISSING


HOOK = "https://vigie.example/telegram"


def test_a_webhook_wants_an_address_and_a_secret() -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(telegram_mode="webhook", telegram_token=TOKEN)
    assert [(bad.setting, bad.problem) for bad in refused.value.problems] == [
        ("VIGIE_TELEGRAM_WEBHOOK_URL", SettingProblem.WEBHOOK_ADDRESS_MISSING),
        ("VIGIE_TELEGRAM_WEBHOOK_SECRET", SettingProblem.WEBHOOK_SECRET_MISSING),
    ]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://vigie.example/telegram", SettingProblem.WEBHOOK_NOT_HTTPS),
        ("https://vigie.example/readyz", SettingProblem.WEBHOOK_PATH_TAKEN),
        ("https://vigie.example/slack/events/", SettingProblem.WEBHOOK_PATH_TAKEN),
        ("https://name:word@vigie.example/", SettingProblem.WEBHOOK_ADDRESS_SHAPE),
        ("https://vigie.example/a?secret=1", SettingProblem.WEBHOOK_ADDRESS_SHAPE),
        ("https://vigie.example/{path}", SettingProblem.WEBHOOK_ADDRESS_SHAPE),
        ("https://vigie.example/" + "a" * 10_000, SettingProblem.WEBHOOK_ADDRESS_SHAPE),
    ],
)
def test_what_telegram_could_not_call_is_refused(url: str, problem: SettingProblem) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(
            telegram_mode="webhook",
            telegram_token=TOKEN,
            telegram_webhook_url=url,
            telegram_webhook_secret="hush",
        )
    assert [bad.problem for bad in refused.value.problems] == [problem]


def test_a_bot_api_server_of_one_s_own_may_call_in_clear() -> None:
    settings = config.load(
        telegram_mode="webhook",
        telegram_token=TOKEN,
        telegram_api_base="http://127.0.0.1:8081",
        telegram_webhook_url="http://127.0.0.1:8080",
        telegram_webhook_secret="hush",
    )
    assert settings.is_webhook


def test_the_http_server_is_wanted_when_something_needs_it() -> None:
    slack = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "hush"}
    hook = {"telegram_webhook_url": HOOK, "telegram_webhook_secret": "hush"}
    assert not config.load(telegram_token=TOKEN).wants_http
    assert not config.load(telegram_mode="webhook", **hook).wants_http  # Telegram is off
    assert not config.load(**slack, slack_app_token="xapp-1").wants_http
    assert config.load(telegram_token=TOKEN, telegram_mode="webhook", **hook).wants_http
    assert config.load(**slack).wants_http
    assert config.load(telegram_token=TOKEN, http_port=8080).wants_http  # for /healthz
    assert config.load(telegram_token=TOKEN, http_url="https://a.example").wants_http


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://vigie.example", "https://vigie.example"),
        ("https://vigie.example:8443/cabinet/", "https://vigie.example:8443/cabinet"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_calendars_are_read_where_the_server_is_reached(url: str, base: str) -> None:
    settings = config.load(telegram_token=TOKEN, http_url=url)
    assert settings.public_base == base
    assert settings.wants_http


@pytest.mark.parametrize(
    "url",
    [
        "http://vigie.example",
        "http://localhost.example",
        "http://127.0.0.1@evil.example",
        "ftp://vigie.example",
        "vigie.example",
        "https://vigie.example/?a=1",
        "https://me:hush@vigie.example",
        "https://vigie.example/calendar\n",
        "https://",
    ],
)
def test_a_public_address_that_is_none_or_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        config.load(telegram_token=TOKEN, http_url=url)
    assert [bad.problem for bad in refused.value.problems] == [SettingProblem.PUBLIC_ADDRESS_SHAPE]


def test_the_address_of_the_webhook_is_that_of_calendars_too() -> None:
    hook = {"telegram_webhook_url": HOOK, "telegram_webhook_secret": "hush"}
    here = config.load(telegram_token=TOKEN, telegram_mode="webhook", **hook)
    assert here.public_base == "/".join(HOOK.split("/")[:3])
    said = config.load(
        telegram_token=TOKEN, telegram_mode="webhook", **hook, http_url="https://b.example"
    )
    assert said.public_base == "https://b.example"
    assert config.load(telegram_token=TOKEN).public_base == ""
    assert config.load(telegram_token=TOKEN, **hook).public_base == ""  # it polls


def test_secrets_never_show() -> None:
    settings = config.load(
        telegram_token=TOKEN,
        slack_bot_token="xoxb-hush",
        slack_app_token="xapp-hush",
        slack_signing_secret="sign-hush",
        telegram_webhook_secret="hook-hush",
        google_places_key="AIza-hush",
        google_client_secret="GOCSPX-hush",
        fetch_proxy="http://name:hush@proxy.example:3128",
    )
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.model_dump())


def test_a_file_that_cannot_be_read_is_one_problem_more() -> None:
    Path("vigie.toml").write_text("data_dir = ")
    with pytest.raises(SettingsError) as refused:
        config.load()
    assert refused.value.problems[0].problem is SettingProblem.UNREADABLE
