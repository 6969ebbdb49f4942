"""The files, links, tests, commands and settings that the documents name exist."""

import ast
import re
from importlib.util import find_spec

import pytest
import typer
from documents import Promise, links, promises, quoted, targets, text

from bot.cli import app
from bot.content.page import load_page_words
from bot.settings import ROOT

#: Documents about Streetwise as it is now. Decisions and the changelog, which describe the past, are left out.
DOCUMENTS = [
    "README.md",
    "CONTEXT.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "data/conversations/README.md",
    "training/README.md",
    "deploy/examples/kent/README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")),
]
HISTORY = ["CHANGELOG.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "decisions").glob("*.md"))]
PATH = re.compile(r"(?:bot|actions|content|tests|docs|deploy|data|evaluation|tools|training)/[\w./-]+")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
MODULE = re.compile(r"python -m ([\w.]+)")


def functions_of(file: str) -> "set[str]":
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise.test.rpartition("::")[2])
def test_each_privacy_promise_names_a_test_that_exists(promise: Promise) -> None:
    file, _, name = promise.test.partition("::")
    assert name in functions_of(file)


def test_every_row_of_the_privacy_page_names_a_test() -> None:
    rows = [line for line in text("docs/PRIVACY.md").splitlines() if line.startswith("| ")]
    assert len(promises()) == len(rows) - 1  # the heading


def test_the_promises_on_the_page_are_among_the_privacy_promises() -> None:
    assert {line.promise for line in load_page_words().privacy} <= {promise.name for promise in promises()}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    named = {found.partition("::")[0] for code in quoted(document) for found in PATH.findall(code)}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("document", DOCUMENTS + HISTORY)
def test_every_file_that_a_document_links_to_exists(document: str) -> None:
    folder = (ROOT / document).parent
    assert [link for link in links(document) if not (folder / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_names_exists_with_its_options(document: str) -> None:
    named = [found.split() for code in quoted(document) for found in re.findall(r"streetwise ([a-z][^|>]*)", code)]
    assert [" ".join(words) for words in named if not is_command(words)] == []


def is_command(words: "list[str]") -> bool:
    """Whether `streetwise` has this command, within its group if it has one, with these options."""
    command = COMMANDS.get(words[0])
    if len(words) > 1:
        command = getattr(command, "commands", {}).get(words[1], command)
    if command is None:
        return False
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return {word for word in words if word.startswith("--")} <= known | {"--help"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    assert set(targets(document)) - TARGETS == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_module_that_a_document_says_to_run_exists(document: str) -> None:
    named = {module for code in quoted(document) for module in MODULE.findall(code)} - {"pytest"}
    assert [module for module in sorted(named) if find_spec(module) is None] == []


def test_every_command_is_on_the_commands_page() -> None:
    page = " ".join(quoted("docs/commands.md"))
    assert [name for name in COMMANDS if f"streetwise {name}" not in page] == []
    assert TARGETS - set(targets("docs/commands.md")) == {"help", "setup", "clean"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_a_document_names_exists(document: str) -> None:
    settings = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"STREETWISE_\w+", text(document)))
    assert [name for name in sorted(named) if f'"{name}"' not in settings] == []
