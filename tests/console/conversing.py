"""Turns and form requests for the tests of a conversation's page."""

from typing import Any, Dict, Optional

from console_client import Member, turn

CALM = "ask_grooming"


def calm(text: str = "what is grooming", **values: Any) -> Dict[str, Any]:
    """A turn that is not distressing."""
    return turn(text, CALM, **{"urgency": "none", **values})


async def act(
    member: Member, number: int, what: str, version: Optional[int] = None, query: str = "", **form: str
) -> Any:
    """Send one of the page's forms, with the current version by default."""
    present = member.console.review(number).version
    sent = {"version": str(present if version is None else version), **form}
    return await member.post(f"/conversations/{number}/{what}{query}", sent)
