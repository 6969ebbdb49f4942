"""A transcript on screen: the conversation takes most of the space, and the actions stay in sight."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.console import DESK, Member, Office, Seats
from evaluation.console.keyboard import COUNT_WORDS

STORY = (
    "hi i dont really know how to say this but something happened online and i dont know who to tell about it or "
    "if anyone can even help me",
    "im 14 and i met this boy on snapchat about three weeks ago he said he was 15 and he seemed really nice to me "
    "and we liked all the same games",
    "we talked every night for hours and he asked me for a photo and i didnt want to but he kept saying if i really "
    "liked him then i would",
    "so last thursday i sent him one and now i feel sick about it because i think he is not really 15 at all and i "
    "cant get it back",
    "he has sent me a list of everyone i follow on insta and he says he will send the picture to all of them if i "
    "dont give him money",
    "he wants 200 pounds by tomorrow night and i only have 40 left in my account from my birthday so what am i meant "
    "to do about the rest",
    "i paid him the 40 already and he said that is not enough and now he wants another picture instead of the money "
    "or he posts the first one",
    "my friend Danny Harker knows because i was crying at school but i made him promise not to tell anyone and now "
    "he keeps asking if i am alright",
    "i cant tell my mum because she will take my phone away and she will never trust me again and she already thinks "
    "i am on it too much",
    "he keeps sending me the countdown timer and it makes my heart go so fast that i cant sleep or eat or do my "
    "homework or anything else",
    "if i block him will he just post it straight away like he says he will because that is the thing i am scared of "
    "most in the whole world",
    "ok thank you i think i might show my aunt what he wrote and ask her to ring them with me tomorrow morning before "
    "i go in to school",
)
#: Height in pixels of a page with twelve much shorter messages, when each message still had its own card.
BEFORE = 6593


@pytest.fixture(scope="module")
def number(office: Office) -> int:
    return office.hears(*STORY)


@pytest.fixture
def page(seats: Seats, rae: Member, number: int) -> Iterator[Page]:
    page = seats.of(rae, f"/conversations/{number}")
    opens = page.get_by_role("button", name="Open the transcript")
    if opens.count():
        opens.click()
    expect(page.locator("#turn-2")).to_be_visible()
    return page


def words(page: Page, selector: str) -> int:
    return int(page.locator(selector).evaluate_all(COUNT_WORDS))


def test_one_key_opens_and_closes_all_answers(page: Page) -> None:
    folded = page.locator(".answer .bubble details li").first
    expect(folded).to_be_hidden()
    page.keyboard.press("x")
    expect(folded).to_be_visible()
    assert page.locator(".answer:not([open]), .answer .bubble details:not([open])").count() == 0
    page.keyboard.press("x")
    assert page.locator(".answer[open]").count() == 0


def test_an_answer_can_be_opened_without_javascript(browser: Browser, office: Office, number: int) -> None:
    with closing(Seats(browser, office, has_script=False)) as seats:
        page = seats.of(office.add(), f"/conversations/{number}")
        opens = page.get_by_role("button", name="Open the transcript")
        if opens.count():
            opens.click()
        expect(page.get_by_role("button", name="Open all answers")).to_be_hidden()
        answer = page.locator(".answer").first
        answer.locator("summary").first.click()
        expect(answer.get_by_role("link", name="Correct this")).to_be_visible()


def test_most_words_of_a_transcript_are_from_the_conversation(page: Page) -> None:
    assert words(page, "blockquote, .bubble") >= 0.8 * words(page, "article")


def test_a_story_of_twelve_messages_takes_two_thirds_of_its_former_height(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollHeight") <= BEFORE * 2 / 3


def test_the_first_screen_of_a_laptop_shows_the_writers_words(page: Page) -> None:
    box = page.locator("blockquote").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= DESK["height"] / 2


def test_the_actions_stay_in_sight_on_a_laptop(page: Page) -> None:
    page.locator("blockquote").last.scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Mark as reviewed, go to next")).to_be_in_viewport()


def test_the_actions_are_one_tap_away_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("link", name="What to do with it").click()
    expect(page.get_by_role("heading", name="What to do with it")).to_be_in_viewport()
