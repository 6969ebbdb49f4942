"""What the chat says when it is too busy. It still answers messages about danger."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bare_chat import BareChat
from chat_client import Server

from bot.chat.admission import Gate, Line
from bot.chat.arrival import tells_of_danger
from bot.chat.limits import Limits
from bot.chat.problems import ChatError
from bot.chat.session import SessionService, hash_token
from bot.content.page import load_page_words
from bot.nlu.safety_net import Phrases
from bot.redaction.redactor import Redactor
from evaluation.load.run import measure

HELPLINES = ("999", "0800 1111", "116 123")


@pytest.mark.parametrize("name", ["overloaded", "too_many", "danger_unanswered"])
def test_a_refusal_names_the_helplines(name: str) -> None:
    detail = load_page_words().problems[name].detail
    assert [number in detail for number in HELPLINES] == [True] * 3


@pytest.fixture
async def chat(tmp_path: Path, on_a_port: None) -> AsyncIterator[BareChat]:
    running = BareChat(tmp_path)
    await running.open()
    yield running
    await running.close()


@pytest.fixture
async def full(tmp_path: Path, on_a_port: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BareChat]:
    """A chat that is full, with a safety net that works without a model."""
    net = Phrases.load()
    monkeypatch.setattr("bot.chat.limits.Gate", lambda: Gate(Line(width=0, calm=0.0, danger=0.0)))
    monkeypatch.setattr("bot.chat.session._tells_of_danger", lambda agent, text: tells_of_danger(text, net))
    running = BareChat(tmp_path)
    await running.open()
    yield running
    await running.close()


@pytest.mark.parametrize("said", ["how do i report this", "i want to die"])
async def test_a_refusal_names_the_helplines_and_when_to_try_again(full: BareChat, said: str) -> None:
    answers = [
        await full.http.post("conversations", json={"first_message": said}),
        await full.http.post("messages", json={"text": said}, headers={"Authorization": "Bearer a"}),
        await full.http.post("", data={"text": said}),
    ]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert all("retry-after" in answer.headers for answer in answers)
    for answer in answers:
        text = answer.text.replace("<a href=", "").replace("</a>", "")
        assert [number in text for number in HELPLINES] == [True] * 3


async def test_the_page_without_javascript_keeps_the_typed_text(full: BareChat) -> None:
    page = await full.http.post("", data={"text": "how do i report this"})
    assert "how do i report this</textarea>" in page.text


async def test_opening_the_page_and_leaving_are_never_refused(full: BareChat) -> None:
    assert (await full.http.get("")).status_code == 200
    assert (await full.http.post("exit", data={"token": "a"})).status_code == 303


async def test_a_chat_that_is_full_says_when_to_try_again(chat: BareChat) -> None:
    gate = Gate(Line(width=1, calm=0.0))
    sessions = SessionService(Redactor([]), "", Limits(gate=gate))
    async with gate.turn("somebody else", lambda: False):
        with pytest.raises(ChatError) as refused:
            await sessions.start(chat.app.ctx.agent)
    assert refused.value.name == "overloaded"
    assert refused.value.retry_after is not None


async def test_a_message_about_danger_that_fails_gets_the_written_answer(
    chat: BareChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There is no model here, so only the safety net can answer.
    net = Phrases.load()
    monkeypatch.setattr("bot.chat.session._tells_of_danger", lambda agent, text: tells_of_danger(text, net))
    sessions = SessionService(Redactor([]), "")
    token = "a" * 43
    await chat.store.begin(hash_token(token))
    with pytest.raises(ChatError) as refused:
        await sessions.say(chat.app.ctx.agent, token, "i want to die")
    assert refused.value.name == "danger_unanswered"


async def test_fault_reports_are_rate_limited(chat: BareChat) -> None:
    statuses = [(await chat.http.post("wrong", data={"what": "no_help"})).status_code for _ in range(101)]
    assert (set(statuses[:100]), statuses[100]) == ({200}, 429)


async def test_another_sites_page_cannot_report_faults(chat: BareChat) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example.org"}
    assert (await chat.http.post("wrong", data={"what": "no_help"}, headers=headers)).status_code == 403


@pytest.mark.slow
def test_at_five_times_the_capacity_danger_is_answered_and_the_rest_is_cleanly_refused(server: Server) -> None:
    figures = asyncio.run(measure(server.chat, times=5, seconds=4, conversations=60))
    assert figures.refused > 0
    assert figures.other == {}
    assert figures.danger_answered == figures.danger > 0
    assert figures.seconds["answered"][1] <= 5
