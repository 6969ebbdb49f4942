"""The interface that the chat needs from its store.

`bot.store.dialogue.DialogueStore` implements it. Rasa's own stores do not.
"""

from enum import Enum
from typing import Iterable, List, Mapping, Optional, Protocol, Tuple, runtime_checkable

from bot.content.message_types import Message, Payload
from bot.content.texts import Text


class SessionStatus(Protocol):
    """A conversation's status."""

    @property
    def is_paused(self) -> bool:
        """Whether the whole chat is paused."""

    @property
    def is_open(self) -> bool:
        """Whether the conversation may continue."""

    @property
    def is_erased(self) -> bool:
        """Whether the conversation has been erased."""

    @property
    def choices(self) -> Mapping[str, Payload]:
        """The payloads of the last reply's buttons, by button id."""

    @property
    def was_redacted(self) -> bool:
        """Whether anything has been redacted from the conversation's messages."""


@runtime_checkable
class ConversationStore(Protocol):
    """Begins, saves and erases conversations, which are identified by the hash of their token."""

    async def begin(self, conversation_id: str) -> float:
        """Create a conversation and return its latest expiry time, in seconds since 1970."""

    async def session_status(self, conversation_id: str) -> Optional[SessionStatus]:
        """Return a conversation's status, or None if it does not exist."""

    async def is_paused(self) -> bool:
        """Whether the chat is paused."""

    async def is_signed_off(self, texts: Iterable[Text]) -> bool:
        """Whether the current version of every text in `texts` is signed off."""

    async def answered(self, conversation_id: str, message_id: str) -> Optional[Tuple[str, List[Message]]]:
        """Return the message with this id and the replies to it, or None if it has not been answered."""

    async def shown(self, conversation_id: str) -> List[Tuple[str, List[Message]]]:
        """Return the turns whose messages have an id, in order, as (message, replies)."""

    async def complain(self, what: str, conversation_id: Optional[str]) -> None:
        """Store a fault report, with the conversation if one is given."""

    async def count_opened(self, conversation_id: str, service: str) -> None:
        """Count a service as opened or called, once per service and conversation."""

    async def erase_soon(self, conversation_id: str) -> Enum:
        """Erase a conversation or, failing that, mark it as erased. Return DONE, MARKED, UNKNOWN or FAILED."""
