"""deploy/production.lock is enough to serve, and locks only packages that the development lock also has."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat_client import Person, Server, StartServer, services

from bot.settings import ROOT
from deploy.licences import locked

LOCK = ROOT / "deploy" / "production.lock"
WITHOUT = ROOT / "deploy" / "production-without.txt"
#: Hides every package that is not in the lock. deploy/cleanroom tests the same thing in a separate environment.
ONLY_PRODUCTION = ROOT / "tests" / "support" / "only_production"
PASSWORD = "".join(("orchard ", "lantern ", "seven ", "gravel"))


def without() -> "list[str]":
    lines = WITHOUT.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def environment(data_dir: Path) -> "dict[str, str]":
    path = os.pathsep.join(filter(None, [str(ONLY_PRODUCTION), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "STREETWISE_DATA_DIR": str(data_dir)}


def run(data_dir: Path, *arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run one of the program's commands with only the locked packages."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment(data_dir)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("production") / "data"


@pytest.fixture(scope="module")
def production(start_server: StartServer, data_dir: Path) -> Iterator[Server]:
    added = run(data_dir, "staff", "add", "ada", "--role", "reviewer", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.returncode == 0, added.stderr
    running = start_server(data_dir, **environment(data_dir))
    yield running
    running.stop()


def test_every_version_is_the_same_as_in_the_development_lock() -> None:
    production, development = locked(LOCK.read_text()), locked((ROOT / "requirements.lock").read_text())
    assert {name: development.get(name) for name in production} == production


def test_the_lock_leaves_out_the_listed_packages_and_all_of_them_are_locked_for_development() -> None:
    production, development = locked(LOCK.read_text()), locked((ROOT / "requirements.lock").read_text())
    assert [name for name in without() if name in production or name not in development] == []


def test_a_conversation_is_answered_with_only_the_locked_packages(production: Server) -> None:
    person = Person(production)
    assert "childline" in services(person.says("im 13 and someone says they will share my nudes"))


def test_another_language_is_answered_with_only_the_locked_packages(production: Server) -> None:
    assert Person(production).says("Mein Sohn wird im Internet bedroht, was soll ich tun?")


def test_the_console_is_served_with_only_the_locked_packages(production: Server) -> None:
    assert httpx.get(f"{production.console}sign-in").status_code == 200


def test_a_message_is_understood_with_only_the_locked_packages(model_path: Path, data_dir: Path) -> None:
    understood = run(data_dir, "understand", typed='{"id": 1, "text": "what is grooming"}\n')
    assert json.loads(understood.stdout)["topic"] == "grooming_signs", understood.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["why", "--topic", "bullying", "--asker", "young_person"],
        ["purge"],
        ["rescan", "--dry-run"],
        ["export", "corrections"],
    ],
    ids=" ".join,
)
def test_an_operators_command_needs_only_the_locked_packages(command: "list[str]", data_dir: Path) -> None:
    done = run(data_dir, *command)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_training_without_its_packages_says_what_to_install(data_dir: Path) -> None:
    refused = run(data_dir, "train", "--force")
    assert (refused.returncode, "requirements.lock" in refused.stderr) == (1, True), refused.stderr
