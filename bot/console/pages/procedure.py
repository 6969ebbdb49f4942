"""The procedure for staff when somebody may be in danger, written by leads and shown with transcripts.

It is not redacted, because it is about staff, who need the names and numbers in it.
"""

import hashlib
from typing import Optional

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEAD, LEADS, READERS, Route
from bot.console.request import RefusalError, RequestContext
from bot.content.console import ProblemWords
from bot.store import options

PATH = "/procedure"
#: Maximum number of characters, so that the procedure can be read at a glance above a transcript.
MAX_LENGTH = 1000


async def show(context: RequestContext) -> HTTPResponse:
    """Show the procedure and, to leads, the form that changes it."""
    held = await context.read(read)
    return _render(context, held, held)


async def change(context: RequestContext) -> HTTPResponse:
    """Change the procedure, unless somebody else has changed it since the form was shown."""
    typed = clean(context.form.get("text", ""))
    try:
        if len(typed) > MAX_LENGTH:
            raise RefusalError("long_procedure", most=MAX_LENGTH, length=len(typed))

        def work(connection: Connection) -> None:
            if fingerprint(read(connection)) != context.form.get("was", ""):
                raise RefusalError("stale_procedure")
            options.put(connection, options.PROCEDURE, typed)

        await context.write_audited(work)
    except RefusalError as refusal:
        if refusal.name not in ("long_procedure", "stale_procedure"):
            raise
        return _render(context, await context.read(read), typed, context.explain(refusal))
    return context.redirect(PATH, done="changed")


def read(connection: Connection) -> str:
    """Return the procedure, or an empty string if no lead has written one."""
    return options.get(connection, options.PROCEDURE) or ""


def clean(typed: str) -> str:
    """Return the text in its stored form, with only printable characters and line breaks."""
    lines = typed.replace("\r\n", "\n").replace("\t", " ").strip().split("\n")
    return "\n".join("".join(filter(str.isprintable, line)).rstrip() for line in lines)


def fingerprint(text: str) -> str:
    """Return a hash of a text. The form sends it back to show which version it was based on."""
    return hashlib.sha256(text.encode()).hexdigest()


def _render(context: RequestContext, held: str, typed: str, problem: Optional[ProblemWords] = None) -> HTTPResponse:
    return context.render(
        "procedure.html",
        problem.status if problem else 200,
        held=held,
        typed=typed,
        was=fingerprint(held),
        most=MAX_LENGTH,
        may_change=context.role == LEAD,
        problem=problem,
    )


ROUTES = [
    Route("GET", PATH, READERS, "", show),
    Route("POST", PATH, LEADS, "procedure", change),
]
