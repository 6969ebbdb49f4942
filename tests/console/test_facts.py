"""Facts to check: which are listed and why, who may record a check, and how long a check lasts."""

from datetime import date, datetime, timedelta
from typing import Any, Dict, Optional

import pytest
from console_client import Console

from bot.console.facts import GROUPS, due
from bot.content.hours import LONDON
from bot.content.library import load_library
from bot.content.models import Library
from bot.store.fact_checks import Check
from bot.store.schema import audit, checks

LIBRARY = load_library()
DATED = LIBRARY.services["childline"].checked_on
DAYS = timedelta(days=LIBRARY.style.fresh_for_days)
CHILDLINE = "/facts/service/childline"


def library(**service: Any) -> Library:
    """A library with one service, by default confirmed and without doubts, and one piece of guidance."""
    known: Dict[str, Any] = {"doubts": [], "confirmed_live": True, **service}
    guidance = {"what_is_grooming": LIBRARY.guidance_for("ask_grooming")}
    return LIBRARY._replace(services={"childline": LIBRARY.services["childline"].copy(update=known)}, guidance=guidance)


def group(kept: Library, today: date, checked_on: Optional[date] = None) -> Optional[str]:
    """The group in which the service is listed."""
    made = {("service", "childline"): Check(checked_on, 1, "rae")} if checked_on else {}
    found = due(kept, made, today)
    return next((name for name in GROUPS if any(fact.id == "childline" for fact in found[name])), None)


@pytest.mark.parametrize(
    ("service", "today", "checked_on", "expected"),
    [
        ({}, DATED + DAYS, None, None),
        ({}, DATED + DAYS + timedelta(days=1), None, "stale"),
        ({"confirmed_live": False}, DATED, None, "unconfirmed"),
        ({"doubts": ["Hours differ."]}, DATED, None, "disagree"),
        ({"doubts": ["Hours differ."], "confirmed_live": False}, DATED + 3 * DAYS, None, "disagree"),
        # A check in the console lasts as long as one in the file, but the file still has to be changed.
        ({}, DATED + 3 * DAYS, DATED + 2 * DAYS, "checked"),
        ({}, DATED + 4 * DAYS, DATED + 2 * DAYS, "stale"),
        ({"confirmed_live": False}, DATED + DAYS, DATED, "checked"),
        ({"confirmed_live": False}, DATED + 2 * DAYS, DATED, "unconfirmed"),
        ({"doubts": ["Hours differ."]}, DATED + DAYS, DATED + DAYS, "disagree"),
        # The file was changed after the check.
        ({}, DATED + DAYS, DATED, None),
        ({}, DATED + DAYS, DATED - DAYS, None),
    ],
)
def test_a_fact_is_listed_under_the_reason_it_is_due(
    service: "dict[str, Any]", today: date, checked_on: "date | None", expected: "str | None"
) -> None:
    assert group(library(**service), today, checked_on) == expected


def test_guidance_is_as_old_as_its_oldest_source() -> None:
    stale = due(library(), {}, DATED + DAYS + timedelta(days=1))["stale"]
    assert [fact.kind for fact in stale] == ["service", "guidance"]


def test_the_fact_checked_longest_ago_comes_first() -> None:
    latest = max(service.checked_on for service in LIBRARY.services.values())
    made = {("service", "childline"): Check(latest + timedelta(days=1), 1, "rae")}
    listed = due(LIBRARY, made, latest + timedelta(days=2))["disagree"]
    assert listed[-1].id == "childline"


async def test_the_page_shows_the_facts_and_a_link_to_check_them(console: Console) -> None:
    page = (await console.member().get("/facts")).text
    childline = LIBRARY.services["childline"]
    assert f'href="{childline.url}" target="_blank" rel="noreferrer noopener"' in page
    assert [word for word in (childline.phone, childline.hours.words) if str(word) not in page] == []


async def test_a_check_shows_who_made_it_when_and_which_file_has_the_old_date(console: Console) -> None:
    rae = console.member()
    await rae.post(f"{CHILDLINE}/checked")
    page = (await rae.get("/facts")).text
    assert "Checked on 15 January 2027 by rae." in page
    assert "<code>content/services.yml</code> does not say so yet" in page


async def test_a_check_of_guidance_names_the_sources_with_the_date(console: Console) -> None:
    console.clock.now += 60 * 86400
    lee = console.member("lee", "lead")
    await lee.post("/facts/guidance/about_bot/checked")
    page = (await lee.get("/facts")).text
    assert "changes <code>read_on</code> of <code>essex_polit_2022</code>" in page
    assert "content/en/guidance/about_service.yml" in page


@pytest.mark.parametrize("role", ["reviewer", "lead"])
async def test_reviewers_and_leads_may_check(console: Console, role: str) -> None:
    await console.member("sam", role).post(f"{CHILDLINE}/checked")
    assert [(row.kind, row.fact, row.checked_on) for row in console.rows(checks)] == [
        ("service", "childline", "2027-01-15")
    ]


async def test_an_administrator_may_view_but_not_check(console: Console) -> None:
    ada = console.member("ada", "administrator")
    assert "Mark as checked today</button>" not in (await ada.get("/facts")).text
    assert (await ada.post(f"{CHILDLINE}/checked")).status_code == 403


async def test_checking_a_second_time_on_a_day_changes_nothing(console: Console) -> None:
    rae, roy = console.member("rae"), console.member("roy")
    for member in (rae, rae, roy):
        assert (await member.post(f"{CHILDLINE}/checked")).status_code == 303
    assert len(console.rows(checks)) == 1
    assert console.audited() == [("rae", "check_fact", "service childline")]


async def test_a_check_can_be_taken_back_on_the_same_day(console: Console) -> None:
    rae = console.member()
    await rae.post(f"{CHILDLINE}/checked")
    await rae.post(f"{CHILDLINE}/unchecked")
    assert console.rows(checks) == []
    assert console.audited()[-1] == ("rae", "uncheck_fact", "service childline")


async def test_nobody_can_take_back_somebody_elses_check(console: Console) -> None:
    await console.member("rae").post(f"{CHILDLINE}/checked")
    roy = console.member("roy")
    assert "Undo" not in (await roy.get("/facts")).text
    assert (await roy.post(f"{CHILDLINE}/unchecked")).status_code == 409
    assert len(console.rows(checks)) == 1


async def test_a_check_from_yesterday_cannot_be_taken_back(console: Console) -> None:
    await console.member().post(f"{CHILDLINE}/checked")
    console.clock.now += 86400
    assert (await console.member().post(f"{CHILDLINE}/unchecked")).status_code == 409
    assert len(console.rows(checks)) == 1


async def test_taking_back_a_missing_check_is_not_logged(console: Console) -> None:
    await console.member().post(f"{CHILDLINE}/unchecked")
    assert console.rows(audit) == []


async def test_today_is_the_date_in_london(console: Console) -> None:
    # In summer, a quarter past midnight in London is still the previous day in UTC.
    console.clock.now = datetime(2027, 7, 1, 0, 15, tzinfo=LONDON).timestamp()
    await console.member().post(f"{CHILDLINE}/checked")
    assert [row.checked_on for row in console.rows(checks)] == ["2027-07-01"]


@pytest.mark.parametrize(
    "fact",
    [
        "service/nothing",
        "guidance/childline",
        "source/childline",
        "service/" + "x" * 5000,
        "service/%00",
        "service/%3Cb%3E",
    ],
)
async def test_an_unknown_fact_is_not_found(console: Console, fact: str) -> None:
    rae = console.member()
    assert [(await rae.post(f"/facts/{fact}/{verb}")).status_code for verb in ("checked", "unchecked")] == [404, 404]
    assert console.rows(checks) == []


@pytest.mark.parametrize(
    "query", ["done=x&fact=y", "done=checked&fact=service.nothing", "fact=<b>.<b>", "done=checked"]
)
async def test_an_invalid_query_still_shows_the_page(console: Console, query: str) -> None:
    page = await console.member().get(f"/facts?{query}")
    assert (page.status_code, 'class="done"' in page.text) == (200, False)
