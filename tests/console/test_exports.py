"""Exports are for leads only, logged beforehand, complete, and safe to open in a spreadsheet."""

import csv
import io
import json
from typing import Any, Dict, List

import httpx
import pytest
import sqlalchemy as sa
from console_client import Console, turn

from bot.console.file_formats import FORMATS
from bot.console.request import COOKIE
from bot.store.days import counted_day
from bot.store.deletion import erase
from bot.store.exports import COLUMNS, WINDOW
from bot.store.keys import keys_of
from bot.store.schema import audit, conversations, reviews, turns
from bot.store.sealing import opened, sealed

DAY = 86_400
TRANSCRIPTS, FIGURES = "/export/transcripts", "/export/figures"


def as_csv(answer: httpx.Response) -> "list[dict[str, str]]":
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def as_lines(answer: httpx.Response) -> List[Dict[str, Any]]:
    # Split only at "\n", because texts may contain other line breaks.
    return [json.loads(line) for line in answer.text.split("\n") if line]


async def lines(console: Console, query: str = "") -> List[Dict[str, Any]]:
    """Export the transcripts as JSON lines."""
    return as_lines(await console.member("lee", "lead").get(f"{TRANSCRIPTS}?format=jsonl{query}"))


@pytest.mark.parametrize("path", ["/export", TRANSCRIPTS, FIGURES])
@pytest.mark.parametrize("role", ["reviewer", "administrator"])
async def test_only_leads_can_export(console: Console, path: str, role: str) -> None:
    console.keep("c")
    answer = await console.member("sam", role).get(path)
    assert answer.status_code == 403
    assert "grooming" not in answer.text


async def test_the_page_says_what_an_export_means(console: Console) -> None:
    page = (await console.member("lee", "lead").get("/export")).text
    assert "keep it encrypted" in page
    assert "delete it when you are done" in page


@pytest.mark.parametrize(
    ("query", "kind"), [("", "text/csv; charset=utf-8"), ("?format=jsonl", "application/x-ndjson; charset=utf-8")]
)
@pytest.mark.parametrize("path", [TRANSCRIPTS, FIGURES])
async def test_an_export_is_a_download_and_not_cached(console: Console, path: str, query: str, kind: str) -> None:
    console.keep("c")
    answer = await console.member("lee", "lead").get(path + query)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith('attachment; filename="streetwise-')
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_each_line_is_a_message_as_stored(console: Console) -> None:
    said = turn("call <phone>", "disclose_sextortion", asker="parent", removed=["phone"], confidence=0.75)
    number = console.keep("c", [said], at=1_799_999_100)
    assert await lines(console) == [
        {
            "number": number,
            "at": "2027-01-15T07:45Z",
            "topic": "sextortion",
            "urgency": "active_harm",
            "asker": "parent",
            "state": "new",
            "turn": 1,
            "text": "call <phone>",
            "intent": "disclose_sextortion",
            "confidence": 0.75,
            "runner_up": "small_talk",
            "removed": ["phone"],
            "services": ["childline"],
        }
    ]


async def test_csv_has_the_same_columns(console: Console) -> None:
    console.keep("c", [turn("call <phone>", removed=["phone", "name"])])
    (line,) = as_csv(await console.member("lee", "lead").get(TRANSCRIPTS))
    assert tuple(line) == COLUMNS
    assert (line["text"], line["removed"]) == ("call <phone>", "phone name")


async def test_no_file_contains_conversation_ids_or_names_of_staff(console: Console) -> None:
    number = console.keep("c")
    staff_id = console.add_staff("rae", "reviewer")
    console.database.write_now(lambda c: c.execute(reviews.update().values(staff_id=staff_id)))
    text = (await console.member("lee", "lead").get(TRANSCRIPTS)).text
    assert console.rows(conversations)[0].id not in text
    assert "rae" not in text
    assert str(number) in text


async def test_the_opening_is_not_exported(console: Console) -> None:
    console.keep("c", [turn("", "start_conversation"), turn("what is grooming")])
    assert [line["text"] for line in await lines(console)] == ["what is grooming"]


async def test_an_erased_conversation_is_not_exported(console: Console) -> None:
    console.keep("c", [turn("gone")])
    conversation_id = console.rows(conversations)[0].id
    console.database.write_now(lambda c: erase(c, conversation_id, console.now))
    assert await lines(console) == []


async def test_only_conversations_that_began_in_the_date_range_are_exported(console: Console) -> None:
    console.keep("old", [turn("old")], at=console.now - 8 * DAY)
    console.keep("old", [turn("old but later")])
    console.keep("new", [turn("new")], at=console.now - 6 * DAY)
    assert [line["text"] for line in await lines(console, "&days=7")] == ["new"]


async def test_later_messages_of_a_conversation_are_exported_too(console: Console) -> None:
    console.keep("c", [turn("first")], at=console.now - 2 * DAY)
    console.keep("c", [turn("second")])
    day = counted_day(console.now - 2 * DAY)
    assert [line["text"] for line in await lines(console, f"&from={day}&to={day}")] == ["first", "second"]


async def test_conversations_are_filtered_by_topic_and_urgency(console: Console) -> None:
    console.keep("a", [turn("one", "ask_grooming")])
    console.keep("b", [turn("two", "disclose_grooming")])
    console.keep("c", [turn("three", "disclose_sextortion")])
    assert [line["text"] for line in await lines(console, "&topic=grooming_signs")] == ["one", "two"]
    assert [line["text"] for line in await lines(console, "&topic=grooming_signs&urgency=active_harm")] == ["two"]


async def test_three_thousand_conversations_are_exported_completely_and_in_order(console: Console) -> None:
    console.keep("c", [turn("first"), turn("second")])
    multiply(console, 3000)
    order = [(line["number"], line["turn"]) for line in await lines(console)]
    assert order == [(number, place) for number in range(1, 3001) for place in (1, 2)]


async def test_a_gap_in_the_numbers_does_not_end_an_export(console: Console) -> None:
    console.keep("c")
    multiply(console, 3 * WINDOW)
    gone = reviews.c.number.between(2, 3 * WINDOW - 1)
    console.database.write_now(lambda c: c.execute(reviews.delete().where(gone)))
    assert [line["number"] for line in await lines(console)] == [1, 3 * WINDOW]


async def test_an_interrupted_export_does_not_look_complete(console: Console) -> None:
    console.keep("c")
    multiply(console, 2 * WINDOW)
    last = sa.select(reviews.c.conversation_id).where(reviews.c.number == 2 * WINDOW).scalar_subquery()
    broken = turns.update().where(turns.c.conversation_id == last).values(replies="no JSON")
    console.database.write_now(lambda c: c.execute(broken))
    with pytest.raises(httpx.HTTPError):
        await console.member("lee", "lead").get(TRANSCRIPTS)


async def test_an_export_of_nothing_is_an_empty_file(console: Console) -> None:
    assert await lines(console) == []


async def test_a_csv_export_of_nothing_still_has_its_header(console: Console) -> None:
    answer = await console.member("lee", "lead").get(TRANSCRIPTS)
    assert answer.content.decode("utf-8-sig").strip() == ",".join(COLUMNS)


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
async def test_a_text_that_looks_like_a_formula_gets_a_leading_apostrophe(console: Console, text: str) -> None:
    console.keep("c", [turn(text)])
    (line,) = as_csv(await console.member("lee", "lead").get(TRANSCRIPTS))
    assert line["text"] == f"'{text}"


async def test_json_lines_contain_the_text_unchanged(console: Console) -> None:
    text = '=1+1, "<b>quoted</b>"\r\n’é\u2028😀'
    console.keep("c", [turn(text)])
    (line,) = as_lines(await console.member("lee", "lead").get(f"{TRANSCRIPTS}?format=jsonl"))
    assert line["text"] == text


async def test_a_text_with_commas_quotes_and_lines_stays_one_cell(console: Console) -> None:
    text = 'a,"b";\r\n<script>c</script>\n’é😀'
    console.keep("c", [turn(text)])
    (line,) = as_csv(await console.member("lee", "lead").get(TRANSCRIPTS))
    assert line["text"] == text


async def test_csv_begins_with_a_byte_order_mark_and_json_lines_do_not(console: Console) -> None:
    lee = console.member("lee", "lead")
    assert (await lee.get(TRANSCRIPTS)).content.startswith(b"\xef\xbb\xbf")
    assert (await lee.get(f"{TRANSCRIPTS}?format=jsonl")).content == b""


async def test_exported_figures_match_the_page_without_small_numbers(console: Console) -> None:
    for place in range(30):
        console.keep(f"a{place}", [turn("one", "ask_grooming")])
    for place in range(4):
        console.keep(f"b{place}", [turn("two", "ask_bullying")])
    for place in range(2):
        console.keep(f"c{place}", [turn("two", "ask_law_images")])
    found = as_lines(await console.member("lee", "lead").get(f"{FIGURES}?format=jsonl"))
    topics = {line["value"]: (line["number"], line["hidden"]) for line in found if line["figure"] == "topic"}
    assert topics == {"grooming_signs": (30, ""), "bullying": (None, "few"), "law_question": (None, "few")}
    assert found[0] == {"figure": "conversations", "value": "", "number": 36, "hidden": ""}
    assert not {line["number"] for line in found} & {1, 2, 3, 4}


async def test_no_figures_are_exported_for_few_conversations(console: Console) -> None:
    console.keep("c")
    found = as_csv(await console.member("lee", "lead").get(FIGURES))
    assert [(line["figure"], line["number"], line["hidden"]) for line in found] == [
        ("conversations", "", "few"),
        ("messages", "", "few"),
    ]


@pytest.mark.parametrize("what", ["transcripts", "figures"])
async def test_an_export_is_logged_with_its_parameters(console: Console, what: str) -> None:
    await console.member("lee", "lead").get(f"/export/{what}?from=2026-12-01&to=2026-12-31&format=jsonl")
    (row,) = console.rows(audit)
    assert (row.staff, row.action, row.subject) == ("lee", "export", what)
    assert json.loads(row.detail) == {"format": "jsonl", "from": "2026-12-01", "to": "2026-12-31"}


async def test_filters_are_logged_too(console: Console) -> None:
    await lines(console, "&topic=crisis&urgency=concern")
    detail = json.loads(console.rows(audit)[0].detail)
    assert (detail["topic"], detail["urgency"]) == ("crisis", "concern")


async def test_an_export_is_logged_before_its_first_byte(console: Console) -> None:
    console.keep("c")
    lee = console.member("lee", "lead")
    async with console.http.stream("GET", TRANSCRIPTS, headers={"Cookie": f"{COOKIE}={lee.token}"}):
        assert console.audited() == [("lee", "export", "transcripts")]


async def test_an_export_that_cannot_be_logged_is_not_made(console: Console) -> None:
    console.keep("c", [turn("nobody saw this")])
    lee = console.member("lee", "lead")
    console.database.write_now(lambda c: c.execute(sa.text("ALTER TABLE audit RENAME TO elsewhere")))
    answer = await lee.get(TRANSCRIPTS)
    assert answer.status_code == 500
    assert "nobody saw this" not in answer.text


@pytest.mark.parametrize("path", ["/export", TRANSCRIPTS, FIGURES])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=x", "This is not a date"),
        ("from=2026-02-01&to=2026-01-01", "comes before the first"),
        ("from=2020-01-01&to=2026-01-01", "Choose 1 to 400 days"),
        ("format=xlsx", "does not know one of the choices"),
        ("topic=" + "x" * 4_000, "does not know one of the choices"),
        ("urgency=<script>", "does not know one of the choices"),
    ],
)
async def test_invalid_parameters_are_explained_above_the_form(
    console: Console, path: str, query: str, words: str
) -> None:
    answer = await console.member("lee", "lead").get(f"{path}?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert 'name="from"' in answer.text
    assert "<script>" not in answer.text
    assert console.audited() == []


def test_numbers_are_not_treated_as_formulas() -> None:
    assert FORMATS["csv"].body([{"a": 1, "b": None, "c": 0.5}]) == "1,,0.5\r\n"


def multiply(console: Console, number: int) -> None:
    """Copy the existing conversation until there are `number`, each with its own key."""

    def copy(connection: Any) -> None:
        file = keys_of(connection)
        first = connection.execute(conversations.select()).one()
        cipher = file.cipher(first.key_id)
        talk = opened(cipher, conversations, first._mapping)
        said = [opened(cipher, turns, row._mapping) for row in connection.execute(turns.select())]
        review = dict(connection.execute(reviews.select()).one()._mapping)
        copies: Dict[Any, List[Dict[str, Any]]] = {conversations: [], reviews: [], turns: []}
        for place, own in enumerate(file.new_ciphers(number - 1, console.now), start=2):
            name = f"{place:064}"
            copies[conversations].append(sealed(own, conversations, {**talk, "id": name, "key_id": own.key_id}))
            copies[reviews].append({**review, "number": place, "conversation_id": name})
            copies[turns] += [sealed(own, turns, {**row, "conversation_id": name}) for row in said]
        for table, rows in copies.items():
            connection.execute(table.insert(), rows)

    console.database.write_now(copy)
