"""The queue page: what it shows and never shows, filters, search, paging and invalid input."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from console_client import Console, turn

from bot.store.quiet import QUIET_SECONDS
from bot.store.schema import flags
from bot.store.staff import IDLE_SECONDS

DANGER = [turn("i do not want to live", "disclose_suicidal", asker="young_person")]


def numbers(page: str) -> "list[int]":
    """The conversations listed on a page, in order."""
    return [int(number) for number in re.findall(r'href="/conversations/(\d+)', page)]


def link(page: str, text: str) -> str:
    """The address of the link with this text."""
    found = re.search(rf'href="([^"]*)"[^>]*>{text}<', page)
    assert found, text
    return unescape(found[1])


async def test_a_row_shows_the_state_of_a_conversation(console: Console) -> None:
    rae = console.member()
    number = console.keep("a", [*DANGER, turn("ok", "other_language")])
    console.database.write_now(
        lambda c: c.execute(flags.insert(), {"number": number, "flag": "technical", "staff_id": 1, "at": 0})
    )
    page = (await rae.get("/queue")).text
    row = page[page.index("<tbody") :]
    shown = ("Possible danger now", "Life or safety at risk", "young person · Another language · 2 messages")
    assert [words for words in (*shown, "Technical fault", ">New</td>") if words not in row] == []


async def test_a_row_shows_how_long_ago_the_last_message_was_with_the_exact_time_as_title(console: Console) -> None:
    rae = console.member()
    console.keep("a", at=console.now - 40 * 60)
    page = (await rae.get("/queue")).text
    assert 'datetime="2027-01-15T07:20:00+00:00" title="15 January 2027, 07:20, rounded' in page
    assert ">about 30 min ago</time>" in page


async def test_a_row_shows_the_holder_of_the_conversation(console: Console) -> None:
    rae, number = console.member("rae"), console.keep("a")
    console.change_review(number, state="in_review", staff_id=console.account("rae").id)
    row = (await rae.get("/queue")).text.partition("<tbody")[2]
    assert re.search(r"In review\s*<span[^>]*>rae<", row)


def views(page: str) -> "dict[str, tuple[str, str]]":
    """The links above the queue: {text: (address, count)}."""
    found = re.findall(r'<a class="tag" href="([^"]*)"[^>]*>([^<]+) <span class="count">([^<]+)</span>', page)
    return {words: (unescape(href), count) for href, words, count in found}


async def test_views_above_the_queue_show_their_number_of_conversations(console: Console) -> None:
    rae = console.member("rae")
    console.keep("a", DANGER)
    console.keep("b", [turn("hm", confidence=0.3)])
    console.keep("c", [turn("cześć", "other_language")])
    mine = console.keep("d", [turn("he has a picture of me", "disclose_sextortion")])
    console.change_review(mine, staff_id=console.account("rae").id)
    console.change_review(console.keep("e", DANGER), state="reviewed")
    assert views((await rae.get("/queue")).text) == {
        "Not reviewed": ("/queue", "4"),
        "Danger": ("/queue?need=danger", "1"),
        "Harm": ("/queue?need=disclosure", "1"),
        "No service": ("/queue?need=dead_end", "0"),
        "Unsure": ("/queue?need=unsure", "1"),
        "Other language": ("/queue?language=other", "1"),
        "Assigned to me": ("/queue?reviewer=rae", "1"),
    }


async def test_a_view_counts_up_to_99(console: Console) -> None:
    rae = console.member()
    for n in range(100):
        console.keep(str(n), DANGER)
    assert views((await rae.get("/queue")).text)["Danger"][1] == "99+"


async def test_the_current_view_is_marked_and_does_not_open_the_filters(console: Console) -> None:
    page = (await console.member("rae").get("/queue?reviewer=rae")).text
    assert 'href="/queue?reviewer=rae" aria-current="page"' in page
    assert "Filters that are set" not in page
    assert "<details>" in page


async def test_no_word_of_a_conversation_is_in_the_list(console: Console) -> None:
    rae = console.member()
    console.keep("a", [turn("hippopotamus", replies=[{"kind": "text", "text": "crocodile"}])])
    for address in ("/queue", "/queue?state=all", "/queue?topic=grooming_signs"):
        page = (await rae.get(address)).text
        assert numbers(page)
        assert "hippopotamus" not in page
        assert "crocodile" not in page


async def test_an_empty_queue_says_so(console: Console) -> None:
    assert "Every conversation is reviewed" in (await console.member().get("/queue")).text


async def test_each_row_links_to_its_conversation_and_keeps_the_filters(console: Console) -> None:
    rae, number = console.member(), console.keep("a", DANGER)
    page = (await rae.get("/queue?topic=crisis&q=live")).text
    assert f'href="/conversations/{number}?topic=crisis&amp;q=live"' in page


async def test_each_filter_is_shown_and_can_be_removed(console: Console) -> None:
    rae = console.member()
    page = (await rae.get("/queue?topic=crisis&state=all")).text
    active = page[page.index("Filters that are set") :]
    assert "Topic: Life or safety at risk" in active
    assert '<a class="tag" href="/queue?state=all">' in active
    assert '<a class="tag" href="/queue?topic=crisis">' in active
    assert '<a href="/queue">Remove all filters</a>' in active


async def test_the_form_shows_the_current_filters(console: Console) -> None:
    page = (await console.member().get("/queue?topic=crisis&from=2026-03-01&q=a+word")).text
    assert '<option value="crisis" selected>' in page
    assert 'name="from" value="2026-03-01"' in page
    assert 'name="q" value="a word"' in page


async def test_submitting_the_form_leads_to_an_address_with_only_the_chosen_filters(console: Console) -> None:
    sent = "/queue?q=&need=&topic=crisis&state=&reviewer=&from=&to=&urgency=&asker=&flag=&language=&model="
    answer = await console.member().get(sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?topic=crisis")


async def test_me_means_the_member_of_staff_who_is_signed_in(console: Console) -> None:
    answer = await console.member("rae").get("/queue?reviewer=me")
    assert answer.headers["location"] == "/queue?reviewer=rae"


async def test_reviewed_conversations_are_shown_on_request(console: Console) -> None:
    rae, number = console.member(), console.keep("a")
    console.change_review(number, state="reviewed")
    assert numbers((await rae.get("/queue")).text) == []
    assert numbers((await rae.get("/queue?state=reviewed")).text) == [number]


async def test_filters_that_match_nothing_say_so(console: Console) -> None:
    console.keep("a")
    assert "No conversation fits" in (await console.member().get("/queue?topic=crisis")).text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("topic=nonsense", ["“topic”", "“nonsense”", "sextortion"]),
        ("mood=sad", ["“mood”", "reviewer"]),
        ("from=2026-02-30", ["“from”", "“2026-02-30”", "2026-03-01"]),
        ("from=2026-03-02&to=2026-03-01", ["“to”", "“2026-03-01”", "2026-03-02 or a later day"]),
        pytest.param("q=" + "a" * 10_000, ["“q”", "10000 characters", "up to 200"], id="long"),
        ("reviewer=zoe", ["“reviewer”", "“zoe”", "nobody"]),
        ("model=ffffffff", ["“model”", "“ffffffff”", "aaaa1111"]),
        ("after=nonsense", ["“after”", "“nonsense”", "first page"]),
    ],
)
async def test_an_invalid_filter_is_explained_next_to_the_form(console: Console, query: str, said: "list[str]") -> None:
    console.keep("a")
    answer = await console.member().get(f"/queue?{query}&need=danger")
    assert answer.status_code == 422
    problem = answer.text[answer.text.index('role="alert"') : answer.text.index('<form method="get"')]
    assert [words for words in said if words not in problem] == []
    assert len(problem) < 2000
    assert '<option value="danger" selected>' in answer.text


async def test_an_address_that_is_too_long_is_explained(console: Console) -> None:
    answer = await console.member().get("/queue?q=" + "a" * 40_000)
    assert answer.status_code == 413
    assert "address is longer" in answer.text


async def test_html_in_a_filter_is_shown_as_text(console: Console) -> None:
    answer = await console.member().get("/queue?topic=%3Cscript%3Ealert(1)%3C/script%3E&%3Cb%3E=1")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff%fe", "q=%F0%9F%98%80", "topic=%ED%A0%80", "%00=%00", "q=&q=b", "=", "&&"]
)
async def test_odd_characters_break_nothing(console: Console, query: str) -> None:
    assert (await console.member().get(f"/queue?{query}")).status_code in (200, 303, 422)


async def test_a_search_is_logged_with_its_filters_and_number_of_words(console: Console) -> None:
    await console.member("rae").get("/queue?q=his+grooming&topic=crisis")
    assert console.details("queue") == [{"words": 2, "topic": "crisis"}]


async def test_viewing_the_queue_without_a_search_is_logged_too(console: Console) -> None:
    await console.member().get("/queue")
    assert console.details("queue") == [{}]


async def test_a_search_keeps_the_order_of_the_queue(console: Console) -> None:
    rae = console.member()
    rest = console.keep("a", [turn("my son asks")])
    danger = console.keep("b", [turn("my son is in danger", "disclose_danger")])
    console.keep("c")
    assert numbers((await rae.get("/queue?q=SON")).text) == [danger, rest]


async def test_identifiers_are_removed_from_a_search_its_address_and_the_audit_log(console: Console) -> None:
    rae, number = console.member(), console.keep("a", [turn("my email is <email> ok")])
    answer = await rae.get("/queue?q=email+zoe%40example.org")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?q=email&done=identifying")
    page = (await rae.get(answer.headers["location"])).text
    assert "they cannot be found" in page
    assert numbers(page) == [number]
    assert "zoe" not in page
    assert console.details("queue") == [{"words": 1}]


async def test_a_search_for_an_identifier_alone_searches_for_nothing(console: Console) -> None:
    answer = await console.member().get("/queue?q=zoe%40example.org")
    assert answer.headers["location"] == "/queue?done=identifying"
    assert console.details("queue") == []


async def test_a_search_without_a_word_says_so(console: Console) -> None:
    rae = console.member()
    answer = await rae.get("/queue?q=%3F%21")
    assert answer.headers["location"] == "/queue?done=no_word"
    assert "no word in your search" in (await rae.get(answer.headers["location"])).text


async def test_paging_leads_to_the_end_and_back_to_the_first_page(console: Console) -> None:
    rae = console.member()
    kept = [console.keep(str(n)) for n in range(60)]
    first = (await rae.get("/queue?topic=grooming_signs")).text
    assert "50 shown, more follow" in first
    second = (await rae.get(link(first, "Next page"))).text
    assert "10 shown, and that is all" in second
    assert sorted(numbers(first) + numbers(second)) == sorted(kept)
    assert link(second, "First page") == "/queue?topic=grooming_signs"


async def test_assigned_to_lists_only_staff_who_may_read(console: Console) -> None:
    console.add_staff("ann", "administrator")
    console.add_staff("roy", "reviewer")
    page = (await console.member().get("/queue")).text
    assert ('<option value="roy">' in page, '<option value="ann">' in page) == (True, False)


async def test_a_page_number_is_not_a_place_in_the_queue(console: Console) -> None:
    rae = console.member()
    for n in range(51):
        console.keep(str(n))
    address = link((await rae.get("/queue")).text, "Next page")
    assert not parse_qs(urlsplit(address).query)["after"][0].isdecimal()
    assert (await rae.get(f"{address}x")).status_code == 422


async def test_a_place_in_another_queue_is_refused(console: Console) -> None:
    rae = console.member()
    for n in range(51):
        console.keep(str(n))
    address = link((await rae.get("/queue")).text, "Next page")
    assert (await rae.get(f"{address}&topic=crisis")).status_code == 422


# New conversations, without reloading the page


def asks_again(page: str) -> str:
    """The address that a queue page polls."""
    found = re.search(r'hx-get="([^"]*)"\s+hx-trigger="every 30s"', page)
    assert found
    return unescape(found[1])


async def test_polling_returns_the_number_of_new_conversations(console: Console) -> None:
    rae = console.member()
    console.keep("a")
    again = asks_again((await rae.get("/queue")).text)
    console.keep("b")
    console.keep("c", DANGER)
    assert "<b>2 new</b>" in (await rae.get(again)).text


async def test_only_conversations_that_match_the_filters_count_as_new(console: Console) -> None:
    rae = console.member()
    again = asks_again((await rae.get("/queue?need=danger")).text)
    console.keep("b")
    console.keep("c", DANGER)
    assert "<b>1 new</b>" in (await rae.get(again)).text


async def test_a_page_that_already_shows_the_number_gets_no_update(console: Console) -> None:
    rae = console.member()
    again = asks_again((await rae.get("/queue")).text)
    console.keep("b")
    told = await rae.get(again)
    assert [(await rae.get(asks_again(told.text))).status_code for _ in range(2)] == [204, 204]


async def test_polling_does_not_keep_a_session_open(console: Console) -> None:
    rae = console.member()
    again = asks_again((await rae.get("/queue")).text)
    for _ in range(4):
        console.clock.now += IDLE_SECONDS / 3
        last = await rae.get(again)
    assert last.status_code == 303


async def test_polling_is_not_logged(console: Console) -> None:
    rae = console.member()
    again = asks_again((await rae.get("/queue")).text)
    rows = console.audited()
    await rae.get(again)
    assert console.audited() == rows


@pytest.mark.parametrize("seen", ["", "x,y", "1,,2", "9" * 400])
async def test_invalid_numbers_count_as_not_seen(console: Console, seen: str) -> None:
    console.keep("a")
    assert (await console.member().get(f"/queue/new?seen={seen}")).status_code in (200, 204)


# Leads


def escalate(console: Console, name: str, ago: int = QUIET_SECONDS) -> int:
    """Store an escalated conversation about harm, which is less urgent than danger."""
    number = console.keep(name, [turn("he threatens me", "disclose_sextortion")], at=console.now - ago)
    console.change_review(number, state="escalated")
    return number


async def test_a_leads_queue_begins_with_escalated_conversations(console: Console) -> None:
    danger, older, newer = console.keep("a", DANGER), escalate(console, "b", ago=3600), escalate(console, "c")
    page = (await console.member("lee", "lead").get("/queue")).text
    assert numbers(page) == [newer, older, danger]
    assert "first those that were escalated" in page


async def test_an_escalated_conversation_links_a_lead_to_the_next_one(console: Console) -> None:
    console.keep("a", DANGER)
    older, newer = escalate(console, "b", ago=3600), escalate(console, "c")
    page = (await console.member("lee", "lead").get(f"/conversations/{newer}?state=escalated")).text
    assert f'href="/conversations/{newer}?state=escalated"' in (await console.member("lee", "lead").get("/queue")).text
    assert re.search(rf'href="/conversations/{older}\?state=escalated" rel="next"', page)


@pytest.mark.parametrize(("role", "path"), [("reviewer", "/queue"), ("lead", "/queue?topic=crisis&state=all")])
async def test_other_queues_keep_their_order(console: Console, role: str, path: str) -> None:
    danger = console.keep("a", DANGER)
    escalate(console, "b")
    assert numbers((await console.member("ann", role).get(path)).text)[0] == danger
