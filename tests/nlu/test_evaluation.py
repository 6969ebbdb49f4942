"""How understanding is measured, on readings made up for the purpose."""

import json
from pathlib import Path
from typing import Any, Dict

import pytest

from bench.understanding import EvaluationError, Judged, calibration_error, confusion, measure, read_messages, worst

TOPICS = ["crisis", "bullying", "out_of_scope", "small_talk"]


def judged(topic: str, read: str, confidence: float = 0.9, intent: str = "x", **more: Any) -> Judged:
    message: Dict[str, Any] = {"id": "1", "text": "t", "topic": topic, "also": [], **more}
    return Judged(message, {"topic": read, "intent": intent, "confidence": confidence, "asker": "", "urgency": ""})


def test_a_listed_alternative_counts_as_understood() -> None:
    assert measure([judged("bullying", "crisis", also=["crisis"])])["topic"] == 1.0


def test_a_listed_alternative_is_not_the_topic_itself() -> None:
    assert measure([judged("bullying", "crisis", also=["crisis"])])["topic_strict"] == 0.0


def test_crisis_recall_counts_crises_only() -> None:
    figures = measure([judged("crisis", "crisis"), judged("crisis", "bullying"), judged("bullying", "bullying")])
    assert figures["crisis_recall"] == 0.5


def test_a_false_alarm_is_one_on_a_message_without_danger() -> None:
    danger = judged("bullying", "crisis", urgency="immediate_danger")
    assert measure([danger, judged("bullying", "crisis"), judged("bullying", "bullying")])["false_alarms"] == 0.5


def test_small_talk_is_no_safety_topic() -> None:
    figures = measure([judged("out_of_scope", "small_talk"), judged("out_of_scope", "bullying")])
    assert figures["out_of_scope_taken_up"] == 0.5


def test_being_right_as_often_as_sure_is_no_calibration_error() -> None:
    assert calibration_error([judged("crisis", "crisis", 0.5), judged("crisis", "bullying", 0.5)]) == 0.0


def test_being_surer_than_right_is_the_distance_between_the_two() -> None:
    assert calibration_error([judged("crisis", "crisis", 0.75), judged("crisis", "bullying", 0.75)]) == 0.25


def test_the_worst_errors_are_the_surest() -> None:
    errors = [judged("crisis", "bullying", c) for c in (0.2, 0.9, 0.5)]
    assert [one.read["confidence"] for one in worst([*errors, judged("crisis", "crisis", 1.0)])] == [0.9, 0.5, 0.2]


def test_the_confusion_says_what_was_read_as_what() -> None:
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
