"""Measures how much time the review log adds to saving a message, by saving messages with and without it."""

import hashlib
import statistics
import time
from datetime import date
from typing import Any, Dict, List, NamedTuple
from unittest.mock import patch

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rich.progress import Progress

from bot.settings import ROOT
from bot.store import review_log
from bot.store.dialogue import DialogueStore
from bot.store.engine import open_engine
from bot.store.review_log import OPENING
from bot.store.rows import Turn
from evaluation.console.invented import conversations

#: Number of conversations to save, alternately with and without the log, and how many of the first ones to discard.
CONVERSATIONS, WARM_UP = 400, 40


class WriteTimes(NamedTuple):
    """The results of the benchmark.

    `messages` is the number of messages saved. The other fields are median milliseconds per message, with `added` as
    the difference between the other two.
    """

    messages: int
    without_log: float
    with_log: float
    added: float


async def measure_writes(url: str, progress: Progress) -> WriteTimes:
    """Measure how long it takes to save messages in the database at `url`, then erase them."""
    store = DialogueStore(Domain.load(ROOT / "domain.yml"), engine=open_engine(url))
    began = time.time_ns()
    ids: List[str] = []
    taken: Dict[bool, List[float]] = {True: [], False: []}
    try:
        said = list(conversations(CONVERSATIONS, began, date.today()))
        for number, one in enumerate(progress.track(said, description="Saving")):
            ids.append(hashlib.sha256(f"{began} {number}".encode()).hexdigest())
            is_logged = number % 2 == 0
            keep = review_log.keep if is_logged else _skip_log
            with patch.object(review_log, "keep", keep):
                spent = [await _save(store, ids[-1], turn) for turn in one.turns if turn["intent"] != OPENING]
            if number >= WARM_UP:
                taken[is_logged] += spent
    finally:
        for conversation_id in ids:
            await store.erase(conversation_id)
        store.close()
    without, with_log = (round(statistics.median(taken[way]), 2) for way in (False, True))
    return WriteTimes(len(taken[True]) + len(taken[False]), without, with_log, round(with_log - without, 2))


def _skip_log(*_: Any) -> None:
    """Do nothing, in place of `review_log.keep`."""


async def _save(store: DialogueStore, conversation_id: str, turn: Turn) -> float:
    """Save a message as Rasa does after answering it, and return the time taken in milliseconds."""
    tracker = await store.get_or_create_tracker(conversation_id)
    intent = {"name": turn["intent"], "confidence": turn["confidence"]}
    ranking = [intent, {"name": turn["runner_up"], "confidence": turn["runner_up_confidence"]}]
    parsed = {"intent": intent, "intent_ranking": ranking, "entities": [], "text": turn["text"]}
    metadata = {"removed": turn["removed"], "model_id": turn["model"]}
    tracker.update(UserUttered(turn["text"], intent, [], parsed, metadata=metadata), store.domain)
    for reply in turn["replies"]:
        # The log looks for a question's buttons, which the invented replies lack.
        tracker.update(BotUttered(None, {"custom": {**reply, "choices": []}}), store.domain)
    tracker.update(ActionExecuted("action_listen"), store.domain)
    began = time.perf_counter()
    await store.save(tracker)
    return (time.perf_counter() - began) * 1000
