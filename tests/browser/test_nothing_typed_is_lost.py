"""A message is sent exactly once or put back in the box, however long it is and however poor the connection."""

import json

import pytest
from playwright.sync_api import Page, Route, expect
from stored_words import texts

from browser.conftest import answered
from evaluation.server import Server

LONG = "He wrote to me every night and then he asked for a picture. " * 30
HELP = {"child": ("I'm under 18", "Childline", "0800 1111"), "adult": ("I'm an adult", "Samaritans", "116 123")}


def type_and_enter(page: Page, text: str) -> None:
    page.get_by_label("Type here").fill(text)
    page.get_by_label("Type here").press("Enter")


def said(page: Page) -> "list[str]":
    return page.locator("#log > .mine p").all_inner_texts()


def kept(server: Server, text: str) -> int:
    return texts(server.data_dir).count(text)


def lose_the_answer(route: Route) -> None:
    """Forward a request to the server, but drop the answer before it reaches the page."""
    route.fetch()
    route.abort()


def test_the_box_counts_down_near_the_limit(chat: Page) -> None:
    chat.get_by_label("Type here").fill("a" * 880)
    expect(chat.get_by_text("120 left", exact=True)).to_be_visible()
    expect(chat.get_by_label("Type here")).to_have_accessible_description("120 left")


def test_a_short_message_has_no_counter(chat: Page) -> None:
    chat.get_by_label("Type here").fill("what is grooming")
    expect(chat.locator("#room")).to_be_hidden()


def test_the_page_says_that_a_long_message_is_sent_in_parts(chat: Page) -> None:
    chat.get_by_label("Type here").fill(LONG)
    expect(chat.get_by_text("It will go as 2 messages.")).to_be_visible()


def test_a_long_message_is_split_at_the_end_of_a_sentence(chat: Page) -> None:
    type_and_enter(chat, LONG)
    answered(chat)
    parts = said(chat)
    assert (" ".join(parts), [part[-8:] for part in parts]) == (LONG.strip(), ["picture."] * 2)
    expect(chat.locator("#log > .mine + .reply")).to_have_count(2)


def test_a_long_message_without_sentences_is_split_between_words(chat: Page) -> None:
    text = "blackmail " * 150
    type_and_enter(chat, text)
    answered(chat)
    assert " ".join(said(chat)) == text.strip()


def test_a_refused_part_is_put_back_in_the_box(chat: Page) -> None:
    problem = {"type": "about:blank", "status": 429, "title": "x", "detail": "That was very fast."}

    def once(route: Route) -> None:
        if json.loads(route.request.post_data or "{}")["text"] == LONG[:60].strip():
            route.fulfill(status=429, json=problem)
        else:
            route.continue_()

    chat.route("**/messages", once)
    type_and_enter(chat, LONG[:960] + "x" * 20 + ". " + LONG[:60])
    expect(chat.locator(".wrong")).to_have_text("That was very fast.")
    expect(chat.get_by_label("Type here")).to_have_value(LONG[:60].strip())


def test_a_message_typed_while_a_reply_is_pending_is_sent_after_it(chat: Page) -> None:
    held: "list[Route]" = []
    chat.route("**/messages", lambda route: held.append(route), times=1)
    with chat.expect_request("**/messages"):
        type_and_enter(chat, "what is grooming")
    type_and_enter(chat, "how do i report it")
    assert said(chat) == ["what is grooming", "how do i report it"]
    held[0].continue_()
    answered(chat)
    kinds = chat.locator("#log > li").evaluate_all("all => all.map(one => one.classList[0])")
    assert kinds[-4:] == ["mine", "reply", "mine", "reply"]


def test_a_message_whose_answer_was_lost_is_resent_automatically_and_stored_once(chat: Page, server: Server) -> None:
    text = "someone wants my snapchat password and a picture"
    chat.route("**/messages", lose_the_answer, times=1)
    type_and_enter(chat, text)
    answered(chat)
    assert (kept(server, text), len(said(chat))) == (1, 1)


def test_a_message_that_was_put_back_and_resent_is_stored_once(chat: Page, server: Server) -> None:
    text = "he found out which school i go to"
    chat.route("**/messages", lose_the_answer)
    type_and_enter(chat, text)
    chat.locator(".wrong").wait_for()
    chat.unroute("**/messages")
    chat.get_by_label("Type here").press("Enter")
    answered(chat)
    assert kept(server, text) == 1


def test_text_added_to_a_message_that_was_put_back_is_sent_too(chat: Page, server: Server) -> None:
    text = "he says he is fifteen but i think he is older"
    chat.route("**/messages", lose_the_answer)
    type_and_enter(chat, text)
    chat.locator(".wrong").wait_for()
    chat.unroute("**/messages")
    type_and_enter(chat, f"{text}\nhe lives near me")
    answered(chat)
    assert (kept(server, text), said(chat)) == (1, [text, "he lives near me"])


def test_a_first_choice_that_could_not_be_sent_can_be_pressed_again(chat: Page) -> None:
    chat.route("**/messages", lose_the_answer)
    chat.get_by_role("button", name="I'm under 18").click()
    chat.locator(".wrong").wait_for()
    chat.unroute("**/messages")
    chat.get_by_role("button", name="I'm under 18").click()
    answered(chat)
    assert said(chat) == ["I'm under 18"]


@pytest.mark.parametrize("who", HELP)
def test_without_a_connection_the_page_says_who_to_phone(chat: Page, who: str) -> None:
    label, name, number = HELP[who]
    chat.get_by_role("button", name=label).click()
    answered(chat)
    chat.context.set_offline(True)
    type_and_enter(chat, "hello")
    line = chat.locator("footer .wrong")
    expect(line).to_contain_text(f"You can still phone 999 or {name}, {number}.")
    expect(line.get_by_role("link", name=number)).to_have_attribute("href", f"tel:{number.replace(' ', '')}")
