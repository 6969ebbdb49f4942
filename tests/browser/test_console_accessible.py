"""Every page of the console, with data, at three widths and in both colour schemes.

They have no violations, nothing is cut off, and everything can be reached by keyboard.
"""

import time
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from bot.console.access import OPERATORS
from bot.console.pages import ROUTES
from bot.console.passwords import new_secret
from bot.content.texts import load_texts
from bot.store import corrections, decisions, fact_checks, proposals, schema, sign_offs, staff, transcripts, workload
from bot.store.decisions import Choice
from bot.store.schema import pauses, purges
from browser.conftest import WIDTHS, violations_everywhere
from browser.console import Member, Office, Seats

#: The messages of the conversations, enough of them for the figures to be shown.
CALM = ("what is grooming", "my friend Jessica sends me <b>things</b>, how do i report it", "that was no use")
HARD = ("hes got a pic of me n says hell send it to my whole school, im 13", "i dont want to be here anymore")
KEYS = ("Tab", "Shift+Tab")
#: Elements that the Tab key reaches. It reaches only one of a group of radio buttons; arrow keys reach the others.
REACHABLE = "a[href], button:enabled, input:not([type=hidden], [type=radio]), select, textarea, summary, [tabindex='0']"


class Filled(NamedTuple):
    """Staff by role, and conversation numbers: calm, folded, opened, and waiting for a second person."""

    office: Office
    lead: Member
    administrator: Member
    colleague: Member
    calm: int
    folded: int
    opened: int
    waiting: int


class State(NamedTuple):
    """A page in a given state: who sees it, its path, and how to prepare it."""

    role: str
    path: str
    prepare: Callable[[Page, Filled], None] = lambda page, filled: None


@pytest.fixture(scope="module")
def filled(office: Office) -> Filled:
    for _ in range(6):
        office.hears("what is grooming", "thanks")
    numbers = [office.hears(*texts) for texts in (CALM, HARD, HARD, HARD)]
    found = Filled(office, *(office.add(role) for role in ("lead", "administrator", "reviewer")), *numbers)
    office.database.write_now(lambda connection: fill(connection, found))
    return found


def fill(connection: Any, filled: Filled) -> None:
    """Store the data that staff and the program would create."""
    now, today = int(time.time()), datetime.now(timezone.utc).date()
    lead = staff.named(connection, filled.lead.name)
    other = staff.named(connection, filled.colleague.name)
    transcripts.add_note(connection, filled.calm, "Said it well, missed the school.", other.id, now)
    transcripts.set_flag(connection, filled.calm, version(connection, filled.calm), "content_gap", other.id, now)
    transcripts.assign(connection, filled.calm, version(connection, filled.calm), other.id)
    transcripts.set_state(connection, filled.calm, version(connection, filled.calm), "in_review", other.id)
    outcome = Choice("not_escalated", "other", "They say that they are with their mother.")
    decisions.decide(connection, filled.waiting, version(connection, filled.waiting), outcome, other.id, now)
    for number in (filled.opened, filled.waiting):
        workload.record_exposure(connection, lead.id, today.isoformat(), number)
    fact_checks.add(connection, "service", "childline", today, lead.id)
    for person, example in ((lead, "an example of their own"), (other, "another one"), (other, "and a third")):
        row = {"number": filled.calm, "turn": 2, "read_as": "ask_grooming", "intent": "thank", "example": example}
        last = corrections.propose(connection, now, person.id, row)
    signed = [text for text in load_texts() if text.file == "guidance/own_behaviour.yml"][:1]
    sign_offs.add(connection, now, lead.id, "designated safeguarding lead", signed)
    proposals.decide(connection, schema.corrections, now, lead.id, last, proposals.APPROVED)
    connection.execute(purges.insert(), {"at": now, "keep_days": 30, "closed": 3, "forgotten": 2, "turns": 9})
    staff.offer(connection, staff.named(connection, filled.administrator.name).id, now, new_secret())
    staff.change(connection, other.id, locked_until=now + 3600)


def version(connection: Any, number: int) -> int:
    return int(transcripts.head(connection, number)["version"])


def at_the_limit(page: Page, filled: Filled) -> None:
    before = filled.office.database.read_now(workload.limit)
    filled.office.database.write_now(lambda connection: workload.set_limit(connection, 1))
    page.reload()
    filled.office.database.write_now(lambda connection: workload.set_limit(connection, before))
    expect(page.get_by_text("a good moment for a break")).to_be_visible()


def meanwhile_changed(page: Page, filled: Filled) -> None:
    def change(connection: Any) -> None:
        other = staff.named(connection, filled.colleague.name)
        transcripts.assign(connection, filled.opened, version(connection, filled.opened), other.id)

    filled.office.database.write_now(change)
    page.get_by_role("button", name="In review").click()
    page.get_by_role("alert").wait_for()


def paused(page: Page, filled: Filled) -> None:
    filled.office.database.write_now(lambda c: c.execute(pauses.insert(), {"since": int(time.time())}))
    page.reload()
    filled.office.database.write_now(lambda c: c.execute(pauses.delete()))
    page.get_by_role("button", name="Open the chat").wait_for()


def wrongly_signed_in(page: Page, filled: Filled) -> None:
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("nothing")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


def echoed(page: Page, filled: Filled) -> None:
    page.get_by_label("What the message means").select_option("suspect_grooming")
    page.get_by_label("An example of your own").fill("what is grooming")
    page.get_by_role("button", name="Propose this example").click()
    page.get_by_role("alert").wait_for()


def noted(page: Page, filled: Filled) -> None:
    page.get_by_label("Add a note").fill("It answered well.")
    page.get_by_role("button", name="Save the note").click()
    page.get_by_text("Your note is saved.").wait_for()


def unfolded(page: Page, filled: Filled) -> None:
    for summary in page.locator("summary").all():
        summary.click()


STATES = {
    "signing in": State("", "/sign-in"),
    "signed out": State("", "/sign-in?done=signed_out"),
    "signing in wrongly": State("", "/sign-in", wrongly_signed_in),
    "one's account": State("lead", "/account"),
    "setting up a second step": State("administrator", "/account/second-step"),
    "the queue": State("lead", "/queue?state=all", unfolded),
    "a filtered queue": State("lead", "/queue?need=easy&state=all&q=grooming"),
    "a queue with nothing in it": State("lead", "/queue?q=zygote&done=identifying"),
    "a filter that cannot be": State("lead", "/queue?topic=knitting"),
    "a transcript that somebody else has": State("lead", "/conversations/{calm}", unfolded),
    "a folded transcript": State("lead", "/conversations/{folded}"),
    "a folded transcript at the limit": State("lead", "/conversations/{folded}", at_the_limit),
    "an opened transcript with a new note": State("lead", "/conversations/{opened}", noted),
    "a danger that waits for a second person": State("lead", "/conversations/{waiting}", unfolded),
    "a transcript that was changed meanwhile": State("lead", "/conversations/{opened}", meanwhile_changed),
    "corrections": State("lead", "/corrections"),
    "correcting": State("lead", "/corrections/new?number={calm}&turn=2", unfolded),
    "a correction that cannot be": State("lead", "/corrections/new?number={calm}&turn=2", echoed),
    "telling a conversation again": State("lead", "/corrections/conversations/new?number={calm}&turn=2"),
    "conversations told again": State("lead", "/corrections/conversations"),
    "figures": State("lead", "/figures", unfolded),
    "figures of no days": State("administrator", "/figures?from=2026-02-30"),
    "a month to print": State("lead", f"/figures/month?month={date.today():%Y-%m}"),
    "facts": State("lead", "/facts", unfolded),
    "signing off": State("lead", "/sign-off"),
    "signing off where nothing fits": State("lead", "/sign-off?show=changed"),
    "texts to sign": State("lead", "/sign-off/texts?file=triage.yml", unfolded),
    "facts to sign": State("lead", "/sign-off/texts?file=services.yml", unfolded),
    "a signed text": State("lead", "/sign-off/texts?file=guidance/own_behaviour.yml&show=signed"),
    "the load": State("lead", "/load"),
    "what to do in danger": State("lead", "/procedure"),
    "release samples": State("lead", "/release"),
    "exporting": State("lead", "/export"),
    "running it": State("administrator", "/keeping"),
    "running it, paused": State("lead", "/keeping", paused),
    "what would go": State("lead", "/keeping/purge"),
    "what would be erased": State("lead", "/keeping/erase?number={calm}"),
    "staff": State("administrator", "/staff"),
    "the audit log": State("lead", "/audit"),
    "an audit log with nothing in it": State("administrator", "/audit?day=2020-01-01"),
    "nothing": State("lead", "/conversations/999999"),
    "faults that people reported": State("lead", "/complaints"),
    "what is not theirs": State("administrator", "/queue"),
}


@pytest.fixture(params=STATES.values(), ids=STATES)
def page(request: pytest.FixtureRequest, seats: Seats, filled: Filled) -> Page:
    """A page of the console in one of its states."""
    state = request.param
    path = state.path.format(**filled._asdict())
    opened = seats.of(getattr(filled, state.role), path) if state.role else seats.empty()
    if not state.role:
        opened.goto(path)
    state.prepare(opened, filled)
    return opened


def shortened(page: Page) -> Page:
    """Keep only the first two rows, cards and items with the same elements and classes inside them.

    The longest pages have hundreds of similar ones, which would take axe and the Tab key a minute.
    """
    page.evaluate(
        """() => {
            const kind = one => one.tagName + '.' + one.className;
            const seen = {};
            for (const one of document.querySelectorAll('main article, main tbody tr, main li')) {
                const kinds = new Set([...one.querySelectorAll('*')].map(kind));
                const shape = [kind(one), ...[...kinds].sort()].join(' ');
                seen[shape] = (seen[shape] ?? 0) + 1;
                if (seen[shape] > 2) one.remove();
            }
        }"""
    )
    return page


def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(page: Page) -> None:
    wider = []
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        if page.evaluate("document.documentElement.scrollWidth") > across:
            wider.append(width)
    assert (wider, violations_everywhere(shortened(page))) == ([], {})


#: Returns the element of `REACHABLE` that has the focus, and whether the focus is visible and not covered.
FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one), line = one.getClientRects()[0];
    const top = Math.max(line.top, 0), bottom = Math.min(line.bottom, innerHeight);
    const on = document.elementFromPoint(line.left + line.width / 2, (top + bottom) / 2);
    const shows = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return [one.dataset.place ?? '', shows && one.contains(on)];
}"""


def test_every_control_is_reachable_by_keyboard_and_shows_its_focus(page: Page) -> None:
    names = shortened(page).evaluate(
        """reachable => [...document.querySelectorAll(reachable)].filter(one => one.checkVisibility())
            .map((one, place) => { one.dataset.place = place; return one.outerHTML.slice(0, 120); })""",
        REACHABLE,
    )
    page.evaluate("document.activeElement.blur()")
    # A date field needs four presses. The last reaches the browser's own button, which has its own focus ring.
    more = 3 * page.locator("input[type=date]").count() + page.locator("input[type=radio]").count()
    presses = len(names) + more + 1
    seen = {key: gone_through(page, key, presses) for key in KEYS}
    assert [(key, name) for key in KEYS for place, name in enumerate(names) if place not in seen[key]] == []


def gone_through(page: Page, key: str, presses: int) -> "set[int]":
    """Return the indices of the elements of `REACHABLE` that show the focus when `key` is pressed repeatedly."""
    seen = set()
    for _ in range(presses):
        page.keyboard.press(key)
        place, is_seen = page.evaluate(FOCUSED)
        if not is_seen:
            # On a busy machine, the page may not have scrolled to the element yet.
            page.evaluate("() => new Promise(requestAnimationFrame)")
            place, is_seen = page.evaluate(FOCUSED)
        seen |= {int(place)} if place and is_seen else set()
    return seen


def test_every_page_for_leads_and_administrators_is_tested() -> None:
    is_no_page = ("/static/", "/export/", "/account/stay", "/queue/new", "/.well-known/")
    pages = {route.path for route in ROUTES if route.method == "GET" and route.roles & OPERATORS}
    tried = {state.path.partition("?")[0] for state in STATES.values()}
    # The last of these redirects to the queue.
    tried |= {"/", "/conversations/<number:int>", "/queue/views/<view_id:int>"}
    assert {path for path in pages if not path.startswith(is_no_page)} - tried == set()
