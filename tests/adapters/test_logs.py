"""Logs: fields for machines, a sentence for people, and never a secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.adapters.logs import start_logging

TOKEN = "123456:AAE-hush"


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize("shape", ["console", "json"])
def test_a_secret_is_hidden_wherever_it_stands(shape: str) -> None:
    stream = io.StringIO()
    start_logging("INFO", shape, [TOKEN], stream)
    log = logging.getLogger("bot.test")
    log.info("calling https://api.example/bot%s/getMe", TOKEN, extra={"url": f"x/{TOKEN}"})
    try:
        raise ValueError(f"refused: {TOKEN}")
    except ValueError:
        log.exception("it failed")
    said = stream.getvalue()
    assert TOKEN not in said
    assert "[secret]" in said
    assert "ValueError" in said


@pytest.mark.parametrize("shape", ["console", "json"])
def test_the_address_of_a_calendar_is_hidden_though_no_setting_names_it(shape: str) -> None:
    stream = io.StringIO()
    start_logging("INFO", shape, (), stream)
    logging.getLogger("x").error("400: GET /calendar/%s.ics", "k" * 43, extra={"u": "k" * 15})
    assert "/calendar/[secret].ics" in stream.getvalue()
    assert "k" * 43 not in stream.getvalue()


def test_json_logs_hold_what_machines_look_for() -> None:
    stream = io.StringIO()
    start_logging("INFO", "json", (), stream)
    logging.getLogger("bot.test").warning(
        "refused: %s", "not_invited", extra={"action": "refused", "account": "666"}
    )
    line = json.loads(stream.getvalue())
    assert line["message"] == "refused: not_invited"
    assert line["action"] == "refused"
    assert line["account"] == "666"
    assert line["level"] == "WARNING"


def test_the_libraries_that_log_addresses_are_kept_quiet() -> None:
    stream = io.StringIO()
    start_logging("INFO", "console", (), stream)
    logging.getLogger("httpx").info("HTTP Request: POST https://api.example/bot1:x/getMe")
    assert stream.getvalue() == ""


def test_one_event_is_one_line() -> None:
    stream = io.StringIO()
    start_logging("INFO", "json", (), stream)
    logging.getLogger("bot.test").warning("name: %s", "a\nWARNING forged line")
    assert len(stream.getvalue().splitlines()) == 1
