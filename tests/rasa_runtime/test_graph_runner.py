"""The graph runner gives the same results as Rasa's own, without loading code that only training needs."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.exceptions import GraphRunError
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_runtime.graph_runner import CachingRulePolicy, InferenceModelStorage, SequentialGraphRunner
from bot.settings import ROOT

MESSAGES = ["whats grooming", "he says hell send my nudes to everyone", "ok thanks", "i wanna kms", "zzz"]


@pytest.fixture(scope="module")
def engines(model_path: Path) -> Dict[str, Any]:
    loaded = {}
    for name, storage, runner in (
        ("ours", InferenceModelStorage, SequentialGraphRunner),
        ("rasa", LocalModelStorage, DaskGraphRunner),
    ):
        with tempfile.TemporaryDirectory() as directory:
            loaded[name] = load_predict_graph_runner(Path(directory), model_path, storage, runner)
    return loaded


def understood(engine: Any, text: str) -> Dict[str, Any]:
    metadata, runner = engine
    tracker = DialogueStateTracker.from_events("someone", [])
    inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: tracker}
    return runner.run(inputs=inputs, targets=[metadata.nlu_target])[metadata.nlu_target][0].as_dict(True)


def predicted(engine: Any, tracker: DialogueStateTracker) -> str:
    metadata, runner = engine
    prediction = runner.run(inputs={PLACEHOLDER_TRACKER: tracker}, targets=[metadata.core_target])[metadata.core_target]
    return metadata.domain.action_names_or_texts[prediction.max_confidence_index]


def said(intents: List[str], actions: List[str]) -> List[Any]:
    events: List[Any] = [ActionExecuted("action_listen")]
    for intent in intents:
        events += [UserUttered(intent, {"name": intent, "confidence": 0.9})]
        events += [ActionExecuted(action) for action in actions]
    return events


@pytest.mark.parametrize("text", MESSAGES)
def test_a_message_is_understood_as_in_rasas_own_engine(engines: Dict[str, Any], text: str) -> None:
    ours, rasa = (understood(engines[name], text) for name in ("ours", "rasa"))
    assert ours["intent"] == rasa["intent"]
    assert ours["entities"] == rasa["entities"]


@pytest.mark.parametrize("actions", [[], ["action_answer"]])
def test_every_intent_leads_to_the_action_that_rasas_own_engine_predicts(
    engines: Dict[str, Any], actions: List[str]
) -> None:
    domain = engines["rasa"][0].domain
    for intent in domain.intents:
        # Ours runs twice, because its second answer comes from the cache.
        answers = []
        for name in ("rasa", "ours", "ours"):
            tracker = DialogueStateTracker.from_events("someone", said([intent], actions), domain.slots, domain=domain)
            answers.append(predicted(engines[name], tracker))
        assert len(set(answers)) == 1, f"{intent}: {answers}"


def test_the_rule_policy_in_use_is_the_caching_one(engines: Dict[str, Any]) -> None:
    uses = {node.uses for node in engines["ours"][0].predict_schema.nodes.values()}
    assert CachingRulePolicy in uses


def test_a_node_without_its_input_fails_with_an_error_that_names_both(engines: Dict[str, Any]) -> None:
    metadata, runner = engines["ours"]
    with pytest.raises(GraphRunError, match=PLACEHOLDER_MESSAGE):
        runner.run(inputs={}, targets=[metadata.nlu_target])


def test_a_serving_process_imports_neither_tensorflow_nor_rasas_unused_connectors(model_path: Path) -> None:
    script = (
        "import sys; from bot.rasa_runtime.lazy_imports import leave_out_unused; leave_out_unused();"
        "import bot.serve; from bot.rasa_runtime.agent import load_assistant;"
        "from bot.store.dialogue import DialogueStore; from bot.store.engine import open_engine;"
        f"load_assistant({str(model_path)!r}, DialogueStore(engine=open_engine('sqlite://')));"
        "unused = {'tensorflow', 'rasa.core.channels.telegram', 'botocore', 'pymongo.errors', 'sentry_sdk', 'aio_pika',"
        " 'dask.core', 'matplotlib'};"
        "sys.exit(', '.join(unused & set(sys.modules)) or 0)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, check=False).returncode == 0


@pytest.mark.slow
def test_a_postponed_import_works_when_it_is_used() -> None:
    script = (
        "from bot.rasa_runtime.lazy_imports import leave_out_unused; leave_out_unused();"
        "from rasa.utils import train_utils; assert train_utils.align_token_features;"
        "from rasa.core.channels import BUILTIN_CHANNELS; assert 'telegram' in BUILTIN_CHANNELS;"
        "import dask, aio_pika; assert dask.get and aio_pika.connect"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, check=False).returncode == 0
