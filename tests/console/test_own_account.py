"""Staff's own accounts: sessions, password and second step."""

import time
from typing import Dict

import pyotp
import pytest
from console_client import PASSWORD, Console, Member

from bot.console.pages.own_account import SECOND_STEP
from bot.console.passwords import MAX_LENGTH, is_guessable
from bot.store import staff
from bot.store.staff import OFFER_SECONDS

NEW = "violin under gravel"


async def change_password(rae: Member, old: str = PASSWORD, new: str = NEW, again: str = "") -> "tuple[int, str]":
    answer = await rae.post("/account/password", {"password": old, "new": new, "again": again or new})
    return answer.status_code, answer.text


async def offered(rae: Member) -> str:
    """Offer a second step and return its secret."""
    await rae.post("/account/second-step/offer", {"password": PASSWORD})
    secret = rae.console.database.read_now(
        lambda c: staff.offered(c, rae.console.account(rae.name).id, rae.console.now)
    )
    assert secret is not None
    return secret


async def confirm(rae: Member, code: str) -> int:
    return (await rae.post("/account/second-step/confirm", {"code": code})).status_code


def code_of(console: Console, secret: str) -> str:
    return pyotp.TOTP(secret).at(console.now)


async def test_own_sessions_are_listed_and_the_current_one_is_marked(console: Console) -> None:
    rae = console.member()
    console.member()
    console.member("eve")
    page = (await rae.get("/account")).text
    assert (page.count("This one"), page.count("Another<"), page.count("another role")) == (1, 1, 1)


async def test_expired_sessions_are_not_listed(console: Console) -> None:
    console.member()
    console.clock.now += staff.IDLE_SECONDS
    assert "Another<" not in (await console.member().get("/account")).text


async def test_other_sessions_can_be_ended_without_the_current_one(console: Console) -> None:
    here, there = console.member(), console.member()
    await here.post("/account/end-others")
    assert (await there.get("/account")).status_code == 303
    assert (await here.get("/account")).status_code == 200


async def test_ending_own_sessions_leaves_other_peoples_alone(console: Console) -> None:
    eve = console.member("eve")
    await console.member().post("/account/end-others")
    assert (await eve.get("/account")).status_code == 200


async def test_a_password_can_be_changed_with_the_old_one(console: Console) -> None:
    rae = console.member()
    assert (await change_password(rae))[0] == 303
    assert (await console.sign_in("rae", NEW)).status_code == 303


async def test_a_new_password_ends_the_other_sessions(console: Console) -> None:
    here, there = console.member(), console.member()
    await change_password(here)
    assert (await there.get("/account")).status_code == 303
    assert (await here.get("/account")).status_code == 200


async def test_a_password_cannot_be_changed_without_the_old_one(console: Console) -> None:
    rae = console.member()
    before = console.account("rae").password
    assert (await change_password(rae, old="wrong"))[0] == 422
    assert console.account("rae").password == before


async def test_a_wrong_old_password_counts_as_a_failed_attempt(console: Console) -> None:
    rae = console.member()
    answers = [(await change_password(rae, old="wrong"))[0] for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert (await change_password(rae))[0] == 429


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"new": "short"}, "12 characters or more"),
        ({"new": "a" * 201}, "200 characters or fewer"),
        ({"new": "a" * 20}, "easy to guess"),
        ({"new": NEW, "again": NEW + "!"}, "Type the same one twice"),
        ({}, "12 characters or more"),
    ],
    ids=["short", "long", "guessable", "different", "empty"],
)
async def test_an_unsuitable_new_password_is_refused_with_the_reason(
    console: Console, form: "Dict[str, str]", said: str
) -> None:
    filled = {"password": PASSWORD, "again": form.get("new", ""), **form}
    answer = await console.member().post("/account/password", filled)
    assert (answer.status_code, said in answer.text) == (422, True)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "1234567890123456",
        "9876543210987654",
        "rae.lee.rae.lee.",
        "streetwise12345",
        "Password1234567",
        "zxcvbnmmnbvcxz",
        "password password",
        "iloveyou1234",
        "Passw0rd!2024",
        "manchesterunited",
        "safeguarding2026!",
    ],
)
def test_a_guessable_password_is_recognised(password: str) -> None:
    assert is_guessable(password, "rae.lee")


@pytest.mark.parametrize("password", [PASSWORD, NEW, "tq7#Lw0!xv2R", "ein hund im nebel"])
def test_a_password_that_is_hard_to_guess_is_recognised(password: str) -> None:
    assert not is_guessable(password, "rae.lee")


@pytest.mark.parametrize(("name", "guessable"), [("rae.quillfeather", True), ("rae.lee", False)])
def test_part_of_the_accounts_name_makes_a_password_easy_to_guess(name: str, guessable: bool) -> None:
    assert is_guessable("quillfeather.99", name) == guessable


def test_a_password_designed_to_be_slow_to_judge_is_judged_at_once() -> None:
    start = time.process_time()
    is_guessable("4@8({[<3691!|/$5+7%2" * (MAX_LENGTH // 20), "rae.lee")
    assert time.process_time() - start < 5


async def test_a_second_step_applies_after_the_first_correct_code(console: Console) -> None:
    rae = console.member()
    before, secret = console.account("rae").totp_secret, await offered(rae)
    assert console.account("rae").totp_secret == before
    assert await confirm(rae, code_of(console, secret)) == 303
    assert console.account("rae").totp_secret == secret


async def test_the_code_that_confirmed_a_second_step_cannot_be_used_to_sign_in(console: Console) -> None:
    rae = console.member()
    code = code_of(console, await offered(rae))
    await confirm(rae, code)
    assert (await console.sign_in("rae", code=code)).status_code == 401


async def test_the_secret_is_shown_as_a_black_on_white_code_and_in_letters(console: Console) -> None:
    rae = console.member()
    secret = await offered(rae)
    page = (await rae.get(SECOND_STEP)).text
    assert secret in page
    assert '<path fill="#fff"' in page
    assert 'style="' not in page


async def test_a_wrong_code_changes_nothing_and_may_be_tried_again(console: Console) -> None:
    rae = console.member()
    secret = await offered(rae)
    assert await confirm(rae, "000000" if code_of(console, secret) != "000000" else "111111") == 422
    assert console.account("rae").totp_secret == console.secrets["rae"]
    assert await confirm(rae, code_of(console, secret)) == 303


async def test_a_secret_sent_with_the_form_is_ignored(console: Console) -> None:
    rae, theirs = console.member(), pyotp.random_base32()
    await offered(rae)
    form = {"code": code_of(console, theirs), "secret": theirs}
    assert (await rae.post("/account/second-step/confirm", form)).status_code == 422


async def test_a_secret_offered_to_somebody_else_is_refused(console: Console) -> None:
    rae, eve = console.member(), console.member("eve")
    secret = await offered(eve)
    assert await confirm(rae, code_of(console, secret)) == 409


async def test_an_offer_expires_after_a_quarter_of_an_hour(console: Console) -> None:
    rae = console.member()
    secret = await offered(rae)
    console.clock.now += OFFER_SECONDS
    assert await confirm(rae, code_of(console, secret)) == 409
    assert secret not in (await rae.get(SECOND_STEP)).text


async def test_an_offer_can_be_cancelled(console: Console) -> None:
    rae = console.member()
    secret = await offered(rae)
    await rae.post("/account/second-step/withdraw")
    assert await confirm(rae, code_of(console, secret)) == 409


async def test_a_second_step_cannot_be_set_up_without_the_password(console: Console) -> None:
    rae = console.member()
    assert (await rae.post("/account/second-step/offer", {"password": "wrong"})).status_code == 422
    assert await confirm(rae, "000000") == 409


async def test_the_old_second_step_applies_until_the_new_one_is_confirmed(console: Console) -> None:
    lee = console.member("lee", "lead")
    secret = await offered(lee)
    assert console.account("lee").totp_secret == console.secrets["lee"]
    assert await confirm(lee, code_of(console, secret)) == 303
    assert console.account("lee").totp_secret == secret


async def test_every_change_is_logged_without_the_text_that_was_typed(console: Console) -> None:
    rae = console.member()
    await change_password(rae, old="zanzibar")
    await change_password(rae, new=NEW)
    await rae.post("/account/end-others")
    assert console.audited() == [
        ("rae", "password_failed", "change_password"),
        ("rae", "change_password", ""),
        ("rae", "end_own_sessions", ""),
    ]
    assert "zanzibar" not in str(console.rows(staff.staff))


async def test_single_keys_can_be_switched_off_and_on_again(console: Console) -> None:
    rae = console.member()
    assert '<html lang="en-GB" data-keys>' in (await rae.get("/queue")).text
    for switch, is_on in (("off", False), ("on", True)):
        answer = await rae.post("/account/keys", {"keys": switch})
        page = (await rae.get(answer.headers["location"])).text
        assert f"Single keys are {switch}." in page
        assert (" data-keys>" in page, '<dialog id="keys"' in page) == (is_on, is_on)


async def test_switching_single_keys_off_does_not_affect_others(console: Console) -> None:
    rae, eve = console.member("rae"), console.member("eve")
    await rae.post("/account/keys", {"keys": "off"})
    assert "data-keys" in (await eve.get("/queue")).text
