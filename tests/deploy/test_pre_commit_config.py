"""The pre-commit configuration runs only tools that are installed here."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, List

import pytest
import yaml

from bot.settings import ROOT

REPOSITORIES: List[Dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
ENTRIES = {hook["id"]: shlex.split(hook["entry"]) for repository in REPOSITORIES for hook in repository["hooks"]}


def test_nothing_is_downloaded() -> None:
    assert {repository["repo"] for repository in REPOSITORIES} == {"local"}
    assert {hook["language"] for repository in REPOSITORIES for hook in repository["hooks"]} == {"system"}


@pytest.mark.parametrize("hook", ENTRIES)
def test_the_command_of_every_hook_exists(hook: str) -> None:
    program, *arguments = ENTRIES[hook]
    assert program.startswith(".venv/bin/")
    assert (Path(sys.executable).parent / Path(program).name).exists()
    modules = [arguments[place + 1] for place, word in enumerate(arguments) if word == "-m"]
    assert all(find_spec(module) for module in modules)


def test_types_are_checked_as_in_make_check() -> None:
    checked = (ROOT / "deploy/check").read_text()
    assert " ".join(ENTRIES["types"][1:]) in checked
