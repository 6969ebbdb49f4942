"""The faults that people reported with "Report a fault in this page", for leads."""

from datetime import date
from typing import Counter, Dict, List, Tuple

from sanic.response import HTTPResponse
from sqlalchemy.engine import Connection

from bot.console.access import LEADS, Route
from bot.console.labels import day as format_day
from bot.console.request import RequestContext
from bot.content.page import load_page_words
from bot.store import complaints
from bot.store.complaints import Reported

PATH = "/complaints"
#: Maximum number of listed reports that were sent with a conversation.
LISTED = 100


async def show(context: RequestContext) -> HTTPResponse:
    """Show the number of reports of each kind of fault, by day, and the conversations sent with reports."""

    def read(connection: Connection) -> Tuple[Dict[date, "Counter[str]"], List[Reported]]:
        linked = complaints.with_conversation(connection, context.now, LISTED)
        return complaints.by_day(connection, context.now), linked

    days, linked = await context.read_audited(read)
    return context.render(
        "complaints.html",
        days={format_day(day): counted for day, counted in days.items()},
        linked=linked,
        kinds=load_page_words().wrong,
        keep_days=context.dependencies.settings.keep_days,
        most=LISTED,
    )


ROUTES = [Route("GET", PATH, LEADS, "complaints", show)]
