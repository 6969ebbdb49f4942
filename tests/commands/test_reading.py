"""`streetwise redact` and `understand`: refusals name the line or file."""

import json
from pathlib import Path

import pytest
from command_line import Machine, program
from typer.testing import CliRunner

from bot.cli import app
from bot.commands import CommandError
from bot.rasa_runtime.training import model_path

GOOD = b'{"id": 1, "text": "hello"}\n'


def redacted(given: bytes) -> "tuple[list[str], str]":
    """Run `streetwise redact`, and return the texts that it wrote and the error that stopped it."""
    result = CliRunner().invoke(app, ["redact"], input=given)
    texts = [json.loads(line)["text"] for line in result.stdout.splitlines()]
    return texts, str(result.exception) if isinstance(result.exception, CommandError) else ""


@pytest.mark.parametrize(
    "line",
    [b"hello", b"[1]", b'{"id": 1}', b'{"id": 1, "text": 5}', '{"id": 1, "text": "café"}'.encode("latin-1")],
    ids=["no JSON", "no object", "no text", "text is a number", "no UTF-8"],
)
def test_an_unreadable_line_is_refused_by_number_after_the_lines_before_it(line: bytes) -> None:
    texts, refusal = redacted(GOOD + line + b"\n")
    assert (texts, refusal.startswith("Line 2 of the input is not a JSON object in UTF-8")) == (["hello"], True)


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert redacted(b"\xef\xbb\xbf" + GOOD) == (["hello"], "")


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_named_in_one_line(machine: Machine, tmp_path: Path) -> None:
    machine.environment["STREETWISE_MODEL_DIR"] = str(tmp_path)
    model_path(tmp_path).write_bytes(b"no archive")
    refused = program(machine, "understand", typed=GOOD.decode())
    said = f"The model {model_path(tmp_path)} cannot be loaded (ReadError: not a gzip file). Run 'make train'.\n"
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", said)
