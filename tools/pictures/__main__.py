"""Takes screenshots of the running assistant in a real browser, for docs/pictures/. Run it with `make pictures`.

`python -m tools.pictures console` takes only the pictures whose names begin with "console".
"""

import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Callable, Dict, NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich.progress import track

from bot.console.request import COOKIE
from bot.settings import ROOT
from evaluation.server import Server
from tools.pictures import console_fixtures

FOLDER = ROOT / "docs" / "pictures"
PHONE, DESK, LONG = (390, 844), (1200, 800), (1200, 1300)


class Picture(NamedTuple):
    """A picture to take, with its file name, screen size, colour scheme, address and any preparation of the page.

    `role` is the role of the signed-in member of staff, or an empty string for a picture of the chat.
    """

    name: str
    size: "tuple[int, int]"
    scheme: str
    path: str
    prepare: Callable[[Page], None]
    role: str = ""


def run(beginning: str = "") -> None:
    """Take every picture whose name begins with `beginning`."""
    chosen = [picture for picture in PICTURES if picture.name.startswith(beginning)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data_dir = Path(folder) / "data"
        if any(picture.role for picture in chosen):
            console_fixtures.seed_year(data_dir)
        running = Server(data_dir)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            sessions = _prepare_console(browser, running) if any(picture.role for picture in chosen) else {}
            for picture in track(chosen, description="Taking pictures"):
                _take(browser, running, picture, sessions)
        finally:
            browser.close()
            running.stop()


def _prepare_console(browser: Browser, server: Server) -> Dict[str, str]:
    """Send the chat messages that staff review, add staff and their work, and return a session token for each role."""
    for texts in console_fixtures.CHAT_MESSAGES:
        page = browser.new_page()
        page.goto(f"{server.chat}chat/")
        for text in texts:
            _ask(text)(page)
        page.close()
    return console_fixtures.add_staff_work(server)._asdict()


def _take(browser: Browser, server: Server, picture: Picture, sessions: Dict[str, str]) -> None:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    if picture.role:
        # Browsers accept this cookie only over HTTPS, but they send it to localhost over plain HTTP too.
        url = server.console.replace("http:", "https:")
        context.add_cookies([{"name": COOKIE, "value": sessions[picture.role], "url": url, "secure": True}])
    page = context.new_page()
    page.goto((server.console if picture.role else server.chat) + picture.path)
    picture.prepare(page)
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    context.close()


def _ask(text: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        page.locator("#text").fill(text)
        page.locator("#text").press("Enter")
        page.locator("#log > li.mine").last.wait_for()
        expect(page.locator(".pending, .dots")).to_have_count(0)
        page.locator("#text").blur()

    return ask


def _open_chat(page: Page) -> None:
    page.locator("streetwise-chat button").last.click()
    page.frame_locator("iframe").locator("#text").wait_for()


def _services(page: Page) -> None:
    _ask("hes got a pic of me n says hell send it to my whole school, im 13")(page)
    folded = page.locator(".more").first
    folded.locator("summary").first.click()
    folded.evaluate("group => group.scrollIntoView({ block: 'start' })")


def _ago(days: int) -> str:
    """Return the date `days` ago, in the format used in addresses."""
    return (date.today() - timedelta(days=days)).isoformat()


def _as_it_is(page: Page) -> None:
    """Leave the page as it is."""


PICTURES = [
    Picture("first", PHONE, "light", "chat/", _as_it_is),
    Picture(
        "answer", PHONE, "light", "chat/", _ask("hes got a pic of me n says hell send it to my whole school, im 13")
    ),
    Picture("services", PHONE, "light", "chat/", _services),
    Picture("comparison", PHONE, "dark", "chat/", _ask("show me a comparison about a stranger asking for a photo")),
    Picture("leaving", PHONE, "light", "chat/leaving", _as_it_is),
    Picture("host", DESK, "light", "", _open_chat),
    Picture("console-queue", DESK, "light", "queue", _as_it_is, "reviewer"),
    Picture("console-folded", DESK, "light", f"conversations/{console_fixtures.FOLDED}", _as_it_is, "reviewer"),
    Picture("console-transcript", LONG, "light", f"conversations/{console_fixtures.OPEN}", _as_it_is, "reviewer"),
    Picture("console-figures", LONG, "light", f"figures?from={_ago(90)}&to={_ago(1)}", _as_it_is, "lead"),
    Picture("console-corrections", DESK, "light", "corrections", _as_it_is, "reviewer"),
    Picture("console-facts", DESK, "light", "facts", _as_it_is, "reviewer"),
]

if __name__ == "__main__":
    run(*sys.argv[1:2])
