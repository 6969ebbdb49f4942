"""Opening or calling a service from the page is counted, and nothing else about it is stored."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Dict, List

import httpx
import pytest
import sqlalchemy as sa
from bare_chat import BareChat
from console_client import turn

from bot.chat.session import hash_token
from bot.rate_limit import OPENED
from bot.store import ciphers, deletion, metrics, review_log
from bot.store.deletion import GRACE_SECONDS, LONGEST_SECONDS
from bot.store.schema import conversations, metadata

TOKENS = ("one" * 12, "two" * 12)


class Chat(BareChat):
    """A chat in which two people have already written."""

    async def open(self) -> None:
        await super().open()
        for token in TOKENS:
            await self.store.begin(hash_token(token))
            await self.store.run(lambda connection, token=token: keep(connection, token))

    async def press(self, service: Any = "childline", token: str = TOKENS[0]) -> httpx.Response:
        """Open a service, as the page does."""
        return await self.send({"service": service}, token)

    async def send(self, body: Any, token: str = TOKENS[0]) -> httpx.Response:
        return await self.http.post("opened", json=body, headers={"Authorization": f"Bearer {token}"})

    def counted(self) -> Dict[str, int]:
        """Return the counts of opened services, and of conversations that led to one."""
        totals = self.database.read_now(metrics.totals)
        return {value: number for (what, value), number in totals.items() if what in ("opened", "led_on")}

    def everything(self) -> Dict[str, Any]:
        """Return every row of every table except the counts, without the column of opened services."""
        kept = {
            table.name: sa.select([column for column in table.c if column.name != "opened"])
            for table in metadata.sorted_tables
            if table.name != "daily_count"
        }
        return self.database.read_now(lambda c: {name: c.execute(rows).all() for name, rows in kept.items()})

    def known(self) -> List[str]:
        """Return the stored lists of opened services, one per conversation."""
        opened = sa.select([conversations.c.opened]).order_by(conversations.c.id)
        return self.database.read_now(lambda c: sorted(row.opened for row in c.execute(opened)))


def keep(connection: Any, token: str) -> None:
    at = int(time.time())
    row = {"conversation_id": hash_token(token), "number": 1, "at": at, **turn("what is grooming")}
    cipher = ciphers.of_conversation(connection, hash_token(token))
    review_log.keep(connection, hash_token(token), [row], cipher)


@pytest.fixture
async def chat(on_a_port: None, tmp_path: Path) -> AsyncIterator[Chat]:
    running = Chat(tmp_path)
    await running.open()
    yield running
    await running.close()


async def test_an_opened_service_is_counted_by_the_topic_of_the_conversation(chat: Chat) -> None:
    assert (await chat.press()).status_code == 204
    assert chat.counted() == {"grooming_signs/childline": 1, "grooming_signs": 1}


async def test_only_daily_counts_and_which_services_were_opened_are_stored(chat: Chat) -> None:
    before = chat.everything()
    await chat.press()
    assert chat.everything() == before
    assert chat.known() == ['["childline"]', "[]"]


async def test_which_services_were_opened_is_deleted_with_the_dialogues_state(chat: Chat) -> None:
    await chat.press()
    later = int(time.time()) + LONGEST_SECONDS + GRACE_SECONDS
    assert await chat.store.run(lambda connection: deletion.close(connection, hash_token(TOKENS[0]), later))
    assert chat.known() == ["[]", "[]"]


async def test_the_list_of_opened_services_is_deleted_when_the_conversation_is_erased(chat: Chat) -> None:
    await chat.press()
    await chat.store.erase(hash_token(TOKENS[0]))
    assert chat.known() == ["[]", "[]"]


async def test_pressing_again_is_not_counted(chat: Chat) -> None:
    for _ in range(3):
        await chat.press()
    assert chat.counted() == {"grooming_signs/childline": 1, "grooming_signs": 1}


async def test_pressing_again_after_a_restart_is_not_counted(chat: Chat) -> None:
    await chat.press()
    await chat.restart()
    await chat.press()
    await chat.press("ceop")
    assert chat.counted() == {"grooming_signs/childline": 1, "grooming_signs/ceop": 1, "grooming_signs": 1}


async def test_a_conversation_that_led_to_two_services_is_counted_once(chat: Chat) -> None:
    await chat.press("childline")
    await chat.press("ceop")
    assert chat.counted() == {"grooming_signs/childline": 1, "grooming_signs/ceop": 1, "grooming_signs": 1}


async def test_each_of_two_conversations_is_counted(chat: Chat) -> None:
    for token in TOKENS:
        await chat.press(token=token)
    assert chat.counted() == {"grooming_signs/childline": 2, "grooming_signs": 2}


@pytest.mark.parametrize("service", ["", "nobody", "childline/ceop", "CHILDLINE", "<b>"])
async def test_an_unknown_service_is_refused(chat: Chat, service: str) -> None:
    assert (await chat.press(service)).status_code == 400
    assert chat.counted() == {}


@pytest.mark.parametrize("body", [{}, [], {"service": 1}, {"service": None}, {"service": "childline", "text": "x"}])
async def test_a_body_with_anything_else_is_refused(chat: Chat, body: Any) -> None:
    assert (await chat.send(body)).status_code == 400
    assert chat.counted() == {}


async def test_nothing_is_counted_without_a_conversation(chat: Chat) -> None:
    assert (await chat.press(token="unknown")).status_code == 401
    assert chat.counted() == {}


async def test_an_erased_conversation_is_not_counted(chat: Chat) -> None:
    await chat.store.erase(hash_token(TOKENS[0]))
    assert (await chat.press()).status_code == 404
    assert chat.counted() == {}


async def test_the_count_stays_when_the_conversation_is_erased(chat: Chat) -> None:
    await chat.press()
    await chat.store.erase(hash_token(TOKENS[0]))
    assert chat.counted() == {"grooming_signs/childline": 1, "grooming_signs": 1}


async def test_too_many_presses_are_refused(chat: Chat) -> None:
    answers = [(await chat.press()).status_code for _ in range(OPENED + 1)]
    assert answers == [204] * OPENED + [429]


async def test_the_page_without_javascript_has_nothing_that_counts(chat: Chat) -> None:
    assert "/opened" not in (await chat.http.get("")).text
