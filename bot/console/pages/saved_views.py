"""Saved views: queue filters that members of staff save under a name for their own use."""

from urllib.parse import parse_qsl, urlencode

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import READERS, Route
from bot.console.filters import as_query, parse, parse_fitting
from bot.console.pages.queue import MAX_NAME, PATH, SAVED, clean_search, show_page
from bot.console.request import RefusalError, RequestContext
from bot.redaction.deadline import redact_with_deadline
from bot.redaction.redactor import is_too_long
from bot.store import queue, saved_views

#: Maximum number of saved views per account.
MAX_VIEWS = 20


async def save(context: RequestContext) -> HTTPResponse:
    """Save the filters in the query under the name in the form, which is redacted like a note."""
    known = await context.read(lambda connection: queue.known(connection, READERS))
    filters = parse(context.query, known, context.dependencies.library.topics, context.staff.name)
    searched, _ = await clean_search(context, filters.q)
    filters = filters._replace(q=searched)
    typed = " ".join(context.form.get("name", "").split())
    redacted = await redact_with_deadline(context.dependencies.redactor, typed)
    if not redacted.text or is_too_long(typed, MAX_NAME) or is_too_long(redacted.text, MAX_NAME):
        return await show_page(context, known, filters, refusal=RefusalError("view_name", most=MAX_NAME))

    def add(connection: Connection) -> None:
        names = [view.name for view in saved_views.views_of(connection, context.staff.id)]
        if redacted.text in names:
            raise RefusalError("view_taken")
        if len(names) >= MAX_VIEWS:
            raise RefusalError("many_views", most=MAX_VIEWS)
        saved_views.add(connection, context.staff.id, redacted.text, urlencode(as_query(filters)))

    try:
        await context.write_audited(add)
    except RefusalError as refusal:
        return await show_page(context, known, filters, refusal=refusal)
    return context.redirect(PATH, **as_query(filters), done="saved_without" if redacted.removed else "saved")


async def open_view(context: RequestContext) -> HTTPResponse:
    """Open a saved view. If some of its filters no longer exist, apply the others and say so."""
    view = await context.read(
        lambda connection: saved_views.find(connection, context.staff.id, context.values["view_id"])
    )
    if view is None:
        raise RefusalError("not_found")
    known = await context.read(lambda connection: queue.known(connection, READERS))
    topics = context.dependencies.library.topics
    filters, left_out = parse_fitting(dict(parse_qsl(view.query)), known, topics, context.staff.name)
    if left_out:
        return await show_page(context, known, filters, left_out=left_out)
    return context.redirect(PATH, **as_query(filters))


async def delete(context: RequestContext) -> HTTPResponse:
    """Delete a saved view."""

    def remove(connection: Connection) -> None:
        if not saved_views.remove(connection, context.staff.id, context.values["view_id"]):
            raise RefusalError("not_found")

    await context.write_audited(remove)
    return context.redirect(PATH, done="deleted")


ROUTES = [
    Route("POST", SAVED, READERS, "save_view", save),
    Route("GET", f"{SAVED}/<view_id:int>", READERS, "queue", open_view),
    Route("POST", f"{SAVED}/<view_id:int>/delete", READERS, "delete_view", delete),
]
