"""Forms on the page without JavaScript: how repeated, oversized and unreadable forms are answered."""

import httpx
import pytest
from chat_client import Server

from bot.content.page import load_page_words

WORDS = load_page_words()
TEXT = "an unmistakable gooseberry question"


@pytest.fixture
def address(server: Server) -> str:
    return f"{server.chat}chat/"


def field(page: httpx.Response, name: str) -> str:
    """Return the value of a hidden field of the page's form."""
    return page.text.partition('id="ask"')[2].partition(f'name="{name}"')[2].split('value="')[1].split('"')[0]


def first_form(address: str) -> "dict[str, str]":
    """Return the first form that a newly opened page sends."""
    return {"token": "", "once": field(httpx.get(address), "once"), "text": TEXT}


def is_the_page(answer: httpx.Response) -> bool:
    return answer.headers["content-type"].startswith("text/html") and 'id="ask"' in answer.text


def test_a_first_form_sent_again_shows_none_of_its_text_and_says_why(address: str) -> None:
    sent = first_form(address)
    httpx.post(address, data=sent)
    again = httpx.post(address, data=sent)
    assert (again.status_code, WORDS.reloaded in again.text, "gooseberry" in again.text) == (200, True, False)


def test_a_first_form_sent_again_after_leaving_does_not_reveal_the_conversation(address: str) -> None:
    sent = first_form(address)
    httpx.post(f"{address}exit", data={"token": field(httpx.post(address, data=sent), "token")})
    again = httpx.post(address, data=sent)
    assert (again.status_code, WORDS.reloaded in again.text, "gooseberry" in again.text) == (200, False, False)


def test_a_form_of_20_kilobytes_comes_back_with_its_text_and_the_conversation(address: str) -> None:
    token, text = field(httpx.post(address, data=first_form(address)), "token"), "x" * 20_000
    page = httpx.post(address, data={"token": token, "text": text})
    assert (page.status_code, is_the_page(page), text in page.text) == (413, True, True)
    assert "gooseberry" in page.text


def test_a_form_larger_than_any_text_is_answered_with_the_page_and_an_explanation(address: str) -> None:
    page = httpx.post(address, data={"text": "x" * 40_000})
    assert (page.status_code, is_the_page(page)) == (413, True)
    assert "longer than 1,000 characters" in page.text
    assert 'href="tel:08001111"' in page.text


@pytest.mark.parametrize("path", ["", "wrong"])
def test_an_unreadable_form_is_answered_with_the_page_and_an_explanation(address: str, path: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    page = httpx.post(f"{address}{path}", content=b"text=\xff", headers=form)
    assert (page.status_code, is_the_page(page), WORDS.problems["unreadable"].detail in page.text) == (400, True, True)


def test_a_script_that_sends_a_form_gets_a_problem_document(address: str) -> None:
    answer = httpx.post(f"{address}wrong", data={"what": "nothing"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (400, "No such thing")
