"""The arrows of the design: which package may import which."""

import ast
from pathlib import Path

import pytest

from bot.settings import ROOT

#: What each package may import of ours; `bot.settings` and `bot.weights` import nothing and are open to all.
ARROWS = {
    "bot/content": set(),
    "bot/referral": {"bot.content"},
    "bot/nlu": set(),
    "bot/privacy": {"bot.store"},
    "bot/chat": {"bot.content", "bot.privacy"},
    "bot/review": {"bot.content", "bot.privacy", "bot.store"},
    "bot/store": set(),
    "bot/tuning": {"bot.content", "bot.nlu"},
    "actions": {"bot.content", "bot.referral"},
}
LEAVES = {"bot.settings", "bot.weights"}


def imports(file: Path) -> "set[str]":
    tree = ast.parse(file.read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return {name for name in names if name.split(".")[0] in ("bot", "actions")}


def package(name: str) -> str:
    return ".".join(name.split(".")[:2]) if name.startswith("bot") else "actions"


@pytest.mark.parametrize("folder", ARROWS)
def test_a_package_imports_only_along_the_arrows(folder: str) -> None:
    own = folder.replace("/", ".")
    allowed = ARROWS[folder] | LEAVES | {own}
    for file in (ROOT / folder).rglob("*.py"):
        strays = {name for name in imports(file) if package(name) not in allowed}
        assert not strays, f"{file.relative_to(ROOT)} imports {strays}"


@pytest.mark.parametrize("leaf", ["settings", "weights"])
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


def test_the_lock_names_no_address_and_has_a_hash_for_each_package() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    packages = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert "://" not in lock
    assert lock.count("--hash=sha256:") >= len(packages)
