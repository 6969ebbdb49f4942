"""Staff accounts: what administrators may and may not do with other people's accounts."""

import pytest
from console_client import Console, Member


@pytest.fixture
def sam(console: Console) -> Member:
    return console.member("sam", "administrator")


async def test_everybody_is_listed_with_role_second_step_and_state(console: Console, sam: Member) -> None:
    console.add_staff("rae", "reviewer")
    console.add_staff("lee", "lead")
    console.change_account("rae", disabled_at=console.now)
    console.change_account("lee", locked_until=console.now + 60)
    page = (await sam.get("/staff")).text
    assert all(words in page for words in (">rae<", ">lee<", ">sam<", "Disabled", "Locked until", "never"))


async def test_the_page_says_how_accounts_are_added(console: Console, sam: Member) -> None:
    assert "streetwise staff add" in (await sam.get("/staff")).text


async def test_a_changed_role_applies_from_the_next_sign_in(console: Console, sam: Member) -> None:
    lee = console.member("lee", "lead")
    answer = await sam.post(f"/staff/{console.account('lee').id}/role", {"role": "administrator"})
    assert answer.headers["location"] == "/staff?done=change_role"
    assert console.account("lee").role == "administrator"
    assert (await lee.get("/account")).status_code == 303


async def test_a_role_that_needs_a_second_step_is_refused_without_one_and_the_page_says_what_to_do(
    console: Console, sam: Member
) -> None:
    rae = console.add_staff("rae", "reviewer")
    console.change_account("rae", totp_secret=None)
    answer = await sam.post(f"/staff/{rae}/role", {"role": "lead"})
    assert (answer.status_code, "at their next sign-in" in answer.text) == (409, True)
    assert console.account("rae").role == "reviewer"


@pytest.mark.parametrize("role", ["", "chief", "<b>lead</b>", "a" * 3000])
async def test_an_unknown_role_is_refused(console: Console, sam: Member, role: str) -> None:
    rae = console.add_staff("rae", "reviewer")
    answer = await sam.post(f"/staff/{rae}/role", {"role": role})
    assert (answer.status_code, "<b>lead" in answer.text) == (422, False)
    assert console.account("rae").role == "reviewer"


async def test_disabling_ends_the_sessions_and_enabling_does_not_bring_them_back(console: Console, sam: Member) -> None:
    rae = console.member("rae")
    staff_id = console.account("rae").id
    await sam.post(f"/staff/{staff_id}/disable")
    assert (await rae.get("/account")).status_code == 303
    await sam.post(f"/staff/{staff_id}/enable")
    assert console.account("rae").disabled_at is None
    assert (await rae.get("/account")).status_code == 303


async def test_an_administrator_can_end_somebodys_sessions(console: Console, sam: Member) -> None:
    rae = console.member("rae")
    await sam.post(f"/staff/{console.account('rae').id}/sign-out")
    assert (await rae.get("/account")).status_code == 303


async def test_an_administrator_can_lift_a_wait(console: Console, sam: Member) -> None:
    rae = console.add_staff("rae", "reviewer")
    console.change_account("rae", failures=9, locked_until=console.now + 900)
    await sam.post(f"/staff/{rae}/lift")
    assert (console.account("rae").failures, console.account("rae").locked_until) == (0, 0)


@pytest.mark.parametrize("what", ["role", "disable", "enable", "sign-out", "lift"])
async def test_administrators_cannot_change_their_own_account_here(console: Console, sam: Member, what: str) -> None:
    console.add_staff("lee", "administrator")
    answer = await sam.post(f"/staff/{console.account('sam').id}/{what}", {"role": "lead"})
    assert answer.status_code == 409
    assert (console.account("sam").role, console.account("sam").disabled_at) == ("administrator", None)


@pytest.mark.parametrize("staff_id", ["999", "-1", "0", str(2**63), "9" * 400, "1.5", "x"])
@pytest.mark.parametrize("what", ["role", "disable"])
async def test_an_unknown_account_is_not_found(console: Console, sam: Member, staff_id: str, what: str) -> None:
    assert (await sam.post(f"/staff/{staff_id}/{what}", {"role": "lead"})).status_code == 404


async def test_changes_are_logged_with_the_name_of_the_account(console: Console, sam: Member) -> None:
    rae = console.add_staff("rae", "reviewer")
    for what in ("disable", "enable", "sign-out", "lift"):
        await sam.post(f"/staff/{rae}/{what}")
    done = ["disable_account", "enable_account", "end_sessions", "lift_wait"]
    assert console.audited() == [("sam", action, "rae") for action in done]


async def test_a_refused_change_is_not_logged_as_done(console: Console, sam: Member) -> None:
    rae = console.add_staff("rae", "reviewer")
    await sam.post(f"/staff/{rae}/role", {"role": "chief"})
    assert console.audited() == []
