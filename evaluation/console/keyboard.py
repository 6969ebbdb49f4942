"""Reviews prepared conversations in the real console by keyboard, and estimates how long a reviewer takes.

`python -m evaluation.console.keyboard` starts the assistant, sends it the conversations of prepared.yml, reviews all of
them in Chromium, and writes `keyboard-report.json` and `.md`. It needs a trained model.
"""

import json
import shutil
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple

import httpx
import sqlalchemy as sa
import yaml
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.engine import Connection

from bot.console.access import REVIEWER
from bot.console.passwords import new_secret
from bot.console.request import COOKIE
from bot.store import staff
from bot.store.database import Database
from bot.store.engine import open_engine
from bot.store.schema import reviews
from bot.templates import report_template
from evaluation import REPORTS
from evaluation.server import Server, make_readable

REPORT = REPORTS / "keyboard-report.json"
TEMPLATE = Path(__file__).with_name("keyboard-report.jinja")
PREPARED = Path(__file__).with_name("prepared.yml")
#: Assumptions: seconds per keystroke, and words read per minute.
KEYSTROKE_SECONDS, WORDS_A_MINUTE = 0.3, 240
#: Maximum average time per conversation, in seconds, and minimum share of its words typed by the writer.
MOST_SECONDS, LEAST_SHARE = 40.0, 1 / 3
SCREEN = {"width": 1366, "height": 768}
#: Selects the text that a reviewer has to read on a page, without the parts that all pages share.
READ = ".title, #fold ~ p:first-of-type, article"
#: Counts the visible words in elements, excluding closed details and screen-reader-only text.
COUNT_WORDS = """(roots) => {
  const word = /[\\p{L}\\p{N}][\\p{L}\\p{N}'’]*/gu;
  const count = (node) => [...node.childNodes].reduce((sum, child) => {
    if (child.nodeType === Node.TEXT_NODE) return sum + (child.data.match(word) ?? []).length;
    if (child.nodeType !== Node.ELEMENT_NODE || !child.checkVisibility() || child.matches('.unseen')) return sum;
    return child.tagName !== 'SUMMARY' && node.matches('details:not([open])') ? sum : sum + count(child);
  }, 0);
  return roots.reduce((sum, root) => sum + count(root), 0);
}"""
#: The keys that record the first outcome in the list: danger was escalated to the safeguarding lead.
_ESCALATE = ("e", "ArrowDown", "Tab", "Tab", "Enter")
#: Not a valid password hash, because nobody signs in with it.
_NO_PASSWORD = "!"


class Review(NamedTuple):
    """The review of a prepared conversation.

    Args:
        id: the conversation's id in prepared.yml.
        style: its style there.
        keystrokes: the number of keys pressed to get from its page to the next one.
        pages: the time that its pages took to load, in seconds.
        words: the number of words read.
        turns: the number of words read in messages and answers.
        said: the number of words read that the writer typed.
    """

    id: str
    style: str
    keystrokes: int
    pages: float
    words: int
    turns: int
    said: int

    @property
    def seconds(self) -> float:
        """The time that a reviewer takes under the assumptions above, in seconds."""
        return self.keystrokes * KEYSTROKE_SECONDS + self.pages + self.words / WORDS_A_MINUTE * 60

    @property
    def share(self) -> float:
        """The share of the words in messages and answers that the writer typed."""
        return self.said / self.turns


def prepared() -> List[Dict[str, Any]]:
    """Return the prepared conversations, each with its `id`, `style` and `messages`."""
    read: List[Dict[str, Any]] = yaml.safe_load(PREPARED.read_text(encoding="utf-8"))
    return read


def send(server: Server) -> Dict[int, Dict[str, Any]]:
    """Send the prepared conversations to the chat, and return them by number in the console."""
    database = Database(open_engine(f"sqlite:///{server.data_dir}/streetwise.db"))
    found: Dict[int, Dict[str, Any]] = {}
    try:
        for conversation in prepared():
            with httpx.Client(base_url=f"{server.chat}chat/", timeout=60, trust_env=False) as client:
                token = client.post("conversations").raise_for_status().json()["token"]
                for text in conversation["messages"]:
                    headers = {"Authorization": f"Bearer {token}"}
                    client.post("messages", json={"text": text}, headers=headers).raise_for_status()
            database.write_now(make_readable)
            found[database.read_now(_newest)] = conversation
    finally:
        database.close()
    return found


def _newest(connection: Connection) -> int:
    return int(connection.execute(sa.select(sa.func.max(reviews.c.number))).scalar_one())


def sign_in(server: Server, page: Page) -> None:
    """Create a reviewer and sign them in on a page."""

    def begin(connection: Connection) -> str:
        now = int(time.time())
        staff_id = staff.add(connection, now, "keyboard", REVIEWER, _NO_PASSWORD, new_secret())
        return staff.begin_session(connection, staff_id, now)

    database = Database(open_engine(f"sqlite:///{server.data_dir}/streetwise.db"))
    try:
        token = database.write_now(begin)
    finally:
        database.close()
    # Browsers accept this cookie only over HTTPS, but they send it to localhost over plain HTTP too.
    url = server.console.replace("http:", "https:")
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url, "secure": True}])


class Reviewer:
    """A reviewer who uses the keyboard, with the keystrokes and loading times of the current conversation."""

    def __init__(self, page: Page) -> None:
        """Start on a page of the console."""
        self.page = page
        self.keystrokes, self.pages = 0, 0.0

    def press(self, *keys: str) -> None:
        """Press keys in order. The last one must open another page."""
        for key in keys[:-1]:
            self.page.keyboard.press(key)
        began = time.perf_counter()
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(keys[-1])
        self.pages += time.perf_counter() - began
        self.keystrokes += len(keys)

    def count(self, selector: str) -> int:
        """Count the visible words in the elements that match a selector."""
        return int(self.page.locator(selector).evaluate_all(COUNT_WORDS))

    def review(self, conversation: Mapping[str, Any]) -> Review:
        """Read the conversation on the page, record a decision, and go to the next page.

        Raises:
            playwright.sync_api.TimeoutError: a key did not open another page.
        """
        words = 0
        if self.page.locator(".fold").count():
            words += self.count(READ)
            self.press("o")
        words, turns, said = words + self.count(READ), self.count("article"), self.count("blockquote")
        # If somebody may be in danger, the page asks for an outcome first.
        self.press(*(_ESCALATE if self.page.locator("#standing > form label[data-key=e]").count() else ("r",)))
        done = Review(
            conversation["id"], conversation["style"], self.keystrokes, round(self.pages, 2), words, turns, said
        )
        self.keystrokes, self.pages = 0, 0.0
        return done


def play(server: Server, page: Page) -> List[Review]:
    """Send the prepared conversations, and review them in queue order until none are left.

    The server must have no other conversations.
    """
    by_number = send(server)
    sign_in(server, page)
    # Conversations about danger stay in the queue until a second person has confirmed their outcome.
    page.goto(f"{server.console}queue?state=new")
    reviewer = Reviewer(page)
    done: List[Review] = []
    while len(done) < len(by_number):
        if page.url.startswith(f"{server.console}queue"):
            # After several distressing conversations, the console skips to a calmer one. The skipped ones are still
            # in the queue.
            reviewer.press("o")
        done.append(reviewer.review(by_number[int(page.url.partition("?")[0].rpartition("/")[2])]))
    return done


def summed(done: List[Review]) -> Dict[str, Any]:
    """Return the figures for the report."""
    ordered = sorted(done, key=lambda one: -one.seconds)
    rows = [{**one._asdict(), "seconds": round(one.seconds, 1), "share": round(one.share, 3)} for one in ordered]
    average = round(statistics.mean(one.seconds for one in done), 1)
    return {"day": date.today().isoformat(), "average": average, "conversations": rows}


def judge(figures: Mapping[str, Any]) -> Dict[str, bool]:
    """Return whether each figure is within its limit."""
    shares = [one["share"] for one in figures["conversations"]]
    return {"average": figures["average"] <= MOST_SECONDS, "share": min(shares) >= LEAST_SHARE}


def render(figures: Mapping[str, Any]) -> str:
    """Return the report as Markdown."""
    assumed = {"keystroke": KEYSTROKE_SECONDS, "words_a_minute": WORDS_A_MINUTE, "most": MOST_SECONDS}
    return report_template(TEMPLATE).render(figures=figures, reached=judge(figures), **assumed) + "\n"


def run() -> None:
    """Review everything and write the report as JSON and Markdown."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=SCREEN)  # type: ignore[arg-type]
            figures = summed(play(server, page))
            browser.close()
        finally:
            server.stop()
    REPORT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    REPORT.with_suffix(".md").write_text(render(figures), encoding="utf-8")


if __name__ == "__main__":
    run()
