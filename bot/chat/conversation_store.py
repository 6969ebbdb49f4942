"""What the chat needs of its store. `bot.store.dialogue.DialogueStore` has it, and the stores of Rasa do not."""

from enum import Enum
from typing import Iterable, List, Mapping, Optional, Protocol, Tuple, runtime_checkable

from bot.content.message_types import Message, Payload
from bot.content.texts import Text


class SessionStatus(Protocol):
    """The status of a conversation."""

    @property
    def is_paused(self) -> bool:
        """Whether the whole chat is paused."""

    @property
    def is_open(self) -> bool:
        """Whether the conversation may go on."""

    @property
    def is_erased(self) -> bool:
        """Whether it was erased."""

    @property
    def choices(self) -> Mapping[str, Payload]:
        """The payloads of the buttons offered last, by id."""

    @property
    def was_redacted(self) -> bool:
        """Whether something was redacted in one of its messages."""


@runtime_checkable
class ConversationStore(Protocol):
    """Begins, saves and erases conversations, each by the hash of its token."""

    async def begin(self, conversation_id: str) -> float:
        """Create a conversation; returns when it expires at the latest, in seconds since 1970."""

    async def session_status(self, conversation_id: str) -> Optional[SessionStatus]:
        """The status of a conversation, or None if it does not exist (any more)."""

    async def is_paused(self) -> bool:
        """Whether the chat is paused."""

    async def is_signed_off(self, texts: Iterable[Text]) -> bool:
        """Whether the current version of every one of `texts` is signed off."""

    async def show(self, conversation_id: str, said: str, messages: List[Message]) -> None:
        """Store a turn for the page without JavaScript."""

    async def shown(self, conversation_id: str) -> List[Tuple[str, List[Message]]]:
        """The turns stored by `show`, in order, as (message, replies)."""

    async def complain(self, what: str, conversation_id: Optional[str]) -> None:
        """Store a report of a problem, with the conversation if one is given."""

    async def erase_soon(self, conversation_id: str) -> Enum:
        """Erase a conversation, or mark it as erased; the outcome is DONE, MARKED, UNKNOWN or FAILED."""
