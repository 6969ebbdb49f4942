"""The documents say what is there: files, tests, commands and settings that they name exist."""

import ast
import re

import pytest
from documents import Promise, promises, quoted, text

from bot.cli import app
from bot.content.page import load_page_words
from bot.settings import ROOT

DOCUMENTS = ["PRIVACY.md", "THREAT-MODEL.md", "DPIA.md", "RUNBOOK.md", "CONSOLE.md"]
PATH = re.compile(r"(?:bot|actions|content|tests|docs|deploy|bench|data)/[\w./-]+")


def functions_of(file: str) -> "set[str]":
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise.test.rpartition("::")[2])
def test_each_promise_on_privacy_names_a_test_that_exists(promise: Promise) -> None:
    file, _, name = promise.test.partition("::")
    assert name in functions_of(file)


def test_every_row_on_privacy_names_a_test() -> None:
    rows = [line for line in text("PRIVACY.md").splitlines() if line.startswith("| ")]
    assert len(promises()) == len(rows) - 1  # the heading


def test_what_the_page_promises_is_among_the_promises() -> None:
    assert {line.promise for line in load_page_words().privacy} <= {promise.name for promise in promises()}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    named = {found.partition("::")[0] for code in quoted(document) for found in PATH.findall(code)}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_names_exists(document: str) -> None:
    commands = {command.callback.__name__.replace("_", "-") for command in app.registered_commands if command.callback}
    commands |= {str(group.name) for group in app.registered_groups}
    named = {code.split()[1] for code in quoted(document) if code.startswith("streetwise ")}
    assert named <= commands


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_a_document_names_exists(document: str) -> None:
    settings = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"STREETWISE_\w+", text(document)))
    assert [name for name in sorted(named) if f'"{name}"' not in settings] == []
