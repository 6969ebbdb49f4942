"""Runs the chat's conversations: checks tokens, redacts texts and asks the assistant. It knows nothing about HTTP."""

import asyncio
import hashlib
import logging
import re
import secrets
from contextlib import AsyncExitStack
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot.chat.arrival import arrive, load_languages, tells_of_danger
from bot.chat.conversation_store import ConversationStore, SessionStatus
from bot.chat.limits import Limits, no_danger
from bot.chat.problems import ChatError
from bot.content.areas import load_areas
from bot.content.library import load_library
from bot.content.message_types import RECEIPT, Message, Payload, Receipt, as_sent
from bot.content.texts import Text
from bot.monitoring import REDACTION_SECONDS
from bot.nlu.safety_net import serving
from bot.rate_limit import Rule
from bot.redaction.deadline import DeadlineError, with_deadline
from bot.redaction.redactor import MAX_LENGTH, Redactor, is_too_long
from bot.text.normalise import without_apostrophes

logger = logging.getLogger(__name__)

#: Seconds to wait for an answer before the person gets the helplines instead.
ANSWER_TIMEOUT = 20.0
TOKEN_BYTES = 32
CHANNEL = "chat"
#: Maps each outcome of a failed attempt to erase to the problem to report.
_NOT_ERASED = {"UNKNOWN": "no_token", "FAILED": "broken"}
_WORD = re.compile(r"\w{1,40}")
#: Matches a text that may be a typed button label.
_LABEL = re.compile(r"[\w\s.,!?'’-]{1,100}")
#: The topic of an answer if its messages do not name one.
OUT_OF_SCOPE = "out_of_scope"


class Started(NamedTuple):
    """A new conversation: its token, its latest expiry time, and its first messages.

    The time is in seconds since 1970.
    """

    token: str
    expires_at: float
    messages: List[Message]


class Answer(NamedTuple):
    """A turn: the redacted text, the messages that answer it, and the conversation's topic afterwards."""

    said: str
    messages: List[Message]
    topic: str = ""


class SessionService:
    """Starts, continues and erases conversations with the assistant."""

    def __init__(self, redactor: Redactor, left_out: str, limits: Optional[Limits] = None) -> None:
        """Load the language detector.

        Args:
            redactor: redacts every text before anything else sees it.
            left_out: the sentence that tells a person, once, that something was redacted.
            limits: the rate limits, which also make requests wait for their turn.
        """
        # Loaded now, so that the first message does not have to wait for it.
        load_languages()
        self._redactor = redactor
        self._left_out = left_out
        self._limits = limits or Limits()

    @staticmethod
    async def ensure_open(agent: Agent) -> None:
        """Check that the chat is not paused.

        Raises:
            ChatError: it is paused.
        """
        if await _store(agent).is_paused():
            raise ChatError("paused")

    @staticmethod
    async def is_open(agent: Agent, conversation_id: str) -> bool:
        """Whether the conversation exists and may continue."""
        status = await _store(agent).session_status(conversation_id)
        return status is not None and status.is_open

    @staticmethod
    async def is_signed_off(agent: Agent, texts: Sequence[Text]) -> bool:
        """Whether the current version of every text in `texts` is signed off.

        Raises:
            ChatError: the store is not a `ConversationStore`.
        """
        return await _store(agent).is_signed_off(texts)

    @staticmethod
    async def check(agent: Agent) -> None:
        """Check that the store answers.

        Raises:
            ChatError: the store is not a `ConversationStore`.
        """
        await _store(agent).session_status("")

    async def start(self, agent: Agent, network: str = "", area: str = "", first: str = "") -> Started:
        """Start a conversation. Its token is returned but not stored.

        Args:
            agent: the assistant.
            network: the client's network, used only for the rate limit, or an empty string if it is not known.
            area: the police area that the host page names, or an empty string if it names none.
            first: the message that will follow, if it is known. It is not answered here, but if it indicates danger,
                the conversation starts even if the network starts conversations too fast or the chat is too busy.

        Raises:
            ChatError: the chat is paused or too busy, the area is unknown, or the network starts conversations too
                fast.
        """
        if area and area not in load_areas().areas:
            raise ChatError("unknown_area")

        def is_danger() -> bool:
            return _tells_of_danger(agent, first)

        if network:
            await self._limits.count(self._limits.starts, network, is_danger)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        async with self._limits.turn(network or token, is_danger):
            await self.ensure_open(agent)
            conversation_id = hash_token(token)
            expires_at = await _store(agent).begin(conversation_id)
            opening = _parsed("start_conversation", {"place": area.replace("_", " ")} if area else {})
            answer = await self._ask(agent, conversation_id, "", opening, _receipt(""))
        return Started(token, expires_at, answer.messages)

    async def say(self, agent: Agent, token: Optional[str], text: str, message_id: str = "") -> Answer:
        """Answer a text. If a message with the same id has already been answered, return that answer and add nothing.

        A text that repeats the label of a button in the last reply counts as pressing it.

        A text that indicates danger is accepted even if the chat is busy or messages arrive too fast. If it still
        cannot be answered, the error names the helplines.

        Raises:
            ChatError: there is no such conversation, the text is empty or too long, messages arrive too fast, the chat
                is too busy, or the text could not be read in time.
        """

        def is_danger() -> bool:
            return _tells_of_danger(agent, text)

        try:
            async with self._limits.turn(hash_token(token or ""), is_danger):
                conversation_id, status = await self._authorize(agent, token, self._limits.messages, is_danger)
                if is_too_long(text, MAX_LENGTH):
                    raise ChatError("too_long")
                return await self._say(agent, conversation_id, status, text, message_id)
        except Exception as error:
            if (isinstance(error, ChatError) and error.name != "broken") or not is_danger():
                raise
            logger.error("A message that told of danger was not answered: %s.", type(error).__name__)
            raise ChatError("danger_unanswered") from None

    async def _say(
        self, agent: Agent, conversation_id: str, status: SessionStatus, text: str, message_id: str
    ) -> Answer:
        choice = _typed_choice(status.choices, text)
        if choice is not None:
            return await self._press(agent, conversation_id, choice, _receipt(message_id))
        try:
            with REDACTION_SECONDS.time():
                arrived = await with_deadline(arrive, text, serving(agent), self._redactor)
        except DeadlineError:
            logger.error("A text was not read in time.")
            raise ChatError("broken") from None
        # Rasa reads a text that begins with a slash as an intent chosen by the client.
        plain = arrived.text.lstrip("/ ")
        if not plain:
            raise ChatError("empty")
        # Not added in other languages: the notice is in English, and their ordinary words may be redacted as names.
        is_told = bool(arrived.removed) and not status.was_redacted and arrived.foreign is None
        after: List[Message] = [{"kind": "text", "text": self._left_out}] if is_told else []
        receipt = _receipt(message_id, after)
        return await self._ask(agent, conversation_id, plain, None, receipt, arrived.metadata)

    async def choose(self, agent: Agent, token: Optional[str], choice_id: str, message_id: str = "") -> Answer:
        """Answer a press of a button in the conversation's last reply. For `message_id`, see `say`.

        Raises:
            ChatError: there is no such conversation or button, messages arrive too fast, or the chat is too busy.
        """
        async with self._limits.turn(hash_token(token or "")):
            conversation_id, status = await self._authorize(agent, token, self._limits.messages)
            choice, receipt = status.choices.get(choice_id), _receipt(message_id)
            if choice is None:
                # If this press has been answered, the answer's own buttons have replaced the button.
                answer = await _answered(agent, conversation_id, receipt)
                if answer is None:
                    raise ChatError("unknown_choice")
                return answer
            return await self._press(agent, conversation_id, choice, receipt)

    async def _press(self, agent: Agent, conversation_id: str, choice: Payload, receipt: Receipt) -> Answer:
        parsed = _parsed(choice["intent"], choice["entities"])
        return await self._ask(agent, conversation_id, choice["label"], parsed, receipt)

    async def erase(self, agent: Agent, token: Optional[str]) -> None:
        """Erase everything stored about a conversation. A message that is still being answered stores nothing.

        If the store cannot erase the conversation at once, it marks the conversation, which then counts as erased.

        Raises:
            ChatError: there is no such conversation, or it could be neither erased nor marked.
        """
        outcome = (await _unwrapped(agent).erase_soon(hash_token(token or ""))).name
        if outcome in _NOT_ERASED:
            raise ChatError(_NOT_ERASED[outcome])

    @staticmethod
    async def saved_turns(agent: Agent, token: str) -> List[Answer]:
        """Return the turns of a conversation whose messages had an id."""
        return [_answer(*turn) for turn in await _store(agent).shown(hash_token(token))]

    async def report_fault(self, agent: Agent, what: str, token: Optional[str], network: str = "") -> None:
        """Store a fault report, with its conversation if a token is given.

        Args:
            agent: the assistant.
            what: the fault.
            token: the conversation's token, or None.
            network: the client's network, used only for the rate limit, or an empty string if it is not known.

        Raises:
            ChatError: there is no such conversation, or there are too many reports from it, from the network or in all.
        """
        keys = (f"conversation {hash_token(token)}" if token else "", f"network {network}" if network else "")
        await self._limits.count_report(filter(None, keys))
        if token and await _store(agent).session_status(hash_token(token)) is None:
            raise ChatError("no_token")
        await _store(agent).complain(what, hash_token(token) if token else None)

    async def count_opened(self, agent: Agent, token: Optional[str], service: str) -> None:
        """Count that a service was opened or called, once for each service and conversation.

        Raises:
            ChatError: there is no such conversation or service, or services are opened too fast.
        """
        if service not in load_library().services:
            raise ChatError("unknown_service")
        conversation_id, _ = await self._authorize(agent, token, self._limits.opens)
        await _store(agent).count_opened(conversation_id, service)

    async def _authorize(
        self, agent: Agent, token: Optional[str], limit: Rule, is_danger: Callable[[], bool] = no_danger
    ) -> Tuple[str, SessionStatus]:
        """Check a token and apply a rate limit. Return the conversation's id and status.

        Raises:
            ChatError: the chat is paused, there is no such conversation, it was erased, or requests arrive too fast.
        """
        conversation_id = hash_token(token or "")
        status = await _store(agent).session_status(conversation_id)
        if status is not None and status.is_paused:
            raise ChatError("paused")
        if status is None or not (status.is_open or status.is_erased):
            raise ChatError("no_token")
        if status.is_erased:
            raise ChatError("erased")
        await self._limits.count(limit, conversation_id, is_danger)
        return conversation_id, status

    async def _ask(
        self,
        agent: Agent,
        conversation_id: str,
        text: str,
        parsed: Optional[Mapping[str, object]],
        receipt: Receipt,
        metadata: Optional[Mapping[str, object]] = None,
    ) -> Answer:
        """Send a message to the assistant, unless it has already been answered, and return the answer."""
        collector = CollectingOutputChannel()
        named = {RECEIPT: receipt} if receipt["id"] or receipt["after"] else {}
        message = UserMessage(
            text,
            collector,
            conversation_id,
            parse_data=parsed,
            input_channel=CHANNEL,
            metadata={**(metadata or {}), **named},
        )
        before = await asyncio.wait_for(_handle(agent, message, receipt), timeout=ANSWER_TIMEOUT)
        if before is not None:
            return before
        if not collector.messages:
            # Rasa swallows exceptions from actions, so an empty answer means that something failed.
            logger.error("No rule, story or action answered a message.")
            raise ChatError("broken")
        sent = [one.get("custom") or {"kind": "text", "text": one.get("text") or ""} for one in collector.messages]
        return _answer(text, [*sent, *receipt["after"]])


async def _handle(agent: Agent, message: UserMessage, receipt: Receipt) -> Optional[Answer]:
    """Have Rasa handle a message, unless it has already been answered. Return the earlier answer, if there is one.

    A message may be sent again while it is still being handled, so this takes the conversation's lock before it looks
    for an earlier answer. If the client disconnects or the time runs out, handling continues, because a transaction
    that has begun cannot be stopped and must end before another process gets the lock.
    """
    async with AsyncExitStack() as lock:
        await lock.enter_async_context(agent.lock_store.lock(message.sender_id))
        handling = asyncio.create_task(_handle_locked(lock.pop_all(), agent, message, receipt))
    handling.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(handling)


async def _handle_locked(
    lock: AsyncExitStack, agent: Agent, message: UserMessage, receipt: Receipt
) -> Optional[Answer]:
    """Handle a message, then release its conversation's lock. See `_handle`."""
    assert agent.processor is not None
    async with lock:
        answer = await _answered(agent, message.sender_id, receipt)
        if answer is None:
            await agent.processor.handle_message(message)
        return answer


async def _answered(agent: Agent, conversation_id: str, receipt: Receipt) -> Optional[Answer]:
    """Return the earlier answer to a message, or None if there is none or the message has no id."""
    turn = await _store(agent).answered(conversation_id, receipt["id"]) if receipt["id"] else None
    return _answer(*turn) if turn is not None else None


def _receipt(message_id: str, after: Sequence[Message] = ()) -> Receipt:
    """Return a message's receipt. The id is hashed, because a client might put anything into it."""
    return {"id": hash_token(message_id) if message_id else "", "after": [*after]}


def hash_token(token: str) -> str:
    """Return the id of a token's conversation, which is the token's SHA-256 and does not grant access."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _typed_choice(choices: Mapping[str, Payload], text: str) -> Optional[Payload]:
    """Return the button of the last reply whose label a text repeats, or None. Case and punctuation do not matter.

    A text with an emoji says more than the label. A button that ends danger must be pressed, because its words may be
    about something else ("that is not what i meant").
    """
    words = _words(text) if _LABEL.fullmatch(text) else []
    found = [choice for choice in choices.values() if words and _words(choice["label"]) == words]
    return found[0] if len(found) == 1 and "danger" not in found[0]["entities"] else None


def _words(text: str) -> List[str]:
    return _WORD.findall(without_apostrophes(text).casefold())


def _parsed(intent: str, entities: Mapping[str, str]) -> Mapping[str, object]:
    """Return a button's intent and entities as the parse data that Rasa expects."""
    named = {"name": intent, "confidence": 1.0}
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"text": "", "intent": named, "intent_ranking": [named], "entities": found}


def _tells_of_danger(agent: Agent, text: str) -> bool:
    return bool(text) and not is_too_long(text, MAX_LENGTH) and tells_of_danger(text, serving(agent))


def _answer(said: str, sent: Sequence[Mapping[str, Any]]) -> Answer:
    """Return a turn as clients receive it, from the messages as the action sent them."""
    topics = [message["about"] for message in sent if "about" in message]
    return Answer(said, [as_sent(message) for message in sent], topics[0] if topics else OUT_OF_SCOPE)


def _unwrapped(agent: Agent) -> ConversationStore:
    """Return the store without the wrapper that `rasa run` puts around it.

    When the store fails, the wrapper falls back to memory, so it would accept messages and then lose them.

    Raises:
        ChatError: Rasa fell back to a store that cannot begin or erase a conversation.
    """
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if not isinstance(store, ConversationStore):
        raise ChatError("broken")
    return store


def _store(agent: Agent) -> ConversationStore:
    """Return the unwrapped store, and make the assistant use it from now on.

    Raises:
        ChatError: Rasa fell back to another store, or has no model.
    """
    store = _unwrapped(agent)
    if agent.processor is None:
        raise ChatError("broken")
    agent.tracker_store = agent.processor.tracker_store = store
    return store
