"""Runs a real browser against the real server: the Chromium on the path, or other browsers in test_engines.py."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, Route, expect

from browser.console import Member, Office, Seats
from browser.webdriver import ENGINES
from evaluation.server import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: If this variable is set, as it is in .ci/run, the tests fail if a browser is not installed.
MUST = "STREETWISE_BROWSER_MUST"
#: Words that occur in no other message. Each test that searches uses one of them.
WORDS = iter("saxophone umbrella rhubarb bucket quince sloe walnut spoon trumpet ladder thimble kettle pigeon".split())
WIDTHS = {"phone": (320, 640), "tablet": (768, 1024), "desk": (1280, 800)}
#: The axe rules for each colour scheme: all of them for light, but only those about colour for dark.
SCHEMES = {
    "light": {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]},
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]},
}
HERE = Path(__file__).parent
MISSING = "A browser is missing, so some of tests/browser was not tried. Install Debian's {}."
#: The Debian packages of the browsers that were not found.
lacking: "set[str]" = set()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: "list[pytest.Item]") -> None:
    # Run these tests last: from its first test on, Playwright keeps an event loop running, so no other loop can start.
    items.sort(key=lambda item: HERE in item.path.parents)
    for item in items:
        missing = _missing(item) if HERE in item.path.parents else []
        lacking.update(missing)
        if missing:
            item.add_marker(pytest.mark.skip(reason=MISSING.format(", ".join(missing))))
    if lacking and os.environ.get(MUST):
        pytest.exit(MISSING.format(", ".join(sorted(lacking))), returncode=1)


def _missing(item: pytest.Item) -> "list[str]":
    """Return the Debian packages that a test needs but this machine lacks."""
    engine = getattr(item, "callspec", None) and item.callspec.params.get("engine")
    if engine:
        return ENGINES[engine].missing
    return [] if CHROMIUM else ["chromium"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    measured = [line for report in terminalreporter.stats.get("passed", []) for _, line in report.user_properties]
    if measured:
        terminalreporter.section("what is sent to the page, and how soon it is there")
    for line in measured:
        terminalreporter.line(str(line))
    if lacking:
        terminalreporter.line(MISSING.format(", ".join(sorted(lacking))), red=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: "dict[str, Any]") -> "dict[str, Any]":
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}


@pytest.fixture
def browser_context_args(browser_context_args: "dict[str, Any]") -> "dict[str, Any]":
    return {**browser_context_args, "viewport": {"width": 390, "height": 844}, "locale": "en-GB"}


class Requests:
    """The URLs that a browser requested."""

    def __init__(self) -> None:
        self.urls: "list[str]" = []

    def elsewhere(self, *own: str) -> "list[str]":
        """Return the URLs, leaving out the given servers and the neutral sites that "Leave" opens."""
        return [url for url in self.urls if not url.startswith((*own, *neutral_sites(), "data:"))]


def neutral_sites() -> "tuple[str, ...]":
    from bot.content.page import load_page_words

    return tuple(load_page_words().sites)


@pytest.fixture
def requests(context: BrowserContext) -> Requests:
    """The browser context's requests. Neutral sites are simulated, so that no test uses the internet."""
    seen = Requests()
    context.on("request", lambda request: seen.urls.append(request.url))

    def answer(route: Route) -> None:
        route.fulfill(body="<title>Weather</title><h1>Sunny</h1>", content_type="text/html")

    for site in neutral_sites():
        context.route(f"{site}**", answer)
    return seen


@pytest.fixture
def chat(page: Page, server: Server, requests: Requests) -> Page:
    """The chat page, already open."""
    page.goto(f"{server.chat}chat/")
    return page


def ask(page: Page, text: str) -> None:
    """Type a question, send it, and wait for the answer."""
    page.get_by_label("Type here").fill(text)
    page.get_by_label("Type here").press("Enter")
    answered(page)


def answered(page: Page) -> None:
    """Wait until the last message has been answered."""
    expect(page.locator(".pending, .dots")).to_have_count(0)
    page.locator("#log > li.mine").last.wait_for()


def unfold(page: Page | FrameLocator) -> Locator:
    """Unfold the guidance in the last answer and return it."""
    more = page.locator("#log .more").last
    more.get_by_text("More help and advice", exact=True).click()
    return more


def violations(page: Page) -> "list[str]":
    """Return the accessibility violations that axe finds, as rule and element."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def violations_everywhere(page: Page) -> "dict[str, str]":
    """Return how to fix each violation that axe finds, by width, colour scheme, rule and element."""
    page.evaluate(AXE_SCRIPT)
    found = {}
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        for scheme, options in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            rules = page.evaluate("options => axe.run(document, options)", options)["violations"]
            found.update(
                {
                    f"{width} {scheme} {rule['id']} {node['target']}": node["failureSummary"]
                    for rule in rules
                    for node in rule["nodes"]
                }
            )
    return found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def office(server: Server) -> Iterator[Office]:
    """The staff of the server that all tests share."""
    with closing(Office(server)) as opened:
        yield opened


@pytest.fixture
def seats(browser: Browser, office: Office) -> Iterator[Seats]:
    """Browsers for staff, with JavaScript."""
    with closing(Seats(browser, office)) as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def either(request: pytest.FixtureRequest, browser: Browser, office: Office) -> Iterator[Seats]:
    """Browsers for staff, once with JavaScript and once without."""
    with closing(Seats(browser, office, request.param)) as opened:
        yield opened


@pytest.fixture
def rae(office: Office) -> Member:
    return office.add()


@pytest.fixture
def sam(office: Office) -> Member:
    return office.add()


@pytest.fixture
def lead(office: Office) -> Member:
    return office.add("lead")


@pytest.fixture
def word() -> str:
    return next(WORDS)
