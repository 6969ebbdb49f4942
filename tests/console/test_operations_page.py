"""Purging, pausing the chat and erasing a conversation, each logged before it happens."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat_client import Server, StartServer
from console_client import Console, turn

from bot.console.passwords import new_secret
from bot.console.request import COOKIE
from bot.store import staff
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.retention import DAY
from bot.store.schema import audit, pauses, purges, reviews, turns

SURE = {"sure": "yes"}
#: A number too large for a database column.
TOO_GREAT = "9" * 20


async def test_the_page_says_how_many_days_words_are_kept(console: Console) -> None:
    page = await console.member("ada", "administrator").get("/keeping")
    assert f"<strong>{console.dependencies.settings.keep_days} days</strong>" in page.text


async def test_a_purge_is_previewed_before_it_happens(console: Console) -> None:
    console.keep("old", [turn("hello"), turn("what is grooming")], at=console.now - 31 * DAY)
    page = (await console.member("lee", "lead").get("/keeping/purge")).text
    assert "<dt>Conversations to delete</dt><dd>1</dd>" in page
    assert "<dt>Messages in them</dt><dd>2</dd>" in page
    assert len(console.rows(turns)) == 2


async def test_previewing_a_purge_does_not_delay_the_chat(console: Console) -> None:
    lee, may_go_on = console.member("lee", "lead"), threading.Event()
    answered = asyncio.create_task(console.store.run(lambda connection: may_go_on.wait(timeout=30)))
    assert (await lee.get("/keeping/purge")).status_code == 200
    may_go_on.set()
    assert await answered


async def test_a_purge_deletes_expired_conversations_and_is_listed(console: Console) -> None:
    console.keep("old", at=console.now - 31 * DAY)
    console.keep("young")
    lee = console.member("lee", "lead")
    answer = await lee.post("/keeping/purge", SURE)
    assert answer.headers["location"] == "/keeping?done=purged"
    assert (len(console.rows(turns)), len(console.rows(purges))) == (1, 1)
    assert "15 January 2027, 08:00" in (await lee.get("/keeping")).text


async def test_a_purge_with_nothing_to_do_says_so(console: Console) -> None:
    lee = console.member("lee", "lead")
    answer = await lee.post("/keeping/purge", SURE)
    assert "Nothing was due to be deleted." in (await lee.get(answer.headers["location"])).text


async def test_the_page_shows_what_people_read_during_a_pause(console: Console) -> None:
    page = (await console.member("lee", "lead").get("/keeping")).text
    assert [number for number in ("call 999", "Childline is on", "call 101") if number not in page] == []


async def test_the_page_shows_when_the_pause_began(console: Console) -> None:
    lee = console.member("lee", "lead")
    await lee.post("/keeping/pause", SURE)
    console.clock.now += 600
    assert "Paused since 15 January 2027, 08:00." in (await lee.get("/keeping")).text


async def test_pausing_a_paused_chat_changes_nothing(console: Console) -> None:
    lee = console.member("lee", "lead")
    for _ in range(2):
        await lee.post("/keeping/pause", SURE)
        console.clock.now += 60
    assert [row.since for row in console.rows(pauses)] == [console.now - 120]
    assert console.audited() == [("lee", "pause", "")]


async def test_a_paused_chat_can_be_resumed(console: Console) -> None:
    ada = console.member("ada", "administrator")
    await ada.post("/keeping/pause", SURE)
    await ada.post("/keeping/resume", SURE)
    assert console.rows(pauses) == []


async def test_an_erasure_is_previewed_without_the_words_of_the_conversation(console: Console) -> None:
    number = console.keep("a", [turn("a marmalade sentence")])
    page = await console.member("lee", "lead").get(f"/keeping/erase?number={number}")
    assert f"Erase conversation {number}" in page.text
    assert "marmalade" not in page.text


@pytest.mark.parametrize(("minutes", "said"), [(0, "<dd>still going on</dd>"), (61, "<dd>over</dd>")])
async def test_the_page_says_whether_the_conversation_is_still_in_progress(
    console: Console, minutes: int, said: str
) -> None:
    number = console.keep("a", at=console.now - minutes * 60)
    assert said in (await console.member("lee", "lead").get(f"/keeping/erase?number={number}")).text


async def test_erasing_a_conversation_leaves_the_others_alone(console: Console, tmp_path: Path) -> None:
    number, other = console.keep("a", [turn("a marmalade sentence")]), console.keep("b")
    await console.member("lee", "lead").post("/keeping/erase", {"number": f" #{number} ", **SURE})
    assert [row.number for row in console.rows(reviews)] == [other]
    assert [file.name for file in tmp_path.iterdir() if b"marmalade" in file.read_bytes()] == []


async def test_an_erasure_is_logged_with_only_its_number(console: Console) -> None:
    number = console.keep("a")
    await console.member("lee", "lead").post("/keeping/erase", {"number": number, **SURE})
    assert [(row.action, row.subject, row.detail) for row in console.rows(audit)] == [("erase", str(number), "{}")]


@pytest.mark.parametrize("number", ["12", "0", TOO_GREAT])
async def test_an_unknown_number_is_not_found(console: Console, number: str) -> None:
    lee = console.member("lee", "lead")
    asked, done = (
        await lee.get(f"/keeping/erase?number={number}"),
        await lee.post("/keeping/erase", {"number": number, **SURE}),
    )
    assert (asked.status_code, done.status_code) == (404, 404)
    assert f"There is no conversation {int(number)}" in done.text
    assert console.rows(audit) == []


@pytest.mark.parametrize("number", ["", "twelve", "1.5", "-1", "٣", "<b>1</b>", "1" * 3000])
async def test_an_invalid_number_is_refused(console: Console, number: str) -> None:
    console.keep("a")
    lee = console.member("lee", "lead")
    asked = await lee.get(str(httpx.URL("/keeping/erase", params={"number": number})))
    done = await lee.post("/keeping/erase", {"number": number, **SURE})
    assert (asked.status_code, done.status_code) == (422, 422)
    assert len(console.rows(reviews)) == 1


@pytest.mark.parametrize("deed", ["purge", "pause", "resume", "erase"])
async def test_nothing_is_done_unless_the_box_is_ticked(console: Console, deed: str) -> None:
    number = console.keep("old", at=console.now - 31 * DAY)
    answer = await console.member("lee", "lead").post(f"/keeping/{deed}", {"number": number, "sure": "no"})
    assert (answer.status_code, "tick the box" in answer.text) == (422, True)
    assert (len(console.rows(turns)), console.rows(pauses), console.rows(audit)) == (1, [], [])


async def test_a_failed_operation_is_still_logged(console: Console) -> None:
    console.store.close()
    assert (await console.member("lee", "lead").post("/keeping/pause", SURE)).status_code == 500
    assert console.audited() == [("lee", "pause", "")]


async def test_a_reviewer_can_do_none_of_these(console: Console) -> None:
    number = console.keep("a")
    rae = console.member("rae", "reviewer")
    answers = [await rae.post(f"/keeping/{deed}", {"number": number, **SURE}) for deed in ("purge", "pause", "erase")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (len(console.rows(reviews)), console.rows(pauses)) == (1, [])


async def test_an_administrator_cannot_erase_a_conversation(console: Console) -> None:
    number = console.keep("a")
    ada = console.member("ada", "administrator")
    assert "Number of the conversation" not in (await ada.get("/keeping")).text
    assert (await ada.post("/keeping/erase", {"number": number, **SURE})).status_code == 403


class Talk:
    """A conversation with a running server."""

    def __init__(self, server: Server) -> None:
        token = httpx.post(f"{server.chat}chat/conversations").json()["token"]
        self.http = httpx.Client(
            base_url=f"{server.chat}chat/", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )

    def says(self, text: str) -> httpx.Response:
        return self.http.post("messages", json={"text": text})


class Lead:
    """A member of staff signed in to the console of a running server."""

    def __init__(self, server: Server) -> None:
        database = Database(open_engine(f"sqlite:///{server.data_dir}/streetwise.db"))
        now = int(time.time())
        staff_id = database.write_now(lambda c: staff.add(c, now, "lee", "lead", "", new_secret()))
        token = database.write_now(lambda c: staff.begin_session(c, staff_id, now))
        self.http = httpx.Client(base_url=server.console, headers={"Cookie": f"{COOKIE}={token}"}, timeout=60)
        self.database = database

    def does(self, deed: str, **form: str) -> None:
        answer = self.http.post(f"/keeping/{deed}", data={**form, **SURE}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303, answer.text

    def number(self) -> int:
        """The number of the latest conversation."""
        return max(row.number for row in self.database.read_now(lambda c: c.execute(reviews.select()).all()))


@pytest.fixture(scope="module")
def served(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator["tuple[Server, Lead]"]:
    """A separate server for these tests, because pausing a shared one would affect other tests."""
    running = start_server(tmp_path_factory.mktemp("kept") / "data")
    lead = Lead(running)
    yield running, lead
    lead.database.close()
    running.stop()


def test_a_chat_paused_in_the_console_answers_with_the_helplines(served: "tuple[Server, Lead]") -> None:
    server, lead = served
    talk = Talk(server)
    lead.does("pause")
    try:
        answer = talk.says("what is grooming")
    finally:
        lead.does("resume")
    assert answer.status_code == 503
    assert [number for number in ("999", "Childline", "101") if number not in answer.json()["detail"]] == []


def test_a_chat_resumed_in_the_console_continues_where_it_was(served: "tuple[Server, Lead]") -> None:
    server, lead = served
    talk = Talk(server)
    lead.does("pause")
    lead.does("resume")
    assert talk.says("what is grooming").status_code == 200


def test_the_writer_is_told_that_the_conversation_was_erased(served: "tuple[Server, Lead]") -> None:
    server, lead = served
    talk = Talk(server)
    talk.says("what is grooming")
    lead.does("erase", number=str(lead.number()))
    answer = talk.says("and then")
    assert (answer.status_code, answer.json()["title"]) == (404, "Erased")
