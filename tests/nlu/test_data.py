"""The training data as a whole: enough of it, none of it contradictory, none from the test set."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Dict, List, Set, Tuple

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.content.areas import load_areas
from bot.content.examples import folded
from bot.content.library import load_library
from bot.settings import ROOT
from evaluation.understanding.messages import DEVELOPMENT, UNSEEN

#: Rasa reads all of data/nlu.
pytestmark = pytest.mark.slow

#: Never typed, so they have no examples (content/topics.yml says so).
NEVER_TYPED = {"choose", "start_conversation", "other_language", "feedback_helped", "feedback_not_helped"}
INTENTS = sorted({i for topic in load_library().topics.values() for i in topic.intents} - NEVER_TYPED)

Run = Tuple[str, ...]
#: The maximum share of a message's runs of four words that one example may contain.
MOST_SHARED = 0.85


def runs_of_words(text: str) -> Set[Run]:
    words = re.findall(r"\w+", folded(text))
    return {tuple(words[start : start + 4]) for start in range(len(words) - 3)}


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return load_data(str(ROOT / "data" / "nlu"))


@pytest.fixture(scope="module")
def by_intent(data: TrainingData) -> Dict[str, Set[str]]:
    examples: Dict[str, Set[str]] = defaultdict(set)
    for example in data.intent_examples:
        examples[example.get(INTENT)].add(folded(example.get(TEXT)))
    return examples


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_has_at_least_two_hundred_different_examples(by_intent: Dict[str, Set[str]], intent: str) -> None:
    assert len(by_intent[intent]) >= 200


@pytest.mark.parametrize("topic", ["crisis", "sextortion"])
def test_what_must_not_be_missed_has_at_least_three_hundred_examples_an_intent(
    by_intent: Dict[str, Set[str]], topic: str
) -> None:
    assert min(len(by_intent[intent]) for intent in load_library().topics[topic].intents) >= 300


def test_there_are_no_examples_of_an_intent_that_content_does_not_know(by_intent: Dict[str, Set[str]]) -> None:
    assert set(by_intent) <= set(INTENTS)


def test_no_example_stands_under_two_intents(by_intent: Dict[str, Set[str]]) -> None:
    times = Counter(example for examples in by_intent.values() for example in examples)
    twice = {example: [i for i in by_intent if example in by_intent[i]] for example, n in times.items() if n > 1}
    assert twice == {}


@pytest.mark.parametrize("path", [DEVELOPMENT, UNSEEN], ids=lambda path: path.stem)
def test_no_example_is_a_message_that_understanding_is_measured_with(
    by_intent: Dict[str, Set[str]], path: Path
) -> None:
    measured = {folded(json.loads(line)["text"]) for line in path.read_text(encoding="utf-8").splitlines()}
    assert {e for examples in by_intent.values() for e in examples} & measured == set()


@pytest.mark.parametrize("path", [DEVELOPMENT, UNSEEN], ids=lambda path: path.stem)
def test_no_message_that_understanding_is_measured_with_shares_most_of_its_words_with_an_example(
    by_intent: Dict[str, Set[str]], path: Path
) -> None:
    having: Dict[Run, List[str]] = defaultdict(list)
    for example in (example for examples in by_intent.values() for example in examples):
        for run in runs_of_words(example):
            having[run].append(example)
    alike = []
    for message in (json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()):
        runs = runs_of_words(message)
        shared = Counter(example for run in runs for example in having[run])
        # Four runs and fewer make seven words and fewer: what everybody says ("i dont want to be here anymore").
        if len(runs) > 4 and shared and max(shared.values()) / len(runs) > MOST_SHARED:
            alike.append((message, shared.most_common(1)))
    assert alike == []


def test_every_place_that_chooses_a_police_force_is_in_the_lookup_table(data: TrainingData) -> None:
    known = {place for table in data.lookup_tables if table["name"] == "place" for place in table["elements"]}
    assert set(load_areas().places) - known == set()
