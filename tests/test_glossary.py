"""Names in the code do not use words that CONTEXT.md has replaced."""

import ast
import re
from typing import Iterator, List

import pytest

from bot.settings import ROOT

PACKAGES = ("actions", "bot", "evaluation", "tools", "training")
#: Maps words to avoid in names to the words in CONTEXT.md.
AVOIDED = {
    "anew": "again",
    "beside": "neighbours, or next to",
    "door": "session, channel",
    "doors": "services",
    "filing": "triage",
    "kept_words": "allow list",
    "proof": "self-test",
    "refuse_files": "commit guard",
    "said_to": "previous audience",
    "standing": "status",
    "whoever": "who, or anybody who",
}
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower().strip("_")


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def avoided_in(name: str) -> List[str]:
    return [word for word in AVOIDED if f"_{word}_" in f"_{snake(name)}_"]


def test_no_name_has_a_word_that_the_glossary_replaced() -> None:
    found = {}
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for name in {path.stem, *names(ast.parse(path.read_text(encoding="utf-8")))}:
            found.update({f"{path.relative_to(ROOT)}: {name}": AVOIDED[word] for word in avoided_in(name)})
    assert found == {}


@pytest.mark.parametrize("code", ["def find_door(): ...", "class DoorKeeper: ...", "door = 1", "def f(door): ..."])
def test_an_avoided_word_is_found_in_every_kind_of_name(code: str) -> None:
    assert [word for name in names(ast.parse(code)) for word in avoided_in(name)] == ["door"]
