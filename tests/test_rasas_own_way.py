"""Rasa's own commands, for people who know Rasa."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from ports import free_port, wait_until_it_listens

from bot.content.examples import BULLET
from bot.settings import ROOT

RASA = Path(sys.executable).with_name("rasa")
START_SECONDS = 300
#: A story and examples in the format of `rasa test`.
STORIES = Path(__file__).with_suffix(".yml")
#: Files that training needs, besides examples and conversations.
NEEDED = (
    "bot",
    "config.yml",
    "content/topics.yml",
    "data/cues.yml",
    "data/nlu/entities.yml",
    "data/safety_net.yml",
    "data/stories",
    "domain.yml",
)
CONVERSATIONS = ("data/conversations/children-01.yml", "data/conversations/parents-01.yml")
#: Examples copied from each block.
FEW = 2


def with_few_examples(text: str) -> str:
    """Return the text of a data/nlu file with only the first examples of each block."""
    kept, examples = [], 0
    for line in text.splitlines(keepends=True):
        examples = examples + 1 if line.startswith(BULLET) else 0
        kept += [line] if examples <= FEW else []
    return "".join(kept)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project with little enough data for a command to take less than a minute."""
    folder = tmp_path_factory.mktemp("project")
    for name in (*NEEDED, *CONVERSATIONS):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        if f"data/nlu/{file.name}" not in NEEDED:
            text = with_few_examples(file.read_text(encoding="utf-8"))
            (folder / "data" / "nlu" / file.name).write_text(text, encoding="utf-8")
    return folder


def rasa(*arguments: str, folder: Path = ROOT, typed: str = "", **environment: str) -> str:
    """Run a command and return what it prints."""
    done = subprocess.run(
        [str(RASA), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def running(*arguments: str, port: int, log: Path, **environment: str) -> Iterator[None]:
    """Run a command that serves until it is stopped, and stop it at the end of the block."""
    command = [str(RASA), *arguments, "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output)
    try:
        wait_until_it_listens(port, process, log, START_SECONDS)
        yield
    finally:
        process.terminate()
        process.wait(timeout=120)


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file that tells Rasa where to reach `rasa run actions`."""
    folder, port = tmp_path_factory.mktemp("actions"), free_port()
    file = folder / "endpoints.yml"
    file.write_text((ROOT / "endpoints.yml").read_text().replace(":5055/", f":{port}/"))
    with running("run", "actions", port=port, log=folder / "actions.log"):
        yield file


@pytest.fixture(scope="module")
def chat(model_path: Path, endpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address at which `rasa run` serves the chat."""
    folder, port = tmp_path_factory.mktemp("run"), free_port()
    served = ["run", "--model", str(model_path), "--endpoints", str(endpoints), "--interface", "127.0.0.1"]
    with running(*served, port=port, log=folder / "run.log", STREETWISE_DATA_DIR=str(folder / "data")):
        yield f"http://127.0.0.1:{port}/webhooks/chat/"


@pytest.mark.slow
def test_data_validate_gives_no_warnings(project: Path) -> None:
    printed = rasa("data", "validate", "--fail-on-warnings", folder=project)
    assert [line for line in printed.splitlines() if "UserWarning" in line or " WARNING " in line] == []


@pytest.mark.slow
def test_train_makes_a_model(project: Path) -> None:
    rasa("train", "--fixed-model-name", "small", folder=project)
    assert (project / "models" / "small.tar.gz").is_file()


def test_test_passes_our_stories_in_its_format(model_path: Path, tmp_path: Path) -> None:
    read = ["--stories", str(STORIES), "--nlu", str(STORIES)]
    rasa("test", "--model", str(model_path), *read, "--out", str(tmp_path), "--no-plot")
    failed = (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert failed.startswith("# None of the test stories failed"), failed


@pytest.mark.served
def test_shell_answers_what_is_typed(model_path: Path, endpoints: Path, tmp_path: Path) -> None:
    settings = ["--model", str(model_path), "--endpoints", str(endpoints), "--port", str(free_port())]
    printed = rasa("shell", *settings, typed="whats grooming\n/stop\n", STREETWISE_DATA_DIR=str(tmp_path))
    assert '"kind": "guidance"' in printed


@pytest.mark.served
def test_run_and_run_actions_answer_together(chat: str) -> None:
    started = httpx.post(f"{chat}conversations", timeout=60)
    assert started.status_code == 201, started.text
    headers = {"Authorization": f"Bearer {started.json()['token']}"}
    answer = httpx.post(f"{chat}messages", json={"text": "whats grooming"}, headers=headers, timeout=60)
    assert "guidance" in [message["kind"] for message in answer.json()["messages"]]


@pytest.mark.served
def test_the_page_is_served_where_rasa_mounts_channels(chat: str) -> None:
    assert "computer program" in httpx.get(chat, timeout=60).text
