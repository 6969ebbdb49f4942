"""The training data as a whole has enough examples, no contradictory ones and none from an evaluation set."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Dict, List, Mapping, Set, Tuple

import pytest
import yaml

from bot.content.areas import load_areas
from bot.content.examples import NLU_DIR, folded, read_blocks
from bot.content.library import load_library
from evaluation.understanding.messages import DEVELOPMENT, UNSEEN

#: Reads all of data/nlu with our reader, which takes 1 second, whereas Rasa's takes 13. For two topics,
#: tests/commands/test_exporting.py checks that both find the same examples.
pytestmark = pytest.mark.slow

#: Intents that are never typed, and so have no examples (see content/topics.yml).
NEVER_TYPED = {"choose", "start_conversation", "other_language", "feedback_helped", "feedback_not_helped"}
INTENTS = sorted({i for topic in load_library().topics.values() for i in topic.intents} - NEVER_TYPED)

Run = Tuple[str, ...]
#: The maximum share of a message's four-word runs that a single example may contain.
MOST_SHARED = 0.85


def runs_of_words(text: str) -> Set[Run]:
    words = re.findall(r"\w+", folded(text))
    return {tuple(words[start : start + 4]) for start in range(len(words) - 3)}


def measured_with(path: Path) -> List[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def by_intent() -> Dict[str, Set[str]]:
    examples: Dict[str, Set[str]] = defaultdict(set)
    for path in NLU_DIR.glob("*.yml"):
        for block in read_blocks(path.read_text(encoding="utf-8").splitlines()):
            examples[block.intent].update(map(folded, block.examples))
    return examples


@pytest.fixture(scope="module")
def having(by_intent: Dict[str, Set[str]]) -> Mapping[Run, List[str]]:
    """Map each run of words in the evaluation sets to the examples that contain it."""
    wanted = {run for path in (DEVELOPMENT, UNSEEN) for text in measured_with(path) for run in runs_of_words(text)}
    found: Dict[Run, List[str]] = {run: [] for run in wanted}
    for example in (example for examples in by_intent.values() for example in examples):
        for run in runs_of_words(example) & wanted:
            found[run].append(example)
    return found


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_has_at_least_two_hundred_different_examples(by_intent: Dict[str, Set[str]], intent: str) -> None:
    assert len(by_intent[intent]) >= 200


@pytest.mark.parametrize("topic", ["crisis", "sextortion"])
def test_intents_that_must_not_be_missed_have_at_least_three_hundred_examples(
    by_intent: Dict[str, Set[str]], topic: str
) -> None:
    assert min(len(by_intent[intent]) for intent in load_library().topics[topic].intents) >= 300


def test_there_are_no_examples_of_an_unknown_intent(by_intent: Dict[str, Set[str]]) -> None:
    assert set(by_intent) <= set(INTENTS)


def test_no_example_is_under_two_intents(by_intent: Dict[str, Set[str]]) -> None:
    times = Counter(example for examples in by_intent.values() for example in examples)
    twice = {example: [i for i in by_intent if example in by_intent[i]] for example, n in times.items() if n > 1}
    assert twice == {}


@pytest.mark.parametrize("path", [DEVELOPMENT, UNSEEN], ids=lambda path: path.stem)
def test_no_example_is_a_message_of_an_evaluation_set(by_intent: Dict[str, Set[str]], path: Path) -> None:
    measured = set(map(folded, measured_with(path)))
    assert {e for examples in by_intent.values() for e in examples} & measured == set()


@pytest.mark.parametrize("path", [DEVELOPMENT, UNSEEN], ids=lambda path: path.stem)
def test_no_message_of_an_evaluation_set_shares_most_of_its_words_with_an_example(
    having: Mapping[Run, List[str]], path: Path
) -> None:
    alike = []
    for message in measured_with(path):
        runs = runs_of_words(message)
        shared = Counter(example for run in runs for example in having[run])
        # Four runs or fewer are seven words or fewer, which many people could type ("i dont want to be here anymore").
        if len(runs) > 4 and shared and max(shared.values()) / len(runs) > MOST_SHARED:
            alike.append((message, shared.most_common(1)))
    assert alike == []


def test_every_place_with_a_police_area_is_in_the_lookup_table() -> None:
    blocks = yaml.load((NLU_DIR / "entities.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]
    tables = [block["examples"] for block in blocks if block.get("lookup") == "place"]
    known = {line[2:] for table in tables for line in table.splitlines()}
    assert set(load_areas().places) - known == set()
