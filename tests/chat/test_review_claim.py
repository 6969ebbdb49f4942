"""The page claims that a professional checked its answers only if that is on record, and never waits to find out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from bare_chat import BareChat
from clock import Clock

from bot.chat import review_claim
from bot.chat.review_claim import CACHE_SECONDS, ReviewClaim
from bot.content.page import load_page_words
from bot.content.texts import Text, load_texts
from bot.store import sign_offs, staff

TEXTS = load_texts()
WORDS = load_page_words()


class Chat(BareChat):
    """The page before the first message, and the sign-offs that its claim depends on."""

    def sign(self, *texts: Text) -> None:
        def work(connection) -> None:  # type: ignore[no-untyped-def]
            lee = staff.add(connection, 1, "lee", "lead", "hashed", None)
            sign_offs.add(connection, 1, lee, "designated safeguarding lead", texts, date(2027, 1, 15))

        self.database.write_now(work)

    def take_back(self, text: Text) -> None:
        self.database.write_now(lambda connection: sign_offs.take_back(connection, 2, 1, text))

    async def page(self) -> str:
        return (await self.http.get("")).text


@pytest.fixture
async def chat(on_a_port: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    monkeypatch.setattr(review_claim, "CACHE_SECONDS", 0.0)
    running = Chat(tmp_path)
    await running.open()
    yield running
    await running.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_the_page_says_that_every_answer_was_written_in_advance(chat: Chat) -> None:
    page = await chat.page()
    assert (WORDS.answers_written in page, WORDS.answers_signed in page) == (True, False)


async def test_once_every_text_is_signed_off_the_page_also_says_who_approved_them(chat: Chat) -> None:
    chat.sign(*TEXTS)
    assert WORDS.answers_signed in await chat.page()


async def test_one_text_without_a_sign_off_withholds_the_claim(chat: Chat) -> None:
    chat.sign(*TEXTS[1:])
    assert WORDS.answers_signed not in await chat.page()


async def test_one_text_changed_since_its_sign_off_withholds_the_claim(chat: Chat) -> None:
    chat.sign(TEXTS[0]._replace(version="earlier"), *TEXTS[1:])
    assert WORDS.answers_signed not in await chat.page()


def test_no_other_text_claims_that_a_professional_checked_the_answers() -> None:
    claims = ("approved", "checked by", "reviewed", "signed off")
    said = [(text.id, line.lower()) for text in TEXTS for _, line in text.words]
    assert {name for name, line in said if any(claim in line for claim in claims)} == {"page.yml#answers_signed"}


async def test_withdrawing_a_sign_off_withdraws_the_claim(chat: Chat) -> None:
    chat.sign(*TEXTS)
    assert WORDS.answers_signed in await chat.page()
    chat.take_back(TEXTS[0])
    assert WORDS.answers_signed not in await chat.page()


async def test_a_slow_store_delays_no_page_and_withholds_the_claim(clock: Clock) -> None:
    claim, answered = ReviewClaim(lambda: clock.now), asyncio.Event()

    async def slow() -> bool:
        await answered.wait()
        return True

    assert not await claim.is_earned(slow)
    answered.set()
    assert await claim.is_earned(slow)


async def test_a_failing_store_withdraws_the_claim(clock: Clock) -> None:
    claim = ReviewClaim(lambda: clock.now)

    async def broken() -> bool:
        raise RuntimeError

    assert await claim.is_earned(yes)
    clock.now += CACHE_SECONDS
    assert not await claim.is_earned(broken)


async def test_an_answer_is_cached(clock: Clock) -> None:
    claim, asked = ReviewClaim(lambda: clock.now), []

    async def count() -> bool:
        asked.append(clock.now)
        return True

    for seconds in (0, CACHE_SECONDS - 1, 1):
        clock.now += seconds
        assert await claim.is_earned(count)
    assert len(asked) == 2


async def yes() -> bool:
    return True
