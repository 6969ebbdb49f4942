"""The commands that take JSON lines on standard input: a line that cannot be read is refused by its number."""

import json

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands import CommandError

GOOD = b'{"id": 1, "text": "hello"}\n'


def redacted(given: bytes) -> "tuple[list[str], str]":
    """Run `streetwise redact`. Return the texts that it wrote, and the error that stopped it."""
    result = CliRunner().invoke(app, ["redact"], input=given)
    texts = [json.loads(line)["text"] for line in result.stdout.splitlines()]
    return texts, str(result.exception) if isinstance(result.exception, CommandError) else ""


@pytest.mark.parametrize(
    "line",
    [b"hello", b"[1]", b'{"id": 1}', b'{"id": 1, "text": 5}', '{"id": 1, "text": "café"}'.encode("latin-1")],
    ids=["no JSON", "no object", "no text", "text is a number", "no UTF-8"],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number_after_those_before_it(line: bytes) -> None:
    texts, refusal = redacted(GOOD + line + b"\n")
    assert (texts, refusal.startswith("Line 2 of the input is not a JSON object in UTF-8")) == (["hello"], True)


def test_a_file_that_begins_with_a_byte_order_mark_is_read() -> None:
    assert redacted(b"\xef\xbb\xbf" + GOOD) == (["hello"], "")
