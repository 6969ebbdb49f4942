"""Log lines are JSON with time and level; repeated lines are kept, and exceptions are logged without their messages."""

import json
import logging
import subprocess
import sys
from typing import Any, Dict, List

import pytest

from bot.log_format import JsonFormatter, PlainFormatter
from bot.settings import ROOT

LOGGING = """
import logging, structlog, sys
from bot.rasa_runtime.logs import configure_logging
configure_logging("INFO")
for _ in range(3):
    logging.getLogger("bot.chat").error("A request failed with %s.", "OperationalError")
structlog.get_logger("rasa.core.processor").warning("100 % done", count=5)
logging.getLogger("bot.chat").debug("too fine")
print("a result")
"""


@pytest.fixture(scope="module")
def ran() -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOGGING], cwd=ROOT, capture_output=True, text=True, check=True
    )


@pytest.fixture(scope="module")
def lines(ran: "subprocess.CompletedProcess[str]") -> "List[Dict[str, Any]]":
    return [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]


def failure() -> logging.LogRecord:
    try:
        raise ValueError("my friend Zephyrine\nis blackmailed")
    except ValueError:
        return logging.LogRecord("rasa.core", logging.ERROR, "", 1, "An action\nfailed.", (), sys.exc_info())


def test_every_line_has_a_time_a_level_a_logger_and_a_message(lines: "List[Dict[str, Any]]") -> None:
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in lines))


def test_repeats_are_not_dropped(lines: "List[Dict[str, Any]]") -> None:
    assert [line["message"] for line in lines].count("A request failed with OperationalError.") == 3


def test_a_rasa_event_keeps_its_fields(lines: "List[Dict[str, Any]]") -> None:
    event = next(line for line in lines if line["logger"] == "rasa.core.processor")
    assert (event["message"], event["fields"]) == ("100 % done", {"count": 5})


def test_lines_below_the_level_are_left_out(lines: "List[Dict[str, Any]]") -> None:
    assert "too fine" not in [line["message"] for line in lines]


def test_standard_output_has_only_results(ran: "subprocess.CompletedProcess[str]") -> None:
    assert ran.stdout == "a result\n"


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_an_exception_is_logged_by_type_and_place_without_its_message(formatter: logging.Formatter) -> None:
    line = formatter.format(failure())
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "Zephyrine" not in line


def test_an_event_is_one_line() -> None:
    assert "\n" not in JsonFormatter().format(failure())
