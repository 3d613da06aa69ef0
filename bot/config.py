"""Settings: read once from the environment, ``.env`` and ``vigie.toml``; the environment wins.

Every problem is gathered before any is raised; each has a French sentence with its remedy in
``templates/labels.toml`` ([setting]). Secrets never show in a ``repr``.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX = "VIGIE_"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PROXY = re.compile(
    r"https?://(?:[^\s/?#@:\\]{1,200}(?::[^\s/?#@:\\]{0,200})?@)?"
    r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[1-9]\d{0,4})?/?",
    re.ASCII,
)
# Telegram's own words for both (setWebhook): the secret comes back in a header.
_HOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_HOOK_URL = re.compile(
    r"https?://[A-Za-z0-9.\[\]:-]{1,260}(?P<path>/[A-Za-z0-9._~/-]{0,200})?", re.ASCII
)
# The public address of the HTTP server: what is private travels to it, so never in the clear.
_PUBLIC_URL = re.compile(
    r"(?:https://[A-Za-z0-9.\[\]:-]{1,260}|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)"
    r"(?:/[A-Za-z0-9._~-]{1,60}){0,3}/?",
    re.ASCII,
)
PUBLIC_TELEGRAM = "https://api.telegram.org"
SLACK_PATH, ALIVE_PATH, READY_PATH = "/slack/events", "/healthz", "/readyz"
"""Where the HTTP server answers, besides the path of Telegram's webhook."""
_TAKEN = {SLACK_PATH, ALIVE_PATH, READY_PATH, "/metrics"}
# It is sent in a header, between parentheses, to every site that is read.
_CONTACT = re.compile(r"(?:https?://|mailto:)?[\w.+~/@:%?&=#-]{3,200}", re.ASCII)


class SettingProblem(StrEnum):
    """What can be wrong with a setting; each has a French sentence."""

    UNKNOWN = "unknown"
    NOT_A_NUMBER = "not_a_number"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_A_CHOICE = "not_a_choice"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_NETWORK = "not_a_network"
    NOT_A_CONTACT = "not_a_contact"
    NOT_A_PROXY = "not_a_proxy"
    NOT_IDS = "not_ids"
    TIMEZONE_UNKNOWN = "timezone_unknown"
    TELEGRAM_TOKEN_SHAPE = "telegram_token_shape"  # noqa: S105 - a code, not a token
    TELEGRAM_BASE_ENDS_IN_BOT = "telegram_base_ends_in_bot"
    SLACK_BOT_TOKEN_SHAPE = "slack_bot_token_shape"  # noqa: S105 - idem
    SLACK_APP_TOKEN_SHAPE = "slack_app_token_shape"  # noqa: S105 - idem
    SLACK_BASE_SHAPE = "slack_base_shape"
    SLACK_WAY_MISSING = "slack_way_missing"
    PUBLIC_ADDRESS_SHAPE = "public_address_shape"
    WEBHOOK_ADDRESS_SHAPE = "webhook_address_shape"
    WEBHOOK_PATH_TAKEN = "webhook_path_taken"
    WEBHOOK_NOT_HTTPS = "webhook_not_https"
    WEBHOOK_SECRET_SHAPE = "webhook_secret_shape"  # noqa: S105 - idem
    WEBHOOK_SECRET_MISSING = "webhook_secret_missing"  # noqa: S105 - idem
    WEBHOOK_ADDRESS_MISSING = "webhook_address_missing"
    UNREADABLE = "unreadable"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class BadSetting:
    """One setting that cannot be used, and why."""

    setting: str
    problem: SettingProblem
    detail: str = ""


class SettingsError(Exception):
    """Every setting that cannot be used."""

    def __init__(self, problems: tuple[BadSetting, ...]) -> None:
        super().__init__(", ".join(f"{bad.setting}: {bad.problem}" for bad in problems))
        self.problems = problems


def _wrong(problem: SettingProblem) -> PydanticCustomError:
    return PydanticCustomError("vigie", problem.value, {"detail": ""})


class Settings(BaseSettings):
    """Every setting of the contract, frozen."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        toml_file="vigie.toml",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    data_dir: Path = Path("var")
    database_url: str = ""
    timezone: str = "Europe/Paris"
    telegram_token: SecretStr | None = None
    telegram_api_base: str = PUBLIC_TELEGRAM
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_url: str = ""
    telegram_webhook_secret: SecretStr | None = None
    telegram_owners: Annotated[tuple[int, ...], NoDecode] = ()
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    http_url: str = ""
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_base: str = "https://slack.com/api/"
    fetch_allow_nets: Annotated[tuple[Network, ...], NoDecode] = ()
    fetch_interval: Annotated[int, Field(ge=60, le=86400 * 7)] = 900
    fetch_contact: str = ""
    fetch_proxy: SecretStr | None = None
    google_places_key: SecretStr | None = None
    google_client_id: str = ""
    google_client_secret: SecretStr | None = None
    tsa_urls: Annotated[tuple[str, ...], NoDecode] = ()
    chromium: Path | None = None
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins, then ``.env``, then ``vigie.toml``."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, _Unprefixed(settings_cls)

    @field_validator("telegram_owners", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        if isinstance(value, str):
            parts = [part for part in value.replace(" ", ",").split(",") if part]
            if not all(part.isascii() and part.isdecimal() for part in parts):
                raise _wrong(SettingProblem.NOT_IDS)
            return tuple(map(int, parts))
        return value

    @field_validator("fetch_allow_nets", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            value = [part for part in value.replace(" ", ",").split(",") if part]
        if isinstance(value, list | tuple):
            try:
                return tuple(ipaddress.ip_network(str(part)) for part in value)
            except ValueError as error:
                raise _wrong(SettingProblem.NOT_A_NETWORK) from error
        return value

    @field_validator("fetch_contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        value = value.strip()
        if value and not _CONTACT.fullmatch(value):
            raise _wrong(SettingProblem.NOT_A_CONTACT)
        return value

    @field_validator("fetch_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _PROXY.fullmatch(value.get_secret_value()):
            raise _wrong(SettingProblem.NOT_A_PROXY)
        return value

    @field_validator("tsa_urls", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.replace(" ", ",").split(",") if part)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise _wrong(SettingProblem.TIMEZONE_UNKNOWN) from error
        return value

    @field_validator("telegram_api_base", "slack_api_base")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise _wrong(SettingProblem.NOT_AN_ADDRESS)
        return value

    @field_validator("telegram_api_base")
    @classmethod
    def _telegram_base(cls, value: str) -> str:
        value = value.rstrip("/")
        if value.endswith("/bot"):
            raise _wrong(SettingProblem.TELEGRAM_BASE_ENDS_IN_BOT)
        return value

    @field_validator("slack_api_base")
    @classmethod
    def _slack_base(cls, value: str) -> str:
        if not value.rstrip("/").endswith("/api"):
            raise _wrong(SettingProblem.SLACK_BASE_SHAPE)
        return value.rstrip("/") + "/"

    @field_validator("telegram_token")
    @classmethod
    def _telegram_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            number, colon, secret = value.get_secret_value().partition(":")
            if not (number.isdecimal() and colon and secret) or " " in secret:
                raise _wrong(SettingProblem.TELEGRAM_TOKEN_SHAPE)
        return value

    @field_validator("http_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        if value and not _PUBLIC_URL.fullmatch(value):
            raise _wrong(SettingProblem.PUBLIC_ADDRESS_SHAPE)
        return value.rstrip("/")

    @field_validator("telegram_webhook_url")
    @classmethod
    def _hook_url(cls, value: str) -> str:
        if not value:
            return value
        shape = _HOOK_URL.fullmatch(value)
        if shape is None:
            raise _wrong(SettingProblem.WEBHOOK_ADDRESS_SHAPE)
        if (shape["path"] or "/").rstrip("/") in _TAKEN:
            raise _wrong(SettingProblem.WEBHOOK_PATH_TAKEN)
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _hook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _HOOK_SECRET.fullmatch(value.get_secret_value()):
            raise _wrong(SettingProblem.WEBHOOK_SECRET_SHAPE)
        return value

    @field_validator("slack_bot_token")
    @classmethod
    def _slack_bot_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xoxb-"):
            raise _wrong(SettingProblem.SLACK_BOT_TOKEN_SHAPE)
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _slack_app_shape(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise _wrong(SettingProblem.SLACK_APP_TOKEN_SHAPE)
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """What no field can see alone, reported together with what they saw."""
        faults: list[InitErrorDetails] = []
        settings: Self | None = None
        try:
            settings = handler(raw)
        except ValidationError as error:
            faults.extend(
                InitErrorDetails(
                    type=PydanticCustomError("vigie", bad.problem.value, {"detail": bad.detail}),
                    loc=(bad.setting,),
                    input=None,
                )
                for bad in map(_bad, error.errors())
            )
        for name, problem in _together(raw):
            faults.append(InitErrorDetails(type=_wrong(problem), loc=(name,), input=None))
        if faults or settings is None:
            raise ValidationError.from_exception_data(cls.__name__, faults, hide_input=True)
        return settings

    @property
    def is_webhook(self) -> bool:
        """Whether Telegram comes to us, rather than we to it."""
        return self.telegram_token is not None and self.telegram_mode == "webhook"

    @property
    def is_slack_http(self) -> bool:
        """Whether Slack comes to us; an application token wins, it needs no open port."""
        return self.slack_bot_token is not None and self.slack_app_token is None

    @property
    def wants_http(self) -> bool:
        """Whether the HTTP server has a use: a chat comes to us, or somebody named its place."""
        is_named = not {"http_host", "http_port", "http_url"}.isdisjoint(self.model_fields_set)
        return self.is_webhook or self.is_slack_http or is_named

    @property
    def public_base(self) -> str:
        """Where the HTTP server is reached from outside; empty when nobody said.

        Where Telegram calls us is such a place.
        """
        if self.http_url or not self.is_webhook:
            return self.http_url
        scheme, _, rest = self.telegram_webhook_url.partition("://")
        base = f"{scheme}://{rest.partition('/')[0]}"
        return base if _PUBLIC_URL.fullmatch(base) else ""

    @property
    def database(self) -> str:
        """The SQLAlchemy address of the database."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'vigie.db'}"


class _Unprefixed(TomlConfigSettingsSource):
    """``vigie.toml`` may name a setting with or without the ``VIGIE_`` prefix, in any case."""

    def __call__(self) -> dict[str, Any]:
        return {_field(key): value for key, value in super().__call__().items()}


def _field(name: str) -> str:
    return name.lower().removeprefix(PREFIX.lower())


def _together(raw: Mapping[str, Any]) -> Iterator[tuple[str, SettingProblem]]:
    """Settings that make no sense without, or with, another."""
    if raw.get("telegram_mode") == "webhook":
        yield from _webhook(raw)
    if raw.get("slack_bot_token") and not (
        raw.get("slack_app_token") or raw.get("slack_signing_secret")
    ):
        yield "slack_app_token", SettingProblem.SLACK_WAY_MISSING


def _webhook(raw: Mapping[str, Any]) -> Iterator[tuple[str, SettingProblem]]:
    """What the webhook needs: an address Telegram can reach, and a secret only it knows."""
    url = str(raw.get("telegram_webhook_url") or "")
    base = str(raw.get("telegram_api_base") or PUBLIC_TELEGRAM)
    if not url:
        yield "telegram_webhook_url", SettingProblem.WEBHOOK_ADDRESS_MISSING
    elif url.startswith("http://") and base.rstrip("/") == PUBLIC_TELEGRAM:
        yield "telegram_webhook_url", SettingProblem.WEBHOOK_NOT_HTTPS
    if not raw.get("telegram_webhook_secret"):
        yield "telegram_webhook_secret", SettingProblem.WEBHOOK_SECRET_MISSING


def load(**overrides: Any) -> Settings:
    """The settings, or every problem with them.

    Raises:
        SettingsError: with one BadSetting a problem; no value is quoted, it may be a secret.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(tuple(_bad(fault) for fault in error.errors())) from None
    except (OSError, ValueError) as error:  # vigie.toml that is not TOML, .env that is not UTF-8
        unreadable = BadSetting("vigie.toml / .env", SettingProblem.UNREADABLE, str(error))
        raise SettingsError((unreadable,)) from None


_PROBLEMS = {
    "int_parsing": SettingProblem.NOT_A_NUMBER,
    "greater_than_equal": SettingProblem.TOO_SMALL,
    "less_than_equal": SettingProblem.TOO_LARGE,
    "literal_error": SettingProblem.NOT_A_CHOICE,
}


def _bad(fault: Any) -> BadSetting:
    context = fault.get("ctx", {})
    name = f"{PREFIX}{_field(str(fault['loc'][0])).upper()}"
    if fault["type"] == "vigie":
        return BadSetting(name, SettingProblem(fault["msg"]), context.get("detail", ""))
    detail = context.get("expected") or context.get("ge") or context.get("le") or ""
    return BadSetting(name, _PROBLEMS.get(fault["type"], SettingProblem.INVALID), str(detail))
