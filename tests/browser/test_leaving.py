"""Every way to leave works at once and leaves nothing to go back to."""

import re
import sqlite3

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from browser.conftest import Requests, ask, neutral_sites
from evaluation.server import Server

SECRET = "an unmistakable gooseberry question about grooming"


def by_escape(page: Page) -> None:
    page.keyboard.press("Escape")


def by_three_shifts(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


def by_the_button(page: Page) -> None:
    page.get_by_role("button", name="Emergency: Leave", exact=True).click()


def by_the_link_after_the_skip_link(page: Page) -> None:
    page.locator("a.skip[data-leave]").focus()
    page.keyboard.press("Enter")


WAYS = [by_escape, by_three_shifts, by_the_button, by_the_link_after_the_skip_link]
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


def gone(page: Page) -> None:
    page.wait_for_url(lambda url: url.startswith(neutral_sites()))


def kept(server: Server) -> bytes:
    return b"".join(file.read_bytes() for file in server.data_dir.rglob("*") if file.is_file())


@each_way
def test_each_way_leads_to_a_neutral_site(chat: Page, way) -> None:
    ask(chat, SECRET)
    way(chat)
    gone(chat)


@pytest.mark.parametrize(
    ("way", "word"), list(zip(WAYS, ("parsnip", "turnip", "celeriac", "marrow"), strict=True)), ids=str
)
def test_each_way_erases_the_conversation(chat: Page, server: Server, way, word: str) -> None:
    ask(chat, f"an unmistakable {word} question about grooming")
    with chat.expect_request(lambda request: request.method == "DELETE") as erasing:
        way(chat)
    gone(chat)
    assert erasing.value.headers["authorization"].startswith("Bearer ")
    for _ in range(200):  # each request queries the store, after the erasure
        if word.encode() not in kept(server):
            break
        httpx.get(f"{server.chat}health/ready")
    assert word.encode() not in kept(server)


@each_way
def test_going_back_shows_nothing(chat: Page, way) -> None:
    ask(chat, SECRET)
    way(chat)
    gone(chat)
    chat.go_back()
    chat.wait_for_load_state()
    assert "gooseberry" not in chat.content()


@each_way
def test_nothing_is_left_in_the_browser(chat: Page, context: BrowserContext, server: Server, way) -> None:
    ask(chat, SECRET)
    way(chat)
    gone(chat)
    assert context.cookies() == []
    chat.goto(f"{server.chat}chat/leaving")
    left = chat.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
        " (await caches?.keys() ?? []).length, (await navigator.serviceWorker?.getRegistrations() ?? []).length]"
    )
    assert left == [0, 0, 0, 0, 0]


def by_escape_on_the_page_about_leaving(page: Page) -> None:
    page.get_by_text("What this is and what it keeps").click()
    page.get_by_role("link", name="How to hide that safely").click()
    page.wait_for_url("**/leaving", wait_until="load")
    page.keyboard.press("Escape")


def test_the_page_about_leaving_can_be_left_too(chat: Page) -> None:
    by_escape_on_the_page_about_leaving(chat)
    gone(chat)


def test_the_page_is_covered_within_one_frame(chat: Page) -> None:
    ask(chat, SECRET)
    chat.route("**/*", lambda route: None)  # a network that never answers
    words = chat.evaluate(
        "() => new Promise(done => { dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));"
        " requestAnimationFrame(() => done(document.body.innerText)); })"
    )
    assert words == "Loading."


def test_leaving_works_while_a_reply_is_pending(chat: Page) -> None:
    ask(chat, "what is grooming")
    chat.route("**/messages", lambda route: None)
    chat.get_by_label("Type here").fill(SECRET)
    chat.get_by_label("Type here").press("Enter")
    chat.locator(".dots").wait_for()
    by_escape(chat)
    gone(chat)


def test_a_conversation_that_begins_after_leaving_is_erased_and_gets_no_message(chat: Page) -> None:
    held, asked = [], []

    def hold(route: Route) -> None:
        if route.request.method == "DELETE":
            route.continue_()
        else:
            held.append(route)

    chat.route(re.compile("^https://"), lambda route: route.abort("aborted"))  # the page stays, covered
    chat.route("**/conversations", hold)
    chat.on("request", lambda request: asked.append(f"{request.method} {request.url.rpartition('/')[2]}"))
    chat.get_by_label("Type here").fill(SECRET)
    with chat.expect_request("**/conversations"):
        chat.get_by_label("Type here").press("Enter")
    by_escape(chat)
    expect(chat.locator(".cover")).to_be_visible()
    with chat.expect_request(lambda request: request.method == "DELETE"):
        held[0].continue_()
    assert "POST messages" not in asked


def test_leaving_works_without_a_connection(chat: Page) -> None:
    ask(chat, SECRET)
    chat.context.set_offline(True)
    chat.keyboard.press("Escape")
    chat.wait_for_url(lambda url: not url.endswith("/chat/"))
    assert "gooseberry" not in chat.content()


def test_escape_does_not_leave_while_a_character_is_composed(chat: Page) -> None:
    chat.get_by_label("Type here").fill("half a word")
    chat.evaluate("dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', isComposing: true }))")
    chat.evaluate("new Promise(requestAnimationFrame)")
    assert chat.get_by_label("Type here").input_value() == "half a word"


def test_a_capital_letter_does_not_count_as_pressing_shift(chat: Page) -> None:
    box = chat.get_by_label("Type here")
    box.focus()
    for letter in "ABC":
        chat.keyboard.press(f"Shift+{letter}")
    assert box.input_value() == "ABC"
    assert chat.locator(".lights i.on").count() == 0


def test_each_press_of_shift_is_shown_and_announced(chat: Page) -> None:
    chat.keyboard.press("Shift")
    expect(chat.locator(".lights i.on")).to_have_count(1)
    expect(chat.locator(".status", has_text="Presses left: 2")).to_have_count(1)
    chat.keyboard.press("Shift")
    expect(chat.locator(".lights i.on")).to_have_count(2)


def test_two_presses_of_shift_are_forgotten_with_an_announcement(chat: Page) -> None:
    chat.clock.install()
    chat.keyboard.press("Shift")
    chat.keyboard.press("Shift")
    chat.clock.run_for(5100)
    expect(chat.locator(".status", has_text="still on this page")).to_have_count(1)
    expect(chat.locator(".lights i.on")).to_have_count(0)


@each_way
def test_title_and_icon_are_neutral_throughout(chat: Page, way) -> None:
    ask(chat, SECRET)
    assert chat.title() == "Chat"
    assert chat.locator("link[rel=icon]").get_attribute("href") == "data:,"
    way(chat)
    gone(chat)
    assert chat.title() == "Weather"


def test_requests_go_only_to_the_server_and_the_neutral_site(chat: Page, server: Server, requests: Requests) -> None:
    ask(chat, SECRET)
    by_escape(chat)
    gone(chat)
    assert requests.elsewhere(server.chat) == []


def test_the_neutral_site_varies(server: Server) -> None:
    led = {httpx.get(f"{server.chat}chat/exit").headers["location"] for _ in range(40)}
    assert led == set(neutral_sites())


@pytest.fixture
def plain(browser: Browser, server: Server):
    """The chat in a browser without JavaScript, with simulated neutral sites."""
    context = browser.new_context(java_script_enabled=False)
    for site in neutral_sites():
        context.route(f"{site}**", lambda route: route.fulfill(body="<h1>Sunny</h1>", content_type="text/html"))
    page = context.new_page()
    page.goto(f"{server.chat}chat/")
    yield page
    context.close()


def test_without_javascript_the_button_erases_and_leaves(plain: Page, server: Server) -> None:
    plain.get_by_label("Type here").fill("an unmistakable elderberry question about grooming")
    plain.get_by_role("button", name="Send").click()
    plain.get_by_role("button", name="Emergency: Leave", exact=True).click()
    gone(plain)
    assert b"elderberry" not in kept(server)


def test_without_javascript_going_back_shows_no_word(plain: Page) -> None:
    plain.get_by_label("Type here").fill(SECRET)
    plain.get_by_role("button", name="Send").click()
    plain.get_by_role("button", name="Emergency: Leave", exact=True).click()
    gone(plain)
    plain.go_back()
    assert "gooseberry" not in plain.content()


def test_without_javascript_resending_a_form_after_leaving_shows_no_word(plain: Page) -> None:
    plain.get_by_label("Type here").fill("what is grooming")
    plain.get_by_role("button", name="Send").click()
    plain.get_by_label("Type here").fill(SECRET)
    plain.get_by_role("button", name="Send").click()
    plain.get_by_role("button", name="Emergency: Leave", exact=True).click()
    gone(plain)
    plain.go_back()
    plain.reload()
    assert "gooseberry" not in plain.content()


def test_the_token_of_an_erased_conversation_is_not_in_the_database(chat: Page, server: Server) -> None:
    with chat.expect_response(lambda response: response.url.endswith("/conversations")) as starting:
        ask(chat, SECRET)
    token = starting.value.json()["token"]
    by_escape(chat)
    gone(chat)
    with sqlite3.connect(server.data_dir / "streetwise.db") as database:
        assert token not in str(database.execute("SELECT * FROM conversation").fetchall())
