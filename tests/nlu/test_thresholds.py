"""Which intent is acted on when the ranking is uncertain."""

import pytest
from rasa.shared.exceptions import InvalidConfigException

from bot.nlu.thresholds import (
    IN_A_SENTENCE,
    DecisionThresholds,
    Ranking,
    Thresholds,
    apply_thresholds,
    read_topics,
)
from bot.settings import ROOT

DANGER = ["disclose_suicidal", "disclose_danger"]
THRESHOLDS = Thresholds(danger=DANGER, raise_at=0.3, sentence_at=0.7, outside_at=0.2, unsure_below=0.4)
TOPICS = {
    "feel_bad": "emotional_support",
    "ask_image_removal": "image_shared",
    "disclose_image_spread": "image_shared",
    "thank": "small_talk",
    "greet": "small_talk",
}


def acted_on(ranked: Ranking, thresholds: Thresholds) -> Ranking:
    return apply_thresholds(ranked, thresholds, TOPICS)


def ranking(**confidences: float) -> "list[dict]":
    return [{"name": name, "confidence": value} for name, value in confidences.items()]


def names(judged: "list[dict]") -> "list[str]":
    return [entry["name"] for entry in judged]


def test_a_confident_reading_stays_first() -> None:
    assert names(acted_on(ranking(thank=0.9, feel_bad=0.1), THRESHOLDS)) == ["thank", "feel_bad"]


def test_two_intents_of_a_topic_rank_above_a_likelier_intent_of_another() -> None:
    split = ranking(feel_bad=0.4, disclose_image_spread=0.31, ask_image_removal=0.29)
    assert names(acted_on(split, THRESHOLDS))[0] == "disclose_image_spread"


def test_a_reading_has_the_confidence_of_its_topic() -> None:
    split = ranking(feel_bad=0.4, disclose_image_spread=0.31, ask_image_removal=0.29)
    assert acted_on(split, THRESHOLDS)[0]["confidence"] == pytest.approx(0.6)


def test_danger_is_raised_even_if_another_reading_is_likelier() -> None:
    assert names(acted_on(ranking(feel_bad=0.6, disclose_suicidal=0.35), THRESHOLDS))[0] == "disclose_suicidal"


def test_intents_of_danger_count_together_and_the_likeliest_is_raised() -> None:
    judged = acted_on(ranking(feel_bad=0.6, disclose_danger=0.2, disclose_suicidal=0.15), THRESHOLDS)
    assert names(judged) == ["disclose_danger", "feel_bad", "disclose_suicidal"]


def test_a_little_danger_is_not_raised() -> None:
    assert names(acted_on(ranking(feel_bad=0.7, disclose_danger=0.2), THRESHOLDS))[0] == "feel_bad"


def test_danger_in_one_sentence_is_raised_with_the_confidence_of_the_whole_message() -> None:
    whole = ranking(ask_image_removal=0.95, disclose_danger=0.02)
    calm, danger = ranking(ask_image_removal=0.9), ranking(disclose_danger=0.8, feel_bad=0.1)
    judged = apply_thresholds(whole, THRESHOLDS, TOPICS, [calm, danger])
    assert names(judged)[:2] == ["disclose_danger", "ask_image_removal"]
    assert [entry["confidence"] for entry in judged[:2]] == [0.02, 0.95]


def test_danger_in_one_sentence_is_marked() -> None:
    whole, sentence = ranking(ask_image_removal=0.95, disclose_danger=0.02), ranking(disclose_danger=0.8)
    assert apply_thresholds(whole, THRESHOLDS, TOPICS, [sentence])[0].get(IN_A_SENTENCE)


def test_danger_in_the_whole_message_is_not_marked_as_in_one_sentence() -> None:
    assert IN_A_SENTENCE not in acted_on(ranking(feel_bad=0.6, disclose_suicidal=0.35), THRESHOLDS)[0]


def test_an_uncertain_sentence_raises_nothing() -> None:
    whole, sentence = ranking(feel_bad=0.95), ranking(disclose_danger=0.6, feel_bad=0.4)
    assert names(apply_thresholds(whole, THRESHOLDS, TOPICS, [sentence])) == ["feel_bad"]


def test_an_uncertain_reading_ranks_below_the_fallback() -> None:
    judged = acted_on(ranking(thank=0.35, feel_bad=0.3), THRESHOLDS)
    assert names(judged) == ["nlu_fallback", "thank", "feel_bad"]


def test_a_message_that_may_well_be_out_of_scope_is_treated_as_such() -> None:
    assert names(acted_on(ranking(ask_how_to_report=0.7, out_of_scope=0.25), THRESHOLDS))[0] == "out_of_scope"


def test_danger_ranks_above_out_of_scope() -> None:
    judged = acted_on(ranking(out_of_scope=0.6, disclose_danger=0.35), THRESHOLDS)
    assert names(judged)[0] == "disclose_danger"


def test_an_empty_ranking_stays_empty() -> None:
    assert acted_on([], THRESHOLDS) == []


@pytest.mark.parametrize("name", ["raise_at", "outside_at", "unsure_below"])
def test_a_threshold_that_is_not_a_probability_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidConfigException, match=name):
        DecisionThresholds({**DecisionThresholds.get_default_config(), name: 30})


def test_a_file_without_topics_is_refused_by_name() -> None:
    with pytest.raises(InvalidConfigException, match=r"config\.yml"):
        DecisionThresholds({**DecisionThresholds.get_default_config(), "topics": "config.yml"})


def test_the_topics_of_the_project_are_read() -> None:
    assert read_topics(ROOT / "content" / "topics.yml")["thank"] == "small_talk"
