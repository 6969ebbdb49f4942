"""The last three of the ten staff tasks, in a real browser, and checks that apply to every page."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from bot.console.pages import ROUTES
from bot.store.schema import pauses
from browser.console import Member, Office, Seats, says

# 8. The figures


def test_each_chart_of_the_figures_has_a_table_without_small_numbers(
    either: Seats, office: Office, rae: Member
) -> None:
    for text in ("what is grooming",) * 6 + ("how do i report it",) * 2:
        office.hears(text)
    page = either.of(rae, "/figures")
    charts = page.get_by_role("img").count()
    assert charts > 5
    for summary in page.get_by_text("Show the numbers", exact=True).all():
        summary.click()
    assert page.locator("details[open] table:visible").count() == charts
    numbers = {text.strip().replace(",", "") for text in page.locator("td.number").all_inner_texts()}
    assert [one for one in numbers if one.isdecimal() and 0 < int(one) < 5] == []
    assert any(one.isdecimal() and int(one) >= 5 for one in numbers)


def test_a_month_is_printed_on_one_sheet(seats: Seats, office: Office, rae: Member) -> None:
    for _ in range(6):
        office.hears("what is grooming")
    page = seats.of(rae, f"/figures/month?month={date.today():%Y-%m}")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1


# 9. Facts


def test_a_fact_is_marked_as_checked_with_a_name_and_can_be_unmarked(either: Seats, rae: Member) -> None:
    page = either.of(rae, "/facts")
    button = page.get_by_role("button", name="Mark as checked today: ").first
    name = (button.get_attribute("aria-label") or "").partition(": ")[2]
    button.click()
    says(page, f"{name} was checked today")
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name=name, exact=True))
    expect(card).to_contain_text(f"by {rae.name}.")
    card.get_by_role("button", name=f"Undo: {name}").click()
    says(page, "no longer counts as checked today")
    expect(card.get_by_role("button", name=f"Mark as checked today: {name}")).to_be_visible()


# 10. Pausing the chat, exports, the audit log, signing out


@pytest.fixture
def opened_again(office: Office) -> Iterator[None]:
    """Reopen the chat after a test, even if it fails, because other tests use it too."""
    yield
    office.database.write_now(lambda connection: connection.execute(pauses.delete()))


@pytest.mark.usefixtures("opened_again")
def test_a_paused_chat_shows_the_helplines_until_it_is_opened_again(
    seats: Seats, office: Office, lead: Member, chat: Page
) -> None:
    page = seats.of(lead, "/keeping")
    page.get_by_label("I want to close the chat").check()
    page.get_by_role("button", name="Pause the chat").click()
    says(page, "The chat is paused.")
    chat.get_by_label("Type here").fill("what is grooming")
    chat.get_by_label("Type here").press("Enter")
    expect(chat.locator(".wrong")).to_contain_text("closed for the moment")
    assert all(number in chat.locator(".wrong").inner_text() for number in ("999", "0800 1111", "101"))
    page.get_by_label("Open the chat for everybody").check()
    page.get_by_role("button", name="Open the chat").click()
    says(page, "The chat is open again.")
    chat.get_by_label("Type here").press("Enter")
    expect(chat.locator("#log .more")).to_be_visible()


def test_an_export_of_transcripts_is_in_the_audit_log_for_leads_and_administrators(
    seats: Seats, office: Office, lead: Member, word: str
) -> None:
    office.hears(f"what is grooming {word}")
    page = seats.of(lead, "/export")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download transcripts").click()
    assert f"what is grooming {word}" in downloading.value.path().read_text()
    for member in (lead, office.add("administrator")):
        log = seats.of(member, f"/audit?person={lead.name}&action=export")
        expect(log.locator("tbody tr")).to_have_count(1)
        expect(log.locator("tbody tr")).to_contain_text("transcripts")
        expect(log.get_by_role("main")).not_to_contain_text(word)


def test_the_audit_log_can_be_verified(seats: Seats, lead: Member) -> None:
    page = seats.of(lead, "/audit")
    page.get_by_role("button", name="Check every row now").click()
    says(page, "Every row fits the one before it. Rows checked: ")


def test_after_signing_out_going_back_shows_nothing_and_nothing_is_left_in_the_browser(
    either: Seats, office: Office, rae: Member, word: str
) -> None:
    page = either.of(rae, f"/conversations/{office.hears(f'what is grooming {word}')}")
    expect(page.locator("blockquote")).to_contain_text(word)
    page.get_by_role("button", name="Sign out").click()
    says(page, "You are signed out.")
    assert page.context.cookies() == []
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert word not in page.content()
    if either.has_script:
        left = page.evaluate(
            "async () => [localStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,"
            " (await navigator.serviceWorker.getRegistrations()).length, Object.values(sessionStorage)]"
        )
        # htmx stores the address of the current page, which is the sign-in page.
        assert left == [0, 0, 0, 0, ["/sign-in"]]


# Checks for every page


def test_html_in_a_message_is_shown_as_text(seats: Seats, office: Office, rae: Member) -> None:
    html = "<script>alert(1)</script> what is <b>grooming</b>"
    page = seats.of(rae, f"/conversations/{office.hears(html)}")
    expect(page.locator("blockquote")).to_have_text(html)
    assert page.locator("main script, blockquote b").count() == 0


def test_no_page_requests_anything_from_another_host(seats: Seats, office: Office, lead: Member) -> None:
    number = office.hears("what is grooming")
    page = seats.of(lead)
    for route in ROUTES:
        if route.method == "GET" and lead.role in route.roles and "<" not in route.path and "export/" not in route.path:
            page.goto(route.path)
    page.goto(f"/conversations/{number}")
    page.get_by_role("button", name="Technical fault").click()
    assert len(seats.urls) > 15
    assert [url for url in seats.urls if not url.startswith((office.server.console, "data:"))] == []
