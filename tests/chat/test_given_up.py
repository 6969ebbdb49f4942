"""If a client disconnects, its message is still handled to completion before the conversation's next message."""

import asyncio
from types import SimpleNamespace

import pytest
from rasa.core.channels.channel import UserMessage

from bot.chat.session import _handle
from bot.store.conversation_locks import ConversationLocks, NoExclusion

#: Maximum seconds for any step in these tests.
SOON = 60


class Processor:
    """Holds each message until `may_end` is set, and records when messages begin and end."""

    def __init__(self) -> None:
        self.seen: "list[str]" = []
        self.may_end, self.began = asyncio.Event(), asyncio.Event()

    async def handle_message(self, message: UserMessage) -> None:
        self.seen.append(f"{message.text} begins")
        self.began.set()
        await self.may_end.wait()
        self.seen.append(f"{message.text} ends")


async def test_a_message_whose_client_disconnected_holds_the_lock_until_it_is_handled() -> None:
    processor = Processor()
    agent = SimpleNamespace(processor=processor, lock_store=ConversationLocks(exclusion=NoExclusion()))

    def handle(text: str) -> "asyncio.Task[object]":
        message = UserMessage(text, None, "a")
        return asyncio.create_task(_handle(agent, message, {"id": "", "after": []}))  # type: ignore[arg-type]

    first = handle("first")
    await asyncio.wait_for(processor.began.wait(), SOON)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = handle("second")
    await asyncio.wait({second}, timeout=0.1)
    processor.may_end.set()
    await asyncio.wait_for(second, SOON)
    assert processor.seen == ["first begins", "first ends", "second begins", "second ends"]
