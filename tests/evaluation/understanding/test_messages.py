"""How understanding is measured, tested on invented readings."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from bot.settings import ROOT
from evaluation.understanding.message_report import figure_lines
from evaluation.understanding.messages import (
    REPORT,
    EvaluationError,
    Judged,
    calibration_error,
    committed,
    confusion,
    lost_crises,
    measure,
    read_messages,
    worst,
)

TOPICS = ["crisis", "bullying", "out_of_scope", "small_talk"]


def judged(topic: str, read: str, confidence: float = 0.9, intent: str = "x", **more: Any) -> Judged:
    message: Dict[str, Any] = {"id": "1", "text": "t", "topic": topic, "also": [], **more}
    return Judged(message, {"topic": read, "intent": intent, "confidence": confidence, "asker": "", "urgency": ""})


def test_a_listed_alternative_counts_as_understood() -> None:
    assert measure([judged("bullying", "crisis", also=["crisis"])])["topic"] == 1.0


def test_a_listed_alternative_is_not_the_topic_itself() -> None:
    assert measure([judged("bullying", "crisis", also=["crisis"])])["topic_strict"] == 0.0


def test_crisis_recall_counts_only_crises() -> None:
    figures = measure([judged("crisis", "crisis"), judged("crisis", "bullying"), judged("bullying", "bullying")])
    assert figures["crisis_recall"] == 0.5


def test_only_a_message_without_danger_can_be_a_false_alarm() -> None:
    danger = judged("bullying", "crisis", urgency="immediate_danger")
    assert measure([danger, judged("bullying", "crisis"), judged("bullying", "bullying")])["false_alarms"] == 0.5


def test_small_talk_does_not_count_as_taking_up_an_out_of_scope_message() -> None:
    figures = measure([judged("out_of_scope", "small_talk"), judged("out_of_scope", "bullying")])
    assert figures["out_of_scope_taken_up"] == 0.5


def test_there_is_no_calibration_error_if_confidence_matches_accuracy() -> None:
    assert calibration_error([judged("crisis", "crisis", 0.5), judged("crisis", "bullying", 0.5)]) == 0.0


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert calibration_error([judged("crisis", "crisis", 0.75), judged("crisis", "bullying", 0.75)]) == 0.25


def test_the_worst_errors_are_the_most_confident_ones() -> None:
    errors = [judged("crisis", "bullying", c) for c in (0.2, 0.9, 0.5)]
    assert [one.read["confidence"] for one in worst([*errors, judged("crisis", "crisis", 1.0)])] == [0.9, 0.5, 0.2]


def test_the_confusion_matrix_counts_pairs_of_true_and_read_topics() -> None:
    table = confusion([judged("crisis", "bullying"), judged("crisis", "crisis")])
    assert table == {("crisis", "bullying"): 1, ("crisis", "crisis"): 1}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("{", "line 2"), ('{"text": "a"}', "topic"), ('{"text": "a", "topic": "cars"}', "cars"), ("[]", "line 2")],
)
def test_a_line_that_cannot_be_evaluated_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps({"text": "a", "topic": "crisis"}) + "\n" + line)
    with pytest.raises(EvaluationError, match=complaint):
        read_messages(file, TOPICS)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text("\n")
    with pytest.raises(EvaluationError, match="no message"):
        read_messages(file, TOPICS)


def crises(**recognised: bool) -> Dict[str, Any]:
    return {"crises": recognised}


def test_the_figures_list_whether_each_message_of_danger_was_recognised() -> None:
    figures = measure([judged("crisis", "crisis", text="a"), judged("crisis", "bullying", text="b")])
    assert figures["crises"] == {"a": True, "b": False}


def test_a_message_of_danger_that_is_newly_missed_is_lost() -> None:
    assert lost_crises(crises(a=False, b=True), crises(a=True, b=True)) == ["a"]


def test_a_message_of_danger_that_was_missed_before_is_not_lost() -> None:
    assert lost_crises(crises(a=False), crises(a=False)) == []


def test_a_new_message_of_danger_that_is_missed_is_not_lost() -> None:
    assert lost_crises(crises(a=True, b=False), crises(a=True)) == []


def test_recognising_a_new_message_of_danger_does_not_make_up_for_a_lost_one() -> None:
    assert lost_crises(crises(a=False, b=True), crises(a=True)) == ["a"]


def test_no_recall_is_lost_if_as_many_crises_are_gained() -> None:
    assert lost_crises(crises(a=False, b=True), crises(a=True, b=False)) == []


def test_figures_are_shown_next_to_the_earlier_ones() -> None:
    assert [line.split() for line in figure_lines({"topic": 0.9, "by": {}}, {"topic": 0.8})] == [
        ["before", "now"],
        ["topic", "0.8", "0.9"],
    ]


@pytest.mark.parametrize("text", ["{", "[1]", "3"])
def test_an_invalid_report_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(EvaluationError, match="no report"):
        committed(file)


def test_the_command_refuses_a_model_that_lost_crisis_recall_and_leaves_the_report(
    model_path: Path, tmp_path: Path
) -> None:
    said, report = "what is the capital of france", REPORT.read_bytes()
    (tmp_path / "own.jsonl").write_text(json.dumps({"text": said, "topic": "crisis"}))
    (tmp_path / "report.json").write_text(json.dumps(crises(**{said: True})))
    arguments = ["evaluate", "--file", str(tmp_path / "own.jsonl"), "--against", str(tmp_path / "report.json")]
    command = [sys.executable, "-m", "bot.cli", *arguments]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, f"- {said}" in refused.stderr) == (1, True), refused.stderr
    assert REPORT.read_bytes() == report
