"""One request to the console, as its pages see it."""

import re
import time
from functools import cached_property
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, TypeVar
from urllib.parse import urlencode

from jinja2 import Environment
from sanic.request import Request
from sanic.response import HTTPResponse, html
from sqlalchemy.engine import Connection, Row

from bot.console.access import Route, may
from bot.content.console import ProblemWords
from bot.content.library import Library
from bot.privacy.redact import Redactor
from bot.privacy.retention import Retention
from bot.settings import Settings
from bot.store import audit, staff
from bot.store.database import Database
from bot.store.dialogue import DialogueStore

T = TypeVar("T")

#: Browsers send it over TLS or to this machine only, to no other host, and never along from another site's page.
COOKIE = "__Host-session"
#: What we put there; anything else that comes is nothing of ours.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: Characters that one field of a form may have; none of ours needs more.
MAX_FIELD = 4000


class RefusalError(Exception):
    """Something that whoever asked is told; `name` is one of content/en/console.yml's problems."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(name)
        self.name, self.values = name, values

    def told(self, problems: Mapping[str, ProblemWords]) -> ProblemWords:
        """What they are told, in the words of `problems`."""
        return problems[self.name].filled(self.values)


def token_of(request: Request) -> str:
    """What opens the session; empty where the browser sent none, something that is none, or more than one."""
    cookies = ";".join(request.headers.getall("cookie", [])).split(";")
    found = [
        value.strip() for name, _, value in (cookie.partition("=") for cookie in cookies) if name.strip() == COOKIE
    ]
    return found[0] if len(found) == 1 and _TOKEN.fullmatch(found[0]) else ""


class Parts(NamedTuple):
    """What the console works with."""

    database: Database
    # The store that answers people: only to pause, to resume and to erase.
    store: DialogueStore
    retention: Retention
    library: Library
    redactor: Redactor
    settings: Settings
    templates: Environment
    problems: Dict[str, ProblemWords]
    clock: Callable[[], float] = time.time


class Visit:
    """A request, who makes it, and what pages need to answer it."""

    def __init__(
        self, request: Request, parts: Parts, route: Route, staff: Optional[Row], values: Dict[str, Any]
    ) -> None:
        """Keep what belongs to a request.

        Args:
            request: Sanic's.
            parts: the console's.
            route: the one that it came to.
            staff: the account of whoever makes it; None without one.
            values: what the path says, by name.
        """
        self.request, self.parts, self.route, self.values = request, parts, route, values
        self._staff = staff

    @property
    def staff(self) -> Row:
        """The account of whoever asks."""
        assert self._staff is not None, "only routes for ANYBODY are used without an account"
        return self._staff

    @property
    def role(self) -> str:
        """Their role; empty without an account."""
        return str(self._staff.role) if self._staff is not None else ""

    @property
    def token(self) -> str:
        """What opens the session; empty without one."""
        return token_of(self.request)

    @property
    def now(self) -> int:
        """The moment, in seconds since 1970."""
        return int(self.parts.clock())

    @cached_property
    def form(self) -> Dict[str, str]:
        """The fields of the form that was sent, the first of each name.

        Raises:
            RefusalError: one is longer than any of ours can be, or it is no form as browsers send ours.
        """
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.request.body and kind != "application/x-www-form-urlencoded":
            raise RefusalError("unreadable")
        fields = {name: str(values[0]) for name, values in (self.request.form or {}).items()}
        if any(len(value) > MAX_FIELD for value in fields.values()):
            raise RefusalError("form_too_long", most=MAX_FIELD)
        return fields

    @cached_property
    def query(self) -> Dict[str, str]:
        """What stands behind the "?" of the address, the first of each name."""
        return {name: str(values[0]) for name, values in self.request.get_args(keep_blank_values=True).items()}

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Look something up."""
        return await self.parts.database.read(work)

    async def change(self, work: Callable[[Connection], T], subject: str = "", **detail: Any) -> T:
        """Change something, and write down in the same transaction who did: both or neither.

        Raises:
            RefusalError: whoever asks may not any more.
        """

        def noted(connection: Connection) -> T:
            self.check(connection)
            done = work(connection)
            self.note(connection, subject, **detail)
            return done

        return await self.parts.database.write(noted)

    async def look(self, work: Callable[[Connection], T], subject: str = "", **detail: Any) -> T:
        """Show something that must not be seen unnoticed: it is written down before it is read.

        Raises:
            RefusalError: whoever asks may not any more.
        """

        def noted(connection: Connection) -> None:
            self.check(connection)
            self.note(connection, subject, **detail)

        await self.parts.database.write(noted)
        return await self.read(work)

    def check(self, connection: Connection) -> None:
        """See that whoever asks still may: their session may have been ended meanwhile, or their role changed.

        Raises:
            RefusalError: they may not.
        """
        account = staff.get_session(connection, self.token, self.now)
        if account is None:
            raise RefusalError("signed_out")
        if not may(str(account.role), self.route):
            raise RefusalError("not_yours", role=account.role)

    def note(self, connection: Connection, subject: str = "", **detail: Any) -> None:
        """Write what this visit does into the audit log, within a transaction that writes."""
        audit.append(connection, self.now, str(self.staff.name), self.route.action, subject, detail)

    def page(self, template: str, status: int = 200, **words: Any) -> HTTPResponse:
        """A page, made of `template`."""
        return html(self.parts.templates.get_template(template).render({**self.known, **words}), status=status)

    @property
    def known(self) -> Dict[str, Any]:
        """What every page is made with."""
        return {"visit": self, "role": self.role, "staff": self._staff, "done": self.query.get("done", "")}

    def problem(self, refusal: RefusalError) -> ProblemWords:
        """What whoever asked is told of `refusal`, for a page that explains it itself."""
        return refusal.told(self.parts.problems)

    def go(self, path: str, **query: object) -> HTTPResponse:
        """Send the browser to another page of the console, so that loading it again sends no form twice."""
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        return HTTPResponse(status=303, headers={"Location": path + (f"?{urlencode(kept)}" if kept else "")})
