"""What somebody says and is answered, as Rasa hands it to the store."""

import hashlib
from typing import Any, Dict, Optional

from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from bot.store.dialogue import DialogueStore

ID = hashlib.sha256(b"token").hexdigest()
ANOTHER_ID = hashlib.sha256(b"another token").hexdigest()
ANSWER = {"kind": "text", "text": "hello"}


async def say(
    store: DialogueStore,
    text: str,
    intent: str = "greet",
    answer: Optional[Dict[str, Any]] = None,
    slots: Optional[Dict[str, Any]] = None,
    conversation_id: str = ID,
) -> None:
    """One more turn of a conversation that was begun."""
    tracker = await store.get_or_create_tracker(conversation_id)
    parsed = {"intent": {"name": intent, "confidence": 0.9}, "entities": [], "text": text}
    tracker.update(UserUttered(text, parsed["intent"], [], parsed), store.domain)
    for name, value in (slots or {}).items():
        tracker.update(SlotSet(name, value), store.domain)
    tracker.update(BotUttered(None, {"custom": answer or ANSWER}), store.domain)
    tracker.update(ActionExecuted("action_listen"), store.domain)
    await store.save(tracker)
