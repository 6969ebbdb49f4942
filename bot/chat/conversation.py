"""A conversation seen from the door: token in, redacted text on, structured messages out. Knows nothing of HTTP."""

import asyncio
import hashlib
import logging
import secrets
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot.chat.arrival import arrive, load_languages
from bot.chat.problems import ChatError
from bot.content.texts import Text
from bot.limits import MESSAGES, STARTS, RateLimit
from bot.nlu.safety_net import serving
from bot.privacy.in_time import SlowError, in_time
from bot.privacy.redact import MAX_LENGTH, Redactor, is_too_long
from bot.settings import AREAS

logger = logging.getLogger(__name__)

#: Seconds that an answer may take before the person is given the helplines instead.
PATIENCE = 20.0
TOKEN_BYTES = 32
CHANNEL = "chat"
#: What is told where a conversation was not erased.
_NOT_ERASED = {"UNKNOWN": "no_token", "FAILED": "broken"}
#: Fields of a message that are for us: the rule that chose a service, and the topic of the conversation.
PRIVATE = ("rule", "about")
#: The topic of an answer that could only name the helplines.
OUT_OF_SCOPE = "out_of_scope"

Message = Dict[str, Any]


class Started(NamedTuple):
    """A new conversation: its token, when it ends at the latest (seconds since 1970) and the first messages."""

    token: str
    expires_at: float
    messages: List[Message]


class Answer(NamedTuple):
    """What was said, as far as it was let in, what was answered, and what the conversation is now about."""

    said: str
    messages: List[Message]
    topic: str = ""


class Door:
    """What the channel asks of the assistant."""

    def __init__(self, redactor: Redactor, left_out: str, messages: Optional[RateLimit] = None) -> None:
        """Keep what the door needs.

        Args:
            redactor: nothing passes without it.
            left_out: tells a person, once, that it took something.
            messages: how fast a conversation may go, if not at the usual pace.
        """
        # The first message must not wait for it.
        load_languages()
        self._redactor = redactor
        self._left_out = left_out
        self._messages, self._starts = messages or RateLimit(MESSAGES), RateLimit(STARTS)

    @staticmethod
    async def see_open(agent: Agent) -> None:
        """See that the chat is not paused.

        Raises:
            ChatError: it is.
        """
        if await _store(agent).is_paused():
            raise ChatError("paused")

    @staticmethod
    async def is_signed_off(agent: Agent, texts: Sequence[Text]) -> bool:
        """Whether every one of `texts` is signed off as it stands.

        Raises:
            ChatError: it is not a store that can serve.
        """
        return bool(await _store(agent).is_signed_off(texts))

    @staticmethod
    async def check(agent: Agent) -> None:
        """See that the store answers; any id will do.

        Raises:
            ChatError: it is not a store that can serve.
        """
        await _store(agent).session_status("")

    async def start(self, agent: Agent, address: str = "", area: str = "") -> Started:
        """Begin a conversation. The token is given out here and kept nowhere.

        Args:
            agent: the assistant.
            address: where the request came from, to be counted and forgotten; empty where it is not known.
            area: the police area that the host page names; empty where it names none.

        Raises:
            ChatError: the chat is paused, there is no such area, or conversations begin too fast there.
        """
        if area and area not in AREAS:
            raise ChatError("unknown_area")
        await self.see_open(agent)
        if address:
            self._count(self._starts, address)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        conversation_id = identify(token)
        expires_at = await _store(agent).begin(conversation_id)
        opening = _parsed("start_conversation", {"place": area.replace("_", " ")} if area else {})
        messages, _ = await self._ask(agent, conversation_id, "", opening, None)
        return Started(token, expires_at, messages)

    async def say(self, agent: Agent, token: Optional[str], text: str) -> Answer:
        """Answer a text.

        Raises:
            ChatError: there is no such conversation, the text is empty or too long, it comes too fast, or it
                could not be read in time.
        """
        conversation_id, standing = await self._enter(agent, token)
        if is_too_long(text, MAX_LENGTH):
            raise ChatError("too_long")
        try:
            arrived = await in_time(arrive, text, serving(agent), self._redactor)
        except SlowError:
            logger.error("A text was not read in time.")
            raise ChatError("broken") from None
        # Rasa takes a text that begins with a slash as an intent chosen by the client.
        plain = arrived.text.lstrip("/ ")
        if not plain:
            raise ChatError("empty")
        messages, topic = await self._ask(agent, conversation_id, plain, None, arrived.metadata)
        # Of another language, words may be taken for names: it would not be true, and is in English.
        if arrived.removed and not standing.was_redacted and arrived.foreign is None:
            messages.append({"kind": "text", "text": self._left_out})
        return Answer(plain, messages, topic)

    async def choose(self, agent: Agent, token: Optional[str], choice_id: str) -> Answer:
        """Answer a button of this conversation's last reply.

        Raises:
            ChatError: there is no such conversation or button, or it comes too fast.
        """
        conversation_id, standing = await self._enter(agent, token)
        choice = standing.choices.get(choice_id)
        if choice is None:
            raise ChatError("unknown_choice")
        parsed = _parsed(choice["intent"], choice["entities"])
        messages, topic = await self._ask(agent, conversation_id, choice["label"], parsed, None)
        return Answer(choice["label"], messages, topic)

    async def erase(self, agent: Agent, token: Optional[str]) -> None:
        """Erase a conversation, everywhere. A message in flight finds it closed and keeps nothing.

        Where the store cannot do so at once it keeps a mark, and the conversation counts as erased from then on.

        Raises:
            ChatError: there is no such conversation, or it could be neither erased nor marked.
        """
        store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
        if not hasattr(store, "erase_soon"):
            raise ChatError("broken")
        outcome = (await store.erase_soon(identify(token or ""))).name
        if outcome in _NOT_ERASED:
            raise ChatError(_NOT_ERASED[outcome])

    async def show(self, agent: Agent, token: str, answer: Answer) -> List[Answer]:
        """Keep a turn for a page that is drawn anew each time; returns all that were kept of its conversation."""
        store, conversation_id = _store(agent), identify(token)
        await store.show(conversation_id, answer.said, answer.messages)
        return await self.shown(agent, token)

    @staticmethod
    async def shown(agent: Agent, token: str) -> List[Answer]:
        """The turns kept by `show`."""
        return [Answer(*turn) for turn in await _store(agent).shown(identify(token))]

    async def complain(self, agent: Agent, what: str, token: Optional[str]) -> None:
        """Keep that something is wrong; with a token, which conversation it is about.

        Raises:
            ChatError: there is no such conversation.
        """
        if token and await _store(agent).session_status(identify(token)) is None:
            raise ChatError("no_token")
        await _store(agent).complain(what, identify(token) if token else None)

    async def _enter(self, agent: Agent, token: Optional[str]) -> "tuple[str, Any]":
        conversation_id = identify(token or "")
        standing = await _store(agent).session_status(conversation_id)
        if standing is not None and standing.is_paused:
            raise ChatError("paused")
        if standing is None or not (standing.is_open or standing.is_erased):
            raise ChatError("no_token")
        if standing.is_erased:
            raise ChatError("erased")
        self._count(self._messages, conversation_id)
        return conversation_id, standing

    @staticmethod
    def _count(limit: RateLimit, key: str) -> None:
        wait = limit.wait(key)
        if wait:
            raise ChatError("too_many", retry_after=wait)

    async def _ask(
        self,
        agent: Agent,
        conversation_id: str,
        text: str,
        parsed: Optional[Dict[str, Any]],
        metadata: Optional[Dict[str, Any]],
    ) -> Tuple[List[Message], str]:
        """The messages of an answer, and what the conversation is now about."""
        collector = CollectingOutputChannel()
        message = UserMessage(
            text,
            collector,
            conversation_id,
            parse_data=parsed,
            input_channel=CHANNEL,
            metadata=metadata,
        )
        await asyncio.wait_for(agent.handle_message(message), timeout=PATIENCE)
        if not collector.messages:
            # Rasa swallows the exceptions of actions; silence is not an answer.
            logger.error("No rule, story or action answered a message.")
            raise ChatError("broken")
        abouts = [said["custom"]["about"] for said in collector.messages if "about" in said.get("custom", {})]
        return [_outgoing(said) for said in collector.messages], abouts[0] if abouts else OUT_OF_SCOPE


def identify(token: str) -> str:
    """The id of a token's conversation: its SHA-256, which opens nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _parsed(intent: str, entities: Dict[str, Any]) -> Dict[str, Any]:
    named = {"name": intent, "confidence": 1.0}
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"text": "", "intent": named, "intent_ranking": [named], "entities": found}


def _outgoing(said: Dict[str, Any]) -> Message:
    """A message as it may leave: of a choice its id and label only."""
    message = said.get("custom")
    if message is None:
        return {"kind": "text", "text": said.get("text") or ""}
    public = {name: value for name, value in message.items() if name not in PRIVATE}
    if "choices" in public:
        public["choices"] = [{"id": choice["id"], "label": choice["label"]} for choice in public["choices"]]
    return public


def _store(agent: Agent) -> Any:
    """The store of conversations, freed of the wrapper in which `rasa run` puts it.

    The wrapper falls back to memory when the store fails, and so acknowledges messages that are lost.

    Raises:
        ChatError: Rasa fell back to a store that cannot begin, close or erase a conversation.
    """
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if agent.processor is None or not hasattr(store, "session_status"):
        raise ChatError("broken")
    agent.tracker_store = agent.processor.tracker_store = store
    return store
