"""Runs a trained model's prediction graph in a loop, without the training graph.

Rasa itself builds and schedules a dask graph several times per message. It also imports every class in the training
graph, and therefore TensorFlow. This runner uses the same nodes and gives the same results. See docs/decisions/0004.
"""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple, Type

import rasa.shared.utils.io
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import MODEL_ARCHIVE_METADATA_FILE, LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT

#: Maximum number of entries in the rule policy's cache. When the cache is full, the older half is dropped.
CACHE_SIZE = 10_000


class CachingRulePolicy(RulePolicy):
    """Rasa's rule policy with a cache of the matching rules.

    Rasa compares every rule with every state of the dialogue, twice for each action: once for rules about an intent
    and once for rules about a user's text. The matches depend only on the last few states, and the same states keep
    recurring.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the base class."""
        super().__init__(*args, **kwargs)
        self._matches: Dict[Tuple[int, str], Set[str]] = {}
        kinds = (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)
        rules = [self._rule_key_to_state(key) for kind in kinds for key in self.lookup.get(kind, {})]
        self._longest_rule = max(map(len, rules), default=0)
        self._has_text_rules = any(TEXT in state.get("user", {}) for rule in rules for state in rule)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[str], Optional[str], bool]:
        if use_text_for_last_user_input and not self._has_text_rules:
            return None, None, False
        found: Tuple[Optional[str], Optional[str], bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _get_possible_keys(self, lookup: Dict[str, str], states: List[State]) -> Set[str]:
        # States further back than the longest rule do not affect which rules match.
        key = (id(lookup), json.dumps(states[-self._longest_rule :], sort_keys=True))
        if key not in self._matches:
            if len(self._matches) >= CACHE_SIZE:
                for old in list(self._matches)[: CACHE_SIZE // 2]:
                    del self._matches[old]
            self._matches[key] = super()._get_possible_keys(lookup, states)
        return self._matches[key]


class InferenceModelStorage(LocalModelStorage):
    """Loads a model without its training graph, and with `CachingRulePolicy` in place of `RulePolicy`."""

    @staticmethod
    def _load_metadata(directory: Path) -> ModelMetadata:
        metadata = rasa.shared.utils.io.read_json_file(directory / MODEL_ARCHIVE_METADATA_FILE)
        metadata["train_schema"] = GraphSchema({}).as_dict()
        for node in metadata["predict_schema"]["nodes"].values():
            node["uses"] = _REPLACED.get(node["uses"], node["uses"])
        return ModelMetadata.from_dict(metadata)


def _path(part: Type[Any]) -> str:
    return f"{part.__module__}.{part.__name__}"


_REPLACED = {_path(RulePolicy): _path(CachingRulePolicy)}


class SequentialGraphRunner(DaskGraphRunner):
    """Runs the nodes that the targets need, in topological order and in the calling thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the base class."""
        super().__init__(*args, **kwargs)
        self._plans: Dict[Tuple[str, ...], List[str]] = {}

    def run(self, inputs: Optional[Dict[str, Any]] = None, targets: Optional[List[str]] = None) -> Dict[str, Any]:
        """See the base class.

        Raises:
            GraphRunError: a node needs an input that was not given.
        """
        wanted = targets or self._graph_schema.target_names
        done: Dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._plan(tuple(wanted)):
            needs = self._graph_schema.nodes[name].needs.values()
            missing = [need for need in needs if need not in done]
            if missing:
                raise GraphRunError(f"Node '{name}' needs '{', '.join(missing)}', which was not given.")
            done[name] = self._instantiated_nodes[name](*(done[need] for need in needs))
        return {name: done[name][1] for name in wanted}

    def _plan(self, targets: Tuple[str, ...]) -> List[str]:
        if targets not in self._plans:
            order: List[str] = []
            for target in targets:
                self._visit(target, order)
            self._plans[targets] = order
        return self._plans[targets]

    def _visit(self, name: str, order: List[str]) -> None:
        # Names without a node are inputs.
        if name not in self._graph_schema.nodes or name in order:
            return
        for need in self._graph_schema.nodes[name].needs.values():
            self._visit(need, order)
        order.append(name)
