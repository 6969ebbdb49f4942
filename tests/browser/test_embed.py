"""The chat in another site's page: a strict policy, another origin, and the way out from both."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from chat_client import Server, StartServer
from playwright.sync_api import FrameLocator, Page, expect

from browser.conftest import Requests, neutral_sites, unfold, violations

PAGE = """<!doctype html><html lang="en"><title>A school</title><link rel="stylesheet" href="/host.css">
<h1>A school</h1><p id="p">Words of the school.</p><button>Its own button</button>
<script src="{chat}chat/embed.js" defer {attributes}></script></html>"""
STYLE = (
    "button { color: rgb(1, 2, 3); } p { margin: 7px; } iframe, div { outline: 9px solid red; } streetwise-chat { %s }"
)


class Host(BaseHTTPRequestHandler):
    """Another site: one page under a strict content security policy, and its style sheet."""

    def __init__(self, *arguments, site: "Site") -> None:
        self.site = site
        super().__init__(*arguments)

    def do_GET(self) -> None:
        is_style = self.path == "/host.css"
        body = (
            STYLE % self.site.style if is_style else PAGE.format(chat=self.site.chat, attributes=self.site.attributes)
        )
        origin = self.site.chat.rstrip("/")
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if is_style else "text/html")
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'self'; script-src {origin}; frame-src {origin}; base-uri 'none'; "
            "require-trusted-types-for 'script'",
        )
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Site:
    """The host site, and what its page holds."""

    chat = ""
    attributes = ""
    style = ""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, site=self))
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def site(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host site that the chat's server knows."""
    one = Site()
    running = start_server(tmp_path_factory.mktemp("embedded") / "data", STREETWISE_ORIGINS=one.origin)
    one.chat = running.chat
    yield one
    running.stop()
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def host(page: Page, site: Site, requests: Requests) -> Page:
    site.attributes, site.style = "", ""
    page.goto(site.origin)
    return page


def open_chat(page: Page) -> FrameLocator:
    page.get_by_role("button", name="Worried about something online?").click()
    frame = page.frame_locator("iframe")
    frame.get_by_label("Type here").wait_for()
    # Its script runs before it counts as loaded; until then Enter is a new line.
    page.frames[-1].wait_for_load_state("load")
    return frame


def talk(frame: FrameLocator) -> None:
    frame.get_by_label("Type here").fill("what is grooming")
    frame.get_by_label("Type here").press("Enter")
    frame.locator("#log .more").wait_for()


def gone(page: Page) -> None:
    page.wait_for_url(lambda url: url.startswith(neutral_sites()))


def test_nothing_is_asked_before_it_is_opened(host: Page, site: Site, requests: Requests) -> None:
    assert [url for url in requests.urls if url.startswith(site.chat)] == [f"{site.chat}chat/embed.js"]


def test_a_conversation_works_in_the_frame_under_a_strict_policy(host: Page) -> None:
    refused = []
    host.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    talk(open_chat(host))
    assert refused == []


def test_the_frame_is_sandboxed_and_tells_no_referrer(host: Page) -> None:
    open_chat(host)
    frame = host.locator("iframe")
    assert "allow-scripts" in (frame.get_attribute("sandbox") or "")
    assert frame.get_attribute("referrerpolicy") == "no-referrer"
    assert frame.get_attribute("title") == "Worried about something online?"


def test_escape_in_the_host_page_leaves_all_of_it(host: Page) -> None:
    talk(open_chat(host))
    host.get_by_role("button", name="Its own button").focus()
    host.keyboard.press("Escape")
    gone(host)


def test_escape_in_the_frame_leaves_all_of_it(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    frame.get_by_label("Type here").press("Escape")
    gone(host)


def test_three_shifts_in_the_host_page_leave_all_of_it(host: Page) -> None:
    open_chat(host)
    host.get_by_role("button", name="Its own button").focus()
    for _ in range(3):
        host.keyboard.press("Shift")
    gone(host)


def test_the_button_beside_the_launcher_leaves_all_of_it(host: Page) -> None:
    open_chat(host)
    host.get_by_role("button", name="Leave", exact=True).click()
    gone(host)


def test_leaving_from_the_host_page_erases_the_conversation(host: Page) -> None:
    talk(open_chat(host))
    with host.context.expect_event("request", lambda request: request.method == "DELETE"):
        host.get_by_role("button", name="Its own button").focus()
        host.keyboard.press("Escape")
    gone(host)


def test_escape_belongs_to_the_host_page_while_the_chat_is_closed(host: Page, site: Site) -> None:
    host.keyboard.press("Escape")
    for _ in range(3):
        host.keyboard.press("Shift")
    host.evaluate("new Promise(requestAnimationFrame)")
    assert host.url.startswith(site.origin)


def test_going_back_shows_no_conversation(host: Page) -> None:
    talk(open_chat(host))
    host.get_by_role("button", name="Its own button").focus()
    host.keyboard.press("Escape")
    gone(host)
    host.go_back()
    host.wait_for_load_state()
    assert host.locator("iframe").count() == 0


def test_closing_and_opening_it_keeps_the_conversation(host: Page) -> None:
    talk(open_chat(host))
    host.get_by_role("button", name="Close the chat").click()
    expect(host.locator("iframe")).to_be_hidden()
    host.get_by_role("button", name="Worried about something online?").click()
    unfold(host.frame_locator("iframe"))
    expect(host.frame_locator("iframe").get_by_role("heading", name="What grooming is")).to_be_visible()


def test_the_launcher_says_whether_it_is_open(host: Page) -> None:
    launcher = host.get_by_role("button", name="Worried about something online?")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    open_chat(host)
    expect(host.get_by_role("button", name="Close the chat")).to_have_attribute("aria-expanded", "true")


def test_the_hosts_styles_stay_as_they_are_and_do_not_reach_in(host: Page) -> None:
    look = "[getComputedStyle(document.querySelector('body > button')).color, getComputedStyle(p).margin]"
    before = host.evaluate(look)
    open_chat(host)
    assert host.evaluate(look) == before == ["rgb(1, 2, 3)", "7px"]
    assert host.locator("iframe").evaluate("frame => getComputedStyle(frame).outlineWidth") != "9px"


def test_no_name_is_added_to_the_host_page(host: Page) -> None:
    assert host.evaluate("[typeof base, typeof words, typeof StreetwiseChat, typeof toggle]") == ["undefined"] * 4


def test_removing_the_element_removes_everything(host: Page, site: Site) -> None:
    open_chat(host)
    host.evaluate("document.querySelector('streetwise-chat').remove()")
    assert host.locator("iframe").count() == 0
    host.keyboard.press("Escape")
    host.evaluate("new Promise(requestAnimationFrame)")
    assert host.url.startswith(site.origin)


def test_four_properties_of_the_host_make_it_theirs(page: Page, site: Site, requests: Requests) -> None:
    site.attributes = ""
    site.style = "--streetwise-accent: rgb(90, 0, 90); --streetwise-radius: 0px; --streetwise-paper: rgb(250, 250, 255)"
    page.goto(site.origin)
    frame = open_chat(page)
    send = frame.get_by_role("button", name="Send")
    expect(send).to_have_css("background-color", "rgb(90, 0, 90)")
    expect(send).to_have_css("border-radius", "0px")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(250, 250, 255)")


def test_the_tag_says_which_police_area_is_assumed(page: Page, site: Site, requests: Requests) -> None:
    site.attributes, site.style = 'data-place="scotland"', ""
    page.goto(site.origin)
    frame = open_chat(page)
    frame.get_by_label("Type here").fill("how do i report a man who messages children")
    frame.get_by_label("Type here").press("Enter")
    expect(unfold(frame).locator("section.service", has_text="Police Scotland")).to_be_visible()


@pytest.mark.parametrize(("position", "side"), [("left", "left"), ("right", "right")])
def test_the_tag_says_where_it_stands(page: Page, site: Site, requests: Requests, position: str, side: str) -> None:
    site.attributes, site.style = f'data-position="{position}"', ""
    page.goto(site.origin)
    box = page.get_by_role("button", name="Worried about something online?").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    assert (middle < 195) == (side == "left")


def test_a_page_that_is_not_allowed_cannot_show_the_chat(page: Page, server: Server, requests: Requests) -> None:
    stranger = Site()
    stranger.chat = server.chat
    page.goto(stranger.origin)
    page.get_by_role("button", name="Worried about something online?").click()
    expect(page.frame_locator("iframe").get_by_label("Type here")).to_have_count(0)
    stranger.server.shutdown()
    stranger.server.server_close()


def test_axe_finds_nothing_on_the_demonstration_page_with_the_chat_open(
    page: Page, server: Server, requests: Requests, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(server.chat)
    open_chat(page)
    assert violations(page) == []


def test_the_demonstration_page_shows_the_tag_to_copy(page: Page, server: Server, requests: Requests) -> None:
    page.goto(server.chat)
    assert f'<script src="{server.chat}chat/embed.js"' in page.locator("pre").inner_text()
