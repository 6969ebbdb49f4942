"""How one text is understood, outside any conversation: what `streetwise understand` prints."""

from typing import Any, Dict

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException

from bot.chat.arrival import arrive
from bot.content.library import Library
from bot.nlu.ages import self_age
from bot.nlu.safety_net import serving
from bot.privacy.redact import Redactor
from bot.referral.refer import ADULT

DANGER = "immediate_danger"


async def understand(agent: Agent, redactor: Redactor, library: Library, text: str) -> Dict[str, Any]:
    """Topic, intent, confidence, asker and urgency of a text, through the chat's redaction and model."""
    arrived = arrive(text, serving(agent), redactor)
    plain = arrived.text.lstrip("/ ")
    if not plain:
        return {"topic": "out_of_scope", "intent": "", "confidence": 0.0, "asker": "unknown", "urgency": "none"}
    parsed = await _parse(agent, plain, arrived.metadata)
    name, confidence = parsed["intent"]["name"], parsed["intent"]["confidence"]
    # Where the chat would ask "Do you mean …?", the likeliest reading is the one that it asks about first.
    read_as = next(entry["name"] for entry in parsed["intent_ranking"] if library.intent(entry["name"]) is not None)
    description = library.intent(read_as)
    return {
        "topic": library.topic_of(read_as),
        "intent": name,
        "confidence": round(float(confidence), 4),
        "asker": _asker(parsed["entities"], description.asker if description else "unknown"),
        "urgency": _urgency(parsed["entities"], description.urgency if description else "none"),
    }


async def _parse(agent: Agent, text: str, metadata: Dict[str, Any]) -> Dict[str, Any]:
    # The agent's own `parse_message` takes a text without metadata.
    if agent.processor is None:
        raise RasaException("No model is loaded. Run 'make train'.")
    parsed: Dict[str, Any] = await agent.processor.parse_message(UserMessage(text, metadata=metadata))
    return parsed


def _urgency(entities: "list[Dict[str, Any]]", implied: str) -> str:
    """As heard in the words, but never less than a crisis where the intent is one."""
    if implied == DANGER:
        return implied
    return next((str(e["value"]) for e in entities if e["entity"] == "urgency"), implied)


def _asker(entities: "list[Dict[str, Any]]", implied: str) -> str:
    age = self_age(entities)
    if age is not None and age < ADULT:
        return "young_person"
    return next((e["value"] for e in entities if e["entity"] == "asker"), implied)
