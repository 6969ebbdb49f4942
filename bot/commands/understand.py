"""Classifies texts for `streetwise understand`, one by one or as the messages of a conversation.

It uses the chat's redaction, model and case.
"""

from typing import Dict, List, NamedTuple, TypedDict

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.case.case import Case, dump
from bot.case.derived import asker, urgency
from bot.case.facts import Value
from bot.case.reading import FALLBACK, Reading, read
from bot.case.update import update
from bot.chat.arrival import arrive
from bot.content.models import Library
from bot.nlu.context import kept
from bot.nlu.safety_net import serving
from bot.redaction.redactor import Redactor


class Conversation(NamedTuple):
    """The state of a conversation between two messages: its case, and its recent redacted texts."""

    case: Case = Case()
    recent: List[str] = []


class Understood(NamedTuple):
    """A message's reading, and the state of the conversation after it."""

    reading: Reading
    conversation: Conversation


class Understanding(TypedDict):
    """An output line of `streetwise understand`, without the id."""

    topic: str
    intent: str
    confidence: float
    asker: str
    urgency: str
    role: str
    facts: Dict[str, Value]


async def understand(
    agent: Agent, redactor: Redactor, library: Library, text: str, before: Conversation
) -> "Understood | None":
    """Classify a text in its conversation, or return None if no text is left after redaction."""
    arrived = arrive(text, serving(agent), redactor)
    plain = arrived.text.lstrip("/ ")
    if not plain:
        return None
    if agent.processor is None:
        raise RasaException("No model is loaded. Run 'make train'.")
    slots = [SlotSet("case", dump(before.case)), SlotSet("recent", before.recent)]
    tracker = DialogueStateTracker.from_events("understand", slots, slots=agent.domain.slots if agent.domain else None)
    parsed = await agent.processor.parse_message(UserMessage(plain, metadata=arrived.metadata), tracker)
    reading = read(parsed, library.topic_of)
    case = update(before.case, reading, library.topic_of)
    return Understood(reading, Conversation(case, kept([*before.recent, plain])))


def as_line(understood: "Understood | None", library: Library) -> Understanding:
    """Return the output line for a reading. None means that redaction left nothing of the message."""
    if understood is None:
        return {
            "topic": "out_of_scope",
            "intent": "",
            "confidence": 0.0,
            "asker": "unknown",
            "urgency": "none",
            "role": "asks",
            "facts": {},
        }
    reading, case = understood.reading, understood.conversation.case
    # If the chat would ask "Do you mean …?", report the topic that it would ask about first.
    likeliest = max(reading.alone, key=lambda topic: reading.alone[topic], default=case.topic)
    intent = library.intent(case.intent)
    return {
        "topic": likeliest if reading.intent == FALLBACK and not case.intent else case.topic,
        "intent": reading.intent,
        "confidence": round(reading.confidence, 4),
        "asker": asker(case),
        "urgency": urgency(case, intent.urgency if intent else "none"),
        "role": str(case.role.value),
        "facts": {name: fact.value for name, fact in case.facts.items()},
    }
