"""Sign-off: leads read the chat's texts and confirm, with their name and role, that they are right."""

from datetime import date
from typing import List, NamedTuple, Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, Route
from bot.console.request import RefusalError, RequestContext, read_day
from bot.content.page import load_page_words
from bot.content.sign_off import STATUSES, Reviewed, by_file, counts, is_earned, reviewed
from bot.content.texts import Text, fingerprint, load_texts
from bot.store import sign_offs

PATH = "/sign-off"
TEXTS = f"{PATH}/texts"
#: Minimum and maximum number of characters in a role.
MIN_ROLE, MAX_ROLE = 2, 80


class ShownTexts(NamedTuple):
    """The texts from a file that a page shows: all of them, or only those with a given status."""

    file: str
    status: str
    texts: List[Reviewed]

    @property
    def due(self) -> List[Text]:
        """The texts whose current version nobody has signed off."""
        return [one.text for one in self.texts if one.is_due]


async def show(context: RequestContext) -> HTTPResponse:
    """List the files, with the number of texts in each status."""
    found = reviewed(load_texts(), await context.read(sign_offs.latest))
    chosen = _status(context.query.get("show", ""))
    files = {file: counts(texts) for file, texts in by_file(found).items()}
    return context.render(
        "sign-off.html",
        files={file: count for file, count in files.items() if not chosen or count[chosen]},
        total=counts(found),
        chosen=chosen,
        statuses=STATUSES,
        is_earned=is_earned(found),
        claim=load_page_words().answers_signed,
    )


async def show_texts(context: RequestContext) -> HTTPResponse:
    """Show a file's texts in full, with when each one is used and who signed it off."""
    file, status = context.query.get("file", ""), context.query.get("show", "")
    shown = await context.read(lambda connection: _shown(connection, file, status))
    return context.render(
        "sign-off-texts.html",
        shown=shown,
        statuses=STATUSES,
        fingerprint=fingerprint(shown.due),
        services=context.dependencies.library.services,
        role_before=await context.read(lambda connection: sign_offs.last_role(connection, context.staff.id)),
        fill=context.dependencies.library.fill,
        today=context.today,
        least=MIN_ROLE,
        most=MAX_ROLE,
    )


async def sign(context: RequestContext) -> HTTPResponse:
    """Sign off one text, or all the texts shown that are not signed off yet.

    Raises:
        RefusalError: the texts have changed since they were shown, or the role or the day of confirmation is missing.
    """
    file, status, role = context.form.get("file", ""), context.form.get("show", ""), _role(context)

    def work(connection: Connection) -> None:
        context.check_access(connection)
        texts = _texts_to_sign(_shown(connection, file, status), context.form.get("version", ""))
        confirmed_on = _confirmed_on(context) if any(text.has_facts for text in texts) else None
        sign_offs.add(connection, context.now, context.staff.id, role, texts, confirmed_on)
        keys = ", ".join(text.key for text in texts)
        day = confirmed_on.isoformat() if confirmed_on else None
        context.log_action(connection, file, texts=keys, role=role, confirmed_on=day)

    await context.dependencies.database.write(work)
    return context.redirect(TEXTS, file=file, show=status, done="signed")


async def take_back(context: RequestContext) -> HTTPResponse:
    """Take back a text's sign-off.

    Raises:
        RefusalError: the text is not signed off.
    """
    file, version = context.form.get("file", ""), context.form.get("version", "")

    def work(connection: Connection) -> None:
        context.check_access(connection)
        found = [one.text for one in _shown(connection, file, "").texts if one.text.version == version]
        signed = [text for text in found if text.id in sign_offs.latest(connection)]
        if not signed:
            raise RefusalError("not_signed")
        sign_offs.take_back(connection, context.now, context.staff.id, signed[0])
        context.log_action(connection, file, texts=signed[0].key)

    await context.dependencies.database.write(work)
    return context.redirect(TEXTS, file=file, show=context.form.get("show", ""), done="taken_back")


def _shown(connection: Connection, file: str, status: str) -> ShownTexts:
    wanted = _status(status)
    found = by_file(reviewed(load_texts(), sign_offs.latest(connection))).get(file)
    if found is None:
        raise RefusalError("not_found")
    return ShownTexts(file, wanted, [one for one in found if not wanted or one.status == wanted])


def _status(name: str) -> str:
    if name and name not in STATUSES:
        raise RefusalError("not_found")
    return name


def _texts_to_sign(shown: ShownTexts, version: str) -> List[Text]:
    """Return the text with this version or, if `version` is the fingerprint of all the texts due, all of them."""
    one = [text for text in shown.due if text.version == version]
    if one:
        return one
    if not shown.due or fingerprint(shown.due) != version:
        raise RefusalError("sign_off_changed")
    return shown.due


def _role(context: RequestContext) -> str:
    role = " ".join(context.form.get("role", "").split())
    if not MIN_ROLE <= len(role) <= MAX_ROLE:
        raise RefusalError("sign_off_role", least=MIN_ROLE, most=MAX_ROLE)
    if context.form.get("sure") != "yes":
        raise RefusalError("not_confirmed")
    return role


def _confirmed_on(context: RequestContext) -> Optional[date]:
    day = read_day(context.form.get("confirmed_on", ""))
    if day is None or day > context.today:
        raise RefusalError("sign_off_day")
    return day


ROUTES = [
    Route("GET", PATH, LEADS, "", show),
    Route("GET", TEXTS, LEADS, "", show_texts),
    Route("POST", f"{PATH}/sign", LEADS, "sign_off", sign),
    Route("POST", f"{PATH}/take-back", LEADS, "take_sign_off_back", take_back),
]
