"""What is done with an uncertain reading."""

import pytest
from rasa.shared.exceptions import InvalidConfigException

from bot.nlu.scope import Scope, Thresholds, judge

DANGER = ["disclose_suicidal", "disclose_danger"]
THRESHOLDS = Thresholds(danger=DANGER, raise_at=0.3, outside_at=0.2, unsure_below=0.4)


def ranking(**confidences: float) -> "list[dict]":
    return [{"name": name, "confidence": value} for name, value in confidences.items()]


def names(judged: "list[dict]") -> "list[str]":
    return [entry["name"] for entry in judged]


def test_a_sure_reading_stays_as_it_is() -> None:
    sure = ranking(thank=0.9, greet=0.1)
    assert judge(sure, THRESHOLDS) == sure


def test_danger_is_raised_before_it_is_the_likeliest() -> None:
    assert names(judge(ranking(feel_bad=0.6, disclose_suicidal=0.35), THRESHOLDS))[0] == "disclose_suicidal"


def test_dangers_count_together_and_the_likelier_is_raised() -> None:
    judged = judge(ranking(feel_bad=0.6, disclose_danger=0.2, disclose_suicidal=0.15), THRESHOLDS)
    assert names(judged) == ["disclose_danger", "feel_bad", "disclose_suicidal"]


def test_a_little_danger_is_not_raised() -> None:
    assert names(judge(ranking(feel_bad=0.7, disclose_danger=0.2), THRESHOLDS))[0] == "feel_bad"


def test_an_unsure_reading_is_put_behind_the_fallback() -> None:
    judged = judge(ranking(thank=0.35, greet=0.3), THRESHOLDS)
    assert names(judged) == ["nlu_fallback", "thank", "greet"]


def test_what_may_well_be_outside_is_taken_for_it() -> None:
    assert names(judge(ranking(ask_how_to_report=0.7, out_of_scope=0.25), THRESHOLDS))[0] == "out_of_scope"


def test_danger_stands_above_what_may_be_outside() -> None:
    judged = judge(ranking(out_of_scope=0.6, disclose_danger=0.35), THRESHOLDS)
    assert names(judged)[0] == "disclose_danger"


def test_nothing_is_made_of_nothing() -> None:
    assert judge([], THRESHOLDS) == []


@pytest.mark.parametrize("name", ["raise_at", "outside_at", "unsure_below"])
def test_a_threshold_that_is_no_probability_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidConfigException, match=name):
        Scope({**THRESHOLDS._asdict(), name: 30})
