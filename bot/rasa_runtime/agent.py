"""Rasa's agent in one process: a trained model, the dialogue store, and actions called without HTTP.

If a part is missing, loading the assistant fails. Rasa itself would warn and carry on with an in-memory store, without
actions or without a model.
"""

import asyncio
import gc
import tempfile
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import Policy
from rasa.core.processor import MessageProcessor
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection as SdkRejection
from threadpoolctl import threadpool_limits

from bot.nlu.safety_net import SafetyNet
from bot.rasa_runtime.graph_runner import InferenceModelStorage, SequentialGraphRunner
from bot.store.conversation_locks import ConversationLocks
from bot.store.dialogue import DialogueStore, restore_events

#: Maximum number of messages parsed at the same time.
PARSING_THREADS = 2
_parsing = ThreadPoolExecutor(max_workers=PARSING_THREADS, thread_name_prefix="parsing")


class AssistantError(RuntimeError):
    """A part of the assistant is missing or of the wrong type, so the assistant must not be used."""


class LocalAction(RemoteAction):
    """A custom action that is called directly instead of through an HTTP request.

    For each request, Rasa would serialise every event and validate the response against a JSON schema, which is itself
    validated each time. We measured 45 ms per action (see docs/decisions/0002).
    """

    def __init__(self, name: str, executor: ActionExecutor) -> None:
        """Store the executor that the action is registered with."""
        super().__init__(name, action_endpoint=None)
        self._executor = executor

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> List[Event]:
        """See the base class."""
        call = {"next_action": self._name, "tracker": tracker.current_state(EventVerbosity.NONE)}
        try:
            result = await self._executor.run(call)
        except SdkRejection as rejection:
            raise ActionExecutionRejection(rejection.action_name, rejection.message) from rejection
        if result is None:
            raise RasaException(f"The action '{self._name}' gave no answer.")
        uttered = await self._utter_responses(result["responses"], output_channel, nlg, tracker)
        return [*uttered, *restore_events(result["events"])]


class LocalProcessor(MessageProcessor):
    """Rasa's processor, with custom actions in the same process and the graph runner from graph_runner.py."""

    def __init__(self, *args: Any, executor: ActionExecutor, **kwargs: Any) -> None:
        """See the base class."""
        super().__init__(*args, **kwargs)
        self._executor = executor

    @staticmethod
    def _load_model(model_path: Union[str, Path]) -> Tuple[str, ModelMetadata, GraphRunner]:
        with tempfile.TemporaryDirectory() as directory:
            metadata, runner = load_predict_graph_runner(
                Path(directory), Path(model_path), InferenceModelStorage, SequentialGraphRunner
            )
        return Path(model_path).name, metadata, runner

    async def parse_message(
        self,
        message: UserMessage,
        tracker: Optional[DialogueStateTracker] = None,
        only_output_properties: bool = True,
    ) -> Dict[str, Any]:
        """See the base class. The graph runs on a thread, so that it does not block the event loop.

        ONNX Runtime, which takes most of the time, releases the GIL. Unlike the base class, this does not check the
        intent and entities against the domain: both come from the same model, and the check would build a new domain
        for each message.
        """
        if tracker is None:
            tracker = DialogueStateTracker.from_events(message.sender_id, [])
        parse = partial(self._parse_message_with_graph, message, tracker, only_output_properties)
        parsed: Dict[str, Any] = await asyncio.get_running_loop().run_in_executor(_parsing, parse)
        return parsed

    async def _run_action(self, action: Action, *args: Any, **kwargs: Any) -> Any:
        if isinstance(action, RemoteAction) and action.name() in self._executor.actions:
            action = LocalAction(action.name(), self._executor)
        return await super()._run_action(action, *args, **kwargs)


class Assistant(Agent):
    """Rasa's agent with a `LocalProcessor` and an unwrapped store.

    Rasa's own agent wraps the store so that it falls back to memory on failure. Here, an answer that cannot be stored
    must fail.
    """

    def __init__(self, store: DialogueStore, lock_store: LockStore, executor: ActionExecutor) -> None:
        """Store the parts. The model is loaded later, by `load_model`."""
        super().__init__(tracker_store=store, lock_store=lock_store)
        self.tracker_store = store
        self.executor = executor

    def load_model(self, model_path: Union[str, Path], fingerprint: Optional[str] = None) -> None:
        """See the base class."""
        self.use(self.processor_of(model_path))
        self._set_fingerprint(fingerprint)

    def processor_of(self, model_path: Union[str, Path]) -> LocalProcessor:
        """Load a model without using it yet."""
        return LocalProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            generator=self.nlg,
            executor=self.executor,
        )

    def use(self, processor: LocalProcessor) -> None:
        """Use a loaded model from the next message onwards."""
        self.processor = processor
        self.domain = self.processor.domain
        self.tracker_store.domain = self.domain
        self.nlg.responses = self.domain.responses


def load_assistant(model: Path, store: DialogueStore) -> Assistant:
    """Load the trained model at `model`, and set up its actions.

    Raises:
        AssistantError: the model cannot be loaded, lacks a part, or needs an action that does not exist.
    """
    # A message's matrices are so small that BLAS threads only spin: they doubled the CPU time per message.
    threadpool_limits(1, user_api="blas")
    executor = ActionExecutor()
    executor.register_package("actions")
    assistant = Assistant(store, store.locks, executor)
    assistant.use(_load(assistant, model))
    check_assistant(assistant)
    _freeze()
    return assistant


async def reload_model(assistant: Assistant, model: Path) -> None:
    """Load the model at `model` while the assistant keeps answering, and use it from the next message onwards.

    Raises:
        AssistantError: the model cannot be loaded or lacks a part. The assistant keeps the old model.
    """
    processor = await asyncio.get_running_loop().run_in_executor(None, _load, assistant, model)
    candidate = copy(assistant)
    candidate.processor = processor
    check_assistant(candidate)
    assistant.use(processor)
    gc.unfreeze()
    _freeze()


def _load(assistant: Assistant, model: Path) -> LocalProcessor:
    try:
        return assistant.processor_of(model)
    except Exception as error:
        raise AssistantError(
            f"The model {model} cannot be loaded ({type(error).__name__}: {error}). Run 'make train'."
        ) from error


def _freeze() -> None:
    """Exclude loaded objects from garbage collection, to keep its pauses short while people wait for answers."""
    gc.collect()
    gc.freeze()


def check_assistant(assistant: Assistant) -> None:
    """Check that an assistant has all its parts, each of the right type.

    Raises:
        AssistantError: a part is missing or wrong. The message names it.
    """
    processor = assistant.processor
    if processor is None or not isinstance(processor, LocalProcessor):
        raise AssistantError("The assistant has no processor that runs its actions. Run 'make train'.")
    for place, store in (("agent", assistant.tracker_store), ("processor", processor.tracker_store)):
        if not isinstance(store, DialogueStore):
            raise AssistantError(f"The {place}'s store is a {type(store).__name__}; messages would be lost.")
        if store.event_broker is not None:
            raise AssistantError(f"The {place}'s store has an event broker; what is said would go elsewhere.")
    if not isinstance(assistant.lock_store, ConversationLocks):
        raise AssistantError(f"The locks are a {type(assistant.lock_store).__name__}; two messages could cross.")
    parts = [node.uses for node in processor.model_metadata.predict_schema.nodes.values()]
    if not any(issubclass(part, SafetyNet) for part in parts):
        raise AssistantError("The model has no safety net. Put it back into config.yml and run 'make train'.")
    if not any(issubclass(part, Policy) for part in parts):
        raise AssistantError("The model understands, but has no policy to answer. Run 'make train'.")
    wanted = set(processor.domain.user_actions) - set(processor.domain.responses)
    missing = sorted(wanted - set(assistant.executor.actions))
    if missing:
        raise AssistantError(f"The domain wants actions that nobody wrote: {', '.join(missing)}. Mend domain.yml.")
