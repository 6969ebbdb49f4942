"""The queue in a real browser: how soon its rows begin, and keys that act on it and on transcripts."""

import pytest
from playwright.sync_api import Page, expect

from browser.console import Member, Office, Seats

#: The lowest place where the first row may begin, in pixels from the top, for each screen size.
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


def test_a_row_on_a_desk_is_one_line(seats: Seats, office: Office, rae: Member) -> None:
    office.hears(CALM)
    heights = rows(seats.of(rae, "/queue?topic=grooming_signs"), "height")
    assert [height for height in heights if not 32 <= height <= 36] == []


def test_keys_go_through_the_list_and_open_a_conversation(seats: Seats, office: Office, rae: Member, word: str) -> None:
    older, newer = office.hears(f"{CALM} {word}"), office.hears(f"{CALM} {word}")
    page = seats.of(rae, f"/queue?q={word}")
    focused = page.locator(":focus")
    for key, number in (("j", newer), ("j", older), ("k", newer), ("ArrowDown", older), ("ArrowDown", older)):
        page.keyboard.press(key)
        expect(focused).to_contain_text(f"{number}:")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Conversation {older}")


def test_keys_act_on_a_transcript_as_its_buttons_do(seats: Seats, office: Office, rae: Member, word: str) -> None:
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


def test_a_key_does_nothing_while_somebody_types(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, f"/conversations/{office.hears(CALM)}")
    note = page.get_by_label("Add a note")
    note.press_sequentially("repair?")
    expect(note).to_have_value("repair?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_key_that_is_held_down_acts_once(seats: Seats, office: Office, rae: Member, word: str) -> None:
    numbers = [office.hears(f"{CALM} {word}") for _ in range(3)]
    page = seats.of(rae, f"/queue?q={word}")
    for _ in range(5):
        # Playwright marks every press after the first as a repeat until the key is released.
        page.keyboard.down("j")
    expect(page.locator(":focus")).to_contain_text(f"{numbers[-1]}:")


def test_a_question_mark_lists_the_keys_of_the_page(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, f"/conversations/{office.hears(CALM)}")
    page.keyboard.press("?")
    listed = page.get_by_role("dialog", name="Keys on this page")
    for words in ("Assign it to me", "Add a note", "Mark as reviewed, go to next", "Show this list"):
        expect(listed).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_keys_that_are_switched_off_do_nothing_and_are_not_shown(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, "/account")
    page.get_by_role("button", name="Switch single keys off").click()
    number = office.hears(CALM)
    page.goto(f"/conversations/{number}")
    expect(page.get_by_role("button", name="Keys", exact=True)).to_be_hidden()
    page.keyboard.press("u")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Conversation {number}")
    expect(page.locator("dialog")).to_have_count(0)


def test_new_conversations_are_counted_without_loading_the_page_again(
    seats: Seats, office: Office, rae: Member, word: str
) -> None:
    shown = office.hears(f"{CALM} {word}")
    page = seats.of(rae, f"/queue?q={word}")
    page.clock.install()
    page.reload()
    office.hears(f"{CALM} {word}")
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("link", name="1 new")).to_be_visible()
    # Nothing moves until the reader asks for it.
    expect(page.locator(".queue tbody tr")).to_have_count(1)
    expect(page.locator(".queue tbody tr")).to_contain_text(f"{shown}:")
    page.get_by_role("link", name="1 new").click()
    expect(page.locator(".queue tbody tr")).to_have_count(2)
