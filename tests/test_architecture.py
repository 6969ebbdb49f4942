"""The arrows in the design: which package may import which."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import tomli
from setuptools import find_packages

from bot.settings import ROOT

#: Which of our packages each package may import. `LEAVES` import nothing, and every package may import them.
ARROWS = {
    "bot/content": set(),
    "bot/text": set(),
    "bot/case": {"bot.content"},
    "bot/referral": {"bot.case", "bot.content"},
    "bot/nlu": {"bot.text"},
    "bot/redaction": {"bot.text"},
    "bot/chat": {"bot.content", "bot.nlu", "bot.redaction", "bot.text"},
    "bot/rasa_runtime": {"bot.nlu", "bot.store"},
    "bot/console": {"bot.case", "bot.content", "bot.redaction", "bot.store", "bot.text"},
    "bot/store": {"bot.case", "bot.content", "bot.text"},
    "training": {"bot.content", "bot.nlu", "bot.redaction", "bot.text"},
    "tools/commit_guard": {"bot.redaction"},
    "tools/data": {"bot.case", "bot.content", "bot.redaction", "tools.commit_guard"},
    "tools/pictures": {"bot.console", "bot.store", "evaluation"},
    "actions": {"bot.case", "bot.content", "bot.referral"},
}
OURS = ("bot", "actions", "evaluation", "tools", "training")
#: Packages that the product may not import.
OUTSIDE = ("evaluation", "tools", "training")
#: The exceptions: `streetwise evaluate` and `bench` run the evaluation, `data` and `export corrections` edit the data.
RUNS_THE_EVALUATION = "bot/commands/measuring.py"
EDITS_THE_DATA = ("bot/commands/corrections_diff.py", "bot/commands/data.py")
#: The lock files other than the development one. The encoder's is left out, because it only names a file to download.
LOCKS = sorted(set((ROOT / "deploy").glob("*.lock")) - {ROOT / "deploy" / "encoder.lock"})
LEAVES = {
    "bot.listening",
    "bot.log_format",
    "bot.monitoring",
    "bot.rate_limit",
    "bot.settings",
    "bot.templates",
    "bot.weights",
}


@cache
def imports(file: Path) -> "frozenset[str]":
    tree = ast.parse(file.read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return frozenset(name for name in names if name.split(".")[0] in OURS)


def package(name: str) -> str:
    return ".".join(name.split(".")[: 2 if name.startswith(("bot.", "tools.")) else 1])


@pytest.mark.parametrize("folder", ARROWS)
def test_a_package_imports_only_along_the_arrows(folder: str) -> None:
    own = folder.replace("/", ".")
    allowed = ARROWS[folder] | LEAVES | {own}
    for file in (ROOT / folder).rglob("*.py"):
        strays = {name for name in imports(file) if package(name) not in allowed}
        assert not strays, f"{file.relative_to(ROOT)} imports {strays}"


def test_only_certain_commands_of_the_product_import_evaluation_or_tools() -> None:
    files = [file for folder in ("bot", "actions") for file in (ROOT / folder).rglob("*.py")]
    found = {
        (str(file.relative_to(ROOT)), name.split(".")[0])
        for file in files
        for name in imports(file)
        if name.startswith(OUTSIDE)
    }
    assert found == {(RUNS_THE_EVALUATION, "evaluation"), *((command, "tools") for command in EDITS_THE_DATA)}


def test_the_evaluation_is_imported_only_when_a_command_runs_it() -> None:
    outer = ast.parse((ROOT / RUNS_THE_EVALUATION).read_text()).body
    named = {node.module for node in outer if isinstance(node, ast.ImportFrom)}
    inner = {name for name in imports(ROOT / RUNS_THE_EVALUATION) if name.startswith(OUTSIDE)}
    assert {name.split(".")[0] for name in inner} == {"evaluation"}
    assert named & inner == set()


def test_only_the_product_and_what_its_commands_run_is_installed() -> None:
    found = tomli.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    installed = {name.split(".")[0] for name in find_packages(str(ROOT), include=found)}
    assert installed == {"actions", "bot", "evaluation", "tools"}


def test_the_evaluation_imports_only_the_product() -> None:
    found = {package(name) for file in (ROOT / "evaluation").rglob("*.py") for name in imports(file)}
    assert [name for name in found if name != "evaluation" and not name.startswith("bot")] == []


def test_only_the_command_line_imports_the_commands() -> None:
    outside = [file for file in (ROOT / "bot").rglob("*.py") if file.parent.name != "commands"]
    assert [file.name for file in outside if any(name.startswith("bot.commands") for name in imports(file))] == [
        "cli.py"
    ]


@pytest.mark.parametrize("leaf", ["listening", "monitoring", "rate_limit", "settings", "templates", "weights"])
def test_leaf_modules_import_nothing_but_settings(leaf: str) -> None:
    assert imports(ROOT / "bot" / f"{leaf}.py") <= {"bot.settings"}


@pytest.mark.parametrize("folder", ARROWS)
def test_a_packages_first_line_says_what_it_is_for(folder: str) -> None:
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


@pytest.mark.parametrize("name", ["requirements.lock", *(str(path.relative_to(ROOT)) for path in LOCKS)])
def test_a_lock_has_only_exact_versions_with_hashes(name: str) -> None:
    # One package per logical line: no URL, path, editable package or pip option.
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    whole = re.compile(r"[a-z0-9.-]+==[\w.+!]+(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [line[:60] for line in packages if not whole.fullmatch(line)] == []


def test_every_declared_dependency_is_locked() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.match(r"[\w-]+", line).group().lower() for line in project["dependencies"]}
    named |= {re.match(r"[\w-]+", line).group().lower() for line in project["optional-dependencies"]["dev"]}
    assert named <= set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def test_python_is_the_last_version_that_rasa_runs_on() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.10,<3.11"
    assert (ROOT / ".python-version").read_text().strip() == "3.10"
    assert sys.version_info[:2] == (3, 10)
