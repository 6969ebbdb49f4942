"""Every state of the page, at three widths and in both colour schemes: no violations, and nothing is cut off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import answered, ask, unfold, violations_everywhere
from evaluation.server import Server


def first(page: Page) -> None:
    page.get_by_label("Type here").wait_for()


def answer(page: Page) -> None:
    ask(page, "someone is threatening to send my nudes to everyone")


def guidance_and_services(page: Page) -> None:
    answer(page)
    for closed in unfold(page).locator("details details summary").all():
        closed.click()


def sources(page: Page) -> None:
    ask(page, "what is grooming")
    unfold(page).get_by_text("Where this comes from").first.click()


def comparison(page: Page) -> None:
    ask(page, "show me a real life comparison about strangers")
    page.locator(".scene").first.wait_for()


def danger(page: Page) -> None:
    ask(page, "i dont want to be here anymore")


def typing(page: Page) -> None:
    page.route("**/messages", lambda route: None)
    page.get_by_label("Type here").fill("hello")
    page.get_by_label("Type here").press("Enter")
    page.locator(".dots").wait_for()


def lost(page: Page) -> None:
    page.route("**/conversations", lambda route: route.abort())
    page.get_by_label("Type here").fill("hello")
    page.get_by_label("Type here").press("Enter")
    page.locator(".wrong").wait_for()


def something_is_wrong(page: Page) -> None:
    page.get_by_text("Report a fault in this page").click()


def what_is_kept(page: Page) -> None:
    page.get_by_text("What this is and what it keeps").click()


def leaving_explained(page: Page) -> None:
    what_is_kept(page)
    page.get_by_role("link", name="How to hide that safely").click()
    page.get_by_role("heading", name="Afterwards").wait_for()


def chosen(page: Page) -> None:
    page.get_by_role("button", name="I'm an adult").click()
    answered(page)


STATES = [
    first,
    answer,
    guidance_and_services,
    sources,
    comparison,
    danger,
    typing,
    lost,
    something_is_wrong,
    what_is_kept,
    leaving_explained,
    chosen,
]


def named(state: Callable[[Page], None]) -> str:
    return state.__name__


@pytest.mark.parametrize("state", STATES, ids=named)
def test_axe_finds_nothing(chat: Page, state: Callable[[Page], None]) -> None:
    state(chat)
    assert violations_everywhere(chat) == {}


@pytest.mark.parametrize("state", STATES, ids=named)
def test_nothing_is_wider_than_a_small_phone(chat: Page, state: Callable[[Page], None]) -> None:
    chat.set_viewport_size({"width": 320, "height": 640})
    state(chat)
    assert chat.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("state", STATES, ids=named)
def test_buttons_are_large_enough_for_a_thumb(chat: Page, state: Callable[[Page], None]) -> None:
    state(chat)
    for button in chat.locator("button:visible, summary:visible, .act:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, button.inner_text()


def test_buttons_keep_their_borders_in_forced_colours(chat: Page) -> None:
    chat.emulate_media(forced_colors="active")
    widths = chat.evaluate("[...document.querySelectorAll('button')].map(b => getComputedStyle(b).borderTopWidth)")
    assert set(widths) == {"2px"}


def test_nothing_moves_if_reduced_motion_is_set(chat: Page) -> None:
    chat.emulate_media(reduced_motion="reduce")
    typing(chat)
    assert chat.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_each_reply_is_an_article_with_a_heading(browser: Browser, server: Server, with_script: bool) -> None:
    context = browser.new_context(java_script_enabled=with_script)
    page = context.new_page()
    page.goto(f"{server.chat}chat/")
    for text in ("what is grooming", "how do i report it"):
        page.get_by_label("Type here").fill(text)
        page.get_by_role("button", name="Send").click()
        page.locator("#log > .mine:not(.pending)", has_text=text).wait_for()
    articles = page.get_by_role("log").get_by_role("article")
    headings = [one.get_by_role("heading", level=2).inner_text() for one in articles.all()]
    assert headings == [f"Reply {number}" for number in range(1, len(headings) + 1)]
    assert len(headings) >= 2
    context.close()


#: Collects the elements added to the parts of the log that a screen reader announces.
ANNOUNCED = """() => {
    window.announced = [];
    const isLive = (node) => node.nodeType === 1 && node.closest("[aria-live]").ariaLive !== "off";
    const added = (changes) => changes.flatMap(({ addedNodes }) => [...addedNodes]);
    const observer = new MutationObserver((changes) => announced.push(...added(changes).filter(isLive)));
    observer.observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
}"""


def test_a_reply_is_announced_once_as_a_whole(chat: Page) -> None:
    chat.evaluate(ANNOUNCED)
    ask(chat, "he says hell send my nudes to everyone if i dont pay, im 13")
    said = chat.evaluate("announced.map(one => [one.className, one.ariaAtomic])")
    assert said == [["reply", "true"]]


def test_the_writers_own_message_is_not_announced(chat: Page) -> None:
    ask(chat, "what is grooming")
    expect(chat.locator("#log > .mine")).to_have_attribute("aria-live", "off")


def test_new_messages_are_announced_by_the_log(chat: Page) -> None:
    log = chat.get_by_role("log", name="Conversation")
    ask(chat, "what is grooming")
    assert log.locator(".message.service").get_by_role("heading").count() == 1
    unfold(chat)
    assert log.get_by_role("heading", name="What grooming is").count() == 1


def test_announcements_alternate_between_the_two_status_lines(chat: Page) -> None:
    lines = chat.locator(".status")
    chat.keyboard.press("Shift")
    first_said = lines.all_inner_texts()
    chat.keyboard.press("Shift")
    assert [bool(text) for text in first_said] != [bool(text) for text in lines.all_inner_texts()]


def test_the_focus_stays_in_the_box_after_an_answer(chat: Page) -> None:
    ask(chat, "what is grooming")
    assert chat.evaluate("document.activeElement.id") == "text"


def test_the_box_has_a_label(chat: Page) -> None:
    expect(chat.locator("#text")).to_have_accessible_name("Type here")
    assert chat.locator("label[for=text]").count() == 1


def test_no_request_goes_to_any_other_host(chat: Page, server: Server, requests) -> None:
    ask(chat, "someone is threatening to send my nudes to everyone")
    ask(chat, "show me a comparison")
    assert requests.elsewhere(server.chat) == []
