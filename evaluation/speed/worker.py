"""Runs one assistant in a separate process, holds conversations with it and reports how long each message took.

    python -m evaluation.speed.worker ours|default|encoder MODEL

The process writes the line {} when it is ready. Then, for each JSON line {"conversations": [[text, …], …]} that it
reads, it holds those conversations at the same time and writes {"ms": [[…], …], "seconds": s, "cpu": s}. "ms" holds the
milliseconds that each message took, "seconds" is the time for all the conversations together, and "cpu" the processor
time of all threads.
"""

import asyncio
import gc
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List

from bot.rasa_runtime.lazy_imports import leave_out_unused

#: A `Begin` starts a conversation and returns a `Say`, which sends one message and waits for the answer.
Say = Callable[[str], Awaitable[Any]]
Begin = Callable[[], Awaitable[Say]]

#: How long a message may wait for its turn, in seconds: long enough that none is refused, even on a busy machine.
_PATIENCE = 3600.0


async def begin_ours(model: Path, directory: Path) -> Begin:
    """Load the assistant as it is served, but without rate limits. Its store is a file in `directory`."""
    leave_out_unused()
    from bot.chat.admission import Gate, Line
    from bot.chat.limits import Limits
    from bot.chat.session import SessionService
    from bot.rasa_runtime.agent import load_assistant
    from bot.rasa_runtime.logs import configure_logging
    from bot.rate_limit import LocalCounts, Rule
    from bot.redaction.redactor import Redactor
    from bot.store.dialogue import DialogueStore
    from bot.store.engine import open_engine

    class Unlimited(LocalCounts):
        async def wait(self, rule: Rule, key: str) -> float:
            return 0.0

    configure_logging("ERROR")
    store = DialogueStore(engine=open_engine(f"sqlite:///{directory}/speed.db"))
    agent = load_assistant(model, store)
    gate = Gate(Line(calm=_PATIENCE, danger=_PATIENCE), calm=_PATIENCE, danger=_PATIENCE)
    sessions = SessionService(Redactor.load(), "", Limits(Unlimited(), gate=gate))

    async def begin() -> Say:
        token = (await sessions.start(agent)).token
        return lambda text: sessions.say(agent, token, text)

    return begin


async def begin_default(model: Path, _: Path) -> Begin:
    """Load stock Rasa, with some advantages: an in-memory store, no redaction or logging, and actions without HTTP."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.utils.endpoints import EndpointConfig
    from rasa_sdk.executor import ActionExecutor

    from bot.rasa_runtime.logs import configure_logging

    executor = ActionExecutor()
    executor.register_package("actions")

    class InProcess(EndpointConfig):
        async def request(self, *args: Any, **kwargs: Any) -> Any:
            return await executor.run(kwargs["json"])

    configure_logging("ERROR")
    agent = Agent.load(str(model), action_endpoint=InProcess(url="inprocess://actions"))

    async def begin() -> Say:
        conversation_id = uuid.uuid4().hex
        return lambda text: agent.handle_message(UserMessage(text, CollectingOutputChannel(), conversation_id))

    return begin


async def begin_encoder(_: Path, __: Path) -> Begin:
    """Load only the sentence encoder. For each message, encode the same texts as the assistant does, on one thread."""
    leave_out_unused()
    from rasa.shared.core.slots import AnySlot
    from rasa.shared.core.trackers import DialogueStateTracker
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.context import RECENT, kept
    from bot.nlu.encoder import EncoderFeaturizer

    encoder = EncoderFeaturizer(EncoderFeaturizer.get_default_config(), "encoder")

    async def begin() -> Say:
        said: List[str] = []
        slot = AnySlot(RECENT, mappings=[], initial_value=[])
        tracker = DialogueStateTracker("", [slot])

        async def say(text: str) -> None:
            encoder.process([Message.build(text)], tracker)
            said.append(text)
            tracker.slots[RECENT].value = kept(said)

        return say

    return begin


KINDS = {"ours": begin_ours, "default": begin_default, "encoder": begin_encoder}


async def hold(begin: Begin, conversation: List[str]) -> List[float]:
    """Hold one conversation, and return the time that each message took, in milliseconds."""
    say = await begin()
    took: List[float] = []
    for text in conversation:
        started = time.perf_counter()
        await say(text)
        took.append((time.perf_counter() - started) * 1000)
    return took


async def work(kind: str, model: Path, directory: Path) -> None:
    """Answer requests until the input ends."""
    begin = await KINDS[kind](model, directory)
    _answer({})
    for line in sys.stdin:
        conversations = json.loads(line)["conversations"]
        gc.collect()
        started, used = time.perf_counter(), time.process_time()
        took = await asyncio.gather(*(hold(begin, conversation) for conversation in conversations))
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
        _answer({"ms": took, "seconds": seconds, "cpu": cpu})


def _answer(answer: Dict[str, Any]) -> None:
    print(json.dumps(answer), file=_OUT, flush=True)


if __name__ == "__main__":
    # Rasa prints to standard output, which must contain only our answers.
    _OUT, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory() as own:
        asyncio.run(work(sys.argv[1], Path(sys.argv[2]), Path(own)))
