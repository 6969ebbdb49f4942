"""Commands that manage staff accounts; anybody who can run this program may use them."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Callable, NamedTuple, Optional

import typer

from bot.commands import CommandError, errors
from bot.commands.database import explained, note, with_database

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.store.staff import Account

staff = typer.Typer(
    help="Manage who may sign in to the console, and with which role.",
    epilog="Changes take effect at once, even while the console is running. Each is recorded in the audit log.",
    no_args_is_help=True,
)

Name = Annotated[
    str,
    typer.Argument(
        help="The account's name: 2 to 64 letters from a to z, digits, dots and hyphens.", show_default=False
    ),
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        help="reviewer: reads conversations. lead: also makes decisions, exports and sets limits. administrator: "
        "manages accounts and the program, but does not read conversations.",
        show_default=False,
    ),
]
Stdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from a line of standard input instead of asking for it."),
]
Secret = Annotated[
    str,
    typer.Option(
        "--totp-secret",
        help="For scripts, with --password-stdin: the secret for the second step, in base 32. No code is asked for. "
        "While the command runs, anybody who can list this machine's processes can see the secret.",
        show_default=False,
    ),
]


class Credentials(NamedTuple):
    """A password's hash, and the TOTP secret if there is a second step."""

    password_hash: str
    totp_secret: Optional[str]


@staff.command()
def add(name: Name, role: Role, password_stdin: Stdin = False, totp_secret: Secret = "") -> None:
    """Add an account. Asks for a password and, for leads and administrators, sets up the second step.

    Reviewers set up theirs when they first sign in, and cannot read anything until then.

    The password must have at least 12 characters. The second step is a code from an authenticator app on a phone: scan
    the QR code or type the letters into the app, then enter the first code. Nothing is saved until it is correct.
    """
    from bot.console import accounts
    from bot.store import staff as kept

    with explained():
        name = accounts.parse_name(name)
        accounts.check_role(role)
    with_database(lambda connection: accounts.check_free(connection, name), writes=False)
    credentials = _credentials(name, role, password_stdin, totp_secret)

    def work(connection: "Connection") -> None:
        # Checked again, since another process may have added the name in the meantime.
        accounts.check_free(connection, name)
        kept.add(connection, int(time.time()), name, role, credentials.password_hash, credentials.totp_secret)
        note(connection, "add_account", name, role=role)

    with_database(work)
    typer.echo(f"{name} may sign in now, with the role {role}.")


@staff.command("list")
def list_all() -> None:
    """List all accounts with their role and second step, and whether each is in use, locked or disabled."""
    from bot.store import staff as kept

    now = time.time()
    everybody = with_database(kept.everybody, writes=False)
    if not everybody:
        typer.echo("There are no accounts yet. Add the first one: streetwise staff add NAME --role administrator")
    for account in everybody:
        waits = "locked" if account.locked_until > now else "in use"
        state = "disabled" if account.disabled_at is not None else waits
        second = "second step" if account.totp_secret else "no code yet"
        typer.echo(f"{account.name:<24} {account.role:<14} {second:<14} {state}")


@staff.command("role")
def change_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="The new role: reviewer, lead or administrator.", show_default=False)],
    totp_secret: Secret = "",
) -> None:
    """Change somebody's role, and sign them out everywhere.

    If the new role needs a second step and the account has none, one is set up first.
    """
    from bot.console import accounts
    from bot.console.access import CODE_FROM_THE_START
    from bot.store import staff as kept

    with explained():
        accounts.check_role(role)
    account = _found(name)
    lacks_it = role in CODE_FROM_THE_START and account.totp_secret is None
    secret = _second_step(account.name, totp_secret) if lacks_it else None

    def work(connection: "Connection") -> None:
        if secret is not None:
            kept.change(connection, account.id, totp_secret=secret, totp_step=0)
        accounts.change_role(connection, accounts.find(connection, account.name), role, int(time.time()))
        note(connection, "change_role", account.name, role=role)

    with_database(work)
    typer.echo(f"{account.name} has the role {role} now, and has been signed out everywhere.")


@staff.command()
def disable(name: Name) -> None:
    """Disable an account immediately, so that nobody can use it. Its entries in the audit log are kept."""
    from bot.console import accounts

    _change(name, "disable_account", lambda c, account: accounts.disable(c, account, int(time.time())))
    typer.echo("The account is disabled, and signed out everywhere. 'streetwise staff enable' lets it be used again.")


@staff.command()
def enable(name: Name) -> None:
    """Re-enable a disabled account, with the same password and second step as before."""
    from bot.console import accounts

    _change(name, "enable_account", accounts.enable)
    typer.echo("The account can be used again.")


@staff.command()
def reset(name: Name, password_stdin: Stdin = False, totp_secret: Secret = "") -> None:
    """Give somebody a new password and a new second step, for example if they lost their phone.

    They are signed out everywhere, and a locked account is unlocked. Reviewers set up the second step when they next
    sign in, and cannot read anything until then.
    """
    from bot.console import accounts

    account = _found(name)
    credentials = _credentials(account.name, account.role, password_stdin, totp_secret)
    _change(
        account.name,
        "reset_account",
        lambda c, found: accounts.reset(c, found, credentials.password_hash, credentials.totp_secret, int(time.time())),
    )
    typer.echo(f"{account.name} signs in with what was set up just now, and is signed out everywhere.")


@staff.command()
def sign_out(name: Name) -> None:
    """Sign somebody out everywhere."""
    from bot.store import staff as kept

    _change(name, "end_sessions", lambda c, account: kept.revoke(c, account.id, int(time.time())))
    typer.echo("They are signed out everywhere.")


def _found(name: str) -> "Account":
    from bot.console import accounts

    return with_database(lambda connection: accounts.find(connection, name), writes=False)


def _change(name: str, action: str, work: "Callable[[Connection, Account], object]", **detail: object) -> None:
    """Call `work` with an account and append the change to the audit log."""
    from bot.console import accounts

    def noted(connection: "Connection") -> None:
        account = accounts.find(connection, name)
        work(connection, account)
        note(connection, action, account.name, **detail)

    with_database(noted)


def _credentials(name: str, role: str, password_stdin: bool, totp_secret: str) -> Credentials:
    from bot.console.access import CODE_FROM_THE_START
    from bot.console.accounts import check_password
    from bot.console.passwords import hash_password

    if totp_secret and not password_stdin:
        raise CommandError("--totp-secret is for scripts and goes with --password-stdin. Leave it out to be asked.")
    if password_stdin and role in CODE_FROM_THE_START and not totp_secret:
        raise CommandError(
            f"The role {role} needs a second step. Give --totp-secret too, or leave out --password-stdin to be asked."
        )
    password = _line() if password_stdin else _asked()
    with explained():
        check_password(password, name)
    wants_it = bool(totp_secret) or role in CODE_FROM_THE_START
    return Credentials(hash_password(password), _second_step(name, totp_secret) if wants_it else None)


def _line() -> str:
    try:
        line = sys.stdin.buffer.readline().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError("The password on standard input is not UTF-8 text. Nothing was changed.") from error
    return line.rstrip("\r\n")


def _asked() -> str:
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return password


def _second_step(name: str, given: str) -> str:
    """Return the given TOTP secret. If it is empty, return a new one once its first code has been entered correctly."""
    import segno

    from bot.console.passwords import is_secret, matching_step, new_secret, provisioning_uri

    if given:
        if not is_secret(given):
            raise CommandError("--totp-secret takes 26 to 64 letters from A to Z and digits from 2 to 7 (base 32).")
        return given
    secret = new_secret()
    typer.echo("Scan this with an authenticator app on the phone, or type the letters into the app.")
    segno.make(provisioning_uri(secret, name), micro=False).terminal(out=sys.stdout, compact=True)
    typer.echo(f"Letters  {secret}")
    typer.echo(f"Address  {provisioning_uri(secret, name)}")
    code = typer.prompt("The code that it shows now", err=True)
    if matching_step(secret, code, int(time.time()), 0) is None:
        raise CommandError(
            "This code is not right. Nothing was saved. Let the phone set its clock automatically, then try again."
        )
    errors.print("The code is right.")
    return secret
