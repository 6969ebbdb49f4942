"""Signing off: leads read what the chat can say, and say in their own name and role that it is right."""

from datetime import date
from typing import List, NamedTuple, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, Route
from bot.console.forms import read_day
from bot.console.visit import RefusalError, Visit
from bot.content.page import load_page_words
from bot.content.sign_off import STANDINGS, Reviewed, by_file, counts, is_earned, reviewed
from bot.content.texts import Text, fingerprint, load_texts
from bot.store import sign_offs
from bot.store.days import in_london

PATH = "/sign-off"
TEXTS = f"{PATH}/texts"
#: Characters of a role, at least and at most.
LEAST, MOST = 2, 80


class Shown(NamedTuple):
    """The texts that a page shows: those of a file, or those of them that stand in one way."""

    file: str
    standing: str
    texts: List[Reviewed]

    @property
    def due(self) -> List[Text]:
        """Those of them that nobody has signed as they stand."""
        return [one.text for one in self.texts if one.is_due]


async def show(visit: Visit) -> HTTPResponse:
    """Every file, with how its texts stand."""
    found = reviewed(load_texts(), await visit.read(sign_offs.latest))
    standing = _standing(visit.query.get("show", ""))
    files = {file: counts(texts) for file, texts in by_file(found).items()}
    return visit.page(
        "sign-off.html",
        files={file: count for file, count in files.items() if not standing or count[standing]},
        total=counts(found),
        standing=standing,
        standings=STANDINGS,
        is_earned=is_earned(found),
        claim=load_page_words().answers_signed,
    )


async def show_texts(visit: Visit) -> HTTPResponse:
    """The whole words of a file's texts, when each is shown, and who signed it."""
    file, standing = visit.query.get("file", ""), visit.query.get("show", "")
    shown = await visit.read(lambda connection: _shown(connection, file, standing))
    return visit.page(
        "sign-off-texts.html",
        shown=shown,
        standings=STANDINGS,
        fingerprint=fingerprint(shown.due),
        services=visit.parts.library.services,
        role_before=await visit.read(lambda connection: sign_offs.last_role(connection, visit.staff.id)),
        fill=visit.parts.library.fill,
        today=_today(visit),
        least=LEAST,
        most=MOST,
    )


async def sign(visit: Visit) -> HTTPResponse:
    """Sign off what was read: one text, or all that were shown and are still to be signed.

    Raises:
        RefusalError: they are not what was read any more, or it is not said in what role, or when facts were confirmed.
    """
    file, standing, role = visit.form.get("file", ""), visit.form.get("show", ""), _role(visit)

    def work(connection: Connection) -> None:
        visit.check(connection)
        texts = _read(_shown(connection, file, standing), visit.form.get("version", ""))
        confirmed_on = _confirmed_on(visit) if any(text.has_facts for text in texts) else None
        sign_offs.add(connection, visit.now, visit.staff.id, role, texts, confirmed_on)
        keys = ", ".join(text.key for text in texts)
        day = confirmed_on.isoformat() if confirmed_on else None
        visit.note(connection, file, texts=keys, role=role, confirmed_on=day)

    await visit.parts.database.write(work)
    return visit.go(TEXTS, file=file, show=standing, done="signed")


async def take_back(visit: Visit) -> HTTPResponse:
    """Let a text count as signed by nobody.

    Raises:
        RefusalError: it is not signed.
    """
    file, version = visit.form.get("file", ""), visit.form.get("version", "")

    def work(connection: Connection) -> None:
        visit.check(connection)
        found = [one.text for one in _shown(connection, file, "").texts if one.text.version == version]
        signed = [text for text in found if text.id in sign_offs.latest(connection)]
        if not signed:
            raise RefusalError("not_signed")
        sign_offs.take_back(connection, visit.now, visit.staff.id, signed[0])
        visit.note(connection, file, texts=signed[0].key)

    await visit.parts.database.write(work)
    return visit.go(TEXTS, file=file, show=visit.form.get("show", ""), done="taken_back")


def _shown(connection: Connection, file: str, standing: str) -> Shown:
    wanted = _standing(standing)
    found = by_file(reviewed(load_texts(), sign_offs.latest(connection))).get(file)
    if found is None:
        raise RefusalError("not_found")
    return Shown(file, wanted, [one for one in found if not wanted or one.standing == wanted])


def _standing(name: str) -> str:
    if name and name not in STANDINGS:
        raise RefusalError("not_found")
    return name


def _read(shown: Shown, version: str) -> List[Text]:
    """The texts that a form signs: the one of that version, or all that were to be signed when it was made."""
    one = [text for text in shown.due if text.version == version]
    if one:
        return one
    if not shown.due or fingerprint(shown.due) != version:
        raise RefusalError("sign_off_changed")
    return shown.due


def _role(visit: Visit) -> str:
    role = " ".join(visit.form.get("role", "").split())
    if not LEAST <= len(role) <= MOST:
        raise RefusalError("sign_off_role", least=LEAST, most=MOST)
    if visit.form.get("sure") != "yes":
        raise RefusalError("not_confirmed")
    return role


def _confirmed_on(visit: Visit) -> Optional[date]:
    day = read_day(visit.form.get("confirmed_on", ""))
    if day is None or day > _today(visit):
        raise RefusalError("sign_off_day")
    return day


def _today(visit: Visit) -> date:
    return in_london(visit.now).date()


ROUTES = [
    Route("GET", PATH, LEADS, "", show),
    Route("GET", TEXTS, LEADS, "", show_texts),
    Route("POST", f"{PATH}/sign", LEADS, "sign_off", sign),
    Route("POST", f"{PATH}/take-back", LEADS, "take_sign_off_back", take_back),
]
