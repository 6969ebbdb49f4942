"""The queue in a real browser: where its rows begin, and keyboard shortcuts for it and for transcripts."""

import pytest
from playwright.sync_api import Page, expect

from browser.console import Member, Office, Seats

#: Maximum distance of the first row from the top, in pixels, for each screen size.
FIRST_ROW = {(1280, 768): 200, (360, 740): 370}
CALM = "what is grooming"


def rows(page: Page, edge: str) -> "list[float]":
    """The top or the height of each row."""
    return page.locator(".queue tbody tr").evaluate_all(
        "(rows, edge) => rows.map(row => row.getBoundingClientRect()[edge])", edge
    )


@pytest.mark.parametrize(("width", "height"), FIRST_ROW)
def test_the_first_row_is_near_the_top_with_the_longest_menu(
    either: Seats, office: Office, lead: Member, width: int, height: int
) -> None:
    office.hears(CALM)
    page = either.of(lead, "/queue", viewport={"width": width, "height": height})
    assert rows(page, "top")[0] < FIRST_ROW[width, height]


def test_a_row_is_one_line_on_a_desktop_screen(seats: Seats, office: Office, rae: Member) -> None:
    office.hears(CALM)
    heights = rows(seats.of(rae, "/queue?topic=grooming_signs"), "height")
    assert [height for height in heights if not 32 <= height <= 36] == []


def test_keys_move_through_the_list_and_open_a_conversation(
    seats: Seats, office: Office, rae: Member, word: str
) -> None:
    older, newer = office.hears(f"{CALM} {word}"), office.hears(f"{CALM} {word}")
    page = seats.of(rae, f"/queue?q={word}")
    focused = page.locator(":focus")
    for key, number in (("j", newer), ("j", older), ("k", newer), ("ArrowDown", older), ("ArrowDown", older)):
        page.keyboard.press(key)
        expect(focused).to_contain_text(f"{number}:")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Conversation {older}")


def test_keys_do_the_same_as_the_buttons_of_a_transcript(seats: Seats, office: Office, rae: Member, word: str) -> None:
    older, newer = office.hears(f"{CALM} {word}"), office.hears(f"{CALM} {word}")
    page = seats.of(rae, f"/conversations/{newer}?q={word}")
    heading = page.get_by_role("heading", level=1)
    page.keyboard.press("a")
    expect(page.get_by_text("Assigned to: you")).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="In review")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("n")
    expect(heading).to_have_text(f"Conversation {older}")
    page.keyboard.press("p")
    expect(heading).to_have_text(f"Conversation {newer}")
    page.keyboard.press("m")
    expect(page.get_by_label("Add a note")).to_be_focused()
    expect(page.get_by_label("Add a note")).to_have_value("")
    page.get_by_label("Add a note").blur()
    page.keyboard.press("u")
    expect(heading).to_have_text("Queue")


def test_keys_do_nothing_while_somebody_is_typing(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, f"/conversations/{office.hears(CALM)}")
    note = page.get_by_label("Add a note")
    note.press_sequentially("repair?")
    expect(note).to_have_value("repair?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_key_held_down_acts_once(seats: Seats, office: Office, rae: Member, word: str) -> None:
    numbers = [office.hears(f"{CALM} {word}") for _ in range(3)]
    page = seats.of(rae, f"/queue?q={word}")
    for _ in range(5):
        # Until the key is released, Playwright marks every press after the first as a repeat.
        page.keyboard.down("j")
    expect(page.locator(":focus")).to_contain_text(f"{numbers[-1]}:")


def test_a_question_mark_lists_the_pages_keys(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, f"/conversations/{office.hears(CALM)}")
    page.keyboard.press("?")
    listed = page.get_by_role("dialog", name="Keys on this page")
    for words in ("Assign it to me", "Add a note", "Mark as reviewed, go to next", "Show this list"):
        expect(listed).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_keys_do_nothing_and_are_hidden_when_switched_off(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, "/account")
    page.get_by_role("button", name="Switch single keys off").click()
    number = office.hears(CALM)
    page.goto(f"/conversations/{number}")
    expect(page.get_by_role("button", name="Keys", exact=True)).to_be_hidden()
    page.keyboard.press("u")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Conversation {number}")
    expect(page.locator("dialog")).to_have_count(0)


def test_new_conversations_are_counted_without_reloading_the_page(
    seats: Seats, office: Office, rae: Member, word: str
) -> None:
    shown = office.hears(f"{CALM} {word}")
    page = seats.of(rae, f"/queue?q={word}")
    page.clock.install()
    page.reload()
    office.hears(f"{CALM} {word}")
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("link", name="1 new")).to_be_visible()
    # The rows do not change until the reviewer asks for an update.
    expect(page.locator(".queue tbody tr")).to_have_count(1)
    expect(page.locator(".queue tbody tr")).to_contain_text(f"{shown}:")
    page.get_by_role("link", name="1 new").click()
    expect(page.locator(".queue tbody tr")).to_have_count(2)
