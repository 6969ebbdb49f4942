"""The essentials of the chat and the console in Firefox and WebKit, because the other tests use only Chromium."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pyotp
import pytest
from chat_client import Server, StartServer
from tls import tls_in_front_of

from bot.console.passwords import hash_password, new_secret
from bot.store import staff
from browser.console import Office
from browser.webdriver import ENGINES, Window

SECRET = "an unmistakable gooseberry question about grooming"
BLACKMAIL = "he says hell send my nudes to everyone if i dont pay, im 13"
PASSWORD = "correct horse battery"
ANSWERED = "return document.querySelector('#log > .mine + .reply') && !document.querySelector('.pending, .dots')"
WORDS = "return document.body.innerText"


class Neutral(BaseHTTPRequestHandler):
    """A local neutral site, because tests must not use the internet."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Weather</title><h1>Sunny</h1>")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Sites(NamedTuple):
    """The server, and the neutral site that "Leave" opens."""

    server: Server
    neutral: str


@pytest.fixture(scope="module")
def sites(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    folder = tmp_path_factory.mktemp("engines")
    neutral = ThreadingHTTPServer(("127.0.0.1", 0), Neutral)
    threading.Thread(target=neutral.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{neutral.server_port}/"
    (folder / "content" / "en").mkdir(parents=True)
    (folder / "content" / "en" / "page.yml").write_text(f"sites: [{address}weather, {address}holidays]\n")
    running = start_server(folder / "data", STREETWISE_CONTENT_DIR=str(folder / "content"))
    yield Sites(running, address)
    running.stop()
    neutral.shutdown()
    neutral.server_close()


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    with ENGINES[request.param].start(tmp_path_factory.mktemp(request.param)) as window:
        yield window


@pytest.fixture
def chat(engine: Window, sites: Sites) -> Window:
    """The chat page, opened after visiting the neutral site."""
    engine.open(sites.neutral)
    engine.open(f"{sites.server.chat}chat/")
    return engine


@pytest.fixture
def school(engine: Window, sites: Sites) -> Window:
    """A school's page that embeds the chat."""
    engine.open(f"{sites.server.chat}?site=school")
    return engine


def ask(window: Window, text: str) -> None:
    window.type("#text", text)
    window.press("Enter")
    window.wait(ANSWERED)


def by_the_button(window: Window) -> None:
    window.click("#leave")


def by_escape(window: Window) -> None:
    window.press("Escape")


def by_three_shifts(window: Window) -> None:
    window.press("Shift", 3)


each_way = pytest.mark.parametrize("way", [by_the_button, by_escape, by_three_shifts], ids=lambda way: way.__name__)


def gone(window: Window, sites: Sites) -> None:
    window.wait_until(lambda: window.url.startswith(sites.neutral), "the window shows the neutral site")


def open_in_the_school(window: Window) -> None:
    """Open the chat in a school's page and switch to its frame."""
    window.frame(None)
    window.click("a[data-streetwise]")
    window.frame_in("streetwise-chat", ".panel:not(.waiting) iframe")


def as_on_a_phone(window: Window, width: int, height: int) -> None:
    """Switch to the chat in a phone-sized frame, because the windows cannot be made that narrow."""
    window.run(
        """const frame = document.createElement("iframe");
        frame.src = "/chat/";
        const [width, height] = [...arguments].map((length) => `${length}px`);
        Object.assign(frame.style, { position: "fixed", inset: 0, border: 0, width, height });
        frame.id = "phone";
        document.body.append(frame);""",
        width,
        height,
    )
    window.frame("#phone")
    window.wait("return document.readyState === 'complete' && document.querySelector('#text')")


def test_a_message_is_answered(chat: Window) -> None:
    ask(chat, "what is grooming")
    assert chat.run("return document.querySelectorAll('#log > .mine + .reply .message').length") > 1


@each_way
def test_each_way_out_leads_to_a_neutral_site(chat: Window, sites: Sites, way) -> None:
    ask(chat, SECRET)
    way(chat)
    gone(chat, sites)
    assert chat.run(WORDS) == "Sunny"


@each_way
def test_going_back_shows_no_word(chat: Window, sites: Sites, way) -> None:
    ask(chat, SECRET)
    way(chat)
    gone(chat, sites)
    chat.back()
    chat.wait("return document.readyState === 'complete'")
    assert "gooseberry" not in chat.run(WORDS)


def test_the_frame_in_a_schools_page_answers_and_hides_the_conversation_when_closed(school: Window) -> None:
    open_in_the_school(school)
    ask(school, SECRET)
    school.click("header button[aria-label]")
    school.frame(None)
    school.wait("return document.activeElement.matches('a[data-streetwise]')")
    open_in_the_school(school)
    assert "gooseberry" not in school.run(WORDS)


def test_the_frame_in_a_schools_page_can_be_left(school: Window, sites: Sites) -> None:
    open_in_the_school(school)
    ask(school, SECRET)
    by_escape(school)
    school.frame(None)
    gone(school, sites)


def test_on_a_phone_the_answer_begins_below_the_header_and_above_the_box(school: Window) -> None:
    as_on_a_phone(school, 360, 740)
    ask(school, BLACKMAIL)
    header, line, footer = school.run(
        """const said = document.createRange();
        said.selectNodeContents(document.querySelector("#log > .mine + .reply .message p"));
        const edges = (one) => { const { top, bottom } = one.getBoundingClientRect(); return [top, bottom]; };
        const { top, bottom } = said.getClientRects()[0];
        return [edges(document.querySelector("header")), [top, bottom], edges(document.querySelector("footer"))];"""
    )
    assert header[1] <= line[0] < line[1] <= footer[0]


def test_on_a_phone_leave_and_the_box_are_in_sight_after_an_answer(school: Window) -> None:
    as_on_a_phone(school, 360, 740)
    ask(school, BLACKMAIL)
    in_sight = """return ["#leave", "#text"].map((name) => {
        const one = document.querySelector(name);
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight
            && one.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
    });"""
    assert school.run(in_sight) == [True, True]


def test_a_small_phone_does_not_scroll_sideways(school: Window) -> None:
    as_on_a_phone(school, 320, 568)
    ask(school, BLACKMAIL)
    school.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    boxes = "[document.documentElement, document.querySelector('main')]"
    assert school.run(f"return {boxes}.map((one) => one.scrollWidth - one.clientWidth)") == [0, 0]


def test_staff_sign_in_and_open_a_transcript(
    engine: Window, sites: Sites, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["engine"].lower()
    with closing(Office(sites.server)) as office:
        number, secret = office.hears("i dont want to be here anymore"), new_secret()
        hashed = hash_password(PASSWORD)
        office.database.write_now(
            lambda connection: staff.add(connection, int(time.time()), name, "reviewer", hashed, secret)
        )
    with tls_in_front_of(sites.server.console, tmp_path) as console:
        engine.open(console)
        engine.type("[name=name]", name)
        engine.type("[name=password]", PASSWORD)
        engine.type("[name=code]", pyotp.TOTP(secret).now())
        engine.click("form.fields > button")
        engine.wait("return document.querySelector('h1')?.textContent.includes('Queue')")
        engine.open(f"{console}conversations/{number}")
        engine.click("button[data-key=o]")
        engine.wait("return document.querySelector('blockquote')?.textContent.includes('to be here anymore')")
