"""Whole conversations: using only the keyboard, without JavaScript, and over an unreliable connection."""

import re
import sqlite3

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.conftest import Requests, answered, ask, unfold
from evaluation.server import Server


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element with this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.innerText || document.activeElement.id"):
            return
    raise AssertionError(f"Tab never reached '{name}'")


def last_reply(page: Page) -> Locator:
    """The last reply at the time of the call. The locator keeps pointing to it when other replies follow."""
    replies = page.locator("#log .reply")
    return replies.nth(replies.count() - 1)


def test_a_whole_conversation_by_keyboard_alone(chat: Page) -> None:
    chat.keyboard.press("Tab")
    assert chat.evaluate("document.activeElement.innerText") == "Skip to where you type"
    chat.keyboard.press("Enter")
    chat.keyboard.type("what is grooming")
    chat.keyboard.press("Enter")
    answered(chat)
    tab_to(chat, "Send")
    chat.keyboard.press("Shift+Tab")
    chat.keyboard.type("show me a comparison")
    chat.keyboard.press("Enter")
    answered(chat)
    label = chat.locator("#log .choices button").first.inner_text()
    chat.keyboard.press("Home")
    chat.locator("#log").evaluate("log => log.setAttribute('tabindex', '-1')")
    chat.locator("#log").focus()
    tab_to(chat, label)
    chat.keyboard.press("Enter")
    answered(chat)
    assert chat.locator("#log > li.mine").last.inner_text().endswith(label)


def test_the_keyboard_can_always_leave_the_page(chat: Page) -> None:
    seen = []
    for _ in range(40):
        chat.keyboard.press("Tab")
        seen.append(chat.evaluate("document.activeElement === document.body"))
    assert any(seen)


def test_opening_the_page_does_not_start_a_conversation(chat: Page, requests: Requests) -> None:
    assert [url for url in requests.urls if url.endswith("/conversations")] == []


def test_the_page_says_what_it_is_before_the_first_message(chat: Page) -> None:
    words = chat.locator("main").inner_text()
    assert all(part in words for part in ("computer program", "Nobody reads this live", "999", "Esc"))


def test_the_first_message_is_three_lines(chat: Page) -> None:
    assert chat.locator("#log .text").count() == 3


def test_the_first_message_names_the_safe_word(chat: Page) -> None:
    expect(chat.locator("#log")).to_contain_text("HELP")


@pytest.mark.parametrize("number", ["999", "0800 1111", "116 123"])
def test_a_number_in_the_first_message_can_be_tapped(chat: Page, number: str) -> None:
    link = chat.locator("#log").get_by_role("link", name=number, exact=True)
    expect(link).to_have_attribute("href", f"tel:{number.replace(' ', '')}")


def test_there_are_two_choices_before_the_first_message(chat: Page) -> None:
    assert chat.locator("main button:visible").all_inner_texts() == ["I'm under 18", "I'm an adult"]


def test_the_two_choices_are_in_sight_on_the_smallest_phone(chat: Page) -> None:
    chat.set_viewport_size({"width": 320, "height": 568})
    expect(chat.get_by_role("button", name="I'm an adult")).to_be_in_viewport(ratio=1)


def test_the_two_choices_are_in_sight_on_a_phone_on_its_side(chat: Page) -> None:
    chat.set_viewport_size({"width": 740, "height": 360})
    expect(chat.get_by_role("button", name="I'm an adult")).to_be_in_viewport(ratio=1)


def test_the_privacy_information_is_one_press_away(chat: Page) -> None:
    chat.get_by_text("What this is and what it keeps").click()
    expect(chat.get_by_text("Nothing is stored in your browser")).to_be_visible()


def test_the_privacy_information_is_one_press_away_after_the_first_message_too(chat: Page) -> None:
    ask(chat, "what is grooming")
    chat.get_by_text("What this is and what it keeps").click()
    expect(chat.get_by_text("Nothing is stored in your browser")).to_be_visible()


def test_questions_about_the_page_are_hidden_until_somebody_reports_a_fault(chat: Page) -> None:
    expect(chat.get_by_text("What should we put right")).to_be_hidden()


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_an_adult_can_call_samaritans_from_the_header(chat: Page, plain: Page, with_script: bool) -> None:
    page = chat if with_script else plain
    page.get_by_role("button", name="I'm an adult").click()
    link = page.get_by_role("banner").get_by_role("link", name="Call Samaritans", exact=True)
    expect(link).to_have_attribute("href", "tel:116123")


def test_a_writer_under_18_can_call_childline_from_the_header(chat: Page) -> None:
    chat.get_by_role("button", name="I'm under 18").click()
    answered(chat)
    expect(chat.get_by_role("banner").get_by_role("link", name="Call Childline", exact=True)).to_be_visible()


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_easier_words_are_one_press_away(chat: Page, plain: Page, with_script: bool) -> None:
    page = chat if with_script else plain
    page.get_by_role("button", name="Easier words").click()
    expect(page.locator("#log > li.mine:not(.pending) p").last).to_have_text("Easier words")


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_asking_for_easier_words_keeps_the_typed_text(chat: Page, plain: Page, with_script: bool) -> None:
    page = chat if with_script else plain
    page.get_by_label("Type here").fill("half a sentence")
    page.get_by_role("button", name="Easier words").click()
    expect(page.locator("#log > li.mine:not(.pending) p").last).to_have_text("Easier words")
    expect(page.get_by_label("Type here")).to_have_value("half a sentence")


def test_the_first_choices_return_if_the_first_message_could_not_be_sent(chat: Page) -> None:
    chat.route("**/conversations", lambda route: route.abort())
    chat.get_by_role("button", name="I'm under 18").click()
    expect(chat.get_by_role("button", name="I'm under 18")).to_be_visible()


@pytest.mark.parametrize(("name", "value"), [("lang", "ar"), ("dir", "rtl")])
@pytest.mark.parametrize("is_folded", [False, True], ids=["open", "folded"])
def test_a_card_in_another_language_has_its_language_and_direction(
    chat: Page, name: str, value: str, is_folded: bool
) -> None:
    said = {"kind": "guidance", "topic": "crisis", "title": "ع", "summary": "ع", "steps": [], "sources": []}
    card = {**said, "checked_on": "2026-11-01", "lang": "ar", "dir": "rtl", **({"folded": True} if is_folded else {})}
    chat.route("**/messages", lambda route: route.fulfill(json={"topic": "crisis", "messages": [card]}))
    ask(chat, "hello")
    expect(chat.locator("#log .guidance")).to_have_attribute(name, value)


def test_childline_can_be_called_from_the_header(chat: Page) -> None:
    link = chat.get_by_role("banner").get_by_role("link", name="Call Childline", exact=True)
    expect(link).to_have_attribute("href", "tel:08001111")
    ask(chat, "what is grooming")
    expect(link).to_be_in_viewport()


def test_the_writer_can_say_who_they_are_before_the_first_message(chat: Page) -> None:
    chat.get_by_role("button", name="I'm under 18").click()
    answered(chat)
    assert chat.locator("#log > li.mine").inner_text().endswith("I'm under 18")


def test_the_introduction_is_removed_after_the_first_message(chat: Page) -> None:
    ask(chat, "what is grooming")
    expect(chat.locator("#before")).to_have_count(0)


def test_guidance_is_a_card_with_steps_and_sources(chat: Page) -> None:
    ask(chat, "what is grooming")
    card = chat.locator("#log section.guidance")
    expect(card).to_be_hidden()
    unfold(chat)
    expect(card).to_be_visible()
    assert card.locator(".steps li").count() > 1
    card.get_by_text("Where this comes from").click()
    assert card.locator("details a").first.is_visible()


def test_a_service_is_a_card_with_phone_number_hours_anonymity_and_date_of_its_sources(chat: Page) -> None:
    ask(chat, "i need someone to talk to, im 14")
    card = chat.locator("#log .message.service", has_text="Childline")
    expect(card.get_by_role("link", name="Call Childline, 0800 1111")).to_have_attribute("href", "tel:08001111")
    expect(card.get_by_role("link", name="Go to Childline")).to_have_attribute("href", "https://www.childline.org.uk")
    facts = unfold(chat).locator("details details", has_text="About Childline")
    facts.locator("summary").click()
    words = facts.inner_text()
    assert all(re.search(part, words) for part in ("Opening hours: ", "Your name: ", r"Sources read on \d+ \w+ \d{4}"))


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without"])
def test_an_answer_shows_one_service_and_folds_the_rest_above_a_final_question(
    chat: Page, plain: Page, with_script: bool
) -> None:
    page, text = (chat if with_script else plain), "he says hell send my nudes to everyone if i dont pay, im 13"
    if with_script:
        ask(page, text)
    else:
        send(page, text)
    messages = page.locator("#log > .mine + .reply .message")
    kinds = [item.get_attribute("class").split()[1] for item in messages.all()]
    assert kinds.count("service") == 1
    assert kinds[-2:] == ["more", "choices"]
    expect(page.locator("#log .more section.service")).not_to_have_count(0)
    expect(page.locator("#log .more section:visible")).to_have_count(0)


def test_in_danger_999_comes_first(chat: Page) -> None:
    ask(chat, "i dont want to be here anymore")
    said = chat.locator("#log > .mine ~ .reply .message")
    expect(said.first.get_by_role("link", name="999")).to_have_attribute("href", "tel:999")
    service = chat.locator("#log .message.service").first
    expect(service.get_by_role("link", name="Call 999")).to_have_attribute("href", "tel:999")


def test_a_question_stays_when_its_buttons_go(chat: Page) -> None:
    ask(chat, "someone on snap says hell send my nudes to everyone")
    reply = last_reply(chat)
    question = reply.locator(".question").inner_text()
    ask(chat, "not right now")
    assert question in reply.inner_text()


def test_words_that_introduce_buttons_go_with_them(chat: Page) -> None:
    for label in ("I'm an adult", "A child I look after"):
        chat.get_by_role("button", name=label).click()
        answered(chat)
    ask(chat, "what is grooming")
    reply = last_reply(chat)
    assert "You can say:" in reply.inner_text()
    ask(chat, "thank you")
    assert "You can say:" not in reply.inner_text()


def test_a_comparison_has_two_scenes_with_drawings_and_choices(chat: Page) -> None:
    ask(chat, "show me a comparison")
    item = chat.locator(".comparison").first
    assert item.locator("svg.drawing use").count() == 2
    drawn = item.locator("svg.drawing").first.evaluate("svg => svg.getBBox().width")
    assert drawn > 10
    assert item.get_by_role("button").count() > 1


def test_a_comparison_is_offered_as_a_choice(chat: Page) -> None:
    for label in ("I'm an adult", "A child I look after"):
        chat.get_by_role("button", name=label).click()
        answered(chat)
    ask(chat, "what is grooming")
    choices = chat.locator("#log .message.choices").last
    expect(choices).to_contain_text("You can say:")
    expect(choices.get_by_role("button")).to_have_count(3)
    choices.get_by_role("button", name="Compare with real life").click()
    answered(chat)
    expect(chat.locator("#log > .mine ~ .reply .comparison")).to_have_count(1)


def test_typing_is_shown_while_an_answer_is_pending(chat: Page) -> None:
    held = []
    chat.route("**/messages", lambda route: held.append(route))
    chat.get_by_label("Type here").fill("hello")
    with chat.expect_request("**/messages"):
        chat.get_by_label("Type here").press("Enter")
    expect(chat.locator(".dots")).to_have_text("Writing a reply")
    held[0].continue_()
    answered(chat)


def test_a_choice_can_be_pressed_only_once(chat: Page) -> None:
    ask(chat, "show me a comparison")
    button = chat.locator("#log .choices button").first
    label = button.inner_text()
    button.click()
    answered(chat)
    expect(chat.get_by_role("button", name=label, exact=True)).to_have_count(0)


def test_buttons_of_earlier_answers_are_removed(chat: Page) -> None:
    ask(chat, "someone is threatening to send my nudes to everyone")
    ask(chat, "hello")
    last = chat.locator("#log > li.mine").last
    assert last.locator("xpath=preceding-sibling::li//button[not(@class='listen')]").count() == 0


def test_the_typed_text_is_still_there_after_the_connection_was_lost(chat: Page) -> None:
    ask(chat, "what is grooming")
    chat.context.set_offline(True)
    chat.get_by_label("Type here").fill("a long and careful question")
    chat.get_by_label("Type here").press("Enter")
    expect(chat.locator(".wrong")).to_contain_text("connection was lost")
    assert chat.get_by_label("Type here").input_value() == "a long and careful question"


def test_the_page_says_when_the_connection_is_back_and_the_conversation_continues(chat: Page) -> None:
    ask(chat, "what is grooming")
    chat.context.set_offline(True)
    chat.get_by_label("Type here").fill("how do i report it")
    chat.get_by_label("Type here").press("Enter")
    chat.locator(".wrong").wait_for()
    chat.context.set_offline(False)
    expect(chat.locator(".status", has_text="back")).to_be_visible()
    chat.get_by_label("Type here").press("Enter")
    answered(chat)
    assert chat.locator("#log > li.mine").count() == 2


def test_an_error_is_explained_in_plain_words_and_the_text_is_kept(chat: Page) -> None:
    body = '{"type":"about:blank","status":429,"title":"x","detail":"That was very fast."}'
    chat.route(
        "**/messages", lambda route: route.fulfill(status=429, body=body, content_type="application/problem+json")
    )
    chat.get_by_label("Type here").fill("hello there")
    chat.get_by_label("Type here").press("Enter")
    expect(chat.locator(".wrong")).to_have_text("That was very fast.")
    assert chat.get_by_label("Type here").input_value() == "hello there"


def test_html_in_a_message_is_shown_as_text(chat: Page) -> None:
    ask(chat, "<img src=x onerror=alert(1)> what is grooming")
    assert chat.locator("#log img").count() == 0
    assert "<img" in chat.locator("#log > li.mine").inner_text()


@pytest.fixture
def plain(browser: Browser, server: Server) -> Page:
    """The chat in a browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{server.chat}chat/")
    yield page
    context.close()


def send(page: Page, text: str) -> None:
    """Send a message without JavaScript and wait for the page with the reply."""
    page.get_by_label("Type here").fill(text)
    with page.expect_navigation():
        page.get_by_role("button", name="Send").click()


def test_without_javascript_the_whole_conversation_stays_on_the_page(plain: Page) -> None:
    send(plain, "what is grooming")
    send(plain, "how do i report it")
    said = plain.locator("#log > li.mine p").all_inner_texts()
    assert said == ["what is grooming", "how do i report it"]
    assert plain.locator("#log .more").count() == 2
    plain.locator("#log .more").first.get_by_text("More help and advice", exact=True).click()
    assert plain.get_by_role("heading", name="What grooming is").is_visible()


def test_without_javascript_numbers_in_a_text_can_be_called(plain: Page) -> None:
    send(plain, "i dont want to be here anymore")
    said = plain.locator("#log > .mine ~ .reply .text").first
    assert said.get_by_role("link", name="999").get_attribute("href") == "tel:999"


def test_without_javascript_the_writer_can_say_who_they_are(plain: Page) -> None:
    plain.get_by_role("button", name="I'm an adult").click()
    assert plain.locator("#log > li.mine p").inner_text() == "I'm an adult"


def test_without_javascript_the_buttons_of_the_last_answer_work(plain: Page) -> None:
    send(plain, "show me a comparison")
    label = plain.locator("#log .choices button").first.inner_text()
    plain.get_by_role("button", name=label, exact=True).click()
    assert plain.locator("#log > li.mine p").last.inner_text() == label


def test_without_javascript_a_question_stays_when_its_buttons_go(plain: Page) -> None:
    send(plain, "someone on snap says hell send my nudes to everyone")
    reply = last_reply(plain)
    question = reply.locator(".question").inner_text()
    send(plain, "not right now")
    assert question in reply.inner_text()


def test_without_javascript_words_that_introduce_buttons_go_with_them(plain: Page) -> None:
    for label in ("I'm an adult", "A child I look after"):
        plain.get_by_role("button", name=label).click()
    send(plain, "what is grooming")
    reply = last_reply(plain)
    assert "You can say:" in reply.inner_text()
    send(plain, "thank you")
    assert "You can say:" not in reply.inner_text()


def test_without_javascript_names_are_shown_redacted(plain: Page) -> None:
    send(plain, "my friend Jessica is being blackmailed")
    assert plain.locator("#log > li.mine p").inner_text() == "my friend <name> is being blackmailed"


def test_without_javascript_an_error_keeps_the_typed_text_and_the_conversation(plain: Page) -> None:
    send(plain, "what is grooming")
    send(plain, "a" * 1500)
    expect(plain.locator(".wrong")).to_contain_text("longer than 1,000 characters")
    assert plain.get_by_label("Type here").input_value() == "a" * 1500
    assert plain.locator("#log > li.mine p").all_inner_texts() == ["what is grooming"]


def test_without_javascript_reloading_the_page_sends_nothing_again(plain: Page) -> None:
    send(plain, "what is grooming")
    send(plain, "how do i report it")
    plain.reload()
    assert plain.locator("#log > li.mine p").all_inner_texts() == ["what is grooming", "how do i report it"]


def test_without_javascript_the_page_mentions_no_keys(plain: Page) -> None:
    plain.get_by_text("What this is and what it keeps").click()
    assert not re.search("Esc|Shift", plain.locator("main").inner_text())


def test_a_reloaded_page_is_scrolled_to_the_top(chat: Page) -> None:
    chat.set_viewport_size({"width": 360, "height": 380})
    ask(chat, "he says hell send my nudes to everyone if i dont pay, im 13")
    chat.reload()
    assert chat.locator("main").evaluate("main => main.scrollTop") == 0


def test_a_service_that_takes_texts_can_be_texted(chat: Page) -> None:
    card = {"kind": "service", "id": "shout", "name": "Shout", "phone": None, "text": "SHOUT to 85258", "url": None}
    facts = {"does": "a", "hours": "b", "open_now": True, "anonymous": "c", "note": None, "checked_on": "2026-11-01"}
    chat.route("**/messages", lambda route: route.fulfill(json={"topic": "crisis", "messages": [{**card, **facts}]}))
    ask(chat, "hello")
    link = chat.get_by_role("link", name="Text SHOUT to 85258")
    expect(link).to_have_attribute("href", "sms:85258")


def complaints(server: Server) -> "list[tuple[str, str | None]]":
    with sqlite3.connect(server.data_dir / "streetwise.db") as database:
        return database.execute("SELECT what, conversation_id FROM complaint ORDER BY id").fetchall()


def test_a_problem_is_reported_with_one_press_and_without_the_conversation(chat: Page, server: Server) -> None:
    ask(chat, "what is grooming")
    chat.get_by_text("Report a fault in this page").click()
    chat.get_by_role("button", name="The answer was wrong").click()
    expect(chat.locator(".status", has_text="Thank you")).to_be_visible()
    assert complaints(server)[-1] == ("wrong_answer", None)


def test_the_conversation_is_sent_with_a_report_only_if_the_writer_agrees(chat: Page, server: Server) -> None:
    ask(chat, "what is grooming")
    chat.get_by_text("Report a fault in this page").click()
    chat.get_by_label("Send this chat with it").check()
    chat.get_by_role("button", name="I did not find help").click()
    expect(chat.locator(".status", has_text="Thank you")).to_be_visible()
    what, conversation = complaints(server)[-1]
    assert what == "no_help"
    assert conversation


def test_without_javascript_a_fault_can_be_reported_too(plain: Page, server: Server) -> None:
    send(plain, "what is grooming")
    plain.get_by_text("Report a fault in this page").click()
    plain.get_by_role("button", name="It was hard to read").click()
    assert plain.locator(".status").first.inner_text().startswith("Thank you")
    assert plain.locator("#log > li.mine p").all_inner_texts() == ["what is grooming"]
    assert complaints(server)[-1] == ("hard_to_read", None)


def test_opening_a_service_sends_only_its_id(chat: Page) -> None:
    ask(chat, "what is grooming")
    service = chat.locator("#log .reach[data-service]").first
    with chat.expect_request("**/opened") as sent:
        # Do not follow the link: this test is about the request that counts the click.
        service.locator("a.act").first.evaluate(
            "link => { link.addEventListener('click', e => e.preventDefault()); link.click(); }"
        )
    assert sent.value.post_data_json == {"service": service.get_attribute("data-service")}
    assert sent.value.response().status == 204
