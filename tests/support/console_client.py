"""A console with staff and conversations but without the chat, for the tests of bot/console."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, List, Optional, Sequence

import httpx
import pyotp
from clock import Clock
from databases import new_database
from rasa.core.lock_store import InMemoryLockStore
from sanic import Sanic

from bot.console.app import create_console, load_templates
from bot.console.passwords import hash_password, new_secret
from bot.console.request import COOKIE, Dependencies
from bot.content.console import load_console_words
from bot.content.library import load_library
from bot.redaction.redactor import Redactor
from bot.serve import address, close_site, open_site
from bot.settings import load_settings
from bot.store import ciphers, review_log, staff, triage
from bot.store.database import Database
from bot.store.dialogue import DialogueStore, add_conversation
from bot.store.engine import open_engine
from bot.store.quiet import QUIET_SECONDS
from bot.store.retention import Retention
from bot.store.schema import audit, conversations, reviews
from bot.store.sealing import SEALED, opened

PASSWORD = "correct horse battery"
#: Created only once, because both are slow: one reads long lists, and the other compiles templates on first use.
_REDACTOR = Redactor.load()
_TEMPLATES = load_templates()


@lru_cache(maxsize=1)
def _hashed() -> str:
    return hash_password(PASSWORD)


def turn(text: str, intent: str = "ask_grooming", **values: Any) -> Dict[str, Any]:
    """Return a turn in the form that the review log stores."""
    return {
        "text": text,
        "intent": intent,
        "confidence": 0.9,
        "runner_up": "small_talk",
        "runner_up_confidence": 0.05,
        "asker": None,
        "removed": [],
        "replies": [{"kind": "service", "id": "childline", "rule": "grooming"}],
        "urgency": triage.defaults_of(intent).urgency,
        "model": "aaaa1111",
        "took_ms": 9,
        "shown": None,
        "learned": None,
        **values,
    }


def keep(connection: Any, name: str, at: int, said: Sequence[Dict[str, Any]] = ()) -> int:
    """Store a conversation, or add turns to it, and return the number of its review."""
    conversation_id = hashlib.sha256(name.encode()).hexdigest()
    same = conversations.c.id == conversation_id
    if connection.execute(conversations.update().where(same).values(last_at=at)).rowcount == 0:
        add_conversation(connection, conversation_id, at)
    before = len(review_log.turns_of(connection, conversation_id))
    rows = [
        {"conversation_id": conversation_id, "number": before + place, "at": at, **one}
        for place, one in enumerate(said or [turn("what is grooming")], start=1)
    ]
    review_log.keep(connection, conversation_id, rows, ciphers.of_conversation(connection, conversation_id))
    chosen = reviews.select().where(reviews.c.conversation_id == conversation_id)
    return int(connection.execute(chosen).one().number)


class Member:
    """A member of staff who is signed in to the console in their own browser."""

    def __init__(self, console: "Console", name: str, token: str) -> None:
        self.console, self.name, self.token = console, name, token

    @property
    def cookie(self) -> str:
        return f"{COOKIE}={self.token}"

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.console.http.get(path, headers={"Cookie": self.cookie, **headers})

    async def post(self, path: str, form: Optional[Dict[str, Any]] = None, **headers: str) -> httpx.Response:
        origin = str(self.console.http.base_url).rstrip("/")
        own = {"Cookie": self.cookie, "Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return await self.console.http.post(path, data=form or {}, headers={**own, **headers})


class Console:
    """The console's application, with its own database and a clock that tests can move."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.url = Clock(), new_database(folder)
        self.database = Database(open_engine(self.url))
        self.store = DialogueStore(engine=open_engine(self.url), clock=self.clock)
        retention = Retention(self.store, InMemoryLockStore(), 30, self.clock)
        self.dependencies = Dependencies(
            self.database,
            self.store,
            retention,
            load_library(),
            _REDACTOR,
            load_settings({}),
            _TEMPLATES,
            load_console_words().problems,
            self.clock,
        )
        self.secrets: Dict[str, str] = {}

    async def open(self) -> None:
        """Start serving on a free port."""
        # Sanic registers applications by name, and refuses a name that is already registered.
        Sanic._app_registry.clear()
        self.server = await open_site(create_console(self.dependencies), 0, 10)
        # There is no TLS on loopback, but with verification on, httpx would load its list of certificate authorities.
        self.http = httpx.AsyncClient(base_url=address(self.server), timeout=60, verify=False)

    @property
    def now(self) -> int:
        return int(self.clock.now)

    def add_staff(self, name: str, role: str) -> int:
        """Add an account with `PASSWORD` and a second step, and return its id."""
        self.secrets[name] = secret = new_secret()
        return self.database.write_now(lambda c: staff.add(c, self.now, name, role, _hashed(), secret))

    def member(self, name: str = "rae", role: str = "reviewer") -> Member:
        """Return a member of staff who has signed in, adding the account if it does not exist."""
        account = self.account(name)
        staff_id = account.id if account is not None else self.add_staff(name, role)
        return Member(self, name, self.database.write_now(lambda c: staff.begin_session(c, staff_id, self.now)))

    def account(self, name: str) -> Any:
        """Return an account by name, or None if there is none."""
        return self.database.read_now(lambda c: staff.named(c, name))

    def change_account(self, name: str, **values: Any) -> None:
        """Change columns in an account's row."""
        staff_id = self.account(name).id
        self.database.write_now(lambda c: staff.change(c, staff_id, **values))

    async def sign_in(self, name: str, password: str = PASSWORD, code: Optional[str] = None) -> httpx.Response:
        """Submit the sign-in form from a browser without a session, by default with the account's current code."""
        form = {"name": name, "password": password, "code": self.code(name) if code is None else code}
        return await self.http.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"})

    def code(self, name: str) -> str:
        """Return the code that an account's authenticator app shows now, or an empty string for an unknown name."""
        secret = self.secrets.get(name.strip().lower())
        return pyotp.TOTP(secret).at(self.now) if secret else ""

    def keep(self, name: str, said: Sequence[Dict[str, Any]] = (), at: Optional[int] = None) -> int:
        """Store a conversation in the review log, or add turns to it, and return the number of its review.

        By default, it was written just long enough ago for staff to be allowed to read it.
        """
        moment = self.now - QUIET_SECONDS if at is None else at
        return self.database.write_now(lambda c: keep(c, name, moment, said))

    def review(self, number: int) -> Any:
        """Return the review with that number."""
        return next(row for row in self.rows(reviews) if row.number == number)

    def change_review(self, number: int, **values: Any) -> None:
        """Change columns in a review's row, and update its queue priority to match."""

        def change(connection: Any) -> None:
            row = connection.execute(reviews.select().where(reviews.c.number == number)).one()
            judged = triage.prioritised({**row._mapping, **values})
            connection.execute(reviews.update().where(reviews.c.number == number), judged)

        self.database.write_now(change)

    def rows(self, table: Any) -> List[Any]:
        """Return every row of a table, with its words decrypted."""

        def read(connection: Any) -> List[Any]:
            found = connection.execute(table.select()).all()
            if table not in SEALED:
                return list(found)
            rows = [opened(ciphers.of_row(connection, table, row._mapping), table, row._mapping) for row in found]
            return [SimpleNamespace(**row) for row in rows]

        return self.database.read_now(read)

    def audited(self) -> "list[tuple[str, str, str]]":
        """Return who did what to what, for each row of the audit log in order."""
        return [(row.staff, row.action, row.subject) for row in self.rows(audit)]

    def details(self, action: str) -> List[Any]:
        """Return the details of each audit log row for an action."""
        return [json.loads(row.detail) for row in self.rows(audit) if row.action == action]

    async def close(self) -> None:
        """Stop serving."""
        await self.http.aclose()
        await close_site(self.server)
        self.close_store()

    def close_store(self) -> None:
        """Close the database and the store, for a console that was never opened."""
        self.database.close()
        self.store.close()
