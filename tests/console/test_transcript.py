"""The conversation page: what it shows, who may see it, and moving through the queue."""

import hashlib
import re
from html import unescape
from typing import Any

import pytest
from console_client import Console, turn
from conversing import CALM, act, calm, decide
from markupsafe import escape

from bot.case.facts import FACTS, ROLES
from bot.console.chat_view import as_shown, pieces
from bot.console.labels import LABELS, label
from bot.console.pages.transcript import TURNS
from bot.content.page import load_page_words
from bot.store.schema import notes, reviews
from bot.store.triage import SURE

TEXT = {"kind": "text", "text": "It is not your fault."}
GUIDANCE = {
    "kind": "guidance",
    "topic": "sextortion",
    "title": "If somebody threatens you",
    "summary": "Stop & tell somebody.",
    "steps": ["Do not pay.", "Keep the messages."],
    "sources": [{"name": "A charity", "url": "https://example.org/"}],
    "checked_on": "2026-11-01",
}
SERVICE = {
    "kind": "service",
    "id": "childline",
    "name": "Childline",
    "does": "Talks with children.",
    "phone": "0800 1111",
    "text": "85258",
    "url": "https://example.org/",
    "hours": "Any time",
    "open_now": True,
    "anonymous": "You need not say your name.",
    "note": "Calls are free.",
    "checked_on": "2026-11-01",
}
CHOICES = {"kind": "choices", "prompt": "Who are you?", "choices": [{"label": "A child"}, {"label": "An adult"}]}
COMPARISON = {
    "kind": "comparison",
    "id": "park",
    "real_world": "A man in the park.",
    "online": "A man in a game.",
    "question": "What would you do?",
    "choices": [{"label": "Run"}],
}


def texts_of(message: "dict[str, Any]") -> "list[str]":
    """The texts in a message that are meant to be read."""
    hidden = ("kind", "id", "topic", "checked_on", "url", "open_now")
    found: "list[str]" = []
    for name, value in message.items():
        parts = value if isinstance(value, list) else [value]
        read = [part for part in parts if name not in hidden]
        found += [text for part in read for text in (texts_of(part) if isinstance(part, dict) else [part])]
    return found


# Contents of the page


async def test_html_in_a_text_is_shown_as_text(console: Console) -> None:
    number = console.keep("one", [calm("<script>alert(1)</script> <b>hi</b>")])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;hi&lt;/b&gt;" in page
    assert "<script>alert" not in page


async def test_redacted_text_is_marked_with_its_kind(console: Console) -> None:
    number = console.keep("one", [calm("it is <name>", removed=["name"])])
    assert '<span class="kind">name</span>' in (await console.member().get(f"/conversations/{number}")).text


def test_angle_brackets_typed_by_the_writer_are_text() -> None:
    assert pieces("<name> and <link>", ["link"]) == [("<name> and ", False), ("link", True)]


async def test_the_intent_is_shown_with_its_label_its_confidence_and_the_runner_up(console: Console) -> None:
    said = calm(confidence=0.83, runner_up="suspect_grooming", runner_up_confidence=0.12)
    page = (await console.member().get(f"/conversations/{console.keep('one', [said])}")).text
    for shown in ("ask_grooming", "What grooming is and what its signs are", "83%", "suspect_grooming", "12%"):
        assert shown in page


async def test_a_message_that_was_not_understood_is_marked(console: Console) -> None:
    number = console.keep("one", [calm("asdf", confidence=0.2)])
    console.keep("one", [turn("asdf qwer", "nlu_fallback", runner_up=None, runner_up_confidence=None)])
    assert "Not understood" in (await console.member().get(f"/conversations/{number}")).text


async def test_the_rule_that_chose_a_service_is_among_the_details(console: Console) -> None:
    number = console.keep("one", [calm(replies=[{"kind": "service", "id": "childline", "rule": "rule_seven"}])])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert re.search(r"<details class=\"machinery\">.*Childline.*rule_seven.*</details>", page, re.DOTALL)


@pytest.mark.parametrize(("confidence", "is_open"), [(SURE - 0.01, True), (SURE, False)])
async def test_the_details_of_a_message_are_open_only_if_the_assistant_was_unsure(
    console: Console, confidence: float, is_open: bool
) -> None:
    number = console.keep("one", [calm(confidence=confidence)])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert ('<details class="machinery" open>' in page) == is_open


@pytest.mark.parametrize("message", [GUIDANCE, SERVICE, TEXT, COMPARISON, CHOICES], ids=lambda message: message["kind"])
async def test_each_kind_of_message_is_shown_in_full(console: Console, message: "dict[str, Any]") -> None:
    number = console.keep("one", [calm(shown=[message])])
    page = (await console.member().get(f"/conversations/{number}")).text
    missing = [text for text in texts_of(message) if str(escape(text)) not in page]
    assert missing == []


async def test_guidance_folded_in_the_chat_is_closed(console: Console) -> None:
    number = console.keep("one", [calm(shown=[TEXT, {**GUIDANCE, "folded": True}, CHOICES])])
    page = (await console.member().get(f"/conversations/{number}")).text
    folded = re.search(rf"<details>\s*<summary>{load_page_words().more}</summary>(.*?)</ul>", page, re.DOTALL)
    assert folded is not None
    assert GUIDANCE["title"] in folded[1]


def test_folded_guidance_comes_before_a_final_question() -> None:
    folded = {**GUIDANCE, "folded": True}
    assert as_shown([folded, TEXT, CHOICES]) == ([TEXT], [folded], [CHOICES])


def test_folded_guidance_comes_last_if_there_is_no_final_question() -> None:
    folded = {**GUIDANCE, "folded": True}
    assert as_shown([folded, CHOICES, TEXT]) == ([CHOICES, TEXT], [folded], [])


async def test_only_the_choices_of_the_last_answer_are_open(console: Console) -> None:
    number = console.keep("one", [calm(shown=[CHOICES]), calm(shown=[CHOICES])])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert re.findall(r'<details class="choices"( open)?>', page) == ["", " open"]


async def test_a_message_in_another_language_has_its_language_code(console: Console) -> None:
    arabic = {"kind": "text", "text": "مرحبا", "lang": "ar", "dir": "rtl"}
    number = console.keep("one", [calm(shown=[arabic])])
    assert 'lang="ar" dir="rtl"' in (await console.member().get(f"/conversations/{number}")).text


async def test_facts_are_listed_by_message_and_marked_if_inferred(console: Console) -> None:
    learned = {"writer_age": (14, True), "threat": (True, False), "paid": None}
    number = console.keep("one", [calm("hello", learned={}, replies=[]), calm(learned=learned)])
    page = (await console.member().get(f"/conversations/{number}")).text
    case = re.search(r'<details id="case".*?</details>', page, re.DOTALL)
    assert case is not None
    assert re.sub(r"<[^>]+>|\s+", " ", case[0]).split("Message 2")[1].split() == (
        "Age of the person: 14 Threatened (inferred) Paid: no longer known Offered: Childline".split()
    )


async def test_a_service_is_listed_only_where_it_was_first_offered(console: Console) -> None:
    number = console.keep("one", [calm(), calm()])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert page.count("Offered: Childline") == 1


async def test_an_answer_is_closed_and_shows_its_first_words(console: Console) -> None:
    number = console.keep("one", [calm("what is grooming please", shown=[TEXT, GUIDANCE])])
    page = (await console.member().get(f"/conversations/{number}")).text
    answer = re.search(
        r'<details class="answer">\s*<summary class="bubble">(.*?)</summary>(.*?)</article>', page, re.DOTALL
    )
    assert answer is not None
    assert re.sub(r"<[^>]+>", "", answer[1]) == "It is not your fault."
    assert GUIDANCE["summary"] in unescape(answer[2])


async def test_a_closed_answer_shows_the_confidence_only_if_it_was_low(console: Console) -> None:
    number = console.keep("one", [calm(confidence=0.42), calm(confidence=0.9)])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert re.findall(r"(\d+% sure)</span></summary>", page) == ["42% sure"]


@pytest.mark.parametrize("name", [*FACTS, "role"])
def test_each_fact_and_its_values_have_labels(name: str) -> None:
    words = FACTS[name].words if name != "role" else ROLES
    assert label("fact", name) != name
    assert [value for value in words if value not in LABELS["value"]] == []


async def test_the_facts_of_a_distressing_conversation_are_folded_with_it(console: Console) -> None:
    number = console.keep("one", [turn("he threatens me", "disclose_sextortion", learned={"threat": (True, False)})])
    assert "Threatened" not in (await console.member().get(f"/conversations/{number}")).text


@pytest.mark.parametrize(
    "reply",
    [
        {"kind": "guidance", "title": "Shown here", "topic": "sextortion"},
        {"kind": "text", "text": "Shown here"},
        {"kind": "comparison", "id": "park", "question": "Shown here"},
        {"kind": "choices", "prompt": "Shown here"},
        {"kind": "of another version", "text": "Shown here"},
        {"kind": "service", "id": "Shown here", "rule": "gone"},
    ],
)
async def test_an_answer_from_before_messages_were_stored_is_shown_as_far_as_known(
    console: Console, reply: "dict[str, str]"
) -> None:
    number = console.keep("one", [calm(replies=[reply], shown=None)])
    page = (await console.member().get(f"/conversations/{number}")).text
    bubble = re.search(r'<ul class="bubble">.*?</ul>', page, re.DOTALL)
    assert bubble is not None
    assert "Shown here" in bubble[0]


async def test_the_opening_cannot_be_corrected(console: Console) -> None:
    number = console.keep("one", [turn("", "start_conversation"), calm()])
    page = (await console.member().get(f"/conversations/{number}")).text
    assert re.findall(r'"/corrections/new\?number=\d+&amp;turn=(\d+)"', page) == ["2"]


async def test_a_topic_that_is_no_longer_in_the_content_is_shown_by_its_id(console: Console) -> None:
    number = console.keep("one", [calm()])
    gone = {"topic": "an_old_topic", "asker": "somebody_else", "language": "xx"}
    console.database.write_now(lambda c: c.execute(reviews.update().values(**gone)))
    answer = await console.member().get(f"/conversations/{number}")
    assert (answer.status_code, "an_old_topic" in answer.text) == (200, True)


# Missing conversations


@pytest.mark.parametrize("number", ["0", "-1", "7", "9223372036854775807", "9223372036854775808", "9" * 400])
async def test_an_unknown_conversation_is_not_found(console: Console, number: str) -> None:
    answer = await console.member().get(f"/conversations/{number}")
    assert (answer.status_code, "Nothing is here" in answer.text) == (404, True)


@pytest.mark.parametrize("number", ["x", "1.5", "1e3", "%00", "1'--"])
async def test_an_invalid_number_is_not_found(console: Console, number: str) -> None:
    console.keep("one", [calm()])
    assert (await console.member().get(f"/conversations/{number}")).status_code == 404


@pytest.mark.parametrize(
    "what", ["open", "state", "review", "outcome", "confirm", "undo", "take", "give-back", "flag", "unflag", "note"]
)
async def test_an_unknown_conversation_cannot_be_changed(console: Console, what: str) -> None:
    rae = console.member()
    for number in (7, 2**63):
        form = {"version": "1", "state": "new", "outcome": "escalated:lead", "flag": "technical", "text": "a note"}
        assert (await rae.post(f"/conversations/{number}/{what}", form)).status_code == 404
    assert console.audited() == []


async def test_an_erased_conversation_is_not_found(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "note", text="looked at it")
    await console.store.erase(hashlib.sha256(b"one").hexdigest())
    assert (await rae.get(f"/conversations/{number}")).status_code == 404
    assert console.rows(notes) == []


async def test_an_invalid_filter_is_refused(console: Console) -> None:
    number = console.keep("one", [calm()])
    assert (await console.member().get(f"/conversations/{number}?topic=nonsense")).status_code == 422


# Audit log


async def test_each_view_is_logged(console: Console) -> None:
    number = console.keep("one", [calm()])
    await console.member().get(f"/conversations/{number}")
    assert console.audited() == [("rae", "view", str(number))]


async def test_a_view_of_an_unknown_conversation_is_not_logged(console: Console) -> None:
    await console.member().get("/conversations/7")
    assert console.audited() == []


async def test_an_administrator_cannot_read_a_conversation(console: Console) -> None:
    number = console.keep("one", [calm("words of a person")])
    answer = await console.member("ann", "administrator").get(f"/conversations/{number}")
    assert (answer.status_code, "words of a person" in answer.text) == (403, False)


# Moving through the queue


async def test_previous_and_next_follow_the_same_queue(console: Console) -> None:
    for name, intent in (("a", CALM), ("b", "thank"), ("c", CALM), ("d", CALM)):
        console.keep(name, [turn("x", intent, urgency="none")])
    page = (await console.member().get("/conversations/3?topic=grooming_signs")).text
    assert re.search(r'href="/conversations/4\?topic=grooming_signs" rel="prev" accesskey="p"', page)
    assert re.search(r'href="/conversations/1\?topic=grooming_signs" rel="next" accesskey="n"', page)
    assert 'href="/queue?topic=grooming_signs"' in page


async def test_marking_as_reviewed_leads_to_the_next_in_the_queue(console: Console) -> None:
    for name in "abc":
        console.keep(name, [calm()])
    answer = await decide(console.member(), 2, "review", query="?topic=grooming_signs")
    assert answer.headers["location"] == "/conversations/1?done=decided&topic=grooming_signs"


async def test_the_last_conversation_leads_back_to_the_queue(console: Console) -> None:
    number = console.keep("one", [calm()])
    answer = await decide(console.member(), number, "review")
    assert answer.headers["location"] == "/queue?done=decided"
    assert "That was the last" in (await console.member().get("/queue?done=decided")).text


async def test_removing_the_last_flag_of_a_filtered_queue_leads_to_a_valid_page(console: Console) -> None:
    number, rae = console.keep("one", [calm()]), console.member()
    await act(rae, number, "flag", flag="technical")
    answer = await act(rae, number, "unflag", query="?flag=technical", flag="technical")
    for page in (answer.headers["location"], "/queue?flag=technical"):
        assert (await rae.get(page)).status_code == 200


# Responses to htmx


async def test_htmx_shows_a_refusal_as_a_page(console: Console) -> None:
    answer = await console.member().get("/conversations/7", **{"HX-Request": "true"})
    assert answer.headers["hx-retarget"] == answer.headers["hx-reselect"] == "main"


async def test_a_very_long_conversation_is_shown_in_parts(console: Console) -> None:
    number, rae = console.keep("c", [calm(f"word{place} here") for place in range(1, 2 * TURNS + 2)]), console.member()
    pages, path = [], f"/conversations/{number}?need=rest"
    while path:
        pages.append((await rae.get(path)).text)
        onward = re.search(r'href="([^"]+)">Show the next messages', pages[-1])
        path = unescape(onward[1]) if onward else ""
    shown = [re.findall(r"word(\d+) here", page) for page in pages]
    assert [len(part) for part in shown] == [TURNS, TURNS, 1]
    assert [int(word) for part in shown for word in part] == list(range(1, 2 * TURNS + 2))


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "%00"])
async def test_an_invalid_place_in_a_conversation_means_its_beginning(console: Console, after: str) -> None:
    number = console.keep("c", [calm("is zanzibar far")])
    assert "zanzibar" in (await console.member().get(f"/conversations/{number}?after={after}")).text
