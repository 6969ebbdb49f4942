"""`streetwise staff`: what it saves and what it refuses. A refusal saves nothing."""

from pathlib import Path

import pyotp
import pytest
from command_line import PASSWORD, Machine, program, terminal
from ports import free_port

from bot.console.passwords import new_secret, verify_password
from bot.store import staff
from bot.store.schema import audit


def test_a_reviewer_is_added_with_a_password_typed_twice(machine: Machine) -> None:
    machine.run("staff", "add", "Rae.Lee-2", "--role", "reviewer", typed=f"{PASSWORD}\n{PASSWORD}\n")
    account = machine.account("rae.lee-2")
    assert account is not None
    assert verify_password(account.password, PASSWORD)
    assert (account.role, account.totp_secret) == ("reviewer", None)


def test_the_password_is_not_shown(machine: Machine) -> None:
    shown = machine.run("staff", "add", "rae", "--role", "reviewer", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert PASSWORD not in shown


def test_a_password_is_asked_for_again_if_the_two_differ(machine: Machine) -> None:
    typed = f"{PASSWORD}\nsomething else\n{PASSWORD}\n{PASSWORD}\n"
    assert "do not match" in machine.run("staff", "add", "rae", "--role", "reviewer", typed=typed)


@pytest.mark.slow
def test_a_lead_is_saved_once_the_first_code_is_right(machine: Machine) -> None:
    with terminal(machine, "staff", "add", "lee", "--role", "lead") as talk:
        talk.answer("Password: ", PASSWORD)
        talk.answer("The same again: ", PASSWORD)
        secret = talk.read(r"Letters  ([A-Z2-7]{32})")
        talk.answer("The code that it shows now: ", pyotp.TOTP(secret).now())
        talk.read("lee may sign in")
    account = machine.account("lee")
    assert account is not None
    assert (account.role, account.totp_secret) == ("lead", secret)


@pytest.mark.slow
def test_the_second_step_is_shown_as_a_qr_code_and_as_a_link(machine: Machine) -> None:
    with terminal(machine, "staff", "add", "lee", "--role", "lead") as talk:
        talk.answer("Password: ", PASSWORD)
        talk.answer("The same again: ", PASSWORD)
        assert talk.read("(▄▄▄▄▄)")
        assert talk.read(r"(otpauth://totp/\S+)").startswith("otpauth://totp/Streetwise%20console:lee?secret=")


def test_a_wrong_first_code_saves_nothing(machine: Machine) -> None:
    said = machine.refusal("staff", "add", "lee", "--role", "lead", typed=f"{PASSWORD}\n{PASSWORD}\nabcdef\n")
    assert "not right. Nothing was saved" in said
    assert machine.account("lee") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("r", "2 to 64 letters"),
        ("a" * 65, "2 to 64 letters"),
        ("rae lee", "2 to 64 letters"),
        (".rae", "begins and ends with a letter"),
        ("ra\ne", "2 to 64 letters"),
        ("zoë", "from a to z"),
        ("<b>rae</b>", "2 to 64 letters"),
        ("", "2 to 64 letters"),
    ],
)
def test_an_invalid_name_is_refused_before_a_password_is_asked_for(machine: Machine, name: str, said: str) -> None:
    assert said in machine.refusal("staff", "add", name, "--role", "reviewer")
    assert machine.rows(staff.staff) == []


def test_a_taken_name_is_refused_before_a_password_is_asked_for(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    assert "'rae' has an account already" in machine.refusal("staff", "add", "RAE", "--role", "reviewer")


def test_an_unknown_role_is_refused_with_the_list_of_roles(machine: Machine) -> None:
    said = machine.refusal("staff", "add", "rae", "--role", "chief")
    assert "'chief' is not a role. Choose one of: reviewer, lead, administrator" in said


@pytest.mark.parametrize(
    ("password", "said"),
    [("violin", "12 characters"), ("rae.lee.rae.lee", "easy to guess"), ("b" * 300, "200 characters"), ("", "12")],
    ids=["short", "the name", "long", "nothing"],
)
def test_an_unsuitable_password_saves_nothing(machine: Machine, password: str, said: str) -> None:
    arguments = ["staff", "add", "rae.lee", "--role", "reviewer", "--password-stdin"]
    assert said in machine.refusal(*arguments, typed=password + "\n")
    assert (machine.rows(staff.staff), machine.rows(audit)) == ([], [])


def test_adding_a_lead_from_a_script_needs_the_secret_too(machine: Machine) -> None:
    said = machine.refusal("staff", "add", "lee", "--role", "lead", "--password-stdin", typed=PASSWORD + "\n")
    assert "Give --totp-secret too" in said
    assert machine.account("lee") is None


@pytest.mark.parametrize("secret", ["short", "a" * 32, "1" * 32, "A" * 65])
def test_an_invalid_secret_is_refused(machine: Machine, secret: str) -> None:
    arguments = ["staff", "add", "lee", "--role", "lead", "--password-stdin", "--totp-secret", secret]
    assert "base 32" in machine.refusal(*arguments, typed=PASSWORD + "\n")
    assert machine.account("lee") is None


def test_a_password_is_hashed_with_argon2id_at_full_cost(tmp_path: Path) -> None:
    # In the other tests, `machine` uses cheap hashes.
    machine = Machine(tmp_path)
    machine.add("rae", "reviewer")
    account = machine.account("rae")
    machine.database.close()
    assert account is not None
    assert account.password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_list_shows_each_account_and_its_state(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.add("lee", "lead")
    machine.run("staff", "disable", "rae")
    lines = [line.split() for line in machine.run("staff", "list").splitlines()]
    assert lines == [
        ["lee", "lead", "second", "step", "in", "use"],
        ["rae", "reviewer", "no", "code", "yet", "disabled"],
    ]


def test_an_empty_list_says_how_to_start(machine: Machine) -> None:
    assert "streetwise staff add NAME --role administrator" in machine.run("staff", "list")


def test_changing_a_role_ends_the_sessions(machine: Machine) -> None:
    machine.add("lee", "lead")
    machine.begin_session("lee")
    machine.run("staff", "role", "lee", "reviewer")
    account = machine.account("lee")
    assert account is not None
    assert (account.role, machine.has_session()) == ("reviewer", False)


def test_a_role_that_needs_a_second_step_is_set_together_with_one(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    secret = new_secret()
    machine.run("staff", "role", "rae", "lead", "--totp-secret", secret)
    account = machine.account("rae")
    assert account is not None
    assert (account.role, account.totp_secret) == ("lead", secret)


@pytest.mark.parametrize("arguments", [["role", "ada", "lead"], ["disable", "ada"]], ids=["role", "disable"])
def test_the_last_administrator_can_be_neither_changed_nor_disabled(machine: Machine, arguments: "list[str]") -> None:
    machine.add("ada", "administrator")
    machine.add("bob", "administrator")
    machine.run("staff", "disable", "bob")
    assert "This is the last administrator" in machine.refusal("staff", *arguments)
    account = machine.account("ada")
    assert account is not None
    assert (account.role, account.disabled_at) == ("administrator", None)


def test_an_administrator_who_is_not_the_last_can_be_changed(machine: Machine) -> None:
    machine.add("ada", "administrator")
    machine.add("bob", "administrator")
    machine.run("staff", "role", "ada", "lead")
    assert "last administrator" in machine.refusal("staff", "disable", "bob")


def test_disabling_an_account_ends_its_session_and_can_be_undone(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.begin_session("rae")
    machine.run("staff", "disable", "rae")
    assert not machine.has_session()
    machine.run("staff", "enable", "rae")
    account = machine.account("rae")
    assert account is not None
    assert account.disabled_at is None


def test_a_reset_sets_a_new_password_and_second_step_and_ends_sessions_and_the_lockout(machine: Machine) -> None:
    before = machine.add("lee", "lead")
    machine.begin_session("lee")
    machine.database.write_now(lambda c: staff.change(c, 1, failures=9, locked_until=2**40, totp_step=5))
    secret = new_secret()
    arguments = ["staff", "reset", "lee", "--password-stdin", "--totp-secret", secret]
    machine.run(*arguments, typed="teapot on the moon\n")
    account = machine.account("lee")
    assert account is not None
    assert verify_password(account.password, "teapot on the moon")
    assert before != account.totp_secret == secret
    assert (account.locked_until, account.totp_step, machine.has_session()) == (0, 0, False)


def test_a_reset_reviewer_has_no_second_step(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.database.write_now(lambda c: staff.change(c, 1, totp_secret=new_secret()))
    machine.run("staff", "reset", "rae", "--password-stdin", typed="teapot on the moon\n")
    account = machine.account("rae")
    assert account is not None
    assert account.totp_secret is None


def test_signing_somebody_out_ends_every_session(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    machine.begin_session("rae")
    machine.begin_session("rae")
    machine.run("staff", "sign-out", "rae")
    assert not machine.has_session()


@pytest.mark.parametrize(
    "command", [["role", "roy", "lead"], ["disable", "roy"], ["enable", "roy"], ["reset", "roy"], ["sign-out", "roy"]]
)
def test_an_unknown_account_is_named(machine: Machine, command: "list[str]") -> None:
    assert "There is no account 'roy'" in machine.refusal("staff", *command)


def test_each_change_is_recorded_without_a_member_of_staff(machine: Machine) -> None:
    machine.add("rae", "reviewer")
    secret = new_secret()
    machine.run("staff", "role", "rae", "lead", "--totp-secret", secret)
    machine.run("staff", "disable", "rae")
    machine.run("staff", "enable", "rae")
    machine.run("staff", "sign-out", "rae")
    machine.run("staff", "reset", "rae", "--password-stdin", "--totp-secret", secret, typed=PASSWORD + "\n")
    rows = machine.rows(audit)
    done = ["add_account", "change_role", "disable_account", "enable_account", "end_sessions", "reset_account"]
    assert [(row.staff, row.action, row.subject) for row in rows] == [("", action, "rae") for action in done]
    assert not any(secret in row.detail or PASSWORD in row.detail for row in rows)


@pytest.mark.slow
def test_a_refusal_is_one_line_and_exit_code_1(machine: Machine) -> None:
    refused = program(machine, "staff", "disable", "roy")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("There is no account with that name.")


def test_an_invalid_database_is_named(tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "streetwise.db").write_bytes(b"no database" * 1000)
    machine.environment = {"STREETWISE_DATA_DIR": str(tmp_path / "other")}
    said = machine.refusal("staff", "list")
    assert f"{tmp_path}/other/streetwise.db is not an SQLite database" in said


def test_the_password_of_an_unreachable_database_is_not_printed(machine: Machine) -> None:
    secret = new_secret()
    machine.environment = {"STREETWISE_DATABASE_URL": "postgresql://sam:" + secret + f"@127.0.0.1:{free_port()}/talks"}
    said = machine.refusal("staff", "list")
    assert ("127.0.0.1" in said, secret in said) == (True, False)


def test_a_database_folder_that_cannot_be_created_is_named(machine: Machine) -> None:
    machine.environment = {"STREETWISE_DATA_DIR": "/proc/streetwise"}
    assert "/proc/streetwise cannot be used (No such file" in machine.refusal("staff", "list")
