"""Who gets in, for how long, and what happens to who guesses."""

import pytest
from staffed import PASSWORD, Console

from bot.review.visit import COOKIE
from bot.store.schema import staff_sessions
from bot.store.staff import IDLE_SECONDS, LONGEST_SECONDS


async def sign_in(console: Console, name: str, password: str = PASSWORD, code: str = "") -> "object":
    form = {"name": name, "password": password, "code": code}
    return await console.http.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"})


async def test_without_any_account_nothing_works_and_the_page_says_how_to_add_one(console: Console) -> None:
    answer = await console.http.get("/sign-in")
    assert answer.status_code == 503
    assert "streetwise staff add" in answer.text


async def test_a_reviewer_signs_in_with_name_and_password(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    answer = await sign_in(console, "rae")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")


async def test_the_cookie_is_for_this_host_only_and_no_script_may_read_it(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    cookie = (await sign_in(console, "rae")).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))


@pytest.mark.parametrize("role", ["lead", "administrator"])
async def test_a_lead_or_administrator_needs_a_code_too(console: Console, role: str) -> None:
    console.add_staff("lee", role)
    assert (await sign_in(console, "lee")).status_code == 401
    assert (await sign_in(console, "lee", code=console.code("lee"))).status_code == 303


async def test_a_code_is_taken_once(console: Console) -> None:
    console.add_staff("lee", "lead")
    code = console.code("lee")
    await sign_in(console, "lee", code=code)
    assert (await sign_in(console, "lee", code=code)).status_code == 401


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    wrong, unknown = await sign_in(console, "rae", "wrong"), await sign_in(console, "roy")
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text)


async def test_after_five_wrong_tries_an_account_waits_even_for_the_right_password(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for _ in range(5):
        await sign_in(console, "rae", "wrong")
    assert (await sign_in(console, "rae")).status_code == 429


async def test_the_wait_grows_with_each_wrong_try(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for _ in range(5):
        await sign_in(console, "rae", "wrong")
    console.clock.now += 61
    assert "2 minutes" in (await sign_in(console, "rae", "wrong")).text


async def test_after_the_wait_the_right_password_is_taken(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for _ in range(5):
        await sign_in(console, "rae", "wrong")
    console.clock.now += 61
    assert (await sign_in(console, "rae")).status_code == 303


async def test_a_session_ends_after_half_an_hour_without_a_request(console: Console) -> None:
    rae = console.member()
    console.clock.now += IDLE_SECONDS
    assert (await rae.get("/")).headers["location"] == "/sign-in"


async def test_a_session_ends_after_eight_hours_however_much_it_is_used(console: Console) -> None:
    rae = console.member()
    for _ in range(LONGEST_SECONDS // 1200):
        console.clock.now += 1200
        answer = await rae.get("/")
    assert answer.headers["location"] == "/sign-in"


async def test_signing_out_ends_the_session_for_good(console: Console) -> None:
    rae = console.member()
    answer = await rae.post("/sign-out")
    assert '"cookies"' in answer.headers["clear-site-data"]
    assert (await rae.get("/")).headers["location"] == "/sign-in"


async def test_a_forged_cookie_opens_nothing(console: Console) -> None:
    rae = console.member()
    rae.token = "A" * 43
    assert (await rae.get("/")).headers["location"] == "/sign-in"


async def test_the_database_holds_no_token(console: Console) -> None:
    rae = console.member()
    assert rae.token not in str(console.rows(staff_sessions))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
        {"Origin": "null", "Sec-Fetch-Site": ""},
    ],
)
async def test_a_form_of_another_site_changes_nothing(console: Console, headers: "dict[str, str]") -> None:
    rae = console.member()
    assert (await rae.post("/sign-out", **headers)).status_code == 403
    assert (await rae.get("/")).headers["location"] == "/queue"


async def test_signing_in_out_and_failing_are_written_down_without_what_was_typed(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    await sign_in(console, "rae", "my secret")
    await sign_in(console, "my secret")
    await sign_in(console, "rae")
    assert console.audited() == [("rae", "sign_in_failed", ""), ("", "sign_in_failed", ""), ("rae", "sign_in", "")]
