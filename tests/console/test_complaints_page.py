"""Leads can see the faults that people report."""

from typing import Optional

from console_client import Console

from bot.store.schema import complaints


def report(console: Console, what: str, conversation_id: Optional[str] = None, days_ago: int = 1) -> None:
    row = {"at": console.now - days_ago * 86_400, "what": what, "conversation_id": conversation_id}
    console.database.write_now(lambda c: c.execute(complaints.insert(), row))


async def test_reports_are_counted_by_kind_and_day(console: Console) -> None:
    for what in ("no_help", "no_help", "hard_to_read"):
        report(console, what)
    page = (await console.member("lea", "lead").get("/complaints")).text
    assert "14 January 2027" in page
    assert [f'<td class="number">{number}</td>' in page for number in (0, 1, 2)] == [True] * 3


async def test_the_conversation_sent_with_a_report_is_linked(console: Console) -> None:
    number = console.keep("writer")
    report(console, "wrong_answer", console.review(number).conversation_id)
    page = (await console.member("lea", "lead").get("/complaints")).text
    assert f'href="/conversations/{number}"' in page


async def test_without_reports_the_page_says_so(console: Console) -> None:
    assert "Nobody has reported a fault" in (await console.member("lea", "lead").get("/complaints")).text


async def test_only_leads_see_reports(console: Console) -> None:
    answers = [
        (await console.member(name, name).get("/complaints")).status_code for name in ("reviewer", "administrator")
    ]
    assert answers == [403, 403]


async def test_viewing_reports_is_logged(console: Console) -> None:
    await console.member("lea", "lead").get("/complaints")
    assert ("lea", "complaints", "") in console.audited()
