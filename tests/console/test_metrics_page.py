"""The metrics page: what it shows for a range of days, and how it hides small numbers."""

import hashlib
import re
from typing import Any, Sequence

import pytest
import yaml
from console_client import Console, turn

from bot.console.summary import hours_in_london, summarise, within
from bot.console.suppress import suppress
from bot.settings import ROOT
from bot.store import metrics, review_log, sample, triage
from bot.store.days import counted_day
from bot.store.deletion import erase
from bot.store.schema import conversations, reviews

DAY = 86_400


def keep(console: Console, number: int, prefix: str = "c", at: "int | None" = None, **values: Any) -> None:
    """Store `number` conversations of one message each."""
    said = [turn("hello there", **{"intent": "ask_grooming", **values})]
    for place in range(number):
        console.keep(f"{prefix}{place}", said, at=at)


def table(page: str, name: str) -> "dict[str, str]":
    """The numbers in the table of a chart, by label."""
    found = re.search(rf"<caption>{name}</caption>(.*?)</table>", page, re.DOTALL)
    assert found, name
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="number">(.*?)</td>', found.group(1))
    return dict(rows)


def titles(page: str) -> "list[str]":
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


async def test_a_page_without_conversations_says_so_and_has_no_charts(console: Console) -> None:
    page = (await console.member().get("/figures")).text
    assert "Nobody wrote" in page
    assert "<svg" not in page


async def test_fewer_than_five_conversations_are_not_shown_in_detail(console: Console) -> None:
    keep(console, 4)
    page = (await console.member().get("/figures")).text
    assert "Fewer than 5 conversations" in page
    assert "<svg" not in page


async def test_the_page_shows_the_number_of_conversations_and_messages(console: Console) -> None:
    keep(console, 12)
    page = (await console.member().get("/figures")).text
    assert "<strong>12 conversations</strong> in 30 days, with 12 messages" in page


async def test_the_opening_does_not_count_as_a_message(console: Console) -> None:
    for place in range(6):
        console.keep(f"c{place}", [turn("", "start_conversation"), turn("what is grooming")])
    page = (await console.member().get("/figures")).text
    assert "6 conversations</strong> in 30 days, with 6 messages" in page
    assert table(page, "Who is asking")["Not known"] == "6"


async def test_topics_and_services_are_shown_by_name(console: Console) -> None:
    keep(console, 7)
    page = (await console.member().get("/figures")).text
    assert table(page, "Topics") == {"What grooming is and its warning signs": "7"}
    assert table(page, "Services offered") == {"Childline": "7"}


async def test_every_chart_has_a_title_a_description_and_a_table(console: Console) -> None:
    keep(console, 9, removed=["name"])
    for place in range(9):
        opened(console, f"c{place}", "childline")
    page = (await console.member().get("/figures")).text
    charts = re.findall(r'<svg [^>]*role="img" aria-label="(.*?)">\s*<title>(.*?)</title>', page, re.DOTALL)
    assert [title for _, title in charts] == [
        title for title in titles(page) if not title.startswith(("What ", "Keys ", "This version "))
    ]
    assert len(charts) == page.count("<caption>") == 14
    assert all("The numbers are in the table below." in label for label, _ in charts)


async def test_the_description_of_a_chart_names_the_largest_value(console: Console) -> None:
    keep(console, 7)
    keep(console, 12, "d", intent="ask_bullying")
    page = (await console.member().get("/figures")).text
    assert 'aria-label="Topics: the largest is Cyberbullying, fake accounts and rumours with 12.' in page


async def test_dead_ends_are_a_share_of_conversations_in_which_something_was_asked(console: Console) -> None:
    keep(console, 15)
    keep(console, 5, "d", intent="nlu_fallback", replies=[])
    keep(console, 20, "e", intent="greet", replies=[])
    page = (await console.member().get("/figures")).text
    assert "<dt>No service offered</dt><dd>25%</dd>" in page


async def test_messages_not_understood_are_a_share_of_all_messages(console: Console) -> None:
    keep(console, 15)
    keep(console, 5, "d", intent="nlu_fallback", replies=[])
    assert "<dt>Not understood</dt><dd>25%</dd>" in (await console.member().get("/figures")).text


SERVICE = [{"kind": "service", "id": "childline", "rule": "feelings"}]


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        pytest.param({"intent": "affirm", "replies": SERVICE}, "Asked, and a service was offered", id="feeling"),
        pytest.param({"intent": "other_language", "replies": SERVICE}, "Asked, and a service was offered", id="card"),
        pytest.param({"intent": "other_language", "replies": []}, "Asked, and no service was offered", id="no card"),
        pytest.param({"intent": "greet", "replies": []}, "Nothing was asked", id="greeting"),
    ],
)
async def test_feelings_and_other_languages_count_as_questions(
    console: Console, said: "dict[str, Any]", counted: str
) -> None:
    keep(console, 9, urgency="none", **said)
    numbers = table((await console.member().get("/figures")).text, "No service offered")
    assert numbers == {**dict.fromkeys(numbers, "0"), counted: "9"}


# Versions


def versions(page: str) -> "list[list[str]]":
    """The text of the cells in the table of versions, row by row."""
    card = re.search(r'aria-labelledby="versions">(.*?)</section>', page, re.DOTALL)
    assert card
    rows = re.findall(r"<tr>(.*?)</tr>", card[1], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in row] for row in cells]


async def test_the_current_version_is_compared_with_the_one_before_by_default(console: Console) -> None:
    for model, days, lost in (("cccc3333", 40, 9), ("bbbb2222", 9, 60), ("aaaa1111", 1, 20)):
        at = console.now - days * DAY
        keep(console, 100 - lost, f"{model} a", at=at, model=model)
        keep(console, lost, f"{model} b", at=at, model=model, intent="nlu_fallback", replies=[])
    head, no_service, *_ = versions((await console.member().get("/figures")).text)
    assert head == ["Share", "aaaa1111", "bbbb2222", "Difference"]
    assert no_service[1:] == [
        "20% 13.3 to 28.9%, of 100", "60% 50.2 to 69.1%, of 100", "aaaa1111 is better"
    ]  # fmt: skip


async def test_any_two_versions_can_be_compared(console: Console) -> None:
    for days, model in enumerate(("aaaa1111", "bbbb2222", "cccc3333")):
        keep(console, 9, model, at=console.now - days * DAY, model=model)
    page = (await console.member().get("/figures?version=cccc3333&against=aaaa1111")).text
    assert versions(page)[0][1:3] == ["cccc3333", "aaaa1111"]


async def test_a_single_version_cannot_be_compared(console: Console) -> None:
    keep(console, 9)
    assert "Only version aaaa1111 has answered so far." in (await console.member().get("/figures")).text


async def test_an_unknown_version_is_refused_with_the_known_ones(console: Console) -> None:
    keep(console, 9)
    answer = await console.member().get("/figures?version=gone")
    assert answer.status_code == 422
    assert "It can be: aaaa1111." in answer.text


async def test_a_share_of_a_version_based_on_fewer_than_five_is_not_shown(console: Console) -> None:
    keep(console, 50, "a", model="aaaa1111")
    keep(console, 50, "b", at=console.now - DAY, model="bbbb2222")
    keep(console, 4, "c", at=console.now - DAY, model="bbbb2222", intent="nlu_fallback", replies=[])
    _, no_service, *_ = versions((await console.member().get("/figures")).text)
    assert no_service[2:] == ["not shown", "not shown"]


async def test_an_erased_conversation_is_not_counted_for_any_version(console: Console) -> None:
    keep(console, 9)
    console.database.write_now(lambda c: erase(c, hashlib.sha256(b"c0").hexdigest(), console.now))
    today = counted_day(console.now).isoformat()
    counted = console.database.read_now(lambda c: metrics.of_version(c, "aaaa1111", today, today))
    assert counted == {"served": 8, "understood": 8}


async def test_feedback_is_a_share_of_conversations_with_feedback(console: Console) -> None:
    keep(console, 15)
    keep(console, 5, "d", intent="feedback_helped")
    keep(console, 5, "e", intent="feedback_not_helped")
    assert "<dt>It helped</dt><dd>50%</dd>" in (await console.member().get("/figures")).text


async def test_a_share_based_on_a_few_messages_is_not_shown(console: Console) -> None:
    keep(console, 15)
    keep(console, 4, "d", intent="nlu_fallback", replies=[])
    assert "<dt>No service offered</dt><dd>not shown</dd>" in (await console.member().get("/figures")).text


async def test_response_times_are_shown_in_steps(console: Console) -> None:
    keep(console, 60, took_ms=9)
    keep(console, 30, "d", took_ms=200)
    page = (await console.member().get("/figures")).text
    assert "<dt>Half the answers took</dt><dd>25 milliseconds or less</dd>" in page
    assert "95% of them: up to a quarter of a second" in page


async def test_a_count_of_four_is_nowhere_on_the_page(console: Console) -> None:
    keep(console, 30)
    keep(console, 4, "d", intent="ask_bullying", at=console.now - DAY, removed=["school"], model="bbbb2222")
    keep(console, 3, "e", intent="ask_law_images", at=console.now - 2 * DAY, removed=["email"], asker="parent")
    page = (await console.member().get("/figures")).text
    numbers = re.findall(r'<td class="number">(.*?)</td>|<text[^>]*>([\d,]+)[^<]*</text>', page)
    seen = {int(number.replace(",", "")) for pair in numbers for number in pair if number[:1].isdigit()}
    assert seen
    assert not seen & {1, 2, 3, 4}
    assert not re.search(r": [1-4]</title>|with [1-4]\.", page)
    assert table(page, "Topics")["Cyberbullying, fake accounts and rumours"] == "fewer than 5"


async def test_small_numbers_are_hatched_and_explained(console: Console) -> None:
    keep(console, 30)
    keep(console, 4, "d", at=console.now - DAY)
    keep(console, 2, "e", at=console.now - 2 * DAY)
    page = (await console.member().get("/figures?days=7")).text
    assert page.count('class="few" fill="url(#hatching-by-day)"') == 2
    assert "Striped: fewer than 5." in page


async def test_a_single_small_number_is_hidden_with_the_next_smallest(console: Console) -> None:
    keep(console, 30)
    keep(console, 9, "d", intent="ask_bullying")
    keep(console, 4, "e", intent="ask_law_images")
    assert sorted(table((await console.member().get("/figures")).text, "Topics").values()) == [
        "30",
        "not shown",
        "not shown",
    ]


async def test_an_erased_conversation_is_no_longer_counted(console: Console) -> None:
    keep(console, 8)
    rae = console.member()
    conversation_id = console.rows(conversations)[0].id
    console.database.write_now(lambda c: erase(c, conversation_id, console.now))
    page = (await rae.get("/figures")).text
    assert "7 conversations" in page
    assert set(table(page, "Topics").values()) == {"7"}


async def test_days_outside_the_range_are_not_counted(console: Console) -> None:
    keep(console, 6)
    keep(console, 20, "d", at=console.now - 10 * DAY)
    assert "6 conversations</strong> in 7 days" in (await console.member().get("/figures?days=7")).text


async def test_a_range_includes_both_its_ends(console: Console) -> None:
    keep(console, 6)
    keep(console, 20, "d", at=console.now - DAY)
    path = f"/figures?from={counted_day(console.now - DAY)}&to={counted_day(console.now)}"
    page = (await console.member().get(path)).text
    assert "26 conversations</strong> in 2 days" in page
    assert list(table(page, "Conversations by day").values()) == ["20", "6"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "This is not a date"),
        ("from=2026-13-40&to=2026-01-01", "This is not a date"),
        ("to=10000-01-01", "This is not a date"),
        ("days=seven", "Choose 1 to 400 days"),
        ("days=-7", "Choose 1 to 400 days"),
        ("from=%ED%B2%80", "This is not a date"),
        ("from=2026-02-01&to=2026-01-01", "comes before the first"),
        ("from=0001-01-01&to=9999-12-31", "Choose 1 to 400 days"),
        ("from=2025-01-01&to=2026-02-05", "Choose 1 to 400 days"),
        ("days=0", "Choose 1 to 400 days"),
        ("days=401", "Choose 1 to 400 days"),
        ("days=" + "9" * 5000, "Choose 1 to 400 days"),
    ],
)
async def test_an_invalid_range_is_explained_above_the_form(console: Console, query: str, words: str) -> None:
    answer = await console.member().get(f"/figures?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert 'name="from"' in answer.text


async def test_the_form_keeps_the_chosen_range(console: Console) -> None:
    page = (await console.member().get("/figures?from=2026-02-01&to=2026-01-01")).text
    assert 'value="2026-02-01"' in page
    assert 'value="2026-01-01"' in page


@pytest.mark.parametrize("query", ["from=2025-01-01&to=2026-02-04", "days=400", "to=0001-01-01", "from=&to=", "x=y"])
async def test_the_longest_range_and_the_end_of_the_calendar_are_accepted(console: Console, query: str) -> None:
    assert (await console.member().get(f"/figures?{query}")).status_code == 200


async def test_html_in_an_address_is_text(console: Console) -> None:
    page = (await console.member().get('/figures?from="><script>x</script>')).text
    assert "<script>x" not in page


async def test_a_value_from_another_version_is_shown_unchanged(console: Console) -> None:
    keep(console, 6, model="<b>x</b>", replies=[{"kind": "service", "id": "gone_service", "rule": "x"}])
    page = (await console.member().get("/figures")).text
    assert table(page, "Services offered") == {"gone_service": "6"}
    assert table(page, "Versions of the assistant") == {"&lt;b&gt;x&lt;/b&gt;": "6"}


async def test_every_kind_of_identifier_has_a_name(console: Console) -> None:
    kinds = sorted(yaml.safe_load((ROOT / "bot/redaction/self_test.yml").read_text(encoding="utf-8")))
    keep(console, 5, removed=kinds)
    shown = table((await console.member().get("/figures")).text, "Details taken out")
    assert len(shown) == len(kinds)
    assert not set(shown) & set(kinds)


async def test_leads_get_a_link_to_the_export_of_these_days(console: Console) -> None:
    keep(console, 6)
    assert "/export?from=" in (await console.member("lee", "lead").get("/figures?days=7")).text


async def test_staff_who_may_not_export_get_no_link_to_it(console: Console) -> None:
    keep(console, 6)
    assert "/export" not in (await console.member().get("/figures?days=7")).text


async def test_the_page_has_no_inline_styles_or_scripts(console: Console) -> None:
    keep(console, 9)
    assert not re.search(r"<style|style=|<script(?! src)", (await console.member().get("/figures")).text)


def test_hours_are_in_london_time() -> None:
    assert hours_in_london([("2026-01-10", "23", 5), ("2026-07-10", "23", 7)]) == {"23": 5, "00": 7}


def test_nothing_is_counted_in_the_hour_that_the_clocks_skip() -> None:
    # In Britain, the clocks go forward from 1 am to 2 am on 29 March 2026.
    assert hours_in_london([("2026-03-29", "00", 5), ("2026-03-29", "01", 7)]) == {"00": 5, "02": 7}


@pytest.mark.parametrize(
    ("counted", "answers", "step"),
    [([90, 10, 0], 50, "25"), ([90, 10, 0], 95, "50"), ([300, 40, 4], 330, ""), ([0, 0, 0], 0, ""), ([3, 0, 0], 1, "")],
)
def test_hidden_response_times_count_as_slow(counted: Sequence[int], answers: int, step: str) -> None:
    assert within(suppress(dict(zip(("25", "50", "100"), counted, strict=True))), answers) == step


def test_a_summary_contains_no_small_numbers() -> None:
    counted = [("topic", "crisis", 4), ("topic", "bullying", 9), ("turn", "", 13), ("removed", "name", 1)]
    found = summarise(counted, {"2026-01-01": 13}, {"09": 13})
    assert {row.number for table in found.tables.values() for row in table.rows} <= {None, 0, 13}


# The random sample


async def missed(console: Console, *answers: str) -> str:
    """The text about the random sample, after staff have given these answers about its first conversations."""

    def say(connection: Any) -> None:
        for review, answer in zip(connection.execute(reviews.select()).all(), answers, strict=False):
            before = review_log.locked(connection, review.number)
            assert before is not None
            review_log.change(connection, before, triage.sampled(before))
            sample.answer(connection, review.number, "", answer)

    console.database.write_now(say)
    page = (await console.member().get("/figures")).text
    return " ".join(re.findall(r'id="missed">(.*?)</section>', page, re.DOTALL)[0].split())


async def test_without_answers_the_page_links_to_the_sample(console: Console) -> None:
    keep(console, 6)
    assert '<a href="/queue?need=sample">Random sample</a>' in await missed(console)


async def test_a_sample_in_which_nothing_was_missed_gives_an_upper_bound(console: Console) -> None:
    keep(console, 90)
    words = await missed(console, *["no"] * 84)
    assert "Of 84 read at random, none had missed danger. With 95% certainty, fewer than 3.5 in 100 did" in words


async def test_the_estimate_leaves_out_conversations_that_stand_out(console: Console) -> None:
    keep(console, 90)
    keep(console, 90, "d", intent="disclose_suicidal")
    # 3.5 % of 90 conversations in 30 days is 3.15.
    assert "fewer than 4 a month" in await missed(console, *["no"] * 84)


async def test_a_small_number_of_missed_dangers_is_hidden_and_the_page_says_so(console: Console) -> None:
    keep(console, 30)
    words = await missed(console, *["no"] * 27, *["danger"] * 3)
    assert "Of 30 read at random, fewer than 5 had missed danger." in words
    assert "Numbers below 5 are hidden" in words


async def test_a_larger_number_of_missed_dangers_is_shown(console: Console) -> None:
    keep(console, 36)
    assert "Of 36 read at random, 6 had missed danger." in await missed(console, *["no"] * 30, *["danger"] * 6)


async def test_no_estimate_is_shown_if_few_were_read(console: Console) -> None:
    keep(console, 9)
    assert "too few to say anything" in await missed(console, *["no"] * 4)


# What conversations led to


def opened(console: Console, name: str, *services: str) -> None:
    """Record that these services were opened from a conversation."""
    conversation_id = hashlib.sha256(name.encode()).hexdigest()
    for service in services:
        console.database.write_now(lambda c, service=service: review_log.count_opened(c, conversation_id, service))


async def funnel(console: Console) -> "dict[str, list[str]]":
    """The cells of the topics table: conversations, how many led to a service, and how many did not help."""
    page = (await console.member().get("/figures")).text
    table = re.findall(r'id="funnel">(.*?)</section>', page, re.DOTALL)[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table)
    return {about: re.findall(r'<td class="number">(.*?)</td>', cells) for about, cells in rows}


async def test_topics_show_how_many_conversations_led_to_a_service_and_how_many_did_not_help(console: Console) -> None:
    keep(console, 20)
    for place in range(7):
        opened(console, f"c{place}", "childline", "ceop")
    for place in range(6):
        console.keep(f"c{place}", [turn("no use", "feedback_not_helped", topic="grooming_signs", urgency="none")])
    assert await funnel(console) == {"What grooming is and its warning signs": ["20", "7", "6"]}


async def test_services_are_shown_with_the_number_of_times_they_were_opened(console: Console) -> None:
    keep(console, 20)
    keep(console, 20, "d", intent="ask_bullying")
    for place in range(8):
        opened(console, f"c{place}", "childline", "ceop")
        opened(console, f"d{place}", "childline")
    page = (await console.member().get("/figures")).text
    assert table(page, "Services opened or called") == {"Childline": "16", "CEOP Safety Centre": "8"}


async def test_small_numbers_of_conversations_that_led_to_a_service_are_hidden(console: Console) -> None:
    keep(console, 20)
    keep(console, 20, "d", intent="ask_bullying")
    for place in range(4):
        opened(console, f"c{place}", "childline")
    for place in range(3):
        opened(console, f"d{place}", "childline")
    assert [cells[1] for cells in (await funnel(console)).values()] == ["not shown"] * 2


async def test_a_topic_where_all_but_a_few_were_not_helped_hides_the_column(console: Console) -> None:
    keep(console, 9)
    for place in range(7):
        console.keep(f"c{place}", [turn("no use", "feedback_not_helped", topic="grooming_signs", urgency="none")])
    assert [cells[2] for cells in (await funnel(console)).values()] == ["not shown"]
