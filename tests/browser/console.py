"""Staff of a running console: their accounts, the conversations they review, and a browser for each of them."""

import time
from typing import Any, NamedTuple

import sqlalchemy as sa
from chat_client import Person
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.console.passwords import new_secret
from bot.console.request import COOKIE
from bot.store import staff
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.schema import reviews
from evaluation.server import Server, make_readable

#: Not a valid password hash, so nobody can sign in with a password.
NO_PASSWORD = "!"
#: The screen of a desktop computer. The chat is tested on a phone's.
DESK = {"width": 1280, "height": 800}


class Member(NamedTuple):
    """A member of staff, with their session token."""

    name: str
    role: str
    token: str


class Office:
    """The staff of a server. Their accounts are added directly to its database."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.database = Database(open_engine(f"sqlite:///{server.data_dir}/streetwise.db"))

    def add(self, role: str = "reviewer") -> Member:
        """Add a member of staff who is already signed in."""
        now = int(time.time())

        def add(connection: Any) -> Member:
            name = f"{role}.{len(staff.everybody(connection)) + 1}"
            staff_id = staff.add(connection, now, name, role, NO_PASSWORD, new_secret())
            return Member(name, role, staff.begin_session(connection, staff_id, now))

        return self.database.write_now(add)

    def hears(self, *texts: str) -> int:
        """Send these texts in the chat, backdated so that staff may read them, and return the conversation's number."""
        person = Person(self.server)
        for text in texts:
            person.says(text)
        self.database.write_now(make_readable)
        newest = sa.select(sa.func.max(reviews.c.number))
        return int(self.database.read_now(lambda connection: connection.execute(newest).scalar_one()))

    def close(self) -> None:
        self.database.close()


class Seats:
    """Browsers with staff signed in, and every URL that they request."""

    def __init__(self, browser: Browser, office: Office, has_script: bool = True) -> None:
        self.browser, self.office, self.has_script = browser, office, has_script
        self.urls: "list[str]" = []
        self._contexts: "list[BrowserContext]" = []

    def empty(self, **options: Any) -> Page:
        """Open a browser that is signed out of the console."""
        given = {"viewport": DESK, "locale": "en-GB", "java_script_enabled": self.has_script, **options}
        context = self.browser.new_context(base_url=self.office.server.console, **given)
        context.on("request", lambda request: self.urls.append(request.url))
        self._contexts.append(context)
        return context.new_page()

    def of(self, member: Member, path: str = "/", **options: Any) -> Page:
        """Open a browser that is signed in as `member`, at a page of the console."""
        page = self.empty(**options)
        page.context.add_cookies(self.cookies_of(member))
        page.goto(path)
        return page

    def cookies_of(self, member: Member) -> "list[Any]":
        """The cookie of a member's session."""
        # Browsers accept a secure cookie only for an https address, but they send it to localhost without TLS too.
        url = self.office.server.console.replace("http:", "https:")
        return [{"name": COOKIE, "value": member.token, "url": url, "secure": True}]

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def press_access_key(page: Page, letter: str) -> None:
    """Press Alt and a letter. The browser handles access keys, but key presses from Playwright reach only the page."""
    devtools = page.context.new_cdp_session(page)
    code = letter.upper()
    held = {"modifiers": 1, "key": letter, "code": f"Key{code}", "windowsVirtualKeyCode": ord(code)}
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **held})
    devtools.send("Input.dispatchKeyEvent", {"type": "char", "text": letter, "unmodifiedText": letter, **held})


def tab_to(page: Page, name: str, backwards: bool = False) -> None:
    """Press Tab until the element with this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if name in page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"Tab never reached '{name}'")


def says(page: Page, words: str) -> None:
    """Check that the page's status line says this."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
