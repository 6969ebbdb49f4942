"""Signing in: who can, how long a session lasts, and what happens after failed attempts."""

import asyncio

import pyotp
import pytest
from console_client import PASSWORD, Console, Member, turn

from bot.console.access import ROLES
from bot.console.pages.own_account import SECOND_STEP
from bot.console.passwords import hash_password
from bot.console.request import COOKIE
from bot.console.throttle import TRIES_PER_MINUTE
from bot.store import staff
from bot.store.schema import staff_sessions
from bot.store.staff import IDLE_SECONDS, LONGEST_SECONDS


async def test_a_reviewer_can_sign_in_with_name_password_and_code(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    answer = await console.sign_in("rae", code=console.code("rae"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")


async def test_the_cookie_is_for_this_host_only_and_hidden_from_scripts(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    cookie = (await console.sign_in("rae")).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))


@pytest.mark.parametrize("role", ROLES)
async def test_everybody_needs_a_code_too(console: Console, role: str) -> None:
    console.add_staff("lee", role)
    assert (await console.sign_in("lee", code="")).status_code == 401
    assert (await console.sign_in("lee", code=console.code("lee"))).status_code == 303


async def test_a_code_can_be_used_once(console: Console) -> None:
    console.add_staff("lee", "lead")
    code = console.code("lee")
    await console.sign_in("lee", code=code)
    assert (await console.sign_in("lee", code=code)).status_code == 401


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    wrong, unknown = await console.sign_in("rae", "wrong"), await console.sign_in("roy")
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text.replace("roy", "rae"))


async def test_after_a_wrong_code_the_form_keeps_the_name_but_not_the_password(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    page = (await console.sign_in("rae", code="000000")).text
    assert ('value="rae"' in page, PASSWORD in page) == (True, False)


async def test_after_five_failed_attempts_even_the_right_password_has_to_wait(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for _ in range(5):
        await console.sign_in("rae", "wrong")
    assert (await console.sign_in("rae")).status_code == 429


async def test_the_wait_grows_with_each_failed_attempt(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for _ in range(5):
        await console.sign_in("rae", "wrong")
    console.clock.now += 61
    assert "2 min" in (await console.sign_in("rae", "wrong")).text


async def test_after_the_wait_the_right_password_is_accepted(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for _ in range(5):
        await console.sign_in("rae", "wrong")
    console.clock.now += 61
    assert (await console.sign_in("rae")).status_code == 303


async def test_a_session_ends_after_half_an_hour_without_a_request(console: Console) -> None:
    rae = console.member()
    console.clock.now += IDLE_SECONDS
    assert (await rae.get("/")).headers["location"] == "/sign-in"


async def test_a_session_ends_after_eight_hours_even_if_it_is_in_use(console: Console) -> None:
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


async def test_the_database_contains_no_token(console: Console) -> None:
    rae = console.member()
    assert rae.token not in str(console.rows(staff_sessions))


async def test_capitals_in_a_name_do_not_matter(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    assert (await console.sign_in(" Rae ")).status_code == 303


async def test_signing_in_starts_a_new_session_and_ends_the_browsers_old_one(console: Console) -> None:
    before = console.member()
    form = {"name": "rae", "password": PASSWORD, "code": console.code("rae")}
    cookie = (await before.post("/sign-in", form)).headers["set-cookie"]
    assert before.token not in cookie
    assert (await before.get("/")).headers["location"] == "/sign-in"


async def test_signing_in_does_not_adopt_a_planted_session(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    planted = Member(console, "rae", "A" * 43)
    await planted.post("/sign-in", {"name": "rae", "password": PASSWORD})
    assert (await planted.get("/")).headers["location"] == "/sign-in"


async def test_a_disabled_account_gets_the_same_answer_as_a_wrong_password(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    wrong = await console.sign_in("rae", "wrong")
    console.change_account("rae", disabled_at=console.now)
    right = await console.sign_in("rae")
    assert (right.status_code, right.text) == (wrong.status_code, wrong.text)


async def test_a_lead_without_a_second_step_cannot_sign_in(console: Console) -> None:
    console.add_staff("lee", "lead")
    console.change_account("lee", totp_secret=None)
    assert (await console.sign_in("lee", code="")).status_code == 401


# Before a code is set up


@pytest.fixture
async def newcomer(console: Console) -> Member:
    """A reviewer who has signed in with a password but has no code yet."""
    console.add_staff("rae", "reviewer")
    console.change_account("rae", totp_secret=None)
    token = (await console.sign_in("rae", code="")).cookies[COOKIE]
    return Member(console, "rae", token)


async def test_a_reviewer_without_a_code_is_sent_to_set_one_up(newcomer: Member) -> None:
    for path in ("/", "/sign-in", "/queue", "/account"):
        assert (await newcomer.get(path)).headers["location"] == SECOND_STEP
    assert "Scan this" in (await newcomer.get(SECOND_STEP)).text


async def test_a_reviewer_without_a_code_cannot_read_anything(console: Console, newcomer: Member) -> None:
    number = console.keep("one", [turn("words of a person")])
    answer = await newcomer.post(f"/conversations/{number}/open")
    assert (answer.status_code, "Set up your code first" in answer.text) == (403, True)
    assert "words of a person" not in (await newcomer.get(f"/conversations/{number}")).text


async def test_a_reviewer_can_read_after_the_first_correct_code(console: Console, newcomer: Member) -> None:
    secret = console.database.read_now(lambda c: staff.offered(c, console.account("rae").id, console.now))
    assert secret is not None
    await newcomer.post(f"{SECOND_STEP}/confirm", {"code": pyotp.TOTP(secret).at(console.now)})
    assert (await newcomer.get("/queue")).status_code == 200


async def test_a_scanned_secret_still_works_after_signing_in_again(console: Console, newcomer: Member) -> None:
    before = (await newcomer.get(SECOND_STEP)).text
    again = Member(console, "rae", (await console.sign_in("rae", code="")).cookies[COOKIE])
    assert (await again.get(SECOND_STEP)).text == before


async def test_a_session_from_before_codes_were_compulsory_can_no_longer_read(console: Console) -> None:
    rae = console.member()
    console.change_account("rae", totp_secret=None)
    assert (await rae.get("/queue")).headers["location"] == SECOND_STEP


async def test_only_one_of_several_simultaneous_sign_ins_with_the_same_code_succeeds(console: Console) -> None:
    console.add_staff("lee", "lead")
    code = console.code("lee")
    answers = await asyncio.gather(*(console.sign_in("lee", code=code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]


async def test_simultaneous_failed_attempts_all_count(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    await asyncio.gather(*(console.sign_in("rae", "wrong") for _ in range(6)))
    assert (await console.sign_in("rae")).status_code == 429


async def test_a_locked_account_and_an_unknown_name_get_the_same_answers(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    known = [(await console.sign_in("rae", "wrong")).text.replace("rae", "roy") for _ in range(7)]
    unknown = [(await console.sign_in("roy", "wrong")).text for _ in range(7)]
    assert known == unknown


async def test_after_many_failed_attempts_with_any_names_everybody_has_to_wait(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    for number in range(TRIES_PER_MINUTE):
        await console.sign_in(f"name{number}")
    assert "Nobody can sign in" in (await console.sign_in("rae")).text
    console.clock.now += 60
    assert (await console.sign_in("rae")).status_code == 303


async def test_successful_sign_ins_do_not_count_as_attempts(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    console.change_account("rae", totp_secret=None)  # Each code can be used only once.
    answers = [await console.sign_in("rae", code="") for _ in range(TRIES_PER_MINUTE + 2)]
    assert {answer.status_code for answer in answers} == {303}


async def test_html_in_a_name_is_shown_as_text(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    answer = await console.sign_in('"><b>zanzibar</b>')
    assert "&#34;&gt;&lt;b&gt;zanzibar" in answer.text


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("", "", ""),
        ("a" * 3000, "b" * 3000, "c" * 3000),
        ("rae\x00", PASSWORD, ""),
        ("rae", PASSWORD + "\x00", "٠١٢٣٤٥"),
        ("' OR 1=1 --", "' OR 1=1 --", "-1"),
        ("😀", "👩‍👩‍👧", "½"),
    ],
    ids=["empty", "long", "null", "null in the password", "sql", "emoji"],
)
async def test_odd_input_cannot_sign_in(console: Console, name: str, password: str, code: str) -> None:
    console.add_staff("rae", "reviewer")
    assert (await console.sign_in(name, password, code)).status_code == 401


async def test_a_password_of_ten_thousand_characters_is_refused(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    assert (await console.sign_in("rae", "a" * 10_000)).status_code == 413


async def test_a_multipart_form_is_refused(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    files = {"name": (None, "\\ud800", "text/plain; charset=unicode_escape"), "password": (None, PASSWORD)}
    answer = await console.http.post("/sign-in", files=files, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400


async def test_accents_may_be_typed_either_way(console: Console) -> None:
    hashed = hash_password("caf\u00e9 under gravel")
    console.database.write_now(lambda c: staff.add(c, console.now, "rae", "reviewer", hashed, None))
    assert (await console.sign_in("rae", "cafe\u0301 under gravel")).status_code == 303


async def test_sign_ins_and_failed_attempts_are_logged_without_the_text_that_was_typed(console: Console) -> None:
    console.add_staff("rae", "reviewer")
    await console.sign_in("rae", "my secret")
    await console.sign_in("my secret")
    await console.sign_in("rae")
    assert console.audited() == [("rae", "sign_in_failed", ""), ("", "sign_in_failed", ""), ("rae", "sign_in", "")]
