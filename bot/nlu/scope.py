"""Which reading is acted on: the likeliest topic's, danger early, and between two likely readings the person is asked.

Thresholds stand in config.yml. They were chosen on held-out examples (docs/model-card.md).
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
#: Marks an intent of danger that one sentence of a long message says, surely though the whole of it is about more.
IN_A_SENTENCE = "in_a_sentence"


class Thresholds(NamedTuple):
    """Probabilities at which a reading is not simply taken as it is."""

    danger: List[str]
    """Intents that are raised to the top once they have `raise_at` between them."""
    raise_at: float
    sentence_at: float
    """What the same intents need in one sentence of a long message, read alone."""
    outside_at: float
    """What is `out_of_scope` with at least this is taken for it: a likelier intent is often just the nearest one."""
    unsure_below: float
    """If the likeliest topic has less than this, `nlu_fallback` is put before its intent."""


def judge(
    ranking: Ranking, thresholds: Thresholds, topic_of: Mapping[str, str], sentences: Sequence[Ranking] = ()
) -> Ranking:
    """The ranking as it is to be acted on; its first entry is the intent, as sure as its topic is.

    Several intents of one topic may share what they are sure of; so the topic with the most between its intents wins,
    and of those its likeliest.

    Args:
        ranking: intents with their confidence, best first.
        thresholds: see `Thresholds`.
        topic_of: the topic of each intent; an intent that is missing is a topic of its own.
        sentences: rankings of the sentences of a long message.
    """
    if not ranking:
        return ranking
    endangered = _danger_in(ranking, thresholds)
    if sum(entry["confidence"] for entry in endangered) >= thresholds.raise_at:
        return _first(endangered[0], ranking)
    for alone in (_danger_in(sentence, thresholds) for sentence in sentences):
        if sum(entry["confidence"] for entry in alone) >= thresholds.sentence_at:
            # As sure as the whole message is of it: what is likelier is answered as well.
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
    """The topic of each intent, from the file that describes the topics.

    Raises:
        InvalidConfigException: the file is missing or lists no intents.
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
class Scope(GraphComponent, IntentClassifier):
    """Judges the classifier's ranking; see `judge`."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """See `Thresholds`; `topics` is the file that says which intents are one topic, from the project's folder."""
        thresholds = Thresholds(danger=[], raise_at=0.5, sentence_at=0.7, outside_at=0.5, unsure_below=0.3)
        return {**thresholds._asdict(), "topics": "content/topics.yml"}

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Refuse thresholds that are no probabilities.

        Raises:
            InvalidConfigException: names the threshold.
        """
        for name in ("raise_at", "sentence_at", "outside_at", "unsure_below"):
            if not 0.0 <= float(config.get(name, 0.0)) <= 1.0:
                raise InvalidConfigException(f"{name} is {config[name]}; it must lie between 0 and 1. Mend config.yml.")

    def __init__(self, config: Dict[str, Any]) -> None:
        """Keep the thresholds and read the topics."""
        self.validate_config(config)
        self._thresholds = Thresholds(**{name: config[name] for name in Thresholds._fields})
        self._topic_of = read_topics(ROOT / config["topics"])

    @classmethod
    def create(cls, config: Dict[str, Any], *_: Any) -> "Scope":
        """See the base class."""
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        """Judge each message."""
        for message in messages:
            ranking = judge(
                message.get("intent_ranking") or [],
                self._thresholds,
                self._topic_of,
                message.get(SENTENCE_RANKINGS) or [],
            )
            if ranking:
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set("intent_ranking", ranking, add_to_output=True)
        return messages
