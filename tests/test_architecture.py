"""The arrows of the design: which package may import which."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import tomli

from bot.settings import ROOT

#: What each package may import of ours; `LEAVES` import nothing and are open to all.
ARROWS = {
    "bot/content": set(),
    "bot/text": set(),
    "bot/case": {"bot.content"},
    "bot/referral": {"bot.case", "bot.content"},
    "bot/nlu": {"bot.text"},
    "bot/redaction": {"bot.text"},
    "bot/chat": {"bot.content", "bot.nlu", "bot.redaction", "bot.text"},
    "bot/rasa_runtime": {"bot.nlu", "bot.store"},
    "bot/console": {"bot.content", "bot.redaction", "bot.store", "bot.text"},
    "bot/store": {"bot.case", "bot.content", "bot.text"},
    "bot/tuning": {"bot.content", "bot.nlu", "bot.redaction", "bot.text"},
    "tools": {"bot.redaction"},
    "actions": {"bot.case", "bot.content", "bot.referral"},
}
OURS = ("bot", "actions", "bench", "evaluation", "tools")
#: What measures the assistant, which knows nothing of it.
MEASURES = ("bench", "evaluation")
LEAVES = {"bot.rate_limit", "bot.settings", "bot.weights"}


@cache
def imports(file: Path) -> "frozenset[str]":
    tree = ast.parse(file.read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return frozenset(name for name in names if name.split(".")[0] in OURS)


def package(name: str) -> str:
    return ".".join(name.split(".")[: 2 if name.startswith("bot.") else 1])


@pytest.mark.parametrize("folder", ARROWS)
def test_a_package_imports_only_along_the_arrows(folder: str) -> None:
    own = folder.replace("/", ".")
    allowed = ARROWS[folder] | LEAVES | {own}
    for file in (ROOT / folder).rglob("*.py"):
        strays = {name for name in imports(file) if package(name) not in allowed}
        assert not strays, f"{file.relative_to(ROOT)} imports {strays}"


def test_only_the_commands_import_what_measures() -> None:
    files = [f for folder in ("bot", "actions") for f in (ROOT / folder).rglob("*.py") if f.parent.name != "commands"]
    assert [file.name for file in files if any(name.startswith(MEASURES) for name in imports(file))] == []


def test_the_product_imports_no_tools() -> None:
    files = [file for folder in ("bot", "actions") for file in (ROOT / folder).rglob("*.py")]
    assert [file.name for file in files if any(name.startswith("tools") for name in imports(file))] == []


def test_the_evaluation_imports_nothing_of_ours_but_the_product() -> None:
    found = {package(name) for file in (ROOT / "evaluation").rglob("*.py") for name in imports(file)}
    assert [name for name in found if name != "evaluation" and not name.startswith("bot")] == []


def test_only_the_command_line_imports_the_commands() -> None:
    outside = [file for file in (ROOT / "bot").rglob("*.py") if file.parent.name != "commands"]
    assert [file.name for file in outside if any(name.startswith("bot.commands") for name in imports(file))] == [
        "cli.py"
    ]


@pytest.mark.parametrize("leaf", ["rate_limit", "settings", "weights"])
def test_leaf_modules_import_nothing_but_settings(leaf: str) -> None:
    assert imports(ROOT / "bot" / f"{leaf}.py") <= {"bot.settings"}


@pytest.mark.parametrize("folder", ARROWS)
def test_a_package_says_in_its_first_line_what_it_is_for(folder: str) -> None:
    first = (ROOT / folder / "__init__.py").read_text().splitlines()[0]
    assert first.startswith('"""')
    assert len(first) > 20


def test_every_intent_is_answered_by_exactly_one_rule() -> None:
    import yaml

    from bot.content.library import load_library

    rules = yaml.safe_load((ROOT / "data/stories/rules.yml").read_text())["rules"]
    opening = [rule["steps"][0] for rule in rules]
    answered = [step["intent"] for step in opening if "intent" in step]
    answered += [option["intent"] for step in opening for option in step.get("or", [])]
    intents = {intent for topic in load_library().topics.values() for intent in topic.intents} | {"nlu_fallback"}
    assert sorted(answered) == sorted(intents)


def test_every_intent_is_in_the_domain() -> None:
    import yaml

    from bot.content.library import load_library

    intents = {intent for topic in load_library().topics.values() for intent in topic.intents}
    assert set(yaml.safe_load((ROOT / "domain.yml").read_text())["intents"]) == intents


@pytest.mark.parametrize("name", ["requirements.lock", "deploy/audit.lock"])
def test_a_lock_holds_nothing_but_exact_versions_with_hashes(name: str) -> None:
    # One package a logical line: no address, no path, no editable package, no option for pip.
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    whole = re.compile(r"[a-z0-9.-]+==[\w.+!]+(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [line[:60] for line in packages if not whole.fullmatch(line)] == []


def test_every_dependency_that_we_name_is_locked() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.match(r"[\w-]+", line).group().lower() for line in project["dependencies"]}
    named |= {re.match(r"[\w-]+", line).group().lower() for line in project["optional-dependencies"]["dev"]}
    assert named <= set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def test_python_is_the_one_that_rasa_can_still_run_on() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.10,<3.11"
    assert (ROOT / ".python-version").read_text().strip() == "3.10"
    assert sys.version_info[:2] == (3, 10)
