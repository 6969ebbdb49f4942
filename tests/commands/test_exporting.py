"""From approved corrections to training data: a diff that git can apply and that adds only these examples."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Tuple

import pytest
from command_line import Machine
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data

from bot.commands.corrections_diff import Change, change_of
from bot.content.examples import NLU_DIR, folded, read_blocks, read_examples
from bot.content.library import load_library
from bot.store import corrections as store
from bot.store import proposals, staff
from bot.store.schema import audit, corrections

#: Copies all of data/nlu, then reads it with our reader and with Rasa to compare them.
pytestmark = pytest.mark.slow

#: An intent that has a block without metadata, another in the same file, and one whose blocks all have metadata.
PLAIN, BESIDE, SAYING_MORE = "disclose_sextortion", "ask_sextortion", "ask_why"
NEW = [
    (PLAIN, "this lad reckons hell post me everywhere 😰 if i dont cough up: help \\ me"),
    (BESIDE, '"is it" - a scam #that goes on much, {this} pay up or else thing'),
    (SAYING_MORE, "whats it got to do with anything how old i am tho"),
    (PLAIN, "- he wants paying by friday or my pics go on the class chat"),
]


class Correction(NamedTuple):
    id: int
    intent: str
    example: str


def numbered(examples: "List[Tuple[str, str]]") -> List[Correction]:
    return [Correction(place, *one) for place, one in enumerate(examples, start=1)]


def change(examples: "List[Tuple[str, str]]", directory: Path = NLU_DIR) -> Change:
    return change_of(numbered(examples), load_library(), directory)


def apply(diff: str, folder: Path) -> Path:
    """Copy data/nlu to `folder`, apply `diff` with git, and return the copy."""
    copy = folder / "data" / "nlu"
    shutil.copytree(NLU_DIR, copy)
    (folder / "corrections.diff").write_text(diff, encoding="utf-8", newline="\n")
    subprocess.run(["git", "apply", "corrections.diff"], cwd=folder, check=True)
    return copy


def examples(directory: Path, topic: str) -> "Counter[Tuple[str, str]]":
    """Return the examples that Rasa reads from a file."""
    loaded = load_data(str(directory / f"{topic}.yml")).intent_examples
    return Counter((example.get(INTENT), example.get(TEXT)) for example in loaded)


def learnt(intent: str) -> str:
    """Return an example from data/nlu."""
    return next(example for example, under in read_examples().items() if under == intent)


def lines(directory: Path) -> "Counter[Tuple[str, str]]":
    return Counter((path.name, line) for path in directory.glob("*.yml") for line in path.read_text().split("\n"))


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return apply(change(NEW).diff, tmp_path_factory.mktemp("applied"))


@pytest.mark.parametrize("topic", ["sextortion", "small_talk"])
def test_rasa_reads_each_new_example_under_its_intent_and_all_others_as_before(applied: Path, topic: str) -> None:
    before, after = examples(NLU_DIR, topic), examples(applied, topic)
    assert after - before == Counter(one for one in NEW if load_library().topic_of(one[0]) == topic)
    assert before - after == Counter()


def test_no_line_is_removed_and_only_the_examples_and_a_block_are_added(applied: Path) -> None:
    assert lines(NLU_DIR) - lines(applied) == Counter()
    more = [("small_talk.yml", "- intent: ask_why"), ("small_talk.yml", "  examples: |")]
    added = [(f"{load_library().topic_of(intent)}.yml", f"    - {example}") for intent, example in NEW]
    assert lines(applied) - lines(NLU_DIR) == Counter([*more, *added])


def test_a_missing_final_newline_is_added(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "nlu"
    folder.mkdir(parents=True)
    (folder / "sextortion.yml").write_text("nlu:\n- intent: disclose_sextortion\n  examples: |\n    - one")
    (tmp_path / "a.diff").write_text(change([(PLAIN, "two")], folder).diff)
    subprocess.run(["git", "apply", "a.diff"], cwd=tmp_path, check=True)
    assert (folder / "sextortion.yml").read_text().endswith("    - one\n    - two\n")


def test_a_correction_whose_example_already_exists_is_settled_without_a_change() -> None:
    assert change([(BESIDE, f"{learnt(BESIDE).upper()}?")]) == Change("", 0, [1], {})


def test_two_corrections_with_the_same_example_add_it_once() -> None:
    done = change([NEW[0], NEW[0]])
    assert (done.added, done.settled) == (1, [1, 2])


def test_an_example_already_under_another_intent_is_left_out() -> None:
    assert change([(PLAIN, learnt(BESIDE))]) == Change("", 0, [], {1: BESIDE})


def test_a_removed_intent_is_left_out() -> None:
    assert change([("ask_cars", "is this car safe")]) == Change("", 0, [], {1: ""})


def test_our_reader_finds_the_same_examples_as_rasa() -> None:
    for topic in ("small_talk", "parental_controls"):
        text = (NLU_DIR / f"{topic}.yml").read_text(encoding="utf-8")
        ours = Counter((block.intent, e) for block in read_blocks(text.splitlines()) for e in block.examples)
        assert ours == examples(NLU_DIR, topic)


def test_entities_are_read_as_plain_text() -> None:
    assert read_examples()[folded("we are near southend")] == "tell_place"


class Exported(NamedTuple):
    """The results of successive exports, and the states of the database after the first successful one."""

    refusal: str
    first: str
    diff: str
    states: List[str]
    noted: List[Any]
    second: str
    again: str


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("exported")
    machine, file = Machine(folder), folder / "corrections.diff"
    machine.database.write_now(fill)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        refusal = machine.refusal("export", "corrections", "--out", str(folder / "nowhere" / "a.diff"))
        first = machine.run("export", "corrections")
        diff = file.read_text(encoding="utf-8")
        states, noted = [row.state for row in machine.rows(corrections)], machine.rows(audit)
        file.unlink()
        second = machine.run("export", "corrections")
        machine.run("export", "corrections", "--again")
    yield Exported(refusal, first, diff, states, noted, second, file.read_text(encoding="utf-8"))
    machine.database.close()


def fill(connection: Any) -> None:
    """Approve the new examples, decline another and leave one undecided."""
    rae, kit = (staff.add(connection, 0, name, "reviewer", "x", None) for name in ("rae", "kit"))
    for intent, example in [*NEW, (PLAIN, "proposed only"), (PLAIN, "declined one")]:
        kept = {"number": 1, "turn": 1, "read_as": "x", "intent": intent, "example": example}
        correction_id = store.propose(connection, 0, rae, kept)
        becomes = proposals.DECLINED if example == "declined one" else proposals.APPROVED
        if example != "proposed only":
            assert proposals.decide(connection, corrections, 0, kit, correction_id, becomes)


def test_an_export_writes_only_the_approved_corrections(exported: Exported) -> None:
    added = [line for line in exported.diff.splitlines() if line.startswith("+    - ")]
    assert Counter(added) == Counter(f"+    - {example}" for _, example in NEW)


def test_an_export_says_where_it_is_and_how_to_apply_it(exported: Exported) -> None:
    steps = ("corrections.diff: 4 examples", "git apply corrections.diff", "make train", "make evaluate")
    assert [step for step in steps if step not in exported.first] == []


def test_a_diff_that_cannot_be_written_marks_nothing_as_exported(exported: Exported) -> None:
    assert "cannot be written" in exported.refusal
    assert len(exported.noted) == 1


def test_only_exported_corrections_are_marked(exported: Exported) -> None:
    assert exported.states == ["exported"] * 4 + ["proposed", "declined"]


def test_an_export_is_recorded_in_the_audit_log_without_a_member_of_staff(exported: Exported) -> None:
    assert [(row.staff, row.action, row.subject) for row in exported.noted] == [("", "export", "corrections")]


def test_a_second_export_says_that_there_is_nothing_to_export(exported: Exported) -> None:
    assert "nothing to export" in exported.second


def test_exporting_again_recreates_a_lost_diff(exported: Exported) -> None:
    assert exported.again == exported.diff
