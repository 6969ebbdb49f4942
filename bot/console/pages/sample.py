"""Saves a reader's answer about what was missed in a conversation from the random sample."""

from sanic.response import HTTPResponse

from bot.console.access import READERS, Route
from bot.console.filters import as_query
from bot.console.pages.transcript import position_of, show_problem
from bot.console.request import RefusalError, RequestContext
from bot.store import sample
from bot.store.transcripts import StaleError


async def answer(context: RequestContext) -> HTTPResponse:
    """Save the answer, or replace an earlier one."""
    position = await position_of(context)
    missed, seen = context.form.get("missed", ""), context.form.get("seen", "")
    if missed not in sample.ANSWERS:
        return await show_problem(context, position, RefusalError("sample_answer"))
    try:
        await context.write_audited(
            lambda connection: sample.answer(connection, position.number, seen, missed),
            str(position.number),
            missed=missed,
        )
    except StaleError:
        return await show_problem(context, position, RefusalError("stale"))
    return context.redirect(position.path, done="answered", **as_query(position.filters))


ROUTES = [Route("POST", "/conversations/<number:int>/missed", READERS, "missed", answer)]
