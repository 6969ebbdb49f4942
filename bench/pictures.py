"""The pictures of docs/pictures/, taken of the real thing in a real browser: `make pictures`."""

import shutil
import tempfile
from pathlib import Path
from typing import Callable, NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich.progress import track

from bench.served import Server
from bot.settings import ROOT

FOLDER = ROOT / "docs" / "pictures"
PHONE, DESK = (390, 844), (1200, 800)


class Picture(NamedTuple):
    """A picture: its file, the size and colours of the screen, the address, and what is done before it is taken."""

    name: str
    size: "tuple[int, int]"
    scheme: str
    path: str
    prepare: Callable[[Page], None]


def run() -> None:
    """Take every picture anew."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        running = Server(Path(folder) / "data")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            for picture in track(PICTURES, description="Taking pictures"):
                _take(browser, running, picture)
        finally:
            browser.close()
            running.stop()


def _take(browser: Browser, server: Server, picture: Picture) -> None:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(server.chat + picture.path)
    picture.prepare(page)
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    context.close()


def _ask(text: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        page.locator("#text").fill(text)
        page.locator("#text").press("Enter")
        page.locator("#log > li.mine").wait_for()
        expect(page.locator(".pending, .dots")).to_have_count(0)
        page.locator("#text").blur()

    return ask


def _open_chat(page: Page) -> None:
    page.locator("streetwise-chat button").last.click()
    page.frame_locator("iframe").locator("#text").wait_for()


def _services(page: Page) -> None:
    _ask("hes got a pic of me n says hell send it to my whole school, im 13")(page)
    page.locator("li.service").first.evaluate("card => card.scrollIntoView({ block: 'start' })")


PICTURES = [
    Picture("first", PHONE, "light", "chat/", lambda page: None),
    Picture(
        "answer", PHONE, "light", "chat/", _ask("hes got a pic of me n says hell send it to my whole school, im 13")
    ),
    Picture("services", PHONE, "light", "chat/", _services),
    Picture("comparison", PHONE, "dark", "chat/", _ask("show me a comparison about a stranger asking for a photo")),
    Picture("leaving", PHONE, "light", "chat/leaving", lambda page: None),
    Picture("host", DESK, "light", "", _open_chat),
]

if __name__ == "__main__":
    run()
