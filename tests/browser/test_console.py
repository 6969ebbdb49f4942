"""The ten staff tasks, in a real browser on the real console, with and without JavaScript.

These are the first seven, which are about conversations. The other three are in test_console_running.py.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import expect

from bot.console.passwords import new_secret
from bot.settings import ROOT
from bot.store import workload
from browser.console import Member, Office, Seats, press_access_key, says, tab_to
from evaluation.server import Server

DANGER = "i dont want to be here anymore"
PASSWORD = "correct horse battery"


# 1. Signing in


def test_an_account_added_on_the_command_line_can_sign_in_with_password_and_code(seats: Seats, server: Server) -> None:
    secret = new_secret()
    program = [sys.executable, "-m", "bot.cli", "staff", "add", "morgan.hale", "--role", "lead", "--password-stdin"]
    environment = {**os.environ, "STREETWISE_DATA_DIR": str(server.data_dir)}
    subprocess.run(
        [*program, "--totp-secret", secret], input=PASSWORD, text=True, cwd=ROOT, env=environment, check=True
    )
    page = seats.empty()
    page.goto("/queue")
    page.get_by_label("Name").fill("morgan.hale")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    expect(page.locator(".who")).to_contain_text("morgan.hale (lead)")
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")


def test_a_failed_sign_in_does_not_say_which_of_the_three_was_wrong(seats: Seats, rae: Member) -> None:
    page = seats.empty()
    page.goto("/")
    page.get_by_label("Name").fill(rae.name)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The name, the password or the code is wrong")
    assert page.context.cookies() == []


# 2. The most pressing conversation


def test_the_most_pressing_conversation_comes_first_and_opens(either: Seats, office: Office, rae: Member) -> None:
    number = office.hears("hello", DANGER)
    office.hears("what is grooming")
    page = either.of(rae)
    first = page.locator(".queue tbody tr").first
    expect(first).to_contain_text("Possible danger now")
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Conversation {number}")


# 3. Filtering and searching


def test_a_filter_and_a_search_are_in_the_address_and_can_be_removed_separately(
    either: Seats, office: Office, rae: Member, word: str
) -> None:
    number = office.hears(f"is it grooming when a man online sends my daughter a {word}")
    office.hears(f"how do i report anonymously who gave her a {word}")
    page = either.of(rae)
    page.get_by_label("Search").fill(word)
    page.get_by_label("Topic").select_option("grooming_signs")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".queue tbody tr")).to_have_count(1)
    assert page.url.endswith(f"/queue?topic=grooming_signs&q={word}")
    expect(page.locator(".queue tbody a")).to_have_attribute(
        "href", f"/conversations/{number}?topic=grooming_signs&q={word}"
    )
    page.get_by_role("link", name="Topic").click()
    expect(page.locator(".queue tbody tr")).to_have_count(2)
    assert page.url.endswith(f"/queue?q={word}")


def test_an_invalid_filter_is_explained_and_can_be_corrected_in_the_form(either: Seats, rae: Member) -> None:
    page = either.of(rae, "/queue?topic=knitting&state=all")
    expect(page.get_by_role("alert")).to_contain_text("“topic” was set to “knitting”")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.url.endswith("/queue?state=all")


# 4. Distressing transcripts and breaks


def test_a_distressing_transcript_is_folded_until_somebody_opens_it(
    either: Seats, office: Office, rae: Member, word: str
) -> None:
    number = office.hears(f"{DANGER} {word}")
    page = either.of(rae, f"/conversations/{number}")
    expect(page.get_by_role("heading", name="This transcript is hidden until you open it")).to_be_visible()
    assert word not in page.content()
    page.get_by_role("button", name="Open the transcript").click()
    expect(page.locator("blockquote")).to_have_text(f"{DANGER} {word}")


@pytest.fixture
def limit_of_one(office: Office, lead: Member, either: Seats) -> Iterator[None]:
    before = office.database.read_now(workload.limit)
    page = either.of(lead, "/load")
    page.get_by_label("Distressing transcripts a day").fill("1")
    page.get_by_role("button", name="Set the number").click()
    says(page, "The number is set.")
    yield
    office.database.write_now(lambda connection: workload.set_limit(connection, before))


@pytest.mark.usefixtures("limit_of_one")
def test_at_the_limit_the_page_offers_a_break_and_an_easier_queue_but_staff_may_continue(
    either: Seats, office: Office, rae: Member
) -> None:
    first, second = office.hears(DANGER), office.hears(DANGER)
    page = either.of(rae, f"/conversations/{first}")
    expect(page.get_by_text("a good moment for a break")).to_have_count(0)
    page.get_by_role("button", name="Open the transcript").click()
    page.goto(f"/conversations/{second}")
    expect(page.get_by_text("a good moment for a break")).to_be_visible()
    easier = page.get_by_role("link", name="Plain questions for information")
    assert easier.get_attribute("href") == "/queue?need=easy"
    page.get_by_role("button", name="Open it all the same").click()
    expect(page.locator("blockquote")).to_have_text(DANGER)


# 5. Flags and notes


def test_a_flag_and_a_redacted_note_are_saved(either: Seats, office: Office, rae: Member) -> None:
    page = either.of(rae, f"/conversations/{office.hears('what is grooming')}")
    page.get_by_role("button", name="Technical fault").click()
    expect(page.get_by_role("button", name="Technical fault")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Add a note").fill("my friend Jessica should look at this too")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator(".note")).to_contain_text("my friend <name> should look at this too")
    says(page, "may identify somebody was taken out")
    page.reload()
    expect(page.locator(".note")).to_have_count(1)
    expect(page.get_by_role("button", name="Technical fault")).to_have_attribute("aria-pressed", "true")


def test_with_javascript_a_note_being_typed_survives_setting_a_flag(seats: Seats, office: Office, rae: Member) -> None:
    page = seats.of(rae, f"/conversations/{office.hears('what is grooming')}")
    page.get_by_label("Add a note").fill("half a sentence")
    page.get_by_role("button", name="Content missing").click()
    expect(page.get_by_role("button", name="Content missing")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Add a note")).to_have_value("half a sentence")
    expect(page.get_by_role("button", name="Content missing")).to_be_focused()


# 6. Taking, finishing and moving on by keyboard; two people at once


def test_conversations_can_be_taken_reviewed_and_browsed_by_keyboard_alone(
    either: Seats, office: Office, rae: Member, word: str
) -> None:
    oldest, middle, newest = (office.hears(f"what is grooming {word}") for _ in range(3))
    page = either.of(rae, f"/queue?q={word}")
    heading = page.get_by_role("heading", level=1)
    tab_to(page, f"{newest}:")
    page.keyboard.press("Enter")
    expect(heading).to_have_text(f"Conversation {newest}")
    tab_to(page, "Assign it to me")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Assigned to: you")).to_be_visible()
    tab_to(page, "Mark as reviewed, go to next", backwards=either.has_script)
    page.keyboard.press("Enter")
    expect(heading).to_have_text(f"Conversation {middle}")
    says(page, f"Conversation {newest} reviewed.")
    press_access_key(page, "n")
    expect(heading).to_have_text(f"Conversation {oldest}")
    press_access_key(page, "p")
    expect(heading).to_have_text(f"Conversation {middle}")
    page.goto(f"/queue?q={word}")
    expect(page.locator(".queue tbody tr")).to_have_count(2)


def test_the_second_of_two_conflicting_changes_is_refused(
    either: Seats, office: Office, rae: Member, sam: Member
) -> None:
    number = office.hears("what is grooming")
    late, early = either.of(rae, f"/conversations/{number}"), either.of(sam, f"/conversations/{number}")
    early.get_by_text("Escalate it").click()
    early.get_by_label("To whom?").select_option("the police")
    early.get_by_role("button", name="Record that it is escalated, go to next").click()
    says(early, f"Conversation {number} escalated.")
    late.get_by_role("button", name="In review").click()
    expect(late.get_by_role("alert")).to_contain_text("This conversation has changed")
    expect(late.get_by_role("alert")).to_contain_text("State: New → Escalated")
    expect(late.get_by_role("alert")).to_be_in_viewport()
    # The page still shows everything that it showed before.
    expect(late.locator("blockquote")).to_have_text("what is grooming")
    expect(late.locator(".title")).to_contain_text("Escalated: the police (waiting for a second person)")
    expect(late.get_by_role("button", name="I have read it and agree, go to next")).to_be_visible()


def test_danger_has_to_be_opened_before_an_outcome_is_recorded_and_undone(
    either: Seats, office: Office, rae: Member
) -> None:
    page = either.of(rae, f"/conversations/{office.hears(DANGER)}")
    record = page.get_by_role("button", name="Record what was done, go to next")
    expect(record).to_have_count(0)
    page.get_by_role("button", name="Open the transcript").click()
    page.get_by_label("What was done?").select_option("the police")
    record.click()
    page.get_by_role("button", name="Undo").click()
    says(page, "The decision is undone.")
    expect(record).to_be_visible()


# 7. Correcting the assistant


def test_a_correction_is_proposed_and_approved_by_a_second_person(
    either: Seats, office: Office, rae: Member, sam: Member
) -> None:
    example = (
        f"some fella {'on the xbox' if either.has_script else 'off the game'} keeps buying my lad skins for secrets"
    )
    page = either.of(rae, f"/conversations/{office.hears('how much is a train ticket')}")
    page.locator(".answer > summary").first.click()
    page.get_by_role("link", name="Correct this").first.click()
    page.get_by_label("What the message means").select_option("suspect_grooming")
    page.get_by_label("An example of your own").fill(example)
    page.get_by_role("button", name="Propose this example").click()
    says(page, "Proposed. A colleague decides now.")
    expect(page.get_by_role("article", name=example)).to_contain_text("somebody else decides")
    second = either.of(sam, "/corrections")
    second.get_by_role("article", name=example).get_by_role("button", name="Approve").click()
    says(second, "Approved. It will be part of the next export.")
    row = second.get_by_role("region", name="Approved").get_by_role("row", name=example)
    expect(row).to_contain_text(rae.name)
    expect(row).to_contain_text(sam.name)
