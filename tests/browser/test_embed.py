"""The chat in a host page with a different origin and a strict policy, and leaving from either one."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from chat_client import Server, StartServer
from playwright.sync_api import Browser, FrameLocator, Locator, Page, Route, expect

from bot.content.page import load_page_words
from browser.conftest import Requests, neutral_sites, unfold, violations

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A school</title><link rel="stylesheet" href="/host.css">
<main><h1>A school</h1><p id="p">Words of the school.</p><button>Its own button</button>{body}</main>
<script src="{chat}chat/embed.js" defer {attributes}></script></html>"""
STYLE = (
    "button { color: rgb(1, 2, 3); } p { margin: 7px; } iframe, div { outline: 9px solid red; } "
    "h1 { margin-bottom: 1500px; } streetwise-chat { %s }"
)
LINK = '<a href="{chat}chat/" data-streetwise>Worried about a friend?</a>'
LABEL = "Worried about something online?"
PHONES = {"phone": (360, 740), "small phone": (320, 568), "sideways": (740, 360)}
DESK = {"width": 1280, "height": 800}
on_phones = pytest.mark.parametrize("size", PHONES.values(), ids=PHONES)


class Host(BaseHTTPRequestHandler):
    """A host site: one page under a strict content security policy, and its style sheet."""

    def __init__(self, *arguments, site: "Site") -> None:
        self.site = site
        super().__init__(*arguments)

    def do_GET(self) -> None:
        site, is_style = self.site, self.path == "/host.css"
        body = STYLE % site.style if is_style else PAGE.format(**vars(site)).replace("{chat}", site.chat)
        origin = site.chat.rstrip("/")
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if is_style else "text/html")
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'self'; script-src {origin}; frame-src {site.frames or origin}; "
            "base-uri 'none'; require-trusted-types-for 'script'",
        )
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Site:
    """The host site and the contents of its page."""

    def __init__(self, chat: str = "") -> None:
        self.chat = chat
        self.reset()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, site=self))
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        self.attributes, self.style, self.body, self.frames = "", "", "", ""

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def shared_site(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host site whose origin the chat's server allows."""
    one = Site()
    running = start_server(tmp_path_factory.mktemp("embedded") / "data", STREETWISE_ORIGINS=one.origin)
    one.chat = running.chat
    yield one
    running.stop()
    one.close()


@pytest.fixture
def site(shared_site: Site, requests: Requests) -> Site:
    """The host site with its plain page, which a test may change before opening it."""
    shared_site.reset()
    return shared_site


@pytest.fixture
def host(page: Page, site: Site) -> Page:
    page.set_viewport_size(DESK)
    page.goto(site.origin)
    return page


def launcher(page: Page, label: str = LABEL) -> Locator:
    return page.get_by_role("button", name=label)


def open_chat(page: Page, label: str = LABEL) -> FrameLocator:
    launcher(page, label).click()
    frame = page.frame_locator("iframe")
    # The frame stays hidden until its script has answered.
    frame.get_by_role("button", name="Close").wait_for()
    return frame


def close_chat(page: Page) -> None:
    page.frame_locator("iframe").get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_be_hidden()


def helplines(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("link")


def box_of(locator: Locator) -> "tuple[float, float, float, float]":
    box = locator.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def talk(frame: FrameLocator) -> None:
    frame.get_by_label("Type here").fill("what is grooming")
    frame.get_by_label("Type here").press("Enter")
    frame.locator("#log .more").wait_for()


def gone(page: Page) -> None:
    page.wait_for_url(lambda url: url.startswith(neutral_sites()))


def test_only_the_script_is_requested_before_the_chat_is_opened(host: Page, site: Site, requests: Requests) -> None:
    assert [url for url in requests.urls if url.startswith(site.chat)] == [f"{site.chat}chat/embed.js"]


def test_a_conversation_works_in_the_frame_under_a_strict_policy(host: Page) -> None:
    refused = []
    host.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    talk(open_chat(host))
    assert refused == []


def test_the_frame_is_sandboxed_and_sends_no_referrer(host: Page) -> None:
    open_chat(host)
    frame = host.locator("iframe")
    assert "allow-scripts" in (frame.get_attribute("sandbox") or "")
    assert frame.get_attribute("referrerpolicy") == "no-referrer"
    assert frame.get_attribute("title") == "Safety chat"


def test_escape_in_the_host_page_leaves_the_site(host: Page) -> None:
    talk(open_chat(host))
    host.get_by_role("button", name="Its own button").focus()
    host.keyboard.press("Escape")
    gone(host)


def test_escape_in_the_frame_leaves_the_site(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    frame.get_by_label("Type here").press("Escape")
    gone(host)


def test_three_shifts_in_the_host_page_leave_the_site(host: Page) -> None:
    open_chat(host)
    host.get_by_role("button", name="Its own button").focus()
    for _ in range(3):
        host.keyboard.press("Shift")
    gone(host)


def test_the_button_in_the_frame_leaves_the_site(host: Page) -> None:
    open_chat(host).get_by_role("button", name="Emergency: Leave").click()
    gone(host)


def test_the_chat_says_that_escape_leaves_the_site(host: Page) -> None:
    open_chat(host)
    expect(host.get_by_text("Esc leaves this site")).to_be_visible()
    expect(host.get_by_role("dialog", name="Safety chat")).to_have_accessible_description(re.compile("^Esc leaves"))


def test_leaving_from_the_host_page_erases_the_conversation(host: Page) -> None:
    talk(open_chat(host))
    with host.context.expect_event("request", lambda request: request.method == "DELETE"):
        host.get_by_role("button", name="Its own button").focus()
        host.keyboard.press("Escape")
    gone(host)


def test_escape_does_not_leave_the_host_page_while_the_chat_is_closed(host: Page, site: Site) -> None:
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


@on_phones
def test_on_a_small_screen_the_frame_fills_the_screen(page: Page, site: Site, size: "tuple[int, int]") -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(site.origin)
    frame = open_chat(page)
    left, top, width, height = box_of(page.get_by_role("dialog"))
    assert (left, top, width, height) == (0, 0, *size)
    talk(frame)
    for control in (frame.get_by_label("Type here"), frame.get_by_role("button", name="Send")):
        x, y, width, height = box_of(control)
        assert 0 <= x <= size[0] - width
        assert 0 <= y <= size[1] - height


@on_phones
def test_on_a_small_screen_leave_and_close_share_one_bar(page: Page, site: Site, size: "tuple[int, int]") -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(site.origin)
    frame = open_chat(page)
    leave = frame.get_by_role("button", name="Emergency: Leave")
    assert box_of(leave)[1] == box_of(frame.get_by_role("button", name="Close"))[1] < 20
    expect(page.get_by_role("button", name="Leave")).to_have_count(0)


def test_on_a_small_screen_the_page_behind_does_not_scroll(page: Page, site: Site) -> None:
    page.goto(site.origin)
    page.mouse.move(100, 300)
    frame = open_chat(page)
    page.mouse.wheel(0, 400)
    frame.locator("body").evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("scrollY") == 0
    close_chat(page)
    page.mouse.wheel(0, 400)
    expect(page.get_by_role("heading", name="A school")).not_to_be_in_viewport()


def test_the_chat_shrinks_to_stay_above_an_open_keyboard(page: Page, site: Site) -> None:
    page.goto(site.origin)
    open_chat(page)
    page.evaluate(
        "Object.defineProperty(visualViewport, 'height', { value: 420 });"
        "visualViewport.dispatchEvent(new Event('resize'))"
    )
    assert box_of(page.get_by_role("dialog"))[3] == 420


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_focus_moves_into_the_frame_and_back(page: Page, site: Site, size: "tuple[int, int]") -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(site.origin)
    open_chat(page)
    expect(page.locator("iframe")).to_be_focused()
    close_chat(page)
    expect(launcher(page)).to_be_focused()


def test_closing_removes_every_word_from_the_page(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    frame.get_by_label("Type here").fill("and my mum does not know")
    close_chat(host)
    launcher(host).click()
    expect(frame.get_by_role("button", name="Go on")).to_be_visible()
    shown = frame.locator("body").evaluate("body => body.innerText + document.querySelector('#text').value")
    assert not re.search("grooming|mum", shown, re.IGNORECASE)


def test_a_reopened_chat_offers_only_its_two_choices(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    close_chat(host)
    launcher(host).click()
    expect(frame.get_by_role("button", name="Go on")).to_be_visible()
    expect(frame.get_by_label("Type here")).to_be_hidden()
    expect(frame.get_by_role("button", name="Easier words")).to_be_hidden()


def test_the_focus_is_on_the_question_of_a_reopened_chat(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    close_chat(host)
    launcher(host).click()
    expect(frame.locator("#log > li", has_text="You closed this chat")).to_be_focused()


def test_go_on_shows_no_word_but_keeps_the_conversation(host: Page) -> None:
    frame = open_chat(host)
    frame.get_by_label("Type here").fill("someone is blackmailing me with my nudes, im 14")
    frame.get_by_label("Type here").press("Enter")
    frame.locator("#log .message.service").first.wait_for()
    close_chat(host)
    launcher(host).click()
    frame.get_by_role("button", name="Go on").click()
    assert "nudes" not in frame.locator("body").inner_text()
    with host.expect_response("**/messages") as answer:
        frame.get_by_label("Type here").fill("should i pay")
        frame.get_by_label("Type here").press("Enter")
    assert answer.value.json()["topic"] == "sextortion"


def test_start_new_erases_the_conversation(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    close_chat(host)
    launcher(host).click()
    with host.context.expect_event("request", lambda request: request.method == "DELETE"):
        frame.get_by_role("button", name="Start new").click()
    expect(frame.get_by_role("button", name="I'm under 18")).to_be_visible()
    expect(frame.get_by_label("Type here")).to_be_visible()


def test_a_closed_conversation_is_erased_after_a_quarter_of_an_hour(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto(site.origin)
    frame = open_chat(page)
    talk(frame)
    close_chat(page)
    with page.context.expect_event("request", lambda request: request.method == "DELETE"):
        page.clock.fast_forward("15:00")
    launcher(page).click()
    expect(frame.get_by_role("button", name="I'm under 18")).to_be_visible()


def test_a_reply_that_arrives_after_closing_is_not_shown(host: Page) -> None:
    frame = open_chat(host)
    held: "list[Route]" = []
    host.route("**/messages", lambda route: held.append(route))
    frame.get_by_label("Type here").fill("what is grooming")
    with host.expect_request("**/messages"):
        frame.get_by_label("Type here").press("Enter")
    close_chat(host)
    launcher(host).click()
    frame.get_by_role("button", name="Go on").click()
    with host.expect_response("**/messages") as answer:
        held[0].continue_()
    answer.value.finished()
    frame.locator("body").evaluate("new Promise(requestAnimationFrame)")
    assert "grooming" not in frame.locator("body").inner_text().lower()


def test_a_chat_without_messages_is_reopened_as_it_was(host: Page) -> None:
    frame = open_chat(host)
    close_chat(host)
    launcher(host).click()
    expect(frame.get_by_role("button", name="I'm under 18")).to_be_visible()


def test_the_launcher_keeps_its_label_and_says_whether_the_chat_is_open(host: Page) -> None:
    expect(launcher(host)).to_have_attribute("aria-expanded", "false")
    open_chat(host)
    expect(launcher(host)).to_have_attribute("aria-expanded", "true")


def is_late(page: Page) -> None:
    """Check that the helplines and a link to the chat appear after three seconds."""
    page.clock.run_for(3000)
    expect(helplines(page)).to_have_count(4)
    numbers = [link.get_attribute("href") for link in helplines(page).all()[:3]]
    assert numbers == ["tel:999", "tel:08001111", "tel:08088005000"]


def open_in_vain(page: Page) -> None:
    page.clock.install()
    launcher(page).click()


def test_a_site_that_is_not_allowed_shows_the_helplines_instead(page: Page, server: Server, requests: Requests) -> None:
    stranger = Site(server.chat)
    page.goto(stranger.origin)
    open_in_vain(page)
    is_late(page)
    expect(page.frame_locator("iframe").get_by_label("Type here")).to_have_count(0)
    stranger.close()


def test_the_helplines_are_shown_if_a_policy_blocks_the_frame(page: Page, site: Site) -> None:
    site.frames = "'none'"
    page.goto(site.origin)
    open_in_vain(page)
    is_late(page)


def test_the_helplines_are_shown_if_the_server_is_down(host: Page) -> None:
    host.route("**/chat/", lambda route: route.abort("connectionrefused"))
    open_in_vain(host)
    is_late(host)


def test_a_frame_that_answers_late_replaces_the_helplines(host: Page) -> None:
    held: "list[Route]" = []
    host.route("**/chat/", lambda route: held.append(route))
    open_in_vain(host)
    is_late(host)
    held[0].continue_()
    expect(host.frame_locator("iframe").get_by_label("Type here")).to_be_visible()
    expect(helplines(host)).to_have_count(0)
    expect(host.locator("iframe")).to_be_focused()


def test_the_chat_in_its_own_tab_learns_nothing_about_the_host_page(page: Page, site: Site) -> None:
    site.frames, site.attributes = "'none'", 'data-place="scotland"'
    page.goto(site.origin)
    open_in_vain(page)
    is_late(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the chat in its own tab").click()
    tab = opened.value
    assert tab.url == f"{site.chat}chat/?area=scotland"
    assert tab.evaluate("[opener, document.referrer]") == [None, ""]


def test_a_chat_that_did_not_load_can_be_closed_and_tried_again(host: Page) -> None:
    host.route("**/chat/", lambda route: route.abort("connectionrefused"))
    open_in_vain(host)
    host.get_by_role("button", name="Close").click()
    host.unroute("**/chat/")
    open_chat(host)


def test_a_chat_that_did_not_load_can_be_left(host: Page) -> None:
    host.route("**/chat/", lambda route: route.abort("connectionrefused"))
    launcher(host).click()
    host.get_by_role("button", name="Leave").click()
    gone(host)


@pytest.fixture
def linked(page: Page, site: Site) -> Page:
    """The host page with a link that the tag turns into the launcher."""
    site.body = LINK
    page.set_viewport_size(DESK)
    page.goto(site.origin)
    return page


def test_a_link_becomes_the_launcher_and_keeps_its_label(linked: Page) -> None:
    talk(open_chat(linked, "Worried about a friend?"))
    expect(launcher(linked, "Worried about a friend?")).to_have_attribute("aria-expanded", "true")
    expect(launcher(linked)).to_have_count(0)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_link_as_the_launcher_works_by_keyboard(linked: Page, key: str) -> None:
    launcher(linked, "Worried about a friend?").press(key)
    expect(linked.frame_locator("iframe").get_by_label("Type here")).to_be_visible()


def test_without_javascript_the_link_leads_to_the_chat(browser: Browser, site: Site) -> None:
    site.body = LINK
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.origin)
    page.get_by_role("link", name="Worried about a friend?").click()
    expect(page.get_by_label("Type here")).to_be_visible()
    context.close()


def test_a_link_added_later_opens_the_same_chat(host: Page) -> None:
    talk(open_chat(host))
    close_chat(host)
    host.evaluate(
        "const link = Object.assign(document.createElement('a'), { href: '/elsewhere', textContent: 'Talk' });"
        "link.dataset.streetwise = ''; document.body.prepend(link)"
    )
    host.get_by_role("link", name="Talk").click()
    expect(host.frame_locator("iframe").get_by_role("button", name="Go on")).to_be_visible()


def test_a_tag_with_a_position_adds_a_button_to_the_links(page: Page, site: Site) -> None:
    site.body, site.attributes = LINK, 'data-position="left"'
    page.goto(site.origin)
    expect(launcher(page)).to_be_visible()
    expect(launcher(page, "Worried about a friend?")).to_be_visible()


def test_the_chat_can_be_placed_in_the_page_at_the_tag(page: Page, site: Site) -> None:
    site.attributes = 'data-position="here"'
    page.set_viewport_size(DESK)
    page.goto(site.origin)
    open_chat(page)
    x, y, width, _ = box_of(page.get_by_role("dialog"))
    assert y > box_of(page.get_by_role("button", name="Its own button"))[1]
    assert width > DESK["width"] - 2 * x - 1


def test_two_tags_add_one_chat(page: Page, site: Site) -> None:
    site.body = '<script src="{chat}chat/embed.js" defer></script>'
    page.goto(site.origin)
    expect(launcher(page)).to_have_count(1)
    talk(open_chat(page))


def test_a_copy_of_the_element_does_nothing(host: Page) -> None:
    host.evaluate("document.body.prepend(document.querySelector('streetwise-chat').cloneNode(true))")
    expect(launcher(host)).to_have_count(1)
    talk(open_chat(host))


def test_an_element_that_is_removed_and_added_again_works(host: Page, site: Site) -> None:
    talk(open_chat(host))
    host.evaluate("const chat = document.querySelector('streetwise-chat'); chat.remove(); document.body.append(chat)")
    expect(launcher(host)).to_have_attribute("aria-expanded", "false")
    expect(open_chat(host).get_by_role("button", name="I'm under 18")).to_be_visible()


def test_a_site_that_replaces_its_body_keeps_the_conversation(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    host.evaluate(
        "const policy = trustedTypes.createPolicy('test', { createScriptURL: url => url });"
        "const next = document.createElement('body'), tag = document.createElement('script');"
        "const loaded = new Promise(done => { tag.onload = done; });"
        "tag.src = policy.createScriptURL(document.querySelector('script').src); next.append(tag);"
        "document.documentElement.replaceChild(next, document.body); loaded"
    )
    expect(frame.get_by_text("what is grooming")).to_be_visible()
    expect(launcher(host)).to_have_count(1)


def test_resizing_the_window_keeps_the_conversation(host: Page) -> None:
    frame = open_chat(host)
    talk(frame)
    host.set_viewport_size({"width": 390, "height": 844})
    expect(host.get_by_role("dialog")).to_have_css("width", "390px")
    host.set_viewport_size(DESK)
    expect(host.get_by_role("dialog")).not_to_have_css("width", "1280px")
    expect(frame.get_by_text("what is grooming")).to_be_visible()


def test_escape_does_not_leave_a_host_page_that_hides_the_chat(host: Page, site: Site) -> None:
    talk(open_chat(host))
    host.evaluate("document.querySelector('streetwise-chat').hidden = true")
    host.keyboard.press("Escape")
    host.evaluate("new Promise(requestAnimationFrame)")
    assert host.url.startswith(site.origin)


def test_the_chat_and_the_host_page_do_not_affect_each_others_styles(host: Page) -> None:
    look = "[getComputedStyle(document.querySelector('main > button')).color, getComputedStyle(p).margin]"
    before = host.evaluate(look)
    open_chat(host)
    assert host.evaluate(look) == before == ["rgb(1, 2, 3)", "7px"]
    assert host.locator("iframe").evaluate("frame => getComputedStyle(frame).outlineWidth") != "9px"


def test_no_global_name_is_added_to_the_host_page(host: Page) -> None:
    assert host.evaluate("[typeof base, typeof words, typeof StreetwiseChat, typeof toggle]") == ["undefined"] * 4


def test_removing_the_element_removes_everything(host: Page, site: Site) -> None:
    open_chat(host)
    host.evaluate("document.querySelector('streetwise-chat').remove()")
    assert host.locator("iframe").count() == 0
    host.keyboard.press("Escape")
    host.evaluate("new Promise(requestAnimationFrame)")
    assert host.url.startswith(site.origin)


def test_the_host_page_can_style_the_chat_with_custom_properties(page: Page, site: Site) -> None:
    site.style = "--streetwise-accent: rgb(90, 0, 90); --streetwise-radius: 0px; --streetwise-paper: rgb(250, 250, 255)"
    page.goto(site.origin)
    frame = open_chat(page)
    send = frame.get_by_role("button", name="Send")
    expect(send).to_have_css("background-color", "rgb(90, 0, 90)")
    expect(send).to_have_css("border-radius", "0px")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(250, 250, 255)")


def test_the_tag_can_set_the_assumed_police_area(page: Page, site: Site) -> None:
    site.attributes = 'data-place="scotland"'
    page.goto(site.origin)
    frame = open_chat(page)
    frame.get_by_label("Type here").fill("how do i report a man who messages children")
    frame.get_by_label("Type here").press("Enter")
    expect(unfold(frame).locator("section.service", has_text="Police Scotland")).to_be_visible()


@pytest.mark.parametrize(("position", "side"), [("left", "left"), ("right", "right")])
def test_the_tag_can_set_the_side_of_the_launcher(page: Page, site: Site, position: str, side: str) -> None:
    site.attributes = f'data-position="{position}"'
    page.goto(site.origin)
    x, _, width, _ = box_of(launcher(page))
    assert (x + width / 2 < 195) == (side == "left")


def test_in_the_dark_scheme_the_chat_keeps_its_own_colours(page: Page, site: Site) -> None:
    site.style = "--streetwise-accent: rgb(90, 0, 90); --streetwise-paper: rgb(250, 250, 255)"
    page.emulate_media(color_scheme="dark")
    page.goto(site.origin)
    expect(open_chat(page).locator("body")).to_have_css("background-color", "rgb(20, 25, 27)")


SITES = load_page_words().host.sites


@pytest.mark.parametrize("name", SITES)
def test_axe_finds_nothing_on_a_demonstration_page_with_the_chat_open(
    page: Page, server: Server, requests: Requests, scheme: str, name: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{server.chat}?site={name}")
    open_chat(page, SITES[name].link)
    assert violations(page) == []


def test_a_demonstration_page_gives_the_chat_its_colours(page: Page, server: Server, requests: Requests) -> None:
    page.goto(f"{server.chat}?site=council")
    send = open_chat(page, SITES["council"].link).get_by_role("button", name="Send")
    expect(send).to_have_css("background-color", "rgb(0, 112, 60)")


def test_axe_finds_nothing_if_the_chat_does_not_load(host: Page, scheme: str) -> None:
    host.emulate_media(color_scheme=scheme)
    host.route("**/chat/", lambda route: route.abort("connectionrefused"))
    open_in_vain(host)
    is_late(host)
    assert violations(host) == []


def test_axe_finds_nothing_in_a_reopened_chat(host: Page, scheme: str) -> None:
    host.emulate_media(color_scheme=scheme)
    frame = open_chat(host)
    talk(frame)
    close_chat(host)
    launcher(host).click()
    frame.get_by_role("button", name="Go on").wait_for()
    assert violations(host) == []
