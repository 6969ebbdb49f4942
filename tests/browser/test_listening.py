"""A reply can be read aloud if the device has its own voice, and the reading can be stopped at once."""

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Requests, ask
from evaluation.server import Server

#: Gives the browser one voice, which records the texts that it is asked to read.
VOICE = """
window.read = [];
const voices = [{ localService: %s, lang: "en-GB", name: "Ann" }];
const speak = (one) => read.push(one.text.trim());
const cancel = () => { read.push("stopped"); console.log("stopped"); };
const speech = { getVoices: () => voices, speak, cancel };
Object.defineProperty(window, "speechSynthesis", { value: speech });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


@pytest.fixture
def heard(page: Page, server: Server, requests: Requests) -> Page:
    """A chat with a reply, in a browser that has its own voice."""
    page.add_init_script(VOICE % "true")
    page.goto(f"{server.chat}chat/")
    ask(page, "he says hell send my nudes to everyone if i dont pay, im 13")
    page.evaluate("read.length = 0")
    return page


def test_there_is_no_listen_button_without_a_voice(chat: Page) -> None:
    expect(chat.get_by_role("button", name="Listen")).to_have_count(0)


def test_a_voice_that_sends_the_text_to_a_server_is_not_used(page: Page, server: Server, requests: Requests) -> None:
    page.add_init_script(VOICE % "false")
    page.goto(f"{server.chat}chat/")
    expect(page.get_by_role("button", name="Listen")).to_have_count(0)


def test_a_reply_is_read_aloud_without_its_folded_parts(heard: Page) -> None:
    reply = heard.locator(".reply").last
    reply.get_by_role("button", name="Listen").click()
    read = heard.evaluate("read")
    assert read[1] == reply.locator("p").first.inner_text()
    assert not [line for line in read if line.startswith(("Opening hours", "Sources read"))]


def test_stop_ends_the_reading(heard: Page) -> None:
    heard.locator(".reply").last.get_by_role("button", name="Listen").click()
    heard.get_by_role("button", name="Stop").click()
    assert heard.evaluate("read.at(-1)") == "stopped"
    expect(heard.get_by_role("button", name="Stop")).to_have_count(0)


def test_escape_ends_the_reading_at_once(heard: Page) -> None:
    heard.locator(".reply").last.get_by_role("button", name="Listen").click()
    with heard.expect_console_message(lambda message: message.text == "stopped"):
        heard.keyboard.press("Escape")
