"""How a trained model runs where it only answers: Rasa's graph in a plain loop, its training half left out.

Rasa builds and schedules a dask graph several times for each message, and imports every class that took part in
training, TensorFlow ones included. The nodes and what they compute stay Rasa's. See docs/decisions/0004.
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

#: Answers that the rule policy keeps; the older half goes when there are more.
REMEMBERED = 10_000


class RememberingRulePolicy(RulePolicy):
    """Predicts what Rasa's rule policy predicts, and remembers it.

    Rasa tries every rule against every state of the dialogue, twice for each action: for rules that name an intent, and
    for rules that quote a user's text. What fits depends on the last few states alone, and dialogues repeat themselves.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the base class."""
        super().__init__(*args, **kwargs)
        self._fitting: Dict[Tuple[int, str], Set[str]] = {}
        kinds = (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)
        rules = [self._rule_key_to_state(key) for kind in kinds for key in self.lookup.get(kind, {})]
        self._longest = max(map(len, rules), default=0)
        self._quotes_text = any(TEXT in state.get("user", {}) for rule in rules for state in rule)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[str], Optional[str], bool]:
        if use_text_for_last_user_input and not self._quotes_text:
            return None, None, False
        found: Tuple[Optional[str], Optional[str], bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _get_possible_keys(self, lookup: Dict[str, str], states: List[State]) -> Set[str]:
        # A rule says nothing about what came before its first state.
        key = (id(lookup), json.dumps(states[-self._longest :], sort_keys=True))
        if key not in self._fitting:
            if len(self._fitting) >= REMEMBERED:
                for old in list(self._fitting)[: REMEMBERED // 2]:
                    del self._fitting[old]
            self._fitting[key] = super()._get_possible_keys(lookup, states)
        return self._fitting[key]


class AnsweringStorage(LocalModelStorage):
    """A model's files without its training graph, and with the rule policy above in the place of Rasa's."""

    @staticmethod
    def _load_metadata(directory: Path) -> ModelMetadata:
        metadata = rasa.shared.utils.io.read_json_file(directory / MODEL_ARCHIVE_METADATA_FILE)
        metadata["train_schema"] = GraphSchema({}).as_dict()
        for node in metadata["predict_schema"]["nodes"].values():
            node["uses"] = _REPLACED.get(node["uses"], node["uses"])
        return ModelMetadata.from_dict(metadata)


def _path(part: Type[Any]) -> str:
    return f"{part.__module__}.{part.__name__}"


_REPLACED = {_path(RulePolicy): _path(RememberingRulePolicy)}


class PlainGraphRunner(DaskGraphRunner):
    """Runs the nodes that a target needs, each after those it needs itself, in this thread."""

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
        # Names that are no nodes are inputs.
        if name not in self._graph_schema.nodes or name in order:
            return
        for need in self._graph_schema.nodes[name].needs.values():
            self._visit(need, order)
        order.append(name)
