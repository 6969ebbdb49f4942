"""The end of a session in the browser: a warning, a button that keeps it open, and no lost notes."""

import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from bot.console.passwords import hash_password
from bot.store import staff
from browser.console import Member, Office, Seats

PASSWORD = "correct horse battery"
NOTE = "missed that he knows her school"


def sign_out_everywhere(office: Office, member: Member) -> str:
    """End the member's session, set a password, and return the secret for the second step."""

    def change(connection: object) -> str:
        account = staff.named(connection, member.name)
        staff.change(connection, account.id, password=hash_password(PASSWORD))
        staff.revoke(connection, account.id, int(time.time()))
        return account.totp_secret

    return office.database.write_now(change)


def sign_in(page: Page, member: Member, secret: str) -> None:
    page.get_by_label("Name").fill(member.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Sign in").click()


def test_a_note_being_typed_when_the_session_ended_can_be_saved_after_signing_in(
    either: Seats, office: Office, rae: Member
) -> None:
    page = either.of(rae, f"/conversations/{office.hears('what is grooming')}")
    page.get_by_label("Add a note").fill(NOTE)
    secret = sign_out_everywhere(office, rae)
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_role("status").filter(has_text="your note is not saved yet")).to_be_visible()
    expect(page.get_by_role("navigation", name="Console")).to_have_count(0)
    sign_in(page, rae, secret)
    expect(page.get_by_label("Add a note")).to_have_value(NOTE)
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator(".note")).to_contain_text(NOTE)


@pytest.fixture
def waiting(seats: Seats, rae: Member) -> Page:
    """A page with a clock that the test controls."""
    page = seats.empty()
    page.clock.install()
    page.context.add_cookies(seats.cookies_of(rae))
    page.goto("/account")
    return page


def test_two_minutes_before_the_end_a_button_keeps_the_session_open(waiting: Page) -> None:
    warning = waiting.get_by_text("You will be signed out in less than two minutes")
    expect(waiting.locator("#session-ends")).to_be_hidden()
    waiting.clock.fast_forward("27:30")
    expect(warning.first).to_be_hidden()
    waiting.clock.fast_forward("00:40")
    expect(warning.first).to_be_visible()
    waiting.get_by_role("button", name="Stay signed in").click()
    expect(warning.first).to_be_hidden()


def test_the_page_says_when_the_session_has_ended(waiting: Page) -> None:
    waiting.clock.fast_forward("30:01")
    expect(waiting.get_by_text("You are signed out.")).to_be_visible()
    expect(waiting.get_by_role("button", name="Stay signed in")).to_be_hidden()
