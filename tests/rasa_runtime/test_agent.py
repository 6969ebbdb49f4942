"""An assistant with a missing part is refused, whereas Rasa would carry on without the part."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Dict

import pytest
from rasa.core.brokers.broker import EventBroker
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.policies.policy import Policy
from rasa.core.tracker_store import InMemoryTrackerStore
from threadpoolctl import threadpool_info

from bot.nlu.safety_net import SafetyNet
from bot.rasa_runtime.agent import Assistant, AssistantError, check_assistant, load_assistant
from bot.redaction.recognizers.base import Recognizer
from bot.redaction.redactor import Redactor
from bot.redaction.self_test import RedactorError, run_self_test
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine


@pytest.fixture(scope="module")
def assistant(model_path: Path) -> Assistant:
    return load_assistant(model_path, DialogueStore(engine=open_engine("sqlite://")))


class OtherLocks(LockStore):
    """A lock store that we have not tested."""


def no_store(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    change.setattr(assistant, "tracker_store", InMemoryTrackerStore(assistant.domain))


def no_store_behind(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    change.setattr(assistant.processor, "tracker_store", InMemoryTrackerStore(assistant.domain))


def a_broker(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    change.setattr(assistant.tracker_store, "event_broker", EventBroker())


def other_locks(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    change.setattr(assistant, "lock_store", OtherLocks())


def no_model(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    change.setattr(assistant, "processor", None)


def an_action_less(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    change.delitem(assistant.executor.actions, "action_answer")


def without(assistant: Assistant, change: pytest.MonkeyPatch, kind: type) -> None:
    """Remove every component of a class from the graph."""
    nodes = assistant.processor.model_metadata.predict_schema.nodes
    for name in [name for name, node in nodes.items() if issubclass(node.uses, kind)]:
        change.delitem(nodes, name)


def no_safety_net(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    without(assistant, change, SafetyNet)


def no_policy(assistant: Assistant, change: pytest.MonkeyPatch) -> None:
    without(assistant, change, Policy)


def test_a_complete_assistant_is_accepted(assistant: Assistant) -> None:
    check_assistant(assistant)


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (no_store, "InMemoryTrackerStore"),
        (no_store_behind, "InMemoryTrackerStore"),
        (a_broker, "event broker"),
        (other_locks, "OtherLocks"),
        (no_model, "make train"),
        (an_action_less, "action_answer"),
        (no_safety_net, "no safety net"),
        (no_policy, "no policy"),
    ],
)
def test_an_assistant_with_a_wrong_or_missing_part_is_refused_by_the_parts_name(
    assistant: Assistant,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Assistant, pytest.MonkeyPatch], None],
    named: str,
) -> None:
    harm(assistant, monkeypatch)
    with pytest.raises(AssistantError, match=named):
        check_assistant(assistant)


def test_matrices_are_multiplied_on_one_thread(assistant: Assistant) -> None:
    libraries = [one for one in threadpool_info() if one["user_api"] == "blas"]
    assert {one["num_threads"] for one in libraries} == {1}


def test_the_event_loop_is_not_blocked_while_a_message_is_parsed(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed = threading.Event()

    def parse(*_: Any) -> Dict[str, Any]:
        return {"was_freed": freed.wait(timeout=10), "intent": {"name": None}, "entities": []}

    async def free_while_parsing() -> bool:
        parsing = asyncio.ensure_future(assistant.processor.parse_message(UserMessage("hello")))
        asyncio.get_running_loop().call_soon(freed.set)
        return bool((await parsing)["was_freed"])

    monkeypatch.setattr(assistant.processor, "_parse_message_with_graph", parse)
    assert asyncio.run(free_while_parsing())


def test_the_packaged_redactor_is_accepted() -> None:
    run_self_test(Redactor.load())


def test_a_redactor_that_misses_a_kind_is_refused_by_the_kinds_name() -> None:
    whole = Redactor.load()._recognizers
    without: "list[Recognizer]" = [recogniser for recogniser in whole if recogniser.kind != "postcode"]
    with pytest.raises(RedactorError, match="postcode"):
        run_self_test(Redactor(without))
