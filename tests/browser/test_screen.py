"""The parts that stay visible on phones in either orientation, at 400 % zoom, above a keyboard, and in large fonts."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import answered, ask
from evaluation.server import Server

#: Phones in portrait, phones in landscape, a desktop at 400 % zoom, and a phone half covered by a keyboard.
SIZES = [(320, 568), (360, 740), (390, 844), (740, 360), (568, 320), (320, 256), (360, 330)]
SAID = "he says hell send my nudes to everyone if i dont pay, im 13"
#: First messages from children and relatives. Each reply shows a service and, below it, a question about danger.
FIRST = (
    SAID,
    "this guy on roblox keeps asking me for pics",
    "someone made a fake nude of me",
    "he says he loves me and wants to meet up",
    "my grandson pay 200 pound to girl on facebook she have video",
)


class Letters(NamedTuple):
    """A font and the browser's default text size."""

    family: str
    size: int = 16


LETTERS = {
    "Liberation": Letters("Liberation Sans"),
    "DejaVu": Letters("DejaVu Sans"),
    "32 px": Letters("DejaVu Sans", 32),
}
each_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(scope="module", params=LETTERS.values(), ids=list(LETTERS))
def phone(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    """A conversation that continues from test to test. Each test sets the size of the screen."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    letters = request.param
    context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": letters.size}})
    page.goto(f"{server.chat}chat/")
    page.evaluate("family => { document.documentElement.style.fontFamily = family; }", letters.family)
    ask(page, SAID)
    yield page
    context.close()


def resize(page: Page, size: "tuple[int, int]") -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("new Promise(requestAnimationFrame)")


def send(page: Page, text: str) -> None:
    page.get_by_label("Type here").fill(text)
    page.get_by_role("button", name="Send").click()
    answered(page)


def is_in_sight(page: Page, what: str) -> bool:
    """Whether the whole element is on the screen and nothing covers it."""
    return bool(
        page.locator(what).evaluate(
            """one => {
                const { left, top, right, bottom } = one.getBoundingClientRect();
                const shown = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
                return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && one.contains(shown);
            }"""
        )
    )


def first_line(page: Page) -> "tuple[float, float]":
    """Return the top and bottom of the last answer's first line, in pixels from the top of the scrolled area."""
    begins, ends = page.evaluate(
        """() => {
            const said = [...document.querySelectorAll("#log > li.mine")].at(-1);
            const line = document.createRange();
            line.selectNodeContents(said.nextElementSibling.querySelector("p, h3"));
            const { top, bottom } = line.getClientRects()[0];
            const above = document.querySelector("main").getBoundingClientRect().top;
            return [top - above, bottom - above];
        }"""
    )
    return begins, ends


def height(page: Page, what: str) -> float:
    return float(page.locator(what).evaluate("one => one.getBoundingClientRect().height"))


@each_size
@pytest.mark.parametrize("what", ["#leave", "#helpline", "#text"], ids=["Leave", "the helpline", "the box"])
def test_controls_are_in_sight_at_every_size(phone: Page, size: "tuple[int, int]", what: str) -> None:
    resize(phone, size)
    assert is_in_sight(phone, what)


@each_size
@pytest.mark.parametrize("what", ["#leave", "#helpline"], ids=["Leave", "the helpline"])
def test_controls_are_large_enough_for_a_thumb_at_every_size(phone: Page, size: "tuple[int, int]", what: str) -> None:
    resize(phone, size)
    assert height(phone, what) >= 44


@each_size
def test_the_first_line_of_an_answer_is_in_sight_after_send(phone: Page, size: "tuple[int, int]") -> None:
    resize(phone, size)
    send(phone, SAID)
    begins, ends = first_line(phone)
    assert 0 <= begins < ends <= height(phone, "main")


@each_size
def test_the_bars_do_not_cover_the_messages(phone: Page, size: "tuple[int, int]") -> None:
    resize(phone, size)
    edges = "one => { const { top, bottom } = one.getBoundingClientRect(); return [top, bottom]; }"
    header, main, footer = (phone.locator(bar).evaluate(edges) for bar in ("header", "main", "footer"))
    assert header[1] <= main[0] < main[1] <= footer[0]


@each_size
def test_the_page_itself_does_not_scroll(phone: Page, size: "tuple[int, int]") -> None:
    resize(phone, size)
    assert phone.evaluate("[document.scrollingElement.scrollHeight, document.scrollingElement.scrollWidth]") == [
        *size[::-1]
    ]


@each_size
def test_tapping_the_box_does_not_scroll_the_messages(phone: Page, size: "tuple[int, int]") -> None:
    resize(phone, size)
    phone.locator("main").evaluate("main => { main.scrollTop = 60; }")
    phone.locator("#text").click()
    assert phone.locator("main").evaluate("main => main.scrollTop") == 60


@pytest.mark.parametrize("said", FIRST)
def test_the_question_under_a_first_answer_is_in_sight_with_two_choices(chat: Page, said: str) -> None:
    resize(chat, (360, 740))
    send(chat, said)
    assert [is_in_sight(chat, f"#log .choices button >> nth={place}") for place in (0, 1)] == [True, True]


def test_the_first_line_of_the_answer_to_a_very_long_message_is_in_sight(chat: Page) -> None:
    resize(chat, (360, 740))
    send(chat, "he will not stop writing to me. " * 30)
    assert first_line(chat)[1] <= height(chat, "main")


def test_the_focus_returns_to_the_box_after_send(chat: Page) -> None:
    send(chat, "hello")
    expect(chat.locator("#text")).to_be_focused()


def test_on_a_touch_screen_send_does_not_reopen_the_keyboard(browser: Browser, server: Server) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{server.chat}chat/")
    page.get_by_label("Type here").fill("hello")
    page.get_by_role("button", name="Send").tap()
    answered(page)
    expect(page.locator("#text")).not_to_be_focused()
    context.close()


def test_after_a_choice_the_focus_is_at_the_start_of_the_answer(chat: Page) -> None:
    chat.get_by_role("button", name="I'm under 18").press("Enter")
    answered(chat)
    expect(chat.locator("#log > li.mine")).to_be_focused()


def test_after_a_choice_in_an_answer_the_focus_is_at_the_start_of_the_next(chat: Page) -> None:
    ask(chat, SAID)
    chat.locator("#log .choices button").first.press("Enter")
    answered(chat)
    expect(chat.locator("#log > li.mine").last).to_be_focused()


@pytest.mark.parametrize("size", [(320, 256), (360, 330)], ids=["400 %", "beside a keyboard"])
def test_the_bars_are_in_sight_after_a_long_text_could_not_be_sent(chat: Page, size: "tuple[int, int]") -> None:
    resize(chat, size)
    chat.context.set_offline(True)
    chat.locator("#text").fill("he asks for a picture. " * 60)
    chat.locator("#text").press("Enter")
    chat.locator(".wrong").wait_for()
    assert [is_in_sight(chat, what) for what in ("#leave", "#text", "#ask button")] == [True] * 3


def test_the_box_is_one_line_high_and_grows_with_its_text(chat: Page) -> None:
    before = height(chat, "#text")
    chat.locator("#text").fill("one\ntwo\nthree")
    assert before < 60 < height(chat, "#text")


def test_a_long_text_in_the_box_leaves_room_to_read(chat: Page) -> None:
    resize(chat, (320, 256))
    chat.locator("#text").fill("word " * 200)
    assert height(chat, "main") > 80


def test_page_down_in_the_box_scrolls_the_messages(chat: Page) -> None:
    resize(chat, (568, 320))
    ask(chat, SAID)
    before = chat.locator("main").evaluate("main => main.scrollTop")
    chat.locator("#text").press("PageDown")
    assert chat.locator("main").evaluate("main => main.scrollTop") > before


def test_leave_is_in_sight_after_a_message_could_not_be_sent(chat: Page) -> None:
    resize(chat, (320, 256))
    chat.route("**/conversations", lambda route: route.abort())
    chat.locator("#text").fill("hello")
    chat.locator("#text").press("Enter")
    chat.locator(".wrong").wait_for()
    assert is_in_sight(chat, "#leave")


@pytest.fixture
def plain(browser: Browser, server: Server) -> Iterator[Page]:
    """A phone without JavaScript, after a second message."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{server.chat}chat/")
    for text in ("what is grooming", "he will not stop writing to me. " * 20):
        page.get_by_label("Type here").fill(text)
        page.get_by_role("button", name="Send").click()
    yield page
    context.close()


def test_without_javascript_the_page_opens_at_the_answer(plain: Page) -> None:
    expect(plain.locator("#latest p").first).to_be_in_viewport()


def test_without_javascript_leave_is_in_sight_with_the_answer(plain: Page) -> None:
    assert is_in_sight(plain, "#leave")
