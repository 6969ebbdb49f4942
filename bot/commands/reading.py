"""Commands that classify and redact texts."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Callable, Dict, List, Mapping, NamedTuple, Optional

from bot.commands import CommandError
from bot.commands.serving import trained
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from rasa.core.agent import Agent

    from bot.commands.understand import Conversation, Understanding
    from bot.content.models import Library
    from bot.redaction.redactor import Redactor


class Line(NamedTuple):
    """An input line; the id is copied to the output unchanged."""

    id: object
    text: str
    conversation: Optional[str]


def understand() -> None:
    """Show how each message is read. Takes JSON lines {"id", "text"} on standard input.

    The output has the topic, intent, confidence, asker, urgency, role and facts. Lines with the same "conversation"
    belong to one conversation, in order; their topic, role and facts describe the conversation after that line.
    """
    reader = Reader.load(load_settings())

    def one(line: Line) -> Mapping[str, object]:
        return {"id": line.id, **reader.read(line.text, line.conversation)}

    _each_line(one)


def redact() -> None:
    """Redact texts. Takes JSON lines {"id", "text"} on standard input and writes each without identifiers."""
    from bot.chat.arrival import arrive
    from bot.nlu.safety_net import Phrases
    from bot.redaction.redactor import Redactor

    redactor, net = Redactor.load(), Phrases.load()

    def one(line: Line) -> Mapping[str, object]:
        redacted = arrive(line.text, net, redactor)
        return {"id": line.id, "text": redacted.text, "removed": redacted.removed}

    _each_line(one)


class Reader:
    """Classifies texts with the chat's redaction and model, and remembers conversations by name."""

    def __init__(self, agent: "Agent", redactor: "Redactor", library: "Library") -> None:
        self._agent, self._redactor, self._library = agent, redactor, library
        self._conversations: Dict[str, Conversation] = {}

    @classmethod
    def load(cls, settings: Settings) -> "Reader":
        """Load the model with an in-memory store; the model is trained first if it does not exist."""
        from bot.content.library import load_library
        from bot.rasa_runtime.agent import load_assistant
        from bot.rasa_runtime.logs import configure_logging
        from bot.redaction.redactor import Redactor
        from bot.store.dialogue import DialogueStore
        from bot.store.engine import open_engine

        model = trained(settings)
        configure_logging("ERROR")
        store = DialogueStore(engine=open_engine("sqlite://"))
        return cls(load_assistant(model, store), Redactor.load(), load_library())

    @property
    def topics(self) -> List[str]:
        """All topics that a message can have."""
        return list(self._library.topics)

    def read(self, text: str, conversation: Optional[str] = None) -> "Understanding":
        """Return the output for a text. If a conversation is named, its earlier texts are taken into account."""
        from bot.commands.understand import Conversation, as_line
        from bot.commands.understand import understand as understood

        before = self._conversations.get(conversation or "", Conversation())
        found = asyncio.run(understood(self._agent, self._redactor, self._library, text, before))
        if conversation is not None and found is not None:
            self._conversations[conversation] = found.conversation
        return as_line(found, self._library)


def _each_line(work: Callable[[Line], Mapping[str, object]]) -> None:
    # Read bytes, because the terminal's encoding may not be the file's, and so that errors can name the line that is
    # not UTF-8.
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            print(json.dumps(work(_parse(line, number)), ensure_ascii=False), flush=True)


def _parse(line: bytes, number: int) -> Line:
    try:
        parsed = json.loads(line.decode("utf-8-sig"))
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or "id" not in parsed or not isinstance(parsed.get("text"), str):
        raise CommandError(
            f'Line {number} of the input is not a JSON object in UTF-8 with an "id" and a "text". Mend that line.'
        )
    return Line(parsed["id"], parsed["text"], parsed.get("conversation"))
