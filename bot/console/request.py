"""The context of a console request, the pages' dependencies, and functions that parse numbers and days."""

import re
import time
from datetime import date
from functools import cached_property
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, TypeVar
from urllib.parse import urlencode

from jinja2 import Environment
from sanic.request import Request
from sanic.response import HTTPResponse, html
from sqlalchemy.engine import Connection

from bot.console.access import Route, may, role_of
from bot.console.drafts import Drafts
from bot.console.streaks import Streaks
from bot.content.console import ProblemWords
from bot.content.models import Library
from bot.rate_limit import Counts
from bot.redaction.redactor import Redactor
from bot.settings import Settings
from bot.store import audit, staff
from bot.store.database import Database
from bot.store.days import in_london
from bot.store.dialogue import DialogueStore
from bot.store.retention import Retention
from bot.store.staff import Account, SignedIn

T = TypeVar("T")

#: The session cookie. Browsers send it only to this host, over TLS or on loopback, never with cross-site requests.
COOKIE = "__Host-session"
#: The format of a session token. Anything else in the cookie is ignored.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: Maximum number of characters in a form field.
MAX_FIELD = 4000
#: The largest integer that a database can store.
MAX_NUMBER = 2**63 - 1
#: Maximum number of digits in a number that every database can store.
DIGITS = 18


class RefusalError(Exception):
    """The request is refused. `name` is the problem in content/en/console.yml that explains why."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(name)
        self.name, self.values = name, values

    def words(self, problems: Mapping[str, ProblemWords]) -> ProblemWords:
        """Return the explanation from `problems`, with the values filled in."""
        return problems[self.name].filled(self.values)


def token_of(request: Request) -> str:
    """Return the session token, or "" if the browser sent none, an invalid one or more than one."""
    cookies = ";".join(request.headers.getall("cookie", [])).split(";")
    found = [
        value.strip() for name, _, value in (cookie.partition("=") for cookie in cookies) if name.strip() == COOKIE
    ]
    return found[0] if len(found) == 1 and _TOKEN.fullmatch(found[0]) else ""


class Dependencies(NamedTuple):
    """Everything that the console needs to answer requests."""

    database: Database
    # The chat's store, used only to pause, resume and erase.
    store: DialogueStore
    retention: Retention
    library: Library
    redactor: Redactor
    settings: Settings
    templates: Environment
    problems: Dict[str, ProblemWords]
    clock: Callable[[], float] = time.time
    # Counts attempts to sign in. The default is to count them in this process's memory.
    counts: Optional[Counts] = None


class RequestContext:
    """A request, the account that made it, and everything else that pages need to answer it."""

    def __init__(
        self,
        request: Request,
        dependencies: Dependencies,
        route: Route,
        session: Optional[SignedIn],
        values: Dict[str, Any],
        escalated: Optional[int] = None,
    ) -> None:
        """Store the parts of a request.

        Args:
            request: the Sanic request.
            dependencies: the console's dependencies.
            route: the route it matched.
            session: the active session, or None if nobody is signed in.
            values: maps the names of path parameters to their values.
            escalated: the number of escalated conversations, which the menu shows to leads, or None for other roles.
        """
        self.request, self.dependencies, self.route, self.values = request, dependencies, route, values
        self.session, self._staff = session, session.account if session is not None else None
        self.escalated = escalated

    @property
    def staff(self) -> Account:
        """The account that is signed in."""
        assert self._staff is not None, "only routes for ANYBODY are used without an account"
        return self._staff

    @property
    def role(self) -> str:
        """The account's effective role, as returned by `role_of`, or an empty string if nobody is signed in."""
        return role_of(self._staff)

    @property
    def drafts(self) -> Drafts:
        """Notes that were being typed when a session ended."""
        drafts: Drafts = self.request.app.ctx.drafts
        return drafts

    @property
    def streaks(self) -> Streaks:
        """The number of distressing transcripts that each account has opened in a row."""
        streaks: Streaks = self.request.app.ctx.streaks
        return streaks

    @property
    def token(self) -> str:
        """The session token, or an empty string if there is none."""
        return token_of(self.request)

    @property
    def now(self) -> int:
        """The current time in seconds since 1970."""
        return int(self.dependencies.clock())

    @property
    def today(self) -> date:
        """Today's date in London, where staff work. Counts use UTC days, and in UTC it may still be the day before."""
        return in_london(self.now).date()

    @cached_property
    def form(self) -> Dict[str, str]:
        """The form fields. If a name is repeated, only its first value counts.

        Raises:
            RefusalError: a field is too long, or the body is not a URL-encoded form.
        """
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.request.body and kind != "application/x-www-form-urlencoded":
            raise RefusalError("unreadable")
        fields = {name: str(values[0]) for name, values in (self.request.form or {}).items()}
        if any(len(value) > MAX_FIELD for value in fields.values()):
            raise RefusalError("form_too_long", most=MAX_FIELD)
        return fields

    @property
    def typed_texts(self) -> List[str]:
        """The texts typed into the form's text fields, whose names all begin with "text", "note" or "example"."""
        fields = self.form.items() if self.request.method == "POST" else ()
        return [value for name, value in fields if name.startswith(("text", "note", "example")) and value.strip()]

    @cached_property
    def query(self) -> Dict[str, str]:
        """The query parameters. If a name is repeated, only its first value counts."""
        return {name: str(values[0]) for name, values in self.request.get_args(keep_blank_values=True).items()}

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read transaction."""
        return await self.dependencies.database.read(work)

    async def write_audited(self, work: Callable[[Connection], T], subject: str = "", **detail: object) -> T:
        """Run `work` and log the action in the same transaction: either both happen or neither does.

        Raises:
            RefusalError: the account no longer has access.
        """

        def audited(connection: Connection) -> T:
            self.check_access(connection)
            done = work(connection)
            self.log_action(connection, subject, **detail)
            return done

        return await self.dependencies.database.write(audited)

    async def read_audited(self, work: Callable[[Connection], T], subject: str = "", **detail: object) -> T:
        """Log the action and then run `work`, so that nothing is read without a row in the audit log.

        Raises:
            RefusalError: the account no longer has access.
        """
        await self.write_audited(lambda connection: None, subject, **detail)
        return await self.read(work)

    def check_access(self, connection: Connection) -> None:
        """Check access again: the session may have ended since the request began, or the role may have changed.

        Raises:
            RefusalError: the account no longer has access.
        """
        found = staff.get_session(connection, self.token, self.now)
        if found is None:
            raise RefusalError("signed_out")
        if not may(role_of(found.account), self.route):
            raise RefusalError("not_yours", role=found.account.role)

    def log_action(self, connection: Connection, subject: str = "", **detail: object) -> None:
        """Add this route's action to the audit log, within a write transaction."""
        audit.append(connection, self.now, self.staff.name, self.route.action, subject, detail)

    def render(self, template: str, status: int = 200, **words: object) -> HTTPResponse:
        """Render a page from `template`."""
        return html(
            self.dependencies.templates.get_template(template).render({**self.template_values, **words}), status=status
        )

    @property
    def template_values(self) -> Dict[str, object]:
        """The values passed to every template."""
        return {"context": self, "role": self.role, "staff": self._staff, "done": self.query.get("done", "")}

    def explain(self, refusal: RefusalError) -> ProblemWords:
        """Return the explanation of `refusal`, for pages that show it themselves."""
        return refusal.words(self.dependencies.problems)

    def redirect(self, path: str, **query: object) -> HTTPResponse:
        """Redirect to another page of the console, so that reloading it does not submit a form again."""
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        return HTTPResponse(status=303, headers={"Location": path + (f"?{urlencode(kept)}" if kept else "")})


def read_number(text: str, digits: int = DIGITS) -> Optional[int]:
    """Read a non-negative whole number of up to `digits` digits. Return None if `text` is anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def read_day(text: str) -> Optional[date]:
    """Read a day written like 2026-03-31. Return None if `text` is anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
