"""Sending the forms of a conversation's page, and looking at what came of it."""

import json
from typing import Any, Dict, Optional

from staffed import Console, Member, turn

from bot.store.schema import audit, reviews

CALM = "ask_grooming"


def calm(text: str = "what is grooming", **values: Any) -> Dict[str, Any]:
    """A turn that nobody needs to be looked after for."""
    return turn(text, CALM, **{"urgency": "none", **values})


def review(console: Console, number: int) -> Any:
    return next(row for row in console.rows(reviews) if row.number == number)


async def act(
    member: Member, number: int, what: str, version: Optional[int] = None, query: str = "", **form: str
) -> Any:
    """Send one of the page's forms, of the present version unless another is given."""
    present = review(member.console, number).version
    sent = {"version": str(present if version is None else version), **form}
    return await member.post(f"/conversations/{number}/{what}{query}", sent)


def details(console: Console, action: str) -> Any:
    """What the audit log says of each time that something was done."""
    return [json.loads(row.detail) for row in console.rows(audit) if row.action == action]
