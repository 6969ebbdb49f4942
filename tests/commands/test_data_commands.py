"""`streetwise data`, on a small data folder and on a copy of our own."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, Dict, List

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from bot.commands import CommandError
from bot.content.reader import ContentError
from bot.settings import ROOT

BLOCK = "- intent: ask_bullying\n  metadata: {asker: parent, urgency: none}\n  examples: |\n"
SMALL = f'version: "3.1"\nnlu:\n{BLOCK}    - what is cyberbullying\n{BLOCK}    - what do bullies want\n'
TALK = """version: "3.1"
conversations:
- conversation: X-1
  metadata: {voice: a boy}
  steps:
  - {user: "im scared", move: tells, topic: crisis, role: asks, urgency: concern}
"""
NEW = {"intent": "ask_bullying", "asker": "parent", "urgency": "none", "text": "can a school stop it"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("nlu", "conversations", "batches"):
        (tmp_path / "data" / name).mkdir(parents=True)
    (tmp_path / "data" / "nlu" / "bullying.yml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "data" / "conversations" / "talk.yml").write_text(TALK, encoding="utf-8")
    return tmp_path / "data"


def invoke(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["data", *arguments, "--folder", str(folder)])


def run(folder: Path, *arguments: str) -> str:
    result = invoke(folder, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refusal(folder: Path, *arguments: str) -> str:
    error = invoke(folder, *arguments).exception
    assert isinstance(error, (CommandError, ContentError))
    return str(error)


def batch(folder: Path, *lines: Dict[str, Any]) -> str:
    path = folder.parent / "doers.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return str(path)


def bullying(folder: Path) -> str:
    return (folder / "nlu" / "bullying.yml").read_text(encoding="utf-8")


def records(folder: Path) -> List[Path]:
    return list((folder / "batches").glob("*.yml"))


def test_add_puts_an_example_into_the_block_with_its_labels(folder: Path) -> None:
    run(folder, "add", batch(folder, NEW))
    assert bullying(folder) == SMALL.replace("cyberbullying\n", f"cyberbullying\n    - {NEW['text']}\n")


def test_add_starts_a_record_and_names_it(folder: Path) -> None:
    said = run(folder, "add", batch(folder, NEW))
    (record,) = records(folder)
    assert record.name in said
    assert "batch: doers\nfiles: data/nlu/bullying.yml\n" in record.read_text(encoding="utf-8")


def test_add_leaves_an_existing_record_unchanged(folder: Path) -> None:
    record = folder / "batches" / "2026-11-26-doers.yml"
    record.write_text("batch: doers\n", encoding="utf-8")
    assert "is there already" in run(folder, "add", batch(folder, NEW))
    assert [path.read_text(encoding="utf-8") for path in records(folder)] == ["batch: doers\n"]


def test_add_writes_nothing_if_a_line_is_wrong(folder: Path) -> None:
    assert "doers.jsonl:2: 'cat' is no asker" in refusal(
        folder, "add", batch(folder, NEW, {**NEW, "asker": "cat", "text": "other"})
    )
    assert (bullying(folder), records(folder)) == (SMALL, [])


def test_add_refuses_the_same_batch_a_second_time(folder: Path) -> None:
    lines = batch(folder, NEW)
    run(folder, "add", lines)
    assert "is there already (bullying.yml:7, under ask_bullying)" in refusal(folder, "add", lines)


def test_add_reports_a_missing_batch(folder: Path) -> None:
    assert "nothing.jsonl:1: cannot be read" in refusal(folder, "add", str(folder / "nothing.jsonl"))


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    assert "has no .yml file; name a folder like data/" in refusal(tmp_path, "stats")


@pytest.fixture
def repetitive(folder: Path) -> Path:
    run(folder, "add", batch(folder, {**NEW, "text": "what do the bullies want"}))
    return folder


def test_thin_lists_what_it_would_remove_and_removes_nothing(repetitive: Path) -> None:
    before = bullying(repetitive)
    said = run(repetitive, "thin", "--threshold", "0.8")
    assert "bullying.yml:11: what do bullies want\n    0." in said
    assert "1 examples would be removed" in said
    assert bullying(repetitive) == before


def test_thin_removes_the_later_example_on_request(repetitive: Path) -> None:
    before = bullying(repetitive)
    run(repetitive, "thin", "--threshold", "0.8", "--write")
    assert bullying(repetitive) == before.replace("    - what do bullies want\n", "")


def test_format_check_names_the_files_and_changes_nothing(folder: Path) -> None:
    result = invoke(folder, "format", "--check")
    assert "bullying.yml: 2 → 1 blocks" in result.stdout
    assert "run 'streetwise data format'" in str(result.exception)
    assert bullying(folder) == SMALL


def test_format_leaves_one_block(folder: Path) -> None:
    run(folder, "format")
    assert bullying(folder) == SMALL.replace(f"cyberbullying\n{BLOCK}", "cyberbullying\n")


def test_a_formatted_folder_passes_the_check(folder: Path) -> None:
    run(folder, "format")
    assert run(folder, "format", "--check") == "All files are formatted.\n"


def test_format_writes_no_file_if_one_cannot_be_formatted(folder: Path) -> None:
    (folder / "nlu" / "crisis.yml").write_text("nlu:\n- intent: harm\n  examples: |\n# why\n", encoding="utf-8")
    assert "crisis.yml:4: is a comment inside the examples" in refusal(folder, "format")
    assert bullying(folder) == SMALL


def test_stats_count_examples_and_turns(folder: Path) -> None:
    said = run(folder, "stats")
    assert re.search(r"^  ask_bullying +2 ", said, re.MULTILINE)
    assert "1 conversations, 1 turns" in said


def test_a_sample_is_a_numbered_list_without_labels(folder: Path) -> None:
    said = run(folder, "sample", "--seed", "1")
    assert [line[:3] for line in said.splitlines()] == ["1. ", "2. "]
    assert "ask_bullying" not in said


def test_a_sample_shows_labels_on_request(folder: Path) -> None:
    assert "   ask_bullying, parent, none\n" in run(folder, "sample", "--seed", "1", "--labels")


def test_a_sample_of_conversations_shows_turns(folder: Path) -> None:
    assert run(folder, "sample", "--seed", "1", "--conversations") == "1. im scared\n"


@pytest.mark.parametrize(
    ("file", "text"),
    [("nlu/bullying.yml", "bullies"), ("conversations/talk.yml", "im scared"), ("../doers.jsonl", "a school")],
)
def test_a_sample_can_be_drawn_from_a_file_of_any_kind(folder: Path, file: str, text: str) -> None:
    batch(folder, NEW)
    assert text in run(folder, "sample", "--seed", "1", "--batch", str(folder / file))


@pytest.mark.slow
def test_our_own_data_can_be_formatted_counted_and_sampled(tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(ROOT / "data", copy)
    before = run(copy, "stats"), run(copy, "sample", "--seed", "1", "--labels")
    run(copy, "format")
    assert "All files are formatted." in run(copy, "format", "--check")
    assert (run(copy, "stats"), run(copy, "sample", "--seed", "1", "--labels")) == before
