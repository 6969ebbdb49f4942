"""Decision thresholds: raise danger early, otherwise choose the likeliest topic, and ask the writer if in doubt.

The thresholds are in config.yml. They were chosen on the calibration split (docs/model-card.md).
"""

from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence

import rasa.shared.utils.io
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.sentences import SENTENCE_RANKINGS
from bot.settings import ROOT

Ranking = List[Dict[str, Any]]

OUT_OF_SCOPE = "out_of_scope"
#: Marks a danger intent that was found in one sentence of a long message, but not in the message as a whole.
IN_A_SENTENCE = "in_a_sentence"


class Thresholds(NamedTuple):
    """The probabilities at which a ranking is reordered."""

    danger: List[str]
    """Danger intents. If their probabilities add up to `raise_at` or more, the likeliest of them comes first."""
    raise_at: float
    sentence_at: float
    """The same minimum total for a single sentence of a long message."""
    outside_at: float
    """Minimum probability to put `out_of_scope` first, because a likelier intent is often just the nearest match."""
    unsure_below: float
    """If the likeliest topic's probability is below this, `nlu_fallback` is ranked above its intent."""


def apply_thresholds(
    ranking: Ranking, thresholds: Thresholds, topic_of: Mapping[str, str], sentences: Sequence[Ranking] = ()
) -> Ranking:
    """Reorder a ranking so that it starts with the intent to act on, with its topic's probability as its confidence.

    A topic's probability may be divided among several intents, so the topic with the highest total wins, and its
    likeliest intent comes first.

    Args:
        ranking: intents with their confidence, best first.
        thresholds: see `Thresholds`.
        topic_of: maps each intent to its topic. An intent that is not in the mapping counts as its own topic.
        sentences: the rankings of a long message's sentences.
    """
    if not ranking:
        return ranking
    endangered = _danger_in(ranking, thresholds)
    if sum(entry["confidence"] for entry in endangered) >= thresholds.raise_at:
        return _first(endangered[0], ranking)
    for alone in (_danger_in(sentence, thresholds) for sentence in sentences):
        if sum(entry["confidence"] for entry in alone) >= thresholds.sentence_at:
            # Use the intent's confidence in the whole message, so that likelier topics are answered too.
            whole = next((one["confidence"] for one in endangered if one["name"] == alone[0]["name"]), 0.0)
            return _first({"name": alone[0]["name"], "confidence": whole, IN_A_SENTENCE: True}, ranking)
    outside = next((entry for entry in ranking if entry["name"] == OUT_OF_SCOPE), None)
    if outside is not None and outside["confidence"] >= thresholds.outside_at:
        return _first(outside, ranking)
    shares: Dict[str, float] = defaultdict(float)
    for entry in ranking:
        shares[topic_of.get(entry["name"], entry["name"])] += entry["confidence"]
    likeliest = max(shares, key=lambda topic: shares[topic])
    best = next(entry for entry in ranking if topic_of.get(entry["name"], entry["name"]) == likeliest)
    judged = _first({"name": best["name"], "confidence": shares[likeliest]}, ranking)
    if shares[likeliest] < thresholds.unsure_below:
        return [{"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": shares[likeliest]}, *judged]
    return judged


def read_topics(path: Path) -> Dict[str, str]:
    """Read each intent's topic from the topics file.

    Raises:
        InvalidConfigException: the file is missing, or does not list each topic's intents.
    """
    try:
        topics = rasa.shared.utils.io.read_yaml_file(path)
        return {str(intent): str(topic) for topic, described in topics.items() for intent in described["intents"]}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise InvalidConfigException(f"{path} does not tell the topics and their intents: {error}.") from error


def _danger_in(ranking: Ranking, thresholds: Thresholds) -> Ranking:
    return [entry for entry in ranking if entry["name"] in thresholds.danger]


def _first(entry: Dict[str, Any], ranking: Ranking) -> Ranking:
    return [entry, *(other for other in ranking if other["name"] != entry["name"])]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DecisionThresholds(GraphComponent, IntentClassifier):
    """Applies the thresholds to the classifier's ranking; see `apply_thresholds`."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the default thresholds, and the path of the topics file relative to the project root."""
        thresholds = Thresholds(danger=[], raise_at=0.5, sentence_at=0.7, outside_at=0.5, unsure_below=0.3)
        return {**thresholds._asdict(), "topics": "content/topics.yml"}

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Check that every threshold is a probability.

        Raises:
            InvalidConfigException: a threshold is not between 0 and 1. The message names it.
        """
        for name in ("raise_at", "sentence_at", "outside_at", "unsure_below"):
            if not 0.0 <= float(config.get(name, 0.0)) <= 1.0:
                raise InvalidConfigException(f"{name} is {config[name]}; it must lie between 0 and 1. Mend config.yml.")

    def __init__(self, config: Dict[str, Any]) -> None:
        """Store the thresholds and read the topics."""
        self.validate_config(config)
        self._thresholds = Thresholds(**{name: config[name] for name in Thresholds._fields})
        self._topic_of = read_topics(ROOT / config["topics"])

    @classmethod
    def create(cls, config: Dict[str, Any], *_: Any) -> "DecisionThresholds":
        """See the base class."""
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        """Apply the thresholds to each message."""
        for message in messages:
            ranking = apply_thresholds(
                message.get("intent_ranking") or [],
                self._thresholds,
                self._topic_of,
                message.get(SENTENCE_RANKINGS) or [],
            )
            if ranking:
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages
