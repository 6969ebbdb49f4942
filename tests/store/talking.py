"""Adds turns to a conversation in the store, as Rasa would."""

import hashlib
from typing import Any, Dict, Optional

from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from bot.case.case import Case, dump
from bot.case.facts import Fact, Value
from bot.content.message_types import RECEIPT, Receipt
from bot.store import triage
from bot.store.dialogue import DialogueStore
from bot.store.state import CASE

ID = hashlib.sha256(b"token").hexdigest()
ANOTHER_ID = hashlib.sha256(b"another token").hexdigest()
ANSWER = {"kind": "text", "text": "hello"}


async def say(
    store: DialogueStore,
    text: str,
    intent: str = "greet",
    answer: Optional[Dict[str, Any]] = None,
    facts: Optional[Dict[str, Value]] = None,
    slots: Optional[Dict[str, Any]] = None,
    conversation_id: str = ID,
    receipt: Optional[Receipt] = None,
    changes_case: bool = True,
) -> None:
    """Add a turn to an open conversation whose case is about `intent` and holds `facts`."""
    tracker = await store.get_or_create_tracker(conversation_id)
    parsed = {"intent": {"name": intent, "confidence": 0.9}, "entities": [], "text": text}
    metadata = {RECEIPT: receipt} if receipt else {}
    tracker.update(UserUttered(text, parsed["intent"], [], parsed, metadata=metadata), store.domain)
    known = {name: Fact(value, True, 1) for name, value in (facts or {}).items()}
    case = Case(turn=1, topic=triage.defaults_of(intent).topic, intent=intent, facts=known)
    for name, value in {**({CASE: dump(case)} if changes_case else {}), **(slots or {})}.items():
        tracker.update(SlotSet(name, value), store.domain)
    tracker.update(BotUttered(None, {"custom": answer or ANSWER}), store.domain)
    tracker.update(ActionExecuted("action_listen"), store.domain)
    await store.save(tracker)
